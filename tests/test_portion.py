"""Portions: classes that are built without the others of their document."""

from __future__ import annotations

import gc
import inspect
import json
import logging
import pickle
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from dynmodels import (
    DynamicModels,
    Limits,
    UnknownModelError,
    UnsafeSchemaError,
    clear_dynamic_models_cache,
    generate_dynamic_models,
)
from tests.interpreter import in_fresh_interpreter


def library(title: str) -> dict[str, Any]:
    """A library's API, under a title that no other test has.

    Books, films and readers each have a status of their own, so that what the class of one is called depends on the
    others.
    """

    def status(*values: str) -> dict[str, Any]:
        return {"type": "string", "enum": list(values)}

    def thing(**properties: Any) -> dict[str, Any]:
        return {"type": "object", "required": ["status"], "properties": properties}

    document = {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1"},
        "paths": {
            "/loans": {
                "post": {
                    "operationId": "lend",
                    "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/loan"}}}},
                    "responses": {
                        "404": {
                            "description": "none",
                            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/problem"}}},
                        }
                    },
                }
            }
        },
        "components": {
            "schemas": {
                "film": thing(status=status("lent", "lost"), minutes={"type": "integer"}),
                "book": thing(status=status("lent", "here"), shelf={"type": "object", "properties": {"row": {}}}),
                "reader": thing(status=status("active"), home={"$ref": "#/components/schemas/address"}),
                "address": {"type": "object", "properties": {"street": {"type": "string"}}},
                "loan": thing(
                    status=status("open", "closed"),
                    book={"$ref": "#/components/schemas/book"},
                    reader={"$ref": "#/components/schemas/reader"},
                ),
                "problem": {"type": "object", "properties": {"detail": {"type": "string"}}},
            }
        },
    }
    copy: dict[str, Any] = json.loads(json.dumps(document))  # no part of which is another one
    return copy


def described(cls: Any) -> Any:
    if not issubclass(cls, BaseModel):
        return [(member.name, member.value) for member in cls]
    fields = {name: (str(info.annotation), repr(info)) for name, info in cls.model_fields.items()}
    return cls.__name__, cls.__module__, fields, cls.model_json_schema()


def some(document: Any, *targets: str, **options: Any) -> DynamicModels:
    return generate_dynamic_models(document, target_model_names=targets, **{"store": False, **options})


def defined(models: DynamicModels) -> set[str]:
    """The classes that have been made of a document, asked for or not."""
    return {
        name
        for name, value in vars(models.module).items()
        if isinstance(value, type) and value.__module__ == models.module.__name__
    }


@pytest.fixture(autouse=True)
def no_earlier_classes() -> Iterator[None]:
    clear_dynamic_models_cache()
    gc.collect()
    yield
    clear_dynamic_models_cache()


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "dynmodels")
    return caplog


