"""Using models (page 004): their methods, nesting, loading, errors, and what becomes of the data."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, create_model, field_validator
from pydantic_core import PydanticCustomError

from dynmodels import generate_dynamic_models

#: What a library lends, to whom and for how long.
LOAN: dict[str, Any] = {
    "title": "Loan",
    "description": "A book that somebody has at home.",
    "type": "object",
    "required": ["copy_number", "reader"],
    "properties": {
        "copy_number": {"type": "integer", "minimum": 1},
        "reader": {"type": "string", "description": "Who has it."},
        "days": {"type": "integer", "default": 21, "maximum": 60},
        "note": {"type": ["string", "null"]},
    },
}

#: A round trip by train, with the stations as classes of their own.
JOURNEY: dict[str, Any] = {
    "title": "Journey",
    "type": "object",
    "required": ["stops", "price"],
    "properties": {
        "stops": {"type": "array", "items": {"$ref": "#/$defs/Stop"}, "minItems": 2},
        "price": {"type": "number", "exclusiveMinimum": 0},
        "seats": {"type": "array", "items": {"type": "integer"}},
        "ticket": {"$ref": "#/$defs/Ticket"},
    },
    "$defs": {
        "Stop": {
            "type": "object",
            "required": ["station"],
            "properties": {
                "station": {"type": "string"},
                "minutes": {"type": "integer", "default": 2},
                "place": {"$ref": "#/$defs/Place"},
            },
        },
        "Place": {
            "type": "object",
            "required": ["latitude", "longitude"],
            "properties": {
                "latitude": {"type": "number", "minimum": -90, "maximum": 90},
                "longitude": {"type": "number", "minimum": -180, "maximum": 180},
            },
        },
        "Ticket": {"type": "object", "properties": {"number": {"type": "string", "pattern": "^[A-Z]{2}[0-9]{6}$"}}},
    },
}


def faults(error: pytest.ExceptionInfo[ValidationError]) -> list[tuple[tuple[int | str, ...], str]]:
    return [(fault["loc"], fault["type"]) for fault in error.value.errors()]


class TestBasicModelUsage:
    """Generated classes are filled, read and changed as written ones are."""

    def test_arguments_are_parsed_and_defaults_filled_in(self) -> None:
        loan = generate_dynamic_models(LOAN)["Loan"](copy_number="17", reader="Ada")

        assert loan.copy_number == 17
        assert loan.days == 21
        assert loan.note is None

    def test_an_instance_knows_what_it_was_given(self) -> None:
        loan = generate_dynamic_models(LOAN)["Loan"](copy_number=17, reader="Ada")

        assert isinstance(loan, BaseModel)
        assert loan.model_fields_set == {"copy_number", "reader"}
        assert dict(loan) == loan.model_dump() == {"copy_number": 17, "reader": "Ada", "days": 21, "note": None}
        assert repr(loan) == "Loan(copy_number=17, reader='Ada', days=21, note=None)"

    def test_fields_can_be_set_without_being_checked(self) -> None:
        loan = generate_dynamic_models(LOAN)["Loan"](copy_number=17, reader="Ada")

        loan.days = 14

        assert loan.days == 14
        assert loan.model_fields_set == {"copy_number", "reader", "days"}

    def test_fields_that_are_set_are_checked_where_the_configuration_says_so(self) -> None:
        models = generate_dynamic_models(LOAN, config_dict=ConfigDict(validate_assignment=True))
        loan = models["Loan"](copy_number=17, reader="Ada")

        with pytest.raises(ValidationError) as error:
            loan.days = 90

        assert faults(error) == [(("days",), "less_than_equal")]
        assert loan.days == 21

    def test_a_number_with_a_fraction_is_no_integer(self) -> None:
        with pytest.raises(ValidationError) as error:
            generate_dynamic_models(LOAN)["Loan"](copy_number="17.5", reader="Ada")

        assert faults(error) == [(("copy_number",), "int_parsing")]

    def test_what_the_schema_does_not_mention_is_ignored_kept_or_refused_as_it_says(self) -> None:
        given = {"copy_number": 17, "reader": "Ada", "desk": "north"}
        Silent = generate_dynamic_models(LOAN)["Loan"]
        Open = generate_dynamic_models({**LOAN, "additionalProperties": True})["Loan"]
        Closed = generate_dynamic_models({**LOAN, "additionalProperties": False})["Loan"]

        assert not hasattr(Silent(**given), "desk")
        assert Open(**given).desk == "north"
        assert Open(**given).model_extra == {"desk": "north"}
        with pytest.raises(ValidationError) as error:
            Closed(**given)
        assert faults(error) == [(("desk",), "extra_forbidden")]

    def test_what_is_not_mentioned_may_have_a_type_of_its_own(self) -> None:
        schema = {
            "title": "Stock",
            "type": "object",
            "properties": {"desk": {"type": "string"}},
            "additionalProperties": {"type": "integer"},
        }
        Stock = generate_dynamic_models(schema)["Stock"]

        assert Stock(desk="north", maps="3").model_extra == {"maps": 3}
        with pytest.raises(ValidationError) as error:
            Stock(desk="north", maps="some")
        assert faults(error) == [(("maps",), "int_parsing")]

    def test_a_call_decides_on_what_the_schema_does_not_mention(self) -> None:
        Loan = generate_dynamic_models(LOAN)["Loan"]
        given = {"copy_number": 17, "reader": "Ada", "desk": "north"}

        assert Loan.model_validate(given, extra="allow").model_extra == {"desk": "north"}
        with pytest.raises(ValidationError) as error:
            Loan.model_validate(given, extra="forbid")
        assert faults(error) == [(("desk",), "extra_forbidden")]

    def test_the_caller_decides_on_what_the_schema_does_not_mention(self) -> None:
        Kept = generate_dynamic_models(LOAN, config_dict=ConfigDict(extra="allow"))["Loan"]

        assert Kept(copy_number=17, reader="Ada", desk="north").model_extra == {"desk": "north"}


class TestModelProperties:
    """The methods and attributes that every model has."""

    def test_model_dump_takes_its_arguments(self) -> None:
        loan = generate_dynamic_models(LOAN)["Loan"](copy_number=17, reader="Ada", days=21)

        assert loan.model_dump(exclude_unset=True) == {"copy_number": 17, "reader": "Ada", "days": 21}
        assert loan.model_dump(exclude_defaults=True) == {"copy_number": 17, "reader": "Ada"}
        assert loan.model_dump(exclude_none=True, include={"reader", "note"}) == {"reader": "Ada"}

    def test_model_dump_json_and_back(self) -> None:
        Journey = generate_dynamic_models(JOURNEY)["Journey"]
        journey = Journey(stops=[{"station": "Graz"}, {"station": "Linz", "minutes": 5}], price=31.5)

        written = journey.model_dump_json(exclude_none=True)

        assert json.loads(written)["stops"][1] == {"station": "Linz", "minutes": 5}
        assert Journey.model_validate_json(written) == journey

    def test_model_copy_is_shallow_unless_told_otherwise(self) -> None:
        journey = generate_dynamic_models(JOURNEY)["Journey"](
            stops=[{"station": "Graz"}, {"station": "Linz"}], price=31.5
        )

        cheaper = journey.model_copy(update={"price": 19})

        assert (cheaper.price, journey.price) == (19, 31.5)
        assert cheaper.stops is journey.stops
        assert journey.model_copy(deep=True).stops is not journey.stops
        assert copy.deepcopy(journey) == journey

    def test_model_json_schema_says_what_the_document_says(self) -> None:
        Loan = generate_dynamic_models(LOAN)["Loan"]
        schema = Loan.model_json_schema()

        assert schema["title"] == "Loan"
        assert schema["required"] == LOAN["required"]
        assert schema["properties"]["copy_number"] == {"title": "Copy Number", "type": "integer", "minimum": 1}
        assert schema["properties"]["days"]["default"] == 21
        assert set(generate_dynamic_models(JOURNEY)["Journey"].model_json_schema()["$defs"]) == {
            "Stop",
            "Place",
            "Ticket",
        }

    def test_model_fields_are_those_of_the_schema(self) -> None:
        Loan = generate_dynamic_models(LOAN)["Loan"]

        assert list(Loan.model_fields) == list(LOAN["properties"])
        assert Loan.model_fields["copy_number"].is_required()
        assert Loan.model_fields["copy_number"].annotation is int
        assert Loan.model_fields["days"].default == 21
        assert Loan.model_fields["reader"].description == "Who has it."

    def test_what_only_some_models_have_is_there_and_empty(self) -> None:
        Loan = generate_dynamic_models(LOAN)["Loan"]

        assert Loan.model_computed_fields == {}
        assert Loan.model_config == {}
        assert Loan(copy_number=17, reader="Ada").model_extra is None
        assert Loan.model_rebuild() is None

    def test_the_documents_description_becomes_the_docstring_where_it_is_asked_for(self) -> None:
        Loan = generate_dynamic_models(LOAN, use_schema_description=True)["Loan"]

        assert inspect.getdoc(Loan) == Loan.model_json_schema()["description"] == "A book that somebody has at home."
        assert generate_dynamic_models(LOAN)["Loan"].__doc__ is None

    def test_a_property_with_a_methods_name_gets_an_alias(self) -> None:
        schema = {
            "title": "Form",
            "type": "object",
            "required": ["copy"],
            "properties": {"copy": {"type": "integer"}, "json": {"type": "string"}},
        }
        form = generate_dynamic_models(schema)["Form"].model_validate({"copy": 2, "json": "{}"})

        assert form.copy_ == 2
        assert form.model_dump(by_alias=True) == {"copy": 2, "json": "{}"}

    def test_pydantic_warns_of_properties_like_its_own_names_unless_told_that_they_are_meant(self) -> None:
        schema = {"title": "Engine", "type": "object", "properties": {"model_dump": {"type": "string"}}}
        with pytest.warns(UserWarning, match="protected namespace"):
            generate_dynamic_models(schema, cache_size=0)

        Engine = generate_dynamic_models(schema, config_dict=ConfigDict(protected_namespaces=()))["Engine"]

        assert Engine(model_dump="M54").model_dump(by_alias=True) == {"model_dump": "M54"}

    def test_instances_are_equal_by_class_and_content(self) -> None:
        Loan = generate_dynamic_models(LOAN)["Loan"]
        Derived = create_model("Loan", __base__=Loan)
        given = {"copy_number": 17, "reader": "Ada"}

        assert Loan(**given) == Loan(**given)
        assert Loan(**given) != Loan(**given, days=3)
        assert Loan(**given) != Derived(**given)


class TestRecursiveModels:
    """Classes as the types of other classes' fields."""

    def test_nested_data_becomes_nested_instances(self) -> None:
        models = generate_dynamic_models(JOURNEY)
        vienna = {"station": "Wien", "place": {"latitude": 48.19, "longitude": 16.37}}

        journey = models["Journey"](stops=[vienna, {"station": "Brno"}], price=12, ticket={"number": "OB123456"})

        assert isinstance(journey.stops[0].place, models["Place"])
        assert [stop.minutes for stop in journey.stops] == [2, 2]
        assert journey.model_dump(exclude_unset=True)["stops"] == [vienna, {"station": "Brno"}]

    def test_instances_are_taken_as_they_are(self) -> None:
        models = generate_dynamic_models(JOURNEY)
        graz = models["Stop"](station="Graz")

        journey = models["Journey"](stops=[graz, {"station": "Linz"}], price=31.5)

        assert journey.stops[0] is graz

    def test_a_class_may_refer_to_itself(self) -> None:
        shelfmark = {
            "title": "Subject",
            "type": "object",
            "required": ["name"],
            "properties": {"name": {"type": "string"}, "narrower": {"type": "array", "items": {"$ref": "#"}}},
        }
        Subject = generate_dynamic_models(shelfmark)["Subject"]

        subject = Subject(name="Music", narrower=[{"name": "Opera", "narrower": [{"name": "Libretti"}]}])

        assert isinstance(subject.narrower[0].narrower[0], Subject)
        with pytest.raises(ValidationError) as error:
            Subject(name="Music", narrower=[{"name": "Opera", "narrower": [{}]}])
        assert faults(error) == [(("narrower", 0, "narrower", 0, "name"), "missing")]

    def test_classes_may_refer_to_each_other(self) -> None:
        schema = {
            "$ref": "#/$defs/Author",
            "$defs": {
                "Author": {
                    "type": "object",
                    "required": ["name"],
                    "properties": {
                        "name": {"type": "string"},
                        "works": {"type": "array", "items": {"$ref": "#/$defs/Work"}},
                    },
                },
                "Work": {
                    "type": "object",
                    "required": ["title"],
                    "properties": {"title": {"type": "string"}, "translator": {"$ref": "#/$defs/Author"}},
                },
            },
        }
        models = generate_dynamic_models(schema)

        homer = models["Author"](name="Homer", works=[{"title": "Odyssey", "translator": {"name": "Emily Wilson"}}])

        assert isinstance(homer.works[0].translator, models["Author"])

    def test_data_that_contains_itself_is_an_error(self) -> None:
        Subject = generate_dynamic_models(
            {"title": "Subject", "type": "object", "properties": {"broader": {"$ref": "#"}}}
        )["Subject"]
        music: dict[str, Any] = {}
        music["broader"] = music

        with pytest.raises(ValidationError) as error:
            Subject.model_validate(music)

        assert error.value.errors()[0]["type"] == "recursion_loop"

    def test_a_written_class_may_refer_to_generated_ones(self) -> None:
        Stop = generate_dynamic_models(JOURNEY)["Stop"]
        Timetable = create_model("Timetable", stops=(dict[str, Stop], ...))  # type: ignore[valid-type]

        timetable: Any = Timetable(stops={"9:30": {"station": "Graz"}})

        assert isinstance(timetable.stops["9:30"], Stop)


