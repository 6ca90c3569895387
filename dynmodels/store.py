"""The store: a folder of entries, each some files under a digest, which processes share and anyone may delete. Reading.

An entry is a folder ``dDIGEST``. Its ``entry.json`` lists the other files with their checksums, so that nothing has to
be on the disk in any order, or at all: an entry that is not whole is none. It appears in one step and vanishes in one,
by renaming. Who writes holds a lock; readers hold none.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, Final, NamedTuple

from dynmodels import log

#: The folder to use; empty for none.
FOLDER_VARIABLE: Final = "DYNMODELS_CACHE_DIR"

#: ``private`` (the default): nobody else may own or write the folder. ``verify``: others may, and nothing in it is
#: believed.
TRUST_VARIABLE: Final = "DYNMODELS_CACHE_TRUST"

#: Size to keep the store below, in bytes.
SIZE_VARIABLE: Final = "DYNMODELS_CACHE_MAX_BYTES"

DEFAULT_MAX_BYTES: Final = 512 * 2**20

#: Raised by hand whenever entries are laid out in another way.
FORMAT: Final = 3

#: The file that makes a folder an entry.
MANIFEST: Final = "entry.json"

#: Where it stands which calls lead to which entry. Whatever is ours and no entry is called so: people may have given us
#: a folder with things of their own.
OURS: Final = ".dynmodels-"
REQUESTS: Final = f"{OURS}requests"

#: Seconds within which the use of an entry need not be noted again.
_USE_SECONDS: Final = 3600.0

_WRITABLE_BY_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH


class Stored(NamedTuple):
    """What was kept of a build.

    Attributes:
        about: What the writer said of it, as JSON data.
        files: Its files, by names with slashes.
    """

    about: Mapping[str, Any]
    files: Mapping[str, bytes]


class RefusedError(Exception):
    """The folder, or something in it, is not to be believed."""


def store_of(choice: Path | bool | None) -> Store | None:
    """Give the store that a call asks for; None where there is none.

    Args:
        choice: None for the default: the folder in ``DYNMODELS_CACHE_DIR``, else in the user's cache folder, where it
            is only read if ``sys.dont_write_bytecode`` says that Python writes nothing. True for the same, but written
            in any case; False for none; a path for that folder.
    """
    if choice is False:
        return None
    named = os.environ.get(FOLDER_VARIABLE) if not isinstance(choice, Path) else str(choice)
    if named == "":
        return None
    folder = _users_folder() if named is None else Path(named)
    trust = os.environ.get(TRUST_VARIABLE, "") or "private"
    if trust not in {"private", "verify"}:
        _warn(f"{TRUST_VARIABLE} is 'private' or 'verify', not {trust!r}: classes are not stored")
        return None
    if folder is None:
        return None
    try:
        # A shell puts the home folder in the place of "~"; what else sets variables does not.
        folder = (folder if isinstance(choice, Path) else folder.expanduser()).absolute()
    except (OSError, RuntimeError) as error:  # a relative path, and the current folder is gone; or there is no home
        _warn(f"the store {str(folder)!r} cannot be placed: {error}")
        return None
    writes = choice is not None or named is not None or not sys.dont_write_bytecode
    return Store(folder, verify=trust == "verify", writes=writes, max_bytes=_max_bytes())


def is_shared() -> bool:
    """Whether what is stored is not to be believed."""
    return os.environ.get(TRUST_VARIABLE) == "verify"


def _users_folder() -> Path | None:
    import platformdirs  # imported late: whoever names the folder does not need it

    folder = platformdirs.user_cache_path("dynmodels") / "store"
    if folder.is_absolute():
        return folder
    _warn(f"there is no home folder to store classes in; {FOLDER_VARIABLE} names another, or none if it is empty")
    return None


def _max_bytes() -> int:
    written = os.environ.get(SIZE_VARIABLE, "")
    if not written:
        return DEFAULT_MAX_BYTES
    try:
        return max(0, int(written))
    except ValueError:
        _warn(f"{SIZE_VARIABLE} is a number of bytes, not {written!r}: {DEFAULT_MAX_BYTES:,} it is")
        return DEFAULT_MAX_BYTES


class Store(NamedTuple):
    """A folder of entries. Whatever happens to it, its methods for builds do not raise.

    Attributes:
        folder: Where it is, or will be; an absolute path.
        verify: Whether others may write there, so that what is read is not to be believed.
        writes: Whether it may be written.
        max_bytes: Size to keep it below.
    """

    folder: Path
    verify: bool = False
    writes: bool = True
    max_bytes: int = DEFAULT_MAX_BYTES

    # For builds

    def digest_of(self, request: str) -> str | None:
        """Give the digest that a call's name led to before."""
        with self._forgiving():
            self._check()
            return self._request(request)
        return None

    def read(self, digest: str, leave_out: Collection[str] = ()) -> Stored | None:
        """Give an entry, if it is there and whole.

        Args:
            digest: Its name.
            leave_out: Names of files that are not wanted.
        """
        with self._forgiving():
            self._check()
            return self._entry(digest, leave_out)
        return None

    def has(self, digest: str) -> bool:
        """Tell whether an entry seems to be there, without reading it."""
        with self._forgiving():
            self._check()
            return self._place(digest, MANIFEST).is_file()
        return False

    def path_of(self, digest: str, name: str) -> Path:
        """Say where a file of an entry is."""
        return self._place(digest, name)

    # Reading

    def _check(self, *, to_write: bool = False) -> None:
        """Refuse a folder that somebody else could have filled; one that is missing is nobody's.

        A shared one is read whoever has filled it, and written only where nobody else could lead the writer astray.
        """
        try:
            found = self.folder.lstat()
        except FileNotFoundError:
            return
        is_anothers_link = stat.S_ISLNK(found.st_mode) and _is_anothers(found)
        if stat.S_ISLNK(found.st_mode):
            found = self.folder.stat()
        if not stat.S_ISDIR(found.st_mode):
            raise RefusedError("it is no folder")
        if self.verify and not to_write:
            return
        if is_anothers_link:
            raise RefusedError("it is a symbolic link of another user's")
        advice = "" if self.verify else f", or share it by {TRUST_VARIABLE}=verify"
        if _is_anothers(found):
            raise RefusedError(f"it belongs to another user; name one of your own{advice}")
        if hasattr(os, "geteuid") and found.st_mode & _WRITABLE_BY_OTHERS:
            raise RefusedError(f"other users may write to it; chmod 700 it{advice}")

    def _place(self, digest: str, name: str = "") -> Path:
        return self.folder / f"d{digest}" / name

    def _request(self, request: str) -> str | None:
        try:
            text = self._content(self.folder / REQUESTS / request).decode("ascii")
        except (OSError, UnicodeDecodeError, RefusedError):  # whatever stands there is no request
            return None
        digest = unsealed(text, request)
        return digest if digest is not None and is_digest(digest) else None

    def _entry(self, digest: str, leave_out: Collection[str] = ()) -> Stored | None:
        place = self._place(digest)
        try:
            manifest = self._manifest(place, digest)
            files = {}
            for name, checksum in manifest["files"].items():
                if name not in leave_out:
                    files[name] = _intact(name, self._content(place / safe_name(name)), checksum)
        except FileNotFoundError:
            return None
        except PermissionError as error:
            _warn(f"the stored entry {str(place)!r} cannot be used, and classes are built without it: {told(error)}")
            return None
        except (RefusedError, OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            log.info("the stored entry %s is not whole, and not used: %s", place, error)
            return None
        self._note_use(place)
        return Stored(manifest["about"], files)

    def _manifest(self, place: Path, digest: str) -> dict[str, Any]:
        from pydantic_core import from_json  # which is loaded anyway: json would take longer

        content = self._content(place / MANIFEST)
        if content != sealed_manifest(content[:-_SEAL_BYTES] + b"}"):
            raise RefusedError(f"{MANIFEST} is not what was written")
        manifest: dict[str, Any] = from_json(content)
        if manifest["format"] != FORMAT or manifest["digest"] != digest:
            raise RefusedError(f"{MANIFEST} is that of another entry or format")
        return manifest

    def _follows_a_link(self, place: Path) -> bool:
        """Whether a path below the folder leads elsewhere."""
        while place != self.folder:
            if place.is_symlink():
                return True
            place = place.parent
        return False

    def _content(self, path: Path) -> bytes:
        """Read a file that is one, is not a link, and that nobody else could have written."""
        if self._follows_a_link(path.parent):
            raise RefusedError(f"{path.parent} is a symbolic link")
        # Without O_NONBLOCK, opening a pipe would wait for its writer.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        try:
            descriptor = os.open(path, flags)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise RefusedError(f"{path.name} is a symbolic link") from None
            raise
        try:
            self._check_file(path, os.fstat(descriptor))
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                return file.read()
        finally:
            os.close(descriptor)

    def _check_file(self, path: Path, found: os.stat_result) -> None:
        if not stat.S_ISREG(found.st_mode):
            raise RefusedError(f"{path.name} is no file")
        if found.st_size > self.max_bytes:
            raise RefusedError(f"{path.name} is larger than the store may be")
        if not self.verify and (_is_anothers(found) or _writable_by_others(found)):
            raise RefusedError(f"{path.name} could have been written by another user")

    def _note_use(self, place: Path) -> None:
        manifest = place / MANIFEST
        try:
            if self.writes and not 0 <= time.time() - manifest.stat().st_mtime < _USE_SECONDS:
                os.utime(manifest)
        except OSError:  # a folder that may only be read, or an entry that has gone meanwhile
            log.debug("the use of %s cannot be noted", place)

    @contextmanager
    def _forgiving(self, *, quietly: bool = False) -> Iterator[None]:
        """Go on without the store where it cannot be used, and say so once, unless it costs nobody a build."""
        try:
            yield
        except (OSError, ValueError, NotImplementedError, RefusedError) as error:  # ValueError: a NUL in the path
            if quietly:
                log.debug("the store %s cannot be used: %s", self.folder, error)
            else:
                _warn(f"the store {str(self.folder)!r} cannot be used, and classes are built without it: {told(error)}")


def _intact(name: str, data: bytes, checksum: str) -> bytes:
    if checksum_of(data) != checksum:
        raise RefusedError(f"{name} is not what was written")
    return data


def safe_name(name: str) -> PurePosixPath:
    """Check that a name leads to a place below an entry.

    Raises:
        ValueError: It leads elsewhere.
    """
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\\" in name or ":" in name or "\0" in name:
        raise ValueError(f"{name!r} is no name for a file of an entry")
    return path


def is_digest(text: str) -> bool:
    """Tell whether a text has the form of a digest."""
    return len(text) == 32 and all(letter in "0123456789abcdef" for letter in text)


def checksum_of(data: bytes) -> str:
    """Give what tells a file from a damaged one."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def sealed_manifest(text: bytes) -> bytes:
    """Give a JSON object, as text, one more member at its end: the checksum of the rest."""
    return b'%s, "checksum": "%s"}' % (text[:-1], checksum_of(text).encode())


#: What that member takes, with the bracket at the end.
_SEAL_BYTES: Final = len(sealed_manifest(b"}"))


def sealed(text: str, purpose: str) -> str:
    """Write a short text so that a damaged one is told."""
    return f"{text} {checksum_of(f'{purpose} {text}'.encode())}\n"


def unsealed(sealed_text: str, purpose: str) -> str | None:
    """Give a text that ``sealed`` wrote for the same purpose; None for any other."""
    text, _, checksum = sealed_text.removesuffix("\n").rpartition(" ")
    return text if checksum == checksum_of(f"{purpose} {text}".encode()) else None


def _is_anothers(found: os.stat_result) -> bool:
    return hasattr(os, "geteuid") and found.st_uid != os.geteuid()


def _writable_by_others(found: os.stat_result) -> bool:
    return hasattr(os, "geteuid") and bool(found.st_mode & _WRITABLE_BY_OTHERS)


def told(error: Exception) -> str:
    """Say in few words what was wrong."""
    return getattr(error, "strerror", None) or str(error)


@lru_cache(maxsize=256)
def _warn(message: str) -> None:
    """Log a warning, once in a process: it would come with every build."""
    log.warning(message)
