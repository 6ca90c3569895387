"""Deriving: a class whose fields may be left out means what the original means by whatever is given."""

from __future__ import annotations

import gc
import inspect
import json
import pickle
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from dataclasses import make_dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal, TypedDict, assert_type

import cloudpickle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainSerializer,
    RootModel,
    Tag,
    TypeAdapter,
    ValidationError,
    WrapValidator,
    field_serializer,
    field_validator,
    model_validator,
)
from pydantic_core import MISSING
from typing_extensions import TypeAliasType

from dynmodels import (
    DynmodelsError,
    ModelBuildError,
    OptionsError,
    clear_dynamic_models_cache,
    generate_dynamic_models,
    make_fields_optional,
)
from tests import receivers
from tests.bookings import BOOKING, GUEST, Booking, Card, Guest, Invoice
from tests.cargo import Envelope, Registered, described, parametrised
from tests.interpreter import in_fresh_interpreter
from tests.lending import LOAN, LOAN_DATA

ORDER: Final = Path(__file__).parent / "data" / "order.schema.json"
#: Type checkers take what is derived for the original, and would ask for its fields.
optional: Any = make_fields_optional

SENTINELS: Final = pytest.mark.parametrize("sentinel", [None, MISSING], ids=["None", "MISSING"])


def faults(model: Any, data: Any) -> list[tuple[tuple[int | str, ...], str]]:
    """Say where a model refuses data, and why."""
    with pytest.raises(ValidationError) as caught:
        model.model_validate(data)
    return [(fault["loc"], fault["type"]) for fault in caught.value.errors()]


def loans(*, exact: bool = False, title: str = "Loan") -> Any:
    return generate_dynamic_models({**LOAN, "title": title}, exact=exact, store=False)


# What a derived class is


@SENTINELS
def test_every_field_may_be_left_out(sentinel: Any) -> None:
    for model in (Guest, Booking, loans()["Loan"], loans()["Member"], generate_dynamic_models(ORDER).root):
        partial = optional(model, sentinel=sentinel)()

        assert partial.model_fields_set == set()
        assert {getattr(partial, name) for name in model.model_fields} == {sentinel}
        assert partial.model_dump(exclude_unset=True, exclude_computed_fields=True) == {}


def test_it_is_called_after_the_original_and_is_a_subclass() -> None:
    derived = optional(Guest)

    assert (derived.__name__, derived.__module__, derived.__doc__) == ("GuestOptional", "tests.bookings", "Who stays.")
    assert issubclass(derived, Guest)
    assert derived.model_json_schema()["title"] == "GuestOptional"
    assert derived.model_json_schema()["description"] == "Who stays."
    assert [each.default for each in inspect.signature(derived).parameters.values()] == [None] * 4


def test_the_original_is_as_it_was() -> None:
    before = Booking.model_json_schema(), repr(Booking.model_fields), vars(Booking).keys()

    optional(Booking, deep=True, sentinel=MISSING)

    assert (Booking.model_json_schema(), repr(Booking.model_fields), vars(Booking).keys()) == before
    assert faults(Booking, {"numberOfNights": 1}) == [(("guest",), "missing"), (("paid_by",), "missing")]


def test_type_checkers_take_it_for_the_original() -> None:
    assert_type(make_fields_optional(Guest), type[Guest])
    assert_type(make_fields_optional(Guest, deep=True, sentinel=MISSING).model_validate({}).wishes, list[str])


def test_fields_are_in_their_order() -> None:
    assert list(optional(Booking).model_fields) == list(Booking.model_fields)


def test_constraints_hold_for_what_is_given() -> None:
    derived = optional(Booking)

    assert faults(derived, {"numberOfNights": 0}) == [(("numberOfNights",), "greater_than")]
    assert faults(derived, {"numberOfNights": 31}) == [(("numberOfNights",), "less_than_equal")]
    assert derived.model_validate({"numberOfNights": None}).nights is None  # a constraint is not asked about None


