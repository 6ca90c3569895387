"""What a caller adds to generated classes: base classes, configuration, validators and types of his own."""

from __future__ import annotations

import inspect
import logging
import pickle
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any
from uuid import UUID

import pytest
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainValidator,
    RootModel,
    ValidationError,
    WrapValidator,
    field_validator,
    model_validator,
)

from dynmodels import (
    ModelBuildError,
    OptionsError,
    UnsafeSchemaError,
    clear_dynamic_models_cache,
    dynamic_models_cache_info,
    generate_dynamic_models,
    generate_many,
)
from tests import catalogue, shop
from tests.documents import INVOICING, PET_SHOP

ORDER: dict[str, Any] = {
    "title": "Order",
    "type": "object",
    "additionalProperties": False,
    "required": ["quantity"],
    "properties": {
        "quantity": {"type": "integer"},
        "price": {"type": "number"},
        "ship-to": {"type": "string"},
        "cost": {"$ref": "#/$defs/Money"},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/Line"}},
        "tags": {"$ref": "#/$defs/Tags"},
        "state": {"$ref": "#/$defs/State"},
    },
    "$defs": {
        "Money": {"type": "object", "required": ["amount"], "properties": {"amount": {"type": "number"}}},
        "Line": {
            "type": "object",
            "properties": {"weight": {"type": "object"}, "cost": {"$ref": "#/$defs/Money"}, "note": {"type": "string"}},
        },
        "Tags": {"type": "array", "items": {"type": "string"}},
        "State": {"enum": ["open", "sent"]},
    },
}

#: A line that is more than a line.
EXTENDED: dict[str, Any] = {
    "$defs": {
        "Line": {"type": "object", "properties": {"count": {"type": "integer"}}},
        "Gift": {"allOf": [{"$ref": "#/$defs/Line"}, {"type": "object", "properties": {"card": {"type": "string"}}}]},
    }
}

both_ways = pytest.mark.parametrize("exact", [False, True], ids=["plain", "exact"])


class TestBases:
    @both_ways
    def test_fields_methods_computed_fields_and_private_attributes_are_inherited(self, exact: bool) -> None:
        models = generate_dynamic_models(ORDER, base_class=shop.Record, exact=exact)

        order = models["Order"].model_validate({"quantity": 2})

        assert isinstance(order, shop.Record)
        assert order.source == "shop"
        assert order.label == "Order from shop"
        assert (order.changed(), order.changed()) == (1, 2)
        assert issubclass(models["Line"], shop.Record)

    def test_what_the_schema_says_of_other_fields_wins_over_the_configuration_of_the_base(self) -> None:
        models = generate_dynamic_models(ORDER, base_class=shop.Record)

        assert models["Order"].model_config["extra"] == "forbid"
        assert models["Line"].model_config["extra"] == "allow"
        assert models["Line"].model_validate({"note": " thin "}).note == "thin"

    def test_several_bases_may_have_some_that_are_no_models(self) -> None:
        models = generate_dynamic_models(ORDER, base_class=(shop.Discounted, shop.Record))

        assert models["Order"](quantity=1, price=2.5).euros() == "2.50 EUR"
        assert models["Order"].__bases__ == (shop.Discounted, shop.Record)

    def test_a_class_of_which_methods_are_missing_cannot_be_made_objects_of(self) -> None:
        models = generate_dynamic_models(ORDER, base_class=(shop.Priced, shop.Record))

        with pytest.raises(TypeError, match="abstract method"):
            models["Order"](quantity=1)

    def test_root_models_and_enums_stay_what_they_are(self) -> None:
        models = generate_dynamic_models(ORDER, base_class=shop.Record)

        assert models["Tags"].__mro__[1:3] == (RootModel[list[str]], RootModel)
        assert not issubclass(models["State"], shop.Record)

    def test_classes_that_extend_others_inherit_once(self) -> None:
        models = generate_dynamic_models(EXTENDED, base_class=shop.Record)

        assert models["Gift"].__bases__ == (models["Line"],)
        assert models["Gift"](card="love").label == "Gift from shop"

    def test_a_schema_may_have_the_name_of_the_base(self) -> None:
        schema = {"title": "Record", "type": "object", "properties": {"id": {"type": "integer"}}}

        models = generate_dynamic_models(schema, base_class=shop.Record)

        assert models["Record"].__bases__ == (shop.Record,)
        assert models["Record"](id=1).label == "Record from shop"

    def test_classes_in_several_modules_all_inherit(self) -> None:
        models = generate_dynamic_models(INVOICING, base_class=shop.Record)

        assert all(issubclass(cls, shop.Record) for cls in models.values())

    def test_a_dotted_name_is_the_generators_own_option(self) -> None:
        models = generate_dynamic_models(ORDER, base_class="tests.shop.Record")

        assert issubclass(models["Order"], shop.Record)
        assert "from tests.shop import Record" in models.source

    def test_only_what_is_asked_for_is_built_by_itself_with_the_base(self) -> None:
        models = generate_dynamic_models(PET_SHOP, base_class=shop.Record, target_model_names=["Pet"])
        whole = generate_dynamic_models(PET_SHOP, base_class=shop.Record)

        assert models["Pet"](name="Rex").label == "Pet from shop"
        assert whole["Pet"] is models["Pet"]

    def test_only_what_is_asked_for_may_have_a_base_without_a_module(self) -> None:
        class Local(BaseModel):
            def here(self) -> str:
                return "here"

        models = generate_dynamic_models(PET_SHOP, base_class=Local, target_model_names=["Pet"])

        assert models["Pet"](name="Rex").here() == "here"

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            (3, "base_class is a class"),
            ((), "base_class is a class"),
            ((shop.Record, "x"), "base_class is a class"),
            (shop.Priced, "Priced is no pydantic model"),
            (RootModel[int], "is a RootModel"),
        ],
    )
    def test_what_is_no_base_is_refused(self, wrong: Any, message: str) -> None:
        with pytest.raises(OptionsError, match=message):
            generate_dynamic_models(ORDER, base_class=wrong)

    def test_a_base_and_an_option_of_the_same_name_are_two_spellings_of_one_thing(self) -> None:
        from dynmodels import GenerateConfig

        with pytest.raises(OptionsError, match="two spellings"):
            generate_dynamic_models(ORDER, config=GenerateConfig(), base_class="tests.shop.Record")
        models = generate_dynamic_models(ORDER, config=GenerateConfig(class_name="Purchase"), base_class=shop.Record)
        assert issubclass(models["Purchase"], shop.Record)


