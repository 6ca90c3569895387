"""Synthetic modules: compiled source becomes modules that tracebacks, debuggers and ``inspect`` can read."""

from __future__ import annotations

import builtins
import importlib
import linecache
import os
import re
import sys
import threading
import types
import weakref
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any, Final, NamedTuple

from dynmodels import log
from dynmodels.errors import ModelBuildError, StoreError, excerpt
from dynmodels.permit import Permit, names_module
from dynmodels.statements import Statement, dotted_name

_IMPORTED: Final = re.compile(r"^from ([\w.]+) import ", re.MULTILINE)

#: Generated modules that the caller gives no name are registered below this one.
NAMESPACE: Final = "dynmodels.generated"

#: Source imports from here what no module has a name for: the caller's own objects. There is no such module.
GIVEN: Final = "dynmodels.given"

#: By this attribute a generated class, and each module of a package, keeps the package alive.
OWNER: Final = "__dynmodels_package__"

#: By this attribute an exact class knows the gate before it; subclasses of the caller's inherit it.
GATE: Final = "__dynmodels_gate__"

#: By this attribute an exact class keeps what it was before: other classes of its document, which may come later, are
#: made of that.
PLAIN: Final = "__dynmodels_plain__"

#: By this attribute a class knows what it was derived from, and how.
DERIVED: Final = "__dynmodels_derived__"

#: Finding a package or a free name and taking it are one step. Reentrant, as a signal or a finaliser may build in
#: between.
_registration: Final = threading.RLock()


class Identity(NamedTuple):
    """What makes classes the same: there is one package of each identity in a process, for as long as it is used.

    Attributes:
        digest: The digest of the document, the options and the versions.
        module_name: The name that the caller gave the module.
        folder: The folder of debug mode, from whose files the classes run.
        shared: Whether the classes are for those alone who share a store.
        token: What tells classes apart that were built anew for one caller; empty for all others.
    """

    digest: str
    module_name: str | None = None
    folder: str | None = None
    shared: bool = False
    token: str = ""


class Unit(NamedTuple):
    """One file of generated source, compiled.

    Attributes:
        path: Its path in the generated package.
        source: Its text.
        filename: What tracebacks call it: a file that exists, or a name in angle brackets.
        statements: What its statements are.
        code: The same, compiled; empty where it has run.
        assigned: The names that it assigns to at its top level.
        rewritten: Whether its patterns are matched by ours (``patterns.NAMES``).
    """

    path: tuple[str, ...]
    source: str
    filename: str
    statements: tuple[Statement, ...]
    code: tuple[types.CodeType, ...]
    assigned: frozenset[str]
    rewritten: bool = False


#: What tracebacks call each file of a package, by its path.
Filenames = Mapping[tuple[str, ...], str]


