"""Shapes: what a type accepts, read from the schema that pydantic has made of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final, NamedTuple

from dynmodels.patterns import LimitedPattern

#: JSON's types, where numbers are integers or have a fraction.
ALL_TYPES: Final = frozenset({"null", "boolean", "object", "array", "string", "integer", "fraction"})

_STRING: Final = frozenset({"string"})
_NUMBER: Final = frozenset({"integer", "fraction"})
_ARRAY: Final = frozenset({"array"})
_OBJECT: Final = frozenset({"object"})

#: What pydantic's types are in JSON. What they convert besides, such as a number for a date, is left out.
_TYPES: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(("str", "bytes", "date", "datetime", "time", "timedelta"), _STRING),
    **dict.fromkeys(("uuid", "url", "multi-host-url"), _STRING),
    "int": frozenset({"integer"}),
    "float": _NUMBER,
    "decimal": _NUMBER | _STRING,
    **dict.fromkeys(("list", "tuple", "set", "frozenset", "generator"), _ARRAY),
    **dict.fromkeys(("dict", "model"), _OBJECT),
    "never": frozenset(),
}

_FUNCTIONS: Final = frozenset({"function-after", "function-before", "function-wrap"})

#: Types around each other that are looked through.
_DEPTH: Final = 50

#: Types that stand around another one, and where in their schema that is.
_AROUND: Final[Mapping[str, str]] = {
    **dict.fromkeys(("default", "custom-error", *_FUNCTIONS), "schema"),
    "lax-or-strict": "strict_schema",  # JSON is what both take; what the lax one takes besides are conversions
    "json-or-python": "json_schema",
}


class Field(NamedTuple):
    """A field of a class."""

    names: frozenset[str]
    required: bool
    core: Mapping[str, Any]


class Shape(NamedTuple):
    """One way to be accepted: a type that is no union."""

    kind: str
    """What pydantic calls the type; ``values`` for a choice of constants, ``any`` for what is not understood."""
    core: Mapping[str, Any]
    key: Any
    """The same for equal shapes alone, for as long as the classes live."""
    values: tuple[Any, ...] = ()
    classes: frozenset[type] = frozenset()
    """The class, and those that wrap it."""
    patterns: frozenset[str] = frozenset()
    """Those that are matched by ourselves."""
    functions: frozenset[str] = frozenset()
    """The names of the functions that check it besides."""
    tagged: bool = False
    """Whether a property tells it from the other choices of its union."""
    unique: bool = False
    """Whether a validator of the class that it stands in sees to it that no two items are equal."""

    @property
    def types(self) -> frozenset[str]:
        """The JSON types of what is accepted."""
        if self.kind == "values":
            return frozenset(map(type_of, self.values))
        if self.kind == "str" and self.core.get("min_length", 0) > self.core.get("max_length", float("inf")):
            return frozenset()  # the generator's word for the schema false
        return _TYPES.get(self.kind, ALL_TYPES)

    @property
    def is_plain(self) -> bool:
        """Whether it takes any text, or anything at all, as opposed to texts of some format."""
        return self.kind in {"str", "bytes", "any"} and not self.functions

    @property
    def cls(self) -> Any:
        """The class of an object."""
        return self.core.get("cls")

    def only(self, value: Any) -> Shape:
        """Give one of the constants alone."""
        return self._replace(values=(value,), key=(self.key, type(value), repr(value)))

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields of a class."""
        config = self.core.get("config") or {}
        by_alias = config.get("validate_by_alias", True)
        by_name = config.get("validate_by_name", config.get("populate_by_name", False))
        fields: Mapping[str, Any] = self._inner.get("fields", {})
        found = []
        for name, field in fields.items():
            aliases = frozenset(_aliases(field.get("validation_alias"))) if by_alias else frozenset[str]()
            names = aliases | {name} if by_name or not aliases else aliases
            found.append(Field(names, not _has_default(field["schema"]), field["schema"]))
        return tuple(found)

    @property
    def extra(self) -> str:
        """What a class does with properties that it does not declare: ignore, allow or forbid."""
        config = self.core.get("config") or {}
        return str(self._inner.get("extra_behavior") or config.get("extra_fields_behavior") or "ignore")

    @property
    def extras(self) -> Mapping[str, Any] | None:
        """The schema of the properties that a class does not declare, if it has one."""
        return self._inner.get("extras_schema")

    @property
    def _inner(self) -> Mapping[str, Any]:
        core = self.core.get("schema", {})
        while core.get("type") in _FUNCTIONS:
            core = core["schema"]
        fields: Mapping[str, Any] = core
        return fields


#: Accepts anything; stands for all that is not understood, too.
ANYTHING: Final = Shape("any", {"type": "any"}, "any")

#: Accepts any text, as the names of properties are.
TEXT: Final = Shape("str", {"type": "str"}, "text")


