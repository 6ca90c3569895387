"""The sections of page 003, generic models, which was written for pydantic 1 and is read as what pydantic 2 has."""

from __future__ import annotations

from typing import Final

from tests.seeds.section import SEEDS, Section

_ENVELOPES: Final = f"{SEEDS}/test_003_envelopes.py"
_VARIABLES: Final = f"{SEEDS}/test_003_type_variables.py"

#: What the page tells, in its order; it has one heading, so each names its paragraphs.
PAGE_003: Final = (
    Section(
        "Declaring a generic model",
        "works",
        "of your own, with `BaseModel` and `Generic`; a schema has no type variables",
        f"{_ENVELOPES}::TestDeclaringAGenericModel",
        (1, 2, 3, 4, 5),
    ),
    Section("A response's envelope", "works", "", f"{_ENVELOPES}::TestAResponsesEnvelope", (6,)),
    Section(
        "Configuration, validators and methods are inherited", "works", "", f"{_ENVELOPES}::TestWhatIsInherited", (7,)
    ),
    Section(
        "Types for mypy",
        "works differently",
        "generated classes are known by a base of your own, or a stub",
        f"{_ENVELOPES}::TestTypesForMypy",
        (8,),
    ),
    Section("Concrete classes are cached", "works", "", f"{_ENVELOPES}::TestConcreteClassesAreCached", (9,)),
    Section(
        "Subclasses that replace no type variable",
        "works",
        "",
        f"{_VARIABLES}::TestSubclassesThatReplaceNoTypeVariable",
        (10,),
    ),
    Section(
        "Subclasses that replace some or all type variables",
        "works",
        "",
        f"{_VARIABLES}::TestSubclassesThatReplaceSomeOrAllTypeVariables",
        (11,),
    ),
    Section(
        "Names of concrete classes",
        "works",
        "`model_parametrized_name`",
        f"{_ENVELOPES}::TestNamesOfConcreteClasses",
        (12,),
    ),
    Section("One type variable in nested models", "works", "", f"{_VARIABLES}::TestNestedModels", (13,)),
    Section("Without parameters, anything goes", "works", "", f"{_VARIABLES}::TestWithoutParameters", (14, 15)),
    Section(
        "Bounded type variables",
        "works",
        "a base class of your own (`base_class=`) as the bound",
        f"{_VARIABLES}::TestBoundedTypeVariables",
        (16,),
    ),
    Section("Replacing type variables later", "works", "", f"{_VARIABLES}::TestReplacingTypeVariablesLater", (17,)),
    Section(
        "Pickling", "works", "of envelopes that a module has a name for", f"{_ENVELOPES}::TestPickling", besides=True
    ),
)
