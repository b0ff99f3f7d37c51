"""Scheduled trains: arcs from any stop to any later one, and back, made of the base arcs on their way."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from koridor.kernels.paths import best_paths, rows
from koridor.model.compile.blocks import CARRIAGE_CODE, Block, Index, block, by_key, join
from koridor.model.compile.moves import HALF_WEEK_H, transit_sd_h
from koridor.model.cost import MODE_BIT
from koridor.model.network import BOX, CARRIER, LOCAL, Act, Floats, Ints
from koridor.model.scenario import Scenario

_TRAIN_MODES = MODE_BIT["rail"] | MODE_BIT["ferry"] | MODE_BIT["sea"]
_STEP_KM = 1e-3  # makes every arc count, so that ways with fewer changes win among equals


@dataclass(frozen=True, slots=True)
class Legs:
    """Base arcs of composite arcs: those of arc a are arcs[start[a]:start[a+1]]. rides: (2, n) the first and the last
    stop of every arc, as positions in the table, whatever the direction.
    """

    start: Ints
    arcs: Ints
    rides: Ints


def train_services(index: Index, scenario: Scenario, base: Block, services: pd.DataFrame) -> tuple[Block, Legs]:
    """Arcs of the services, open ones by rail, over the base arcs, and what they pass; only boxes ride.

    A service follows the shortest way in km over open rail, rail ferries and boat services from each of its stops
    to the next. Where there is none it does not run, and the stops before and after are not joined.
    """
    empty = np.empty(0, dtype=np.int64)
    nothing = block(empty, empty, Act.SERVICE), Legs(np.zeros(1, dtype=np.int64), empty, empty.reshape(2, 0))
    if services.empty:
        return nothing
    groups = dict(iter(by_key(scenario.table("service_stop"), "service_id", "seq").groupby("service_id")))
    graph = _graph_of(_Topology.of(base))
    blocks: list[Block] = []
    ways: list[Ints] = []
    rides: list[tuple[int, int]] = []
    for row, service in enumerate(services.itertuples(index=False)):
        if service.service_id not in groups:
            continue
        stops = groups[service.service_id]
        place = index.places.get_indexer(stops["place_id"]).astype(np.int64)
        carriage = stops["carriage"].map(CARRIAGE_CODE).to_numpy(dtype=np.int64)
        leaving = index.state(place, carriage)
        reached = index.state(place, carriage, stage=index.arrival(place))
        for step, against in ((1, False), (-1, True)):
            calls = stops["calls"].to_numpy()[::step]
            states = leaving[::step], reached[::step]
            made, legs, spans = _one_way(graph, base, service, row, states, calls, against)
            blocks.extend(made)
            ways.extend(legs)
            last = len(place) - 1
            rides.extend((last - j, last - i) if against else (i, j) for i, j in spans)
    if not blocks:
        return nothing
    start = np.zeros(len(ways) + 1, dtype=np.int64)
    np.cumsum([len(way) for way in ways], out=start[1:])
    return join(blocks), Legs(start, np.concatenate(ways), np.array(rides, dtype=np.int64).T)


@dataclass(frozen=True)
class _Topology:
    """Ends and km (m,) of what a train or its ship can pass, inf elsewhere; equal where the arrays are."""

    digest: bytes
    tail: Ints = field(compare=False)
    head: Ints = field(compare=False)
    km: Floats = field(compare=False)

    @classmethod
    def of(cls, base: Block) -> _Topology:
        usable = base.open[BOX] & ((base.mode & ~_TRAIN_MODES) == 0)
        km = np.where(usable, base.km + _STEP_KM, np.inf)
        digest = hashlib.sha256(b"".join(part.tobytes() for part in (base.tail, base.head, km)))
        return cls(digest.digest(), base.tail, base.head, km)


@lru_cache(maxsize=4)
def _graph_of(topology: _Topology) -> _Graph:
    """The graph with the ways found in it before: most worlds differ in prices and hours, not in what is open."""
    return _Graph(topology)


class _Graph:
    """Shortest ways in km over what a train or its ship can pass."""

    def __init__(self, of: _Topology) -> None:
        self.codes, inverse = np.unique(np.concatenate([of.tail, of.head]), return_inverse=True)
        self.tail, self.head = inverse[: len(of.tail)].astype(np.int64), inverse[len(of.tail) :].astype(np.int64)
        self.cost = of.km
        self.indptr, self.heads, self.order = rows(self.tail, self.head, len(self.codes))
        self._found: dict[tuple[int, int], Ints | None] = {}

    def way(self, start: int, end: int) -> Ints | None:
        """Base arcs from one state to another, or None."""
        if (start, end) not in self._found:
            self._found[start, end] = self._search(start, end)
        return self._found[start, end]

    def _search(self, start: int, end: int) -> Ints | None:
        at = np.searchsorted(self.codes, [start, end])
        if (at >= len(self.codes)).any() or self.codes[at[0]] != start or self.codes[at[1]] != end:
            return None
        if start == end:
            return np.empty(0, dtype=np.int64)
        graph = self.indptr, self.heads, self.order, self.tail
        dist, _, arcs = best_paths(*graph, self.cost, at[:1], np.array([0, 1]), at[1:])
        return None if np.isinf(dist[0]) else arcs[::-1].astype(np.int64)


def _one_way(
    graph: _Graph, base: Block, service: Any, row: int, states: tuple[Ints, Ints], calls: np.ndarray, against: bool
) -> tuple[list[Block], list[Ints], list[tuple[int, int]]]:
    """Arcs between all pairs of calls in one direction, their base arcs, and the positions of the calls in `states`.

    The transit time from first to last stop is shared out by the hours that local traffic takes on the way, so that
    a sea leg with its ports has more of it than its distance would say. `states` are those from which stops are left
    and those in which they are reached: two at a place without passage, which parts the pairs before and after it.
    """
    leaving, reached = states
    hops = [graph.way(int(a), int(b)) for a, b in zip(leaving[:-1], reached[1:], strict=True)]
    hours = np.array([np.nan if hop is None else base.hours[BOX, hop].sum() for hop in hops])
    total = max(float(np.nansum(hours)), 1e-9)
    stretch = np.cumsum([0, *(hop is None for hop in hops)])  # stops with the same number are joined
    at = np.flatnonzero(calls)
    shut = np.cumsum(leaving != reached)  # stops without passage up to here
    pairs = [
        (i, j) for n, i in enumerate(at) for j in at[n + 1 :] if stretch[i] == stretch[j] and shut[j - 1] == shut[i]
    ]
    blocks, ways, spans = [], [], []
    wait_h = HALF_WEEK_H / service.frequency_per_week
    spread = transit_sd_h(service)
    for i, j in pairs:
        way = np.concatenate([hop for hop in hops[i:j] if hop is not None])
        if not len(way):
            continue
        share = float(hours[i:j].sum() / total)
        price, resource = _money(base, way, service, share, against)
        blocks.append(
            block(
                leaving[i : i + 1],
                reached[j : j + 1],
                Act.SERVICE,
                row=np.array([row]),
                reverse=np.array([against]),
                corridor=LOCAL,
                mode=int(np.bitwise_or.reduce(base.mode[way])),
                open=np.array([[True], [False]]),
                km=base.km[way].sum(),
                hours=wait_h + service.transit_h * share,
                wait_h=wait_h,
                run_h=service.transit_h * share,
                dispersion_h=spread**2 / service.transit_h,
                sd_h=np.full((2, 1), spread * share),
                price=price,
                resource=resource,
                kg=base.kg[:, way].sum(axis=1, keepdims=True),
            )
        )
        ways.append(way)
        spans.append((int(i), int(j)))
    return blocks, ways, spans


def _money(base: Block, way: Ints, service: object, share: float, against: bool) -> tuple[Floats, Floats]:
    """Price and resources (2, 3, 1) of a stretch: tariffs x factor, or the share of a price that includes
    everything.
    """
    back = service.back_factor if against else 1.0  # type: ignore[attr-defined]
    full = base.price[:, :, way].sum(axis=2, keepdims=True)
    resource = base.resource[:, :, way].sum(axis=2, keepdims=True)
    price = full.copy()
    whole = service.price_usd_per_teu  # type: ignore[attr-defined]
    if np.isnan(whole):
        price[:, CARRIER] *= service.tariff_factor * back  # type: ignore[attr-defined]
    else:
        price[:] = 0.0
        price[BOX, CARRIER] = whole * share * back
    return price, resource
