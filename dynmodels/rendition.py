"""Renditions: what is rendered in a document's place where classes are exact, and what to give up where that fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from dynmodels import log
from dynmodels.bundle import bundle
from dynmodels.call import Exactness
from dynmodels.dialect import BASE, OLD_DRAFTS, dialect_of, in_json_schema, uri_of
from dynmodels.entrance import Gate
from dynmodels.errors import DynmodelsError, ModelBuildError, UnsafeSchemaError
from dynmodels.exact import install
from dynmodels.gate import Gates, Told, Truth
from dynmodels.module import GATE
from dynmodels.pointers import joined, pointer_to, subschemas
from dynmodels.schema import Document

#: Why a schema lets anything pass as far as its class is concerned: JSON Pointer and reason.
Relaxed = tuple[tuple[str, str], ...]


class Rendition(NamedTuple):
    """What is rendered in a document's place.

    Attributes:
        document: The document for the generator.
        truth: What the document says.
        relaxed: The schemas that let anything pass.
        origins: Where schemas of the rendered document come from that the original has elsewhere, or not at all.
        dynamic: Whether what a schema means depends on the one that refers to it.
    """

    document: Document
    truth: Truth
    relaxed: Relaxed
    origins: Mapping[str, str]
    dynamic: bool = False

    @property
    def root_reference(self) -> str | None:
        """The JSON Pointer of the schema that the document as a whole refers to, if it does."""
        reference = self.document.root_reference
        return None if reference is None else self.origin_of(reference)

    @property
    def refers_only(self) -> bool:
        """Whether the document as a whole says nothing but that reference."""
        content = self.document.content
        if not isinstance(content, dict) or self.dynamic:  # a dynamic reference goes by where one comes from
            return False
        # Up to draft 7, what stands beside a reference is not looked at.
        return content.keys() <= _BESIDE_A_REFERENCE or self.truth.dialect.schema.startswith(OLD_DRAFTS)

    @property
    def told(self) -> Told:
        """What must be known to put the gates up again."""
        return Told(self.truth.dialect, self.truth.formats, self.relaxed, self.refers_only)

    def origin_of(self, pointer: str) -> str:
        """Say where a schema of the rendered document stands in the original, or behind which URI."""
        for prefix, origin in self.origins.items():
            if pointer == prefix or pointer.startswith(f"{prefix}/"):
                return origin + pointer.removeprefix(prefix)
        return pointer

    def install(self, classes: list[type], pointers: Mapping[str, Any], root: Any, owner: Any) -> Any:
        """Put gates before classes, and give the root.

        Raises:
            ModelBuildError: pydantic cannot make validators of what has become of its schemas.
        """
        try:
            root = install(classes, pointers, root, Gates(self.truth, owner), refers_only=self.refers_only)
            for cls in classes[:MOST_TRIED]:
                if isinstance(gate := vars(cls).get(GATE), Gate):
                    gate.validator  # noqa: B018 (the first to use it would have to wait for it, and for its errors)
        except DynmodelsError:
            raise
        except Exception as error:
            raise ModelBuildError(f"the classes cannot be made exact: {error}") from error
        return root


#: Classes whose validators are made at once; in large documents most are never used.
MOST_TRIED: Final = 50

#: Keywords that stand beside a reference and say nothing of data.
_BESIDE_A_REFERENCE: Final = frozenset(
    {"$ref", "$schema", "$id", "id", "$defs", "definitions", "$comment", "title", "description", "examples", "default"}
)


def rendition_of(document: Document, exact: Exactness) -> Rendition:
    """Give what is to be rendered of a document.

    Raises:
        SchemaError: It is no schema by its metaschema, or refers to what is not there.
    """
    dialect = dialect_of(document.content, document.kind, document.name)
    others = {uri_of(dialect.uri, name): in_json_schema(part, dialect) for name, part in document.parts.items()}
    others |= {joined(dialect.uri, uri): resource for uri, resource in exact.resources.items()}
    truth = Truth(dialect, exact.formats, document.copies, lambda: others)
    Gates(truth).check()
    bundled = bundle(document, dialect.uri, dialect.schema, others)
    origins = {place: origin.removeprefix(BASE) for place, origin in bundled.origins.items()}
    rendition = Rendition(bundled.document, truth, (), origins, bundled.dynamic)
    return rendition._replace(relaxed=tuple((rendition.origin_of(place), why) for place, why in bundled.relaxed))


#: The reference tokens of a schema's JSON Pointer.
Way = tuple[str, ...]
_Part = tuple[Way, Any]

#: For how many seconds it is looked for what the generator cannot render.
MAX_SECONDS: Final = 20.0

#: How often the generator is asked while looking for what it cannot render.
MAX_ATTEMPTS: Final = 100


def relaxing(rendition: Rendition, attempt: Callable[[Rendition], Any]) -> Any:
    """Make something of a rendition; where that fails, of one in which the parts that fail let anything pass.

    Args:
        rendition: What to make it of.
        attempt: Makes it of one, or raises a ``DynmodelsError``.

    Raises:
        UnsafeSchemaError: The document asks for what a schema may not have.
    """
    try:
        return attempt(rendition)
    except UnsafeSchemaError:
        raise
    except DynmodelsError as error:
        log.info("not rendered as it is: %s", error)
        return _Search(rendition, attempt).run(error)


class _Search:
    """Looks for the smallest parts of a document that the generator fails at."""

    def __init__(self, rendition: Rendition, attempt: Callable[[Rendition], Any]) -> None:
        self._rendition = rendition
        self._attempt = attempt
        self._attempts = 0
        self._end = time.monotonic() + MAX_SECONDS
        self._given_up: dict[Way, str] = {}

    def run(self, error: DynmodelsError) -> Any:
        content = self._rendition.document.content
        if isinstance(content, dict) and "title" in content and self._fault(frozenset({()})) is not None:
            # The title alone is at fault, such as "2024"; it says nothing of data.
            content = {key: value for key, value in content.items() if key != "title"}
            document = replace(self._rendition.document, content=content)
            return relaxing(self._rendition._replace(document=document), self._attempt)
        self._look((), content, frozenset(), error)
        try:
            return self._attempt(self._reduced(self._given_up))
        except UnsafeSchemaError:
            raise
        except DynmodelsError as last:
            return self._attempt(self._reduced({(): last.message}))

    def _reduced(self, given_up: Mapping[Way, str]) -> Rendition:
        origin_of = self._rendition.origin_of
        reasons = (
            (origin_of(pointer_to(way)), f"the generator cannot render it: {why}") for way, why in given_up.items()
        )
        rendition = self._without(given_up.keys())
        return rendition._replace(relaxed=(*self._rendition.relaxed, *reasons))

    def _look(self, way: Way, node: Any, without: frozenset[Way], error: DynmodelsError) -> frozenset[Way]:
        """Find what is at fault in a schema which fails although the others in ``without`` are left out.

        Returns:
            What to leave out, with ``without``.
        """
        children = _schemas_below(way, node)
        below = frozenset(place for place, _ in children)
        fault = self._fault(without | below)
        if fault is not None or not children:
            self._given_up[way] = (fault or error).message
            return without | {way}
        return self._let_in(children, without | below, error)

    def _let_in(self, parts: list[_Part], without: frozenset[Way], error: DynmodelsError) -> frozenset[Way]:
        """Let in what can be rendered of parts that are left out and fail together, by halves.

        Returns:
            What is still to be left out.
        """
        if len(parts) == 1:
            ((way, node),) = parts
            return self._look(way, node, without - {way}, error)
        middle = len(parts) // 2
        for half in (parts[:middle], parts[middle:]):
            less = without.difference(way for way, _ in half)
            fault = self._fault(less)
            without = less if fault is None else self._let_in(half, without, fault)
        return without

    def _fault(self, without: frozenset[Way]) -> DynmodelsError | None:
        self._attempts += 1
        if self._attempts > MAX_ATTEMPTS or time.monotonic() > self._end:
            return DynmodelsError("it was left out with others, as looking for the one at fault took too long")
        try:
            self._attempt(self._without(without))
        except UnsafeSchemaError:
            raise
        except DynmodelsError as error:
            return error
        return None

    def _without(self, ways: Collection[Way]) -> Rendition:
        content = _blanked(self._rendition.document.content, (), ways)
        return self._rendition._replace(document=replace(self._rendition.document, content=content))


def _schemas_below(way: Way, node: Any) -> list[_Part]:
    if not isinstance(node, dict):
        return []
    components = node.get("components") if not way else None
    schemas = components.get("schemas") if isinstance(components, dict) else None
    if isinstance(schemas, dict):  # an OpenAPI or AsyncAPI document
        return [(("components", "schemas", name), schema) for name, schema in schemas.items()]
    return [((*way, *step), schema) for step, schema in subschemas(node)]


def _blanked(node: Any, way: Way, ways: Collection[Way]) -> Any:
    if way in ways:
        return {"title": node["title"]} if isinstance(node, dict) and isinstance(node.get("title"), str) else {}
    if isinstance(node, dict):
        return {key: _blanked(value, (*way, key), ways) for key, value in node.items()}
    if isinstance(node, list):
        return [_blanked(value, (*way, str(place)), ways) for place, value in enumerate(node)]
    return node
