"""Originals: typed values that give back the very text they were read from.

One moment has many spellings (RFC 3339 section 5.6), so has one address (RFC 4291 section 2.2), and Python's classes
write but one of them. A value that was spelt otherwise is of a subclass here, equal to it, that remembers.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from pydantic import AnyUrl, SecretBytes, SecretStr


class _Original:
    """Knows the text; what is computed from such a value is of the same class, and has none."""

    _text: str | None = None

    def __reduce_ex__(self, _protocol: Any) -> Any:
        base, copied = next((base, copied) for base, (_, copied) in _KINDS.items() if isinstance(self, base))
        return _read, (copied(base, self), self._text)


class OriginalDatetime(_Original, dt.datetime):
    """A moment that knows its text."""


class OriginalTime(_Original, dt.time):
    """A time of day that knows its text."""


class OriginalTimedelta(_Original, dt.timedelta):
    """A duration that knows its text."""


class OriginalUUID(_Original, uuid.UUID):
    """A UUID that knows its text."""


class OriginalIPv4Address(_Original, ipaddress.IPv4Address):
    """An address that knows its text."""


class OriginalIPv6Address(_Original, ipaddress.IPv6Address):
    """An address that knows its text."""


class OriginalDecimal(_Original, Decimal):
    """A decimal number that knows its text."""


class OriginalUrl(_Original, AnyUrl):
    """A URL that knows its text."""

    def __eq__(self, other: Any) -> bool:
        return bool(self._url == other._url) if isinstance(other, AnyUrl) else NotImplemented

    __hash__ = AnyUrl.__hash__

    def __deepcopy__(self, _memo: Any) -> Any:
        return _with_text(_copied_url(OriginalUrl, self), self._text)

    def __reduce_ex__(self, _protocol: Any) -> Any:
        return _read_url, (str(self._url), self._text)  # not every protocol takes pydantic's own


def remember(value: Any, text: str) -> Any:
    """Give a value that remembers its text; None where there is no class of values that do."""
    kind = _KINDS.get(type(value))
    if kind is None:
        return None
    remembering, copied = kind
    return _with_text(copied(remembering, value), text)


def text_of(value: Any) -> Any:
    """Give what a value stands for in JSON: the text it was read from, if it knows one; else itself."""
    if isinstance(value, _Original):
        return _plain(value) if value._text is None else value._text
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, dt.timedelta):
        return _duration(value)
    return value.get_secret_value() if isinstance(value, SecretStr | SecretBytes) else value


def _duration(value: dt.timedelta) -> Any:
    """Write a long duration in days, as years and days have no text together (RFC 3339 appendix A)."""
    if value.days < _DAYS_OF_A_YEAR or value.microseconds:
        return value
    return f"P{value.days}D" + (f"T{value.seconds}S" if value.seconds else "")


#: From here on pydantic writes years.
_DAYS_OF_A_YEAR: Final = 365


def _read(value: Any, text: str | None) -> Any:
    remembering, copied = _KINDS[type(value)]
    return _with_text(copied(remembering, value), text)


def _read_url(url: str, text: str | None) -> Any:
    return _read(AnyUrl(url), text)


def _with_text(value: Any, text: str | None) -> Any:
    object.__setattr__(value, "_text", text)  # some of these classes refuse to be changed
    return value


def _copied_datetime(cls: Any, value: dt.datetime) -> Any:
    date = value.year, value.month, value.day
    return cls(*date, value.hour, value.minute, value.second, value.microsecond, value.tzinfo, fold=value.fold)


def _copied_time(cls: Any, value: dt.time) -> Any:
    return cls(value.hour, value.minute, value.second, value.microsecond, value.tzinfo, fold=value.fold)


def _copied_timedelta(cls: Any, value: dt.timedelta) -> Any:
    return cls(value.days, value.seconds, value.microseconds)


def _copied_uuid(cls: Any, value: uuid.UUID) -> Any:
    return cls(int=value.int)


def _copied_from_text(cls: Any, value: Any) -> Any:
    return cls(str(value))


def _copied_url(cls: Any, value: AnyUrl) -> Any:
    copy = cls.__new__(cls)
    copy._url = value._url
    return copy


#: For each class, the one that remembers, and a function that makes one of a value of the other.
_KINDS: Final[dict[type, tuple[type, Callable[[Any, Any], Any]]]] = {
    dt.datetime: (OriginalDatetime, _copied_datetime),
    dt.time: (OriginalTime, _copied_time),
    dt.timedelta: (OriginalTimedelta, _copied_timedelta),
    uuid.UUID: (OriginalUUID, _copied_uuid),
    ipaddress.IPv4Address: (OriginalIPv4Address, _copied_from_text),
    ipaddress.IPv6Address: (OriginalIPv6Address, _copied_from_text),
    Decimal: (OriginalDecimal, _copied_from_text),
    AnyUrl: (OriginalUrl, _copied_url),
}
