"""Real pydantic v2 classes from a JSON Schema or OpenAPI document, at run time, without writing files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dynmodels.api import clear_dynamic_models_cache, dynamic_models_cache_info, generate_dynamic_models
from dynmodels.cache import CacheInfo
from dynmodels.collect import DynamicModels
from dynmodels.errors import (
    DynmodelsError,
    GenerationError,
    ModelBuildError,
    OptionsError,
    SchemaError,
    StoreError,
    UnknownModelError,
    UnsafeSchemaError,
)

if TYPE_CHECKING:
    from dynmodels.limits import Limits
    from dynmodels.render import DataModelType, GenerateConfig, InputFileType

__all__ = [
    "CacheInfo",
    "DataModelType",
    "DynamicModels",
    "DynmodelsError",
    "GenerateConfig",
    "GenerationError",
    "InputFileType",
    "Limits",
    "ModelBuildError",
    "OptionsError",
    "SchemaError",
    "StoreError",
    "UnknownModelError",
    "UnsafeSchemaError",
    "clear_dynamic_models_cache",
    "dynamic_models_cache_info",
    "generate_dynamic_models",
]

#: Names of the generator's that callers need; it takes half a second to load, so it is loaded when they are used.
_LAZY = frozenset({"DataModelType", "GenerateConfig", "InputFileType"})


def __getattr__(name: str) -> Any:
    if name == "Limits":
        from dynmodels.limits import Limits

        return Limits
    if name in _LAZY:
        from dynmodels import render

        return getattr(render, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
