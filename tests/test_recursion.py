"""Recursion: unions that recurse in several branches judge right, and deep data is an error rather than an end."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from pydantic import ValidationError

from dynmodels import UnsafeSchemaError, generate_dynamic_models
from dynmodels.recursion import Budget

BRANCHES: dict[str, Any] = {
    "$defs": {
        "Node": {
            "anyOf": [
                {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}, "required": ["next"]},
                {
                    "type": "object",
                    "properties": {"next": {"$ref": "#/$defs/Node"}, "size": {"type": "integer"}},
                    "required": ["next", "size"],
                },
                {"type": "null"},
            ]
        }
    },
    "type": "object",
    "properties": {"first": {"$ref": "#/$defs/Node"}},
}


def nested(depth: int, leaf: Any) -> Any:
    value = leaf
    for _ in range(depth):
        value = {"next": value}
    return {"first": value}


def budgets(models: Any) -> list[str]:
    return [
        f"{name}.{field}"
        for name, cls in models.items()
        for field, info in getattr(cls, "model_fields", {}).items()
        if Budget() in info.metadata
    ]


def test_data_of_a_usual_depth_is_judged() -> None:
    cls = generate_dynamic_models(BRANCHES).root
    assert cls.model_validate(nested(11, None))
    assert cls.model_validate_json(json.dumps(nested(11, None)))
    with pytest.raises(ValidationError):
        cls.model_validate(nested(11, "leaf"))


@pytest.mark.parametrize("depth", [30, 200])
def test_deep_data_is_a_validation_error(depth: int) -> None:
    cls = generate_dynamic_models(BRANCHES).root
    for validate, data in (
        (cls.model_validate, nested(depth, 1)),
        (cls.model_validate_json, json.dumps(nested(depth, 1))),
    ):
        with pytest.raises(ValidationError):
            validate(data)
    assert cls.model_validate(nested(3, None))  # the budget is new each time


def test_wide_data_is_no_deep_data() -> None:
    schema = {**BRANCHES, "properties": {"all": {"type": "array", "items": {"$ref": "#/$defs/Node"}}}}
    cls = generate_dynamic_models(schema).root
    assert cls.model_validate({"all": [{"next": {"next": None}} for _ in range(20_000)]})


def test_extra_fields_have_a_budget_too() -> None:
    extra = {"anyOf": [{"$ref": "#/$defs/J"}, {"$ref": "#/$defs/K"}]}
    definitions = {
        "J": {"type": "object", "additionalProperties": extra, "properties": {"p": {"type": "integer"}}},
        "K": {
            "type": "object",
            "additionalProperties": extra,
            "required": ["b"],
            "properties": {"b": {"type": "integer"}},
        },
    }
    schema = {"type": "object", "properties": {"first": {"$ref": "#/$defs/J"}}, "$defs": definitions}
    cls = generate_dynamic_models(schema).root
    assert cls.model_validate({"first": {"c": {"b": 1}}}).first.c.b == 1
    value: Any = {"p": "x", "b": "x"}
    for _ in range(40):
        value = {"c": value, "b": 1}
    with pytest.raises(ValidationError) as caught:
        cls.model_validate({"first": value})
    assert caught.value.error_count() < 200_000


def test_unions_behind_type_aliases_are_found() -> None:
    models = generate_dynamic_models(BRANCHES, use_type_alias=True)
    assert budgets(models) != []
    assert models.root.model_validate(nested(5, None))


def chain(length: int) -> dict[str, Any]:
    """Unions that stand inside each other, and lead back nowhere."""
    definitions: dict[str, Any] = {}
    for number in range(length):
        following = {"anyOf": [{"$ref": f"#/$defs/{letter}{number + 1}"} for letter in "AB"]}
        for letter in "AB":
            properties = {letter: {"type": "integer"}, "x": following}
            definitions[f"{letter}{number}"] = {"type": "object", "required": ["x"], "properties": properties}
    for letter in "AB":
        definitions[f"{letter}{length}"] = {
            "type": "object",
            "required": [letter],
            "properties": {letter: {"type": "integer"}},
        }
    return {"$ref": "#/$defs/A0", "$defs": definitions}


def test_unions_inside_each_other_multiply_without_recursion() -> None:
    cls = generate_dynamic_models(chain(6)).root
    assert cls.model_validate({"x": {"x": {"x": {"x": {"x": {"x": {"A": 1}}}}}}})
    with pytest.raises(UnsafeSchemaError, match="doubles the work"):
        generate_dynamic_models(chain(20))


def test_a_list_with_an_end_of_another_kind_is_linear_and_has_none() -> None:
    schema = {
        "$ref": "#/$defs/Cons",
        "$defs": {
            "Cons": {
                "type": "object",
                "required": ["next"],
                "properties": {"next": {"anyOf": [{"$ref": "#/$defs/Cons"}, {"$ref": "#/$defs/End"}]}},
            },
            "End": {"type": "object", "required": ["end"], "properties": {"end": {"const": True}}},
        },
    }
    models = generate_dynamic_models(schema)
    assert budgets(models) == []
    value: Any = {"end": True}
    for _ in range(60):
        value = {"next": value}
    assert models.root.model_validate(value)


def test_a_default_that_holds_itself_ends() -> None:
    fields = {name: {"$ref": "#"} for name in ("not", "items", "contains", "else")}
    cls = generate_dynamic_models({"title": "Shape", "type": "object", "default": {}, "properties": fields}).root
    assert cls.model_validate({})
    assert cls.model_validate({"items": {"else": {}}}).items is not None
    with pytest.raises(ValidationError):
        cls.model_validate({"items": 1})


def test_each_thread_has_a_budget_of_its_own() -> None:
    cls = generate_dynamic_models(BRANCHES).root
    faults: list[BaseException] = []

    def validate() -> None:
        try:
            for _ in range(5):
                cls.model_validate(nested(9, None))
        except BaseException as error:  # noqa: BLE001 (reported below)
            faults.append(error)

    threads = [threading.Thread(target=validate) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults


def test_only_unions_that_recurse_in_several_branches_have_one() -> None:
    assert budgets(generate_dynamic_models(BRANCHES)) != []
    tree = {"title": "Tree", "type": "object", "properties": {"kids": {"type": "array", "items": {"$ref": "#"}}}}
    assert budgets(generate_dynamic_models(tree)) == []
    pets = {
        "$defs": {
            "Cat": {"type": "object", "properties": {"lives": {}}},
            "Dog": {"type": "object", "properties": {"a": {}}},
        },
        "type": "object",
        "properties": {"pet": {"anyOf": [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}]}},
    }
    assert budgets(generate_dynamic_models(pets)) == []


def test_unions_that_lead_back_through_tagged_ones_have_a_budget() -> None:
    def link(kind: str) -> dict[str, Any]:
        properties = {"kind": {"const": kind}, "next": {"$ref": "#/$defs/Chain"}}
        return {"type": "object", "required": ["kind"], "properties": properties}

    tagged = {"oneOf": [{"$ref": "#/$defs/Ring"}, {"$ref": "#/$defs/Hook"}]}
    place = {"type": "object", "required": ["at"], "properties": {"at": tagged}}
    sized = {"type": "object", "required": ["at"], "properties": {"at": tagged, "size": {"type": "integer"}}}
    schema = {
        "$defs": {
            "Ring": link("ring"),
            "Hook": link("hook"),
            "Chain": {"type": "object", "properties": {"held": {"anyOf": [place, sized]}}},
        },
        "$ref": "#/$defs/Chain",
    }
    models = generate_dynamic_models(schema)
    value: Any = {}
    for _ in range(60):
        value = {"held": {"at": {"kind": "ring", "next": value}}}

    assert budgets(models) == ["Chain.held"]
    assert models["Chain"].model_validate(value)


def test_tagged_unions_need_no_budget() -> None:
    def link(kind: str) -> dict[str, Any]:
        several = {"type": "array", "items": {"$ref": "#/$defs/Chain"}}
        properties = {"kind": {"const": kind}, "next": {"$ref": "#/$defs/Chain"}, "all": several}
        return {"type": "object", "required": ["kind"], "properties": properties}

    tagged = {"oneOf": [{"$ref": "#/$defs/Ring"}, {"$ref": "#/$defs/Hook"}]}
    inner = {"type": "object", "properties": {"at": tagged, "all": {"type": "array", "items": tagged}}}
    models = generate_dynamic_models(
        {"$defs": {"Ring": link("ring"), "Hook": link("hook"), "Chain": inner}, "$ref": "#/$defs/Chain"}
    )

    assert budgets(models) == []
