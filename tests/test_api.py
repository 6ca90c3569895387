"""The whole way: documents in, classes out."""

from __future__ import annotations

import ast
import json
import logging
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel, RootModel, ValidationError

import dynmodels
from dynmodels import (
    DataModelType,
    DynmodelsError,
    GenerateConfig,
    InputFileType,
    OptionsError,
    SchemaError,
    UnknownModelError,
    generate_dynamic_models,
)
from tests.documents import BOOK, INVOICING, PET_SHOP, named

VALID_BOOK = {"isbn": "9780140449136", "author": {"name": "Homer"}, "binding": "paperback"}


class TestInputs:
    """One document, however it is handed in, gives one set of classes."""

    def test_a_mapping_is_the_schema_itself(self) -> None:
        models = generate_dynamic_models(BOOK)

        assert set(models) == {"Book", "Author", "Binding"}
        assert models["Book"](**VALID_BOOK).author.name == "Homer"
        with pytest.raises(ValidationError):
            models["Book"](**{**VALID_BOOK, "isbn": "1"})

    @pytest.mark.parametrize(
        "written", [json.dumps(BOOK), json.dumps(BOOK).encode("utf-16"), yaml.safe_dump(BOOK, sort_keys=False)]
    )
    def test_text_and_bytes_are_json_or_yaml(self, written: str | bytes) -> None:
        assert generate_dynamic_models(written) is generate_dynamic_models(BOOK)

    @pytest.mark.parametrize("suffix", ["json", "yaml"])
    def test_a_path_is_read(self, tmp_path: Path, suffix: str) -> None:
        file = tmp_path / f"book.{suffix}"
        file.write_text(json.dumps(BOOK) if suffix == "json" else yaml.safe_dump(BOOK, sort_keys=False))

        assert generate_dynamic_models(file) is generate_dynamic_models(BOOK)

    def test_bytes_may_be_in_an_encoding_that_is_named(self) -> None:
        schema = '{"title": "Caf\u00e9", "type": "object"}'

        assert set(generate_dynamic_models(schema.encode("latin-1"), encoding="latin-1")) == {"Caf\u00e9"}
        assert set(generate_dynamic_models(schema.encode("utf-16"), encoding="utf-16")) == {"Caf\u00e9"}

    def test_a_file_that_changes_gives_new_classes(self, tmp_path: Path) -> None:
        file = tmp_path / "schema.json"
        file.write_text(json.dumps(named("Before")))
        assert set(generate_dynamic_models(file)) == {"Before"}

        file.write_text(json.dumps(named("Later")))

        assert set(generate_dynamic_models(file)) == {"Later"}

    def test_a_mapping_that_is_changed_in_place_gives_new_classes(self) -> None:
        schema = named("Badge")
        assert set(generate_dynamic_models(schema)["Badge"].model_fields) == {"id"}

        schema["properties"]["colour"] = {"type": "string"}

        assert set(generate_dynamic_models(schema)["Badge"].model_fields) == {"id", "colour"}

    def test_the_callers_document_is_left_alone(self) -> None:
        before = json.dumps(PET_SHOP)

        generate_dynamic_models(PET_SHOP)

        assert json.dumps(PET_SHOP) == before

    @pytest.mark.parametrize(
        ("document", "options", "name"),
        [
            ('{"sku": "MUG-1", "stock": 3}', {"input_file_type": "json"}, "Model"),
            ({"sku": "MUG-1", "stock": 3}, {"input_file_type": InputFileType.Dict}, "Model"),
            ("sku: MUG-1\nstock: 3\n", {"input_file_type": "yaml"}, "Model"),
            ("sku,stock\nMUG-1,3\n", {"input_file_type": "csv"}, "Model"),
            (
                '{"type": "record", "name": "Stock", "fields": [{"name": "sku", "type": "string"}]}',
                {"input_file_type": "avro"},
                "Stock",
            ),
        ],
        ids=["json", "mapping", "yaml", "csv", "avro"],
    )
    def test_the_generators_other_inputs_work_where_they_are_named(
        self, document: Any, options: Any, name: str
    ) -> None:
        models = generate_dynamic_models(document, **options)

        assert "sku" in models[name].model_fields


