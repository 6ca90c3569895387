"""Mappings: a hash of a document as it stands, in a few microseconds."""

from __future__ import annotations

import hashlib
import pickle
from typing import NoReturn


def hash_of(content: object) -> tuple[bytes, int]:
    """Give a hash that equal content has and no other, and the size of the content in bytes, roughly.

    Raises:
        TypeError: It holds objects that are no exact built-in types.
        RecursionError: It is nested too deeply, or holds itself.
    """
    written = _Hash()
    try:
        # pickle writes an object that occurs often once, so that the bytes of a small graph of objects stay few, and
        # unlike marshal does not care who else holds them.
        _ExactPickler(written, protocol=5).dump(content)
    except pickle.PicklingError as error:
        raise TypeError(str(error)) from error
    return written.hash.digest(), written.size


class _Hash:
    """A file to pickle into: it takes a frame of 64 KiB at a time, and between them other threads get their turn."""

    def __init__(self) -> None:
        self.hash = hashlib.blake2b(digest_size=16)
        self.size = 0

    def write(self, data: bytes, /) -> int:
        self.hash.update(data)
        self.size += len(data)
        return len(data)


class _ExactPickler(pickle.Pickler):
    """Writes exact built-in types alone: an object with behaviour of its own has no content to rely on."""

    def reducer_override(self, obj: object) -> NoReturn:
        raise pickle.PicklingError(f"{type(obj).__name__} has no stable content")
