"""Entrances: what must not get past a gate, nor end the process, nor keep it busy."""

from __future__ import annotations

import gc
from collections import OrderedDict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from dynmodels import OptionsError, UnsafeSchemaError, generate_dynamic_models
from dynmodels.bundle import bundle
from dynmodels.dialect import DRAFT_2020_12, Dialect
from dynmodels.entrance import Gate
from dynmodels.gate import MOST_LEVELS, Gates, Truth
from dynmodels.locate import lines_about
from dynmodels.schema import load
from dynmodels.source import Source

FOLDER = {
    "title": "Folder",
    "type": "object",
    "properties": {"name": {"type": "string"}, "inside": {"$ref": "#"}},
}


def exact(schema: Any, **options: Any) -> Any:
    return generate_dynamic_models(schema, exact=True, store=False, **options)


def nested(levels: int) -> dict[str, Any]:
    data: dict[str, Any] = {"name": "innermost"}
    for _ in range(levels - 1):
        data = {"inside": data}
    return data


class TestDepth:
    def test_data_deeper_than_the_process_could_follow_is_refused(self) -> None:
        folder = exact(FOLDER).root

        with pytest.raises(ValidationError, match=f"nested more than {MOST_LEVELS} levels deep"):
            folder.model_validate(nested(100_000))

    def test_data_that_holds_itself_is_refused_once_anything_is_wrong_with_it(self) -> None:
        data: dict[str, Any] = {"name": 7}
        data["inside"] = data

        with pytest.raises(ValidationError, match="holds itself"):
            exact(FOLDER).root.model_validate(data)

    def test_what_is_not_too_deep_is_judged_and_kept(self) -> None:
        folder = exact(FOLDER).root
        data = nested(MOST_LEVELS - 1)

        assert folder.model_validate(data).model_dump(mode="json", by_alias=True, exclude_unset=True) == data

    def test_schemas_that_refer_to_nothing_but_others_follow_data_of_any_depth(self) -> None:
        anything = exact({"title": "Envelope", "type": "object", "properties": {"body": {}}}).root

        assert anything(body=nested(5_000)).body["inside"]

    @pytest.mark.parametrize("kind", [OrderedDict, dict])
    def test_so_are_mappings_of_other_kinds(self, kind: Any) -> None:
        with pytest.raises(ValidationError, match="nested more than"):
            exact(FOLDER).root.model_validate(kind(nested(100_000)))


class TestPlaces:
    def test_a_class_of_an_operations_parameters_is_judged_by_pydantic_as_no_schema_stands_for_it(self) -> None:
        description = {
            "openapi": "3.1.0",
            "info": {"title": "Trains", "version": "1"},
            "paths": {
                "/trains": {
                    "get": {
                        "parameters": [
                            {"name": "seats", "in": "query", "required": True, "schema": {"type": "integer"}}
                        ],
                        "responses": {"200": {"description": "All trains"}},
                    }
                }
            },
        }
        query = exact(description, openapi_scopes=["paths", "parameters"])["TrainsGetParametersQuery"]

        assert query(seats=3).seats == 3
        with pytest.raises(ValidationError):
            query(seats="many")

    def test_a_class_that_gives_another_a_second_name_has_that_ones_gate(self) -> None:
        size = {"type": "object", "properties": {"width": {"type": "integer"}}, "not": {"required": ["height"]}}
        schema = {
            "title": "Shop",
            "type": "object",
            "properties": {"door": {"$ref": "#/$defs/Door"}, "window": {"$ref": "#/$defs/Window"}},
            "$defs": {"Door": size, "Window": size},
        }
        models = exact(schema, reuse_model=True)

        for name in ("Door", "Window"):
            assert models[name](width=3).width == 3
            with pytest.raises(ValidationError):
                models[name](height=3)

    @pytest.mark.parametrize(
        "option",
        [
            {"allow_remote_refs": True},
            {"no_alias": True},
            {"read_only_write_only_model_type": "all"},
            {"use_root_model_type_alias": True},
            {"use_serialization_alias": True},
            {"use_unique_items_as_set": True},
        ],
        ids=lambda option: next(iter(option)),
    )
    def test_options_that_cannot_be_exact_are_refused(self, option: dict[str, Any]) -> None:
        with pytest.raises(OptionsError, match="with exact=True, the option"):
            exact({"type": "object", "properties": {"a": {"type": "string"}}}, **option)

    @pytest.mark.parametrize(("text", "kind"), [("seat,car\n61,5\n", "csv"), ('{"seat": 61}', "json")])
    def test_samples_of_data_are_no_schemas_to_be_exact_by(self, text: str, kind: str) -> None:
        with pytest.raises(OptionsError, match="exact=True is for JSON Schema, OpenAPI and AsyncAPI"):
            exact(text, input_file_type=kind)


