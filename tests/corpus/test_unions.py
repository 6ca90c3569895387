"""Real schemas: a union with a tag takes what it took without one, and makes the same of it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from dynmodels import DynmodelsError, build, generate_dynamic_models
from tests.corpus.test_maskbench import cases

pytestmark = pytest.mark.corpus


def outcome(root: Any, data: Any) -> Any:
    """What becomes of data: an object, by what it writes and what it consists of, or nothing."""
    adapter: TypeAdapter[Any] = TypeAdapter(root)
    try:
        made = adapter.validate_python(data)
    except (ValidationError, RecursionError):
        return None
    return adapter.dump_json(made, warnings=False), re.sub(r"0x\w+", "", repr(made))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("options", [{}, {"enum_field_as_literal": "all"}], ids=["default", "enums as constants"])
def test_no_instance_is_judged_or_made_otherwise(
    corpus: Path, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: Counter[str] = Counter()
    faults: list[str] = []
    for case in cases(corpus):
        counts["schemas"] += 1
        try:
            models = generate_dynamic_models(case.schema, cache_size=0, **options)
        except DynmodelsError:
            continue
        if "discriminator=" not in models.source:
            continue
        with monkeypatch.context() as patched:
            patched.setattr(build, "tagged", lambda modules: modules)
            plain = generate_dynamic_models(case.schema, cache_size=0, **options)
        if models.source == plain.source:
            continue
        counts["schemas with other unions"] += 1
        counts["unions"] += models.source.count("discriminator=") - plain.source.count("discriminator=")
        for data in case.instances:
            counts["instances"] += 1
            expected = outcome(plain.root, data)
            counts["instances that are valid"] += expected is not None
            if outcome(models.root, data) != expected:
                faults.append(f"{case.name}: {data!r:.200}")
    print(dict(counts))
    assert counts["unions"] > 0
    assert not faults, "\n".join(faults)
