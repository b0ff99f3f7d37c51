"""How long ways take, drawn: delays at a border are the same for all ways through it, and connections can be missed.

Every delay group and every arc has a stream of random numbers of its own, made from the seed and its number: what one
way draws does not depend on which others are asked, and arcs that ways share have the same draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from scipy.special import ndtri

from koridor.model.network import Floats, Ints
from koridor.model.spread.exact import log_terms
from koridor.model.spread.parts import ALONE, Spread

_BAND = (0.05, 0.95)
_MINUTES = 60.0
_GROUP, _DELAY, _WAIT, _RUN = 1, 2, 3, 4


class Departures(Protocol):
    """What of a timetable is used here; see `model.timetable`."""

    @property
    def depart_ptr(self) -> Ints: ...

    @property
    def depart_min(self) -> Ints: ...

    @property
    def ride_min(self) -> Ints: ...

    @property
    def cut_off_min(self) -> Ints: ...

    @property
    def run_min(self) -> Ints: ...

    @property
    def open_ptr(self) -> Ints: ...

    @property
    def open_from(self) -> Ints: ...

    @property
    def open_to(self) -> Ints: ...


@dataclass(frozen=True, slots=True)
class Simulation:
    """hours: (ways, draws), inf where a draw finds no departure within the timetable. missed: for every way the share
    (arcs,) of draws that were too late for the departure which the plan takes on each arc; 0 where nothing departs.
    bands: for every way the fifth and ninety-fifth percentile (arcs, 2) of the hours from the start to each head.
    """

    hours: Floats
    missed: tuple[Floats, ...]
    bands: tuple[Floats, ...]


@dataclass(frozen=True)
class Draws:
    """Random parts of arcs, each (draws,) hours: what is drawn for one way is kept for those that share its arcs."""

    parts: Spread
    seed: int
    draws: int
    kept: dict[int, tuple[Floats, Floats]] = field(default_factory=dict, repr=False)

    def of(self, arc: int) -> tuple[Floats, Floats]:
        """Hours of delay and of the varying part of running, together, and hours of wait."""
        if arc not in self.kept:
            self.kept[arc] = self._delay(arc) + self._run(arc), self._wait(arc)
        return self.kept[arc]

    def _delay(self, arc: int) -> Floats:
        mean, deviation = self.parts.delay_h[arc], self.parts.delay_sd_h[arc]
        if mean <= 0.0:
            return np.zeros(self.draws)
        group = int(self.parts.group[arc])
        key = [self.seed, _DELAY, arc] if group == ALONE else [self.seed, _GROUP, group]
        location, scale = log_terms(np.array([mean]), np.array([deviation]))
        drawn: Floats = np.exp(location + scale * ndtri(_uniform(key, self.draws)))
        return drawn

    def _run(self, arc: int) -> Floats:
        mean, scale = self.parts.run_h[arc], self.parts.run_scale_h[arc]
        if mean <= 0.0:
            return np.zeros(self.draws)
        return scale * np.random.default_rng([self.seed, _RUN, arc]).standard_gamma(mean / scale, self.draws)

    def _wait(self, arc: int) -> Floats:
        mean = float(self.parts.wait_h[arc])
        return 2.0 * mean * _uniform([self.seed, _WAIT, arc], self.draws) if mean > 0.0 else np.zeros(self.draws)


def simulate(drawn: Draws, ways: Sequence[Ints], *, timetable: Departures | None = None, at: int = 0) -> Simulation:
    """Draws of the hours of ways.

    With a timetable, a way begins at minute `at`, waits for departures and windows, and what comes late takes the next
    one; a wait over a headway is drawn only where nothing departs. Without one, the hours are the sums of their parts.
    A ride varies as the hours of its arc without wait do: ride x hours / their mean. O(arcs x draws).
    """
    parts, draws = drawn.parts, drawn.draws
    hours = np.empty((len(ways), draws))
    missed, bands = [], []
    for row, way in enumerate(ways):
        clock, late = np.full(draws, float(at)), np.zeros(len(way))
        plan, band = float(at), np.empty((len(way), len(_BAND)))
        for i, arc in enumerate(np.asarray(way, dtype=np.int64)):
            step = _Step(parts, timetable, int(arc))
            before, expected = clock, plan
            clock = step.pass_(before, *drawn.of(int(arc)))
            mean = np.array([step.mean_h]), np.array([parts.wait_h[arc]])
            plan = float(step.pass_(np.array([expected]), *mean)[0])
            late[i] = step.missed(before, expected)
            band[i] = np.quantile(clock - at, _BAND, method="inverted_cdf") / _MINUTES
        hours[row] = (clock - at) / _MINUTES
        missed.append(late)
        bands.append(band)
    return Simulation(hours, tuple(missed), tuple(bands))


@dataclass(frozen=True, slots=True)
class _Step:
    """Passing one arc from given minutes."""

    parts: Spread
    timetable: Departures | None
    arc: int

    @property
    def mean_h(self) -> float:
        """Mean hours of what varies on the arc beside the wait."""
        return float(self.parts.delay_h[self.arc] + self.parts.run_h[self.arc])

    def pass_(self, clock: Floats, varying: Floats, wait: Floats) -> Floats:
        """Minutes of arrival by minutes of arrival at the tail, hours of what varies, and hours of wait."""
        table, arc = self.timetable, self.arc
        if table is None:
            return clock + (self.parts.fixed_h[arc] + varying + wait) * _MINUTES
        first, last = table.depart_ptr[arc], table.depart_ptr[arc + 1]
        if last > first:
            at = self._departure(clock)
            known = at < last - first
            row = np.minimum(first + at, last - 1)
            fixed = self.parts.fixed_h[arc]
            whole = fixed + self.mean_h
            ride = table.ride_min[row] * ((fixed + varying) / whole if whole > 0.0 else 1.0)
            return np.where(known, table.depart_min[row] + ride, np.inf)
        more = varying - self.mean_h + wait - self.parts.wait_h[arc]
        return self._opened(clock) + np.maximum(table.run_min[arc] + more * _MINUTES, 0.0)

    def missed(self, clock: Floats, plan: float) -> float:
        """Share of the clocks that take a later departure than the plan does."""
        table, arc = self.timetable, self.arc
        if table is None or table.depart_ptr[arc + 1] == table.depart_ptr[arc]:
            return 0.0
        return float((self._departure(clock) > self._departure(np.array([plan]))[0]).mean())

    def _departure(self, clock: Floats) -> Ints:
        assert self.timetable is not None
        table, arc = self.timetable, self.arc
        mine = table.depart_min[table.depart_ptr[arc] : table.depart_ptr[arc + 1]]
        return np.searchsorted(mine, clock + table.cut_off_min[arc], side="left").astype(np.int64)

    def _opened(self, clock: Floats) -> Floats:
        """First minutes at or after these in which the arc may be entered."""
        assert self.timetable is not None
        table, arc = self.timetable, self.arc
        first, last = table.open_ptr[arc], table.open_ptr[arc + 1]
        if first == last:
            return clock
        opens, shuts = table.open_from[first:last], table.open_to[first:last]
        at = np.searchsorted(shuts, clock, side="right")  # the first window that is not over
        known = at < last - first
        return np.where(known, np.maximum(clock, opens[np.minimum(at, last - first - 1)]), np.inf)


def _uniform(key: list[int], draws: int) -> Floats:
    """Evenly spread over (0, 1), in random order: stratified, so that delays and waits are met with little noise.

    Running hours are drawn without strata: the inverse of a gamma takes 15 to 35 times as long as a draw.
    """
    random = np.random.default_rng(key)
    return (random.permutation(draws) + random.random(draws)) / draws