class TestConfiguration:
    @both_ways
    def test_it_is_laid_over_every_class(self, exact: bool) -> None:
        models = generate_dynamic_models(ORDER, config_dict=ConfigDict(frozen=True), exact=exact)
        order = models["Order"].model_validate({"quantity": 1, "tags": ["new"]})

        for instance in (order, order.tags):
            with pytest.raises(ValidationError, match="frozen"):
                setattr(instance, "quantity" if instance is order else "root", 2)

    def test_it_wins_over_the_schema_and_the_rest_stays(self) -> None:
        plain = generate_dynamic_models(ORDER)["Order"]
        models = generate_dynamic_models(ORDER, config_dict=ConfigDict(extra="ignore"))

        assert plain.model_config["extra"] == "forbid"
        assert models["Order"].model_config == {**plain.model_config, "extra": "ignore"}
        assert models["Order"](quantity=1, colour="red").model_dump(exclude_none=True) == {"quantity": 1}

    def test_root_models_do_not_have_other_fields(self) -> None:
        models = generate_dynamic_models(ORDER, config_dict=ConfigDict(extra="allow", frozen=True))

        assert models["Tags"].model_config == {"frozen": True}

    def test_attributes_of_objects_are_read(self) -> None:
        class Row:
            quantity = 3
            cost = SimpleNamespace(amount=2)

        models = generate_dynamic_models(ORDER, config_dict=ConfigDict(from_attributes=True))

        assert models["Order"].model_validate(Row()).cost.amount == 2

    def test_fields_are_given_by_their_names_in_python(self) -> None:
        models = generate_dynamic_models(ORDER, config_dict=ConfigDict(populate_by_name=True))

        assert models["Order"](quantity=1, ship_to="Bath").model_dump(by_alias=True)["ship-to"] == "Bath"

    def test_a_function_of_a_module_stands_in_the_source_by_its_name(self) -> None:
        models = generate_dynamic_models(EXTENDED, config_dict=ConfigDict(alias_generator=shop.camel))

        assert "from tests.shop import camel" in models.source
        assert "alias_generator=camel" in models.source

    def test_tables_are_written_out(self) -> None:
        extra: Any = {"x-owner": {"team": "sales", "since": 2020}}

        models = generate_dynamic_models(ORDER, config_dict=ConfigDict(json_schema_extra=extra))

        assert models["Line"].model_json_schema()["x-owner"] == {"team": "sales", "since": 2020}
        assert models["Order"].model_config["json_schema_extra"] == extra

    def test_a_key_that_pydantic_does_not_have_is_refused_with_the_closest(self) -> None:
        with pytest.raises(OptionsError, match=r"'frozn'.*\n.*'frozen'"):
            generate_dynamic_models(ORDER, config_dict={"frozn": True})  # type: ignore[arg-type]
        with pytest.raises(OptionsError, match="config_dict is a pydantic"):
            generate_dynamic_models(ORDER, config_dict=["frozen"])  # type: ignore[arg-type]

    @pytest.mark.parametrize("name", ["extra", "alias_generator", "str_to_lower", "strict"])
    def test_exact_classes_refuse_what_they_would_take_no_notice_of(self, name: str) -> None:
        with pytest.raises(OptionsError, match=f"config_dict cannot have '{name}'"):
            generate_dynamic_models(ORDER, config_dict={name: True}, exact=True)  # type: ignore[arg-type]

    def test_exact_classes_refuse_bases_that_call_fields_otherwise(self) -> None:
        class Camel(BaseModel):
            model_config = ConfigDict(alias_generator=shop.camel)

        with pytest.raises(OptionsError, match="base_class Camel cannot have an alias_generator"):
            generate_dynamic_models(ORDER, base_class=Camel, exact=True)

    def test_a_value_that_pydantic_does_not_take_is_shown_in_its_line(self) -> None:
        with pytest.raises(ModelBuildError, match="extra"):
            generate_dynamic_models(ORDER, config_dict=ConfigDict(extra="sometimes"))  # type: ignore[typeddict-item]