@SENTINELS
def test_faults_are_those_of_the_original(sentinel: Any) -> None:
    wrong = {"guest": {"name": "", "email": 3}, "numberOfNights": "x", "paid_by": {"kind": "cash"}, "deposit": 1}

    assert faults(optional(Booking, sentinel=sentinel), wrong) == faults(Booking, wrong)


def test_what_fields_say_of_themselves_is_kept() -> None:
    class Sensor(BaseModel):
        model_config = ConfigDict(alias_generator=str.upper, use_attribute_docstrings=True)

        unit: str = Field(examples=["K"], json_schema_extra={"x-si": True}, deprecated="Always K.")
        name: str = Field(title="Called", description="On the label.", repr=False, exclude=True)
        serial: int = Field(frozen=True, serialization_alias="no", validation_alias="number")
        place: str
        """Where it hangs."""

    derived = optional(Sensor)
    said = derived.model_json_schema()["properties"]

    assert {name: said["UNIT"][name] for name in ("examples", "x-si", "deprecated")} == {
        "examples": ["K"],
        "x-si": True,
        "deprecated": True,
    }
    assert (said["NAME"]["title"], said["NAME"]["description"]) == ("Called", "On the label.")
    assert said["PLACE"]["description"] == "Where it hangs."
    sensor = derived.model_validate({"number": 7, "NAME": "attic"})
    assert sensor.model_dump(by_alias=True, exclude_unset=True) == {"no": 7}
    assert "attic" not in repr(sensor)
    with pytest.raises(ValidationError, match="frozen"):
        sensor.serial = 8


def test_config_and_methods_and_private_attributes_are_kept() -> None:
    derived = optional(Guest)
    guest = derived.model_validate({"name": " Ada "})

    assert faults(derived, {"nmae": "Ada"}) == [(("nmae",), "extra_forbidden")]
    assert guest.name == "Ada"
    assert guest.greeting == "Welcome, Ada"
    assert (guest.welcome(), guest.welcome()) == (1, 2)


def test_all_aliases_are_kept() -> None:
    derived = optional(Guest)

    assert derived.model_validate({"mail": "a@b.org"}) == derived.model_validate({"email": "a@b.org"})
    assert optional(Booking)(numberOfNights=2).model_dump(by_alias=True, exclude_unset=True) == {"numberOfNights": 2}


def test_defaults_give_way_and_are_asked_for_no_more() -> None:
    def never() -> list[str]:
        raise AssertionError("nobody asked for a default")

    class Playlist(BaseModel):
        model_config = ConfigDict(validate_default=True)

        songs: Annotated[list[str], BeforeValidator(lambda value: value or [])] = Field(default_factory=never)
        shuffled: Annotated[bool, AfterValidator(lambda value: not value)] = Field(default=True, validate_default=True)

    assert dict(optional(Playlist)()) == {"songs": None, "shuffled": None}
    assert dict(optional(Playlist, sentinel=MISSING)()) == {"songs": MISSING, "shuffled": MISSING}


def test_class_variables_are_no_fields() -> None:
    class Kelvin(BaseModel):
        zero: ClassVar[float] = -273.15
        degrees: float

    assert optional(Kelvin).zero == -273.15
    assert list(optional(Kelvin).model_fields) == ["degrees"]


def test_the_schema_asks_for_nothing_and_allows_null() -> None:
    said = optional(Booking).model_json_schema()

    assert "required" not in said
    assert said["properties"]["numberOfNights"] == {
        "anyOf": [{"exclusiveMinimum": 0, "maximum": 30, "type": "integer"}, {"type": "null"}],
        "default": None,
        "title": "Nights",
    }
    assert said["$defs"]["Guest"]["required"] == ["name", "email"]  # which is whole, if it is there
    json.dumps(optional(Booking).model_json_schema(mode="serialization"))


# Validators


def test_a_validator_sees_what_it_would_see_in_the_original() -> None:
    derived = optional(Guest)

    assert derived.model_validate({"email": "Ada@Example.com"}).email == "ada@example.com"
    assert derived.model_validate({"email": None}).email is None  # it expects a text, and would have got none
    assert derived.model_validate({"wishes": None}).wishes == []  # it has its own opinion about None
    assert derived.model_validate({"wishes": "quiet"} | {"wishes": ["quiet"]}).wishes == ["quiet"]
    assert optional(Booking).model_validate({"numberOfNights": 9}, context={"most": 5}).nights == 5


