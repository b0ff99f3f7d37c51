"""Every problem in a set of tables, all at once. What each field may hold comes from its declaration."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import numpy as np
import pandas as pd

from koridor.errors import Problem
from koridor.schema import rules, schedules, tariff_rules
from koridor.schema.cells import Column, among, check_column, nearest, parts, rename_hint
from koridor.schema.convert import MOST, key_of, more, row_number
from koridor.schema.derive import pandas_dtype
from koridor.schema.fields import Table
from koridor.schema.tables import TABLES
from koridor.text import t


def check(
    tables: Mapping[str, pd.DataFrame],
    *,
    only: Collection[str] | None = None,
    files: Mapping[str, str] | None = None,
    unread: Collection[str] = (),
) -> list[Problem]:
    """All problems of the tables, in the order of the schema; an empty list when they can be used.

    Parameters
    ----------
    tables
        Frames by name of table, in the declared dtypes. Optional tables may be absent.
    only
        Check what a change of these tables can break: their own cells, what they refer to and what refers to them.
    files
        What each table is called on disk, to name it in problems; by default the name of the table.
    unread
        Tables that are there but could not be read: they are not missing, and nothing is held against them.
    """
    names = files or {}
    problems: list[Problem] = []
    if only is None:
        problems += [unknown_table(name, names.get(name, "")) for name in tables if name not in TABLES]
    whole = [table for name, table in TABLES.items() if (only is None or name in only) and name not in unread]
    for table in whole:
        frame, file = tables.get(table.name), names.get(table.name, "")
        problems += check_table(table, frame, file) if frame is not None else _missing_table(table)
    sound = {name for name, table in TABLES.items() if name not in unread and _is_sound(table, tables.get(name))}
    problems += _references(tables, only, names, sound)
    for rule in (*rules.RULES, *schedules.RULES, *tariff_rules.RULES):
        if sound.issuperset(rule.tables) and (only is None or not rule.tables.isdisjoint(only)):
            problems += rule.find({name: tables[name] for name in rule.tables if name in tables}, names)
    return problems


def _is_sound(table: Table, frame: pd.DataFrame | None) -> bool:
    """Whether other tables can be held against this one: no column is missing or of a wrong dtype."""
    if frame is None or (table.required and frame.empty):
        return not table.required
    found = dict(zip(frame.columns, frame.dtypes, strict=True))
    return all(found.get(field.name) == pandas_dtype(field.kind) for field in table.fields)


def _missing_table(table: Table) -> list[Problem]:
    if not table.required:
        return []
    hint = t("add {file} with the columns {columns}", file=f"{table.name}.csv", columns=", ".join(table.columns))
    return [Problem(table.name, limit=t("the table is required"), hint=hint)]


def check_table(table: Table, frame: pd.DataFrame, file: str = "") -> list[Problem]:
    """All problems of one table that can be seen without the others."""
    return list(_check_table(table, frame, file))


def _check_table(table: Table, frame: pd.DataFrame, file: str) -> Iterator[Problem]:
    for name in frame.columns:
        if name not in table.columns:
            hint = rename_hint(str(name), table.columns)
            yield Problem(table.name, file, None, str(name), limit=t("the table has no such column"), hint=hint)
    if table.required and frame.empty:
        yield Problem(table.name, file, limit=t("the table must have a row"), hint=t("add at least one row"))
    cells = {field.name: Column.of(table, field, frame, file) for field in table.fields if field.name in frame.columns}
    for field in table.fields:
        if field.name in cells:
            yield from check_column(cells[field.name], cells)
        else:
            hint = t("add the column {field}: {what}", field=field.name, what=field.doc)
            yield Problem(table.name, file, None, field.name, limit=t("the column is missing"), hint=hint)
    if set(table.key) <= cells.keys():
        yield from _duplicates(table, frame, file)


def _duplicates(table: Table, frame: pd.DataFrame, file: str) -> Iterator[Problem]:
    keys = list(table.key)
    again = frame.duplicated(keys).to_numpy()
    if not again.any():
        return
    for at in np.flatnonzero(again)[:MOST]:
        key, row = key_of(table, frame, int(at)), row_number(frame, int(at)) if file else None
        limit, hint = t("a row with this key stands above"), t("remove one of the rows, or tell them apart")
        yield Problem(table.name, file, row, " ".join(keys), key, "/".join(key), limit, hint)
    yield from more(table, " ".join(keys), int(again.sum()), file)


def _references(
    tables: Mapping[str, pd.DataFrame], only: Collection[str] | None, files: Mapping[str, str], sound: Collection[str]
) -> Iterator[Problem]:
    known: dict[str, set[str]] = {}
    for table in TABLES.values():
        frame = tables.get(table.name)
        if frame is None or frame.empty:
            continue
        for field in table.fields:
            concerned = only is None or table.name in only or field.ref in only
            if field.ref in sound and field.name in frame.columns and concerned:
                if field.ref not in known:
                    keys = tables[field.ref][TABLES[field.ref].key[0]].tolist() if field.ref in tables else []
                    known[field.ref] = {key for key in keys if isinstance(key, str)}
                column = Column.of(table, field, frame, files.get(table.name, ""))
                yield from _unknown_references(column, known[field.ref])


def _unknown_references(column: Column, known: set[str]) -> list[Problem]:
    field, values = column.field, column.cells.to_numpy(dtype=object)
    unique = {value for value in values if isinstance(value, str) and value}
    strange = {text for text in unique - known if not known.issuperset(parts(field, text))}
    if not strange:
        return []

    def hint(text: str) -> str:
        part = next(part for part in parts(field, text) if part not in known)
        near = nearest(part, known)
        if near:
            return t("add {name} to {table}, or write {near}", name=part, table=field.ref, near=near)
        return t("add {name} to {table}", name=part, table=field.ref)

    return column.problems(among(values, strange), t("must name a row of {table}", table=field.ref), hint)


def unknown_table(name: str, file: str) -> Problem:
    """The Problem of a table that the schema does not have."""
    return Problem(name, file or name, limit=t("the schema has no such table"), hint=rename_hint(name, TABLES))
