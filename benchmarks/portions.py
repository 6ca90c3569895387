"""Portions: what a few classes out of a large document cost, cold and stored."""

from __future__ import annotations

import contextlib
import gc
import json
import logging
import random
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks import documents
from benchmarks.effort import NO_CORPUS, QUICK, Effort
from benchmarks.measure import process
from benchmarks.tables import Row, Table, measured

PORTION: Final = "dynmodels, portion"
WHOLE: Final = "dynmodels, whole build"

BASE: Final = "import pydantic, parse"
IMPORT: Final = "import pydantic only"
MAPPING: Final = "dynmodels, stored, parsed"
PATH: Final = "dynmodels, stored, by path"

#: Seconds that the build of one class should not take.
LONG: Final = 1.0

#: Components that are drawn at random.
DRAWN: Final = 50

_BASE: Final = "import json, sys\ndocument = json.load(open(sys.argv[1], 'rb'))\n"
_STORED: Final = """
import os, sys
os.environ['DYNMODELS_CACHE_DIR'] = sys.argv[2]
{imports}from dynmodels import generate_dynamic_models
generate_dynamic_models({document}, target_model_names=[sys.argv[3]])[sys.argv[3]]
if "datamodel_code_generator" in sys.modules:
    sys.exit("it was built anew")
"""

#: The programs; each is given the document's file, the folder of a store, and the class that is asked for.
PROGRAMS: Final = {
    BASE: f"{_BASE}import pydantic\npydantic.BaseModel\n",
    IMPORT: "import pydantic\npydantic.BaseModel\n",
    MAPPING: _BASE + _STORED.format(imports="", document="document"),
    PATH: _STORED.format(imports="from pathlib import Path\n", document="Path(sys.argv[1])"),
}


@dataclass(frozen=True)
class Subject:
    """A document of which classes are asked for.

    Attributes:
        name: What the tables call it.
        content: The document.
        chosen: JSON Pointers of those that are measured one by one.
        drawn: JSON Pointers of others, drawn at random, of which only the median and the extreme are told.
    """

    name: str
    content: dict[str, Any]
    chosen: tuple[str, ...]
    drawn: tuple[str, ...]


def portions(effort: Effort) -> list[Table]:
    """Time single classes out of a large document: built cold, and made of what is stored."""
    notes: list[str] = []
    subject = _subject(effort, notes)
    with tempfile.TemporaryDirectory() as folder:
        made = [
            cold(subject, Path(folder), effort),
            stored(subject, Path(folder), effort),
            stored_alone(subject, Path(folder), effort),
        ]
    return [Table(**{**vars(table), "notes": (*notes, *table.notes)}) for table in made]


def _subject(effort: Effort, notes: list[str]) -> Subject:
    if effort.quick or not documents.GITHUB.is_file():
        left_out = QUICK if effort.quick else NO_CORPUS + documents.GITHUB.name
        notes.append(f"GitHub 13 MB: {left_out}; instead, 60 made-up components")
        return drawn_from(documents.components(60), ("item-30", "item-34"), 5)
    names = ("full-repository", "issue", "pull-request", "simple-user")
    return drawn_from(documents.github(), names, DRAWN)


def drawn_from(document: documents.Document, names: Sequence[str], count: int) -> Subject:
    """Choose the components of these names, and draw so many; the same ones each time."""
    place = "#/components/schemas/"
    every = sorted(document.content["components"]["schemas"])
    drawn = random.Random(8).sample(every, count)  # noqa: S311 (no secrets are made here)
    return Subject(
        document.name,
        document.content,
        tuple(place + name for name in names),
        tuple(place + name for name in drawn),
    )


