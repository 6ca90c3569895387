"""The scenarios: each measures one thing that users wait for, and gives tables."""

from __future__ import annotations

import gc
import json
import math
import multiprocessing
import os
import statistics
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from benchmarks import contestants, documents
from benchmarks.contestants import Build, Contestant, NotBuiltError
from benchmarks.documents import Document
from benchmarks.effort import NO_CORPUS, QUICK, Effort, Scenario
from benchmarks.growth import exponent, growth
from benchmarks.hosts import many
from benchmarks.measure import Call, ProcessError, TooSlowError, in_turn, limited, process, reason
from benchmarks.pickled import pickling
from benchmarks.portions import portions
from benchmarks.programs import PROGRAMS, WARM
from benchmarks.tables import Row, Table, in_order, measured

#: Seconds after which a contestant is stopped, on one schema of the corpus.
LIMIT: Final = 10.0


def _documents(effort: Effort, notes: list[str]) -> Iterable[tuple[Document, int]]:
    """Give the four documents of several scenarios, each with the rounds that a full run times it."""
    yield documents.lamp(), effort.rounds(40)
    yield documents.tool(), effort.rounds(40)
    if not documents.MASKBENCH.is_file():
        notes.append(f"100 kB schema: {NO_CORPUS}{documents.MASKBENCH.name}")
    else:
        yield documents.large(), 2 if effort.quick else 7
    if effort.quick:
        notes.append(f"GitHub 13 MB: {QUICK}")
    elif not documents.GITHUB.is_file():
        notes.append(f"GitHub 13 MB: {NO_CORPUS}{documents.GITHUB.name}")
    else:
        yield documents.github(), 2


def _prepared(those: Iterable[Contestant], document: Document) -> tuple[dict[str, Call], dict[str, str]]:
    calls: dict[str, Call] = {}
    refused: dict[str, str] = {}
    for contestant in those:
        try:
            calls[contestant.name] = contestants.prepare(contestant, document)
        except NotBuiltError as error:
            refused[contestant.name] = str(error)
        except Exception as error:  # noqa: BLE001 (whatever it raises, it does not take part)
            refused[contestant.name] = reason(error)
    return calls, refused


def _compare(
    case: str,
    those: Sequence[Contestant],
    document: Document,
    rounds: int,
    baseline: Contestant,
    *,
    warm_up: bool = True,
) -> list[Row]:
    calls, refused = _prepared(those, document)
    values, failed = in_turn(calls, rounds, warm_up=warm_up)
    rows = measured(case, values, {**refused, **failed}, baseline.name)
    return in_order(rows, [contestant.name for contestant in those])


def cold(effort: Effort) -> list[Table]:
    """Time builds of documents that no cache knows, in a process that has imported everything."""
    notes: list[str] = []
    rows: list[Row] = []
    for document, rounds in _documents(effort, notes):
        effort.report(document.name)
        warm_up = not document.is_openapi  # half a minute each: the documents before have warmed everything up
        # To be stored, the large one would have to be built once more; "fresh" has it.
        those = [each for each in contestants.ALL if each is not contestants.STORED or not document.is_openapi]
        rows += _compare(document.name, those, document, rounds, contestants.COLD, warm_up=warm_up)
    compares = (
        "One build of a document that was never seen, in a warm process, from the parsed document to usable classes. "
        "AST-free replay is given every name, type and default: it is a floor, not a tool."
    )
    title = "Cold build in a warm process"
    return [Table("cold", "cold", title, compares, contestants.COLD.name, tuple(rows), tuple(notes))]


def hit(effort: Effort) -> list[Table]:
    """Time asking again for a document whose classes are in memory."""
    notes: list[str] = []
    rows: list[Row] = []
    those = (contestants.HIT, contestants.PLAIN_HIT, *contestants.LIBRARIES)
    for document, _ in _documents(effort, notes):
        effort.report(document.name)
        rows += _compare(document.name, those, document, effort.rounds(25), contestants.HIT)
    compares = "The same call again. The libraries keep nothing: they build anew."
    return [Table("hit", "hit", "Hit in memory", compares, contestants.HIT.name, tuple(rows), tuple(notes))]


