"""Best ways of very many pairs over one cost: contraction hierarchies.

Nodes are taken out of the network one by one, the least important first, and wherever a best way led through one a
shortcut is laid. A best way then climbs from both ends to ever more important nodes and meets at the top: Geisberger,
Sanders, Schultes & Vetter (2012), doi:10.1287/trsc.1110.0401. What each node reaches by climbing is kept as its label,
so that a way is found by merging two labels, without a search: Abraham, Delling, Goldberg & Werneck (2011),
doi:10.1007/978-3-642-20662-7_20. Building costs about as much as some thousand searches.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from koridor.kernels.compiled import inner, kernel
from koridor.kernels.heap import pop, push
from koridor.kernels.paths import Floats, Ints, rows
from koridor.kernels.room import longer

SETTLED_MAX = 40  # nodes that a search for a way round may settle; fewer mean more shortcuts, never a wrong way
DEEP = 1.0  # weight of how many nodes below a node are gone already: keeps the hierarchy flat


@dataclass(frozen=True, slots=True)
class Labels:
    """What each node reaches by climbing, in the order of nodes: node v has the entries start[v] up to start[v+1].

    node, cost: (e,) which, and for how much. step, before: (e,) the last step there and the entry that it comes from,
    -1 of the node itself.
    """

    start: Ints
    node: Ints
    cost: Floats
    step: Ints
    before: Ints

    @classmethod
    def of(cls, tail: Ints, head: Ints, cost: Floats, steps: Ints, nodes: int) -> Labels:
        """The labels by these steps, all of which climb from tail to head."""
        start, ends, order = rows(tail[steps], head[steps], nodes)
        return cls(*_labels(start, ends, steps[order], cost[steps[order]]))

    @property
    def arrays(self) -> tuple[Ints, Ints, Floats, Ints, Ints]:
        """All of it, as kernels take it."""
        return self.start, self.node, self.cost, self.step, self.before


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """A network made ready. Steps are arcs of it or shortcuts over two steps.

    left, right: (s,) the steps that a shortcut stands for; of an arc its number and -1. up, down: labels of what a node
    reaches climbing, and of what reaches it from above.
    """

    left: Ints
    right: Ints
    up: Labels
    down: Labels

    @classmethod
    def of(cls, tail: Ints, head: Ints, cost: Floats, nodes: int) -> Hierarchy:
        """The hierarchy of the arcs whose cost is finite; costs are not negative. 32 bytes an entry of labels."""
        use = np.flatnonzero(np.isfinite(cost) & (tail != head))
        rank, step_tail, step_head, left, right, price = _build(
            tail[use].astype(np.int64), head[use].astype(np.int64), cost[use].astype(np.float64), nodes, SETTLED_MAX
        )
        left = np.where(right < 0, use[np.minimum(left, len(use) - 1)] if len(use) else left, left)
        order = np.lexsort((price, step_head, step_tail))
        first = np.ones(len(order), dtype=bool)  # of steps between the same nodes the cheapest
        first[1:] = (np.diff(step_tail[order]) != 0) | (np.diff(step_head[order]) != 0)
        kept = order[first]
        climbs = rank[step_tail[kept]] < rank[step_head[kept]]
        up, down = kept[climbs], kept[~climbs]
        return cls(
            left,
            right,
            Labels.of(step_tail, step_head, price, up, nodes),
            Labels.of(step_head, step_tail, price, down, nodes),
        )

    def paths(self, sources: Ints, targets: Ints) -> tuple[Floats, Ints, Ints]:
        """Cost (p,) of each pair, inf without a way; way i is arcs[start[i]:start[i+1]], in order."""
        pairs = (np.ascontiguousarray(ends, dtype=np.int64) for ends in (sources, targets))
        return _paths(self.left, self.right, *self.up.arrays, *self.down.arrays, *pairs)


@kernel
def _build(tail, head, cost, nodes, settled_max):  # type: ignore[no-untyped-def]
    """Ranks of nodes, and all steps with their parts."""
    count, size = tail.size, max(2 * tail.size, 16)
    tail, head, cost = longer(tail, size), longer(head, size), longer(cost, size)
    left, right, dead = np.arange(size), np.full(size, -1, np.int64), np.zeros(size, np.bool_)
    out_next, in_next = np.full(size, -1, np.int64), np.full(size, -1, np.int64)
    out_first, in_first = np.full(nodes, -1, np.int64), np.full(nodes, -1, np.int64)
    for a in range(count):
        out_next[a], in_next[a] = out_first[tail[a]], in_first[head[a]]
        out_first[tail[a]], in_first[head[a]] = a, a
    rank, depth = np.full(nodes, -1, np.int64), np.zeros(nodes, np.int64)
    dist, seen = np.empty(nodes), np.zeros(nodes, np.int64)
    keys, heap = np.empty(4 * nodes + size + 16), np.empty(4 * nodes + size + 16, np.int64)
    order, first = np.empty(2 * nodes + 1), np.empty(2 * nodes + 1, np.int64)
    found = np.empty((64, 4), np.int64)
    tick, held = 0, 0
    for v in range(nodes):
        found, shortcuts, gone, tick = _round(
            v, tail, head, cost, out_first, out_next, in_first, in_next, rank, dist, seen, keys, heap, tick,
            settled_max, found,
        )  # fmt: skip
        push(order, first, held, float(shortcuts - gone), v)
        held += 1
    next_rank = 0
    while held > 0:
        v = first[0]
        held -= 1
        pop(order, first, held)
        found, shortcuts, gone, tick = _round(
            v, tail, head, cost, out_first, out_next, in_first, in_next, rank, dist, seen, keys, heap, tick,
            settled_max, found,
        )  # fmt: skip
        key = float(shortcuts - gone) + DEEP * depth[v]
        if held > 0 and key > order[0]:
            push(order, first, held, key, v)
            held += 1
            continue
        rank[v] = next_rank
        next_rank += 1
        if count + shortcuts > size:
            size = 2 * (count + shortcuts)
            tail, head, cost = longer(tail, size), longer(head, size), longer(cost, size)
            left, right, dead = longer(left, size), longer(right, size), longer(dead, size)
            out_next, in_next = longer(out_next, size), longer(in_next, size)
            keys, heap = np.empty(4 * nodes + size + 16), np.empty(4 * nodes + size + 16, np.int64)
        for i in range(shortcuts):
            a, b = found[i, 0], found[i, 1]
            x, y = tail[a], head[b]
            price, known, same = cost[a] + cost[b], False, out_first[x]
            while same >= 0:  # of steps between the same nodes the cheapest stays
                if head[same] == y and not dead[same]:
                    known = known or cost[same] <= price
                    dead[same] = cost[same] > price
                same = out_next[same]
            if known:
                continue
            tail[count], head[count], cost[count] = x, y, price
            left[count], right[count], dead[count] = a, b, False
            out_next[count], in_next[count] = out_first[x], in_first[y]
            out_first[x], in_first[y] = count, count
            count += 1
        for ends, starts, links in ((head, out_first, out_next), (tail, in_first, in_next)):
            a = starts[v]
            while a >= 0:
                depth[ends[a]] = max(depth[ends[a]], depth[v] + 1)
                _weed(ends[a], head, out_first, out_next, rank, dead)
                _weed(ends[a], tail, in_first, in_next, rank, dead)
                a = links[a]
    return (
        rank,
        tail[:count].copy(),
        head[:count].copy(),
        left[:count].copy(),
        right[:count].copy(),
        cost[:count].copy(),
    )


@inner
def _weed(node, ends, first, following, rank, dead):  # type: ignore[no-untyped-def]
    """Takes out of a node's list the steps that are dead or end at a node that is gone."""
    last, a = -1, first[node]
    while a >= 0:
        if dead[a] or rank[ends[a]] >= 0:
            if last < 0:
                first[node] = following[a]
            else:
                following[last] = following[a]
        else:
            last = a
        a = following[a]


