"""Renditions: what the generator cannot render is found, and nothing more than that is given up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import PydanticUserError, TypeAdapter, ValidationError

from dynmodels import DynmodelsError, GenerationError, ModelBuildError, UnsafeSchemaError, generate_dynamic_models
from dynmodels.call import Exactness
from dynmodels.rendition import MAX_ATTEMPTS, Rendition, relaxing, rendition_of
from dynmodels.schema import load
from dynmodels.source import read

#: A schema that the generator below fails at.
BAD: dict[str, Any] = {"const": "cannot be rendered"}
ANYTHING: dict[str, Any] = {}


def order(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def rendition(schema: dict[str, Any]) -> Rendition:
    return rendition_of(load(read(schema), None), Exactness(formats=True, resources={}))


class Generator:
    """Stands for the generator: fails at documents that a test finds faulty, and counts how often it is asked."""

    def __init__(self, fails: Callable[[str], bool] = lambda text: "cannot be rendered" in text) -> None:
        self.attempts = 0
        self._fails = fails

    def __call__(self, rendition: Rendition) -> Rendition:
        self.attempts += 1
        if self._fails(repr(rendition.document.content)):
            raise GenerationError("there is a fault")
        return rendition


def relaxed(schema: dict[str, Any], generator: Generator | None = None) -> Rendition:
    result = relaxing(rendition(schema), generator or Generator())
    assert isinstance(result, Rendition)
    return result


def pointers(rendition: Rendition) -> list[str]:
    return [pointer for pointer, _ in rendition.relaxed]


class TestSearch:
    def test_what_can_be_rendered_is_rendered_at_once(self) -> None:
        schema, generator = order(number={"type": "integer"}), Generator()
        result = relaxed(schema, generator)
        assert (result.document.content, result.relaxed, generator.attempts) == (schema, (), 1)

    def test_the_smallest_part_lets_anything_pass_and_says_why(self) -> None:
        line = {"type": "object", "required": ["article"], "properties": {"article": BAD, "count": {"minimum": 1}}}
        result = relaxed(order(lines={"type": "array", "items": line}, number={"type": "integer"}))
        line["properties"] = {"article": ANYTHING, "count": {"minimum": 1}}
        assert result.document.content == order(lines={"type": "array", "items": line}, number={"type": "integer"})
        assert result.relaxed == (
            (
                "#/properties/lines/items/properties/article",
                "the generator cannot render it: there is a fault",
            ),
        )

    @pytest.mark.parametrize(
        ("schema", "pointer"),
        [
            ({"$defs": {"Price": BAD}}, "#/$defs/Price"),
            ({"definitions": {"a/b": BAD}}, "#/definitions/a~1b"),
            ({"anyOf": [{"type": "string"}, BAD]}, "#/anyOf/1"),
            ({"type": "array", "prefixItems": [BAD]}, "#/prefixItems/0"),
            ({"type": "object", "additionalProperties": BAD}, "#/additionalProperties"),
            ({"type": "object", "patternProperties": {"^x-": BAD}}, "#/patternProperties/^x-"),
            ({"not": {"if": BAD}}, "#/not/if"),
        ],
    )
    def test_it_is_found_below_any_keyword(self, schema: dict[str, Any], pointer: str) -> None:
        assert pointers(relaxed(schema)) == [pointer]

    def test_several_faults_are_found(self) -> None:
        result = relaxed(order(number=BAD, customer=order(name=BAD, city={}), lines={"type": "array", "items": BAD}))
        assert sorted(pointers(result)) == [
            "#/properties/customer/properties/name",
            "#/properties/lines/items",
            "#/properties/number",
        ]

    def test_a_fault_of_the_root_itself_leaves_nothing_but_its_title(self) -> None:
        result = relaxed({"title": "Order", "x-note": "cannot be rendered", **order(number={"type": "integer"})})
        assert pointers(result) == ["#"]
        assert result.document.content == {"title": "Order"}

    def test_a_title_that_is_at_fault_is_left_out_alone(self) -> None:
        result = relaxed({"title": "this cannot be rendered", **order(number={"type": "integer"})})
        assert result.document.content == order(number={"type": "integer"})
        assert result.relaxed == ()

    def test_of_parts_that_fail_only_together_one_is_given_up(self) -> None:
        schema = order(first={"const": "A"}, between={"type": "integer"}, last={"const": "B"})
        result = relaxed(schema, Generator(lambda text: "'A'" in text and "'B'" in text))
        assert pointers(result) == ["#/properties/last"]
        kept = result.document.content["properties"]
        assert (kept["first"], kept["between"]) == ({"const": "A"}, {"type": "integer"})

    def test_one_fault_among_many_properties_costs_few_attempts(self) -> None:
        generator = Generator()
        columns: dict[str, Any] = {f"column{number}": {"type": "integer"} for number in range(500)}
        assert pointers(relaxed(order(**{**columns, "column321": BAD}), generator)) == ["#/properties/column321"]
        assert generator.attempts < 30

    def test_attempts_are_bounded_whatever_the_document(self) -> None:
        generator = Generator()
        result = relaxed(order(**{f"column{number}": BAD for number in range(500)}), generator)
        assert generator.attempts <= MAX_ATTEMPTS + 3
        assert "cannot be rendered" not in str(result.document.content)
        assert any("it was left out with others" in why for _, why in result.relaxed)

    def test_what_cannot_be_rendered_at_all_is_an_error(self) -> None:
        with pytest.raises(GenerationError, match="there is a fault"):
            relaxed(order(number={}), Generator(lambda _: True))

    def test_what_is_unsafe_is_never_relaxed(self) -> None:
        def attempt(rendition: Rendition) -> Rendition:
            if "decimal.Decimal" in repr(rendition.document.content):
                raise UnsafeSchemaError("it wants to import something")
            raise GenerationError("there is a fault")

        for schema in (
            order(price={"customTypePath": "decimal.Decimal"}),
            order(price=BAD, x={"t": "decimal.Decimal"}),
        ):
            with pytest.raises(UnsafeSchemaError):
                relaxing(rendition(schema), attempt)

    def test_parts_of_an_api_are_its_component_schemas(self) -> None:
        api = {
            "openapi": "3.1.0",
            "info": {"title": "Shop", "version": "1"},
            "paths": {},
            "components": {"schemas": {"Order": order(number={"type": "integer"}), "Price": order(net=BAD)}},
        }
        result = relaxed(api)
        assert pointers(result) == ["#/components/schemas/Price/properties/net"]
        schemas = result.document.content["components"]["schemas"]
        assert schemas == {"Order": order(number={"type": "integer"}), "Price": order(net=ANYTHING)}


class TestBuilding:
    """Schemas that the generator fails at, of several kinds."""

    @pytest.mark.filterwarnings("ignore")
    @pytest.mark.parametrize(
        ("schema", "right", "wrong", "given_up"),
        [
            pytest.param(
                order(codes={"type": "array", "minItems": 10**30}, number={"type": "integer"}),
                {"number": 1},
                {"codes": []},
                ["#/properties/codes"],
                id="a limit that no machine counts to",
            ),
            pytest.param(
                {
                    **order(folder={"$ref": "#/$defs/Folder"}, number={"type": "integer"}),
                    "$defs": {"Folder": {"allOf": [{"$ref": "#/$defs/Folder"}], "required": ["name"]}},
                },
                {"folder": {"name": "etc"}},
                {"folder": {}},
                ["#/$defs/Folder/allOf/0"],
                id="a class that would inherit from itself",
            ),
            pytest.param(
                {
                    **order(order={"$ref": "#/$defs/Order"}),
                    "$defs": {
                        "Order": {"allOf": [{"$ref": "#/$defs/Parcel"}], **order(number={"type": "integer"})},
                        "Parcel": {"allOf": [{"$ref": "#/$defs/Order"}], **order(weight={"type": "number"})},
                    },
                },
                {"order": {"number": 1, "weight": 2.5}},
                {"order": {"number": 1, "weight": "heavy"}},
                ["#/$defs/Parcel/allOf/0"],
                id="two classes that would inherit from each other",
            ),
            pytest.param(
                {"title": "2024", **order(number={"type": "integer"})},
                {"number": 1},
                {"number": "one"},
                [],
                id="a title that is no name of a class",
            ),
            pytest.param({"title": "", **order(number={"type": "integer"})}, {}, [], [], id="an empty title"),
        ],
    )
    def test_what_cannot_be_built_plainly_is_built_exactly(
        self, schema: dict[str, Any], right: Any, wrong: Any, given_up: list[str]
    ) -> None:
        with pytest.raises(DynmodelsError):
            generate_dynamic_models(schema)
        models = generate_dynamic_models(schema, exact=True)
        assert [pointer for pointer, _ in models.relaxed] == given_up
        adapter = TypeAdapter(models.root)
        made = adapter.validate_python(right)
        assert adapter.dump_python(made, mode="json", by_alias=True, exclude_unset=True) == right
        with pytest.raises(ValidationError):
            adapter.validate_python(wrong)

    def test_an_api_loses_no_more_than_the_part_at_fault(self) -> None:
        schemas = {"Order": order(codes={"type": "array", "minItems": 10**30}), "Price": order(net={"type": "number"})}
        api = {
            "openapi": "3.1.0",
            "info": {"title": "Shop", "version": "1"},
            "paths": {},
            "components": {"schemas": schemas},
        }
        models = generate_dynamic_models(api, exact=True)
        assert [pointer for pointer, _ in models.relaxed] == ["#/components/schemas/Order/properties/codes"]
        assert models["Price"](net=1.5).net == 1.5
        with pytest.raises(ValidationError):
            models["Order"](codes=[])

    def test_what_a_schema_may_not_have_is_refused_all_the_same(self) -> None:
        with pytest.raises(UnsafeSchemaError):
            generate_dynamic_models(order(price={"type": "string", "customTypePath": "decimal.Decimal"}), exact=True)


def test_what_pydantic_makes_no_validators_of_is_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise PydanticUserError("it is of a newer kind", code=None)

    monkeypatch.setattr("dynmodels.rendition.install", fails)
    with pytest.raises(ModelBuildError, match="cannot be made exact: it is of a newer kind"):
        generate_dynamic_models({"type": "object"}, exact=True, store=False, cache_size=0)
