"""Page 001, sections 1 and 3: making classes, and completing them, on what ``generate_dynamic_models`` gives."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PydanticUndefinedAnnotation,
    PydanticUserError,
    ValidationError,
    create_model,
    field_validator,
)

from dynmodels import DynmodelsError, GenerateConfig, SchemaError, generate_dynamic_models

FERRY: dict[str, Any] = {
    "title": "Ferry",
    "type": "object",
    "required": ["name", "decks"],
    "properties": {
        "name": {"type": "string", "description": "As painted on the bow"},
        "decks": {"type": "integer", "exclusiveMinimum": 0},
        "cars": {"type": "integer", "default": 40},
        "captain": {"type": ["string", "null"]},
    },
}


class Vessel(BaseModel):
    """What the harbour knows of every ship."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    berth: str = "quay"

    @field_validator("berth")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in {"quay", "roads"}:
            raise ValueError("there is no such berth")
        return value

    def moored(self) -> str:
        """Say where it lies."""
        return f"{type(self).__name__} at the {self.berth}"


class Insured:
    """What is insured; no model."""

    insurer = "Lloyd's"


#: As type checkers see ``create_model``, it has no names of types that come later.
made_by_hand: Any = create_model


def even(value: Any) -> Any:
    """Refuse odd numbers."""
    if value % 2:
        raise ValueError("must be even")
    return value


class TestCreateModelApi:
    """A schema says what ``create_model`` is told by keywords, and its arguments have counterparts in the call."""

    def test_each_argument_has_its_counterpart(self) -> None:
        models = generate_dynamic_models(
            {**FERRY, "description": "Carries cars"},
            base_class=Vessel,
            config_dict=ConfigDict(frozen=True),
            validators={"Ferry": {"decks": [even]}},
            module_name="harbour.ships",
            use_schema_description=True,
        )
        ferry = models["Ferry"]

        assert (ferry.__name__, ferry.__qualname__, ferry.__module__) == ("Ferry", "Ferry", "harbour.ships")
        assert ferry.__doc__ is not None
        assert ferry.__doc__.strip() == "Carries cars"
        assert ferry.__base__ is Vessel
        assert ferry.model_config["frozen"] is True

    def test_generated_classes_are_bases_for_create_model(self) -> None:
        ferry = generate_dynamic_models(FERRY)["Ferry"]

        icebreaker = create_model("Icebreaker", __base__=ferry, ice=(int, Field(gt=0)))

        assert icebreaker(name="Sampo", decks=2, ice=1).model_dump()["ice"] == 1
        with pytest.raises(ValidationError, match="decks"):
            icebreaker(name="Sampo", decks=0, ice=1)


class TestFieldDefinitionSyntax:
    def test_required_optional_and_defaulted_fields(self) -> None:
        fields = generate_dynamic_models(FERRY)["Ferry"].model_fields

        assert {name: each.is_required() for name, each in fields.items()} == {
            "name": True,
            "decks": True,
            "cars": False,
            "captain": False,
        }
        assert (fields["cars"].default, fields["captain"].default) == (40, None)

    def test_constraints_and_descriptions_are_those_of_field(self) -> None:
        models = generate_dynamic_models(FERRY, use_field_description=False, field_constraints=True)
        fields = models["Ferry"].model_fields

        assert fields["name"].description == "As painted on the bow"
        assert [each.gt for each in fields["decks"].metadata] == [0]

    def test_annotated_constraints(self) -> None:
        ferry = generate_dynamic_models(FERRY, use_annotated=True, field_constraints=True)

        assert "Annotated[int, Field(gt=0)]" in ferry.source


