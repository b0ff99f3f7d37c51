"""Sets of paths with the tonnes on them, and the all-or-nothing step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from koridor.kernels import paths as kernel
from koridor.model.network import BOX, Classes, Demand, Floats, Ints, Network, sums_by

CostOf = Callable[[int], Floats]


@dataclass(frozen=True, slots=True)
class Paths:
    """Paths r with their pair (r,), tonnes (r,), and arcs from destination to origin: arcs[start[r]:start[r+1]]."""

    pair: Ints
    tonnes: Floats
    start: Ints
    arcs: Ints

    def __len__(self) -> int:
        return len(self.pair)

    def take(self, keep: Ints) -> Paths:
        """The paths at these positions."""
        length = np.diff(self.start)[keep]
        start = np.zeros(len(keep) + 1, dtype=np.int64)
        np.cumsum(length, out=start[1:])
        at = np.repeat(self.start[:-1][keep] - start[:-1], length) + np.arange(start[-1])
        return Paths(self.pair[keep], self.tonnes[keep], start, self.arcs[at])

    def with_tonnes(self, tonnes: Floats) -> Paths:
        """The same paths with other tonnes."""
        return Paths(self.pair, tonnes, self.start, self.arcs)


def concatenate(sets: list[Paths]) -> Paths:
    """All paths of several sets."""
    offset = np.cumsum([0, *(len(s.arcs) for s in sets)])
    start = np.concatenate([*(s.start[:-1] + o for s, o in zip(sets, offset[:-1], strict=True)), offset[-1:]])
    return Paths(
        np.concatenate([s.pair for s in sets]),
        np.concatenate([s.tonnes for s in sets]),
        start.astype(np.int64),
        np.concatenate([s.arcs for s in sets]),
    )


def all_or_nothing(network: Network, demand: Demand, cost_of: CostOf) -> tuple[Paths, Floats]:
    """The cheapest path of every pair with its tonnes, and its cost (pairs,): inf and no arcs where there is none.

    Twins both get their path and tonnes; who of them goes is for the caller to say (`Demand.chosen`).

    `cost_of(k)` gives the cost (m,) of class k in USD per tonne. `demand` is sorted by class and origin.
    """
    cost = np.empty(len(demand))
    forest = kernel.Forest.of(network.door_out[demand.origin], network.nodes)
    kinds, first = np.unique(demand.kind, return_index=True)
    ends = np.append(first[1:], len(demand))[: len(kinds)]
    starts, pieces = [np.empty(0, dtype=np.int64)] * len(kinds), [np.empty(0, dtype=np.int64)] * len(kinds)
    for at in _alike(demand.classes, kinds):
        low, high = first[at], ends[at]
        sources, group = np.unique(demand.origin[low:high], return_index=True)
        cost[low:high], starts[at], pieces[at] = kernel.best_paths(
            network.indptr, network.heads, network.order, network.arcs.tail, cost_of(int(kinds[at])),
            network.door_out[sources], np.append(group, high - low), network.door_in[demand.destination[low:high]],
            forest=forest,
        )  # fmt: skip
    lengths = [np.diff(start) for start in starts]
    start = np.zeros(len(demand) + 1, dtype=np.int64)
    np.cumsum(np.concatenate([np.empty(0, dtype=np.int64), *lengths]), out=start[1:])
    arcs = np.concatenate([np.empty(0, dtype=np.int64), *pieces])
    return Paths(np.arange(len(demand)), demand.tonnes.copy(), start, arcs), cost


def _alike(classes: Classes, kinds: Ints) -> Ints:
    """Positions of kinds in an order in which neighbours have much the same trees, so that one starts the other."""
    by_vot = classes.vot[kinds], classes.road_factor[kinds], classes.modes[kinds], classes.form[kinds]
    return np.lexsort(by_vot)


def sums(paths: Paths, value: Floats) -> Floats:
    """Sum (r,) of value (m,) over each path."""
    out = np.empty(len(paths))
    kernel.path_sums(paths.start, paths.arcs, value, out)
    return out


def marks(paths: Paths, mark: Ints) -> Ints:
    """Bits (r,) of mark (m,) that each path meets."""
    out = np.empty(len(paths), dtype=np.int64)
    kernel.path_marks(paths.start, paths.arcs, mark, out)
    return out


def volumes(paths: Paths, weight: Floats, arcs: int) -> Floats:
    """Sum (m,) of weight (r,) over the paths that pass each arc."""
    out = np.zeros(arcs)
    kernel.arc_volumes(paths.start, paths.arcs, weight, out)
    return out


def element_units(network: Network, demand: Demand, paths: Paths) -> tuple[Floats, Floats]:
    """Units (m,) that would load each arc: tonnes outside boxes, and TEU."""
    box = demand.classes.form[demand.kind[paths.pair]] == BOX
    teu = np.where(box, paths.tonnes / demand.classes.size[demand.kind[paths.pair]], 0.0)
    m = len(network.arcs)
    return volumes(paths, np.where(box, 0.0, paths.tonnes), m), volumes(paths, teu, m)


def element_loads(network: Network, demand: Demand, paths: Paths) -> Floats:
    """Load (k,) of every constraint in its units a year."""
    tonnes, teu = element_units(network, demand, paths)
    e = network.elements
    load = tonnes[e.load_arc] * e.load_per_t + teu[e.load_arc] * e.load_per_teu
    return sums_by(e.load_element, load, len(e.capacity))
