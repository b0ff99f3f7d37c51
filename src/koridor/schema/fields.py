"""The vocabulary in which tables are declared: fields, ranges, tables.

A field's unit is the end of its name (``length_km``, ``vot_usd_per_t_h``): the unit is declared once, here, and a test
holds the name to it. A *range* is three fields, ``x_unit``, ``x_low_unit`` and ``x_high_unit``: the central value is
required, its bounds are wished for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    """What a cell holds; decides the dtype of the column and how text is read."""

    ID = "id"  # short text without spaces at its ends, part of a key or a reference
    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    FLAG = "flag"  # yes or no
    ENUM = "enum"  # one of `choices`
    LIST = "list"  # texts parted by ";", each one of `choices` or a reference, where these are given


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its name, what it holds, its unit and bounds, what it refers to, and what it means."""

    name: str
    kind: Kind
    doc: str
    unit: str = ""
    required: bool = False
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    ref: str = ""  # table whose key this cell names
    central: str = ""  # for the bounds of a range: the field that they enclose
    is_day: bool = False  # a text that is a day of the calendar
    is_clock: bool = False  # a text that is a time of day
    star: bool = False  # `*` may stand for all of them


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its key and its fields. `evidence` adds source, confidence and note to every row."""

    name: str
    doc: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    required: bool = False
    evidence: bool = True

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns in their order in the file."""
        return tuple(field.name for field in self.fields)

    def field(self, name: str) -> Field:
        """The field of that name. Raises KeyError when the table has none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(f"{self.name} has no field {name}")


def ident(name: str, doc: str, *, ref: str = "", required: bool = True) -> Field:
    """A short text that is part of a key or, with `ref`, names a row of another table."""
    return Field(name, Kind.ID, doc, ref=ref, required=required)


def day(name: str, doc: str, *, required: bool = False) -> Field:
    """A day of the calendar as text, such as 2026-03-02."""
    return Field(name, Kind.ID, doc, required=required, is_day=True)


def clock(name: str, doc: str, *, required: bool = False, star: bool = False) -> Field:
    """A time of day as text, from 00:00 to 24:00; with `star`, `*` may stand for every time."""
    return Field(name, Kind.ID, doc, required=required, is_clock=True, star=star)


def text(name: str, doc: str, *, required: bool = False) -> Field:
    """A line of text."""
    return Field(name, Kind.TEXT, doc, required=required)


def number(
    name: str, unit: str, doc: str, *, low: float | None = 0.0, high: float | None = None, required: bool = False
) -> Field:
    """A number in a unit, between bounds; at least 0 unless said otherwise."""
    return Field(name, Kind.NUMBER, doc, unit=unit, low=low, high=high, required=required)


def integer(
    name: str, doc: str, *, low: float | None = 0, high: float | None = None, required: bool = False, unit: str = ""
) -> Field:
    """A whole number, between bounds; at least 0 unless said otherwise."""
    return Field(name, Kind.INTEGER, doc, unit=unit, low=low, high=high, required=required)


def flag(name: str, doc: str) -> Field:
    """A yes or no; never missing."""
    return Field(name, Kind.FLAG, doc, required=True)


def enum(name: str, choices: tuple[str, ...], doc: str, *, required: bool = True) -> Field:
    """One of the choices."""
    return Field(name, Kind.ENUM, doc, choices=choices, required=required)


def listing(name: str, doc: str, *, choices: tuple[str, ...] = (), ref: str = "", required: bool = False) -> Field:
    """Texts parted by ";", each of the choices or the key of a row of `ref`."""
    return Field(name, Kind.LIST, doc, choices=choices, ref=ref, required=required)


def ranged(
    base: str, unit: str, doc: str, *, low: float | None = 0.0, high: float | None = None, required: bool = True
) -> tuple[Field, Field, Field]:
    """Central value, low and high bound of one quantity: ``base_unit``, ``base_low_unit``, ``base_high_unit``."""
    central = number(f"{base}_{unit}", unit, doc, low=low, high=high, required=required)
    lower = replace(central, name=f"{base}_low_{unit}", doc=f"Low end of {central.name}.", required=False)
    upper = replace(central, name=f"{base}_high_{unit}", doc=f"High end of {central.name}.", required=False)
    return central, replace(lower, central=central.name), replace(upper, central=central.name)


EVIDENCE = (
    Field("source", Kind.ID, "Where the row comes from.", ref="source", required=True),
    Field("confidence", Kind.ENUM, "How far the row may be trusted.", choices=("high", "medium", "low"), required=True),
    Field("note", Kind.TEXT, "What a reader of the row should know."),
)


def table(
    name: str, doc: str, key: str, *fields: Field | tuple[Field, ...], required: bool = False, evidence: bool = True
) -> Table:
    """A table from its fields; ranges may stand among them as they are."""
    flat: list[Field] = []
    for item in fields:
        flat.extend(item if isinstance(item, tuple) else (item,))
    if evidence:
        flat.extend(EVIDENCE)
    return Table(name, doc, tuple(key.split()), tuple(flat), required, evidence)
