"""Envelopes of a program's own, over whatever classes it has."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, model_validator

DataT = TypeVar("DataT")
OtherT = TypeVar("OtherT")
ModelT = TypeVar("ModelT", bound=BaseModel)


class Fault(BaseModel):
    """What went wrong."""

    code: int
    text: str


class Reply(BaseModel, Generic[DataT]):
    """Data, or what went wrong."""

    model_config = ConfigDict(extra="forbid")

    data: DataT | None = None
    fault: Fault | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Reply[DataT]:
        if (self.data is None) == (self.fault is None):
            raise ValueError("a reply has data or a fault")
        return self

    def unwrapped(self) -> DataT:
        """Give the data."""
        if self.data is None:
            raise LookupError(self.fault)
        return self.data


class Batch(Reply[DataT], Generic[DataT]):
    """A reply that says how many there are."""

    count: int = 1


class Pair(BaseModel, Generic[DataT, OtherT]):
    """Two things."""

    first: DataT
    second: OtherT


class Tally(Pair[int, OtherT], Generic[OtherT, DataT]):
    """A number, something, and something else."""

    third: DataT


class Called(BaseModel, Generic[DataT]):
    """An envelope that is called after what is in it."""

    data: DataT

    @classmethod
    def model_parametrized_name(cls, params: tuple[type[Any], ...]) -> str:
        """Name the class."""
        return f"{params[0].__name__}Letter"


class Inner(BaseModel, Generic[DataT]):
    """What stands in another."""

    inner: DataT


class Outer(BaseModel, Generic[DataT]):
    """Holds the same in two places."""

    outer: DataT
    nested: Inner[DataT]


class Only(BaseModel, Generic[ModelT]):
    """Holds models alone."""

    model: ModelT
