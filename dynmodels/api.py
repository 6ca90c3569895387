"""The way from a document to its classes, top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn

from dynmodels import arguments, log
from dynmodels.cache import CacheInfo, ModelsCache
from dynmodels.call import Call
from dynmodels.collect import DynamicModels
from dynmodels.debug import folder_of
from dynmodels.digest import Request
from dynmodels.errors import StoreError
from dynmodels.forks import survive_forks
from dynmodels.garbage import paused_for
from dynmodels.restore import restore
from dynmodels.source import Source, read
from dynmodels.stages import Stages
from dynmodels.store import Store
from dynmodels.work import OtherDigestError, Work

if TYPE_CHECKING:
    from pydantic import ConfigDict
    from typing_extensions import Unpack

    from dynmodels.additions import Additions
    from dynmodels.build import Keeper
    from dynmodels.limits import Limits
    from dynmodels.options import GenerateOptions
    from dynmodels.render import GenerateConfig

_cache: Final[ModelsCache[DynamicModels]] = ModelsCache()
survive_forks(
    _cache, before="before_fork", after_in_parent="after_fork_in_parent", after_in_child="after_fork_in_child"
)


def generate_dynamic_models(
    input_: Mapping[str, Any] | bool | Path | str | bytes,
    *,
    config: GenerateConfig | None = None,
    cache_size: int = 128,
    module_name: str | None = None,
    target_model_names: Sequence[str] | None = None,
    exact: bool = False,
    formats: Literal["assert", "annotate"] | None = None,
    resources: Mapping[str, Any] | None = None,
    allow_imports: Collection[str] = (),
    ref_base: Path | None = None,
    limits: Limits | None = None,
    isolate: bool = False,
    store: Path | bool | None = None,
    debug: bool | Path | None = None,
    base_class: type[Any] | Sequence[type[Any]] | str | None = None,
    config_dict: ConfigDict | None = None,
    validators: Mapping[str, Any] | None = None,
    types: Mapping[str, Any] | None = None,
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
        target_model_names: The classes to give back; all where it is None. Each is meant by its name, by the JSON
            Pointer of its schema (``"#/components/schemas/Pet"``), or with others by the id of an OpenAPI operation
            whose body and responses they are. From the store, these and what they need are made and no others.
        exact: Whether the classes accept exactly what the schema accepts, and write what they were given. Needs the
            extra ``exact``.
        formats: Whether ``format`` is checked ("assert", the default) or annotates only, in exact classes.
        resources: Schemas by their URIs, which ``$ref``s may name, for exact classes.
        allow_imports: Modules that the schema itself may name (``customTypePath``, ``x-python-import``, ...), and
            those below them. None by default: a schema imports nothing.
        ref_base: The folder below which ``$ref``s may name files. By default that of a document given as a path; else
            there is none, and such a ``$ref`` is refused.
        limits: How much the document may hold, and how much its rendering may take.
        isolate: Render in another process, which can be stopped at ``limits.seconds`` and ``limits.memory``, and
            leaves this one's other threads the interpreter.
        store: The folder where generated modules are kept for other processes; None is the default one, which the
            environment variable ``DYNMODELS_CACHE_DIR`` names, else it is in the user's cache folder; False is none.
        debug: True or a folder writes the generated source out, formatted, and the classes run from that file;
            None asks the environment variable ``DYNMODELS_DEBUG``. The store is left alone then.
        base_class: What the classes inherit from in the place of ``pydantic.BaseModel``, root models and enums aside: a
            class, several, or the dotted name of one.
        config_dict: Settings that are laid over the configuration of each class, also over what the schema says.
        validators: By class (a name, or a JSON Pointer) and field (its own name, or the property's): functions, or
            pydantic's ``BeforeValidator``, ``AfterValidator``, ``WrapValidator`` and ``PlainValidator``; "*" is every
            field. A list in the place of fields has validators of the whole model, as ``pydantic.model_validator``
            gives them. What the generator's option of this name takes is its own.
        types: Types by JSON Pointer (``"#/$defs/Money"``), which stand for the schemas there.
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
        UnknownModelError: ``target_model_names`` names what is no class.
    """
    targets = arguments.targets(target_model_names)
    cache_size = arguments.cache_size(cache_size)
    named = arguments.by_name(base_class, validators)
    call = call_of(
        arguments.settings(config, {**options, **named}),
        module_name=module_name,
        debug=debug,
        allow_imports=allow_imports,
        ref_base=ref_base,
        limits=limits,
        isolate=isolate,
        store=store,
        exact=exact,
        formats=formats,
        resources=resources,
        anew=cache_size <= 0,
        additions=arguments.additions(
            named, exact=exact, base_class=base_class, config_dict=config_dict, validators=validators, types=types
        ),
    )
    source = read(input_)
    request = call.request(source.content)
    models = found(request, cache_size, targets)
    if models is None:
        with paused_for(request.size):
            models = loaded(source, request, call, cache_size, targets)
    return models.only(targets)


