"""The store: what one process has built, another runs without the generator, whatever happens to the folder."""

from __future__ import annotations

import gc
import json
import logging
import multiprocessing
import os
import pickle
import random
import re
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import pytest
from pydantic import ValidationError

from dynmodels import (
    DynamicModels,
    GenerateConfig,
    OptionsError,
    StoreError,
    clear_dynamic_models_cache,
    dynamic_models_cache_info,
    generate_dynamic_models,
    storing,
)
from dynmodels import call as calls
from dynmodels import store as stores
from dynmodels.api import restore_by_digest
from dynmodels.digest import installed
from dynmodels.module import NAMESPACE
from dynmodels.module import run as run_module
from dynmodels.store import Store, store_of
from dynmodels.storing import StoreWriter
from tests.documents import BOOK, INVOICING, PET_SHOP, named

#: A folder tree, an enum, and a pattern that pydantic's own engine does not know.
SHELF: Final[dict[str, Any]] = {
    "title": "Shelf",
    "description": "Where books stand.",
    "type": "object",
    "properties": {
        "label": {"type": "string", "pattern": "^(?!tmp)[a-z]+$"},
        "shelves": {"type": "array", "items": {"$ref": "#"}},
        "light": {"enum": ["on", "off"]},
    },
}

#: Somebody else's user number.
NOBODY: Final = 65534

ANOTHER: Final = "tests need a system that forks, has users and signals"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The default store of a test."""
    stores._warn.cache_clear()
    folder = tmp_path / "store"
    monkeypatch.setenv("DYNMODELS_CACHE_DIR", str(folder))
    return folder


def again(document: Any, **options: Any) -> DynamicModels:
    """Ask as a new process would: nothing is in memory."""
    clear_dynamic_models_cache()
    return generate_dynamic_models(document, **options)


def counted(ask: Callable[[], Any]) -> tuple[int, int, int]:
    """Tell how many hits in memory, builds and hits in the store a call makes."""
    before = dynamic_models_cache_info()
    ask()
    after = dynamic_models_cache_info()
    return after.hits - before.hits, after.misses - before.misses, after.store_hits - before.store_hits


BUILT: Final = (0, 1, 0)
RESTORED: Final = (0, 0, 1)


def described(models: DynamicModels) -> dict[str, Any]:
    """Everything that a caller can see of a document's classes."""
    schemas = {
        name: cls.model_json_schema() if hasattr(cls, "model_json_schema") else [(m.name, m.value) for m in cls]
        for name, cls in models.items()
    }
    pointers = {pointer: cls.__name__ for pointer, cls in models.pointers.items()}
    root = getattr(models.root, "__name__", None)
    return {"schemas": schemas, "pointers": pointers, "root": root, "source": models.source, "given": models.schema}


def entry_of(folder: Path) -> Path:
    (entry,) = folder.glob("d*")
    return entry


def leftovers(folder: Path) -> list[Path]:
    return list(folder.rglob(".dynmodels-tmp-*"))


