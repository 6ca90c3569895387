"""GitHub's description of its REST API: 13 MB of OpenAPI."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from dynmodels import generate_dynamic_models

pytestmark = pytest.mark.corpus


@pytest.mark.filterwarnings("ignore")
def test_all_classes_are_complete_and_take_githubs_own_examples(corpus: Path) -> None:
    path = corpus / "github-api.json.gz"
    if not path.is_file():
        pytest.skip(f"{path.name} is not in {corpus}")
    document: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))

    models = generate_dynamic_models(document)

    stages = ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in models.timings.items())
    print(f"{len(models)} classes; seconds: {stages}")
    assert len(models) > 2_700
    assert all(cls.__pydantic_complete__ for cls in models.values() if issubclass(cls, BaseModel))
    assert models.root is None
    assert models.pointers["#/components/schemas/full-repository"] is models["FullRepository"]
    example = document["components"]["examples"]["full-repository-default-response"]["value"]
    for part in (example, example["template_repository"], example["parent"], example["source"]):
        part["language"] = "Python"  # required to be text, and missing or null in GitHub's own example
    repository = models["FullRepository"].model_validate(example)
    assert repository.full_name == "octocat/Hello-World"
    assert repository.owner.login == "octocat"
