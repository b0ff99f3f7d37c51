"""Least money for all, with time at its value for each class: a local optimum, and a bound that no flow goes below.

With h_r(v) hours of delay a unit, u_kr units of a tonne, W_r = sum of vot_k u_kr x_k the value of an hour on element r,

    Z(x) = sum of c_k x_k + sum_r h_r(v_r) W_r,

which is not convex where values of time differ (Dafermos 1972, doi:10.1287/trsc.6.1.73). One more unit of class k costs
all vot_k h_r + h_r' W_r on r. Each round fixes of these what only the flows before tell, leaves the
delay at the least value of time v0 to the path engine, whose problem is then convex, and goes towards its answer as far
as Z falls. Where nothing moves any more, no class has a way that costs all less: a local optimum.

The bound: an hour is worth no less than to the class with the least value of time that can use the element, v0_r, so

    Z(x) >= sum of (c_k + vot_k h_r(o_r) u_kr) x_k + sum_r v0_r v_r h_r(v_r),

o_r being the traffic of others, since a convex h with h(0) = 0 grows more from o on than from 0 on. That is convex; its
least value, less what the solver left, holds for every flow.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from koridor.kernels.delay import delays
from koridor.kernels.flows.engine import Settings
from koridor.kernels.flows.problem import Principle
from koridor.model.network import BOX, Demand, Floats, Network, sums_by
from koridor.schema.tables import DELAYS
from koridor.studies.equilibrium.delayed import equilibrium, has_delay
from koridor.studies.equilibrium.outcome import Equilibrium, Limits, Optimum, TraceRow, better, units_a_tonne
from koridor.studies.equilibrium.paths import Paths, all_or_nothing, concatenate, distinct, element_loads
from koridor.studies.equilibrium.pricing import Pricing, path_cost, path_units

_BPR = DELAYS.index("bpr")
_GRID = 17  # points of a first look along a line
_HALVINGS = 45  # of the stretch around the best of them
_LEAST_FALL = 1e-13  # share of the cost below which a fall is rounding


class _Marginal(Pricing):
    """USD per tonne of a class with more on each unit of an element; `more`: (classes, k) USD."""

    def __init__(self, network: Network, demand: Demand, weight: Floats, carbon: float, more: Floats) -> None:
        super().__init__(network, demand, weight, carbon, is_exact=True)
        self._more = more

    def free(self, kind: int) -> Floats:
        """Cost (m,) of a class with what is more, but without prices."""
        if kind not in self._free:
            e = self.network.elements
            per_tonne = e.load_per_teu / self.classes.size[kind] if self.classes.form[kind] == BOX else e.load_per_t
            added = self._more[kind][e.load_element] * per_tonne
            self._free[kind] = super().free(kind) + sums_by(e.load_arc, added, len(self.network.arcs))
        return self._free[kind]


class _Point(NamedTuple):
    """Flows with their sums: USD without delays, the loss of what stays included; units and USD an hour (k,)."""

    paths: Paths
    unserved: Floats
    constant: float
    load: Floats
    worth: Floats


def least_money_at_fixed_hours(
    network: Network, demand: Demand, limits: Limits, *, carbon_usd_per_t: float, time: Equilibrium, money: Equilibrium
) -> Equilibrium:
    """The same where no volume adds hours: the linear programme in USD (`money`) is the best of all flows, and its own
    bound; `time` is the one in hours.
    """
    search = _Search(network, demand, limits, carbon_usd_per_t, Settings())
    own, other = (search._point(found.paths, found.unserved) for found in (money, time))
    usd = search.money(own)
    optimum = Optimum(usd, usd - max(money.gap_usd, 0.0), search.money(other), search._time(own), search._time(other))
    return replace(money, optimum=optimum)


def least_money(
    network: Network,
    demand: Demand,
    limits: Limits,
    *,
    carbon_usd_per_t: float,
    gap_max: float,
    rounds_max: int,
    threads: int,
    time: Equilibrium,
) -> Equilibrium:
    """A local optimum in money, begun with the flows of least time, with `Optimum` of both and the bound.

    gap_max: share of what all pay, at the costs to all, that a class could still save all. `gap_usd` is that in USD.
    multiplier: USD a unit of each capacity. All values of time must be above 0.
    """
    return _Search(network, demand, limits, carbon_usd_per_t, Settings(gap_max=1e-9, threads=threads)).run(
        time, gap_max, rounds_max
    )


class _Search:
    def __init__(self, network: Network, demand: Demand, limits: Limits, carbon: float, settings: Settings) -> None:
        self.network, self.demand, self.limits, self.carbon, self.settings = network, demand, limits, carbon, settings
        e = network.elements
        self.unit, self.kind = units_a_tonne(e, demand), np.where(has_delay(network), e.delay_kind, 0)
        self.vot = demand.classes.vot
        self.least = float(self.vot[np.unique(demand.kind)].min())
        self.plain = Pricing(network, demand, 1.0 / self.vot, carbon, is_exact=True)
        # the engine's costs to all count the hours of others too: only without others is its system ours
        others = bool((limits.other[self.kind > 0] > 0.0).any())
        self.principle = Principle.USER if others else Principle.SYSTEM

    def run(self, time: Equilibrium, gap_max: float, rounds_max: int) -> Equilibrium:
        at = self._point(time.paths, time.unserved)
        trace: list[TraceRow] = []
        first, price, gap, paid = self.money(at), np.zeros(len(self.unit)), np.inf, 1.0
        for _ in range(rounds_max):
            there: _Point | None
            there, price = self._towards(at)
            gap, paid = self._gap(at, price)
            trace.append(TraceRow(gap / paid, self.money(at), 0.0, 0.0))
            if gap <= gap_max * paid:
                break
            step = self._step(at, there)  # to the answer of the engine, else to the cheapest ways
            if step <= 0.0:
                there = self._cheapest(at)
                step = 0.0 if there is None else self._step(at, there)
            if step <= 0.0:
                break
            assert there is not None  # a step leads somewhere
            at = self._between(at, there, step)
        return self._outcome(at, price, gap, gap / paid, gap <= gap_max * paid, len(trace), tuple(trace), time, first)

    def money(self, at: _Point) -> float:
        """Z in USD."""
        return float(at.constant + (self._hours(at.load)[0] * at.worth).sum())

    def _hours(self, load: Floats) -> tuple[Floats, Floats]:
        """Hours (k,) for a unit, and their slope."""
        e, other = self.network.elements, self.limits.other
        hours, slope, _ = delays(
            self.kind, load + other, e.capacity, e.delay_free_h, e.delay_alpha, e.delay_power
        )  # fmt: skip
        return hours / self.unit, slope / self.unit

    def _point(self, paths: Paths, unserved: Floats) -> _Point:
        d = self.demand
        path, element, units = path_units(self.network, d, paths)
        worth = units * paths.tonnes[path] * self.vot[d.kind[paths.pair[path]]]
        stays = unserved > 0.0
        loss = (d.classes.unserved[d.kind] * unserved)[stays].sum()
        constant = float((path_cost(self.plain, d, paths) * paths.tonnes).sum() + loss)
        load = element_loads(self.network, d, paths)
        return _Point(paths, unserved, constant, load, sums_by(element, worth, len(load)))

    def _marginal(self, at: _Point, known: float, *, own: bool) -> Floats:
        """USD (classes, k) a unit that one more costs all at these flows, less what the engine counts by itself: hours
        at the value `known`, and where `own` what these cost the others at it.
        """
        hours, slope = self._hours(at.load)
        toll = slope * (at.worth - known * at.load if own else at.worth)
        return (self.vot[:, None] - known) * hours + np.maximum(toll, 0.0)

    def _towards(self, at: _Point) -> tuple[_Point, Floats]:
        """The answer of the engine where what it does not know stays as it is here, and USD a unit of capacities."""
        more = self._marginal(at, self.least, own=self.principle is Principle.SYSTEM)
        weight = np.full(len(self.vot), 1.0 / self.least)
        pricing = _Marginal(self.network, self.demand, weight, self.carbon, np.maximum(more, 0.0))
        found = equilibrium(
            self.network, self.demand, self.limits, pricing, settings=self.settings, principle=self.principle,
            elastic=None, start=at.paths,
        )  # fmt: skip
        return self._point(found.paths, found.unserved), found.multiplier * self.least

    def _priced(self, at: _Point, price: Floats) -> Pricing:
        return _Marginal(
            self.network, self.demand, self.plain.weight, self.carbon, self._marginal(at, 0.0, own=False) + price
        )

    def _gap(self, at: _Point, price: Floats) -> tuple[float, float]:
        """USD that all could still save to the first order within the capacities, and what all pay at these costs."""
        d, pricing = self.demand, self._priced(at, price)
        _, cost = all_or_nothing(self.network, d, pricing)
        loss = d.classes.unserved[d.kind]
        best = np.where(d.first, np.minimum(better(d, cost), loss), 0.0)
        stays, first = at.unserved > 0.0, d.first & (d.tonnes > 0.0)
        paid = float((path_cost(pricing, d, at.paths) * at.paths.tonnes).sum() + (loss * at.unserved)[stays].sum())
        held = price > 0.0
        room = float((price[held] * (self.limits.room - at.load)[held]).sum())
        return max(paid - float((best * d.tonnes)[first].sum()) + room, 0.0), max(paid, 1e-9)

    def _cheapest(self, at: _Point) -> _Point | None:
        """All by the ways that cost all the least at these flows; none under capacities, which they may break."""
        if np.isfinite(self.limits.room).any():
            return None
        d = self.demand
        ways, cost = all_or_nothing(self.network, d, self._priced(at, np.zeros(len(self.unit))))
        chosen = d.chosen(cost)
        goes = chosen & (cost <= d.classes.unserved[d.kind])
        whole = np.where(goes, d.tonnes, 0.0)
        unserved = np.where(chosen & ~goes, d.tonnes, 0.0)
        head = np.where(d.first, unserved, 0.0)
        np.add.at(head, d.twin[~d.first], unserved[~d.first])
        some = np.flatnonzero(whole > 0.0)
        return self._point(ways.take(some).with_tonnes(whole[some]), head)

    def _step(self, at: _Point, there: _Point) -> float:
        """Share of the way there at which Z is least, 0 where it falls nowhere: a look at a grid, then halvings."""

        def z(s: float) -> float:
            mix = at._replace(
                constant=at.constant + s * (there.constant - at.constant),
                load=at.load + s * (there.load - at.load), worth=at.worth + s * (there.worth - at.worth),
            )  # fmt: skip
            return self.money(mix)

        grid = np.linspace(0.0, 1.0, _GRID)
        values = np.array([z(s) for s in grid])
        best = int(values.argmin())
        low, high = grid[max(best - 1, 0)], grid[min(best + 1, _GRID - 1)]
        for _ in range(_HALVINGS):
            a, b = low + (high - low) / 3.0, high - (high - low) / 3.0
            low, high = (low, b) if z(a) <= z(b) else (a, high)
        step = float((low + high) / 2.0)
        step = step if z(step) <= values[best] else float(grid[best])
        return step if z(step) < values[0] - _LEAST_FALL * abs(values[0]) else 0.0

    def _between(self, at: _Point, there: _Point, step: float) -> _Point:
        """The flows at a share of the way, equal paths as one."""
        both = concatenate(
            [at.paths.with_tonnes(at.paths.tonnes * (1.0 - step)), there.paths.with_tonnes(there.paths.tonnes * step)]
        )
        merged = distinct(both.take(np.flatnonzero((both.tonnes > 0.0) & (np.diff(both.start) > 0))))
        return self._point(merged, (1.0 - step) * at.unserved + step * there.unserved)

    def bound(self) -> float:
        """USD below which no flow within the capacities goes."""
        e, d, k = self.network.elements, self.demand, len(self.unit)
        usual, _ = self._hours(np.zeros(k))
        least = np.full(k, np.inf)
        for kind in np.unique(d.kind).tolist():
            units = e.load_per_teu if d.classes.form[kind] == BOX else e.load_per_t
            usable = (units > 0.0) & np.isfinite(self.plain.free(kind)[e.load_arc])
            np.minimum.at(least, e.load_element[usable], self.vot[kind])
        least = np.where(np.isfinite(least), least, self.least)
        bends = (e.delay_kind == _BPR) & (e.delay_power < 1.0) & (self.limits.other > 0.0)
        eased = replace(
            e, delay_free_h=e.delay_free_h * least / self.least, delay_kind=np.where(bends, 0, self.kind)
        )  # fmt: skip
        network = replace(self.network, elements=eased)
        weight = np.full(len(self.vot), 1.0 / self.least)
        pricing = _Marginal(network, d, weight, self.carbon, self.vot[:, None] * usual)
        limits = Limits(self.limits.room, np.zeros(k))
        found = equilibrium(
            network, d, limits, pricing, settings=self.settings, principle=Principle.SYSTEM, elastic=None, start=None
        )
        price = found.multiplier * self.least
        held = price > 0.0
        room = float((price[held] * (limits.room - found.load)[held]).sum())
        return found.objective * self.least - max(found.gap_usd, 0.0) - max(room, 0.0)

    def _outcome(
        self, at: _Point, price: Floats, gap: float, share: float, converged: bool, rounds: int,
        trace: tuple[TraceRow, ...], time: Equilibrium, first: float,
    ) -> Equilibrium:  # fmt: skip
        d = self.demand
        _, cost = all_or_nothing(self.network, d, self._priced(at, price))
        best = np.minimum(better(d, cost), d.classes.unserved[d.kind])
        before = self._point(time.paths, time.unserved)
        optimum = Optimum(self.money(at), self.bound(), first, self._time(at), self._time(before))
        return Equilibrium(
            paths=at.paths, unserved=at.unserved, cost=best, multiplier=price, delay_rate=self._hours(at.load)[0],
            unit=self.unit, load=at.load, gap_usd=gap, rounds=rounds, converged=converged, gap_share=share,
            objective=optimum.total_usd, trace=trace, optimum=optimum,
        )  # fmt: skip

    def _time(self, at: _Point) -> float:
        """Tonne-hours of all, constant costs by the value of time of each, the hours of others that ours add."""
        d, other = self.demand, self.limits.other
        stays = at.unserved > 0.0
        w = 1.0 / self.vot
        loss = (d.classes.unserved[d.kind] * w[d.kind] * at.unserved)[stays].sum()
        constant = (path_cost(self.plain, d, at.paths) * at.paths.tonnes * w[d.kind[at.paths.pair]]).sum()
        before, after = self._hours(np.zeros(len(other)))[0], self._hours(at.load)[0]
        return float(constant + loss + ((at.load + other) * after - other * before).sum())


__all__ = ["least_money", "least_money_at_fixed_hours"]
