"""Unions: where a constant tells the classes of a union apart, pydantic is told which (``Field(discriminator=...)``).

The generator tells it of OpenAPI's ``discriminator``. Of classes that have a constant each, such as ``kind: "cat"`` and
``kind: "dog"``, it makes a plain union, of which pydantic tries every class and lists the errors of each. A union is
changed here only where that takes and makes the same as before: one class alone can fit then, and the tag says which.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import cached_property
from typing import Final

from dynmodels.compiling import parsed
from dynmodels.edits import Edit, edited, end_of, start_of
from dynmodels.errors import ModelBuildError
from dynmodels.needs import statement_of

#: The source of a package, by the paths of its files.
Modules = Mapping[tuple[str, ...], str]


def tagged(modules: Modules) -> Modules:
    """Make tagged unions of the unions whose classes are told apart by a field.

    All of a union's classes must have a required field of one name, without an alias, which is a ``Literal`` of texts
    or whole numbers that no other one has. They must stand in the file of the union, be made of nothing but fields,
    and come from nothing but each other and ``BaseModel``: a validator could give a tag to data that has none, and
    what has another name in the data pydantic also looks for by its name in Python.

    Args:
        modules: Generated source, by the paths of its files. What is no Python stays as it is.
    """
    return {path: _tagged(source) for path, source in modules.items()}


def _tagged(source: str) -> str:
    if not _may_have_any(source):
        return source
    source = source.replace("\r\n", "\n").replace("\r", "\n")  # as it is parsed
    try:
        statements = [node for piece in parsed(source, "<generated>") for node in piece.body]
    except ModelBuildError:  # which is told to the caller when it is to be compiled
        return source
    return edited(source, _Tagging(statements).edits())


# A look at the text, as most sources have none and need not be parsed

_HEADER_OR_TAG: Final = re.compile(
    r"^class (?P<name>\w+)(?P<bases>[^\n]*)|^[ ]+(?P<tag>\w+): [^\n]*?\bLiteral\[", re.MULTILINE
)

_UNION: Final = re.compile(r"\b(\w+)\s*\|\s*(?=(\w+))|\bUnion\[([\w\s,]+)\]")


def _may_have_any(source: str) -> bool:
    """Whether two classes of a union may have a constant of one name."""
    if "Literal[" not in source:
        return False
    tags: dict[str, set[str]] = {}
    fields: set[str] = set()
    for line in _HEADER_OR_TAG.finditer(source):
        if line["name"]:
            inherited = (tags.get(base, set()) for base in re.findall(r"\w+", line["bases"]))
            fields = tags[line["name"]] = set().union(*inherited)
        else:
            fields.add(line["tag"])
    for first, second, several in _UNION.findall(source):
        names = re.findall(r"\w+", several) if several else (first, second)
        if len(names) > 1 and set.intersection(*(tags.get(name, set()) for name in names[:2])):
            return True
    return False


# A look at the syntax tree

#: Where the names come from that mean something here.
_MEANINGS: Final = {
    ("typing", "Annotated"): "Annotated",
    ("typing", "Literal"): "Literal",
    ("typing", "Optional"): "Optional",
    ("typing", "Union"): "Union",
    ("typing_extensions", "Annotated"): "Annotated",
    ("typing_extensions", "Literal"): "Literal",
    ("pydantic", "BaseModel"): "BaseModel",
    ("pydantic", "ConfigDict"): "ConfigDict",
    ("pydantic", "Field"): "Field",
    ("pydantic", "RootModel"): "RootModel",
}

#: What ``Field`` may say of a tag: nothing of what data may be, nor of its name there.
_WORDS: Final = frozenset(
    {"deprecated", "description", "examples", "frozen", "json_schema_extra", "repr", "serialization_alias", "title"}
)

#: What it may say of a union that is to have one.
_UNION_WORDS: Final = _WORDS | {
    "alias",
    "alias_priority",
    "default",
    "default_factory",
    "kw_only",
    "validate_default",
    "validation_alias",
}

#: Numbers from here on are compared in another way.
_GREATEST: Final = 2**63

#: What may tell a class from others: the fields that are constants, and their values.
_Tags = Mapping[str, frozenset[str | int]]


class _Tagging:
    """The tagging of one file's unions.

    Args:
        statements: The file, parsed.
    """

    def __init__(self, statements: Sequence[ast.stmt]) -> None:
        self._statements = statements
        self._imports = [node for node in statements if isinstance(node, ast.ImportFrom) and not node.level]
        self._meanings = {
            alias.asname or alias.name: _MEANINGS[node.module or "", alias.name]
            for node in self._imports
            for alias in node.names
            if (node.module or "", alias.name) in _MEANINGS
        }
        self._classes = {node.name: node for node in statements if isinstance(node, ast.ClassDef)}
        self._tags: dict[str, _Tags] = {}
        self._names = {meaning: name for name, meaning in self._meanings.items()}
        self._new_imports: list[str] = []

    def edits(self) -> list[Edit]:
        """Give the changes to the source."""
        changes = [edit for node in self._statements for edit in self._edits_of(node)]
        # There is an import, of Literal at least; before the first one of another may stand that of __future__.
        first = next((node.lineno, 0) for node in self._imports if node.module != "__future__")
        return [*(Edit(first, first, line) for line in self._new_imports), *changes] if changes else []

    def _edits_of(self, node: ast.stmt) -> Iterator[Edit]:
        match node:
            case ast.ClassDef():
                fields = _fields_of(node)
                for field in fields.values():
                    yield from self._edits_of_field(field, fields.keys())
            case ast.AnnAssign(annotation=ast.Name(id="TypeAlias"), value=ast.expr() as value):
                yield from self._edits_within(value, set())
            case ast.Assign(value=ast.Call(func=ast.Name(id="TypeAliasType"), args=[_, value])):
                yield from self._edits_within(value, set())
            case _ if type(node).__name__ == "TypeAlias":  # ``type Name = ...``, which Python 3.11 does not know
                yield from self._edits_within(getattr(node, "value"), set())  # noqa: B009 (nor does its ``ast``)

    def _edits_of_field(self, field: ast.AnnAssign, beside: Set[str]) -> Iterator[Edit]:
        """Tell of the tag beside the type where that is all of the union, so that the field's type stays the same."""
        tag = self._tag_of(field.annotation, beside)
        if tag is None:
            yield from self._edits_within(field.annotation, beside)
        elif field.value is None:
            end = end_of(field)
            yield Edit(end, end, f" = {self._name_of('Field')}(..., {_told(tag)})")
        elif (call := self._called(field.value, "Field")) is not None:
            yield from _edits_of_call(call, tag)
        else:
            start, end = start_of(field.value), end_of(field.value)
            yield Edit(start, start, f"{self._name_of('Field')}(")
            yield Edit(end, end, f", {_told(tag)})")

    def _edits_within(self, node: ast.expr, beside: Set[str]) -> Iterator[Edit]:
        """Tell of the tags of unions that stand somewhere in a type."""
        if (tag := self._tag_of(node, beside)) is not None:
            start, end = start_of(node), end_of(node)
            yield Edit(start, start, f"{self._name_of('Annotated')}[")
            yield Edit(end, end, f", {self._name_of('Field')}({_told(tag)})]")
        elif isinstance(node, ast.BinOp):
            for part in _joined(node):
                yield from self._edits_within(part, beside)
        elif isinstance(node, ast.Subscript):
            inner, *described = _arguments(node)
            meaning = self._meaning_of(node.value)
            if meaning == "Annotated" and (tag := self._tag_of(inner, beside)) is not None:
                calls = [self._called(each, "Field") for each in described]
                if len(calls) == 1 and calls[0] is not None:
                    yield from _edits_of_call(calls[0], tag)
            elif meaning != "Literal":
                for argument in [inner] if meaning == "Annotated" else [inner, *described]:
                    yield from self._edits_within(argument, beside)

    def _name_of(self, meaning: str) -> str:
        """Give the name that something has in this file, where it is imported if need be."""
        if meaning not in self._names:
            module = next(module for module, name in _MEANINGS if name == meaning)
            name = self._names[meaning] = meaning if meaning not in self._taken else f"{meaning}_aliased"
            self._new_imports.append(f"from {module} import {meaning}{'' if name == meaning else f' as {name}'}\n")
        return self._names[meaning]

    @cached_property
    def _taken(self) -> frozenset[str]:
        """The names that stand for something of the schema's."""
        fields = (name for node in self._classes.values() for name in _fields_of(node))
        bound = (name for node in self._statements for name in statement_of(node, ()).names)
        return frozenset((*bound, *fields))

    # Which unions

    def _tag_of(self, node: ast.expr, beside: Set[str]) -> str | None:
        """Give the field that tells the classes of a union apart; None where it is no such union.

        Args:
            node: A type.
            beside: The fields of the class that it stands in, which may have taken the name of another class.
        """
        if not isinstance(node, ast.BinOp | ast.Subscript):
            return None
        parts = list(self._parts(node))
        names = [part.id for part in parts if isinstance(part, ast.Name)]
        others = [part for part in parts if not isinstance(part, ast.Name)]
        if len(names) < 2 or not all(isinstance(other, ast.Constant) and other.value is None for other in others):
            return None
        if len(set(names)) < len(names) or not beside.isdisjoint(names):
            return None
        tags = [self._tags_of(name) for name in names]
        return next((tag for tag in tags[0] if _are_apart([each.get(tag) for each in tags])), None)

    def _parts(self, node: ast.expr) -> Iterator[ast.expr]:
        """Give the types that a union consists of; a type itself where it is none."""
        for part in _joined(node):
            if isinstance(part, ast.Subscript) and self._meaning_of(part.value) in {"Optional", "Union"}:
                for member in _arguments(part):
                    yield from self._parts(member)
            else:
                yield part

    # Which classes

    def _tags_of(self, name: str) -> _Tags:
        """Give what may tell a class from others; nothing where it has validators."""
        if name not in self._tags:
            self._tags[name] = self._found_in(self._lineage(name))
        return self._tags[name]

    def _found_in(self, lineage: Sequence[ast.ClassDef]) -> _Tags:
        declared: dict[str, list[ast.AnnAssign]] = {}
        for node in lineage:
            for name, field in _fields_of(node).items():
                declared.setdefault(name, []).append(field)
        own = _fields_of(lineage[0]) if lineage else {}
        # Of several that are inherited, which one counts depends on the order of the bases.
        certain = {name: fields[0] for name, fields in declared.items() if name in own or len(fields) == 1}
        values = ((name, self._values_of(field)) for name, field in certain.items())
        return {name: constants for name, constants in values if constants}

    def _lineage(self, name: str) -> list[ast.ClassDef]:
        """Give a class, and then all that it comes from; nothing if these are not all made of nothing but fields."""
        lineage: dict[str, ast.ClassDef] = {}
        waiting: list[ast.expr] = [ast.Name(name)]
        while waiting:
            base = waiting.pop(0)
            if self._meaning_of(base) == "BaseModel":
                continue
            node = self._classes.get(base.id) if isinstance(base, ast.Name) else None
            if node is None or not node.bases or not all(map(self._is_harmless, node.body)):
                return []
            if node.name not in lineage:
                lineage[node.name] = node
                waiting.extend(node.bases)
        return list(lineage.values())

    def _is_harmless(self, statement: ast.stmt) -> bool:
        """Whether a statement of a class makes no validator, and leaves fields the names that they have in the data."""
        match statement:
            case ast.AnnAssign(target=ast.Name()) | ast.Pass() | ast.Expr(value=ast.Constant()):
                return True
            case ast.Assign(targets=[ast.Name(id="model_config")], value=value):
                call = self._called(value, "ConfigDict")
                return call is not None and not {"alias_generator", None} & {each.arg for each in call.keywords}
        return False

    def _values_of(self, field: ast.AnnAssign) -> frozenset[str | int]:
        """Give the constants that a field may be, if it must be there; none where it may be anything else."""
        type_, described = field.annotation, [field.value] if field.value is not None else []
        if isinstance(type_, ast.Subscript) and self._meaning_of(type_.value) == "Annotated":
            type_, *more = _arguments(type_)
            described += more
        if not isinstance(type_, ast.Subscript) or self._meaning_of(type_.value) != "Literal":
            return frozenset()
        if not all(map(self._says_nothing_of_data, described)):
            return frozenset()
        values = [each.value for each in _arguments(type_) if isinstance(each, ast.Constant)]
        certain = [each for each in values if type(each) is str or (type(each) is int and each < _GREATEST)]
        return frozenset(certain if len(certain) == len(_arguments(type_)) else ())

    def _says_nothing_of_data(self, node: ast.expr) -> bool:
        """Whether it is ``Field(...)`` without a default, an alias or a condition."""
        call = self._called(node, "Field")
        if call is None or len(call.args) > 1:
            return False
        words = {each.arg: each.value for each in call.keywords}
        default = call.args[0] if call.args else words.pop("default", None)
        is_required = default is None or (isinstance(default, ast.Constant) and default.value is ...)
        return is_required and words.keys() <= _WORDS

    def _called(self, node: ast.expr, meaning: str) -> ast.Call | None:
        """Give a call of something that is imported; None where it is none."""
        return node if isinstance(node, ast.Call) and self._meaning_of(node.func) == meaning else None

    def _meaning_of(self, node: ast.expr) -> str:
        return self._meanings.get(node.id, "") if isinstance(node, ast.Name) else ""