class TestWhatIsBuilt:
    def test_is_what_was_asked_for_and_what_it_needs(self) -> None:
        models = some(library("needs"), "Reader")
        assert list(models) == ["Reader"]
        assert defined(models) == {"Reader", "Status2", "Address"}

    @pytest.mark.parametrize("target", ["Film", "Book", "Reader", "Loan", "Status", "Status3", "Shelf", "Address"])
    def test_is_called_and_made_as_in_the_whole_document(self, target: str) -> None:
        alone = described(some(library("names"), target)[target])
        clear_dynamic_models_cache()
        gc.collect()
        whole = generate_dynamic_models(library("names"), store=False)
        assert alone == described(whole[target])

    def test_stays_the_same_class_when_the_others_come(self) -> None:
        document = library("same")
        loan = some(document, "Loan")["Loan"]
        reader = some(document, "Reader")
        whole = generate_dynamic_models(document, store=False)
        assert whole["Loan"] is loan
        assert whole["Reader"] is reader["Reader"]
        assert some(document, "Loan")["Loan"] is loan
        assert set(whole) > {"Film", "Problem"}

    def test_is_found_by_the_pointer_of_a_schema_and_of_one_in_it(self) -> None:
        models = some(library("pointer"), "#/components/schemas/book/properties/shelf", "#/components/schemas/loan")
        assert list(models) == ["Shelf", "Loan"]
        assert models["#/components/schemas/loan"] is models["Loan"]

    def test_is_what_an_operation_takes_and_gives(self) -> None:
        assert list(some(library("operation"), "lend")) == ["Loan", "Problem"]

    def test_is_the_class_that_stands_for_an_equal_schema_of_the_same_name(self) -> None:
        document = library("merged")
        colour = {"type": "string", "enum": ["red", "blue"]}
        document["components"]["schemas"]["film"]["properties"]["spine_colour"] = colour
        document["components"]["schemas"]["spine-colour"] = {"title": "Colour", **colour}
        alone = list(some(document, "#/components/schemas/spine-colour"))
        clear_dynamic_models_cache()
        gc.collect()
        whole = generate_dynamic_models(document, store=False)
        assert alone == list(whole.only(["#/components/schemas/spine-colour"])) == ["SpineColour"]

    def test_has_the_attributes_of_the_whole_document(self) -> None:
        document = library("attributes")
        models = some(document, "Reader")
        assert models.schema == document
        assert set(models.pointers) >= {"#/components/schemas/reader", "#/components/schemas/address"}
        assert "class Reader(" in models.source
        assert "class Film(" not in models.source
        assert models.root is None
        assert models.digest == generate_dynamic_models(document, store=False).digest

    def test_is_what_is_in_use_where_all_classes_are_there_already(self) -> None:
        document = library("in use")
        whole = generate_dynamic_models(document, store=False)
        clear_dynamic_models_cache()
        assert some(document, "Book")["Book"] is whole["Book"]
        assert inspect.getsource(whole["Film"]).startswith("class Film(")

    def test_travels_to_another_process(self) -> None:
        reader = some(library("travels"), "Reader")["Reader"]
        sent = pickle.dumps(reader.model_validate({"status": "active", "home": {"street": "Storgatan"}}))
        assert in_fresh_interpreter(_street, sent) == "Storgatan"

    def test_is_rendered_in_another_process_where_that_is_asked_for(self) -> None:
        assert list(some(library("isolated"), "Book", isolate=True)) == ["Book"]

    def test_is_nobody_elses_where_nothing_is_kept(self) -> None:
        document = library("anew")
        assert some(document, "Book", cache_size=0)["Book"] is not some(document, "Book", cache_size=0)["Book"]

    def test_is_one_class_for_threads_at_once(self) -> None:
        document = library("threads")
        targets = ["Book", "Reader", "Loan", "Address"] * 4
        with ThreadPoolExecutor(8) as pool:
            classes = list(pool.map(lambda target: some(document, target)[target], targets))
        assert len(set(classes)) == 4
        loan = classes[targets.index("Loan")]
        assert loan.model_fields["book"].annotation == classes[0] | None

    def test_is_the_class_of_a_name_before_it_is_an_operation(self) -> None:
        document = library("name or operation")
        document["paths"]["/loans"]["post"]["operationId"] = "Shelf"
        assert list(some(document, "Shelf")) == ["Shelf"]

    def test_can_be_asked_for_more(self) -> None:
        models = some(library("more"), "Book")
        assert list(models.only(["Film"])) == ["Film"]


class TestWhatIsNotThere:
    def test_is_an_error_with_what_is_closest(self) -> None:
        with pytest.raises(UnknownModelError, match=r"'Reeder'\n  The closest are: Reader"):
            some(library("closest"), "Reeder")

    def test_is_an_error_also_for_a_number_that_no_class_has(self) -> None:
        with pytest.raises(UnknownModelError, match="Status9"):
            some(library("number"), "Status9")

    def test_is_an_error_for_what_is_no_json_pointer(self) -> None:
        with pytest.raises(UnknownModelError, match="#loan"):
            some(library("anchor"), "#loan")

    def test_builds_nothing_when_somebody_looks_for_a_name_in_the_module(self, said: pytest.LogCaptureFixture) -> None:
        said.set_level(logging.DEBUG, "dynmodels")
        module = sys.modules[some(library("looked for"), "Book").module.__name__]
        said.clear()
        assert not hasattr(module, "Film")
        assert "built" not in said.text

    def test_is_an_error_for_a_schema_that_is_nowhere(self) -> None:
        with pytest.raises(UnknownModelError, match="#/components/schemas/author"):
            some(library("nowhere"), "#/components/schemas/author")


