"""Data: the instances in JSON, YAML and NDJSON files, one at a time, and the lines that their parts stand on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath
from typing import IO, Any, Final

from dynmodels.files import is_compressed
from dynmodels.pointers import existing, pointer_to
from dynmodels.text import UnreadableError, decode, yaml_documents, yaml_node

#: Formats by the end of a file's name; anything else is tried as YAML, of which JSON is a part.
FORMATS: Final = {".json": "json", ".ndjson": "ndjson", ".jsonl": "ndjson", ".yaml": "yaml", ".yml": "yaml"}

#: Beyond this many bytes, an error's line is the one its instance begins on: finding a part reads the text again.
MAX_LOCATED_BYTES: Final = 4 * 1024 * 1024

#: What may stand before a text in UTF-8.
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Instance:
    """One value to check, as JSON text.

    Attributes:
        json: The value's JSON text; for a YAML document, the JSON that it stands for.
        line: The line it begins on, counted from 1.
        fault: Why it cannot be read, if so.
        node: The YAML node it was made from, if so.
        spans_lines: Whether its parts may stand on lines of their own.
    """

    json: bytes
    line: int
    fault: str | None = None
    node: Any = None
    spans_lines: bool = False

    def line_of(self, location: Sequence[str | int]) -> int:
        """Find the line of a part, or of its nearest surroundings that have one."""
        return self.line if self._marked is None else _descend(self._marked, location)

    def pointer_of(self, location: Sequence[str | int], *, is_missing: bool = False) -> str:
        """Write a location of pydantic's as a JSON Pointer into the value (RFC 6901).

        pydantic puts the names of a union's branches between; they are left out. Where a field is missing, its name
        is the last.
        """
        names = list(map(str, location))
        around = len(names) - is_missing
        return pointer_to([*existing(self._value, names[:around]), *names[around:]])[1:]

    @cached_property
    def _value(self) -> Any:
        try:
            return json.loads(self.json)
        except (ValueError, RecursionError):
            return None

    @cached_property
    def _marked(self) -> Any:
        if self.node is not None or not self.spans_lines or len(self.json) > MAX_LOCATED_BYTES:
            return self.node
        return yaml_node(self.json)  # JSON is YAML, and a YAML node knows where it stands


def format_of(name: str) -> str:
    """Tell the format by a file's name, compressed or not; standard input (``-``) is NDJSON."""
    plain = str(PurePath(name).with_suffix("")) if is_compressed(name) else name
    return "ndjson" if name == "-" else FORMATS.get(PurePath(plain).suffix.lower(), "yaml")


def instances(stream: IO[bytes], form: str) -> Iterator[Instance]:
    """Read the instances of a stream: a JSON file holds one, YAML one a document, NDJSON one a line.

    Memory is bounded by the longest line of NDJSON, and by the whole of a JSON or YAML file.
    """
    number = 0
    try:
        if form == "ndjson":
            for number, text in enumerate(stream, 1):
                line = text.removeprefix(BYTE_ORDER_MARK) if number == 1 else text
                if line.strip():  # the specification of NDJSON lets a reader pass over empty lines
                    yield Instance(line, number)
        elif form == "json":
            yield Instance(stream.read().removeprefix(BYTE_ORDER_MARK), 1, spans_lines=True)
        else:
            yield from _yaml_instances(stream.read())
    except UnreadableError as error:  # what is compressed is damaged
        yield Instance(b"", number + 1, str(error))


def _yaml_instances(content: bytes) -> Iterator[Instance]:
    line = 1
    try:
        for document in yaml_documents(decode(content)):
            line = document.line
            if document.fault is not None:
                yield Instance(b"", line, document.fault)
                continue
            try:
                text = json.dumps(document.value).encode()
            except (TypeError, ValueError, RecursionError) as error:
                yield Instance(b"", line, f"no JSON value: {error}")
            else:
                yield Instance(text, line, node=document.node)
    except UnreadableError as error:
        yield Instance(b"", max(line, error.line), str(error))


def _descend(node: Any, location: Sequence[str | int]) -> int:
    line = int(node.start_mark.line) + 1
    for token in location:
        children = node.value if isinstance(node.value, list) else []
        found = None
        if node.id == "mapping":
            # The last of equal keys is the one that counts, and what a merge key brings stands before the others.
            found = next(((key, value) for key, value in reversed(children) if key.value == str(token)), None)
        elif node.id == "sequence" and isinstance(token, int) and token < len(children):
            found = children[token], children[token]
        if found is None:
            continue  # pydantic puts the names of a union's branches between
        line, node = int(found[0].start_mark.line) + 1, found[1]
    return line
