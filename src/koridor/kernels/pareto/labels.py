"""The loop that sets labels: pops the least label, keeps it unless another covers it, and lays one over every arc.

NAMOA* (Mandow & Perez de la Cruz 2010, doi:10.1145/1754399.1754400) with labels in lexicographic order of their bounds
and the first criterion left out of comparisons (dimension reduction: Pulido, Mandow & Perez de la Cruz 2015,
doi:10.1016/j.cor.2015.05.007): whatever was popped before is no worse in it, as bounds are consistent. Sets of a node
lie in one run of a pool and double where they are full.
"""

from __future__ import annotations

import numpy as np

from koridor.kernels.compiled import inner, kernel
from koridor.kernels.pareto.timed import NEVER, enter
from koridor.kernels.room import longer

FIRST_LABELS = 4096
FIRST_ROOM = 8


@kernel
def set_labels(  # type: ignore[no-untyped-def]
    indptr, head, arc, cost, run, cut_off, depart_ptr, depart, reach, open_ptr, open_from, open_to,
    bound, source, target, start, latest, node_columns, target_columns, epsilon, labels_max,
):  # fmt: skip
    """Solutions as labels, with the labels' values, predecessors and arcs, how many there are, and whether all fitted.

    bound: (n, K) least that is to come, arrival in the last column. node_columns, target_columns: how many of the first
    columns are compared at nodes, and at the target.
    """
    size, n, width = min(FIRST_LABELS, labels_max), indptr.size - 1, bound.shape[1]
    least, so_far = np.empty((size, width), np.int64), np.empty((size, width), np.int64)
    node, before, via = np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.int32)
    heap, keys, held = np.empty(size, np.int32), np.empty(size, np.int64), 1
    pool, used = np.empty((2 * size, max(width - 1, 1)), np.int64), 0
    first, count, room = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
    found, solved, whole = np.empty(64, np.int32), 0, True
    node[0], before[0], via[0], heap[0], labels = source, -1, -1, 0, 1
    so_far[0] = 0
    least[0] = bound[source]
    keys[0] = least[0, 0]
    if least[0, width - 1] >= NEVER:
        held = 0
    while held > 0 and whole:
        top = heap[0]
        held -= 1
        _sink(heap, keys, least, held)
        here = node[top]
        if _covered(pool, first[target], count[target], least, top, target_columns, epsilon):
            continue
        if _covered(pool, first[here], count[here], least, top, node_columns, 0.0):
            continue
        _drop(pool, first, count, here, least, top, target_columns if here == target else node_columns)
        if count[here] == room[here]:
            if used + max(FIRST_ROOM, 2 * room[here]) > pool.shape[0]:
                pool = longer(pool, 2 * (used + 2 * room[here]))
            used = _move(pool, first, count, room, here, used)
        for k in range(1, width):
            pool[first[here] + count[here], k - 1] = least[top, k]
        count[here] += 1
        if here == target:
            if solved == found.size:
                found = longer(found, 2 * solved)
            found[solved] = top
            solved += 1
            continue
        minute = start + so_far[top, width - 1]
        for i in range(indptr[here], indptr[here + 1]):
            there, over = head[i], arc[i]
            if bound[there, width - 1] >= NEVER:
                continue
            at = enter(over, minute, run, cut_off, depart_ptr, depart, reach, open_ptr, open_from, open_to)
            if at >= NEVER or at + bound[there, width - 1] > latest:
                continue
            if labels == node.size:
                if labels >= labels_max:
                    whole = False
                    break
                size = min(2 * labels, labels_max)
                least, so_far = longer(least, size), longer(so_far, size)
                node, before, via = longer(node, size), longer(before, size), longer(via, size)
                heap, keys = longer(heap, size), longer(keys, size)
            for k in range(width - 1):
                so_far[labels, k] = so_far[top, k] + cost[over, k]
                least[labels, k] = so_far[labels, k] + bound[there, k]
            so_far[labels, width - 1] = at - start
            least[labels, width - 1] = at - start + bound[there, width - 1]
            if _covered(pool, first[target], count[target], least, labels, target_columns, epsilon):
                continue
            if _covered(pool, first[there], count[there], least, labels, node_columns, 0.0):
                continue
            node[labels], before[labels], via[labels] = there, top, over
            _rise(heap, keys, least, held, labels)
            held += 1
            labels += 1
    return found[:solved], so_far, before, via, labels, whole


