"""Documents: where a schema comes from, what kind it is, and which files its ``$ref``s name."""

from __future__ import annotations

import json
import marshal
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from dynmodels.errors import OptionsError, SchemaError, UnsafeSchemaError

#: The kinds whose documents are JSON data; every other kind is text, which only the generator reads.
SCHEMA_KINDS: Final = frozenset({"jsonschema", "openapi", "asyncapi"})

#: GitHub's description of its REST API, 13 MB, has under one million nodes.
MAX_NODES: Final = 10_000_000

#: How often an object may occur again: YAML aliases and shared Python objects count for each place they stand in.
MAX_REPETITIONS: Final = 250_000

#: The deepest of 11,305 schemas collected from the wild has 63 levels.
MAX_DEPTH: Final = 1_000

#: The largest file that a ``$ref`` may name, in bytes.
MAX_FILE_BYTES: Final = 64 * 1024 * 1024

#: Later formats mark objects that others hold as well, so that equal content would have unequal bytes.
_MARSHAL_WITHOUT_REFERENCES: Final = 2

#: Keywords whose values are data, in which a "$ref" is a word like any other.
_DATA_KEYWORDS: Final = frozenset({"const", "default", "enum", "example", "examples"})

#: Keywords whose values map names to schemas, so that the names are not keywords.
_NAMED_SCHEMAS: Final = frozenset(
    {
        "properties",
        "patternProperties",
        "$defs",
        "definitions",
        "dependentSchemas",
        "dependencies",
        "schemas",
        "responses",
    }
)


@dataclass(frozen=True)
class Source:
    """What the caller handed in, read but not understood: a mapping, a boolean, text, or a file's bytes."""

    content: Mapping[str, Any] | bool | str | bytes
    path: Path | None = None

    @property
    def name(self) -> str:
        """What to call the document in messages."""
        return str(self.path) if self.path is not None else "the schema"


@dataclass(frozen=True)
class Document:
    """A schema as plain data, cut off from the caller's objects, or the text of a kind that is no JSON data.

    Attributes:
        content: Nothing but dict, list, str, int, float, bool and None, unless it is not ``packed``; or text.
        kind: A value of the generator's ``InputFileType``.
        packed: The content's exact bytes, in ``marshal``'s format without references, equal for equal content and
            for no other; None where the content holds Python objects that are no JSON data.
        swagger: Whether it is an OpenAPI 2.0 document.
        path: The file it was read from.
        files: The files that its ``$ref``s name, by their path relative to the document's folder.
    """

    content: Any
    kind: str
    packed: bytes | None
    swagger: bool = False
    path: Path | None = None
    files: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def has_root(self) -> bool:
        """Whether the document as a whole describes data, as opposed to a collection of schemas."""
        return self.kind == "jsonschema" and not self.swagger

    @property
    def root_tokens(self) -> list[str] | None:
        """The way to the place in this document that its root is a reference to, if it is one."""
        reference = self.content.get("$ref") if isinstance(self.content, dict) else None
        return _tokens(reference) if isinstance(reference, str) and reference.startswith("#/") else None

    @property
    def root_reference(self) -> str | None:
        """The same as a JSON Pointer."""
        return None if self.root_tokens is None else pointer_to(self.root_tokens)


def read(input_: object) -> Source:
    """Take the caller's argument, reading the file where it is a path.

    Raises:
        SchemaError: The file cannot be read.
        OptionsError: ``input_`` is of a type that is no document.
    """
    match input_:
        case Path():
            try:
                return Source(input_.read_bytes(), input_)
            except OSError as error:
                raise SchemaError(
                    f"cannot read the schema file {str(input_)!r}: {error.strerror or error}",
                    hint="Pass the path of a readable JSON or YAML file.",
                ) from error
            except ValueError as error:  # a NUL in the name
                raise SchemaError(f"cannot read the schema file {str(input_)!r}: {error}") from error
        case bytearray() | memoryview():
            return Source(bytes(input_))
        case bool() | str() | bytes() | Mapping():
            return Source(input_)
    raise OptionsError(
        f"a schema is a mapping, a boolean, text or a pathlib.Path, not {type(input_).__name__}",
        hint="JSON and YAML text may hold any document; a file is named by a pathlib.Path.",
    )


