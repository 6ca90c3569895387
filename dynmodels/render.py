"""Rendering: the only room that knows datamodel-code-generator."""

from __future__ import annotations

import ast
import difflib
import itertools
import json
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import pydantic
from datamodel_code_generator import Error as GeneratorError
from datamodel_code_generator import GenerateConfig, InputFileType, SchemaParseError, generate, get_version
from datamodel_code_generator.enums import DataModelType
from datamodel_code_generator.imports import Import
from datamodel_code_generator.reference import get_singular_name
from pydantic import ValidationError

from dynmodels import log
from dynmodels.errors import DynmodelsError, GenerationError, OptionsError, SchemaError, UnsafeSchemaError
from dynmodels.pointers import (
    anchors,
    existing,
    identifiers,
    joined,
    may_lead_out,
    pointer_to,
    references,
    resolves,
    without_fragment,
)
from dynmodels.schema import SCHEMA_KINDS, Document

__all__ = [
    "GENERATOR_VERSION",
    "DataModelType",
    "GenerateConfig",
    "InputFileType",
    "Rendered",
    "RenderedClass",
]

GENERATOR_VERSION: Final = get_version()

#: Options that write files or packages; this library returns classes instead.
_WRITING_OPTIONS: Final = ("output", "generate_server", "generate_client")

#: What the generator can render of the two boolean schemas (JSON Schema Core section 4.3.2): it knows no
#: type that nothing belongs to, so ``false`` is a text that is both empty and not.
_BOOLEAN_SCHEMAS: Final[Mapping[bool, dict[str, Any]]] = {
    True: {},
    False: {"type": "string", "minLength": 1, "maxLength": 0, "description": "The schema false: nothing is valid."},
}


class RenderedClass(NamedTuple):
    """Where a class stands in the source, and which schema it was made from."""

    module: str
    name: str
    pointer: str


@dataclass(frozen=True)
class Rendered:
    """Generated source by file path (``("__init__.py",)`` for a single module), and its classes."""

    modules: Mapping[tuple[str, ...], str]
    classes: tuple[RenderedClass, ...]


def configure(settings: Mapping[str, Any]) -> GenerateConfig:
    """Make the generator's configuration from the caller's options.

    Raises:
        OptionsError: An option is unknown, has a value of the wrong kind, or asks for something other than classes.
    """
    unknown = sorted(set(settings) - set(GenerateConfig.model_fields))
    if unknown:
        close = difflib.get_close_matches(unknown[0], GenerateConfig.model_fields, 3)
        raise OptionsError(
            f"datamodel-code-generator {GENERATOR_VERSION} has no option {unknown[0]!r}",
            hint=f"Did you mean {' or '.join(map(repr, close))}?" if close else None,
        )
    try:
        config = GenerateConfig(**settings)
    except (ValidationError, GeneratorError) as error:
        raise OptionsError(f"the generator does not accept these options: {error}") from error
    for name in _WRITING_OPTIONS:
        if getattr(config, name, None) is not None:
            raise OptionsError(
                f"the option {name!r} writes files, and dynmodels returns classes",
                hint="To see the generated source, use debug=True or the attribute source.",
            )
    if config.output_model_type is not DataModelType.PydanticV2BaseModel:
        raise OptionsError(
            f"dynmodels builds pydantic v2 models, not {config.output_model_type.value}",
            hint="Leave output_model_type at pydantic_v2.BaseModel.",
        )
    return config


def effective(config: GenerateConfig, document: Document) -> GenerateConfig:
    """Fill in what the caller left open: classes are wanted, not a file that somebody reads."""
    given = config.model_fields_set
    updates: dict[str, Any] = {
        "input_file_type": InputFileType(document.kind),
        "disable_timestamp": True,  # the same document gives the same source
    }
    if "formatters" not in given or config.formatters is None:
        updates["formatters"] = []  # nobody reads the text, and black takes most of the time
    if "strict_refs" not in given:
        updates["strict_refs"] = True  # a reference to nowhere would become Any
    if "allow_remote_refs" not in given:
        updates["allow_remote_refs"] = False
    if document.swagger and "skip_root_model" not in given:
        # The generator's OpenAPI parser looks for components; OpenAPI 2.0's definitions are those of a JSON Schema.
        updates["skip_root_model"] = True
    return config.model_copy(update=updates)


