"""Models made from models: all fields optional."""

from __future__ import annotations

import copy
import inspect
import pickle
import subprocess
import sys
from pathlib import Path
from threading import Thread
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar

import pytest
from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    RootModel,
    ValidationError,
    ValidationInfo,
    computed_field,
    field_validator,
    model_validator,
)
from pydantic_core import MISSING

from dynmodels import ModelBuildError, OptionsError, generate_dynamic_models, make_fields_optional
from tests import shop

PERSON: dict[str, Any] = {
    "title": "Person",
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "age", "e-mail"],
    "properties": {
        "name": {"type": "string", "minLength": 2, "description": "As in the passport"},
        "age": {"type": "integer", "minimum": 0},
        "e-mail": {"type": "string", "pattern": "@"},
        "home": {"$ref": "#/$defs/Address"},
        "offices": {"type": "array", "items": {"$ref": "#/$defs/Address"}},
        "role": {"type": "string", "default": "reader"},
    },
    "$defs": {
        "Address": {
            "type": "object",
            "required": ["city"],
            "properties": {"city": {"type": "string"}, "tenant": {"$ref": "#"}},
        }
    },
}

both_ways = pytest.mark.parametrize("exact", [False, True], ids=["plain", "exact"])


class Account(BaseModel):
    """An account, as a program has it."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, validate_assignment=True)

    kinds: ClassVar[tuple[str, ...]] = ("private", "business")
    owner: Annotated[str, Field(min_length=2)]
    limit: Annotated[int, Field(gt=0, title="Limit", examples=[12]), BeforeValidator(shop.from_dozens)] = 100
    note: str | None = Field(None, max_length=5)
    number: int = Field(validation_alias=AliasChoices("number", "no"), serialization_alias="no", frozen=True)
    tags: list[str] = Field(default_factory=list)
    _opened: bool = PrivateAttr(default=False)

    @field_validator("limit")
    @classmethod
    def _round(cls, value: int) -> int:
        if value % 10:
            raise ValueError("limits are round")
        return value

    @field_validator("note")
    @classmethod
    def _no_secrets(cls, value: str | None) -> str | None:
        return "nothing" if value is None else value

    @model_validator(mode="after")
    def _told(self) -> Account:
        self._opened = True
        return self

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no properties below decorators
    @property
    def label(self) -> str:
        """What stands on its file."""
        return f"{self.owner}/{self.number}"


def optional(model: Any, **how: Any) -> Any:
    """Derive, without what type checkers know: they would ask for the fields that may be left out."""
    return make_fields_optional(model, **how)


class TestWhatMayBeLeftOut:
    @both_ways
    def test_everything(self, exact: bool) -> None:
        person = generate_dynamic_models(PERSON, exact=exact)["Person"]

        partial = optional(person)()

        assert partial.model_dump() == dict.fromkeys(person.model_fields)
        assert partial.model_fields_set == set()

    @both_ways
    def test_what_is_given_is_held_against_its_constraints(self, exact: bool) -> None:
        partial = optional(generate_dynamic_models(PERSON, exact=exact)["Person"])

        assert partial(age=3).age == 3
        for wrong, place in [({"age": -1}, "age"), ({"name": "x"}, "name"), ({"e-mail": "x"}, "e-mail")]:
            with pytest.raises(ValidationError) as caught:
                partial.model_validate(wrong)
            assert caught.value.errors()[0]["loc"] == (place,)
        with pytest.raises(ValidationError, match="extra"):
            partial.model_validate({"surname": "Bell"})

    def test_defaults_go_as_well_since_a_body_that_leaves_something_out_changes_nothing(self) -> None:
        partial = optional(Account)()

        assert (partial.limit, partial.tags) == (None, None)
        assert partial.model_dump(exclude_unset=True, exclude={"label"}) == {}

    def test_only_what_was_given_is_merged(self) -> None:
        person = generate_dynamic_models(PERSON)["Person"]
        ada = person.model_validate({"name": "Ada", "age": 36, "e-mail": "ada@example.org", "home": {"city": "London"}})

        patch = optional(person).model_validate({"age": 37, "home": None})
        merged = ada.model_copy(update=patch.model_dump(exclude_unset=True))

        assert (merged.name, merged.age, merged.home) == ("Ada", 37, None)


class TestWhatStays:
    def test_the_name_tells_of_the_model_which_is_the_base(self) -> None:
        derived = optional(Account)

        assert derived.__name__ == "AccountOptional"
        assert derived.__bases__ == (Account,)
        assert derived.__doc__ == Account.__doc__
        assert derived.__module__ == __name__

    def test_the_model_itself_is_left_alone(self) -> None:
        optional(Account, deep=True)

        with pytest.raises(ValidationError, match="owner"):
            Account(number=1)  # type: ignore[call-arg]

    def test_configuration_validators_computed_fields_and_private_attributes(self) -> None:
        derived = optional(Account)
        partial = derived(owner=" Ada ", number=7)

        assert partial.owner == "Ada"
        assert partial.label == "Ada/7"
        assert partial._opened
        assert derived.kinds == ("private", "business")
        assert derived(limit="5 dozen").limit == 60
        with pytest.raises(ValidationError, match="limits are round"):
            derived(limit=15)
        with pytest.raises(ValidationError, match="limits are round"):
            partial.limit = 15
        with pytest.raises(ValidationError, match="frozen"):
            partial.number = 8

    def test_aliases(self) -> None:
        derived = optional(Account)

        assert derived.model_validate({"no": 4}).number == 4
        assert derived(number=4).model_dump(by_alias=True)["no"] == 4

    def test_order_titles_descriptions_and_constraints_in_the_json_schema(self) -> None:
        schema = optional(Account).model_json_schema()

        assert list(schema["properties"]) == ["owner", "limit", "note", "number", "tags"]
        assert schema["properties"]["limit"] == {
            "anyOf": [{"exclusiveMinimum": 0, "type": "integer"}, {"type": "null"}],
            "default": None,
            "title": "Limit",
            "examples": [12],
        }
        assert "required" not in schema

    def test_the_signature_says_that_all_may_be_left_out(self) -> None:
        parameters = inspect.signature(optional(Account)).parameters

        assert {each.default for each in parameters.values()} == {None}

    def test_unions_are_told_apart_by_their_tags(self) -> None:
        class Cat(BaseModel):
            kind: Literal["cat"]
            lives: int

        class Dog(BaseModel):
            kind: Literal["dog"]

        class Owner(BaseModel):
            pet: Cat | Dog = Field(discriminator="kind")

        derived = optional(Owner)
        assert derived().pet is None
        assert derived.model_validate({"pet": {"kind": "cat", "lives": 9}}).pet == Cat(kind="cat", lives=9)
        with pytest.raises(ValidationError) as caught:
            derived.model_validate({"pet": {"kind": "cat"}})
        assert caught.value.errors()[0]["loc"] == ("pet", "cat", "lives")


class TestNull:
    def test_it_is_taken_for_what_is_not_there_and_passes_validators_that_do_not_know_it(self) -> None:
        partial = optional(Account).model_validate({"limit": None, "owner": None})

        assert (partial.limit, partial.owner) == (None, None)
        assert partial.model_fields_set == {"limit", "owner"}

    def test_validators_that_know_it_are_asked(self) -> None:
        derived = optional(Account)

        assert derived(note=None).note == "nothing"
        assert derived().note is None

    def test_it_is_refused_where_it_was_if_something_else_stands_for_what_is_not_there(self) -> None:
        derived = optional(Account, sentinel=MISSING)

        with pytest.raises(ValidationError, match="limit"):
            derived(limit=None)
        assert derived(note=None).note == "nothing"

    def test_what_is_missing_is_not_written(self) -> None:
        partial = optional(Account, sentinel=MISSING)(owner="Ada")

        assert partial.number is MISSING
        assert partial.model_dump(exclude={"label"}) == {"owner": "Ada"}
        assert "null" not in str(optional(Account, sentinel=MISSING).model_json_schema()["properties"]["owner"])


class TestDeep:
    @both_ways
    def test_models_within_become_optional_too(self, exact: bool) -> None:
        models = generate_dynamic_models(PERSON, exact=exact)
        flat, deep = optional(models["Person"]), optional(models["Person"], deep=True)

        with pytest.raises(ValidationError):
            flat.model_validate({"home": {}})
        partial = deep.model_validate({"home": {"tenant": {"age": 4}}})
        assert isinstance(partial.home, models["Address"])
        assert partial.home.city is None
        assert partial.home.tenant.age == 4
        with pytest.raises(ValidationError) as caught:
            deep.model_validate({"home": {"tenant": {"age": -4}}})
        assert caught.value.errors()[0]["loc"] == ("home", "tenant", "age")

    def test_what_is_in_lists_stays_whole(self) -> None:
        deep = optional(generate_dynamic_models(PERSON)["Person"], deep=True)

        with pytest.raises(ValidationError) as caught:
            deep.model_validate({"offices": [{}]})
        assert caught.value.errors()[0]["loc"] == ("offices", 0, "city")

    def test_circles_end(self) -> None:
        models = generate_dynamic_models(PERSON)

        deep = optional(models["Person"], deep=True)

        assert type(deep.model_validate({"home": {"tenant": {}}}).home.tenant) is deep
        assert deep.__pydantic_complete__

    def test_root_models_within_stay_what_they_are(self) -> None:
        class Names(RootModel[list[str]]):
            pass

        class Club(BaseModel):
            members: Names

        assert optional(Club, deep=True)(members=["Ada"]).members == Names(["Ada"])


ItemT = TypeVar("ItemT")


class Page(BaseModel, Generic[ItemT]):
    """A page of items."""

    items: list[ItemT]
    first: ItemT


class TestIdentity:
    def test_the_same_call_gives_the_same_class(self) -> None:
        assert optional(Account) is optional(Account)
        assert optional(Account, deep=True) is not optional(Account)
        assert optional(Account, sentinel=MISSING) is not optional(Account)

    def test_a_class_of_a_derived_one_has_its_own(self) -> None:
        class Savings(Account):
            rate: float

        optional(Account)

        assert optional(Savings)().model_fields_set == set()
        assert "rate" in optional(Savings).model_fields

    def test_threads_get_one_class(self) -> None:
        class Fresh(BaseModel):
            number: int

        found: list[type] = []
        threads = [Thread(target=lambda: found.append(optional(Fresh))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(found) == 8
        assert len(set(found)) == 1

    def test_it_copies_and_pickles_where_the_model_does(self) -> None:
        for model in (Account, generate_dynamic_models(PERSON)["Person"]):
            for sentinel in (None, MISSING):
                partial = optional(model, sentinel=sentinel)()
                assert copy.deepcopy(partial) == partial
                assert type(pickle.loads(pickle.dumps(partial))) is type(partial)

    def test_it_crosses_processes(self, tmp_path: Path) -> None:
        person = generate_dynamic_models(PERSON)["Person"]
        partial = optional(person, deep=True).model_validate({"home": {"tenant": {"age": 4}}})
        (tmp_path / "patch").write_bytes(pickle.dumps(partial))
        program = (
            "import pathlib, pickle, sys\n"
            "patch = pickle.loads(pathlib.Path(sys.argv[1], 'patch').read_bytes())\n"
            "print(type(patch).__name__, patch.model_dump(exclude_unset=True))"
        )

        told = subprocess.run([sys.executable, "-c", program, tmp_path], check=True, capture_output=True, text=True)  # noqa: S603

        assert told.stdout.strip() == "PersonOptional {'home': {'tenant': {'age': 4}}}"


class TestOtherModels:
    def test_parametrised_ones(self) -> None:
        derived = optional(Page[int])

        assert derived().items is None
        with pytest.raises(ValidationError):
            derived(first="x")

    def test_ones_with_settings_of_fields_that_validate_defaults(self) -> None:
        class Strict(BaseModel):
            model_config = ConfigDict(validate_default=True)
            count: int = Field(gt=0)

            @field_validator("count")
            @classmethod
            def _even(cls, value: int, info: ValidationInfo) -> int:
                if value % 2:
                    raise ValueError(f"{info.field_name} is odd")
                return value

        derived = optional(Strict)

        assert derived().count is None
        with pytest.raises(ValidationError, match="count is odd"):
            derived(count=3)

    def test_ones_that_make_objects_their_own_way(self) -> None:
        class Point(BaseModel):
            x: int
            y: int

            def __init__(self, *place: int, **given: Any) -> None:
                super().__init__(**dict(zip("xy", place, strict=False)), **given)

        assert optional(Point)(3).model_dump() == {"x": 3, "y": None}

    def test_one_whose_classes_are_not_there_yet_is_refused_until_they_are(self) -> None:
        class Letter(BaseModel):
            answer: Reply  # type: ignore[name-defined]  # noqa: F821

        with pytest.raises(ModelBuildError, match="model_rebuild"):
            optional(Letter)
        Letter.model_rebuild(_types_namespace={"Reply": int})
        assert optional(Letter)().answer is None

    @pytest.mark.parametrize("wrong", [3, int, dict, "Account", Account(owner="Ada", number=1, note=None), None])
    def test_what_is_no_model_is_refused(self, wrong: Any) -> None:
        with pytest.raises(OptionsError, match="of a pydantic model"):
            optional(wrong)

    def test_root_models_are_refused(self) -> None:
        with pytest.raises(OptionsError, match="root model"):
            optional(RootModel[int])

    def test_wrong_arguments_are_refused(self) -> None:
        with pytest.raises(OptionsError, match="deep is True or False"):
            optional(Account, deep=1)
        with pytest.raises(OptionsError, match="sentinel is None or"):
            optional(Account, sentinel=...)


def test_type_checkers_know_the_fields() -> None:
    derived: type[Account] = make_fields_optional(Account)

    assert derived(number=3).number == 3  # type: ignore[call-arg]  # they do not know that all may be left out
