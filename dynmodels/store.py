"""The store: a folder of entries, each some files under a digest, which processes share and anyone may delete.

An entry is a folder ``dDIGEST``. Its ``entry.json`` lists the other files with their checksums, so that nothing has to
be on the disk in any order, or at all: an entry that is not whole is none. It appears in one step and vanishes in one,
by renaming. Who writes holds a lock; readers hold none.
"""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import shutil
import stat
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, Final

from dynmodels.errors import StoreError

#: The folder to use; empty for none.
FOLDER_VARIABLE: Final = "DYNMODELS_CACHE_DIR"

#: ``private`` (the default): nobody else may own or write the folder. ``verify``: others may, and nothing in it is
#: believed.
TRUST_VARIABLE: Final = "DYNMODELS_CACHE_TRUST"

#: Size to keep the store below, in bytes.
SIZE_VARIABLE: Final = "DYNMODELS_CACHE_MAX_BYTES"

DEFAULT_MAX_BYTES: Final = 512 * 2**20

#: Raised by hand whenever entries are laid out in another way.
FORMAT: Final = 1

#: The file that makes a folder an entry.
MANIFEST: Final = "entry.json"

_REQUESTS: Final = "requests"
_USAGE: Final = ".usage"
_LOCK: Final = ".lock"
_TEMPORARY: Final = ".tmp-"

#: Seconds to wait for another process that writes; then this one goes on without.
_LOCK_SECONDS: Final = 10.0

#: Seconds within which the use of an entry need not be noted again.
_USE_SECONDS: Final = 3600.0

#: To what part of its size a store shrinks that is too large, so that not every write has to look at every file.
_ROOM: Final = 0.9

_WRITABLE_BY_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH

_log: Final = logging.getLogger("dynmodels")


@dataclass(frozen=True)
class Stored:
    """What was kept of a build.

    Attributes:
        about: What the writer said of it, as JSON data.
        files: Its files, by names with slashes.
    """

    about: Mapping[str, Any]
    files: Mapping[str, bytes]


@dataclass(frozen=True)
class Listed:
    """An entry as a list shows it.

    Attributes:
        digest: Its name.
        bytes: The size of its files.
        used: When it was last used, to the hour, in seconds since 1970.
        about: What the writer said of it; empty where that cannot be read.
    """

    digest: str
    bytes: int
    used: float
    about: Mapping[str, Any]


class _RefusedError(Exception):
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
    folder = Path(named) if named is not None else _users_folder()
    trust = os.environ.get(TRUST_VARIABLE, "") or "private"
    if trust not in {"private", "verify"}:
        _warn(f"{TRUST_VARIABLE} is 'private' or 'verify', not {trust!r}: classes are not stored")
        return None
    if folder is None:
        return None
    try:
        folder = folder.absolute()
    except OSError as error:  # a relative path, and the current folder is gone
        _warn(f"the store {str(folder)!r} cannot be placed: {error}")
        return None
    writes = choice is not None or named is not None or not sys.dont_write_bytecode
    return Store(folder, verify=trust == "verify", writes=writes, max_bytes=_max_bytes())


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


