"""Real schemas: the same classes as the generator's own dynamic models, and the right root."""

from __future__ import annotations

import gzip
import json
import multiprocessing
import os
import re
import resource
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from datamodel_code_generator import GenerateConfig, InputFileType
from datamodel_code_generator import generate_dynamic_models as generators_own
from pydantic import BaseModel, TypeAdapter, ValidationError

from dynmodels import DynamicModels, DynmodelsError, generate_dynamic_models

pytestmark = pytest.mark.corpus


@dataclass(frozen=True)
class Case:
    """One schema of the corpus, with instances that it accepts or refuses."""

    name: str
    schema: dict[str, Any]
    instances: tuple[Any, ...]


def cases(corpus: Path) -> Iterator[Case]:
    path = corpus / "maskbench-dev.jsonl.gz"
    if not path.is_file():
        pytest.skip(f"{path.name} is not in {corpus}")
    with gzip.open(path) as lines:
        for line in lines:
            record = json.loads(line)
            yield Case(record["name"], record["schema"], tuple(test["data"] for test in record["tests"]))


def fields(models: Mapping[str, type]) -> dict[str, Any]:
    """Describe classes by everything that a schema shapes: fields, constraints, aliases, members.

    Left out is what pydantic enters into a module beside the classes that are written there (``RootModel[str]``):
    whether the generator lists it depends on what else the process has built.
    """
    described: dict[str, Any] = {}
    for name, cls in models.items():
        if not name.isidentifier():
            continue
        if issubclass(cls, BaseModel):
            described[name] = {
                field: (
                    _text(info.annotation),
                    info.alias,
                    info.is_required(),
                    _text(info.metadata),
                    _text(info.default),
                )
                for field, info in cls.model_fields.items()
            }
        else:
            described[name] = [(member.name, member.value) for member in cls]  # type: ignore[attr-defined]  # an enum
    return described


def alike(ours: dict[str, Any], theirs: dict[str, Any]) -> bool:
    """Compare descriptions; of a field that is bounded here (patterns, recursive unions), all but its type."""
    if ours.keys() != theirs.keys():
        return False
    for name, described in ours.items():
        if not isinstance(described, dict) or not isinstance(theirs[name], dict):
            if described != theirs[name]:
                return False
            continue
        if described.keys() != theirs[name].keys():
            return False
        for field, parts in described.items():
            bounded = "LimitedPattern" in str(parts) or "Budget" in str(parts)
            other = theirs[name][field]
            if parts != other and not (bounded and (parts[1], parts[2], parts[4]) == (other[1], other[2], other[4])):
                return False
    return True


def _text(value: Any) -> str:
    """The repr without module names, which the generator's own classes have too, and without the tags of unions."""
    text = re.sub(r"(dynmodels\.generated\.\w+|_dcg_dynamic_\d+)\.", "", repr(value))
    return re.sub(r"typing\.Annotated\[([^\[\]]*), FieldInfo\([^()]*discriminator='\w+'\)\]", r"\1", text)


def verdicts(cls: Any, instances: tuple[Any, ...]) -> tuple[bool | None, ...] | None:
    """Judge instances in a process of its own; None where that process ran out of memory or time.

    pydantic takes exponential memory for some recursive unions, in the generator's classes as in ours.
    """
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = _forking.Process(target=_judge, args=(cls, instances, sender))
    process.start()
    sender.close()
    try:
        return receiver.recv()  # type: ignore[no-any-return]  # what _judge sends
    except EOFError:
        return None
    finally:
        process.join()


_forking = multiprocessing.get_context("fork")


def _judge(cls: Any, instances: tuple[Any, ...], sender: Any) -> None:
    gigabytes = 2**30
    resource.setrlimit(resource.RLIMIT_AS, (4 * gigabytes, 4 * gigabytes))
    resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
    os.close(2)
    adapter = TypeAdapter(cls)
    sender.send(tuple(_accepts(adapter, instance) for instance in instances))


def _accepts(adapter: TypeAdapter[Any], instance: Any) -> bool | None:
    """Give the verdict; None where there is none, as validation would never end."""
    try:
        adapter.validate_python(instance)
    except ValidationError as error:
        endless = any(
            fault["type"] in {"recursion_depth_exceeded", "recursion_loop"}
            for fault in error.errors(include_input=False)
        )
        return None if endless else False
    except RecursionError:
        return None
    return True


def root_name(models: DynamicModels) -> str:
    """The generator's own classes can be told by name alone."""
    return next(name for name, cls in models.items() if cls is models.root)


@pytest.mark.filterwarnings("ignore")
def test_every_schema_that_the_generator_builds_is_built_alike(corpus: Path) -> None:
    counts: Counter[str] = Counter()
    faults: list[str] = []
    for case in cases(corpus):
        counts["schemas"] += 1
        config = GenerateConfig(input_file_type=InputFileType.JsonSchema, formatters=[])
        try:
            expected = generators_own(case.schema, config=config, cache_size=0)
        except Exception as error:  # noqa: BLE001 (whatever it raises, it has not built the classes)
            counts["not built by the generator"] += 1
            print(f"generator: {case.name}: {error!s:.200}")
            continue
        try:
            models = generate_dynamic_models(case.schema, cache_size=0)
        except DynmodelsError as error:
            faults.append(f"{case.name}: not built: {error}")
            continue
        counts["built"] += 1
        if not alike(fields(models), fields(expected)):
            faults.append(
                f"{case.name}: other classes: {set(fields(models)) ^ set(fields(expected)) or 'other fields'}"
            )
        if models.root is None:
            faults.append(f"{case.name}: no root")
            continue
        counts["instances"] += len(case.instances)
        ours = verdicts(models.root, case.instances)
        theirs = verdicts(expected[root_name(models)], case.instances)
        counts["schemas judged by neither, out of memory or time"] += ours is None and theirs is None
        if theirs is None:
            counts["schemas judged here alone"] += ours is not None
        elif ours is None or any(their not in (None, our) for our, their in zip(ours, theirs, strict=True)):
            faults.append(f"{case.name}: judges {ours}, not {theirs}")
        else:
            # A default that holds itself is validated without end by the generator's own classes, and once here.
            counts["instances judged here alone"] += sum(
                their is None and our is not None for our, their in zip(ours, theirs, strict=True)
            )
    print(dict(counts))
    assert counts["schemas"] > 0
    assert not faults, "\n".join(faults)
