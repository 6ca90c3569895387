"""Entrances: the gate before one class, and what takes the place of the class's ``SchemaValidator``."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, nullcontext
from functools import cached_property, partial
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, NoReturn

from pydantic import BaseModel, RootModel, ValidationError
from pydantic_core import (
    PydanticCustomError,
    SchemaSerializer,
    SchemaValidator,
    core_schema,
    from_json,
    to_jsonable_python,
)

from dynmodels.gate import Gates, require_bounded
from dynmodels.module import GATE
from dynmodels.relax import Relaxing, with_constants

if TYPE_CHECKING:
    from pydantic import ValidationInfo
    from pydantic_core import InitErrorDetails

#: What is the same in Python as in JSON.
_JSON: Final = frozenset({dict, list, str, int, float, bool, NoneType})


class Gate:
    """What stands before a class or another type: the validator of its schema, and what pydantic makes of its data.

    Attributes:
        target: The class or type.
        pointer: The JSON Pointer of its schema.
        relaxing: Relaxes schemas of pydantic's.
        inner: That of the target, relaxed.
        plain: pydantic's own validator.
    """

    def __init__(self, target: Any, pointer: str, gates: Gates, relaxing: Relaxing, inner: Any, plain: Any) -> None:
        self.target = target
        self.pointer = pointer
        self.relaxing = relaxing
        self.inner = inner
        self.plain = plain
        self._gates = gates

    @property
    def gates(self) -> Gates:
        """The validators of the document."""
        return self._gates

    @property
    def by_name(self) -> bool:
        """Whether fields may be given by their names in Python."""
        return self.relaxing.by_name

    @property
    def name(self) -> str:
        """What errors call it."""
        return str(getattr(self.target, "__name__", "root"))

    @cached_property
    def is_valid(self) -> Callable[[Any], bool]:
        """Whether the schema accepts data; a ``ValueError`` where that is no JSON data."""
        return self._gates.accepting(self.pointer)

    @cached_property
    def validator(self) -> SchemaValidator:
        """Makes objects of what the gate has let pass."""
        # What pydantic has built for a class has its gate, and is not to be taken for what stands behind that.
        return SchemaValidator(self.inner, _use_prebuilt=False)

    @cached_property
    def serializer(self) -> SchemaSerializer:
        """Writes such objects."""
        return SchemaSerializer(self.inner, _use_prebuilt=False)

    def accepts(self, value: Any) -> bool:
        """Tell whether the schema accepts data as it stands; Python objects that JSON does not have it does not."""
        is_valid = self.is_valid  # here, as what is wrong with the schema is no fault of the data
        try:
            return is_valid(value)
        except ValueError:
            return False

    def check(self, value: Any, mode: str = "python") -> None:
        """Let data pass that the schema accepts, or that stands for such: models, moments, members, names of fields.

        Raises:
            ValidationError: The schema does not accept it.
        """
        self.make(value, self.validator.validate_python, mode, named=self.by_name)

    def make(self, value: Any, made_of: Callable[[Any], Any], mode: str, *, named: bool) -> Any:
        """Make an object of data once, judged before where that is JSON data, and else by what is written of it.

        Args:
            value: The data.
            made_of: Makes the object.
            mode: "json" where the data was a text.
            named: Whether fields may be given by their names in Python.

        Raises:
            ValidationError: The schema does not accept it.
        """
        if not named and self.accepts(value):
            return made_of(value)
        try:
            require_bounded([value])
        except ValueError as error:
            self._refuse_foreign(value, error, mode)
        if not named and is_json(value):
            self.refuse(value, mode)
        made = made_of(value)
        self.check_made(made, mode, partial(_taken, value, self.relaxing.is_own))
        return made

    def check_made(
        self, made: Any, mode: str = "python", taken: Callable[[], Collection[tuple[Any, ...]]] = tuple
    ) -> None:
        """Let what was made of data pass, if the schema accepts what it writes.

        Args:
            made: What was made.
            mode: Where the data came from: "python" or "json".
            taken: Gives the ways to parts that are taken as they are.

        Raises:
            ValidationError: The schema does not accept it.
        """
        try:
            written = self.written(made)
        except ValueError as error:  # such as objects of unknown classes
            self._refuse_foreign(made, error, mode)
        if not self.accepts(written):
            self.refuse(written, mode, taken())

    def written(self, made: Any) -> Any:
        """Write what was made of data as JSON data."""
        written = self.serializer.to_python(made, mode="json", by_alias=True, exclude_unset=True, warnings=False)
        if isinstance(made, BaseModel) and type(made) is not self.target and isinstance(written, dict):
            own = type(made).model_fields.keys() - self.target.model_fields.keys()  # a subclass's
            return written | {name: to_jsonable_python(getattr(made, name)) for name in own & made.model_fields_set}
        return written

    def refuse(self, value: Any, mode: str, taken: Collection[tuple[Any, ...]] = ()) -> None:
        """Say what is wrong with data, but for the parts that are taken as they are.

        Raises:
            ValidationError: Something is.
        """
        from dynmodels.locate import lines_about  # here, as data that fits needs none of it

        try:
            lines = lines_about(self._gates, self.pointer, value)
        except ValueError as error:
            self._refuse_foreign(value, error, mode)
        if taken:
            lines = [line for line in lines if not any(line["loc"][: len(way)] == way for way in taken)]
        if lines or not taken:
            raise self._error(lines, mode)

    def _refuse_foreign(self, value: Any, error: Exception, mode: str) -> NoReturn:
        reason = PydanticCustomError("json_schema.data", "This is no JSON data: {reason}", {"reason": str(error)})
        raise self._error([{"type": reason, "loc": (), "input": value}], mode) from error

    def refuse_text(self, text: Any, error: Exception) -> NoReturn:
        """Say what is wrong with JSON text.

        Raises:
            ValidationError: Always.
        """
        context = {"error": str(error)}
        raise self._error([{"type": "json_invalid", "loc": (), "input": text, "ctx": context}], "json") from None

    def _error(self, lines: list[InitErrorDetails], mode: str) -> ValidationError:
        config = getattr(self.target, "model_config", {})
        return ValidationError.from_exception_data(
            self.name,
            lines,
            mode,  # type: ignore[arg-type]
            hide_input=bool(config.get("hide_input_in_errors")),
        )

    def core_schema(self) -> Any:
        """Give the schema of pydantic's for a type that has the class in it."""
        inner = self.inner
        definitions = inner["definitions"] if inner["type"] == "definitions" else []
        made = inner["schema"] if inner["type"] == "definitions" else inner
        # What the schema accepts and the class is not made for stays as it is.
        if made["type"] != "union" or made.get("mode") != "left_to_right":
            made = core_schema.union_schema(self._class_and_others(made), mode="left_to_right")
        gated: Any = core_schema.with_info_wrap_validator_function(self.passing, made)
        return core_schema.definitions_schema(gated, definitions) if definitions else gated

    def _class_and_others(self, made: Any) -> list[Any]:
        """Give what makes objects of the class, and what takes the rest.

        Both say what the class's constants are, where pydantic looks for them to tell classes of a union apart.
        """
        constants = self.relaxing.constants(self.target)
        if not constants:
            return [made, core_schema.any_schema()]
        fields = core_schema.model_fields_schema(
            {name: core_schema.model_field(schema) for name, schema in constants.items()}
        )
        rest = core_schema.with_info_wrap_validator_function(
            self._otherwise, fields, serialization=core_schema.simple_ser_schema("any")
        )
        return [with_constants(made, constants), rest]

    def _otherwise(self, value: Any, _handler: Callable[[Any], Any], info: ValidationInfo) -> Any:
        """Make an object whose constants are others, if the schema allows that, or leave data as it is."""
        try:
            return self.validator.validate_python(value, context=info.context)
        except ValidationError:
            return value

    def passing(self, value: Any, handler: Callable[[Any], Any], info: ValidationInfo) -> Any:
        """Let data through to pydantic where the class stands in a type of the caller's, or has become a base.

        Raises:
            ValidationError: The schema does not accept it.
        """
        if isinstance(self.target, type) and isinstance(value, self.target):
            return self.again(value, handler, info.mode)
        if info.mode not in {"python", "json"} and _is_text(value):
            made = self.plain.validate_strings(value)
            self.check_made(made)
            return handler(self.written(made))
        # Nobody tells whether this call allows names of fields.
        named = self.by_name or _mentions(value, self.relaxing.names)
        return self.make(value, handler, info.mode, named=named)

    def again(self, instance: Any, handler: Callable[[Any], Any], mode: str) -> Any:
        """Take an instance as it is, or what is made of it (``revalidate_instances``), or what becomes of it.

        Raises:
            ValidationError: The schema does not accept what it has become.
        """
        assigned = isinstance(instance, BaseModel) and instance.model_config.get("validate_assignment")
        with _restoring(instance) if assigned else nullcontext():
            before = _values(instance) if assigned else {}
            made = handler(instance)
            if made is not instance:
                if self.relaxing.names:  # pydantic looks for the names that fields have in data
                    made = handler(_data_of(instance))
                self.check_made(made, mode)
            elif assigned and any(value is not before.get(name, _MISSING) for name, value in _values(made).items()):
                self.check_made(made, mode)
        return made


