"""Fuzzing: no document and no source gets through, hangs, or ends in an exception of somebody else's.

``DYNMODELS_FUZZ_SECONDS`` says how long each test goes on, 20 minutes by default; ``DYNMODELS_FUZZ_SEED`` repeats a
run.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import gzip
import json
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from pydantic import TypeAdapter, ValidationError

from dynmodels import DynmodelsError, UnsafeSchemaError, generate_dynamic_models
from dynmodels.guard import Guard
from dynmodels.permit import Permit
from tests.corpus import hostile
from tests.corpus.test_hostile import warm_up
from tests.documents import BOOK, INVOICING, PET_SHOP

from_schema = pytest.importorskip("hypothesis_jsonschema", reason="pip install dynmodels[fuzz]").from_schema
SchemaError = pytest.importorskip("jsonschema.exceptions", reason="pip install dynmodels[fuzz]").SchemaError

pytestmark = [pytest.mark.fuzz, pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")]

SECONDS = float(os.environ.get("DYNMODELS_FUZZ_SECONDS", "1200"))
SEED = int(os.environ.get("DYNMODELS_FUZZ_SEED", time.time_ns()))

#: Texts that break out of something somewhere.
TEXTS = (
    "__import__('marker_mod').call()",
    "x'\"\"\"'''\n__import__('marker_mod').call()\n#\\",
    "\r__import__('marker_mod')\r",
    "BaseModel",
    "__class__",
    "model_config",
    "marker_mod.Thing",
    "../secret.json",
    "http://127.0.0.1:9/x",
    "#",
    "",
    "\u2028",
    "\ufb01le",
    "(a+)+$",
    "^(?=(a|aa)+$)(a|aa)+\\1!",
    "A" * 3_000,
)

#: Keywords that make the generator do something.
KEYWORDS = (
    "$ref",
    "$dynamicRef",
    "$id",
    "title",
    "description",
    "default",
    "default_factory",
    "const",
    "enum",
    "format",
    "pattern",
    "type",
    "customTypePath",
    "customBasePath",
    "x-python-type",
    "x-python-import",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "items",
    "prefixItems",
    "properties",
    "patternProperties",
    "additionalProperties",
    "required",
    "minItems",
    "maxLength",
    "minimum",
    "discriminator",
    "nullable",
    "readOnly",
    "$defs",
)

NUMBERS = (0, -1, 1.5, 2**63, 10**30, True, None)


def documents(corpus: Path) -> list[Any]:
    """Documents to start from: real ones of moderate size, and hostile ones."""
    found: list[Any] = [BOOK, INVOICING]
    with gzip.open(corpus / "maskbench-dev.jsonl.gz") as lines:
        found += [json.loads(line)["schema"] for line in lines if len(line) < 6_000]
    with gzip.open(corpus / "hostile" / "cases.jsonl.gz") as lines:
        found += [json.loads(line)["schema"] for line in lines if len(line) < 6_000]
    return found


def mutated(document: Any, chance: random.Random) -> Any:
    """Change a document in a few places."""
    changed = copy.deepcopy(document)
    for _ in range(chance.randint(1, 5)):
        places = list(_containers(changed))
        if not places:
            return changed
        node = chance.choice(places)
        value = _value(chance, places)
        if isinstance(node, dict):
            keys = [*node, chance.choice(KEYWORDS), chance.choice(TEXTS)]
            node[chance.choice(keys)] = value
        elif node:
            node[chance.randrange(len(node))] = value
    return changed


def _value(chance: random.Random, places: list[Any]) -> Any:
    kind = chance.randrange(6)
    if kind == 0:
        return chance.choice(NUMBERS)
    if kind == 1:
        return copy.deepcopy(chance.choice(places))
    if kind == 2:
        return [chance.choice(TEXTS), chance.choice(NUMBERS)]
    if kind == 3:
        return {chance.choice(KEYWORDS): chance.choice(TEXTS)}
    return chance.choice(TEXTS)


def _containers(node: Any) -> Iterator[Any]:
    stack = [node]
    while stack:
        each = stack.pop()
        if isinstance(each, dict | list):
            yield each
            stack.extend(each.values() if isinstance(each, dict) else each)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    work = tmp_path / "work"
    work.mkdir()
    (work / "marker_mod.py").write_text("raise SystemExit('imported')\n")
    (work / "secret.json").write_text('{"type": "integer"}')
    (tmp_path / "secret.json").write_text('{"type": "integer"}')
    warm_up()
    return work


def fault_of(outcome: hostile.Outcome) -> str | None:
    if outcome.effects:
        return f"effects: {outcome.effects}"
    if outcome.result in ("raised", "died"):
        return f"{outcome.result}: {outcome.detail}"
    if outcome.seconds > hostile.SECONDS:
        return f"takes {outcome.seconds:.1f} s"
    return None


def attempt(document: Any, folder: Path, samples: Sequence[Any] = ()) -> str | None:
    """Build a document in a child and judge some data; say what went wrong."""

    def judge(models: Any) -> bool | None:
        for data in (*samples, {}, [], "a", 1, None, {"a": {"a": {"a": 1}}}):
            with contextlib.suppress(ValidationError):
                TypeAdapter(models.root).validate_python(data)
        return None

    return fault_of(hostile.run(lambda: generate_dynamic_models(document), judge, folder))


def test_mutated_documents_are_refused_or_harmless(corpus: Path, folder: Path) -> None:
    print(f"DYNMODELS_FUZZ_SEED={SEED}")
    chance = random.Random(SEED)
    starts = documents(corpus)
    faults: list[str] = []
    tried, until = 0, time.monotonic() + SECONDS
    while time.monotonic() < until:
        document = mutated(chance.choice(starts), chance)
        fault = attempt(document, folder)
        tried += 1
        if fault is not None:
            faults.append(f"{fault}\n  {json.dumps(document)[:2_000]}")
    print(f"{tried:,} documents, {len(faults)} faults")
    assert not faults, "\n".join(faults[:20])


NAMES = st.sampled_from(["a", "b", "id", "class", "model_config", "\ufb01le", "", "x y", *TEXTS[:5]])
PATTERNS = st.sampled_from(["^a", "b$", "^(a|b)+$", "[0-9]{2}", "^x-", "c"])
SIMPLE = st.one_of(
    st.booleans(),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["string", "integer", "number", "boolean", "null", "array", "object"])}
    ),
    st.fixed_dictionaries({"enum": st.lists(st.one_of(st.text(max_size=5), st.integers()), min_size=1, max_size=4)}),
    st.fixed_dictionaries({"type": st.just("string"), "pattern": PATTERNS}),
    st.fixed_dictionaries({"type": st.just("integer"), "minimum": st.integers(), "maximum": st.integers()}),
)
SCHEMAS = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.fixed_dictionaries(
            {"type": st.just("object"), "properties": st.dictionaries(NAMES, inner, max_size=4)},
            optional={"additionalProperties": inner, "patternProperties": st.dictionaries(PATTERNS, inner, max_size=2)},
        ),
        st.fixed_dictionaries({"type": st.just("array"), "items": inner}, optional={"title": NAMES}),
        st.fixed_dictionaries({"prefixItems": st.lists(inner, min_size=1, max_size=3)}),
        *(
            st.fixed_dictionaries({word: st.lists(inner, min_size=1, max_size=3)})
            for word in ("anyOf", "oneOf", "allOf")
        ),
        st.fixed_dictionaries({"not": inner}, optional={"title": NAMES, "description": NAMES}),
    ),
    max_leaves=12,
)


def test_schemas_of_every_shape_and_data_for_them_do_no_harm(folder: Path) -> None:
    until = time.monotonic() + SECONDS
    tried = 0

    @settings(
        max_examples=1_000_000,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(SCHEMAS, st.data())
    def shape(document: Any, data: st.DataObject) -> None:
        nonlocal tried
        if time.monotonic() > until:
            raise TimeoutError
        tried += 1
        samples: list[Any] = []
        with contextlib.suppress(InvalidArgument, SchemaError, re.error):  # no data can be made for some schemas
            samples.append(data.draw(from_schema(document)))
        fault = attempt(document, folder, samples)
        assert fault is None, f"{fault}: {json.dumps(document)[:2_000]}"

    with pytest.raises(TimeoutError):
        shape()
    print(f"{tried:,} schemas")


#: Expressions and statements that no class needs.
INTRUDERS = (
    "__import__('marker_mod')",
    "print()",
    "(lambda: 1)()",
    "[x for x in ()]",
    "f'{print}'",
    "().__class__",
    "BaseModel.__subclasses__()",
    "(x := 1)",
    "eval('1')",
    "open('/etc/passwd')",
    "Field.__globals__",
    "{**{}}",
    "[*()]",
    "1 if 2 else 3",
    "not 1",
    "1 + 1",
    "a.b.c()",
)
STATEMENTS = (
    "import os",
    "print()",
    "del x",
    "with a: pass",
    "for a in b: pass",
    "def f(): pass",
    "raise a",
    "x += 1",
    "assert a",
    "global a",
)


class _Intrude(ast.NodeTransformer):
    """Puts an expression in the place of another one, where nothing is a text for people or a name being bound."""

    def __init__(self, place: int, intruder: str) -> None:
        self.left = place
        self.intruder = intruder
        self.done = False

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.expr) and not isinstance(getattr(node, "ctx", None), ast.Store):
            if self.left == 0 and not self.done:
                self.done = True
                return ast.copy_location(ast.parse(self.intruder, mode="eval").body, node)
            self.left -= 1
        return self.generic_visit(node)


def test_no_intruder_passes_the_guard(corpus: Path) -> None:
    print(f"DYNMODELS_FUZZ_SEED={SEED}")
    chance = random.Random(SEED)
    sources = []
    for document in documents(corpus)[:400]:
        try:
            sources.append(generate_dynamic_models(document, cache_size=0).source)
        except DynmodelsError:
            continue
    tried, until = 0, time.monotonic() + SECONDS
    while time.monotonic() < until:
        source = chance.choice(sources)
        tree = ast.parse(source)
        if chance.random() < 0.2:
            block = chance.choice([node.body for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef)])
            block.insert(chance.randrange(len(block) + 1), ast.parse(chance.choice(STATEMENTS)).body[0])
        else:
            expressions = sum(isinstance(node, ast.expr) for node in ast.walk(tree))
            intrude = _Intrude(chance.randrange(max(1, expressions)), chance.choice(INTRUDERS))
            intrude.visit(tree)
            if not intrude.done:
                continue
        text = ast.unparse(ast.fix_missing_locations(tree))
        tried += 1
        try:
            check(text, ast.parse(text))
        except UnsafeSchemaError:
            continue
        pytest.fail(f"passed: {text[:4_000]}")
    print(f"{tried:,} sources, from {len(sources)} real ones")


def check(text: str, tree: ast.Module) -> None:
    guard = Guard(text, Permit())
    guard.check(tree)
    guard.finish()


def test_bytes_as_source_never_upset_the_guard(corpus: Path) -> None:
    chance = random.Random(SEED)
    source = generate_dynamic_models(INVOICING).source
    until = time.monotonic() + min(SECONDS, 300)
    while time.monotonic() < until:
        characters = list(source)
        for _ in range(chance.randint(1, 8)):
            place = chance.randrange(len(characters))
            characters[place] = chance.choice(["(", ")", "'", '"', "\n", "[", "]", ":", "=", "@", "*", " ", "x", "."])
        text = "".join(characters)
        try:
            tree = ast.parse(text)
        except SyntaxError:
            continue
        try:
            check(text, tree)
        except UnsafeSchemaError:
            continue


def test_atheris_finds_no_source_that_upsets_the_guard(tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="atheris has wheels for Linux and macOS alone")
    for number, document in enumerate([BOOK, INVOICING, PET_SHOP]):
        (tmp_path / f"{number}.py").write_text(generate_dynamic_models(document).source)

    done = subprocess.run(  # noqa: S603
        [
            *(sys.executable, "-m", "tests.fuzz.guard_target"),
            *(
                f"-max_total_time={int(SECONDS)}",
                f"-seed={SEED % 2**31}",
                "-timeout=20",
                "-max_len=4000",
                str(tmp_path),
            ),
        ],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )

    print(done.stderr.splitlines()[-1])
    assert done.returncode == 0, done.stderr[-4_000:]
