"""Dialects: a document is read as the language says in which it is written, and OpenAPI 3.0 is said in JSON Schema."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from dynmodels import DynamicModels, SchemaError, generate_dynamic_models
from dynmodels.dialect import (
    BASE,
    DRAFT_4,
    DRAFT_7,
    DRAFT_2020_12,
    Dialect,
    dialect_of,
    in_json_schema,
    uri_of,
)

DRAFT_6 = "http://json-schema.org/draft-06/schema#"
DRAFT_2019_09 = "https://json-schema.org/draft/2019-09/schema"

OPENAPI_30 = Dialect(BASE, DRAFT_4, nullable=True, root=False)


def api(version: str, **schemas: Any) -> dict[str, Any]:
    return {
        "openapi": version,
        "info": {"title": "Shop", "version": "1"},
        "paths": {},
        "components": {"schemas": schemas},
    }


def order(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def exact(schema: Any) -> DynamicModels:
    return generate_dynamic_models(schema, exact=True)


def accepts(model: Any, value: Any) -> bool:
    try:
        TypeAdapter(model).validate_python(value)
    except ValidationError:
        return False
    return True


class TestDetection:
    @pytest.mark.parametrize("named", [DRAFT_4, DRAFT_6, DRAFT_7, DRAFT_2019_09, DRAFT_2020_12])
    def test_a_schema_names_its_dialect(self, named: str) -> None:
        assert dialect_of({"$schema": named}, "jsonschema", "order.json")[1:] == (named, False, True)

    @pytest.mark.parametrize("content", [True, False, {}, {"type": "object"}])
    def test_without_a_name_it_is_the_latest(self, content: Any) -> None:
        assert dialect_of(content, "jsonschema", "order.json").schema == DRAFT_2020_12

    @pytest.mark.parametrize(
        ("content", "kind", "schema", "nullable"),
        [
            ({"swagger": "2.0"}, "jsonschema", DRAFT_4, False),
            ({"openapi": "3.0.3"}, "openapi", DRAFT_4, True),
            ({"openapi": 3.0}, "openapi", DRAFT_4, True),
            ({"openapi": "3.1.0"}, "openapi", DRAFT_2020_12, False),
            ({"openapi": "3.2.0"}, "openapi", DRAFT_2020_12, False),
            ({"openapi": "3.1.0", "jsonSchemaDialect": DRAFT_7}, "openapi", DRAFT_7, False),
            (
                {"openapi": "3.1.0", "jsonSchemaDialect": "https://spec.openapis.org/oas/3.1/dialect/base"},
                "openapi",
                DRAFT_2020_12,
                False,
            ),
            ({"asyncapi": "2.6.0"}, "asyncapi", DRAFT_7, False),
            ({"asyncapi": "3.0.0"}, "asyncapi", DRAFT_7, False),
        ],
    )
    def test_a_description_of_an_api_has_that_of_its_version(
        self, content: dict[str, Any], kind: str, schema: str, nullable: bool
    ) -> None:
        assert dialect_of(content, kind, "api.json")[1:] == (schema, nullable, False)

    @pytest.mark.parametrize(
        "named", ["https://shop.example/dialect", "http://json-schema.org/draft-05/schema#", "http://json-schema.org/d"]
    )
    def test_an_unknown_one_is_an_error_that_says_so(self, named: str) -> None:
        with pytest.raises(SchemaError) as caught:
            exact({"$schema": named, **order(number={"type": "integer"})})
        assert caught.value.message == f"the dialect {named!r} is not known"
        assert caught.value.pointer == "#/$schema"
        assert "leave $schema out" in str(caught.value.hint)


class TestNames:
    def test_a_document_is_called_by_its_file_where_it_has_no_name(self) -> None:
        assert dialect_of({}, "jsonschema", "my order.json").uri == BASE + "my%20order.json"
        assert dialect_of(True, "jsonschema", "order.json").uri == BASE + "order.json"

    @pytest.mark.parametrize(
        ("content", "uri"),
        [
            ({"$id": "https://shop.example/order"}, "https://shop.example/order"),
            ({"$id": "https://shop.example/order#"}, "https://shop.example/order"),
            ({"$id": "urn:shop:order"}, "urn:shop:order"),
            ({"$id": "schemas/order.json"}, BASE + "schemas/order.json"),
            ({"$schema": DRAFT_4, "id": "https://shop.example/order"}, "https://shop.example/order"),
            ({"$schema": DRAFT_7, "id": "https://shop.example/order"}, BASE + "schema.json"),
            ({"$schema": DRAFT_7, "$id": "https://shop.example/order", "$ref": "#/x"}, BASE + "schema.json"),
            ({"$id": "https://shop.example/order", "$ref": "#/x"}, "https://shop.example/order"),
        ],
    )
    def test_else_by_its_name(self, content: dict[str, Any], uri: str) -> None:
        assert dialect_of(content, "jsonschema", "schema.json").uri == uri

    def test_what_a_reference_has_encoded_stays_so(self) -> None:
        assert uri_of(BASE, "parts/my%20part.json") == BASE + "parts/my%20part.json"
        assert uri_of("https://shop.example/a/order.json", "part.json") == "https://shop.example/a/part.json"


class TestNullable:
    def test_it_adds_null_to_the_type_beside_it(self) -> None:
        note = {"type": "string", "nullable": True, "maxLength": 9}
        assert in_json_schema(note, OPENAPI_30)["type"] == ["string", "null"]

    @pytest.mark.parametrize(
        "schema",
        [
            {"enum": ["a"], "nullable": True},
            {"$ref": "#/components/schemas/Note", "nullable": True},
            {"type": "string", "nullable": False},
            {"type": "string"},
        ],
    )
    def test_alone_or_false_it_does_nothing(self, schema: dict[str, Any]) -> None:
        assert in_json_schema(schema, OPENAPI_30) == schema

    def test_it_counts_at_every_depth(self) -> None:
        note = {"type": "string", "nullable": True}
        schema = {"allOf": [order(notes={"type": "array", "items": note})], "additionalProperties": note}
        written = in_json_schema(schema, OPENAPI_30)
        assert written["allOf"][0]["properties"]["notes"]["items"]["type"] == ["string", "null"]
        assert written["additionalProperties"]["type"] == ["string", "null"]

    def test_properties_may_have_the_names_of_keywords(self) -> None:
        note = {"type": "string", "nullable": True}
        names = ("nullable", "example", "default", "enum", "type", "properties")
        written = in_json_schema(order(**dict.fromkeys(names, note)), OPENAPI_30)
        assert [written["properties"][name]["type"] for name in names] == [["string", "null"]] * len(names)

    @pytest.mark.parametrize("keyword", ["example", "default", "enum"])
    def test_data_is_left_alone(self, keyword: str) -> None:
        data: Any = {"type": "string", "nullable": True}
        schema = {"type": "object", keyword: [data] if keyword == "enum" else data}
        assert in_json_schema(schema, OPENAPI_30) == schema

    def test_other_dialects_do_not_know_it(self) -> None:
        schema = order(note={"type": "string", "nullable": True})
        assert in_json_schema(schema, Dialect(BASE, DRAFT_2020_12)) is schema


class TestJudging:
    def test_null_is_accepted_by_openapi_30_alone(self) -> None:
        note = order(note={"type": "string", "nullable": True})
        assert accepts(exact(api("3.0.3", Order=note))["Order"], {"note": None})
        assert not accepts(exact(api("3.1.0", Order=note))["Order"], {"note": None})
        assert not accepts(exact(note).root, {"note": None})

    def test_null_is_not_in_an_enumeration_that_does_not_list_it(self) -> None:
        sizes = order(size={"type": "string", "nullable": True, "enum": ["S", "M"]})
        assert not accepts(exact(api("3.0.3", Order=sizes))["Order"], {"size": None})

    @pytest.mark.parametrize("name", ["nullable", "example", "default"])
    def test_a_property_named_like_a_keyword_is_a_property(self, name: str) -> None:
        model = exact(api("3.0.3", Order=order(**{name: {"type": "integer"}})))["Order"]
        assert model.model_validate({name: 3}).model_dump(by_alias=True, exclude_unset=True) == {name: 3}
        assert not accepts(model, {name: None})

    def test_a_limit_is_exclusive_by_a_boolean_up_to_openapi_30(self) -> None:
        price = order(price={"type": "number", "minimum": 0, "exclusiveMinimum": True})
        model = exact(api("3.0.3", Order=price))["Order"]
        assert accepts(model, {"price": 0.01})
        assert not accepts(model, {"price": 0})
        swagger = {"swagger": "2.0", "info": {"title": "Shop", "version": "1"}, "paths": {}}
        model = exact({**swagger, "definitions": {"Order": price}})["Order"]
        assert not accepts(model, {"price": 0})

    def test_and_by_a_number_since(self) -> None:
        price = order(price={"type": ["number", "null"], "exclusiveMinimum": 0})
        for version in ("3.1.0", "3.2.0"):
            model = exact(api(version, Order=price))["Order"]
            assert accepts(model, {"price": None})
            assert not accepts(model, {"price": 0})

    def test_messages_are_in_draft_7(self) -> None:
        signup = order(pair={"type": "array", "items": [{"type": "integer"}], "additionalItems": False})
        info = {"title": "Shop", "version": "1"}
        document = {"asyncapi": "2.6.0", "info": info, "channels": {}, "components": {"schemas": {"Signup": signup}}}
        model = exact(document)["Signup"]
        assert accepts(model, {"pair": [1]})
        assert not accepts(model, {"pair": [1, 2]})

    def test_a_list_of_items_is_a_tuple_before_2020(self) -> None:
        pair = {"type": "array", "items": [{"type": "integer"}], "additionalItems": False}
        for named in (DRAFT_4, DRAFT_6, DRAFT_7, DRAFT_2019_09):
            model = exact({"$schema": named, **pair}).root
            assert accepts(model, [1])
            assert not accepts(model, ["x"])
            assert not accepts(model, [1, 2])

    def test_what_stands_beside_a_reference_counts_since_2019(self) -> None:
        schema = {"definitions": {"Count": {"type": "integer"}}, **order(count={"$ref": "#/definitions/Count"})}
        schema["properties"]["count"]["minimum"] = 5
        assert accepts(exact({"$schema": DRAFT_7, **schema}).root, {"count": 1})
        assert not accepts(exact({"$schema": DRAFT_2019_09, **schema}).root, {"count": 1})

    @pytest.mark.parametrize("value", [None, 1, "x", [], {"a": 1}])
    def test_booleans_accept_everything_and_nothing(self, value: Any) -> None:
        assert accepts(exact(True).root, value)
        assert not accepts(exact(False).root, value)
        assert accepts(exact({}).root, value)