def call_of(
    settings: Mapping[str, Any],
    *,
    module_name: str | None,
    debug: bool | Path | None,
    allow_imports: Collection[str],
    ref_base: Path | None,
    limits: Limits | None,
    isolate: bool,
    store: Path | bool | None,
    exact: bool,
    formats: Literal["assert", "annotate"] | None,
    resources: Mapping[str, Any] | None,
    anew: bool,
    additions: Additions | None = None,
) -> Call:
    """Check what a caller asks for beside the document.

    Raises:
        OptionsError: The arguments contradict each other, or have values of the wrong kind.
    """
    return Call(
        settings,
        arguments.module_name(module_name),
        folder_of(arguments.debug(debug)),
        arguments.allow_imports(allow_imports),
        arguments.ref_base(ref_base),
        arguments.limits(limits),
        bool(isolate),
        arguments.store(store),
        arguments.exact(exact, formats, resources),
        anew,
        additions,
    )


def clear_dynamic_models_cache() -> int:
    """Drop the classes of every document from memory, and give the number of documents. Classes in use live on."""
    return _cache.clear()


def dynamic_models_cache_info() -> CacheInfo:
    """Count the cache's hits and misses since the process started, and the documents in it now."""
    return _cache.info()


def restore_by_digest(digest: str) -> DynamicModels:
    """Give the classes of a digest, from memory or from the default store.

    Raises:
        StoreError: They are in neither.
    """
    call = Call({})

    def restored() -> DynamicModels | None:
        store = call.store
        # What a call with other options could use is not discarded.
        return None if store is None else restore(store, digest, call, Stages(), discards=False)

    try:
        return _picklable(_cache.get_or_build((digest, *call.mode), None, None, _not_stored, restored, _is_whole))
    except _NotStoredError:
        raise StoreError(
            f"nothing that can be used is stored of {digest}",
            hint="Calling generate_dynamic_models with its schema builds it anew.",
        ) from None


class _NotStoredError(Exception):
    """There is nothing to restore. Whoever waited for it meanwhile may build: this says nothing about the schema."""


def _not_stored() -> NoReturn:
    raise _NotStoredError


def _is_whole(models: DynamicModels) -> bool:
    return models.is_whole


def found(request: Request, cache_size: int, targets: tuple[str, ...] | None = None) -> DynamicModels | None:
    """Give the classes that a call led to before, if they are in memory, all or at least those that are asked for."""
    models = _cache.find(request.key, cache_size, lambda held: held.has(targets))
    if models is not None:
        log.debug("found in memory: %s", models.digest)
    return models


def loaded(
    source: Source,
    request: Request,
    call: Call,
    cache_size: int,
    targets: tuple[str, ...] | None = None,
    keeper: Keeper | None = None,
) -> DynamicModels:
    """Give the classes of a document that memory does not know by its call, all or at least those that are asked for.

    Args:
        source: The document.
        request: The call's name.
        call: What the caller asks for besides.
        cache_size: How many documents' classes to keep in memory.
        targets: The classes that the caller asks for; None for all.
        keeper: Who keeps what is built; None for the call's store.

    Raises:
        DynmodelsError: As ``generate_dynamic_models`` says.
    """
    work = Work(source, request, call, targets, keeper)
    try:
        while True:
            key, size = (work.digest, *call.mode), 0 if work.digest is None else cache_size
            try:
                return _picklable(
                    _cache.get_or_build(
                        key, work.lasting, size, work.build, work.restore, lambda held: held.has(targets), targets
                    )
                )
            except OtherDigestError as error:
                work.digest = error.digest
    finally:
        work.end()


def restored(store: Store, digest: str, request: Request, call: Call, cache_size: int) -> DynamicModels | None:
    """Give the classes of a digest that a store has for a request; None where it does not have them after all.

    Args:
        store: The store.
        digest: Their digest.
        request: The call's name.
        call: What the caller asks for.
        cache_size: How many documents' classes to keep in memory.
    """
    key = (digest, *call.mode)
    try:
        return _picklable(
            _cache.get_or_build(
                key, request.key, cache_size, _not_stored, lambda: restore(store, digest, call, Stages())
            )
        )
    except _NotStoredError:
        return None


def made_by(
    make: Callable[[], DynamicModels], digest: str, request: bytes | None, call: Call, cache_size: int
) -> DynamicModels:
    """Give the classes of a digest: those that are in memory, else those that are made now, which stay there.

    Args:
        make: Makes them, of what another process has built.
        digest: Their digest.
        request: The key of the request that leads to them; None where it must not.
        call: What the caller asks for.
        cache_size: How many documents' classes to keep in memory.

    Raises:
        DynmodelsError: As ``make`` does.
    """
    return _picklable(_cache.get_or_build((digest, *call.mode), request, cache_size, make))


def _picklable(models: DynamicModels) -> DynamicModels:
    from dynmodels.pickling import register  # imported late, as pydantic's classes take as long to load as all else

    register(models.values())
    return models
