"""Equilibria of random networks against the slow twin, their duals, and the bounds that theory gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from koridor.kernels.flows.engine import Ending, Settings, solve
from koridor.kernels.flows.problem import Principle, Problem, Start
from koridor.kernels.flows.stay import Stay
from koridor.kernels.reference import equilibrium, simple_paths
from koridor.solve.lp import LpStatus, minimise
from problems import assert_equilibrium, hours, problem, savings, total_hours

SETTINGS = settings(max_examples=25, deadline=None)
EXACT = Settings(gap_max=1e-11, excess_max=1e-9)
NODES = 5


@st.composite
def networks(draw: st.DrawFn, power: float | None = None, room: bool = False, **stay: float) -> Problem:
    """Up to ten links among five nodes, some of no hours or without delay, and up to four trips between 0, 1 and 2."""
    ends = st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1)).filter(lambda e: e[0] != e[1])
    number = st.sampled_from([0.0, 1.0, 2.0, 5.0])
    links = [
        (*e, draw(number), draw(number), draw(st.sampled_from([1.0, 3.0])), draw(st.sampled_from([0.0, 0.15, 1.0])),
         draw(st.sampled_from([0.0, 1.0, 2.5, 4.0])) if power is None else power, 1,
         draw(st.sampled_from([2.0, 5.0, np.inf])) if room else np.inf)
        for e in draw(st.lists(ends, min_size=4, max_size=10))
    ]  # fmt: skip
    trips = draw(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=4, unique=True))
    zones = draw(st.sampled_from([(), (0, 1, 2), (1,)]))
    volumes = [draw(st.sampled_from([1.0, 3.0, 10.0])) for _ in trips]
    return problem(links, [(a, b, v) for (a, b), v in zip(trips, volumes, strict=True)], zones=zones, **stay)


def ways(p: Problem) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Load (paths, arcs), base cost and market of every simple path."""
    load, market = [], []
    for q in range(len(p.demand.kind)):
        ends = int(p.demand.source[q]), int(p.demand.target[q])
        for way in simple_paths(p.graph.tail, p.graph.head_of, *ends, p.graph.passable):
            load.append(np.bincount(way, minlength=len(p.graph.tail)) if way else np.zeros(len(p.graph.tail)))
            market.append(q)
    table = np.array(load, dtype=float).reshape(-1, len(p.graph.tail))
    return table, table @ p.cost[0], np.array(market, dtype=np.int64)


@SETTINGS
@given(networks(), st.integers(1, 3))
def test_nobody_is_better_off_elsewhere(p: Problem, lanes: int) -> None:
    """Paths, volumes and gap hold when summed anew, for users and for the system, which takes no more hours.

    Whether sources are served one after another or side by side in lanes: the check knows nothing of them.
    """
    exact = replace(EXACT, lanes=lanes)
    user, system = solve(p, exact), solve(p, exact, principle=Principle.SYSTEM)
    assert_equilibrium(p, user)
    assert_equilibrium(p, system, Principle.SYSTEM)
    assert total_hours(p, system) <= total_hours(p, user) * (1 + 1e-7) + 1e-9
    assert user.ending is not Ending.ROUNDS


@SETTINGS
@given(st.one_of(networks(), networks(kind=Stay.FIXED, a=4.0)), st.integers(0, 2), st.integers(1, 2))
def test_a_gap_is_exact_wherever_a_solve_halts(p: Problem, rounds: int, lanes: int) -> None:
    """Before the end, where gaps are large, what could be saved is what the slow twin finds, those who stay counted."""
    found = solve(p, Settings(gap_max=1e-15, rounds_max=rounds, passes_max=1, lanes=lanes))
    saved, paid = savings(p, found)
    assert np.isclose(found.gap, saved, rtol=1e-9, atol=1e-12 * (paid + 1.0))


@SETTINGS
@given(st.sampled_from([2.0, 5.0, 10.0]).flatmap(lambda a: networks(kind=Stay.FIXED, a=a)), st.booleans())
def test_nobody_would_rather_stay(p: Problem, begun: bool) -> None:
    """At a fixed loss, ties with ways included, a solve ends, and nobody could do better; also one begun elsewhere."""
    other = solve(replace(p, demand=replace(p.demand, volume=9.0 * p.demand.volume)), replace(EXACT, rounds_max=1))
    start = Start(other.pair, other.flow, other.start, other.arcs) if begun else None
    found = solve(p, EXACT, start=start)
    saved, paid = savings(p, found)
    assert found.ending is not Ending.ROUNDS
    assert saved <= 1e-8 * paid + 1e-12