class TestValidators:
    @both_ways
    def test_functions_run_after_the_field_has_been_read(self, exact: bool) -> None:
        models = generate_dynamic_models(
            ORDER, validators={"Order": {"quantity": [shop.at_most_a_hundred]}}, exact=exact
        )

        assert models["Order"].model_validate({"quantity": 100}).quantity == 100
        with pytest.raises(ValidationError, match="nobody can carry that") as caught:
            models["Order"].model_validate({"quantity": 101})
        assert caught.value.errors()[0]["loc"] == ("quantity",)

    @pytest.mark.parametrize(
        ("validator", "given", "expected"),
        [
            (AfterValidator(shop.at_most_a_hundred), "7", 7),
            (BeforeValidator(shop.from_dozens), "2 dozen", 24),
            (WrapValidator(shop.or_one), "some", 1),
            (PlainValidator(shop.from_dozens), "3 dozen", 36),
            (field_validator("quantity", mode="before")(shop.from_dozens), "1 dozen", 12),
            (field_validator("quantity")(shop.upper), 5, 5),
        ],
        ids=["after", "before", "wrap", "plain", "decorated", "class method"],
    )
    def test_pydantics_own_say_when_they_run(self, validator: Any, given: Any, expected: int) -> None:
        models = generate_dynamic_models(ORDER, validators={"Order": {"quantity": validator}})

        assert models["Order"](quantity=given).quantity == expected

    def test_several_of_one_field_all_run(self) -> None:
        validators = {"Order": {"quantity": [BeforeValidator(shop.from_dozens), shop.at_most_a_hundred]}}
        order = generate_dynamic_models(ORDER, validators=validators)["Order"]

        assert order(quantity="2 dozen").quantity == 24
        with pytest.raises(ValidationError, match="nobody"):
            order(quantity="9 dozen")

    def test_one_function_may_be_for_many_fields_and_classes(self) -> None:
        validators = {"Order": {"quantity": shop.at_most_a_hundred, "price": shop.at_most_a_hundred}}
        order = generate_dynamic_models(ORDER, validators=validators)["Order"]

        with pytest.raises(ValidationError) as caught:
            order(quantity=101, price=200)
        assert [each["loc"] for each in caught.value.errors()] == [("quantity",), ("price",)]

    def test_a_field_goes_by_the_name_of_its_property_too(self) -> None:
        for name in ("ship-to", "ship_to"):
            order = generate_dynamic_models(ORDER, validators={"Order": {name: shop.upper}})["Order"]
            assert order.model_validate({"quantity": 1, "ship-to": "bath"}).ship_to == "Order:BATH"

    def test_a_class_goes_by_its_schema_too(self) -> None:
        models = generate_dynamic_models(ORDER, validators={"#/$defs/Line": {"note": shop.upper}})

        assert models["Line"](note="x").note == "Line:X"

    def test_all_fields_are_meant_by_a_star(self) -> None:
        models = generate_dynamic_models(ORDER, validators={"Line": {"*": shop.upper}})

        assert models["Line"](note="x", weight={}).model_dump(exclude_none=True) == {"note": "Line:X", "weight": {}}

    @both_ways
    def test_a_list_has_validators_of_the_whole_model(self, exact: bool) -> None:
        whole = model_validator(mode="after")(shop.totals_agree)
        models = generate_dynamic_models(ORDER, validators={"Order": [whole]}, exact=exact)

        assert models["Order"].model_validate({"quantity": 1}).quantity == 1
        with pytest.raises(ValidationError, match="an order of nothing"):
            models["Order"].model_validate({"quantity": 0})

    def test_root_models_have_the_field_root(self) -> None:
        models = generate_dynamic_models(ORDER, validators={"Tags": {"root": BeforeValidator(sorted)}})

        assert models["Tags"](["b", "a"]).root == ["a", "b"]

    def test_fields_that_are_inherited_are_known(self) -> None:
        validators = {"Gift": {"count": shop.at_most_a_hundred, "source": shop.upper}}
        models = generate_dynamic_models(EXTENDED, base_class=shop.Record, validators=validators)

        assert models["Gift"](source="web").source == "Gift:WEB"
        with pytest.raises(ValidationError, match="nobody"):
            models["Gift"](count=101)

    def test_validators_of_a_class_and_of_one_that_extends_it_both_run(self) -> None:
        validators = {"Line": {"count": shop.at_most_a_hundred}, "Gift": {"count": BeforeValidator(shop.from_dozens)}}
        gift = generate_dynamic_models(EXTENDED, validators=validators)["Gift"]

        assert gift(count="2 dozen").count == 24
        with pytest.raises(ValidationError, match="nobody"):
            gift(count="9 dozen")

    def test_no_name_of_the_base_is_taken(self) -> None:
        validators = {"Order": {"quantity": shop.at_most_a_hundred}}
        order = generate_dynamic_models(ORDER, base_class=shop.Record, validators=validators)["Order"]

        assert order(quantity=1).validate_quantity() == "kept"
        with pytest.raises(ValidationError, match="nobody"):
            order(quantity=101)

    def test_those_of_other_classes_are_no_error_where_some_are_asked_for(self) -> None:
        validators = {"Pet": {"name": shop.upper}, "Pets": {"root": shop.upper}}

        models = generate_dynamic_models(PET_SHOP, validators=validators, target_model_names=["Pet"])

        assert models["Pet"](name="Rex").name == "Pet:REX"

    def test_what_the_generators_own_option_takes_is_its_own(self) -> None:
        named = {"Order": {"validators": [{"field": "quantity", "function": "tests.shop.only_even"}]}}

        order = generate_dynamic_models(ORDER, validators=named)["Order"]

        with pytest.raises(ValidationError, match="that is odd"):
            order(quantity=101)

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"Oder": {"quantity": shop.upper}}, r"'Oder'.*\n.*Order"),
            ({"Order": {"quantty": shop.upper}}, r"'quantty'.*\n.*quantity"),
            ({"State": {"open": shop.upper}}, "'State', and there is no such model"),
            ({"Order": {"quantity": "upper"}}, "for the field 'quantity'"),
            ({"Order": {"quantity": model_validator(mode="after")(shop.totals_agree)}}, "for the field 'quantity'"),
            ({"Order": [shop.upper]}, "for the class 'Order'"),
            ({"Order": shop.upper}, "for the class 'Order'"),
            ([shop.upper], "validators is a mapping"),
        ],
    )
    def test_what_leads_nowhere_is_refused(self, wrong: Any, message: str) -> None:
        with pytest.raises(OptionsError, match=message):
            generate_dynamic_models(ORDER, validators=wrong)


