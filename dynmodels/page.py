"""Pages: classes as HTML for a notebook, in which nothing that a schema says can be more than text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from html import escape
from itertools import islice
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BaseModel, RootModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from dynmodels.annotations import written
from dynmodels.pointers import tokens_of

#: A keyword, behind the place inside of a value that it is about, and what it says.
Constraint = tuple[str, str]

#: Classes that are shown at first, and behind another fold; fields or members of one,
#: and constraints of a field.
MOST_AT_FIRST: Final = 20
MOST_CLASSES: Final = 200
MOST_ROWS: Final = 60
MOST_CONSTRAINTS: Final = 12

#: Characters of a page, but for the last class that fits; of a description, and of all else that stands in a cell.
PAGE_SIZE: Final = 200_000
DESCRIPTION_SIZE: Final = 400
CELL_SIZE: Final = 120

#: Colours are the notebook's own, so that it can be read in light and dark themes; grey is laid over them thinly.
#: The class is named twice to be stronger than the notebook's own rules for tables.
_STYLE: Final = """
.dynmodels.dynmodels {font-size: 13px; line-height: 1.5; color: inherit}
.dynmodels.dynmodels details {margin: 2px 0 2px 2px}
.dynmodels.dynmodels summary {cursor: pointer}
.dynmodels.dynmodels table {border-collapse: collapse; margin: 4px 0 8px 16px; font-size: inherit; color: inherit}
.dynmodels.dynmodels th, .dynmodels.dynmodels td {text-align: left; vertical-align: top; max-width: 36em;
  padding: 2px 10px; border: 0; border-bottom: 1px solid rgba(128, 128, 128, .35); background: transparent;
  color: inherit; white-space: normal; overflow-wrap: anywhere}
