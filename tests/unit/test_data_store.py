"""Folders of tables: what the spreadsheets of the region write is read or gets its exact remedy; what is broken ends in
problems, quickly, and never in a traceback.
"""

from __future__ import annotations

import os
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from koridor.data import Dataset, store
from koridor.data.files import MOST_BYTES
from koridor.data.store import read_table
from koridor.errors import DataError, Problem, UsageError
from koridor.schema import TABLES
from koridor.testing import five_places


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The five places on disk."""
    five_places().write(tmp_path / "five")
    return tmp_path / "five"


def problems(folder: Path) -> list[Problem]:
    """Problems of a folder that cannot be loaded."""
    with pytest.raises(DataError) as caught:
        Dataset.load(folder)
    assert caught.value.problems
    return caught.value.problems


def change(file: Path, old: str, new: str) -> None:
    """Replace the first `old` in a file."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_files_are_plain(folder: Path) -> None:
    """One CSV a table that has rows: LF, the declared columns, yes and no, numbers in the fewest digits."""
    assert (folder / "country.csv").read_bytes().splitlines()[:2] == [
        b"country_id,name,party,source,confidence,note",
        b"PP,PP,no,made,high,",
    ]
    assert b"\r" not in (folder / "link.csv").read_bytes()
    assert "P-X,P,X,rail,rail1520,,400,40," in (folder / "link.csv").read_text()
    assert not (folder / "hazard.csv").exists()


def test_byte_order_mark_semicolons_and_crlf_are_read(folder: Path) -> None:
    """What a spreadsheet with a comma as its decimal sign saves as "CSV UTF-8" is the same dataset."""
    for path in folder.glob("*.csv"):
        text = path.read_text(encoding="utf-8")
        assert ";" not in text
        path.write_bytes(b"\xef\xbb\xbf" + text.replace(",", ";").replace("\n", "\r\n").encode())
    assert Dataset.load(folder) == five_places()


def test_rows_and_cells_that_a_spreadsheet_leaves_empty(folder: Path) -> None:
    """Rows of nothing are left out, and the rows below keep the number that the spreadsheet shows."""
    path = folder / "country.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], ",,,,,", "", *lines[1:], ",,,,,"]) + "\n")
    assert Dataset.load(folder) == five_places()
    change(path, "QQ,QQ,no", "QQ,QQ,nein")
    (problem,) = problems(folder)
    assert (problem.row, problem.field, problem.found) == (5, "party", "nein")


def test_code_page_gets_its_remedy(folder: Path) -> None:
    """Text in cp1251 is shown as it was meant, with its row, and how to save it."""
    change(folder / "place.csv", "X,X,", "X,Баку,")
    path = folder / "place.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("cp1251"))
    (problem,) = problems(folder)
    assert (problem.file, problem.row) == ("place.csv", 4)
    assert "Баку" in problem.found
    assert "CSV UTF-8" in problem.hint


def test_decimal_comma_gets_its_remedy(folder: Path) -> None:
    """A decimal comma in a file parted by semicolons: the problem says what to write, once a cell."""
    path = folder / "link.csv"
    path.write_text(path.read_text().replace(",", ";").replace(";400;", ";400,5;", 1))
    (problem,) = problems(folder)
    assert (problem.row, problem.field, problem.found) == (2, "length_km", "400,5")
    assert problem.hint.startswith("write 400.5")


def break_missing_file(folder: Path) -> None:
    (folder / "link.csv").unlink()


def break_missing_toml(folder: Path) -> None:
    (folder / "dataset.toml").unlink()


def break_truncated_toml(folder: Path) -> None:
    path = folder / "dataset.toml"
    path.write_bytes(path.read_bytes()[:20])


def break_axis_of_toml(folder: Path) -> None:
    change(folder / "dataset.toml", '["EW"]', '["EAST"]')


def break_year_of_toml(folder: Path) -> None:
    change(folder / "dataset.toml", "price_year = 2024", 'price_year = "now"')


def break_column(folder: Path) -> None:
    change(folder / "link.csv", "length_km", "length")


def break_number(folder: Path) -> None:
    change(folder / "link.csv", ",400,", ",far,")


def break_place(folder: Path) -> None:
    change(folder / "link.csv", "P-X,P,", "P-X,PP,")


def break_length(folder: Path) -> None:
    change(folder / "link.csv", ",400,", ",-400,")


def break_stop(folder: Path) -> None:
    change(folder / "corridor_stop.csv", "A,P,", "A,Y,")


