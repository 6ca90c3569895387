"""LangChain: generated classes as the arguments of structured tools."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from dynmodels import generate_dynamic_models

pytest.importorskip("langchain_core", reason="nox -s ecosystem installs it")

from langchain_core.tools import StructuredTool
from langchain_core.utils.function_calling import convert_to_openai_tool

pytestmark = pytest.mark.ecosystem

DOCUMENT: dict[str, Any] = {
    "title": "reserve_table",
    "description": "Reserve a table.",
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "guests"],
    "properties": {
        "name": {"type": "string", "minLength": 2, "description": "Who comes."},
        "guests": {"type": "integer", "minimum": 1, "maximum": 12},
        "area": {"enum": ["inside", "terrace"]},
        "phone": {"type": "string", "pattern": "^[0-9]+$"},
        "contact": {"$ref": "#/$defs/Contact"},
    },
    "dependentRequired": {"area": ["phone"]},
    "$defs": {
        "Contact": {
            "type": "object",
            "required": ["email"],
            "properties": {"email": {"type": "string", "format": "email"}},
        }
    },
}

EXACT = pytest.mark.parametrize("exact", [False, True])


def reserve(name: str, guests: int, area: Any = None, phone: str | None = None, contact: Any = None) -> list[Any]:
    return [name, guests, area and area.value, phone, contact and contact.email]


def tool(model: Any) -> StructuredTool:
    return StructuredTool.from_function(
        reserve, name="reserve_table", description="Reserve a table.", args_schema=model
    )


@EXACT
def test_a_tool_gets_objects(exact: bool) -> None:
    table = tool(generate_dynamic_models(DOCUMENT, exact=exact).root)
    arguments = {
        "name": "Ada",
        "guests": 2,
        "area": "terrace",
        "phone": "22",
        "contact": {"email": "ada@example.com"},
    }

    assert table.invoke(arguments) == ["Ada", 2, "terrace", "22", "ada@example.com"]


@EXACT
def test_a_call_of_a_model_comes_back_as_its_message(exact: bool) -> None:
    table = tool(generate_dynamic_models(DOCUMENT, exact=exact).root)

    message = table.invoke(
        {"type": "tool_call", "id": "c1", "name": "reserve_table", "args": {"name": "Ada", "guests": 2}}
    )

    assert (message.tool_call_id, message.status) == ("c1", "success")


@EXACT
@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"guests": 0}, ("guests",)),
        ({"name": "A"}, ("name",)),
        ({"area": "roof", "phone": "22"}, ("area",)),
        ({"contact": {"email": "ada"}}, ("contact", "email")),
        ({"phone": "?"}, ("phone",)),
    ],
    ids=["limit", "length", "enum", "nested", "pattern"],
)
def test_bad_arguments_do_not_reach_the_function(change: dict[str, Any], where: tuple[str, ...], exact: bool) -> None:
    table = tool(generate_dynamic_models(DOCUMENT, exact=exact).root)

    with pytest.raises(ValidationError) as refused:
        table.invoke({"name": "Ada", "guests": 2} | change)

    assert [fault["loc"] for fault in refused.value.errors()] == [where]


def test_exact_arguments_are_judged_by_what_pydantic_has_no_words_for() -> None:
    table = tool(generate_dynamic_models(DOCUMENT, exact=True).root)

    with pytest.raises(ValidationError, match='the property "phone" is missing'):
        table.invoke({"name": "Ada", "guests": 2, "area": "terrace"})
    with pytest.raises(ValidationError, match="should be an integer, not text"):
        table.invoke({"name": "Ada", "guests": "2"})


@EXACT
def test_a_model_is_told_what_was_wrong(exact: bool) -> None:
    table = tool(generate_dynamic_models(DOCUMENT, exact=exact).root)
    table.handle_validation_error = lambda error: str(error)

    said = table.invoke({"name": "Ada", "guests": 0})

    assert "guests" in said
    assert ("should be at least 1" if exact else "should be greater than or equal to 1") in said


@EXACT
def test_the_description_of_a_tool_has_the_constraints(exact: bool) -> None:
    function = convert_to_openai_tool(tool(generate_dynamic_models(DOCUMENT, exact=exact).root))["function"]

    parameters = function["parameters"]
    said = {key: value.get("anyOf", [value])[0] for key, value in parameters["properties"].items()}

    assert (function["name"], function["description"]) == ("reserve_table", "Reserve a table.")
    assert parameters["required"] == ["name", "guests"]
    assert said["name"] == {"type": "string", "minLength": 2, "description": "Who comes."}
    assert said["guests"] == {"type": "integer", "minimum": 1, "maximum": 12}
    assert said["area"]["enum"] == ["inside", "terrace"]
    assert said["phone"]["pattern"] == "^[0-9]+$"
    assert said["contact"]["properties"]["email"]["format"] == "email"


def test_the_description_of_an_exact_class_is_its_schema() -> None:
    """Of a tool, LangChain describes the fields one by one, without what stands beside them; of a class, all."""
    model = generate_dynamic_models(DOCUMENT, exact=True).root

    told = convert_to_openai_tool(model)["function"]
    through_tool = convert_to_openai_tool(tool(model))["function"]["parameters"]

    contact = DOCUMENT["$defs"]["Contact"]
    assert told["parameters"] == {
        "type": "object",
        "additionalProperties": False,
        "required": ["name", "guests"],
        "properties": {**DOCUMENT["properties"], "contact": contact},
        "dependentRequired": {"area": ["phone"]},
    }
    assert "dependentRequired" not in through_tool
    assert "additionalProperties" not in through_tool


def test_a_property_that_is_no_name_in_python_keeps_its_own_name_in_a_class_only() -> None:
    """LangChain describes a tool's arguments by the names of the fields, as with a class that is written by hand."""
    document = {"title": "move", "description": "Move.", "type": "object", "properties": {"from": {"type": "string"}}}
    model = generate_dynamic_models(document, allow_population_by_field_name=True).root

    def move(from_: str) -> str:
        return from_

    moving = StructuredTool.from_function(move, name="move", description="Move.", args_schema=model)

    assert set(convert_to_openai_tool(model)["function"]["parameters"]["properties"]) == {"from"}
    assert set(convert_to_openai_tool(moving)["function"]["parameters"]["properties"]) == {"from_"}
    assert moving.invoke({"from": "Porto"}) == moving.invoke({"from_": "Porto"}) == "Porto"
