"""Fields (page 004): their order, whether they are required, their defaults, and what is no field."""

from __future__ import annotations

import inspect
import itertools
import pickle
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from dynmodels import UnsafeSchemaError, generate_dynamic_models

#: A weather station's report: some values must be told, some may be unknown.
REPORT: dict[str, Any] = {
    "title": "Report",
    "type": "object",
    "required": ["wind", "station", "visibility"],
    "properties": {
        "station": {"type": "string"},
        "sky": {"enum": ["clear", "cloudy", "fog"], "default": "clear"},
        "wind": {"$ref": "#/$defs/Wind"},
        "visibility": {"type": ["integer", "null"]},
        "remark": {"type": ["string", "null"]},
        "rain": {"type": "number"},
    },
    "$defs": {
        "Wind": {
            "type": "object",
            "required": ["speed"],
            "properties": {"speed": {"type": "number"}, "from": {"type": "integer", "maximum": 360}},
        }
    },
}

#: A station with a property that begins with an underscore.
STATION: dict[str, Any] = {
    "title": "Station",
    "type": "object",
    "required": ["name", "_links"],
    "properties": {"name": {"type": "string"}, "_links": {"type": "array", "items": {"type": "string"}}},
}


class Counted(BaseModel):
    """A base class with what is no field."""

    unit: ClassVar[str] = "metric"
    _numbers: ClassVar[itertools.count[int]] = itertools.count(1)

    _number: int = PrivateAttr(default_factory=lambda: next(Counted._numbers))
    _mark: str = PrivateAttr("unknown")

    def model_post_init(self, context: Any) -> None:
        self._mark = f"{type(self).__name__} {self._number}"

    @property
    def mark(self) -> str:
        return self._mark


class TestFieldOrdering:
    """Fields come in the order of the schema's properties."""

    def test_required_ones_do_not_come_first(self) -> None:
        assert list(generate_dynamic_models(REPORT)["Report"].model_fields) == list(REPORT["properties"])

    def test_data_is_written_in_that_order_whatever_the_order_it_came_in(self) -> None:
        report = generate_dynamic_models(REPORT, set_default_enum_member=True)["Report"](
            rain=0.5, visibility=None, wind={"from": 90, "speed": 4}, station="Graz"
        )

        assert list(report.model_dump()) == list(REPORT["properties"])
        assert report.model_dump_json(exclude_unset=True, by_alias=True) == (
            '{"station":"Graz","wind":{"speed":4.0,"from":90},"visibility":null,"rain":0.5}'
        )

    def test_errors_come_in_that_order(self) -> None:
        with pytest.raises(ValidationError) as error:
            generate_dynamic_models(REPORT)["Report"](rain="much", wind=3, sky="green", station=0)

        assert [fault["loc"][0] for fault in error.value.errors()] == ["station", "sky", "wind", "visibility", "rain"]

    def test_the_schema_and_the_signature_have_that_order(self) -> None:
        Report = generate_dynamic_models(REPORT)["Report"]

        assert list(Report.model_json_schema()["properties"]) == list(REPORT["properties"])
        assert list(inspect.signature(Report).parameters) == list(REPORT["properties"])

    def test_what_is_inherited_comes_first(self) -> None:
        schema = {
            "title": "Gale",
            "allOf": [{"$ref": "#/$defs/Warned"}],
            "properties": {"gusts": {"type": "number"}},
            "$defs": {"Warned": {"type": "object", "properties": {"level": {"type": "integer"}}}},
        }

        assert list(generate_dynamic_models(schema)["Gale"].model_fields) == ["level", "gusts"]


