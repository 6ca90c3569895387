"""Building: from a document to its classes by the generator, and into the store."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from dynmodels import isolation, log, policy, render
from dynmodels.adding import added, dotted, stands_for, with_types
from dynmodels.call import Call, Exactness
from dynmodels.collect import DynamicModels, collect, packed
from dynmodels.compiling import compile_source
from dynmodels.debug import write
from dynmodels.digest import installed
from dynmodels.entry import Entry, pack
from dynmodels.errors import OptionsError
from dynmodels.guard import Guards
from dynmodels.limits import DEFAULT_LIMITS, Limits
from dynmodels.module import Identity, Unit, import_ahead, opened, run, show_source
from dynmodels.permit import Permit, permit_of
from dynmodels.recursion import bound
from dynmodels.schema import SCHEMA_KINDS, Document
from dynmodels.stages import Stages
from dynmodels.store import Stored
from dynmodels.unions import tagged

if TYPE_CHECKING:
    from dynmodels.render import GenerateConfig, RenderedClass
    from dynmodels.rendition import Rendition


def configured(document: Document, call: Call) -> GenerateConfig:
    """Give the generator's options for a document.

    Raises:
        OptionsError: An option is unknown, has a value of the wrong kind, asks for something other than classes, or
            for what exact classes cannot be.
    """
    config = render.effective(render.configure(call.settings), document)
    if call.exact is not None and document.kind not in SCHEMA_KINDS:
        raise OptionsError(
            f"a document of the kind {document.kind!r} says nothing that classes could be exact by",
            hint="exact=True is for JSON Schema, OpenAPI and AsyncAPI.",
        )
    refused = [name for name in NOT_EXACT if call.exact is not None and getattr(config, name, None)]
    if refused:
        raise OptionsError(f"with exact=True, the option {refused[0]!r} is not possible: {NOT_EXACT[refused[0]]}")
    return config


#: Options that classes cannot be exact with, and why.
NOT_EXACT: Final = MappingProxyType(
    {
        "allow_remote_refs": "nothing is fetched; give the documents: resources={uri: schema}",
        "no_alias": "fields would have other names than the data",
        "read_only_write_only_model_type": "its classes stand for parts of schemas, which no validator knows",
        "use_root_model_type_alias": "classes would be shared with other documents",
        "use_serialization_alias": "fields would have other names than the data",
        "use_unique_items_as_set": "sets do not give back the lists that they were given",
    }
)


def digest_of(document: Document, call: Call, config: GenerateConfig) -> str | None:
    """Digest a document with its options, as any spelling of the call gives it."""
    return call.digest_of(document, render.settings_of(config))


class Keeper(Protocol):
    """Who keeps what was built, such as a ``StoreWriter``."""

    def write(
        self, digest: str, about: Mapping[str, Any], files: Mapping[str, bytes], requests: Collection[str], /
    ) -> None:
        """Keep what classes are made from."""


def prepared(document: Document, config: GenerateConfig, call: Call, stages: Stages) -> Stored | None:
    """Make the source of plain classes, guarded and compiled, for another process to run; nothing is run here.

    Args:
        document: What to build.
        config: The generator's options, as ``configured`` gives them.
        call: What the caller asks for besides.
        stages: Counts the time.

    Returns:
        What ``restore.rebuilt`` makes classes of, with no word on what is known only when they are there: the root's
        name, and whether anything was limited. None where the source depends on more than the digest.

    Raises:
        DynmodelsError: As ``generate_dynamic_models`` says, but for what comes of running the source.
    """
    work = _Building(document, config, call.identity(""), call, stages)
    written = work.written(work.typed, None)
    if not lasts(document, config, written.entry.permit):
        return None
    filenames = dict.fromkeys(written.sources, "<dynmodels generated>")
    with stages("compile"):
        units = compile_source(written.sources, filenames, work.guards(written.entry.permit))
    log.debug("prepared a %s for another process, ms: %s", document.kind, stages)
    try:
        return pack(written.entry, units, document.copies(), {})
    except ValueError as error:
        log.debug("not for another process: %s", error)
        return None


def build(
    document: Document,
    config: GenerateConfig,
    digest: str,
    call: Call,
    keeper: Keeper | None,
    names: Collection[str],
    stages: Stages,
    identity: Identity | None = None,
) -> DynamicModels:
    """Make the classes of a document, and store them.

    Args:
        document: What to build.
        config: The generator's options, as ``configured`` gives them.
        digest: The digest of both.
        call: What the caller asks for besides.
        keeper: Who keeps them; None for nobody.
        names: By which calls they are to be found there.
        stages: Counts the time.
        identity: What the classes are known by; None for what the call says.

    Raises:
        DynmodelsError: As ``generate_dynamic_models`` says.
    """
    work = _Building(document, config, identity or call.identity(digest), call, stages)
    built = work.plain() if call.exact is None else work.exact(call.exact)
    if keeper is not None and lasts(document, config, built.permit):
        with stages("store"):
            _keep(keeper, digest, built, names)
    log.debug("built %d classes from %s %s, ms: %s", len(built.models), document.kind, digest, stages)
    return built.models


class _Built(NamedTuple):
    """What was made of a document, and of what it was made."""

    models: DynamicModels
    units: tuple[Unit, ...]
    permit: Permit


class _Written(NamedTuple):
    """Source, and what must be known to make classes of it.

    Attributes:
        sources: The source, by the paths of its files.
        files: Where it stands; None where it is in no files.
        entry: What else must be known.
    """

    sources: Mapping[tuple[str, ...], str]
    files: Mapping[tuple[str, ...], Path] | None
    entry: Entry


class _Building:
    """The making of one document's classes."""

    def __init__(
        self, document: Document, config: GenerateConfig, identity: Identity, call: Call, stages: Stages
    ) -> None:
        self._document = document
        self._config = config
        self._identity = identity
        self._call = call
        self._stages = stages
        self._types = {} if call.additions is None else stands_for(document, call.additions)

    def plain(self) -> _Built:
        """Make the classes that the generator's source says."""
        return self._built(self.typed, None)

    def exact(self, exactness: Exactness) -> _Built:
        """Make classes that accept exactly what the schema accepts."""
        from dynmodels.rendition import relaxing, rendition_of

        with self._stages("policy"):  # before anything is made of it; what it refers to is looked at when that is there
            policy.screen(
                self._document, self._call.allow_imports, self._call.limits or DEFAULT_LIMITS, allow_remote=True
            )
        with self._stages("gate"):
            rendition = rendition_of(self.typed, exactness)
        built: _Built = relaxing(rendition, lambda rendition: self._built(rendition.document, rendition))
        return built

    @property
    def typed(self) -> Document:
        """The document, with the caller's own types in the place of schemas."""
        return with_types(self._document, self._types)

    def written(self, document: Document, rendition: Rendition | None) -> _Written:
        """Render a document: the one that was given, or that which is rendered in its place."""
        stages, call, config = self._stages, self._call, self._config
        limits = call.limits or DEFAULT_LIMITS
        with stages("policy"):
            hint = {} if rendition is None else {"remote_hint": _INSTEAD_OF_REMOTE}
            types = map(dotted, self._types.values())
            policy.screen(
                document,
                call.allow_imports,
                limits,
                allow_remote=bool(config.allow_remote_refs),
                types=tuple(types),
                **hint,
            )
        with stages("render"):
            if call.isolate:
                rendered = isolation.children.render(document, config, limits)
            else:
                rendered = render.render(document, config)
            if rendition is not None:
                rendered = replace(rendered, classes=_placed(rendered.classes, rendition))
            if call.additions is not None:
                rendered = added(rendered, call.additions, self._types)
            rendered = replace(rendered, modules=tagged(rendered.modules))
            permit = permit_of(dict(config), call.allow_imports, render.validator_functions, call.imports)
        sources, files = rendered.modules, None
        if call.folder is not None:
            with stages("format"):
                sources, files = write(sources, Path(call.folder), render.header(self._identity.digest, config))
        root_reference = document.root_reference if rendition is None else rendition.root_reference
        entry = Entry(
            rendered.classes,
            None,
            root_reference,
            document.has_root,
            config.allow_leading_underscore_class_name,
            limited=False,
            permit=permit,
            versions=installed(),
            exact=None if rendition is None else rendition.told._asdict(),
        )
        return _Written(sources, files, entry)

    def _built(self, document: Document, rendition: Rendition | None) -> _Built:
        """Make classes of a document: the one that was given, or that which is rendered in its place."""
        stages = self._stages
        sources, files, entry = self.written(document, rendition)
        permit = entry.permit
        import_ahead(permit, sources.values())
        with opened(tuple(sources), self._identity) as package:
            if self._call.additions is not None:
                package.contents.given = self._call.additions.given
            with stages("compile"):
                units = compile_source(sources, package.filenames(files), self.guards(permit))
            with stages("exec"):
                if not package.contents.whole:
                    show_source(units, package)
                    run(units, package, permit.builtins, permit.allows_import)
            with stages("collect"):
                models = collect(
                    package,
                    units,
                    entry,
                    schema=self._document.copies,
                    others=dict if rendition is None else rendition.truth.others,
                    limit=bound,
                    timings=stages.seconds,
                    install=None if rendition is None else rendition.install,
                )
        return _Built(models, units, permit)

    def guards(self, permit: Permit) -> _TimedGuards:
        """Give what checks the source."""
        return _TimedGuards(permit, self._call.limits or DEFAULT_LIMITS, self._stages)


#: What is left to those whose OpenAPI document refers to another machine: the generator may not fetch what the gates
#: would not know.
_INSTEAD_OF_REMOTE: Final = "In exact classes of an OpenAPI document, put the schema into components.schemas."


def _placed(classes: Iterable[RenderedClass], rendition: Rendition) -> tuple[RenderedClass, ...]:
    return tuple(each._replace(pointer=rendition.origin_of(each.pointer)) for each in classes)


def lasts(document: Document, config: GenerateConfig, permit: Permit) -> bool:
    """Tell whether the digest tells all that the source depends on, also tomorrow."""
    if permit.unguarded or config.emit_model_metadata is not None:
        return False  # the caller's own templates and formatters wrote it, or a file of the caller's is to be written
    return not config.allow_remote_refs or render.first_remote(document) is None


def _keep(keeper: Keeper, digest: str, built: _Built, names: Collection[str]) -> None:
    try:
        stored = packed(built.models, built.units)
    except (ValueError, MemoryError) as error:
        log.info("not stored: %s", error)
        return
    keeper.write(digest, stored.about, stored.files, names)


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
