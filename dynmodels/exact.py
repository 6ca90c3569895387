"""Exact: classes that accept what their schemas accept, however they are entered, and write what they were given.

A gate judges the data as it came; then pydantic makes objects of it, which cannot fail (``relax``). There is a gate
before each class for whoever enters there, and none inside: what stands in a class has been judged with it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum
from functools import partial, update_wrapper
from types import MethodType
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeGuard

from pydantic import BaseModel, RootModel, TypeAdapter, ValidationError
from pydantic_core import SchemaSerializer, core_schema

from dynmodels.entrance import ExactValidator, Gate, PlainValidator, is_json
from dynmodels.gate import Gates
from dynmodels.module import GATE, PLAIN
from dynmodels.own import OwnSchemas
from dynmodels.relax import Relaxing, plain_of, reference_to

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler


class _Whole:
    """Stands for a type whose schema has definitions, which pydantic takes from types alone and not from metadata."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> Any:
        return copied(self._gate.core_schema())


class Gated:
    """Metadata of a type that has a gate before it and is no model."""

    def __init__(self, gate: Gate, own: OwnSchemas) -> None:
        self.gate = gate
        self._own = own

    def __get_pydantic_core_schema__(self, _source: Any, handler: GetCoreSchemaHandler) -> Any:
        return handler.generate_schema(_Whole(self.gate))

    def __get_pydantic_json_schema__(self, _schema: Any, handler: GetJsonSchemaHandler) -> Any:
        return self._own.within(self.gate.pointer, handler)


class _Mode(threading.local):
    """What this thread has pydantic make of exact classes."""

    plain: bool = False


_mode: Final = _Mode()


@contextmanager
def plainly() -> Iterator[None]:
    """Let this thread's classes be made of exact ones as if these were plain: classes of the same document."""
    before, _mode.plain = _mode.plain, True
    try:
        yield
    finally:
        _mode.plain = before


class _Hook:
    """A class method that pydantic asks for, and in plain mode the one that it had before."""

    def __init__(self, gated: Callable[..., Any], plain: Callable[..., Any]) -> None:
        self._gated = gated
        self._plain = plain

    def __get__(self, instance: object, owner: type) -> Any:
        return MethodType(self._plain if _mode.plain else self._gated, owner)


class _EnumHook:
    """A class method that pydantic asks for, and that enums do not have in plain mode."""

    def __init__(self, gated: Callable[..., Any]) -> None:
        self._gated = gated

    def __get__(self, instance: object, owner: type) -> Any:
        if _mode.plain:
            raise AttributeError("enums have no hooks where classes are made plainly")
        return self._gated


def install(classes: Iterable[type], pointers: Mapping[str, Any], root: Any, gates: Gates, *, refers_only: bool) -> Any:
    """Put gates before the classes of a document.

    Args:
        classes: All of them.
        pointers: The classes and types that stand for schemas, by JSON Pointers.
        root: What stands for the whole document.
        gates: The validators.
        refers_only: Whether the document as a whole says nothing but a reference, to what ``root`` stands for.

    Returns:
        What stands for the whole document now.
    """
    distinct = list(dict.fromkeys(classes))
    # Of a class that stands for several schemas, the document's own counts, else the first.
    places: dict[Any, str] = {pointers["#"]: "#"} if isinstance(pointers.get("#"), type) else {}
    for pointer, cls in pointers.items():
        # A class of an operation's parameters stands for what is no schema.
        if isinstance(cls, type) and gates.has_schema_at(pointer):
            places.setdefault(cls, pointer)
    for cls in filter(_is_own_model, distinct):
        # A class that only gives another one a new name is not told of.
        base = next((base for base in cls.__mro__[1:] if base in places), None)
        if cls not in places and base is not None and not vars(cls).get("__annotations__"):
            places[cls] = places[base]
    made, relaxing, own = put_up(distinct, places, gates)
    if not gates.has_root:
        return root
    for cls in (root, pointers.get("#")):
        if isinstance(cls, type) and cls in made and (places[cls] == "#" or (refers_only and cls is root)):
            return cls
    # It is no class of the document's own, or one that stands for less; and without any, there is the gate.
    if isinstance(root, type) and root in made and issubclass(root, BaseModel):
        gate = Gate(root, "#", gates, relaxing, made[root].inner, made[root].plain)
        return Annotated[root, Gated(gate, own)]
    target = Any if root is None else root
    return Annotated[target, Gated(_gate_of_type(target, "#", gates, relaxing), own)]


