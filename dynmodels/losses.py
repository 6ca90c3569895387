"""Losses: which constraints of a document its classes do not check.

The document is walked beside what pydantic has really built, so that the answer depends on no list of what the
generator is believed to render.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, Final

from dynmodels.assertions import KEYWORDS, checks, matches
from dynmodels.pointers import NAMED_SCHEMAS, joined, pointer_to, tokens_of, without_fragment
from dynmodels.shapes import ALL_TYPES, ANYTHING, TEXT, Shape, Shapes, type_of

#: JSON Pointer of a schema and a keyword in it.
Loss = tuple[str, str]

#: What stands for the keyword where the schema is the boolean false.
FALSE: Final = "false"

#: Schemas inside each other that are compared within one class. What lies deeper counts as unchecked.
_DEPTH: Final = 80

#: Branches of a ``oneOf`` that are told apart two by two.
_BRANCHES: Final = 64

_TYPES: Final[Mapping[str, frozenset[str]]] = {
    **{name: frozenset({name}) for name in ALL_TYPES - {"fraction"}},
    "number": frozenset({"integer", "fraction"}),
    "any": ALL_TYPES,  # draft 3's
}

#: Drafts in which a reference stands for the whole schema, whatever stands beside it.
_LONELY_REFERENCES: Final = ("draft-03", "draft-04", "draft-05", "draft-06", "draft-07")

_REFERENCES: Final = ("$ref", "$dynamicRef", "$recursiveRef")

#: Class variables of the generator's own validators (``generate_schema_validators``) that hold what these check.
_RULE: Final = "__json_schema_{}__"


def unenforced(document: Any, root: Any, pointers: Mapping[str, type[Any]], *, has_root: bool) -> tuple[Loss, ...]:
    """List the constraints of a document that its classes do not check.

    Args:
        document: The document; text of a kind that is no JSON data has none.
        root: The type of the whole document.
        pointers: The class of each schema that has one.
        has_root: Whether the document as a whole describes data.

    Returns:
        JSON Pointer of the schema and the keyword, in the order of the document.
    """
    if has_root:
        walk = _Walk(document, pointers)
        if isinstance(document, dict | bool):
            walk.start("#", ANYTHING if root is None else root)
    elif isinstance(document, dict) and any(word in document for word in ("openapi", "swagger", "asyncapi")):
        walk = _Walk(document, pointers)
    else:
        return ()
    for pointer, cls in pointers.items():
        walk.start(pointer, cls)
    if not has_root:
        walk.start_unreached()
    return walk.result()


def value_at(document: Any, pointer: str) -> Any:
    """Give what a pointer leads to, as ``unenforced`` writes pointers: without percent signs that stand for others.

    Raises:
        LookupError: It leads nowhere.
    """
    first, *parts = pointer.split("/")
    if first != "#":
        raise LookupError(pointer)
    node = document
    for part in parts:
        token = part.replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict):
            node = node[token]
        elif isinstance(node, list) and token.isdecimal():
            node = node[int(token)]
        else:
            raise LookupError(pointer)
    return node


class _Walk:
    """Compares schemas with shapes, each pair once."""

    def __init__(self, document: Any, pointers: Mapping[str, type[Any]]) -> None:
        self._document = document
        self._classes = {self._written(pointer): cls for pointer, cls in pointers.items()}
        self._shapes = Shapes()
        self._compared: dict[tuple[str, Any], tuple[Loss, ...]] = {}
        self._reached: set[str] = set()
        self._losses: dict[str, set[str]] = {}
        self._depth = 0
        self._anchors: dict[str, str] | None = None
        self._several_dynamic: bool | None = None
        self._listed: dict[int, frozenset[Any]] = {}
        self._typed: dict[str, frozenset[str]] = {}
        self._apart: dict[tuple[str, frozenset[str]], bool] = {}
        declared = document.get("$schema") if isinstance(document, dict) else None
        version = document.get("openapi", "") if isinstance(document, dict) else ""
        self._lonely = (
            (isinstance(declared, str) and any(draft in declared for draft in _LONELY_REFERENCES))
            or str(version).startswith("3.0")
            or (isinstance(document, dict) and "swagger" in document)
        )

    def start(self, pointer: str, accepted: Any) -> None:
        """Compare the schema at a pointer with a type, or with a shape."""
        pointer = self._written(pointer)
        found, schema = self._at(pointer)
        if not found:
            return
        shapes = (accepted,) if isinstance(accepted, Shape) else self._shapes.of_type(accepted)
        for shape in shapes:
            self._reached.add(pointer)
            self._note(self._keywords(pointer, schema, shape) if not _is_null(schema, shape) else ())

    def start_unreached(self) -> None:
        """Compare the components that nothing was made of with nothing."""
        for way in (("components", "schemas"), ("definitions",)):
            pointer = pointer_to(way)
            components = self._at(pointer)[1]
            for name in components if isinstance(components, dict) else ():
                below = _below(pointer, name)
                if below not in self._reached and below not in self._classes:
                    self.start(below, ANYTHING)

    def result(self) -> tuple[Loss, ...]:
        """Give what was found, in the order of the document."""
        found: list[Loss] = []
        stack: list[tuple[str, Any]] = [("#", self._document)]
        while stack and self._losses:
            pointer, node = stack.pop()
            keywords = self._losses.pop(pointer, ())
            if isinstance(node, dict):
                found.extend((pointer, keyword) for keyword in node if keyword in keywords)
                stack.extend((_below(pointer, key), node[key]) for key in reversed(node))
            elif isinstance(node, list):
                stack.extend((_below(pointer, str(place)), node[place]) for place in reversed(range(len(node))))
            else:
                found.extend((pointer, keyword) for keyword in keywords)
        return tuple(found)

    def _note(self, losses: Iterable[Loss]) -> None:
        for pointer, keyword in losses:
            self._losses.setdefault(pointer, set()).add(keyword)

    def _compare(self, pointer: str, schema: Any, shapes: Iterable[Shape]) -> Iterator[Loss]:
        """Give what the shapes together leave unchecked of a schema: what any of them does."""
        for shape in shapes:
            yield from self._compare_one(pointer, schema, shape)

    def _compare_one(self, pointer: str, schema: Any, shape: Shape) -> tuple[Loss, ...]:
        self._reached.add(pointer)
        if self._classes.get(pointer) in shape.classes or _is_null(schema, shape):
            return ()  # each class is compared by itself
        key = (pointer, shape.key)
        known = self._compared.get(key)
        if known is None:
            self._compared[key] = ()  # a schema adds nothing to what it says of itself
            self._depth += 1
            known = self._compared[key] = tuple(dict.fromkeys(self._keywords(pointer, schema, shape)))
            self._depth -= 1
        return known

    def _keywords(self, pointer: str, schema: Any, shape: Shape) -> Iterator[Loss]:
        """Compare keyword by keyword."""
        if schema is False:
            if shape.types:
                yield pointer, FALSE
            return
        if not isinstance(schema, dict) or not shape.types:
            return
        if self._depth > _DEPTH:
            yield from ((pointer, keyword) for keyword in schema if keyword in KEYWORDS or keyword in _STRUCTURE)
            return
        lonely = self._lonely and isinstance(schema.get("$ref"), str)
        for keyword, value in schema.items():
            if lonely and keyword != "$ref":
                continue
            if keyword in KEYWORDS:
                if not checks(keyword, value, schema, shape):
                    yield pointer, keyword
            elif keyword in _STRUCTURE:
                yield from _STRUCTURE[keyword](self, pointer, schema, shape)

    def _rejects(self, pointer: str, schema: Any) -> bool:
        """Tell whether a schema rejects anything."""
        return bool(self._compare_one(pointer, schema, ANYTHING))

    # References.

    def _reference(self, keyword: str, pointer: str, schema: Mapping[str, Any], shape: Shape) -> Iterator[Loss]:
        target = self._target(schema[keyword])
        if target is None or (keyword != "$ref" and self._is_dynamic):
            if shape.kind == "any" or target is not None:
                yield pointer, keyword
            return
        place, named = target
        if shape.kind != "any":
            yield from self._compare_one(place, named, shape)
        elif self._rejects(place, named):
            yield pointer, keyword

    @property
    def _is_dynamic(self) -> bool:
        """Whether the document has several places that one dynamic reference could mean."""
        if self._several_dynamic is None:
            self._several_dynamic = _count_dynamic(self._document) > 1
        return self._several_dynamic

    def _target(self, reference: Any) -> tuple[str, Any] | None:
        """Find what a reference names in this document."""
        if not isinstance(reference, str):
            return None
        if reference == "#" or reference.startswith("#/"):
            pointer = self._written(reference)
            found, schema = self._at(pointer)
            return (pointer, schema) if found else None
        if self._anchors is None:
            self._anchors = dict(_anchors(self._document))
        base = self._document.get("$id", self._document.get("id")) if isinstance(self._document, dict) else None
        absolute = joined(base, reference) if isinstance(base, str) else reference
        for name in (reference, absolute):
            if name in self._anchors:
                pointer = self._anchors[name]
                return pointer, self._at(pointer)[1]
            resource = self._anchors.get(without_fragment(name))
            if resource is not None and "#/" in name:
                pointer = self._written(resource + name[name.index("#") + 1 :])
                found, schema = self._at(pointer)
                if found:
                    return pointer, schema
        return None

    def _at(self, pointer: str) -> tuple[bool, Any]:
        """Follow a pointer; tell also whether it leads anywhere."""
        try:
            return True, value_at(self._document, pointer)
        except LookupError:
            return False, None

    def _written(self, pointer: str) -> str:
        """Write a pointer as this room does: without percent signs that stand for others, as those in references do."""
        return pointer if "%" not in pointer or self._at(pointer)[0] else pointer_to(tokens_of(pointer))

    # Values of any type.

    def _type(self, pointer: str, schema: Mapping[str, Any], shape: Shape) -> Iterator[Loss]:
        given = schema["type"]
        names = given if isinstance(given, list) else [given]
        if any(isinstance(name, dict) for name in names) or not any(isinstance(name, str) for name in names):
            return
        allowed = frozenset().union(*(_TYPES.get(name, frozenset()) for name in names if isinstance(name, str)))
        accepted = shape.types
        if schema.get("nullable") is True:
            allowed |= {"null"}
        if shape.kind == "decimal":  # it is read from text as well as from numbers
            accepted = accepted & allowed or accepted
        if not accepted <= allowed:
            yield pointer, "type"

    def _enum(self, pointer: str, schema: Mapping[str, Any], shape: Shape) -> Iterator[Loss]:
        for keyword in ("enum", "const"):
            if keyword not in schema or (keyword == "enum" and not isinstance(schema["enum"], list)):
                continue
            if shape.kind != "values" or not self._constants(schema, keyword).issuperset(
                _comparable(each) for each in shape.values if each is not None or schema.get("nullable") is not True
            ):
                yield pointer, keyword

    def _constants(self, schema: Mapping[str, Any], keyword: str) -> frozenset[Any]:
        value = schema[keyword]
        if keyword == "const":
            return frozenset({_comparable(value)})
        if id(value) not in self._listed:
            self._listed[id(value)] = frozenset(map(_comparable, value))
        return self._listed[id(value)]

    # Lists.

    def _items(self, pointer: str, schema: Mapping[str, Any], shape: Shape) -> Iterator[Loss]:
        """Compare ``prefixItems`` and ``items``, or what they were called before: ``items`` and ``additionalItems``."""
        if "array" not in shape.types or shape.kind == "values":
            return
        prefix_word = "items" if isinstance(schema.get("items"), list) else "prefixItems"
        rest_word = "additionalItems" if prefix_word == "items" else "items"
        prefix = schema.get(prefix_word)
        prefix = prefix if isinstance(prefix, list) else []
        first, rest = self._positions(shape)
        unmatched = False
        for place, each in enumerate(prefix):
            below = _below(pointer, prefix_word, str(place))
            if place < len(first):
                yield from self._compare(below, each, first[place])
            elif place < shape.core.get("max_length", len(prefix)):
                unmatched = unmatched or any(self._compare(below, each, rest))
        if unmatched:
            yield pointer, prefix_word
        if rest_word in schema and shape.core.get("max_length", len(prefix) + 1) > len(prefix):
            for later in (*first[len(prefix) :], rest):
                yield from self._compare(_below(pointer, rest_word), schema[rest_word], later)

    def _positions(self, shape: Shape) -> tuple[list[tuple[Shape, ...]], tuple[Shape, ...]]:
        """Give the shapes of the first items, one by one, and those of all that follow."""
        items = shape.core.get("items_schema")
        if isinstance(items, list):
            every = [self._shapes.of(item) for item in items]
            variadic = shape.core.get("variadic_item_index")
            return (every, ()) if variadic is None else (every[:variadic], every[variadic])
        return [], self._shapes.of(items) if items is not None else (ANYTHING,)

    def _contains(self, pointer: str, schema: Mapping[str, Any], shape: Shape) -> Iterator[Loss]:
        if "array" not in shape.types or shape.kind == "values" or "contains" not in schema:
            return
        least, most = schema.get("minContains", 1), schema.get("maxContains")
        if least != 0 and isinstance(schema["contains"], dict | bool):
            if schema["contains"] is True or not self._rejects(_below(pointer, "contains"), schema["contains"]):
                if shape.core.get("min_length", 0) < 1:
                    yield pointer, "contains"
            else:
                yield pointer, "contains"
        if isinstance(least, int) and least > 1:
            yield pointer, "minContains"
        if most is not None:
            yield pointer, "maxContains"

    def _unevaluated_items(self, pointer: str, schema: Mapping[str, Any], shape: Shape) -> Iterator[Loss]:
        word = "unevaluatedItems"
        if isinstance(schema.get("items"), dict | bool) or "additionalItems" in schema:
            return  # every item is evaluated
        if "array" in shape.types and shape.kind != "values" and self._rejects(_below(pointer, word), schema[word]):
            bounded = shape.kind == "tuple" and "variadic_item_index" not in shape.core
            if not bounded:
                yield pointer, word

    # Objects.

    def _required(self, pointer: str, schema: Mapping[str, Any], shape: Shape) -> Iterator[Loss]:
        names = _names(schema["required"])
        if names and "object" in shape.types and shape.kind != "values" and not names <= _always_there(shape):
            yield pointer, "required"

    def _property_count(self, pointer: str, schema: Mapping[str, Any], shape: Shape) -> Iterator[Loss]:
        if "object" not in shape.types or shape.kind == "values":
            return
        least, most = 0.0, float("inf")
        if shape.kind == "dict":
            least = shape.core.get("min_length") or 0
            most = shape.core.get("max_length", most)
        elif shape.kind == "model":
            rule = _rule(shape, "property_count_rule") or (None, None)
            least = max(len(_always_there(shape)), rule[0] or 0)
            most = min(len(shape.fields) if shape.extra == "forbid" else most, most if rule[1] is None else rule[1])
        wanted, limit = schema.get("minProperties"), schema.get("maxProperties")
        if isinstance(wanted, int | float) and least < wanted:
            yield pointer, "minProperties"
        if isinstance(limit, int | float) and most > limit:
            yield pointer, "maxProperties"

    def _properties(self, pointer: str, schema: Mapping[str, Any], shape: Shape) -> Iterator[Loss]:
        properties = schema["properties"]
        if not isinstance(properties, dict) or "object" not in shape.types or shape.kind == "values":
            return
        if shape.kind == "model":
            declared = self._declared(shape)
            others = self._extras(shape)
            for name, each in properties.items():
                accepted = declared.get(name)
                yield from self._compare(
                    _below(pointer, "properties", name), each, others if accepted is None else accepted
                )
        else:
            values = self._values(shape)
            for name, each in properties.items():
                if self._takes_key(shape, name):
                    yield from self._compare(_below(pointer, "properties", name), each, values)

    def _additional_properties(self, pointer: str, schema: Mapping[str, Any], shape: Shape) -> Iterator[Loss]:
        """Compare ``additionalProperties`` with what is taken beside the schema's own properties."""
        word = "additionalProperties"
        each = schema[word]
        below = _below(pointer, word)
        if "object" not in shape.types or shape.kind == "values" or not self._rejects(below, each):
            return
        if shape.kind == "model":
            rules = _rule(shape, "pattern_properties")
            if rules and all(
                not rule.get("allow_unmatched", True) or rule.get("additional_property_type") is not None
                for rule in rules
            ):
                return
            # Other branches of an allOf may have declared some in the same class.
            own = schema.get("properties")
            patterns = schema.get("patternProperties")
            foreign = [
                accepted
                for name, accepted in self._declared(shape).items()
                if not (isinstance(own, dict) and name in own)
                and not any(matches(pattern, name) for pattern in (patterns if isinstance(patterns, dict) else ()))
            ]
            everything = [*foreign, self._extras(shape)]
        elif self._is_covered(schema, shape):
            return
        else:
            everything = [self._values(shape)]
        if each is False:
            if any(shape.types for shapes in everything for shape in shapes) and not _is_empty(shape):
                yield pointer, word
        elif any(one.kind == "any" for shapes in everything for one in shapes):
            yield pointer, word
        else:
            for shapes in everything:
                yield from self._compare(below, each, shapes)

    def _is_covered(self, schema: Mapping[str, Any], shape: Shape) -> bool:
        """Whether a dict takes only keys that the schema's patterns name."""
        patterns = schema.get("patternProperties")
        keys = self._key_patterns(shape)
        return isinstance(patterns, dict) and bool(keys) and all(pattern in patterns for pattern in keys)

    def _pattern_properties(self, pointer: str, schema: Mapping[str, Any], shape: Shape) -> Iterator[Loss]:
        word = "patternProperties"
        patterns = schema[word]
        if not isinstance(patterns, dict) or "object" not in shape.types or shape.kind == "values":
            return
        if shape.kind == "model" and _rule(shape, "pattern_properties"):
            return
        for pattern, each in patterns.items():
            below = _below(pointer, word, pattern)
            if not self._rejects(below, each):
                continue
            if shape.kind == "model":
                named = [
                    shapes for name, shapes in self._declared(shape).items() if matches(pattern, name) is not False
                ]
                accepted = [one for shapes in (*named, self._extras(shape)) for one in shapes]
            else:
                keys = self._key_patterns(shape)
                apart = bool(keys) and all(_are_apart(pattern, key) for key in keys)
                accepted = [] if apart else list(self._values(shape))
            found = tuple(self._compare(below, each, accepted))
            if any(one.kind == "any" for one in accepted) or (below, "type") in found:
                yield pointer, word
            else:
                yield from found

    def _property_names(self, pointer: str, schema: Mapping[str, Any], shape: Shape) -> Iterator[Loss]:
        word = "propertyNames"
        below = _below(pointer, word)
        if "object" not in shape.types or shape.kind == "values":
            return
        accepted: tuple[Shape, ...] = (TEXT,)
        if shape.kind == "dict":
            accepted = self._shapes.of(shape.core["keys_schema"]) if "keys_schema" in shape.core else (TEXT,)
        elif shape.kind == "model" and shape.extra == "forbid":
            names = tuple(name for field in shape.fields for name in field.names)
            accepted = (Shape("values", {}, ("names", shape.key), names),)
        if any(self._compare(below, schema[word], accepted)):
            yield pointer, word

    def _unevaluated_properties(self, pointer: str, schema: Mapping[str, Any], shape: Shape) -> Iterator[Loss]:
        word = "unevaluatedProperties"
        if "additionalProperties" in schema:
            return  # every property is evaluated
        if "object" in shape.types and shape.kind != "values" and self._rejects(_below(pointer, word), schema[word]):
            evaluated = self._always_evaluated(schema)
            is_closed = shape.kind == "model" and shape.extra == "forbid"
            if not is_closed or not all(field.names <= evaluated for field in shape.fields):
                yield pointer, word

    def _always_evaluated(self, schema: Mapping[str, Any]) -> frozenset[str]:
        """Give the properties that a schema declares itself and by what it extends."""
        names: set[str] = set()
        waiting: list[Any] = [schema]
        for each in waiting:
            if isinstance(each, dict):
                names.update(_mapping(each.get("properties")))
                target = self._target(each.get("$ref"))
                waiting += [branch for branch in _branches(each.get("allOf")) if branch not in waiting]
                waiting += [target[1]] if target is not None and target[1] not in waiting else []
        return frozenset(names)

    def _dependent(self, keyword: str, pointer: str, schema: Mapping[str, Any], shape: Shape) -> Iterator[Loss]:
        """Compare ``dependentRequired``, ``dependentSchemas`` and ``dependencies``, which is either."""
        dependents = schema[keyword]
        if not isinstance(dependents, dict) or "object" not in shape.types or shape.kind == "values":
            return
        there = _always_there(shape)
        for name, each in dependents.items():
            if not self._takes_key(shape, name):
                continue
            if isinstance(each, list | str):
                names = _names(each if isinstance(each, list) else [each])
                unmet = not names <= there and not _rule(shape, "conditional_required")
            else:
                unmet = any(self._compare_one(_below(pointer, keyword, name), each, shape))
            if unmet:
                yield pointer, keyword
                return

    def _declared(self, shape: Shape) -> dict[str, tuple[Shape, ...]]:
        """Give the shapes of the properties that a class declares."""
        unique = {path[0] for path in _rule(shape, "unique_items") if len(path) == 1}
        declared = {}
        for field in shape.fields:
            shapes = self._shapes.of_field(field.core)
            if any(field.names & set(names) for names in unique):
                shapes = tuple(one._replace(unique=True, key=(one.key, "unique")) for one in shapes)
            declared.update(dict.fromkeys(field.names, shapes))
        return declared

    def _extras(self, shape: Shape) -> tuple[Shape, ...]:
        """Give the shapes of the properties that a class does not declare."""
        if shape.extra == "forbid":
            return ()
        # Those that are ignored may be anything.
        return (ANYTHING,) if shape.extras is None or shape.extra == "ignore" else self._shapes.of(shape.extras)

    def _values(self, shape: Shape) -> tuple[Shape, ...]:
        values = shape.core.get("values_schema")
        return (ANYTHING,) if values is None else self._shapes.of(values)

    def _key_patterns(self, shape: Shape) -> list[str]:
        """Give patterns that every key of a dict matches one of; none where there are no such."""
        if "keys_schema" not in shape.core:
            return []
        found = []
        for key in self._shapes.of(shape.core["keys_schema"]):
            pattern = next(iter(key.patterns), key.core.get("pattern"))
            if not isinstance(pattern, str):
                return []
            found.append(pattern)
        return found

    def _takes_key(self, shape: Shape, name: str) -> bool:
        if shape.kind == "model":
            return shape.extra != "forbid" or any(name in field.names for field in shape.fields)
        keys = self._key_patterns(shape)
        return not keys or any(matches(pattern, name) is not False for pattern in keys)

    # Several schemas.

    def _all_of(self, pointer: str, schema: Mapping[str, Any], shape: Shape) -> Iterator[Loss]:
        for place, each in enumerate(_branches(schema["allOf"])):
            yield from self._compare_one(_below(pointer, "allOf", str(place)), each, shape)

    def _one_of(self, keyword: str, pointer: str, schema: Mapping[str, Any], shape: Shape) -> Iterator[Loss]:
        """Compare ``anyOf`` and ``oneOf``: whatever is taken has to be taken by a branch, and by one alone."""
        branches = [
            (_below(pointer, keyword, str(place)), each) for place, each in enumerate(_branches(schema[keyword]))
        ]
        groups = "one_of_required_groups" if keyword == "oneOf" else "any_of_required_groups"
        if not branches or (shape.kind == "model" and _rule(shape, groups)):
            return
        for part in map(shape.only, shape.values) if shape.kind == "values" else (shape,):
            if part.values == (None,) and schema.get("nullable") is True:
                continue
            found = [self._compare_one(*branch, part) for branch in branches]
            if part.kind == "values":
                is_one = found.count(()) == 1
            else:
                is_one = self._are_told_apart(pointer, branches, schema, part)
            fits = () in found
            if fits and (keyword == "anyOf" or is_one):
                continue
            likely = [
                losses for branch, losses in zip(branches, found, strict=True) if self._types(*branch) & part.types
            ]
            if not fits and len(likely) == 1:
                yield from likely[0]  # the branch that it was made from lacks something
            if (keyword == "oneOf" and not is_one) or (not fits and len(likely) != 1):
                yield pointer, keyword

    def _are_told_apart(
        self, pointer: str, branches: Sequence[tuple[str, Any]], schema: Mapping[str, Any], shape: Shape
    ) -> bool:
        """Whether no value that a shape takes is valid against two branches."""
        if len(branches) == 1 or (shape.tagged and isinstance(schema.get("discriminator"), dict)):
            return True
        types = shape.types
        key = (pointer, types)
        if key not in self._apart:
            possible = [branch for branch in branches if self._types(*branch) & types]
            self._apart[key] = len(possible) <= _BRANCHES and all(
                not self._types(*one) & self._types(*other) & types or self._exclude(one, other)
                for one, other in combinations(possible, 2)
            )
        return self._apart[key]

    def _exclude(self, one: tuple[str, Any], other: tuple[str, Any]) -> bool:
        """Whether two schemas exclude each other: by their constants, or by what one requires and the other forbids."""
        first, second = self._resolved(*one)[1], self._resolved(*other)[1]
        if not isinstance(first, dict) or not isinstance(second, dict):
            return first is False or second is False
        if _are_disjoint(_values_of(first), _values_of(second)):
            return True
        if self._types(*one) & self._types(*other) != {"object"}:
            return False
        required = _names(first.get("required")), _names(second.get("required"))
        properties = _mapping(first.get("properties")), _mapping(second.get("properties"))
        for name in required[0] & required[1]:
            if name in properties[0] and name in properties[1]:
                ways = [
                    (_below(self._resolved(*each)[0], "properties", name), each_properties[name])
                    for each, each_properties in zip((one, other), properties, strict=True)
                ]
                kinds = [self._types(*way) for way in ways]
                values = [_values_of(self._resolved(*way)[1]) for way in ways]
                if not kinds[0] & kinds[1] or _are_disjoint(*values):
                    return True
        return any(
            closed.get("additionalProperties") is False
            and not closed.get("patternProperties")
            and not needed <= set(known)
            for closed, known, needed in (
                (first, properties[0], required[1]),
                (second, properties[1], required[0]),
            )
        )

    def _resolved(self, pointer: str, schema: Any) -> tuple[str, Any]:
        """Follow references that stand alone."""
        for _ in range(8):
            target = self._target(schema["$ref"]) if isinstance(schema, dict) and "$ref" in schema else None
            if target is None:
                break
            pointer, schema = target
        return pointer, schema

    def _types(self, pointer: str, schema: Any) -> frozenset[str]:
        """Give the JSON types of what a schema accepts, and perhaps more."""
        if not isinstance(schema, dict):
            return frozenset() if schema is False else ALL_TYPES
        if pointer in self._typed or self._depth > _DEPTH:
            return self._typed.get(pointer, ALL_TYPES)
        self._depth += 1
        self._typed[pointer] = ALL_TYPES
        types = ALL_TYPES
        target = self._target(schema.get("$ref"))
        if target is not None:
            types &= self._types(*target)
        given = schema.get("type")
        names = given if isinstance(given, list) else [given]
        if names and all(isinstance(name, str) for name in names):
            types &= frozenset[str]().union(*(_TYPES.get(str(name), ALL_TYPES) for name in names))
        values = _values_of(schema)
        if values is not None:
            types &= {kind for kind, _ in values}
        for place, each in enumerate(_branches(schema.get("allOf"))):
            types &= self._types(_below(pointer, "allOf", str(place)), each)
        for keyword in ("anyOf", "oneOf"):
            branches = _branches(schema.get(keyword))
            if branches:
                types &= frozenset().union(
                    *(self._types(_below(pointer, keyword, str(place)), each) for place, each in enumerate(branches))
                )
        if schema.get("nullable") is True:
            types |= {"null"}
        self._typed[pointer] = types
        self._depth -= 1
        return types

    def _not(self, pointer: str, schema: Mapping[str, Any], shape: Shape) -> Iterator[Loss]:
        refused = schema["not"]
        below = _below(pointer, "not")
        if not isinstance(refused, dict) and refused is not True:
            return
        if isinstance(refused, dict) and not self._types(below, refused) & shape.types:
            return
        if shape.kind == "model":
            if _rule(shape, "not_required_groups"):
                return
            required = _names(refused.get("required")) if isinstance(refused, dict) else frozenset[str]()
            if not all(self._takes_key(shape, name) for name in required):
                return
        values = _values_of(refused)
        if values is not None and shape.kind == "values" and _are_disjoint(values, set(map(_comparable, shape.values))):
            return
        yield pointer, "not"

    def _if(self, pointer: str, schema: Mapping[str, Any], shape: Shape) -> Iterator[Loss]:
        if shape.kind == "model" and _rule(shape, "conditional_required"):
            return
        for keyword in ("then", "else"):
            if keyword in schema and any(self._compare_one(_below(pointer, keyword), schema[keyword], shape)):
                yield pointer, "if"
                return


