"""Assertions: whether a shape makes sure of what a keyword says of a single text, number or list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from dynmodels.shapes import Shape, type_of

_ALL: Final[Mapping[str, frozenset[str]]] = {
    "string": frozenset({"string"}),
    "number": frozenset({"integer", "fraction"}),
    "array": frozenset({"array"}),
}

#: Formats that tell how a value is stored or shown, and of no value that it is wrong.
_ANNOTATIONS: Final = frozenset({"int32", "int64", "float", "double", "password", "byte", "binary"})

#: What pydantic checks texts of a format by: the name of its type, or part of that of a function.
_FORMATS: Final[Mapping[str, tuple[str, ...]]] = {
    "date": ("date",),
    "date-time": ("datetime",),
    "time": ("time",),
    "duration": ("timedelta",),
    "uuid": ("uuid",),
    "uri": ("url", "multi-host-url"),
    "email": ("Email",),
    "idn-email": ("Email",),
    "ipv4": ("IPv4",),
    "ipv6": ("IPv6",),
}

#: Types and functions that take any text.
_TAKE_ANY: Final = ("path_validator", "SecretStr", "decode_str")


def is_number(value: Any) -> bool:
    """Whether a value is a number, as opposed to a boolean."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def checks(keyword: str, value: Any, schema: Mapping[str, Any], shape: Shape) -> bool:
    """Tell whether a shape takes no value that a keyword rejects; also where the keyword rejects none.

    Args:
        keyword: One of ``KEYWORDS``.
        value: Its value, whatever that is.
        schema: The schema that it stands in.
        shape: What pydantic accepts.
    """
    applies, rejects_nothing, is_checked, allows = KEYWORDS[keyword]
    if rejects_nothing(value, schema) or not shape.types & applies:
        return True
    if shape.kind == "values":
        # A list or object that the document itself enumerates is taken to be as the document wants it.
        return all(
            allows(each, value, schema)
            for each in shape.values
            if type_of(each) in applies and (not isinstance(each, list | dict))
        )
    return is_checked(shape, value, schema)


def matches(pattern: str, text: str) -> bool | None:
    """Tell whether a text matches a pattern; None where pydantic's engine, of linear time, does not know it."""
    from pydantic_core import SchemaError, SchemaValidator, core_schema

    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern)).isinstance_python(text)
    except SchemaError:
        return None


def _positive(value: Any, _: Mapping[str, Any]) -> bool:
    return is_number(value) and value > 0


def _at_least(name: str) -> Callable[[Shape, Any, Mapping[str, Any]], bool]:
    return lambda shape, value, _: _length(shape, name, -1) >= value


def _at_most(name: str) -> Callable[[Shape, Any, Mapping[str, Any]], bool]:
    return lambda shape, value, _: _length(shape, name, float("inf")) <= value


def _length(shape: Shape, name: str, default: float) -> float:
    items = shape.core.get("items_schema")
    if shape.kind == "tuple" and "variadic_item_index" not in shape.core and isinstance(items, list):
        return len(items)
    if name == "min_length" and name not in shape.core and shape.types == _ALL["string"] and not shape.is_plain:
        return 1  # an empty text has no format
    given = shape.core.get(name)
    return default if given is None else given


def _has_pattern(shape: Shape, value: Any, _: Mapping[str, Any]) -> bool:
    given = {each.replace("\\'", "'") for each in (*shape.patterns, _pattern(shape)) if each is not None}
    return value.replace("\\'", "'") in given  # the generator writes a quote with a backslash


def _pattern(shape: Shape) -> str | None:
    pattern = shape.core.get("pattern")
    return getattr(pattern, "pattern", pattern)


def _has_format(shape: Shape, value: Any, schema: Mapping[str, Any]) -> bool:
    if value == "hostname":
        return _pattern(shape) not in {None, schema.get("pattern")}  # the generator's own
    if shape.is_plain or any(each in name for name in shape.functions for each in _TAKE_ANY):
        return False
    wanted = _FORMATS.get(value)
    by_function = any(each in name for name in shape.functions for each in wanted or ())
    return wanted is None or shape.kind in wanted or by_function


def _is_above(shape: Shape, value: Any, schema: Mapping[str, Any]) -> bool:
    """Whether nothing below a number is taken."""
    lowest, above = shape.core.get("ge"), shape.core.get("gt")
    whole = shape.kind == "int"
    return (lowest is not None and lowest >= value) or (above is not None and above >= (value - 1 if whole else value))


