"""The policy: what a schema may not ask for is refused at its place, and names alone do no harm."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dynmodels import Limits, OptionsError, SchemaError, UnsafeSchemaError, generate_dynamic_models
from dynmodels.permit import names_module

PRICE = {"type": "string", "customTypePath": "decimal.Decimal"}


def with_property(schema: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"price": schema}}


class TestImports:
    @pytest.mark.parametrize(
        ("schema", "pointer"),
        [
            (with_property(PRICE), "#/properties/price/customTypePath"),
            ({**with_property({}), "customBasePath": "shop.Base"}, "#/customBasePath"),
            ({**with_property({}), "customBasePath": ["pydantic.BaseModel", "shop.Base"]}, "#/customBasePath"),
            (with_property({"type": "string", "x-python-type": "shop.Price"}), "#/properties/price/x-python-type"),
            (with_property({"x-python-type": "list[shop.Price]"}), "#/properties/price/x-python-type"),
            (with_property({"x-python-type": "list[exec]"}), "#/properties/price/x-python-type"),
            (with_property({"x-python-type": "not a type ("}), "#/properties/price/x-python-type"),
            (
                {"$defs": {"A": {"x-python-import": {"module": "shop", "name": "A"}}}, "$ref": "#/$defs/A"},
                "#/$defs/A/x-python-import",
            ),
            ({"anyOf": [{"type": "integer"}, PRICE]}, "#/anyOf/1/customTypePath"),
            ({"type": "array", "prefixItems": [PRICE]}, "#/prefixItems/0/customTypePath"),
            ({"type": "object", "patternProperties": {"^p": PRICE}}, "#/patternProperties/^p/customTypePath"),
            ({"$defs": {"Unused": PRICE}}, "#/$defs/Unused/customTypePath"),
            (with_property({"type": "array", "default_factory": "shop.items"}), "#/properties/price/default_factory"),
        ],
    )
    def test_a_schema_imports_nothing(self, schema: dict[str, Any], pointer: str) -> None:
        with pytest.raises(UnsafeSchemaError) as caught:
            generate_dynamic_models(schema)
        assert caught.value.pointer == pointer

    def test_a_reference_into_data_makes_a_schema_of_it(self) -> None:
        hidden = {"x-stash": {"hidden": PRICE}, "type": "object", "properties": {"a": {"$ref": "#/x-stash/hidden"}}}
        with pytest.raises(UnsafeSchemaError) as caught:
            generate_dynamic_models(hidden)
        assert caught.value.pointer == "#/x-stash/hidden/customTypePath"

    def test_as_data_and_as_names_the_keywords_are_harmless(self) -> None:
        schema = {
            "type": "object",
            "properties": {
                "customTypePath": {"type": "string"},
                "x-python-import": {"enum": ["customBasePath", "$ref"]},
                "sample": {"default": {"customTypePath": "os.system", "$ref": "/etc/passwd"}},
            },
        }
        root = generate_dynamic_models(schema).root
        assert root.model_validate({"customTypePath": "os.system"}).model_dump(by_alias=True)["customTypePath"] == (
            "os.system"
        )

    def test_what_the_caller_allows_by_name_is_imported(self) -> None:
        from decimal import Decimal

        shop = generate_dynamic_models(with_property(PRICE), allow_imports=["decimal"]).root
        assert isinstance(shop(price="1.50").price, Decimal)

        with pytest.raises(UnsafeSchemaError, match=r"allow_imports=\['decimal'\]"):
            generate_dynamic_models(with_property(PRICE), allow_imports=["dec"])

    def test_a_module_allows_those_below_it(self) -> None:
        assert names_module({"shop"}, "shop.types")
        assert not names_module({"shop"}, "shopping")
        assert not names_module({"shop.types"}, "shop")

    def test_a_third_party_format_is_a_text(self) -> None:
        cls = generate_dynamic_models(with_property({"type": "string", "format": "ulid"})).root
        assert cls(price="anything").price == "anything"

    @pytest.mark.parametrize("names", ["decimal", [""], [1], None])
    def test_allow_imports_is_a_collection_of_names(self, names: Any) -> None:
        with pytest.raises(OptionsError):
            generate_dynamic_models({}, allow_imports=names)


class TestReferences:
    @pytest.mark.parametrize(
        "reference",
        [
            "secret.json",
            "../secret.json",
            "/etc/passwd",
            "file:///etc/passwd",
            "gopher://example.invalid/1",
            "..",
            "~/x",
        ],
    )
    def test_a_file_is_not_read(self, reference: str) -> None:
        with pytest.raises(UnsafeSchemaError):
            generate_dynamic_models(with_property({"$ref": reference}))

    @pytest.mark.parametrize("word", ["$ref", "$dynamicRef", "$recursiveRef"])
    def test_no_machine_is_asked(self, word: str) -> None:
        with pytest.raises(UnsafeSchemaError):
            generate_dynamic_models(with_property({word: "http://127.0.0.1:9/schema.json#x"}))

    def test_a_discriminator_maps_to_schemas_of_the_document_alone(self) -> None:
        def pet(target: str) -> dict[str, Any]:
            kinds = {"propertyName": "kind", "mapping": {"cat": target}}
            schemas = {
                "Cat": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}},
                "Pet": {"oneOf": [{"$ref": "#/components/schemas/Cat"}], "discriminator": kinds},
            }
            return {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "components": {"schemas": schemas}}

        for allowed in ("Cat", "#/components/schemas/Cat"):
            assert "Cat" in generate_dynamic_models({**pet(allowed), "paths": {}})
        with pytest.raises(UnsafeSchemaError):
            generate_dynamic_models({**pet("cats.json"), "paths": {}})

    def test_ref_base_names_the_folder_for_a_schema_that_is_no_file(self, tmp_path: Path) -> None:
        (tmp_path / "price.json").write_text('{"title": "Price", "type": "integer"}')
        shop = generate_dynamic_models(with_property({"$ref": "price.json"}), ref_base=tmp_path).root
        assert shop.model_validate({"price": 3}).model_dump() == {"price": 3}

        with pytest.raises(UnsafeSchemaError):
            generate_dynamic_models(with_property({"$ref": "../price.json"}), ref_base=tmp_path)
        with pytest.raises(OptionsError):
            generate_dynamic_models({}, ref_base=tmp_path / "nowhere")

    def test_a_file_that_is_referred_to_is_screened_too(self, tmp_path: Path) -> None:
        (tmp_path / "price.json").write_text('{"type": "string", "customTypePath": "shop.Price"}')
        with pytest.raises(UnsafeSchemaError) as caught:
            generate_dynamic_models(with_property({"$ref": "price.json"}), ref_base=tmp_path)
        assert caught.value.pointer == "price.json#/customTypePath"

    @pytest.mark.parametrize(
        ("kind", "text"),
        [
            (
                "xmlschema",
                '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:include schemaLocation="a.xsd"/>',
            ),
            ("protobuf", 'syntax = "proto3"; import "secret.proto";'),
        ],
    )
    def test_texts_of_other_kinds_name_no_files(self, kind: Any, text: str) -> None:
        with pytest.raises(UnsafeSchemaError):
            generate_dynamic_models(text, input_file_type=kind)

    def test_asyncapi_schemas_in_other_languages_are_refused(self) -> None:
        proto = {"schemaFormat": "application/vnd.google.protobuf;version=3", "schema": 'import "a.proto";'}
        document = {
            "asyncapi": "3.0.0",
            "info": {"title": "t", "version": "1"},
            "components": {"schemas": {"A": proto}},
        }
        with pytest.raises(UnsafeSchemaError):
            generate_dynamic_models(document)


def chain(length: int) -> dict[str, Any]:
    definitions: dict[str, Any] = {
        f"D{number}": {"allOf": [{"$ref": f"#/$defs/D{number + 1}"}, {"properties": {f"p{number}": {}}}]}
        for number in range(length)
    }
    return {"$defs": {**definitions, f"D{length}": {"type": "object"}}, "$ref": "#/$defs/D0"}


class TestScopes:
    """Where identifiers set the scope, a reference may lead to places that no pointer of the document names."""

    @pytest.mark.parametrize("reference", ["http://shop.example/s.json#/x-stash/price", "s.json#/x-stash/price"])
    def test_a_reference_by_identifier_hides_nothing(self, reference: str) -> None:
        schema = {
            "$id": "http://shop.example/s.json",
            "type": "object",
            "properties": {"price": {"$ref": reference}},
            "x-stash": {"price": PRICE},
        }
        with pytest.raises(UnsafeSchemaError, match="customTypePath"):
            generate_dynamic_models(schema, custom_file_header="# a header changes nothing")

    def test_a_tool_list_as_text_is_screened_like_one_as_data(self) -> None:
        tools = {"tools": [{"name": "buy", "inputSchema": with_property(PRICE)}]}
        for given in (tools, json.dumps(tools)):
            with pytest.raises(UnsafeSchemaError, match="customTypePath"):
                generate_dynamic_models(given, input_file_type="mcp-tools")  # type: ignore[arg-type]


class TestLimits:
    @pytest.mark.parametrize(
        ("schema", "limit"),
        [
            ({"enum": [f"v{number}" for number in range(11)]}, {"members": 10}),
            ({"type": "object", "properties": {f"p{number}": {} for number in range(11)}}, {"properties": 10}),
            ({"$defs": {f"D{number}": {} for number in range(11)}}, {"definitions": 10}),
            ({"type": "string", "pattern": "a" * 11}, {"pattern": 10}),
            ({"type": "object", "properties": {"a" * 200: {}}}, {"key": 100}),
            ({"type": "integer", "minimum": 10**20}, {"digits": 10}),
            (with_property(with_property(with_property({}))), {"depth": 3}),
            (with_property({"description": "x" * 1_000}), {"bytes": 500}),
            (with_property({"type": "string"}), {"values": 3}),
            (with_property({"$ref": "#"}), {"references": 0}),
            ({"anyOf": [{"anyOf": [{"anyOf": [{}, {}]}, {}]}, {}]}, {"combinators": 2}),
            ({"type": "array", "prefixItems": [{}], "minItems": 11}, {"positions": 10}),
            ({"type": "object", "properties": {"a": {}, "b": {}}, "oneOf": [{}, {}, {}]}, {"expansion": 5}),
            ({"$defs": {f"D{number}": {"$dynamicAnchor": "a"} for number in range(4)}}, {"expansion": 15}),
            (chain(11), {"chain": 10}),
            (with_property({"type": "string"}), {"source": 50}),
        ],
    )
    def test_more_than_a_limit_is_refused_and_more_room_can_be_given(self, schema: Any, limit: dict[str, int]) -> None:
        with pytest.raises(UnsafeSchemaError, match="limits=Limits"):
            generate_dynamic_models(schema, limits=Limits(**limit))
        generate_dynamic_models(schema)

    @pytest.mark.parametrize(
        "schema",
        [
            {"type": "array", "prefixItems": [{"type": "string"}], "minItems": 1_000_000_000},
            {"enum": [f"v{number}" for number in range(60_000)]},
            chain(400),
            {"$defs": {f"D{number}": {"$dynamicAnchor": "a"} for number in range(40)}},
            {
                "type": "object",
                "properties": {f"c{number}": {"type": "string"} for number in range(250)},
                "oneOf": [{"required": [f"c{number}"]} for number in range(250)],
            },
        ],
    )
    def test_small_bombs_do_not_go_off(self, schema: dict[str, Any]) -> None:
        with pytest.raises(UnsafeSchemaError):
            generate_dynamic_models(schema)

    def test_what_many_schemas_inherit_is_counted_for_each(self) -> None:
        definitions: dict[str, Any] = {
            "Base": {"type": "object", "properties": {f"p{each}": {} for each in range(1_000)}}
        }
        for number in range(100):
            definitions[f"D{number}"] = {"allOf": [{"$ref": "#/$defs/Base"}, {"properties": {"own": {}}}]}
        with pytest.raises(UnsafeSchemaError, match="inherit more than"):
            generate_dynamic_models({"$defs": definitions, "$ref": "#/$defs/D0"})

    def test_schemas_that_refer_to_each_other_are_no_nesting(self) -> None:
        names = [f"Node{number:02}" for number in range(30)]
        any_node = {"anyOf": [{"$ref": f"#/$defs/{name}"} for name in names]}
        node = {"type": "object", "required": ["kind"]}
        definitions = {name: {**node, "properties": {"kind": {"const": name}, "left": any_node}} for name in names}
        root = generate_dynamic_models({"$ref": "#/$defs/Node00", "$defs": definitions}).root
        assert root.model_validate({"kind": "Node00", "left": {"kind": "Node07"}}).left.kind == "Node07"

    def test_a_type_expression_too_deep_to_be_read_is_refused(self) -> None:
        with pytest.raises(UnsafeSchemaError):
            generate_dynamic_models(with_property({"type": "string", "x-python-type": "a" + ".b" * 450}))

    @pytest.mark.parametrize("limit", [{"bytes": -1}, {"depth": "deep"}, {"values": True}])
    def test_a_limit_is_a_number(self, limit: dict[str, Any]) -> None:
        with pytest.raises(OptionsError):
            Limits(**limit)

    @pytest.mark.parametrize(
        ("schema", "pointer"),
        [
            (with_property({"type": "integer", "minimum": True}), "#/properties/price/minimum"),
            (with_property({"type": "string", "maxLength": 1.5}), "#/properties/price/maxLength"),
        ],
    )
    def test_a_bound_is_a_number_and_a_count_a_whole_one(self, schema: dict[str, Any], pointer: str) -> None:
        with pytest.raises(SchemaError) as caught:
            generate_dynamic_models(schema)
        assert caught.value.pointer == pointer