_MISSING: Final = object()


def _values(instance: Any) -> dict[str, Any]:
    return {**vars(instance), **(instance.__pydantic_extra__ or {})}


def _data_of(instance: Any) -> Any:
    """Give what a model was made of."""
    if isinstance(instance, RootModel):
        return instance.root
    fields = type(instance).model_fields
    given = {fields[name].alias or name: vars(instance)[name] for name in instance.model_fields_set & fields.keys()}
    return given | (instance.__pydantic_extra__ or {})


def _taken(value: Any, is_own: Callable[[type], bool]) -> list[tuple[Any, ...]]:
    """Find the document's models in data that pydantic takes as they are (``revalidate_instances``).

    Only those that are not what their own schemas ask for: one that is, is wrong as what another class stands for.
    """
    found: list[tuple[Any, ...]] = []
    waiting: list[tuple[tuple[Any, ...], Any]] = [((), value)]
    while waiting:
        way, each = waiting.pop()
        if isinstance(each, BaseModel):
            never = each.model_config.get("revalidate_instances", "never") == "never"
            if never and is_own(type(each)) and not _fits_its_class(each):
                found.append(way)
        elif isinstance(each, dict):
            waiting.extend(((*way, key), item) for key, item in each.items())
        elif isinstance(each, list | tuple):
            waiting.extend(((*way, number), item) for number, item in enumerate(each))
    return found


