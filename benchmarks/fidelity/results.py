"""Results of a run: counts by contestant and file, and the failures that people want to read; to JSON and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.fidelity.corpora import DRAFTS, REAL
from benchmarks.fidelity.scores import Failure, Score, total


@dataclass(frozen=True)
class Entry:
    """How a contestant did on one file of cases.

    Attributes:
        contestant: Who it was.
        group: The draft; ``REAL`` for real schemas.
        part: ``REQUIRED`` or ``OPTIONAL``; empty for real schemas.
        file: The keyword file; for real schemas, where they were found.
        score: The counts.
    """

    contestant: str
    group: str
    part: str
    file: str
    score: Score


@dataclass(frozen=True)
class Results:
    """What a run found.

    Attributes:
        environment: The versions that the figures depend on.
        every: Of how many cases one was taken; 1 is all of them.
        seconds: How long the run took.
        entries: The counts.
        failures: Of the contestants whose failures are listed.
        absent: Why contestants took no part, by name.
    """

    environment: Mapping[str, str]
    every: int
    seconds: float
    entries: tuple[Entry, ...]
    failures: tuple[Failure, ...]
    absent: Mapping[str, str]

    @property
    def contestants(self) -> list[str]:
        """Who took part, in order."""
        return list(dict.fromkeys(entry.contestant for entry in self.entries))

    @property
    def drafts(self) -> list[str]:
        """The drafts that were judged, the newest first."""
        return [draft for draft in DRAFTS if any(entry.group == draft for entry in self.entries)]

    @property
    def has_real(self) -> bool:
        """Whether there were real schemas."""
        return any(entry.group == REAL for entry in self.entries)

    def files(self, group: str, part: str) -> list[str]:
        """Give the files of a part, by name."""
        return sorted({entry.file for entry in self.entries if (entry.group, entry.part) == (group, part)})

    def score(self, contestant: str, chosen: Callable[[Entry], bool]) -> Score:
        """Add up what a contestant did in the chosen entries."""
        return total(entry.score for entry in self.entries if entry.contestant == contestant and chosen(entry))


def of_group(group: str, part: str = "") -> Callable[[Entry], bool]:
    """Choose the entries of a draft's part, or of the real schemas."""
    return lambda entry: (entry.group, entry.part) == (group, part)


def of_part(part: str) -> Callable[[Entry], bool]:
    """Choose the entries of a part, of all drafts."""
    return lambda entry: entry.part == part


def of_file(group: str, part: str, file: str) -> Callable[[Entry], bool]:
    """Choose the entry of a file."""
    return lambda entry: (entry.group, entry.part, entry.file) == (group, part, file)


def to_json(results: Results) -> str:
    """Write results as JSON, an entry and a failure a line."""
    parts = {
        **{name: json.dumps(value) for name, value in vars(results).items() if name not in {"entries", "failures"}},
        "entries": _lines({**vars(entry), "score": entry.score.as_dict()} for entry in results.entries),
        "failures": _lines(map(asdict, results.failures)),
    }
    return "{\n" + ",\n".join(f' "{name}": {text}' for name, text in parts.items()) + "\n}\n"


def _lines(each: Iterable[Mapping[str, Any]]) -> str:
    return "[\n" + ",\n".join(f"  {json.dumps(one)}" for one in each) + "\n ]"


def from_json(text: str) -> Results:
    """Read results from JSON."""
    told: dict[str, Any] = json.loads(text)
    entries = tuple(Entry(**{**each, "score": Score(**each["score"])}) for each in told.pop("entries"))
    listed = tuple(Failure(**each) for each in told.pop("failures"))
    return Results(**told, entries=entries, failures=listed)
