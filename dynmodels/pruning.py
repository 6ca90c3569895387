"""Pruning: from a document and the schemas that are wanted of it to a smaller one, which gives them the same classes.

The generator names a class after the property or the component that its schema stands at, and numbers those that it
calls alike in the order of the document; of neighbours of one name that are equal, it keeps the first. So a smaller
document gives the same classes if it holds

- the schemas that are wanted and all that they refer to;
- whatever else could be called like one of their classes, at its place in the order: as it is where it could be equal
  to one of theirs, else as an object of one field that nothing else has;
- the title of the document, which its own class is called after;
- a field of each name by which a field elsewhere certainly hides an import. Of other names of fields and imports, only
  the whole document can say: ``Pruned.uncertain``.

Names are compared by what the generator's rules leave of them (letters and digits, without numbers, plurals and the
endings that it adds), so that more are taken for alike than are. Where this is no proof, ``WholeDocumentError`` says
why: then the whole document is to be rendered.
"""

from __future__ import annotations

import builtins
import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, NamedTuple

from dynmodels.pointers import pointer_to, tokens_of
from dynmodels.schema import Document, pack

#: How the names of what is put into a pruned document begin.
MARK: Final = "dynmodels_pruned_"

#: Keywords that say nothing about which classes there are.
_ANNOTATIONS: Final = frozenset(
    {
        "$comment",
        "contentEncoding",
        "contentMediaType",
        "default",
        "deprecated",
        "description",
        "example",
        "examples",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "externalDocs",
        "format",
        "maxLength",
        "maximum",
        "minLength",
        "minimum",
        "multipleOf",
        "nullable",
        "pattern",
        "readOnly",
        "title",
        "type",
        "writeOnly",
        "xml",
    }
)

#: Those among them by which the items of a list may get a class.
_CONSTRAINTS: Final = frozenset(
    {
        "exclusiveMaximum",
        "exclusiveMinimum",
        "maxLength",
        "maximum",
        "minLength",
        "minimum",
        "multipleOf",
        "pattern",
    }
)

_SCALARS: Final = frozenset({"boolean", "integer", "null", "number", "string"})
_OBJECT: Final = _ANNOTATIONS | {"additionalProperties", "properties", "required"}
_LIST: Final = _ANNOTATIONS | {"items", "maxItems", "minItems", "uniqueItems"}

#: Keywords whose values are schemas by names that classes are called after.
_NAMING: Final = frozenset({"$defs", "definitions", "dependentSchemas", "properties"})

#: Keywords whose values are data.
_DATA: Final = frozenset({"const", "default", "enum", "example", "examples"})

#: Keywords by which schemas are found in other ways than by their place, or classes made by other rules.
_BEYOND: Final = frozenset(
    {
        "$anchor",
        "$dynamicAnchor",
        "$dynamicRef",
        "$id",
        "$recursiveAnchor",
        "$recursiveRef",
        "customBasePath",
        "customTypePath",
        "x-python-import",
        "x-python-type",
    }
)

#: Keywords one of which nearly every schema has.
_SAYING: Final = frozenset(
    {"$ref", "additionalProperties", "allOf", "anyOf", "const", "enum", "items", "oneOf", "properties", "type"}
)

#: Imports that any field of their name hides, in all classes; others are hidden only where a class has use of both.
_HIDDEN: Final = frozenset({"date", "time"})

#: How many names of fields are looked at of schemas that take over others; ten million take some seconds.
_MAX_WORK: Final = 10_000_000

_NO_LETTER: Final = re.compile(r"[^a-z]")
_ENDINGS: Final = (
    "additionalproperties",
    "additionalproperty",
    "enum",
    "item",
    "items",
    "model",
    "object",
    "type",
)

#: The longest name that is compared with others, in characters.
_MAX_NAME: Final = 2_048


class WholeDocumentError(Exception):
    """It takes the whole document to say what the classes are called; the text says why."""


