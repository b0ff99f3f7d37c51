"""Shortest paths over a network in compressed rows, and walks along them.

A graph is `indptr` (n+1), `head` (m) and `arc` (m): the arcs that leave node v are arc[indptr[v]:indptr[v+1]], and
they lead to head[...]. Costs are indexed by arc, are not negative, and inf closes an arc.

Source: Dijkstra (1959), doi:10.1007/BF01386390, with a binary heap and lazy deletion; O((n + m) log n) a tree.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def rows(tail: Ints, head: Ints, nodes: int) -> tuple[Ints, Ints, Ints]:
    """Compressed rows (indptr, head, arc) of the graph whose arc a leads from tail[a] to head[a]."""
    arc = np.argsort(tail, kind="stable").astype(np.int64)
    indptr = np.zeros(nodes + 1, dtype=np.int64)
    np.cumsum(np.bincount(tail, minlength=nodes), out=indptr[1:])
    return indptr, head[arc].astype(np.int64), arc


@njit(cache=True, nogil=True)
def _push(keys, items, size, key, item):  # type: ignore[no-untyped-def]
    i = size
    while i > 0:
        up = (i - 1) >> 1
        if keys[up] <= key:
            break
        keys[i] = keys[up]
        items[i] = items[up]
        i = up
    keys[i] = key
    items[i] = item
    return size + 1


@njit(cache=True, nogil=True)
def _pop(keys, items, size):  # type: ignore[no-untyped-def]
    size -= 1
    key = keys[size]
    item = items[size]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= size:
            break
        if child + 1 < size and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= key:
            break
        keys[i] = keys[child]
        items[i] = items[child]
        i = child
    keys[i] = key
    items[i] = item
    return size


@njit(cache=True, nogil=True)
def tree(indptr, head, arc, cost, source, wanted, dist, pred, keys, items):  # type: ignore[no-untyped-def]
    """Fills dist (n) and pred (n, the arc by which a node is reached, -1: none) from `source`.

    `wanted` (n) marks the nodes to be settled; the search ends when all of them are, and passes over
    dead ends not wanted. keys and items are a heap of m+1.
    Equal costs are parted by the lower arc number, so that the tree does not depend on the order of the search.
    """
    dist[:] = np.inf
    pred[:] = -1
    left = 0
    for v in range(wanted.size):
        if wanted[v]:
            left += 1
    dist[source] = 0.0
    keys[0] = 0.0
    items[0] = source
    size = 1
    while size > 0 and left > 0:
        key = keys[0]
        v = items[0]
        size = _pop(keys, items, size)
        if key > dist[v]:
            continue
        if wanted[v]:
            left -= 1
        for i in range(indptr[v], indptr[v + 1]):
            a = arc[i]
            w = head[i]
            if indptr[w] == indptr[w + 1] and not wanted[w]:
                continue  # a dead end that nobody asked for
            reach = key + cost[a]
            if reach < dist[w]:
                dist[w] = reach
                pred[w] = a
                size = _push(keys, items, size, reach, w)
            elif reach == dist[w] and reach < np.inf and pred[w] > a:
                pred[w] = a


@njit(cache=True, nogil=True)
def best_paths(  # type: ignore[no-untyped-def]
    indptr, head, arc, tail, cost, sources, first, targets, dist_out, start, arcs_out
):
    """Best paths of many pairs that share one cost vector.

    Parameters
    ----------
    indptr, head, arc, tail : graph in compressed rows, and the tail of every arc.
    cost : (m,) cost of every arc.
    sources : (s,) source nodes; source i has the targets targets[first[i]:first[i+1]]. A node -1 is not in the graph.
    dist_out : (p,) receives the cost of every pair; inf where there is no way.
    start : (p+1,) receives where the path of each pair begins in arcs_out; paths run from target to source.
    arcs_out : buffer for the arcs of all paths.

    Returns
    -------
    Number of arcs written, or minus the number needed at least when the buffer was too small (call again, larger).
    """
    n = indptr.size - 1
    dist = np.empty(n)
    pred = np.empty(n, np.int64)
    keys = np.empty(arc.size + 2)
    items = np.empty(arc.size + 2, np.int64)
    wanted = np.zeros(n, np.bool_)
    used = 0
    overflow = False
    for s in range(sources.size):
        if sources[s] < 0:
            for i in range(first[s], first[s + 1]):
                start[i] = used
                dist_out[i] = np.inf
            continue
        for i in range(first[s], first[s + 1]):
            if targets[i] >= 0:
                wanted[targets[i]] = True
        tree(indptr, head, arc, cost, sources[s], wanted, dist, pred, keys, items)
        for i in range(first[s], first[s + 1]):
            start[i] = used
            dist_out[i] = np.inf
            if targets[i] < 0:
                continue
            wanted[targets[i]] = False
            dist_out[i] = dist[targets[i]]
            if dist_out[i] == np.inf:
                continue
            v = targets[i]
            while v != sources[s]:
                a = pred[v]
                if used < arcs_out.size:
                    arcs_out[used] = a
                else:
                    overflow = True
                used += 1
                v = tail[a]
    start[targets.size] = used
    return -used if overflow else used


@njit(cache=True, nogil=True)
def path_sums(start, arcs, value, out):  # type: ignore[no-untyped-def]
    """Fills out (p) with the sum of value (m) over the arcs of each path."""
    for p in range(start.size - 1):
        total = 0.0
        for i in range(start[p], start[p + 1]):
            total += value[arcs[i]]
        out[p] = total


@njit(cache=True, nogil=True)
def path_marks(start, arcs, mark, out):  # type: ignore[no-untyped-def]
    """Fills out (p) with the bits of mark (m) that any arc of the path carries."""
    for p in range(start.size - 1):
        bits = 0
        for i in range(start[p], start[p + 1]):
            bits |= mark[arcs[i]]
        out[p] = bits


@njit(cache=True, nogil=True)
def arc_volumes(start, arcs, volume, out):  # type: ignore[no-untyped-def]
    """Adds volume (p) to out (m) on every arc of each path."""
    for p in range(start.size - 1):
        for i in range(start[p], start[p + 1]):
            out[arcs[i]] += volume[p]
