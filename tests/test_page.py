"""What a notebook shows of a document's classes."""

from __future__ import annotations

import gc
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field

from dynmodels import DynamicModels, clear_dynamic_models_cache, generate_dynamic_models
from dynmodels.page import MOST_AT_FIRST, MOST_ROWS

SAMPLE: dict[str, Any] = {
    "title": "Sample",
    "description": "What was taken out of the river.",
    "type": "object",
    "additionalProperties": False,
    "required": ["site", "taken-at", "kind"],
    "properties": {
        "site": {"type": "string", "pattern": "^[A-Z]{2}$", "description": "Where."},
        "taken-at": {"type": "string", "format": "date-time"},
        "kind": {"$ref": "#/$defs/Kind"},
        "depth": {"type": "number", "minimum": 0, "exclusiveMaximum": 40, "multipleOf": 0.25, "default": 0.5},
        "hours": {"type": "array", "items": {"type": "integer"}, "maxItems": 4, "uniqueItems": True},
        "counts": {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}},
        "notes": {"$ref": "#/$defs/Notes"},
    },
    "$defs": {
        "Kind": {"enum": ["water", "mud"], "description": "What it is."},
        "Notes": {"type": "array", "items": {"type": "string"}, "minItems": 1},
    },
}

#: A text that would be more than text, wherever it came through.
HOSTILE = '</code></style><script>alert(1)</script><img src=x onerror="alert(1)">&amp;'


