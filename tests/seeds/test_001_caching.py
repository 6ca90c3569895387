"""Caching, and what is told of speed as far as it shows without a clock (page 001, chapters 8 and 10)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import pytest
from pydantic import BaseModel, TypeAdapter

from dynmodels import clear_dynamic_models_cache, dynamic_models_cache_info, generate_dynamic_models

TOOL: Final[dict[str, Any]] = {
    "title": "Trim",
    "type": "object",
    "required": ["length"],
    "properties": {"length": {"type": "integer", "minimum": 1}, "from_end": {"type": "boolean"}},
}

#: One of two tools, told apart by their names.
TOOLS: Final[dict[str, Any]] = {
    "title": "Step",
    "type": "object",
    "required": ["tool"],
    "properties": {
        "tool": {
            "oneOf": [{"$ref": "#/$defs/Trim"}, {"$ref": "#/$defs/Sort"}],
            "discriminator": {"propertyName": "name"},
        }
    },
    "$defs": {
        name: {"type": "object", "required": ["name"], "properties": {"name": {"const": name.lower()}}}
        for name in ("Trim", "Sort")
    },
}


class TestCachingPatterns:
    def test_the_same_call_gives_the_same_classes(self) -> None:
        first, before = generate_dynamic_models(TOOL), dynamic_models_cache_info()

        assert generate_dynamic_models(dict(TOOL)) is first
        after = dynamic_models_cache_info()
        assert (after.hits - before.hits, after.misses - before.misses) == (1, 0)

    def test_another_document_or_another_option_gives_others(self) -> None:
        first = generate_dynamic_models(TOOL)

        assert generate_dynamic_models({**TOOL, "title": "Cut"}) is not first
        assert generate_dynamic_models(TOOL, class_name="Cut") is not first
        assert generate_dynamic_models(TOOL, exact=True) is not first


class TestProblem:
    def test_a_call_for_each_request_makes_classes_once(self) -> None:
        requests = [{"length": number} for number in range(1, 21)]
        before = dynamic_models_cache_info()

        lengths = [generate_dynamic_models(TOOL)["Trim"].model_validate(request).length for request in requests]

        assert lengths == list(range(1, 21))
        assert dynamic_models_cache_info().misses == before.misses + 1


class TestLruCacheOnFactoryFunctions:
    def test_a_cache_of_ones_own_may_stand_before_it(self) -> None:
        @lru_cache(maxsize=2)
        def trim_of(shortest: int) -> Any:
            length = {"type": "integer", "minimum": shortest}
            return generate_dynamic_models({**TOOL, "properties": {"length": length}})["Trim"]

        assert trim_of(1) is trim_of(1)
        assert trim_of(1) is not trim_of(2)
        assert trim_of.cache_info().hits == 2

    def test_documents_need_not_be_hashable_nor_stay_as_they_are(self) -> None:
        document: Any = {"title": "Trim", "type": "object", "properties": {"length": {"type": "integer"}}}
        with pytest.raises(TypeError, match="unhashable"):
            hash(document)
        before = generate_dynamic_models(document)

        document["properties"]["length"]["maximum"] = 9

        assert generate_dynamic_models(document) is not before

    def test_the_least_recently_used_leaves(self) -> None:
        first, second = TOOL, {**TOOL, "title": "Cut"}
        models = generate_dynamic_models(first, cache_size=1)
        generate_dynamic_models(second, cache_size=1)

        assert dynamic_models_cache_info().currsize == 1
        assert models["Trim"](length=3).length == 3


class TestGalaxysApproach:
    def test_without_a_cache_each_call_makes_classes_of_its_own(self) -> None:
        first, second = (generate_dynamic_models(TOOL, cache_size=0)["Trim"] for _ in range(2))

        assert first is not second
        assert first(length=3).model_dump() == second(length=3).model_dump()
        assert dynamic_models_cache_info().currsize == 0

    def test_dropping_the_cache_leaves_classes_in_use_alone(self) -> None:
        trim = generate_dynamic_models(TOOL)["Trim"]

        assert clear_dynamic_models_cache() == 1
        assert trim(length=3).length == 3


class TestPerformanceNotes:
    def test_a_hit_compiles_no_schema(self, monkeypatch: pytest.MonkeyPatch) -> None:
        models = generate_dynamic_models(TOOL)
        validator = models["Trim"].__pydantic_validator__
        monkeypatch.setattr(BaseModel, "model_rebuild", _never)
        monkeypatch.setattr(BaseModel, "__init_subclass__", _never)

        again = generate_dynamic_models(TOOL)

        assert again["Trim"].__pydantic_validator__ is validator

    def test_complete_classes_are_not_rebuilt_unless_that_is_forced(self) -> None:
        trim = generate_dynamic_models(TOOL)["Trim"]
        validator = trim.__pydantic_validator__

        assert trim.__pydantic_complete__
        assert trim.model_rebuild() is None
        assert trim.__pydantic_validator__ is validator

    def test_a_constant_field_finds_the_class_by_a_table(self) -> None:
        step: Any = generate_dynamic_models(TOOLS)["Step"].__pydantic_core_schema__

        tool = step["schema"]["fields"]["tool"]["schema"]

        assert (tool["type"], tool["discriminator"], set(tool["choices"])) == ("tagged-union", "name", {"trim", "sort"})

    def test_an_adapter_uses_the_validator_that_the_class_has(self) -> None:
        trim = generate_dynamic_models(TOOL)["Trim"]

        assert TypeAdapter(trim).validator is trim.__pydantic_validator__


def _never(*_: Any, **__: Any) -> Any:
    raise AssertionError("it was built again")
