"""Finding new paths: trees at the rates in force, for all sources of a class.

A hash of its arcs, passed down the tree, tells whether a path is known without walking along it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from koridor.kernels.flows.problem import RATE, STAY, STAYING, WHOLE, A
from koridor.kernels.flows.shift import balance, has_choice, load, path_cost
from koridor.kernels.flows.stay import FIXED, worth
from koridor.kernels.flows.store import ARC_AT, ARC_END, HASH, NEXT, PAIR, X, add_path
from koridor.kernels.trees import grow, regrow


@njit(cache=True, nogil=True)
def arc_keys(arcs):  # type: ignore[no-untyped-def]
    """A number of 64 bits for every arc (splitmix64: Steele, Lea & Flood 2014, doi:10.1145/2714064.2660195)."""
    keys = np.empty(arcs, np.int64)
    for a in range(arcs):
        z = np.uint64(a + 1) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        keys[a] = np.int64(z ^ (z >> np.uint64(31)))
    return keys


@njit(cache=True, nogil=True)
def prices(base, state, loads, own, price):  # type: ignore[no-untyped-def]
    """Fills price (m,) with the cost of every arc at these rates."""
    for a in range(base.size):
        total = base[a]
        if own:
            total += state[a, RATE]
        else:
            for j in range(loads[0][a], loads[0][a + 1]):
                total += state[loads[1][j], RATE] * loads[2][j]
        price[a] = total


@njit(cache=True, nogil=True)
def _tree(rows, tail, price, cost, through, wanted, left, source, count, pred, order, room):  # type: ignore[no-untyped-def]
    """A tree from `source`, grown again where there is one; returns the number of nodes in order."""
    dist, place, heap, fresh = room
    if count > 0:
        return regrow(
            rows[0], rows[1], rows[2], cost, tail, price, through, source, dist, pred, order, count, place, heap, fresh
        )
    return grow(rows[0], rows[1], rows[2], cost, tail, through, wanted, left, source, dist, pred, order, place, heap)


@njit(cache=True, nogil=True)
def _key(keys, tail, pred, hashes, v, source):  # type: ignore[no-untyped-def]
    """Hash of the path to v, from that of the node before it; 0 at the source."""
    if v == source:
        return np.int64(0)
    return hashes[tail[pred[v]]] ^ keys[pred[v]]


@njit(cache=True, nogil=True)
def search(  # type: ignore[no-untyped-def]
    rows, tail, price, cost, through, keys, jobs, sources, first, targets, slot, pred, order, counts, dist_out, hash_out
):
    """Trees of the jobs in `jobs` at fixed prices: cost and hash (p,) of the best path of every pair, inf for none."""
    n = through.size
    room = np.empty(n), np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32)
    hashes, wanted = np.zeros(n, np.int64), np.zeros(n, np.bool_)
    for j in jobs:
        source = sources[j]
        r = slot[j]
        _grown(rows, tail, price, cost, through, wanted, j, r, source, first, targets, pred, order, counts, room)
        _pass_down(keys, tail, pred[r], order[r], counts[r], hashes)
        for i in range(first[j], first[j + 1]):
            v = targets[i]
            dist_out[i] = room[0][v] if v >= 0 and source >= 0 else np.inf
            if dist_out[i] < np.inf:
                hash_out[i] = _key(keys, tail, pred[r], hashes, v, source)


@njit(cache=True, nogil=True)
def _grown(rows, tail, price, cost, through, wanted, j, r, source, first, targets, pred, order, counts, room):  # type: ignore[no-untyped-def]
    """The tree of job j, in row r of pred and order; dist is inf where it does not lead."""
    left = 0
    for i in range(first[j], first[j + 1]):
        v = targets[i]
        if v >= 0 and not wanted[v]:
            wanted[v] = True
            left += 1
    if source < 0 or left == 0:
        room[0][:] = np.inf
        counts[r] = 0
    else:
        counts[r] = _tree(rows, tail, price, cost, through, wanted, left, source, counts[r], pred[r], order[r], room)
    for i in range(first[j], first[j + 1]):
        if targets[i] >= 0:
            wanted[targets[i]] = False


@njit(cache=True, nogil=True)
def _pass_down(keys, tail, pred, order, count, hashes):  # type: ignore[no-untyped-def]
    """Hashes of the paths to all nodes in order."""
    for j in range(count):
        hashes[order[j]] = _key(keys, tail, pred, hashes, order[j], order[0])


@njit(cache=True, nogil=True)
def known(s, first, pair, key):  # type: ignore[no-untyped-def]
    """Whether a list of paths holds one of this pair with this hash; other pairs may use the same arcs."""
    p = first
    while p >= 0:
        if s.info[p, HASH] == key and s.info[p, PAIR] == pair:
            return True
        p = s.info[p, NEXT]
    return False


@njit(cache=True, nogil=True)
def columns(  # type: ignore[no-untyped-def]
    s, m, state, loads, tail, low, high, sources, first, targets, market, slot, pred, dist, hashes, least, found
):
    """Fills `found` with the pairs of jobs low to high whose best path is new and beats the ways of their market.

    least: (q,) cost of the best way of a market so far, lowered to what is found. Returns how many there are, and the
    room that their paths take: (paths, arcs, items).
    """
    more = np.zeros(3, np.int64)
    for j in range(low, high):
        for i in range(first[j], first[j + 1]):
            q = market[i]
            if dist[i] >= least[q]:
                continue
            least[q] = dist[i]
            if not known(s, m.first[q], i, hashes[i]) and _is_cheaper(s, m, state, q, dist[i]):
                found[more[0]] = i
                _measure(loads, tail, pred[slot[j]], sources[j], targets[i], more)
    return more


@njit(cache=True, nogil=True)
def _measure(loads, tail, pred, source, v, more):  # type: ignore[no-untyped-def]
    """Adds the size of a path to `more`: (paths, arcs, items)."""
    more[0] += 1
    while v != source:
        a = pred[v]
        more[1] += 1
        if loads[0].size:
            more[2] += loads[0][a + 1] - loads[0][a]
        v = tail[a]


@njit(cache=True, nogil=True)
def add_columns(s, m, base, loads, tail, job, sources, targets, market, slot, pred, hashes, found):  # type: ignore[no-untyped-def]
    """Adds the best paths of the pairs in `found`; job: (p,) of every pair."""
    for i in found:
        j = job[i]
        add_path(s, m.first, market[i], i, base, hashes[i], pred[slot[j]], tail, sources[j], targets[i], loads)


@njit(cache=True, nogil=True)
def _is_cheaper(s, m, state, q, dist):  # type: ignore[no-untyped-def]
    """Whether a cost beats every known way of a market by more than rounding."""
    limit = dist + 1e-14 * abs(dist)
    p = m.first[q]
    while p >= 0:
        if path_cost(s, state, p) <= limit:
            return False
        p = s.info[p, NEXT]
    if m.table[q, STAY] > 0:
        return worth(m, q, m.table[q, STAYING])[0] > limit
    return True


@njit(cache=True, nogil=True)
def gap_of(s, m, state, least, hashes):  # type: ignore[no-untyped-def]
    """What users could save by the best ways, at these rates, and what they pay.

    least: (q,) cost of the best way found; hashes: (p,) of the best paths. A market whose only path is the best one
    found, and where nobody stays, saves nothing, without a sum.
    """
    gap, paid = 0.0, 0.0
    for q in range(m.first.size):
        p, best, staying = m.first[q], least[q], m.table[q, STAYING]
        cost = np.inf
        if m.table[q, STAY] > 0:
            cost, _ = worth(m, q, staying)
            best = min(best, cost)
        if best == np.inf:
            continue  # nobody can go, and staying has no finite worth
        if staying > 0.0:
            gap += staying * (cost - best)
            paid += staying * cost
        elif p >= 0 and s.info[p, NEXT] < 0 and hashes[s.info[p, PAIR]] == s.info[p, HASH] and least[q] == best:
            paid += s.flow[p, X] * best
            continue
        while p >= 0:
            if s.flow[p, X] > 0.0:
                cost = path_cost(s, state, p)
                gap += s.flow[p, X] * max(cost - best, 0.0)
                paid += s.flow[p, X] * cost
            p = s.info[p, NEXT]
    return gap, paid


@njit(cache=True, nogil=True)
def start_pass(  # type: ignore[no-untyped-def]
    s,
    f,
    state,
    m,
    work,
    rows,
    tail,
    through,
    keys,
    base,
    loads,
    low,
    high,
    sources,
    first,
    targets,
    market,
    slot,
    pred,
    order,
    counts,
    more,
):
    """Goes through the jobs low to high one after another: a tree, its new paths, and a step in every market.

    A market without a path gets its whole volume on the first. Rates are renewed at once. Returns the job at which it
    ended: high, or one for whose paths the store has no room, with what it needs in more (3,).
    """
    n = through.size
    room = np.empty(n), np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32)
    hashes, wanted = np.zeros(n, np.int64), np.zeros(n, np.bool_)
    price, cost = np.empty(base.size), np.empty(rows[2].size)
    most = 0
    for j in range(low, high):
        most = max(most, first[j + 1] - first[j])
    chosen, fresh = np.empty(most, np.int64), np.empty(most, np.bool_)
    for j in range(low, high):
        prices(base, state, loads, s.units.size == 0, price)
        for i in range(rows[2].size):
            cost[i] = price[rows[2][i]]
        r = slot[j]
        _grown(rows, tail, price, cost, through, wanted, j, r, sources[j], first, targets, pred, order, counts, room)
        _pass_down(keys, tail, pred[r], order[r], counts[r], hashes)
        more[:] = 0
        busy = 0
        for i in range(first[j], first[j + 1]):
            v, p = targets[i], m.first[market[i]]
            is_new = False
            if v >= 0 and room[0][v] < np.inf:
                is_new = not known(s, p, i, _key(keys, tail, pred[r], hashes, v, sources[j]))
            if is_new:
                _measure(loads, tail, pred[r], sources[j], v, more)
            if is_new or has_choice(s, m, market[i], room[0][v] if v >= 0 else np.inf):
                chosen[busy], fresh[busy] = i, is_new
                busy += 1
        if not _fits(s, more):
            return j
        for at in range(busy):
            i = chosen[at]
            q = market[i]
            if fresh[at]:
                key = _key(keys, tail, pred[r], hashes, targets[i], sources[j])
                _put(s, f, state, m, base, loads, tail, pred[r], sources[j], i, targets[i], q, key)
            if has_choice(s, m, q, np.inf):
                balance(s, f, state, m, work, q)
    return high


@njit(cache=True, nogil=True)
def _fits(s, more):  # type: ignore[no-untyped-def]
    """Whether the store has room for so many more paths, arcs and items."""
    used = s.used
    return used[0] + more[0] <= len(s.info) and used[1] + more[1] <= s.arcs.size and used[2] + more[2] <= s.items.size


@njit(cache=True, nogil=True)
def _put(s, f, state, m, base, loads, tail, pred, source, i, v, q, key):  # type: ignore[no-untyped-def]
    """A new path of pair i, with the whole volume of its market where it is the first and nobody can stay."""
    empty = m.first[q] < 0
    add_path(s, m.first, q, i, base, key, pred, tail, source, v, loads)
    if empty and m.table[q, STAY] == FIXED and path_cost(s, state, m.first[q]) < m.table[q, A]:
        m.table[q, STAYING] = 0.0
    if empty and m.table[q, STAYING] == 0.0:
        s.flow[m.first[q], X] = m.table[q, WHOLE]
        load(s, f, state, m.first[q], m.table[q, WHOLE])


@njit(cache=True, nogil=True)
def paths_of(s, m):  # type: ignore[no-untyped-def]
    """Pair, flow, start and arcs of all paths with flow, market by market."""
    count, length = 0, 0
    for q in range(m.first.size):
        p = m.first[q]
        while p >= 0:
            if s.flow[p, X] > 0.0:
                count += 1
                length += s.info[p, ARC_END] - s.info[p, ARC_AT]
            p = s.info[p, NEXT]
    pair, flow, start, arcs = (
        np.empty(count, np.int64),
        np.empty(count),
        np.zeros(count + 1, np.int64),
        np.empty(length, np.int64),
    )
    count, length = 0, 0
    for q in range(m.first.size):
        p = m.first[q]
        while p >= 0:
            if s.flow[p, X] > 0.0:
                pair[count], flow[count] = s.info[p, PAIR], s.flow[p, X]
                for i in range(s.info[p, ARC_AT], s.info[p, ARC_END]):
                    arcs[length] = s.arcs[i]
                    length += 1
                count += 1
                start[count] = length
            p = s.info[p, NEXT]
    return pair, flow, start, arcs


@njit(cache=True, nogil=True)
def adopt(  # type: ignore[no-untyped-def]
    s, m, base, loads, tail, head, through, keys, source, target, market, pair, flow, start, arcs, mine
):
    """Adds those of the paths in `mine` that are open ways of their pair, with their flow. There must be room.

    head: (m,) node that every arc leads to.
    """
    pred = np.empty(through.size, np.int32)
    for r in mine:
        i = pair[r]
        v, key, cost = target[i], np.int64(0), 0.0
        for at in range(start[r], start[r + 1]):
            a = arcs[at]
            if head[a] != v or (at > start[r] and not through[v]):
                cost = np.inf
                break
            key ^= keys[a]
            cost += base[a]
            pred[v] = a
            v = tail[a]
        if v != source[i] or cost == np.inf or v < 0 or known(s, m.first[market[i]], i, key):
            continue
        add_path(s, m.first, market[i], i, base, key, pred, tail, source[i], target[i], loads)
        s.flow[m.first[market[i]], X] = max(flow[r], 0.0)


@njit(cache=True, nogil=True)
def scale(s, m):  # type: ignore[no-untyped-def]
    """Scales the flows of every market that has paths to its volume; nobody stays there as long as they have flow."""
    for q in range(m.first.size):
        total, whole, p = 0.0, m.table[q, WHOLE], m.first[q]
        while p >= 0:
            total += s.flow[p, X]
            p = s.info[p, NEXT]
        p = m.first[q]
        if p < 0 or (total <= 0.0 and m.table[q, STAY] > 0):
            continue
        if total <= 0.0:
            s.flow[p, X] = whole
            continue
        # some stay where they can, so that a worth of staying that is infinite for none or for all can be found
        share = 0.5 if m.table[q, STAY] > 1 else 1.0
        while p >= 0:
            s.flow[p, X] *= share * whole / total
            p = s.info[p, NEXT]
        m.table[q, STAYING] = whole - share * whole if m.table[q, STAY] > 0 else 0.0
