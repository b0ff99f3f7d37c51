"""Shortest-path trees from one node to many: grown anew, or grown again from an older tree.

A graph is compressed rows without the arcs that are closed (see `open_rows`): position i in indptr[v]:indptr[v+1] is an
arc that leaves node v for head[i] at cost[i], and is arc number arc[i]; tail and price are its tail and cost by that
number. Costs are not negative. Nodes with `through` False (dead ends, zones) may end a path but are not passed.

Of ways that cost the same the lower arc number wins, unless `regrow` is told to leave ties be, and an arc that costs
nothing never displaces one that costs something: with costs above nothing a tree does not depend on the order of the
search, nor on the tree it grew from.

Sources: Dijkstra (1959), doi:10.1007/BF01386390, with a 4-ary heap that knows where its nodes are (Johnson 1975,
doi:10.1016/0020-0190(75)90001-0), O((n + m) log n); re-optimisation after Pallottino & Scutella (2003),
doi:10.1016/S0167-6377(02)00192-X, O(m) and a little for what changed.
"""

from __future__ import annotations

import numpy as np

from koridor.kernels.compiled import inner

OUTSIDE, DONE, PENDING, PLACED = -1, -2, -3, -4  # places of nodes that are not in the heap


@inner
def open_rows(indptr, head, arc, price, indptr_out, head_out, arc_out, cost_out):  # type: ignore[no-untyped-def]
    """Fills compressed rows with the arcs open at price (by arc number) and their costs, in the same order."""
    used = 0
    for v in range(indptr.size - 1):
        indptr_out[v] = used
        for i in range(indptr[v], indptr[v + 1]):
            cost = price[arc[i]]
            if cost < np.inf:
                head_out[used] = head[i]
                arc_out[used] = arc[i]
                cost_out[used] = cost
                used += 1
    indptr_out[indptr.size - 1] = used


@inner
def _rise(heap, place, dist, i):  # type: ignore[no-untyped-def]
    """Moves the node at position i of the heap up to where it belongs."""
    v = heap[i]
    key = dist[v]
    while i > 0:
        up = (i - 1) >> 2
        if dist[heap[up]] <= key:
            break
        heap[i] = heap[up]
        place[heap[i]] = i
        i = up
    heap[i] = v
    place[v] = i


@inner
def _pop(heap, place, dist, size):  # type: ignore[no-untyped-def]
    """Takes the top off a heap that has `size` nodes left without it, and fills the hole with the last."""
    if size == 0:
        return
    v = heap[size]
    key = dist[v]
    i = 0
    while True:
        child = 4 * i + 1
        if child >= size:
            break
        best, least = child, dist[heap[child]]
        for other in range(child + 1, min(child + 4, size)):
            reach = dist[heap[other]]
            if reach < least:
                best, least = other, reach
        if least >= key:
            break
        heap[i] = heap[best]
        place[heap[i]] = i
        i = best
    heap[i] = v
    place[v] = i


@inner
def _wins(a, b, key, reach, dist, tail):  # type: ignore[no-untyped-def]
    """Whether arc a, which reaches a node for just what arc b does, is to be the way in: see the top."""
    return key < reach and (b > a or dist[tail[b]] == reach)


