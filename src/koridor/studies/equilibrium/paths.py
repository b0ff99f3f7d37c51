"""Sets of paths with the tonnes on them, and the all-or-nothing step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from koridor.kernels import paths as kernel
from koridor.kernels.contraction import Contraction, contract
from koridor.kernels.paths import Ints32
from koridor.model.network import BOX, BULK, Classes, Demand, Flags, Floats, Ints, Network, sums_by

CostOf = Callable[[int], Floats]


@dataclass(frozen=True, slots=True)
class Paths:
    """Paths r with their pair (r,), tonnes (r,), and arcs from destination to origin: arcs[start[r]:start[r+1]]."""

    pair: Ints
    tonnes: Floats
    start: Ints
    arcs: Ints32

    def __len__(self) -> int:
        return len(self.pair)

    def take(self, keep: Ints) -> Paths:
        """The paths at these positions."""
        start = np.zeros(len(keep) + 1, dtype=np.int64)
        np.cumsum(np.diff(self.start)[keep], out=start[1:])
        arcs = np.empty(start[-1], dtype=self.arcs.dtype)
        kernel.take(self.start, self.arcs, keep, arcs)
        return Paths(self.pair[keep], self.tonnes[keep], start, arcs)

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


def distinct(paths: Paths) -> Paths:
    """The paths by pair, each way once, with the tonnes of all that take it."""
    code = _codes(paths)
    order = np.lexsort((code, paths.pair))
    new = np.ones(len(order), dtype=bool)
    new[1:] = (np.diff(paths.pair[order]) != 0) | (np.diff(code[order]) != 0)
    tonnes = sums_by(np.cumsum(new) - 1, paths.tonnes[order], int(new.sum()))
    first = order[new]
    by_pair = np.lexsort((first, paths.pair[first]))
    return paths.take(first[by_pair]).with_tonnes(tonnes[by_pair])


def missing(paths: Paths, known: Paths) -> Paths:
    """Those of the paths, of which a pair has one at most, that are not among the known ways of their pair."""
    code = np.zeros(max(paths.pair.max(initial=0), known.pair.max(initial=0)) + 1, dtype=np.int64)
    code[paths.pair] = _codes(paths)
    there = np.zeros(len(code), dtype=np.bool_)
    there[known.pair[_codes(known) == code[known.pair]]] = True
    return paths.take(np.flatnonzero(~there[paths.pair]))


def _codes(paths: Paths) -> Ints:
    """A number (r,) of every path that tells its ways apart: a sum of numbers drawn at random, of which each arc has
    the same in any set.
    """
    key = np.random.default_rng(0).integers(1, 2**62, int(paths.arcs.max(initial=-1)) + 1)
    code = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(key[paths.arcs])])
    out: Ints = code[paths.start[1:]] - code[paths.start[:-1]]
    return out


@dataclass(frozen=True, slots=True)
class Ways:
    """The cheapest way of every pair, `short` over the arcs of a contraction of the network."""

    short: Paths
    over: Contraction

    @property
    def paths(self) -> Paths:
        """All of them over the network."""
        short = self.short
        return Paths(short.pair, short.tonnes, *self.over.whole(short.start, short.arcs))

    def take(self, keep: Ints) -> Paths:
        """Those at these positions, over the network."""
        return Ways(self.short.take(keep), self.over).paths

    def marks(self, mark: Ints) -> Ints:
        """Bits (r,) of mark (m,) that each way meets."""
        return marks(self.short, self.over.bits(mark))


def all_or_nothing(network: Network, demand: Demand, cost_of: CostOf) -> tuple[Ways, Floats]:
    """The cheapest way of every pair with its tonnes, and its cost (pairs,): inf and no arcs where there is none.

    Twins both get their way and tonnes; who of them goes is for the caller to say (`Demand.chosen`).

    `cost_of(k)` gives the cost (m,) of class k in USD per tonne, inf on arcs that are open in no form. `demand` is
    sorted by class and origin. Trees grow over the network without the nodes that only pass things on.
    """
    over, source, target = between(network, demand)
    graph = kernel.rows(over.tail, over.head, over.nodes)
    forest = kernel.Forest.of(source, over.nodes)
    cost = np.empty(len(demand))
    kinds, first = np.unique(demand.kind, return_index=True)
    ends = np.append(first[1:], len(demand))[: len(kinds)]
    starts, pieces = [np.empty(0, dtype=np.int64)] * len(kinds), [np.empty(0, dtype=np.int32)] * len(kinds)
    for at in _alike(demand.classes, kinds):
        low, high = first[at], ends[at]
        _, group = np.unique(demand.origin[low:high], return_index=True)
        cost[low:high], starts[at], pieces[at] = kernel.best_paths(
            *graph, over.tail, over.sums(cost_of(int(kinds[at]))),
            source[low + group], np.append(group, high - low), target[low:high],
            forest=forest,
        )  # fmt: skip
    lengths = [np.diff(start) for start in starts]
    start = np.zeros(len(demand) + 1, dtype=np.int64)
    np.cumsum(np.concatenate([np.empty(0, dtype=np.int64), *lengths]), out=start[1:])
    arcs = np.concatenate([np.empty(0, dtype=np.int32), *pieces])
    return Ways(Paths(np.arange(len(demand)), demand.tonnes.copy(), start, arcs), over), cost


def between(network: Network, demand: Demand, *, apart: Flags | None = None) -> tuple[Contraction, Ints, Ints]:
    """The network without nodes that only pass things on, and where in it pairs begin and end (p,), -1 for nowhere.

    Of the arcs marked in `apart` (m,) no two come into one, and none into two (see `kernels.contraction`).
    """
    source, target = network.door_out[demand.origin], network.door_in[demand.destination]
    doors = np.zeros(network.nodes + 1, dtype=bool)
    doors[source], doors[target] = True, True
    arcs = network.arcs
    over = contract(arcs.tail, arcs.head, arcs.open[BOX] | arcs.open[BULK], doors[:-1], apart=apart)
    node = np.append(over.node, -1)
    return over, node[source], node[target]


def _alike(classes: Classes, kinds: Ints) -> Ints:
    """Positions of kinds in an order in which neighbours have much the same trees, so that one starts the other."""
    by_vot = classes.vot[kinds], classes.road_factor[kinds], classes.modes[kinds], classes.form[kinds]
    return np.lexsort(by_vot)


def by_class(demand: Demand, paths: Paths) -> list[tuple[int, Ints]]:
    """Every class that has paths, and which of them are its own."""
    kind = demand.kind[paths.pair]
    order = np.argsort(kind, kind="stable")
    kinds, first = np.unique(kind[order], return_index=True)
    return list(zip(kinds.tolist(), np.split(order, first[1:])[: len(kinds)], strict=True))


def sums(paths: Paths, rows: Ints, value: Floats) -> Floats:
    """Sum (rows,) of value (m,) over each of these paths."""
    if not value.any():
        return np.zeros(len(rows))
    out = np.empty(len(paths))
    kernel.path_sums(paths.start, paths.arcs, rows, value, out)
    return out[rows]


def sums_by_class(demand: Demand, paths: Paths, value_of: CostOf) -> Floats:
    """Sum (r,) over each path of what `value_of` its class gives (m,)."""
    out = np.empty(len(paths))
    for k, rows in by_class(demand, paths):
        kernel.path_sums(paths.start, paths.arcs, rows, value_of(k), out)
    return out


def marks(paths: Paths, mark: Ints) -> Ints:
    """Bits (r,) of mark (m,) that each path meets."""
    out = np.zeros(len(paths), dtype=np.int64)
    if mark.any():
        kernel.path_marks(paths.start, paths.arcs, mark, out)
    return out


def volumes(paths: Paths, weight: Floats, arcs: int, rows: Ints | None = None) -> Floats:
    """Sum (m,) of weight (r,) over the paths that pass each arc; rows: the paths that count, None for all."""
    out = np.zeros(arcs)
    rows = np.flatnonzero(weight) if rows is None else rows
    kernel.arc_volumes(paths.start, paths.arcs, rows, weight, out)
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