def _in(keyword: str, method: Callable[..., Iterator[Loss]]) -> Callable[..., Iterator[Loss]]:
    """Bind a method that several keywords share to one of them."""
    return lambda walk, *arguments: method(walk, keyword, *arguments)


def _once(keyword: str, before: str, method: Callable[..., Iterator[Loss]]) -> Callable[..., Iterator[Loss]]:
    """Call a method that is about two keywords at one of them only, where a schema has both."""

    def compare(walk: _Walk, pointer: str, schema: Mapping[str, Any], shape: Shape) -> Iterator[Loss]:
        if before not in schema:
            yield from method(walk, pointer, schema, shape)

    return compare


#: What is compared at which keyword, beside those that are about a single text, number or list.
_STRUCTURE: Final[Mapping[str, Callable[..., Iterator[Loss]]]] = {
    **{keyword: _in(keyword, _Walk._reference) for keyword in _REFERENCES},
    "type": _Walk._type,
    "enum": _Walk._enum,
    "const": _once("const", "enum", _Walk._enum),
    "items": _Walk._items,
    "prefixItems": _once("prefixItems", "items", _Walk._items),
    "contains": _Walk._contains,
    "unevaluatedItems": _Walk._unevaluated_items,
    "required": _Walk._required,
    "minProperties": _Walk._property_count,
    "maxProperties": _once("maxProperties", "minProperties", _Walk._property_count),
    "properties": _Walk._properties,
    "additionalProperties": _Walk._additional_properties,
    "patternProperties": _Walk._pattern_properties,
    "propertyNames": _Walk._property_names,
    "unevaluatedProperties": _Walk._unevaluated_properties,
    **{
        keyword: _in(keyword, _Walk._dependent) for keyword in ("dependentRequired", "dependentSchemas", "dependencies")
    },
    "allOf": _Walk._all_of,
    **{keyword: _in(keyword, _Walk._one_of) for keyword in ("anyOf", "oneOf")},
    "not": _Walk._not,
    "if": _Walk._if,
}


