"""The guard: what the generator writes passes, and nothing else."""

from __future__ import annotations

import ast
import logging

import pytest

from dynmodels import UnsafeSchemaError, generate_dynamic_models
from dynmodels.grammar import BUILTINS
from dynmodels.guard import Guard
from dynmodels.permit import Permit
from dynmodels.render import validator_functions
from tests.documents import BOOK, INVOICING

HEAD = """from __future__ import annotations
from enum import Enum
from typing import Annotated, Any, Literal
from pydantic import BaseModel, ConfigDict, Field, RootModel, conint, constr
"""


def check(source: str, permit: Permit | None = None) -> None:
    guard = Guard(source, permit or Permit())
    guard.check(ast.parse(source))
    guard.finish()


@pytest.mark.parametrize(
    "source",
    [
        "class A(BaseModel):\n    pass",
        "class A(BaseModel):\n    '''import os'''\n    a: str | None = Field(None, description='__import__(\"os\")')",
        "class A(BaseModel):\n    model_config = ConfigDict(extra='forbid')\n    a: Annotated[list[A], Field(gt=1)]",
        "class A(BaseModel):\n    a: constr(pattern=r'^x$') | conint(ge=-1) = 'x'",
        "class E(Enum):\n    a = 'a'\n    field__import__ = -1\nclass A(BaseModel):\n    e: E | None = E.a",
        "class E(str, Enum):\n    a = 'a'",
        "class A(RootModel[list['B']]):\n    root: list['B']\nclass B(BaseModel):\n    pass\nA.model_rebuild()",
        "class A(BaseModel):\n    a: Literal['exec', 1, None] = Field('exec', examples=[{1: None}])",
        "class B(BaseModel):\n    pass\nclass A(BaseModel):\n    b: B | None = Field(default_factory=B)",
        "class B(BaseModel):\n    pass\nclass A(BaseModel):\n    b: B = Field(default_factory=lambda: B())",
        "class A(BaseModel):\n    __annotations__ = {'__pydantic_extra__': list[int]}",
        "class A(BaseModel):\n    a: float = float('inf')",
    ],
)
def test_what_the_generator_writes_passes(source: str) -> None:
    check(HEAD + source)


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "from os import system",
        "from pydantic import ImportString",
        "from pydantic import BaseModel as str",
        "from .. import __main__",
        "print(1)",
        "x = [].__class__",
        "A = BaseModel.__subclasses__()",
        "del BaseModel",
        "if True:\n    pass",
        "def f(): pass",
        "class A(BaseModel, metaclass=type): pass",
        "@print\nclass A(BaseModel): pass",
        "class A(print('x')): pass",
        "class BaseModel: pass",
        "class str(BaseModel): pass",
        "class A(BaseModel): pass\nclass A(BaseModel): pass",
        "class A(BaseModel):\n    def f(self): pass",
        "class A(BaseModel):\n    a: int\n    a: str",
        "class A(BaseModel):\n    print('x')",
        "class A(BaseModel):\n    a: print('x')",
        "class A(BaseModel):\n    a: int = print('x')",
        "class A(BaseModel):\n    a: 'print(1)'",
        "class A(BaseModel):\n    a: list['__import__(\"os\")']",
        "class A(BaseModel):\n    a: 'list[print]'",
        "class A(BaseModel):\n    a: str.__class__",
        "class A(BaseModel):\n    a: str = Field(default_factory=print)",
        "class A(BaseModel):\n    a: str = Field(default_factory=lambda: print())",
        "class A(BaseModel):\n    a: str = Field(**{})",
        "class A(BaseModel):\n    a: str = Field(gt=[x for x in ()])",
        "class A(BaseModel):\n    a: int = (lambda: 1)()",
        "class A(BaseModel):\n    a: str = f'{print()}'",
        "class A(BaseModel):\n    model_config = ConfigDict(alias_generator=print)",
        "class A(BaseModel):\n    model_config = {'extra': 'forbid'}",
        "class A(BaseModel):\n    __slots__: int = 1",
        "class E(Enum):\n    _missing_ = 'a'",
        "class E(Enum):\n    a = print('x')",
        "class A(BaseModel):\n    a: Annotated[str, A.__init__]",
        "class A(BaseModel):\n    a: (x := int)",
        "A = (yield)",
        "await_ = 1 if Any else 2",
    ],
)
def test_anything_else_is_refused_at_its_line(source: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "dynmodels"), pytest.raises(UnsafeSchemaError) as caught:
        check(HEAD + source)
    assert caught.value.line is not None
    assert caught.value.line > HEAD.count("\n")
    assert caught.value.excerpt
    assert "gap in dynmodels' list" in caplog.text


