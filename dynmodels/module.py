"""Synthetic modules: compiled source becomes modules that tracebacks, debuggers and ``inspect`` can read."""

from __future__ import annotations

import builtins
import linecache
import os
import sys
import threading
import types
import weakref
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any, Final, NamedTuple

from dynmodels.errors import ModelBuildError, excerpt

#: Generated modules that the caller gives no name are registered below this one.
NAMESPACE: Final = "dynmodels.generated"

#: By this attribute a generated class, and each module of a package, keeps the package alive.
OWNER: Final = "__dynmodels_package__"

#: Finding a free name and taking it are one step. Reentrant, as a signal or a finaliser may build in between.
_registration: Final = threading.RLock()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_registration.acquire, after_in_parent=_registration.release, after_in_child=_registration.release
    )


class Package(NamedTuple):
    """The modules of one build, empty or filled, by their names relative to the outermost, whose own is empty."""

    name: str
    label: str
    """The name that the classes carry: ``name``, or the caller's where another module has that already."""
    modules: Mapping[str, types.ModuleType]
    filenames: Mapping[tuple[str, ...], str]
    """What tracebacks call each file of source: a file that exists, or a name in angle brackets."""
    filled: threading.Event
    builder: int
    """The thread that fills the modules; others find nothing in them before."""

    @property
    def root(self) -> types.ModuleType:
        """The outermost module."""
        return self.modules[""]


class Unit(NamedTuple):
    """One file of generated source, compiled."""

    path: tuple[str, ...]
    source: str
    filename: str
    code: tuple[types.CodeType, ...]
    assigned: frozenset[str]
    """The names that it assigns to at its top level."""
    rewritten: bool = False
    """Whether its patterns are matched by ours (``patterns.NAMES``)."""


def dotted_name(path: tuple[str, ...]) -> str:
    """Turn a file's path in the generated package into its module's name relative to the package."""
    last = path[-1].removesuffix(".py")
    return ".".join(path[:-1] if last == "__init__" else (*path[:-1], last))


def create_package(
    paths: tuple[tuple[str, ...], ...],
    digest: str,
    module_name: str | None = None,
    files: Mapping[tuple[str, ...], Path] | None = None,
) -> Package:
    """Make empty modules for the files of one build, and enter them into ``sys.modules``.

    They stay there for as long as anything uses their classes: pydantic looks up annotations there, ``inspect``
    source, and pickle classes. A caller's ``module_name`` is used where no module has it, and none could be
    imported by it; else the modules get a private name and only their classes are labelled with the caller's.

    Args:
        paths: The paths of the files in the generated package.
        digest: What the private name is made of, so that it is the same in every process.
        module_name: The caller's name for the outermost module.
        files: The files that hold the very same source, where it was written out.
    """
    dotted = {dotted_name(path) for path in paths}
    folders = {".".join(path[:depth]) for path in paths for depth in range(len(path))}
    names = sorted(dotted | folders)
    if module_name is not None and any(_is_taken(_joined(module_name, name)) for name in names):
        wanted = None
    else:
        wanted = module_name
    with _registration:
        base = _free_name(names, digest, wanted)
        modules = {name: _new_module(_joined(base, name), is_package=name in folders) for name in names}
        filenames = {
            path: str(files[path]) if files else f"<dynmodels generated {_joined(base, dotted_name(path))}>"
            for path in paths
        }
        package = Package(base, module_name or base, modules, filenames, threading.Event(), threading.get_ident())
        for path, filename in filenames.items():
            modules[dotted_name(path)].__file__ = filename
        for name, module in modules.items():
            setattr(module, OWNER, package)
            parent, _, child = name.rpartition(".")
            if name:
                setattr(modules[parent], child, module)
            sys.modules[module.__name__] = _Facade(module)
    return package


@contextmanager
def filling(package: Package) -> Iterator[None]:
    """Let other threads wait that look for a class in the package, until the block has ended."""
    try:
        yield
    finally:
        package.filled.set()