def _is_below(shape: Shape, value: Any, schema: Mapping[str, Any]) -> bool:
    highest, below = shape.core.get("le"), shape.core.get("lt")
    whole = shape.kind == "int"
    return (highest is not None and highest <= value) or (
        below is not None and below <= (value + 1 if whole else value)
    )


def _excludes_minimum(shape: Shape, value: Any, schema: Mapping[str, Any]) -> bool:
    bound = schema["minimum"] if value is True else value
    lowest, above = shape.core.get("ge"), shape.core.get("gt")
    return (above is not None and above >= bound) or (lowest is not None and lowest > bound)


def _excludes_maximum(shape: Shape, value: Any, schema: Mapping[str, Any]) -> bool:
    bound = schema["maximum"] if value is True else value
    highest, below = shape.core.get("le"), shape.core.get("lt")
    return (below is not None and below <= bound) or (highest is not None and highest < bound)


def _is_multiple(shape: Shape, value: Any, _: Mapping[str, Any]) -> bool:
    given = shape.core.get("multiple_of")
    steps = [given] if given is not None else []
    if shape.kind == "int":
        steps.append(1)  # every integer is a multiple of 0.5
    return any(_divides(value, step) for step in steps)


def _divides(divisor: Any, value: Any) -> bool:
    # In decimal, as 0.3 is a multiple of 0.1 in JSON.
    return divisor != 0 and Decimal(str(value)) % Decimal(str(divisor)) == 0


def _bound_missing(keyword: str) -> Callable[[Any, Mapping[str, Any]], bool]:
    """In draft 4, a boolean beside the bound says that the bound itself is out."""
    return lambda value, schema: not is_number(value) and not (value is True and is_number(schema.get(keyword)))


def _no_number(value: Any, _: Mapping[str, Any]) -> bool:
    return not is_number(value)


def _no_text(value: Any, _: Mapping[str, Any]) -> bool:
    return not isinstance(value, str)


Assertion = tuple[
    frozenset[str],
    Callable[[Any, Mapping[str, Any]], bool],
    Callable[[Shape, Any, Mapping[str, Any]], bool],
    Callable[[Any, Any, Mapping[str, Any]], bool],
]

#: For each keyword: the types of the values that it is about, whether it rejects none of them, whether a shape checks
#: it, and whether it allows a given one.
KEYWORDS: Final[Mapping[str, Assertion]] = {
    "minimum": (_ALL["number"], _no_number, _is_above, lambda each, value, _: each >= value),
    "maximum": (_ALL["number"], _no_number, _is_below, lambda each, value, _: each <= value),
    "exclusiveMinimum": (
        _ALL["number"],
        _bound_missing("minimum"),
        _excludes_minimum,
        lambda each, value, schema: each > (schema["minimum"] if value is True else value),
    ),
    "exclusiveMaximum": (
        _ALL["number"],
        _bound_missing("maximum"),
        _excludes_maximum,
        lambda each, value, schema: each < (schema["maximum"] if value is True else value),
    ),
    "multipleOf": (
        _ALL["number"],
        lambda value, schema: not _positive(value, schema),
        _is_multiple,
        lambda each, value, _: _divides(value, each),
    ),
    "minLength": (
        _ALL["string"],
        lambda value, schema: not _positive(value, schema),
        _at_least("min_length"),
        lambda each, value, _: not isinstance(each, str) or len(each) >= value,
    ),
    "maxLength": (
        _ALL["string"],
        _no_number,
        _at_most("max_length"),
        lambda each, value, _: not isinstance(each, str) or len(each) <= value,
    ),
    "pattern": (
        _ALL["string"],
        _no_text,
        _has_pattern,
        lambda each, value, _: not isinstance(each, str) or matches(value, each) is True,
    ),
    "format": (
        _ALL["string"],
        lambda value, schema: _no_text(value, schema) or value in _ANNOTATIONS,
        _has_format,
        lambda each, value, _: True,  # the document itself lists it as one
    ),
    "minItems": (
        _ALL["array"],
        lambda value, schema: not _positive(value, schema),
        _at_least("min_length"),
        lambda each, value, _: True,
    ),
    "maxItems": (_ALL["array"], _no_number, _at_most("max_length"), lambda each, value, _: True),
    "uniqueItems": (
        _ALL["array"],
        lambda value, _: value is not True,
        lambda shape, value, _: shape.unique or _length(shape, "max_length", 2) <= 1,
        lambda each, value, _: True,
    ),
}
