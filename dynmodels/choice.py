"""Choices: some classes of a document, and what is told of them while the others may not be there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from dynmodels.entry import Entry
from dynmodels.module import Package, lines_of
from dynmodels.statements import Index, Place, dotted_name
from dynmodels.targets import Directory, Name, distinct, resolve, unknown

if TYPE_CHECKING:
    from dynmodels.collect import DynamicModels


class Part:
    """What stands behind some classes of a document, as ``collect.Build`` does behind all.

    The others are made when something is asked for that takes all of them: ``root``, and what a schema demands that its
    classes do not check.

    Args:
        package: The modules that have the classes.
        names: The classes, by module and name.
        directory: What may be asked for besides.
        entry: What is known of the whole.
        schema: Gives a copy of the document.
        others: Gives the documents that exact classes need besides, by their URIs.
        timings: Seconds of each stage.
        whole: Gives all classes of the document.
    """

    def __init__(
        self,
        package: Package,
        names: Iterable[Name],
        directory: Directory,
        entry: Entry,
        *,
        schema: Callable[[], Any],
        others: Callable[[], Mapping[str, Any]],
        timings: Mapping[str, float],
        whole: Callable[[], DynamicModels],
    ) -> None:
        self.package = package
        self.directory = directory
        self.entry = entry
        self.schema = schema
        self.others = others
        self.timings = timings
        self._names = tuple(names)
        self._whole = whole

    @cached_property
    def whole(self) -> DynamicModels:
        """All classes of the document."""
        return self._whole()

    @property
    def root(self) -> Any:
        """What the whole document describes."""
        return self.whole.root

    @cached_property
    def pointers(self) -> Mapping[str, type[Any]]:
        """The classes, and those that they need, by JSON Pointers."""
        units = self.package.contents.units
        needed = {
            (dotted_name(path), name) for path, number in self._places for name in units[path].statements[number].names
        }
        found = {
            pointer: self.package.find(*name) for pointer, name in self.directory.pointers.items() if name in needed
        }
        return MappingProxyType({pointer: value for pointer, value in found.items() if isinstance(value, type)})

    @cached_property
    def source(self) -> str:
        """The generated source of the classes and of all that they need."""
        from dynmodels.collect import joined_source

        texts: dict[tuple[str, ...], list[str]] = {}
        lines = {path: lines_of(unit.source) for path, unit in self.package.contents.units.items()}
        for path, number in self._places:
            texts.setdefault(path, []).append(self._text(path, number, lines[path]))
        return joined_source({path: "".join(each) for path, each in texts.items()})

    def _text(self, path: tuple[str, ...], number: int, lines: list[str]) -> str:
        contents = self.package.contents
        if path in contents.texts:
            return contents.texts[path][number]
        statement = contents.units[path].statements[number]
        return "".join(lines[statement.line - 1 : statement.end])

    def at(self, pointer: str) -> type[Any] | None:
        """Give the class of a schema, where it is one of these, or one that they need."""
        name = self.directory.pointers.get(pointer)
        found = self.package.find(*name) if name in self._names else self.pointers.get(pointer)
        return found if isinstance(found, type) else None

    @cached_property
    def _places(self) -> list[Place]:
        units = self.package.contents.units
        index = Index({path: unit.statements for path, unit in units.items()})
        return sorted({place for name in self._names for place in index.closure(*name)})


def chosen(models: DynamicModels, targets: Iterable[str]) -> DynamicModels:
    """Give some of the classes that are there.

    Args:
        models: All classes of a document, or those that other calls have named.
        targets: What is asked for: what those calls have named, where these are not all.

    Raises:
        UnknownModelError: There is no such class.
        OptionsError: Two of them have one name.
    """
    build, targets = models._build, tuple(targets)
    contents = build.package.contents
    directory, known = build.directory._replace(pointers=contents.pointers), contents.answers
    new = [target for target in targets if target not in known]
    if new and isinstance(build, Part):
        return build.whole.only(targets)
    answers = resolve(new, directory)
    return given(
        build.package,
        {target: known.get(target) or answers[target] for target in targets},
        directory,
        build.entry,
        schema=build.schema,
        others=build.others,
        timings=build.timings,
        whole=lambda: build.whole if isinstance(build, Part) else models,
    )


def given(
    package: Package,
    answers: Mapping[str, tuple[Name, ...]],
    directory: Directory,
    entry: Entry,
    *,
    schema: Callable[[], Any],
    others: Callable[[], Mapping[str, Any]],
    timings: Mapping[str, float],
    whole: Callable[[], DynamicModels],
) -> DynamicModels:
    """Give out classes of a package that are complete.

    Args:
        package: The package. It remembers what has been asked for.
        answers: What was asked for, and the classes that are meant.
        directory: What there is to be asked for.
        entry: What is known of the whole document.
        schema: Gives a copy of the document.
        others: Gives the documents that exact classes need besides, by their URIs.
        timings: Seconds of each stage.
        whole: Gives all classes of the document, where something is asked for that takes them.

    Raises:
        UnknownModelError: What stands for a schema that was asked for is no class.
        OptionsError: Two of the classes have one name.
    """
    from dynmodels.collect import DynamicModels

    for target, names in answers.items():
        if not all(isinstance(package.find(*name), type) for name in names):
            raise unknown(target, directory)
    classes = distinct(name for found in answers.values() for name in found)
    part = Part(
        package,
        classes.values(),
        directory,
        entry,
        schema=schema,
        others=others,
        timings=timings,
        whole=whole,
    )
    models = DynamicModels({name: package.find(*place) for name, place in classes.items()}, part)
    package.contents.answers.update(answers)
    return models
