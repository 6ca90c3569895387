"""Recursion: unions inside unions are validated within a budget.

Of a union, pydantic tries each branch, and inside each branch each branch of the next union: the work doubles with
every level of the data, and memory with it, so that a value some 25 levels deep ends the process.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from types import GenericAlias, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Union, get_args, get_origin

from typing_extensions import TypeAliasType

from dynmodels.errors import ModelBuildError, UnsafeSchemaError

if TYPE_CHECKING:
    from pydantic import BaseModel, GetCoreSchemaHandler
    from pydantic_core import CoreSchema, core_schema

#: What one value in such a union may cost, whatever it holds. Trying a value costs 1; deep inside, where each try takes
#: longer and errors are long, more.
COST: Final = 20_000

#: What it may cost more for each object, list and other value in it, up to so many.
COST_PER_VALUE: Final = 50
COUNTED_VALUES: Final = 4_000

#: To this depth a try costs 1, and with the square of the depth from there.
CHEAP_DEPTH: Final = 16


@dataclass
class _Spent(threading.local):
    """What the validation that runs in this thread has spent, and may spend."""

    depth: int = 0
    cost: float = 0.0
    allowed: int = 0


_spent: Final = _Spent()


@dataclass(frozen=True)
class Budget:
    """pydantic metadata for a union that multiplies the work: an error when the budget is spent."""

    def check(self, value: Any, handler: core_schema.ValidatorFunctionWrapHandler) -> Any:
        """Validate a value, unless too much has been tried."""
        from pydantic_core import PydanticCustomError

        if _spent.depth == 0:
            _spent.cost = 0.0
            _spent.allowed = COST + COST_PER_VALUE * _count(value)
        _spent.cost += max(1.0, (_spent.depth / CHEAP_DEPTH) ** 2)
        if _spent.cost > _spent.allowed:
            raise PydanticCustomError(
                "union_recursion", "The value nests too deeply in unions that multiply the work with each level"
            )
        _spent.depth += 1
        try:
            return handler(value)
        finally:
            _spent.depth -= 1

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.no_info_wrap_validator_function(self.check, handler(source))


def _count(value: Any) -> int:
    """Count the values in a value, up to a number."""
    counted, waiting = 0, [value]
    while waiting and counted < COUNTED_VALUES:
        counted += 1
        node = waiting.pop()
        if type(node) is dict:
            waiting.extend(node.values())
        elif type(node) is list:
            waiting.extend(node)
    return counted


def bound(classes: Iterable[type[Any]], done: Collection[type[Any]] = ()) -> bool:
    """Give a budget to every field whose type is a union with several branches that lead back to it.

    Each level of the data multiplies the work by the number of those branches.

    Args:
        classes: The classes of a document.
        done: Those among them that have their budgets; they refer to no others.

    Returns:
        Whether anything had to be limited.

    Raises:
        UnsafeSchemaError: Unions stand one inside the other too often without leading back.
        ModelBuildError: pydantic cannot complete a class with it.
    """
    from pydantic import BaseModel

    models = list(dict.fromkeys(cls for cls in classes if issubclass(cls, BaseModel)))
    places = [place for model in models for place in _places(model)]
    unions = [(place, branches) for place in places if not place.is_tagged for branches in _unions_in(place.annotation)]
    defaults = [place for place in places if place.validates_its_default and place.model not in done]
    if not unions and not defaults:
        return False
    edges: dict[type[BaseModel], set[type[BaseModel]]] = {model: set() for model in models}
    for place in places:
        edges[place.model].update(_models_in(place.annotation))
    reaching = _Reaching(edges)
    bounded: dict[tuple[type[BaseModel], str], _Place] = {}
    onward: dict[type[BaseModel], set[type[BaseModel]]] = {}
    for place, branches in unions:
        back = [any(reaching(named, place.model) for named in branch) for branch in branches]
        if sum(back) > 1:
            bounded[place.model, place.field] = place
        else:
            ahead = {
                named for branch, leads_back in zip(branches, back, strict=True) if not leads_back for named in branch
            }
            onward.setdefault(place.model, set()).update(ahead)
    if max(_levels(edges, onward).values(), default=0) >= LEVELS:
        raise UnsafeSchemaError(
            f"more than {LEVELS} unions of objects stand one inside the other, and each doubles the work",
            hint="Tell the branches apart by a discriminator, or join unions that stand inside each other.",
        )
    bounded = {key: place for key, place in bounded.items() if place.model not in done}
    for place in bounded.values():
        place.limit()
    endless = [
        place for place in defaults if any(reaching(named, place.model) for named in _models_in(place.annotation))
    ]
    for place in endless:
        # Such a default holds itself: as a model it would have no end.
        place.model.model_fields[place.field].validate_default = False
    if bounded or endless:
        _rebuild([model for model in models if model not in done])
    return bool(bounded or endless)


#: Unions that may stand one inside the other without leading back: 2 ** 12 tries.
LEVELS: Final = 12


@dataclass(frozen=True)
class _Place:
    """Where a type stands in a model: at a field, or at all that are not declared."""

    model: type[BaseModel]
    field: str
    annotation: Any

    @property
    def is_tagged(self) -> bool:
        """Whether it is a union of which one branch alone is tried."""
        info = self.model.model_fields.get(self.field)
        return info is not None and info.discriminator is not None

    @property
    def validates_its_default(self) -> bool:
        """Whether the default is validated each time that it is used, and is not None."""
        info = self.model.model_fields.get(self.field)
        return info is not None and bool(info.validate_default) and isinstance(info.default, dict | list)

    def limit(self) -> None:
        """Put a budget there."""
        if self.field != _EXTRA:
            self.model.model_fields[self.field].metadata.append(Budget())
            return
        # pydantic reads the type of extra fields once, and keeps it here.
        keys, values = get_args(self.annotation)
        info: Any = self.model.__pydantic_extra_info__
        info.annotation = GenericAlias(dict, (keys, Annotated[values, Budget()]))


_EXTRA: Final = "__pydantic_extra__"


def _places(model: type[BaseModel]) -> Iterator[_Place]:
    for name, info in model.model_fields.items():
        yield _Place(model, name, info.annotation)
    extra = getattr(model, "__pydantic_extra_info__", None)
    if extra is not None and len(get_args(extra.annotation)) == 2:
        yield _Place(model, _EXTRA, extra.annotation)


def _rebuild(models: list[type[BaseModel]]) -> None:
    # A class is made of the schemas of those that it refers to, so that all must go before the first is made anew.
    try:
        for model in models:
            if "__pydantic_core_schema__" in vars(model):
                del model.__pydantic_core_schema__
        for model in models:
            model.model_rebuild(force=True)
    except Exception as error:
        raise ModelBuildError(f"the class {model.__name__} cannot be completed: {error}") from error


def _levels(
    edges: dict[type[BaseModel], set[type[BaseModel]]], choices: dict[type[BaseModel], set[type[BaseModel]]]
) -> dict[type[BaseModel], int]:
    """Count, for each model, the unions that stand one inside the other; not beyond ``LEVELS``.

    Args:
        edges: The models that each model refers to.
        choices: Those in the branches of its unions.
    """
    levels = dict.fromkeys(choices, 1)
    for _ in range(min(LEVELS, len(choices))):
        above = _above(edges, levels)
        levels = {
            model: 1 + max((above.get(named, 0) for named in named_by), default=0)
            for model, named_by in choices.items()
        }
    return levels


def _above(
    edges: dict[type[BaseModel], set[type[BaseModel]]], levels: dict[type[BaseModel], int]
) -> dict[type[BaseModel], int]:
    """Give each model the greatest level of those that it leads to."""
    users: dict[type[BaseModel], set[type[BaseModel]]] = {}
    for model, named_by in edges.items():
        for named in named_by:
            users.setdefault(named, set()).add(model)
    greatest: dict[type[BaseModel], int] = {}
    for start in sorted(levels, key=lambda each: -levels[each]):
        waiting = [start]
        while waiting:
            model = waiting.pop()
            if model not in greatest:
                greatest[model] = levels[start]
                waiting.extend(users.get(model, ()))
    return greatest


class _Reaching:
    """Tells whether one class refers to another, over however many others."""

    def __init__(self, edges: dict[type[BaseModel], set[type[BaseModel]]]) -> None:
        self._edges = edges
        self._reached: dict[type[BaseModel], set[type[BaseModel]]] = {}

    def __call__(self, start: type[BaseModel], end: type[BaseModel]) -> bool:
        if start not in self._reached:
            reached = {start}
            waiting = [start]
            while waiting:
                for each in self._edges.get(waiting.pop(), ()):
                    if each not in reached:
                        reached.add(each)
                        waiting.append(each)
            self._reached[start] = reached
        return end in self._reached[start]


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Give the models that stand in a type."""
    return (part for part in _parts(annotation) if _is_model(part))


def _unions_in(annotation: Any) -> Iterator[list[list[type[BaseModel]]]]:
    """Give, for each union in a type with several branches that hold models, the models of each branch."""
    for part in _parts(annotation):
        if get_origin(part) in (Union, UnionType):
            branches = [list(_models_in(branch)) for branch in get_args(part)]
            if sum(bool(branch) for branch in branches) > 1:
                yield [branch for branch in branches if branch]


def _parts(annotation: Any) -> Iterator[Any]:
    """Give a type and all types in it, those behind names (``type Name = ...``) as well.

    Left out are unions of which one branch alone is tried, but not what stands in them.
    """
    waiting, seen = [annotation], set[int]()
    while waiting:
        part = waiting.pop()
        if isinstance(part, TypeAliasType):
            if id(part) not in seen:
                seen.add(id(part))
                waiting.append(part.__value__)
            continue
        if get_origin(part) is Annotated and any(getattr(each, "discriminator", None) for each in part.__metadata__):
            waiting.extend(get_args(part.__origin__))
            continue
        yield part
        if get_origin(part) is not Literal:
            waiting.extend(get_args(part))


def _is_model(part: Any) -> bool:
    from pydantic import BaseModel

    return isinstance(part, type) and issubclass(part, BaseModel)