class TestTypes:
    @both_ways
    def test_a_class_of_the_callers_stands_for_a_schema_wherever_that_is_meant(self, exact: bool) -> None:
        models = generate_dynamic_models(ORDER, types={"#/$defs/Money": shop.Money}, exact=exact)

        order = models["Order"].model_validate(
            {"quantity": 1, "cost": {"amount": 2}, "lines": [{"cost": {"amount": 3}}]}
        )

        assert order.cost == shop.Money(amount=Decimal(2))
        assert type(order.lines[0].cost) is shop.Money
        assert "Money" not in models
        assert "#/$defs/Money" not in models.pointers

    def test_a_schema_that_refers_to_itself_goes_as_a_whole(self) -> None:
        schema = {
            "title": "Part",
            "type": "object",
            "properties": {"weight": {"$ref": "#/$defs/Weight"}},
            "$defs": {"Weight": {"type": "object", "properties": {"of": {"$ref": "#/$defs/Weight"}}}},
        }

        models = generate_dynamic_models(schema, types={"#/$defs/Weight": shop.Weight})

        assert models["Part"].model_validate({"weight": {"kilograms": 3}}).weight == shop.Weight(3)
        assert list(models) == ["Part"]

    def test_documents_of_several_modules_keep_their_classes(self) -> None:
        with pytest.raises(OptionsError, match="in several modules"):
            generate_dynamic_models(INVOICING, types={"#/$defs/billing.Money": shop.Money})

    @both_ways
    def test_a_type_stands_for_the_schema_of_a_property(self, exact: bool) -> None:
        types = {"#/$defs/Line/properties/weight": shop.Weight}
        models = generate_dynamic_models(ORDER, types=types, exact=exact)

        line = models["Line"].model_validate({"weight": {"kilograms": 2}})

        assert line.weight == shop.Weight(2)

    @both_ways
    def test_what_the_callers_class_refuses_is_an_error_at_its_place(self, exact: bool) -> None:
        models = generate_dynamic_models(ORDER, types={"#/$defs/Money": shop.Money}, exact=exact)

        with pytest.raises(ValidationError) as caught:
            models["Order"].model_validate({"quantity": 1, "cost": {"amount": 1, "currency": 3}})
        assert [each["loc"][:1] for each in caught.value.errors()] == [("cost",)]

    def test_exact_classes_hold_the_schema_against_data_before_the_callers_class_does(self) -> None:
        models = generate_dynamic_models(ORDER, types={"#/$defs/Money": shop.Money}, exact=True)

        with pytest.raises(ValidationError) as caught:
            models["Order"].model_validate({"quantity": 1, "cost": {"amount": "2"}})
        assert caught.value.errors()[0]["type"] == "json_schema.type"

    def test_a_schema_that_others_extend_becomes_their_base(self) -> None:
        models = generate_dynamic_models(EXTENDED, types={"#/$defs/Line": shop.Money})

        assert models["Gift"].__bases__ == (shop.Money,)
        assert models["Gift"](amount=1, card="x").currency == "EUR"

    def test_a_type_without_a_name_is_taken(self) -> None:
        short = Annotated[str, AfterValidator(lambda text: text[:3])]

        models = generate_dynamic_models(ORDER, types={"#/properties/ship-to": short})

        assert models["Order"].model_validate({"quantity": 1, "ship-to": "Bath"}).ship_to == "Bat"

    def test_the_document_stays_as_it_was_given(self) -> None:
        models = generate_dynamic_models(ORDER, types={"#/$defs/Money": shop.Money})

        assert models.schema == ORDER
        assert "customTypePath" not in str(ORDER)

    def test_the_schema_itself_may_import_no_more_than_before(self) -> None:
        schema = {**ORDER, "properties": {"file": {"customTypePath": "tests.shop.Weight"}}}

        with pytest.raises(UnsafeSchemaError, match="may not import"):
            generate_dynamic_models(schema, types={"#/$defs/Money": shop.Money})

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"#/$defs/Cash": shop.Money}, "has no schema there"),
            ({"#/required": shop.Money}, "has no schema there"),
            ({"#/x-notes": shop.Money}, "no class has anything"),
            ({"Money": shop.Money}, "no JSON Pointer"),
            ({"#": shop.Money}, "no JSON Pointer"),
            ({"#/$defs/Money": "Money"}, "no type"),
            ([shop.Money], "types is a mapping"),
        ],
    )
    def test_what_leads_nowhere_is_refused(self, wrong: Any, message: str) -> None:
        with pytest.raises(OptionsError, match=message):
            generate_dynamic_models({**ORDER, "x-notes": {"type": "object"}}, types=wrong)


