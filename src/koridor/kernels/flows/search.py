"""Finding new paths: trees at the rates in force, for all sources of a class.

A hash of its arcs, passed down the tree, tells whether a path is known without walking along it.
"""

from __future__ import annotations

import numpy as np

from koridor.kernels.compiled import inner, kernel
from koridor.kernels.flows.problem import LOAD, RATE, SLOPE, STAY, STAYING, WHOLE, A
from koridor.kernels.flows.shift import balance, has_choice, path_cost, rate_at, shed
from koridor.kernels.flows.stay import FIXED, worth
from koridor.kernels.flows.store import ARC_AT, ARC_END, HASH, NEXT, PAIR, X, add_path
from koridor.kernels.trees import grow, regrow


@kernel
def arc_keys(arcs):  # type: ignore[no-untyped-def]
    """A number of 64 bits for every arc (splitmix64: Steele, Lea & Flood 2014, doi:10.1145/2714064.2660195)."""
    keys = np.empty(arcs, np.int64)
    for a in range(arcs):
        z = np.uint64(a + 1) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        keys[a] = np.int64(z ^ (z >> np.uint64(31)))
    return keys


@kernel
def renumber(indptr, head, through, sources, targets, number):  # type: ignore[no-untyped-def]
    """Numbers the nodes that ways from the sources to the targets can use, breadth first, -1 for others; how many.

    Neighbours get numbers that are near, so that what is kept by node stays near (Cuthill & McKee 1969,
    doi:10.1145/800195.805928).
    """
    is_target, passed, queue = np.zeros(number.size, np.bool_), through.copy(), np.empty(number.size, np.int64)
    for v in targets:
        if v >= 0:
            is_target[v] = True
    for v in sources:
        if v >= 0:
            passed[v] = True
    count = 0
    for source in sources:
        if source < 0 or number[source] >= 0:
            continue
        at = count
        number[source], queue[count] = count, source
        count += 1
        while at < count:
            v = queue[at]
            at += 1
            if not passed[v]:
                continue
            for i in range(indptr[v], indptr[v + 1]):
                w = head[i]
                if number[w] < 0 and (passed[w] or is_target[w]):
                    number[w], queue[count] = count, w
                    count += 1
    return count


@inner
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


@inner
def _tree(rows, tail, price, cost, through, wanted, left, source, count, pred, order, room):  # type: ignore[no-untyped-def]
    """A tree from `source`, grown again where there is one; returns the number of nodes in order."""
    dist, place, heap, fresh = room
    if count > 0:
        return regrow(
            rows[0], rows[1], rows[2], cost, tail, price, through, source, dist, pred, order, count, place, heap, fresh,
            False,
        )  # fmt: skip
    return grow(rows[0], rows[1], rows[2], cost, tail, through, wanted, left, source, dist, pred, order, place, heap)


@inner
def _key(keys, tail, pred, hashes, v, source):  # type: ignore[no-untyped-def]
    """Hash of the path to v, from that of the node before it; 0 at the source."""
    if v == source:
        return np.int64(0)
    a = np.uintp(pred[v])
    return hashes[np.uintp(tail[a])] ^ keys[a]


@kernel
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


@inner
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


@inner
def _pass_down(keys, tail, pred, order, count, hashes):  # type: ignore[no-untyped-def]
    """Hashes of the paths to all nodes in order."""
    for j in range(count):
        v = np.uintp(order[j])
        hashes[v] = _key(keys, tail, pred, hashes, v, np.uintp(order[0]))


@inner
def known(s, first, pair, key):  # type: ignore[no-untyped-def]
    """Whether a list of paths holds one of this pair with this hash; other pairs may use the same arcs."""
    p = first
    while p >= 0:
        if s.info[p, HASH] == key and s.info[p, PAIR] == pair:
            return True
        p = s.info[p, NEXT]
    return False


@inner
def columns(s, m, low, high, first, market, dist, hashes, least, found):  # type: ignore[no-untyped-def]
    """Fills `found` with the pairs of jobs low to high whose best path is new, and the best of their market so far.

    least: (q,) cost of the best way of a market so far, lowered to what is found. Returns how many there are.
    """
    count = 0
    for i in range(first[low], first[high]):
        q = market[i]
        if dist[i] < least[q]:
            least[q] = dist[i]
            if not known(s, m.first[q], i, hashes[i]):
                found[count] = i
                count += 1
    return count


