"""Tornado: what the answer becomes when one factor goes to its low and to its high end, the widest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from koridor.report import svg
from koridor.report.charts.frame import TOP, WIDTH, axis, layout, names
from koridor.report.measure import Measure, figure, quantity
from koridor.report.palette import INK, LOSS, SERIES

LOW_END = SERIES[5]
HIGH_END = SERIES[0]


@dataclass(frozen=True, slots=True)
class Swing:
    """A factor, the answer at its low and high end, and what these ends are called."""

    name: str
    low: float
    high: float
    low_name: str = ""
    high_name: str = ""


def tornado(title: str, records: Sequence[Swing], central: float, measure: Measure, axis_words: str) -> Markup:
    """Bars on both sides of the central answer."""
    values = [value for record in records for value in (record.low, record.high)] + [central]
    rows = layout(values, len(records), room_left=60, room_right=60)
    parts = axis(rows, measure, axis_words) + names(rows, [record.name for record in records])
    middle = rows.scale(central)
    for index, record in enumerate(records):
        y = rows.middle(index)
        lower, upper = sorted((record.low, record.high))
        for value, colour, end in ((record.low, LOW_END, record.low_name), (record.high, HIGH_END, record.high_name)):
            x = rows.scale(value)
            hint = f"{record.name}, {end}: {quantity(value, measure)}" if end else f"{quantity(value, measure)}"
            parts.append(svg.rect(min(x, middle), y - 8.5, abs(x - middle), 17, colour, hint=hint))
        for value, side in ((lower, -5.0), (upper, 5.0)):
            anchor = "end" if side < 0 else "start"
            at = min(rows.scale(value), middle) if side < 0 else max(rows.scale(value), middle)
            colour = LOSS if value < 0 else INK
            parts.append(svg.over(at + side, y + 4.5, figure(value, measure), anchor=anchor, size=12, fill=colour))
    parts.append(svg.line(middle, TOP - 6, middle, rows.height - 46, stroke=INK, width=1.6))
    return svg.drawing(WIDTH, rows.height, title, parts)
