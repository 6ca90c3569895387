"""Building: from a document to its classes by the generator, and into the store."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

from dynmodels import isolation, log, policy, render
from dynmodels.call import Call
from dynmodels.collect import DynamicModels, collect
from dynmodels.compiling import compile_source
from dynmodels.debug import write
from dynmodels.digest import installed
from dynmodels.entry import Entry, pack
from dynmodels.guard import Guards
from dynmodels.limits import DEFAULT_LIMITS, Limits
from dynmodels.module import Unit, create_package, filling, run
from dynmodels.permit import Permit, permit_of
from dynmodels.recursion import bound
from dynmodels.schema import Document
from dynmodels.stages import Stages
from dynmodels.store import Store
from dynmodels.storing import StoreWriter

if TYPE_CHECKING:
    from dynmodels.render import GenerateConfig


def configured(document: Document, call: Call) -> GenerateConfig:
    """Give the generator's options for a document.

    Raises:
        OptionsError: An option is unknown, has a value of the wrong kind, or asks for something other than classes.
    """
    return render.effective(render.configure(call.settings), document)


def digest_of(document: Document, call: Call, config: GenerateConfig) -> str | None:
    """Digest a document with its options, as any spelling of the call gives it."""
    return call.digest_of(document, render.settings_of(config))


def build(
    document: Document,
    config: GenerateConfig,
    digest: str,
    call: Call,
    store: Store | None,
    names: Collection[str],
    stages: Stages,
) -> DynamicModels:
    """Make the classes of a document, and store them.

    Args:
        document: What to build.
        config: The generator's options, as ``configured`` gives them.
        digest: The digest of both.
        call: What the caller asks for besides.
        store: Where to keep them; None for nowhere.
        names: By which calls they are to be found there.
        stages: Counts the time.

    Raises:
        DynmodelsError: As ``generate_dynamic_models`` says.
    """
    limits = call.limits or DEFAULT_LIMITS
    with stages("policy"):
        policy.screen(document, call.allow_imports, limits, allow_remote=bool(config.allow_remote_refs))
    with stages("render"):
        if call.isolate:
            rendered = isolation.children.render(document, config, limits)
        else:
            rendered = render.render(document, config)
        permit = permit_of(dict(config), call.allow_imports, render.validator_functions)
    sources, files = rendered.modules, None
    if call.folder is not None:
        with stages("format"):
            sources, files = write(sources, Path(call.folder), render.header(digest, config))
    with stages("compile"):
        package = create_package(tuple(sources), digest, call.module_name, files)
    with filling(package):
        with stages("compile"):
            units = compile_source(sources, package, _TimedGuards(permit, limits, stages))
        with stages("exec"):
            run(units, package, permit.builtins, permit.allows_import)
        limited: list[bool] = []
        with stages("collect"):
            models = collect(
                package,
                units,
                rendered.classes,
                digest=digest,
                schema=document.copies,
                root_reference=document.root_reference,
                has_root=document.has_root,
                include_private=config.allow_leading_underscore_class_name,
                limit=lambda classes: limited.append(bound(classes)),
                timings=stages.seconds,
            )
    if store is not None and store.writes and _lasts(document, config, permit):
        with stages("store"):
            entry = Entry(
                rendered.classes,
                getattr(models.root, "__name__", None),
                document.root_reference,
                document.has_root,
                config.allow_leading_underscore_class_name,
                any(limited),
                permit,
                installed(),
            )
            _store(store, digest, entry, units, document, names)
    log.debug("built %d classes from %s %s, ms: %s", len(models), document.kind, digest, stages)
    return models


def _lasts(document: Document, config: GenerateConfig, permit: Permit) -> bool:
    """Whether the digest tells all that the source depends on, also tomorrow."""
    if permit.unguarded or config.emit_model_metadata is not None:
        return False  # the caller's own templates and formatters wrote it, or a file of the caller's is to be written
    return not config.allow_remote_refs or render.first_remote(document) is None


def _store(
    store: Store, digest: str, entry: Entry, units: tuple[Unit, ...], document: Document, names: Collection[str]
) -> None:
    try:
        stored = pack(entry, units, document.content)
    except (ValueError, MemoryError) as error:
        log.info("not stored: %s", error)
        return
    StoreWriter(*store).write(digest, stored.about, stored.files, names)


class _TimedGuards:
    """Guards whose work is a stage of its own."""

    def __init__(self, permit: Permit, limits: Limits, stages: Stages) -> None:
        self._guards = Guards(permit, limits.source)
        self._stages = stages

    def check(self, path: tuple[str, ...], source: str) -> Callable[[ast.Module], None]:
        with self._stages("guard"):
            check = self._guards.check(path, source)

        def timed(tree: ast.Module) -> None:
            with self._stages("guard"):
                check(tree)

        return timed

    def finish(self) -> None:
        with self._stages("guard"):
            self._guards.finish()
