"""The AST-free path: the very same models built by ``pydantic.create_model`` and ``Enum(...)``, from no source text.

What a builder of these classes must at least do, once it knows every name, type and default: the floor for any way to
build them. ``recipe_of`` takes classes apart, ``replay`` builds them anew, ``differences`` proves that they are alike.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import GenericAlias, UnionType, new_class
from typing import Annotated, Any, ForwardRef, Union

from pydantic import BaseModel, ConfigDict, Field, RootModel, create_model
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from dynmodels import DynamicModels

Classes = dict[str, type[Any]]
Make = Callable[[Classes], Any]


class NotReplayableError(Exception):
    """A class has parts that a call of ``create_model`` with fields does not make."""


@dataclass(frozen=True)
class EnumRecipe:
    """What an enum is made of."""

    name: str
    kind: type[Enum]
    mixin: type[Any] | None
    members: tuple[tuple[str, Any], ...]
    doc: str | None

    def build(self, _: Classes) -> type[Any]:
        """Make the enum."""
        make: Callable[..., Any] = self.kind  # the functional form, which types don't know
        made: type[Any] = make(self.name, self.members, module=__name__, type=self.mixin)
        made.__doc__ = self.doc
        return made


@dataclass(frozen=True)
class ModelRecipe:
    """What a model is made of."""

    name: str
    base: Make
    config: ConfigDict
    fields: tuple[tuple[str, Make], ...]
    doc: str | None
    extra_type: Make | None

    def build(self, classes: Classes) -> type[Any]:
        """Make the model, of classes that are made already; others stay names in it."""
        fields = {name: make(classes) for name, make in self.fields}
        if self.extra_type is not None:
            return self._with_typed_extra(classes, fields)
        made: type[Any] = create_model(
            self.name,
            __base__=self.base(classes),
            __module__=__name__,
            __doc__=self.doc,
            __cls_kwargs__=dict(self.config) or None,
            **fields,
        )
        return made

    def _with_typed_extra(self, classes: Classes, fields: dict[str, Any]) -> type[Any]:
        """Make a model whose extra fields have a type, which ``create_model`` has no word for."""
        assert self.extra_type is not None
        annotations = {**fields, "__pydantic_extra__": self.extra_type(classes)}
        namespace = {"__annotations__": annotations, "__module__": __name__, "__doc__": self.doc}
        base = self.base(classes)
        bases = base if isinstance(base, tuple) else (base,)
        return new_class(self.name, bases, dict(self.config), lambda body: body.update(namespace))


@dataclass(frozen=True)
class Recipe:
    """All classes of a document, in the order in which the generated module makes them."""

    steps: tuple[EnumRecipe | ModelRecipe, ...]


def replay(recipe: Recipe) -> Classes:
    """Build the classes of a recipe."""
    classes: Classes = {}
    for step in recipe.steps:
        classes[step.name] = step.build(classes)
    for made in classes.values():
        if issubclass(made, BaseModel) and not made.__pydantic_complete__:
            made.model_rebuild(_types_namespace=classes)
    return classes


def recipe_of(models: DynamicModels) -> Recipe:
    """Take classes apart.

    Raises:
        NotReplayableError: A class has validators, or the classes are in several modules.
    """
    if any(cls.__module__ != models.module.__name__ for cls in models.values()):
        raise NotReplayableError("the classes are in several modules")
    names = {cls: name for name, cls in vars(models.module).items() if name.isidentifier() and _own(cls, models)}
    return Recipe(tuple(_step(cls, name, names) for cls, name in names.items()))


def differences(models: Mapping[str, type[Any]], classes: Mapping[str, type[Any]]) -> list[str]:
    """Name the models whose JSON Schema, or enums whose members, are not the same in both."""
    return [name for name, cls in models.items() if name.isidentifier() and _told(cls) != _told(classes[name])]


def _told(cls: type[Any]) -> object:
    if issubclass(cls, BaseModel):
        return cls.model_json_schema()
    return [(member.name, member.value) for member in cls]


def _own(cls: object, models: DynamicModels) -> bool:
    return isinstance(cls, type) and issubclass(cls, BaseModel | Enum) and cls.__module__ == models.module.__name__


def _step(cls: type[Any], name: str, names: Mapping[type[Any], str]) -> EnumRecipe | ModelRecipe:
    if issubclass(cls, Enum):
        mixin, kind = (cls.__bases__[0], cls.__bases__[-1]) if len(cls.__bases__) > 1 else (None, cls.__bases__[0])
        members = tuple((name, member.value) for name, member in cls.__members__.items())
        return EnumRecipe(name, kind, mixin, members, vars(cls).get("__doc__"))
    decorators = cls.__pydantic_decorators__
    if decorators.field_validators or decorators.model_validators or decorators.validators:
        raise NotReplayableError(f"{name} has validators")
    own = [field for field in cls.__annotations__ if field in cls.model_fields]
    return ModelRecipe(
        name,
        _base(cls, names),
        _own_config(cls),
        tuple((field, _field(cls.model_fields[field], names)) for field in own),
        vars(cls).get("__doc__"),
        _extra_type(cls, names),
    )


def _extra_type(cls: type[BaseModel], names: Mapping[type[Any], str]) -> Make | None:
    """Give what makes the type of extra fields, where the class says one."""
    if "__pydantic_extra__" not in vars(cls).get("__annotations__", {}):
        return None
    written = vars(cls)["__annotations__"]["__pydantic_extra__"]
    if isinstance(written, str):
        written = typing.get_type_hints(cls)["__pydantic_extra__"]
    return _type(written, names)


def _own_config(cls: type[BaseModel]) -> ConfigDict:
    inherited = {key: value for base in cls.__bases__ for key, value in getattr(base, "model_config", {}).items()}
    own = {key: value for key, value in cls.model_config.items() if inherited.get(key, PydanticUndefined) != value}
    return typing.cast(ConfigDict, own)


def _base(cls: type[BaseModel], names: Mapping[type[Any], str]) -> Make:
    parametrised = getattr(cls.__bases__[0], "__pydantic_generic_metadata__", {})  # BaseModel itself has none
    if parametrised.get("origin") is RootModel:
        make = _type(parametrised["args"][0], names)
        return lambda classes: RootModel.__class_getitem__(make(classes))
    if any(base in names for base in cls.__bases__):
        bases = [names.get(base, base) for base in cls.__bases__]
        return lambda classes: tuple(classes[base] if isinstance(base, str) else base for base in bases)
    return _constant(cls.__bases__)


def _field(info: FieldInfo, names: Mapping[type[Any], str]) -> Make:
    parts = info.asdict()
    given = {key: value for key, value in parts["attributes"].items() if key == "default" or value is not None}
    given = {
        key: value for key, value in given.items() if value is not PydanticUndefined and (key, value) != ("repr", True)
    }
    metadata = (*parts["metadata"], Field(**given))
    make = _type(parts["annotation"], names)
    if not _mentions(parts["annotation"], names):
        return _constant(Annotated[(make({}), *metadata)])
    return lambda classes: Annotated[(make(classes), *metadata)]


def _type(annotation: Any, names: Mapping[type[Any], str]) -> Make:
    """Give what makes an annotation of the classes that there are; a class to come is a forward reference."""
    if not _mentions(annotation, names):
        return _constant(annotation)
    if isinstance(annotation, type) and annotation in names:
        name = names[annotation]
        return lambda classes: classes.get(name) or ForwardRef(name)
    origin = typing.get_origin(annotation)
    makes = [_type(argument, names) for argument in typing.get_args(annotation)]
    if origin is Annotated:
        metadata = annotation.__metadata__
        return lambda classes: Annotated[(makes[0](classes), *metadata)]
    if origin in (Union, UnionType):
        return lambda classes: Union[tuple(make(classes) for make in makes)]  # noqa: UP007 (of as many as there are)
    return lambda classes: GenericAlias(origin, tuple(make(classes) for make in makes))


def _mentions(annotation: Any, names: Mapping[type[Any], str]) -> bool:
    if typing.get_origin(annotation) is typing.Literal:
        return False
    if typing.get_origin(annotation) is not None:
        return any(_mentions(argument, names) for argument in typing.get_args(annotation))
    return isinstance(annotation, type) and annotation in names


def _constant(value: Any) -> Make:
    return lambda _: value
