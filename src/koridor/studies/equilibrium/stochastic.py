"""Stochastic equilibrium: a path-size logit over a set of routes whose hours grow with volume.

Route r of a pair with cost c_r (USD per tonne at the volumes) has the share P_r = S_r exp(-c_r / theta) / sum of the
same; theta is a share of the pair's least cost, and S_r the path size (see `studies.logit`). The fixed point
x = tonnes P(c(x)) is the least point of the potential plus theta sum_r x_r ln(x_r / S_r) (Fisk 1980,
doi:10.1016/0191-2615(80)90004-1), on which the step towards the shares at the costs in force leads down: its length is
found by a line search (partial linearisation: Evans 1976, doi:10.1016/0041-1647(76)90075-3). Staying at its loss is one
more route.
"""

from __future__ import annotations

import time

import numpy as np

from koridor.kernels.delay import delays
from koridor.model.network import Demand, Floats, Ints, Network, sums_by
from koridor.studies.equilibrium.delayed import has_delay
from koridor.studies.equilibrium.outcome import Equilibrium, Limits, TraceRow, units_a_tonne
from koridor.studies.equilibrium.paths import Paths, all_or_nothing, concatenate, distinct, element_loads
from koridor.studies.equilibrium.pricing import Pricing, path_cost, path_units
from koridor.studies.logit import Overlap

_SPREAD = 0.25  # standard deviation of the logarithm of an arc's cost in a draw of routes
_HALVINGS = 40  # of the step in its line search


def routes(network: Network, demand: Demand, pricing: Pricing, known: Paths, *, draws: int, seed: int) -> Paths:
    """Routes of every pair: the known ones, such as those of users who see sharply, the best one without delays, and
    the best ones under `draws` random costs; none twice, tonnes 0.
    """
    rng = np.random.default_rng(seed)
    sets = [known, all_or_nothing(network, demand, pricing)[0].paths]
    for _ in range(draws):
        noise = np.exp(rng.normal(0.0, _SPREAD, len(network.arcs)))
        sets.append(all_or_nothing(network, demand, lambda kind, by=noise: pricing(kind) * by)[0].paths)  # type: ignore[misc]
    whole = concatenate(sets)
    found = distinct(whole.take(np.flatnonzero(np.diff(whole.start) > 0)))
    return found.with_tonnes(np.zeros(len(found)))


def equilibrium(
    network: Network,
    demand: Demand,
    limits: Limits,
    pricing: Pricing,
    routes: Paths,
    *,
    scale_share: float,
    residual_max: float = 1e-6,
    rounds_max: int = 2000,
) -> Equilibrium:
    """The fixed point on `routes`; `gap_share` of the outcome is its residual: tonnes out of place over all tonnes.

    pricing.weight must be 1 / value of time. scale_share: theta as a share of a pair's least cost without delays. No
    capacity is held. gap_usd is what users could save by the best route, which a stochastic choice never brings to 0.
    """
    e, began = network.elements, time.perf_counter()
    free = path_cost(pricing, demand, routes)
    choice = np.where(demand.first[routes.pair], routes.pair, demand.twin[routes.pair])
    loss = demand.classes.unserved[demand.kind]
    least = np.minimum(_least(choice, free, len(demand)), loss)
    theta = np.maximum(scale_share * least, 1e-9)
    size = Overlap.of(network, routes, choice).sizes(np.ones(len(routes), dtype=np.bool_))
    unit = units_a_tonne(e, demand)
    path, element, units = path_units(network, demand, routes)
    hour_usd = demand.classes.vot[demand.kind[routes.pair]]
    tonnes = np.where(demand.first, demand.tonnes, 0.0)
    whole = max(float(tonnes.sum()), 1e-12)
    kind = np.where(has_delay(network), e.delay_kind, 0)

    def cost_of(flow: Floats) -> tuple[Floats, Floats]:
        load = sums_by(element, units * flow[path], len(e.capacity)) + limits.other
        hours, _, _ = delays(kind, load, e.capacity, e.delay_free_h, e.delay_alpha, e.delay_power)
        return free + hour_usd * sums_by(path, units * (hours / unit)[element], len(routes)), hours / unit

    def slope(flow: Floats, step: Floats) -> float:
        """Of Fisk's potential at these flows along a step."""
        stays, staying = tonnes - sums_by(choice, flow, len(demand)), -sums_by(choice, step, len(demand))
        with np.errstate(divide="ignore", invalid="ignore"):
            worth = cost_of(flow)[0] + theta[choice] * np.log(flow / size)
            left = loss + theta * np.log(np.maximum(stays, 0.0))
            gain = np.where(step != 0.0, worth * step / hour_usd, 0.0).sum()
            return float(gain + np.where(stays > tiny, left * staying / vot, 0.0).sum())

    vot, tiny = demand.classes.vot[demand.kind], 1e-13 * whole
    flow = tonnes[choice] * _shares(choice, free, size, theta, loss)
    trace, rate, cost, residual = [], np.zeros(len(e.capacity)), free, np.inf
    for _ in range(rounds_max):
        cost, rate = cost_of(flow)
        step = tonnes[choice] * _shares(choice, cost, size, theta, loss) - flow
        residual = float(np.abs(step).sum()) / whole
        trace.append(TraceRow(residual, float("nan"), 0.0, time.perf_counter() - began))
        if residual <= residual_max:
            break
        low, high = 0.0, 1.0
        if slope(flow + step, step) > 0.0:
            for _ in range(_HALVINGS):
                middle = (low + high) / 2.0
                low, high = (middle, high) if slope(flow + middle * step, step) < 0.0 else (low, middle)
        flow = flow + high * step
    best = np.minimum(_least(choice, cost, len(demand)), loss)
    best[~demand.first] = best[demand.twin[~demand.first]]
    paths = routes.with_tonnes(flow)
    unserved = np.maximum(tonnes - sums_by(choice, flow, len(demand)), 0.0)
    unserved[unserved < 1e-12 * whole] = 0.0
    gap = float(((cost - best[routes.pair]) * flow).sum() + ((loss - best) * unserved)[unserved > 0.0].sum())
    return Equilibrium(
        paths=paths, unserved=unserved, cost=best, multiplier=np.zeros(len(e.capacity)), delay_rate=rate, unit=unit,
        load=element_loads(network, demand, paths), gap_usd=gap, rounds=len(trace), converged=residual <= residual_max,
        gap_share=residual, trace=tuple(trace),
    )  # fmt: skip


def _least(choice: Ints, cost: Floats, size: int) -> Floats:
    """Least cost (size,) of the routes of every choice; inf for none."""
    out = np.full(size, np.inf)
    np.minimum.at(out, choice, cost)
    return out


def _shares(choice: Ints, cost: Floats, size: Floats, theta: Floats, loss: Floats) -> Floats:
    """Share (r,) of every route in its choice, staying at its loss being another."""
    best = np.minimum(_least(choice, cost, len(theta)), loss)
    weight = size * np.exp((best[choice] - cost) / theta[choice])
    with np.errstate(invalid="ignore", over="ignore"):
        stays = np.where(np.isfinite(loss), np.exp((best - loss) / theta), 0.0)
    total = sums_by(choice, weight, len(theta)) + stays
    return weight / np.where(total > 0.0, total, 1.0)[choice]


__all__ = ["equilibrium", "routes"]
