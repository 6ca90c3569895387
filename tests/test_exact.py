"""Exact classes: whichever way data comes in, the schema's own word counts, and what came in goes out again."""

from __future__ import annotations

import copy
import datetime as dt
import importlib.util
import inspect
import json
import pickle
import subprocess
import sys
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, Generic, TypeVar

import pydantic
import pytest
from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    RootModel,
    Tag,
    TypeAdapter,
    ValidationError,
    computed_field,
    create_model,
    field_validator,
    model_validator,
    validate_call,
)

from dynmodels import OptionsError, clear_dynamic_models_cache, dynamic_models_cache_info, generate_dynamic_models
from dynmodels.module import GATE
from dynmodels.relax import same
from tests.documents import PET_SHOP
from tests.test_store import child

#: An order of a web shop: what must be there, limits, formats, a name that is none in Python, classes within.
ORDER: Final[dict[str, Any]] = {
    "title": "Order",
    "type": "object",
    "required": ["id", "lines"],
    "properties": {
        "id": {"type": "integer", "minimum": 1},
        "placed": {"type": "string", "format": "date-time"},
        "token": {"type": "string", "format": "uuid"},
        "day": {"type": "string", "format": "date"},
        "state": {"enum": ["open", "paid"]},
        "note": {"type": ["string", "null"]},
        "total": {"type": "number", "minimum": 0},
        "lines": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Line"}},
        "ship-to": {"$ref": "#/$defs/Address"},
    },
    "$defs": {
        "Line": {
            "type": "object",
            "required": ["sku"],
            "properties": {"sku": {"type": "string", "pattern": "^(?!TMP)[A-Z]+$"}, "count": {"type": "integer"}},
            "additionalProperties": False,
        },
        "Address": {
            "type": "object",
            "required": ["city"],
            "properties": {"city": {"type": "string", "minLength": 2}},
        },
    },
}

#: Older versions of pydantic cannot pickle errors, and do not tell functions' insides what one call allows.
NEWER: Final = pytest.mark.skipif(
    tuple(map(int, pydantic.VERSION.split(".")[:2])) < (2, 14), reason="pydantic before 2.14 cannot"
)

GOOD: Final[dict[str, Any]] = {"id": 1, "lines": [{"sku": "MUG"}]}
BAD: Final[dict[str, Any]] = {"id": 0, "lines": [{"sku": "MUG"}]}


@pytest.fixture
def order() -> Any:
    """The class of orders."""
    return generate_dynamic_models(ORDER, exact=True).root


def accepts(target: Any, value: Any) -> bool:
    """Tell whether a type takes data, which it must tell alike of Python objects and of JSON text."""
    adapter: TypeAdapter[Any] = TypeAdapter(target)
    verdicts = set()
    for validate, given in ((adapter.validate_python, value), (adapter.validate_json, json.dumps(value))):
        try:
            validate(given)
            verdicts.add(True)
        except ValidationError:
            verdicts.add(False)
    (verdict,) = verdicts
    return verdict


def judged(schema: Any, good: list[Any], bad: list[Any], **options: Any) -> Any:
    """Check that a schema's root takes what is good, writes it as it was, and takes nothing else."""
    root = generate_dynamic_models(schema, exact=True, **options).root
    adapter: TypeAdapter[Any] = TypeAdapter(root)
    for value in good:
        assert accepts(root, value), value
        for made in (adapter.validate_python(value), adapter.validate_json(json.dumps(value))):
            assert same(adapter.dump_python(made, mode="json", by_alias=True, exclude_unset=True), value)
            assert same(json.loads(adapter.dump_json(made, by_alias=True, exclude_unset=True)), value)
    for value in bad:
        assert not accepts(root, value), value
    return root


def faults(call: Any, *args: Any, **options: Any) -> list[tuple[Any, ...]]:
    """Where a call finds fault, and by which keywords."""
    with pytest.raises(ValidationError) as caught:
        call(*args, **options)
    return [(*fault["loc"], fault["type"].removeprefix("json_schema.")) for fault in caught.value.errors()]


