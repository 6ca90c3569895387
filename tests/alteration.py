"""Pickles that somebody has changed on the way, or that another version wrote.

THIS KNOWS THE LAYOUT OF WHAT TRAVELS, and is the one place of the tests that does: that texts such as the source and
the versions stand somewhere in it, in the clear or packed by zlib. Teach it any other layout here; what follows from
an altered pickle is for the tests to say.
"""

from __future__ import annotations

import pickletools
import zlib
from collections.abc import Callable, Iterator

#: The protocol of pickles that can be altered: it knows neither frames nor several ways to write a text.
PROTOCOL = 2


def altered(pickled: bytes, old: str, new: str) -> bytes:
    """Put a text in the place of another, wherever that stands.

    Args:
        pickled: By ``PROTOCOL``.
        old: A text without what any notation would escape: letters, digits, spaces, and marks but quotes.
        new: Another one.
    """
    found = 0

    def put(text: str) -> str:
        nonlocal found
        found += text.count(old)
        return text.replace(old, new)

    written = b"".join(_rewritten(pickled, put))
    assert found, f"{old!r} is nowhere in what travels: has its layout changed?"
    return written


def texts(pickled: bytes) -> str:
    """Give all text in a pickle that is written by ``PROTOCOL``, unpacked."""
    seen: list[str] = []

    def note(text: str) -> str:
        seen.append(text)
        return text

    for _ in _rewritten(pickled, note):
        pass
    return "\n".join(seen)


def _rewritten(pickled: bytes, change: Callable[[str], str]) -> Iterator[bytes]:
    """Give the pickle's instructions, each text among them changed."""
    instructions = [(opcode.name, text, position) for opcode, text, position in pickletools.genops(pickled)]
    ends = [position for _, _, position in instructions[1:]] + [len(pickled)]
    for (name, text, begin), end in zip(instructions, ends, strict=True):
        if name == "BINUNICODE":
            written = _changed(str(text), change).encode("utf-8", "surrogatepass")
            yield b"X" + len(written).to_bytes(4, "little") + written
        else:
            yield pickled[begin:end]


def _changed(text: str, change: Callable[[str], str]) -> str:
    try:
        unpacked = zlib.decompress(text.encode("latin-1"))  # by this protocol, bytes are text in Latin-1
    except (UnicodeEncodeError, zlib.error):
        return change(text)
    return zlib.compress(change(unpacked.decode("latin-1")).encode("latin-1")).decode("latin-1")
