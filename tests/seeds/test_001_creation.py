"""Making classes (page 001, chapter 1): what ``create_model`` is told by its arguments, a schema and a call say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    WrapValidator,
    computed_field,
    create_model,
    field_validator,
    model_validator,
)

from dynmodels import generate_dynamic_models

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
    _visits: int = PrivateAttr(default=0)

    @field_validator("berth")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in {"quay", "roads"}:
            raise ValueError("there is no such berth")
        return value

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no properties below decorators
    @property
    def place(self) -> str:
        """Say where it lies."""
        return f"at the {self.berth}"

    def visited(self) -> int:
        """Count a visit."""
        self._visits += 1
        return self._visits


class Insured:
    """What is insured; no model."""

    insurer: ClassVar = "Lloyd's"


class Towed(BaseModel):
    """What a tug brings in."""

    tug: str = "Goliath"


def even(value: Any) -> Any:
    """Refuse odd numbers."""
    if value % 2:
        raise ValueError("must be even")
    return value


def from_words(value: Any) -> Any:
    """Read small numbers as people write them."""
    return {"two": 2, "three": 3, "four": 4}.get(value, value)


def or_two(value: Any, handler: Callable[[Any], Any]) -> Any:
    """Take two for what cannot be read."""
    try:
        return handler(value)
    except ValueError:
        return 2


def ferry_of(**arguments: Any) -> Any:
    """Make the class of a ferry."""
    return generate_dynamic_models(FERRY, **arguments)["Ferry"]


class TestCreateModelApi:
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
        assert list(ferry.model_fields) == ["berth", "name", "decks", "cars", "captain"]

    def test_a_generated_class_is_a_base_for_create_model(self) -> None:
        icebreaker = create_model("Icebreaker", __base__=ferry_of(), ice=(int, Field(gt=0)))

        assert icebreaker(name="Sampo", decks=2, ice=1).model_dump() == {
            "name": "Sampo",
            "decks": 2,
            "cars": 40,
            "captain": None,
            "ice": 1,
        }
        with pytest.raises(ValidationError, match="decks"):
            icebreaker(name="Sampo", decks=0, ice=1)

    def test_a_generated_class_is_a_type_of_fields_for_create_model(self) -> None:
        ferry = ferry_of()
        line: Any = create_model("Line", flagship=(ferry, ...), others=(list[ferry], []))  # type: ignore[valid-type]

        made = line(flagship={"name": "Aurora", "decks": 9}, others=[{"name": "Sampo", "decks": 2}])

        assert type(made.flagship) is type(made.others[0]) is ferry


class TestFieldDefinitionSyntax:
    def test_a_field_is_required_or_has_a_default(self) -> None:
        fields = ferry_of().model_fields

        assert {name: each.is_required() for name, each in fields.items()} == {
            "name": True,
            "decks": True,
            "cars": False,
            "captain": False,
        }
        assert (fields["cars"].default, fields["captain"].default) == (40, None)

    def test_constraints_and_descriptions_are_those_of_field(self) -> None:
        fields = ferry_of(use_field_description=False, field_constraints=True).model_fields

        assert fields["name"].description == "As painted on the bow"
        assert [each.gt for each in fields["decks"].metadata] == [0]

    def test_constraints_may_be_annotated(self) -> None:
        models = generate_dynamic_models(FERRY, use_annotated=True, field_constraints=True)

        assert "Annotated[int, Field(gt=0)]" in models.source
        with pytest.raises(ValidationError, match="greater than 0"):
            models["Ferry"](name="Aurora", decks=0)


class TestBaseClassInheritance:
    def test_configuration_validators_and_fields_come_from_the_base(self) -> None:
        ferry = ferry_of(base_class=Vessel)

        assert ferry(name=" Aurora ", decks=3).name == "Aurora"
        for wrong in ({"berth": "dock"}, {"colour": "white"}):
            with pytest.raises(ValidationError):
                ferry.model_validate({"name": "Aurora", "decks": 3, **wrong})

    def test_so_do_methods_computed_fields_and_private_attributes(self) -> None:
        aurora = ferry_of(base_class=Vessel)(name="Aurora", decks=3)

        assert (aurora.visited(), aurora.visited()) == (1, 2)
        assert aurora.model_dump()["place"] == "at the quay"

    def test_there_may_be_several(self) -> None:
        ferry = ferry_of(base_class=(Insured, Towed, Vessel))

        assert ferry.__bases__ == (Insured, Towed, Vessel)
        made = ferry(name="Aurora", decks=3)
        assert (made.insurer, made.tug, made.berth) == ("Lloyd's", "Goliath", "quay")


class TestConfig:
    def test_it_is_laid_over_what_the_schema_says(self) -> None:
        schema = {**FERRY, "additionalProperties": True}

        ferry = generate_dynamic_models(schema, config_dict=ConfigDict(extra="forbid"))["Ferry"]

        with pytest.raises(ValidationError, match="extra"):
            ferry(name="Aurora", decks=3, colour="white")

    def test_it_wins_over_the_base_and_the_rest_is_merged(self) -> None:
        ferry = ferry_of(base_class=Vessel, config_dict=ConfigDict(extra="allow"))

        assert ferry.model_config == {"extra": "allow", "str_strip_whitespace": True}
        assert ferry(name=" Aurora", decks=3, colour="white").model_extra == {"colour": "white"}

    def test_fields_go_by_their_names_in_python_too(self) -> None:
        schema = {"title": "Stop", "type": "object", "properties": {"stop-id": {"type": "integer"}}}

        stop = generate_dynamic_models(schema, config_dict=ConfigDict(populate_by_name=True))["Stop"]

        assert stop(stop_id=3) == stop.model_validate({"stop-id": 3})


class TestValidators:
    def test_a_function_runs_after_the_field_has_been_read(self) -> None:
        ferry = ferry_of(validators={"Ferry": {"decks": [even]}})

        assert ferry(name="Aurora", decks="2").decks == 2
        with pytest.raises(ValidationError, match="must be even"):
            ferry(name="Aurora", decks=3)

    @pytest.mark.parametrize(
        ("validator", "given", "decks"),
        [(AfterValidator(even), "4", 4), (BeforeValidator(from_words), "three", 3), (WrapValidator(or_two), "some", 2)],
        ids=["after", "before", "wrap"],
    )
    def test_pydantics_own_say_when_they_run(self, validator: Any, given: str, decks: int) -> None:
        ferry = ferry_of(validators={"Ferry": {"decks": validator}})

        assert ferry(name="Aurora", decks=given).decks == decks

    def test_what_create_model_takes_is_taken(self) -> None:
        check = field_validator("decks", mode="after")(even)

        with pytest.raises(ValidationError, match="must be even"):
            ferry_of(validators={"Ferry": {"decks": check}})(name="Aurora", decks=3)
        with pytest.raises(ValidationError, match="must be even"):
            create_model("Boat", __validators__={"check": check}, decks=(int, ...))(decks=3)

    def test_unique_names_are_made(self) -> None:
        validators = {"Ferry": {"decks": [even, BeforeValidator(from_words), WrapValidator(or_two)], "cars": even}}

        ferry = ferry_of(validators=validators)

        assert len(ferry.__pydantic_decorators__.field_validators) == 4
        assert ferry(name="Aurora", decks="four").decks == 4

    def test_the_whole_model_has_some_too(self) -> None:
        def with_room(ferry: Any) -> Any:
            if ferry.cars > ferry.decks * 50:
                raise ValueError("more cars than there is room for")
            return ferry

        ferry = ferry_of(validators={"Ferry": [model_validator(mode="after")(with_room)]})

        with pytest.raises(ValidationError, match="more cars than there is room for"):
            ferry(name="Aurora", decks=1, cars=51)
