"""Engines: who judges the parts of files, in this process or in others; each gives the results in order."""

from __future__ import annotations

import multiprocessing
from dataclasses import dataclass
from typing import Any, Final

from pydantic import TypeAdapter

from dynmodels.checking import Checked, check
from dynmodels.errors import EngineError
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


#: What a script has to be whose processes start others, as those begin by importing it.
SCRIPT: Final = "A script that starts processes has to be a file, with `if __name__ == '__main__':`."


def require_starting() -> None:
    """Refuse to start processes where none can be started.

    Raises:
        EngineError: This process is a daemon's, such as a worker of a pool.
    """
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        # One that was started just now imports the script that started it, which has no guard. Its parent tells more.
        raise SystemExit(SCRIPT)
    if multiprocessing.current_process().daemon:
        raise EngineError(
            "this process is a daemon, which may not start others",
            hint="Use engine='local' with jobs=1 inside a worker.",
        )


def judge(adapter: TypeAdapter[Any], part: Part) -> Checked:
    """Judge the lines of a part.

    Raises:
        DataError: Its file cannot be read.
    """
    return check(adapter, blocks(part), begins_file=part.start == 0)
