"""The documents that the contestants build, and the instances that their classes judge."""

from __future__ import annotations

import gzip
import json
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
DATA: Final = HERE / "data"

#: Real schemas, which are no part of the project.
CORPUS: Final = Path(os.environ.get("DYNMODELS_CORPUS", HERE.parents[1] / "shared" / "corpus"))
MASKBENCH: Final = CORPUS / "maskbench-dev.jsonl.gz"
GITHUB: Final = CORPUS / "github-api.json.gz"

#: The schema nearest to 100 kB of those in the corpus: the release tool's configuration file.
LARGE: Final = "JsonSchemaStore---jreleaser-1.7.0"


@dataclass(frozen=True)
class Document:
    """A document to build.

    Attributes:
        name: What the tables call it.
        content: The document.
        root: The name of the class that the document as a whole describes; None for OpenAPI.
        instance: A file with a valid instance, JSON.
        file: A file with the document.
        written: The module in which a person wrote the classes.
    """

    name: str
    content: dict[str, Any]
    root: str | None
    file: Path | None = None
    instance: Path | None = None
    written: Path | None = None

    def variant(self, number: int) -> dict[str, Any]:
        """Give a document that no cache has seen, and that describes the same classes."""
        if self.is_openapi:
            return {**self.content, "info": {**self.content["info"], "description": f"Number {number}"}}
        return {"$comment": f"Number {number}", **self.content}

    @property
    def is_openapi(self) -> bool:
        """Whether it is an OpenAPI description, which most contestants don't take."""
        return "openapi" in self.content

    @cached_property
    def bytes(self) -> int:
        """How large it is as JSON, in bytes."""
        return len(json.dumps(self.content).encode())


def lamp() -> Document:
    """Three fields: the smallest schema that people build."""
    return _ours("3 fields", "lamp", "Lamp", DATA / "lamp.schema.json", DATA / "lamp.json")


def tool() -> Document:
    """A tool's arguments, as MCP servers and function-calling models declare them: a model, a nested one, two enums."""
    schema, instance = DATA / "search-issues.schema.json", DATA / "search-issues.json"
    return _ours("MCP tool", "search_issues", "SearchIssues", schema, instance)


def order() -> Document:
    """A web shop's order: five models, two enums, recursion."""
    data = HERE.parent / "tests" / "data"
    return _ours("order", "order", "Order", data / "order.schema.json", DATA / "order.json")


def _ours(name: str, module: str, root: str, file: Path, instance: Path) -> Document:
    return Document(name, json.loads(file.read_text()), root, file, instance, HERE / "written" / f"{module}.py")


def catalogue(classes: int) -> Document:
    """Give a schema of so many classes of one shape, each with six fields, one of them of another class."""

    def item(number: int) -> dict[str, Any]:
        properties: dict[str, Any] = {
            "name": {"type": "string", "maxLength": 80},
            "price": {"type": "number", "minimum": 0},
            "stock": {"type": "integer", "minimum": 0, "default": 0},
            "tags": {"type": "array", "items": {"type": "string"}},
            "added": {"type": "string", "format": "date"},
        }
        if number:
            properties["part_of"] = {"$ref": f"#/$defs/Item{number // 10}"}
        return {"type": "object", "required": ["name", "price"], "properties": properties}

    definitions = {f"Item{number}": item(number) for number in range(classes - 1)}
    content = {
        "title": "Catalogue",
        "type": "object",
        "properties": {name.lower(): {"$ref": f"#/$defs/{name}"} for name in definitions},
        "$defs": definitions,
    }
    return Document(f"{classes:,} classes", content, "Catalogue")


#: How many of ``components`` hang together.
BLOCK: Final = 5


def components(count: int) -> Document:
    """Give an OpenAPI description of so many components of one shape, three classes each.

    Each is a model of eight fields, with a model of its own inside, and an enum. It refers to earlier ones of its
    block, so that the last of each block needs the same number of others, however many there are in all.
    """

    def schema(number: int) -> dict[str, Any]:
        location = {
            "type": "object",
            "required": ["street"],
            "properties": {
                "street": {"type": "string"},
                "floor": {"type": "integer"},
                f"room_{number}": {"type": "string"},
            },
        }
        properties: dict[str, Any] = {
            "name": {"type": "string", "maxLength": 80, "description": f"What item {number} is called."},
            "price": {"type": "number", "minimum": 0},
            "stock": {"type": "integer", "minimum": 0, "default": 0},
            "tags": {"type": "array", "items": {"type": "string"}},
            f"state_of_{number}": {"type": "string", "enum": ["new", "sold", f"kept_{number}"]},
            f"location_of_{number}": location,
        }
        if number % BLOCK:
            properties["part_of"] = {"$ref": component(number - 1)}
            properties["like"] = {"type": "array", "items": {"$ref": component(number - number % BLOCK)}}
        return {"type": "object", "required": ["name", "price"], "properties": properties}

    content = {
        "openapi": "3.0.3",
        "info": {"title": "Items", "version": "1"},
        "paths": {},
        "components": {"schemas": {f"item-{number}": schema(number) for number in range(count)}},
    }
    return Document(f"{count:,} components", content, None)


