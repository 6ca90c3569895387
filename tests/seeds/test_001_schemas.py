"""JSON Schema of generated classes (page 001, chapter 4)."""

from __future__ import annotations

from typing import Any, Final, Literal

import pytest
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from dynmodels import generate_dynamic_models

LOAN: Final[dict[str, Any]] = {
    "title": "Loan",
    "type": "object",
    "required": ["days", "code"],
    "properties": {
        "days": {"type": "integer", "minimum": 1, "maximum": 28},
        "code": {"type": "string", "minLength": 2},
        "reader": {"$ref": "#/$defs/Reader"},
        "fee": {"type": "number", "default": 0.5},
    },
    "$defs": {"Reader": {"type": "object", "properties": {"name": {"type": "string"}}}},
}

#: A shelf holds books and maps, which have their kind.
SHELF: Final[dict[str, Any]] = {
    "title": "Shelf",
    "type": "object",
    "properties": {
        "item": {
            "oneOf": [{"$ref": "#/$defs/Book"}, {"$ref": "#/$defs/Map"}],
            "discriminator": {"propertyName": "kind"},
        }
    },
    "$defs": {
        "Book": {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "book"}}},
        "Map": {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "map"}}},
    },
}

both_ways = pytest.mark.parametrize("exact", [False, True], ids=["plain", "exact"])


class Dated(GenerateJsonSchema):
    """Says which draft it writes, and of when it is."""

    def generate(self, schema: Any, mode: Literal["validation", "serialization"] = "validation") -> dict[str, Any]:
        """Add both to what pydantic writes."""
        return {**super().generate(schema, mode=mode), "$schema": self.schema_dialect, "x-date": "2024-02-29"}


class TestJsonSchemaGeneration:
    def test_it_says_what_the_document_said(self) -> None:
        written = generate_dynamic_models(LOAN)["Loan"].model_json_schema()

        assert (written["title"], written["required"]) == ("Loan", ["days", "code"])
        assert written["properties"]["days"] == {"type": "integer", "minimum": 1, "maximum": 28, "title": "Days"}
        assert written["$defs"]["Reader"]["properties"]["name"]["anyOf"] == [{"type": "string"}, {"type": "null"}]

    def test_of_exact_classes_it_is_the_document(self) -> None:
        assert generate_dynamic_models(LOAN, exact=True)["Loan"].model_json_schema() == LOAN


class TestModelJsonSchema:
    def test_what_is_written_has_what_need_not_be_given(self) -> None:
        config = ConfigDict(json_schema_serialization_defaults_required=True)
        loan = generate_dynamic_models(LOAN, config_dict=config)["Loan"]

        assert loan.model_json_schema(mode="validation")["required"] == ["days", "code"]
        assert loan.model_json_schema(mode="serialization")["required"] == ["days", "code", "reader", "fee"]

    @both_ways
    def test_references_are_written_by_a_template(self, exact: bool) -> None:
        loan = generate_dynamic_models(LOAN, exact=exact)["Loan"]

        reader = loan.model_json_schema(ref_template="#/components/schemas/{model}")["properties"]["reader"]

        assert {"$ref": "#/components/schemas/Reader"} in [reader, *reader.get("anyOf", [])]

    def test_several_classes_share_their_definitions(self) -> None:
        models = generate_dynamic_models(LOAN)

        _, written = models_json_schema([(models["Loan"], "validation"), (models["Reader"], "validation")])

        assert set(written["$defs"]) == {"Loan", "Reader"}


class TestCustomSchemaGenerator:
    @both_ways
    def test_a_subclass_of_pydantics_own_adds_to_it(self, exact: bool) -> None:
        written = generate_dynamic_models(LOAN, exact=exact)["Loan"].model_json_schema(schema_generator=Dated)

        assert written["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert written["x-date"] == "2024-02-29"
        assert written["properties"]["days"]["maximum"] == 28


class TestDynamicModelsAndJsonSchema:
    @both_ways
    def test_classes_are_made_again_of_what_they_say(self, exact: bool) -> None:
        loan = generate_dynamic_models(LOAN, exact=exact)["Loan"]

        again = generate_dynamic_models(loan.model_json_schema(), exact=exact)["Loan"]

        assert again.model_validate({"days": 1, "code": "ab"}).fee == 0.5
        for wrong in ({"days": 29, "code": "ab"}, {"days": 1, "code": "a"}, {"days": 1}):
            for cls in (loan, again):
                with pytest.raises(ValidationError):
                    cls.model_validate(wrong)

    def test_a_discriminated_union_says_by_what(self) -> None:
        written = generate_dynamic_models(SHELF)["Shelf"].model_json_schema()

        (union,) = (each for each in written["properties"]["item"].get("anyOf", []) if "oneOf" in each)
        assert union["oneOf"] == [{"$ref": "#/$defs/Book"}, {"$ref": "#/$defs/Map"}]
        assert union["discriminator"] == {
            "propertyName": "kind",
            "mapping": {"book": "#/$defs/Book", "map": "#/$defs/Map"},
        }


class TestTypeAdapterForNonModelTypes:
    @both_ways
    def test_a_list_of_generated_classes_has_a_schema(self, exact: bool) -> None:
        loan: Any = generate_dynamic_models(LOAN, exact=exact)["Loan"]

        written = TypeAdapter(list[loan] | None).json_schema(mode="validation")

        assert [each["type"] for each in written["anyOf"]] == ["array", "null"]
        assert written["anyOf"][0]["items"] == {"$ref": "#/$defs/Loan"}
        assert written["$defs"]["Loan"]["properties"]["days"]["minimum"] == 1

    def test_so_has_a_union_of_them(self) -> None:
        models = generate_dynamic_models(SHELF)
        union: Any = models["Book"] | models["Map"]

        written = TypeAdapter(union).json_schema()

        assert written["anyOf"] == [{"$ref": "#/$defs/Book"}, {"$ref": "#/$defs/Map"}]
        assert written["$defs"]["Book"]["properties"]["kind"]["const"] == "book"
