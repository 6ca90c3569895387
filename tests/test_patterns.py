"""Patterns: each model stays on the linear engine, and what that does not know is matched within a time limit."""

from __future__ import annotations

import time
from typing import Any

import pytest
from pydantic import ValidationError

from dynmodels import DynmodelsError, generate_dynamic_models
from dynmodels.patterns import SECONDS, limited_re


def text_model(pattern: str, **options: Any) -> Any:
    schema = {"type": "object", "properties": {"name": {"type": "string", "pattern": pattern, "maxLength": 1_000}}}
    return generate_dynamic_models(schema, **options).root


@pytest.mark.parametrize("options", [{}, {"use_annotated": True}, {"field_constraints": True}])
class TestLookAround:
    def test_look_around_is_obeyed(self, options: dict[str, Any]) -> None:
        cls = text_model("^(?!admin$)[a-z]+$", **options)
        assert cls(name="ada").name == "ada"
        assert cls().name is None
        for bad in ("admin", "ADA", "a" * 1_001):
            with pytest.raises(ValidationError):
                cls(name=bad)

    def test_the_error_is_pydantics_own(self, options: dict[str, Any]) -> None:
        with pytest.raises(ValidationError) as caught:
            text_model("^(?!admin$)[a-z]+$", **options)(name="admin")
        (fault,) = caught.value.errors()
        assert fault["type"] == "string_pattern_mismatch"
        assert fault["loc"] == ("name",)
        assert fault["msg"] == "String should match pattern '^(?!admin$)[a-z]+$'"

    def test_the_pattern_stays_in_the_json_schema(self, options: dict[str, Any]) -> None:
        assert "^(?!a)b" in str(text_model("^(?!a)b", **options).model_json_schema())

    def test_no_pattern_takes_exponential_time(self, options: dict[str, Any]) -> None:
        cls = text_model(r"^(?=(a+)+$)(a|aa)+$(?<!b)\1", **options)
        started = time.process_time()
        with pytest.raises(ValidationError):
            cls(name="a" * 60 + "!")
        assert time.process_time() - started < 20 * SECONDS

    def test_other_patterns_of_the_model_stay_on_the_linear_engine(self, options: dict[str, Any]) -> None:
        names = {"type": "string", "pattern": "^(?!x)"}, {"type": "string", "pattern": "^(a+)+$"}
        schema = {"type": "object", "properties": dict(zip(("look", "linear"), names, strict=True))}
        cls = generate_dynamic_models(schema, **options).root
        assert cls.model_config.get("regex_engine") is None
        with pytest.raises(ValidationError):
            cls(linear="a" * 5_000 + "!")


def test_many_slow_matches_together_are_limited_like_one() -> None:
    names = generate_dynamic_models(
        {"type": "array", "items": {"type": "string", "pattern": r"^(?=(a|a)+$)(a|a)+\\1$"}}
    ).root
    started = time.process_time()
    with pytest.raises(ValidationError):
        names(["a" * 40 + "!"] * 500)
    assert time.process_time() - started < 60 * SECONDS


def test_a_pattern_of_a_type_alias() -> None:
    schema = {
        "type": "object",
        "properties": {"name": {"$ref": "#/$defs/Name"}},
        "$defs": {"Name": {"type": "string", "pattern": "^(?!x)"}},
    }
    cls = generate_dynamic_models(schema, use_type_alias=True).root
    assert cls(name="a").name == "a"
    with pytest.raises(ValidationError):
        cls(name="x")


def test_a_pattern_in_a_list_and_at_the_root() -> None:
    names = generate_dynamic_models({"type": "array", "items": {"type": "string", "pattern": "^(?!x)"}}).root
    assert names(["a"]).root == ["a"]
    with pytest.raises(ValidationError):
        names(["x"])


@pytest.mark.parametrize(
    "pattern", ["(", "(?=a)(", "^(?<year>\\d{4})\\k<year>\\cA$", "(?=x)" + "(" * 2_000 + ")" * 2_000]
)
def test_a_pattern_that_nobody_can_match_is_an_error(pattern: str) -> None:
    with pytest.raises(DynmodelsError):
        text_model(pattern)


def test_patterns_of_keys_are_limited_too() -> None:
    schema = {"type": "object", "patternProperties": {"^(a|aa)+$(?!b)": {"type": "integer"}}, "minProperties": 1}
    cls = generate_dynamic_models(schema, generate_schema_validators=True).root
    assert cls.model_validate({"aa": 1})
    with pytest.raises(ValidationError):
        cls.model_validate({"aa": "x"})
    started = time.process_time()
    with pytest.raises(ValueError, match="takes more than"):
        limited_re().search(r"^(?=(a|a)+$)(a|a)+\1b$", "a" * 40)
    assert time.process_time() - started < 20 * SECONDS
