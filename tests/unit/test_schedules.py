"""`check` names every problem of timetables and of acceptance, with its row and its remedy."""

from __future__ import annotations

from typing import Any

import pytest

from koridor.errors import DataError
from koridor.testing import dataset_of
from timetables import world_rows

RULE = {"departure_id": "1", "service_id": "TR", "direction": "forward", "weekdays": "mon", "time": "08:00"}


def problems(change: dict[str, list[dict[str, Any]]] | None = None, **more: list[dict[str, Any]]) -> list[str]:
    """Problems of the small world with other rows, each as table, field, what was found and what must hold."""
    rows = {**world_rows(), **(change or {})}
    for name, extra in more.items():
        rows[name] = [*rows.get(name, []), *extra]
    try:
        dataset_of(rows)
    except DataError as error:
        return [f"{one.table}.{one.field} {one.found}: {one.limit}; {one.hint}" for one in error.problems]
    return []


def one_problem(said: str, change: dict[str, list[dict[str, Any]]] | None = None, **more: Any) -> None:
    """The rows have this one problem."""
    (found,) = problems(change, **more)
    assert said in found


def test_unknown_zone_names_the_nearest() -> None:
    """Zones are those of the IANA database; Asia/Bakuu is one letter off."""
    rows = [{"place_id": "Q", "zone": "Asia/Bakuu"}]
    said = "place_zone.zone Asia/Bakuu: must be a zone of the IANA time zone database; write a name such as Asia/Ba"
    one_problem(said, place_zone=rows)
    assert problems(place_zone=[{"place_id": "Q", "zone": "../etc/passwd"}])
    assert problems(place_zone=[{"place_id": "Q", "zone": "Europe/Minsk"}]) == []


@pytest.mark.parametrize("time", ["25:00", "24:01", "8:00", "08:60", "0800", "noon", "٠٨:٠٠"])
def test_times_of_day(time: str) -> None:
    """Two digits each, to 24:00; a time that cannot be read is told once and not held against other rules."""
    one_problem("must be a time of day from 00:00 to 24:00", departure=[RULE | {"time": time}])


@pytest.mark.parametrize("day", ["2026-02-30", "2026-3-2", "02.03.2026", "2026-13-01"])
def test_days(day: str) -> None:
    """A day is one of the calendar, year first."""
    one_problem("must be a day of the calendar", departure=[RULE | {"valid_from": day}])


def test_seasons_in_order() -> None:
    """A season may be one day long, and may not end before it begins."""
    season = {"valid_from": "2026-05-02", "valid_to": "2026-05-01"}
    one_problem("departure.valid_to 2026-05-01: must not be before valid_from", departure=[RULE | season])
    opening = {"opening_id": "1", "of": "place", "row": "S", "from_time": "08:00", "to_time": "20:00"}
    one_problem("opening.valid_to", opening=[opening | season])
    assert problems(departure=[RULE | season | {"valid_to": "2026-05-02"}]) == []


def test_rules_that_give_the_same_departure() -> None:
    """Same service, direction, weekday, time and season; other than in one of them, they go well together."""
    other = RULE | {"departure_id": "2", "weekdays": "mon;thu"}
    one_problem("departure.time 08:00: must not give a departure of 1 again", departure=[RULE, other])
    one_problem("again", departure=[RULE, other | {"direction": "both"}])
    one_problem("again", departure=[RULE | {"time": "06:00", "repeat_h": 1}, other])
    apart = [{"weekdays": "tue"}, {"time": "09:00"}, {"service_id": "SH"}, {"direction": "backward"}]
    for change in apart:
        assert problems(departure=[RULE, other | change]) == []
    seasons = {"valid_to": "2026-04-30"}, {"valid_from": "2026-05-01"}
    assert problems(departure=[RULE | seasons[0], other | seasons[1]]) == []
    one_problem("again", departure=[RULE | seasons[0], other | {"valid_from": "2026-04-27"}])


def test_rules_of_every_second_week() -> None:
    """Two that alternate never meet; two of the same weeks do. Without a first week nobody knows which."""
    even = RULE | {"every_weeks": 2, "valid_from": "2026-03-02"}
    odd = even | {"departure_id": "2", "valid_from": "2026-03-09"}
    assert problems(departure=[even, odd]) == []
    one_problem("again", departure=[even, odd | {"valid_from": "2026-03-16"}])
    one_problem("departure.valid_from : must not be empty where every_weeks is above 1",
                departure=[RULE | {"every_weeks": 2}])  # fmt: skip


def test_repeated_departures() -> None:
    """An end needs a step, and comes after the beginning."""
    one_problem(
        "departure.until_time 20:00: must be empty where repeat_h is", departure=[RULE | {"until_time": "20:00"}]
    )
    early = RULE | {"until_time": "07:00", "repeat_h": 2}
    one_problem("departure.until_time 07:00: must not be before time", departure=[early])


