"""Portions: some classes of a document, built without the others where that provably gives the same classes."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from dynmodels import filling, isolation, log, policy, render
from dynmodels.adding import added
from dynmodels.call import Call
from dynmodels.choice import given
from dynmodels.collect import DynamicModels, places_of
from dynmodels.compiling import compile_source
from dynmodels.digest import installed
from dynmodels.entry import Entry
from dynmodels.errors import GenerationError, SchemaError, UnknownModelError
from dynmodels.guard import Guards
from dynmodels.limits import DEFAULT_LIMITS
from dynmodels.module import Identity, Unit, import_ahead, lines_of, opened
from dynmodels.needs import statement_of
from dynmodels.permit import permit_of
from dynmodels.pointers import resolves
from dynmodels.pruning import MARK, Pruned, Pruning, WholeDocumentError
from dynmodels.recursion import bound
from dynmodels.schema import Document
from dynmodels.stages import Stages
from dynmodels.statements import Index, Statement
from dynmodels.targets import Directory, Name, is_pointer, normal, operation_schemas, operations
from dynmodels.unions import tagged

if TYPE_CHECKING:
    from dynmodels.render import GenerateConfig

#: The versions of datamodel-code-generator whose naming ``pruning`` knows.
_KNOWN_GENERATORS: Final = ("0.87.", "0.89.")

#: Options that change neither what classes are called nor, because of one schema, the class of another.
_HARMLESS: Final = frozenset(
    {
        "additional_imports",
        "allow_extra_fields",
        "allow_population_by_field_name",
        "allow_remote_refs",
        "apply_default_values_for_required_fields",
        "base_class",
        "class_name",
        "disable_timestamp",
        "encoding",
        "enum_field_as_literal",
        "extra_fields",
        "field_constraints",
        "field_extra_keys",
        "field_include_all_keys",
        "force_optional_for_required_fields",
        "formatters",
        "input_file_type",
        "set_default_enum_member",
        "strict_nullable",
        "strict_refs",
        "strict_types",
        "strip_default_none",
        "target_python_version",
        "use_annotated",
        "use_default_kwarg",
        "use_double_quotes",
        "use_field_description",
        "use_one_literal_as_default",
        "use_schema_description",
        "use_standard_collections",
        "use_union_operator",
    }
)

#: The generated file; documents whose classes are in several are built as a whole.
_FILE: Final[tuple[str, ...]] = ("__init__.py",)

#: In how many schemas a class is looked for whose name is that of none of them.
_SEARCHED: Final = 40


class Portion(NamedTuple):
    """Some classes of a document.

    Attributes:
        models: The classes.
        entry: What they are made of.
        units: The source of these and of all that they need, on its own.
    """

    models: DynamicModels
    entry: Entry
    units: tuple[Unit, ...]


def build_portion(
    document: Document,
    config: GenerateConfig,
    identity: Identity,
    call: Call,
    targets: Sequence[str],
    stages: Stages,
    whole: Callable[[], DynamicModels],
) -> Portion | None:
    """Make some classes of a document; None where all have to be made to know what they are, which the log explains.

    Args:
        document: What to build from.
        config: The generator's options, as ``build.configured`` gives them.
        identity: What the classes are known by.
        call: What the caller asks for besides.
        targets: The classes: names, JSON Pointers, ids of operations.
        stages: Counts the time.
        whole: Gives all classes of the document.

    Raises:
        UnknownModelError: There is no such class.
        DynmodelsError: As ``build.build`` says, of what is wanted.
    """
    try:
        _check(document, config, call)
        with stages("prune"):
            pruning = Pruning(document, render.root_name(document, config), render.singular, render.importable())
        work = _Rendering(document, config, call, stages, pruning)
        found = work.search(targets)
    except (WholeDocumentError, RecursionError) as error:
        log.info("all classes of %s are built where some are asked for: %s", identity.digest, error)
        return None
    entry = Entry(
        found.classes,
        None,
        document.root_reference,
        document.has_root,
        config.allow_leading_underscore_class_name,
        limited=True,
        permit=permit_of(dict(config), call.allow_imports, render.validator_functions, call.imports),
        versions=installed(),
        exports=dict.fromkeys(found.names, ""),
        answers=found.answers,
    )
    guards = Guards(entry.permit, (call.limits or DEFAULT_LIMITS).source)
    sources = {_FILE: found.source}
    import_ahead(entry.permit, sources.values())
    with opened((_FILE,), identity) as package:
        contents = package.contents
        if call.additions is not None:
            contents.given = call.additions.given
        with stages("compile"):
            units = compile_source(sources, package.filenames(), guards)
        if not contents.whole:
            with stages("compile"):
                arrival = filling.from_source(package, sources, None)  # it has passed the guard
            with stages("exec"):
                filling.fill(package, arrival, entry.permit, entry.versions, limit=bound)
            contents.pointers.update(places_of(found.classes))
    models = given(
        package,
        found.answers,
        Directory(entry.exports, contents.pointers, document.copies),
        entry,
        schema=document.copies,
        others=dict,
        timings=stages.seconds,
        whole=whole,
    )
    log.debug("built %d classes of %s alone, ms: %s", len(models), identity.digest, stages)
    return Portion(models, entry, units)


def _check(document: Document, config: GenerateConfig, call: Call) -> None:
    """See that ``pruning`` knows what the generator does.

    Raises:
        WholeDocumentError: It does not.
    """
    if call.exact is not None:
        raise WholeDocumentError("they are exact")
    if call.folder is not None:
        raise WholeDocumentError("their source is written to a file")
    if call.additions is not None and (call.additions.checks or call.additions.types):
        raise WholeDocumentError("the caller's own validators and types are for some of its classes")
    if not render.GENERATOR_VERSION.startswith(_KNOWN_GENERATORS):
        raise WholeDocumentError(f"how datamodel-code-generator {render.GENERATOR_VERSION} names classes is not known")
    if document.kind not in {"jsonschema", "openapi"} or not isinstance(document.content, dict):
        raise WholeDocumentError("it is no JSON Schema and no OpenAPI document")
    settings = render.settings_of(config)
    harmful = [name for name in settings if name not in _HARMLESS and not _is_default(name, settings[name], document)]
    if harmful:
        raise WholeDocumentError(f"what the option {harmful[0]!r} does depends on all schemas")


def _is_default(name: str, value: object, document: Document) -> bool:
    return name == "skip_root_model" and bool(value) and document.swagger


@dataclass(frozen=True)
class _Found:
    """What was looked for.

    Attributes:
        source: The source of the classes and of all that they need.
        classes: Module, name and JSON Pointer of each class in it.
        names: The names of these classes.
        answers: What was asked for, and the classes that are meant.
    """

    source: str
    classes: tuple[tuple[str, str, str], ...]
    names: tuple[str, ...]
    answers: Mapping[str, tuple[Name, ...]]


@dataclass(frozen=True)
class _Place:
    """Where classes are looked for.

    Attributes:
        schemas: JSON Pointers of schemas with names, which hold them.
        pointers: JSON Pointers of their own; None where they are known otherwise.
        operation: Whether they are known by the id of an operation; else by a class's name.
    """

    schemas: tuple[str, ...]
    pointers: tuple[str, ...] | None = None
    operation: bool = False


class _Rendering:
    """The rendering of pruned documents."""

    def __init__(
        self, document: Document, config: GenerateConfig, call: Call, stages: Stages, pruning: Pruning
    ) -> None:
        self._document = document
        self._config = config
        self._call = call
        self._stages = stages
        self._pruning = pruning

    def search(self, targets: Sequence[str]) -> _Found:
        """Find classes.

        Raises:
            UnknownModelError: There is no such class.
            WholeDocumentError: That takes the whole document.
        """
        places = {target: self._places(target) for target in dict.fromkeys(targets)}
        wanted = {target: self._next(target, each) for target, each in places.items()}
        while True:
            rendered = self._rendered(wanted)
            missing = [target for target, found in rendered.answers.items() if not found]
            if not missing:
                return rendered.found()
            wanted |= {target: self._next(target, places[target], rendered.defined) for target in missing}

    def _next(self, target: str, places: Iterator[_Place], defined: Collection[str] = ()) -> _Place:
        place = next(places, None)
        if place is None:
            if target in defined:
                raise WholeDocumentError(f"no schema that is looked into needs the class {target!r}")
            if not _may_be_called(target).isdisjoint(render.importable()):
                raise WholeDocumentError(f"the class {target!r} may have given its name to an import")
            what = "schema" if target.startswith("#") else "class"
            raise UnknownModelError(f"there is no {what} {target!r}", hint=self._closest(target))
        return place

    def _places(self, target: str) -> Iterator[_Place]:
        """Give the places where a class may be found, the likeliest first.

        Raises:
            WholeDocumentError: They cannot be told, or are too many.
        """
        known = dict.fromkeys(self._pruning.pointers)
        if target.startswith("#"):
            if not is_pointer(target) or not resolves(self._document.content, target):
                return
            pointer = normal(target)
            holder = next((each for each in known if each != "#" and f"{pointer}/".startswith(f"{each}/")), None)
            if holder is None and pointer not in known:
                raise WholeDocumentError(f"{target!r} is below no schema with a name")
            yield _Place((holder or pointer,), pointers=(pointer,))
            raise WholeDocumentError(f"the schema {target!r} has no class of its own")
        called = self._pruning.called(target) if target.isidentifier() else []
        if called:
            yield _Place(tuple(called))
        holding = self._pruning.holding(target) if target.isidentifier() else []
        if len(holding) > _SEARCHED:
            raise WholeDocumentError(f"the class {target!r} may stand in {len(holding)} schemas")
        if holding:
            yield _Place(tuple(dict.fromkeys((*called, *holding))))
        # What is a class's name means that class.
        if target in self._operations:
            schemas = operation_schemas(self._document.content, self._operations[target], known)
            if not schemas:
                raise WholeDocumentError(f"the operation {target!r} refers to no schema with a name")
            yield _Place(schemas, operation=True)

    def _closest(self, target: str) -> str:
        """List what is closest to what is not there."""
        if target.startswith("#"):
            return f"The closest are: {', '.join(difflib.get_close_matches(target, self._pruning.pointers, 3, 0))}."
        schemas = {_letters(self._pruning.name_of(pointer)): pointer for pointer in self._pruning.pointers}
        operations = {_letters(identifier): identifier for identifier in self._operations}
        close = difflib.get_close_matches(_letters(target), [*schemas, *operations], 3)
        wanted = {pointer: _Place((pointer,), (pointer,)) for name in close if (pointer := schemas.get(name))}
        # What the classes are called, their schemas alone don't tell.
        answers = self._rendered(wanted).answers if wanted else {}
        listed = [name for found in answers.values() for _, name in found]
        listed += [operations[name] for name in close if name in operations]
        return (
            f"The closest are: {', '.join(listed)}." if listed else "Leave target_model_names out to get all classes."
        )

    def _rendered(self, wanted: Mapping[str, _Place]) -> _Rendered:
        limits = self._call.limits or DEFAULT_LIMITS
        with self._stages("prune"):
            pointers = tuple(dict.fromkeys(schema for each in wanted.values() for schema in each.schemas))
            pruned = self._pruning.prune(pointers)
        with self._stages("policy"):
            policy.screen(
                pruned.document, self._call.allow_imports, limits, allow_remote=bool(self._config.allow_remote_refs)
            )
        with self._stages("render"):
            try:
                if self._call.isolate:
                    rendered = isolation.children.render(pruned.document, self._config, limits)
                else:
                    rendered = render.render(pruned.document, self._config)
            except (SchemaError, GenerationError) as error:
                raise WholeDocumentError(f"it fails alone: {error}") from error
            if tuple(rendered.modules) != (_FILE,):
                raise WholeDocumentError("its classes are in several files")
            if self._call.additions is not None:
                rendered = added(rendered, self._call.additions, {})
            modules = tagged(rendered.modules)
        return _Rendered(pruned, modules[_FILE], rendered.classes, wanted, self._referred)

    def _referred(self, identifier: str, known: Collection[str]) -> tuple[str, ...]:
        """Give the schemas that an operation refers to."""
        return operation_schemas(self._document.content, self._operations[identifier], known)

    @cached_property
    def _operations(self) -> Mapping[str, tuple[str, ...]]:
        return operations(self._document.content)


class _Rendered:
    """The source that a pruned document gives.

    Args:
        pruned: The document.
        source: Its source.
        classes: Module, name and JSON Pointer of each class.
        wanted: What is asked for, and where it is looked for.
        referred: Gives the schemas, of those that are known, that an operation refers to.
    """

    def __init__(
        self,
        pruned: Pruned,
        source: str,
        classes: Iterable[tuple[str, str, str]],
        wanted: Mapping[str, _Place],
        referred: Callable[[str, Collection[str]], tuple[str, ...]],
    ) -> None:
        self._uncertain = pruned.uncertain
        self._lines = lines_of(source)
        self._statements: tuple[Statement, ...] = tuple(statement_of(node, _FILE) for node in ast.parse(source).body)
        self._index = Index({_FILE: self._statements})
        self.defined = {name for each in self._statements if each.defines for name in each.names}
        # What a class of a wanted schema needs is as the whole document gives it. Other classes may be made of such
        # schemas besides, where they are taken over elsewhere.
        places = {pointer: name for pointer, (_, name) in places_of(classes).items()}
        known = self._needed(places[pointer] for pointer in pruned.complete if pointer in places)
        # What wraps the members of an enum that may be null is made of the same schema.
        known |= {
            name
            for _, name, pointer in classes
            if pointer in pruned.complete and self._needed([name]) == self._needed([places[pointer]]) | {name}
        }
        self._pointers = {pointer: name for pointer, name in places.items() if name in known}
        self.answers: dict[str, tuple[Name, ...]] = {}
        for target, place in wanted.items():
            if place.operation:
                pointers: Iterable[str] = referred(target, self._pointers)
            elif place.pointers is not None:
                pointers = place.pointers
            else:
                self.answers[target] = (("", target),) if target in known else ()
                continue
            found = dict.fromkeys(self._pointers[pointer] for pointer in pointers if pointer in self._pointers)
            self.answers[target] = tuple(("", name) for name in found)

    def found(self) -> _Found:
        """Give what was asked for, with the source that it needs and no more.

        Raises:
            WholeDocumentError: One of the classes has another name in the whole document, or may have.
        """
        names = {name for found in self.answers.values() for _, name in found}
        numbers = sorted({number for name in names for _, number in self._index.closure("", name)})
        chosen = [self._statements[number] for number in numbers]
        needed = {name for each in chosen if each.defines for name in each.names}
        for name in needed:
            if not _may_be_called(name).isdisjoint(render.importable()):
                raise WholeDocumentError(
                    f"the class {name!r} may be called otherwise, as there is an import of its name"
                )
        for use in sorted({use.partition(".")[0] for each in chosen for use in each.uses}):
            if use.removesuffix("_aliased") in self._uncertain:
                raise WholeDocumentError(f"{use!r} may be called otherwise, as there is a field of its name")
        source = "".join("".join(self._lines[each.line - 1 : each.end]) for each in chosen)
        if MARK in source:
            raise WholeDocumentError("a class needs another that is known by its fields only")
        classes = tuple(("", name, pointer) for pointer, name in self._pointers.items() if name in needed)
        return _Found(source, classes, tuple(sorted(needed)), self.answers)

    def _needed(self, names: Iterable[str]) -> set[str]:
        """Give the names of classes, and of all that they need."""
        numbers = {number for name in set(names) for _, number in self._index.closure("", name)}
        return {name for number in numbers for name in self._statements[number].names} & self.defined


def _may_be_called(name: str) -> set[str]:
    """Give what a class might be called if fewer names were taken."""
    found = {name}
    while (shorter := _ADDED.sub("", name)) != name:
        name = shorter
        found.add(name)
    return found


#: What the generator adds to names that are taken.
_ADDED: Final = re.compile(r"(?:[0-9_]+|Model|Enum)$")


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
