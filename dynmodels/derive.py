"""Deriving: from a class that asks for its fields, one that lets each be left out, as the body of a PATCH does.

The derived class is a subclass of the original, whose validators, methods and config it has. What the original accepts
means the same to it.
"""

from __future__ import annotations

import dataclasses
import inspect
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from functools import partial, reduce
from operator import or_
from types import FrameType, NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Final,
    ForwardRef,
    Literal,
    NamedTuple,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
)

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    PlainValidator,
    PydanticUndefinedAnnotation,
    PydanticUserError,
    RootModel,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    create_model,
    field_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import MISSING
from typing_extensions import TypeAliasType

from dynmodels.collect import DynamicModels
from dynmodels.errors import ModelBuildError, OptionsError
from dynmodels.module import DERIVED, PLAIN
from dynmodels.pickling import register

ModelType = TypeVar("ModelType", bound=type[BaseModel])


class Derivation(NamedTuple):
    """What makes derived classes the same.

    Attributes:
        original: The class that it is derived from.
        deep: Whether the classes of its fields are derived as well.
        sentinel: What a field has that was left out: None or ``MISSING``.
        tags: Fields that stay as they are: by them a union tells its members apart.
    """

    original: type[BaseModel]
    deep: bool
    sentinel: Any
    tags: frozenset[str] = frozenset()


#: Finding a derived class and making it are one step. Reentrant, as making classes calls what the caller has in them.
_deriving: Final = threading.RLock()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_deriving.acquire, after_in_parent=_deriving.release, after_in_child=_deriving.release)


def make_fields_optional(model: ModelType, *, deep: bool = False, sentinel: Any = None) -> ModelType:
    """Derive a class in which every field may be left out, after pydantic's own recipe for dynamic models.

    The class is called ``<Model>Optional`` and is a subclass of the original: it has its validators, config, computed
    fields, methods and private attributes, and each field's constraints, aliases, description and other metadata. A
    field that was left out is ``None`` whatever default it had, is not in ``model_fields_set``, and is what
    ``model_dump(exclude_unset=True)`` leaves out. ``None`` may also be given: a field validator sees it if it would see
    it in the original; where that refuses it, the field becomes ``None``.

    Asked again, it gives the same class, for as long as that is used. It can be pickled where the original can.

    Args:
        model: A generated class, or any pydantic model. Exact classes judge whole objects; what is derived of them
            checks each field as plain classes do.
        deep: Whether models that are fields, or members of a union that is a field, are derived as well. The items of
            lists and the values of mappings are not: they are replaced as a whole. Neither is the tag of a union, which
            tells what is to be read.
        sentinel: ``pydantic_core.MISSING`` for fields that are ``MISSING`` when they are left out. It is never dumped,
            and a field accepts ``None`` if it does in the original.

    Returns:
        The derived class. Type checkers take it for the original, as they cannot be told what has changed.

    Raises:
        OptionsError: It is no model class, or one without fields to leave out (``RootModel``), or its ``__init__`` has
            to be given something; or another argument is wrong.
        ModelBuildError: It refers to classes that are not there yet, or cannot be subclassed.
    """
    _require_model(model)
    if not isinstance(deep, bool):
        raise OptionsError(f"deep is True or False, and not {deep!r:.80}")
    if sentinel is not None and sentinel is not MISSING:
        raise OptionsError(
            f"sentinel is None or MISSING, and not {sentinel!r:.80}", hint="MISSING is in pydantic_core."
        )
    return cast(ModelType, derived(Derivation(model, deep, sentinel), sys._getframe(1)))


def derived(derivation: Derivation, caller: FrameType | None = None) -> type[BaseModel]:
    """Give the derived class that is in use, else a new one.

    Args:
        derivation: What it is derived from, and how.
        caller: Where names are looked for that classes refer to, if they have not been found yet.

    Raises:
        DynmodelsError: As ``make_fields_optional`` says.
    """
    with _deriving:
        found = _found(derivation)
        return _Making(caller).make(derivation) if found is None else found


def _require_model(model: Any) -> None:
    hint = None
    if isinstance(model, DynamicModels):
        what, hint = "all classes of a document", "Choose one: models.root, or models[name]."
    elif isinstance(model, BaseModel):
        what, hint = f"an object of {type(model).__name__}", f"Give its class, {type(model).__name__}."
    elif not isinstance(model, type):
        what = repr(model)
    elif dataclasses.is_dataclass(model):
        what, hint = f"the dataclass {model.__name__}", "Write it as a pydantic model."
    elif not issubclass(model, BaseModel) or model is BaseModel:
        what, hint = f"the class {model.__name__}", "Give a class that is made of BaseModel, and has fields."
    elif issubclass(model, RootModel):
        what = f"the root model {model.__name__}, which has no fields that could be left out"
        hint = "Give a model that it holds."
    else:
        return
    raise OptionsError(f"fields are made optional of a pydantic model, and not of {what:.200}", hint=hint)