def fresh(effort: Effort) -> list[Table]:
    """Time whole processes, from start to the first validated object."""
    wall: list[Row] = []
    peak: list[Row] = []
    notes: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for start in _starts(effort, Path(folder), notes):
            _time_starts(start, Path(folder), effort, wall, peak)
    compares = (
        "A new process that makes the classes of a schema's file and validates one instance, as the operating system "
        "accounts for it (wait4): {}, against one that imports the classes as a person wrote them. Stored: an earlier "
        "process has built the same document; parsed: the document is a dict, which the program has parsed itself; by "
        "name: the stored module is imported by its digest, so that the document is not even read."
    )
    title = "Fresh process to first validated object: "
    base, said = contestants.WRITTEN.name, tuple(notes)
    return [
        Table("fresh", "fresh", f"{title}wall time", compares.format("wall time"), base, tuple(wall), said),
        Table("fresh-memory", "fresh", f"{title}peak memory", compares.format("peak memory"), base, tuple(peak), said),
    ]


@dataclass(frozen=True)
class _Start:
    """One case of fresh processes: what the programs are given, and who takes part."""

    case: str
    arguments: tuple[str, ...]
    names: tuple[str, ...]
    rounds: int


def _starts(effort: Effort, folder: Path, notes: list[str]) -> Iterable[_Start]:
    from dynmodels import generate_dynamic_models

    for document in (documents.tool(),) if effort.quick else (documents.lamp(), documents.tool()):
        assert document.written is not None
        bytecode = contestants.compiled(document.written)
        yield _start(document, str(document.root), bytecode, folder, tuple(PROGRAMS), effort.rounds(25))
    if effort.quick or not documents.GITHUB.is_file():
        notes.append(f"GitHub 13 MB: {QUICK if effort.quick else NO_CORPUS + documents.GITHUB.name}")
        return
    effort.report("building GitHub's description, to be stored")
    document = documents.github()
    file = folder / "github.json"
    file.write_text(json.dumps(document.content))
    described = replace(document, file=file, instance=documents.GITHUB_INSTANCE)
    source = folder / "github.py"
    source.write_text(generate_dynamic_models(document.content, store=folder / "store").source)
    bytecode = contestants.compiled(source)
    yield _start(described, documents.GITHUB_CLASS, bytecode, folder, WARM, effort.rounds(5))


def _start(document: Document, root: str, bytecode: Path, folder: Path, names: tuple[str, ...], rounds: int) -> _Start:
    from dynmodels import generate_dynamic_models

    digest = generate_dynamic_models(document.content, store=folder / "store").digest
    given = str(document.file), str(document.instance), root, str(bytecode), str(folder / "store"), digest
    return _Start(document.name, given, names, rounds)


def _time_starts(start: _Start, folder: Path, effort: Effort, wall: list[Row], peak: list[Row]) -> None:
    spent: dict[str, list[Any]] = defaultdict(list)
    refused: dict[str, str] = {}
    for turn in range(-1, start.rounds):
        effort.report(f"{start.case}, round {turn + 1}")
        for name in start.names:
            if name in refused:
                continue
            try:
                took = process(["-c", PROGRAMS[name], *start.arguments], folder)
            except ProcessError as error:
                refused[name] = str(error)[:100]
            else:
                if turn >= 0:
                    spent[name].append(took)
    walls = {name: [took.wall for took in series] for name, series in spent.items()}
    peaks = {name: [float(took.peak) for took in series] for name, series in spent.items()}
    wall += in_order(measured(start.case, walls, refused, contestants.WRITTEN.name), start.names)
    peak += in_order(measured(start.case, peaks, refused, contestants.WRITTEN.name, "B"), start.names)


