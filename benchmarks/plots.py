"""Plots: what the tables say, at a glance; as SVG and PNG."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.report import text_of
from benchmarks.tables import Run, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OURS: Final = "#1f6feb"
THEIRS: Final = "#8b949e"
LIMITS: Final = "#2da44e"


def colour(contestant: str) -> str:
    """Give ours one colour, everybody else another, and what nobody can go below a third."""
    if contestant.startswith("dynmodels"):
        return OURS
    return LIMITS if contestant.startswith(("written", "AST-free", "import", "python")) else THEIRS


def draw(run: Run, folder: Path) -> list[Path]:
    """Draw what a table has a plot for, and give the files."""
    plot = PLOTS.get(run.table.name)
    if plot is None or not any(row.values for row in run.table.rows):
        return []
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams.update(
        {"svg.hashsalt": "dynmodels", "font.size": 10, "axes.spines.top": False, "axes.spines.right": False}
    )
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
    figure.get_layout_engine().set(rect=(0, 0.03, 1, 0.97))  # type: ignore[union-attr, call-arg]  # the line below
    plot(run.table, axes)
    versions = ", ".join(
        f"{name} {run.environment[name]}" for name in ("python", "pydantic", "datamodel-code-generator")
    )
    figure.text(0.995, 0.005, versions, ha="right", va="bottom", fontsize=6, color=THEIRS)
    files = [folder / f"{run.table.name}.{kind}" for kind in ("svg", "png")]
    for file in files:
        figure.savefig(file, dpi=144, metadata={"Date": None} if file.suffix == ".svg" else None)
    plt.close(figure)
    return files


def _bars(table: Table, axes: Axes, case: str) -> None:
    rows = [row for row in table.rows if row.case == case and row.values]
    rows.sort(key=lambda row: row.median)
    names = [row.contestant for row in rows]
    medians = [row.median for row in rows]
    spreads = [
        [row.median - row.spread[0] for row in rows],
        [row.spread[1] - row.median for row in rows],
    ]
    bars = axes.barh(names, medians, xerr=spreads, color=[colour(name) for name in names], ecolor="#57606a")
    axes.bar_label(bars, [text_of(row.median, row.unit) for row in rows], padding=6)
    axes.margins(x=0.15)
    axes.invert_yaxis()
    axes.set_title(f"{table.title} ({case})")


def _startup(table: Table, axes: Axes) -> None:
    _bars(table, axes, "MCP tool")
    axes.set_xlabel("seconds")


def _many(table: Table, axes: Axes) -> None:
    _bars(table, axes, table.cases[0])
    axes.set_xlabel("seconds")


def _size(table: Table, axes: Axes) -> None:
    for name in table.contestants:
        points = [
            (int(row.case.split()[0].replace(",", "")), row.median)
            for row in table.rows
            if row.contestant == name and row.values and row.case.endswith("classes")
        ]
        exponent = table.row("exponent", name)
        label = f"{name}, exponent {exponent.median:.2f}" if exponent else name
        if points:
            axes.plot(
                *zip(*points, strict=True), marker="o", label=label, linewidth=2.5 if colour(name) == OURS else 1.2
            )
    axes.set(xscale="log", yscale="log", xlabel="classes", ylabel="seconds", title=table.title)
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend(fontsize=8)


def _growth(table: Table, axes: Axes) -> None:
    for name in table.contestants:
        points = [
            (int(row.case.replace(",", "")), row.median)
            for row in table.rows
            if row.contestant == name and row.case.replace(",", "").isdigit()
        ]
        exponent = table.row("exponent", name)
        if exponent is None:
            continue  # nothing that counts
        width, shade = (2.5, OURS) if name == table.contestants[-1] else (1.2, None)
        label = f"{name}, exponent {exponent.median:.2f}"
        axes.plot(*zip(*points, strict=True), marker="o", label=label, linewidth=width, color=shade)
    axes.set(xscale="log", yscale="log", xlabel="components", ylabel="seconds", title=table.title)
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend(fontsize=8)


def _portions(table: Table, axes: Axes) -> None:
    rows = [row for row in table.rows if row.values]
    labels = [f"{row.case}{row.contestant.rpartition(',')[2] if 'random' in row.case else ''}" for row in rows]
    medians = [row.median for row in rows]
    bars = axes.barh(labels, medians, color=[THEIRS if row.contestant == table.baseline else OURS for row in rows])
    axes.bar_label(bars, [text_of(row.median, row.unit) for row in rows], padding=6)
    axes.margins(x=0.3)
    axes.invert_yaxis()
    axes.set(xscale="log", xlabel="seconds", title=table.title)


def _stages(table: Table, axes: Axes) -> None:
    stages = [name for name in table.contestants if name != "whole"]
    cases = table.cases
    lefts = [0.0] * len(cases)
    for stage in stages:
        rows = [table.row(case, stage) for case in cases]
        shares = [100 * (row.ratio or 0.0) if row else 0.0 for row in rows]
        axes.barh(cases, shares, left=lefts, label=stage)
        lefts = [left + share for left, share in zip(lefts, shares, strict=True)]
    axes.invert_yaxis()
    axes.set(xlabel="% of a cold build", title=table.title)
    axes.legend(ncols=5, fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.14))


def _scatter(table: Table, axes: Axes) -> None:
    points = [
        (1000 * time.median, 100 * right.median, name)
        for name in table.contestants
        if (right := table.row("every instance right", name)) and (time := table.row("build time", name))
    ]
    for number, (x, y, name) in enumerate(sorted(points)):
        axes.scatter(x, y, s=90, color=colour(name))
        above = number % 2 == 0  # neighbours would overlap
        axes.annotate(
            name, (x, y), xytext=(0, 10 if above else -18), textcoords="offset points", ha="center", fontsize=8
        )
    axes.set(
        xscale="log",
        xlabel="build time, median, ms (faster to the left)",
        ylabel="% of schemas with every instance judged right",
        title=table.title,
        ylim=(0, 105),
    )
    axes.margins(x=0.25)
    axes.grid(visible=True, alpha=0.3)


def _beside_written(table: Table, axes: Axes) -> None:
    ours = [row for row in table.rows if row.ratio is not None and row.contestant != table.baseline]
    bars = axes.barh([row.case for row in ours], [row.ratio or 0.0 for row in ours], color=OURS)
    axes.bar_label(bars, [f"{row.ratio:.2f}x, {text_of(row.median, row.unit)}" for row in ours], padding=6)
    axes.axvline(1, color=LIMITS, label=table.baseline)
    axes.margins(x=0.3)
    axes.invert_yaxis()
    axes.set(xlabel=f"times what {table.baseline} takes", title=table.title)
    axes.legend(fontsize=8, loc="lower right")


PLOTS: Final[dict[str, Callable[[Table, Axes], None]]] = {
    "fresh": _startup,
    "many": _many,
    "size": _size,
    "growth": _growth,
    "growth-portion": _growth,
    "portions": _portions,
    "stages": _stages,
    "fidelity": _scatter,
    "pickling": _beside_written,
}