def show_source(units: Iterable[Unit], package: Package) -> None:
    """Let tracebacks and ``inspect`` find source that was read from a file, also when the file has gone."""
    for unit in units:
        show_lines(unit.filename, unit.source)
        shown = linecache.cache[unit.filename]
        # The file may be shown for a later build of the same source when this one goes.
        weakref.finalize(package.modules[dotted_name(unit.path)], _hide, unit.filename, shown).atexit = False


def _hide(filename: str, shown: object) -> None:
    if linecache.cache.get(filename) is shown:
        del linecache.cache[filename]


def show_lines(filename: str, source: str) -> None:
    """Let tracebacks and ``inspect`` find source by the name of its file."""
    # No modification time: linecache.checkcache leaves such entries alone.
    linecache.cache[filename] = (len(source), None, lines_of(source), filename)


def pin(name: str) -> types.ModuleType:
    """Keep a generated module for as long as the process runs, and give what stands for it in ``sys.modules``."""
    module = sys.modules[name]
    if isinstance(module, _Facade):
        module.pin()
    return module


def lines_of(source: str) -> list[str]:
    """Split source as Python counts its lines."""
    # str.splitlines would split at form feeds and Unicode separators too, where Python's line numbers do not.
    *full, last = source.split("\n")
    return [line + "\n" for line in full] + ([last] if last else [])


def run(
    units: tuple[Unit, ...],
    package: Package,
    names: Collection[str] | None,
    may_import: Callable[[str, str], bool],
) -> None:
    """Run compiled source in the package's modules.

    Args:
        units: The source, in the order in which it is to run.
        package: The modules.
        names: The built-in names that the source may use; None for all.
        may_import: Tells by module and name what the source may import.

    Raises:
        ModelBuildError: The source raises; the error names the line.
    """
    provided = builtins if names is None else _builtins(names, may_import, package.name)
    for unit in units:
        namespace = package.modules[dotted_name(unit.path)].__dict__
        namespace["__builtins__"] = provided
        if unit.rewritten:
            from dynmodels import patterns

            namespace.update(patterns.NAMES)
        for code in unit.code:
            try:
                exec(code, namespace)  # noqa: S102 (running generated code is what this library does)
            except Exception as error:
                raise _run_error(error, unit) from error


