"""What becomes of type variables (page 003) where generated classes take their places."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import pytest
from pydantic import ValidationError

from dynmodels import DynamicModels, generate_dynamic_models
from tests.seeds.envelopes import STATION, Batch, Fault, Inner, Measured, Only, Outer, Pair, Reply, Tally, over

ThingT = TypeVar("ThingT")
MeasuredT = TypeVar("MeasuredT", bound=Measured)


class TestSubclassesThatReplaceNoTypeVariable:
    def test_a_generated_class_takes_the_place_in_the_subclass(self, models: DynamicModels) -> None:
        batch = over(Batch, models["Wind"])

        made = batch(data={"knots": 4}, count=2)

        assert type(made.data) is models["Wind"]
        assert isinstance(made, Batch)
        assert isinstance(made, Reply)
        with pytest.raises(ValidationError, match="a reply has data or a fault"):
            batch(count=2)


class TestSubclassesThatReplaceSomeOrAllTypeVariables:
    def test_some_and_others_are_added(self, models: DynamicModels) -> None:
        tally = over(Tally, models["Wind"], models["Reading"])

        made = tally(first=3, second={"knots": 4}, third={"celsius": 1})

        assert (type(made.second), type(made.third)) == (models["Wind"], models["Reading"])
        with pytest.raises(ValidationError) as caught:
            tally(first="many", second={"knots": 4}, third={"celsius": 1})
        assert caught.value.errors()[0]["loc"] == ("first",)

    def test_one_is_replaced_by_a_generated_class(self, models: DynamicModels) -> None:
        with_wind: Any = over(Pair, models["Wind"], ThingT)

        class Noted(with_wind, Generic[ThingT]):  # type: ignore[misc]  # a class that is known at run time only
            note: str = ""

        made = over(Noted, models["Reading"])(first={"knots": 4}, second={"celsius": 1}, note="at noon")

        assert (type(made.first), type(made.second)) == (models["Wind"], models["Reading"])

    def test_all(self, models: DynamicModels) -> None:
        whole: Any = over(Pair, models["Wind"], models["Reading"])

        class Noon(whole):  # type: ignore[misc]  # a class that is known at run time only
            hour: int = 12

        made = Noon.model_validate({"first": {"knots": 1}, "second": {"celsius": 20}})

        assert (type(made.second), made.hour) == (models["Reading"], 12)


class TestNestedModels:
    def test_both_places_hold_the_same_class(self, models: DynamicModels) -> None:
        inner = over(Inner, models["Wind"])(inner={"knots": 2})

        made = over(Outer, models["Wind"])(outer={"knots": 1}, nested=inner)

        assert made.nested is inner
        assert type(made.outer) is type(made.nested.inner) is models["Wind"]

    def test_data_is_held_against_it_in_both(self, models: DynamicModels) -> None:
        with pytest.raises(ValidationError) as caught:
            over(Outer, models["Wind"])(outer={"knots": "few"}, nested={"inner": {"knots": "many"}})
        assert [fault["loc"] for fault in caught.value.errors()] == [("outer", "knots"), ("nested", "inner", "knots")]

    def test_an_object_made_for_another_class_is_refused(self, models: DynamicModels) -> None:
        other = over(Inner, models["Reading"])(inner={"celsius": 2})

        with pytest.raises(ValidationError) as caught:
            over(Outer, models["Wind"])(outer={"knots": 1}, nested=other)
        assert caught.value.errors()[0]["loc"][0] == "nested"


class TestWithoutParameters:
    def test_anything_goes(self, models: DynamicModels) -> None:
        wind = models["Wind"](knots=3)

        made: Any = Pair(first=wind, second={"celsius": "cold"})

        assert made.first is wind
        assert made.second == {"celsius": "cold"}


class TestBoundedTypeVariables:
    def test_a_bound_of_models_lets_generated_classes_in(self, models: DynamicModels) -> None:
        assert over(Only, models["Wind"])(model={"knots": 3}).model.knots == 3

    def test_a_base_class_of_ones_own_may_be_the_bound(self) -> None:
        wind = generate_dynamic_models(STATION, base_class=Measured)["Wind"]
        bounded = over(Only, MeasuredT)

        assert bounded[wind](model={"knots": 3}).model.station == "Kew"
        assert bounded(model=wind(knots=3)).model.knots == 3
        with pytest.raises(ValidationError) as caught:
            bounded(model=Fault(code=1, text="gale"))
        assert caught.value.errors()[0]["loc"] == ("model",)


class TestReplacingTypeVariablesLater:
    def test_a_variable_that_is_left_open_is_replaced_by_a_generated_class(self, models: DynamicModels) -> None:
        half = over(Pair, models["Wind"], ThingT)

        whole = half[models["Reading"]]

        assert whole.__name__ == "Pair[Wind, Reading]"
        assert type(whole(first={"knots": 1}, second={"celsius": 2}).second) is models["Reading"]
        with pytest.raises(ValidationError):
            whole(first={"knots": 1}, second={"knots": 1})
