"""Explaining: turns the failures that a JSON Schema validator found into one pydantic ValidationError."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import islice
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

from dynmodels.pointers import NAMED_SCHEMAS

if TYPE_CHECKING:
    import jsonschema_rs

#: What the types of the lines begin with; the JSON Schema keyword follows.
TYPE_PREFIX: Final = "json_schema."

#: Lines of an error, the one that counts what is not shown among them.
MOST_LINES: Final = 1_000

#: Failures inside of alternatives that are read: for one line, for one error, and how many levels down.
MOST_NESTED_IN_LINE: Final = 1_000
MOST_NESTED: Final = 20_000
MOST_LEVELS: Final = 12

#: Characters of a message, of a value in it, and of a limit that is repeated with each line.
MESSAGE_SIZE: Final = 1_000
VALUE_SIZE: Final = 80
LIMIT_SIZE: Final = 2_000

#: Values that a message lists, and failures of an alternative that it tells.
MOST_LISTED: Final = 10
MOST_TOLD: Final = 3

Place = tuple[str | int, ...]

#: A limit that the validator does not tell, or that is too large to be repeated with each line.
_UNKNOWN: Final = object()

_TYPE_NAMES: Final = {
    "integer": "an integer",
    "number": "a number",
    "string": "text",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}

_FORMATS: Final = {
    "date": "a date such as 2024-12-31",
    "date-time": "a date and time with its zone, such as 2024-12-31T23:59:59Z",
    "time": "a time with its zone, such as 23:59:59Z",
    "duration": "a duration such as P3DT12H",
    "email": "an email address",
    "idn-email": "an email address",
    "hostname": "the name of a host",
    "idn-hostname": "the name of a host",
    "ipv4": "an IPv4 address such as 192.0.2.1",
    "ipv6": "an IPv6 address such as 2001:db8::1",
    "uri": "a URI such as https://example.com/",
    "uri-reference": "a URI or a relative reference",
    "iri": "an IRI such as https://example.com/",
    "iri-reference": "an IRI or a relative reference",
    "uri-template": "a URI template such as /items/{number}",
    "uuid": "a UUID such as 123e4567-e89b-12d3-a456-426614174000",
    "json-pointer": "a JSON Pointer such as /items/0",
    "relative-json-pointer": "a relative JSON Pointer such as 1/name",
    "regex": "a regular expression",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place of an instance.

    Attributes:
        place: Path to the part that is wrong.
        part: That part.
        keyword: The JSON Schema keyword that it fails.
        text: What is wrong, as one would say of the part: "should be an integer, not text".
        limit: What the keyword asks for.
    """

    place: Place
    part: Any
    keyword: str
    text: str
    limit: Any = _UNKNOWN


def validation_error(
    title: str,
    errors: Iterable[jsonschema_rs.ValidationError],
    value: object,
    input_type: Literal["python", "json"],
    pointer_of: Callable[[jsonschema_rs.ValidationError], str],
) -> ValidationError:
    """Turn a validator's errors into pydantic's, with one line for each failure.

    A line's ``loc`` is the path to the part that failed, its ``type`` names the JSON Schema keyword
    (``json_schema.minimum``; ``json_schema.false`` for a schema that allows nothing), its ``input`` is the part. Its
    ``ctx`` has the place in the schema as ``schema`` and, where the validator tells it and it is not large, what the
    keyword asks for as ``limit``. Failures of the same place, type and ctx are one line. Lines are bounded: where there
    are more failures, the last line, of type ``json_schema.more``, says how many are not shown.

    Args:
        title: What was validated, as the error's first line says it.
        errors: The validator's errors; read once.
        value: The instance that was validated.
        input_type: Where the instance came from, as pydantic tells it.
        pointer_of: Gives the JSON Pointer of the schema's keyword that an error is about. Asked for shown lines only.
    """
    return ValidationError.from_exception_data(title, lines_of(errors, value, pointer_of), input_type)


