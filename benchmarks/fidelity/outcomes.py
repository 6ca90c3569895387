"""What becomes of a case: built or not, and a verdict for each instance."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Verdict:
    """What a contestant says of one instance.

    Attributes:
        accepted: Whether it accepts it; None where it says nothing.
        why: Why it refuses it, or says nothing.
        kept: Whether the object's data is the instance again; None where that was not asked.
        lost: What became of it otherwise.
    """

    accepted: bool | None = None
    why: str = ""
    kept: bool | None = None
    lost: str = ""


@dataclass
class Outcome:
    """What a contestant made of one case.

    Attributes:
        built: Whether there was something to judge with.
        why: Why there was not, or why it ended before every instance was judged.
        verdicts: As far as it came.
    """

    built: bool = False
    why: str = ""
    verdicts: list[Verdict] = field(default_factory=list)

    def verdict(self, number: int) -> Verdict:
        """Give the verdict on an instance; one that says nothing, where it did not come so far."""
        return self.verdicts[number] if number < len(self.verdicts) else Verdict(why=self.why)


def same_json(one: Any, other: Any) -> bool:
    """Compare as JSON Schema does: the order of keys is nothing, 1.0 is 1, and true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return one == other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_json(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_json, one, other))
    return type(one) is type(other) and bool(one == other)


def first_difference(one: Any, other: Any, place: str = "") -> str:
    """Say where other data is not the same JSON, by a JSON Pointer; empty where it is the same."""
    if same_json(one, other):
        return ""
    if isinstance(one, dict) and isinstance(other, dict):
        for key, value in one.items():
            if key not in other:
                return f"{place}/{key} is missing"
            if found := first_difference(value, other[key], f"{place}/{key}"):
                return found
        return f"{place}/{next(key for key in other if key not in one)} is new"
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return next(found for number, pair in pairs if (found := first_difference(*pair, f"{place}/{number}")))
    return f"{place or 'all'}: {one!r} became {other!r}"
