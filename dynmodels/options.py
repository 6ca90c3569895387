"""Options: what type checkers know of the generator's options, as keywords of a call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from datamodel_code_generator.enums import (
    AliasGenerator,
    AllExportsCollisionStrategy,
    AllExportsScope,
    AllOfClassHierarchy,
    AllOfMergeMode,
    ClassNameAffixScope,
    CollapseRootModelsNameStrategy,
    ConstructorFieldOrder,
    CustomFileHeaderMode,
    DataclassArguments,
    DataModelType,
    DefaultValueType,
    FieldTypeCollisionStrategy,
    GraphQLScope,
    HTTPBackend,
    InputFileType,
    ModuleSplitMode,
    NamingStrategy,
    OpenAPIAsDefinitions,
    OpenAPIScope,
    ReadOnlyWriteOnlyModelType,
    ReuseScope,
    SchemaValidatorType,
    StrictTypes,
    TargetPydanticVersion,
    UnionMode,
    VersionMode,
)
from datamodel_code_generator.format import DateClassType, DatetimeClassType, Formatter, PythonVersion
from datamodel_code_generator.parser import LiteralType
from datamodel_code_generator.preset_names import PresetName
from typing_extensions import TypedDict


class GenerateOptions(TypedDict, total=False):
    """The fields of ``datamodel_code_generator.GenerateConfig`` that make classes.

    Those that write files are left out, and two that take more here, and so are parameters of the call: ``base_class``
    and ``validators``. Nothing imports this when it runs.
    """

    input_file_type: InputFileType
    emit_model_metadata: Path | None
    output_model_type: DataModelType
    preset: PresetName | None
    target_python_version: PythonVersion
    target_pydantic_version: TargetPydanticVersion | None
    base_class_map: dict[str, str | list[str]] | None
    model_name_map: dict[str, str] | None
    additional_imports: list[str] | None
    class_decorators: list[str] | None
    custom_template_dir: Path | None
    schema_validator_type: SchemaValidatorType | None
    generate_schema_validators: bool
    check_pattern_maps_strictly: bool
    schema_validator_base_class_name: str | None
    validation: bool
    field_constraints: bool
    alias_generator: AliasGenerator | None
    pin_aliases_with_alias_generator: bool
    snake_case_field: bool
    strip_default_none: bool
    disable_timestamp: bool
    enable_version_header: bool
    enable_command_header: bool
    enable_generated_header_marker: bool
    allow_population_by_field_name: bool
    allow_extra_fields: bool
    extra_fields: str | None
    use_generic_base_class: bool
    class_name: str | None
    allow_leading_underscore_class_name: bool
    class_name_prefix: str | None
    class_name_suffix: str | None
    class_name_affix_scope: ClassNameAffixScope
    use_standard_collections: bool
    use_schema_description: bool
    use_field_description: bool
    use_field_description_example: bool
    use_attribute_docstrings: bool
    use_inline_field_description: bool
    use_single_line_docstring: bool
    use_default_kwarg: bool
    deserialize_default_values: Sequence[DefaultValueType]
    use_missing_sentinel: bool
    reuse_model: bool
    reuse_scope: ReuseScope
    shared_module_name: str
    encoding: str
    enum_field_as_literal: LiteralType | None
    enum_field_as_literal_map: dict[str, str] | None
    ignore_enum_constraints: bool
    use_one_literal_as_default: bool
    use_enum_values_in_discriminator: bool
    use_msgspec_tagged_unions: bool
    tag_msgspec_by_payload_name: bool
    use_msgspec_nullable_enum_alias: bool
    use_typed_nullable_map_values: bool
    use_typed_map_values_beside_other_types: bool
    use_single_dict_for_object_maps: bool
    read_unevaluated_properties: bool
    use_single_value_enum_as_const: bool
    read_const_beside_enum: bool
    filter_literal_values: bool
    intersect_allof_keywords: bool
    read_nullable_beside_type_list: bool
    keep_field_defaults_off_branch_roots: bool
    keep_enum_member_values: bool
    set_default_enum_member: bool
    use_subclass_enum: bool
    use_specialized_enum: bool
    strict_nullable: bool
    omit_redundant_reference_null: bool
    use_generic_container_types: bool
    enable_faux_immutability: bool
    disable_appending_item_suffix: bool
    empty_enum_field_name: str | None
    field_extra_keys: set[str] | None
    field_include_all_keys: bool
    field_extra_keys_without_x_prefix: set[str] | None
    model_extra_keys: set[str] | None
    model_extra_keys_without_x_prefix: set[str] | None
    include_path_parameters: bool
    openapi_include_paths: list[str] | None
    openapi_include_info_version: bool
    openapi_as_definitions: Sequence[OpenAPIAsDefinitions]
    graphql_no_typename: bool
    wrap_string_literal: bool | None
    use_title_as_name: bool
    infer_union_variant_names: bool
    use_tag_as_union_variant_name: bool
    use_operation_id_as_name: bool
    use_unique_items_as_set: bool
    use_tuple_for_fixed_items: bool
    use_tuple_for_closed_arrays: bool
    use_tuple_for_fixed_length_arrays: bool
    use_total_false_for_typed_dict: bool
    use_closed_typed_dict: bool
    allof_merge_mode: AllOfMergeMode
    allof_class_hierarchy: AllOfClassHierarchy
    allow_remote_refs: bool | None
    strict_refs: bool
    allow_private_network: bool
    http_backend: HTTPBackend
    http_headers: Sequence[tuple[str, str]] | None
    http_local_ref_path: Path | None
    http_ignore_tls: bool
    http_timeout: float | None
    lockfile: Path | None
    update_lock: bool
    locked: bool
    use_annotated: bool
    use_serialize_as_any: bool
    use_non_positive_negative_number_constrained_types: bool
    use_decimal_for_multiple_of: bool
    use_decimal_in_field_forms: bool
    omit_redundant_constraints: bool
    use_site_models_for_constrained_refs: bool
    original_field_name_delimiter: str | None
    use_double_quotes: bool
    use_union_operator: bool
    collapse_root_models: bool
    collapse_root_models_name_strategy: CollapseRootModelsNameStrategy | None
    collapse_shared_parent_wrappers: bool
    collapse_reuse_models: bool
    skip_root_model: bool
    use_root_model_sequence_interface: bool
    use_type_alias: bool
    use_type_alias_type: bool
    use_root_model_type_alias: bool
    special_field_name_prefix: str | None
    remove_special_field_name_prefix: bool
    capitalise_enum_members: bool
    keep_model_order: bool
    order_constructor_fields_by: Sequence[ConstructorFieldOrder]
    custom_file_header: str | None
    custom_file_header_path: Path | None
    custom_file_header_mode: CustomFileHeaderMode
    custom_formatters: list[str] | None
    use_pendulum: bool
    use_standard_primitive_types: bool
    use_object_type: bool
    http_query_parameters: Sequence[tuple[str, str]] | None
    treat_dot_as_module: bool | None
    strict_dotted_module_names: bool
    use_exact_imports: bool
    use_type_checking_imports: bool | None
    union_mode: UnionMode | None
    output_datetime_class: DatetimeClassType | None
    output_date_class: DateClassType | None
    keyword_only: bool
    frozen_dataclasses: bool
    no_alias: bool
    use_serialization_alias: bool
    use_frozen_field: bool
    use_default_factory_for_optional_nested_models: bool
    formatters: list[Formatter] | None
    builtin_format_line_length: int | None
    parent_scoped_naming: bool
    naming_strategy: NamingStrategy | None
    duplicate_name_suffix: dict[str, str] | None
    dataclass_arguments: DataclassArguments | None
    disable_future_imports: bool
    import_overrides: dict[str, str] | None
    type_mappings: list[str] | None
    type_overrides: dict[str, str] | None
    read_only_write_only_model_type: ReadOnlyWriteOnlyModelType | None
    dedupe_request_response_variants: bool
    use_status_code_in_response_name: bool
    all_exports_scope: AllExportsScope | None
    all_exports_collision_strategy: AllExportsCollisionStrategy | None
    field_type_collision_strategy: FieldTypeCollisionStrategy | None
    module_split_mode: ModuleSplitMode | None
    schema_version: str | None
    schema_version_mode: VersionMode | None
    external_ref_mapping: dict[str, str] | None
    input_filename: str | None
    extra_template_data: defaultdict[str, dict[str, Any]] | None
    aliases: Mapping[str, str | list[str]] | None
    serialization_aliases: Mapping[str, str] | None
    command_line: str | None
    apply_default_values_for_required_fields: bool
    force_optional_for_required_fields: bool
    strict_types: Sequence[StrictTypes] | None
    custom_class_name_generator: Callable[[str], str] | None
    openapi_scopes: list[OpenAPIScope] | None
    graphql_scopes: list[GraphQLScope] | None
    custom_formatters_kwargs: dict[str, Any] | None
    settings_path: Path | None
    default_value_overrides: Mapping[str, Any] | None
