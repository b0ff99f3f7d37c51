"""Courses of ways: the countries that they pass in their order, by land or over water; ways of one course are alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from koridor.kernels.pareto import NEVER, Graph, bounds
from koridor.model.cost import MODE_BIT
from koridor.model.network import Act, Flags, Ints, Network
from koridor.studies.route.front import Asked
from koridor.studies.route.layers import Layered, layered

LAND, WATER = "-", "~"
_AFLOAT = MODE_BIT["sea"] | MODE_BIT["river"] | MODE_BIT["ferry"]
_PARTS = 2  # of a code: the country, and whether water led there


@dataclass(frozen=True, slots=True)
class Courses:
    """Base arcs as parts of courses: twice the country of the head, and one more over water; -1 for no movement."""

    network: Network
    code: Ints

    @classmethod
    def of(cls, network: Network) -> Courses:
        """For all arcs of a network."""
        arcs = network.arcs
        afloat = (arcs.mode & _AFLOAT) > 0
        code = network.place_country[network.place[arcs.head]] * _PARTS + afloat
        return cls(network, np.where(arcs.act == Act.MOVE, code, -1))

    def key(self, way: Ints) -> tuple[int, ...]:
        """What ways of one course share: countries where they are first entered, so that a way that winds along a
        frontier is like one that does not.
        """
        first = {self._start(way): -1}
        for code in self._codes(way).tolist():
            first.setdefault(code // _PARTS, code)
        return tuple(first.values())

    def text(self, way: Ints) -> str:
        """The course as countries parted by - (by land) or ~ (over water), such as RU-AZ~IR."""
        start, names = self._start(way), self.network.countries
        parts = [(WATER if code % _PARTS else LAND) + str(names[code // _PARTS]) for code in self._codes(way).tolist()]
        return str(names[start]) + "".join(parts)

    def _start(self, way: Ints) -> int:
        return int(self.network.place_country[self.network.place[self.network.arcs.tail[way[0]]]])

    def _codes(self, way: Ints) -> Ints:
        """Codes along the way: each once in a row, and none for moving by land inside a country."""
        code = self.code[base_legs(self.network, way)]
        code = code[code >= 0]
        before = np.concatenate([[self._start(way)], code[:-1] // _PARTS])
        code = code[(code // _PARTS != before[: len(code)]) | (code % _PARTS == 1)]
        return code[np.diff(code, prepend=-1) != 0]


def base_legs(network: Network, way: Ints) -> Ints:
    """Base arcs of a way: services as what they pass."""
    if not (network.arcs.act[way] == Act.SERVICE).any():
        return way
    parts = [network.legs[network.leg_start[arc] : network.leg_start[arc + 1]] for arc in way]
    return np.concatenate(parts)


def scalar(asked: Asked) -> Ints:
    """Generalised cost (m,) of the consignment in cents, one more on each arc: money, and the time of the goods.

    Hours are those of the timetable once an arc is entered, without waiting for it; it orders ways, no more.
    """
    table = asked.prepared.scenario.table("commodity").set_index("commodity_id")
    row = table.loc[asked.cargo.commodity]
    tonnes = max(asked.tonnes, 1.0)
    cents_a_minute = float(row["vot_usd_per_t_h"]) * tonnes * 100.0 / 60.0
    arcs = asked.prepared.compiled.network.arcs
    spread = float(row["reliability_ratio"]) * 60.0 * arcs.sd_h[asked.cargo.form]
    minutes = np.minimum(asked.calendar.timed.least(), 10**7) + spread
    money = asked.prepared.least_usd(asked.cargo, asked.priced_at) * 100.0
    total = np.where(np.isfinite(money), money, 0.0) + minutes * cents_a_minute
    return np.rint(total).astype(np.int64) + 1


@dataclass(frozen=True, slots=True)
class Least:
    """Least costs past the places asked for: price (m,) of the arcs of the layers, to_end and from_start (n,) of nodes,
    best of all ways; arcs that lie on a way, and the cost of the best way over each.
    """

    layers: Layered
    graph: Graph
    price: Ints
    to_end: Ints
    from_start: Ints
    best: int
    arcs: Ints
    total: Ints

    @classmethod
    def of(cls, asked: Asked, use: Flags, cost: Ints) -> Least | None:
        """Over the arcs in use (m,) at a cost (m,); None where no way leads."""
        network = asked.prepared.compiled.network
        source, target = int(network.door_out[asked.start]), int(network.door_in[asked.end])
        if source < 0 or target < 0:
            return None
        layers = layered(network, np.flatnonzero(use), asked.via)
        price = np.where(layers.own >= 0, cost[layers.own], 1)
        graph = Graph.of(layers.tail, layers.head, layers.nodes, np.ones(len(layers.own), dtype=bool))
        to_end = bounds(graph, [price], target + network.nodes * len(asked.via))[:, 0]
        from_start = bounds(graph.turned(), [price], source)[:, 0]
        if to_end[source] >= NEVER:
            return None
        arcs = np.flatnonzero((from_start[layers.tail] < NEVER) & (to_end[layers.head] < NEVER))
        total = from_start[layers.tail[arcs]] + price[arcs] + to_end[layers.head[arcs]]
        return cls(layers, graph, price, to_end, from_start, int(to_end[source]), arcs, total)

    def within(self, share: float) -> Flags:
        """Which of the arcs are on a way that costs at most (1 + share) of the best."""
        return np.asarray(self.total <= self.best * (1.0 + share))


def near(asked: Asked, use: Flags, cost: Ints, share: float) -> Flags:
    """Arcs (m,) on a way past the places asked for that costs at most (1 + share) of the best."""
    found, least = np.zeros(len(use), dtype=bool), Least.of(asked, use, cost)
    if least is not None:
        own = least.layers.own[least.arcs[least.within(share)]]
        found[own[own >= 0]] = True
    return found


def beside(asked: Asked, courses: Courses, use: Flags, cost: Ints, share: float) -> list[Ints]:
    """The best way of each course of which one costs at most (1 + share) of the best, by `scalar` cost.

    Ways that are best through some arc (Abraham et al. 2013, doi:10.1145/2444016.2444019), without those that pass a
    place twice between two of the places asked for; only at such a place may a way turn back. The best comes first;
    none where no way exists.
    """
    network, least = asked.prepared.compiled.network, Least.of(asked, use, cost)
    if least is None:
        return []
    layers, graph, inside = least.layers, least.graph, least.within(share)
    after = Tree(graph.indptr, graph.head, graph.arc, least.price, least.to_end)
    before = Tree(graph.back_indptr, graph.tail, graph.back_arc, least.price, least.from_start)
    found: dict[tuple[int, ...], Ints] = {}
    on_found = np.zeros(len(layers.own), dtype=bool)
    for arc in least.arcs[inside][np.argsort(least.total[inside], kind="stable")].tolist():
        if on_found[arc]:
            continue
        walked = [*before.walk(int(layers.tail[arc]))[::-1], arc, *after.walk(int(layers.head[arc]))]
        on_found[walked] = True
        way, layer = layers.own[walked], layers.tail[walked] // network.nodes
        way, layer = way[way >= 0], layer[way >= 0]
        if not any(_twice(network, way[layer == one]) for one in np.unique(layer)):
            found.setdefault(courses.key(way), way)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Tree:
    """Steps that keep to least distances, out of any node."""

    indptr: Ints
    head: Ints
    arc: Ints
    cost: Ints
    distance: Ints

    def walk(self, node: int) -> list[int]:
        """Arcs of the best way from a node to where the distance is 0."""
        way = []
        while self.distance[node] > 0:
            span = slice(self.indptr[node], self.indptr[node + 1])
            arc, head = self.arc[span], self.head[span]
            step = int(np.flatnonzero(self.cost[arc] + self.distance[head] == self.distance[node])[0])
            way.append(int(arc[step]))
            node = int(head[step])
        return way


def _twice(network: Network, way: Ints) -> bool:
    """Whether a way comes back to a place that it has left, or to where it begins."""
    legs = base_legs(network, way)
    place = network.place[np.concatenate([network.arcs.tail[legs[:1]], network.arcs.head[legs]])]
    place = place[np.concatenate([[True], place[1:] != place[:-1]])]
    return len(np.unique(place)) < len(place)
