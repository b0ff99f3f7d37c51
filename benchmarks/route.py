"""Ways: fronts on the atlas and on large networks, and best ways one by one beside other libraries."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import peer
from benchmarks.command import ONE_THREAD, process
from benchmarks.route_network import Ints, Made, corridors, streets

QUERIES, LARGE_QUERIES, HARD_QUERIES, ANSWERS, SINGLE = 1000, 50, 9, 20, 100
FIRST_MIN, SPAN_MIN = 29_521_440, 365 * 1440  # a year from 2026-02-17
MEDIAN_MAX_MS, P99_MAX_MS, LARGE_MAX_MS, TIMES_SCGRAPH = 20.0, 200.0, 100.0, 5.0
PEERS = ("scgraph>=3.6,<4", "rustworkx>=0.17", "scipy>=1.16")
COMPARED = ("atlas", "corridors, a tenth")  # on larger ones hierarchies take minutes to be made ready
SCRIPT = Path(__file__).with_name("route_peers.py")


@dataclass(frozen=True, slots=True)
class Fronts:
    """CPU seconds (q,) of the process for each search, ways on its front, and how many were incomplete."""

    seconds: NDArray[np.float64]
    ways: NDArray[np.float64]
    incomplete: int

    def ms(self, share: float) -> float:
        """Quantile of the milliseconds."""
        return float(np.quantile(self.seconds, share)) * 1e3

    def words(self) -> str:
        """Median, P99 and most of the milliseconds, and of the ways."""
        times = ", ".join(f"{self.ms(share):.1f}" for share in (0.5, 0.99, 1.0))
        ways = ", ".join(f"{np.quantile(self.ways, share):.0f}" for share in (0.5, 0.99, 1.0))
        return f"{times} ms; ways {ways}; {self.incomplete} incomplete"


def _measured(searches: Iterator[Callable[[], tuple[int, bool]]]) -> Fronts:
    """Every search on its own; the first, which loads kernels and timetables, does not count."""
    rows = []
    for search in searches:
        start = time.process_time()
        ways, incomplete = search()
        rows.append((time.process_time() - start, ways, incomplete))
    table = np.array(rows[1:], dtype=float)
    return Fronts(table[:, 0], table[:, 1], int(table[:, 2].sum()))


def on_atlas(*, whole: bool = False) -> Fronts:
    """Random pairs of the atlas' places and times of leaving, four criteria; `whole`: with all tables of the answer."""
    from koridor.atlas import load
    from koridor.model.scenario import Scenario
    from koridor.studies import route
    from koridor.studies.route.front import Asked, find

    prepared = route.prepare(Scenario(load()))
    network = prepared.compiled.network
    places = network.places[(network.door_out >= 0) & (network.door_in >= 0)]
    rng = np.random.default_rng(1)

    def searches() -> Iterator[Callable[[], tuple[int, bool]]]:
        for _ in range((ANSWERS if whole else QUERIES) + 1):
            start, end = rng.choice(len(places), 2, replace=False)
            leave = FIRST_MIN + int(rng.integers(0, SPAN_MIN))
            query = route.Query(str(places[start]), str(places[end]), leave=leave)

            def one(query: route.Query = query) -> tuple[int, bool]:
                if whole:
                    metrics = prepared(query).metrics.set_index("metric")["value"]
                    return int(metrics["ways_on_front"]), bool(metrics["incomplete"])
                found = find(Asked.of(prepared, query))
                return len(found), found.incomplete

            yield one

    return _measured(searches())


def on_large(made: Made, queries: int = LARGE_QUERIES) -> Fronts:
    """Random pairs of a large network, by money and time."""
    from koridor.kernels.pareto import Graph, Timed, pareto_front

    graph = Graph.of(made.tail, made.head, made.nodes, np.ones(len(made.tail), dtype=bool))
    timed = Timed.always(made.minutes)

    def searches() -> Iterator[Callable[[], tuple[int, bool]]]:
        for start, end in made.pairs(queries + 1, seed=2):

            def one(start: int = int(start), end: int = int(end)) -> tuple[int, bool]:
                found = pareto_front(graph, timed, [made.cents], start, end, 0)
                return len(found), found.incomplete

            yield one

    return _measured(searches())