class TestRequiredFields:
    """What the schema lists as required has no default."""

    def test_what_is_required_is_missed(self) -> None:
        Report = generate_dynamic_models(REPORT)["Report"]

        with pytest.raises(ValidationError) as error:
            Report(sky="fog")

        assert [(fault["loc"], fault["type"]) for fault in error.value.errors()] == [
            (("station",), "missing"),
            (("wind",), "missing"),
            (("visibility",), "missing"),
        ]
        assert [name for name, field in Report.model_fields.items() if field.is_required()] == [
            "station",
            "wind",
            "visibility",
        ]

    def test_what_is_required_and_has_a_default_is_required_unless_asked_otherwise(self) -> None:
        schema = {**REPORT, "required": ["sky"]}

        assert generate_dynamic_models(schema)["Report"].model_fields["sky"].is_required()
        filled = generate_dynamic_models(schema, apply_default_values_for_required_fields=True)["Report"]
        assert filled().sky == "clear"

    def test_a_subclass_may_require_what_the_schema_does_not(self) -> None:
        class Complete(generate_dynamic_models(REPORT)["Report"]):  # type: ignore[misc]
            rain: float = Field(...)

        assert Complete.model_fields["rain"].is_required()
        assert list(Complete.model_fields) == list(REPORT["properties"])


class TestRequiredOptionalFields:
    """Whether something may be null and whether it may be left out are two questions."""

    def test_required_and_nullable(self) -> None:
        Report = generate_dynamic_models(REPORT)["Report"]
        given = {"station": "Graz", "wind": {"speed": 4}}

        assert Report(**given, visibility=None).visibility is None
        with pytest.raises(ValidationError) as error:
            Report(**given)
        assert [fault["loc"] for fault in error.value.errors()] == [("visibility",)]

    def test_optional_and_nullable(self) -> None:
        report = generate_dynamic_models(REPORT)["Report"](station="Graz", wind={"speed": 4}, visibility=900)

        assert report.remark is None
        assert "remark" not in report.model_fields_set

    def test_a_default_that_is_not_none_holds_for_what_is_left_out_alone(self) -> None:
        schema = {
            "title": "Alarm",
            "type": "object",
            "properties": {"level": {"type": ["integer", "null"], "default": 1}},
        }
        Alarm = generate_dynamic_models(schema)["Alarm"]

        assert Alarm().level == 1
        assert Alarm(level=None).level is None

    def test_optional_and_not_nullable_takes_none_unless_the_classes_are_exact(self) -> None:
        pytest.importorskip("jsonschema_rs")
        given = {"station": "Graz", "wind": {"speed": 4}, "visibility": 900, "rain": None}

        assert generate_dynamic_models(REPORT)["Report"](**given).rain is None
        with pytest.raises(ValidationError) as error:
            generate_dynamic_models(REPORT, exact=True)["Report"].model_validate(given)
        assert [fault["loc"] for fault in error.value.errors()] == [("rain",)]


class TestFieldWithDynamicDefaultValue:
    """A schema's defaults are values; functions are the caller's own."""

    VISIT: ClassVar[dict[str, Any]] = {
        "title": "Visit",
        "type": "object",
        "required": ["page"],
        "properties": {
            "page": {"type": "string"},
            "id": {"type": "string", "format": "uuid"},
            "trail": {"type": "array", "items": {"type": "string"}, "default": []},
        },
    }

    def test_a_subclass_gives_the_function(self) -> None:
        class Visit(generate_dynamic_models(self.VISIT)["Visit"]):  # type: ignore[misc]
            id: UUID = Field(default_factory=uuid4)
            trail: list[str] = Field(default_factory=lambda given: [given["page"]])

        first, second = Visit(page="/"), Visit(page="/prices")

        assert isinstance(first.id, UUID)
        assert first.id != second.id
        assert (first.trail, second.trail) == (["/"], ["/prices"])
        assert first.model_fields_set == {"page"}

    def test_a_base_class_fills_in_what_is_missing(self) -> None:
        class Identified(BaseModel):
            def model_post_init(self, context: Any) -> None:
                if "id" in type(self).model_fields and "id" not in self.model_fields_set:
                    self.id = uuid4()

        Visit = generate_dynamic_models(self.VISIT, base_class=Identified)["Visit"]
        known = "a7d5b0c4-6e9e-4b53-8a3c-0b0a4a2f6f10"

        assert Visit(page="/").id != Visit(page="/").id
        assert Visit(page="/", id=known).id == UUID(known)

    def test_a_schema_names_no_function(self) -> None:
        schema = {
            "title": "Visit",
            "type": "object",
            "properties": {"id": {"type": "string", "default_factory": "__import__('uuid').uuid4"}},
        }

        with pytest.raises(UnsafeSchemaError, match="default_factory"):
            generate_dynamic_models(schema)

    def test_a_default_of_an_enum_is_its_value_unless_its_member_is_asked_for(self) -> None:
        given = {"station": "Graz", "wind": {"speed": 4}, "visibility": 900}
        models = generate_dynamic_models(REPORT, set_default_enum_member=True)

        assert models["Report"](**given).sky is models["Sky"].clear
        assert generate_dynamic_models(REPORT)["Report"](**given).sky == "clear"

    def test_defaults_are_checked_where_the_configuration_says_so(self) -> None:
        schema = {
            "title": "Opening",
            "type": "object",
            "properties": {"day": {"type": "string", "format": "date", "default": "2026-05-01"}},
        }
        checked = generate_dynamic_models(schema, config_dict=ConfigDict(validate_default=True))["Opening"]

        assert checked().day.isoformat() == "2026-05-01"
        assert generate_dynamic_models(schema)["Opening"]().day == "2026-05-01"


