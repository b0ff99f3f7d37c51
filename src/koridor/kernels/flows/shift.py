"""Moving flow between the paths of a market until they cost the same.

A step takes flow from a dear path to the cheapest by Newton's method on the difference of their costs, over the
elements that only one of them loads, whose rates are renewed at once: the greedy path-based algorithm of Xie, Nie & Liu
(2018), doi:10.1177/0361198118774236. Where rates have kinks (queues at capacities) or staying is elastic, the step is
found by a safeguarded line search instead.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from koridor.kernels.compiled import inner, kernel
from koridor.kernels.delay import Delay, added, area
from koridor.kernels.flows.problem import (
    ALPHA,
    FREE,
    INVERSE,
    KIND,
    LOAD,
    OTHER,
    POWER,
    QUEUE,
    RATE,
    ROOM,
    SLOPE,
    STAY,
    STAYING,
    STIFF,
    WHOLE,
    A,
    B,
    C,
)  # fmt: skip
from koridor.kernels.flows.stay import FIXED, stay_area, worth
from koridor.kernels.flows.store import BASE, ITEM_AT, ITEM_END, NEXT, PATHS, X

STAYS = -2  # position of the way of those who do not go
_TINY = 1e-15  # share of a cost below which a difference is rounding
_LINE_STEPS = 60
_QUEUE, _QUEUE_SOCIAL = float(Delay.QUEUE), float(Delay.QUEUE_SOCIAL)


class Work(NamedTuple):
    """Room for a step: change (k,) of load by element, those changed (2 k,), and the number of the step in `stamp`."""

    change: NDArray[np.float64]
    changed: NDArray[np.int64]
    stamp: NDArray[np.int64]
    step: NDArray[np.int64]


def new_work(elements: int) -> Work:
    """Room for steps over so many elements."""
    ints = np.zeros(elements, dtype=np.int64), np.zeros(elements, dtype=np.int64), np.zeros(1, dtype=np.int64)
    return Work(np.zeros(elements), *ints)


@inner
def rate_at(f, e, volume):  # type: ignore[no-untyped-def]
    """Hours for a unit of element e at a volume, queue included, and their slope."""
    rate, slope = 0.0, 0.0
    if f[e, KIND] > 0:
        share, bend = added(int(f[e, KIND]), (max(volume, 0.0) + f[e, OTHER]) * f[e, INVERSE], f[e, ALPHA], f[e, POWER])
        rate, slope = f[e, FREE] * share, f[e, FREE] * bend * f[e, INVERSE]
    if f[e, STIFF] > 0.0:
        queue = f[e, QUEUE] + f[e, STIFF] * (volume - f[e, ROOM])
        if queue > 0.0:
            rate += queue
            slope += f[e, STIFF]
    return rate, slope


@inner
def all_rates(f, state):  # type: ignore[no-untyped-def]
    """Renews rates and slopes of all elements."""
    for e in range(len(state)):
        state[e, RATE], state[e, SLOPE] = rate_at(f, e, state[e, LOAD])


@inner
def path_cost(s, state, p):  # type: ignore[no-untyped-def]
    """Cost of a path at the rates of the state."""
    total = s.flow[p, BASE]
    at, end = np.uintp(s.info[p, ITEM_AT]), np.uintp(s.info[p, ITEM_END])
    if s.units.size == 0:
        for i in range(at, end):
            total += state[np.uintp(s.items[i]), RATE]
    else:
        for i in range(at, end):
            total += state[np.uintp(s.items[i]), RATE] * s.units[i]
    return total


@inner
def _note(work, e, unit, count):  # type: ignore[no-untyped-def]
    if work.stamp[e] != work.step[0]:
        work.stamp[e] = work.step[0]
        work.change[e] = unit
        work.changed[count] = e
        return count + 1
    work.change[e] += unit
    return count


@inner
def _difference(s, work, p, q):  # type: ignore[no-untyped-def]
    """Notes what leaving p for q takes off (above 0) and puts on elements; returns how many were looked at.

    What both have in common at either end is passed over.
    """
    work.step[0] += 1
    count = 0
    at, end, at2, end2 = 0, 0, 0, 0
    if p >= 0:
        at, end = s.info[p, ITEM_AT], s.info[p, ITEM_END]
    if q >= 0:
        at2, end2 = s.info[q, ITEM_AT], s.info[q, ITEM_END]
    own = s.units.size == 0
    if own:
        while at < end and at2 < end2 and s.items[at] == s.items[at2]:
            at += 1
            at2 += 1
        while at < end and at2 < end2 and s.items[end - 1] == s.items[end2 - 1]:
            end -= 1
            end2 -= 1
    for i in range(at, end):
        count = _note(work, np.uintp(s.items[i]), 1.0 if own else s.units[i], count)
    for i in range(at2, end2):
        count = _note(work, np.uintp(s.items[i]), -1.0 if own else -s.units[i], count)
    return count


@inner
def _excess_at(step, f, state, work, count, base, m, q, staying):  # type: ignore[no-untyped-def]
    """How much dearer p is than q once `step` has moved, and how fast that falls; staying: 1 if p is, -1 if q is."""
    diff, slope = base, 0.0
    for i in range(count):
        e = work.changed[i]
        d = work.change[e]
        if d != 0.0:
            rate, bend = rate_at(f, e, state[e, LOAD] - d * step)
            diff += d * rate
            slope += d * d * bend
    if staying != 0:
        cost, bend = worth(m, q, m.table[q, STAYING] - staying * step)
        diff += staying * cost
        slope += bend
    return diff, slope


@inner
def _line(most, f, state, work, count, base, m, q, staying):  # type: ignore[no-untyped-def]
    """The step in [0, most] at which both cost the same, by Newton's method kept in a bracket."""
    low, high = 0.0, most
    diff, slope = _excess_at(0.0, f, state, work, count, base, m, q, staying)
    step = most
    if np.isfinite(diff) and 0.0 < slope < np.inf:
        step = min(most, diff / slope)
    for _ in range(_LINE_STEPS):
        diff, slope = _excess_at(step, f, state, work, count, base, m, q, staying)
        if diff >= 0.0:
            low = step
            if step == high:
                break
        else:
            high = step
        if high - low <= 1e-15 * most:
            break
        newton = step + diff / slope if np.isfinite(diff) and 0.0 < slope < np.inf else -1.0
        if newton == step:
            break
        step = newton if low < newton < high else (low + high) / 2.0
        if newton >= high and high == most and diff > 0.0:
            step = high
    return min(max(step, 0.0), most)