class Contents:
    """What a package holds so far.

    Attributes:
        units: The files that have run, by path, without their code.
        ran: The definitions that have run: path, name, and how often the file had defined the name before.
        imported: Of a package that is not whole, its statements that define nothing: path and text.
        texts: Of a package that is not whole, the text of each statement of ``units``, by path.
        lines: Of a package that is not whole, what is shown of source that came without its file, by path.
        shown: What tracebacks and ``inspect`` find, by the names of files.
        finished: The classes that are complete, and may be given out.
        usable: Whether what is there has been built to the end.
        filling: Whether more is being built.
        whole: Whether all of the document's classes are there, as opposed to those that came with a pickle.
        models: All of them, as a call gives them.
        pointers: The classes that stand for schemas, there or not, by JSON Pointers: module and name.
        answers: What calls have named, and the classes that are meant: module and name of each.
        exact_root: In exact classes, what stands for the whole document.
        gates: What judges by the whole document, where exact classes were read from the store.
        permit: What the source may hold; None before anything has run.
        versions: The versions of the packages that made it.
        pack: Gives all that the classes are made from, for other processes; None where that is what ran.
        rest: Makes the other classes, where they can be had without the generator.
        coming: The names of those; None where they are not known.
        plainly: Within it, classes are made of those that are there as if no gates stood before them.
        pickled: What has been made of the package for pickles.
        given: The caller's objects that source imports, and no module has.
    """

    def __init__(self) -> None:
        self.units: dict[tuple[str, ...], Unit] = {}
        self.ran: set[tuple[tuple[str, ...], str, int]] = set()
        self.imported: set[tuple[tuple[str, ...], str]] = set()
        self.texts: dict[tuple[str, ...], list[str]] = {}
        self.lines: dict[tuple[str, ...], list[str]] = {}
        self.shown: dict[str, Any] = {}
        self.finished: set[type] = set()
        self.usable = False
        self.filling = False
        self.whole = False
        self.models: weakref.ref[Any] | None = None
        self.pointers: dict[str, tuple[str, str]] = {}
        self.answers: dict[str, tuple[tuple[str, str], ...]] = {}
        self.exact_root: Any = None
        self.gates: Any = None
        self.permit: Permit | None = None
        self.versions: Mapping[str, str] = {}
        self.pack: Callable[[], Any] | None = None
        self.rest: Callable[[], object] | None = None
        self.coming: Collection[str] | None = None
        self.plainly: Callable[[], AbstractContextManager[None]] = nullcontext
        self.pickled: dict[Any, Any] = {}
        self.given: Mapping[str, Any] = {}


class Package(NamedTuple):
    """The modules of one document's classes, by their names relative to the outermost, whose own is empty."""

    name: str
    label: str
    """The name that the classes carry: ``name``, or the caller's where another module has that already."""
    identity: Identity
    paths: tuple[tuple[str, ...], ...]
    """The paths of the files that it has, or may have."""
    modules: Mapping[str, types.ModuleType]
    contents: Contents

    def __reduce__(self) -> tuple[type[None], tuple[()]]:
        # A class that is sent by value, as cloudpickle does with what it cannot look up, leaves it behind.
        return type(None), ()

    @property
    def root(self) -> types.ModuleType:
        """The outermost module."""
        return self.modules[""]

    def filenames(self, files: Mapping[tuple[str, ...], Path] | None = None, mark: str = "") -> Filenames:
        """Say what tracebacks are to call each file: the one that holds its text, or a name in angle brackets."""
        if files:
            return {path: str(files[path]) for path in self.paths}
        names = {path: _joined(self.name, dotted_name(path)) for path in self.paths}
        return {path: f"<dynmodels generated {name}{mark}>" for path, name in names.items()}

    def find(self, module: str, name: str) -> Any:
        """Give what a name stands for in a module; None where it is not there, or not yet."""
        return vars(self.modules[module]).get(name) if module in self.modules else None


@contextmanager
def opened(paths: tuple[tuple[str, ...], ...], identity: Identity) -> Iterator[Package]:
    """Give the package of an identity to be filled: the one that is in use, else an empty one.

    Its modules stay in ``sys.modules`` for as long as anything uses their classes: pydantic looks up annotations there,
    ``inspect`` source, and pickle classes. A caller's ``module_name`` is used where no module has it, and none could be
    imported by it; else the modules get a private name and only their classes are labelled with the caller's.

    Nobody else fills a package of this digest meanwhile. A new one goes if the block raises.

    Args:
        paths: The paths of the files in the generated package.
        identity: What the package is known by. Its digest is what the private name is made of, so that it is the same
            in every process.
    """
    with claimed(identity.digest):
        found = find_package(identity)
        package = found if found is not None and set(paths) <= set(found.paths) else _created(paths, identity)
        package.contents.filling = True
        try:
            yield package
        except BaseException:
            _undo(package)
            raise
        package.contents.filling = False
        package.contents.usable = True


def import_ahead(permit: Permit, sources: Iterable[str]) -> None:
    """Import what the caller's own word lets the source import, before a package is claimed.

    Such a module may make classes of the same digest while it is imported. What cannot be imported is an error where
    the source does so.

    Args:
        permit: What the source may import.
        sources: Texts of the source.
    """
    if not permit.imports and not permit.modules:
        return
    named = {module for text in sources for module in _IMPORTED.findall(text)}
    callers = {module for module, _ in permit.imports}
    for module in sorted(name for name in named if name in callers or names_module(permit.modules, name)):
        try:
            importlib.import_module(module)
        except Exception as error:  # noqa: BLE001 (the source's own import says so)
            log.debug("%s cannot be imported: %s", module, error)


