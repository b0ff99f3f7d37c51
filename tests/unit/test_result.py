"""Results go to disk and back whole, and never in the place of something else."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pandas.testing
import pytest

import koridor
from koridor.errors import DataError, UsageError
from koridor.result import Result


def result(**change: object) -> Result:
    metrics = pd.DataFrame({"metric": ["value_usd", "linked_teu"], "key": ["", "XX"], "value": [0.1 + 0.2, np.nan],
                            "unit": ["usd", "teu"]})  # fmt: skip
    cases = pd.DataFrame({"case": ["none", "linked"], "capped": [True, False], "value_usd": [0.0, 1e9], "rank": [1, 2]})
    given = {"study": "linking", "scenario": "ab12", "dataset": "five", "params": {"year": 2030, "sets": ["a", "b"]},
             "status": "optimal", "tables": {"cases": cases}, "metrics": metrics, **change}  # fmt: skip
    return Result(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize("large", [False, True])
def test_round_trip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: bool) -> None:
    """What is read is what was written: every bit of a float, missing values, flags, integers, empty keys; in parts and
    by columns too, as large tables are.
    """
    if large:
        monkeypatch.setattr("koridor.result.LARGE_SIGNS", 0)
        monkeypatch.setattr("koridor.data.store.PART_ROWS", 1)
    result().write(tmp_path / "out")
    back = Result.read(tmp_path / "out")
    assert (back.study, back.scenario, back.dataset, back.status) == ("linking", "ab12", "five", "optimal")
    assert back.params == {"year": 2030, "sets": ["a", "b"]}
    pandas.testing.assert_frame_equal(back.tables["cases"], result().tables["cases"])
    pandas.testing.assert_frame_equal(back.metrics, result().metrics)


def test_head_names_version_and_units(tmp_path: Path) -> None:
    """result.json says which koridor made it and in which unit each metric is."""
    result().write(tmp_path)
    head = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert head["koridor"] == koridor.__version__
    assert head["units"] == {"value_usd": "usd", "linked_teu": "teu"}


def test_empty_table(tmp_path: Path) -> None:
    """A table without rows keeps its columns and their kinds."""
    none = result().tables["cases"].iloc[:0]
    result(tables={"cases": none}).write(tmp_path)
    pandas.testing.assert_frame_equal(Result.read(tmp_path).tables["cases"], none)


def test_replaces_an_earlier_result_and_keeps_other_files(tmp_path: Path) -> None:
    """A second run takes the place of the first, tables that are gone included; a report beside them stays."""
    result(tables={"old": result().tables["cases"]}).write(tmp_path)
    (tmp_path / "report.html").write_text("report")
    result().write(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"result.json", "metrics.csv", "cases.csv", "report.html"}


def test_refuses_a_folder_of_something_else(tmp_path: Path) -> None:
    """A folder that holds something and no result is not ours to write into."""
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="not empty"):
        result().write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_nothing_is_left_of_a_write_that_fails(tmp_path: Path) -> None:
    """Parameters that JSON cannot hold, and columns that are no text or number, are refused; nothing is written."""
    with pytest.raises(UsageError, match="params"):
        result(params={"year": np.nan}).write(tmp_path / "out")
    with pytest.raises(UsageError, match="column x"):
        result(tables={"t": pd.DataFrame({"x": [[1], [2]]})}).write(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_shape_of_metrics() -> None:
    """Metrics are one long table; another shape is a mistake of the study."""
    with pytest.raises(UsageError, match="metric, key, value, unit"):
        result(metrics=pd.DataFrame({"metric": []}))


@pytest.mark.parametrize("breakage", ["missing", "truncated", "table", "columns", "ragged"])
def test_broken_results_are_data_errors(tmp_path: Path, breakage: str) -> None:
    """A folder that holds no whole result ends in problems that say to run the study again."""
    result().write(tmp_path)
    head, cases = tmp_path / "result.json", tmp_path / "cases.csv"
    match breakage:
        case "missing":
            head.unlink()
        case "truncated":
            head.write_text(head.read_text()[:40])
        case "table":
            cases.unlink()
        case "columns":
            cases.write_text("a,b\n1,2\n")
        case "ragged":
            cases.write_text(cases.read_text() + "x\n")
    with pytest.raises(DataError) as caught:
        Result.read(tmp_path)
    assert caught.value.problems[0].hint == "run the study again"
