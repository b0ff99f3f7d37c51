"""Shortest paths over a network in compressed rows, and walks along them.

A graph is `indptr` (n+1), `head` (m) and `arc` (m): the arcs that leave node v are arc[indptr[v]:indptr[v+1]], and
they lead to head[...]. Costs are indexed by arc, are not negative, and inf closes an arc.

The trees themselves grow in `kernels.trees`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from koridor.kernels.compiled import inner, kernel
from koridor.kernels.room import longer
from koridor.kernels.trees import grow, open_rows, regrow

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Ints32 = NDArray[np.int32]
Flags = NDArray[np.bool_]


def rows(tail: Ints, head: Ints, nodes: int) -> tuple[Ints, Ints, Ints]:
    """Compressed rows (indptr, head, arc) of the graph whose arc a leads from tail[a] to head[a]."""
    arc = np.argsort(tail, kind="stable").astype(np.int64)
    indptr = np.zeros(nodes + 1, dtype=np.int64)
    np.cumsum(np.bincount(tail, minlength=nodes), out=indptr[1:])
    return indptr, head[arc].astype(np.int64), arc


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees kept from one search to the next, so that a tree is grown again from the last one of its source.

    slot: (n,) row of every source, -1 for none. pred, order: (rows, n). count: (rows,) nodes in order, 0 where no tree
    is yet. A search writes into them; what it finds does not depend on them. 8 bytes a node and row.
    """

    slot: Ints
    pred: Ints32
    order: Ints32
    count: Ints

    @classmethod
    def of(cls, sources: Ints, nodes: int) -> Forest:
        """An empty forest for these sources, of which those that are -1 are left out."""
        known = np.unique(sources[sources >= 0])
        slot = np.full(nodes, -1, dtype=np.int64)
        slot[known] = np.arange(len(known))
        shape = len(known), nodes
        return cls(slot, np.full(shape, -1, np.int32), np.zeros(shape, np.int32), np.zeros(len(known), np.int64))


def best_paths(
    indptr: Ints,
    head: Ints,
    arc: Ints,
    tail: Ints,
    cost: Floats,
    sources: Ints,
    first: Ints,
    targets: Ints,
    *,
    passable: Flags | None = None,
    forest: Forest | None = None,
) -> tuple[Floats, Ints, Ints32]:
    """Cost and arcs of the best paths of many pairs that share one cost vector.

    Parameters
    ----------
    indptr, head, arc, tail : graph in compressed rows, and the tail of every arc.
    cost : (m,) cost of every arc; not negative, inf where closed.
    sources : (s,) source nodes; source i has the targets targets[first[i]:first[i+1]]. A node -1 is not in the graph.
    passable : (n,) False for nodes that a path may start or end at but not pass. None: all may be passed.
    forest : trees of an earlier search over this graph, of other costs, to start from.

    Returns
    -------
    dist : (p,) cost of every pair; inf where there is no way.
    start : (p+1,) where the path of each pair begins in arcs; paths run from target to source.
    arcs : arcs of all paths.
    """
    n = len(indptr) - 1
    through = np.diff(indptr) > 0
    if passable is not None:
        through &= passable
    if forest is None:
        forest = Forest.of(np.empty(0, dtype=np.int64), n)
    dist, start = np.full(len(targets), np.inf), np.zeros(len(targets) + 1, dtype=np.int64)
    arcs = _best_paths(
        indptr, head, arc, tail, cost, through, sources, first, targets,
        forest.slot, forest.pred, forest.order, forest.count, dist, start,
    )  # fmt: skip
    return dist, start, arcs