def cold(subject: Subject, folder: Path, effort: Effort) -> Table:
    """Time portions that are built by the generator, and then one whole build, which is left in the store."""
    _warm_up()
    chosen: dict[str, list[float]] = defaultdict(list)
    drawn: dict[str, float] = {}
    reasons: dict[str, str] = {}
    for turn in range(effort.rounds(7)):
        for target in subject.chosen:
            effort.report(f"{_short(target)}, cold, round {turn + 1}")
            seconds, why = _portion(subject, target)
            chosen[target].append(seconds)
            reasons |= {target: why} if why else {}
    for target in subject.drawn:
        effort.report(f"{_short(target)}, cold")
        drawn[target], why = _portion(subject, target)
        reasons |= {target: why} if why else {}
    effort.report("the whole document, cold")
    whole = _whole(subject, folder)
    for target in reasons:  # where the whole is needed, it was not built again and again
        if target in chosen:
            chosen[target] = [seconds + whole for seconds in chosen[target]]
        if target in drawn:
            drawn[target] += whole
    values = {_short(target): series for target, series in chosen.items()}
    rows = [Row("the document", WHOLE, (whole,), ratio=1.0)]
    rows += [
        Row(case, PORTION, tuple(series), ratio=statistics.median(series) / whole) for case, series in values.items()
    ]
    rows += [Row(_many(subject), name, (seconds,), ratio=seconds / whole) for name, seconds in _extremes(drawn).items()]
    notes = [
        f"{case}: the whole build takes {whole / min(series):.0f} times as long" for case, series in values.items()
    ]
    slowest = max(drawn, key=lambda target: drawn[target])
    above = sum(seconds > LONG for seconds in drawn.values())
    notes += [f"at random: {above} of {len(drawn)} take more than {LONG:g} s; the slowest is {_short(slowest)}"]
    took_whole = [target for target in subject.drawn if target in reasons]
    notes += [f"of {len(drawn)} drawn at random, {len(took_whole)} take the whole document, which is added to theirs"]
    notes += [f"{_short(target)} takes the whole document: {why}" for target, why in reasons.items()]
    compares = (
        f"One class of {subject.name}, asked for by its JSON Pointer, and all that it needs: in a warm process, of the "
        "parsed document, with nothing in memory and no store; beside one build of the whole, without its storing."
    )
    return Table("portions", "portions", "One class, cold", compares, WHOLE, tuple(rows), tuple(notes))


def stored(subject: Subject, folder: Path, effort: Effort) -> Table:
    """Time fresh processes that ask for one class of a document of which all is stored."""
    file = _written(subject, folder)
    store = folder / "whole"
    values = _processes(subject.chosen, file, store, tuple(PROGRAMS), effort.rounds(9), effort)
    rows = [row for target, by_name in values.items() for row in measured(_short(target), by_name, {}, BASE)]
    notes = [note for target, by_name in values.items() for note in _beyond(_short(target), by_name)]
    names = (BASE, MAPPING, PATH)
    drawn = _processes(subject.drawn, file, store, names, 1, effort, warm_up=False)
    series = {name: [by_name[name][0] for by_name in drawn.values()] for name in names}
    rows += measured(_many(subject), series, {}, BASE)
    notes += _beyond(_many(subject), series)
    compares = (
        f"A new process that asks for one class of {subject.name} by its JSON Pointer, where an earlier one has stored "
        "all of them (wall time, wait4): with the document parsed by the program, and by its path. Beside it, one that "
        "imports pydantic and parses the document, and does nothing with either."
    )
    title = "One class, fresh process, whole document stored"
    return Table("portions-stored", "portions", title, compares, BASE, tuple(rows), tuple(notes))


def stored_alone(subject: Subject, folder: Path, effort: Effort) -> Table:
    """Time fresh processes that ask for one class that an earlier one has stored by itself."""
    from dynmodels import clear_dynamic_models_cache, generate_dynamic_models

    file = _written(subject, folder)
    store = folder / "alone"
    refused: dict[str, str] = {}
    for target in subject.chosen:
        effort.report(f"{_short(target)}, to be stored")
        clear_dynamic_models_cache()
        try:
            with _no_whole():
                generate_dynamic_models(subject.content, target_model_names=[target], store=store)
                clear_dynamic_models_cache()  # so that those that they have in common are stored with each
        except _WholeError as error:
            refused[target] = str(error)
    chosen = [target for target in subject.chosen if target not in refused]
    names = (BASE, MAPPING, PATH)
    values = _processes(chosen, file, store, names, effort.rounds(9), effort)
    rows = [row for target, by_name in values.items() for row in measured(_short(target), by_name, {}, BASE)]
    rows += [Row(_short(target), MAPPING, not_built=why) for target, why in refused.items()]
    notes = [note for target, by_name in values.items() for note in _beyond(_short(target), by_name)]
    compares = (
        "The same, where an earlier process has asked for the same class, so that only this is stored, and for three "
        "others likewise; the document as a whole never was."
    )
    title = "One class, fresh process, stored by itself"
    return Table("portions-alone", "portions", title, compares, BASE, tuple(rows), tuple(notes))