ALL: dict[str, Any] = {
    "base_class": (shop.Discounted, shop.Record),
    "config_dict": ConfigDict(extra="ignore", alias_generator=shop.camel),
    "validators": {"Order": {"quantity": [BeforeValidator(shop.from_dozens)]}},
    "types": {"#/$defs/Money": shop.Money},
}


class TestIdentity:
    def test_the_same_additions_give_the_same_classes(self) -> None:
        before = dynamic_models_cache_info()
        first = generate_dynamic_models(ORDER, **ALL)
        again = generate_dynamic_models(ORDER, **dict(ALL))

        assert again is first
        assert dynamic_models_cache_info().hits - before.hits == 1

    @pytest.mark.parametrize("left_out", ALL)
    def test_others_give_others(self, left_out: str) -> None:
        others = {name: value for name, value in ALL.items() if name != left_out}

        assert generate_dynamic_models(ORDER, **ALL).digest != generate_dynamic_models(ORDER, **others).digest

    def test_they_are_stored(self, tmp_path: Path) -> None:
        first = generate_dynamic_models(ORDER, **ALL, store=tmp_path)
        source = first.source
        del first
        clear_dynamic_models_cache()
        before = dynamic_models_cache_info().store_hits

        models = generate_dynamic_models(ORDER, **ALL, store=tmp_path)

        assert dynamic_models_cache_info().store_hits == before + 1
        assert models.source == source
        assert models["Order"](quantity="2 dozen").quantity == 24

    def test_a_store_that_others_write_to_is_read_by_the_callers_own_word(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DYNMODELS_CACHE_TRUST", "verify")
        first = generate_dynamic_models(ORDER, **ALL, store=tmp_path)
        source = first.source
        del first
        clear_dynamic_models_cache()
        before = dynamic_models_cache_info().store_hits

        models = generate_dynamic_models(ORDER, **ALL, store=tmp_path)

        assert dynamic_models_cache_info().store_hits == before + 1
        assert models.source == source

    def test_what_no_module_has_a_name_for_is_neither_cached_nor_stored_and_the_log_says_so(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Local(BaseModel):
            def here(self) -> str:
                return "here"

        with caplog.at_level(logging.INFO, "dynmodels"):
            first = generate_dynamic_models(ORDER, base_class=Local, store=tmp_path)
            second = generate_dynamic_models(ORDER, base_class=Local, store=tmp_path)

        assert first is not second
        assert first["Order"](quantity=1).here() == "here"
        assert "neither cached nor stored: of base_class, no module has a name for" in caplog.text
        assert not list(tmp_path.rglob("*.py"))

    def test_what_is_of_the_program_itself_is_not_cached(self, tmp_path: Path) -> None:
        (tmp_path / "program.py").write_text(
            "from pydantic import BaseModel\n"
            "from dynmodels import generate_dynamic_models\n"
            "class Base(BaseModel): pass\n"
            "made = [generate_dynamic_models({'title': 'A', 'type': 'object'}, base_class=Base) for _ in range(2)]\n"
            "print(made[0] is made[1], 'from __main__ import Base' in made[0].source)\n"
        )
        command = [sys.executable, str(tmp_path / "program.py")]

        told = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 (our own)

        assert told.stdout.strip() == "False True"

    def test_what_is_given_twice_has_one_name(self) -> None:
        def loud(value: Any) -> Any:
            return value.upper() if isinstance(value, str) else value

        models = generate_dynamic_models(ORDER, validators={"Line": {"note": loud}, "Order": {"ship-to": loud}})

        assert models.source.count("from dynmodels.given import loud") == 1
        assert models["Line"](note="x").note == "X"

    def test_functions_without_names_are_told_apart(self) -> None:
        validators = {"Line": {"note": [lambda text: text + "a", lambda text: text + "b"]}}

        models = generate_dynamic_models(ORDER, validators=validators)

        assert models["Line"](note="").note == "ab"

    @both_ways
    def test_objects_cross_processes(self, exact: bool, tmp_path: Path) -> None:
        models = generate_dynamic_models(ORDER, **{**ALL, "config_dict": ConfigDict(frozen=True)}, exact=exact)
        order = models["Order"].model_validate({"quantity": 24, "price": 2.5, "cost": {"amount": 2}})
        (tmp_path / "order").write_bytes(pickle.dumps(order))
        program = (
            "import pathlib, pickle, sys\n"
            "order = pickle.loads(pathlib.Path(sys.argv[1], 'order').read_bytes())\n"
            "print(order.label, order.quantity, repr(order.cost), order.euros())"
        )
        told = subprocess.run([sys.executable, "-c", program, tmp_path], check=True, capture_output=True, text=True)  # noqa: S603 (our own)

        assert told.stdout.strip() == "Order from shop 24 Money(amount=Decimal('2'), currency='EUR') 2.50 EUR"

    def test_another_process_says_what_it_does_not_have(self, tmp_path: Path) -> None:
        class Local(BaseModel):
            pass

        models = generate_dynamic_models(ORDER, base_class=Local)
        (tmp_path / "class").write_bytes(pickle.dumps(models["Order"]))
        program = "import pathlib, pickle, sys; pickle.loads(pathlib.Path(sys.argv[1], 'class').read_bytes())"

        told = subprocess.run([sys.executable, "-c", program, tmp_path], check=False, capture_output=True, text=True)  # noqa: S603

        assert "no module has a name for 'Local'" in told.stderr
        assert "ModelBuildError" in told.stderr

    def test_many_documents_are_built_with_them(self) -> None:
        orders = [{**ORDER, "description": f"Version {number}"} for number in range(3)]

        results = generate_many(orders, processes=2, **ALL)

        assert [result["Order"](quantity="1 dozen").quantity for result in results] == [12, 12, 12]  # type: ignore[index]


class TestSource:
    def test_it_says_what_was_added(self) -> None:
        models = generate_dynamic_models(ORDER, **ALL)

        source = inspect.getsource(models["Order"])

        assert source.startswith("class Order(Discounted, Record):")
        assert "model_config = ConfigDict(extra='ignore'" in source
        assert "field_validator('quantity', mode='before')(from_dozens)" in source

    def test_debug_mode_writes_it_out(self, tmp_path: Path) -> None:
        generate_dynamic_models(ORDER, **ALL, debug=tmp_path)

        (file,) = tmp_path.glob("*.py")
        assert "from tests.shop import" in file.read_text()

    def test_a_schema_cannot_write_such_lines_itself(self) -> None:
        schema = {
            "title": "A",
            "type": "object",
            "properties": {"validate_a": {"default": "field_validator('a')(exec)"}},
        }

        models = generate_dynamic_models(schema, validators={"A": {"validate_a": shop.upper}})

        assert models["A"]().validate_a == "field_validator('a')(exec)"


class TestNamesOfTypes:
    """Types may be called as anything else is; nothing of the document's is called otherwise for them."""

    def test_two_types_of_one_name_are_told_apart(self) -> None:
        types = {"#/properties/price": shop.Money, "#/properties/quantity": catalogue.Money}

        order = generate_dynamic_models(ORDER, types=types)["Order"]

        assert order.model_fields["price"].annotation == shop.Money | None
        assert order.model_fields["quantity"].annotation is catalogue.Money

    def test_a_class_of_the_documents_keeps_its_name(self) -> None:
        models = generate_dynamic_models(ORDER, types={"#/properties/price": shop.Money})

        assert models["Money"] is models.pointers["#/$defs/Money"]
        assert models["Order"].model_fields["price"].annotation == shop.Money | None

    def test_a_type_may_have_a_name_that_source_uses(self) -> None:
        order = generate_dynamic_models(ORDER, types={"#/properties/price": catalogue.Field})["Order"]

        assert order.model_fields["price"].annotation == catalogue.Field | None
        assert order.model_fields["ship_to"].alias == "ship-to"

    def test_a_schema_may_guess_what_stands_for_types_in_between(self) -> None:
        schema = {**ORDER, "$defs": {**ORDER["$defs"], "given type1": {"type": "object", "properties": {"a": {}}}}}

        models = generate_dynamic_models(schema, types={"#/properties/price": shop.Money})

        assert "GivenType1" in models
        assert models["Order"].model_fields["price"].annotation == shop.Money | None

    def test_a_type_within_a_schema_that_another_stands_for_is_used_nowhere(self) -> None:
        types = {"#/$defs/Money": shop.Money, "#/$defs/Money/properties/amount": Decimal}

        with pytest.raises(OptionsError, match="'#/\\$defs/Money/properties/amount', and no class has anything"):
            generate_dynamic_models(ORDER, types=types)


class TestExactClasses:
    """What the schema accepts, the caller's own words are asked about as well."""

    WORD: dict[str, Any] = {  # noqa: RUF012 (nobody changes it)
        "title": "Word",
        "type": "object",
        "properties": {
            "text": {"type": "string"},
            "count": {"type": "number"},
            "ids": {"type": "array", "items": {"$ref": "#/$defs/Id"}},
            "first": {"anyOf": [{"$ref": "#/$defs/Id"}, {"type": "integer"}]},
        },
        "$defs": {"Id": {"type": "string"}},
    }

    def test_class_methods_of_the_base_run(self) -> None:
        word = generate_dynamic_models(self.WORD, base_class=shop.Doubled, exact=True)["Word"]

        assert word(text="ab").text == "abab"
        with pytest.raises(ValidationError, match="never odd"):
            word(text="odd")

    def test_fields_of_the_base_are_required_and_checked(self) -> None:
        word = generate_dynamic_models(self.WORD, base_class=shop.Numbered, exact=True)["Word"]

        assert word(number="7", text="a").number == 7
        for wrong, kind in [({}, "missing"), ({"number": "x"}, "int_parsing"), ({"number": 101}, "value_error")]:
            with pytest.raises(ValidationError) as caught:
                word.model_validate(wrong)
            assert [(each["loc"], each["type"]) for each in caught.value.errors()] == [(("number",), kind)]

    @pytest.mark.parametrize(
        ("pointer", "type_", "given", "made"),
        [
            ("#/properties/count", Decimal, {"count": 4}, Decimal(4)),
            ("#/properties/text", int, {"text": "44"}, 44),
            ("#/properties/text", shop.Code, {"text": "QA"}, shop.Code("QA")),
            (
                "#/$defs/Id",
                UUID,
                {"ids": ["12345678-1234-5678-1234-567812345678"]},
                [UUID(int=0x12345678123456781234567812345678)],
            ),
            (
                "#/$defs/Id",
                UUID,
                {"first": "12345678-1234-5678-1234-567812345678"},
                UUID(int=0x12345678123456781234567812345678),
            ),
        ],
    )
    def test_any_type_makes_of_data_what_it_does_elsewhere(
        self, pointer: str, type_: Any, given: Any, made: Any
    ) -> None:
        for exact in (False, True):
            word = generate_dynamic_models(self.WORD, types={pointer: type_}, exact=exact)["Word"]
            found = getattr(word.model_validate(given), next(iter(given)))
            assert (found, type(found)) == (made, type(made))

    def test_what_a_type_refuses_is_an_error(self) -> None:
        word = generate_dynamic_models(self.WORD, types={"#/properties/text": int}, exact=True)["Word"]

        with pytest.raises(ValidationError) as caught:
            word(text="many")
        assert caught.value.errors()[0]["type"] == "int_parsing"

    @both_ways
    def test_what_an_addition_makes_impossible_is_told(self, exact: bool) -> None:
        with pytest.raises(ModelBuildError, match="register me first"):
            generate_dynamic_models(self.WORD, base_class=shop.Unwilling, exact=exact)
        with pytest.raises(ModelBuildError, match="signature"):
            generate_dynamic_models(
                self.WORD, validators={"Word": {"text": [Decimal.from_float, shop.three]}}, exact=exact
            )

    def test_parts_that_cannot_be_rendered_are_left_to_the_gate_as_ever(self) -> None:
        schema = {**self.WORD, "properties": {**self.WORD["properties"], "odd": {"$ref": "#/$defs/2024"}}}
        schema["$defs"] = {**self.WORD["$defs"], "2024": {"title": "2024", "type": "object", "properties": {"1 2": {}}}}

        word = generate_dynamic_models(schema, base_class=shop.Doubled, exact=True)["Word"]

        assert word(text="ab").text == "abab"


def test_names_in_other_forms_are_what_python_reads_them_as() -> None:
    name = "\uff47ivenType1"
    schema = {
        "title": "User",
        "type": "object",
        "properties": {"a": {"$ref": f"#/$defs/{name}"}, "p": {"type": "object"}, "\uff42ase": {"type": "string"}},
        "$defs": {name: {"type": "object", "properties": {"z": {"type": "string"}}}},
    }

    models = generate_dynamic_models(schema, types={"#/properties/p": shop.Money}, base_class=shop.Record)

    assert models["User"].model_fields["p"].annotation == shop.Money | None
    assert models["User"].model_fields["a"].annotation != shop.Money | None


def test_a_validator_of_another_field_or_a_class_method_in_disguise_is_refused() -> None:
    for wrong in (
        field_validator("price")(shop.upper),
        field_validator("quantity")(classmethod(lambda klass, value: value)),
    ):
        with pytest.raises(OptionsError):
            generate_dynamic_models(ORDER, validators={"Order": {"quantity": wrong}})


def test_source_that_is_no_python_is_told_as_ever() -> None:
    schema = {"$defs": {"class": {"type": "object"}}}

    with pytest.raises(ModelBuildError, match="does not compile"):
        generate_dynamic_models(schema, base_class=shop.Record, custom_class_name_generator=lambda name: name)


@pytest.mark.parametrize("document", [True, "type Book { title: String }"])
def test_documents_without_schemas_have_no_place_for_types(document: Any) -> None:
    kind: Any = {"input_file_type": "graphql"} if isinstance(document, str) else {}

    with pytest.raises(OptionsError, match="no schema there"):
        generate_dynamic_models(document, types={"#/$defs/Money": shop.Money}, **kind)


def test_what_looks_like_the_generators_validators_and_is_none_is_refused() -> None:
    with pytest.raises(OptionsError):
        generate_dynamic_models(ORDER, validators={"Order": {"validators": 3}})
