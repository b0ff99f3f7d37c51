"""Slow, obvious twins of the kernels, for the tests. Nothing else may use them."""

from __future__ import annotations

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
