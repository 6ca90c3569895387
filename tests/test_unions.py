"""Unions: a constant in each class, or OpenAPI's discriminator, says which class of a union data is meant for."""

from __future__ import annotations

import json
import pickle
import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import (
    BaseModel,
    Discriminator,
    Field,
    RootModel,
    Tag,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from dynmodels import (
    DynamicModels,
    clear_dynamic_models_cache,
    dynamic_models_cache_info,
    generate_dynamic_models,
)
from dynmodels.unions import tagged
from tests.interpreter import in_fresh_interpreter
from tests.portions import Both, openapi

TEXT: Final = {"type": "string"}
#: One-value enums are no classes then, but constants.
LITERALS: Final[dict[str, Any]] = {"enum_field_as_literal": "all"}
ONE_FILE: Final = ("__init__.py",)


def ref(name: str, below: str = "$defs") -> dict[str, str]:
    return {"$ref": f"#/{below}/{name}"}


def notice(kind: Any, *, tag: str = "kind", **properties: Any) -> dict[str, Any]:
    """A way to send somebody word: what it is called, and where it goes to."""
    return {"type": "object", "required": [tag], "properties": {tag: {"const": kind}, **properties}}


EMAIL: Final = notice("email", address=TEXT)
PHONE: Final = notice("phone", number=TEXT, minutes={"type": "integer"})
LETTER: Final = notice("letter", street=TEXT)
NOTICE: Final = {"oneOf": [ref("Email"), ref("Phone")]}


def customer(notice: Any = NOTICE, **properties: Any) -> dict[str, Any]:
    """A customer who is sent notices."""
    return {
        "title": "Customer",
        "type": "object",
        "required": ["notice"],
        "properties": {"notice": notice, **properties},
        "$defs": {"Email": EMAIL, "Phone": PHONE, "Letter": LETTER},
    }


def faults(cls: Any, data: Any) -> list[tuple[str, tuple[int | str, ...]]]:
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(cls).validate_python(data)
    return [(fault["type"], fault["loc"]) for fault in raised.value.errors()]


def is_tagged(models: DynamicModels) -> bool:
    return "discriminator=" in models.source


class TestConstants:
    def test_a_constant_in_each_class_says_which_is_meant(self) -> None:
        models = generate_dynamic_models(customer())

        made = models["Customer"].model_validate({"notice": {"kind": "phone", "minutes": 3}})

        assert made.notice == models["Phone"](kind="phone", minutes=3)
        assert models["Customer"].model_fields["notice"].discriminator == "kind"
        assert json.loads(made.model_dump_json(exclude_unset=True)) == {"notice": {"kind": "phone", "minutes": 3}}

    @pytest.mark.parametrize(
        ("data", "expected"),
        [
            ({"kind": "fax"}, ("union_tag_invalid", ("notice",))),
            ({"kind": 1}, ("union_tag_invalid", ("notice",))),
            ({"address": "a"}, ("union_tag_not_found", ("notice",))),
            ({"kind": "phone", "minutes": "long"}, ("int_parsing", ("notice", "phone", "minutes"))),
        ],
        ids=["unknown", "of another type", "missing", "known"],
    )
    def test_errors_name_the_tag_and_nothing_of_the_other_classes(self, data: Any, expected: Any) -> None:
        assert faults(generate_dynamic_models(customer())["Customer"], {"notice": data}) == [expected]

    def test_the_message_says_which_tags_there_are(self) -> None:
        with pytest.raises(ValidationError, match=r"'fax' found using 'kind' does not match any .*'email', 'phone'"):
            generate_dynamic_models(customer())["Customer"](notice={"kind": "fax"})

    def test_instances_are_taken_as_they_are(self) -> None:
        models = generate_dynamic_models(customer())
        letter, phone = models["Email"](kind="email"), models["Phone"](kind="phone")

        assert models["Customer"](notice=phone).notice is phone
        assert models["Customer"](notice=letter).notice is letter

    def test_the_type_of_a_field_stays_the_same(self) -> None:
        models = generate_dynamic_models(customer(other={"description": "If the first fails.", **NOTICE}))
        fields = models["Customer"].model_fields

        assert fields["notice"].annotation == models["Email"] | models["Phone"]
        assert fields["other"].annotation == models["Email"] | models["Phone"] | None
        assert fields["other"].discriminator == "kind"
        assert (fields["other"].default, fields["other"].description) == (None, "If the first fails.")

    @pytest.mark.parametrize(
        ("schema", "wrapped", "place"),
        [
            ({"type": "array", "items": NOTICE}, lambda data: [data], (0,)),
            ({"type": "object", "additionalProperties": NOTICE}, lambda data: {"first": data}, ("first",)),
            ({"anyOf": [*NOTICE["oneOf"], {"type": "null"}]}, lambda data: data, ()),
            ({"type": "array", "items": {"type": "array", "items": NOTICE}}, lambda data: [[data]], (0, 0)),
        ],
        ids=["list", "mapping", "beside null", "list of lists"],
    )
    def test_wherever_a_union_stands(self, schema: Any, wrapped: Any, place: tuple[Any, ...]) -> None:
        cls = generate_dynamic_models(customer(schema))["Customer"]

        assert faults(cls, {"notice": wrapped({"kind": "fax"})}) == [("union_tag_invalid", ("notice", *place))]
        assert cls(notice=wrapped({"kind": "phone"})).model_dump(exclude_unset=True) == {
            "notice": wrapped({"kind": "phone"})
        }

    def test_null_stands_beside(self) -> None:
        cls = generate_dynamic_models(customer({"anyOf": [*NOTICE["oneOf"], {"type": "null"}]}))["Customer"]

        assert cls(notice=None).notice is None

    def test_a_root_that_is_a_union(self) -> None:
        models = generate_dynamic_models({**NOTICE, "title": "Notice", "$defs": customer()["$defs"]})

        assert issubclass(models["Notice"], RootModel)
        assert faults(models["Notice"], {"kind": "fax"}) == [("union_tag_invalid", ())]
        assert models["Notice"].model_validate({"kind": "email"}).root == models["Email"](kind="email")

    def test_unions_inside_each_other(self) -> None:
        letters = notice("bundle", of={"type": "array", "items": {"oneOf": [ref("Email"), ref("Bundle")]}})
        schema = customer({"oneOf": [ref("Bundle"), ref("Phone")]})
        schema["$defs"]["Bundle"] = letters
        cls = generate_dynamic_models(schema)["Customer"]
        data = {"kind": "bundle", "of": [{"kind": "bundle", "of": [{"kind": "email"}]}]}

        assert cls(notice=data).model_dump(exclude_unset=True) == {"notice": data}
        assert faults(cls, {"notice": {"kind": "bundle", "of": [{"kind": "bundle", "of": [{"kind": "phone"}]}]}}) == [
            ("union_tag_invalid", ("notice", "bundle", "of", 0, "bundle", "of", 0))
        ]

    def test_constants_that_are_inherited(self) -> None:
        schema = customer({"oneOf": [ref("Loud"), ref("Phone")]})
        schema["$defs"]["Loud"] = {"allOf": [ref("Email"), {"type": "object", "properties": {"volume": TEXT}}]}
        models = generate_dynamic_models(schema)

        assert issubclass(models["Loud"], models["Email"])
        assert faults(models["Customer"], {"notice": {"kind": "loud"}}) == [("union_tag_invalid", ("notice",))]

    def test_whole_numbers_and_several_values(self) -> None:
        schema = customer(
            {"oneOf": [notice(1), notice(2), {**notice(3), "properties": {"kind": {"enum": [3, "three"]}}}]}
        )
        cls = generate_dynamic_models(schema, **LITERALS)["Customer"]

        assert [cls(notice={"kind": kind}).notice.kind for kind in (1, 2, 3, "three")] == [1, 2, 3, "three"]
        assert faults(cls, {"notice": {"kind": "2"}}) == [("union_tag_invalid", ("notice",))]

    @pytest.mark.parametrize(
        "options",
        [
            {"use_annotated": True},
            {"use_union_operator": False, "use_standard_collections": False},
            {"use_default_kwarg": True},
            {"collapse_root_models": True},
            {"use_type_alias": True},
            {"disable_future_imports": True},
            {"reuse_model": True},
            {"snake_case_field": True},
            {"field_constraints": True, "use_field_description": True},
        ],
        ids=lambda options: next(iter(options)),
    )
    def test_however_the_source_is_written(self, options: dict[str, Any]) -> None:
        many = {"type": "array", "minItems": 1, "description": "All of them.", "items": NOTICE}
        models = generate_dynamic_models(customer(NOTICE | {"description": "One."}, many=many), **options)
        data = {"notice": {"kind": "fax"}, "many": [{"kind": "fax"}]}

        assert faults(models["Customer"], data) == [
            ("union_tag_invalid", ("notice",)),
            ("union_tag_invalid", ("many", 0)),
        ]

    def test_one_value_enums_are_constants_where_they_are_rendered_so(self) -> None:
        pets = [{**notice(kind), "properties": {"kind": {"enum": [kind]}}} for kind in ("email", "phone")]

        assert not is_tagged(generate_dynamic_models(customer({"oneOf": pets})))
        assert is_tagged(generate_dynamic_models(customer({"oneOf": pets}), **LITERALS))

    def test_classes_that_are_called_like_what_is_needed(self) -> None:
        schema = customer({"type": "array", "items": {"oneOf": [ref("Field"), ref("Annotated")]}})
        schema["$defs"] |= {"Field": notice("field"), "Annotated": notice("annotated")}
        cls = generate_dynamic_models(schema)["Customer"]

        assert faults(cls, {"notice": [{"kind": "fax"}]}) == [("union_tag_invalid", ("notice", 0))]

    def test_the_json_schema_tells_of_the_tag(self) -> None:
        said = generate_dynamic_models(customer())["Customer"].model_json_schema()["properties"]["notice"]

        assert said["oneOf"] == [ref("Email"), ref("Phone")]
        assert said["discriminator"] == {
            "propertyName": "kind",
            "mapping": {"email": "#/$defs/Email", "phone": "#/$defs/Phone"},
        }


class TestPlainUnions:
    """What is left alone, as a tag would let other data pass, or there is none."""

    @pytest.mark.parametrize(
        ("branches", "data"),
        [
            ([{"type": "object", "required": ["address"], "properties": {"address": TEXT}}, PHONE], {"address": "a"}),
            ([notice("email"), notice("email", address=TEXT)], {"kind": "email"}),
            ([{**EMAIL, "required": []}, PHONE], {}),
            ([notice("a", tag="by-what"), notice("b", tag="by-what")], {"by-what": "a", "by_what": "b"}),
            ([notice(True), notice(False)], {"kind": True}),
            ([notice(1), notice(True)], {"kind": 1}),
            ([EMAIL, PHONE, {"type": "string"}], "no notices"),
            ([notice("a", tag="one"), notice("b", tag="two")], {"two": "b"}),
            ([notice(None), notice("b")], {"kind": None}),
        ],
        ids=[
            "no constant",
            "one value for two",
            "not required",
            "another name in the data",
            "booleans",
            "numbers that are booleans",
            "beside texts",
            "other names",
            "null",
        ],
    )
    def test_unions_without_a_tag_are_tried_one_class_after_the_other(self, branches: list[Any], data: Any) -> None:
        models = generate_dynamic_models(customer({"anyOf": branches}))

        assert not is_tagged(models)
        assert models["Customer"].model_validate({"notice": data})

    def test_constants_with_defaults_need_not_be_there(self) -> None:
        models = generate_dynamic_models(customer(), use_one_literal_as_default=True)

        assert not is_tagged(models)
        assert models["Customer"](notice={"minutes": 3}).notice == models["Phone"](minutes=3)

    def test_unions_of_unions_that_have_classes_of_their_own_take_these(self) -> None:
        schema = customer({"anyOf": [ref("Notice"), ref("Letter")]})
        schema["$defs"]["Notice"] = NOTICE
        models = generate_dynamic_models(schema)
        sent = models["Notice"].model_validate({"kind": "email"})

        assert models["Customer"].model_fields["notice"].discriminator is None
        assert models["Notice"].model_fields["root"].discriminator == "kind"
        assert models["Customer"](notice=sent).notice is sent  # which has no tag of its own for pydantic to see

    def test_validators_of_the_callers_own_see_data_before_a_tag_is_looked_for(self) -> None:
        def with_kind(cls: Any, data: Any) -> Any:
            return {"kind": "email", **data}

        checks = {"Email": [model_validator(mode="before")(with_kind)]}
        models = generate_dynamic_models(customer(), validators=checks)

        assert not is_tagged(models)
        assert models["Customer"].model_validate({"notice": {}}).notice == models["Email"](kind="email")

    def test_validators_of_the_union_itself_come_first(self) -> None:
        def with_kind(value: Any) -> Any:
            return {"kind": "email", **value} if isinstance(value, dict) else value

        checks = {"Customer": {"notice": field_validator("notice", mode="before")(with_kind)}}
        models = generate_dynamic_models(customer(), validators=checks)

        assert is_tagged(models)
        assert models["Customer"].model_validate({"notice": {}}).notice == models["Email"](kind="email")

    def test_base_classes_of_the_callers_own_may_do_anything(self) -> None:
        assert not is_tagged(generate_dynamic_models(customer(), base_class=Lenient))

    def test_source_without_candidates_is_not_touched(self) -> None:
        source = "from typing import Literal\n\n\nclass Email(BaseModel):\n    kind: Literal['email']  # ünïcode\r\n"

        assert tagged({ONE_FILE: source}) == {ONE_FILE: source}

    def test_source_that_is_no_python_is_left_to_those_who_compile_it(self) -> None:
        source = "class A(B):\n  k: Literal['a']\nclass B(B):\n  k: Literal['b']\nclass C(B):\n  x: A | B = (\n"

        assert tagged({ONE_FILE: source}) == {ONE_FILE: source}


class Lenient(BaseModel):
    """What may as well have a validator."""


def pet(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": ["species", *required], "properties": {"species": TEXT, **properties}}


def shop(discriminator: dict[str, Any] | None, **schemas: Any) -> dict[str, Any]:
    """A pet shop's API whose pets are told apart by their species."""
    union = {"oneOf": [component("Parrot"), component("Snake")]}
    animal = union if discriminator is None else {**union, "discriminator": discriminator}
    return openapi(
        {
            "Parrot": pet(words={"type": "integer"}),
            "Snake": pet("length", length={"type": "number"}),
            "Animal": animal,
            "Cage": {
                "type": "object",
                "properties": {
                    "holds": component("Animal"),
                    "inline": {**animal, "description": "The same, said here."},
                    "all": {"type": "array", "items": animal},
                    "named": {"type": "object", "additionalProperties": animal},
                },
            },
            **schemas,
        }
    )


def component(name: str) -> dict[str, str]:
    return ref(name, "components/schemas")


MAPPING: Final = {
    "propertyName": "species",
    "mapping": {"bird": "#/components/schemas/Parrot", "reptile": "#/components/schemas/Snake"},
}


class TestOpenAPI:
    @pytest.mark.parametrize("field", ["holds", "inline", "all", "named"])
    @pytest.mark.parametrize(
        ("discriminator", "species"),
        [(MAPPING, "reptile"), ({"propertyName": "species"}, "Snake")],
        ids=["mapping", "names of schemas"],
    )
    def test_discriminators_choose(self, field: str, discriminator: dict[str, Any], species: str) -> None:
        models = generate_dynamic_models(shop(discriminator))

        def held(data: Any) -> Any:
            return {field: {"all": [data], "named": {"first": data}}.get(field, data)}

        made = models["Cage"].model_validate(held({"species": species, "length": 2}))
        assert made.model_dump(exclude_unset=True) == held({"species": species, "length": 2.0})
        ((wrong, _),) = faults(models["Cage"], held({"species": "fish", "length": 2}))
        assert wrong == "union_tag_invalid"
        ((missing, place),) = faults(models["Cage"], held({"species": species}))
        assert missing == "missing"
        assert place[-2:] == (species, "length")

    def test_subtypes_of_a_schema_with_a_discriminator(self) -> None:
        base = {**pet(), "discriminator": MAPPING}
        schemas = {
            "Creature": base,
            "Parrot": {"allOf": [component("Creature"), {"type": "object", "properties": {"words": TEXT}}]},
            "Snake": {"allOf": [component("Creature"), {"type": "object", "properties": {"length": TEXT}}]},
            "Zoo": {
                "type": "object",
                "properties": {
                    "mascot": component("Creature"),
                    "all": {"type": "array", "items": component("Creature")},
                },
            },
        }
        models = generate_dynamic_models(openapi(schemas))

        made = models["Zoo"].model_validate({"all": [{"species": "bird"}, {"species": "reptile"}]})
        assert [type(each) for each in made.all] == [models["Parrot"], models["Snake"]]
        assert faults(models["Zoo"], {"mascot": {"species": "fish"}, "all": [{"species": "fish"}]}) == [
            ("union_tag_invalid", ("mascot",)),
            ("union_tag_invalid", ("all", 0)),
        ]

    def test_discriminators_inside_each_other(self) -> None:
        outer = {"oneOf": [component("Animal"), component("Plant")], "discriminator": {"propertyName": "species"}}
        models = generate_dynamic_models(shop({"propertyName": "species"}, Plant=pet(leaves=TEXT), Living=outer))

        assert models["Living"].model_validate({"species": "Plant"}).root == models["Plant"](species="Plant")
        assert models["Living"].model_validate({"species": "Parrot"}).root.root == models["Parrot"](species="Parrot")
        assert faults(models["Living"], {"species": "fish"}) == [("union_tag_invalid", ())]

    def test_without_a_discriminator_the_union_is_tried(self) -> None:
        models = generate_dynamic_models(shop(None))

        assert not is_tagged(models)
        made = models["Cage"].model_validate({"holds": {"species": "any", "length": 2}})
        assert made.holds.root == models["Snake"](species="any", length=2)

    def test_documents_of_several_files_have_what_is_in_one_of_them(self) -> None:
        schemas = {
            "post.Email": notice("email"),
            "post.Phone": notice("phone"),
            "post.Box": {"type": "array", "items": {"oneOf": [component("post.Email"), component("post.Phone")]}},
            "Customer": {
                "type": "object",
                "properties": {"notice": {"oneOf": [component("post.Email"), component("post.Phone")]}},
            },
        }
        models = generate_dynamic_models(openapi(schemas))

        assert faults(models["Box"], [{"kind": "fax"}]) == [("union_tag_invalid", (0,))]
        assert models["Customer"].model_fields["notice"].discriminator is None


def kind_of(value: Any) -> Any:
    """Tell the kind of a notice by what is in it."""
    if not isinstance(value, dict):
        return value.kind
    return value.get("kind", "phone" if "number" in value else "email")


@pytest.mark.parametrize("exact", [False, True], ids=["plain", "exact"])
class TestUsersOwn:
    """Unions of generated classes that users write themselves."""

    @pytest.fixture
    def models(self, exact: bool) -> DynamicModels:
        return generate_dynamic_models(customer(), exact=exact)

    def test_told_apart_by_a_field(self, models: DynamicModels) -> None:
        email: Any = models["Email"]
        phone: Any = models["Phone"]

        class Inbox(BaseModel):
            last: email | phone = Field(discriminator="kind")
            all: list[Annotated[email | phone, Field(discriminator="kind")]] = []

        made = Inbox.model_validate({"last": {"kind": "phone", "minutes": 3}, "all": [{"kind": "email"}]})
        assert (made.last, made.all) == (phone(kind="phone", minutes=3), [email(kind="email")])
        assert made.model_dump(exclude_unset=True) == {
            "last": {"kind": "phone", "minutes": 3},
            "all": [{"kind": "email"}],
        }
        assert Inbox.model_validate({"last": phone(kind="phone")}).last == phone(kind="phone")
        assert Inbox.model_validate_json('{"last": {"kind": "email"}}').last == email(kind="email")
        assert faults(Inbox, {"last": {"kind": "fax"}}) == [("union_tag_invalid", ("last",))]
        ((_, place),) = faults(Inbox, {"last": {"kind": "phone", "minutes": "long"}})
        assert place == ("last", "phone", "minutes")
        said = Inbox.model_json_schema()["properties"]["last"]["discriminator"]
        assert said == {"propertyName": "kind", "mapping": {"email": "#/$defs/Email", "phone": "#/$defs/Phone"}}

    def test_told_apart_by_a_function(self, models: DynamicModels, exact: bool) -> None:
        email: Any = models["Email"]
        phone: Any = models["Phone"]
        choice: Any = Annotated[email, Tag("email")] | Annotated[phone, Tag("phone")]

        class Inbox(BaseModel):
            last: Annotated[choice, Discriminator(kind_of)]

        given = models["Phone"](kind="phone", number="123")
        assert Inbox(last=given).last is given
        made = Inbox.model_validate({"last": {"kind": "phone", "number": "123"}})
        assert made.last == given
        assert json.loads(made.model_dump_json(exclude_unset=True)) == {"last": {"kind": "phone", "number": "123"}}
        assert faults(Inbox, {"last": {"kind": "fax"}}) == [("union_tag_invalid", ("last",))]
        ((fault, place),) = faults(Inbox, {"last": {"number": "123"}})
        assert place == (("last", "phone") if exact else ("last", "phone", "kind"))
        assert fault in {"missing", "json_schema.required"}

    def test_errors_of_their_own(self, models: DynamicModels) -> None:
        email: Any = models["Email"]
        phone: Any = models["Phone"]
        choice: Any = Annotated[email, Tag("email")] | Annotated[phone, Tag("phone")]
        message = "no way to send that"
        chosen = Discriminator(kind_of, custom_error_type="no_way", custom_error_message=message)
        adapter: TypeAdapter[Any] = TypeAdapter(Annotated[choice, chosen])

        with pytest.raises(ValidationError, match=message):
            adapter.validate_python({"kind": "fax"})

    def test_subclasses_that_say_their_constant(self, models: DynamicModels) -> None:
        email: Any = models["Email"]
        phone: Any = models["Phone"]

        class Urgent(email):  # type: ignore[misc]
            kind: Literal["email"]
            hours: int = 1

        class Inbox(BaseModel):
            last: Urgent | phone = Field(discriminator="kind")

        assert Inbox.model_validate({"last": {"kind": "email", "hours": 2}}).last == Urgent(kind="email", hours=2)


class TestExact:
    def test_errors_say_which_constants_there_are(self) -> None:
        cls = generate_dynamic_models(customer(), exact=True)["Customer"]

        with pytest.raises(ValidationError, match='at kind, should be one of "email" or "phone"') as raised:
            cls.model_validate({"notice": {"kind": "fax"}})
        assert [fault["loc"] for fault in raised.value.errors()] == [("notice",)]

    def test_tags_that_the_schema_does_not_insist_on_are_data_like_any(self) -> None:
        parrot = generate_dynamic_models(shop({"propertyName": "species"}), exact=True)["Parrot"]
        adapter: TypeAdapter[Any] = TypeAdapter(list[parrot])  # type: ignore[valid-type]

        made = adapter.validate_python([{"species": "macaw", "words": 40}])

        assert isinstance(made[0], parrot)
        assert adapter.dump_python(made) == [{"species": "macaw", "words": 40}]


class TestBuilds:
    """However classes are built, they are the same."""

    def test_one_class_alone(self) -> None:
        both = Both(shop(None, Email=EMAIL, Phone=PHONE, Box={"type": "array", "items": shapes()}, Note=shapes()))

        for name in ("Box", "Note", "Email"):
            models = both.alone(name)
            assert models is not None
            assert both.compared(models, name) is None
        assert faults(both.whole["Box"], [{"kind": "fax"}]) == [("union_tag_invalid", (0,))]

    def test_from_the_store(self, tmp_path: Path) -> None:
        built = generate_dynamic_models(customer(), store=tmp_path)
        clear_dynamic_models_cache()
        hits = dynamic_models_cache_info().store_hits
        restored = generate_dynamic_models(customer(), store=tmp_path)

        assert dynamic_models_cache_info().store_hits == hits + 1
        assert restored.source == built.source
        assert faults(restored["Customer"], {"notice": {"kind": "fax"}}) == [("union_tag_invalid", ("notice",))]

    def test_in_another_process(self) -> None:
        made = generate_dynamic_models(customer())["Customer"](notice={"kind": "phone"})

        assert in_fresh_interpreter(complaint, pickle.dumps(made)) == [["union_tag_invalid", ["notice"]]]

    def test_rendered_in_a_process_of_its_own(self) -> None:
        assert generate_dynamic_models(customer(), isolate=True).source == generate_dynamic_models(customer()).source

    def test_written_to_a_file(self, tmp_path: Path) -> None:
        generate_dynamic_models(customer(), debug=tmp_path)

        (file,) = tmp_path.glob("*.py")
        assert re.search(r"notice: Email \| Phone = Field\(\.\.\., discriminator=\"kind\"\)", file.read_text())


def complaint(sent: bytes) -> Any:
    """Say what the class of what was sent has against a notice by fax."""
    return faults(type(pickle.loads(sent)), {"notice": {"kind": "fax"}})


def shapes() -> dict[str, Any]:
    return {"oneOf": [component("Email"), component("Phone")]}


#: Data of notices, right and wrong.
NOTICES: Final = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["email", "phone", "letter", "fax", 1, None]),
        "address": st.sampled_from(["a", 1, None]),
        "minutes": st.sampled_from([1, "1", "long", 1.5]),
        "street": st.text(max_size=2),
    },
)


