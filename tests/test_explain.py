"""Explaining: a validator's failures as one pydantic error, with a line that a person can act on for each."""

from __future__ import annotations

import copy
import json
import pickle
import time
from decimal import Decimal
from typing import Any

import jsonschema_rs
import pydantic
import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import core_schema

from dynmodels import explain
from dynmodels.explain import MOST_LINES, validation_error

DRAFT_7 = "http://json-schema.org/draft-07/schema#"

ORDER: dict[str, Any] = {
    "type": "object",
    "required": ["number", "customer", "lines"],
    "properties": {
        "number": {"type": "integer", "minimum": 1},
        "customer": {"$ref": "#/$defs/Customer"},
        "lines": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Line"}},
        "status": {"enum": ["open", "paid", "sent"]},
    },
    "additionalProperties": False,
    "$defs": {
        "Customer": {
            "type": "object",
            "required": ["name"],
            "properties": {"name": {"type": "string"}, "email": {"type": "string", "format": "email"}},
        },
        "Line": {
            "type": "object",
            "required": ["article", "count"],
            "properties": {
                "article": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]+$"},
                "count": {"type": "integer", "exclusiveMinimum": 0},
            },
        },
    },
}

CARD = {
    "type": "object",
    "required": ["method", "digits"],
    "properties": {"method": {"const": "card"}, "digits": {"type": "string", "pattern": "^[0-9]{16}$"}},
}
TRANSFER = {
    "type": "object",
    "required": ["method", "iban"],
    "properties": {"method": {"const": "transfer"}, "iban": {"type": "string"}, "day": {"type": "integer"}},
}


def pointer(error: jsonschema_rs.ValidationError) -> str:
    return "#" + "".join(f"/{token}" for token in error.schema_path)


def explained(schema: dict[str, Any] | bool, value: Any, **options: Any) -> ValidationError:
    validator = jsonschema_rs.validator_for(schema, validate_formats=True, **options)
    return validation_error("Order", validator.iter_errors(value), value, "python", pointer)


def faults(schema: dict[str, Any] | bool, value: Any, **options: Any) -> list[Any]:
    return list(explained(schema, value, **options).errors(include_url=False))


def only(schema: dict[str, Any] | bool, value: Any, **options: Any) -> Any:
    (fault,) = faults(schema, value, **options)
    return fault


def message(schema: dict[str, Any] | bool, value: Any, **options: Any) -> str:
    return str(only(schema, value, **options)["msg"])


class TestLines:
    def test_each_failure_is_a_line_in_the_order_of_the_instance(self) -> None:
        lines = [{"article": "XY-1", "count": 2}, {"article": "screws", "count": 0}]
        order = {"number": 0, "customer": {"email": "ada"}, "lines": lines}
        error = explained(ORDER, order)
        assert error.title == "Order"
        assert error.error_count() == 5
        assert {(fault["loc"], fault["type"]) for fault in error.errors()} == {
            (("number",), "json_schema.minimum"),
            (("customer",), "json_schema.required"),
            (("customer", "email"), "json_schema.format"),
            (("lines", 1, "article"), "json_schema.pattern"),
            (("lines", 1, "count"), "json_schema.exclusiveMinimum"),
        }

    def test_input_is_the_callers_own_object(self) -> None:
        order = {"number": 1, "customer": {}, "lines": [{"article": "XY-1", "count": 2}]}
        fault = only(ORDER, order)
        assert fault["input"] is order["customer"]
        assert fault["loc"] == ("customer",)

    def test_context_has_the_place_in_the_schema_and_the_limit(self) -> None:
        fault = only(ORDER, {"number": 0, "customer": {"name": "Ada"}, "lines": [{"article": "XY-1", "count": 2}]})
        assert fault["ctx"] == {"schema": "#/properties/number/minimum", "limit": 1}

    def test_str_shows_title_place_message_and_type(self) -> None:
        assert str(explained({"properties": {"seat": {"type": "integer"}}}, {"seat": "7"})) == (
            "1 validation error for Order\nseat\n"
            "  should be an integer, not text [type=json_schema.type, input_value='7', input_type=str]"
        )

    def test_json_can_be_read_back(self) -> None:
        text = explained(ORDER, {"number": "one"}).json(include_url=False)
        assert {fault["ctx"]["schema"] for fault in json.loads(text)} == {"#/required", "#/properties/number/type"}

    def test_no_failures_are_an_error_without_lines(self) -> None:
        assert explained(ORDER["$defs"]["Line"], {"article": "XY-1", "count": 2}).errors() == []

    def test_a_failure_found_twice_is_one_line(self) -> None:
        schema = {
            "allOf": [{"$ref": "#/$defs/Line"}, {"$ref": "#/$defs/Line"}],
            "$defs": {"Line": ORDER["$defs"]["Line"]},
        }
        assert len(faults(schema, {"article": "XY-1"})) == 1

    def test_failures_with_different_limits_are_two_lines(self) -> None:
        assert [fault["ctx"]["limit"] for fault in faults({"required": ["seat", "train"]}, {})] == ["seat", "train"]

    @pytest.mark.parametrize("name", ["0", "7", "07", "+7", "00012"])
    def test_a_property_of_digits_stays_a_name(self, name: str) -> None:
        value = {name: [{name: "x"}]}
        fault = only({"additionalProperties": {"items": {"additionalProperties": {"type": "integer"}}}}, value)
        assert fault["loc"] == (name, 0, name)
        assert fault["input"] == "x"

    def test_tuples_are_lists(self) -> None:
        fault = only({"items": {"type": "integer"}}, (1, "two"))
        assert (fault["loc"], fault["input"]) == ((1,), "two")

    def test_a_part_that_the_value_does_not_have_is_the_validators_copy(self) -> None:
        validator = jsonschema_rs.validator_for({"properties": {"seat": {"items": {"type": "integer"}}}})
        error = validation_error("T", validator.iter_errors({"seat": ["x"]}), object(), "json", pointer)
        assert [(fault["loc"], fault["input"]) for fault in error.errors()] == [(("seat", 0), "x")]


