"""Stubs: what type checkers are told of generated classes, and that it is of the classes that there are."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from pydantic import ConfigDict

from dynmodels import DynmodelsError, StubError, generate_dynamic_models
from dynmodels.stub import check_stub, stub, write_stub
from tests import shop
from tests.documents import BOOK, INVOICING

COMMAND = ["dynmodels", "stub", "order schema.json", "-o", "models.pyi"]

ORDER: dict[str, Any] = {
    "title": "Order",
    "type": "object",
    "required": ["id", "ship-to", "state"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "ship-to": {"$ref": "#/$defs/Address"},
        "placed": {"type": "string", "format": "date-time"},
        "bill-to": {"$ref": "#/$defs/Address"},
        "state": {"enum": ["open", "sent"]},
        "copies": {"type": "integer", "default": 1, "minimum": 1},
        "kind": {"const": "order"},
        "parts": {"type": "object", "additionalProperties": {"$ref": "#/$defs/Tree"}},
    },
    "$defs": {
        "Address": {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}},
        "Office": {
            "allOf": [{"$ref": "#/$defs/Address"}, {"type": "object", "properties": {"room": {"type": "string"}}}]
        },
        "Tree": {"type": "object", "additionalProperties": {"$ref": "#/$defs/Tree"}},
    },
}


def declared(document: Any, **options: Any) -> dict[str, ast.ClassDef]:
    """Give the classes of a stub, by their names."""
    text = stub(generate_dynamic_models(document, **options), COMMAND)
    return {node.name: node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)}


def lines(node: ast.ClassDef) -> list[str]:
    return [ast.unparse(statement) for statement in node.body]


class TestDeclarations:
    def test_fields_have_their_types_and_say_whether_they_may_be_left_out(self) -> None:
        assert lines(declared(ORDER)["Order"]) == [
            "id: _uuid.UUID",
            "ship_to: Address = _pydantic.Field(alias='ship-to')",
            "placed: _pydantic.AwareDatetime | None = None",
            "bill_to: Address | None = _pydantic.Field(default=None, alias='bill-to')",
            "state: State",
            "copies: int | None = _typing.cast(_typing.Any, None)",
            "kind: _typing.Literal['order'] | None = None",
            "parts: dict[str, Tree] | None = None",
        ]

    def test_bases_members_and_root_models(self) -> None:
        classes = declared(ORDER)

        assert [ast.unparse(base) for base in classes["Office"].bases] == ["Address"]
        assert lines(classes["Office"]) == ["room: str | None = None"]
        assert lines(classes["State"]) == ["open = 'open'", "sent = 'sent'"]
        assert [ast.unparse(base) for base in classes["Tree"].bases] == ["_pydantic.RootModel[dict[str, Tree]]"]

    def test_every_class_of_the_document_is_there_and_exported(self) -> None:
        for exact in (False, True):
            models = generate_dynamic_models(ORDER, exact=exact)
            text = stub(models, COMMAND)
            assert [node.name for node in ast.parse(text).body if isinstance(node, ast.ClassDef)] == list(models)
            assert f"__all__ = [{', '.join(f'{chr(34)}{name}{chr(34)}' for name in models)}]" in text

    def test_classes_of_several_modules_stand_in_one_stub(self) -> None:
        assert lines(declared(INVOICING)["Invoice"]) == ["total: Money", "payer: Party | None = None"]

    def test_a_name_is_declared_once_where_several_modules_have_it(self) -> None:
        cats = {
            "pkg.Cat": {"type": "object", "properties": {"lives": {"type": "integer"}}},
            "other.Cat": {"type": "object", "properties": {"name": {"type": "string"}}},
        }
        root = {"a": {"$ref": "#/$defs/pkg.Cat"}, "b": {"$ref": "#/$defs/other.Cat"}}
        schema = {"title": "Root", "type": "object", "properties": root, "$defs": cats}
        text = stub(generate_dynamic_models(schema, target_model_names=["Root"]), COMMAND)

        names = [node.name for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
        assert sorted(names) == ["Cat", "Root"]

    def test_frozen_classes_say_so(self) -> None:
        (order, *_) = (declared(ORDER, config_dict=ConfigDict(frozen=True))[name] for name in ("Order", "Address"))

        assert [(each.arg, ast.unparse(each.value)) for each in order.keywords] == [("frozen", "True")]

    def test_a_callers_own_classes_are_imported(self) -> None:
        classes = declared(ORDER, base_class=shop.Record, types={"#/$defs/Address": shop.Money})

        assert [ast.unparse(base) for base in classes["Order"].bases] == ["_tests_shop.Record"]
        assert "ship_to: _tests_shop.Money = _pydantic.Field(alias='ship-to')" in lines(classes["Order"])

    def test_what_a_schema_says_is_no_code_there(self) -> None:
        hostile = 'x"""\nimport os\nos.abort()\n#'
        schema = {
            "title": "Note",
            "description": hostile,
            "type": "object",
            "properties": {hostile: {"const": hostile}, "e": {"enum": [hostile, "b"]}, "d": {"default": hostile}},
        }
        text = stub(generate_dynamic_models(schema), ["dynmodels", "stub", hostile])

        kinds = {type(node) for node in ast.parse(text).body}
        assert kinds <= {ast.Import, ast.Assign, ast.ClassDef}
        assert "import os" not in text.splitlines()