def _found(derivation: Derivation) -> type[BaseModel] | None:
    """Find a derived class among the subclasses that Python knows of for as long as they are used."""
    subclasses: list[type[BaseModel]] = type.__subclasses__(derivation.original)
    return next((each for each in subclasses if vars(each).get(DERIVED) == derivation), None)


# The classes


class _Making:
    """The classes that are derived together, which may refer to each other in circles."""

    def __init__(self, caller: FrameType | None) -> None:
        self._caller = caller
        self._classes: dict[Derivation, type[BaseModel]] = {}
        self._earlier: dict[Derivation, type[BaseModel]] = {}  # which nobody else may be using
        self._waiting: deque[Derivation] = deque()

    def make(self, derivation: Derivation) -> type[BaseModel]:
        """Make a class, and with it those that it refers to.

        Raises:
            DynmodelsError: As ``make_fields_optional`` says.
        """
        self._waiting.append(derivation)
        while self._waiting:
            each = self._waiting.popleft()
            if each not in self._classes:
                self._classes[each] = self._made(each, len(self._classes))
        if derivation.deep:
            self._fill(derivation.original)
        for each, cls in self._classes.items():
            setattr(cls, DERIVED, each)
        register(self._classes.values())
        return self._classes[derivation]

    def _made(self, derivation: Derivation, number: int) -> type[BaseModel]:
        original = derivation.original
        _complete(original, self._caller)
        _require_callable(original)
        fields = self._fields(derivation)
        # Whole annotations are referred to, and not classes in them: pickles by value have no unions of references.
        annotations = (
            map(ForwardRef, _names(number, fields))
            if derivation.deep
            else (each.annotation for each in fields.values())
        )
        definitions: dict[str, Any] = {
            name: (annotation, each.info) for (name, each), annotation in zip(fields.items(), annotations, strict=True)
        }
        with _subclassing(original):
            return create_model(
                f"{original.__name__}Optional",
                __base__=original,
                __module__=original.__module__,
                __doc__=original.__doc__,
                __validators__={**_outermost(fields, derivation.sentinel), **_ungated(original)},
                **definitions,
            )

    def _fill(self, original: type[BaseModel]) -> None:
        """Have pydantic look at the types of fields, as all classes are there."""
        annotations: dict[str, Any] = {}
        for number, each in enumerate(self._classes):
            fields = self._fields(each)
            annotations |= {
                name: field.annotation for name, field in zip(_names(number, fields), fields.values(), strict=True)
            }
        for cls in self._classes.values():
            with _subclassing(original):
                cls.model_rebuild(_types_namespace=annotations)

    def _place(self, derivation: Derivation) -> type[BaseModel]:
        """Give a derived class, or the original for as long as there is none."""
        known = self._classes.get(derivation) or self._earlier.get(derivation)
        if known is not None:
            return known
        found = _found(derivation)
        if found is not None:
            self._earlier[derivation] = found
            return found
        self._waiting.append(derivation)
        return derivation.original

    def _fields(self, derivation: Derivation) -> dict[str, _Field]:
        original, validated = derivation.original, _validated(derivation.original)
        is_root = issubclass(original, RootModel)
        above = derivation.tags if is_root else frozenset()  # a root model stands for what it holds
        fields = {}
        for name, info in original.model_fields.items():
            annotation = self._deepened(info.annotation, derivation, above | _tags([info, *info.metadata]))
            if is_root:
                fields[name] = _as_it_was(info, annotation)
            elif name not in derivation.tags:
                fields[name] = _left_out(info, annotation, derivation.sentinel, validated=name in validated)
        return fields

    def _deepened(self, annotation: Any, derivation: Derivation, tags: frozenset[str]) -> Any:
        """Put derived classes in the place of the models that a value may be, as opposed to those in containers."""
        if not derivation.deep or not any(map(_has_fields, _members(annotation))):
            return annotation
        if isinstance(annotation, TypeAliasType):
            return self._deepened(annotation.__value__, derivation, tags)
        if get_origin(annotation) is Annotated:
            inner, *metadata = get_args(annotation)
            return _annotated(self._deepened(inner, derivation, tags | _tags(metadata)), metadata)
        if _is_union(annotation):
            return _union(self._deepened(each, derivation, tags) for each in get_args(annotation))
        return self._place(Derivation(annotation, True, derivation.sentinel, tags))


