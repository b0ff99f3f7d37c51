"""The tables beside this module: boxes of forms, dated norms (a row is in force from and until its dates), papers."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from koridor.operator.identifiers.tables import Row
from koridor.operator.identifiers.tables import rows as rows_of

__all__ = ["TABLES", "Row", "in_force", "marked", "rows"]

TABLES = Path(__file__).parent / "tables"


def rows(name: str, folder: Path = TABLES) -> tuple[Row, ...]:
    """Rows of a table in the order of its file."""
    return rows_of(name, folder)


def in_force(name: str, on: date, folder: Path = TABLES) -> tuple[Row, ...]:
    """Rows of a dated table that are in force on a day: `valid_from` and `valid_to` included, empty is open."""
    return tuple(
        row
        for row in rows(name, folder)
        if (not row["valid_from"] or date.fromisoformat(row["valid_from"]) <= on)
        and (not row["valid_to"] or on <= date.fromisoformat(row["valid_to"]))
    )


def marked(row: Row) -> bool:
    """Whether a row is an estimate, not yet seen in the text of the rule."""
    return row["confidence"] == "estimate"
