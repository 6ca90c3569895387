"""What the processes of a pool do: functions that they import by their names."""

from __future__ import annotations

import os
from typing import Any

from tests.cargo import described


def answer(value: Any) -> tuple[Any, Any, int]:
    """Say what an object is on this side, and give it back, with the number of the process."""
    return value, described(value), os.getpid()


def answer_through(connection: Any) -> None:
    """Do so with whatever comes through a pipe, until None does."""
    while (value := connection.recv()) is not None:
        connection.send(answer(value))


def answer_from(given: Any, taken: Any) -> None:
    """Do so with whatever comes through a queue, until None does."""
    while (value := given.get()) is not None:
        taken.put(answer(value))