@inner
def _before(least, one, other):  # type: ignore[no-untyped-def]
    """Whether a label comes before another of the same first criterion."""
    for k in range(1, least.shape[1]):
        if least[one, k] != least[other, k]:
            return least[one, k] < least[other, k]
    return False


@inner
def _sink(heap, keys, least, held):  # type: ignore[no-untyped-def]
    """Fills the hole at the top of a binary heap with its last label, `held` being left. keys: the first criterion."""
    last, key, i = heap[held], keys[held], 0
    while True:
        child = 2 * i + 1
        if child >= held:
            break
        if child + 1 < held and (
            keys[child + 1] < keys[child]
            or (keys[child + 1] == keys[child] and _before(least, heap[child + 1], heap[child]))
        ):
            child += 1
        if keys[child] > key or (keys[child] == key and not _before(least, heap[child], last)):
            break
        heap[i], keys[i] = heap[child], keys[child]
        i = child
    heap[i], keys[i] = last, key


@inner
def _rise(heap, keys, least, i, label):  # type: ignore[no-untyped-def]
    """Lays a label into the hole at position i and moves it up to where it belongs."""
    key = least[label, 0]
    while i > 0:
        up = (i - 1) >> 1
        if keys[up] < key or (keys[up] == key and not _before(least, label, heap[up])):
            break
        heap[i], keys[i] = heap[up], keys[up]
        i = up
    heap[i], keys[i] = label, key


@inner
def _covered(pool, first, count, least, label, columns, epsilon):  # type: ignore[no-untyped-def]
    """Whether a row of the set is nowhere above the label (by more than epsilon of it), the first criterion aside.

    A row that covers moves half way to the front, as it is likely to cover the next label too.
    """
    if columns == 4 and epsilon == 0.0:
        x, y, z = least[label, 1], least[label, 2], least[label, 3]
        for i in range(first, first + count):
            if pool[i, 0] <= x and pool[i, 1] <= y and pool[i, 2] <= z:
                if i > first:
                    _swap(pool, i, first + ((i - first) >> 1))
                return True
        return False
    for i in range(first, first + count):
        for k in range(1, columns):
            most = least[label, k]
            if epsilon > 0.0:
                most += np.int64(most * epsilon)
            if pool[i, k - 1] > most:
                break
        else:
            if i > first:
                _swap(pool, i, first + ((i - first) >> 1))
            return True
    return False


@inner
def _swap(pool, i, j):  # type: ignore[no-untyped-def]
    for k in range(pool.shape[1]):
        pool[i, k], pool[j, k] = pool[j, k], pool[i, k]


@inner
def _drop(pool, first, count, here, least, label, columns):  # type: ignore[no-untyped-def]
    """Takes rows out of a set that the label covers: what they cover, it covers."""
    kept = first[here]
    for i in range(first[here], first[here] + count[here]):
        covers = True
        for k in range(1, columns):
            if pool[i, k - 1] < least[label, k]:
                covers = False
                break
        if not covers:
            if kept != i:
                for k in range(pool.shape[1]):
                    pool[kept, k] = pool[i, k]
            kept += 1
    count[here] = kept - first[here]


@inner
def _move(pool, first, count, room, here, used):  # type: ignore[no-untyped-def]
    """Gives a set that is full twice the room at the end of the pool, which has enough; rows used after that."""
    for i in range(count[here]):
        for k in range(pool.shape[1]):
            pool[used + i, k] = pool[first[here] + i, k]
    first[here] = used
    room[here] = max(FIRST_ROOM, 2 * room[here])
    return used + room[here]