def test_validators_in_annotations_are_asked_likewise() -> None:
    class Survey(BaseModel):
        town: Annotated[str, Field(max_length=8), AfterValidator(str.title)]
        pets: Annotated[list[str], BeforeValidator(lambda value: value or [])]
        mood: Annotated[str, WrapValidator(lambda value, handler: handler(value) + "!")]
        age: Annotated[int | None, AfterValidator(lambda value: -1 if value is None else value)]
        shown: Annotated[str, PlainSerializer(str.upper)]

    derived = optional(Survey)
    nothing = derived.model_validate(dict.fromkeys(Survey.model_fields))

    assert dict(nothing) == {"town": None, "pets": [], "mood": None, "age": -1, "shown": None}
    assert nothing.model_dump() == dict(nothing)
    assert derived(town="bonn", mood="fine", shown="all").model_dump(exclude_unset=True) == {
        "town": "Bonn",
        "mood": "fine!",
        "shown": "ALL",
    }
    assert faults(derived, {"town": "Wolfsburg"}) == [(("town",), "string_too_long")]


def test_null_means_what_it_meant_to_a_type_that_knows_it() -> None:
    class Answer(Enum):
        yes = "yes"
        unknown = None

    class Choice(RootModel[int | None]):
        pass

    class Form(BaseModel):
        answer: Answer
        choice: Choice
        colour: Annotated[Literal["red", None], AfterValidator(lambda value: value or "none")]

    form = optional(Form).model_validate({"answer": None, "choice": None, "colour": None})

    assert dict(form) == {"answer": Answer.unknown, "choice": Choice(None), "colour": "none"}
    assert dict(optional(Form)()) == {"answer": None, "choice": None, "colour": None}


def test_model_validators_judge_partial_objects_too() -> None:
    derived = optional(Booking, deep=True)
    both = {"deposit": {"kind": "card"}, "paid_by": {"kind": "invoice"}}

    assert faults(derived, {"deposit": BOOKING["paid_by"], "paid_by": {"kind": "invoice", "address": "Ulm"}}) == [
        ((), "value_error")
    ]
    assert derived.model_validate({"deposit": both["deposit"]}).deposit is not None


def test_a_validator_of_all_fields_is_not_asked_about_what_it_does_not_expect() -> None:
    class Label(BaseModel):
        front: str
        back: str

        @field_validator("*")
        @classmethod
        def in_capitals(cls, value: str) -> str:
            return value.upper()

    assert dict(optional(Label).model_validate({"front": "top", "back": None})) == {"front": "TOP", "back": None}


def test_a_validator_before_the_model_sees_the_data() -> None:
    class Point(BaseModel):
        x: float
        y: float

        @model_validator(mode="before")
        @classmethod
        def from_pair(cls, data: Any) -> Any:
            return {"x": data[0], "y": data[1]} if isinstance(data, list) else data

    assert dict(optional(Point).model_validate([1, 2])) == {"x": 1, "y": 2}


def test_nothing_is_excluded_by_a_condition_that_does_not_expect_it() -> None:
    class Reading(BaseModel):
        value: float = Field(exclude_if=lambda value: value < 0)

    for sentinel, dumped in ((None, {"value": None}), (MISSING, {})):
        derived = optional(Reading, sentinel=sentinel)
        assert derived().model_dump() == dumped
        assert derived(value=-1).model_dump() == {}
        assert derived(value=1).model_dump() == {"value": 1}


def test_assignment_is_validated_as_creation_is() -> None:
    class Thermostat(BaseModel):
        model_config = ConfigDict(validate_assignment=True)

        degrees: int = Field(ge=5, le=30)

    thermostat = optional(Thermostat)(degrees=20)
    thermostat.degrees = None

    assert thermostat.degrees is None
    with pytest.raises(ValidationError, match="greater than or equal to 5"):
        thermostat.degrees = 4


