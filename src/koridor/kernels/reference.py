"""Slow, obvious twins of the kernels, for the tests. Nothing else may use them."""

from __future__ import annotations

import numpy as np

from koridor.kernels.paths import Floats, Ints


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


def bpr_hours(volume: float, capacity: float, free: float, alpha: float, power: float) -> float:
    """Hours added by BPR at a volume; the integral is left to quadrature in the tests."""
    return free * alpha * (volume / capacity) ** power
