"""Moments as people write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from koridor.errors import UsageError
from koridor.model.clock import local_text, read_moment, zone_of
from koridor.model.scenario import Scenario
from koridor.testing import dataset_of, five_place_rows


def minute(*parts: int) -> int:
    """Minutes since 1970 of a moment in UTC, by the standard library."""
    return round(datetime(*parts, tzinfo=UTC).timestamp() / 60)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("text", "expected", "zone"),
    [
        ("2026-03-02", minute(2026, 3, 1, 21), "Europe/Minsk"),  # midnight, UTC+3 all year
        ("2026-03-02T08:00", minute(2026, 3, 2, 5), "Europe/Minsk"),
        ("2026-03-02 8:00", minute(2026, 3, 2, 5), "Europe/Minsk"),
        ("2026-7-2T08:00", minute(2026, 7, 2, 6), "Europe/Warsaw"),  # summer time
        ("2026-03-02T24:00", minute(2026, 3, 2, 21), "Europe/Minsk"),
        ("2026-03-02T08:00Z", minute(2026, 3, 2, 8), "Europe/Minsk"),
        ("2026-03-02T08:00+05:30", minute(2026, 3, 2, 2, 30), "Europe/Minsk"),
        ("2024-02-29", minute(2024, 2, 29), "UTC"),
    ],
)
def test_moments_by_the_clock_of_a_zone(text: str, expected: int, zone: str) -> None:
    """Against the offsets of the zones as everybody knows them; a text with an offset needs no zone."""
    found = read_moment(text, zone)
    assert (found.minute, found.note) == (expected, "")
    assert found.zone == ("" if text[-6:] in ("T08:00Z"[-6:], "+05:30") else zone)


def test_a_time_that_does_not_exist_is_read_and_said() -> None:
    """In Warsaw on 29 March 2026 at 02:00 clocks show 03:00. 02:30 is read as 03:30, 01:30 UTC."""
    found = read_moment("2026-03-29T02:30", "Europe/Warsaw")
    assert found.minute == minute(2026, 3, 29, 1, 30)
    assert "does not exist in Europe/Warsaw" in found.note
    assert "2026-03-29 03:30" in found.note


def test_a_time_that_comes_twice_is_the_first() -> None:
    """On 25 October 2026 02:30 comes at 00:30 UTC and at 01:30 UTC."""
    found = read_moment("2026-10-25T02:30", "Europe/Warsaw")
    assert found.minute == minute(2026, 10, 25, 0, 30)
    assert "comes twice" in found.note


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-02-30", "the last of that month is 28"),
        ("2026-13-01", "there is no month 13"),
        ("2026-04-31T10:00", "the last of that month is 30"),
        ("2026-00-10", "there is no month 0"),
        ("2026-03-02T25:00", "from 00:00 to 24:00"),
        ("2026-03-02T10:75", "from 00:00 to 24:00"),
        ("2026-03-02T24:01", "from 00:00 to 24:00"),
        ("2026-03-02T10:00+19:00", "offsets from UTC"),
        ("02.03.2026", "write a day such as 2026-03-02, or 2026-03-02T08:00"),
        ("tomorrow", "write a day such as"),
        ("", "write a day such as"),
        ("9999-01-01", "give a year from 1971 to 2199"),
    ],
)
def test_what_no_calendar_has_is_a_sentence(text: str, said: str) -> None:
    """The text, and what to write in its place."""
    with pytest.raises(UsageError, match="Date") as caught:
        read_moment(text, "UTC")
    assert said in str(caught.value)


def test_zones_of_places() -> None:
    """A place without a row keeps UTC, which is what its times are then read in."""
    rows = five_place_rows()
    rows["place_zone"] = [{"place_id": "P", "zone": "Asia/Baku"}]
    scenario = Scenario(dataset_of(rows))
    assert (zone_of(scenario, "P"), zone_of(scenario, "Z")) == ("Asia/Baku", "UTC")
    assert local_text(read_moment("2026-03-02T08:00", "Asia/Baku").minute, "UTC") == "2026-03-02 04:00"
