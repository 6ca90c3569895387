"""Gates: what the schemas of a document accept, exactly; the only room that knows jsonschema-rs."""

from __future__ import annotations

import copy
import json
import marshal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote, urldefrag

from dynmodels.dialect import BASE, OLD_DRAFTS, Dialect, identifier_word, in_json_schema
from dynmodels.errors import OptionsError, SchemaError, UnsafeSchemaError
from dynmodels.pointers import (
    SCHEMA_LISTS,
    joined,
    may_lead_out,
    pointer_to,
    references,
    subschemas,
    tokens_of,
    without_fragment,
)

if TYPE_CHECKING:
    import jsonschema_rs


class Truth(NamedTuple):
    """All that a document says.

    Attributes:
        dialect: How to read it.
        formats: Whether ``format`` is checked; else it annotates.
        content: Gives a copy of the document.
        others: Gives the documents that it refers to, by their URIs.
    """

    dialect: Dialect
    formats: bool
    content: Callable[[], Any]
    others: Callable[[], Mapping[str, Any]]

    def with_dialect(self, schema: Any) -> Any:
        """Name the dialect in a schema that names none."""
        if not isinstance(schema, dict) or isinstance(schema.get("$schema"), str):
            return schema
        return {"$schema": self.dialect.schema, **schema}


class Told(NamedTuple):
    """What the store keeps of exact classes, beside their document and those that it refers to.

    Attributes:
        dialect: How to read the document.
        formats: Whether ``format`` is checked.
        relaxed: JSON Pointers of what no class was made of, and why.
        refers_only: Whether the document as a whole says nothing but a reference.
    """

    dialect: Dialect
    formats: bool
    relaxed: tuple[tuple[str, str], ...]
    refers_only: bool


#: Levels of data that a schema which refers to itself is asked about. JSON text may have no more.
MOST_LEVELS: Final = 200

#: More branches than this need not be told apart.
MANY_BRANCHES: Final = 1_000_000

#: The metaschemas that everybody has.
METASCHEMAS: Final = frozenset(
    {
        "http://json-schema.org/draft-04/schema",
        "http://json-schema.org/draft-06/schema",
        "http://json-schema.org/draft-07/schema",
        "https://json-schema.org/draft/2019-09/schema",
        "https://json-schema.org/draft/2020-12/schema",
    }
)


