"""A network of the size of ChicagoRegional, made from a seed: 1,800 zones, 39,000 links, 2.4 million pairs.

Streets are a square grid from which links of the lowest class are dropped; every fourth line is an arterial and every
fifteenth a motorway. Zones crowd towards the middle and hang on two nodes each. Trips follow a gravity model on hours
at no traffic, and their total is set by the load that all trips on their quickest ways would put on links.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree

from benchmarks.measure import end_of, trees
from benchmarks.networks import Case, Floats, Ints, Problem
from benchmarks.tntp_files import write_net, write_trips

SPEED = np.array([27.0, 35.0, 60.0])  # mph of street, arterial, motorway
CAPACITY = np.array([900.0, 2000.0, 6000.0])  # vehicles an hour
SPACING, CONNECTOR = 0.6, 1e5  # miles between lines; capacity of a connector
LINKS_A_NODE = 1.42  # streets by node, both directions as one
DECAY = 0.05  # of trips by minute
LOAD = 1.5  # mean load over capacity of the quickest ways, weighted by vehicle minutes


@dataclass(frozen=True, slots=True)
class Size:
    """How large a network is to be. Links beyond the four connectors of a zone are streets, both directions."""

    zones: int = 1800
    links: int = 39_000
    pairs: int = 2_400_000


def write(folder: Path, size: Size = Size(), *, seed: int = 1) -> Case:
    """Writes both files into a folder. The same size and seed give the same bytes.

    Raises
    ------
    ValueError
        There is no such network: streets too few to reach all nodes, or more pairs than there are.
    """
    rng = np.random.default_rng(seed)
    links, nodes = _links(size, rng)
    net = folder / f"regional{seed}_net.tntp"
    write_net(net, zones=size.zones, nodes=nodes, first_through=size.zones + 1, links=links)
    problem = _trips(_empty(size, nodes, links), size, rng)
    trips = folder / f"regional{seed}_trips.tntp"
    write_trips(trips, size.zones, problem.origin, problem.destination, problem.trips)
    return Case(f"regional-{seed}", net, trips)


def _links(size: Size, rng: np.random.Generator) -> tuple[Floats, int]:
    """Links (m, 10) in the columns of the file, and the number of nodes."""
    streets, odd = divmod(size.links - 4 * size.zones, 2)
    side = int(np.sqrt(max(streets, 0) / LINKS_A_NODE))
    side += 2 * side * (side - 1) < streets  # small grids have fewer links a node
    if odd or side < 2 or size.zones > side * side or size.pairs > size.zones * (size.zones - 1):
        raise ValueError(f"{size}: links must be even, with streets for a grid that has a node for every zone")
    a, b, kind = _grid(side)
    a, b, kind = _thinned(a, b, kind, streets, rng)
    length = SPACING * rng.uniform(1.0, 1.3, streets)
    room = CAPACITY[kind] * rng.uniform(0.8, 1.2, streets)
    minutes = 60.0 * length / SPEED[kind]
    road = np.column_stack([room, length, minutes, np.full(streets, 0.15), np.full(streets, 4.0), SPEED[kind],
                            np.zeros(streets), kind + 1.0])  # fmt: skip
    zone, node = _connectors(side, size.zones, rng)
    far = rng.uniform(0.2, 0.8, len(zone))
    flat = np.ones_like(far)
    access = np.column_stack([CONNECTOR * flat, far, 60.0 * far / 20.0, 0.15 * flat, 4.0 * flat, 20.0 * flat,
                              0.0 * flat, 4.0 * flat])  # fmt: skip
    first = size.zones + 1
    ends = np.concatenate([np.column_stack([zone, node + first]), np.column_stack([a, b]) + first])
    one_way = np.column_stack([ends, np.concatenate([access, road])])
    other_way = one_way.copy()
    other_way[:, [0, 1]] = one_way[:, [1, 0]]
    both = np.concatenate([one_way, other_way])
    return both[np.lexsort((both[:, 1], both[:, 0]))], size.zones + side * side


def _grid(side: int) -> tuple[Ints, Ints, Ints]:
    """Ends from 0 and class of every link of a square grid: 0 street, 1 arterial, 2 motorway."""
    number = np.arange(side * side).reshape(side, side)
    line = np.arange(side)
    of_line = np.where(line % 15 == 7, 2, np.where(line % 4 == 0, 1, 0))
    a = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    b = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    kind = np.concatenate([np.repeat(of_line, side - 1), np.tile(of_line, side - 1)])
    return a, b, kind


def _thinned(a: Ints, b: Ints, kind: Ints, wanted: int, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """As many links as wanted: a random tree that reaches all nodes first, then the higher classes."""
    nodes = int(b.max()) + 1
    weight = rng.uniform(1.0, 2.0, len(a))
    tree = minimum_spanning_tree(coo_array((weight, (a, b)), shape=(nodes, nodes)).tocsr()).tocoo()
    in_tree = np.isin(a * nodes + b, tree.row.astype(np.int64) * nodes + tree.col)
    if not nodes - 1 <= wanted <= len(a):
        raise ValueError(f"{wanted} streets cannot join {nodes} nodes of a grid that has {len(a)}")
    rank = np.where(in_tree, -1.0, (2 - kind) + weight / 4.0)
    kept = np.sort(np.argsort(rank, kind="stable")[:wanted])
    return a[kept], b[kept], kind[kept]


def _connectors(side: int, zones: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Zones from 1 and nodes from 0 that are joined, two to a zone; zones are dense in the middle."""
    row, column = np.divmod(np.arange(side * side), side)
    far = np.hypot(row - (side - 1) / 2.0, column - (side - 1) / 2.0) / side
    density = np.exp(-2.5 * far)
    home = rng.choice(side * side, zones, replace=False, p=density / density.sum())
    beside = np.where(home % side == side - 1, home - 1, home + 1)
    zone = np.arange(1, zones + 1)
    return np.concatenate([zone, zone]), np.concatenate([home, beside])


