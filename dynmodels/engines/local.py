"""The local engine: this process, or several on this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from multiprocessing.connection import wait
from typing import Any, Final

from pydantic import TypeAdapter

from dynmodels.checking import Checked, check
from dynmodels.engines import PART, SCRIPT, Judged, judge, require_starting
from dynmodels.errors import EngineError
from dynmodels.files import DataFile, decompressed, opened
from dynmodels.parts import BLOCK, Part, parts_of, whole_lines
from dynmodels.shipping import receive
from dynmodels.text import UnreadableError

#: Tasks that are begun ahead of the one whose result comes next, for each process.
_AHEAD: Final = 4

#: How often a task is given to new processes after its process has ended.
_TRIES: Final = 3


@dataclass(frozen=True)
class _Block:
    """Lines of a compressed file, which one process has to read: this one."""

    text: bytes
    begins_file: bool
    damage: str | None = None

    def blocks(self) -> Iterator[bytes]:
        yield self.text
        if self.damage is not None:
            raise UnreadableError(self.damage)


@dataclass(frozen=True)
class _Task:
    file: DataFile
    size: int
    work: Part | _Block


def judge_here(adapter: TypeAdapter[Any], files: Iterable[DataFile]) -> Generator[Judged, None, None]:
    """Judge files in this process.

    Args:
        adapter: What the lines are to be.
        files: The files.

    Raises:
        DataError: A file cannot be read.
    """
    for task in _tasks(files):
        yield Judged(task.file, task.size, _checked(adapter, task.work))


def judge_in_processes(shipped: bytes, files: Iterable[DataFile], jobs: int) -> Generator[Judged, None, None]:
    """Judge files in processes on this machine; what a process did not finish that has ended is done again.

    Args:
        shipped: What the lines are to be.
        files: The files.
        jobs: How many processes to use.

    Raises:
        DataError: A file cannot be read.
        EngineError: Processes cannot be started, or end again and again.
    """
    require_starting()
    tasks = _tasks(files)
    waiting: deque[tuple[_Task, Future[Checked]]] = deque()
    tries = 0
    pool = _pool(shipped, jobs)
    try:
        while True:
            for task in islice(tasks, _AHEAD * jobs - len(waiting)):
                waiting.append((task, _submit(pool, task)))
            if not waiting:
                return
            task, future = waiting[0]
            try:
                checked = future.result()
            except BrokenProcessPool as error:
                tries += 1
                if tries > _TRIES:
                    raise _ended(task, error) from error
                pool.shutdown()
                pool = _pool(shipped, jobs)
                waiting = deque((each, _submit(pool, each) if _is_lost(old) else old) for each, old in waiting)
                continue
            tries = 0
            waiting.popleft()
            yield Judged(task.file, task.size, checked)
    finally:
        pool.shutdown(cancel_futures=True)


def _ended(task: _Task, error: Exception) -> EngineError:
    return EngineError(
        f"processes have ended {_TRIES + 1} times while they judged {task.file.name}: {error}",
        hint=f"Fewer jobs need less memory. {SCRIPT}",
    )


def _pool(shipped: bytes, jobs: int) -> ProcessPoolExecutor:
    # Started anew, as this process may have threads, which a forked one would not have.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(shipped,))


def _submit(pool: ProcessPoolExecutor, task: _Task) -> Future[Checked]:
    try:
        return pool.submit(_checked_there, task.work)
    except BrokenProcessPool as error:  # told where its result is wanted
        failed: Future[Checked] = Future()
        failed.set_exception(error)
        return failed


def _is_lost(future: Future[Checked]) -> bool:
    return isinstance(future.exception(), BrokenProcessPool)


def _tasks(files: Iterable[DataFile]) -> Iterator[_Task]:
    for file in files:
        if file.is_compressed:
            yield from _streamed(file)
        else:
            # Opening a file that is elsewhere takes longer than reading a block of it.
            for part in parts_of(file, PART if file.is_remote else BLOCK):
                yield _Task(file, part.stop - part.start, part)


def _streamed(file: DataFile) -> Iterator[_Task]:
    with opened(file) as stream:
        done = 0
        begins_file = True
        try:
            for text in whole_lines(decompressed(stream, file.name)):
                reached = stream.tell()
                yield _Task(file, reached - done, _Block(text, begins_file))
                done, begins_file = reached, False
        except UnreadableError as error:
            yield _Task(file, file.size - done, _Block(b"", begins_file, str(error)))


def _checked(adapter: TypeAdapter[Any], work: Part | _Block) -> Checked:
    if isinstance(work, Part):
        return judge(adapter, work)
    return check(adapter, work.blocks(), begins_file=work.begins_file)


# In the processes


class _Here:
    """What this process was told when it was started; pools have no other place to leave it."""

    shipped: bytes = b""


def _begin(shipped: bytes) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is interrupted as well, and ends this process
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _Here.shipped = shipped


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)  # a parent that was killed tells nobody


def _checked_there(work: Part | _Block) -> Checked:
    return _checked(_received(_Here.shipped), work)


@lru_cache(maxsize=1)
def _received(shipped: bytes) -> TypeAdapter[Any]:
    return receive(shipped)
