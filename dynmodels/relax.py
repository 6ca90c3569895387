"""Relaxing: pydantic schemas that take whatever has the right shape, and anything else as it is.

A gate has judged the data before (``exact``). What is left to pydantic is to make objects of it: models, enum members,
moments. So constraints go, and where a class is not what the data is, the data stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from typing import Any, Final, NamedTuple, NoReturn

from pydantic import BaseModel, RootModel, TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic_core import SchemaSerializer, SchemaValidator, core_schema

from dynmodels.module import PLAIN
from dynmodels.original import remember, text_of

Node = dict[str, Any]

#: Chooses among the models of a union: is given the classes, and gives a function from a value to the number of the one
#: to be made of it, or None.
Pick = Callable[[Sequence[type]], Callable[[Any], int | None]]

#: Integers are exact as floats up to here.
_EXACT_FLOAT: Final = 2.0**53

_ANY: Final[Any] = core_schema.any_schema()

#: Types whose values are the same in JSON and in Python.
_SAME_IN_JSON: Final = frozenset({"any", "bool", "literal", "none", "str"})

#: What holds other data; pydantic's functions around such look at its size.
_CONTAINERS: Final = frozenset({"list", "dict", "json-or-python"})

#: Types that ``_Walk`` has a method for.
_SHAPED: Final = frozenset(
    {
        "default",
        "definition-ref",
        "dict",
        "enum",
        "float",
        "frozenset",
        "function-after",
        "function-before",
        "function-wrap",
        "int",
        "json-or-python",
        "list",
        "missing-sentinel",
        "model",
        "nullable",
        "set",
        "tagged-union",
        "tuple",
        "union",
    }
)

#: Types of classes that the generator never makes.
_OF_THE_CALLERS: Final = frozenset({"dataclass", "typed-dict"})

#: Functions from these packages are part of a type, or check what the gate has checked.
_NOT_THE_CALLERS: Final = ("pydantic", "pydantic_core", "dynmodels")


def _untold(_schema: Any, _handler: Any) -> NoReturn:
    """Keep a relaxed schema out of JSON Schemas: what the document says of the class stands there."""
    raise PydanticInvalidForJsonSchema("it has been relaxed")


_UNTOLD: Final = {"pydantic_js_functions": [_untold]}


class _Definition(NamedTuple):
    """A relaxed schema that others refer to by name, and the names that it refers to itself."""

    schema: Any
    uses: frozenset[str]


class Plain(NamedTuple):
    """What pydantic had made of a class before a gate was put before it.

    The other attributes are those of the class; ``gates`` are the validators of its document, or of what it needs.
    """

    gates: Any
    core_schema: Any
    validator: Any
    model_rebuild: Any
    model_json_schema: Any
    json_schema_hook: Any


def plain_of(cls: Any, gates: Any = None) -> Plain:
    """Give what pydantic has made of a class, or had before its gate was put up."""
    known: Plain | None = vars(cls).get(PLAIN)
    if known is not None:
        return known
    return Plain(
        gates,
        cls.__pydantic_core_schema__,
        cls.__pydantic_validator__,
        cls.model_rebuild.__func__,
        cls.model_json_schema.__func__,
        cls.__get_pydantic_json_schema__.__func__,
    )


class Relaxing:
    """Relaxes the schemas of one document's classes, as pydantic made them (``__pydantic_core_schema__``), each once.

    Args:
        classes: The models of the document.
        pick: Chooses among the models of a union.

    Attributes:
        by_name: Whether fields may be given by their names in Python.
        names: Those names, where they are others than in JSON.
    """

    def __init__(self, classes: Sequence[type[BaseModel]], pick: Pick) -> None:
        self.by_name = any(
            cls.model_config.get("populate_by_name") or cls.model_config.get("validate_by_name") for cls in classes
        )
        self.names = frozenset(
            name for cls in classes for name, info in cls.model_fields.items() if info.alias not in {None, name}
        )
        self._known = {
            reference_to(cls): {"type": "model", "cls": cls, "root_model": issubclass(cls, RootModel)}
            for cls in classes
        }
        self._pick = pick
        self._definitions: dict[str, _Definition] = {}

    def of_class(self, cls: type[BaseModel]) -> Any:
        """Give the relaxed schema of a class."""
        return self._complete(core_schema.definition_reference_schema(_name(cls)), self._define({_name(cls): cls}))

    def constants(self, cls: Any) -> Mapping[str, Any]:
        """Give pydantic's schemas of a class's fields that are constants, by the names of the fields."""
        known = isinstance(cls, type) and reference_to(cls) in self._known
        return _Walk(plain_of(cls).core_schema, self._known, self._pick).constants() if known else {}

    def is_own(self, cls: type) -> bool:
        """Whether a class is one of the document's, or made from one."""
        return any(reference_to(base) in self._known for base in cls.__mro__)

    def of_type(self, schema: Mapping[str, Any]) -> Any:
        """Relax the schema of a type that is no model, such as an enum."""
        walk = _Walk(schema, self._known, self._pick)
        relaxed = walk.type_schema()
        self._add(walk)
        return self._complete(relaxed, self._define(walk.uses) | frozenset(walk.local))

    def uses(self, cls: type[BaseModel]) -> frozenset[str]:
        """Name the classes that stand in a class."""
        self._define({_name(cls): cls})
        return self._definitions[_name(cls)].uses

    def of_subclass(self, schema: Mapping[str, Any], cls: type[BaseModel], base: type[BaseModel]) -> Any:
        """Relax what a subclass has from a class; what it declares itself stays as it is.

        Args:
            schema: The subclass's schema, in which other classes are referred to by ``reference_to``.
            cls: The subclass.
            base: The class.
        """
        walk = _Walk(schema, self._known, self._pick)
        relaxed = walk.subclass_schema(
            _inherited(cls, base), keeps_extra=cls.model_config.get("extra") == base.model_config.get("extra")
        )
        self._add(walk)
        return self._complete(relaxed, self._define(walk.uses) | frozenset(walk.local))

    def _needed(self, names: frozenset[str]) -> set[str]:
        """Name the definitions that some need, and these themselves."""
        needed, waiting = set(names), list(names)
        while waiting:
            for each in self._definitions[waiting.pop()].uses - needed:
                needed.add(each)
                waiting.append(each)
        return needed

    def _define(self, classes: Mapping[str, Any]) -> frozenset[str]:
        waiting = dict(classes)
        while waiting:
            name, cls = waiting.popitem()
            if name not in self._definitions:
                walk = _Walk(plain_of(cls).core_schema, self._known, self._pick)
                schema = {**walk.class_schema(), "ref": name, "metadata": _UNTOLD}
                self._add(walk)
                self._definitions[name] = _Definition(schema, frozenset(walk.uses) | frozenset(walk.local))
                waiting.update(walk.uses)
        return frozenset(classes)

    def _add(self, walk: _Walk) -> None:
        uses = frozenset(walk.uses) | frozenset(walk.local)
        self._definitions.update((name, _Definition(schema, uses)) for name, schema in walk.local.items())

    def _complete(self, schema: Any, names: frozenset[str]) -> Any:
        needed = self._needed(names)
        if schema["type"] == "definition-ref":
            own = self._definitions[schema["schema_ref"]]
            used = self._needed(own.uses)
            if schema["schema_ref"] not in used:  # it does not refer to itself, which would have to be watched
                schema, needed = {key: value for key, value in own.schema.items() if key != "ref"}, used
        if not needed:
            return schema
        return core_schema.definitions_schema(schema, [self._definitions[each].schema for each in sorted(needed)])


