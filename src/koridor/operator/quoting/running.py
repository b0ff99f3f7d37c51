"""Departures as they are sold now: open ones that can still be booked, and hops of them that would take the cargo."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa

from koridor.model.timetable.calls import FORWARD, Known
from koridor.operator.common.desk import Tx
from koridor.operator.common.policy import DAY_MS
from koridor.operator.db.tables import departure, stop
from koridor.operator.network.offer import left_of
from koridor.operator.network.publish import DIRECTION
from koridor.operator.network.resource import resources
from koridor.operator.network.timetable import MINUTE_MS

UNDER_WAY_MS = 60 * DAY_MS  # a departure that left its first stop before is looked at no more
Free = Mapping[tuple[int, str], int]


@dataclass(frozen=True, slots=True)
class Run:
    """A departure: its service and direction, its minutes by place, and the seqs of hops that take nothing more.

    short: whether it is for want of capacity that one of these takes nothing.
    """

    departure_id: str
    service_id: str
    way: str
    calls: tuple[tuple[str, int], ...]
    full: tuple[int, ...]
    short: bool

    def ride(self, from_place: str, to_place: str) -> tuple[int, int] | None:
        """Minutes at which it leaves one place and is at a later one; None where it does not take the cargo there."""
        places = [place for place, _ in self.calls]
        if from_place not in places or to_place not in places:
            return None
        first, last = places.index(from_place), places.index(to_place)
        if first >= last or any(first < seq <= last for seq in self.full):
            return None
        return self.calls[first][1], self.calls[last][1]


@dataclass(frozen=True)
class Running:
    """All departures of a span of time.

    Attributes
    ----------
    runs : tuple of Run
        By id.
    until_ms : int or None
        When the last departure starts that was published.
    """

    runs: tuple[Run, ...]
    until_ms: int | None

    @property
    def short(self) -> dict[str, int]:
        """How many departures of each service have a hop without room for the cargo."""
        found: dict[str, int] = defaultdict(int)
        for run in self.runs:
            found[run.service_id] += run.short
        return {name: number for name, number in found.items() if number}

    def known(self, positions: Mapping[str, list[int]]) -> dict[tuple[str, str], Known]:
        """Departures by service and direction as a timetable takes them; a service that has none does not run."""
        minutes: dict[tuple[str, str], list[int]] = {(name, way): [] for name in positions for way in DIRECTION}
        full: dict[tuple[str, str], dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        for run in self.runs:
            key = run.service_id, run.way
            if key not in minutes:
                continue
            at, starts = positions[run.service_id], run.calls[0][1]
            minutes[key].append(starts)
            for seq in run.full:
                low = at[seq - 1] if run.way == FORWARD else at[len(at) - 1 - seq]
                full[key][low].append(starts)
        return {
            key: Known(_sorted(starts), {low: _sorted(some) for low, some in full[key].items()})
            for key, starts in minutes.items()
        }

    def taken(self, service_ids: frozenset[str], ends: tuple[str, str], leaves: int, arrives: int) -> Run | None:
        """The departure of one of some services that leaves from a minute on and is there by another, the first."""
        rides = [(ride, run) for run in self.runs if run.service_id in service_ids and (ride := run.ride(*ends))]
        fit = [(ride, run.departure_id, run) for ride, run in rides if ride[0] >= leaves and ride[1] <= arrives]
        return min(fit, key=lambda one: one[:2])[2] if fit else None


def _sorted(minutes: list[int]) -> np.ndarray:
    return np.unique(np.array(minutes, dtype=np.int64))


def read(tx: Tx, seller_id: str, wanted: Mapping[str, int], from_ms: int, to_ms: int) -> Running:
    """Departures that can be booked from one moment on and leave before another, with hops too full for the cargo.

    `wanted`: parts by resource. What a departure does not state of a resource counts as the resource's table says.
    """
    rows = tx.run(
        sa.select(departure.c.departure_id, departure.c.service_id, departure.c.direction)
        .add_columns(stop.c.seq, stop.c.place_id, stop.c.at_ms)
        .join(stop, stop.c.departure_id == departure.c.departure_id)
        .where(departure.c.status == "open", departure.c.starts_ms.between(from_ms - UNDER_WAY_MS, to_ms))
        .order_by(departure.c.departure_id, stop.c.seq)
    ).all()
    heads: dict[str, tuple[str, str]] = {}
    calls: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for row in rows:
        heads[row.departure_id] = row.service_id, row.direction
        calls[row.departure_id].append((row.place_id, row.at_ms))
    alive = sorted(name for name, stops in calls.items() if stops[-2:][0][1] >= from_ms)
    left = left_of(tx, seller_id, alive)
    way = {direction: name for name, direction in DIRECTION.items()}
    runs = []
    for name in alive:
        stops = calls[name]
        gone = tuple(seq for seq, (_, at_ms) in enumerate(stops[:-1], start=1) if at_ms < from_ms)
        short = {seq for seq in range(1, len(stops)) if not _fits(left.get(name, {}), seq, wanted)}
        full = tuple(sorted({*gone, *short}))
        service_id, direction = heads[name]
        timed = tuple((place, at_ms // MINUTE_MS) for place, at_ms in stops)
        runs.append(Run(name, service_id, way[direction], timed, full, bool(short)))
    last = tx.run(sa.select(sa.func.max(departure.c.starts_ms))).scalar()
    return Running(tuple(runs), last)


def _fits(free: Free, seq: int, wanted: Mapping[str, int]) -> bool:
    return all(
        free[seq, name] >= quantity if (seq, name) in free else not resources()[name].refused_unknown
        for name, quantity in wanted.items()
    )
