"""Slow, obvious twins of `kernels.pareto`: every way is walked, minute by minute where it must be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from koridor.kernels.paths import Flags, Ints
from koridor.kernels.reference import simple_paths


@dataclass(frozen=True, slots=True)
class Calendar:
    """Of one arc: minutes once entered, minutes of cut-off, departures (depart, arrive), windows [from, to)."""

    run: int
    cut_off: int = 0
    departures: tuple[tuple[int, int], ...] = ()
    windows: tuple[tuple[int, int], ...] = field(default=())

    def through(self, minute: int) -> int | None:
        """When one who is there at a minute is through, taking what brings him there first; None for never."""
        if self.departures:
            caught = [arrive for depart, arrive in self.departures if depart >= minute + self.cut_off]
            return min(caught, default=None)
        if self.windows:
            entries = [max(minute, opens) for opens, shuts in self.windows if max(minute, opens) < shuts]
            return min(entries) + self.run if entries else None
        return minute + self.run


def walk(way: Sequence[int], calendars: Sequence[Calendar], minute: int) -> int | None:
    """When one who sets out along a way at a minute arrives; None where something is not to be caught."""
    at: int | None = minute
    for arc in way:
        if at is None:
            return None
        at = calendars[arc].through(at)
    return at


def every_way(
    tail: Ints, head: Ints, costs: Ints, calendars: Sequence[Calendar], source: int, target: int, start: int
) -> list[tuple[int, ...]]:
    """Costs and minutes of every way that passes no node twice; costs: (m, C). No other way can be better."""
    through: Flags = np.ones(int(max(tail.max(), head.max(), source, target)) + 1, dtype=bool)
    found = []
    for way in simple_paths(tail, head, source, target, through):
        arrival = walk(way, calendars, start)
        if arrival is not None:
            found.append((*(int(x) for x in costs[way].sum(axis=0)), arrival - start))
    return found


def best_of(values: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """The values, each once and sorted, that no other is at most equal to in everything."""
    once = sorted(set(values))
    return [one for one in once if not any(_covers(other, one) for other in once if other != one)]


def _covers(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(a <= b for a, b in zip(one, other, strict=True))