class TestBaseClassInheritance:
    def test_configuration_validators_and_fields_come_from_the_base(self) -> None:
        ferry = generate_dynamic_models(FERRY, base_class=Vessel)["Ferry"]

        assert ferry(name=" Aurora ", decks=3).moored() == "Ferry at the quay"
        assert ferry(name=" Aurora ", decks=3).name == "Aurora"
        for wrong in ({"berth": "dock"}, {"colour": "white"}):
            with pytest.raises(ValidationError):
                ferry.model_validate({"name": "Aurora", "decks": 3, **wrong})

    def test_several_bases(self) -> None:
        ferry = generate_dynamic_models(FERRY, base_class=(Insured, Vessel))["Ferry"]

        assert ferry.__bases__ == (Insured, Vessel)
        assert ferry(name="Aurora", decks=3).insurer == "Lloyd's"


class TestConfig:
    def test_a_configuration_is_laid_over_what_the_schema_says(self) -> None:
        schema = {**FERRY, "additionalProperties": True}

        ferry = generate_dynamic_models(schema, config_dict=ConfigDict(extra="forbid"))["Ferry"]

        with pytest.raises(ValidationError, match="extra"):
            ferry(name="Aurora", decks=3, colour="white")

    def test_beside_a_base_it_overrides_and_the_rest_is_merged(self) -> None:
        ferry = generate_dynamic_models(FERRY, base_class=Vessel, config_dict=ConfigDict(extra="allow"))["Ferry"]

        assert ferry.model_config == {"extra": "allow", "str_strip_whitespace": True}

    def test_names_in_python_and_in_the_data(self) -> None:
        schema = {"title": "Stop", "type": "object", "properties": {"stop-id": {"type": "integer"}}}
        stop = generate_dynamic_models(schema, config_dict=ConfigDict(populate_by_name=True))["Stop"]

        assert stop(stop_id=3) == stop.model_validate({"stop-id": 3})


class TestValidators:
    def test_functions_by_field(self) -> None:
        ferry = generate_dynamic_models(FERRY, validators={"Ferry": {"decks": [even]}})["Ferry"]

        assert ferry(name="Aurora", decks=2).decks == 2
        with pytest.raises(ValidationError, match="must be even"):
            ferry(name="Aurora", decks=3)

    def test_decorated_ones_as_create_model_takes_them(self) -> None:
        ferry = generate_dynamic_models(FERRY, validators={"Ferry": {"decks": field_validator("decks")(even)}})["Ferry"]

        with pytest.raises(ValidationError, match="must be even"):
            ferry(name="Aurora", decks=3)

    def test_unique_names_are_made(self) -> None:
        validators = {"Ferry": {"decks": [even, BeforeValidator(lambda given: int(given) + 1)], "cars": even}}

        models = generate_dynamic_models(FERRY, validators=validators)

        assert models["Ferry"](name="Aurora", decks="3").decks == 4
        names = models["Ferry"].__pydantic_decorators__.field_validators
        assert len(names) == 3


class TestForwardReferences:
    NODE: dict[str, Any] = {  # noqa: RUF012 (nobody changes it)
        "title": "Node",
        "type": "object",
        "required": ["value"],
        "properties": {"value": {"type": "integer"}, "children": {"type": "array", "items": {"$ref": "#"}}},
    }

    def test_generated_classes_are_complete(self) -> None:
        node = generate_dynamic_models(self.NODE)["Node"]

        assert node.__pydantic_complete__
        assert node.model_validate({"value": 1, "children": [{"value": 2}]}).children[0].value == 2


class TestModelRebuildApi:
    def test_it_gives_none_for_what_is_complete_and_true_where_it_is_forced(self) -> None:
        for exact in (False, True):
            node = generate_dynamic_models(TestForwardReferences.NODE, exact=exact)["Node"]

            assert node.model_rebuild() is None
            assert node.model_rebuild(force=True) is True
            assert node.model_validate({"value": 1, "children": []}).children == []

    def test_errors_can_be_kept_back_in_a_callers_own_class(self) -> None:
        node = generate_dynamic_models(TestForwardReferences.NODE)["Node"]
        tree = made_by_hand("Tree", root=(node, ...), keeper=("Gardener", ...))

        assert tree.model_rebuild(raise_errors=False) is False
        with pytest.raises(PydanticUndefinedAnnotation, match="Gardener"):
            tree.model_rebuild()
        assert tree.model_rebuild(_types_namespace={"Gardener": str}) is True
        assert tree(root={"value": 1}, keeper="Vita").root.value == 1


