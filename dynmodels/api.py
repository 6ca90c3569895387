"""The way from a document to its classes, top to bottom."""

from __future__ import annotations

import ast
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import VERSION as PYDANTIC_VERSION

from dynmodels import arguments, policy, schema
from dynmodels.cache import CacheInfo, ModelsCache, survive_forks
from dynmodels.collect import DynamicModels, collect
from dynmodels.debug import folder_of, write
from dynmodels.digest import Request, digest_of, request_of, unshared
from dynmodels.garbage import paused_for, release
from dynmodels.guard import Guard, Permit
from dynmodels.limits import DEFAULT_LIMITS, Limits
from dynmodels.module import compile_source, create_package, run
from dynmodels.stages import Stages

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from dynmodels.render import GenerateConfig, GenerateOptions

_log: Final = logging.getLogger("dynmodels")
_cache: Final[ModelsCache[DynamicModels]] = ModelsCache()
survive_forks(_cache)


def generate_dynamic_models(
    input_: Mapping[str, Any] | bool | Path | str | bytes,
    *,
    config: GenerateConfig | None = None,
    cache_size: int = 128,
    module_name: str | None = None,
    target_model_names: Sequence[str] | None = None,
    allow_imports: Collection[str] = (),
    ref_base: Path | None = None,
    limits: Limits | None = None,
    isolate: bool = False,
    debug: bool | Path | None = None,
    **options: Unpack[GenerateOptions],
) -> DynamicModels:
    """Turn a JSON Schema, OpenAPI or AsyncAPI document into pydantic v2 classes.

    Args:
        input_: A mapping or boolean is the schema itself; a ``pathlib.Path`` is read, JSON or YAML; text and bytes
            are JSON or YAML text. The kind is detected, unless ``input_file_type`` names it.
        config: Options of datamodel-code-generator's ``generate()``.
        cache_size: How many documents' classes to keep in memory. A smaller number shrinks the cache, the least
            recently used first; 0 builds anew and keeps nothing.
        module_name: The ``__module__`` of the classes. No module that exists is replaced.
        target_model_names: The classes to give back; all where it is None.
        allow_imports: Modules that the schema itself may name (``customTypePath``, ``x-python-import``, ...), and
            those below them. None by default: a schema imports nothing.
        ref_base: The folder below which ``$ref``s may name files. By default that of a document given as a path; else
            there is none, and such a ``$ref`` is refused.
        limits: How much the document may hold, and how much its rendering may take.
        isolate: Render in another process, which can be stopped at ``limits.seconds`` and ``limits.memory``, and
            leaves this one's other threads the interpreter.
        debug: True or a folder writes the generated source out, formatted, and the classes run from that file;
            None asks the environment variable ``DYNMODELS_DEBUG``.
        **options: The same options as in ``config``, as keywords; not both at once.

    Returns:
        The classes by name, a read-only dict; calls that mean the same get the very same object while it is cached.

    Raises:
        OptionsError: The arguments contradict each other, are unknown, or have values of the wrong kind.
        SchemaError: The document is no schema that can be read.
        UnsafeSchemaError: The document asks for what a schema may not have: files, other machines, Python code, or more
            than the limits.
        GenerationError: The generator cannot render the document.
        ModelBuildError: The rendered source does not compile, or pydantic cannot build a class.
        UnknownModelError: ``target_model_names`` names no class.
    """
    targets = arguments.targets(target_model_names)
    settings = arguments.settings(config, options)
    cache_size = arguments.cache_size(cache_size)
    call = _Call(
        settings,
        arguments.module_name(module_name),
        folder_of(arguments.debug(debug)),
        arguments.allow_imports(allow_imports),
        arguments.ref_base(ref_base),
        arguments.limits(limits),
        bool(isolate),
    )
    source = schema.read(input_)
    request = call.request(source.content)
    models = _cache.find(request.key, cache_size)
    if models is None:
        with paused_for(request.size):
            models = _load(source, request, call, cache_size)
    return models.only(targets)


def clear_dynamic_models_cache() -> int:
    """Drop the classes of every document from memory, and give the number of documents. Classes in use live on."""
    return _cache.clear()