class TestErrorHandling:
    """One exception tells all that is wrong, and where."""

    BROKEN: ClassVar[dict[str, Any]] = {
        "stops": [{"station": "Wien", "place": {"latitude": 120, "longitude": "east"}}, {"minutes": 4}],
        "price": 0,
        "seats": ["1", 2, "window"],
        "ticket": {"number": "12"},
    }

    def broken(self) -> ValidationError:
        with pytest.raises(ValidationError) as error:
            generate_dynamic_models(JOURNEY)["Journey"](**self.BROKEN)
        return error.value

    def test_errors_tell_place_kind_and_context(self) -> None:
        error = self.broken()

        assert {(fault["loc"], fault["type"]) for fault in error.errors()} == {
            (("stops", 0, "place", "latitude"), "less_than_equal"),
            (("stops", 0, "place", "longitude"), "float_parsing"),
            (("stops", 1, "station"), "missing"),
            (("price",), "greater_than"),
            (("seats", 2), "int_parsing"),
            (("ticket", "number"), "string_pattern_mismatch"),
        }
        assert error.error_count() == 6
        assert error.title == "Journey"
        latitude = error.errors(include_url=False)[0]
        assert latitude == {
            "type": "less_than_equal",
            "loc": ("stops", 0, "place", "latitude"),
            "msg": "Input should be less than or equal to 90",
            "input": 120,
            "ctx": {"le": 90.0},
        }

    def test_errors_as_json_and_as_text(self) -> None:
        error = self.broken()

        assert [fault["loc"] for fault in json.loads(error.json())] == [list(fault["loc"]) for fault in error.errors()]
        assert str(error).startswith("6 validation errors for Journey\n")
        assert "stops.0.place.latitude\n  Input should be less than or equal to 90" in str(error)

    def test_the_place_is_told_in_the_datas_own_names_unless_the_fields_are_asked_for(self) -> None:
        schema = {"title": "Gauge", "type": "object", "properties": {"water-level": {"type": "number"}}}
        by_field = generate_dynamic_models(schema, config_dict=ConfigDict(loc_by_alias=False))["Gauge"]

        with pytest.raises(ValidationError) as error:
            generate_dynamic_models(schema)["Gauge"].model_validate({"water-level": "high"})
        assert faults(error) == [(("water-level",), "float_parsing")]
        with pytest.raises(ValidationError) as error:
            by_field.model_validate({"water-level": "high"})
        assert faults(error) == [(("water_level",), "float_parsing")]

    def test_exact_classes_name_the_schemas_keywords(self) -> None:
        pytest.importorskip("jsonschema_rs")
        with pytest.raises(ValidationError) as error:
            generate_dynamic_models(JOURNEY, exact=True)["Journey"].model_validate(self.BROKEN)

        assert (("stops", 0, "place", "latitude"), "json_schema.maximum") in faults(error)
        assert (("stops", 1), "json_schema.required") in faults(error)

    def test_inputs_can_be_left_out_of_what_is_shown(self) -> None:
        hiding = generate_dynamic_models(LOAN, config_dict=ConfigDict(hide_input_in_errors=True))["Loan"]

        with pytest.raises(ValidationError) as error:
            hiding(copy_number="secret", reader="Ada")

        assert "secret" not in str(error.value)


