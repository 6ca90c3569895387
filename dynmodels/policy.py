"""The policy: what a schema that nobody trusts may ask for, checked before anything is made of it."""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from dynmodels.errors import SchemaError, UnsafeSchemaError
from dynmodels.limits import Limits
from dynmodels.permit import names_module
from dynmodels.plain import plain
from dynmodels.pointers import (
    DATA_KEYWORDS,
    NAMED_SCHEMAS,
    REFERENCES,
    SCHEMA_KEYWORDS,
    SCHEMA_LISTS,
    SCHEMAS_BY_NAME,
    identifiers,
    joined,
    pointer_to,
    tokens_of,
    without_fragment,
)
from dynmodels.text import UnreadableError, parse

if TYPE_CHECKING:
    from dynmodels.schema import Document


#: Keywords by which a schema names Python code: the generator would import it, and importing runs it.
IMPORT_KEYWORDS: Final = ("customTypePath", "customBasePath", "x-python-import", "x-python-type")

#: Keywords by which the generator talks to itself.
_INTERNAL_PREFIXES: Final = ("#-datamodel-code-generator-#", "x-datamodel-code-generator-", "x-python-")

#: Factories that make nothing but an empty container.
_FACTORIES: Final = frozenset({"dict", "list", "set"})

#: Names that stand for themselves in a type expression (``x-python-type``), without any import by the schema.
_TYPE_NAMES: Final = frozenset(
    {
        "Any",
        "Dict",
        "FrozenSet",
        "Iterable",
        "List",
        "Literal",
        "Mapping",
        "None",
        "Optional",
        "Sequence",
        "Set",
        "Tuple",
        "Union",
        "bool",
        "bytes",
        "dict",
        "float",
        "frozenset",
        "int",
        "list",
        "set",
        "str",
        "tuple",
    }
)

#: Formats that the generator turns into third-party classes, which need not be what they are called.
_FOREIGN_FORMATS: Final = frozenset({"ulid"})

#: A longer type expression is none that a person wrote, and could be too deep to be read.
_LONGEST_TYPE: Final = 500

_DEFINITIONS: Final = ("$defs", "definitions", "schemas")

#: Keywords whose values are counts (JSON Schema Validation section 6).
_COUNTS: Final = ("minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties")
_BOUNDS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_NUMBERS: Final = frozenset({*_COUNTS, *_BOUNDS})

#: Keywords by which a schema refers to others.
_REFERRING: Final = frozenset({*REFERENCES, "discriminator"})

#: How an AsyncAPI document may write its schemas; others have includes and imports of their own, which read files.
_PLAIN_FORMATS: Final = ("schema+json", "schema+yaml", "vnd.aai.asyncapi", "vnd.oai.openapi")


def screen(
    document: Document,
    allow_imports: Collection[str],
    limits: Limits,
    *,
    allow_remote: bool,
    remote_hint: str = "To let the generator fetch it, pass allow_remote_refs=True.",
    types: Collection[str] = (),
) -> None:
    """Walk a document and its files once, and refuse what a schema that nobody trusts may not ask for.

    Args:
        document: What to look at. Formats that name third-party classes are taken out of it.
        allow_imports: Modules that it may name.
        limits: How much it may hold.
        allow_remote: Whether references to other machines are the caller's wish.
        remote_hint: What to do about them where they are not.
        types: Dotted names of types that the caller has for some of its schemas.

    Raises:
        UnsafeSchemaError: It names Python code or another machine, or holds too much.
        SchemaError: A count or a bound is no number.
    """
    size = len(document.packed) + sum(map(len, document.files.values()))
    if size > limits.bytes:
        raise UnsafeSchemaError(
            f"the schema is too large: it has more than {limits.bytes:,} bytes",
            hint="If you trust it, pass limits=Limits(bytes=...) with more room.",
        )
    parts = {"": document.content, **document.parts}
    if isinstance(document.content, str):
        _screen_text(document.content, document.kind)
        if document.kind in _JSON_TEXTS:
            with contextlib.suppress(UnreadableError):  # for the generator to complain of
                parts[""] = plain(parse(document.content))[0]
    for name, content in parts.items():
        screening = _Screening(
            content, document.kind, name, frozenset(allow_imports), allow_remote, remote_hint, limits, frozenset(types)
        )
        screening.run()


