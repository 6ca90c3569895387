"""Arguments: what a caller may pass beside the document, checked without the generator."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dynmodels.call import Exactness
from dynmodels.errors import OptionsError

if TYPE_CHECKING:
    from dynmodels.additions import Additions
    from dynmodels.limits import Limits


def settings(config: object, options: Mapping[str, Any]) -> Mapping[str, Any]:
    """Bring the two spellings of the generator's options, a config object and keywords, into one.

    Raises:
        OptionsError: Both are used at once, or ``config`` is no config object.
    """
    if config is None:
        return dict(sorted(options.items()))
    if options:
        raise OptionsError(
            f"config and the keyword {sorted(options)[0]!r} are two spellings of one thing",
            hint="Put every option into config, or pass them all as keywords.",
        )
    given = getattr(config, "model_fields_set", None)
    if not isinstance(given, set):
        raise OptionsError(
            f"config is a GenerateConfig, not {type(config).__name__}", hint="From dynmodels import GenerateConfig."
        )
    return {name: getattr(config, name) for name in sorted(given)}


def targets(names: Sequence[str] | None) -> tuple[str, ...] | None:
    """Check the names of the classes that the caller wants.

    Raises:
        OptionsError: It is no sequence of names, or an empty one.
    """
    if names is None:
        return None
    chosen = tuple(names) if isinstance(names, Iterable) and not isinstance(names, str | bytes) else (None,)
    if not all(isinstance(name, str) and name for name in chosen):
        raise OptionsError(f"target_model_names is a sequence of class names, not {names!r}")
    if not chosen:
        raise OptionsError("target_model_names names no class", hint="Leave it out to get all classes.")
    return tuple(map(str, chosen))


def module_name(name: str | None) -> str | None:
    """Check a name for the generated module.

    Raises:
        OptionsError: It is no name that a module can have.
    """
    if name is None or (isinstance(name, str) and all(part.isidentifier() for part in name.split("."))):
        return name
    raise OptionsError(f"module_name is the dotted name of a module, such as 'myapp.models', not {name!r}")


def cache_size(size: int) -> int:
    """Check the number of documents to keep in memory.

    Raises:
        OptionsError: It is no whole number.
    """
    if isinstance(size, int):
        return size
    raise OptionsError(f"cache_size is a whole number, not {size!r}")


def debug(choice: bool | Path | None) -> bool | Path | None:
    """Check the choice of debug mode.

    Raises:
        OptionsError: It is neither a boolean nor a folder.
    """
    return _switch_or_folder("debug", choice)


def allow_imports(names: Collection[str]) -> tuple[str, ...]:
    """Check the modules that a schema may name.

    Raises:
        OptionsError: They are no collection of dotted names.
    """
    if names == ():
        return ()
    given = sorted(set(names)) if isinstance(names, Collection) and not isinstance(names, str | bytes) else [None]
    if not all(isinstance(name, str) and all(part.isidentifier() for part in name.split(".")) for name in given):
        raise OptionsError(f"allow_imports is a collection of module names, such as ['myapp.types'], not {names!r}")
    return tuple(map(str, given))


def ref_base(folder: Path | None) -> Path | None:
    """Check the folder below which files may be referred to.

    Raises:
        OptionsError: It is no path of a folder.
    """
    if folder is None:
        return None
    try:
        if isinstance(folder, Path) and folder.is_dir():
            return folder.resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise OptionsError(f"ref_base cannot be used: {error}") from error
    raise OptionsError(f"ref_base is the pathlib.Path of a folder that exists, not {folder!r}")


def limits(given: Limits | None) -> Limits | None:
    """Check the limits; None stands for the default ones.

    Raises:
        OptionsError: It is no ``Limits``.
    """
    if given is None:
        return None
    from dynmodels.limits import DEFAULT_LIMITS, Limits  # imported late: most calls have none

    if isinstance(given, Limits):
        return None if given == DEFAULT_LIMITS else given
    raise OptionsError(f"limits is a dynmodels.Limits, not {given!r}")


def store(choice: bool | Path | None) -> bool | Path | None:
    """Check where classes are to be stored.

    Raises:
        OptionsError: It is neither a boolean nor a folder.
    """
    return _switch_or_folder("store", choice)


def exact(choice: bool, formats: str | None, resources: Mapping[str, Any] | None) -> Exactness | None:
    """Check whether and how the classes are to be exact.

    Raises:
        OptionsError: A value is of the wrong kind, belongs to ``exact=True``, or a package is missing.
        SchemaError: A resource is no JSON data.
    """
    if not isinstance(choice, bool):
        raise OptionsError(f"exact is True or False, not {choice!r}")
    if not choice:
        if formats is not None or resources:
            name = "formats" if formats is not None else "resources"
            raise OptionsError(f"{name} is for exact classes", hint="Pass exact=True as well.")
        return None
    if formats not in {None, "assert", "annotate"}:
        raise OptionsError(f"formats is 'assert' or 'annotate', not {formats!r}")
    if not isinstance(resources, Mapping | None) or not all(isinstance(uri, str) for uri in resources or ()):
        raise OptionsError(f"resources is a mapping of URIs to schemas, not {resources!r:.80}")
    _require_extra("exact", "jsonschema_rs", "referencing", "jsonschema_specifications")
    copies: Mapping[str, Any] = {}
    if resources:
        from dynmodels.plain import plain  # imported late: most calls have none

        copies = {uri.removesuffix("#"): plain(schema)[0] for uri, schema in sorted(resources.items())}
    return Exactness(formats != "annotate", copies)


def by_name(base_class: object, validators: object) -> dict[str, Any]:
    """Give what of these names Python code, which is an option of the generator's, and no object."""
    named: dict[str, Any] = {"base_class": base_class} if isinstance(base_class, str) else {}
    if validators:
        from dynmodels.additions import is_generators

        named |= {"validators": validators} if is_generators(validators) else {}
    return named


def additions(named: Collection[str], *, exact: bool, **given: object) -> Additions | None:
    """Check what the caller adds to the classes; None where that is nothing.

    Args:
        named: The arguments that are options of the generator's, as ``by_name`` gives them.
        exact: Whether the classes are to be exact.
        given: The arguments ``base_class``, ``config_dict``, ``validators`` and ``types``.

    Raises:
        OptionsError: Something is of the wrong kind.
    """
    bases, config, validators, types = (None if name in named else value for name, value in given.items())
    if bases is None and not config and not validators and not types:
        return None
    from dynmodels.additions import additions_of  # imported late: most calls have none

    return additions_of(bases, config, validators, types, exact=exact is True)


def _require_extra(extra: str, *modules: str) -> None:
    for module in modules:
        if module not in sys.modules and find_spec(module) is None:
            raise OptionsError(
                f"{extra}=True needs the package {module.replace('_', '-')!r}, which is not installed",
                hint=f'pip install "dynmodels[{extra}]"',
            )


def _switch_or_folder(name: str, choice: bool | Path | None) -> bool | Path | None:
    if choice is None or isinstance(choice, bool | Path):
        return choice
    raise OptionsError(f"{name} is True, False or a pathlib.Path, not {choice!r}")
