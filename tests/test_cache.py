"""The memory cache: one build for each document, and nobody waits for another's."""

from __future__ import annotations

import gc
import json
import os
import signal
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from dynmodels import (
    DynmodelsError,
    GenerationError,
    clear_dynamic_models_cache,
    dynamic_models_cache_info,
    generate_dynamic_models,
    render,
)
from dynmodels.cache import ModelsCache
from dynmodels.digest import digest_of, request_of
from dynmodels.garbage import LARGE_DOCUMENT_BYTES, paused_for
from dynmodels.schema import load
from tests.documents import BOOK, named


def held_up(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """Have every render say that it has begun, and wait until it may go on."""
    begun, go_on = threading.Event(), threading.Event()
    original = render.render

    def slow(document: Any, config: Any) -> Any:
        begun.set()
        assert go_on.wait(30)
        return original(document, config)

    monkeypatch.setattr(render, "render", slow)
    return begun, go_on


class TestHits:
    def test_the_same_call_gives_the_same_object(self) -> None:
        before = dynamic_models_cache_info()

        first, second = generate_dynamic_models(BOOK), generate_dynamic_models(BOOK)

        after = dynamic_models_cache_info()
        assert first is second
        assert (after.hits - before.hits, after.misses - before.misses, after.currsize) == (1, 1, 1)

    def test_the_order_of_properties_makes_other_classes(self) -> None:
        there = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
        back = {"type": "object", "properties": {"b": {"type": "string"}, "a": {"type": "string"}}}

        assert list(generate_dynamic_models(there).root.model_fields) == ["a", "b"]
        assert list(generate_dynamic_models(back).root.model_fields) == ["b", "a"]

    def test_values_that_are_equal_in_python_are_told_apart(self) -> None:
        values: list[Any] = [1, 1.0, True, "1", None, -0.0, 0.0, [], {}]
        digests = {generate_dynamic_models({"title": "Value", "default": value}).digest for value in values}

        assert len(digests) == len(values)

    def test_integer_keys_are_their_text(self) -> None:
        by_number = {"type": "object", "properties": {200: {"type": "string"}}}
        by_text = {"type": "object", "properties": {"200": {"type": "string"}}}

        assert generate_dynamic_models(by_number) is generate_dynamic_models(by_text)

    def test_clearing_gives_the_number_of_documents(self) -> None:
        generate_dynamic_models(named("One"))
        generate_dynamic_models(named("Two"))

        assert clear_dynamic_models_cache() == 2
        assert clear_dynamic_models_cache() == 0


class TestSize:
    def test_zero_builds_anew_and_keeps_nothing(self) -> None:
        held = generate_dynamic_models(BOOK)

        assert generate_dynamic_models(BOOK, cache_size=0) is not held
        assert generate_dynamic_models(BOOK) is held

    def test_the_least_recently_used_goes_first(self) -> None:
        first = generate_dynamic_models(named("One"), cache_size=2)
        generate_dynamic_models(named("Two"), cache_size=2)
        assert generate_dynamic_models(named("One"), cache_size=2) is first

        generate_dynamic_models(named("Three"), cache_size=2)

        assert generate_dynamic_models(named("One"), cache_size=2) is first
        assert dynamic_models_cache_info().currsize == 2

    def test_a_hit_with_a_smaller_size_shrinks_the_cache(self) -> None:
        for number in range(5):
            held = generate_dynamic_models(named(f"Number{number}"))

        assert generate_dynamic_models(named("Number4"), cache_size=1) is held
        assert dynamic_models_cache_info().currsize == 1

    def test_so_does_a_hit_by_another_spelling(self) -> None:
        for number in range(5):
            held = generate_dynamic_models(named(f"Number{number}"))

        assert generate_dynamic_models(json.dumps(named("Number4")), cache_size=1) is held
        assert dynamic_models_cache_info().currsize == 1


class TestThreads:
    def test_each_of_200_schemas_is_rendered_once_for_32_threads(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rendered: Counter[str] = Counter()
        original = render.render

        def counted(document: Any, config: Any) -> Any:
            rendered[document.content["title"]] += 1
            return original(document, config)

        monkeypatch.setattr(render, "render", counted)
        schemas = [named(f"Ticket{number}") for number in range(200)]

        def build_all(offset: int) -> list[Any]:
            turned = schemas[offset:] + schemas[:offset]
            built = {schema["title"]: generate_dynamic_models(schema, cache_size=200) for schema in turned}
            return [built[schema["title"]] for schema in schemas]

        with ThreadPoolExecutor(32) as threads:
            results = list(threads.map(build_all, range(0, 192, 6)))

        assert rendered == dict.fromkeys((schema["title"] for schema in schemas), 1)
        assert all(ours is theirs for result in results for ours, theirs in zip(result, results[0], strict=True))
        assert all(models.root(id=7).id == 7 for models in results[0])

    def test_a_hit_does_not_wait_for_another_schemas_build(self, monkeypatch: pytest.MonkeyPatch) -> None:
        held = generate_dynamic_models(BOOK)
        begun, go_on = held_up(monkeypatch)
        with ThreadPoolExecutor(1) as threads:
            building = threads.submit(generate_dynamic_models, named("Slow"))
            assert begun.wait(30)

            assert generate_dynamic_models(BOOK) is held
            assert not building.done()

            go_on.set()
            assert set(building.result()) == {"Slow"}

    def test_a_failed_build_wakes_all_who_wait_and_the_next_call_tries_again(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        begun, go_on = threading.Event(), threading.Event()
        original = render.render

        def failing(_document: Any, _config: Any) -> Any:
            begun.set()
            assert go_on.wait(30)
            raise GenerationError("no paper in the printer")

        monkeypatch.setattr(render, "render", failing)
        with ThreadPoolExecutor(8) as threads:
            calls = [threads.submit(generate_dynamic_models, named("Unlucky"))]
            assert begun.wait(30)
            calls += [threads.submit(generate_dynamic_models, named("Unlucky")) for _ in range(7)]
            go_on.set()
            errors = [call.exception() for call in calls]

        assert all(isinstance(error, GenerationError) for error in errors)
        assert len({id(error) for error in errors}) == 8
        assert dynamic_models_cache_info().currsize == 0
        monkeypatch.setattr(render, "render", original)
        assert set(generate_dynamic_models(named("Unlucky"))) == {"Unlucky"}

    def test_a_schema_that_other_threads_change_gives_whole_classes(self) -> None:
        schema = named("Moving")
        finished = threading.Event()

        def change() -> None:
            number = 0
            while not finished.is_set():
                number += 1
                schema["properties"][f"field{number % 50}"] = {"type": "string"}
                schema["properties"].pop(f"field{(number + 25) % 50}", None)

        changing = threading.Thread(target=change)
        changing.start()
        try:
            for _ in range(50):
                models = generate_dynamic_models(schema, cache_size=4)
                assert set(models.root.model_fields) == set(models.schema["properties"])
        finally:
            finished.set()
            changing.join()

    def test_a_schema_that_changes_while_it_is_read_is_not_taken_for_what_it_was(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        schema, original = named("Before"), load

        def changed_meanwhile(source: Any, *arguments: Any) -> Any:
            schema["title"] = "Later"
            return original(source, *arguments)

        monkeypatch.setattr("dynmodels.schema.load", changed_meanwhile)
        assert set(generate_dynamic_models(schema)) == {"Later"}
        monkeypatch.undo()

        assert set(generate_dynamic_models(named("Before"))) == {"Before"}


class TestInterruptedBuilds:
    def test_who_waits_for_a_build_that_is_interrupted_builds_instead(self) -> None:
        cache: ModelsCache[str] = ModelsCache()
        begun, go_on = threading.Event(), threading.Event()

        def interrupted() -> str:
            begun.set()
            assert go_on.wait(30)
            raise KeyboardInterrupt

        def first() -> None:
            with pytest.raises(KeyboardInterrupt):
                cache.get_or_build("key", None, 1, interrupted)

        with ThreadPoolExecutor(2) as threads:
            one = threads.submit(first)
            assert begun.wait(30)
            other = threads.submit(cache.get_or_build, "key", None, 1, lambda: "built")
            go_on.set()
            one.result()
            assert other.result() == "built"

    def test_a_value_that_has_less_than_is_asked_for_gives_way_to_one_that_has_more(self) -> None:
        cache: ModelsCache[str] = ModelsCache()

        def ask(letters: str) -> str:
            return cache.get_or_build(
                "key", b"request", 9, lambda: letters, serves=lambda held: set(letters) <= set(held), purpose=letters
            )

        assert [ask(letters) for letters in ("a", "abc", "b", "ca")] == ["a", "abc", "abc", "abc"]
        assert cache.find(b"request", 9, lambda held: "d" in held) is None
        assert cache.info().currsize == 1

    def test_a_build_of_more_does_not_take_the_place_of_what_has_it_meanwhile(self) -> None:
        cache: ModelsCache[str] = ModelsCache()

        def part() -> str:
            cache.get_or_build("key", None, 9, lambda: "whole", serves=lambda held: held == "whole")
            return "part"

        assert cache.get_or_build("key", None, 9, part, serves=lambda held: True, purpose="part") == "part"
        assert cache.get_or_build("key", None, 9, lambda: "anew", serves=lambda held: held == "whole") == "whole"

    def test_a_build_that_asks_for_itself_does_not_wait_for_itself(self) -> None:
        cache: ModelsCache[str] = ModelsCache()

        def outer() -> str:
            return cache.get_or_build("key", None, 1, lambda: "inner") + " and outer"

        assert cache.get_or_build("key", None, 1, outer) == "inner and outer"

    @pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no interval timers")
    def test_a_signals_handler_may_call_too(self) -> None:
        answers: list[object] = []
        before = signal.signal(signal.SIGALRM, lambda *_: answers.append(generate_dynamic_models(BOOK)))
        held = generate_dynamic_models(BOOK)
        signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
        try:
            for _ in range(3_000):
                assert generate_dynamic_models(BOOK) is held
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        assert answers
        assert all(answer is held for answer in answers)

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
    @pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
    def test_a_forked_child_does_not_wait_for_its_parents_builds(self, monkeypatch: pytest.MonkeyPatch) -> None:
        original = render.render
        begun, go_on = held_up(monkeypatch)
        with ThreadPoolExecutor(1) as threads:
            building = threads.submit(generate_dynamic_models, named("Twin"))
            assert begun.wait(30)
            child = os.fork()
            if child == 0:
                monkeypatch.setattr(render, "render", original)
                os._exit(0 if set(generate_dynamic_models(named("Twin"))) == {"Twin"} else 1)
            assert os.waitpid(child, 0)[1] == 0
            go_on.set()
            assert set(building.result()) == {"Twin"}


class TestCollector:
    """Large documents are built without the pauses of the garbage collector."""

    def test_it_is_paused_for_large_documents_and_runs_again_after_the_last(self) -> None:
        with paused_for(LARGE_DOCUMENT_BYTES - 1):
            assert gc.isenabled()
        with paused_for(LARGE_DOCUMENT_BYTES):
            with paused_for(LARGE_DOCUMENT_BYTES):
                assert not gc.isenabled()
            assert not gc.isenabled()
        assert gc.isenabled()

    def test_a_host_that_switched_it_off_finds_it_off(self) -> None:
        gc.disable()
        try:
            with paused_for(LARGE_DOCUMENT_BYTES):
                pass
            assert not gc.isenabled()
        finally:
            gc.enable()

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
    def test_it_runs_in_a_child_forked_meanwhile(self) -> None:
        with paused_for(LARGE_DOCUMENT_BYTES):
            child = os.fork()
            if child == 0:
                os._exit(0 if gc.isenabled() else 1)
        assert os.waitpid(child, 0)[1] == 0


class TestKeys:
    def test_a_request_is_told_by_its_content_not_by_its_identity(self) -> None:
        assert request_of(named("Pin"), {}).key == request_of(named("Pin"), {}).key
        assert request_of(named("Pin"), {}).key != request_of(named("Pen"), {}).key

    def test_a_request_with_behaviour_of_its_own_has_no_key(self) -> None:
        class Text(str):
            __slots__ = ()

        assert request_of({"title": Text("Pin")}, {}).key is None
        assert request_of({"title": "Pin"}, {"custom_class_name_generator": str.upper}).key is None

    def test_an_object_that_occurs_often_is_written_once(self) -> None:
        shared: Any = {"type": "string"}
        for _ in range(40):
            shared = {"left": shared, "right": shared}

        assert request_of(shared, {}).size < 10_000

    def test_the_digest_covers_document_files_options_trust_and_versions(self) -> None:
        files = {"a.json": "{}"}
        digests = {
            digest_of(b"document", "root.json", {}, {}, None, "1.0"),
            digest_of(b"documen", "root.json", {}, {}, None, "t1.0"),
            digest_of(b"document", "root.json", files, {}, None, "1.0"),
            digest_of(b"document", "other.json", files, {}, None, "1.0"),
            digest_of(b"document", "root.json", {"a.json": "[]"}, {}, None, "1.0"),
            digest_of(b"document", "root.json", {}, {"class_name": "A"}, None, "1.0"),
            digest_of(b"document", "root.json", {}, {}, (("decimal",), (1, 2)), "1.0"),
            digest_of(b"document", "root.json", {}, {}, None, "1.1"),
        }

        assert len(digests) == 8
        assert digest_of(b"document", "other.json", {}, {}, None, "1.0") in digests
        assert digest_of(b"document", "root.json", {}, {"custom": print}, None, "1.0") is None


def test_a_document_with_python_objects_in_an_extension_is_built_and_not_cached() -> None:
    schema = {**named("Stamped"), "x-made-by": object()}

    first, second = generate_dynamic_models(schema), generate_dynamic_models(schema)

    assert first is not second
    assert "object" not in str(first.schema["x-made-by"])
    assert first["Stamped"](id=1).model_dump() == {"id": 1}


def test_a_failing_schema_does_not_disturb_what_is_cached() -> None:
    held = generate_dynamic_models(BOOK)

    for _ in range(3):
        with pytest.raises(DynmodelsError):
            generate_dynamic_models({"type": 12})

    assert generate_dynamic_models(BOOK) is held
