"""Ranges: a line from low to high with its central value, and a fainter twin row for what it is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from koridor.report import svg
from koridor.report.charts.frame import WIDTH, axis, layout, names
from koridor.report.measure import Measure, figure, quantity
from koridor.report.palette import SERIES

SHAPES = {"low": 5.0, "central": 7.5, "high": 5.0}


@dataclass(frozen=True, slots=True)
class Range:
    """A name and its values by level, such as low, central and high demand."""

    name: str
    values: tuple[tuple[str, float], ...]


def ranges(title: str, records: Sequence[Range], measure: Measure, axis_words: str) -> Markup:
    """One row a range; the central value is a large disc and carries its number."""
    values = [value for record in records for _, value in record.values]
    rows = layout(values, len(records), room_left=14, room_right=84)
    parts = axis(rows, measure, axis_words) + names(rows, [record.name for record in records])
    for index, record in enumerate(records):
        y = rows.middle(index)
        found = [rows.scale(value) for _, value in record.values]
        parts.append(svg.line(min(found), y, max(found), y, stroke=SERIES[0], width=3.0))
        for level, value in record.values:
            hint = f"{record.name}, {level}: {quantity(value, measure)}"
            central = level == "central"
            fill = SERIES[0] if central else "#fff"
            parts.append(
                svg.dot(rows.scale(value), y, SHAPES.get(level, 5.0), fill, stroke=SERIES[0], width=2.0, hint=hint)
            )
        shown = dict(record.values).get("central", record.values[0][1])
        parts.append(svg.text(WIDTH - 4, y + 4.5, figure(shown, measure), anchor="end"))
    return svg.drawing(WIDTH, rows.height, title, parts)
