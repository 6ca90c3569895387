"""Stages: how long each step of a build takes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType


class Stages:
    """Seconds by stage, in the order in which the stages began."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}
        self.seconds: Mapping[str, float] = MappingProxyType(self._seconds)

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Time a stage; the times of a stage that is entered twice add up."""
        self._seconds.setdefault(name, 0.0)
        started = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[name] += time.perf_counter() - started

    def __str__(self) -> str:
        return ", ".join(f"{name} {1000 * seconds:.1f}" for name, seconds in self._seconds.items())
