"""A leap along the way that sweeps have gone: where markets with different costs share the same ways, sweeps creep.

With two markets on the same two ways the potential has a flat direction, along which sweeps make small equal steps; the
step of several sweeps together points along it. It is stretched by a line search (pattern move: Hooke & Jeeves 1961,
doi:10.1145/321062.321069), each market as far as its flows allow, and undone should the potential not fall.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from koridor.kernels.compiled import inner
from koridor.kernels.flows.lanes import Lanes
from koridor.kernels.flows.problem import LOAD, QUEUE, ROOM, STAY, STAYING, STIFF, WHOLE, Floats, Ints
from koridor.kernels.flows.shift import potential, rate_at, worth_of_staying
from koridor.kernels.flows.stay import worth
from koridor.kernels.flows.store import BASE, ITEM_AT, ITEM_END, NEXT, X

_FARTHEST = 1024.0


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the markets with a choice stand: volumes (k,) and, of every lane, these markets, flows (paths,) and what
    stays (q,).
    """

    volume: Floats
    choosing: list[Ints]
    flow: list[Floats]
    staying: list[Floats]

    @classmethod
    def of(cls, lanes: Lanes, choosing: list[Ints]) -> Spot:
        """Where they stand now."""
        spot = cls(
            lanes.state[:, LOAD].copy(), choosing, [np.empty(lane.store.used[0]) for lane in lanes],
            [lane.markets.table[:, STAYING].copy() for lane in lanes],
        )  # fmt: skip
        for lane, many, flow in zip(lanes, choosing, spot.flow, strict=True):
            _remember(lane.store, lane.markets, many, flow)
        return spot

    def restore(self, lanes: Lanes) -> None:
        """Puts it back."""
        for lane, many, flow, staying in zip(lanes, self.choosing, self.flow, self.staying, strict=True):
            _restore(lane.store, lane.markets, many, flow, staying)
        lanes.state[:, LOAD] = self.volume


def leap(lanes: Lanes, curves: Floats, before: Spot) -> bool:
    """Follows the way from `before` to here; whether it paid. There must be no new paths since."""
    change, fixed = lanes.state[:, LOAD] - before.volume, 0.0
    for lane, many, flow in zip(lanes, before.choosing, before.flow, strict=True):
        fixed += _fixed(lane.store, lane.markets, many, flow)

    def leads_down(step: float) -> bool:
        slope = fixed + _slope(step, curves, lanes.state, change)
        for lane, many, staying in zip(lanes, before.choosing, before.staying, strict=True):
            slope += _slope_of_staying(step, lane.markets, many, staying)
        return bool(slope < 0.0)

    step = _length(leads_down)
    if step <= 0.1:
        return False
    here, merit, moved = Spot.of(lanes, before.choosing), _merit(lanes, curves), 0.0
    for lane, many, flow, staying in zip(lanes, before.choosing, before.flow, before.staying, strict=True):
        moved += _follow_all(lane.store, lanes.state, lane.markets, many, step, flow, staying)
    paid = moved + _merit(lanes, curves) < merit
    if not paid:
        here.restore(lanes)
    lanes.renew(curves)
    return paid


def _length(leads_down: Callable[[float], bool]) -> float:
    """How many times its length the direction is worth following; 0 if it does not lead down."""
    if not leads_down(0.0):
        return 0.0
    low, high = 0.0, 1.0
    while high < _FARTHEST and leads_down(high):
        low, high = high, 2.0 * high
    if high >= _FARTHEST:
        return high
    for _ in range(8):
        middle = (low + high) / 2.0
        if leads_down(middle):
            low = middle
        else:
            high = middle
    return low


def _merit(lanes: Lanes, curves: Floats) -> float:
    """The potential at the volumes of all, without what no volume changes, with the penalties at capacities."""
    staying = sum(worth_of_staying(lane.markets) for lane in lanes)
    return float(potential(curves, lanes.state) + staying + _penalties(curves, lanes.state))


@inner
def _penalties(f, state):  # type: ignore[no-untyped-def]
    total = 0.0
    for e in range(len(state)):
        if f[e, STIFF] > 0.0:
            queue = max(f[e, QUEUE] + f[e, STIFF] * (state[e, LOAD] - f[e, ROOM]), 0.0)
            total += (queue * queue - f[e, QUEUE] * f[e, QUEUE]) / (2.0 * f[e, STIFF])
    return total


@inner
def _remember(s, m, many, flow):  # type: ignore[no-untyped-def]
    """Fills flow (paths,) with the flows of the markets `many`."""
    for q in many:
        p = m.first[q]
        while p >= 0:
            flow[p] = s.flow[p, X]
            p = s.info[p, NEXT]


@inner
def _restore(s, m, many, flow, staying):  # type: ignore[no-untyped-def]
    for q in many:
        p = m.first[q]
        while p >= 0:
            s.flow[p, X] = flow[p]
            p = s.info[p, NEXT]
        m.table[q, STAYING] = staying[q]


@inner
def _fixed(s, m, many, flow):  # type: ignore[no-untyped-def]
    """What the way from `flow` to here changed of what no volume does."""
    total = 0.0
    for q in many:
        p = m.first[q]
        while p >= 0:
            total += s.flow[p, BASE] * (s.flow[p, X] - flow[p])
            p = s.info[p, NEXT]
    return total


@inner
def _slope(step, f, state, change):  # type: ignore[no-untyped-def]
    """Slope of the integrals of delays along the direction, `step` times its length from here."""
    total = 0.0
    for e in range(len(state)):
        if change[e] != 0.0:
            total += change[e] * rate_at(f, e, state[e, LOAD] + step * change[e])[0]
    return total


@inner
def _slope_of_staying(step, m, many, staying):  # type: ignore[no-untyped-def]
    """The same of what staying is worth."""
    total = 0.0
    for q in many:
        d = m.table[q, STAYING] - staying[q]
        if m.table[q, STAY] > 0 and d != 0.0:
            at = min(max(m.table[q, STAYING] + step * d, 1e-12 * m.table[q, WHOLE]), (1.0 - 1e-12) * m.table[q, WHOLE])
            total += d * worth(m, q, at)[0]
    return total


@inner
def _follow_all(s, state, m, many, step, flow, staying):  # type: ignore[no-untyped-def]
    """Moves the markets `many` along their own directions; the change of what they pay that no volume changes."""
    total = 0.0
    for q in many:
        total += _follow(s, state, m, q, step, flow, staying)
    return total


@inner
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