def load(source: Source, kind: str | None, encoding: str | None = None) -> Document:
    """Understand a source: parse its text, cut it off from the caller's objects, find its kind and its files.

    Args:
        source: What ``read`` gave.
        kind: The caller's ``input_file_type``, a value of the generator's enum; None or "auto" to detect it.
        encoding: The encoding of bytes; None to take JSON's (RFC 8259 section 8.1, UTF-16 and UTF-32 by their marks).

    Raises:
        SchemaError: The text is no JSON or YAML, or the content is no schema.
        UnsafeSchemaError: A ``$ref`` names a file that may not be read.
    """
    if kind in {None, "auto"} or kind in SCHEMA_KINDS:
        content, foreign = _plain_content(source, encoding)
        if not isinstance(content, dict | bool):
            raise SchemaError(
                f"a schema is an object or a boolean, and {source.name} is {_described(content)}",
                hint="For documents of other kinds, such as GraphQL or CSV, say which: input_file_type='graphql'.",
            )
        found = kind if kind in SCHEMA_KINDS else detect(content)
        files = _referenced_files(content, source)
        swagger = found != "asyncapi" and isinstance(content, dict) and _is_version(content.get("swagger"))
        packed = _pack(content, foreign)
        return Document(content, "jsonschema" if swagger else str(found), packed, swagger, source.path, files)
    if isinstance(source.content, Mapping | bool):
        content, foreign = _plain_content(source, encoding)
        return Document(content, str(kind), _pack(content, foreign))
    text = _text(source, encoding)
    return Document(text, str(kind), _pack(text, foreign=False), path=source.path)


def detect(content: Any) -> str:
    """Tell the kind of a document by the field that names its format's version.

    ``openapi`` (OpenAPI 3 section 4.8.1), ``swagger`` (OpenAPI 2), ``asyncapi`` (AsyncAPI section 4.1); anything else
    that is an object or a boolean is a JSON Schema.
    """
    if isinstance(content, dict):
        for key, kind in (("asyncapi", "asyncapi"), ("openapi", "openapi"), ("swagger", "openapi")):
            if _is_version(content.get(key)):
                return kind
    return "jsonschema"


def pointer_to(tokens: list[str] | tuple[str, ...]) -> str:
    """Write reference tokens as a JSON Pointer behind ``#`` (RFC 6901 section 3)."""
    return "#" + "".join("/" + token.replace("~", "~0").replace("/", "~1") for token in tokens)


def resolves(content: Any, pointer: str) -> bool:
    """Tell whether a JSON Pointer behind ``#`` leads anywhere in ``content`` (RFC 6901 section 4)."""
    if pointer != "#" and not pointer.startswith("#/"):
        return False
    for token in _tokens(pointer):
        if isinstance(content, dict) and token in content:
            content = content[token]
        elif isinstance(content, list) and token.isdecimal() and int(token) < len(content):
            content = content[int(token)]
        else:
            return False
    return True


def anchors_of(content: Any) -> frozenset[str]:
    """The fragments by which a document names its places itself (JSON Schema Core section 8.2.2; draft 7's ``$id``)."""
    found: set[str] = {"#"}
    stack = [content]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            names = [node.get("$anchor"), node.get("$dynamicAnchor")]
            found.update(f"#{name}" for name in names if isinstance(name, str))
            found.add(_identifier(node))
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)
    return frozenset(found)


