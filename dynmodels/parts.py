r"""Parts: files of NDJSON cut by bytes, so that each part can be read by itself.

A part owns the lines that begin in it. A line ends with ``\n``, or with its file. Compressed files are not cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, BinaryIO, Final

from dynmodels.errors import DataError
from dynmodels.files import DataFile, decompressed, opened
from dynmodels.text import UnreadableError

#: Bytes that are read at a time.
BLOCK: Final = 2**20


@dataclass(frozen=True)
class Part:
    """Bytes of a file.

    Attributes:
        file: The file.
        start: The first of them.
        stop: The one behind the last.
    """

    file: DataFile
    start: int
    stop: int


def parts_of(file: DataFile, size: int) -> Iterator[Part]:
    """Cut a file into parts of so many bytes, if it can be cut."""
    step = file.size if file.is_compressed else size
    for start in range(0, file.size, max(step, 1)):
        yield Part(file, start, min(start + step, file.size))


def blocks(part: Part) -> Iterator[bytes]:
    """Read the lines of a part, some at a time: no more of them in memory than a block and its longest line.

    Raises:
        DataError: The file cannot be read, or has become shorter.
        UnreadableError: What is compressed is damaged, behind the lines that were given.
    """
    with opened(part.file) as stream:
        if part.file.is_compressed:
            yield from whole_lines(decompressed(stream, part.file.name))
            return
        yield from _own_lines(stream, part)


def _own_lines(stream: BinaryIO, part: Part) -> Iterator[bytes]:
    position = max(part.start - 1, 0)  # whether a line begins with a byte is told by the one before it
    stream.seek(position)
    is_anothers = part.start > 0  # the line that we are in
    while position < part.stop:
        text = stream.read(min(BLOCK, part.stop - position))
        if not text:
            raise DataError(f"{part.file.name} has become shorter while it was read")
        position += len(text)
        if is_anothers:
            end = text.find(b"\n") + 1
            is_anothers = end == 0
            text = text[end:] if end else b""
        if text and not text.endswith(b"\n"):
            rest = stream.readline()
            position += len(rest)
            text += rest
        if text:
            yield text


def whole_lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Read a stream that cannot be cut, in blocks of whole lines.

    Raises:
        UnreadableError: The stream is damaged, behind the lines that were given.
    """
    pieces: list[bytes] = []
    size = 0
    damage: UnreadableError | None = None
    while damage is None:
        try:
            piece = stream.read1(BLOCK)  # type: ignore[attr-defined]  # what is read before damage is not lost
        except UnreadableError as error:
            damage, piece = error, b""
        if not piece:
            break
        pieces.append(piece)
        size += len(piece)
        end = piece.rfind(b"\n") + 1
        if size >= BLOCK and end:
            pieces[-1] = piece[:end]
            yield b"".join(pieces)
            pieces, size = [piece[end:]], len(piece) - end
    rest = b"".join(pieces)
    if damage is not None:
        rest = rest[: rest.rfind(b"\n") + 1]
    if rest:
        yield rest
    if damage is not None:
        raise damage
