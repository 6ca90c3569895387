"""Stages: how long each step of a build takes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType


class Stages:
    """Seconds by stage, in the order in which the stages began. A stage inside another takes its time from it.

    Args:
        before: What went before in another process.
    """

    def __init__(self, before: Mapping[str, float] = MappingProxyType({})) -> None:
        self._seconds: dict[str, float] = dict(before)
        self._open: list[str] = []
        self._since = 0.0
        self.seconds: Mapping[str, float] = MappingProxyType(self._seconds)

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Time a stage; the times of a stage that is entered twice add up."""
        self._count()
        self._open.append(name)
        self._seconds.setdefault(name, 0.0)
        try:
            yield
        finally:
            self._count()
            self._open.pop()

    def _count(self) -> None:
        """Give the time since the last change to the stage that is open."""
        now = time.perf_counter()
        if self._open:
            self._seconds[self._open[-1]] += now - self._since
        self._since = now

    def __str__(self) -> str:
        return ", ".join(f"{name} {1000 * seconds:.1f}" for name, seconds in self._seconds.items())