def _aliases(content: Any) -> dict[str, str]:
    """Name the fields of properties that Python would call otherwise.

    Python reads names in their compatibility form (NFKC, Python reference section 2.3), and the generator gives an
    alias only to a name that it changes itself.
    """
    names = {name for node in _nodes(content) for name in node if not name.isascii()}
    forms = {name: unicodedata.normalize("NFKC", name) for name in names}
    return {name: form for name, form in forms.items() if form != name and form.isidentifier()}


def _nodes(content: Any) -> Iterator[dict[str, Any]]:
    stack = [content]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            yield node
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)


def settings_of(config: GenerateConfig) -> dict[str, Any]:
    """List the options that differ from the generator's defaults."""
    return dict(sorted(config.model_dump(exclude_defaults=True, exclude={"emit_model_metadata"}).items()))


def root_name(document: Document, config: GenerateConfig) -> str | None:
    """Say what the class of a document as a whole is called after; None where the document describes no data."""
    if not document.has_root or not isinstance(document.content, dict) or config.skip_root_model:
        return None
    title = document.content.get("title")
    return config.class_name or (title if isinstance(title, str) and title else "Model")


def singular(name: str) -> str:
    """Give the singular that the classes of a list's items are called by."""
    return str(get_singular_name(name))


@cache
def importable() -> frozenset[str]:
    """Give the names that generated source may import, or hide by a field."""
    # A list of the names alone is made in one go; one of pairs lets the garbage collection in, which drops modules.
    loaded = [name for name in list(sys.modules) if name.split(".")[0] == "datamodel_code_generator"]
    modules = [sys.modules[name] for name in loaded]
    imports = (value for module in modules for value in list(vars(module).values()) if isinstance(value, Import))
    return frozenset(each.alias or each.import_ for each in imports) | frozenset(dir(pydantic))


def header(digest: str, config: GenerateConfig) -> dict[str, Any]:
    """Say in a file of generated source what it came from."""
    return {
        "digest": digest,
        "generator": f"datamodel-code-generator {GENERATOR_VERSION}",
        "options": settings_of(config),
    }


@cache
def validator_functions() -> frozenset[str]:
    """Dump the syntax trees of all functions that ``generate_schema_validators`` writes.

    They hold no text of a schema, so that they can be told from others as a whole. Which there are depends on what a
    schema uses: the template is rendered for each way that a function can turn out.
    """
    import re

    from datamodel_code_generator import model
    from datamodel_code_generator.model.pydantic_v2._schema_runtime_validation import (
        render_property_count_validation_base,
    )
    from jinja2 import Template

    file = Path(str(model.__file__)).parent / "template" / "pydantic_v2" / "schema_runtime_validation_helpers.jinja2"
    text = file.read_text(encoding="utf-8")
    flags = sorted(set(re.findall(r"\bhas_\w+", text)))
    validators = [flag for flag in flags if flag in _VALIDATORS]
    variants = [flag for flag in flags if flag not in _VALIDATORS]
    template = Template(text)
    every = dict.fromkeys(validators, True)
    shapes = [
        dict(zip(validators, chosen, strict=True))
        for chosen in itertools.product((False, True), repeat=len(validators))
    ]
    shapes += [
        {**every, **dict(zip(variants, chosen, strict=True))}
        for chosen in itertools.product((False, True), repeat=len(variants))
    ]
    sources = {template.render(schema_runtime_validation_base_class_name="Base", **shape) for shape in shapes}
    sources |= {render_property_count_validation_base("Base", base) for base in ("BaseModel", "Core")}
    return frozenset(
        ast.dump(node)
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef)
    )


#: The template's switches that put whole validators in; the others change what these look like inside.
_VALIDATORS: Final = frozenset(
    {
        "has_conditional_required",
        "has_not_required_groups",
        "has_pattern_properties",
        "has_required_groups",
        "has_unique_items",
    }
)