@pytest.fixture(scope="module")
def both_ways() -> tuple[Any, Any]:
    """The class of a customer, as it is, and as it would be with plain unions."""
    many = {"type": "array", "items": {"oneOf": [ref("Email"), ref("Phone"), ref("Letter")]}}
    models = generate_dynamic_models(customer({"anyOf": [*NOTICE["oneOf"], {"type": "null"}]}, many=many))
    plain = re.sub(r"Annotated\[([^\]]*?), Field\(discriminator='kind'\)\]", r"\1", models.source)
    plain = plain.replace(", discriminator='kind'", "")
    assert "discriminator" not in plain
    namespace: dict[str, Any] = {"__name__": __name__}
    exec(compile(plain, "plain", "exec"), namespace)
    namespace["Customer"].model_rebuild(_types_namespace=namespace)
    return models["Customer"], namespace["Customer"]


@given(data=st.fixed_dictionaries({"notice": st.none() | NOTICES}, optional={"many": st.lists(NOTICES, max_size=3)}))
def test_the_same_data_passes_and_makes_the_same_as_without_tags(both_ways: tuple[Any, Any], data: Any) -> None:
    verdicts: list[Any] = []
    for cls in both_ways:
        try:
            made = cls.model_validate(data)
        except ValidationError:
            verdicts.append(None)
        else:
            verdicts.append((made.model_dump_json(), repr(made), made.model_fields_set))
    assert verdicts[0] == verdicts[1]
