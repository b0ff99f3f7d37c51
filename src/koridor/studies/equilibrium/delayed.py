"""Equilibria where hours grow with volume or demand is elastic: the network as a problem of `kernels.flows`.

All costs become hours for a tonne (USD over the value of time of the class), so that one queue or delay is common to
all classes: then the Beckmann potential exists, with the tonnes weighted by 1 (Dafermos 1972, doi:10.1287/trsc.6.1.73).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from koridor.errors import UsageError
from koridor.kernels.contraction import Contraction
from koridor.kernels.delay import delays
from koridor.kernels.flows.engine import Ending, Settings, Solution, solve
from koridor.kernels.flows.problem import Curves, Demands, Graph, Loads, Principle, Problem, Start
from koridor.kernels.flows.stay import Stay
from koridor.kernels.paths import rows
from koridor.model.network import BOX, Demand, Flags, Floats, Ints, Network
from koridor.studies.equilibrium.elastic import Elastic, Response
from koridor.studies.equilibrium.outcome import Equilibrium, Limits, TraceRow, better, units_a_tonne
from koridor.studies.equilibrium.paths import Paths, all_or_nothing, between, element_loads, sums_by_class
from koridor.studies.equilibrium.pricing import Pricing
from koridor.text import t

_MOST_T = 1e12  # tonnes a year above which sums are no longer exact to a tonne


@dataclass(frozen=True, slots=True)
class _Case:
    """What is solved: held (c,) are the positions of the elements that matter, market (p,) that of every pair.

    own: whether each of these is loaded by an arc of its own, alike by all classes. over: the network without the nodes
    that only pass things on; if `own` no two elements are in one of its arcs. source, target: (p,) nodes of it.
    """

    network: Network
    demand: Demand
    limits: Limits
    pricing: Pricing
    held: Ints
    market: Ints
    heads: Ints
    unit: Floats
    loads: Loads
    own: bool
    over: Contraction
    source: Ints
    target: Ints

    @property
    def alike(self) -> Floats:
        """Units (c,) that a unit of flow of any class loads of elements that are `own`; 1 where no arc does."""
        unit, kind = np.ones(len(self.held)), self.demand.kind[0]
        unit[self.loads.element] = self.loads.unit[self.loads.group[kind]] * self.loads.factor[kind]
        return unit


def equilibrium(
    network: Network,
    demand: Demand,
    limits: Limits,
    pricing: Pricing,
    *,
    settings: Settings,
    principle: Principle,
    elastic: Elastic | None,
    start: Paths | None,
) -> Equilibrium:
    """Equilibrium by the path engine, in the terms of `outcome.Equilibrium`.

    pricing.weight must be 1 / value of time. Raises UsageError where volumes or capacities cannot be meant.
    """
    case = _case(network, demand, limits, pricing)
    problem, of = _problem(case, elastic)
    found = solve(problem, settings, principle=principle, start=None if start is None else _begun(case, start))
    return _outcome(case, elastic, found, of)


def _case(network: Network, demand: Demand, limits: Limits, pricing: Pricing) -> _Case:
    e = network.elements
    delayed = has_delay(network)
    if (delayed & ~(e.capacity > 0.0)).any():
        raise UsageError(t("an element with a delay function needs a capacity above 0: its volume is measured by it"))
    if not np.isfinite(demand.tonnes).all() or (demand.tonnes < 0.0).any() or demand.tonnes.sum() > _MOST_T:
        raise UsageError(t("tonnes must be numbers from 0 on, of no more than {most} in all", most=f"{_MOST_T:g}"))
    held = np.flatnonzero(delayed | np.isfinite(limits.room))
    heads = np.flatnonzero(demand.first)
    market = np.empty(len(demand), dtype=np.int64)
    market[heads] = np.arange(len(heads))
    second = np.flatnonzero(~demand.first)
    market[second] = market[demand.twin[second]]
    loads = _loads(network, demand, held)
    own = _is_own(loads, demand)
    smaller = between(network, demand, apart=np.diff(loads.first) > 0 if own else None)
    return _Case(network, demand, limits, pricing, held, market, heads, units_a_tonne(e, demand), loads, own, *smaller)


def _loads(network: Network, demand: Demand, held: Ints) -> Loads:
    """What the arcs of the network load of these elements, by their position among them."""
    e, classes, m = network.elements, demand.classes, len(network.arcs)
    at = np.full(len(e.capacity), -1)
    at[held] = np.arange(len(held))
    mine = np.flatnonzero(at[e.load_element] >= 0)
    mine = mine[np.argsort(e.load_arc[mine], kind="stable")]
    first = np.zeros(m + 1, dtype=np.int64)
    np.cumsum(np.bincount(e.load_arc[mine], minlength=m), out=first[1:])
    box = classes.form == BOX
    unit = np.stack([e.load_per_t[mine], e.load_per_teu[mine]])
    return Loads(first, at[e.load_element[mine]], unit, box.astype(np.int64), np.where(box, 1.0 / classes.size, 1.0))


def _is_own(loads: Loads, demand: Demand) -> bool:
    """Whether no arc loads two elements, no element is loaded by two arcs, and all classes load them alike."""
    kinds = np.unique(demand.kind)
    if not len(kinds) or np.diff(loads.first).max(initial=0) > 1 or len(np.unique(loads.element)) < len(loads.element):
        return False
    unit = loads.unit[loads.group[kinds]] * loads.factor[kinds, None]
    return bool((unit == unit[0]).all() and (unit[0] > 0.0).all())


def _begun(case: _Case, start: Paths) -> Start:
    """The paths of a start over the smaller network; those that it has not are left out."""
    first, arcs, found = case.over.short(case.network.arcs.tail, start.start, start.arcs)
    keep = np.flatnonzero(found)
    return Start(start.pair[keep], start.tonnes[keep], np.append(first[keep], first[-1]), arcs)


def has_delay(network: Network) -> Flags:
    """Elements (k,) with a delay function that adds hours; a BPR of the power 0 adds the same at any volume."""
    e = network.elements
    return (e.delay_kind > 0) & (e.delay_free_h > 0.0) & (e.delay_alpha > 0.0)


def _problem(case: _Case, elastic: Elastic | None) -> tuple[Problem, Ints | None]:
    """The problem over the smaller network; arcs are its elements if each has its own: then also which (c,) they are.

    Paths then need no list of what they load.
    """
    demand, limits, held, over = case.demand, case.limits, case.held, case.over
    e = case.network.elements
    cost = np.full((len(demand.classes), len(over.tail)), np.inf)
    owner = np.repeat(np.arange(len(case.loads.first) - 1), np.diff(case.loads.first))
    shut = limits.room[held][case.loads.element] <= 0.0
    for k in np.unique(demand.kind):
        whole = case.pricing.free(int(k)) * case.pricing.weight[k]
        whole[owner[shut & (case.loads.unit[case.loads.group[k]] > 0.0)]] = np.inf
        cost[k] = over.sums(whole)
    delayed = has_delay(case.network)[held]
    curves = Curves(
        kind=np.where(delayed, e.delay_kind[held], 0),
        capacity=np.where(delayed, e.capacity[held], 1.0),
        free=np.where(delayed, e.delay_free_h[held], 0.0) / case.unit[held],
        alpha=e.delay_alpha[held],
        power=e.delay_power[held],
        other=limits.other[held],
        room=np.where(limits.room[held] > 0.0, limits.room[held], np.inf),
    )
    graph = Graph(*rows(over.tail, over.head, over.nodes), over.tail)
    loads, demands = _shortened(case.loads, over), _demands(case, elastic)
    if not case.own:
        return Problem(graph, cost, curves, loads, demands), None
    of = len(over.tail) + np.arange(len(held))  # elements that no arc left loads have places of their own
    of[loads.element] = np.repeat(np.arange(len(over.tail)), np.diff(loads.first))
    return Problem(graph, cost, _spread(curves, of, case.alike, len(over.tail) + len(held)), None, demands), of


def _shortened(loads: Loads, over: Contraction) -> Loads:
    """The loads of the arcs that each arc of the smaller network stands for."""
    count = np.diff(loads.first)[over.legs]
    ends = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(count)])
    at = np.repeat(loads.first[:-1][over.legs] - ends[:-1], count) + np.arange(ends[-1])
    return Loads(ends[over.start], loads.element[at], loads.unit[:, at], loads.group, loads.factor)


def _spread(curves: Curves, of: Ints, unit: Floats, size: int) -> Curves:
    """The elements at the positions `of` among `size`, measured in what loads `unit` (c,) of them."""

    def spread(value: Floats, nothing: float) -> Floats:
        out = np.full(size, nothing)
        out[of] = value
        return out

    return Curves(
        spread(curves.kind.astype(np.float64), 0.0).astype(np.int64),
        spread(curves.capacity / unit, 1.0),
        spread(curves.free * unit, 0.0),
        spread(curves.alpha, 0.0),
        spread(curves.power, 0.0),
        spread(curves.other / unit, 0.0),
        spread(curves.room / unit, np.inf),
    )


def _demands(case: _Case, elastic: Elastic | None) -> Demands:
    demand, network, heads = case.demand, case.network, case.heads
    weight = case.pricing.weight[demand.kind[heads]]
    tonnes = demand.tonnes[heads]
    loss = demand.classes.unserved[demand.kind[heads]]
    stay = np.where(np.isfinite(loss), int(Stay.FIXED), int(Stay.NEVER))
    a, b, c, whole = np.where(np.isfinite(loss), loss, 0.0) * weight, np.ones(len(heads)), tonnes.copy(), tonnes
    if elastic is not None and elastic.response is not Response.FIXED:
        reference, moved = better(demand, elastic.reference)[heads], _moved(case, elastic)
        a = np.where(moved, reference * weight, a)
        if elastic.response is Response.LOGIT:
            stay = np.where(moved, int(Stay.LOGIT), stay)
            b = np.where(moved, elastic.value / weight, b)
            whole = np.where(moved, 2.0 * tonnes, tonnes)
        else:
            _, least = all_or_nothing(network, demand, case.pricing)
            cheapest = np.maximum(better(demand, least)[heads], 1e-9)
            cheapest = np.where(np.isfinite(cheapest), cheapest, reference)
            stay = np.where(moved, int(Stay.ELASTIC), stay)
            b = np.where(moved, elastic.value, b)
            most = np.divide(cheapest, reference, out=np.ones(len(heads)), where=moved) ** -elastic.value
            whole = np.where(moved, tonnes * most * (1.0 + 1e-9), tonnes)
    return Demands(demand.kind, case.source, case.target, case.market, whole, stay, a, b, c)


def _moved(case: _Case, elastic: Elastic | None) -> Flags:
    """Markets (q,) whose demand answers to cost: those with a cost of reference."""
    if elastic is None or elastic.response is Response.FIXED:
        return np.zeros(len(case.heads), dtype=np.bool_)
    reference = better(case.demand, elastic.reference)[case.heads]
    return np.isfinite(reference) & (reference > 0.0) & (case.demand.tonnes[case.heads] > 0.0)


def _outcome(case: _Case, elastic: Elastic | None, found: Solution, of: Ints | None) -> Equilibrium:
    network, demand, pricing, k = case.network, case.demand, case.pricing, len(case.network.elements.capacity)
    rate, queue = np.zeros(k), np.zeros(k)
    e = network.elements
    if of is None:
        rate[case.held], queue[case.held] = found.rate, found.queue
    else:
        unit = case.alike
        rate[case.held], queue[case.held] = found.rate[of] / unit, found.queue[of] / unit
    paths = Paths(found.pair, found.flow, *case.over.whole(found.start, found.arcs))
    hour_usd = 1.0 / pricing.weight[demand.kind]
    load = element_loads(network, demand, paths)
    hours, _, _ = delays(
        np.where(has_delay(network), e.delay_kind, 0), load + case.limits.other, e.capacity, e.delay_free_h,
        e.delay_alpha, e.delay_power,
    )  # fmt: skip
    moved = _moved(case, elastic)
    best = found.best[case.market] * hour_usd
    loss = demand.classes.unserved[demand.kind]
    best = np.where(moved[case.market], best, np.minimum(best, loss))
    unserved = np.zeros(len(demand))
    stays = np.where(found.unreached, demand.tonnes[case.heads], found.staying)
    unserved[case.heads] = np.where(moved, 0.0, stays)
    pricing.price = rate + queue
    paid = sums_by_class(demand, paths, pricing)
    gap = float((np.maximum(paid - best[paths.pair], 0.0) * paths.tonnes).sum())
    some = unserved > 0.0
    gap += float(((loss - best)[some] * unserved[some]).sum())
    return Equilibrium(
        paths=paths, unserved=unserved, cost=best, multiplier=queue, delay_rate=hours / case.unit,
        unit=case.unit, load=load, gap_usd=gap, rounds=len(found.trace),
        converged=found.ending is not Ending.ROUNDS, gap_share=found.gap_share, objective=found.objective,
        trace=tuple(TraceRow(r.gap_share, r.objective, r.excess_share, r.seconds) for r in found.trace),
    )  # fmt: skip
