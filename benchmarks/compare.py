"""Comparing two runs: how far their ratios agree."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.tables import Run


def agreement(runs: Sequence[Run], others: Sequence[Run], within: float = 0.15) -> str:
    """Say how many rows have the same ratio in both runs, within a share, and name those that have not."""
    theirs = {(run.table.name, row.case, row.contestant): row.ratio for run in others for row in run.table.rows}
    compared = 0
    apart: list[str] = []
    for run in runs:
        for row in run.table.rows:
            other = theirs.get((run.table.name, row.case, row.contestant))
            if row.contestant == run.table.baseline or not row.ratio or not other:
                continue  # a baseline's ratio to itself is always the same
            compared += 1
            if abs(row.ratio / other - 1) > within:
                apart.append(f"  {run.table.name}: {row.case}, {row.contestant}: {row.ratio:.3g} and {other:.3g}")
    close = compared - len(apart)
    share = f" ({100 * close / compared:.0f} %)" if compared else ""
    return "\n".join([f"{close} of {compared} ratios{share} agree within {100 * within:.0f} %", *apart])