.dynmodels.dynmodels th {font-weight: 600}
.dynmodels.dynmodels code {background: transparent; color: inherit; padding: 0; unicode-bidi: isolate}
.dynmodels.dynmodels p {margin: 2px 0 2px 16px; max-width: 60em}
.dynmodels.dynmodels .note {opacity: .75}
""".strip()

#: What pydantic's and annotated-types' metadata is called in JSON Schema.
_KEYWORDS: Final[Mapping[str, str]] = {
    "gt": "exclusiveMinimum",
    "ge": "minimum",
    "lt": "exclusiveMaximum",
    "le": "maximum",
    "multiple_of": "multipleOf",
    "pattern": "pattern",
}

#: What lengths are called, by what has them.
_LENGTHS: Final[Mapping[type, str]] = {str: "Length", bytes: "Length", dict: "Properties"}

#: Keywords that an exact class checks, and that neither the type of a field tells nor its being required.
_CHECKED: Final = frozenset(
    {
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("minLength", "maxLength", "pattern", "format"),
        *("minItems", "maxItems", "uniqueItems", "contains", "minContains", "maxContains", "unevaluatedItems"),
        *("minProperties", "maxProperties", "propertyNames", "patternProperties", "additionalProperties"),
        *("dependentRequired", "dependentSchemas", "dependencies", "unevaluatedProperties"),
        *("not", "if", "oneOf", "const"),
    }
)


def page(
    models: Mapping[str, type[Any]],
    *,
    digest: str,
    root: Any = None,
    pointers: Mapping[str, type[Any]],
    document: Any,
    exact: bool,
) -> str:
    """Show classes with their fields, each behind a fold of its own.

    Args:
        models: The classes by name.
        digest: What the cache knows them by.
        root: What describes the whole document: it is unfolded.
        pointers: JSON Pointers of schemas, and their classes.
        document: What has these schemas; its descriptions are shown, and of exact classes its constraints.
        exact: Whether the classes check what the schemas say, or what they themselves do.

    Returns:
        HTML, of bounded size; it says how much is left out.
    """
    schemas: dict[type[Any], Mapping[str, Any]] = {}
    for pointer, cls in pointers.items():
        schemas.setdefault(cls, _schema_at(document, pointer))
    names: dict[type[Any], str] = {}
    for name, cls in models.items():
        names.setdefault(cls, name)
    # The whole document's comes first, wherever it stands.
    ordered = sorted(models.items(), key=lambda each: each[1] is not root)
    shown: list[str] = []
    size = 0
    for name, cls in ordered[:MOST_CLASSES]:
        if size > PAGE_SIZE:
            break
        shown.append(_class(name, cls, schemas.get(cls, {}), names, is_root=cls is root, exact=exact))
        size += len(shown[-1])
    first, more, left = shown[:MOST_AT_FIRST], shown[MOST_AT_FIRST:], len(models) - len(shown)
    parts = [_line(models, digest, exact=exact), *first]
    if more:
        parts.append(f"<details><summary>{_counted(len(more), 'more class', 'more classes')}</summary>")
        parts += [*more, "</details>"]
    if left:
        parts.append(
            f'<p class="note">{_counted(left, "class is", "classes are")} not shown: '
            "<code>list(models)</code> names all of them.</p>"
        )
    # What stands between dollar signs is a formula to notebooks, but for these classes.
    body = "\n".join(parts)
    return f'<div class="dynmodels tex2jax_ignore mathjax_ignore">\n<style>{_STYLE}</style>\n{body}\n</div>'


def _line(models: Mapping[str, type[Any]], digest: str, *, exact: bool) -> str:
    kind = "exact " if exact else ""
    counted = _counted(len(models), f"{kind}class", f"{kind}classes")
    return f"<p><b>DynamicModels</b>: {counted} <span class='note'>· {_text(digest)}</span></p>"


def _class(
    name: str,
    cls: type[Any],
    schema: Mapping[str, Any],
    names: Mapping[type[Any], str],
    *,
    is_root: bool,
    exact: bool,
) -> str:
    kind = f"{_kind(cls)} · root" if is_root else _kind(cls)
    head = f"<b><code>{_text(name)}</code></b> <span class='note'>{kind}</span>"
    parts = [f"<details{' open' if is_root or len(names) == 1 else ''}><summary>{head}</summary>"]
    if description := _described(cls, schema):
        parts.append(f"<p>{_text(description, DESCRIPTION_SIZE)}</p>")
    if checked := _listed(_beside_fields(cls, schema, exact=exact)):
        parts.append(f"<p class='note'>{checked}</p>")
    parts += [_members(cls) if issubclass(cls, Enum) else _fields(cls, schema, names, exact=exact), "</details>"]
    return "\n".join(parts)


def _kind(cls: type[Any]) -> str:
    if issubclass(cls, Enum):
        return f"enum of {_counted(len(cls), 'member', 'members')}"
    if issubclass(cls, RootModel):
        return "root model"
    return _counted(len(cls.model_fields), "field", "fields") if issubclass(cls, BaseModel) else ""


def _members(cls: type[Enum]) -> str:
    rows = [[_code(name), _code(repr(member.value))] for name, member in islice(cls.__members__.items(), MOST_ROWS)]
    return _table(("member", "value"), rows, len(cls.__members__))


def _fields(cls: type[Any], schema: Mapping[str, Any], names: Mapping[type[Any], str], *, exact: bool) -> str:
    found: Mapping[str, FieldInfo] = cls.model_fields if issubclass(cls, BaseModel) else {}
    if not found:
        return "<p class='note'>no fields of its own</p>"
    properties = schema.get("properties")
    rows = []
    for name, info in islice(found.items(), MOST_ROWS):
        alias = info.alias or name
        said = schema if issubclass(cls, RootModel) else _node(properties, alias)
        constraints = [*_constraints(info.annotation, info.metadata), *(_said(said) if exact else ())]
        rows.append(
            [
                _code(name),
                _code(written(info.annotation, lambda thing: _name(thing, names))),
                "required" if info.is_required() else _default(info),
                _code(alias) if alias != name else "",
                _listed(constraints),
                _text(info.description or _description(said), DESCRIPTION_SIZE),
            ]
        )
    columns = ("field", "type", "default", "alias", "constraints", "description")
    return _table(columns, rows, len(found))


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], count: int) -> str:
    """Write a table, without the columns in which nothing stands."""
    kept = [number for number, _ in enumerate(columns) if any(row[number] for row in rows)]
    head = "".join(f"<th>{columns[number]}</th>" for number in kept)
    lines = ["".join(f"<td>{row[number]}</td>" for number in kept) for row in rows]
    if count > len(rows):
        lines.append(f"<td class='note' colspan='{len(kept)}'>{count - len(rows):,} more</td>")
    body = "\n".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>"


def _name(thing: Any, names: Mapping[type[Any], str]) -> str | None:
    found = names.get(thing) if isinstance(thing, type) else None
    return found or getattr(thing, "__name__", None)


def _default(info: FieldInfo) -> str:
    if info.default is PydanticUndefined:
        return "<span class='note'>made by a function</span>"  # which may be the caller's, and is not called for this
    return _code(info.default.name if isinstance(info.default, Enum) else repr(info.default))


def _beside_fields(cls: type[Any], schema: Mapping[str, Any], *, exact: bool) -> Iterator[Constraint]:
    """Tell what a class checks of a value as a whole."""
    if not issubclass(cls, BaseModel) or issubclass(cls, RootModel):
        return
    if exact:
        yield from _said(schema)
    elif extra := cls.model_config.get("extra"):
        yield "extra", extra


def _described(cls: type[Any], schema: Mapping[str, Any]) -> str:
    own = vars(cls).get("__doc__")
    return own if isinstance(own, str) and own else _description(schema)


def _description(schema: Mapping[str, Any]) -> str:
    found = schema.get("description")
    return found if isinstance(found, str) else ""


def _constraints(annotation: Any, metadata: Iterable[Any] = ()) -> Iterator[Constraint]:
    """Tell what a class checks beside types."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from _constraints(arguments[0], [*metadata, *arguments[1:]])
    elif origin in {Union, UnionType}:
        for argument in arguments:
            yield from _constraints(argument, metadata if argument is not NoneType else ())
    else:
        kind = origin if isinstance(origin, type) else annotation
        for item in metadata:
            for each in item.metadata if isinstance(item, FieldInfo) else (item,):
                yield from _words(each, kind)
        if isinstance(origin, type):
            places = ("keys", "values") if issubclass(origin, Mapping) else ("items",) * len(arguments)
            for place, argument in zip(places, arguments, strict=False):
                yield from ((f"{place}: {keyword}", value) for keyword, value in _constraints(argument))