def dynamic_models_cache_info() -> CacheInfo:
    """Count the cache's hits and misses since the process started, and the documents in it now."""
    return _cache.info()


@dataclass(frozen=True)
class _Call:
    """What one call asks for beside the document: the generator's options, and our own."""

    settings: Mapping[str, Any]
    module_name: str | None
    folder: str | None
    allow_imports: tuple[str, ...]
    ref_base: Path | None
    limits: Limits
    isolate: bool

    @property
    def mode(self) -> tuple[str | None, str | None]:
        """What one digest may be built in several ways by."""
        return self.module_name, self.folder

    @property
    def trust(self) -> tuple[Any, ...] | None:
        """What the document may ask for, where that is not the default."""
        if self.allow_imports or self.limits != DEFAULT_LIMITS:
            return self.allow_imports, astuple(self.limits)
        return None

    def request(self, content: object) -> Request:
        """Name the call by its arguments."""
        base = None if self.ref_base is None else str(self.ref_base)
        return request_of(content, self.settings, *self.mode, self.trust, base)


def _load(source: schema.Source, request: Request, call: _Call, cache_size: int) -> DynamicModels:
    stages = Stages()
    with stages("import"):
        from dynmodels import render  # a hit never loads the generator
    given = render.configure(call.settings)
    with stages("load"):
        document = schema.load(source, given.input_file_type.value, call.settings.get("encoding"), call.ref_base)
    with stages("digest"):
        config = render.effective(given, document)
        versions = render.GENERATOR_VERSION, PYDANTIC_VERSION
        options = render.settings_of(config)
        named = document.name, document.files, options, call.trust, *versions
        digest = digest_of(document.packed, *named) if document.complete else None

    def build() -> DynamicModels:
        return _build(document, config, digest or unshared(), call, stages)

    if digest is None:
        _log.debug("not cached: the document or an option has no stable content")
        cache_size = 0
    lasting = _lasting(request, source, document, call)
    try:
        return _cache.get_or_build((digest, *call.mode), lasting, cache_size, build)
    finally:
        release(document.content)


def _lasting(request: Request, source: schema.Source, document: schema.Document, call: _Call) -> bytes | None:
    """Give the request's key where it is sure to stand for what was loaded, also the next time."""
    if document.files:
        return None  # they may change while the document does not
    if isinstance(source.content, str | bytes | bool):
        return request.key
    # Another thread may have changed the mapping between the key and the copy.
    return request.key if call.request(document.content).key == request.key else None


def _build(
    document: schema.Document, config: GenerateConfig, digest: str, call: _Call, stages: Stages
) -> DynamicModels:
    from dynmodels import isolation, render

    with stages("policy"):
        policy.screen(document, call.allow_imports, call.limits, allow_remote=bool(config.allow_remote_refs))
    with stages("render"):
        if call.isolate:
            rendered = isolation.children.render(document, config, call.limits)
        else:
            rendered = render.render(document, config)
        permit = render.permit(config, call.allow_imports)
    sources, files = rendered.modules, None
    if call.folder is not None:
        with stages("format"):
            sources, files = write(sources, Path(call.folder), render.header(digest, config))
    with stages("compile"):
        package = create_package(tuple(sources), digest, call.module_name, files)
        units = compile_source(sources, package, _guarded(permit, call.limits, stages))
    with stages("exec"):
        run(units, package, permit.builtins, permit.allows_import)
    with stages("collect"):
        models = collect(
            package,
            units,
            rendered.classes,
            digest=digest,
            packed=document.packed,
            root_reference=document.root_reference,
            has_root=document.has_root,
            include_private=config.allow_leading_underscore_class_name,
            timings=stages.seconds,
        )
    _log.debug("built %d classes from %s %s, ms: %s", len(models), document.kind, digest, stages)
    return models


def _guarded(permit: Permit, limits: Limits, stages: Stages) -> Callable[[str], Callable[[ast.Module], None]]:
    """Let a guard look at each file's source, in a stage of its own."""

    def guard_of(source: str) -> Callable[[ast.Module], None]:
        with stages("guard"):
            guard = Guard(source, permit, limits.source)

        def check(tree: ast.Module) -> None:
            with stages("guard"):
                guard.check(tree)

        return check

    return guard_of
