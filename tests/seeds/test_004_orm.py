"""Instances from other objects (page 004): SQLAlchemy's and others, by their attributes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, model_validator
from sqlalchemy import inspect, select

from dynmodels import generate_dynamic_models
from tests.seeds.archive import ARCHIVE, CollectionRow, FileRow, ScanRow, archive, only

FROM_ATTRIBUTES = ConfigDict(from_attributes=True)


class TestOrmMode:
    """Rows of a database become instances of generated classes."""

    def test_a_row_is_read_by_its_attributes(self) -> None:
        Collection = generate_dynamic_models(ARCHIVE, config_dict=FROM_ATTRIBUTES)["Collection"]

        with archive(CollectionRow(id=7, name="Guilds")) as session:
            collection = Collection.model_validate(only(session, CollectionRow))

        assert collection.model_dump() == {"id": 7, "name": "Guilds", "files": []}

    def test_a_row_is_no_mapping_where_nobody_said_so(self) -> None:
        Collection = generate_dynamic_models(ARCHIVE)["Collection"]

        with archive(CollectionRow(id=7, name="Guilds")) as session:
            row = only(session, CollectionRow)
            with pytest.raises(ValidationError) as error:
                Collection.model_validate(row)
            read = Collection.model_validate(row, from_attributes=True)

        assert error.value.errors()[0]["type"] == "model_type"
        assert read.name == "Guilds"

    def test_a_row_that_the_schema_does_not_allow_is_an_error(self) -> None:
        Collection = generate_dynamic_models(ARCHIVE, config_dict=FROM_ATTRIBUTES)["Collection"]

        with archive(CollectionRow(id=7, name="Guilds, brotherhoods and companies of the town")) as session:
            row = only(session, CollectionRow)
            with pytest.raises(ValidationError) as error:
                Collection.model_validate(row)

        assert [(fault["loc"], fault["type"]) for fault in error.value.errors()] == [(("name",), "string_too_long")]

    def test_what_a_query_gives_is_read_by_an_adapter(self) -> None:
        File = generate_dynamic_models(ARCHIVE, config_dict=FROM_ATTRIBUTES)["File"]
        rows = FileRow(shelfmark="G 1", keywords=["bakers"]), FileRow(shelfmark="G 2", keywords=[])

        with archive(*rows) as session:
            found = session.scalars(select(FileRow).order_by(FileRow.shelfmark)).all()
            files: list[Any] = TypeAdapter(list[File]).validate_python(found)  # type: ignore[valid-type]

        assert [file.shelfmark for file in files] == ["G 1", "G 2"]
        assert files[0].keywords == ["bakers"]

    def test_a_row_of_single_columns_is_read_by_their_names(self) -> None:
        schema = {**ARCHIVE["$defs"]["File"], "title": "Entry", "required": ["shelfmark"]}
        del schema["properties"]
        schema["properties"] = {"shelfmark": {"type": "string"}, "closed_until": {"type": ["integer", "null"]}}
        Entry = generate_dynamic_models(schema, config_dict=FROM_ATTRIBUTES)["Entry"]

        with archive(FileRow(shelfmark="G 1", closed_until=2040, keywords=[])) as session:
            row = session.execute(select(FileRow.shelfmark, FileRow.closed_until)).one()

        assert Entry.model_validate(row).model_dump() == {"shelfmark": "G 1", "closed_until": 2040}

    def test_an_instance_becomes_a_row_again(self) -> None:
        File = generate_dynamic_models(ARCHIVE, config_dict=FROM_ATTRIBUTES)["File"]
        file = File(shelfmark="G 1", keywords=["bakers"])

        with archive(FileRow(**file.model_dump(exclude_unset=True))) as session:
            assert File.model_validate(only(session, FileRow)).keywords == file.keywords

    def test_a_base_class_may_say_so(self) -> None:
        class Row(BaseModel):
            model_config = ConfigDict(from_attributes=True)

        Collection = generate_dynamic_models(ARCHIVE, base_class=Row)["Collection"]

        assert Collection.model_validate(CollectionRow(id=7, name="Guilds")).id == 7


class TestReservedNames:
    """Names that SQLAlchemy keeps for itself are read by an alias."""

    SCAN: ClassVar[dict[str, Any]] = {
        "title": "Scan",
        "type": "object",
        "required": ["number", "metadata_"],
        "properties": {
            "number": {"type": "integer"},
            "metadata_": {"type": "object", "additionalProperties": {"type": "string"}},
        },
    }

    def test_the_schemas_name_is_the_attribute_and_an_alias_gives_the_field_its_own(self) -> None:
        Scan = generate_dynamic_models(self.SCAN, config_dict=FROM_ATTRIBUTES, aliases={"metadata_": "metadata"})[
            "Scan"
        ]

        with archive(ScanRow(number=1, metadata_={"camera": "Phase One"})) as session:
            scan = Scan.model_validate(only(session, ScanRow))

        assert scan.metadata == {"camera": "Phase One"}
        assert scan.model_dump() == {"number": 1, "metadata": {"camera": "Phase One"}}
        assert scan.model_dump(by_alias=True) == {"number": 1, "metadata_": {"camera": "Phase One"}}

    def test_without_an_alias_sqlalchemys_own_attribute_is_found(self) -> None:
        schema = {
            "title": "Scan",
            "type": "object",
            "properties": {"metadata": {"type": "object", "additionalProperties": {"type": "string"}}},
        }
        Scan = generate_dynamic_models(schema, config_dict=FROM_ATTRIBUTES)["Scan"]

        with pytest.raises(ValidationError) as error:
            Scan.model_validate(ScanRow(number=1, metadata_={"camera": "Phase One"}))

        assert error.value.errors()[0]["loc"] == ("metadata",)

    def test_properties_that_are_no_names_of_attributes_are_read_by_the_fields_names(self) -> None:
        schema = {
            "title": "Scan",
            "type": "object",
            "required": ["scan-number"],
            "properties": {"scan-number": {"type": "integer"}},
        }
        Scan = generate_dynamic_models(schema, config_dict=ConfigDict(from_attributes=True, populate_by_name=True))[
            "Scan"
        ]

        assert Scan.model_validate(SimpleNamespace(scan_number=3)).scan_number == 3
        assert Scan.model_validate({"scan-number": 3}).scan_number == 3


class TestRecursiveOrmModels:
    """Rows that hold rows become instances that hold instances."""

    @pytest.mark.parametrize("exact", [False, True], ids=["plain", "exact"])
    def test_relationships_are_followed(self, exact: bool) -> None:
        models = generate_dynamic_models(ARCHIVE, config_dict=FROM_ATTRIBUTES, exact=exact)
        bakers = FileRow(
            shelfmark="G 1", keywords=["bakers"], parts=[FileRow(shelfmark="GA 1"), FileRow(shelfmark="GB 1")]
        )
        smiths = FileRow(shelfmark="G 2", keywords=["smiths"], closed_until=2040)

        with archive(CollectionRow(id=7, name="Guilds", files=[bakers, smiths])) as session:
            collection = models["Collection"].model_validate(only(session, CollectionRow))

        assert [file.shelfmark for file in collection.files] == ["G 1", "G 2"]
        assert all(isinstance(file, models["File"]) for file in collection.files)
        assert [part.shelfmark for part in collection.files[0].parts] == ["GA 1", "GB 1"]

    def test_errors_tell_the_place_in_the_rows(self) -> None:
        Collection = generate_dynamic_models(ARCHIVE, config_dict=FROM_ATTRIBUTES)["Collection"]
        row = CollectionRow(id=7, name="Guilds", files=[FileRow(shelfmark="unnumbered", keywords=[], parts=[])])

        with pytest.raises(ValidationError) as error:
            Collection.model_validate(row)

        assert error.value.errors()[0]["loc"] == ("files", 0, "shelfmark")

    def test_rows_that_lead_back_to_themselves_are_an_error(self) -> None:
        schema = {
            "title": "File",
            "type": "object",
            "properties": {"shelfmark": {"type": "string"}, "parts": {"type": "array", "items": {"$ref": "#"}}},
        }
        File = generate_dynamic_models(schema, config_dict=FROM_ATTRIBUTES)["File"]
        row = FileRow(shelfmark="G 1")
        row.parts.append(row)

        with pytest.raises(ValidationError) as error:
            File.model_validate(row)

        assert error.value.errors()[0]["type"] == "recursion_loop"

    def test_plain_objects_go_as_well(self) -> None:
        @dataclass
        class Folder:
            shelfmark: str
            keywords: list[str]
            parts: list[Folder]

        File = generate_dynamic_models(ARCHIVE, config_dict=FROM_ATTRIBUTES)["File"]

        file = File.model_validate(Folder("G 1", [], [Folder("GA 1", ["bread"], [])]))

        assert file.parts[0].keywords == ["bread"]


class TestDataBinding:
    """Objects whose data is not in their attributes are read by a validator before all others."""

    READING: ClassVar[dict[str, Any]] = {
        "title": "Reading",
        "type": "object",
        "required": ["id", "valid"],
        "properties": {
            "id": {"type": "integer"},
            "valid": {"type": "boolean"},
            "degrees": {"type": "number"},
            "remark": {"type": "string"},
        },
    }

    def test_a_validator_makes_a_mapping_of_what_is_none(self) -> None:
        mail = Message()
        for name, value in {"Id": "77", "Valid": "true", "Degrees": "-4.5", "Remark": ""}.items():
            mail[name] = value

        @model_validator(mode="before")
        def from_headers(cls: type[Any], data: Any) -> Any:
            return {name.lower(): value for name, value in data.items() if value} if isinstance(data, Message) else data

        Reading = generate_dynamic_models(self.READING, validators={"Reading": [from_headers]})["Reading"]

        reading = Reading.model_validate(mail)

        assert reading.model_dump() == {"id": 77, "valid": True, "degrees": -4.5, "remark": None}
        assert reading.model_fields_set == {"id", "valid", "degrees"}
        assert Reading.model_validate({"id": 1, "valid": False}).id == 1

    def test_a_base_class_does_it_for_all(self) -> None:
        class Loaded(BaseModel):
            @model_validator(mode="before")
            @classmethod
            def only_what_is_loaded(cls, data: Any) -> Any:
                if not isinstance(data, FileRow | CollectionRow):
                    return data
                state: Any = inspect(data)
                return {name: getattr(data, name) for name in cls.model_fields if name not in state.unloaded}

        schema = {**ARCHIVE, "required": ["id", "name"]}
        Collection = generate_dynamic_models(schema, base_class=Loaded)["Collection"]

        with archive(CollectionRow(id=7, name="Guilds", files=[FileRow(shelfmark="G 1", keywords=[])])) as session:
            row = only(session, CollectionRow)
            lazy = Collection.model_validate(row)
            assert row.files
            eager = Collection.model_validate(row)

        assert "files" not in lazy.model_fields_set
        assert [file.shelfmark for file in eager.files] == ["G 1"]

    def test_an_object_that_answers_by_attributes_hands_its_data_over(self) -> None:
        class Getter:
            def __init__(self, data: Mapping[str, Any]) -> None:
                self._data = data

            def __getattr__(self, name: str) -> Any:
                try:
                    return self._data[name.upper()]
                except KeyError:
                    raise AttributeError(name) from None

        Reading = generate_dynamic_models(self.READING, config_dict=FROM_ATTRIBUTES)["Reading"]

        reading = Reading.model_validate(Getter({"ID": 3, "VALID": "no"}))

        assert (reading.id, reading.valid, reading.degrees) == (3, False, None)
