"""What the tests of generic models share: classes of a weather station's readings."""

from __future__ import annotations

import pytest

from dynmodels import DynamicModels, generate_dynamic_models
from tests.seeds.envelopes import STATION


@pytest.fixture(params=[False, True], ids=["plain", "exact"])
def models(request: pytest.FixtureRequest) -> DynamicModels:
    """Give the classes."""
    return generate_dynamic_models(STATION, exact=request.param)
