"""Real schemas from the store: the same classes as were built, whether the store is private or shared."""

from __future__ import annotations

import gzip
import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic.errors import PydanticInvalidForJsonSchema

from dynmodels import (
    DynamicModels,
    DynmodelsError,
    clear_dynamic_models_cache,
    dynamic_models_cache_info,
    generate_dynamic_models,
)
from tests.corpus.test_maskbench import cases, fields

pytestmark = pytest.mark.corpus


def json_schema(cls: type) -> Any:
    if not issubclass(cls, BaseModel):
        return None
    try:
        # Two classes of one name are told apart by their modules, and while older classes live, these have a number.
        return re.sub(r"(d[0-9a-f]{32})_[0-9]+", r"\1", json.dumps(cls.model_json_schema()))
    except (PydanticInvalidForJsonSchema, KeyError, RecursionError) as error:
        return type(error).__name__


def described(models: DynamicModels) -> dict[str, Any]:
    """Everything that a caller can see of a document's classes."""
    return {
        "fields": fields(models),
        "schemas": {name: json_schema(cls) for name, cls in models.items()},
        "pointers": {pointer: cls.__qualname__ for pointer, cls in models.pointers.items()},
        "root": str(models.root).replace(models.module.__name__, ""),
        "source": models.source,
        "given": models.schema,
    }


def restored(ask: Callable[[], DynamicModels]) -> DynamicModels | None:
    """Ask as a new process would; None where the store does not know."""
    clear_dynamic_models_cache()
    before = dynamic_models_cache_info().store_hits
    models = ask()
    return models if dynamic_models_cache_info().store_hits == before + 1 else None


@pytest.mark.filterwarnings("ignore")
def test_every_schema_is_restored_as_it_was_built(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: Counter[str] = Counter()
    seconds: dict[str, float] = defaultdict(float)
    faults: list[str] = []
    for case in cases(corpus):
        clear_dynamic_models_cache()
        started = time.perf_counter()
        try:
            built = generate_dynamic_models(case.schema, store=tmp_path)
        except DynmodelsError:
            counts["not built"] += 1
            continue
        seconds["built and stored"] += time.perf_counter() - started
        what = described(built)
        del built
        for trust in ("private", "verify"):
            monkeypatch.setenv("DYNMODELS_CACHE_TRUST", trust)
            for form, document in (("mapping", case.schema), ("text", json.dumps(case.schema))):
                generate_dynamic_models(document, store=tmp_path)
                started = time.perf_counter()
                models = restored(lambda document=document: generate_dynamic_models(document, store=tmp_path))  # type: ignore[misc]
                seconds[f"restored, {trust}, {form}"] += time.perf_counter() - started
                counts[f"restored, {trust}, {form}"] += models is not None
                if models is None or described(models) != what:
                    faults.append(f"{case.name}: {trust}, {form}: {'not restored' if models is None else 'otherwise'}")
        monkeypatch.delenv("DYNMODELS_CACHE_TRUST")
    print(dict(counts), {name: round(each, 1) for name, each in seconds.items()})
    assert counts["restored, private, mapping"] > 0
    assert not faults, "\n".join(faults[:50])


@pytest.mark.filterwarnings("ignore")
def test_githubs_description_is_restored_as_it_was_built(corpus: Path, tmp_path: Path) -> None:
    path = corpus / "github-api.json.gz"
    if not path.is_file():
        pytest.skip(f"{path.name} is not in {corpus}")
    text = gzip.decompress(path.read_bytes())
    built = generate_dynamic_models(text, store=tmp_path)
    what = {**described(built), "schemas": None}
    shown = {name: json_schema(built[name]) for name in ("FullRepository", "Issue", "PullRequest", "SimpleUser")}
    del built

    models = restored(lambda: generate_dynamic_models(text, store=tmp_path))

    assert models is not None
    size = sum(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file())
    print({stage: round(seconds, 3) for stage, seconds in models.timings.items()}, f"{size:,} bytes stored")
    assert {**described(models), "schemas": None} == what
    assert {name: json_schema(models[name]) for name in shown} == shown
