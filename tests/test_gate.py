"""Gates: what is wrong with a schema is said where it stands, and what is right is judged as jsonschema-rs does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from pydantic import TypeAdapter, ValidationError

from dynmodels import DynamicModels, SchemaError, UnsafeSchemaError, generate_dynamic_models
from dynmodels.dialect import DRAFT_2020_12, Dialect
from dynmodels.gate import Gates, Truth

CUSTOMER: dict[str, Any] = {
    "title": "Customer",
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string"}},
}


def ticket(schema: Any) -> dict[str, Any]:
    """Describe a ticket with one property."""
    return {"type": "object", "properties": {"seat": schema}}


def exact(schema: Any, **options: Any) -> DynamicModels:
    return generate_dynamic_models(schema, exact=True, **options)


def accepts(model: Any, value: Any) -> bool:
    try:
        TypeAdapter(model).validate_python(value)
    except ValidationError:
        return False
    return True


def gates(content: Any, **others: Any) -> Gates:
    dialect = Dialect("https://shop.example/order", DRAFT_2020_12)
    return Gates(Truth(dialect, True, lambda: content, lambda: others))


def refused(schema: Any, **options: Any) -> SchemaError:
    with pytest.raises(SchemaError) as caught:
        exact(schema, **options)
    return caught.value


class TestInvalidSchemas:
    @pytest.mark.parametrize(
        ("schema", "pointer", "text"),
        [
            (ticket({"type": "text"}), "#/properties/seat/type", 'should be one of "array"'),
            (ticket({"type": "string", "minLength": -1}), "#/properties/seat/minLength", "should be at least 0"),
            (ticket({"enum": "window"}), "#/properties/seat/enum", "should be a list"),
            (ticket({"pattern": "("}), "#/properties/seat/pattern", '"(" is not a "regex"'),
            (ticket({"$ref": 7}), "#/properties/seat/$ref", "should be text"),
            ({"patternProperties": {"a(/b": {}}}, "#/patternProperties/a(~1b", "regex"),
            ({"required": "seat"}, "#/required", "should be a list"),
            ({"properties": [ticket({})]}, "#/properties", "should be an object"),
            ({"$defs": {"Seat": {"anyOf": []}}}, "#/$defs/Seat/anyOf", "should have at least 1 item"),
            ({"$schema": 7}, "#/$schema", "should be text"),
            ({"$schema": "http://json-schema.org/draft-07/schema#", "items": 3}, "#/items", "3: "),
        ],
    )
    def test_a_bad_value_of_a_keyword_is_named_with_its_place(self, schema: Any, pointer: str, text: str) -> None:
        error = refused(schema)
        assert error.pointer == pointer
        assert text in error.message

    @pytest.mark.parametrize(
        "reference", ["#/$defs/Seat", "#seat", "#/$defs/a~1b", "#/$defs/a%20b", "#/properties/seat/properties/x"]
    )
    def test_a_reference_to_nowhere_is_named_with_its_place(self, reference: str) -> None:
        error = refused(ticket({"anyOf": [{"$ref": reference}]}))
        assert error.message == f"the reference {reference!r} leads nowhere"
        assert error.pointer == "#/properties/seat/anyOf/0"

    def test_so_is_one_of_a_document_with_a_name(self) -> None:
        error = refused({"$id": "https://shop.example/ticket", **ticket({"$ref": "#/$defs/Seat"})})
        assert (error.message, error.pointer) == ("the reference '#/$defs/Seat' leads nowhere", "#/properties/seat")

    def test_one_that_is_no_uri_is_named_with_its_place(self) -> None:
        error = refused({"$defs": {"Window seat": {}}, **ticket({"$ref": "#/$defs/Window seat"})})
        assert error.pointer == "#/properties/seat"
        assert "'#/$defs/Window seat' cannot be resolved" in error.message
        assert "%20" in str(error.hint)

    @pytest.mark.parametrize(
        ("schema", "text"),
        [
            ({"$ref": "#/components/schemas/Seat"}, "'#/components/schemas/Seat' leads nowhere"),
            ({"type": "string", "minLength": -1}, "-1 is less than"),
            ({"type": "string", "pattern": "("}, "regex"),
        ],
    )
    def test_the_schemas_of_an_api_are_looked_at_when_it_is_built(self, schema: Any, text: str) -> None:
        info = {"title": "Trains", "version": "1"}
        api = {"openapi": "3.1.0", "info": info, "paths": {}, "components": {"schemas": {"Ticket": ticket(schema)}}}
        assert text in refused(api).message


class TestOtherDocuments:
    @pytest.mark.parametrize("reference", ["https://shop.example/seat", "https://shop.example/seat#/$defs/Seat"])
    def test_a_reference_to_one_that_is_not_given_is_unsafe_and_says_how_to_give_it(self, reference: str) -> None:
        error = refused(ticket({"$ref": reference}))
        assert isinstance(error, UnsafeSchemaError)
        assert error.pointer == "#/properties/seat"
        assert error.hint == "Give it: resources={'https://shop.example/seat': schema}."

    def test_a_reference_leads_into_one_that_is_given(self) -> None:
        seat = {"$defs": {"Seat": {"enum": ["window", "aisle"]}}}
        reference = "https://shop.example/seat#/$defs/Seat"
        models = exact(ticket({"$ref": reference}), resources={"https://shop.example/seat": seat})
        assert accepts(models.root, {"seat": "aisle"})
        assert not accepts(models.root, {"seat": "roof"})

    def test_what_is_wrong_with_it_is_said_with_its_name(self) -> None:
        uri = "https://shop.example/seat"
        error = refused(ticket({"$ref": uri}), resources={uri: ticket({"type": "chair"})})
        assert error.pointer == f"{uri}#/properties/seat/type"
        error = refused(ticket({"$ref": uri}), resources={uri: ticket({"$ref": "#/$defs/Seat"})})
        assert (error.message, error.pointer) == (
            "the reference '#/$defs/Seat' leads nowhere",
            f"{uri}#/properties/seat",
        )
        error = refused(ticket({"$ref": uri}), resources={uri: ticket({"$ref": "row"})})
        assert error.hint == "Give it: resources={'https://shop.example/row': schema}."

    def test_one_that_nobody_refers_to_does_no_harm(self) -> None:
        models = exact(ticket({"type": "string"}), resources={"https://shop.example/seat": {"type": "chair"}})
        assert accepts(models.root, {"seat": "7A"})


class TestFiles:
    @pytest.mark.parametrize("name", [None, "https://shop.example/schemas/order.json", "order.json"])
    def test_they_are_found_whatever_the_document_calls_itself(self, tmp_path: Path, name: str | None) -> None:
        order = {"type": "object", "properties": {"customer": {"$ref": "customer.json"}}}
        (tmp_path / "customer.json").write_text(json.dumps(CUSTOMER))
        (tmp_path / "order.json").write_text(json.dumps(order if name is None else {"$id": name, **order}))
        models = exact(tmp_path / "order.json")
        assert models.root(customer={"name": "Ada"}).customer.name == "Ada"
        with pytest.raises(ValidationError) as caught:
            models.root(customer={})
        (fault,) = caught.value.errors()
        assert (fault["loc"], fault["type"]) == (("customer",), "json_schema.required")
        assert fault["ctx"]["schema"].endswith("customer.json#/required")

    def test_classes_are_known_by_the_files_that_they_come_from(self, tmp_path: Path) -> None:
        (tmp_path / "customer.json").write_text(json.dumps(CUSTOMER))
        order = {"type": "object", "properties": {"customer": {"$ref": "customer.json"}}}
        plain = generate_dynamic_models(order, ref_base=tmp_path)
        models = exact(order, ref_base=tmp_path)
        assert set(models.pointers) == set(plain.pointers) == {"#", "customer.json#"}
        with pytest.raises(ValidationError):
            models["Customer"]()

    def test_they_refer_to_one_another(self, tmp_path: Path) -> None:
        (tmp_path / "parts").mkdir()
        order = {"type": "object", "properties": {"customer": {"$ref": "parts/my%20customer.json"}}}
        customer = {
            "type": "object",
            "properties": {"home": {"$ref": "address.json#/$defs/Home"}, "last": {"$ref": "../order.json"}},
        }
        home = {"$defs": {"Home": {"type": "object", "required": ["city"]}}}
        (tmp_path / "order.json").write_text(json.dumps(order))
        (tmp_path / "parts" / "my customer.json").write_text(json.dumps(customer))
        (tmp_path / "parts" / "address.json").write_text(json.dumps(home))
        root = exact(tmp_path / "order.json").root
        assert accepts(root, {"customer": {"home": {"city": "Rome"}, "last": {"customer": {}}}})
        assert not accepts(root, {"customer": {"last": {"customer": {"home": {}}}}})

    def test_an_api_refers_to_them(self, tmp_path: Path) -> None:
        (tmp_path / "customer.json").write_text(json.dumps(CUSTOMER))
        order = {"type": "object", "properties": {"customer": {"$ref": "customer.json"}}}
        api = {
            "openapi": "3.0.3",
            "info": {"title": "Shop", "version": "1"},
            "paths": {},
            "components": {"schemas": {"Order": order}},
        }
        model = exact(api, ref_base=tmp_path)["Order"]
        assert accepts(model, {"customer": {"name": "Ada"}})
        assert not accepts(model, {"customer": {}})

    def test_what_is_wrong_with_one_is_said_with_its_name(self, tmp_path: Path) -> None:
        order = {"type": "object", "properties": {"customer": {"$ref": "customer.json"}}}
        (tmp_path / "customer.json").write_text(json.dumps(ticket({"type": "chair"})))
        assert refused(order, ref_base=tmp_path).pointer == "customer.json#/properties/seat/type"
        (tmp_path / "customer.json").write_text(json.dumps(ticket({"$ref": "#/$defs/Seat"})))
        assert refused(order, ref_base=tmp_path).pointer == "customer.json#/properties/seat"

    def test_a_urn_has_no_files_beside_it(self, tmp_path: Path) -> None:
        (tmp_path / "customer.json").write_text(json.dumps(CUSTOMER))
        order = {"$id": "urn:shop:order", "properties": {"customer": {"$ref": "customer.json"}}}
        error = refused(order, ref_base=tmp_path)
        assert error.pointer == "#/properties/customer"
        assert "'customer.json' cannot be resolved" in error.message


class TestFormats:
    SCHEMA = ticket({"type": "string", "format": "date"})

    def test_they_are_checked(self) -> None:
        for models in (exact(self.SCHEMA), exact(self.SCHEMA, formats="assert")):
            assert accepts(models.root, {"seat": "2024-12-31"})
            assert not accepts(models.root, {"seat": "2024-13-31"})

    def test_or_annotate_only(self) -> None:
        root = exact(self.SCHEMA, formats="annotate").root
        for text in ("2024-12-31", "some day"):
            made = root.model_validate({"seat": text})
            assert made.model_dump(mode="json", exclude_unset=True) == {"seat": text}
        assert not accepts(root, {"seat": 7})


class TestValidators:
    def test_each_is_compiled_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        compiled: list[Any] = []
        compile_ = jsonschema_rs.validator_for

        def counting(schema: Any, **options: Any) -> Any:
            compiled.append(schema)
            return compile_(schema, **options)

        monkeypatch.setattr(jsonschema_rs, "validator_for", counting)
        of_order = gates({"properties": {"customer": CUSTOMER}})
        for _ in range(3):
            assert of_order.accepts("#/properties/customer", {"name": "Ada"})
            assert not of_order.accepts("#", {"customer": {}})
        assert len(compiled) == 2

    def test_none_is_compiled_before_it_is_needed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        of_order = gates({"properties": {"customer": CUSTOMER}})
        monkeypatch.setattr(jsonschema_rs, "validator_for", lambda *_, **__: pytest.fail("compiled"))
        assert of_order.schema_at("#/properties/customer") == CUSTOMER

    def test_schemas_are_found_by_their_pointers(self) -> None:
        of_order = gates({"allOf": [CUSTOMER], "$defs": {"a/b c": CUSTOMER}}, **{"urn:shop:x": {"$defs": {"X": True}}})
        assert of_order.schema_at("#/allOf/0") == of_order.schema_at("#/$defs/a~1b c") == CUSTOMER
        assert of_order.accepts("#/$defs/a~1b c", {"name": "Ada"})
        assert of_order.schema_at("urn:shop:x#/$defs/X") is True
        for nowhere in ("#/allOf/7", "#/allOf/first", "#/$defs/c", "urn:shop:y#"):
            assert of_order.schema_at(nowhere) == {}

    def test_what_is_no_json_data_is_an_error(self) -> None:
        with pytest.raises(ValueError, match="type"):
            gates(CUSTOMER).accepts("#", {"name": object()})
