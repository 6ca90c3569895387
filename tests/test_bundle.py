"""Bundling: references of every kind lead to classes, and those are named by the document that was given."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from dynmodels import DynamicModels, SchemaError, generate_dynamic_models
from dynmodels.bundle import Bundled, bundle
from dynmodels.schema import load
from dynmodels.source import read

DRAFT_4 = "http://json-schema.org/draft-04/schema#"
DRAFT_7 = "http://json-schema.org/draft-07/schema#"
DRAFT_2019 = "https://json-schema.org/draft/2019-09/schema"
DRAFT_2020 = "https://json-schema.org/draft/2020-12/schema"

ADDRESS: dict[str, Any] = {
    "type": "object",
    "required": ["city"],
    "properties": {"city": {"type": "string"}, "zip": {"type": "string"}},
}


def order(reference: str, **more: Any) -> dict[str, Any]:
    """Describe an order whose billing address stands elsewhere."""
    return {"type": "object", "properties": {"billing": {"$ref": reference}}, **more}


def exact(schema: Any, **options: Any) -> DynamicModels:
    return generate_dynamic_models(schema, exact=True, **options)


def accepts(models: DynamicModels, value: Any) -> bool:
    try:
        TypeAdapter(models.root).validate_python(value)
    except ValidationError:
        return False
    return True


def bundled(schema: dict[str, Any], **resources: Any) -> Bundled:
    document = load(read(schema), None, resources=resources)
    return bundle(document, schema.get("$id", "https://shop.example/order"), DRAFT_2020, resources)


class TestReferences:
    @pytest.mark.parametrize(
        "schema",
        [
            pytest.param(order("#address", **{"$defs": {"Address": {"$anchor": "address", **ADDRESS}}}), id="anchor"),
            pytest.param(
                order("urn:shop:address", **{"$defs": {"Address": {"$id": "urn:shop:address", **ADDRESS}}}), id="urn"
            ),
            pytest.param(
                order(
                    "parts/address",
                    **{
                        "$id": "https://shop.example/order",
                        "$defs": {"Address": {"$id": "parts/address", **ADDRESS}},
                    },
                ),
                id="relative to the document's id",
            ),
            pytest.param(
                order(
                    "https://shop.example/parts/address",
                    **{
                        "$id": "https://shop.example/order",
                        "$defs": {"Address": {"$id": "parts/address", **ADDRESS}},
                    },
                ),
                id="absolute",
            ),
            pytest.param(
                order(
                    "#address",
                    **{"$schema": DRAFT_7, "definitions": {"Address": {"$id": "#address", **ADDRESS}}},
                ),
                id="draft 7's id as an anchor",
            ),
            pytest.param(
                order("#address", **{"$schema": DRAFT_4, "definitions": {"Address": {"id": "#address", **ADDRESS}}}),
                id="draft 4's id",
            ),
        ],
    )
    def test_a_definition_is_found_by_the_name_that_it_has(self, schema: dict[str, Any]) -> None:
        models = exact(schema)
        assert models.root(billing={"city": "Rome"}).billing.city == "Rome"
        assert not accepts(models, {"billing": {"zip": "00100"}})
        assert models.relaxed == ()
        assert {models["Address"], models["Model"]} == set(models.pointers.values())
        assert set(models.pointers) == {"#", "#/$defs/Address" if "$defs" in schema else "#/definitions/Address"}

    @pytest.mark.parametrize(
        ("name", "reference", "class_name"),
        [
            ("Postal address", "#/$defs/Postal%20address", "PostalAddress"),
            ("postal/address", "#/$defs/postal~1address", "PostalAddress"),
            ("100%", "#/$defs/100%25", "Field100"),
            ("a~b", "#/$defs/a~0b", "AB"),
        ],
    )
    def test_names_are_escaped_in_references(self, name: str, reference: str, class_name: str) -> None:
        models = exact(order(reference, **{"$defs": {name: ADDRESS}}))
        assert models.root(billing={"city": "Rome"}).billing.city == "Rome"
        assert not accepts(models, {"billing": {}})
        pointer = "#/$defs/" + name.replace("~", "~0").replace("/", "~1")
        assert models.pointers[pointer].__name__ == class_name

    def test_a_nested_document_reads_its_references_from_its_own_place(self) -> None:
        address = {
            "$id": "parts/address",
            "type": "object",
            "properties": {"country": {"$ref": "#/$defs/Country"}, "region": {"$ref": "region"}},
            "$defs": {"Country": {"type": "string", "pattern": "^[A-Z]{2}$"}},
        }
        region = {"$id": "https://shop.example/parts/region", "type": "string", "maxLength": 3}
        schema = order(
            "parts/address",
            **{
                "$id": "https://shop.example/order",
                "$defs": {"Address": address, "Region": region, "Country": {"type": "integer"}},
            },
        )
        models = exact(schema)
        assert accepts(models, {"billing": {"country": "IT", "region": "LAZ"}})
        assert not accepts(models, {"billing": {"country": 39}})
        assert not accepts(models, {"billing": {"region": "Lazio"}})

    def test_a_reference_goes_below_nested_definitions(self) -> None:
        line = {"type": "object", "required": ["article"], "properties": {"article": {"type": "string"}}}
        parcel = {
            "type": "object",
            "properties": {"lines": {"type": "array", "items": {"$ref": "#/$defs/Parcel/$defs/Line"}}},
            "$defs": {"Line": line},
        }
        schema = {
            "type": "object",
            "properties": {"parcel": {"$ref": "#/$defs/Parcel"}, "extra": {"$ref": "#/$defs/Parcel/$defs/Line"}},
            "$defs": {"Parcel": parcel},
        }
        models = exact(schema)
        made = models.root(parcel={"lines": [{"article": "screw"}]}, extra={"article": "nut"})
        assert type(made.extra) is type(made.parcel.lines[0]) is models["Line"]
        assert models.pointers["#/$defs/Parcel/$defs/Line"] is models["Line"]
        assert not accepts(models, {"parcel": {"lines": [{}]}})

    def test_a_reference_leads_to_a_schema_below_a_keyword_that_nobody_knows(self) -> None:
        models = exact(order("#/x-shared/Address", **{"x-shared": {"Address": ADDRESS}}))
        assert models.root(billing={"city": "Rome"}).billing.city == "Rome"
        assert models.pointers["#/x-shared/Address"] is models["Address"]
        assert not accepts(models, {"billing": {}})

    def test_what_stands_in_data_is_no_reference(self) -> None:
        schema = {"type": "object", "properties": {"link": {"const": {"$ref": "#/nowhere", "$id": "urn:x"}}}}
        assert accepts(exact(schema), {"link": {"$ref": "#/nowhere", "$id": "urn:x"}})
        assert not accepts(exact(schema), {"link": {}})

    def test_a_reference_to_false_accepts_nothing(self) -> None:
        models = exact(order("#never", **{"$defs": {"Never": {"$anchor": "never", "not": {}}, "Gone": False}}))
        assert accepts(models, {})
        assert not accepts(models, {"billing": {}})
        assert not accepts(exact(order("urn:shop:gone"), resources={"urn:shop:gone": False}), {"billing": {}})


class TestDynamicReferences:
    TREE: dict[str, Any] = {  # noqa: RUF012 (the tests copy it)
        "$id": "https://shop.example/category",
        "$dynamicAnchor": "category",
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string"},
            "below": {"type": "array", "items": {"$dynamicRef": "#category"}},
        },
    }

    def test_one_that_leads_to_one_schema_is_a_reference_to_it(self) -> None:
        models = exact(self.TREE)
        tools = models.root(name="Tools", below=[{"name": "Saws"}])
        assert type(tools.below[0]) is models.root
        assert models.relaxed == ()
        assert not accepts(models, {"name": "Tools", "below": [{}]})

    def test_so_is_a_recursive_one(self) -> None:
        schema = {
            **self.TREE,
            "$schema": DRAFT_2019,
            "$recursiveAnchor": True,
            "properties": {"name": {"type": "string"}, "below": {"type": "array", "items": {"$recursiveRef": "#"}}},
        }
        del schema["$dynamicAnchor"]
        models = exact(schema)
        assert type(models.root(name="Tools", below=[{"name": "Saws"}]).below[0]) is models.root
        assert not accepts(models, {"name": "Tools", "below": [{}]})

    def test_one_that_may_lead_to_several_is_judged_and_has_no_class(self) -> None:
        priced = {
            "$id": "https://shop.example/priced-category",
            "$dynamicAnchor": "category",
            "$ref": "category",
            "required": ["discount"],
            "$defs": {"Category": self.TREE},
        }
        models = exact(priced)
        assert models.relaxed == (
            (
                "#/$defs/Category/properties/below/items",
                "$dynamicRef may lead to several schemas, as the data goes",
            ),
        )
        saws = {"name": "Saws", "discount": 5}
        assert accepts(models, {"name": "Tools", "discount": 0, "below": [saws]})
        assert not accepts(models, {"name": "Tools", "discount": 0, "below": [{"name": "Saws"}]})


class TestResources:
    def test_a_document_that_the_caller_gives_is_taken_in(self) -> None:
        models = exact(order("https://shop.example/address"), resources={"https://shop.example/address": ADDRESS})
        assert models.root(billing={"city": "Rome"}).billing.city == "Rome"
        assert set(models.pointers) == {"#", "https://shop.example/address#"}
        assert not accepts(models, {"billing": {}})
        assert models.schema == order("https://shop.example/address")

    def test_documents_refer_to_one_another(self) -> None:
        address = {"type": "object", "properties": {"country": {"$ref": "country.json#/$defs/Code"}}}
        country = {"$defs": {"Code": {"enum": ["IT", "FR"]}}}
        resources = {"https://shop.example/address.json": address, "https://shop.example/country.json": country}
        models = exact(order("https://shop.example/address.json"), resources=resources)
        assert accepts(models, {"billing": {"country": "IT"}})
        assert not accepts(models, {"billing": {"country": "XX"}})
        assert "https://shop.example/country.json#/$defs/Code" in models.pointers

    @pytest.mark.parametrize(
        ("uri", "reference"),
        [
            ("urn:shop:address", "urn:shop:address"),
            ("https://shop.example/address#", "https://shop.example/address"),
            ("https://shop.example/address", "https://shop.example/address#"),
            ("address.json", "address.json"),
        ],
    )
    def test_uris_are_compared_as_references_are_resolved(self, uri: str, reference: str) -> None:
        models = exact(order(reference), resources={uri: ADDRESS})
        assert accepts(models, {"billing": {"city": "Rome"}})
        assert not accepts(models, {"billing": {}})

    def test_a_document_keeps_its_own_dialect(self) -> None:
        pair = {"$schema": DRAFT_7, "type": "array", "items": [{"type": "integer"}]}
        models = exact(order("urn:shop:pair"), resources={"urn:shop:pair": pair})
        assert accepts(models, {"billing": [1, "x"]})
        assert not accepts(models, {"billing": ["x"]})

    def test_a_document_that_is_a_mere_reference_has_its_target_as_root(self) -> None:
        uri = "https://shop.example/address"
        models = exact({"$ref": uri}, resources={uri: ADDRESS})
        assert models.root is models["Address"]

    @pytest.mark.parametrize("dialect", [DRAFT_4, DRAFT_7, DRAFT_2019, DRAFT_2020])
    def test_metaschemas_are_known_to_everybody(self, dialect: str) -> None:
        tool = {
            "$schema": dialect,
            "type": "object",
            "required": ["name"],
            "properties": {"name": {"type": "string"}, "inputSchema": {"$ref": dialect}},
        }
        models = exact(tool)
        accepted = {"name": "search", "inputSchema": {"type": "object", "properties": {"query": {"type": "string"}}}}
        assert accepts(models, accepted)
        assert not accepts(models, {"name": "search", "inputSchema": {"properties": {"query": {"type": "text"}}}})
        made = TypeAdapter(models.root).validate_python(accepted)
        assert made.model_dump(mode="json", by_alias=True, exclude_unset=True) == accepted


class TestCircles:
    @pytest.mark.parametrize(
        ("schema", "pointer"),
        [
            ({"$ref": "#"}, "#"),
            (order("#/$defs/Address", **{"$defs": {"Address": {"$ref": "#/$defs/Address"}}}), "#/$defs/Address"),
            (
                {"$ref": "#/$defs/Home", "$defs": {"Home": {"$ref": "#/$defs/Work"}, "Work": {"$ref": "#/$defs/Home"}}},
                "#",
            ),
        ],
    )
    def test_references_to_references_only_are_refused(self, schema: dict[str, Any], pointer: str) -> None:
        with pytest.raises(SchemaError, match="in a circle") as caught:
            exact(schema)
        assert caught.value.pointer == pointer

    def test_a_circle_with_a_schema_in_it_is_recursion(self) -> None:
        folder = {"type": "object", "additionalProperties": {"$ref": "#/$defs/Alias"}}
        models = exact({"$ref": "#/$defs/Alias", "$defs": {"Alias": {"$ref": "#/$defs/Folder"}, "Folder": folder}})
        assert accepts(models, {"etc": {"ssh": {}}})
        assert not accepts(models, {"etc": {"ssh": 1}})


class TestLeftAlone:
    @pytest.mark.parametrize(
        "schema",
        [
            {"type": "object", "properties": {"billing": ADDRESS}},
            order("#/$defs/Address", **{"$defs": {"Address": ADDRESS}}),
            order("#/$defs/Address", **{"$id": "https://shop.example/order", "$defs": {"Address": ADDRESS}}),
            {"type": "object", "properties": {"$id": {"type": "string"}, "$ref": {"type": "string"}}},
            {"type": "object", "properties": {"link": {"const": {"$ref": "#/nowhere"}}}},
        ],
    )
    def test_a_document_that_needs_nothing_is_given_back_itself(self, schema: dict[str, Any]) -> None:
        document = load(read(schema), None)
        result = bundle(document, "https://shop.example/order", DRAFT_2020, {})
        assert result.document is document
        assert (result.origins, result.relaxed, result.dynamic) == ({}, (), False)

    def test_a_collection_of_schemas_is_left_to_the_generator(self) -> None:
        document = load(read({"openapi": "3.1.0", "components": {"schemas": {"Address": {"$anchor": "a"}}}}), None)
        assert bundle(document, "https://shop.example/api", DRAFT_2020, {}).document is document

    def test_the_given_document_is_not_changed(self) -> None:
        schema = order("#address", **{"$defs": {"Address": {"$anchor": "address", **ADDRESS}}})
        before = copy.deepcopy(schema)
        assert exact(schema).schema == before
        assert schema == before


class TestRendered:
    def test_references_are_pointers_and_names_are_gone(self) -> None:
        result = bundled(order("#address", **{"$defs": {"Address": {"$anchor": "address", **ADDRESS}}}))
        assert result.document.content == order("#/$defs/Address", **{"$defs": {"Address": ADDRESS}})

    def test_what_is_brought_in_stands_among_the_definitions_and_is_known_by_its_uri(self) -> None:
        result = bundled(order("urn:shop:address", **{"$defs": {"address": {}}}), **{"urn:shop:address": ADDRESS})
        (place, origin), *others = result.origins.items()
        assert (origin, others) == ("urn:shop:address#", [])
        name = place.removeprefix("#/$defs/")
        assert name != "address"
        assert result.document.content["$defs"] == {"address": {}, name: ADDRESS}
        assert result.document.content["properties"]["billing"] == {"$ref": place}