def meaning(model: Any, data: Any) -> Any:
    """Say what a model makes of data, or why nothing."""
    try:
        return model.model_validate(data).model_dump(exclude_unset=True)
    except ValidationError as error:
        return [(fault["loc"], fault["type"]) for fault in error.errors()]


#: What data of a guest has, and what it may have besides.
HAS: dict[str, st.SearchStrategy[Any]] = {"name": st.text(), "email": st.text()}
MAY_HAVE: dict[str, st.SearchStrategy[Any]] = {
    "born": st.none() | st.dates().map(str),
    "wishes": st.none() | st.lists(st.text()),
    "else": st.none(),
}


@settings(deadline=None)
@given(st.fixed_dictionaries(HAS, optional=MAY_HAVE))
def test_whole_data_means_what_it_means_to_the_original(data: dict[str, Any]) -> None:
    derived = optional(Guest)

    assert meaning(derived, data) == meaning(Guest, data)


# MISSING


def test_missing_is_never_dumped() -> None:
    class Account(BaseModel):
        nickname: str | None
        limit: int = Field(gt=0)

        @field_serializer("limit")
        def in_cents(self, value: int) -> int:
            return value * 100

    derived = optional(Account, sentinel=MISSING)

    assert derived().model_dump() == {}
    assert derived(limit=3).model_dump_json() == '{"limit":300}'
    assert derived(nickname=None).model_dump() == {"nickname": None}


def test_with_missing_null_is_refused_where_it_was() -> None:
    derived = optional(Booking, sentinel=MISSING)

    assert faults(derived, {"numberOfNights": None}) == [(("numberOfNights",), "int_type")]
    assert derived.model_validate({"deposit": None}).model_dump() == {"deposit": None}
    assert optional(Guest, sentinel=MISSING).model_validate({"wishes": None}).wishes == []
    assert derived.model_json_schema()["properties"]["numberOfNights"] == {
        "exclusiveMinimum": 0,
        "maximum": 30,
        "title": "Nights",
        "type": "integer",
    }


def test_missing_may_be_given_and_is_no_concern_of_validators() -> None:
    derived = optional(Guest, sentinel=MISSING)

    assert derived(email=MISSING, wishes=MISSING) == derived.model_construct({"email", "wishes"}, **dict(derived()))


# Deep


@SENTINELS
def test_models_in_fields_stay_whole_unless_deep(sentinel: Any) -> None:
    shallow = optional(Booking, sentinel=sentinel)
    deep = optional(Booking, deep=True, sentinel=sentinel)

    assert faults(shallow, {"guest": {"name": "Ada"}}) == [(("guest", "email"), "missing")]
    partial = deep.model_validate({"guest": {"name": "Ada"}})
    assert type(partial.guest) is optional(Guest, deep=True, sentinel=sentinel)
    assert partial.model_dump(exclude_unset=True, exclude_computed_fields=True) == {"guest": {"name": "Ada"}}
    assert faults(deep, {"guest": {"name": ""}}) == [(("guest", "name"), "string_too_short")]


def test_a_class_that_refers_to_itself_refers_to_its_derived_one() -> None:
    derived = optional(Booking, deep=True)
    moved = derived.model_validate({"moved_from": {"moved_from": {"guest": {}}}}).moved_from

    assert type(moved) is derived
    assert moved.moved_from is not None
    assert type(moved.moved_from) is derived


def test_classes_that_refer_to_each_other_are_derived_once_each() -> None:
    schema = {
        "$ref": "#/$defs/Folder",
        "$defs": {
            "Folder": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": {}, "cover": {"$ref": "#/$defs/File"}},
            },
            "File": {
                "type": "object",
                "required": ["size"],
                "properties": {"size": {}, "in": {"$ref": "#/$defs/Folder"}},
            },
        },
    }
    models = generate_dynamic_models(schema, store=False)
    derived = optional(models["Folder"], deep=True)
    folder: Any = derived.model_validate({"cover": {"in": {"cover": {}}}})

    assert type(folder.cover.in_) is derived
    assert type(folder.cover) is type(folder.cover.in_.cover) is optional(models["File"], deep=True)


