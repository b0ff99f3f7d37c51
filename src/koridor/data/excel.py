"""A dataset as a workbook, one sheet a table, without loss: codes such as 007 or 1E5 stay text, empty stays empty."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from koridor.data import meta as metadata
from koridor.data.files import MOST_BYTES, write_file
from koridor.data.meta import Meta
from koridor.data.store import Raw, number_text
from koridor.errors import Problem, UsageError
from koridor.schema import TABLES, Field, Kind, Table
from koridor.schema.check import unknown_table
from koridor.text import t

if TYPE_CHECKING:
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

META_SHEET = "dataset"
MOST_SIGNS = 32_767  # of one cell, a limit of the format
_NUMERIC = (Kind.NUMBER, Kind.INTEGER)
_LONG = (Kind.TEXT, Kind.LIST)
_TEXT_FORMAT = "@"


def write(file: Path, meta: Meta, frames: Mapping[str, pd.DataFrame]) -> None:
    """Write the workbook whole or not at all. Columns of text are formatted as text, so that typing keeps codes whole.

    Raises UsageError when a cell is longer than the format can hold.
    """
    _refuse_long_cells(frames)
    from openpyxl import Workbook  # late: costs a fifth of a second that only workbooks need

    book = Workbook(write_only=True)
    sheet = book.create_sheet(META_SHEET)
    for pair in _meta_rows(meta):
        sheet.append([_cell(sheet, text) for text in pair])
    for name, frame in frames.items():
        if TABLES[name].required or not frame.empty:
            _write_table(book.create_sheet(name), TABLES[name], frame)
    write_file(file, book.save)


def _refuse_long_cells(frames: Mapping[str, pd.DataFrame]) -> None:
    for name, frame in frames.items():
        for field in TABLES[name].fields:
            longest = frame[field.name].str.len().max() if field.kind in _LONG and not frame.empty else 0
            if longest > MOST_SIGNS:
                said = t(
                    "a cell of {size} signs does not fit a workbook (at most {most}); write CSV files instead",
                    size=int(longest),
                    most=MOST_SIGNS,
                )
                raise UsageError(f"{name}.{field.name}: {said}")


def _write_table(sheet: WriteOnlyWorksheet, table: Table, frame: pd.DataFrame) -> None:
    from openpyxl.utils import get_column_letter

    sheet.freeze_panes = "A2"
    for at, field in enumerate(table.fields, start=1):
        column = sheet.column_dimensions[get_column_letter(at)]
        column.width = max(10, min(len(field.name) + 2, 30))
        if field.kind not in _NUMERIC:
            column.number_format = _TEXT_FORMAT
    sheet.append(list(table.columns))
    columns = [_values(sheet, field.kind, frame[field.name]) for field in table.fields]
    for row in zip(*columns, strict=True):
        sheet.append(row)


def _values(sheet: WriteOnlyWorksheet, kind: Kind, cells: pd.Series) -> Iterable[Any]:
    if kind is Kind.FLAG:
        return [_cell(sheet, "yes" if cell else "no") for cell in cells]
    missing = cells.isna().to_numpy()
    values = zip(cells.tolist(), missing, strict=True)
    if kind in _NUMERIC:
        return [None if gone else _number_cell(sheet, value) for value, gone in values]
    return [None if gone else _cell(sheet, value) for value, gone in values]


def _cell(sheet: WriteOnlyWorksheet, text: str) -> Any:
    """A cell of text, whatever the text looks like (formula, number, error)."""
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    cell.number_format = _TEXT_FORMAT
    return cell


def _number_cell(sheet: WriteOnlyWorksheet, value: float) -> Any:
    """The number, as a cell with all its digits where the writer's sixteen would change it."""
    from openpyxl.cell import WriteOnlyCell

    if isinstance(value, int) or float(f"{value:.16g}") == value:
        return value
    cell = WriteOnlyCell(sheet, repr(value))
    cell.data_type = "n"
    return cell


def _meta_rows(meta: Meta) -> list[tuple[str, str]]:
    rows = [("name", meta["name"]), ("title", meta["title"])]
    rows += [("price_year", str(meta["price_year"])), ("base_year", str(meta["base_year"]))]
    return rows + [(f"sets.{name}", axis) for name, axes in meta["sets"].items() for axis in axes]


def read(file: Path) -> Raw:
    """The text of all tables of a workbook. Never raises for what the file holds."""
    fault = _file_fault(file)
    if fault:
        return Raw(None, problems=[Problem("", file.name, limit=fault[0], hint=fault[1])])
    from openpyxl import load_workbook

    try:
        book = load_workbook(file, read_only=True, data_only=True)
        sheets = {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets}
        book.close()
    except Exception as error:  # the reader of a foreign format fails in many ways on a file that is damaged
        limit = t("must be readable as a workbook: {error}", error=error)
        hint = t("open it in the spreadsheet, repair and save it")
        return Raw(None, problems=[Problem("", file.name, limit=limit, hint=hint)])
    return _from_sheets(file.name, sheets)