def _complete(model: type[BaseModel], caller: FrameType | None) -> None:
    """Have pydantic find what a class refers to, also among the names that the caller has.

    Raises:
        ModelBuildError: Something is not there yet.
    """
    if model.__pydantic_complete__:
        return
    namespace = {} if caller is None else {**caller.f_globals, **caller.f_locals}
    try:
        model.model_rebuild(_types_namespace=namespace)
    except PydanticUndefinedAnnotation as error:
        raise ModelBuildError(
            f"{model.__name__} refers to {error.name!r}, which is not there yet",
            hint=f"Define it before fields are made optional, or name it to {model.__name__}.model_rebuild(...).",
        ) from error


@contextmanager
def _subclassing(original: type[BaseModel]) -> Iterator[None]:
    """Say of which class it is that there can be no subclass."""
    try:
        yield
    except (PydanticUserError, TypeError, ValueError) as error:
        raise ModelBuildError(
            f"no class can be derived from {original.__name__}: {error}",
            hint="It has to be a class that can have subclasses, and those without arguments of theirs.",
        ) from error


def _require_callable(model: type[BaseModel]) -> None:
    """Let a class be that can be called without arguments.

    Raises:
        OptionsError: It has an ``__init__`` of its own that asks for some.
    """
    _, *parameters = inspect.signature(model.__init__).parameters.values()
    for each in parameters:
        if each.default is each.empty and each.kind not in {each.VAR_POSITIONAL, each.VAR_KEYWORD}:
            raise OptionsError(
                f"{model.__name__}.__init__ asks for {each.name!r}, which could not be left out",
                hint="Give it a default there, or derive from a class that has no __init__ of its own.",
            )


def _ungated(original: type[BaseModel]) -> dict[str, Any]:
    """Give the hooks that pydantic is to find instead of an exact class's, whose gate lets whole objects pass alone."""
    exact = next((base for base in original.__mro__ if PLAIN in vars(base)), None)
    if exact is None:
        return {}
    return {
        "__get_pydantic_core_schema__": classmethod(_core_schema),
        "__get_pydantic_json_schema__": classmethod(vars(exact)[PLAIN].json_schema_hook),
    }


def _core_schema(_cls: Any, source: Any, handler: GetCoreSchemaHandler) -> Any:
    return handler(source)


def _names(number: int, fields: Mapping[str, _Field]) -> Iterator[str]:
    """Name the types of a class's fields: fields may have names that no expression can hold."""
    return (f"_derived_{number}_{position}" for position in range(len(fields)))


# The fields


class _Field(NamedTuple):
    """What pydantic makes a field of.

    Attributes:
        annotation: Its type, with constraints and other metadata.
        info: All else, with its default.
        passes: Whether what is left out may be given as well, and is no concern of the original's validators.
    """

    annotation: Any
    info: Any
    passes: bool


def _as_it_was(info: FieldInfo, annotation: Any) -> _Field:
    """Define a field that differs in the classes that it refers to, and in nothing else."""
    described = Field(info.default, **_attributes(info))
    return _Field(_annotated(annotation, info.metadata), described, passes=False)


def _left_out(info: FieldInfo, annotation: Any, sentinel: Any, *, validated: bool) -> _Field:
    """Define a field anew that may be left out.

    Args:
        info: What it is in the original.
        annotation: Its type.
        sentinel: What it is where it was left out.
        validated: Whether the class has validators for it.
    """
    attributes = {name: value for name, value in _attributes(info).items() if name not in _REPLACED}
    # What tells the members of a union apart is beside them: neither None nor MISSING has it.
    tagged = [] if info.discriminator is None else [Field(discriminator=info.discriminator)]
    metadata = [*tagged, *info.metadata]
    if sentinel is MISSING:
        given = _annotated(annotation, metadata)
        return _Field(Annotated[given | MISSING, _Given()], Field(MISSING, **attributes), passes=True)
    if info.exclude_if is not None and not _accepts_none(annotation):
        attributes["exclude_if"] = partial(_excluded, info.exclude_if)
    described = Field(None, **attributes, validate_default=False)
    if _accepts_none(annotation):
        return _Field(_annotated(annotation, metadata), described, passes=False)
    if not validated and not any(map(_is_validator, metadata)):
        return _Field(_union([_annotated(annotation, metadata), None]), described, passes=False)
    # Validators are asked about None before it passes, as it may mean something to them; their type refuses it.
    first = next((number for number, each in enumerate(metadata) if _is_validator(each)), len(metadata))
    nullable = _union([_annotated(annotation, metadata[:first]), None])
    return _Field(_annotated(nullable, [BeforeValidator(_refuse_none), *metadata[first:]]), described, passes=True)