@SENTINELS
def test_items_of_containers_stay_whole(sentinel: Any) -> None:
    class Hotel(BaseModel):
        guests: list[Guest]
        rooms: dict[int, Guest]
        pair: tuple[Guest, Guest] | None

    derived = optional(Hotel, deep=True, sentinel=sentinel)
    partial = {"name": "Ada"}

    assert faults(derived, {"guests": [partial], "rooms": {1: partial}, "pair": [partial, GUEST]}) == [
        (("guests", 0, "email"), "missing"),
        (("rooms", 1, "email"), "missing"),
        (("pair", 0, "email"), "missing"),
    ]


@SENTINELS
def test_a_union_keeps_the_tag_by_which_it_tells_its_members_apart(sentinel: Any) -> None:
    derived = optional(Booking, deep=True, sentinel=sentinel)

    assert derived.model_validate({"paid_by": {"kind": "card"}}).paid_by.kind == "card"
    assert faults(derived, {"paid_by": {}}) == [(("paid_by",), "union_tag_not_found")]
    assert faults(derived, {"paid_by": {"kind": "card", "number": "1"}}) == [
        (("paid_by", "card", "number"), "string_pattern_mismatch")
    ]
    # Elsewhere there is nothing to be told apart.
    assert derived.model_validate({"deposit": {}}).model_dump(exclude_unset=True) == {"deposit": {}}
    assert "'discriminator': {'mapping': {'card': '#/$defs/" in str(derived.model_json_schema())


def test_tags_are_kept_wherever_they_are_declared() -> None:
    choice = TypeAliasType("choice", Annotated[Card | Invoice, Discriminator("kind")])
    kind_of = Discriminator(lambda value: value["kind"] if isinstance(value, dict) else value.kind)

    class Means(RootModel[Annotated[Card | Invoice, Field(discriminator="kind")]]):
        pass

    class Credit(RootModel[Card]):
        pass

    class Till(BaseModel):
        first: choice
        second: Means
        third: Annotated[Annotated[Card, Tag("card")] | Annotated[Invoice, Tag("invoice")], kind_of]
        fourth: list[Card] | Means
        fifth: Annotated[Card | Invoice, Discriminator("kind")]

    class Bill(BaseModel):
        by: Annotated[Credit | Invoice, Field(discriminator="kind")]

    derived = optional(Till, deep=True)
    data = {name: {"kind": "card"} for name in Till.model_fields}

    assert derived.model_validate(data).model_dump(exclude_unset=True) == data
    assert faults(derived, {"first": {}, "second": {}, "fifth": {}}) == [
        (("first",), "union_tag_not_found"),
        (("second",), "union_tag_not_found"),
        (("fifth",), "union_tag_not_found"),
    ]
    assert optional(Bill, deep=True).model_validate({"by": {"kind": "card"}}).by.root.kind == "card"
    assert faults(optional(Bill, deep=True), {"by": {}}) == [(("by",), "union_tag_not_found")]


def test_a_tag_is_given_to_what_it_tells_apart_and_not_to_what_is_in_that() -> None:
    class Gift(BaseModel):
        kind: Literal["gift"]
        instead_of: Card

    class Receipt(BaseModel):
        by: Annotated[Gift | Invoice, Field(discriminator="kind")]

    assert optional(Receipt, deep=True).model_validate({"by": {"kind": "gift", "instead_of": {}}}).by.kind == "gift"


def test_a_root_model_that_holds_no_model_is_left_alone() -> None:
    class Tags(RootModel[list[str]]):
        root: list[str] = []

    class Guests(RootModel[list[Guest]]):
        pass

    class Party(BaseModel):
        tags: Tags
        guests: Guests

    derived = optional(Party, deep=True)

    assert type(derived.model_validate({"tags": ["loud"]}).tags) is Tags
    assert faults(derived, {"guests": [{}]}) == [
        (("guests", 0, "name"), "missing"),
        (("guests", 0, "email"), "missing"),
    ]


def test_a_root_model_that_may_be_itself_is_left_alone() -> None:
    class Echo(RootModel["int | Echo"]):
        pass

    class Call(BaseModel):
        answer: Echo

    Echo.model_rebuild(_types_namespace={"Echo": Echo})

    assert type(optional(Call, deep=True).model_validate({"answer": 3}).answer) is Echo


