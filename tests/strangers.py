"""Models and enums that have nothing to do with dynmodels: how they are pickled is none of its business."""

from __future__ import annotations

import copyreg
import enum
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, PrivateAttr, RootModel, ValidationError, create_model

Content = TypeVar("Content")


class Colour(enum.Enum):
    """An enum."""

    RED = "red"
    BLUE = "blue"


class Size(enum.IntEnum):
    """One of numbers."""

    SMALL = 1
    LARGE = 2


class Access(enum.Flag):
    """One whose members are combined."""

    READ = enum.auto()
    WRITE = enum.auto()


class Unit(enum.StrEnum):
    """One whose members are pickled by name, as its author decided."""

    METRE = "m"

    def __reduce_ex__(self, _: Any) -> tuple[Any, ...]:
        return getattr, (Unit, self.name)


class Point(BaseModel):
    """A model with private state."""

    x: int
    y: int = 0
    colour: Colour = Colour.RED
    _seen: int = PrivateAttr(default=0)

    class Corner(BaseModel):
        """A model within another's name."""

        sharp: bool = True


class Loose(BaseModel):
    """A model that keeps extra fields."""

    model_config = ConfigDict(extra="allow")


class Points(RootModel[list[Point]]):
    """A model of a list."""


class Box(BaseModel, Generic[Content]):
    """A generic model."""

    content: Content


class Watching(type(BaseModel)):  # type: ignore[misc]  # pydantic's metaclass has no public name
    """A metaclass whose author has told pickle what to do with its classes."""


class Watched(BaseModel, metaclass=Watching):
    """A model of that metaclass."""

    x: int = 1


def _watched(name: str) -> Any:
    return globals()[name]


copyreg.pickle(Watching, lambda cls: (_watched, (cls.__qualname__,)))

PointBox = Box[Point]
Made: Any = create_model("Made", x=(int, 1), __module__=__name__)
Weekday: Any = enum.Enum("Weekday", ["MONDAY", "SUNDAY"], module=__name__)


def strangers() -> dict[str, Any]:
    """Give objects by names; the last ones cannot be pickled."""

    class Local(BaseModel):
        pass

    class LocalColour(enum.Enum):
        RED = "red"

    point = Point(x=1)
    point._seen = 3
    try:
        Point.model_validate({"x": "one", "colour": "green"})
    except ValidationError as caught:
        error = caught
    return {
        "instance": point,
        "instance with extra fields": Loose(a=1, b=[point]),  # type: ignore[call-arg]
        "list model": Points([point, point]),
        "class": Point,
        "class in a class": Point.Corner,
        "instance of a class in a class": Point.Corner(),
        "enum": Colour,
        "enum member": Colour.BLUE,
        "number enum member": Size.LARGE,
        "flags": Access.READ | Access.WRITE,
        "member that pickles itself": Unit.METRE,
        "class of another metaclass": Watched,
        "instance of another metaclass": Watched(),
        "generic": Box,
        "parametrised generic": PointBox,
        "instance of a parametrised generic": PointBox(content=point),
        "parametrised elsewhere": Box[int],
        "made class": Made,
        "made enum": list(Weekday),
        "container": {"points": [point, point], Colour.RED: (Point, Colour)},
        "error": error,
        "base classes": [BaseModel, RootModel, enum.Enum, enum.Flag],
        "local class": Local,
        "instance of a local class": Local(),
        "local enum": LocalColour,
        "local enum member": LocalColour.RED,
    }