def _file_fault(file: Path) -> tuple[str, str] | None:
    try:
        if not file.is_file():
            return t("must be a file"), t("name a workbook (.xlsx)")
        with zipfile.ZipFile(file) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile:
        return t("must be a workbook (.xlsx)"), t("save it as .xlsx in the spreadsheet")
    except OSError as error:
        return t("must be readable"), str(error.strerror or error)
    if size > 4 * MOST_BYTES:
        limit = t("must be at most {most} MB unpacked, to be read in memory", most=4 * MOST_BYTES // 2**20)
        return limit, t("write CSV files instead")
    return None


def _from_sheets(file: str, sheets: Mapping[str, list[list[Any]]]) -> Raw:
    files = {name: f"{file} sheet {name}" for name in sheets if name in TABLES}
    meta, problems = _meta(sheets.get(META_SHEET), f"{file} sheet {META_SHEET}")
    frames: dict[str, pd.DataFrame] = {}
    unread: set[str] = set()
    for name, rows in sheets.items():
        if name in TABLES:
            frame, found = _table(TABLES[name], rows, files[name])
            problems += found
            if frame is None:
                unread.add(name)
            else:
                frames[name] = frame
        elif name != META_SHEET:
            problems.append(unknown_table(name, f"{file} sheet {name}"))
    return Raw(meta, frames, files, problems, frozenset(unread))


def _meta(rows: list[list[Any]] | None, sheet: str) -> tuple[Meta | None, list[Problem]]:
    if rows is None:
        hint = t("add it, with the rows name, price_year, base_year and what they are")
        return None, [Problem("", sheet, limit=t("the sheet is required"), hint=hint)]
    raw: dict[str, Any] = {"sets": {}}
    for row in rows:
        key, value = ("" if cell is None else str(cell) for cell in [*row, None, None][:2])
        if key.startswith("sets."):
            raw["sets"].setdefault(key.removeprefix("sets."), []).append(value)
        elif key:
            raw[key] = int(value) if key.endswith("_year") and value.isdecimal() else value
    problems = metadata.problems_of(raw, sheet)
    return (None, problems) if problems else (metadata.of(raw), [])


def _table(table: Table, rows: list[list[Any]], file: str) -> tuple[pd.DataFrame | None, list[Problem]]:
    header = [cell for cell in (rows[0] if rows else []) if cell is not None]
    if not header or len(set(header)) < len(header) or None in rows[0][: len(header)]:
        limit, hint = t("the first row must name each column once"), t("write {text}", text=", ".join(table.columns))
        return None, [Problem(table.name, file, 1, "", (), ", ".join(map(str, header)), limit, hint)]
    width = len(header)
    filled = (at for at, row in enumerate(rows[1:]) if any(cell is not None for cell in row))
    body = [(at, [*rows[at + 1], *([None] * width)][:width]) for at in filled]
    index = pd.Index([at for at, _ in body], dtype="int64")
    columns, problems = {}, []
    for place, name in enumerate(str(cell) for cell in header):
        field = table.field(name) if name in table.columns else Field(name, Kind.TEXT, "")
        texts = []
        for at, row in body:
            text, fault = _text(field, row[place])
            texts.append(text)
            if fault:
                problems.append(Problem(table.name, file, at + 2, name, (), str(row[place]), *fault))
        columns[name] = pd.array(texts, dtype="str")
    return pd.DataFrame(columns, index=index), problems


def _text(field: Field, value: object) -> tuple[str, tuple[str, str] | None]:
    """The text of a cell, and what is wrong with it when the spreadsheet may have changed what was typed."""
    if value is None or isinstance(value, str):
        return value or "", None
    meant = _day(value) if field.is_day else _clock(value) if field.is_clock else ""
    if meant:
        return meant, None
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return "", (t("must not be a date"), t("format the cell as text or number and type it again"))
    if isinstance(value, bool):
        return "", (t("must not be a truth value"), t("format the cell as text and write yes or no"))
    if field.kind in _NUMERIC and isinstance(value, int | float):
        return number_text(float(value)), None
    return "", (t("must be text"), t("format the cell as text and type it again: the spreadsheet may have changed it"))


def _day(value: object) -> str:
    """The day of a cell that the spreadsheet has turned into a date; "" where there is a time of day too."""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else ""
    return value.isoformat() if isinstance(value, datetime.date) else ""


def _clock(value: object) -> str:
    """The time of day of a cell that the spreadsheet has turned into one; "" with seconds, or beyond 24:00."""
    if isinstance(value, datetime.time):
        value = datetime.timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)
    if not isinstance(value, datetime.timedelta):
        return ""
    minutes, rest = divmod(value, datetime.timedelta(minutes=1))
    whole = not rest and 0 <= minutes <= datetime.timedelta(days=1) // datetime.timedelta(minutes=1)
    return f"{minutes // 60:02d}:{minutes % 60:02d}" if whole else ""