def test_a_root_model_keeps_its_default() -> None:
    class Who(RootModel[Guest | None]):
        root: Guest | None = None

    class Seat(BaseModel):
        taken_by: Who

    seat = optional(Seat, deep=True).model_validate({"taken_by": {"name": "Ada"}})

    assert seat.taken_by.root.model_fields_set == {"name"}
    assert type(seat.taken_by) is not Who
    assert type(seat.taken_by)().root is None


# Which classes


def test_generated_classes_are_derived_from() -> None:
    Order = generate_dynamic_models(ORDER).root  # noqa: N806
    derived = optional(Order, deep=True, sentinel=MISSING)

    assert faults(derived, {"number": "7", "customer": {"address": {"country": "de"}}, "lines": []}) == [
        (("number",), "string_pattern_mismatch"),
        (("customer", "address", "country"), "string_pattern_mismatch"),
        (("lines",), "too_short"),
    ]
    assert faults(derived, {"colour": "red"}) == [(("colour",), "extra_forbidden")]
    change = {"customer": {"address": {"postal-code": "53113"}}, "status": "paid"}
    assert derived.model_validate(change).model_dump(mode="json", by_alias=True) == change


@SENTINELS
@pytest.mark.parametrize("deep", [False, True], ids=["shallow", "deep"])
def test_the_gate_of_an_exact_class_does_not_stand_before_what_is_derived_from_it(sentinel: Any, deep: bool) -> None:
    models = loans(exact=True)
    derived = optional(models["Loan"], deep=deep, sentinel=sentinel)

    assert derived.model_validate({"fine-cents": 250}).model_fields_set == {"fine_cents"}
    assert derived.model_validate_json('{"status": "lost"}').model_dump(mode="json", exclude_unset=True) == {
        "status": "lost"
    }
    assert TypeAdapter(list[derived]).validate_python([{}]) == [derived()]  # type: ignore[valid-type]
    assert faults(derived, {"fine-cents": -1}) == [(("fine-cents",), "greater_than_equal")]
    assert "required" not in derived.model_json_schema()
    assert faults(models["Loan"], {"fine-cents": 250}) == [((), "json_schema.required")] * 2

    class Noted(derived):  # type: ignore[misc, valid-type]
        note: str

    assert Noted(note="call back").model_dump(exclude_unset=True) == {"note": "call back"}


def test_whole_objects_in_what_is_derived_from_an_exact_class_are_judged_exactly() -> None:
    models = loans(exact=True)

    assert faults(optional(models["Loan"]), {"book": {}}) == [(("book",), "json_schema.required")]
    assert optional(models["Loan"], deep=True).model_validate({"book": {}}).model_fields_set == {"book"}


@SENTINELS
def test_a_generic_model_keeps_its_parameters(sentinel: Any) -> None:
    derived = optional(Envelope, sentinel=sentinel)

    assert derived[int]().content is sentinel
    assert derived[int](content="7").content == 7
    assert faults(derived[int], {"content": "seven"}) == [(("content",), "int_parsing")]
    assert optional(Envelope[int], sentinel=sentinel).__name__ == "Envelope[int]Optional"
    assert faults(optional(Envelope[int], sentinel=sentinel), {"content": "x"}) == [(("content",), "int_parsing")]


def test_a_class_that_waits_for_another_is_completed() -> None:
    class Author(BaseModel):
        best: Book

    with pytest.raises(ModelBuildError, match="Author refers to 'Book', which is not there yet"):
        optional(Author)

    class Book(BaseModel):
        title: str
        sequel: Book | None = None

    derived = optional(Author, deep=True)
    assert derived.model_validate({"best": {"sequel": {}}}).model_fields_set == {"best"}


def test_what_is_derived_can_be_derived_from() -> None:
    twice = optional(optional(Guest), sentinel=MISSING)

    assert twice.__name__ == "GuestOptionalOptional"
    assert twice().model_dump(exclude_computed_fields=True) == {}
    assert twice(email=None).email is None