def test_dates_that_mean_nothing() -> None:
    """2 March 2026 is a Monday and 3 March is not; what is cancelled must be there, what is added must not."""
    date = {"service_id": "TR", "direction": "forward", "time": "08:00", "run": "cancelled", "date": "2026-03-02"}
    assert problems(departure=[RULE], departure_date=[date, date | {"date": "2026-03-03", "run": "added"}]) == []
    assert problems(departure=[RULE], departure_date=[date | {"time": "*"}]) == []
    one_problem("departure_date.date 2026-03-03: must be a departure of the table departure",
                departure=[RULE], departure_date=[date | {"date": "2026-03-03"}])  # fmt: skip
    one_problem("departure_date.date 2026-03-02: must not be a departure that the rules give",
                departure=[RULE], departure_date=[date | {"run": "added"}])  # fmt: skip
    one_problem("departure_date.time *: must be a time of day where a departure is added",
                departure=[RULE],
                departure_date=[date | {"run": "added", "time": "*", "date": "2026-03-03"}])  # fmt: skip


def stops(**hours: dict[str, float]) -> dict[str, list[dict[str, Any]]]:
    """The stops of TR with hours."""
    rows = world_rows()["service_stop"]
    return {
        "service_stop": [row | hours.get(row["place_id"], {}) if row["service_id"] == "TR" else row for row in rows]
    }


def test_hours_of_stops_grow() -> None:
    """A stop is not reached before the one before it is left, nor left before it is reached."""
    assert problems(stops(P={"depart_h": 0}, Q={"arrive_h": 10, "depart_h": 12}, R={"arrive_h": 20})) == []
    one_problem("service_stop.arrive_h 11: must not be before the time of stop 2, 12 h",
                stops(Q={"arrive_h": 10, "depart_h": 12}, R={"arrive_h": 11}))  # fmt: skip
    one_problem("service_stop.depart_h 9: must not be before arrive_h", stops(Q={"arrive_h": 10, "depart_h": 9}))
    one_problem("service_stop.depart_h 1: must be 0 at the first stop that calls", stops(P={"depart_h": 1}))


def test_services_with_departures_call_somewhere() -> None:
    """A departure of a service without stops would be silently of no use."""
    lost = {"service_id": "NO", "mode": "rail", "frequency_per_week": 1, "transit_h": 1}
    one_problem("departure.service_id NO: must be a service that calls at two stops at least",
                service=[lost], departure=[RULE | {"service_id": "NO"}])  # fmt: skip


def test_hours_and_acceptance_are_of_something() -> None:
    """The row is there, and an activity is one."""
    opening = {"opening_id": "1", "of": "transfer", "row": "S-raod", "from_time": "08:00", "to_time": "20:00"}
    one_problem("opening.row S-raod: must be the key of a row of transfer; perhaps S-road", opening=[opening])
    one_problem("acceptance.row train: must be one of rail, road",
                acceptance=[{"of": "activity", "row": "train", "goods": "dg", "accepted": True}])  # fmt: skip


def test_goods_of_acceptance() -> None:
    """Classes are those of dangerous goods; tonnes go with weight and with nothing else."""
    row = {"of": "activity", "row": "rail", "accepted": True}
    one_problem("acceptance.goods dg10: must be one of reefer, weight, dg, dg1", acceptance=[row | {"goods": "dg10"}])
    one_problem("acceptance.gross_max_t : must be given", acceptance=[row | {"goods": "weight"}])
    one_problem("acceptance.gross_max_t 20: must be given where goods is weight, and only there",
                acceptance=[row | {"goods": "dg", "gross_max_t": 20}])  # fmt: skip


def test_types_of_cargo() -> None:
    """A box has a size, and weighs more loaded than empty."""
    box = {"cargo_type": "B", "kind": "box", "length_m": 6, "tare_t": 2, "gross_max_t": 30, "size_teu": 1}
    one_problem("cargo_type.size_teu : must be above 0 for a box", cargo_type=[box | {"size_teu": None}])
    one_problem("cargo_type.tare_t 30: must be below gross_max_t", cargo_type=[box | {"tare_t": 30}])


def test_all_problems_at_once() -> None:
    """Nothing hides behind the first: a bad zone, a bad season and a bad time are three."""
    found = problems(
        place_zone=[{"place_id": "Q", "zone": "Mars/Olympus"}],
        departure=[
            RULE | {"time": "25:00"},
            RULE | {"departure_id": "2", "valid_from": "2026-02-02", "valid_to": "2026-02-01"},
        ],
    )
    assert len(found) == 3
