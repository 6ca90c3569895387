"""What the tables of the seeds' pages say of each section."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Section(NamedTuple):
    """A section of a page.

    Attributes:
        heading: As the page has it.
        status: What holds for classes made from a schema.
        how: What is different, or why it does not apply.
        test: The test, or the class of tests, that shows it.
    """

    heading: str
    status: Literal["works", "works differently", "does not apply"]
    how: str
    test: str
