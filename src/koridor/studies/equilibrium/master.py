"""User equilibrium with hard capacities and volume-delay, by column generation over a linear master programme.

Potential (Beckmann, McGuire & Winsten 1956; several values of time after Dafermos 1972, doi:10.1287/trsc.6.1.73): with
x_p tonnes on path p of class k, w_k = 1 / vot_k, u_kr units of element r for a tonne,

    min  sum_p w_k c_p x_p + sum_r (1 / u_r) * integral_0^{v_r} t_r(s) ds
    s.t. sum_{p in pair} x_p + unserved = tonnes,   v_r = sum_p u_kr x_p <= capacity_r.

The multiplier of a capacity is a queue in hours common to all classes. The integral is bounded from below by its
tangents at the volumes met so far (Kelley 1960, doi:10.1137/0108053), so that the master's value is a lower bound on
the
potential. Under `Rationing.PRICE` w_k = 1: a scarce unit goes to those who would pay most and its multiplier is USD.
Only pairs that a limited element can concern enter the master; more cost elsewhere never changes what others choose.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from koridor.errors import UsageError
from koridor.kernels.delay import bpr_arrays
from koridor.model.network import Demand, Elements, Flags, Floats, Ints, Network, sums_by
from koridor.solve.lp import LpStatus, minimise
from koridor.studies.equilibrium.paths import Paths, all_or_nothing, concatenate, element_loads
from koridor.studies.equilibrium.pricing import Pricing, path_cost, path_units

_EXCESS = 1e-9  # share of a capacity by which rounding may exceed it
_CHEAPER = 1e-9  # share of its cost by which a new path must beat the old ones
_CLOSED = 1e12  # price of a unit that no path pays if it can go around
_CUT_GAP = 1e-9  # share of the delay integral by which its tangents may still lie below it


class Rationing(StrEnum):
    """Who gets a scarce unit: whoever waits (a queue in hours, the same for all), or whoever pays."""

    QUEUE = "queue"
    PRICE = "price"


@dataclass(frozen=True, slots=True)
class Limits:
    """room: (k,) units a year left for the pairs assigned, inf where no constraint holds. other: (k,) other traffic."""

    room: Floats
    other: Floats


@dataclass(frozen=True, slots=True)
class Equilibrium:
    """What an assignment found.

    paths: tonnes by path. unserved: (pairs,) tonnes. cost: (pairs,) USD per tonne of the best choice, queues included.
    multiplier: (k,) of a unit of each constraint: hours for one tonne of it (QUEUE) or USD (PRICE). unit: (k,) units
    that a tonne uses. delay_rate: (k,) hours by volume, for a unit. load: (k,) units.
    gap_usd: what users could still save by changing, at the final costs. converged: False when the limit of rounds
    was hit.
    """

    paths: Paths
    unserved: Floats
    cost: Floats
    multiplier: Floats
    delay_rate: Floats
    unit: Floats
    load: Floats
    gap_usd: float
    rounds: int
    converged: bool


def solve(
    network: Network,
    demand: Demand,
    limits: Limits,
    *,
    rationing: Rationing = Rationing.QUEUE,
    carbon_usd_per_t: float = 0.0,
    rounds_max: int = 100,
) -> Equilibrium:
    """Equilibrium of `demand` on `network`.

    Raises UsageError for rationing by price where delay grows with volume, and for queues of goods without a value
    of time.
    """
    e, classes = network.elements, demand.classes
    delayed = (e.delay_alpha > 0.0) & (e.delay_free_h > 0.0)
    if delayed.any() and rationing is Rationing.PRICE:
        raise UsageError("rationing 'price' needs elements without delay functions: use 'queue'")
    weight = np.ones(len(classes))
    if rationing is Rationing.QUEUE:
        weight = np.divide(1.0, classes.vot, out=np.full(len(classes), np.inf), where=classes.vot > 0.0)
    pricing = Pricing(network, demand, weight, carbon_usd_per_t)
    paths, cost = all_or_nothing(network, demand, pricing)
    loss = classes.unserved[demand.kind]
    chosen = demand.chosen(cost)
    goes = chosen & (cost <= loss)
    paths = paths.with_tonnes(np.where(goes, demand.tonnes, 0.0))
    load = element_loads(network, demand, paths)
    active = delayed | (load > limits.room * (1.0 + _EXCESS))
    nothing = np.zeros(len(e.capacity))
    if not active.any():
        unserved = np.where(chosen & ~goes, demand.tonnes, 0.0)
        unit = _units_a_tonne(e, demand)
        best = np.minimum(_better(demand, cost), loss)
        return Equilibrium(paths, unserved, best, nothing, nothing, unit, load, 0.0, 0, True)
    if np.isinf(weight[demand.kind]).any():
        raise UsageError("goods without a value of time wait for ever: give them one, or ration by 'price'")
    return _Master(network, demand, limits, pricing, delayed).run(paths, cost, goes, active, rounds_max)


class _Master:
    """The column generation; its state is the columns, the tangents, the queues and who is in."""

    def __init__(self, network: Network, demand: Demand, limits: Limits, pricing: Pricing, delayed: Flags) -> None:
        self.network, self.demand, self.limits, self.pricing = network, demand, limits, pricing
        self.delayed = np.flatnonzero(delayed)
        self.unit = _units_a_tonne(network.elements, demand)
        self.cuts: list[tuple[int, float, float]] = []  # constraint, slope, value at no volume
        self.queue = np.zeros(len(network.elements.capacity))  # multipliers of the capacities in the last master

    def run(self, first: Paths, cost: Floats, goes: Flags, active: Flags, rounds_max: int) -> Equilibrium:
        demand, e = self.demand, self.network.elements
        row, element, _ = path_units(self.network, demand, first)
        inside = np.zeros(len(demand), dtype=bool)
        columns = first.take(np.empty(0, dtype=np.int64))
        for late in self.delayed:
            self._cut(int(late), float(self.limits.other[late]))
        converged, rounds, price, x = False, 0, np.zeros(len(e.capacity)), np.empty(0)
        while rounds < rounds_max and not converged:
            rounds += 1
            hit = np.unique(first.pair[row[active[element]]])
            joining = demand.with_twins(hit[goes[hit] & ~inside[hit]])
            if len(joining):
                reached = joining[np.isfinite(cost[joining])]
                columns = concatenate([columns, first.take(reached), self._around(joining, active)])
                inside[joining] = True
            members = np.flatnonzero(inside)
            x, price, dual = self._solve(columns, members, active)
            volume = self._load(first, inside, columns, x)
            self.pricing.price = price
            new = self._cheaper(members, dual)
            over = (volume > self.limits.room * (1.0 + _EXCESS)) & ~active
            loose = self._loose(volume)
            converged = not len(new) and not over.any() and not loose
            active = active | over
            columns = concatenate([columns, new]) if len(new) else columns
            for r in loose:
                self._cut(r, float(volume[r] + self.limits.other[r]))
        return self._finish(first, inside, columns, x, price, cost, rounds, converged)

    def _solve(self, columns: Paths, members: Ints, active: Flags) -> tuple[Floats, Floats, Floats]:
        """Tonnes by column, price of every constraint, and dual cost of every member in USD per tonne; twins share a
        row.
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
        at[held] = q + np.arange(len(held))
        path, element, units = path_units(self.network, demand, columns)
        cost = np.concatenate(
            [
                path_cost(self.pricing, demand, columns) * weight[demand.kind[columns.pair]],
                demand.classes.unserved[kind] * weight[kind],
                1.0 / self.unit[self.delayed],
            ]
        )
        limited = at[element] >= 0
        rows = [place[columns.pair], np.arange(q), at[element[limited]]]
        cols = [np.arange(n), n + np.arange(q), path[limited]]
        values = [np.ones(n), np.ones(q), units[limited]]
        lower = [demand.tonnes[heads], np.full(len(held), -np.inf)]
        upper = [demand.tonnes[heads], self.limits.room[held]]
        for i, (r, slope, base) in enumerate(self.cuts):
            on = element == r
            line = q + len(held) + i
            rows += [np.array([line]), np.full(on.sum(), line)]
            cols += [np.array([n + q + int(np.searchsorted(self.delayed, r))]), path[on]]
            values += [np.ones(1), -slope * units[on]]
            lower.append(np.array([base + slope * self.limits.other[r]]))
            upper.append(np.array([np.inf]))
        result = minimise(cost, *(np.concatenate(c) for c in (rows, cols, values, lower, upper)))
        assert result.status is LpStatus.OPTIMAL, result.status  # unserved makes it feasible, prices bound it
        price = np.zeros(len(active))
        price[held] = np.maximum(-result.row_dual[q : q + len(held)], 0.0)
        self.queue = price.copy()
        for i, (r, slope, _) in enumerate(self.cuts):
            price[r] += max(float(result.row_dual[q + len(held) + i]), 0.0) * slope
        return result.x[:n], price, (result.row_dual[:q] / weight[kind])[place[members]]

    def _around(self, pairs: Ints, active: Flags) -> Paths:
        """Cheapest paths of pairs that use no active constraint: a second choice that spares rounds."""
        before = self.pricing.price
        self.pricing.price = np.where(active, _CLOSED, 0.0)
        found, reach = all_or_nothing(self.network, self.demand.part(pairs), self.pricing)
        self.pricing.price = before
        row, element, _ = path_units(self.network, self.demand.part(pairs), found)
        clear = np.isfinite(reach)
        clear[row[active[element]]] = False
        way = found.take(np.flatnonzero(clear))
        return Paths(pairs[way.pair], np.zeros(len(way)), way.start, way.arcs)

    def _cheaper(self, members: Ints, dual: Floats) -> Paths:
        """New paths that cost less than the members pay now."""
        part = self.demand.part(members)
        found, reach = all_or_nothing(self.network, part, self.pricing)
        better = np.flatnonzero(reach < dual * (1.0 - _CHEAPER) - 1e-9)
        new = found.take(better)
        return Paths(members[new.pair], np.zeros(len(new)), new.start, new.arcs)

    def _load(self, first: Paths, inside: Flags, columns: Paths, x: Floats) -> Floats:
        outside = first.with_tonnes(np.where(inside[first.pair], 0.0, first.tonnes))
        return element_loads(self.network, self.demand, outside) + element_loads(
            self.network, self.demand, columns.with_tonnes(x)
        )

    def _delay(self, r: Ints, volume: Floats) -> tuple[Floats, Floats]:
        """Hours and their integral at total volumes of these constraints."""
        e = self.network.elements
        hours, _, integral = bpr_arrays(volume, e.capacity[r], e.delay_free_h[r], e.delay_alpha[r], e.delay_power[r])
        return hours, integral

    def _cut(self, r: int, volume: float) -> None:
        hours, integral = self._delay(np.array([r]), np.array([volume]))
        self.cuts.append((r, float(hours[0]), float(integral[0] - hours[0] * volume)))

    def _loose(self, volume: Floats) -> list[int]:
        """Delayed constraints whose tangents lie visibly below the integral at this volume."""
        if not len(self.delayed):
            return []
        total = volume[self.delayed] + self.limits.other[self.delayed]
        _, integral = self._delay(self.delayed, total)
        loose = []
        for r, v, true in zip(self.delayed, total, integral, strict=True):
            bound = max(base + slope * v for owner, slope, base in self.cuts if owner == r)
            if true - bound > _CUT_GAP * max(true, 1e-12):
                loose.append(int(r))
        return loose

    def _finish(
        self,
        first: Paths,
        inside: Flags,
        columns: Paths,
        x: Floats,
        price: Floats,
        cost: Floats,
        rounds: int,
        converged: bool,
    ) -> Equilibrium:
        demand = self.demand
        outside = first.take(np.flatnonzero(~inside[first.pair] & (first.tonnes > 0.0)))
        used = columns.with_tonnes(x).take(np.flatnonzero(x > 0.0))
        paths = concatenate([outside, used])
        load = element_loads(self.network, demand, paths)
        delay_h = np.zeros(len(price))
        true_price = price.copy()
        if len(self.delayed):
            hours, _ = self._delay(self.delayed, load[self.delayed] + self.limits.other[self.delayed])
            delay_h[self.delayed] = hours
            true_price[self.delayed] = self.queue[self.delayed] + hours / self.unit[self.delayed]
        self.pricing.price = true_price
        members = np.flatnonzero(inside)
        _, reach = all_or_nothing(self.network, demand.part(members), self.pricing)
        loss = demand.classes.unserved[demand.kind]
        best = cost.copy()
        best[members] = reach
        best = np.minimum(_better(demand, best), loss)
        served = sums_by(paths.pair, paths.tonnes, len(demand))
        served += np.where(demand.twin >= 0, served[demand.twin], 0.0)
        unserved = np.where(demand.first, np.maximum(demand.tonnes - served, 0.0), 0.0)
        paid = path_cost(self.pricing, demand, used)
        path, element, units = path_units(self.network, demand, used)
        toll = sums_by(path, units * true_price[element], len(used))
        paid += toll / self.pricing.weight[demand.kind[used.pair]]
        gap = float(((paid - best[used.pair]) * used.tonnes).sum() + ((loss - best) * unserved)[members].sum())
        return Equilibrium(
            paths, unserved, best, self.queue, delay_h / self.unit, self.unit, load, gap, rounds, converged
        )


def _better(demand: Demand, cost: Floats) -> Floats:
    """Cost (pairs,) of the better of a pair and its twin."""
    return np.minimum(cost, np.where(demand.twin >= 0, cost[demand.twin], np.inf))


def _units_a_tonne(e: Elements, demand: Demand) -> Floats:
    """Units (k,) that a tonne uses of each constraint: outside boxes, or in a box of mean size where only boxes load
    it.
    """
    loose, boxed = np.zeros(len(e.capacity)), np.zeros(len(e.capacity))
    np.maximum.at(loose, e.load_element, e.load_per_t)
    np.maximum.at(boxed, e.load_element, e.load_per_teu)
    size = demand.classes.size[demand.classes.size > 1.0]
    boxed = boxed / (size.mean() if len(size) else 1.0)
    units = np.where(loose > 0.0, loose, boxed)
    return np.where(units > 0.0, units, 1.0)
