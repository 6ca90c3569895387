"""Isolation: the same classes and errors, from a process that has a deadline and nothing to give away."""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dynmodels import (
    DynmodelsError,
    GenerationError,
    Limits,
    OptionsError,
    SchemaError,
    UnsafeSchemaError,
    generate_dynamic_models,
)
from dynmodels.isolation import children
from tests.documents import BOOK, INVOICING, named


@pytest.fixture(scope="module", autouse=True)
def no_children_left() -> Iterator[None]:
    yield
    children.close()


def wide(classes: int) -> dict[str, Any]:
    item = {"type": "object", "properties": {"name": {"type": "string"}, "size": {"type": "integer"}}}
    return {"type": "object", "properties": {f"p{number}": item for number in range(classes)}}


@pytest.mark.parametrize("document", [BOOK, INVOICING, True, False])
def test_the_classes_are_the_same(document: Any) -> None:
    isolated = generate_dynamic_models(document, isolate=True, cache_size=0)
    here = generate_dynamic_models(document, cache_size=0)
    assert isolated.source == here.source
    assert isolated.digest == here.digest
    assert set(isolated.pointers) == set(here.pointers)
    assert isolated.schema == here.schema


def test_isolated_or_not_a_hit_is_a_hit() -> None:
    assert generate_dynamic_models(BOOK, isolate=True) is generate_dynamic_models(BOOK)


def test_files_that_are_referred_to_come_along(tmp_path: Path) -> None:
    (tmp_path / "price.json").write_text('{"title": "Price", "type": "integer"}')
    (tmp_path / "shop.json").write_text(json.dumps({"properties": {"price": {"$ref": "price.json"}}, "type": "object"}))
    models = generate_dynamic_models(tmp_path / "shop.json", isolate=True)
    assert models.root(price=3).model_dump() == {"price": 3}


@pytest.mark.parametrize("document", [{"type": 12}, {"$ref": "#/$defs/Nowhere"}, {"$ref": "#"}])
def test_errors_are_the_same(document: dict[str, Any]) -> None:
    with pytest.raises(DynmodelsError) as here:
        generate_dynamic_models(document)
    with pytest.raises(DynmodelsError) as isolated:
        generate_dynamic_models(document, isolate=True)
    assert type(isolated.value) is type(here.value)
    assert str(isolated.value) == str(here.value)


def test_a_deadline_ends_the_child_and_nothing_else() -> None:
    with pytest.raises(UnsafeSchemaError, match=r"more than 0\.2 s"):
        generate_dynamic_models(wide(3_000), isolate=True, limits=Limits(seconds=0.2))
    assert generate_dynamic_models(named("After"), isolate=True).root.__name__ == "After"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_memory_is_limited() -> None:
    with pytest.raises(DynmodelsError):
        generate_dynamic_models(wide(4_000), isolate=True, limits=Limits(memory=120 * 2**20))
    assert generate_dynamic_models(named("Afterwards"), isolate=True).root.__name__ == "Afterwards"


def test_an_option_that_cannot_travel_is_an_error() -> None:
    with pytest.raises(OptionsError, match="isolate=False"):
        generate_dynamic_models(named("Local"), isolate=True, custom_class_name_generator=lambda name: name)


def test_the_child_inherits_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", "secret")
    children.close()
    generate_dynamic_models(named("Fresh"), isolate=True)
    (child,) = children._idle
    environment = Path(f"/proc/{child._process.pid}/environ")
    if not environment.exists():
        pytest.skip("reads the environment from Linux's /proc")
    assert b"API_TOKEN" not in environment.read_bytes()


def test_threads_render_at_a_time() -> None:
    with ThreadPoolExecutor(3) as pool:
        models = list(
            pool.map(lambda name: generate_dynamic_models(named(name), isolate=True), ["One", "Two", "Three"])
        )
    assert [each.root.__name__ for each in models] == ["One", "Two", "Three"]


def test_other_threads_run_meanwhile() -> None:
    done = threading.Event()

    def build() -> None:
        generate_dynamic_models(wide(300), isolate=True)
        done.set()

    thread = threading.Thread(target=build)
    thread.start()
    counted = 0
    while not done.is_set():
        counted += 1
        generate_dynamic_models(BOOK)
    thread.join()
    assert counted > 10


def test_a_child_that_has_died_meanwhile_is_replaced() -> None:
    generate_dynamic_models(named("Before"), isolate=True)
    for child in children._idle:
        child._process.kill()
        child._process.wait()
    assert generate_dynamic_models(named("After"), isolate=True, cache_size=0)


def test_nothing_is_left_in_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    children.close()
    generate_dynamic_models(named("Tidy"), isolate=True)
    with pytest.raises(UnsafeSchemaError):
        generate_dynamic_models(wide(3_000), isolate=True, limits=Limits(seconds=0.2))
    children.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_leaves_the_children_alone() -> None:
    generate_dynamic_models(named("Kept"), isolate=True)
    folders = [child._folder for child in children._idle]
    forked = multiprocessing.get_context("fork").Process(target=children.close)
    forked.start()
    forked.join()
    assert folders
    assert all(Path(folder).is_dir() for folder in folders)
    assert all(child.is_alive() for child in children._idle)


def test_a_search_path_of_odd_entries_and_a_deadline_far_away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path, tmp_path, ""])
    children.close()
    assert generate_dynamic_models(named("Odd"), isolate=True, limits=Limits(seconds=2.0**61))


def test_a_process_that_cannot_start_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    children.close()
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(GenerationError, match="isolate=False"):
        generate_dynamic_models(named("Nowhere"), isolate=True)


def test_isolation_guards_what_comes_back() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "customTypePath": "os.PathLike"}}}
    with pytest.raises(SchemaError):
        generate_dynamic_models(schema, isolate=True)