def _tokens(pointer: str) -> list[str]:
    return [unquote(part).replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def references(content: Any) -> Iterator[tuple[str, str, str]]:
    """Yield each ``$ref`` of a document: its JSON Pointer, its text, and the base URI it stands under."""
    stack: list[tuple[Any, tuple[str, ...], str, bool]] = [(content, (), "", False)]
    while stack:
        node, tokens, base, names = stack.pop()
        if isinstance(node, list):
            stack.extend((item, (*tokens, str(place)), base, False) for place, item in enumerate(node))
        elif isinstance(node, dict):
            if not names:
                base = _joined(base, _identifier(node))
                reference = node.get("$ref")
                if isinstance(reference, str):
                    yield pointer_to(tokens), reference, base
            stack.extend(
                (value, (*tokens, key), base, not names and key in _NAMED_SCHEMAS)
                for key, value in node.items()
                if names or key not in _DATA_KEYWORDS
            )


def _pack(content: Any, foreign: bool) -> bytes | None:
    # marshal takes exact built-in types alone, tells 1 from 1.0 from True, and keeps the order of keys.
    return None if foreign else marshal.dumps(content, _MARSHAL_WITHOUT_REFERENCES)


def _plain_content(source: Source, encoding: str | None) -> tuple[Any, bool]:
    content: Any = source.content
    if isinstance(content, bool):
        return content, False
    from_text = not isinstance(content, Mapping)
    if from_text:
        content = _parse(_text(source, encoding), source)
    content, foreign = _plain(content)
    if foreign and from_text:
        raise SchemaError(f"{source.name} uses YAML tags for values that are no JSON data, such as sets or binary")
    return content, foreign


def _text(source: Source, encoding: str | None) -> str:
    content = source.content
    if isinstance(content, str):
        return content.removeprefix("\ufeff")
    raw = bytes(content)  # type: ignore[arg-type]  # mappings and booleans are no text; load() has dealt with them
    try:
        return raw.decode(encoding or json.detect_encoding(raw)).removeprefix("\ufeff")
    except (UnicodeDecodeError, LookupError) as error:
        raise SchemaError(
            f"{source.name} is no text: {error}", hint="Save it as UTF-8, or name its encoding: encoding='latin-1'."
        ) from error


def _parse(text: str, source: Source) -> Any:
    if not text.strip():
        raise SchemaError(
            f"{source.name} is empty",
            hint="The schema that accepts everything is {} or true, the one for nothing false.",
        )
    try:
        return json.loads(text)
    except RecursionError as error:
        raise _too_deep() from error
    except json.JSONDecodeError as error:
        json_error = error
    except ValueError as error:  # an integer with more digits than Python converts
        raise SchemaError(f"{source.name} cannot be read: {error}") from error

    import yaml  # imported late: most documents are JSON

    try:
        return yaml.load(text, Loader=yaml_loader())  # noqa: S506 (the loader is a SafeLoader)
    except yaml.YAMLError as error:
        looks_like_json = text.lstrip()[0] in '{["'
        fault: Exception = json_error if looks_like_json else error
        detail = " ".join(str(fault).split())
        raise SchemaError(f"{source.name} is neither JSON nor YAML: {detail}") from fault
    except RecursionError as error:
        raise _too_deep() from error
    except (ValueError, TypeError, OverflowError) as error:
        raise SchemaError(f"{source.name} cannot be read as YAML: {error}") from error


@cache
def yaml_loader() -> type[Any]:
    """PyYAML's safe loader with the scalars of YAML 1.2's core schema, as the generator reads them.

    YAML 1.1's ``on``, ``yes`` and ``off`` are words, dates stay text, and ``1e5`` is a number.
    """
    import yaml

    base: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class CoreLoader(base):  # type: ignore[misc]
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


def _plain(content: Any) -> tuple[Any, bool]:
    """Copy ``content`` into exact dict, list, str, int, float, bool and None, without recursion.

    The copy is what gets digested and rendered, so that neither the caller, another thread nor a subclass with
    behaviour of its own can change the document in between. Integer keys become text, as OpenAPI's status codes
    do in YAML. Objects that are no JSON data are kept, and the second result says so.
    """
    holder: list[Any] = [None]
    foreign = False
    nodes = repetitions = 0
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
            target[key] = _exact_text(value, tokens)
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
                raise _too_deep()
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
        return str(int.__index__(key))
    raise SchemaError(
        f"a key is {_described(key)}, and the keys of a JSON object are text",
        pointer=pointer_to(tokens),
        hint="In YAML, put quotes around it.",
    )


def _referenced_files(content: Any, source: Source) -> Mapping[str, bytes]:
    """Read every file that the document's ``$ref``s name, and theirs, below the folder of the document's own file."""
    folder = source.path.parent.resolve() if source.path is not None else None
    files: dict[str, bytes] = {}
    if not _may_lead_out(content):
        return MappingProxyType(files)
    waiting = [(content, "")]
    while waiting:
        document, name = waiting.pop()
        known = _identifiers(document)
        for pointer, reference, base in references(document):
            if reference.startswith("#") or urldefrag(_joined(base, reference)).url in known:
                continue
            scheme = urlsplit(reference).scheme
            if scheme in {"http", "https"}:
                continue  # the generator refuses these unless allow_remote_refs says otherwise
            where = f"{name}{pointer}"
            relative = _relative_name(folder, name, urldefrag(reference).url, where)
            if folder is None or relative is None or scheme:
                raise UnsafeSchemaError(
                    f"the reference {reference!r} leads out of the document",
                    pointer=where,
                    hint="Files are read where the schema is given as a pathlib.Path, and below its folder only.",
                )
            if relative not in files:
                path = folder / relative
                files[relative] = _read_referenced(path, reference, where)
                parsed, _ = _plain_content(Source(files[relative], path), None)
                waiting.append((parsed, relative))
    return MappingProxyType(files)


def _may_lead_out(content: Any) -> bool:
    """Tell quickly whether any ``$ref`` is more than a fragment; in most documents none is."""
    stack = [content]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            reference = node.get("$ref", "#")
            if isinstance(reference, str) and not reference.startswith("#"):
                return True
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)
    return False