class TestKinds:
    """The kind of document is detected."""

    def test_openapi_has_classes_and_no_root(self) -> None:
        models = generate_dynamic_models(PET_SHOP)

        assert models.root is None
        assert models.pointers["#/components/schemas/Pets"] is models["Pets"]
        assert models["Pets"].model_validate([{"name": "Tom", "kind": "cat"}]).root[0].kind.value == "cat"

    def test_openapi_2_definitions_are_read_and_there_is_no_root(self) -> None:
        swagger = {
            "swagger": "2.0",
            "info": {"title": "Pet shop", "version": "1.0.0"},
            "paths": {},
            "definitions": PET_SHOP["components"]["schemas"]["Pet"]
            and {"Pet": PET_SHOP["components"]["schemas"]["Pet"]},
        }

        models = generate_dynamic_models(swagger)

        assert set(models) == {"Pet", "Kind"}
        assert models.root is None

    def test_asyncapi_messages_are_read(self) -> None:
        asyncapi = {
            "asyncapi": "2.6.0",
            "info": {"title": "Lights", "version": "1.0.0"},
            "channels": {"measured": {"publish": {"message": {"payload": {"$ref": "#/components/schemas/Lumen"}}}}},
            "components": {"schemas": {"Lumen": {"type": "object", "properties": {"value": {"type": "integer"}}}}},
        }

        assert generate_dynamic_models(asyncapi)["Lumen"](value=3).value == 3

    @pytest.mark.parametrize(
        ("draft", "definitions"),
        [
            ("http://json-schema.org/draft-04/schema#", "definitions"),
            ("http://json-schema.org/draft-06/schema#", "definitions"),
            ("http://json-schema.org/draft-07/schema#", "definitions"),
            ("https://json-schema.org/draft/2019-09/schema", "$defs"),
            ("https://json-schema.org/draft/2020-12/schema", "$defs"),
        ],
    )
    def test_every_draft_of_json_schema_is_read(self, draft: str, definitions: str) -> None:
        schema = {
            "$schema": draft,
            "type": "object",
            "properties": {"size": {"$ref": f"#/{definitions}/Size"}},
            definitions: {"Size": {"type": "integer", "minimum": 1}},
        }

        root = generate_dynamic_models(schema).root

        assert root.model_validate({"size": 1})
        with pytest.raises(ValidationError):
            root.model_validate({"size": 0})


class TestOptions:
    """Options of the generator: two spellings, one meaning."""

    def test_config_and_keywords_are_two_spellings_of_one_call(self) -> None:
        keywords = generate_dynamic_models(named("Tag"), class_name="Label", field_constraints=True)
        config = GenerateConfig(
            class_name="Label", field_constraints=True, output_model_type=DataModelType.PydanticV2BaseModel
        )

        assert set(keywords) == {"Label"}
        assert generate_dynamic_models(named("Tag"), config=config) is keywords

    def test_an_option_at_its_default_changes_nothing(self) -> None:
        assert generate_dynamic_models(
            BOOK, field_constraints=False, input_file_type=InputFileType.JsonSchema
        ) is generate_dynamic_models(BOOK)
        assert generate_dynamic_models(BOOK, config=GenerateConfig()) is generate_dynamic_models(BOOK)

    def test_options_that_imply_others_keep_one_digest(self) -> None:
        config = GenerateConfig(generate_schema_validators=True)

        assert (
            generate_dynamic_models(BOOK, config=config).digest
            == generate_dynamic_models(BOOK, generate_schema_validators=True).digest
        )

    def test_an_option_that_is_given_at_its_default_may_still_mean_another_call(self) -> None:
        dangling = {"type": "object", "properties": {"a": {"$ref": "#/$defs/Nowhere"}}}
        with pytest.warns(UserWarning, match="Nowhere"):
            assert "Nowhere" in generate_dynamic_models(dangling, strict_refs=False)

        with pytest.raises(SchemaError, match="leads nowhere"):
            generate_dynamic_models(dangling)

    def test_options_that_name_files_are_read_anew_each_time(self, tmp_path: Path) -> None:
        header = tmp_path / "header.txt"
        for text in ("# first", "# second"):
            header.write_text(text)
            assert text in generate_dynamic_models(BOOK, custom_file_header_path=header).source

    def test_options_of_the_wrong_kind_are_refused_after_a_call_with_right_ones(self) -> None:
        generate_dynamic_models(BOOK, aliases={"isbn": "number"})

        with pytest.raises(OptionsError):
            generate_dynamic_models(BOOK, aliases=[["isbn", "number"]])  # type: ignore[arg-type]  # wrong on purpose

    def test_another_option_gives_other_classes(self) -> None:
        assert generate_dynamic_models(BOOK, snake_case_field=True) is not generate_dynamic_models(BOOK)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"clas_name": "Label"}, "Did you mean 'class_name'"),
            ({"field_constraints": "perhaps"}, "field_constraints"),
            ({"config": GenerateConfig(), "class_name": "Label"}, "two spellings of one thing"),
            ({"config": {"class_name": "Label"}}, "config is a GenerateConfig"),
            ({"output": Path("models.py")}, "writes files"),
            ({"output_model_type": DataModelType.TypingTypedDict}, "pydantic v2 models"),
            ({"target_model_names": "Book"}, "sequence of class names"),
            ({"target_model_names": []}, "names no class"),
            ({"target_model_names": 5}, "sequence of class names"),
            ({"module_name": "my models"}, "dotted name"),
            ({"cache_size": None}, "whole number"),
            ({"debug": "folder"}, "pathlib.Path"),
        ],
    )
    def test_bad_options_are_an_error_that_says_what_to_do(self, options: Any, message: str) -> None:
        with pytest.raises(OptionsError, match=message):
            generate_dynamic_models(BOOK, **options)
        assert issubclass(OptionsError, TypeError)

    def test_options_without_stable_content_are_used_and_not_cached(self) -> None:
        def shout(name: str) -> str:
            return name.upper()

        first = generate_dynamic_models(named("Tag"), custom_class_name_generator=shout)
        second = generate_dynamic_models(named("Tag"), custom_class_name_generator=shout)

        assert set(first) == {"TAG"}
        assert first is not second

    def test_target_model_names_filter_the_result(self) -> None:
        models = generate_dynamic_models(BOOK, target_model_names=["Author"])

        assert dict(models) == {"Author": generate_dynamic_models(BOOK)["Author"]}
        with pytest.raises(UnknownModelError, match="Author"):
            generate_dynamic_models(BOOK, target_model_names=["Autor"])


