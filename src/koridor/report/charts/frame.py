"""What charts with names at the left and a value axis below have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from koridor.report import svg
from koridor.report.measure import Measure, tick, unit_name
from koridor.report.palette import GRID, INK, MUTED
from koridor.report.scale import Linear, enclosing

WIDTH = 760.0
ROW = 28.0
TOP = 10.0
FOOT = 50.0
NAMES = 235.0
SIZE = 13
SMALL = 11.5


@dataclass(frozen=True, slots=True)
class Rows:
    """The layout of a chart of rows: its scale, where rows lie, how high it is."""

    scale: Linear
    marks: Sequence[float]
    count: int
    left: float
    right: float

    @property
    def height(self) -> float:
        return TOP + self.count * ROW + FOOT

    def middle(self, index: int) -> float:
        """Vertical centre of a row."""
        return TOP + (index + 0.5) * ROW


def layout(
    values: Sequence[float], count: int, *, left: float = NAMES, room_left: float = 56, room_right: float = 66
) -> Rows:
    """A layout whose scale holds the values and zero, with room for numbers at both ends."""
    scale, marks = enclosing(values, left + room_left, WIDTH - room_right)
    return Rows(scale, marks, count, left, WIDTH)


def axis(rows: Rows, measure: Measure, title: str) -> list[Markup]:
    """Grid, ticks, numbers and title of the value axis; zero is drawn in ink."""
    foot = TOP + rows.count * ROW
    parts = []
    for mark in rows.marks:
        x = rows.scale(mark)
        zero = abs(mark) < 1e-12 * max(1.0, abs(rows.marks[-1]))
        parts.append(svg.line(x, TOP, x, foot + 4, stroke=INK if zero else GRID, width=1.2 if zero else 1.0))
        parts.append(svg.text(x, foot + 19, tick(mark, measure), anchor="middle", size=12, fill=MUTED))
    unit = unit_name(measure)
    words = f"{title}, {unit}" if unit else title
    parts.append(svg.axis_title((rows.scale.start + rows.scale.stop) / 2, foot + 40, words))
    return parts


def names(rows: Rows, words: Sequence[str]) -> list[Markup]:
    """Names of the rows, on two lines where long; the whole name shows under the pointer."""
    parts = []
    for index, name in enumerate(words):
        lines = svg.wrapped(name, rows.left - 8, SIZE)
        if len(lines) > 1:
            lines = svg.wrapped(name, rows.left - 8, SMALL)
        size = SIZE if len(lines) == 1 else SMALL
        y = rows.middle(index) + (4.5 if len(lines) == 1 else -1.5)
        drawn = [
            svg.text(rows.left - 4, y + 12 * line, words, anchor="end", size=size) for line, words in enumerate(lines)
        ]
        parts.append(svg.group([svg.tag("title", {}, name), *drawn]))
    return parts
