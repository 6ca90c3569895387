"""Hostile schemas: refused, or harmless; and what is harmless builds and judges right."""

from __future__ import annotations

import contextlib
import gzip
import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from dynmodels import DynmodelsError, generate_dynamic_models
from tests.corpus import hostile

pytestmark = [pytest.mark.corpus, pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")]


@pytest.fixture
def work(corpus: Path, tmp_path: Path) -> Path:
    """A folder with the files that the cases aim at, and one beside it."""
    if not (corpus / "hostile").is_dir():
        pytest.skip(f"there is no folder 'hostile' in {corpus}")
    shutil.copytree(corpus / "hostile" / "files", tmp_path / "work")
    shutil.copytree(corpus / "hostile" / "outside", tmp_path / "outside")
    for folder in (tmp_path, *tmp_path.rglob("*")):
        folder.chmod(0o755)
    os.mkfifo(tmp_path / "work" / "files" / "fifo")
    warm_up()
    return tmp_path / "work"


def warm_up() -> None:
    """Load what the library loads late, so that what a case loads besides is seen."""
    for document in (
        {"type": "object", "properties": {"a": {"format": "email", "type": "string"}, "b": {"enum": [1, "x"]}}},
        {"openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "paths": {}, "components": {"schemas": {"A": {}}}},
        {"asyncapi": "3.0.0", "info": {"title": "t", "version": "1"}, "components": {"schemas": {"A": {}}}},
        {"$ref": "#/$defs/a.b", "$defs": {"a.b": {"type": "array", "items": {"$ref": "#/$defs/c.d"}}, "c.d": {}}},
        {"type": "array", "items": {"type": "object", "properties": {"parts": {"type": "object"}}}},
        "{type: object, properties: {a: {type: string, default: b}}}",
    ):
        generate_dynamic_models(document)
    for fault in ({"type": 12}, {"$ref": "#/nowhere"}, {"allOf": [{"$ref": "#"}]}, "{:", {"minLength": -1}):
        with contextlib.suppress(DynmodelsError):
            generate_dynamic_models(fault)


def cases(corpus: Path, work: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(corpus / "hostile" / "cases.jsonl.gz", "rt") as lines:
        for line in lines:
            yield json.loads(line.replace("@WORK@", str(work)).replace("@OUTSIDE@", str(work.parent / "outside")))


def _judged(case: dict[str, Any]) -> Any:
    def judge(models: Any) -> bool | None:
        if "valid" not in case and "invalid" not in case:
            return None
        cls = models[case["model"]] if "model" in case else models.root
        adapter = TypeAdapter(cls)
        return all(_accepts(adapter, data) for data in case.get("valid", [])) and not any(
            _accepts(adapter, data) for data in case.get("invalid", [])
        )

    return judge


def _accepts(adapter: TypeAdapter[Any], data: Any) -> bool:
    try:
        adapter.validate_python(data)
    except ValidationError:
        return False
    return True


def fault_of(case: dict[str, Any], outcome: hostile.Outcome) -> str | None:
    """Say what is wrong with an outcome; None where it is one of those that the case allows."""
    allowed = {case["expect"], *case.get("or", [])}
    if outcome.effects:
        return f"effects: {outcome.effects}"
    if outcome.seconds > hostile.SECONDS or outcome.peak > hostile.BYTES:
        return f"takes {outcome.seconds:.1f} s and {outcome.peak / 2**20:.0f} MiB: {outcome.result} {outcome.detail}"
    if outcome.result == "refused":
        return None if "refuse" in allowed else f"refused: {outcome.detail}"
    if outcome.result != "built":
        return f"{outcome.result}: {outcome.detail}"
    if "neutralise" in allowed or ("accept" in allowed and outcome.probes in (True, None)):
        return None
    return "not refused" if "accept" not in allowed else "judges wrong"


@pytest.mark.parametrize("spelling", ["detected", "named"])
def test_no_hostile_schema_does_harm(corpus: Path, work: Path, spelling: str) -> None:
    faults: list[str] = []
    slowest: list[tuple[float, str]] = []
    count = 0
    for case in cases(corpus, work):
        options = dict(case.get("config") or {})
        if spelling == "named":
            options.setdefault("input_file_type", case["kind"])

        def build(case: dict[str, Any] = case, options: dict[str, Any] = options) -> Any:
            return generate_dynamic_models(case["schema"], **options)

        outcome = hostile.run(build, _judged(case), work)
        count += 1
        slowest.append((outcome.seconds, case["id"]))
        fault = fault_of(case, outcome)
        if fault is not None:
            faults.append(f"{case['id']}: {fault}")
    print(f"{count} cases; the slowest: {sorted(slowest)[-5:]}")
    assert count > 0
    assert not faults, f"{len(faults)} of {count}:\n" + "\n".join(faults)


#: Objects that the interface takes on purpose: a boolean is a schema, and a path is the caller's word.
OURS = ("py-root-true", "py-root-pathlib")


def test_no_hostile_python_object_does_harm(corpus: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = work / "MARK"
    monkeypatch.setenv("HOSTILE_MARK", str(mark))
    monkeypatch.syspath_prepend(work)
    spec = importlib.util.spec_from_file_location("python_objects", corpus / "hostile" / "python_objects.py")
    assert spec is not None
    assert spec.loader is not None
    objects = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(objects)
    faults: list[str] = []
    for name, factory, expect, _ in objects.CASES:
        if name in OURS:
            continue
        case = {"expect": expect, "or": ["refuse"] if expect == "neutralise" else []}

        def build(factory: Any = factory) -> Any:
            return generate_dynamic_models(factory())

        outcome = hostile.run(build, lambda _: None, work)
        fault = fault_of(case, outcome)
        if fault is not None:
            faults.append(f"{name} ({expect}): {fault}")
    sys.modules.pop("python_objects", None)
    assert not faults, f"{len(faults)} of {len(objects.CASES)}:\n" + "\n".join(faults)
