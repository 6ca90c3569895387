"""Relaxed: whatever jsonschema-rs accepts, the classes accept and write back; whatever it refuses, they refuse."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from dynmodels import generate_dynamic_models
from dynmodels.relax import same

_LINE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["sku"],
    "properties": {"sku": {"type": "string"}, "count": {"type": "integer", "minimum": 1}, "a-b": {"type": "number"}},
    "additionalProperties": False,
}
_CARD: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["kind"],
    "properties": {"kind": {"const": "card"}, "number": {"type": "string", "pattern": "^(?!0)[0-9]+$"}},
}
_CASH: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["kind"],
    "properties": {"kind": {"const": "cash"}, "number": {"type": "integer"}, "before": {"$ref": "#/$defs/Payment"}},
}
_DEFINITIONS: Final[dict[str, Any]] = {
    "Line": _LINE,
    "Card": _CARD,
    "Cash": _CASH,
    "Payment": {"oneOf": [{"$ref": "#/$defs/Card"}, {"$ref": "#/$defs/Cash"}]},
}

#: Schemas by what they are about.
SCHEMAS: Final[dict[str, Any]] = {
    "an order": {
        "type": "object",
        "required": ["id"],
        "properties": {
            "id": {"type": "integer"},
            "note": {"type": ["string", "null"]},
            "a-b": {"type": "integer"},
            "lines": {"type": "array", "items": {"$ref": "#/$defs/Line"}, "maxItems": 2},
            "payment": {"$ref": "#/$defs/Payment"},
        },
    },
    "a list of payments": {"type": "array", "items": {"$ref": "#/$defs/Payment"}},
    "payments by name": {"type": "object", "additionalProperties": {"$ref": "#/$defs/Payment"}},
    "anything of several": {
        "anyOf": [
            {"type": "array", "items": {"$ref": "#/$defs/Line"}},
            {"type": "array", "items": {"type": "integer"}},
            {"type": "object", "additionalProperties": {"type": "number"}},
            {"$ref": "#/$defs/Cash"},
            {"type": "string", "format": "date"},
            {"enum": [True, 1.5, None, "card"]},
        ]
    },
    "one of an enum": {"enum": [0, True, "card", None, [1], {"id": 1}, 1.5]},
    "a constant": {"properties": {"kind": {"const": 1}}},
    "moments": {
        "type": "object",
        "additionalProperties": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "number"}]},
    },
    "addresses": {"type": "array", "items": {"type": "string", "anyOf": [{"format": "ipv6"}, {"format": "uuid"}]}},
    "a pair": {"type": "array", "prefixItems": [{"type": "integer"}, {"type": ["string", "null"]}], "items": False},
    "no texts": {"not": {"type": "string"}, "properties": {"id": {"type": "integer"}}},
    "it depends": {
        "type": "object",
        "properties": {"kind": {"type": "string"}, "id": {}},
        "if": {"properties": {"kind": {"const": "card"}}},
        "then": {"properties": {"id": {"type": "integer"}}},
        "unevaluatedProperties": {"type": "null"},
    },
    "numbers": {"type": "array", "items": {"type": "number"}, "uniqueItems": True},
}

_NAMES: Final = st.sampled_from(
    ["id", "note", "lines", "payment", "sku", "count", "a-b", "a_b", "kind", "number", "before", "self", ""]
)
_SCALARS: Final = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 3),
    st.integers(),
    st.integers(-3, 3).map(float),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["card", "cash", "", "7", "07", "2024-05-01", "2024-13-01", "2024-05-01T10:00:00Z"]),
    st.sampled_from(["2024-05-01t10:00:00.50+01:00", "2016-12-31T23:59:60Z", "::1", "FE80:0::1", "10.0.0.1"]),
    st.sampled_from(["123e4567-e89b-12d3-a456-426614174000", "123E4567-E89B-12D3-A456-426614174000"]),
    st.text(max_size=3),
)
_DATA: Final = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_NAMES, inner, max_size=4)),
    max_leaves=8,
)


def _objects(fields: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Objects that have some of the fields, mostly as they should be, and now and then another."""
    others = st.dictionaries(_NAMES, _DATA, max_size=1)
    return st.builds(lambda own, more: own | more, st.fixed_dictionaries({}, optional=fields), others)


_LINES: Final = _objects(
    {"sku": st.sampled_from(["MUG", "x"]), "count": st.sampled_from([0, 1, 2.0, True]), "a-b": _SCALARS}
)
_PAYMENTS: Final = st.recursive(
    _objects({"kind": st.sampled_from(["card", "cash"]), "number": st.sampled_from(["7", "07", 7, 7.0, True])}),
    lambda inner: _objects({"kind": st.just("cash"), "before": inner}),
    max_leaves=3,
)
_LIKELY: Final = st.one_of(
    _objects({"id": st.sampled_from([1, 2.0]), "lines": st.lists(_LINES, max_size=3), "payment": _PAYMENTS}),
    st.lists(_LINES, max_size=2),
    st.lists(_PAYMENTS, max_size=2),
    st.lists(_SCALARS, max_size=2),
    st.dictionaries(_NAMES, _PAYMENTS, max_size=2),
    st.dictionaries(_NAMES, _SCALARS, max_size=2),
    _PAYMENTS,
    _DATA,
)


@cache
def _judges(about: str) -> tuple[jsonschema_rs.Validator, TypeAdapter[Any]]:
    schema = {**SCHEMAS[about], "$defs": _DEFINITIONS}
    root = generate_dynamic_models(schema, exact=True).root
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True), TypeAdapter(root)


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")  # of data that is no object, beside a class
@pytest.mark.parametrize("about", SCHEMAS)
@settings(max_examples=60, deadline=None)
@given(data=_LIKELY)
def test_exact_is_what_the_validator_says_and_nothing_is_lost(about: str, data: Any) -> None:
    validator, adapter = _judges(about)
    text = json.dumps(data)

    if not validator.is_valid(data):
        with pytest.raises(ValidationError):
            adapter.validate_python(data)
        with pytest.raises(ValidationError):
            adapter.validate_json(text)
        return
    for made in (adapter.validate_python(data), adapter.validate_json(text)):
        assert same(adapter.dump_python(made, mode="json", by_alias=True, exclude_unset=True), data)
        assert same(json.loads(adapter.dump_json(made, by_alias=True, exclude_unset=True)), data)
        again = adapter.validate_python(made)
        assert same(adapter.dump_python(again, mode="json", by_alias=True, exclude_unset=True), data)
