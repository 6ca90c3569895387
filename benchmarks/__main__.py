"""Run benchmarks: ``python -m benchmarks [SCENARIO...] [--quick]``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

try:
    import click
    import matplotlib as mpl  # noqa: F401 (found missing now rather than after half an hour)
    from rich.console import Console
except ModuleNotFoundError as error:
    sys.exit(f"{error.name} is not installed: pip install 'dynmodels[benchmarks]'")

from benchmarks.compare import agreement
from benchmarks.plots import draw
from benchmarks.report import for_terminal, markdown
from benchmarks.scenarios import SCENARIOS
from benchmarks.tables import Run, from_json, read, to_json

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
PASSING = ROOT / "build" / "benchmarks"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", metavar="[SCENARIO]...", nargs=-1, type=click.Choice(list(SCENARIOS)))
@click.option("--quick", is_flag=True, help="Fewer rounds and smaller documents: minutes, not half an hour.")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the results. Default: benchmarks/results for a full run, else build/benchmarks.",
)
@click.option(
    "--report", "only_report", is_flag=True, help="Measure nothing: write report and plots of the results anew."
)
@click.option(
    "--compare",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Measure nothing: say how far the ratios of the results agree with those of another folder.",
)
def main(names: tuple[str, ...], quick: bool, output: Path | None, only_report: bool, compare: Path | None) -> None:
    """Measure builds, hits, start-up, memory and validation, against what people would use instead.

    Prints a table for each scenario (all of them, if none is named), and writes results (JSON), a report (Markdown)
    and plots (SVG, PNG). Exit status 1 if a scenario failed.
    """
    console = Console()
    if not console.is_terminal:
        console = Console(width=120)  # a log has no width; 80 would cut the tables
    folder = output or (PASSING if quick or (names and not only_report) else RESULTS)
    if compare is not None:
        console.print(agreement(read(folder), read(compare)))
        return
    folder.mkdir(parents=True, exist_ok=True)
    failed = [name for name in names or SCENARIOS if not only_report and not _measure(name, quick, folder, console)]
    runs = sorted(read(folder), key=lambda run: list(SCENARIOS).index(run.table.scenario))
    plots = {run.table.name: draw(run, folder) for run in runs}
    drawn = {name: [file for file in files if file.suffix == ".svg"] for name, files in plots.items()}
    (folder / "report.md").write_text(markdown(runs, lambda table: drawn[table.name]))
    console.print(f"Results, report.md and plots are in {folder}.")
    if failed:
        console.print(f"Failed: {', '.join(failed)}.", style="red")
        sys.exit(1)


def _measure(name: str, quick: bool, folder: Path, console: Console) -> bool:
    """Run a scenario in a process of its own, so that none finds what another left behind."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.run", name, *(["--quick"] if quick else [])]
    # No store but those that a scenario names. And as without pip nobody may have compiled the packages, who starts
    # processes lets them keep their bytecode, as on most machines.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["DYNMODELS_CACHE_DIR"] = ""
    runs: list[Run] = []
    with (
        console.status(name) as status,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as worker,  # noqa: S603 (our own)
    ):
        assert worker.stdout is not None
        for line in worker.stdout:
            said = json.loads(line)
            if "run" in said:
                runs.append(from_json(said["run"]))
            else:
                status.update(f"{name}: {said['report']} ({time.perf_counter() - started:.0f} s)")
    for run in runs:
        (folder / f"{run.table.name}.json").write_text(to_json(run))
        console.print(for_terminal(run))
    return worker.returncode == 0


if __name__ == "__main__":
    main()
