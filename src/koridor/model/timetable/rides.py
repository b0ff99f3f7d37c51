"""Departures on arcs: trains on the arcs of their service, ships and ferries on the links that they sail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from koridor.model.compile import Compiled
from koridor.model.compile.blocks import by_key
from koridor.model.compile.moves import HALF_WEEK_H, Moves, sailings
from koridor.model.network import BOX, Act, Floats, Ints
from koridor.model.scenario import Scenario
from koridor.model.timetable.calls import BACKWARD, FORWARD, Calls, Known, Plan, calls_of
from koridor.model.timetable.windows import Zones
from koridor.schema.days import MINUTES_AN_HOUR

Stops = list[dict[str, Any]]
Hop = list[tuple[int, bool]]  # links (positions) between two stops, and whether the service runs against them


@dataclass(frozen=True, slots=True)
class Ride:
    """Departures of one service on one arc: minutes UTC when it leaves, minutes to the head, minutes of cut-off."""

    depart: Ints
    ride: int
    cut_off: int


@dataclass(frozen=True)
class Table:
    """What rides are made of. plans: by service and direction. run_h (m,): hours of every arc without waits."""

    scenario: Scenario
    compiled: Compiled
    parts: Moves
    plans: Mapping[tuple[str, str], Plan | Known]
    zones: Zones
    start: int
    end: int
    form: int
    run_h: Floats

    def rides(self) -> dict[int, list[Ride]]:
        """Rides in [start, end) on every arc that a service with a timetable takes."""
        found: dict[int, list[Ride]] = defaultdict(list)
        if not self.plans:
            return found
        stops: dict[str, Stops] = defaultdict(list)
        for row in by_key(self.scenario.table("service_stop"), "service_id", "seq").to_dict("records"):
            stops[str(row["service_id"])].append({str(name): cell for name, cell in row.items()})
        for arc, ride in self._trains(stops) if self.form == BOX else ():
            found[arc].append(ride)
        ships = list(self._ships()) if self.form == BOX else []
        for service, hops, elapsed in (*ships, *self._ferries(stops)):
            for arc, ride in self._sail(service, hops, stops[service.service_id], elapsed):
                found[arc].append(ride)
        for arc, ride in self._often(ships, found):
            found[arc].append(ride)
        return found

    def leaving(self, service: str, calls: Calls, stops: Stops, against: bool) -> Ints | None:
        """Minutes at which a service leaves its first stop, those included after which it is still under way when the
        horizon begins; None where it runs by its frequency.
        """
        plan = self.plans.get((service, BACKWARD if against else FORWARD))
        if plan is None:
            return None
        first = next(row for row in (reversed(stops) if against else stops) if row["calls"])
        zone = self.zones[int(self.compiled.index.places.get_loc(first["place_id"]))]
        return plan.departures(zone, self.start - int(calls.depart.max()), self.end)

    def ride(self, service: str, leaving: Ints, calls: Calls, ends: tuple[int, int], against: bool) -> tuple[Ints, int]:
        """Departures from the one of two stops (positions, in their order) that comes first, and minutes between."""
        plan = self.plans[service, BACKWARD if against else FORWARD]
        if isinstance(plan, Known):
            leaving = plan.taking(leaving, ends)
        from_first, until = calls.ride(*ends, against)
        depart = leaving + from_first
        return depart[np.searchsorted(depart, self.start) : np.searchsorted(depart, self.end)], until - from_first

    def _trains(self, stops: dict[str, Stops]) -> Iterator[tuple[int, Ride]]:
        arcs = self.compiled.network.arcs
        trains = np.flatnonzero(arcs.act == Act.SERVICE)
        for row, service in enumerate(self.compiled.tables["service"].itertuples(index=False)):
            name = str(service.service_id)
            mine = np.flatnonzero(arcs.row[trains] == row)
            if not len(mine) or not {(name, FORWARD), (name, BACKWARD)} & self.plans.keys():
                continue
            spans = [(int(low), int(high)) for low, high in self.compiled.rides[:, mine].T]
            hours = {ends: float(self.run_h[arc]) for ends, arc in zip(spans, trains[mine], strict=True)}
            calls = calls_of(stops[name], _elapsed(stops[name], hours), float(service.cut_off_h))
            leaves = [self.leaving(name, calls, stops[name], against) for against in (False, True)]
            for ends, arc in zip(spans, trains[mine].tolist(), strict=True):
                against = bool(arcs.reverse[arc])
                if (leaving := leaves[against]) is not None:
                    depart, ride = self.ride(name, leaving, calls, ends, against)
                    cut_off = float(calls.cut_off[ends[1] if against else ends[0]])
                    yield arc, Ride(depart, ride, 0 if np.isnan(cut_off) else _minutes(cut_off))

    def _ships(self) -> Iterator[tuple[Any, list[Hop], Floats]]:
        length = self.compiled.index.link["length_km"].to_numpy()
        for service, ways in sailings(self.compiled.index, self.scenario):
            yield service, [[way] for way in ways], _shared([length[link] for link, _ in ways], service.transit_h)

    def _ferries(self, stops: dict[str, Stops]) -> Iterator[tuple[Any, list[Hop], Floats]]:
        """Open services by ferry; on each hop they take what any ferry link between the two stops takes."""
        index, services = self.compiled.index, self.scenario.table("service")
        joined: dict[tuple[int, int], Hop] = defaultdict(list)
        for i in np.flatnonzero((index.link["mode"] == "ferry").to_numpy()).tolist():
            joined[int(index.link_from[i]), int(index.link_to[i])].append((i, False))
            joined[int(index.link_to[i]), int(index.link_from[i])].append((i, True))
        length = index.link["length_km"].to_numpy()
        services = services[(services["mode"] == "ferry") & (services["status"] == "open")]
        for service in by_key(services, "service_id").itertuples(index=False):
            rows = stops.get(str(service.service_id), [])
            hops = [joined[pair] for pair in pairwise(index.places.get_indexer([row["place_id"] for row in rows]))]
            if hops and all(hops):
                yield service, hops, _shared([length[hop[0][0]] for hop in hops], service.transit_h)

    def _sail(self, service: Any, hops: list[Hop], stops: Stops, elapsed: Floats) -> Iterator[tuple[int, Ride]]:
        """Rides on the moves over the links of every hop. Going ashore and borders come after the sailing; going on
        board is over at the cut-off, or takes its own hours before departure where none is known.
        """
        calls = calls_of(stops, elapsed, float(service.cut_off_h))
        for against in (False, True):
            leaving = self.leaving(str(service.service_id), calls, stops, against)
            if leaving is None:
                continue
            for k, hop in enumerate(hops):
                depart, sailing = self.ride(str(service.service_id), leaving, calls, (k, k + 1), against)
                given = calls.cut_off[k + 1 if against else k]
                for link, reverse in hop:
                    for arc, rest_h, board_h in self._moves(link, reverse != against):
                        cut_off = _minutes(board_h if np.isnan(given) else given)
                        yield arc, Ride(depart, sailing + _minutes(rest_h), cut_off)

    def _often(
        self, ships: list[tuple[Any, list[Hop], Floats]], timed: dict[int, list[Ride]]
    ) -> Iterator[tuple[int, Ride]]:
        """Ships by frequency beside ones with a timetable, so that another service is never to anybody's loss: a
        departure each minute, with half a headway of waiting on board.
        """
        per_week: dict[tuple[int, bool], float] = defaultdict(float)
        hours: dict[tuple[int, bool], float] = {}
        for service, hops, elapsed in ships:
            for against in (False, True):
                if (str(service.service_id), BACKWARD if against else FORWARD) in self.plans:
                    continue
                for k, ((link, reverse),) in enumerate(hops):
                    way = link, reverse != against
                    per_week[way] += service.frequency_per_week
                    hours[way] = min(hours.get(way, np.inf), float(elapsed[k + 1] - elapsed[k]))
        for way, frequency in per_week.items():
            for arc, rest_h, _ in self._moves(*way):
                if arc in timed:
                    ride = _minutes(HALF_WEEK_H / frequency + hours[way] + rest_h)
                    yield arc, Ride(np.arange(self.start, self.end), ride, 0)

    def _moves(self, link: int, reverse: bool) -> Iterator[tuple[int, float, float]]:
        """Moves over a link in a direction in any regime: hours beside the sailing, and hours of going on board."""
        network, parts, form = self.compiled.network, self.parts, self.form
        arcs = network.arcs
        on = (arcs.act == Act.MOVE) & (arcs.link == link) & (arcs.reverse == reverse) & arcs.open[form]
        boarding = self.compiled.tables["transfer"]["time_h"].to_numpy()
        for arc in np.flatnonzero(on).tolist():
            carriage = network.carriage[arcs.tail[arc]]
            (move,) = np.flatnonzero((parts.link == link) & (parts.reverse == reverse) & (parts.carriage == carriage))
            board = parts.boarding[0, move]
            board_h = float(boarding[board]) if board >= 0 else 0.0
            sailing_h = parts.run_h[form, move] / parts.factor[form, move]
            yield arc, max(float(self.run_h[arc] - sailing_h) - board_h, 0.0), board_h


def _elapsed(stops: Stops, hours: dict[tuple[int, int], float]) -> Floats:
    """Hours of running (n,) up to every stop, from those between one call and the next."""
    elapsed = np.zeros(len(stops))
    calls = [i for i, row in enumerate(stops) if row["calls"]]
    for a, b in pairwise(calls):
        elapsed[b:] = elapsed[a] + hours.get((a, b), 0.0)
    return elapsed


def _shared(lengths: list[float], transit_h: float) -> Floats:
    """Hours (n + 1,) up to every stop when the transit time is shared out by length."""
    share = np.array(lengths)
    return np.concatenate([[0.0], np.cumsum(share / share.sum())]) * transit_h


def _minutes(hours: float) -> int:
    return round(float(hours) * MINUTES_AN_HOUR)
