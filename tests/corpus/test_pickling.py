"""Real schemas on their way to another process: the same classes arrive, and no more than they need."""

from __future__ import annotations

import gzip
import json
import pickle
import random
import statistics
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest
from pydantic import BaseModel, ValidationError

from dynmodels import DynmodelsError, clear_dynamic_models_cache, generate_dynamic_models
from tests import receivers
from tests.corpus.test_maskbench import cases
from tests.interpreter import in_fresh_interpreter

pytestmark = [pytest.mark.corpus, pytest.mark.filterwarnings("ignore")]

#: Schemas whose objects go to one process.
TOGETHER: Final = 100

Item = TypeVar("Item")


def some_at_a_time(items: Iterable[Item], count: int) -> Iterator[list[Item]]:
    iterator = iter(items)
    while together := list(islice(iterator, count)):
        yield together


def instances(root: Any, data: Iterable[Any]) -> Iterator[Any]:
    if isinstance(root, type) and issubclass(root, BaseModel):
        for each in data:
            try:
                yield root.model_validate(each)
            except (ValidationError, RecursionError):
                continue


@pytest.mark.parametrize("exact", [False, True], ids=["plain", "exact"])
def test_classes_and_instances_of_every_schema_arrive_as_they_were(corpus: Path, exact: bool) -> None:
    schemas = instances_sent = 0
    faults: list[str] = []
    for together in some_at_a_time(cases(corpus), TOGETHER):
        sent, were = {}, {}
        for case in together:
            clear_dynamic_models_cache()
            try:
                models = generate_dynamic_models(case.schema, exact=exact, store=False)
            except DynmodelsError:
                continue
            # A list, as names alone would not tell a class from another that a union took instead.
            value = [*models.values(), *instances(models.root, case.instances)]
            sent[case.name], were[case.name] = pickle.dumps(value), receivers.summary(value)
            schemas += 1
            instances_sent += len(value) - len(models)
        arrived = in_fresh_interpreter(receivers.summaries, sent)
        faults += [f"{name}: {arrived[name]}" for name, was in were.items() if arrived[name] != was]
    print(f"{schemas:,} schemas, {instances_sent:,} instances, {len(faults)} otherwise")
    assert schemas > 0
    assert not faults, "\n".join(fault[:300] for fault in faults[:50])


def test_a_class_of_githubs_takes_what_it_needs_along_and_no_more(corpus: Path) -> None:
    path = corpus / "github-api.json.gz"
    if not path.is_file():
        pytest.skip(f"{path.name} is not in {corpus}")
    models = generate_dynamic_models(json.loads(gzip.decompress(path.read_bytes())), store=False)
    pickled = {name: pickle.dumps(cls) for name, cls in models.items()}
    sizes = [len(each) for each in pickled.values()]
    print(f"{len(sizes):,} classes, bytes: median {statistics.median(sizes):,.0f}, maximum {max(sizes):,}")

    drawn = random.Random(0).sample(sorted(models), 100)  # noqa: S311 (no secrets are made here)
    arrived = in_fresh_interpreter(receivers.summaries, {name: pickled[name] for name in drawn})

    assert max(sizes) < 2**16
    assert arrived == {name: receivers.summary(models[name]) for name in drawn}
