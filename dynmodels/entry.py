"""Entries: what the store keeps of a build, and how the build comes back from it.

The generated source stands there as Python files, and beside each its bytecode: a ``.pyc`` file, except that each
statement's code is a piece of its own, one after the other.
"""

from __future__ import annotations

import importlib.util
import marshal
import sys
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from dynmodels.module import Filenames, Unit, lines_of
from dynmodels.permit import Permit
from dynmodels.statements import Statement
from dynmodels.store import Stored

#: The document, for those who ask the classes for it.
SCHEMA: Final = "schema.json"

#: The documents that an exact one refers to.
OTHERS: Final = "resources.json"

#: A hash-based .pyc that is not checked against its source (PEP 552): the store has done so.
_FLAGS: Final = (0b01).to_bytes(4, "little")

#: Magic number, flags and hash of the source.
_HEADER_BYTES: Final = 16


class Entry(NamedTuple):
    """What must be known to run a build again.

    Attributes:
        classes: Module, name and JSON Pointer of each class.
        root: The name of the root class, for people; None where there is none, or it is not known yet.
        root_reference: The JSON Pointer that the document is a mere reference to, if it is one.
        has_root: Whether the document as a whole describes data.
        include_private: Whether names with a leading underscore are exported.
        limited: Whether some class recurses in ways that must be limited.
        permit: What the source may import and use.
        versions: The versions of the packages that made it.
        exact: What makes the classes exact; None where they are not.
        exports: The module of each class that is given out, by its name; empty where that is not known yet.
        answers: Where it is but some classes of a document, what was asked for and which classes that means: modules
            and names.
    """

    classes: tuple[tuple[str, str, str], ...]
    root: str | None
    root_reference: str | None
    has_root: bool
    include_private: bool
    limited: bool
    permit: Permit
    versions: Mapping[str, str]
    exact: Mapping[str, Any] | None = None
    exports: Mapping[str, str] = MappingProxyType({})
    answers: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType({})


def pack(entry: Entry, units: Iterable[Unit], content: Any, others: Mapping[str, Any]) -> Stored:
    """Turn a build into files.

    Args:
        entry: What it is.
        units: Its source, in the order in which it ran. Where it comes with its code, that is kept as well.
        content: The document, as plain data.
        others: Documents that exact classes need besides, by their URIs.

    Raises:
        ValueError: The document is no text that can be written.
    """
    from pydantic_core import to_json

    files: dict[str, bytes] = {}
    modules: list[dict[str, Any]] = []
    for unit in units:
        source = files["/".join(unit.path)] = unit.source.encode()
        if not unit.code:
            modules.append({"path": unit.path})
            continue
        pieces = [marshal.dumps(code) for code in unit.code]
        header = importlib.util.MAGIC_NUMBER + _FLAGS + importlib.util.source_hash(source)
        files[_bytecode_name(unit.path)] = header + b"".join(pieces)
        modules.append(
            {
                "path": unit.path,
                "pieces": list(map(len, pieces)),
                "statements": unit.statements,
                "texts": _texts(unit),
                "assigned": sorted(unit.assigned),
                "rewritten": unit.rewritten,
            }
        )
    folded = {name.casefold() for name in files}
    if len(folded) < len(files):
        raise ValueError("two of its modules have one name where upper and lower case are the same")
    files[SCHEMA] = to_json(content)
    if entry.exact is not None:
        files[OTHERS] = to_json(others)
    permit = entry.permit
    about = {
        "root": entry.root,
        "classes": entry.classes,
        "exports": dict(entry.exports),
        "answers": dict(entry.answers),
        "versions": dict(entry.versions),
        "root_reference": entry.root_reference,
        "has_root": entry.has_root,
        "include_private": entry.include_private,
        "limited": entry.limited,
        "exact": entry.exact,
        "optimize": sys.flags.optimize,
        "permit": {
            "imports": sorted(permit.imports),
            "modules": sorted(permit.modules),
            "functions": permit.functions is not None,
        },
        "modules": modules,
    }
    return Stored(about, files)


def entry_of(stored: Stored, functions: Callable[[], frozenset[str]]) -> Entry:
    """Read what an entry is.

    Args:
        stored: As the store gave it.
        functions: Gives the functions that the generator writes.

    Raises:
        ValueError: It is none of this version of dynmodels.
    """
    about = stored.about
    try:
        permit = about["permit"]
        return Entry(
            classes=tuple((str(module), str(name), str(pointer)) for module, name, pointer in about["classes"]),
            root=about["root"],
            root_reference=about["root_reference"],
            has_root=bool(about["has_root"]),
            include_private=bool(about["include_private"]),
            limited=bool(about["limited"]),
            permit=Permit(
                imports=frozenset((str(module), str(name)) for module, name in permit["imports"]),
                modules=frozenset(map(str, permit["modules"])),
                functions=functions if permit["functions"] else None,
            ),
            exact=about["exact"],
            answers={
                str(target): tuple((str(module), str(name)) for module, name in names)
                for target, names in about["answers"].items()
            },
            exports={str(name): str(module) for name, module in about["exports"].items()},
            versions={str(name): str(version) for name, version in about["versions"].items()},
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"the entry lacks what it should hold: {error!r}") from error


def sources_of(stored: Stored) -> dict[tuple[str, ...], str]:
    """Give the source of an entry, in the order in which it ran.

    Raises:
        ValueError: It holds none.
    """
    try:
        return {path: stored.files["/".join(path)].decode() for path in paths_of(stored)}
    except (KeyError, TypeError) as error:
        raise ValueError(f"the entry lacks what it should hold: {error!r}") from error


