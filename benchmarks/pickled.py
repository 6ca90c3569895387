"""Pickling: what generated classes cost beside those that are imported, and what they cost everybody else."""

from __future__ import annotations

import importlib
import json
import pickle
import random
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from benchmarks import documents
from benchmarks.documents import Document
from benchmarks.effort import NO_CORPUS, QUICK, Effort
from benchmarks.measure import Call, in_turn
from benchmarks.tables import Row, Table, measured

GENERATED: Final = "dynmodels"
WRITTEN: Final = "written by hand"

WITHOUT: Final = "without dynmodels"
BESIDE: Final = "beside dynmodels"

#: Classes of GitHub's to send.
SENT: Final = 50


def pickling(effort: Effort) -> list[Table]:
    """Time instances of generated classes on their way through pickle, and other people's beside them."""
    many = _beside_written("pickling", "Pickling instances", 1_000 if effort.quick else 10_000, effort)
    one = _beside_written("pickling-one", "Pickling an instance by itself", 1, effort)
    return [many, one, _strangers(effort), _closures(effort)]


def _beside_written(name: str, title: str, count: int, effort: Effort) -> Table:
    rows: list[Row] = []
    notes: list[str] = []
    for document in (documents.lamp(), documents.tool(), documents.order()):
        effort.report(f"{title}: {document.name}")
        instances = {who: _instances(cls, document, count) for who, cls in _classes(document).items()}
        pickled = {who: pickle.dumps(those) for who, those in instances.items()}
        ways: dict[str, Callable[[str], Call]] = {
            "dumps": lambda who, those=instances: _dumper(those[who]),  # type: ignore[misc]  # bound at once
            "loads": lambda who, those=pickled: _loader(those[who]),  # type: ignore[misc]
        }
        for way, call_of in ways.items():
            values, refused = in_turn({who: call_of(who) for who in instances}, effort.rounds(25))
            rows += measured(f"{document.name}, {way}", values, refused, WRITTEN)
        sizes = {who: [float(len(those))] for who, those in pickled.items()}
        rows += measured(f"{document.name}, size", sizes, {}, WRITTEN, "B")
        alone = [len(pickle.dumps(type(those[0]))) for those in instances.values()]
        notes.append(
            f"{document.name}: the class itself takes {alone[0]:,} bytes once in a pickle, by name {alone[1]:,}"
        )
    what = f"{count:,} instances of one class in one list" if count > 1 else "One instance in a list"
    compares = (
        f"{what}, by pickle's default protocol, in a process that has the class: generated, and as a person wrote it "
        "in a module that can be imported."
    )
    return Table(name, "pickling", title, compares, WRITTEN, tuple(rows), tuple(notes))


def _classes(document: Document) -> dict[str, Any]:
    from dynmodels import generate_dynamic_models

    assert document.written is not None
    assert document.root is not None
    written = importlib.import_module(f"benchmarks.written.{document.written.stem}")
    generated = generate_dynamic_models(document.content, store=False).root
    return {GENERATED: generated, WRITTEN: getattr(written, document.root)}


def _instances(cls: Any, document: Document, count: int) -> list[Any]:
    assert document.instance is not None
    text = document.instance.read_bytes()
    return [cls.model_validate_json(text) for _ in range(count)]


def _dumper(value: Any) -> Call:
    return lambda _: pickle.dumps(value)


def _loader(pickled: bytes) -> Call:
    return lambda _: pickle.loads(pickled)  # noqa: S301 (our own)


def _strangers(effort: Effort) -> Table:
    """Compare processes, as what dynmodels tells pickle holds for a whole one."""
    values: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for turn in range(effort.rounds(15)):
        for name in (WITHOUT, BESIDE):
            effort.report(f"{name}, round {turn + 1}")
            command = [sys.executable, "-m", "benchmarks.strangers", *(["--beside"] if name == BESIDE else [])]
            done = subprocess.run(  # noqa: S603 (our own)
                command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True
            )
            for case, seconds in json.loads(done.stdout).items():
                values[case][name].append(seconds)
    rows = [row for case, by_name in values.items() for row in measured(case, by_name, {}, WITHOUT)]
    compares = (
        "pickle.dumps of models and enums that a person wrote, in processes that never import dynmodels and in others "
        "that have built classes with it, in turn; each the median of many calls."
    )
    title = "Pickling what is not ours"
    return Table("pickling-strangers", "pickling", title, compares, WITHOUT, tuple(rows))


def _closures(effort: Effort) -> Table:
    title = "What travels of GitHub's classes"
    compares = (
        f"Bytes of pickles of {SENT} classes of GitHub's REST description (13 MB), each by itself: the class with all "
        "that it refers to. Drawn at random, the same ones in each run."
    )
    if effort.quick or not documents.GITHUB.is_file():
        note = f"GitHub 13 MB: {QUICK if effort.quick else NO_CORPUS + documents.GITHUB.name}"
        return Table("pickling-github", "pickling", title, compares, "", (), (note,))
    from dynmodels import generate_dynamic_models

    effort.report("building GitHub's description")
    models = generate_dynamic_models(documents.github().content, store=False)
    drawn = random.Random(0).sample(sorted(models), SENT)  # noqa: S311 (no secrets are made here)
    sizes = [float(len(pickle.dumps(models[name]))) for name in drawn]
    effort.report("pickling all of its classes")
    rows = (
        Row(f"{SENT} classes", "median", (statistics.median(sizes),), "B"),
        Row(f"{SENT} classes", "maximum", (max(sizes),), "B"),
        Row("the document", f"all {len(models):,} classes", (float(len(pickle.dumps(models))),), "B"),
    )
    return Table("pickling-github", "pickling", title, compares, "", rows)