class TestCustomErrors:
    """Validators of one's own raise errors of one's own."""

    def test_a_value_error_tells_what_is_wrong(self) -> None:
        def of_this_branch(number: int) -> int:
            if number >= 5000:
                raise ValueError("copies from 5000 on are in the other branch")
            return number

        Loan = generate_dynamic_models(LOAN, validators={"Loan": {"copy_number": [of_this_branch]}})["Loan"]

        assert Loan(copy_number="4999", reader="Ada").copy_number == 4999
        with pytest.raises(ValidationError) as error:
            Loan(copy_number=5000, reader="Ada")
        assert error.value.errors()[0]["msg"] == "Value error, copies from 5000 on are in the other branch"
        assert faults(error) == [(("copy_number",), "value_error")]

    def test_an_error_may_have_a_type_and_a_template_of_its_own(self) -> None:
        def not_blocked(reader: str) -> str:
            if reader == "Moriarty":
                raise PydanticCustomError("reader_blocked", "{reader} owes {owed} books", {"reader": reader, "owed": 3})
            return reader

        Loan = generate_dynamic_models(LOAN, validators={"Loan": {"reader": [not_blocked]}})["Loan"]

        with pytest.raises(ValidationError) as error:
            Loan(copy_number=17, reader="Moriarty")
        assert json.loads(error.value.json(include_url=False)) == [
            {
                "type": "reader_blocked",
                "loc": ["reader"],
                "msg": "Moriarty owes 3 books",
                "input": "Moriarty",
                "ctx": {"reader": "Moriarty", "owed": 3},
            }
        ]

    def test_a_subclass_may_have_validators_too(self) -> None:
        class Loan(generate_dynamic_models(LOAN)["Loan"]):  # type: ignore[misc]
            @field_validator("reader")
            @classmethod
            def named(cls, reader: str) -> str:
                if not reader.strip():
                    raise PydanticCustomError("anonymous", "nobody lends to nobody")
                return reader

        with pytest.raises(ValidationError) as error:
            Loan(copy_number=17, reader=" ")

        assert faults(error) == [(("reader",), "anonymous")]


