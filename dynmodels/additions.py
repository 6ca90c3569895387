"""Additions: what a caller adds to generated classes with objects of his own, as source can name it."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from inspect import signature
from math import isfinite
from types import FunctionType
from typing import Any, Final, NamedTuple

from dynmodels import log
from dynmodels.errors import OptionsError
from dynmodels.module import GIVEN

#: Modules that are others in each process.
_PASSING_MODULES: Final = ("__main__", "__mp_main__", "dynmodels.generated")

#: Settings that exact classes would take no notice of, or that their data would lose something by.
_NOT_EXACT: Final = frozenset(
    {
        "alias_generator",
        "coerce_numbers_to_str",
        "extra",
        "str_max_length",
        "str_min_length",
        "str_strip_whitespace",
        "str_to_lower",
        "str_to_upper",
        "strict",
    }
)

#: How validators of fields may be run (pydantic.functional_validators), and pydantic's classes that say so.
_MODES: Final[Mapping[str, str]] = {
    "AfterValidator": "after",
    "BeforeValidator": "before",
    "PlainValidator": "plain",
    "WrapValidator": "wrap",
}


class Named(NamedTuple):
    """Where source imports an object from."""

    module: str
    name: str


class Setting(NamedTuple):
    """One setting of a configuration: its name, and its value, as source writes it or imports it."""

    name: str
    value: str | Named


class Check(NamedTuple):
    """One validator.

    Attributes:
        fields: The fields that it is for; empty for the whole model.
        mode: When it runs: "before", "after", "wrap" or "plain".
        function: What it calls.
        settings: What pydantic is told besides.
    """

    fields: tuple[str, ...]
    mode: str
    function: Named
    settings: tuple[Setting, ...] = ()


class Additions(NamedTuple):
    """All that a caller adds.

    Attributes:
        bases: What the classes inherit from, in the place of ``BaseModel``.
        fields: The fields that they inherit so.
        attributes: All names that they inherit so.
        config: What is laid over the configuration of each class.
        checks: Validators, by class name or JSON Pointer.
        types: What stands for schemas, by JSON Pointer.
        given: The objects that no module has a name for, by the names that they are given.
        passing: What cannot be named tomorrow, or by another process, and why; None if all can.
    """

    bases: tuple[Named, ...] = ()
    fields: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()
    config: tuple[Setting, ...] = ()
    checks: tuple[tuple[str, tuple[Check, ...]], ...] = ()
    types: tuple[tuple[str, Named], ...] = ()
    given: Mapping[str, Any] = {}
    passing: str | None = None

    @property
    def imports(self) -> frozenset[tuple[str, str]]:
        """Module and name of all that source imports for it."""
        checks = [check for _, group in self.checks for check in group]
        settings = [*self.config, *(setting for check in checks for setting in check.settings)]
        named = [setting.value for setting in settings if isinstance(setting.value, Named)]
        named += [*self.bases, *(check.function for check in checks), *(type_ for _, type_ in self.types)]
        marks = [("dynmodels.theirs", "Theirs")] if self.types else []
        return frozenset([*marks, *((each.module, each.name) for each in named)])

    @property
    def identity(self) -> object:
        """What tells it from others; something that has no stable content where that is only known now."""
        return object() if self.passing else self._replace(fields=frozenset(), attributes=frozenset(), given={})


def additions_of(bases: object, config: object, validators: object, types: object, *, exact: bool) -> Additions:
    """Say how source can name what a caller adds.

    Args:
        bases: A class, or several.
        config: A ``pydantic.ConfigDict``.
        validators: Validators by class and field.
        types: Types by JSON Pointer.
        exact: Whether the classes are to be exact.

    Raises:
        OptionsError: Something is of the wrong kind, or exact classes cannot have it.
    """
    names = _Names()
    classes = _bases(bases)
    if exact:
        _require_exact(config, classes)
    found = Additions(
        bases=tuple(names.of(each, "Base", "base_class") for each in classes),
        fields=frozenset(name for each in classes for name in getattr(each, "model_fields", ())),
        attributes=frozenset(name for each in classes for name in dir(each)),
        config=tuple(_settings(config, names)),
        checks=tuple(_checks(validators, names)),
        types=tuple(_types(types, names)),
        given=names.given,
        passing=names.passing,
    )
    if found.passing:
        log.info("neither cached nor stored: %s", found.passing)
    return found


def is_generators(validators: object) -> bool:
    """Tell whether validators are spelt as datamodel-code-generator's option has them: as names of functions."""
    groups = list(validators.values()) if isinstance(validators, Mapping) else []
    return bool(groups) and all(
        hasattr(group, "model_dump")
        or (isinstance(group, Mapping) and set(group) == {"validators"} and _are_named(group["validators"]))
        for group in groups
    )


