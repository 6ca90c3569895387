"""Many documents at once: the same classes and errors as one by one, in order, whatever becomes of the processes."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import textwrap
import types
from collections import UserDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from dynmodels import (
    DynamicModels,
    DynmodelsError,
    GenerateConfig,
    GenerationError,
    ModelBuildError,
    OptionsError,
    SchemaError,
    UnsafeSchemaError,
    clear_dynamic_models_cache,
    dynamic_models_cache_info,
    generate_dynamic_models,
    generate_many,
    many,
    workers,
)
from tests.documents import BOOK, INVOICING, PET_SHOP


def tool(number: int) -> dict[str, Any]:
    """The arguments of a tool, as a server declares them."""
    return {
        "title": f"SearchOrders{number}",
        "type": "object",
        "required": ["customer"],
        "properties": {
            "customer": {"type": "string", "description": f"The customer's number in region {number}."},
            "status": {"enum": ["open", "shipped", "returned"]},
            "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
        },
    }


#: A tool that has a type of its own, by a module that may be named.
SLUG: dict[str, Any] = {
    "title": "Publish",
    "type": "object",
    "properties": {"slug": {"type": "string", "customTypePath": "slugs.Slug"}},
}


def built(result: DynamicModels | DynmodelsError) -> DynamicModels:
    assert isinstance(result, DynamicModels), result
    return result


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The processes that were started to build in; each is worth its start for a single document."""
    processes: list[subprocess.Popen[bytes]] = []

    class Recorded(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            processes.append(self)

    monkeypatch.setattr(subprocess, "Popen", Recorded)
    monkeypatch.setattr(many, "DOCUMENTS_PER_PROCESS", 1)
    return processes


@pytest.fixture
def slugs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module of the caller's that is not written yet; it finds the folder that it stands in beside it."""
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path / "slugs.py"


class TestByProcesses:
    def test_classes_and_errors_stand_in_the_order_of_the_documents(
        self, started: list[subprocess.Popen[bytes]], tmp_path: Path
    ) -> None:
        file = tmp_path / "pets.json"
        file.write_bytes(b'{"title": "Pet", "type": "object", "properties": {"name": {"type": "string"}}}')
        reads_files = {"$ref": "file:///etc/passwd"}
        no_schema: dict[str, Any] = {"type": "object", "properties": {"size": {"type": 12}}}
        documents = [
            tool(1),
            no_schema,
            BOOK,
            file,
            reads_files,
            PET_SHOP,
            "{title: Text, type: object}",
            12,
            INVOICING,
        ]

        results = generate_many(documents, processes=2)  # type: ignore[arg-type]  # 12 is no document

        assert len(started) == 2
        kinds = [type(result) for result in results]
        assert kinds[1] is SchemaError
        assert kinds[4] is UnsafeSchemaError
        assert kinds[7] is OptionsError
        for place in (0, 2, 3, 5, 6, 8):
            here = generate_dynamic_models(documents[place], cache_size=0)  # type: ignore[arg-type]
            assert built(results[place]).source == here.source
            assert built(results[place]).digest == here.digest
            assert built(results[place]).schema == here.schema
            assert set(built(results[place]).pointers) == set(here.pointers)
            assert {"load", "render", "compile", "exec", "collect"} <= set(built(results[place]).timings)
        error = results[1]
        assert isinstance(error, SchemaError)
        assert error.pointer == "#/properties/size/type"

    def test_exact_classes_and_options_are_the_same_too(self, started: list[subprocess.Popen[bytes]]) -> None:
        results = generate_many([BOOK, tool(2)], processes=2, exact=True, config=GenerateConfig(snake_case_field=True))

        assert started
        Book = built(results[0]).root  # noqa: N806
        assert Book.model_validate({"isbn": "9780141439600", "author": {"name": "Dickens"}}).author.name == "Dickens"
        with pytest.raises(ValueError, match=r"json_schema\.pattern"):
            Book.model_validate({"isbn": "none", "author": {"name": "Dickens"}})
        here = generate_dynamic_models(BOOK, exact=True, config=GenerateConfig(snake_case_field=True))
        assert here is results[0]

    def test_what_was_built_is_stored_for_the_next_start(
        self, started: list[subprocess.Popen[bytes]], tmp_path: Path
    ) -> None:
        documents = [tool(number) for number in range(6)]
        first = generate_many(documents, processes=2, store=tmp_path)
        before = len(started), dynamic_models_cache_info()
        digests = [built(result).digest for result in first]
        del first
        clear_dynamic_models_cache()  # as in a new process

        again = generate_many(documents, processes=2, store=tmp_path)

        assert before[0] == 2
        assert len(started) == 2
        assert [built(result).digest for result in again] == digests
        assert dynamic_models_cache_info().store_hits == before[1].store_hits + 6

    def test_what_another_spelling_has_stored_is_not_built_again(
        self, started: list[subprocess.Popen[bytes]], tmp_path: Path
    ) -> None:
        generate_dynamic_models('{"title": "Lamp", "type": "object"}', store=tmp_path)
        clear_dynamic_models_cache()
        before = dynamic_models_cache_info()

        generate_many([{"title": "Lamp", "type": "object"}, tool(1)], processes=2, store=tmp_path)

        after = dynamic_models_cache_info()
        assert (after.store_hits, after.misses) == (before.store_hits + 1, before.misses + 1)

    def test_a_script_needs_no_guard_and_loads_no_generator(self, tmp_path: Path) -> None:
        script = tmp_path / "host.py"
        script.write_text(
            textwrap.dedent("""
                import sys

                import dynmodels.many

                print("begun")
                dynmodels.many.DOCUMENTS_PER_PROCESS = 1
                documents = [{"title": f"Tool{number}", "type": "object"} for number in range(4)]
                results = dynmodels.generate_many(documents, processes=2)
                print(*(models.root.__name__ for models in results))
                print("datamodel_code_generator" in sys.modules)
            """)
        )

        done = subprocess.run(  # noqa: S603
            [sys.executable, str(script)], capture_output=True, text=True, check=False, timeout=60
        )

        assert done.stdout.splitlines() == ["begun", "Tool0 Tool1 Tool2 Tool3", "False"]
        assert not done.stderr

    @pytest.mark.parametrize("kind", [RuntimeError, KeyboardInterrupt])
    def test_an_error_of_the_callback_ends_the_processes_and_keeps_what_was_built(
        self, kind: type[BaseException], started: list[subprocess.Popen[bytes]], tmp_path: Path
    ) -> None:
        def stop(done: int, _total: int) -> None:
            if done == 2:
                raise kind("enough")

        with pytest.raises(kind, match="enough"):
            generate_many([tool(number) for number in range(40)], processes=2, progress=stop, store=tmp_path)

        assert started
        assert all(process.returncode is not None for process in started)
        assert len(list(tmp_path.glob("d*/entry.json"))) == 2

    def test_what_is_said_in_a_process_is_said_here(
        self, started: list[subprocess.Popen[bytes]], caplog: pytest.LogCaptureFixture
    ) -> None:
        dangling = {
            "type": "object",
            "properties": {"a": {"$ref": "#/$defs/A/$defs/B"}},
            "$defs": {"A": {"type": "object", "$defs": {"B": {"$ref": "#/nowhere"}}}},
        }

        with caplog.at_level(logging.DEBUG, "dynmodels"), pytest.warns(UserWarning, match="nowhere"):
            results = generate_many([dangling], processes=2, strict_refs=False)

        assert started
        assert built(results[0])
        assert any("for another process" in record.getMessage() for record in caplog.records)

    @pytest.mark.parametrize("exact", [False, True])
    def test_a_module_that_only_this_process_has_is_found(
        self, exact: bool, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Recorded(BaseModel):
            def origin(self) -> str:
                return "here"

        module = types.ModuleType("only_here")
        module.Recorded = Recorded  # type: ignore[attr-defined]  # of this test
        monkeypatch.setitem(sys.modules, "only_here", module)

        (models,) = generate_many([tool(3)], processes=2, exact=exact, base_class="only_here.Recorded")

        assert bool(started) is not exact
        assert built(models).root(customer="8").origin() == "here"


#: Ends a process that is about to build a document of this title, as the system does for want of memory.
DEADLY: dict[str, Any] = {"title": "Deadly", "type": "object"}
KILLING = """
import os, pathlib, signal
from dynmodels import workers
made = workers._made
def killing(call, task):
    if task.source.content.get("title") == "Deadly" and not pathlib.Path({mark!r}).exists():
        {before}
        os.kill(os.getpid(), signal.SIGKILL)
    return made(call, task)
workers._made = killing
serve("""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the system kills otherwise")
class TestProcessesThatEnd:
    def test_a_document_that_ends_each_process_is_an_error_and_no_other_is_lost(
        self, started: list[subprocess.Popen[bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        program = KILLING.format(mark=str(tmp_path / "never"), before="pass")
        monkeypatch.setattr(workers, "_PROGRAM", workers._PROGRAM.replace("\nserve(", program))

        results = generate_many([*map(tool, range(5)), DEADLY], processes=2)

        assert [type(result) for result in results] == [DynamicModels] * 5 + [GenerationError]
        assert "has ended (2 of them)" in str(results[5])

    def test_a_document_whose_process_was_killed_once_is_built_by_another(
        self, started: list[subprocess.Popen[bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        mark = tmp_path / "killed"
        program = KILLING.format(mark=str(mark), before=f"pathlib.Path({str(mark)!r}).touch()")
        monkeypatch.setattr(workers, "_PROGRAM", workers._PROGRAM.replace("\nserve(", program))

        results = generate_many([*map(tool, range(3)), DEADLY], processes=2)

        assert mark.exists()
        assert [built(result).root.__name__ for result in results] == [
            *(f"SearchOrders{n}" for n in range(3)),
            "Deadly",
        ]

    def test_where_no_process_can_be_started_this_one_builds(
        self, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "executable", "")

        results = generate_many([tool(1), tool(2)], processes=2)

        assert not started
        assert [built(result).root.__name__ for result in results] == ["SearchOrders1", "SearchOrders2"]


class TestByThisProcess:
    def test_few_documents_start_no_process(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(workers, "Workers", None)

        results = generate_many([tool(1), tool(2)], processes=8)

        assert [built(result).root.__name__ for result in results] == ["SearchOrders1", "SearchOrders2"]

    def test_no_documents_are_no_results(self) -> None:
        assert generate_many([]) == []

    def test_they_may_come_from_a_generator_and_are_told_as_they_are_done(self) -> None:
        told: list[tuple[int, int]] = []

        results = generate_many((tool(number) for number in range(3)), progress=lambda *those: told.append(those))

        assert [built(result).root.__name__ for result in results] == [f"SearchOrders{number}" for number in range(3)]
        assert told == [(1, 3), (2, 3), (3, 3)]

    def test_what_occurs_twice_is_built_once(self) -> None:
        before = dynamic_models_cache_info().misses

        results = generate_many([tool(1), tool(2), tool(1)])

        assert results[0] is results[2]
        assert dynamic_models_cache_info().misses == before + 2

    def test_more_documents_than_memory_holds_otherwise_stay_there(self) -> None:
        documents = [{"title": f"Tool{number}", "type": "object"} for number in range(130)]

        results = generate_many(documents, processes=1)

        assert dynamic_models_cache_info().currsize == 130
        assert generate_dynamic_models(documents[0], cache_size=130) is results[0]
        generate_dynamic_models(documents[129])  # shrinks the memory to 128
        assert dynamic_models_cache_info().currsize == 128
        assert generate_dynamic_models(documents[1])["Tool1"] is built(results[1])["Tool1"]  # in use, so the very class

    def test_the_size_of_memory_is_a_callers_choice(self) -> None:
        generate_many([tool(number) for number in range(4)], cache_size=2)
        assert dynamic_models_cache_info().currsize == 2

        kept = generate_many([tool(1)], cache_size=0)
        assert generate_dynamic_models(tool(1)) is not kept[0]

    def test_what_is_in_memory_is_taken_from_there(self) -> None:
        models = generate_dynamic_models(BOOK)
        assert generate_many([tool(1), BOOK], processes=1)[1] is models

    def test_a_mapping_that_is_no_dict_is_built_here(self, started: list[subprocess.Popen[bytes]]) -> None:
        results = generate_many([UserDict(tool(1)), UserDict(tool(2))], processes=2)

        assert not started
        assert [built(result).root.__name__ for result in results] == ["SearchOrders1", "SearchOrders2"]

    def test_an_error_says_where_and_keeps_no_frames(self) -> None:
        (error,) = generate_many([{"type": "object", "properties": {"size": {"type": 12}}}])

        assert isinstance(error, SchemaError)
        assert error.pointer == "#/properties/size/type"
        assert error.__traceback__ is None

    def test_a_class_that_cannot_be_built_is_an_error_of_its_document(self, slugs: Path) -> None:
        slugs.write_text('raise RuntimeError("not today")\n')

        results = generate_many([SLUG, tool(1)], allow_imports=["slugs"])

        assert isinstance(results[0], ModelBuildError)
        assert built(results[1])


class TestArguments:
    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            ({"schemas": {"type": "object"}}, "iterable of documents"),
            ({"schemas": "{}"}, "iterable of documents"),
            ({"schemas": Path("order.schema.json")}, "iterable of documents"),
            ({"schemas": 12}, "iterable of documents"),
            ({"processes": 0}, "number of processes"),
            ({"processes": "2"}, "number of processes"),
            ({"progress": "bar"}, "progress is a function"),
            ({"cache_size": "128"}, "whole number"),
            ({"store": "folder"}, "store is"),
            ({"formats": "assert"}, "exact"),
            ({"config": GenerateConfig(), "snake_case_field": True}, "two spellings"),
        ],
    )
    def test_wrong_ones_are_an_error_of_the_call(self, arguments: dict[str, Any], says: str) -> None:
        with pytest.raises(OptionsError, match=says):
            generate_many(**{"schemas": [tool(1)], **arguments})

    @pytest.mark.parametrize("processes", [1, 2])
    def test_an_option_that_the_generator_does_not_know_is_one_too(
        self, processes: int, started: list[subprocess.Popen[bytes]]
    ) -> None:
        unknown: dict[str, Any] = {"snake_case_feild": True}

        with pytest.raises(OptionsError, match="snake_case_field"):
            generate_many([tool(1), tool(2)], processes=processes, **unknown)

        assert all(process.returncode is not None for process in started)
        assert len(started) == (0 if processes == 1 else 2)


@pytest.fixture(autouse=True)
def no_slugs_left() -> Iterator[None]:
    """Let no test find the module that another has written."""
    yield
    sys.modules.pop("slugs", None)


def test_what_workers_have_stored_is_there_for_those_who_want_some_of_it(tmp_path: Path) -> None:
    tools = [tool(number) for number in range(400, 445)]
    generate_many(tools, processes=2, store=tmp_path)
    clear_dynamic_models_cache()
    models = generate_dynamic_models(tools[7], store=tmp_path, target_model_names=["Status"])
    assert [member.value for member in models["Status"]] == ["open", "shipped", "returned"]
