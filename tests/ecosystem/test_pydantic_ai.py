"""pydantic-ai: generated classes as what an agent gives, with models that are functions and ask nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dynmodels import generate_dynamic_models

pytest.importorskip("pydantic_ai", reason="nox -s ecosystem installs it")

from pydantic_ai import Agent, PromptedOutput
from pydantic_ai.exceptions import UnexpectedModelBehavior
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.models.test import TestModel

pytestmark = pytest.mark.ecosystem

DOCUMENT: dict[str, Any] = {
    "title": "City",
    "type": "object",
    "required": ["name", "inhabitants", "country"],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "inhabitants": {"type": "integer", "minimum": 1},
        "country": {"type": "string", "pattern": "^[A-Z]{2}$"},
        "rivers": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        "mayor": {"$ref": "#/$defs/Person"},
    },
    "$defs": {
        "Person": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "minLength": 1}}}
    },
}

PORTO: dict[str, Any] = {
    "name": "Porto",
    "inhabitants": 231_800,
    "country": "PT",
    "rivers": ["Douro"],
    "mayor": {"name": "Ada"},
}

EXACT = pytest.mark.parametrize("exact", [False, True])


class Answers:
    """A model that gives one answer after another, and remembers what it was told and asked for."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.told: list[str] = []
        self.asked: list[AgentInfo] = []
        self._answers = iter(answers)

    def __call__(self, messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        self.told.append(str(messages[-1]))
        self.asked.append(info)
        return ModelResponse(parts=[ToolCallPart(info.output_tools[0].name, next(self._answers))])


def asking(answers: Callable[..., Any], output: Any) -> Any:
    return Agent(FunctionModel(answers), output_type=output).run_sync("Tell me of Porto.").output


@EXACT
def test_an_agent_gives_an_instance(exact: bool) -> None:
    models = generate_dynamic_models(DOCUMENT, exact=exact)

    city = asking(Answers(PORTO), models.root)

    assert isinstance(city, models.root)
    assert isinstance(city.mayor, models["Person"])
    assert city.model_dump(mode="json") == PORTO


@EXACT
def test_a_model_is_told_what_was_wrong_and_tries_again(exact: bool) -> None:
    model = generate_dynamic_models(DOCUMENT, exact=exact).root
    answers = Answers({**PORTO, "inhabitants": 0, "country": "Portugal"}, PORTO)

    city = asking(answers, model)

    assert city.country == "PT"
    assert len(answers.told) == 2
    for what in ("inhabitants", "country", "^[A-Z]{2}$"):
        assert what in answers.told[1]


def test_an_exact_class_refuses_what_pydantic_has_no_words_for() -> None:
    twice = {**PORTO, "rivers": ["Douro", "Douro"]}

    assert asking(Answers(twice), generate_dynamic_models(DOCUMENT).root).rivers == ["Douro", "Douro"]
    answers = Answers(twice, PORTO)
    assert asking(answers, generate_dynamic_models(DOCUMENT, exact=True).root).rivers == ["Douro"]
    assert "json_schema.uniqueItems" in answers.told[1]


@EXACT
def test_a_model_that_never_learns_is_an_error(exact: bool) -> None:
    bad = {**PORTO, "inhabitants": 0}

    with pytest.raises(UnexpectedModelBehavior):
        asking(Answers(bad, bad, bad, bad), generate_dynamic_models(DOCUMENT, exact=exact).root)


@EXACT
def test_a_model_is_shown_the_constraints(exact: bool) -> None:
    answers = Answers(PORTO)

    asking(answers, generate_dynamic_models(DOCUMENT, exact=exact).root)

    shown = answers.asked[0].output_tools[0].parameters_json_schema
    properties = shown["properties"]
    assert shown["required"] == ["name", "inhabitants", "country"]
    assert properties["name"]["minLength"] == 1
    assert properties["inhabitants"]["minimum"] == 1
    assert properties["country"]["pattern"] == "^[A-Z]{2}$"
    assert ("uniqueItems" in str(properties["rivers"])) is exact


@EXACT
def test_one_of_several_classes_is_given(exact: bool) -> None:
    models = generate_dynamic_models(DOCUMENT, exact=exact)

    def second(_: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        return ModelResponse(parts=[ToolCallPart(info.output_tools[1].name, {"name": "Ada"})])

    assert type(asking(second, [models.root, models["Person"]])) is models["Person"]


@EXACT
def test_text_that_is_json_is_read(exact: bool) -> None:
    model = generate_dynamic_models(DOCUMENT, exact=exact).root

    def text(*_: Any) -> ModelResponse:
        return ModelResponse(parts=[TextPart('{"name": "Porto", "inhabitants": 231800, "country": "PT"}')])

    assert asking(text, PromptedOutput(model)).inhabitants == 231_800


@EXACT
def test_the_library_s_own_test_model_makes_instances(exact: bool) -> None:
    """It makes data from the schema, patterns aside, and so needs to be told those fields."""
    models = generate_dynamic_models(DOCUMENT, exact=exact)
    person = Agent(TestModel(), output_type=models["Person"]).run_sync("Who?").output
    city = Agent(TestModel(custom_output_args=PORTO), output_type=models.root).run_sync("Where?").output

    assert isinstance(person, models["Person"])
    assert city.name == "Porto"
    with pytest.raises(UnexpectedModelBehavior):
        Agent(TestModel(), output_type=models.root).run_sync("Where?")
