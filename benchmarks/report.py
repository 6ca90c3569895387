"""Tables for people: in the terminal, and as a Markdown report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.tables import Row, Run, Table

if TYPE_CHECKING:
    from rich.table import Table as RichTable

_SECONDS = ((1.0, "s", 1.0), (1e-3, "ms", 1e3), (1e-6, "µs", 1e6), (0.0, "ns", 1e9))
_BYTES = ((1e6, "MB", 1e-6), (0.0, "kB", 1e-3))


def text_of(value: float, unit: str) -> str:
    """Write a figure with three digits that count."""
    if unit == "%":
        return f"{100 * value:.1f} %"
    if unit == "n":
        return f"{value:,.0f}"
    for least, name, factor in {"s": _SECONDS, "B": _BYTES}.get(unit, ((0.0, "", 1.0),)):
        if abs(value) >= least:
            return f"{_digits(value * factor)} {name}".strip()
    return _digits(value)


def _digits(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def ratio_of(row: Row, table: Table) -> str:
    """Write a row's ratio to the baseline; where that is a case's whole, a share."""
    if row.ratio is None:
        return ""
    return f"{100 * row.ratio:.1f} %" if table.scenario == "stages" else f"{_digits(row.ratio)}x"


def spread_of(row: Row) -> str:
    """Write how far the middle half of the rounds lies around the median."""
    low, high = row.spread
    return f"±{100 * (high - low) / 2 / row.median:.0f} %" if row.median and len(row.values) > 1 else ""


def lines_of(table: Table) -> tuple[list[str], list[list[str]]]:
    """Give a table's head and its lines, as text."""
    return _wide(table) if table.wide else _long(table)


def _long(table: Table) -> tuple[list[str], list[list[str]]]:
    lines: list[list[str]] = []
    case = ""
    for row in table.rows:
        first, case = ("" if row.case == case else row.case), row.case
        if row.not_built:
            lines.append([first, row.contestant, "not built", "", "", ""])
            continue
        figures = [text_of(row.median, row.unit), spread_of(row), str(len(row.values)), ratio_of(row, table)]
        lines.append([first, row.contestant, *figures])
    return ["", "", "median", "spread", "rounds", "ratio"], lines


def _wide(table: Table) -> tuple[list[str], list[list[str]]]:
    def cell(case: str, contestant: str) -> str:
        row = table.row(case, contestant)
        if row is None:
            return ""
        ratio = ratio_of(row, table)
        return text_of(row.median, row.unit) + (f" ({ratio})" if ratio else "")

    cases = table.cases
    lines = [[contestant, *(cell(case, contestant) for case in cases)] for contestant in table.contestants]
    return ["", *cases], lines


def remarks(run: Run) -> list[str]:
    """Say what a table compares and how to measure it again."""
    table = run.table
    said = [table.compares]
    if table.baseline:
        said.append(f"Ratios: to {table.baseline}, round by round, the median of them.")
    said += [f"{note}." for note in table.notes]
    if table.not_built:
        said.append(f"Not built: {table.not_built} of {len(table.rows)} rows.")
        said += [f"{row.case}, {row.contestant}: not built: {row.not_built}." for row in table.rows if row.not_built]
    said.append(f"Again: {run.command}")
    return said


def for_terminal(run: Run) -> RichTable:
    """Make a table for the terminal."""
    from rich import box
    from rich.table import Table as RichTable

    head, lines = lines_of(run.table)
    shown = RichTable(
        title=run.table.title, caption="\n".join(remarks(run)), box=box.SIMPLE_HEAD, caption_justify="left"
    )
    names = 1 if run.table.wide else 2
    for number, name in enumerate(head):
        shown.add_column(name, justify="left" if number < names else "right", no_wrap=True)
    for line in lines:
        shown.add_row(*line)
    return shown


def markdown(runs: Sequence[Run], plots: Callable[[Table], Iterable[Path]]) -> str:
    """Write all tables as one document, with their plots."""
    parts = ["# Benchmarks", _environment(runs)]
    for run in runs:
        parts.append(f"## {run.table.title}")
        parts += [f"![{run.table.title}]({path.name})" for path in plots(run.table)]
        parts.append(markdown_table(run.table))
        parts.append("\n".join(f"- {remark}" for remark in remarks(run)[:-1]))
        parts.append(f"Again: `{run.command}` ({run.seconds:.0f} s)")
    return "\n\n".join(part for part in parts if part) + "\n"


def markdown_table(table: Table) -> str:
    """Write a table in Markdown."""
    if not table.rows:
        return ""
    head, lines = lines_of(table)
    return markdown_grid(head, lines, names=1 if table.wide else 2)


def markdown_grid(head: Sequence[str], lines: Iterable[Sequence[str]], names: int = 1) -> str:
    """Write lines in Markdown, of which the first ``names`` columns are no figures."""
    rule = ["---" if number < names else "---:" for number in range(len(head))]
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, rule, *lines))


def _environment(runs: Sequence[Run]) -> str:
    if not runs:
        return ""
    head = "All figures of one run; `python -m benchmarks` measures them again." + (
        " A quick run: fewer rounds, smaller documents." if any(run.quick for run in runs) else ""
    )
    return "\n".join(
        [head, "", "| | |", "|---|---|", *(f"| {key} | {value} |" for key, value in runs[0].environment.items())]
    )
