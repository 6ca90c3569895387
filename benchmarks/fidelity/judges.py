"""The contestants: small adapters from a schema to what judges its instances."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from benchmarks.fidelity.corpora import DRAFTS, Case, of_draft

#: The documents that schemas may refer to, by URI.
Resources = Mapping[str, Any]


class NotAvailableError(Exception):
    """A contestant is not here."""


class NotBuiltError(Exception):
    """A contestant cannot do a case."""


@dataclass(frozen=True)
class Judge:
    """What judges the instances of a schema.

    Attributes:
        validate: Gives an object for a valid instance; raises one of ``refusals`` for an invalid one.
        refusals: What it refuses instances by. Whatever else it raises is no judgement.
        dump: Gives an object's data again; None where there are no objects.
    """

    validate: Callable[[Any], Any]
    refusals: type[Exception]
    dump: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Contestant:
    """Somebody who judges instances.

    Attributes:
        name: What the tables call it.
        load: Imports it; gives what makes a judge of a case.
    """

    name: str
    load: Callable[[Resources], Callable[[Case], Judge]]


def _of_type(cls: Any) -> Judge:
    from pydantic import TypeAdapter, ValidationError

    adapter = TypeAdapter(cls)
    return Judge(
        adapter.validate_python,
        ValidationError,
        lambda value: adapter.dump_python(value, mode="json", by_alias=True, exclude_unset=True),
    )


def _jsonschema_rs(resources: Resources) -> Callable[[Case], Judge]:
    import jsonschema_rs

    @cache
    def registry(group: str) -> jsonschema_rs.Registry:
        # Not with a draft: that would be the draft of every document, whatever it says.
        return jsonschema_rs.Registry(_known(resources, group).items(), retriever=_fetch_nothing)

    def judge(case: Case) -> Judge:
        validator = jsonschema_rs.validator_for(
            case.schema, validate_formats=case.formats, registry=registry(case.group), retriever=_fetch_nothing
        )
        return Judge(validator.validate, jsonschema_rs.ValidationError)

    return judge


def _known(resources: Resources, group: str) -> dict[str, Any]:
    """Give the documents that the cases of a group may refer to; none for real schemas."""
    return {uri: of_draft(content, group) for uri, content in resources.items()} if group in DRAFTS else {}


def _fetch_nothing(uri: str) -> Any:
    raise LookupError(f"nothing is fetched: {uri}")


def _exact(resources: Resources) -> Callable[[Case], Judge]:
    from dynmodels import generate_dynamic_models

    if "exact" not in inspect.signature(generate_dynamic_models).parameters:
        raise NotAvailableError("this dynmodels has no exact=True")

    def judge(case: Case) -> Judge:
        formats = "assert" if case.formats else "annotate"
        options: dict[str, Any] = {"exact": True, "formats": formats, "resources": _known(resources, case.group)}
        return _of_type(generate_dynamic_models(case.schema, cache_size=0, store=False, **options).root)

    return judge


def _plain(_: Resources) -> Callable[[Case], Judge]:
    from dynmodels import generate_dynamic_models

    return lambda case: _of_type(generate_dynamic_models(case.schema, cache_size=0, store=False).root)


def _generator(_: Resources) -> Callable[[Case], Judge]:
    from datamodel_code_generator import GenerateConfig, InputFileType, generate_dynamic_models

    config = GenerateConfig(input_file_type=InputFileType.JsonSchema, formatters=[])

    def judge(case: Case) -> Judge:
        classes = generate_dynamic_models(case.schema, config=config, cache_size=0)
        return _of_type(classes[_root_name(case, classes)])

    return judge


def _root_name(case: Case, classes: Mapping[str, Any]) -> str:
    """Give the root class's name, which the generator's own function does not tell."""
    from dynmodels import DynmodelsError, generate_dynamic_models

    try:
        models = generate_dynamic_models(case.schema, cache_size=0, store=False)
    except DynmodelsError:
        names = ["Model"]
    else:
        names = [name for name, cls in models.items() if cls is models.root]
    for name in names:
        if name in classes:
            return name
    raise NotBuiltError("no class is known to be the root")


def _json_schema_to_pydantic(_: Resources) -> Callable[[Case], Judge]:
    from json_schema_to_pydantic import create_model

    return lambda case: _of_type(create_model(case.schema))


def _jsonschema_pydantic_converter(_: Resources) -> Callable[[Case], Judge]:
    from jsonschema_pydantic_converter import transform

    return lambda case: _of_type(transform(case.schema))  # type: ignore[arg-type]  # it takes booleans, too


def _jambo(_: Resources) -> Callable[[Case], Judge]:
    from jambo import SchemaConverter

    def judge(case: Case) -> Judge:
        if isinstance(case.schema, bool):
            raise NotBuiltError("takes objects only, no boolean schemas")
        # It asks for a title, which is no fault of a schema to lack.
        return _of_type(SchemaConverter.build({"title": "Model", **case.schema}))  # type: ignore[typeddict-item]

    return judge


YARDSTICK: Final = "jsonschema-rs"
EXACT: Final = "dynmodels, exact"

CONTESTANTS: Final[dict[str, Contestant]] = {
    each.name: each
    for each in (
        Contestant(YARDSTICK, _jsonschema_rs),
        Contestant(EXACT, _exact),
        Contestant("dynmodels, plain", _plain),
        Contestant("generator's own", _generator),
        Contestant("json-schema-to-pydantic", _json_schema_to_pydantic),
        Contestant("jsonschema-pydantic-converter", _jsonschema_pydantic_converter),
        Contestant("jambo", _jambo),
    )
}
