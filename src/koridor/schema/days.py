"""Days and times of day as rules of timetables say them: texts of the tables as days and minutes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from koridor.schema.words import WEEKDAYS

MINUTES_AN_HOUR = 60
MINUTES_A_DAY = 1440
_WEEK = 7
_EPOCH = date(1970, 1, 1).toordinal()


def minute_of(clock: str) -> int:
    """Minutes after midnight of a time such as 08:30; 1440 for 24:00."""
    hours, minutes = clock.split(":")
    return int(hours) * MINUTES_AN_HOUR + int(minutes)


def day_of(text: str) -> int:
    """Days since 1970-01-01 of a date such as 2026-03-02."""
    return date.fromisoformat(text).toordinal() - _EPOCH


def date_of(day: int) -> date:
    """The date so many days after 1970-01-01."""
    return date(1970, 1, 1) + timedelta(days=day)


def weekday_of(day: int) -> int:
    """0 for Monday to 6; 1970-01-01 was a Thursday."""
    return (day + 3) % _WEEK


@dataclass(frozen=True, slots=True)
class Rule:
    """Days and minutes of a day on which something happens, all local.

    weekdays: 0 to 6. first, last: days since 1970-01-01, None for no bound. every_weeks: of the week of `first`.
    """

    weekdays: frozenset[int]
    minutes: tuple[int, ...]
    first: int | None = None
    last: int | None = None
    every_weeks: int = 1

    @staticmethod
    def known(weekdays: str) -> bool:
        """Whether a cell of weekdays can be read."""
        return all(name in WEEKDAYS for name in weekdays.split(";"))

    def runs(self, day: int) -> bool:
        """Whether it happens on that day."""
        inside = (self.first is None or day >= self.first) and (self.last is None or day <= self.last)
        return inside and weekday_of(day) in self.weekdays and self._in_week(day)

    def days(self, low: int, high: int) -> Iterator[int]:
        """Days of [low, high) on which it happens."""
        start = low if self.first is None else max(low, self.first)
        end = high if self.last is None else min(high, self.last + 1)
        return (day for day in range(start, end) if weekday_of(day) in self.weekdays and self._in_week(day))

    def meets(self, other: Rule) -> bool:
        """Whether both happen in one minute of some day, of the first two years in which both hold."""
        if not self.weekdays & other.weekdays or not set(self.minutes) & set(other.minutes):
            return False
        low = max((rule.first for rule in (self, other) if rule.first is not None), default=0)
        high = min((rule.last + 1 for rule in (self, other) if rule.last is not None), default=low + 2 * 52 * _WEEK)
        return any(other.runs(day) for day in self.days(low, min(high, low + 2 * 52 * _WEEK)))

    def _in_week(self, day: int) -> bool:
        if self.every_weeks == 1 or self.first is None:
            return True
        monday = self.first - weekday_of(self.first)
        return (day - monday) // _WEEK % self.every_weeks == 0


def weekdays_of(cell: object) -> frozenset[int]:
    """Weekdays of a cell such as mon;thu; all seven where it is empty."""
    if not isinstance(cell, str) or not cell:
        return frozenset(range(_WEEK))
    return frozenset(WEEKDAYS.index(name) for name in cell.split(";"))


def times(time: str, repeat_h: float | None = None, until: str | None = None) -> tuple[int, ...]:
    """Minutes of a day at which it leaves: at `time`, and again after each of `repeat_h` until `until`, or midnight."""
    first = minute_of(time)
    if repeat_h is None:
        return (first,)
    step = max(1, round(repeat_h * MINUTES_AN_HOUR))
    last = minute_of(until) if until is not None else MINUTES_A_DAY - 1
    return tuple(range(first, last + 1, step))


def rule_of(row: dict[str, object]) -> Rule:
    """The rule of a row of `departure`, its cells as in a frame."""
    repeat, weeks = row.get("repeat_h"), row.get("every_weeks")
    return Rule(
        weekdays_of(row.get("weekdays")),
        times(str(row["time"]), _number(repeat), _text(row.get("until_time"))),
        *bounds_of(row),
        every_weeks=round(_number(weeks) or 1),
    )


def bounds_of(row: dict[str, object]) -> tuple[int | None, int | None]:
    """First and last day of a row with `valid_from` and `valid_to`."""
    first, last = (_text(row.get(name)) for name in ("valid_from", "valid_to"))
    return (None if first is None else day_of(first)), (None if last is None else day_of(last))


def _text(cell: object) -> str | None:
    return cell if isinstance(cell, str) and cell else None


def _number(cell: object) -> float | None:
    if isinstance(cell, int | float) and cell == cell:
        return float(cell)
    return None