def render(document: Document, config: GenerateConfig) -> Rendered:
    """Render a document to Python source by ``datamodel_code_generator.generate()``.

    Args:
        document: What to render.
        config: The options, as ``effective`` gives them.

    Raises:
        SchemaError: The generator finds the document invalid, or a reference that leads nowhere.
        UnsafeSchemaError: A reference leads to another machine.
        GenerationError: The generator fails in another way.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="dynmodels-") as folder:
            metadata = config.emit_model_metadata or Path(folder, "models.json")
            described = config.model_copy(update={"emit_model_metadata": metadata})
            aliases = _aliases(document.content) if config.aliases is None and not config.no_alias else {}
            if aliases:
                described = described.model_copy(update={"aliases": aliases})
            result = _generate(_input(document, Path(folder, "in"), config.encoding), document, described)
            models = json.loads(metadata.read_text(encoding=config.encoding), object_hook=_without_fields)["models"]
    except (KeyboardInterrupt, GeneratorExit, DynmodelsError):
        raise
    except SchemaParseError as error:
        raise _invalid_schema(error, document) from error
    except RecursionError as error:
        raise GenerationError(
            "the schema nests or refers to itself too deeply for the generator",
            hint="Flatten it with named definitions.",
        ) from error
    except BaseException as error:  # the generator lets SystemExit and MemoryError out as well
        raise _failed(error, document) from error
    if result is None:
        raise GenerationError("the generator gave no source")
    modules: Mapping[tuple[str, ...], str] = {("__init__.py",): result} if isinstance(result, str) else result
    return Rendered(modules, tuple(_rendered_class(model, document) for model in models))


def _generate(input_: Any, document: Document, config: GenerateConfig) -> str | Mapping[tuple[str, ...], str] | None:
    try:
        return generate(input_, config=config)
    except GeneratorError as error:
        if _UNRESOLVED not in str(error) or document.files or _dangling(document) is not None:
            raise
        # The generator reads some references below nested definitions as leading elsewhere. As they do lead
        # somewhere, the document is valid, and what the generator cannot find accepts anything.
        log.warning("the generator cannot follow references that are valid, and lets anything stand there: %s", error)
        return generate(input_, config=config.model_copy(update={"strict_refs": False}))


#: How the generator's complaint begins when ``strict_refs`` finds a reference that leads nowhere.
_UNRESOLVED: Final = "Unresolved local $ref"


def _input(document: Document, folder: Path, encoding: str) -> Any:
    """Hand the document over: as it is, or as a file in a folder of its own where it may refer to others.

    The generator reads references relative to its input's folder, and to the current one where the input is no file:
    in a folder of its own it finds the bytes that were digested, and nothing else.
    """
    content = document.content
    if isinstance(content, str):
        return content
    if isinstance(content, bool):
        content = _BOOLEAN_SCHEMAS[content]
    elif isinstance(content, dict) and document.root_tokens:
        content = _with_plain_root_reference(document)
    if document.kind not in SCHEMA_KINDS or not may_lead_out(content):
        return content
    folder.mkdir()
    root = folder / _file_name(document)
    with root.open("w", encoding=encoding) as file:
        # In many pieces, between which other threads get their turn.
        file.writelines(json.JSONEncoder().iterencode(content))
    for name, text in document.files.items():
        copy = folder / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text, encoding=encoding)
    return root


def _file_name(document: Document) -> str:
    # A document that refers to no file gives the same source, whatever its file is called.
    return document.name if document.files else "schema.json"


def _with_plain_root_reference(document: Document) -> Any:
    tokens = document.root_tokens or []
    # At the root, and only there, the generator takes a reference as it is written, escapes and all, and makes a
    # class that accepts anything of one that it does not find.
    if any("/" in token for token in tokens):
        raise GenerationError(
            f"the generator cannot follow {document.content['$ref']!r} from the root of a document",
            pointer="#",
            hint='Wrap it: {"allOf": [{"$ref": ...}]}, or choose a name without a slash.',
        )
    return {**document.content, "$ref": "/".join(("#", *tokens))}


def _without_fields(node: dict[str, Any]) -> dict[str, Any]:
    # They are most of the text, and calling Python for each object gives other threads their turn.
    node.pop("fields", None)
    return node


def _rendered_class(model: Mapping[str, Any], document: Document) -> RenderedClass:
    reference = str(model["source_ref"]).removeprefix(_file_name(document))
    if reference.startswith("#") and model.get("source_path") is not None:
        reference = pointer_to([str(token) for token in model["source_path"]])
    return RenderedClass(str(model["module"]), str(model["class_name"]), reference)


def _invalid_schema(error: SchemaParseError, document: Document) -> SchemaError:
    """Say where the schema is invalid: the generator names a definition, its pydantic error the rest of the way."""
    cause = error.original_error
    file, _, way = "/".join(error.path).partition("#")
    name = next((name for name in document.files if file.endswith(name)), "")
    if name:
        reason = str(error).partition("': ")[2] or str(error)
        return SchemaError(f"the file {name!r} is no valid schema: {' '.join(reason.split()):.300}", pointer=f"{name}#")
    start = [token for token in way.split("/") if token]
    places: list[tuple[list[str], str]] = []
    if isinstance(cause, ValidationError):
        for fault in cause.errors(include_url=False):
            tokens = existing(document.content, [*start, *map(str, fault["loc"])])
            places.append((tokens, f"{fault['msg']}, not {fault['input']!r:.80}"))
    if not places:
        return SchemaError(f"the schema is invalid: {error}", pointer=pointer_to(existing(document.content, start)))
    deepest = max(len(tokens) for tokens, _ in places)
    tokens, message = next(place for place in places if len(place[0]) == deepest)
    return SchemaError(f"the schema is invalid: {message}", pointer=pointer_to(tokens))


def _failed(error: BaseException, document: Document) -> DynmodelsError:
    detail = str(error) or type(error).__name__
    if not isinstance(error, GeneratorError):
        return GenerationError(
            f"datamodel-code-generator {GENERATOR_VERSION} fails at the {document.kind} document: "
            f"{type(error).__name__}: {detail}",
            hint="Most often a keyword has a value of the wrong type; the cause is in the traceback.",
        )
    remote = first_remote(document) if "remote" in detail.lower() else None
    if remote is not None:
        pointer, reference = remote
        return UnsafeSchemaError(
            f"the reference {reference!r} leads to another machine",
            pointer=pointer,
            hint="To let the generator fetch it, pass allow_remote_refs=True.",
        )
    dangling = _dangling(document) if "Unresolved" in detail else None
    if dangling is not None:
        pointer, reference = dangling
        return SchemaError(
            f"the reference {reference!r} leads nowhere",
            pointer=pointer,
            hint='Name a definition of the same document: {"$ref": "#/$defs/Name"}.',
        )
    return GenerationError(
        f"datamodel-code-generator {GENERATOR_VERSION} cannot render the {document.kind} document: {detail}",
        hint=_NO_CLASS if "Models not found" in detail else None,
    )


_NO_CLASS: Final = (
    "It describes no class: nothing but a reference to itself, or an OpenAPI document whose components have no schemas."
)


def first_remote(document: Document) -> tuple[str, str] | None:
    """Find the first reference to another machine: where it stands, and its text."""
    known = identifiers(document.content)

    def leads_away(reference: str, base: str) -> bool:
        return reference.startswith(("http://", "https://")) and without_fragment(joined(base, reference)) not in known

    return _first_reference(document, leads_away)


def _dangling(document: Document) -> tuple[str, str] | None:
    """Find the first reference to no place in the document: where it stands, and its text."""
    names = anchors(document.content)

    def leads_nowhere(reference: str, _base: str) -> bool:
        return reference.startswith("#") and reference not in names and not resolves(document.content, reference)

    return _first_reference(document, leads_nowhere)


def _first_reference(document: Document, matches: Callable[[str, str], bool]) -> tuple[str, str] | None:
    found = references(document.content)
    return next(((pointer, reference) for pointer, reference, base in found if matches(reference, base)), None)
