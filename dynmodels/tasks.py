"""Tasks: documents to build, as they are handed from one process to another."""

from __future__ import annotations

from typing import NamedTuple

from dynmodels.digest import Request
from dynmodels.source import Source


class Task(NamedTuple):
    """A document to build.

    Attributes:
        number: What the caller knows it by.
        source: The document.
        request: The name of the call for it.
    """

    number: int
    source: Source
    request: Request
