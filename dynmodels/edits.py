"""Edits: changes to source at the places where its syntax tree says that something stands."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import NamedTuple

from dynmodels.module import lines_of


class Edit(NamedTuple):
    """Text that takes the place of a stretch of source.

    Attributes:
        start: Where the stretch begins: the line, from 1, and the column, from 0 and in bytes, as ``ast`` counts.
        end: Where it ends, counted alike; ``start`` for what is put in between.
        text: What stands there then.
    """

    start: tuple[int, int]
    end: tuple[int, int]
    text: str


def place_of(node: ast.expr | ast.stmt, text: str) -> Edit:
    """Put text into the place of a node."""
    return Edit(start_of(node), end_of(node), text)


def start_of(node: ast.expr | ast.stmt | ast.keyword) -> tuple[int, int]:
    """Say where a parsed node begins."""
    return node.lineno, node.col_offset


def end_of(node: ast.expr | ast.stmt) -> tuple[int, int]:
    """Say where a parsed node ends."""
    return node.end_lineno or node.lineno, node.end_col_offset or node.col_offset


def edited(source: str, edits: Iterable[Edit]) -> str:
    """Give source with edits, which must not overlap; those of one place stand in the order given."""
    offsets, total = [], 0
    for line in lines_of(source):
        offsets.append(total)
        total += len(line.encode())
    offsets.append(total)
    data, parts, position = source.encode(), [], 0
    for start, end, text in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        first, last = offsets[start[0] - 1] + start[1], offsets[end[0] - 1] + end[1]
        parts += [data[position:first], text.encode()]
        position = last
    return b"".join([*parts, data[position:]]).decode()
