"""Many: hundreds or thousands of documents at once, built by several processes."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Literal

from dynmodels import api, arguments, log
from dynmodels.call import Call
from dynmodels.collect import DynamicModels, completed
from dynmodels.entry import entry_of
from dynmodels.errors import DynmodelsError, OptionsError
from dynmodels.garbage import paused_for
from dynmodels.permit import permit_of
from dynmodels.restore import parser_of, rebuilt
from dynmodels.source import read
from dynmodels.stages import Stages
from dynmodels.store import Stored
from dynmodels.tasks import Task

if TYPE_CHECKING:
    from pydantic import ConfigDict
    from typing_extensions import Unpack

    from dynmodels.limits import Limits
    from dynmodels.options import GenerateOptions
    from dynmodels.render import GenerateConfig
    from dynmodels.storing import Kept
    from dynmodels.workers import Made, Remark, Workers

#: How many documents memory holds in any case, as with ``generate_dynamic_models``.
_CACHE_SIZE: Final = 128

#: Small documents that have to be built for each process to be worth its start, of some half a second.
DOCUMENTS_PER_PROCESS: Final = 20

#: Bytes of a large document that take as long as a small document does, whatever its size.
_WEIGHT: Final = 4_000

#: How many documents are stored at a time: other processes wait while one writes to the store.
_STORED_AT_ONCE: Final = 64


def generate_many(
    schemas: Iterable[Mapping[str, Any] | bool | Path | str | bytes],
    *,
    processes: int | None = None,
    progress: Callable[[int, int], object] | None = None,
    config: GenerateConfig | None = None,
    cache_size: int | None = None,
    module_name: str | None = None,
    exact: bool = False,
    formats: Literal["assert", "annotate"] | None = None,
    resources: Mapping[str, Any] | None = None,
    allow_imports: Collection[str] = (),
    ref_base: Path | None = None,
    limits: Limits | None = None,
    isolate: bool = False,
    store: Path | bool | None = None,
    base_class: type[Any] | Sequence[type[Any]] | str | None = None,
    config_dict: ConfigDict | None = None,
    validators: Mapping[str, Any] | None = None,
    types: Mapping[str, Any] | None = None,
    **options: Unpack[GenerateOptions],
) -> list[DynamicModels | DynmodelsError]:
    """Turn many documents into pydantic v2 classes, by several processes.

    What memory or the store has comes from there. The rest is built by processes that are started for it, each of which
    loads the generator once, and stored for the next start; this process makes the classes of what they send. It builds
    by itself where few documents are left, and what cannot be handed to another process, such as mappings that are no
    dicts. The script that calls needs no ``if __name__ == "__main__"``: no process imports it.

    Args:
        schemas: The documents, each as for ``generate_dynamic_models``. What occurs twice is built once.
        processes: How many processes to build by, 1 being this one; None for as many as there are processors. Fewer
            are started where there is not enough to do.
        progress: Is called in this thread with how many documents are done, and how many there are.
        cache_size: How many documents' classes to keep in memory. None keeps these beside those that are there; a later
            call with a smaller number, such as the 128 of ``generate_dynamic_models``, lets the least recently used go,
            and gets the same classes again for as long as the result is held. 0 builds anew and keeps nothing.
        config: This and all others are as for ``generate_dynamic_models``, the same for every document.
        module_name: See there.
        exact: See there.
        formats: See there.
        resources: See there.
        allow_imports: See there.
        ref_base: See there.
        limits: See there.
        isolate: See there; each process renders in another one then.
        store: See there.
        base_class: See there.
        config_dict: See there.
        validators: See there; every document has such classes.
        types: See there; every document has such schemas.
        **options: The same options as in ``config``, as keywords; not both at once.

    Returns:
        In the order of the documents, the classes of each, or the error that it ended in. An error that is the
        document's own is not raised; that of a process that has ended twice while it built a document is a
        ``GenerationError``.

    Raises:
        OptionsError: The arguments contradict each other, are unknown, or have values of the wrong kind.
    """
    if isinstance(schemas, Mapping | str | bytes | os.PathLike) or not isinstance(schemas, Iterable):
        raise OptionsError(
            f"schemas is an iterable of documents, not {schemas!r:.80}", hint="Pass [...] around a single one."
        )
    if processes is not None and (isinstance(processes, bool) or not isinstance(processes, int) or processes < 1):
        raise OptionsError(f"processes is a number of processes, not {processes!r}")
    if progress is not None and not callable(progress):
        raise OptionsError(f"progress is a function, not {progress!r:.80}")
    size = None if cache_size is None else arguments.cache_size(cache_size)
    named = arguments.by_name(base_class, validators)
    call = api.call_of(
        arguments.settings(config, {**options, **named}),
        module_name=module_name,
        debug=None,
        allow_imports=allow_imports,
        ref_base=ref_base,
        limits=limits,
        isolate=isolate,
        store=store,
        exact=exact,
        formats=formats,
        resources=resources,
        anew=size is not None and size <= 0,
        additions=arguments.additions(
            named, exact=exact, base_class=base_class, config_dict=config_dict, validators=validators, types=types
        ),
    )
    given = list(schemas)
    results = _Results(len(given), progress)
    tasks: dict[object, Task] = {}
    for number, schema in enumerate(given):
        try:
            source = read(schema)
        except DynmodelsError as error:
            results.expect(number, number)
            results.put(number, error)
            continue
        request = call.request(source.content)
        task = tasks.setdefault(request.key or number, Task(number, source, request))
        results.expect(task.number, number)
    if size is None:
        size = max(_CACHE_SIZE, api.dynamic_models_cache_info().currsize + len(tasks))
    _Many(call, size, processes or os.cpu_count() or 1, results).do(list(tasks.values()))
    return results.all()


class _Results:
    """What has become of each document so far."""

    def __init__(self, total: int, progress: Callable[[int, int], object] | None) -> None:
        self._results: list[DynamicModels | DynmodelsError | None] = [None] * total
        self._numbers: dict[int, list[int]] = {}
        self._progress = progress
        self._done = 0

    def expect(self, number: int, place: int) -> None:
        """Have what becomes of a task stand in a place."""
        self._numbers.setdefault(number, []).append(place)

    def put(self, number: int, result: DynamicModels | DynmodelsError) -> None:
        """Say what became of a task."""
        if isinstance(result, DynmodelsError):
            result = result.with_traceback(None)  # its frames would keep the document, and more
        for place in self._numbers[number]:
            self._results[place] = result
            self._done += 1
            if self._progress is not None:
                self._progress(self._done, len(self._results))

    def all(self) -> list[DynamicModels | DynmodelsError]:
        """Give what became of every document."""
        return [result for result in self._results if result is not None]


class _Many:
    """The building of many documents for one call.

    Args:
        call: What the caller asks for beside the documents.
        cache_size: How many documents' classes to keep in memory.
        processes: How many processes to use at most.
        results: Where to say what became of each.
    """

    def __init__(self, call: Call, cache_size: int, processes: int, results: _Results) -> None:
        self._call = call
        self._cache_size = cache_size
        self._processes = processes
        self._results = results
        self._place = call.store
        self._store = _Batches(call)
        self._weight = 0

    def do(self, tasks: list[Task]) -> None:
        """See to every document."""
        self._weight = sum(_weight(task) for task in tasks)
        stored: list[tuple[Task, str]] = []
        unknown: list[Task] = []
        for task in tasks:
            models = api.found(task.request, self._cache_size)
            digest = None if models is not None else self._stored_digest(task)
            if models is not None:
                self._results.put(task.number, models)
            elif digest is not None:
                stored.append((task, digest))
            else:
                unknown.append(task)
        with self._store:
            workers = self._workers_for(unknown)
            if workers is None:
                if unknown:
                    self._check_options()
                for task, digest in stored:
                    self._restore(task, digest)
                for task in unknown:
                    self._build(task)
                return
            with workers:
                for task, digest in stored:
                    self._restore(task, digest)
                for task in unknown:
                    if task.request.key is None:
                        self._build(task)
                for answer in workers:
                    self._take(answer.task, answer.outcome, answer.remarks)

    def _stored_digest(self, task: Task) -> str | None:
        """Give the digest of a document that the store seems to have."""
        name = None if self._place is None else self._call.name_of_request(task.request)
        digest = None if self._place is None or name is None else self._place.digest_of(name)
        return digest if self._place is not None and digest is not None and self._place.has(digest) else None

    def _workers_for(self, tasks: list[Task]) -> Workers | None:
        """Give the processes that are worth their start; None where this one does it all."""
        sendable = [task for task in tasks if task.request.key is not None]
        worth = sum(map(_weight, sendable)) // (DOCUMENTS_PER_PROCESS * _WEIGHT)
        count = min(self._processes, len(sendable), worth)
        if self._processes < 2 or count < 1 or self._call.folder is not None or self._is_for_this_process():
            return None
        from dynmodels.workers import Workers

        try:
            # The largest first, so that none is left to one process when all others are done.
            return Workers(self._call, sorted(sendable, key=lambda task: -task.request.size), count)
        except (pickle.PicklingError, TypeError, AttributeError) as error:
            log.info("no other process builds, as an option cannot be handed over: %s", error)
            return None

    def _is_for_this_process(self) -> bool:
        """Whether no other process can do it.

        The caller's own templates write what nobody keeps, and some of the caller's objects no other process has. And
        before exact classes are sent they are made once, for which only this process is sure to have the modules that
        the caller's options name.
        """
        if self._call.additions is not None and self._call.additions.passing:
            return True
        permit = permit_of(self._call.settings, self._call.allow_imports, frozenset, self._call.imports)
        return permit.unguarded or (self._call.exact is not None and bool(permit.imports or permit.modules))

    def _check_options(self) -> None:
        """Let options that the generator does not know be an error of the call, and not of each document."""
        if self._call.settings:
            from dynmodels.render import configure

            configure(self._call.settings)

    def _take(self, task: Task, outcome: Made | DynmodelsError | None, remarks: Iterable[Remark]) -> None:
        """Take what another process has made of a document."""
        if outcome is None or not _repeated(remarks):
            self._build(task)
        elif isinstance(outcome, DynmodelsError):
            self._results.put(task.number, outcome)
        else:
            self._finish(task, outcome)

    def _finish(self, task: Task, made: Made) -> None:
        """Make the classes of what another process has made of a document."""
        key = task.request.key if made.lasts else None
        try:
            with paused_for(self._weight):
                models = api.made_by(
                    lambda: _classes(made, self._call), made.kept.digest, key, self._call, self._cache_size
                )
        except DynmodelsError as error:
            self._results.put(task.number, error)
        else:
            kept = made.kept
            self._store.add(kept if made.ran else kept._replace(about=completed(kept.about, models)))
            self._results.put(task.number, models)

    def _restore(self, task: Task, digest: str) -> None:
        """Make the classes of a document that the store has."""
        models = None
        if self._place is not None:
            with paused_for(self._weight):
                models = api.restored(self._place, digest, task.request, self._call, self._cache_size)
        if models is None:
            self._build(task)
        else:
            self._results.put(task.number, models)

    def _build(self, task: Task) -> None:
        """Make the classes of a document in this process: from the store, or by the generator."""
        try:
            with paused_for(self._weight):
                models = api.loaded(task.source, task.request, self._call, self._cache_size, keeper=self._store.keeper)
        except DynmodelsError as error:
            self._results.put(task.number, error)
        else:
            self._results.put(task.number, models)


def _weight(task: Task) -> int:
    """Say how much work a document is, as the bytes of a large one that would be as much."""
    return _WEIGHT + task.request.size


def _classes(made: Made, call: Call) -> DynamicModels:
    stored = Stored(made.kept.about, made.kept.files)
    entry, identity = entry_of(stored, _validator_functions), call.identity(made.kept.digest)
    # What our own process has made is believed, as what this one makes.
    return rebuilt(stored, entry, identity, Stages(made.seconds), parser_of(stored), None, ran=made.ran)


def _validator_functions() -> frozenset[str]:
    from dynmodels.render import validator_functions

    return validator_functions()


def _repeated(remarks: Iterable[Remark]) -> bool:
    """Say here what was said in another process; tell whether no warning is an error here."""
    import warnings

    for remark in remarks:
        if remark.level is not None:
            log.repeat(remark.level, remark.text)
            continue
        try:
            warnings.warn(remark.text, remark.category, stacklevel=6)
        except Warning:
            return False
    return True


class _Batches:
    """Keeps what is built in the call's store, some documents at a time, and at the end what is left."""

    def __init__(self, call: Call) -> None:
        store = call.store
        self._store = store if store is not None and store.writes else None
        self._kept: list[Kept] = []

    @property
    def keeper(self) -> _Batches | None:
        """Who keeps what this process builds; None where nobody does."""
        return None if self._store is None else self

    def write(
        self, digest: str, about: Mapping[str, Any], files: Mapping[str, bytes], requests: Collection[str], /
    ) -> None:
        """Keep an entry."""
        from dynmodels.storing import Kept

        self.add(Kept(digest, about, files, tuple(requests)))

    def add(self, kept: Kept) -> None:
        """Keep an entry."""
        if self._store is not None:
            self._kept.append(kept)
            if len(self._kept) >= _STORED_AT_ONCE:
                self._flush()

    def _flush(self) -> None:
        if self._store is not None and self._kept:
            from dynmodels.storing import StoreWriter

            kept, self._kept = self._kept, []
            StoreWriter(*self._store).write_all(kept)

    def __enter__(self) -> _Batches:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._flush()  # also what was built before an interruption
