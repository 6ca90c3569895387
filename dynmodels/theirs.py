"""Theirs: in exact classes, marks where a type of the caller's stands for a schema, so that it has its say."""

from __future__ import annotations

from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema


class Theirs:
    """Metadata of a type: ``Annotated[Money, Theirs]``."""

    @staticmethod
    def __get_pydantic_core_schema__(source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Put a function around the type's schema that knows the type."""
        return core_schema.no_info_wrap_validator_function(Passing(source), handler(source))


class Passing:
    """Hands data on to a type.

    Attributes:
        type: The type.
    """

    __name__ = "passing"  # pydantic asks for the function's

    def __init__(self, type_: Any) -> None:
        self.type = type_

    def __call__(self, value: Any, handler: Any) -> Any:
        """Give what the type makes of data."""
        return handler(value)