def break_empty_table(folder: Path) -> None:
    path = folder / "flow.csv"
    path.write_text(path.read_text().splitlines()[0] + "\n")


def break_empty_file(folder: Path) -> None:
    (folder / "flow.csv").write_bytes(b"")


def break_ragged(folder: Path) -> None:
    change(folder / "country.csv", "PP,PP,no", "PP,PP, the first,no")


def break_quote(folder: Path) -> None:
    change(folder / "country.csv", "PP,PP,no", 'PP,"PP,no')


def break_twice(folder: Path) -> None:
    change(folder / "country.csv", "name,party", "name,name")


def break_directory(folder: Path) -> None:
    (folder / "link.csv").unlink()
    (folder / "link.csv").mkdir()


def break_name_of_file(folder: Path) -> None:
    (folder / "link.csv").rename(folder / "links.csv")


def break_utf16(folder: Path) -> None:
    path = folder / "link.csv"
    path.write_bytes(path.read_text().encode("utf-16"))


def break_workbook(folder: Path) -> None:
    five_places().write_xlsx(folder / "link.csv")


@pytest.mark.parametrize(
    ("breakage", "file", "said"),
    [
        (break_missing_file, "link", "required"),
        (break_missing_toml, "dataset.toml", "required"),
        (break_truncated_toml, "dataset.toml", "TOML"),
        (break_axis_of_toml, "dataset.toml", "axis"),
        (break_year_of_toml, "dataset.toml", "year"),
        (break_column, "link.csv", "column is missing"),
        (break_number, "link.csv", "must be a number"),
        (break_place, "link.csv", "must name a row of place"),
        (break_length, "link.csv", "at least 0"),
        (break_stop, "corridor_stop.csv", "end of a link of the corridor"),
        (break_empty_table, "flow.csv", "must have a row"),
        (break_empty_file, "flow.csv", "first row"),
        (break_ragged, "country.csv", "must have 6 cells"),
        (break_quote, "country.csv", ""),
        (break_twice, "country.csv", "once"),
        (break_directory, "link.csv", "must be a file"),
        (break_name_of_file, "links.csv", "no such table"),
        (break_utf16, "link.csv", "UTF-8"),
        (break_workbook, "link.csv", "UTF-8"),
    ],
)
def test_broken_folders_end_in_problems(folder: Path, breakage: Callable[[Path], None], file: str, said: str) -> None:
    """Each breakage is named with its file, what must hold and a remedy, and nothing is written."""
    breakage(folder)
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    found = [item for item in problems(folder) if (item.file or item.table) == file and said in item.limit]
    assert found
    assert all(item.hint for item in found)
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_breakages_are_told_together(folder: Path) -> None:
    """Several files may be broken in several ways: all of it is told at once."""
    for breakage in (break_number, break_stop, break_year_of_toml, break_empty_file, break_twice):
        breakage(folder)
    files = {item.file for item in problems(folder)}
    assert files == {"link.csv", "corridor_stop.csv", "dataset.toml", "flow.csv", "country.csv"}


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    """A wrong path is a problem of data like any other."""
    (problem,) = problems(tmp_path / "nowhere")
    assert problem.limit == "must be a folder"


HEADER = b"country_id,name,party,source,confidence,note\n"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("noise", "UTF-8"),
        ("zeros", "UTF-8"),
        ("line", "at most"),
        ("lines", "at most"),
        ("below header", "at most"),
    ],
)
def test_a_hundred_megabytes_of_garbage(folder: Path, kind: str, said: str) -> None:
    """The first block tells garbage from text; text that is too large to check is refused by its size.

    It takes under a second of processor time and a few megabytes, whatever the size of the file.
    """
    size = 100 * 2**20
    with (folder / "country.csv").open("wb") as stream:
        if kind == "zeros":
            stream.truncate(size)
        else:
            block = {"noise": os.urandom(2**20), "line": b"x" * 2**20, "lines": b"spam,eggs\n" * 100_000}
            stream.write(HEADER if kind == "below header" else b"")
            for _ in range(100):
                stream.write(block.get(kind, b"a;" * 2**19))
    tracemalloc.start()
    start = time.process_time()
    found = problems(folder)
    spent, (_, peak) = time.process_time() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [item.limit for item in found if item.file == "country.csv" and said in item.limit]
    assert spent < 2
    assert peak < 30 * 2**20


