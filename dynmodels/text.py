"""Text: JSON and YAML into Python values, within limits that keep a small text from filling the memory."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

#: The deepest of 11,305 schemas collected from the wild has 63 levels.
MAX_DEPTH: Final = 1_000

#: How many values YAML aliases, or shared Python objects, may stand for beside those that are written out.
MAX_REPETITIONS: Final = 100_000

#: A long text counts as so many values more, so that what is repeated is bounded in bytes too.
_CHARACTERS_PER_VALUE: Final = 64


class UnreadableError(ValueError):
    """The text is neither JSON nor YAML, or beyond the limits.

    Attributes:
        line: The line it was found on, counted from 1.
    """

    def __init__(self, reason: str, line: int = 1) -> None:
        super().__init__(" ".join(reason.split()))
        self.line = line


class TooLargeError(UnreadableError):
    """The text may be JSON or YAML, but goes beyond the limits."""


@dataclass(frozen=True)
class YamlDocument:
    """One document of a YAML stream, or why it has no value."""

    value: Any
    line: int
    node: Any = None
    fault: str | None = None


def decode(content: bytes, encoding: str | None = None) -> str:
    """Decode bytes, by default as JSON's (RFC 8259 section 8.1; UTF-16 and UTF-32 by their marks).

    Raises:
        UnreadableError: The bytes are no text in that encoding, or there is no such encoding.
    """
    try:
        return content.decode(encoding or json.detect_encoding(content)).removeprefix("\ufeff")
    except (ValueError, LookupError) as error:  # UnicodeError is a ValueError; so is a NUL in the name
        raise UnreadableError(f"no text: {error}") from error


def parse(text: str) -> Any:
    """Read the one value of a JSON or YAML text.

    Raises:
        UnreadableError: It is neither, holds several documents, or goes beyond the limits.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise too_deep() from error
    except json.JSONDecodeError as error:
        json_error = error
    except ValueError as error:  # an integer with more digits than Python converts
        raise UnreadableError(str(error)) from error
    try:
        documents = list(yaml_documents(text))
    except TooLargeError:
        raise
    except UnreadableError as error:
        if text.lstrip()[:1] in {"{", "[", '"'}:  # it was meant to be JSON
            raise UnreadableError(f"neither JSON nor YAML: {json_error}", json_error.lineno) from json_error
        raise UnreadableError(f"neither JSON nor YAML: {error}", error.line) from error
    if len(documents) != 1:
        raise UnreadableError(f"a YAML stream of {len(documents)} documents, not one")
    if documents[0].fault is not None:
        raise UnreadableError(f"neither JSON nor YAML: {documents[0].fault}", documents[0].line)
    return documents[0].value


def yaml_documents(content: str | bytes) -> Iterator[YamlDocument]:
    """Read the documents of a YAML stream; one that names a tag that is no JSON data has a fault instead of a value.

    Raises:
        UnreadableError: The text is no YAML, or goes beyond the limits.
    """
    import yaml  # imported late: most documents are JSON

    try:
        _check_events(content)
        loader = _yaml_loader()(content)
        try:
            while loader.check_node():
                node = loader.get_node()
                line = int(node.start_mark.line) + 1
                try:
                    value = loader.construct_document(node)
                except RecursionError as error:
                    raise too_deep(line) from error
                except Exception as error:  # noqa: BLE001 (PyYAML's constructors raise what their conversions raise)
                    yield YamlDocument(None, line, fault=" ".join(str(error).split()) or type(error).__name__)
                    loader.constructed_objects, loader.recursive_objects, loader.state_generators = {}, {}, []
                else:
                    yield YamlDocument(value, line, node)
        finally:
            loader.dispose()
    except (yaml.YAMLError, UnicodeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise UnreadableError(str(error), 1 if mark is None else mark.line + 1) from error


def yaml_node(text: str | bytes) -> Any:
    """Compose the first node of a YAML text, whose marks tell where its parts stand; None where that fails."""
    import yaml

    try:
        _check_events(text)
        return next(iter(yaml.compose_all(text, Loader=_yaml_loader())), None)
    except (yaml.YAMLError, UnicodeError, UnreadableError):
        return None


def too_deep(line: int = 1) -> TooLargeError:
    """The error for more than ``MAX_DEPTH`` levels."""
    return TooLargeError(f"nested more than {MAX_DEPTH:,} levels deep", line)


def _check_events(content: str | bytes) -> None:
    """Count depth and repetitions on the stream of events, before libyaml composes it by recursion in C.

    A fault in the stream is left to who composes it, as the documents before it are sound.
    """
    import yaml

    try:
        _count_events(yaml.parse(content, Loader=_yaml_loader()))
    except yaml.YAMLError:
        return


def _count_events(events: Iterator[Any]) -> None:
    import yaml

    sizes: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = [(None, 0)]
    repetitions = 0
    for event in events:
        size = 0
        anchor = getattr(event, "anchor", None)
        if isinstance(event, yaml.CollectionStartEvent):
            if len(open_nodes) > MAX_DEPTH:
                raise too_deep(_line_of(event))
            open_nodes.append((anchor, 1))
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, size = open_nodes.pop()
        elif isinstance(event, yaml.AliasEvent):
            size = sizes.get(str(anchor), 1)
            repetitions += size
            if repetitions > MAX_REPETITIONS:
                raise TooLargeError(f"YAML whose aliases repeat more than {MAX_REPETITIONS:,} values", _line_of(event))
            anchor = None
        elif isinstance(event, yaml.ScalarEvent):
            size = 1 + len(event.value) // _CHARACTERS_PER_VALUE
        elif isinstance(event, yaml.DocumentStartEvent):
            sizes.clear()
            repetitions = 0
        if size:
            around, counted = open_nodes[-1]
            open_nodes[-1] = around, counted + size
            if anchor is not None:
                sizes[anchor] = size


def _line_of(event: Any) -> int:
    return int(event.start_mark.line) + 1


@cache
def _yaml_loader() -> type[Any]:
    """PyYAML's safe loader with the scalars of YAML 1.2's core schema, as the generator reads them.

    YAML 1.1's ``on``, ``yes`` and ``off`` are words, dates stay text, and ``1e5`` is a number.
    """
    import yaml

    base: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class CoreLoader(base):  # type: ignore[misc]  # which base depends on how PyYAML was built
        yaml_implicit_resolvers: Final = {
            first: [rule for rule in rules if rule[0] not in {"tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp"}]
            for first, rules in base.yaml_implicit_resolvers.items()
        }

    CoreLoader.add_implicit_resolver(
        "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
    )
    CoreLoader.add_implicit_resolver(
        "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+$"), list("-+0123456789")
    )
    return CoreLoader
