"""A module whose base classes, validators and types are given to generated classes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, PrivateAttr, computed_field, field_validator, model_validator
from pydantic_core import core_schema


class Record(BaseModel):
    """What a shop keeps."""

    model_config = ConfigDict(str_strip_whitespace=True, extra="allow")

    source: str = "shop"
    _changes: int = PrivateAttr(default=0)

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no properties below decorators
    @property
    def label(self) -> str:
        """What stands on its drawer."""
        return f"{type(self).__name__} from {self.source}"

    def changed(self) -> int:
        """Count one change more."""
        self._changes += 1
        return self._changes

    def validate_quantity(self) -> str:
        """Have a name that a validator could take."""
        return "kept"


class Priced(ABC):
    """What has a price; no model."""

    @abstractmethod
    def cents(self) -> int:
        """Say it in cents."""

    def euros(self) -> str:
        """Say it as people do."""
        return f"{self.cents() / 100:.2f} EUR"


class Discounted(Priced):
    """What has a price by its attributes."""

    def cents(self) -> int:
        """Say it in cents."""
        return int(getattr(self, "price", 0) * 100)


class Money(BaseModel):
    """An amount of a currency."""

    amount: Decimal
    currency: str = "EUR"


@dataclass
class Weight:
    """A weight in kilograms."""

    kilograms: float


def at_most_a_hundred(value: Any) -> Any:
    """Refuse large numbers."""
    if value is not None and value > 100:
        raise ValueError("nobody can carry that")
    return value


def only_even(value: Any, _info: Any) -> Any:
    """Refuse odd numbers."""
    if value % 2:
        raise ValueError("that is odd")
    return value


def from_dozens(value: Any) -> Any:
    """Read dozens."""
    return int(value.removesuffix(" dozen")) * 12 if isinstance(value, str) and value.endswith(" dozen") else value


def or_one(value: Any, handler: Callable[[Any], Any]) -> Any:
    """Take one for what is no number."""
    try:
        return handler(value)
    except ValueError:
        return 1


def upper(cls: type, value: Any) -> Any:
    """Write in capitals, as a class method would."""
    return f"{cls.__name__}:{value.upper()}" if isinstance(value, str) else value


def camel(name: str) -> str:
    """Give a name as JavaScript has them."""
    first, *rest = name.split("_")
    return first + "".join(map(str.title, rest))


def totals_agree(order: Any) -> Any:
    """Refuse an order of nothing."""
    if order.quantity == 0:
        raise ValueError("an order of nothing")
    return order


def three(_one: Any, _two: Any, _three: Any, _four: Any, _five: Any) -> Any:
    """Take more than any validator gets."""


class Doubled(BaseModel):
    """A base whose validators are class methods."""

    @field_validator("text", check_fields=False)
    @classmethod
    def _twice(cls, value: Any) -> Any:
        return value * 2

    @model_validator(mode="before")
    @classmethod
    def _even(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("text") == "odd":
            raise ValueError("never odd")
        return data


class Numbered(BaseModel):
    """A base with a field that no schema knows."""

    number: int

    @field_validator("number")
    @classmethod
    def _small(cls, value: int) -> int:
        if value > 100:
            raise ValueError("too large")
        return value


class Unwilling(BaseModel):
    """A base that nothing may inherit from."""

    def __init_subclass__(cls, **_: Any) -> None:
        """Refuse."""
        raise TypeError("register me first")


class Code(str):
    """A text of its own class."""

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> Any:
        """Take texts."""
        return core_schema.no_info_after_validator_function(cls, core_schema.str_schema())
