"""Grammar: the names that generated source may use, and where.

Measured over 67,563 modules that the generator rendered from real schemas and its own test data under 41 sets of
options, and read in its templates. What is not here is refused by the guard.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

#: What may be imported, by module: names whose use runs nothing but pydantic's and the standard library's own code.
IMPORTS: Final[Mapping[str, frozenset[str]]] = {
    "__future__": frozenset({"annotations"}),
    "builtins": frozenset(
        {"bool", "bytes", "dict", "float", "frozenset", "int", "list", "object", "set", "str", "tuple"}
    ),
    "collections.abc": frozenset({"Iterable", "Iterator", "Mapping", "Sequence", "Set"}),
    "datetime": frozenset({"date", "datetime", "time", "timedelta"}),
    "decimal": frozenset({"Decimal"}),
    "enum": frozenset({"Enum", "IntEnum", "StrEnum"}),
    "ipaddress": frozenset(
        {"IPv4Address", "IPv4Interface", "IPv4Network", "IPv6Address", "IPv6Interface", "IPv6Network"}
    ),
    "pathlib": frozenset({"Path"}),
    "pydantic": frozenset(
        {
            "AliasChoices",
            "AnyUrl",
            "AwareDatetime",
            "Base64Bytes",
            "Base64Encoder",
            "Base64Str",
            "BaseModel",
            "ByteSize",
            "ConfigDict",
            "EmailStr",
            "EncodedBytes",
            "Field",
            "FutureDate",
            "FutureDatetime",
            "NaiveDatetime",
            "NegativeFloat",
            "NegativeInt",
            "NonNegativeFloat",
            "NonNegativeInt",
            "NonPositiveFloat",
            "NonPositiveInt",
            "PastDate",
            "PastDatetime",
            "PositiveFloat",
            "PositiveInt",
            "RootModel",
            "SecretStr",
            "SerializeAsAny",
            "StrictBool",
            "StrictBytes",
            "StrictFloat",
            "StrictInt",
            "StrictStr",
            "StringConstraints",
            "TypeAdapter",
            "UUID1",
            "UUID3",
            "UUID4",
            "UUID5",
            "ValidationInfo",
            "ValidatorFunctionWrapHandler",
            "conbytes",
            "condecimal",
            "confloat",
            "confrozenset",
            "conint",
            "conlist",
            "conset",
            "constr",
            "field_validator",
            "model_validator",
        }
    ),
    "pydantic.alias_generators": frozenset({"to_camel", "to_pascal", "to_snake"}),
    "pydantic.experimental.missing_sentinel": frozenset({"MISSING"}),
    "re": frozenset({"compile"}),  # in the place of a pattern alone, where it is not left
    "typing": frozenset(
        {
            "Annotated",
            "Any",
            "ClassVar",
            "Dict",
            "FrozenSet",
            "Iterable",
            "Iterator",
            "List",
            "Literal",
            "Mapping",
            "Optional",
            "Sequence",
            "Set",
            "SupportsIndex",
            "Tuple",
            "TypeAlias",
            "Union",
            "overload",
        }
    ),
    "typing_extensions": frozenset({"Annotated", "Literal", "TypeAlias", "TypeAliasType"}),
    "uuid": frozenset({"UUID"}),
}

#: The built-in names that generated classes use.
BUILTINS: Final = frozenset(
    {"bool", "bytes", "dict", "float", "frozenset", "int", "list", "object", "set", "str", "tuple"}
)

#: Those that the generator's own validator functions use besides.
FUNCTION_BUILTINS: Final = frozenset(
    {
        "Exception",
        "ValueError",
        "all",
        "any",
        "classmethod",
        "enumerate",
        "hash",
        "isinstance",
        "iter",
        "len",
        "range",
        "slice",
        "sum",
        "type",
        "zip",
    }
)

#: What may be called where a type stands: functions that give types, and descriptions of fields.
TYPE_CALLS: Final = frozenset(
    {
        "Field",
        "StringConstraints",
        "conbytes",
        "condecimal",
        "confloat",
        "confrozenset",
        "conint",
        "conlist",
        "conset",
        "constr",
    }
)

#: The arguments of these calls, and of ``Field`` where a value stands.
KEYWORDS: Final = frozenset(
    {
        "alias",
        "alias_priority",
        "const",
        "default",
        "default_factory",
        "deprecated",
        "description",
        "discriminator",
        "examples",
        "exclude",
        "frozen",
        "ge",
        "gt",
        "init",
        "json_schema_extra",
        "kw_only",
        "le",
        "lt",
        "max_digits",
        "max_length",
        "min_length",
        "multiple_of",
        "pattern",
        "repr",
        "serialization_alias",
        "strict",
        "title",
        "union_mode",
        "validate_default",
        "validation_alias",
    }
)

#: The methods of a root model that acts as a sequence (``use_root_model_sequence_interface``), by name.
SEQUENCE_METHODS: Final[Mapping[str, tuple[list[str], ...]]] = {
    "__iter__": (["return iter(self.root)"],),
    "__getitem__": (["return self.root[index]"], ["pass"]),
    "__len__": (["return len(self.root)"],),
}
