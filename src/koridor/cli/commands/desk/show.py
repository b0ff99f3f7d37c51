"""Answers of the desk for people: tables, and objects line by line. Moments are in UTC."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from koridor.cli.commands.desk.heads import heads
from koridor.cli.commands.desk.values import MS
from koridor.cli.output import Cell, Column, sentence, table
from koridor.operator.common.policy import HOUR_MS
from koridor.operator.money.currency import major_of
from koridor.text import t

SPANS = ("waits_ms", "delay_ms", "slower_ms")  # that last, and are no moments
MONEY = ("amounts", "totals", "billed", "open", "opening", "closing", "balance")
Row = Mapping[str, Any]


def show(answer: Any, specs: Iterable[str]) -> None:
    """Prints of an answer what the tables of a verb say."""
    for spec in specs:
        where, _, names = spec.partition(":")
        columns = names.split()
        if where:
            _table(where, columns, list(rows_at(answer, where)))
        else:
            _lines(answer, columns)


def rows_at(answer: Row, where: str) -> Iterator[Row]:
    """The rows of a table of an answer, each with all that stands around it."""
    rows: Iterable[Row] = [answer]
    parts = where.split(".")
    for part, below in zip(parts, [*parts[1:], ""], strict=True):
        rows = [{**row, **inner} for row in rows for inner in _inner(part, row.get(part), below)]
    yield from rows


def _inner(part: str, value: Any, below: str) -> Iterator[Row]:
    """What a row holds under a name: an object that holds what is wanted below, or pairs of any other, or a list."""
    if isinstance(value, Mapping):
        yield from [value] if below in value else ({"name": name, "value": one} for name, one in value.items())
    for one in value if isinstance(value, list) else ():
        yield one if isinstance(one, Mapping) else {part: one}


def _table(where: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    known = heads()
    if columns == [where]:
        if rows:
            sentence(known[where])
        for row in rows:
            sentence(f"  {cell(where, row)}")
        return
    told = [[cell(name, row) for name in columns] for row in rows]
    kept = [at for at in range(len(columns)) if any(row[at] not in (None, "") for row in told)]
    if not kept:
        return
    shown = [_named(columns[at]) for at in kept]
    drawn = [Column(known[name], "" if _is_money(name) else None) for name in shown]
    title = known[where.rpartition(".")[2]]
    table(title[:1].upper() + title[1:], drawn, [[row[at] for at in kept] for row in told])


def _lines(answer: Row, columns: Sequence[str]) -> None:
    known = heads()
    for name in columns:
        value = cell(name, answer)
        if value not in (None, ""):
            sentence(f"{known[_named(name)]}: {value}")


def cell(column: str, row: Row) -> Cell:
    """What a column shows of a row; None where the row has nothing there."""
    value: Any = row
    for part in column.partition("=")[0].split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        return len(value)
    return _shown(_named(column), value, row)


def _shown(name: str, value: Any, row: Row) -> Cell:
    """A value by its name; its currency stands beside it."""
    if value is None or isinstance(value, float):
        return value
    if _is_money(name):
        return _money(value, str(row.get("currency", "")))
    if name in SPANS:
        return _hours(value)
    if name.endswith("_ms") and isinstance(value, int):
        return datetime.fromtimestamp(value / MS, UTC).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, bool):
        return t("yes") if value else t("no")
    return value if isinstance(value, int) else _plain(value)


def _hours(value: Any) -> Cell:
    if isinstance(value, Mapping):
        return _plain({name: _hours(one) for name, one in value.items()})
    return round(float(value) / HOUR_MS, 1)


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{_bare(name)}: {_shown(name, one, value)}" for name, one in value.items() if one is not None)
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return "".join(sign if sign.isprintable() else " " for sign in str(value))


def _bare(name: str) -> str:
    """A field without its unit, which its value shows."""
    return name.removesuffix("_minor").removesuffix("_ms")


def _money(value: Any, currency: str) -> str:
    """Amounts by currency, or one of the currency that stands in a column beside it."""
    if isinstance(value, Mapping):
        return ", ".join(f"{_amount(code, minor)} {code}" for code, minor in value.items()) or "0"
    return _amount(currency, value)


def _amount(currency: str, minor: int) -> str:
    return f"{Decimal(major_of(currency, minor)):,f}"


def _is_money(name: str) -> bool:
    return name in MONEY or name.endswith("_minor")


def _named(column: str) -> str:
    return column.rpartition("=")[2].rpartition(".")[2]
