"""Moments: minutes since 1970-01-01 UTC, and how people write and read them in the zone of a place.

Where clocks go forward, a local time that does not exist is read by the clock before the change: 02:30 becomes 03:30.
Where they go back, a time that comes twice means the first of the two. Both are said in `Moment.note`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from koridor.errors import UsageError
from koridor.model.network import Ints
from koridor.model.scenario import Scenario
from koridor.schema.days import MINUTES_A_DAY, date_of
from koridor.text import t

NO_ZONE = "UTC"
_EXAMPLE = datetime(2026, 3, 2, 8)
_YEARS = 1971, 2199
_WRITTEN = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::\d{2})?\s*(Z|[+-]\d{2}:?\d{2})?)?", re.ASCII
)
_START = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment as somebody wrote it.

    minute: since 1970-01-01 UTC. zone: in which it was read, "" where the text names its own offset. day_only: no time
    of day was given, midnight is meant. note: what was made of a time that does not exist or comes twice.
    """

    minute: int
    zone: str
    day_only: bool
    note: str = ""


def zone_of(scenario: Scenario, place_id: str) -> str:
    """Name of the zone of a place; UTC where the dataset does not say."""
    zones = scenario.table("place_zone")
    found = zones.loc[zones["place_id"] == place_id, "zone"]
    return str(found.iloc[0]) if len(found) else NO_ZONE


def utc_minutes(zone: str, days: Ints, minutes: Ints) -> Ints:
    """Minutes since 1970 UTC of local days (since 1970-01-01) and minutes of the day, element by element.

    Days without a change of the clocks are turned at once, the others one by one.
    """
    at, back = np.unique(days, return_inverse=True)
    before = np.array([_offset(zone, int(day), 0) for day in at], dtype=np.int64)
    after = np.array([_offset(zone, int(day) + 1, 0) for day in at], dtype=np.int64)
    local = days * MINUTES_A_DAY + minutes
    found = local - before[back]
    for i in np.flatnonzero((before != after)[back] | (minutes >= MINUTES_A_DAY)):
        found[i] = local[i] - _offset(zone, int(local[i]) // MINUTES_A_DAY, int(local[i]) % MINUTES_A_DAY)
    return found


def local_day(zone: str, minute: int) -> int:
    """The local day, since 1970-01-01, in which a moment lies."""
    return (_local(zone, minute).date() - date(1970, 1, 1)).days


def local_text(minute: int, zone: str) -> str:
    """The moment as the clock of that zone shows it, such as 2026-03-02 08:00."""
    return _local(zone, minute).strftime("%Y-%m-%d %H:%M")


def utc_text(minute: int) -> str:
    """The moment in UTC as ISO 8601 has it, such as 2026-03-02T08:00Z; `read_moment` reads it anywhere."""
    return _local(NO_ZONE, minute).strftime("%Y-%m-%dT%H:%MZ")


def read_moment(text: str, zone: str) -> Moment:
    """The moment that a text such as 2026-03-02, 2026-03-02T08:00 or 2026-03-02T08:00+03:00 means.

    Without an offset it is read by the clocks of `zone`; without a time, at midnight. Raises UsageError, a sentence,
    for a text of another form and for a day or a time that the calendar does not have.
    """
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        day, moment = _EXAMPLE.date().isoformat(), _EXAMPLE.isoformat(timespec="minutes")
        raise UsageError(t("Date {text}: write a day such as {day}, or {moment}.", text=text, day=day, moment=moment))
    on = _day(text, *(int(found[i]) for i in (1, 2, 3)))
    minute = _time(text, found[4], found[5])
    offset = found[6]
    if offset:
        return Moment(on * MINUTES_A_DAY + minute - _minutes(text, offset), "", False)
    local = on * MINUTES_A_DAY + minute
    utc = local - _offset(zone, local // MINUTES_A_DAY, local % MINUTES_A_DAY)
    return Moment(utc, zone, found[4] is None, _note(zone, local, utc))


def _day(text: str, year: int, month: int, day: int) -> int:
    if not _YEARS[0] <= year <= _YEARS[1]:
        low, high = _YEARS
        raise UsageError(t("Date {text}: give a year from {low} to {high}.", text=text, low=low, high=high))
    if not 1 <= month <= 12:
        raise UsageError(t("Date {text}: there is no month {month}; write year, month, day.", text=text, month=month))
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    if not 1 <= day <= last:
        raise UsageError(
            t("Date {text}: there is no such day; the last of that month is {last}.", text=text, last=f"{last:02d}")
        )
    return (date(year, month, day) - date(1970, 1, 1)).days


def _time(text: str, hours: str | None, minutes: str | None) -> int:
    if hours is None or minutes is None:
        return 0
    minute = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or minute > MINUTES_A_DAY:
        raise UsageError(t("Date {text}: times of day go from 00:00 to 24:00.", text=text))
    return minute


def _minutes(text: str, offset: str) -> int:
    if offset == "Z":
        return 0
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    if hours > 14 or minutes > 59:
        raise UsageError(t("Date {text}: offsets from UTC go from -14:00 to +14:00.", text=text))
    return (-1 if offset[0] == "-" else 1) * (hours * 60 + minutes)


def _note(zone: str, local: int, utc: int) -> str:
    shown = local_text(utc, zone)
    asked = (_START + timedelta(minutes=local)).strftime("%Y-%m-%d %H:%M")
    if shown != asked:
        return t("{asked} does not exist in {zone}: clocks go forward then. It is read as {shown}.",
                 asked=asked, zone=zone, shown=shown)  # fmt: skip
    later = (_START + timedelta(minutes=local)).replace(tzinfo=_zone(zone), fold=1).astimezone(UTC)
    if later != (_START + timedelta(minutes=utc)).replace(tzinfo=UTC):
        return t("{asked} comes twice in {zone}: clocks go back then. The first is meant.", asked=asked, zone=zone)
    return ""


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=1 << 16)
def _offset(zone: str, day: int, minute: int) -> int:
    """Minutes that local clocks are ahead of UTC at a local time, by the clock before a change."""
    stamp = datetime.combine(date_of(day), datetime.min.time()) + timedelta(minutes=minute)
    ahead = stamp.replace(tzinfo=_zone(zone)).utcoffset()
    return round(ahead.total_seconds() / 60) if ahead is not None else 0


def _local(zone: str, minute: int) -> datetime:
    return (_START + timedelta(minutes=minute)).replace(tzinfo=UTC).astimezone(_zone(zone))