@dataclass(frozen=True)
class Pruned:
    """A smaller document.

    Attributes:
        document: What to render.
        complete: JSON Pointers of the schemas whose classes it gives as the whole document would, with all below them.
        uncertain: Names that fields elsewhere may hide: whether what is imported by one is called otherwise then, only
            the whole document can say.
    """

    document: Document
    complete: frozenset[str]
    uncertain: frozenset[str]


class Pruning:
    """Makes smaller documents of one.

    Args:
        document: A JSON Schema or OpenAPI document.
        root_name: What the generator calls the class of the document as a whole; None where there is none.
        singular: Gives a name's singular as the generator does.
        importable: Names that generated source may import.

    Raises:
        WholeDocumentError: It is no document that could be pruned.
    """

    def __init__(
        self,
        document: Document,
        root_name: str | None,
        singular: Callable[[str], str],
        importable: Collection[str],
    ) -> None:
        self._document = document
        self._families = _Families(singular)
        self._importable = {*importable, *dir(builtins)}
        self._container = _container(document)
        self._root = root_name
        schemas: dict[str, Any] = {}
        if root_name is not None:
            schemas["#"] = {key: value for key, value in document.content.items() if key != self._container[-1]}
        for name, schema in _at(document.content, self._container).items():
            if "." in name:
                raise WholeDocumentError(f"names with dots, such as {name!r}, become modules")
            if document.kind != "openapi" and _is_namespace(schema):
                raise WholeDocumentError(f"{name!r} may be a namespace of definitions")
            schemas[pointer_to([*self._container, name])] = schema
        self._schemas = schemas
        self._order = {pointer: number for number, pointer in enumerate(schemas)}
        self._references: dict[str, tuple[str, ...]] = {}
        self._behind: dict[str, Set[str]] = {}
        self._fields: dict[str, Set[str]] = {}
        self._work = 0
        self._told = _told(schemas)
        if any(len(name) > _MAX_NAME for name in (*self._told.names, *_at(document.content, self._container))):
            raise WholeDocumentError(f"a name has more than {_MAX_NAME:,} characters")

    @property
    def pointers(self) -> Iterable[str]:
        """The schemas that have names of their own, in the order of the document; the document as a whole is ``#``."""
        return self._schemas

    def name_of(self, pointer: str) -> str:
        """Give what a schema is called, which its class is called after."""
        return str(self._root) if pointer == "#" else tokens_of(pointer)[-1]

    def called(self, name: str) -> list[str]:
        """Give the pointers of schemas whose own class might have a name."""
        return self._called.get(self._families.of(name), [])

    @cached_property
    def _called(self) -> Mapping[str, list[str]]:
        called: dict[str, list[str]] = {}
        for pointer in self._schemas:
            called.setdefault(self._families.of(self.name_of(pointer)), []).append(pointer)
        return called

    def holding(self, name: str) -> list[str]:
        """Give the pointers of schemas that hold one whose class might have a name."""
        return self._holding.get(self._families.of(name), [])

    @cached_property
    def _holding(self) -> Mapping[str, list[str]]:
        holding: dict[str, list[str]] = {}
        for pointer, schema in self._schemas.items():
            for family in self.families(schema, self.name_of(pointer)):
                holding.setdefault(family, []).append(pointer)
        return holding

    def prune(self, wanted: Collection[str]) -> Pruned:
        """Make a document that gives the classes of some schemas, and of all that they refer to.

        Args:
            wanted: JSON Pointers of schemas among ``pointers``.

        Raises:
            WholeDocumentError: It takes the whole document.
        """
        if any(name.startswith(MARK) for name in (*self._told.names, *map(self.name_of, self._schemas))):
            raise WholeDocumentError(f"the names that begin with {MARK!r} are needed for pruning")
        complete = self._complete(wanted)
        cut = _Cut(self, complete)
        content = cut.content()
        hiding = sorted(_HIDDEN & self._told.fields)
        if hiding:
            fields = {name: {"type": "string"} for name in hiding}
            content[pointer_to([*self._container, f"{MARK}names"])] = _object(fields)
        uncertain = {re.sub(r"\W", "_", name) for name in self._told.names}.difference(hiding)
        return Pruned(self._written(content), frozenset(complete), frozenset(uncertain & self._importable))

    def families(self, node: Any, stem: str, *, listed: bool = False) -> set[str]:
        """Give the families of all classes that might be made of a part of a schema, and of what it takes over.

        Args:
            node: The part.
            stem: The name that it stands at.
            listed: Whether it stands in a list.

        Raises:
            WholeDocumentError: As ``references`` says.
        """
        found = self._families.within(node, stem, listed=listed)
        for each in _nodes(node):
            if "allOf" in each or ("$ref" in each and len(each) > 1):
                # Of what a schema takes over the generator makes classes anew, where the schema stands, and so it does
                # of any two fields of one name, whatever they are.
                found |= self._families.named(each)
                for target in self.targets(each):
                    found |= self._taken_over(target)
        return found

    def _taken_over(self, pointer: str) -> Set[str]:
        """Give the families of all fields of a schema and of those behind it."""
        known = self._behind.get(pointer)
        if known is None:
            behind: set[str] = set()
            self.closure([pointer], behind)
            found = {self._families.of(self.name_of(each)) for each in behind}
            known = self._behind[pointer] = found.union(*(self._named(each) for each in behind))
        self._work += len(known)
        if self._work > _MAX_WORK:
            raise WholeDocumentError("its schemas take over too much from each other")
        return known

    def _named(self, pointer: str) -> Set[str]:
        """Give the families of all fields of a schema."""
        known = self._fields.get(pointer)
        if known is None:
            known = self._fields[pointer] = self._families.named(self._schemas[pointer])
        self._work += len(known)
        return known

    def closure(self, wanted: Iterable[str], found: set[str]) -> None:
        """Add schemas, and all that they refer to, to those that were found."""
        waiting = list(wanted)
        while waiting:
            pointer = waiting.pop()
            if pointer not in found:
                found.add(pointer)
                waiting += self._onward(pointer)

    def _onward(self, pointer: str) -> tuple[str, ...]:
        if pointer in self._told.beyond:
            raise WholeDocumentError(f"what {self._told.beyond[pointer]!r} does is not known")
        return self.references(pointer)

    def references(self, pointer: str) -> tuple[str, ...]:
        """Give what a schema refers to.

        Raises:
            WholeDocumentError: A reference leads elsewhere than to a schema with a name.
        """
        if pointer not in self._references:
            self._references[pointer] = tuple(map(self._target, self._told.references[pointer]))
        return self._references[pointer]

    def targets(self, node: Any) -> set[str]:
        """Give what a part of a schema refers to; as ``references``."""
        told = _told({"": node})
        if told.beyond:
            raise WholeDocumentError(f"what {told.beyond['']!r} does is not known")
        return set(map(self._target, told.references[""]))

    def _target(self, reference: str) -> str:
        tokens = tokens_of(reference) if reference.startswith("#/") else [*self._container, reference]
        pointer = "#" if reference == "#" else pointer_to(tokens)
        if pointer not in self._schemas:
            raise WholeDocumentError(f"the reference {reference!r} leads to no schema with a name")
        return pointer

    def _complete(self, wanted: Collection[str]) -> dict[str, None]:
        """Find all that the wanted classes depend on, in the order of the document."""
        found: set[str] = set()
        passed: set[str] = set()
        waiting = list(wanted)
        while waiting:
            pointer = waiting.pop()
            if pointer in found:
                continue
            found.add(pointer)
            waiting += self._onward(pointer)
            # A discriminator changes the classes that it tells apart, and those that extend the one it stands in.
            for holder in (pointer, *self._referring.get(pointer, ())):
                if holder in self._told.discriminating and holder not in passed:
                    passed.add(holder)
                    waiting += (holder, *self._referring.get(holder, ()))
        return {pointer: None for pointer in self._schemas if pointer in found}

    @cached_property
    def _referring(self) -> Mapping[str, Sequence[str]]:
        """Which schemas refer to a schema."""
        referring: dict[str, list[str]] = {}
        for pointer in self._schemas if self._told.discriminating else ():
            for target in self.references(pointer):
                referring.setdefault(target, []).append(pointer)
        return referring

    def _written(self, schemas: Mapping[str, Any]) -> Document:
        content = self._document.content
        kept = {key: content[key] for key in ("openapi", "swagger", "info", "$schema") if key in content}
        kept |= schemas.get("#", {})
        if self._root is not None and "title" in content:
            kept["title"] = content["title"]  # what its class is called after
        holder = kept
        for token in self._container[:-1]:
            holder = holder.setdefault(token, {})
        holder[self._container[-1]] = {
            tokens_of(pointer)[-1]: schema for pointer, schema in schemas.items() if pointer != "#"
        }
        return replace(self._document, content=kept, packed=pack(kept))


