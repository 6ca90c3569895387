"""Validation: whole files of NDJSON against the classes of a document, by more than one process."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal

from pydantic import TypeAdapter

from dynmodels.checking import target_of
from dynmodels.collect import DynamicModels
from dynmodels.engines import Judged
from dynmodels.errors import OptionsError
from dynmodels.files import DataFile, find
from dynmodels.invalid import InvalidLine, require_other_file, written_to
from dynmodels.shipping import ship

#: The packages that engines need, and the extras that bring them.
_PACKAGES: Final = {"local": (), "dask": ("distributed",), "ray": ("ray", "pyarrow")}
_EXTRAS: Final = {"dask": "distributed", "ray": "ray"}

#: Addresses of Dask schedulers; what is reached otherwise than by TCP is written in other ways. Dask would ask for a
#: minute whether there is one without a port.
_SCHEDULER: Final = re.compile(r"(?:(?:tcp|tls)://)?(?:\[[^]/]+\]|[^:/\[\]]+):\d+/?|(?!tcp:|tls:)\w+://.+")


@dataclass(frozen=True)
class Progress:
    """How far a validation has come.

    Attributes:
        bytes: Bytes that are done, compressed where files are.
        total: All bytes.
        valid: Valid lines so far.
        invalid: Invalid lines so far.
        seconds: Since it began.
    """

    bytes: int
    total: int
    valid: int
    invalid: int
    seconds: float


@dataclass(frozen=True)
class Validated:
    """What became of all files.

    Attributes:
        valid: How many lines are valid.
        invalid: How many are not.
        bytes: How many bytes the files have, compressed where they are.
        seconds: How long it took.
    """

    valid: int
    invalid: int
    bytes: int
    seconds: float


def validate_files(
    models: DynamicModels,
    data: Sequence[Path | str],
    *,
    class_name: str | None = None,
    engine: Literal["local", "dask", "ray"] = "local",
    jobs: int | None = None,
    scheduler: str | None = None,
    invalid: Path | Callable[[InvalidLine], object] | None = None,
    progress: Callable[[Progress], object] | None = None,
) -> Validated:
    """Check NDJSON files, one instance a line, in bounded memory; all engines give the same results in the same order.

    Files are split by bytes. Those whose names end in ``.gz`` or ``.zst`` are decompressed: by this process, which
    spreads their lines, where the engine is local; each by one worker of Dask or Ray. What a process had not finished
    when it ended is done again. A compressed file that is damaged has one more invalid line, with an error of the type
    "unreadable", where its readable lines end.

    Args:
        models: The classes.
        data: The files; as text also patterns such as ``orders/*.ndjson``, and addresses for fsspec such as
            ``s3://bucket/orders.ndjson``. What is named twice, as by patterns that overlap, is checked twice.
        class_name: The class that each line is to be; None for what the whole document describes.
        engine: Who does it: processes of this machine, Dask workers, or Ray Data.
        jobs: How many processes to use, 1 being this one where the engine is local; None for as many as there are
            processors. Dask workers that are there already, behind a scheduler, are all used, whatever it says.
        scheduler: The address of the Dask scheduler or the Ray cluster to use; None starts one on this machine.
        invalid: Is called with each invalid line, in order; or a file to write them to as NDJSON, which appears when
            all is done, and may be none of the data.
        progress: Is called now and then.

    Raises:
        OptionsError: The arguments contradict each other, or a package is not installed.
        UnknownModelError: There is no class of that name.
        DataError: A file cannot be read, or the invalid lines not be written.
        EngineError: The processes cannot be reached, cannot judge, or end again and again.
    """
    _check(models, data, engine, jobs, scheduler)
    _check_receivers(data, invalid, progress)
    target = target_of(models, class_name)
    started = time.perf_counter()
    files = find(data)
    total = sum(file.size for file in files)
    done = valid = bad = 0
    with _sink(invalid) as tell:
        if engine == "local" and jobs == 1:
            from dynmodels.engines.local import judge_here

            results = judge_here(TypeAdapter(target), files)
        else:
            results = _judged(engine, ship(models, class_name), files, jobs, scheduler)
        file: DataFile | None = None
        lines = 0
        with closing(results):
            for judged in results:
                if judged.file is not file:
                    file, lines = judged.file, 0
                if tell is not None:
                    for number, errors in judged.checked.faults():
                        tell(InvalidLine(judged.file.name, lines + number, errors))
                lines += judged.checked.lines
                done += judged.size
                valid += judged.checked.valid
                bad += judged.checked.invalid
                if progress is not None:
                    progress(Progress(done, total, valid, bad, time.perf_counter() - started))
    return Validated(valid, bad, total, time.perf_counter() - started)


def _check(models: object, data: object, engine: str, jobs: int | None, scheduler: str | None) -> None:
    if not isinstance(models, DynamicModels):
        raise OptionsError(f"models is what generate_dynamic_models gives, not {models!r:.80}")
    if isinstance(data, str | bytes | os.PathLike):
        raise OptionsError(f"data is a sequence of files, not {data!r}", hint="Pass [...] around a single one.")
    if engine not in {"local", "dask", "ray"}:
        raise OptionsError(f"engine is 'local', 'dask' or 'ray', not {engine!r}")
    if jobs is not None and (not isinstance(jobs, int) or jobs < 1):
        raise OptionsError(f"jobs is a number of processes, not {jobs!r}")
    if scheduler is not None and engine == "local":
        raise OptionsError("a scheduler is for the engines dask and ray", hint="Pass engine='dask' as well.")
    if engine == "dask" and scheduler is not None and not _SCHEDULER.fullmatch(scheduler):
        raise OptionsError(
            f"{scheduler!r} is no address of a Dask scheduler", hint="It is written with a port: tcp://host:8786."
        )
    for module in _PACKAGES[engine]:
        if find_spec(module) is None:
            raise OptionsError(
                f"the engine {engine} needs the package {module!r}, which is not installed",
                hint=f'pip install "dynmodels[{_EXTRAS[engine]}]"',
            )


def _check_receivers(data: Sequence[Path | str], invalid: object, progress: object) -> None:
    if isinstance(invalid, Path):
        require_other_file(invalid, data)
    elif invalid is not None and not callable(invalid):
        raise OptionsError(f"invalid is a pathlib.Path or a function, not {invalid!r:.80}")
    if progress is not None and not callable(progress):
        raise OptionsError(f"progress is a function, not {progress!r:.80}")


def _judged(
    engine: str, shipped: bytes, files: list[DataFile], jobs: int | None, scheduler: str | None
) -> Generator[Judged, None, None]:
    jobs = jobs or os.cpu_count() or 1
    if engine == "dask":
        from dynmodels.engines.on_dask import judge_by_dask

        return judge_by_dask(shipped, files, jobs, scheduler)
    if engine == "ray":
        from dynmodels.engines.on_ray import judge_by_ray

        return judge_by_ray(shipped, files, jobs, scheduler)
    from dynmodels.engines.local import judge_in_processes

    return judge_in_processes(shipped, files, jobs)


@contextmanager
def _sink(invalid: Path | Callable[[InvalidLine], object] | None) -> Iterator[Callable[[InvalidLine], object] | None]:
    if isinstance(invalid, Path):
        with written_to(invalid) as write:
            yield write
    else:
        yield invalid