def _empty(size: Size, nodes: int, links: Floats) -> Problem:
    """The links with one trip between all zones."""
    zone = np.arange(1, size.zones + 1)
    origin, destination = (grid.ravel() for grid in np.meshgrid(zone, zone, indexing="ij"))
    between = origin != destination
    tail, head = links[:, :2].astype(np.int64).T
    return Problem(
        size.zones, nodes, size.zones + 1, np.empty(0, dtype=object), tail, head, links[:, 2], links[:, 4],
        links[:, 5], links[:, 6], np.zeros(len(links)), origin[between], destination[between],
        np.ones(int(between.sum())),
    )  # fmt: skip


def _trips(problem: Problem, size: Size, rng: np.random.Generator) -> Problem:
    """The pairs with most trips by a gravity model with chance in it, at least 0.01 each."""
    weight = rng.lognormal(0.0, 0.8, size.zones)
    pull = rng.lognormal(0.0, 1.0, size.zones)
    minutes = np.concatenate([
        tree.cost[:, end_of(problem, np.arange(1, size.zones + 1))] for tree in trees(problem, problem.free)
    ])  # fmt: skip
    o, d = problem.origin - 1, problem.destination - 1
    amount = weight[o] * pull[d] * np.exp(-DECAY * minutes[o, d]) * rng.lognormal(0.0, 0.5, len(o))
    kept = np.sort(np.argpartition(-amount, size.pairs - 1)[: size.pairs])
    chosen = replace(problem, origin=problem.origin[kept], destination=problem.destination[kept], trips=amount[kept])
    flow = quickest(chosen)
    used = flow / problem.capacity
    mean = float(np.average(used, weights=flow * problem.free))
    return replace(chosen, trips=np.maximum(np.round(chosen.trips * LOAD / mean, 2), 0.01))


def quickest(problem: Problem) -> Floats:
    """Flows on links (m,) when every trip takes its quickest way at no traffic. Free times must be above 0."""
    rows = 2 * problem.nodes
    head = end_of(problem, problem.head)
    key = (problem.tail - 1) * rows + head
    order = np.argsort(key)
    flow = np.zeros(len(key))
    trips = coo_array((problem.trips, (problem.origin, end_of(problem, problem.destination)))).tocsr()
    for tree in trees(problem, problem.free):
        at = np.zeros((len(tree.origins), rows))
        wanted = trips[tree.origins].toarray()
        at[:, : wanted.shape[1]] = wanted
        lines = np.arange(len(tree.origins))
        far = np.argsort(np.where(np.isfinite(tree.cost), -tree.cost, np.inf), axis=1)
        for node in far[:, : int(np.isfinite(tree.cost).sum(axis=1).max())].T:  # the farthest hands its trips on first
            before = tree.before[lines, node]
            on = before >= 0
            at[lines[on], before[on]] += at[lines[on], node[on]]
        line, node = np.nonzero((tree.before >= 0) & (at > 0.0))
        link = order[np.searchsorted(key[order], tree.before[line, node].astype(np.int64) * rows + node)]
        flow += np.bincount(link, at[line, node], minlength=len(flow))
    return flow
