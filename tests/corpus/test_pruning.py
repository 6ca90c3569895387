"""Real documents: some classes built without the others are those of the whole document."""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from dynmodels import DynmodelsError
from tests.corpus.test_maskbench import cases
from tests.portions import Both

pytestmark = [pytest.mark.corpus, pytest.mark.filterwarnings("ignore")]


def compare(both: Both, pointers: list[str], counts: Counter[str]) -> list[str]:
    """Compare what stands for some schemas, and give what is otherwise."""
    faults: list[str] = []
    for pointer in pointers:
        models = both.alone(pointer)
        if models is None:
            counts["left to the whole document"] += 1
            continue
        counts["built alone"] += 1
        difference = both.compared(models, pointer)
        if difference is not None:
            faults.append(difference)
    return faults


def test_random_components_of_githubs_document_are_those_of_the_whole(corpus: Path) -> None:
    path = corpus / "github-api.json.gz"
    if not path.is_file():
        pytest.skip(f"{path.name} is not in {corpus}")
    document: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    both = Both(document)
    components = [f"#/components/schemas/{name}" for name in document["components"]["schemas"]]
    chosen = [each for each in random.Random(8).sample(components, 230) if each in both.whole.pointers]  # noqa: S311
    counts: Counter[str] = Counter()

    faults = compare(both, chosen[:200], counts)

    print(dict(counts))
    assert counts["built alone"] > 190
    assert not faults, "\n".join(faults)


def test_definitions_of_real_schemas_are_those_of_the_whole(corpus: Path) -> None:
    counts: Counter[str] = Counter()
    faults: list[str] = []
    for case in cases(corpus):
        place = next((name for name in ("$defs", "definitions") if case.schema.get(name)), None)
        if place is None:
            continue
        counts["schemas"] += 1
        try:
            both = Both(case.schema)
        except DynmodelsError:
            counts["not built"] += 1
            continue
        known = ["#", *(f"#/{place}/{name}" for name in case.schema[place])]
        pointers = [pointer for pointer in known if pointer in both.whole.pointers]
        faults += [f"{case.name}: {fault}" for fault in compare(both, pointers[:40], counts)]
    print(dict(counts))
    assert counts["built alone"] > counts["left to the whole document"]
    assert not faults, "\n".join(faults)
