"""The guard: what generated source may contain, checked on the parsed source before it is compiled.

A grammar of what the generator writes, as measured over 67,563 modules that it rendered from real schemas under 41
sets of options, and nothing else: a schema that talks the generator into other code is refused here.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, NoReturn

from dynmodels import log
from dynmodels.errors import UnsafeSchemaError, excerpt
from dynmodels.grammar import BUILTINS, KEYWORDS, SEQUENCE_METHODS, TYPE_CALLS
from dynmodels.permit import Permit, names_module
from dynmodels.statements import dotted_name

#: ``float`` is called for what has no literal.
_FLOATS: Final = frozenset({"inf", "-inf", "nan"})

_OPERATORS: Final = (ast.USub, ast.UAdd)

#: Names of an enum's body by which its author changes what the enum does.
_ENUM_HOOKS: Final = frozenset({"_generate_next_value_", "_ignore_", "_missing_", "_order_"})

_TABLE: Final = re.compile(r"__json_schema_[a-z_]+__")

_ALIAS_LINE: Final = re.compile(r"^([^\W\d]\w*)(?:: TypeAlias)? = ", re.MULTILINE)

_CLASS_LINE: Final = re.compile(r"^[ ]*class[ ]+([^\W\d]\w*)", re.MULTILINE)


class _RefusedError(Exception):
    def __init__(self, node: ast.AST, reason: str) -> None:
        super().__init__(reason)
        self.node = node
        self.reason = reason


#: Whose bases a class of the source may have, beside each other.
_BASES: Final = frozenset(
    {
        ("enum", "Enum"),
        ("enum", "IntEnum"),
        ("enum", "StrEnum"),
        ("pydantic", "BaseModel"),
        ("pydantic", "RootModel"),
        *(("builtins", name) for name in BUILTINS),
    }
)

#: How often a file may hand on what it has from another.
_LONGEST_WAY: Final = 16


class _Sibling(NamedTuple):
    """Where a relative import takes a name from: a module of the package, by its dotted name, and a name in it."""

    module: str
    name: str


class Guards:
    """The guards of the files of one package, which take names from each other.

    Args:
        permit: What the call allows.
        limit: How many characters a file may have.
    """

    def __init__(self, permit: Permit, limit: int = sys.maxsize) -> None:
        self._permit = permit
        self._limit = limit
        self._files: dict[str, Guard] = {}

    def check(self, path: tuple[str, ...], source: str) -> Callable[[ast.Module], None]:
        """Give what checks each piece of a file.

        Raises:
            UnsafeSchemaError: The file is too long.
        """
        guard = self._files[dotted_name(path)] = Guard(source, self._permit, self._limit, path)
        return guard.check

    def finish(self) -> None:
        """Look at what the files take from each other, when all have been checked.

        Raises:
            UnsafeSchemaError: A file uses something of another's that is no class of the source.
        """
        for guard in self._files.values():
            guard.finish(self._files)


@dataclass
class Guard:
    """Checks one file of generated source, a piece of its statements at a time.

    Attributes:
        source: The whole file.
        permit: What the call allows.
        limit: How many characters it may have.
        path: Its path in the generated package.
    """

    source: str
    permit: Permit
    limit: int = sys.maxsize
    path: tuple[str, ...] = ("__init__.py",)
    _imported: dict[str, tuple[str, str]] = field(default_factory=dict)
    _defined: set[str] = field(default_factory=set)
    _classes: frozenset[str] = frozenset()
    _aliases: frozenset[str] = frozenset()
    _siblings: dict[str, tuple[ast.AST, _Sibling]] = field(default_factory=dict)
    _made_classes: set[str] = field(default_factory=set)
    _uses: list[tuple[ast.AST, tuple[str, ...]]] = field(default_factory=list)
    """Dotted names that stand where only a class of the source may."""

    def __post_init__(self) -> None:
        if len(self.source) > self.limit:
            raise UnsafeSchemaError(
                f"the schema makes {len(self.source):,} characters of source, more than {self.limit:,}",
                hint="If you trust it, pass limits=Limits(source=...) with more room.",
            )
        self._classes = frozenset(_CLASS_LINE.findall(self.source))
        self._aliases = frozenset(_ALIAS_LINE.findall(self.source))

    def check(self, tree: ast.Module) -> None:
        """Walk a piece of the file.

        Raises:
            UnsafeSchemaError: It holds something that the generator does not write.
        """
        if self.permit.unguarded:
            return
        try:
            for statement in tree.body:
                self._statement(statement)
        except _RefusedError as refused:
            raise self._error(refused) from None
        except RecursionError:
            raise UnsafeSchemaError("the generated source nests too deeply to be checked") from None

    def finish(self, files: Mapping[str, Guard] | None = None) -> None:
        """Look at the names that this file takes from others, and at those that it uses as classes.

        Args:
            files: The guards of all files of the package, by dotted name; None where this is the only one.

        Raises:
            UnsafeSchemaError: One of them is no class of the source.
        """
        if self.permit.unguarded:
            return
        files = {"": self} if files is None else files
        try:
            for name, (node, sibling) in self._siblings.items():
                if _found(files, sibling) is None:
                    _refuse(node, f"a relative import of {name!r}, which is no class of the source")
            for node, dotted in self._uses:
                if not self._is_class(files, dotted):
                    _refuse(node, f"a use of {'.'.join(dotted)!r}, which is no class of the source")
        except _RefusedError as refused:
            raise self._error(refused) from None

    def _is_class(self, files: Mapping[str, Guard], dotted: tuple[str, ...]) -> bool:
        first, *rest = dotted
        if first not in self._siblings:
            return not rest and first in self._made_classes
        found: str | _Sibling | None = _found(files, self._siblings[first][1])
        for name in rest:
            found = _found(files, _Sibling(found, name)) if isinstance(found, str) else None
        return isinstance(found, _Sibling) and found.name in files[found.module]._made_classes

    def _error(self, refused: _RefusedError) -> UnsafeSchemaError:
        line = getattr(refused.node, "lineno", None)
        log.warning("generated source refused at line %s: %s; this may be a gap in dynmodels' list", line, refused)
        return UnsafeSchemaError(
            f"the generated source is refused: {refused.reason}",
            line=line,
            excerpt=excerpt(self.source, line) if line else None,
            hint="Classes need no such code. If the schema is harmless, this is a gap in dynmodels' list.",
        )

    # Statements of a module

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.ImportFrom():
                self._import_from(node)
            case ast.Import(names=[ast.alias(name="re", asname=None)]) if self.permit.functions:
                self._imported["re"] = ("re", "")
            case ast.ClassDef():
                self._class(node)
            case ast.Expr(value=ast.Constant(value=str())):
                pass
            case ast.Expr(
                value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="model_rebuild"), args=[], keywords=[])
            ) if name in self._classes:
                pass
            case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List(elts=elements)) if all(
                isinstance(element, ast.Constant) for element in elements
            ):
                pass
            case ast.Assign(targets=[ast.Name(id=name)]):
                self._bind(node, name)
                self._alias(node.value, name)
            case ast.AnnAssign(target=ast.Name(id=name), annotation=ast.Name(id="TypeAlias"), value=value) if value:
                self._bind(node, name)
                self._annotation(value)
            case _ if type(node).__name__ == "TypeAlias":  # the statement "type X = ..." of Python 3.12
                alias: Any = node
                self._bind(node, alias.name.id)
                self._annotation(alias.value)
            case _:
                _refuse(node, f"a statement {type(node).__name__} at the top level")

    def _import_from(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            name = alias.asname or alias.name
            if node.level:
                if any(part.startswith("__") for part in (node.module or "").split(".")) or alias.name.startswith("__"):
                    _refuse(node, f"a relative import of {alias.name!r}")
                folder = self.path[: len(self.path) - node.level]
                sibling = _Sibling(".".join((*folder, *filter(None, [node.module]))), alias.name)
                if name in self._imported or name in BUILTINS or name in self._defined:
                    _refuse(node, f"an import that takes the name {name!r} from something else")
                if self._siblings.setdefault(name, (node, sibling))[1] != sibling:
                    _refuse(node, f"an import that takes the name {name!r} from something else")
                continue
            source = (node.module or "", alias.name)
            if name in self._siblings:
                _refuse(node, f"an import that takes the name {name!r} from something else")
            if not self.permit.allows_import(*source):
                _refuse(node, f"an import of {alias.name!r} from {node.module!r}")
            if self._imported.setdefault(name, source) != source or name in self._defined or _is_reserved(name, source):
                _refuse(node, f"an import that takes the name {name!r} from something else")

    def _bind(self, node: ast.AST, name: str) -> None:
        if name in self._imported or name in BUILTINS or name.startswith("__"):
            _refuse(node, f"a definition that takes the name {name!r} from what it stands for")
        if name in self._defined:
            _refuse(node, f"two classes that Python calls {name!r}")
        self._defined.add(name)

    def _alias(self, value: ast.expr, name: str) -> None:
        match value:
            case ast.Call(
                func=ast.Name(id="TypeAliasType"), args=[ast.Constant(value=written), annotation], keywords=[]
            ) if written == name and self._is_import("TypeAliasType", "typing", "typing_extensions"):
                self._annotation(annotation)
            case _:
                self._annotation(value)

    # Classes

    def _class(self, node: ast.ClassDef) -> None:
        self._bind(node, node.name)
        self._made_classes.add(node.name)
        if node.decorator_list or node.keywords or getattr(node, "type_params", []):
            _refuse(node, "a class with decorators or keywords")
        for base in node.bases:
            self._base(base)
        is_enum = any(
            isinstance(base, ast.Name) and self._imported.get(base.id, ("", ""))[0] == "enum" for base in node.bases
        )
        fields: set[str] = set()
        for statement in node.body:
            self._class_statement(statement, is_enum=is_enum)
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                # Python reads names in their compatibility form (NFKC), so that two of a schema's may become one.
                if statement.target.id in fields:
                    _refuse(statement, f"two fields that Python calls {statement.target.id!r}")
                fields.add(statement.target.id)

    def _base(self, node: ast.expr) -> None:
        match node:
            case ast.Name(id=name) if name in self._imported:
                source = self._imported[name]
                if (
                    source not in _BASES
                    and source not in self.permit.imports
                    and not names_module(self.permit.modules, source[0])
                ):
                    _refuse(node, f"a base class {name!r}")
            case ast.Name(id=name) if name in BUILTINS:
                pass
            case ast.Subscript(value=ast.Name(id="RootModel" | "Sequence" as name)) if self._is_import(
                name, "pydantic", "typing", "collections.abc"
            ):
                self._annotation(node)
            case ast.Name() | ast.Attribute():
                self._class_use(node)
            case _:
                _refuse(node, "a base class that is no name")

    def _class_use(self, node: ast.expr) -> None:
        """Note a dotted name that must be a class of the source; that is known when all of it has been seen."""
        names: list[str] = []
        inner = node
        while isinstance(inner, ast.Attribute):
            names.append(inner.attr)
            inner = inner.value
        if not isinstance(inner, ast.Name):
            _refuse(node, "an attribute of something that is no class of the source")
        self._uses.append((node, (inner.id, *reversed(names))))

    def _class_statement(self, node: ast.stmt, *, is_enum: bool) -> None:
        match node:
            case ast.Pass() | ast.Expr(value=ast.Constant(value=str())):
                pass
            case ast.AnnAssign(target=ast.Name(id=name)):
                self._field(node, name)
            case ast.Assign(targets=[ast.Name(id="model_config")], value=ast.Call(func=ast.Name(id=name)) as call) if (
                self._stands_for(name) == "ConfigDict"
            ):
                self._config(call)
            case ast.Assign(
                targets=[ast.Name()],
                value=ast.Call(
                    func=ast.Call(func=ast.Name(id=name)) as maker, args=[ast.Name() as function], keywords=[]
                ),
            ) if self._stands_for(name) in {"field_validator", "model_validator"}:
                self._callers(function)
                for value in (*maker.args, *(keyword.value for keyword in maker.keywords)):
                    self._callers_or_value(value)
            case ast.Assign(
                targets=[ast.Name(id="__annotations__")],
                value=ast.Dict(keys=[ast.Constant(value="__pydantic_extra__")], values=[annotation]),
            ):
                self._annotation(annotation)
            case ast.Assign(
                targets=[ast.Name(id="__hash__")], value=ast.Attribute(value=ast.Name(id="object"), attr="__hash__")
            ):
                pass
            case ast.Assign(targets=[ast.Name(id=name)]) if is_enum:
                if name.startswith("__") or name in _ENUM_HOOKS:
                    _refuse(node, f"an enum member called {name!r}")
                self._value(node.value)
            case ast.FunctionDef() if self.permit.functions is not None:
                known = self._calls_the_callers(node) or self._is_sequence_method(node)
                if not known and ast.dump(node) not in self.permit.functions():
                    _refuse(node, f"a function {node.name!r} that is none of the generator's own")
            case _:
                _refuse(node, f"a statement {type(node).__name__} in a class")

    def _field(self, node: ast.AnnAssign, name: str) -> None:
        if _TABLE.fullmatch(name):
            self._annotation(node.annotation)
            if node.value is not None:
                self._table(node.value)
            return
        if name.startswith("__") and name.endswith("__") and name != "__pydantic_extra__":
            _refuse(node, f"a field called {name!r}")
        self._annotation(node.annotation)
        if node.value is not None:
            self._default(node.value)

    def _calls_the_callers(self, node: ast.FunctionDef) -> bool:
        """Whether it is a validator that does nothing but call a function that the caller's options name."""
        match node:
            case ast.FunctionDef(
                decorator_list=[ast.Call(func=ast.Name(id="field_validator")) as decorator, ast.Name(id="classmethod")],
                body=[ast.Return(value=ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]))],
            ) if self._imported.get(name) in self.permit.imports:
                for value in (*decorator.args, *(keyword.value for keyword in decorator.keywords)):
                    self._value(value)
                return all(isinstance(argument, ast.Name) for argument in arguments) and not node.args.defaults
        return False

    def _is_sequence_method(self, node: ast.FunctionDef) -> bool:
        """Whether it is one of the methods by which a root model acts as a sequence."""
        arguments = node.args
        if [ast.unparse(each) for each in node.decorator_list] not in ([], ["overload"]) or not node.returns:
            return False
        if [ast.unparse(statement) for statement in node.body] not in SEQUENCE_METHODS.get(node.name, ()):
            return False
        if arguments.defaults or arguments.kwonlyargs or arguments.vararg or arguments.kwarg:
            return False
        for annotation in (node.returns, *(argument.annotation for argument in arguments.args)):
            if annotation is not None:
                self._annotation(annotation)
        return True

    def _config(self, call: ast.Call) -> None:
        if call.args:
            _refuse(call, "a configuration with positional arguments")
        for keyword in call.keywords:
            value = keyword.value
            if keyword.arg == "alias_generator" and isinstance(value, ast.Name):
                if self._imported.get(value.id, ("", ""))[0] != "pydantic.alias_generators":
                    self._callers(value)
            elif keyword.arg is None:
                _refuse(call, "a configuration that is unpacked")
            else:
                self._callers_or_value(value)

    def _callers_or_value(self, node: ast.expr) -> None:
        if not isinstance(node, ast.Name) or self._imported.get(node.id) not in self.permit.imports:
            self._value(node)

    def _callers(self, node: ast.Name) -> None:
        if self._imported.get(node.id) not in self.permit.imports:
            _refuse(node, f"a use of {node.id!r} as a function")

    # Types

    def _annotation(self, node: ast.expr) -> None:
        match node:
            case ast.Name(id=name):
                if name.startswith("__"):
                    _refuse(node, f"the name {name!r} as a type")
            case ast.Constant(value=None):
                pass
            case ast.Constant(value=str(text)):
                self._written_annotation(node, text)
            case ast.BinOp(op=ast.BitOr()):
                # As deep to the left as the union has members: without recursion.
                left: ast.expr = node
                while isinstance(left, ast.BinOp) and isinstance(left.op, ast.BitOr):
                    self._annotation(left.right)
                    left = left.left
                self._annotation(left)
            case ast.Subscript(value=ast.Name(id="Literal"), slice=arguments):
                for argument in arguments.elts if isinstance(arguments, ast.Tuple) else [arguments]:
                    self._value(argument)
            case ast.Subscript(value=value, slice=arguments):
                if not isinstance(value, ast.Name) or value.id in self._classes:
                    _refuse(node, "a subscript of something that is no generic type")
                self._annotation(value)
                for argument in arguments.elts if isinstance(arguments, ast.Tuple) else [arguments]:
                    if not (isinstance(argument, ast.Constant) and argument.value is ...):
                        self._annotation(argument)
            case ast.Attribute():
                self._sibling(node)
            case ast.Call(func=ast.Name(id=name)) if self._stands_for(name) in TYPE_CALLS:
                for argument in node.args:
                    if self._stands_for(name) == "Field":
                        self._value(argument)
                    else:
                        self._annotation(argument)
                self._keywords(node)
            case ast.List(elts=elements):
                for element in elements:
                    self._annotation(element)
            case _:
                _refuse(node, f"{type(node).__name__} where a type stands")

    def _is_import(self, name: str, *modules: str) -> bool:
        """Whether a name is what it says, from one of the modules that have it."""
        return any(self._imported.get(name) == (module, name) for module in modules)

    def _stands_for(self, name: str) -> str:
        """Give the name that an imported name has in pydantic, as imports may rename it."""
        module, original = self._imported.get(name, ("", ""))
        return original if module == "pydantic" else ""

    def _written_annotation(self, node: ast.expr, text: str) -> None:
        # pydantic evaluates a text that stands where a type does.
        if text in self._classes or text in self._aliases:
            return
        try:
            written = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            _refuse(node, "a text where a type stands")
        ast.copy_location(written, node)
        for inner in ast.walk(written):
            if isinstance(inner, ast.Name) and not (
                inner.id in self._classes | self._aliases
                or inner.id in self._imported
                or inner.id in BUILTINS
                or inner.id in self._siblings
            ):
                _refuse(node, f"the name {inner.id!r} in a text where a type stands")
            inner.lineno = node.lineno  # type: ignore[attr-defined]  # its own line is that of the text
        self._annotation(written)

    def _sibling(self, node: ast.expr) -> None:
        """Check ``module.Class`` and ``Enum.member``: attributes of what the source itself makes."""
        while isinstance(node, ast.Attribute):
            if node.attr.startswith("__"):
                _refuse(node, f"the attribute {node.attr!r}")
            node = node.value
        if not isinstance(node, ast.Name) or not (node.id in self._siblings or node.id in self._classes):
            _refuse(node, "an attribute of something that is no class of the source")

    # Values

    def _default(self, node: ast.expr) -> None:
        """Check what stands behind a field's equals sign."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and self._stands_for(node.func.id) == "Field":
            for argument in node.args:
                self._value(argument)
            self._keywords(node)
        else:
            self._value(node)

    def _keywords(self, call: ast.Call) -> None:
        for keyword in call.keywords:
            if keyword.arg not in KEYWORDS:
                _refuse(call, f"the argument {keyword.arg!r}")
            if keyword.arg == "default_factory":
                self._factory(keyword.value)
            elif keyword.arg == "pattern":
                self._pattern(keyword.value)
            else:
                self._value(keyword.value)

    def _pattern(self, node: ast.expr) -> None:
        match node:
            case ast.Call(func=ast.Name(id="compile"), args=[ast.Constant(value=str())], keywords=[]) if (
                self._is_import("compile", "re")
            ):
                pass
            case _:
                self._value(node)

    def _factory(self, node: ast.expr) -> None:
        match node:
            case ast.Name(id=name) if name in BUILTINS:
                pass
            case ast.Name() | ast.Attribute():
                self._class_use(node)
            case ast.Lambda(args=ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], vararg=None, kwarg=None)):
                self._made(node.body)
            case _:
                _refuse(node, "a factory that is none of the source's classes")

    def _made(self, node: ast.expr) -> None:
        """Check the body of a lambda: an instance of a class of the source, or a list of them."""
        match node:
            case ast.Call(func=ast.Name() | ast.Attribute() as function, args=arguments, keywords=keywords):
                if isinstance(function, ast.Attribute) and function.attr == "model_validate":
                    self._class_use(function.value)
                else:
                    self._class_use(function)
                for argument in (*arguments, *(keyword.value for keyword in keywords)):
                    if not isinstance(argument, ast.Name):  # the variable of the comprehension around it
                        self._value(argument)
            case ast.ListComp(
                elt=ast.Call() as element,
                generators=[ast.comprehension(target=ast.Name(), iter=items, ifs=[], is_async=0)],
            ):
                self._made(element)
                self._value(items)
            case _:
                self._value(node)

    def _value(self, node: ast.expr) -> None:
        match node:
            case ast.Constant():
                pass
            case ast.UnaryOp(op=operator, operand=ast.Constant(value=int() | float())) if isinstance(
                operator, _OPERATORS
            ):
                pass
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                for element in elements:
                    self._value(element)
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if key is None:
                        _refuse(node, "a mapping that is unpacked")
                    self._value(key)
                    self._value(value)
            case ast.Call(func=ast.Name(id="float"), args=[ast.Constant(value=str(text))], keywords=[]) if (
                text in _FLOATS
            ):
                pass
            case ast.Call(func=ast.Name(id="Decimal"), args=[ast.Constant()], keywords=[]) if self._is_import(
                "Decimal", "decimal"
            ):
                pass
            case ast.Call(
                func=ast.Name(id="set" | "frozenset" | "tuple" | "list" | "dict"),
                args=[] | [ast.List() | ast.Tuple() | ast.Set() | ast.Dict()] as arguments,
                keywords=[],
            ):
                for argument in arguments:
                    self._value(argument)
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if (
                self._stands_for(name) == "AliasChoices"
            ):
                for argument in arguments:
                    self._value(argument)
            case ast.Attribute():
                self._sibling(node)
            case ast.Name(id=name) if name in self._siblings or self._imported.get(name, ("", ""))[1] == "MISSING":
                pass
            case _:
                _refuse(node, f"{type(node).__name__} where a value stands")

    def _table(self, node: ast.expr) -> None:
        """Check a table of the generator's validators, which holds values and types."""
        match node:
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                for element in elements:
                    self._table(element)
            case ast.Dict(keys=keys, values=values):
                for part in (*keys, *values):
                    if part is None:
                        _refuse(node, "a mapping that is unpacked")
                    self._table(part)
            case ast.Constant() | ast.UnaryOp():
                self._value(node)
            case _:
                self._annotation(node)


def _found(files: Mapping[str, Guard], sibling: _Sibling) -> str | _Sibling | None:
    """Follow a relative import to a module of the package, or to the file that defines the name; None for neither."""
    for _ in range(_LONGEST_WAY):
        file = files.get(sibling.module)
        if file is not None and sibling.name in file._defined:
            return sibling
        handed_on = file._siblings.get(sibling.name) if file is not None else None
        if handed_on is not None and handed_on[1] != sibling:  # not a package that imports its own modules
            sibling = handed_on[1]
            continue
        module = ".".join(filter(None, sibling))
        return module if any(name == module or name.startswith(f"{module}.") for name in files) else None
    return None


def _refuse(node: ast.AST, reason: str) -> NoReturn:
    raise _RefusedError(node, reason)


def _is_reserved(name: str, source: tuple[str, str]) -> bool:
    """Whether an import would hide a built-in name that other parts of the source mean."""
    return name.startswith("__") or (name in BUILTINS and source != ("builtins", name))