class TestHelperFunctions:
    """From objects, text and files."""

    def test_an_object(self) -> None:
        Loan = generate_dynamic_models(LOAN)["Loan"]

        assert Loan.model_validate({"copy_number": 17, "reader": "Ada"}).reader == "Ada"
        with pytest.raises(ValidationError) as error:
            Loan.model_validate(["17", "Ada"])
        assert faults(error) == [((), "model_type")]

    @pytest.mark.parametrize(
        "written", ['{"copy_number": 17, "reader": "Ada"}', b'{"copy_number": 17, "reader": "Ada"}']
    )
    def test_json(self, written: str | bytes) -> None:
        assert generate_dynamic_models(LOAN)["Loan"].model_validate_json(written).copy_number == 17

    def test_text_that_is_no_json(self) -> None:
        with pytest.raises(ValidationError) as error:
            generate_dynamic_models(LOAN)["Loan"].model_validate_json('{"copy_number": 17,')

        assert faults(error) == [((), "json_invalid")]

    def test_strings_such_as_a_query_has(self) -> None:
        loan = generate_dynamic_models(LOAN)["Loan"].model_validate_strings({"copy_number": "17", "reader": "Ada"})

        assert loan.copy_number == 17

    def test_properties_that_are_no_names_are_found_by_the_fields_names_where_a_call_says_so(self) -> None:
        schema = {"title": "Gauge", "type": "object", "properties": {"water-level": {"type": "number"}}}
        Gauge = generate_dynamic_models(schema)["Gauge"]

        assert Gauge.model_validate({"water_level": 1.5}).water_level is None
        assert Gauge.model_validate({"water_level": 1.5}, by_name=True).water_level == 1.5
        assert Gauge.model_validate({"water-level": 1.5}, by_name=True).water_level == 1.5

    def test_pickled_data_is_unpickled_by_who_trusts_it(self) -> None:
        sent = pickle.dumps({"copy_number": 17, "reader": "Ada"})

        assert generate_dynamic_models(LOAN)["Loan"].model_validate(pickle.loads(sent)).copy_number == 17

    def test_a_file(self, tmp_path: Path) -> None:
        file = tmp_path / "loan.json"
        file.write_text('{"copy_number": 17, "reader": "Ada"}')

        assert generate_dynamic_models(LOAN)["Loan"].model_validate_json(file.read_bytes()).reader == "Ada"


