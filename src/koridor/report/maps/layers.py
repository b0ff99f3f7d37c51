"""Layers of the map: the network, flows with a width by tonnes on the side on which they travel, marks and labels."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from koridor.report import svg
from koridor.report.labels import Box, Label, Wish, place
from koridor.report.maps.network import Axes, Drawn
from koridor.report.maps.projection import Coordinates
from koridor.report.maps.shapes import beside, runs_inside, simplify
from koridor.report.maps.view import View
from koridor.report.measure import Measure, quantity, tonnage
from koridor.report.palette import AXIS_A, AXIS_B, BOTH, GAIN, INK, LOSS, MODES, NETWORK
from koridor.report.scale import round_below

WIDEST = 13.0
THINNEST = 0.6
SMALLEST_SHARE = 0.002


@dataclass(frozen=True, slots=True)
class Flow:
    """Tonnes a year on a link in its two directions."""

    link_id: str
    forward_t: float
    backward_t: float

    @property
    def largest(self) -> float:
        return max(abs(self.forward_t), abs(self.backward_t))


def courses(view: View, links: Mapping[str, Drawn]) -> dict[str, list[Coordinates]]:
    """The visible pieces of every link in pixels."""
    frame = Box(-60.0, -60.0, view.width + 60, view.height + 60)
    found = {}
    for key, link in links.items():
        pieces = runs_inside(_dense(view.pixels(link.course)), frame)
        if pieces:
            found[key] = [simplify(piece, 0.3) for piece in pieces]
    return found


def _dense(path: Coordinates, step: float = 25.0) -> Coordinates:
    """The line with points added on long legs, so that the frame cuts it close."""
    pieces = [path[:1]]
    for start, stop in itertools.pairwise(path):
        count = max(1, int(np.hypot(*(stop - start)) / step))
        pieces.append(start + (stop - start) * (np.arange(1, count + 1) / count)[:, None])
    return np.concatenate(pieces)


def _draw(
    piece: Coordinates, colour: str, width: float, *, dash: str = "", hint: str = "", opacity: float = 1.0
) -> Markup:
    return svg.polyline([(x, y) for x, y in piece], colour, width, dash=dash, hint=hint, opacity=opacity)


def network(seen: Mapping[str, list[Coordinates]], links: Mapping[str, Drawn]) -> Markup:
    """All open links as hair lines."""
    data = [
        svg.points([(x, y) for x, y in piece])
        for key, pieces in seen.items()
        if links[key].status == "open"
        for piece in pieces
    ]
    return svg.tag("path", {"d": "".join(data), "fill": "none", "stroke": NETWORK, "stroke-width": "0.7"})


def axis_lines(seen: Mapping[str, list[Coordinates]], links: Mapping[str, Drawn], axes: Axes) -> Markup:
    """Links of the two sets in their colours, those of both dashed over; gates as short thick strokes."""
    parts = []
    for key, pieces in seen.items():
        in_a, in_b = key in axes.links_a, key in axes.links_b
        if not (in_a or in_b):
            continue
        colour = BOTH if in_a and in_b else AXIS_A if in_a else AXIS_B
        open_now = links[key].status == "open"
        for piece in pieces:
            parts.append(_draw(piece, colour, 2.4, dash="" if open_now else "3 3", hint=links[key].name))
    for key in sorted(axes.gates & set(seen)):
        parts.extend(_gate(piece) for piece in seen[key])
    return svg.group(parts)


def _gate(piece: Coordinates) -> Markup:
    x, y = (piece[0] + piece[-1]) / 2 if len(piece) < 3 else piece[len(piece) // 2]
    return svg.rect(float(x) - 3.5, float(y) - 3.5, 7.0, 7.0, "#fff", stroke=INK)


def widest_flow(flows: Iterable[Flow], seen: Mapping[str, list[Coordinates]]) -> float:
    """The largest tonnage of one direction among the flows that are seen."""
    return max([flow.largest for flow in flows if flow.link_id in seen] + [0.0])


def flow_lines(
    flows: Iterable[Flow],
    seen: Mapping[str, list[Coordinates]],
    links: Mapping[str, Drawn],
    largest: float,
    *,
    change: bool,
) -> Markup:
    """Flows as bands on the right of their direction; for changes blue solid is more, orange dashed is less."""
    parts = []
    for flow in sorted(flows, key=lambda item: (item.largest, item.link_id)):
        if flow.link_id not in seen or flow.largest <= largest * SMALLEST_SHARE:
            continue
        link = links[flow.link_id]
        for tonnes, turn in ((flow.forward_t, 1), (flow.backward_t, -1)):
            if abs(tonnes) <= largest * SMALLEST_SHARE:
                continue
            width = max(THINNEST, WIDEST * abs(tonnes) / largest)
            colour = (GAIN if tonnes > 0 else LOSS) if change else MODES.get(link.mode, INK)
            ends = (link.from_place, link.to_place)[::turn]
            hint = f"{link.name or link.link_id}: {ends[0]} → {ends[1]}, {link.mode}, {tonnage(tonnes)}"
            dash = "5 2" if change and tonnes < 0 else ""
            for piece in seen[flow.link_id]:
                moved = beside(piece[::turn], width / 2 + 0.3)
                parts.append(_draw(moved, colour, width, dash=dash, hint=hint, opacity=0.9))
    return svg.group(parts)


def width_legend(view: View, largest: float, *, change: bool) -> Markup:
    """Three bands with their tonnes in the lower left corner, and a bar for distance."""
    step = round_below(largest)
    samples = [step, step / 4, step / 20]
    x, y = 14.0, view.height - 92.0
    parts = [svg.rect(6, y - 18, 168, 104, "#ffffff", stroke="#b8bcc4")]
    for index, tonnes in enumerate(samples):
        middle = y + index * 19
        width = max(THINNEST, WIDEST * tonnes / largest)
        parts.append(svg.line(x, middle, x + 40, middle, stroke=GAIN if change else INK, width=width))
        parts.append(svg.text(x + 48, middle + 4, tonnage(tonnes), size=12))
    parts.extend(_distance(view, x, y + 66))
    return svg.group(parts)


def distance_bar(view: View) -> Markup:
    """A bar for distance alone."""
    y = view.height - 16.0
    return svg.group([svg.rect(6, y - 22, 168, 32, "#ffffff", stroke="#b8bcc4"), *_distance(view, 14.0, y)])


def _distance(view: View, x: float, y: float) -> list[Markup]:
    reach = round_below(90.0 / view.pixels_per_km)
    length = reach * view.pixels_per_km
    return [
        svg.line(x, y, x + length, y, stroke=INK, width=2.0),
        svg.line(x, y - 4, x, y + 4, stroke=INK),
        svg.line(x + length, y - 4, x + length, y + 4, stroke=INK),
        svg.text(x + length + 8, y + 4, quantity(reach, Measure.KM), size=12),
    ]


def group_marks(centres: Mapping[str, tuple[float, float]]) -> tuple[Markup, list[Box]]:
    """Numbered discs at the interchange groups, moved apart where they touch, and the boxes that they take."""
    parts, boxes = [], []
    placed: list[tuple[float, float]] = []
    for number, (name, (x, y)) in enumerate(centres.items(), start=1):
        at = _free(x, y, placed)
        placed.append(at)
        if at != (x, y):
            parts.append(svg.line(x, y, at[0], at[1], stroke=INK))
            parts.append(svg.dot(x, y, 2.5, INK))
        parts.append(svg.dot(at[0], at[1], 9.0, "#ffd500", stroke=INK, width=1.4, hint=name))
        parts.append(svg.text(at[0], at[1] + 4.3, number, anchor="middle", size=12, weight="700"))
        boxes.append(Box(at[0] - 10, at[1] - 10, at[0] + 10, at[1] + 10))
    return svg.group(parts), boxes


def _free(x: float, y: float, taken: list[tuple[float, float]]) -> tuple[float, float]:
    for reach in (0.0, 22.0, 34.0):
        for turn in range(8):
            angle = turn * np.pi / 4
            at = (float(x + reach * np.cos(angle)), float(y + reach * np.sin(angle)))
            if all(np.hypot(at[0] - other[0], at[1] - other[1]) >= 20 for other in taken):
                return at
    return x, y


def labels(wishes: list[Wish], view: View, obstacles: list[Box], limit: int) -> Markup:
    """Names of places with a light edge, and a dot at each."""
    frame = Box(3.0, 3.0, view.width - 3, view.height - 3)
    found = place(wishes, frame, obstacles, limit)
    by_name = {(wish.words, wish.rank): wish for wish in wishes}
    parts = [_spot(label, by_name[label.words, label.rank]) for label in found]
    return svg.group(parts)


def _spot(label: Label, wish: Wish) -> Markup:
    halo = {
        "x": label.x,
        "y": label.y,
        "font-size": label.size,
        "fill": INK,
        "stroke": "#ffffff",
        "stroke-width": "3",
        "stroke-linejoin": "round",
        "paint-order": "stroke",
        "stroke-opacity": "0.85",
    }
    return svg.group([svg.dot(wish.x, wish.y, 2.4, "#fff", stroke=INK), svg.tag("text", halo, label.words)])