def _words(item: Any, kind: Any) -> Iterator[Constraint]:
    for attribute, keyword in _KEYWORDS.items():
        value = getattr(item, attribute, None)
        if isinstance(value, re.Pattern):
            yield keyword, value.pattern
        elif value is not None:
            yield keyword, str(int(value) if isinstance(value, float) and value.is_integer() else value)
    for attribute, bound in (("min_length", "min"), ("max_length", "max")):
        value = getattr(item, attribute, None)
        if value is not None:
            bases = kind.__mro__ if isinstance(kind, type) else ()
            length = next((_LENGTHS[base] for base in bases if base in _LENGTHS), "Items")
            yield f"{bound}{length}", str(value)


def _said(schema: Mapping[str, Any]) -> Iterator[Constraint]:
    """Tell what a schema asks for; of what holds schemas itself, the keyword."""
    for keyword, value in schema.items():
        if keyword in _CHECKED:
            yield (
                keyword,
                value if isinstance(value, str) else "" if isinstance(value, dict | list) else json.dumps(value),
            )


def _schema_at(document: Any, pointer: str) -> Mapping[str, Any]:
    """Give the schema that a pointer leads to; nothing where that is none with keywords."""
    node = document
    for token in tokens_of(pointer):
        if isinstance(node, list):
            node = node[int(token)] if token.isdecimal() and len(token) < 10 and int(token) < len(node) else None
        else:
            node = node.get(token) if isinstance(node, dict) else None
    return node if isinstance(node, dict) else {}


def _node(properties: Any, name: str) -> Mapping[str, Any]:
    found = properties.get(name) if isinstance(properties, dict) else None
    return found if isinstance(found, dict) else {}


def _listed(constraints: Iterable[Constraint]) -> str:
    """Write constraints; of those with one keyword, the last."""
    told = [f"{keyword}: {value}" if value else keyword for keyword, value in dict(constraints).items()]
    rest = ["…"] if len(told) > MOST_CONSTRAINTS else []
    return ", ".join([*map(_code, told[:MOST_CONSTRAINTS]), *rest])


def _code(text: str) -> str:
    return f"<code>{_text(text)}</code>"


def _text(text: str, size: int = CELL_SIZE) -> str:
    shown = text if len(text) <= size else f"{text[:size]}…"
    # What cannot be seen may show something else than a text says, such as a right-to-left override.
    return escape("".join(each if each.isprintable() or each in _SPACES else ascii(each)[1:-1] for each in shown))


#: What separates words, beside the space.
_SPACES: Final = "\n\r\t\N{NO-BREAK SPACE}"


def _counted(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"