class _Cut:
    """What one pruned document is made of."""

    def __init__(self, pruning: Pruning, complete: Mapping[str, None]) -> None:
        self._pruning = pruning
        self._schemas = pruning._schemas  # one room
        self._families = pruning._families
        self._order = pruning._order
        self._complete = complete
        self._guests: set[str] = set()
        self._numbers = itertools.count()
        self._ahead: Set[str] = frozenset()
        self._forward = [
            (pointer, target)
            for pointer in complete
            for target in pruning.references(pointer)
            if self._order[target] >= self._order[pointer]
        ]
        #: Where a schema of a family stands last among those that are complete: later ones take later numbers, unless
        #: references ahead change the order.
        self._last: dict[str, int] = {}
        #: Which fields the objects of a family have there; None for what is no plain object.
        self._shapes: dict[str, set[frozenset[str] | None]] = {}
        for pointer in complete:
            name = pruning.name_of(pointer)
            for family in (*pruning.families(self._schemas[pointer], name), self._families.of(name)):
                self._last[family] = self._order[pointer]
            self._note_shapes(self._schemas[pointer], name, listed=False)
        #: A schema takes its name where it is first referred to, if that is before its own place: which references have
        #: to stay in the schemas that are not complete, by their pointers.
        self._early: dict[str, set[str]] = {}
        referred: set[str] = set()
        for pointer, number in self._order.items():
            ahead = {each for each in pruning.references(pointer) if self._order[each] > number and self._matters(each)}
            if pointer not in complete and not ahead <= referred:
                self._early[pointer] = ahead - referred
            referred |= ahead
        self._referred = referred

    def content(self) -> dict[str, Any]:
        """Give the schemas of the pruned document by their pointers.

        Raises:
            WholeDocumentError: It takes the whole document.
        """
        end = len(self._order) if self._forward or self._early else max(self._last.values()) + 1
        kept: dict[str, Any] = {}
        for pointer, schema in itertools.islice(self._schemas.items(), end):
            if pointer in self._complete:
                continue
            name = self._pruning.name_of(pointer)
            number = self._order[pointer]
            self._ahead = self._early.get(pointer, frozenset())
            part = self._reduced(schema, name, number, listed=False)
            if part is None and (pointer in self._referred or self._takes(name, number, listed=False)):
                part = self._guest(schema)
            if part is not None:
                kept[pointer] = part
        self._check_order(kept)
        chosen = {**dict.fromkeys(self._guests), **self._complete}
        return {
            pointer: schema if pointer in chosen else kept[pointer]
            for pointer, schema in self._schemas.items()
            if pointer in chosen or pointer in kept
        }

    def _matters(self, pointer: str) -> bool:
        """Whether it matters when a schema takes its name."""
        return pointer in self._complete or self._families.of(self._pruning.name_of(pointer)) in self._last

    def _note_shapes(self, node: Any, stem: str, *, listed: bool) -> None:
        if not isinstance(node, dict) or _is_scalar(node, listed=listed):
            return
        if _is_object(node):
            for family in self._families.at(stem, listed=listed):
                self._shapes.setdefault(family, set()).add(frozenset(node["properties"]))
            for name, child in node["properties"].items():
                self._note_shapes(child, name, listed=False)
        elif _is_list(node):
            self._note_shapes(node["items"], stem, listed=True)
        elif not _is_enum(node):
            for family in self._pruning.families(node, stem, listed=listed):
                self._shapes.setdefault(family, set()).add(None)

    def _takes(self, stem: str, number: int, *, listed: bool) -> bool:
        """Whether a class at this place may take a name from those that are wanted."""
        return any(self._is_shared(family, number) for family in self._families.at(stem, listed=listed))

    def _is_shared(self, family: str, number: int) -> bool:
        return family in self._last and (bool(self._forward) or self._last[family] >= number)

    def _reduced(self, node: Any, stem: str, number: int, *, listed: bool) -> Any:
        """Leave of a schema what may take names from those that are wanted; None for nothing."""
        if not isinstance(node, dict) or _is_scalar(node, listed=listed):
            return node if self._ahead and not self._ahead.isdisjoint(self._pruning.targets(node)) else None
        if _is_object(node):
            return self._reduced_object(node, stem, number, listed=listed)
        if _is_list(node):
            items = self._reduced(node["items"], stem, number, listed=True)
            if items is None and not (listed and self._takes(stem, number, listed=True)):
                return None
            return {**node, "items": {} if items is None else items}
        if _is_enum(node):
            return node if self._takes(stem, number, listed=listed) else None
        families = self._pruning.families(node, stem, listed=listed)
        needed = any(self._is_shared(family, number) for family in families)
        needed = needed or bool(self._ahead and not self._ahead.isdisjoint(self._pruning.targets(node)))
        return self._guest(node) if needed else None

    def _reduced_object(self, node: Mapping[str, Any], stem: str, number: int, *, listed: bool) -> Any:
        takes = self._takes(stem, number, listed=listed)
        fields = node["properties"]
        if takes and self._may_be_equal(node, stem, listed=listed):
            return node
        part = {
            name: reduced
            for name, child in fields.items()
            if (reduced := self._reduced(child, name, number, listed=False)) is not None
        }
        if not part and not takes:
            return None
        alike = Counter(self._families.of(name) for name in fields) if part else Counter[str]()
        if any(alike[self._families.of(name)] > 1 for name in part):
            return self._guest(node)  # the generator numbers fields that it calls alike
        if takes and (self._forward or self._early) and self._pruning.targets(node):
            raise WholeDocumentError(f"the order of the classes called like {stem!r} depends on other schemas")
        return _object({**part, f"{MARK}{next(self._numbers)}": {"type": "string"}})

    def _may_be_equal(self, node: Mapping[str, Any], stem: str, *, listed: bool) -> bool:
        """Whether an object could give a class that is equal to one of the same family that is wanted."""
        shapes = set().union(*(self._shapes.get(family, ()) for family in self._families.at(stem, listed=listed)))
        if None not in shapes and frozenset(node["properties"]) not in shapes:
            return False
        within = self._pruning.families(node, stem, listed=listed)
        return within <= self._last.keys() and self._pruning.targets(node) <= self._complete.keys()

    def _guest(self, node: Any) -> Any:
        """Keep a part as it is, with all that it refers to."""
        self._pruning.closure(self._pruning.targets(node), self._guests)
        return node

    def _check_order(self, kept: Mapping[str, Any]) -> None:
        """See that nothing else decides about the order in which names are taken."""
        members: Counter[str] = Counter()
        for pointer, part in {**kept, **{pointer: self._schemas[pointer] for pointer in self._complete}}.items():
            name = self._pruning.name_of(pointer)
            found = Counter((self._families.of(name), *self._families.each(part, name)))
            if not _is_scalar(part, listed=False):
                found[self._families.of(name)] -= 1  # it has been counted twice
            found.update(self._pruning.families(part, name) - found.keys())
            members.update(found)
        if self._forward and members.most_common(1)[0][1] > 1 and self._is_circular():
            raise WholeDocumentError("schemas that may be called alike refer to each other in a circle")

    def _is_circular(self) -> bool:
        for pointer in self._complete:
            behind: set[str] = set()
            self._pruning.closure(self._pruning.references(pointer), behind)
            if pointer in behind:
                return True
        return False


