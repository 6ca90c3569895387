"""References forwards (page 001, chapter 3): generated classes are complete; one's own are rebuilt as ever."""

from __future__ import annotations

from typing import Any, Final

import pytest
from pydantic import BaseModel, PydanticUndefinedAnnotation, ValidationError, create_model

from dynmodels import SchemaError, generate_dynamic_models

#: A folder has folders in it.
FOLDER: Final[dict[str, Any]] = {
    "title": "Folder",
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string"}, "folders": {"type": "array", "items": {"$ref": "#"}}},
}

#: Teachers know their classes, and classes their teachers.
SCHOOL: Final[dict[str, Any]] = {
    "$defs": {
        "Teacher": {"type": "object", "properties": {"forms": {"type": "array", "items": {"$ref": "#/$defs/Form"}}}},
        "Form": {
            "type": "object",
            "required": ["year"],
            "properties": {"year": {"type": "integer"}, "teacher": {"$ref": "#/$defs/Teacher"}},
        },
    }
}

both_ways = pytest.mark.parametrize("exact", [False, True], ids=["plain", "exact"])

#: As type checkers see ``create_model``, it takes no names of types that come later.
made_by_hand: Any = create_model


class TestModelRebuildForForwardReferences:
    @both_ways
    def test_a_class_that_refers_to_itself_is_complete(self, exact: bool) -> None:
        folder = generate_dynamic_models(FOLDER, exact=exact)["Folder"]

        assert folder.__pydantic_complete__
        made = folder.model_validate({"name": "/", "folders": [{"name": "home", "folders": []}]})
        assert type(made.folders[0]) is folder


class TestWhenItIsNeeded:
    def test_a_class_of_ones_own_that_names_one_to_come_waits_for_it(self) -> None:
        drive = made_by_hand("Drive", top=("Folder", ...))
        assert not drive.__pydantic_complete__

        drive.model_rebuild(_types_namespace=generate_dynamic_models(FOLDER))

        assert drive.__pydantic_complete__
        assert drive(top={"name": "/"}).top.name == "/"


class TestApi:
    @both_ways
    def test_it_gives_none_for_what_is_complete_and_true_where_it_is_forced(self, exact: bool) -> None:
        folder = generate_dynamic_models(FOLDER, exact=exact)["Folder"]

        assert folder.model_rebuild() is None
        assert folder.model_rebuild(force=True) is True
        assert folder.model_validate({"name": "/", "folders": []}).folders == []
        with pytest.raises(ValidationError):
            folder.model_validate({"name": "/", "folders": [{}]})

    def test_it_gives_false_where_a_name_is_missing_and_errors_are_kept_back(self) -> None:
        folder = generate_dynamic_models(FOLDER)["Folder"]
        drive = made_by_hand("Drive", top=(folder, ...), owner=("Owner", ...))

        assert drive.model_rebuild(raise_errors=False) is False
        with pytest.raises(PydanticUndefinedAnnotation, match="Owner"):
            drive.model_rebuild()
        assert drive.model_rebuild(_types_namespace={"Owner": str}) is True
        assert drive(top={"name": "/"}, owner="root").top.name == "/"


class TestMutualReferences:
    @both_ways
    def test_classes_that_refer_to_each_other_are_complete(self, exact: bool) -> None:
        models = generate_dynamic_models(SCHOOL, exact=exact)

        teacher = models["Teacher"].model_validate({"forms": [{"year": 4, "teacher": {"forms": []}}]})

        assert type(teacher.forms[0]) is models["Form"]
        assert type(teacher.forms[0].teacher) is models["Teacher"]
        with pytest.raises(ValidationError, match="year"):
            models["Form"].model_validate({"year": 4, "teacher": {"forms": [{"year": "last"}]}})


class TestCascadingRebuilds:
    def test_a_circle_of_many_classes_is_completed_at_once(self) -> None:
        stops = {
            f"Stop{number}": {"type": "object", "properties": {"next": {"$ref": f"#/$defs/Stop{(number + 1) % 30}"}}}
            for number in range(30)
        }
        models = generate_dynamic_models({"$defs": stops})

        assert all(cls.__pydantic_complete__ for cls in models.values())
        with pytest.raises(ValidationError) as caught:
            models["Stop28"].model_validate({"next": {"next": {"next": 3}}})
        assert caught.value.errors()[0]["loc"] == ("next", "next", "next")

    def test_rebuilding_ones_own_class_leaves_generated_ones_in_it_alone(self) -> None:
        models = generate_dynamic_models(SCHOOL)
        validators = {name: cls.__pydantic_validator__ for name, cls in models.items()}
        school = made_by_hand("School", deputy=(models["Teacher"], None), head=("Head", ...))

        school.model_rebuild(_types_namespace={"Head": models["Teacher"]})

        assert school(head={"forms": [{"year": 1}]}).head.forms[0].year == 1
        assert all(models[name].__pydantic_validator__ is validator for name, validator in validators.items())

    def test_a_reference_to_nowhere_is_an_error_at_its_place(self) -> None:
        schema = {"title": "Form", "type": "object", "properties": {"room": {"$ref": "#/$defs/Room"}}, "$defs": {}}

        with pytest.raises(SchemaError) as caught:
            generate_dynamic_models(schema)
        assert caught.value.pointer == "#/properties/room"


class TestModuleLevelPattern:
    def test_the_generated_module_has_all_of_its_classes_complete(self) -> None:
        models = generate_dynamic_models(SCHOOL)
        names = vars(models.module)

        assert {name: names[name] for name in models} == models
        assert all(cls.__pydantic_complete__ for cls in models.values())

    def test_subclasses_of_ones_own_may_refer_to_each_other(self) -> None:
        models: Any = generate_dynamic_models(SCHOOL)
        fields: Any = {"pupils": (list["Pupil"], [])}  # type: ignore[name-defined]  # noqa: F821 (it comes later)
        form = create_model("FormWithPupils", __base__=models["Form"], **fields)
        pupil = made_by_hand("Pupil", __base__=BaseModel, form=("FormWithPupils | None", None))

        for cls in (form, pupil):
            cls.model_rebuild(_types_namespace={"FormWithPupils": form, "Pupil": pupil})

        made: Any = form.model_validate({"year": 2, "pupils": [{"form": {"year": 2}}, {}]})
        assert [each.form and each.form.year for each in made.pupils] == [2, None]
