"""Equilibrium: who takes which way, under hard capacities, hours that grow with volume, demand that answers to cost.

Potential (Beckmann, McGuire & Winsten 1956; several values of time after Dafermos 1972, doi:10.1287/trsc.6.1.73): with
x_p tonnes on path p of class k, w_k = 1 / vot_k, u_kr units of element r for a tonne,

    min  sum_p w_k c_p x_p + sum_r (1 / u_r) * integral_0^{v_r} t_r(s) ds
    s.t. sum_{p in pair} x_p + unserved = tonnes,   v_r = sum_p u_kr x_p <= capacity_r.

The multiplier of a capacity is a queue in hours common to all classes. Where hours grow with volume or demand is
elastic the path engine solves it (`delayed`); where only capacities bind it is a linear programme, solved here exactly
by column generation. Under `Rationing.PRICE` w_k = 1: a scarce unit goes to those who would pay most and its multiplier
is USD. Only pairs that a limited element can concern enter the master; more cost elsewhere never changes what others
choose.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from koridor.errors import UsageError
from koridor.kernels.flows.engine import Settings
from koridor.kernels.flows.problem import Principle
from koridor.model.network import Demand, Flags, Floats, Ints, Network, sums_by
from koridor.studies.equilibrium.delayed import equilibrium, has_delay
from koridor.studies.equilibrium.elastic import Elastic, Response
from koridor.studies.equilibrium.outcome import Equilibrium, Limits, Start, better, units_a_tonne
from koridor.studies.equilibrium.paths import Paths, all_or_nothing, concatenate, element_loads, missing
from koridor.studies.equilibrium.pricing import Pricing, path_cost, path_units
from koridor.studies.equilibrium.rationed import Offers, share
from koridor.text import t

_EXCESS = 1e-9  # share of a capacity by which rounding may exceed it
_CHEAPER = 1e-9  # share of its cost by which a new path must beat the old ones
_SAME = 1e-11  # share of a price by which it may differ and still be the same: no path gets cheaper by `_CHEAPER`
_CLOSED = 1e12  # price of a unit that no path pays if it can go around


class Rationing(StrEnum):
    """Who gets a scarce unit: whoever waits (a queue in hours, the same for all), or whoever pays."""

    QUEUE = "queue"
    PRICE = "price"


def solve(
    network: Network,
    demand: Demand,
    limits: Limits,
    *,
    rationing: Rationing = Rationing.QUEUE,
    carbon_usd_per_t: float = 0.0,
    rounds_max: int = 300,
    gap_max: float = 1e-8,
    principle: Principle = Principle.USER,
    elastic: Elastic | None = None,
    start: Start | None = None,
    threads: int = 1,
) -> Equilibrium:
    """Equilibrium of `demand` on `network`.

    gap_max: share of what all pay that users may still save, where rounds are needed. principle: SYSTEM for least
    hours of all, weighted by tonnes; without delays the same as USER. start: what another run found.
    threads: of the searches for paths.

    Raises UsageError for rationing by price where delay grows with volume or demand is elastic, and for queues of goods
    without a value of time.
    """
    e, classes = network.elements, demand.classes
    answers = elastic is not None and elastic.response is not Response.FIXED
    grows = bool(has_delay(network).any()) or answers
    if grows and rationing is Rationing.PRICE:
        raise UsageError(t("rationing 'price' needs elements without delay functions and fixed demand: use 'queue'"))
    weight = np.ones(len(classes))
    if rationing is Rationing.QUEUE:
        weight = np.divide(1.0, classes.vot, out=np.full(len(classes), np.inf), where=classes.vot > 0.0)
    pricing = Pricing(network, demand, weight, carbon_usd_per_t, is_exact=grows)
    if grows:
        _need_time(weight, demand)
        settings = Settings(gap_max=gap_max, rounds_max=rounds_max, threads=threads)
        return equilibrium(
            network,
            demand,
            limits,
            pricing,
            settings=settings,
            principle=principle,
            elastic=elastic,
            start=None if start is None else start.paths,
        )
    ways, cost = all_or_nothing(network, demand, pricing)
    loss = classes.unserved[demand.kind]
    chosen = demand.chosen(cost)
    goes = chosen & (cost <= loss)
    paths = ways.paths.with_tonnes(np.where(goes, demand.tonnes, 0.0))
    load = element_loads(network, demand, paths)
    active = load > limits.room * (1.0 + _EXCESS)
    if active.any():
        _need_time(weight, demand)
        return _Master(network, demand, limits, pricing).run(paths, cost, goes, active, rounds_max, start)
    nothing = np.zeros(len(e.capacity))
    unserved = np.where(chosen & ~goes, demand.tonnes, 0.0)
    best = np.minimum(better(demand, cost), loss)
    return Equilibrium(paths, unserved, best, nothing, nothing, units_a_tonne(e, demand), load, 0.0, 0, True)


def _need_time(weight: Floats, demand: Demand) -> None:
    """Raises UsageError where goods without a value of time would have to wait."""
    if np.isinf(weight[demand.kind]).any():
        raise UsageError(t("goods without a value of time wait for ever: give them one, or ration by 'price'"))


def _leaves(reach: Floats, dual: Floats) -> Flags:
    """Members (p,) whose best path costs less than they pay, beyond rounding."""
    return reach < dual * (1.0 - _CHEAPER) - 1e-9


class _Master:
    """The column generation; its state is the columns and who is in."""

    def __init__(self, network: Network, demand: Demand, limits: Limits, pricing: Pricing) -> None:
        self.network, self.demand, self.limits, self.pricing = network, demand, limits, pricing
        self.unit = units_a_tonne(network.elements, demand)

    def run(
        self, first: Paths, cost: Floats, goes: Flags, active: Flags, rounds_max: int, start: Start | None
    ) -> Equilibrium:
        demand, e = self.demand, self.network.elements
        if start is not None:  # what bound in the other run is likely to bind here
            active = active | (start.multiplier > 0.0)
        inside = np.zeros(len(demand), dtype=bool)
        columns = first.take(np.empty(0, dtype=np.int64))
        converged, rounds, price, x, reach = False, 0, np.zeros(len(e.capacity)), np.empty(0), np.empty(0)
        over = active
        while rounds < rounds_max and not converged:
            rounds += 1
            joining = self._concerned(first, active, goes & ~inside) if over.any() else np.empty(0, dtype=np.int64)
            if len(joining):
                columns = concatenate([columns, *self._joined(joining, first, cost, active, start)])
                inside[joining] = True
            members, before = np.flatnonzero(inside), price
            x, price, dual = self._solve(columns, members, active, price, begun=rounds == 1 and start is not None)
            volume = self._load(first, inside, columns, x)
            new = columns.take(np.empty(0, dtype=np.int64))
            if len(reach) != len(members) or not self._is_found(reach, dual, price, before):
                self.pricing.price = price
                new, reach = self._cheaper(members, dual)
            over = (volume > self.limits.room * (1.0 + _EXCESS)) & ~active
            converged = not len(new) and not over.any()
            active = active | over
            columns = concatenate([columns, new]) if len(new) else columns
        return self._finish(first, inside, columns, x, price, cost, reach, rounds, converged)

    def _is_found(self, reach: Floats, dual: Floats, price: Floats, before: Floats) -> bool:
        """Whether prices are those of the last search, and by what that reached nobody would leave any more."""
        return bool((np.abs(price - before) <= _SAME * before).all()) and not _leaves(reach, dual).any()

    def _concerned(self, first: Paths, active: Flags, of: Flags) -> Ints:
        """Those of the pairs `of` (p,) whose cheapest path uses an active constraint, and their twins."""
        row, _, _ = path_units(self.network, self.demand, first, active)
        return self.demand.with_twins(np.flatnonzero(self._are(first.pair[row]) & of))

    def _joined(self, pairs: Ints, first: Paths, cost: Floats, active: Flags, start: Start | None) -> tuple[Paths, ...]:
        """The first columns of pairs: their cheapest paths, and others that spare rounds. Only those of a start have
        tonnes.
        """
        cheapest = first.take(pairs[np.isfinite(cost[pairs])])
        cheapest = cheapest.with_tonnes(np.zeros(len(cheapest)))
        if start is None:
            return cheapest, self._around(pairs, active)
        known = self._usable(start.paths, pairs)
        without = np.flatnonzero(self._are(pairs) & ~self._are(self.demand.with_twins(known.pair)))
        return known, missing(cheapest, known), self._around(without, active)

    def _are(self, pairs: Ints) -> Flags:
        """Whether each pair (p,) is one of these."""
        out = np.zeros(len(self.demand), dtype=np.bool_)
        out[pairs] = True
        return out

    def _solve(
        self, columns: Paths, members: Ints, active: Flags, price: Floats, *, begun: bool
    ) -> tuple[Floats, Floats, Floats]:
        """Tonnes by column, price of every constraint, and dual cost of every member in USD per tonne; twins share a
        group. price: what the constraints cost in the round before. begun: begin with the columns that have tonnes.
        """
        demand, weight = self.demand, self.pricing.weight
        heads = members[demand.first[members]]
        kind = demand.kind[heads]
        n, q = len(columns), len(heads)
        place = np.full(len(demand), -1)
        place[heads] = np.arange(q)
        place[members] = np.where(demand.first[members], place[members], place[demand.twin[members]])
        held = np.flatnonzero(active & np.isfinite(self.limits.room))
        at = np.full(len(active), -1)
        at[held] = np.arange(len(held))
        path, element, units = path_units(self.network, demand, columns, at >= 0)
        paid = path_cost(self.pricing, demand, columns) * weight[demand.kind[columns.pair]]
        found = share(
            Offers(
                np.append(place[columns.pair], np.arange(q)),
                np.append(paid, demand.classes.unserved[kind] * weight[kind]),
                path, at[element], units, demand.tonnes[heads], self.limits.room[held],
            ),
            price[held] if price.any() else None,
            np.append(columns.tonnes > 0.0, np.zeros(q, dtype=np.bool_)) if begun else None,
        )  # fmt: skip
        out = np.zeros(len(active))
        out[held] = found.price
        return found.volume[:n], out, (found.cost / weight[kind])[place[members]]

    def _usable(self, paths: Paths, pairs: Ints) -> Paths:
        """Those of the paths of another run that serve these pairs and are open here."""
        mine = paths.take(np.flatnonzero(self._are(pairs)[paths.pair]))
        return mine.take(np.flatnonzero(np.isfinite(path_cost(self.pricing, self.demand, mine))))

    def _around(self, pairs: Ints, active: Flags) -> Paths:
        """Cheapest paths of pairs that use no active constraint: a second choice that spares rounds."""
        before = self.pricing.price
        self.pricing.price = np.where(active, _CLOSED, 0.0)
        ways, reach = all_or_nothing(self.network, self.demand.part(pairs), self.pricing)
        self.pricing.price = before
        found = ways.paths
        row, _, _ = path_units(self.network, self.demand.part(pairs), found, active)
        clear = np.isfinite(reach)
        clear[row] = False
        way = found.take(np.flatnonzero(clear))
        return Paths(pairs[way.pair], np.zeros(len(way)), way.start, way.arcs)

    def _cheaper(self, members: Ints, dual: Floats) -> tuple[Paths, Floats]:
        """New paths that cost less than the members pay now, and what the best path of each member costs."""
        part = self.demand.part(members)
        found, reach = all_or_nothing(self.network, part, self.pricing)
        new = found.take(np.flatnonzero(_leaves(reach, dual)))
        return Paths(members[new.pair], np.zeros(len(new)), new.start, new.arcs), reach

    def _load(self, first: Paths, inside: Flags, columns: Paths, x: Floats) -> Floats:
        outside = first.with_tonnes(np.where(inside[first.pair], 0.0, first.tonnes))
        return element_loads(self.network, self.demand, outside) + element_loads(
            self.network, self.demand, columns.with_tonnes(x)
        )

    def _finish(
        self,
        first: Paths,
        inside: Flags,
        columns: Paths,
        x: Floats,
        price: Floats,
        cost: Floats,
        reach: Floats,
        rounds: int,
        converged: bool,
    ) -> Equilibrium:
        demand = self.demand
        outside = first.take(np.flatnonzero(~inside[first.pair] & (first.tonnes > 0.0)))
        used = columns.with_tonnes(x).take(np.flatnonzero(x > 0.0))
        paths = concatenate([outside, used])
        load = element_loads(self.network, demand, paths)
        members = np.flatnonzero(inside)
        loss = demand.classes.unserved[demand.kind]
        best = cost.copy()
        best[members] = reach
        best = np.minimum(better(demand, best), loss)
        served = sums_by(paths.pair, paths.tonnes, len(demand))
        served += np.where(demand.twin >= 0, served[demand.twin], 0.0)
        unserved = np.where(demand.first, np.maximum(demand.tonnes - served, 0.0), 0.0)
        paid = path_cost(self.pricing, demand, used)
        path, element, units = path_units(self.network, demand, used, price > 0.0)
        toll = sums_by(path, units * price[element], len(used))
        paid += toll / self.pricing.weight[demand.kind[used.pair]]
        gap = float(((paid - best[used.pair]) * used.tonnes).sum() + ((loss - best) * unserved)[members].sum())
        return Equilibrium(paths, unserved, best, price, np.zeros(len(price)), self.unit, load, gap, rounds, converged)


__all__ = ["Elastic", "Equilibrium", "Limits", "Principle", "Rationing", "Response", "solve"]