class TestRoots:
    """``root`` is the type of the whole document."""

    @pytest.mark.parametrize(
        ("schema", "valid", "invalid"),
        [
            ({"title": "Size", "$defs": {"Size": {"type": "string"}}, "type": "integer"}, 3, "three"),
            (
                {"type": "object", "$defs": {"Model": {"type": "object"}}, "required": ["m"], "properties": {"m": {}}},
                {"m": 1},
                {},
            ),
            (
                {"type": "array", "items": {"type": "object", "required": ["q"], "properties": {"q": {}}}},
                [{"q": 1}],
                [{}],
            ),
            ({"type": "integer", "minimum": 3}, 3, 2),
            ({"enum": ["north", "south"]}, "north", "west"),
            ({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}, ["a"], {"a": 1}),
            (
                {
                    "allOf": [{"$ref": "#/$defs/Low"}, {"$ref": "#/$defs/Odd"}],
                    "$defs": {"Low": {"enum": [1, 2]}, "Odd": {"enum": [1, 3]}},
                },
                1,
                7,
            ),
        ],
        ids=["title of a definition", "definition called Model", "array", "scalar", "enum", "union", "merged enums"],
    )
    def test_the_root_judges_the_document(self, schema: Any, valid: Any, invalid: Any) -> None:
        models = generate_dynamic_models(schema)
        adapter = dynmodels_adapter(models.root)

        adapter.validate_python(valid)
        with pytest.raises(ValidationError):
            adapter.validate_python(invalid)
        assert models.pointers["#"] is models.root

    def test_a_root_that_is_a_bare_reference_is_the_class_it_names(self) -> None:
        models = generate_dynamic_models({"$ref": "#/$defs/Author", "$defs": BOOK["$defs"]})

        assert models.root is models["Author"]

    @pytest.mark.parametrize(("name", "reference"), [("b c", "b%20c"), ("d~e", "d~0e"), ("\N{SNOWMAN}", "%E2%98%83")])
    def test_a_reference_with_escaped_characters_is_followed(self, name: str, reference: str) -> None:
        models = generate_dynamic_models({"$ref": f"#/$defs/{reference}", "$defs": {name: named("Odd")}})

        assert models.root.model_fields.keys() == {"id"}

    def test_a_root_reference_that_the_generator_cannot_follow_is_no_wrong_class(self) -> None:
        with pytest.raises(DynmodelsError, match="cannot follow"):
            generate_dynamic_models({"$ref": "#/$defs/a~1b", "$defs": {"a/b": named("Odd")}})

    def test_the_boolean_schemas_accept_everything_and_nothing(self) -> None:
        anything = dynmodels_adapter(generate_dynamic_models(True).root)
        nothing = dynmodels_adapter(generate_dynamic_models(False).root)

        values: list[Any] = [None, 0, "", [], {}, "text"]
        for value in values:
            anything.validate_python(value)
            with pytest.raises(ValidationError):
                nothing.validate_python(value)
        assert generate_dynamic_models("false") is generate_dynamic_models(False)

    def test_a_root_that_is_no_class_is_the_type_itself(self) -> None:
        models = generate_dynamic_models({"type": "array", "items": {"type": "integer"}}, use_type_alias=True)

        assert dynmodels_adapter(models.root).validate_python(["1"]) == [1]
        assert not isinstance(models.root, type)

    def test_a_recursive_root_is_complete(self) -> None:
        schema = {
            "title": "Folder",
            "type": "object",
            "properties": {"name": {"type": "string"}, "folders": {"type": "array", "items": {"$ref": "#"}}},
        }

        folder = generate_dynamic_models(schema).root

        assert folder(name="/", folders=[{"name": "etc", "folders": []}]).folders[0].name == "etc"

    def test_mutually_recursive_classes_are_complete(self) -> None:
        schema = {
            "$ref": "#/$defs/Employee",
            "$defs": {
                "Employee": {"type": "object", "properties": {"team": {"$ref": "#/$defs/Team"}}},
                "Team": {"type": "object", "properties": {"lead": {"$ref": "#/$defs/Employee"}}},
            },
        }

        models = generate_dynamic_models(schema)

        assert all(cls.__pydantic_complete__ for cls in models.values() if issubclass(cls, BaseModel))
        assert models.root(team={"lead": {"team": {}}}).team.lead.team is not None


