"""Plain: copies of the caller's objects that nobody else can change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dynmodels.errors import SchemaError
from dynmodels.pointers import pointer_to
from dynmodels.text import MAX_DEPTH, MAX_REPETITIONS

#: All texts together; those of GitHub's description are 7 million characters.
MAX_CHARACTERS: Final = 500_000_000

#: GitHub's description of its REST API, 13 MB, has under one million values.
MAX_NODES: Final = 10_000_000


def plain(content: Any) -> tuple[Any, bool]:
    """Copy ``content`` into exact dict, list, str, int, float, bool and None, without recursion.

    The copy is what gets digested and rendered, so that neither the caller, another thread nor a subclass with
    behaviour of its own can change the document in between. Integer keys become text, as OpenAPI's status codes
    do in YAML. Objects that are no JSON data are kept, and the second result says so.
    """
    holder: list[Any] = [None]
    foreign = False
    nodes = repetitions = characters = 0
    seen: set[int] = set()
    open_containers: set[int] = set()
    # (value, where the copy goes, under which key, reference tokens); a value of _Close ends a container.
    stack: list[tuple[Any, Any, Any, tuple[str, ...]]] = [(content, holder, 0, ())]
    while stack:
        value, target, key, tokens = stack.pop()
        if isinstance(value, _Close):
            open_containers.discard(value.identity)
            continue
        nodes += 1
        if nodes > MAX_NODES:
            raise SchemaError(f"the schema has more than {MAX_NODES:,} values")
        kind = type(value)
        if kind is str or isinstance(value, str):
            target[key] = text = _exact_text(value, tokens)
            characters += len(text)
            if characters > MAX_CHARACTERS:
                raise SchemaError(f"the texts of the schema have more than {MAX_CHARACTERS:,} characters")
        elif value is None or kind is bool or kind is int or kind is float:
            target[key] = value
        elif isinstance(value, int):
            target[key] = int.__index__(value)
        elif isinstance(value, float):
            target[key] = float.__float__(value)
        elif isinstance(value, Mapping | list | tuple):
            if id(value) in open_containers:
                raise SchemaError(
                    "the schema contains itself", pointer=pointer_to(tokens), hint='Write recursion as a "$ref".'
                )
            if len(tokens) >= MAX_DEPTH:
                raise nested_too_deeply()
            repetitions += id(value) in seen
            if repetitions > MAX_REPETITIONS:
                raise SchemaError(
                    f"the schema repeats its parts, as by YAML aliases, more than {MAX_REPETITIONS:,} times",
                    pointer=pointer_to(tokens),
                    hint='Write what recurs as a definition, and name it by "$ref".',
                )
            seen.add(id(value))
            open_containers.add(id(value))
            stack.append((_Close(id(value)), None, None, ()))
            copy: Any
            if isinstance(value, Mapping):
                # list() of a dict's items is one step for other threads, so that a dict changed meanwhile is no error.
                pairs = list(value.items())
                copy = dict.fromkeys(_exact_key(name, tokens) for name, _ in pairs)
                if len(copy) < len(pairs):
                    raise SchemaError("two keys of one object are the same text", pointer=pointer_to(tokens))
                children = list(zip(copy, (item for _, item in pairs), strict=True))
            else:
                items = list(value)
                copy = [None] * len(items)
                children = list(enumerate(items))
            target[key] = copy
            stack.extend((item, copy, name, (*tokens, str(name))) for name, item in reversed(children))
        else:
            foreign = True
            target[key] = value
    return holder[0], foreign


@dataclass(frozen=True)
class _Close:
    """Marks on the stack that the container with this identity has been copied."""

    identity: int


def _exact_text(value: str, tokens: tuple[str, ...]) -> str:
    text = str.__str__(value)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise SchemaError(
                "a text holds half of a surrogate pair, which is no Unicode character (RFC 8259 section 8.2)",
                pointer=pointer_to(tokens),
            ) from error
    return text


def _exact_key(key: Any, tokens: tuple[str, ...]) -> str:
    if isinstance(key, str):
        return _exact_text(key, tokens)
    if isinstance(key, int) and not isinstance(key, bool):
        try:
            return str(int.__index__(key))
        except ValueError as error:  # more digits than Python writes
            raise SchemaError(f"a key is no text: {error}", pointer=pointer_to(tokens)) from error
    raise SchemaError(
        f"a key is {described(key)}, and the keys of a JSON object are text",
        pointer=pointer_to(tokens),
        hint="In YAML, put quotes around it.",
    )


def nested_too_deeply() -> SchemaError:
    """The error for more than ``MAX_DEPTH`` levels."""
    return SchemaError(f"the schema is nested more than {MAX_DEPTH:,} levels deep", hint='Flatten it with "$ref".')


def described(value: object) -> str:
    """Name the kind of a value in JSON's words."""
    names = {dict: "an object", list: "a list", str: "text", int: "a number", float: "a number", bool: "a boolean"}
    return "null" if value is None else names.get(type(value), f"a {type(value).__name__}")