class TestMessages:
    @pytest.mark.parametrize(
        ("schema", "value", "keyword", "text"),
        [
            ({"type": "integer"}, "7", "type", "should be an integer, not text"),
            ({"type": ["null", "string"]}, 7, "type", "should be text or null, not an integer"),
            ({"type": ["integer", "number"]}, [], "type", "should be a number, not a list"),
            ({"type": "integer"}, 7.5, "type", "should be an integer, not a number with a fraction"),
            ({"type": "integer"}, True, "type", "should be an integer, not true"),
            ({"type": "string"}, float("nan"), "type", "should be text, not nan"),
            ({"type": "array"}, {}, "type", "should be a list, not an object"),
            ({"minimum": 1}, 0, "minimum", "should be at least 1"),
            ({"maximum": 1.5}, 2, "maximum", "should be at most 1.5"),
            ({"exclusiveMinimum": 0}, 0, "exclusiveMinimum", "should be greater than 0"),
            ({"exclusiveMaximum": 9}, 9, "exclusiveMaximum", "should be less than 9"),
            ({"multipleOf": 5}, 7, "multipleOf", "should be a multiple of 5"),
            ({"minLength": 3}, "ab", "minLength", "should have at least 3 characters, has 2"),
            ({"maxLength": 1}, "ab", "maxLength", "should have at most 1 character, has 2"),
            ({"pattern": "^[A-Z]+$"}, "ice", "pattern", "should match the pattern ^[A-Z]+$"),
            ({"minItems": 1}, [], "minItems", "should have at least 1 item, has 0"),
            ({"maxItems": 1}, [1, 2], "maxItems", "should have at most 1 item, has 2"),
            (
                {"uniqueItems": True},
                ["a", 1, True, 1.0],
                "uniqueItems",
                "should have no two equal items; items 1 and 3 are equal",
            ),
            ({"uniqueItems": True}, [{}, {}], "uniqueItems", "should have no two equal items"),
            ({"minProperties": 2}, {}, "minProperties", "should have at least 2 properties, has 0"),
            ({"maxProperties": 1}, {"a": 1, "b": 2}, "maxProperties", "should have at most 1 property, has 2"),
            ({"required": ["seat"]}, {}, "required", 'the property "seat" is missing'),
            (
                {"dependentRequired": {"seat": ["train"]}},
                {"seat": 1},
                "dependentRequired",
                'the property "train" is missing, which another property needs',
            ),
            (
                {"$schema": DRAFT_7, "dependencies": {"seat": ["train"]}},
                {"seat": 1},
                "dependencies",
                'the property "train" is missing, which another property needs',
            ),
            (
                {"dependentSchemas": {"seat": {"required": ["train"]}}},
                {"seat": 1},
                "required",
                'the property "train" is missing; this applies because of the property "seat"',
            ),
            (
                {"properties": {"seat": True}, "additionalProperties": False},
                {"seet": 1},
                "additionalProperties",
                'unexpected property "seet"',
            ),
            (
                {"additionalProperties": False},
                {"seat": 1, "train": 2},
                "additionalProperties",
                'unexpected properties "seat" and "train"',
            ),
            ({"unevaluatedProperties": False}, {"seat": 1}, "unevaluatedProperties", 'unexpected property "seat"'),
            ({"prefixItems": [True], "unevaluatedItems": False}, [1, 2], "unevaluatedItems", "has 1 unexpected item"),
            (
                {"$schema": DRAFT_7, "items": [True], "additionalItems": False},
                [1, 2],
                "additionalItems",
                "should have at most 1 item, has 2",
            ),
            (
                {"propertyNames": {"maxLength": 3}},
                {"train": 1},
                "propertyNames",
                'the property name "train" should have at most 3 characters, has 5',
            ),
            ({"propertyNames": False}, {"train": 1}, "propertyNames", "should have no properties"),
            ({"const": "card"}, "cash", "const", 'should be "card"'),
            ({"const": {"zone": 1}}, "cash", "const", 'should be {"zone": 1}'),
            ({"enum": ["card", 1, None]}, "cash", "enum", 'should be one of "card", 1 or null'),
            ({"enum": ["card"]}, "cash", "enum", 'should be "card"'),
            ({"format": "date"}, "soon", "format", "should be a date such as 2024-12-31"),
            (
                {"contains": {"const": "ICE"}},
                ["RE"],
                "contains",
                "none of the items is of the kind that the list should contain",
            ),
            (
                {"contains": {"const": "ICE"}, "minContains": 2},
                ["ICE"],
                "minContains",
                "too few of the items are of the kind that the list should contain",
            ),
            (
                {"contains": {"const": "ICE"}, "maxContains": 1},
                ["ICE", "ICE"],
                "maxContains",
                "too many of the items are of a kind that the list may contain only a few of",
            ),
            ({"not": {"type": "string"}}, "x", "not", "should not be text"),
            ({"not": {"type": ["string", "null"]}}, "x", "not", "should not be text or null"),
            ({"not": {"const": "root"}}, "root", "not", 'should not be "root"'),
            ({"not": {"enum": ["root", "admin"]}}, "root", "not", 'should not be "root" or "admin"'),
            ({"not": {"pattern": "^x-"}}, "x-1", "not", "should not match the pattern ^x-"),
            ({"not": {"required": ["seat"]}}, {"seat": 1}, "not", 'should not have the property "seat"'),
            (
                {"not": {"required": ["seat", "bike"]}},
                {"seat": 1, "bike": 1},
                "not",
                'should not have all of "seat" and "bike"',
            ),
            ({"not": {"type": "string", "minLength": 1}}, "x", "not", "is one of the values that are not allowed"),
            (
                {"if": {"const": "x"}, "then": {"minLength": 2}},
                "x",
                "minLength",
                "should have at least 2 characters, has 1; this applies because a condition holds",
            ),
            (
                {"if": {"const": "x"}, "else": False},
                "y",
                "false",
                "no value is allowed; this applies because a condition does not hold",
            ),
            ({"properties": {"seat": False}}, {"seat": 1}, "false", "this property is not allowed"),
            ({"prefixItems": [False]}, [1], "false", "no item is allowed at this place of the list"),
            (False, 1, "false", "no value is allowed"),
            ({"enum": []}, 1, "enum", "no value is allowed"),
            (
                {"$schema": DRAFT_7, "contentEncoding": "base64"},
                "é",
                "contentEncoding",
                'should be text in the encoding "base64"',
            ),
            (
                {"$schema": DRAFT_7, "contentMediaType": "application/json"},
                "{",
                "contentMediaType",
                'should be text of the media type "application/json"',
            ),
            (
                {"$schema": DRAFT_7, "contentMediaType": "application/json", "contentEncoding": "base64"},
                "gICA",
                "contentEncoding",
                "should hold UTF-8 text when it is decoded",
            ),
        ],
    )
    def test_says_what_is_wrong(self, schema: dict[str, Any] | bool, value: Any, keyword: str, text: str) -> None:
        fault = only(schema, value)
        assert (fault["type"], fault["msg"]) == (f"json_schema.{keyword}", text)

    def test_every_kind_of_failure_has_words(self) -> None:
        kinds = {name for name in dir(jsonschema_rs.ValidationErrorKind) if name[0].isupper()}
        elsewhere = {
            "AnyOf",
            "Contains",
            "FalseSchema",
            "OneOfMultipleValid",
            "OneOfNotValid",
            "PropertyNames",
            "Required",
        }
        own_message = {"Custom", "Referencing"}
        assert kinds - elsewhere - own_message - set(explain._SENTENCES) - set(explain._PHRASES) == set()

    def test_a_keyword_of_the_callers_own_has_its_own_message(self) -> None:
        class Even:
            def __init__(self, parent_schema: dict[str, Any], value: Any, schema_path: list[str | int]) -> None:
                pass

            def validate(self, instance: Any) -> None:
                raise ValueError("{odd}")

        fault = only({"even": True}, 3, keywords={"even": Even})
        assert (fault["type"], fault["msg"]) == ("json_schema.even", "{odd}")

    def test_a_pattern_that_takes_too_long_says_so(self) -> None:
        options = jsonschema_rs.FancyRegexOptions(backtrack_limit=10)
        fault = only({"pattern": r"^(?=(a|b|ab)*c)(\w+\s?)*\1$"}, "ab" * 500 + "!", pattern_options=options)
        assert (fault["type"], fault["msg"]) == ("json_schema.pattern", "takes too many steps to match with a pattern")

    def test_long_lists_of_options_are_cut(self) -> None:
        fault = only({"enum": list(range(10_000))}, -1)
        assert fault["msg"] == "should be one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 or 9,990 more"
        assert 100 < len(fault["ctx"]["limit"]) < 2_000

    def test_large_values_are_cut_and_large_limits_left_out(self) -> None:
        fault = only({"const": {"zones": ["z" * 100] * 1_000}}, 1)
        assert len(fault["msg"]) < 120
        assert set(fault["ctx"]) == {"schema"}

    def test_numbers_that_floats_cannot_hold_are_json_too(self) -> None:
        error = explained(
            {"properties": {"a": {"const": Decimal("1E+400")}, "b": {"minimum": Decimal("0.1")}}}, {"a": 1, "b": 0}
        )
        assert [fault["ctx"]["limit"] for fault in json.loads(error.json())] == ["1E+400", 0.1]

    @pytest.mark.parametrize("text", ["{limit}", "{schema}", "{message}", "{}", "{{limit}}", "{0}", "}{", "{limit"])
    def test_braces_in_data_stay(self, text: str) -> None:
        assert message({"const": text}, 1) == f'should be "{text}"'
        assert message({"enum": [text, "{limit}"]}, 1) == f'should be one of "{text}" or "{{limit}}"'
        assert message({"required": [text]}, {}) == f'the property "{text}" is missing'
        assert message({"additionalProperties": False}, {text: text}) == f'unexpected property "{text}"'

    def test_control_characters_are_escaped(self) -> None:
        shown = message({"enum": ["\x1b[31m", "\u202e", "Zürich"]}, 1) + message({"pattern": "a\nb"}, "c")
        assert shown.isprintable()
        assert "Zürich" in shown