class TestWaysIn:
    """There is no way around the gate."""

    def test_keywords(self, order: Any) -> None:
        assert order(**GOOD).lines[0].sku == "MUG"
        assert faults(order, **BAD) == [("id", "minimum")]

    def test_python_objects(self, order: Any) -> None:
        assert order.model_validate(GOOD) == order(**GOOD)
        assert faults(order.model_validate, BAD) == [("id", "minimum")]

    @pytest.mark.parametrize("kind", [str, str.encode, lambda text: bytearray(text.encode())])
    def test_json_text(self, order: Any, kind: Any) -> None:
        assert order.model_validate_json(kind(json.dumps(GOOD))) == order(**GOOD)
        assert faults(order.model_validate_json, kind(json.dumps(BAD))) == [("id", "minimum")]

    @pytest.mark.parametrize("text", ["", '{"id": ', b"\xff", '{"id": NaN}', '{"id": Infinity}', '"\\ud800"'])
    def test_what_is_no_json_is_refused_as_pydantic_refuses_it(self, order: Any, text: Any) -> None:
        assert faults(order.model_validate_json, text) == [("json_invalid",)]

    @pytest.mark.parametrize(("text", "good"), [('{"id": 0, "id": 1', True), ('{"id": 1, "id": 0', False)])
    def test_of_two_properties_of_one_name_the_last_counts(self, order: Any, text: str, good: bool) -> None:
        text += ', "lines": [{"sku": "MUG"}]}'
        if good:
            assert order.model_validate_json(text).id == 1
        else:
            assert faults(order.model_validate_json, text) == [("id", "minimum")]

    def test_numbers_beyond_all_floats_are_refused(self, order: Any) -> None:
        text = '{"id": 1, "total": 1e400, "lines": [{"sku": "MUG"}]}'

        assert faults(order.model_validate_json, text) == [("total", "type")]

    @pytest.mark.parametrize("total", [float("nan"), float("inf"), Decimal("-1"), True, "3"])
    def test_what_is_no_number_in_json_is_none(self, order: Any, total: Any) -> None:
        with pytest.raises(ValidationError):
            order(**GOOD, total=total)

    def test_texts_are_converted_and_then_judged(self) -> None:
        address: Any = generate_dynamic_models(
            {"type": "object", "properties": {"number": {"type": "integer", "minimum": 1}}}, exact=True
        ).root

        assert address.model_validate_strings({"number": "3"}).number == 3
        assert TypeAdapter(dict[str, address]).validate_strings({"home": {"number": "3"}})["home"].number == 3
        for validate in (address.model_validate_strings, TypeAdapter(address).validate_strings):
            with pytest.raises(ValidationError):
                validate({"number": "0"})

    @pytest.mark.parametrize(
        ("wrapped", "place"),
        [
            (lambda order: order, ()),
            (lambda order: Annotated[order, Field(description="what was bought")], ()),
            (lambda order: order | None, ()),
            (lambda order: list[order], (0,)),  # type: ignore[valid-type]
            (lambda order: tuple[order, ...], (0,)),  # type: ignore[valid-type]
            (lambda order: dict[str, order], ("first",)),  # type: ignore[valid-type]
            (lambda order: RootModel[list[order]], (0,)),  # type: ignore[valid-type]
        ],
        ids=["itself", "annotated", "optional", "list", "tuple", "dict", "root model"],
    )
    def test_types_that_hold_it(self, order: Any, wrapped: Any, place: Any) -> None:
        target = wrapped(order)

        def held(value: Any) -> Any:
            return value if not place else {"first": value} if place == ("first",) else [value]

        assert accepts(target, held(GOOD))
        adapter: TypeAdapter[Any] = TypeAdapter(target)
        assert faults(adapter.validate_python, held(BAD)) == [(*place, "id", "minimum")]
        assert faults(adapter.validate_json, json.dumps(held(BAD))) == [(*place, "id", "minimum")]

    def test_unions_with_other_types(self, order: Any) -> None:
        assert accepts(int | order, GOOD)
        assert accepts(int | order, 5)
        assert not accepts(int | order, BAD)

    def test_fields_of_a_users_model(self, order: Any) -> None:
        basket = create_model("Basket", order=(order, ...), later=(list[order], []))

        assert basket.model_validate({"order": GOOD, "later": [GOOD]}).model_dump(exclude_unset=True) == {
            "order": GOOD,
            "later": [GOOD],
        }
        expected = [("order", "id", "minimum"), ("later", 0, "id", "minimum")]
        assert faults(basket.model_validate, {"order": BAD, "later": [BAD]}) == expected
        assert faults(basket.model_validate_json, json.dumps({"order": BAD, "later": [BAD]})) == expected

    def test_a_users_own_faults_stand_beside(self, order: Any) -> None:
        basket = create_model("Basket", order=(order, ...), owner=(str, ...))

        assert faults(basket, order=BAD) == [("order", "id", "minimum"), ("owner", "missing")]

    def test_generic_models_functions_and_dataclasses(self, order: Any) -> None:
        item = TypeVar("item")

        class Envelope(BaseModel, Generic[item]):
            data: item

        letter: Any = Envelope[order]
        with pytest.raises(ValidationError):
            letter(data=BAD)
        assert letter(data=GOOD).data.id == 1

        def number(bought: Any) -> int:
            return int(bought.id)

        number.__annotations__["bought"] = order
        assert validate_call(number)(GOOD) == 1
        with pytest.raises(ValidationError):
            validate_call(number)(BAD)

    def test_unions_by_a_function_and_tags(self) -> None:
        models = generate_dynamic_models(ZOO, exact=True)
        cat, dog = models["Cat"], models["Dog"]
        by_kind: Any = Annotated[
            Annotated[cat, Tag("cat")] | Annotated[dog, Tag("dog")], Discriminator(lambda value: value["kind"])
        ]

        assert type(TypeAdapter(by_kind).validate_python({"kind": "dog"})) is dog
        with pytest.raises(ValidationError):
            TypeAdapter(by_kind).validate_python({"kind": "cat", "lives": "many"})

    def test_nested_classes_are_judged_once_with_the_outermost(
        self, order: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order(**GOOD)  # whatever is made at first use is made
        line = type(order(**GOOD).lines[0])
        asked: list[Any] = []
        monkeypatch.setattr(getattr(line, GATE), "is_valid", asked.append)

        order.model_validate(GOOD)
        order.model_validate_json(json.dumps(GOOD))
        TypeAdapter(list[order]).validate_python([GOOD])

        assert asked == []

    @pytest.mark.parametrize("wrapped", [lambda order: order, lambda order: list[order]], ids=["itself", "list"])  # type: ignore[valid-type]
    @pytest.mark.parametrize("by_name", [True, False])
    def test_names_of_fields_count_where_they_are_allowed(self, wrapped: Any, by_name: bool) -> None:
        order = generate_dynamic_models(ORDER, exact=True, allow_population_by_field_name=by_name).root
        adapter: TypeAdapter[Any] = TypeAdapter(wrapped(order))
        target = adapter.validate_python

        def given(city: str) -> Any:
            value = {**GOOD, "ship_to": {"city": city}}
            return value if wrapped(order) is order else [value]

        if by_name:
            (made,) = [target(given("Ulm"))] if wrapped(order) is order else target(given("Ulm"))
            assert made.ship_to.city == "Ulm"
            assert made.model_dump(mode="json", by_alias=True, exclude_unset=True)["ship-to"] == {"city": "Ulm"}
            assert faults(target, given("U"))[0][-3:] == ("ship-to", "city", "minLength")
        else:  # it is but another property
            assert adapter.dump_python(target(given("U")), exclude_unset=True) == given("U")

    @NEWER
    def test_names_that_one_call_allows_are_judged_as_well(self, order: Any) -> None:
        def given(city: str) -> Any:
            return {**GOOD, "ship_to": {"city": city}}

        orders: TypeAdapter[Any] = TypeAdapter(list[order])
        assert order.model_validate(given("Ulm"), by_name=True).ship_to.city == "Ulm"
        with pytest.raises(ValidationError):
            order.model_validate(given("U"), by_name=True)
        with pytest.raises(ValidationError):
            orders.validate_python([given("U")], by_name=True)
        with pytest.raises(ValidationError):
            orders.validate_json(json.dumps([given("U")]), by_name=True)

    def test_rebuilding_a_class_leaves_its_gate(self, order: Any) -> None:
        assert order.model_rebuild(force=True)

        assert order(**GOOD, placed=dt.datetime.now(dt.UTC)).id == 1
        assert faults(order, **BAD) == [("id", "minimum")]
        assert not accepts(list[order], [BAD])

    def test_strict_calls_mean_the_same(self, order: Any) -> None:
        given = {**GOOD, "placed": "2024-05-01T10:00:00Z", "state": "open"}

        assert order.model_validate(given, strict=True) == order.model_validate(given)
        strict = create_model("Strict", __config__=ConfigDict(strict=True), order=(order, ...))
        assert strict(order=given).order == order.model_validate(given)  # type: ignore[attr-defined]

    def test_construction_without_validation_stays_what_it_is(self, order: Any) -> None:
        assert order.model_construct(**BAD).id == 0

    @pytest.mark.parametrize("name", ["model_json_schema", "model_rebuild"])
    def test_methods_that_are_replaced_look_like_the_ones_that_they_replace(self, order: Any, name: str) -> None:
        replaced, own = getattr(order, name), getattr(BaseModel, name)

        assert replaced.__name__ == name
        assert replaced.__doc__ == own.__doc__
        assert inspect.signature(replaced) == inspect.signature(own)


class TestPythonObjects:
    """What stands for JSON data is taken as such, and judged by what it writes."""

    def test_values_of_the_formats(self, order: Any) -> None:
        moment, number = dt.datetime(2024, 5, 1, tzinfo=dt.UTC), uuid.UUID(int=7)

        made = order(**GOOD, placed=moment, token=number, day=dt.date(2024, 5, 1), total=Decimal("1.5"))

        assert (made.placed, made.token, made.day, made.total) == (moment, number, dt.date(2024, 5, 1), 1.5)
        assert json.loads(made.model_dump_json(exclude_unset=True)) == {
            **GOOD,
            "placed": "2024-05-01T00:00:00Z",
            "token": str(number),
            "day": "2024-05-01",
            "total": 1.5,
        }

    def test_a_moment_without_its_zone_is_none(self, order: Any) -> None:
        assert faults(order, **GOOD, placed=dt.datetime(2024, 5, 1)) == [("placed", "format")]
        assert faults(order, **GOOD, placed=dt.date(2024, 5, 1)) == [("placed", "format")]

    def test_members_of_enums(self) -> None:
        models = generate_dynamic_models(ORDER, exact=True)
        paid = models["State"]("paid")

        assert models.root(**GOOD, state=paid).state is paid
        assert models.root(**GOOD, state="paid").state is paid

    def test_models_and_tuples(self) -> None:
        models = generate_dynamic_models(ORDER, exact=True)

        made = models.root(id=1, lines=(models["Line"](sku="MUG"), {"sku": "CUP"}))

        assert [line.sku for line in made.lines] == ["MUG", "CUP"]
        taken = models["Line"].model_construct(sku="TMP")
        assert models.root(id=1, lines=[taken]).lines[0] is taken
        assert faults(models.root, id=0, lines=[taken]) == [("id", "minimum")]

    def test_what_can_be_read_but_once_is_read_once(self, order: Any) -> None:
        assert [line.sku for line in order(id=1, lines=({"sku": sku} for sku in ["MUG", "CUP"])).lines] == [
            "MUG",
            "CUP",
        ]
        assert faults(order, id=1, lines=iter([])) == [("lines", "minItems")]
        held = TypeAdapter(list[order]).validate_python([{"id": 1, "lines": iter([{"sku": "MUG"}])}])
        assert [line.sku for line in held[0].lines] == ["MUG"]

    @pytest.mark.parametrize("placed", [object(), b"soon", {1, 2}])
    def test_what_stands_for_nothing_in_json_is_refused(self, order: Any, placed: Any) -> None:
        with pytest.raises(ValidationError):
            order(**GOOD, placed=placed)

    def test_attributes_of_objects(self, order: Any) -> None:
        class Row:
            def __init__(self, number: int) -> None:
                self.id = number
                self.lines = [type("Line", (), {"sku": "MUG"})()]

        class FromRows(order):  # type: ignore[misc]
            model_config = ConfigDict(from_attributes=True)

        assert order.model_validate(Row(1), from_attributes=True).lines[0].sku == "MUG"
        assert faults(order.model_validate, Row(0), from_attributes=True) == [("id", "minimum")]
        assert faults(order.model_validate, Row(1)) == [("model_type",)]
        single = {"title": "Number", "type": "object", "properties": {"id": {"type": "integer", "minimum": 1}}}

        class Number(generate_dynamic_models(single, exact=True).root):  # type: ignore[misc]
            model_config = ConfigDict(from_attributes=True)

        assert Number.model_validate(Row(1)).id == 1
        assert faults(Number.model_validate, Row(0)) == [("id", "minimum")]


class TestInstances:
    def test_instances_are_taken_as_they_are(self, order: Any) -> None:
        wrong = order.model_construct(**BAD)

        assert order.model_validate(wrong) is wrong
        assert TypeAdapter(list[order]).validate_python([wrong])[0] is wrong

    def test_instances_are_judged_where_they_are_revalidated(self, order: Any) -> None:
        class Suspicious(order):  # type: ignore[misc]
            model_config = ConfigDict(revalidate_instances="always")

        good = Suspicious(**GOOD)
        assert Suspicious.model_validate(good) == good
        wrong = Suspicious.model_construct(**BAD)
        assert faults(Suspicious.model_validate, wrong) == [("id", "minimum")]
        assert faults(TypeAdapter(list[Suspicious]).validate_python, [wrong]) == [(0, "id", "minimum")]

    def test_instances_of_a_subclass_are_instances(self, order: Any) -> None:
        class Marked(order):  # type: ignore[misc]
            mark: str = "!"

        marked = Marked(**GOOD)
        basket = create_model("Basket", order=(order, ...))
        assert basket(order=marked).order is marked  # type: ignore[attr-defined]

    def test_instances_of_other_classes_are_refused(self, order: Any) -> None:
        other = generate_dynamic_models({"title": "Ticket", "type": "object"}, exact=True).root

        with pytest.raises(ValidationError):
            order.model_validate(other())

    @pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda made: pickle.loads(pickle.dumps(made))])
    def test_copies_write_what_the_original_writes(self, order: Any, copied: Any) -> None:
        given = {**GOOD, "placed": "2024-05-01t10:00:00.50z", "ship-to": {"city": "Ulm", "zip": 89073}}
        made = order.model_validate(given)

        again = copied(made)

        assert again == made
        assert again.model_dump(mode="json", by_alias=True, exclude_unset=True) == given


