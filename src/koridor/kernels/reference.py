"""Slow, obvious twins of the kernels, for the tests. Nothing else may use them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from koridor.kernels.paths import Flags, Floats, Ints


def bellman_ford(tail: Ints, head: Ints, cost: Floats, source: int, nodes: int) -> Floats:
    """Cost (n,) from `source` to every node, by relaxing all arcs until nothing changes; O(n m)."""
    dist = np.full(nodes, np.inf)
    dist[source] = 0.0
    for _ in range(nodes):
        reach = dist[tail] + cost
        better = dist.copy()
        np.minimum.at(better, head, reach)
        if np.array_equal(better, dist):
            break
        dist = better
    return dist


def tree(tail: Ints, head: Ints, cost: Floats, source: int, passable: Flags) -> tuple[Floats, Ints]:
    """Cost (n,) from `source` and the arc (n,) into every node, -1 for none; costs above nothing.

    Of equal ways the lower arc wins; nodes that are not passable end a path.
    """
    closed = np.where(passable[tail] | (tail == source), cost, np.inf)
    dist = bellman_ford(tail, head, closed, source, len(passable))
    pred = np.full(len(passable), -1)
    for arc in range(len(tail))[::-1]:
        reach = dist[tail[arc]] + closed[arc]
        if np.isfinite(reach) and reach == dist[head[arc]] and head[arc] != source:
            pred[head[arc]] = arc
    return dist, pred


def bpr_hours(volume: float, capacity: float, free: float, alpha: float, power: float) -> float:
    """Hours added by BPR at a volume; the integral is left to quadrature in the tests."""
    return free * alpha * (volume / capacity) ** power


def simple_paths(tail: Ints, head: Ints, source: int, target: int, passable: Flags) -> list[list[int]]:
    """All paths of arcs from source to target that pass no node twice; [[]] where they are the same."""
    if source == target:
        return [[]]
    found: list[list[int]] = []
    stack: list[tuple[int, list[int], set[int]]] = [(source, [], {source})]
    while stack:
        at, way, seen = stack.pop()
        if at == target:
            found.append(way)
        elif at == source or passable[at]:
            for arc in np.flatnonzero(tail == at):
                if int(head[arc]) not in seen:
                    stack.append((int(head[arc]), [*way, int(arc)], seen | {int(head[arc])}))
    return found


def equilibrium(
    load: Floats, base: Floats, market: Ints, volume: Floats, hours: Callable[[Floats], Floats], *, sweeps: int = 3000
) -> Floats:
    """Flows (paths,) at which no used path of a market is dearer than another, by bisecting shifts pair by pair.

    load: (paths, elements) units of an element for a unit on a path. base: (paths,) costs. market: (paths,). hours:
    cost of a unit of every element at their volumes. Ends when nothing moves by 1e-12 of the volumes.
    """
    flow = np.zeros(len(base))
    for q in range(len(volume)):
        flow[np.flatnonzero(market == q)[:1]] = volume[q]
    for _ in range(sweeps):
        moved = 0.0
        for q in range(len(volume)):
            mine = np.flatnonzero(market == q)
            for p in mine:
                cost = base[mine] + load[mine] @ hours(flow @ load)
                best = mine[cost.argmin()]
                low, high = 0.0, flow[p] if best != p else 0.0
                for _ in range(60):
                    step = (low + high) / 2.0 if low else high
                    after = hours(flow @ load + step * (load[best] - load[p]))
                    if base[p] + load[p] @ after >= base[best] + load[best] @ after:
                        low = step
                        if low == high:
                            break
                    else:
                        high = step
                        low = low or np.finfo(float).tiny
                flow[p] -= low
                flow[best] += low
                moved += low
        if moved <= 1e-12 * volume.sum():
            break
    return flow
