"""How the caller's objects are copied: the same, whether they are exact JSON data or come close to it."""

from __future__ import annotations

import datetime as dt
import enum
import threading
from collections import OrderedDict
from types import MappingProxyType
from typing import Any

import pytest

from dynmodels.errors import SchemaError
from dynmodels.plain import MAX_NODES, plain
from dynmodels.pointers import may_lead_out
from dynmodels.text import MAX_DEPTH, MAX_REPETITIONS

BOOK: dict[str, Any] = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "description": "Wie er heißt, 書名, 📖"},
        "price": {"type": "number", "minimum": 0.0, "exclusiveMaximum": 10**40, "default": -0.0},
        "größe": {"enum": [1, 1.0, True, None, "", [], {}, [[]]]},
    },
    "required": ["title"],
    "additionalProperties": False,
}


def nested(levels: int) -> Any:
    schema: Any = []
    for _ in range(levels - 1):
        schema = [schema]
    return schema


class Word(str):
    """A text with behaviour of its own."""

    __slots__ = ()

    def __str__(self) -> str:
        raise AssertionError("a method of a subclass was called")


class Name(str):
    """A key that can be asked for its hash once, by the dict that holds it."""

    asked = 0

    def __hash__(self) -> int:
        self.asked += 1
        assert self.asked == 1, "a method of a subclass was called"
        return str.__hash__(self)

    __eq__ = str.__eq__


class Count(enum.IntEnum):
    FEW = 3


@pytest.mark.parametrize("content", [BOOK, {}, [], True, None, 3, 2.5, "text", [BOOK, [BOOK]], {"": {"": ""}}])
def test_exact_data_is_copied_as_a_mapping_of_another_class_is(content: Any) -> None:
    # repr tells 1 from 1.0 from True, -0.0 from 0.0, and the order of keys.
    copy, complete = plain(content)

    assert repr(copy) == repr(content)
    assert repr(plain(MappingProxyType({"schema": content}))) == repr(({"schema": copy}, complete))


def test_no_container_is_shared_with_the_caller_nor_within_the_copy() -> None:
    members = ["a", "b"]
    shared = {"enum": members}
    copy, _ = plain({"anyOf": [shared, shared], "default": members})

    copy["anyOf"][0]["enum"].append("c")
    del copy["anyOf"][0]["enum"][0]

    assert copy == {"anyOf": [{"enum": ["b", "c"]}, {"enum": ["a", "b"]}], "default": ["a", "b"]}
    assert members == ["a", "b"]


@pytest.mark.parametrize(
    ("close", "exact"),
    [
        ({200: {"description": "fine"}}, {"200": {"description": "fine"}}),
        ({"default": dt.date(2024, 2, 29)}, {"default": "2024-02-29"}),
        ({"enum": ("a", {"b": ("c",)})}, {"enum": ["a", {"b": ["c"]}]}),
        ({"items": OrderedDict(type="string")}, {"items": {"type": "string"}}),
        ({"type": Word("string")}, {"type": "string"}),
        ({Word("type"): "string"}, {"type": "string"}),
        ({Name("items"): {"type": "string"}}, {"items": {"type": "string"}}),
        ({"maxItems": Count.FEW}, {"maxItems": 3}),
        (
            {"allOf": [[{"minItems": Count.FEW}], [{"title": "Titel"}]]},
            {"allOf": [[{"minItems": 3}], [{"title": "Titel"}]]},
        ),
    ],
)
def test_what_comes_close_to_json_data_becomes_it(close: Any, exact: Any) -> None:
    copy, complete = plain(close)

    assert complete
    assert repr(copy) == repr(exact)


def test_objects_under_a_vendor_extension_are_left_out_and_said_to_be() -> None:
    copy, complete = plain({"type": "string", "x-handler": {"call": object(), "name": "h"}})

    assert not complete
    assert copy["type"] == "string"
    assert copy["x-handler"]["name"] == "h"


