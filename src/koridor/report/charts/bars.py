"""Horizontal bars that begin at zero.

Gains to the right in blue, losses to the left in orange, each with its number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from koridor.report import svg
from koridor.report.charts.frame import WIDTH, axis, layout, names
from koridor.report.measure import Measure, figure, quantity
from koridor.report.palette import GAIN, INK, LOSS


@dataclass(frozen=True, slots=True)
class Bar:
    """A name, its value, and a remark printed after the number."""

    name: str
    value: float
    remark: str = ""


def bars(
    title: str, records: Sequence[Bar], measure: Measure, axis_words: str, *, reference: float | None = None
) -> Markup:
    """Bars in the order given; `reference` draws a dashed line across all rows."""
    remark = max([svg.width_of(record.remark, 12) for record in records] + [0.0])
    values = [record.value for record in records] + ([reference] if reference is not None else [])
    lowest = min([0.0, *values])
    rows = layout(values, len(records), room_left=62 if lowest < 0 else 6, room_right=66 + remark)
    parts = axis(rows, measure, axis_words) + names(rows, [record.name for record in records])
    zero = rows.scale(0.0)
    numbers = []
    for index, record in enumerate(records):
        end, y = rows.scale(record.value), rows.middle(index)
        colour = GAIN if record.value >= 0 else LOSS
        hint = f"{record.name}: {quantity(record.value, measure)}"
        parts.append(svg.rect(min(zero, end), y - 8.5, max(1.0, abs(end - zero)), 17, colour, hint=hint))
        side = 5 if record.value >= 0 else -5
        words = figure(record.value, measure)
        anchor = "start" if side > 0 else "end"
        numbers.append(svg.over(end + side, y + 4.5, words, anchor=anchor))
        if record.remark:
            after = end + 14 + svg.width_of(words, 13) if side > 0 else zero + 6
            numbers.append(svg.over(after, y + 4.5, record.remark, size=12, fill="#444"))
    if reference is not None:
        x = rows.scale(reference)
        parts.append(svg.line(x, 4, x, rows.height - 46, stroke=INK, width=1.4, dash="5 3"))
    return svg.drawing(WIDTH, rows.height, title, [*parts, *numbers])


@dataclass(frozen=True, slots=True)
class Stack:
    """A name, the values of its series in their order, and the sum as the table gives it."""

    name: str
    values: tuple[float, ...]
    total: float | None = None


def stacks(
    title: str,
    records: Sequence[Stack],
    colours: Sequence[str],
    measure: Measure,
    axis_words: str,
    *,
    marked: bool = True,
) -> Markup:
    """Bars of several parts: gains stacked to the right of zero, losses to the left.

    The total stands at the right, and where `marked` as a black diamond on the bar.
    """
    ends: list[float] = []
    for record in records:
        ends.append(sum(value for value in record.values if value > 0))
        ends.append(sum(value for value in record.values if value < 0))
    rows = layout(ends, len(records), room_left=8 if min(ends) >= 0 else 20, room_right=84)
    parts = axis(rows, measure, axis_words) + names(rows, [record.name for record in records])
    for index, record in enumerate(records):
        y, up, down = rows.middle(index), 0.0, 0.0
        for value, colour in zip(record.values, colours, strict=False):
            begin = up if value >= 0 else down
            x1, x2 = sorted((rows.scale(begin), rows.scale(begin + value)))
            parts.append(svg.rect(x1, y - 8.5, x2 - x1, 17, colour, hint=f"{record.name}: {quantity(value, measure)}"))
            up, down = (up + value, down) if value >= 0 else (up, down + value)
        if record.total is not None:
            if marked:
                parts.append(_diamond(rows.scale(record.total), y))
            parts.append(svg.text(WIDTH - 4, y + 4.5, figure(record.total, measure), anchor="end"))
    return svg.drawing(WIDTH, rows.height, title, parts)


def _diamond(x: float, y: float) -> Markup:
    shape = svg.points([(x, y - 6), (x + 6, y), (x, y + 6), (x - 6, y)]) + "Z"
    return svg.tag("path", {"d": shape, "fill": INK, "stroke": "#fff", "stroke-width": 1.2})