def test_a_class_of_ones_own_metaclass_is_derived_from() -> None:
    class Row(Registered):  # type: ignore[metaclass]
        key: int

    assert type(optional(Row)) is type(Row)


NOTHING_TO_DERIVE: Final = {
    "dataclass": make_dataclass("Wheel", ["size"]),
    "typed dict": TypedDict("Wheel", {"size": int}),  # type: ignore[operator]
    "root model": RootModel[list[int]],
    "an object": Guest(**GUEST),
    "no model": int,
    "BaseModel": BaseModel,
    "an alias": list[Guest],
    "a name": "Guest",
    "None": None,
}


@pytest.mark.parametrize("model", NOTHING_TO_DERIVE.values(), ids=NOTHING_TO_DERIVE.keys())
def test_what_has_no_fields_to_leave_out_is_refused(model: Any) -> None:
    with pytest.raises(OptionsError, match="fields are made optional of a pydantic model, and not of"):
        optional(model)


def test_one_of_the_classes_of_a_document_has_to_be_chosen() -> None:
    with pytest.raises(OptionsError, match=r"models\.root"):
        optional(loans())


def test_another_sentinel_is_refused() -> None:
    with pytest.raises(OptionsError, match=r"sentinel is None or MISSING, and not Ellipsis\n.*pydantic_core"):
        optional(Guest, sentinel=...)


def test_a_class_that_asks_for_arguments_is_refused() -> None:
    class Ticket(BaseModel):
        seat: int

        def __init__(self, seat: int, /, **others: Any) -> None:
            super().__init__(seat=seat, **others)

    class Trip(BaseModel):
        ticket: Ticket

    with pytest.raises(OptionsError, match="__init__ asks for 'seat'"):
        optional(Ticket)
    with pytest.raises(OptionsError, match="Ticket"):
        optional(Trip, deep=True)
    assert optional(Trip)().model_fields_set == set()


def test_a_class_that_cannot_be_subclassed_is_named() -> None:
    class Table(BaseModel):
        key: int

        def __init_subclass__(cls, *, name: str, **options: Any) -> None:
            super().__init_subclass__(**options)

    with pytest.raises(ModelBuildError, match=r"no class can be derived from Table: .*'name'") as caught:
        optional(Table)
    assert isinstance(caught.value, DynmodelsError)


# Asked again, and elsewhere


def test_asked_again_it_gives_the_same_class() -> None:
    assert optional(Guest) is optional(Guest, deep=False)
    assert optional(Guest) is not optional(Guest, sentinel=MISSING)
    assert optional(Guest) is not optional(Guest, deep=True)


def test_a_class_that_was_derived_before_is_used_within_others() -> None:
    class Engine(BaseModel):
        power: int

    class Car(BaseModel):
        engine: Engine

    engine = optional(Engine, deep=True)

    assert type(optional(Car, deep=True).model_validate({"engine": {}}).engine) is engine


def test_threads_get_the_same_class() -> None:
    found = []
    other = threading.Thread(target=lambda: found.append(optional(Counter)))

    class Counter(BaseModel):
        count: int

        @classmethod
        def __pydantic_init_subclass__(cls, **_: Any) -> None:
            if not other.ident:
                other.start()
                other.join(timeout=0.2)  # it waits for this one, which would be too late now

    mine = optional(Counter)
    other.join()

    assert found == [mine]


def test_a_class_that_could_not_be_made_is_made_when_it_can_be() -> None:
    names: list[str] = []

    class Plugin(BaseModel):
        name: str

        @classmethod
        def __pydantic_init_subclass__(cls, **_: Any) -> None:
            names.append(cls.__name__)
            if len(names) == 1:
                raise ValueError("not yet")

    with pytest.raises(ModelBuildError, match="not yet"):
        optional(Plugin)
    assert optional(Plugin)().name is None


def test_derived_classes_go_when_nobody_uses_them() -> None:
    model = loans(title="Loan that goes").root
    gone = [weakref.ref(optional(model, deep=deep)) for deep in (False, True)]

    gc.collect()
    assert [each() for each in gone] == [None, None]

    both = [weakref.ref(model), weakref.ref(optional(model))]
    del model
    clear_dynamic_models_cache()
    gc.collect()
    assert [each() for each in both] == [None, None]