#: Words by which a text of a kind that is no JSON data names files, or runs a compiler that does.
_FILES_IN_TEXT: Final[Mapping[str, re.Pattern[str]]] = {
    "xmlschema": re.compile(r"schemaLocation|<!ENTITY|<!DOCTYPE"),
    "protobuf": re.compile(r"\bimport\b"),
}


#: Kinds of text that hold schemas as JSON or YAML.
_JSON_TEXTS: Final = frozenset({"avro", "mcp-tools"})


def _screen_text(text: str, kind: str) -> None:
    found = _FILES_IN_TEXT[kind].search(text) if kind in _FILES_IN_TEXT else None
    if found is not None:
        raise UnsafeSchemaError(
            f"the {kind} text names other files by {found.group()!r}", hint="Write all of it into one text."
        )


class _Screening:
    """One walk over one document."""

    def __init__(
        self,
        content: Any,
        kind: str,
        name: str,
        allow_imports: frozenset[str],
        allow_remote: bool,
        remote_hint: str,
        limits: Limits,
        types: frozenset[str],
    ) -> None:
        self.types = types
        self.content = content
        self.kind = kind
        self.name = name
        self.allow_imports = allow_imports
        self.allow_remote = allow_remote
        self.remote_hint = remote_hint
        self.limits = limits
        self.references = 0
        self.definitions = 0
        self.dynamic_anchors = 0
        self.scoped = False
        self.properties: dict[str, int] = {}
        self.extends: dict[str, set[str]] = {}
        self.referred: dict[str, int] = {}
        self.discriminated: set[str] = set()
        self._known: frozenset[str] | None = None

    def run(self) -> None:
        """Walk the places where schemas stand, and those that references lead to."""
        self._count()
        seen: set[int] = set()
        waiting: list[tuple[Any, tuple[str, ...], str, int]] = [(self.content, (), "", 0)]
        while waiting:
            node, tokens, base, combined = waiting.pop()
            if not isinstance(node, dict) or id(node) in seen:
                if isinstance(node, list) and id(node) not in seen:
                    seen.add(id(node))
                    waiting.extend((item, (*tokens, str(place)), base, combined) for place, item in enumerate(node))
                continue
            seen.add(id(node))
            identifier = node.get("$id", node.get("id"))
            if isinstance(identifier, str):
                base = joined(base, identifier)
                self.scoped |= bool(tokens)
            if combined > self.limits.combinators:
                raise self._too_much(tokens, f"anyOf, oneOf and allOf nest more than {self.limits.combinators:,} deep")
            self._schema(node, tokens)
            if not _REFERRING.isdisjoint(node):
                for target in self._references(node, tokens, base):
                    waiting.append((_at(self.content, target), tuple(target), base, 0))
            waiting.extend(self._children(node, tokens, base, combined))
        if self.scoped:
            self._everywhere(seen)
        self._expansions()

    def _everywhere(self, seen: set[int]) -> None:
        """Look at every object as at a schema: where identifiers set the scope, a reference may lead to any of them."""
        waiting: list[tuple[Any, tuple[str, ...], bool]] = [(self.content, (), False)]
        while waiting:
            node, tokens, named = waiting.pop()
            if isinstance(node, list):
                waiting.extend((item, (*tokens, str(place)), False) for place, item in enumerate(node))
            elif isinstance(node, dict):
                if not named and id(node) not in seen:
                    self._schema(node, tokens)
                waiting.extend(
                    (item, (*tokens, key), not named and key in SCHEMAS_BY_NAME) for key, item in node.items()
                )

    # What a document holds

    def _count(self) -> None:
        """Count values and levels of everything, data included."""
        limits, values = self.limits, 0
        level: list[Any] = [self.content]
        depth = 0
        while level:
            below: list[Any] = []
            for node in level:
                if isinstance(node, dict):
                    for key in node:
                        if len(key) > limits.key:
                            raise self._too_much((), f"the key {key:.40}... has more than {limits.key:,} characters")
                    below.extend(node.values())
                elif isinstance(node, list):
                    below.extend(node)
                elif type(node) is int and node.bit_length() > 3.33 * limits.digits:
                    raise self._too_much((), f"a whole number has more than {limits.digits:,} digits")
            values += len(level)
            if values > limits.values:
                raise self._too_much((), f"it has more than {limits.values:,} values")
            depth += bool(below)
            if depth > limits.depth:
                raise self._too_much((), f"it is nested more than {limits.depth:,} levels deep")
            level = below

    def _schema(self, node: dict[str, Any], tokens: tuple[str, ...]) -> None:
        """Look at one schema; in OpenAPI at anything that could be one."""
        limits = self.limits
        for keyword in node:
            if keyword in IMPORT_KEYWORDS:
                self._import(keyword, node[keyword], tokens)
            elif keyword.startswith(_INTERNAL_PREFIXES):
                raise self._unsafe((*tokens, keyword), f"the keyword {keyword!r} is the generator's own")
        factory = node.get("default_factory", "list")
        if not (isinstance(factory, str) and factory in _FACTORIES):
            raise self._unsafe((*tokens, "default_factory"), "default_factory names code to call")
        if isinstance(node.get("format"), str) and node["format"] in _FOREIGN_FORMATS - self.allow_imports:
            del node["format"]  # a text of any other form
        pattern = node.get("pattern")
        if isinstance(pattern, str) and len(pattern) > limits.pattern:
            raise self._too_much((*tokens, "pattern"), f"the pattern has more than {limits.pattern:,} characters")
        members = node.get("enum")
        if isinstance(members, list) and len(members) > limits.members:
            raise self._too_much((*tokens, "enum"), f"the enum has more than {limits.members:,} members")
        if not _NUMBERS.isdisjoint(node):
            self._numbers(node, tokens)
        properties = node.get("properties")
        if isinstance(properties, dict):
            self.properties[pointer_to(tokens)] = len(properties)
            branches = sum(len(node[word]) for word in SCHEMA_LISTS if isinstance(node.get(word), list))
            if len(properties) > limits.properties:
                raise self._too_much((*tokens, "properties"), f"it has more than {limits.properties:,} properties")
            if branches * len(properties) > limits.expansion:
                raise self._too_much(tokens, f"{branches:,} branches take {len(properties):,} properties each")
        self.dynamic_anchors += isinstance(node.get("$dynamicAnchor"), str)
        if isinstance(node.get("discriminator"), dict):
            self.discriminated.add(pointer_to(tokens))
        for word in _DEFINITIONS:
            if isinstance(node.get(word), dict):
                self.definitions += len(node[word])
        if self.definitions > limits.definitions:
            raise self._too_much(tokens, f"it has more than {limits.definitions:,} definitions")
        parents = node.get("allOf")
        if isinstance(parents, list):
            self.extends[pointer_to(tokens)] = {
                each["$ref"] if isinstance(each.get("$ref"), str) else pointer_to((*tokens, "allOf", str(place)))
                for place, each in enumerate(parents)
                if isinstance(each, dict)
            }
        if self.kind == "asyncapi":
            self._format(node, tokens)

    def _numbers(self, node: dict[str, Any], tokens: tuple[str, ...]) -> None:
        for word in (*_COUNTS, *_BOUNDS):
            value = node.get(word)
            if value is None or (isinstance(value, bool) and word.startswith("exclusive")):  # draft 4's
                continue
            if isinstance(value, bool):
                raise SchemaError(f"{word} is a number, not {value}", pointer=self._place((*tokens, word)))
            if isinstance(value, float) and word in _COUNTS and (not value.is_integer() or abs(value) > 2**63):
                raise SchemaError(f"{word} is a whole number, not {value}", pointer=self._place((*tokens, word)))
        if isinstance(node.get("prefixItems"), list) or isinstance(node.get("items"), list):
            least = node.get("minItems")
            if isinstance(least, int | float) and least > self.limits.positions:
                raise self._too_much((*tokens, "minItems"), f"minItems is more than {self.limits.positions:,}")

    def _format(self, node: dict[str, Any], tokens: tuple[str, ...]) -> None:
        written = node.get("schemaFormat")
        if isinstance(written, str) and not any(plain in written for plain in _PLAIN_FORMATS):
            raise self._unsafe(
                (*tokens, "schemaFormat"), f"schemas written in {written!r} may include files and run compilers"
            )

    # Python code

    def _import(self, keyword: str, value: Any, tokens: tuple[str, ...]) -> None:
        if keyword == "customTypePath" and isinstance(value, str) and value in self.types:
            return
        for module in _modules(keyword, value):
            if module is None or not names_module(self.allow_imports, module):
                named = f"the module {module!r}" if module else "Python code"
                raise UnsafeSchemaError(
                    f"the keyword {keyword!r} names {named}, which a schema may not import",
                    pointer=self._place((*tokens, keyword)),
                    hint=f"If you trust it: allow_imports={[module]!r}." if module else None,
                )

    # References

    def _references(self, node: dict[str, Any], tokens: tuple[str, ...], base: str) -> Iterator[list[str]]:
        """Check a schema's references, and give the places in the document that they lead to."""
        found = [(word, node.get(word)) for word in REFERENCES]
        discriminator = node.get("discriminator")
        mapping = discriminator.get("mapping") if isinstance(discriminator, dict) else None
        if isinstance(mapping, dict):
            found += [("discriminator", value) for value in mapping.values() if not self._is_name(value)]
        for word, reference in found:
            if not isinstance(reference, str):
                continue
            self.references += 1
            if self.references > self.limits.references:
                raise self._too_much(tokens, f"it has more than {self.limits.references:,} references")
            self.referred[reference] = self.referred.get(reference, 0) + 1
            if reference.startswith("#"):
                if reference.startswith("#/"):
                    yield tokens_of(reference)
                continue
            self._leads_out(reference, base, word, tokens)

    def _leads_out(self, reference: str, base: str, word: str, tokens: tuple[str, ...]) -> None:
        if self._known is None:
            self._known = identifiers(self.content)
        self.scoped = True
        if not reference or without_fragment(joined(base, reference)) in self._known:
            return
        scheme = reference.partition(":")[0].lower() if ":" in reference else ""
        if scheme in {"http", "https"}:
            if not self.allow_remote:
                raise UnsafeSchemaError(
                    f"the reference {reference!r} leads to another machine",
                    pointer=self._place(tokens),
                    hint=self.remote_hint,
                )
        elif word != "$ref":  # the files that "$ref"s name have been looked at when they were read
            raise self._unsafe(tokens, f"the reference {reference!r} leads out of the document")

    def _is_name(self, value: Any) -> bool:
        """Whether a discriminator's mapping names a schema of the document, as OpenAPI 3 section 4.8.25 allows."""
        components = self.content.get("components") if isinstance(self.content, dict) else None
        schemas = components.get("schemas") if isinstance(components, dict) else None
        return not isinstance(value, str) or (isinstance(schemas, dict) and value in schemas)

    def _children(
        self, node: dict[str, Any], tokens: tuple[str, ...], base: str, combined: int
    ) -> Iterator[tuple[Any, tuple[str, ...], str, int]]:
        """Give the places below a schema where others stand."""
        for keyword, value in node.items():
            if not isinstance(value, (dict, list)):  # a union of types takes three times as long
                continue
            place = (*tokens, keyword)
            if keyword in SCHEMA_LISTS:
                if isinstance(value, list):
                    yield from ((item, (*place, str(number)), base, combined + 1) for number, item in enumerate(value))
            elif keyword in SCHEMAS_BY_NAME or (self.kind != "jsonschema" and keyword in NAMED_SCHEMAS):
                if isinstance(value, dict):
                    yield from ((item, (*place, name), base, 0) for name, item in value.items())
            elif keyword in SCHEMA_KEYWORDS:
                yield value, place, base, 0
            elif self.kind != "jsonschema" and keyword not in DATA_KEYWORDS and not keyword.startswith("x-"):
                yield value, place, base, 0  # paths, operations, parameters, ...

    # What is written once and rendered many times

    def _expansions(self) -> None:
        limits = self.limits
        if self.dynamic_anchors and 2**self.dynamic_anchors > limits.expansion:
            raise self._too_much((), f"it has {self.dynamic_anchors:,} dynamic anchors, which multiply")
        self._chains()
        for pointer in self.discriminated:
            subtypes = sum(pointer in parents for parents in self.extends.values())
            if subtypes * self.referred.get(pointer, 0) > limits.expansion:
                raise self._too_much(
                    (),
                    f"each reference to {pointer} stands for {subtypes:,} discriminated subtypes: too many",
                )

    def _chains(self) -> None:
        """Refuse long ways of ``allOf``; circles are the generator's to judge."""
        length: dict[str, int] = {}
        held: dict[str, int] = {}
        inherited = 0
        for start in self.extends:
            if start in length:
                continue
            stack: list[tuple[str, Iterator[str]]] = [(start, iter(self.extends[start]))]
            open_ = {start}
            while stack:
                pointer, parents = stack[-1]
                parent = next((each for each in parents if each in self.extends and each not in open_), None)
                if parent is not None and parent not in length:
                    stack.append((parent, iter(self.extends[parent])))
                    open_.add(parent)
                    if len(stack) > self.limits.chain:
                        raise self._too_much((), f"more than {self.limits.chain:,} schemas extend each other by allOf")
                elif parent is None:
                    stack.pop()
                    open_.discard(pointer)
                    ways = [length.get(each, 0) for each in self.extends[pointer]]
                    length[pointer] = 1 + max(ways, default=0)
                    held[pointer] = self.properties.get(pointer, 0) + sum(
                        held.get(each, self.properties.get(each, 0)) for each in self.extends[pointer]
                    )
                    inherited += held[pointer]
                    if inherited > self.limits.inherited:
                        raise self._too_much((), f"its schemas inherit more than {self.limits.inherited:,} properties")
                    if length[pointer] > self.limits.chain:
                        raise self._too_much((), f"more than {self.limits.chain:,} schemas extend each other by allOf")

    # Errors

    def _place(self, tokens: Sequence[str]) -> str:
        return f"{self.name}{pointer_to(tokens)}"

    def _unsafe(self, tokens: Sequence[str], reason: str) -> UnsafeSchemaError:
        return UnsafeSchemaError(reason, pointer=self._place(tokens))

    def _too_much(self, tokens: Sequence[str], reason: str) -> UnsafeSchemaError:
        return UnsafeSchemaError(
            f"the schema is too large: {reason}",
            pointer=self._place(tokens) if tokens else None,
            hint="If you trust it, pass limits=Limits(...) with more room.",
        )


