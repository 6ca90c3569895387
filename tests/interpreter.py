"""A fresh interpreter: what has crossed is looked at in a process that shares nothing with this one."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

_PROGRAM: Final = """
import importlib, json, pickle, sys, types
folder, module, name, arguments = pickle.load(sys.stdin.buffer)
# Some distributions install a package of that name, too.
sys.modules["tests"] = types.ModuleType("tests")
sys.modules["tests"].__path__ = [folder]
print(json.dumps(getattr(importlib.import_module(module), name)(*arguments)))
"""


def in_fresh_interpreter(work: Callable[..., Any], *arguments: Any, **environment: str) -> Any:
    """Call a function in a process that has imported nothing but the function's module, and reaches no store.

    Args:
        work: A function that can be imported by its name, and gives JSON data.
        arguments: Plain data for it.
        environment: Variables to set, such as ``DYNMODELS_CACHE_DIR`` for a store after all.
    """
    call = (str(Path(__file__).parent), work.__module__, work.__qualname__, arguments)
    result = subprocess.run(  # noqa: S603
        [sys.executable, "-P", "-c", _PROGRAM],  # -P: the dynmodels that is installed, not that of the current folder
        input=pickle.dumps(call),
        env={**os.environ, "DYNMODELS_CACHE_DIR": "", **environment},
        capture_output=True,
        check=False,
        timeout=60,  # a deadlock must not keep the tests
    )
    assert result.returncode == 0, result.stderr.decode()
    return json.loads(result.stdout)
