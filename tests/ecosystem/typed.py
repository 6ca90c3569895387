"""A program that uses all of the interface, which type checkers are to understand."""

from __future__ import annotations

import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any, assert_type

from pydantic import BaseModel, ConfigDict

from dynmodels import (
    CacheInfo,
    DataModelType,
    DynamicModels,
    DynmodelsError,
    GenerateConfig,
    Limits,
    SchemaError,
    UnknownModelError,
    Validated,
    clear_dynamic_models_cache,
    dynamic_models_cache_info,
    generate_dynamic_models,
    generate_many,
    make_fields_optional,
    validate_files,
)

SCHEMA: dict[str, Any] = {
    "title": "Ticket",
    "type": "object",
    "required": ["train"],
    "properties": {"train": {"type": "string"}, "seat": {"type": "integer"}},
}


class Ticket(BaseModel):
    """What a program that is written by hand knows of a ticket."""

    train: str
    seat: int | None = None


models = generate_dynamic_models(SCHEMA)
assert_type(models, DynamicModels)
assert_type(models["Ticket"], type[Any])
assert_type(models.get("Ticket"), type[Any] | None)
assert_type(models.root, Any)
assert_type(models.pointers, Mapping[str, type[Any]])
assert_type(models.unenforced, tuple[tuple[str, str], ...])
assert_type(models.relaxed, tuple[tuple[str, str], ...])
assert_type(models.source, str)
assert_type(models.digest, str)
assert_type(models.module, types.ModuleType)
assert_type(models.timings, Mapping[str, float])
assert_type(models.only(["Ticket"]), DynamicModels)
assert_type(dict(models), dict[str, type[Any]])
assert_type([(name, value) for name, value in models.items()], list[tuple[str, type[Any]]])

assert_type(generate_dynamic_models(Path(__file__).parents[1] / "data" / "order.schema.json"), DynamicModels)
assert_type(generate_dynamic_models(b'{"title": "Seat", "type": "integer"}', exact=True), DynamicModels)
assert_type(generate_dynamic_models(SCHEMA, snake_case_field=True, class_name="Ride"), DynamicModels)
assert_type(generate_dynamic_models(SCHEMA, config=GenerateConfig(class_name="Ride")), DynamicModels)
assert_type(generate_dynamic_models(SCHEMA, output_model_type=DataModelType.PydanticV2BaseModel), DynamicModels)
assert_type(generate_dynamic_models(SCHEMA, target_model_names=["Ticket"], limits=Limits(depth=32)), DynamicModels)
assert_type(generate_dynamic_models(SCHEMA, config_dict=ConfigDict(frozen=True), base_class=BaseModel), DynamicModels)
assert_type(generate_many([SCHEMA, True]), list[DynamicModels | DynmodelsError])
assert_type(validate_files(models, [], jobs=1), Validated)
assert_type(clear_dynamic_models_cache(), int)
assert_type(dynamic_models_cache_info(), CacheInfo)
assert_type(make_fields_optional(Ticket), type[Ticket])
assert_type(make_fields_optional(Ticket).model_validate({}).train, str)

# A class that the schema has is given a type by a name of one's own.
Known: type[BaseModel] = models["Ticket"]
assert_type(Known.model_validate({"train": "ICE 1041"}), BaseModel)
assert_type(Known.model_json_schema(), dict[str, Any])

for each in generate_many([SCHEMA]):
    if isinstance(each, DynamicModels):
        assert_type(each.root, Any)
    else:
        assert_type(each.pointer, str | None)

try:
    models["Tickets"]
except UnknownModelError as unknown:
    assert_type(unknown.pointer, str | None)

try:
    generate_dynamic_models({"type": 12})
except SchemaError as error:
    assert_type(error.pointer, str | None)