def tools(effort: Effort) -> list[Table]:
    """Time five hundred tool schemas in a row, as a tool host builds them when it starts."""
    count = 50 if effort.quick else 500
    title = "Tool schemas in a row"
    compares = (
        f"{count} real tool schemas, one after the other in one process, all classes kept: seconds for each schema "
        "that a contestant builds."
    )
    if not documents.MASKBENCH.is_file():
        note = f"{NO_CORPUS}{documents.MASKBENCH.name}"
        return [Table("tools", "tools", title, compares, contestants.COLD.name, (), (note,))]
    builds: dict[str, list[Build]] = {}
    schemas = documents.tools(count)
    for contestant in contestants.ALL:
        effort.report(f"preparing {contestant.name}")
        builds[contestant.name] = list(_working(contestant, schemas))
    notes = ["built: " + ", ".join(f"{name} {len(those)} of {count}" for name, those in builds.items())]
    per_schema: dict[str, list[float]] = defaultdict(list)
    for turn in range(effort.rounds(4)):
        for name, those in builds.items():
            effort.report(f"round {turn + 1}, {name}")
            gc.collect()
            started = time.perf_counter()
            kept = [build(turn + 2) for build in those]
            per_schema[name].append((time.perf_counter() - started) / len(kept))
            del kept
    rows = measured(f"{count} schemas, each", per_schema, {}, contestants.COLD.name)
    return [Table("tools", "tools", title, compares, contestants.COLD.name, tuple(rows), tuple(notes))]


def _working(contestant: Contestant, schemas: Iterable[Document]) -> Iterable[Build]:
    """Give the builds that work, each called once as warm-up."""
    for document in schemas:
        try:
            build = contestants.prepare(contestant, document)
            build(1)
        except Exception:  # noqa: BLE001, S112 (whatever it raises, it does not build this one; it is counted)
            continue
        yield build


def beside(effort: Effort) -> list[Table]:
    """Time hits while another thread builds a large document."""
    from datamodel_code_generator import generate_dynamic_models as generators_own

    from dynmodels import generate_dynamic_models

    large, held = documents.catalogue(200 if effort.quick else 1_000), documents.order()
    large_options = contestants.generators_options(large, formatters=False)
    held_options = contestants.generators_options(held, formatters=False)
    makers: dict[str, tuple[Callable[[int], object], Callable[[], object]]] = {
        contestants.HIT.name: (
            lambda number: generate_dynamic_models(large.variant(number)),
            lambda: generate_dynamic_models(held.content),
        ),
        contestants.PLAIN_HIT.name: (
            lambda number: generators_own(large.variant(number), **large_options),
            lambda: generators_own(held.content, **held_options),
        ),
    }
    cases: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    counted: dict[str, int] = defaultdict(int)
    for turn in range(-1, 3 if effort.quick else 5):
        for name, (build, ask) in makers.items():
            effort.report(f"round {turn + 1}, {name}")
            ask()
            waits = _waits(lambda build=build, turn=turn: build(turn), ask)  # type: ignore[misc]  # bound at once
            if turn < 0:
                continue
            counted[name] += len(waits)
            cases["p50"][name].append(statistics.median(waits))
            cases["p99"][name].append(waits[math.ceil(0.99 * len(waits)) - 1])
            cases["max"][name].append(waits[-1])
    rows = [row for case, values in cases.items() for row in measured(case, values, {}, contestants.HIT.name)]
    compares = (
        f"How long a call for a small document in memory (an order, seven classes) takes while another thread builds "
        f"{large.name}; asked every millisecond, waits for the interpreter's lock included."
    )
    notes = [f"{name}: {count:,} calls" for name, count in counted.items()]
    title = "Hits while another thread builds"
    return [Table("beside", "beside", title, compares, contestants.HIT.name, tuple(rows), tuple(notes), wide=True)]


def _waits(build: Callable[[], object], ask: Callable[[], object]) -> list[float]:
    gc.collect()
    builder = threading.Thread(target=build)
    waits: list[float] = []
    builder.start()
    while builder.is_alive():
        started = time.perf_counter()
        ask()
        waits.append(time.perf_counter() - started)
        time.sleep(0.001)
    builder.join()
    return sorted(waits)


