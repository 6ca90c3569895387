"""The sections of page 004, Models: what holds for generated classes, and which tests show it."""

from __future__ import annotations

from typing import Final

from tests.seeds.section import Section

_MODELS: Final = "tests/seeds/test_004_models.py"
_ORM: Final = "tests/seeds/test_004_orm.py"
_FIELDS: Final = "tests/seeds/test_004_fields.py"
_CLASSES: Final = "tests/seeds/test_004_classes.py"

#: The page's sections, in its order.
PAGE_004: Final = (
    Section("Basic model usage", "works", "", f"{_MODELS}::TestBasicModelUsage"),
    Section(
        "Model properties",
        "works",
        "`use_schema_description=True` gives docstrings; names of pydantic's own get an underscore and an alias",
        f"{_MODELS}::TestModelProperties",
    ),
    Section("Recursive Models", "works", "", f"{_MODELS}::TestRecursiveModels"),
    Section(
        "ORM Mode (aka Arbitrary Class Instances)",
        "works",
        "`config_dict=ConfigDict(from_attributes=True)`, or `from_attributes=True` in a call",
        f"{_ORM}::TestOrmMode",
    ),
    Section(
        "Reserved names",
        "works",
        "the generator's option `aliases` names the field; the property is its alias",
        f"{_ORM}::TestReservedNames",
    ),
    Section("Recursive ORM models", "works", "", f"{_ORM}::TestRecursiveOrmModels"),
    Section(
        "Data binding",
        "works differently",
        "pydantic 2 has no `GetterDict`: a `model_validator(mode='before')` in `validators=` or of the base class; "
        "exact classes judge the data before it",
        f"{_ORM}::TestDataBinding",
    ),
    Section(
        "Error Handling",
        "works",
        "errors of exact classes name the schema's keywords (`json_schema.maximum`)",
        f"{_MODELS}::TestErrorHandling",
    ),
    Section("Custom Errors", "works", "`validators=`", f"{_MODELS}::TestCustomErrors"),
    Section(
        "Helper Functions",
        "works differently",
        "`model_validate`, `model_validate_json`, `model_validate_strings`; files and pickles are read by the caller",
        f"{_MODELS}::TestHelperFunctions",
    ),
    Section("Creating models without validation", "works", "", f"{_MODELS}::TestCreatingModelsWithoutValidation"),
    Section("Generic Models", "works", "see page 003", f"{_CLASSES}::TestGenericModels"),
    Section(
        "Dynamic model creation",
        "works",
        "generated classes are `__base__` and types of fields",
        f"{_CLASSES}::TestDynamicModelCreation",
    ),
    Section(
        "Model creation from NamedTuple or TypedDict",
        "works differently",
        "by `TypeAdapter(...).json_schema()`; a named tuple's schema has no names, so it becomes a tuple, and with "
        "defaults a list whose items exact classes alone check",
        f"{_CLASSES}::TestModelCreationFromNamedTupleOrTypedDict",
    ),
    Section(
        "Custom Root Types",
        "works",
        "`RootModel`; `use_root_model_sequence_interface=True` makes lists sequences; `base_class` is for objects",
        f"{_CLASSES}::TestCustomRootTypes",
    ),
    Section("Faux Immutability", "works", "`config_dict=ConfigDict(frozen=True)`", f"{_CLASSES}::TestFauxImmutability"),
    Section("Abstract Base Classes", "works", "`base_class=`", f"{_CLASSES}::TestAbstractBaseClasses"),
    Section("Field Ordering", "works", "the order of the schema's properties", f"{_FIELDS}::TestFieldOrdering"),
    Section(
        "Required fields",
        "works",
        "what is required stays so if it has a default, unless `apply_default_values_for_required_fields=True`",
        f"{_FIELDS}::TestRequiredFields",
    ),
    Section(
        "Required Optional fields",
        "works differently",
        "what the schema does not require takes None also where it is not nullable, but for exact classes",
        f"{_FIELDS}::TestRequiredOptionalFields",
    ),
    Section(
        "Field with dynamic default value",
        "works differently",
        "a schema names no functions: a subclass has the `default_factory`, or a base class fills fields in",
        f"{_FIELDS}::TestFieldWithDynamicDefaultValue",
    ),
    Section(
        "Automatically excluded attributes",
        "works differently",
        "class variables come from a base class; a property that begins with an underscore is a field with an alias",
        f"{_FIELDS}::TestAutomaticallyExcludedAttributes",
    ),
    Section("Private model attributes", "works", "from a base class", f"{_FIELDS}::TestPrivateModelAttributes"),
    Section(
        "Parsing data into a specified type",
        "works",
        "`TypeAdapter`",
        f"{_MODELS}::TestParsingDataIntoASpecifiedType",
    ),
    Section(
        "Data Conversion",
        "works",
        "`strict`, per call or in `config_dict`; exact classes convert nothing",
        f"{_MODELS}::TestDataConversion",
    ),
    Section("Model signature", "works", "", f"{_FIELDS}::TestModelSignature"),
    Section("Structural pattern matching", "works", "", f"{_FIELDS}::TestStructuralPatternMatching"),
    # What the page has today besides.
    Section("Attribute copies", "works", "", f"{_MODELS}::TestAttributeCopies", besides=True),
)
