"""Plain: copies of the caller's objects that nobody else can change."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from dynmodels.errors import SchemaError
from dynmodels.pointers import pointer_to
from dynmodels.text import MAX_DEPTH, MAX_REPETITIONS

#: All texts together; those of GitHub's description are 7 million characters.
MAX_CHARACTERS: Final = 500_000_000

#: GitHub's description of its REST API, 13 MB, has under one million values.
MAX_NODES: Final = 2_000_000


def plain(content: Any) -> tuple[Any, bool]:
    """Copy ``content`` into exact dict, list, str, int, float, bool and None, without recursion.

    The copy is what gets digested and rendered, so that neither the caller, another thread nor a subclass with
    behaviour of its own can change the document in between: of a dict, list, str, int or float, none of a subclass's
    methods is called. Integer keys become text, as OpenAPI's status codes do in YAML, and dates become the texts that
    they are in JSON. Python objects under a vendor extension (``x-...``), which nobody reads, are left out, and the
    second result tells whether all is there.

    Raises:
        SchemaError: It holds something that is no JSON data (RFC 8259), contains itself, or is too large.
    """
    copied = _copied_as_it_is(content)
    return (copied[0], True) if copied is not None else _copied_with_care(content)


def _copied_as_it_is(content: Any) -> list[Any] | None:
    """Copy what is of exact types and sound throughout, as most documents are; None where a careful look is needed.

    It keeps no account of where a value stands and raises no error of its own: for whatever is unusual, the careful
    way decides, from the start. Both count alike.
    """
    copied = [content]
    # Copies of containers, in which the caller's are still to be replaced by copies, and how deep they stand.
    stack: list[tuple[Any, int]] = [(copied, 0)]
    nodes, containers, characters = 1, 0, 0
    # No more containers than these can repeat too many; who they are is looked at only where there are more.
    unsuspicious = MAX_REPETITIONS
    seen: set[int] = set()
    identities: list[int] = []
    keys: list[Any] = []
    texts: list[str] = []
    while stack:
        container, depth = stack.pop()
        if depth > MAX_DEPTH:
            return None
        pairs: Iterable[tuple[Any, Any]]
        if type(container) is dict:
            keys += container
            pairs = container.items()
        else:
            pairs = enumerate(container)
        for key, value in pairs:
            kind = type(value)
            if kind is str:
                texts.append(value)
            elif kind is dict or kind is list:
                if type(key) not in _KEYS:
                    return None  # to look it up would call its class's methods
                # One step for other threads, so that what they change meanwhile is the caller's, not the copy.
                container[key] = copy = value.copy()
                stack.append((copy, depth + 1))
                nodes += len(copy)
                if nodes > MAX_NODES:
                    return None
                identities.append(id(value))
                containers += 1
                if containers > unsuspicious:
                    seen.update(identities)
                    identities.clear()
                    unsuspicious = len(seen) + MAX_REPETITIONS
                    if containers > unsuspicious:
                        return None
            elif kind is float:
                if not math.isfinite(value):
                    return None
            elif kind not in _SIMPLE:
                return None
        if len(texts) > _HANDFUL or not stack:
            characters += sum(map(len, texts))
            if characters > MAX_CHARACTERS or not set(map(type, keys)) <= {str} or not _are_unicode(keys, texts):
                return None
            keys.clear()
            texts.clear()
    return copied


def _copied_with_care(content: Any) -> tuple[Any, bool]:
    """Copy whatever can be taken for JSON data, and say what cannot, and where it stands."""
    holder: list[Any] = [None]
    complete = True
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
        if issubclass(kind, str):
            target[key] = text = _exact_text(value, tokens)
            characters += len(text)
            if characters > MAX_CHARACTERS:
                raise SchemaError(f"the texts of the schema have more than {MAX_CHARACTERS:,} characters")
        elif value is None or kind is bool or kind is int:
            target[key] = value
        elif issubclass(kind, int):
            target[key] = int.__index__(value)
        elif issubclass(kind, float):
            target[key] = number = float.__float__(value)
            if not math.isfinite(number):
                raise SchemaError(f"{number} is no number of JSON (RFC 8259 section 6)", pointer=pointer_to(tokens))
        elif issubclass(kind, Mapping | list | tuple):
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
            if issubclass(kind, Mapping):
                pairs = _items(value)
                copy = dict.fromkeys(_exact_key(name, tokens) for name, _ in pairs)
                if len(copy) < len(pairs):
                    raise SchemaError("two keys of one object are the same text", pointer=pointer_to(tokens))
                children = list(zip(copy, (item for _, item in pairs), strict=True))
            else:
                items = list(tuple.__iter__(value) if issubclass(kind, tuple) else list.__iter__(value))
                copy = [None] * len(items)
                children = list(enumerate(items))
            target[key] = copy
            stack.extend((item, copy, name, (*tokens, str(name))) for name, item in reversed(children))
        elif kind in _DATES:
            target[key] = value.isoformat()
        elif any(token.startswith("x-") for token in tokens):
            complete = False
        else:
            raise SchemaError(
                f"the schema holds {described(value)}, which is no JSON data",
                pointer=pointer_to(tokens),
                hint="Write it as text, a number, a list or an object.",
            )
    return holder[0], complete


_DATES: Final = frozenset({dt.date, dt.datetime, dt.time})

#: Texts are looked at so many at a time, while they are in the processor's cache.
_HANDFUL: Final = 1_000

#: Exact keys of objects, and places in lists.
_KEYS: Final = frozenset({str, int})

#: Types whose values need no look.
_SIMPLE: Final = frozenset({bool, int, type(None)})


def _are_unicode(*texts: list[str]) -> bool:
    """Whether no text holds half of a surrogate pair."""
    try:
        for text in itertools.filterfalse(str.isascii, itertools.chain(*texts)):
            text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _items(mapping: Mapping[Any, Any]) -> list[tuple[Any, Any]]:
    if issubclass(type(mapping), dict):
        # One step for other threads, so that a dict changed meanwhile is no error.
        return list(dict.items(mapping))  # type: ignore[arg-type]  # it is one
    pairs = list(itertools.islice(mapping.items(), MAX_NODES))
    if len(pairs) == MAX_NODES:
        raise SchemaError(f"a mapping gives more than {MAX_NODES:,} items")
    return pairs


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
    if issubclass(type(key), str):
        return _exact_text(key, tokens)
    if issubclass(type(key), int) and type(key) is not bool:
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
    return "null" if value is None else names.get(type(value), f"an object of Python's class {type(value).__name__!r}")
