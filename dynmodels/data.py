"""Data: the instances in JSON, YAML and NDJSON files, one at a time, and the lines that their parts stand on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, BinaryIO, Final

from dynmodels.schema import yaml_loader

#: Formats by the end of a file's name; anything else is tried as YAML, of which JSON is a part.
FORMATS: Final = {".json": "json", ".ndjson": "ndjson", ".jsonl": "ndjson", ".yaml": "yaml", ".yml": "yaml"}

#: Beyond this many bytes, an error's line is the one its instance begins on: finding a part reads the text again.
MAX_LOCATED_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True)
class Instance:
    """One value to check, as JSON text.

    Attributes:
        json: The value's JSON text; for a YAML document, the JSON that it stands for.
        line: The line it begins on, counted from 1.
        text: The text around it that its parts can be found in; empty where all of it is on one line.
        fault: Why it cannot be read, if so.
    """

    json: bytes
    line: int
    text: bytes = b""
    fault: str | None = None

    def line_of(self, location: Sequence[str | int]) -> int:
        """Find the line of a part, or of its nearest surroundings that have one."""
        if not self.text or len(self.text) > MAX_LOCATED_BYTES:
            return self.line
        import yaml

        try:
            nodes = list(yaml.compose_all(self.text, Loader=yaml_loader()))
        except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
            return self.line
        starts = [node for node in nodes if node is not None and node.start_mark.line + 1 >= self.line]
        return _descend(starts[0], location) if starts else self.line


def format_of(name: str) -> str:
    """Tell the format by a file's name; standard input (``-``) is NDJSON."""
    return "ndjson" if name == "-" else FORMATS.get(PurePath(name).suffix.lower(), "yaml")


def instances(stream: BinaryIO, form: str) -> Iterator[Instance]:
    """Read the instances of a stream: a JSON file holds one, YAML one a document, NDJSON one a line.

    Memory is bounded by the longest line of NDJSON, and by the whole of a JSON or YAML file.
    """
    if form == "ndjson":
        # The specification of NDJSON lets a reader pass over empty lines.
        yield from (Instance(line, number) for number, line in enumerate(stream, 1) if line.strip())
    elif form == "json":
        content = stream.read().removeprefix(b"\xef\xbb\xbf")
        yield Instance(content, 1, content)
    else:
        yield from _yaml_documents(stream.read())


def _yaml_documents(content: bytes) -> Iterator[Instance]:
    import yaml

    try:
        loader = yaml_loader()(content)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        yield Instance(b"", 1, fault=_one_line(error))
        return
    line = 1
    try:
        while loader.check_node():
            node = loader.get_node()
            line = node.start_mark.line + 1
            value = loader.construct_document(node)
            yield Instance(json.dumps(value).encode(), line, content)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        yield Instance(b"", line if mark is None else mark.line + 1, fault=_one_line(error))
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        yield Instance(b"", line, fault=f"no JSON value: {_one_line(error)}")
    finally:
        loader.dispose()


def _descend(node: Any, location: Sequence[str | int]) -> int:
    line = int(node.start_mark.line) + 1
    for token in location:
        children = node.value if isinstance(node.value, list) else []
        found = None
        if node.id == "mapping":
            found = next(((key, value) for key, value in children if key.value == str(token)), None)
        elif node.id == "sequence" and isinstance(token, int) and token < len(children):
            found = children[token], children[token]
        if found is None:
            continue  # pydantic puts the names of a union's branches between
        line, node = int(found[0].start_mark.line) + 1, found[1]
    return line


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
