"""Locating: errors of large and deep data name the parts that are wrong, and are few."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
from pydantic import TypeAdapter, ValidationError

from dynmodels import generate_dynamic_models
from dynmodels.dialect import DRAFT_2020_12, Dialect
from dynmodels.explain import MOST_LINES
from dynmodels.gate import Gates, Truth
from dynmodels.locate import MOST_PARTS, SMALL, located, size_if_small

LINE: dict[str, Any] = {
    "type": "object",
    "required": ["article"],
    "properties": {"article": {"type": "string", "pattern": "^[A-Z]+$"}, "count": {"type": "integer"}},
}
ORDER: dict[str, Any] = {
    "type": "object",
    "properties": {"number": {"type": "integer"}, "lines": {"type": "array", "items": {"$ref": "#/$defs/Line"}}},
    "$defs": {"Line": LINE},
}


def lines_of(schema: Any, value: Any) -> list[Any]:
    adapter: TypeAdapter[Any] = TypeAdapter(generate_dynamic_models(schema, exact=True).root)
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python(value)
    return list(caught.value.errors(include_url=False))


def shown(lines: list[Any]) -> list[tuple[Any, str, str]]:
    return [(line["loc"], line["type"].removeprefix("json_schema."), line["ctx"]["schema"]) for line in lines]


def many(count: int = 3_000) -> list[dict[str, Any]]:
    return [{"article": "NUT", "count": number} for number in range(count)]


class TestLargeData:
    def test_small_parts_of_it_are_explained_as_small_data_is(self) -> None:
        lines = many()
        lines[3], lines[2_900] = {"article": "NUT", "count": "three"}, {"article": "nut", "count": 0.5}
        assert sorted(shown(lines_of(ORDER, {"number": 1, "lines": lines}))) == [
            (("lines", 3, "count"), "type", "#/$defs/Line/properties/count/type"),
            (("lines", 2_900, "article"), "pattern", "#/$defs/Line/properties/article/pattern"),
            (("lines", 2_900, "count"), "type", "#/$defs/Line/properties/count/type"),
        ]

    def test_each_input_is_what_stands_there(self) -> None:
        order = {"number": "one", "lines": many()}
        (line,) = lines_of(ORDER, order)
        assert (line["loc"], line["input"], line["msg"]) == (("number",), "one", "should be an integer, not text")

    def test_of_many_wrong_parts_some_are_shown_and_the_last_line_says_so(self) -> None:
        lines = lines_of(ORDER, {"lines": [{"count": 1} for _ in range(20_000)]})
        *wrong, last = shown(lines)
        assert last == ((), "more", "#")
        assert wrong == [(("lines", number), "required", "#/$defs/Line/required") for number in range(MOST_PARTS)]

    def test_there_are_never_more_lines_than_of_small_data(self) -> None:
        schema = {"type": "object", "additionalProperties": {"type": "array", "items": {"enum": ["open"]}}}
        lines = lines_of(schema, {f"day{number}": ["shut"] * 200 for number in range(300)})
        assert len(lines) == MOST_LINES
        assert shown(lines)[-1] == ((), "more", "#")

    @pytest.mark.parametrize(
        ("schema", "wrong", "keyword"),
        [
            ({"maxItems": 100}, [], "maxItems"),
            ({"uniqueItems": True}, [5], "uniqueItems"),
            ({"type": "object"}, [], "type"),
            ({"contains": {"const": "x"}}, [], "contains"),
            ({"anyOf": [{"type": "string"}, {"items": {"type": "integer"}}]}, ["x"], "anyOf"),
            ({"oneOf": [{"type": "array"}, {"minItems": 1}]}, [], "oneOf"),
            ({"not": {"type": "array"}}, [], "not"),
            ({"$ref": "#stock", "$defs": {"Stock": {"$anchor": "stock", "maxItems": 3}}}, [], "$ref"),
        ],
    )
    def test_a_part_that_is_large_itself_is_blamed_for_a_keyword(
        self, schema: dict[str, Any], wrong: list[Any], keyword: str
    ) -> None:
        root = {"type": "object", "properties": {"stock": schema}, "$defs": schema.pop("$defs", {})}
        place = f"#/properties/stock/{keyword}"
        assert shown(lines_of(root, {"stock": [*range(10_000), *wrong]})) == [(("stock",), keyword, place)]

    def test_several_keywords_are_several_lines(self) -> None:
        schema = {"type": "array", "uniqueItems": True, "maxItems": 100}
        assert [keyword for _, keyword, _ in shown(lines_of(schema, [*range(10_000), 5]))] == [
            "maxItems",
            "uniqueItems",
        ]

    def test_where_nothing_is_allowed_large_data_is_not_either(self) -> None:
        schema = {"type": "object", "properties": {"stock": False}}
        (line,) = lines_of(schema, {"stock": list(range(10_000))})
        assert (line["loc"], line["type"], line["msg"]) == (("stock",), "json_schema.false", "is not allowed")
        assert line["ctx"] == {"schema": "#/properties/stock"}

    def test_an_unexpected_property_is_named(self) -> None:
        schema = {"type": "object", "properties": {"lines": {}}, "additionalProperties": False}
        (line,) = lines_of(schema, {"lines": many(), "lnies": 1})
        assert line["msg"] == 'unexpected property "lnies"'

    def test_a_thousand_missing_properties_of_a_table_are_an_answer(self) -> None:
        schema = {"type": "object", "required": [f"column{number}" for number in range(1_000)]}
        lines = lines_of(schema, {f"cell{number}": number for number in range(200_000)})
        assert shown(lines)[0] == ((), "required", "#/required")
        assert len(lines) <= MOST_LINES


class TestDeepData:
    RULE: dict[str, Any] = {  # noqa: RUF012 (nobody changes it)
        "$ref": "#/$defs/Rule",
        "$defs": {
            "Rule": {
                "anyOf": [
                    {"required": ["all"], "properties": {"all": {"items": {"$ref": "#/$defs/Rule"}}}},
                    {"required": ["any"], "properties": {"any": {"items": {"$ref": "#/$defs/Rule"}}}},
                    {"required": ["field"], "properties": {"field": {"type": "string"}}},
                ]
            }
        },
    }

    def test_alternatives_in_alternatives_are_an_answer(self) -> None:
        rule: dict[str, Any] = {"field": 3}
        for _ in range(30):
            rule = {"all": [rule]}
        (line,) = lines_of(self.RULE, rule)
        assert shown([line]) == [((), "anyOf", "#/$defs/Rule/anyOf")]
        assert line["msg"] == "fits none of the alternatives (it is too large to say in what)"

    def test_the_way_down_goes_to_the_part_that_is_wrong(self) -> None:
        schema = {
            "type": "object",
            "properties": {"below": {"type": "array", "items": {"$ref": "#"}}, "name": {"type": "string"}},
        }
        category: dict[str, Any] = {"name": 7}
        for _ in range(30):
            category = {"name": "x", "below": [{"name": "y"}, category]}
        (line,) = lines_of(schema, category)
        assert line["loc"] == ("below", 1) * 30 + ("name",)
        assert line["input"] == 7


class TestLocated:
    @pytest.mark.parametrize(
        ("schema", "value"),
        [
            (ORDER, {"number": "one", "lines": [*many(), {"count": "x"}, {"article": 1}]}),
            ({"allOf": [ORDER, {"required": ["customer"]}]}, {"lines": [*many(), 1]}),
            ({"type": "array", "prefixItems": [{"type": "string"}], "items": LINE}, ["a", *many(), {}]),
            ({"additionalProperties": LINE, "properties": {"a": True}}, {"a": many(), "b": {}, "c": {"article": ""}}),
            ({"patternProperties": {"^n": {"type": "integer"}}, "minProperties": 2}, {"n": many()}),
        ],
    )
    def test_each_place_is_one_where_a_schema_refuses_what_stands_there(self, schema: Any, value: Any) -> None:
        schema = {**schema, "$defs": {"Line": LINE}}
        gates = Gates(Truth(Dialect("https://shop.example/order", DRAFT_2020_12), True, lambda: schema, dict))
        parts, complete = located(gates, "#", value)
        assert parts
        assert complete
        for part in parts:
            found = value
            for step in part.place:
                found = found[step]
            assert found is part.value
            alone = {**gates.schema_at(part.pointer), "$defs": schema["$defs"]}
            assert not jsonschema_rs.is_valid(alone, part.value)

    def test_data_is_small_by_the_number_of_its_values_and_its_levels(self) -> None:
        assert size_if_small(7) == (1, 1)
        assert size_if_small([0] * (SMALL - 1)) == (SMALL, 2)
        assert size_if_small([0] * SMALL) is None
        deep: Any = []
        for _ in range(30):
            deep = [deep]
        assert size_if_small(deep) is None