class Gates:
    """The validators of a document's schemas, each compiled when it is needed first.

    Args:
        truth: What the document says.
        owner: The package of the document's classes, which other processes can make again.

    Raises:
        OptionsError: There is no jsonschema-rs.
    """

    def __init__(self, truth: Truth, owner: Any = None) -> None:
        _require_package()  # at once, as pydantic would take a later error for one of the data
        self.owner = owner
        self._truth = truth
        self._validators: dict[str, jsonschema_rs.Validator] = {}
        self._branches: dict[str, tuple[int, bool]] = {}
        self._accepting: dict[str, Callable[[Any], bool]] = {}

    def validator(self, pointer: str) -> jsonschema_rs.Validator:
        """Give the validator of the schema at a JSON Pointer, behind a URI where it is another document's.

        Raises:
            SchemaError: The schema, or one that it refers to, is invalid.
        """
        if pointer not in self._validators:
            self._validators[pointer] = self._compiled(pointer)
        return self._validators[pointer]

    def errors(self, pointer: str, value: Any) -> Iterable[jsonschema_rs.ValidationError]:
        """Say in what data fails the schema at a JSON Pointer.

        Raises:
            ValueError: It is no JSON data.
        """
        return self.validator(pointer).iter_errors(value)

    def accepting(self, pointer: str) -> Callable[[Any], bool]:
        """Give the function that tells whether the schema at a JSON Pointer accepts data.

        It raises a ``ValueError`` for what is no JSON data, and for data that nests as deeply as no schema needs: the
        validator follows a schema that refers to itself down to the end of the data, and of the process.
        """
        is_valid = self.validator(pointer).is_valid
        if not self._may_recurse(pointer):
            return is_valid

        def is_valid_and_bounded(value: Any) -> bool:
            # What takes few bytes cannot nest deeply: each list or object takes five at least.
            if isinstance(value, dict | list | tuple) and len(marshal.dumps(value)) > 5 * MOST_LEVELS:
                require_bounded(value)
            return is_valid(value)

        return is_valid_and_bounded

    def _may_recurse(self, pointer: str) -> bool:
        """Whether a schema may refer to itself, as far as that can be told without the validator."""
        seen: set[str] = set()
        waiting: list[tuple[str, frozenset[str]]] = [(pointer, frozenset())]
        while waiting:
            place, above = waiting.pop()
            if place in above or not place.startswith("#"):
                return True
            if place in seen:
                continue
            seen.add(place)
            schema = self.schema_at(place)
            if any(word in node for node in _objects(schema) for word in ("$dynamicRef", "$recursiveRef")):
                return True
            waiting.extend((reference, above | {place}) for _, reference, _ in references(schema))
        return False

    def accepts(self, pointer: str, value: Any) -> bool:
        """Tell whether the schema at a JSON Pointer accepts data.

        Raises:
            ValueError: It is no JSON data, or nests too deeply.
        """
        if pointer not in self._accepting:
            self._accepting[pointer] = self.accepting(pointer)
        return self._accepting[pointer](value)

    def schema_at(self, pointer: str) -> Any:
        """Give the schema at a JSON Pointer, said in JSON Schema; ``{}`` where there is none.

        Args:
            pointer: Behind ``#`` for the document's own, behind a URI for another one's.
        """
        uri, _, way = self._reference(pointer).partition("#")
        content = self.content if uri == self._truth.dialect.uri else self._others.get(uri, {})
        for token in tokens_of(f"#{way}"):
            if isinstance(content, list) and token.isdecimal() and int(token) < len(content):
                content = content[int(token)]
            elif isinstance(content, dict) and token in content:
                content = content[token]
            else:
                return {}
        return content

    def complete(self, pointer: str) -> dict[str, Any]:
        """Give a schema that says what the one at a JSON Pointer says, with all documents that it may refer to."""
        old = self._truth.dialect.schema.startswith(OLD_DRAFTS)
        word = identifier_word(self._truth.dialect.schema)
        documents = {self._truth.dialect.uri: self.content, **self._others}
        node = self.schema_at(pointer)
        title = {key: node[key] for key in ("title", "description") if key in node} if isinstance(node, dict) else {}
        named = {uri: {**each, word: uri} for uri, each in documents.items() if isinstance(each, dict)}
        # In old drafts, nothing stands beside a reference.
        return {
            "$schema": self._truth.dialect.schema,
            **title,
            "allOf": [{"$ref": self._reference(pointer)}],
            "definitions" if old else "$defs": copy.deepcopy(named),
        }

    def branches(self, pointer: str, levels: int) -> int:
        """Count the branches of alternatives that data may be tried in, all ways down a schema; not beyond a million.

        Args:
            pointer: The JSON Pointer of the schema.
            levels: On how many levels the data nests, which counts where the schema refers to itself.
        """
        if pointer not in self._branches:
            circles: list[str] = []
            count = self._counted(self.schema_at(pointer), frozenset({pointer}), circles, {})
            self._branches[pointer] = count, bool(circles)
        count, recurses = self._branches[pointer]
        return min(MANY_BRANCHES, count**levels if recurses else count)

    def _counted(self, schema: Any, above: frozenset[str], circles: list[str], known: dict[str, int]) -> int:
        if not isinstance(schema, dict):
            return 1
        below, together = 1, 0
        reference = schema.get("$ref")
        if len(above) > MOST_LEVELS:
            return MANY_BRANCHES  # a chain that is too long to be followed
        if isinstance(reference, str) and reference in above:
            circles.append(reference)
        elif isinstance(reference, str):
            if reference not in known:
                known[reference] = 1  # for those that come by while it is counted
                known[reference] = self._counted(self.schema_at(reference), above | {reference}, circles, known)
            below = known[reference]
        for way, child in subschemas(schema):
            if way[0] not in {"$defs", "definitions"}:
                count = self._counted(child, above, circles, known)
                together += count if way[0] in SCHEMA_LISTS else 0
                below = below if way[0] in SCHEMA_LISTS else max(below, count)
        return min(MANY_BRANCHES, below + together)

    def has_schema_at(self, pointer: str) -> bool:
        """Whether a schema stands at a JSON Pointer, as opposed to another part of an OpenAPI document."""
        if self.has_root or not pointer.startswith("#"):
            return True
        tokens = tokens_of(pointer)
        return any(token in {"definitions", "schemas", "schema", "payload", "headers"} for token in tokens)

    def first_error(self, schema: dict[str, Any], value: Any) -> jsonschema_rs.ValidationError | None:
        """Say the first thing that data fails in a schema that refers to nothing; None where it fails nothing."""
        import jsonschema_rs as rs

        validator = self._validator_of(schema)
        if validator.is_valid(value):
            return None
        try:
            validator.validate(value)
        except rs.ValidationError as error:
            return error
        return None

    @property
    def dialect(self) -> Dialect:
        """How to read the document."""
        return self._truth.dialect

    @property
    def formats(self) -> bool:
        """Whether ``format`` is checked."""
        return self._truth.formats

    @property
    def refers_to_others(self) -> bool:
        """Whether there are other documents that it may refer to."""
        return bool(self._others)

    @property
    def has_root(self) -> bool:
        """Whether the document as a whole is a schema."""
        return self._truth.dialect.root

    @cached_property
    def content(self) -> Any:
        """The document, said in JSON Schema."""
        return in_json_schema(self._truth.content(), self._truth.dialect)

    def check(self) -> None:
        """Look whether the document is a schema by its metaschema, and whether all that it refers to is there.

        Raises:
            SchemaError: It is none; the error says where.
        """
        import jsonschema_rs as rs

        content = self._truth.content()
        known = self._truth.dialect.schema.removesuffix("#") in METASCHEMAS
        if self._truth.dialect.root and isinstance(content, dict) and known:
            try:
                rs.meta.validate(self._truth.with_dialect(content))
            except rs.ValidationError as error:
                raise _unlike_its_metaschema(error, content) from error
        if self._truth.dialect.root:
            self.validator("#")
            return
        pointers = [pointer_to(way) for way in _named_schemas(content)]
        if pointers:
            self._validator_of({"anyOf": [{"$ref": self._reference(pointer)} for pointer in pointers]})

    def pointer_of(self, error: jsonschema_rs.ValidationError) -> str:
        """Tell where in the document the keyword stands that data fails, or its URI where that is elsewhere."""
        if error.absolute_keyword_location is not None:
            uri, _, _ = error.absolute_keyword_location.partition("#")
            if uri != self._truth.dialect.uri:
                return error.absolute_keyword_location.removeprefix(BASE)
        return pointer_to(_written(self.content, error.schema_path))

    def _compiled(self, pointer: str) -> jsonschema_rs.Validator:
        # The document itself where it can be: a reference to it is another dynamic scope (Core section 7.1).
        whole = pointer == "#" and self._truth.dialect.root
        return self._validator_of(self._content if whole else {"$ref": self._reference(pointer)}, whole=whole)

    def _validator_of(self, schema: Any, *, whole: bool = False) -> jsonschema_rs.Validator:
        import jsonschema_rs as rs

        try:
            return rs.validator_for(
                self._truth.with_dialect(schema),
                registry=self._known if whole else self._registry,
                retriever=_retriever(self._truth),
                base_uri=self._truth.dialect.uri if whole else None,
                validate_formats=self._truth.formats,
            )
        except (rs.ValidationError, rs.ReferencingError, ValueError) as error:
            raise self._fault(error) from error

    def _fault(self, error: Exception) -> SchemaError:
        """Say what is wrong with the document, and where, which the validator does not tell of references."""
        message = str(getattr(error, "message", error))
        for pointer, reference, uri in self._all_references():
            uri, fragment = urldefrag(uri)
            if f"'{uri}'" in message and "not present" in message:
                return UnsafeSchemaError(
                    f"the reference {reference!r} leads to another document, which is not there",
                    pointer=pointer,
                    hint=f"Give it: resources={{{uri.removeprefix(BASE)!r}: schema}}.",
                )
            if f"'{reference}'" in message and ("Failed to resolve" in message or "Invalid URI" in message):
                return SchemaError(
                    f"the reference {reference!r} cannot be resolved: {message}",
                    pointer=pointer,
                    hint="A reference is a URI, in which a space is %20, or what is relative to one that has folders.",
                )
            if fragment and f"'{fragment}'" in message:
                return SchemaError(
                    f"the reference {reference!r} leads nowhere",
                    pointer=pointer,
                    hint='Name a definition of the same document: {"$ref": "#/$defs/Name"}.',
                )
        if "Unknown meta-schema" in message:
            return SchemaError(
                f"the dialect {self._truth.dialect.schema!r} is not known",
                pointer="#/$schema",
                hint="Give its metaschema: resources={uri: schema}; or leave $schema out.",
            )
        return self._invalid_elsewhere() or _invalid(error, getattr(error, "instance_path", []))

    def _all_references(self) -> Iterator[tuple[str, str, str]]:
        """Give the place of each reference, its text, and the URI that it means."""
        for uri, content in ((self._truth.dialect.uri, self.content), *self._others.items()):
            document = "" if uri == self._truth.dialect.uri else uri.removeprefix(BASE)
            for pointer, reference, base in references(content):
                yield document + pointer, reference, joined(joined(uri, base), reference)

    def _invalid_elsewhere(self) -> SchemaError | None:
        """Say what is wrong with a document that this one refers to, where one is no schema."""
        import jsonschema_rs as rs

        for uri, content in self._others.items():
            schema = self._truth.with_dialect(content)
            named = schema.get("$schema") if isinstance(schema, dict) else None
            if not isinstance(named, str) or named.removesuffix("#") not in METASCHEMAS:
                continue  # another machine would be asked for its metaschema
            try:
                rs.meta.validate(schema)
            except rs.ValidationError as error:
                return _invalid(error, error.instance_path, uri.removeprefix(BASE))
            except (rs.ReferencingError, ValueError):  # of a dialect that is another document
                continue
        return None

    @cached_property
    def _registry(self) -> jsonschema_rs.Registry:
        import jsonschema_rs as rs

        try:
            # In what is no schema itself, nobody looks for references to other documents.
            others = (
                [] if self.has_root else [(uri, self._truth.with_dialect(each)) for uri, each in self._others.items()]
            )
            documents = [(self._truth.dialect.uri, self._content), *others, *self._metaschemas]
            return rs.Registry(documents, retriever=_retriever(self._truth))
        except (rs.ReferencingError, ValueError) as error:
            raise self._fault(error) from error

    @cached_property
    def _known(self) -> jsonschema_rs.Registry | None:
        import jsonschema_rs as rs

        return rs.Registry(self._metaschemas, retriever=_retriever(self._truth)) if self._metaschemas else None

    @cached_property
    def _metaschemas(self) -> list[tuple[str, Any]]:
        """The metaschemas of other dialects that the document refers to, which the validator does not ask for."""
        dialect = self._truth.dialect
        if not dialect.root or not may_lead_out(self.content):
            return []
        named = {
            without_fragment(joined(joined(dialect.uri, base), reference))
            for _, reference, base in references(self.content)
        }
        folders = {uri.rpartition("/")[0] for uri in named & METASCHEMAS if uri != dialect.schema.removesuffix("#")}
        if not folders:
            return []
        from jsonschema_specifications import REGISTRY

        return [
            (uri, REGISTRY.contents(uri)) for uri in REGISTRY if uri.startswith(tuple(f"{each}/" for each in folders))
        ]

    @cached_property
    def _content(self) -> Any:
        return self._truth.with_dialect(self.content)

    @cached_property
    def _others(self) -> Mapping[str, Any]:
        return self._truth.others()

    def _reference(self, pointer: str) -> str:
        if pointer.startswith("#"):
            return _encoded(self._truth.dialect.uri + pointer)
        return _encoded(joined(self._truth.dialect.uri, pointer))