def reference_to(cls: type) -> str:
    """The name by which schemas refer to a class, as pydantic makes it."""
    return f"{cls.__module__}.{cls.__qualname__}:{id(cls)}"


def _name(cls: type) -> str:
    return reference_to(cls) + _SUFFIX


def _inherited(cls: type[BaseModel], base: type[BaseModel]) -> frozenset[str]:
    """Name the fields that a subclass does not declare anew."""
    between = cls.__mro__[: cls.__mro__.index(base)]
    declared = {name for each in between for name in vars(each).get("__annotations__", {})}
    return frozenset(base.model_fields) - declared


#: What the name of every relaxed definition ends with, to be told from pydantic's own.
_SUFFIX: Final = ":exact"


class _Walk:
    """One schema with its definitions.

    The methods named after types of schemas give the shape alone, which may fail; ``_node`` lets pass what fails.

    Attributes:
        uses: The classes that it refers to, by the names of their definitions.
        local: Other definitions that it needs.
    """

    def __init__(self, schema: Mapping[str, Any], known: Mapping[str, Any], pick: Pick) -> None:
        self._known = known
        self._pick = pick
        nested = schema["type"] == "definitions"
        self._root: Any = schema["schema"] if nested else schema
        self._definitions: dict[str, Any] = {each["ref"]: each for each in schema["definitions"]} if nested else {}
        self.uses: dict[str, Any] = {}
        self.local: dict[str, Any] = {}

    def class_schema(self) -> Any:
        """The schema of a class by itself: it has a gate before it, or is referred to by what lets pass the rest."""
        node = self._target(self._root)
        while node["type"].startswith("function-") and not _is_the_callers(node):
            node = node["schema"]
        if node["type"] == "model":
            return self._class(node)
        return {**node, "schema": self._class(self._target(node["schema"]))} if "schema" in node else node

    def constants(self) -> Mapping[str, Any]:
        """The fields of a class that are one of some texts; others are not compared as JSON compares."""
        node = self._target(self._root)
        while node["type"] != "model-fields" and "schema" in node:
            node = self._target(node["schema"])
        found = {}
        for name, field in node["fields"].items() if node["type"] == "model-fields" else ():
            schema = self._target(field["schema"])
            while schema["type"] == "default":
                schema = self._target(schema["schema"])
            if schema["type"] == "literal" and all(type(value) is str for value in schema["expected"]):
                found[name] = core_schema.literal_schema(
                    schema["expected"], serialization=core_schema.simple_ser_schema("any")
                )
        return found

    def subclass_schema(self, inherited: frozenset[str], *, keeps_extra: bool) -> Any:
        return self._inheriting(self._root, inherited, keeps_extra=keeps_extra)

    def _inheriting(self, node: Any, inherited: frozenset[str], *, keeps_extra: bool) -> Any:
        if node["type"] != "model-fields":
            changed = (
                {**node, "schema": self._inheriting(node["schema"], inherited, keeps_extra=keeps_extra)}
                if "schema" in node
                else node
            )
            if node["type"] == "model" and keeps_extra:
                changed["config"] = {**node.get("config", {}), "extra_fields_behavior": "allow"}
            return changed
        fields = {name: self._field(field) if name in inherited else field for name, field in node["fields"].items()}
        return {**node, "fields": fields, **({"extra_behavior": "allow"} if keeps_extra else {})}

    def type_schema(self) -> Any:
        return self._node(self._root)

    def _class(self, node: Node) -> Any:
        relaxed: Node = {**node, "schema": self._fields(node["schema"]), "config": dict(node.get("config", {}))}
        for strictness in (relaxed, relaxed["config"]):
            strictness.pop("strict", None)
        relaxed.pop("metadata", None)
        relaxed.pop("ref", None)
        if not node.get("root_model"):
            relaxed["config"]["extra_fields_behavior"] = "allow"
        return relaxed

    def _node(self, node: Any) -> Any:
        """Relax a schema into one that nothing fails but what the caller has added."""
        theirs = self._target(node)
        if theirs["type"] in _OF_THE_CALLERS or (theirs["type"] == "model" and self._is_foreign(theirs["cls"])):
            return _by_class(theirs["cls"])
        if node["type"].startswith("function-") and _is_the_callers(node):
            return {**node, "schema": self._node(node["schema"])} if "schema" in node else node
        if node["type"] == "nullable":
            relaxed = self._node(node["schema"])
            return relaxed if relaxed is _ANY else core_schema.nullable_schema(relaxed)
        if node["type"] == "default" or (node["type"] == "missing-sentinel" and "schema" in node):
            return {**node, "schema": self._node(node["schema"])}
        return _first(self._shape(node), _ANY)

    def _shape(self, node: Any) -> Any:
        kind = node["type"]
        if kind in _SAME_IN_JSON:
            return _ANY
        if kind not in _SHAPED:  # a type that reads texts, or one that is not known here
            return _read(node)
        return getattr(self, f"_{kind.replace('-', '_')}")(node)

    def _int(self, _node: Node) -> Any:
        whole = core_schema.no_info_plain_validator_function(_whole)
        return _first(core_schema.int_schema(strict=True), whole)

    def _float(self, _node: Node) -> Any:
        # What is compared has been rounded: the next integer beyond the bound is the bound.
        small = core_schema.float_schema(strict=True, gt=-_EXACT_FLOAT, lt=_EXACT_FLOAT)
        return _first(small, core_schema.no_info_plain_validator_function(_from_decimal))

    def _list(self, node: Node) -> Any:
        return core_schema.list_schema(self._inner(node, "items_schema"))

    def _set(self, node: Node) -> Any:
        return core_schema.set_schema(self._inner(node, "items_schema"))

    def _frozenset(self, node: Node) -> Any:
        return core_schema.frozenset_schema(self._inner(node, "items_schema"))

    def _tuple(self, node: Node) -> Any:
        items = [self._node(item) for item in node["items_schema"]]
        return core_schema.tuple_schema(items, variadic_item_index=node.get("variadic_item_index"))

    def _dict(self, node: Node) -> Any:
        return core_schema.dict_schema(_ANY, self._inner(node, "values_schema"))

    def _missing_sentinel(self, node: Node) -> Any:
        return self._shape(node["schema"]) if "schema" in node else node

    def _json_or_python(self, node: Node) -> Any:
        """``Sequence`` and ``Mapping`` are lists and dicts; other types read texts."""
        made = self._target(node["json_schema"])["type"]
        return self._shape(node["json_schema"]) if made in {"list", "dict"} else _read(node)

    def _inner(self, node: Node, name: str) -> Any:
        return self._node(node[name]) if name in node else _ANY

    def _enum(self, node: Node) -> Any:
        members = list(node["cls"])
        if all(isinstance(member.value, str) for member in members):
            return core_schema.enum_schema(node["cls"], members)
        return core_schema.no_info_plain_validator_function(_member_of(node["cls"]))

    def _model(self, node: Node) -> Any:
        cls = node["cls"]
        if self._is_own(cls):
            self.uses[_name(cls)] = cls
            return core_schema.definition_reference_schema(_name(cls))
        return _by_class(cls) if self._is_foreign(cls) else self._class(node)

    def _definition_ref(self, node: Node) -> Any:
        target, name = self._target(node), node["schema_ref"] + _SUFFIX
        if target["type"] in {"model", "enum"} or target["type"].startswith("function-"):
            return self._shape(target)
        if name not in self.local:
            self.local[name] = _ANY  # until it is known: it may refer to itself
            self.local[name] = {**self._node(target), "ref": name, "metadata": _UNTOLD}
        return core_schema.definition_reference_schema(name)

    def _target(self, node: Any) -> Any:
        while node["type"] == "definition-ref":
            name = node["schema_ref"]
            node = self._definitions.get(name) or self._known.get(name, _ANY)
        return node

    def _fields(self, node: Any) -> Any:
        """The fields of a model, or the value of a root model; the caller's own validators around them stay."""
        if node["type"] == "model-fields":
            relaxed = {**node, "extra_behavior": "allow"}
            relaxed["fields"] = {name: self._field(field) for name, field in node["fields"].items()}
            relaxed.pop("extras_keys_schema", None)
            relaxed.pop("strict", None)
            if "extras_schema" in node:
                relaxed["extras_schema"] = self._node(node["extras_schema"])
            return _told_apart(relaxed)
        if "schema" in node and node["type"].startswith("function-"):
            inner = self._fields(node["schema"])
            return {**node, "schema": inner} if _is_the_callers(node) else inner
        return self._node(node)

    def _field(self, field: Node) -> Node:
        schema = field["schema"]
        # The gate knows what is required; where the generator misread that, the class must not insist.
        default = schema["type"] == "default"
        relaxed = self._node(schema) if default else core_schema.with_default_schema(self._node(schema), default=None)
        return {**field, "schema": relaxed}

    def _function_before(self, node: Node) -> Any:
        return self._around(node)

    def _function_after(self, node: Node) -> Any:
        return self._around(node)

    def _function_wrap(self, node: Node) -> Any:
        return self._around(node)

    def _around(self, node: Node) -> Any:
        """A function around a schema: the caller's validator, our own check, or part of a type of pydantic's."""
        if _is_the_callers(node):
            return {**node, "schema": self._node(node["schema"])}
        if _module_of(node) == "dynmodels.entrance":
            # What stands behind a gate has been relaxed, but for its constants.
            behind = node["schema"]
            made = behind["choices"][0] if behind["type"] == "union" else behind
            return self._model(made) if made["type"] == "model" and self._is_own(made["cls"]) else behind
        if _module_of(node).startswith("pydantic") and self._target(node["schema"])["type"] not in _CONTAINERS:
            return _read(node)
        return self._shape(node["schema"])

    def _nullable(self, node: Node) -> Any:
        return core_schema.nullable_schema(self._shape(node["schema"]))

    def _default(self, node: Node) -> Any:
        return {**node, "schema": self._shape(node["schema"])}

    def _union(self, node: Node) -> Any:
        return self._choice(list(self._flattened([node])))

    def _tagged_union(self, node: Node) -> Any:
        return self._choice(list(self._flattened([node])))

    def _flattened(self, choices: Iterable[Any]) -> Iterator[Any]:
        for each in choices:
            if each["type"] == "nullable":
                yield from self._flattened([each["schema"]])
            elif each["type"] == "union":
                yield from self._flattened(part[0] if isinstance(part, tuple) else part for part in each["choices"])
            elif each["type"] == "tagged-union":
                yield from self._flattened(each["choices"].values())
            else:
                yield each

    def _choice(self, choices: list[Any]) -> Any:
        """Of a union, take what the data is: by its type in JSON, and among models by their gates."""
        by_kind: dict[str, list[Any]] = {}
        for each in choices:
            by_kind.setdefault(self._kind(each), []).append(each)
        relaxed = [
            self._shape(each) for name in ("enum", "tuple", "set", "frozenset") for each in by_kind.pop(name, ())
        ]
        lists, models, dicts = (by_kind.pop(name, []) for name in ("list", "model", "dict"))
        if lists:
            relaxed.append(core_schema.list_schema(self._merged(lists, "items_schema")))
        if len(models) == 1 and not self._is_root(models[0]) and not dicts and "any" not in by_kind:
            relaxed.append(self._shape(models[0]))
        elif models:
            relaxed.append(self._models(models))
        if dicts:
            relaxed.append(core_schema.dict_schema(_ANY, self._merged(dicts, "values_schema")))
        # A text is a text where the union has texts, whatever else it could be read as.
        texts = "str" in by_kind
        for kind, alike in by_kind.items():
            if kind in {"int", "float"} or (kind not in _SAME_IN_JSON and not texts):
                relaxed += map(self._shape, alike)
        return _first(*relaxed, _ANY)

    def _kind(self, node: Any) -> str:
        target = self._target(node)
        kind: str = target["type"]
        return kind if kind != "model" or self._is_own(target["cls"]) else "foreign"

    def _is_own(self, cls: type) -> bool:
        return reference_to(cls) in self._known

    def _is_foreign(self, cls: Any) -> bool:
        """Whether a model is the caller's. ``RootModel[str]`` is one class for all who write it."""
        parametrised = issubclass(cls, RootModel) and cls.__pydantic_generic_metadata__["origin"] is not None
        return not self._is_own(cls) and not parametrised

    def _is_root(self, node: Any) -> bool:
        return bool(self._target(node).get("root_model"))

    def _merged(self, containers: list[Any], name: str) -> Any:
        """What the containers of one kind hold: decided for each thing in them, not for all at once."""
        parts = [self._target(each) for each in containers]
        return self._node(core_schema.union_schema([each.get(name, _ANY) for each in parts]))

    def _models(self, models: list[Any]) -> Any:
        choices: dict[Any, Any] = {number: self._shape(each) for number, each in enumerate(models)}
        pick: Any = self._pick([self._target(each)["cls"] for each in models])
        union = core_schema.tagged_union_schema(choices, pick)
        # Each model knows how to write itself.
        return {**union, "serialization": core_schema.simple_ser_schema("any")}


