"""Errors: what, where, what to do; and they travel between processes."""

from __future__ import annotations

import copy
import pickle

import pytest

import dynmodels
from dynmodels import DynmodelsError

KINDS = [
    kind
    for kind in (getattr(dynmodels, name) for name in dynmodels.__all__)
    if isinstance(kind, type) and issubclass(kind, DynmodelsError)
]


def example(kind: type[DynmodelsError]) -> DynmodelsError:
    return kind("the shelf is full", pointer="#/$defs/Shelf", line=3, excerpt=">     3 | x", hint="Buy another.")


@pytest.mark.parametrize("kind", KINDS)
def test_the_message_says_what_where_and_what_to_do(kind: type[DynmodelsError]) -> None:
    assert str(example(kind)).split("\n") == [
        "the shelf is full",
        "  at #/$defs/Shelf in the schema",
        "  at line 3 of the generated source",
        ">     3 | x",
        "  Buy another.",
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_errors_survive_pickling(kind: type[DynmodelsError], protocol: int) -> None:
    error = example(kind)

    restored = pickle.loads(pickle.dumps(error, protocol))

    assert type(restored) is kind
    assert vars(restored) == vars(error)
    assert str(restored) == str(error) == str(copy.copy(error))


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        ("SchemaError", ValueError),
        ("UnsafeSchemaError", ValueError),
        ("OptionsError", TypeError),
        ("GenerationError", ValueError),
        ("ModelBuildError", TypeError),
        ("UnknownModelError", KeyError),
    ],
)
def test_each_is_also_the_builtin_that_one_would_catch(kind: str, builtin: type[Exception]) -> None:
    assert issubclass(getattr(dynmodels, kind), builtin)


def test_text_of_a_schema_that_cannot_be_printed_is_escaped() -> None:
    assert str(DynmodelsError("odd \ud800")) == "odd \\ud800"
