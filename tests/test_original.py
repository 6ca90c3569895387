"""Values that know the text they were read from, and write it again."""

from __future__ import annotations

import copy
import datetime as dt
import json
import pickle
import uuid
from decimal import Decimal
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Final

import pytest
from pydantic import AnyUrl, SecretStr, TypeAdapter, create_model

from dynmodels import generate_dynamic_models
from dynmodels.original import remember, text_of

#: A call in the log of a telephone exchange: each format that has a class in Python.
CALL: Final[dict[str, Any]] = {
    "title": "Call",
    "type": "object",
    "properties": {
        "begun": {"type": "string", "format": "date-time"},
        "daily": {"type": "string", "format": "time"},
        "took": {"type": "string", "format": "duration"},
        "day": {"type": "string", "format": "date"},
        "id": {"type": "string", "format": "uuid"},
        "from": {"type": "string", "format": "ipv4"},
        "to": {"type": "string", "format": "ipv6"},
        "price": {"type": "string", "format": "decimal"},
        "record": {"type": "string", "format": "uri"},
        "pin": {"type": "string", "format": "password"},
    },
}

#: Texts that Python would write otherwise, and the plain values that they stand for.
UNUSUAL: Final[dict[str, tuple[str, Any]]] = {
    "begun": ("2024-05-01t10:00:00.50z", dt.datetime(2024, 5, 1, 10, 0, 0, 500_000, dt.UTC)),
    "daily": ("10:00:00.50Z", dt.time(10, 0, 0, 500_000, dt.UTC)),
    "took": ("PT90M", dt.timedelta(minutes=90)),
    "id": ("123E4567-E89B-12D3-A456-426614174000", uuid.UUID("123e4567-e89b-12d3-a456-426614174000")),
    "to": ("FE80:0::1", IPv6Address("fe80::1")),
    "record": ("HTTPS://Example.COM", AnyUrl("https://example.com/")),
}

each_unusual = pytest.mark.parametrize(("name", "text", "plain"), [(name, *each) for name, each in UNUSUAL.items()])


@pytest.fixture
def call() -> Any:
    """The class of calls."""
    return generate_dynamic_models(CALL, exact=True).root


def written(made: Any) -> Any:
    """Give what goes onto the wire, which both ways of writing agree on."""
    options: Any = {"by_alias": True, "exclude_unset": True}
    data = made.model_dump(mode="json", **options)
    assert json.loads(made.model_dump_json(**options)) == data
    return data


class TestValues:
    """A value that was spelt otherwise is the plain value to everybody, and remembers."""

    @each_unusual
    def test_they_are_the_plain_values_to_everybody(self, call: Any, name: str, text: str, plain: Any) -> None:
        value = getattr(call(**{name: text}), name)

        assert isinstance(value, type(plain))
        assert value == plain
        assert plain == value
        assert hash(value) == hash(plain)
        assert {value, plain} == {plain}
        assert str(value) == str(plain)

    @each_unusual
    def test_they_write_their_texts(self, call: Any, name: str, text: str, plain: Any) -> None:
        made = call(**{name: text})

        assert written(made) == {name: text}
        assert written(call(**made.model_dump(exclude_unset=True))) == {name: text}
        assert written(call(**{name: plain})) != {name: text}

    @each_unusual
    @pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    def test_they_are_pickled_with_their_texts(
        self, call: Any, name: str, text: str, plain: Any, protocol: int
    ) -> None:
        value = getattr(call(**{name: text}), name)

        again = pickle.loads(pickle.dumps(value, protocol))

        assert (type(again), again, text_of(again)) == (type(value), plain, text)

    @each_unusual
    @pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
    def test_they_are_copied_with_their_texts(self, call: Any, name: str, text: str, plain: Any, copied: Any) -> None:
        value = getattr(call(**{name: text}), name)

        assert text_of(copied(value)) == text
        assert written(copied(call(**{name: text}))) == {name: text}
        assert written(call(**{name: text}).model_copy(deep=True)) == {name: text}

    def test_what_is_computed_from_them_has_no_text(self, call: Any) -> None:
        made = call(**{name: text for name, (text, _) in UNUSUAL.items()})

        assert written(call(begun=made.begun + dt.timedelta(days=1))) == {"begun": "2024-05-02T10:00:00.500000Z"}
        assert written(call(begun=made.begun.replace(year=2020))) == {"begun": "2020-05-01T10:00:00.500000Z"}
        assert written(call(begun=made.begun.astimezone(dt.timezone(dt.timedelta(hours=2))))) == {
            "begun": "2024-05-01T12:00:00.500000+02:00"
        }
        assert written(call(daily=made.daily.replace(hour=3))) == {"daily": "03:00:00.500000Z"}
        assert written(call(took=made.took * 2)) == {"took": "PT3H"}
        assert written(call(to=made.to + 1)) == {"to": "fe80::2"}
        later = made.begun + dt.timedelta(days=1)
        assert text_of(pickle.loads(pickle.dumps(later))) == later

    def test_other_models_take_them_as_plain_values(self, call: Any) -> None:
        made = call(begun=UNUSUAL["begun"][0], record=UNUSUAL["record"][0])
        note = create_model("Note", at=(dt.datetime, ...), link=(AnyUrl, ...))

        assert json.loads(note(at=made.begun, link=made.record).model_dump_json()) == {
            "at": "2024-05-01T10:00:00.500000Z",
            "link": "https://example.com/",
        }

    def test_they_compare_and_compute_with_plain_values(self, call: Any) -> None:
        made = call(begun=UNUSUAL["begun"][0], to=UNUSUAL["to"][0])

        assert made.begun > dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
        assert made.begun - UNUSUAL["begun"][1] == dt.timedelta(0)
        assert made.to.is_link_local
        assert made.to < IPv6Address("fe80::2")

    def test_values_of_other_classes_have_no_such_class(self) -> None:
        assert remember(dt.date(2024, 5, 1), "2024-05-01") is None
        assert text_of(remember(Decimal("1.5"), "1.50")) == "1.50"
        assert text_of(remember(IPv4Address("10.0.0.1"), "10.0.0.1")) == "10.0.0.1"
        assert pickle.loads(pickle.dumps(remember(Decimal("1.5"), "1.50"), 0)) == Decimal("1.5")


