"""Hypothesis: what it makes of generated classes by itself, what it has to be told, and what is its own limit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator
from pydantic import BaseModel, Field, ValidationError, constr

from dynmodels import generate_dynamic_models

pytestmark = [
    pytest.mark.ecosystem,
    pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning"),  # each is a constraint passed over
]

#: Bounds and lengths: what Hypothesis reads from annotations.
BOUNDED: dict[str, Any] = {
    "title": "Room",
    "type": "object",
    "required": ["number", "name", "rate", "kind", "guests"],
    "properties": {
        "number": {"type": "integer", "minimum": 1, "exclusiveMaximum": 600},
        "name": {"type": "string", "minLength": 2, "maxLength": 8},
        "rate": {"type": "number", "exclusiveMinimum": 0, "maximum": 900},
        "kind": {"enum": ["single", "double"]},
        "guests": {"type": "array", "items": {"$ref": "#/$defs/Guest"}, "minItems": 1, "maxItems": 3},
        "floor": {"type": "integer", "minimum": -2, "maximum": 40},
        "since": {"type": "string", "format": "date"},
    },
    "$defs": {
        "Guest": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "minLength": 1}}}
    },
}

EXACT = pytest.mark.parametrize("exact", [False, True])


def holds(strategy: st.SearchStrategy[Any], claim: Callable[[Any], bool]) -> None:
    """Make a hundred examples, and let a claim hold for each."""

    @settings(max_examples=100, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def check(example: Any) -> None:
        assert claim(example)

    check()


def written(example: BaseModel) -> Any:
    return example.model_dump(mode="json", by_alias=True, exclude_unset=True)


@EXACT
def test_from_type_makes_instances_that_the_schema_accepts(exact: bool) -> None:
    model = generate_dynamic_models(BOUNDED, exact=exact).root
    says = Draft202012Validator(BOUNDED, validate_formats=True)
    floors = set()

    def is_accepted(example: Any) -> bool:
        floors.add(example.floor)
        data = {name: value for name, value in written(example).items() if value is not None}
        return isinstance(example, model) and says.is_valid(data)

    # An optional field may be null in a plain class; in an exact one Hypothesis would have to leave it out.
    holds(st.builds(model) if exact else st.from_type(model), is_accepted)
    assert exact or len(floors) > 1  # builds() gives what is required, from_type() the rest as well


@EXACT
def test_builds_takes_what_hypothesis_cannot_know(exact: bool) -> None:
    """It passes over patterns and multiples, with a warning, as with a class that is written by hand."""
    document = {
        "title": "Parcel",
        "type": "object",
        "required": ["code", "grams"],
        "properties": {
            "code": {"type": "string", "pattern": "^[A-Z]{2}[0-9]{3}$"},
            "grams": {"type": "integer", "minimum": 5, "multipleOf": 5},
        },
    }
    model = generate_dynamic_models(document, exact=exact).root
    code = st.from_regex("^[A-Z]{2}[0-9]{3}$", fullmatch=True)
    grams = st.integers(1, 100).map(lambda number: number * 5)

    holds(st.builds(model, code=code, grams=grams), lambda example: example.grams % 5 == 0)
    with pytest.raises(ValidationError, match="code"):
        holds(st.builds(model), lambda example: isinstance(example, model))


@EXACT
def test_enums_are_made_and_root_models_of_what_they_hold(exact: bool) -> None:
    document = {
        "title": "Names",
        "type": "array",
        "items": {"$ref": "#/$defs/Name"},
        "minItems": 1,
        "$defs": {"Name": {"type": "string", "enum": ["Ada", "Grace"]}},
    }
    models = generate_dynamic_models(document, exact=exact)

    holds(st.from_type(models["Name"]), lambda example: isinstance(example, models["Name"]))
    names = st.lists(st.from_type(models["Name"]), min_size=1)
    holds(st.builds(models.root, root=names), lambda example: len(example.root) >= 1)
    with pytest.raises(ValidationError):  # pydantic tells nobody that "root" is required
        holds(st.builds(models.root), lambda example: isinstance(example, models.root))


def test_optional_texts_and_lists_with_lengths_are_told_as_by_hand() -> None:
    """Of ``constr(...) | None`` Hypothesis knows the length; of ``Field(max_length=...)`` beside None it does not."""
    document = {
        "title": "Note",
        "type": "object",
        "properties": {
            "text": {"type": "string", "minLength": 2},
            "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 2},
        },
    }
    text, tags = (
        generate_dynamic_models({**document, "properties": {name: said}}).root
        for name, said in document["properties"].items()  # type: ignore[attr-defined]
    )

    class Tagged(BaseModel):
        tags: list[str] | None = Field(None, max_length=2)

    class Written(BaseModel):
        text: constr(min_length=2) | None = None  # type: ignore[valid-type]

    for model in (text, Written):
        holds(st.from_type(model), lambda example: example.text is None or len(example.text) >= 2)
    for model in (tags, Tagged):
        with pytest.raises(TypeError, match="has no len"):
            holds(st.from_type(model), lambda example: isinstance(example, BaseModel))
        holds(st.builds(model, tags=st.lists(st.text(), max_size=2)), lambda example: len(example.tags) <= 2)


@EXACT
def test_what_a_schema_says_is_made_by_hypothesis_jsonschema(exact: bool) -> None:
    """Which reads the schema itself, so that nothing is passed over."""
    from_schema = pytest.importorskip("hypothesis_jsonschema").from_schema
    document = {
        "title": "Parcel",
        "type": "object",
        "additionalProperties": False,
        "required": ["code"],
        "properties": {
            "code": {"type": "string", "pattern": "^[A-Z]{2}[0-9]{3}$"},
            "grams": {"type": "integer", "minimum": 5, "maximum": 5000, "multipleOf": 5},
            "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True, "maxItems": 3},
        },
    }
    model = generate_dynamic_models(document, exact=exact).root

    holds(from_schema(document).map(model.model_validate), lambda example: isinstance(example, model))
