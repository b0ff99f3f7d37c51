"""The paths of all markets: a list of paths for each, in arrays that grow.

A path has the pair that it serves, its flow x, the cost that no volume changes, a hash of its arcs, its arcs from
target to source, and the elements that these load (items) with the units of each. Where every arc is its own element
items are the arcs, and `units` is empty: it is one everywhere.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints32 = NDArray[np.int32]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PATHS, ARCS, ITEMS = 0, 1, 2  # positions in `used`


class Store(NamedTuple):
    """used: (3,) how much of paths, arcs and items is taken. next: the path after each of its market, -1: none."""

    used: Ints
    next: Ints
    pair: Ints
    x: Floats
    base: Floats
    hash: NDArray[np.uint64]
    arc_at: Ints
    arc_end: Ints
    item_at: Ints
    item_end: Ints
    arcs: Ints32
    items: Ints32


def new_store(paths: int, arcs: int, *, own: bool) -> tuple[Store, Floats]:
    """An empty store with room for so many paths and arcs; `own`: every arc is its own element."""
    ints = [np.zeros(paths, dtype=np.int64) for _ in range(6)]
    pool = np.zeros(arcs, dtype=np.int32)
    items = pool if own else np.zeros(arcs, dtype=np.int32)
    store = Store(
        np.zeros(3, dtype=np.int64), ints[0], ints[1], np.zeros(paths), np.zeros(paths),
        np.zeros(paths, dtype=np.uint64), ints[2], ints[3], ints[4], ints[5], pool, items,
    )  # fmt: skip
    return store, np.zeros(0 if own else arcs)


@njit(cache=True, nogil=True)
def _longer(array, size):  # type: ignore[no-untyped-def]
    """A copy of an array with room for `size` entries."""
    out = np.zeros(size, array.dtype)
    out[: array.size] = array
    return out


@njit(cache=True, nogil=True)
def more_paths(s):  # type: ignore[no-untyped-def]
    """The store with room for twice as many paths."""
    n = 2 * s.x.size + 16
    return Store(
        s.used, _longer(s.next, n), _longer(s.pair, n), _longer(s.x, n), _longer(s.base, n), _longer(s.hash, n),
        _longer(s.arc_at, n), _longer(s.arc_end, n), _longer(s.item_at, n), _longer(s.item_end, n), s.arcs, s.items,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def more_arcs(s, needed, own):  # type: ignore[no-untyped-def]
    """The store with room for `needed` arcs and then as many again."""
    pool = _longer(s.arcs, 2 * max(needed, s.arcs.size))
    return Store(
        s.used, s.next, s.pair, s.x, s.base, s.hash, s.arc_at, s.arc_end, s.item_at, s.item_end,
        pool, pool if own else s.items,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def more_items(s, needed):  # type: ignore[no-untyped-def]
    """The store with room for `needed` items and then as many again."""
    items = _longer(s.items, 2 * max(needed, s.items.size))
    return Store(
        s.used, s.next, s.pair, s.x, s.base, s.hash, s.arc_at, s.arc_end, s.item_at, s.item_end, s.arcs, items
    )


@njit(cache=True, nogil=True)
def add_path(s, units, first, market, pair, base, key, pred, tail, source, target, loads):  # type: ignore[no-untyped-def]
    """Puts the path to `target` along pred at the head of the list of its market; returns store and units.

    base: (m,) costs. key: hash. loads: (first, element, unit) of the class by arc, not looked at where units are empty.
    """
    own = units.size == 0
    v, length, count = target, 0, 0
    while v != source:
        length += 1
        if not own:
            count += loads[0][pred[v] + 1] - loads[0][pred[v]]
        v = tail[pred[v]]
    at = s.used[PATHS]
    if at == s.x.size:
        s = more_paths(s)
    begin = s.used[ARCS]
    if begin + length > s.arcs.size:
        s = more_arcs(s, begin + length, own)
    item = begin if own else s.used[ITEMS]
    if not own and item + count > s.items.size:
        s = more_items(s, item + count)
        units = _longer(units, s.items.size)
    s.pair[at], s.x[at], s.hash[at] = pair, 0.0, key
    s.arc_at[at], s.item_at[at] = begin, item
    s.next[at], first[market] = first[market], at
    v, total = target, 0.0
    while v != source:
        a = pred[v]
        s.arcs[begin] = a
        begin += 1
        total += base[a]
        if not own:
            for j in range(loads[0][a], loads[0][a + 1]):
                if loads[2][j] > 0.0:
                    s.items[item] = loads[1][j]
                    units[item] = loads[2][j]
                    item += 1
        v = tail[a]
    s.base[at], s.arc_end[at], s.item_end[at] = total, begin, begin if own else item
    s.used[PATHS], s.used[ARCS], s.used[ITEMS] = at + 1, begin, begin if own else item
    return s, units


@njit(cache=True, nogil=True)
def drop_empty(s, first):  # type: ignore[no-untyped-def]
    """Takes paths without flow out of the lists, but for the only one of a market; returns how many arcs they held."""
    freed = 0
    for q in range(first.size):
        before, p = -1, first[q]
        while p >= 0:
            after = s.next[p]
            if s.x[p] <= 0.0 and (before >= 0 or after >= 0):
                freed += s.arc_end[p] - s.arc_at[p]
                if before < 0:
                    first[q] = after
                else:
                    s.next[before] = after
            else:
                before = p
            p = after
    return freed
