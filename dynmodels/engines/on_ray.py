"""The Ray engine: the only room that knows Ray."""

from __future__ import annotations

import logging
import pickle
import socket
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Final

import pyarrow as pa
import ray
import ray.data
from pydantic import TypeAdapter

from dynmodels.checking import Checked
from dynmodels.engines import PART, Judged, judge
from dynmodels.errors import DynmodelsError, EngineError
from dynmodels.files import DataFile
from dynmodels.parts import Part, parts_of
from dynmodels.shipping import receive

#: More of Ray's blocks than these cost more than they spread the work.
_MOST_BLOCKS: Final = 10_000

#: Seconds for a cluster to answer.
_TIMEOUT: Final = 10


def judge_by_ray(
    shipped: bytes, files: Sequence[DataFile], jobs: int, scheduler: str | None
) -> Generator[Judged, None, None]:
    """Judge files by Ray Data; the parts of a process that has ended Ray gives to another.

    Args:
        shipped: What the lines are to be.
        files: The files, at places that the cluster's nodes reach.
        jobs: How many processes to use; those of a cluster that has fewer processors are all used.
        scheduler: The cluster's address; None is the one that this process is connected to, else one is started on
            this machine, and ended.

    Raises:
        DataError: A file cannot be read.
        EngineError: The cluster cannot be reached, or processes end again and again.
    """
    parts = [part for file in files for part in parts_of(file, PART)]
    if not parts:
        return
    with _connected(scheduler, jobs) as processors:
        dataset = ray.data.from_items(
            [{"number": number, "part": pickle.dumps(part)} for number, part in enumerate(parts)],
            override_num_blocks=min(len(parts), _MOST_BLOCKS),
        )
        dataset = dataset.map_batches(
            _Judge,
            fn_constructor_args=(shipped,),
            batch_size=1,
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(size=max(1, min(jobs, processors, len(parts)))),
        )
        dataset.context.enable_progress_bars = False
        dataset.context.execution_options.preserve_order = True  # what comes early has to be kept
        expected = 0
        try:
            for result in _in_order(dataset.iter_rows()):
                if isinstance(result, DynmodelsError):
                    raise result
                part = parts[expected]
                expected += 1
                yield Judged(part.file, part.stop - part.start, result)
        except ray.exceptions.RayError as error:
            raise EngineError(f"Ray has given up: {error}", hint="Its logs say more.") from error
    if expected != len(parts):
        raise EngineError(f"Ray has given the results of {expected} parts of {len(parts)}")


def _in_order(rows: Iterator[dict[str, Any]]) -> Iterator[Any]:
    expected = 0
    early: dict[int, bytes] = {}
    for row in rows:
        early[row["number"]] = row["result"]
        while expected in early:
            yield pickle.loads(early.pop(expected))  # noqa: S301 (our own)
            expected += 1


@contextmanager
def _connected(scheduler: str | None, jobs: int) -> Iterator[int]:
    """Connect to a cluster where this process is not connected, and give the number of its processors."""
    is_own = not ray.is_initialized()
    if is_own:
        here: dict[str, Any] = {"num_cpus": jobs, "include_dashboard": False} if scheduler is None else {}
        try:
            _require_reachable(scheduler or "")
            ray.init(address=scheduler, logging_level=logging.ERROR, log_to_driver=False, **here)
        except (OSError, ValueError, RuntimeError) as error:
            raise EngineError(f"there is no Ray cluster at {scheduler}: {error}") from error
    try:
        with _quiet():
            yield int(ray.cluster_resources().get("CPU", 1))
    finally:
        if is_own:
            ray.shutdown()


def _require_reachable(address: str) -> None:
    """Ask whether somebody is there, as Ray does so for many minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():  # "auto" is one too
        socket.create_connection((host.strip("[]"), int(port)), _TIMEOUT).close()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what Ray Data tells of its plans and progress off standard error; its log files have it."""
    handlers = [each for each in logging.getLogger("ray.data").handlers if isinstance(each, logging.StreamHandler)]
    levels = [handler.level for handler in handlers]
    for handler in handlers:
        handler.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for handler, level in zip(handlers, levels, strict=True):
            handler.setLevel(level)


class _Judge:
    """One of the processes; what is wrong with a file is a result, as Ray wraps what is raised."""

    def __init__(self, shipped: bytes) -> None:
        self._shipped = shipped

    @cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        return receive(self._shipped)

    def __call__(self, batch: pa.Table) -> pa.Table:
        (row,) = batch.to_pylist()
        result = pickle.dumps(self._result(pickle.loads(row["part"])))  # noqa: S301 (our own)
        # A table, as numpy would cut zeros off the end of bytes.
        return pa.table({"number": [row["number"]], "result": pa.array([result], pa.large_binary())})

    def _result(self, part: Part) -> Checked | DynmodelsError:
        try:
            return judge(self._adapter, part)
        except DynmodelsError as error:
            return error