@kernel
def _round(  # type: ignore[no-untyped-def]
    v, tail, head, cost, out_first, out_next, in_first, in_next, rank, dist, seen, keys, heap, tick, settled_max, found
):
    """Pairs of steps through v for which no way round is known to be as short, and how many steps end at v."""
    shortcuts, gone, farthest = 0, 0, 0.0
    b = out_first[v]
    while b >= 0:
        if rank[head[b]] < 0:
            gone += 1
            farthest = max(farthest, cost[b])
        b = out_next[b]
    a = in_first[v]
    while a >= 0:
        u = tail[a]
        if rank[u] < 0:
            gone += 1
            tick += 1
            _reach(
                u,
                v,
                cost[a] + farthest,
                head,
                cost,
                out_first,
                out_next,
                rank,
                dist,
                seen,
                keys,
                heap,
                tick,
                settled_max,
            )
            b = out_first[v]
            while b >= 0:
                w = head[b]
                if rank[w] < 0 and w != u and (seen[w] != tick or dist[w] > cost[a] + cost[b]):
                    if shortcuts == found.shape[0]:
                        more = np.empty((2 * shortcuts, 4), np.int64)
                        more[:shortcuts] = found
                        found = more
                    found[shortcuts, 0], found[shortcuts, 1] = a, b
                    shortcuts += 1
                    if seen[w] != tick or dist[w] > cost[a] + cost[b]:  # a dearer step between the two needs none
                        seen[w], dist[w] = tick, cost[a] + cost[b]
                b = out_next[b]
        a = in_next[a]
    return found, shortcuts, gone, tick


