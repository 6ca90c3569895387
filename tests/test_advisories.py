"""The generator's published advisories, by name: none of them holds here.

Each was mended upstream; here the class of it is stopped, whatever the generator lets through.
"""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from dynmodels import DynmodelsError, OptionsError, UnsafeSchemaError, generate_dynamic_models

CODE = "__import__('sys').modules.__setitem__('dynmodels_was_here', 1)"


@pytest.fixture(autouse=True)
def nothing_has_run() -> Any:
    yield
    assert "dynmodels_was_here" not in sys.modules


def with_property(schema: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": schema}}


def test_ghsa_386q_5hp3_95m9_a_default_factory_is_no_expression() -> None:
    """CVE-2026-54653."""
    with pytest.raises(UnsafeSchemaError):
        generate_dynamic_models(with_property({"type": "string", "default_factory": f"lambda: {CODE}"}))


def test_ghsa_m34r_v34r_rf9q_a_type_is_no_expression() -> None:
    """CVE-2026-54655."""
    for text in (CODE, f"str = {CODE} #", f"Annotated[str, {CODE}]", f"str\n    x = {CODE}"):
        with pytest.raises(UnsafeSchemaError):
            generate_dynamic_models(with_property({"type": "string", "x-python-type": text}))


@pytest.mark.parametrize("text", ["os.path", f"os\n{CODE}\nimport sys.x", "\uff4fs.path"])
def test_ghsa_5578_w22f_pfx9_imports_of_types(text: str) -> None:
    """CVE-2026-55415."""
    imported = {"module": text.rpartition(".")[0], "name": "path"}
    for schema in ({"customTypePath": text}, {"x-python-import": imported}):
        with pytest.raises(UnsafeSchemaError):
            generate_dynamic_models(with_property({"type": "string", **schema}))


@pytest.mark.parametrize("text", ["os.path", f"os\n{CODE}\nimport sys", CODE])
def test_ghsa_7x49_hhjc_29rg_imports_of_bases(text: str) -> None:
    """CVE-2026-63720."""
    with pytest.raises(UnsafeSchemaError):
        generate_dynamic_models({**with_property({}), "customBasePath": text})


def test_ghsa_j884_q54q_mmx3_a_carriage_return_ends_no_comment() -> None:
    """CVE-2026-54621: descriptions of GraphQL unions; of anything, here."""
    pytest.importorskip("graphql")
    text = f'type A {{ a: String }} type B {{ b: String }} "x\\r{CODE}\\r" union U = A | B type Query {{ u: U }}'
    with contextlib.suppress(DynmodelsError):  # refused or harmless
        generate_dynamic_models(text, input_file_type="graphql")  # type: ignore[arg-type]  # its name is enough


@pytest.mark.parametrize("end", ["\r", "\n", "\x0c", "\x0b", "\x85", "\u2028", '"""', "'''", "\\"])
def test_texts_of_a_json_schema_stay_texts(end: str) -> None:
    text = f"x{end}{CODE}{end}#"
    schema = {
        **with_property({"type": "string", "description": text, "title": text}),
        "title": "T",
        "description": text,
    }
    assert generate_dynamic_models(schema).root(a="x").a == "x"


def test_ghsa_wjv6_jcfj_mf9r_template_data_is_the_callers() -> None:
    """CVE-2026-54654: ``extra_template_data`` is an argument, and no schema reaches it."""
    schema = {**with_property({}), "comment": f"x\r{CODE}", "x-comment": f"x\r{CODE}"}
    assert CODE not in generate_dynamic_models(schema).source


def test_ghsa_8m8r_38jm_f355_validators_are_the_callers() -> None:
    """CVE-2026-54656: ``validators`` is an argument, and no schema reaches it."""
    validator = {"field": "a", "function": f"x.y{CODE}", "mode": "after"}
    schema = {**with_property({}), "validators": [validator], "x-validators": [validator]}
    assert CODE not in generate_dynamic_models(schema).source


@pytest.mark.parametrize("host", ["127.0.0.1:9", "169.254.169.254", "example.invalid"])
def test_ghsa_954p_556p_r752_and_vx7x_vcc2_c44g_no_address_is_asked(host: str) -> None:
    """CVE-2026-54690, CVE-2026-55391 (DNS rebinding)."""
    with pytest.raises(UnsafeSchemaError):
        generate_dynamic_models(with_property({"$ref": f"http://{host}/schema.json"}))


def test_ghsa_rfr2_mq9m_x2qx_an_address_is_no_document() -> None:
    """CVE-2026-54691: nothing here takes an address in a document's place."""
    from urllib.parse import urlparse

    with pytest.raises(OptionsError):
        generate_dynamic_models(urlparse("http://127.0.0.1:9/schema.json"))  # type: ignore[arg-type]
    with pytest.raises(DynmodelsError):
        generate_dynamic_models("http://127.0.0.1:9/schema.json")


@pytest.mark.parametrize("way", ["file://{}", "{}", "../secret.json", "sub/../../secret.json"])
def test_ghsa_8359_h9fx_j6v9_no_file_outside_is_read(tmp_path: Path, way: str) -> None:
    """CVE-2026-55389."""
    secret = tmp_path / "secret.json"
    secret.write_text('{"title": "Secret", "type": "integer"}')
    inside = tmp_path / "inside"
    inside.mkdir()
    document = inside / "schema.json"
    document.write_text(json.dumps(with_property({"$ref": way.format(secret)})))
    with pytest.raises(UnsafeSchemaError):
        generate_dynamic_models(document)


def test_ghsa_442q_2j6p_642g_no_xsd_is_included(tmp_path: Path) -> None:
    """CVE-2026-55390."""
    text = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:{} schemaLocation="/etc/passwd"/></xs:schema>'
    for word in ("include", "import", "redefine", "override"):
        with pytest.raises(UnsafeSchemaError):
            generate_dynamic_models(text.format(word), input_file_type="xmlschema")  # type: ignore[arg-type]
