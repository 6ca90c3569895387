"""The README's recipe for Spark runs as it stands, and says what the engines say."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from dynmodels import generate_dynamic_models, validate_files

pytestmark = [
    pytest.mark.engines,
    pytest.mark.filterwarnings("default"),
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java"),
]

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
(RECIPE,) = [
    block for block in re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL) if "pyspark" in block
]


def test_the_recipe_says_what_the_engines_say(monkeypatch: pytest.MonkeyPatch) -> None:
    from pyspark.sql import SparkSession

    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    namespace: dict[str, Any] = {"__name__": "__main__"}
    try:
        exec(compile(RECIPE, "README.md", "exec"), namespace)
        told = {row.line: [fault["type"] for fault in json.loads(row.errors)] for row in namespace["bad"].collect()}
    finally:
        spark.stop()

    models = generate_dynamic_models(Path("tests/data/order.schema.json"))
    lines = Path("tests/data/orders-with-errors.ndjson").read_text(encoding="utf-8").split("\n")
    expected: dict[str, list[str]] = {}
    validate_files(
        models,
        ["tests/data/orders*.ndjson"],
        jobs=1,
        invalid=lambda bad: expected.setdefault(lines[bad.line - 1], [fault.type for fault in bad.errors]),
    )
    assert told == expected
