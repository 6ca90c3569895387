"""Arrivals: classes that come one after the other, and what stands when one fails, is waited for, or is forked."""

from __future__ import annotations

import gc
import inspect
import os
import pickle
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cloudpickle
import pytest
from pydantic import ValidationError

from dynmodels import DynmodelsError, ModelBuildError, clear_dynamic_models_cache, exact, generate_dynamic_models
from dynmodels import pickling as pickling_room
from tests import receivers
from tests.cargo import Numbers, described
from tests.interpreter import in_fresh_interpreter

SEAT = {"type": "object", "properties": {"row": {"type": "integer", "not": {"const": 13}}}}


def coach(title: str) -> dict[str, Any]:
    """Two classes that do not need each other, and one that needs both; under a title that no other test has."""
    parts = {name: {**SEAT, "description": f"{name} of {title}"} for name in ("Berth", "Chair")}
    properties = {name.lower(): {"$ref": f"#/$defs/{name}"} for name in parts}
    return {"title": title, "type": "object", "$defs": parts, "properties": properties}


@pytest.fixture(autouse=True)
def without_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYNMODELS_CACHE_DIR", "")


def left(title: str, **options: Any) -> tuple[bytes, bytes]:
    """Pickle the two classes, and let go of all."""
    models = generate_dynamic_models(coach(title), **options)
    pickled = pickle.dumps(models["Berth"]), pickle.dumps(models["Chair"])
    del models
    clear_dynamic_models_cache()
    gc.collect()
    return pickled


def rejects_row_13(cls: Any) -> bool:
    try:
        cls.model_validate({"row": 13})
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize("exactly", [False, True], ids=["plain", "exact"])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["first one first", "last one first"])
class TestOneAfterTheOther:
    def test_each_can_be_sent_on_and_read(self, order: tuple[int, int], exactly: bool) -> None:
        pickled = left(f"Coach {order} {exactly}", exact=exactly)

        classes = [pickle.loads(pickled[number]) for number in order]

        for cls in classes:
            assert inspect.getsource(cls).startswith(f"class {cls.__name__}(BaseModel):\n")
            assert in_fresh_interpreter(receivers.describe_all, {"it": pickle.dumps(cls)}) == {"it": described(cls)}
            assert rejects_row_13(cls) is exactly

    def test_the_call_that_comes_last_gives_the_same_classes(self, order: tuple[int, int], exactly: bool) -> None:
        title = f"Sleeper {order} {exactly}"
        pickled = left(title, exact=exactly)
        classes = [pickle.loads(pickled[number]) for number in order]

        models = generate_dynamic_models(coach(title), exact=exactly)

        assert [models[cls.__name__] for cls in classes] == classes
        assert models.root.model_fields["chair"].annotation == models["Chair"] | None
        assert rejects_row_13(models["Berth"]) is exactly