def _require_package() -> None:
    """Say what to install where there is no jsonschema-rs: exact classes come from other machines, too."""
    if sys.modules.get("jsonschema_rs") is None and find_spec("jsonschema_rs") is None:
        raise OptionsError(
            "exact classes need the package jsonschema-rs, which is not installed",
            hint='pip install "dynmodels[exact]"',
        )


def _named_schemas(content: Any) -> Iterator[tuple[str, ...]]:
    """Give the ways to the schemas that an OpenAPI or AsyncAPI document names."""
    for way in (("components", "schemas"), ("definitions",)):
        node = content
        for token in way:
            node = node.get(token) if isinstance(node, dict) else None
        yield from ((*way, name) for name in (node if isinstance(node, dict) else ()))


def require_bounded(value: Any) -> None:
    """Refuse data that nests too deeply, or holds itself.

    Raises:
        ValueError: It does.
    """
    level = [value]
    for _ in range(MOST_LEVELS):
        level = [
            item
            for each in level
            for item in (each.values() if isinstance(each, dict) else each)
            if isinstance(item, dict | list | tuple)
        ]
        if not level:
            return
    raise ValueError(f"it is nested more than {MOST_LEVELS} levels deep, or holds itself")


def _objects(schema: Any) -> Iterator[dict[str, Any]]:
    waiting = [schema]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            yield each
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)


