"""Tables: what the scenarios give, as data; and their way to JSON and back."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Row:
    """What one contestant did in one case.

    Attributes:
        case: What was asked of it.
        contestant: Who it was.
        values: What each round gave, in the unit. Empty where it did not do the case.
        unit: ``s``, ``B`` (bytes), ``%`` (a share of 1), ``n`` (a count) or nothing.
        ratio: The median of the ratios to the baseline's value, round by round.
        not_built: Why it did not do the case.
    """

    case: str
    contestant: str
    values: tuple[float, ...] = ()
    unit: str = "s"
    ratio: float | None = None
    not_built: str | None = None

    @property
    def median(self) -> float:
        """The median of the rounds."""
        return statistics.median(self.values)

    @property
    def spread(self) -> tuple[float, float]:
        """The quartiles of the rounds; the extremes where there are fewer than four."""
        if len(self.values) < 4:
            return min(self.values), max(self.values)
        low, _, high = statistics.quantiles(self.values, n=4, method="inclusive")
        return low, high


@dataclass(frozen=True)
class Table:
    """One comparison.

    Attributes:
        name: What its files are called.
        scenario: What it is run by: ``python -m benchmarks SCENARIO``.
        title: One line for people.
        compares: What is compared with what, in sentences.
        baseline: The contestant, or the case, that ratios are taken to; empty where there are none.
        rows: What was measured.
        notes: What a reader must know besides, such as cases that were left out.
        wide: Whether it reads better with a column for each case.
    """

    name: str
    scenario: str
    title: str
    compares: str
    baseline: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    wide: bool = False

    @property
    def cases(self) -> list[str]:
        """The cases, in the order in which they were measured."""
        return list(dict.fromkeys(row.case for row in self.rows))

    @property
    def contestants(self) -> list[str]:
        """The contestants, in the order in which they were measured."""
        return list(dict.fromkeys(row.contestant for row in self.rows))

    @property
    def not_built(self) -> int:
        """How many of the rows are of a contestant that did not do the case."""
        return sum(row.not_built is not None for row in self.rows)

    def row(self, case: str, contestant: str) -> Row | None:
        """Give what a contestant did in a case, if it was measured."""
        return next((row for row in self.rows if (row.case, row.contestant) == (case, contestant) and row.values), None)


@dataclass(frozen=True)
class Run:
    """A table with where it was measured."""

    table: Table
    environment: Mapping[str, str]
    quick: bool
    seconds: float

    @property
    def command(self) -> str:
        """What measures it again."""
        return f"python -m benchmarks {self.table.scenario}{' --quick' if self.quick else ''}"


def measured(
    case: str,
    values: Mapping[str, Sequence[float]],
    refused: Mapping[str, str],
    baseline: str,
    unit: str = "s",
) -> list[Row]:
    """Make rows of what contestants did in one case, with ratios to the baseline round by round."""
    base = values.get(baseline)
    rows = [
        Row(case, name, tuple(series), unit, None if base is None else ratio(series, base))
        for name, series in values.items()
    ]
    return rows + [Row(case, name, unit=unit, not_built=why) for name, why in refused.items()]


def ratio(values: Sequence[float], base: Sequence[float]) -> float:
    """Give the median of the ratios of each round to the same round of the baseline."""
    return statistics.median(value / other for value, other in zip(values, base, strict=True))


def in_order(rows: Iterable[Row], names: Sequence[str]) -> list[Row]:
    """Sort rows of one case by the contestants' order, so that who did not do it stands where people look."""
    return sorted(rows, key=lambda row: names.index(row.contestant))


def to_json(run: Run) -> str:
    """Write a run as JSON."""
    return json.dumps(asdict(run), indent=1) + "\n"


def from_json(text: str) -> Run:
    """Read a run from JSON."""
    told: dict[str, Any] = json.loads(text)
    table = told["table"]
    rows = tuple(Row(**{**row, "values": tuple(row["values"])}) for row in table["rows"])
    return Run(**{**told, "table": Table(**{**table, "rows": rows, "notes": tuple(table["notes"])})})


def read(folder: Path) -> list[Run]:
    """Read all runs of a folder, by name."""
    return [from_json(path.read_text()) for path in sorted(folder.glob("*.json"))]