def with_constants(relaxed: Any, constants: Mapping[str, Any]) -> Any:
    """Let fields of a relaxed class be nothing but the constants that they are."""
    if relaxed["type"] == "model-fields":
        fields = {
            name: {**field, "schema": {**field["schema"], "schema": constants[name]}} if name in constants else field
            for name, field in relaxed["fields"].items()
        }
        return {**relaxed, "fields": fields}
    return {**relaxed, "schema": with_constants(relaxed["schema"], constants)} if "schema" in relaxed else relaxed


def _first(*schemas: Any) -> Any:
    """Take the first schema that the data fits; those behind one that everything fits are left out."""
    needed: list[Any] = []
    for schema in schemas:
        nested = schema["type"] == "union" and schema["mode"] == "left_to_right" and "serialization" not in schema
        needed.extend(schema["choices"] if nested else [schema])
        if needed[-1] is _ANY:
            break
    return needed[0] if len(needed) == 1 else core_schema.union_schema(needed, mode="left_to_right")


def _told_apart(fields: Any) -> Any:
    """Tell fields that are given from others in the data that have their names in Python, which pydantic does not."""
    aliases = {name: field.get("validation_alias", name) for name, field in fields["fields"].items()}
    others = {name: alias for name, alias in aliases.items() if isinstance(alias, str) and alias != name}
    if not others:
        return fields
    names = others.keys()

    def made_of(value: Any, handler: Any) -> Any:
        made = handler(value)
        _, extra, given = made
        if extra and isinstance(value, dict):
            given.difference_update(name for name in names & extra.keys() if others[name] not in value)
        return made

    return core_schema.no_info_wrap_validator_function(made_of, fields)


