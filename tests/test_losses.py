"""``unenforced``: what the classes do not check is listed, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from dynmodels import generate_dynamic_models
from tests.documents import BOOK, PET_SHOP

Losses = tuple[tuple[str, str], ...]


def losses_of(schema: Any, **options: Any) -> Losses:
    return generate_dynamic_models(schema, **options).unenforced


def of_property(schema: Any, **others: Any) -> Losses:
    """The losses of an article's property of this schema, by their pointers below it."""
    found = losses_of({"title": "Article", "type": "object", "properties": {"it": schema}, **others})
    return tuple((pointer.removeprefix("#/properties/it"), keyword) for pointer, keyword in found)


def test_constraints_that_the_classes_check_are_not_listed() -> None:
    assert losses_of(BOOK) == ()


def test_constraints_that_they_leave_out_are_listed_in_the_order_of_the_document() -> None:
    schema = {
        "title": "Recipe",
        "type": "object",
        "properties": {
            "portions": {"type": "integer", "minimum": 1},
            "tags": {"type": "array", "uniqueItems": True, "contains": {"const": "vegan"}},
        },
        "minProperties": 1,
        "not": {"required": ["draft"]},
        "if": {"required": ["oven"]},
        "then": {"required": ["temperature"]},
    }

    assert losses_of(schema) == (
        ("#", "minProperties"),
        ("#", "not"),
        ("#", "if"),
        ("#/properties/tags", "uniqueItems"),
        ("#/properties/tags", "contains"),
    )


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "minimum": 1, "maximum": 12, "multipleOf": 3},
        {"type": "number", "exclusiveMinimum": 0},
        {"type": "number", "minimum": 0, "exclusiveMinimum": True},
        {"type": "string", "minLength": 2, "maxLength": 2, "pattern": "^[A-Z]+$"},
        {"type": "string", "pattern": "^(?!test)"},
        {"type": "string", "pattern": "^O'[A-Z]"},
        {"type": "string", "format": "date-time"},
        {"type": "string", "format": "email"},
        {"type": "string", "format": "hostname"},
        {"type": "string", "format": "ipv4"},
        {"enum": ["paperback", "hardcover", None]},
        {"const": "book"},
        {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "maxItems": 3},
        {"type": "array", "prefixItems": [{"type": "number"}, {"type": "string"}], "minItems": 2, "maxItems": 2},
        {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}},
        {"type": "object", "properties": {"size": {"type": "integer"}}, "additionalProperties": False},
        {"type": "object", "patternProperties": {"^[a-z]{2}$": {"type": "string"}}, "additionalProperties": False},
        {"anyOf": [{"type": "string", "minLength": 1}, {"type": "integer"}]},
        {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        {"oneOf": [{"const": "left"}, {"const": "right"}]},
        {"type": "string", "not": {"type": "null"}},
    ],
    ids=str,
)
def test_what_a_field_checks_is_not_listed(schema: dict[str, Any]) -> None:
    assert of_property(schema) == ()


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"minLength": 2}, [("", "minLength")]),  # without a type, the generator takes anything
        ({"type": "string", "format": "uri-reference"}, [("", "format")]),
        ({"type": "string", "format": "date", "pattern": "^20"}, [("", "pattern")]),
        ({"const": {"unit": "EUR"}}, [("", "const")]),
        ({"type": "array", "prefixItems": [{"type": "number"}, {"type": "string"}]}, [("", "prefixItems")]),
        (False, [("", "false")]),
        (
            {"type": "object", "properties": {"isbn": {"type": "string"}}, "required": ["isbn", "title"]},
            [("", "required")],
        ),
        (
            {"type": "object", "properties": {"isbn": {"type": "string"}}, "dependentRequired": {"isbn": ["year"]}},
            [("", "dependentRequired")],
        ),
        (
            {
                "type": "object",
                "properties": {"name": {"type": "string"}},
                "patternProperties": {"^x-": {"type": "string"}},
            },
            [("", "patternProperties")],
        ),
        ({"anyOf": [{"type": "array", "uniqueItems": True}, {"type": "string"}]}, [("/anyOf/0", "uniqueItems")]),
        ({"oneOf": [{"type": "integer"}, {"type": "number", "minimum": 2}]}, [("", "oneOf")]),
    ],
    ids=str,
)
def test_what_a_field_does_not_check_is_listed(schema: Any, expected: list[tuple[str, str]]) -> None:
    assert list(of_property(schema)) == expected


def test_a_branch_is_told_from_others_by_a_constant() -> None:
    def payment(kind: str) -> dict[str, Any]:
        return {"type": "object", "required": ["kind"], "properties": {"kind": {"const": kind}}}

    told_apart = {"oneOf": [payment("card"), payment("invoice")]}
    alike = {"oneOf": [payment("card"), {"type": "object", "properties": {"kind": {"type": "string"}}}]}

    assert of_property(told_apart) == ()
    assert of_property(alike) == (("", "oneOf"),)


