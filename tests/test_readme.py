"""The README's examples run as they stand."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
EXAMPLES = [block for block in BLOCKS if "pyspark" not in block]  # the recipe for Spark is run by tests/engines
COMMANDS = re.findall(r"^(dynmodels .*)$", README, re.MULTILINE)


def heading_of(example: str) -> str:
    return str(re.findall(r"^#+ (.*)$", README[: README.index(example)], re.MULTILINE)[-1])


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the developer's own store out of the examples."""
    monkeypatch.setenv("DYNMODELS_CACHE_DIR", str(tmp_path / "store"))


@pytest.mark.parametrize("example", EXAMPLES, ids=heading_of)
def test_example(example: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    exec(compile(example, "README.md", "exec", dont_inherit=True), {"__name__": "__main__"})


@pytest.mark.parametrize("line", COMMANDS)
def test_command(line: str) -> None:
    arguments = shlex.split(line, comments=True)[1:]

    result = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "dynmodels", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert result.returncode in {0, 1}
    assert "Traceback" not in result.stderr


def test_there_is_an_example_for_each_use() -> None:
    headings = {heading_of(example) for example in EXAMPLES}

    assert headings >= {
        "Quick start",
        "Nested schemas",
        "OpenAPI",
        "Options",
        "Enums",
        "Unions",
        "Recursion",
        "Partial objects",
        "Caching",
        "Many documents",
        "Threads",
        "More than one process",
        "Warm start",
    }
