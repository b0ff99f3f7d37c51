"""Tables to bytes, always the same: columns as declared, rows by key, one way to write a number."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from koridor.schema.fields import Field, Kind, Table
from koridor.schema.tables import TABLES

DECIMALS = 8


def merge(parts: list[Mapping[str, pd.DataFrame]]) -> dict[str, pd.DataFrame]:
    """All tables of all parts; parts of one table are put one after the other. Raises ValueError for an unknown one."""
    frames: dict[str, list[pd.DataFrame]] = {}
    for part in parts:
        for name, frame in part.items():
            if name not in TABLES:
                raise ValueError(f"unknown table {name}")
            frames.setdefault(name, []).append(frame)
    return {name: pd.concat(items, ignore_index=True) for name, items in frames.items()}


def csv_text(name: str, frame: pd.DataFrame) -> str:
    """The table as CSV text. Raises ValueError when a key is there twice or a column is not declared."""
    table = TABLES[name]
    unknown = [column for column in frame.columns if column not in table.columns]
    if unknown:
        raise ValueError(f"{name}: columns that are not declared: {', '.join(unknown)}")
    text = pd.DataFrame({field.name: _cells(field, frame) for field in table.fields})
    doubles = text[text.duplicated(list(table.key), keep=False)]
    if len(doubles):
        raise ValueError(f"{name}: keys twice: {doubles[list(table.key)].drop_duplicates().to_dict('records')[:5]}")
    text = _sorted(table, text)
    return text.to_csv(index=False, lineterminator="\n")


def write(folder: Path, tables: Mapping[str, pd.DataFrame], header: str) -> None:
    """Writes one CSV per table and `dataset.toml`; files of tables that are gone are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {f"{name}.csv": csv_text(name, frame) for name, frame in tables.items()}
    for file in folder.glob("*.csv"):
        if file.name not in texts:
            file.unlink()
    for name, text in {**texts, "dataset.toml": header}.items():
        (folder / name).write_bytes(text.encode("utf-8"))


def _sorted(table: Table, text: pd.DataFrame) -> pd.DataFrame:
    keys = pd.DataFrame({name: text[name] for name in table.key})
    for name in table.key:
        if table.field(name).kind in (Kind.INTEGER, Kind.NUMBER):
            keys[name] = pd.to_numeric(keys[name])
    return text.loc[keys.sort_values(list(table.key), kind="stable").index]


def _cells(field: Field, frame: pd.DataFrame) -> list[str]:
    if field.name not in frame:
        return [""] * len(frame)
    return [_cell(field, value) for value in frame[field.name].tolist()]


def _cell(field: Field, value: object) -> str:
    if value is None or value == "" or (isinstance(value, float) and value != value):
        return ""
    if field.kind is Kind.NUMBER:
        return _decimal(float(str(value)))
    if field.kind is Kind.INTEGER:
        return str(round(float(str(value))))
    if field.kind is Kind.FLAG:
        return "yes" if value is True or value == "yes" else "no"
    if field.kind is Kind.LIST and not isinstance(value, str):
        return ";".join(str(item) for item in value)  # type: ignore[attr-defined]
    return " ".join(str(value).split())


def _decimal(value: float) -> str:
    text = f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