class _Families:
    """Says which names are alike.

    Args:
        singular: Gives a name's singular as the generator does.
    """

    def __init__(self, singular: Callable[[str], str]) -> None:
        self._singular = singular
        self._known: dict[str, str] = {}
        self._listed: dict[str, frozenset[str]] = {}

    def of(self, name: str) -> str:
        """Give what all names are called that might become one class's name."""
        family = self._known.get(name)
        if family is None:
            # Python reads names in this form, and the generator writes some letters large.
            plain = name if name.isascii() else unicodedata.normalize("NFKC", name).upper()
            family = _NO_LETTER.sub("", plain.lower()).removeprefix("field")
            while family.endswith(_ENDINGS):
                family = family[: -max(len(ending) for ending in _ENDINGS if family.endswith(ending))]
            self._known[name] = family
        return family

    def at(self, stem: str, *, listed: bool) -> frozenset[str]:
        """Give the families of a class whose schema stands at a name, or in a list that does."""
        if not listed:
            return frozenset((self.of(stem),))
        families = self._listed.get(stem)
        if families is None:
            words = "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", stem))
            singulars = (self.of(self._singular(name)) for name in (stem, words) if name)
            families = self._listed[stem] = frozenset((self.of(stem), *singulars))
        return families

    def within(self, node: Any, stem: str, *, listed: bool = False) -> set[str]:
        """Give the families of all classes that might be made of a schema and those in it."""
        return set(self.each(node, stem, listed=listed))

    def each(self, node: Any, stem: str, *, listed: bool = False) -> Iterator[str]:
        """Give the same, each as often as it may occur."""
        waiting: list[tuple[Any, str, bool]] = [(node, stem, listed)]
        while waiting:
            node, stem, listed = waiting.pop()
            if isinstance(node, list):
                waiting.extend((item, stem, True) for item in node)
            elif isinstance(node, dict):
                if not _is_scalar(node, listed=listed):
                    yield from self.at(stem, listed=listed)
                for keyword, value in node.items():
                    if keyword in _NAMING and isinstance(value, dict):
                        waiting.extend((child, name, False) for name, child in value.items())
                    elif keyword == "patternProperties" and isinstance(value, dict):
                        waiting.extend((child, stem, True) for child in value.values())
                    elif keyword not in _DATA:
                        waiting.append((value, stem, True))

    def named(self, node: Any) -> set[str]:
        """Give the families of all fields of a schema and those in it, also where no class is made of them."""
        names = {name for each in _nodes(node) for name in _mapping(each.get("properties"))}
        return {family for name in names for family in self.at(name, listed=True)}