def lines_of(
    errors: Iterable[jsonschema_rs.ValidationError],
    value: object,
    pointer_of: Callable[[jsonschema_rs.ValidationError], str],
    place: Place = (),
) -> list[InitErrorDetails]:
    """Turn a validator's errors into the lines of pydantic's.

    Args:
        errors: The validator's errors; read once.
        value: The part of the instance that was validated.
        pointer_of: As for ``validation_error``.
        place: The way to that part.
    """
    lines: list[InitErrorDetails] = []
    seen: set[tuple[Place, str, str]] = set()
    reader = _Reader()
    remaining = iter(errors)
    for error in remaining:
        fault = reader.fault(error, value)
        if place:
            fault = replace(fault, place=(*place, *fault.place))
        context = _context(fault, pointer_of(error))
        key = fault.place, fault.keyword, repr(context)
        if key in seen:
            continue
        if len(lines) == MOST_LINES - 1:
            lines.append(_more(1 + sum(1 for _ in remaining), value))
            break
        seen.add(key)
        lines.append(_line(fault, context))
    return lines


def unread_line(place: Place, part: object, keyword: str, pointer: str) -> InitErrorDetails:
    """Say that a part fails a keyword, of which no more can be said at a bearable cost."""
    if keyword == "false":
        return _line(Fault(place, part, keyword, "is not allowed"), {"schema": pointer})
    texts = {
        "anyOf": "fits none of the alternatives",
        "oneOf": "does not fit exactly one of the alternatives",
        "schema": "does not fit its schema",
    }
    text = texts.get(keyword, f"does not fit what {keyword} asks for")
    return _line(Fault(place, part, keyword, f"{text} (it is too large to say in what)"), {"schema": pointer})


def _line(fault: Fault, context: dict[str, Any]) -> InitErrorDetails:
    message = _printable(_cut(fault.text, MESSAGE_SIZE))
    # pydantic puts each of the context into the template in turn. A text that happens to have "{limit}" in it is kept
    # by going in itself, as the last one.
    if any(f"{{{name}}}" in message for name in context):
        context = {**context, "message": message}
        message = "{message}"
    kind = PydanticCustomError(f"{TYPE_PREFIX}{fault.keyword}", message, context)
    return InitErrorDetails(type=kind, loc=fault.place, input=fault.part)


def _context(fault: Fault, pointer: str) -> dict[str, Any]:
    limit = _bounded(fault.limit)
    return {"schema": pointer} if limit is _UNKNOWN else {"schema": pointer, "limit": limit}


def more_line(value: object) -> InitErrorDetails:
    """Say that there may be more failures, of which nobody counts how many."""
    return _line(Fault((), value, "more", "there may be more failures, which are not shown"), {"schema": "#"})


def _more(hidden: int, value: object) -> InitErrorDetails:
    text = f"{_counted(hidden, 'more failure')} {'is' if hidden == 1 else 'are'} not shown"
    return _line(Fault((), value, "more", text), {"schema": "#", "limit": MOST_LINES, "hidden": hidden})


