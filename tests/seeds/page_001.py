"""The sections of page 001, a reference of dynamic models in pydantic 2."""

from __future__ import annotations

from typing import Final

from tests.seeds.section import SEEDS, Section

_CREATION: Final = f"{SEEDS}/test_001_creation.py"
_UNIONS: Final = f"{SEEDS}/test_001_unions.py"
_REFERENCES: Final = f"{SEEDS}/test_001_references.py"
_SCHEMAS: Final = f"{SEEDS}/test_001_schemas.py"
_TYPES: Final = f"{SEEDS}/test_001_types.py"
_CACHING: Final = f"{SEEDS}/test_001_caching.py"
_PITFALLS: Final = f"{SEEDS}/test_001_pitfalls.py"

#: The page's title.
TITLE: Final = "Pydantic v2 Dynamic Models Reference"

#: Lines that look like headings and are none.
NO_HEADINGS: Final = frozenset(
    {
        "Nonecauses aValidationError",
        "create_model(the root value is unwrapped on access)",
        "maxsizebased on number of unique tools x state representations",
    }
)

#: The page's sections, in its order.
PAGE_001: Final = (
    Section(
        "1. create_model() API",
        "works differently",
        "a schema takes the place of the arguments; `create_model` itself takes generated classes",
        f"{_CREATION}::TestCreateModelApi",
    ),
    Section(
        "Field Definition Syntax",
        "works differently",
        "`type`, `default`, `required` and the keywords are what type, default and `Field()` are",
        f"{_CREATION}::TestFieldDefinitionSyntax",
    ),
    Section(
        "Base Class Inheritance", "works", "`base_class=`, one or several", f"{_CREATION}::TestBaseClassInheritance"
    ),
    Section("Config with __config__", "works", "`config_dict=`", f"{_CREATION}::TestConfig"),
    Section("Validators with __validators__", "works", "`validators=`", f"{_CREATION}::TestValidators"),
    Section(
        "2. Discriminated Unions",
        "works",
        "from a document's `discriminator`, or constants; without, the members are tried",
        f"{_UNIONS}::TestDiscriminatedUnions",
    ),
    Section(
        "String Discriminator (Simple)",
        "works",
        "in a document, and in fields of your own",
        f"{_UNIONS}::TestStringDiscriminator",
    ),
    Section(
        "Callable Discriminator with Tag",
        "works",
        "over generated classes",
        f"{_UNIONS}::TestCallableDiscriminatorWithTag",
    ),
    Section("Custom Error Messages", "works", "", f"{_UNIONS}::TestCustomErrorMessages"),
    Section("Nested Discriminators", "works", "", f"{_UNIONS}::TestNestedDiscriminators"),
    Section(
        "Dynamic Discriminated Union Construction", "works", "", f"{_UNIONS}::TestDynamicDiscriminatedUnionConstruction"
    ),
    Section(
        "3. model_rebuild() for Forward References",
        "works differently",
        "generated classes are complete; classes of your own are rebuilt as ever",
        f"{_REFERENCES}::TestModelRebuildForForwardReferences",
    ),
    Section(
        "When It's Needed",
        "works",
        "only for classes of your own that name others to come",
        f"{_REFERENCES}::TestWhenItIsNeeded",
    ),
    Section("API", "works", "`_types_namespace=models` finds generated classes", f"{_REFERENCES}::TestApi"),
    Section("Mutual References", "works", "", f"{_REFERENCES}::TestMutualReferences"),
    Section(
        "Cascading Rebuilds", "works", "a `$ref` to nowhere is a `SchemaError`", f"{_REFERENCES}::TestCascadingRebuilds"
    ),
    Section("Module-Level Pattern", "works", "`models.module`", f"{_REFERENCES}::TestModuleLevelPattern"),
    Section(
        "4. JSON Schema Generation",
        "works",
        "that of exact classes is the document's",
        f"{_SCHEMAS}::TestJsonSchemaGeneration",
    ),
    Section("model_json_schema()", "works", "", f"{_SCHEMAS}::TestModelJsonSchema"),
    Section("Custom Schema Generator", "works", "", f"{_SCHEMAS}::TestCustomSchemaGenerator"),
    Section("Dynamic Models and JSON Schema", "works", "", f"{_SCHEMAS}::TestDynamicModelsAndJsonSchema"),
    Section("TypeAdapter for Non-Model Types", "works", "", f"{_SCHEMAS}::TestTypeAdapterForNonModelTypes"),
    Section(
        "5. __get_pydantic_core_schema__ Custom Types",
        "works",
        "`types=`; exact classes hold data against the document first",
        f"{_TYPES}::TestCustomTypes",
    ),
    Section("On the Type Itself", "works", "`types=`", f"{_TYPES}::TestOnTheTypeItself"),
    Section(
        "As Annotation Metadata",
        "works",
        "`types=`, or beside a generated class",
        f"{_TYPES}::TestAsAnnotationMetadata",
    ),
    Section("Handler Methods", "works", "`types=`", f"{_TYPES}::TestHandlerMethods"),
    Section("Common core_schema Functions", "works", "`types=`", f"{_TYPES}::TestCommonCoreSchemaFunctions"),
    Section(
        "6. RootModel for Single-Value Models",
        "works",
        "schemas of no object become `RootModel`s",
        f"{_TYPES}::TestRootModelForSingleValueModels",
    ),
    Section("7. TypeAdapter for Non-Model Validation", "works", "", f"{_TYPES}::TestTypeAdapterForNonModelValidation"),
    Section(
        "8. Caching Patterns for Dynamic Models",
        "works",
        "by content, without any doing",
        f"{_CACHING}::TestCachingPatterns",
    ),
    Section("Problem", "works", "", f"{_CACHING}::TestProblem"),
    Section(
        "lru_cache on Factory Functions",
        "works",
        "not needed; documents need not be hashable",
        f"{_CACHING}::TestLruCacheOnFactoryFunctions",
    ),
    Section("Galaxy's Approach", "works", "`cache_size=0` builds anew each time", f"{_CACHING}::TestGalaxysApproach"),
    Section(
        "9. Common Pitfalls",
        "works",
        "what dynmodels is told wrongly is a `DynmodelsError`",
        f"{_PITFALLS}::TestCommonPitfalls",
    ),
    Section(
        "1. Forgetting model_rebuild() for Forward References",
        "works",
        "generated classes are complete",
        f"{_PITFALLS}::TestForgettingModelRebuild",
    ),
    Section(
        "2. Callable Discriminator Not Handling Model Instances",
        "works",
        "",
        f"{_PITFALLS}::TestCallableDiscriminatorNotHandlingModelInstances",
    ),
    Section(
        "3. Non-Unique __validators__ Keys",
        "works",
        "`validators=` goes by fields, and makes the names",
        f"{_PITFALLS}::TestNonUniqueValidatorsKeys",
    ),
    Section(
        '4. extra="forbid" with Aliases',
        "works",
        "`config_dict=ConfigDict(populate_by_name=True)`",
        f"{_PITFALLS}::TestExtraForbidWithAliases",
    ),
    Section(
        "5. Dynamic Literal with Empty Options",
        "works differently",
        "of an empty `enum`, exact classes take nothing; plain ones take anything and say so in `unenforced`",
        f"{_PITFALLS}::TestDynamicLiteralWithEmptyOptions",
    ),
    Section(
        "6. protected_namespaces Warning",
        "works",
        "only names of pydantic's own warn, and get an underscore and an alias",
        f"{_PITFALLS}::TestProtectedNamespacesWarning",
    ),
    Section(
        "7. Mutating Types After Model Creation",
        "works",
        "a changed document gives other classes",
        f"{_PITFALLS}::TestMutatingTypesAfterModelCreation",
    ),
    Section("10. Performance Notes", "works", "", f"{_CACHING}::TestPerformanceNotes"),
)