class TestObjects:
    def test_decimal_numbers_become_the_numbers_that_fields_say(self) -> None:
        price = exact(
            {
                "title": "Price",
                "type": "object",
                "properties": {"net": {"type": "number"}, "cents": {"type": "integer"}},
            }
        ).root

        made = price(net=Decimal("1.5"), cents=Decimal(150))

        assert made.model_dump(mode="json") == {"net": 1.5, "cents": 150}
        assert isinstance(made.net, float)

    def test_files_of_an_openapi_description_are_of_its_dialect(self, tmp_path: Path) -> None:
        (tmp_path / "seat.json").write_text('{"type": "integer", "minimum": 1, "nullable": true}')
        (tmp_path / "api.json").write_text(
            '{"openapi": "3.0.3", "info": {"title": "Trains", "version": "1"}, "paths": {}, "components": {"schemas":'
            ' {"Ticket": {"type": "object", "properties": {"seat": {"$ref": "seat.json"}}}}}}'
        )
        ticket = exact(tmp_path / "api.json")["Ticket"]

        assert ticket(seat=None).seat is None
        with pytest.raises(ValidationError):
            ticket(seat=0)


class TestSecrets:
    """What a class's configuration hides in errors, its gate hides as well."""

    @pytest.mark.parametrize(
        ("method", "data"),
        [
            ("model_validate", {"pin": "no-4711"}),
            ("model_validate", {"pin": {"no-4711"}}),
            ("model_validate_json", '{"pin": "no-4711"}'),
            ("model_validate_json", '{"pin": no-4711'),
        ],
        ids=["wrong", "no JSON data", "wrong in a text", "no JSON text"],
    )
    def test_inputs_are_hidden(self, method: str, data: Any) -> None:
        schema = {"title": "Card", "type": "object", "properties": {"pin": {"type": "integer"}}}
        shown = exact(schema).root
        hidden = exact(schema, config_dict=ConfigDict(hide_input_in_errors=True)).root

        with pytest.raises(ValidationError) as error:
            getattr(shown, method)(data)
        assert "no-4711" in str(error.value)
        with pytest.raises(ValidationError) as error:
            getattr(hidden, method)(data)
        assert "no-4711" not in str(error.value)


