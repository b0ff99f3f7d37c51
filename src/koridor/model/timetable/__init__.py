"""Timetables: from rules of departures, opening hours and seasons to arrays of minutes on the arcs of a network."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from koridor.errors import UsageError
from koridor.model.calendar import open_year
from koridor.model.compile import Compiled
from koridor.model.compile.moves import HALF_WEEK_H, moves, sailings
from koridor.model.network import BOX, Act, Floats, Ints
from koridor.model.scenario import Scenario
from koridor.model.timetable.calls import Known, Plan, plans
from koridor.model.timetable.rides import Ride, Table
from koridor.model.timetable.shape import Entry, Timetable, next_entry
from koridor.model.timetable.spans import inside
from koridor.model.timetable.windows import Zones, windows
from koridor.schema.days import MINUTES_AN_HOUR
from koridor.text import t

__all__ = ["Entry", "Timetable", "compile_timetable", "next_entry"]

_VARIANCE_OF_HALF = 3.0  # a wait of mean w, even over a headway of 2 w, has the variance (2 w)^2 / 12


def compile_timetable(
    scenario: Scenario,
    compiled: Compiled,
    start_min: int,
    horizon_min: int,
    *,
    form: int = BOX,
    running: Mapping[tuple[str, str], Known] | None = None,
) -> Timetable:
    """When each arc of a compiled scenario can be taken in [start_min, start_min + horizon_min), minutes UTC.

    Services with rows in `departure` or `departure_date` run by them, in the directions that these name; the others by
    their frequency, with half a headway of expected wait. `form`: BOX or BULK; only boxes ride services at sea.
    Several services with timetables on one link of the sea are one row of departures; of unequal cut-offs the least
    holds, and departures with a longer one stand earlier by as much. Beside them, services by frequency have a
    departure each minute, whose ride begins with half a headway, unless a later departure arrives no later: such ones
    are left out. `compiled` is of the year, not of a month. `running` gives departures by service and direction in
    place of those of the tables, such as the ones that are still sold. O(departures + arcs with hours).

    Raises UsageError for a horizon that is not positive.
    """
    if horizon_min <= 0:
        raise UsageError(t("horizon_min {value}: must be above 0, in minutes.", value=horizon_min))
    end = start_min + horizon_min
    zones = Zones(scenario, compiled.index.places)
    spans = windows(scenario, compiled, zones, start_min, end)
    wait_h, season_h = waits(scenario, compiled, form)
    run_h = compiled.network.arcs.hours[form] - wait_h - season_h
    rides: dict[int, list[Ride]] = {}
    found: Mapping[tuple[str, str], Plan | Known] = plans(scenario) if running is None else running
    if found:
        season = open_year(scenario.table("link_period"), compiled.index.links)
        parts = moves(compiled.index, scenario, compiled.tables["transfer"], season)
        rides = Table(scenario, compiled, parts, found, zones, start_min, end, form, run_h).rides()
    depart_ptr, depart, ride, cut_off = _departures(rides, spans, len(run_h), start_min)
    open_ptr, open_from, open_to = _windows({a: s for a, s in spans.items() if a not in rides}, len(run_h), start_min)
    timed = np.zeros(len(run_h), dtype=bool)
    timed[list(rides)] = True
    wait_h = np.where(timed, 0.0, wait_h)
    return Timetable(
        start_min=start_min,
        end_min=end,
        depart_ptr=depart_ptr,
        depart_min=depart,
        ride_min=ride,
        cut_off_min=cut_off,
        open_ptr=open_ptr,
        open_from=open_from,
        open_to=open_to,
        run_min=_minutes(np.maximum(run_h, 0.0) + wait_h),
        wait_min=_minutes(wait_h),
        wait_var=wait_h**2 / _VARIANCE_OF_HALF,
    )


def waits(scenario: Scenario, compiled: Compiled, form: int) -> tuple[Floats, Floats]:
    """Hours (m,) in `arcs.hours` that are an expected wait for a service, and those for a closed season to end."""
    arcs, index = compiled.network.arcs, compiled.index
    wait = np.zeros(len(arcs))
    rides = arcs.act == Act.SERVICE
    frequency = compiled.tables["service"]["frequency_per_week"].to_numpy()
    if rides.any():
        wait[rides] = HALF_WEEK_H / frequency[arcs.row[rides]]
    moving = arcs.act == Act.MOVE
    wait_h, sailed = index.link["wait_h"].fillna(0.0).to_numpy().copy(), np.zeros(len(index.links))
    for service, ways in sailings(index, scenario) if form == BOX else ():
        sailed[[link for link, _ in ways]] += service.frequency_per_week
    wait_h += np.divide(HALF_WEEK_H, sailed, out=np.zeros_like(sailed), where=sailed > 0.0)
    wait[moving] += wait_h[arcs.link[moving]]
    season = open_year(scenario.table("link_period"), index.links)[1]
    season = np.where(np.isfinite(season), season, 0.0)
    closed = np.where(moving, season[arcs.link], 0.0)
    return wait, closed


def _departures(
    rides: dict[int, list[Ride]], spans: dict[int, Ints], m: int, start: int
) -> tuple[Ints, Ints, Ints, Ints]:
    """Rows of departures, minutes and rides; what a later one overtakes is left out."""
    count, cut_off = np.zeros(m, dtype=np.int64), np.zeros(m, dtype=np.int64)
    departs, lasts = [], []
    for arc in sorted(rides):
        least = min(ride.cut_off for ride in rides[arc])
        extra = [ride.cut_off - least for ride in rides[arc]]
        depart = np.concatenate([ride.depart - more for ride, more in zip(rides[arc], extra, strict=True)])
        last = np.concatenate(
            [np.full(len(ride.depart), ride.ride + more) for ride, more in zip(rides[arc], extra, strict=True)]
        )
        if arc in spans:
            fine = inside(depart, spans[arc])
            depart, last = depart[fine], last[fine]
        depart, last = first_come(depart, last)
        if not len(depart):
            depart, last = np.array([start - 1]), np.ones(1, dtype=np.int64)
        count[arc], cut_off[arc] = len(depart), least
        departs.append(depart)
        lasts.append(last)
    return _pointers(count), _joined(departs), _joined(lasts), cut_off


def first_come(depart: Ints, ride: Ints) -> tuple[Ints, Ints]:
    """Departures and rides, sorted, without those after which one that leaves later, or together, arrives no later."""
    order = np.lexsort((depart + ride, depart))
    depart, arrive = depart[order], (depart + ride)[order]
    first = np.concatenate([[True], depart[1:] > depart[:-1]])[: len(depart)]
    depart, arrive = depart[first], arrive[first]
    best = np.minimum.accumulate(arrive[::-1])[::-1]
    keep = arrive < np.concatenate([best[1:], [np.iinfo(np.int64).max]])[: len(arrive)]
    return depart[keep], (arrive - depart)[keep]


def _windows(spans: dict[int, Ints], m: int, start: int) -> tuple[Ints, Ints, Ints]:
    never = np.full((1, 2), start)
    count = np.zeros(m, dtype=np.int64)
    rows = []
    for arc in sorted(spans):
        rows.append(spans[arc] if len(spans[arc]) else never)
        count[arc] = len(rows[-1])
    both = np.concatenate(rows) if rows else np.empty((0, 2), dtype=np.int64)
    return _pointers(count), both[:, 0].copy(), both[:, 1].copy()


def _pointers(count: Ints) -> Ints:
    found = np.zeros(len(count) + 1, dtype=np.int64)
    np.cumsum(count, out=found[1:])
    return found


def _joined(parts: list[Ints]) -> Ints:
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)


def _minutes(hours: Floats) -> Ints:
    return np.round(hours * MINUTES_AN_HOUR).astype(np.int64)