class _Claim:
    """Says who fills packages of one digest."""

    def __init__(self) -> None:
        self.lock = threading.RLock()


_claims: Final[weakref.WeakValueDictionary[str, _Claim]] = weakref.WeakValueDictionary()

if hasattr(os, "register_at_fork"):

    def _after_in_child() -> None:
        _claims.clear()  # of threads that do not exist here
        for module in list(sys.modules.values()):
            package = module.__dict__.get(OWNER) if type(module) is _Facade else None
            if isinstance(package, Package) and package.contents.filling:
                _undo(package)
        _registration.release()

    os.register_at_fork(
        before=_registration.acquire, after_in_parent=_registration.release, after_in_child=_after_in_child
    )


@contextmanager
def claimed(digest: str) -> Iterator[None]:
    """Let other threads wait that would fill packages of a digest, or look for a class in one, until the block ends."""
    with _registration:
        claim = _claims.get(digest)
        if claim is None:
            claim = _claims[digest] = _Claim()
    with claim.lock:
        yield


def find_package(identity: Identity, name: str | None = None, *, in_any_mode: bool = False) -> Package | None:
    """Give the package of an identity, if its classes are in use.

    Args:
        identity: What it is known by.
        name: Where to look first.
        in_any_mode: Whether it may have been built in debug mode, or for a store that is shared or is not.
    """

    def serves(package: Package | None) -> bool:
        if package is None:
            return False
        known = package.identity
        return known == (identity._replace(folder=known.folder, shared=known.shared) if in_any_mode else identity)

    private = f"{NAMESPACE}.d{identity.digest}"
    for likely in filter(None, (name, identity.module_name, private)):
        package = _package_in(sys.modules.get(likely))
        if serves(package):
            return package
    # While other classes of the digest live, a package has a number behind its name. To look through all modules would
    # take longer with each document.
    for number in range(2, _numbers.highest + 1):
        package = _package_in(sys.modules.get(_numbered(identity.digest, number)))
        if serves(package):
            return package
    return None


def _package_in(module: object) -> Package | None:
    """Give the package that has been filled and that a module stands for."""
    if type(module) is not _Facade:
        return None
    package = module.__dict__.get(OWNER)
    return package if isinstance(package, Package) and package.contents.usable else None


def _created(paths: tuple[tuple[str, ...], ...], identity: Identity) -> Package:
    dotted = {dotted_name(path) for path in paths}
    folders = {".".join(path[:depth]) for path in paths for depth in range(len(path))}
    names = sorted(dotted | folders)
    wanted = identity.module_name
    if wanted is not None and any(_is_taken(_joined(wanted, name)) for name in names):
        wanted = None
    with _registration:
        base = _free_name(names, identity.digest, wanted)
        modules = {name: _new_module(_joined(base, name), is_package=name in folders) for name in names}
        package = Package(base, identity.module_name or base, identity, paths, modules, Contents())
        weakref.finalize(package.root, _hide, package.contents.shown).atexit = False
        for name, module in modules.items():
            setattr(module, OWNER, package)
            parent, _, child = name.rpartition(".")
            if name:
                setattr(modules[parent], child, module)
            sys.modules[module.__name__] = _Facade(module)
    return package


def _undo(package: Package) -> None:
    """Take away what was not built to the end: the next attempt is not to find it."""
    contents = package.contents
    contents.filling = False
    for path, name, number in list(contents.ran) if contents.usable else ():
        value = package.find(dotted_name(path), name)
        if isinstance(value, type) and value not in contents.finished:
            del vars(package.modules[dotted_name(path)])[name]
            contents.ran.discard((path, name, number))
    for module in package.modules.values():
        entered = sys.modules.get(module.__name__)
        is_ours = isinstance(entered, _Facade) and object.__getattribute__(entered, "_generated")() is module
        if is_ours and not contents.usable:
            del sys.modules[module.__name__]


