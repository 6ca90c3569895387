"""Collecting: which names of the generated modules are classes to give out, and which of them is the root."""

from __future__ import annotations

import sys
import types
import weakref
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from enum import Enum
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

from dynmodels.entry import Entry, pack
from dynmodels.errors import ModelBuildError
from dynmodels.module import GATE, OWNER, Package, Unit
from dynmodels.statements import dotted_name
from dynmodels.store import Stored
from dynmodels.targets import Directory

if TYPE_CHECKING:
    from pathlib import Path

    from dynmodels.choice import Part


class Build(NamedTuple):
    """What one build made, beside the classes by name."""

    root: Any
    pointers: Mapping[str, type[Any]]
    source: str
    package: Package
    entry: Entry
    schema: Callable[[], Any]
    others: Callable[[], Mapping[str, Any]]
    timings: Mapping[str, float]

    @property
    def directory(self) -> Directory:
        """What the classes are known by."""
        contents = self.package.contents
        return Directory(self.entry.exports, contents.pointers, self.schema)

    def at(self, pointer: str) -> type[Any] | None:
        """Give the class of a schema."""
        return self.pointers.get(pointer)


class DynamicModels(dict[str, type[Any]]):
    """The classes of one document by name: a read-only dict, as the cache hands the same object to every caller.

    Attributes are ``root``, ``pointers``, ``schema``, ``unenforced``, ``relaxed``, ``source``, ``digest``, ``module``
    and ``timings``. A class is found by the JSON Pointer of its schema too: ``models["#/$defs/Address"]``. An unknown
    name raises ``UnknownModelError``, a ``KeyError`` that lists the closest names.
    """

    __slots__ = ("__weakref__", "_build")
    _build: Build | Part

    def __init__(self, classes: Mapping[str, type[Any]], build: Build | Part) -> None:
        super().__init__(classes)
        object.__setattr__(self, "_build", build)

    @property
    def root(self) -> Any:
        """What the whole document describes: a class, or the type for a root that is no class.

        None where the document as a whole describes no data, as with OpenAPI.
        """
        return self._build.root

    @property
    def pointers(self) -> Mapping[str, type[Any]]:
        """JSON Pointer of a schema in the document, such as ``#/$defs/Address``, to the class made from it."""
        return self._build.pointers

    @property
    def schema(self) -> Any:
        """A copy of the document as it was given, as plain data; text for the kinds of input that are no JSON data."""
        return self._build.schema()

    @property
    def unenforced(self) -> tuple[tuple[str, str], ...]:
        """What the document demands and its classes do not check: JSON Pointer of a schema, and the keyword in it.

        In the order of the document; the keyword of a schema that is the boolean false is "false". Of a keyword that
        holds schemas and is not checked at all, such as ``not`` or ``contains``, nothing below it is listed. It is
        read from what pydantic has built, each time that it is asked for.

        Not listed are pydantic's own ways: what it converts ("61" for an integer, true for 1), null for optional
        fields, and how it reads dates, addresses and other formats. What a document refers to outside itself is not
        looked into.
        """
        from dynmodels.losses import unenforced  # only who asks for it pays for it

        if self._build.entry.exact is not None:
            return ()  # the gates check what the document says
        if not isinstance(self._build, Build):
            return self._build.whole.unenforced
        return unenforced(self.schema, self.root, self.pointers, has_root=self._build.entry.has_root)

    @property
    def source(self) -> str:
        """The generated source; the files of a package stand one after the other, each behind its path."""
        return self._build.source

    @property
    def digest(self) -> str:
        """The digest of the document, the options and the versions: 32 hexadecimal digits."""
        return self._build.package.identity.digest

    @property
    def module(self) -> types.ModuleType:
        """The synthetic module that the source ran in; a package where the source has several files."""
        return self._build.package.root

    @property
    def relaxed(self) -> tuple[tuple[str, str], ...]:
        """In exact classes, JSON Pointers of schemas that no class was made of, each with the reason.

        The gate checks them like all others; the data stays as it is.
        """
        told = self._build.entry.exact
        return () if told is None else tuple((str(pointer), str(reason)) for pointer, reason in told["relaxed"])

    @property
    def timings(self) -> Mapping[str, float]:
        """Seconds that each stage of the build took."""
        return self._build.timings

    def only(self, targets: Iterable[str] | None) -> DynamicModels:
        """Give some of the classes; all of them where ``targets`` is None.

        Args:
            targets: What ``target_model_names`` may name: classes, JSON Pointers, ids of OpenAPI operations.

        Returns:
            The classes that are meant. ``pointers`` and ``source`` are of these and of all that they need; the other
            attributes tell of the whole document.

        Raises:
            UnknownModelError: There is no such class.
            OptionsError: Two of them have one name, in several modules.
        """
        if targets is None:
            return self
        from dynmodels.choice import chosen  # here, as most calls ask for all

        return chosen(self, targets)

    def check_stub(self, file: Path) -> None:
        """See that a stub, which ``dynmodels stub`` has written, tells type checkers of these classes.

        Raises:
            StubError: It tells of other classes, or cannot be read.
        """
        from dynmodels.stub import check_stub  # here, as few programs have one

        check_stub(self, file)

    @property
    def is_whole(self) -> bool:
        """Whether these are all classes of the document."""
        return isinstance(self._build, Build)

    def has(self, targets: Iterable[str] | None) -> bool:
        """Tell whether ``only`` can be asked for some classes: of a part, those that have been asked for before."""
        answers = self._build.package.contents.answers
        return self.is_whole or (targets is not None and all(target in answers for target in targets))

    def copy(self) -> dict[str, type[Any]]:
        """Give a plain dict of the classes, which may be changed."""
        return dict(self)

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, type[Any]]:
        return dict(self)

    def _repr_html_(self) -> str:
        """Show the classes in a notebook: their fields, constraints and descriptions."""
        from dynmodels.page import page  # only notebooks pay for it

        return page(
            self,
            digest=self.digest,
            root=self.root if self.is_whole else None,  # of some, it would make all classes of the document
            pointers=self.pointers,
            document=self.schema,
            exact=self._build.entry.exact is not None,
        )

    def __missing__(self, name: object) -> type[Any]:
        from dynmodels.targets import normal, unknown

        if isinstance(name, str) and name.startswith("#"):
            found = self._build.at(name) or self._build.at(normal(name))
            if found is not None:
                return found
        raise unknown(name, self._build.directory._replace(exports=dict.fromkeys(self, "")))

    def _read_only(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("the classes of a document are read-only, as the cache shares them; copy them: dict(models)")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _read_only
    __setattr__ = __delattr__ = _read_only


#: Makes classes exact: is given them, the pointers, the root and the package, and gives the root.
Install = Callable[[list[type], Mapping[str, Any], Any, Package], Any]


def collect(
    package: Package,
    units: tuple[Unit, ...],
    entry: Entry,
    *,
    schema: Callable[[], Any],
    others: Callable[[], Mapping[str, Any]] = dict,
    limit: Callable[[list[type], Collection[type]], bool],
    timings: Mapping[str, float],
    install: Install | None = None,
) -> DynamicModels:
    """Gather the classes of modules that have run, complete them, and find the root.

    Args:
        package: The modules.
        units: Their source, in the order in which it ran.
        entry: What else is known of them.
        schema: Gives a copy of the document that the classes were made from.
        others: Gives the documents that exact classes need besides, by their URIs.
        limit: Is given all classes, complete, and those among them that have been limited before, to limit what they
            cost; tells whether there was anything to limit.
        timings: Seconds of each stage, the last of which is this one and still running.
        install: Makes the classes exact.

    Raises:
        ModelBuildError: pydantic cannot complete a class.
    """
    named = [(name, unit, value) for unit in units for name, value in _own_classes(unit, package)]
    names = [(name, value) for name, _, value in named]
    new, limited = finish(package, units, limit)
    exported = {name: value for name, value in names if entry.include_private or not name.startswith("_")}
    modules = {name: dotted_name(unit.path) for name, unit, _ in named if name in exported}
    bound = tuple(each for each in entry.classes if package.find(each[0], each[1]) is not None)
    entry = entry._replace(classes=bound, exports=modules)
    found = _by_pointer(package, bound)
    if entry.has_root and "#" not in found and entry.root_reference is None:
        # The generator does not tell where a class comes from that it merged from several definitions. Every other
        # class it does tell, so that a single one left over is the root.
        unknown = [(name, value) for name, value in exported.items() if value not in found.values()]
        if len(unknown) == 1:
            found["#"] = unknown[0][1]
            entry = entry._replace(classes=(*entry.classes, (modules[unknown[0][0]], unknown[0][0], "#")))
    pointers = {pointer: value for pointer, value in found.items() if isinstance(value, type)}
    root = _root(found, entry.root_reference)
    contents = package.contents
    if install is not None and not contents.whole:
        contents.exact_root = install([value for _, value in names], found, root, package)
        contents.pack = None  # that of a part, if there was one
    root = root if install is None else contents.exact_root
    if entry.exact is not None:
        gates = [(dotted_name(unit.path), name, vars(value).get(GATE)) for name, unit, value in named]
        places = [(module, name, gate.pointer) for module, name, gate in gates if gate is not None]
        entry = entry._replace(exact={**entry.exact, "places": places})
    contents.finished.update(new)
    if contents.whole:
        units = tuple(contents.units.values())
    else:
        contents.units = {unit.path: unit._replace(code=()) for unit in units}
        contents.permit, contents.versions = entry.permit, entry.versions
        contents.pickled.clear()
        contents.texts, contents.lines, contents.imported = {}, {}, set()
        contents.rest = None
        contents.whole = True
    contents.pointers.update(places_of(entry.classes))
    name = getattr(root, "__name__", None)
    build = Build(
        root=root,
        pointers=MappingProxyType(pointers),
        source=joined_source({unit.path: unit.source for unit in units}),
        package=package,
        entry=entry._replace(root=name if isinstance(name, str) else None, limited=entry.limited or limited),
        schema=schema,
        others=others,
        timings=timings,
    )
    models = DynamicModels(exported, build)
    contents.models = weakref.ref(models)
    if install is not None and contents.pack is None:
        contents.pack = partial(packed, models)
    return models


def packed(models: DynamicModels, units: tuple[Unit, ...] | None = None) -> Stored:
    """Write all that classes are made from.

    Args:
        models: The classes.
        units: Their source with its code, where that is to be kept as well.

    Raises:
        ValueError: The document is no text that can be written.
    """
    build = models._build
    if not isinstance(build, Build):
        return packed(build.whole)
    return pack(build.entry, units or build.package.contents.units.values(), build.schema(), build.others())


def completed(about: Mapping[str, Any], models: DynamicModels) -> Mapping[str, Any]:
    """Add to what was said of source that had not run what is known now that its classes are there."""
    entry = models._build.entry
    told = {"root": entry.root, "limited": entry.limited, "classes": entry.classes, "exports": dict(entry.exports)}
    return {**about, **told}


def finish(
    package: Package, units: tuple[Unit, ...], limit: Callable[[list[type], Collection[type]], bool]
) -> tuple[list[type], bool]:
    """Complete the classes that have come to a package: its own from then on, but not given out yet.

    Args:
        package: The modules.
        units: The source that has run there.
        limit: As for ``collect``.

    Returns:
        The classes, and whether anything had to be limited.

    Raises:
        ModelBuildError: pydantic cannot complete a class.
    """
    finished = package.contents.finished
    classes = list(dict.fromkeys(value for unit in units for _, value in _own_classes(unit, package)))
    done = [value for value in classes if value in finished]
    new = [value for value in classes if value not in finished]
    with package.contents.plainly():
        _complete(new, package, units)
        limited = bool(new) and limit(classes, frozenset(done))
    _take_ownership(new, package)
    return new, limited


def _own_classes(unit: Unit, package: Package) -> Iterator[tuple[str, type]]:
    """The models and enums that a file defines or names itself, as opposed to those it imports."""
    from pydantic import BaseModel  # here and below, as pydantic's classes take as long to load as all else

    module = package.modules[dotted_name(unit.path)]
    label = package.label + module.__name__.removeprefix(package.name)
    bound = dict.fromkeys(name for statement in unit.statements if not statement.outside for name in statement.names)
    for name in bound:
        value = vars(module).get(name)
        if not isinstance(value, type) or not issubclass(value, BaseModel | Enum):
            continue
        # A parametrised RootModel (Tags = RootModel[list[str]]) belongs to pydantic, as far as its module tells.
        is_own = value.__module__ == module.__name__ or (
            value.__module__ == label and vars(value).get(OWNER) is package
        )
        if is_own or (name in unit.assigned and _is_parametrised_root(value)):
            yield name, value


def _is_parametrised_root(value: type) -> bool:
    from pydantic import RootModel

    return issubclass(value, RootModel) and value.__pydantic_generic_metadata__["origin"] is not None


def _complete(values: list[type], package: Package, units: tuple[Unit, ...]) -> None:
    """Rebuild the models whose annotations named something that came later."""
    from pydantic import BaseModel

    namespace: dict[str, Any] = {}
    for unit in units:
        namespace.update(vars(package.modules[dotted_name(unit.path)]))
    for value in values:
        if issubclass(value, BaseModel) and not value.__pydantic_complete__:
            # Another file may have another class of a name that the class's own file has.
            own = vars(sys.modules[value.__module__]) if value.__module__ in sys.modules else {}
            try:
                value.model_rebuild(_types_namespace={**namespace, **own})
            except Exception as error:
                raise ModelBuildError(f"the class {value.__name__} cannot be completed: {error}") from error


def _take_ownership(values: list[type], package: Package) -> None:
    """Let each class keep its package alive, and carry the label that the caller chose."""
    from pydantic import BaseModel

    for value in values:
        if issubclass(value, BaseModel) and value.__pydantic_generic_metadata__["origin"] is not None:
            continue  # RootModel[str] is one class for all who write it
        setattr(value, OWNER, package)
        if package.label != package.name:
            value.__module__ = package.label + value.__module__.removeprefix(package.name)


def _by_pointer(package: Package, classes: Iterable[tuple[str, str, str]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for module, name, pointer in classes:
        namespace = vars(package.modules[module]) if module in package.modules else {}
        if name in namespace:
            found.setdefault(pointer, namespace[name])
    return found


def places_of(classes: Iterable[tuple[str, str, str]]) -> dict[str, tuple[str, str]]:
    """Give the module and the name of what stands for a schema, by its JSON Pointer."""
    places: dict[str, tuple[str, str]] = {}
    for module, name, pointer in classes:
        places.setdefault(pointer, (module, name))
    return places


def _root(found: Mapping[str, Any], reference: str | None) -> Any:
    """The type of the whole document; where the document is nothing but a reference, the type that it names.

    The generator wraps a reference at the root into a RootModel of its own (``Model``), which adds a name and no
    meaning (JSON Schema Core section 8.2.3.1).
    """
    root = found.get("#")
    target = found.get(reference) if reference is not None else None
    if target is None or root is None:
        return root if root is not None else target
    from pydantic import RootModel

    wraps = isinstance(root, type) and issubclass(root, RootModel) and root.model_fields["root"].annotation is target
    return target if wraps and not root.model_fields["root"].metadata else root


_SEPARATOR: Final = "# --- {} ---\n"


def joined_source(texts: Mapping[tuple[str, ...], str]) -> str:
    """Write the files of a package one after the other."""
    if len(texts) == 1:
        return next(iter(texts.values()))
    return "\n\n".join(_SEPARATOR.format("/".join(path)) + texts[path] for path in sorted(texts))
