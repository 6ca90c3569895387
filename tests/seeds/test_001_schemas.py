"""Page 001, sections 4 to 8 and 10: JSON Schema, types of one's own, root models, adapters, caching."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any

import pytest
from pydantic import (
    BaseModel,
    Field,
    GetCoreSchemaHandler,
    RootModel,
    TypeAdapter,
    ValidationError,
    create_model,
)
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from dynmodels import clear_dynamic_models_cache, dynamic_models_cache_info, generate_dynamic_models

LOAN: dict[str, Any] = {
    "title": "Loan",
    "type": "object",
    "required": ["days", "code"],
    "properties": {
        "days": {"type": "integer", "minimum": 1, "maximum": 28},
        "code": {"type": "string", "minLength": 2},
        "reader": {"$ref": "#/$defs/Reader"},
        "notes": {"type": "array", "items": {"type": "string"}},
    },
    "$defs": {"Reader": {"type": "object", "properties": {"name": {"type": "string"}}}},
}

both_ways = pytest.mark.parametrize("exact", [False, True], ids=["plain", "exact"])


class ShelfMark(str):
    """A text that says itself what it takes."""

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(cls, core_schema.str_schema(pattern="^[A-Z]+-[0-9]+$"))


class InCapitals:
    """Metadata that changes what it stands beside."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(str.upper, handler(source))


class Days(int):
    """Days that are given as weeks, too, told by pydantic's own schemas."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        weeks = core_schema.no_info_after_validator_function(
            lambda text: cls(int(text.removesuffix("w")) * 7), core_schema.str_schema(pattern="^[0-9]+w$")
        )
        return core_schema.union_schema(
            [core_schema.no_info_after_validator_function(cls, core_schema.int_schema(gt=0)), weeks],
            serialization=core_schema.to_string_ser_schema(),
        )


class Named:
    """Metadata that asks the handler for another type's schema."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.union_schema([handler(source), handler.generate_schema(bool)])


Capitals = Annotated[str, InCapitals()]
TextOrTruth = Annotated[str, Named()]


class TestModelJsonSchema:
    @both_ways
    def test_it_says_what_the_schema_said(self, exact: bool) -> None:
        written = generate_dynamic_models(LOAN, exact=exact)["Loan"].model_json_schema()

        assert written["required"] == ["days", "code"]
        assert {"minimum": 1, "maximum": 28, "type": "integer"}.items() <= written["properties"]["days"].items()
        assert written["properties"]["code"]["minLength"] == 2
        assert written["$defs"]["Reader"]["properties"]["name"]

    def test_modes(self) -> None:
        loan = generate_dynamic_models({**LOAN, "properties": {**LOAN["properties"], "late": {"default": 0}}})["Loan"]

        assert "late" not in loan.model_json_schema(mode="validation")["required"]
        assert "late" in loan.model_json_schema(mode="serialization").get("required", []) or (
            loan.model_json_schema(mode="serialization")["properties"]["late"]["default"] == 0
        )

    def test_references_by_a_template(self) -> None:
        written = generate_dynamic_models(LOAN)["Loan"].model_json_schema(ref_template="#/components/schemas/{model}")

        assert "#/components/schemas/Reader" in str(written["properties"]["reader"])


class TestCustomSchemaGenerator:
    @both_ways
    def test_a_subclass_of_pydantics_generator_adds_to_it(self, exact: bool) -> None:
        class Dated(GenerateJsonSchema):
            def generate(self, schema: Any, mode: Any = "validation") -> Any:
                return {**super().generate(schema, mode=mode), "$schema": self.schema_dialect}

        written = generate_dynamic_models(LOAN, exact=exact)["Loan"].model_json_schema(schema_generator=Dated)

        assert written["$schema"] == GenerateJsonSchema.schema_dialect
        assert written["properties"]["days"]["maximum"] == 28