MARRIAGE: dict[str, Any] = {
    "$defs": {
        "Parent": {"type": "object", "properties": {"children": {"type": "array", "items": {"$ref": "#/$defs/Child"}}}},
        "Child": {"type": "object", "properties": {"parent": {"$ref": "#/$defs/Parent"}}},
    }
}


class TestMutualReferences:
    def test_classes_that_refer_to_each_other_are_complete(self) -> None:
        models = generate_dynamic_models(MARRIAGE)
        parent = models["Parent"].model_validate({"children": [{"parent": {"children": []}}]})

        assert type(parent.children[0]) is models["Child"]
        assert type(parent.children[0].parent) is models["Parent"]


class TestCascadingRebuilds:
    def test_a_long_chain_of_references_is_completed_at_once(self) -> None:
        links = {
            f"Link{number}": {"type": "object", "properties": {"next": {"$ref": f"#/$defs/Link{(number + 1) % 30}"}}}
            for number in range(30)
        }
        models = generate_dynamic_models({"$defs": links})

        assert all(cls.__pydantic_complete__ for cls in models.values())
        with pytest.raises(ValidationError):
            models["Link0"].model_validate({"next": {"next": {"next": 3}}})

    def test_a_reference_to_nowhere_is_an_error_at_its_place(self) -> None:
        schema = {"title": "A", "type": "object", "properties": {"b": {"$ref": "#/$defs/B"}}, "$defs": {}}

        with pytest.raises(SchemaError, match="#/properties/b"):
            generate_dynamic_models(schema)


class TestModuleLevelPattern:
    def test_the_module_has_all_of_them_complete(self) -> None:
        models = generate_dynamic_models(MARRIAGE)

        assert models.module.Parent is models["Parent"]
        assert models.module.Child.__pydantic_complete__


class TestPitfallForwardReferences:
    """1. A class of the caller's own that refers to one that is not there yet."""

    def test_wrong_use_says_what_is_missing(self) -> None:
        ferry = generate_dynamic_models(FERRY)["Ferry"]
        line = made_by_hand("Line", ferry=(ferry, ...), harbour=("Harbour", ...))

        with pytest.raises(PydanticUserError, match="Harbour"):
            line(ferry={"name": "Aurora", "decks": 3}, harbour={})

    def test_right_use_rebuilds(self) -> None:
        ferry = generate_dynamic_models(FERRY)["Ferry"]
        line = made_by_hand("Line", ferry=(ferry, ...), harbour=("Harbour", ...))
        line.model_rebuild(_types_namespace={"Harbour": create_model("Harbour", depth=(float, 8.5))})

        assert line(ferry={"name": "Aurora", "decks": 3}, harbour={}).harbour.depth == 8.5


class TestPitfallValidatorNames:
    """3. Validators whose names are alike."""

    def test_the_same_function_for_two_fields_runs_for_both(self) -> None:
        ferry = generate_dynamic_models(FERRY, validators={"Ferry": {"decks": even, "cars": even}})["Ferry"]

        with pytest.raises(ValidationError) as caught:
            ferry(name="Aurora", decks=3, cars=5)
        assert [each["loc"] for each in caught.value.errors()] == [("decks",), ("cars",)]

    def test_a_field_that_is_not_there_is_an_error(self) -> None:
        with pytest.raises(DynmodelsError, match=r"deck.*\n.*decks"):
            generate_dynamic_models(FERRY, validators={"Ferry": {"deck": even}})


