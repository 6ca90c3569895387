"""Targets: some classes of a document, by name, JSON Pointer or operation; from the store, and they alone."""

from __future__ import annotations

import gc
import inspect
import json
import pickle
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from dynmodels import (
    DynamicModels,
    OptionsError,
    StoreError,
    UnknownModelError,
    clear_dynamic_models_cache,
    dynamic_models_cache_info,
    generate_dynamic_models,
)
from dynmodels.store import TRUST_VARIABLE
from tests.documents import BOOK, INVOICING
from tests.interpreter import in_fresh_interpreter


def shop(title: str) -> dict[str, Any]:
    """A shop's API, under a title that no other test has: orders need lines and those need money, staff needs none."""
    line = {
        "type": "object",
        "required": ["article", "price"],
        "properties": {
            "article": {"type": "string"},
            "price": {"$ref": "#/components/schemas/Money"},
            "packing": {"type": "object", "properties": {"kind": {"enum": ["box", "bag"]}}},
        },
    }
    order: dict[str, Any] = {
        "type": "object",
        "required": ["lines"],
        "properties": {"lines": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}}},
    }
    replies = {
        "200": {"description": "it", "content": json_of({"$ref": "#/components/schemas/Order"})},
        "404": {"$ref": "#/components/responses/Missing"},
    }
    body = {"type": "object", "properties": {"express": {"type": "boolean"}, "lines": order["properties"]["lines"]}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1.0.0"},
        "paths": {
            "/orders": {
                "post": {"operationId": "orders/place", "requestBody": {"content": json_of(body)}, "responses": replies}
            },
            "/health": {"get": {"operationId": "health", "responses": {"204": {"description": "well"}}}},
        },
        "components": {
            "responses": {
                "Missing": {"description": "none", "content": json_of({"$ref": "#/components/schemas/Problem"})}
            },
            "schemas": {
                "Money": {
                    "type": "object",
                    "required": ["cents"],
                    "properties": {"cents": {"type": "integer", "minimum": 0}, "currency": {"enum": ["EUR", "SEK"]}},
                },
                "Line": line,
                "Order": order,
                "Employee": {
                    "type": "object",
                    "properties": {"name": {"type": "string"}, "boss": {"$ref": "#/components/schemas/Employee"}},
                },
                "Problem": {"type": "object", "properties": {"detail": {"type": "string"}}},
                "Tags": {"type": "array", "items": {"type": "string"}},
            },
        },
    }
    copy: dict[str, Any] = json.loads(json.dumps(document))  # no part of which is another one
    return copy


