"""Costs of the classes at the flows written, least costs by scipy's trees, and what follows: gap and objective."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from koridor.model.cost import MODE_BIT
from koridor.model.network import BOX, CARRIER, Floats, Network
from koridor.studies.verify.answer import Answer
from koridor.studies.verify.elements import State
from koridor.studies.verify.read import Flows

_SOURCES = 64  # trees at a time, to bound the memory


class Gaps(NamedTuple):
    """(what is paid - what would be paid at least) / what is paid, in USD and in hours; 0 where nothing is paid.

    Where demand answers to cost, `hours` also holds what its being out of place is worth, and among what is paid what
    staying is worth. best: (pairs,) USD per tonne of the best way.
    """

    usd: float
    hours: float
    best: Floats


class Costs:
    """USD per tonne of every class on every arc: constant, and with the delays and queues of the elements; where one
    chooses for all (is_system), with the hours that one more unit costs the others.
    """

    def __init__(
        self, network: Network, flows: Flows, state: State, carbon_usd_per_t: float, *, is_system: bool = False
    ) -> None:
        self.network, self.flows, self.state, self.carbon = network, flows, state, carbon_usd_per_t
        self.is_system = is_system
        self.classes = flows.demand.classes
        self.kinds = np.unique(flows.demand.kind)

    def constant(self, kind: int) -> Floats:
        """Money, hours at no volume, their spread and emissions (m,); inf where the class cannot go."""
        arcs, form = self.network.arcs, int(self.classes.form[kind])
        money = arcs.price[form].sum(axis=0)
        on_road = arcs.mode == MODE_BIT["road"]
        money = money + on_road * (self.classes.road_factor[kind] - 1.0) * arcs.price[form, CARRIER]
        size = self.classes.size[kind] if form == BOX else 1.0
        hours = arcs.hours[form] + self.classes.reliability[kind] * arcs.sd_h[form]
        cost = money / size + self.classes.vot[kind] * hours + self.carbon / 1000.0 * arcs.kg[form]
        shut = ~arcs.open[form] | ((arcs.mode & ~self.classes.modes[kind]) != 0)
        return np.where(shut, np.inf, cost)

    def waiting(self, kind: int) -> Floats:
        """What delays and queues add (m,), USD per tonne: hours of a tonne times the units of this class for them."""
        e = self.network.elements
        box = self.classes.form[kind] == BOX
        units = e.load_per_teu / self.classes.size[kind] if box else e.load_per_t
        hours = self.state.delay_h + self.state.queue_h
        hours = (hours + self.state.others_h if self.is_system else hours) / self.state.unit
        out = np.zeros(len(self.network.arcs))
        np.add.at(out, e.load_arc, self.classes.vot[kind] * units * hours[e.load_element])
        return out

    def least(self, kind: int, cost: Floats) -> Floats:
        """Least cost (pairs of the class,) by trees over the arcs that are open; inf where there is no way."""
        network, demand = self.network, self.flows.demand
        mine = np.flatnonzero(demand.kind == kind)
        graph = _graph(network, cost)
        start, end = network.door_out[demand.origin[mine]], network.door_in[demand.destination[mine]]
        found = np.full(len(mine), np.inf)
        sources, at = np.unique(start, return_inverse=True)
        for low in range(0, len(sources), _SOURCES):
            some = sources[low : low + _SOURCES]
            usable = np.where(some >= 0, some, 0)
            reach = dijkstra(graph, directed=True, indices=usable)
            here = np.flatnonzero((at >= low) & (at < low + len(some)) & (start >= 0) & (end >= 0))
            found[here] = reach[at[here] - low, end[here]]
        return found

    def best(self, *, is_free: bool = False) -> Floats:
        """Least cost (pairs,) of a pair or its twin at these costs, or without delays and queues; inf for no way."""
        demand = self.flows.demand
        least = np.full(len(demand), np.inf)
        for kind in self.kinds.tolist():
            cost = self.constant(kind) if is_free else self.constant(kind) + self.waiting(kind)
            least[demand.kind == kind] = self.least(kind, cost)
        return np.minimum(least, np.where(demand.twin >= 0, least[demand.twin], np.inf))

    def gaps(self, answer: Answer | None) -> Gaps:
        """What could still be saved, in USD and in hours, at these costs; see `Gaps`."""
        demand, flows, vot = self.flows.demand, self.flows, self.classes.vot
        best, first = self.best(), demand.first
        loss = demand.classes.unserved[demand.kind]
        moved = np.zeros(len(demand), dtype=np.bool_) if answer is None else answer.moved
        going = flows.carried + np.where(demand.twin >= 0, flows.carried[demand.twin], 0.0)
        stays = first & ~moved
        usd, hours = [], []
        for kind in self.kinds.tolist():
            mine = flows.kind == kind
            usd.append(_dot((self.constant(kind) + self.waiting(kind))[flows.arc[mine]], flows.tonnes[mine]))
            hours.append(usd[-1] / vot[kind] if vot[kind] > 0.0 else math.nan)
        w = np.divide(1.0, vot, out=np.full(len(vot), math.nan), where=vot > 0.0)[demand.kind]
        paid, paid_h = (
            math.fsum([*x, _dot((loss * y)[stays], flows.unserved[stays])]) for x, y in ((usd, 1.0), (hours, w))
        )
        saved, saved_h = (
            p - _dot((np.minimum(best, loss) * y)[stays], demand.tonnes[stays]) - _dot((best * y)[moved], going[moved])
            for p, y in ((paid, 1.0), (paid_h, w))
        )
        if answer is not None:
            inverse = answer.cost(going)
            area = np.where(moved, np.abs(best - inverse) * np.abs(answer.at(best) - going), 0.0)
            left = np.where(moved, answer.most(self.best(is_free=True)) - going, 0.0)
            saved_h += _dot((area * w)[moved], np.ones(int(moved.sum())))
            paid_h += _dot((inverse * w)[moved], np.maximum(left, 0.0)[moved])
        return Gaps(saved / paid if paid > 0.0 else 0.0, saved_h / paid_h if paid_h > 0.0 else 0.0, best)

    def objective(self) -> float:
        """Beckmann's objective in tonne-hours with the loss of what stays, or where one chooses for all the hours that
        all spend; nan where goods have no value of time.
        """
        flows, demand = self.flows, self.flows.demand
        if (self.classes.vot[self.kinds] <= 0.0).any():
            return math.nan
        parts = []
        for kind in self.kinds.tolist():
            mine = flows.kind == kind
            parts.append(_dot(self.constant(kind)[flows.arc[mine]], flows.tonnes[mine]) / self.classes.vot[kind])
        first, vot = demand.first, self.classes.vot[demand.kind]
        loss = self.classes.unserved[demand.kind] / vot
        parts.append(_dot(loss[first], flows.unserved[first]))
        grown = self.state.growth if self.is_system else self.state.integral
        return math.fsum([*parts, *(grown / self.state.unit).tolist()])


def _dot(a: Floats, b: Floats) -> float:
    """Sum of products without loss; what is not carried costs nothing, even where it could not go."""
    some = b != 0.0
    return math.fsum((a[some] * b[some]).tolist())


def _graph(network: Network, cost: Floats) -> csr_array:
    """The open arcs; of arcs between the same two nodes the cheapest, as sparse matrices would add them up."""
    arcs, n = network.arcs, network.nodes
    usable = np.flatnonzero(np.isfinite(cost))
    order = usable[np.lexsort((cost[usable], arcs.head[usable], arcs.tail[usable]))]
    code = arcs.tail[order] * n + arcs.head[order]
    first = np.concatenate([[True], code[1:] != code[:-1]]) if len(code) else np.empty(0, dtype=bool)
    kept = order[first]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(arcs.tail[kept], minlength=n))])
    return csr_array((cost[kept], arcs.head[kept], indptr), shape=(n, n))
