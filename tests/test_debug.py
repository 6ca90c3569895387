"""Debug mode: files to read and to step into."""

from __future__ import annotations

import inspect
import logging
from pathlib import Path

import pytest

from dynmodels import OptionsError, generate_dynamic_models
from dynmodels.debug import folder_of
from tests.documents import BOOK, INVOICING


def test_the_classes_run_from_the_file_that_is_written(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "dynmodels"):
        models = generate_dynamic_models(BOOK, debug=tmp_path, field_constraints=True)

    file = tmp_path / f"{models.digest}.py"
    assert inspect.getsourcefile(models["Book"]) == str(file)
    assert str(file) in caplog.text
    assert file.read_text() == models.source
    assert list(tmp_path.iterdir()) == [file]
    assert inspect.getsource(models["Author"]) in file.read_text()


def test_the_file_says_what_it_came_from_and_is_formatted(tmp_path: Path) -> None:
    models = generate_dynamic_models(BOOK, debug=tmp_path, field_constraints=True)

    header, _, body = models.source.partition("\n\n")
    assert f"# digest: {models.digest}" in header
    assert "# generator: datamodel-code-generator" in header
    assert "'field_constraints': True" in header
    assert 'paperback = "paperback"' in body


def test_a_package_becomes_a_folder(tmp_path: Path) -> None:
    models = generate_dynamic_models(INVOICING, debug=tmp_path)

    assert inspect.getsourcefile(models["Invoice"]) == str(tmp_path / models.digest / "billing" / "documents.py")
    assert models.root(invoice={"total": {"cents": 1}}).invoice.total.cents == 1


def test_debug_gives_the_same_classes_under_the_same_digest(tmp_path: Path) -> None:
    plain, debug = generate_dynamic_models(BOOK), generate_dynamic_models(BOOK, debug=tmp_path)

    assert plain is not debug
    assert plain.digest == debug.digest
    assert plain["Book"].model_json_schema() == debug["Book"].model_json_schema()
    assert generate_dynamic_models(BOOK, debug=tmp_path) is debug


def test_the_environment_variable_switches_it_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYNMODELS_DEBUG", str(tmp_path))

    models = generate_dynamic_models(BOOK)

    assert (tmp_path / f"{models.digest}.py").is_file()
    assert inspect.getsourcefile(generate_dynamic_models(BOOK, debug=False)["Book"]) != str(tmp_path / models.digest)


@pytest.mark.parametrize(("value", "on"), [("", False), ("0", False), ("off", False), ("1", True), ("TRUE", True)])
def test_words_of_the_environment_variable(value: str, on: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYNMODELS_DEBUG", value)

    assert (folder_of(None) is not None) is on


def test_a_folder_that_cannot_be_written_costs_a_warning_and_no_classes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("not a folder")

    models = generate_dynamic_models(BOOK, debug=tmp_path / "file" / "below")

    assert "cannot be written" in caplog.text
    assert inspect.getsource(models["Author"]).startswith("class Author")


def test_a_relative_folder_needs_a_current_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    with pytest.raises(OptionsError, match="cannot be placed"):
        generate_dynamic_models(BOOK, debug=Path("relative"))