def threads(effort: Effort) -> list[Table]:
    """Time several threads that build distinct documents, and several that hit."""
    builders = (contestants.COLD, contestants.PLAIN, contestants.LIBRARIES[0])
    hitters = (contestants.HIT, contestants.PLAIN_HIT)
    compares = (
        "Seconds for one of {:,} {}, shared out among threads. Python runs one thread at a time: what matters is that "
        "more threads cost no more."
    )
    tables: list[Table] = []
    for name, title, those, count, what in (
        ("threads", "Threads that build", builders, 32, "builds of tool schemas that no cache knows"),
        ("threads-hits", "Threads that hit", hitters, 3_200, "hits of a tool schema"),
    ):
        rows: list[Row] = []
        for workers in (1, 4, 16) if effort.quick else (1, 2, 4, 8, 16):
            effort.report(f"{title}: {workers}")
            rows += _shared_out(those, workers, count, effort.rounds(15))
        tables.append(Table(name, "threads", title, compares.format(count, what), those[0].name, tuple(rows)))
    return tables


def _shared_out(those: Sequence[Contestant], workers: int, count: int, rounds: int) -> list[Row]:
    """Time calls that several threads make, each a share of them."""
    prepared, refused = _prepared(those, documents.tool())

    def call_of(build: Build, pool: ThreadPoolExecutor) -> Call:
        def share(numbers: Iterable[int]) -> None:
            for number in numbers:
                build(number)

        def call(number: int) -> None:
            first, last = number * count, (number + 1) * count
            list(pool.map(share, [range(first + worker, last, workers) for worker in range(workers)]))

        return call

    with ThreadPoolExecutor(workers) as pool:
        values, failed = in_turn({name: call_of(build, pool) for name, build in prepared.items()}, rounds)
    each = {name: [seconds / count for seconds in series] for name, series in values.items()}
    return measured(f"{workers} thread{'s' * (workers > 1)}", each, {**refused, **failed}, those[0].name)


def size(effort: Effort) -> list[Table]:
    """Time builds of ever more classes of one shape."""
    rounds = {10: 15, 30: 9, 100: 7, 200: 5} if effort.quick else {10: 15, 30: 9, 100: 7, 300: 5, 1_000: 2, 3_000: 2}
    those = [contestant for contestant in contestants.ALL if contestant is not contestants.FORMATTED]
    names = [contestant.name for contestant in those]
    rows: list[Row] = []
    points: dict[str, list[tuple[int, float]]] = defaultdict(list)
    given_up: dict[str, str] = {}
    before = 0
    for classes, full in rounds.items():
        document = documents.catalogue(classes)
        effort.report(document.name)
        for name, measured_before in points.items():
            seconds = measured_before[-1][1]
            # Who grows with the square of the size would need minutes: its exponent is known by now.
            if name not in given_up and classes >= 300 and seconds * (classes / before) ** 2 > 60:
                given_up[name] = f"given up: {seconds:.1f} s with {before:,} classes"
        calls, refused = _prepared([each for each in those if each.name not in given_up], document)
        values, failed = in_turn(calls, min(full, 2) if effort.quick else full, warm_up=classes < 1_000)
        made = measured(document.name, values, {**given_up, **refused, **failed}, contestants.COLD.name)
        rows += in_order(made, names)
        for name, series in values.items():
            points[name].append((classes, statistics.median(series)))
        before = classes
    exponents = [
        Row("exponent", name, (exponent(those_points),), "")
        for name in points
        if len(those_points := [point for point in points[name] if point[0] >= 30]) > 1
    ]
    compares = (
        "One cold build of a schema whose definitions all have one shape: six fields, one of them a reference. The "
        "last rows are exponents fitted from 30 classes on: 1 is linear."
    )
    title = "Build time against size"
    return [Table("size", "size", title, compares, contestants.COLD.name, tuple(rows + exponents))]


