"""mypy and pyright: they understand a program that uses the interface, and refuse what is wrong in one."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("mypy", reason="nox -s ecosystem installs it")
pytest.importorskip("basedpyright", reason="nox -s ecosystem installs it")

pytestmark = pytest.mark.ecosystem

PROGRAM = Path(__file__).with_name("typed.py")

#: Each line of these is wrong by its own.
WRONG = """
generate_dynamic_models()
generate_dynamic_models(12)
generate_dynamic_models(SCHEMA, exact="yes")
generate_dynamic_models(SCHEMA, cache_size="8")
generate_dynamic_models(SCHEMA, snake_case="yes")
generate_dynamic_models(SCHEMA, snake_case_field="yes")
generate_dynamic_models(SCHEMA, class_name=12)
generate_dynamic_models(SCHEMA, base_class=12)
generate_dynamic_models(SCHEMA, formats="check")
generate_dynamic_models(SCHEMA, False)
generate_many(12)
generate_many([SCHEMA], target_model_names=["Ticket"])
generate_many([SCHEMA])[0].root
models[12]
models.root = Ticket
models.digest.root
models.nothing
make_fields_optional(12)
make_fields_optional(int)
make_fields_optional(Ticket).nothing
dynamic_models_cache_info().nothing
wrong: int = generate_dynamic_models(SCHEMA)
""".strip().splitlines()


def complaints_of_mypy(program: Path) -> dict[int, str]:
    """Lines and what mypy says of them."""
    # Not in the folder of the project, whose settings are not these.
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--cache-dir", "../mypy"]
    done = subprocess.run(  # noqa: S603
        [*command, program.name], cwd=program.parent, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    found = re.findall(r"^[^:\n]+:(\d+): error: (.*)$", done.stdout, re.MULTILINE)
    assert bool(found) == (done.returncode == 1)
    return {int(line): message for line, message in found}


def complaints_of_pyright(program: Path) -> dict[int, str]:
    """Lines and what pyright says of them."""
    settings = program.with_name("pyrightconfig.json")
    settings.write_text(json.dumps({"typeCheckingMode": "strict", "reportUnusedExpression": False}))
    command = [sys.executable, "-m", "basedpyright", "--outputjson", "--pythonpath", sys.executable]
    done = subprocess.run(  # noqa: S603
        [*command, program.name], cwd=program.parent, capture_output=True, text=True, check=False
    )
    told = json.loads(done.stdout)
    assert told["summary"]["filesAnalyzed"] == 1
    found = [each for each in told["generalDiagnostics"] if each["severity"] == "error"]
    return {each["range"]["start"]["line"] + 1: each["message"] for each in found}


CHECKERS = pytest.mark.parametrize("complaints", [complaints_of_mypy, complaints_of_pyright], ids=["mypy", "pyright"])


def test_the_program_runs() -> None:
    assert "Ticket" in runpy.run_path(str(PROGRAM))["models"]


@CHECKERS
def test_the_program_is_understood(complaints: Callable[[Path], dict[int, str]], tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.read_text(encoding="utf-8"), encoding="utf-8")

    assert complaints(program) == {}


@CHECKERS
def test_what_is_wrong_is_refused(complaints: Callable[[Path], dict[int, str]], tmp_path: Path) -> None:
    right = PROGRAM.read_text(encoding="utf-8").splitlines()
    program = tmp_path / "program.py"
    program.write_text("\n".join([*right, *WRONG]) + "\n", encoding="utf-8")

    refused = {line - len(right) - 1 for line in complaints(program)}

    assert [line for number, line in enumerate(WRONG) if number not in refused] == []
    assert refused <= set(range(len(WRONG)))


@CHECKERS
def test_a_type_that_is_not_so_is_told(complaints: Callable[[Path], dict[int, str]], tmp_path: Path) -> None:
    """The program's claims are looked at: another one is refused, with what is so."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.read_text(encoding="utf-8") + "assert_type(models, dict[str, int])\n", encoding="utf-8")

    (message,) = complaints(program).values()

    assert "DynamicModels" in message


SCHEMA = Path(__file__).parents[1] / "data" / "order.schema.json"

MODULE = """
from pathlib import Path

from dynmodels import generate_dynamic_models

models = generate_dynamic_models(Path({schema!r}))
models.check_stub(Path(__file__).with_suffix(".pyi"))
globals().update(models)
"""

#: What is right in a program that uses the classes of a stub.
RIGHT_WITH_STUB = """
from typing import assert_type

from orders import Currency, Line, Money, Order

price = Money(amount=2.5, currency=Currency.EUR)
line = Line(sku="A-1", quantity=2, unit_price=price)
assert_type(price.amount, float)
assert_type(line.unit_price, Money)
assert_type(Order.model_validate({}).lines, list[Line])
"""

#: Each line of these is wrong by its own.
WRONG_WITH_STUB = """
Money(currency=Currency.EUR)
Money(amount="much", currency=Currency.EUR)
Line(sku="A-1", quantity=2, unit_price=3)
Currency.DOLLAR
line.colour
""".strip().splitlines()


@CHECKERS
def test_a_stub_tells_of_generated_classes(complaints: Callable[[Path], dict[int, str]], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dynmodels", "stub", str(SCHEMA), "-o", str(tmp_path / "orders.pyi")]
    subprocess.run(command, check=True)  # noqa: S603 (our own)
    (tmp_path / "orders.py").write_text(MODULE.format(schema=str(SCHEMA)), encoding="utf-8")
    program = tmp_path / "program.py"
    program.write_text("\n".join([RIGHT_WITH_STUB, *WRONG_WITH_STUB]) + "\n", encoding="utf-8")

    refused = {line - RIGHT_WITH_STUB.count("\n") - 2 for line in complaints(program)}

    assert refused == set(range(len(WRONG_WITH_STUB)))
