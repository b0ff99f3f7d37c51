"""Prices of limits that many share, by an interior point.

Groups share their volume among ways; a way costs something against the way that takes no limit, and takes units of few
limits. With x_j on way j of group g,

    min  sum_j cost_j x_j   s.t.  sum_{j in g} x_j <= volume_g,   sum_j unit_jm x_j <= room_m,   x >= 0.

Groups meet at the limits alone, so that a step of Newton's method leaves equations between the limits: dense, but few,
whatever the number of groups. Predictor and corrector after Mehrotra (1992), doi:10.1137/0802028.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from koridor.kernels.compiled import inner, kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_STEP = 0.9  # of the way to the border that a step may go: more of it strays from the centre and needs more steps
_STEPS_MAX = 120
_APART = 1e-13  # keeps limits apart that the same ways take
_PUSH = 0.01  # of what all pay, what the limits are first taken to earn


class Ways(NamedTuple):
    """Group g has ways first[g]:first[g+1], at least one; way j takes unit[i] of limit[i], i from take[j] to take[j+1].

    cost: (n,) of a unit of volume, against a way at no cost that takes no limit. volume: (g,) and room: (m,), above 0.
    """

    first: Ints
    cost: Floats
    take: Ints
    limit: Ints
    unit: Floats
    volume: Floats
    room: Floats


class _Point(NamedTuple):
    """value: volume of ways (n,), of the way at no cost of every group (g,), room that is left (m,), one after another.
    slack: what each complements, that is what a way costs too much and the price of a limit. worth: (g,) of a unit.
    """

    value: Floats
    slack: Floats
    worth: Floats


def prices(ways: Ways, gap_max: float = 1e-9) -> Floats:
    """Price (m,) of a unit of every limit at which all that is gained is within `gap_max` of what can be.

    It is what a bounded number of steps reached; who needs it exact must check it.
    """
    now = _begin(ways)
    n, g, m = len(ways.cost), len(ways.volume), len(ways.room)
    step = _Point(np.empty(n + g + m), np.empty(n + g + m), np.empty(g))
    gram, side, weight, known = np.empty((m, m)), np.empty(m), np.empty(g), np.empty(g)
    short, over = np.empty(g), np.empty(m)

    def toward(centre: Floats, inverse: Floats) -> tuple[float, float]:
        _known(ways, now, centre, short, over, weight, known, side)
        step.slack[n + g :] = inverse @ side
        return _direction(ways, now, centre, weight, known, step)

    for _ in range(_STEPS_MAX):
        _missing(ways, now, short, over)
        products = now.value * now.slack
        spent = float((ways.cost * now.value[:n]).sum())
        gap = spent - float((now.worth * ways.volume).sum() - (now.slack[n + g :] * ways.room).sum())
        missed = max(float(np.abs(short / ways.volume).max()), float(np.abs(over / ways.room).max()))
        if gap <= gap_max * (1.0 + abs(spent)) and missed <= gap_max:
            break
        _equations(ways, now, gram, weight)
        diagonal = np.diag(gram)
        if not (diagonal > 0.0).all():
            break  # the steps have come down to rounding
        scale = 1.0 / np.sqrt(diagonal)
        inverse = np.linalg.inv(gram * scale[:, None] * scale + _APART * np.eye(m)) * scale[:, None] * scale

        back, forth = toward(-products, inverse)
        whole = float(products.sum())
        left = float(((now.value + back * step.value) * (now.slack + forth * step.slack)).sum())
        aim = (max(left, 0.0) / whole) ** 3 * whole / (n + g + m)
        back, forth = (_STEP * far for far in toward(aim - products - step.value * step.slack, inverse))
        now.value[:] += back * step.value
        now.slack[:] += forth * step.slack
        now.worth[:] += forth * step.worth
    return now.slack[n + g :].copy()


def _begin(ways: Ways) -> _Point:
    """Every way of a group takes as much; costs are such that all of them cost too much."""
    n, m = len(ways.cost), len(ways.room)
    count = np.diff(ways.first)
    share = ways.volume / (count + 1.0)
    volume = np.repeat(share, count)
    taken = np.bincount(ways.limit, ways.unit * np.repeat(volume, np.diff(ways.take)), m)
    left = np.maximum(ways.room - taken, 0.1 * np.maximum(ways.room, taken))
    mean = float((np.abs(ways.cost) * volume).sum() / volume.sum())
    price = _PUSH * mean * float(ways.volume.sum()) / m / left
    cost = ways.cost + np.bincount(
        np.repeat(np.arange(n), np.diff(ways.take)), ways.unit * price[ways.limit], minlength=n
    )
    worth = np.minimum(0.0, np.minimum.reduceat(cost, ways.first[:-1])) - mean
    return _Point(
        np.concatenate([volume, share, left]), np.concatenate([cost - np.repeat(worth, count), -worth, price]), worth
    )


@inner
def _missing(ways, now, short, over):  # type: ignore[no-untyped-def]
    """What is missing of the volume of every group, and of every limit."""
    n, g = ways.cost.size, ways.volume.size
    for i in range(over.size):
        over[i] = ways.room[i] - now.value[n + g + i]
    for at in range(g):
        total = now.value[n + at]
        for j in range(ways.first[at], ways.first[at + 1]):
            total += now.value[j]
            for k in range(ways.take[j], ways.take[j + 1]):
                over[ways.limit[k]] -= ways.unit[k] * now.value[j]
        short[at] = ways.volume[at] - total


@kernel
def _equations(ways, now, gram, weight):  # type: ignore[no-untyped-def]
    """The matrix (m, m) of the equations between limits, and the weight (g,) by which groups were eliminated."""
    n, g, m = ways.cost.size, ways.volume.size, ways.room.size
    value, slack = now.value, now.slack
    gram[:] = 0.0
    for i in range(m):
        gram[i, i] = value[n + g + i] / slack[n + g + i]
    met, is_met, total = np.empty(m, np.int64), np.zeros(m, np.bool_), np.zeros(m)
    for at in range(g):
        whole, count = value[n + at] / slack[n + at], 0
        for j in range(ways.first[at], ways.first[at + 1]):
            d = value[j] / slack[j]
            whole += d
            for k in range(ways.take[j], ways.take[j + 1]):
                i = ways.limit[k]
                if not is_met[i]:
                    is_met[i], met[count], total[i] = True, i, 0.0
                    count += 1
                total[i] += d * ways.unit[k]
                for other in range(ways.take[j], ways.take[j + 1]):
                    gram[i, ways.limit[other]] += d * ways.unit[k] * ways.unit[other]
        weight[at] = whole
        for a in range(count):
            i = met[a]
            is_met[i] = False
            for b in range(count):
                gram[i, met[b]] -= total[i] * total[met[b]] / whole


@inner
def _dear(ways, now, j, at, limits):  # type: ignore[no-untyped-def]
    """What way j of group `at` costs too much at prices slack[limits:], less what is noted for it."""
    total = ways.cost[j] - now.worth[at] - now.slack[j]
    for k in range(ways.take[j], ways.take[j + 1]):
        total += ways.unit[k] * now.slack[limits + ways.limit[k]]
    return total


@inner
def _known(ways, now, centre, short, over, weight, known, side):  # type: ignore[no-untyped-def]
    """The other side (m,) of the equations, and what every group (g,) must make up for.

    centre: by how much every product of a value and its slack should change.
    """
    n, g = ways.cost.size, ways.volume.size
    value, slack = now.value, now.slack
    for i in range(side.size):
        side[i] = centre[n + g + i] / slack[n + g + i] - over[i]
    for at in range(g):
        own = n + at
        missing = short[at] - (centre[own] - value[own] * (-now.worth[at] - slack[own])) / slack[own]
        for j in range(ways.first[at], ways.first[at + 1]):
            moved = (centre[j] - value[j] * _dear(ways, now, j, at, n + g)) / slack[j]
            missing -= moved
            for k in range(ways.take[j], ways.take[j + 1]):
                side[ways.limit[k]] += ways.unit[k] * moved
        known[at] = missing
        for j in range(ways.first[at], ways.first[at + 1]):
            d = value[j] / slack[j] * missing / weight[at]
            for k in range(ways.take[j], ways.take[j + 1]):
                side[ways.limit[k]] += ways.unit[k] * d


@inner
def _direction(ways, now, centre, weight, known, step):  # type: ignore[no-untyped-def]
    """The step that goes with new prices of the limits; how far values, and slacks, may go along it."""
    n, g = ways.cost.size, ways.volume.size
    value, slack = now.value, now.slack
    back, forth = np.inf, np.inf
    for at in range(g):
        change = known[at]
        for j in range(ways.first[at], ways.first[at + 1]):
            toll = 0.0
            for k in range(ways.take[j], ways.take[j + 1]):
                toll += ways.unit[k] * step.slack[n + g + ways.limit[k]]
            step.slack[j] = toll
            change += value[j] / slack[j] * toll
        change /= weight[at]
        step.worth[at] = change
        for j in range(ways.first[at], ways.first[at + 1]):
            step.slack[j] += _dear(ways, now, j, at, n + g) - change
        step.slack[n + at] = -now.worth[at] - slack[n + at] - change
    for j in range(value.size):
        step.value[j] = (centre[j] - value[j] * step.slack[j]) / slack[j]
        if step.value[j] < 0.0:
            back = min(back, -value[j] / step.value[j])
        if step.slack[j] < 0.0:
            forth = min(forth, -slack[j] / step.slack[j])
    return min(back, 1.0), min(forth, 1.0)
