"""Some classes of a document, built with and without the others, and what tells them apart."""

from __future__ import annotations

import re
from enum import Enum
from typing import Any

from pydantic import BaseModel, TypeAdapter

from dynmodels import DynamicModels
from dynmodels.build import build, configured
from dynmodels.call import Call
from dynmodels.digest import unshared
from dynmodels.portion import build_portion
from dynmodels.schema import load
from dynmodels.source import read
from dynmodels.stages import Stages


class Both:
    """A document, of which all classes are built once, and some without the others as often as wanted.

    Args:
        document: The document.
        options: The generator's.
    """

    def __init__(self, document: dict[str, Any], **options: Any) -> None:
        self._call = Call(options)
        self._document = load(read(document), None)
        self._config = configured(self._document, self._call)
        self.whole = self._whole()

    def alone(self, *targets: str) -> DynamicModels | None:
        """Build some classes without the others; None where that is left to the whole document."""
        identity = self._call.identity(unshared())
        portion = build_portion(
            self._document, self._config, identity, self._call, targets, Stages(), lambda: self._whole()
        )
        return None if portion is None else portion.models

    def difference(self, *targets: str) -> str | None:
        """Say what is otherwise with classes that are built alone; None where nothing is, or they are not.

        Raises:
            UnknownModelError: They are not found.
        """
        models = self.alone(*targets)
        return None if models is None else self.compared(models, *targets)

    def compared(self, models: DynamicModels, *targets: str) -> str | None:
        """Say what is otherwise with classes that were built alone; None where nothing is."""
        chosen = self.whole.only(targets)
        if models.keys() != chosen.keys():
            return f"{targets}: the classes {set(models) ^ set(chosen)}"
        if dict(models.pointers).keys() != dict(chosen.pointers).keys():
            return f"{targets}: the pointers {set(models.pointers) ^ set(chosen.pointers)}"
        pairs = [(models[name], chosen[name]) for name in models]
        pairs += [(models.pointers[pointer], chosen.pointers[pointer]) for pointer in models.pointers]
        for ours, theirs in pairs:
            if described(ours) != described(theirs):
                return f"{targets}: the class {theirs.__name__}: {described(ours)}, not {described(theirs)}"
        return None

    def _whole(self) -> DynamicModels:
        return build(self._document, self._config, unshared(), self._call, None, (), Stages())


def described(cls: Any) -> list[Any]:
    """Describe a class by name, fields, annotations and JSON Schema."""
    if isinstance(cls, type) and issubclass(cls, Enum):
        return [cls.__name__, [(member.name, member.value) for member in cls]]
    fields = cls.model_fields.items() if isinstance(cls, type) and issubclass(cls, BaseModel) else ()
    return [
        cls.__name__,
        [(name, re.sub(r"dynmodels\.generated\.\w+\.", "", repr(field))) for name, field in fields],
        _schema(cls),
    ]


def _schema(cls: Any) -> Any:
    try:
        return TypeAdapter(cls).json_schema()
    except Exception as error:  # noqa: BLE001 (what has no JSON Schema has none either way)
        return type(error).__name__


def openapi(schemas: dict[str, Any]) -> dict[str, Any]:
    """Make an OpenAPI document of schemas."""
    info = {"title": "Pet shop", "version": "1.0.0"}
    return {"openapi": "3.1.0", "info": info, "paths": {}, "components": {"schemas": schemas}}
