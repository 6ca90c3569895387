"""Run one scenario in this process: ``python -m benchmarks.run SCENARIO [--quick]``.

What it prints is for ``__main__``: one JSON object a line.
"""

from __future__ import annotations

import json
import platform
import sys
import time
from importlib import metadata

from benchmarks.effort import Effort
from benchmarks.scenarios import SCENARIOS
from benchmarks.tables import Run, to_json

PACKAGES = (
    "dynmodels",
    "datamodel-code-generator",
    "pydantic",
    "pydantic-core",
    "black",
    "isort",
    "json-schema-to-pydantic",
    "jsonschema-pydantic-converter",
    "jambo",
)


def environment() -> dict[str, str]:
    """Say what the figures depend on: versions and the kind of machine."""
    import os

    described = {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs",
        "clock": "time.perf_counter; whole processes: wait4",
        "garbage collection": "on; collected before each timing",
    }
    for package in PACKAGES:
        try:
            described[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            described[package] = "not installed"
    return described


def main(name: str, *, quick: bool) -> None:
    """Run a scenario and print its tables."""
    started = time.perf_counter()
    tables = SCENARIOS[name](Effort(quick, lambda text: print(json.dumps({"report": text}), flush=True)))
    seconds = time.perf_counter() - started
    for table in tables:
        print(json.dumps({"run": to_json(Run(table, environment(), quick, seconds))}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], quick="--quick" in sys.argv)
