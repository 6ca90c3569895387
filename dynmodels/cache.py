"""The memory cache: least recently used, one build for each key, and hits that never wait for a build."""

from __future__ import annotations

import copy
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

from dynmodels.errors import DynmodelsError

Value = TypeVar("Value")

#: How many requests (spellings of a call) are remembered for each entry that the cache may hold.
_REQUESTS_PER_ENTRY = 4


class CacheInfo(NamedTuple):
    """Counts since the process started, in the manner of ``functools.lru_cache``."""

    hits: int
    """Calls that were answered from memory, or by a build that another thread had begun."""
    misses: int
    """Calls that had to build, by the generator."""
    store_hits: int
    """Calls that were answered from disk."""
    currsize: int
    """Documents whose classes are in memory now."""


def _serves_all(_value: object) -> bool:
    return True


class _Build(Generic[Value]):
    """One build that is under way: who builds, and what came of it."""

    def __init__(self) -> None:
        self.thread = threading.get_ident()
        self.done = threading.Event()
        self.value: Value | None = None
        self.error: BaseException | None = None


class ModelsCache(Generic[Value]):
    """Maps keys to finished values, and requests to keys."""

    def __init__(self) -> None:
        # Reentrant, as a signal's handler may call in between.
        self._lock = threading.RLock()
        self._entries: OrderedDict[Hashable, Value] = OrderedDict()
        self._requests: OrderedDict[bytes, Hashable] = OrderedDict()
        self._builds: dict[tuple[Hashable, Hashable], _Build[Value]] = {}
        self._hits = 0
        self._misses = 0
        self._store_hits = 0

    def find(self, request: bytes | None, size: int, serves: Callable[[Value], bool] = _serves_all) -> Value | None:
        """Give the value that a request led to before, if it is still held, and shrink the cache to ``size``.

        Args:
            request: Names the call.
            size: How many values to keep.
            serves: Tells whether a value has what the call asks for.
        """
        if request is None or size <= 0:
            return None
        with self._lock:
            key = self._requests.get(request)
        return None if key is None else self._held(key, request, size, serves)

    def get_or_build(
        self,
        key: Hashable,
        request: bytes | None,
        size: int | None,
        build: Callable[[], Value],
        restore: Callable[[], Value | None] = lambda: None,
        serves: Callable[[Value], bool] = _serves_all,
        purpose: Hashable = None,
    ) -> Value:
        """Give the value of a key; where it is missing, restore or build it, while other threads that ask for it wait.

        A build that fails leaves no entry: its error goes to everyone who waited, and the next call tries again.

        Args:
            key: Names the value.
            request: Names the call, for ``find``; None where it must not be found so.
            size: How many values to keep; None for as many as there are. With 0 or less the value is made anew and not
                kept.
            build: Makes it.
            restore: Gives the value as it was stored; None where it was not.
            serves: Tells whether a value of the key has what the call asks for. One that has stays, else the new one
                takes its place.
            purpose: What the value is made for; who asks for the same waits for it.
        """
        if size is not None and size <= 0:
            return self._made(build, restore)
        while True:
            held = self._held(key, request, size, serves)
            if held is not None:
                return held
            with self._lock:
                known = self._entries.get(key)
                if known is not None and serves(known):
                    continue
                running = self._builds.get((key, purpose))
                if running is None:
                    running = self._builds[key, purpose] = _Build()
                    break
            if running.thread == threading.get_ident():
                # A formatter or a name generator of the caller's asked for the very schema that it is called for.
                return self._made(build, restore)
            running.done.wait()
            if running.value is not None:
                with self._lock:
                    self._hits += 1
                return running.value
            if isinstance(running.error, DynmodelsError):
                raise _for_another_thread(running.error)
            # The builder was interrupted, which says nothing about the schema: look again, and build if need be.
        try:
            value = self._made(build, restore)
        except BaseException as error:
            running.error = error
            with self._lock:
                self._builds.pop((key, purpose), None)
            running.done.set()
            raise
        with self._lock:
            self._builds.pop((key, purpose), None)
            known = self._entries.get(key)
            if known is None or not serves(known):
                self._entries[key] = value
            self._entries.move_to_end(key)
            self._remember(request, key, size)
            evicted = self._shrink(size)
        running.value = value
        running.done.set()
        del evicted, known
        return value

    def clear(self) -> int:
        """Drop every entry and give their number. Builds under way go on and put theirs into the emptied cache."""
        with self._lock:
            dropped = list(self._entries.values())
            self._entries.clear()
            self._requests.clear()
        return len(dropped)

    def info(self) -> CacheInfo:
        """Count hits, misses and entries."""
        with self._lock:
            return CacheInfo(self._hits, self._misses, self._store_hits, len(self._entries))

    def _made(self, build: Callable[[], Value], restore: Callable[[], Value | None]) -> Value:
        value = restore()
        with self._lock:
            self._store_hits += value is not None
            self._misses += value is None
        return build() if value is None else value

    def _held(
        self, key: Hashable, request: bytes | None, size: int | None, serves: Callable[[Value], bool]
    ) -> Value | None:
        with self._lock:
            value = self._entries.get(key)
            if value is None or not serves(value):
                return None
            self._hits += 1
            self._entries[key] = value
            self._entries.move_to_end(key)
            self._remember(request, key, size)
            evicted = self._shrink(size)
        del evicted  # outside the lock: dropping thousands of classes takes a while
        return value

    def _remember(self, request: bytes | None, key: Hashable, size: int | None) -> None:
        if request is None or size is None:
            return
        self._requests[request] = key
        self._requests.move_to_end(request)
        while len(self._requests) > _REQUESTS_PER_ENTRY * size:
            self._requests.popitem(last=False)

    def _shrink(self, size: int | None) -> list[Value]:
        return [] if size is None else [self._entries.popitem(last=False)[1] for _ in range(len(self._entries) - size)]

    def before_fork(self) -> None:
        """Let no other thread change anything while the process is copied."""
        self._lock.acquire()

    def after_fork_in_parent(self) -> None:
        """Go on."""
        self._lock.release()

    def after_fork_in_child(self) -> None:
        """Go on without the builds of threads that do not exist here."""
        self._builds = {}
        self._lock.release()


def _for_another_thread(error: DynmodelsError) -> DynmodelsError:
    # One exception object raised in several threads would collect all their tracebacks.
    duplicate = copy.copy(error)
    duplicate.__cause__ = error.__cause__
    return duplicate
