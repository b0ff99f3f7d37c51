"""The panels of the map: the network with its interchange groups, flows without and with the link, the difference."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from markupsafe import Markup

from koridor.report import svg
from koridor.report.frames import DatasetLike, number_of
from koridor.report.labels import Box, Wish
from koridor.report.maps import layers
from koridor.report.maps.land import land
from koridor.report.maps.layers import Flow
from koridor.report.maps.network import Axes, Drawn, axes_of, links_of, place_names, short_name, sizes, spots_of
from koridor.report.maps.projection import Coordinates
from koridor.report.maps.view import View, view_of

ZOOM_SHARE = (0.85, 0.94)
LABELS = 46


@dataclass(frozen=True, slots=True)
class Atlas:
    """Everything drawn that does not depend on a case."""

    view: View
    links: Mapping[str, Drawn]
    seen: Mapping[str, list[Coordinates]]
    axes: Axes
    base: Markup
    marks: Markup
    boxes: tuple[Box, ...]
    wishes: tuple[Wish, ...]


def atlas(dataset: DatasetLike, params: Mapping[str, object], *, zoom: bool, base_key: str) -> Atlas | None:
    """The ground of a map, of the region of the two axes when `zoom`, of all their links otherwise.

    None without any link.
    """
    links, axes, spots = links_of(dataset), axes_of(dataset, params), spots_of(dataset)
    chosen = [links[key] for key in sorted((axes.links_a | axes.links_b) & set(links))] or list(links.values())
    if not chosen:
        return None
    ends = sorted({end for link in chosen for end in (link.from_place, link.to_place)})
    view = view_of(np.array([spots[end] for end in ends]), share=ZOOM_SHARE if zoom else (1.0, 1.0))
    seen = layers.courses(view, links)
    centres = _centres(axes, spots, view)
    marks, boxes = layers.group_marks(centres)
    wishes = _wishes(dataset, axes, ends, spots, view)
    ground = svg.group([land(view), layers.network(seen, links)], {"id": base_key})
    return Atlas(view, links, seen, axes, ground, marks, tuple(boxes), tuple(wishes))


def _centres(axes: Axes, spots: Mapping[str, Coordinates], view: View) -> dict[str, tuple[float, float]]:
    centres = {}
    for key, members in axes.groups.items():
        known = [spots[member] for member in members if member in spots]
        if known:
            x, y = view.pixels(np.array(known)).mean(axis=0)
            if 0 <= x <= view.width and 0 <= y <= view.height:
                centres[key] = (float(x), float(y))
    return centres


def _wishes(
    dataset: DatasetLike, axes: Axes, ends: list[str], spots: Mapping[str, Coordinates], view: View
) -> list[Wish]:
    """Labels wished for: places of interchange groups first, then stops of the axes, the larger town first."""
    names, people = place_names(dataset), sizes(dataset)
    stop = dataset.table("corridor_stop")
    stops = set(stop.loc[stop["corridor_id"].isin(axes.a | axes.b), "place_id"])
    heads = {max(members, key=lambda m: (people.get(m, 0.0), m)) for members in axes.groups.values()}
    wishes: list[Wish] = []
    for key in ends:
        x, y = (float(value) for value in view.pixels(spots[key].reshape(1, 2))[0])
        rank = people.get(key, 0.0) + (4e7 if key in heads else 0.0) + (2e6 if key in stops else 0.0)
        size = 13.0 if rank > 2e7 else 11.5
        wishes.append(Wish(short_name(names.get(key, key)), x, y, rank + len(wishes) * 1e-3, size))
    return wishes


def flows_of(frame: pd.DataFrame, case: str) -> list[Flow]:
    """Flows of a case by link."""
    rows = frame[frame["case"] == case]
    return [
        Flow(row["link_id"], _or_zero(row["forward_t"]), _or_zero(row["backward_t"])) for row in rows.to_dict("records")
    ]


def changes(before: list[Flow], after: list[Flow]) -> list[Flow]:
    """After less before, link by link."""
    old = {flow.link_id: flow for flow in before}
    new = {flow.link_id: flow for flow in after}
    nothing = Flow("", 0.0, 0.0)
    found = []
    for key in sorted(old.keys() | new.keys()):
        a, b = old.get(key, nothing), new.get(key, nothing)
        found.append(Flow(key, b.forward_t - a.forward_t, b.backward_t - a.backward_t))
    return found


def _or_zero(value: object) -> float:
    number = number_of(value)
    return 0.0 if math.isnan(number) else number


def _use(key: str) -> Markup:
    return svg.tag("use", {"href": f"#{key}"})


def network_panel(ground: Atlas, title: str, frame: View | None) -> Markup:
    """The two axes over the whole network; the region shown by the other panels is framed."""
    parts: list[Markup] = [ground.base, layers.axis_lines(ground.seen, ground.links, ground.axes)]
    if frame is not None:
        parts.append(_outline(frame, ground.view))
    parts += [layers.labels(list(ground.wishes), ground.view, _kept(ground, 40), LABELS), ground.marks]
    parts.append(layers.distance_bar(ground.view))
    return svg.drawing(ground.view.width, ground.view.height, title, parts)


def _outline(inner: View, outer: View) -> Markup:
    """The frame of one view drawn on another, through its corners in degrees."""
    x, y = np.linspace(0, inner.width, 25), np.linspace(0, inner.height, 25)
    edge = [
        *((v, 0.0) for v in x),
        *((inner.width, v) for v in y),
        *((v, inner.height) for v in x[::-1]),
        *((0.0, v) for v in y[::-1]),
    ]
    plane = np.array([(inner.west + px / inner.scale, inner.north - py / inner.scale) for px, py in edge])
    pixels = outer.pixels(inner.projection.inverse(plane))
    return svg.tag(
        "path",
        {
            "d": svg.points([(a, b) for a, b in pixels]) + "Z",
            "fill": "none",
            "stroke": "#444",
            "stroke-width": "1.3",
            "stroke-dasharray": "6 4",
        },
    )


def flow_panel(ground: Atlas, title: str, flows: list[Flow], largest: float, *, change: bool, first: bool) -> Markup:
    """Flows over the ground, which later panels take from the first."""
    base = ground.base if first else _use("ground")
    lines = layers.flow_lines(flows, ground.seen, ground.links, largest, change=change)
    named = layers.labels(list(ground.wishes), ground.view, _kept(ground, 112), LABELS)
    legend = layers.width_legend(ground.view, largest, change=change)
    return svg.drawing(ground.view.width, ground.view.height, title, [base, lines, named, ground.marks, legend])


def _kept(ground: Atlas, height: float) -> list[Box]:
    return [*ground.boxes, Box(0.0, ground.view.height - height, 180.0, ground.view.height)]


def scale_of(flows: list[Flow], ground: Atlas) -> float:
    """The tonnage drawn widest: the largest that is seen."""
    return layers.widest_flow(flows, ground.seen)
