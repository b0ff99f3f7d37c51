"""The links that a leg passes, and when: of a departure by its calls, of another leg by its planned hours.

A departure goes from each stop of its service to the next, those included at which it does not call, by the shortest
open links of what carries it; a leg without a departure by the links that it names, else by the shortest of its mode.
Where there is no such way the links are not known, and no link's closure is found for the leg.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from koridor.operator.booking.itinerary import Leg
from koridor.operator.booking.progress import Call
from koridor.operator.common.desk import Tx
from koridor.operator.common.policy import HOUR_MS
from koridor.operator.db.tables import departure
from koridor.operator.network.publish import rows_of
from koridor.operator.network.timetable import BACK

CARRIES = {
    "rail": ("rail", "ferry", "sea"),
    "ferry": ("ferry", "sea"),
    "sea": ("sea", "river"),
    "river": ("river", "sea"),
}
TABLES = ("link", "service", "service_stop")


@dataclass(frozen=True, slots=True)
class Pass:
    """A link that is passed, and from when until when."""

    link_id: str
    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True)
class Step:
    """A link on a way, with its hours."""

    link_id: str
    hours: float


@dataclass(slots=True)
class Network:
    """Links and services of one published version. Ways that were found are kept as long as it is.

    `steps` are its open links by id, `ends` the same by the places from which they lead.
    """

    steps: Mapping[str, Step]
    ends: Mapping[str, Sequence[tuple[str, str, str, float, float]]]
    stops: Mapping[str, Sequence[str]]
    modes: Mapping[str, str]
    known: dict[tuple[str, str, str], list[Step] | None] = field(default_factory=dict)

    @classmethod
    def of(cls, tx: Tx, network_id: str) -> Network:
        """The network of an id. Reads three tables of the frozen dataset."""
        rows = rows_of(tx, network_id, *TABLES)
        steps: dict[str, Step] = {}
        ends: dict[str, list[tuple[str, str, str, float, float]]] = {}
        for row in rows["link"]:
            if row["status"] != "open":
                continue
            km = float(row["length_km"])
            hours = float(row.get("time_h") or 0) or km / float(row.get("speed_kmh") or km or 1)
            told = (row["link_id"], row["mode"], km, hours)
            steps[row["link_id"]] = Step(row["link_id"], hours)
            ends.setdefault(row["from_place"], []).append((row["to_place"], *told))
            if row.get("direction") != "forward":
                ends.setdefault(row["to_place"], []).append((row["from_place"], *told))
        stops: dict[str, list[tuple[int, str]]] = {}
        for row in rows["service_stop"]:
            stops.setdefault(row["service_id"], []).append((int(row["seq"]), row["place_id"]))
        ordered = {name: [place for _, place in sorted(of)] for name, of in stops.items()}
        return cls(steps, ends, ordered, {row["service_id"]: row["mode"] for row in rows["service"]})

    def way(self, mode: str, origin: str, destination: str) -> list[Step] | None:
        """The shortest way by what carries a mode; None where there is none."""
        key = (mode, origin, destination)
        if key not in self.known:
            self.known[key] = self._search(set(CARRIES.get(mode, (mode,))), origin, destination)
        return self.known[key]

    def hop(self, service_id: str, direction: str, one: str, two: str) -> list[Step] | None:
        """The way of a service from one call to the next, over the stops between at which it does not call."""
        places = list(self.stops.get(service_id, ()))
        places = places[::-1] if direction == BACK else places
        if one not in places or two not in places or places.index(one) > places.index(two):
            return None
        between = places[places.index(one) : places.index(two) + 1]
        mode = self.modes[service_id]
        ways = [self.way(mode, *pair) for pair in pairwise(between)]
        return None if None in ways else [step for way in ways for step in way or ()]

    def _search(self, modes: set[str], origin: str, destination: str) -> list[Step] | None:
        best: dict[str, float] = {origin: 0.0}
        before: dict[str, tuple[str, Step]] = {}
        queue = [(0.0, origin)]
        while queue:
            far, place = heapq.heappop(queue)
            if place == destination:
                return _back(before, destination)
            if far > best[place]:
                continue
            for other, link_id, mode, km, hours in self.ends.get(place, ()):
                if mode in modes and far + km < best.get(other, float("inf")):
                    best[other], before[other] = far + km, (place, Step(link_id, hours))
                    heapq.heappush(queue, (far + km, other))
        return None


def _back(before: Mapping[str, tuple[str, Step]], place: str) -> list[Step]:
    steps = []
    while place in before:
        place, step = before[place]
        steps.append(step)
    return steps[::-1]


def heads(tx: Tx, ids: Iterable[str]) -> dict[str, Any]:
    """Departures by id."""
    rows = tx.run(sa.select(departure).where(departure.c.departure_id.in_(sorted(set(ids)))))
    return {row.departure_id: row for row in rows}


def passes(
    network: Network, service_id: str, direction: str, calls: Sequence[Call], behind_ms: int | None = None
) -> list[Pass]:
    """Links that a departure passes from the first of its calls to the last, with the moments by its calls.

    The hours of a hop are shared out by those of its links. What has begun, by events, and is not told to have passed
    may pass until `behind_ms`, though its plan was earlier.
    """
    found = []
    for one, two in pairwise(calls):
        assert one.at_ms is not None, "a call of a departure has its moment"
        assert two.at_ms is not None, "a call of a departure has its moment"
        steps = network.hop(service_id, direction, one.place_id, two.place_id)
        found += _spread(steps or (), one.at_ms, two.at_ms)
    if behind_ms is None:
        return found
    return [Pass(each.link_id, each.from_ms, max(each.to_ms, behind_ms)) for each in found]


def passes_by_hours(network: Network, leg: Leg, from_ms: int, to_ms: int | None) -> list[Pass]:
    """Links that a leg without a departure may pass: each at any moment of its hours, or until it must be there."""
    named = [network.steps.get(link_id) for link_id in leg.links]
    steps = [step for step in named if step is not None] or network.way(leg.mode, *leg.ends) or []
    end_ms = to_ms if to_ms is not None else from_ms + round(sum(step.hours for step in steps) * HOUR_MS)
    return [Pass(step.link_id, from_ms, max(end_ms, from_ms)) for step in steps]


def _spread(steps: Sequence[Step], from_ms: int, to_ms: int) -> list[Pass]:
    whole = sum(step.hours for step in steps) or 1.0
    found, done = [], 0.0
    for step in steps:
        start = from_ms + round(done / whole * (to_ms - from_ms))
        done += step.hours
        found.append(Pass(step.link_id, start, from_ms + round(done / whole * (to_ms - from_ms))))
    return found
