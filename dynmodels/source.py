"""Sources: what the caller handed in, read but not understood."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dynmodels.errors import OptionsError, SchemaError


class Source(NamedTuple):
    """What the caller handed in, read but not understood: a mapping, a boolean, text, or a file's bytes."""

    content: Mapping[str, Any] | bool | str | bytes
    path: Path | None = None

    @property
    def name(self) -> str:
        """What to call the document in messages."""
        return str(self.path) if self.path is not None else "the schema"


def read(input_: object) -> Source:
    """Take the caller's argument, reading the file where it is a path.

    Raises:
        SchemaError: The file cannot be read.
        OptionsError: ``input_`` is of a type that is no document.
    """
    match input_:
        case bool() | str() | bytes() | Mapping():
            return Source(input_)
        case bytearray() | memoryview():
            return Source(bytes(input_))
        case Path():
            try:
                return Source(input_.read_bytes(), input_)
            except (OSError, ValueError) as error:  # ValueError: a NUL in the name
                raise SchemaError(
                    f"cannot read the schema file {str(input_)!r}: {getattr(error, 'strerror', None) or error}",
                    hint="Pass the path of a readable JSON or YAML file.",
                ) from error
    raise OptionsError(
        f"a schema is a mapping, a boolean, text or a pathlib.Path, not {type(input_).__name__}",
        hint="JSON and YAML text may hold any document; a file is named by a pathlib.Path.",
    )