class TestAutomaticallyExcludedAttributes:
    """Class variables are no fields."""

    def test_a_base_class_brings_class_variables(self) -> None:
        Report = generate_dynamic_models(REPORT, base_class=Counted)["Report"]

        assert Report.unit == "metric"
        assert list(Report.model_fields) == list(REPORT["properties"])
        assert "unit" not in Report.model_json_schema()["properties"]

    def test_a_class_variable_is_not_set_by_data(self) -> None:
        Report = generate_dynamic_models(REPORT, base_class=Counted)["Report"]

        report = Report(station="Graz", wind={"speed": 4}, visibility=900, unit="imperial")

        assert report.unit == "metric"
        with pytest.raises(AttributeError, match="ClassVar"):
            report.unit = "imperial"

    def test_a_property_that_begins_with_an_underscore_is_a_field_with_an_alias(self) -> None:
        Station = generate_dynamic_models(STATION)["Station"]

        station = Station.model_validate({"name": "Graz", "_links": ["/graz"]})

        assert list(Station.model_fields) == ["name", "field_links"]
        assert station.field_links == ["/graz"]
        assert station.model_dump(by_alias=True) == {"name": "Graz", "_links": ["/graz"]}


class TestPrivateModelAttributes:
    """A base class's private attributes are each instance's own."""

    def test_they_are_made_for_each_instance(self) -> None:
        models = generate_dynamic_models(STATION, base_class=Counted)
        given = {"name": "Graz", "_links": []}

        first, second = models["Station"](**given), models["Station"](**given)

        assert first._number < second._number
        assert first.mark == f"Station {first._number}"

    def test_they_are_in_no_data_and_no_schema(self) -> None:
        Station = generate_dynamic_models(STATION, base_class=Counted)["Station"]
        station = Station.model_validate({"name": "Graz", "_links": [], "_mark": "mine"})

        assert set(station.model_dump(by_alias=True)) == set(STATION["properties"])
        assert station.mark != "mine"
        assert set(Station.model_json_schema()["properties"]) == set(STATION["properties"])

    def test_nested_instances_have_them_too(self) -> None:
        report = generate_dynamic_models(REPORT, base_class=Counted)["Report"](
            station="Graz", wind={"speed": 4}, visibility=900
        )

        assert report.wind.mark == f"Wind {report.wind._number}"

    def test_copies_and_pickles_take_them_along(self) -> None:
        station = generate_dynamic_models(STATION, base_class=Counted)["Station"].model_validate(
            {"name": "Graz", "_links": []}
        )

        assert station.model_copy().mark == station.mark
        assert pickle.loads(pickle.dumps(station)).mark == station.mark

    def test_a_subclass_may_have_its_own(self) -> None:
        class Visited(generate_dynamic_models(STATION)["Station"]):  # type: ignore[misc]
            _visits: int = 0

        station = Visited.model_validate({"name": "Graz", "_links": []})
        station._visits += 1

        assert (station._visits, Visited.model_validate({"name": "Linz", "_links": []})._visits) == (1, 0)


