"""Checking blocks of NDJSON: the same judgement as of single instances, in little memory."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from dynmodels import OptionsError, UnknownModelError, generate_dynamic_models
from dynmodels.checking import Checked, Fault, check, faults_of, target_of
from dynmodels.data import instances
from dynmodels.text import UnreadableError

DATA = Path(__file__).parent / "data"


@pytest.fixture
def orders() -> TypeAdapter[Any]:
    order = generate_dynamic_models(DATA / "order.schema.json").root
    return TypeAdapter(order)


def one_by_one(adapter: TypeAdapter[Any], text: bytes) -> list[tuple[int, tuple[Fault, ...]]]:
    found = ((each.line, faults_of(adapter, each)) for each in instances(io.BytesIO(text), "ndjson"))
    return [(line, tuple(fault for _, fault in faults)) for line, faults in found if faults]


def test_it_tells_the_number_of_each_invalid_line_and_what_is_wrong_with_it(orders: TypeAdapter[Any]) -> None:
    text = (DATA / "orders-with-errors.ndjson").read_bytes()

    checked = check(orders, [text], begins_file=True)

    assert (checked.lines, checked.valid, checked.invalid) == (5, 2, 3)
    faults = dict(checked.faults())
    assert [(fault.path, fault.type) for fault in faults[4]] == [
        ("/status", "enum"),
        ("/customer/email", "value_error"),
    ]
    assert list(checked.faults()) == one_by_one(orders, text)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n\n \r\n",
        b'\xef\xbb\xbf{"amount": 1, "currency": "SEK"}\r\n',
        b"\xef\xbb\xbf\n{}",
        b"\xef\xbb\xbf",
        b"\n\xef\xbb\xbf{}",
        b'{"amount": 1,\r"currency": "SEK"}\n\n{"amount": 1}',
        b'{"amount\n{"amount": \r\n{"amount": ',
        b"\xff\n{\n\x00\n" + b"[" * 5_000 + b"\n\x85\n\xe2\x80\xa8",
    ],
)
def test_lines_are_judged_as_single_instances_are(text: bytes) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(generate_dynamic_models(DATA / "order.schema.json")["Money"])

    assert list(check(adapter, [text], begins_file=True).faults()) == one_by_one(adapter, text)


def test_a_byte_order_mark_is_skipped_at_the_beginning_of_a_file_alone() -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(int)

    assert check(adapter, [b"\xef\xbb\xbf1\n", b"\xef\xbb\xbf2\n"], begins_file=True).valid == 1
    assert check(adapter, [b"\xef\xbb\xbf1\n"], begins_file=False).valid == 0


def test_exact_classes_are_exact() -> None:
    seat = generate_dynamic_models({"title": "Seat", "type": "object", "properties": {"n": {"type": "integer"}}})
    exact = generate_dynamic_models(seat.schema, exact=True)

    assert check(TypeAdapter(seat.root), [b'{"n": "61"}'], begins_file=True).invalid == 0
    assert check(TypeAdapter(exact.root), [b'{"n": "61"}'], begins_file=True).invalid == 1


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_a_line_that_is_broken_off_ends_where_it_does(exact: bool, end: bytes) -> None:
    models = generate_dynamic_models({"title": "Seat", "type": "object"}, exact=exact)

    checked = check(TypeAdapter(models.root), [b'{"row' + end], begins_file=True)

    ((_, (fault,)),) = checked.faults()
    assert fault.message.startswith("Invalid JSON: EOF while parsing a string at line 1 column 5")


def test_a_rest_that_cannot_be_read_is_one_invalid_line() -> None:
    def damaged() -> Iterator[bytes]:
        yield b"1\n2\n"
        raise UnreadableError("the rest cannot be read: it has ended")

    checked = check(TypeAdapter(int), damaged(), begins_file=True)

    assert (checked.lines, checked.valid, checked.invalid) == (3, 2, 1)
    assert list(checked.faults()) == [(3, (Fault("", "the rest cannot be read: it has ended", "unreadable"),))]


def test_many_invalid_lines_take_little_memory() -> None:
    checked = check(TypeAdapter(int), [b'"x"\n' * 10_000], begins_file=True)

    assert checked.invalid == sum(1 for _ in checked.faults()) == 10_000
    assert len(checked.packed) < 100_000


def test_any_text_survives_packing() -> None:
    schema = {"type": "object", "additionalProperties": {"type": "integer"}}
    adapter: TypeAdapter[Any] = TypeAdapter(generate_dynamic_models(schema).root)
    text = '{"a/b~\u00fc\\n\U0001f600": "x"}\n'.encode()

    assert [fault.path for _, faults in check(adapter, [text], begins_file=True).faults() for fault in faults] == [
        "/a~1b~0\u00fc\n\U0001f600"
    ]


def test_no_invalid_lines_take_none() -> None:
    assert check(TypeAdapter(int), [b"1\n"], begins_file=True) == Checked(1, 1, 0, b"")


def test_the_target_is_the_root_or_a_named_class() -> None:
    models = generate_dynamic_models(DATA / "order.schema.json")
    parts = generate_dynamic_models(
        {
            "openapi": "3.1.0",
            "info": {"title": "a", "version": "1"},
            "paths": {},
            "components": {"schemas": {"Pet": {"type": "object"}}},
        }
    )

    assert target_of(models, None) is models.root
    assert target_of(models, "Money") is models["Money"]
    assert target_of(parts, "Pet") is parts["Pet"]
    with pytest.raises(UnknownModelError):
        target_of(models, "Monney")
    with pytest.raises(OptionsError, match="--class: Pet"):
        target_of(parts, None)
