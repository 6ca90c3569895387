"""Growth: what each stage costs as a document of one shape grows, and what a portion of it costs."""

from __future__ import annotations

import gc
import math
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks import documents
from benchmarks.effort import Effort
from benchmarks.tables import Row, Table

WHOLE: Final = "whole build"
PORTION: Final = "portion"

#: Rows of what is told of a stage besides its seconds.
EXPONENT: Final = "exponent"
EACH: Final = "a component, at the largest"

#: Seconds below which a point says more of the clock and the scheduler than of the stage.
LEAST: Final = 0.001

#: By the number of components, how often each is built.
FULL: Final = {30: 7, 60: 7, 125: 5, 250: 3, 500: 3, 1_000: 2, 2_000: 1}
FEW: Final = {30: 3, 60: 3, 125: 1}


def growth(effort: Effort) -> list[Table]:
    """Time the stages of builds of ever larger documents of one shape, and of portions of them."""
    return growth_of(FEW if effort.quick else FULL, effort)


def growth_of(rounds: Mapping[int, int], effort: Effort) -> list[Table]:
    """Time builds of documents of so many components, each so many times."""
    whole: dict[int, list[Mapping[str, float]]] = defaultdict(list)
    portion: dict[int, list[Mapping[str, float]]] = defaultdict(list)
    _warm_up()
    for components, times in rounds.items():
        document = documents.components(components)
        for number in range(times):
            effort.report(f"{document.name}, round {number + 1}")
            whole[components].append(_timed(document.variant(number)))
            portion[components].append(_timed(document.variant(number), documents.middle(components)))
    shape = (
        "Documents of one shape, of which each component is three classes: a model that refers to earlier ones, one "
        "inside it, and an enum. Only so many components hang together as a block has: five."
    )
    fitted = (
        f"Exponents are fitted to the points from {1000 * LEAST:g} ms on, over the number of components: 1 is linear, "
        "0 is flat. rest: what no stage counts"
    )
    return [
        Table(
            "growth",
            "growth",
            "Growth: whole builds",
            f"{shape} Cold, in a warm process, written to an empty store: seconds of each stage.",
            "",
            tuple(_rows(whole, WHOLE)),
            (fitted,),
            wide=True,
        ),
        Table(
            "growth-portion",
            "growth",
            "Growth: one component alone",
            f"{shape} One component out of the middle and the four that it needs, asked for by its JSON Pointer where "
            "nothing is stored: seconds of each stage.",
            "",
            tuple(_rows(portion, PORTION)),
            (fitted,),
            wide=True,
        ),
    ]


def _warm_up() -> None:
    """Import what builds need, and let pydantic and the generator fill what they keep for good."""
    document = documents.components(10)
    _timed(document.content)
    _timed(document.content, documents.middle(10))


def _timed(content: dict[str, Any], target: str | None = None) -> Mapping[str, float]:
    """Give the seconds of each stage of a build that nothing is known of."""
    from dynmodels import clear_dynamic_models_cache, generate_dynamic_models

    wanted = None if target is None else [target]
    clear_dynamic_models_cache()
    gc.collect()
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        models = generate_dynamic_models(content, store=Path(folder), target_model_names=wanted)
        took = time.perf_counter() - started
    timings = dict(models.timings)
    if "render" not in timings or ("prune" in timings) is (target is None):
        raise RuntimeError(f"this was no cold build of {target or 'the whole'}: {', '.join(timings)}")
    return {**timings, "rest": took - sum(timings.values()), "": took}


def _rows(timed: Mapping[int, Sequence[Mapping[str, float]]], total: str) -> list[Row]:
    """Make a row of each stage by size, then what was fitted."""
    stages = list(dict.fromkeys(stage for series in timed.values() for each in series for stage in each))
    rows = [
        Row(f"{components:,}", stage or total, tuple(each.get(stage, 0.0) for each in series))
        for components, series in timed.items()
        for stage in stages
    ]
    largest = max(timed)
    for stage in stages:
        # The least is nearest to what it takes: whatever else the machine does only adds to it.
        points = [(components, min(each.get(stage, 0.0) for each in series)) for components, series in timed.items()]
        told = [point for point in points if point[1] >= LEAST]
        if len(told) > 1:
            rows.append(Row(EXPONENT, stage or total, (exponent(told),), ""))
        rows.append(Row(EACH, stage or total, (dict(points)[largest] / largest,)))
    return rows


def exponent(points: Sequence[tuple[int, float]]) -> float:
    """Fit the power of a size with which seconds grow, by least squares on the logarithms."""
    sizes, seconds = zip(*points, strict=True)
    return statistics.linear_regression([math.log(each) for each in sizes], [math.log(each) for each in seconds]).slope
