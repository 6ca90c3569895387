"""Pruning: some classes of a document are built without the others, and are the ones that the whole document gives."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from dynmodels import UnknownModelError
from dynmodels.pruning import Pruning, WholeDocumentError
from dynmodels.render import importable, singular
from dynmodels.schema import load
from dynmodels.source import read
from tests.portions import Both, openapi

TEXT = {"type": "string"}
NUMBER = {"type": "integer"}


def thing(**fields: Any) -> dict[str, Any]:
    return {"type": "object", "properties": fields}


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def at(name: str) -> str:
    return f"#/components/schemas/{name}"


def same(both: Both, *targets: str) -> list[str]:
    """Build classes alone, see that they are those of the whole document, and give the names of all that they need."""
    models = both.alone(*targets)
    assert models is not None, "left to the whole document"
    assert both.difference(*targets) is None
    return sorted({cls.__name__ for cls in (*models.values(), *models.pointers.values())})


def kept(document: dict[str, Any], *wanted: str) -> dict[str, Any]:
    """Give the schemas that a pruned OpenAPI document has."""
    pruned = Pruning(load(read(document), None), None, singular, importable()).prune(wanted)
    return dict(pruned.document.content["components"]["schemas"])


class TestWhatIsKept:
    def test_a_schema_and_all_that_it_refers_to(self) -> None:
        shop = openapi(
            {
                "Pet": thing(name=TEXT, owner=ref("Person")),
                "Person": thing(address=ref("Address")),
                "Address": thing(street=TEXT),
                "Invoice": thing(total=NUMBER),
            }
        )

        assert list(kept(shop, at("Pet"))) == ["Pet", "Person", "Address"]
        assert same(Both(shop), "Pet") == ["Address", "Person", "Pet"]

    def test_an_earlier_neighbour_of_one_name_as_an_object_of_one_field(self) -> None:
        shop = openapi(
            {
                "Order": thing(number=NUMBER, status=thing(paid={"type": "boolean"})),
                "Delivery": thing(status=thing(shipped={"type": "boolean"})),
            }
        )

        order = kept(shop, at("Delivery"))["Order"]
        assert list(order["properties"]["status"]["properties"]) != ["paid"]
        assert "number" not in order["properties"]
        assert same(Both(shop), "Delivery") == ["Delivery", "Status1"]

    def test_an_earlier_neighbour_that_is_equal_as_it_is(self) -> None:
        amount = thing(cents=NUMBER)
        shop = openapi({"Order": thing(total=amount), "Refund": thing(total=amount, reason=TEXT)})

        assert kept(shop, at("Refund"))["Order"]["properties"]["total"] == amount
        assert same(Both(shop), "Refund") == ["Refund", "Total"]

    def test_a_later_neighbour_of_one_name_is_left_out(self) -> None:
        shop = openapi({"Order": thing(status=thing(paid=NUMBER)), "Delivery": thing(status=thing(shipped=NUMBER))})

        assert list(kept(shop, at("Order"))) == ["Order"]
        assert same(Both(shop), "Order") == ["Order", "Status"]

    def test_what_an_earlier_neighbour_takes_over_from_others(self) -> None:
        # The fields of both parts are one class's, and their inline classes are made anew for it.
        shop = openapi(
            {
                "Base": thing(size=thing(height=NUMBER)),
                "Box": {"allOf": [ref("Base"), thing(size=thing(width=NUMBER))]},
                "Shirt": thing(size={"enum": ["small", "large"]}),
            }
        )

        same(Both(shop), "Shirt")

    def test_an_earlier_reference_to_a_later_schema(self) -> None:
        # A schema takes its name where it is first referred to.
        shop = openapi(
            {
                "Basket": thing(first=ref("item-list")),
                "Stock": thing(item_list=thing(shelf=TEXT)),
                "item-list": thing(entries={"type": "array", "items": TEXT}),
            }
        )
        both = Both(shop)

        for name in ("Basket", "item-list", "Stock"):
            assert both.difference(at(name)) is None

    def test_schemas_of_names_that_differ_in_case_and_dashes_only(self) -> None:
        both = Both(openapi({name: thing(**{name: TEXT}) for name in ("foo-bar", "foo_bar", "fooBar", "FooBar1")}))

        for name in ("foo-bar", "foo_bar", "fooBar", "FooBar1"):
            same(both, at(name))

    @pytest.mark.parametrize("name", ["2nd", "a/b", "größe", "日本"])
    def test_names_that_are_written_otherwise_in_python(self, name: str) -> None:
        both = Both(openapi({"Order": thing(**{name: thing(price=NUMBER)}), "Other": thing(id=NUMBER)}))

        for called in both.whole:
            same(both, called)

    @pytest.mark.parametrize("name", ["properties", "items", "enum", "required", "$ref"])
    def test_properties_that_are_called_like_keywords(self, name: str) -> None:
        both = Both(openapi({"A": thing(**{name: thing(x=TEXT)}), "B": thing(**{name: thing(y=TEXT)})}))

        for target in (at("A"), at("B"), *both.whole):
            assert both.difference(target) is None


class TestImports:
    """An import is called otherwise where a field anywhere would hide it."""

    def test_a_field_elsewhere_hides_the_type_of_another(self) -> None:
        diary = openapi({"Entry": thing(day={"type": "string", "format": "date"}), "Page": thing(date=TEXT)})

        both = Both(diary)

        assert "date_aliased" in both.whole.source
        same(both, "Entry")

    def test_a_field_that_may_be_in_no_class_hides_nothing_for_certain(self) -> None:
        diary = openapi(
            {
                "Entry": thing(day={"type": "string", "format": "date"}),
                "Page": {"if": thing(date=TEXT), "then": {"required": ["date"]}},
            }
        )

        assert Both(diary).difference("Entry") is None

    def test_a_field_hides_a_function_only_where_a_class_has_use_of_both(self) -> None:
        both = Both(
            openapi({"Form": thing(name={"type": "string", "title": "Name"}, Field=TEXT), "Row": thing(n=TEXT)})
        )

        for name in ("Form", "Row"):
            assert both.difference(name) is None

    def test_a_class_that_an_import_may_take_the_name_of_is_left_to_the_whole(self) -> None:
        both = Both(openapi({"Field": thing(crop=TEXT), "Farm": thing(fields=ref("Field"), size=NUMBER)}))

        assert both.alone("Farm") is None

    def test_a_class_that_gave_its_name_to_no_import_is_not_unknown(self) -> None:
        both = Both(openapi({"Tree": thing(RootModel=thing(depth=NUMBER))}))

        assert both.alone("RootModel") is None


class TestDiscriminators:
    PETS: ClassVar = {
        "Cat": thing(kind=TEXT, claws=NUMBER),
        "Dog": thing(kind=TEXT, bark=TEXT),
        "Home": {"oneOf": [ref("Cat"), ref("Dog")], "discriminator": {"propertyName": "kind"}},
        "Visit": thing(date=TEXT),
    }

    def test_one_elsewhere_changes_the_classes_that_it_tells_apart(self) -> None:
        both = Both(openapi(self.PETS))

        assert "Home" in kept(openapi(self.PETS), at("Cat"))
        assert "Literal['Cat']" in str(both.whole["Cat"].__annotations__["kind"])
        same(both, "Cat")
        same(both, "Visit")

    def test_one_in_a_base_changes_the_classes_that_extend_it(self) -> None:
        base = thing(kind=TEXT) | {"discriminator": {"propertyName": "kind"}}
        both = Both(
            openapi({"Pet": base, "Cat": {"allOf": [ref("Pet"), thing(claws=NUMBER)]}, "Toy": thing(id=NUMBER)})
        )

        for name in ("Pet", "Cat", "Toy"):
            same(both, name)

    def test_a_class_that_a_discriminator_has_taken_out_of_use_is_not_unknown(self) -> None:
        pets = {**self.PETS, "Cat": thing(kind=thing(breed=TEXT))}
        both = Both(openapi(pets))

        assert "Kind" in both.whole
        assert both.alone("Kind") is None


class TestSchemasWithRoots:
    def test_the_title_of_the_root_takes_a_name(self) -> None:
        document = thing(owner=thing(name=TEXT)) | {"title": "plan", "$defs": {"Task": thing(plan=thing(step=NUMBER))}}
        both = Both(document)

        for target in ("#/$defs/Task", *both.whole):
            assert both.difference(target) is None

    def test_references_to_the_root_keep_all_of_it(self) -> None:
        tree = thing(branch={"$ref": "#/$defs/branch"}) | {
            "$defs": {"branch": thing(of={"$ref": "#"}), "leaf": thing(a=TEXT)}
        }
        both = Both(tree)

        assert same(both, "Leaf") == ["Leaf"]
        assert same(both, "Branch") == ["Branch", "Model"]

    def test_definitions_that_are_namespaces_are_left_to_the_whole(self) -> None:
        document = {
            "$ref": "#/$defs/shop/Order",
            "$defs": {"shop": {"Order": thing(id=NUMBER), "Item": thing(id=TEXT)}},
        }

        with pytest.raises(WholeDocumentError, match="may be a namespace"):
            Pruning(load(read(document), None), "Model", singular, importable())

    def test_names_with_dots_are_left_to_the_whole(self) -> None:
        with pytest.raises(WholeDocumentError, match="become modules"):
            kept(openapi({"shop.Order": thing(id=NUMBER)}), at("shop.Order"))


class TestTargets:
    LISTS: ClassVar = {
        "Colour": {"type": ["string", "null"], "enum": ["red", "green", None]},
        "Car": thing(colour=ref("Colour"), wheel=thing(size=NUMBER)),
        "Vehicle": {"allOf": [ref("Car"), thing(wheel=thing(size=NUMBER, price=NUMBER))]},
    }

    def test_every_class_of_the_whole_document_is_found_by_its_name(self) -> None:
        both = Both(openapi(self.LISTS))

        for name in both.whole:
            assert both.difference(name) is None

    def test_several_classes_at_once(self) -> None:
        both = Both(openapi(self.LISTS))

        assert both.difference("Colour", at("Car"), "Wheel") is None

    def test_a_schema_that_an_equal_class_stands_for_has_none_of_its_own(self) -> None:
        total = thing(cents=NUMBER)
        both = Both(openapi({"Order": thing(total=total), "Refund": thing(total=total, reason=TEXT)}))
        pointer = f"{at('Refund')}/properties/total"

        assert pointer not in both.whole.pointers
        assert both.alone(pointer) is None

    @pytest.mark.parametrize("name", ["Truck", "Car2", "Carr", "Colour1Enum"])
    def test_there_is_no_class_of_another_name(self, name: str) -> None:
        with pytest.raises(UnknownModelError):
            Both(openapi(self.LISTS)).alone(name)


class TestWhatIsLeftToTheWholeDocument:
    def test_a_reference_into_a_schema(self) -> None:
        document = openapi({"Order": thing(id=NUMBER), "Bill": thing(order={"$ref": f"{at('Order')}/properties/id"})})

        with pytest.raises(WholeDocumentError, match="leads to no schema with a name"):
            kept(document, at("Bill"))

    def test_schemas_that_may_be_called_alike_in_a_circle(self) -> None:
        document = openapi(
            {
                "Person": thing(owner=thing(id=TEXT), friend=ref("Friend")),
                "Friend": thing(person=ref("Person"), owner=thing(id=NUMBER)),
            }
        )

        with pytest.raises(WholeDocumentError, match="in a circle"):
            kept(document, at("Person"))

    def test_no_schemas_in_a_circle_whose_names_are_all_different(self) -> None:
        both = Both(openapi({"Node": thing(next=ref("Node"), edge=ref("Edge")), "Edge": thing(to=ref("Node"))}))

        assert same(both, "Edge") == ["Edge", "Node"]

    def test_keywords_that_nobody_knows_the_effect_of(self) -> None:
        with pytest.raises(WholeDocumentError, match="x-python-type"):
            kept(openapi({"Order": thing(id={"type": "string", "x-python-type": "uuid.UUID"})}), at("Order"))
