"""Targets: which classes a caller means, by name, by JSON Pointer, or by the id of an OpenAPI operation."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from dynmodels.errors import OptionsError, UnknownModelError
from dynmodels.pointers import pointer_to, references, tokens_of

#: A class of a package: the name of its module, relative to the package, and its own.
Name = tuple[str, str]

#: What an OpenAPI path may have operations by (3.2 section 4.9).
_METHODS: Final = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace", "query"})

#: What tells people of a schema, and says nothing of the data (JSON Schema Validation section 9).
_WORDS: Final = frozenset({"title", "description", "example", "examples", "$comment", "deprecated"})

#: Digits that no place in a list has.
_DIGITS: Final = 10

#: How many names an error lists.
_CLOSEST: Final = 3
_LISTED: Final = 20


class Directory(NamedTuple):
    """What the classes of a document are known by.

    Attributes:
        exports: The module of each class that is given out, by its name.
        pointers: JSON Pointers of schemas, and what stands for them: module and name.
        document: Gives the document.
    """

    exports: Mapping[str, str]
    pointers: Mapping[str, Name]
    document: Callable[[], Any]


def resolve(targets: Iterable[str], directory: Directory) -> dict[str, tuple[Name, ...]]:
    """Say which classes are meant: one for a name or a JSON Pointer, some for an operation.

    Args:
        targets: Names of classes, JSON Pointers in URI fragments (``#/$defs/Address``), or ids of OpenAPI operations.
            What is a class's name means that class.
        directory: What there is.

    Raises:
        UnknownModelError: There is no such class or operation, or the operation has no classes.
    """
    return {target: _resolved(target, directory) for target in targets}


def distinct(names: Iterable[Name]) -> dict[str, Name]:
    """Give classes by their own names.

    Raises:
        OptionsError: Two have one name, in several modules.
    """
    found: dict[str, Name] = {}
    for module, name in names:
        if found.setdefault(name, (module, name)) != (module, name):
            raise OptionsError(
                f"two of the classes asked for are called {name!r}, in the modules "
                f"{found[name][0] or '__init__'!r} and {module or '__init__'!r}",
                hint="Ask for them in two calls, or for all classes: models.pointers has both.",
            )
    return found


def unknown(target: object, directory: Directory, operations: Iterable[str] = ()) -> UnknownModelError:
    """Make the error for what is no class, with what is closest to it.

    Args:
        target: What was asked for.
        directory: What there is.
        operations: The ids of the operations that could be meant.
    """
    if isinstance(target, str) and target.startswith("#"):
        hints = _stand_in(target, directory), _closest(target, directory.pointers, "schemas")
        return UnknownModelError(f"the schema {target!r} has no class of its own", hint=" ".join(filter(None, hints)))
    return UnknownModelError(
        f"there is no class {target!r}", hint=_closest(str(target), directory.exports, "classes", operations)
    )


def is_pointer(target: str) -> bool:
    """Tell whether what begins with ``#`` is a JSON Pointer in a URI fragment (RFC 6901 section 6)."""
    return target == "#" or target.startswith("#/")


def normal(pointer: str) -> str:
    """Write a JSON Pointer as the classes are known by it, whatever of it is escaped."""
    return pointer_to(tokens_of(pointer))


def _resolved(target: str, directory: Directory) -> tuple[Name, ...]:
    if target in directory.exports:
        return ((directory.exports[target], target),)
    if target.startswith("#"):
        if not is_pointer(target):
            raise unknown(target, directory)
        name = directory.pointers.get(target) or directory.pointers.get(normal(target)) or _merged(target, directory)
        if name is None:
            raise unknown(target, directory)
        return (name,)
    document = directory.document()
    known = operations(document)
    if target not in known:
        raise unknown(target, directory, known)
    operation = known[target]
    found = _classes_of(document, operation, directory.pointers)
    if not found:
        raise UnknownModelError(
            f"the operation {target!r} has no classes",
            pointer=pointer_to(operation),
            hint='Its body and responses refer to none; with openapi_scopes=["schemas", "paths"], classes are made of '
            "what stands in them.",
        )
    return found


def operation_schemas(document: Any, operation: tuple[str, ...], known: Collection[str]) -> tuple[str, ...]:
    """Give the schemas that the body and the responses of an OpenAPI operation refer to.

    Args:
        document: The document.
        operation: The way to the operation.
        known: JSON Pointers of the schemas that have names.
    """
    named = (each for body in _bodies(document, operation) for each in _references(_at(document, body)))
    followed = (_followed(document, reference, known) for reference in named)
    return tuple(dict.fromkeys(pointer for pointer in followed if pointer is not None))


def _closest(target: str, names: Iterable[str], kind: str, others: Iterable[str] = ()) -> str:
    import difflib

    close = difflib.get_close_matches(target, [*names, *others], _CLOSEST)
    listed = ", ".join(close or sorted(names)[:_LISTED]) or "none"
    return f"The closest are: {listed}." if close else f"The {kind} are: {listed}."


def _stand_in(target: str, directory: Directory) -> str:
    """Say what stands for a schema that has no class, where the document tells."""
    document = directory.document()
    node = _at(document, tokens_of(target))
    if not isinstance(node, dict):
        return ""
    meaning = _without_words(node)
    for pointer, (_, name) in directory.pointers.items():
        if _without_words(_at(document, tokens_of(pointer))) == meaning:
            return f"What it says is said by {pointer} too, whose class {name} stands for both."
    followed = _followed(document, target, directory.pointers)
    return "" if followed is None else f"It refers to {followed}, whose class is {directory.pointers[followed][1]}."


def _merged(target: str, directory: Directory) -> Name | None:
    """Give the class that the generator has let stand for a schema, as it says the same and is called alike."""
    document, tokens = directory.document(), tokens_of(target)
    meaning = _without_words(_at(document, tokens))
    if meaning is None or not tokens:
        return None
    alike = {
        name
        for pointer, name in directory.pointers.items()
        if _letters(name[1]) == _letters(tokens[-1]) and _without_words(_at(document, tokens_of(pointer))) == meaning
    }
    return alike.pop() if len(alike) == 1 else None


def _letters(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def _without_words(node: Any) -> Any:
    """Leave out what only tells people of a schema: the generator may make one class of what differs in that alone."""
    return {key: value for key, value in node.items() if key not in _WORDS} if isinstance(node, dict) else None


def operations(document: Any) -> dict[str, tuple[str, ...]]:
    """Give the ways to the operations of an OpenAPI document, by their ids."""
    return {
        operation["operationId"]: (member, path, method)
        for member in ("paths", "webhooks")
        for path, item in _items(_below(document, member))
        for method, operation in _items(item)
        if method in _METHODS and isinstance(_below(operation, "operationId"), str)
    }


def _classes_of(document: Any, operation: tuple[str, ...], pointers: Mapping[str, Name]) -> tuple[Name, ...]:
    """Give the classes of the bodies of an operation: what stands in them, and what they refer to."""
    places, named = list[str](), list[str]()
    for body in _bodies(document, operation):
        places.append(pointer_to(body))
        named.extend(_references(_at(document, body)))
    inside = [name for pointer, name in pointers.items() if any(pointer.startswith(f"{place}/") for place in places)]
    followed = filter(None, (_followed(document, reference, pointers) for reference in named))
    return tuple(dict.fromkeys((*inside, *(pointers[pointer] for pointer in followed))))


def _bodies(document: Any, operation: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Give the ways to the request's body and to the responses, wherever they stand."""
    node = _at(document, operation)
    ways = [(*operation, "requestBody")]
    ways += [(*operation, "responses", status) for status, _ in _items(_below(node, "responses"))]
    parameters = _below(node, "parameters")
    for number, parameter in enumerate(parameters if isinstance(parameters, list) else ()):
        if _below(parameter, "in") == "body":  # OpenAPI 2
            ways.append((*operation, "parameters", str(number)))
    for way in ways:
        reference = _below(_at(document, way), "$ref")
        yield tuple(tokens_of(reference)) if isinstance(reference, str) and reference.startswith("#/") else way


def _references(node: Any) -> Iterator[str]:
    """Give what the schemas of a body refer to; what these refer to is part of their classes."""
    schemas = [_below(media, "schema") for _, media in _items(_below(node, "content"))]
    for schema in (*schemas, _below(node, "schema")):  # the last in OpenAPI 2
        yield from (reference for _, reference, _ in references(schema))


def _followed(document: Any, reference: str, pointers: Collection[str]) -> str | None:
    """Follow a reference to a schema that has a class, past those that are but references themselves."""
    passed = set[str]()
    while reference.startswith("#/") and reference not in passed:
        passed.add(reference)
        if normal(reference) in pointers:
            return normal(reference)
        onward = _below(_at(document, tokens_of(reference)), "$ref")
        reference = onward if isinstance(onward, str) else ""
    return None


def _at(document: Any, tokens: Iterable[str]) -> Any:
    """Give what a way leads to; None where it leads nowhere."""
    for token in tokens:
        document = _below(document, token)
    return document


def _below(node: Any, token: str) -> Any:
    if isinstance(node, list):
        is_place = token.isdecimal() and len(token) < _DIGITS and int(token) < len(node)
        return node[int(token)] if is_place else None
    return node.get(token) if isinstance(node, dict) else None


def _items(node: Any) -> Iterable[tuple[str, Any]]:
    return node.items() if isinstance(node, dict) else ()
