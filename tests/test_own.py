"""Own schemas: each class says what the document says of it, completely, and others that hold it say so too."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from dynmodels import DynamicModels, generate_dynamic_models

ORDER: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Order",
    "type": "object",
    "required": ["customer"],
    "properties": {
        "customer": {"$ref": "#/$defs/Customer"},
        "lines": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Line"}},
    },
    "additionalProperties": False,
    "$defs": {
        "Customer": {
            "type": "object",
            "required": ["name"],
            "properties": {"name": {"type": "string", "minLength": 1}, "home": {"$ref": "#/$defs/Address"}},
            "not": {"required": ["password"]},
        },
        "Address": {"type": "object", "properties": {"zip": {"type": "string", "pattern": "^[0-9]+$"}}},
        "Line": {"type": "object", "required": ["article"], "properties": {"article": {"type": "string"}}},
    },
}
CUSTOMERS: list[Any] = [
    {"name": "Ada"},
    {"name": ""},
    {},
    {"name": "Ada", "home": {"zip": "00100"}},
    {"name": "Ada", "home": {"zip": "north"}},
    {"name": "Ada", "password": "secret"},
    {"name": "Ada", "nickname": "A"},
    "Ada",
    None,
]


def exact(schema: Any, **options: Any) -> DynamicModels:
    return generate_dynamic_models(schema, exact=True, **options)


def verdicts(schema: Any, values: list[Any]) -> list[bool]:
    validator = jsonschema_rs.validator_for(schema, validate_formats=True)
    return [validator.is_valid(value) for value in values]


def below(schema: dict[str, Any], pointer: str) -> dict[str, Any]:
    """Say what a part of a document asks for, by a reference to it."""
    return {"$ref": f"https://shop.example/document{pointer}", "$defs": {"all": {**schema, "$id": _DOCUMENT}}}


_DOCUMENT = "https://shop.example/document"


class TestModelJsonSchema:
    def test_of_the_root_it_is_the_document_as_it_was_given(self) -> None:
        assert exact(ORDER).root.model_json_schema() == ORDER

    def test_it_is_a_copy(self) -> None:
        root = exact(ORDER).root
        root.model_json_schema()["properties"].clear()
        assert root.model_json_schema() == ORDER
        assert root.model_validate({"customer": {"name": "Ada"}})

    def test_of_another_class_it_is_complete_by_itself(self) -> None:
        models = exact(ORDER)
        schema = models["Customer"].model_json_schema()
        assert set(schema["$defs"]) == {"Address"}
        expected = verdicts(below(ORDER, "#/$defs/Customer"), CUSTOMERS)
        assert verdicts(schema, CUSTOMERS) == expected == [True, False, False, True, False, False, True, False, False]

    def test_classes_that_hold_one_another_are_defined_once_each(self) -> None:
        person = {"type": "object", "required": ["name"], "properties": {"pets": {"items": {"$ref": "#/$defs/Pet"}}}}
        pet = {"type": "object", "properties": {"owner": {"$ref": "#/$defs/Person"}, "legs": {"type": "integer"}}}
        document = {"type": "object", "properties": {"pet": {"$ref": "#/$defs/Pet"}}}
        models = exact({**document, "$defs": {"Person": person, "Pet": pet}})
        schema = models["Pet"].model_json_schema()
        assert set(schema["$defs"]) == {"Person", "Pet"}
        values: list[Any] = [
            {"owner": {"name": "Ada", "pets": [{"legs": 4}]}},
            {"owner": {"name": "Ada", "pets": [{"legs": "four"}]}},
            {"owner": {"pets": []}},
        ]
        assert verdicts(schema, values) == [True, False, False]

    def test_a_class_below_a_recursive_root_holds_the_root(self) -> None:
        folder = {
            "type": "object",
            "required": ["name"],
            "properties": {"parent": {"$ref": "#"}, "link": {"type": "object", "properties": {"to": {"$ref": "#"}}}},
        }
        models = exact(folder)
        schema = models["Link"].model_json_schema()
        assert verdicts(schema, [{"to": {"name": "etc"}}, {"to": {}}, {"to": {"name": "etc", "parent": {}}}, {}]) == [
            True,
            False,
            False,
            True,
        ]

    def test_names_that_are_alike_stay_apart(self) -> None:
        inner = {"type": "object", "properties": {"a": {"$ref": "#/$defs/Code"}, "b": {"$ref": "#/x-more/Code"}}}
        models = exact(
            {
                "type": "object",
                "properties": {"inner": {"$ref": "#/$defs/Inner"}},
                "$defs": {"Inner": inner, "Code": {"type": "integer"}},
                "x-more": {"Code": {"type": "string"}},
            }
        )
        schema = models["Inner"].model_json_schema()
        assert verdicts(schema, [{"a": 1, "b": "x"}, {"a": "x"}, {"b": 1}]) == [True, False, False]

    def test_a_property_called_ref_is_a_property(self) -> None:
        link = {"type": "object", "properties": {"$ref": {"type": "string"}, "$defs": {"type": "integer"}}}
        models = exact({"type": "object", "properties": {"link": {"$ref": "#/$defs/Link"}}, "$defs": {"Link": link}})
        assert models["Link"].model_json_schema() == link

    def test_components_of_an_api_are_schemas_by_themselves(self) -> None:
        order = {"type": "object", "properties": {"note": {"$ref": "#/components/schemas/Note"}}}
        note = {"type": "string", "nullable": True, "maxLength": 3}
        api = {
            "openapi": "3.0.3",
            "info": {"title": "Shop", "version": "1"},
            "paths": {},
            "components": {"schemas": {"Order": order, "Note": note}},
        }
        schema = exact(api)["Order"].model_json_schema()
        assert set(schema["$defs"]) == {"Note"}
        assert verdicts(schema, [{"note": None}, {"note": "abc"}, {"note": "abcd"}, {"note": 1}]) == [
            True,
            True,
            False,
            False,
        ]

    def test_other_modes_and_templates_are_pydantics(self) -> None:
        schema = exact(ORDER).root.model_json_schema(ref_template="#/components/schemas/{model}")
        assert schema["properties"]["customer"] == {"$ref": "#/components/schemas/Customer"}


class TestBundled:
    SCHEMA: dict[str, Any] = {  # noqa: RUF012 (nobody changes it)
        "$id": "https://shop.example/order",
        "type": "object",
        "properties": {"customer": {"$ref": "#customer"}},
        "$defs": {
            "Customer": {
                "$anchor": "customer",
                "type": "object",
                "required": ["name"],
                "properties": {"home": {"$ref": "address"}},
            },
            "Address": {"$id": "address", "type": "object", "required": ["city"]},
        },
    }

    def test_the_root_is_the_document(self) -> None:
        assert exact(self.SCHEMA).root.model_json_schema() == self.SCHEMA

    def test_a_class_is_complete_by_itself(self) -> None:
        schema = exact(self.SCHEMA)["Customer"].model_json_schema()
        values: list[Any] = [
            {"name": "Ada"},
            {},
            {"name": "Ada", "home": {"city": "Rome"}},
            {"name": "Ada", "home": {}},
        ]
        assert verdicts(schema, values) == [True, False, True, False]

    def test_so_is_one_of_an_older_draft(self) -> None:
        for draft, word in (("07", "$id"), ("04", "id")):
            customer = {word: "#customer", "type": "object", "properties": {"home": {"$ref": "#home"}}}
            home = {word: "#home", "type": "object", "required": ["city"]}
            order = {"type": "object", "properties": {"customer": {"$ref": "#customer"}}}
            models = exact(
                {
                    "$schema": f"http://json-schema.org/draft-{draft}/schema#",
                    **order,
                    "definitions": {"Customer": customer, "Home": home},
                }
            )
            schema = models["Customer"].model_json_schema()
            assert verdicts(schema, [{}, {"home": {"city": "Rome"}}, {"home": {}}]) == [True, True, False]

    def test_a_class_with_dynamic_references_is_complete_by_itself(self) -> None:
        category = {
            "type": "object",
            "required": ["name"],
            "properties": {"below": {"type": "array", "items": {"$dynamicRef": "#category"}}},
        }
        shop = {"type": "object", "properties": {"first": {"$ref": "#/$defs/Category"}}}
        models = exact({**shop, "$defs": {"Category": {"$dynamicAnchor": "category", **category}}})
        schema = models["Category"].model_json_schema()
        values: list[Any] = [{"name": "a"}, {}, {"name": "a", "below": [{}]}, {"name": "a", "below": [{"name": "b"}]}]
        assert verdicts(schema, values) == [True, False, False, True]

    def test_so_is_one_from_another_document(self) -> None:
        uri = "https://shop.example/customer"
        customer = {
            "type": "object",
            "required": ["name"],
            "properties": {"home": {"$ref": "#/$defs/Address"}},
            "$defs": {"Address": {"type": "object", "required": ["city"]}},
        }
        models = exact({"type": "object", "properties": {"customer": {"$ref": uri}}}, resources={uri: customer})
        schema = models["Customer"].model_json_schema()
        values: list[Any] = [
            {"name": "Ada"},
            {},
            {"name": "Ada", "home": {"city": "Rome"}},
            {"name": "Ada", "home": {}},
        ]
        assert verdicts(schema, values) == [True, False, True, False]


class TestWithinOthers:
    def test_an_adapter_says_what_the_document_says(self) -> None:
        models = exact(ORDER)
        values: list[Any] = [{"customer": customer} for customer in CUSTOMERS] + [
            {},
            {"customer": {"name": "A"}, "x": 1},
        ]
        assert verdicts(TypeAdapter(models.root).json_schema(), values) == verdicts(ORDER, values)

    def test_so_does_an_adapter_of_a_list(self) -> None:
        customer: Any = exact(ORDER)["Customer"]
        schema = TypeAdapter(list[customer]).json_schema()
        assert verdicts(schema, [[customer] for customer in CUSTOMERS]) == verdicts(
            below(ORDER, "#/$defs/Customer"), CUSTOMERS
        )

    def test_so_does_a_class_of_the_users(self) -> None:
        models = exact(ORDER)
        customer: Any = models["Customer"]

        class Letter(BaseModel):
            to: customer
            copies: list[customer] = []

        schema = Letter.model_json_schema()
        assert {"Customer", "Address"} <= set(schema["$defs"])
        judged = verdicts(below(ORDER, "#/$defs/Customer"), CUSTOMERS)
        assert verdicts(schema, [{"to": customer} for customer in CUSTOMERS]) == judged
        assert verdicts(schema, [{"to": {"name": "Ada"}, "copies": [customer]} for customer in CUSTOMERS]) == judged

    def test_recursive_classes_come_to_an_end(self) -> None:
        models = exact({"title": "Folder", "type": "object", "additionalProperties": {"$ref": "#"}})
        root: Any = models.root

        class Disk(BaseModel):
            root: root

        assert verdicts(Disk.model_json_schema(), [{"root": {"etc": {"ssh": {}}}}, {"root": {"etc": 1}}]) == [
            True,
            False,
        ]
        assert verdicts(TypeAdapter(root).json_schema(), [{"etc": {"ssh": {}}}, {"etc": {"ssh": 1}}]) == [True, False]

    @pytest.mark.parametrize(
        "schema", [True, False, {"type": "string", "maxLength": 3}, {"enum": [1, "a"]}, {"not": {}}]
    )
    def test_a_root_that_is_no_class_says_what_the_document_says(self, schema: Any) -> None:
        values: list[Any] = [1, "a", "abc", "abcd", None, {}]
        assert verdicts(TypeAdapter(exact(schema).root).json_schema(), values) == verdicts(schema, values)


class TestManyModelsAtOnce:
    def test_each_class_is_defined_once_for_each_mode_under_its_own_name(self) -> None:
        schema = {
            "title": "Folder",
            "type": "object",
            "properties": {"inside": {"$ref": "#"}, "owner": {"$ref": "#/$defs/Owner"}},
            "$defs": {
                "Owner": {"type": "object", "properties": {"folders": {"type": "array", "items": {"$ref": "#"}}}}
            },
        }
        models = generate_dynamic_models(schema, exact=True, store=False)
        folder = models["Folder"]

        class Disk(BaseModel):
            root: folder  # type: ignore[valid-type]

        _, described = models_json_schema(
            [(Disk, "validation"), (folder, "validation"), (models["Owner"], "validation")]
        )

        assert set(described["$defs"]) == {"Disk", "Folder", "Owner"}


class TestSubclasses:
    def test_a_subclass_says_what_its_class_says_and_what_it_adds(self) -> None:
        schema = {
            "title": "Ticket",
            "type": "object",
            "required": ["seat"],
            "properties": {"seat": {"type": "integer", "minimum": 1}, "class": {"$ref": "#/$defs/Class"}},
            "$defs": {"Class": {"enum": [1, 2]}},
        }
        ticket = generate_dynamic_models(schema, exact=True, store=False).root

        class Printed(ticket):  # type: ignore[misc, valid-type]
            copies: int

        assert Printed.model_json_schema() == {
            "title": "Printed",
            "type": "object",
            "required": ["seat", "copies"],
            "properties": {
                "seat": {"type": "integer", "minimum": 1},
                "class": {"enum": [1, 2]},
                "copies": {"title": "Copies", "type": "integer"},
            },
        }
        assert Printed(seat=1, copies=2, **{"class": 2}).model_dump(mode="json", by_alias=True) == {
            "seat": 1,
            "class": 2,
            "copies": 2,
        }
