"""Land and frontiers under the network: outlines shipped with the package, cut and simplified for the view."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
from markupsafe import Markup

from koridor.report import svg
from koridor.report.labels import Box
from koridor.report.maps.projection import Coordinates
from koridor.report.maps.shapes import cut_ring, runs_inside, simplify
from koridor.report.maps.view import View
from koridor.report.palette import FRONTIER, LAND, WATER

TOLERANCE = 0.35
REACH_DEG = 80.0


def outlines(name: str) -> list[Coordinates]:
    """Lines of longitude and latitude in a GeoJSON geometry of the package; none where the file is absent."""
    file = files("koridor.atlas").joinpath("map", name)
    if not file.is_file():
        return []
    content = json.loads(file.read_text(encoding="utf-8"))
    return list(_lines(content.get("coordinates", content.get("rings", []))))


def _lines(nested: list[Any]) -> Iterator[Coordinates]:
    """Every list of coordinate pairs in lists of any depth."""
    if len(nested) >= 2 and isinstance(nested[0][0], int | float):
        yield np.array([pair[:2] for pair in nested], dtype=np.float64)
        return
    for part in nested:
        if isinstance(part[0], list):
            yield from _lines(part)


@lru_cache(maxsize=4)
def land(view: View) -> Markup:
    """Water, land and frontiers inside the view; kept, as maps of one region are drawn again and again."""
    near = Box(view.projection.lon0_deg - REACH_DEG, -60.0, view.projection.lon0_deg + REACH_DEG, 84.0)
    parts = [svg.rect(0, 0, view.width, view.height, WATER)]
    shapes = []
    for ring in outlines("land.json"):
        piece = _seen_ring(ring, near, view)
        if len(piece) >= 3:
            shapes.append(svg.points([(x, y) for x, y in piece]) + "Z")
    if shapes:
        parts.append(
            svg.tag(
                "path",
                {
                    "d": "".join(shapes),
                    "fill": LAND,
                    "fill-rule": "evenodd",
                    "stroke": "#c9c3b5",
                    "stroke-width": "0.6",
                },
            )
        )
    lines = []
    for path in outlines("borders.json"):
        for part in _seen_line(path, near, view):
            lines.append(svg.points([(x, y) for x, y in part]))
    if lines:
        parts.append(
            svg.tag(
                "path",
                {
                    "d": "".join(lines),
                    "fill": "none",
                    "stroke": FRONTIER,
                    "stroke-width": "0.9",
                    "stroke-dasharray": "4 2",
                },
            )
        )
    return svg.group(parts)


def _seen_ring(ring: Coordinates, near: Box, view: View) -> Coordinates:
    cut = cut_ring(ring, near)
    if len(cut) < 3:
        return cut
    margin = Box(-5.0, -5.0, view.width + 5, view.height + 5)
    return simplify(cut_ring(view.pixels(_dense(cut)), margin), TOLERANCE)


def _seen_line(path: Coordinates, near: Box, view: View) -> list[Coordinates]:
    margin = Box(-5.0, -5.0, view.width + 5, view.height + 5)
    found: list[Coordinates] = []
    for run in runs_inside(path, near):
        found.extend(simplify(part, TOLERANCE) for part in runs_inside(view.pixels(run), margin))
    return found


def _dense(ring: Coordinates, step_deg: float = 3.0) -> Coordinates:
    """The ring with points added on long sides, which the projection bends."""
    after = np.roll(ring, -1, axis=0)
    pieces = []
    for start, stop in zip(ring, after, strict=True):
        count = max(1, int(np.abs(stop - start).max() / step_deg))
        pieces.append(start + (stop - start) * (np.arange(count) / count)[:, None])
    return np.concatenate(pieces)
