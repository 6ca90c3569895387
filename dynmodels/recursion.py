"""Recursion: unions that recurse in several branches are validated within a budget.

Of a union whose branches lead back to it, pydantic tries each branch for each value inside each branch: the work
doubles with every level of the data, and memory with it, so that a value some 25 levels deep ends the process.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import UnionType
from typing import TYPE_CHECKING, Any, Final, Literal, Union, get_args, get_origin

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
    """pydantic metadata for a union that recurses in several branches: an error when the budget is spent."""

    def check(self, value: Any, handler: core_schema.ValidatorFunctionWrapHandler) -> Any:
        """Validate a value, unless too much has been tried."""
        from pydantic_core import PydanticCustomError

        if _spent.depth == 0:
            _spent.cost = 0.0
            _spent.allowed = COST + COST_PER_VALUE * _count(value)
        _spent.cost += max(1.0, (_spent.depth / CHEAP_DEPTH) ** 2)
        if _spent.cost > _spent.allowed:
            raise PydanticCustomError(
                "union_recursion", "The value nests too deeply for a union that refers to itself in several branches"
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


def bound(classes: Iterable[type[Any]]) -> None:
    """Give every field of these classes a budget whose type is a union that recurses in several branches."""
    from pydantic import BaseModel

    models = [cls for cls in classes if issubclass(cls, BaseModel)]
    edges: dict[type[BaseModel], set[type[BaseModel]]] = {
        model: {named for info in model.model_fields.values() for named in _models_in(info.annotation)}
        for model in models
    }
    unions = [
        (model, name, branches)
        for model in models
        for name, info in model.model_fields.items()
        for branches in _unions_in(info.annotation)
        if info.discriminator is None
    ]
    reaching = _Reaching(edges)
    bounded = False
    for model, name, branches in unions:
        if sum(any(reaching(named, model) for named in branch) for branch in branches) > 1:
            model.model_fields[name].metadata.append(Budget())
            bounded = True
    if bounded:
        # A class is made of the schemas of those that it refers to, so that all must go before the first is made anew.
        for model in models:
            del model.__pydantic_core_schema__
        for model in models:
            model.model_rebuild(force=True)


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
    for part in _parts(annotation):
        if _is_model(part):
            yield part


def _unions_in(annotation: Any) -> Iterator[list[list[type[BaseModel]]]]:
    """Give, for each union in a type with several branches that hold models, the models of each branch."""
    for part in _parts(annotation):
        if get_origin(part) in (Union, UnionType):
            branches = [list(_models_in(branch)) for branch in get_args(part)]
            if sum(bool(branch) for branch in branches) > 1:
                yield branches


def _parts(annotation: Any) -> Iterator[Any]:
    waiting = [annotation]
    while waiting:
        part = waiting.pop()
        yield part
        if get_origin(part) is not Literal:
            waiting.extend(get_args(part))


def _is_model(part: Any) -> bool:
    from pydantic import BaseModel

    return isinstance(part, type) and issubclass(part, BaseModel)