class _Told(NamedTuple):
    """What has to be known of all schemas of a document.

    Attributes:
        names: Names of fields, and what members of enums are called after.
        fields: Those of fields that certainly are some in a class.
        discriminating: Pointers of the schemas that hold discriminators.
        references: What the schemas refer to, by their pointers, as they write it.
        beyond: Keywords in them of which it is not known what they do, by their pointers.
    """

    names: frozenset[str]
    fields: frozenset[str]
    discriminating: tuple[str, ...]
    references: Mapping[str, frozenset[str]]
    beyond: Mapping[str, str]


def _told(schemas: Mapping[str, Any]) -> _Told:
    names: set[str] = set()
    certain: set[str] = set()
    discriminating: dict[str, None] = {}
    references: dict[str, frozenset[str]] = {}
    beyond: dict[str, str] = {}
    for pointer, schema in schemas.items():
        found: set[str] = set()
        certain.update(_plain_fields(schema))
        for node in _nodes(schema):
            fields = node.get("properties")
            if isinstance(fields, dict):
                names.update(fields)
            members = node.get("enum")
            if isinstance(members, list):
                names.update(member for member in members if isinstance(member, str))
            discriminator = node.get("discriminator")
            if isinstance(discriminator, dict):
                discriminating[pointer] = None
                mapping = discriminator.get("mapping")
                if isinstance(mapping, dict):
                    found.update(value for value in mapping.values() if isinstance(value, str))
            reference = node.get("$ref")
            if isinstance(reference, str):
                found.add(reference)
            if not _BEYOND.isdisjoint(node):
                beyond[pointer] = min(_BEYOND.intersection(node))
        references[pointer] = frozenset(found)
    return _Told(frozenset(names), frozenset(certain), tuple(discriminating), references, beyond)