def test_imports_that_the_caller_names_are_added_for_that_call() -> None:
    source = HEAD + "from shop.types import Price\nclass A(BaseModel):\n    price: Price"
    with pytest.raises(UnsafeSchemaError):
        check(source)
    check(source, Permit(imports=frozenset({("shop.types", "Price")})))
    check(source, Permit(modules=frozenset({"shop"})))


class TestWhatTheCallerAdds:
    """Validators and settings are the caller's own objects, of the modules that the caller named."""

    PERMIT = Permit(imports=frozenset({("shop", "check"), ("shop", "Count")}))
    IMPORTS = "from pydantic import BaseModel, ConfigDict, field_validator\nfrom shop import check\n"

    @pytest.mark.parametrize(
        "statement",
        [
            "validate_count = field_validator('count', mode='before')(check)",
            "validate_count = field_validator('count', json_schema_input_type=check)(check)",
            "model_config = ConfigDict(json_schema_extra=check, extra='forbid')",
        ],
    )
    def test_they_pass(self, statement: str) -> None:
        check(f"{self.IMPORTS}class A(BaseModel):\n    {statement}", self.PERMIT)

    @pytest.mark.parametrize(
        "statement",
        [
            "validate_count = field_validator('count')(eval)",
            "validate_count = field_validator('count')(BaseModel)",
            "validate_count = field_validator('count', json_schema_input_type=eval)(check)",
            "validate_count = field_validator(eval('1'))(check)",
            "validate_count = field_validator('count')(check, 1)",
            "validate_count = field_validator('count')(check())",
            "validate_count = BaseModel('count')(check)",
            "validate_count = check",
            "model_config = ConfigDict(json_schema_extra=eval)",
            "model_config = ConfigDict(json_schema_extra=BaseModel)",
            "model_config = BaseModel(extra='forbid')",
        ],
    )
    def test_others_do_not(self, statement: str) -> None:
        with pytest.raises(UnsafeSchemaError):
            check(f"{self.IMPORTS}class A(BaseModel):\n    {statement}", self.PERMIT)


def test_functions_pass_as_a_whole_or_not_at_all() -> None:
    schema = {"type": "object", "patternProperties": {"^a": {"type": "integer"}}, "oneOf": [{"required": ["b"]}]}
    source = generate_dynamic_models(schema, generate_schema_validators=True).source
    permit = Permit(functions=validator_functions)
    check(source, permit)
    with pytest.raises(UnsafeSchemaError, match="none of the generator's own"):
        check(source.replace("return data", "return print(data)", 1), permit)
    with pytest.raises(UnsafeSchemaError):
        check(source)


def test_source_by_the_callers_own_templates_is_the_callers_word() -> None:
    check("import os\nprint(os)", Permit(unguarded=True))
    assert Permit(unguarded=True).builtins is None


def test_source_beyond_the_limit_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(UnsafeSchemaError, match="characters of source"):
        Guard("x" * 11, Permit(), 10)


def test_the_classes_of_whole_documents_pass() -> None:
    for document in (BOOK, INVOICING):
        for options in ({}, {"use_annotated": True}, {"field_constraints": True}, {"use_type_alias": True}):
            models = generate_dynamic_models(document, **options)  # type: ignore[arg-type]
            assert models


def test_generated_code_has_few_builtins() -> None:
    namespace = vars(generate_dynamic_models(BOOK).module)
    assert set(namespace["__builtins__"]) == BUILTINS | {"__build_class__", "__import__"}
    for name in ("os", "subprocess", "builtins"):
        with pytest.raises(ImportError):
            namespace["__builtins__"]["__import__"](name, {}, {}, ("system",), 0)
    with pytest.raises(ImportError, match="outside its package"):
        namespace["__builtins__"]["__import__"]("", namespace, {}, ("api",), 2)
