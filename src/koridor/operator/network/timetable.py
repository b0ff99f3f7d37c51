"""Departures of a service: pure, from rows of the tables `service`, `service_stop` and `place`.

The tables hold how often a service runs and how long it takes, not when. Until somebody gives a timetable, departures
are spread evenly over the week and the hours between the stops follow great circles; both are estimates. They are
counted from one Monday for all, so that two horizons that overlap agree on what they share.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate, pairwise

HOUR_MS = 3_600_000
WEEK_MS = 7 * 24 * HOUR_MS
MONDAY_MS = 4 * 24 * HOUR_MS  # 5 January 1970
FORWARD, BACK = "forward", "back"


@dataclass(frozen=True, slots=True)
class Call:
    """A stop of a service: its place, where that lies, and whether boxes join and leave."""

    place_id: str
    lon_deg: float
    lat_deg: float
    calls: bool


@dataclass(frozen=True, slots=True)
class Service:
    """A service as its rows tell it. `capacity` is parts by resource on every segment of every departure; `mode` is ""
    where it is not known.
    """

    service_id: str
    frequency_per_week: float
    transit_h: float
    stops: tuple[Call, ...]
    capacity: tuple[tuple[str, int], ...]
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
    spacing = round(WEEK_MS / service.frequency_per_week)
    first = -(-(from_ms - MONDAY_MS) // spacing)
    last = -(-(to_ms - MONDAY_MS) // spacing)
    for number in range(first, last):
        starts_ms = MONDAY_MS + number * spacing
        for direction, stops in ((FORWARD, service.stops), (BACK, service.stops[::-1])):
            yield Departure(
                f"{service.service_id}.{direction[0].upper()}.{stamp(starts_ms)}",
                service.service_id,
                direction,
                starts_ms,
                tuple(_timed(stops, starts_ms, service.transit_h)),
            )


def stamp(at_ms: int) -> str:
    """A moment as it stands in the id of a departure, to the minute, in UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y%m%dT%H%M")


def _timed(stops: Sequence[Call], starts_ms: int, transit_h: float) -> Iterator[Stop]:
    lengths = [great_circle_km(one, other) for one, other in pairwise(stops)]
    whole = sum(lengths) or 1.0
    called = ((stop, far) for stop, far in zip(stops, accumulate([0.0, *lengths]), strict=True) if stop.calls)
    for seq, (stop, far_km) in enumerate(called, start=1):
        yield Stop(seq, stop.place_id, starts_ms + round(far_km / whole * transit_h * HOUR_MS))


def great_circle_km(one: Call, other: Call) -> float:
    """Great circle distance by the haversine formula, on a sphere of 6371 km."""
    lon, lat, lon2, lat2 = map(math.radians, (one.lon_deg, one.lat_deg, other.lon_deg, other.lat_deg))
    half = math.sin((lat2 - lat) / 2) ** 2 + math.cos(lat) * math.cos(lat2) * math.sin((lon2 - lon) / 2) ** 2
    return 2 * 6371.0 * math.asin(math.sqrt(half))