def _by_class(cls: Any) -> Any:
    """Let a class of the caller's make of data what it does elsewhere."""
    adapter: TypeAdapter[Any] | None = None

    def made_of(value: Any) -> Any:
        nonlocal adapter
        adapter = adapter or TypeAdapter(cls)
        return adapter.validate_python(value)

    written = core_schema.simple_ser_schema("any")
    return core_schema.no_info_plain_validator_function(made_of, serialization=written)


def _from_decimal(value: Any) -> int | float:
    """Read Python's decimal numbers, which JSON has no others for, where nothing is lost."""
    if isinstance(value, Decimal) and value.is_finite():
        number = int(value) if value == value.to_integral_value() else float(value)
        if number == value:
            return number
    raise ValueError


def _whole(value: Any) -> int:
    """Read ``1.0`` as the integer that it is (JSON Schema Core section 4.2.3)."""
    if isinstance(value, Decimal):
        value = _from_decimal(value)
    if type(value) is int:
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise ValueError


def _member_of(cls: type[Enum]) -> Callable[[Any], Any]:
    """Give a function that finds a member by its value, as JSON compares: ``1`` is ``1.0`` and not ``true``."""
    hashable = {_key(member.value): member for member in cls if not isinstance(member.value, dict | list)}
    others = [member for member in cls if isinstance(member.value, dict | list)]

    def member_of(value: Any) -> Any:
        if isinstance(value, cls):
            return value
        try:
            if isinstance(value, dict | list):
                return next(member for member in others if same(member.value, value))
            return hashable[_key(value)]
        except (StopIteration, KeyError, TypeError):
            raise ValueError from None

    return member_of