class TestDynamicModelsAndJsonSchema:
    @both_ways
    def test_what_they_say_can_be_generated_again(self, exact: bool) -> None:
        loan = generate_dynamic_models(LOAN, exact=exact)["Loan"]

        again = generate_dynamic_models(loan.model_json_schema(), exact=exact)["Loan"]

        assert list(again.model_fields) == list(loan.model_fields)
        for value in ({"days": 29, "code": "ab"}, {"days": 1, "code": "a"}, {"days": 1}):
            for cls in (loan, again):
                with pytest.raises(ValidationError):
                    cls.model_validate(value)

    def test_a_tagged_union_says_so(self) -> None:
        fields = {"kind": {"const": "book"}}, {"kind": {"const": "map"}}
        item = {
            "oneOf": [{"$ref": "#/components/schemas/Book"}, {"$ref": "#/components/schemas/Map"}],
            "discriminator": {"propertyName": "kind"},
        }
        schemas: dict[str, Any] = {
            name: {"type": "object", "required": ["kind"], "properties": each}
            for name, each in zip(("Book", "Map"), fields, strict=True)
        }
        schemas["Shelf"] = {"type": "object", "properties": {"item": item}}
        document = {
            "openapi": "3.1.0",
            "info": {"title": "Shelves", "version": "1"},
            "paths": {},
            "components": {"schemas": schemas},
        }

        written = generate_dynamic_models(document)["Shelf"].model_json_schema()

        assert "'propertyName': 'kind'" in str(written)
        assert "oneOf" in str(written)


class TestAdapterSchemas:
    def test_types_that_are_no_classes(self) -> None:
        loan: Any = generate_dynamic_models(LOAN)["Loan"]

        written = TypeAdapter(list[loan] | None).json_schema(mode="validation")

        assert written["anyOf"][0] == {"items": {"$ref": "#/$defs/Loan"}, "type": "array"}
        assert written["$defs"]["Loan"]["properties"]["days"]["minimum"] == 1


class TestTypesOfOnesOwn:
    """``types=`` takes any type that pydantic knows."""

    def test_on_the_type_itself(self) -> None:
        loan = generate_dynamic_models(LOAN, types={"#/properties/code": ShelfMark})["Loan"]

        assert type(loan(days=1, code="QA-76").code) is ShelfMark
        with pytest.raises(ValidationError, match="String should match pattern"):
            loan(days=1, code="qa76")

    def test_as_metadata(self) -> None:
        loan = generate_dynamic_models(LOAN, types={"#/properties/code": Capitals})["Loan"]

        assert loan(days=1, code="qa").code == "QA"

    def test_handlers_give_other_types_schemas(self) -> None:
        loan = generate_dynamic_models(LOAN, types={"#/properties/code": TextOrTruth})["Loan"]

        assert (loan(days=1, code="qa").code, loan(days=1, code=True).code) == ("qa", True)

    def test_functions_of_core_schema(self) -> None:
        loan = generate_dynamic_models(LOAN, types={"#/properties/days": Days})["Loan"]

        assert loan(days="2w", code="qa").days == 14
        assert loan(days=3, code="qa").model_dump_json() == '{"days":"3","code":"qa","reader":null,"notes":null}'
        with pytest.raises(ValidationError):
            loan(days=-3, code="qa")

    def test_exact_classes_judge_by_the_schema_first(self) -> None:
        loan = generate_dynamic_models(LOAN, types={"#/properties/code": ShelfMark}, exact=True)["Loan"]

        with pytest.raises(ValidationError) as caught:
            loan.model_validate({"days": 1, "code": "Q"})
        assert caught.value.errors()[0]["type"] == "json_schema.minLength"


class TestRootModels:
    SHELF: dict[str, Any] = {  # noqa: RUF012 (nobody changes it)
        "title": "Shelf",
        "type": "array",
        "items": {"anyOf": [{"$ref": "#/$defs/Book"}, {"type": "string"}]},
        "$defs": {"Book": {"type": "object", "required": ["isbn"], "properties": {"isbn": {"type": "string"}}}},
    }

    @both_ways
    def test_a_schema_that_is_no_object_is_one(self, exact: bool) -> None:
        models = generate_dynamic_models(self.SHELF, exact=exact)
        shelf = models["Shelf"].model_validate([{"isbn": "978"}, "a map"])

        assert issubclass(models["Shelf"], RootModel)
        assert type(shelf.root[0]) is models["Book"]
        assert shelf.model_dump() == [{"isbn": "978"}, "a map"]

    def test_it_is_a_type_for_fields_as_others_are(self) -> None:
        shelf = generate_dynamic_models(self.SHELF)["Shelf"]
        room: Any = create_model("Room", shelves=(list[shelf], ...))  # type: ignore[valid-type]

        assert room(shelves=[["a map"]]).shelves[0].root == ["a map"]

    def test_a_union_may_be_wrapped(self) -> None:
        book: Any = generate_dynamic_models(self.SHELF)["Book"]
        lent: Any = RootModel.__class_getitem__(book | None)

        assert type(lent.model_validate({"isbn": "978"}).root) is book
        assert lent.model_validate(None).root is None


