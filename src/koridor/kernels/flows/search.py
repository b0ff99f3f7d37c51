"""Finding new paths: trees at the rates in force, for all sources of a class.

A hash of its arcs, passed down the tree, tells whether a path is known without walking along it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from koridor.kernels.flows.shift import STAYS, balance, load, path_cost
from koridor.kernels.flows.stay import stay_cost
from koridor.kernels.flows.store import add_path
from koridor.kernels.trees import grow, regrow


@njit(cache=True, nogil=True)
def arc_keys(arcs):  # type: ignore[no-untyped-def]
    """A number of 64 bits for every arc (splitmix64: Steele, Lea & Flood 2014, doi:10.1145/2714064.2660195)."""
    keys = np.empty(arcs, np.uint64)
    for a in range(arcs):
        z = np.uint64(a + 1) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        keys[a] = z ^ (z >> np.uint64(31))
    return keys


@njit(cache=True, nogil=True)
def prices(base, rate, loads, own, price):  # type: ignore[no-untyped-def]
    """Fills price (m,) with the cost of every arc at these rates."""
    for a in range(base.size):
        total = base[a]
        if own:
            total += rate[a]
        else:
            for j in range(loads[0][a], loads[0][a + 1]):
                total += rate[loads[1][j]] * loads[2][j]
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
def _key(keys, tail, pred, hashes, v):  # type: ignore[no-untyped-def]
    """Hash of the path to v, from that of the node before it."""
    return hashes[tail[pred[v]]] ^ keys[pred[v]]


@njit(cache=True, nogil=True)
def search(  # type: ignore[no-untyped-def]
    rows, tail, price, cost, through, keys, jobs, sources, first, targets, slot, pred, order, counts, dist_out, hash_out
):
    """Trees of the jobs in `jobs` at fixed prices: cost and hash (p,) of the best path of every pair, inf for none."""
    n = through.size
    room = np.empty(n), np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32)
    hashes, wanted = np.zeros(n, np.uint64), np.zeros(n, np.bool_)
    for j in jobs:
        source = sources[j]
        r = slot[j]
        _grown(rows, tail, price, cost, through, wanted, j, r, source, first, targets, pred, order, counts, room)
        _pass_down(keys, tail, pred[r], order[r], counts[r], hashes)
        for i in range(first[j], first[j + 1]):
            v = targets[i]
            dist_out[i] = room[0][v] if v >= 0 and source >= 0 else np.inf
            if dist_out[i] < np.inf and v != source:
                hash_out[i] = _key(keys, tail, pred[r], hashes, v)


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
        counts[r] = _tree(
            rows, tail, price, cost, through, wanted, left, source, counts[r], pred[r], order[r], room
        )
    for i in range(first[j], first[j + 1]):
        if targets[i] >= 0:
            wanted[targets[i]] = False


@njit(cache=True, nogil=True)
def _pass_down(keys, tail, pred, order, count, hashes):  # type: ignore[no-untyped-def]
    """Hashes of the paths to all nodes in order."""
    for j in range(count):
        v = order[j]
        hashes[v] = np.uint64(0) if j == 0 else _key(keys, tail, pred, hashes, v)


@njit(cache=True, nogil=True)
def known(s, first, key):  # type: ignore[no-untyped-def]
    """Whether a list of paths holds one with this hash."""
    p = first
    while p >= 0:
        if s.hash[p] == key:
            return True
        p = s.next[p]
    return False


@njit(cache=True, nogil=True)
def add_columns(  # type: ignore[no-untyped-def]
    s, units, m, rate, base, loads, tail, low, high, sources, first, targets, market, slot, pred, dist, hashes, least
):
    """Adds the best paths of the pairs of jobs low to high that are new and cheaper than the ways of their market.

    least: (q,) cost of the best known way of a market, lowered to what is found.
    """
    for j in range(low, high):
        for i in range(first[j], first[j + 1]):
            q = market[i]
            if dist[i] >= least[q]:
                continue
            if not known(s, m.first[q], hashes[i]) and _is_cheaper(s, units, m, rate, q, dist[i]):
                s, units = add_path(
                    s, units, m.first, q, i, base, hashes[i], pred[slot[j]], tail, sources[j], targets[i], loads
                )
            least[q] = dist[i]
    return s, units


@njit(cache=True, nogil=True)
def _is_cheaper(s, units, m, rate, q, dist):  # type: ignore[no-untyped-def]
    """Whether a cost beats every known way of a market by more than rounding."""
    limit = dist + 1e-14 * abs(dist)
    p = m.first[q]
    while p >= 0:
        if path_cost(s, units, rate, p) <= limit:
            return False
        p = s.next[p]
    if m.stay[q] > 0:
        return stay_cost(m.stay[q], m.x[q], m.volume[q], m.a[q], m.b[q], m.c[q])[0] > limit
    return True


@njit(cache=True, nogil=True)
def gap_of(s, units, m, rate, least, hashes):  # type: ignore[no-untyped-def]
    """What users could save by the best ways, at these rates, and what they pay.

    least: (q,) cost of the best way found; hashes: (p,) of the best paths. A market whose only path is the best one
    found saves nothing, without a sum.
    """
    gap, paid = 0.0, 0.0
    for q in range(m.first.size):
        p = m.first[q]
        best = least[q]
        going = 0.0
        if m.stay[q] > 0:
            cost, _ = stay_cost(m.stay[q], m.x[q], m.volume[q], m.a[q], m.b[q], m.c[q])
            best = min(best, cost)
            if m.x[q] > 0.0:
                gap += m.x[q] * (cost - best)
                paid += m.x[q] * cost
        elif p >= 0 and s.next[p] < 0 and hashes[s.pair[p]] == s.hash[p]:
            paid += s.x[p] * best
            continue
        while p >= 0:
            if s.x[p] > 0.0:
                cost = path_cost(s, units, rate, p)
                gap += s.x[p] * max(cost - best, 0.0)
                paid += s.x[p] * cost
            p = s.next[p]
    return gap, paid


@njit(cache=True, nogil=True)
def start_pass(  # type: ignore[no-untyped-def]
    s, units, f, state, m, work, rows, tail, through, keys, base, loads, own, low, high, sources, first, targets,
    market, slot, pred, order, counts, price, cost, room, hashes, wanted,
):
    """Goes through the jobs low to high one after another: a tree, its new paths, and a step in every market.

    A market without a path gets its whole volume on the first. Rates are renewed at once.
    """
    for j in range(low, high):
        prices(base, state.rate, loads, own, price)
        for i in range(rows[2].size):
            cost[i] = price[rows[2][i]]
        r = slot[j]
        _grown(rows, tail, price, cost, through, wanted, j, r, sources[j], first, targets, pred, order, counts, room)
        _pass_down(keys, tail, pred[r], order[r], counts[r], hashes)
        for i in range(first[j], first[j + 1]):
            q, v = market[i], targets[i]
            if v >= 0 and room[0][v] < np.inf:
                key = _key(keys, tail, pred[r], hashes, v) if v != sources[j] else np.uint64(0)
                empty = m.first[q] < 0
                if not known(s, m.first[q], key):
                    s, units = add_path(
                        s, units, m.first, q, i, base, key, pred[r], tail, sources[j], v, loads
                    )
                    if empty and m.stay[q] == 0:
                        s.x[m.first[q]] = m.volume[q]
                        load(s, units, f, state, m.first[q], m.volume[q])
            if m.first[q] >= 0 and (m.stay[q] > 0 or s.next[m.first[q]] >= 0):
                balance(s, units, f, state, m, work, q)
    return s, units
