"""Model against count: a bar for the model and a diamond for the count, by line and direction."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from koridor.report import svg
from koridor.report.charts.frame import WIDTH, axis, layout, names
from koridor.report.measure import Measure, figure, quantity
from koridor.report.palette import INK, SERIES


@dataclass(frozen=True, slots=True)
class Pair:
    """A name, what the model has and what was counted (NaN: no count)."""

    name: str
    model: float
    count: float


def pairs(title: str, records: Sequence[Pair], measure: Measure, axis_words: str) -> Markup:
    """Bars with a mark at the count; a line without a count has no mark."""
    values = [value for record in records for value in (record.model, record.count)]
    rows = layout(values, len(records), room_left=6, room_right=130)
    parts = axis(rows, measure, axis_words) + names(rows, [record.name for record in records])
    for index, record in enumerate(records):
        y, zero = rows.middle(index), rows.scale(0.0)
        hint = f"{record.name}: {quantity(record.model, measure)}"
        parts.append(svg.rect(zero, y - 7, rows.scale(record.model) - zero, 14, SERIES[4], hint=hint))
        words = figure(record.model, measure)
        if math.isfinite(record.count):
            x = rows.scale(record.count)
            parts.append(svg.line(x, y - 10, x, y + 10, stroke="#fff", width=6.0))
            parts.append(svg.line(x, y - 10, x, y + 10, stroke=INK, width=3.0))
            words = f"{words} : {figure(record.count, measure)}"
        parts.append(svg.text(WIDTH - 4, y + 4.5, words, anchor="end"))
    return svg.drawing(WIDTH, rows.height, title, parts)
