"""Shipping: the type that data is checked against, on its way to the processes that check."""

from __future__ import annotations

import pickle
from typing import Any

from pydantic import TypeAdapter

from dynmodels.api import generate_dynamic_models
from dynmodels.checking import target_of
from dynmodels.collect import DynamicModels


def ship(models: DynamicModels, class_name: str | None) -> bytes:
    """Pack the type that data is checked against: the named class, else what the document as a whole describes."""
    return pickle.dumps((models.schema, models._build.exact, class_name))


def receive(shipped: bytes) -> TypeAdapter[Any]:
    """Unpack a type that another process has shipped."""
    schema, exact, class_name = pickle.loads(shipped)  # noqa: S301 (our own)
    return TypeAdapter(target_of(generate_dynamic_models(schema, exact=exact), class_name))
