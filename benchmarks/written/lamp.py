"""The lamp as a person would write it."""

from pydantic import BaseModel


class Lamp(BaseModel):
    """A lamp."""

    name: str | None = None
    size: int | None = None
    on: bool | None = None
