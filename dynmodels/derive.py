"""Deriving: models made from models."""

from __future__ import annotations

import inspect
import threading
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Final, ForwardRef, Literal, TypeVar, Union, get_args, get_origin

from dynmodels.errors import ModelBuildError, OptionsError
from dynmodels.module import DERIVED, GATE

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

ModelT = TypeVar("ModelT", bound="BaseModel")

#: By this attribute a model knows the classes that were derived from it, by how they were.
_KNOWN: Final = "__dynmodels_optional__"

#: Of two threads that derive the same, one waits for the other's.
_deriving: Final = threading.RLock()

#: What only a field without a default, or with another one, has.
_OF_THE_DEFAULT: Final = frozenset({"default", "default_factory", "validate_default"})


def make_fields_optional(model: type[ModelT], *, deep: bool = False, sentinel: Any = None) -> type[ModelT]:
    """Derive a model all of whose fields may be left out, such as for the body of a PATCH request.

    It is a subclass that keeps the configuration, validators, computed fields, methods, aliases, constraints and
    metadata. A default is not validated, and neither is a ``None`` that the model itself does not take: its validators
    of fields are not called with it. What an exact class is gated by asks for required fields, so that a class derived
    from one checks no more than its fields say.

    Args:
        model: Any pydantic model but a root model.
        deep: Whether models in the fields become optional as well, alone and in unions. What is in lists and mappings
            stays whole, as do the members of a tagged union.
        sentinel: What a field holds that was left out: None, or ``pydantic_core.MISSING``, with which null is refused
            wherever the model refuses it, and what was left out is not written.

    Returns:
        A class called ``<Model>Optional``, the same one each time. It can be pickled where the model can.

    Raises:
        OptionsError: It is no such model, or ``sentinel`` is something else.
        ModelBuildError: The model refers to classes that are not there yet, or the derived one cannot be built.
    """
    from pydantic import BaseModel, RootModel

    if not isinstance(model, type) or not issubclass(model, BaseModel):
        raise OptionsError(f"fields can be made optional of a pydantic model, not of {model!r:.80}")
    if issubclass(model, RootModel):
        raise OptionsError(
            f"{model.__name__} is a root model, which has no fields to leave out",
            hint="Make the model optional that has it in a field.",
        )
    if not isinstance(deep, bool):
        raise OptionsError(f"deep is True or False, not {deep!r:.80}")
    if sentinel is not None and sentinel is not _missing():
        raise OptionsError(f"sentinel is None or pydantic's MISSING, not {sentinel!r:.80}")
    from dynmodels.pickling import register

    register((model,))
    with _deriving:
        return _Deriving(deep, missing=sentinel is not None).of(model)


def again(model: type[BaseModel], deep: bool, missing: bool) -> type[BaseModel]:
    """Derive the class that a pickle tells of."""
    return make_fields_optional(model, deep=deep, sentinel=_missing() if missing else None)


def _missing() -> Any:
    from pydantic_core import MISSING

    return MISSING