class TestCreatingModelsWithoutValidation:
    """What is known to be right need not be checked again."""

    def test_values_are_taken_as_they_are_and_defaults_filled_in(self) -> None:
        Loan = generate_dynamic_models(LOAN)["Loan"]

        loan = Loan.model_construct(copy_number="seventeen")

        assert repr(loan) == "Loan(copy_number='seventeen', days=21, note=None)"
        assert loan.model_fields_set == {"copy_number"}

    def test_an_instance_can_be_made_again_as_it_was(self) -> None:
        Loan = generate_dynamic_models(LOAN)["Loan"]
        loan = Loan(copy_number=17, reader="Ada")

        again = Loan.model_construct(_fields_set=loan.model_fields_set, **loan.model_dump())

        assert again == loan
        assert again.model_fields_set == {"copy_number", "reader"}

    def test_nested_data_stays_as_it_is(self) -> None:
        Journey = generate_dynamic_models(JOURNEY)["Journey"]

        assert Journey.model_construct(stops=[{"station": "Graz"}]).stops == [{"station": "Graz"}]

    def test_properties_that_are_no_names_are_given_by_their_aliases(self) -> None:
        Person = generate_dynamic_models(
            {"title": "Person", "type": "object", "properties": {"first-name": {"type": "string"}}}
        )["Person"]

        assert Person.model_construct(**{"first-name": "Ada"}).first_name == "Ada"


