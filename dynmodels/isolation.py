"""Isolation: rendering in a process of its own, which can be stopped, and which has nothing to give away.

The child is started once and used again. It inherits no environment and no files, works in an empty folder, and is
killed at its deadline; what it sends back is text, which is guarded here like any other source.
"""

from __future__ import annotations

import atexit
import json
import marshal
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from dynmodels import errors
from dynmodels.errors import DynmodelsError, GenerationError, OptionsError, UnsafeSchemaError
from dynmodels.forks import survive_forks
from dynmodels.pipes import receive, search_path, send

if TYPE_CHECKING:
    from datamodel_code_generator import GenerateConfig

    from dynmodels.limits import Limits
    from dynmodels.render import Rendered
    from dynmodels.schema import Document

#: How many children are kept for later.
KEPT: Final = 2

#: Bytes that a child may write to a file: the generator writes one, of the classes' names and places.
_FILE_BYTES: Final = 512 * 2**20

#: What a child runs. Its module search path is this process's, as isolated mode has none but the standard one.
_PROGRAM: Final = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from dynmodels.isolation import serve
serve(sys.stdin.buffer, sys.stdout.buffer)
"""

#: Variables without which a process does not start, or writes its temporary files to another place.
_ENVIRONMENT: Final = ("SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "LANG", "LC_ALL")


class Children:
    """The rendering processes of this one: as many as render at a time, a few of them kept."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[_Child] = []

    def render(self, document: Document, config: GenerateConfig, limits: Limits) -> Rendered:
        """Render a document in a child.

        Raises:
            UnsafeSchemaError: It takes more time or memory than the limits allow.
            OptionsError: An option cannot be handed to another process.
            DynmodelsError: As ``render.render`` raises them.
        """
        request = _request(document, config, limits)
        while True:
            child = self._take()
            used = child.used
            try:
                reply = child.ask(request, limits)
            except _EndedError as error:
                child.close()
                if used:  # it may have died before it was asked
                    continue
                raise UnsafeSchemaError(
                    f"the process that renders the schema has ended ({error}), for want of memory most likely",
                    hint="If you trust it, pass limits=Limits(memory=...) with more bytes.",
                ) from None
            except BaseException:
                child.close()
                raise
            self._give_back(child)
            return _rendered(reply)

    def close(self) -> None:
        """End the children that are kept."""
        with self._lock:
            idle, self._idle = self._idle, []
        for child in idle:
            child.close()

    def forget(self) -> None:
        """Leave the children to the process that this one was forked from."""
        self._lock = threading.Lock()
        self._idle = []

    def _take(self) -> _Child:
        while True:
            with self._lock:
                child = self._idle.pop() if self._idle else None
            if child is None:
                return _Child()
            if child.is_alive():
                return child
            child.close()

    def _give_back(self, child: _Child) -> None:
        with self._lock:
            if len(self._idle) < KEPT:
                self._idle.append(child)
                return
        child.close()


class _EndedError(Exception):
    """A child has ended in the middle of a request."""