class Reading(HTMLParser):
    """Reads a page: its tags and their attributes, the texts, and the rows of each class's table by its name."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.rows: dict[str, list[list[str]]] = {}
        self.opened: list[str] = []
        self._within: list[str] = []
        self._is_open = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self._within.append(tag)
        if tag == "details":
            self._is_open = ("open", None) in attrs
        elif tag == "tr":
            self.rows[next(reversed(self.rows))].append([])
        elif tag in {"td", "th"}:
            self._row.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._within.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" in self._within:
            return
        self.text += data
        if self._within[-3:] == ["summary", "b", "code"]:
            self.rows[data] = []
            self.opened += [data] if self._is_open else []
        elif {"td", "th"} & set(self._within):
            self._row[-1] += data

    @property
    def _row(self) -> list[str]:
        return self.rows[next(reversed(self.rows))][-1]


def read(models: DynamicModels) -> Reading:
    return Reading(models._repr_html_())


def test_fields_are_shown_with_all_that_is_known_of_them() -> None:
    page = read(generate_dynamic_models(SAMPLE))

    assert page.rows["Sample"] == [
        ["field", "type", "default", "alias", "constraints", "description"],
        ["site", "str", "required", "", "pattern: ^[A-Z]{2}$", "Where."],
        ["taken_at", "AwareDatetime", "required", "taken-at", "", ""],
        ["kind", "Kind", "required", "", "", ""],
        ["depth", "float | None", "0.5", "", "minimum: 0, exclusiveMaximum: 40, multipleOf: 0.25", ""],
        ["hours", "list[int] | None", "None", "", "maxItems: 4", ""],
        ["counts", "dict[str, int] | None", "None", "", "values: minimum: 0", ""],
        ["notes", "Notes | None", "None", "", "", ""],
    ]
    assert "What was taken out of the river." in page.text
    assert "extra: forbid" in page.text


def test_enums_and_root_models_are_shown() -> None:
    page = read(generate_dynamic_models(SAMPLE))

    assert page.rows["Kind"] == [["member", "value"], ["water", "'water'"], ["mud", "'mud'"]]
    assert page.rows["Notes"] == [
        ["field", "type", "default", "constraints"],
        ["root", "list[str]", "required", "minItems: 1"],
    ]
    assert "What it is." in page.text


def test_the_class_of_the_whole_document_comes_first_and_is_unfolded() -> None:
    models = generate_dynamic_models(SAMPLE)

    page = read(models)

    assert next(iter(page.rows)) == "Sample"
    assert page.opened == ["Sample"]
    assert models.digest in page.text


def test_exact_classes_are_shown_with_what_the_schema_says() -> None:
    plain, exact = (read(generate_dynamic_models(SAMPLE, exact=exact)) for exact in (False, True))

    rows = {row[0]: row[4] for row in exact.rows["Sample"]}
    assert rows["hours"] == "maxItems: 4, uniqueItems: true"
    assert rows["taken_at"] == "format: date-time"
    assert "additionalProperties: false" in exact.text
    assert "uniqueItems" not in plain.text
    assert "3 exact classes" in exact.text


def test_what_a_schema_says_is_text_and_nothing_else() -> None:
    document = {
        "title": "Hostile",
        "description": HOSTILE,
        "type": "object",
        "properties": {
            HOSTILE: {"type": "string", "pattern": HOSTILE, "description": HOSTILE, "default": HOSTILE},
            "kind": {"enum": [HOSTILE, "plain"], "description": HOSTILE},
            "parts": {"$ref": "#/$defs/Part"},
        },
        "dependentRequired": {HOSTILE: ["kind"]},
        "$defs": {"Part": {"title": HOSTILE, "type": "array", "items": {"const": HOSTILE}}},
    }
    expected = read(generate_dynamic_models(SAMPLE))

    for exact in (False, True):
        page = read(generate_dynamic_models(document, exact=exact))

        assert page.tags <= expected.tags
        assert page.attributes <= expected.attributes
        row = next(row for row in page.rows["Hostile"] if HOSTILE in row)
        assert row[2:] == [repr(HOSTILE), HOSTILE, f"pattern: {HOSTILE}", HOSTILE]
        assert page.rows["Kind"][1][1] == repr(HOSTILE)


def test_formulas_are_left_alone() -> None:
    """A notebook would make one of what stands between two dollar signs, as two patterns do."""
    assert generate_dynamic_models(SAMPLE)._repr_html_().startswith('<div class="dynmodels tex2jax_ignore mathjax_ign')


def test_a_large_document_is_a_small_page_that_says_how_much_it_leaves_out() -> None:
    definitions = {
        f"Station{number}": {
            "type": "object",
            "properties": {f"reading{place}": {"type": "integer", "minimum": place} for place in range(12)},
        }
        for number in range(400)
    }
    models = generate_dynamic_models({"$defs": definitions})

    html = models._repr_html_()
    page = Reading(html)

    shown = len(page.rows)
    assert len(html) < 300_000
    assert MOST_AT_FIRST < shown < len(models)
    assert f"{shown - MOST_AT_FIRST} more classes" in page.text
    assert f"{len(models) - shown} classes are not shown" in page.text


def test_a_large_class_is_a_small_table() -> None:
    many = {f"reading{number}": {"type": "integer"} for number in range(MOST_ROWS + 5)}
    document = {
        "title": "Station",
        "type": "object",
        "properties": {**many},
        "$defs": {"Code": {"enum": [f"code{number}" for number in range(1_200)]}},
    }

    page = read(generate_dynamic_models(document))

    assert len(page.rows["Station"]) == 1 + MOST_ROWS + 1
    assert page.rows["Station"][-1] == ["5 more"]
    assert page.rows["Code"][-1] == ["1,140 more"]


def test_long_texts_are_cut() -> None:
    """Each of them where it is written with characters of which HTML makes six."""
    long = '"' * 100_000
    document = {
        "title": "Long",
        "description": long,
        "type": "object",
        "properties": {"text": {"type": "string", "pattern": long[:5_000], "description": long, "default": long}},
    }

    for exact in (False, True):
        assert len(generate_dynamic_models(document, exact=exact)._repr_html_()) < 15_000


def test_some_classes_are_shown_without_making_the_others(tmp_path: Path) -> None:
    generate_dynamic_models(SAMPLE, store=tmp_path)
    clear_dynamic_models_cache()
    gc.collect()
    models = generate_dynamic_models(SAMPLE, store=tmp_path, target_model_names=["Notes"])

    page = read(models)

    assert list(page.rows) == page.opened == ["Notes"]
    assert not models.is_whole
    assert "Sample" not in vars(models.module)


class Visit(BaseModel):
    """What a class of the caller's brings along."""

    number: int = Field(default_factory=lambda: pytest.fail("it was called"))
    hours: list[Annotated[int, Field(le=23)]] = Field([], max_length=4)
    code: str | Annotated[int, Field(gt=100)] = Field("new", pattern=re.compile("^[a-z]+$"))


def test_fields_that_are_inherited_are_shown() -> None:
    """A function that makes a default is not called for it."""
    models = generate_dynamic_models({"title": "First", "type": "object"}, base_class=Visit)

    assert read(models).rows["First"] == [
        ["field", "type", "default", "constraints"],
        ["number", "int", "made by a function", ""],
        ["hours", "list[int]", "[]", "maxItems: 4, items: maximum: 23"],
        ["code", "str | int", "'new'", "pattern: ^[a-z]+$, exclusiveMinimum: 100"],
    ]


def test_an_openapi_document_has_no_class_of_its_own() -> None:
    api = {
        "openapi": "3.1.0",
        "info": {"title": "Rivers", "version": "1"},
        "paths": {},
        "components": {"schemas": {"River": {"type": "object", "properties": {"km": {"type": "number"}}}, "Sea": {}}},
    }

    page = read(generate_dynamic_models(api))

    assert set(page.rows) == {"River", "Sea"}
    assert page.opened == []


def test_what_cannot_be_seen_is_spelt_out() -> None:
    described = "taken \u202e0001\u202c at\x00\x1b[31m and\u00a0on"
    models = generate_dynamic_models({"title": "Sample", "description": described, "type": "object", "properties": {}})

    assert r"taken \u202e0001\u202c at\x00\x1b[31m and" in models._repr_html_()