class TestModelSignature:
    """Tools that look at a class see its fields as parameters."""

    def test_parameters_are_the_fields(self) -> None:
        models = generate_dynamic_models(REPORT)
        parameters = inspect.signature(models["Report"]).parameters

        assert {parameter.kind for parameter in parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}
        assert parameters["station"].annotation is str
        assert parameters["station"].default is inspect.Parameter.empty
        assert parameters["wind"].annotation is models["Wind"]
        assert parameters["rain"].annotation == float | None
        assert parameters["rain"].default is None

    def test_an_alias_is_a_parameter_where_it_is_a_name(self) -> None:
        schema = {
            "title": "Gauge",
            "type": "object",
            "properties": {"copy": {"type": "integer"}, "from": {"type": "integer"}, "water-level": {"type": "number"}},
        }

        assert list(inspect.signature(generate_dynamic_models(schema)["Gauge"]).parameters) == [
            "copy",
            "from_",
            "water_level",
        ]

    def test_what_takes_anything_has_a_parameter_for_anything(self) -> None:
        Report = generate_dynamic_models({**REPORT, "additionalProperties": True})["Report"]

        *_, last = inspect.signature(Report).parameters.values()

        assert last.kind is inspect.Parameter.VAR_KEYWORD

    def test_an_own_init_is_respected(self) -> None:
        class Placed(BaseModel):
            def __init__(self, place: str, /, *, visibility: int = 900, **data: Any) -> None:
                super().__init__(station=place.title(), visibility=visibility, **data)

        Report = generate_dynamic_models(REPORT, base_class=Placed)["Report"]
        parameters = inspect.signature(Report).parameters

        assert next(iter(parameters)) == "place"
        assert parameters["visibility"].default == 900
        assert {"sky", "wind", "rain"} < set(parameters)
        assert Report("graz", rain=0.5, wind=Report.model_fields["wind"].annotation.model_construct()).station == "Graz"


class TestStructuralPatternMatching:
    """Instances are taken apart by ``match``."""

    def told(self, *given: Any) -> list[str]:
        models = generate_dynamic_models(REPORT)
        Report, Wind, Sky = models["Report"], models["Wind"], models["Sky"]
        told = []
        for each in given:
            match each:
                case Report(sky=Sky.fog, station=station):
                    told.append(f"fog in {station}")
                case Report(wind=Wind(speed=speed), station=station) if speed > 20:
                    told.append(f"{speed:g} m/s in {station}")
                case Report(visibility=None):
                    told.append("nothing seen")
                case Report():
                    told.append("nothing special")
                case _:
                    told.append("no report")
        return told

    def test_by_fields_nested_ones_and_enums(self) -> None:
        Report = generate_dynamic_models(REPORT)["Report"]

        assert self.told(
            Report(station="Graz", sky="fog", wind={"speed": 1}, visibility=50),
            Report(station="Sonnblick", wind={"speed": 31}, visibility=50),
            Report(station="Linz", wind={"speed": 3}, visibility=None),
            Report(station="Wien", wind={"speed": 3}, visibility=9000),
            {"station": "Brno"},
        ) == ["fog in Graz", "31 m/s in Sonnblick", "nothing seen", "nothing special", "no report"]

    def test_what_is_matched_is_not_copied(self) -> None:
        Report = generate_dynamic_models(REPORT)["Report"]
        report = Report(station="Graz", wind={"speed": 1}, visibility=50)

        match report:
            case Report(wind=wind):
                assert wind is report.wind

    def test_by_position_where_the_class_says_what_is_where(self) -> None:
        Wind = generate_dynamic_models(REPORT)["Wind"]
        wind = Wind.model_validate({"speed": 7, "from": 270})

        def by_position() -> None:
            match wind:
                case Wind(_):
                    pytest.fail("matched")

        with pytest.raises(TypeError, match="0 positional sub-patterns"):
            by_position()

        class Placed(Wind):  # type: ignore[misc, valid-type]
            __match_args__ = ("speed", "from_")

        match Placed.model_validate({"speed": 7, "from": 270}):
            case Placed(speed, direction):
                assert (speed, direction) == (7, 270)
            case _:
                pytest.fail("not matched")
