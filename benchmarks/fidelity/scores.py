"""Scores: outcomes, counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, astuple, dataclass

from benchmarks.fidelity.corpora import Case
from benchmarks.fidelity.outcomes import Outcome

WRONG_YES = "accepts an invalid instance"
WRONG_NO = "refuses a valid instance"
NO_VERDICT = "no verdict"
NOT_KEPT = "does not give the data again"


@dataclass(frozen=True)
class Score:
    """How a contestant did on some cases; scores add up.

    Attributes:
        schemas: How many there were.
        built: Those of which it made something to judge with.
        all_right: Those of which it judged every instance right.
        tests: How many instances there were.
        right: Those that it judged right.
        wrong_yes: Invalid ones that it accepts.
        wrong_no: Valid ones that it refuses.
        no_verdict: Those of which it says nothing: not built, stopped, or broken.
        valid: How many instances are valid.
        kept: Valid ones that its objects give again.
        yardstick: Instances that the yardstick judges right.
        both: Those of them that it judges right too.
    """

    schemas: int = 0
    built: int = 0
    all_right: int = 0
    tests: int = 0
    right: int = 0
    wrong_yes: int = 0
    wrong_no: int = 0
    no_verdict: int = 0
    valid: int = 0
    kept: int = 0
    yardstick: int = 0
    both: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(*(one + more for one, more in zip(astuple(self), astuple(other), strict=True)))

    def as_dict(self) -> dict[str, int]:
        """Give the counts by name, but those that are 0."""
        return {name: count for name, count in asdict(self).items() if count}


def total(scores: Iterable[Score]) -> Score:
    """Add scores up."""
    return sum(scores, Score())


def score(case: Case, outcome: Outcome, yardstick: Outcome | None = None) -> Score:
    """Count what a contestant made of one case, and how much of what the yardstick judges right."""
    verdicts = [outcome.verdict(number) for number in range(len(case.instances))]
    pairs = list(zip(case.instances, verdicts, strict=True))
    right = [verdict.accepted is instance.valid for instance, verdict in pairs]
    measured = _right(case, yardstick) if yardstick is not None else [False] * len(right)
    return Score(
        schemas=1,
        built=int(outcome.built),
        all_right=int(outcome.built and all(right)),
        tests=len(pairs),
        right=sum(right),
        wrong_yes=sum(verdict.accepted is True and not instance.valid for instance, verdict in pairs),
        wrong_no=sum(verdict.accepted is False and instance.valid for instance, verdict in pairs),
        no_verdict=sum(verdict.accepted is None for verdict in verdicts),
        valid=sum(instance.valid for instance in case.instances),
        kept=sum(verdict.kept is True for verdict in verdicts),
        yardstick=sum(measured),
        both=sum(own and theirs for own, theirs in zip(right, measured, strict=True)),
    )


def _right(case: Case, outcome: Outcome) -> list[bool]:
    return [outcome.verdict(number).accepted is instance.valid for number, instance in enumerate(case.instances)]


@dataclass(frozen=True)
class Failure:
    """An instance that a contestant does not judge right, or whose data it does not give again."""

    contestant: str
    group: str
    part: str
    file: str
    case: str
    test: str
    kind: str
    cause: str


def failures(contestant: str, case: Case, outcome: Outcome, yardstick: Outcome | None = None) -> Iterator[Failure]:
    """Give the failures of one case; of those that the yardstick judges right, where there is one."""
    for number, instance in enumerate(case.instances):
        verdict = outcome.verdict(number)
        if yardstick is not None and yardstick.verdict(number).accepted is not instance.valid:
            continue
        if verdict.accepted is None:
            kind, cause = NO_VERDICT, verdict.why
        elif verdict.accepted is not instance.valid:
            kind, cause = (WRONG_YES if verdict.accepted else WRONG_NO), verdict.why
        elif verdict.kept is False:
            kind, cause = NOT_KEPT, verdict.lost
        else:
            continue
        yield Failure(contestant, case.group, case.part, case.file, case.name, instance.description, kind, cause)
