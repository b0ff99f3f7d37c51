"""What the operator's tables are made of: one catalogue, and a few kinds of column.

Texts, whole numbers and bytes alone: they mean the same in SQLite and in PostgreSQL. Times are milliseconds since 1970
in UTC (`_ms`), money is whole minor units (`_minor`), quantities of capacity are whole parts (see `network.resource`).
"""

from __future__ import annotations

import sqlalchemy as sa

METADATA = sa.MetaData()


def table(name: str, *items: sa.schema.SchemaItem) -> sa.Table:
    """A table of the operator."""
    return sa.Table(name, METADATA, *items)


def key(name: str, *refers: str) -> sa.Column[str]:
    """A text that is part of the primary key, maybe one that refers to another table."""
    return sa.Column(name, sa.Text, *map(sa.ForeignKey, refers), primary_key=True)


def number_key(name: str) -> sa.Column[int]:
    """A whole number that is part of the primary key."""
    return sa.Column(name, sa.BigInteger, primary_key=True, autoincrement=False)


def text(name: str, *refers: str, empty: bool = False, default: str | None = None) -> sa.Column[str]:
    """A text, required unless `empty`; `default` is that of rows that were there before it was kept."""
    return sa.Column(name, sa.Text, *map(sa.ForeignKey, refers), nullable=empty, server_default=default)


def number(name: str, *, empty: bool = False) -> sa.Column[int]:
    """A whole number, required unless `empty`."""
    return sa.Column(name, sa.BigInteger, nullable=empty)


def content(name: str) -> sa.Column[bytes]:
    """Bytes."""
    return sa.Column(name, sa.LargeBinary, nullable=False)


def check(name: str, rule: str) -> sa.CheckConstraint:
    """A rule that the database itself keeps."""
    return sa.CheckConstraint(rule, name=name)


def once_where(name: str, column: str, rule: str) -> sa.Index:
    """A rule that of the rows for which another holds no two have the same value."""
    return sa.Index(name, column, unique=True, sqlite_where=sa.text(rule), postgresql_where=sa.text(rule))


def one_of(name: str, column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    """A rule that a text is one of some values."""
    listed = ", ".join(f"'{value}'" for value in values)
    return check(name, f"{column} IN ({listed})")
