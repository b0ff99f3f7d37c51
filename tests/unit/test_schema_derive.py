"""What follows from the declarations: dtypes, empty frames, JSON schema, the page of tables, units in names."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from koridor.schema import TABLES, Kind, Table, check, dtypes, empty, json_schema, reference_page
from koridor.units import UNITS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "tables.md"
FIELDS = [(table, field) for table in TABLES.values() for field in table.fields]


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_empty_frame_has_the_declared_columns(table: Table) -> None:
    """An empty frame has every column in its dtype, so that an absent table can be computed with like any other."""
    frame = empty(table)
    assert list(frame.columns) == list(table.columns)
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == dtypes(table)
    assert frame.empty


def test_empty_frames_pass_but_for_what_is_required() -> None:
    """Empty tables break only the rule that some must have rows."""
    found = check({name: empty(table) for name, table in TABLES.items()})
    assert {item.table for item in found} == {name for name, table in TABLES.items() if table.required}


def test_names_end_in_their_unit() -> None:
    """The unit stands in the name, so that nobody has to look it up: `length_km` is in km and nothing else."""
    with_unit = [(table.name, field) for table, field in FIELDS if field.unit]
    assert [item for item in with_unit if not f"_{item[1].name}".endswith(f"_{item[1].unit}")] == []
    assert {field.unit for _, field in with_unit} <= set(UNITS)


def test_declarations_are_whole() -> None:
    """A reference names a table with a key of one part; a bound names its central field; a choice has choices."""
    for table, field in FIELDS:
        name = f"{table.name}.{field.name}"
        assert field.doc, name
        assert not field.ref or len(TABLES[field.ref].key) == 1, name
        assert not field.central or table.field(field.central).kind is field.kind, name
        assert not (field.central and field.required), name
        assert field.kind is not Kind.ENUM or field.choices, name
        assert field.low is None or field.high is None or field.low < field.high, name


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_keys_are_fields(table: Table) -> None:
    """Every part of a key is a field of its table, and no field stands twice."""
    assert set(table.key) <= set(table.columns)
    assert len(set(table.columns)) == len(table.columns)


def test_json_schema_says_what_the_declaration_says() -> None:
    """Type, bounds, choices, lists and what is required are those of the declarations."""
    schema = json_schema(TABLES["link"])
    properties = schema["properties"]
    speed = properties["speed_kmh"]["anyOf"][0]
    assert (speed["minimum"], speed["maximum"]) == (1, 250)
    assert properties["carriages"]["type"] == "array"
    assert "rail1520" in properties["carriages"]["items"]["enum"]
    assert {"type": "null"} in properties["wait_h"]["anyOf"]
    assert "length_km" in schema["required"]
    assert "wait_h" not in schema["required"]
    assert schema["additionalProperties"] is False


def test_page_of_tables_is_up_to_date() -> None:
    """The page is made from the schema: `make docs` renews it."""
    assert PAGE.read_text(encoding="utf-8") == reference_page()


def test_dtype_of_text_is_the_string_of_pandas() -> None:
    """Texts are `str` columns with missing as NaN: one kind of null in all of them."""
    assert empty(TABLES["place"])["name"].dtype == pd.Series([], dtype="str").dtype
