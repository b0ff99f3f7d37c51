"""Links and places of a dataset, ready to be drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from koridor.report.frames import DatasetLike, set_members
from koridor.report.maps.projection import Coordinates
from koridor.text import language


@dataclass(frozen=True, slots=True)
class Drawn:
    """A link with its course in degrees."""

    link_id: str
    mode: str
    from_place: str
    to_place: str
    course: Coordinates
    status: str
    name: str


def course_of(start: Coordinates, text: object, stop: Coordinates) -> Coordinates:
    """Degrees.

    (n, 2) from one end over the points of a geometry text, `lon lat` pairs parted by commas, to the other end.
    """
    between = []
    if isinstance(text, str):
        for pair in text.split(","):
            parts = pair.split()
            if len(parts) == 2:
                between.append((float(parts[0]), float(parts[1])))
    return np.array([tuple(start), *between, tuple(stop)], dtype=np.float64)


def links_of(dataset: DatasetLike) -> dict[str, Drawn]:
    """Every link whose two ends have coordinates, by its id."""
    spots = spots_of(dataset)
    drawn = {}
    for row in dataset.table("link").to_dict("records"):
        ends = row["from_place"], row["to_place"]
        if ends[0] in spots and ends[1] in spots:
            course = course_of(spots[ends[0]], row.get("geometry"), spots[ends[1]])
            name = row.get("name")
            drawn[row["link_id"]] = Drawn(
                row["link_id"], row["mode"], *ends, course, row["status"], name if isinstance(name, str) else ""
            )
    return drawn


def spots_of(dataset: DatasetLike) -> dict[str, Coordinates]:
    """Longitude and latitude of every place."""
    place = dataset.table("place")
    pairs = place[["lon_deg", "lat_deg"]].to_numpy(dtype=float)
    return {key: pair for key, pair in zip(place["place_id"], pairs, strict=True) if not np.isnan(pair).any()}


@dataclass(frozen=True, slots=True)
class Axes:
    """Corridors of the two sets, their links, and the interchange groups between them with their places."""

    a: frozenset[str]
    b: frozenset[str]
    links_a: frozenset[str]
    links_b: frozenset[str]
    gates: frozenset[str]
    groups: Mapping[str, tuple[str, ...]]


def axes_of(dataset: DatasetLike, params: Mapping[str, object]) -> Axes:
    """The two sets of corridors named by the parameters `a` and `b`, by axis or by corridor."""
    corridor = dataset.table("corridor")
    sets = []
    for key in ("a", "b"):
        named = set(set_members(dataset, params, key))
        chosen = corridor[corridor["axis"].isin(named) | corridor["corridor_id"].isin(named)]
        sets.append(frozenset(chosen["corridor_id"]))
    a, b = sets
    tagged = dataset.table("corridor_link")
    links = [frozenset(tagged.loc[tagged["corridor_id"].isin(chosen), "link_id"]) for chosen in sets]
    gate = dataset.table("corridor_gate")
    gates = frozenset(gate.loc[gate["corridor_id"].isin(a | b), "link_id"])
    return Axes(a, b, links[0], links[1], gates, _groups(dataset.table("interchange"), a, b))


def _groups(interchange: pd.DataFrame, a: frozenset[str], b: frozenset[str]) -> dict[str, tuple[str, ...]]:
    start, stop = interchange["from_corridor"], interchange["to_corridor"]
    between = interchange[(start.isin(a) & stop.isin(b)) | (start.isin(b) & stop.isin(a))]
    groups: dict[str, tuple[str, ...]] = {}
    for key, rows in between.groupby("interchange_group", sort=True):
        groups[str(key)] = tuple(sorted(set(rows["from_place"]) | set(rows["to_place"])))
    return groups


def short_name(name: str) -> str:
    """A place's name without what stands in brackets or behind a comma or slash, for a map."""
    for sign in (" (", ",", "/"):
        name = name.split(sign, maxsplit=1)[0]
    return name.strip()


def place_names(dataset: DatasetLike) -> dict[str, str]:
    """Names by place, in the language in force where the dataset has one, else in English."""
    place, other = dataset.table("place"), dataset.table("place_name")
    names = dict(zip(place["place_id"], place["name"], strict=True))
    spoken = other[other["language"] == language()]
    return names | dict(zip(spoken["place_id"], spoken["name"], strict=True))


def sizes(dataset: DatasetLike) -> dict[str, float]:
    """Inhabitants by place, zero where unknown."""
    place = dataset.table("place")
    if "population" not in place.columns:
        return {}
    found = {}
    for key, value in zip(place["place_id"], place["population"], strict=True):
        number = math.nan if value is pd.NA or value is None else float(value)
        found[key] = 0.0 if math.isnan(number) else number
    return found