class TestUse:
    def test_the_stub_of_these_classes_is_fine(self, tmp_path: Path) -> None:
        models = generate_dynamic_models(ORDER)
        write_stub(stub(models, COMMAND), tmp_path / "models.pyi")

        models.check_stub(tmp_path / "models.pyi")
        generate_dynamic_models(ORDER, cache_size=0).check_stub(tmp_path / "models.pyi")

    def test_that_of_others_is_an_error_which_says_what_to_do(self, tmp_path: Path) -> None:
        write_stub(stub(generate_dynamic_models(ORDER), COMMAND), tmp_path / "models.pyi")
        others = [generate_dynamic_models(BOOK), generate_dynamic_models(ORDER, snake_case_field=True)]

        for models in others:
            with pytest.raises(StubError) as caught:
                models.check_stub(tmp_path / "models.pyi")
            assert models.digest in str(caught.value)
            assert "dynmodels stub 'order schema.json' -o models.pyi" in str(caught.value)
        assert isinstance(caught.value, DynmodelsError)

    def test_a_digest_that_was_changed_by_hand_is_an_error(self, tmp_path: Path) -> None:
        models = generate_dynamic_models(ORDER)
        (tmp_path / "models.pyi").write_text(stub(models, COMMAND).replace(models.digest, "0" * 32))

        with pytest.raises(StubError, match="0000"):
            models.check_stub(tmp_path / "models.pyi")

    def test_other_versions_are_no_error_where_they_declare_the_same(self, tmp_path: Path) -> None:
        models = generate_dynamic_models(ORDER)
        older = (
            stub(models, COMMAND).replace(models.digest, "0" * 32).replace("# versions: dynmodels ", "# versions: old ")
        )
        (tmp_path / "models.pyi").write_text(older)
        models.check_stub(tmp_path / "models.pyi")
        (tmp_path / "models.pyi").write_text(older.replace("city: str", "city: int"))

        with pytest.raises(StubError, match="is of other classes"):
            models.check_stub(tmp_path / "models.pyi")

    def test_what_is_no_stub_is_an_error(self, tmp_path: Path) -> None:
        models = generate_dynamic_models(BOOK)
        (tmp_path / "own.pyi").write_text("class Book: ...\n")
        (tmp_path / "bytes.pyi").write_bytes(b"\xff\xfe")

        with pytest.raises(StubError, match="is no stub of dynmodels"):
            check_stub(models, tmp_path / "own.pyi")
        with pytest.raises(StubError, match=r"a pathlib\.Path"):
            check_stub(models, "own.pyi")  # type: ignore[arg-type]  # what is wrong is what is tested
        for name in ("bytes.pyi", "nowhere.pyi"):
            with pytest.raises(StubError, match="cannot be read"):
                check_stub(models, tmp_path / name)


class TestWriting:
    def test_an_older_stub_is_replaced_and_anything_else_is_left_alone(self, tmp_path: Path) -> None:
        text = stub(generate_dynamic_models(BOOK), COMMAND)
        file = tmp_path / "models.pyi"
        write_stub(stub(generate_dynamic_models(ORDER), COMMAND), file)
        write_stub(text, file)
        assert file.read_text() == text
        file.write_text("class Book: ...\n")

        with pytest.raises(StubError, match="is left as it is"):
            write_stub(text, file)
        assert file.read_text() == "class Book: ...\n"
        assert list(tmp_path.iterdir()) == [file]

    def test_where_it_cannot_be_written_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(StubError, match="cannot be written"):
            write_stub("\udc80", tmp_path / "models.pyi")
        assert list(tmp_path.iterdir()) == []
        with pytest.raises(StubError, match="cannot be written"):
            write_stub(stub(generate_dynamic_models(BOOK), COMMAND), tmp_path / "nowhere" / "models.pyi")
