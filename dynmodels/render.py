"""Rendering: the only room that knows datamodel-code-generator."""

from __future__ import annotations

import difflib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from datamodel_code_generator import Error as GeneratorError
from datamodel_code_generator import GenerateConfig, InputFileType, SchemaParseError, generate, get_version
from datamodel_code_generator.enums import DataModelType
from pydantic import ValidationError

from dynmodels.errors import DynmodelsError, GenerationError, OptionsError, SchemaError
from dynmodels.schema import Document, anchors_of, pointer_to, references, resolves

if TYPE_CHECKING:
    from datamodel_code_generator._types.generate_config_dict import GenerateConfigDict as GenerateOptions

__all__ = [
    "GENERATOR_VERSION",
    "DataModelType",
    "GenerateConfig",
    "GenerateOptions",
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


def settings_of(config: GenerateConfig, kind: str) -> dict[str, Any]:
    """List the options that differ from the generator's defaults, with the kind of document that was found."""
    chosen = config.model_dump(exclude_defaults=True)
    return dict(sorted({**chosen, "input_file_type": kind}.items()))


def header(digest: str, document: Document, config: GenerateConfig) -> dict[str, Any]:
    """Say in a file of generated source what it came from."""
    return {
        "digest": digest,
        "generator": f"datamodel-code-generator {GENERATOR_VERSION}",
        "options": settings_of(config, document.kind),
    }


def render(document: Document, config: GenerateConfig) -> Rendered:
    """Render a document to Python source by ``datamodel_code_generator.generate()``.

    Raises:
        SchemaError: The generator finds the document invalid.
        GenerationError: The generator fails in another way.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="dynmodels-") as folder:
            metadata = config.emit_model_metadata or Path(folder, "models.json")
            result = _generate(_input(document, Path(folder)), document, _for_classes(config, document, metadata))
            models = json.loads(metadata.read_text(encoding=config.encoding), object_hook=_without_fields)["models"]
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except DynmodelsError:
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
        if _UNRESOLVED not in str(error) or _dangling(document) is not None:
            raise
        # The generator reads some references below nested definitions as leading elsewhere. As they do lead
        # somewhere, the document is valid, and what the generator cannot find accepts anything.
        return generate(input_, config=config.model_copy(update={"strict_refs": False}))


#: How the generator's complaint begins when ``strict_refs`` finds a reference that leads nowhere.
_UNRESOLVED: Final = "Unresolved local $ref"


def _for_classes(config: GenerateConfig, document: Document, metadata: Path) -> GenerateConfig:
    given = config.model_fields_set
    updates: dict[str, Any] = {
        "input_file_type": InputFileType(document.kind),
        "emit_model_metadata": metadata,
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


def _input(document: Document, folder: Path) -> Any:
    if isinstance(document.content, bool):
        return dict(_BOOLEAN_SCHEMAS[document.content])
    if not document.files:
        return _with_plain_root_reference(document)
    # The generator reads references from disk; it gets the bytes that were digested, not what is there by now.
    root = Path(folder, document.path.name if document.path is not None else "schema.json")
    root.write_text(json.dumps(document.content), encoding="utf-8")
    for name, content in document.files.items():
        copy = Path(folder, name)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(content)
    return root


def _without_fields(node: dict[str, Any]) -> dict[str, Any]:
    # They are most of the text, and calling Python for each object gives other threads their turn.
    node.pop("fields", None)
    return node


def _with_plain_root_reference(document: Document) -> Any:
    tokens = document.root_tokens
    if not tokens:
        return document.content
    # At the root, and only there, the generator takes a reference as it is written, escapes and all, and makes a
    # class that accepts anything of one that it does not find.
    if any("/" in token for token in tokens):
        raise GenerationError(
            f"the generator cannot follow {document.content['$ref']!r} from the root of a document",
            pointer="#",
            hint='Wrap it: {"allOf": [{"$ref": ...}]}, or choose a name without a slash.',
        )
    return {**document.content, "$ref": "/".join(("#", *tokens))}


def _rendered_class(model: Mapping[str, Any], document: Document) -> RenderedClass:
    reference = str(model["source_ref"])
    if document.files and document.path is not None:
        reference = reference.removeprefix(document.path.name)
    if reference.startswith("#") and model.get("source_path") is not None:
        reference = pointer_to([str(token) for token in model["source_path"]])
    return RenderedClass(str(model["module"]), str(model["class_name"]), reference)


def _invalid_schema(error: SchemaParseError, document: Document) -> SchemaError:
    """Say where the schema is invalid: the generator names a definition, its pydantic error the rest of the way."""
    start = [token for part in error.path for token in part.split("/")][1:] if error.path else []
    cause = error.original_error
    places: list[tuple[list[str], str]] = []
    if isinstance(cause, ValidationError):
        for fault in cause.errors(include_url=False):
            tokens = _existing(document.content, [*start, *map(str, fault["loc"])])
            places.append((tokens, f"{fault['msg']}, not {fault['input']!r:.80}"))
    if not places:
        return SchemaError(f"the schema is invalid: {error}", pointer=pointer_to(_existing(document.content, start)))
    deepest = max(len(tokens) for tokens, _ in places)
    tokens, message = next(place for place in places if len(place[0]) == deepest)
    return SchemaError(f"the schema is invalid: {message}", pointer=pointer_to(tokens))


def _existing(content: Any, tokens: list[str]) -> list[str]:
    """Keep the tokens that lead down the document; pydantic puts names of types between them."""
    kept: list[str] = []
    for token in tokens:
        if isinstance(content, dict) and token in content:
            content = content[token]
        elif isinstance(content, list) and token.isdecimal() and int(token) < len(content):
            content = content[int(token)]
        else:
            continue
        kept.append(token)
    return kept


def _failed(error: BaseException, document: Document) -> DynmodelsError:
    detail = str(error) or type(error).__name__
    dangling = _dangling(document) if isinstance(error, GeneratorError) and "Unresolved" in detail else None
    if dangling is not None:
        pointer, reference = dangling
        return SchemaError(
            f"the reference {reference!r} leads nowhere",
            pointer=pointer,
            hint='Name a definition of the same document: {"$ref": "#/$defs/Name"}.',
        )
    return GenerationError(
        f"datamodel-code-generator {GENERATOR_VERSION} cannot render the {document.kind} document: {detail}"
    )


def _dangling(document: Document) -> tuple[str, str] | None:
    """Find the first reference to no place in the document: where it stands, and its text."""
    if isinstance(document.content, str | bool):
        return None
    anchors = anchors_of(document.content)
    for pointer, reference, _ in references(document.content):
        leads_out = not reference.startswith("#")
        if not leads_out and reference not in anchors and not resolves(document.content, reference):
            return pointer, reference
    return None