@inner
def take(  # type: ignore[no-untyped-def]
    s,
    f,
    state,
    m,
    work,
    base,
    loads,
    tail,
    job,
    sources,
    targets,
    market,
    slot,
    pred,
    dist,
    hashes,
    found,
    at,
    more,
    many,
    at_once,
    slight,
):
    """Adds the best paths of the pairs found[at:] that are still cheaper than the ways of their market.

    Where rates are renewed `at_once`, the market takes a step, so that of many pairs that share a new way only those
    get it that still gain by it. A market that would save no more than `slight` by the way as it was found, at a cost
    of dist (p,), is passed over. many: (q,) is set for those that get one, and where staying at a fixed loss is as good
    as any known path. Returns where it ended: the end, or a pair for whose path, of the size more (3,), there is no
    room.
    """
    while at < found.size:
        i = found[at]
        j, q, v = job[i], market[i], targets[i]
        least = _least(s, m, state, q)
        many[q] = many[q] or (m.table[q, STAY] == FIXED and m.table[q, A] <= least)
        if least == np.inf or (least - dist[i]) * m.table[q, WHOLE] > slight:
            cost = _walk(base, state, loads, s.units.size == 0, tail, pred[slot[j]], sources[j], v, more)
            if _is_less(cost, least):
                if not _fits(s, more):
                    break
                add_path(s, m.first, q, i, base, hashes[i], pred[slot[j]], tail, sources[j], v, loads)
                many[q] = True
                if at_once:
                    shed(s, f, state, m, work, q, m.first[q], cost)
        at += 1
    return at


@inner
def _walk(base, state, loads, own, tail, pred, source, v, more):  # type: ignore[no-untyped-def]
    """Cost of the path to v at the rates of the state; its size is put in `more`: (paths, arcs, items)."""
    total, arcs, items = 0.0, 0, 0
    while v != source:
        a = np.uintp(pred[v])
        total += base[a]
        if own:
            total += state[a, RATE]
        else:
            for j in range(loads[0][a], loads[0][a + 1]):
                total += state[loads[1][j], RATE] * loads[2][j]
            items += loads[0][a + 1] - loads[0][a]
        arcs += 1
        v = tail[a]
    more[0], more[1], more[2] = 1, arcs, items
    return total


@inner
def _least(s, m, state, q):  # type: ignore[no-untyped-def]
    """Cost of the cheapest way that market q knows, staying included; inf for none."""
    least = np.inf
    p = m.first[q]
    while p >= 0:
        least = min(least, path_cost(s, state, p))
        p = s.info[p, NEXT]
    if m.table[q, STAY] > 0:
        least = min(least, worth(m, q, m.table[q, STAYING])[0])
    return least


@inner
def _is_less(cost, least):  # type: ignore[no-untyped-def]
    """Whether a cost is below the least one, beyond rounding."""
    return least > cost + 1e-14 * abs(cost)


@inner
def sums_of(m, least, many):  # type: ignore[no-untyped-def]
    """What all would pay by the best ways, at a cost of least (q,), and what those pay who stay, where staying is NEVER
    or FIXED.

    many: (q,) is set too where staying matters to a market with one path, and taken off where there is none.
    """
    total, stayed = 0.0, 0.0
    for q in range(m.first.size):
        best, loss = least[q], m.table[q, A]
        if m.table[q, STAY] == FIXED:
            stayed += m.table[q, STAYING] * loss
            many[q] = many[q] or m.table[q, STAYING] > 0.0 or loss < best < np.inf
            best = min(best, loss)
        many[q] = many[q] and m.first[q] >= 0
        if best < np.inf and m.table[q, WHOLE] > 0.0:
            total += m.table[q, WHOLE] * best
    return total, stayed


