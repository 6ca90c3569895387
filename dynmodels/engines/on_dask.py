"""The Dask engine: the only room that knows Dask."""

from __future__ import annotations

import importlib.metadata
import logging
import secrets
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from itertools import islice
from typing import Any, Final

from distributed import CancelledError, Client, KilledWorker, LocalCluster, WorkerPlugin, get_worker
from pydantic import TypeAdapter

from dynmodels.checking import Checked
from dynmodels.engines import PART, SCRIPT, Judged, judge, require_starting
from dynmodels.errors import DynmodelsError, EngineError
from dynmodels.files import DataFile
from dynmodels.parts import Part, parts_of
from dynmodels.shipping import receive
from dynmodels.version import __version__

#: What has to be installed where the workers run.
PACKAGE: Final = "dynmodels"

#: Parts that are begun ahead of the one whose result comes next, for each thread of the workers.
_AHEAD: Final = 3

#: How often a part is tried again whose file could not be read.
_RETRIES: Final = 2


def judge_by_dask(
    shipped: bytes, files: Iterable[DataFile], jobs: int, scheduler: str | None
) -> Generator[Judged, None, None]:
    """Judge files by Dask workers; the parts of one that has ended Dask gives to another.

    Args:
        shipped: What the lines are to be.
        files: The files, at places that the workers reach.
        jobs: How many workers to start, where there is no scheduler.
        scheduler: The scheduler's address; None starts one on this machine, and ends it.

    Raises:
        DataError: A file cannot be read.
        EngineError: The scheduler cannot be reached, workers have no dynmodels of this version, or end again and again.
    """
    with _client(scheduler, jobs) as client, _plugin(client, shipped) as plugin:
        try:
            yield from _results(client, plugin, files)
        except DynmodelsError:
            raise
        except (CancelledError, OSError) as error:
            raise EngineError(f"the Dask scheduler has cancelled what was asked of it, or is gone: {error}") from error


def _results(client: Any, plugin: str, files: Iterable[DataFile]) -> Iterator[Judged]:
    parts = (part for file in files for part in parts_of(file, PART))
    waiting: deque[tuple[Part, Any]] = deque()
    while True:
        ahead = _AHEAD * max(sum(client.nthreads().values()), 1)  # clusters grow and shrink
        for part in islice(parts, max(ahead - len(waiting), 0)):
            waiting.append((part, client.submit(_judged, plugin, part, pure=False, retries=_RETRIES)))
        if not waiting:
            return
        part, future = waiting.popleft()
        try:
            checked = future.result()
        except KilledWorker as error:
            raise EngineError(
                f"workers have ended again and again while they judged {part.file.name}: {error}",
                hint="They may need more memory; their logs say more.",
            ) from error
        yield Judged(part.file, part.stop - part.start, checked)


@contextmanager
def _client(scheduler: str | None, jobs: int) -> Iterator[Any]:
    if scheduler is None:
        with _cluster(jobs) as cluster, Client(cluster, set_as_default=False) as client:
            yield client
        return
    try:
        client = Client(scheduler, set_as_default=False)
    except (OSError, ValueError) as error:
        raise EngineError(f"there is no Dask scheduler at {scheduler}: {error}") from error
    with client:
        yield client


def _cluster(jobs: int) -> Any:
    require_starting()
    try:
        # Processes, as threads of one would wait for each other; and no page for a browser, but a server that goes
        # without a port that others may have.
        return LocalCluster(
            n_workers=jobs,
            threads_per_worker=1,
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
            silence_logs=logging.ERROR,
        )
    except RuntimeError as error:
        raise EngineError(f"Dask's workers cannot be started: {error}", hint=SCRIPT) from error


@contextmanager
def _plugin(client: Any, shipped: bytes) -> Iterator[str]:
    """Give the workers, those too that come later, what the lines are to be; once, under a name."""
    _require_dynmodels(client)
    name = f"dynmodels-{secrets.token_hex(8)}"
    client.register_plugin(_Judge(shipped), name=name)
    try:
        yield name
    finally:
        with suppress(OSError, ValueError):  # a scheduler that is gone remembers nothing
            client.unregister_worker_plugin(name)


def _require_dynmodels(client: Any) -> None:
    try:
        versions = set(client.run(importlib.metadata.version, PACKAGE).values())
    except importlib.metadata.PackageNotFoundError as error:
        raise EngineError(
            "there are Dask workers without dynmodels", hint=f"Install dynmodels {__version__} where they run."
        ) from error
    others = sorted(versions - {__version__})
    if others:
        raise EngineError(
            f"there are Dask workers with dynmodels {others[0]}, which may judge otherwise than {__version__}",
            hint=f"Install dynmodels {__version__} where they run.",
        )


class _Judge(WorkerPlugin):  # type: ignore[misc]  # distributed has no types
    def __init__(self, shipped: bytes) -> None:
        self.shipped = shipped

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        return receive(self.shipped)


def _judged(plugin: str, part: Part) -> Checked:
    return judge(get_worker().plugins[plugin].adapter, part)
