"""What atheris runs: ``python -m tests.fuzz.guard_target [libFuzzer's options] FOLDER``.

Any bytes, as source: the guard lets it pass or refuses it, and raises nothing else. What passes is compiled and looked
at by other means than the guard's: it imports what is on the list and nothing else.
"""

from __future__ import annotations

import ast
import builtins
import sys
import warnings

import atheris

with atheris.instrument_imports(include=["dynmodels.guard", "dynmodels.permit"]):
    from dynmodels.guard import Guard

from dynmodels.errors import UnsafeSchemaError
from dynmodels.grammar import BUILTINS, IMPORTS
from dynmodels.permit import Permit


def look(data: bytes) -> None:
    """Let the guard look at some source."""
    text = data.decode("utf-8", "replace")
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    try:
        guard = Guard(text, Permit())
        guard.check(tree)
        guard.finish()
    except UnsafeSchemaError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level:
            allowed = IMPORTS.get(node.module or "", frozenset())
            assert all(alias.name in allowed for alias in node.names), text
        forbidden = ast.Import | ast.Global | ast.Await | ast.Yield | ast.While | ast.For | ast.With | ast.Try
        assert not isinstance(node, forbidden | ast.AsyncFunctionDef | ast.FunctionDef | ast.Delete), text
        if isinstance(node, ast.Call):
            assert isinstance(node.func, ast.Name | ast.Attribute), text
            if isinstance(node.func, ast.Attribute):
                assert node.func.attr in {"model_validate", "model_rebuild"}, text
            else:
                assert node.func.id not in vars(builtins) or node.func.id in BUILTINS, text


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    atheris.Setup(sys.argv, look)
    atheris.Fuzz()