def _are_named(validators: object) -> bool:
    several = validators if isinstance(validators, list | tuple) else [validators]
    return all(isinstance(each, Mapping) or hasattr(each, "model_dump") for each in several)


class _Names:
    """Finds names for objects."""

    def __init__(self) -> None:
        self.given: dict[str, Any] = {}
        self.passing: str | None = None

    def of(self, value: object, otherwise: str, argument: str) -> Named:
        """Name an object by its module, else by a name that it is given here.

        Args:
            value: The object.
            otherwise: What to call it where it has no name.
            argument: The argument that it came by.
        """
        module, name = str(getattr(value, "__module__", "")), str(getattr(value, "__qualname__", ""))
        if _is_in(module, name, value):
            if module.startswith(_PASSING_MODULES):
                self._passes(argument, f"{name} is of the module {module}, which is another in each process")
            return Named(module, name)
        if isinstance(value, type | FunctionType) and value.__name__.isidentifier():
            otherwise = value.__name__
        known = next((known for known, held in self.given.items() if held is value), None)
        if known is not None:
            return Named(GIVEN, known)
        free, number = otherwise, 1
        while free in self.given:
            number += 1
            free = f"{otherwise}_{number}"
        self.given[free] = value
        self._passes(argument, f"no module has a name for {name or repr(value)}")
        return Named(GIVEN, free)

    def _passes(self, argument: str, reason: str) -> None:
        self.passing = self.passing or f"of {argument}, {reason}"


def _is_in(module: str, name: str, value: object) -> bool:
    """Tell whether a module has a name for an object, so that source can import it."""
    return name.isidentifier() and getattr(sys.modules.get(module), name, None) is value


def _bases(bases: object) -> tuple[type, ...]:
    from pydantic import BaseModel, RootModel

    given = () if bases is None else tuple(bases) if isinstance(bases, list | tuple) else (bases,)
    classes = tuple(each for each in given if isinstance(each, type))
    if len(classes) < len(given) or (bases is not None and not classes):
        raise OptionsError(
            f"base_class is a class, several, or the dotted name of one, not {bases!r:.80}",
            hint="Derive it from pydantic.BaseModel.",
        )
    if classes and not any(issubclass(each, BaseModel) for each in classes):
        raise OptionsError(
            f"base_class {classes[0].__name__} is no pydantic model",
            hint="Derive it from pydantic.BaseModel, or pass one that is beside it: base_class=(Mixin, BaseModel).",
        )
    roots = [each for each in classes if issubclass(each, RootModel)]
    if roots:
        raise OptionsError(f"base_class {roots[0].__name__} is a RootModel, whose subclasses have no other fields")
    return classes


def _settings(config: object, names: _Names) -> Iterator[Setting]:
    from pydantic import ConfigDict

    if config is None:
        return
    if not isinstance(config, Mapping):
        raise OptionsError(f"config_dict is a pydantic.ConfigDict, not {config!r:.80}")
    for name, value in config.items():
        if name not in ConfigDict.__annotations__:
            close = difflib.get_close_matches(str(name), ConfigDict.__annotations__, 3)
            raise OptionsError(
                f"config_dict has the key {name!r}, which pydantic.ConfigDict has not",
                hint=f"Did you mean {' or '.join(map(repr, close))}?" if close else None,
            )
        yield _setting(name, value, names, "config_dict")


def _require_exact(config: object, bases: Iterable[Any]) -> None:
    """Refuse settings that exact classes cannot have: they take what the schema takes, by the names that it has.

    Raises:
        OptionsError: There is one.
    """
    refused = sorted(_NOT_EXACT & set(config)) if isinstance(config, Mapping) else []
    if refused:
        raise OptionsError(
            f"with exact=True, config_dict cannot have {refused[0]!r}: the schema alone says what is taken",
            hint="Say it in the schema, or leave exact=True out.",
        )
    for base in bases:
        if getattr(base, "model_config", {}).get("alias_generator") is not None:
            raise OptionsError(
                f"with exact=True, base_class {base.__name__} cannot have an alias_generator: the schema names fields"
            )


def _setting(name: str, value: object, names: _Names, argument: str) -> Setting:
    return Setting(name, repr(value) if _is_literal(value) else names.of(value, name, argument))


#: How deep a value may nest that source writes out; others are lent to it.
_DEEPEST: Final = 20


