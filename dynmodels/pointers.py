"""Pointers: JSON Pointers, and the references, identifiers and anchors of a document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final
from urllib.parse import unquote, urldefrag, urljoin

#: Keywords whose values are data, in which a "$ref" is a word like any other.
DATA_KEYWORDS: Final = frozenset({"const", "default", "enum", "example", "examples"})

#: Keywords whose values are references to schemas.
REFERENCES: Final = ("$ref", "$dynamicRef", "$recursiveRef")

#: Keywords whose values may lead to other documents.
_LEADING: Final = frozenset({*REFERENCES, "mapping"})

#: Keywords whose values map names to schemas, so that the names are not keywords.
NAMED_SCHEMAS: Final = frozenset(
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

#: Keywords whose value is a schema, or in some drafts a list of schemas (``items``).
SCHEMA_KEYWORDS: Final = frozenset(
    {
        "additionalItems",
        "additionalProperties",
        "contains",
        "contentSchema",
        "else",
        "if",
        "items",
        "not",
        "prefixItems",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    }
)

#: Keywords whose values are lists of schemas that apply to the same data.
SCHEMA_LISTS: Final = ("allOf", "anyOf", "oneOf")

#: Keywords whose values are schemas by names.
SCHEMAS_BY_NAME: Final = (
    "$defs",
    "definitions",
    "dependencies",
    "dependentSchemas",
    "patternProperties",
    "properties",
)


def pointer_to(tokens: Sequence[str]) -> str:
    """Write reference tokens as a JSON Pointer behind ``#`` (RFC 6901 section 3)."""
    return "#" + "".join("/" + token.replace("~", "~0").replace("/", "~1") for token in tokens)


def tokens_of(pointer: str) -> list[str]:
    """Read the reference tokens of a JSON Pointer in a URI fragment (RFC 6901 section 6)."""
    return [unquote(part).replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def resolves(content: Any, pointer: str) -> bool:
    """Tell whether a JSON Pointer behind ``#`` leads anywhere in ``content`` (RFC 6901 section 4)."""
    if pointer != "#" and not pointer.startswith("#/"):
        return False
    tokens = tokens_of(pointer)
    return len(existing(content, tokens)) == len(tokens)


def existing(content: Any, tokens: Sequence[str]) -> list[str]:
    """Keep the tokens that lead down the content, and pass over the others."""
    kept: list[str] = []
    for token in tokens:
        if isinstance(content, dict) and token in content:
            content = content[token]
        elif isinstance(content, list) and token.isdecimal() and len(token) < 10 and int(token) < len(content):
            content = content[int(token)]
        else:
            continue
        kept.append(token)
    return kept


def subschemas(node: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Give the schemas directly below one, with the ways to them (JSON Schema Core sections 10 and 11)."""
    for keyword, value in node.items():
        if keyword in SCHEMAS_BY_NAME and isinstance(value, dict):
            yield from (((keyword, name), child) for name, child in value.items())
        elif keyword in SCHEMA_KEYWORDS and isinstance(value, dict | bool):
            yield (keyword,), value
        elif (keyword in SCHEMA_LISTS or keyword in SCHEMA_KEYWORDS) and isinstance(value, list):
            yield from (((keyword, str(place)), child) for place, child in enumerate(value))


def references(content: Any) -> Iterator[tuple[str, str, str]]:
    """Yield each ``$ref`` of a document: its JSON Pointer, its text, and the base URI it stands under."""
    stack: list[tuple[Any, tuple[str, ...], str, bool]] = [(content, (), "", False)]
    while stack:
        node, tokens, base, names = stack.pop()
        if isinstance(node, list):
            stack.extend((item, (*tokens, str(place)), base, False) for place, item in enumerate(node))
        elif isinstance(node, dict):
            if not names:
                base = joined(base, _identifier(node))
                reference = node.get("$ref")
                if isinstance(reference, str):
                    yield pointer_to(tokens), reference, base
            stack.extend(
                (value, (*tokens, key), base, not names and key in NAMED_SCHEMAS)
                for key, value in node.items()
                if names or key not in DATA_KEYWORDS
            )


def may_lead_out(content: Any) -> bool:
    """Tell quickly whether any word of a document could be taken for a reference to another one.

    In most documents none could. What stands in data or in a mapping of discriminator values counts too, as what
    reads the document may follow it there.
    """
    level = [content]
    while level:
        below: list[Any] = []
        for node in level:
            if isinstance(node, dict):
                if not _LEADING.isdisjoint(node):
                    mapping = node.get("mapping")
                    targets = [node.get(word) for word in REFERENCES]
                    targets += mapping.values() if isinstance(mapping, dict) else []
                    if any(isinstance(target, str) and not target.startswith("#") for target in targets):
                        return True
                below += node.values()
            elif isinstance(node, list):
                below += node
        level = [node for node in below if type(node) is not str]  # most are texts, which lead nowhere by themselves
    return False


def identifiers(content: Any) -> frozenset[str]:
    """The URIs that the schemas of a document call themselves by (JSON Schema Core section 8.2.1)."""
    found: set[str] = {""}
    stack: list[tuple[Any, str]] = [(content, "")]
    while stack:
        node, base = stack.pop()
        if isinstance(node, dict):
            identifier = _identifier(node)
            if identifier:
                base = without_fragment(joined(base, identifier))
                found.update((base, identifier))
            stack.extend((value, base) for value in node.values())
        elif isinstance(node, list):
            stack.extend((item, base) for item in node)
    return frozenset(found)


def anchors(content: Any) -> frozenset[str]:
    """The fragments by which a document names its places (JSON Schema Core section 8.2.2; draft 7's ``$id``)."""
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


def joined(base: str, reference: str) -> str:
    """Resolve a reference against a base URI (RFC 3986 section 5); one that is no URI stays as it is."""
    try:
        return urljoin(base, reference)
    except ValueError:  # such as an unclosed bracket in a host name
        return reference


def without_fragment(uri: str) -> str:
    """Cut the fragment off."""
    try:
        return urldefrag(uri).url
    except ValueError:
        return uri


def _identifier(node: dict[str, Any]) -> str:
    # "id" is draft 4's word; a property's name may be "id" too, but then its value is no text.
    for word in ("$id", "id"):
        value = node.get(word)
        if isinstance(value, str):
            return value
    return ""