def memory(effort: Effort) -> list[Table]:
    """Measure what each class takes as long as it is kept."""
    few, many, classes = 10, 40 if effort.quick else 90, 10
    root = Path(__file__).parents[1]
    values: dict[str, list[float]] = defaultdict(list)
    refused: dict[str, str] = {}
    for turn in range(1 if effort.quick else 3):
        for contestant in contestants.KEEPING:
            effort.report(f"round {turn + 1}, {contestant.name}")
            try:
                peaks = [
                    process(["-m", "benchmarks.retain", contestant.name, str(count), str(classes)], root).peak
                    for count in (few, many)
                ]
            except ProcessError as error:
                refused[contestant.name] = str(error)[:100]
            else:
                values[contestant.name].append((peaks[1] - peaks[0]) / (many - few) / classes)
    baseline = contestants.WRITTEN.name
    rows = in_order(
        measured("per class", values, refused, baseline, "B"), [contestant.name for contestant in contestants.KEEPING]
    )
    compares = (
        f"Peak memory (wait4) of a process that builds and keeps {many} documents of {classes} classes, less that of "
        f"one that keeps {few}, for each class more; with all that a cache keeps besides, such as source and document."
    )
    return [Table("memory", "memory", "Memory per cached class", compares, baseline, tuple(rows))]


def validation(effort: Effort) -> list[Table]:
    """Time the classes at work."""
    those = (
        contestants.COLD,
        contestants.PLAIN,
        contestants.REPLAY,
        *contestants.LIBRARIES,
        contestants.WRITTEN,
    )
    names = [contestant.name for contestant in those]
    rows: list[Row] = []
    for document in (documents.lamp(), documents.tool(), documents.order()):
        assert document.instance is not None
        text = document.instance.read_bytes()
        data = json.loads(text)
        builds, refused = _prepared(those, document)
        classes: dict[str, Any] = {}
        for name, build in builds.items():
            try:
                classes[name] = build(0)
            except Exception as error:  # noqa: BLE001 (whatever it raises, it has made no class)
                refused[name] = reason(error)
        calls: dict[str, dict[str, Call]] = {
            "python": {name: _validator(cls.model_validate, data) for name, cls in classes.items()},
            "JSON": {name: _validator(cls.model_validate_json, text) for name, cls in classes.items()},
        }
        for kind, of_kind in calls.items():
            effort.report(f"{document.name}, {kind}")
            values, failed = in_turn(of_kind, effort.rounds(25))
            case = f"{document.name}, {kind}"
            rows += in_order(measured(case, values, {**refused, **failed}, contestants.WRITTEN.name), names)
    compares = "Validating one instance, from Python objects and from JSON, with the classes that were built."
    return [Table("validation", "validation", "Validation", compares, contestants.WRITTEN.name, tuple(rows))]


def _validator(validate: Callable[[Any], object], data: Any) -> Call:
    return lambda _: validate(data)


def exact(effort: Effort) -> list[Table]:
    """Time exact classes beside plain ones: at work, and while they are built."""
    notes: list[str] = []
    rows: list[Row] = []
    for name, content, data in _with_data(notes):
        effort.report(name)
        classes = {kind: _class_of(content, exact=kind == _EXACT) for kind in (_INEXACT, _EXACT)}
        text = json.dumps(data)
        calls: dict[str, dict[str, Call]] = {
            f"{name}, from Python": {kind: _validator(cls.model_validate, data) for kind, cls in classes.items()},
            f"{name}, from JSON": {kind: _validator(cls.model_validate_json, text) for kind, cls in classes.items()},
            f"{name}, by keywords": {kind: _validator(_by_keywords(cls), data) for kind, cls in classes.items()},
            f"{name}, cold build": {kind: _builder(content, exact=kind == _EXACT) for kind in classes},
        }
        for case, of_case in calls.items():
            values, failed = in_turn(of_case, effort.rounds(25))
            rows += measured(case, values, failed, _INEXACT)
    compares = "Validating one valid instance, and building the classes in a warm process, with exact=True and without."
    return [Table("exact", "exact", "Exact classes", compares, _INEXACT, tuple(rows), tuple(notes))]


_INEXACT: Final = "dynmodels"
_EXACT: Final = "dynmodels, exact"


