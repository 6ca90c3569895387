"""Documents: where a schema comes from, what kind it is, and which files its ``$ref``s name."""

from __future__ import annotations

import marshal
import posixpath
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from dynmodels.errors import SchemaError, UnsafeSchemaError
from dynmodels.plain import described, plain
from dynmodels.pointers import identifiers, joined, may_lead_out, pointer_to, references, tokens_of, without_fragment
from dynmodels.source import Source
from dynmodels.text import UnreadableError, decode, parse

#: The kinds whose documents are JSON data; every other kind is text, which only the generator reads.
SCHEMA_KINDS: Final = frozenset({"jsonschema", "openapi", "asyncapi"})

#: Text that ends so is probably no text of a schema.
_SUFFIXES: Final = frozenset({".json", ".yaml", ".yml"})

#: The largest file that a ``$ref`` may name, in bytes.
MAX_FILE_BYTES: Final = 64 * 1024 * 1024

#: How many files a document may refer to, by as many names.
MAX_FILES: Final = 1_000

#: Later formats mark objects that others hold as well, so that equal content would have unequal bytes.
_MARSHAL_WITHOUT_REFERENCES: Final = 2


@dataclass(frozen=True)
class Document:
    """A schema as plain data, cut off from the caller's objects, or the text of a kind that is no JSON data.

    Attributes:
        content: Nothing but dict, list, str, int, float, bool and None; or text.
        kind: A value of the generator's ``InputFileType``.
        packed: The content's exact bytes, in ``marshal``'s format without references, equal for equal content and
            for no other; None where the content holds Python objects that are no JSON data.
        swagger: Whether it is an OpenAPI 2.0 document.
        name: The name of the file it was read from.
        files: The files that its ``$ref``s name, by their paths relative to the document's as the references have
            them.
        parts: What these files hold, as plain data.
    """

    content: Any
    kind: str
    packed: bytes
    complete: bool = True
    swagger: bool = False
    name: str = "schema.json"
    files: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    parts: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def copies(self) -> Callable[[], Any]:
        """A function that gives a copy of the content each time."""
        # Kept as bytes, which take a fifth of the memory of the objects.
        return partial(marshal.loads, self.packed)

    @property
    def has_root(self) -> bool:
        """Whether the document as a whole describes data, as opposed to a collection of schemas."""
        return self.kind == "jsonschema" and not self.swagger

    @property
    def root_tokens(self) -> list[str] | None:
        """The way to the place in this document that its root is a reference to, if it is one."""
        reference = self.content.get("$ref") if isinstance(self.content, dict) else None
        return tokens_of(reference) if isinstance(reference, str) and reference.startswith("#/") else None

    @property
    def root_reference(self) -> str | None:
        """The same as a JSON Pointer."""
        return None if self.root_tokens is None else pointer_to(self.root_tokens)


def load(
    source: Source,
    kind: str | None,
    encoding: str | None = None,
    ref_base: Path | None = None,
    resources: Collection[str] = (),
) -> Document:
    """Understand a source: parse its text, cut it off from the caller's objects, find its kind and its files.

    Args:
        source: What ``read`` gave.
        kind: The caller's ``input_file_type``, a value of the generator's enum; None or "auto" to detect it.
        encoding: The encoding of bytes; None to take JSON's.
        ref_base: The folder below which ``$ref``s may name files; None for that of the document's own file.
        resources: URIs of documents that the caller has.

    Raises:
        SchemaError: The text is no JSON or YAML, or the content is no schema.
        UnsafeSchemaError: A ``$ref`` names a file that may not be read.
    """
    if kind in {None, "auto"} or kind in SCHEMA_KINDS:
        content, complete = _content(source, encoding)
        if not isinstance(content, dict | bool):
            raise SchemaError(
                f"a schema is an object or a boolean, and {source.name} is {described(content)}",
                hint="That looks like the name of a file: pass it as a pathlib.Path."
                if isinstance(content, str) and Path(content).suffix.lower() in _SUFFIXES
                else "For documents of other kinds, such as GraphQL or CSV, say which: input_file_type='graphql'.",
            )
        found = kind if kind in SCHEMA_KINDS else detect(content)
        swagger = found != "asyncapi" and isinstance(content, dict) and _is_version(content.get("swagger"))
        files, parts = _referenced_files(content, source, encoding, ref_base, resources)
        return Document(
            content,
            "jsonschema" if swagger else str(found),
            pack(content),
            complete,
            swagger,
            source.path.name if source.path is not None else "schema.json",
            files,
            parts,
        )
    if isinstance(source.content, Mapping | bool):
        content, complete = _content(source, encoding)
        return Document(content, str(kind), pack(content), complete)
    text = _text(source, encoding)
    return Document(text, str(kind), pack(text))


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


