"""Gap and objective of link flows, computed from the flows alone with scipy's trees: what an engine says of itself is
not asked.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from benchmarks.networks import Floats, Ints, Problem

BATCH = 200  # origins at a time, so that distances of 1,800 zones to 13,000 nodes stay small


@dataclass(frozen=True, slots=True)
class Measured:
    """Share of users' cost that could still be saved, and Beckmann's objective, both in time units of the file.

    `lost`: largest difference at a node between what comes and what goes, as a share of all trips.
    """

    gap: float
    objective: float
    lost: float


@dataclass(frozen=True, slots=True)
class Tree:
    """Least costs (k, n) from origins (k,), counted from 1, and nodes before each on the way; rows are nodes from 0.

    A zone that is not passed through has its incoming links at node zone + nodes.
    """

    origins: Ints
    cost: Floats
    before: Ints


def costs(problem: Problem, flow: Floats) -> Floats:
    """Costs of links (m,) at flows (m,)."""
    ratio = np.divide(flow, problem.capacity, out=np.zeros_like(flow), where=problem.capacity > 0.0)
    return problem.free * (1.0 + problem.b * ratio**problem.power) + problem.fixed


def objective(problem: Problem, flow: Floats) -> float:
    """Sum over links of the integral of cost from 0 to the flow."""
    ratio = np.divide(flow, problem.capacity, out=np.zeros_like(flow), where=problem.capacity > 0.0)
    grown = problem.free * problem.b * flow * ratio**problem.power / (problem.power + 1.0)
    return math.fsum([*((problem.free + problem.fixed) * flow), *grown])


def end_of(problem: Problem, node: Ints) -> Ints:
    """Where ways to a node end, as a row of `Tree`."""
    return np.where(node < problem.first_through, node + problem.nodes, node) - 1


def trees(problem: Problem, cost: Floats) -> Iterator[Tree]:
    """Trees of all origins, some at a time. Of links side by side the cheapest counts."""
    tail, head = problem.tail - 1, end_of(problem, problem.head)
    order = np.lexsort((cost, head, tail))
    first = np.ones(len(order), dtype=bool)
    first[1:] = (np.diff(tail[order]) != 0) | (np.diff(head[order]) != 0)
    kept = order[first]
    graph = csr_array((cost[kept], (tail[kept], head[kept])), shape=(2 * problem.nodes,) * 2)
    origins = np.unique(problem.origin)
    for at in range(0, len(origins), BATCH):
        some = origins[at : at + BATCH]
        distance, before = dijkstra(graph, indices=some - 1, return_predecessors=True)
        yield Tree(some, distance, before)


def least_total(problem: Problem, cost: Floats) -> float:
    """Sum over pairs of trips times least cost."""
    order = np.argsort(problem.origin, kind="stable")
    origin, end = problem.origin[order], end_of(problem, problem.destination[order])
    total = []
    for tree in trees(problem, cost):
        own = slice(np.searchsorted(origin, tree.origins[0]), np.searchsorted(origin, tree.origins[-1], "right"))
        row = np.searchsorted(tree.origins, origin[own])
        total.append(float(problem.trips[order][own] @ tree.cost[row, end[own]]))
    return math.fsum(total)


def measure(problem: Problem, flow: Floats) -> Measured:
    """What flows (m,) are worth."""
    cost = costs(problem, flow)
    total = math.fsum(cost * flow)
    net = np.zeros(problem.nodes + 1)
    for ends, amount in ((problem.tail, flow), (problem.head, -flow), (problem.origin, -problem.trips),
                         (problem.destination, problem.trips)):  # fmt: skip
        net += np.bincount(ends, amount, minlength=problem.nodes + 1)
    lost = float(np.abs(net).max() / problem.trips.sum())
    return Measured((total - least_total(problem, cost)) / total, objective(problem, flow), lost)
