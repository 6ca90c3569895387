"""Needs: what a statement of generated source binds and needs, read from its syntax tree."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Final

from dynmodels.statements import Statement

#: What holds no types: texts in it are values.
_VALUES: Final = frozenset({"Literal", "Field", "Field_aliased", "ConfigDict"})

_DOTTED: Final = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


def statement_of(node: ast.stmt, path: tuple[str, ...]) -> Statement:
    """Say what a statement binds and needs.

    Args:
        node: The statement, as it was parsed.
        path: The path of its file in the generated package.
    """
    line = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])
    end = node.end_lineno or node.lineno
    match node:
        case ast.ImportFrom(level=level, module=module, names=aliases) if level:
            source = ".".join((*path[: len(path) - level], *filter(None, [module])))
            imports = tuple((alias.asname or alias.name, source, alias.name) for alias in aliases)
            return Statement(line, end, tuple(name for name, _, _ in imports), imports=imports)
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            return Statement(line, end, tuple(alias.asname or alias.name for alias in aliases), outside=True)
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
            return Statement(line, end, (name,), _sorted(_needs(node)))
        case ast.Assign(targets=targets):
            names = tuple(target.id for target in targets if isinstance(target, ast.Name))
            return Statement(line, end, names, _sorted(_needs(node.value, written=True)))
        case ast.AnnAssign(target=ast.Name(id=name)):
            return Statement(line, end, (name,), _sorted(_needs(node)))
    if type(node).__name__ == "TypeAlias":  # ``type Name = ...``, which Python 3.11 does not know
        name, value = getattr(node, "name"), getattr(node, "value")  # noqa: B009 (nor does its ``ast``)
        return Statement(line, end, (name.id,), _sorted(_needs(value, written=True)))
    return Statement(line, end, (), _sorted(_needs(node)))


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))


def _needs(node: ast.AST, *, written: bool = False) -> Iterator[str]:
    """Give the names that stand in a part of the source, and those in texts where a type may be written as one."""
    waiting: list[tuple[ast.AST, bool]] = [(node, written)]
    while waiting:
        each, written = waiting.pop()
        match each:
            case ast.Name(id=name, ctx=ast.Load()):
                yield name
            case ast.Attribute():
                dotted = _dotted(each)
                if dotted is None:
                    waiting.append((each.value, False))
                else:
                    yield dotted
            case ast.Constant(value=str(text)) if written:
                yield from _DOTTED.findall(text)
            case ast.Constant():
                pass
            case ast.ClassDef(bases=bases, keywords=keywords, body=body, decorator_list=decorators):
                waiting.extend((part, True) for part in bases)
                waiting.extend((part, False) for part in (*keywords, *body, *decorators))
            case ast.AnnAssign(annotation=annotation, value=value):
                waiting.append((annotation, True))
                if value is not None:
                    waiting.append((value, False))
            case ast.Subscript(value=ast.Name(id=name), slice=arguments):
                yield name
                waiting.append((arguments, written and name not in _VALUES))
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=keywords):
                yield name
                waiting.extend((part, written and name not in _VALUES) for part in arguments)
                waiting.extend((part, False) for part in keywords)
            case _:
                waiting.extend((part, written) for part in ast.iter_child_nodes(each))


def _dotted(node: ast.Attribute) -> str | None:
    """Write ``module.Class`` as one name; None for an attribute of anything that is no name."""
    parts = [node.attr]
    value = node.value
    while isinstance(value, ast.Attribute):
        parts.append(value.attr)
        value = value.value
    return ".".join([value.id, *reversed(parts)]) if isinstance(value, ast.Name) else None
