"""Workers: processes of this machine that build documents for this one, and give back what the classes are made from.

They are started anew, by a program of their own: nothing of this process is copied, so that its threads do not matter,
and the script that it runs is not imported again. What a worker did not finish that has ended is given to another.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from queue import SimpleQueue
from types import TracebackType
from typing import IO, Any, Final, NamedTuple

from dynmodels import log
from dynmodels.call import Call
from dynmodels.errors import DynmodelsError, GenerationError, OptionsError
from dynmodels.pipes import receive, search_path, send
from dynmodels.storing import Kept
from dynmodels.tasks import Task

#: Documents that a worker is given ahead of the one that it builds, so that it need not wait for this process.
_AHEAD: Final = 1

#: How many workers may end while they build one document.
_TRIES: Final = 2

#: Seconds that a worker has to end by itself.
_END_SECONDS: Final = 2.0

#: Seconds after which somebody who waits looks whether he was interrupted, where the system does not wake him.
_LOOK_SECONDS: Final = 1.0

#: What a worker runs. Its module search path is this process's.
_PROGRAM: Final = """
import json, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.path[:] = json.loads(sys.argv[1])
from dynmodels.workers import serve
serve(sys.stdin.buffer, sys.stdout.buffer)
"""


class Made(NamedTuple):
    """What a worker has made of a document.

    Attributes:
        kept: All that the classes are made from, and by which calls they are to be found.
        ran: Whether it has run, so that all is known that can be known of the classes.
        lasts: Whether the request is sure to stand for what was built, also the next time.
        seconds: What each stage took.
    """

    kept: Kept
    ran: bool
    lasts: bool
    seconds: Mapping[str, float]


class Remark(NamedTuple):
    """What was said in a worker.

    Attributes:
        text: The message.
        level: The level of the log; None for a warning of Python's.
        category: The class of that warning.
    """

    text: str
    level: int | None = None
    category: type[Warning] = UserWarning


class Answer(NamedTuple):
    """What became of a task.

    Attributes:
        task: The task.
        outcome: What was made, or the error that it ended in; None where this process has to see to it itself: the
            document is in the store, or cannot be handed over.
        remarks: What was said meanwhile.
    """

    task: Task
    outcome: Made | DynmodelsError | None = None
    remarks: tuple[Remark, ...] = ()


class Workers:
    """Some workers and the documents that they build, as a context that ends them.

    Each has a thread here, which hands it documents and waits for what it makes of them.
    """

    def __init__(self, call: Call, tasks: Iterable[Task], count: int) -> None:
        self._greeting = pickle.dumps((call, log.level()))
        self._waiting = deque(tasks)
        self._unanswered = len(self._waiting)
        self._answers: SimpleQueue[Answer | OptionsError] = SimpleQueue()
        self._lock = threading.Lock()
        self._losses: Counter[int] = Counter()
        self._workers: list[_Worker] = []
        self._closed = False
        self._threads = [threading.Thread(target=self._keep_one_busy, daemon=True) for _ in range(count)]
        self._running = count

    def __enter__(self) -> Workers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._closed = True
            self._waiting.clear()
            workers = list(self._workers)
        for worker in workers:
            worker.stop()
        deadline = time.monotonic() + _END_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        for worker in workers:
            worker.kill()
        for thread in self._threads:
            thread.join()

    def __iter__(self) -> Iterator[Answer]:
        """Give the answers as they come, one for each task.

        Raises:
            OptionsError: The generator does not know the call's options, or not such values of theirs.
        """
        while self._unanswered:
            answer = self._next_answer()
            if isinstance(answer, OptionsError):
                raise answer
            self._unanswered -= 1
            yield answer

    def _next_answer(self) -> Answer | OptionsError:
        from queue import Empty

        while True:
            try:
                return self._answers.get(timeout=_LOOK_SECONDS)
            except Empty:
                continue

    # In a worker's thread

    def _keep_one_busy(self) -> None:
        try:
            while self._has_tasks() and self._work_with_one():
                pass
        finally:
            with self._lock:
                self._running -= 1
                left = [] if self._running else list(self._waiting)
            for task in left:  # no worker could be started, or none stays
                self._answers.put(Answer(task, self._fault_of(task)))

    def _work_with_one(self) -> bool:
        """Start a worker and give it documents until there are none, or it ends; tell whether another may do better."""
        try:
            worker = _Worker()
        except OSError as error:
            log.info("no process can be started to build in: %s", error)
            return False
        with self._lock:
            self._workers.append(worker)
            closed = self._closed
        is_ready = False
        try:
            if not closed:
                refusal = worker.begin(self._greeting)
                if refusal is not None:
                    self._answers.put(refusal)
                    return False
                is_ready = True
                self._feed(worker)
        except (EOFError, OSError) as error:
            self._take_back(worker)
            if not is_ready:
                log.info("a process that was started to build in has ended at once: %s", error)
        finally:
            with self._lock:
                self._workers.remove(worker)
            worker.close()
            for task in worker.given:  # whatever went wrong here, nobody waits for ever
                self._answers.put(Answer(task, self._fault_of(task)))
        return is_ready

    def _feed(self, worker: _Worker) -> None:
        while True:
            while len(worker.given) <= _AHEAD and (task := self._next_task()) is not None:
                try:
                    written = pickle.dumps(task)
                except Exception as error:  # noqa: BLE001 (somebody changes it meanwhile: this process sees to it)
                    log.debug("a document cannot be handed to another process: %s", error)
                    self._answers.put(Answer(task))
                    continue
                worker.given.append(task)
                worker.give(written)
            if not worker.given:
                return
            outcome, remarks = _read(worker.take())
            self._answers.put(Answer(worker.given.popleft(), outcome, remarks))

    def _next_task(self) -> Task | None:
        with self._lock:
            return self._waiting.popleft() if self._waiting else None

    def _has_tasks(self) -> bool:
        with self._lock:
            return bool(self._waiting)

    def _take_back(self, worker: _Worker) -> None:
        """Let others do what a worker did not that has ended; what it was at may have ended it."""
        with self._lock:
            if self._closed or not worker.given:
                return
            suspect: Task | None
            suspect, *others = worker.given
            worker.given.clear()
            self._losses[suspect.number] += 1
            self._waiting.extendleft(reversed(others))
            if self._losses[suspect.number] < _TRIES:
                self._waiting.appendleft(suspect)
                suspect = None
        log.info("a process that built documents has ended (status %s)", worker.close())
        if suspect is not None:
            self._answers.put(Answer(suspect, self._fault_of(suspect)))

    def _fault_of(self, task: Task) -> GenerationError | None:
        """Give the error of a document whose workers have ended: it must not end this process, too."""
        losses = self._losses[task.number]
        if not losses:
            return None
        return GenerationError(
            f"each process that built it has ended ({losses} of them), for want of memory most likely",
            hint="Fewer processes need less memory; isolate=True with limits=Limits(memory=...) bounds it.",
        )


def _read(written: bytes) -> tuple[Made | DynmodelsError | None, tuple[Remark, ...]]:
    try:
        outcome, cause, remarks = pickle.loads(written)  # noqa: S301 (our own process has written it)
        if isinstance(outcome, DynmodelsError):
            outcome.__cause__ = cause
    except Exception as error:  # noqa: BLE001 (an error holds what this process does not know)
        log.debug("what another process has built cannot be read: %s", error)
        return None, ()
    return outcome, remarks


class _Worker:
    """A process that builds.

    Attributes:
        given: The tasks that it has not answered, in the order in which it builds them.
    """

    def __init__(self) -> None:
        self.given: deque[Task] = deque()
        if not sys.executable or getattr(sys, "frozen", False):
            raise OSError("this program is no Python that could run another one")  # it would start itself
        self._process = subprocess.Popen(  # noqa: S603 (our own program)
            # -P: nothing in the current folder is taken for a module of Python's
            [sys.executable, "-P", *_interpreter_options(), "-c", _PROGRAM, json.dumps(search_path())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdin is not None  # noqa: S101 (for the type checker: it is a pipe)
        assert self._process.stdout is not None  # noqa: S101
        self._requests: IO[bytes] = self._process.stdin
        self._replies: IO[bytes] = self._process.stdout

    def begin(self, greeting: bytes) -> OptionsError | None:
        """Wait until it has loaded the generator; give what that says of the call's options."""
        self.give(greeting)
        refusal: OptionsError | None = pickle.loads(self.take())  # noqa: S301 (our own process has written it)
        return refusal

    def give(self, content: bytes) -> None:
        """Hand it something."""
        send(self._requests, content)

    def take(self) -> bytes:
        """Wait for what it says."""
        return receive(self._replies)

    def stop(self) -> None:
        """Let it end in the middle of its work."""
        self._process.terminate()

    def kill(self) -> None:
        """End it, whatever it does; one that has ended is left alone."""
        self._process.kill()

    def close(self) -> int:
        """End it, and give its status."""
        for pipe in (self._requests, self._replies):
            try:
                pipe.close()
            except OSError:  # what was to be written has nowhere to go
                continue
        try:
            return self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


