"""Types of one's own, root models and adapters (page 001, chapters 5 to 7)."""

from __future__ import annotations

from typing import Annotated, Any, Final

import pytest
from pydantic import Field, GetCoreSchemaHandler, RootModel, TypeAdapter, ValidationError, create_model
from pydantic_core import CoreSchema, core_schema

from dynmodels import generate_dynamic_models

LOAN: Final[dict[str, Any]] = {
    "title": "Loan",
    "type": "object",
    "required": ["days", "code"],
    "properties": {
        "days": {"type": "integer", "minimum": 1, "maximum": 28},
        "code": {"$ref": "#/$defs/Code"},
        "returned": {"$ref": "#/$defs/Code"},
    },
    "$defs": {"Code": {"type": "string", "minLength": 2}},
}

SHELF: Final[dict[str, Any]] = {
    "title": "Shelf",
    "type": "array",
    "items": {"anyOf": [{"$ref": "#/$defs/Book"}, {"type": "string"}]},
    "$defs": {"Book": {"type": "object", "required": ["isbn"], "properties": {"isbn": {"type": "string"}}}},
}

both_ways = pytest.mark.parametrize("exact", [False, True], ids=["plain", "exact"])


class ShelfMark(str):
    """A text that says itself what it takes."""

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(cls, core_schema.str_schema(pattern="^[A-Z]+-[0-9]+$"))


class InCapitals:
    """Metadata that changes what it stands beside."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(str.upper, handler(source))


class OrNumber:
    """Metadata that asks for the schema of another type."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.union_schema([handler(source), handler.generate_schema(int)])


class NamedAsItsField:
    """Metadata that puts the name of its field before a text."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        name = handler.field_name
        return core_schema.no_info_after_validator_function(lambda value: f"{name}:{value}", handler(source))


class Days(int):
    """Days, which may be given as weeks, and are written as a text."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        weeks = core_schema.no_info_after_validator_function(
            lambda text: cls(int(text.removesuffix("w")) * 7), core_schema.str_schema(pattern="^[0-9]+w$")
        )
        return core_schema.union_schema(
            [core_schema.no_info_after_validator_function(cls, core_schema.int_schema(gt=0)), weeks],
            serialization=core_schema.to_string_ser_schema(),
        )


class Due:
    """A day or a number of days, told apart by a table."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        day = core_schema.typed_dict_schema(
            {
                "by": core_schema.typed_dict_field(core_schema.literal_schema(["day"])),
                "day": core_schema.typed_dict_field(core_schema.date_schema()),
            }
        )
        count = core_schema.typed_dict_schema(
            {
                "by": core_schema.typed_dict_field(core_schema.literal_schema(["count"])),
                "count": core_schema.typed_dict_field(core_schema.int_schema()),
            }
        )
        return core_schema.tagged_union_schema(discriminator="by", choices={"day": day, "count": count})


Capitals = Annotated[str, InCapitals()]
TextOrNumber = Annotated[str, OrNumber()]
Labelled = Annotated[str, NamedAsItsField()]


def loan_with(pointer: str, type_: Any, **options: Any) -> Any:
    """Make the class of a loan with a type of one's own."""
    return generate_dynamic_models(LOAN, types={pointer: type_}, **options)["Loan"]


class TestCustomTypes:
    def test_a_type_stands_wherever_its_schema_is_meant(self) -> None:
        loan = loan_with("#/$defs/Code", ShelfMark)(days=1, code="QA-76", returned="QA-77")

        assert type(loan.code) is type(loan.returned) is ShelfMark

    def test_exact_classes_hold_data_against_the_document_before_the_type_does(self) -> None:
        loan = loan_with("#/$defs/Code", ShelfMark, exact=True)

        with pytest.raises(ValidationError) as caught:
            loan.model_validate({"days": 1, "code": "Q"})
        assert [fault["type"] for fault in caught.value.errors()] == ["json_schema.minLength"]


class TestOnTheTypeItself:
    def test_the_type_says_what_it_takes(self) -> None:
        loan = loan_with("#/properties/code", ShelfMark)

        assert type(loan(days=1, code="QA-76").code) is ShelfMark
        with pytest.raises(ValidationError, match="String should match pattern"):
            loan(days=1, code="qa76")


