"""Problems of the cells of one column: what its declaration alone decides."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from koridor.errors import Problem
from koridor.schema.convert import CONTROL, MOST, key_of, more, row_number
from koridor.schema.derive import DTYPES, bounds, pandas_dtype
from koridor.schema.fields import Field, Kind, Table
from koridor.text import t

_EXAMPLE = date(2026, 3, 2).isoformat()
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00", re.ASCII)
_TEXTS = (Kind.ID, Kind.TEXT, Kind.ENUM, Kind.LIST)


@dataclass(frozen=True, slots=True)
class Column:
    """One column under check, and how to speak of its rows."""

    table: Table
    field: Field
    frame: pd.DataFrame
    file: str
    cells: pd.Series

    @classmethod
    def of(cls, table: Table, field: Field, frame: pd.DataFrame, file: str) -> Column:
        """The column of a field, taken out of the frame once: that takes as long as to check a few rows."""
        return cls(table, field, frame, file, frame[field.name])

    def problems(self, bad: np.ndarray, limit: str, hint: str | Callable[[str], str]) -> list[Problem]:
        """One Problem for each row that is bad; beyond MOST rows, one that says how many more."""
        positions = np.flatnonzero(bad)
        found = []
        for at in positions[:MOST]:
            cell = self.cells.iloc[at]
            text = "" if pd.isna(cell) else (f"{cell:g}" if isinstance(cell, float) else str(cell))
            said = hint if isinstance(hint, str) else hint(text)
            keys = key_of(self.table, self.frame, int(at))
            row = row_number(self.frame, int(at)) if self.file else None
            found.append(Problem(self.table.name, self.file, row, self.field.name, keys, text, limit, said))
        return found + more(self.table, self.field.name, len(positions), self.file)


def check_column(column: Column, others: Mapping[str, Column]) -> Iterator[Problem]:
    """All problems of one column; `others` are the columns of its table, for ranges. O(rows)."""
    field, cells = column.field, column.cells
    if cells.dtype != pandas_dtype(field.kind):
        limit = t("the column must have the dtype {dtype}", dtype=DTYPES[field.kind])
        yield Problem(column.table.name, column.file, None, field.name, (), str(cells.dtype), limit, t("convert it"))
        return
    if field.kind is Kind.FLAG or cells.empty:
        return
    missing = cells.array.isna()
    if field.required and missing.any():
        yield from column.problems(missing, t("must not be empty"), t("fill in: {what}", what=field.doc))
    if field.kind in _TEXTS:
        yield from _check_texts(column, ~missing)
    else:
        yield from _check_numbers(column, others)


def _check_texts(column: Column, present: np.ndarray) -> Iterator[Problem]:
    field, values = column.field, column.cells.to_numpy(dtype=object)
    unique = list(dict.fromkeys(values[present]))
    if not unique:
        return
    control = {text for text in unique if not text.isprintable() and CONTROL.search(text)}
    blank = {text for text in unique if not text}
    limit = t("must be one line without control characters")
    yield from column.problems(among(values, control), limit, t("type it again"))
    limit = t("must be missing rather than an empty text")
    yield from column.problems(among(values, blank), limit, t("leave it out"))
    if field.kind is Kind.TEXT:
        return
    edges = {text for text in unique if text != text.strip()} - control
    limit = t("must not begin or end with a space")
    yield from column.problems(among(values, edges), limit, lambda text: t("write {text}", text=text.strip()))
    if field.kind is Kind.ID and column.table.key == (field.name,):
        joints = {text for text in unique if "/" in text or ";" in text or "*" in text}
        yield from column.problems(
            among(values, joints), t("must not hold / ; or *"), t("they join keys and part lists")
        )
    if field.is_day:
        strange = {text for text in unique if not is_day(text)} - blank
        limit = t("must be a day of the calendar, such as {day}", day=_EXAMPLE)
        yield from column.problems(among(values, strange), limit, t("write year, month and day, parted by hyphens"))
    if field.is_clock:
        strange = {text for text in unique if not CLOCK.fullmatch(text) and not (field.star and text == "*")} - blank
        limit = t("must be a time of day from 00:00 to 24:00, such as {time}", time="08:30")
        yield from column.problems(among(values, strange), limit, t("write hours and minutes, two digits each"))
    if field.kind is Kind.LIST:
        torn = {text for text in unique if not _is_list(text)} - blank
        limit = t("must be texts parted by ;, each once, without spaces")
        yield from column.problems(among(values, torn), limit, _list_of)
    if field.choices:
        wrong = {text for text in unique if not set(parts(field, text)) <= set(field.choices)} - edges - blank
        limit = t("must be one of {choices}", choices=", ".join(field.choices))
        yield from column.problems(among(values, wrong), limit, lambda text: _choose(field, text))


def _check_numbers(column: Column, others: Mapping[str, Column]) -> Iterator[Problem]:
    field, cells = column.field, column.cells
    values = cells.to_numpy(dtype=np.float64, na_value=np.nan)
    yield from column.problems(np.isinf(values), t("must be finite"), t("leave the cell empty where there is no value"))
    below = values < field.low if field.low is not None else np.zeros(len(values), dtype=bool)
    above = values > field.high if field.high is not None else np.zeros(len(values), dtype=bool)
    if below.any() or above.any():
        unit = f" ({field.unit.replace('_', ' ')})" if field.unit else ""
        hint = t("shares are parts of one: write 0.4 for 40 %") if field.unit == "share" else field.doc
        yield from column.problems(below | above, t("must be {bounds}", bounds=bounds(field)) + unit, hint)
    if field.central in others and others[field.central].cells.dtype == cells.dtype:
        central = others[field.central].cells.to_numpy(dtype=np.float64, na_value=np.nan)
        is_low = field.name == _low_name(field)
        wrong = values > central if is_low else values < central
        limit = t("must not be above {field}", field=field.central)
        if not is_low:
            limit = t("must not be below {field}", field=field.central)
        yield from column.problems(wrong, limit, t("order the range low, central, high"))


def _low_name(field: Field) -> str:
    return f"{field.central.removesuffix(field.unit)}low_{field.unit}"


def among(values: np.ndarray, wanted: set[str]) -> np.ndarray:
    """Mask of the values that are among those wanted."""
    if not wanted:
        return np.zeros(len(values), dtype=bool)
    return np.array([value in wanted for value in values], dtype=bool)


def parts(field: Field, text: str) -> list[str]:
    """What a cell names: the parts of a list, else the text itself."""
    return text.split(";") if field.kind is Kind.LIST else [text]


def is_day(text: object) -> bool:
    """Whether a cell is a day of the calendar, such as 2026-03-02."""
    try:
        return isinstance(text, str) and date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_list(text: str) -> bool:
    parts = text.split(";")
    return len(set(parts)) == len(parts) and all(part and part == part.strip() for part in parts)


def _list_of(text: str) -> str:
    return t("write {text}", text=";".join(dict.fromkeys(part.strip() for part in text.split(";") if part.strip())))


def _choose(field: Field, text: str) -> str:
    part = next(part for part in parts(field, text) if part not in field.choices)
    near = nearest(part, field.choices)
    return t("choose one of them, perhaps {near}", near=near) if near else t("choose one of them")


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that looks most like this one; "" when none is near."""
    return next(iter(difflib.get_close_matches(word, list(known), n=1)), "")


def rename_hint(word: str, known: Iterable[str]) -> str:
    """What to do with a name that is not known."""
    near = nearest(word, known)
    return t("remove it, or rename it, perhaps to {near}", near=near) if near else t("remove it or rename it")
