"""The front of a query: what is shut for it, what is compared, and the search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntFlag

import numpy as np

from koridor.kernels.pareto import Clock, Front, Graph, Timed, pareto_front
from koridor.model.cargo import Cargo
from koridor.model.clock import local_day, zone_of
from koridor.model.network import Act, Flags, Floats, Ints
from koridor.model.spread import Spread, spread
from koridor.model.tariff import Prices, price
from koridor.schema.days import MINUTES_A_DAY
from koridor.studies.route.layers import layered
from koridor.studies.route.prepared import Calendar, Prepared
from koridor.studies.route.query import Criterion, Query
from koridor.studies.route.terms import ends, in_countries, other_modes, other_regimes, place_of, strange_doors

CENTS, GRAMS, SQUARE_MINUTES = 100.0, 1000.0, 3600.0  # of USD, kg, hours^2
PARTS = 1000  # of a cent; money of the search adds up in them, as whole cents of arcs made ways of many arcs cheaper
_FLOAT = 1e-4  # parts; what sums of floating-point numbers may lack to a whole one
_POPPED = (Criterion.VARIANCE, Criterion.CO2E, Criterion.MONEY)  # the order that sets fewest labels on the atlas


class Shut(IntFlag):
    """What shuts an arc to a query: all of these that do."""

    NOTHING = 0
    CARGO = 1  # see `Refusals.rules`
    MODE = 2
    CORRIDOR = 4
    COUNTRY = 8


@dataclass(frozen=True)
class Asked:
    """A query on a prepared network, with positions for ids.

    priced_at: first minute of the day of which prices and exchange rates hold. It is the day of leaving by the clock of
    the origin, or of the latest arrival by that of the destination, written as a day of UTC.
    """

    prepared: Prepared
    query: Query
    cargo: Cargo
    start: int
    end: int
    via: tuple[int, ...]
    priced_at: int

    @classmethod
    def of(cls, prepared: Prepared, query: Query) -> Asked:
        """Raises UsageError for what the dataset does not know."""
        scenario, network = prepared.scenario, prepared.compiled.network
        start, end = ends(scenario, network, query.origin, query.destination)
        via = tuple(place_of(scenario, network, name) for name in query.via)
        there = str(prepared.compiled.index.places[end if query.backwards else start])
        day = local_day(zone_of(scenario, there), query.anchor)
        return cls(prepared, query, prepared.cargo(query), start, end, via, day * MINUTES_A_DAY)

    @property
    def calendar(self) -> Calendar:
        """Timetables of the time asked for."""
        return self.prepared.calendar(self.query, self.cargo.form)

    def shut(self) -> Ints:
        """All that shuts each arc (m,), as bits of `Shut`."""
        query = self.query
        key = ("shut", self.cargo, query.modes, query.corridors, query.forbid)
        return self.prepared.keep(key, self._shut)

    def _shut(self) -> Ints:
        query, compiled = self.query, self.prepared.compiled
        network = compiled.network
        shut = np.zeros(len(network.arcs), dtype=np.int64)
        if query.forbid:
            shut[in_countries(network, query.forbid)] |= Shut.COUNTRY
        if query.corridors is not None:
            shut[other_regimes(network, query.corridors)] |= Shut.CORRIDOR
        if query.modes:
            shut[other_modes(network, query.modes) | strange_doors(compiled, query.modes)] |= Shut.MODE
        shut[~self.prepared.refusals(self.cargo).allowed] |= Shut.CARGO
        return shut

    def costs(self) -> dict[Criterion, Ints]:
        """Whole numbers (m,): `PARTS` of cents, grams and square minutes of the consignment.

        Money is the bound of the price, rounded down, without room for the rounding of price lines, or ways of more
        lines would seem cheaper: the sum is above the exact price by at most half a cent for each line.
        """
        form = self.cargo.form
        key = ("costs", self.cargo, self.priced_at, self.calendar.timetable.start_min)
        return self.prepared.keep(key, lambda: self._costs(form))

    def _costs(self, form: int) -> dict[Criterion, Ints]:
        arcs = self.prepared.compiled.network.arcs
        money = self.prepared.least_usd(self.cargo, self.priced_at)
        return {
            Criterion.VARIANCE: _whole(self.variance() * SQUARE_MINUTES),
            Criterion.CO2E: _whole(arcs.kg[form] * self.tonnes * GRAMS),
            Criterion.MONEY: np.floor(money * CENTS * PARTS + _FLOAT).astype(np.int64),
        }

    @property
    def spread(self) -> Spread:
        """Parts of the hours of arcs, with waits where nothing departs by a timetable."""
        start, form = self.calendar.timetable.start_min, self.cargo.form
        compiled, table = self.prepared.compiled, self.calendar.timetable
        return self.prepared.keep(("spread", start, form), lambda: spread(compiled, form, table))

    def price(self, way: Ints) -> Prices:
        """The exact price of a way, line by line, by the lists of the day of leaving (or of the latest arrival)."""
        prepared = self.prepared
        return price(prepared.tariffs(), prepared.compiled, way, self.cargo, self.priced_at)

    def variance(self) -> Floats:
        """Hours^2 (m,) of each arc: of its delay, of running and of a wait over a headway."""
        return self.spread.variance_h2

    @property
    def tonnes(self) -> float:
        """Tonnes of goods in the whole consignment, without the boxes around them."""
        return self.cargo.net_t * self.cargo.count

    def use(self, shut: Ints | None = None) -> Flags:
        """Arcs (m,) open to the query: what nothing shuts, and of doors only those of its two ends."""
        network = self.prepared.compiled.network
        arcs = network.arcs
        doors = (arcs.act == Act.LOAD) & (arcs.tail != network.door_out[self.start])
        doors |= (arcs.act == Act.UNLOAD) & (arcs.head != network.door_in[self.end])
        return ((self.shut() if shut is None else shut) == Shut.NOTHING) & ~doors


@dataclass(frozen=True, slots=True)
class Found:
    """Ways that none is better than.

    values: by criterion, (w,) in its whole unit. ways: arcs of each in their order. labels, incomplete: as in `Front`.
    """

    values: dict[Criterion, Ints]
    ways: list[Ints]
    labels: int
    incomplete: bool

    def __len__(self) -> int:
        return len(self.ways)


def find(asked: Asked, *, use: Flags | None = None, timed: Timed | None = None) -> Found:
    """The front of a query, over the arcs given in place of those open to it, by other minutes where such are given.

    Without `time` among the criteria, ways are compared by the others alone, though only ways that arrive within the
    horizon count.
    """
    query, network = asked.query, asked.prepared.compiled.network
    criteria = [one for one in _POPPED if one in query.criteria]
    source, target = int(network.door_out[asked.start]), int(network.door_in[asked.end])
    if source < 0 or target < 0:
        return Found({}, [], 0, incomplete=False)
    calendar = asked.calendar
    minutes = timed if timed is not None else calendar.mirrored if query.backwards else calendar.timed
    clock = Clock.CRITERION if Criterion.TIME in query.criteria else Clock.FEASIBLE
    costs = asked.costs()
    columns = [costs[one] for one in criteria]
    open_arcs = asked.use() if use is None else use
    own = None
    if asked.via:
        layers = layered(network, np.flatnonzero(open_arcs), asked.via)
        own = layers.own
        graph = Graph.of(layers.tail, layers.head, layers.nodes, np.ones(len(own), dtype=bool))
        target += network.nodes * len(asked.via)
        minutes = minutes.taken(own)
        columns = [np.where(own >= 0, column[own], 0) for column in columns]
    else:
        graph = Graph.of(network.arcs.tail, network.arcs.head, network.nodes, open_arcs)
    if query.backwards:
        graph, source, target = graph.turned(), target, source
    start = -query.anchor if query.backwards else query.anchor
    front = pareto_front(
        graph, minutes, columns, source, target, start,
        latest=start + query.horizon_d * MINUTES_A_DAY, clock=clock, epsilon=query.epsilon, labels_max=query.labels_max,
    )  # fmt: skip
    return _told(front, criteria, own, backwards=query.backwards)


def _told(front: Front, criteria: Sequence[Criterion], own: Ints | None, *, backwards: bool) -> Found:
    values = {one: front.values[:, k] for k, one in enumerate(criteria)}
    values[Criterion.TIME] = front.values[:, -1]
    ways = []
    for at in range(len(front)):
        way = front.way(at)[::-1] if backwards else front.way(at)
        way = way if own is None else own[way]
        ways.append(way[way >= 0])
    return Found(values, ways, front.labels, front.incomplete)


def _whole(values: Floats) -> Ints:
    return np.rint(values).astype(np.int64)