def crossing() -> Iterator[tuple[str, Any]]:
    """Give what is derived, and instances of it, by what it is derived from."""
    originals = {"hand-written": (Booking, BOOKING), "generated": (loans()["Loan"], LOAN_DATA)}
    originals["exact"] = loans(exact=True, title="Exact loan").root, LOAN_DATA
    for name, (original, data) in originals.items():
        for deep in (False, True):
            for sentinel in (None, MISSING):
                derived = optional(original, deep=deep, sentinel=sentinel)
                kind = f"{name} {deep} {sentinel}"
                yield f"{kind} class", derived
                yield f"{kind} whole", derived.model_validate(data)
                yield f"{kind} partial", derived()
    yield "of another metaclass", optional(Registered)()
    yield "parametrised", optional(Envelope)[int](content=3)
    yield "of parameters", optional(parametrised(Envelope, loans()["Member"]))()


@pytest.mark.parametrize("dumps", [pickle.dumps, cloudpickle.dumps], ids=["pickle", "cloudpickle"])
def test_it_crosses_between_processes(dumps: Any) -> None:
    values = dict(crossing())

    if dumps is cloudpickle.dumps:  # which sends these classes by value, and without docstrings
        values = {name: value for name, value in values.items() if getattr(value, "__doc__", None) != Booking.__doc__}
    assert {name: pickle.loads(dumps(value)) for name, value in values.items()} == values
    arrived = in_fresh_interpreter(receivers.describe_all, {name: dumps(value) for name, value in values.items()})
    assert arrived == {name: json.loads(json.dumps(described(value))) for name, value in values.items()}


def test_a_pickle_makes_the_class_that_is_asked_for_later() -> None:
    program = """
import pickle, sys
partial = pickle.loads(bytes.fromhex(sys.argv[1]))
from dynmodels import make_fields_optional
from tests.bookings import Booking, Guest
assert make_fields_optional(Booking, deep=True) is type(partial)
assert make_fields_optional(Guest, deep=True) is type(partial.guest)
"""
    partial = optional(Booking, deep=True).model_validate({"guest": {}})

    subprocess.run(  # noqa: S603
        [sys.executable, "-c", program, pickle.dumps(partial).hex()], check=True, cwd=Path(__file__).parents[1]
    )


def test_an_enum_of_exact_classes_crosses_within_a_class_that_is_sent_by_value() -> None:
    Status = loans(exact=True, title="Loan by value")["Status"]  # noqa: N806

    class Shelf(BaseModel):
        status: Status  # type: ignore[valid-type]

    shelf = Shelf(status="lost")
    assert cloudpickle.loads(cloudpickle.dumps(shelf)) == shelf
    assert faults(cloudpickle.loads(cloudpickle.dumps(Shelf)), {"status": "eaten"}) == [
        (("status",), "json_schema.enum")
    ]


# What it is for


def test_a_partial_body_is_laid_over_an_object() -> None:
    guest = Guest.model_validate(GUEST | {"born": "1815-12-10"})
    patch = optional(Guest).model_validate_json('{"name": "Ada L.", "born": null}')

    changed = guest.model_copy(update=patch.model_dump(exclude_unset=True, exclude_computed_fields=True))

    assert changed.model_dump() == {**guest.model_dump(), "name": "Ada L.", "born": None, "greeting": "Welcome, Ada L."}


def test_what_a_whole_object_is_judged_for_is_judged_of_what_has_become_of_it() -> None:
    booking = Booking.model_validate(BOOKING | {"deposit": BOOKING["paid_by"]})
    patch = optional(Booking).model_validate({"paid_by": {"kind": "invoice", "address": "Ulm"}})
    changed = booking.model_copy(update={name: getattr(patch, name) for name in patch.model_fields_set})

    assert type(changed.paid_by) is Invoice
    with pytest.raises(ValidationError, match="leaves no deposit"):
        Booking.model_validate(changed.model_dump(by_alias=True, exclude_computed_fields=True))
