"""Synthetic modules: found by tools, gone when nobody uses them."""

from __future__ import annotations

import gc
import inspect
import linecache
import sys
import traceback
import types
from enum import Enum
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from pydantic import BaseModel, create_model

from dynmodels import ModelBuildError, clear_dynamic_models_cache, generate_dynamic_models
from dynmodels.compiling import PIECE_LINES, compile_source
from dynmodels.module import Identity, import_ahead, opened, run, show_source
from dynmodels.permit import Permit
from tests.documents import BOOK, INVOICING, named

#: Generated source by path.
Source = dict[tuple[str, ...], str]


def generated_modules() -> set[str]:
    return {name for name in sys.modules if name.startswith("dynmodels.generated.")}


def generated_lines() -> set[str]:
    return {name for name in linecache.cache if name.startswith("<dynmodels generated")}


class TestNames:
    def test_a_module_is_named_after_the_digest(self) -> None:
        gc.collect()  # or classes of another test may still have the name
        models = generate_dynamic_models(BOOK)

        assert models.module.__name__ == f"dynmodels.generated.d{models.digest}"
        assert models["Book"].__module__ == models.module.__name__
        assert sys.modules[models.module.__name__].Book is models["Book"]

    def test_a_schema_chooses_no_module_name(self) -> None:
        assert generate_dynamic_models({**BOOK, "title": "json"}).module.__name__.startswith("dynmodels.generated.")
        assert sys.modules["json"].__name__ == "json"

    def test_the_caller_names_the_module_where_the_name_is_free(self) -> None:
        models = generate_dynamic_models(BOOK, module_name="bookshop.models")

        assert models["Book"].__module__ == "bookshop.models"
        assert sys.modules["bookshop.models"].Book is models["Book"]

    @pytest.mark.parametrize("taken", ["json", "tests.documents", "wave"], ids=["loaded", "ours", "importable"])
    def test_no_module_that_exists_is_replaced(self, taken: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delitem(sys.modules, "wave", raising=False)
        before = sys.modules.get(taken)

        models = generate_dynamic_models(BOOK, module_name=taken)

        assert models["Book"].__module__ == models["Binding"].__module__ == taken
        assert sys.modules.get(taken) is before
        assert not hasattr(before, "Book")

    def test_a_parent_package_is_not_imported_to_find_out(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "eager_shop").mkdir()
        (tmp_path / "eager_shop" / "__init__.py").write_text("raise RuntimeError('imported')")
        monkeypatch.syspath_prepend(tmp_path)

        assert generate_dynamic_models(BOOK, module_name="eager_shop.models")["Book"].__module__ == "eager_shop.models"
        assert "eager_shop.models" not in sys.modules

    def test_two_documents_may_have_one_module_name(self) -> None:
        first = generate_dynamic_models(named("One"), module_name="shared_name")
        second = generate_dynamic_models(named("Two"), module_name="shared_name")

        assert sys.modules["shared_name"].One is first["One"]
        assert second["Two"].__module__ == "shared_name"

    def test_a_package_is_named_throughout(self) -> None:
        models = generate_dynamic_models(INVOICING, module_name="ledger")

        assert {cls.__module__ for cls in models.values()} == {"ledger", "ledger.billing", "ledger.billing.documents"}


def anything(_module: str, _name: str) -> bool:
    return True


class TestSource:
    def test_inspect_shows_the_lines_of_a_class(self) -> None:
        models = generate_dynamic_models(BOOK)

        assert inspect.getsource(models["Author"]).startswith("class Author(BaseModel):\n    name: str\n")
        assert inspect.getsource(models["Binding"]).startswith("class Binding(Enum):\n")
        assert inspect.getsource(generate_dynamic_models(INVOICING)["Money"]).startswith("class Money(BaseModel)")

    def test_lines_are_right_beyond_the_first_piece(self) -> None:
        properties = {f"field_{number:04}": {"$ref": f"#/$defs/Part{number:04}"} for number in range(PIECE_LINES)}
        parts = {f"Part{number:04}": {**named("x"), "title": f"Part{number:04}"} for number in range(PIECE_LINES)}
        models = generate_dynamic_models({"type": "object", "properties": properties, "$defs": parts})

        for name in ("Part0000", "Part0123", f"Part{PIECE_LINES - 1:04}"):
            assert inspect.getsource(models[name]) == f"class {name}(BaseModel):\n    id: int\n"

    def test_a_description_that_looks_like_code_is_text(self) -> None:
        description = "\n".join(
            ["first line", "", "class Fake(BaseModel):", "    x: int", '"""', "\f\u2028\r", "class Other:"] * 100
        )
        schema = {**named("Described"), "description": description}

        models = generate_dynamic_models(schema, use_schema_description=True)

        assert set(models) == {"Described"}
        assert "class Fake" in (models["Described"].__doc__ or "")

    def test_a_traceback_shows_generated_lines(self) -> None:
        source: Source = {("__init__.py",): "def fail() -> None:\n    raise OSError('out of paper')\n"}
        with opened(tuple(source), Identity("0" * 32)) as package:
            units = compile_source(source, package.filenames())
            show_source(units, package)
            run(units, package, None, anything)

        with pytest.raises(OSError, match="out of paper") as caught:
            package.root.fail()
        assert "raise OSError('out of paper')" in "".join(traceback.format_exception(caught.value))

    def test_source_that_does_not_compile_is_shown_at_its_line(self) -> None:
        source: Source = {("__init__.py",): "class A:\n    x: int\n\nclass B:\n    y: = 3\n"}

        with pytest.raises(ModelBuildError) as caught:
            compile_source(source, {("__init__.py",): "<orders>"})
        assert caught.value.line == 5
        assert ">     5 |     y: = 3" in str(caught.value)
        assert isinstance(caught.value.__cause__, SyntaxError)

    def test_a_class_that_pydantic_cannot_build_is_told_by_its_field(self) -> None:
        schema = {"type": "object", "properties": {"code": {"type": "string", "pattern": "(["}}}

        with pytest.raises(ModelBuildError) as caught:
            generate_dynamic_models(schema)
        assert 'Field "code":\n  regex parse error:' in str(caught.value)
        assert "Error building" not in str(caught.value)

    def test_generated_code_inherits_no_future_import_of_ours(self) -> None:
        source: Source = {("__init__.py",): "class A:\n    x: int\n"}
        with opened(tuple(source), Identity("2" * 32)) as package:
            run(compile_source(source, package.filenames()), package, None, anything)

        assert package.root.A.__annotations__ == {"x": int}


class TestLife:
    def test_evicted_modules_leave_nothing_behind(self) -> None:
        gc.collect()
        modules, lines = generated_modules(), generated_lines()
        generate_dynamic_models(BOOK)
        generate_dynamic_models(INVOICING)
        assert generated_modules() > modules

        clear_dynamic_models_cache()
        gc.collect()

        assert generated_modules() <= modules
        assert generated_lines() <= lines

    @pytest.mark.parametrize("kept", ["class", "enum member", "instance", "subclass"])
    def test_a_module_stays_while_anything_of_it_is_used(self, kept: str) -> None:
        name, holder = keep(kept)
        clear_dynamic_models_cache()
        gc.collect()

        assert sys.modules[name].Ticket.__name__ == "Ticket"
        assert inspect.getsource(sys.modules[name].Zone)

        del holder
        gc.collect()
        assert name not in sys.modules

    def test_who_still_holds_a_module_that_is_gone_finds_it_empty(self) -> None:
        name = generate_dynamic_models(named("Fleeting")).module.__name__
        held = sys.modules[name]
        assert hash(held)
        assert hasattr(held, "Fleeting")

        clear_dynamic_models_cache()
        gc.collect()

        assert not hasattr(held, "Fleeting")
        assert getattr(held, "__warningregistry__", None) is None
        assert vars(held) == {}

    def test_what_is_set_on_a_module_is_set_on_the_one_that_the_classes_have(self) -> None:
        models = generate_dynamic_models(BOOK)
        name = models.module.__name__

        with mock.patch.object(sys.modules[name], "Author", "patched"):
            assert models.module.Author == "patched"
        assert models.module.Author is models["Author"]

        del models
        clear_dynamic_models_cache()
        gc.collect()
        assert name not in sys.modules

    def test_a_class_can_be_subclassed_after_its_module_was_evicted(self) -> None:
        book: Any = generate_dynamic_models(BOOK)["Book"]
        clear_dynamic_models_cache()
        gc.collect()

        class Novel(book):  # type: ignore[misc]  # a class that is known at run time only
            pages: int

        assert Novel(isbn="9780140449136", author={"name": "Homer"}, pages=500).author.name == "Homer"

    def test_rebuilding_while_the_old_classes_live_gives_a_module_of_its_own(self) -> None:
        first = generate_dynamic_models(BOOK)
        second = generate_dynamic_models(BOOK, cache_size=0)

        assert first.module.__name__ != second.module.__name__
        assert first.digest == second.digest
        name = second.module.__name__
        del second
        gc.collect()
        assert name not in sys.modules
        assert inspect.getsource(first["Author"])

    def test_a_failed_build_leaves_no_module(self) -> None:
        modules = generated_modules()

        with pytest.raises(ModelBuildError):
            generate_dynamic_models(BOOK, additional_imports=["no_such_package.Thing"])
        gc.collect()

        assert generated_modules() <= modules


def keep(part: str) -> tuple[str, Any]:
    """Build classes, and keep one part of them alone; give the module's name too."""
    schema = {"title": "Ticket", "type": "object", "properties": {"zone": {"enum": ["inner", "outer"]}}}
    models: dict[str, Any] = generate_dynamic_models(schema)
    ticket = models["Ticket"]
    match part:
        case "class":
            return ticket.__module__, ticket
        case "enum member":
            return ticket.__module__, models["Zone"].inner
        case "instance":
            return ticket.__module__, ticket(zone="inner")
        case _:
            return ticket.__module__, create_model("Season", __base__=ticket)


def test_what_is_registered_behaves_as_a_module() -> None:
    models = generate_dynamic_models(BOOK)

    assert isinstance(sys.modules[models.module.__name__], types.ModuleType)
    assert inspect.getmodule(models["Book"]).__name__ == models.module.__name__  # type: ignore[union-attr]  # it has a module
    assert issubclass(models["Book"], BaseModel)
    assert issubclass(models["Binding"], Enum)


class TestImportsAhead:
    def test_what_the_caller_allows_and_the_source_names_is_imported_and_nothing_else(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("harbour_types", "harbour_base", "harbour_unused", "harbour_strange"):
            (tmp_path / f"{name}.py").write_text("")
        monkeypatch.syspath_prepend(tmp_path)
        permit = Permit(
            imports=frozenset({("harbour_base", "Ship"), ("harbour_unused", "Crane")}),
            modules=frozenset({"harbour_types", "harbour_gone"}),
        )
        source = "".join(
            f"from {name} import Ship\n"
            for name in ("harbour_base", "harbour_types", "harbour_strange", "harbour_gone")
        )

        import_ahead(permit, [source])

        assert {name for name in sys.modules if name.startswith("harbour_")} == {"harbour_base", "harbour_types"}
