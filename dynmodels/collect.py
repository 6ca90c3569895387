"""Collecting: which names of the generated modules are classes to give out, and which of them is the root."""

from __future__ import annotations

import sys
import types
import weakref
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from enum import Enum
from functools import partial
from types import MappingProxyType
from typing import Any, Final, NamedTuple, NoReturn

from dynmodels.entry import Entry, pack
from dynmodels.errors import ModelBuildError, UnknownModelError
from dynmodels.module import OWNER, Package, Unit
from dynmodels.statements import dotted_name
from dynmodels.store import Stored


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


class DynamicModels(dict[str, type[Any]]):
    """The classes of one document by name: a read-only dict, as the cache hands the same object to every caller.

    Attributes are ``root``, ``pointers``, ``schema``, ``unenforced``, ``relaxed``, ``source``, ``digest``, ``module``
    and ``timings``. An unknown name raises ``UnknownModelError``, a ``KeyError`` that lists the closest names.
    """

    __slots__ = ("__weakref__", "_build")
    _build: Build

    def __init__(self, classes: Mapping[str, type[Any]], build: Build) -> None:
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

    def only(self, names: Iterable[str] | None) -> DynamicModels:
        """Give the named classes alone, with the same attributes; all of them where ``names`` is None.

        Raises:
            UnknownModelError: There is no class of such a name.
        """
        return self if names is None else DynamicModels({name: self[name] for name in names}, self._build)

    def copy(self) -> dict[str, type[Any]]:
        """Give a plain dict of the classes, which may be changed."""
        return dict(self)

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, type[Any]]:
        return dict(self)

    def __missing__(self, name: object) -> NoReturn:
        import difflib

        close = difflib.get_close_matches(str(name), self, 3)
        listed = ", ".join(close or sorted(self)[:20]) or "none"
        raise UnknownModelError(
            f"there is no class {name!r}", hint=f"{'The closest' if close else 'The classes'} are: {listed}."
        )

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
    names = [(name, value) for unit in units for name, value in _own_classes(unit, package)]
    new, limited = finish(package, units, limit)
    exported = {name: value for name, value in names if entry.include_private or not name.startswith("_")}
    found = _by_pointer(package, entry.classes)
    if entry.has_root and "#" not in found and entry.root_reference is None:
        # The generator does not tell where a class comes from that it merged from several definitions. Every other
        # class it does tell, so that a single one left over is the root.
        unknown = [value for value in exported.values() if value not in found.values()]
        found |= {"#": unknown[0]} if len(unknown) == 1 else {}
    pointers = {pointer: value for pointer, value in found.items() if isinstance(value, type)}
    root = _root(found, entry.root_reference)
    contents = package.contents
    if install is not None and not contents.whole:
        contents.exact_root = install([value for _, value in names], found, root, package)
    root = root if install is None else contents.exact_root
    contents.finished.update(new)
    if contents.whole:
        units = tuple(contents.units.values())
    else:
        contents.units = {unit.path: unit._replace(code=()) for unit in units}
        contents.permit, contents.versions = entry.permit, entry.versions
        contents.pickled.clear()
        contents.lines = {}
        contents.imported = set()
        contents.whole = True
    name = getattr(root, "__name__", None)
    build = Build(
        root=root,
        pointers=MappingProxyType(pointers),
        source=_source(units),
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
    return pack(build.entry, units or build.package.contents.units.values(), build.schema(), build.others())


def completed(about: Mapping[str, Any], models: DynamicModels) -> Mapping[str, Any]:
    """Add to what was said of source that had not run what is known now that its classes are there."""
    entry = models._build.entry
    return {**about, "root": entry.root, "limited": entry.limited}


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


def _source(units: tuple[Unit, ...]) -> str:
    if len(units) == 1:
        return units[0].source
    by_path = sorted(units, key=lambda unit: unit.path)
    return "\n\n".join(_SEPARATOR.format("/".join(unit.path)) + unit.source for unit in by_path)