class TestSubclasses:
    def test_a_subclass_has_the_gate_and_fields_of_its_own(self, order: Any) -> None:
        class Gift(order):  # type: ignore[misc]
            wrapping: int

        assert Gift(**GOOD, wrapping="3").wrapping == 3
        assert Gift.model_validate_json(json.dumps({**GOOD, "wrapping": 3})).lines[0].sku == "MUG"
        assert faults(Gift, **BAD, wrapping=3) == [("id", "minimum")]
        assert faults(Gift, **GOOD, wrapping="x") == [("wrapping", "int_parsing")]
        assert not accepts(list[Gift], [{**BAD, "wrapping": 3}])

    def test_a_subclass_of_a_subclass_has_it_too(self, order: Any) -> None:
        gift = create_model("Gift", __base__=order, wrapping=(str, "paper"))
        large = create_model("LargeGift", __base__=gift, size=(int, ...))

        assert large(**GOOD, size=3).wrapping == "paper"
        assert faults(large, **BAD, size=3) == [("id", "minimum")]

    def test_own_validators_see_what_the_gate_has_let_pass(self, order: Any) -> None:
        class Checked(order):  # type: ignore[misc]
            @field_validator("note")
            @classmethod
            def tidy(cls, note: str | None) -> str | None:
                return note and note.strip()

            @model_validator(mode="after")
            def lucky(self) -> Any:
                if self.id == 13:
                    raise ValueError("no order has this number")
                return self

        assert Checked(**GOOD, note=" fragile ").note == "fragile"
        assert faults(Checked, **{**GOOD, "id": 13}) == [("value_error",)]
        assert faults(Checked, **BAD) == [("id", "minimum")]

    def test_configuration_of_its_own(self, order: Any) -> None:
        class Closed(order):  # type: ignore[misc]
            model_config = ConfigDict(extra="forbid")

        assert Closed(**GOOD).id == 1
        assert faults(Closed, **GOOD, colour="red") == [("colour", "extra_forbidden")]

    def test_a_closed_schema_stays_closed(self) -> None:
        class Counted(generate_dynamic_models(ORDER, exact=True)["Line"]):  # type: ignore[misc]
            shelf: int = 3

            @computed_field
            def place(self) -> str:
                return f"{self.shelf}/{self.sku}"

        assert Counted(sku="MUG").model_dump() == {"sku": "MUG", "count": None, "shelf": 3, "place": "3/MUG"}
        assert faults(Counted, sku="MUG", shelf=4) == [("additionalProperties",)]

    def test_two_generated_classes_have_two_gates(self) -> None:
        def schema(name: str, keyword: str, kind: str) -> dict[str, Any]:
            return {
                "title": name,
                "type": "object",
                "required": [name],
                "properties": {name: {"type": kind, keyword: 1}},
            }

        named = generate_dynamic_models(schema("name", "minLength", "string"), exact=True).root
        priced = generate_dynamic_models(schema("price", "minimum", "number"), exact=True).root

        class Product(named, priced):  # type: ignore[misc,valid-type]
            pass

        assert Product(name="mug", price=2).model_dump() == {"name": "mug", "price": 2}
        assert faults(Product, name="", price=2) == [("name", "minLength")]
        assert faults(Product, name="mug", price=0) == [("price", "minimum")]
        assert faults(Product, name="mug") == [("required",)]