def _interpreter_options() -> list[str]:
    flags = sys.flags
    told = {"-B": sys.dont_write_bytecode, "-I": flags.isolated, "-E": flags.ignore_environment, "-S": flags.no_site}
    options = [option for option, is_set in told.items() if is_set]
    return [*options, f"-{'O' * sys.flags.optimize}"] if sys.flags.optimize else options


# In a worker


def serve(requests: IO[bytes], replies: IO[bytes]) -> None:
    """Build what is asked for, until the parent is gone."""
    requests = os.fdopen(os.dup(requests.fileno()), "rb")
    replies = os.fdopen(os.dup(replies.fileno()), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)  # nothing but replies reaches the parent, whatever is printed
    signal.signal(signal.SIGTERM, _end)
    given: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(requests, given), daemon=True).start()
    try:
        call, level = pickle.loads(given.get())  # noqa: S301 (the parent's)
    except Exception:  # noqa: BLE001 (an option holds what only the parent's own script knows)
        return
    heard = _Heard(level)
    send(replies, pickle.dumps(_refusal(call)))
    gc.collect()
    gc.freeze()  # the generator stays, and need not be looked at again and again
    while True:
        task = pickle.loads(given.get())  # noqa: S301 (the parent's)
        outcome = _outcome(call, task)
        cause = _sendable(outcome.__cause__) if isinstance(outcome, DynmodelsError) else None
        send(replies, pickle.dumps((outcome, cause, heard.taken())))


