"""A module of types that are called as others are."""

from __future__ import annotations

from pydantic import BaseModel


class Money(BaseModel):
    """Money as another shop has it."""

    cents: int


class Field(BaseModel):
    """A field of corn."""

    acres: int
