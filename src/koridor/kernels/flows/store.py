"""The paths of all markets: a list of paths for each, in arrays that grow.

A path has the pair that it serves, its flow x, the cost that no volume changes, a hash of its arcs, its arcs from
target to source, and the elements that these load (items) with the units of each. Where every arc is its own element
items are the arcs, and `units` is empty: it is one everywhere.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from koridor.kernels.compiled import inner, kernel

Ints32 = NDArray[np.int32]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PATHS, ARCS, ITEMS = range(3)  # positions in `used`
NEXT, PAIR, HASH, ARC_AT, ARC_END, ITEM_AT, ITEM_END = range(7)  # columns of `info`
X, BASE = range(2)  # columns of `flow`


class Store(NamedTuple):
    """used: (3,) how much of paths, arcs and items is taken. info: (paths, 7); NEXT is the path after each of its
    market, -1: none. flow: (paths, 2) its flow, and what it costs without delays.
    """

    used: Ints
    info: Ints
    flow: Floats
    arcs: Ints32
    items: Ints32
    units: Floats


def new_store(paths: int, arcs: int, *, own: bool) -> Store:
    """An empty store with room for so many paths and arcs; `own`: every arc is its own element."""
    pool = np.zeros(arcs, dtype=np.int32)
    return Store(
        np.zeros(3, dtype=np.int64), np.zeros((paths, 7), dtype=np.int64), np.zeros((paths, 2)), pool,
        pool if own else np.zeros(arcs, dtype=np.int32), np.zeros(0 if own else arcs),
    )  # fmt: skip


def reserve(s: Store, more: Ints) -> Store:
    """The store with room for `more` (3,) paths, arcs and items beside its own; a quarter larger where short."""
    need = s.used + more
    info, flow = _longer(need[PATHS], s.info, s.flow)
    (arcs,) = _longer(need[ARCS], s.arcs)
    if s.items is s.arcs:
        return Store(s.used, info, flow, arcs, arcs, s.units)
    return Store(s.used, info, flow, arcs, *_longer(need[ITEMS], s.items, s.units))


def _longer(need: int, *arrays: Any) -> tuple[Any, ...]:
    """These arrays, a quarter longer where they have no room for `need` entries.

    They grow where they are: large ones are mapped anew by the system, without a copy that would take as much again.
    """
    for a in arrays:
        if need > len(a):
            a.resize((max(need, len(a) + len(a) // 4), *a.shape[1:]), refcheck=False)
    return arrays


@inner
def add_path(s, first, market, pair, base, key, pred, tail, source, target, loads):  # type: ignore[no-untyped-def]
    """Puts the path to `target` along pred at the head of the list of its market. There must be room (`reserve`).

    base: (m,) costs. key: hash. loads: (first, element, unit) of the class by arc, not looked at where units are empty.
    """
    own = s.units.size == 0
    at, begin = s.used[PATHS], s.used[ARCS]
    item = begin if own else s.used[ITEMS]
    s.info[at, PAIR], s.flow[at, X], s.info[at, HASH] = pair, 0.0, key
    s.info[at, ARC_AT], s.info[at, ITEM_AT] = begin, item
    s.info[at, NEXT], first[market] = first[market], at
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
                    s.units[item] = loads[2][j]
                    item += 1
        v = tail[a]
    s.flow[at, BASE], s.info[at, ARC_END], s.info[at, ITEM_END] = total, begin, begin if own else item
    s.used[PATHS], s.used[ARCS], s.used[ITEMS] = at + 1, begin, begin if own else item


@inner
def drop_empty(s, first, many):  # type: ignore[no-untyped-def]
    """Takes paths without flow out of the lists of the markets that are marked in many (q,), but for the only one of a
    market; returns how many arcs are of no use any more. The mark is taken off where one path is left.
    """
    dropped = 0
    for q in range(first.size):
        if not many[q]:
            continue
        before, p = -1, first[q]
        while p >= 0:
            after = s.info[p, NEXT]
            if s.flow[p, X] <= 0.0 and (before >= 0 or after >= 0):
                if before < 0:
                    first[q] = after
                else:
                    s.info[before, NEXT] = after
                dropped += s.info[p, ARC_END] - s.info[p, ARC_AT]
            else:
                before = p
            p = after
        many[q] = first[q] >= 0 and s.info[first[q], NEXT] >= 0
    return dropped


@kernel
def squeeze(s, first):  # type: ignore[no-untyped-def]
    """Takes out of the store, where it is, what no list holds; `first` and the lists are renewed. Paths keep their
    order.
    """
    own, used = s.units.size == 0, s.used[PATHS]
    number = np.full(used, -1, np.int32)
    for q in range(first.size):
        p = first[q]
        while p >= 0:
            number[p] = 0
            p = s.info[p, NEXT]
    at, arc, item = 0, 0, 0
    for p in range(used):
        if number[p] < 0:
            continue
        number[p] = at
        begin, end = s.info[p, ARC_AT], s.info[p, ARC_END]
        s.info[at], s.flow[at] = s.info[p], s.flow[p]
        s.info[at, ARC_AT] = arc
        for i in range(begin, end):
            s.arcs[arc] = s.arcs[i]
            arc += 1
        s.info[at, ARC_END] = arc
        if own:
            s.info[at, ITEM_AT], s.info[at, ITEM_END] = s.info[at, ARC_AT], arc
        else:
            begin, end = s.info[at, ITEM_AT], s.info[at, ITEM_END]
            s.info[at, ITEM_AT] = item
            for i in range(begin, end):
                s.items[item], s.units[item] = s.items[i], s.units[i]
                item += 1
            s.info[at, ITEM_END] = item
        at += 1
    for p in range(at):
        if s.info[p, NEXT] >= 0:
            s.info[p, NEXT] = number[s.info[p, NEXT]]
    for q in range(first.size):
        if first[q] >= 0:
            first[q] = number[first[q]]
    s.used[PATHS], s.used[ARCS], s.used[ITEMS] = at, arc, arc if own else item
