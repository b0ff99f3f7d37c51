"""The tables of codes beside this module, as rows; each row has its source and its confidence."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

TABLES = Path(__file__).parent / "tables"
Row = Mapping[str, str]


@cache
def rows(name: str, folder: Path = TABLES) -> tuple[Row, ...]:
    """Rows of a table in the order of its file."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return tuple(MappingProxyType(row) for row in csv.DictReader(stream))


@cache
def by_key(name: str, key: str = "code", folder: Path = TABLES) -> Mapping[str, Row]:
    """Rows of a table by one of its columns; of equal keys the first."""
    found: dict[str, Row] = {}
    for row in rows(name, folder):
        found.setdefault(row[key], row)
    return MappingProxyType(found)
