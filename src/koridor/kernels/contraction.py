"""A smaller graph with the same shortest ways between the nodes that matter.

A node at which no way begins or ends is taken out wherever the arcs that then stand for the ways through it are no more
than those that go with it: stations along a line, dead ends, states in which nothing begins. What an arc of the smaller
graph costs is the sum over the arcs that it stands for, whatever the costs are, so that one contraction serves all
classes. After the node contraction of Geisberger, Sanders, Schultes & Delling (2008), doi:10.1007/978-3-540-68552-4_24,
without witness searches, since these need costs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from koridor.kernels.compiled import inner, kernel
from koridor.kernels.paths import take
from koridor.kernels.room import longer

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Ints32 = NDArray[np.int32]
Flags = NDArray[np.bool_]

_DEGREE_MAX = 8  # nodes with more arcs in or out stay: taking them out would only multiply arcs


@dataclass(frozen=True, slots=True)
class Contraction:
    """The smaller graph: q arcs between c nodes.

    node: (n,) number of every node of the whole graph in the smaller one, -1 where taken out. tail, head: (q,). Arc a
    stands for the arcs legs[start[a]:start[a+1]] of the whole graph, from its head back to its tail.
    """

    node: Ints
    tail: Ints
    head: Ints
    start: Ints
    legs: Ints

    @property
    def nodes(self) -> int:
        """Number of nodes left."""
        return int(self.node.max(initial=-1)) + 1

    def sums(self, value: Floats) -> Floats:
        """Sum (q,) of value (m,) over the arcs that each arc stands for."""
        return np.add.reduceat(value[self.legs], self.start[:-1]) if len(self.tail) else np.empty(0)

    def bits(self, mark: Ints) -> Ints:
        """Bits (q,) of mark (m,) that any of the arcs that each arc stands for has."""
        return np.bitwise_or.reduceat(mark[self.legs], self.start[:-1]) if len(self.tail) else np.empty(0, np.int64)

    def whole(self, start: Ints, arcs: Ints32) -> tuple[Ints, Ints32]:
        """Paths over the whole graph (start, arcs) for paths over the smaller one, all from target to source."""
        out_start = np.zeros(len(start), dtype=np.int64)
        _measure(start, arcs, self.start, out_start)
        out = np.empty(out_start[-1], dtype=np.int32)
        take(self.start, self.legs, arcs, out)
        return out_start, out

    def short(self, tail: Ints, start: Ints, arcs: Ints32) -> tuple[Ints, Ints32, Flags]:
        """The reverse of `whole`: paths over the smaller graph, and which of them (r,) there are; others are empty.

        tail: (m,) of the arcs of the whole graph.
        """
        key = np.random.default_rng(0).integers(1, 2**62, len(tail))  # a sum tells apart what arcs stand for
        code = np.add.reduceat(key[self.legs], self.start[:-1]) if len(self.tail) else key[:0]
        order = np.argsort(code)
        out_start, out, found = (
            np.zeros(len(start), np.int64),
            np.empty(len(arcs), np.int32),
            np.empty(len(start) - 1, bool),
        )
        arcs = arcs.astype(np.int32, copy=False)  # one kind, one compiled kernel
        used = _parse(start, arcs, tail, self.node, key, code[order], order, out_start, out, found)
        return out_start, out[:used], found


def contract(tail: Ints, head: Ints, usable: Flags, keep: Flags, *, apart: Flags | None = None) -> Contraction:
    """Contraction of the graph of the `usable` (m,) arcs, in which the nodes of `keep` (n,) stay.

    Shortest ways between nodes that stay cost the same as in the whole graph, whatever the costs of its arcs, none of
    which may be negative. O(m) where few nodes have many arcs. Every usable arc marked in `apart` (m,) that is no loop
    stays part of just one arc, in which there is no other that is.
    """
    arcs = np.flatnonzero(usable)
    lone = np.zeros(len(arcs), dtype=np.bool_) if apart is None else apart[arcs]
    ends, parts, alive = _take_out(tail[arcs], head[arcs], keep, lone)
    left = np.flatnonzero(alive)
    start, legs = _spelled(left, parts, len(arcs))
    stays = keep.copy()
    stays[ends[left].ravel()] = True
    node = np.where(stays, np.cumsum(stays) - 1, -1)
    return Contraction(node, node[ends[left, 0]], node[ends[left, 1]], start, arcs[legs])


@kernel
def _take_out(tail, head, keep, apart):  # type: ignore[no-untyped-def]
    """Ends (a, 2) and parts (a, 2: the two arcs that an arc stands for, -1 where it is its own) of all arcs ever made,
    the given ones first, and whether each is left.
    """
    n, m, room = keep.size, tail.size, 2 * tail.size + 16
    ends, parts, alive = np.empty((room, 2), np.int64), np.full((room, 2), -1), np.zeros(room, np.bool_)
    lone = np.zeros(room, np.bool_)
    lone[:m] = apart
    first, following = np.full((n, 2), -1), np.full((room, 2), -1)  # arcs of each node, by the end that lies there
    made = 0
    for a in range(m):
        made = _add(tail[a], head[a], -1, -1, ends, parts, alive, first, following, made)
    out, into = np.empty(_DEGREE_MAX, np.int64), np.empty(_DEGREE_MAX, np.int64)
    ends_only, changed = True, True  # dead ends go first, or the ways into them and back would be arcs
    while changed or ends_only:
        ends_only = ends_only and changed
        changed = False
        for v in range(n):
            if keep[v] or (first[v, 0] < 0 and first[v, 1] < 0):
                continue
            leave, enter = _arcs_of(v, 0, alive, first, following, out), _arcs_of(v, 1, alive, first, following, into)
            if leave > _DEGREE_MAX or enter > _DEGREE_MAX:
                continue
            through = _through(into[:enter], out[:leave], ends, lone)
            if through < 0 or through > leave + enter or (ends_only and through > 0):
                continue
            if made + through > alive.size:
                room = 2 * (made + through)
                ends, parts = longer(ends, room), longer(parts, room)
                following, alive, lone = longer(following, room), longer(alive, room), longer(lone, room)
            for i in range(enter):
                for j in range(leave):
                    a, b = into[i], out[j]
                    if ends[a, 0] != ends[b, 1]:
                        lone[made] = lone[a] or lone[b]
                        made = _add(ends[a, 0], ends[b, 1], a, b, ends, parts, alive, first, following, made)
            for i in range(enter):
                alive[into[i]] = False
            for j in range(leave):
                alive[out[j]] = False
            first[v] = -1
            changed = True
    return ends[:made], parts[:made], alive[:made]


@inner
def _through(into, out, ends, lone):  # type: ignore[no-untyped-def]
    """Ways through a node that do not lead back at once; -1 where an arc that is `lone` would not be in just one."""
    through = 0
    for a in into:
        mine = 0
        for b in out:
            if ends[a, 0] != ends[b, 1]:
                mine += 1
                if lone[a] and lone[b]:
                    return -1
        if lone[a] and mine != 1:
            return -1
        through += mine
    for b in out:
        if lone[b]:
            mine = 0
            for a in into:
                mine += ends[a, 0] != ends[b, 1]
            if mine != 1:
                return -1
    return through


@inner
def _add(tail, head, a, b, ends, parts, alive, first, following, made):  # type: ignore[no-untyped-def]
    """Puts down an arc made of a and b, and returns how many arcs there are."""
    ends[made, 0], ends[made, 1] = tail, head
    parts[made, 0], parts[made, 1] = a, b
    alive[made] = tail != head
    for side in range(2):
        v = ends[made, side]
        following[made, side] = first[v, side]
        first[v, side] = made
    return made + 1


@inner
def _arcs_of(v, side, alive, first, following, found):  # type: ignore[no-untyped-def]
    """Fills found with the arcs that leave (side 0) or reach (1) node v and returns their number, at most one too many;
    forgets those that are gone.
    """
    count, before, arc = 0, -1, first[v, side]
    while arc >= 0:
        after = following[arc, side]
        if not alive[arc]:
            if before < 0:
                first[v, side] = after
            else:
                following[before, side] = after
        else:
            if count == found.size:
                return count + 1
            found[count] = arc
            count += 1
            before = arc
        arc = after
    return count


@kernel
def _spelled(left, parts, given):  # type: ignore[no-untyped-def]
    """The given arcs that each arc left stands for, from head to tail: legs[start[i]:start[i+1]]."""
    start, legs = np.zeros(left.size + 1, np.int64), np.empty(4 * given + 64, np.int64)
    stack = np.empty(given + 1, np.int64)
    used = 0
    for i in range(left.size):
        stack[0], depth = left[i], 1
        while depth > 0:
            depth -= 1
            a = stack[depth]
            if a < given:
                if used == legs.size:
                    legs = longer(legs, 2 * used)
                legs[used] = a
                used += 1
            else:
                stack[depth], stack[depth + 1] = parts[a, 0], parts[a, 1]
                depth += 2
        start[i + 1] = used
    return start, legs[:used]


@inner
def _measure(start, arcs, first, out_start):  # type: ignore[no-untyped-def]
    """Fills out_start (r+1) with where each path begins when its arcs are spelled out."""
    used = 0
    for r in range(start.size - 1):
        for i in range(start[r], start[r + 1]):
            used += first[arcs[i] + 1] - first[arcs[i]]
        out_start[r + 1] = used


@kernel
def _parse(start, arcs, tail, node, key, codes, order, out_start, out, found):  # type: ignore[no-untyped-def]
    """Fills out with the arcs whose codes, sorted in `codes`, are the sums of the keys of the legs between nodes that
    stay; returns how many there are.
    """
    likely = np.zeros(tail.size, np.int64)  # by the last leg of an arc: where its code was found before
    used = 0
    for r in range(start.size - 1):
        code, at, found[r] = np.int64(0), used, True
        for i in range(start[r], start[r + 1]):
            code += key[arcs[i]]
            if node[tail[arcs[i]]] < 0:
                continue
            q = likely[arcs[i]]
            if q == codes.size or codes[q] != code:
                q = np.searchsorted(codes, code)
                if q == codes.size or codes[q] != code:
                    found[r] = False
                    break
                likely[arcs[i]] = q
            out[at] = order[q]
            at += 1
            code = np.int64(0)
        if code != 0:
            found[r] = False
        if found[r]:
            used = at
        out_start[r + 1] = used
    return used