def type_of(value: Any) -> str:
    """Give the JSON type of a value."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case str():
            return "string"
        case int():
            return "integer"
        case float():
            return "integer" if value.is_integer() else "fraction"
        case list() | tuple():
            return "array"
        case dict():
            return "object"
    return "string"  # what pydantic reads from text


class Shapes:
    """Takes the types of one document apart."""

    def __init__(self) -> None:
        self._definitions: dict[str, Mapping[str, Any]] = {}
        self._known: dict[int, tuple[Shape, ...]] = {}
        self._kept: list[Any] = []
        self._depth = 0

    def of_type(self, accepted: Any) -> tuple[Shape, ...]:
        """Give the shapes of a class, or of any type."""
        from pydantic import TypeAdapter

        try:
            core: Any = TypeAdapter(accepted).core_schema
            self._kept.append(core)  # keys are made of the identities of what is in it
            return self.of(core)
        except Exception:  # noqa: BLE001 (what pydantic cannot tell about a type, nobody has to believe)
            return (ANYTHING,)

    def of_field(self, core: Mapping[str, Any]) -> tuple[Shape, ...]:
        """Give the shapes of a field; those of an optional one without the null that pydantic takes there."""
        while core["type"] in _FUNCTIONS:
            if core["schema"]["type"] not in {"default", *_FUNCTIONS}:
                return self.of(core)
            core = core["schema"]
        if core["type"] == "default" and core["schema"]["type"] == "nullable":
            return self.of(core["schema"]["schema"])
        return self.of(core)

    def of(self, core: Mapping[str, Any]) -> tuple[Shape, ...]:
        """Give the shapes that a schema of pydantic's is a choice of."""
        known = self._known.get(id(core))
        if known is None:
            if self._depth > _DEPTH:
                return (ANYTHING,)
            self._known[id(core)] = ()  # what a type says of itself adds nothing to it
            self._depth += 1
            known = self._known[id(core)] = tuple({shape.key: shape for shape in self._shapes(core)}.values())
            self._depth -= 1
        return known

    def _shapes(self, core: Mapping[str, Any]) -> Iterator[Shape]:
        kind = core["type"]
        if kind == "definitions":
            self._definitions.update((each["ref"], each) for each in core["definitions"])
            yield from self.of(core["schema"])
        elif kind == "definition-ref":
            target = self._definitions.get(core["schema_ref"])
            yield from (ANYTHING,) if target is None else self.of(target)
        elif kind == "nullable":
            yield from self.of(core["schema"])
            yield Shape("values", core, "null", (None,))
        elif kind in _FUNCTIONS:
            yield from (_checked_by(shape, core) for shape in self.of(core["schema"]))
        elif kind in _AROUND:
            yield from self.of(core[_AROUND[kind]])
        elif kind == "chain":
            yield from self.of(core["steps"][0])
        elif kind == "union":
            for choice in core["choices"]:
                yield from self.of(choice[0] if isinstance(choice, tuple) else choice)
        elif kind == "tagged-union":
            for choice in core["choices"].values():
                yield from (shape._replace(tagged=True, key=(shape.key, "tagged")) for shape in self.of(choice))
        elif kind == "model":
            yield from self._shapes_of_model(core)
        elif kind in {"literal", "enum", "bool", "none"}:
            yield _constants(core)
        else:
            yield Shape(kind, core, id(core)) if kind in _TYPES else ANYTHING

    def _shapes_of_model(self, core: Mapping[str, Any]) -> Iterator[Shape]:
        classes = frozenset({core["cls"]})
        if core.get("root_model"):
            for shape in self.of(core["schema"]):
                yield shape._replace(classes=shape.classes | classes)
        else:
            yield Shape("model", core, core["cls"], classes=classes)


def _checked_by(shape: Shape, core: Mapping[str, Any]) -> Shape:
    function = core["function"]["function"]
    owner = getattr(function, "__self__", None)
    if isinstance(owner, LimitedPattern):
        return shape._replace(patterns=shape.patterns | {owner.pattern}, key=(shape.key, owner.pattern))
    name = str(getattr(function, "__qualname__", function))
    return shape._replace(functions=shape.functions | {name}, key=(shape.key, name))


def _constants(core: Mapping[str, Any]) -> Shape:
    given = {"bool": (True, False), "none": (None,)}.get(core["type"])
    listed = core.get("expected", ()) if given is None else given
    values = (each.value if isinstance(each, Enum) else each for each in core.get("members", listed))
    classes = frozenset({core["cls"]}) if "cls" in core else frozenset[type]()
    return Shape("values", core, core.get("cls", id(core)), tuple(values), classes)


def _has_default(core: Mapping[str, Any]) -> bool:
    while core["type"] in _FUNCTIONS:
        core = core["schema"]
    return bool(core["type"] == "default")


def _aliases(alias: Any) -> Iterator[str]:
    """Give the names that a field is read from; paths into other fields are none."""
    if isinstance(alias, str):
        yield alias
    elif isinstance(alias, list):
        paths = [alias] if alias and not isinstance(alias[0], list) else alias
        yield from (path[0] for path in paths if len(path) == 1 and isinstance(path[0], str))
