"""Shipping: the type that data is checked against, on its way to the processes that check."""

from __future__ import annotations

import pickle
from typing import Any

from pydantic import TypeAdapter

from dynmodels.checking import target_of
from dynmodels.collect import DynamicModels


def ship(models: DynamicModels, class_name: str | None) -> bytes:
    """Pack the type that data is checked against: the named class, else what the document as a whole describes."""
    return pickle.dumps(target_of(models, class_name))


def receive(shipped: bytes) -> TypeAdapter[Any]:
    """Unpack a type that another process has shipped."""
    return TypeAdapter(pickle.loads(shipped))  # noqa: S301 (our own)
