"""The processes below this one, as Linux tells of them."""

from __future__ import annotations

import os
from pathlib import Path


def below(ancestor: int | None = None) -> list[int]:
    """Give the processes that a process has started, and those that they have."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended meanwhile
        parents[int(folder.name)] = int(fields[1])
    found = {ancestor or os.getpid()}
    while more := {each for each, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found - {ancestor or os.getpid()})


def called(name: bytes) -> list[int]:
    """Give the processes below this one whose command line begins with a name."""
    return [each for each in below() if _read(each, "cmdline").startswith(name)]


def peak_megabytes(process: int) -> float:
    """Give the most memory that a process has had at a time."""
    for line in _read(process, "status").splitlines():
        if line.startswith(b"VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def forget_peak() -> None:
    """Let the peak of this process be what it has now."""
    Path("/proc/self/clear_refs").write_text("5")


def _read(process: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{process}/{name}").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