def put_up(
    classes: Iterable[type], places: Mapping[Any, str], gates: Gates
) -> tuple[dict[Any, Gate], Relaxing, OwnSchemas]:
    """Put gates before classes; before those that came earlier of their document there are some.

    Args:
        classes: Classes of a document, with all that they refer to.
        places: The JSON Pointers of the schemas that they stand for.
        gates: The validators.

    Returns:
        The gates of those that have one, and what knows the classes and their schemas together.
    """
    distinct = list(dict.fromkeys(classes))
    models = list(filter(_is_own_model, distinct))
    new = [cls for cls in models if PLAIN not in vars(cls)]
    with plainly():  # or a class would have the hooks of a base that came before it
        for cls in new:
            setattr(cls, PLAIN, plain_of(cls, gates))
    made: dict[Any, Gate] = {cls: vars(cls)[GATE] for cls in distinct if GATE in vars(cls)}
    relaxing = Relaxing(models, lambda chosen: _Picker(chosen, made))
    own = OwnSchemas(gates, places)
    for cls in new:
        if cls in places:
            inner = relaxing.of_class(cls)
            made[cls] = Gate(cls, places[cls], gates, relaxing, inner, plain_of(cls).validator)
    _write_anew(new, relaxing)
    for cls in new:
        _keep(cls)
        if cls in made:
            _put_before(cls, made[cls], own)
        else:
            cls.__pydantic_validator__ = PlainValidator(plain_of(cls).validator)  # type: ignore[assignment]
    for cls in distinct:
        if issubclass(cls, Enum) and cls in places and cls not in made:
            made[cls] = _gate_of_type(cls, places[cls], gates, relaxing)
            _put_before_enum(cls, Gated(made[cls], own))
    return made, relaxing, own


def _gate_of_type(target: Any, pointer: str, gates: Gates, relaxing: Relaxing) -> Gate:
    adapter: TypeAdapter[Any] = TypeAdapter(target)
    inner = relaxing.of_type(adapter.core_schema)
    cls = None if target is Any else target  # which Python takes for a class
    return Gate(cls, pointer, gates, relaxing, inner, adapter.validator)


def _put_before_enum(cls: Any, gated: Gated) -> None:
    setattr(cls, GATE, gated.gate)
    cls.__get_pydantic_core_schema__ = _EnumHook(gated.__get_pydantic_core_schema__)
    cls.__get_pydantic_json_schema__ = _EnumHook(gated.__get_pydantic_json_schema__)


def _is_own_model(cls: type) -> TypeGuard[type[BaseModel]]:
    """Whether it is a model that does not belong to pydantic: ``RootModel[str]`` is one for all who write it."""
    return issubclass(cls, BaseModel) and cls.__pydantic_generic_metadata__["origin"] is None


def _write_anew(models: list[type[BaseModel]], relaxing: Relaxing) -> None:
    """Let every model write what relaxed ones may hold."""
    # Of a model that is complete, pydantic takes what it has, which is what is being replaced.
    for cls in models:
        cls.__pydantic_complete__ = False
    try:
        for cls in models:
            cls.__pydantic_serializer__ = SchemaSerializer(relaxing.of_class(cls))
    finally:
        for cls in models:
            cls.__pydantic_complete__ = True


def _put_before(cls: Any, gate: Gate, own: OwnSchemas) -> None:
    setattr(cls, GATE, gate)
    cls.__pydantic_validator__ = ExactValidator(gate)
    cls.__get_pydantic_core_schema__ = classmethod(_core_schema)
    cls.__get_pydantic_json_schema__ = _Hook(partial(_json_schema, own=own), plain_of(cls).json_schema_hook)
    inherited = plain_of(cls).model_json_schema
    cls.model_json_schema = _class_method(partial(_model_json_schema, own=own, inherited=inherited), inherited)
    schema = gate.core_schema()
    node = schema["schema"] if schema["type"] == "definitions" else schema
    node["ref"] = reference_to(cls)
    node["metadata"] = {"pydantic_js_functions": [cls.__get_pydantic_json_schema__]}
    cls.__pydantic_core_schema__ = schema


