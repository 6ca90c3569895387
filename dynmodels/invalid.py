"""Invalid lines: what is told of each, and the file that they are written to."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dynmodels.checking import Fault
from dynmodels.errors import DataError, OptionsError
from dynmodels.files import is_among


@dataclass(frozen=True)
class InvalidLine:
    """A line that is invalid.

    Attributes:
        file: Its file, as it was given, or as a pattern has found it.
        line: Its number, counted from 1.
        errors: What is wrong with it.
    """

    file: str
    line: int
    errors: tuple[Fault, ...]


def require_other_file(path: Path, data: Iterable[Path | str]) -> None:
    """Refuse to write where something is that is read.

    Raises:
        OptionsError: The file is one of those given.
    """
    if is_among(path, data):
        raise OptionsError(
            f"{path} is read, so what is invalid cannot be written to it",
            hint="It would take the file's place; choose another name.",
        )


@contextmanager
def written_to(path: Path) -> Iterator[Callable[[InvalidLine], object]]:
    """Give a function that writes invalid lines as NDJSON to a file, which appears when all of them are written.

    Raises:
        DataError: They cannot be written.
    """
    place = path.resolve()  # a link stays one
    is_device = place.exists() and not place.is_file()  # which nothing may take the place of
    unfinished = place if is_device else place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    try:
        stream = unfinished.open("w", encoding="utf-8")
    except OSError as error:
        raise _unwritable(path, error) from error
    finished = False
    try:
        with stream:
            yield lambda line: _write(stream.write, path, line)
        finished = True
    finally:
        if not is_device:
            _finish(unfinished, place if finished else None, path)


def _finish(unfinished: Path, place: Path | None, path: Path) -> None:
    if place is None:
        unfinished.unlink(missing_ok=True)
        return
    try:
        unfinished.replace(place)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise _unwritable(path, error) from error


def _write(write: Callable[[str], object], path: Path, line: InvalidLine) -> None:
    errors = [fault._asdict() for fault in line.errors]
    try:
        write(json.dumps({"file": line.file, "line": line.line, "errors": errors}) + "\n")
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> DataError:
    return DataError(f"cannot write {path}: {error.strerror or error}")