class TestPitfallExtraWithAliases:
    """4. ``extra="forbid"`` and names in Python."""

    SCHEMA: dict[str, Any] = {  # noqa: RUF012 (nobody changes it)
        "title": "Stop",
        "type": "object",
        "additionalProperties": False,
        "properties": {"stop-id": {"type": "integer"}},
    }

    def test_wrong_use_names_the_field_that_is_one_too_many(self) -> None:
        with pytest.raises(ValidationError, match=r"stop_id\n.*[Ee]xtra"):
            generate_dynamic_models(self.SCHEMA)["Stop"](stop_id=3)

    def test_right_use_lets_both_names_in(self) -> None:
        for how in ({"config_dict": ConfigDict(populate_by_name=True)}, {"allow_population_by_field_name": True}):
            stop = generate_dynamic_models(self.SCHEMA, **how)["Stop"]
            assert stop(stop_id=3) == stop.model_validate({"stop-id": 3})


class TestPitfallEmptyOptions:
    """5. A choice of nothing."""

    def test_exact_classes_take_nothing_for_it(self) -> None:
        schema = {"title": "Choice", "type": "object", "properties": {"option": {"enum": []}}}
        choice = generate_dynamic_models(schema, exact=True)["Choice"]

        assert choice().model_dump(exclude_unset=True) == {}
        with pytest.raises(ValidationError) as caught:
            choice.model_validate({"option": "any"})
        assert caught.value.errors()[0]["type"] == "json_schema.enum"

    def test_plain_classes_say_that_they_take_anything(self) -> None:
        schema = {"title": "Choice", "type": "object", "properties": {"option": {"enum": []}}}

        models = generate_dynamic_models(schema)

        assert models.unenforced == (("#/properties/option", "enum"),)

    def test_right_use_says_that_there_is_nothing(self) -> None:
        schema = {"title": "Choice", "type": "object", "properties": {"option": {"type": "null"}}}
        choice = generate_dynamic_models(schema)["Choice"]

        assert choice(option=None).option is None
        with pytest.raises(ValidationError):
            choice(option="any")


class TestPitfallProtectedNamespaces:
    """6. Fields that begin as pydantic's own methods do."""

    SCHEMA: dict[str, Any] = {  # noqa: RUF012 (nobody changes it)
        "title": "Car",
        "type": "object",
        "properties": {"model_year": {"type": "integer"}, "model_dump": {"type": "string"}},
    }

    @pytest.mark.filterwarnings("error")
    def test_a_field_that_only_begins_so_is_a_field_like_others(self) -> None:
        schema = {"title": "Car", "type": "object", "properties": {"model_year": {"type": "integer"}}}

        assert generate_dynamic_models(schema)["Car"](model_year=1964).model_year == 1964

    def test_wrong_use_warns_of_a_field_that_is_called_as_a_method_and_keeps_its_name_in_the_data(self) -> None:
        with pytest.warns(UserWarning, match="protected namespace 'model_dump'"):
            car = generate_dynamic_models(self.SCHEMA)["Car"]

        instance = car.model_validate({"model_year": 1964, "model_dump": "scrap"})
        assert instance.model_dump(by_alias=True) == {"model_year": 1964, "model_dump": "scrap"}

    @pytest.mark.filterwarnings("error")
    def test_right_use_says_that_nothing_is_protected(self) -> None:
        car = generate_dynamic_models(self.SCHEMA, config_dict=ConfigDict(protected_namespaces=()))["Car"]

        assert car.model_validate({"model_dump": "scrap"}).model_dump_ == "scrap"


class TestPitfallMutation:
    """7. What is changed after the class has been made."""

    def test_a_changed_schema_leaves_classes_as_they_are_and_gives_others(self) -> None:
        schema = {"title": "Ferry", "type": "object", "properties": {"decks": {"type": "integer"}}}
        before = generate_dynamic_models(schema)["Ferry"]
        schema["properties"]["decks"]["type"] = "string"  # type: ignore[index]

        after = generate_dynamic_models(schema)["Ferry"]

        assert before(decks=3).decks == 3
        assert after(decks="three").decks == "three"

    def test_the_same_options_in_one_object_or_as_keywords_give_the_same_classes(self) -> None:
        config = GenerateConfig(class_name="Boat")

        assert generate_dynamic_models(FERRY, config=config) is generate_dynamic_models(FERRY, class_name="Boat")