def _builtins(names: Collection[str], may_import: Callable[[str, str], bool], package: str) -> dict[str, Any]:
    """Give generated code the built-in names that it needs, and imports of what it may import."""

    def guarded_import(
        name: str,
        globals_: Mapping[str, Any] | None = None,
        locals_: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> types.ModuleType:
        wanted = fromlist or ("",)
        if level:
            origin = str((globals_ or {}).get("__package__") or "")
            absolute = ".".join(filter(None, (origin.rsplit(".", level - 1)[0] if level > 1 else origin, name)))
            if absolute != package and not absolute.startswith(f"{package}."):
                raise ImportError(f"generated code may not import {name!r} from outside its package")
        elif not all(may_import(name, each) for each in wanted):
            raise ImportError(f"generated code may not import {', '.join(wanted)} from {name!r}")
        elif name == "re":
            from dynmodels import patterns

            return patterns.limited_re()
        return __import__(name, globals_, locals_, fromlist or (), level)

    given = {name: getattr(builtins, name) for name in names}
    return {**given, "__build_class__": builtins.__build_class__, "__import__": guarded_import}


def _new_module(name: str, *, is_package: bool) -> types.ModuleType:
    module = types.ModuleType(name)
    module.__spec__ = ModuleSpec(name, None, is_package=is_package)
    module.__package__ = name if is_package else name.rpartition(".")[0]
    if is_package:
        module.__path__ = []
    return module


def _free_name(names: list[str], digest: str, wanted: str | None) -> str:
    base, number = wanted or f"{NAMESPACE}.d{digest}", 1
    while any(_joined(base, name) in sys.modules for name in names):
        base = f"{NAMESPACE}.d{digest}" + (f"_{number}" if number > 1 else "")
        number += 1
    return base


def _is_taken(name: str) -> bool:
    """Whether a module of this name is loaded or could be: in its place, ours would break later imports.

    Nothing is imported to find out: where a parent is not loaded yet, but could be, the name counts as taken.
    """
    parts = name.split(".")
    folders = None
    for depth in range(1, len(parts) + 1):
        ancestor = ".".join(parts[:depth])
        if ancestor not in sys.modules:
            return _can_be_found(ancestor, folders)
        folders = getattr(sys.modules[ancestor], "__path__", None)
        if folders is None and depth < len(parts):
            return False  # a plain module has no modules below it
    return True


def _can_be_found(name: str, folders: Any) -> bool:
    # importlib.util.find_spec would import the parent, and wait where another thread is importing it.
    for finder in list(sys.meta_path):
        try:
            if finder.find_spec(name, folders) is not None:
                return True
        except Exception:  # noqa: BLE001 (finders are anybody's code; when in doubt, the name is not ours)
            return True
    return False


class _Facade(types.ModuleType):
    """Stands in ``sys.modules`` for a generated module without keeping it alive.

    The module itself would be kept there for good, and its classes with it. Whoever still holds the facade when
    they are gone finds an empty module.
    """

    def __init__(self, module: types.ModuleType) -> None:
        super().__init__(module.__name__)
        super().__setattr__("__package__", module.__package__)
        super().__setattr__("__spec__", module.__spec__)
        forget = _forgetter(module.__name__, getattr(module, "__file__", None))
        super().__setattr__("_generated", weakref.ref(module, forget))

    def pin(self) -> None:
        """Keep the module, as an import statement does."""
        super().__setattr__("_pinned", object.__getattribute__(self, "_generated")())

    @property
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override]  # a module's is no property
        # vars(), and pydantic, which enters parametrised models and looks up annotations here.
        module = object.__getattribute__(self, "_generated")()
        return {} if module is None else vars(module)

    def __getattr__(self, name: str) -> Any:
        module = object.__getattribute__(self, "_generated")()
        if module is None:
            raise AttributeError(f"the generated module {self.__name__!r} is gone, as nothing used its classes")
        package = vars(module).get(OWNER)
        missing = isinstance(package, Package) and not name.startswith("__") and not hasattr(module, name)
        if missing and package.builder != threading.get_ident():
            package.filled.wait()  # it was imported while another thread was running it
        return getattr(module, name)

    def __setattr__(self, name: str, value: Any) -> None:
        module = object.__getattribute__(self, "_generated")()
        if module is not None:
            setattr(module, name, value)

    def __delattr__(self, name: str) -> None:
        module = object.__getattribute__(self, "_generated")()
        if module is not None:
            delattr(module, name)


def _forgetter(name: str, filename: str | None) -> Callable[[weakref.ref[types.ModuleType]], None]:
    modules, source_lines = sys.modules, linecache.cache

    def forget(reference: weakref.ref[types.ModuleType]) -> None:
        entered = modules.get(name)
        if isinstance(entered, _Facade) and object.__getattribute__(entered, "_generated") is reference:
            del modules[name]
        if filename is not None and filename.startswith("<"):
            source_lines.pop(filename, None)

    return forget


def _joined(base: str, name: str) -> str:
    return ".".join(filter(None, (base, name)))


def _run_error(error: Exception, unit: Unit) -> ModelBuildError:
    import traceback

    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == unit.filename]
    line = lines[-1] if lines else None
    return ModelBuildError(
        f"a class cannot be built: {type(error).__name__}: {_told(error)}",
        line=line,
        excerpt=excerpt(unit.source, line) if line else None,
        hint="The excerpt shows what pydantic was given.",
    )


def _told(error: Exception) -> str:
    """Give an error's text without the ways that pydantic went before it: only the field says something."""
    lines = [line.strip().removeprefix("SchemaError: ") for line in str(error).splitlines()]
    return "\n  ".join(line for line in lines if not line.startswith("Error building "))