class TestCost:
    def test_many_alternatives_are_not_followed_to_say_what_is_wrong(self) -> None:
        lists = {"type": "array", "items": {"anyOf": [{"type": "integer"}, {"type": "string", "minLength": 3}]}}
        branches = [
            {"type": "object", "properties": {"a": {"$ref": "#/$defs/lists"}}, "required": [f"key{number}"]}
            for number in range(30)
        ]
        anything = exact({"oneOf": branches, "$defs": {"lists": {"anyOf": [lists] * 30}}}).root

        with pytest.raises(ValidationError, match="does not fit exactly one of the alternatives") as caught:
            TypeAdapter(anything).validate_python({"a": ["no"] * 1_000})
        assert caught.value.error_count() == 1

    def test_a_schema_that_refers_to_itself_is_told_of_as_any_other(self) -> None:
        with pytest.raises(ValidationError) as caught:
            exact(FOLDER).root(inside={"inside": {"name": 1}})
        assert caught.value.errors()[0]["loc"] == ("inside", "inside", "name")

    def test_chains_of_references_are_followed_once(self) -> None:
        length = 4_000
        chain: dict[str, Any] = {f"d{number}": {"$ref": f"#/$defs/d{number + 1}"} for number in range(length)}
        document = load(Source({"$defs": {**chain, f"d{length}": {"type": "object"}}}), None)

        assert bundle(document, "https://example.com/chain.json", DRAFT_2020_12, {}).document is document

    def test_what_is_wrong_behind_a_long_chain_of_references_is_told(self) -> None:
        length = 1_500
        chain: dict[str, Any] = {f"d{number}": {"$ref": f"#/$defs/d{number + 1}"} for number in range(length)}
        schema = {"properties": {"seat": {"$ref": "#/$defs/d0"}}, "$defs": {**chain, f"d{length}": {"type": "integer"}}}
        dialect = Dialect("https://example.com/chain.json", DRAFT_2020_12)
        gates = Gates(Truth(dialect, True, lambda: schema, dict))

        assert next(line["loc"] for line in lines_about(gates, "#", {"seat": "window"})) == ("seat",)

    def test_a_dialect_of_the_callers_is_never_asked_another_machine_for(self) -> None:
        # Nobody listens there: asking would be an error.
        dialect = "http://127.0.0.1:9/dialect"
        core, applicator, validation = (
            f"https://json-schema.org/draft/2020-12/vocab/{name}" for name in ("core", "applicator", "validation")
        )
        metaschema = {
            "$schema": DRAFT_2020_12,
            "$id": dialect,
            "$vocabulary": {core: True, applicator: True, validation: True},
            "allOf": [{"$ref": DRAFT_2020_12}],
        }
        schema = {"$schema": dialect, "type": "array", "maxItems": 3, "items": {"type": "integer"}}
        numbers = exact(schema, resources={dialect: metaschema}).root

        with pytest.raises(ValidationError, match="should have at most 3 items"):
            numbers.model_validate([1] * 9_000)

    def test_exact_classes_go_when_nobody_uses_them(self) -> None:
        def gates() -> int:
            gc.collect()
            return sum(isinstance(each, Gate | Gates) for each in gc.get_objects())

        before = gates()
        for number in range(3):
            folder = exact({**FOLDER, "description": f"Number {number}"}, cache_size=0).root
            folder.model_validate({"inside": {"name": "a"}})
            with pytest.raises(ValidationError):
                folder(name=7)
        del folder

        assert gates() <= before


class TestOtherObjects:
    def test_instances_of_other_models_are_judged_by_what_they_write(self) -> None:
        class Coupon(BaseModel):
            code: str = "SUMMER"

        schema = {
            "title": "Trip",
            "type": "object",
            "required": ["stop"],
            "properties": {"stop": {"$ref": "#/$defs/Stop"}},
            "$defs": {"Stop": {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}}},
        }
        with pytest.raises(ValidationError, match='the property "city" is missing'):
            exact(schema).root(stop=Coupon())

    def test_an_object_of_another_class_of_the_documents_is_held_against_the_schema(self) -> None:
        schema = {
            "title": "Trip",
            "type": "object",
            "properties": {"stop": {"$ref": "#/$defs/Stop"}, "guide": {"$ref": "#/$defs/Guide"}},
            "$defs": {
                "Stop": {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}},
                "Guide": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
            },
        }
        models = exact(schema)
        guide = models["Guide"].model_validate({"name": "Ada"})

        assert models["Trip"].model_validate({"guide": guide}).guide is guide
        with pytest.raises(ValidationError) as caught:
            models["Trip"].model_validate({"guide": guide, "stop": guide})
        assert [each["loc"] for each in caught.value.errors()] == [("stop",)]

    def test_subclasses_keep_the_members_of_enums_that_are_no_texts(self) -> None:
        size = exact({"title": "Door", "type": "object", "properties": {"size": {"enum": [1, 2]}}}).root

        class Painted(size):  # type: ignore[misc, valid-type]
            pass

        assert Painted(size=2).size.value == 2


def test_an_api_that_refers_to_another_machine_is_told_what_to_do_instead() -> None:
    schemas = {"Order": {"type": "object", "properties": {"address": {"$ref": "https://example.com/address.json"}}}}
    description = {
        "openapi": "3.1.0",
        "info": {"title": "Shop", "version": "1"},
        "paths": {},
        "components": {"schemas": schemas},
    }
    address = {"https://example.com/address.json": {"type": "object"}}

    with pytest.raises(UnsafeSchemaError, match=r"put the schema into components\.schemas"):
        exact(description, resources=address)