class TestParsingDataIntoASpecifiedType:
    """Generated classes inside other types."""

    def test_a_type_adapter_takes_them(self) -> None:
        Loan = generate_dynamic_models(LOAN)["Loan"]
        loans = TypeAdapter(dict[str, list[Loan]])  # type: ignore[valid-type]

        by_desk = loans.validate_json('{"north": [{"copy_number": "17", "reader": "Ada"}], "south": []}')

        assert isinstance(by_desk["north"][0], Loan)
        assert loans.dump_python(by_desk, exclude_unset=True) == {
            "north": [{"copy_number": 17, "reader": "Ada"}],
            "south": [],
        }
        with pytest.raises(ValidationError) as error:
            loans.validate_python({"north": [{"copy_number": 0, "reader": "Ada"}]})
        assert faults(error) == [(("north", 0, "copy_number"), "greater_than_equal")]

    def test_a_file_of_many(self, tmp_path: Path) -> None:
        file = tmp_path / "loans.json"
        file.write_text('[{"copy_number": 17, "reader": "Ada"}, {"copy_number": 18, "reader": "Emmy"}]')

        Loan = generate_dynamic_models(LOAN)["Loan"]
        loans: list[Any] = TypeAdapter(list[Loan]).validate_json(file.read_bytes())  # type: ignore[valid-type]

        assert [loan.reader for loan in loans] == ["Ada", "Emmy"]

    def test_json_that_is_still_coming_in_gives_what_is_complete(self) -> None:
        Loan = generate_dynamic_models(LOAN)["Loan"]
        loans: Any = TypeAdapter(list[Loan])  # type: ignore[valid-type]
        so_far = '[{"copy_number": 17, "reader": "Ada"}, {"copy_number": 18, "rea'

        assert [loan.reader for loan in loans.validate_json(so_far, experimental_allow_partial=True)] == ["Ada"]

    def test_a_root_that_is_no_object_is_a_type_as_well(self) -> None:
        root = generate_dynamic_models({"title": "Shelf", "type": "array", "items": LOAN}).root

        assert TypeAdapter(root).validate_python([{"copy_number": 17, "reader": "Ada"}]).root[0].days == 21


