"""The sections of page 002, deriving a model from another with every field optional."""

from __future__ import annotations

from typing import Final

from tests.seeds.section import SEEDS, Section

_DERIVING: Final = f"{SEEDS}/test_002_deriving.py"

#: What the page tells, in its order; it has no headings, so each names its paragraphs.
PAGE_002: Final = (
    Section(
        "Every field optional",
        "works",
        "`make_fields_optional(Model)`; the class is called `ModelOptional`",
        f"{_DERIVING}::TestEveryFieldOptional",
        (1, 2, 17, 18),
    ),
    Section(
        "Validators, computed fields and configuration are inherited",
        "works",
        "",
        f"{_DERIVING}::TestWhatIsInherited",
        (3, 4, 5),
    ),
    Section(
        "Constraints and metadata are kept",
        "works",
        "",
        f"{_DERIVING}::TestConstraintsAndMetadata",
        (6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16),
    ),
    Section(
        "A type variable keeps the class",
        "works",
        "type checkers still ask for required fields",
        f"{_DERIVING}::TestATypeVariableKeepsTheClass",
        (19, 20, 21),
    ),
    Section("`MISSING` instead of None", "works", "`sentinel=MISSING`", f"{_DERIVING}::TestMissing", (22,)),
    Section("The original's fields are left alone", "works", "", f"{_DERIVING}::TestTheOriginalIsLeftAlone", (23,)),
)
