"""Bundling: a document whose references all lead to places in itself, for a generator that follows no others.

References are resolved as JSON Schema says (Core section 8.2), by ``referencing``: by ``$id``, ``$anchor`` and URN, to
the metaschemas, and to documents that the caller gave.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from jsonschema_specifications import REGISTRY
from referencing import Registry
from referencing.exceptions import NoSuchResource, Unresolvable
from referencing.jsonschema import SchemaResource, specification_with

from dynmodels.errors import SchemaError
from dynmodels.pointers import pointer_to, resolves, subschemas, tokens_of
from dynmodels.schema import Document

#: Keywords by which a schema names itself, or a place in itself; the generator would follow them its own way.
_NAMES: Final = ("$id", "id", "$anchor", "$dynamicAnchor", "$recursiveAnchor")

_REFERENCES: Final = ("$ref", "$dynamicRef", "$recursiveRef")

#: Where documents that are brought in are put.
_DEFINITIONS: Final = "$defs"


class Bundled(NamedTuple):
    """A document for the generator.

    Attributes:
        document: The document, the very same where it needed nothing.
        origins: Where the schemas come from that stand in it and not in the original: their URIs by JSON Pointers.
        relaxed: JSON Pointers of schemas that let anything pass, and why.
        dynamic: Whether a reference leads to one schema or another, as the data goes (Core section 8.2.3.2).
    """

    document: Document
    origins: Mapping[str, str]
    relaxed: tuple[tuple[str, str], ...]
    dynamic: bool = False


def bundle(document: Document, uri: str, dialect: str, resources: Mapping[str, Any]) -> Bundled:
    """Resolve the references of a JSON Schema document.

    Args:
        document: What to resolve.
        uri: Its URI.
        dialect: The ``$schema`` of whatever names none.
        resources: Other documents by their URIs.

    Raises:
        SchemaError: References lead to references only, in a circle.
    """
    content = document.content
    if not isinstance(content, dict) or not document.has_root:
        return Bundled(document, {}, ())
    _refuse_circles(content)
    if not _needs_bundling(content):
        return Bundled(document, {}, ())
    work = _Bundling(content, uri, dialect, resources)
    return Bundled(replace(document, content=work.run()), work.origins, tuple(work.relaxed), work.dynamic)


def _schemas(content: Any) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Give the schemas of a document with the ways to them."""
    waiting: list[tuple[tuple[str, ...], Any]] = [((), content)]
    while waiting:
        tokens, node = waiting.pop()
        if isinstance(node, dict):
            yield tokens, node
            waiting.extend(((*tokens, *way), child) for way, child in subschemas(node))


def _needs_bundling(content: dict[str, Any]) -> bool:
    for tokens, node in _schemas(content):
        if tokens and any(isinstance(node.get(word), str | bool) for word in _NAMES):
            return True
        if any(isinstance(node.get(word), str) for word in ("$anchor", "$dynamicRef", "$recursiveRef")):
            return True
        reference = node.get("$ref")
        # The generator takes what stands there for the names themselves.
        if isinstance(reference, str) and not (
            resolves(content, reference) and "%" not in reference and _is_plain(tuple(tokens_of(reference)))
        ):
            return True
    return False


def _refuse_circles(content: dict[str, Any]) -> None:
    """Refuse references that lead to references and back again, and never to a schema.

    Raises:
        SchemaError: There is such a circle.
    """
    ending: set[int] = set()  # what is known to lead to a schema
    for tokens, start in _schemas(content):
        node, seen = start, {id(start)}
        while isinstance(reference := node.get("$ref"), str) and resolves(content, reference):
            node = _at(content, tokens_of(reference))
            if not isinstance(node, dict) or len(node) > 1 or id(node) in ending:
                break
            if id(node) in seen:
                raise SchemaError(
                    f"the reference {start['$ref']!r} leads to references only, in a circle",
                    pointer=pointer_to(tokens),
                    hint="Let one of them lead to a schema.",
                )
            seen.add(id(node))
        ending |= seen


def _at(content: Any, tokens: list[str]) -> Any:
    for token in tokens:
        content = content[int(token)] if isinstance(content, list) else content[token]
    return content


