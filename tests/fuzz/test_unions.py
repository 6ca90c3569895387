"""Unions of every shape: a tag changes neither what passes nor what is made of it."""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from jsonschema.exceptions import SchemaError
from pydantic import TypeAdapter, ValidationError

from dynmodels import DynmodelsError, build, generate_dynamic_models

from_schema = pytest.importorskip("hypothesis_jsonschema", reason="pip install dynmodels[fuzz]").from_schema

pytestmark = pytest.mark.fuzz

KINDS = st.sampled_from(["a", "b", "c", "d", "é", "it's", "", "1", 1, 2, True])
TAGS = st.sampled_from([*["kind"] * 6, "a-kind", "class", "model_kind"])
PROPERTIES = st.dictionaries(
    st.sampled_from(["size", "name", "next", "type"]),
    st.sampled_from([{"type": "integer"}, {"type": "string"}, {"type": "array", "items": {}}]),
    max_size=2,
)


@st.composite
def parts(draw: st.DrawFn, tag: str, values: list[Any]) -> dict[str, Any]:
    """A schema of objects, most of which have a constant that no other one has."""
    if draw(st.integers(0, 9)) == 9:
        tag, values = draw(TAGS), draw(st.lists(KINDS, min_size=1, max_size=2, unique_by=repr))
    constant = {"const": values[0]} if draw(st.booleans()) else {"enum": values}
    schema: dict[str, Any] = {"type": "object", "properties": {tag: constant, **draw(PROPERTIES)}}
    if draw(st.integers(0, 9)) < 9:
        schema["required"] = [tag]
    if draw(st.integers(0, 3)) == 3:
        schema["additionalProperties"] = draw(st.booleans())
    return schema


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    names = ["A", "B", "C"]
    tag, kinds = draw(TAGS), draw(st.lists(KINDS, min_size=6, max_size=6, unique_by=repr))
    definitions: dict[str, Any] = {
        name: draw(parts(tag, kinds[2 * number : 2 * number + 2])) for number, name in enumerate(names)
    }
    if draw(st.integers(0, 3)) == 3:
        definitions["C"] = {"allOf": [{"$ref": "#/$defs/A"}, draw(parts(tag, kinds[4:]))]}
    chosen = draw(st.lists(st.sampled_from(names), min_size=2, max_size=3, unique=True))
    branches: list[Any] = [{"$ref": f"#/$defs/{name}"} for name in chosen]
    branches += [{"type": "null"}] * draw(st.booleans()) + [{"type": "string"}] * (draw(st.integers(0, 5)) == 5)
    union: dict[str, Any] = {draw(st.sampled_from(["oneOf", "anyOf"])): branches}
    if draw(st.booleans()):
        definitions["U"], union = union, {"$ref": "#/$defs/U"}
    places: dict[str, Any] = {
        "one": union,
        "all": {"type": "array", "items": union},
        "by_name": {"type": "object", "additionalProperties": union},
        "or_list": {"anyOf": [union, {"type": "array", "items": union}]},
    }
    kept = draw(st.lists(st.sampled_from(sorted(places)), min_size=1, unique=True))
    required = draw(st.lists(st.sampled_from(kept), unique=True))
    return {
        "title": "Whole",
        "type": "object",
        "properties": {name: places[name] for name in kept},
        "required": required,
        "$defs": definitions,
    }


OPTIONS = st.sampled_from(
    [
        {},
        {"use_annotated": True},
        {"use_union_operator": False, "use_standard_collections": False},
        {"snake_case_field": True, "allow_population_by_field_name": True},
        {"use_one_literal_as_default": True},
        {"use_type_alias": True},
    ]
).map(lambda options: {"enum_field_as_literal": "all", **options})


def outcome(root: Any, data: Any) -> Any:
    try:
        made = TypeAdapter(root).validate_python(data)
    except ValidationError:
        return None
    return re.sub(r"0x\w+", "", repr(made)), TypeAdapter(root).dump_json(made, warnings=False)


@pytest.mark.filterwarnings("ignore")
def test_the_same_passes_and_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = {"documents": 0, "with tags": 0, "instances": 0, "valid": 0}

    @settings(max_examples=200, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(documents(), OPTIONS, st.data())
    def compare(document: Any, options: Any, draw: st.DataObject) -> None:
        counted["documents"] += 1
        with monkeypatch.context() as patched:
            patched.setattr(build, "tagged", lambda modules: modules)
            try:
                plain = generate_dynamic_models(document, cache_size=0, store=False, **options)
            except DynmodelsError:  # what the generator does not make has no unions
                return
        models = generate_dynamic_models(document, cache_size=0, store=False, **options)
        counted["with tags"] += models.source != plain.source
        assert models.keys() == plain.keys()
        samples: list[Any] = []
        with contextlib.suppress(InvalidArgument, SchemaError, re.error):  # no data can be made for some schemas
            loose = json.loads(json.dumps(document).replace('"additionalProperties": false', '"x": false'))
            samples = [draw.draw(from_schema(each)) for each in (document, loose)]
            samples.append(mutated(samples[0], draw.draw(KINDS)))
        for data in samples:
            expected = outcome(plain.root, data)
            counted["instances"] += 1
            counted["valid"] += expected is not None
            assert outcome(models.root, data) == expected, json.dumps((document, data))

    compare()
    print(counted)
    assert counted["with tags"] > 0


def mutated(data: Any, kind: Any) -> Any:
    """Give data in which every constant is another."""
    if isinstance(data, dict):
        tags = ("kind", "a-kind", "a_kind", "class", "class_", "model_kind")
        return {key: kind if key in tags else mutated(value, kind) for key, value in data.items()}
    return [mutated(each, kind) for each in data] if isinstance(data, list) else data