class _Child:
    def __init__(self) -> None:
        self.used = False
        # No TemporaryDirectory: a process that is forked from this one would remove it when it ends.
        self._folder = tempfile.mkdtemp(prefix="dynmodels-")
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        try:
            self._process = subprocess.Popen(  # noqa: S603 (our own program)
                [sys.executable, "-I", "-c", _PROGRAM, json.dumps(search_path())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                cwd=self._folder,
            )
        except OSError as error:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise GenerationError(
                f"no process can be started to render in: {error}", hint="Render it here: isolate=False."
            ) from error

    def ask(self, request: bytes, limits: Limits) -> Mapping[str, Any]:
        """Send a request and wait for the reply, no longer than the limits say."""
        late = threading.Event()

        def stop() -> None:
            late.set()
            self._process.kill()

        self.used = True
        deadline = threading.Timer(min(limits.seconds, threading.TIMEOUT_MAX), stop)
        deadline.daemon = True
        deadline.start()
        assert self._process.stdin is not None  # noqa: S101 (for the type checker: it is a pipe)
        assert self._process.stdout is not None  # noqa: S101
        try:
            send(self._process.stdin, request)
            text = receive(self._process.stdout)
        except (OSError, EOFError) as error:
            if late.is_set():
                raise UnsafeSchemaError(
                    f"rendering the schema takes more than {limits.seconds:g} s",
                    hint="If you trust it, pass limits=Limits(seconds=...) with more time.",
                ) from None
            raise _EndedError(f"status {self._process.wait()}") from error
        finally:
            deadline.cancel()
        try:
            reply: Mapping[str, Any] = json.loads(text)
        except ValueError as error:
            raise GenerationError(f"the process that renders the schema has sent no reply: {error}") from error
        return reply

    def is_alive(self) -> bool:
        """Whether it still waits for requests."""
        return self._process.poll() is None

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # what was to be written has nowhere to go
                    continue
        shutil.rmtree(self._folder, ignore_errors=True)


children: Final = Children()
atexit.register(children.close)
survive_forks(children, after_in_child="forget")


def _request(document: Document, config: GenerateConfig, limits: Limits) -> bytes:
    paths = {name: getattr(config, name) for name in type(config).model_fields}
    absolute = {name: path.absolute() for name, path in paths.items() if isinstance(path, Path)}
    try:
        options = pickle.dumps(config.model_copy(update=absolute))  # the child's current folder is another one
    except Exception as error:
        raise OptionsError(
            f"an option cannot be handed to another process: {error}", hint="Render it here: isolate=False."
        ) from error
    files = dict(document.files)
    told = (marshal.dumps(document.content), document.kind, document.swagger, document.name, files)
    return pickle.dumps((told, options, limits.memory, limits.seconds))


def _rendered(reply: Mapping[str, Any]) -> Rendered:
    from dynmodels.render import Rendered, RenderedClass

    if "error" in reply:
        kind = getattr(errors, reply["error"], GenerationError)
        raised = kind if isinstance(kind, type) and issubclass(kind, DynmodelsError) else GenerationError
        raise raised(str(reply["message"]), pointer=reply["pointer"], hint=reply["hint"])
    modules = {tuple(map(str, path)): str(source) for path, source in reply["modules"]}
    return Rendered(modules, tuple(RenderedClass(*map(str, each)) for each in reply["classes"]))


# In the child


def serve(requests: IO[bytes], replies: IO[bytes]) -> None:
    """Render what is asked for, until the parent is gone."""
    import logging
    import warnings

    logging.disable(logging.CRITICAL)  # standard error leads nowhere
    warnings.simplefilter("ignore")
    replies = os.fdopen(os.dup(replies.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), 1)  # nothing but replies reaches the parent, whatever the generator starts
    try:
        while True:
            send(replies, json.dumps(_answer(receive(requests))).encode())
    except (EOFError, OSError):
        return  # the parent is gone


def _answer(request: bytes) -> dict[str, Any]:
    from dynmodels.render import render
    from dynmodels.schema import Document

    (packed, kind, swagger, name, files), options, memory, seconds = pickle.loads(request)  # noqa: S301 (the parent's)
    _limit(memory, seconds)
    try:
        document = Document(marshal.loads(packed), kind, packed, swagger=swagger, name=name, files=files)  # noqa: S302
        rendered = render(document, pickle.loads(options))  # noqa: S301 (the parent's)
    except DynmodelsError as error:
        message, pointer, hint = error.message, error.pointer, error.hint
        return {"error": type(error).__name__, "message": message, "pointer": pointer, "hint": hint}
    return {
        "modules": [(path, source) for path, source in rendered.modules.items()],
        "classes": [tuple(each) for each in rendered.classes],
    }


def _limit(memory: int, seconds: float) -> None:
    try:
        import resource
    except ModuleNotFoundError:  # Windows has no such limits; the deadline holds there too
        return
    spent = resource.getrusage(resource.RUSAGE_SELF)
    wanted = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: int(spent.ru_utime + spent.ru_stime + seconds) + 1,
        resource.RLIMIT_FSIZE: _FILE_BYTES,
        resource.RLIMIT_CORE: 0,
    }
    for kind, soft in wanted.items():
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))
