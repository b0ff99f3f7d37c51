"""Large networks made from a seed, in arrays: corridors by two modes over many countries, and streets at random."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
SIDE_KM = 3000.0


@dataclass(frozen=True, slots=True)
class Made:
    """Arcs by tail and head (m,), minutes and cents of each, and how many nodes; all nodes can reach each other."""

    tail: Ints
    head: Ints
    minutes: Ints
    cents: Ints
    nodes: int

    def pairs(self, count: int, seed: int) -> Ints:
        """Random pairs (count, 2) of different nodes."""
        rng = np.random.default_rng(seed)
        found = rng.integers(0, self.nodes, (2 * count, 2))
        return found[found[:, 0] != found[:, 1]][:count]


def corridors(places: int = 25_000, *, seed: int = 1, countries: int = 40) -> Made:
    """Rail and road over the same places, of which a few change from one to the other in a day for 100 USD.

    Rail runs at 25 km/h for 0.45 USD a km, road at 45 km/h for 1 USD, each up to 30 % more or less by country; links
    differ by a tenth in speed; frontiers take 4 to 48 hours and 50 USD.
    """
    rng = np.random.default_rng(seed)
    point, (a, b), km = _plane(rng, places, (1.05, 1.3))
    seat = rng.random((countries, 2)) * SIDE_KM
    country = ((point[:, None] - seat[None]) ** 2).sum(axis=2).argmin(axis=1)
    ends, minutes, cents = [], [], []
    for layer, (speed, rate, share) in enumerate(((25.0, 0.45, 0.6), (45.0, 1.0, 0.8))):
        keep = rng.random(len(a)) < share
        x, y, far = a[keep], b[keep], km[keep]
        frontier = country[x] != country[y]
        pace = speed * rng.uniform(0.7, 1.3, countries)[country[x]] * rng.uniform(0.9, 1.1, len(x))
        price = rate * rng.uniform(0.7, 1.3, countries)[country[x]]
        ends.append(np.stack([x, y]) + layer * places)
        minutes.append(60.0 * (far / pace + frontier * rng.integers(4, 48, len(x))))
        cents.append(100.0 * (far * price + frontier * 50.0))
    at = np.flatnonzero(rng.random(places) < 0.03)
    ends.append(np.stack([at, at + places]))
    minutes.append(np.full(len(at), 1440.0))
    cents.append(np.full(len(at), 10_000.0))
    return _joined(np.concatenate(ends, axis=1), np.concatenate(minutes), np.concatenate(cents), 2 * places)


def streets(places: int = 50_000, *, seed: int = 1) -> Made:
    """Each link of one of four classes at random, the faster the dearer: as many ways to choose as can be."""
    rng = np.random.default_rng(seed)
    _, ends, km = _plane(rng, places, (1.0, 1.4))
    kind = rng.integers(0, 4, len(km))
    speed, rate = np.array([25.0, 40.0, 60.0, 80.0])[kind], np.array([0.35, 0.5, 0.8, 1.2])[kind]
    keep = rng.random(len(km)) < 0.7
    return _joined(ends[:, keep], (60.0 * km / speed)[keep], (100.0 * km * rate)[keep], places)


def _plane(rng: np.random.Generator, places: int, detour: tuple[float, float]) -> tuple[Floats, Ints, Floats]:
    """Points in a square, neighbours among them, and how far the way between these is."""
    point = rng.random((places, 2)) * SIDE_KM
    start, near = Delaunay(point).vertex_neighbor_vertices
    tail, head = np.repeat(np.arange(places), np.diff(start)), near.astype(np.int64)
    ends = np.stack([tail, head])[:, tail < head]
    km = np.hypot(*(point[ends[0]] - point[ends[1]]).T) * rng.uniform(*detour, ends.shape[1])
    return point, ends, km


def _joined(ends: Ints, minutes: Floats, cents: Floats, nodes: int) -> Made:
    """Both ways of every link, within the largest part that hangs together, its nodes numbered anew."""
    graph = csr_array((np.ones(ends.shape[1]), (ends[0], ends[1])), shape=(nodes, nodes))
    part = connected_components(graph, directed=False)[1]
    inside = part == np.bincount(part).argmax()
    number = np.cumsum(inside) - 1
    keep = inside[ends[0]]
    a, b = number[ends[:, keep]]
    whole = [np.rint(values[keep]).astype(np.int64) + 1 for values in (minutes, cents)]
    both = [np.concatenate([values, values]) for values in whole]
    return Made(np.concatenate([a, b]), np.concatenate([b, a]), both[0], both[1], int(inside.sum()))