@pytest.mark.parametrize(
    ("wrong", "message", "pointer"),
    [
        (float("nan"), "nan is no number of JSON", "#/properties/a~1b/enum/1"),
        (float("-inf"), "-inf is no number of JSON", "#/properties/a~1b/enum/1"),
        ("\ud83d", "half of a surrogate pair", "#/properties/a~1b/enum/1"),
        ({"\udc00": 1}, "half of a surrogate pair", "#/properties/a~1b/enum/1"),
        ({None: 1}, "a key is null", "#/properties/a~1b/enum/1"),
        ({True: {}}, "a key is a boolean", "#/properties/a~1b/enum/1"),
        ({1: 1, "1": 2}, "the same text", "#/properties/a~1b/enum/1"),
        ({"x": {"a"}}, "class 'set'", "#/properties/a~1b/enum/1/x"),
        (b"bytes", "class 'bytes'", "#/properties/a~1b/enum/1"),
        (bytearray(b"bytes"), "class 'bytearray'", "#/properties/a~1b/enum/1"),
    ],
)
def test_what_is_no_json_data_is_named_with_its_place(wrong: Any, message: str, pointer: str) -> None:
    with pytest.raises(SchemaError, match=message) as caught:
        plain({"properties": {"a/b": {"enum": ["fine", wrong]}}})

    assert caught.value.pointer == pointer


def test_the_deepest_document_is_copied_and_one_level_more_refused() -> None:
    deepest = nested(MAX_DEPTH)

    assert levels_of(plain(deepest)[0]) == MAX_DEPTH
    with pytest.raises(SchemaError, match="nested more than"):
        plain(nested(MAX_DEPTH + 1))


def levels_of(content: Any) -> int:
    levels = 1
    while content:
        content, levels = content[0], levels + 1
    return levels


@pytest.mark.parametrize("others", [0, 150_000])
def test_parts_may_repeat_so_often_and_no_oftener(others: int) -> None:
    different: list[Any] = [[] for _ in range(others)]
    shared: dict[str, Any] = {}
    as_often = [*different, *[shared] * (MAX_REPETITIONS + 1)]

    assert len(plain(as_often)[0]) == len(as_often)
    with pytest.raises(SchemaError, match="repeats its parts") as caught:
        plain([*as_often, shared])
    assert caught.value.pointer == f"#/{len(as_often)}"


def test_a_document_has_so_many_values_and_no_more() -> None:
    shared = [None] * 999
    as_many: list[Any] = [[None] * 998] + [shared] * (MAX_NODES // 1_000 - 1)

    assert len(plain(as_many)[0]) == len(as_many)
    with pytest.raises(SchemaError, match="more than 2,000,000 values"):
        plain([*as_many, None])


def test_a_list_that_holds_itself_many_times_is_refused_where_it_begins() -> None:
    schema: dict[str, Any] = {"enum": []}
    schema["enum"].extend([schema["enum"]] * 10)

    with pytest.raises(SchemaError, match="contains itself") as caught:
        plain(schema)
    assert caught.value.pointer == "#/enum/0"


def test_another_thread_may_change_the_document_meanwhile() -> None:
    properties: dict[str, Any] = {f"p{number}": {"type": "string"} for number in range(50)}
    schema = {"type": "object", "properties": properties}
    done = threading.Event()

    def change() -> None:
        while not done.is_set():
            properties["more"] = {"type": "integer"}
            del properties["more"]

    thread = threading.Thread(target=change)
    thread.start()
    try:
        copies = [plain(schema)[0]["properties"] for _ in range(300)]
    finally:
        done.set()
        thread.join()

    assert {len(copy) for copy in copies} <= {50, 51}
    assert all(copy.get("more") in (None, {"type": "integer"}) for copy in copies)


@pytest.mark.parametrize(
    ("content", "leads_out"),
    [
        (True, False),
        ("https://example.com/text.json", False),
        ({"items": {"$ref": "#/$defs/Book"}}, False),
        ({"properties": {"$ref": {"type": "string"}, "mapping": {"type": {"const": "other.json"}}}}, False),
        ({"discriminator": {"mapping": {"book": "#/components/schemas/Book"}}}, False),
        ({"discriminator": {"mapping": "book.json"}}, False),
        ({"discriminator": {"mapping": {"book": "#/Book", "film": "Film"}}}, True),
        ({"allOf": [[{"$ref": "#/$defs/Book"}], [{"$ref": "book.json"}]]}, True),
        ({"$dynamicRef": "tree.json#node"}, True),
        ({"$defs": {"Tree": {"$recursiveRef": ""}}}, True),
        ({"enum": [{"$ref": "a word in data"}]}, True),
    ],
)
def test_a_document_of_which_no_word_leads_out_is_told_apart(content: Any, leads_out: bool) -> None:
    assert may_lead_out(content) is leads_out