class TestMidway:
    @pytest.fixture
    def paused(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[threading.Event, threading.Event]]:
        """Stop whoever puts gates up."""
        reached, go_on = threading.Event(), threading.Event()
        put_up = exact.put_up

        def waiting(*arguments: Any) -> Any:
            reached.set()
            assert go_on.wait(30)
            return put_up(*arguments)

        monkeypatch.setattr(exact, "put_up", waiting)
        yield reached, go_on
        go_on.set()

    @staticmethod
    def one_in_use(title: str, paused: tuple[threading.Event, threading.Event]) -> tuple[Any, bytes, bytes]:
        """Load one class, and give it and both pickles; whoever loads the other one stops."""
        reached, go_on = paused
        go_on.set()
        berth, chair = left(title, exact=True)
        kept = pickle.loads(berth)
        reached.clear()
        go_on.clear()
        return kept, berth, chair

    def test_nobody_gets_a_class_before_its_gate_is_up(self, paused: tuple[threading.Event, threading.Event]) -> None:
        reached, go_on = paused
        kept, _, chair = self.one_in_use("Waiting room", paused)

        with ThreadPoolExecutor(2) as threads:
            first = threads.submit(pickle.loads, chair)
            assert reached.wait(30)
            second = threads.submit(lambda: rejects_row_13(pickle.loads(chair)))
            go_on.set()

            assert second.result(30)
            assert rejects_row_13(first.result(30))
        assert rejects_row_13(kept)

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
    def test_a_fork_in_between_has_no_class_without_its_gate(
        self, paused: tuple[threading.Event, threading.Event]
    ) -> None:
        reached, go_on = paused
        kept, berth, chair = self.one_in_use("Junction", paused)

        with ThreadPoolExecutor(1) as threads:
            waits = threads.submit(pickle.loads, chair)
            assert reached.wait(30)
            child = os.fork()
            if child == 0:
                status = 1
                try:
                    go_on.set()
                    status = 0 if rejects_row_13(pickle.loads(chair)) and pickle.loads(berth) is kept else 2
                finally:
                    os._exit(status)
            go_on.set()
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
            assert rejects_row_13(waits.result(30))

    def test_an_interruption_leaves_nothing_behind(self, monkeypatch: pytest.MonkeyPatch) -> None:
        berth, chair = left("Emergency brake", exact=True)
        kept = pickle.loads(berth)

        def interrupt(*_: Any) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(exact, "_write_anew", interrupt)
            with pytest.raises(KeyboardInterrupt):
                pickle.loads(chair)

        assert not hasattr(sys.modules[kept.__module__], "Chair")
        assert rejects_row_13(pickle.loads(chair))
        assert pickle.loads(berth) is kept

    def test_a_class_that_cannot_be_completed_harms_no_other(self) -> None:
        berth, chair = left("Siding")
        kept = pickle.loads(berth)
        restored, (header, module, _, _) = pickling_room.reduced_class(kept)
        source = "from pydantic import BaseModel\nclass Wagon(BaseModel):\n    load: 'Missing'\n"
        broken = ((("__init__.py",), (f"from __future__ import annotations\n{source}",)),), None

        with pytest.raises(DynmodelsError, match="Missing"):
            restored(header, module, "Wagon", broken)

        assert pickle.loads(chair).__name__ == "Chair"
        assert generate_dynamic_models(coach("Siding"))["Berth"] is kept


class TestSubclasses:
    def test_those_of_a_class_that_came_alone_keep_its_gate_when_the_others_come(self) -> None:
        title = "Branch line"
        berth, _ = left(title, exact=True)

        class Couchette(pickle.loads(berth)):  # type: ignore[misc]  # a base made at run time
            blanket: bool = True

        models = generate_dynamic_models(coach(title), exact=True)
        again = pickle.loads(cloudpickle.dumps(Couchette))

        assert issubclass(again, models["Berth"])
        assert again(row=1).blanket
        assert rejects_row_13(again)


class TestOthers:
    def test_root_models_of_other_modules_are_pickled_by_their_names(self) -> None:
        assert pickling_room.reduced_class(Numbers) == Numbers.__qualname__

    def test_all_models_of_a_document_that_is_in_use_are_the_same_object(self) -> None:
        models = generate_dynamic_models(coach("Round trip"))

        assert pickle.loads(pickle.dumps(models)) is models


def _cut(header: Any) -> Any:
    return header[:3]


def _of_another_format(header: Any) -> Any:
    return (99, *header[1:])


def _without_a_digest(header: Any) -> Any:
    return (header[0], None, *header[2:])


class TestBadPickles:
    @pytest.mark.parametrize("change", [_cut, _of_another_format, _without_a_digest])
    def test_a_header_that_is_none_of_ours_is_an_error_of_ours(self, change: Callable[[Any], Any]) -> None:
        restored, (header, module, name, source) = pickling_room.reduced_class(
            generate_dynamic_models(coach("Timetable"))["Berth"]
        )

        with pytest.raises(ModelBuildError):
            restored(change(header), module, f"{name}2", source)

    @pytest.mark.parametrize(
        "text", [zlib.compress(b"x" * 300)[:-5], b"no zlib", zlib.compress(b"\xff\xfe")], ids=["cut", "raw", "no text"]
    )
    def test_source_that_cannot_be_unpacked_is_an_error_of_ours(self, text: bytes) -> None:
        restored, (header, module, name, _) = pickling_room.reduced_class(
            generate_dynamic_models(coach("Timetable"))["Berth"]
        )

        with pytest.raises(ModelBuildError, match="cannot be read"):
            restored(header, module, f"{name}2", (((("__init__.py",), (text,)),), None))
