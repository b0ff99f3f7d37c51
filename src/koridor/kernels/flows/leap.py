"""A leap along the way that sweeps have gone: where markets with different costs share the same ways, sweeps creep.

With two markets on the same two ways the potential has a flat direction, along which sweeps make small equal steps; the
step of several sweeps together points along it. It is stretched by a line search (pattern move: Hooke & Jeeves 1961,
doi:10.1145/321062.321069), each market as far as its flows allow, and undone should the potential not fall.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from koridor.kernels.flows.problem import LOAD, QUEUE, ROOM, STAY, STAYING, STIFF, WHOLE
from koridor.kernels.flows.shift import all_rates, potential, rate_at
from koridor.kernels.flows.stay import worth
from koridor.kernels.flows.store import BASE, ITEM_AT, ITEM_END, NEXT, X

_FARTHEST = 1024.0


@njit(cache=True, nogil=True)
def _merit(f, state, m):  # type: ignore[no-untyped-def]
    """The potential at the volumes of the state, without what no volume changes, with the penalties at capacities."""
    total = potential(f, state, m)
    for e in range(len(state)):
        if f[e, STIFF] > 0.0:
            queue = max(f[e, QUEUE] + f[e, STIFF] * (state[e, LOAD] - f[e, ROOM]), 0.0)
            total += (queue * queue - f[e, QUEUE] * f[e, QUEUE]) / (2.0 * f[e, STIFF])
    return total


@njit(cache=True, nogil=True)
def remember(s, m, state, many, flow, staying, volume):  # type: ignore[no-untyped-def]
    """Keeps flows (paths,) of the markets `many`, what stays (q,) in them and volumes (k,) as they are now."""
    for q in many:
        p = m.first[q]
        while p >= 0:
            flow[p] = s.flow[p, X]
            p = s.info[p, NEXT]
        staying[q] = m.table[q, STAYING]
    volume[:] = state[:, LOAD]


@njit(cache=True, nogil=True)
def _restore(s, m, state, many, flow, staying, volume):  # type: ignore[no-untyped-def]
    """Puts back what was kept."""
    for q in many:
        p = m.first[q]
        while p >= 0:
            s.flow[p, X] = flow[p]
            p = s.info[p, NEXT]
        m.table[q, STAYING] = staying[q]
    state[:, LOAD] = volume


@njit(cache=True, nogil=True)
def _slope(step, f, state, change, fixed, m, many, staying):  # type: ignore[no-untyped-def]
    """Slope of the potential along the direction, `step` times its length from here."""
    total = fixed
    for e in range(len(state)):
        if change[e] != 0.0:
            total += change[e] * rate_at(f, e, state[e, LOAD] + step * change[e])[0]
    for q in many:
        d = m.table[q, STAYING] - staying[q]
        if m.table[q, STAY] > 0 and d != 0.0:
            at = min(max(m.table[q, STAYING] + step * d, 1e-12 * m.table[q, WHOLE]), (1.0 - 1e-12) * m.table[q, WHOLE])
            total += d * worth(m, q, at)[0]
    return total


@njit(cache=True, nogil=True)
def _length(f, state, change, fixed, m, many, staying):  # type: ignore[no-untyped-def]
    """How many times its length the direction is worth following; 0 if it does not lead down."""
    if not _slope(0.0, f, state, change, fixed, m, many, staying) < 0.0:
        return 0.0
    low, high = 0.0, 1.0
    while high < _FARTHEST and _slope(high, f, state, change, fixed, m, many, staying) < 0.0:
        low, high = high, 2.0 * high
    if high >= _FARTHEST:
        return high
    for _ in range(8):
        middle = (low + high) / 2.0
        if _slope(middle, f, state, change, fixed, m, many, staying) < 0.0:
            low = middle
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def _follow(s, state, m, q, step, flow, staying):  # type: ignore[no-untyped-def]
    """Moves market q along its own direction by `step` lengths, or until one of its flows is nothing.

    Returns the change of what it pays that no volume changes.
    """
    most, d = step, m.table[q, STAYING] - staying[q]
    if d < 0.0:
        most = min(most, -m.table[q, STAYING] / d * (1.0 if m.table[q, STAY] == 1 else 0.5))
    elif d > 0.0 and m.table[q, STAY] > 1:
        most = min(most, (m.table[q, WHOLE] - m.table[q, STAYING]) / d * 0.5)
    p = m.first[q]
    while p >= 0:
        d = s.flow[p, X] - flow[p]
        if d < 0.0:
            most = min(most, -s.flow[p, X] / d)
        p = s.info[p, NEXT]
    total = 0.0
    p = m.first[q]
    while p >= 0:
        d = s.flow[p, X] - flow[p]
        if d != 0.0:
            moved = max(s.flow[p, X] + most * d, 0.0) - s.flow[p, X]
            s.flow[p, X] += moved
            total += moved * s.flow[p, BASE]
            for i in range(s.info[p, ITEM_AT], s.info[p, ITEM_END]):
                state[s.items[i], LOAD] += moved * (1.0 if s.units.size == 0 else s.units[i])
        p = s.info[p, NEXT]
    m.table[q, STAYING] = max(m.table[q, STAYING] + most * (m.table[q, STAYING] - staying[q]), 0.0)
    return total


@njit(cache=True, nogil=True)
def leap(s, f, state, m, many, flow, staying, volume):  # type: ignore[no-untyped-def]
    """Follows the way from what was remembered to here, in the markets `many`; whether it paid."""
    change = state[:, LOAD] - volume
    fixed = 0.0
    for q in many:
        p = m.first[q]
        while p >= 0:
            fixed += s.flow[p, BASE] * (s.flow[p, X] - flow[p])
            p = s.info[p, NEXT]
    step = _length(f, state, change, fixed, m, many, staying)
    if step <= 0.1:
        return False
    here = np.empty(len(s.flow)), np.empty(m.first.size), np.empty(len(state))
    remember(s, m, state, many, *here)
    before, after = _merit(f, state, m), 0.0
    for q in many:
        after += _follow(s, state, m, q, step, flow, staying)
    paid = after + _merit(f, state, m) < before
    if not paid:
        _restore(s, m, state, many, *here)
    all_rates(f, state)
    return paid
