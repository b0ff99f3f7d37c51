"""What clocks have come to: a pure function of a unit's events, a contract and a moment, told day by day.

A clock runs from a start to the first stop after it; a start while it runs starts nothing. Every calendar day that it
touches, local to the place, is told: free, not counted, or charged by its tier. The charge is the sum of its days, so
that what is asked until one day and what is asked from the next add up, and another day never lowers it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from koridor.operator.common.events import Event
from koridor.operator.equipment.contract import Contract, Mark, Scale
from koridor.operator.equipment.fold import valid

SATURDAY = 5
CHARGED = ("tier", "lost")
DAYS_MAX = 3660  # ten years: a clock that nobody stopped ends being told, not being wrong


@dataclass(frozen=True, slots=True)
class Day:
    """One local calendar day of a clock.

    Attributes
    ----------
    day : date
        The day.
    number : int
        How many days are counted up to it; one that is not counted has the number of the last that was.
    why : str
        free, weekend, tier, lost (the value of the unit is due) or gone (after that).
    amount_minor : int
        What it costs.
    """

    day: date
    number: int
    why: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Run:
    """A clock that ran or runs.

    Attributes
    ----------
    start_id : str
        The event that started it.
    starts_ms : int
        When it started.
    stops_ms : int or None
        When it stopped; None while it runs.
    place_id : str
        Where it started.
    days : tuple of Day
        Up to the stop or the moment asked for.
    """

    start_id: str
    starts_ms: int
    stops_ms: int | None
    place_id: str
    days: tuple[Day, ...]

    @property
    def amount_minor(self) -> int:
        """The charge: the sum of the days."""
        return sum(one.amount_minor for one in self.days)


def charges(events: Iterable[Event], contract: Contract, type_code: str, now_ms: int) -> list[Run]:
    """Every run of a clock that had started by a moment; none where the contract has no scale for the type.

    Linear in the events and the days.
    """
    scale = contract.scale_of(type_code)
    if scale is None:
        return []
    zone = ZoneInfo(contract.zone)
    runs = []
    for start, stop in _spans([event for event in valid(events) if event.happened_ms <= now_ms], contract):
        end_ms = now_ms if stop is None else stop.happened_ms
        days = tuple(_days(contract, scale, local_day(zone, start.happened_ms), local_day(zone, end_ms)))
        place_id = str(start.body.get("place_id", ""))
        stops_ms = None if stop is None else stop.happened_ms
        runs.append(Run(start.event_id, start.happened_ms, stops_ms, place_id, days))
    return runs


def free_until_ms(contract: Contract, type_code: str, starts_ms: int) -> int:
    """The moment at which the first day begins that costs something, of a clock that started then.

    Raises AssertionError for a type without a scale.
    """
    scale = contract.scale_of(type_code)
    assert scale is not None, type_code
    zone = ZoneInfo(contract.zone)
    first = local_day(zone, starts_ms)
    days = _days(contract, scale, first, first + timedelta(days=DAYS_MAX))
    return midnight_ms(zone, next(one.day for one in days if one.why in CHARGED))


def local_day(zone: ZoneInfo, at_ms: int) -> date:
    """The calendar day of a moment in a zone."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone).date()


def midnight_ms(zone: ZoneInfo, day: date) -> int:
    """The moment at which a day begins in a zone."""
    return int(datetime.combine(day, time(), zone).timestamp()) * 1000


def _spans(happened: Iterable[Event], contract: Contract) -> Iterator[tuple[Event, Event | None]]:
    running: Event | None = None
    for event in happened:
        if running is None and _is(event, contract.start):
            running = event
        elif running is not None and _is(event, contract.stop):
            yield running, event
            running = None
    if running is not None:
        yield running, None


def _is(event: Event, mark: Mark) -> bool:
    same = event.kind == mark.kind and (mark.empty is None or bool(event.body.get("empty")) == mark.empty)
    return same and (not mark.place_id or event.body.get("place_id") == mark.place_id)


def _days(contract: Contract, scale: Scale, first: date, last: date) -> Iterator[Day]:
    number, lost = 0, False
    for offset in range(min((last - first).days + 1, DAYS_MAX)):
        day = first + timedelta(days=offset)
        free = number + 1 < scale.tiers[0].from_day
        skipped = contract.weekends_free if free else not contract.weekends_charged
        if day.weekday() >= SATURDAY and skipped:
            yield Day(day, number, "weekend", 0)
            continue
        number += 1
        if lost:
            yield Day(day, number, "gone", 0)
        elif number == scale.lost_day:
            lost = True
            yield Day(day, number, "lost", scale.value_minor)
        else:
            fitting = [tier.day_minor for tier in scale.tiers if tier.from_day <= number]
            yield Day(day, number, "tier" if fitting else "free", fitting[-1] if fitting else 0)