def units_of(stored: Stored, filenames: Filenames) -> tuple[Unit, ...] | None:
    """Give the source of an entry compiled, from its bytecode; only where the store is to be believed.

    Args:
        stored: As the store gave it.
        filenames: What tracebacks are to call each file.

    Returns:
        The source, in the order in which it ran; None where the bytecode is that of another level of optimisation.

    Raises:
        ValueError: The bytecode is none of this interpreter.
    """
    if stored.about["optimize"] != sys.flags.optimize:
        return None
    return tuple(_unit(module, stored, filenames) for module in stored.about["modules"])


def paths_of(stored: Stored) -> tuple[tuple[str, ...], ...]:
    """Give the paths of an entry's files, in the order in which these ran.

    Raises:
        ValueError: It does not tell.
    """
    try:
        return tuple(tuple(map(str, module["path"])) for module in stored.about["modules"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"the entry lacks what it should hold: {error!r}") from error


def _unit(module: Mapping[str, Any], stored: Stored, filenames: Filenames) -> Unit:
    path = tuple(module["path"])
    pieces, filename = _Pieces(stored, module), filenames[path]
    code = tuple(pieces.code(number, filename) for number in range(len(module["pieces"])))
    source = stored.files["/".join(path)].decode()
    statements = tuple(map(_statement, module["statements"]))
    return Unit(path, source, filename, statements, code, frozenset(module["assigned"]), bool(module["rewritten"]))


class _Pieces:
    """The code of a file's statements, each read when it is asked for."""

    def __init__(self, stored: Stored, module: Mapping[str, Any]) -> None:
        self._bytecode = stored.files[_bytecode_name(tuple(module["path"]))]
        if self._bytecode[:4] != importlib.util.MAGIC_NUMBER:
            raise ValueError("the bytecode is that of another interpreter")
        self._ends = list(accumulate(module["pieces"], initial=_HEADER_BYTES))

    def code(self, number: int, filename: str) -> types.CodeType:
        """Give that of a statement, by its number in the file."""
        piece = self._bytecode[self._ends[number] : self._ends[number + 1]]
        return _placed(marshal.loads(piece), filename)  # noqa: S302 (our own, as the checksum says)


def statements_of(stored: Stored) -> dict[tuple[str, ...], tuple[Statement, ...]]:
    """Give the statements of an entry's files, in the order in which these ran.

    Raises:
        ValueError: It does not tell.
    """
    try:
        return {
            tuple(map(str, module["path"])): tuple(map(_statement, module["statements"]))
            for module in stored.about["modules"]
        }
    except (KeyError, TypeError) as error:
        raise ValueError(f"the entry lacks what it should hold: {error!r}") from error


def texts_of(stored: Stored, numbers: Mapping[tuple[str, ...], Sequence[int]]) -> dict[tuple[str, ...], list[str]]:
    """Give the texts of some statements of an entry, each to the end of its last line.

    Args:
        stored: As the store gave it.
        numbers: The numbers of the statements, by the paths of their files.
    """
    texts = {}
    for module in stored.about["modules"]:
        path = tuple(map(str, module["path"]))
        if path in numbers:
            source, places = stored.files["/".join(path)], module["texts"]
            texts[path] = [source[slice(*places[number])].decode() for number in numbers[path]]
    return texts


def part_of(
    stored: Stored, numbers: Mapping[tuple[str, ...], Sequence[int]], filenames: Filenames
) -> tuple[Unit, ...] | None:
    """Give some statements of an entry compiled, from its bytecode; only where the store is to be believed.

    Args:
        stored: As the store gave it.
        numbers: The numbers of the statements, by the paths of their files.
        filenames: What tracebacks are to call each file.

    Returns:
        Files without text that have these statements alone, in the order in which they ran; None where the bytecode is
        that of another level of optimisation.

    Raises:
        ValueError: The bytecode is none of this interpreter.
    """
    if stored.about["optimize"] != sys.flags.optimize:
        return None
    units = []
    for module in stored.about["modules"]:
        path = tuple(module["path"])
        if path in numbers:
            pieces, filename, told = _Pieces(stored, module), filenames[path], module["statements"]
            code = tuple(pieces.code(number, filename) for number in numbers[path])
            statements = tuple(_statement(told[number]) for number in numbers[path])
            assigned = frozenset(module["assigned"])
            units.append(Unit(path, "", filename, statements, code, assigned, bool(module["rewritten"])))
    return tuple(units)


def _texts(unit: Unit) -> list[tuple[int, int]]:
    """Say where in its file each statement begins and where its last line ends, in bytes."""
    ends = list(accumulate((len(line.encode()) for line in lines_of(unit.source)), initial=0))
    return [(ends[statement.line - 1], ends[statement.end]) for statement in unit.statements]


def _statement(told: list[Any]) -> Statement:
    line, end, names, uses, imports, outside = told
    return Statement(line, end, tuple(names), tuple(uses), tuple(map(tuple, imports)) if imports else (), outside)


def _placed(code: types.CodeType, filename: str) -> types.CodeType:
    """Have tracebacks name the file where the source is now."""
    constants = tuple(_placed(each, filename) if isinstance(each, types.CodeType) else each for each in code.co_consts)
    return code.replace(co_filename=filename, co_consts=constants)


def _bytecode_name(path: tuple[str, ...]) -> str:
    return str(Path(*path).with_suffix(".pyc").as_posix())
