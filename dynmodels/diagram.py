"""Diagrams: classes as a Mermaid class diagram, in which nothing that a schema says can be more than text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Any, Final

from pydantic import RootModel
from pydantic.fields import FieldInfo

from dynmodels.annotations import NameOf, Reference, own_fields, reached, referred, written

#: Words that Mermaid reads as its own where the name of a class may stand, and names that every object of JavaScript has.
_RESERVED: Final = frozenset(
    {
        *("accDescr", "accTitle", "call", "callback", "class", "classDef", "classDiagram", "click", "cssClass"),
        *("default", "direction", "end", "graph", "href", "link", "namespace", "note", "o", "style", "subgraph"),
        *("constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable"),
        *("toLocaleString", "toString", "valueOf"),
    }
)

#: Mermaid reads "direction" and one of the four after it, even on the next line, as one.
_PLAIN_ID: Final = re.compile(r"(?!TB|BT|RL|LR)[A-Za-z][A-Za-z0-9_]*")

#: What stands for itself in the lines of a class, beside letters and digits.
_HARMLESS: Final = frozenset(" _[]|,.'-=")

#: An underscore that Markdown, as which Mermaid reads texts, may take for emphasis: one at the edge of a word.
_EDGE: Final = re.compile(r"(?<![^\W_])_|_(?![^\W_])")

#: Characters of a type that are shown.
_WIDTH: Final = 80

#: Members of an enum that are shown.
_MEMBERS: Final = 40

#: Characters of a default that are shown; a longer one is three dots.
_DEFAULT_WIDTH: Final = 24


def diagram(models: Mapping[str, type[Any]]) -> str:
    """Draw classes, and all that they inherit from or refer to, as a Mermaid class diagram.

    A field is written as in Python: one that is required has no default. An arrow leads from a class to what a field of
    it refers to, with how many of these a value holds: ``1``, ``0..1``, ``1..*`` or ``*``. What a schema says is text
    there and nothing else, by Mermaid's entity codes (https://mermaid.js.org/syntax/flowchart.html).

    Args:
        models: Classes by name: models, root models, enums.

    Returns:
        The text of the diagram, whose lines follow the order of the classes.
    """
    named = {value: name for name, value in reversed(models.items())}
    classes = {value: named.get(value, value.__name__) for value in reached(models.values())}
    ids = _ids(classes)

    def name_of(thing: Any) -> str | None:
        name = classes.get(thing) if isinstance(thing, type) else None
        return name or getattr(thing, "__name__", None)

    lines = ["classDiagram"]
    for value, name in classes.items():
        label = "" if ids[value] == name else f'["{_label(name)}"]'
        head, body = f"    class {ids[value]}{label}", [f"        {line}" for line in _body(value, name_of)]
        lines += [f"{head} {{", *body, "    }"] if body else [head]
    for value in classes:
        lines += [f"    {line}" for line in _arrows(value, ids)]
    return "\n".join(lines) + "\n"


def _ids(classes: Mapping[type, str]) -> dict[type, str]:
    """Give each class a name that Mermaid takes, and no two the same."""
    ids: dict[type, str] = {}
    taken: set[str] = set()
    for value, name in classes.items():
        plain = re.sub(r"[^A-Za-z0-9_]", "_", name)
        if plain in _RESERVED or not _PLAIN_ID.fullmatch(plain):
            plain = f"C_{plain}"
        while plain in taken:
            plain += "_"
        taken.add(plain)
        ids[value] = plain
    return ids


def _body(value: type, name_of: NameOf) -> Iterator[str]:
    if issubclass(value, Enum):
        yield "<<enumeration>>"
        members = list(value.__members__.items())
        for name, member in members[:_MEMBERS]:
            said = "" if member.value == name else f" = {_shortened(repr(member.value))}"
            yield _escaped(name + said)
        if len(members) > _MEMBERS:
            yield _escaped(f"… {len(members) - _MEMBERS:,} more")
        return
    if issubclass(value, RootModel):
        yield "<<RootModel>>"
    for name, info in own_fields(value).items():
        kind = _shortened(written(info.annotation, name_of))
        yield f"{_escaped(name)}: {_escaped(kind + _default(info, name_of))}"


def _default(info: FieldInfo, name_of: NameOf) -> str:
    if info.is_required():
        return ""
    value = info.default
    if isinstance(value, Enum):
        return f" = {name_of(type(value))}.{value.name}"
    text = repr(value) if value is None or isinstance(value, bool | int | float | str) else "…"
    return f" = {text if len(text) <= _DEFAULT_WIDTH else '…'}"


def _arrows(value: type, ids: Mapping[type, str]) -> Iterator[str]:
    for base in value.__bases__:
        if base in ids:
            yield f"{ids[base]} <|-- {ids[value]}"
    for name, info in own_fields(value).items():
        for to, references in _by_class(referred(info), ids).items():
            yield f'{ids[value]} --> "{_multiplicity(references)}" {ids[to]} : {_label(name)}'


def _by_class(references: Iterable[Reference], ids: Mapping[type, str]) -> Mapping[type, list[Reference]]:
    """Bring together what one field says of one class; leave out classes that are not drawn."""
    found: dict[type, list[Reference]] = {}
    for reference in references:
        if reference.to in ids:
            found.setdefault(reference.to, []).append(reference)
    return found


def _multiplicity(references: Iterable[Reference]) -> str:
    least = min(reference.least for reference in references)
    ends = [reference.most for reference in references]
    most = None if None in ends else max(end for end in ends if end is not None)
    if most is None:
        return f"{least}..*" if least else "*"
    return str(most) if least == most else f"{least}..{most}"


def _shortened(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"


def _label(name: str) -> str:
    return _escaped(name, frozenset("_"))


def _escaped(text: str, harmless: frozenset[str] = _HARMLESS) -> str:
    """Write text so that Mermaid takes each character for itself."""
    plain = "".join(each if each.isalnum() or each in harmless else f"#{ord(each)};" for each in text)
    return _EDGE.sub("#95;", plain)
