"""Files of data: on this machine or wherever fsspec reaches, found by name, and read decompressed."""

from __future__ import annotations

import glob
import gzip
import io
import os
import stat
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path, PurePath
from typing import IO, Any, BinaryIO, Final

from dynmodels.errors import DataError, OptionsError
from dynmodels.text import UnreadableError

#: How compressed files' names end.
COMPRESSED: Final = frozenset({".gz", ".zst"})


@dataclass(frozen=True)
class DataFile:
    """A file of data.

    Attributes:
        name: What results call it: as it was given, or as it was found.
        place: Where it is opened: an absolute path, or an address for fsspec.
        size: How many bytes it has, compressed where it is.
    """

    name: str
    place: str
    size: int

    @property
    def is_compressed(self) -> bool:
        """Whether its name says that it is compressed."""
        return is_compressed(self.name)

    @property
    def is_remote(self) -> bool:
        """Whether fsspec opens it."""
        return "://" in self.place


def is_compressed(name: str) -> bool:
    """Tell by a file's name whether it is compressed."""
    return PurePath(name).suffix.lower() in COMPRESSED


def find(data: Sequence[Path | str]) -> list[DataFile]:
    """Find files, in the order given; those of a pattern in the order of their names.

    Args:
        data: Paths; as text they may also be patterns such as ``orders/*.ndjson``, and addresses for fsspec.

    Raises:
        DataError: A file cannot be read, or there is none.
        OptionsError: An address needs fsspec, which is not installed.
    """
    files: list[DataFile] = []
    for each in data:
        try:
            found = _by_fsspec(each) if isinstance(each, str) and "://" in each else _here(each)
        except OptionsError:
            raise
        except (OSError, ValueError) as error:
            raise _unavailable(str(each), error) from error
        if not found:
            raise DataError(f"cannot read {each}: no file is called so")
        files += found
    return files


def _here(given: Path | str) -> list[DataFile]:
    return [_local(name) for name in _names(given)]


def _names(given: Path | str) -> list[str]:
    if isinstance(given, str) and glob.has_magic(given) and not Path(given).exists():
        names = sorted(glob.glob(given, recursive=True))  # noqa: PTH207 (a pattern may be absolute)
        return [name for name in names if Path(name).is_file()]
    return [str(given)]


def is_among(file: Path, data: Iterable[Path | str]) -> bool:
    """Tell whether a file of this machine is one of those given, under whatever name; no device is.

    Args:
        file: The file, which need not exist.
        data: Paths, patterns, addresses, and ``-`` for standard input.
    """
    try:
        there = file.stat()
    except (OSError, ValueError):  # nothing that could be read
        return False
    return stat.S_ISREG(there.st_mode) and any(
        os.path.samestat(there, each) for given in data for each in _states(given)
    )


def _states(given: Path | str) -> Iterator[os.stat_result]:
    if given == "-":
        with suppress(OSError, AttributeError, ValueError):  # there may be none, or one that is no file
            yield os.fstat(sys.stdin.fileno())
        return
    kind, is_address, path = given.rpartition("://") if isinstance(given, str) else ("", "", "")
    if is_address and not kind.endswith(("file", "local")):
        return
    for name in _names(path if is_address else given):
        with suppress(OSError, ValueError):  # what is not there is told where it is opened
            yield Path(name).stat()


def _local(name: str) -> DataFile:
    with Path(name).open("rb") as stream:  # a folder cannot be opened
        return DataFile(name, str(Path(name).absolute()), stream.seek(0, io.SEEK_END))


def _by_fsspec(given: str) -> list[DataFile]:
    system, path = _system(given)
    paths = sorted(system.glob(path)) if glob.has_magic(path) else [path]
    names = [str(system.unstrip_protocol(each)) for each in paths]
    return [DataFile(name, name, int(system.info(each)["size"])) for name, each in zip(names, paths, strict=True)]


def _system(address: str) -> tuple[Any, str]:
    if find_spec("fsspec") is None:
        raise OptionsError(
            f"{address} needs the package 'fsspec', which is not installed",
            hint='pip install "dynmodels[distributed]"',
        )
    from fsspec.core import url_to_fs

    try:
        system, path = url_to_fs(address)
    except ImportError as error:  # the package for addresses of this kind
        raise OptionsError(f"{address} cannot be read: {error}") from error
    return system, str(path)


def _unavailable(name: str, error: Exception) -> DataError:
    return DataError(f"cannot read {name}: {getattr(error, 'strerror', None) or error}")


@contextmanager
def opened(file: DataFile) -> Iterator[BinaryIO]:
    """Open a file as it is stored.

    Raises:
        DataError: It cannot be opened, or not be read to its end.
    """
    try:
        with _stream(file) as stream:
            yield stream
    except DataError:
        raise
    except OSError as error:
        raise _unavailable(file.name, error) from error


def _stream(file: DataFile) -> BinaryIO:
    if not file.is_remote:
        return Path(file.place).open("rb")
    system, path = _system(file.place)
    stream: BinaryIO = system.open(path, "rb")
    return stream


def decompressed(stream: BinaryIO, name: str) -> IO[bytes]:
    """Decompress a stream as a file's name says: gzip (several members too), zstd, or not at all.

    Reading it raises an ``UnreadableError`` where it is damaged or ends too early.

    Raises:
        OptionsError: It is zstd, and the package for it is not installed.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix == ".gz":
        return io.BufferedReader(_Decompressed(stream, gzip.GzipFile(fileobj=stream, mode="rb").read1, _GZIP_ERRORS))
    if suffix == ".zst":
        zstd = _zstd()
        return io.BufferedReader(_Decompressed(stream, zstd.ZstdFile(stream).read1, (EOFError, zstd.ZstdError)))
    return stream


#: What reading damaged gzip raises.
_GZIP_ERRORS: Final = (EOFError, gzip.BadGzipFile, zlib.error)


def _zstd() -> Any:
    try:
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd
    except ImportError as error:
        raise OptionsError(
            "reading zstd needs the package 'backports.zstd', which is not installed",
            hint='pip install "dynmodels[zstd]"',
        ) from error
    return zstd


class _Decompressed(io.RawIOBase):
    """Tells what is wrong with compressed data in one way."""

    def __init__(self, stored: BinaryIO, read: Callable[[int], bytes], errors: tuple[type[Exception], ...]) -> None:
        self._stored = stored
        self._read = read
        self._errors = errors

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            piece = self._read(len(buffer))
        except self._errors as error:
            if self._stored.tell() == 0:  # an empty file has no lines, whatever it is called
                return 0
            raise UnreadableError(f"the rest cannot be read: {error}") from error
        buffer[: len(piece)] = piece
        return len(piece)
