"""Envelopes over generated classes (page 003), which one declares with ``Generic``."""

from __future__ import annotations

import pickle
from typing import Any, assert_type

import pytest
from pydantic import TypeAdapter, ValidationError

from dynmodels import DynamicModels, generate_dynamic_models
from tests.interpreter import in_fresh_interpreter
from tests.seeds.envelopes import STATION, Fault, Letter, Measured, Pair, Reply, opened, over, refused


class TestDeclaringAGenericModel:
    def test_one_that_is_declared_once_holds_any_generated_class(self, models: DynamicModels) -> None:
        for name, data in [("Reading", {"celsius": 3.5}), ("Wind", {"knots": 12})]:
            assert type(over(Reply, models[name])(data=data).data) is models[name]

    def test_it_holds_lists_and_unions_of_them_too(self, models: DynamicModels) -> None:
        wind: Any = models["Wind"]

        made = over(Reply, list[wind] | dict[str, wind])(data=[{"knots": 3}, {"knots": 4}])

        assert [each.knots for each in made.unwrapped()] == [3, 4]


class TestAResponsesEnvelope:
    def test_what_is_written_is_what_was_read(self, models: DynamicModels) -> None:
        reply = over(Reply, models["Reading"])
        given = {"data": {"celsius": 3.5, "wind": {"knots": 7}}}

        assert reply.model_validate(given).model_dump(exclude_unset=True) == given
        assert reply.model_validate_json('{"data": {"celsius": 1}}').unwrapped().celsius == 1

    def test_objects_are_taken_as_they_are(self, models: DynamicModels) -> None:
        reading = models["Reading"].model_validate({"celsius": 3.5})

        assert over(Reply, models["Reading"])(data=reading).data is reading

    def test_errors_are_told_at_their_place(self, models: DynamicModels) -> None:
        with pytest.raises(ValidationError) as caught:
            over(Reply, models["Reading"])(data={"celsius": -91})
        assert [fault["loc"] for fault in caught.value.errors()] == [("data", "celsius")]

    def test_its_json_schema_has_that_of_the_class(self, models: DynamicModels) -> None:
        written = over(Reply, models["Reading"]).model_json_schema()

        assert {"$ref": "#/$defs/Reading"} in written["properties"]["data"]["anyOf"]
        assert written["$defs"]["Reading"]["properties"]["celsius"]["minimum"] == -90


class TestWhatIsInherited:
    def test_validators_run_in_each_concrete_class(self, models: DynamicModels) -> None:
        reply = over(Reply, models["Wind"])

        for wrong in ({}, {"data": {"knots": 3}, "fault": Fault(code=1, text="gale")}):
            with pytest.raises(ValidationError, match="a reply has data or a fault"):
                reply.model_validate(wrong)

    def test_so_do_configuration_and_methods_come_along(self, models: DynamicModels) -> None:
        reply = over(Reply, models["Wind"])

        assert reply.model_config == Reply.model_config
        with pytest.raises(ValidationError, match="Extra inputs"):
            reply(data={"knots": 3}, gusts=2)
        with pytest.raises(LookupError, match="gale"):
            reply(fault={"code": 1, "text": "gale"}).unwrapped()


class TestTypesForMypy:
    def test_the_envelope_over_a_class_that_mypy_knows_has_its_type(self) -> None:
        fault = Reply[Fault](data=Fault(code=1, text="gale")).unwrapped()

        assert_type(fault, Fault)
        assert fault.code == 1

    def test_generated_classes_are_known_by_a_base_of_ones_own(self) -> None:
        reading = generate_dynamic_models(STATION, base_class=Measured)["Reading"]
        reply: type[Reply[Measured]] = over(Reply, reading)

        made = reply.model_validate({"data": {"celsius": 3.5}}).unwrapped()

        assert_type(made, Measured)
        assert (made.station, made.model_dump()["celsius"]) == ("Kew", 3.5)


class TestConcreteClassesAreCached:
    def test_the_same_parameters_give_the_same_class(self, models: DynamicModels) -> None:
        assert over(Reply, models["Wind"]) is over(Reply, models["Wind"])
        assert over(Reply, models["Wind"]) is not over(Reply, models["Reading"])

    @pytest.mark.parametrize("exact", [False, True], ids=["plain", "exact"])
    def test_the_same_document_does_too(self, exact: bool) -> None:
        first, again = (generate_dynamic_models(STATION, exact=exact)["Wind"] for _ in range(2))

        assert over(Reply, first) is over(Reply, again)


class TestNamesOfConcreteClasses:
    def test_they_are_called_by_what_is_in_them(self, models: DynamicModels) -> None:
        assert over(Reply, models["Wind"]).__name__ == "Reply[Wind]"
        assert over(Pair, models["Wind"], models["Reading"]).__name__ == "Pair[Wind, Reading]"

    def test_an_envelope_may_name_them_itself(self, models: DynamicModels) -> None:
        assert repr(over(Letter, models["Wind"])(data={"knots": 3})) == "WindLetter(data=Wind(knots=3))"


class TestPickling:
    def test_objects_in_envelopes_cross_processes(self, models: DynamicModels) -> None:
        reply = over(Reply, models["Reading"])(data={"celsius": 3.5, "wind": {"knots": 7}})

        told = in_fresh_interpreter(opened, pickle.dumps(reply))

        assert told == ["Reply[Reading]", {"celsius": 3.5, "wind": {"knots": 7}}]

    def test_envelopes_in_envelopes_do_too(self, models: DynamicModels) -> None:
        nested = over(Reply, over(Pair, models["Wind"], models["Reading"]))

        told = in_fresh_interpreter(
            opened, pickle.dumps(nested(data={"first": {"knots": 1}, "second": {"celsius": 2}}))
        )

        assert told == ["Reply[Pair[Wind, Reading]]", {"first": {"knots": 1}, "second": {"celsius": 2}}]

    def test_concrete_classes_check_on_the_other_side_what_they_check_here(self, models: DynamicModels) -> None:
        sent = pickle.dumps(over(Reply, models["Reading"]))

        assert in_fresh_interpreter(refused, sent, {"celsius": -91}) == [["data", "celsius"]]
        assert in_fresh_interpreter(refused, sent, {"celsius": 19}) == []

    def test_at_home_the_class_is_the_very_same(self, models: DynamicModels) -> None:
        reply = over(Reply, models["Reading"])

        assert pickle.loads(pickle.dumps(reply)) is reply
        assert TypeAdapter(reply).validate_python({"data": {"celsius": 1}}) == pickle.loads(
            pickle.dumps(reply(data={"celsius": 1}))
        )
