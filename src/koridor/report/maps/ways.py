"""The map of several ways: each with its colour and dash, and the places where something is done on the way."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from markupsafe import Markup

from koridor.report import svg
from koridor.report.charts.ways import style
from koridor.report.frames import DatasetLike, texts
from koridor.report.labels import Box, Wish
from koridor.report.maps import layers
from koridor.report.maps.land import land
from koridor.report.maps.network import links_of, place_names, short_name, spots_of
from koridor.report.maps.view import view_of
from koridor.report.palette import PAPER

WIDE, STEP, HALO = 3.0, 0.6, 1.6
LABELS = 34
SIZE = 11.5
BAR = 40.0  # height kept free for the bar for distance


def ways_map(dataset: DatasetLike, legs: Sequence[pd.DataFrame], title: str) -> Markup | None:
    """The ways of these legs over land and network, the first on top; None where no link of them can be drawn.

    Where ways share a link, later ones are broader and lie below, so that all of them are seen.
    """
    links, spots = links_of(dataset), spots_of(dataset)
    passed = [[link for cell in part["links"] for link in texts(cell) if link in links] for part in legs]
    every = list(dict.fromkeys(link for way in passed for link in way))
    if not every:
        return None
    view = view_of(np.concatenate([links[link].course for link in every]))
    seen = layers.courses(view, links)
    under: dict[str, int] = {}
    strokes: list[Markup] = []
    for index, way in enumerate(passed):
        colour, _ = style(index)
        for link in dict.fromkeys(way):
            width = WIDE + 2.0 * STEP * under.get(link, 0)
            under[link] = under.get(link, 0) + 1
            strokes += [
                svg.polyline([(x, y) for x, y in piece], colour, width, hint=links[link].name)
                for piece in seen.get(link, [])
            ]
    names = place_names(dataset)
    marked = [place for place in _stops(legs) if place in spots]
    wishes = []
    for rank, place in enumerate(reversed(marked)):
        x, y = (float(value) for value in view.pixels(spots[place].reshape(1, 2))[0])
        wishes.append(Wish(short_name(names.get(place, place)), x, y, float(rank), SIZE))
    halo = [
        svg.polyline([(x, y) for x, y in piece], PAPER, WIDE + HALO + 2.0 * STEP * (count - 1))
        for link, count in under.items()
        for piece in seen.get(link, [])
    ]
    kept = [Box(0.0, view.height - BAR, 180.0, view.height)]
    parts = [
        land(view), layers.network(seen, links), svg.group(halo), svg.group(reversed(strokes)),
        layers.labels(wishes, view, kept, LABELS), layers.distance_bar(view),
    ]  # fmt: skip
    return svg.drawing(view.width, view.height, title, parts)


def _stops(legs: Sequence[pd.DataFrame]) -> list[str]:
    """Both ends, then places where something is done on a way, each once."""
    ends = [legs[0]["from_place"].iloc[0], legs[0]["to_place"].iloc[-1]]
    done = [place for part in legs for place in part.loc[part["links"] == "", "to_place"]]
    return list(dict.fromkeys([*ends, *done]))
