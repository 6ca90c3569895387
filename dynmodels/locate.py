"""Locating: the parts of large data that a schema refuses, without asking the validator for all that is wrong.

A validator that lists errors copies the data into each, and follows every branch of every alternative: minutes and
gigabytes for some. Whether a part fits it tells at once. So the way down goes by that, to parts that are small.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from pydantic_core import InitErrorDetails

from dynmodels.explain import MOST_LINES, lines_of, more_line, unread_line
from dynmodels.gate import Gates
from dynmodels.pointers import pointer_to, resolves, tokens_of

#: Data of so few values, nested so little, is asked about as it is.
SMALL: Final = 5_000
SHALLOW: Final = 8

#: Parts that are shown.
MOST_PARTS: Final = 50

#: Keywords that can be asked about by themselves.
_ALONE: Final = (
    "type",
    "enum",
    "const",
    "required",
    "minProperties",
    "maxProperties",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "dependentRequired",
)

#: Seconds after which it is no longer looked for smaller parts.
MOST_SECONDS: Final = 2.0

#: Schemas that are tried.
MOST_STEPS: Final = 10_000


def lines_about(gates: Gates, pointer: str, value: Any) -> list[InitErrorDetails]:
    """Say in what data fails a schema, in lines for a ``ValidationError``.

    Args:
        gates: The validators.
        pointer: The JSON Pointer of the schema.
        value: The data.

    Raises:
        ValueError: It is no JSON data.
    """
    if is_cheap(gates, pointer, value):
        return lines_of(gates.errors(pointer, value), value, gates.pointer_of)
    lines: list[InitErrorDetails] = []
    parts, complete = located(gates, pointer, value)
    for part in parts:
        if len(lines) >= MOST_LINES:
            break
        if part.small:
            lines += lines_of(gates.errors(part.pointer, part.value), part.value, gates.pointer_of, part.place)
        else:
            lines += _lines_about_large(gates, part)
    if len(lines) >= MOST_LINES:
        lines, complete = lines[: MOST_LINES - 1], False
    return lines if complete else [*lines, more_line(value)]


def _lines_about_large(gates: Gates, part: Located) -> list[InitErrorDetails]:
    """Say which keywords a part fails that has no smaller part to blame: for each, the first thing."""
    node = gates.schema_at(part.pointer)
    if not isinstance(node, dict):
        return [unread_line(part.place, part.value, "false", part.pointer)]
    lines: list[InitErrorDetails] = []
    for word in _ALONE:
        error = gates.first_error({word: node[word]}, part.value) if word in node else None
        if error is not None:
            lines += lines_of([error], part.value, lambda _, word=word: f"{part.pointer}/{word}", part.place)  # type: ignore[misc]
    if node.get("additionalProperties") is False:
        names: dict[str, Any] = {
            word: {name: {} for name in node.get(word, {})} for word in ("properties", "patternProperties")
        }
        error = gates.first_error({**names, "additionalProperties": False}, part.value)
        if error is not None:
            lines += lines_of([error], part.value, lambda _: f"{part.pointer}/additionalProperties", part.place)
    if lines:
        return lines
    left = [word for word in node if word in _HARD]
    where = f"{part.pointer}/{left[0]}" if left else part.pointer
    return [unread_line(part.place, part.value, left[0] if left else "schema", where)]


#: Keywords that are not looked into.
_HARD: Final = (
    "anyOf",
    "oneOf",
    "not",
    "if",
    "contains",
    "propertyNames",
    "patternProperties",
    "prefixItems",
    "dependentSchemas",
    "dependencies",
    "unevaluatedProperties",
    "unevaluatedItems",
    "$ref",
    "$dynamicRef",
    "$recursiveRef",
)


class Located(NamedTuple):
    """A part of data that a schema refuses.

    Attributes:
        pointer: The JSON Pointer of the schema.
        place: The way to the part.
        value: The part.
        small: Whether the validator can be asked what is wrong with it.
    """

    pointer: str
    place: tuple[str | int, ...]
    value: Any
    small: bool


def located(gates: Gates, pointer: str, value: Any) -> tuple[list[Located], bool]:
    """Find what a schema refuses in data that it refuses, and tell whether that is all.

    Args:
        gates: The validators.
        pointer: The JSON Pointer of the schema.
        value: The data.
    """
    found: list[Located] = []
    waiting = [Located(pointer, (), value, is_cheap(gates, pointer, value))]
    steps, complete, end = 0, True, time.monotonic() + MOST_SECONDS
    seen: set[tuple[str, int]] = set()
    while waiting and len(found) < MOST_PARTS:
        part = waiting.pop()
        refused: list[Located] = []
        if not part.small and (part.pointer, id(part.value)) not in seen:
            seen.add((part.pointer, id(part.value)))
            for below in _below(gates, part):
                steps += 1
                if steps > MOST_STEPS or len(refused) >= MOST_PARTS or time.monotonic() > end:
                    complete = False
                    break
                if not gates.accepts(below.pointer, below.value):
                    refused.append(below._replace(small=is_cheap(gates, below.pointer, below.value)))
        if refused:
            waiting.extend(reversed(refused))
        else:
            found.append(part)
    return found, complete and not waiting


#: What the validator may be asked about: values, times the branches of all alternatives that each may be tried in.
MOST_WORK: Final = 30_000


def is_cheap(gates: Gates, pointer: str, value: Any) -> bool:
    """Whether the validator can list what is wrong with data at a bearable cost."""
    size = size_if_small(value)
    return size is not None and size[0] * gates.branches(pointer, size[1]) <= MOST_WORK


def size_if_small(value: Any) -> tuple[int, int] | None:
    """Count the values in data, and their levels; None where there are many."""
    values, level = 0, [value]
    for depth in range(1, SHALLOW + 1):
        values += len(level)
        if values > SMALL:
            return None
        level = [
            item
            for each in level
            if isinstance(each, dict | list)
            for item in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return values, depth
    return None


def _below(gates: Gates, part: Located) -> Iterator[Located]:
    """Give the schemas that all have to fit where one has to, with the data that they are for."""
    tokens = tokens_of(part.pointer)
    node = gates.schema_at(part.pointer)
    if not isinstance(node, dict):
        return
    reference = node.get("$ref")
    if isinstance(reference, str) and resolves(gates.content, reference):
        yield Located(reference, part.place, part.value, small=False)
    together = node.get("allOf")
    if isinstance(together, list):
        for number in range(len(together)):
            yield Located(pointer_to([*tokens, "allOf", str(number)]), part.place, part.value, small=False)
    if isinstance(part.value, dict):
        yield from _properties(node, tokens, part)
    if isinstance(part.value, list):
        yield from _items(node, tokens, part)


def _properties(node: dict[str, Any], tokens: list[str], part: Located) -> Iterator[Located]:
    declared = node.get("properties")
    declared = declared if isinstance(declared, dict) else {}
    others = isinstance(node.get("additionalProperties"), dict) and "patternProperties" not in node
    for name, value in part.value.items():
        if name in declared:
            yield Located(pointer_to([*tokens, "properties", name]), (*part.place, name), value, small=False)
        elif others:
            yield Located(pointer_to([*tokens, "additionalProperties"]), (*part.place, name), value, small=False)


def _items(node: dict[str, Any], tokens: list[str], part: Located) -> Iterator[Located]:
    if isinstance(node.get("items"), dict):
        before = node.get("prefixItems")
        start = len(before) if isinstance(before, list) else 0
        for number, value in enumerate(part.value[start:], start):
            yield Located(pointer_to([*tokens, "items"]), (*part.place, number), value, small=False)
