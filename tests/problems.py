"""Equilibrium problems made by code, and what any solution of one must hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from koridor.kernels.delay import delays, social
from koridor.kernels.flows.engine import Solution
from koridor.kernels.flows.problem import Curves, Demands, Graph, Principle, Problem
from koridor.kernels.flows.stay import Stay
from koridor.kernels.paths import rows
from koridor.kernels.reference import bellman_ford

TNTP = Path(__file__).parents[2] / "shared" / "tntp"  # road benchmarks, where somebody put them beside the project


def problem(
    links: list[tuple[Any, ...]], trips: list[tuple[int, int, float]], *, zones: tuple[int, ...] = (), **stay: float
) -> Problem:
    """Links (tail, head, base, free, capacity, alpha, power, kind, room), the last optional; trips (from, to, volume).

    Every arc is its own element; zones are not passed through. stay: kind, a, b and c of every market.
    """
    full = [(*link, *(0.0, 1.0, 1.0, 1.0, 1.0, np.inf)[len(link) - 3 :]) for link in links]
    t = np.array(full, dtype=float).reshape(-1, 9)
    tail, head = t[:, 0].astype(np.int64), t[:, 1].astype(np.int64)
    trips = sorted(trips)
    source, target = (np.array([trip[i] for trip in trips], dtype=np.int64) for i in (0, 1))
    nodes = int(max([*tail, *head, *source, *target])) + 1
    passable = ~np.isin(np.arange(nodes), zones)
    graph = Graph(*rows(tail, head, nodes), tail, passable)
    curves = Curves(t[:, 7].astype(np.int64), t[:, 4], t[:, 3], t[:, 5], t[:, 6], np.zeros(len(t)), t[:, 8])
    n = len(trips)
    kind, a, b, c = (
        np.full(n, stay.get(name, nothing)) for name, nothing in (("kind", 0), ("a", 0.0), ("b", 1.0), ("c", 1.0))
    )
    volume = np.array([trip[2] for trip in trips])
    demand = Demands(np.zeros(n, dtype=np.int64), source, target, np.arange(n), volume, kind.astype(np.int64), a, b, c)
    return Problem(graph, t[:, 2][None, :].copy(), curves, None, demand)


def hours(p: Problem, volume: np.ndarray, principle: Principle = Principle.USER) -> np.ndarray:
    """Delay (m,) of every arc, social under SYSTEM."""
    c = p.curves
    kind, alpha = (c.kind, c.alpha) if principle is Principle.USER else social(c.kind, c.alpha, c.power)
    return delays(kind, volume, c.capacity, c.free, alpha, c.power)[0]


def total_hours(p: Problem, found: Solution) -> float:
    """Hours of all."""
    return float(found.volume @ (p.cost[0] + hours(p, found.volume)))


def assert_equilibrium(p: Problem, found: Solution, principle: Principle = Principle.USER, gap: float = 1e-8) -> None:
    """Volumes are those of the paths, paths lead from source to target over open arcs and past zones, all is carried,
    and nobody saves more than `gap` of all, by the trees of the slow twin.
    """
    d, graph = p.demand, p.graph
    head = graph.head_of
    volume, carried = np.zeros(len(graph.tail)), np.zeros(len(d.volume))
    for r, pair in enumerate(found.pair):
        arcs = found.arcs[found.start[r] : found.start[r + 1]][::-1]
        at = d.source[pair]
        for i, arc in enumerate(arcs):
            assert graph.tail[arc] == at
            assert i == 0 or graph.passable is None or graph.passable[at]
            assert np.isfinite(p.cost[d.kind[pair], arc])
            at = head[arc]
        assert at == d.target[pair]
        volume[arcs] += found.flow[r]
        carried[d.market[pair]] += found.flow[r]
    assert volume == pytest.approx(found.volume, rel=1e-9, abs=1e-12 * max(volume.sum(), 1.0))
    assert np.where(found.unreached, d.volume, carried + found.staying) == pytest.approx(d.volume, rel=1e-9)
    saved, paid = savings(p, found, principle)
    assert saved <= gap * paid + 1e-12


def savings(p: Problem, found: Solution, principle: Principle = Principle.USER) -> tuple[float, float]:
    """Hours that all could save by the best ways there are, staying at a fixed loss among them, by the trees of the
    slow twin; and what they pay who go.
    """
    d, graph = p.demand, p.graph
    cost = p.cost[0] + hours(p, found.volume, principle) + found.queue
    saved, paid = 0.0, float(found.volume @ cost)
    for pair in range(len(d.kind)):
        closed = np.where(graph.passable[graph.tail] | (graph.tail == d.source[pair]), cost, np.inf)
        least = bellman_ford(graph.tail, graph.head_of, closed, d.source[pair], graph.nodes)[d.target[pair]]
        if d.stay[pair] == Stay.FIXED:
            least = min(least, d.a[pair])
            saved += found.staying[pair] * (d.a[pair] - least)
        for r in np.flatnonzero(found.pair == pair):
            saved += found.flow[r] * (cost[found.arcs[found.start[r] : found.start[r + 1]]].sum() - least)
    return saved, paid
