"""The table of page 004 and its tests know each other."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.seeds.page_004 import PAGE_004
from tests.seeds.section import Section

ROOT = Path(__file__).parents[2]
THIS = Path(__file__).relative_to(ROOT)


def shown() -> set[str]:
    """Name the classes of tests of the page."""
    return {
        f"{THIS.with_name(file.name)}::{node.name}"
        for file in Path(__file__).parent.glob("test_004_*.py")
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test")
    }


def test_each_section_is_shown_and_nothing_else() -> None:
    assert {section.test for section in PAGE_004} == shown()
    assert len({section.heading for section in PAGE_004}) == len(PAGE_004)


@pytest.mark.parametrize("section", PAGE_004, ids=lambda section: section.heading)
def test_what_does_not_simply_work_says_how(section: Section) -> None:
    assert section.how or section.status == "works"
