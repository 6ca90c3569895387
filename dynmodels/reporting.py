"""Reporting: what the command prints while and after it checks data."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from dynmodels.checking import Fault

#: Inputs of fewer bytes are done before a progress bar could be read.
_PROGRESS_BYTES: Final = 5 * 1024 * 1024


def report(file: str, line: int, fault: Fault, *, as_json: bool) -> None:
    """Print what is wrong on a line."""
    if as_json:
        click.echo(json.dumps({"file": file, "line": line, **fault._asdict()}))
    else:
        place = f"{fault.path}: " if fault.path else ""
        click.echo(f"{file}:{line}: {place}{fault.message}")


def summarise(counts: Counter[str], *, as_json: bool) -> None:
    """Print how much was valid, and how much was not."""
    summary = {"valid": counts["valid"], "invalid": counts["invalid"]}
    if as_json:
        click.echo(json.dumps(summary))
    else:
        click.echo(f"{summary['valid']} valid, {summary['invalid']} invalid", err=True)


@contextmanager
def progress_bar(names: Sequence[str]) -> Iterator[Callable[[int, int | None], None] | None]:
    """Show a bar on a terminal where the input is long enough for one.

    Gives the function that moves it, to so many bytes of so many (None for those of the named files); None where
    there is no bar.
    """
    sizes = {name: Path(name).stat().st_size for name in names if Path(name).is_file()}
    console = Console(stderr=True)
    is_known = len(sizes) == len(set(names))  # not standard input, patterns and addresses
    if not console.is_terminal or (is_known and sum(sizes.values()) < _PROGRESS_BYTES):
        yield None
        return
    columns = TextColumn("{task.description}"), BarColumn(), TransferSpeedColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True) as progress:
        total = sum(sizes[name] for name in names) if is_known else None
        task = progress.add_task("validating", total=total)
        yield lambda done, of: progress.update(task, completed=done, total=total if of is None else of)