@inner
def move(s, f, state, m, work, q, p, best, least):  # type: ignore[no-untyped-def]
    """Moves flow of market q from p to best, both paths or STAYS, until they cost the same or p is empty."""
    count = _difference(s, work, p, best)
    staying = 1 if p == STAYS else (-1 if best == STAYS else 0)
    base = (s.flow[p, BASE] if p >= 0 else 0.0) - (s.flow[best, BASE] if best >= 0 else 0.0)
    most = s.flow[p, X] if p >= 0 else m.table[q, STAYING]
    diff, slope = base, 0.0
    careful = staying != 0
    for i in range(count):
        e = np.uintp(work.changed[i])
        d = work.change[e]
        if d != 0.0:
            diff += d * state[e, RATE]
            slope += d * d * state[e, SLOPE]
            careful = careful or f[e, STIFF] > 0.0 or f[e, KIND] == _QUEUE or f[e, KIND] == _QUEUE_SOCIAL
    if staying != 0:
        cost, bend = worth(m, q, m.table[q, STAYING])
        diff += staying * cost
        slope += bend
    if not diff > _TINY * abs(least):
        return
    if careful:
        step = _line(most, f, state, work, count, base, m, q, staying)
    else:
        step = min(diff / slope, most) if slope > 0.0 else most
    for i in range(count):
        e = np.uintp(work.changed[i])
        if work.change[e] != 0.0:
            state[e, LOAD] -= work.change[e] * step
            state[e, RATE], state[e, SLOPE] = rate_at(f, e, state[e, LOAD])
    if p >= 0:
        s.flow[p, X] = s.flow[p, X] - step if step < most else 0.0
    else:
        m.table[q, STAYING] -= step
    if best >= 0:
        s.flow[best, X] += step
    else:
        m.table[q, STAYING] += step


@inner
def shed(s, f, state, m, work, q, best, least):  # type: ignore[no-untyped-def]
    """One step to the way `best` of market q, a path or STAYS that costs `least`, from every other in use."""
    if best != STAYS and m.table[q, STAYING] > 0.0:
        move(s, f, state, m, work, q, STAYS, best, least)
    p = m.first[q]
    while p >= 0:
        if p != best and s.flow[p, X] > 0.0:
            move(s, f, state, m, work, q, p, best, least)
        p = s.info[p, NEXT]


