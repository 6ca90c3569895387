"""The contestants: small adapters from a document to what makes its class.

``prepare`` does what need not be done for each build (imports, files, options), untimed, and gives the build to time.
"""

from __future__ import annotations

import importlib.util
import py_compile
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.machinery import SourcelessFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from benchmarks.documents import Document

#: Builds from the variant of the document that has this number; gives the root class, or all where there is no root.
Build = Callable[[int], Any]


class NotBuiltError(Exception):
    """A contestant cannot do a case."""


@dataclass(frozen=True)
class Contestant:
    """Somebody who makes classes of documents."""

    name: str
    prepare: Callable[[Document], Build]


def _chosen(classes: Any, document: Document) -> Any:
    return classes if document.root is None else classes[document.root]


def _dynmodels(document: Document) -> Build:
    from dynmodels import generate_dynamic_models

    return lambda number: _chosen(generate_dynamic_models(document.variant(number), cache_size=0), document)


def _dynmodels_stored(document: Document) -> Build:
    from dynmodels import generate_dynamic_models

    folder = Path(tempfile.mkdtemp())
    generate_dynamic_models(document.content, store=folder)
    return lambda _: _chosen(generate_dynamic_models(document.content, cache_size=0, store=folder), document)


def _dynmodels_hit(document: Document) -> Build:
    from dynmodels import generate_dynamic_models

    generate_dynamic_models(document.content)
    return lambda _: _chosen(generate_dynamic_models(document.content), document)


def _dynmodels_kept(document: Document) -> Build:
    from dynmodels import generate_dynamic_models

    return lambda number: generate_dynamic_models(document.variant(number), cache_size=1_000_000)


def generators_options(document: Document, *, formatters: bool) -> dict[str, Any]:
    """Give the arguments for the generator's own function."""
    from datamodel_code_generator import GenerateConfig, InputFileType

    kind = InputFileType.OpenAPI if document.is_openapi else InputFileType.JsonSchema
    if formatters:
        return {"config": GenerateConfig(input_file_type=kind)}
    return {"config": GenerateConfig(input_file_type=kind, formatters=[])}


def _generator(document: Document, *, formatters: bool) -> Build:
    from datamodel_code_generator import generate_dynamic_models

    options = generators_options(document, formatters=formatters)
    return lambda number: _chosen(generate_dynamic_models(document.variant(number), cache_size=0, **options), document)


def _generator_kept(document: Document) -> Build:
    from datamodel_code_generator import generate_dynamic_models

    options = generators_options(document, formatters=False)
    return lambda number: generate_dynamic_models(document.variant(number), cache_size=1_000_000, **options)


def _generator_formatted(document: Document) -> Build:
    return _generator(document, formatters=True)


def _generator_plain(document: Document) -> Build:
    return _generator(document, formatters=False)


def _generator_hit(document: Document) -> Build:
    from datamodel_code_generator import generate_dynamic_models

    options = generators_options(document, formatters=False)
    generate_dynamic_models(document.content, **options)
    return lambda _: _chosen(generate_dynamic_models(document.content, **options), document)


def _replay(document: Document) -> Build:
    from benchmarks import replay
    from dynmodels import generate_dynamic_models

    models = generate_dynamic_models(document.content, cache_size=0)
    try:
        recipe = replay.recipe_of(models)
    except replay.NotReplayableError as error:
        raise NotBuiltError(str(error)) from error
    different = replay.differences(models, replay.replay(recipe))
    if different:
        raise NotBuiltError(f"{len(different)} of {len(models)} classes would not be the same")
    return lambda _: _chosen(replay.replay(recipe), document)


def _written(document: Document) -> Build:
    """The module that a person wrote, else the generated source as a module; imported from its bytecode."""
    if document.written is not None:
        source = document.written
    else:
        from dynmodels import generate_dynamic_models

        source = Path(tempfile.mkdtemp(), "models.py")
        source.write_text(generate_dynamic_models(document.content, cache_size=0).source)
    bytecode = compiled(source)
    return lambda _: _chosen(vars(_imported(bytecode)), document)


def compiled(source: Path) -> Path:
    """Compile a module, into a folder of its own."""
    bytecode = Path(tempfile.mkdtemp(), f"{source.stem}.pyc")
    py_compile.compile(str(source), str(bytecode), doraise=True)
    return bytecode


def _imported(bytecode: Path) -> ModuleType:
    import sys

    loader = SourcelessFileLoader(bytecode.stem, str(bytecode))
    spec = importlib.util.spec_from_loader(bytecode.stem, loader)
    assert spec is not None
    module = sys.modules[bytecode.stem] = importlib.util.module_from_spec(spec)  # as an import statement does
    loader.exec_module(module)
    return module


def _json_schema_only(document: Document) -> None:
    if document.is_openapi:
        raise NotBuiltError("takes JSON Schema only, this is an OpenAPI description")


def _json_schema_to_pydantic(document: Document) -> Build:
    from json_schema_to_pydantic import create_model

    _json_schema_only(document)
    return lambda number: create_model(document.variant(number))


def _jsonschema_pydantic_converter(document: Document) -> Build:
    from jsonschema_pydantic_converter import transform

    _json_schema_only(document)
    return lambda number: transform(document.variant(number))


def _jambo(document: Document) -> Build:
    from jambo import SchemaConverter

    _json_schema_only(document)
    # It asks for a title, which is no fault of a schema to lack.
    return lambda number: SchemaConverter.build({"title": "Model", **document.variant(number)})  # type: ignore[typeddict-item]


COLD: Final = Contestant("dynmodels, cold", _dynmodels)
STORED: Final = Contestant("dynmodels, stored", _dynmodels_stored)
HIT: Final = Contestant("dynmodels, hit", _dynmodels_hit)
FORMATTED: Final = Contestant("generator's own, default", _generator_formatted)
PLAIN: Final = Contestant("generator's own, formatters=[]", _generator_plain)
PLAIN_HIT: Final = Contestant("generator's own, hit", _generator_hit)
REPLAY: Final = Contestant("AST-free replay", _replay)
WRITTEN: Final = Contestant("written by hand, .pyc", _written)
LIBRARIES: Final = (
    Contestant("json-schema-to-pydantic", _json_schema_to_pydantic),
    Contestant("jsonschema-pydantic-converter", _jsonschema_pydantic_converter),
    Contestant("jambo", _jambo),
)
#: Those that keep what they made, each in its own way, or that whoever calls keeps.
KEEPING: Final = (
    Contestant("dynmodels, its cache", _dynmodels_kept),
    Contestant("generator's own, its cache", _generator_kept),
    REPLAY,
    *LIBRARIES,
    WRITTEN,
)
ALL: Final = (COLD, STORED, FORMATTED, PLAIN, REPLAY, *LIBRARIES, WRITTEN)


def prepare(contestant: Contestant, document: Document) -> Build:
    """Prepare a contestant for a document.

    Raises:
        NotBuiltError: It cannot do it.
    """
    warnings.simplefilter("ignore")  # remarks on schemas, of the generator and of pydantic
    try:
        return contestant.prepare(document)
    except ModuleNotFoundError as error:
        raise NotBuiltError("not installed: pip install 'dynmodels[benchmarks]'") from error