class TestAssignment:
    @pytest.fixture
    def made(self, order: Any) -> Any:
        """An order that judges what is assigned."""

        class Watched(order):  # type: ignore[misc]
            model_config = ConfigDict(validate_assignment=True)
            clerk: int = 0

        return Watched(**GOOD)

    def test_what_the_schema_accepts_is_assigned(self, made: Any) -> None:
        made.id, made.placed, made.ship_to, made.clerk = 5, "2024-05-01T10:00:00Z", {"city": "Ulm"}, "7"

        assert (made.id, made.placed.year, made.ship_to.city, made.clerk) == (5, 2024, "Ulm", 7)

    @pytest.mark.parametrize(
        ("name", "value"),
        [("id", 0), ("id", "5"), ("lines", []), ("lines", [{"sku": "TMP"}]), ("placed", "soon"), ("clerk", "x")],
    )
    def test_an_instance_that_would_be_invalid_stays_as_it_was(self, made: Any, name: str, value: Any) -> None:
        before, given = made.model_dump(), set(made.model_fields_set)

        with pytest.raises(ValidationError):
            setattr(made, name, value)

        assert (made.model_dump(), made.model_fields_set) == (before, given)


class TestRootsThatAreNoClass:
    def test_an_enum(self) -> None:
        models = generate_dynamic_models({"title": "State", "enum": ["open", "done"]}, exact=True)
        adapter: TypeAdapter[Any] = TypeAdapter(models.root)

        assert adapter.validate_python("open") is models["State"].open
        assert adapter.validate_python(models["State"].open) is models["State"].open
        assert adapter.dump_json(adapter.validate_json('"open"')) == b'"open"'
        assert faults(adapter.validate_python, "closed") == [("enum",)]
        ticket = create_model("Ticket", state=(models.root, ...))
        assert faults(ticket, state="closed") == [("state", "enum")]

    def test_a_type_alias(self) -> None:
        models = generate_dynamic_models(
            {"type": "array", "items": {"$ref": "#/$defs/Line"}, "minItems": 1, "$defs": ORDER["$defs"]},
            exact=True,
            use_type_alias=True,
        )
        adapter: TypeAdapter[Any] = TypeAdapter(models.root)

        (line,) = adapter.validate_python([{"sku": "MUG", "count": 1.0}])
        assert (type(line), line.count) == (models["Line"], 1)
        assert adapter.validate_python([line]) == [line]
        assert faults(adapter.validate_python, []) == [("minItems",)]
        basket = create_model("Basket", lines=(models.root, ...))
        assert faults(basket.model_validate_json, '{"lines": [{"sku": "TMP"}]}') == [("lines", 0, "sku", "pattern")]

    @pytest.mark.parametrize(
        ("schema", "good", "bad"),
        [
            (True, [1, None, "a", [1], {"a": 1}], []),
            (False, [], [1, None, "a", [1], {}]),
            ({"type": "string", "minLength": 2}, ["ab"], ["a", 1, None]),
            ({"type": "array", "items": {"type": "integer"}}, [[], [1, 2.0]], [["1"], {}, [True]]),
            ({"type": "null"}, [None], [0, ""]),
            ({"const": {"a": 1}}, [{"a": 1}, {"a": 1.0}], [{"a": True}, {}]),
        ],
        ids=str,
    )
    def test_scalars_lists_and_booleans(self, schema: Any, good: Any, bad: Any) -> None:
        judged(schema, good, bad)

    def test_a_mere_reference_is_what_it_refers_to(self) -> None:
        models = generate_dynamic_models({"$ref": "#/$defs/Address", "$defs": ORDER["$defs"]}, exact=True)

        assert models.root is models["Address"]
        assert faults(models.root, city="U") == [("city", "minLength")]

    def test_a_reference_with_more_beside_it_is_more(self) -> None:
        models = generate_dynamic_models(
            {"$ref": "#/$defs/Address", "required": ["street"], "$defs": ORDER["$defs"]}, exact=True
        )

        assert models["Address"](city="Ulm")
        assert faults(TypeAdapter(models.root).validate_python, {"city": "Ulm"}) == [("required",)]

    def test_a_schema_that_says_nothing_of_other_data_accepts_it(self) -> None:
        root = generate_dynamic_models({"properties": {"age": {"type": "integer"}}}, exact=True).root

        for value in (5, "text", None, [1], {"age": 3}):
            assert accepts(root, value)
        assert not accepts(root, {"age": "three"})
        held = create_model("Held", value=(root, ...))
        assert held(value=5).model_dump_json() == '{"value":5}'