@inner
def grow(  # type: ignore[no-untyped-def]
    indptr, head, arc, cost, tail, through, wanted, left, source, dist, pred, order, place, heap
):
    """Fills dist (n), pred (n, the arc by which a node is reached, -1: none) and order from `source`.

    The search ends when the `left` nodes marked in `wanted` (n) are settled, dead ends among them when no node left is
    nearer than the worst of their labels; it looks at no other dead end. order (n) gets the source and the nodes with
    `through` that were met, each after its predecessor, and their number is returned.
    place and heap are room for n nodes.
    """
    dist[:] = np.inf
    pred[:] = -1
    place[:] = OUTSIDE
    dist[source] = 0.0
    heap[0] = source
    size, count = 1, 0
    if wanted[source]:
        left -= 1
    worst = 0.0  # no label of a wanted dead end is higher
    while size > 0:
        v = np.uintp(heap[0])
        key = dist[v]
        if left == 0 and key >= worst:
            break
        place[v] = DONE
        size -= 1
        _pop(heap, place, dist, size)
        if wanted[v] and v != source:
            left -= 1
        order[count] = v
        count += 1
        for i in range(np.uintp(indptr[v]), np.uintp(indptr[v + np.uintp(1)])):
            w = np.uintp(head[i])
            reach = key + cost[i]
            if reach < dist[w]:
                if not through[w]:
                    if not wanted[w]:
                        continue
                    if dist[w] == np.inf:
                        left -= 1
                        worst = max(worst, reach)
                    dist[w] = reach
                    pred[w] = arc[i]
                    continue
                dist[w] = reach
                pred[w] = arc[i]
                if place[w] == OUTSIDE:
                    heap[size] = w
                    place[w] = size
                    size += 1
                _rise(heap, place, dist, place[w])
            elif reach == dist[w] and pred[w] != arc[i] and _wins(arc[i], pred[w], key, reach, dist, tail):
                pred[w] = arc[i]
    for i in range(size):
        order[count] = heap[i]
        count += 1
    return count


@inner
def regrow(  # type: ignore[no-untyped-def]
    indptr, head, arc, cost, tail, price, through, source, dist, pred, order, count, place, heap, fresh, ties
):
    """Fills the same from an older tree of the same source, whose pred and order (`count` nodes) are given.

    Any tree will do, of other costs or another class: its ways, at the new costs, are where labels start. A sweep
    over all arcs in its order mends most of them, a heap the rest; all dead ends are labelled. Returns the new count.
    fresh is room for n nodes. ties: whether ways that cost the same are told apart as at the top, which takes half as
    long again; without it the older tree decides.
    """
    dist[:] = np.inf
    place[:] = OUTSIDE
    dist[source] = 0.0
    place[source] = PENDING
    for j in range(1, count):
        v = np.uintp(order[j])
        a = np.uintp(pred[v])
        dist[v] = dist[np.uintp(tail[a])] + price[a]
        place[v] = PENDING
    for end in range(through.size):
        if not through[end] and pred[end] >= 0:
            a = np.uintp(pred[end])
            dist[end] = dist[np.uintp(tail[a])] + price[a]
    size, swept, reached = 0, 0, count
    changed = False  # whether the order may no longer put every node after its predecessor
    while swept < count or size > 0:
        if swept < count:
            v = np.uintp(order[swept])
            swept += 1
        else:
            v = np.uintp(heap[0])
            size -= 1
            _pop(heap, place, dist, size)
        place[v] = DONE
        key = dist[v]
        if key == np.inf:
            changed = True  # its way is closed; should it be reached by another, the heap has it
            continue
        for i in range(np.uintp(indptr[v]), np.uintp(indptr[v + np.uintp(1)])):
            w = np.uintp(head[i])
            reach = key + cost[i]
            if reach < dist[w]:
                dist[w] = reach
                pred[w] = arc[i]
                if not through[w] or place[w] == PENDING:
                    continue
                changed = True
                if place[w] < 0:
                    if place[w] == OUTSIDE:
                        order[reached] = w
                        reached += 1
                    heap[size] = w
                    place[w] = size
                    size += 1
                _rise(heap, place, dist, place[w])
            elif ties and reach == dist[w] and pred[w] != arc[i] and _wins(arc[i], pred[w], key, reach, dist, tail):
                pred[w] = arc[i]
                changed = changed or (through[w] and place[w] != PENDING)
    if not changed:
        return count
    return _in_order(tail, source, dist, pred, order, reached, place, heap, fresh)


@inner
def _in_order(tail, source, dist, pred, order, reached, place, stack, fresh):  # type: ignore[no-untyped-def]
    """Puts the `reached` nodes in order so that each comes after its predecessor, without those that have no way."""
    fresh[0] = source
    place[source] = PLACED
    count = 1
    for j in range(reached):
        v = order[j]
        if dist[v] == np.inf:
            continue
        depth = 0
        while place[v] != PLACED:
            place[v] = PLACED
            stack[depth] = v
            depth += 1
            v = tail[pred[v]]
        while depth > 0:
            depth -= 1
            fresh[count] = stack[depth]
            count += 1
    for j in range(count):
        order[j] = fresh[j]
    return count