class TestAsAnnotationMetadata:
    def test_it_changes_what_it_stands_beside(self) -> None:
        assert loan_with("#/properties/code", Capitals)(days=1, code="qa").code == "QA"

    @both_ways
    def test_it_may_stand_beside_a_generated_class(self, exact: bool) -> None:
        class Counted:
            def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
                return core_schema.no_info_after_validator_function(lambda loan: (1, loan), handler(source))

        loan: Any = generate_dynamic_models(LOAN, exact=exact)["Loan"]
        desk: Any = create_model("Desk", last=(Annotated[loan, Counted()], ...))

        count, made = desk.model_validate({"last": {"days": 1, "code": "qa"}}).last
        assert (count, type(made)) == (1, loan)


class TestHandlerMethods:
    def test_the_handler_gives_the_schema_of_another_type(self) -> None:
        loan = loan_with("#/properties/code", TextOrNumber)

        assert (loan(days=1, code="qa").code, loan(days=1, code=76).code) == ("qa", 76)

    def test_the_handler_knows_the_field(self) -> None:
        loan = loan_with("#/$defs/Code", Labelled)(days=1, code="qa", returned="qb")

        assert (loan.code, loan.returned) == ("code:qa", "returned:qb")


class TestCommonCoreSchemaFunctions:
    def test_a_union_of_checked_parts_that_writes_texts(self) -> None:
        loan = loan_with("#/properties/days", Days)

        assert loan(days="2w", code="qa").days == 14
        assert loan(days=3, code="qa").model_dump_json() == '{"days":"3","code":"qa","returned":null}'
        with pytest.raises(ValidationError):
            loan(days=-3, code="qa")

    def test_a_tagged_union(self) -> None:
        loan = loan_with("#/properties/days", Due)

        assert loan.model_validate({"days": {"by": "count", "count": "7"}, "code": "qa"}).days["count"] == 7
        with pytest.raises(ValidationError) as caught:
            loan.model_validate({"days": {"by": "day", "day": "soon"}, "code": "qa"})
        assert caught.value.errors()[0]["loc"] == ("days", "day", "day")


class TestRootModelForSingleValueModels:
    @both_ways
    def test_a_schema_of_no_object_becomes_one(self, exact: bool) -> None:
        models = generate_dynamic_models(SHELF, exact=exact)

        shelf = models["Shelf"].model_validate([{"isbn": "978"}, "a map"])

        assert issubclass(models["Shelf"], RootModel)
        assert type(shelf.root[0]) is models["Book"]
        assert shelf.model_dump() == [{"isbn": "978"}, "a map"]

    @both_ways
    def test_it_is_a_type_for_fields_as_others_are(self, exact: bool) -> None:
        shelf: Any = generate_dynamic_models(SHELF, exact=exact)["Shelf"]
        room: Any = create_model("Room", shelves=(list[shelf], ...))

        assert room(shelves=[["a map"]]).shelves[0].root == ["a map"]
        assert room(shelves=[["a map"]]).model_dump() == {"shelves": [["a map"]]}

    @both_ways
    def test_one_of_ones_own_wraps_generated_classes(self, exact: bool) -> None:
        book: Any = generate_dynamic_models(SHELF, exact=exact)["Book"]
        lent: Any = RootModel.__class_getitem__(book | None)

        assert type(lent.model_validate({"isbn": "978"}).root) is book
        assert lent.model_validate(None).root is None


class TestTypeAdapterForNonModelValidation:
    @both_ways
    def test_it_validates_what_is_no_model(self, exact: bool) -> None:
        loan: Any = generate_dynamic_models(LOAN, exact=exact)["Loan"]
        by_reader: TypeAdapter[Any] = TypeAdapter(dict[str, Annotated[list[loan], Field(min_length=1)]])

        found = by_reader.validate_json('{"ada": [{"days": 3, "code": "qa"}]}')

        assert type(found["ada"][0]) is loan
        with pytest.raises(ValidationError) as caught:
            by_reader.validate_python({"ada": [{"days": 99, "code": "qa"}]})
        assert caught.value.errors()[0]["loc"] == ("ada", 0, "days")

    def test_it_takes_the_root_of_a_document_whatever_that_is(self) -> None:
        models = generate_dynamic_models({"$ref": "#/$defs/Book", "$defs": SHELF["$defs"]})

        assert TypeAdapter(models.root).validate_python({"isbn": "978"}).isbn == "978"