class TestDocumentsOfManySchemas:
    @pytest.mark.parametrize(
        ("version", "note"), [("3.0.3", {"type": "string", "nullable": True}), ("3.1.0", {"type": ["string", "null"]})]
    )
    def test_openapi(self, version: str, note: Any) -> None:
        ticket = {
            "type": "object",
            "required": ["id"],
            "properties": {
                "id": {"type": "integer", "minimum": 1},
                "note": note,
                "parent": {"$ref": "#/components/schemas/Ticket"},
            },
        }
        tickets = {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Ticket"}}
        document = {**PET_SHOP, "openapi": version, "components": {"schemas": {"Ticket": ticket, "Tickets": tickets}}}

        models = generate_dynamic_models(document, exact=True)

        assert models.root is None
        assert models["Ticket"](id=1, note=None).model_dump(exclude_unset=True) == {"id": 1, "note": None}
        assert faults(models["Ticket"], id=1, parent={"id": 0}) == [("parent", "id", "minimum")]
        assert faults(models["Ticket"], id=1, note=5) == [("note", "type")]
        assert faults(models["Tickets"], []) == [("minItems",)]

    def test_asyncapi(self) -> None:
        models = generate_dynamic_models(
            {
                "asyncapi": "2.6.0",
                "info": {"title": "Lights", "version": "1.0.0"},
                "channels": {"lit": {"publish": {"message": {"payload": {"$ref": "#/components/schemas/Lumen"}}}}},
                "components": {
                    "schemas": {"Lumen": {"type": "object", "properties": {"value": {"type": "integer", "minimum": 0}}}}
                },
            },
            exact=True,
        )

        assert faults(models["Lumen"], value=-1) == [("value", "minimum")]

    def test_a_class_that_was_asked_for_by_name(self) -> None:
        models = generate_dynamic_models(ORDER, exact=True, target_model_names=["Line"])

        assert list(models) == ["Line"]
        assert faults(models["Line"], sku="TMP") == [("sku", "pattern")]


class TestOptions:
    def test_exact_and_plain_classes_and_formats_are_kept_apart(self) -> None:
        exact, plain = generate_dynamic_models(ORDER, exact=True), generate_dynamic_models(ORDER)
        annotated = generate_dynamic_models(ORDER, exact=True, formats="annotate")

        assert len({exact.digest, plain.digest, annotated.digest}) == 3
        assert generate_dynamic_models(ORDER, exact=True, formats="assert") is exact
        assert {key for key in (exact.root, plain.root, annotated.root) if hasattr(key, GATE)} == {
            exact.root,
            annotated.root,
        }
        assert dynamic_models_cache_info().currsize == 3

    def test_formats_may_only_annotate(self) -> None:
        root = generate_dynamic_models(ORDER, exact=True, formats="annotate").root

        assert root(**GOOD, placed="soon").placed == "soon"
        assert root(**GOOD, placed="2024-05-01T10:00:00Z").placed.year == 2024

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"formats": "assert"}, "formats is for exact classes"),
            ({"resources": {"urn:shop": {}}}, "resources is for exact classes"),
            ({"exact": True, "formats": "check"}, "formats is 'assert' or 'annotate'"),
            ({"exact": True, "resources": ["urn:shop"]}, "resources is a mapping"),
        ],
    )
    def test_options_that_make_no_sense_are_refused(self, options: Any, message: str) -> None:
        with pytest.raises(OptionsError, match=message):
            generate_dynamic_models(ORDER, **options)

    def test_the_missing_extra_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delitem(sys.modules, "jsonschema_rs", raising=False)
        monkeypatch.setattr("dynmodels.arguments.find_spec", lambda name: None)

        with pytest.raises(OptionsError, match=r'(?s)jsonschema-rs.*pip install "dynmodels\[exact\]"'):
            generate_dynamic_models(ORDER, exact=True)

    def test_the_missing_package_is_named_where_classes_are_received(self) -> None:
        sent = pickle.dumps(generate_dynamic_models(ORDER, exact=True).root)
        program = f"import pickle, sys; sys.modules['jsonschema_rs'] = None; pickle.loads({sent!r})"

        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)  # noqa: S603

        assert "exact classes need the package jsonschema-rs, which is not installed" in done.stderr
        assert done.stderr.rstrip().endswith('pip install "dynmodels[exact]"')

    def test_debug_writes_the_source_and_keeps_the_gates(self, tmp_path: Path) -> None:
        root = generate_dynamic_models(ORDER, exact=True, debug=tmp_path).root

        assert list(tmp_path.rglob("*.py"))
        assert faults(root, **BAD) == [("id", "minimum")]

    @pytest.mark.parametrize(
        "option",
        [
            {"snake_case_field": True},
            {"field_constraints": True},
            {"use_annotated": True},
            {"strict_types": ["int", "str"]},
            {"enum_field_as_literal": "all"},
            {"extra_fields": "forbid"},
            {"collapse_root_models": True},
            {"use_generic_container_types": True},
            {"force_optional_for_required_fields": True},
            {"enable_faux_immutability": True},
        ],
        ids=lambda option: next(iter(option)),
    )
    def test_the_generators_options_do_not_change_what_is_accepted(self, option: Any) -> None:
        more = {**GOOD, "note": None, "total": 3, "ship-to": {"city": "Ulm", "ship_to": 1}, "ship_to": 5}

        judged(
            ORDER, [GOOD, more], [BAD, {}, {**GOOD, "note": 5}, {"id": 1, "lines": [{"sku": "A", "b": 1}]}], **option
        )

    def test_threads_that_validate_first_at_once_agree(self, order: Any) -> None:
        begin = threading.Barrier(8)

        def validate(_: int) -> int:
            begin.wait(30)
            verdicts = [accepts(order, {**GOOD, "id": each, "total": each}) for each in range(-20, 20)]
            return verdicts.count(True)

        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(validate, range(8))) == {19}