def _is_literal(value: object, depth: int = 0) -> bool:
    """Tell whether source can write the value out."""
    if type(value) is dict:
        return depth < _DEEPEST and all(_is_literal(each, depth + 1) for pair in value.items() for each in pair)
    if type(value) in {list, tuple, set}:
        items: Any = value
        return depth < _DEEPEST and all(_is_literal(each, depth + 1) for each in items)
    return type(value) in {bool, bytes, int, str, type(None)} or (type(value) is float and isfinite(value))


def _checks(validators: object, names: _Names) -> Iterator[tuple[str, tuple[Check, ...]]]:
    if validators is None:
        return
    if not isinstance(validators, Mapping):
        raise OptionsError(
            f"validators is a mapping of class names, not {validators!r:.80}",
            hint='Such as validators={"User": {"email": [check_email]}}.',
        )
    for target, group in validators.items():
        if isinstance(group, Mapping):
            checks = [_field_check(field, each, names) for field, one in group.items() for each in _several(one)]
        else:
            checks = [_model_check(target, each, names) for each in _several(group)]
        yield str(target), tuple(checks)


def _several(one: object) -> Sequence[object]:
    return one if isinstance(one, list | tuple) else (one,)


def _field_check(field: object, given: Any, names: _Names) -> Check:
    """Read a function, one of pydantic's four validators, or what ``field_validator`` gives."""
    told = getattr(given, "decorator_info", None)
    function, mode, schema_type = given, "after", getattr(given, "json_schema_input_type", None)
    if told is not None and hasattr(told, "fields"):
        if str(field) not in told.fields and "*" not in told.fields:
            raise OptionsError(
                f"validators has a field_validator of {', '.join(map(repr, told.fields))} for the field {field!r}",
                hint="Give it the same name in both places.",
            )
        function, mode, schema_type = given.wrapped, told.mode, told.json_schema_input_type
    elif type(given).__module__ == "pydantic.functional_validators" and type(given).__name__ in _MODES:
        function, mode = given.func, _MODES[type(given).__name__]
    if told is not None and not hasattr(told, "fields"):
        raise OptionsError(
            f"validators has a {type(told).__name__} for the field {field!r}",
            hint='A validator of the whole model stands in a list: validators={"User": [model_validator(...)(check)]}.',
        )
    settings = []
    if mode != "after" and not _is_undefined(schema_type):
        settings.append(_setting("json_schema_input_type", schema_type, names, "validators"))
    return Check((str(field),), mode, _function(function, f"field {field!r}", names), tuple(settings))


def _model_check(target: object, given: Any, names: _Names) -> Check:
    told = getattr(given, "decorator_info", None)
    if told is None or hasattr(told, "fields") or not hasattr(told, "mode"):
        raise OptionsError(
            f"validators has {given!r:.80} for the class {target!r}",
            hint="Pass a mapping of fields, or a list of what pydantic.model_validator(mode=...) gives.",
        )
    return Check((), told.mode, _function(given.wrapped, f"class {target!r}", names))


def _function(function: Any, place: str, names: _Names) -> Named:
    if isinstance(function, classmethod):
        function = function.__func__  # which pydantic makes a class method of again, by the name of its first argument
        if next(iter(signature(function).parameters), None) != "cls":
            raise OptionsError(
                f"validators has a class method for the {place} whose first argument is not called cls",
                hint="Call it cls, or pass a function.",
            )
    if not callable(function):
        raise OptionsError(
            f"validators has {function!r:.80} for the {place}",
            hint="Pass functions, or pydantic's BeforeValidator, AfterValidator, WrapValidator or PlainValidator.",
        )
    return names.of(function, "check", "validators")


def _is_undefined(value: object) -> bool:
    from pydantic_core import PydanticUndefined

    return value is None or value is Any or value is PydanticUndefined


def _types(types: object, names: _Names) -> Iterator[tuple[str, Named]]:
    if types is None:
        return
    if not isinstance(types, Mapping):
        raise OptionsError(
            f"types is a mapping of JSON Pointers to types, not {types!r:.80}",
            hint='Such as types={"#/$defs/Money": Money}.',
        )
    for pointer, value in types.items():
        if not isinstance(pointer, str) or not pointer.startswith("#/"):
            raise OptionsError(
                f"types has the key {pointer!r}, which is no JSON Pointer of a schema in the document",
                hint='Such as "#/$defs/Money" or "#/properties/price".',
            )
        if value is None or isinstance(value, str | int | float | Mapping | list | tuple):
            raise OptionsError(f"types has {value!r:.80} for {pointer!r}, which is no type")
        yield pointer, names.of(value, "GivenType", "types")
