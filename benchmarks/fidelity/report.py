"""Tables of the scores, for the terminal and in Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from benchmarks.fidelity.corpora import OPTIONAL, REAL, REQUIRED
from benchmarks.fidelity.judges import EXACT, YARDSTICK
from benchmarks.fidelity.results import Entry, Results, of_file, of_group, of_part
from benchmarks.fidelity.scores import Failure, Score
from benchmarks.report import markdown_grid, markdown_table, remarks, text_of
from benchmarks.tables import Row, Run, Table

_RULES: Final = (
    "Built: there is something to judge with. Right: accepts a valid instance, refuses an invalid one; what is not "
    "built, stopped or broken judges nothing right. Kept: of the valid instances, those that the object's data is "
    "equal to again. Wrong yes: accepts an invalid instance; wrong no: refuses a valid one. Shares are rounded down"
)


#: The table that is too wide but in Markdown, turned.
SOURCES: Final = "sources"


@dataclass(frozen=True)
class FidelityRun(Run):
    """A table with where it was measured."""

    @property
    def command(self) -> str:
        """What measures it again."""
        return "python -m benchmarks.fidelity"


def runs(results: Results) -> list[Run]:
    """Give the summaries: the real schemas, the suite's two parts, and the suite by draft."""
    tables: list[Table] = []
    if results.has_real:
        tables += [
            _summary(results, "real", "Real schemas", _RULES, of_group(REAL)),
            _by_source(results),
        ]
    if results.drafts:
        tables += [
            _summary(results, "required", "Official suite, required tests", _RULES, of_part(REQUIRED)),
            _summary(results, "optional", "Official suite, optional tests", _RULES, of_part(OPTIONAL)),
            _by_draft(results, REQUIRED),
            _by_draft(results, OPTIONAL),
        ]
    notes = [f"{name} took no part: {why}" for name, why in results.absent.items()]
    if results.every > 1:
        notes.append(f"a sample: one case in {results.every}")
    return [
        FidelityRun(
            Table(**{**vars(table), "notes": (*table.notes, *notes)}),
            results.environment,
            results.every > 1,
            results.seconds,
        )
        for table in tables
    ]


def _summary(results: Results, name: str, title: str, compares: str, chosen: Callable[[Entry], bool]) -> Table:
    rows: list[Row] = []
    some = Score()
    for contestant in results.contestants:
        some = score = results.score(contestant, chosen)
        figures = {
            "built": (score.built, score.schemas),
            "every instance right": (score.all_right, score.schemas),
            "instances right": (score.right, score.tests),
            f"of {YARDSTICK}'s": (score.both, score.yardstick),
            "kept": (score.kept, score.valid if contestant != YARDSTICK else 0),
        }
        counts = {"wrong yes": score.wrong_yes, "wrong no": score.wrong_no, "no verdict": score.no_verdict}
        rows += [_share(case, contestant, *counted) for case, counted in figures.items() if counted[1]]
        rows += [Row(case, contestant, (float(count),), "n") for case, count in counts.items()]
    note = f"{some.schemas:,} schemas, {some.tests:,} instances, {some.valid:,} of them valid"
    of_yardstick = f"of {YARDSTICK}'s: of the instances that {YARDSTICK} judges right, those judged right"
    return Table(name, "fidelity", title, f"{compares}.", "", tuple(rows), (note, of_yardstick), wide=True)


def _share(case: str, contestant: str, count: int, whole: int) -> Row:
    return Row(case, contestant, (rounded_down(count, whole),), "%")


def rounded_down(count: int, whole: int) -> float:
    """Give a share, so that 100.0 % is nothing less than all."""
    return 1000 * count // whole / 1000


def _by_draft(results: Results, part: str) -> Table:
    rows = [
        _share(draft, contestant, score.right, score.tests)
        for contestant in results.contestants
        for draft in results.drafts
        if (score := results.score(contestant, of_group(draft, part))).tests
    ]
    title = f"Official suite by draft, {part} tests"
    return Table(f"drafts-{part}", "fidelity", title, "Instances judged right.", "", tuple(rows), wide=True)


def _by_source(results: Results) -> Table:
    rows = [
        _share(source, contestant, score.all_right, score.schemas)
        for contestant in results.contestants
        for source in results.files(REAL, "")
        if (score := results.score(contestant, of_file(REAL, "", source))).schemas
    ]
    title = "Real schemas by where they were found"
    compares = "Schemas with every instance judged right."
    return Table(SOURCES, "fidelity", title, compares, "", tuple(rows), wide=True)


def conformance(results: Results, figures: Mapping[str, str]) -> str:
    """Write all tables as one document, with the heat maps' file names by what they show."""
    head = "One run of `python -m benchmarks.fidelity`, which measures it again."
    parts = ["# Fidelity", head, markdown_grid(("", ""), results.environment.items(), names=2)]
    parts += _images(figures, "overview", "Instances judged right, by contestant")
    for run in runs(results):
        table = markdown_table(run.table) if run.table.name != SOURCES else _sources(results)
        parts += [f"## {run.table.title}", table, "\n".join(f"- {each}" for each in remarks(run)[:-1])]
    for draft in results.drafts:
        parts.append(f"## {draft}")
        parts += _images(figures, draft, f"{draft}: instances judged right, by keyword file")
        for part in (REQUIRED, OPTIONAL):
            if results.files(draft, part):
                whole = _summary(results, f"{draft}-{part}", f"{draft}, {part}", "", of_group(draft, part))
                parts += [f"### {whole.title}", markdown_table(whole), f"- {whole.notes[0]}."]
                parts.append(_by_file(results, draft, part))
    return "\n\n".join(parts) + "\n"


def _images(figures: Mapping[str, str], name: str, title: str) -> list[str]:
    return [f"![{title}]({figures[name]})"] if name in figures else []


def _sources(results: Results) -> str:
    return _grid(results, REAL, "", "schemas", lambda score: (score.all_right, score.schemas))


def _by_file(results: Results, draft: str, part: str) -> str:
    return _grid(results, draft, part, "instances", lambda score: (score.right, score.tests))


def _grid(results: Results, group: str, part: str, what: str, counted: Callable[[Score], tuple[int, int]]) -> str:
    """Write a line for each file and a column for each contestant: there are more files than a page is wide."""
    lines: list[Sequence[str]] = []
    for file in results.files(group, part):
        pairs = [counted(results.score(each, of_file(group, part, file))) for each in results.contestants]
        lines.append([file, f"{pairs[0][1]:,}", *(text_of(rounded_down(*each), "%") for each in pairs)])
    return markdown_grid(("", what, *results.contestants), lines)


def details(results: Results) -> str:
    """List the failures, by contestant, draft and file."""
    intros = {
        EXACT: f"Of what {YARDSTICK} judges right.",
        YARDSTICK: "The yardstick's own.",
    }
    parts = ["# Failures", "One run of `python -m benchmarks.fidelity`."]
    for name, intro in intros.items():
        found = [failure for failure in results.failures if failure.contestant == name]
        if name not in results.contestants:
            continue
        parts += [f"## {name}", f"{intro} {len(found):,} in all."]
        parts += _listed(found)
    return "\n\n".join(parts) + "\n"


def _listed(found: Iterable[Failure]) -> Iterable[str]:
    for (group, part, file), those in groupby(found, lambda each: (each.group, each.part, each.file)):
        yield f"### {', '.join(filter(None, (group, part, file)))}"
        yield "\n".join(f"- {each.case}: {each.test}: {each.kind}{_code(each.cause)}" for each in those)


def _code(text: str) -> str:
    return f": `{text.replace('`', chr(39))}`" if text else ""
