"""Diagrams: Mermaid class diagrams of generated classes."""

from __future__ import annotations

import re
from typing import Any

from dynmodels import generate_dynamic_models
from dynmodels.diagram import diagram
from tests.documents import BOOK, INVOICING

ORDER: dict[str, Any] = {
    "title": "Order",
    "type": "object",
    "required": ["id", "lines"],
    "properties": {
        "id": {"type": "integer"},
        "lines": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Line"}},
        "gifts": {"type": "array", "items": {"$ref": "#/$defs/Line"}},
        "parent": {"$ref": "#"},
    },
    "$defs": {
        "Line": {"type": "object", "properties": {"text": {"type": "string", "default": "-"}}},
        "Gift": {"allOf": [{"$ref": "#/$defs/Line"}, {"type": "object", "properties": {"card": {"type": "string"}}}]},
        "Tags": {"type": "array", "items": {"type": "string"}},
    },
}


def drawn(document: Any, **options: Any) -> list[str]:
    """Give the lines of a diagram."""
    return [line.strip() for line in diagram(generate_dynamic_models(document, **options)).splitlines()]


def test_a_class_shows_its_fields_as_python_has_them() -> None:
    text = "\n".join(drawn(BOOK))

    assert text.startswith("classDiagram\n")
    assert "class Author {\nname: str\nborn: int | None = None\n}" in text


def test_an_enum_shows_its_members() -> None:
    assert "class Binding {\n<<enumeration>>\npaperback\nhardcover\n}" in "\n".join(drawn(BOOK))


def test_arrows_say_how_many_a_field_holds() -> None:
    lines = drawn(ORDER)

    assert 'Order --> "1..*" Line : lines' in lines
    assert 'Order --> "*" Line : gifts' in lines
    assert 'Order --> "0..1" Order : parent' in lines


def test_classes_that_extend_others_show_what_they_add() -> None:
    lines = drawn(ORDER)

    assert "Line <|-- Gift" in lines
    assert lines[lines.index("class Gift {") :][:3] == ["class Gift {", "card: str | None = None", "}"]


def test_root_models_show_what_they_hold() -> None:
    assert "class Tags {\n<<RootModel>>\nroot: list[str]\n}" in "\n".join(drawn(ORDER))
    assert "RootModel" not in "\n".join(line for line in drawn(ORDER) if "<|--" in line)


def test_classes_of_several_modules_are_drawn_together() -> None:
    assert 'Invoice --> "1" Money : total' in drawn(INVOICING)


def test_exact_classes_are_drawn_likewise() -> None:
    assert 'Order --> "0..1" Order : parent' in drawn(ORDER, exact=True)


def test_names_that_mermaid_reads_as_its_own_are_told_apart_from_them() -> None:
    schema = {"$defs": {name: {"type": "object"} for name in ("note", "click", "LRoad", "Größe")}}
    models = generate_dynamic_models(schema, custom_class_name_generator=lambda name: name)

    text = diagram(models)

    assert 'class C_note["note"]' in text
    assert 'class C_LRoad["LRoad"]' in text
    assert re.findall(r"^    class (note|click)\b", text, re.MULTILINE) == []


def test_what_a_schema_says_is_text_and_nothing_else() -> None:
    hostile = '"]\n}\nclick Order call alert(1)\n%%{init: {}}%%<script>'
    schema = {
        "title": "Order",
        "type": "object",
        "properties": {"a": {"const": hostile}, "b": {"enum": [hostile, "x"]}, "c": {"default": hostile}},
    }

    lines = drawn(schema)

    assert [line for line in lines if line.startswith(("click", "%%")) or "<script" in line or "%%" in line] == []
    assert [line for line in lines if re.search(r"[\"()]", line) and not line.startswith(("Order -->", "class "))] == []
    assert lines.count("}") == sum(line.endswith("{") for line in lines)


def test_a_part_shows_what_it_needs() -> None:
    models = generate_dynamic_models(BOOK)

    assert "class Author {" in diagram({"Book": models["Book"]})
    assert "class Book {" not in diagram({"Author": models["Author"]})