def _relative_name(folder: Path | None, referrer: str, reference: str, where: str) -> str | None:
    if folder is None:
        return None
    try:
        path = (folder / referrer).parent / unquote(reference) if referrer else folder / unquote(reference)
        return path.resolve().relative_to(folder).as_posix()
    except ValueError:  # outside the folder, or a NUL in the name
        return None
    except OSError as error:
        raise SchemaError(f"the reference {reference!r} cannot be followed: {error}", pointer=where) from error


def _read_referenced(path: Path, reference: str, where: str) -> bytes:
    try:
        if not path.is_file():
            raise SchemaError(f"the reference {reference!r} names no file: {str(path)!r}", pointer=where)
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SchemaError(f"the file {str(path)!r} has more than {MAX_FILE_BYTES:,} bytes", pointer=where)
        return path.read_bytes()
    except OSError as error:
        raise SchemaError(f"the file {str(path)!r} cannot be read: {error}", pointer=where) from error


def _identifiers(content: Any) -> frozenset[str]:
    """The URIs that the schemas of a document call themselves by (JSON Schema Core section 8.2.1)."""
    found: set[str] = {""}
    stack: list[tuple[Any, str]] = [(content, "")]
    while stack:
        node, base = stack.pop()
        if isinstance(node, dict):
            identifier = _identifier(node)
            if identifier:
                base = urldefrag(_joined(base, identifier)).url
                found.update((base, identifier))
            stack.extend((value, base) for value in node.values())
        elif isinstance(node, list):
            stack.extend((item, base) for item in node)
    return frozenset(found)


def _identifier(node: dict[str, Any]) -> str:
    # "id" is draft 4's word; a property's name may be "id" too, but then its value is no text.
    for word in ("$id", "id"):
        value = node.get(word)
        if isinstance(value, str):
            return value
    return ""


def _joined(base: str, reference: str) -> str:
    try:
        return urljoin(base, reference)
    except ValueError:  # such as an unclosed bracket in a host name
        return reference


def _is_version(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _too_deep() -> SchemaError:
    return SchemaError(f"the schema is nested more than {MAX_DEPTH:,} levels deep", hint='Flatten it with "$ref".')


def _described(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "text", int: "a number", float: "a number", bool: "a boolean"}
    return "null" if value is None else names.get(type(value), f"a {type(value).__name__}")
