"""Adding: a caller's additions, put into generated source before it is guarded.

What they say then stands in the source, where tracebacks, debug mode, the store and pickles find it.
"""

from __future__ import annotations

import ast
import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from dynmodels.additions import Additions, Check, Named
from dynmodels.compiling import parsed
from dynmodels.edits import Edit, edited, end_of, place_of
from dynmodels.errors import OptionsError
from dynmodels.module import GIVEN
from dynmodels.pointers import resolves, tokens_of
from dynmodels.schema import Document
from dynmodels.statements import dotted_name

if TYPE_CHECKING:
    from dynmodels.render import Rendered, RenderedClass

_NAME: Final = re.compile(r"[^\W\d]\w*")

#: By this source marks the caller's types in exact classes.
THEIRS: Final = Named("dynmodels.theirs", "Theirs")

#: What root models may not be configured with (pydantic.RootModel).
_NOT_OF_ROOTS: Final = frozenset({"extra"})


def stands_for(document: Document, additions: Additions) -> Mapping[str, str]:
    """Give the names by which the generator is told of the caller's types, by JSON Pointer.

    They are like no name in the document, so that nothing is called otherwise for them.
    """
    if not additions.types:
        return {}
    # Python reads names in their compatibility form (NFKC, Python reference section 2.3).
    text = unicodedata.normalize("NFKC", document.packed.decode("utf-8", "replace")).lower()
    known, stem = re.sub(r"[^a-z0-9]", "", text), "GivenType"
    while stem.lower() in known:
        stem += "X"
    return {pointer: f"{stem}{number}" for number, (pointer, _) in enumerate(additions.types, 1)}


def dotted(name: str) -> str:
    """Give the dotted name of what stands for a type: each is of a module of its own, and so has its own import."""
    return f"{GIVEN}.{name}.{name}"


def with_types(document: Document, names: Mapping[str, str]) -> Document:
    """Give a document in which the schemas that the caller has types for name what stands for these.

    Raises:
        OptionsError: There is no schema at a pointer.
    """
    if not names:
        return document
    content = document.copies()
    for pointer, name in names.items():
        node: Any = content if resolves(content, pointer) else None
        for token in tokens_of(pointer) if node is not None else ():
            node = node[int(token)] if isinstance(node, list) else node[token]
        if not isinstance(node, dict):
            raise OptionsError(f"types has the key {pointer!r}, and the document has no schema there")
        node["customTypePath"] = dotted(name)
    return replace(document, content=content)


def added(rendered: Rendered, additions: Additions, names: Mapping[str, str], *, exact: bool) -> Rendered:
    """Put additions into generated source.

    Args:
        rendered: The source, of the document as ``with_types`` gives it.
        additions: What the caller adds.
        names: What stands for types in the source, as ``stands_for`` gives it.
        exact: Whether the classes are exact, and so are to know where types are the caller's.

    Returns:
        The source with it. Classes in whose place a type of the caller's stands are none of its classes any more.

    Raises:
        OptionsError: There is no class, or no field, that a validator is for; or a type is used nowhere.
        ModelBuildError: The source is no Python.
    """
    pointers = dict(additions.types)
    replaced = {
        (each.module, each.name): pointers[each.pointer] for each in rendered.classes if each.pointer in pointers
    }
    # One file's classes may inherit from another's, whose validators theirs must not hide.
    texts = (unicodedata.normalize("NFKC", source) for source in rendered.modules.values())
    taken = {name for text in texts for name in _NAME.findall(text)}
    files = {path: _File(source, dotted_name(path), additions, taken) for path, source in rendered.modules.items()}
    if replaced and len(files) > 1:
        raise OptionsError(
            f"types has the key {next(iter(pointers))!r}, and the document's classes are in several modules",
            hint="This is possible where no name of a schema has a dot in it.",
        )
    for file in files.values():
        file.inherit()
        file.configure()
        file.replace({name: type_ for (module, name), type_ in replaced.items() if module == file.module}, exact=exact)
    for target, checks in additions.checks:
        classes = _classes(target, rendered.classes, files)
        for file, node in classes:
            file.check(node, checks)
    found = {each.pointer for each in rendered.classes}
    for pointer, type_ in additions.types:
        used = [file.name_type(names[pointer], type_, exact=exact) for file in files.values()]
        if not any(used) and pointer not in found:
            raise OptionsError(f"types has the key {pointer!r}, and no class has anything that is of the schema there")
    modules = {path: file.text for path, file in files.items()}
    kept = tuple(each for each in rendered.classes if (each.module, each.name) not in replaced)
    return replace(rendered, modules=modules, classes=kept)


