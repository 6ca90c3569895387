"""What the tests share."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dynmodels import clear_dynamic_models_cache

# The benchmarks are installed nowhere. Behind the rest, so that the dynmodels that is tested is the installed one.
sys.path.append(str(Path(__file__).parents[1]))


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """Let each test start with an empty cache, so that none depends on another."""
    clear_dynamic_models_cache()
    yield
    clear_dynamic_models_cache()


@pytest.fixture(autouse=True)
def no_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test find what another has stored, or what a developer has; the tests of the store name their own."""
    monkeypatch.setenv("DYNMODELS_CACHE_DIR", "")


@pytest.fixture(autouse=True)
def no_debug_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a developer's own DYNMODELS_DEBUG out of the tests."""
    monkeypatch.delenv("DYNMODELS_DEBUG", raising=False)


@pytest.fixture
def corpus() -> Path:
    """The folder of real schemas, which is no part of the project: DYNMODELS_CORPUS, else beside the checkout."""
    folder = Path(os.environ.get("DYNMODELS_CORPUS", Path(__file__).parents[2] / "shared" / "corpus"))
    if not folder.is_dir():
        pytest.skip(f"no corpus at {folder}; set DYNMODELS_CORPUS to a folder that holds one")
    return folder