def show_source(units: Iterable[Unit], package: Package) -> None:
    """Let tracebacks and ``inspect`` find the source of classes, also when the file that it was read from has gone."""
    for unit in units:
        show_lines(unit.path, unit.filename, lines_of(unit.source), package)


def show_lines(path: tuple[str, ...], filename: str, lines: list[str], package: Package) -> None:
    """Let tracebacks and ``inspect`` find a file of generated source by its name, for as long as its package lives."""
    package.modules[dotted_name(path)].__file__ = filename
    # No modification time: linecache.checkcache leaves such entries alone.
    linecache.cache[filename] = package.contents.shown[filename] = (0, None, lines, filename)


def show_statements(unit: Unit, texts: Iterable[str], package: Package) -> None:
    """Let tracebacks and ``inspect`` find some statements of a file, each where it stands there."""
    known = linecache.cache.get(unit.filename)
    # Another package may have all of the same file, or other statements.
    lines: list[str] = known[2] if known is not None and len(known) == 4 and known[1] is None else []
    for statement, text in zip(unit.statements, texts, strict=True):
        lines.extend(["\n"] * (statement.end - len(lines)))
        lines[statement.line - 1 : statement.end] = lines_of(text)
    show_lines(unit.path, unit.filename, lines, package)


def _hide(shown: Mapping[str, Any]) -> None:
    for filename, entry in shown.items():
        # The file may be shown for a later build of the same source when this one goes.
        if linecache.cache.get(filename) is entry:
            del linecache.cache[filename]


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
    """Run compiled source in the package's modules, but for the definitions that are there already.

    Args:
        units: The source, in the order in which it is to run.
        package: The modules.
        names: The built-in names that the source may use; None for all.
        may_import: Tells by module and name what the source may import.

    Raises:
        ModelBuildError: The source raises; the error names the line.
    """
    provided: Any = builtins
    if names is not None or package.contents.given:
        known = vars(builtins) if names is None else names
        allowed = may_import if names is not None else lambda module, name: True
        provided = _builtins(known, allowed, package)
    if not _agrees(units, package.contents):
        log.warning("what is there of %s was made of other source, and is made anew", package.identity.digest)
        package.contents.ran.clear()
    for unit in units:
        namespace = package.modules[dotted_name(unit.path)].__dict__
        namespace["__builtins__"] = provided
        if unit.rewritten:
            from dynmodels import patterns

            namespace.update(patterns.NAMES)
        for code, definitions in zip(unit.code, _definitions(unit), strict=True):
            if definitions and package.contents.ran.issuperset(definitions):
                continue
            try:
                with package.contents.plainly():
                    exec(code, namespace)  # noqa: S102 (running generated code is what this library does)
            except Exception as error:
                raise _run_error(error, unit) from error
            package.contents.ran.update(definitions)


def _agrees(units: Iterable[Unit], contents: Contents) -> bool:
    """Tell whether what has run of a document was the same source as the whole has: a pickle may have been altered."""
    for unit in units:
        before = contents.units.get(unit.path)
        if before is None or unit.path not in contents.texts or not unit.source:
            continue
        known: dict[tuple[tuple[str, ...], str, int], str] = {}
        for definitions, text in zip(_definitions(before), contents.texts[unit.path], strict=True):
            known.update(dict.fromkeys(definitions, text.rstrip()))
        lines = lines_of(unit.source)
        for statement, definitions in zip(unit.statements, _definitions(unit), strict=True):
            texts = {known[definition] for definition in definitions if definition in known}
            if texts and texts != {"".join(lines[statement.line - 1 : statement.end]).rstrip()}:
                return False
    return True


def _definitions(unit: Unit) -> Iterator[list[tuple[tuple[str, ...], str, int]]]:
    """Give what each statement defines, by names that are the same wherever the statement stands."""
    counts: Counter[str] = Counter()
    for statement in unit.statements:
        names = statement.names if statement.defines else ()
        yield [(unit.path, name, counts[name]) for name in names]
        counts.update(names)


