"""Patterns: those that pydantic's own engine does not know are matched one by one, within a time limit.

pydantic's engine takes linear time, and knows neither look-around nor backreferences. For one such pattern the
generator switches its whole model to Python's engine, on which some patterns take exponential time.
"""

from __future__ import annotations

import ast
import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any, Final

from dynmodels.errors import SchemaError

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic_core import CoreSchema

#: Seconds that one match may take, and all matches of a thread together within a period.
SECONDS: Final = 0.1
SECONDS_TOGETHER: Final = 1.0
PERIOD: Final = 10.0

#: Seconds that a match may take when those are spent; enough for any pattern that is not made to be slow.
SECONDS_SPENT: Final = 0.001

#: By these names rewritten source finds what it needs; no schema can make a name of its own that begins so.
NAMES: Final = {"__dynmodels_annotated__": Annotated, "__dynmodels_pattern__": lambda text: LimitedPattern(text)}

#: How the generator asks for Python's engine.
_MARK: Final = "python-re"

_COMPILE: Final = "from re import compile"

_PATTERN_CALLS: Final = frozenset({"constr", "StringConstraints", "Field"})


@dataclass(frozen=True)
class LimitedPattern:
    """A pattern as pydantic metadata: texts must match it, and a match that takes too long counts as none."""

    pattern: str

    def check(self, value: Any) -> Any:
        """Give the value, if it is no text or matches."""
        from pydantic_core import PydanticCustomError

        if not isinstance(value, str):
            return value
        try:
            found = _search(self.pattern, value)
        except TimeoutError:
            raise PydanticCustomError(
                "string_pattern_timeout",
                "Matching the pattern '{pattern}' takes more than {seconds} s",
                {"pattern": self.pattern, "seconds": SECONDS},
            ) from None
        if found is None:
            # As pydantic says it.
            raise PydanticCustomError(
                "string_pattern_mismatch", "String should match pattern '{pattern}'", {"pattern": self.pattern}
            )
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        described = handler(schema)
        texts = [described, *described.get("anyOf", [])]
        for each in texts:
            if each.get("type") == "string":
                each["pattern"] = self.pattern
        return described


class _Spent(threading.local):
    """The seconds that this thread's matches have taken since the period began."""

    began: float = 0.0
    seconds: float = 0.0


_spent: Final = _Spent()


def _search(pattern: str, text: str) -> Any:
    """Search within the limits: many slow matches together are as bad as one.

    Raises:
        TimeoutError: It takes too long.
    """
    started = time.monotonic()
    if started - _spent.began > PERIOD:
        _spent.began, _spent.seconds = started, 0.0
    allowed = SECONDS if _spent.seconds < SECONDS_TOGETHER else SECONDS_SPENT
    try:
        return _compiled(pattern).search(text, timeout=allowed)
    finally:
        _spent.seconds += time.monotonic() - started


def limited_re() -> ModuleType:
    """Make a module that stands for ``re`` in the generator's own validators, which search keys by patterns."""
    module = ModuleType("re")

    def search(pattern: str, text: str) -> Any:
        try:
            return _search(pattern, text)
        except TimeoutError:
            raise ValueError(f"matching the pattern {pattern!r} takes more than {SECONDS} s") from None

    module.search = search  # type: ignore[attr-defined]  # a module is made of what it is given
    module.compile = LimitedPattern  # type: ignore[attr-defined]
    return module


def needs_rewriting(source: str) -> bool:
    """Tell quickly whether source asks for Python's engine."""
    return _MARK in source or _COMPILE in source


def rewrite(tree: ast.Module) -> ast.Module:
    """Leave every model to pydantic's engine, and match by ourselves what that does not know.

    Raises:
        SchemaError: A pattern is none that can be matched.
    """
    rewritten: ast.Module = _Rewriter().visit(tree)
    return ast.fix_missing_locations(rewritten)


class _Rewriter(ast.NodeTransformer):
    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        pattern = _taken(node.value) if _is_call(node.value, frozenset({"Field"})) else None
        self.generic_visit(node)
        if pattern is not None:
            node.annotation = _annotated(node.annotation, pattern)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id == "Literal":
            return node
        patterns: list[str | None] = []
        if isinstance(node.value, ast.Name) and node.value.id == "Annotated" and isinstance(node.slice, ast.Tuple):
            patterns = [_taken(part) for part in node.slice.elts[1:] if _is_call(part, _PATTERN_CALLS)]
        self.generic_visit(node)
        rewritten: ast.expr = node
        for pattern in patterns:
            if pattern is not None:
                rewritten = _annotated(rewritten, pattern)
        return rewritten

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if _is_call(node, frozenset({"ConfigDict"})):
            node.keywords = [each for each in node.keywords if each.arg != "regex_engine"]
            return node
        if _is_call(node, frozenset({"constr"})):
            pattern = _taken(node)
            return node if pattern is None else _annotated(node, pattern)
        return self.generic_visit(node)


def _is_call(node: ast.AST | None, names: frozenset[str]) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return False
    return node.func.id.removesuffix("_aliased") in names


def _taken(call: ast.AST | None) -> str | None:
    """Take the pattern out of a call, if pydantic's own engine does not know it."""
    assert isinstance(call, ast.Call)  # noqa: S101 (for the type checker: its callers have looked)
    for keyword in call.keywords:
        value = keyword.value
        if isinstance(value, ast.Call) and value.args:  # compile("..."), which would match without a limit
            value = value.args[0]
            call.keywords = [ast.keyword("pattern", value) if each is keyword else each for each in call.keywords]
        if keyword.arg != "pattern" or not isinstance(value, ast.Constant) or not isinstance(value.value, str):
            continue
        if not _is_linear(value.value):
            _compiled(value.value)
            call.keywords = [each for each in call.keywords if each.arg != "pattern"]
            return value.value
    return None


def _annotated(annotation: ast.expr, pattern: str) -> ast.expr:
    marker = ast.Call(ast.Name("__dynmodels_pattern__", ast.Load()), [ast.Constant(pattern)], [])
    parts = ast.Tuple([annotation, marker], ast.Load())
    subscript = ast.Subscript(ast.Name("__dynmodels_annotated__", ast.Load()), parts, ast.Load())
    return ast.copy_location(subscript, annotation)


@lru_cache(maxsize=1024)
def _is_linear(pattern: str) -> bool:
    from pydantic_core import SchemaError as CoreSchemaError
    from pydantic_core import SchemaValidator, core_schema

    try:
        SchemaValidator(core_schema.str_schema(pattern=pattern))
    except CoreSchemaError:
        return False
    return True


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Any:
    import regex

    try:
        return regex.compile(pattern)
    except (regex.error, RecursionError, ValueError, OverflowError, MemoryError) as error:
        raise SchemaError(f"the pattern {pattern!r:.200} cannot be matched: {error}") from error
