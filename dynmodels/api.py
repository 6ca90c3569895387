"""The way from a document to its classes, top to bottom."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import VERSION as PYDANTIC_VERSION

from dynmodels import arguments, schema
from dynmodels.cache import CacheInfo, ModelsCache, survive_forks
from dynmodels.collect import DynamicModels, collect
from dynmodels.debug import folder_of, write
from dynmodels.digest import Request, digest_of, request_of, unshared
from dynmodels.garbage import paused_for, release
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
        debug: True or a folder writes the generated source out, formatted, and the classes run from that file;
            None asks the environment variable ``DYNMODELS_DEBUG``.
        **options: The same options as in ``config``, as keywords; not both at once.

    Returns:
        The classes by name, a read-only dict; calls that mean the same get the very same object while it is cached.

    Raises:
        OptionsError: The arguments contradict each other, are unknown, or have values of the wrong kind.
        SchemaError: The document is no schema that can be read.
        UnsafeSchemaError: The document refers to files that may not be read.
        GenerationError: The generator cannot render the document.
        ModelBuildError: The rendered source does not compile, or pydantic cannot build a class.
        UnknownModelError: ``target_model_names`` names no class.
    """
    targets = arguments.targets(target_model_names)
    settings = arguments.settings(config, options)
    cache_size = arguments.cache_size(cache_size)
    mode = arguments.module_name(module_name), folder_of(arguments.debug(debug))
    source = schema.read(input_)
    request = request_of(source.content, settings, *mode)
    models = _cache.find(request.key, cache_size)
    if models is None:
        with paused_for(request.size):
            models = _load(source, request, settings, mode, cache_size)
    return models.only(targets)


def clear_dynamic_models_cache() -> int:
    """Drop the classes of every document from memory, and give the number of documents. Classes in use live on."""
    return _cache.clear()


def dynamic_models_cache_info() -> CacheInfo:
    """Count the cache's hits and misses since the process started, and the documents in it now."""
    return _cache.info()


def _load(
    source: schema.Source,
    request: Request,
    settings: Mapping[str, Any],
    mode: tuple[str | None, str | None],
    cache_size: int,
) -> DynamicModels:
    stages = Stages()
    with stages("import"):
        from dynmodels import render  # a hit never loads the generator
    given = render.configure(settings)
    with stages("load"):
        document = schema.load(source, given.input_file_type.value, settings.get("encoding"))
    with stages("digest"):
        config = render.effective(given, document)
        versions = render.GENERATOR_VERSION, PYDANTIC_VERSION
        digest = digest_of(document.packed, document.name, document.files, render.settings_of(config), *versions)

    def build() -> DynamicModels:
        return _build(document, config, digest or unshared(), *mode, stages)

    if digest is None:
        _log.debug("not cached: the document or an option has no stable content")
        cache_size = 0
    lasting = _lasting(request, source, document, settings, mode)
    try:
        return _cache.get_or_build((digest, *mode), lasting, cache_size, build)
    finally:
        release(document.content)


def _lasting(
    request: Request,
    source: schema.Source,
    document: schema.Document,
    settings: Mapping[str, Any],
    mode: tuple[Any, ...],
) -> bytes | None:
    """Give the request's key where it is sure to stand for what was loaded, also the next time."""
    if document.files:
        return None  # they may change while the document does not
    if isinstance(source.content, str | bytes | bool):
        return request.key
    # Another thread may have changed the mapping between the key and the copy.
    return request.key if request_of(document.content, settings, *mode).key == request.key else None


def _build(
    document: schema.Document,
    config: GenerateConfig,
    digest: str,
    module_name: str | None,
    folder: str | None,
    stages: Stages,
) -> DynamicModels:
    from dynmodels import render

    with stages("render"):
        rendered = render.render(document, config)
    sources, files = rendered.modules, None
    if folder is not None:
        with stages("format"):
            sources, files = write(sources, Path(folder), render.header(digest, config))
    with stages("compile"):
        package = create_package(tuple(sources), digest, module_name, files)
        units = compile_source(sources, package)
    with stages("exec"):
        run(units, package)
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