@dataclass(frozen=True, slots=True)
class Single:
    """One engine over the same pairs, one by one: CPU seconds to prepare and for all pairs; whether costs agree."""

    name: str
    prepare_s: float
    query_s: float
    agrees: bool | None

    def per_second(self, pairs: int) -> float:
        """Queries a second."""
        return pairs / self.query_s


def singles(made: Made, pairs: Ints, *, limit_s: float) -> list[Single]:
    """The cheapest way of every pair, by koridor and by the others, costs and nodes of the way in the answer."""
    ours, costs = _ours(made, pairs)
    ready = _ready(made, pairs, costs)
    with tempfile.TemporaryDirectory() as place:
        given = Path(place) / "network.npz"
        np.savez(given, tail=made.tail, head=made.head, cost=made.cents, nodes=made.nodes, pairs=pairs)
        call = [str(peer.python("route", PEERS)), "-P", str(SCRIPT), str(given)]
        said, _ = process(call, env=ONE_THREAD, limit_s=limit_s)
    rows = [ours, ready]
    for name, found in json.loads(said).items():
        told = [cost for _, cost in found["costs"]]
        agrees = None if None in told else bool(np.allclose(told, costs))
        rows.append(Single(name, found["prepare_s"], found["query_s"], agrees))
    return rows


def _ours(made: Made, pairs: Ints) -> tuple[Single, NDArray[np.float64]]:
    """The search of koridor itself, from one source to one target at a time, in one call."""
    from koridor.kernels.paths import best_paths, rows

    start = time.process_time()
    graph = rows(made.tail, made.head, made.nodes)
    cost = made.cents.astype(np.float64)
    ends = pairs[:, 0].copy(), np.arange(len(pairs) + 1), pairs[:, 1].copy()
    ready = time.process_time()
    best_paths(*graph, made.tail, cost, ends[0][:1], ends[1][:2], ends[2][:1])
    begin = time.process_time()
    found, _, _ = best_paths(*graph, made.tail, cost, *ends)
    return Single("koridor", ready - start, time.process_time() - begin, agrees=True), found


def _ready(made: Made, pairs: Ints, costs: NDArray[np.float64]) -> Single:
    """The same by a hierarchy that is made ready once."""
    from koridor.kernels.hierarchy import Hierarchy

    Hierarchy.of(made.tail[:9], made.head[:9], made.cents[:9].astype(np.float64), made.nodes).paths(
        pairs[:1, 0], pairs[:1, 1]
    )
    start = time.process_time()
    hierarchy = Hierarchy.of(made.tail, made.head, made.cents.astype(np.float64), made.nodes)
    begin = time.process_time()
    found, _, _ = hierarchy.paths(pairs[:, 0], pairs[:, 1])
    return Single(
        "koridor, hierarchy", begin - start, time.process_time() - begin, agrees=bool(np.allclose(found, costs))
    )


def atlas_network() -> Made:
    """The open arcs of the atlas for boxes as plain arcs, without doors; money in cents a TEU."""
    from koridor.atlas import load
    from koridor.model.compile import compile_network
    from koridor.model.network import BOX
    from koridor.model.scenario import Scenario

    network = compile_network(Scenario(load()), capacities=False).network
    arcs = network.arcs
    use = np.flatnonzero(arcs.open[BOX] & (network.carriage[arcs.tail] >= 0) & (network.carriage[arcs.head] >= 0))
    cents = np.rint(arcs.price[BOX].sum(axis=0)[use] * 100.0).astype(np.int64) + 1
    minutes = np.rint(arcs.hours[BOX][use] * 60.0).astype(np.int64)
    return _largest(arcs.tail[use], arcs.head[use], minutes, cents, network.nodes)


def _largest(tail: Ints, head: Ints, minutes: Ints, cents: Ints, nodes: int) -> Made:
    """The largest part of which every node reaches every other."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    graph = csr_array((np.ones(len(tail)), (tail, head)), shape=(nodes, nodes))
    part = connected_components(graph, directed=True, connection="strong")[1]
    inside = part == np.bincount(part).argmax()
    number, keep = np.cumsum(inside) - 1, inside[tail] & inside[head]
    return Made(number[tail[keep]], number[head[keep]], minutes[keep], cents[keep], int(inside.sum()))


def networks() -> dict[str, Callable[[], Made]]:
    """Networks of the comparison by name."""
    return {
        "atlas": atlas_network,
        "corridors, a tenth": partial(corridors, 2_500),
        "corridors": corridors,
        "streets": streets,
    }
