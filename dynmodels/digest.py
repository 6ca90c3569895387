"""Digests: what makes two calls ask for the same classes."""

from __future__ import annotations

import hashlib
import marshal
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from enum import Enum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from dynmodels.version import __version__

#: Raised by hand whenever dynmodels makes other classes from the same source.
FORMAT: Final = 5

#: What shapes the classes beside the document and the options.
_PYTHON: Final = f"{sys.implementation.name}-{sys.version_info.major}.{sys.version_info.minor}"


class Request(NamedTuple):
    """A call as the caller spelt it.

    Attributes:
        key: Equal keys mean equal arguments; None where an argument has no stable content, such as a function, or a
            mapping that is no dict.
        size: The size of the document in bytes, roughly; 0 where there is no key.
    """

    key: bytes | None
    size: int


def request_of(content: object, settings: Mapping[str, Any], *mode: object) -> Request:
    """Name a call by its arguments as they stand, in a few microseconds, without the generator.

    The key is exact but not canonical: one digest may have several (a mapping and its JSON text, an option left out
    and the same option at its default). The way from a key to the digest is kept with the cached classes.

    Args:
        content: The document as the caller gave it: mapping, boolean, text or bytes.
        settings: The options as the caller gave them.
        mode: Whatever else distinguishes the call.
    """
    try:
        if isinstance(content, Mapping):
            from dynmodels.mapping import hash_of  # here, as text needs none of it

            hashed, size = hash_of(content)
        else:
            kind, data = type(content).__name__, _data(content)
            hashed, size = _hash(kind.encode() + data), len(data)
        return Request(_hash(hashed + marshal.dumps((stable(settings), stable(mode)), 2)), size)
    except (ValueError, TypeError, RecursionError):
        return Request(None, 0)


def _data(content: object) -> bytes:
    if isinstance(content, str):
        return str.encode(content, "utf-8", "surrogatepass")
    return content if isinstance(content, bytes) else repr(content).encode()


def _hash(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()


def digest_of(
    packed: bytes, name: str, files: Mapping[str, str], settings: Mapping[str, Any], trust: object, *versions: str
) -> str | None:
    """Digest a document and everything that shapes its classes, as 32 hexadecimal digits.

    Args:
        packed: The document's exact bytes (``schema.Document.packed``).
        name: The name of the document's own file, which counts where there are others.
        files: The files that it refers to.
        settings: The generator's options. Those that differ from their defaults give the digest; as the caller gave
            them, they give a name of the call, of which one digest may have several.
        trust: What the document may ask for, where that is not the default; else None.
        versions: The versions of the packages that make the classes.

    Returns:
        The digest; None where an option has no stable content.
    """
    try:
        # Format 2 is without references, which would depend on who else holds an object.
        shape = marshal.dumps(
            (
                FORMAT,
                _PYTHON,
                stable(versions),
                stable(settings),
                name if files else None,
                stable(files),
                stable(trust),
            ),
            2,
        )
    except (ValueError, TypeError):
        return None
    total = hashlib.blake2b(len(shape).to_bytes(8, "big") + shape, digest_size=16)
    total.update(packed)
    return total.hexdigest()


def digest_of_portion(digest: str, targets: Iterable[str]) -> str:
    """Digest what was asked for of a document, as 32 hexadecimal digits: what it gave is stored by that."""
    return _hash(marshal.dumps((digest, sorted(set(targets))), 2)).hex()


@cache
def installed() -> Mapping[str, str]:
    """Give the versions of the packages that make the classes, without loading the generator; empty for unknown."""
    from pydantic import VERSION

    generator = _version_in_source("datamodel_code_generator") or _version_in_metadata("datamodel-code-generator")
    return MappingProxyType(
        {"dynmodels": __version__, "datamodel-code-generator": generator, "pydantic": VERSION, "python": _PYTHON}
    )


def _version_in_source(package: str) -> str:
    """Read the file where many packages keep their version; empty where it is not there."""
    from importlib.util import find_spec

    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return ""
    try:
        lines = Path(spec.origin).with_name("_version.py").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return ""
    written = (line.partition("=") for line in lines)
    return next((value.strip().strip("\"'") for name, _, value in written if name.strip() == "__version__"), "")


def _version_in_metadata(distribution: str) -> str:
    """Ask the installer's records, which takes some milliseconds; empty for a program frozen into one file."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


def unshared() -> str:
    """Make up a digest for classes that cannot be found again, because what they came from has no stable content."""
    return os.urandom(16).hex()


def stable(value: Any) -> Any:
    """Write an option's value in plain types, the same for every spelling of it.

    An enum member counts as its value, and the order of a set does not matter; the order of a mapping does.

    Raises:
        TypeError: The value has no content of its own, such as a function, or a path, whose file may change.
    """
    if value is None or type(value) in {bool, int, float, str, bytes}:
        return value
    write = next((writer for kinds, writer in _WRITERS if isinstance(value, kinds)), None)
    if write is None:
        raise TypeError(f"{type(value).__name__} has no stable content")
    return write(value)


_WRITERS: Final[tuple[tuple[type[Any], Callable[[Any], Any]], ...]] = (
    (Enum, lambda member: stable(member.value)),
    (str, str.__str__),
    (Mapping, lambda mapping: ("mapping", [(stable(key), stable(item)) for key, item in mapping.items()])),
    (Set, lambda items: ("set", sorted(map(stable, items), key=repr))),
    (Sequence, lambda items: [stable(item) for item in items]),
)