def _modules(keyword: str, value: Any) -> Iterator[str | None]:
    """Give the modules that an import keyword names; None where it cannot be told."""
    if keyword == "x-python-type":
        yield from _modules_of_type(value)
    elif keyword == "x-python-import":
        yield from _modules_of_import(value)
    else:
        for path in value if isinstance(value, list) else [value]:
            yield path.rpartition(".")[0] or None if isinstance(path, str) else None


def _modules_of_import(value: Any) -> Iterator[str | None]:
    """Give every module that stands anywhere in the keyword's value."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if "module" in node:
                yield node["module"] if isinstance(node["module"], str) else None
            expression = node.get("x-python-type")
            if expression is not None:
                yield from _modules_of_type(expression)
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def _modules_of_type(value: Any) -> Iterator[str | None]:
    """Give the modules that a type expression names; names that stand for themselves need none."""
    if not isinstance(value, str) or len(value) > _LONGEST_TYPE:
        yield None
        return
    try:
        expression = ast.parse(value, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        yield None
        return
    inner = {id(node.value) for node in ast.walk(expression) if isinstance(node, ast.Attribute)}
    for node in ast.walk(expression):
        if isinstance(node, ast.Attribute) and id(node) not in inner:
            yield ast.unparse(node.value)
        elif isinstance(node, ast.Name) and id(node) not in inner:
            if node.id not in _TYPE_NAMES:
                yield None
        elif isinstance(node, ast.Call | ast.Lambda | ast.NamedExpr | ast.Await | ast.JoinedStr):
            yield None


def _at(content: Any, tokens: Sequence[str]) -> Any:
    for token in tokens:
        if isinstance(content, dict):
            content = content.get(token)
        elif isinstance(content, list) and token.isdecimal() and len(token) < 10:
            content = content[int(token)] if int(token) < len(content) else None
        else:
            return None
    return content
