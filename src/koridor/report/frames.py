"""Reading the tables of a result: missing, empty and incomplete ones are told apart from usable ones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import pandas as pd


class ResultLike(Protocol):
    """What the report reads of a result."""

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]: ...

    @property
    def params(self) -> Mapping[str, object]: ...


class DatasetLike(Protocol):
    """What the report reads of a dataset."""

    @property
    def name(self) -> str: ...

    @property
    def hash(self) -> str: ...

    @property
    def meta(self) -> Mapping[str, Any]: ...

    def table(self, name: str) -> pd.DataFrame: ...


def usable(tables: Mapping[str, pd.DataFrame], name: str, columns: Sequence[str]) -> pd.DataFrame | None:
    """The table when it is there, has rows and has these columns, else None."""
    frame = tables.get(name)
    if frame is None or frame.empty or not set(columns) <= set(frame.columns):
        return None
    return frame.reset_index(drop=True)


def number_of(value: object) -> float:
    """The value as a float; NaN where it is missing or no number."""
    if value is None or value is pd.NA or isinstance(value, str):
        return math.nan
    return float(value)  # type: ignore[arg-type]


def word(value: object) -> str:
    """The value where it is a text, else nothing."""
    return value if isinstance(value, str) else ""


def truth(value: object) -> bool:
    """A flag as it stands in a table in memory or in one read from a file."""
    return str(value).strip().lower() in {"true", "yes", "1", "1.0"}


def texts(value: object) -> tuple[str, ...]:
    """Parts of a list cell, or of a list."""
    if isinstance(value, str):
        return tuple(part for part in value.replace(",", ";").split(";") if part.strip())
    if isinstance(value, Sequence):
        return tuple(str(part) for part in value)
    return ()


def flags(values: pd.Series) -> pd.Series:
    """A column of flags as booleans."""
    return values.map(truth).astype(bool)


def set_members(dataset: DatasetLike, params: Mapping[str, object], key: str) -> tuple[str, ...]:
    """Axes or corridors of the set `a` or `b`: those of the parameters, else those that the dataset names."""
    given = texts(params.get(key))
    return given or texts(dataset.meta.get("sets", {}).get(key))