def test_garbage_below_a_header_is_cut_short(folder: Path) -> None:
    """Below a good header and under the limit of size, rows that do not fit end the reading after fifty of them."""
    (folder / "country.csv").write_bytes(HEADER + b"a,b\n" * (2**20))
    found = [item for item in problems(folder) if item.file == "country.csv"]
    assert len(found) < 60
    assert any("stopped" in item.limit for item in found)
    assert MOST_BYTES > 2**22


def test_write_refuses_what_is_not_empty(folder: Path) -> None:
    """An edited copy of a dataset is somebody's work: it is replaced only when told so."""
    change(folder / "country.csv", "PP,PP", "PP,Mine")
    with pytest.raises(UsageError, match="not empty"):
        five_places().write(folder)
    assert "Mine" in (folder / "country.csv").read_text()
    with pytest.raises(UsageError, match="is a file"):
        five_places().write(folder / "country.csv")


def test_replacing_keeps_what_is_not_ours(folder: Path) -> None:
    """Told to replace, a write takes away tables that the dataset does not have and keeps notes and folders."""
    (folder / "README.md").write_text("notes")
    (folder / "maps").mkdir()
    (folder / "maps" / "land.json").write_text("{}")
    (folder / "hazard.csv").write_text("hazard_id\n")
    five_places().write(folder, replace=True)
    assert (folder / "README.md").read_text() == "notes"
    assert (folder / "maps" / "land.json").exists()
    assert not (folder / "hazard.csv").exists()
    assert Dataset.load(folder) == five_places()


def test_write_is_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a write breaks off, the folder is as it was and nothing is left beside it."""
    target = tmp_path / "five"
    five_places().write(target)
    before = {path.name: path.read_bytes() for path in target.iterdir()}

    def full(table: object, frame: object, *, bare: bool) -> str:
        raise OSError("no space left on device")

    monkeypatch.setattr("koridor.data.store.render", full)
    with pytest.raises(OSError, match="no space"):
        five_places().write(target, replace=True)
    with pytest.raises(OSError, match="no space"):
        five_places().write(tmp_path / "other")
    assert {path.name: path.read_bytes() for path in target.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["five"]


def test_table_of_its_own(tmp_path: Path) -> None:
    """A file of edits is read without a dataset; a column that it lacks takes the default, here the patch's name."""
    path = tmp_path / "growth.csv"
    path.write_text("table,key,field,op,value\nflow,*,volume_t,scale,1.1\n")
    edits = read_table(path, "edit", defaults={"patch_id": "growth"})
    assert edits["patch_id"].tolist() == ["growth"]
    path.write_text("table,key,field,op,value\nflow,*,volume_t,times,1.1\n")
    with pytest.raises(DataError, match=r"growth\.csv row 2"):
        read_table(path, "edit", defaults={"patch_id": "growth"})
    with pytest.raises(DataError, match="must be a file"):
        read_table(tmp_path / "gone.csv", "edit")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_large_tables_are_read_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    """Read by columns, as large tables are, a file gives the same cells and rows as read row by row; a file with
    quotes, with a row that is empty or too short, or with a lone carriage return is read row by row anyway.
    """
    table = TABLES["country"]
    head = ",".join(table.columns)
    plain = f"AA, a ,no,made,high,1{end}BB,NA,yes,made,,2{end}"
    for body in (plain, plain.rstrip(), f'"CC","c, d",no,made,high,{end}', f",,,,,{end}{plain}", f"{plain}DD,d{end}"):
        path = tmp_path / "country.csv"
        path.write_bytes(f"{head}{end}{body}".encode())
        slow, problems = store.read_cells(path, table)
        with monkeypatch.context() as patched:
            patched.setattr(store, "LARGE_SIGNS", 0)
            quick, same = store.read_cells(path, table)
        assert problems == same
        assert slow is not None
        assert quick is not None
        pd.testing.assert_frame_equal(slow, quick, check_index_type=False)
    text = path.read_text(encoding="utf-8")
    assert store.read_plain(text, ",", list(table.columns)) is None  # a row is too short
    assert store.read_plain(f"{head}{end}{plain}", ",", list(table.columns)) is not None


def test_bare_folders_say_the_same(tmp_path: Path) -> None:
    """Without the columns that hold nothing a folder holds the same dataset."""
    five_places().write(tmp_path / "bare", bare=True)
    assert (tmp_path / "bare" / "country.csv").read_text().splitlines()[0] == "country_id,name,party,source,confidence"
    assert Dataset.load(tmp_path / "bare") == five_places()
