"""The cases: schemas with instances that are known to be valid or not, from real life and from the official suite."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from benchmarks.documents import CORPUS, real

SUITE: Final = CORPUS / "json-schema-test-suite.tar.gz"

#: What the real schemas are called where the suite's are called by their draft.
REAL: Final = "MaskBench"
REQUIRED: Final = "required"
OPTIONAL: Final = "optional"

#: The drafts, with what a schema of each says in "$schema".
DRAFTS: Final = {
    "draft2020-12": "https://json-schema.org/draft/2020-12/schema",
    "draft2019-09": "https://json-schema.org/draft/2019-09/schema",
    "draft7": "http://json-schema.org/draft-07/schema#",
    "draft6": "http://json-schema.org/draft-06/schema#",
    "draft4": "http://json-schema.org/draft-04/schema#",
}

#: Where the suite's remote documents are said to be; nobody serves them, and nothing is fetched.
REMOTE: Final = "http://localhost:1234/"


@dataclass(frozen=True)
class Instance:
    """Data for a schema, and whether it is valid."""

    description: str
    data: Any
    valid: bool


@dataclass(frozen=True)
class Case:
    """A schema with its instances.

    Attributes:
        group: The draft that it is of; ``REAL`` for a real schema.
        part: ``REQUIRED`` or ``OPTIONAL``; empty for a real schema.
        file: The keyword file that it is from; for a real schema, where it was found.
        name: What its author calls it.
        schema: The schema.
        instances: The instances.
        formats: Whether "format" asserts, rather than annotates.
    """

    group: str
    part: str
    file: str
    name: str
    schema: dict[str, Any] | bool
    instances: tuple[Instance, ...]
    formats: bool


def real_cases() -> Iterator[Case]:
    """Give the real schemas.

    Raises:
        FileNotFoundError: There is no corpus.
    """
    for each in real():
        instances = tuple(
            Instance(f"instance {number}", data, valid)
            for number, (data, valid) in enumerate(zip(each.instances, each.valid, strict=True))
        )
        yield Case(REAL, "", source_of(each.name), each.name, each.schema, instances, formats=True)


def source_of(name: str) -> str:
    """Say where a real schema was found, which its name begins with."""
    source, separator, _ = name.partition("---")
    return source if separator else name.partition("_")[0]


def suite_cases() -> Iterator[Case]:
    """Give the cases of the official suite, draft by draft.

    Raises:
        FileNotFoundError: There is no corpus.
    """
    documents = dict(_members("tests"))
    for draft in DRAFTS:
        for path, content in sorted(documents.items()):
            if path.parts[0] == draft:
                yield from cases_of(path, content)


def cases_of(path: PurePosixPath, content: list[dict[str, Any]]) -> Iterator[Case]:
    """Give the cases of one file of the suite, where ``path`` begins with the draft."""
    draft, *folders = path.with_suffix("").parts
    optional = folders[0] == OPTIONAL
    file = "/".join(folders[1:] if optional else folders)
    for group in content:
        tests = tuple(Instance(test["description"], test["data"], test["valid"]) for test in group["tests"])
        yield Case(
            draft,
            OPTIONAL if optional else REQUIRED,
            file,
            group["description"],
            of_draft(group["schema"], draft),
            tests,
            formats=optional and file.startswith("format"),
        )


def of_draft(schema: Any, draft: str) -> Any:
    """Let a schema that does not name its draft say it; a boolean one cannot."""
    return {"$schema": DRAFTS[draft], **schema} if isinstance(schema, dict) and draft in DRAFTS else schema


def remotes() -> dict[str, Any]:
    """Give the documents that the suite refers to, by URI; those of other drafts than ours left out.

    A draft's folder holds documents of that draft. What is in none is of the draft of whoever refers to it.

    Raises:
        FileNotFoundError: There is no corpus.
    """
    others = ("v1", "draft3")
    return {
        REMOTE + str(path): of_draft(content, path.parts[0])
        for path, content in _members("remotes")
        if path.parts[0] not in others
    }


def _members(folder: str) -> Iterator[tuple[PurePosixPath, Any]]:
    """Give the JSON documents of a folder of the suite, by their paths in there."""
    with tarfile.open(SUITE) as archive:
        for member in archive:
            path = PurePosixPath(member.name)
            file = archive.extractfile(member) if path.suffix == ".json" else None
            if file is not None and folder in path.parts:
                yield PurePosixPath(*path.parts[path.parts.index(folder) + 1 :]), json.load(file)
