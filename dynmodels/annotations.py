"""Annotations: how the type of a field is written, which classes it names, and how many of each."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from inspect import get_annotations
from typing import Annotated, Any, Final, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, RootModel
from pydantic.fields import FieldInfo
from typing_extensions import TypeAliasType

#: Gives the name of a class, or of a form such as ``Any``; None for what it has no name for.
NameOf = Callable[[Any], str | None]

_UNIONS: Final = frozenset({Union, types.UnionType})

#: How many arguments a generic class takes that is written without any.
_ARITIES: Final[Mapping[Any, int]] = {list: 1, set: 1, frozenset: 1, dict: 2}

#: What may stand in ``Literal``, beside members of enums (PEP 586).
_LITERAL: Final = frozenset({str, bytes, int, bool})


class Reference(NamedTuple):
    """A class that a field refers to.

    Attributes:
        to: The class.
        least: How many of it a value holds at least.
        most: How many at most; None where there is no end.
    """

    to: type
    least: int
    most: int | None


def is_declared(value: type) -> bool:
    """Tell whether a class is a model or an enum that somebody has written, as opposed to pydantic's own."""
    return issubclass(value, BaseModel | Enum) and value.__module__.partition(".")[0] not in {"pydantic", "enum"}


def reached(classes: Iterable[type], follow: Callable[[type], bool] = is_declared) -> list[type]:
    """Give classes, and after them all models and enums that they inherit from or refer to.

    Args:
        classes: Where to start.
        follow: Tells whether a class that is found is one to give.
    """
    found = dict.fromkeys(classes)
    waiting = list(found)
    for value in waiting:
        others = [*value.__bases__, *(reference.to for info in fields(value).values() for reference in referred(info))]
        for other in others:
            if other not in found and follow(other):
                found[other] = None
                waiting.append(other)
    return list(found)


def fields(value: type) -> Mapping[str, FieldInfo]:
    """Give the fields of a model, inherited ones too; none for an enum."""
    return value.model_fields if issubclass(value, BaseModel) else {}


def own_fields(value: type) -> Mapping[str, FieldInfo]:
    """Give the fields that a model has itself, as opposed to those that it inherits."""
    found = fields(value)
    if issubclass(value, RootModel) or (issubclass(value, BaseModel) and value.__pydantic_generic_metadata__["origin"]):
        return found
    written = get_annotations(value)
    return {name: info for name, info in found.items() if name in written}


def referred(info: FieldInfo) -> Iterator[Reference]:
    """Find the classes that a field refers to."""
    return _referred(info.annotation, info.metadata, 1, 1, ())


def _referred(
    annotation: Any, metadata: Sequence[Any], least: int, most: int | None, within: tuple[Any, ...]
) -> Iterator[Reference]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, TypeAliasType):
        if annotation not in within:  # which may be written in its own terms
            yield from _referred(annotation.__value__, metadata, least, most, (*within, annotation))
    elif origin is Annotated:
        yield from _referred(arguments[0], [*metadata, *arguments[1:]], least, most, within)
    elif origin in _UNIONS:
        for argument in arguments:
            yield from _referred(argument, metadata, 0, most, within)
    elif origin is Literal:
        kinds = dict.fromkeys(type(value) for value in arguments if isinstance(value, Enum))
        yield from (Reference(kind, least, most) for kind in kinds)
    elif origin is not None:
        bounds = _lengths(metadata) if (least, most) == (1, 1) else (0, None)
        for argument in arguments:
            yield from _referred(argument, (), *bounds, within)
    elif isinstance(annotation, type):
        yield Reference(annotation, least, most)


def _lengths(metadata: Iterable[Any]) -> tuple[int, int | None]:
    """Give how many items a collection has at least and at most, as far as its annotation tells."""
    said = [each for item in metadata for each in (item.metadata if isinstance(item, FieldInfo) else (item,))]
    least = next((each.min_length for each in said if getattr(each, "min_length", None)), 0)
    return least, next((each.max_length for each in said if getattr(each, "max_length", None) is not None), None)


def written(annotation: Any, name_of: NameOf) -> str:
    """Write a type as Python does, without its constraints.

    Args:
        annotation: The type, as pydantic's fields have it.
        name_of: Names the classes and forms; what has no name is written as ``Any``.
    """
    return _written(annotation, name_of, ())


def _written(annotation: Any, name_of: NameOf, within: tuple[Any, ...]) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, TypeAliasType):
        if annotation in within:
            return _name(Any, name_of)
        return _written(annotation.__value__, name_of, (*within, annotation))
    if origin is Annotated:
        return _written(arguments[0], name_of, within)
    if origin in _UNIONS:
        return " | ".join(dict.fromkeys(_written(argument, name_of, within) for argument in arguments))
    if origin is Literal:
        return _literal(arguments, name_of)
    if annotation is None or annotation is types.NoneType:
        return "None"
    if annotation is ...:
        return "..."
    if origin is None and isinstance(annotation, type):
        origin, arguments = _generic(annotation, name_of)
    if origin is None or name_of(origin) is None or not arguments:
        return _name(annotation, name_of)
    return f"{name_of(origin)}[{', '.join(_written(argument, name_of, within) for argument in arguments)}]"


def _generic(value: type, name_of: NameOf) -> tuple[Any, tuple[Any, ...]]:
    """Give what a class is a case of, where it has no name of its own."""
    if value in _ARITIES:
        return value, (Any,) * _ARITIES[value]
    if name_of(value) is None and issubclass(value, BaseModel):
        generic = value.__pydantic_generic_metadata__
        return generic["origin"], generic["args"]
    return None, ()


def _literal(values: Iterable[Any], name_of: NameOf) -> str:
    """Write the values that a ``Literal`` may hold; of others, such as numbers with a fraction, the types."""
    allowed, others = [], []
    for value in values:
        if isinstance(value, Enum):
            name = name_of(type(value))
            (others if name is None else allowed).append(_name(Any, name_of) if name is None else f"{name}.{value.name}")
        elif value is None or type(value) in _LITERAL:
            allowed.append(repr(value))
        else:
            others.append(_name(type(value), name_of))
    literal = [f"{_name(Literal, name_of)}[{', '.join(allowed)}]"] if allowed else []
    return " | ".join(dict.fromkeys([*literal, *others]))


def _name(thing: Any, name_of: NameOf) -> str:
    return name_of(thing) or name_of(Any) or "Any"
