"""The map of one way: its links in the colours of their modes, and the places where something is done."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from markupsafe import Markup

from koridor.report import svg
from koridor.report.frames import DatasetLike, texts
from koridor.report.labels import Box, Wish
from koridor.report.maps import layers
from koridor.report.maps.land import land
from koridor.report.maps.network import links_of, place_names, short_name, spots_of
from koridor.report.maps.view import View, view_of
from koridor.report.palette import INK, MODES

WIDTH_PX = 3.6
LABELS = 40
SIZE, LARGE = 11.5, 14.0
BAR = 40.0  # height kept free for the bar for distance


def course_map(dataset: DatasetLike, legs: pd.DataFrame, title: str) -> Markup | None:
    """The way of these legs over land and network; None where no link of it can be drawn."""
    links, spots = links_of(dataset), spots_of(dataset)
    passed = [link for cell in legs["links"] for link in texts(cell) if link in links]
    if not passed:
        return None
    view = view_of(np.concatenate([links[link].course for link in passed]))
    seen = layers.courses(view, links)
    strokes = [
        svg.polyline([(x, y) for x, y in piece], MODES.get(links[link].mode, INK), WIDTH_PX, hint=links[link].name)
        for link in passed
        for piece in seen.get(link, [])
    ]
    marked = [end for end in _stops(legs) if end in spots]
    names = place_names(dataset)
    wishes = [_wish(view, names.get(end, end), spots[end], rank) for rank, end in enumerate(reversed(marked))]
    kept = [Box(0.0, view.height - BAR, 180.0, view.height)]
    parts = [
        land(view),
        layers.network(seen, links),
        svg.group(strokes),
        layers.labels(wishes, view, kept, LABELS),
        layers.distance_bar(view),
    ]
    return svg.drawing(view.width, view.height, title, parts)


def _stops(legs: pd.DataFrame) -> Sequence[str]:
    """Both ends, then places where something is done, then all others, each once."""
    done = legs.loc[legs["links"] == "", "to_place"]
    ends = [legs["from_place"].iloc[0], legs["to_place"].iloc[-1]]
    return list(dict.fromkeys([*ends, *done, *legs["to_place"]]))


def _wish(view: View, name: str, spot: np.ndarray, rank: int) -> Wish:
    x, y = (float(value) for value in view.pixels(spot.reshape(1, 2))[0])
    return Wish(short_name(name), x, y, float(rank), SIZE)
