"""When a service is at its stops: departures by rule and by date at the first of them, and hours from there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from koridor.model.clock import utc_minutes
from koridor.model.network import Floats, Ints
from koridor.model.scenario import Scenario
from koridor.schema.days import MINUTES_A_DAY, MINUTES_AN_HOUR, Rule, day_of, minute_of, rule_of

FORWARD, BACKWARD = "forward", "backward"


@dataclass(frozen=True, slots=True)
class Plan:
    """Departures of one service in one direction: rules, and single ones (day, minute) added and cancelled, None for
    all of a day.
    """

    rules: tuple[Rule, ...]
    added: frozenset[tuple[int, int]]
    cancelled: frozenset[tuple[int, int | None]]

    def departures(self, zone: str, start: int, end: int) -> Ints:
        """Minutes UTC in [start, end) at which it leaves its first stop, whose zone is given; sorted, each once."""
        low, high = start // MINUTES_A_DAY - 2, end // MINUTES_A_DAY + 2
        local = {(day, minute) for rule in self.rules for day in rule.days(low, high) for minute in rule.minutes}
        local -= {one for one in local if one in self.cancelled or (one[0], None) in self.cancelled}
        local |= {one for one in self.added if low <= one[0] < high}
        both = np.array(sorted(local), dtype=np.int64).reshape(-1, 2)
        minutes = np.unique(utc_minutes(zone, both[:, 0], both[:, 1]))
        return minutes[(minutes >= start) & (minutes < end)]


@dataclass(frozen=True, slots=True)
class Known:
    """Departures of one service in one direction that are known one by one: minutes UTC, sorted, each once.

    full: by position of a stop, in the order of the table, the departures that take nobody between it and the next one
    that calls.
    """

    minutes: Ints
    full: Mapping[int, Ints] = field(default_factory=lambda: MappingProxyType({}))

    def departures(self, zone: str, start: int, end: int) -> Ints:
        """Those in [start, end); the zone does not matter."""
        return self.minutes[np.searchsorted(self.minutes, start) : np.searchsorted(self.minutes, end)]

    def taking(self, leaving: Ints, ends: tuple[int, int]) -> Ints:
        """Those of some departures that take somebody all the way between two stops, by position."""
        full = [minutes for stop, minutes in self.full.items() if ends[0] <= stop < ends[1]]
        return np.setdiff1d(leaving, np.concatenate(full)) if full else leaving


@dataclass(frozen=True, slots=True)
class Calls:
    """Minutes after leaving the first stop that calls at which a service comes to each stop and leaves it; (n,).

    cut_off (n,): hours before departure, nan where the dataset does not say. whole: minutes until the last call.
    """

    arrive: Ints
    depart: Ints
    cut_off: Floats
    whole: int

    def ride(self, low: int, high: int, against: bool) -> tuple[int, int]:
        """Minutes from the first departure, in the direction of travel, until it leaves the one of two stops where it
        comes first, and until it is at the other. low < high are positions of stops in their order; against that
        order the hours are mirrored.
        """
        if not against:
            return int(self.depart[low]), int(self.arrive[high])
        return self.whole - int(self.arrive[high]), self.whole - int(self.depart[low])


def plans(scenario: Scenario) -> dict[tuple[str, str], Plan]:
    """Plans by service and direction; a direction without rows has none and runs by its frequency."""
    rules: dict[tuple[str, str], list[Rule]] = defaultdict(list)
    dates: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in scenario.table("departure").to_dict("records"):
        for way in _ways(str(row["direction"])):
            rules[str(row["service_id"]), way].append(rule_of({str(name): cell for name, cell in row.items()}))
    for row in scenario.table("departure_date").to_dict("records"):
        for way in _ways(str(row["direction"])):
            dates[str(row["service_id"]), way].append({str(name): cell for name, cell in row.items()})
    return {key: _plan(rules[key], dates[key]) for key in sorted(rules.keys() | dates.keys())}


def _ways(direction: str) -> tuple[str, ...]:
    return (FORWARD, BACKWARD) if direction == "both" else (direction,)


def _plan(rules: list[Rule], dates: Iterable[dict[str, Any]]) -> Plan:
    added: set[tuple[int, int]] = set()
    cancelled: set[tuple[int, int | None]] = set()
    for row in dates:
        day, time = day_of(row["date"]), row["time"]
        if row["run"] == "added":
            added.add((day, minute_of(time)))
        else:
            cancelled.add((day, None if time == "*" else minute_of(time)))
    return Plan(tuple(rules), frozenset(added), frozenset(cancelled))


def calls_of(stops: list[dict[str, Any]], elapsed_h: Floats, cut_off_h: float) -> Calls:
    """Times of all stops from those that are known.

    elapsed_h (n,): hours of running from stop to stop, added up, by which times between two known ones are shared out;
    after the last known one it goes on by them. A stop with one of its two times known has no stay. cut_off_h: of the
    service, nan where not known.
    """
    arrive = np.array([row["arrive_h"] for row in stops], dtype=np.float64)
    depart = np.array([row["depart_h"] for row in stops], dtype=np.float64)
    first = next(i for i, row in enumerate(stops) if row["calls"])
    elapsed = elapsed_h - elapsed_h[first]
    depart[first] = 0.0
    arrive[first] = 0.0
    come, leave = np.where(np.isnan(arrive), depart, arrive), np.where(np.isnan(depart), arrive, depart)
    known = np.flatnonzero(~np.isnan(come))
    for i in np.flatnonzero(np.isnan(come)):
        before, after = known[known < i], known[known > i]
        if not len(before):  # a stop that is only passed, ahead of the first that calls
            come[i] = elapsed[i]
        elif not len(after):
            come[i] = leave[before[-1]] + elapsed[i] - elapsed[before[-1]]
        else:
            a, b = before[-1], after[0]
            part = (elapsed[i] - elapsed[a]) / max(elapsed[b] - elapsed[a], 1e-9)
            come[i] = leave[a] + part * (come[b] - leave[a])
        leave[i] = come[i]
    own = np.array([row["cut_off_h"] for row in stops], dtype=np.float64)
    cut_off = np.where(np.isnan(own), cut_off_h, own)
    arrival = _rounded(come)
    last = max(i for i, row in enumerate(stops) if row["calls"])
    return Calls(arrival, _rounded(leave), cut_off, int(arrival[last]))


def _rounded(hours: Floats) -> Ints:
    return np.round(hours * MINUTES_AN_HOUR).astype(np.int64)