def _plain_fields(schema: Any) -> Iterator[str]:
    """Give the names of fields that certainly are some in a class, whatever else is in the schema."""
    waiting = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict) and _is_list(node):
            waiting.append(node["items"])
        elif isinstance(node, dict) and _is_object(node):
            yield from node["properties"]
            waiting.extend(node["properties"].values())


def _nodes(content: Any) -> Iterator[dict[str, Any]]:
    waiting = [content]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _object(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(fields)}


def _has_only(node: Mapping[str, Any], keywords: Collection[str]) -> bool:
    return all(keyword in keywords or keyword.startswith("x-") for keyword in node)


def _is_scalar(node: Any, *, listed: bool) -> bool:
    """Whether a schema certainly makes no class: a reference, or a plain type."""
    if not isinstance(node, dict):
        return not isinstance(node, list)
    if "$ref" in node:
        return len(node) == 1
    kind = node.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    return (
        _has_only(node, _ANNOTATIONS)
        and (not listed or _CONSTRAINTS.isdisjoint(node))
        and all(each is None or (isinstance(each, str) and each in _SCALARS) for each in kinds)
    )


def _is_object(node: Mapping[str, Any]) -> bool:
    """Whether a schema certainly makes a class of fields, and nothing else in it makes another by its name."""
    fields = node.get("properties")
    return (
        isinstance(fields, dict)
        and bool(fields)
        and node.get("type", "object") == "object"
        and isinstance(node.get("additionalProperties", False), bool)
        and _has_only(node, _OBJECT)
    )