@inner
def gap_of(s, m, state, least, dist, hashes, many, stays):  # type: ignore[no-untyped-def]
    """What users could save by the best ways at these rates, and what those pay who stay, path by path.

    least: (q,) cost of the best way found; dist, hashes: (p,) of the best paths. A market whose only path is the best
    one found, and where nobody stays, saves nothing, without a sum. many: (q,) is set to whether more than one way
    matters. stays: whether there are markets where some may stay.
    """
    gap, stayed = 0.0, 0.0
    for q in range(m.first.size):
        p, best = m.first[q], least[q]
        only = p >= 0 and s.info[p, NEXT] < 0
        is_best = only and hashes[s.info[p, PAIR]] == s.info[p, HASH] and dist[s.info[p, PAIR]] <= best
        if not stays and is_best:
            many[q] = False
            continue
        staying, cost = m.table[q, STAYING], np.inf
        if m.table[q, STAY] > 0:
            cost, _ = worth(m, q, staying)
            best = min(best, cost)
        if staying <= 0.0 and is_best and least[q] == best:
            many[q] = best > m.table[q, A] if m.table[q, STAY] == FIXED else m.table[q, STAY] > 0.0
            continue
        if best < np.inf and staying > 0.0:
            gap += staying * (cost - best)
            stayed += staying * cost
        cost = np.inf
        while p >= 0:
            if s.flow[p, X] > 0.0 or only:
                cost = path_cost(s, state, p)
            if s.flow[p, X] > 0.0 and best < np.inf:  # else nobody can go, and staying has no finite worth
                gap += s.flow[p, X] * max(cost - best, 0.0)
            p = s.info[p, NEXT]
        many[q] = has_choice(s, m, q, cost)
    return gap, stayed


@kernel
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
    many,
):
    """Goes through the jobs low to high one after another: a tree, its new paths, and a step in every market.

    A market without a path gets its whole volume on the first. Rates are renewed at once. many: (q,) is set for those
    that get another path. Returns the job at which it ended: high, or one for whose paths the store has no room, with
    what it needs in more (3,).
    """
    n, own = through.size, s.units.size == 0
    room = np.empty(n), np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32)
    hashes, wanted, long, flow = np.zeros(n, np.int64), np.zeros(n, np.bool_), np.zeros((n, 2), np.int64), np.zeros(n)
    price, cost, size = np.empty(base.size), np.empty(rows[2].size), np.empty(3, np.int64)
    most = 0
    for j in range(low, high):
        most = max(most, first[j + 1] - first[j])
    chosen, fresh = np.empty(most, np.int64), np.empty(most, np.bool_)
    for j in range(low, high):
        prices(base, state, loads, own, price)
        for i in range(rows[2].size):
            cost[i] = price[rows[2][i]]
        r, source, dist = slot[j], sources[j], room[0]
        _grown(rows, tail, price, cost, through, wanted, j, r, source, first, targets, pred, order, counts, room)
        _pass_down(keys, tail, pred[r], order[r], counts[r], hashes)
        _measure(loads, own, tail, pred[r], order[r], counts[r], long)
        more[:] = 0
        busy = 0
        for i in range(first[j], first[j + 1]):
            v, p = targets[i], m.first[market[i]]
            reach = dist[v] if v >= 0 else np.inf
            is_new = reach < np.inf and not known(s, p, i, _key(keys, tail, pred[r], hashes, v, source))
            if is_new and v != source:
                before = tail[pred[r][v]]
                more[0] += 1
                more[1] += long[before, 0] + 1
                more[2] += long[before, 1] + (0 if own else loads[0][pred[r][v] + 1] - loads[0][pred[r][v]])
            elif is_new:
                more[0] += 1
            if is_new or has_choice(s, m, market[i], reach):
                chosen[busy], fresh[busy] = i, is_new
                busy += 1
        if not _fits(s, more):
            return j
        begun = False
        for at in range(busy):
            i = chosen[at]
            q, v = market[i], targets[i]
            if fresh[at] and m.first[q] < 0:
                key = _key(keys, tail, pred[r], hashes, v, source)
                add_path(s, m.first, q, i, base, key, pred[r], tail, source, v, loads)
                if m.table[q, STAY] == FIXED and dist[v] < m.table[q, A]:
                    m.table[q, STAYING] = 0.0
                if m.table[q, STAYING] == 0.0:
                    s.flow[m.first[q], X] = m.table[q, WHOLE]
                    begun = _send(f, state, loads, own, through, tail, pred[r], source, v, m.table[q, WHOLE], flow)
                fresh[at] = False
        if begun:
            _hand_back(f, state, loads, own, tail, pred[r], order[r], counts[r], flow)
        for at in range(busy):
            i = chosen[at]
            q, v = market[i], targets[i]
            if fresh[at] and _is_less(
                _walk(base, state, loads, own, tail, pred[r], source, v, size), _least(s, m, state, q)
            ):
                many[q] = True
                key = _key(keys, tail, pred[r], hashes, v, source)
                add_path(s, m.first, q, i, base, key, pred[r], tail, source, v, loads)
            if has_choice(s, m, q, dist[v] if v >= 0 else np.inf):
                balance(s, f, state, m, work, q)
    return high


