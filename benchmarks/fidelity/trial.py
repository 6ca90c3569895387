"""Let contestants judge, each in processes of its own: some take all time or memory there is, or end the process."""

from __future__ import annotations

import contextlib
import copy
import multiprocessing
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from benchmarks.fidelity.corpora import Case
from benchmarks.fidelity.judges import CONTESTANTS, Judge, NotAvailableError, Resources
from benchmarks.fidelity.outcomes import Outcome, Verdict, first_difference

#: Seconds that a contestant has for one schema with its instances, and for being imported.
LIMIT: Final = 20.0
START: Final = 120.0
#: Bytes of address space that its process has.
MEMORY: Final = 4 * 2**30

#: What ends a case.
_DONE: Final = "done"

_spawning: Final = multiprocessing.get_context("spawn")


def judge_all(name: str, cases: Sequence[Case], resources: Resources) -> list[Outcome]:
    """Let one contestant judge cases, in a process that another follows when it ends or takes too long.

    Raises:
        NotAvailableError: It is not here.
    """
    with _Court(name, resources) as court:
        return [court.judge(case) for case in cases]


class _Court:
    """A contestant in a process."""

    def __init__(self, name: str, resources: Resources) -> None:
        self.name = name
        self.resources = resources
        self.folder = tempfile.TemporaryDirectory()
        self.process: BaseProcess | None = None
        self.connection: Connection[Any, Any] | None = None

    def __enter__(self) -> _Court:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()
        self.folder.cleanup()

    def judge(self, case: Case) -> Outcome:
        connection = self.connection or self._start()
        outcome = Outcome()
        until = time.monotonic() + LIMIT
        try:
            connection.send(case)
            while (said := _next(connection, until)) != _DONE:
                _enter(said, outcome)
        except TimeoutError:
            outcome.why = f"stopped after {LIMIT:g} s"
            self._end()
        except (EOFError, OSError):
            outcome.why = f"its process ended{self._status()}"
            self._end()
        return outcome

    def _start(self) -> Connection[Any, Any]:
        self.connection, theirs = _spawning.Pipe()
        given = self.name, self.resources, self.folder.name, theirs
        self.process = _spawning.Process(target=_serve, args=given, daemon=True)
        self.process.start()
        theirs.close()
        absent: str = _next(self.connection, time.monotonic() + START)
        if absent:
            raise NotAvailableError(absent)
        return self.connection

    def _status(self) -> str:
        if self.process is None:
            return ""
        self.process.join(LIMIT)
        code = self.process.exitcode
        return f" by signal {-code}" if code is not None and code < 0 else ""

    def _end(self) -> None:
        if self.connection is not None:
            self.connection.close()
        if self.process is not None:
            self.process.kill()
            self.process.join()
        self.process = self.connection = None


def _next(connection: Connection[Any, Any], until: float) -> Any:
    if not connection.poll(max(0.0, until - time.monotonic())):
        raise TimeoutError
    return connection.recv()


def _enter(said: Any, outcome: Outcome) -> None:
    """Enter what the process said: that it is built, a verdict, or what became of the last object's data."""
    match said:
        case "built", why:
            outcome.built, outcome.why = not why, why
        case "verdict", accepted, why:
            outcome.verdicts.append(Verdict(accepted, why))
        case "kept", kept, lost:
            outcome.verdicts[-1].kept, outcome.verdicts[-1].lost = kept, lost


def _serve(name: str, resources: Resources, folder: str, connection: Connection[Any, Any]) -> None:
    """Be the process: judge what is asked, and say each thing as soon as it is known."""
    _confine(folder)
    try:
        build = CONTESTANTS[name].load(resources)
    except NotAvailableError as error:
        connection.send(str(error))
        return
    except ModuleNotFoundError as error:
        connection.send(f"{error.name} is not installed")
        return
    connection.send("")
    with contextlib.suppress(EOFError, OSError):
        while True:
            for said in judged(build, connection.recv()):
                connection.send(said)
            connection.send(_DONE)


def _confine(folder: str) -> None:
    """Limit memory where the system can, fetch nothing, find no files, and say nothing but what is asked."""
    with contextlib.suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.chdir(folder)
    os.environ["DYNMODELS_CACHE_DIR"] = ""
    warnings.simplefilter("ignore")
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 (a device)
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
        os.dup2(nowhere.fileno(), sys.stderr.fileno())
    sys.addaudithook(_refuse_network)


def _refuse_network(event: str, _: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname"}:
        raise ConnectionRefusedError("nothing is fetched")


def judged(build: Callable[[Case], Judge], case: Case) -> Iterator[tuple[Any, ...]]:
    """Judge a case, and say one thing after the other, as ``Outcome`` has them."""
    try:
        judge = build(case)
    except Exception as error:  # noqa: BLE001 (whatever it raises, it has not built it)
        yield "built", _reason(error)
        return
    yield "built", ""
    for instance in case.instances:
        given = copy.deepcopy(instance.data)
        try:
            value = judge.validate(given)
        except judge.refusals as error:
            yield "verdict", False, _reason(error)
        except Exception as error:  # noqa: BLE001 (whatever it raises, it is no verdict)
            yield "verdict", None, _reason(error)
        else:
            yield "verdict", True, ""
            if instance.valid and judge.dump is not None:
                yield "kept", *_kept(judge.dump, value, instance.data)


def _kept(dump: Callable[[Any], Any], value: Any, data: Any) -> tuple[bool, str]:
    try:
        lost = first_difference(data, dump(value))
    except Exception as error:  # noqa: BLE001 (whatever it raises, the data is not had again)
        return False, _reason(error)
    return not lost, _short(lost)


def _reason(error: Exception) -> str:
    return _short(f"{type(error).__name__}: {error}")


def _short(text: str) -> str:
    """Put a text on one line of bearable length, with nothing of the machine."""
    for place, name in _PLACES.items():
        text = text.replace(place, name)
    text = " ".join(text.split())
    return text if len(text) <= 300 else text[:297] + "..."


def _places() -> Mapping[str, str]:
    places = {tempfile.gettempdir(): "TMP", sys.prefix: "PYTHON", sys.base_prefix: "PYTHON", str(Path.home()): "HOME"}
    named = {place + os.sep: name + "/" for place, name in places.items()}
    return dict(sorted(named.items(), key=lambda item: -len(item[0])))


_PLACES: Final = _places()