class _Bundling:
    """One document with what it refers to."""

    def __init__(self, content: dict[str, Any], uri: str, dialect: str, resources: Mapping[str, Any]) -> None:
        self._content = content
        self._uri = uri
        self._specification: Any = specification_with(dialect)
        self._resources = resources
        retrieving: Any = Registry
        known = retrieving(retrieve=self._retrieved).combine(REGISTRY)
        self._registry = known.with_resource(uri, self._resource(content)).crawl()
        #: Where each object stands: the URI of its document, and the way in that.
        self._places: dict[int, tuple[str, tuple[str, ...]]] = {}
        self._edits: dict[int, dict[str, Any]] = {}
        self._moved: dict[int, str] = {}
        self._added: dict[str, Any] = {}
        self._waiting: list[tuple[tuple[str, ...], Any, Any]] = []
        self._dynamic = _dynamic_anchors((content, *resources.values()))
        self.dynamic = False
        self.origins: dict[str, str] = {}
        self.relaxed: list[tuple[str, str]] = []

    def run(self) -> Any:
        """Give the document with other references, and with what they lead to."""
        self._note(self._uri, self._content)
        self._waiting.append(((), self._content, self._registry.resolver(self._uri)))
        while self._waiting:
            tokens, node, resolver = self._waiting.pop()
            self._schema(tokens, node, resolver)
        rewritten = self._rewritten(self._content)
        if self._added:
            added = {name: self._rewritten(each, moves=False) for name, each in self._added.items()}
            rewritten = {**rewritten, _DEFINITIONS: {**rewritten.get(_DEFINITIONS, {}), **added}}
        return rewritten

    def _retrieved(self, uri: str) -> SchemaResource:
        if uri not in self._resources:
            raise NoSuchResource(uri)
        return self._resource(self._resources[uri])

    def _resource(self, content: Any) -> SchemaResource:
        named = content.get("$schema") if isinstance(content, dict) else None
        default = self._specification
        specification: Any = specification_with(named, default=default) if isinstance(named, str) else default
        return specification.create_resource(content)  # type: ignore[no-any-return]  # what its own type says

    def _note(self, uri: str, content: Any) -> None:
        """Note where all objects of a document stand."""
        waiting: list[tuple[tuple[str, ...], Any]] = [((), content)]
        while waiting:
            way, node = waiting.pop()
            if isinstance(node, dict):
                self._places[id(node)] = uri, way
                waiting.extend(((*way, key), value) for key, value in node.items())
            elif isinstance(node, list):
                waiting.extend(((*way, str(number)), value) for number, value in enumerate(node))

    def _schema(self, tokens: tuple[str, ...], node: Any, resolver: Any) -> None:
        if not isinstance(node, dict) or id(node) in self._edits:
            return
        if tokens:
            resolver = resolver.in_subresource(self._resource(node))
        edited = {key: value for key, value in node.items() if key not in _NAMES or isinstance(value, dict)}
        self._edits[id(node)] = edited
        for word in _REFERENCES:
            reference = edited.pop(word, None)
            if isinstance(reference, str):
                self._reference(tokens, edited, word, reference, resolver)
        self._waiting.extend(((*tokens, *way), child, resolver) for way, child in subschemas(node))

    def _reference(
        self, tokens: tuple[str, ...], edited: dict[str, Any], word: str, reference: str, resolver: Any
    ) -> None:
        self.dynamic |= word != "$ref"
        try:
            resolved = resolver.lookup(reference if word != "$recursiveRef" else "#")
        except (Unresolvable, ValueError, TypeError):
            # The gate has found it, or there would be none.
            if resolves(self._content, reference):
                edited["$ref"] = reference
            else:
                self._relax(tokens, f"the reference {reference!r} cannot be followed")
            return
        if word != "$ref" and self._dynamic > 1:
            self._relax(tokens, f"{word} may lead to several schemas, as the data goes")
        elif isinstance(resolved.contents, bool):
            if not resolved.contents:
                edited["not"] = {}
        elif "$ref" not in edited:
            edited["$ref"] = pointer_to(self._place_of(resolved.contents, resolved.resolver))

    def _relax(self, tokens: tuple[str, ...], reason: str) -> None:
        self.relaxed.append((pointer_to(tokens), reason))

    def _place_of(self, target: Any, resolver: Any) -> tuple[str, ...]:
        """Tell where a schema stands in the bundled document."""
        if id(target) not in self._places:
            uri = resolver._base_uri
            self._note(uri, self._registry.get_or_retrieve(uri).value.contents)
        uri, way = self._places.get(id(target), (self._uri, ("schema",)))
        if uri == self._uri and _is_plain(way):
            if id(target) not in self._edits:  # it may stand where no keyword says that there is a schema
                self._waiting.append((way, target, resolver))
            return way
        if id(target) not in self._moved:
            name = self._free_name(uri, way)
            self._moved[id(target)] = name
            self._added[name] = target
            self.origins[pointer_to((_DEFINITIONS, name))] = ("" if uri == self._uri else uri) + pointer_to(way)
            self._waiting.append(((_DEFINITIONS, name), target, resolver))
        return _DEFINITIONS, self._moved[id(target)]

    def _free_name(self, uri: str, way: tuple[str, ...]) -> str:
        words = [token for token in way if not token.isdecimal()] or [
            posixpath.basename(urlsplit(uri).path.rstrip("/"))
        ]
        stem = re.sub(r"\W+", "_", posixpath.splitext(words[-1])[0]).strip("_") or "schema"
        taken = {*self._content.get(_DEFINITIONS, {}), *self._added}
        return next(name for name in _numbered(stem) if name not in taken)

    def _rewritten(self, node: Any, *, moves: bool = True) -> Any:
        if isinstance(node, dict):
            if moves and id(node) in self._moved:
                return {"$ref": pointer_to((_DEFINITIONS, self._moved[id(node)]))}
            return {key: self._rewritten(value) for key, value in self._edits.get(id(node), node).items()}
        return [self._rewritten(each) for each in node] if isinstance(node, list) else node


def _is_plain(way: tuple[str, ...]) -> bool:
    """Whether the generator can follow a reference to there."""
    return sum(token in {"$defs", "definitions"} for token in way) < 2 and not any(map(_SPECIAL.search, way))


#: What the generator reads otherwise in a reference.
_SPECIAL: Final = re.compile(r"[^\w .$@-]")


def _numbered(stem: str) -> Iterator[str]:
    yield stem
    number = 2
    while True:
        yield f"{stem}_{number}"
        number += 1


def _dynamic_anchors(documents: Any) -> int:
    """Count the schemas that a dynamic reference could lead to."""
    return sum(
        isinstance(node.get("$dynamicAnchor"), str) or node.get("$recursiveAnchor") is True
        for document in documents
        for _, node in _schemas(document)
    )