@inner
def _measure(loads, own, tail, pred, order, count, long):  # type: ignore[no-untyped-def]
    """Arcs and items (n, 2) of the paths to all nodes in order."""
    if count > 0:
        long[order[0]] = 0
    for j in range(1, count):
        a = pred[order[j]]
        long[order[j], 0] = long[tail[a], 0] + 1
        long[order[j], 1] = long[tail[a], 1] + (0 if own else loads[0][a + 1] - loads[0][a])


@inner
def _send(f, state, loads, own, through, tail, pred, source, v, volume, flow):  # type: ignore[no-untyped-def]
    """Notes a volume on its way to v in flow (n,), from which `_hand_back` loads the arcs; dead ends are loaded now."""
    if v != source and not through[v]:
        _load_arc(f, state, loads, own, pred[v], volume)
        v = tail[pred[v]]
    flow[v] += volume
    return True


@inner
def _hand_back(f, state, loads, own, tail, pred, order, count, flow):  # type: ignore[no-untyped-def]
    """Loads the arcs of a tree with the volumes noted at its nodes, and clears these."""
    for j in range(count - 1, 0, -1):
        v = order[j]
        if flow[v] > 0.0:
            _load_arc(f, state, loads, own, pred[v], flow[v])
            flow[tail[pred[v]]] += flow[v]
            flow[v] = 0.0
    flow[order[0]] = 0.0


@inner
def _load_arc(f, state, loads, own, a, volume):  # type: ignore[no-untyped-def]
    """Adds a volume to what an arc loads, and renews the rates."""
    if own:
        state[a, LOAD] += volume
        state[a, RATE], state[a, SLOPE] = rate_at(f, a, state[a, LOAD])
        return
    for j in range(loads[0][a], loads[0][a + 1]):
        e = loads[1][j]
        state[e, LOAD] += volume * loads[2][j]
        state[e, RATE], state[e, SLOPE] = rate_at(f, e, state[e, LOAD])


@inner
def _fits(s, more):  # type: ignore[no-untyped-def]
    """Whether the store has room for so many more paths, arcs and items."""
    used = s.used
    return used[0] + more[0] <= len(s.info) and used[1] + more[1] <= s.arcs.size and used[2] + more[2] <= s.items.size


@kernel
def paths_of(s):  # type: ignore[no-untyped-def]
    """Pair, flow, start and arcs of all paths with flow, in the order in which they were added.

    The arcs are moved together where they are, which ends the use of the store: a copy would take as much again.
    """
    count = 0
    for p in range(s.used[0]):
        count += s.flow[p, X] > 0.0
    pair, flow, start = np.empty(count, np.int64), np.empty(count), np.zeros(count + 1, np.int64)
    count, length = 0, 0
    for p in range(s.used[0]):
        if s.flow[p, X] > 0.0:
            pair[count], flow[count] = s.info[p, PAIR], s.flow[p, X]
            for i in range(s.info[p, ARC_AT], s.info[p, ARC_END]):
                s.arcs[length] = s.arcs[i]
                length += 1
            count += 1
            start[count] = length
    return pair, flow, start, s.arcs[:length]


@kernel
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


@inner
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
