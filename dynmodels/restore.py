"""Restoring: from an entry of the store to classes, without the generator."""

from __future__ import annotations

import ast
import logging
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from dynmodels.call import Call
from dynmodels.collect import DynamicModels, collect
from dynmodels.entry import SCHEMA, content_of, entry_of, sources_of, units_of
from dynmodels.limits import Limits
from dynmodels.module import compile_source, create_package, run, show_source
from dynmodels.permit import Permit, permit_of
from dynmodels.stages import Stages
from dynmodels.store import Store, Stored

_log: Final = logging.getLogger("dynmodels")


def restore(
    store: Store, digest: str, call: Call, stages: Stages, schema: Callable[[], Any] | None = None
) -> DynamicModels | None:
    """Give the classes of an entry; None where there is none, or none that can be used.

    Args:
        store: Where to look.
        digest: The name of the entry.
        call: What the caller asks for.
        stages: Counts the time.
        schema: Gives the document; None where only the entry knows it.
    """
    with stages("store"):
        stored = store.read(digest, () if schema is None else (SCHEMA,))
    if stored is None:
        return None
    try:
        models = _restored(store, digest, stored, call, stages, schema or partial(content_of, stored))
    except Exception as error:  # noqa: BLE001 (whatever is wrong with an entry, a build puts it right)
        _log.warning("what is stored of %s cannot be used: %s", digest, error)
        store.discard(digest)
        return None
    _log.debug("restored %d classes of %s, ms: %s", len(models), digest, stages)
    return models


def _restored(
    store: Store, digest: str, stored: Stored, call: Call, stages: Stages, schema: Callable[[], Any]
) -> DynamicModels:
    with stages("store"):
        entry = entry_of(stored, _validator_functions)
        sources = sources_of(stored)
        files = {path: store.path_of(digest, "/".join(path)) for path in sources}
        package = create_package(tuple(sources), digest, call.module_name, files)
        # Where others may write, an entry's own word counts for nothing, and bytecode cannot be checked.
        permit = permit_of(call.settings, call.allow_imports, _validator_functions) if store.verify else entry.permit
        units = None if store.verify else units_of(stored, package.filenames)
    if units is None:
        with stages("compile"):
            guard = _guarded(permit, call.limits) if store.verify else _believed
            units = compile_source(sources, package, guard)
    show_source(units)
    with stages("exec"):
        run(units, package, permit.builtins, permit.allows_import)
    with stages("collect"):
        return collect(
            package,
            units,
            entry.classes,
            digest=digest,
            schema=schema,
            root_reference=entry.root_reference,
            has_root=entry.has_root,
            include_private=entry.include_private,
            timings=stages.seconds,
        )


def _guarded(permit: Permit, limits: Limits) -> Callable[[str], Callable[[ast.Module], None]]:
    from dynmodels.guard import Guard  # imported late: a store of one's own needs no guard

    return lambda source: Guard(source, permit, limits.source).check


def _believed(_source: str) -> Callable[[ast.Module], None]:
    return lambda _tree: None


def _validator_functions() -> frozenset[str]:
    from dynmodels.render import validator_functions  # imported late: few options need them

    return validator_functions()