def _with_data(notes: list[str]) -> Iterable[tuple[str, dict[str, Any], Any]]:
    for document in (documents.tool(), documents.order()):
        assert document.instance is not None
        yield document.name, document.content, json.loads(document.instance.read_bytes())
    if documents.GITHUB.is_file():
        yield ("GitHub repository, 24 kB", *documents.repository())
    else:
        notes.append(f"GitHub repository: {NO_CORPUS}{documents.GITHUB.name}")


def _class_of(content: dict[str, Any], *, exact: bool) -> Any:
    from dynmodels import generate_dynamic_models

    models = generate_dynamic_models(content, exact=exact, store=False)
    return models.root if models.root is not None else models["FullRepository"]


def _by_keywords(cls: Any) -> Callable[[Any], object]:
    return lambda data: cls(**data)


def _builder(content: dict[str, Any], *, exact: bool) -> Call:
    from dynmodels import generate_dynamic_models

    def build(number: int) -> object:
        document = {"$comment": f"Number {number}", **content}
        return generate_dynamic_models(document, exact=exact, cache_size=0, store=False)

    return build


def stages(effort: Effort) -> list[Table]:
    """Time the stages of a cold build."""
    from dynmodels import generate_dynamic_models

    notes: list[str] = []
    rows: list[Row] = []
    for document, rounds in _documents(effort, notes):
        effort.report(document.name)
        seconds: dict[str, list[float]] = defaultdict(list)
        whole: list[float] = []
        for number in range(rounds if document.is_openapi else rounds + 1):
            gc.collect()
            started = time.perf_counter()
            timings = generate_dynamic_models(document.variant(number), cache_size=0).timings
            took = time.perf_counter() - started
            if number == 0 and not document.is_openapi:
                continue  # warm-up
            whole.append(took)
            for stage, spent in timings.items():
                seconds[stage].append(spent)
            seconds["rest"].append(took - sum(timings.values()))
        rows += measured(document.name, {**seconds, "whole": whole}, {}, "whole")
    compares = "The stages of a cold build by dynmodels; ratios are shares of the whole."
    return [Table("stages", "stages", "Stages of a build", compares, "whole", tuple(rows), tuple(notes), wide=True)]


def fidelity(effort: Effort) -> list[Table]:
    """Set side by side how many real schemas are built, how many are judged right, and how long a build takes."""
    title = "Fidelity and speed"
    those = (contestants.COLD, contestants.PLAIN, *contestants.LIBRARIES)
    base = contestants.COLD.name
    compares = (
        "Real schemas with instances whose validity is known. Built: a class was made. Right: it was made, and "
        f"accepts every valid instance and refuses every invalid one. Stopped after {LIMIT:g} s. The generator's own "
        "function does not say which class is the root: it is told."
    )
    if not documents.MASKBENCH.is_file():
        note = f"{NO_CORPUS}{documents.MASKBENCH.name}"
        return [Table("fidelity", "fidelity", title, compares, base, (), (note,), wide=True)]
    outcomes = _Outcomes([contestant.name for contestant in those])
    corpus = list(documents.real())[:: 25 if effort.quick else 1]
    for contestant in those:
        _build_once(contestant, documents.lamp())
    for number, case in enumerate(corpus):
        if number % 25 == 0:
            effort.report(f"{number:,} of {len(corpus):,} schemas")
        root = _root_name(case.schema)
        outcomes.add(those, Document(case.name, case.schema, root), case)
    unjudged = "no judgement possible here: needs os.fork" if not hasattr(os, "fork") else None
    rows: list[Row] = []
    for name in outcomes.built:
        shares = {"built": outcomes.built[name], "every instance right": outcomes.right[name]}
        rows += [
            Row(kind, name, (sum(each) / len(corpus),), "%", not_built=unjudged if kind != "built" else None)
            for kind, each in shares.items()
        ]
    times = {name: [seconds for seconds in series if seconds] for name, series in outcomes.seconds.items()}
    for name, series in times.items():
        pairs = zip(outcomes.seconds[name], outcomes.seconds[base], strict=True)
        both = [own / other for own, other in pairs if own and other]
        rows.append(Row("build time", name, tuple(series), "s", statistics.median(both)))
    notes = (
        f"{len(corpus):,} schemas, {sum(len(case.instances) for case in corpus):,} instances",
        "build time: the median over the schemas that a contestant builds; the ratio is over those that both build",
    )
    return [Table("fidelity", "fidelity", title, compares, base, tuple(rows), notes, wide=True)]


