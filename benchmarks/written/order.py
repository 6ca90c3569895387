"""The order as a person would write it."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, EmailStr, Field


class Status(Enum):
    """How far an order has come."""

    OPEN = "open"
    PAID = "paid"
    PACKED = "packed"
    SENT = "sent"
    RETURNED = "returned"


class Currency(Enum):
    """The currencies that the shop takes."""

    EUR = "EUR"
    GBP = "GBP"
    SEK = "SEK"
    USD = "USD"


class Money(BaseModel):
    """An amount."""

    amount: Annotated[float, Field(ge=0)]
    currency: Currency


class Address(BaseModel):
    """Where somebody lives."""

    street: str
    postal_code: Annotated[str | None, Field(max_length=10, alias="postal-code")] = None
    city: str
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class Customer(BaseModel):
    """Whoever ordered."""

    name: Annotated[str, Field(min_length=1)]
    email: EmailStr
    address: Address
    loyalty_points: Annotated[int, Field(ge=0)] = 0


class Line(BaseModel):
    """One kind of goods."""

    sku: str
    quantity: Annotated[int, Field(ge=1, le=999)]
    unit_price: Money
    engraving: Annotated[str | None, Field(max_length=40)] = None


class Order(BaseModel):
    """An order as a web shop hands it to its warehouse."""

    model_config = ConfigDict(extra="forbid")

    number: Annotated[str, Field(pattern=r"^[A-Z]{2}-[0-9]{6}$")]
    placed_at: AwareDatetime
    status: Status
    customer: Customer
    lines: Annotated[list[Line], Field(min_length=1)]
    gift_note: Annotated[str | None, Field(max_length=280)] = None
    replaces: Annotated[Order | None, Field(description="The order that this one was placed instead of.")] = None