@SETTINGS
@given(networks())
def test_costs_are_those_of_the_slow_twin(p: Problem) -> None:
    """Bisecting shifts over all simple paths end at the same cost for every trip."""
    load, base, market = ways(p)
    found = solve(p, EXACT)
    volume = np.where(found.unreached, 0.0, p.demand.volume)
    flow = equilibrium(load, base, market, volume, lambda v: hours(p, v), sweeps=300)
    cost = base + load @ hours(p, flow @ load)
    for q in np.unique(market):
        assert np.isclose(cost[market == q].min(), found.best[q], rtol=1e-5, atol=1e-7)


@SETTINGS
@given(networks(power=1.0))
def test_linear_hours_cost_no_more_than_four_thirds(p: Problem) -> None:
    """Roughgarden & Tardos (2002), doi:10.1145/506147.506153: price of anarchy at most 4/3 for linear hours."""
    least = total_hours(p, solve(p, EXACT, principle=Principle.SYSTEM))
    assert total_hours(p, solve(p, EXACT)) <= 4.0 / 3.0 * least * (1 + 1e-7) + 1e-9


@SETTINGS
@given(networks(), st.data())
def test_more_capacity_never_costs_the_system_hours(p: Problem, data: st.DataObject) -> None:
    """The old flows cost no more under a wider link, so neither do the best; for users Braess says otherwise."""
    arc = data.draw(st.integers(0, len(p.graph.tail) - 1))
    capacity = p.curves.capacity.copy()
    capacity[arc] *= 2.0
    wider = replace(p, curves=replace(p.curves, capacity=capacity))
    before, after = (solve(q, EXACT, principle=Principle.SYSTEM) for q in (p, wider))
    assert total_hours(wider, after) <= total_hours(p, before) * (1 + 1e-7) + 1e-9


@SETTINGS
@given(networks(power=0.0, room=True, kind=Stay.FIXED, a=100.0), st.integers(1, 2))
def test_constant_hours_under_capacities_are_a_linear_programme(p: Problem, lanes: int) -> None:
    """Where delays are constant the least potential is that of the programme over all simple paths and staying."""
    load, base, market = ways(p)
    found = solve(p, Settings(gap_max=1e-10, excess_max=1e-8, rounds_max=2000, lanes=lanes))
    assert found.ending is Ending.CONVERGED
    assert (found.volume <= p.curves.room * (1 + 1e-6)).all()
    n, q = len(base), len(p.demand.volume)
    held = np.flatnonzero(np.isfinite(p.curves.room))
    cost = np.concatenate([base + load @ hours(p, np.zeros(len(p.graph.tail))), np.full(q, 100.0)])
    row, column = (np.concatenate(x) for x in ([market, np.arange(q)], [np.arange(n), n + np.arange(q)]))
    path, at = np.nonzero(load[:, held])
    result = minimise(
        cost, np.concatenate([row, q + at]), np.concatenate([column, path]),
        np.concatenate([np.ones(n + q), load[:, held][path, at]]),
        np.concatenate([p.demand.volume, np.full(len(held), -np.inf)]),
        np.concatenate([p.demand.volume, p.curves.room[held]]),
    )  # fmt: skip
    assert result.status is LpStatus.OPTIMAL
    assert np.isclose(found.objective, result.objective, rtol=1e-6, atol=1e-6)


@SETTINGS
@given(networks(kind=Stay.ELASTIC, a=2.0, b=1.5, c=4.0), st.sampled_from([1.0, 3.0]))
def test_elastic_demand_falls_when_cost_rises(p: Problem, more: float) -> None:
    """An hour more on every link: of a market that alone loads the network, no more goes than before."""
    one = replace(
        p, demand=replace(p.demand, volume=np.where(np.arange(len(p.demand.volume)) == 0, p.demand.volume, 0.0))
    )
    dearer = replace(one, cost=one.cost + more)
    before, after = solve(one, EXACT), solve(dearer, EXACT)
    assert after.staying[0] >= before.staying[0] * (1 - 1e-6) - 1e-9