@inner
def _reach(  # type: ignore[no-untyped-def]
    source, without, limit, head, cost, out_first, out_next, rank, dist, seen, keys, heap, tick, settled_max
):
    """Distances from a node without passing another, up to a limit and a number of nodes; those of this tick count."""
    dist[source], seen[source] = 0.0, tick
    keys[0], heap[0], held, settled = 0.0, source, 1, 0
    while held > 0 and settled < settled_max:
        key, here = keys[0], heap[0]
        held -= 1
        pop(keys, heap, held)
        if key > dist[here]:
            continue
        if key > limit:
            return
        settled += 1
        a = out_first[here]
        while a >= 0:
            there = head[a]
            if there != without and rank[there] < 0:
                further = key + cost[a]
                if further <= limit and (seen[there] != tick or further < dist[there]):
                    dist[there], seen[there] = further, tick
                    push(keys, heap, held, further, there)
                    held += 1
            a = out_next[a]


@kernel
def _labels(ptr, ends, steps, price):  # type: ignore[no-untyped-def]
    """Labels of all nodes, from the steps upwards in rows: a small search from each, whose tree is what is kept."""
    nodes, room = ptr.size - 1, ends.size + 2
    dist, step, before, place = (
        np.full(nodes, np.inf), np.empty(nodes, np.int64), np.empty(nodes, np.int64), np.empty(nodes, np.int64),
    )  # fmt: skip
    keys, heap, met = np.empty(room), np.empty(room, np.int64), np.empty(nodes, np.int64)
    start, used, size = np.zeros(nodes + 1, np.int64), 0, 16 * nodes + 16
    node, cost, by, after = np.empty(size, np.int64), np.empty(size), np.empty(size, np.int64), np.empty(size, np.int64)
    for v in range(nodes):
        dist[v], step[v], before[v], met[0], count = 0.0, -1, -1, v, 1
        keys[0], heap[0], held = 0.0, v, 1
        while held > 0:
            key, here = keys[0], heap[0]
            held -= 1
            pop(keys, heap, held)
            if key > dist[here]:
                continue
            for i in range(ptr[here], ptr[here + 1]):
                there, further = ends[i], key + price[i]
                if further < dist[there]:
                    if dist[there] == np.inf:
                        met[count] = there
                        count += 1
                    dist[there], step[there], before[there] = further, steps[i], here
                    push(keys, heap, held, further, there)
                    held += 1
        if used + count > size:
            size = 2 * (used + count)
            node, cost, by, after = longer(node, size), longer(cost, size), longer(by, size), longer(after, size)
        reached = np.sort(met[:count])
        for i in range(count):
            place[reached[i]] = used + i
        for there in reached:
            node[used], cost[used], by[used] = there, dist[there], step[there]
            after[used] = place[before[there]] if before[there] >= 0 else -1
            dist[there] = np.inf
            used += 1
        start[v + 1] = used
    return start, node[:used].copy(), cost[:used].copy(), by[:used].copy(), after[:used].copy()


@kernel
def _paths(  # type: ignore[no-untyped-def]
    left, right, up_start, up_node, up_cost, up_step, up_before,
    down_start, down_node, down_cost, down_step, down_before, sources, targets,
):  # fmt: skip
    pairs = sources.size
    total, start = np.full(pairs, np.inf), np.zeros(pairs + 1, np.int64)
    arcs, used, stack = np.empty(32 * pairs + 64, np.int64), 0, np.empty(64, np.int64)
    for p in range(pairs):
        i, i_end = up_start[sources[p]], up_start[sources[p] + 1]
        j, j_end = down_start[targets[p]], down_start[targets[p] + 1]
        best, top, down = np.inf, -1, -1
        while i < i_end and j < j_end:
            if up_node[i] == down_node[j]:
                if up_cost[i] + down_cost[j] < best:
                    best, top, down = up_cost[i] + down_cost[j], i, j
                i, j = i + 1, j + 1
            elif up_node[i] < down_node[j]:
                i += 1
            else:
                j += 1
        total[p] = best
        held = 0
        while top >= 0 and up_step[top] >= 0:  # from the top back to the source: the first step ends uppermost
            if held == stack.size:
                stack = longer(stack, 2 * held)
            stack[held] = up_step[top]
            held, top = held + 1, up_before[top]
        arcs, used, stack = _emptied(stack, held, left, right, arcs, used)
        while down >= 0 and down_step[down] >= 0:
            stack[0] = down_step[down]
            arcs, used, stack = _emptied(stack, 1, left, right, arcs, used)
            down = down_before[down]
        start[p + 1] = used
    return total, start, arcs[:used].copy()


@kernel
def _emptied(stack, held, left, right, arcs, used):  # type: ignore[no-untyped-def]
    while held > 0:
        held -= 1
        step = stack[held]
        if right[step] < 0:
            if used == arcs.size:
                arcs = longer(arcs, 2 * used)
            arcs[used] = left[step]
            used += 1
            continue
        if held + 2 > stack.size:
            stack = longer(stack, 2 * stack.size)
        stack[held], stack[held + 1] = right[step], left[step]
        held += 2
    return arcs, used, stack
