"""Restoring: from an entry of the store to classes, without the generator."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dynmodels import log
from dynmodels.call import Call
from dynmodels.collect import DynamicModels, Install, collect
from dynmodels.digest import installed
from dynmodels.entry import OTHERS, SCHEMA, Entry, entry_of, sources_of, units_of
from dynmodels.garbage import paused_for
from dynmodels.module import Identity, import_ahead, opened, run, show_source
from dynmodels.permit import permit_of
from dynmodels.stages import Stages
from dynmodels.store import Store, Stored

if TYPE_CHECKING:
    from dynmodels.guard import Guards
    from dynmodels.limits import Limits


def restore(
    store: Store,
    digest: str,
    call: Call,
    stages: Stages,
    schema: Callable[[], Any] | None = None,
    *,
    discards: bool = True,
) -> DynamicModels | None:
    """Give the classes of an entry; None where there is none, or none that can be used.

    Args:
        store: Where to look.
        digest: The name of the entry.
        call: What the caller asks for.
        stages: Counts the time.
        schema: Gives the document; None where the entry is to give it.
        discards: Whether an entry that cannot be used is dropped.
    """
    with stages("store"):
        stored = store.read(digest, () if schema is None else (SCHEMA,))
    if stored is None:
        return None
    try:
        with paused_for(sum(map(len, stored.files.values()))):
            models = _restored(store, digest, stored, call, stages, schema or parser_of(stored))
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


def _restored(
    store: Store, digest: str, stored: Stored, call: Call, stages: Stages, schema: Callable[[], Any]
) -> DynamicModels:
    with stages("store"):
        entry = entry_of(stored, _validator_functions)
        if entry.versions != installed():
            raise ValueError(f"it is of other versions: {dict(entry.versions)}")
        if call.exact is not None and (entry.exact is None or entry.exact["formats"] != call.exact.formats):
            raise ValueError("its classes are not as exact as asked for")
        if store.verify:
            # Where others may write, an entry's own word counts for nothing, and bytecode cannot be checked.
            entry = entry._replace(permit=permit_of(call.settings, call.allow_imports, _validator_functions))
        files = {path: store.path_of(digest, "/".join(path)) for path in sources_of(stored)}
        limits = call.limits or _default_limits() if store.verify else None
    return rebuilt(stored, entry, call.identity(digest), stages, schema, limits, files)


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


def _install(told: Mapping[str, Any], stored: Stored, schema: Callable[[], Any]) -> Install:
    from dynmodels.dialect import Dialect
    from dynmodels.exact import install
    from dynmodels.gate import Gates, Truth

    truth = Truth(Dialect(*told["dialect"]), bool(told["formats"]), schema, partial(_parsed, stored.files[OTHERS]))

    def installed_in(classes: list[type], pointers: Mapping[str, Any], root: Any, owner: Any) -> Any:
        return install(classes, pointers, root, Gates(truth, owner), refers_only=bool(told["refers_only"]))

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
