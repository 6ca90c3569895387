"""pandas and polars: rows become instances, and instances become frames."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ConfigDict, TypeAdapter, ValidationError

from dynmodels import generate_dynamic_models

pandas = pytest.importorskip("pandas", reason="nox -s ecosystem installs it")
polars = pytest.importorskip("polars", reason="nox -s ecosystem installs it")

pytestmark = pytest.mark.ecosystem

DOCUMENT: dict[str, Any] = {
    "title": "Reading",
    "type": "object",
    "required": ["station", "at"],
    "properties": {
        "station": {"type": "string", "pattern": "^[A-Z]{3}$"},
        "at": {"type": "string", "format": "date-time"},
        "celsius": {"type": "number", "minimum": -90, "maximum": 60},
        "gusts": {"type": "integer", "minimum": 0},
        "sky": {"enum": ["clear", "cloudy"]},
        "by-hand": {"type": "boolean"},
        "notes": {"type": "array", "items": {"type": "string"}},
    },
}

ROWS: list[dict[str, Any]] = [
    {
        "station": "OPO",
        "at": "2024-02-29T08:00:00Z",
        "celsius": 11.5,
        "gusts": 31,
        "sky": "cloudy",
        "by-hand": False,
        "notes": ["rain", "fog"],
    },
    {
        "station": "FAO",
        "at": "2024-02-29T09:00:00Z",
        "celsius": 19.0,
        "gusts": 8,
        "sky": "clear",
        "by-hand": True,
        "notes": [],
    },
]

EXACT = pytest.mark.parametrize("exact", [False, True])


def reading(exact: bool) -> Any:
    return generate_dynamic_models(DOCUMENT, exact=exact).root


def readings(exact: bool) -> TypeAdapter[Any]:
    many: Any = list[reading(exact)]  # type: ignore[misc]
    return TypeAdapter(many)


@EXACT
def test_rows_of_pandas_become_instances(exact: bool) -> None:
    frame = pandas.DataFrame(ROWS)

    found = readings(exact).validate_python(frame.to_dict("records"))

    assert [each.model_dump(mode="json", by_alias=True) for each in found] == ROWS


@EXACT
def test_rows_of_polars_become_instances(exact: bool) -> None:
    frame = polars.DataFrame(ROWS)

    found = [reading(exact).model_validate(row) for row in frame.iter_rows(named=True)]

    assert [each.model_dump(mode="json", by_alias=True) for each in found] == ROWS


@EXACT
def test_times_of_frames_are_taken_for_times(exact: bool) -> None:
    eight = datetime(2024, 2, 29, 8, tzinfo=UTC)
    in_pandas = pandas.DataFrame(ROWS).assign(at=lambda frame: pandas.to_datetime(frame["at"]))
    in_polars = polars.DataFrame(ROWS).with_columns(polars.col("at").str.to_datetime(time_zone="UTC"))

    assert reading(exact).model_validate(in_pandas.to_dict("records")[0]).at == eight
    assert reading(exact).model_validate(in_polars.row(0, named=True)).at == eight


@EXACT
def test_a_bad_row_is_told_with_its_number(exact: bool) -> None:
    frame = pandas.DataFrame([ROWS[0], ROWS[1] | {"celsius": 99.0}])

    with pytest.raises(ValidationError) as refused:
        readings(exact).validate_python(frame.to_dict("records"))

    (fault,) = refused.value.errors()
    assert fault["loc"] == (1, "celsius")


@EXACT
def test_gaps_are_left_out(exact: bool) -> None:
    """Where a row says nothing, pandas has NaN and polars None; a schema that allows absence may allow neither."""
    gappy = [ROWS[0], {"station": "FAO", "at": ROWS[1]["at"]}]
    pandas_row = pandas.DataFrame(gappy).to_dict("records")[1]
    polars_row = polars.DataFrame(gappy).row(1, named=True)
    model = reading(exact)

    with pytest.raises(ValidationError):
        model.model_validate(pandas_row)
    # A list is no gap, and pandas would look into it.
    said = {name: value for name, value in pandas_row.items() if isinstance(value, list) or not pandas.isna(value)}

    assert model.model_validate(said).model_dump(mode="json", exclude_unset=True) == gappy[1]
    told = {name: value for name, value in polars_row.items() if value is not None}
    assert model.model_validate(told).model_dump(mode="json", exclude_unset=True) == gappy[1]


@EXACT
def test_instances_become_a_frame_of_pandas(exact: bool) -> None:
    found = [reading(exact).model_validate(row) for row in ROWS]

    frame = pandas.DataFrame([each.model_dump(by_alias=True) for each in found])

    assert list(frame.columns) == list(DOCUMENT["properties"])
    assert pandas.api.types.is_datetime64_any_dtype(frame["at"])
    assert pandas.api.types.is_integer_dtype(frame["gusts"])
    assert frame["celsius"].mean() == 15.25


@EXACT
def test_instances_become_a_frame_of_polars(exact: bool) -> None:
    """Enums are objects, with which polars does little: what is written as JSON has their values."""
    found = [reading(exact).model_validate(row) for row in ROWS]

    frame = polars.DataFrame([each.model_dump(mode="json", by_alias=True) for each in found])

    assert frame.schema["sky"] == polars.String
    assert frame.schema["notes"] == polars.List(polars.String)
    assert frame.to_dicts() == ROWS


@pytest.mark.parametrize(
    "option",
    [{"enum_field_as_literal": "all"}, {"config_dict": ConfigDict(use_enum_values=True)}],
    ids=["literals", "values of enums"],
)
def test_polars_takes_instances_without_enums_as_they_are(option: Any) -> None:
    model = generate_dynamic_models(DOCUMENT, **option).root

    frame = polars.DataFrame([model.model_validate(row) for row in ROWS])

    assert frame.schema["at"] == polars.Datetime("us", "UTC")
    assert frame["sky"].to_list() == ["cloudy", "clear"]