#: What a field says that is said anew.
_REPLACED: Final = frozenset({"default_factory", "discriminator", "validate_default"})


def _attributes(info: FieldInfo) -> dict[str, Any]:
    """Give what a field says of itself, but for its default."""
    attributes: Mapping[str, Any] = info.asdict()["attributes"]
    return {name: value for name, value in attributes.items() if value is not None and name != "default"}


class _Given:
    """Metadata of a field that may be ``MISSING``: what is given is read as if there were no such thing.

    As a member of a union, it would be named in every error of the field (before pydantic 2.14).
    """

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        return handler.generate_schema(_union(each for each in get_args(source) if each is not MISSING))


def _outermost(fields: Mapping[str, _Field], sentinel: Any) -> dict[str, Any]:
    """Give the validator that sees what is given before those of the original do: of all, pydantic calls the last."""
    names = [name for name, each in fields.items() if each.passes]
    passing = _pass_missing if sentinel is MISSING else _pass_none
    return {passing.__name__: field_validator(*names, mode="wrap")(passing)} if names else {}


def _pass_missing(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    return value if value is MISSING else handler(value)


def _pass_none(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    try:
        return handler(value)
    except ValidationError:
        if value is None:
            return None
        raise


def _refuse_none(value: Any) -> Any:
    if value is None:
        raise ValueError("the original does not accept None")
    return value


def _excluded(condition: Callable[[Any], bool], value: Any) -> bool:
    """Ask the original's condition for leaving a field out of what is dumped, which does not expect None."""
    return value is not None and condition(value)


# Types


def _validated(model: type[BaseModel]) -> frozenset[str]:
    """Name the fields that a class has validators for."""
    decorators = model.__pydantic_decorators__.field_validators.values()
    names = frozenset(name for each in decorators for name in each.info.fields)
    return frozenset(model.model_fields) if "*" in names else names


def _is_validator(metadata: Any) -> bool:
    return isinstance(metadata, BeforeValidator | AfterValidator | WrapValidator | PlainValidator)


def _tags(metadata: Iterable[Any]) -> frozenset[str]:
    """Name the fields by which metadata have a union tell its members apart."""
    told = [each.discriminator for each in metadata if isinstance(each, FieldInfo | Discriminator)]
    named = (each.discriminator if isinstance(each, Discriminator) else each for each in told)
    return frozenset(each for each in named if isinstance(each, str))  # a function asks whatever it likes


def _accepts_none(annotation: Any, above: frozenset[Any] = frozenset()) -> bool:
    return any(_takes_none(each, above) for each in _members(annotation))


def _takes_none(member: Any, above: frozenset[Any]) -> bool:
    if get_origin(member) is Literal:
        return None in get_args(member)
    if isinstance(member, type) and issubclass(member, Enum):
        return any(each.value is None for each in member)
    if isinstance(member, type) and issubclass(member, RootModel) and member not in above:
        return _accepts_none(member.model_fields["root"].annotation, above | {member})
    return any(member is each for each in (None, NoneType, Any, object))


def _has_fields(annotation: Any, above: frozenset[Any] = frozenset()) -> bool:
    """Whether it is a model with fields, or a root model that may be nothing but one of such."""
    if not isinstance(annotation, type) or not issubclass(annotation, BaseModel) or annotation in above:
        return False
    if not issubclass(annotation, RootModel):
        return True
    members = _members(annotation.model_fields["root"].annotation)
    return any(_has_fields(each, above | {annotation}) for each in members)


def _members(annotation: Any) -> Iterator[Any]:
    """Give the types that a value may be of, without metadata and aliases."""
    if isinstance(annotation, TypeAliasType):
        yield from _members(annotation.__value__)
    elif get_origin(annotation) is Annotated:
        yield from _members(get_args(annotation)[0])
    elif _is_union(annotation):
        for each in get_args(annotation):
            yield from _members(each)
    else:
        yield annotation


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in {Union, UnionType}


def _union(members: Iterable[Any]) -> Any:
    return reduce(or_, members)  # not Union[...], which Python keeps, and the classes with it


def _annotated(annotation: Any, metadata: Iterable[Any]) -> Any:
    metadata = tuple(metadata)
    return Annotated[annotation, *metadata] if metadata else annotation
