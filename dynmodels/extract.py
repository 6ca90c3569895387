"""Extracts: of a document, what the gates of some classes need."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Final

from dynmodels.gate import Gates
from dynmodels.own import has_another_base, references_in
from dynmodels.pointers import pointer_to, resolves, tokens_of

#: A part of a document: the way to it, in which numbers lead into lists, and its JSON text.
Fragment = tuple[tuple[str | int, ...], str]

#: Words at the root of a document that say how to read it.
_ABOUT_THE_DOCUMENT: Final = ("$id", "$schema", "id")


def needed(gates: Gates, pointers: Iterable[str]) -> list[str] | None:
    """Name the schemas that some schemas of a document need, and themselves.

    Args:
        gates: They know the document.
        pointers: JSON Pointers.

    Returns:
        JSON Pointers, none of which leads into the schema of another one; None where all that the document says is
        needed, as names or other documents are referred to.
    """
    content = gates.content
    if gates.refers_to_others:
        return None
    waiting, found = list(pointers), set[str]()
    while waiting:
        pointer = waiting.pop()
        if pointer in found:
            continue
        if pointer == "#" or not resolves(content, pointer) or has_another_base(content, tokens_of(pointer)):
            return None
        found.add(pointer)
        waiting.extend(references_in(gates.schema_at(pointer)))
    ways = {pointer: tokens_of(pointer) for pointer in found}
    return sorted(
        pointer
        for pointer, way in ways.items()
        if not any(pointer_to(way[:depth]) in found for depth in range(1, len(way)))
    )


def fragment(gates: Gates, pointer: str) -> Fragment:
    """Give the schema at a JSON Pointer."""
    node, way = gates.content, list[str | int]()
    for token in tokens_of(pointer):
        way.append(int(token) if isinstance(node, list) else token)
        node = node[way[-1]]
    return tuple(way), json.dumps(node)


def about(gates: Gates) -> tuple[Fragment, ...]:
    """Give what a document says of itself."""
    content = gates.content
    return tuple(((word,), json.dumps(content[word])) for word in _ABOUT_THE_DOCUMENT if word in content)


def assembled(fragments: Iterable[Fragment]) -> Any:
    """Make a document that has but some parts, each in its place."""
    whole: dict[str, Any] = {"": {}}
    for way, text in fragments:
        node: Any = whole
        steps = ("", *way)
        for step, following in pairwise(steps):
            node = _below(node, step, [] if isinstance(following, int) else {})
        _put(node, steps[-1], json.loads(text))
    return whole[""]


def _below(node: Any, step: str | int, empty: Any) -> Any:
    if not isinstance(node, list):
        return node.setdefault(step, empty)
    place = _room(node, step)
    # What stands in a list for what was left out may have to be another list.
    node[place] = node[place] or empty
    return node[place]


def _put(node: Any, step: str | int, value: Any) -> None:
    if isinstance(node, list):
        node[_room(node, step)] = value
    else:
        node[step] = value


def _room(items: list[Any], step: str | int) -> int:
    place = int(step)
    items.extend({} for _ in range(place + 1 - len(items)))
    return place
