"""The sections of page 002, deriving a model from another with every field optional."""

from __future__ import annotations

from typing import Final

from tests.seeds.section import SEEDS, Section

_DERIVING: Final = f"{SEEDS}/test_002_deriving.py"

#: What the page tells, in its order; it has no headings, so each names its paragraphs.
PAGE_002: Final = (
    Section("Every field optional", "works", "`make_fields_optional(Model)`", _DERIVING, (1, 2, 17, 18)),
    Section("Validators and computed fields are inherited", "works", "", _DERIVING, (3, 4, 5)),
    Section("Constraints and metadata are kept", "works", "", _DERIVING, (6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)),
    Section("A type variable keeps the class", "works", "", _DERIVING, (19, 20, 21)),
    Section("`MISSING` instead of None", "works", "`sentinel=MISSING`", _DERIVING, (22,)),
    Section("The original's fields are left alone", "works", "", _DERIVING, (23,)),
)