@kernel
def _best_paths(  # type: ignore[no-untyped-def]
    indptr, head, arc, tail, price, through, sources, first, targets, slot, preds, orders, counts, dist_out, start
):
    n, m = indptr.size - 1, arc.size
    rows, ends = np.empty(n + 1, np.int32), np.empty(m, np.int32)
    own, cost = np.empty(m, np.int32), np.empty(m)
    open_rows(indptr, head, arc, price, rows, ends, own, cost)
    dist, wanted = np.empty(n), np.zeros(n, np.bool_)
    place, heap, fresh = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32)
    pred_here, order_here = np.empty(n, np.int32), np.empty(n, np.int32)
    arcs = np.empty(24 * targets.size + 64, np.int32)
    used = 0
    for s in range(sources.size):
        source, low, high = sources[s], first[s], first[s + 1]
        left = _want(targets, low, high, wanted)
        row = slot[source] if source >= 0 else -1
        pred, order = (preds[row], orders[row]) if row >= 0 else (pred_here, order_here)
        if row >= 0 and counts[row] > 0 and left > 0:
            counts[row] = regrow(
                rows, ends, own, cost, tail, price, through, source, dist, pred, order, counts[row], place, heap, fresh,
                True,
            )  # fmt: skip
        elif source >= 0 and left > 0:
            met = grow(rows, ends, own, cost, tail, through, wanted, left, source, dist, pred, order, place, heap)
            if row >= 0:
                counts[row] = met
        for i in range(low, high):
            v = targets[i]
            if v >= 0:
                wanted[v] = False
            if v >= 0 and source >= 0 and dist[v] < np.inf:
                dist_out[i] = dist[v]
                if arcs.size < used + n:
                    arcs = longer(arcs, max(2 * arcs.size, used + n))
                used = _walk(tail, pred, source, v, arcs, used)
            start[i + 1] = used
    return arcs[:used]


@inner
def _want(targets, low, high, wanted):  # type: ignore[no-untyped-def]
    """Marks the targets from low to high and returns how many nodes they are."""
    left = 0
    for i in range(low, high):
        if targets[i] >= 0 and not wanted[targets[i]]:
            wanted[targets[i]] = True
            left += 1
    return left


@inner
def _walk(tail, pred, source, v, arcs, used):  # type: ignore[no-untyped-def]
    """Writes the arcs from node v back to the source from arcs[used] on, and returns where they end."""
    while v != source:
        arcs[used] = pred[v]
        v = tail[pred[v]]
        used += 1
    return used


@inner
def path_sums(start, arcs, rows, value, out):  # type: ignore[no-untyped-def]
    """Fills out (p) with the sum of value (m) over the arcs of each of the paths `rows`."""
    for p in rows:
        total = 0.0
        for i in range(start[p], start[p + 1]):
            total += value[arcs[i]]
        out[p] = total


@inner
def path_marks(start, arcs, mark, out):  # type: ignore[no-untyped-def]
    """Fills out (p) with the bits of mark (m) that any arc of the path carries."""
    for p in range(start.size - 1):
        bits = 0
        for i in range(start[p], start[p + 1]):
            bits |= mark[arcs[i]]
        out[p] = bits


@inner
def arc_volumes(start, arcs, rows, volume, out):  # type: ignore[no-untyped-def]
    """Adds volume (p) to out (m) on every arc of each of the paths `rows`."""
    for p in rows:
        for i in range(start[p], start[p + 1]):
            out[arcs[i]] += volume[p]


@inner
def take(start, arcs, rows, out):  # type: ignore[no-untyped-def]
    """Fills out with the arcs of the paths `rows` one after another."""
    used = 0
    for r in rows:
        for i in range(start[r], start[r + 1]):
            out[used] = arcs[i]
            used += 1


@kernel
def path_loads(start, arcs, first, element, unit, row, scale, begin):  # type: ignore[no-untyped-def]
    """Elements that the paths load, and the units of each, summed over their arcs.

    Arc a loads element[first[a]:first[a+1]] with unit[row[p], .] * scale[p] units for path p. begin: (p+1,) is filled
    with where the entries of each path begin.
    """
    at = np.full(element.max() + 1 if element.size else 0, -1)
    most = 0  # entries, where no path meets an element twice
    for p in range(start.size - 1):
        for i in range(start[p], start[p + 1]):
            for j in range(first[arcs[i]], first[arcs[i] + 1]):
                most += unit[row[p], j] > 0.0
    out_element, out_units = np.empty(most, np.int64), np.empty(most)
    count = 0
    for p in range(start.size - 1):
        begin[p] = count
        for i in range(start[p], start[p + 1]):
            for j in range(first[arcs[i]], first[arcs[i] + 1]):
                e, units = element[j], unit[row[p], j] * scale[p]
                if units > 0.0:
                    if at[e] < begin[p]:
                        at[e] = count
                        out_element[count], out_units[count] = e, 0.0
                        count += 1
                    out_units[at[e]] += units
    begin[start.size - 1] = count
    return out_element[:count], out_units[:count]
