"""Dialects: which language of schemas a document is written in, and what it says in JSON Schema's own."""

from __future__ import annotations

from typing import Any, Final, NamedTuple
from urllib.parse import quote

from dynmodels.pointers import DATA_KEYWORDS, NAMED_SCHEMAS, joined, without_fragment

#: The folder of a document and its files, by which they refer to one another where none has a name of its own. Nobody
#: is asked for it (RFC 6761 section 6.4); of a scheme of our own, ``urljoin`` would not know that it has folders.
BASE: Final = "https://dynmodels.invalid/document/"

DRAFT_4: Final = "http://json-schema.org/draft-04/schema#"
DRAFT_7: Final = "http://json-schema.org/draft-07/schema#"
#: How the drafts begin in which a reference has no siblings (draft-handrews-json-schema-01 section 8.3).
OLD_DRAFTS: Final = "http://json-schema.org/draft-0"
DRAFT_2020_12: Final = "https://json-schema.org/draft/2020-12/schema"


class Dialect(NamedTuple):
    """How to read a document.

    Attributes:
        uri: What the document is called.
        schema: The ``$schema`` of whatever names none.
        nullable: Whether ``nullable`` adds null to a type (OpenAPI 3.0, section 4.7.24).
        root: Whether the document as a whole is a schema.
    """

    uri: str
    schema: str
    nullable: bool = False
    root: bool = True


def dialect_of(content: Any, kind: str, name: str) -> Dialect:
    """Tell the dialect of a document.

    Args:
        content: The document, as plain data.
        kind: A value of the generator's ``InputFileType``.
        name: The name of its file.
    """
    uri = uri_of(BASE, name)
    if not isinstance(content, dict):
        return Dialect(uri, DRAFT_2020_12)
    if kind == "asyncapi":
        return Dialect(uri, DRAFT_7, root=False)
    version = str(content.get("openapi", ""))
    if kind == "openapi" and not version.startswith("3.0"):
        named = content.get("jsonSchemaDialect")
        return Dialect(uri, named if isinstance(named, str) and named in _KNOWN else DRAFT_2020_12, root=False)
    if kind == "openapi" or "swagger" in content:
        return Dialect(uri, DRAFT_4, nullable=kind == "openapi", root=False)
    named = content.get("$schema")
    schema = named if isinstance(named, str) else DRAFT_2020_12
    identifier = content.get(identifier_word(schema))
    ignored = "$ref" in content and schema.startswith(OLD_DRAFTS)
    if isinstance(identifier, str) and not ignored:
        uri = without_fragment(joined(uri, identifier)) or uri
    return Dialect(uri, schema)


def uri_of(base: str, name: str) -> str:
    """Give the URI of a file by its name, as references have it: what they have encoded already stays so."""
    return joined(base, quote(name, safe="/%:@!$&'()*+,;="))


_KNOWN: Final = frozenset({DRAFT_4, DRAFT_7, DRAFT_2020_12})


def identifier_word(schema: str) -> str:
    """Give the keyword by which schemas of a dialect name themselves."""
    return "id" if schema.removesuffix("#") == DRAFT_4.removesuffix("#") else "$id"


def in_json_schema(content: Any, dialect: Dialect) -> Any:
    """Say in JSON Schema what a document says; a document that is JSON Schema is given back as it is."""
    return _with_null(content) if dialect.nullable else content


def _with_null(node: Any, *, names: bool = False) -> Any:
    if isinstance(node, list):
        return [_with_null(each) for each in node]
    if not isinstance(node, dict):
        return node
    copy = {
        key: value
        if key in DATA_KEYWORDS and not names
        else _with_null(value, names=not names and key in NAMED_SCHEMAS)
        for key, value in node.items()
    }
    # A true value adds null to the type, where the same object has one, and does nothing else (OpenAPI 3.0.3).
    if not names and node.get("nullable") is True and isinstance(node.get("type"), str):
        copy["type"] = [node["type"], "null"]
    return copy
