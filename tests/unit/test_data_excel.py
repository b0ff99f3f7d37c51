"""Workbooks lose nothing that koridor wrote, and what a spreadsheet may have changed is told and not guessed."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from koridor.data import Dataset
from koridor.errors import DataError, Problem, UsageError
from koridor.testing import dataset_of, five_place_rows, five_places
from timetables import world_rows


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """The five places as a workbook."""
    five_places().write_xlsx(tmp_path / "five.xlsx")
    return tmp_path / "five.xlsx"


def edit(path: Path, sheet: str, cell: str, value: Any) -> None:
    """Type a value into a cell."""
    work = openpyxl.load_workbook(path)
    work[sheet][cell].value = value
    work.save(path)


def problems(path: Path) -> list[Problem]:
    with pytest.raises(DataError) as caught:
        Dataset.load_xlsx(path)
    return caught.value.problems


def test_round_trip(book: Path) -> None:
    """The workbook holds the same dataset, metadata and sets included."""
    back = Dataset.load_xlsx(book)
    assert back == five_places()
    assert back.meta == five_places().meta


@pytest.mark.parametrize(
    "name", ["=1+1", "007", "1E5", "#N/A", "TRUE", "12.5", " lead", "a  b", "'x", "Əli & <b>", "_x0041_"]
)
def test_texts_that_look_like_something_else(tmp_path: Path, name: str) -> None:
    """A formula, a number, an error or a truth value in a text column is a text."""
    rows = five_place_rows()
    rows["place"][0]["name"] = name
    dataset = dataset_of(rows)
    dataset.write_xlsx(tmp_path / "book.xlsx")
    assert Dataset.load_xlsx(tmp_path / "book.xlsx") == dataset


@pytest.mark.parametrize("value", [0.1 + 0.2, 1 / 3, 5e-324, 123456789.123456789, 0.0, 1e22])
def test_numbers_keep_every_bit(tmp_path: Path, value: float) -> None:
    """A float that needs seventeen digits keeps them, though the writer's habit is sixteen."""
    rows = five_place_rows()
    rows["link"][0]["length_km"] = value
    dataset = dataset_of(rows)
    dataset.write_xlsx(tmp_path / "book.xlsx")
    assert Dataset.load_xlsx(tmp_path / "book.xlsx") == dataset


def test_text_columns_are_formatted_as_text(book: Path) -> None:
    """So that 007 typed into a cell of ids stays 007 in the spreadsheet."""
    sheet = openpyxl.load_workbook(book)["place"]
    assert sheet["A2"].number_format == "@"
    assert sheet.column_dimensions["A"].number_format == "@"
    assert sheet["E2"].number_format == "General"


@pytest.mark.parametrize(
    ("cell", "value", "said"),
    [
        ("A2", 7, "must be text"),  # was it 007?
        ("E2", datetime.date(2024, 5, 1), "must not be a date"),  # was it 1.5?
        ("E2", "12,5", "must be a number"),
        ("E2", True, "must not be a truth value"),
    ],
)
def test_cells_that_the_spreadsheet_may_have_changed(book: Path, cell: str, value: Any, said: str) -> None:
    """A number among ids or a date among numbers is a problem at its cell: what was typed cannot be known any more."""
    edit(book, "place", cell, value)
    first = next(item for item in problems(book) if item.table == "place")
    assert first.row == 2
    assert said in first.limit
    assert first.file == "five.xlsx sheet place"
    assert first.hint


def test_unknown_sheet(book: Path) -> None:
    """A sheet that is no table is told, lest somebody's rows go unread."""
    work = openpyxl.load_workbook(book)
    work.create_sheet("links")
    work.save(book)
    (problem,) = problems(book)
    assert problem.hint.endswith("perhaps to link")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more", b"country_id,name\n", None])
def test_broken_workbooks_end_in_a_problem(tmp_path: Path, content: bytes | None) -> None:
    """A file that is no workbook, or is not there, is one problem."""
    path = tmp_path / "book.xlsx"
    if content is not None:
        path.write_bytes(content)
    assert len(problems(path)) == 1


def test_truncated_workbook(book: Path) -> None:
    """A download that broke off is one problem, not a traceback."""
    book.write_bytes(book.read_bytes()[:-2000])
    assert len(problems(book)) == 1


def test_workbook_without_metadata(book: Path) -> None:
    """The sheet `dataset` carries name and years; without it the tables are not a dataset."""
    work = openpyxl.load_workbook(book)
    del work["dataset"]
    work.save(book)
    assert [item.limit for item in problems(book)] == ["the sheet is required"]


def test_cell_too_long_for_the_format(tmp_path: Path) -> None:
    """A workbook's cell holds 32,767 signs; a longer text is refused, not cut."""
    rows = five_place_rows()
    rows["link"][0]["geometry"] = "1.25 2.25," * 4000
    with pytest.raises(UsageError, match="does not fit"):
        dataset_of(rows).write_xlsx(tmp_path / "book.xlsx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("time", datetime.time(8, 0), "08:00"),
        ("time", datetime.timedelta(days=1), "24:00"),  # how spreadsheets keep 24:00
        ("valid_from", datetime.datetime(2026, 3, 2), "2026-03-02"),
        ("valid_from", datetime.date(2026, 3, 2), "2026-03-02"),
        ("time", datetime.time(8, 0, 30), "must not be a date"),
        ("valid_from", datetime.datetime(2026, 3, 2, 8, 0), "must not be a date"),
        ("time", datetime.timedelta(hours=25), "must not be a date"),
    ],
)
def test_times_and_days_that_the_spreadsheet_recognised(tmp_path: Path, column: str, value: Any, text: str) -> None:
    """Where a time or a day is wanted, a cell that the spreadsheet made one is read as it shows it; seconds, a time of
    day in a day, or more than a day are told.
    """
    rows = world_rows(departure=[{"departure_id": "1", "service_id": "TR", "time": "07:00"}])
    dataset_of(rows).write_xlsx(tmp_path / "book.xlsx")
    work = openpyxl.load_workbook(tmp_path / "book.xlsx")
    header = [cell.value for cell in work["departure"][1]]
    work["departure"].cell(2, header.index(column) + 1).value = value
    work.save(tmp_path / "book.xlsx")
    if text.startswith("must"):
        assert text in problems(tmp_path / "book.xlsx")[0].limit
    else:
        assert Dataset.load_xlsx(tmp_path / "book.xlsx").table("departure")[column].tolist() == [text]
