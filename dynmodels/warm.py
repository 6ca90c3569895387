"""Warming: filling the store ahead of time, with several processes where there are several schemas."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dynmodels.api import generate_dynamic_models
from dynmodels.errors import DynmodelsError, GenerationError, StoreError
from dynmodels.store import store_of


@dataclass(frozen=True)
class Warmed:
    """What became of one schema.

    Attributes:
        schema: The schema's file.
        digest: Under which it is stored; None where it is not.
        classes: How many classes it has.
        seconds: How long it took.
        was_stored: Whether it was in the store before.
        error: Why it is not stored; None where it is.
    """

    schema: Path
    digest: str | None = None
    classes: int = 0
    seconds: float = 0.0
    was_stored: bool = False
    error: DynmodelsError | None = None


def warm(
    schemas: Sequence[Path],
    options: Mapping[str, Any],
    place: Path | None = None,
    jobs: int | None = None,
    *,
    isolate: bool = False,
) -> Iterator[Warmed]:
    """Store the classes of schemas, and tell of each as it is done; at the end, of those that had to make room again.

    Args:
        schemas: The schemas' files.
        options: The options of ``generate_dynamic_models``, the same for all.
        place: The folder to store in; None for the default.
        jobs: How many processes to use; None for as many as there are processors.
        isolate: Whether each of them renders in another one, which can be stopped.

    Raises:
        StoreError: There is no store.
    """
    choice = place if place is not None else True
    if store_of(choice) is None:
        raise StoreError("there is no store to fill", hint="Name its folder: DYNMODELS_CACHE_DIR, or --store.")
    done: list[Warmed] = []
    for warmed in _each(schemas, options, place, jobs, isolate=isolate):
        done.append(warmed)
        yield warmed
    store = store_of(choice)
    for warmed in done:
        if warmed.digest is not None and (store is None or not store.has(warmed.digest)):
            gone = StoreError("its classes are stored no more", hint="There is no room: DYNMODELS_CACHE_MAX_BYTES.")
            yield Warmed(warmed.schema, error=gone)


def _each(
    schemas: Sequence[Path], options: Mapping[str, Any], place: Path | None, jobs: int | None, *, isolate: bool
) -> Iterator[Warmed]:
    processes = min(jobs or os.cpu_count() or 1, len(schemas))
    if processes <= 1:
        yield from (_warmed(schema, options, place, isolate) for schema in schemas)
        return
    # Started anew, as this process may have threads, which a forked one would not have.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        waiting: dict[Future[Warmed], Path] = {
            pool.submit(_warmed, schema, options, place, isolate): schema for schema in schemas
        }
        for future in as_completed(waiting):
            yield _result(future, waiting[future])


def _result(future: Future[Warmed], schema: Path) -> Warmed:
    try:
        return future.result()
    except BrokenProcessPool as error:
        ended = GenerationError(f"the process that built it has ended: {error}", hint="Fewer --jobs need less memory.")
        return Warmed(schema, error=ended)


def _warmed(schema: Path, options: Mapping[str, Any], place: Path | None, isolate: bool) -> Warmed:
    choice = place if place is not None else True
    started = time.perf_counter()
    try:
        # Not from memory: what counts is what is in the store.
        models = generate_dynamic_models(schema, cache_size=0, store=choice, isolate=isolate, **options)
    except DynmodelsError as error:
        return Warmed(schema, error=error)
    seconds = time.perf_counter() - started
    store = store_of(choice)
    if store is None or not store.has(models.digest):
        return Warmed(
            schema,
            error=StoreError(
                "its classes are not stored",
                hint="The log says why, or they are larger than DYNMODELS_CACHE_MAX_BYTES, or depend on more than the "
                "schema: templates, formatters, decorators, other machines, DYNMODELS_DEBUG.",
            ),
        )
    return Warmed(schema, models.digest, len(models), seconds, "render" not in models.timings)
