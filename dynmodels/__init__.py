"""Real pydantic v2 classes from a JSON Schema or OpenAPI document, at run time, without writing files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dynmodels.api import clear_dynamic_models_cache, dynamic_models_cache_info, generate_dynamic_models
from dynmodels.cache import CacheInfo
from dynmodels.collect import DynamicModels
from dynmodels.errors import (
    DataError,
    DynmodelsError,
    EngineError,
    GenerationError,
    ModelBuildError,
    OptionsError,
    SchemaError,
    StoreError,
    UnknownModelError,
    UnsafeSchemaError,
)

if TYPE_CHECKING:
    from dynmodels.checking import Fault
    from dynmodels.derive import make_fields_optional
    from dynmodels.invalid import InvalidLine
    from dynmodels.limits import Limits
    from dynmodels.many import generate_many
    from dynmodels.render import DataModelType, GenerateConfig, InputFileType
    from dynmodels.validation import Progress, Validated, validate_files

__all__ = [
    "CacheInfo",
    "DataError",
    "DataModelType",
    "DynamicModels",
    "DynmodelsError",
    "EngineError",
    "Fault",
    "GenerateConfig",
    "GenerationError",
    "InputFileType",
    "InvalidLine",
    "Limits",
    "ModelBuildError",
    "OptionsError",
    "Progress",
    "SchemaError",
    "StoreError",
    "UnknownModelError",
    "UnsafeSchemaError",
    "Validated",
    "clear_dynamic_models_cache",
    "dynamic_models_cache_info",
    "generate_dynamic_models",
    "generate_many",
    "make_fields_optional",
    "validate_files",
]

#: Names that are loaded when they are used, with their modules: those of the generator's take half a second.
_LAZY = {
    "DataModelType": "render",
    "Fault": "checking",
    "GenerateConfig": "render",
    "InputFileType": "render",
    "InvalidLine": "invalid",
    "Limits": "limits",
    "Progress": "validation",
    "Validated": "validation",
    "generate_many": "many",
    "make_fields_optional": "derive",
    "validate_files": "validation",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        from importlib import import_module

        return getattr(import_module(f"dynmodels.{_LAZY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