@dataclass(frozen=True)
class Store:
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
        with self._forgiving("read"):
            self._check()
            return self._request(request)
        return None

    def read(self, digest: str, leave_out: Collection[str] = ()) -> Stored | None:
        """Give an entry, if it is there and whole.

        Args:
            digest: Its name.
            leave_out: Names of files that are not wanted.
        """
        with self._forgiving("read"):
            self._check()
            return self._entry(digest, leave_out)
        return None

    def has(self, digest: str) -> bool:
        """Tell whether an entry seems to be there, without reading it."""
        with self._forgiving("read"):
            self._check()
            return self._place(digest, MANIFEST).is_file()
        return False

    def write(self, digest: str, about: Mapping[str, Any], files: Mapping[str, bytes], request: str) -> None:
        """Keep an entry, unless a whole one is there already, and remember which call leads to it."""
        if not self.writes:
            return
        with self._forgiving("written"):
            try:
                self._write(digest, about, files, request)
            except FileNotFoundError:  # the folder was deleted meanwhile
                self._write(digest, about, files, request)

    def remember(self, digest: str, request: str) -> None:
        """Remember which entry a call leads to."""
        if not self.writes:
            return
        with self._forgiving("written"), self._locked():
            self._remember(digest, request)

    def discard(self, digest: str) -> None:
        """Drop an entry that turned out to be of no use."""
        if not self.writes:
            return
        with self._forgiving("written"), self._locked():
            self._remove(self._place(digest))

    def path_of(self, digest: str, name: str) -> Path:
        """Say where a file of an entry is."""
        return self._place(digest, name)

    # For people

    def entries(self) -> list[Listed]:
        """List what is there, the last used first.

        Raises:
            StoreError: The folder cannot be read, or is not to be believed.
        """
        try:
            self._check()
            listed = [self._listed(place) for place in self._places()]
        except FileNotFoundError:
            return []
        except (OSError, _RefusedError) as error:
            raise StoreError(f"the store {str(self.folder)!r} cannot be read: {_told(error)}") from error
        return sorted(listed, key=lambda each: (-each.used, each.digest))

    def clear(self) -> int:
        """Delete all entries, and give their number. Classes that are in use stay as they are.

        Raises:
            StoreError: Some cannot be deleted, or the folder is not to be believed.
        """
        try:
            self._check()
            if not self.folder.exists():
                return 0
            with self._locked():
                places = self._places()
                for place in places:
                    self._remove(place)
                self._remove(self.folder / _REQUESTS)
                self._remove(self.folder / _USAGE)
                self._remove_leftovers()
        except FileNotFoundError:
            return 0
        except (OSError, TimeoutError, _RefusedError) as error:
            raise StoreError(f"the store {str(self.folder)!r} cannot be cleared: {_told(error)}") from error
        return len(places)

    # Reading

    def _check(self) -> None:
        """Refuse a folder that somebody else could have filled; one that is missing is nobody's."""
        try:
            found = self.folder.lstat()
        except FileNotFoundError:
            return
        if stat.S_ISLNK(found.st_mode):
            if not self.verify and _is_anothers(found):
                raise _RefusedError("it is a symbolic link of another user's")
            found = self.folder.stat()
        if not stat.S_ISDIR(found.st_mode):
            raise _RefusedError("it is no folder")
        if self.verify:
            return
        if _is_anothers(found):
            raise _RefusedError(f"it belongs to another user; share it by {TRUST_VARIABLE}=verify")
        if hasattr(os, "geteuid") and found.st_mode & _WRITABLE_BY_OTHERS:
            raise _RefusedError(f"other users may write to it; chmod 700 it, or share it by {TRUST_VARIABLE}=verify")

    def _place(self, digest: str, name: str = "") -> Path:
        return self.folder / f"d{digest}" / name

    def _request(self, request: str) -> str | None:
        try:
            text = self._content(self.folder / _REQUESTS / request).decode("ascii")
        except (FileNotFoundError, UnicodeDecodeError, _RefusedError):
            return None
        digest = _unsealed(text, request)
        return digest if digest is not None and is_digest(digest) else None

    def _entry(self, digest: str, leave_out: Collection[str] = ()) -> Stored | None:
        place = self._place(digest)
        try:
            manifest = self._manifest(place, digest)
            files = {}
            for name, checksum in manifest["files"].items():
                if name not in leave_out:
                    files[name] = _intact(name, self._content(place / _safe(name)), checksum)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (_RefusedError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            _log.info("the stored entry %s is not whole, and not used: %s", place, error)
            return None
        self._note_use(place)
        return Stored(manifest["about"], files)

    def _manifest(self, place: Path, digest: str) -> dict[str, Any]:
        if self._follows_a_link(place):
            raise _RefusedError("it is a symbolic link")
        manifest: dict[str, Any] = json.loads(self._content(place / MANIFEST))
        sealed = manifest.pop("checksum")
        if sealed != _checksum(_written(manifest)) or manifest["format"] != FORMAT or manifest["digest"] != digest:
            raise _RefusedError(f"{MANIFEST} is not what was written")
        return manifest

    def _follows_a_link(self, place: Path) -> bool:
        """Whether a path below the folder leads elsewhere."""
        return os.path.realpath(place) != str(Path(os.path.realpath(self.folder)) / place.relative_to(self.folder))

    def _content(self, path: Path) -> bytes:
        """Read a file that is one, is not a link, and that nobody else could have written."""
        # Without O_NONBLOCK, opening a pipe would wait for its writer.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        try:
            descriptor = os.open(path, flags)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise _RefusedError(f"{path.name} is a symbolic link") from None
            raise
        try:
            self._check_file(path, os.fstat(descriptor))
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                return file.read()
        finally:
            os.close(descriptor)

    def _check_file(self, path: Path, found: os.stat_result) -> None:
        if not stat.S_ISREG(found.st_mode):
            raise _RefusedError(f"{path.name} is no file")
        if found.st_size > self.max_bytes:
            raise _RefusedError(f"{path.name} is larger than the store may be")
        if not self.verify and (_is_anothers(found) or _writable_by_others(found)):
            raise _RefusedError(f"{path.name} could have been written by another user")

    def _note_use(self, place: Path) -> None:
        manifest = place / MANIFEST
        try:
            if self.writes and not 0 <= time.time() - manifest.stat().st_mtime < _USE_SECONDS:
                os.utime(manifest)
        except OSError:  # a folder that may only be read, or an entry that has gone meanwhile
            _log.debug("the use of %s cannot be noted", place)

    # Writing

    def _write(self, digest: str, about: Mapping[str, Any], files: Mapping[str, bytes], request: str) -> None:
        manifest = {
            "format": FORMAT,
            "digest": digest,
            "about": about,
            "files": {name: _checksum(data) for name, data in files.items()},
        }
        sealed = json.dumps({**manifest, "checksum": _checksum(_written(manifest))}, indent=1).encode()
        size = sum(map(len, files.values())) + len(sealed)
        if size > self.max_bytes:
            _log.debug("not stored: %s has %d bytes, and the store room for %d", digest, size, self.max_bytes)
            return
        with self._locked():
            crashed = self._remove_leftovers()
            if self._entry(digest) is None:
                self._put(self._place(digest), {**files, MANIFEST: sealed})
            self._remember(digest, request)
            self._bound(digest, None if crashed else size)
        _log.debug("stored in %s", self._place(digest))

    def _put(self, target: Path, files: Mapping[str, bytes]) -> None:
        """Write files beside the target, and give them its name in one step."""
        temporary = self._temporary()
        try:
            temporary.mkdir(self._mode)
            for name, data in files.items():
                path = temporary / _safe(name)
                for folder in reversed(path.relative_to(temporary).parents):
                    (temporary / folder).mkdir(self._mode, exist_ok=True)
                self._put_file(path, data)
            self._make_room(target)
            temporary.rename(target)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise

    def _put_file(self, path: Path, data: bytes) -> None:
        # No fsync: what a power failure leaves of a file does not have its checksum, and counts as not written.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(path, flags, self._mode & 0o666), "wb") as file:
            file.write(data)

    def _remember(self, digest: str, request: str) -> None:
        if self._request(request) == digest:
            return
        folder = self.folder / _REQUESTS
        if folder.is_symlink() or not folder.is_dir():
            self._make_room(folder)
            folder.mkdir(self._mode)
        self._replace(folder / request, _sealed(digest, request))

    def _replace(self, path: Path, text: str) -> None:
        temporary = self._temporary()
        try:
            self._put_file(temporary, text.encode("ascii"))
            if path.is_dir() and not path.is_symlink():
                self._make_room(path)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def _temporary(self) -> Path:
        return self.folder / f"{_TEMPORARY}{os.urandom(8).hex()}"

    @property
    def _mode(self) -> int:
        """Who may enter: nobody else, unless the store is shared; the process's umask takes from that."""
        return 0o777 if self.verify else 0o700

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep other writers out.

        Raises:
            TimeoutError: One does not end.
        """
        from filelock import FileLock, Timeout  # imported late: reading needs no lock

        self.folder.mkdir(self._mode, parents=True, exist_ok=True)
        self._check()
        lock = FileLock(self.folder / _LOCK, timeout=_LOCK_SECONDS, mode=self._mode & 0o666)
        try:
            lock.acquire()
        except Timeout:
            raise TimeoutError(f"another process has been writing to it for {_LOCK_SECONDS:g} s") from None
        except RuntimeError as error:  # this very thread holds it: a signal's handler builds while its thread writes
            raise TimeoutError(str(error)) from None
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _forgiving(self, what: str) -> Iterator[None]:
        """Go on without the store where it cannot be used, and say so once."""
        try:
            yield
        except FileNotFoundError as error:
            _log.debug("the store %s cannot be %s: %s", self.folder, what, error)
        except (OSError, ValueError, NotImplementedError, _RefusedError) as error:  # ValueError: a NUL in the path
            _warn(f"the store {str(self.folder)!r} cannot be {what}, and classes are built without it: {_told(error)}")

    # Size

    def _bound(self, kept: str, added: int | None) -> None:
        """Keep the store below its size: drop the least recently used entries, but not the one just written."""
        path = self.folder / _USAGE
        used = self._usage() if added is not None else None
        total = used + added if used is not None and added is not None else None
        if total is None or total > self.max_bytes:
            total = self._evict(kept)
        self._replace(path, _sealed(str(total), _USAGE))

    def _usage(self) -> int | None:
        """Give the size as the last writer counted it."""
        try:
            text = _unsealed(self._content(self.folder / _USAGE).decode("ascii"), _USAGE)
            return None if text is None else int(text)
        except (OSError, ValueError, _RefusedError):
            return None

    def _evict(self, kept: str) -> int:
        """Count every file, and drop entries where there is too much; give the size that is left."""
        listed = sorted((self._size_of(place), place) for place in self._places())
        total = sum(size for (_, size), _ in listed)
        left = {place.name.removeprefix("d") for _, place in listed}
        if total > self.max_bytes:
            for (_, size), place in listed:
                if total <= _ROOM * self.max_bytes:
                    break
                if place == self._place(kept):
                    continue
                try:
                    self._remove(place)
                except OSError as error:  # Windows moves no file that somebody reads
                    _log.debug("%s cannot be dropped now: %s", place, error)
                    continue
                left.discard(place.name.removeprefix("d"))
                total -= size
        requests = self.folder / _REQUESTS
        for path in list(requests.iterdir()) if requests.is_dir() and not requests.is_symlink() else []:
            if self._request(path.name) not in left:
                path.unlink(missing_ok=True)
        return total

    def _places(self) -> list[Path]:
        return [path for path in self.folder.iterdir() if path.name[:1] == "d" and is_digest(path.name[1:])]

    def _size_of(self, place: Path) -> tuple[float, int]:
        """Give the time of an entry's last use, and its size."""
        used, size = 0.0, 0
        for folder, _, names in os.walk(place):
            for name in names:
                try:
                    found = os.lstat(Path(folder, name))
                except OSError:  # gone meanwhile
                    continue
                size += found.st_size
                used = found.st_mtime if name == MANIFEST else used
        return used, size

    def _listed(self, place: Path) -> Listed:
        digest = place.name[1:]
        used, size = self._size_of(place)
        try:
            about = self._manifest(place, digest)["about"]
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError, _RefusedError):
            about = {}
        return Listed(digest, size, used, about if isinstance(about, dict) else {})

    # Removing

    def _make_room(self, path: Path) -> None:
        """Take away whatever has a name that is needed."""
        if path.is_symlink() or path.exists():
            self._remove(path)

    def _remove(self, path: Path) -> None:
        """Let something vanish in one step, and then delete it; readers find all of it or nothing."""
        waste = self._temporary()
        try:
            path.rename(waste)
        except FileNotFoundError:
            return
        _delete(waste)

    def _remove_leftovers(self) -> bool:
        """Delete what writers left that did not come to their end. There is none while the lock is held."""
        leftovers = [path for path in self.folder.iterdir() if path.name.startswith(_TEMPORARY)]
        for path in leftovers:
            _delete(path)
        return bool(leftovers)


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)  # what remains, the next writer deletes
    else:
        path.unlink(missing_ok=True)


def _intact(name: str, data: bytes, checksum: str) -> bytes:
    if _checksum(data) != checksum:
        raise _RefusedError(f"{name} is not what was written")
    return data


def _safe(name: str) -> PurePosixPath:
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


def _checksum(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _written(manifest: Mapping[str, Any]) -> bytes:
    return json.dumps(manifest, sort_keys=True).encode()


def _sealed(text: str, purpose: str) -> str:
    """Write a short text so that a damaged one is told."""
    return f"{text} {_checksum(f'{purpose} {text}'.encode())}\n"


def _unsealed(written: str, purpose: str) -> str | None:
    text, _, checksum = written.removesuffix("\n").rpartition(" ")
    return text if checksum == _checksum(f"{purpose} {text}".encode()) else None


def _is_anothers(found: os.stat_result) -> bool:
    return hasattr(os, "geteuid") and found.st_uid != os.geteuid()


def _writable_by_others(found: os.stat_result) -> bool:
    return hasattr(os, "geteuid") and bool(found.st_mode & _WRITABLE_BY_OTHERS)


def _told(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


@lru_cache(maxsize=256)
def _warn(message: str) -> None:
    """Log a warning, once in a process: it would come with every build."""
    _log.warning(message)
