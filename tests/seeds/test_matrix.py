"""The table of what generated classes have of pydantic's models leaves nothing out, and each of its rows is shown."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.seeds.matrix import PAGES, Page, table
from tests.seeds.section import SEEDS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTIONS = [section for page in PAGES for section in page.sections]


@pytest.fixture(scope="module")
def collected() -> list[str]:
    """Name the tests of the pages that an ordinary run has."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "--quiet", "-p", "no:cacheprovider", SEEDS]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    return [line for line in result.stdout.splitlines() if line.startswith(f"{SEEDS}/test_0")]


def is_of(test: str, named: str) -> bool:
    """Tell whether a collected test is what a row names, or of the class that it names."""
    return test == named or test.startswith((f"{named}::", f"{named}["))


@pytest.fixture
def seeds() -> Path:
    """The folder of the pages, which is no part of the project: DYNMODELS_SEEDS, else beside the checkout."""
    folder = Path(os.environ.get("DYNMODELS_SEEDS", ROOT.parent / "shared" / "seeds"))
    if not folder.is_dir():
        pytest.skip(f"no pages at {folder}; set DYNMODELS_SEEDS to a folder that holds them")
    return folder


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.number)
def test_no_section_of_the_page_is_left_out(page: Page, seeds: Path) -> None:
    (file,) = seeds.glob(f"{page.number}_*")

    assert page.accounted() == page.outline(file.read_text(encoding="utf-8"))


def test_each_row_is_shown_by_a_test_that_runs(collected: list[str]) -> None:
    named = [section.test for section in SECTIONS if section.status != "does not apply"]

    assert [name for name in named if not any(is_of(test, name) for test in collected)] == []


def test_each_test_belongs_to_a_row(collected: list[str]) -> None:
    named = [section.test for section in SECTIONS if section.test]

    assert [test for test in collected if not any(is_of(test, name) for name in named)] == []


def test_no_test_shows_two_sections() -> None:
    named = [section.test for section in SECTIONS if section.test]

    assert sorted(set(named)) == sorted(named)


def test_what_does_not_simply_work_says_how() -> None:
    assert [section.heading for section in SECTIONS if section.status != "works" and not section.how] == []


def test_the_readme_has_the_table() -> None:
    assert table() in README
