"""Garbage: keeps the collector from stopping every thread while a large document is built."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from dynmodels.forks import survive_forks

#: Documents of this many bytes or more are large. One collection among the objects that the generator makes of a
#: 13 MB document holds the interpreter lock for up to 0.5 s, and so for some 30 ms with a document of this size.
LARGE_DOCUMENT_BYTES: Final = 500_000


class _Pauses:
    """How many builds want the collector paused, and whether it ran before the first of them."""

    def __init__(self) -> None:
        # Reentrant, as a signal's handler may build in between.
        self.lock = threading.RLock()
        self.count = 0
        self.was_enabled = False

    def begin(self) -> None:
        with self.lock:
            self.count += 1
            if self.count == 1:
                self.was_enabled = gc.isenabled()
                gc.disable()

    def end(self) -> None:
        with self.lock:
            self.count = max(0, self.count - 1)
            if self.count == 0 and self.was_enabled:
                _age_all_objects()
                gc.enable()

    def forget_other_threads(self) -> None:
        """Run the collector again in a forked child, where the threads that build do not exist."""
        self.lock = threading.RLock()
        if self.count and self.was_enabled:
            gc.enable()
        self.count = 0


_pauses: Final = _Pauses()
survive_forks(_pauses, after_in_child="forget_other_threads")


@contextmanager
def paused_for(size: int) -> Iterator[None]:
    """Pause automatic collection while a document of so many bytes is built; small ones leave the collector alone.

    What the build leaves behind is collected when the collector next looks at its oldest objects, in its own time. A
    host that has switched the collector off finds it off.
    """
    if size < LARGE_DOCUMENT_BYTES:
        yield
        return
    _pauses.begin()
    try:
        yield
    finally:
        _pauses.end()


def _age_all_objects() -> None:
    """Count the build's objects as old, in no time; as new, the next collection would walk them all at once."""
    if gc.get_freeze_count() == 0:  # else a host keeps objects frozen, and unfreezing would let those out
        gc.freeze()
        gc.unfreeze()


#: How deep a document is taken apart: what GitHub's holds below is freed in no more than 4 ms at a time.
_TAKEN_APART: Final = 4


def release(content: Any) -> None:
    """Take a large document apart, a part at a time.

    Dropped as a whole, it would be freed in one go, and other threads would wait for that.
    """
    stack = [(content, _TAKEN_APART)]
    while stack:
        node, levels = stack.pop()
        if levels and isinstance(node, dict | list):
            stack.extend((child, levels - 1) for child in (node.values() if isinstance(node, dict) else node))
            node.clear()
