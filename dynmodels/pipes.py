"""Pipes: how this process speaks with those that it has started itself, one message after the other."""

from __future__ import annotations

import struct
import sys
from pathlib import Path
from typing import IO


def search_path() -> list[str]:
    """Give the module search path of this process for one whose current folder is another."""
    return [str(Path(path).absolute()) for path in sys.path if isinstance(path, str)]


def send(pipe: IO[bytes], content: bytes) -> None:
    """Send a message.

    Raises:
        OSError: Nobody reads any more.
    """
    pipe.write(struct.pack(">Q", len(content)))
    pipe.write(content)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes:
    """Wait for a message.

    Raises:
        EOFError: There will be none, or not all of it.
    """
    head = pipe.read(8)
    if len(head) < 8:
        raise EOFError
    (size,) = struct.unpack(">Q", head)
    content = pipe.read(size)
    if len(content) < size:
        raise EOFError
    return content