class _Deriving:
    """One derivation, with those of the models within, which may lead back.

    Args:
        deep: Whether these become optional too.
        missing: Whether what was left out is ``MISSING``.
    """

    def __init__(self, deep: bool, *, missing: bool) -> None:
        self._how = deep, missing
        self._sentinel = _missing() if missing else None
        self._made: dict[type[BaseModel], type[BaseModel]] = {}
        self._names: dict[type[BaseModel], str] = {}

    def of(self, model: type[Any]) -> type[Any]:
        """Give the derived class, and see that it is complete."""
        from pydantic import PydanticUserError

        try:
            derived = self._derived(model)
            spaces = {self._names[each]: made for each, made in self._made.items()}
            for made in self._made.values():
                made.model_rebuild(force=len(self._made) > 1, _types_namespace=spaces)
        except (PydanticUserError, NameError, TypeError) as error:
            raise ModelBuildError(f"the fields of {model.__name__} cannot be made optional: {error}") from error
        for each, made in self._made.items():
            known = vars(each).get(_KNOWN) or {}
            setattr(each, _KNOWN, {**known, self._how: made})
        return derived

    def _derived(self, model: type[BaseModel]) -> type[BaseModel]:
        known: type[BaseModel] | None = (vars(model).get(_KNOWN) or {}).get(self._how)
        if known is not None:
            return known
        self._names[model] = f"_Optional{len(self._names)}"
        if not model.__pydantic_complete__ and not model.model_rebuild(raise_errors=False):
            raise ModelBuildError(
                f"{model.__name__} refers to classes that are not there yet",
                hint=f"Call {model.__name__}.model_rebuild() when they are defined.",
            )
        from pydantic import create_model

        fields = {name: self._field(info) for name, info in model.model_fields.items()}
        derived = create_model(
            f"{model.__name__}Optional",
            __base__=model,
            __module__=model.__module__,
            __doc__=model.__doc__,
            __validators__={**self._passing(model), **_ungated(model)},
            **fields,
        )
        setattr(derived, DERIVED, (again, (model, *self._how)))
        self._made[model] = derived
        return derived

    def _field(self, info: FieldInfo) -> Any:
        """Give an annotation that means the same, and may be left out."""
        from pydantic import Field

        parts = info.asdict()
        attributes = {name: each for name, each in parts["attributes"].items() if name not in _OF_THE_DEFAULT}
        discriminator = attributes.pop("discriminator", None)
        annotation: Any = parts["annotation"]
        if self._how[0] and discriminator is None:
            annotation = self._within(annotation)
        metadata = [*parts["metadata"], *([] if discriminator is None else [Field(discriminator=discriminator)])]
        if metadata:
            # What is said of the type must not be asked of None.
            annotation = Annotated[(annotation, *metadata)]
        default = self._sentinel
        optional: Any = Union[annotation, NoneType if default is None else default]  # noqa: UP007 (the sentinel has no |)
        return Annotated[optional, Field(**attributes, validate_default=False)], default

    def _within(self, annotation: Any) -> Any:
        """Make the models of an annotation optional."""
        from pydantic import BaseModel, RootModel

        if isinstance(annotation, type) and get_origin(annotation) is None and issubclass(annotation, BaseModel):
            if issubclass(annotation, RootModel):
                return annotation
            if annotation in self._names and annotation not in self._made:
                return ForwardRef(self._names[annotation])  # it is being made
            return self._made.get(annotation) or self._derived(annotation)
        if get_origin(annotation) in {Union, UnionType}:
            return Union[tuple(map(self._within, get_args(annotation)))]  # noqa: UP007 (of as many as there are)
        if get_origin(annotation) is Annotated and not any(
            _has_discriminator(each) for each in annotation.__metadata__
        ):
            inner, *metadata = get_args(annotation)
            return Annotated[(self._within(inner), *metadata)]
        return annotation

    def _passing(self, model: type[BaseModel]) -> dict[str, Any]:
        """Give a validator that lets a None pass which the model's own do not know."""
        if self._sentinel is not None:
            return {}
        from pydantic import field_validator

        names = [name for name, info in model.model_fields.items() if not _takes_none(info.annotation)]
        if not names or not model.__pydantic_decorators__.field_validators:
            return {}

        def none_passes(value: Any, handler: Any) -> Any:
            return None if value is None else handler(value)

        return {"none_passes_validators": field_validator(*names, mode="wrap")(none_passes)}


def _has_discriminator(metadata: Any) -> bool:
    return getattr(metadata, "discriminator", None) is not None


def _takes_none(annotation: Any) -> bool:
    if get_origin(annotation) in {Union, UnionType}:
        return any(map(_takes_none, get_args(annotation)))
    if get_origin(annotation) is Annotated:
        return _takes_none(get_args(annotation)[0])
    if get_origin(annotation) is Literal:
        return None in get_args(annotation)
    return annotation in {None, NoneType, Any, object}


def _ungated(model: type[BaseModel]) -> dict[str, Any]:
    """Give what pydantic's own classes have in the place of what stands before an exact one."""
    from pydantic import BaseModel

    if not any(GATE in vars(base) for base in model.__mro__):
        return {}

    def core_schema(_cls: Any, source: Any, handler: Any) -> Any:
        return handler(source)

    names = ("__get_pydantic_json_schema__", "model_json_schema", "model_rebuild")
    plain = {name: inspect.getattr_static(BaseModel, name) for name in names}
    return {"__get_pydantic_core_schema__": classmethod(core_schema), **plain}
