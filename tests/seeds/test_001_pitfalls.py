"""The pitfalls of dynamic models (page 001, chapter 9): wrong use says what is wrong, right use works."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Annotated, Any, Final

import pytest
from pydantic import (
    ConfigDict,
    Discriminator,
    PydanticUserError,
    Tag,
    TypeAdapter,
    ValidationError,
    create_model,
    field_validator,
)

from dynmodels import DynmodelsError, OptionsError, generate_dynamic_models

FERRY: Final[dict[str, Any]] = {
    "title": "Ferry",
    "type": "object",
    "required": ["name", "decks"],
    "properties": {
        "name": {"type": "string"},
        "decks": {"type": "integer"},
        "cars": {"type": "integer", "default": 40},
    },
}

#: A property whose name Python does not take, and no others.
STOP: Final[dict[str, Any]] = {
    "title": "Stop",
    "type": "object",
    "additionalProperties": False,
    "properties": {"stop-id": {"type": "integer"}},
}

#: Names that begin as pydantic's own do, of which one is.
CAR: Final[dict[str, Any]] = {
    "title": "Car",
    "type": "object",
    "properties": {"model_year": {"type": "integer"}, "model_dump": {"type": "string"}},
}

MEANS: Final[dict[str, Any]] = {
    "$defs": {
        name.title(): {
            "type": "object",
            "required": ["by", count],
            "properties": {"by": {"const": name}, count: {"type": "integer"}},
        }
        for name, count in [("rail", "cars"), ("road", "axles")]
    }
}

both_ways = pytest.mark.parametrize("exact", [False, True], ids=["plain", "exact"])

#: As type checkers see ``create_model``, it takes no names of types that come later.
made_by_hand: Any = create_model


def even(value: Any) -> Any:
    """Refuse odd numbers."""
    if value % 2:
        raise ValueError("must be even")
    return value


def means(discriminate: Any, exact: bool) -> Any:
    """Make the union of the means of transport."""
    models = generate_dynamic_models(MEANS, exact=exact)
    members: Any = [Annotated[models[name.title()], Tag(name)] for name in ("rail", "road")]
    union: Any = Annotated[reduce(or_, members), Discriminator(discriminate)]
    return TypeAdapter(union)


class TestCommonPitfalls:
    def test_what_dynmodels_is_told_wrongly_is_its_own_error_and_says_what_to_do(self) -> None:
        with pytest.raises(DynmodelsError, match=r"config_dict has the key 'frozn'.*\n.*'frozen'"):
            generate_dynamic_models(FERRY, config_dict={"frozn": True})  # type: ignore[arg-type]


class TestForgettingModelRebuild:
    def test_wrong_use_says_what_is_missing(self) -> None:
        line = made_by_hand("Line", ferry=(generate_dynamic_models(FERRY)["Ferry"], ...), harbour=("Harbour", ...))

        with pytest.raises(PydanticUserError, match=r"`Line` is not fully defined.*`Harbour`"):
            line(ferry={"name": "Aurora", "decks": 3}, harbour={})

    def test_right_use_rebuilds(self) -> None:
        line = made_by_hand("Line", ferry=(generate_dynamic_models(FERRY)["Ferry"], ...), harbour=("Harbour", ...))
        line.model_rebuild(_types_namespace={"Harbour": create_model("Harbour", depth=(float, 8.5))})

        assert line(ferry={"name": "Aurora", "decks": 3}, harbour={}).harbour.depth == 8.5

    def test_generated_classes_need_none(self) -> None:
        schema = {"title": "Knot", "type": "object", "properties": {"next": {"$ref": "#"}}}

        assert generate_dynamic_models(schema)["Knot"].model_validate({"next": {"next": {}}}).next.next.next is None


class TestCallableDiscriminatorNotHandlingModelInstances:
    @both_ways
    def test_wrong_use_fails_when_it_is_given_an_object(self, exact: bool) -> None:
        adapter = means(lambda value: value.get("by"), exact)
        rail = adapter.validate_python({"by": "rail", "cars": 9})

        with pytest.raises(AttributeError, match="get"):
            adapter.validate_python(rail)

    @both_ways
    def test_right_use_knows_both(self, exact: bool) -> None:
        def by(value: Any) -> Any:
            return value.get("by") if isinstance(value, dict) else getattr(value, "by", None)

        adapter = means(by, exact)
        rail = adapter.validate_python({"by": "rail", "cars": 9})

        assert adapter.validate_python(rail) is rail
        assert adapter.dump_json(rail) == b'{"by":"rail","cars":9}'


class TestNonUniqueValidatorsKeys:
    def test_create_model_hears_of_one_of_two_that_are_called_alike(self) -> None:
        ferry = generate_dynamic_models(FERRY)["Ferry"]
        pairs = [("check", field_validator("decks")(even)), ("check", field_validator("cars")(even))]

        with pytest.raises(ValidationError) as caught:
            create_model("Even", __base__=ferry, __validators__=dict(pairs))(name="Aurora", decks=3, cars=5)
        assert [fault["loc"] for fault in caught.value.errors()] != [("decks",), ("cars",)]

    def test_validators_of_fields_cannot_be_called_alike(self) -> None:
        ferry = generate_dynamic_models(FERRY, validators={"Ferry": {"decks": [even, even], "cars": even}})["Ferry"]

        assert len(ferry.__pydantic_decorators__.field_validators) == 3
        with pytest.raises(ValidationError) as caught:
            ferry(name="Aurora", decks=3, cars=5)
        assert [fault["loc"] for fault in caught.value.errors()] == [("decks",), ("cars",)]

    def test_a_field_that_is_not_there_is_an_error_with_the_closest(self) -> None:
        with pytest.raises(OptionsError, match=r"'deck' of Ferry.*\n.*decks"):
            generate_dynamic_models(FERRY, validators={"Ferry": {"deck": even}})


class TestExtraForbidWithAliases:
    def test_wrong_use_names_the_field_that_is_one_too_many(self) -> None:
        with pytest.raises(ValidationError) as caught:
            generate_dynamic_models(STOP)["Stop"](stop_id=3)
        assert [(fault["type"], fault["loc"]) for fault in caught.value.errors()] == [("extra_forbidden", ("stop_id",))]

    @pytest.mark.parametrize(
        "option",
        [{"config_dict": ConfigDict(populate_by_name=True)}, {"allow_population_by_field_name": True}],
        ids=["configuration", "option"],
    )
    @both_ways
    def test_right_use_lets_both_names_in(self, option: dict[str, Any], exact: bool) -> None:
        stop = generate_dynamic_models(STOP, **option, exact=exact)["Stop"]

        assert stop(stop_id=3) == stop.model_validate({"stop-id": 3})


class TestDynamicLiteralWithEmptyOptions:
    CHOICE: Final[dict[str, Any]] = {
        "title": "Choice",
        "type": "object",
        "properties": {"option": {"enum": []}},
    }

    def test_plain_classes_say_that_they_take_anything(self) -> None:
        models = generate_dynamic_models(self.CHOICE)

        assert models.unenforced == (("#/properties/option", "enum"),)
        assert models["Choice"](option="any").option == "any"

    def test_exact_classes_take_nothing(self) -> None:
        choice = generate_dynamic_models(self.CHOICE, exact=True)["Choice"]

        assert choice().model_dump(exclude_unset=True) == {}
        for wrong in ("any", None):
            with pytest.raises(ValidationError) as caught:
                choice.model_validate({"option": wrong})
            assert caught.value.errors()[0]["type"] == "json_schema.enum"

    @both_ways
    def test_right_use_says_that_there_is_nothing(self, exact: bool) -> None:
        schema = {"title": "Choice", "type": "object", "properties": {"option": {"type": "null"}}}
        choice = generate_dynamic_models(schema, exact=exact)["Choice"]

        assert choice(option=None).option is None
        with pytest.raises(ValidationError):
            choice(option="any")


class TestProtectedNamespacesWarning:
    @pytest.mark.filterwarnings("error")
    def test_a_field_that_only_begins_so_is_one_like_others(self) -> None:
        schema = {"title": "Car", "type": "object", "properties": {"model_year": {"type": "integer"}}}

        assert generate_dynamic_models(schema)["Car"](model_year=1964).model_year == 1964

    def test_wrong_use_warns_and_the_data_keeps_its_name(self) -> None:
        with pytest.warns(UserWarning, match="protected namespace 'model_dump'"):
            car = generate_dynamic_models(CAR)["Car"]

        scrap = car.model_validate({"model_year": 1964, "model_dump": "scrap"})
        assert scrap.model_dump(by_alias=True) == {"model_year": 1964, "model_dump": "scrap"}

    @pytest.mark.filterwarnings("error")
    def test_right_use_says_that_nothing_is_protected(self) -> None:
        car = generate_dynamic_models(CAR, config_dict=ConfigDict(protected_namespaces=()))["Car"]

        assert car.model_validate({"model_dump": "scrap"}).model_dump_ == "scrap"


class TestMutatingTypesAfterModelCreation:
    def test_a_changed_document_leaves_classes_as_they_are_and_gives_others(self) -> None:
        document: Any = {"title": "Ferry", "type": "object", "properties": {"decks": {"type": "integer"}}}
        models = generate_dynamic_models(document)
        document["properties"]["decks"]["type"] = "string"

        others = generate_dynamic_models(document)

        assert models["Ferry"](decks=3).decks == 3
        assert models.schema["properties"]["decks"] == {"type": "integer"}
        assert others["Ferry"](decks="three").decks == "three"

    def test_changed_options_leave_classes_as_they_are(self) -> None:
        config, checks = ConfigDict(frozen=True), {"Ferry": {"decks": [even]}}
        ferry = generate_dynamic_models(FERRY, config_dict=config, validators=checks)["Ferry"]
        config["frozen"] = False
        checks["Ferry"]["decks"].clear()

        aurora = ferry(name="Aurora", decks=2)

        with pytest.raises(ValidationError, match="frozen"):
            aurora.decks = 4
        with pytest.raises(ValidationError, match="must be even"):
            ferry(name="Aurora", decks=3)

    def test_the_result_cannot_be_changed(self) -> None:
        models = generate_dynamic_models(FERRY)

        with pytest.raises(TypeError, match="copy"):
            models["Ferry"] = object
