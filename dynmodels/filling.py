"""Filling: some statements of a document's source come into its package, which may have others of them, or none yet.

So come the classes of a pickle, those that a call names, and those that are read from the store one after the other.
What has run is not run again: whoever comes to a class first makes it, and all others get that very class.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from dynmodels.collect import finish
from dynmodels.entry import part_of, texts_of
from dynmodels.module import Contents, Filenames, Package, Unit, lines_of, run, show_lines, show_statements
from dynmodels.permit import Permit
from dynmodels.statements import Statement, dotted_name
from dynmodels.store import Stored

if TYPE_CHECKING:
    from dynmodels.compiling import Watch

#: A class of a package: the name of its module, relative to the package, and its own.
Name = tuple[str, str]

#: Is given classes, complete, and those among them that have been limited before, to limit what they cost; tells
#: whether there was anything to limit.
Limit = Callable[[list[type], Collection[type]], bool]


class Arrival(NamedTuple):
    """Statements that come into a package.

    Attributes:
        units: Those that are new, compiled: their files without text, in the order in which they are to run.
        texts: The text of each of them, by the paths of their files.
        names: The classes and other names that all of them define, new or not.
        imports: Those that define nothing: path and text.
    """

    units: tuple[Unit, ...]
    texts: Mapping[tuple[str, ...], Sequence[str]]
    names: tuple[Name, ...]
    imports: frozenset[tuple[tuple[str, ...], str]]


def from_source(package: Package, sources: Mapping[tuple[str, ...], str], watch: Watch | None) -> Arrival:
    """Compile the source of some statements.

    Args:
        package: Where they are to run; open for nobody else (``module.opened``).
        sources: The statements of each file one after the other, in the order of the document's source, with the
            imports that they need.
        watch: The guard; None where the source is to be believed.

    Raises:
        ModelBuildError: The source does not compile.
        UnsafeSchemaError: The guard refuses it.
    """
    from dynmodels.compiling import compile_source  # here, as bytecode needs none of it

    news = _News(package.contents)
    filenames = package.filenames(mark=" in part")
    units = compile_source(sources, filenames, watch, news.place)
    for path in sources:
        show_lines(path, filenames[path], news.lines(path), package)
    return news.arrival(tuple(unit._replace(source="") for unit in units))


def from_store(
    package: Package,
    stored: Stored,
    statements: Mapping[tuple[str, ...], Sequence[Statement]],
    numbers: Mapping[tuple[str, ...], Sequence[int]],
    filenames: Filenames,
) -> Arrival | None:
    """Read some statements of an entry, from its bytecode; only where the store is to be believed.

    Args:
        package: Where they are to run; open for nobody else.
        stored: The entry.
        statements: All statements of its files (``entry.statements_of``).
        numbers: The numbers of those to be read, by the paths of their files.
        filenames: What tracebacks are to call each file: the stored one.

    Returns:
        The statements; None where the bytecode is that of another level of optimisation.

    Raises:
        ValueError: The bytecode is none of this interpreter.
    """
    news = _News(package.contents)
    texts = texts_of(stored, numbers)
    new: dict[tuple[str, ...], list[int]] = {}
    for path, chosen in numbers.items():
        told = zip(chosen, texts[path], strict=True)
        new[path] = [number for number, text in told if news.is_new(path, statements[path][number], text)]
    units = part_of(stored, new, filenames)
    if units is None:
        return None
    arrival = news.arrival(units)
    for unit in units:
        show_statements(unit, arrival.texts[unit.path], package)
    return arrival


def fill(
    package: Package,
    arrival: Arrival,
    permit: Permit,
    versions: Mapping[str, str],
    *,
    limit: Limit,
    gated: Callable[[Sequence[type]], None] | None = None,
) -> list[type]:
    """Run statements in a package, and make the classes complete that they define.

    Args:
        package: The package, which is not whole; open for nobody else.
        arrival: The statements, with all that they need.
        permit: What the source may import and use.
        versions: The versions of the packages that made it.
        limit: Limits what validating by the classes may cost.
        gated: Puts gates before classes, in exact ones; those that have one keep it.

    Returns:
        All classes that the statements define, also those that were there before.

    Raises:
        ModelBuildError: The source does not run, or pydantic cannot complete a class.
        UnsafeSchemaError: Unions stand one inside the other too often.
    """
    contents = package.contents
    run(arrival.units, package, permit.builtins, permit.allows_import)
    new, _ = finish(package, arrival.units, lambda *_: limit(classes_of(package, arrival.names), contents.finished))
    classes = classes_of(package, arrival.names)
    if gated is not None:
        gated(classes)
    _account(contents, arrival)
    contents.permit = permit
    contents.versions = dict(versions)
    contents.finished.update(new)
    return classes


def classes_of(package: Package, names: Iterable[Name]) -> list[type]:
    """Give what is a class of what names stand for."""
    return [value for module, name in names if isinstance(value := package.find(module, name), type)]


def _account(contents: Contents, arrival: Arrival) -> None:
    for unit in arrival.units:
        before = contents.units.get(unit.path)
        earlier, assigned = ((), frozenset[str]()) if before is None else (before.statements, before.assigned)
        contents.units[unit.path] = unit._replace(
            code=(), statements=(*earlier, *unit.statements), assigned=assigned | unit.assigned
        )
        contents.texts.setdefault(unit.path, []).extend(arrival.texts[unit.path])
    contents.imported |= arrival.imports
    contents.pickled.clear()


class _News:
    """Tells what is new to a package, and takes note of all."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._names: dict[Name, None] = {}
        self._imports: set[tuple[tuple[str, ...], str]] = set()
        self._texts: dict[tuple[str, ...], list[str]] = {}

    def is_new(self, path: tuple[str, ...], statement: Statement, text: str) -> bool:
        """Tell whether a statement is new."""
        if statement.defines:
            module = dotted_name(path)
            self._names.update(dict.fromkeys((module, name) for name in statement.names))
            # Where a name is defined twice, both came together.
            is_known = all((path, name, 0) in self._contents.ran for name in statement.names)
        else:
            is_known = (path, text) in self._contents.imported
            self._imports.add((path, text))
        if not is_known:
            self._texts.setdefault(path, []).append(text)
        return not is_known

    def place(self, path: tuple[str, ...], statement: Statement, text: str) -> int | None:
        """Say on which line a statement is shown, behind those that came before; None where it has run."""
        text = text if text.endswith("\n") else f"{text}\n"  # others may follow the last of a file
        if not self.is_new(path, statement, text):
            return None
        lines = self.lines(path)
        lines.extend(lines_of(text))
        return len(lines) - (statement.end - statement.line)

    def lines(self, path: tuple[str, ...]) -> list[str]:
        """Give what is shown of a file."""
        return self._contents.lines.setdefault(path, [])

    def arrival(self, units: tuple[Unit, ...]) -> Arrival:
        """Give what has come."""
        texts = {unit.path: self._texts.get(unit.path, []) for unit in units}
        return Arrival(units, texts, tuple(self._names), frozenset(self._imports))