def _listen(requests: IO[bytes], given: SimpleQueue[bytes]) -> None:
    """Take what the parent sends, so that it need not wait; end when it is gone."""
    try:
        while True:
            given.put(receive(requests))
    except (EOFError, OSError):
        _end()


def _end(*_: object) -> None:
    """End at once: whatever is being built, nobody waits for it."""
    isolation = sys.modules.get("dynmodels.isolation")
    if isolation is not None:
        isolation.children.close()
    os._exit(0)


def _refusal(call: Call) -> OptionsError | None:
    from dynmodels.render import configure

    try:
        configure(call.settings)
    except OptionsError as error:
        return error
    return None


def _outcome(call: Call, task: Task) -> Made | DynmodelsError | None:
    from dynmodels.work import OtherDigestError

    try:
        return _made(call, task)
    except OtherDigestError:
        return None
    except DynmodelsError as error:
        return error
    except MemoryError as error:
        return GenerationError(f"there is not enough memory to build it: {error}")
    except Exception as error:  # noqa: BLE001 (a fault of ours, which the parent will come upon as well)
        log.warning("a document cannot be built in a process of its own: %r", error)
        return None


def _made(call: Call, task: Task) -> Made | None:
    from dynmodels.work import Work

    keeper = _Keeper()
    work = Work(task.source, task.request, call, keeper=keeper)
    try:
        if call.store is not None and work.digest is not None and call.store.has(work.digest):
            return None
        if call.exact is None:
            kept = work.prepare()  # classes are made where they are used, and only there
        else:
            work.build()
            kept = keeper.kept
        if kept is None:
            return None
        # As plain data: to read the generator's own types, the parent would have to load it.
        plain = kept._replace(about=json.loads(json.dumps(kept.about)))
        return Made(plain, call.exact is not None, work.lasting is not None, dict(work.seconds))
    finally:
        work.end()


class _Keeper:
    """Takes what is built, for the parent."""

    def __init__(self) -> None:
        self.kept: Kept | None = None

    def write(
        self, digest: str, about: Mapping[str, Any], files: Mapping[str, bytes], requests: Collection[str], /
    ) -> None:
        self.kept = Kept(digest, about, files, tuple(requests))


def _sendable(cause: BaseException | None) -> BaseException | None:
    """Give an error as another process can read it."""
    if cause is None:
        return None
    try:
        return cause if isinstance(pickle.loads(pickle.dumps(cause)), type(cause)) else None  # noqa: S301 (our own)
    except Exception:  # noqa: BLE001 (errors of other packages need not survive that)
        return RuntimeError(f"{type(cause).__name__}: {cause}")


class _Heard(logging.Handler):
    """What is said in this process, for the parent."""

    def __init__(self, level: int) -> None:
        super().__init__()
        self._remarks: list[Remark] = []
        logger = logging.getLogger("dynmodels")
        logger.setLevel(level)
        logger.propagate = False
        logger.addHandler(self)
        warnings.simplefilter("always")  # the parent's filters say which are seen
        warnings.showwarning = self._warned

    def emit(self, record: logging.LogRecord) -> None:
        self._remarks.append(Remark(record.getMessage(), record.levelno))

    def _warned(self, message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
        self._remarks.append(Remark(str(message), None, category))

    def taken(self) -> tuple[Remark, ...]:
        """Give what was said since it was asked for the last time."""
        remarks, self._remarks = tuple(self._remarks), []
        return remarks
