"""Calls: what one call asks for beside the document, as the caller said it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import astuple
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dynmodels.digest import Request, digest_of, installed, request_of
from dynmodels.module import Identity
from dynmodels.store import Store, is_shared, store_of

if TYPE_CHECKING:
    from dynmodels.additions import Additions
    from dynmodels.limits import Limits
    from dynmodels.schema import Document


class Exactness(NamedTuple):
    """How classes are to accept exactly what the schema accepts.

    Attributes:
        formats: Whether ``format`` is checked; else it annotates.
        resources: Documents that the schema may refer to, by their URIs.
    """

    formats: bool
    resources: Mapping[str, Any]


class Call(NamedTuple):
    """The generator's options, and our own, checked.

    Attributes:
        settings: The generator's options.
        module_name: The name that the classes' module is to have.
        folder: The folder that debug mode writes to; None where it is off.
        allow_imports: Modules that the schema may name.
        ref_base: The folder below which ``$ref``s may name files.
        limits: How much the document may hold, and its rendering take; None for the default.
        isolate: Whether to render in another process.
        place: Where classes are stored: a folder, yes, no, or None for the default.
        exact: How exact the classes are; None where they are the generator's alone.
        anew: Whether the classes are to be no others' classes.
        additions: What the caller adds to the classes; None for nothing.
    """

    settings: Mapping[str, Any]
    module_name: str | None = None
    folder: str | None = None
    allow_imports: tuple[str, ...] = ()
    ref_base: Path | None = None
    limits: Limits | None = None
    isolate: bool = False
    place: Path | bool | None = None
    exact: Exactness | None = None
    anew: bool = False
    additions: Additions | None = None

    def identity(self, digest: str) -> Identity:
        """Say what the classes are known by in this process."""
        return Identity(digest, *self.mode, token=os.urandom(8).hex() if self.anew else "")

    @property
    def mode(self) -> tuple[str | None, str | None, bool]:
        """What one digest may be built in several ways by. Classes of a shared store serve only those who share it."""
        return self.module_name, self.folder, self.place is not False and is_shared()

    @property
    def trust(self) -> tuple[Any, ...] | None:
        """What the document may ask for, and what is made of it, where that is not the default."""
        if not self.allow_imports and self.limits is None and self.exact is None and self.additions is None:
            return None
        trust: tuple[Any, ...] = self.allow_imports, None if self.limits is None else astuple(self.limits)
        if self.exact is not None:
            trust = *trust, self.exact.formats, self.exact.resources
        return trust if self.additions is None else (*trust, self.additions.identity)

    @property
    def imports(self) -> frozenset[tuple[str, str]]:
        """Module and name of what the source may import for what the caller adds."""
        return frozenset() if self.additions is None else self.additions.imports

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

    def name_of_request(self, request: Request) -> str | None:
        """Name what the call asks for as it stands, before the document is looked at; None where it cannot be named."""
        return None if request.key is None else self._digest(request.key, "", {}, {}, "request")

    def name_of(self, document: Document) -> str | None:
        """Name what the call and the document ask for, without the generator; None where that has no stable content.

        One digest has as many of these names as there are spellings of its options.
        """
        return self._digest_of(document, self.settings, "document")

    def digest_of(self, document: Document, settings: Mapping[str, Any]) -> str | None:
        """Digest what the call and the document ask for, by the options that differ from their defaults."""
        return self._digest_of(document, settings)

    def _digest_of(self, document: Document, settings: Mapping[str, Any], *purpose: str) -> str | None:
        if not document.complete:
            return None
        return self._digest(document.packed, document.name, document.files, settings, *purpose)

    def _digest(
        self, data: bytes, name: str, files: Mapping[str, str], settings: Mapping[str, Any], *purpose: str
    ) -> str | None:
        return digest_of(data, name, files, settings, self.trust, *installed().values(), *purpose)