def _warm_up() -> None:
    """Import what builds need, and let pydantic and the generator fill what they keep for good."""
    from dynmodels import generate_dynamic_models

    for target in (None, [documents.middle(10)]):
        generate_dynamic_models(documents.components(10).content, target_model_names=target, cache_size=0, store=False)


def _portion(subject: Subject, target: str) -> tuple[float, str | None]:
    """Build one class with all that it needs.

    Returns:
        Seconds, and why all of the document is needed: then the seconds are what it took to find that out.
    """
    from dynmodels import clear_dynamic_models_cache, generate_dynamic_models

    clear_dynamic_models_cache()
    gc.collect()
    started = time.perf_counter()
    try:
        with _no_whole():
            models = generate_dynamic_models(subject.content, target_model_names=[target], store=False)
    except _WholeError as error:
        return time.perf_counter() - started, str(error)
    seconds = time.perf_counter() - started
    if not {"prune", "render"} <= set(models.timings):
        raise RuntimeError(f"{target} was not built alone: {', '.join(models.timings)}")
    return seconds, None


def _whole(subject: Subject, folder: Path) -> float:
    from dynmodels import clear_dynamic_models_cache, generate_dynamic_models

    clear_dynamic_models_cache()
    gc.collect()
    started = time.perf_counter()
    models = generate_dynamic_models(subject.content, store=folder / "whole")
    seconds = time.perf_counter() - started - models.timings["store"]
    clear_dynamic_models_cache()
    return seconds


class _WholeError(Exception):
    """Some classes cannot be built alone; the message says why."""


class _Refusing(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        if isinstance(record.args, tuple) and record.msg.startswith("all classes of"):
            raise _WholeError(str(record.args[-1]))


@contextlib.contextmanager
def _no_whole() -> Iterator[None]:
    """Stop a build that says in the log that it is going to be one of all classes.

    Raises:
        _WholeError: It was.
    """
    logger = logging.getLogger("dynmodels")
    handler, level = _Refusing(), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)


def _written(subject: Subject, folder: Path) -> Path:
    file = folder / "document.json"
    if not file.exists():
        file.write_text(json.dumps(subject.content))
    return file


def _processes(
    targets: Sequence[str],
    file: Path,
    store: Path,
    names: Sequence[str],
    rounds: int,
    effort: Effort,
    *,
    warm_up: bool = True,
) -> Mapping[str, Mapping[str, list[float]]]:
    """Give the seconds of processes by target and program, in turn."""
    spent: dict[str, dict[str, list[float]]] = {target: {name: [] for name in names} for target in targets}
    for turn in range(-1 if warm_up else 0, rounds):
        for target in targets:
            effort.report(f"{_short(target)}, {store.name} stored, round {turn + 1}")
            for name in names:
                took = process(["-c", PROGRAMS[name], str(file), str(store), target], file.parent)
                if turn >= 0:
                    spent[target][name].append(took.wall)
    return spent


def _beyond(case: str, values: Mapping[str, Sequence[float]]) -> list[str]:
    """Say what ours take beyond what a program takes that needs no classes."""
    notes: list[str] = []
    for name in (MAPPING, PATH):
        differences = [own - base for own, base in zip(values[name], values[BASE], strict=True)]
        notes.append(
            f"{case}, {name}: {statistics.median(differences):+.3f} s beside {BASE}, the median of the differences; "
            f"at most {max(differences):+.3f} s"
        )
    return notes


def _short(target: str) -> str:
    return target.rpartition("/")[2]


def _many(subject: Subject) -> str:
    return f"{len(subject.drawn)} at random"


def _extremes(seconds: Mapping[str, float]) -> dict[str, float]:
    return {f"{PORTION}, median": statistics.median(seconds.values()), f"{PORTION}, slowest": max(seconds.values())}