class TestDataConversion:
    """Data is made to fit, unless it must fit as it is."""

    def test_values_are_converted(self) -> None:
        measured = generate_dynamic_models(
            {
                "title": "Measured",
                "type": "object",
                "properties": {
                    "count": {"type": "integer"},
                    "weight": {"type": "number"},
                    "open": {"type": "boolean"},
                    "taken": {"type": "string", "format": "date"},
                },
            }
        )["Measured"](count=3.0, weight=" 0.45 ", open="yes", taken="2026-03-01")

        assert measured.model_dump(mode="json") == {"count": 3, "weight": 0.45, "open": True, "taken": "2026-03-01"}

    def test_what_would_lose_something_is_not_converted(self) -> None:
        with pytest.raises(ValidationError) as error:
            generate_dynamic_models(JOURNEY)["Journey"](stops=[], price=1, seats=[11.5])

        assert (("seats", 0), "int_from_float") in faults(error)

    def test_a_number_is_no_string_unless_the_configuration_says_so(self) -> None:
        given = {"copy_number": 17, "reader": 4711}
        with pytest.raises(ValidationError) as error:
            generate_dynamic_models(LOAN)["Loan"](**given)
        assert faults(error) == [(("reader",), "string_type")]

        models = generate_dynamic_models(LOAN, config_dict=ConfigDict(coerce_numbers_to_str=True))

        assert models["Loan"](**given).reader == "4711"

    def test_a_call_may_be_strict(self) -> None:
        Loan = generate_dynamic_models(LOAN)["Loan"]

        with pytest.raises(ValidationError) as error:
            Loan.model_validate({"copy_number": "17", "reader": "Ada"}, strict=True)

        assert faults(error) == [(("copy_number",), "int_type")]

    def test_json_text_has_what_json_has_however_strict_the_call(self) -> None:
        schema = {"title": "Opening", "type": "object", "properties": {"day": {"type": "string", "format": "date"}}}
        Opening = generate_dynamic_models(schema)["Opening"]

        assert Opening.model_validate_json('{"day": "2026-05-01"}', strict=True).day.month == 5
        with pytest.raises(ValidationError) as error:
            Opening.model_validate({"day": "2026-05-01"}, strict=True)
        assert faults(error) == [(("day",), "date_type")]

    def test_classes_may_be_strict(self) -> None:
        Loan = generate_dynamic_models(LOAN, config_dict=ConfigDict(strict=True))["Loan"]

        assert Loan(copy_number=17, reader="Ada").copy_number == 17
        with pytest.raises(ValidationError) as error:
            Loan(copy_number="17", reader="Ada")
        assert faults(error) == [(("copy_number",), "int_type")]

    def test_some_types_may_be_strict(self) -> None:
        models = generate_dynamic_models(
            {
                "title": "Reading",
                "type": "object",
                "properties": {"room": {"type": "integer"}, "degrees": {"type": "number"}},
            },
            strict_types=["int"],  # type: ignore[list-item]
        )

        assert models["Reading"](room=3, degrees="19.5").degrees == 19.5
        with pytest.raises(ValidationError) as error:
            models["Reading"](room="3", degrees="19.5")
        assert faults(error) == [(("room",), "int_type")]

    def test_exact_classes_convert_nothing(self) -> None:
        pytest.importorskip("jsonschema_rs")
        Loan = generate_dynamic_models(LOAN, exact=True)["Loan"]

        with pytest.raises(ValidationError):
            Loan.model_validate({"copy_number": "17", "reader": "Ada"})
        assert Loan.model_validate({"copy_number": 17, "reader": "Ada"}).days == 21


class TestAttributeCopies:
    """What becomes of the caller's own objects."""

    def test_lists_and_mappings_are_copied(self) -> None:
        seats = [11, 12]
        journey = generate_dynamic_models(JOURNEY)["Journey"](
            stops=[{"station": "Graz"}, {"station": "Linz"}], price=31.5, seats=seats
        )

        journey.seats.append(13)

        assert seats == [11, 12]

    def test_what_has_no_type_and_what_is_no_collection_is_not(self) -> None:
        models = generate_dynamic_models(
            {
                "title": "Parcel",
                "type": "object",
                "properties": {"content": True, "sender": {"$ref": "#/$defs/Party"}},
                "$defs": {"Party": {"type": "object", "properties": {"name": {"type": "string"}}}},
            }
        )
        content, sender = ["glass"], models["Party"](name="Ada")

        parcel = models["Parcel"](content=content, sender=sender)

        assert parcel.content is content
        assert parcel.sender is sender

    def test_instances_are_copied_where_they_are_to_be_checked_again(self) -> None:
        models = generate_dynamic_models(JOURNEY, config_dict=ConfigDict(revalidate_instances="always"))
        graz = models["Stop"](station="Graz")

        journey = models["Journey"](stops=[graz, graz], price=31.5)

        assert journey.stops[0] == graz
        assert journey.stops[0] is not graz

    def test_a_default_list_is_each_instances_own(self) -> None:
        Parcel = generate_dynamic_models(
            {
                "title": "Parcel",
                "type": "object",
                "properties": {"marks": {"type": "array", "items": {"type": "string"}, "default": ["fragile"]}},
            }
        )["Parcel"]
        parcel = Parcel()

        parcel.marks.append("heavy")

        assert Parcel().marks == ["fragile"]