class TestAlternatives:
    def test_next_to_null_the_other_alternative_is_what_is_meant(self) -> None:
        fault = only({"properties": {"payment": {"anyOf": [CARD, {"type": "null"}]}}}, {"payment": {"method": "card"}})
        assert fault["type"] == "json_schema.anyOf"
        assert fault["loc"] == ("payment",)
        assert fault["msg"] == 'the property "digits" is missing'
        assert fault["ctx"] == {"schema": "#/properties/payment/anyOf", "limit": 2}

    def test_alternatives_for_other_types_are_joined(self) -> None:
        schema = {"anyOf": [{"type": "null"}, {"anyOf": [{"type": "string"}, {"type": "integer"}]}]}
        assert message(schema, []) == "should be text, an integer or null, not a list"

    def test_constants_are_joined(self) -> None:
        schema = {"oneOf": [{"const": "open", "title": "Open"}, {"const": "paid"}, {"type": "null"}]}
        assert message(schema, "lost") == 'should be one of "open" or "paid"'
        assert message(schema, 5) == "should be text or null, not an integer"

    @pytest.mark.parametrize("word", ["anyOf", "oneOf"])
    @pytest.mark.parametrize("order", [1, -1])
    def test_the_alternative_whose_tag_fits_is_the_nearest(self, word: str, order: int) -> None:
        schema = {word: [CARD, TRANSFER][::order]}
        number = 1 if order == 1 else 2
        assert message(schema, {"method": "card", "digits": "12"}) == (
            f"fits none of the 2 alternatives; the nearest is number {number}: at digits, "
            "should match the pattern ^[0-9]{16}$"
        )
        transfer = message(schema, {"method": "transfer", "day": "x"})
        assert transfer.startswith(f"fits none of the 2 alternatives; the nearest is number {3 - number}: ")
        assert "at day, should be an integer, not text" in transfer
        assert 'the property "iban" is missing' in transfer

    def test_tags_are_joined_where_none_fits(self) -> None:
        assert message({"oneOf": [CARD, TRANSFER]}, {"method": "cash", "digits": "12"}) == (
            'fits none of the 2 alternatives: at method, should be one of "card" or "transfer"'
        )

    def test_a_choice_of_tags_is_a_tag_too(self) -> None:
        def paid(methods: list[str], needs: str) -> dict[str, Any]:
            return {"required": ["method", needs], "properties": {"method": {"enum": methods}}}

        schema = {"oneOf": [paid(["sepa", "iban"], "account"), paid(["visa", "maestro"], "digits")]}
        assert 'number 2: the property "digits" is missing' in message(schema, {"method": "visa"})
        assert 'one of "sepa", "iban", "visa" or "maestro"' in message(schema, {"method": "cash"})

    def test_an_alternative_for_another_type_is_the_farthest(self) -> None:
        schema = {
            "anyOf": [{"type": "string"}, {"properties": {"seat": {"type": "integer"}, "car": {"type": "integer"}}}]
        }
        assert message(schema, {"seat": "x", "car": "y"}) == (
            "fits none of the 2 alternatives; the nearest is number 2: "
            "at seat, should be an integer, not text; at car, should be an integer, not text"
        )

    def test_what_is_wrong_inside_is_nearer_than_what_is_missing(self) -> None:
        schema = {
            "anyOf": [{"required": ["iban"]}, {"required": ["digits"], "properties": {"digits": {"minLength": 16}}}]
        }
        assert "number 2: at digits," in message(schema, {"digits": "12"})

    def test_nested_alternatives_tell_the_innermost(self) -> None:
        leg = {
            "anyOf": [
                {"type": "null"},
                {"type": "object", "required": ["payment"], "properties": {"payment": {"oneOf": [CARD, TRANSFER]}}},
            ]
        }
        schema = {"properties": {"legs": {"anyOf": [{"type": "array", "items": leg}, {"type": "string"}]}}}
        value = {"legs": [None, {"payment": {"method": "card", "digits": 1}}]}
        assert message(schema, value) == (
            "fits none of the 2 alternatives; the nearest is number 1: at [1].payment.digits, "
            "should be text, not an integer"
        )

    def test_alternatives_of_a_property_name(self) -> None:
        schema = {"properties": {"tools": {"propertyNames": {"anyOf": [{"maxLength": 2}, {"const": "search"}]}}}}
        assert message(schema, {"tools": {"browse": 1}}) == (
            'the property name "browse" fits none of the 2 alternatives; the nearest is number 1: '
            "should have at most 2 characters, has 6"
        )

    def test_several_that_fit_are_named(self) -> None:
        fault = only({"oneOf": [{"type": "integer"}, {"minimum": 3}, {"maximum": 1}]}, 5)
        assert fault["msg"] == "fits 2 of the 3 alternatives (numbers 1 and 2), but should fit exactly one"
        assert (fault["type"], fault["ctx"]["limit"]) == ("json_schema.oneOf", [0, 1])

    def test_an_only_alternative_is_no_choice(self) -> None:
        assert message({"anyOf": [CARD]}, {"method": "card"}) == 'the property "digits" is missing'

    def test_many_failures_of_an_alternative_are_cut(self) -> None:
        schema = {"anyOf": [{"items": {"type": "integer"}}, {"type": "string"}]}
        assert message(schema, ["x"] * 5_000).endswith("at [2], should be an integer, not text; and more")

    def test_an_alternative_with_many_failures_does_not_hide_the_next_one(self) -> None:
        schema = {"anyOf": [{"items": {"type": "integer"}}, {"items": {"type": "string"}}]}
        assert "the nearest is number 2: at [4999]," in message(schema, ["x"] * 4_999 + [1])

    def test_depth_is_bounded(self) -> None:
        schema: dict[str, Any] = {"type": "integer"}
        for _ in range(40):
            schema = {"anyOf": [schema]}
        assert message(schema, "x") == "is not what the only alternative asks for"

    def test_work_on_recursive_alternatives_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        node = {"anyOf": [{"required": [name], "properties": {"next": {"$ref": "#/$defs/Node"}}} for name in "ab"]}
        value: dict[str, Any] = {}
        for _ in range(9):
            value = {"next": value}
        read: list[int] = []
        real = explain._found

        def counted(*arguments: Any) -> Any:
            read.append(1)
            return real(*arguments)

        monkeypatch.setattr(explain, "_found", counted)
        assert len(message({"$ref": "#/$defs/Node", "$defs": {"Node": node}}, value)) <= explain.MESSAGE_SIZE
        assert len(read) <= explain.MOST_NESTED_IN_LINE + 1


