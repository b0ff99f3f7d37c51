"""A dataset as a folder: `dataset.toml` and one CSV file a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from koridor.data import meta as metadata
from koridor.data.files import FIRST_BLOCK, read_text, write_folder
from koridor.data.meta import Meta
from koridor.errors import DataError, Problem
from koridor.schema import TABLES, Kind, Table, convert
from koridor.schema.check import check_table, unknown_table
from koridor.schema.convert import MOST
from koridor.text import t

SUFFIX = ".csv"
PART_ROWS = 100_000
LARGE_SIGNS = 2**22  # above it a table is read by columns: a fifth of the memory, as equal cells are kept once


@dataclass(frozen=True, slots=True)
class Raw:
    """What was read, as text: frames by table, the names of their files, the metadata, and what could not be read."""

    meta: Meta | None
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unread: frozenset[str] = frozenset()


def read(folder: Path) -> Raw:
    """The text of all tables of a folder. Never raises for what the folder holds."""
    if not folder.is_dir():
        hint = t("name a folder that holds {file} and the tables", file=metadata.FILE)
        return Raw(None, problems=[Problem("", str(folder), limit=t("must be a folder"), hint=hint)])
    meta, problems = _read_meta(folder / metadata.FILE)
    frames: dict[str, pd.DataFrame] = {}
    unread: set[str] = set()
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        if path.stem not in TABLES:
            problems.append(unknown_table(path.stem, path.name))
            continue
        frame, found = read_cells(path, TABLES[path.stem])
        problems += found
        if frame is None:
            unread.add(path.stem)
        else:
            frames[path.stem] = frame
    files = {name: f"{name}{SUFFIX}" for name in (*frames, *unread)}
    return Raw(meta, frames, files, problems, frozenset(unread))


def _read_meta(path: Path) -> tuple[Meta | None, list[Problem]]:
    if not path.exists():
        hint = t("add it, with {example}", example='name = "...", price_year = ..., base_year = ...')
        return None, [Problem("", path.name, limit=t("the file is required"), hint=hint)]
    text, problems = read_text(path, "")
    return metadata.parse(text) if text is not None else (None, problems)


def read_cells(path: Path, table: Table) -> tuple[pd.DataFrame | None, list[Problem]]:
    """The cells of a CSV file as text (missing: ""), or None when it cannot be read, and problems.

    Comma or semicolon part the cells; the header says which. Rows that are empty are left out; the index of the frame
    is the row in the file, counted from 0 below the header.
    """
    text, problems = read_text(path, table.name, large=lambda block: _is_table(block, table))
    if text is None:
        return None, problems
    first = text[:FIRST_BLOCK].split("\n", 1)[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    header = next(csv.reader([first.rstrip("\r")], delimiter=delimiter), [])
    fault = _header_fault(header, table)
    if fault:
        limit, hint = fault
        return None, [Problem(table.name, path.name, 1, "", (), first.strip(), limit, hint)]
    if len(text) > LARGE_SIGNS:
        columns = read_plain(text, delimiter, header)
        if columns is not None:
            return columns, problems
    return _read_rows(text, delimiter, len(header), table, path.name)


def _is_table(block: bytes, table: Table) -> bool:
    """Whether a file that begins so is this table, plainly: its header, then rows of as many cells."""
    header, *rows = block.decode("utf-8-sig", errors="replace").splitlines()[:-1] or [""]
    sign = ";" if header.count(";") > header.count(",") else ","
    known = set(header.split(sign)) <= set(table.columns)
    return known and bool(rows) and {row.count(sign) for row in rows} == {header.count(sign)}


def read_plain(text: str, delimiter: str, header: list[str]) -> pd.DataFrame | None:
    """The cells of a text without quotes whose rows all have as many as the header; None where it is not so plain."""
    data = text.encode().replace(b"\r\n", b"\n")
    if b'"' in data or b"\r" in data or b"\x00" in data:
        return None
    signs = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(signs == ord("\n"))
    if not len(ends) or ends[-1] != len(signs) - 1:
        ends = np.append(ends, len(signs))
    starts = np.concatenate([[0], ends[:-1] + 1])
    cells = np.add.reduceat((signs == ord(delimiter)).view(np.uint8), starts, dtype=np.int32) + 1
    if (cells != len(header)).any() or (ends - starts < len(header)).any():
        return None
    frame: pd.DataFrame = pd.read_csv(
        io.BytesIO(data), sep=delimiter, header=None, names=header, skiprows=1, dtype="str", na_filter=False,
        quoting=csv.QUOTE_NONE, index_col=False,
    )  # fmt: skip
    return frame


def read_table(path: Path, name: str, *, defaults: Mapping[str, str] | None = None) -> pd.DataFrame:
    """One table from a CSV file of its own, in the declared dtypes; `defaults` fill columns that the file lacks.

    References are not checked: they may lead into a dataset. Raises DataError with all problems.
    """
    table = TABLES[name]
    cells, problems = read_cells(path, table)
    if cells is None:
        raise DataError(problems)
    lacking = {key: value for key, value in (defaults or {}).items() if key not in cells.columns}
    frame, found = convert.frame(table, cells.assign(**lacking), path.name)
    problems += found or check_table(table, frame, path.name)
    if problems:
        raise DataError(problems)
    return frame.reset_index(drop=True)


def _header_fault(header: list[str], table: Table) -> tuple[str, str] | None:
    want = t("write {text}", text=",".join(table.columns))
    if len(header) == 1 and "\t" in header[0]:
        return t("cells must be parted by commas or semicolons"), t("save the file as CSV")
    if not set(header) & set(table.columns):
        return t("the first row must name the columns of {table}", table=table.name), want
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        return t("each column must stand once, not so {names}", names=", ".join(map(repr, twice))), want
    return None


def _read_rows(
    text: str, delimiter: str, width: int, table: Table, file: str
) -> tuple[pd.DataFrame | None, list[Problem]]:
    problems: list[Problem] = []
    rows: list[list[str]] = []
    numbers: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = next(reader)
        for number, row in enumerate(reader):
            if len(row) == width:
                if any(row):
                    rows.append(row)
                    numbers.append(number)
            elif any(row):
                limit = t("must have {width} cells, as the header has, not {count}", width=width, count=len(row))
                hint = t("put texts that hold a comma or semicolon into double quotes")
                problems.append(Problem(table.name, file, number + 2, "", (), delimiter.join(row), limit, hint))
                if len(problems) > MOST:
                    limit = t("reading stopped here: too many problems")
                    return None, [*problems, Problem(table.name, file, number + 2, limit=limit)]
    except csv.Error as error:
        limit, hint = (
            t("must be readable as CSV: {error}", error=error),
            t("close the double quotes, or leave them out"),
        )
        return None, [*problems, Problem(table.name, file, reader.line_num, limit=limit, hint=hint)]
    columns = zip(*rows, strict=True) if rows else ([] for _ in header)
    cells = {name: pd.array(list(values), dtype="str") for name, values in zip(header, columns, strict=True)}
    return pd.DataFrame(cells, index=pd.Index(numbers, dtype="int64")), problems


def write(
    folder: Path, meta: Meta, frames: Mapping[str, pd.DataFrame], *, replace: bool = False, bare: bool = False
) -> None:
    """Write the folder whole or not at all. Tables that are empty and not required are left out, and so are, with
    `bare`, columns that hold nothing and are not required.

    Raises UsageError when the folder is not empty and `replace` is not given; with it, files that are not of a dataset
    are kept.
    """

    def fill(fresh: Path) -> None:
        (fresh / metadata.FILE).write_text(metadata.render(meta), encoding="utf-8", newline="\n")
        for name, frame in frames.items():
            if TABLES[name].required or not frame.empty:
                text = render(TABLES[name], frame, bare=bare)
                (fresh / f"{name}{SUFFIX}").write_text(text, encoding="utf-8", newline="\n")

    write_folder(folder, fill, replace=replace, own=_is_own)


def _is_own(name: str) -> bool:
    return name == metadata.FILE or (name.endswith(SUFFIX) and name.removesuffix(SUFFIX) in TABLES)


def render(table: Table, frame: pd.DataFrame, *, bare: bool = False) -> str:
    """A table as CSV text: the declared columns, LF, numbers in the fewest digits that give the same value back."""
    fields = [field for field in table.fields if not bare or field.required or frame[field.name].notna().any()]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([field.name for field in fields])
    for part in in_parts(frame):
        writer.writerows(zip(*(cell_texts(field.kind, part[field.name]) for field in fields), strict=True))
    return text.getvalue()


def in_parts(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The frame in parts of so few rows that the texts of their cells take little memory."""
    for low in range(0, len(frame), PART_ROWS):
        yield frame.iloc[low : low + PART_ROWS]


def cell_texts(kind: Kind, cells: pd.Series) -> list[str]:
    """The cells as they are written; a missing value is an empty text."""
    if kind is Kind.FLAG:
        return ["yes" if cell else "no" for cell in cells]
    missing = cells.isna().to_numpy()
    if kind is Kind.NUMBER:
        return ["" if gone else number_text(cell) for cell, gone in zip(cells.tolist(), missing, strict=True)]
    return ["" if gone else str(cell) for cell, gone in zip(cells.tolist(), missing, strict=True)]


def number_text(value: float) -> str:
    """The shortest text that gives the same number back, without a decimal point that says nothing."""
    return repr(value).removesuffix(".0")
