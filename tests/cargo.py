"""What crosses between processes beside generated classes, written by hand; and what can be seen of it on either side.

Nothing here imports dynmodels: a process that unpickles has not, before.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from enum import Enum
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, PrivateAttr, RootModel, ValidationError

Content = TypeVar("Content")


#: A class that pydantic makes and enters here, by the name ``RootModel[list[int]]``.
Numbers = RootModel[list[int]]


class Envelope(BaseModel, Generic[Content]):
    """A generic model, to be parametrised with a generated class."""

    content: Content
    note: str = ""


def parametrised(generic: Any, parameter: Any) -> Any:
    """Parametrise a generic model with a class that no type checker knows."""
    return generic[parameter]


class Pair(BaseModel, Generic[Content]):
    """Another one, for parameters within parameters."""

    first: Content
    second: Content


@dataclasses.dataclass
class Parcel:
    """A dataclass that holds generated instances."""

    sender: Any
    content: list[Any]


class Record(BaseModel):
    """A base class for generated ones, with state of its own that is no field."""

    _revision: int = PrivateAttr(default=0)

    def revise(self) -> None:
        """Count a change."""
        self._revision += 1


class Registering(type(BaseModel)):  # type: ignore[misc]  # pydantic's metaclass has no public name
    """A metaclass such as object mappers have."""


class Registered(BaseModel, metaclass=Registering):
    """A base class for generated ones, with a metaclass of its own."""


def validator_of(cls: Any) -> Callable[[Any], Any]:
    """Give a function that closes over a class."""

    def validate(data: Any) -> Any:
        return cls.model_validate(data)

    return validate


def qualified_name(cls: type) -> str:
    """Give what every process calls a class."""
    return cls.__qualname__


def described(value: Any, naming: Callable[[type], object] = qualified_name) -> Any:
    """Say, as JSON data, all that can be seen of an object.

    Args:
        value: A generated class, a member or an instance of one, or whatever holds some.
        naming: Says what a class is called; ``id`` tells very classes apart.
    """
    return _Description(naming).of(value)


class _Description:
    """One walk through an object. What is met again is told by the number that it had, so that cycles end."""

    def __init__(self, naming: Callable[[type], object]) -> None:
        self._naming = naming
        self._met: dict[int, tuple[int, Any]] = {}

    def of(self, value: Any) -> Any:
        if isinstance(value, type):
            return self._class(value)
        if isinstance(value, Enum):
            return {"member": value.name, "of": self._naming(type(value)), "value": repr(value.value)}
        if isinstance(value, BaseModel | dict | list) or dataclasses.is_dataclass(value):
            if id(value) in self._met:
                return {"met": self._met[id(value)][0]}
            self._met[id(value)] = len(self._met), value
        if isinstance(value, BaseModel):
            return self._instance(value)
        if dataclasses.is_dataclass(value):
            return {"dataclass": self._naming(type(value)), "fields": self.of(vars(value))}
        if isinstance(value, ValidationError):
            faults = value.errors(include_url=False)
            return {"error": value.title, "says": str(value), "faults": [self.of(dict(fault)) for fault in faults]}
        if isinstance(value, dict):
            return {"dict": [[self.of(key), self.of(each)] for key, each in value.items()]}
        if isinstance(value, list | tuple):
            return {type(value).__name__: [self.of(each) for each in value]}
        if isinstance(value, set | frozenset):
            return {type(value).__name__: sorted((self.of(each) for each in value), key=repr)}
        return f"{type(value).__name__} {value!r}"  # 1, 1.0 and True are three values

    def _class(self, cls: type) -> Any:
        bases = [self._naming(base) for base in cls.__bases__]
        seen = {"class": self._naming(cls), "bases": bases, "doc": cls.__doc__}
        if issubclass(cls, Enum):
            return {**seen, "members": [[member.name, repr(member.value)] for member in cls]}
        return {**seen, "schema": cls.model_json_schema() if issubclass(cls, BaseModel) else None}

    def _instance(self, value: BaseModel) -> Any:
        return {
            "instance": self._naming(type(value)),
            "fields": [[name, self.of(each)] for name, each in vars(value).items()],
            "set": sorted(value.model_fields_set),
            "extra": self.of(value.model_extra),
            "private": self.of(value.__pydantic_private__),
        }