def middle(count: int) -> str:
    """Give the JSON Pointer of one of so many ``components``, from the middle, which needs all others of its block."""
    return component(count // 2 - count // 2 % BLOCK + BLOCK - 1)


def component(number: int) -> str:
    """Give the JSON Pointer of one of ``components``."""
    return f"#/components/schemas/item-{number}"


@dataclass(frozen=True)
class Real:
    """A schema of the corpus with instances, and whether each is valid."""

    name: str
    schema: dict[str, Any]
    instances: tuple[Any, ...]
    valid: tuple[bool, ...]


def real() -> Iterator[Real]:
    """Give the schemas of the corpus.

    Raises:
        FileNotFoundError: There is no corpus.
    """
    with gzip.open(MASKBENCH) as lines:
        for line in lines:
            record = json.loads(line)
            tests = record["tests"]
            yield Real(
                record["name"],
                record["schema"],
                tuple(test["data"] for test in tests),
                tuple(test["valid"] for test in tests),
            )


def large() -> Document:
    """Give a real schema of 100 kB.

    Raises:
        FileNotFoundError: There is no corpus.
    """
    schema = next(case.schema for case in real() if case.name == LARGE)
    return Document("100 kB", schema, "JReleaserModel")


def tools(count: int) -> list[Document]:
    """Give real tool schemas; where the corpus has fewer, they come again under other titles.

    Raises:
        FileNotFoundError: There is no corpus.
    """
    found = [case.schema for case in real() if case.name.startswith(("Glaiveai2K", "BFCL", "MCPspec"))]
    return [
        Document(f"tool {number}", {**found[number % len(found)], "title": f"Tool{number}"}, f"Tool{number}")
        for number in range(count)
    ]


def made_up_tools(count: int) -> list[Document]:
    """Give so many tools with three to twelve parameters of all kinds; the same ones each time."""
    draw = random.Random(500)  # noqa: S311 (no secrets are made here)
    return [
        Document(
            f"tool {number}", {"title": f"Tool{number}", **_parameters(draw, draw.randint(3, 12))}, f"Tool{number}"
        )
        for number in range(count)
    ]


_THINGS: Final = ("user", "order", "file", "issue", "page", "message", "branch", "invoice")
_TRAITS: Final = ("id", "name", "created_at", "size", "kind", "filter", "tags", "owner")


def _parameters(draw: random.Random, count: int, depth: int = 0) -> dict[str, Any]:
    names = draw.sample([f"{thing}_{trait}" for thing in _THINGS for trait in _TRAITS], count)
    properties = {name: {**_parameter(draw, depth), "description": _sentence(draw, name)} for name in names}
    return {"type": "object", "required": names[: (count + 1) // 2], "properties": properties}


def _parameter(draw: random.Random, depth: int) -> dict[str, Any]:
    kinds: list[Callable[[], dict[str, Any]]] = [
        lambda: {"type": "string"},
        lambda: {"type": "string", "maxLength": draw.choice((64, 255))},
        lambda: {"type": "string", "format": draw.choice(("date-time", "uri", "uuid"))},
        lambda: {"type": "integer", "minimum": 0, "maximum": draw.choice((100, 1_000)), "default": 10},
        lambda: {"type": "number"},
        lambda: {"type": "boolean", "default": False},
        lambda: {"type": "string", "enum": draw.sample(("open", "closed", "all", "draft", "merged"), 3)},
        lambda: {"type": "array", "items": {"type": "string"}},
        lambda: {"type": "array", "items": _parameters(draw, draw.randint(2, 4), depth + 1)},
        lambda: _parameters(draw, draw.randint(2, 4), depth + 1),
    ]
    weights = (6, 3, 2, 4, 1, 3, 3, 2, *((0, 0) if depth else (1, 1)))
    return draw.choices(kinds, weights)[0]()


def _sentence(draw: random.Random, name: str) -> str:
    words = ("the", "of", "to", "only", "that", "are", "returned", "matching", "when", "optional", *_THINGS)
    return f"{name.replace('_', ' ').capitalize()}: {' '.join(draw.choices(words, k=draw.randint(4, 14)))}."


#: A class of GitHub's, of which there is an instance.
GITHUB_CLASS: Final = "SimpleUser"
GITHUB_INSTANCE: Final = DATA / "github-simple-user.json"


def github() -> Document:
    """Give GitHub's description of its REST interface: OpenAPI 3, 13 MB.

    Raises:
        FileNotFoundError: There is no corpus.
    """
    with gzip.open(GITHUB) as file:
        return Document("GitHub 13 MB", json.load(file), None)


#: The class of a repository, with all that GitHub tells of it.
REPOSITORY: Final = "full-repository"


def repository() -> tuple[dict[str, Any], dict[str, Any]]:
    """Give GitHub's schema of a repository as an OpenAPI document, with all that it refers to, and GitHub's example.

    Raises:
        FileNotFoundError: There is no corpus.
    """
    content = github().content
    schemas = content["components"]["schemas"]
    needed, waiting = {REPOSITORY}, [schemas[REPOSITORY]]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            name = str(node.get("$ref", "")).rpartition("/")[2]
            if name in schemas and name not in needed:
                needed.add(name)
                waiting.append(schemas[name])
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
    document = {
        "openapi": content["openapi"],
        "info": content["info"],
        "paths": {},
        "components": {"schemas": {name: schema for name, schema in schemas.items() if name in needed}},
    }
    example = content["components"]["examples"][REPOSITORY]["value"]
    for each in (example, example["template_repository"], example["parent"], example["source"]):
        each |= {"language": "C", "has_discussions": True}  # GitHub's own example lacks what its schema demands
    return document, example
