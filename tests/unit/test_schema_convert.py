"""Text becomes the declared dtype without a loss, and what cannot be read names its exact remedy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from koridor.schema import Kind
from koridor.schema.convert import column, frame
from koridor.schema.fields import Field, Table

NUMBER = Field("x_km", Kind.NUMBER, "A length.", unit="km")
INTEGER = Field("n", Kind.INTEGER, "A count.")
FLAG = Field("f", Kind.FLAG, "A flag.", required=True)
TABLE = Table("things", "Things.", ("id",), (Field("id", Kind.ID, "Id.", required=True), NUMBER, INTEGER, FLAG))


def hint_for(field: str, text: str) -> str:
    """The remedy for one cell."""
    raw = pd.DataFrame({"id": ["a"], "x_km": [""], "n": [""], "f": ["no"], field: [text]}, dtype="str")
    _, problems = frame(TABLE, raw, "things.csv")
    (problem,) = problems
    assert (problem.row, problem.field, problem.keys, problem.found) == (2, field, ("a",), text)
    return problem.hint


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0.0),
        ("-0.1", -0.1),
        ("1e3", 1000.0),
        ("+5", 5.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("0.30000000000000004", 0.1 + 0.2),
    ],
)
def test_numbers_are_exact(text: str, value: float) -> None:
    """The float is the nearest one to the decimal text: 0.30000000000000004 is 0.1 + 0.2 to the last bit."""
    cells, bad = column(NUMBER, pd.Series([text], dtype="str"))
    assert cells.iloc[0] == value
    assert not bad.any()


@pytest.mark.parametrize("text", ["nan", "inf", "1e999", "1_000", "0x10", "--5", "1e", ".", "٣"])
def test_what_python_reads_but_a_table_does_not(text: str) -> None:
    """Words for no number, infinity, underscores and other digits are typing mistakes in a table."""
    cells, bad = column(NUMBER, pd.Series([text], dtype="str"))
    assert bad.all()
    assert np.isnan(cells.iloc[0])


def test_empty_is_missing_and_not_zero() -> None:
    """An empty cell is a missing value in every kind of column."""
    numbers, _ = column(NUMBER, pd.Series(["", "0"], dtype="str"))
    counts, _ = column(INTEGER, pd.Series(["", "0"], dtype="str"))
    assert numbers.isna().tolist() == counts.isna().tolist() == [True, False]
    assert str(counts.dtype) == "Int64"


@pytest.mark.parametrize(
    ("field", "text", "remedy"),
    [
        ("x_km", "12,5", "write 12.5:"),
        ("x_km", "1 234,5", "write 1234.5:"),
        ("x_km", "1\u00a0234", "write 1234:"),
        ("x_km", "1,234,567.8", "write 1234567.8:"),
        ("x_km", "1,234", "write 1.234 or 1234:"),  # nobody can know which was meant
        ("x_km", "\u22125", "write -5:"),
        ("x_km", "far", "write digits"),
        ("n", "12,5", "write digits"),  # no whole number lies in it
        ("n", "2.5", "write digits"),
        ("n", "1 200", "write 1200:"),
        ("f", "true", "write yes or no"),
        ("f", "", "write yes or no"),
    ],
)
def test_remedy_is_exact(field: str, text: str, remedy: str) -> None:
    """The hint is what to type, wherever it can be known."""
    assert hint_for(field, text).startswith(remedy)


def test_columns_that_may_be_absent() -> None:
    """A column that is not required may be absent, and is missing in every row; a required one stays absent."""
    cells, problems = frame(TABLE, pd.DataFrame({"id": ["a"]}, dtype="str"))
    assert problems == []
    assert list(cells.columns) == ["id", "x_km", "n"]
    assert cells["n"].isna().all()
