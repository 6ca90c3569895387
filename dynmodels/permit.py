"""The permit: what generated source may hold in one call, beside what the generator writes for any schema."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from dynmodels.grammar import BUILTINS, FUNCTION_BUILTINS, IMPORTS

#: Options by which the caller names Python code for the source to import.
_IMPORTING_OPTIONS: Final = (
    "additional_imports",
    "base_class",
    "base_class_map",
    "external_ref_mapping",
    "import_overrides",
    "type_mappings",
    "type_overrides",
    "validators",
)

#: Options by which the caller writes parts of the source.
_WRITTEN_BY_THE_CALLER: Final = (
    "class_decorators",
    "custom_formatters",
    "custom_template_dir",
)

#: Options that put functions into the source.
_WRITING_FUNCTIONS: Final = ("generate_schema_validators", "use_root_model_sequence_interface", "validators")

#: What ``use_pendulum`` makes of dates and times.
_PENDULUM: Final = frozenset(("pendulum", name) for name in ("Date", "DateTime", "Duration", "Time"))


class Permit(NamedTuple):
    """What one call allows beside the grammar.

    Attributes:
        imports: Module and name of what the caller's own options import.
        modules: Modules that the caller lets the schema name; those below them as well.
        functions: Gives what functions in the source may be, as dumps of their syntax trees; None where there may be
            none.
        unguarded: Whether the source is written by the caller's own templates or formatters.
    """

    imports: frozenset[tuple[str, str]] = frozenset()
    modules: frozenset[str] = frozenset()
    functions: Callable[[], frozenset[str]] | None = None
    unguarded: bool = False

    def allows_import(self, module: str, name: str) -> bool:
        """Tell whether a name may be imported from a module."""
        if name in IMPORTS.get(module, ()) or (module, name) in self.imports:
            return True
        if module == "re" and not name:
            return self.functions is not None
        return names_module(self.modules, module)

    @property
    def builtins(self) -> frozenset[str] | None:
        """The built-in names that the source may use; None for all."""
        if self.unguarded:
            return None
        return BUILTINS | FUNCTION_BUILTINS if self.functions is not None else BUILTINS


def permit_of(
    settings: Mapping[str, Any],
    allow_imports: Iterable[str],
    functions: Callable[[], frozenset[str]],
    added: Iterable[tuple[str, str]] = (),
) -> Permit:
    """Say what the source may hold in a call with such options.

    Args:
        settings: The generator's options by name: the caller's word.
        allow_imports: Modules that the schema may name.
        functions: Gives the functions that the generator writes where an option asks for validators.
        added: Module and name of what the caller adds to the classes.
    """
    dotted = [name for option in _IMPORTING_OPTIONS for name in names_of(settings.get(option))]
    imports = {(module, name) for module, _, name in (each.rpartition(".") for each in dotted) if module}
    if settings.get("use_pendulum"):
        imports |= _PENDULUM
    return Permit(
        imports=frozenset(imports) | frozenset(added),
        modules=frozenset(allow_imports),
        functions=functions if any(settings.get(option) for option in _WRITING_FUNCTIONS) else None,
        unguarded=any(settings.get(option) for option in _WRITTEN_BY_THE_CALLER),
    )


def names_of(dotted: Any) -> Iterator[str]:
    """Give the dotted names that a caller's option holds, in whatever shape it has."""
    if isinstance(dotted, str):
        yield dotted
    elif isinstance(dotted, Mapping):
        for value in dotted.values():
            yield from names_of(value)
    elif isinstance(dotted, Sequence):
        for item in dotted:
            yield from names_of(item)
    elif hasattr(dotted, "model_dump"):
        yield from names_of(dotted.model_dump())


def names_module(allowed: Collection[str], module: str) -> bool:
    """Tell whether a module is one of those allowed, or below one."""
    return any(module == each or module.startswith(f"{each}.") for each in allowed)