def test_a_schema_that_others_extend_is_checked_as_the_class_that_extends_it_does() -> None:
    schema = {
        "title": "Van",
        "allOf": [{"$ref": "#/$defs/Vehicle"}, {"properties": {"load": {"type": "number"}}}],
        "$defs": {
            "Vehicle": {"type": "object", "properties": {"plate": {"type": "string"}}, "additionalProperties": False}
        },
    }
    models = generate_dynamic_models(schema)

    models.root(plate="K-AB 12", load=1.5)  # which a vehicle has none of
    assert models.unenforced == (("#/$defs/Vehicle", "additionalProperties"),)


def test_recursive_schemas_are_walked_once() -> None:
    schema = {
        "title": "Folder",
        "type": "object",
        "properties": {"folders": {"type": "array", "items": {"$ref": "#"}, "uniqueItems": True}},
    }

    assert losses_of(schema) == (("#/properties/folders", "uniqueItems"),)


def test_components_of_an_api_are_listed_each() -> None:
    schemas = {"Shelf": {"type": "array", "uniqueItems": True}, **PET_SHOP["components"]["schemas"]}

    assert losses_of({**PET_SHOP, "components": {"schemas": schemas}}) == (
        ("#/components/schemas/Shelf", "uniqueItems"),
    )


def test_documents_that_are_no_schemas_have_none() -> None:
    assert losses_of('{"minLength": 3, "not": {}}', input_file_type="json") == ()
    assert losses_of({"type": "object", "minProperties": 3}, input_file_type="dict") == ()


def test_the_generators_own_validators_count() -> None:
    schema = {
        "title": "Playlist",
        "type": "object",
        "properties": {"songs": {"type": "array", "items": {"type": "string"}, "uniqueItems": True}},
        "minProperties": 1,
        "patternProperties": {"^x-": {"type": "string"}},
    }

    assert losses_of(schema) == (
        ("#", "minProperties"),
        ("#", "patternProperties"),
        ("#/properties/songs", "uniqueItems"),
    )
    assert losses_of(schema, generate_schema_validators=True) == ()


def test_names_are_escaped_in_pointers() -> None:
    measures = {"type": "array", "uniqueItems": True}

    assert losses_of({"title": "Weather", "type": "object", "properties": {"km/h": measures, "a%20b~": measures}}) == (
        ("#/properties/km~1h", "uniqueItems"),
        ("#/properties/a%20b~0", "uniqueItems"),
    )


@pytest.mark.parametrize(
    "schema",
    [
        True,
        False,
        {},
        {"$ref": "#/$defs/Loop", "$defs": {"Loop": {"anyOf": [{"$ref": "#/$defs/Loop"}, {"type": "string"}]}}},
        {"type": "object", "properties": {"$ref": {"type": "string"}, "not": {"type": "string", "minLength": 1}}},
        {"type": "array", "items": [{"type": "string"}], "additionalItems": False, "minItems": 0.0},
        {"type": ["string", "null"], "enum": [], "x-unit": {"not": "a schema"}},
    ],
    ids=str,
)
def test_odd_documents_are_no_errors(schema: Any) -> None:
    try:
        models = generate_dynamic_models(schema)
    except ValueError:
        pytest.skip("the generator does not take it")
    assert isinstance(models.unenforced, tuple)


def test_each_answer_can_be_shown_by_an_instance() -> None:
    schema = {
        "title": "Trip",
        "type": "object",
        "required": ["stops"],
        "properties": {
            "stops": {"type": "array", "items": {"type": "string"}, "minItems": 2, "uniqueItems": True},
            "seats": {"type": "integer", "maximum": 9},
        },
    }
    models = generate_dynamic_models(schema)
    trip: TypeAdapter[Any] = TypeAdapter(models.root)

    assert models.unenforced == (("#/properties/stops", "uniqueItems"),)
    trip.validate_python({"stops": ["Bonn", "Bonn"]})
    for wrong in ({}, {"stops": ["Bonn"]}, {"stops": ["Bonn", "Trier"], "seats": 10}):
        with pytest.raises(ValidationError):
            trip.validate_python(wrong)


def test_it_costs_nothing_before_it_is_asked_for() -> None:
    code = (
        "import sys; from dynmodels import generate_dynamic_models\n"
        "generate_dynamic_models({'title': 'Lamp', 'type': 'object'})\n"
        "print([name for name in sys.modules if name.startswith('dynmodels.') and 'losses' in name])"
    )

    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603

    assert ended.stdout == "[]\n"
