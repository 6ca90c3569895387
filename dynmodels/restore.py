"""Restoring: from an entry of the store to classes, without the generator."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dynmodels import log
from dynmodels.call import Call
from dynmodels.collect import DynamicModels, Install, collect, packed, places_of
from dynmodels.digest import installed
from dynmodels.entry import (
    OTHERS,
    SCHEMA,
    Entry,
    entry_of,
    paths_of,
    sources_of,
    statements_of,
    texts_of,
    units_of,
)
from dynmodels.errors import OptionsError, StoreError, UnknownModelError
from dynmodels.garbage import paused_for
from dynmodels.module import Identity, Package, import_ahead, opened, run, show_source
from dynmodels.permit import permit_of
from dynmodels.stages import Stages
from dynmodels.statements import Index
from dynmodels.store import Store, Stored
from dynmodels.targets import Directory, resolve

if TYPE_CHECKING:
    from dynmodels.gate import Gates
    from dynmodels.guard import Guards
    from dynmodels.limits import Limits


def restore(
    store: Store,
    digest: str,
    call: Call,
    stages: Stages,
    schema: Callable[[], Any] | None = None,
    *,
    targets: Sequence[str] | None = None,
    identity: Identity | None = None,
    whole: Callable[[], DynamicModels] | None = None,
    discards: bool = True,
) -> DynamicModels | None:
    """Give the classes of an entry; None where there is none, or none that can be used.

    Args:
        store: Where to look.
        digest: The name of the entry.
        call: What the caller asks for.
        stages: Counts the time.
        schema: Gives the document; None where the entry is to give it.
        targets: What the caller asks for of the classes: only these are made, where that can be. None for all.
        identity: What the classes are known by; None for what the call says.
        whole: Gives all classes of the document; None where the entry has them.
        discards: Whether an entry that cannot be used is dropped.

    Raises:
        UnknownModelError: There is no such class.
        OptionsError: Two of those that are asked for have one name.
    """
    identity = identity or call.identity(digest)
    if targets is not None and schema is None and call.exact is None:
        schema = partial(_read_later, store, digest)
    with stages("store"):
        stored = store.read(digest, () if schema is None else (SCHEMA,))
    if stored is None:
        return None
    try:
        with paused_for(sum(map(len, stored.files.values()))):
            models = _restored(
                store, digest, stored, call, stages, schema or parser_of(stored), targets, identity, whole
            )
    except (UnknownModelError, OptionsError):
        raise  # the entry is as it should be
    except Exception as error:  # noqa: BLE001 (whatever is wrong with an entry, a build puts it right)
        log.warning("what is stored of %s cannot be used: %s", digest, error)
        if discards and not isinstance(error, RecursionError | MemoryError):
            from dynmodels.storing import StoreWriter

            StoreWriter(*store).discard(digest)
        return None
    log.debug("restored %d classes of %s, ms: %s", len(models), digest, stages)
    return models


def parser_of(stored: Stored) -> Callable[[], Any]:
    """Give a function that parses the document, and holds on to nothing else of the entry."""
    return partial(_parsed, stored.files[SCHEMA])


def _parsed(text: bytes) -> Any:
    import json

    return json.loads(text)


def _read_later(store: Store, digest: str) -> Any:
    """Parse the document when it is asked for.

    Raises:
        StoreError: The entry has gone meanwhile.
    """
    stored = store.read(digest)
    if stored is None:
        raise StoreError(
            f"the document of {digest} is in the store {str(store.folder)!r} no more",
            hint="Calling generate_dynamic_models without target_model_names builds all of it anew.",
        )
    return _parsed(stored.files[SCHEMA])


def _restored(
    store: Store,
    digest: str,
    stored: Stored,
    call: Call,
    stages: Stages,
    schema: Callable[[], Any],
    targets: Sequence[str] | None,
    identity: Identity,
    whole: Callable[[], DynamicModels] | None,
) -> DynamicModels:
    with stages("store"):
        entry = entry_of(stored, _validator_functions)
        if entry.versions != installed():
            raise ValueError(f"it is of other versions: {dict(entry.versions)}")
        if call.exact is not None and (entry.exact is None or entry.exact["formats"] != call.exact.formats):
            raise ValueError("its classes are not as exact as asked for")
        if store.verify:
            # Where others may write, an entry's own word counts for nothing, and bytecode cannot be checked.
            entry = entry._replace(
                permit=permit_of(call.settings, call.allow_imports, _validator_functions, call.imports)
            )
        files = {path: store.path_of(digest, "/".join(path)) for path in paths_of(stored)}
        limits = call.limits or _default_limits() if store.verify else None
    if targets is not None and entry.exports:  # else nobody has seen yet which classes there are
        rest = partial(_completed, store, digest, call, identity)
        all_of_it, others = (rest, rest) if whole is None else (whole, None)
        return _part(stored, entry, identity, stages, schema, limits, files, targets, all_of_it, others)
    return rebuilt(stored, entry, identity, stages, schema, limits, files)


def _completed(store: Store, digest: str, call: Call, identity: Identity) -> DynamicModels:
    """Make the classes that were not asked for.

    Raises:
        StoreError: The entry has gone meanwhile.
    """
    models = restore(store, digest, call, Stages(), identity=identity, discards=False)
    if models is None:
        raise StoreError(
            f"the other classes of {digest} are in the store {str(store.folder)!r} no more",
            hint="Calling generate_dynamic_models without target_model_names makes them anew.",
        )
    return models


def _part(
    stored: Stored,
    entry: Entry,
    identity: Identity,
    stages: Stages,
    schema: Callable[[], Any],
    limits: Limits | None,
    files: Mapping[tuple[str, ...], Path],
    targets: Sequence[str],
    whole: Callable[[], DynamicModels],
    rest: Callable[[], DynamicModels] | None,
) -> DynamicModels:
    """Make the classes that are asked for, and those that they need."""
    from dynmodels import filling
    from dynmodels.choice import given

    with stages("store"):
        directory = Directory(entry.exports, places_of(entry.classes), schema)
        unknown = [target for target in targets if target not in entry.answers]
        answers = {**entry.answers, **resolve(unknown, directory)}
        answers = {target: answers[target] for target in targets}
        statements = statements_of(stored)
        index = Index(statements)
        names = {name for found in answers.values() for name in found}
        places = {place for name in names for place in index.closure(*name)}
        numbers = {path: sorted(number for file, number in places if file == path) for path in files}
        numbers = {path: chosen for path, chosen in numbers.items() if chosen}
        sources = {path: "".join(texts) for path, texts in texts_of(stored, numbers).items()}
    import_ahead(entry.permit, sources.values())
    with opened(tuple(files), identity) as package:
        contents = package.contents
        if not contents.whole:
            arrival = None
            if limits is None:
                with stages("store"):
                    arrival = filling.from_store(package, stored, statements, numbers, package.filenames(files))
            if arrival is None:
                with stages("compile"):
                    arrival = filling.from_source(package, sources, None if limits is None else _guards(entry, limits))
            with stages("exec"):
                limit = _limited if entry.limited or limits is not None else _as_they_are
                gated = None if entry.exact is None else partial(_put_gates, package, entry.exact, stored, schema)
                filling.fill(package, arrival, entry.permit, entry.versions, limit=limit, gated=gated)
            contents.pointers.update(directory.pointers)
            contents.rest, contents.coming = rest, frozenset(entry.exports)
            contents.pack = None if entry.exact is None else lambda: packed(whole())
    return given(
        package,
        answers,
        directory,
        entry,
        schema=schema,
        others=partial(_parsed, stored.files.get(OTHERS, b"{}")),
        timings=stages.seconds,
        whole=whole,
    )


def rebuilt(
    stored: Stored,
    entry: Entry,
    identity: Identity,
    stages: Stages,
    schema: Callable[[], Any],
    limits: Limits | None,
    files: Mapping[tuple[str, ...], Path] | None = None,
    *,
    ran: bool = True,
) -> DynamicModels:
    """Give the classes of what was kept of a build.

    Args:
        stored: What was kept.
        entry: What it is.
        identity: What the classes are known by.
        stages: Counts the time.
        schema: Gives the document.
        limits: Where what was kept is not to be believed, how much it may hold: it passes the guard. Else None.
        files: The files that hold the source.
        ran: Whether it has run before, so that it is known whether there is anything to limit.

    Raises:
        DynmodelsError: The source is refused, or does not run.
        ValueError: It is not what was kept.
    """
    sources = sources_of(stored)
    import_ahead(entry.permit, sources.values())
    with opened(tuple(sources), identity) as package:
        filenames = package.filenames(files)
        with stages("store"):
            units = units_of(stored, filenames) if limits is None else None
        if units is None:
            with stages("compile"):
                from dynmodels.compiling import compile_source

                units = compile_source(sources, filenames, None if limits is None else _guards(entry, limits))
        if not package.contents.whole or (files and identity.folder is None):
            show_source(units, package)
        with stages("exec"):
            if not package.contents.whole:
                run(units, package, entry.permit.builtins, entry.permit.allows_import)
        with stages("collect"):
            return collect(
                package,
                units,
                entry,
                schema=schema,
                others=partial(_parsed, stored.files.get(OTHERS, b"{}")),
                limit=_limited if entry.limited or limits is not None or not ran else _as_they_are,
                timings=stages.seconds,
                install=None if entry.exact is None else _install(entry.exact, stored, schema),
            )


def _put_gates(
    package: Package, told: Mapping[str, Any], stored: Stored, schema: Callable[[], Any], classes: Sequence[type]
) -> None:
    """Put gates before classes of a part. They parse the document when the first of them judges."""
    from dynmodels.exact import plainly, put_up

    places = {package.find(module, name): pointer for module, name, pointer in told["places"]}
    put_up(classes, places, _gates(package, told, stored, schema))
    package.contents.plainly = plainly


def _gates(package: Package, told: Mapping[str, Any], stored: Stored, schema: Callable[[], Any]) -> Gates:
    """Give what judges by the whole document: one for all that is read of it from the store, as it holds much."""
    from dynmodels.dialect import Dialect
    from dynmodels.gate import Gates, Truth

    if package.contents.gates is None:
        others = partial(_parsed, stored.files[OTHERS])
        truth = Truth(Dialect(*told["dialect"]), bool(told["formats"]), schema, others)
        package.contents.gates = Gates(truth, package)
    gates: Gates = package.contents.gates
    return gates


def _install(told: Mapping[str, Any], stored: Stored, schema: Callable[[], Any]) -> Install:
    from dynmodels.exact import install

    def installed_in(classes: list[type], pointers: Mapping[str, Any], root: Any, owner: Package) -> Any:
        gates = _gates(owner, told, stored, schema)
        return install(classes, pointers, root, gates, refers_only=bool(told["refers_only"]))

    return installed_in


# What follows is imported late, as a store of one's own needs none of it for most schemas.


def _limited(classes: list[type], done: Collection[type]) -> bool:
    from dynmodels.recursion import bound

    return bound(classes, done)


def _as_they_are(_classes: list[type], _done: Collection[type]) -> bool:
    """Leave classes alone in which there was nothing to limit when they were built."""
    return False


def _guards(entry: Entry, limits: Limits) -> Guards:
    from dynmodels.guard import Guards

    return Guards(entry.permit, limits.source)


def _default_limits() -> Limits:
    from dynmodels.limits import DEFAULT_LIMITS

    return DEFAULT_LIMITS


def _validator_functions() -> frozenset[str]:
    from dynmodels.render import validator_functions

    return validator_functions()