class TestTypeAdapters:
    @both_ways
    def test_what_is_no_model_is_validated_by_an_adapter(self, exact: bool) -> None:
        loan = generate_dynamic_models(LOAN, exact=exact)["Loan"]
        adapter: TypeAdapter[Any] = TypeAdapter(dict[str, Annotated[list[loan], Field(min_length=1)]])  # type: ignore[valid-type]

        found = adapter.validate_json('{"ada": [{"days": 3, "code": "qa"}]}')

        assert type(found["ada"][0]) is loan
        with pytest.raises(ValidationError) as caught:
            adapter.validate_python({"ada": [{"days": 99, "code": "qa"}]})
        assert caught.value.errors()[0]["loc"] == ("ada", 0, "days")

    def test_the_root_of_a_document_may_be_no_class(self) -> None:
        models = generate_dynamic_models({"$ref": "#/$defs/Reader", "$defs": LOAN["$defs"]})

        assert TypeAdapter(models.root).validate_python({"name": "Ada"}).name == "Ada"


class TestCaching:
    def test_the_same_call_gives_the_same_classes(self) -> None:
        first, before = generate_dynamic_models(LOAN), dynamic_models_cache_info()

        assert generate_dynamic_models(dict(LOAN)) is first
        after = dynamic_models_cache_info()
        assert (after.hits - before.hits, after.misses - before.misses) == (1, 0)

    def test_a_callers_own_lru_cache_may_stand_before_it(self) -> None:
        @lru_cache(maxsize=2)
        def loan_class(shortest: int) -> type[BaseModel]:
            days = {"type": "integer", "minimum": shortest}
            model: type[BaseModel] = generate_dynamic_models(
                {**LOAN, "properties": {**LOAN["properties"], "days": days}}
            )["Loan"]
            return model

        assert loan_class(1) is loan_class(1)
        assert loan_class(1) is not loan_class(2)
        assert loan_class.cache_info().hits == 2

    def test_documents_need_not_be_hashable(self) -> None:
        assert isinstance(LOAN, dict)
        assert generate_dynamic_models(LOAN) is generate_dynamic_models(LOAN)

    def test_without_a_cache_each_call_makes_classes_of_its_own(self) -> None:
        first, second = (generate_dynamic_models(LOAN, cache_size=0)["Loan"] for _ in range(2))

        assert first is not second

    def test_dropping_the_cache_leaves_classes_in_use_alone(self) -> None:
        loan = generate_dynamic_models(LOAN)["Loan"]

        assert clear_dynamic_models_cache() == 1
        assert loan(days=1, code="qa").days == 1


class TestPerformance:
    """What the page says of cost, as far as it shows without a clock."""

    def test_a_hit_makes_no_schema_anew(self, monkeypatch: pytest.MonkeyPatch) -> None:
        models = generate_dynamic_models(LOAN)
        validator = models["Loan"].__pydantic_validator__
        monkeypatch.setattr(BaseModel, "model_rebuild", _never)

        again = generate_dynamic_models(LOAN)

        assert again["Loan"].__pydantic_validator__ is validator

    def test_complete_classes_are_not_rebuilt_unless_that_is_forced(self) -> None:
        loan = generate_dynamic_models(LOAN)["Loan"]
        validator = loan.__pydantic_validator__

        assert loan.model_rebuild() is None
        assert loan.__pydantic_validator__ is validator

    def test_constants_tell_classes_apart_by_a_table(self) -> None:
        document = {
            "title": "Shelf",
            "type": "object",
            "properties": {"item": {"oneOf": [{"$ref": "#/$defs/Book"}, {"$ref": "#/$defs/Map"}]}},
            "$defs": {
                name: {"type": "object", "required": ["kind"], "properties": {"kind": {"const": name.lower()}}}
                for name in ("Book", "Map")
            },
        }

        shelf = generate_dynamic_models(document)["Shelf"]

        assert "'type': 'tagged-union'" in str(shelf.__pydantic_core_schema__)


def _never(*_: Any, **__: Any) -> Callable[..., Any]:
    raise AssertionError("it was rebuilt")


def test_signatures_show_the_fields() -> None:
    loan = generate_dynamic_models(LOAN)["Loan"]

    assert list(inspect.signature(loan).parameters) == ["days", "code", "reader", "notes"]
