"""Sizes of services: what trains and ships can carry in a year, as constraints beside the elements of the dataset.

A train holds its size on every hop between two calls, in each direction; who rides over several hops loads all of them.
Ships hold theirs on each link and direction, all services of the link together, unless an element counts the boxes of
that link already. A size of 0 is not known and holds nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from koridor.model.compile.blocks import Block, Index, by_key
from koridor.model.compile.moves import passages, sailings
from koridor.model.compile.services import Legs
from koridor.model.network import Act, Ints
from koridor.model.scenario import Scenario

_WEEKS_A_YEAR = 52


@dataclass(frozen=True, slots=True)
class Size:
    """A row of the table `element`, and who loads it: riders of a train (position in `service`) between two of its
    stops (positions), or boxes on a link (position); -1 where it is the other.
    """

    row: dict[str, Any]
    train: int = -1
    at: int = -1
    to: int = -1
    link: int = -1

    def arcs(self, arcs: Block, rides: Ints) -> Ints:
        """Arcs that load it. rides: (2, s) first and last stop of every arc of a train, in the order of the arcs."""
        if self.link >= 0:
            return np.flatnonzero((arcs.act == Act.MOVE) & (arcs.link == self.link))
        trains = np.flatnonzero(arcs.act == Act.SERVICE)
        mine = (arcs.row[trains] == self.train) & (rides[0] <= self.at) & (rides[1] >= self.to)
        return trains[mine]


def sizes(index: Index, scenario: Scenario, trains: pd.DataFrame) -> list[Size]:
    """The sizes of open services, by their ids. `trains` are the services behind the arcs of trains, in that order."""
    found = [*_of_trains(index, scenario, trains), *_of_ships(index, scenario)]
    return sorted(found, key=lambda size: str(size.row["element_id"]))


def rows_of(found: list[Size], like: pd.DataFrame) -> pd.DataFrame:
    """The sizes as rows of a table with the columns and dtypes of `like`."""
    return pd.DataFrame([size.row for size in found], columns=list(like.columns)).astype(like.dtypes)


def loads(found: list[Size], first: Ints, arcs: Block, legs: Legs) -> list[tuple[np.ndarray, ...]]:
    """Arc, constraint, units per tonne outside a box and per TEU of every size; `first` are its constraints forward."""
    made: list[tuple[np.ndarray, ...]] = []
    for size, constraint in zip(found, first, strict=True):
        on = size.arcs(arcs, legs.rides)
        made.append((on, constraint + arcs.reverse[on], np.zeros(len(on)), np.ones(len(on))))
    return made


def _of_trains(index: Index, scenario: Scenario, trains: pd.DataFrame) -> Iterator[Size]:
    if trains.empty:
        return
    stops = dict(iter(by_key(scenario.table("service_stop"), "service_id", "seq").groupby("service_id")))
    for train, service in enumerate(trains.itertuples(index=False)):
        if service.service_id not in stops or not service.capacity_teu > 0.0:
            continue
        mine = stops[service.service_id]
        place = index.places.get_indexer(mine["place_id"])
        for at, to in pairwise(np.flatnonzero(mine["calls"])):
            row = _row(index, [service], int(place[at]), int(place[to]), f"{at}-{to}")
            yield Size(row, train=train, at=int(at), to=int(to))


def _of_ships(index: Index, scenario: Scenario) -> Iterator[Size]:
    load = scenario.table("element_load")
    counted = set(load.loc[(load["of"] == "link") & (load["per_teu"] > 0.0), "row"])
    on: dict[int, list[Any]] = {}
    for service, ways in sailings(index, scenario):
        for link, times in passages(ways).items():
            on.setdefault(link, []).extend([service] * times)
    for link, services in on.items():
        name = str(index.links[link])
        if name not in counted and all(service.capacity_teu > 0.0 for service in services):
            yield Size(_row(index, services, int(index.link_from[link]), int(index.link_to[link]), name), link=link)


def _row(index: Index, services: list[Any], at: int, to: int, which: str) -> dict[str, Any]:
    names, ids = index.place["name"], "+".join(dict.fromkeys(service.service_id for service in services))
    titles = " + ".join(dict.fromkeys(service.name for service in services))
    return {
        "element_id": f"{ids} {which}",
        "name": f"{ids} {names[at]} - {names[to]}, {titles}",
        "country_id": index.countries[index.place_country[at]],
        "unit": "teu",
        "per_direction": True,
        "capacity_per_yr": sum(s.frequency_per_week * s.capacity_teu for s in services) * _WEEKS_A_YEAR,
        "preload_per_yr": 0.0,
        "delay": "none",
        "source": services[0].source,
        "confidence": services[0].confidence,
    }