class TestPackages:
    """Names with dots become modules."""

    def test_modules_import_each_other_up_and_down(self) -> None:
        models = generate_dynamic_models(INVOICING)

        invoice = models.root(invoice={"total": {"cents": 250}, "payer": {"name": "Ada"}}).invoice
        assert (invoice.total.cents, invoice.payer.name) == (250, "Ada")
        assert models.pointers["#/$defs/billing.Money"].__module__ == f"{models.module.__name__}.billing"

    def test_the_source_shows_each_file_behind_its_path(self) -> None:
        assert "# --- billing/documents.py ---" in generate_dynamic_models(INVOICING).source


class TestReferencesToFiles:
    """Files are read where the document is one, and below its folder only."""

    def write(self, folder: Path) -> Path:
        (folder / "parts").mkdir()
        (folder / "parts" / "common.yaml").write_text(
            "$defs:\n  Address:\n    type: object\n    required: [city]\n    properties:\n      city: {type: string}\n"
        )
        (folder / "customer.json").write_text(
            json.dumps(
                {
                    "title": "Customer",
                    "type": "object",
                    "properties": {"home": {"$ref": "parts/common.yaml#/$defs/Address"}},
                }
            )
        )
        order = folder / "order.json"
        order.write_text(
            json.dumps({"title": "Order", "type": "object", "properties": {"by": {"$ref": "customer.json"}}})
        )
        return order

    def test_references_are_followed_from_file_to_file(self, tmp_path: Path) -> None:
        models = generate_dynamic_models(self.write(tmp_path))

        assert models.root is models["Order"]
        assert models.root(by={"home": {"city": "Bergen"}}).by.home.city == "Bergen"

    def test_a_referenced_file_that_changes_gives_new_classes(self, tmp_path: Path) -> None:
        order = self.write(tmp_path)
        models = generate_dynamic_models(order)
        assert generate_dynamic_models(order) is models

        (tmp_path / "customer.json").write_text(json.dumps(named("Customer")))

        assert set(generate_dynamic_models(order)["Customer"].model_fields) == {"id"}

    @pytest.mark.parametrize(
        "reference", ["../secret.json", "/etc/hostname", "file:///etc/hostname", "parts/missing.json", "parts"]
    )
    def test_other_files_are_refused(self, tmp_path: Path, reference: str) -> None:
        folder = tmp_path / "schemas"
        folder.mkdir()
        (tmp_path / "secret.json").write_text("{}")
        self.write(folder)
        (folder / "evil.json").write_text(json.dumps({"type": "object", "properties": {"x": {"$ref": reference}}}))

        with pytest.raises(SchemaError) as caught:
            generate_dynamic_models(folder / "evil.json")
        assert caught.value.pointer == "#/properties/x"

    def test_without_a_file_there_is_no_folder_to_read_from(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.write(tmp_path)
        monkeypatch.chdir(tmp_path)

        with pytest.raises(dynmodels.UnsafeSchemaError, match=r"pathlib\.Path"):
            generate_dynamic_models({"type": "object", "properties": {"by": {"$ref": "customer.json"}}})

    def test_a_symbolic_link_does_not_lead_out_of_the_folder(self, tmp_path: Path) -> None:
        folder = tmp_path / "schemas"
        folder.mkdir()
        (tmp_path / "secret.json").write_text("{}")
        (folder / "link.json").symlink_to(tmp_path / "secret.json")
        (folder / "root.json").write_text('{"properties": {"x": {"$ref": "link.json"}}}')

        with pytest.raises(dynmodels.UnsafeSchemaError):
            generate_dynamic_models(folder / "root.json")

    def test_references_are_followed_as_they_are_written(self, tmp_path: Path) -> None:
        (tmp_path / "real").mkdir()
        (tmp_path / "real" / "my part.json").write_text(json.dumps(named("Part")))
        (tmp_path / "alias").symlink_to("real")
        (tmp_path / "root.json").write_text('{"properties": {"x": {"$ref": "alias/my%20part.json"}}}')

        models = generate_dynamic_models(tmp_path / "root.json")

        assert models.root(x={"id": 1}).x.id == 1

    def test_the_name_of_the_document_counts_where_other_files_refer_to_it(self, tmp_path: Path) -> None:
        for name in ("a.json", "c.json"):
            (tmp_path / name).write_text('{"title": "Root", "type": "object", "properties": {"b": {"$ref": "b.json"}}}')
        (tmp_path / "b.json").write_text('{"title": "B", "type": "object", "properties": {"a": {"$ref": "a.json"}}}')

        a, c = generate_dynamic_models(tmp_path / "a.json"), generate_dynamic_models(tmp_path / "c.json")

        assert a is not c
        assert a.root.model_fields.keys() == c.root.model_fields.keys() == {"b"}

    @pytest.mark.parametrize("reference", ["%2e/root.json", "loop/root.json"])
    def test_a_file_that_names_itself_ever_anew_comes_to_an_end(self, tmp_path: Path, reference: str) -> None:
        (tmp_path / "loop").symlink_to(".")
        (tmp_path / "root.json").write_text(json.dumps({"properties": {"x": {"$ref": reference}}}))

        with pytest.raises(SchemaError):
            generate_dynamic_models(tmp_path / "root.json")

    def test_other_files_are_in_the_encoding_that_is_named_too(self, tmp_path: Path) -> None:
        part = '{"type": "object", "properties": {"caf\u00e9": {"type": "string"}}}'
        (tmp_path / "part.json").write_text(part, encoding="latin-1")
        (tmp_path / "root.json").write_text('{"properties": {"x": {"$ref": "part.json"}}}')

        models = generate_dynamic_models(tmp_path / "root.json", encoding="latin-1")

        assert models["Part"].model_fields.keys() == {"caf\u00e9"}

    def test_a_fragment_that_another_file_lacks_is_an_error(self, tmp_path: Path) -> None:
        (tmp_path / "parts.json").write_text('{"$defs": {}}')
        (tmp_path / "root.json").write_text('{"properties": {"x": {"$ref": "parts.json#/$defs/Missing"}}}')

        with pytest.raises(DynmodelsError, match="Missing"):
            generate_dynamic_models(tmp_path / "root.json")

    def test_a_fault_in_another_file_names_that_file(self, tmp_path: Path) -> None:
        (tmp_path / "parts.json").write_text('{"properties": 5}')
        (tmp_path / "root.json").write_text('{"properties": {"x": {"$ref": "parts.json"}}}')

        with pytest.raises(SchemaError) as caught:
            generate_dynamic_models(tmp_path / "root.json")
        assert caught.value.pointer == "parts.json#"

    @pytest.mark.parametrize(
        "schema",
        [
            {"properties": {"a": {"$dynamicRef": "secret.json"}}},
            {"properties": {"a": {"$ref": "#/default"}}, "default": {"$ref": "secret.json"}},
            {"$id": "secret.json", "title": "Own", "properties": {"a": {"$ref": "secret.json#/properties/b"}, "b": {}}},
        ],
    )
    def test_nothing_is_read_from_the_current_folder(
        self, schema: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "secret.json").write_text('{"title": "Secret", "type": "object", "properties": {"password": {}}}')
        monkeypatch.chdir(tmp_path)

        try:
            models = generate_dynamic_models(schema)
        except DynmodelsError:
            return
        assert "password" not in models.source

    def test_references_by_identifier_stay_in_the_document(self) -> None:
        schema = {
            "$id": "https://example.com/tree",
            "type": "object",
            "properties": {"root": {"$ref": "node"}, "id": {"$ref": "urn:example:number"}},
            "$defs": {
                "node": {"$id": "node", **named("Node")},
                "number": {"$id": "urn:example:number", "type": "integer"},
            },
        }

        assert generate_dynamic_models(schema).root(root={"id": 1}, id=2).root.id == 1

    def test_a_word_like_a_reference_in_data_is_no_reference(self) -> None:
        schema = {
            "type": "object",
            "properties": {"link": {"type": "object", "default": {"$ref": "not/a/reference.json"}}},
        }

        assert "link" in generate_dynamic_models(schema).root.model_fields


class TestRefusals:
    """Bad input ends in an error that says what was wrong, and costs the cache nothing."""

    @pytest.mark.parametrize(
        "document",
        [
            "", "   \n", "null", "[]", "3", '"text"', "{", "a: b: c", "- 1", b"\xff\xfe\x00", b"\x80\x81",
            "x: !!python/object/apply:os.system [ls]", "x: !custom 1", "x: !!set {a}", "a: 1\n---\nb: 2",
            "[" * 10_000, "- " * 100_000, "{a: " * 100_000, "a: " + "[" * 100_000,
            "a: !!bool maybe", 'a: !!int ""', 'a: !!float ""', "a: !!timestamp never",
            {"$ref": "http://[x"},  {"title": ""}, {"title": 5}, {"$defs": 5}, {"$id": 5},
            '{"a":' * 10_000, {"properties": []}, {"type": 12}, {"required": "name"},
            {"$ref": "#/$defs/Nowhere"}, {"$ref": "#nowhere"}, {"$ref": "#"}, {None: {}}, {1.5: {}}, {("a",): {}},
            {"default": "\ud800"}, {1: {}, "1": {}}, {"openapi": "3.0.0", "components": 3},
            "type Query { pets: [String] }",
        ],
        ids=lambda value: ascii(value)[:30],
    )  # fmt: skip
    def test_it_is_a_dynmodels_error(self, document: Any) -> None:
        held = generate_dynamic_models(BOOK)

        with pytest.raises(DynmodelsError) as caught:
            generate_dynamic_models(document)

        assert str(caught.value)
        assert isinstance(caught.value, ValueError)
        assert generate_dynamic_models(BOOK) is held

    @pytest.mark.parametrize("document", [None, 3, 2.5, [], [BOOK], object(), {"type"}])
    def test_a_wrong_type_is_an_error_too(self, document: Any) -> None:
        with pytest.raises(OptionsError, match="a schema is a mapping"):
            generate_dynamic_models(document)

    def test_the_name_of_a_file_is_no_schema(self) -> None:
        with pytest.raises(SchemaError, match=r"pass it as a pathlib\.Path"):
            generate_dynamic_models("petstore.yaml")

    def test_a_reference_to_another_machine_is_refused(self) -> None:
        with pytest.raises(dynmodels.UnsafeSchemaError, match="allow_remote_refs=True") as caught:
            generate_dynamic_models({"properties": {"a": {"$ref": "https://example.invalid/schema.json"}}})
        assert caught.value.pointer == "#/properties/a"

    def test_nesting_beyond_reason(self) -> None:
        schema: dict[str, Any] = {"type": "string"}
        for _ in range(10_000):
            schema = {"type": "object", "properties": {"deeper": schema}}

        with pytest.raises(SchemaError, match="nested"):
            generate_dynamic_models(schema)

    def test_a_document_that_contains_itself(self) -> None:
        schema = named("Loop")
        schema["properties"]["again"] = schema

        with pytest.raises(SchemaError, match="contains itself") as caught:
            generate_dynamic_models(schema)
        assert caught.value.pointer == "#/properties/again"

    def test_yaml_aliases_that_multiply(self) -> None:
        lines = ["a0: &a0 {type: string}"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]

        with pytest.raises(SchemaError, match="aliases repeat"):
            generate_dynamic_models("\n".join(lines))

    def test_a_key_with_more_digits_than_python_writes(self) -> None:
        with pytest.raises(SchemaError, match="a key is no text"):
            generate_dynamic_models({10**5000: {}})  # type: ignore[dict-item]  # wrong on purpose

    def test_a_long_text_that_yaml_aliases_multiply(self) -> None:
        text = f"type: object\nx-long: &long '{'x' * 20_000}'\nx-many: [{','.join(['*long'] * 10_000)}]\n"

        with pytest.raises(SchemaError, match="aliases repeat"):
            generate_dynamic_models(text)

    def test_yaml_merge_keys_that_multiply(self) -> None:
        lines = ["a0: &a0 {x: 1}"] + [f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 30)]

        with pytest.raises(SchemaError, match="aliases repeat"):
            generate_dynamic_models("\n".join(lines))

    def test_python_objects_that_occur_again_and_again(self) -> None:
        shared: Any = {"type": "string"}
        for _ in range(30):
            shared = {"left": shared, "right": shared}

        with pytest.raises(SchemaError, match="repeats its parts"):
            generate_dynamic_models(shared)

    def test_an_error_points_into_the_schema(self) -> None:
        schema = {"type": "object", "properties": {"size": {"type": "object", "properties": {"w": {"minimum": "low"}}}}}

        with pytest.raises(SchemaError) as caught:
            generate_dynamic_models(schema)
        assert caught.value.pointer == "#/properties/size/properties/w/minimum"
        assert caught.value.__cause__ is not None

    def test_a_class_that_pydantic_cannot_build_is_shown_with_its_line(self) -> None:
        schema = {
            "type": "object",
            "properties": {"size": {"$ref": "#/$defs/Size"}},
            "$defs": {"Size": {"type": "integer"}},
        }

        with pytest.raises(dynmodels.ModelBuildError) as caught:
            generate_dynamic_models(schema, additional_imports=["no_such_package.Thing"])
        assert caught.value.line is not None
        assert "no_such_package" in (caught.value.excerpt or "")

    def test_legal_oddities_build(self) -> None:
        odd = {
            "type": "object",
            "properties": {
                "big": {"type": "integer", "maximum": 2**80},
                "not a name": {"type": "string", "default": "\N{SNOWMAN}"},
                "ratio": {"type": "number", "default": 1e308},
                "class": {"const": "__import__('os')"},
            },
        }

        item = generate_dynamic_models(odd).root.model_validate({"big": 2**79, "class": "__import__('os')"})

        assert item.big == 2**79


