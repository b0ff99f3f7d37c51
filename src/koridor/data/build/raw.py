"""The raw tables, as text, and the parameters by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Parameter:
    """One assumption: central value, low and high end, and what it rests on."""

    value: float
    low: float
    high: float
    source: str
    confidence: str
    note: str


@dataclass(frozen=True)
class Raw:
    """All raw tables by file name: every cell is text, an empty cell is the empty text.

    `facts` are the tables of the fact base, `own` the tables of assumptions that the project added.
    """

    facts: Mapping[str, pd.DataFrame]
    own: Mapping[str, pd.DataFrame]
    parameters: Mapping[str, Parameter]

    @classmethod
    def load(cls, folder: Path) -> Raw:
        """Reads every CSV of ``folder/facts`` and ``folder/koridor``."""
        own = _read_folder(folder / "koridor")
        return cls(_read_folder(folder / "facts"), own, _parameters(own["parameters"]))

    def value(self, name: str) -> float:
        """Central value of a parameter. Raises KeyError when there is none of that name."""
        return self.parameters[name].value


def number(column: pd.Series) -> pd.Series:
    """The column as float64; empty text becomes missing, any other text that is no number raises ValueError."""
    return pd.to_numeric(column.where(column != ""), errors="raise").astype("float64")


def records(frame: pd.DataFrame) -> list[Any]:
    """The rows as named tuples, untyped: what columns a raw table has is known only when it is read."""
    return list(frame.itertuples(index=False))


def pairs(frame: pd.DataFrame, key: str, value: str) -> dict[str, str]:
    """One column by another, both text."""
    return dict(zip(frame[key].tolist(), frame[value].tolist(), strict=True))


def _read_folder(folder: Path) -> dict[str, pd.DataFrame]:
    return {
        file.stem: pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8")
        for file in sorted(folder.glob("*.csv"))
    }


def _parameters(frame: pd.DataFrame) -> dict[str, Parameter]:
    return {
        row.name: Parameter(
            float(row.value),
            float(row.low or row.value),
            float(row.high or row.value),
            row.source,
            row.confidence,
            row.note,
        )
        for row in records(frame)
    }
