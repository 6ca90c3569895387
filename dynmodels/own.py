"""Own schemas: what the document says of one class, complete by itself."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel
from pydantic_core import core_schema

from dynmodels.gate import Gates
from dynmodels.pointers import DATA_KEYWORDS, NAMED_SCHEMAS, pointer_to, resolves, tokens_of
from dynmodels.relax import reference_to

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler


class OwnSchemas:
    """The schemas of a document's classes.

    Args:
        gates: They know the document.
        places: The JSON Pointers of the classes.
    """

    def __init__(self, gates: Gates, places: Mapping[Any, str]) -> None:
        self._gates = gates
        self._classes = {pointer: cls for cls, pointer in places.items()}
        self._open = _Open()

    def __reduce__(self) -> tuple[Any, ...]:
        # What is open is a thread's own affair.
        return OwnSchemas, (self._gates, {cls: pointer for pointer, cls in self._classes.items()})

    def alone(self, pointer: str) -> dict[str, Any]:
        """Give the schema at a JSON Pointer with all that it refers to, below ``$defs``; of the root, the document."""
        content = self._gates.content
        if pointer == "#":
            return copy.deepcopy(content) if isinstance(content, dict) else _boolean(content)
        node = self._gates.schema_at(pointer)
        if not isinstance(node, dict):
            return _boolean(node)
        if not pointer.startswith("#") or has_another_base(content, tokens_of(pointer)):
            return self._gates.complete(pointer)
        names: dict[str, str] = {}
        waiting = [node]
        while waiting:
            for reference in references_in(waiting.pop()):
                if not resolves(content, reference) or has_another_base(content, tokens_of(reference)):
                    return self._gates.complete(pointer)
                if reference not in names:
                    names[reference] = _free_name(reference, names)
                    waiting.append(self._gates.schema_at(reference))
        definitions = {name: _renamed(self._gates.schema_at(reference), names) for reference, name in names.items()}
        schema: dict[str, Any] = _renamed(node, names)
        return {**schema, "$defs": definitions} if definitions else schema

    def within(self, pointer: str, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Give the schema at a JSON Pointer, with references to what pydantic defines."""
        node = self._gates.schema_at(pointer)
        schema = self._inlined(node, handler, (pointer,)) if isinstance(node, dict) else _boolean(node)
        return {key: value for key, value in schema.items() if key not in {"$defs", "definitions", "$schema", "$id"}}

    def _inlined(
        self, node: Any, handler: GetJsonSchemaHandler, within: tuple[str, ...], *, names: bool = False
    ) -> Any:
        if isinstance(node, list):
            return [self._inlined(each, handler, within) for each in node]
        if not isinstance(node, dict):
            return copy.copy(node)
        reference = node.get("$ref") if not names else None
        written = {
            key: copy.deepcopy(value)
            if key in DATA_KEYWORDS and not names
            else self._inlined(value, handler, within, names=not names and key in NAMED_SCHEMAS)
            for key, value in node.items()
            if key not in {"$defs", "definitions"} or names
        }
        if isinstance(reference, str):
            del written["$ref"]
            written |= self._referred(reference, handler, within)
        return written

    def _referred(self, reference: str, handler: GetJsonSchemaHandler, within: tuple[str, ...]) -> dict[str, Any]:
        cls = self._classes.get(reference)
        if cls is not None and issubclass(cls, BaseModel):
            return self._defined(cls, handler)
        if reference in within or not resolves(self._gates.content, reference):
            return {}  # it has no end, or leads elsewhere
        target = self._inlined(self._gates.schema_at(reference), handler, (*within, reference))
        return target if isinstance(target, dict) else _boolean(target)

    def _defined(self, cls: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Have pydantic define a class, and give the reference to it."""
        being_defined = self._open.classes
        if cls in being_defined:  # pydantic knows the end of a circle by this alone
            return dict(handler(core_schema.definition_reference_schema(reference_to(cls))))
        self._open.classes = (*being_defined, cls)
        schema = cls.__pydantic_core_schema__
        if schema["type"] != "definitions":  # only of what is within does the handler ask the class
            schema = core_schema.definitions_schema(schema, [])
        try:
            return dict(handler(schema))
        finally:
            self._open.classes = being_defined


class _Open(threading.local):
    """The classes that this thread is writing the schemas of."""

    classes: tuple[Any, ...] = ()


def _boolean(schema: Any) -> dict[str, Any]:
    return {"not": {}} if schema is False else {}


def has_another_base(content: Any, way: list[str]) -> bool:
    """Tell whether a schema stands in another one, below the document's own, that has a URI."""
    node = content
    for token in way[:-1]:
        node = node[int(token) if isinstance(node, list) else token]
        if isinstance(node, dict) and any(isinstance(node.get(word), str) for word in ("$id", "id")):
            return True
    return False


#: Words by which a schema has a name, or refers to what one comes from.
_BEYOND_POINTERS: Final = ("$anchor", "$dynamicAnchor", "$dynamicRef", "$id", "$recursiveRef", "id")


def references_in(node: Any) -> Iterator[str]:
    """Give what a schema refers to; an empty text where it has names, or depends on where one comes from."""
    waiting: list[tuple[Any, bool]] = [(node, False)]
    while waiting:
        each, names = waiting.pop()
        if isinstance(each, list):
            waiting.extend((item, False) for item in each)
        elif isinstance(each, dict):
            reference = each.get("$ref")
            if isinstance(reference, str) and not names:
                yield reference
            if not names and any(isinstance(each.get(word), str) for word in _BEYOND_POINTERS):
                yield ""
            waiting.extend(
                (value, not names and key in NAMED_SCHEMAS)
                for key, value in each.items()
                if names or key not in DATA_KEYWORDS
            )


def _free_name(reference: str, names: Mapping[str, str]) -> str:
    stem = (tokens_of(reference) or ["root"])[-1]
    name, number = stem, 1
    while name in names.values():
        number += 1
        name = f"{stem}_{number}"
    return name


def _renamed(node: Any, names: Mapping[str, str], *, named: bool = False) -> Any:
    if isinstance(node, list):
        return [_renamed(each, names) for each in node]
    if not isinstance(node, dict):
        return node
    written = {
        key: copy.deepcopy(value)
        if key in DATA_KEYWORDS and not named
        else _renamed(value, names, named=not named and key in NAMED_SCHEMAS)
        for key, value in node.items()
    }
    reference = node.get("$ref")
    if isinstance(reference, str) and not named and reference in names:
        written["$ref"] = pointer_to(["$defs", names[reference]])
    return written
