"""Deriving a model all of whose fields may be left out (page 002), from a generated class."""

from __future__ import annotations

from typing import Any, Final, assert_type

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError, computed_field, field_validator
from pydantic_core import MISSING

from dynmodels import generate_dynamic_models, make_fields_optional

BOOKING: Final[dict[str, Any]] = {
    "title": "Booking",
    "type": "object",
    "required": ["guest", "nights"],
    "properties": {
        "guest": {"type": "string", "minLength": 2, "title": "Who comes", "examples": ["Ada"]},
        "nights": {"type": "integer", "minimum": 1, "maximum": 28},
        "room": {"type": "integer", "default": 7},
        "wish": {"type": ["string", "null"]},
    },
}

both_ways = pytest.mark.parametrize("exact", [False, True], ids=["plain", "exact"])


class Record(BaseModel):
    """What the hotel keeps."""

    model_config = ConfigDict(extra="forbid")

    clerk: str = "night desk"

    @field_validator("clerk")
    @classmethod
    def _is_staff(cls, value: str) -> str:
        if value not in {"night desk", "porter"}:
            raise ValueError("nobody of that name works here")
        return value

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no properties below decorators
    @property
    def file(self) -> str:
        """Say in which file it is."""
        return f"{type(self).__name__} of the {self.clerk}"


def booking_of(**arguments: Any) -> Any:
    """Make the class of a booking."""
    return generate_dynamic_models(BOOKING, **arguments)["Booking"]


class TestEveryFieldOptional:
    @both_ways
    def test_nothing_need_be_given_and_none_stands_for_it(self, exact: bool) -> None:
        booking = booking_of(exact=exact)

        patch = make_fields_optional(booking)()

        assert patch.model_dump() == {"guest": None, "nights": None, "room": None, "wish": None}
        assert patch.model_fields_set == set()

    @both_ways
    def test_the_class_is_called_after_the_model_and_inherits_from_it(self, exact: bool) -> None:
        booking = booking_of(exact=exact)

        derived = make_fields_optional(booking)

        assert (derived.__name__, derived.__base__) == ("BookingOptional", booking)

    def test_what_was_given_is_put_over_what_there_is(self) -> None:
        booking = booking_of()
        patch = make_fields_optional(booking).model_validate({"nights": 3})

        changed = booking(guest="Ada", nights=2).model_copy(update=patch.model_dump(exclude_unset=True))

        assert changed == booking(guest="Ada", nights=3)


class TestWhatIsInherited:
    def test_validators_computed_fields_and_configuration(self) -> None:
        derived = make_fields_optional(booking_of(base_class=Record))

        assert derived(clerk="porter").model_dump()["file"] == "BookingOptional of the porter"
        for wrong, message in [({"clerk": "ghost"}, "nobody of that name"), ({"view": "sea"}, "Extra inputs")]:
            with pytest.raises(ValidationError, match=message):
                derived.model_validate(wrong)

    def test_validators_of_the_call(self) -> None:
        def even(value: int) -> int:
            if value % 2:
                raise ValueError("rooms are let for pairs of nights")
            return value

        derived = make_fields_optional(booking_of(validators={"Booking": {"nights": [even]}}))

        assert derived(nights=4).nights == 4
        with pytest.raises(ValidationError, match="pairs of nights"):
            derived(nights=3)


class TestConstraintsAndMetadata:
    @both_ways
    def test_what_is_given_is_held_against_the_constraints(self, exact: bool) -> None:
        derived = make_fields_optional(booking_of(exact=exact))

        for wrong in ({"guest": "A"}, {"nights": 0}, {"nights": 29}):
            with pytest.raises(ValidationError) as caught:
                derived.model_validate(wrong)
            assert [fault["loc"] for fault in caught.value.errors()] == [tuple(wrong)]

    def test_titles_and_examples_stay(self) -> None:
        written = make_fields_optional(booking_of()).model_json_schema()["properties"]

        assert (written["guest"]["title"], written["guest"]["examples"]) == ("Who comes", ["Ada"])
        assert written["nights"]["anyOf"] == [{"type": "integer", "minimum": 1, "maximum": 28}, {"type": "null"}]


class TestATypeVariableKeepsTheClass:
    def test_type_checkers_see_the_model(self) -> None:
        derived = make_fields_optional(Record)

        assert_type(derived, type[Record])
        assert derived(clerk="porter").clerk == "porter"


class TestMissing:
    @both_ways
    def test_it_stands_for_what_was_not_given_and_is_not_written(self, exact: bool) -> None:
        patch = make_fields_optional(booking_of(exact=exact), sentinel=MISSING).model_validate({"wish": None})

        assert patch.model_dump() == {"wish": None}
        assert getattr(patch, "nights", None) is MISSING

    def test_null_is_refused_where_the_model_refuses_it(self) -> None:
        derived = make_fields_optional(booking_of(), sentinel=MISSING)

        with pytest.raises(ValidationError) as caught:
            derived.model_validate({"nights": None})
        assert caught.value.errors()[0]["loc"][0] == "nights"


class TestTheOriginalIsLeftAlone:
    @both_ways
    def test_its_fields_are_what_they_were(self, exact: bool) -> None:
        booking = booking_of(exact=exact)
        before = {name: repr(field) for name, field in booking.model_fields.items()}

        make_fields_optional(booking)()

        assert {name: repr(field) for name, field in booking.model_fields.items()} == before
        with pytest.raises(ValidationError):
            booking.model_validate({"guest": "Ada"})
