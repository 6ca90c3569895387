"""Statements: what each statement of generated source binds and needs, so that classes can be told apart from the rest.

Of GitHub's 2,754 classes, one needs sixty others at most.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple


class Statement(NamedTuple):
    """One statement of a file of generated source.

    Attributes:
        line: Its first line, counted from 1.
        end: Its last line.
        names: What it binds.
        uses: The names that it needs, with the attributes that it takes of them: ``shop.Order``.
        imports: What it imports from the package: the name that it gives it, the module's dotted name, and the name
            there.
        outside: Whether it imports from outside the package.
    """

    line: int
    end: int
    names: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    imports: tuple[tuple[str, str, str], ...] = ()
    outside: bool = False

    @property
    def defines(self) -> bool:
        """Whether it makes what it binds; to run an import again does no harm."""
        return bool(self.names) and not self.imports and not self.outside


#: A statement of a package: the path of its file, and its number there.
Place = tuple[tuple[str, ...], int]


def without_strangers(statements: Collection[Statement]) -> tuple[Statement, ...]:
    """Leave the names that no statement of the file binds out of what its statements need."""
    bound = {name for statement in statements for name in statement.names}
    return tuple(
        statement._replace(uses=tuple(use for use in statement.uses if use.partition(".")[0] in bound))
        for statement in statements
    )


def dotted_name(path: tuple[str, ...]) -> str:
    """Turn a file's path in the generated package into its module's name relative to the package."""
    last = path[-1].removesuffix(".py")
    return ".".join(path[:-1] if last == "__init__" else (*path[:-1], last))


class Index:
    """Finds what statements of a package need of each other.

    Args:
        files: The statements of each file, by its path.
    """

    def __init__(self, files: Mapping[tuple[str, ...], tuple[Statement, ...]]) -> None:
        self._files = files
        self._paths = {dotted_name(path): path for path in files}
        self._binding: dict[tuple[str, ...], dict[str, list[int]]] = {}
        self._future: dict[tuple[str, ...], list[int]] = {}
        for path, statements in files.items():
            binding = self._binding[path] = {}
            for number, statement in enumerate(statements):
                for name in statement.names:
                    binding.setdefault(name, []).append(number)
            self._future[path] = binding.get("annotations", [])

    def closure(self, module: str, name: str) -> list[Place]:
        """Give the statements that a name of a module needs, its own among them, in the order of their files.

        What binds nothing is left out: ``Order.model_rebuild()`` is done for all classes when they are complete.

        Args:
            module: The module's dotted name, relative to the package.
            name: What it binds.
        """
        found: set[Place] = set()
        waiting = list(self._behind(module, name))
        while waiting:
            place = waiting.pop()
            if place not in found:
                found.add(place)
                waiting.extend(self._needed(place))
        future = [(path, number) for path in {path for path, _ in found} for number in self._future[path]]
        return sorted({*found, *future})

    def imported(self, places: Iterable[Place]) -> set[tuple[str, ...]]:
        """Give the files that statements import as a whole, needed or not, by their paths."""
        named = {
            self._module_in(module, name)
            for path, number in places
            for _, module, name in self._files[path][number].imports
        }
        return {self._paths[module] for module in named if module is not None}

    def _needed(self, place: Place) -> Iterator[Place]:
        path, number = place
        statement = self._files[path][number]
        for _, module, name in statement.imports:
            # A module as a whole is imported for what is used of it.
            if self._module_in(module, name) is None:
                yield from self._behind(module, name)
        for use in statement.uses:
            first, _, rest = use.partition(".")
            for other in self._binding[path].get(first, ()):
                yield path, other
                for bound, module, name in self._files[path][other].imports:
                    imported = self._module_in(module, name) if bound == first else None
                    if imported is not None:
                        yield from self._used(imported, rest)

    def _used(self, module: str, dotted: str) -> Iterator[Place]:
        """Find what stands behind attributes of a module: classes in it, or in a module below it."""
        first, _, rest = dotted.partition(".")
        below = self._module_in(module, first) if first else None
        if below is not None:
            yield from self._used(below, rest)
        elif first:
            yield from self._behind(module, first)
        else:
            yield from ((self._paths[module], number) for number in range(len(self._files[self._paths[module]])))

    def _behind(self, module: str, name: str) -> Iterator[Place]:
        path = self._paths.get(module)
        if path is not None:
            yield from ((path, number) for number in self._binding[path].get(name, ()))

    def _module_in(self, module: str, name: str) -> str | None:
        """Give the module below one by a name, unless the name is a class there."""
        below = ".".join(filter(None, (module, name)))
        places = self._behind(module, name)
        is_class = any(self._files[path][number].defines for path, number in places)
        return below if below in self._paths and not is_class else None
