"""Fuzzing: whatever a document is made of, classes that are built without the others are those of the whole.

``DYNMODELS_FUZZ_SECONDS`` says how long it goes on, 20 minutes by default; ``DYNMODELS_FUZZ_SEED`` repeats a run.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from dynmodels import DynmodelsError, UnknownModelError
from tests.portions import Both

pytestmark = [pytest.mark.fuzz, pytest.mark.filterwarnings("ignore")]

SECONDS = float(os.environ.get("DYNMODELS_FUZZ_SECONDS", "1200"))
SEED = int(os.environ.get("DYNMODELS_FUZZ_SEED", time.time_ns()))

#: Names that the generator makes one class's name of, or that it uses itself.
NAMES = (
    "owner",
    "Owner",
    "owners",
    "owner_1",
    "Owner1",
    "status",
    "user-type",
    "user_type",
    "item",
    "items",
    "type",
    "date",
    "self",
    "2nd",
    "größe",
    "properties",
    "RootModel",
    "Model",
    "address",
    "plan",
    "zoo",
    "cat",
    "colour",
    "price",
)

SCALARS: tuple[dict[str, Any], ...] = (
    {"type": "string"},
    {"type": "integer", "minimum": 0},
    {"type": "string", "format": "date"},
    {"type": "string", "minLength": 2},
    {"enum": ["a", "b"]},
    {"enum": ["c"]},
    {"enum": [1, 2]},
    {"const": "a"},
    {"type": ["string", "null"], "enum": ["a", None]},
    {},
)

KINDS = ("$defs", "definitions", "openapi", "swagger")


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a document of a few schemas whose names are much alike."""
    kind = draw(st.sampled_from(KINDS))
    names = draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=6, unique=True))
    place = {"openapi": "#/components/schemas", "swagger": "#/definitions"}.get(kind, f"#/{kind}")
    references = st.sampled_from(names).map(lambda name: {"$ref": f"{place}/{name}"})

    def larger(schemas: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.one_of(
            objects(schemas),
            schemas.map(lambda schema: {"type": "array", "items": schema}),
            schemas.map(lambda schema: {"type": "object", "additionalProperties": schema}),
            schemas.map(lambda schema: {"type": "object", "patternProperties": {"^x": schema}}),
            st.lists(schemas, min_size=1, max_size=2).map(lambda parts: {"oneOf": parts}),
            st.tuples(references, objects(schemas)).map(lambda parts: {"allOf": list(parts)}),
            references.map(lambda reference: {**reference, "description": "a"}),
        )

    schemas = st.recursive(st.one_of(st.sampled_from(SCALARS), references), larger, max_leaves=6)
    found = {name: draw(st.one_of(objects(schemas), schemas)) for name in names}
    if draw(st.integers(0, 5)) == 0:
        parts = [{"$ref": f"{place}/{name}"} for name in names[:2]]
        found[names[-1]] = {"oneOf": parts, "discriminator": {"propertyName": "type"}}
    information = {"info": {"title": "t", "version": "1"}, "paths": {}}
    if kind == "openapi":
        return {"openapi": "3.1.0", **information, "components": {"schemas": found}}
    if kind == "swagger":
        return {"swagger": "2.0", **information, "definitions": found}
    root = draw(st.one_of(st.just({}), objects(schemas), schemas))
    title = draw(st.one_of(st.just({}), st.sampled_from(NAMES).map(lambda name: {"title": name})))
    return {**root, **title, kind: found}


def objects(schemas: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    fields = st.dictionaries(st.sampled_from(NAMES), schemas, min_size=1, max_size=3)
    return fields.map(lambda properties: {"type": "object", "properties": properties})


def test_what_is_built_without_the_others_is_as_with_them() -> None:
    print(f"DYNMODELS_FUZZ_SEED={SEED}")
    counts: Counter[str] = Counter()
    number, until = SEED, time.monotonic() + SECONDS
    while time.monotonic() < until:
        compare_some(number, counts)
        number += 1
    print(dict(counts))
    assert counts["built alone"] > 0


def compare_some(number: int, counts: Counter[str]) -> None:
    """Compare the classes of a few documents, which a number stands for."""

    @seed(number)
    @settings(
        max_examples=10,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(documents(), st.integers(0, 2**32))
    def compare(document: dict[str, Any], choice: int) -> None:
        try:
            both = Both(document)
        except DynmodelsError:
            counts["not built"] += 1
            return
        counts["documents"] += 1
        targets = [*both.whole, *both.whole.pointers]
        for target in random.Random(choice).sample(targets, min(len(targets), 4)):
            models = both.alone(target)
            counts["left to the whole document" if models is None else "built alone"] += 1
            difference = None if models is None else both.compared(models, target)
            assert difference is None, f"{difference}\n{document}"
        assert "Nothing" in both.whole or finds_nothing(both, "Nothing")

    compare()


def finds_nothing(both: Both, name: str) -> bool:
    try:
        return both.alone(name) is None
    except UnknownModelError:
        return True
