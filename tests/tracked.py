"""A subclass of a generated class, as applications write them: in a module that any process can import."""

from __future__ import annotations

from typing import Any

from pydantic import PrivateAttr

from tests.lending import lending

Member: Any = lending()["Member"]


class TrackedMember(Member):  # type: ignore[misc]  # its base is made at run time
    """A member of whom we keep what the schema does not know."""

    nickname: str = ""
    _visits: list[str] = PrivateAttr(default_factory=list)

    def visit(self, day: str) -> None:
        """Note a visit."""
        self._visits.append(day)
