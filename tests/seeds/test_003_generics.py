"""Page 003: generic models over generated classes (written for pydantic 1; ``BaseModel, Generic[T]`` today)."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any, TypeVar

import pytest
from pydantic import BaseModel, ValidationError

from dynmodels import DynamicModels, generate_dynamic_models
from tests.seeds.envelopes import Batch, Called, Fault, Inner, Only, Outer, Pair, Reply, Tally

#: A weather station's readings.
STATION: dict[str, Any] = {
    "title": "Reading",
    "type": "object",
    "required": ["celsius"],
    "properties": {"celsius": {"type": "number", "minimum": -90}, "wind": {"$ref": "#/$defs/Wind"}},
    "$defs": {"Wind": {"type": "object", "required": ["knots"], "properties": {"knots": {"type": "integer"}}}},
}


def over(envelope: Any, *classes: Any) -> Any:
    """Fill classes in that type checkers do not know."""
    return envelope[classes[0] if len(classes) == 1 else classes]


@pytest.fixture(params=[False, True], ids=["plain", "exact"])
def models(request: pytest.FixtureRequest) -> DynamicModels:
    """Classes of a station."""
    return generate_dynamic_models(STATION, exact=request.param)


class TestEnvelopes:
    def test_an_envelope_is_declared_once_and_holds_any_generated_class(self, models: DynamicModels) -> None:
        for name, data in [("Reading", {"celsius": 3.5}), ("Wind", {"knots": 12})]:
            reply: Any = over(Reply, models[name])
            assert type(reply(data=data).unwrapped()) is models[name]

    def test_errors_are_told_at_their_place(self, models: DynamicModels) -> None:
        reply: Any = over(Reply, models["Reading"])

        with pytest.raises(ValidationError) as caught:
            reply(data={"celsius": -91})
        assert caught.value.errors()[0]["loc"] == ("data", "celsius")

    def test_objects_are_taken_as_they_are(self, models: DynamicModels) -> None:
        reading = models["Reading"].model_validate({"celsius": 3.5})

        assert over(Reply, models["Reading"])(data=reading).data is reading

    def test_what_is_written_is_what_was_read(self, models: DynamicModels) -> None:
        reply: Any = over(Reply, models["Reading"])
        given = {"data": {"celsius": 3.5, "wind": {"knots": 7}}}

        assert reply.model_validate(given).model_dump(exclude_none=True) == given
        assert reply.model_json_schema()["$defs"]["Wind"]["properties"]["knots"]["type"] == "integer"


class TestConfigurationAndMethods:
    def test_validators_configuration_and_methods_come_along(self, models: DynamicModels) -> None:
        reply: Any = over(Reply, models["Wind"])

        with pytest.raises(ValidationError, match="a reply has data or a fault"):
            reply()
        with pytest.raises(ValidationError, match="a reply has data or a fault"):
            reply(data={"knots": 3}, fault=Fault(code=1, text="gale"))
        with pytest.raises(ValidationError, match=r"[Ee]xtra"):
            reply(data={"knots": 3}, gusts=2)
        with pytest.raises(LookupError, match="gale"):
            reply(fault={"code": 1, "text": "gale"}).unwrapped()


class TestOneClassOfEach:
    def test_the_same_parameters_give_the_same_class(self, models: DynamicModels) -> None:
        wind = models["Wind"]

        assert over(Reply, wind) is over(Reply, wind)
        assert over(Reply, wind) is not over(Reply, models["Reading"])


class TestSubclasses:
    def test_one_that_leaves_the_parameter_open(self, models: DynamicModels) -> None:
        batch: Any = over(Batch, models["Wind"])

        assert batch(data={"knots": 4}, count=2).data.knots == 4
        assert issubclass(batch, Batch)

    def test_one_that_fills_some_in_and_adds_others(self, models: DynamicModels) -> None:
        tally: Any = over(Tally, models["Wind"], models["Reading"])

        made = tally(first=3, second={"knots": 4}, third={"celsius": 1})

        assert (type(made.second), type(made.third)) == (models["Wind"], models["Reading"])
        with pytest.raises(ValidationError) as caught:
            tally(first="x", second={"knots": 4}, third={"celsius": 1})
        assert caught.value.errors()[0]["loc"] == ("first",)

    def test_one_that_fills_all_in(self, models: DynamicModels) -> None:
        filled: Any = over(Pair, models["Wind"], models["Reading"])

        class Noon(filled):  # type: ignore[misc]
            hour: int = 12

        assert Noon(first={"knots": 1}, second={"celsius": 20}).hour == 12


class TestNamesOfConcreteClasses:
    def test_they_name_what_is_in_them(self, models: DynamicModels) -> None:
        assert over(Reply, models["Wind"]).__name__ == "Reply[Wind]"

    def test_a_class_may_make_its_own(self, models: DynamicModels) -> None:
        letter: Any = over(Called, models["Wind"])

        assert repr(letter(data={"knots": 3})) == "WindLetter(data=Wind(knots=3))"


class TestTheSameVariableInNestedModels:
    def test_both_places_hold_the_same_class(self, models: DynamicModels) -> None:
        outer: Any = over(Outer, models["Wind"])
        inner: Any = over(Inner, models["Wind"])

        made = outer(outer={"knots": 1}, nested=inner(inner={"knots": 2}))

        assert type(made.outer) is type(made.nested.inner) is models["Wind"]

    def test_what_was_made_for_another_class_is_held_against_this_one(self, models: DynamicModels) -> None:
        other: Any = over(Inner, models["Reading"])

        with pytest.raises(ValidationError) as caught:
            over(Outer, models["Wind"])(outer={}, nested=other(inner={"celsius": 2}))
        assert {each["loc"][0] for each in caught.value.errors()} == {"outer", "nested"}


class TestParametersLeftOutOrBounded:
    def test_without_parameters_anything_goes(self, models: DynamicModels) -> None:
        wind = models["Wind"](knots=3)

        assert Pair(first=wind, second="breeze").first is wind

    def test_a_bound_lets_generated_classes_in(self, models: DynamicModels) -> None:
        assert over(Only, models["Wind"])(model={"knots": 3}).model.knots == 3

    def test_a_base_class_of_ones_own_may_be_the_bound(self) -> None:
        class Measured(BaseModel):
            station: str = "Kew"

        bounded = TypeVar("bounded", bound=Measured)
        models = generate_dynamic_models(STATION, base_class=Measured)
        envelope: Any = over(Only, bounded)

        assert envelope[models["Wind"]](model={"knots": 3}).model.station == "Kew"
        with pytest.raises(ValidationError):
            envelope(model=Fault(code=1, text="gale"))

    def test_variables_are_filled_in_later(self, models: DynamicModels) -> None:
        later = TypeVar("later")
        half: Any = over(Pair, models["Wind"], later)

        whole = half[models["Reading"]]

        assert type(whole(first={"knots": 1}, second={"celsius": 2}).second) is models["Reading"]
        with pytest.raises(ValidationError):
            whole(first={"knots": 1}, second={"knots": 1})


class TestPickling:
    def test_objects_in_envelopes_cross_processes(self, models: DynamicModels, tmp_path: Path) -> None:
        reply: Any = over(Reply, models["Reading"])
        (tmp_path / "reply").write_bytes(pickle.dumps(reply(data={"celsius": 3.5, "wind": {"knots": 7}})))
        program = (
            "import pathlib, pickle, sys\n"
            "reply = pickle.loads(pathlib.Path(sys.argv[1], 'reply').read_bytes())\n"
            "print(type(reply).__name__, reply.unwrapped().wind.knots)"
        )

        told = subprocess.run([sys.executable, "-c", program, tmp_path], check=True, capture_output=True, text=True)  # noqa: S603

        assert told.stdout.strip() == "Reply[Reading] 7"