def _told(tag: str) -> str:
    return f"discriminator={tag!r}"


def _edits_of_call(call: ast.Call, tag: str) -> Iterator[Edit]:
    """Tell of a tag in a ``Field(...)`` that is there, unless it says what does not go with one."""
    if not {each.arg for each in call.keywords} <= _UNION_WORDS or len(call.args) > 1:
        return
    if call.keywords:
        start = start_of(call.keywords[0])
        yield Edit(start, start, f"{_told(tag)}, ")
    elif call.args:
        end = end_of(call.args[0])
        yield Edit(end, end, f", {_told(tag)}")


def _are_apart(tags: Sequence[frozenset[str | int] | None]) -> bool:
    """Whether several classes have all a tag, and no two of them one value."""
    known = [tag for tag in tags if tag is not None]
    return len(known) == len(tags) and len(frozenset().union(*known)) == sum(map(len, known))


def _fields_of(node: ast.ClassDef) -> dict[str, ast.AnnAssign]:
    return {
        each.target.id: each
        for each in node.body
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    }


def _joined(node: ast.expr) -> list[ast.expr]:
    """Give what ``|`` joins, of which there may be too much to recurse; a type itself where there is none."""
    parts = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        parts.append(node.right)
        node = node.left
    return [node, *reversed(parts)]


def _arguments(node: ast.Subscript) -> list[ast.expr]:
    return node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