def _below(pointer: str, *tokens: str) -> str:
    return pointer + pointer_to(tokens)[1:]


def _anchors(document: Any) -> Iterator[tuple[str, str]]:
    """Give the names that schemas have for themselves, with their pointers."""
    stack: list[tuple[Any, str, str, bool]] = [(document, "#", "", False)]
    while stack:
        node, pointer, base, are_names = stack.pop()
        if isinstance(node, list):
            stack.extend((each, _below(pointer, str(place)), base, False) for place, each in enumerate(node))
        elif isinstance(node, dict):
            if not are_names:
                for word in ("$id", "id"):
                    identifier = node.get(word)
                    if isinstance(identifier, str):
                        if not identifier.startswith("#"):
                            base = without_fragment(joined(base, identifier))
                            yield base, pointer
                        yield identifier, pointer
                for word in ("$anchor", "$dynamicAnchor"):
                    if isinstance(node.get(word), str):
                        yield f"#{node[word]}", pointer
                        yield f"{base}#{node[word]}", pointer
            stack.extend(
                (each, _below(pointer, key), base, not are_names and key in NAMED_SCHEMAS) for key, each in node.items()
            )


def _count_dynamic(document: Any) -> int:
    """Count the most places that share one dynamic anchor."""
    counted: Counter[str] = Counter()
    stack = [document]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(node)
        elif isinstance(node, dict):
            if isinstance(node.get("$dynamicAnchor"), str):
                counted[node["$dynamicAnchor"]] += 1
            counted["#"] += isinstance(node.get("$id"), str)  # where draft 2019-09's "$recursiveRef" may lead
            stack.extend(node.values())
    return max(counted.values(), default=0)


