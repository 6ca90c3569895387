"""Heat maps: the share of instances judged right, at a glance; as SVG and PNG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.fidelity.corpora import OPTIONAL, REAL, REQUIRED
from benchmarks.fidelity.results import Results, of_file, of_group
from benchmarks.fidelity.scores import Score

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: From red (none) by yellow to blue (all): told apart by people who see no green, too.
COLOURS: Final = "RdYlBu"
#: Inches that a line and a column take.
LINE: Final = 0.2
COLUMN: Final = 0.42

#: Lines of a map: what each is called, and the scores of the contestants.
Lines = Sequence[tuple[str, Sequence[Score]]]


def draw(results: Results, folder: Path) -> dict[str, str]:
    """Draw an overview and a map for each draft; give the names of the SVG files by what they show."""
    if not results.entries:
        return {}
    panels = {"overview": {"": _overview(results)}}
    for draft in results.drafts:
        panels[draft] = {part: _files(results, draft, part) for part in (REQUIRED, OPTIONAL)}
    titles = {name: f"{name}: instances judged right, %" for name in panels}
    titles["overview"] = "Instances judged right, %"
    return {name: _draw(name, titles[name], those, results, folder) for name, those in panels.items()}


def _overview(results: Results) -> Lines:
    groups = [("real schemas", of_group(REAL))] if results.has_real else []
    groups += [(f"{draft}, {part}", of_group(draft, part)) for part in (REQUIRED, OPTIONAL) for draft in results.drafts]
    return [(name, [results.score(each, chosen) for each in results.contestants]) for name, chosen in groups]


def _files(results: Results, draft: str, part: str) -> Lines:
    return [
        (file, [results.score(each, of_file(draft, part, file)) for each in results.contestants])
        for file in results.files(draft, part)
    ]


def _draw(name: str, title: str, panels: dict[str, Lines], results: Results, folder: Path) -> str:
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams.update({"svg.hashsalt": "dynmodels", "font.size": 8})
    from matplotlib import pyplot as plt

    shown = {part: lines for part, lines in panels.items() if lines}
    most = max(map(len, shown.values()))
    height = LINE * most + 2.2
    width = (COLUMN * len(results.contestants) + 1.8) * len(shown)
    figure, grid = plt.subplots(1, len(shown), figsize=(max(width, 5.5), height), layout="constrained", squeeze=False)
    for axes, (part, lines) in zip(grid[0], shown.items(), strict=True):
        _panel(axes, part, lines, results.contestants)
        axes.set_ylim(most - 0.5, -0.5)  # lines of one height in all panels
    figure.suptitle(title)
    _versions(figure, results)
    for kind in ("svg", "png"):
        metadata = {"Date": None} if kind == "svg" else None
        figure.savefig(folder / f"{name}.{kind}", dpi=144, metadata=metadata)
    plt.close(figure)
    return f"{name}.svg"


def _panel(axes: Axes, title: str, lines: Lines, contestants: Sequence[str]) -> None:
    shares = [[score.right / score.tests if score.tests else float("nan") for score in scores] for _, scores in lines]
    axes.imshow(shares, cmap=COLOURS, vmin=0.0, vmax=1.0, aspect="auto")
    axes.set_yticks(range(len(lines)), [name for name, _ in lines])
    axes.set_xticks(range(len(contestants)), contestants, rotation=40, ha="left", rotation_mode="anchor")
    axes.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False, length=0)
    for row, line in enumerate(shares):
        for column, share in enumerate(line):
            if share == share:  # a number
                colour = "white" if share < 0.15 or share > 0.85 else "black"
                text = f"{int(100 * share)}"  # 100 is all of them
                axes.text(column, row, text, ha="center", va="center", fontsize=7, color=colour)
    axes.spines[:].set_visible(False)
    axes.set_title(title, loc="left")


def _versions(figure: Figure, results: Results) -> None:
    names = ("python", "pydantic", "datamodel-code-generator", "jsonschema-rs")
    text = ", ".join(f"{name} {results.environment[name]}" for name in names if name in results.environment)
    figure.supxlabel(text, fontsize=6, color="#8b949e", x=0.99, ha="right")
