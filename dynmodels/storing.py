"""Writing the store: atomically, one process at a time, within a size; listing and clearing it.

Whatever is written is written beside its place and gets its name by one renaming. What a process leaves that is killed
meanwhile, the next one that writes deletes: while it holds the lock, there is nobody else's.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from dynmodels import log
from dynmodels.errors import StoreError
from dynmodels.store import (
    FORMAT,
    MANIFEST,
    OURS,
    REQUESTS,
    RefusedError,
    Store,
    checksum_of,
    is_digest,
    safe_name,
    sealed,
    sealed_manifest,
    told,
    unsealed,
)

_USAGE: Final = f"{OURS}usage"
_LOCK: Final = f"{OURS}lock"
_TEMPORARY: Final = f"{OURS}tmp-"

#: Seconds to wait for another process that writes; then this one goes on without.
_LOCK_SECONDS: Final = 10.0

#: To what part of its size a store shrinks that is too large, so that not every write has to look at every file.
_ROOM: Final = 0.9


class Listed(NamedTuple):
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


class Kept(NamedTuple):
    """An entry to keep.

    Attributes:
        digest: Its name.
        about: What to say of it, as JSON data.
        files: Its files, by names with slashes.
        requests: The calls that lead to it.
    """

    digest: str
    about: Mapping[str, Any]
    files: Mapping[str, bytes]
    requests: Collection[str]


class StoreWriter(Store):
    """A store to write to: ``StoreWriter(*store)``. Its methods for builds do not raise, whatever happens."""

    __slots__ = ()

    # For builds

    def write(
        self, digest: str, about: Mapping[str, Any], files: Mapping[str, bytes], requests: Collection[str]
    ) -> None:
        """Keep an entry, unless a whole one is there already, and remember which calls lead to it."""
        self.write_all([Kept(digest, about, files, requests)])

    def write_all(self, entries: Sequence[Kept]) -> None:
        """Keep entries as ``write`` does, while other writers wait once for all of them."""
        if not self.writes or not entries:
            return
        with self._forgiving():
            try:
                self._write(entries)
            except FileNotFoundError:  # the folder was deleted meanwhile
                self._write(entries)

    def remember(self, digest: str, requests: Collection[str]) -> None:
        """Remember which entry calls lead to."""
        if not self.writes or not requests:
            return
        with self._forgiving(quietly=True), self._locked():
            total = self._take_count()
            self._bound(digest, total, [self._remember(digest, request) for request in requests])

    def discard(self, digest: str) -> None:
        """Drop an entry that turned out to be of no use."""
        if not self.writes:
            return
        with self._forgiving(quietly=True), self._locked():
            self._remove(self._place(digest))

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
        except (OSError, RefusedError) as error:
            raise StoreError(f"the store {str(self.folder)!r} cannot be read: {told(error)}") from error
        return sorted(listed, key=lambda each: (-each.used, each.digest))

    def clear(self) -> int:
        """Delete all entries, and give their number. Classes that are in use stay as they are.

        Raises:
            StoreError: Some cannot be moved away, or the folder is not to be believed.
        """
        try:
            self._check(to_write=True)
            if not self.folder.exists():
                return 0
            with self._locked():
                places = self._places()
                for place in places:
                    self._remove(place)
                self._remove(self.folder / REQUESTS)
                self._remove(self.folder / _USAGE)
                self._remove_leftovers()
        except FileNotFoundError:
            return 0
        except (OSError, TimeoutError, RefusedError) as error:
            raise StoreError(f"the store {str(self.folder)!r} cannot be cleared: {told(error)}") from error
        return len(places)

    # Writing

    def _write(self, entries: Sequence[Kept]) -> None:
        fitting = [each for each in map(self._made, entries) if each is not None]
        if not fitting:
            return
        with self._locked():
            self._remove_leftovers()
            total = self._take_count()
            added: list[int] = []
            for entry, files in fitting:
                if self._entry(entry.digest) is None:
                    self._put(self._place(entry.digest), files)
                    added.append(sum(map(len, files.values())))
                added += [self._remember(entry.digest, request) for request in entry.requests]
            self._bound(fitting[-1][0].digest, total, added)
        for entry, _ in fitting:
            log.debug("stored in %s", self._place(entry.digest))

    def _made(self, entry: Kept) -> tuple[Kept, Mapping[str, bytes]] | None:
        """Give an entry with all of its files; None where there is no room for it."""
        manifest = {
            "format": FORMAT,
            "digest": entry.digest,
            "about": entry.about,
            "files": {name: checksum_of(data) for name, data in entry.files.items()},
        }
        files = {**entry.files, MANIFEST: sealed_manifest(json.dumps(manifest).encode())}
        size = sum(map(len, files.values()))
        if size > self.max_bytes:
            log.info("not stored: %s has %d bytes, and the store room for %d", entry.digest, size, self.max_bytes)
            return None
        return entry, files

    def _put(self, target: Path, files: Mapping[str, bytes]) -> None:
        """Write files beside the target, and give them its name in one step."""
        temporary = self._temporary()
        try:
            temporary.mkdir(self._mode)
            for name, data in files.items():
                path = temporary / safe_name(name)
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

    def _remember(self, digest: str, request: str) -> int:
        """Note that a call leads to an entry, and give the bytes that this takes."""
        if self._request(request) == digest:
            return 0
        folder = self.folder / REQUESTS
        if folder.is_symlink() or not folder.is_dir():
            self._make_room(folder)
            folder.mkdir(self._mode)
        text = sealed(digest, request)
        self._put_text(folder / request, text)
        return len(text)

    def _put_text(self, path: Path, text: str) -> None:
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

        self._check(to_write=True)
        self.folder.mkdir(self._mode, parents=True, exist_ok=True)
        self._check(to_write=True)
        lock = FileLock(self.folder / _LOCK, timeout=_LOCK_SECONDS, mode=0o600)
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

    # Size

    def _take_count(self) -> int | None:
        """Give the size as the last writer counted it, and take the count away: who is killed now leaves none."""
        path = self.folder / _USAGE
        try:
            text = unsealed(self._content(path).decode("ascii"), _USAGE)
        except (OSError, ValueError, RefusedError):
            text = None
        self._make_room(path)
        return int(text) if text is not None and text.isdecimal() else None

    def _bound(self, kept: str, total: int | None, added: Collection[int]) -> None:
        """Keep the store below its size: drop the least recently used entries, but not the one just used."""
        total = None if total is None else total + sum(added)
        if total is None or total > self.max_bytes:
            total = self._evict(kept)
        self._put_text(self.folder / _USAGE, sealed(str(total), _USAGE))

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
                    log.debug("%s cannot be dropped now: %s", place, error)
                    continue
                left.discard(place.name.removeprefix("d"))
                total -= size
        return total + self._prune(left, self.max_bytes - total)

    def _prune(self, digests: Collection[str], room: int) -> int:
        """Forget the calls that lead to no entry, or all where they are too many; give the size of what is left."""
        folder = self.folder / REQUESTS
        if folder.is_symlink() or not folder.is_dir():
            return 0
        paths = [path for path in folder.iterdir() if is_digest(path.name)]
        sizes = {path: path.lstat().st_size for path in paths if self._request(path.name) in digests}
        crowded = sum(sizes.values()) > room
        for path in paths:
            if crowded or path not in sizes:
                self._make_room(path)
        return 0 if crowded else sum(sizes.values())

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
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError, RefusedError):
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