class TestStore:
    """Another process has the gates without the generator."""

    LOADED: Final = (
        "assert not [n for n in sys.modules if n.startswith(('datamodel_code_generator', 'black', 'jinja2'))]"
    )

    @pytest.mark.parametrize("trust", ["", "verify"])
    def test_restored_classes_have_their_gates(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trust: str
    ) -> None:
        monkeypatch.setenv("DYNMODELS_CACHE_DIR", str(tmp_path))
        if trust:
            monkeypatch.setenv("DYNMODELS_CACHE_TRUST", trust)
        built = generate_dynamic_models(ORDER, exact=True)
        clear_dynamic_models_cache()
        before = dynamic_models_cache_info().store_hits

        restored = generate_dynamic_models(ORDER, exact=True)

        assert dynamic_models_cache_info().store_hits == before + 1
        assert restored.digest == built.digest
        assert restored.root(**GOOD, placed="2024-05-01T10:00:00Z").placed.year == 2024
        assert faults(restored.root, **BAD) == [("id", "minimum")]
        assert faults(restored["Line"], sku="TMP") == [("sku", "pattern")]

    def test_a_new_process_has_them_by_their_module(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DYNMODELS_CACHE_DIR", str(tmp_path))
        digest = generate_dynamic_models(ORDER, exact=True).digest

        printed = child(
            "import sys, json, importlib\n"
            "from pydantic import ValidationError\n"
            "module = importlib.import_module('dynmodels.generated.d' + sys.argv[1])\n"
            "try: module.Order(id=0, lines=[{'sku': 'MUG'}])\n"
            "except ValidationError as error: print(error.errors()[0]['type'])\n"
            "print(module.Order(id=1, lines=[{'sku': 'MUG'}]).model_dump_json(exclude_unset=True))\n" + self.LOADED,
            digest,
        )

        assert printed.split("\n")[:2] == ["json_schema.minimum", '{"id":1,"lines":[{"sku":"MUG"}]}']

    def test_resources_and_files_are_stored_with_them(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DYNMODELS_CACHE_DIR", str(tmp_path / "store"))
        folder = tmp_path / "schemas"
        folder.mkdir()
        (folder / "line.json").write_text(json.dumps(ORDER["$defs"]["Line"]))
        schema = {
            "title": "Basket",
            "type": "object",
            "properties": {"line": {"$ref": "line.json"}, "owner": {"$ref": "urn:shop:owner"}},
        }
        (folder / "basket.json").write_text(json.dumps(schema))
        options: Any = {"exact": True, "resources": {"urn:shop:owner": {"type": "string", "minLength": 2}}}
        built = generate_dynamic_models(folder / "basket.json", **options)
        clear_dynamic_models_cache()

        restored = generate_dynamic_models(folder / "basket.json", **options)

        assert restored is not built
        for models in (built, restored):
            assert faults(models.root, line={"sku": "TMP"}) == [("line", "sku", "pattern")]
            assert faults(models.root, owner="x") == [("owner", "minLength")]
            assert models.root(line={"sku": "MUG"}, owner="Ann").line.sku == "MUG"


#: Animals told apart by a constant, and by what they have.
ZOO: Final[dict[str, Any]] = {
    "$ref": "#/$defs/Pet",
    "$defs": {
        "Cat": {
            "type": "object",
            "required": ["kind"],
            "properties": {"kind": {"const": "cat"}, "lives": {"type": "integer"}},
        },
        "Dog": {
            "type": "object",
            "required": ["kind"],
            "properties": {"kind": {"const": "dog"}, "friend": {"$ref": "#/$defs/Pet"}},
        },
        "Pet": {"oneOf": [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}]},
    },
}


class TestShape:
    """What the schema accepts has a shape, whatever it is."""

    def test_optional_is_not_nullable_and_nullable_is(self) -> None:
        judged(ORDER, [{**GOOD, "note": None}], [{**GOOD, "placed": None}, {**GOOD, "total": None}])

    def test_more_properties_are_kept_unless_they_are_forbidden(self) -> None:
        root = judged(ORDER, [{**GOOD, "gift": {"from": [1, None]}}], [{"id": 1, "lines": [{"sku": "A", "gift": 1}]}])

        assert root(**GOOD, gift=True).gift is True

    def test_a_whole_number_is_an_integer_however_it_is_written(self) -> None:
        made = judged(ORDER, [{**GOOD, "id": 2.0}], [{**GOOD, "id": True}, {**GOOD, "id": 1.5}, {**GOOD, "id": "1"}])(
            id=2.0, lines=GOOD["lines"]
        )

        assert (made.id, type(made.id)) == (2, int)

    @pytest.mark.parametrize("number", [2**53 - 1, 2**53, 2**53 + 1, -(2**53) - 1, 2**64, 10**40, 2.0**60, 1e300])
    @pytest.mark.parametrize("kind", ["number", "integer"])
    def test_large_numbers_stay_exact(self, number: Any, kind: str) -> None:
        root = judged({"type": "object", "properties": {"size": {"type": kind}}}, [{"size": number}], [])

        assert root(size=number).size == number

    def test_enums_of_any_type(self) -> None:
        members = ["a", 1, True, None, 1.5, [1], {"a": 1}]

        judged({"enum": members}, [*members, 1.0, {"a": 1.0}], [0, False, "b", [True], {}, 2])
        judged(
            {"type": "object", "properties": {"x": {"enum": members}}}, [{"x": each} for each in members], [{"x": 2}]
        )

    @pytest.mark.parametrize(
        ("wrap", "wrapped"),
        [
            (lambda pet: pet, lambda value: value),
            (lambda pet: {"type": "array", "items": pet}, lambda value: [value]),
            (lambda pet: {"type": "object", "additionalProperties": pet}, lambda value: {"Tom": value}),
            (lambda pet: {"type": "object", "properties": {"pet": pet}}, lambda value: {"pet": value}),
        ],
        ids=["alone", "list", "dict", "property"],
    )
    def test_unions_are_what_validates(self, wrap: Any, wrapped: Any) -> None:
        good = [{"kind": "cat", "lives": 9.0}, {"kind": "dog"}, {"kind": "dog", "friend": {"kind": "cat"}}]
        bad = [{}, {"kind": "cow"}, {"kind": "cat", "lives": "9"}, {"kind": "dog", "friend": {"kind": "cow"}}, 5]

        judged(
            {**wrap({"$ref": "#/$defs/Pet"}), "$defs": ZOO["$defs"]}, *([*map(wrapped, each)] for each in (good, bad))
        )

    def test_the_classes_of_a_union_are_those_of_the_data(self) -> None:
        models = generate_dynamic_models(
            {
                "type": "object",
                "properties": {"pets": {"type": "array", "items": {"$ref": "#/$defs/Pet"}}},
                "$defs": ZOO["$defs"],
            },
            exact=True,
        )
        pets = models.root(pets=[{"kind": "dog", "friend": {"kind": "cat"}}, {"kind": "cat"}]).pets
        plain = [getattr(pet, "root", pet) for pet in pets]

        assert [type(pet) for pet in plain] == [models["Dog"], models["Cat"]]

    def test_unions_by_what_is_required_and_of_lists_and_scalars(self) -> None:
        judged(
            {
                "anyOf": [
                    {"type": "object", "required": ["mail"], "properties": {"mail": {"type": "string"}}},
                    {"type": "object", "required": ["phone"], "properties": {"phone": {"type": "integer"}}},
                    {"type": "array", "items": {"type": "integer"}},
                    {"type": "array", "items": {"type": "string", "format": "date"}},
                    {"type": "string", "format": "date"},
                    {"type": "integer"},
                    {"type": "null"},
                ]
            },
            [
                {"mail": "a"},
                {"phone": 5},
                {"mail": "a", "phone": "x"},
                [1, 2.0],
                ["2024-05-01"],
                "2024-05-01",
                3,
                None,
                [],
            ],
            [{}, {"mail": 5}, ["soon"], [1, "2024-05-01"], "soon", 1.5, True],
        )

    @pytest.mark.parametrize(
        ("schema", "good", "bad"),
        [
            ({"not": {"type": "string"}}, [1, None, {}], ["a"]),
            ({"if": {"type": "integer"}, "then": {"minimum": 1}, "else": {"minLength": 2}}, [1, "ab", []], [0, "a"]),
            ({"dependentRequired": {"card": ["owner"]}}, [{}, {"card": 1, "owner": 2}, 5], [{"card": 1}]),
            (
                {"dependentSchemas": {"card": {"properties": {"owner": {"type": "string"}}}}},
                [{"owner": 1}, {"card": 1, "owner": "a"}],
                [{"card": 1, "owner": 1}],
            ),
            ({"contains": {"const": "main"}}, [["a", "main"], 5], [[], ["a"]]),
            ({"properties": {"a": True}, "unevaluatedProperties": False}, [{}, {"a": 1}], [{"b": 1}]),
            ({"prefixItems": [{"type": "integer"}], "unevaluatedItems": False}, [[], [1]], [["a"], [1, 2]]),
            (
                {"patternProperties": {"^x-": {"type": "integer"}}, "additionalProperties": False},
                [{}, {"x-a": 1}],
                [{"x-a": "b"}, {"a": 1}],
            ),
            ({"propertyNames": {"maxLength": 2}}, [{"ab": 1}], [{"abc": 1}]),
            ({"properties": {"never": False, "ever": True}}, [{}, {"ever": [1]}], [{"never": 1}]),
            ({"type": "string", "pattern": "^(?=.*[0-9])(?!admin).+$"}, ["a1"], ["a", "admin1"]),
            ({"type": "string", "pattern": r"^(\w)\1$"}, ["aa"], ["ab"]),
            ({"type": "array", "uniqueItems": True}, [[1, True], ["b", "a"]], [[1, 1.0]]),
            ({"type": "number", "multipleOf": 0.01}, [4.35, 19.99, 1], [0.015]),
            ({"type": "object", "minProperties": 1, "maxProperties": 2}, [{"a": 1}], [{}, {"a": 1, "b": 1, "c": 1}]),
        ],
        ids=lambda each: ",".join(each) if isinstance(each, dict) else "",
    )
    def test_keywords_that_no_class_has(self, schema: Any, good: Any, bad: Any) -> None:
        judged(schema, good, bad)

    @pytest.mark.parametrize(
        ("draft", "form"), [("http://json-schema.org/draft-07/schema#", "shoe-size"), (None, "shoe-size")]
    )
    def test_formats_that_nobody_defines_only_annotate(self, draft: str | None, form: str) -> None:
        judged({"type": "string", "format": form, **({"$schema": draft} if draft else {})}, ["12", "x"], [12])

    @pytest.mark.parametrize("text", ["YQ==", "YR==", "no base64", ""])
    def test_what_pydantic_would_decode_stays_as_it_is(self, text: str) -> None:
        content = {"type": ["string", "null"], "format": "byte"}

        judged(
            {"type": "object", "properties": {"a": content, "b": {"type": "array", "items": content}}},
            [{"a": text}, {"b": [text, None]}],
            [{"a": 5}],
        )

    def test_a_class_may_refer_to_itself(self) -> None:
        judged(
            {
                "title": "Folder",
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"type": "string"}, "folders": {"type": "array", "items": {"$ref": "#"}}},
            },
            [{"name": "a", "folders": [{"name": "b", "folders": []}]}],
            [{"name": "a", "folders": [{"folders": []}]}],
        )

    def test_defaults_are_there_and_are_not_written(self) -> None:
        root = judged(
            {"type": "object", "properties": {"page": {"type": "integer", "default": 1}, "sort": {"default": ["id"]}}},
            [{}, {"page": 1}, {"sort": None}],
            [{"page": "1"}],
        )

        assert (root().page, root().sort) == (1, ["id"])


