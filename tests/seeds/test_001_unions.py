"""Page 001, section 2: discriminated unions of generated classes."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Annotated, Any

import pytest
from pydantic import Discriminator, Field, Tag, TypeAdapter, ValidationError, create_model

from dynmodels import generate_dynamic_models

#: What a parcel service moves; each has its kind.
PARCELS: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Parcels", "version": "1"},
    "paths": {},
    "components": {
        "schemas": {
            "Letter": {
                "type": "object",
                "required": ["kind", "grams"],
                "properties": {"kind": {"const": "letter"}, "grams": {"type": "integer"}},
            },
            "Crate": {
                "type": "object",
                "required": ["kind", "litres"],
                "properties": {"kind": {"const": "crate"}, "litres": {"type": "number"}},
            },
            "Consignment": {
                "type": "object",
                "required": ["item"],
                "properties": {
                    "item": {
                        "oneOf": [{"$ref": "#/components/schemas/Letter"}, {"$ref": "#/components/schemas/Crate"}],
                        "discriminator": {
                            "propertyName": "kind",
                            "mapping": {
                                "letter": "#/components/schemas/Letter",
                                "crate": "#/components/schemas/Crate",
                            },
                        },
                    }
                },
            },
            "Apple": {"type": "object", "required": ["sort"], "properties": {"sort": {"type": "string"}}},
            "Coal": {"type": "object", "required": ["ash"], "properties": {"ash": {"type": "number"}}},
        }
    },
}

both_ways = pytest.mark.parametrize("exact", [False, True], ids=["plain", "exact"])


def choice(discriminator: Discriminator, **members: Any) -> Any:
    """Make a union of classes, by their tags."""
    tagged = [Annotated[cls, Tag(tag)] for tag, cls in members.items()]
    return Annotated[reduce(or_, tagged), discriminator]


def cargo_of(value: Any) -> str | None:
    """Tell apples from coal by what they have, in data and in objects."""
    names = value if isinstance(value, dict) else vars(value)
    return "apple" if "sort" in names else "coal" if "ash" in names else None


def kind_of(value: Any) -> str | None:
    """Tell by the field ``kind``, in data and in objects."""
    return value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)


class TestStringDiscriminator:
    @both_ways
    def test_the_schemas_own_tells_the_classes_apart(self, exact: bool) -> None:
        models = generate_dynamic_models(PARCELS, exact=exact)

        for item, name in [({"kind": "letter", "grams": 20}, "Letter"), ({"kind": "crate", "litres": 2.5}, "Crate")]:
            assert type(models["Consignment"].model_validate({"item": item}).item) is models[name]

    def test_errors_name_the_tag(self) -> None:
        consignment = generate_dynamic_models(PARCELS)["Consignment"]

        with pytest.raises(ValidationError) as caught:
            consignment.model_validate({"item": {"kind": "letter", "grams": "heavy"}})
        assert caught.value.errors()[0]["loc"] == ("item", "letter", "grams")
        with pytest.raises(ValidationError, match=r"'kind'.*'letter'.*'crate'"):
            consignment.model_validate({"item": {"kind": "sack"}})

    def test_a_callers_own_union_of_generated_classes(self) -> None:
        models = generate_dynamic_models(PARCELS)
        union: Any = reduce(or_, map(models.__getitem__, ("Letter", "Crate")))
        van: Any = create_model("Van", load=(union, Field(discriminator="kind")))

        assert van(load={"kind": "crate", "litres": 3}).load == models["Crate"](kind="crate", litres=3)
        with pytest.raises(ValidationError, match="union_tag_invalid"):
            van(load={"kind": "sack"})


class TestCallableDiscriminator:
    @both_ways
    def test_classes_without_a_common_field_are_told_apart_by_a_function(self, exact: bool) -> None:
        models = generate_dynamic_models(PARCELS, exact=exact)
        cargo = choice(Discriminator(cargo_of), apple=models["Apple"], coal=models["Coal"])
        adapter: TypeAdapter[Any] = TypeAdapter(cargo)

        apple = adapter.validate_python({"sort": "russet"})

        assert type(apple) is models["Apple"]
        assert adapter.dump_python(apple) == {"sort": "russet"}
        assert type(adapter.validate_python(apple)) is models["Apple"]
        with pytest.raises(ValidationError, match="Unable to extract tag"):
            adapter.validate_python({"weight": 3})


class TestCustomErrorMessages:
    def test_the_caller_says_what_is_wrong(self) -> None:
        models = generate_dynamic_models(PARCELS)
        told = Discriminator(
            cargo_of,
            custom_error_type="unknown_cargo",
            custom_error_message="Neither {fruit} nor fuel",
            custom_error_context={"fruit": "apples"},
        )
        cargo = choice(told, apple=models["Apple"], coal=models["Coal"])

        with pytest.raises(ValidationError) as caught:
            TypeAdapter(cargo).validate_python({"weight": 3})
        assert caught.value.errors()[0]["type"] == "unknown_cargo"
        assert caught.value.errors()[0]["msg"] == "Neither apples nor fuel"


class TestNestedDiscriminators:
    def test_one_choice_stands_in_another(self) -> None:
        models = generate_dynamic_models(PARCELS)
        parcels = choice(Discriminator(kind_of), letter=models["Letter"], crate=models["Crate"])

        def parcel_or_bulk(value: Any) -> str:
            return "parcel" if kind_of(value) else "bulk"

        load = choice(Discriminator(parcel_or_bulk), parcel=parcels, bulk=models["Coal"])
        adapter: TypeAdapter[Any] = TypeAdapter(load)

        assert type(adapter.validate_python({"kind": "crate", "litres": 1})) is models["Crate"]
        assert type(adapter.validate_python({"ash": 0.1})) is models["Coal"]
        with pytest.raises(ValidationError) as caught:
            adapter.validate_python({"kind": "crate", "litres": "much"})
        assert caught.value.errors()[0]["loc"] == ("parcel", "crate", "litres")


class TestUnionsBuiltAtRunTime:
    def test_a_union_of_as_many_classes_as_a_schema_has(self) -> None:
        kinds = [f"kind{number}" for number in range(25)]
        schema = {
            "$defs": {
                kind.title(): {
                    "type": "object",
                    "required": ["type"],
                    "properties": {"type": {"const": kind}, "size": {"type": "integer"}},
                }
                for kind in kinds
            }
        }
        models = generate_dynamic_models(schema)
        classes = {kind: models[kind.title()] for kind in kinds}
        adapter: TypeAdapter[Any] = TypeAdapter(choice(Discriminator(lambda value: value["type"]), **classes))

        for kind in kinds:
            assert type(adapter.validate_python({"type": kind, "size": 1})) is models[kind.title()]


class TestPitfallModelInstances:
    """2. A discriminating function that knows data, and no objects."""

    def test_wrong_use_fails_when_an_object_is_written(self) -> None:
        models = generate_dynamic_models(PARCELS)
        union = choice(Discriminator(lambda value: value.get("kind")), letter=models["Letter"], crate=models["Crate"])
        adapter: TypeAdapter[Any] = TypeAdapter(union)
        letter = adapter.validate_python({"kind": "letter", "grams": 20})

        with pytest.raises(AttributeError, match="get"):
            adapter.validate_python(letter)

    @both_ways
    def test_right_use_knows_both(self, exact: bool) -> None:
        models = generate_dynamic_models(PARCELS, exact=exact)
        union = choice(Discriminator(kind_of), letter=models["Letter"], crate=models["Crate"])
        adapter: TypeAdapter[Any] = TypeAdapter(union)
        letter = adapter.validate_python({"kind": "letter", "grams": 20})

        assert adapter.validate_python(letter) is letter
        assert adapter.dump_json(letter) == b'{"kind":"letter","grams":20}'


def test_classes_without_a_tag_are_tried() -> None:
    schema = {
        "title": "Hold",
        "type": "object",
        "properties": {"cargo": {"anyOf": [{"$ref": "#/$defs/Apple"}, {"$ref": "#/$defs/Coal"}]}},
        "$defs": {name: PARCELS["components"]["schemas"][name] for name in ("Apple", "Coal")},
    }
    models = generate_dynamic_models(schema)

    assert type(models["Hold"].model_validate({"cargo": {"ash": 0.2}}).cargo) is models["Coal"]