class TestUsualTexts:
    @pytest.mark.parametrize(
        ("name", "text", "kind"),
        [
            ("begun", "2024-05-01T10:00:00Z", dt.datetime),
            ("day", "2024-02-29", dt.date),
            ("daily", "10:00:00Z", dt.time),
            ("took", "P3DT2H", dt.timedelta),
            ("id", "123e4567-e89b-12d3-a456-426614174000", uuid.UUID),
            ("from", "10.0.0.1", IPv4Address),
            ("to", "fe80::1", IPv6Address),
            ("price", "1.50", Decimal),
            ("record", "https://example.com/", AnyUrl),
        ],
    )
    def test_what_python_would_write_is_of_the_plain_class(self, call: Any, name: str, text: str, kind: type) -> None:
        made = call(**{name: text})
        field = next(each for each, info in call.model_fields.items() if (info.alias or each) == name)

        assert type(getattr(made, field)) is kind
        assert written(made) == {name: text}

    def test_secrets_are_written_and_not_shown(self, call: Any) -> None:
        made = call(pin="1234")

        assert isinstance(made.pin, SecretStr)
        assert "1234" not in repr(made)
        assert written(made) == {"pin": "1234"}
        assert written(call(pin=made.pin)) == {"pin": "1234"}


class TestTextsThatPythonCannotHold:
    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("begun", "2016-12-31T23:59:60Z"),
            ("begun", "0000-01-01T00:00:00Z"),
            ("begun", "2024-05-01T10:00:00.123456789Z"),
            ("begun", "2024-05-01T10:00:00-00:00"),
            ("day", "0000-01-01"),
            ("daily", "23:59:60Z"),
            ("took", "P1Y"),
            ("took", "P4M"),
            ("took", "P1W"),
            ("record", "urn:isbn:9780140449136"),
            ("record", "HTTP://a:80/%7e"),
        ],
    )
    def test_nothing_is_lost(self, call: Any, name: str, text: str) -> None:
        assert written(call(**{name: text})) == {name: text}

    @pytest.mark.parametrize(("name", "text"), [("begun", "2016-12-31T23:59:60Z"), ("day", "0000-01-01")])
    def test_leap_seconds_and_the_year_0_stay_texts(self, call: Any, name: str, text: str) -> None:
        assert getattr(call(**{name: text}), name) == text

    def test_formats_that_are_not_checked_may_be_any_text(self) -> None:
        call = generate_dynamic_models(CALL, exact=True, formats="annotate").root

        made = call(begun="yesterday", id="7", to="home", price="NaN")

        assert written(made) == {"begun": "yesterday", "id": "7", "to": "home", "price": "NaN"}


@pytest.mark.parametrize(
    ("took", "text"),
    [
        (dt.timedelta(days=3, hours=2), "P3DT2H"),
        (dt.timedelta(days=400), "P400D"),
        (dt.timedelta(days=400, seconds=5), "P400DT5S"),
    ],
)
def test_durations_are_written_as_the_format_has_them(call: Any, took: dt.timedelta, text: str) -> None:
    assert written(call(took=took)) == {"took": text}
    assert TypeAdapter(call).validate_python({"took": text}).took == took
