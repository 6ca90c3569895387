"""Hosts: how long a process takes from its start to the classes of hundreds of tools, one by one and all at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Final

from benchmarks.effort import Effort
from benchmarks.tables import Table, measured

EACH: Final = "dynmodels, one by one"
EACH_STORED: Final = "dynmodels, one by one, stored"
MANY_STORED: Final = "dynmodels, generate_many, stored"


def many(effort: Effort) -> list[Table]:
    """Time five hundred tool schemas at the start of a process, one by one and by several processes."""
    count = 100 if effort.quick else 500
    processors = os.cpu_count() or 1
    ways = {
        f"dynmodels, generate_many, {number} process{'es' * (number > 1)}": str(number)
        for number in sorted({1, 2, processors})
    }
    seconds: dict[str, list[float]] = defaultdict(list)
    classes = 0
    for turn in range(effort.rounds(5)):
        for name, way in {EACH: "each", **ways}.items():
            effort.report(f"{name}, round {turn + 1}")
            with tempfile.TemporaryDirectory() as folder:
                took, classes = _start(way, count, Path(folder))
                seconds[name].append(took)
                if name == EACH:  # the same store, which is full now
                    seconds[EACH_STORED].append(_start("each", count, Path(folder))[0])
                    seconds[MANY_STORED].append(_start("2", count, Path(folder))[0])
    order = (EACH, *ways, EACH_STORED, MANY_STORED)
    rows = measured(f"{count} tools", {name: seconds[name] for name in order}, {}, EACH)
    compares = (
        f"{count} made-up tool schemas ({classes:,} classes) in a process that was just started: from the import of "
        "dynmodels, with the generator's and pydantic's, to the last class, all of them stored and kept. Stored: an "
        "earlier process has left them; then no other process is started."
    )
    return [Table("many", "many", "Many tools at the start of a process", compares, EACH, tuple(rows))]


def _start(way: str, count: int, folder: Path) -> tuple[float, int]:
    command = [sys.executable, "-m", "benchmarks.host", way, str(count), str(folder)]
    done = subprocess.run(  # noqa: S603 (our own)
        command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True
    )
    told = json.loads(done.stdout)
    return float(told["seconds"]), int(told["classes"])
