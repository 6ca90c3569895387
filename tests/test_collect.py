"""``DynamicModels``: what is given out, and that it stays as it is."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from dynmodels import DynamicModels, UnknownModelError, generate_dynamic_models
from tests.documents import BOOK, INVOICING, PET_SHOP


def test_it_is_a_dict_of_classes() -> None:
    models = generate_dynamic_models(BOOK)

    assert isinstance(models, dict)
    assert all(isinstance(cls, type) for cls in models.values())
    assert "BaseModel" not in models


@pytest.mark.parametrize(
    "change",
    [
        lambda models: models.update(A=int),
        lambda models: models.pop("Book"),
        lambda models: models.popitem(),
        lambda models: models.clear(),
        lambda models: models.setdefault("A", int),
        lambda models: models.__setitem__("A", int),
        lambda models: models.__delitem__("Book"),
        lambda models: models.__ior__({"A": int}),
        lambda models: setattr(models, "root", int),
    ],
)
def test_it_is_read_only_as_others_share_it(change: Callable[[Any], Any]) -> None:
    models = generate_dynamic_models(BOOK)

    with pytest.raises(TypeError, match="copy them"):
        change(models)
    assert set(models) == {"Book", "Author", "Binding"}


@pytest.mark.parametrize(
    "copied", [dict, copy.copy, copy.deepcopy, lambda models: models.copy(), lambda models: models | {}]
)
def test_a_copy_may_be_changed(copied: Callable[[Any], Any]) -> None:
    models = copied(generate_dynamic_models(BOOK))

    models["Extra"] = int

    assert not isinstance(models, DynamicModels)
    assert models["Book"] is generate_dynamic_models(BOOK)["Book"]


def test_an_unknown_name_is_a_key_error_that_helps() -> None:
    models = generate_dynamic_models(BOOK)

    with pytest.raises(KeyError, match="The closest are: Author"):
        models["Auther"]
    with pytest.raises(UnknownModelError, match="The classes are: Author, Binding, Book"):
        models["Zzz"]
    assert models.get("Auther") is None


def test_pointers_lead_from_a_schema_to_its_class() -> None:
    models = generate_dynamic_models(BOOK)

    assert dict(models.pointers) == {
        "#": models["Book"],
        "#/$defs/Author": models["Author"],
        "#/properties/binding": models["Binding"],
    }


def test_classes_of_one_name_in_two_modules_are_told_apart_by_pointer() -> None:
    schema = {
        "$defs": {
            "shop.Item": {"type": "object", "properties": {"price": {"type": "number"}}},
            "store.Item": {"type": "object", "properties": {"shelf": {"type": "string"}}},
        },
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/shop.Item"}, "b": {"$ref": "#/$defs/store.Item"}},
    }

    pointers = generate_dynamic_models(schema).pointers

    assert set(pointers["#/$defs/shop.Item"].model_fields) == {"price"}
    assert set(pointers["#/$defs/store.Item"].model_fields) == {"shelf"}


def test_the_schema_is_the_document_as_given_and_every_reader_gets_a_copy() -> None:
    models = generate_dynamic_models(PET_SHOP)

    expected = copy.deepcopy(PET_SHOP)
    expected["paths"]["/pets"]["get"]["responses"] = {"200": {"description": "all pets"}}
    assert models.schema == expected
    models.schema.clear()
    assert models.schema == expected


def test_names_with_a_leading_underscore_are_given_out_on_request() -> None:
    models = generate_dynamic_models(BOOK, class_name="_Book", allow_leading_underscore_class_name=True)

    assert models["_Book"] is models.root


def test_names_for_parametrised_root_models_are_classes_too() -> None:
    schema = {
        "type": "object",
        "properties": {"tags": {"$ref": "#/$defs/Tags"}},
        "$defs": {"Tags": {"type": "array", "items": {"type": "string"}}},
    }

    for title in ("First", "Second"):  # RootModel[list[str]] is one class for both
        models = generate_dynamic_models({**schema, "title": title}, use_root_model_type_alias=True)
        assert set(models) == {"Tags", title}
        assert models["Tags"].model_validate(["a"]).root == ["a"]


def test_the_same_document_gives_the_same_names_and_source_each_time() -> None:
    first = generate_dynamic_models(INVOICING, cache_size=0)
    second = generate_dynamic_models(INVOICING, cache_size=0)

    assert list(first) == list(second)
    assert (first.source, first.digest) == (second.source, second.digest)
