"""Checking: what is wrong with an instance, and with blocks of NDJSON, line by line."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from pydantic import TypeAdapter, ValidationError

from dynmodels.collect import DynamicModels
from dynmodels.data import BYTE_ORDER_MARK, Instance
from dynmodels.errors import OptionsError
from dynmodels.text import UnreadableError

#: The type of a fault of data that is no JSON, YAML or compressed data at all.
UNREADABLE: Final = "unreadable"

#: pydantic's type of an error of text that is no JSON.
NO_JSON: Final = "json_invalid"

#: Names of classes that a message lists.
_LISTED: Final = 20


class Fault(NamedTuple):
    """One thing that is wrong with an instance.

    Attributes:
        path: Where, as a JSON Pointer into the instance.
        message: What is wrong, in a sentence.
        type: pydantic's name for errors of this kind, or "unreadable".
    """

    path: str
    message: str
    type: str


@dataclass(frozen=True)
class Checked:
    """What became of lines that stand one after the other.

    Attributes:
        lines: How many there are, empty ones too.
        valid: How many are valid.
        invalid: How many are not.
        packed: The invalid ones, so that many of them take little memory, here and on their way between processes.
    """

    lines: int
    valid: int
    invalid: int
    packed: bytes

    def faults(self) -> Iterator[tuple[int, tuple[Fault, ...]]]:
        """Give the number of each invalid line, counted from 1 here, and what is wrong with it; one at a time."""
        if not self.packed:
            return
        with gzip.open(io.BytesIO(self.packed)) as lines:
            for line in lines:
                number, faults = json.loads(line)
                yield number, tuple(Fault(*fault) for fault in faults)


class _Packer:
    def __init__(self) -> None:
        self.count = 0
        self._buffer = io.BytesIO()
        self._stream: gzip.GzipFile | None = None

    def add(self, number: int, faults: Iterable[Fault]) -> None:
        if self._stream is None:
            self._stream = gzip.GzipFile(fileobj=self._buffer, mode="wb", compresslevel=1, mtime=0)
        self.count += 1
        self._stream.write(json.dumps([number, list(faults)]).encode() + b"\n")

    def packed(self) -> bytes:
        if self._stream is not None:
            self._stream.close()
        return self._buffer.getvalue()


def check(adapter: TypeAdapter[Any], blocks: Iterable[bytes], *, begins_file: bool) -> Checked:
    r"""Judge blocks of whole lines, each of which ends with ``\n`` or with the data.

    Empty lines are counted, and neither valid nor invalid. Where the blocks cannot be read to their end, the rest is
    one invalid line.

    Args:
        adapter: What the lines are to be.
        blocks: The lines, in order.
        begins_file: Whether a byte order mark may stand before the first.
    """
    validate = adapter.validator.validate_json
    number = valid = 0
    packer = _Packer()
    try:
        for block in blocks:
            text = block.removeprefix(BYTE_ORDER_MARK) if begins_file and not number else block
            for line in io.BytesIO(text):
                number += 1
                if line.isspace():
                    continue
                try:
                    validate(line)
                except ValidationError as error:
                    packer.add(number, (fault for _, fault in _told(adapter, error, Instance(line, number))))
                else:
                    valid += 1
    except UnreadableError as error:
        number += 1
        packer.add(number, [_unreadable(str(error))])
    return Checked(number, valid, packer.count, packer.packed())


def faults_of(adapter: TypeAdapter[Any], instance: Instance) -> list[tuple[int, Fault]]:
    """List what is wrong with an instance, each with its line."""
    if instance.fault is not None:
        return [(instance.line, _unreadable(instance.fault))]
    try:
        adapter.validator.validate_json(instance.json)
    except ValidationError as error:
        return list(_told(adapter, error, instance))
    return []


def _unreadable(reason: str) -> Fault:
    return Fault("", reason, UNREADABLE)


def _told(adapter: TypeAdapter[Any], error: ValidationError, instance: Instance) -> Iterator[tuple[int, Fault]]:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    line = instance.json.rstrip(b"\r\n")
    if found[0]["type"] == NO_JSON and not instance.spans_lines and len(line) < len(instance.json):
        # Without its end, behind which what is broken off would be said to be. Only here, as others need no copy.
        yield from faults_of(adapter, replace(instance, json=line))
        return
    for fault in found:
        path = instance.pointer_of(fault["loc"], is_missing=fault["type"] == "missing")
        yield instance.line_of(fault["loc"]), Fault(path, fault["msg"], fault["type"])


def target_of(models: DynamicModels, class_name: str | None) -> Any:
    """Give the type that data is checked against: the named class, else what the document as a whole describes.

    Raises:
        OptionsError: The document describes no data as a whole.
        UnknownModelError: There is no such class.
    """
    if class_name is not None:
        return models[class_name]
    if models.root is None:
        listed = ", ".join(sorted(models)[:_LISTED]) or "none"
        more = f" and {len(models) - _LISTED} more" if len(models) > _LISTED else ""
        raise OptionsError(
            "the document describes no data as a whole",
            hint=f"Choose one of its classes, with class_name or --class: {listed}{more}.",
        )
    return models.root
