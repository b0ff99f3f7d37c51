"""Time-distance and cost-distance diagrams (UNESCAP): slopes are legs, vertical steps are stops at nodes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from koridor.report import svg
from koridor.report.labels import Box, Wish, place
from koridor.report.measure import Measure, tick, unit_name
from koridor.report.palette import DASHES, GRID, INK, MUTED, SERIES
from koridor.report.scale import enclosing

WIDTH, HEIGHT = 760.0, 430.0
LEFT, RIGHT, TOP, FOOT = 74.0, 24.0, 16.0, 56.0
NODE_LABELS = 18
HEADROOM = 1.07
BAND_OPACITY = 0.12


@dataclass(frozen=True, slots=True)
class Point:
    """Kilometres and hours or dollars so far, at a node, with the ends of its band where it has one."""

    x: float
    y: float
    node: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """A way from door to door."""

    name: str
    points: tuple[Point, ...]


def ways(title: str, records: Sequence[Way], measure: Measure, y_title: str, x_title: str) -> Markup:
    """Ways over distance, each with its own colour and dash, and the nodes where most is lost named."""
    across, x_marks = enclosing([p.x for way in records for p in way.points], LEFT, WIDTH - RIGHT, count=7)
    divisor = measure.value.divisor
    top = HEADROOM * max(max(p.y, p.high or p.y) / divisor for way in records for p in way.points)
    up, y_marks = enclosing([top], HEIGHT - FOOT, TOP, count=6)
    parts = []
    for mark in x_marks:
        parts.append(svg.line(across(mark), TOP, across(mark), HEIGHT - FOOT))
        words = tick(mark, Measure.KM)
        parts.append(svg.text(across(mark), HEIGHT - FOOT + 18, words, anchor="middle", size=12, fill=MUTED))
    for mark in y_marks:
        parts.append(svg.line(LEFT, up(mark), WIDTH - RIGHT, up(mark)))
        words = tick(mark * divisor, measure)
        parts.append(svg.text(LEFT - 7, up(mark) + 4, words, anchor="end", size=12, fill=MUTED))
    obstacles: list[Box] = []
    wishes: list[Wish] = []
    for index, way in enumerate(records):
        pairs = [(across(p.x), up(p.y / divisor)) for p in way.points]
        colour, dash = style(index)
        band = _band(way, across, lambda y: up(y / divisor))
        if band:
            parts.append(svg.area(band, colour, BAND_OPACITY))
        parts.append(svg.polyline(pairs, colour, 2.4, dash=dash, hint=way.name))
        obstacles.extend(_along(pairs))
        wishes.extend(_nodes(way, pairs))
    frame = Box(LEFT, TOP, WIDTH - 2, HEIGHT - FOOT)
    for label in place(_once(wishes), frame, obstacles, NODE_LABELS):
        halo = {
            "x": label.x,
            "y": label.y,
            "font-size": label.size,
            "fill": INK,
            "stroke": "#ffffff",
            "stroke-width": "3",
            "paint-order": "stroke",
        }
        parts.append(svg.tag("text", halo, label.words))
    for wish in wishes:
        if wish.rank > 0:
            parts.append(svg.dot(wish.x, wish.y, 2.2, INK, hint=wish.words))
    unit = unit_name(measure)
    parts.append(svg.axis_title((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, f"{x_title}, {unit_name(Measure.KM)}"))
    parts.append(svg.axis_title(18, (TOP + HEIGHT - FOOT) / 2, f"{y_title}, {unit}", turned=True))
    parts.append(svg.line(LEFT, HEIGHT - FOOT, WIDTH - RIGHT, HEIGHT - FOOT, stroke=INK))
    parts.append(svg.line(LEFT, TOP, LEFT, HEIGHT - FOOT, stroke=GRID))
    return svg.drawing(WIDTH, HEIGHT, title, parts)


def style(index: int) -> tuple[str, str]:
    """Colour and dash of a way by its number; where colours come again, dashes differ."""
    turn = index // len(SERIES)
    return SERIES[index % len(SERIES)], DASHES[(index + turn) % len(DASHES)]


def _band(way: Way, across: Callable[[float], float], up: Callable[[float], float]) -> list[tuple[float, float]]:
    """The outline of what a way may take, forwards below and back above; empty where nothing is known."""
    if any(p.low is None or p.high is None for p in way.points):
        return []
    below = [(across(p.x), up(p.low or 0.0)) for p in way.points]
    above = [(across(p.x), up(p.high or 0.0)) for p in way.points]
    return [*below, *above[::-1]]


def _along(pairs: Sequence[tuple[float, float]]) -> list[Box]:
    """Small boxes along a line, so that labels keep off it."""
    boxes = []
    for (x1, y1), (x2, y2) in itertools.pairwise(pairs):
        steps = max(1, int(max(abs(x2 - x1), abs(y2 - y1)) / 6))
        for step in range(steps + 1):
            x, y = x1 + (x2 - x1) * step / steps, y1 + (y2 - y1) * step / steps
            boxes.append(Box(x - 1.2, y - 1.2, x + 1.2, y + 1.2))
    return boxes


def _nodes(way: Way, pairs: Sequence[tuple[float, float]]) -> list[Wish]:
    """A wish for a label at every node, ranked by the height of its step; ends first."""
    wishes: list[Wish] = []
    begin = 0
    count = len(pairs)
    while begin < count:
        end = begin
        while end + 1 < count and way.points[end + 1].node == way.points[begin].node:
            end += 1
        step = abs(pairs[begin][1] - pairs[end][1])
        rank = 1000.0 if begin == 0 or end == count - 1 else step
        x, y = pairs[end]
        wishes.append(Wish(way.points[begin].node, x, y, rank, 11.5, 7.0))
        begin = end + 1
    return wishes


def _once(wishes: Sequence[Wish]) -> list[Wish]:
    """One wish for each name within a small neighbourhood: the highest ranked."""
    kept: list[Wish] = []
    for wish in sorted(wishes, key=lambda item: (-item.rank, item.words, item.x)):
        if not any(other.words == wish.words and abs(other.x - wish.x) < 90 for other in kept):
            kept.append(wish)
    return kept
