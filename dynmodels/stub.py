"""Stubs: what editors and type checkers read of generated classes (PEP 484, stub files)."""

from __future__ import annotations

import keyword
import re
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, RootModel
from pydantic.fields import FieldInfo

from dynmodels.annotations import own_fields, reached, written
from dynmodels.digest import installed
from dynmodels.errors import StubError

if TYPE_CHECKING:
    from dynmodels.collect import DynamicModels

#: What a stub's first line begins with; a file that begins otherwise is somebody's own.
MARK: Final = "# A stub of dynmodels, to be written anew by: "

_HEADER: Final = re.compile(
    rf"{MARK}(?P<command>[^\n]*)\n# digest: (?P<digest>\w+)\n# versions: (?P<versions>[^\n]*)\n(?P<body>.*)", re.DOTALL
)


def stub(models: DynamicModels, command: Sequence[str]) -> str:
    """Declare classes, for type checkers: their bases, fields and members.

    Args:
        models: The classes.
        command: The command that writes the stub, which is to stand in it.

    Returns:
        The text of the stub. Its header names the digest, the versions that it was made with, and the command.
    """
    told = re.sub(r"\s+", " ", shlex.join(command))
    return f"{MARK}{told}\n# digest: {models.digest}\n# versions: {_versions()}\n{_Writing(models).text()}"


def check_stub(models: DynamicModels, file: Path) -> None:
    """See that a stub tells of these classes.

    It does if it has their digest. With other versions of the packages, the digest is another one in any case; then it
    does if it declares the same.

    Args:
        models: The classes.
        file: The stub.

    Raises:
        StubError: It tells of other classes, or cannot be read.
    """
    if not isinstance(file, Path):
        raise StubError(f"a stub is named by a pathlib.Path, not by {file!r:.80}")
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise StubError(f"the stub {str(file)!r} cannot be read: {error}") from error
    header = _HEADER.fullmatch(text)
    if header is None:
        raise StubError(f"{str(file)!r} is no stub of dynmodels", hint="dynmodels stub SCHEMA -o FILE.pyi writes one.")
    if header["digest"] == models.digest:
        return
    if header["versions"] != _versions() and header["body"] == _Writing(models).text():
        return
    raise StubError(
        f"the stub {str(file)!r} is of other classes: it has the digest {header['digest']}, and these have "
        f"{models.digest}",
        hint=f"Write it anew: {header['command']}",
    )


def write_stub(text: str, file: Path) -> None:
    """Write a stub in one step: whoever reads the file meanwhile finds the old one or the new one.

    Args:
        text: The stub.
        file: Where to. A file that is no stub is left alone.

    Raises:
        StubError: It cannot be written, or the file is something else.
    """
    from dynmodels.debug import write_in_one_step

    try:
        before = file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
        is_ours = not before or before.startswith(MARK)
        if is_ours:
            write_in_one_step(file, text)
    except (OSError, ValueError) as error:
        raise StubError(f"the stub {str(file)!r} cannot be written: {error}") from error
    if not is_ours:
        raise StubError(f"{str(file)!r} is no stub of dynmodels, and is left as it is", hint="Name another file.")


def _versions() -> str:
    return ", ".join(f"{name} {version}" for name, version in installed().items())


class _Writing:
    """Writes the declarations of classes.

    Args:
        models: The classes, by name.
    """

    def __init__(self, models: Mapping[str, type[Any]]) -> None:
        named = {cls: name for name, cls in reversed(list(models.items()))}
        self._classes: dict[type, str] = {}
        for cls in reached(models.values(), self._is_generated):
            name = named.get(cls, cls.__name__)
            # Of two classes of one name, in several modules, a call may have given one.
            known = name in self._classes.values() or not name.isidentifier() or keyword.iskeyword(name)
            self._classes[cls] = "" if known else name
        self._modules: set[str] = {"pydantic"}

    def text(self) -> str:
        """Give all declarations, with the imports that they need."""
        classes = [part for cls, name in self._classes.items() if name for part in self._class(cls, name)]
        imports = [f"import {module} as {_alias(module)}" for module in sorted(self._modules)]
        exported = ", ".join(f'"{name}"' for name in self._classes.values() if name)
        return "\n".join([*imports, "", f"__all__ = [{exported}]", *classes, ""])

    @staticmethod
    def _is_generated(cls: type) -> bool:
        return cls.__module__.startswith("dynmodels.generated.")

    def _class(self, cls: type, name: str) -> Iterator[str]:
        yield ""
        body = list(self._members(cls) if issubclass(cls, Enum) else self._fields(cls))
        head = f"class {name}({', '.join(self._bases(cls))}):"
        yield from [head, *(f"    {line}" for line in body)] if body else [f"{head} ..."]

    def _bases(self, cls: type) -> Iterator[str]:
        for base in cls.__bases__:
            if issubclass(base, RootModel) and not self._classes.get(base):
                yield f"_pydantic.RootModel[{written(cls.model_fields['root'].annotation, self._name_of)}]"  # type: ignore[attr-defined]
            else:
                yield self._name_of(base) or "_pydantic.BaseModel"
        if issubclass(cls, BaseModel) and cls.model_config.get("frozen"):
            yield "frozen=True"

    def _members(self, cls: type[Enum]) -> Iterator[str]:
        for name, member in cls.__members__.items():
            value = member.value
            plain = value is None or type(value) in {str, int, float, bool}
            yield f"{name} = {repr(value) if plain else '...'}"

    def _fields(self, cls: type) -> Iterator[str]:
        if issubclass(cls, RootModel):
            return  # its type says it
        for name, info in own_fields(cls).items():
            yield f"{name}: {written(info.annotation, self._name_of)}{self._default(info)}"

    def _default(self, info: FieldInfo) -> str:
        """Say whether a field may be left out, and what it is called in data (PEP 681, field specifiers)."""
        alias = info.validation_alias if isinstance(info.validation_alias, str) else info.alias
        told = [] if alias is None else [f"alias={alias!r}"]
        if not info.is_required():
            # Of what type a default is, pydantic does not check.
            default = "None" if info.default is None else self._anything()
            if not told:
                return f" = {default}"
            told.insert(0, f"default={default}")
        return f" = _pydantic.Field({', '.join(told)})" if told else ""

    def _anything(self) -> str:
        self._modules.add("typing")
        return "_typing.cast(_typing.Any, None)"

    def _name_of(self, thing: Any) -> str | None:
        """Name a class or a form as the stub knows it; what nobody can import has no name."""
        if isinstance(thing, type) and thing in self._classes:
            return self._classes[thing] or None
        module, name = getattr(thing, "__module__", ""), getattr(thing, "__qualname__", "")
        if module == "__main__" or getattr(sys.modules.get(module), name, None) is not thing:
            return None
        if module == "builtins":
            return str(name)
        package = module.partition(".")[0]
        if getattr(sys.modules.get(package), name, None) is thing:
            module = package
        self._modules.add(module)
        return f"{_alias(module)}.{name}"


def _alias(module: str) -> str:
    return "_" + module.replace(".", "_")
