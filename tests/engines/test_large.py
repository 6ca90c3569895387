"""Two million lines: the same results from all engines, in memory that does not grow; how long it takes is printed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dynmodels import DynamicModels, Progress, Validated, generate_dynamic_models, validate_files
from tests.engines.processes import below, forget_peak, peak_megabytes

pytestmark = [pytest.mark.engines, pytest.mark.filterwarnings("default")]

DATA = Path(__file__).parents[1] / "data"

#: DYNMODELS_ENGINES_LINES says otherwise.
LINES = int(os.environ.get("DYNMODELS_ENGINES_LINES", 2_000_000))

#: How often one process and two take turns.
ROUNDS = int(os.environ.get("DYNMODELS_ENGINES_ROUNDS", 2))

#: Every so many lines one is invalid, in one of several ways.
INVALID_EVERY = 1_000

#: Megabytes that peaks may differ by: what the interpreter and the allocator do of themselves.
SLACK = 48.0


@pytest.fixture
def models() -> DynamicModels:
    return generate_dynamic_models(DATA / "order.schema.json")


def order_lines(count: int) -> Iterator[bytes]:
    """Orders with numbers of their own, some of them invalid."""
    templates = [
        line.replace(json.loads(line)["number"], "AP-%06d", 1).encode()
        for line in (DATA / "orders.ndjson").read_text(encoding="utf-8").splitlines(keepends=True)
    ]
    invalid = [
        templates[0].replace(b'"open"', b'"lost"'),
        templates[1].replace(b'"quantity": ', b'"quantity": -'),
        templates[2].replace(b"@", b" at "),
        b'{"number": "AP-%06d"}\n',
        b"AP-%06d\n",
        b'{"number": "AP-%06d\n',
    ]
    for number in range(count):
        kinds = invalid if number % INVALID_EVERY == INVALID_EVERY - 1 else templates
        yield kinds[number // INVALID_EVERY % len(kinds) if kinds is invalid else number % len(kinds)] % (
            number % 1_000_000
        )


class Watch:
    """Looks at the peaks of memory on the way."""

    def __init__(self) -> None:
        self.parent: dict[int, float] = {}
        self.workers: dict[int, float] = {}

    def __call__(self, reached: Progress) -> None:
        for share in (10, 50, 100):
            if share not in self.parent and reached.bytes >= reached.total * share / 100:
                self.parent[share] = peak_megabytes(os.getpid())
                self.workers[share] = max(map(peak_megabytes, below()), default=0.0)

    def row(self) -> str:
        return " ".join(f"{self.parent[share]:6.0f}/{self.workers[share]:4.0f}" for share in (10, 50, 100))

    def assert_flat(self) -> None:
        assert self.parent[100] <= self.parent[10] + SLACK
        assert self.workers[100] <= self.workers[10] + SLACK


def measured(name: str, models: DynamicModels, file: Path, **options: Any) -> tuple[Validated, Watch, bytes]:
    invalid = file.with_name("invalid.ndjson")
    watch = Watch()
    forget_peak()
    before = sum(os.times()[:4])
    counts = validate_files(models, [file], invalid=invalid, progress=watch, **options)
    rate = (counts.valid + counts.invalid) / counts.seconds
    # Where others use the processors too, what counts is that two processes take no more of their time than one.
    spent = f"{sum(os.times()[:4]) - before:6.1f} s of processors" if options.get("engine", "local") == "local" else ""
    print(
        f"{name:20} {counts.seconds:7.1f} s {spent:22} {rate:9,.0f} lines/s   MB at 10, 50, 100 %: {watch.row()}",
        flush=True,
    )
    return counts, watch, invalid.read_bytes()


def test_all_engines_give_the_same_in_flat_memory(models: DynamicModels, tmp_path: Path) -> None:
    file = tmp_path / "orders.ndjson"
    with file.open("wb") as stream:
        stream.writelines(order_lines(LINES))
    print(f"\n{LINES:,} lines, {file.stat().st_size / 1e6:,.0f} MB; peaks of this process/its largest child")

    results: list[tuple[Validated, Watch, bytes]] = []
    ratios: list[float] = []
    for _ in range(ROUNDS):
        one = measured("local, 1 process", models, file, jobs=1)
        two = measured("local, 2 processes", models, file, jobs=2)
        ratios.append(one[0].seconds / two[0].seconds)
        results += [one, two]
    print("2 processes against 1, of 2.00x at most: " + ", ".join(f"{ratio:.2f}x" for ratio in ratios))
    results.append(measured("dask, 2 workers", models, file, engine="dask", jobs=2))
    results.append(measured("ray, 2 processes", models, file, engine="ray", jobs=2))

    first = results[0]
    assert first[0].invalid == LINES // INVALID_EVERY
    assert first[0].valid == LINES - first[0].invalid
    assert len(first[2].splitlines()) == first[0].invalid
    for counts, watch, invalid in results:
        assert (counts.valid, counts.invalid, invalid) == (first[0].valid, first[0].invalid, first[2])
        watch.assert_flat()


def test_memory_is_flat_where_all_lines_are_invalid(models: DynamicModels, tmp_path: Path) -> None:
    count = LINES // 4
    file = tmp_path / "money.ndjson"
    with file.open("wb") as stream:
        stream.writelines(b'{"amount": -%d, "currency": "none"}\n' % number for number in range(count))
    print()

    for engine in ("local", "dask", "ray"):
        counts, watch, invalid = measured(
            f"all invalid, {engine}", models, file, engine=engine, jobs=2, class_name="Money"
        )

        assert (counts.valid, counts.invalid) == (0, count)
        assert invalid.count(b"\n") == count
        watch.assert_flat()
