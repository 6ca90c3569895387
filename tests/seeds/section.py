"""What is told of a section of a page on pydantic's models."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

#: The folder of the tests, from the project's top.
SEEDS: Final = "tests/seeds"


class Section(NamedTuple):
    """A section of a page.

    Attributes:
        heading: As the page has it; what it is about, where the page has no headings.
        status: What holds for classes made from a schema.
        how: What is different, or why it does not apply; also a remark, where it works.
        test: The test, or the class of tests, that shows it: path from the project's top, ``::``, name. Empty where the
            section does not apply.
        paragraphs: Which of the page's paragraphs it stands for, counted from 1, where the page has no headings.
        besides: Whether the page has no such section, but the subject has.
    """

    heading: str
    status: Literal["works", "works differently", "does not apply"]
    how: str = ""
    test: str = ""
    paragraphs: tuple[int, ...] = ()
    besides: bool = False
