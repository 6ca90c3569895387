"""Restoring: from an entry of the store to classes, without the generator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from dynmodels import log
from dynmodels.call import Call
from dynmodels.collect import DynamicModels, collect
from dynmodels.digest import installed
from dynmodels.entry import OTHERS, SCHEMA, entry_of, sources_of, units_of
from dynmodels.garbage import paused_for
from dynmodels.module import create_package, filling, run, show_source
from dynmodels.permit import Permit, permit_of
from dynmodels.stages import Stages
from dynmodels.store import Store, Stored

if TYPE_CHECKING:
    from dynmodels.guard import Guards


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
            models = _restored(store, digest, stored, call, stages, schema or _parser(stored))
    except Exception as error:  # noqa: BLE001 (whatever is wrong with an entry, a build puts it right)
        log.warning("what is stored of %s cannot be used: %s", digest, error)
        if discards and not isinstance(error, RecursionError | MemoryError):
            from dynmodels.storing import StoreWriter

            StoreWriter(*store).discard(digest)
        return None
    log.debug("restored %d classes of %s, ms: %s", len(models), digest, stages)
    return models


def _parser(stored: Stored) -> Callable[[], Any]:
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
        sources = sources_of(stored)
        files = {path: store.path_of(digest, "/".join(path)) for path in sources}
        package = create_package(tuple(sources), digest, call.module_name, files)
        # Where others may write, an entry's own word counts for nothing, and bytecode cannot be checked.
        permit = permit_of(call.settings, call.allow_imports, _validator_functions) if store.verify else entry.permit
    with filling(package):
        with stages("store"):
            units = None if store.verify else units_of(stored, package.filenames)
        if units is None:
            with stages("compile"):
                from dynmodels.compiling import compile_source

                units = compile_source(sources, package, _guards(permit, call) if store.verify else None)
        show_source(units, package)
        with stages("exec"):
            run(units, package, permit.builtins, permit.allows_import)
        with stages("collect"):
            exact = None if entry.exact is None else _exact(entry.exact, stored, schema)
            return collect(
                package,
                units,
                entry.classes,
                digest=digest,
                schema=schema,
                root_reference=entry.root_reference,
                has_root=entry.has_root,
                include_private=entry.include_private,
                limit=_limited if entry.limited or store.verify else _as_they_are,
                timings=stages.seconds,
                exact=exact,
                relaxed=() if entry.exact is None else tuple(map(tuple, entry.exact["relaxed"])),
            )


def _exact(
    told: Mapping[str, Any], stored: Stored, schema: Callable[[], Any]
) -> Callable[[list[type], Mapping[str, Any], Any], Any]:
    from dynmodels.dialect import Dialect
    from dynmodels.exact import install
    from dynmodels.gate import Gates, Truth

    others = partial(_parsed, stored.files[OTHERS])
    gates = Gates(Truth(Dialect(*told["dialect"]), bool(told["formats"]), schema, others))
    return partial(install, gates=gates, refers_only=bool(told["refers_only"]))


# What follows is imported late, as a store of one's own needs none of it for most schemas.


def _limited(classes: list[type]) -> None:
    from dynmodels.recursion import bound

    bound(classes)


def _as_they_are(_classes: list[type]) -> None:
    """Leave classes alone in which there was nothing to limit when they were built."""


def _guards(permit: Permit, call: Call) -> Guards:
    from dynmodels.guard import Guards
    from dynmodels.limits import DEFAULT_LIMITS

    return Guards(permit, (call.limits or DEFAULT_LIMITS).source)


def _validator_functions() -> frozenset[str]:
    from dynmodels.render import validator_functions

    return validator_functions()
