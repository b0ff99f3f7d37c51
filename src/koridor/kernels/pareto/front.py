"""The front between two nodes, and the bounds that guide the search for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from koridor.kernels.compiled import kernel
from koridor.kernels.heap import pop, push
from koridor.kernels.pareto.labels import set_labels
from koridor.kernels.pareto.timed import NEVER, Timed
from koridor.kernels.paths import rows

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
LABELS_MAX = 4_000_000  # of about 100 bytes each


class Clock(Enum):
    """What arrival means to a search."""

    CRITERION = auto()  # ways are compared by it
    FEASIBLE = auto()  # they are not, but it decides what can still be caught: compared at nodes, not at the target
    IGNORED = auto()  # nothing waits for it, and there is no latest arrival


@dataclass(frozen=True, slots=True)
class Graph:
    """Compressed rows of open arcs, out of nodes and into them; arcs by their number in the caller's arrays.

    indptr: (n+1,), head, arc: (o,) as in `kernels.paths`. back_indptr, tail, back_arc: the same of the arcs turned.
    """

    indptr: Ints
    head: Ints
    arc: Ints
    back_indptr: Ints
    tail: Ints
    back_arc: Ints

    @classmethod
    def of(cls, tail: Ints, head: Ints, nodes: int, use: Flags) -> Graph:
        """The graph of the arcs (m,) to be used."""
        arcs = np.flatnonzero(use)
        out, back = rows(tail[arcs], head[arcs], nodes), rows(head[arcs], tail[arcs], nodes)
        return cls(out[0], out[1], arcs[out[2]], back[0], back[1], arcs[back[2]])

    def turned(self) -> Graph:
        """The graph with every arc turned round."""
        return Graph(self.back_indptr, self.tail, self.back_arc, self.indptr, self.head, self.arc)


@dataclass(frozen=True, slots=True)
class Front:
    """Ways that none is better than, in lexicographic order of their values.

    values: (w, C + 1) costs in the order given, minutes from the start in the last column. Arcs of way i are
    arcs[start[i]:start[i+1]], in their order. labels: how many were set. incomplete: the limit of labels was reached,
    so that ways may be missing.
    """

    values: Ints
    start: Ints
    arcs: Ints
    labels: int
    incomplete: bool

    def __len__(self) -> int:
        return len(self.values)

    def way(self, at: int) -> Ints:
        """The arcs of one way."""
        return self.arcs[self.start[at] : self.start[at + 1]]


def bounds(graph: Graph, weights: Sequence[Ints], target: int) -> Ints:
    """The least sums (n, k) of every weight (m,) from each node to the target; NEVER where no way leads there.

    Dijkstra (1959), doi:10.1007/BF01386390, backwards, once for each weight.
    """
    least = np.empty((len(weights), len(graph.indptr) - 1), dtype=np.int64)
    for row, weight in zip(least, weights, strict=True):
        _bounds(graph.back_indptr, graph.tail, graph.back_arc, weight, target, row)
    return np.ascontiguousarray(least.T)


def pareto_front(
    graph: Graph,
    timed: Timed,
    costs: Sequence[Ints],
    source: int,
    target: int,
    start: int,
    *,
    clock: Clock = Clock.CRITERION,
    latest: int = int(NEVER),
    epsilon: float = 0.0,
    labels_max: int = LABELS_MAX,
    least: Ints | None = None,
) -> Front:
    """Every value that a way from source to target can have and no other way is better in, with one way for each.

    Parameters
    ----------
    timed : minutes of every arc (m,).
    costs : further criteria, each (m,) whole numbers of at least 0. The first is best one that varies most, as labels
        are popped in its order.
    start : minute at the source.
    clock : whether arrival is a criterion; the others are compared in any case. Without costs it must be.
    latest : minute after which no way arrives; those that would are left out.
    epsilon : for every way that there is, one is returned that in every criterion is at most (1 + epsilon) times its
        value, minutes counted from the start; 0 gives the whole front. It holds from end to end, however many arcs:
        only at the target are labels pruned by it, by a way found whose values are at most (1 + epsilon) times the
        label's least sums; these are at most the values of every way that the label could have become. At nodes pruning
        stays exact.
    labels_max : so many labels at most; beyond it the front is incomplete.
    least : `bounds` to the target by costs and `timed.least()`, where known already.

    Complexity: labels popped times the sets of the nodes; the front itself may be exponential in the nodes (Hansen
    1980, doi:10.1007/978-3-642-48782-8_9).
    """
    if not costs and clock is not Clock.CRITERION:
        raise AssertionError("nothing to compare ways by")
    if clock is Clock.IGNORED and latest < NEVER:
        raise AssertionError("a latest arrival makes arrival count at nodes: a cheaper, slower way there may be late")
    weights = [*costs, timed.least()]
    bound = bounds(graph, weights, target) if least is None else least
    table = np.stack(costs, axis=1) if costs else np.zeros((len(timed.run), 0), dtype=np.int64)
    every, chosen = len(weights), len(costs)
    at_nodes = chosen if clock is Clock.IGNORED else every
    at_target = every if clock is Clock.CRITERION else chosen
    solutions, values, before, via, labels, whole = set_labels(
        graph.indptr, graph.head, graph.arc, table, *timed.columns,
        bound, source, target, start, latest, at_nodes, at_target, epsilon, labels_max,
    )  # type: ignore[call-arg]  # fmt: skip
    offsets, arcs = _unroll(solutions, before, via)
    return Front(values[solutions], offsets, arcs, int(labels), not whole)


@kernel
def _unroll(solutions, before, via):  # type: ignore[no-untyped-def]
    start = np.zeros(solutions.size + 1, np.int64)
    for i in range(solutions.size):
        length, label = 0, solutions[i]
        while before[label] >= 0:
            length += 1
            label = before[label]
        start[i + 1] = start[i] + length
    arcs = np.empty(start[-1], np.int64)
    for i in range(solutions.size):
        at, label = start[i + 1], solutions[i]
        while before[label] >= 0:
            at -= 1
            arcs[at] = via[label]
            label = before[label]
    return start, arcs


@kernel
def _bounds(indptr, tail, arc, weight, target, least):  # type: ignore[no-untyped-def]
    least[:] = NEVER
    least[target] = 0
    keys, nodes, held = np.empty(arc.size + 1, np.int64), np.empty(arc.size + 1, np.int32), 1
    keys[0], nodes[0] = 0, target
    while held > 0:
        reached, here = keys[0], nodes[0]
        held -= 1
        pop(keys, nodes, held)
        if reached > least[here]:
            continue
        for i in range(indptr[here], indptr[here + 1]):
            if weight[arc[i]] >= NEVER:
                continue
            there, further = tail[i], reached + weight[arc[i]]
            if further < least[there]:
                least[there] = further
                push(keys, nodes, held, further, there)
                held += 1