@inner
def balance(s, f, state, m, work, q):  # type: ignore[no-untyped-def]
    """One step from every used path of market q to its cheapest; returns what users could have saved, and all paid."""
    best, least, paid, flow = -1, np.inf, 0.0, 0.0
    p = m.first[q]
    while p >= 0:
        cost = path_cost(s, state, p)
        if cost < least:
            best, least = p, cost
        if s.flow[p, X] > 0.0:
            paid += s.flow[p, X] * cost
            flow += s.flow[p, X]
        p = s.info[p, NEXT]
    if m.table[q, STAY] > 0:
        cost, _ = worth(m, q, m.table[q, STAYING])
        if cost < least:
            best, least = STAYS, cost
        if m.table[q, STAYING] > 0.0:
            paid += m.table[q, STAYING] * cost
            flow += m.table[q, STAYING]
    shed(s, f, state, m, work, q, best, least)
    return max(paid - least * flow, 0.0), paid


@inner
def sweep(s, f, state, m, work, many, flat, everything, tolerance):  # type: ignore[no-untyped-def]
    """Balances the markets in `many` (those with a choice); returns what users could have saved among their paths.

    flat: (q,) marks markets whose excess was a share below `tolerance` of what they pay: left out unless
    `everything`.
    """
    excess = 0.0
    for i in range(many.size):
        q = many[i]
        if flat[q] and not everything:
            continue
        saved, paid = balance(s, f, state, m, work, q)
        excess += saved
        flat[q] = saved <= tolerance * paid
    return excess


@inner
def volumes(s, m, state):  # type: ignore[no-untyped-def]
    """Sets the volumes to the loads of all paths."""
    state[:, LOAD] = 0.0
    for q in range(m.first.size):
        p = m.first[q]
        while p >= 0:
            flow = s.flow[p, X]
            if flow > 0.0:
                for i in range(s.info[p, ITEM_AT], s.info[p, ITEM_END]):
                    if s.units.size == 0:
                        state[s.items[i], LOAD] += flow
                    else:
                        state[s.items[i], LOAD] += flow * s.units[i]
            p = s.info[p, NEXT]


@inner
def has_choice(s, m, q, cost):  # type: ignore[no-untyped-def]
    """Whether more than one way matters to market q, whose first path costs `cost`.

    Staying at a fixed loss does not where nobody stays and the only path costs less.
    """
    p = m.first[q]
    if p < 0 or s.info[p, NEXT] >= 0:
        return p >= 0
    if m.table[q, STAY] == FIXED:
        return m.table[q, STAYING] > 0.0 or cost > m.table[q, A]
    return m.table[q, STAY] > 0.0


@inner
def fixed_costs(s):  # type: ignore[no-untyped-def]
    """What all paths pay that no volume changes."""
    total = 0.0
    for p in range(s.used[PATHS]):
        total += s.flow[p, X] * s.flow[p, BASE]
    return total


@inner
def potential(f, state):  # type: ignore[no-untyped-def]
    """Integrals of all delays from the traffic of others up."""
    total = 0.0
    for e in range(len(state)):
        kind = int(f[e, KIND])
        if kind > 0:
            before = f[e, OTHER] * f[e, INVERSE]
            x = before + max(state[e, LOAD], 0.0) * f[e, INVERSE]
            grown = area(kind, x, f[e, ALPHA], f[e, POWER]) - area(kind, before, f[e, ALPHA], f[e, POWER])
            total += f[e, FREE] * grown / f[e, INVERSE]
    return total


@inner
def worth_of_staying(m):  # type: ignore[no-untyped-def]
    """Integrals of what staying is worth in all markets."""
    total = 0.0
    for q in range(m.first.size):
        t = m.table[q]
        if t[STAY] > 0 and t[WHOLE] > 0.0:
            total += stay_area(t[STAY], t[STAYING], t[WHOLE], t[A], t[B], t[C])
    return total


@kernel
def stay_costs(m):  # type: ignore[no-untyped-def]
    """Cost (q,) of the last unit that stays in every market; inf where none can."""
    out = np.full(m.first.size, np.inf)
    for q in range(m.first.size):
        t = m.table[q]
        if t[STAY] > 0:
            out[q] = worth(m, q, t[STAYING])[0]
    return out
