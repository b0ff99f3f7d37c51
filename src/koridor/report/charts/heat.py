"""A table of cells coloured by their value, with the value written in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from koridor.report import svg
from koridor.report.measure import Measure, figure, quantity, tick
from koridor.report.palette import ink_on, ramp

LEFT = 78.0
TOP = 8.0
CELL_HEIGHT = 36.0
WIDTH = 760.0
PALEST_LOSS = 0.3


def heat(
    title: str,
    cells: Mapping[tuple[float, float], float],
    across: tuple[Sequence[float], Measure, str],
    down: tuple[Sequence[float], Measure, str],
    measure: Measure,
) -> Markup:
    """Cells by (across, down); the axes are (values, measure, title). Cells that are missing stay blank."""
    width = min(92.0, (WIDTH - LEFT - 10) / max(1, len(across[0])))
    top_value = max([abs(value) for value in cells.values()] + [1e-12])
    parts = []
    for row, y_value in enumerate(reversed(down[0])):
        y = TOP + row * CELL_HEIGHT
        parts.append(svg.text(LEFT - 8, y + 23, tick(y_value, down[1]), anchor="end", size=13))
        for column, x_value in enumerate(across[0]):
            if (x_value, y_value) not in cells:
                continue
            value = cells[x_value, y_value]
            share, x = _share(value, top_value), LEFT + column * width
            hint = f"{quantity(x_value, across[1])}, {quantity(y_value, down[1])}: {quantity(value, measure)}"
            parts.append(svg.rect(x, y, width, CELL_HEIGHT, ramp(share), stroke="#fff", hint=hint))
            words = figure(value, measure)
            parts.append(svg.text(x + width / 2, y + 23, words, anchor="middle", size=13, fill=ink_on(share)))
    foot = TOP + len(down[0]) * CELL_HEIGHT
    for column, x_value in enumerate(across[0]):
        x = LEFT + (column + 0.5) * width
        parts.append(svg.text(x, foot + 18, tick(x_value, across[1]), anchor="middle", size=13))
    parts.append(svg.axis_title(LEFT + width * len(across[0]) / 2, foot + 40, across[2]))
    parts.append(svg.axis_title(16, TOP + (foot - TOP) / 2, down[2], turned=True))
    drawn = max(480.0, LEFT + width * len(across[0]) + 10)
    return svg.drawing(drawn, max(foot + 50, 150.0), title, parts)


def _share(value: float, top: float) -> float:
    """Share of the ramp; a value below zero is never so pale that its colour is lost."""
    share = value / top
    return min(share, -PALEST_LOSS) if share < 0 else share
