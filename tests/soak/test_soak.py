"""Long runs: memory stays flat, and hits stay quick while a large document is built."""

from __future__ import annotations

import gc
import gzip
import json
import linecache
import resource
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from dynmodels import dynamic_models_cache_info, generate_dynamic_models

pytestmark = pytest.mark.soak

SCHEMAS = 5_000
CACHE = 128


def sensor_schema(number: int) -> dict[str, Any]:
    """Nested models, an enum, a list root and recursion, and a name that no other schema has."""
    return {
        "title": f"Reading{number}",
        "type": "object",
        "required": ["sensor", "value"],
        "properties": {
            "sensor": {"$ref": "#/$defs/Sensor"},
            "value": {"type": "number", "minimum": -number},
            "unit": {"enum": ["celsius", "kelvin", f"unit{number}"]},
            "history": {"type": "array", "items": {"$ref": "#"}},
        },
        "$defs": {
            "Sensor": {"type": "object", "properties": {"id": {"type": "string"}, "tags": {"$ref": "#/$defs/Tags"}}},
            "Tags": {"type": "array", "items": {"type": "string", "maxLength": number + 1}},
        },
    }


def resident_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads memory from Linux's /proc")
def test_five_thousand_schemas_through_a_small_cache_leave_memory_flat() -> None:
    curve: list[tuple[int, float, int, int]] = []
    for number in range(SCHEMAS):
        models = generate_dynamic_models(sensor_schema(number), cache_size=CACHE)
        models.root(sensor={"id": "a"}, value=1)
        if number % 500 == 499:
            gc.collect()
            modules = sum(name.startswith("dynmodels.generated") for name in sys.modules)
            lines = sum(name.startswith("<dynmodels generated") for name in linecache.cache)
            curve.append((number + 1, resident_megabytes(), modules, lines))
            print(f"{number + 1:>5} schemas  {curve[-1][1]:7.1f} MB  {modules} modules  {lines} linecache entries")
    after_500, last = curve[0], curve[-1]
    assert last[2] <= CACHE + 1
    assert last[3] <= CACHE + 1
    assert last[1] - after_500[1] < 0.05 * after_500[1]


@pytest.mark.filterwarnings("ignore")
def test_hits_answer_within_50_ms_while_a_13_mb_document_is_built(corpus: Path) -> None:
    path = corpus / "github-api.json.gz"
    if not path.is_file():
        pytest.skip(f"{path.name} is not in {corpus}")
    document = json.loads(gzip.decompress(path.read_bytes()))
    small = sensor_schema(0)
    held = generate_dynamic_models(small)
    calls: list[float] = []
    latencies: list[float] = []
    finished = threading.Event()

    def ask() -> None:
        while not finished.is_set():
            # The wait for the interpreter lock after a pause is part of what a caller sees.
            due = time.perf_counter() + 0.002
            finished.wait(0.002)
            called = time.perf_counter()
            assert generate_dynamic_models(small) is held
            calls.append(time.perf_counter() - called)
            latencies.append(time.perf_counter() - due)

    asking = threading.Thread(target=ask)
    asking.start()
    started = time.perf_counter()
    try:
        models = generate_dynamic_models(document)
    finally:
        seconds = time.perf_counter() - started
        finished.set()
        asking.join()
    print(f"{len(models)} classes in {seconds:.1f} s; {len(calls)} hits meanwhile, ms:")
    for label, values in (
        ("the call itself", sorted(calls)),
        ("from when it was due, a wait of 2 ms before", sorted(latencies)),
    ):
        p50, p99 = values[len(values) // 2], values[int(len(values) * 0.99)]
        worst = ", ".join(f"{1000 * value:.1f}" for value in values[-5:])
        print(f"  {label}: p50 {1000 * p50:.2f}, p99 {1000 * p99:.2f}, worst {worst}")
    print("  stages, s:", {stage: round(taken, 3) for stage, taken in models.timings.items()})
    assert len(models) > 2_700
    assert dynamic_models_cache_info().misses >= 2
