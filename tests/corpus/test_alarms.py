"""Real schemas under options that people use: none is refused as unsafe."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest
from datamodel_code_generator import GenerateConfig, InputFileType
from datamodel_code_generator import generate_dynamic_models as generators_own

from dynmodels import DynmodelsError, UnsafeSchemaError, generate_dynamic_models
from tests.corpus.test_maskbench import cases

pytestmark = pytest.mark.corpus

OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "strict_nullable": {"strict_nullable": True},
    "use_annotated": {"use_annotated": True},
    "field_constraints": {"field_constraints": True},
    "generate_schema_validators": {"generate_schema_validators": True},
    "frozen": {"enable_faux_immutability": True},
    "snake_case": {"snake_case_field": True, "allow_population_by_field_name": True},
}


def generators_own_works(schema: dict[str, Any], name: str) -> bool:
    config = GenerateConfig(input_file_type=InputFileType.JsonSchema, formatters=[], **OPTIONS[name])
    try:
        generators_own(schema, config=config, cache_size=0)
    except Exception:  # noqa: BLE001 (whatever it raises, it has not built the classes)
        return False
    return True


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", OPTIONS)
def test_no_real_schema_is_taken_for_a_hostile_one(corpus: Path, name: str) -> None:
    counts: Counter[str] = Counter()
    alarms: list[str] = []
    for case in cases(corpus):
        try:
            generate_dynamic_models(case.schema, cache_size=0, **OPTIONS[name])
        except UnsafeSchemaError as error:
            # A class called Field, for one, takes the name from what the rest of the source means by it.
            if generators_own_works(case.schema, name):
                alarms.append(f"{case.name}: {error!s:.300}")
            counts["refused, and not built by the generator"] += 1
        except DynmodelsError as error:
            counts[type(error).__name__] += 1
        else:
            counts["built"] += 1
    print(name, dict(counts))
    assert counts["built"] > 0
    assert not alarms, "\n".join(alarms[:20])


@pytest.mark.filterwarnings("ignore")
def test_githubs_description_is_built_under_all_of_them(corpus: Path) -> None:
    path = corpus / "github-api.json.gz"
    if not path.is_file():
        pytest.skip(f"{path.name} is not in {corpus}")
    document = json.loads(gzip.decompress(path.read_bytes()))
    every = {option: value for options in OPTIONS.values() for option, value in options.items()}

    assert len(generate_dynamic_models(document, cache_size=0, **every)) > 2_700