class TestBounds:
    def test_lines_are_bounded_and_the_last_one_counts_the_rest(self) -> None:
        error = explained({"items": {"type": "integer"}}, ["x"] * 100_000)
        assert error.error_count() == MOST_LINES
        last = error.errors()[-1]
        assert (last["loc"], last["type"]) == ((), "json_schema.more")
        assert last["msg"] == f"{100_000 - MOST_LINES + 1:,} more failures are not shown"
        assert last["ctx"] == {"schema": "#", "limit": MOST_LINES, "hidden": 100_000 - MOST_LINES + 1}

    def test_the_last_line_is_a_failure_where_there_are_no_more(self) -> None:
        assert faults({"items": {"type": "integer"}}, ["x"] * (MOST_LINES - 1))[-1]["loc"] == (MOST_LINES - 2,)
        assert faults({"items": {"type": "integer"}}, ["x"] * MOST_LINES)[-1]["msg"] == "1 more failure is not shown"

    def test_many_failing_alternatives_take_no_time(self) -> None:
        choice = {"anyOf": [{"items": {"type": "integer"}}, {"items": {"type": "null"}}]}
        validator = jsonschema_rs.validator_for({"items": choice})
        value = [["x"] * 50] * 1_500
        errors = list(validator.iter_errors(value))
        started = time.process_time()
        error = validation_error("T", errors, value, "python", pointer)
        assert time.process_time() - started < 5
        assert error.errors()[0]["msg"].startswith("fits none of the 2 alternatives; the nearest is number 1:")
        assert error.errors()[-2]["msg"] == "fits none of the 2 alternatives"


