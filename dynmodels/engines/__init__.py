"""Engines: who judges the parts of files, in this process or in others; each gives the results in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from pydantic import TypeAdapter

from dynmodels.checking import Checked, check
from dynmodels.files import DataFile
from dynmodels.parts import Part, blocks

#: Bytes of a part where giving it to another machine takes longer: about a second's work.
PART: Final = 8 * 2**20


@dataclass(frozen=True)
class Judged:
    """What became of some bytes of a file; those before them were told before.

    Attributes:
        file: The file.
        size: How many bytes, as they are stored.
        checked: What became of their lines.
    """

    file: DataFile
    size: int
    checked: Checked


def judge(adapter: TypeAdapter[Any], part: Part) -> Checked:
    """Judge the lines of a part.

    Raises:
        DataError: Its file cannot be read.
    """
    return check(adapter, blocks(part), begins_file=part.start == 0)
