"""Real schemas, exactly: every one is built, every instance judged right, and given back as it came."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from dynmodels import DynmodelsError, generate_dynamic_models
from dynmodels.module import GATE
from dynmodels.relax import same

pytestmark = pytest.mark.corpus


@dataclass(frozen=True)
class Case:
    """One schema of the corpus, with instances."""

    name: str
    schema: dict[str, Any]
    instances: tuple[Any, ...]

    def verdicts(self) -> list[bool] | None:
        """Give jsonschema-rs' own verdicts; None where it does not take the schema."""
        try:
            validator = jsonschema_rs.validator_for(self.schema, validate_formats=True)
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError):
            return None
        return [validator.is_valid(instance) for instance in self.instances]


def cases(corpus: Path) -> Iterator[Case]:
    path = corpus / "maskbench-dev.jsonl.gz"
    if not path.is_file():
        pytest.skip(f"{path.name} is not in {corpus}")
    with gzip.open(path) as lines:
        for line in lines:
            record = json.loads(line)
            yield Case(record["name"], record["schema"], tuple(test["data"] for test in record["tests"]))


def faults_of(case: Case, expected: list[bool], counts: Counter[str]) -> Iterator[str]:
    """Build a schema, judge its instances, and say what is not as it should be."""
    try:
        models = generate_dynamic_models(case.schema, exact=True, cache_size=0)
    except DynmodelsError as error:
        yield f"not built: {error}"
        return
    counts["schemas of which a part has no class"] += bool(models.relaxed)
    adapter: TypeAdapter[Any] = TypeAdapter(models.root)
    for number, (instance, valid) in enumerate(zip(case.instances, expected, strict=True)):
        counts["instances"] += 1
        try:
            made = adapter.validate_python(instance)
        except ValidationError as error:
            if valid:
                yield f"instance {number} is refused: {error!s:.300}"
            continue
        if not valid:
            yield f"instance {number} is accepted"
            continue
        counts["valid instances"] += 1
        written = adapter.dump_python(made, mode="json", by_alias=True, exclude_unset=True)
        if not same(written, instance):
            yield f"instance {number} is written as {json.dumps(written):.300}"
        for model in models_in(made):
            counts["models in them"] += 1
            gate = vars(type(model)).get(GATE)  # a class that several were merged into has none of its own
            if gate is not None and not gate.accepts(gate.written(model)):
                yield f"instance {number} has a {type(model).__name__} that {gate.pointer} does not accept"


def models_in(value: Any) -> Iterator[BaseModel]:
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, BaseModel):
            yield each
            waiting += [*vars(each).values(), *(each.__pydantic_extra__ or {}).values()]
        elif isinstance(each, dict):
            waiting += each.values()
        elif isinstance(each, list | tuple):
            waiting += each


@pytest.mark.filterwarnings("ignore")
def test_every_schema_is_built_and_judges_as_it_says(corpus: Path) -> None:
    counts: Counter[str] = Counter()
    faults: list[str] = []
    for case in cases(corpus):
        counts["schemas"] += 1
        expected = case.verdicts()
        if expected is None:
            counts["schemas that jsonschema-rs does not take"] += 1
            continue
        faults += [f"{case.name}: {fault}" for fault in faults_of(case, expected, counts)]
    print(dict(counts))
    assert counts["valid instances"] > 0
    assert not faults, "\n".join(faults)
