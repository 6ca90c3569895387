"""Score the contestants: ``python -m benchmarks.fidelity [--every N]``."""

from __future__ import annotations

import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

try:
    import click
    from rich.console import Console
except ModuleNotFoundError as error:
    sys.exit(f"{error.name} is not installed: pip install 'dynmodels[benchmarks,exact]'")

from benchmarks.documents import MASKBENCH
from benchmarks.fidelity.corpora import SUITE, Case, real_cases, remotes, suite_cases
from benchmarks.fidelity.heatmap import draw
from benchmarks.fidelity.judges import CONTESTANTS, EXACT, YARDSTICK, NotAvailableError
from benchmarks.fidelity.outcomes import Outcome
from benchmarks.fidelity.report import SOURCES, conformance, details, runs
from benchmarks.fidelity.results import Entry, Results, from_json, to_json
from benchmarks.fidelity.scores import Failure, failures, score, total
from benchmarks.fidelity.trial import judge_all
from benchmarks.report import for_terminal
from benchmarks.run import environment

ROOT: Final = Path(__file__).parents[2]
RESULTS: Final = ROOT / "benchmarks" / "results" / "fidelity"
PASSING: Final = ROOT / "build" / "fidelity"

#: Cases that one process judges, before another follows.
SHARE: Final = 150

Outcomes = dict[str, list[Outcome]]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", metavar="[CONTESTANT]...", nargs=-1, type=click.Choice(list(CONTESTANTS)))
@click.option("--every", type=click.IntRange(min=1), default=1, help="Take one case in so many. Default: all.")
@click.option("--jobs", type=click.IntRange(min=1), default=os.cpu_count() or 1, help="Processes at a time.")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the results. Default: benchmarks/results/fidelity for a full run, else build/fidelity.",
)
@click.option("--report", "only_report", is_flag=True, help="Judge nothing: write the tables of the results anew.")
def main(names: tuple[str, ...], every: int, jobs: int, output: Path | None, only_report: bool) -> None:
    """Score who judges as JSON Schema says: real schemas, and the official test suite by draft and keyword file.

    Prints the summaries, and writes data (JSON), tables and failures (Markdown) and heat maps (SVG, PNG).
    """
    console = Console()
    if not console.is_terminal:
        console = Console(width=160)  # a log has no width; 80 would cut the tables
    if find_spec("matplotlib") is None:
        sys.exit("matplotlib is not installed: pip install 'dynmodels[benchmarks,exact]'")
    folder = output or (PASSING if (every > 1 or names) and not only_report else RESULTS)
    if only_report:
        results = from_json((folder / "data.json").read_text())
    else:
        cases, remote = _corpora(console)
        if not cases:
            return
        results = _measure(names or tuple(CONTESTANTS), cases[::every], remote, every, jobs, console)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data.json").write_text(to_json(results))
    (folder / "conformance.md").write_text(conformance(results, draw(results, folder)))
    (folder / "failures.md").write_text(details(results))
    for run in runs(results):
        if run.table.name == SOURCES:
            continue  # too wide for a terminal
        console.print(for_terminal(run))
    console.print(f"data.json, conformance.md, failures.md and heat maps are in {folder}.")


def _corpora(console: Console) -> tuple[list[Case], dict[str, Any]]:
    cases: list[Case] = []
    remote: dict[str, Any] = {}
    for path in (MASKBENCH, SUITE):
        if not path.is_file():
            console.print(f"No corpus: {path.name} is left out; DYNMODELS_CORPUS names the folder that holds it.")
    if MASKBENCH.is_file():
        cases += real_cases()
    if SUITE.is_file():
        cases += suite_cases()
        remote = remotes()
    return cases, remote


def _measure(
    names: Sequence[str], cases: Sequence[Case], remote: dict[str, Any], every: int, jobs: int, console: Console
) -> Results:
    started = time.perf_counter()
    outcomes, absent = _judge(names, cases, remote, jobs, console)
    yardstick = outcomes.get(YARDSTICK)
    entries = tuple(entry for name in outcomes for entry in _entries(name, cases, outcomes[name], yardstick))
    listed = tuple(failure for name in (EXACT, YARDSTICK) for failure in _failures(name, cases, outcomes))
    return Results(_environment(), every, round(time.perf_counter() - started, 1), entries, listed, absent)


def _judge(
    names: Sequence[str], cases: Sequence[Case], remote: dict[str, Any], jobs: int, console: Console
) -> tuple[Outcomes, dict[str, str]]:
    """Let every contestant judge every case; several processes at a time."""
    absent: dict[str, str] = {}
    parts: dict[str, dict[int, list[Outcome]]] = {name: {} for name in names}
    with console.status("starting") as status, ThreadPoolExecutor(jobs) as pool:
        waiting = {
            pool.submit(judge_all, name, cases[first : first + SHARE], remote): (name, first)
            for name in names
            for first in range(0, len(cases), SHARE)
        }
        for number, done in enumerate(as_completed(waiting), 1):
            name, first = waiting[done]
            try:
                parts[name][first] = done.result()
            except NotAvailableError as error:
                absent[name] = str(error)
            status.update(f"{number} of {len(waiting)} shares, {name}")
    joined = {
        name: [outcome for _, share in sorted(shares.items()) for outcome in share]
        for name, shares in parts.items()
        if name not in absent
    }
    return joined, absent


def _entries(
    name: str, cases: Sequence[Case], outcomes: Sequence[Outcome], yardstick: Sequence[Outcome] | None
) -> Iterator[Entry]:
    scores = defaultdict(list)
    for number, (case, outcome) in enumerate(zip(cases, outcomes, strict=True)):
        measure = yardstick[number] if yardstick is not None else None
        scores[case.group, case.part, case.file].append(score(case, outcome, measure))
    for (group, part, file), those in scores.items():
        yield Entry(name, group, part, file, total(those))


def _failures(name: str, cases: Sequence[Case], outcomes: Outcomes) -> Iterable[Failure]:
    """Give the failures of a contestant; those of the yardstick's own cannot be of what it judges right."""
    if name not in outcomes:
        return
    yardstick = outcomes.get(YARDSTICK) if name != YARDSTICK else None
    for number, (case, outcome) in enumerate(zip(cases, outcomes[name], strict=True)):
        yield from failures(name, case, outcome, None if yardstick is None else yardstick[number])


def _environment() -> dict[str, str]:
    """Say what the figures depend on: no clock does."""
    described = {
        name: version for name, version in environment().items() if name not in {"clock", "garbage collection"}
    }
    try:
        described["jsonschema-rs"] = metadata.version("jsonschema-rs")
    except metadata.PackageNotFoundError:
        described["jsonschema-rs"] = "not installed"
    return described


if __name__ == "__main__":
    main()
