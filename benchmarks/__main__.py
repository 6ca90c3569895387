"""Time dynmodels against the generator's own dynamic models, the two in turn, in one process."""

from __future__ import annotations

import json
import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from datamodel_code_generator import GenerateConfig, InputFileType
from datamodel_code_generator import generate_dynamic_models as generators_own
from pydantic import VERSION as PYDANTIC_VERSION

from dynmodels import generate_dynamic_models, render

ORDER = Path(__file__).parents[1] / "tests" / "data" / "order.schema.json"


def three_fields(number: int) -> dict[str, Any]:
    """The smallest schema that people build, another one for each number."""
    properties = {"name": {"type": "string"}, "size": {"type": "integer"}, "on": {"type": "boolean"}}
    return {"title": f"Lamp{number}", "type": "object", "properties": properties}


def order(number: int) -> dict[str, Any]:
    """A web shop's order: seven classes, recursion, another one for each number."""
    schema: dict[str, Any] = json.loads(ORDER.read_text())
    return {**schema, "title": f"Order{number}"}


def in_turn(ours: Callable[[int], Any], theirs: Callable[[int], Any], rounds: int) -> Iterator[tuple[float, float]]:
    """Time the two in turn, after one round that does not count; seconds of each."""
    for number in range(-1, rounds):
        started = time.perf_counter()
        ours(number)
        between = time.perf_counter()
        theirs(number)
        ended = time.perf_counter()
        if number >= 0:
            yield between - started, ended - between


def main() -> None:
    """Print a table of medians, and of the medians of the ratios round by round."""
    warnings.simplefilter("ignore")  # the generator's own remarks
    config = GenerateConfig(input_file_type=InputFileType.JsonSchema, formatters=[])
    held = order(0)
    cases: list[tuple[str, Callable[[int], Any], Callable[[int], Any], int]] = [
        (
            "cold, 3 fields",
            lambda number: generate_dynamic_models(three_fields(number)),
            lambda number: generators_own(three_fields(number), config=config),
            200,
        ),
        (
            "cold, order",
            lambda number: generate_dynamic_models(order(number)),
            lambda number: generators_own(order(number), config=config),
            100,
        ),
        ("hit, order", lambda _: generate_dynamic_models(held), lambda _: generators_own(held, config=config), 5_000),
    ]
    print(f"datamodel-code-generator {render.GENERATOR_VERSION} without formatters, pydantic {PYDANTIC_VERSION}")
    print(f"{'':<16}{'dynmodels':>12}{'the generator':>16}{'ratio':>8}   (medians; ms)")
    for name, ours, theirs, rounds in cases:
        pairs = list(in_turn(ours, theirs, rounds))
        mine, its = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratio = statistics.median(ours / theirs for ours, theirs in pairs)
        print(f"{name:<16}{1000 * mine:>12.3f}{1000 * its:>16.3f}{ratio:>8.2f}")


if __name__ == "__main__":
    main()
