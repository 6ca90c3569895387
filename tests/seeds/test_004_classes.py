"""Classes (page 004): generic, made at run time, of other kinds of classes, of a root type, immutable, abstract."""

from __future__ import annotations

import abc
import json
from collections.abc import Iterator, Sequence
from typing import Any, Generic, NamedTuple, NotRequired, TypeVar, get_type_hints

import pytest
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    TypeAdapter,
    ValidationError,
    computed_field,
    create_model,
    field_validator,
    with_config,
)
from typing_extensions import TypedDict

from dynmodels import DataModelType, OptionsError, generate_dynamic_models

#: A parcel, what is in it and where it goes.
PARCEL: dict[str, Any] = {
    "title": "Parcel",
    "type": "object",
    "required": ["number", "address"],
    "properties": {
        "number": {"type": "string", "pattern": "^P[0-9]{4}$"},
        "address": {"$ref": "#/$defs/Address"},
        "grams": {"type": "integer", "exclusiveMinimum": 0},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "$defs": {
        "Address": {
            "type": "object",
            "required": ["town"],
            "properties": {"town": {"type": "string"}, "street": {"type": "string"}},
        }
    },
}
GIVEN: dict[str, Any] = {"number": "P0001", "address": {"town": "Graz"}}

#: Opening hours by day, and a list of days: roots that are no objects.
HOURS: dict[str, Any] = {
    "title": "Hours",
    "type": "object",
    "propertyNames": {"enum": ["sat", "sun"]},
    "additionalProperties": {"$ref": "#/$defs/Opening"},
    "$defs": {
        "Opening": {
            "type": "object",
            "required": ["opens"],
            "properties": {"opens": {"type": "integer"}, "closes": {"type": "integer"}},
        }
    },
}
DAYS: dict[str, Any] = {"title": "Days", "type": "array", "items": {"type": "string"}, "minItems": 1}

Content = TypeVar("Content")
Key = TypeVar("Key")


class Sent(BaseModel, Generic[Content]):
    content: Content | None = None
    failure: str | None = None

    @field_validator("failure")
    @classmethod
    def one_of_both(cls, failure: str | None, info: Any) -> str | None:
        if failure is not None and info.data.get("content") is not None:
            raise ValueError("what has failed has no content")
        return failure

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        return "".join(param.__name__ for param in params) + cls.__name__


class TestGenericModels:
    """Generated classes as the parameters of generic ones."""

    def test_an_envelope_holds_a_generated_class(self) -> None:
        Parcel = generate_dynamic_models(PARCEL)["Parcel"]

        sent = Sent[Parcel](content=GIVEN)  # type: ignore[valid-type]

        assert isinstance(sent.content, Parcel)
        assert type(sent).__name__ == "ParcelSent"
        with pytest.raises(ValidationError) as error:
            Sent[Parcel](content=GIVEN, failure="lost")  # type: ignore[valid-type]
        assert error.value.errors()[0]["loc"] == ("failure",)

    def test_a_generated_base_class_may_be_made_generic(self) -> None:
        Address = generate_dynamic_models(PARCEL)["Address"]

        class Keyed(Address, Generic[Key]):  # type: ignore[misc, valid-type]
            key: Key

        class Doubly(Keyed[int], Generic[Content]):
            content: Content

        assert Keyed[int](town="Graz", key="8010").key == 8010
        assert list(Doubly[str].model_fields) == ["town", "street", "key", "content"]
        with pytest.raises(ValidationError):
            Doubly[str](town="Graz", key="north", content="glass")

    def test_a_bound_may_be_a_generated_class(self) -> None:
        Address = generate_dynamic_models(PARCEL)["Address"]
        Bound = TypeVar("Bound", bound=Address)  # type: ignore[valid-type]

        class Route(BaseModel, Generic[Bound]):
            stops: list[Bound]

        class Box(Address):  # type: ignore[misc, valid-type]
            box: int

        assert Route(stops=[Address(town="Graz")]) == Route.model_validate({"stops": [{"town": "Graz"}]})
        with pytest.raises(ValidationError) as error:
            Route[Box].model_validate({"stops": [{"town": "Graz"}]})
        assert error.value.errors()[0]["loc"] == ("stops", 0, "box")


class TestDynamicModelCreation:
    """``create_model`` on top of generated classes."""

    def test_fields_are_added(self) -> None:
        Parcel = generate_dynamic_models(PARCEL)["Parcel"]

        Insured = create_model("Insured", __base__=Parcel, value=(int, ...), currency=(str, "EUR"))

        assert list(Insured.model_fields) == [*PARCEL["properties"], "value", "currency"]
        assert Insured(**GIVEN, value=90).currency == "EUR"
        assert issubclass(Insured, Parcel)
        assert "value" not in Parcel.model_fields

    def test_fields_are_replaced(self) -> None:
        Parcel = generate_dynamic_models(PARCEL)["Parcel"]

        Heavy = create_model("Heavy", __base__=Parcel, grams=(int, Field(gt=10_000)))

        with pytest.raises(ValidationError) as error:
            Heavy(**GIVEN, grams=500)
        assert error.value.errors()[0]["ctx"] == {"gt": 10_000}
        assert Parcel(**GIVEN, grams=500).grams == 500

    def test_validators_are_added(self) -> None:
        def known(town: str) -> str:
            if town not in {"Graz", "Linz"}:
                raise ValueError("we do not go there")
            return town

        Known = create_model(
            "Known",
            __base__=generate_dynamic_models(PARCEL)["Address"],
            __validators__={"known": field_validator("town")(known)},
        )

        assert Known(town="Linz").town == "Linz"
        with pytest.raises(ValidationError, match="we do not go there"):
            Known(town="Brno")

    def test_generated_classes_are_types_of_fields(self) -> None:
        Parcel = generate_dynamic_models(PARCEL)["Parcel"]
        Van: Any = create_model(
            "Van",
            __config__=ConfigDict(extra="forbid"),
            plate=(str, ...),
            load=(list[Parcel], []),  # type: ignore[valid-type]
        )

        assert Van(plate="G 123", load=[GIVEN]).load[0].address.town == "Graz"
        assert Van.model_json_schema()["$defs"]["Parcel"]["required"] == PARCEL["required"]
        with pytest.raises(ValidationError):
            Van(plate="G 123", driver="Ada")

    def test_a_model_is_made_of_some_of_a_generated_ones_fields(self) -> None:
        Parcel = generate_dynamic_models(PARCEL)["Parcel"]
        chosen: dict[str, Any] = {
            name: (field.annotation, field) for name, field in Parcel.model_fields.items() if name != "address"
        }

        Label = create_model("Label", **chosen)

        assert Label(number="P0001").model_dump(exclude_unset=True) == {"number": "P0001"}
        with pytest.raises(ValidationError) as error:
            Label(number="1")
        assert error.value.errors()[0]["type"] == "string_pattern_mismatch"

    def test_a_schema_makes_what_create_model_makes(self) -> None:
        Address = generate_dynamic_models(PARCEL)["Address"]

        Made = create_model("Address", town=(str, ...), street=(str | None, None))

        assert Made.model_json_schema() == Address.model_json_schema()


class Guest(TypedDict):
    name: str
    beds: NotRequired[int]


@with_config(ConfigDict(extra="forbid"))
class Booking(TypedDict):
    guests: list[Guest]
    nights: int


class Position(NamedTuple):
    latitude: float
    longitude: float


class Room(NamedTuple):
    floor: int
    number: int
    quiet: bool = False


class TestModelCreationFromNamedTupleOrTypedDict:
    """Classes of other kinds become models by their schemas, or by their types."""

    def test_a_typed_dict_becomes_models(self) -> None:
        models = generate_dynamic_models(TypeAdapter(Booking).json_schema())

        booking = models["Booking"](guests=[{"name": "Ada"}], nights="3")

        assert isinstance(booking.guests[0], models["Guest"])
        assert booking.model_dump(exclude_unset=True) == {"guests": [{"name": "Ada"}], "nights": 3}
        with pytest.raises(ValidationError) as error:
            models["Booking"](guests=[], nights=3, pets=1)
        assert error.value.errors()[0]["type"] == "extra_forbidden"

    def test_the_caller_may_configure_it(self) -> None:
        schema = TypeAdapter(Guest).json_schema()

        Strict = generate_dynamic_models(schema, config_dict=ConfigDict(extra="forbid", frozen=True))["Guest"]

        with pytest.raises(ValidationError):
            Strict(name="Ada", pets=1)
        with pytest.raises(ValidationError):
            Strict(name="Ada").name = "Emmy"

    def test_a_named_tuple_becomes_a_tuple_since_its_schema_has_no_names(self) -> None:
        Model = generate_dynamic_models(TypeAdapter(Position).json_schema(), class_name="Position").root

        assert Model.model_validate([47.07, 15.44]).root == (47.07, 15.44)
        assert Position(*Model.model_validate(["47.07", 15]).root).latitude == 47.07
        with pytest.raises(ValidationError) as error:
            Model.model_validate([47.07, "east"])
        assert error.value.errors()[0]["loc"] == (1,)

    def test_a_named_tuple_with_defaults_is_a_list_unless_the_classes_are_exact(self) -> None:
        pytest.importorskip("jsonschema_rs")
        schema = TypeAdapter(Room).json_schema()
        plain, exact = generate_dynamic_models(schema), generate_dynamic_models(schema, exact=True)

        assert plain.unenforced == (("#", "prefixItems"),)
        assert plain.root.model_validate([1, "north"]).root == [1, "north"]
        assert exact.root.model_validate([1, 17]).root == [1, 17]
        with pytest.raises(ValidationError) as error:
            exact.root.model_validate([1, "north"])
        assert error.value.errors()[0]["loc"] == (1,)

    @pytest.mark.parametrize("source", [Position, Guest])
    def test_names_and_defaults_are_kept_by_create_model(self, source: type[Any]) -> None:
        defaults: dict[str, Any] = getattr(source, "_field_defaults", {})
        required = getattr(source, "__required_keys__", None)
        fields: dict[str, Any] = {
            name: (kind, defaults.get(name, ... if required is None or name in required else None))
            for name, kind in get_type_hints(source).items()
        }

        Model = create_model(source.__name__, **fields)

        assert list(Model.model_fields) == list(fields)
        models = generate_dynamic_models(Model.model_json_schema())
        assert list(models[source.__name__].model_fields) == list(fields)

    def test_generated_classes_are_types_of_typed_dicts_and_named_tuples(self) -> None:
        Address = generate_dynamic_models(PARCEL)["Address"]

        class Stay(TypedDict):
            place: Address  # type: ignore[valid-type]
            nights: int

        class Leg(NamedTuple):
            place: Address  # type: ignore[valid-type]
            minutes: int

        stay = TypeAdapter(Stay).validate_python({"place": {"town": "Graz"}, "nights": "2"})
        leg = TypeAdapter(Leg).validate_json('[{"town": "Linz"}, 90]')

        assert stay == {"place": Address(town="Graz"), "nights": 2}
        assert leg.place == Address(town="Linz")

    def test_generated_classes_are_always_models(self) -> None:
        with pytest.raises(OptionsError, match="output_model_type"):
            generate_dynamic_models(PARCEL, output_model_type=DataModelType.TypingTypedDict)


class TestCustomRootTypes:
    """Schemas that are no objects give ``RootModel``s."""

    def test_a_list(self) -> None:
        Days = generate_dynamic_models(DAYS)["Days"]

        assert issubclass(Days, RootModel)
        assert Days(["sat", "sun"]) == Days.model_validate(["sat", "sun"]) == Days(root=["sat", "sun"])
        assert Days(["sat"]).model_dump() == ["sat"]
        assert Days(["sat"]).model_dump_json() == '["sat"]'
        assert repr(Days(["sat"])) == "Days(root=['sat'])"
        with pytest.raises(ValidationError) as error:
            Days([])
        assert error.value.errors()[0]["type"] == "too_short"

    def test_a_mapping(self) -> None:
        models = generate_dynamic_models(HOURS)

        hours = models["Hours"].model_validate_json('{"sat": {"opens": 9, "closes": 13}}')

        assert isinstance(hours.root["sat"], models["Opening"])
        assert hours.model_dump() == {"sat": {"opens": 9, "closes": 13}}
        with pytest.raises(ValidationError) as error:
            models["Hours"]({"sat": {"closes": 13}})
        assert error.value.errors()[0]["loc"] == ("sat", "opens")

    def test_a_scalar(self) -> None:
        Percent = generate_dynamic_models({"title": "Percent", "type": "number", "maximum": 100})["Percent"]

        assert Percent("12.5").root == 12.5
        with pytest.raises(ValidationError):
            Percent(101)

    def test_what_names_the_root_is_data_like_any_other(self) -> None:
        with pytest.raises(ValidationError):
            generate_dynamic_models(DAYS)["Days"].model_validate({"root": ["sat"]})

    def test_their_schema_is_that_of_what_they_hold(self) -> None:
        Days = generate_dynamic_models(DAYS)["Days"]

        assert Days.model_json_schema() == DAYS
        assert TypeAdapter(dict[str, Days]).json_schema()["$defs"] == {"Days": DAYS}  # type: ignore[valid-type]

    def test_a_subclass_is_iterated_and_indexed(self) -> None:
        models = generate_dynamic_models(HOURS)

        class Hours(models["Hours"]):  # type: ignore[misc, valid-type]
            def __iter__(self) -> Iterator[str]:
                return iter(self.root)

            def __getitem__(self, day: str) -> Any:
                return self.root[day]

        hours = Hours({"sat": {"opens": 9}, "sun": {"opens": 10}})

        assert list(hours) == ["sat", "sun"]
        assert hours["sun"].opens == 10

    def test_a_list_is_a_sequence_where_it_is_asked_for(self) -> None:
        days = generate_dynamic_models(DAYS, use_root_model_sequence_interface=True)["Days"](["sat", "sun"])

        assert isinstance(days, Sequence)
        assert (list(days), days[0], len(days)) == (["sat", "sun"], "sat", 2)
        assert [day for day in days if day in {"sun"}] == ["sun"]

    def test_in_a_field_they_are_filled_by_what_they_hold(self) -> None:
        schema = {
            "title": "Shop",
            "type": "object",
            "properties": {"closed": {"$ref": "#/$defs/Days"}},
            "$defs": {"Days": DAYS},
        }
        models = generate_dynamic_models(schema)

        shop = models["Shop"](closed=["sun"])

        assert shop.closed == models["Days"](["sun"])
        assert json.loads(shop.model_dump_json()) == {"closed": ["sun"]}

    def test_base_class_and_configuration_are_for_objects(self) -> None:
        class Named(BaseModel):
            @property
            def kind(self) -> str:
                return type(self).__name__

        models = generate_dynamic_models(HOURS, base_class=Named, config_dict=ConfigDict(extra="forbid"))

        assert models["Opening"](opens=9).kind == "Opening"
        assert not hasattr(models["Hours"]({}), "kind")
        with pytest.raises(ValidationError) as error:
            models["Hours"]({"sat": {"opens": 9, "till": 5}})
        assert error.value.errors()[0]["loc"] == ("sat", "till")


class TestFauxImmutability:
    """Frozen classes refuse new values for their fields."""

    def test_the_configuration_freezes_all_classes(self) -> None:
        parcel = generate_dynamic_models(PARCEL, config_dict=ConfigDict(frozen=True))["Parcel"](**GIVEN)

        for instance, name in ((parcel, "number"), (parcel.address, "town")):
            with pytest.raises(ValidationError) as error:
                setattr(instance, name, "P0002")
            assert error.value.errors()[0]["type"] == "frozen_instance"
        assert parcel.model_dump(exclude_unset=True) == GIVEN

    def test_what_a_field_holds_is_as_mutable_as_before(self) -> None:
        Parcel = generate_dynamic_models(PARCEL, config_dict=ConfigDict(frozen=True))["Parcel"]
        parcel = Parcel(**GIVEN, labels={"this side": "down"})

        parcel.labels["this side"] = "up"

        assert parcel.labels == {"this side": "up"}

    def test_frozen_instances_are_hashed_where_all_they_hold_is(self) -> None:
        models = generate_dynamic_models(PARCEL, config_dict=ConfigDict(frozen=True))

        assert len({models["Parcel"](**GIVEN), models["Parcel"](**GIVEN)}) == 1
        with pytest.raises(TypeError, match="unhashable"):
            hash(models["Parcel"](**GIVEN, labels={}))
        with pytest.raises(TypeError, match="unhashable"):
            hash(generate_dynamic_models(PARCEL)["Address"](town="Graz"))

    def test_a_changed_copy_takes_the_place_of_a_change(self) -> None:
        parcel = generate_dynamic_models(PARCEL, config_dict=ConfigDict(frozen=True))["Parcel"](**GIVEN)

        assert parcel.model_copy(update={"number": "P0002"}).number == "P0002"
        assert parcel.number == "P0001"

    def test_the_generators_option_freezes_as_well(self) -> None:
        parcel = generate_dynamic_models(PARCEL, enable_faux_immutability=True)["Parcel"](**GIVEN)

        with pytest.raises(ValidationError, match="frozen"):
            parcel.number = "P0002"

    def test_single_fields_are_frozen_where_the_schema_says_that_they_are_read_only(self) -> None:
        schema = {
            "title": "Account",
            "type": "object",
            "properties": {"id": {"type": "integer", "readOnly": True}, "name": {"type": "string"}},
        }
        account = generate_dynamic_models(schema, use_frozen_field=True)["Account"](id=1, name="Ada")

        account.name = "Emmy"
        with pytest.raises(ValidationError) as error:
            account.id = 2
        assert error.value.errors()[0]["type"] == "frozen_field"


class Delivered(BaseModel, abc.ABC):
    """What can be delivered says how."""

    @abc.abstractmethod
    def postage(self) -> int:
        """In cents."""


class Weighed(Delivered):
    @computed_field  # type: ignore[prop-decorator]
    @property
    def stamps(self) -> int:
        return -(-self.postage() // 100)

    def postage(self) -> int:
        return 300 + int(getattr(self, "grams", None) or 0)


class TestAbstractBaseClasses:
    """A base class may leave methods to others."""

    def test_a_generated_class_without_the_method_is_abstract(self) -> None:
        models = generate_dynamic_models(PARCEL, base_class=Delivered)

        assert issubclass(models["Parcel"], Delivered)
        with pytest.raises(TypeError, match="abstract"):
            models["Parcel"](**GIVEN)

    def test_a_subclass_brings_the_method(self) -> None:
        models = generate_dynamic_models(PARCEL, target_model_names=["Address"], base_class=Delivered)

        class Doorstep(models["Address"]):  # type: ignore[misc, valid-type, name-defined]
            def postage(self) -> int:
                return 0

        assert Doorstep(town="Graz").postage() == 0

    def test_a_base_class_brings_it_for_all(self) -> None:
        parcel = generate_dynamic_models(PARCEL, base_class=Weighed)["Parcel"](**GIVEN, grams=250)

        assert issubclass(type(parcel), Delivered)
        assert (parcel.postage(), parcel.address.postage()) == (550, 300)
        assert parcel.model_dump(include={"stamps"}) == {"stamps": 6}

    def test_one_of_several_bases_may_bring_it(self) -> None:
        class Free:
            def postage(self) -> int:
                return 0

        models = generate_dynamic_models(PARCEL, base_class=(Free, Delivered))

        assert models["Parcel"](**GIVEN).postage() == 0

    def test_an_abstract_class_of_ones_own_may_be_derived_from_a_generated_one(self) -> None:
        class Tracked(generate_dynamic_models(PARCEL)["Address"], abc.ABC):  # type: ignore[misc]
            @abc.abstractmethod
            def track(self) -> str: ...

        class Known(Tracked):
            def track(self) -> str:
                return f"in {self.town}"

        with pytest.raises(TypeError, match="abstract"):
            Tracked(town="Graz")
        assert Known(town="Graz").track() == "in Graz"