def _builtins(names: Collection[str], may_import: Callable[[str, str], bool], package: Package) -> dict[str, Any]:
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
            if absolute != package.name and not absolute.startswith(f"{package.name}."):
                raise ImportError(f"generated code may not import {name!r} from outside its package")
        elif not all(may_import(name, each) for each in wanted):
            raise ImportError(f"generated code may not import {', '.join(wanted)} from {name!r}")
        elif name == GIVEN:
            return _module_of(package.contents.given, wanted)
        elif name == "re":
            from dynmodels import patterns

            return patterns.limited_re()
        return __import__(name, globals_, locals_, fromlist or (), level)

    given = {name: getattr(builtins, name) for name in names}
    return {**given, "__build_class__": builtins.__build_class__, "__import__": guarded_import}


def _module_of(given: Mapping[str, Any], wanted: Iterable[str]) -> types.ModuleType:
    """Give what stands for a module of the caller's objects.

    Raises:
        ImportError: Not all of those that are wanted are there.
    """
    lost = [name for name in wanted if name not in given]
    if lost:
        raise ImportError(f"no module has a name for {lost[0]!r}, so that only the process that was given it has it")
    module = types.ModuleType(GIVEN)
    vars(module).update(given)
    return module


def _new_module(name: str, *, is_package: bool) -> types.ModuleType:
    module = types.ModuleType(name)
    module.__spec__ = ModuleSpec(name, None, is_package=is_package)
    module.__package__ = name if is_package else name.rpartition(".")[0]
    if is_package:
        module.__path__ = []
    return module


class _Numbers:
    """Knows the highest number that any package has had behind its name."""

    highest = 1


_numbers: Final = _Numbers()


def _numbered(digest: str, number: int) -> str:
    return f"{NAMESPACE}.d{digest}" + (f"_{number}" if number > 1 else "")


def _free_name(names: list[str], digest: str, wanted: str | None) -> str:
    base, number = wanted or _numbered(digest, 1), 0 if wanted else 1
    while any(_joined(base, name) in sys.modules for name in names):
        number += 1
        base = _numbered(digest, number)
    _numbers.highest = max(_numbers.highest, number)
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
        super().__setattr__("_generated", weakref.ref(module, _forgetter(module.__name__)))

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
        if isinstance(package, Package) and not name.startswith("__"):
            contents = package.contents
            found = vars(module).get(name)
            if not isinstance(found, type) or found not in contents.finished:
                with claimed(package.identity.digest):
                    pass  # it was imported while another thread was running it
                comes = contents.coming is None or name in contents.coming
                if name not in vars(module) and contents.rest is not None and comes and not contents.whole:
                    try:
                        contents.rest()
                    except StoreError as error:  # whoever looks for a name is told that there is none
                        log.info("%s", error)
        return getattr(module, name)

    def __setattr__(self, name: str, value: Any) -> None:
        module = object.__getattribute__(self, "_generated")()
        if module is not None:
            setattr(module, name, value)

    def __delattr__(self, name: str) -> None:
        module = object.__getattribute__(self, "_generated")()
        if module is not None:
            delattr(module, name)


def _forgetter(name: str) -> Callable[[weakref.ref[types.ModuleType]], None]:
    modules = sys.modules

    def forget(reference: weakref.ref[types.ModuleType]) -> None:
        entered = modules.get(name)
        if isinstance(entered, _Facade) and object.__getattribute__(entered, "_generated") is reference:
            del modules[name]

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
        excerpt=excerpt("".join(linecache.getlines(unit.filename)), line) if line else None,
        hint="The excerpt shows what pydantic was given.",
    )


def _told(error: Exception) -> str:
    """Give an error's text without the ways that pydantic went before it: only the field says something."""
    lines = [line.strip().removeprefix("SchemaError: ") for line in str(error).splitlines()]
    return "\n  ".join(line for line in lines if not line.startswith("Error building "))