class TestLogging:
    def test_a_build_logs_its_stages(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.DEBUG, "dynmodels"):
            models = generate_dynamic_models(named("Logged"))

        assert models.digest in caplog.text
        for stage in ("load", "digest", "render", "compile", "exec", "collect"):
            assert stage in caplog.text
            assert models.timings[stage] >= 0


def dynmodels_adapter(root: Any) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(root)


def test_importing_dynmodels_loads_no_generator() -> None:
    import subprocess
    import sys

    heavy = "datamodel_code_generator black isort jinja2 click rich yaml"
    program = f"import sys, dynmodels; print([name for name in {heavy.split()} if name in sys.modules])"

    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout  # noqa: S603

    assert printed.strip() == "[]"


def test_root_models_are_collected() -> None:
    models = generate_dynamic_models(PET_SHOP)

    assert issubclass(models["Pets"], RootModel)


def test_type_checkers_know_every_option_that_makes_classes() -> None:
    """Those that write files are left out, and those that are parameters of the call."""
    source = ast.parse(Path(dynmodels.__file__).with_name("options.py").read_text(encoding="utf-8"))
    (options,) = (node for node in source.body if isinstance(node, ast.ClassDef))
    known = {
        each.target.id for each in options.body if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    }
    writing = ("server", "client", "generate_server", "generate_client")
    others = {"base_class", "validators", "output"}

    made = {name for name in GenerateConfig.model_fields if not name.startswith(writing)} - others
    assert made <= known
    assert not known & others