def child(program: str, *arguments: str, options: tuple[str, ...] = (), **environment: str) -> str:
    """Run a program in a new process, and give what it prints."""
    result = subprocess.run(  # noqa: S603
        [sys.executable, *options, "-c", program, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def forked(work: Callable[[], None]) -> int:
    """Do work in a copy of this process, and give its exit status; negative for a signal."""
    number = os.fork()
    if number == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001 (it must not go on with the parent's tests)
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


class TestWarmStart:
    @pytest.mark.parametrize("document", [BOOK, INVOICING, PET_SHOP, SHELF, True], ids=lambda each: str(each)[:20])
    def test_restored_classes_are_those_that_were_built(self, folder: Path, document: Any) -> None:
        built = generate_dynamic_models(document)
        what = described(built)
        assert counted(lambda: again(document)) == RESTORED

        restored = generate_dynamic_models(document)

        assert described(restored) == what
        assert (restored.digest, list(restored)) == (built.digest, list(built))

    def test_options_and_spellings_lead_to_one_entry(self, folder: Path) -> None:
        digest = generate_dynamic_models(BOOK, class_name="Volume").digest

        spellings: list[Callable[[], Any]] = [
            lambda: again(BOOK, class_name="Volume"),
            lambda: again(json.dumps(BOOK), class_name="Volume"),
            lambda: again(BOOK, config=GenerateConfig(class_name="Volume")),
            lambda: again(BOOK, class_name="Volume", field_constraints=False),
        ]

        assert [counted(ask) for ask in spellings] == [RESTORED] * 4
        assert entry_of(folder).name == f"d{digest}"
        assert counted(lambda: again(BOOK)) == BUILT

    def test_patterns_validators_and_imports_work_as_they_did(self, folder: Path) -> None:
        schema = {
            "type": "object",
            "properties": {"tags": {"type": "array", "items": {"type": "integer"}, "uniqueItems": True}},
            "patternProperties": {"^x-": {"type": "string"}},
        }
        options: dict[str, Any] = {"generate_schema_validators": True}
        for document, wrong, chosen in (
            (SHELF, {"label": "tmpfile"}, {}),
            (schema, {"tags": [1, 1]}, options),
            (
                {"type": "object", "properties": {"price": {"type": "string", "customTypePath": "decimal.Decimal"}}},
                {"price": "much"},
                {"allow_imports": ["decimal"]},
            ),
        ):
            generate_dynamic_models(document, **chosen)
            assert counted(lambda document=document, chosen=chosen: again(document, **chosen)) == RESTORED  # type: ignore[misc]
            with pytest.raises(ValueError, match="validation error"):
                generate_dynamic_models(document, **chosen).root.model_validate(wrong)

    def test_a_module_name_of_the_callers_is_kept(self, folder: Path) -> None:
        generate_dynamic_models(BOOK)

        restored = again(BOOK, module_name="library.models")

        assert restored.root.__module__ == "library.models"
        assert "render" not in restored.timings

    def test_a_process_that_finds_its_classes_never_loads_the_generator(self, folder: Path, tmp_path: Path) -> None:
        schema = tmp_path / "book.json"
        schema.write_text(json.dumps(BOOK))
        generate_dynamic_models(BOOK, class_name="Volume", field_constraints=True)
        program = """
import json, logging, pathlib, sys
logging.basicConfig(level=logging.DEBUG)
from dynmodels import dynamic_models_cache_info, generate_dynamic_models
path = pathlib.Path(sys.argv[1])
for document in (path, json.loads(path.read_text())):
    models = generate_dynamic_models(document, class_name="Volume", field_constraints=True)
    models.root(isbn="9780141439600", author={"name": "Charles Dickens"})
generate_dynamic_models(path, class_name="Volume", field_constraints=True)
print(sorted({"datamodel_code_generator", "black", "isort", "jinja2", "yaml", "filelock", "regex"} & set(sys.modules)))
print(dynamic_models_cache_info())
"""

        child(program, str(schema))  # the first process that asks by this text notes what it leads to
        printed = child(program, str(schema))

        assert printed.splitlines()[0] == "[]"
        assert printed.splitlines()[1] == "CacheInfo(hits=2, misses=0, store_hits=1, currsize=1)"

    def test_a_text_that_is_known_is_not_even_parsed(self, folder: Path) -> None:
        text = json.dumps(BOOK)
        what = described(generate_dynamic_models(text))
        again(text)
        program = """
import sys
from dynmodels import generate_dynamic_models
models = generate_dynamic_models(sys.argv[1])
print("dynmodels.schema" in sys.modules)
print(models.schema["title"])
"""

        assert child(program, text).split() == ["False", "Book"]
        assert counted(lambda: again(text)) == RESTORED
        assert described(again(text)) == what
        assert counted(lambda: again(text.encode())) == RESTORED
        assert counted(lambda: again(text, class_name="Volume")) == BUILT

    def test_a_text_that_refers_to_files_is_read_with_them(self, folder: Path, tmp_path: Path) -> None:
        schema, part = tmp_path / "lamp.json", tmp_path / "bulb.json"
        schema.write_text(json.dumps({"title": "Lamp", "type": "object", "properties": {"bulb": {"$ref": part.name}}}))
        part.write_text(json.dumps({"title": "Bulb", "type": "object", "properties": {"watts": {"type": "integer"}}}))
        again(schema)
        assert counted(lambda: again(schema)) == RESTORED

        part.write_text(json.dumps({"title": "Bulb", "type": "object", "properties": {"lumens": {"type": "integer"}}}))

        assert counted(lambda: again(schema)) == BUILT
        assert list(again(schema)["Bulb"].model_fields) == ["lumens"]

    def test_memory_store_and_builds_are_told_apart_in_the_log(
        self, folder: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG, "dynmodels"):
            generate_dynamic_models(BOOK)
            generate_dynamic_models(BOOK)
            again(BOOK)

        told = [record.getMessage().split(" ")[0] for record in caplog.records]
        assert [word for word in told if word in {"built", "found", "restored"}] == ["built", "found", "restored"]

    def test_source_can_be_read_and_stepped_into(self, folder: Path) -> None:
        import inspect

        generate_dynamic_models(BOOK)
        restored = again(BOOK)

        file = entry_of(folder) / "__init__.py"
        assert inspect.getsourcefile(restored["Author"]) == str(file)
        assert inspect.getsource(restored["Author"]) in file.read_text()
        shutil.rmtree(folder)
        assert inspect.getsource(restored["Author"]) in restored.source

    def test_source_is_shown_as_long_as_one_build_of_it_lives(self, folder: Path) -> None:
        import inspect

        generate_dynamic_models(BOOK)
        first = again(BOOK)
        second = again(BOOK)
        shutil.rmtree(folder)
        del first
        gc.collect()

        assert inspect.getsource(second["Author"]) in second.source

    def test_an_interpreter_that_optimises_makes_its_own_bytecode(self, folder: Path) -> None:
        generate_dynamic_models(SHELF, use_schema_description=True)
        program = """
import json, sys
from dynmodels import generate_dynamic_models
models = generate_dynamic_models(json.loads(sys.argv[1]), use_schema_description=True)
print(models.root.__doc__, "render" in models.timings, "compile" in models.timings)
"""

        assert child(program, json.dumps(SHELF), options=("-OO",)).split() == ["None", "False", "True"]
        assert again(SHELF, use_schema_description=True).root.__doc__.strip() == "Where books stand."

    def test_what_has_no_stable_content_is_not_stored(self, folder: Path) -> None:
        again(BOOK, custom_class_name_generator=lambda name: name)
        again({**BOOK, "x-note": object()})
        again(BOOK, class_decorators=["@final"], additional_imports=["typing.final"])

        assert list(folder.glob("d*")) == []

    def test_debug_mode_leaves_it_alone(self, folder: Path, tmp_path: Path) -> None:
        assert counted(lambda: again(BOOK, debug=tmp_path / "debug")) == BUILT
        assert not folder.exists()


class TestPlace:
    def test_it_is_where_the_call_says(self, folder: Path, tmp_path: Path) -> None:
        generate_dynamic_models(BOOK, store=tmp_path / "mine")
        again(BOOK, store=False)

        assert (tmp_path / "mine").is_dir()
        assert not folder.exists()
        with pytest.raises(OptionsError, match=r"store is True, False or a pathlib\.Path"):
            generate_dynamic_models(BOOK, store="mine")  # type: ignore[arg-type]

    def test_it_is_in_the_users_cache_folder_by_default(self, tmp_path: Path) -> None:
        program = "from dynmodels.store import store_of; print(store_of(None).folder)"
        environment = {name: value for name, value in os.environ.items() if name != "DYNMODELS_CACHE_DIR"}

        result = subprocess.run(  # noqa: S603
            [sys.executable, "-c", program],
            env={**environment, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")},
            capture_output=True,
            text=True,
            check=True,
        )

        assert Path(result.stdout.strip()).is_relative_to(tmp_path)

    def test_an_empty_variable_means_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DYNMODELS_CACHE_DIR", "")

        assert store_of(None) is None

    def test_where_python_writes_no_bytecode_it_is_read_only(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("platformdirs.user_cache_path", lambda _name: folder.parent)
        monkeypatch.delenv("DYNMODELS_CACHE_DIR")
        monkeypatch.setattr(sys, "dont_write_bytecode", False)
        generate_dynamic_models(BOOK)
        monkeypatch.setattr(sys, "dont_write_bytecode", True)

        assert counted(lambda: again(BOOK)) == RESTORED
        assert counted(lambda: again(SHELF)) == BUILT
        assert len(list(folder.glob("d*"))) == 1
        assert store_of(folder) == Store(folder)  # a folder that somebody names is meant

    def test_without_a_home_there_is_none(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        stores._warn.cache_clear()
        monkeypatch.delenv("DYNMODELS_CACHE_DIR")
        monkeypatch.setattr("platformdirs.user_cache_path", lambda _name: Path("~/.cache"))

        assert counted(lambda: again(BOOK)) == BUILT
        assert counted(lambda: again(SHELF)) == BUILT
        assert [record.levelname for record in caplog.records] == ["WARNING"]
        assert "no home folder" in caplog.text

    @pytest.mark.parametrize("name", ["x" * 5_000, "a\0b", "../../../../../../../proc/nowhere"])
    def test_a_folder_that_cannot_be_is_none(self, name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        stores._warn.cache_clear()
        store = tmp_path / name / name
        for _ in range(3):
            assert again(BOOK, store=store).root.__name__ == "Book"
        assert len([record for record in caplog.records if record.levelname == "WARNING"]) == 1
        assert again(BOOK, store=store).root(isbn="9780141439600", author={"name": "Charles Dickens"})

    @pytest.mark.parametrize("size", ["many", "-1", "1e9"])
    def test_a_size_that_is_none_is_told(
        self, size: str, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setenv("DYNMODELS_CACHE_MAX_BYTES", size)

        assert again(BOOK)
        assert size == "-1" or "DYNMODELS_CACHE_MAX_BYTES is a number of bytes" in caplog.text


class TestImport:
    def test_a_generated_module_is_imported_by_its_name(self, folder: Path) -> None:
        digest = generate_dynamic_models(INVOICING).digest
        program = """
import importlib, sys
module = importlib.import_module(sys.argv[1])
inner = importlib.import_module(sys.argv[1] + ".billing.documents")
import gc
gc.collect()
print(module.Model(invoice={"total": {"cents": 1}}).invoice.total.cents, inner.Invoice.__module__ == inner.__name__)
print("datamodel_code_generator" in sys.modules, importlib.import_module(sys.argv[1]) is module)
"""

        assert child(program, f"{NAMESPACE}.d{digest}").split() == ["1", "True", "False", "True"]

    def test_objects_can_be_pickled_into_a_process_that_reaches_the_store(self, folder: Path) -> None:
        models = generate_dynamic_models(BOOK)
        book = models.root(isbn="9780141439600", author={"name": "Charles Dickens"}, binding="paperback")
        program = """
import pickle, sys
book = pickle.loads(bytes.fromhex(sys.argv[1]))
print(type(book).__name__, book.author.name.split()[1], book.binding.value, "datamodel_code_generator" in sys.modules)
"""

        assert child(program, pickle.dumps(book).hex()).split() == ["Book", "Dickens", "paperback", "False"]

    def test_a_call_gives_the_classes_of_the_import(self, folder: Path) -> None:
        digest = generate_dynamic_models(BOOK).digest
        program = """
import importlib, json, sys
module = importlib.import_module(sys.argv[1])
from dynmodels import generate_dynamic_models
models = generate_dynamic_models(json.loads(sys.argv[2]))
print(models["Author"] is module.Author, models.schema == json.loads(sys.argv[2]), models.root is module.Book)
"""

        assert child(program, f"{NAMESPACE}.d{digest}", json.dumps(BOOK)).split() == ["True"] * 3

    def test_a_name_with_a_number_is_that_of_the_same_classes(self, folder: Path) -> None:
        first = generate_dynamic_models(BOOK)
        second = generate_dynamic_models(BOOK, cache_size=0)
        program = "import importlib, sys; print(importlib.import_module(sys.argv[1]).Book.__name__)"

        # Of this document, other tests may hold classes as well.
        assert re.fullmatch(rf"{NAMESPACE}\.d{first.digest}_[0-9]+", second.root.__module__)
        assert child(program, second.root.__module__) == "Book\n"

    def test_it_can_be_looked_for(self, folder: Path) -> None:
        import importlib.util

        models = generate_dynamic_models(INVOICING)

        assert importlib.util.find_spec(models.module.__name__) is not None
        assert importlib.util.find_spec(f"{NAMESPACE}.d{'0' * 32}") is None

    def test_a_thread_that_imports_waits_for_the_one_that_builds(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import importlib

        document = named("Waited for")
        digest = again(document).digest
        clear_dynamic_models_cache()
        gc.collect()
        running, go_on = threading.Event(), threading.Event()

        def run(*arguments: Any) -> None:
            running.set()
            assert go_on.wait(30)
            run_module(*arguments)

        monkeypatch.setattr("dynmodels.restore.run", run)
        with ThreadPoolExecutor(2) as threads:
            call = threads.submit(generate_dynamic_models, document)
            assert running.wait(30)
            found = threads.submit(lambda: importlib.import_module(f"{NAMESPACE}.d{digest}").WaitedFor)
            go_on.set()

            assert found.result(30) is call.result(30).root

    def test_a_call_that_waits_for_an_import_builds_what_that_does_not_find(self, folder: Path) -> None:
        digest = again(BOOK).digest
        (entry_of(folder) / "__init__.py").write_text("")
        clear_dynamic_models_cache()

        with ThreadPoolExecutor(8) as threads:
            asked = [threads.submit(generate_dynamic_models, BOOK) for _ in range(4)]
            named = [threads.submit(restore_by_digest, digest) for _ in range(4)]

        assert {future.result().root.__name__ for future in asked} == {"Book"}
        assert {type(future.exception()) for future in named} <= {StoreError, type(None)}

    def test_a_module_that_is_not_there_is_not_found(self, folder: Path) -> None:
        generate_dynamic_models(BOOK)
        program = """
import importlib, sys
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except ImportError as error:
        print(type(error).__name__)
"""
        absent = f"{NAMESPACE}.d{'0' * 32}"
        broken = f"{NAMESPACE}.{entry_of(folder).name}"
        (entry_of(folder) / "__init__.py").write_text("1 / 0")

        assert child(program, absent, f"{NAMESPACE}.models", broken).split() == [
            "ModuleNotFoundError",
            "ModuleNotFoundError",
            "ImportError",
        ]


class TestDamage:
    """Whatever is in the folder: right classes, no exception, and the next process finds a whole entry again."""

    def heals(self, document: Any, what: dict[str, Any]) -> None:
        assert described(again(document)) == what
        assert counted(lambda: again(document)) == RESTORED
        healed = again(document)
        assert described(healed) == what
        assert "import" not in healed.timings  # nor does it take the generator to find the entry

    def files_of(self, folder: Path) -> Iterator[Path]:
        return (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != ".dynmodels-lock")

    def test_a_file_cut_short_at_any_length(self, folder: Path) -> None:
        what = described(again(BOOK))
        for file in list(self.files_of(folder)):
            whole = file.read_bytes()
            for length in sorted({0, 1, len(whole) - 1, *range(0, len(whole), max(1, len(whole) // 8))}):
                file.write_bytes(whole[:length])
                self.heals(BOOK, what)
        assert leftovers(folder) == []

    def test_any_byte_changed(self, folder: Path) -> None:
        what = described(again(BOOK))
        chance = random.Random(5)  # noqa: S311 (no secret)
        for file in list(self.files_of(folder)):
            whole = file.read_bytes()
            for place in chance.sample(range(len(whole)), min(12, len(whole))):
                changed = bytearray(whole)
                changed[place] ^= 1 << chance.randrange(8)
                file.write_bytes(changed)
                self.heals(BOOK, what)

    @pytest.mark.parametrize("garbage", [b"", b"\0" * 100, b"[]", b"{}", b"null", b'{"checksum": 1}', b"\xff\xfe"])
    def test_garbage_in_place_of_any_file(self, folder: Path, garbage: bytes) -> None:
        what = described(again(BOOK))
        for file in list(self.files_of(folder)):
            file.write_bytes(garbage)
            self.heals(BOOK, what)

    def test_something_else_in_place_of_any_file_or_folder(self, folder: Path, tmp_path: Path) -> None:
        what = described(again(BOOK))
        for path in [*self.files_of(folder), entry_of(folder), folder / stores.REQUESTS]:
            for put in (Path.mkdir, os.mkfifo, lambda path: path.symlink_to(tmp_path), lambda path: path.touch()):
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
                put(path)
                self.heals(BOOK, what)

    def test_any_file_or_folder_gone(self, folder: Path) -> None:
        what = described(again(BOOK))
        for path in [*self.files_of(folder), entry_of(folder), folder / stores.REQUESTS, folder]:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
            self.heals(BOOK, what)

    def test_an_entry_that_is_whole_and_wrong_is_replaced(self, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
        what = described(again(BOOK))
        store, digest = StoreWriter(folder), entry_of(folder).name[1:]
        stored = store.read(digest)
        assert stored is not None
        store.discard(digest)
        store.write(digest, stored.about, {**stored.files, "__init__.pyc": b"0" * 50}, ["0" * 32])

        self.heals(BOOK, what)
        assert "cannot be used" in caplog.text

    def test_links_inside_it_are_not_followed(self, folder: Path, tmp_path: Path) -> None:
        what = described(again(INVOICING))
        (entry_of(folder) / "billing").rename(tmp_path / "billing")
        (entry_of(folder) / "billing").symlink_to(tmp_path / "billing")

        assert counted(lambda: again(INVOICING)) == BUILT
        self.heals(INVOICING, what)

    def test_an_entry_of_other_versions_is_none_by_name(self, folder: Path) -> None:
        digest = again(BOOK).digest
        store = StoreWriter(folder)
        stored = store.read(digest)
        assert stored is not None
        store.discard(digest)
        store.write(digest, {**stored.about, "versions": {"pydantic": "2.0"}}, stored.files, [])
        clear_dynamic_models_cache()

        with pytest.raises(StoreError, match="nothing that can be used is stored"):
            restore_by_digest(digest)
        assert counted(lambda: again(BOOK)) == BUILT

    def test_versions_stand_side_by_side(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        what = described(again(BOOK))
        versions = dict(installed())
        with monkeypatch.context() as patch:
            patch.setattr(calls, "installed", lambda: {**versions, "pydantic": "2.99"})
            assert counted(lambda: again(BOOK)) == BUILT
            assert counted(lambda: again(BOOK)) == RESTORED

        assert len(list(folder.glob("d*"))) == 2
        self.heals(BOOK, what)

    def test_an_entry_of_another_format_is_replaced(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(stores, "FORMAT", 0)
            patch.setattr(storing, "FORMAT", 0)
            what = described(again(BOOK))

        assert counted(lambda: again(BOOK)) == BUILT
        self.heals(BOOK, what)


@pytest.mark.skipif(not hasattr(os, "fork") or not hasattr(os, "geteuid"), reason=ANOTHER)
class TestOthers:
    """The folder is private: what others could have put there is not run."""

    def is_refused(self, folder: Path, caplog: pytest.LogCaptureFixture, why: str) -> None:
        before = sorted(folder.rglob("*"))
        assert counted(lambda: again(BOOK)) == BUILT
        assert counted(lambda: again(BOOK)) == BUILT
        assert sorted(folder.rglob("*")) == before
        warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
        assert {why in warning for warning in warnings} == {True}
        assert len(warnings) == 1

    def test_it_is_created_for_its_owner_alone(self, folder: Path) -> None:
        again(INVOICING)

        modes = {stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.rglob("*")]}
        assert modes == {0o700, 0o600}

    @pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
    def test_a_folder_that_others_may_write_is_refused(
        self, mode: int, folder: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        again(BOOK)
        folder.chmod(mode)

        self.is_refused(folder, caplog, "other users may write to it")

    def test_another_users_folder_is_refused(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        if os.geteuid() == 0:
            again(BOOK)
            for path in [folder, *folder.rglob("*")]:
                os.chown(path, NOBODY, NOBODY)
        else:
            folder = Path(os.__file__).parent / "__pycache__"
            if folder.stat().st_uid == os.geteuid():
                pytest.skip("needs root, or a Python that is root's")
            monkeypatch.setenv("DYNMODELS_CACHE_DIR", str(folder))

        self.is_refused(folder, caplog, "belongs to another user")

    def test_a_file_that_others_may_write_is_a_miss(self, folder: Path) -> None:
        again(BOOK)
        (entry_of(folder) / "__init__.pyc").chmod(0o666)

        assert counted(lambda: again(BOOK)) == BUILT
        assert counted(lambda: again(BOOK)) == RESTORED

    def test_links_are_not_followed_out_of_it(self, folder: Path, tmp_path: Path) -> None:
        again(BOOK)
        entry = entry_of(folder)
        elsewhere = tmp_path / "elsewhere"
        entry.rename(elsewhere)
        entry.symlink_to(elsewhere)

        assert counted(lambda: again(BOOK)) == BUILT
        assert not entry.is_symlink()
        assert elsewhere.is_dir()

    def test_a_folder_that_is_ones_own_link_is_used(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "disk").mkdir(0o700)
        folder.symlink_to(tmp_path / "disk")
        again(BOOK)

        assert counted(lambda: again(BOOK)) == RESTORED
        assert list((tmp_path / "disk").glob("d*"))

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root, to own another's link")
    def test_another_users_link_is_refused(
        self, folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        (tmp_path / "disk").mkdir(0o700)
        folder.symlink_to(tmp_path / "disk")
        os.lchown(folder, NOBODY, NOBODY)

        self.is_refused(folder, caplog, "a symbolic link of another user's")


class TestShared:
    """DYNMODELS_CACHE_TRUST=verify: others may write the folder, and its source is guarded like that of a schema."""

    @pytest.fixture(autouse=True)
    def shared(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DYNMODELS_CACHE_TRUST", "verify")

    def poisoned(self, folder: Path, name: str, data: bytes, **about: Any) -> None:
        """Put into an entry what somebody could who knows how checksums are made."""
        store, digest = StoreWriter(folder, verify=True), entry_of(folder).name[1:]
        stored = store.read(digest)
        assert stored is not None
        store.discard(digest)
        store.write(digest, {**stored.about, **about}, {**stored.files, name: data}, ["0" * 32])

    def test_its_classes_are_used_whoever_wrote_them(self, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
        built = described(again(SHELF))
        folder.chmod(0o777)
        for path in folder.rglob("*"):
            if os.geteuid() == 0:
                os.chown(path, NOBODY, NOBODY)

        caplog.clear()
        assert counted(lambda: again(SHELF)) == RESTORED
        assert counted(lambda: again(json.dumps(SHELF))) == RESTORED  # which could not be noted, but costs no build
        assert described(again(SHELF)) == built
        assert [record for record in caplog.records if record.levelname == "WARNING"] == []

    def test_bytecode_is_not_run(self, folder: Path) -> None:
        import importlib.util
        import marshal

        built = described(again(BOOK))
        code = marshal.dumps(compile("raise SystemExit('run')", "x", "exec"))
        header = importlib.util.MAGIC_NUMBER + bytes(12)
        modules = [{"path": ["__init__.py"], "pieces": [len(code)], "assigned": []}]
        self.poisoned(folder, "__init__.pyc", header + code, modules=modules)

        assert counted(lambda: again(BOOK)) == RESTORED
        assert described(again(BOOK)) == built

    @pytest.mark.parametrize(
        "source",
        [
            "import os\nos._exit(3)\n",
            "from pydantic import BaseModel\nclass Book(BaseModel):\n    isbn: str = __import__('os')._exit(3)\n",
            "from shop.types import Price\n",
            "1 / 0",
        ],
    )
    def test_source_that_the_generator_would_not_write_is_refused(
        self, folder: Path, source: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        built = described(again(BOOK))
        permit = {"imports": [["shop.types", "Price"], ["os", "_exit"]], "modules": ["os", "shop"], "functions": True}
        self.poisoned(folder, "__init__.py", source.encode(), permit=permit)

        assert counted(lambda: again(BOOK)) == BUILT
        assert "cannot be used" in caplog.text
        assert counted(lambda: again(BOOK)) == RESTORED
        assert described(again(BOOK)) == built

    def test_names_lead_nowhere_else(self, folder: Path, tmp_path: Path) -> None:
        again(BOOK)
        (tmp_path / "outside.py").write_text("")
        store, digest = StoreWriter(folder, verify=True), entry_of(folder).name[1:]
        manifest = json.loads((entry_of(folder) / "entry.json").read_text())
        for name in ("../../outside.py", str(tmp_path / "outside.py"), "..\\outside.py", "C:outside.py", ""):
            plain = {**manifest, "files": {**manifest["files"], name: stores.checksum_of(b"")}}
            del plain["checksum"]
            (entry_of(folder) / "entry.json").write_bytes(stores.sealed_manifest(json.dumps(plain).encode()))
            assert store.read(digest) is None

    @pytest.mark.parametrize(
        "files",
        [
            {
                "__init__.py": "from typing import Any\nfrom pydantic import BaseModel, Field\n"
                "class Book(BaseModel):\n"
                "    isbn: Any = Field(default_factory=lambda: Book.parse_raw(b'x', allow_pickle=True))\n"
            },
            {
                "__init__.py": "from enum import Enum\nfrom pydantic import BaseModel, TypeAdapter\n"
                "class E(TypeAdapter, Enum):\n    a = '1 / 0'\nclass Book(BaseModel):\n    pass\n"
            },
            {
                "__init__.py": "from .a import Book\n",
                "a.py": "from pydantic import BaseModel\nfrom .b import TypeAdapter as Decimal\n"
                "class Book(BaseModel):\n    isbn: str = Decimal('1 / 0')\n",
                "b.py": "from pydantic import TypeAdapter\n",
            },
            {
                "__init__.py": "from .a import Book\n",
                "a.py": "from typing import Any\nfrom pydantic import BaseModel, Field\nfrom .b import Path\n"
                "class Book(BaseModel):\n    isbn: Any = Field(default_factory=lambda: Path.unlink('x'))\n",
                "b.py": "from pathlib import Path\n",
            },
        ],
        ids=["a method", "a base", "an import under another name", "an import from a sibling"],
    )
    def test_source_by_somebody_who_knows_the_guard_is_refused(
        self, folder: Path, files: dict[str, str], caplog: pytest.LogCaptureFixture
    ) -> None:
        again(BOOK)
        store, digest = StoreWriter(folder, verify=True), entry_of(folder).name[1:]
        stored = store.read(digest)
        assert stored is not None
        store.discard(digest)
        modules = [{"path": [name], "pieces": [1], "assigned": [], "rewritten": False} for name in files]
        sources = {name: text.encode() for name, text in files.items()}
        store.write(digest, {**stored.about, "modules": modules}, {**stored.files, **sources}, ["0" * 32])

        assert counted(lambda: again(BOOK)) == BUILT
        assert "the generated source is refused" in caplog.text

    def test_a_budget_is_not_an_entrys_to_lift(self, folder: Path) -> None:
        either = {"anyOf": [{"$ref": "#/$defs/A"}, {"$ref": "#/$defs/B"}]}
        branch = {"type": "object", "properties": {"next": either}}
        schema = {"title": "Chain", **branch, "$defs": {"A": branch, "B": branch}}
        deep: dict[str, Any] = {"next": 1}
        for _ in range(40):
            deep = {"next": deep}
        again(schema)
        self.poisoned(folder, "__init__.pyc", b"", limited=False)

        models = again(schema)

        assert "render" not in models.timings
        with pytest.raises(ValidationError, match="nests too deeply"):
            models.root.model_validate(deep)

    def test_a_call_is_not_led_to_anothers_classes(self, folder: Path) -> None:
        digest = again(BOOK).digest
        shutil.rmtree(folder)
        again(SHELF)
        for request in (folder / stores.REQUESTS).iterdir():
            request.write_text(stores.sealed(digest, request.name))
        clear_dynamic_models_cache()

        shelf, book = generate_dynamic_models(SHELF), generate_dynamic_models(BOOK)

        assert (shelf.root.__name__, book.root.__name__) == ("Shelf", "Book")
        assert book.digest == digest != shelf.digest

    def test_its_classes_are_nobodys_who_does_not_share_it(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        shared = again(BOOK)
        monkeypatch.delenv("DYNMODELS_CACHE_TRUST")

        assert generate_dynamic_models(BOOK, store=False) is not shared

    def test_a_folder_that_others_may_write_is_not_written(
        self, folder: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        folder.mkdir()
        folder.chmod(0o777)

        assert counted(lambda: again(BOOK)) == BUILT
        assert list(folder.iterdir()) == []
        assert "other users may write to it" in caplog.text

    def test_importing_by_name_discards_nothing(self, folder: Path) -> None:
        schema = {
            "type": "object",
            "properties": {"a": {"type": "object", "customTypePath": "collections.OrderedDict"}},
        }
        digest = again(schema, allow_imports=["collections"]).digest
        clear_dynamic_models_cache()

        with pytest.raises(StoreError, match="nothing that can be used is stored"):
            restore_by_digest(digest)
        assert counted(lambda: again(schema, allow_imports=["collections"])) == RESTORED

    def test_what_the_call_allows_is_allowed_and_no_more(self, folder: Path) -> None:
        schema = {"type": "object", "properties": {"price": {"type": "string", "customTypePath": "decimal.Decimal"}}}
        again(schema, allow_imports=["decimal"])

        assert counted(lambda: again(schema, allow_imports=["decimal"])) == RESTORED

    def test_it_is_created_for_all_whom_the_umask_lets(self, folder: Path) -> None:
        umask = os.umask(0o022)
        try:
            again(BOOK)
        finally:
            os.umask(umask)

        assert stat.S_IMODE(folder.stat().st_mode) == 0o755
        assert stat.S_IMODE((entry_of(folder) / "__init__.py").stat().st_mode) == 0o644

    def test_another_word_than_those_known_means_no_store(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setenv("DYNMODELS_CACHE_TRUST", "yes")

        assert counted(lambda: again(BOOK)) == BUILT
        assert not folder.exists()
        assert "'private' or 'verify'" in caplog.text


def killed_at(step: int, folder: Path) -> None:
    """Have this process killed before it does something to the folder for the nth time."""
    seen = 0

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal seen
        if event not in {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree", "os.listdir"}:
            return
        if any(isinstance(each, str | os.PathLike) and str(folder) in str(each) for each in arguments):
            seen += 1
            if seen == step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


@pytest.mark.skipif(not hasattr(os, "fork") or not hasattr(signal, "SIGKILL"), reason=ANOTHER)
class TestFaults:
    @pytest.mark.parametrize("state", ["empty", "damaged", "full"])
    def test_a_process_killed_at_any_step_leaves_nothing_wrong(
        self, state: str, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        what = described(again(BOOK))
        size = sum(path.stat().st_size for path in entry_of(folder).iterdir())
        shutil.rmtree(folder)
        if state == "full":
            monkeypatch.setenv("DYNMODELS_CACHE_MAX_BYTES", str(int(2.5 * size)))
        steps = 0
        while True:
            steps += 1
            if state != "empty":
                again(BOOK)
                (entry_of(folder) / "__init__.pyc").write_bytes(b"damaged")
            if state == "full":
                again(SHELF)

            def work(step: int = steps) -> None:
                killed_at(step, folder)
                again(BOOK)

            status = forked(work)
            assert status in {0, -signal.SIGKILL}
            assert described(again(BOOK)) == what
            assert counted(lambda: again(BOOK)) == RESTORED
            again(named("Lamp"))
            assert leftovers(folder) == []
            if status == 0:
                break
            shutil.rmtree(folder)
        assert steps > 15

    def test_many_processes_build_while_others_clear(self, folder: Path) -> None:
        documents = [BOOK, SHELF, *(named(f"Lamp{number}") for number in range(4))]
        expected = [described(again(document, store=False)) for document in documents]
        context = multiprocessing.get_context("fork")

        def work(seed: int) -> None:
            chance = random.Random(seed)  # noqa: S311 (no secret)
            logging.getLogger("dynmodels").setLevel(logging.CRITICAL)
            for _ in range(12):
                number = chance.randrange(len(documents))
                if described(again(documents[number])) != expected[number]:
                    os._exit(3)

        def clear() -> None:
            for _ in range(40):
                StoreWriter(folder).clear()

        processes = [context.Process(target=work, args=(seed,)) for seed in range(16)]
        processes.append(context.Process(target=clear))
        for process in processes:
            process.start()
        for process in processes:
            process.join(120)

        assert [process.exitcode for process in processes] == [0] * 17
        assert described(again(BOOK)) == expected[0]
        assert counted(lambda: again(BOOK)) == RESTORED
        assert leftovers(folder) == []

    def test_a_full_disk_costs_nothing_but_the_next_start(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        again(BOOK)
        told: list[str] = []
        original = StoreWriter.write

        def note(record: logging.LogRecord) -> bool:
            told.append(record.getMessage())
            return False

        def write(self: StoreWriter, *arguments: Any) -> None:
            soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (300, hard))  # as a full disk, in the middle of a file
            original(self, *arguments)
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

        def work() -> None:
            monkeypatch.setattr(StoreWriter, "write", write)
            logging.getLogger("dynmodels").addFilter(note)
            assert counted(lambda: again(SHELF)) == BUILT
            assert counted(lambda: again(SHELF)) == BUILT
            assert counted(lambda: again(BOOK)) == RESTORED
            assert len(told) == 1
            assert "No space left" in told[0] or "File too large" in told[0]
            assert leftovers(folder) == []

        assert forked(work) == 0
        assert counted(lambda: again(SHELF)) == BUILT
        assert leftovers(folder) == []

    def test_a_folder_that_may_only_be_read_is_read(self) -> None:
        with tempfile.TemporaryDirectory() as outer:
            Path(outer).chmod(0o755)
            folder = Path(outer, "store")
            again(BOOK, store=folder)
            if os.geteuid() == 0:
                for path in [folder, *folder.rglob("*")]:
                    os.chown(path, NOBODY, NOBODY)
            folder.chmod(0o500)

            def work() -> None:
                if os.geteuid() == 0:
                    os.setuid(NOBODY)
                assert counted(lambda: again(BOOK, store=folder)) == RESTORED
                assert counted(lambda: again(SHELF, store=folder)) == BUILT
                assert again(SHELF, store=folder).root.__name__ == "Shelf"

            status = forked(work)
            folder.chmod(0o700)
            assert status == 0
            assert len(list(folder.glob("d*"))) == 1

    def test_a_writer_that_does_not_end_is_not_waited_for_long(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        from filelock import FileLock

        monkeypatch.setattr(storing, "_LOCK_SECONDS", 0.1)
        again(BOOK)
        with FileLock(folder / ".dynmodels-lock", thread_local=False):

            def work() -> None:
                assert counted(lambda: again(SHELF)) == BUILT
                assert "another process has been writing to it for 0.1 s" in caplog.text

            assert forked(work) == 0

        assert counted(lambda: again(SHELF)) == BUILT
        assert counted(lambda: again(SHELF)) == RESTORED

    def test_a_folder_deleted_during_a_write_is_made_anew(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        original = StoreWriter._put_file
        deleted: list[Path] = []

        def delete_first(self: StoreWriter, path: Path, data: bytes) -> None:
            if not deleted:
                deleted.append(path)
                shutil.rmtree(folder)
            original(self, path, data)

        monkeypatch.setattr(StoreWriter, "_put_file", delete_first)

        assert counted(lambda: again(BOOK)) == BUILT
        assert counted(lambda: again(BOOK)) == RESTORED


class TestPeoplesOwn:
    """Somebody may name a folder that holds things of their own."""

    def test_nothing_but_the_stores_own_is_touched(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o700)
        mine = [
            tmp_path / name for name in ("requests/api.py", ".tmp-mine/work.txt", "d123/notes.txt", ".lock", "usage")
        ]
        for path in mine:
            path.parent.mkdir(exist_ok=True)
            path.write_text("mine")

        again(BOOK, store=tmp_path)
        again(SHELF, store=tmp_path)
        StoreWriter(tmp_path).clear()

        assert {path.read_text() for path in mine} == {"mine"}
        assert {path.name for path in tmp_path.iterdir()} == {path.relative_to(tmp_path).parts[0] for path in mine} | {
            ".dynmodels-lock"
        }

    def test_a_home_folder_can_be_meant(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("DYNMODELS_CACHE_DIR", "~/models")

        assert store_of(None) == Store(tmp_path / "models")


class TestSize:
    def names(self, folder: Path) -> set[str]:
        return {path.name for path in folder.glob("d*")}

    def used_at(self, folder: Path, digest: str, seconds: float) -> None:
        os.utime(folder / f"d{digest}" / "entry.json", (seconds, seconds))

    def test_the_least_recently_used_leave_first(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        old, older, oldest = (again(named(name)).digest for name in ("Old", "Older", "Oldest"))
        for age, digest in enumerate([old, older, oldest]):
            self.used_at(folder, digest, 1_000_000_000 - 10_000 * age)
        again(named("Oldest"))  # used again
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        monkeypatch.setenv("DYNMODELS_CACHE_MAX_BYTES", str(size))

        new = again(named("New")).digest

        assert {f"d{new}", f"d{oldest}"} <= self.names(folder)
        assert f"d{older}" not in self.names(folder)
        assert sum(path.stat().st_size for path in folder.glob("d*/*")) <= size
        assert {Store(folder).digest_of(path.name) for path in (folder / stores.REQUESTS).iterdir()} <= {
            name[1:] for name in self.names(folder)
        }

    def test_a_clock_that_goes_backwards_harms_nobody(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        future = again(BOOK).digest
        self.used_at(folder, future, 4_000_000_000)
        assert counted(lambda: again(BOOK)) == RESTORED
        self.used_at(folder, future, 4_000_000_000)
        size = sum(path.stat().st_size for path in folder.glob("d*/*"))
        monkeypatch.setenv("DYNMODELS_CACHE_MAX_BYTES", str(size + 100))

        new = again(SHELF).digest

        assert f"d{new}" in self.names(folder)
        assert counted(lambda: again(SHELF)) == RESTORED

    def test_what_is_larger_than_all_of_it_is_not_stored(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DYNMODELS_CACHE_MAX_BYTES", "500")

        assert counted(lambda: again(BOOK)) == BUILT
        assert counted(lambda: again(BOOK)) == BUILT
        assert self.names(folder) == set()

    def test_the_calls_that_lead_to_one_entry_are_counted_too(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DYNMODELS_CACHE_MAX_BYTES", "6000")

        for spaces in range(60):
            again(json.dumps(BOOK) + " " * spaces)

        assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) <= 6_100

    def test_a_list_tells_what_is_there(self, folder: Path) -> None:
        digest = again(BOOK).digest
        (folder / "dust").mkdir()

        (entry,) = StoreWriter(folder).entries()

        assert (entry.digest, entry.about["root"]) == (digest, "Book")
        assert entry.bytes == sum(path.stat().st_size for path in (folder / f"d{digest}").iterdir())
        assert StoreWriter(folder / "nowhere").entries() == []

    def test_clearing_deletes_all_entries_and_nothing_else(self, folder: Path) -> None:
        models = again(BOOK)
        again(SHELF)
        (folder / "notes.txt").write_text("mine")

        assert StoreWriter(folder).clear() == 2
        assert StoreWriter(folder).clear() == 0
        assert {path.name for path in folder.iterdir()} <= {"notes.txt", ".dynmodels-lock"}
        assert models.root(isbn="9780141439600", author={"name": "Charles Dickens"})
        assert counted(lambda: again(BOOK)) == BUILT
        assert StoreWriter(folder / "nowhere").clear() == 0

    def test_a_folder_that_is_not_to_be_believed_is_not_cleared(self, folder: Path) -> None:
        again(BOOK)
        folder.chmod(0o777)

        with pytest.raises(StoreError, match="cannot be cleared: other users may write to it"):
            StoreWriter(folder).clear()
        with pytest.raises(StoreError, match="cannot be read"):
            StoreWriter(folder).entries()