#: Properties that are no names in Python, or other things there.
AWKWARD: Final = [
    "class", "self", "cls", "None", "model_config", "model_dump", "model_fields", "copy", "json", "schema", "dict",
    "int", "str", "list", "BaseModel", "Field", "root", "", " ", "a-b", "a_b", "A-B", "aB", "x y", "a.b", "_private",
    "__dunder__", "__class__", "__dict__", "_", "1st", "@type", "$ref", "$id", "é", "ß", "ﬁ", "fi",
    "名前", "\U0001f600",
]  # fmt: skip


class TestNames:
    @pytest.mark.parametrize("name", AWKWARD, ids=ascii)
    def test_one_awkward_name(self, name: str) -> None:
        judged(
            {"title": "Row", "type": "object", "required": [name], "properties": {name: {"type": "integer"}}},
            [{name: 1}, {name: 2.0, "more": 1}],
            [{}, {name: "1"}],
        )
        judged({"title": "Row", "type": "object", "properties": {"id": {"type": "integer"}}}, [{name: [1]}], [])

    def test_all_awkward_names_together(self) -> None:
        properties = {name: {"type": "integer"} for name in AWKWARD}

        judged(
            {"title": "Row", "type": "object", "properties": properties},
            [{name: number for number, name in enumerate(AWKWARD)}, *({name: 1} for name in AWKWARD)],
            [{name: "1"} for name in AWKWARD],
        )

    @pytest.mark.parametrize("given", [{"a_b": "x"}, {"a_b": "x", "a-b": 1}, {"a-b": 1}, {}])
    def test_a_property_that_has_the_python_name_of_another(self, given: Any) -> None:
        schema = {"type": "object", "properties": {"a-b": {"type": "integer"}}}

        judged(schema, [given], [])
        judged({"type": "object", "properties": {"row": schema}}, [{"row": given}], [])


