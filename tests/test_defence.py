"""Three lines of defence: with any one of them broken, another still stops the import of a schema's choice."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dynmodels import DynmodelsError, generate_dynamic_models, guard, module, policy

#: Ways to name the module ``intruder``, each of which the generator follows.
INTRUSIONS: list[dict[str, Any]] = [
    {"type": "object", "properties": {"a": {"type": "string", "customTypePath": "intruder.Thing"}}},
    {"type": "object", "properties": {"a": {"type": "string"}}, "customBasePath": "intruder.Base"},
    {"type": "object", "properties": {"a": {"type": "string", "x-python-type": "intruder.Thing"}}},
    {
        "$defs": {"A": {"type": "string", "x-python-import": {"module": "intruder", "name": "Thing"}}},
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/A"}},
    },
]


@pytest.fixture(autouse=True)
def intruder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    text = "from pydantic import BaseModel as Base\nThing = str\n"
    (tmp_path / "intruder.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("intruder", None)


def without_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "screen", lambda *_, **__: None)


def without_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard.Guard, "check", lambda *_: None)


def with_all_builtins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_builtins", lambda *_: __builtins__)


@pytest.mark.parametrize("schema", INTRUSIONS)
class TestLines:
    @pytest.mark.parametrize("broken", [without_policy, without_guard, with_all_builtins])
    def test_any_one_may_break(self, schema: dict[str, Any], broken: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        broken(monkeypatch)
        with pytest.raises(DynmodelsError):
            generate_dynamic_models(schema)
        assert "intruder" not in sys.modules

    @pytest.mark.parametrize("standing", [without_policy, without_guard, with_all_builtins])
    def test_any_one_is_enough(self, schema: dict[str, Any], standing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        for broken in {without_policy, without_guard, with_all_builtins} - {standing}:
            broken(monkeypatch)
        with pytest.raises(DynmodelsError):
            generate_dynamic_models(schema)
        assert "intruder" not in sys.modules

    def test_with_all_of_them_broken_the_module_is_imported(
        self, schema: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Without this the tests above would pass for a reason of no account."""
        for broken in (without_policy, without_guard, with_all_builtins):
            broken(monkeypatch)
        generate_dynamic_models(schema)
        assert "intruder" in sys.modules