def _classes(
    target: str, classes: Iterable[RenderedClass], files: Mapping[tuple[str, ...], _File]
) -> list[tuple[_File, ast.ClassDef]]:
    """Find the classes that a validator is for.

    Raises:
        OptionsError: There are none.
    """
    named = {(each.module, each.name) for each in classes if each.pointer == target}
    found = [
        (file, node)
        for file in files.values()
        for name, node in file.models.items()
        if target == name or (file.module, name) in named
    ]
    if not found:
        known = sorted({name for file in files.values() for name in file.models} | {each.pointer for each in classes})
        close = difflib.get_close_matches(target, known, 3)
        raise OptionsError(
            f"validators has the key {target!r}, and there is no such model",
            hint=f"The closest are: {', '.join(close)}." if close else "Name classes, or JSON Pointers of schemas.",
        )
    return found


@dataclass
class _File:
    """One file of source, and what is to be put into it."""

    source: str
    module: str
    additions: Additions
    names: set[str]
    models: dict[str, ast.ClassDef] = field(default_factory=dict)
    _tree: ast.Module = field(init=False)
    _edits: list[Edit] = field(default_factory=list)
    _imported: dict[tuple[str, str], str] = field(default_factory=dict)
    _new_imports: list[str] = field(default_factory=list)
    _gone: list[ast.ClassDef] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.source = self.source.replace("\r\n", "\n").replace("\r", "\n")  # as it is parsed
        pieces = parsed(self.source, "<generated>")
        self._tree = ast.Module([node for piece in pieces for node in piece.body], [])
        for node in self._tree.body:
            if isinstance(node, ast.ImportFrom) and not node.level:
                for alias in node.names:
                    self._imported[node.module or "", alias.name] = alias.asname or alias.name
        enums = {name for (module, _), name in self._imported.items() if module == "enum"}
        for node in self._tree.body:
            if isinstance(node, ast.ClassDef) and not any(_base(each) in enums for each in node.bases):
                self.models[node.name] = node

    def inherit(self) -> None:
        """Let the classes inherit from the caller's, in the place of ``BaseModel``."""
        plain = self._imported.get(("pydantic", "BaseModel"))
        if not self.additions.bases or plain is None:
            return
        for node in self.models.values():
            for base in node.bases:
                if isinstance(base, ast.Name) and base.id == plain:
                    names = [self._name_of(each) for each in self.additions.bases]
                    self._edits.append(place_of(base, ", ".join(names)))

    def configure(self) -> None:
        """Lay the caller's configuration over that of each class."""
        for node in self.models.values() if self.additions.config else ():
            is_root = self._is_root(node)
            settings = [each for each in self.additions.config if not (is_root and each.name in _NOT_OF_ROOTS)]
            written = {each.name: self._written(each.value) for each in settings}
            before = next((each for each in map(_configuration, node.body) if each is not None), None)
            if before is None:
                name = self._name_of(Named("pydantic", "ConfigDict"))
                self._append(node, f"model_config = {name}({_keywords(written)})")
                continue
            kept = {each.arg or "": ast.get_source_segment(self.source, each.value) or "" for each in before.keywords}
            self._edits.append(place_of(before, f"{ast.unparse(before.func)}({_keywords({**kept, **written})})"))

    def replace(self, types: Mapping[str, Named], *, exact: bool) -> None:
        """Put types of the caller's into the place of classes."""
        bases = {id(base) for node in self.models.values() for base in node.bases}
        for name, type_ in types.items():
            node = self.models.pop(name)
            self._gone.append(node)
            self._edits = [edit for edit in self._edits if not _is_within(edit, node)]
            self._edits.append(place_of(node, ""))
            self._new_imports.append(f"from {type_.module} import {_renamed(type_.name, name)}")
            for each in self._tree.body:
                if isinstance(each, ast.Expr) and ast.unparse(each) == f"{name}.model_rebuild()":
                    self._edits.append(place_of(each, ""))
        if exact:
            gone = [*self._gone, *(each for each in self._tree.body if isinstance(each, ast.Expr))]
            named = [node for node in ast.walk(self._tree) if isinstance(node, ast.Name) and node.id in types]
            places = [node for node in named if id(node) not in bases and not _is_in(node, gone)]
            self._edits += [place_of(node, self._marked(node.id)) for node in places]

    def _marked(self, name: str) -> str:
        """Say in an exact class that a type is the caller's."""
        return f"{self._name_of(Named('typing', 'Annotated'))}[{name}, {self._name_of(THEIRS)}]"

    def name_type(self, name: str, type_: Named, *, exact: bool) -> bool:
        """Name a type of the caller's where something stands for it; tell whether anything does."""
        names = (node for node in ast.walk(self._tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
        stands = [node for node in names if node.id == name]
        for node in self._tree.body:
            if isinstance(node, ast.ImportFrom) and [alias.name for alias in node.names] == [name]:
                self._edits.append(place_of(node, ""))
        stands = [node for node in stands if not _is_in(node, self._gone)]
        for found in stands:
            known = self._name_of(type_)
            self._edits.append(place_of(found, self._marked(known) if exact else known))
        return bool(stands)

    def check(self, node: ast.ClassDef, checks: Iterable[Check]) -> None:
        """Put validators into a class.

        Raises:
            OptionsError: It has no such field.
        """
        names = dict(self._fields(node))
        for check in checks:
            fields = [name if name == "*" else self._field(name, names, node.name) for name in check.fields]
            maker = self._name_of(Named("pydantic", "field_validator" if fields else "model_validator"))
            arguments = [*map(repr, fields), f"mode={check.mode!r}"]
            arguments += [f"{each.name}={self._written(each.value)}" for each in check.settings]
            name = self._free("_".join(["validate", *(field.strip("_*") or "all" for field in fields)]))
            call = f"{maker}({', '.join(arguments)})({self._name_of(check.function)})"
            self._append(node, f"{name} = {call}")

    @property
    def text(self) -> str:
        """The source with all of that."""
        if not self._edits and not self._new_imports:
            return self.source
        first = next((node.lineno for node in self._tree.body if isinstance(node, ast.ClassDef)), 0)
        imports = [node for node in self._tree.body if isinstance(node, ast.ImportFrom) and node.lineno < first]
        place = end_of(imports[-1]) if imports else (1, 0)
        lines = "\n".join(dict.fromkeys(self._new_imports))
        text = f"\n{lines}" if imports else f"{lines}\n"
        return edited(self.source, [*self._edits, Edit(place, place, text if lines else "")])

    def _field(self, given: str, names: Mapping[str, str], class_name: str) -> str:
        """Give a field's Python name; it may be given as the name of the property."""
        if given in names.values() or given in self.additions.fields:
            return given
        if given in names:
            return names[given]
        if "" in names:
            return given  # pydantic knows what is inherited from another file's class
        close = difflib.get_close_matches(given, [*filter(None, names), *self.additions.fields], 3)
        raise OptionsError(
            f"validators has the field {given!r} of {class_name}, which has no such field",
            hint=f"The closest are: {', '.join(close)}." if close else None,
        )

    def _fields(self, node: ast.ClassDef) -> Iterator[tuple[str, str]]:
        """Give the fields of a class, also those that it inherits: the names that data has for them, and their own."""
        for base in node.bases:
            if isinstance(base, ast.Name) and base.id in self.models:
                yield from self._fields(self.models[base.id])
            elif self._is_root(node):
                yield "root", "root"
            elif _base(base) not in self._imported.values():
                yield "", ""
        for statement in node.body:
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                name = statement.target.id
                yield _alias(statement) or name, name

    def _is_root(self, node: ast.ClassDef) -> bool:
        root = self._imported.get(("pydantic", "RootModel"))
        return root is not None and any(
            _base(base) == root
            or (
                isinstance(base, ast.Name)
                and base.id in self.models
                and base.id != node.name
                and self._is_root(self.models[base.id])
            )
            for base in node.bases
        )

    def _append(self, node: ast.ClassDef, statement: str) -> None:
        last = node.body[-1]
        place = end_of(last)
        self._edits.append(Edit(place, place, f"\n{' ' * last.col_offset}{statement}"))

    def _written(self, value: str | Named) -> str:
        return value if isinstance(value, str) else self._name_of(value)

    def _name_of(self, named: Named) -> str:
        """Give the name that an object has in this file, where it is imported if need be."""
        known = self._imported.get(named)
        if known is None:
            known = self._imported[named] = self._free(named.name.lstrip("_") or "given")
            self._new_imports.append(f"from {named.module} import {_renamed(named.name, known)}")
        return known

    def _free(self, wanted: str) -> str:
        name, number = wanted, 1
        while name in self.names or name in self.additions.attributes:
            number += 1
            name = f"{wanted}_{number}"
        self.names.add(name)
        return name


def _base(node: ast.expr) -> str | None:
    """The name of what a class inherits from, without its parameters."""
    node = node.value if isinstance(node, ast.Subscript) else node
    return node.id if isinstance(node, ast.Name) else None


def _configuration(statement: ast.stmt) -> ast.Call | None:
    match statement:
        case ast.Assign(targets=[ast.Name(id="model_config")], value=ast.Call() as call):
            return call
    return None


def _alias(statement: ast.AnnAssign) -> str | None:
    """The name that data has for a field, where its own is another."""
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
    given = (keyword for call in calls for keyword in call.keywords if keyword.arg in {"alias", "validation_alias"})
    values = (keyword.value for keyword in given)
    return next((str(value.value) for value in values if isinstance(value, ast.Constant)), None)


def _keywords(written: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in written.items())


def _renamed(name: str, alias: str) -> str:
    return name if name == alias else f"{name} as {alias}"


def _is_within(edit: Edit, node: ast.stmt) -> bool:
    return (node.lineno, node.col_offset) <= edit.start <= end_of(node)


def _is_in(node: ast.expr, statements: Iterable[ast.stmt]) -> bool:
    return any(_is_within(place_of(node, ""), statement) for statement in statements)