def _content(source: Source, encoding: str | None) -> tuple[Any, bool]:
    """Give the content as plain data, and whether that is all of it."""
    if isinstance(source.content, bool):
        return source.content, True
    if isinstance(source.content, Mapping):
        return plain(source.content)
    text = _text(source, encoding)
    if not text.strip():
        raise SchemaError(
            f"{source.name} is empty",
            hint="The schema that accepts everything is {} or true, the one for nothing false.",
        )
    try:
        return plain(parse(text))
    except UnreadableError as error:
        raise SchemaError(f"{source.name} is {error}", hint=f"Look at line {error.line} of the text.") from (
            error.__cause__ or error
        )


def _text(source: Source, encoding: str | None) -> str:
    if isinstance(source.content, str):
        return source.content.removeprefix("\ufeff")
    try:
        return decode(bytes(source.content), encoding)  # type: ignore[arg-type]  # mappings have no text to ask for
    except UnreadableError as error:
        raise SchemaError(
            f"{source.name} is {error}", hint="Save it as UTF-8, or name its encoding: encoding='latin-1'."
        ) from error


def pack(content: Any) -> bytes:
    """Give the exact bytes of plain data, equal for equal content and for no other."""
    # marshal takes exact built-in types alone, tells 1 from 1.0 from True, and keeps the order of keys.
    return marshal.dumps(content, _MARSHAL_WITHOUT_REFERENCES)


def _referenced_files(
    content: Any, source: Source, encoding: str | None, ref_base: Path | None, resources: Collection[str]
) -> tuple[Mapping[str, str], Mapping[str, Any]]:
    """Read every file that the document's ``$ref``s name, and theirs: their texts, and what these hold."""
    files: dict[str, str] = {}
    parts: dict[str, Any] = {}
    if not may_lead_out(content):
        return MappingProxyType(files), MappingProxyType(parts)
    folder = ref_base or (source.path.parent.resolve() if source.path is not None else None)
    waiting = [(content, "")]
    while waiting:
        document, name = waiting.pop()
        known = identifiers(document).union(resources)
        for pointer, reference, base in references(document):
            if reference.startswith("#") or without_fragment(joined(base, reference)) in known:
                continue
            target = without_fragment(reference)
            where = f"{name}{pointer}"
            scheme = _scheme(target, where)
            if scheme in {"http", "https"}:
                continue  # the policy refuses these unless allow_remote_refs says otherwise
            # The generator looks for the name as it is written, relative to the file that has it.
            relative = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
            if folder is None or scheme or target.startswith("/") or relative.startswith("../"):
                raise _leads_out(reference, where)
            if relative not in files:
                path = _below(folder, folder / unquote(relative), reference, where)
                text = _text(Source(_read_referenced(path, reference, where), path), encoding)
                files[relative] = text
                if len(files) > MAX_FILES or sum(map(len, files.values())) > MAX_FILE_BYTES:
                    raise SchemaError(
                        f"the schema refers to more than {MAX_FILES:,} files, or {MAX_FILE_BYTES:,} characters in them",
                        pointer=where,
                    )
                parts[relative] = _content(Source(text, path), None)[0]
                waiting.append((parts[relative], relative))
    return MappingProxyType(files), MappingProxyType(parts)


def _scheme(target: str, where: str) -> str:
    try:
        return urlsplit(target).scheme
    except ValueError as error:
        raise SchemaError(f"the reference {target!r} is no URI: {error}", pointer=where) from error


def _below(folder: Path, path: Path, reference: str, where: str) -> Path:
    """Follow symbolic links, and refuse what they lead to outside the folder."""
    try:
        resolved = path.resolve()
    except (OSError, ValueError, RuntimeError) as error:  # a name too long, a NUL, a circle of links
        raise SchemaError(f"the reference {reference!r} cannot be followed: {error}", pointer=where) from error
    if not resolved.is_relative_to(folder):
        raise _leads_out(reference, where)
    return resolved


def _leads_out(reference: str, where: str) -> UnsafeSchemaError:
    return UnsafeSchemaError(
        f"the reference {reference!r} leads out of the document",
        pointer=where,
        hint="Files are read below ref_base, or below the folder of a schema given as a pathlib.Path; nowhere else.",
    )


def _read_referenced(path: Path, reference: str, where: str) -> bytes:
    try:
        if not path.is_file():
            raise SchemaError(f"the reference {reference!r} names no file: {str(path)!r}", pointer=where)
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SchemaError(f"the file {str(path)!r} has more than {MAX_FILE_BYTES:,} bytes", pointer=where)
        return path.read_bytes()
    except OSError as error:
        raise SchemaError(f"the file {str(path)!r} cannot be read: {error}", pointer=where) from error


def _is_version(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)
