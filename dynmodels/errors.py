"""The exceptions of dynmodels: each says what was wrong, where, and what to do."""

from __future__ import annotations

from typing import Any


class DynmodelsError(Exception):
    """Base of every error that dynmodels raises about a schema, an option or a generated module.

    Attributes:
        message: What was wrong, in a sentence.
        pointer: JSON Pointer (RFC 6901, as a URI fragment) of the place in the schema, where it is known.
        line: Line of the generated source, counted from 1, where it is known.
        excerpt: That line and its neighbours.
        hint: What to do about it.
    """

    def __init__(
        self,
        message: str,
        *,
        pointer: str | None = None,
        line: int | None = None,
        excerpt: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.pointer = pointer
        self.line = line
        self.excerpt = excerpt
        self.hint = hint

    def __str__(self) -> str:
        parts = [self.message]
        if self.pointer is not None:
            parts.append(f"  at {self.pointer} in the schema")
        if self.line is not None:
            parts.append(f"  at line {self.line} of the generated source")
        if self.excerpt:
            parts.append(self.excerpt)
        if self.hint:
            parts.append(f"  {self.hint}")
        # A surrogate in a schema's own text must not make the message unprintable.
        return "\n".join(parts).encode("utf-8", "backslashreplace").decode("utf-8")

    def __reduce__(self) -> tuple[Any, ...]:
        # The default would call the class with the message alone and lose the keyword-only fields.
        fields = {name: value for name, value in vars(self).items() if not name.startswith("__")}
        return _restore, (type(self), self.message, fields)


def _restore(kind: type[DynmodelsError], message: str, fields: dict[str, Any]) -> DynmodelsError:
    error = kind(message)
    vars(error).update(fields)
    return error


class SchemaError(DynmodelsError, ValueError):
    """The document is no schema that can be read: not JSON or YAML, invalid, unresolvable, or of an unknown kind."""


class UnsafeSchemaError(SchemaError):
    """The document asks for something that a schema may not have, such as a file of this machine."""


class OptionsError(DynmodelsError, TypeError, ValueError):
    """The arguments of the call contradict each other, are unknown, or have values of the wrong kind."""


class GenerationError(DynmodelsError, ValueError):
    """datamodel-code-generator could not render the document; its own error is the ``__cause__``."""


class ModelBuildError(DynmodelsError, TypeError):
    """The generated source did not compile, or pydantic could not build a class from it."""


class UnknownModelError(DynmodelsError, KeyError):
    """No generated class has the name that was asked for."""

    def __str__(self) -> str:
        # KeyError would show the repr of the message.
        return DynmodelsError.__str__(self)


class StoreError(DynmodelsError, OSError):
    """The store cannot be listed, filled or cleared as the caller asked. Builds never raise it: they go on without."""

    def __str__(self) -> str:
        # OSError would show its first argument alone.
        return DynmodelsError.__str__(self)


class StubError(DynmodelsError, ValueError):
    """A stub tells of other classes, or cannot be read or written."""


class DataError(DynmodelsError, OSError):
    """A file of data cannot be read, or that of the invalid lines not be written."""

    def __str__(self) -> str:
        return DynmodelsError.__str__(self)


class EngineError(DynmodelsError, RuntimeError):
    """The processes that judge data cannot be reached, cannot judge, or end again and again."""


def excerpt(source: str, line: int, around: int = 2) -> str:
    """The line and its neighbours, numbered, with a mark at the line."""
    lines = source.split("\n")
    shown = range(max(1, line - around), min(len(lines), line + around) + 1)
    return "\n".join(f"{'>' if number == line else ' '} {number:>5} | {lines[number - 1]:.160}" for number in shown)
