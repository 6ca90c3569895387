"""Measuring: contestants take turns in one process, or each run is a process of its own."""

from __future__ import annotations

import contextlib
import gc
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

Call = Callable[[int], object]

#: Blocks of quick calls are made about this long, in seconds, so that the clock and the scheduler matter little.
BLOCK: Final = 0.02

LAUNCHER: Final = Path(__file__).with_name("launcher.py")


class TooSlowError(BaseException):  # so that no library catches it as a fault of a schema
    """A contestant took longer than it may."""


def in_turn(
    calls: Mapping[str, Call], rounds: int, *, warm_up: bool = True
) -> tuple[dict[str, list[float]], dict[str, str]]:
    """Time calls in turn: A B C, A B C, ...

    Garbage is collected before each timing and the collector stays on during it, as in a program. A call that takes
    less than a block is repeated, and the block is divided.

    Args:
        calls: By contestant; each is given the number of the call, so that it can do something new each time.
        rounds: How often each is timed.
        warm_up: Whether to call each once before, uncounted. A call that fails there takes no part.

    Returns:
        Seconds of one call, by contestant and round; and why others took no part, by contestant.
    """
    refused: dict[str, str] = {}
    repeats = dict.fromkeys(calls, 1)
    if warm_up:
        for name, call in calls.items():
            try:
                seconds = _time(call, 0, 1)
                if seconds < 5 * BLOCK:  # imports, perhaps: look again
                    seconds = _time(call, 1, 1)
            except Exception as error:  # noqa: BLE001 (whatever it raises, it has not done the case)
                refused[name] = reason(error)
            else:
                repeats[name] = max(1, round(BLOCK / max(seconds, 1e-7)))
                if repeats[name] > 1:  # the first calls are slow ones: look again
                    repeats[name] = max(1, round(BLOCK / _time(call, 2, repeats[name])))
    taking_part = {name: call for name, call in calls.items() if name not in refused}
    seconds_of: dict[str, list[float]] = {name: [] for name in taking_part}
    number = 1_000_000
    for _ in range(rounds):
        for name, call in taking_part.items():
            try:
                seconds_of[name].append(_time(call, number, repeats[name]))
            except Exception as error:
                if warm_up:
                    raise  # it did the case before: a fault of the benchmark
                refused[name] = reason(error)
        taking_part = {name: call for name, call in taking_part.items() if name not in refused}
        number += max(repeats.values())
    return {name: values for name, values in seconds_of.items() if name not in refused}, refused


def _time(call: Call, first: int, repeat: int) -> float:
    gc.collect()
    started = time.perf_counter()
    for number in range(first, first + repeat):
        call(number)
    return (time.perf_counter() - started) / repeat


def reason(error: BaseException) -> str:
    """Say in one line why a contestant did not do a case."""
    lines = str(error).strip().splitlines() or [""]
    text = f"{type(error).__name__}: {lines[0]}".removesuffix(": ")
    return text if len(text) <= 100 else text[:97] + "..."


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise ``TooSlowError`` in the block after so many seconds; where the system has no alarm, wait.

    Only in the main thread.
    """
    if not hasattr(signal, "setitimer"):
        yield
        return

    def ring(_signal: int, _frame: object) -> None:
        raise TooSlowError(f"more than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@dataclass(frozen=True)
class Spent:
    """What a whole process took, by the operating system's account.

    Attributes:
        wall: Seconds from its start to its end.
        cpu: Seconds of processor time, in user and system mode.
        peak: The most memory that was resident, in bytes.
    """

    wall: float
    cpu: float
    peak: int


class ProcessError(Exception):
    """A process failed; the last line of what it wrote to standard error."""


def process(arguments: Sequence[str], folder: Path) -> Spent:
    """Run ``python`` with arguments in a folder, and give what it took.

    It is started by a small process (``launcher.py``): the system counts the memory of whoever starts a process to
    the peak of the one that is started.

    Raises:
        ProcessError: It ended with another status than 0.
    """
    command = [sys.executable, "-I", "-S", str(LAUNCHER), sys.executable, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 (our own)
    if done.returncode:
        raise ProcessError((done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1])
    spent: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return Spent(**spent)