def json_of(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def described(cls: type[Any]) -> Any:
    if not issubclass(cls, BaseModel):
        return [(member.name, member.value) for member in cls]
    fields = {name: (str(info.annotation), repr(info)) for name, info in cls.model_fields.items()}
    return cls.__name__, cls.__module__, fields, cls.model_json_schema()


def ran(models: DynamicModels) -> set[str]:
    """The classes that there are, asked for or not."""
    return {name for name, value in vars(models.module).items() if isinstance(value, type) and is_ours(value, models)}


def is_ours(value: type[Any], models: DynamicModels) -> bool:
    return value.__module__.startswith(models.module.__name__)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def stored(folder: Path, request: pytest.FixtureRequest) -> Callable[..., DynamicModels]:
    """Ask for classes of a shop that is stored and of which nothing is in memory."""
    document = shop(request.node.name)

    def ask(*targets: str, **options: Any) -> DynamicModels:
        return generate_dynamic_models(document, store=folder, target_model_names=targets or None, **options)

    ask()
    forget()
    return ask


def forget() -> None:
    clear_dynamic_models_cache()
    gc.collect()


class TestWhatIsAskedFor:
    @pytest.fixture(params=["built", "stored"])
    def ask(self, request: pytest.FixtureRequest, folder: Path) -> Callable[..., DynamicModels]:
        """Ask for classes of a shop: one that has to be built, and one that is stored."""
        if request.param == "stored":
            asker: Callable[..., DynamicModels] = request.getfixturevalue("stored")
            return asker
        document = shop(request.node.name)
        return lambda *targets, **options: generate_dynamic_models(
            document, store=folder, target_model_names=targets, **options
        )

    def test_is_given_and_nothing_else(self, ask: Callable[..., DynamicModels]) -> None:
        models = ask("Order", "Tags")

        assert list(models) == ["Order", "Tags"]
        assert models["Order"].model_validate({"lines": [{"article": "pen", "price": {"cents": 120}}]})

    def test_can_be_a_json_pointer(self, ask: Callable[..., DynamicModels]) -> None:
        models = ask("#/components/schemas/Order", "#/components/schemas/Line/properties/packing")

        assert list(models) == ["Order", "Packing"]
        assert models["#/components/schemas/Order"] is models["Order"]

    def test_an_escaped_pointer_means_the_same(self, ask: Callable[..., DynamicModels]) -> None:
        assert list(ask("#/components/schemas/%4frder")) == ["Order"]

    def test_can_be_an_operation(self, ask: Callable[..., DynamicModels]) -> None:
        assert set(ask("orders/place")) == {"Order", "Line", "Problem"}

    def test_has_pointers_and_source_of_what_it_needs(self, ask: Callable[..., DynamicModels]) -> None:
        models = ask("Line")

        assert {cls.__name__ for cls in models.pointers.values()} == {"Line", "Money", "Packing", "Kind", "Currency"}
        assert "class Money(" in models.source
        assert "class Employee(" not in models.source

    def test_tells_of_the_whole_document_too(self, ask: Callable[..., DynamicModels]) -> None:
        models = ask("Line")

        assert models.schema["info"]["version"] == "1.0.0"
        assert models.root is None
        assert models.unenforced == ()
        assert models.relaxed == ()
        assert len(models.digest) == 32

    @pytest.mark.parametrize(
        ("target", "closest"),
        [
            ("Ordr", "Order"),
            ("orders/plaice", "orders/place"),
            ("#/components/schemas/Ordr", "#/components/schemas/Order"),
            ("#/components/responses/Missing", "#/components/schemas"),
        ],
    )
    def test_that_is_nowhere_is_an_error_with_what_is_closest(
        self, ask: Callable[..., DynamicModels], target: str, closest: str
    ) -> None:
        with pytest.raises(UnknownModelError, match=closest):
            ask("Line", target)

        assert list(ask("Line")) == ["Line"]

    def test_an_operation_without_classes_is_an_error(self, ask: Callable[..., DynamicModels]) -> None:
        with pytest.raises(UnknownModelError, match="operation 'health' has no classes"):
            ask("health")

    def test_with_the_generators_scope_an_operation_has_its_own_classes(
        self, ask: Callable[..., DynamicModels]
    ) -> None:
        models = ask("orders/place", openapi_scopes=["schemas", "paths"])

        assert set(models) == {"OrdersPostRequest", "Order", "Line", "Problem"}

    def test_private_names_are_given_where_the_generator_is_told_to_make_them(self, folder: Path) -> None:
        options: dict[str, Any] = {"class_name": "_Book", "allow_leading_underscore_class_name": True, "store": folder}

        for _ in range(2):
            assert list(generate_dynamic_models(BOOK, target_model_names=["_Book"], **options)) == ["_Book"]
            forget()


class TestFromTheStore:
    def test_only_what_is_needed_runs(self, stored: Callable[..., DynamicModels]) -> None:
        models = stored("Line")

        assert ran(models) == {"Line", "Money", "Packing", "Kind", "Currency"}
        assert dynamic_models_cache_info().currsize == 1

    @pytest.mark.parametrize("verify", [False, True], ids=["private", "verified"])
    def test_the_classes_are_those_of_the_whole(
        self, stored: Callable[..., DynamicModels], monkeypatch: pytest.MonkeyPatch, verify: bool
    ) -> None:
        if verify:
            monkeypatch.setenv(TRUST_VARIABLE, "verify")
        names = ["Money", "Line", "Order", "Employee", "Problem", "Tags", "Kind"]
        alone = {}
        for name in names:
            models = stored(name)
            alone[name] = described(models[name])
            assert not ran(models) >= set(names)
            del models
            forget()

        whole = stored()

        assert alone == {name: described(whole[name]) for name in names}

    def test_no_generator_is_loaded(self, folder: Path, stored: Callable[..., DynamicModels]) -> None:
        document = shop(self.test_no_generator_is_loaded.__name__)
        generate_dynamic_models(document, store=folder)

        assert in_fresh_interpreter(_loads_the_generator, document, folder, "Line") is False

    def test_what_comes_later_is_of_the_same_classes(self, stored: Callable[..., DynamicModels]) -> None:
        money = stored("Money")["Money"]
        order = stored("Order")
        line = stored("#/components/schemas/Line")["Line"]

        whole = stored()

        assert whole["Money"] is money
        assert whole["Order"] is order["Order"]
        assert whole["Line"] is line
        assert line.model_fields["price"].annotation is money
        assert whole["Employee"].model_validate({"boss": {"name": "Ada"}}).boss.name == "Ada"
        assert "class Employee(" in whole.source

    def test_what_came_first_is_asked_for_again_in_memory(self, stored: Callable[..., DynamicModels]) -> None:
        first = stored("Money", "orders/place")
        before = dynamic_models_cache_info()

        again = stored("orders/place")
        whole = stored()
        last = stored("Employee")

        assert again["Order"] is first["Order"]
        assert last["Employee"] is whole["Employee"]
        assert dynamic_models_cache_info().hits == before.hits + 2
        assert dynamic_models_cache_info().currsize == 1

    def test_also_when_the_cache_was_cleared(self, stored: Callable[..., DynamicModels]) -> None:
        money = stored("Money")["Money"]
        forget()

        line = stored("Line")["Line"]
        forget()

        assert line.model_fields["price"].annotation is money
        assert stored()["Line"] is line

    def test_attributes_of_the_whole_complete_it(self, stored: Callable[..., DynamicModels]) -> None:
        models = stored("Line")

        assert models.unenforced == ()

        assert "Employee" in ran(models)
        assert stored()["Line"] is models["Line"]

    def test_a_class_that_was_not_asked_for_is_found_in_the_module(self, stored: Callable[..., DynamicModels]) -> None:
        module = sys.modules[stored("Money")["Money"].__module__]

        assert module.Employee is stored()["Employee"]

    def test_threads_at_once_get_one_class_each(self, stored: Callable[..., DynamicModels]) -> None:
        names = ["Money", "Line", "Order", "Employee", "Problem"]
        asked = [*names, "", *reversed(names)] * 3

        with ThreadPoolExecutor(8) as threads:
            given = list(threads.map(lambda name: stored(*filter(None, [name])), asked))

        for name in names:
            assert len({id(models[name]) for models in given if name in models}) == 1

    def test_source_is_shown_also_when_the_store_is_gone(
        self, stored: Callable[..., DynamicModels], folder: Path
    ) -> None:
        line, employee = stored("Line")["Line"], stored("Employee")["Employee"]
        shutil.rmtree(folder)

        assert inspect.getsource(line).startswith("class Line(BaseModel):\n")
        assert inspect.getsource(employee).startswith("class Employee(BaseModel):\n")

    def test_a_damaged_document_costs_no_more_than_a_build(
        self, stored: Callable[..., DynamicModels], folder: Path
    ) -> None:
        (damaged,) = folder.glob("d*/schema.json")
        damaged.write_text("{}")

        assert list(stored("Tags")) == ["Tags"]
        assert set(stored("orders/place")) == {"Order", "Line", "Problem"}

    def test_what_takes_the_whole_says_that_the_store_is_gone(
        self, stored: Callable[..., DynamicModels], folder: Path
    ) -> None:
        models = stored("Line")
        shutil.rmtree(folder)

        for attribute in ("root", "schema", "unenforced"):
            with pytest.raises(StoreError, match="no more"):
                getattr(models, attribute)
        assert not hasattr(sys.modules[models.module.__name__], "Employee")
        assert stored()["Line"] is models["Line"]

    def test_unions_that_multiply_the_work_are_limited_in_a_part_too(self, folder: Path) -> None:
        node = {"anyOf": [{"$ref": "#/$defs/Left"}, {"$ref": "#/$defs/Right"}]}
        side = {
            "type": "object",
            "required": ["next"],
            "properties": {"next": {"anyOf": [*node["anyOf"], {"type": "null"}]}},
        }
        schema = {
            "title": "Knot",
            "type": "object",
            "properties": {"at": node},
            "$defs": {"Left": side, "Right": {**side, "description": "R"}},
        }
        generate_dynamic_models(schema, store=folder)
        forget()
        value: Any = {"next": 5}
        for _ in range(60):
            value = {"next": value}

        with pytest.raises(ValidationError, match="nests too deeply"):
            generate_dynamic_models(schema, store=folder, target_model_names=["Left"])["Left"].model_validate(value)

    def test_a_build_that_is_not_kept_is_of_its_own_classes(self, stored: Callable[..., DynamicModels]) -> None:
        first, second = stored("Line", cache_size=0), stored("Line", cache_size=0)

        assert first["Line"] is not second["Line"]
        assert "Employee" not in ran(first)
        assert first.unenforced == ()
        assert first._build.whole["Line"] is first["Line"]  # type: ignore[union-attr]

    @pytest.fixture
    def ask_exactly(self, folder: Path, request: pytest.FixtureRequest) -> Callable[..., DynamicModels]:
        document = shop(request.node.name)
        document["components"]["schemas"]["Money"]["not"] = {"properties": {"cents": {"const": 13}}}

        def ask(*targets: str) -> DynamicModels:
            return generate_dynamic_models(document, store=folder, exact=True, target_model_names=targets or None)

        ask()
        forget()
        return ask

    def test_exact_classes_are_exact_by_themselves(self, ask_exactly: Callable[..., DynamicModels]) -> None:
        models = ask_exactly("#/components/schemas/Line")

        assert ran(models) == {"Line", "Money", "Packing", "Kind", "Currency"}
        assert costs(models["Line"], 12)
        assert not costs(models["Line"], 13)
        assert models.unenforced == ()
        assert models["Line"].model_json_schema()["$defs"]["Money"]["not"]

    def test_exact_classes_stay_exact_when_others_come(self, ask_exactly: Callable[..., DynamicModels]) -> None:
        money = ask_exactly("Money")["Money"]
        line = ask_exactly("Line")["Line"]
        whole = ask_exactly()

        assert whole["Line"] is line
        assert line.model_fields["price"].annotation is money
        for cls in (line, whole["Line"]):
            assert not costs(cls, 13)
        with pytest.raises(ValidationError):
            whole["Order"].model_validate({"lines": [{"article": "pen", "price": {"cents": 13}}]})

    def test_exact_classes_judge_also_when_the_store_is_gone(
        self, ask_exactly: Callable[..., DynamicModels], folder: Path
    ) -> None:
        line = ask_exactly("Line")["Line"]
        shutil.rmtree(folder)

        assert costs(line, 12)
        assert not costs(line, 13)

    def test_exact_classes_can_be_sent_on(self, ask_exactly: Callable[..., DynamicModels]) -> None:
        pickled = pickle.dumps(ask_exactly("Line")["Line"])
        forget()

        line = pickle.loads(pickled)

        assert not costs(line, 13)
        assert ask_exactly("Order")["Order"].model_fields["lines"].annotation == list[line]  # type: ignore[valid-type]  # made at run time


def costs(line: type[Any], cents: int) -> bool:
    """Tell whether a line accepts a price."""
    try:
        line.model_validate({"article": "pen", "price": {"cents": cents}})
    except ValidationError:
        return False
    return True


class TestPackages:
    def test_a_class_comes_from_the_file_that_has_it(self, folder: Path) -> None:
        options: dict[str, Any] = {"store": folder}
        whole = {name: described(cls) for name, cls in generate_dynamic_models(INVOICING, **options).items()}
        forget()

        for name in whole:
            models = generate_dynamic_models(INVOICING, **options, target_model_names=[name])
            assert described(models[name]) == whole[name]
            del models
            forget()

    def test_two_classes_of_one_name_are_told_apart_by_their_pointers(self, folder: Path) -> None:
        number, text = ({"type": "object", "properties": {"id": {"type": kind}}} for kind in ("integer", "string"))
        schema = {
            "type": "object",
            "properties": {"a": {"$ref": "#/$defs/sales.Key"}, "b": {"$ref": "#/$defs/stock.Key"}},
            "$defs": {"sales.Key": number, "stock.Key": text},
        }
        for _ in range(2):
            for pointer, kind in (("#/$defs/sales.Key", int), ("#/$defs/stock.Key", str)):
                models = generate_dynamic_models(schema, store=folder, target_model_names=[pointer])
                assert models["Key"].model_fields["id"].annotation == kind | None
            with pytest.raises(OptionsError, match="called 'Key'"):
                generate_dynamic_models(
                    schema, store=folder, target_model_names=["#/$defs/sales.Key", "#/$defs/stock.Key"]
                )
            del models
            forget()


class TestPickles:
    def test_one_that_came_before_is_among_those_of_the_store(self, stored: Callable[..., DynamicModels]) -> None:
        pickled = pickle.dumps(stored("Line")["Line"])
        forget()

        line = pickle.loads(pickled)
        order = stored("Order")["Order"]

        assert order.model_fields["lines"].annotation == list[line]  # type: ignore[valid-type]  # made at run time
        assert stored()["Line"] is line
        assert inspect.getsource(order).startswith("class Order(BaseModel):\n")

    def test_one_that_comes_later_is_that_of_the_store(self, stored: Callable[..., DynamicModels]) -> None:
        pickled = pickle.dumps(stored("Order")["Order"])
        forget()

        line = stored("Line")["Line"]
        order = pickle.loads(pickled)

        assert order.model_fields["lines"].annotation == list[line]  # type: ignore[valid-type]  # made at run time
        again = pickle.dumps(order)
        del order, line
        forget()
        assert described(pickle.loads(again)) == described(stored("Order")["Order"])

    def test_a_choice_of_classes_arrives_as_one(self, stored: Callable[..., DynamicModels]) -> None:
        models = stored("Line", "Tags")

        names, attributes = in_fresh_interpreter(_told, pickle.dumps(models))

        assert names == ["Line", "Tags"]
        assert attributes == [models.digest, models.schema, models.source, sorted(models.pointers)]


def _loads_the_generator(document: Any, folder: Path, target: str) -> bool:
    assert list(generate_dynamic_models(document, store=folder, target_model_names=[target])) == [target]
    return "datamodel_code_generator" in sys.modules


def _told(pickled: bytes) -> Any:
    models = pickle.loads(pickled)
    return list(models), [models.digest, models.schema, models.source, sorted(models.pointers)]


def test_a_pointer_finds_a_class_among_all_of_them() -> None:
    models = generate_dynamic_models(shop("By pointer"))

    assert models["#/components/schemas/Line"] is models["Line"]
    with pytest.raises(UnknownModelError, match="#/components/schemas/Line"):
        models["#/components/schemas/Lines"]


def test_for_a_schema_that_another_class_stands_for_the_error_names_it() -> None:
    ways = ["by land", "by sea"]
    schema = {
        "title": "Parcel",
        "type": "object",
        "properties": {"way": {"$ref": "#/$defs/Way"}, "route": {"$ref": "#/$defs/Route"}},
        "$defs": {"Way": {"enum": ways}, "Route": {"enum": ways, "description": "Where it went."}},
    }
    models = generate_dynamic_models(schema, reuse_model=True, collapse_reuse_models=True)
    missing = "#/$defs/Route" if "#/$defs/Way" in models.pointers else "#/$defs/Way"

    with pytest.raises(UnknownModelError, match="stands for both"):
        models[missing]


def test_classes_that_are_asked_for_are_read_only_too() -> None:
    models = generate_dynamic_models(shop("Read only"), target_model_names=["Line"])

    with pytest.raises(TypeError, match="read-only"):
        models.update(A=int)
    assert json.dumps(sorted(models)) == '["Line"]'
