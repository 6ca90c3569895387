"""Limits: how much a document may hold, and a build may take."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

from dynmodels.errors import OptionsError


@dataclass(frozen=True)
class Limits:
    """How much a document may hold and a build may take; more is an ``UnsafeSchemaError``.

    The defaults admit GitHub's 13 MB description (258,000 values, 10,460 references) and each of 11,305 schemas
    collected from the wild, the largest of which has 938 kB, 28,500 values, 63 levels, 600 definitions, 587 properties
    of one object and 5,383 members of one enum.

    Attributes:
        bytes: Size of the document and of the files that it refers to, as exact plain data, in bytes.
        values: Objects, lists, texts, numbers and so on, all together.
        depth: Levels of nesting.
        combinators: ``anyOf``, ``oneOf`` and ``allOf`` inside each other.
        definitions: ``$defs``, ``definitions`` and component schemas, all together.
        properties: Properties of one object.
        members: Members of one enum.
        key: Characters of a key.
        pattern: Characters of a pattern.
        digits: Digits of a whole number.
        references: ``$ref`` and its kin, all together.
        chain: Schemas that extend each other by ``allOf``, one after the other.
        inherited: Properties that schemas take over from those that they extend, all together.
        positions: ``minItems`` of a list whose items are told one by one.
        expansion: What is written once and rendered many times: branches times properties of one schema, subtypes of a
            discriminated schema times references to it, and two to the power of dynamic anchors.
        source: Size of the generated source, in characters.
        seconds: Time that rendering may take where it is isolated (``isolate=True``).
        memory: Address space that it may take there, in bytes.
    """

    bytes: int = 32 * 2**20
    values: int = 1_000_000
    depth: int = 128
    combinators: int = 24
    definitions: int = 10_000
    properties: int = 5_000
    members: int = 10_000
    key: int = 2_048
    pattern: int = 5_000
    digits: int = 400
    references: int = 100_000
    chain: int = 48
    inherited: int = 50_000
    positions: int = 1_000
    expansion: int = 20_000
    source: int = 64 * 2**20
    seconds: float = 300.0
    memory: int = 4 * 2**30

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            allowed = int | float if each.name == "seconds" else int
            if not isinstance(value, allowed) or isinstance(value, bool) or not 0 <= value < 2**62:
                raise OptionsError(f"Limits.{each.name} is a number that is not negative, not {value!r}")


DEFAULT_LIMITS: Final = Limits()