class TestTheWholeDocument:
    """It is built where the names cannot be told from a part, and the log says why."""

    def test_is_built_for_exact_classes(self, said: pytest.LogCaptureFixture) -> None:
        assert list(some(library("exact"), "Book", exact=True)) == ["Book"]
        assert "they are exact" in said.text

    def test_is_built_where_names_become_modules(self, said: pytest.LogCaptureFixture) -> None:
        document = library("modules")
        document["components"]["schemas"]["archive.Box"] = {"type": "object"}
        assert list(some(document, "Book")) == ["Book"]
        assert "names with dots" in said.text

    def test_is_built_where_an_option_concerns_all_schemas(self, said: pytest.LogCaptureFixture) -> None:
        assert list(some(library("option"), "Book", reuse_model=True)) == ["Book"]
        assert "reuse_model" in said.text

    def test_is_built_for_a_class_that_is_called_like_an_import(self, said: pytest.LogCaptureFixture) -> None:
        document = library("import")
        document["components"]["schemas"]["Field"] = {"type": "object", "properties": {"crop": {"type": "string"}}}
        models = some(document, "#/components/schemas/Field")
        assert models["#/components/schemas/Field"].model_fields.keys() == {"crop"}
        assert "import" in said.text

    def test_is_not_looked_at_for_what_may_not_be(self) -> None:
        document = library("unsafe")
        document["components"]["schemas"]["problem"]["properties"]["detail"]["x-python-type"] = "os.system"
        assert list(some(document, "Book")) == ["Book"]
        with pytest.raises(UnsafeSchemaError):
            some(document, "Problem")

    def test_may_hold_more_than_the_limits_admit(self) -> None:
        document = library("limits")
        few = Limits(definitions=4)
        with pytest.raises(UnsafeSchemaError, match="definitions"):
            generate_dynamic_models(document, store=False, limits=few)
        assert list(some(document, "Film", limits=few)) == ["Film"]


class TestStored:
    def test_a_portion_is_found_by_the_next_process_which_loads_no_generator(self, tmp_path: Path) -> None:
        document = library("stored")
        some(document, "Loan", store=tmp_path)
        assert in_fresh_interpreter(_stored, document, str(tmp_path), "Loan") == ["Loan", False]

    def test_what_was_not_asked_for_is_built_then(self, tmp_path: Path) -> None:
        document = library("others")
        some(document, "Loan", store=tmp_path)
        clear_dynamic_models_cache()
        gc.collect()
        loan = some(document, "Loan", store=tmp_path)
        film = some(document, "Film", store=tmp_path)
        whole = generate_dynamic_models(document, store=tmp_path)
        assert (whole["Loan"], whole["Film"]) == (loan["Loan"], film["Film"])
        assert loan.schema == document

    def test_the_document_is_as_it_was_whatever_becomes_of_the_mapping(self, tmp_path: Path) -> None:
        document = library("mapping")
        some(document, "Loan", store=tmp_path)
        clear_dynamic_models_cache()
        gc.collect()
        models = some(document, "Loan", store=tmp_path)
        document["info"]["title"] = "another"
        assert models.schema["info"]["title"] == "mapping"
        assert models.root is None

    def test_the_whole_serves_when_it_is_there(self, tmp_path: Path) -> None:
        document = library("whole")
        generate_dynamic_models(document, store=tmp_path)
        assert in_fresh_interpreter(_stored, document, str(tmp_path), "lend") == ["Loan", "Problem", False]


class TestOtherSource:
    def test_an_altered_pickle_spoils_no_later_call(self, said: pytest.LogCaptureFixture) -> None:
        document = library("altered")
        sent = pickle.dumps(some(document, "Address")["Address"], protocol=0)
        clear_dynamic_models_cache()
        gc.collect()
        assert b"street" in sent
        altered = pickle.loads(sent.replace(b"street", b"avenue"))
        assert list(altered.model_fields) == ["avenue"]
        whole = generate_dynamic_models(document, store=False)
        assert list(whole["Address"].model_fields) == ["street"]
        assert whole["Reader"](status="active", home={"street": "Storgatan"}).home.street == "Storgatan"
        assert "made anew" in said.text


def _street(sent: bytes) -> str:
    return str(pickle.loads(sent).home.street)


def _stored(document: Any, folder: str, target: str) -> list[Any]:
    models = generate_dynamic_models(document, store=Path(folder), target_model_names=[target])
    return [*models, "datamodel_code_generator" in sys.modules]
