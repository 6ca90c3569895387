"""What of four pages on pydantic's models holds for generated classes.

``python -m tests.seeds.matrix`` prints the README's table.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Final, NamedTuple

from tests.seeds.page_001 import NO_HEADINGS, PAGE_001, TITLE
from tests.seeds.page_002 import PAGE_002
from tests.seeds.page_003 import PAGE_003
from tests.seeds.page_004 import PAGE_004
from tests.seeds.section import Section

_CODE: Final = re.compile(r"(from|import|return|def|class) ")
_CHAPTER: Final = re.compile(r"\d+\. .*[^.]")
_TITLE: Final = re.compile(r"[A-Za-z_][\w '()-]{1,60}[\w)]|API")
_TITLE_BETWEEN_BLANKS: Final = re.compile(r"[A-Z][\w ()'-]{1,60}")
_FENCED: Final = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)


class Page(NamedTuple):
    """A page of the seeds.

    Attributes:
        number: What the name of its file begins with.
        title: What it is about.
        sections: What is told of its sections, in their order.
        outline: Finds in the page's text what the sections are to account for: headings, or the numbers of paragraphs.
    """

    number: str
    title: str
    sections: tuple[Section, ...]
    outline: Callable[[str], list[str] | list[int]]

    def accounted(self) -> list[str] | list[int]:
        """Give what the sections account for, as ``outline`` gives what the page has."""
        paragraphs = sorted(number for section in self.sections for number in section.paragraphs)
        return paragraphs or [section.heading for section in self.sections if not section.besides]


def lines_like_headings(text: str) -> list[str]:
    """Find the headings of a page without blank lines: short lines of a few words, without a sentence's punctuation."""
    lines = [
        line
        for line in text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").splitlines()
        if not _CODE.match(line) and (_CHAPTER.fullmatch(line) or _TITLE.fullmatch(line))
    ]
    return [line for line in lines if line != TITLE and line not in NO_HEADINGS]


def lines_between_blanks(text: str) -> list[str]:
    """Find the headings of a page that has blank lines around them; a remark's label and the page's title are none."""
    lines = ["", *text.splitlines(), ""]
    alone = [
        line for (before, line), (_, after) in pairwise(pairwise(lines)) if not before.strip() and not after.strip()
    ]
    labels = {"Skip to content", "Models", "Note", "Warning", "Info", "In Beta"}
    return [line for line in alone if _TITLE_BETWEEN_BLANKS.fullmatch(line) and line not in labels]


def paragraphs_of_guide(text: str) -> list[int]:
    """Number the paragraphs behind a page's line numbers, without code and the labels of tabs."""
    prose = _FENCED.sub("", text[[line.end() for line in re.finditer(r"^\d+$", text, re.MULTILINE)][-1] :])
    blocks = [block.strip() for block in re.split(r"\n\s*\n", prose)]
    return list(range(1, 1 + sum(bool(block) and not block.startswith("===") for block in blocks)))


def paragraphs_of_notebook(text: str) -> list[int]:
    """Number a notebook's lines of prose: those of eight words or more that begin as a sentence does."""
    prose = [line for line in text.splitlines() if re.match(r"(\* |> )?[A-Z][\w',]* ", line) and len(line.split()) >= 8]
    return list(range(1, len(prose) + 1))


PAGES: Final = (
    Page("001", "Dynamic models", PAGE_001, lines_like_headings),
    Page("002", "Deriving models", PAGE_002, paragraphs_of_guide),
    Page("003", "Generic models", PAGE_003, paragraphs_of_notebook),
    Page("004", "Models", PAGE_004, lines_between_blanks),
)


def _escaped(heading: str) -> str:
    """Write a heading so that Markdown takes no name with underscores for emphasis."""
    return re.sub(r"__\w+__", r"`\g<0>`", heading)


def table() -> str:
    """Write the README's table of all sections, in Markdown."""
    rows = [
        f"| {page.title} | {_escaped(section.heading)} | {section.status} | {section.how} |"
        for page in PAGES
        for section in page.sections
    ]
    return "\n".join(["| subject | what pydantic's classes do | generated classes | how |", "|---|---|---|---|", *rows])


if __name__ == "__main__":
    print(table())
