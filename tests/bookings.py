"""A hotel's bookings: models written by hand, with much of what such models have. Nothing here imports dynmodels."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationInfo,
    computed_field,
    field_validator,
    model_validator,
)


class Guest(BaseModel):
    """Who stays."""

    model_config = ConfigDict(str_strip_whitespace=True, extra="forbid")

    name: str = Field(min_length=1, description="As in the passport.")
    email: str = Field(validation_alias=AliasChoices("email", "mail"))
    born: dt.date | None = None
    wishes: list[str] = Field(default_factory=list)
    _visits: int = PrivateAttr(default=0)

    @field_validator("email")
    @classmethod
    def in_small_letters(cls, value: str) -> str:
        """Expect a text: pydantic would call it with nothing else."""
        return value.lower()

    @field_validator("wishes", mode="before")
    @classmethod
    def nothing_is_no_wish(cls, value: Any) -> Any:
        """Expect whatever is given."""
        return [] if value is None else value

    @computed_field  # type: ignore[prop-decorator]
    @property
    def greeting(self) -> str:
        """What stands on the card."""
        return f"Welcome, {self.name}"

    def welcome(self) -> int:
        """Count a visit."""
        self._visits += 1
        return self._visits


class Card(BaseModel):
    """Paid by card."""

    kind: Literal["card"]
    number: str = Field(pattern="^[0-9]{16}$")


class Invoice(BaseModel):
    """Paid by invoice."""

    kind: Literal["invoice"]
    address: str


class Booking(BaseModel):
    """A stay."""

    guest: Guest
    others: list[Guest] = []
    nights: Annotated[int, Field(gt=0, le=30, alias="numberOfNights", title="Nights")]
    paid_by: Annotated[Card | Invoice, Field(discriminator="kind")]
    deposit: Card | None = None
    moved_from: Booking | None = None
    code: str = Field(default="none", frozen=True)

    @field_validator("nights")
    @classmethod
    def asked_for(cls, value: int, info: ValidationInfo) -> int:
        """Expect a number."""
        most: int = (info.context or {}).get("most", 30)
        return min(value, most)

    @model_validator(mode="after")
    def deposits_are_by_card(self) -> Booking:
        """Look at two fields at once."""
        if self.deposit is not None and isinstance(self.paid_by, Invoice):
            raise ValueError("who pays by invoice leaves no deposit")
        return self


GUEST: dict[str, Any] = {"name": "Ada", "email": "Ada@Example.com", "wishes": ["quiet"]}
BOOKING: dict[str, Any] = {
    "guest": GUEST,
    "numberOfNights": 3,
    "paid_by": {"kind": "card", "number": "4242424242424242"},
}