class _Reader:
    """Reads a validator's errors, and of those inside of alternatives as many as it may."""

    def __init__(self) -> None:
        self._nested = MOST_NESTED
        self._nested_in_line = 0

    def fault(self, error: jsonschema_rs.ValidationError, value: object) -> Fault:
        """Describe one failure of the whole instance."""
        self._nested_in_line = min(self._nested, MOST_NESTED_IN_LINE)
        allowed = self._nested_in_line
        place, part = _found(error, (), value)
        fault = self._described(error, place, part, 0)
        self._nested -= allowed - self._nested_in_line
        condition = _condition(error.evaluation_path)
        return replace(fault, text=f"{fault.text}; {condition}") if condition else fault

    def _described(self, error: jsonschema_rs.ValidationError, place: Place, part: Any, level: int) -> Fault:
        name = type(error.kind).__name__
        if name in ("AnyOf", "OneOfNotValid"):
            return self._alternatives(error, place, part, level)
        if name == "PropertyNames":
            return self._property_name(error, place, part, level)
        return _plain(error, place, part)

    def _property_name(self, error: Any, place: Place, part: Any, level: int) -> Fault:
        inner = error.kind.error
        name = inner.instance
        # The name takes the place of the object: both have the same path.
        text = self._described(inner, place, name, level + 1).text
        return Fault(place, part, "propertyNames", f"the property name {_shown(name)} {text}", name)

    def _alternatives(self, error: Any, place: Place, part: Any, level: int) -> Fault:
        branches = self._branches(error, place, part, level)
        count = len(error.kind.context)
        return Fault(place, part, error.kind.name, _alternatives_text(branches, count, place), count)

    def _branches(self, error: Any, place: Place, part: Any, level: int) -> list[_Branch]:
        if level >= MOST_LEVELS:
            return []
        branches: list[_Branch] = []
        context = error.kind.context
        for index, errors in enumerate(context):
            # Each gets its share, or the first one's thousand failures would hide that the second one has but two.
            left = self._nested_in_line
            share = -(-left // (len(context) - index))
            self._nested_in_line = share
            faults = tuple(self._leaves(errors, place, part, level + 1))
            self._nested_in_line += left - share
            # One of which nothing could be read is unknown. It must not look like one in which nothing is wrong.
            if faults:
                branches.append(_Branch(index + 1, faults))
        return branches

    def _leaves(
        self, errors: Sequence[jsonschema_rs.ValidationError], place: Place, part: Any, level: int
    ) -> Iterator[Fault]:
        """Describe the failures of an alternative, with those of the nearest one in place of alternatives in it."""
        for error in errors:
            if self._nested_in_line <= 0:
                return
            self._nested_in_line -= 1
            inner_place, inner_part = _found(error, place, part)
            if type(error.kind).__name__ in ("AnyOf", "OneOfNotValid"):
                branches = self._branches(error, inner_place, inner_part, level)
                if branches:
                    yield from _nearest(branches, inner_place).faults
                    continue
            yield self._described(error, inner_place, inner_part, MOST_LEVELS)


@dataclass(frozen=True, slots=True)
class _Branch:
    """What is wrong with a part if it is meant to be one of several alternatives.

    Attributes:
        number: Which one, counted from 1; 0 for several that fail in the same way.
        faults: What is wrong.
    """

    number: int
    faults: tuple[Fault, ...]


def _nearest(branches: Sequence[_Branch], place: Place) -> _Branch:
    """Choose the alternative that came closest, or join those that fail alike."""
    distances = [_distance(branch, place) for branch in branches]
    best = min(distances)
    nearest = branches[distances.index(best)]
    mistyped = best[0]
    alike = [branch for branch, distance in zip(branches, distances, strict=True) if distance[0] == mistyped]
    if len(alike) == 1:
        return nearest
    tag = next((fault.place for fault in nearest.faults if _is_tag(fault, place)), place)
    joined = _joined_options(alike, tag)
    if joined is None and mistyped:
        joined = _joined_types(alike, place)
    return nearest if joined is None else _Branch(0, (joined,))


def _distance(branch: _Branch, place: Place) -> tuple[bool, bool, int, int, int]:
    """How far an alternative is, the graver reasons first.

    An alternative for values of another type is the farthest, one with another tag (a property with a fixed value) is
    far. What is missing or unexpected says more against an alternative than what is wrong inside of it; most of all
    a property with a choice of values, as that may be a tag too.
    """
    own = [fault for fault in branch.faults if fault.place == place]
    tags = [fault for fault in branch.faults if _is_tag(fault, place)]
    mistyped = any(_asks_for_another_type(fault) for fault in own)
    mistagged = any(len(_options(fault)) == 1 for fault in tags)
    deepest = max(len(fault.place) for fault in branch.faults)
    return mistyped, mistagged, sum(map(_weight, own)) + 2 * len(tags), len(branch.faults), -deepest


def _asks_for_another_type(fault: Fault) -> bool:
    return fault.keyword in ("type", "false") or (
        fault.keyword in _FIXED and _json_type(fault.part) not in _types_asked(fault)
    )


def _types_asked(fault: Fault) -> list[str]:
    """The types that a value should have one of, as far as a failure tells."""
    if fault.keyword == "type":
        return list(fault.limit)
    return [_json_type(option) for option in _options(fault)]


def _json_type(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    if isinstance(value, int | float | Decimal):
        return "number"
    if isinstance(value, str):
        return "string"
    return "object" if isinstance(value, Mapping) else "array"


def _options(fault: Fault) -> list[Any]:
    if fault.keyword == "enum":
        return list(fault.limit)
    return [fault.limit] if fault.keyword == "const" else []


def _weight(fault: Fault) -> int:
    return len(fault.limit) if fault.keyword in ("additionalProperties", "unevaluatedProperties") else 1


def _is_tag(fault: Fault, place: Place) -> bool:
    return fault.keyword in _FIXED and len(fault.place) == len(place) + 1


def _joined_options(branches: Sequence[_Branch], place: Place) -> Fault | None:
    """One failure for alternatives that all ask for fixed values at a place."""
    options: list[Any] = []
    part = None
    for branch in branches:
        fault = next((fault for fault in branch.faults if fault.place == place and fault.keyword in _FIXED), None)
        if fault is None:
            return None
        options += _options(fault)
        part = fault.part
    return Fault(place, part, "enum", _enum_text(options, part), options)


def _joined_types(branches: Sequence[_Branch], place: Place) -> Fault | None:
    """One failure for alternatives that all ask for other types than that of the value."""
    faults = [fault for branch in branches for fault in branch.faults if fault.place == place]
    types = list(dict.fromkeys(name for fault in faults for name in _types_asked(fault)))
    return Fault(place, faults[0].part, "type", _type_text(types, faults[0].part), types) if types else None


def _alternatives_text(branches: Sequence[_Branch], count: int, place: Place) -> str:
    none_fits = "is not what the only alternative asks for" if count == 1 else f"fits none of the {count} alternatives"
    if not branches:
        return none_fits
    nearest = _nearest(branches, place)
    told = _told(nearest.faults, place)
    if not nearest.number:
        return told if nearest.faults[0].place == place else f"{none_fits}: {told}"
    # Next to null, one alternative is no choice for a value that is there.
    choices = count - sum(_asks_for_null(branch, place) for branch in branches)
    return told if choices == 1 else f"{none_fits}; the nearest is number {nearest.number}: {told}"


def _asks_for_null(branch: _Branch, place: Place) -> bool:
    first = branch.faults[0]
    return first.place == place and _types_asked(first) == ["null"]


def _told(faults: Sequence[Fault], place: Place) -> str:
    """Say what is wrong in an alternative, and where."""
    told = []
    for fault in faults[:MOST_TOLD]:
        where = _where(fault.place[len(place) :])
        told.append(f"at {where}, {fault.text}" if where else fault.text)
    if len(faults) > MOST_TOLD:
        told.append("and more")  # not all need have been read
    return "; ".join(told)


def _where(place: Place) -> str:
    """Write a path as a person would: ``legs[0].train``."""
    text = ""
    for token in place:
        if isinstance(token, int):
            text += f"[{token}]"
        elif token.isidentifier():
            text += f".{_cut(token, VALUE_SIZE)}"
        else:
            text += f"[{_shown(token)}]"
    return text.removeprefix(".") if len(text) <= 2 * VALUE_SIZE else f"...{text[-2 * VALUE_SIZE :]}"


def _found(error: jsonschema_rs.ValidationError, within: Place, value: Any) -> tuple[Place, Any]:
    """Follow an error's path below ``within``, where ``value`` is: the path as the instance has it, and what is there.

    Where the path leads nowhere, as it may in objects that only look like mappings, the part is the validator's copy.
    """
    place = list(within)
    lost = False
    for token in error.instance_path[len(within) :]:
        if not lost and isinstance(value, Mapping):
            token = _name(value, token)
        place.append(token)
        try:
            lost = lost or not isinstance(value, Mapping | Sequence)
            value = value if lost else value[token]
        except (LookupError, TypeError):
            lost = True
    return tuple(place), error.instance if lost else value


def _name(mapping: Mapping[Any, Any], token: str | int) -> str | int:
    """The name of a property: the validator writes one of digits as a number, and so "07" as 7."""
    if isinstance(token, str):
        return token
    digits = str(token)
    spellings = (digits, *(digits.zfill(width) for width in range(len(digits) + 1, 21)), f"+{digits}")
    return next((spelling for spelling in spellings if spelling in mapping), digits)


def _plain(error: jsonschema_rs.ValidationError, place: Place, part: Any) -> Fault:
    """Describe a failure that has no others inside of it."""
    kind: Any = error.kind
    name = type(kind).__name__
    ending = _ending(error.evaluation_path)
    if name == "FalseSchema":
        return _nothing_allowed(ending, place, part)
    if name == "Contains":
        keyword = ending if ending in _CONTAINS else "contains"
        return Fault(place, part, keyword, _CONTAINS[keyword])
    if name == "Required":
        keyword = ending if ending in ("dependentRequired", "dependencies") else "required"
        return Fault(place, part, keyword, _missing_text(kind.property, keyword), kind.property)
    if name == "OneOfMultipleValid":
        fitting = [number for number, errors in enumerate(kind.context) if not errors]
        return Fault(place, part, "oneOf", _several_text(fitting, len(kind.context)), fitting)
    if name in _SENTENCES:
        return Fault(place, part, kind.name, _SENTENCES[name])
    if name in _PHRASES:
        limit = True if name == "UniqueItems" else kind.value
        return Fault(place, part, kind.name, _PHRASES[name](limit, part), limit)
    # A keyword of the caller's own, or one of a later validator.
    return Fault(place, part, kind.name, error.message)


def _nothing_allowed(ending: str | None, place: Place, part: Any) -> Fault:
    # Where no property is declared at all, the validator tells these two as any other schema that allows nothing.
    if ending == "additionalProperties" and isinstance(part, Mapping):
        names = [str(name) for name in part]
        return Fault(place, part, ending, _unexpected_text(names, part), names)
    if ending == "propertyNames":
        return Fault(place, part, ending, "should have no properties", False)
    if not place:
        text = "no value is allowed"
    elif isinstance(place[-1], int):
        text = "no item is allowed at this place of the list"
    else:
        text = "this property is not allowed"
    return Fault(place, part, "false", text, False)


def _keywords(path: Sequence[str | int]) -> Iterator[tuple[int, str]]:
    """Yield the tokens of a path in a schema that are keywords, with their places: not names, not numbers."""
    named = False
    for place, token in enumerate(path):
        if not named and isinstance(token, str):
            yield place, token
            named = token in NAMED_SCHEMAS
        else:
            named = False


def _ending(path: Sequence[str | int]) -> str | None:
    """The keyword that a path in a schema ends with, if it does."""
    last = max(_keywords(path), default=None)
    return last[1] if last is not None and last[0] == len(path) - 1 else None


def _condition(path: Sequence[str | int]) -> str | None:
    """Why a part of the schema applies, if it does not always."""
    reason = None
    for place, keyword in _keywords(path):
        if keyword == "then":
            reason = "this applies because a condition holds"
        elif keyword == "else":
            reason = "this applies because a condition does not hold"
        elif keyword in ("dependentSchemas", "dependencies") and place + 1 < len(path):
            reason = f"this applies because of the property {_shown(str(path[place + 1]))}"
    return reason


def _type_text(types: Sequence[str], part: Any) -> str:
    # The validator has an order of its own; null is an afterthought, and an integer is a number.
    names = [name for name in types if name != "null" and not (name == "integer" and "number" in types)]
    names += ["null"] if "null" in types else []
    return f"should be {_listed([_TYPE_NAMES.get(name, name) for name in names])}, not {_type_of(part, types)}"


def _type_of(part: Any, types: Sequence[str]) -> str:
    if part is None:
        return "null"
    if isinstance(part, bool):
        return "true" if part else "false"
    if isinstance(part, int):
        return "an integer"
    if isinstance(part, float | Decimal):
        if not (part.is_finite() if isinstance(part, Decimal) else isfinite(part)):
            return str(part)
        return "a number with a fraction" if "integer" in types and part != int(part) else "a number"
    if isinstance(part, str):
        return "text"
    if isinstance(part, Mapping):
        return "an object"
    return "a list" if isinstance(part, Sequence) else "another value"


def _enum_text(options: Sequence[Any], _: Any) -> str:
    if not options:
        return "no value is allowed"
    shown = _listed([_shown(option) for option in options[: MOST_LISTED + 1]], len(options))
    return f"should be {shown}" if len(options) == 1 else f"should be one of {shown}"


def _unexpected_text(names: Sequence[str], _: Any) -> str:
    shown = _listed([_shown(name) for name in names[: MOST_LISTED + 1]], len(names), "and")
    return f"unexpected {'property' if len(names) == 1 else 'properties'} {shown}"


def _missing_text(name: str, keyword: str) -> str:
    text = f"the property {_shown(name)} is missing"
    return text if keyword == "required" else f"{text}, which another property needs"


def _several_text(fitting: Sequence[int], count: int) -> str:
    numbers = _listed([str(number + 1) for number in fitting[: MOST_LISTED + 1]], len(fitting), "and")
    return f"fits {len(fitting)} of the {count} alternatives (numbers {numbers}), but should fit exactly one"


def _unique_text(_: Any, part: Any) -> str:
    pair = _equal_pair(part)
    return "should have no two equal items" + (f"; items {pair[0]} and {pair[1]} are equal" if pair else "")


def _equal_pair(items: Any) -> tuple[int, int] | None:
    """The first two equal items, where they are simple and soon found; they count from 0 as in a path."""
    seen: dict[tuple[type, Any], int] = {}
    for place, item in enumerate(islice(items, 1_000) if isinstance(items, Sequence) else ()):
        if isinstance(item, str | int | float | None):
            # 1 and 1.0 are one number to JSON Schema, true is none.
            key = (bool if isinstance(item, bool) else str if isinstance(item, str) else float), item
            if key in seen:
                return seen[key], place
            seen[key] = place
    return None


def _not_text(schema: Any, _: Any) -> str:
    """Say what is ruled out, where the schema does so with a single word."""
    words = {name: value for name, value in schema.items() if name in _RULED_OUT} if isinstance(schema, dict) else {}
    if len(words) == 1 and not set(schema) - set(words) - {"title", "description", "$comment"}:
        ((word, limit),) = words.items()
        return _RULED_OUT[word](limit)
    return "is one of the values that are not allowed"


def _not_required(names: Sequence[str]) -> str:
    shown = _listed([_shown(name) for name in names[: MOST_LISTED + 1]], len(names), "and")
    return f"should not have the property {shown}" if len(names) == 1 else f"should not have all of {shown}"


def _not_types(types: str | Sequence[str]) -> str:
    names = [types] if isinstance(types, str) else types
    return f"should not be {_listed([_TYPE_NAMES.get(name, name) for name in names])}"


def _at_least(limit: int, noun: str, part: Any) -> str:
    return f"should have at least {_counted(limit, noun)}{_has(part)}"


def _at_most(limit: int, noun: str, part: Any) -> str:
    return f"should have at most {_counted(limit, noun)}{_has(part)}"


def _has(part: Any) -> str:
    return f", has {len(part)}" if isinstance(part, str | Sequence | Mapping) else ""


def _counted(count: int, noun: str) -> str:
    if count == 1:
        return f"1 {noun}"
    return f"{count:,} {noun.removesuffix('y')}ies" if noun.endswith("y") else f"{count:,} {noun}s"


def _listed(shown: Sequence[str], count: int | None = None, word: str = "or") -> str:
    """Write values as a list: ``a, b or c``; of ``count`` values not more than a message should have."""
    count = len(shown) if count is None else count
    if count > MOST_LISTED:
        return f"{', '.join(shown[:MOST_LISTED])} {word} {count - MOST_LISTED:,} more"
    return f"{', '.join(shown[:-1])} {word} {shown[-1]}" if len(shown) > 1 else "".join(shown)


def _shown(value: Any) -> str:
    """Write a value as JSON, as much of it as a message should have."""
    if isinstance(value, str):
        return json.dumps(_cut(value, VALUE_SIZE), ensure_ascii=False)
    text = ""
    try:
        # A piece at a time, as the value may be large.
        for piece in json.JSONEncoder(ensure_ascii=False, default=str).iterencode(value):
            text += piece[: VALUE_SIZE + 1]
            if len(text) > VALUE_SIZE:
                break
    except ValueError:  # a number of more digits than Python writes
        return "a number of very many digits"
    return _cut(text, VALUE_SIZE)


def _cut(text: str, size: int) -> str:
    return text if len(text) <= size else f"{text[: size - 3]}..."


def _printable(text: str) -> str:
    """Escape what a terminal would not show as a character, or what UTF-8 cannot hold."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _bounded(limit: Any) -> Any:
    """A limit as plain JSON data: of a long list the first, of anything else that is large nothing."""
    if not isinstance(limit, list):
        return _as_json(limit) if _size(limit, LIMIT_SIZE) <= LIMIT_SIZE else _UNKNOWN
    kept: list[Any] = []
    left = LIMIT_SIZE
    for item in limit:
        left -= _size(item, left)
        if left < 0:
            break
        kept.append(_as_json(item))
    return kept if kept or not limit else _UNKNOWN


def _size(value: Any, enough: int) -> int:
    """Count characters and values; stops where there are more than enough."""
    size = 0
    stack = [value]
    while stack and size <= enough:
        node = stack.pop()
        size += 1
        if isinstance(node, str):
            size += len(node)
        elif isinstance(node, int):
            size += node.bit_length() // 3
        elif isinstance(node, dict):
            size += sum(map(len, node))
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)
    return size


def _as_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        # The validator keeps numbers that a float cannot hold; what reads the error may know only floats.
        return float(value) if isfinite(float(value)) else str(value)
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    if isinstance(value, dict):
        return {name: _as_json(item) for name, item in value.items()}
    return value


#: The keywords that list the values they allow.
_FIXED: Final = frozenset({"const", "enum"})

#: The failures of an array's items together, by keyword. The validator does not tell the numbers.
_CONTAINS: Final = {
    "contains": "none of the items is of the kind that the list should contain",
    "minContains": "too few of the items are of the kind that the list should contain",
    "maxContains": "too many of the items are of a kind that the list may contain only a few of",
}

#: What is said of a failure that comes without the keyword's value.
_SENTENCES: Final = {
    "FromUtf8": "should hold UTF-8 text when it is decoded",
    "BacktrackLimitExceeded": "takes too many steps to match with a pattern",
    "RegexEngineFailure": "cannot be matched with a pattern",
}

#: What is said of a failure, by the validator's word for it, from the keyword's value and the part that failed.
_PHRASES: Final[Mapping[str, Callable[[Any, Any], str]]] = {
    "AdditionalItems": lambda limit, part: _at_most(limit, "item", part),
    "AdditionalProperties": _unexpected_text,
    "Constant": lambda limit, _: f"should be {_shown(limit)}",
    "ContentEncoding": lambda limit, _: f"should be text in the encoding {_shown(limit)}",
    "ContentMediaType": lambda limit, _: f"should be text of the media type {_shown(limit)}",
    "Enum": _enum_text,
    "ExclusiveMaximum": lambda limit, _: f"should be less than {_shown(limit)}",
    "ExclusiveMinimum": lambda limit, _: f"should be greater than {_shown(limit)}",
    "Format": lambda limit, _: f"should be {_FORMATS.get(limit) or f'in the format {_shown(limit)}'}",
    "MaxItems": lambda limit, part: _at_most(limit, "item", part),
    "MaxLength": lambda limit, part: _at_most(limit, "character", part),
    "MaxProperties": lambda limit, part: _at_most(limit, "property", part),
    "Maximum": lambda limit, _: f"should be at most {_shown(limit)}",
    "MinItems": lambda limit, part: _at_least(limit, "item", part),
    "MinLength": lambda limit, part: _at_least(limit, "character", part),
    "MinProperties": lambda limit, part: _at_least(limit, "property", part),
    "Minimum": lambda limit, _: f"should be at least {_shown(limit)}",
    "MultipleOf": lambda limit, _: f"should be a multiple of {_shown(limit)}",
    "Not": _not_text,
    "Pattern": lambda limit, _: f"should match the pattern {_cut(limit, 2 * VALUE_SIZE)}",
    "Type": _type_text,
    "UnevaluatedItems": lambda limit, _: f"has {_counted(len(limit), 'unexpected item')}",
    "UnevaluatedProperties": _unexpected_text,
    "UniqueItems": _unique_text,
}

#: What is said of a schema under "not", by its only keyword.
_RULED_OUT: Final[Mapping[str, Callable[[Any], str]]] = {
    "const": lambda limit: f"should not be {_shown(limit)}",
    "enum": lambda limit: f"should not be {_listed([_shown(one) for one in limit[: MOST_LISTED + 1]], len(limit))}",
    "pattern": lambda limit: f"should not match the pattern {_cut(limit, 2 * VALUE_SIZE)}",
    "required": _not_required,
    "type": _not_types,
}