class TestTravel:
    @pytest.mark.skipif(
        pydantic.VERSION.startswith("2.13."), reason="before 2.14 pydantic reads no pickled error of a custom type"
    )
    @pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    def test_errors_survive_pickling(self, protocol: int) -> None:
        error = explained(ORDER, {"number": 0, "status": "{limit}", "{schema}": 1})
        restored = pickle.loads(pickle.dumps(error, protocol))
        assert restored.errors() == error.errors() == copy.deepcopy(error).errors()
        assert str(restored) == str(error)
        assert restored.json() == error.json()

    def test_an_outer_model_puts_its_own_place_in_front(self) -> None:
        validator = jsonschema_rs.validator_for(ORDER["$defs"]["Line"])

        def check(value: Any) -> Any:
            errors = list(validator.iter_errors(value))
            if errors:
                raise validation_error("Line", errors, value, "python", pointer)
            return value

        class Line(BaseModel):
            article: str
            count: int

            @classmethod
            def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> core_schema.CoreSchema:
                return core_schema.no_info_before_validator_function(check, handler(source))

        class Basket(BaseModel):
            lines: list[Line]

        with pytest.raises(ValidationError) as caught:
            Basket.model_validate({"lines": [{"article": "XY-1", "count": 1}, {"article": "XY-1", "count": 0}]})
        (fault,) = caught.value.errors(include_url=False)
        assert caught.value.title == "Basket"
        assert fault == {
            "type": "json_schema.exclusiveMinimum",
            "loc": ("lines", 1, "count"),
            "msg": "should be greater than 0",
            "input": 0,
            "ctx": {"schema": "#/properties/count/exclusiveMinimum", "limit": 0},
        }
        with pytest.raises(ValidationError) as caught:
            TypeAdapter(dict[str, Line]).validate_json('{"first": {"article": "XY-1"}}')
        assert caught.value.errors()[0]["loc"] == ("first",)
