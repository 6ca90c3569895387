"""A lending library, and the kinds of object that its processes send each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from tests.cargo import Envelope, Parcel, parametrised

if TYPE_CHECKING:
    from dynmodels import DynamicModels

#: A nested, recursive document with enums, an alias, a date and a class that keeps extra fields.
LOAN: Final[dict[str, Any]] = {
    "title": "Loan",
    "type": "object",
    "required": ["book", "member"],
    "properties": {
        "book": {"$ref": "#/$defs/Book"},
        "member": {"$ref": "#/$defs/Member"},
        "status": {"$ref": "#/$defs/Status"},
        "fine-cents": {"type": "integer", "minimum": 0},
        "renews": {"$ref": "#"},
    },
    "$defs": {
        "Book": {
            "type": "object",
            "required": ["isbn"],
            "properties": {
                "isbn": {"type": "string", "pattern": "^[0-9]{13}$"},
                "binding": {"$ref": "#/$defs/Binding"},
            },
            "additionalProperties": True,
        },
        "Member": {
            "description": "Whoever may borrow.",
            "type": "object",
            "required": ["number"],
            "properties": {
                "number": {"type": "integer"},
                "joined": {"type": "string", "format": "date"},
                "friends": {"type": "array", "items": {"$ref": "#/$defs/Member"}},
            },
        },
        "Status": {"enum": ["open", "returned", "lost"]},
        "Binding": {"enum": ["paperback", "hardcover"]},
    },
}

BOOK_DATA: Final[dict[str, Any]] = {"isbn": "9780141439600", "binding": "hardcover", "shelf": "B7"}
MEMBER_DATA: Final[dict[str, Any]] = {"number": 7, "joined": "2024-02-29"}
LOAN_DATA: Final[dict[str, Any]] = {"book": BOOK_DATA, "member": MEMBER_DATA, "status": "lost", "fine-cents": 250}

Models = Mapping[str, Any]


@cache
def lending() -> DynamicModels:
    """Build the classes, once in a process: two builds of one document that live side by side are a case of its own."""
    from dynmodels import generate_dynamic_models  # not before: receivers unpickle without

    return generate_dynamic_models(LOAN, store=False)


def _member(models: Models) -> Any:
    return models["Member"](**MEMBER_DATA)


def _loan(models: Models) -> Any:
    return models["Loan"](**LOAN_DATA, renews=models["Loan"](**LOAN_DATA, renews=LOAN_DATA))


def _friends(models: Models) -> Any:
    ada, grace = _member(models), models["Member"](number=8)
    ada.friends, grace.friends = [grace, ada], [ada]
    return ada


def _subclass_instance(_: Models) -> Any:
    from tests.tracked import TrackedMember  # not before: it calls dynmodels when it is imported

    tracked = TrackedMember(**MEMBER_DATA, nickname="Countess")
    tracked.visit("2024-03-01")
    return tracked


def _envelope(models: Models) -> Any:
    return parametrised(Envelope, models["Member"])(content=_member(models), note="for Ada")


def _container(models: Models) -> Any:
    member, status = _member(models), models["Status"]
    return {
        "by number": {7: member, status.lost: "a member is a key"},
        "same": [member, member],
        "classes": (models["Member"], status),
        "seen": {status.open, status.lost},
        "parcel": Parcel(sender=member, content=[_loan(models), frozenset(models["Binding"])]),
    }


def _error(models: Models) -> Any:
    try:
        models["Loan"].model_validate({"book": _member(models), "member": {"number": "seven"}, "status": "eaten"})
    except ValidationError as error:
        return error
    raise AssertionError("it is valid")


#: What crosses, by what people would call it.
KINDS: Final[dict[str, Callable[[Models], Any]]] = {
    "instance": _member,
    "nested and recursive instance": _loan,
    "cycle of instances": _friends,
    "instance with enum members": lambda models: models["Loan"](**LOAN_DATA),
    "instance with extra fields": lambda models: models["Book"](**BOOK_DATA, borrower=_member(models)),
    "instance of a subclass with private state": _subclass_instance,
    "class": lambda models: models["Loan"],
    "enum class": lambda models: models["Status"],
    "enum member": lambda models: models["Status"].lost,
    "parametrised generic": lambda models: parametrised(Envelope, models["Member"]),
    "instance of a parametrised generic": _envelope,
    "container": _container,
    "validation error": _error,
}