def _is_list(node: Mapping[str, Any]) -> bool:
    return isinstance(node.get("items"), dict) and node.get("type", "array") == "array" and _has_only(node, _LIST)


def _is_enum(node: Mapping[str, Any]) -> bool:
    return isinstance(node.get("enum"), list) and _has_only(node, _ANNOTATIONS | {"enum"})


def _is_namespace(schema: Any) -> bool:
    """Whether a definition may be but a holder of others, in the generator's reading."""
    return (
        isinstance(schema, dict)
        and not _SAYING.intersection(schema)
        and any(isinstance(value, dict) for value in schema.values())
    )


def _container(document: Document) -> tuple[str, ...]:
    """Find where a document keeps the schemas that have names."""
    content = document.content
    if not isinstance(content, dict):
        raise WholeDocumentError("it holds no schemas with names")
    if document.files:
        raise WholeDocumentError("it refers to files")
    if document.kind == "openapi":
        container: tuple[str, ...] = ("components", "schemas")
    else:
        holding = [name for name in ("$defs", "definitions") if content.get(name)]
        if len(holding) != 1:
            raise WholeDocumentError("its definitions are not in one place")
        container = (holding[0],)
    schemas = _at(content, container)
    if not isinstance(schemas, dict) or not schemas:
        raise WholeDocumentError("it holds no schemas with names")
    return container


def _at(content: Any, tokens: Iterable[str]) -> Any:
    for token in tokens:
        content = content.get(token) if isinstance(content, dict) else None
    return content
