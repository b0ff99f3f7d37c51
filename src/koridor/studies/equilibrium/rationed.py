"""Who takes which of the known ways where limits are scarce: a linear programme of very many groups and few limits.

The prices of the limits come from an interior point (`kernels.interior`). At these prices nearly all groups have one
best way; only those in doubt between several make a programme, in which groups that pay and take alike are one. HiGHS
solves it exactly, and its prices are tried on all groups: whoever would rather leave joins, until nobody would.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from koridor.kernels.interior import Ways, prices
from koridor.model.network import Flags, Floats, Ints, sums_by
from koridor.solve.lp import LpStatus, minimise

Keys = NDArray[np.uint64]

# shares of the mean of what a way saves
_SAME = 1e-10  # costs that differ by less are one
_CONTENT = 1e-8  # who gains less by leaving stays
_DOUBT = 1e-6  # a way that costs so little more may be taken
_NEAR = 1e-8  # gap of the interior point
_NOTHING = 1e-15  # share of what could be asked of a limit: with less room it has none
_FEW = 2000  # kinds of groups up to which HiGHS is quicker than the interior point
_MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@dataclass(frozen=True, slots=True)
class Offers:
    """Ways (n,) of groups, of which each has one that takes no limit, and entries (i,) of what they take.

    group, cost: (n,) of a unit of volume. way, limit, unit: (i,). volume: (g,), room: (m,) units.
    """

    group: Ints
    cost: Floats
    way: Ints
    limit: Ints
    unit: Floats
    volume: Floats
    room: Floats


@dataclass(frozen=True, slots=True)
class Shares:
    """volume: (n,) on every way. price: (m,) of a unit of every limit. cost: (g,) of a unit of volume, prices paid."""

    volume: Floats
    price: Floats
    cost: Floats


def share(offers: Offers, guess: Floats | None = None, begun: Flags | None = None) -> Shares:
    """The shares of least cost: no group could pay less at the prices, and no limit with room left has one.

    guess: (m,) prices that may be near. begun: (n,) ways that are likely to be taken. The answer depends on neither,
    but is found sooner.
    """
    n, g, m = len(offers.group), len(offers.volume), len(offers.room)
    takes = np.bincount(offers.way, minlength=n) > 0
    plain = _least(offers.cost[~takes], offers.group[~takes], g)
    asked = sums_by(offers.limit, offers.unit * offers.volume[offers.group[offers.way]], m)
    empty = offers.room <= _NOTHING * np.where(asked > 0.0, asked, 1.0)
    shut = np.zeros(n, dtype=np.bool_)
    shut[offers.way[empty[offers.limit]]] = True
    saving = plain[offers.group] - offers.cost
    keen = np.flatnonzero(takes & ~shut & (saving > 0.0) & (offers.volume[offers.group] > 0.0))
    volume, price = np.zeros(n), np.zeros(m)
    if len(keen):
        open_limit = np.flatnonzero(~empty)
        way, ways, taken = _ways(offers, keen, -saving, open_limit)
        near, known = None if guess is None else guess[open_limit], None
        if begun is not None:
            rest = np.bincount(offers.group[begun & ~takes], minlength=g) > 0
            known = begun[way], rest[offers.group[way[ways.first[:-1]]]]
        volume[way], price[open_limit] = _Programme(ways, taken).run(near, known)
    _close(offers, plain, shut, empty, price)
    free = np.flatnonzero(~takes & (offers.cost == plain[offers.group]))
    groups, at = np.unique(offers.group[free], return_index=True)
    volume[free[at]] = np.maximum(offers.volume - sums_by(offers.group, volume, g), 0.0)[groups]
    return Shares(volume, price, _least(_paid(offers, price), offers.group, g))


def _least(cost: Floats, group: Ints, size: int) -> Floats:
    out = np.full(size, np.inf)
    np.minimum.at(out, group, cost)
    return out


def _paid(offers: Offers, price: Floats) -> Floats:
    return offers.cost + sums_by(offers.way, offers.unit * price[offers.limit], len(offers.cost))


def _close(offers: Offers, plain: Floats, shut: Flags, empty: Flags, price: Floats) -> None:
    """Gives limits without any room the least price at which nobody would take them."""
    entries = shut[offers.way]
    for limit in np.unique(offers.limit[entries & empty[offers.limit]]):
        mine = np.flatnonzero(entries & (offers.limit == limit))
        paid = _paid(offers, price)
        least = np.minimum(_least(paid[~shut], offers.group[~shut], len(plain)), plain)
        way = offers.way[mine]
        price[limit] = max(0.0, float(((least[offers.group[way]] - paid[way]) / offers.unit[mine]).max()))


def _ways(offers: Offers, keen: Ints, cost: Floats, limits: Ints) -> tuple[Ints, Ways, Keys]:
    """The ways in `keen`, group by group and those of a group by what they are, so that groups that are alike have
    them in the same order; which they are, and keys of what they take.
    """
    n = len(offers.group)
    place = np.full(len(offers.room), -1)
    place[limits] = np.arange(len(limits))
    taken = _taken(offers.way, offers.limit, offers.unit, n)
    way = keen[np.lexsort((taken[keen], cost[keen], offers.group[keen]))]
    groups, first = np.unique(offers.group[way], return_index=True)
    number = np.full(n, -1)
    number[way] = np.arange(len(way))
    entry = np.flatnonzero(number[offers.way] >= 0)
    entry = entry[np.lexsort((offers.limit[entry], number[offers.way[entry]]))]
    take = np.zeros(len(way) + 1, dtype=np.int64)
    np.cumsum(np.bincount(number[offers.way[entry]], minlength=len(way)), out=take[1:])
    ways = Ways(
        np.append(first, len(way)), cost[way], take, place[offers.limit[entry]], offers.unit[entry],
        offers.volume[groups], offers.room[limits],
    )  # fmt: skip
    return way, ways, taken[way]


def _mixed(*parts: Keys) -> Keys:
    """A number of 64 bits that hardly two different rows share (splitmix64: see `kernels.flows.search`)."""
    z = np.zeros(len(parts[0]), dtype=np.uint64)
    for part in parts:
        z = (z ^ part) * _MIX[0] + _MIX[2]
        z = (z ^ (z >> np.uint64(30))) * _MIX[1]
        z = (z ^ (z >> np.uint64(27))) * _MIX[2]
        z ^= z >> np.uint64(31)
    return z


def _alike(group: Ints, size: int, cost: Floats, taken: Keys, scale: float) -> tuple[Ints, Ints]:
    """Kinds of groups that have equal ways: one group of each kind, and the kind (g,) of every group."""
    key = np.zeros(size, dtype=np.uint64)
    np.add.at(key, group, _mixed(np.round(cost / (scale * _SAME)).astype(np.int64).view(np.uint64), taken))
    _, one, of = np.unique(key, return_index=True, return_inverse=True)
    return one, of


def _taken(way: Ints, limit: Ints, unit: Floats, ways: int) -> Keys:
    """A key (n,) of what every way takes."""
    out = np.zeros(ways, dtype=np.uint64)
    np.add.at(out, way, _mixed(limit.astype(np.uint64), unit.view(np.uint64)))
    return out


class _Programme:
    """The ways of all groups, and which of them may be taken: those near the best of their group so far."""

    def __init__(self, ways: Ways, taken: Keys) -> None:
        n, g = len(ways.cost), len(ways.volume)
        self.ways = ways
        self.group, self.owner = (
            np.repeat(np.arange(g), np.diff(ways.first)),
            np.repeat(np.arange(n), np.diff(ways.take)),
        )
        self.taken = taken
        self.scale = float(np.abs(ways.cost).mean())
        self.inside = np.zeros(n, dtype=np.bool_)
        self.stays = np.zeros(g, dtype=np.bool_)  # whether the way that takes no limit is one of them
        dearest = np.zeros(len(ways.room))
        np.maximum.at(dearest, ways.limit, -ways.cost[self.owner] / ways.unit)
        self.over = 2.0 * dearest + self.scale  # a price of a limit that nobody would pay

    def run(self, guess: Floats | None, begun: tuple[Flags, Flags] | None = None) -> tuple[Floats, Floats]:
        """Volume (n,) of every way and price (m,) of every limit.

        It begins with ways (n,) that are likely to be taken, and groups (g,) that are likely to stay, or else with a
        guess of the prices, as long as few are in doubt by it; else with prices of an interior point.
        """
        volume, price, is_near = np.zeros(len(self.group)), guess, True
        if begun is not None:
            self.inside[:] = begun[0]
            self.stays[:] = begun[1] | ~np.logical_or.reduceat(begun[0], self.ways.first[:-1])
            kinds = self._kinds()
            if len(kinds[0]) <= _FEW:
                volume, price = self._exact(*kinds)
            else:
                self._forget()
        if price is None:
            price, is_near = self._guess(), False
        while self._grows(price):
            kinds = self._kinds()
            if is_near and len(kinds[0]) > _FEW:
                self._forget()
                price, is_near = self._guess(), False
                continue
            volume, price = self._exact(*kinds)
        return volume, price

    def _forget(self) -> None:
        self.inside[:], self.stays[:] = False, False

    def _guess(self) -> Floats:
        ways = self.ways
        one, of = _alike(self.group, len(ways.volume), ways.cost, self.taken, self.scale)
        count = np.diff(ways.first)[one]
        way = _runs(ways.first[one], count)
        size = np.diff(ways.take)[way]
        entry = _runs(ways.take[way], size)
        return prices(
            Ways(
                np.append(0, np.cumsum(count)), ways.cost[way], np.append(0, np.cumsum(size)), ways.limit[entry],
                ways.unit[entry], sums_by(of, ways.volume, len(one)), ways.room,
            ),
            _NEAR,
        )  # fmt: skip

    def _grows(self, price: Floats) -> bool:
        """Lets in what groups would rather take at these prices; whether that was anything."""
        ways, first = self.ways, self.ways.first[:-1]
        paid = ways.cost + sums_by(self.owner, ways.unit * price[ways.limit], len(ways.cost))
        best = np.minimum(np.minimum.reduceat(paid, first), 0.0)
        own = np.minimum.reduceat(np.where(self.inside, paid, np.inf), first)
        own = np.where(self.stays, np.minimum(own, 0.0), own)
        leaves = own > best + self.scale * _CONTENT
        near = leaves[self.group] & (paid <= (best + self.scale * _DOUBT)[self.group]) & ~self.inside
        stays = leaves & (best >= -self.scale * _DOUBT) & ~self.stays
        self.inside |= near
        self.stays |= stays
        return bool(near.any() or stays.any())

    def _kinds(self) -> tuple[Ints, Ints]:
        """One group of each kind of what is let in, and the kind (g,) of every group."""
        inside, staying = np.flatnonzero(self.inside), np.flatnonzero(self.stays)
        cost, taken = self._above(inside), self.taken[inside]
        return _alike(
            np.append(self.group[inside], staying), len(self.stays), np.append(cost, np.zeros(len(staying))),
            np.append(taken, np.zeros(len(staying), dtype=np.uint64)), self.scale,
        )  # fmt: skip

    def _above(self, inside: Ints) -> Floats:
        """What these ways, all that are let in, cost above the way at 0 of their group, or else above its least."""
        cost, group = self.ways.cost[inside], self.group[inside]
        return cost - np.where(self.stays, 0.0, _least(cost, group, len(self.stays)))[group]

    def _exact(self, one: Ints, of: Ints) -> tuple[Floats, Floats]:
        """Volumes and prices of the programme of what is let in, groups of a kind as one."""
        ways, g, m = self.ways, len(self.ways.volume), len(self.ways.room)
        inside = np.flatnonzero(self.inside)
        group, cost = self.group[inside], self._above(inside)
        count = np.bincount(group, minlength=g)
        start = np.cumsum(count) - count
        column = _runs(start[one], count[one])  # of `inside`: the ways of one group of each kind
        size = np.diff(ways.take)[inside[column]]
        entry, owner = _runs(ways.take[inside[column]], size), np.repeat(np.arange(len(column)), size)
        volume, kinds, n = sums_by(of, ways.volume, len(one)), len(one), len(column)
        found = minimise(
            np.append(cost[column], self.over),
            np.concatenate([of[group[column]], kinds + ways.limit[entry], kinds + np.arange(m)]),
            np.concatenate([np.arange(n), owner, n + np.arange(m)]),
            np.concatenate([np.ones(n), ways.unit[entry], -np.ones(m)]),
            np.append(np.where(self.stays[one], 0.0, volume), np.full(m, -np.inf)),
            np.append(volume, ways.room),
        )
        assert found.status is LpStatus.OPTIMAL, found.status  # excess at a price makes it feasible
        begin = np.cumsum(count[one]) - count[one]
        kind, rank = of[group], np.arange(len(inside)) - start[group]
        out = np.zeros(len(self.group))
        taken = np.maximum(found.x, 0.0)  # a solver may fall below by its tolerance
        out[inside] = taken[begin[kind] + rank] * (ways.volume[group] / volume[kind])
        return out, np.maximum(-found.row_dual[kinds:], 0.0)


def _runs(first: Ints, count: Ints) -> Ints:
    """first[0], first[0] + 1, ... count[0] of them, then those of first[1]."""
    at = np.cumsum(count) - count
    return np.arange(int(count.sum())) + np.repeat(first - at, count)
