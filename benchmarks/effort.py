"""Effort: how much a scenario measures, and what it says of what it leaves out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from benchmarks.tables import Table

NO_CORPUS: Final = "left out: no corpus; DYNMODELS_CORPUS names the folder that holds "
QUICK: Final = "left out by --quick"


@dataclass(frozen=True)
class Effort:
    """How much to measure, and whom to tell.

    Attributes:
        quick: Whether to be done in minutes, with fewer rounds and smaller documents.
        report: Is told what is being measured.
    """

    quick: bool
    report: Callable[[str], None]

    def rounds(self, full: int) -> int:
        """Give the number of rounds, at least three, where a full run has so many."""
        return max(3, full // 5) if self.quick else full


Scenario = Callable[[Effort], list[Table]]