class TestErrors:
    def test_every_fault_has_its_place_its_keyword_and_its_limit(self, order: Any) -> None:
        with pytest.raises(ValidationError) as caught:
            order(id=0, lines=[{"sku": "TMP"}])

        error = caught.value
        assert (error.title, error.error_count()) == ("Order", 2)
        assert [
            (fault["type"], fault["loc"], fault["input"], fault["ctx"]["schema"], fault["ctx"]["limit"])
            for fault in error.errors()
        ] == [
            ("json_schema.minimum", ("id",), 0, "#/properties/id/minimum", 1),
            (
                "json_schema.pattern",
                ("lines", 0, "sku"),
                "TMP",
                "#/$defs/Line/properties/sku/pattern",
                "^(?!TMP)[A-Z]+$",
            ),
        ]
        assert [fault["loc"] for fault in json.loads(error.json())] == [["id"], ["lines", 0, "sku"]]

    def test_places_are_properties_of_the_data_not_fields(self, order: Any) -> None:
        assert faults(order, **{**GOOD, "ship-to": {"city": "U"}}) == [("ship-to", "city", "minLength")]

    @NEWER
    def test_errors_are_pickled(self, order: Any) -> None:
        with pytest.raises(ValidationError) as caught:
            order(**BAD)

        assert pickle.loads(pickle.dumps(caught.value)).errors() == caught.value.errors()


def test_the_extra_is_there() -> None:
    """Else these tests would say nothing."""
    assert importlib.util.find_spec("jsonschema_rs")
