"""From text to the declared dtypes, column by column; what cannot be read becomes a Problem with the exact remedy."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from koridor.errors import Problem
from koridor.schema.derive import pandas_dtype
from koridor.schema.fields import Field, Kind, Table
from koridor.text import t

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_NUMBER_SIGNS = frozenset("0123456789+-.eE")
MOST = 50  # problems of one kind in one column that are listed one by one
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")  # never part of a cell
_FLAGS = {"yes": True, "no": False}
_EXACT_INTEGER = float(2**53)  # beyond it a float no longer holds every whole number


def column(field: Field, cells: pd.Series) -> tuple[pd.Series, np.ndarray]:
    """The cells (texts; missing or "" = no value) as the field's dtype, and a mask of those that cannot be read.

    Cells that cannot be read come out as missing (flags: no). A flag without a value cannot be read. O(n).
    """
    values = _texts(cells)
    blank = values == ""
    if field.kind is Kind.NUMBER:
        numbers, bad = _numbers(values, blank)
        return pd.Series(numbers, index=cells.index), bad
    if field.kind is Kind.INTEGER:
        numbers, bad = _numbers(values, blank)
        fraction = ~blank & ~bad & ((numbers != np.floor(numbers)) | (np.abs(numbers) > _EXACT_INTEGER))
        numbers = np.where(fraction, np.nan, numbers)
        return pd.Series(numbers, index=cells.index, dtype="float64").astype("Int64"), bad | fraction
    if field.kind is Kind.FLAG:
        bad = np.array([value not in _FLAGS for value in values], dtype=bool)
        flags = np.array([_FLAGS.get(value, False) for value in values], dtype=bool)
        return pd.Series(flags, index=cells.index), bad
    values[blank] = None
    return pd.Series(values, index=cells.index, dtype=pandas_dtype(field.kind)), np.zeros(len(cells), dtype=bool)


def _texts(cells: pd.Series) -> np.ndarray:
    """The cells as texts, "" where there is none."""
    if cells.dtype == pandas_dtype(Kind.TEXT):
        values = cells.to_numpy(dtype=object, copy=True)
        values[cells.array.isna()] = ""
        return values
    return np.array([cell if isinstance(cell, str) else "" for cell in cells.tolist()], dtype=object)


def _numbers(values: np.ndarray, blank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Floats of the texts, exact to the last bit, and the mask of texts that are none. Infinity is none."""
    numbers = np.full(len(values), np.nan)
    present = values[~blank]
    if _NUMBER_SIGNS.issuperset("".join(present)):
        try:
            numbers[~blank] = [float(value) for value in present]
        except ValueError:
            numbers[~blank] = [_float(value) for value in present]
    else:
        numbers[~blank] = [_float(value) for value in present]
    numbers[np.isinf(numbers)] = np.nan
    return numbers, ~blank & np.isnan(numbers)


def _float(text: str) -> float:
    return float(text) if _NUMBER.fullmatch(text) else np.nan


def readable(kind: Kind, text: str) -> bool:
    """Whether one text that is not empty can be read as that kind; as `column` does for many."""
    if kind is Kind.FLAG:
        return text in _FLAGS
    if kind not in (Kind.NUMBER, Kind.INTEGER):
        return True
    value = _float(text)
    whole = kind is Kind.NUMBER or (value == np.floor(value) and abs(value) <= _EXACT_INTEGER)
    return bool(np.isfinite(value) and whole)


def frame(table: Table, raw: pd.DataFrame, file: str = "") -> tuple[pd.DataFrame, list[Problem]]:
    """A frame of text as the table's dtypes, with its problems. Columns that are not required may be absent.

    Columns that the table does not have stay, for `check` to report; so does the lack of a required one.
    """
    columns: dict[str, pd.Series] = {}
    problems: list[Problem] = []
    for field in table.fields:
        if field.name in raw.columns:
            columns[field.name], bad = column(field, raw[field.name])
            problems += [_unreadable(table, field, raw, int(at), file) for at in np.flatnonzero(bad)[:MOST]]
            problems += more(table, field.name, int(bad.sum()), file)
        elif not field.required:
            columns[field.name] = pd.Series(index=raw.index, dtype=pandas_dtype(field.kind))
    columns.update({name: raw[name] for name in raw.columns if name not in table.columns})
    return pd.DataFrame(columns, index=raw.index), problems


def more(table: Table, field: str, count: int, file: str) -> list[Problem]:
    """A closing Problem that says how many more there are, when not all are listed."""
    if count <= MOST:
        return []
    return [
        Problem(table.name, file, None, field, (), "", t("{count} more rows have the same problem", count=count - MOST))
    ]


def row_number(frame: pd.DataFrame, position: int) -> int:
    """Row of the file: the index of frames that were read is the row without the header, counted from 0."""
    label = frame.index[position]
    return (int(label) if isinstance(label, int | np.integer) else position) + 2


def key_of(table: Table, frame: pd.DataFrame, position: int) -> tuple[str, ...]:
    """Key of the row as texts; parts that are missing are empty."""
    cells = (frame[name].iloc[position] for name in table.key if name in frame.columns)
    return tuple("" if pd.isna(cell) else str(cell) for cell in cells)


def _unreadable(table: Table, field: Field, raw: pd.DataFrame, at: int, file: str) -> Problem:
    cell = raw[field.name].iloc[at]
    found = "" if pd.isna(cell) else str(cell)
    limit, hint = _remedy(field, found)
    return Problem(table.name, file, row_number(raw, at), field.name, key_of(table, raw, at), found, limit, hint)


def _remedy(field: Field, found: str) -> tuple[str, str]:
    """What must stand in the cell, and what to write in place of what was found."""
    if field.kind is Kind.FLAG:
        return (t("must be yes or no") if found else t("must not be empty")), t("write yes or no")
    limit = t("must be a whole number") if field.kind is Kind.INTEGER else t("must be a number")
    tight = re.sub(r"[\s'’\u00a0\u2009\u202f]", "", found).replace("\u2212", "-")
    dotted, whole = tight.replace(",", "."), tight.replace(",", "")
    if re.fullmatch(r"[+-]?\d{1,3},\d{3}", tight):
        hint = t("write {one} or {other}: decimals have a point, thousands are not parted", one=dotted, other=whole)
    elif re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", tight):
        hint = t("write {number}: thousands are not parted", number=whole)
    elif _NUMBER.fullmatch(dotted) and not (field.kind is Kind.INTEGER and "." in dotted):
        hint = t("write {number}: decimals have a point, thousands are not parted", number=dotted)
    else:
        hint = t("write digits, with a decimal point where needed, or leave the cell empty")
        if field.required:
            hint = t("write digits, with a decimal point where needed")
    return limit, hint
