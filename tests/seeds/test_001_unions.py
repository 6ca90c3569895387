"""Unions that a discriminator tells apart (page 001, chapter 2), of generated classes."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Annotated, Any, Final

import pytest
from pydantic import Discriminator, Field, Tag, TypeAdapter, ValidationError, create_model

from dynmodels import generate_dynamic_models

#: What a parcel service moves: parcels have their kind, bulk has not.
PARCELS: Final[dict[str, Any]] = {
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
            "Apples": {"type": "object", "required": ["sort"], "properties": {"sort": {"type": "string"}}},
            "Coal": {"type": "object", "required": ["ash"], "properties": {"ash": {"type": "number"}}},
        }
    },
}

both_ways = pytest.mark.parametrize("exact", [False, True], ids=["plain", "exact"])


def hold_of(*names: str) -> dict[str, Any]:
    """Give a schema of what holds one of several things, and does not say how to tell them apart."""
    return {
        "title": "Hold",
        "type": "object",
        "properties": {"cargo": {"oneOf": [{"$ref": f"#/$defs/{name}"} for name in names]}},
        "$defs": {name: PARCELS["components"]["schemas"][name] for name in names},
    }


def choice(discriminator: Discriminator, **members: Any) -> Any:
    """Make a union of classes, by their tags."""
    tagged = [Annotated[cls, Tag(tag)] for tag, cls in members.items()]
    return Annotated[reduce(or_, tagged), discriminator]


def bulk_of(value: Any) -> str | None:
    """Tell apples from coal by what they have, in data and in objects."""
    names = value if isinstance(value, dict) else vars(value)
    return "apples" if "sort" in names else "coal" if "ash" in names else None


def kind_of(value: Any) -> str | None:
    """Tell by the field ``kind``, in data and in objects."""
    return value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)


class TestDiscriminatedUnions:
    @both_ways
    def test_the_schemas_own_discriminator_tells_the_classes_apart(self, exact: bool) -> None:
        models = generate_dynamic_models(PARCELS, exact=exact)

        for item, name in [({"kind": "letter", "grams": 20}, "Letter"), ({"kind": "crate", "litres": 2.5}, "Crate")]:
            assert type(models["Consignment"].model_validate({"item": item}).item) is models[name]

    @both_ways
    def test_so_does_a_constant_in_each(self, exact: bool) -> None:
        models = generate_dynamic_models(hold_of("Letter", "Crate"), exact=exact)

        assert models["Hold"].model_fields["cargo"].discriminator == "kind"
        assert type(models["Hold"].model_validate({"cargo": {"kind": "crate", "litres": 2}}).cargo) is models["Crate"]

    @both_ways
    def test_without_either_the_members_are_tried(self, exact: bool) -> None:
        models = generate_dynamic_models(hold_of("Apples", "Coal"), exact=exact)

        assert models["Hold"].model_fields["cargo"].discriminator is None
        assert type(models["Hold"].model_validate({"cargo": {"ash": 0.2}}).cargo) is models["Coal"]


class TestStringDiscriminator:
    def test_errors_are_those_of_the_one_that_is_meant_and_name_the_tag(self) -> None:
        consignment = generate_dynamic_models(PARCELS)["Consignment"]

        with pytest.raises(ValidationError) as caught:
            consignment.model_validate({"item": {"kind": "letter", "grams": "heavy"}})
        assert [fault["loc"] for fault in caught.value.errors()] == [("item", "letter", "grams")]
        with pytest.raises(ValidationError, match=r"'kind'.*'letter'.*'crate'"):
            consignment.model_validate({"item": {"kind": "sack"}})

    @both_ways
    def test_a_field_of_ones_own_discriminates_generated_classes(self, exact: bool) -> None:
        models = generate_dynamic_models(PARCELS, exact=exact)
        parcel: Any = models["Letter"] | models["Crate"]
        van: Any = create_model("Van", load=(parcel, Field(discriminator="kind")))

        assert van(load={"kind": "crate", "litres": 3}).load == models["Crate"](kind="crate", litres=3)
        with pytest.raises(ValidationError, match="union_tag_invalid"):
            van(load={"kind": "sack"})


class TestCallableDiscriminatorWithTag:
    @both_ways
    def test_a_function_tells_classes_apart_that_have_no_field_in_common(self, exact: bool) -> None:
        models = generate_dynamic_models(PARCELS, exact=exact)
        bulk: TypeAdapter[Any] = TypeAdapter(
            choice(Discriminator(bulk_of), apples=models["Apples"], coal=models["Coal"])
        )

        apples = bulk.validate_python({"sort": "russet"})

        assert type(apples) is models["Apples"]
        assert bulk.dump_python(apples) == {"sort": "russet"}
        assert bulk.validate_python(apples) is apples

    def test_what_it_does_not_know_is_an_error(self) -> None:
        models = generate_dynamic_models(PARCELS)
        bulk = choice(Discriminator(bulk_of), apples=models["Apples"], coal=models["Coal"])
        other = choice(Discriminator(lambda _: "tar"), apples=models["Apples"], coal=models["Coal"])

        with pytest.raises(ValidationError, match="Unable to extract tag"):
            TypeAdapter(bulk).validate_python({"weight": 3})
        with pytest.raises(ValidationError, match=r"'tar'.*'apples', 'coal'"):
            TypeAdapter(other).validate_python({"sort": "russet"})


class TestCustomErrorMessages:
    @both_ways
    def test_the_caller_says_what_is_wrong(self, exact: bool) -> None:
        models = generate_dynamic_models(PARCELS, exact=exact)
        telling = Discriminator(
            bulk_of,
            custom_error_type="unknown_bulk",
            custom_error_message="Neither {fruit} nor fuel",
            custom_error_context={"fruit": "apples"},
        )
        bulk = choice(telling, apples=models["Apples"], coal=models["Coal"])

        with pytest.raises(ValidationError) as caught:
            TypeAdapter(bulk).validate_python({"weight": 3})
        (fault,) = caught.value.errors()
        assert (fault["type"], fault["msg"]) == ("unknown_bulk", "Neither apples nor fuel")
        assert fault["ctx"] == {"fruit": "apples"}


class TestNestedDiscriminators:
    @both_ways
    def test_one_choice_stands_in_another(self, exact: bool) -> None:
        models = generate_dynamic_models(PARCELS, exact=exact)
        parcels = choice(Discriminator(kind_of), letter=models["Letter"], crate=models["Crate"])
        bulk = choice(Discriminator(bulk_of), apples=models["Apples"], coal=models["Coal"])
        load: TypeAdapter[Any] = TypeAdapter(
            choice(Discriminator(lambda value: "parcel" if kind_of(value) else "bulk"), parcel=parcels, bulk=bulk)
        )

        assert type(load.validate_python({"kind": "crate", "litres": 1})) is models["Crate"]
        assert type(load.validate_python({"ash": 0.1})) is models["Coal"]
        with pytest.raises(ValidationError) as caught:
            load.validate_python({"kind": "crate", "litres": "much"})
        assert caught.value.errors()[0]["loc"] == ("parcel", "crate", "litres")


class TestDynamicDiscriminatedUnionConstruction:
    def test_a_union_is_made_of_as_many_classes_as_a_schema_has(self) -> None:
        kinds = [f"kind{number}" for number in range(25)]
        models = generate_dynamic_models(
            {
                "$defs": {
                    kind.title(): {
                        "type": "object",
                        "required": ["kind"],
                        "properties": {"kind": {"const": kind}, "size": {"type": "integer"}},
                    }
                    for kind in kinds
                }
            }
        )
        adapter: TypeAdapter[Any] = TypeAdapter(
            choice(Discriminator(kind_of), **{kind: models[kind.title()] for kind in kinds})
        )

        for kind in kinds:
            assert type(adapter.validate_python({"kind": kind, "size": 1})) is models[kind.title()]
