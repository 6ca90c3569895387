"""Run one hostile case in a forked child, under an audit hook, and tell what came of it."""

from __future__ import annotations

import builtins
import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Seconds and bytes that a case may take.
SECONDS = 5.0
BYTES = 512 * 2**20

#: What may still be loaded while a case runs: parts of what the library itself is made of.
LIBRARY = (
    "annotated_types",
    "datamodel_code_generator",
    "dns",
    "dynmodels",
    "email_validator",
    "encodings",
    "idna",
    "pydantic",
    "pydantic_core",
    "regex",
    "typing_inspection",
    "yaml",
)

#: Audit events that are harm in themselves (docs.python.org/3/library/audit_events.html).
HARMFUL = (
    "ctypes.",
    "ftplib.",
    "http.client.",
    "os.chmod",
    "os.chown",
    "os.exec",
    "os.fork",
    "os.kill",
    "os.posix_spawn",
    "os.putenv",
    "os.spawn",
    "os.startfile",
    "os.system",
    "os.truncate",
    "shutil.",
    "smtplib.",
    "socket.",
    "subprocess.",
    "urllib.Request",
    "webbrowser.",
)


@dataclass(frozen=True)
class Outcome:
    """What became of a case.

    Attributes:
        result: ``refused`` (a DynmodelsError), ``built``, ``raised`` (another exception), or ``died``.
        detail: The error's text, or what the probes showed.
        effects: What happened beside the classes.
        probes: Whether every probe was judged right; None where there were none.
        seconds: How long it took.
        peak: How much more memory than before was resident at most, in bytes.
    """

    result: str
    detail: str = ""
    effects: tuple[str, ...] = ()
    probes: bool | None = None
    seconds: float = 0.0
    peak: int = 0


def run(build: Callable[[], Any], judge: Callable[[Any], bool | None], folder: Path) -> Outcome:
    """Build and judge in a child of this process, whose current folder is ``folder``."""
    reader, writer = os.pipe()
    started = time.perf_counter()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    child = os.fork()
    if child == 0:
        os.close(reader)
        _child(build, judge, folder, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        told = pipe.read()
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - started
    peak = max(0, usage.ru_maxrss * 1024 - before)
    if not told:
        return Outcome("died", f"status {os.waitstatus_to_exitcode(status)}", seconds=seconds, peak=peak)
    outcome: dict[str, Any] = json.loads(told)
    return Outcome(**{**outcome, "effects": tuple(outcome["effects"])}, seconds=seconds, peak=peak)


def _child(build: Callable[[], Any], judge: Callable[[Any], bool | None], folder: Path, writer: int) -> None:
    # Beside what the tests before have left in this process.
    room = 3 * BYTES + int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (room, room))
    signal.alarm(int(2 * SECONDS))
    os.chdir(folder)
    effects = _Effects(folder)
    sys.addaudithook(effects.see)
    outcome: dict[str, Any] = {}
    try:
        outcome = _outcome(build, judge)
    finally:
        effects.watching = False
        outcome["effects"] = [*effects.seen, *effects.changes()]
        os.write(writer, json.dumps(outcome).encode())
        os._exit(0)


def _outcome(build: Callable[[], Any], judge: Callable[[Any], bool | None]) -> dict[str, Any]:
    from dynmodels import DynmodelsError

    try:
        models = build()
    except DynmodelsError as error:
        return {"result": "refused", "detail": f"{type(error).__name__}: {error}"[:600]}
    except BaseException as error:  # noqa: BLE001 (whatever comes out is what the case did)
        return {"result": "raised", "detail": f"{type(error).__name__}: {error}"[:600]}
    try:
        return {"result": "built", "probes": judge(models)}
    except BaseException as error:  # noqa: BLE001 (whatever comes out is what the case did)
        return {"result": "raised", "detail": f"judging: {type(error).__name__}: {error}"[:600]}


class _Effects:
    """What a case does to the process and the machine."""

    def __init__(self, folder: Path) -> None:
        self.seen: list[str] = []
        self.watching = True
        self._allowed = tuple(
            os.path.realpath(path)
            for path in (sys.prefix, sys.base_prefix, *sys.path[1:], str(Path(__file__).parents[2]))
        )
        self._temporary = os.path.realpath(tempfile.gettempdir()) + os.sep
        self._folder = os.path.realpath(folder)
        self._state = self._snapshot()

    def see(self, event: str, arguments: Sequence[Any]) -> None:
        """Note an event that a schema must not cause."""
        if not self.watching:
            return
        self.watching = False
        try:
            if event == "import":
                name = str(arguments[0])
                if not name.startswith(LIBRARY) and name not in sys.modules:
                    self.seen.append(f"import {name}")
            elif event in (
                "open",
                "os.listdir",
                "os.scandir",
                "os.mkdir",
                "os.remove",
                "os.rename",
                "os.rmdir",
                "shutil.rmtree",
            ):
                self._file(event, arguments)
            elif event.startswith(HARMFUL):
                self.seen.append(f"{event} {arguments!r:.80}")
            elif event == "exec":
                name = getattr(arguments[0], "co_filename", "?")
                if not name.startswith(("<dynmodels", "<frozen", "<string>", *self._allowed)):
                    self.seen.append(f"exec {name}")
        finally:
            self.watching = True

    def _file(self, event: str, arguments: Sequence[Any]) -> None:
        path = arguments[0]
        if isinstance(path, int) or path is None:
            return
        if event == "open" and arguments[1] is None and not str(path).startswith(os.sep):
            return  # shutil.rmtree again, which opens a folder relative to the one above
        if event in ("os.remove", "os.rmdir") and arguments[1] not in (-1, None):
            return  # below a folder that shutil.rmtree takes away, which is looked at by itself
        place = os.path.realpath(os.fsdecode(path))
        if place.startswith(f"{self._temporary}dynmodels-") or place + os.sep == self._temporary:
            return
        writing = event not in ("open", "os.listdir", "os.scandir") or (
            event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
        )
        if writing or place.startswith(self._folder) or not place.startswith(self._allowed):
            self.seen.append(f"{event} {place}")

    def changes(self) -> list[str]:
        """Tell what is not as it was."""
        return [name for name, value in self._snapshot().items() if value != self._state[name]]

    def _snapshot(self) -> Mapping[str, Any]:
        ours = ("dynmodels.generated", *LIBRARY)
        return {
            "sys.modules": {name: id(module) for name, module in sys.modules.items() if not name.startswith(ours)},
            "os.environ": dict(os.environ),
            "current folder": str(Path.cwd()),
            "builtins": {name: id(value) for name, value in vars(builtins).items()},
            "sys.path": list(sys.path),
            "sys.meta_path": list(map(id, sys.meta_path)),
            "marks": sorted(str(path) for path in Path(self._folder).parent.rglob("MARK")),
        }