def _fits_its_class(instance: BaseModel) -> bool:
    gate: Gate | None = getattr(type(instance), GATE, None)
    if gate is None:
        return False
    try:
        return gate.accepts(gate.written(instance))
    except ValueError:
        return False


class ExactValidator:
    """Takes the place of a class's ``SchemaValidator``: the gate first, then pydantic."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._is_root = issubclass(gate.target, RootModel)

    def validate_python(self, value: Any, **options: Any) -> Any:
        """Make an object of data, as ``SchemaValidator.validate_python`` does."""
        self._compile()
        return self.validate_python(value, **options)

    def validate_json(self, text: Any, **options: Any) -> Any:
        """Make an object of JSON text, as ``SchemaValidator.validate_json`` does."""
        self._compile()
        return self.validate_json(text, **options)

    def _compile(self) -> None:
        """Take the place of both, once all that most data needs is at hand."""
        gate, slowly = self._gate, self._slowly
        make = gate.validator.validate_python
        is_valid = _nothing if gate.by_name else gate.is_valid

        # Not by keyword only, of which Python looks up each that is left out.
        def validate_python(
            value: Any,
            strict: bool | None = None,
            extra: Any = None,
            from_attributes: bool | None = None,
            context: Any = None,
            self_instance: Any = None,
            allow_partial: Any = False,
            by_alias: bool | None = None,
            by_name: bool | None = None,
            mode: str = "python",
        ) -> Any:
            try:
                accepted = is_valid(value)
            except ValueError:
                accepted = False
            if accepted:
                if self_instance is not None:
                    return make(value, self_instance=self_instance)
                usual = context is None and extra is None and from_attributes is None and by_alias is None
                if usual and by_name is None and type(value) is dict:
                    return make(value)
            options = {"from_attributes": from_attributes, "context": context, "by_alias": by_alias, "by_name": by_name}
            options |= {"extra": extra} if extra is not None else {}
            options |= {"allow_partial": allow_partial} if allow_partial else {}
            return slowly(value, self_instance, options, mode, accepted=accepted and by_name is None)

        def validate_json(
            text: Any,
            strict: bool | None = None,
            extra: Any = None,
            context: Any = None,
            by_alias: bool | None = None,
            by_name: bool | None = None,
            **options: Any,
        ) -> Any:
            try:
                value = from_json(text, allow_inf_nan=False)
            except ValueError as error:
                gate.refuse_text(text, error)
            usual = context is None and extra is None and by_alias is None and by_name is None and not options
            if usual and type(value) is dict and is_valid(value):
                return make(value)
            options |= {"extra": extra, "context": context, "by_alias": by_alias, "by_name": by_name}
            return validate_python(value, **options, mode="json")

        self.validate_python = validate_python  # type: ignore[assignment,method-assign]
        self.validate_json = validate_json  # type: ignore[method-assign]

    def _slowly(self, value: Any, self_instance: Any, options: dict[str, Any], mode: str, *, accepted: bool) -> Any:
        gate = self._gate
        make: Callable[..., Any] = gate.validator.validate_python
        if not accepted and isinstance(value, gate.target):
            del options["from_attributes"]
            return gate.again(value, partial(make, **options), mode)
        if accepted and type(value) in _JSON and type(value) is not dict and not self._is_root:
            return value  # what is no object fits a schema that asks nothing of such data, and no class
        made_of = partial(make, self_instance=self_instance, **options)
        if accepted:
            return made_of(value)
        by_name = options["by_name"]
        return gate.make(value, made_of, mode, named=gate.by_name if by_name is None else by_name)

    def validate_strings(self, value: Any, *, strict: bool | None = None, **options: Any) -> Any:
        """Make an object of texts, as ``SchemaValidator.validate_strings`` does."""
        gate = self._gate
        made = gate.plain.validate_strings(value, strict=strict, **options)
        return self.validate_python(gate.written(made))

    def validate_assignment(self, instance: Any, name: str, value: Any, **options: Any) -> Any:
        """Change a field, as ``SchemaValidator.validate_assignment`` does; an instance that would be invalid stays."""
        with _restoring(instance):
            made = self._gate.validator.validate_assignment(instance, name, value, **options)
            self._gate.check_made(instance)
        return made

    def isinstance_python(self, value: Any, **options: Any) -> bool:
        """Tell whether an object can be made of data."""
        try:
            self.validate_python(value, **options)
        except ValidationError:
            return False
        return True

    @property
    def title(self) -> str:
        """The name that errors begin with."""
        return self._gate.name

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gate.plain, name)


class PlainValidator:
    """Stands for the ``SchemaValidator`` of a class that no one schema is known of, such as one merged from several.

    pydantic would take that for the class wherever it stands in others, where the relaxed schema is meant.
    """

    __slots__ = ("_plain",)

    def __init__(self, plain: Any) -> None:
        self._plain = plain

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)


def _nothing(_value: Any) -> bool:
    return False


@contextmanager
def _restoring(instance: Any) -> Iterator[None]:
    """Leave an instance as it was, if a change is refused."""
    before = dict(vars(instance)), set(instance.__pydantic_fields_set__), copy.copy(instance.__pydantic_extra__)
    try:
        yield
    except ValidationError:
        fields, was_set, extra = before
        object.__setattr__(instance, "__dict__", fields)
        object.__setattr__(instance, "__pydantic_fields_set__", was_set)
        object.__setattr__(instance, "__pydantic_extra__", extra)
        raise


def _mentions(value: Any, names: frozenset[str]) -> bool:
    """Whether one of some names is a key anywhere in data."""
    waiting = [value] if names else []
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            if not names.isdisjoint(each):
                return True
            waiting.extend(each.values())
        elif isinstance(each, list | tuple):
            waiting.extend(each)
    return False


def _is_text(value: Any) -> bool:
    """Whether data consists of texts, to be converted."""
    return all(map(_is_text, value.values())) if isinstance(value, dict) else isinstance(value, str)


def is_json(value: Any) -> bool:
    """Whether data is what a JSON parser gives."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        kind = type(each)
        if kind not in _JSON:
            return False
        if kind is dict:
            if not all(type(key) is str for key in each):
                return False
            waiting.extend(each.values())
        elif kind is list:
            waiting.extend(each)
    return True
