"""Generic models of a program's own, and what is put into them: classes of a weather station's readings."""

from __future__ import annotations

import pickle
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

STATION: Final[dict[str, Any]] = {
    "title": "Reading",
    "type": "object",
    "required": ["celsius"],
    "properties": {"celsius": {"type": "number", "minimum": -90}, "wind": {"$ref": "#/$defs/Wind"}},
    "$defs": {"Wind": {"type": "object", "required": ["knots"], "properties": {"knots": {"type": "integer"}}}},
}

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
        """Give the data.

        Raises:
            LookupError: There is a fault instead.
        """
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


class Letter(BaseModel, Generic[DataT]):
    """An envelope that is called after what is in it."""

    data: DataT

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
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


class Measured(BaseModel):
    """What a weather station has measured."""

    station: str = "Kew"


def over(envelope: Any, *parameters: Any) -> Any:
    """Give a generic model parameters that type checkers do not know."""
    return envelope[parameters]


def opened(sent: bytes) -> tuple[str, Any]:
    """Unpickle a reply, and say of what class it is and what is in it."""
    reply = pickle.loads(sent)
    return type(reply).__name__, reply.unwrapped().model_dump(exclude_unset=True)


def refused(sent: bytes, data: Any) -> list[Any]:
    """Unpickle a class of replies, and say where it finds fault with data."""
    try:
        pickle.loads(sent)(data=data)
    except ValidationError as error:
        return [list(fault["loc"]) for fault in error.errors()]
    return []
