"""Compiling: generated source is parsed, looked at by the guard, and compiled, a piece at a time."""

from __future__ import annotations
import __future__

import ast
import heapq
import types
from collections.abc import Callable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Final, NamedTuple, Protocol

from dynmodels import patterns
from dynmodels.errors import ModelBuildError, excerpt
from dynmodels.module import Filenames, Unit, lines_of
from dynmodels.needs import statement_of
from dynmodels.statements import Statement, dotted_name, without_strangers

#: Lines parsed at a time. Parsing holds the interpreter lock, some 10 us a line, and other threads wait meanwhile.
PIECE_LINES: Final = 300


class Watch(Protocol):
    """Somebody who looks at source before it is compiled."""

    def check(self, path: tuple[str, ...], source: str) -> Callable[[ast.Module], None]:
        """Give what is to check each piece of a file, parsed."""

    def finish(self) -> None:
        """Check the files together."""


def _unchecked(_tree: ast.Module) -> None:
    """Let a piece pass."""


class _Compiled(NamedTuple):
    unit: Unit
    imports: tuple[ast.ImportFrom, ...]
    """Its imports from its siblings."""


#: Says on which line a statement is to stand, given its path and its text; None where it is not to be compiled.
Placing = Callable[[tuple[str, ...], Statement, str], int | None]


def compile_source(
    sources: Mapping[tuple[str, ...], str],
    filenames: Filenames,
    watch: Watch | None = None,
    placing: Placing | None = None,
) -> tuple[Unit, ...]:
    """Parse and compile generated source, and put its files into the order in which they must run.

    Args:
        sources: Source by path in the generated package.
        filenames: What tracebacks are to call each file.
        watch: Looks at everything before it is compiled; None where nobody has to.
        placing: Chooses what is compiled, and where it stands; None where everything is, as it stands.

    Raises:
        ModelBuildError: The source does not compile.
        UnsafeSchemaError: The guard refuses it.
    """
    compiled = []
    for path, text in sources.items():
        source = text.replace("\r\n", "\n").replace("\r", "\n")  # as Python's own tokenizer does
        check = watch.check(path, source) if watch is not None else _unchecked
        compiled.append(_compile(path, source, filenames[path], check, placing))
    if watch is not None:
        watch.finish()
    return _in_import_order(compiled)


def parsed(source: str, filename: str) -> Iterator[ast.Module]:
    """Parse a piece at a time, so that other threads get their turn.

    A piece ends before a line that begins with ``class``. Where it parses, it ends with a statement: a text or a
    bracket that was open would not parse. Where it does not, as a description holds such a line, it is doubled.

    Raises:
        ModelBuildError: The source is no Python.
    """
    lines = lines_of(source)
    starts = [number for number, line in enumerate(lines) if line.startswith("class ")]
    begin, size = 0, PIECE_LINES
    while True:
        end = next((start for start in starts if start >= begin + size), len(lines))
        try:
            # The blank lines keep the numbers right, for tracebacks and for inspect.
            tree = ast.parse("\n" * begin + "".join(lines[begin:end]), filename)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            if end == len(lines):
                raise _compile_error(error, source) from error
            size *= 2
            continue
        yield tree
        if end == len(lines):
            return
        begin, size = end, PIECE_LINES


def _compile(
    path: tuple[str, ...],
    source: str,
    filename: str,
    check: Callable[[ast.Module], None],
    placing: Placing | None,
) -> _Compiled:
    flags = 0
    code: list[types.CodeType] = []
    statements: list[Statement] = []
    imports: list[ast.ImportFrom] = []
    assigned: set[str] = set()
    rewrites = patterns.needs_rewriting(source)
    lines = [] if placing is None else lines_of(source)
    for tree in parsed(source, filename):
        check(tree)
        told = [statement_of(node, path) for node in tree.body]
        if rewrites:
            tree = patterns.rewrite(tree)
        for node, statement in zip(tree.body, told, strict=True):
            if isinstance(node, ast.ImportFrom):
                if node.level:
                    imports.append(node)
                elif node.module == "__future__":
                    flags |= __future__.annotations.compiler_flag
            if placing is not None:
                line = placing(path, statement, "".join(lines[statement.line - 1 : statement.end]))
                if line is None:
                    continue
                ast.increment_lineno(node, line - statement.line)
                statement = statement._replace(line=line, end=line + statement.end - statement.line)
            statements.append(statement)
            try:
                # Without dont_inherit this file's own __future__ import would hold for the generated code.
                code.append(compile(ast.Module([node], []), filename, "exec", flags=flags, dont_inherit=True))
            except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                raise _compile_error(error, source) from error
            if isinstance(node, ast.Assign):
                assigned.update(target.id for target in node.targets if isinstance(target, ast.Name))
    kept = tuple(statements) if placing is not None else without_strangers(statements)
    return _Compiled(Unit(path, source, filename, kept, tuple(code), frozenset(assigned), rewrites), tuple(imports))


def _in_import_order(compiled: list[_Compiled]) -> tuple[Unit, ...]:
    """Sort so that what a file imports from its siblings has run before it.

    Files that do not depend on each other keep the generator's own order, plain modules before packages and each
    by path: where two hold a class of one name, the later file's is the one that is exported.
    """
    ranked = sorted(compiled, key=lambda each: (each.unit.path[-1] == "__init__.py", each.unit.path))
    rank = {dotted_name(each.unit.path): place for place, each in enumerate(ranked)}
    sorter = TopologicalSorter(
        {place: {rank[name] for name in _imports(each, rank)} for place, each in enumerate(ranked)}
    )
    try:
        sorter.prepare()
    except CycleError:  # the generator breaks cycles itself; what remains is for Python's import to judge
        return tuple(each.unit for each in ranked)
    ready: list[int] = []
    order: list[int] = []
    while sorter.is_active():
        for place in sorter.get_ready():
            heapq.heappush(ready, place)
        order.append(heapq.heappop(ready))
        sorter.done(order[-1])
    return tuple(ranked[place].unit for place in order)


def _imports(compiled: _Compiled, siblings: Mapping[str, int]) -> set[str]:
    """The names of the sibling files that a file imports."""
    found: set[str] = set()
    for statement in compiled.imports:
        path = compiled.unit.path
        folder = path[: len(path) - statement.level]
        module = ".".join((*folder, *filter(None, [statement.module])))
        names = {f"{module}.{alias.name}".lstrip(".") for alias in statement.names}
        found |= names & siblings.keys()
        if names - siblings.keys() and module in siblings:
            found.add(module)
    return found - {dotted_name(compiled.unit.path)}


def _compile_error(error: BaseException, source: str) -> ModelBuildError:
    line = getattr(error, "lineno", None)
    reason = getattr(error, "msg", None) or str(error) or type(error).__name__
    return ModelBuildError(
        f"the generated source does not compile: {reason}",
        line=line,
        excerpt=excerpt(source, line) if line else None,
        hint="A name or a text of the schema has upset the generator; the excerpt shows which.",
    )