def _key(value: Any) -> tuple[bool, Any]:
    return isinstance(value, bool), value


def same(one: Any, other: Any) -> bool:
    """Compare as JSON Schema does (Core section 4.2.2)."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _is_the_callers(node: Node) -> bool:
    return not _module_of(node).startswith(_NOT_THE_CALLERS)


def _module_of(node: Node) -> str:
    function = node["function"]["function"]
    while hasattr(function, "func"):  # functools.partial
        function = function.func
    owner = getattr(function, "__self__", None)
    if owner is not None and not isinstance(owner, type):
        owner = type(owner)
    return str(getattr(owner, "__module__", None) or getattr(function, "__module__", None) or "")


def _read(node: Any) -> Any:
    """A type that reads texts: what is read writes itself as the very text, or stays a text."""
    node = {key: value for key, value in node.items() if key not in {"metadata", "ref"}}
    written = core_schema.plain_serializer_function_ser_schema(text_of, when_used="json")
    if node["type"] == "function-wrap" and node["schema"]["type"] == "url":
        reader = core_schema.no_info_wrap_validator_function(_url_reader(node), node["schema"])
        return {**reader, "serialization": written}
    reader = core_schema.no_info_wrap_validator_function(_Reader(node), node)
    usual = _USUAL.get(node["type"])
    if usual is None:
        return {**reader, "serialization": written}
    quickly = core_schema.chain_schema([core_schema.str_schema(strict=True, pattern=usual), node])
    return {**_first(quickly, reader), "serialization": written}


#: Texts that are what pydantic would write, so that there is nothing to compare: most texts are, and patterns are
#: matched without calling Python.
_USUAL: Final = {
    "datetime": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$",
    "date": r"^\d{4}-\d\d-\d\d$",
    "uuid": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
}


class _Reader:
    """Reads a text by a schema of pydantic's."""

    def __init__(self, schema: Any) -> None:
        self._schema = schema
        self._serializer: SchemaSerializer | None = None

    def __call__(self, value: Any, handler: Any) -> Any:
        if isinstance(value, dict | list | int | float):
            raise ValueError  # noqa: TRY004 (the gate says that it is right, so it is meant as it is)
        read = handler(value)
        if not isinstance(value, str):
            return read
        if isinstance(read, str | bytes):  # nobody could tell what was decoded from what was not
            if read == value:
                return read
            raise ValueError
        if self._text(read) == value:
            return read
        remembering = remember(read, value)
        if remembering is None:
            raise ValueError
        return remembering

    def _text(self, read: Any) -> Any:
        plain = text_of(read)
        if plain is not read:
            return plain
        if self._serializer is None:
            self._serializer = SchemaSerializer(self._schema)
        return self._serializer.to_python(read, mode="json")


def _url_reader(schema: Any) -> Callable[[Any, Any], Any]:
    """Give a function that reads URLs as pydantic's does, and compares what it would write.

    There are many URLs in some documents, and pydantic's function and another one around it are one too many.
    """
    cls: Any = None
    new: Any = None

    def read(value: Any, handler: Any) -> Any:
        nonlocal cls, new
        if type(value) is not str:
            if isinstance(value, dict | list | int | float):
                raise ValueError
            return SchemaValidator(schema).validate_python(value)
        if cls is None:
            cls = type(SchemaValidator(schema).validate_python(value))
            new = cls.__new__
        made = new(cls)
        made._url = url = handler(value)
        if str(url) == value:
            return made
        remembering = remember(made, value)
        if remembering is None:
            raise ValueError
        return remembering

    return read