def _retriever(truth: Truth) -> Callable[[str], Any]:
    """Give a function that finds documents: the caller's, and the metaschemas; no machine is asked for one.

    It does not know the validators, which hold it out of the garbage collector's sight.
    """

    def retrieve(uri: str) -> Any:
        others = truth.others()
        if uri in others:
            return truth.with_dialect(others[uri])
        from jsonschema_specifications import REGISTRY

        return REGISTRY.contents(uri)

    return retrieve


def _unlike_its_metaschema(error: jsonschema_rs.ValidationError, content: Any) -> SchemaError:
    from dynmodels.explain import lines_of  # here, as schemas that are some need none of it

    line = lines_of([error], content, lambda _: "#")[0]
    written = json.dumps(line.get("input"), default=str)
    return SchemaError(
        f"the schema is invalid: {written:.80}: {getattr(line['type'], 'message', str)()}",
        pointer=pointer_to(list(map(str, error.instance_path))),
    )


def _invalid(error: Any, path: list[str | int], document: str = "") -> SchemaError:
    reason = " ".join(str(getattr(error, "message", error)).split())
    return SchemaError(f"the schema is invalid: {reason:.300}", pointer=document + pointer_to(list(map(str, path))))


def _written(content: Any, path: Sequence[str | int]) -> list[str]:
    """Write a path as the document does, as far as it goes: a validator takes a name of digits for a number."""
    tokens = []
    for step in path:
        names = (
            [str(step), *(name for name in content if name.isdecimal() and int(name) == step)]
            if isinstance(content, dict)
            else []
        )
        name = next((name for name in names if name in content), None)
        if name is not None:
            content = content[name]
        elif isinstance(content, list) and isinstance(step, int) and step < len(content):
            content = content[step]
        else:
            break
        tokens.append(str(step) if name is None else name)
    return tokens


def _encoded(reference: str) -> str:
    """Write a JSON Pointer behind a URI as its fragment (RFC 6901 section 6)."""
    uri, _, way = reference.partition("#")
    return f"{uri}#{quote(way, safe='~/')}"