def _root_name(schema: Mapping[str, Any]) -> str | None:
    """Give the root class's name, which the generator's own function does not tell."""
    from dynmodels import DynmodelsError, generate_dynamic_models

    try:
        models = generate_dynamic_models(schema, cache_size=0)
    except DynmodelsError:
        return None
    return next((name for name, cls in models.items() if cls is models.root), None)


class _Outcomes:
    """What became of each schema, by contestant."""

    def __init__(self, names: Sequence[str]) -> None:
        self.built: dict[str, list[bool]] = {name: [] for name in names}
        self.right: dict[str, list[bool]] = {name: [] for name in names}
        self.seconds: dict[str, list[float | None]] = {name: [] for name in names}

    def add(self, those: Iterable[Contestant], document: Document, case: documents.Real) -> None:
        """Let the contestants build a schema and judge its instances."""
        classes: dict[str, Any] = {}
        for contestant in those:
            made, seconds = _build_once(contestant, document)
            self.built[contestant.name].append(made is not None)
            self.seconds[contestant.name].append(seconds)
            if made is not None:
                classes[contestant.name] = made
        verdicts = _verdicts(classes, case.instances)
        for name, right in self.right.items():
            right.append(verdicts.get(name) == case.valid)


def _build_once(contestant: Contestant, document: Document) -> tuple[Any, float | None]:
    try:
        with limited(LIMIT):
            build = contestants.prepare(contestant, document)
            gc.collect()
            gc.freeze()  # what is left would be walked again and again
            started = time.perf_counter()
            made = build(1)
            seconds = time.perf_counter() - started
    except (Exception, TooSlowError):  # noqa: BLE001 (whatever it raises, it does not build this one; it is counted)
        return None, None
    return (made, seconds) if isinstance(made, type) else (None, None)


def _verdicts(classes: Mapping[str, Any], instances: Sequence[Any]) -> dict[str, tuple[bool, ...]]:
    """Judge instances in a process of its own: some classes take all memory or time there is, and have no verdict."""
    verdicts: dict[str, tuple[bool, ...]] = {}
    waiting = dict(classes) if hasattr(os, "fork") else {}
    while waiting:
        receiver, sender = multiprocessing.Pipe(duplex=False)
        judge = multiprocessing.get_context("fork").Process(target=_judge, args=(waiting, instances, sender))
        judge.start()
        sender.close()
        try:
            while waiting:
                name = next(iter(waiting))
                verdicts[name] = receiver.recv()
                del waiting[name]
        except EOFError:
            del waiting[name]  # it has ended the process; the others get another one
        finally:
            judge.join()
    return verdicts


def _judge(classes: Mapping[str, Any], instances: Sequence[Any], sender: Any) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (2 * 2**30, 2 * 2**30))
    resource.setrlimit(resource.RLIMIT_CPU, (int(LIMIT / 2), int(LIMIT / 2)))
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 (a device): what a dying process says is of no use
        os.dup2(nowhere.fileno(), sys.stderr.fileno())
    for cls in classes.values():
        sender.send(tuple(_accepts(cls, instance) for instance in instances))


def _accepts(cls: Any, instance: Any) -> bool:
    try:
        cls.model_validate(instance)
    except Exception:  # noqa: BLE001 (a validator of a library's own may raise anything; it does not accept)
        return False
    return True


SCENARIOS: Final[dict[str, Scenario]] = {
    each.__name__: each
    for each in (
        fresh,
        cold,
        hit,
        tools,
        many,
        portions,
        beside,
        threads,
        size,
        growth,
        memory,
        validation,
        exact,
        pickling,
        stages,
        fidelity,
    )
}
