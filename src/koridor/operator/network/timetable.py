"""Departures of a service: pure, from rows of the tables `service`, `service_stop` and `place`.

Where the dataset has a timetable (tables `departure` and `departure_date`), a service leaves by it. Else tables hold
how often it runs, not when: until somebody gives a timetable, departures are spread evenly over the week, counted from
one Monday for all, so that two horizons that overlap agree on what they share. Hours between stops without times follow
great circles. Both are estimates.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import accumulate, pairwise
from types import MappingProxyType

import numpy as np

from koridor.model.timetable.calls import calls_of

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
WEEK_MS = 7 * 24 * HOUR_MS
MONDAY_MS = 4 * 24 * HOUR_MS  # 5 January 1970
FORWARD, BACK = "forward", "back"
UNKNOWN = math.nan
Starts = Callable[
    [int, int], Sequence[int]
]  # moments at which a service leaves its first stop, from one before another


@dataclass(frozen=True, slots=True)
class Call:
    """A stop of a service: its place, where that lies, whether boxes join and leave, and its hours where known."""

    place_id: str
    lon_deg: float
    lat_deg: float
    calls: bool
    arrive_h: float = UNKNOWN
    depart_h: float = UNKNOWN


@dataclass(frozen=True, slots=True)
class Service:
    """A service as its rows tell it.

    Attributes
    ----------
    capacity : tuple
        Parts by resource on every segment of every departure.
    starts : mapping
        By direction, where it has a timetable.
    mode : str
        "" where it is not known.
    """

    service_id: str
    frequency_per_week: float
    transit_h: float
    stops: tuple[Call, ...]
    capacity: tuple[tuple[str, int], ...]
    starts: Mapping[str, Starts] = field(default_factory=lambda: MappingProxyType({}))
    mode: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """A call of a departure; the hop to the next call has its number."""

    seq: int
    place_id: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Departure:
    """One run of a service, in the order of its stops or against it."""

    departure_id: str
    service_id: str
    direction: str
    starts_ms: int
    stops: tuple[Stop, ...]


def departures(service: Service, from_ms: int, to_ms: int) -> Iterator[Departure]:
    """Departures that start from `from_ms` and before `to_ms`, both ways, by time."""
    forward = list(zip(service.stops, offsets_min(service.stops, service.transit_h), strict=True))
    whole = max(at for call, at in forward if call.calls)
    back = [(call, whole - at) for call, at in reversed(forward)]
    found = []
    for rank, (direction, stops) in enumerate(((FORWARD, forward), (BACK, back))):
        starts = service.starts.get(direction)
        moments = evenly(service.frequency_per_week, from_ms, to_ms) if starts is None else starts(from_ms, to_ms)
        found += [(starts_ms, rank, direction, stops) for starts_ms in moments]
    for starts_ms, _, direction, stops in sorted(found, key=lambda one: one[:2]):
        called = [(call.place_id, starts_ms + at * MINUTE_MS) for call, at in stops if call.calls]
        yield Departure(
            f"{service.service_id}.{direction[0].upper()}.{stamp(starts_ms)}",
            service.service_id,
            direction,
            starts_ms,
            tuple(Stop(seq, place_id, at_ms) for seq, (place_id, at_ms) in enumerate(called, start=1)),
        )


def evenly(frequency_per_week: float, from_ms: int, to_ms: int) -> Iterator[int]:
    """Moments spread evenly over the week, on whole minutes."""
    spacing = round(WEEK_MS / frequency_per_week)
    first = -(-(from_ms - MONDAY_MS) // spacing)
    last = -(-(to_ms - MONDAY_MS) // spacing)
    for number in range(first, last):
        yield (MONDAY_MS + number * spacing) // MINUTE_MS * MINUTE_MS


def stamp(at_ms: int) -> str:
    """A moment as it stands in the id of a departure, to the minute, in UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y%m%dT%H%M")


def offsets_min(stops: Sequence[Call], transit_h: float) -> list[int]:
    """Minutes after leaving the first stop that calls at which each stop is left; the way back is their mirror.

    Hours that are not known share out the transit time by great circles.
    """
    lengths = [great_circle_km(one, other) for one, other in pairwise(stops)]
    elapsed = np.array(list(accumulate([0.0, *lengths]))) / (sum(lengths) or 1.0) * transit_h
    times = [{"calls": one.calls, "arrive_h": one.arrive_h, "depart_h": one.depart_h} for one in stops]
    rows = [{**row, "cut_off_h": UNKNOWN} for row in times]
    return [int(at) for at in calls_of(rows, elapsed, UNKNOWN).depart]


def great_circle_km(one: Call, other: Call) -> float:
    """Great circle distance by the haversine formula, on a sphere of 6371 km."""
    lon, lat, lon2, lat2 = map(math.radians, (one.lon_deg, one.lat_deg, other.lon_deg, other.lat_deg))
    half = math.sin((lat2 - lat) / 2) ** 2 + math.cos(lat) * math.cos(lat2) * math.sin((lon2 - lon) / 2) ** 2
    return 2 * 6371.0 * math.asin(math.sqrt(half))
