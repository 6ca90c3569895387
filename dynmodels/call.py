"""Calls: what one call asks for beside the document, as the caller said it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from dynmodels.digest import Request, digest_of, installed, request_of
from dynmodels.limits import DEFAULT_LIMITS, Limits
from dynmodels.schema import Document
from dynmodels.store import Store, store_of


@dataclass(frozen=True)
class Call:
    """The generator's options, and our own, checked.

    Attributes:
        settings: The generator's options.
        module_name: The name that the classes' module is to have.
        folder: The folder that debug mode writes to; None where it is off.
        allow_imports: Modules that the schema may name.
        ref_base: The folder below which ``$ref``s may name files.
        limits: How much the document may hold, and its rendering take.
        isolate: Whether to render in another process.
        place: Where classes are stored: a folder, yes, no, or None for the default.
    """

    settings: Mapping[str, Any]
    module_name: str | None = None
    folder: str | None = None
    allow_imports: tuple[str, ...] = ()
    ref_base: Path | None = None
    limits: Limits = DEFAULT_LIMITS
    isolate: bool = False
    place: Path | bool | None = None

    @property
    def mode(self) -> tuple[str | None, str | None]:
        """What one digest may be built in several ways by."""
        return self.module_name, self.folder

    @property
    def trust(self) -> tuple[Any, ...] | None:
        """What the document may ask for, where that is not the default."""
        if self.allow_imports or self.limits != DEFAULT_LIMITS:
            return self.allow_imports, astuple(self.limits)
        return None

    @property
    def kind(self) -> str | None:
        """The ``input_file_type``, which the generator has not looked at yet."""
        given = self.settings.get("input_file_type")
        named = given.value if isinstance(given, Enum) else given
        return named if isinstance(named, str) else None

    @property
    def encoding(self) -> str | None:
        """The ``encoding``, which the generator has not looked at yet."""
        given = self.settings.get("encoding")
        return given if isinstance(given, str) else None

    @property
    def store(self) -> Store | None:
        """Where its classes are stored. Debug mode is there to see the generator at work."""
        known = installed()["datamodel-code-generator"]
        return store_of(self.place) if self.folder is None and known else None

    def request(self, content: object) -> Request:
        """Name the call by its arguments."""
        base = None if self.ref_base is None else str(self.ref_base)
        return request_of(content, self.settings, *self.mode, self.trust, base)

    def name_of(self, document: Document) -> str | None:
        """Name what the call and the document ask for, without the generator; None where that has no stable content.

        One digest has as many of these names as there are spellings of its options.
        """
        return self._digest(document, self.settings)

    def digest_of(self, document: Document, settings: Mapping[str, Any]) -> str | None:
        """Digest what the call and the document ask for, by the options that differ from their defaults."""
        return self._digest(document, settings)

    def _digest(self, document: Document, settings: Mapping[str, Any]) -> str | None:
        if not document.complete:
            return None
        return digest_of(document.packed, document.name, document.files, settings, self.trust, *installed().values())
