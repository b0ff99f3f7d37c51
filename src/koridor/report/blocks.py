"""What a section of the report is made of. The template turns these into HTML and escapes every text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from koridor.report.frames import number_of
from koridor.report.measure import Measure, figure, unit_name


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table: what is read, the number behind it, an address behind it."""

    text: str
    value: float | None = None
    link: str = ""

    @property
    def sign(self) -> int:
        """-1 where the number is negative, so that it is marked."""
        return -1 if self.value is not None and self.value < 0 else 0


@dataclass(frozen=True, slots=True)
class Head:
    """Heading of a column, and its unit."""

    text: str
    unit: str = ""
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; `strong` names rows that are sums or centres."""

    caption: str
    heads: tuple[Head, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    strong: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Key:
    """An entry of a legend: colour, pattern of the stroke, meaning."""

    colour: str
    text: str
    dash: str = ""
    shape: str = "box"  # box, line, dot, ring


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing with its title, legend, note and its numbers as a table."""

    title: str
    drawing: Markup
    legend: tuple[Key, ...] = ()
    note: str = ""
    table: Table | None = None
    min_width: int = 540


@dataclass(frozen=True, slots=True)
class Tabs:
    """Drawings seen one at a time on a screen and all together on paper."""

    key: str
    items: tuple[tuple[str, Figure], ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A paragraph, `kind` p, lead, note or warn, and the items of a list below it, each of one or more cells."""

    text: str
    kind: str = "p"
    items: tuple[tuple[Cell, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Tile:
    """A number at a glance."""

    label: str
    value: str
    note: str = ""
    number: float | None = None


@dataclass(frozen=True, slots=True)
class Fold:
    """Blocks behind a heading that the reader opens."""

    title: str
    blocks: tuple[Block, ...]


Block = Table | Figure | Tabs | Note | Fold | tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered part of the report; `absent` says why it holds nothing."""

    key: str
    title: str
    blocks: tuple[Block, ...] = ()
    absent: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a result table, as it is shown: its field, heading and measure (None: text)."""

    field: str
    title: str
    measure: Measure | None = None


def number_cell(value: float, measure: Measure) -> Cell:
    """A cell with a number; a missing number is a dash."""
    return Cell(figure(value, measure), None if math.isnan(value) else value)


def text_cell(value: object) -> Cell:
    """A cell with text; a missing text is empty."""
    return Cell("" if value is None or value is pd.NA or value != value else str(value))


def table_of(
    frame: pd.DataFrame, columns: Sequence[Column], caption: str, *, note: str = "", strong: Sequence[int] = ()
) -> Table:
    """The frame as a table of these columns; columns that the frame lacks are left out."""
    shown = [column for column in columns if column.field in frame.columns]
    heads = tuple(
        Head(column.title, unit_name(column.measure) if column.measure else "", column.measure is not None)
        for column in shown
    )
    rows = tuple(
        tuple(
            number_cell(number_of(row[column.field]), column.measure)
            if column.measure
            else text_cell(row[column.field])
            for column in shown
        )
        for row in frame.to_dict("records")
    )
    return Table(caption, heads, rows, note, frozenset(strong))