def _core_schema(cls: Any, source: Any, handler: GetCoreSchemaHandler) -> Any:
    """Give pydantic the schema of a class with its gate; a subclass's has those of its bases."""
    if _mode.plain:
        before = vars(cls).get(PLAIN)
        return handler(source) if before is None else copied(before.core_schema)
    known = vars(cls).get("__pydantic_core_schema__")
    if isinstance(known, dict):
        return copied(known)
    gates = _gates_of(cls)
    schema = copied(gates[0].relaxing.of_subclass(handler(source), cls, gates[0].target))
    definitions = schema["definitions"] if schema["type"] == "definitions" else []
    gated = schema["schema"] if schema["type"] == "definitions" else schema
    reference = gated.pop("ref", None)
    for gate in gates:
        gated = core_schema.with_info_wrap_validator_function(gate.passing, gated)
    if reference is not None:
        gated["ref"] = reference
    return core_schema.definitions_schema(gated, definitions)


def _keep(cls: Any) -> None:
    inherited = plain_of(cls).model_rebuild
    cls.model_rebuild = _class_method(partial(_rebuild, own=cls, inherited=inherited), inherited)


def _class_method(function: Any, inherited: Callable[..., Any]) -> Any:
    """Make a class method of a function that takes the place of another, with its name, docstring and signature."""
    return classmethod(update_wrapper(function, inherited))


def _rebuild(cls: Any, *, own: Any, inherited: Callable[..., Any], **options: Any) -> Any:
    """Rebuild a subclass; a generated class is complete, and pydantic would build it without what is here."""
    if cls is own:
        return True if options.get("force") else None
    depth = options.pop("_parent_namespace_depth", 2) + 1  # this function's frame
    return inherited(cls, _parent_namespace_depth=depth, **options)


def _gates_of(cls: type) -> list[Gate]:
    """The gates of a subclass's bases, but for those that others of them stand behind."""
    bases = [base for base in cls.__mro__ if GATE in vars(base)]
    nearest = [base for base in bases if not any(other is not base and issubclass(other, base) for other in bases)]
    return [vars(base)[GATE] for base in nearest]


def _json_schema(cls: Any, schema: Any, handler: GetJsonSchemaHandler, *, own: OwnSchemas) -> Any:
    if GATE in vars(cls):
        return own.within(vars(cls)[GATE].pointer, handler)
    # A subclass says what its base says, and what it has itself.
    base = _gates_of(cls)[0]
    said = own.within(base.pointer, handler)
    whole = {**said, "title": cls.model_config.get("title") or cls.__name__}
    while "schema" in schema:
        schema = schema["schema"]
    added = {name: each for name, each in schema.get("fields", {}).items() if name not in base.target.model_fields}
    if added:
        derived = handler(core_schema.model_fields_schema(added))
        whole["properties"] = {**said.get("properties", {}), **derived["properties"]}
        required = [*said.get("required", []), *derived.get("required", [])]
        whole |= {"required": required} if required else {}
    return whole


def _model_json_schema(cls: Any, *args: Any, own: OwnSchemas, inherited: Callable[..., Any], **options: Any) -> Any:
    if args or options or GATE not in vars(cls):
        return inherited(cls, *args, **options)
    return own.alone(vars(cls)[GATE].pointer)


def copied(schema: Any) -> Any:
    """Copy a schema of pydantic's, which changes those that it is given."""
    if isinstance(schema, dict):
        return {key: copied(value) for key, value in schema.items()}
    if type(schema) in {list, tuple}:
        return type(schema)(map(copied, schema))
    return schema


class _Picker:
    """Chooses among the models of a union: of those whose schemas accept the data, the one that knows most of it."""

    __name__ = "pick"  # pydantic asks for the function's

    def __init__(self, classes: Sequence[type[BaseModel]], gates: Mapping[Any, Gate]) -> None:
        self._classes = classes
        self._gates = gates
        self._names = [
            frozenset(info.alias or name for name, info in cls.model_fields.items())
            if not issubclass(cls, RootModel)
            else frozenset()
            for cls in classes
        ]

    def __call__(self, value: Any) -> int | None:
        found, most = None, -1
        for number, cls in enumerate(self._classes):
            if isinstance(value, cls):
                return number
            known = len(self._names[number] & value.keys()) if isinstance(value, dict) else 0
            if known > most and self._fits(cls, value):
                found, most = number, known
        return found

    def _fits(self, cls: type[BaseModel], value: Any) -> bool:
        gate = self._gates.get(cls)
        if gate is None:
            return isinstance(value, dict)
        if gate.accepts(value):
            return True
        if is_json(value) and not gate.by_name:
            return False
        try:
            gate.check(value)
        except ValidationError:
            return False
        return True