def _comparable(value: Any) -> tuple[str, Any]:
    """Give what is equal for values that are equal in JSON, and for no others."""
    kind = type_of(value)
    if isinstance(value, list | tuple):
        return kind, tuple(map(_comparable, value))
    if isinstance(value, dict):
        return kind, frozenset((key, _comparable(each)) for key, each in value.items())
    try:
        hash(value)
    except TypeError:
        return kind, repr(value)
    return kind, value


def _values_of(schema: Any) -> set[tuple[str, Any]] | None:
    """Give the constants that a schema is a choice of; None where it is none."""
    if isinstance(schema, dict):
        if "const" in schema:
            return {_comparable(schema["const"])}
        if isinstance(schema.get("enum"), list):
            return set(map(_comparable, schema["enum"]))
    return None


def _are_disjoint(first: set[tuple[str, Any]] | None, second: set[tuple[str, Any]] | None) -> bool:
    return first is not None and second is not None and first.isdisjoint(second)


def _are_apart(first: str, second: str) -> bool:
    """Whether two patterns are sure to match no common text, as they begin with different letters."""
    if not (first.startswith("^") and second.startswith("^")) or "|" in first + second:
        return False
    for one, other in zip(first[1:], second[1:], strict=False):
        if not (one.isalnum() and other.isalnum()):
            return False
        if one != other:
            return True
    return False


def _is_null(schema: Any, shape: Shape) -> bool:
    """Whether a shape is the null that OpenAPI's ``nullable`` allows."""
    return shape.values == (None,) and isinstance(schema, dict) and schema.get("nullable") is True


def _is_empty(shape: Shape) -> bool:
    return shape.kind == "dict" and shape.core.get("max_length") == 0


def _always_there(shape: Shape) -> frozenset[str]:
    """Give the properties without which a class takes no object."""
    if shape.kind != "model":
        return frozenset()
    return frozenset(name for field in shape.fields if field.required for name in field.names)


def _rule(shape: Shape, name: str) -> tuple[Any, ...]:
    """Give what a class says for one of the generator's own validators."""
    rule = getattr(shape.cls, _RULE.format(name), ())
    return rule if isinstance(rule, tuple) else ()


def _names(value: Any) -> frozenset[str]:
    return frozenset(each for each in value if isinstance(each, str)) if isinstance(value, list) else frozenset()


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _branches(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
