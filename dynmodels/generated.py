"""Generated modules by name: ``importlib.import_module("dynmodels.generated.d" + models.digest)``.

Whoever records a class as ``module.Class`` finds it again in any process that reaches the same store: the default one.
A module that an import has loaded stays until the process ends; one that a call had made before goes with its classes.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Final

from dynmodels.api import restore_by_digest
from dynmodels.errors import DynmodelsError
from dynmodels.module import NAMESPACE, pin
from dynmodels.store import is_digest, store_of

#: What makes this module a package: its modules are in no folder, but ``_Finder`` finds them.
__path__: Final[list[str]] = []


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        # While older classes live, those of a later build are in a module with a number; elsewhere there is but one.
        digest, _, number = fullname.removeprefix(f"{NAMESPACE}.d").partition("_")
        if not is_digest(digest) or (number and not number.isdecimal()):
            return None
        store = store_of(None)
        if store is None or not store.has(digest):
            return None
        return importlib.machinery.ModuleSpec(fullname, _Loader(digest))


class _Loader(importlib.abc.Loader):
    def __init__(self, digest: str) -> None:
        self.digest = digest

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        try:
            models = restore_by_digest(self.digest)
        except DynmodelsError as error:  # also that of a build which another thread had begun
            raise ImportError(f"{spec.name} cannot be imported: {error}", name=spec.name) from error
        return pin(models.module.__name__)

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: the module has run."""


sys.meta_path.append(_Finder())
