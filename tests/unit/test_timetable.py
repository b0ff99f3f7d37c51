"""Departures, opening hours and seasons as minutes on arcs, by hand and against a clock read minute by minute."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from koridor.errors import UsageError
from koridor.model.network import BOX, BULK, Act
from koridor.model.timetable import compile_timetable, first_come, next_entry
from koridor.model.timetable.calls import Plan
from koridor.model.timetable.windows import open_parts
from koridor.schema.days import Rule, times
from timetables import DAY, World, at, wall_minutes, world_rows

MONDAY = {"departure_id": "1", "service_id": "TR", "direction": "forward", "weekdays": "mon", "time": "08:00"}


def with_stops(service: str, **times_of: dict[str, float]) -> dict[str, list[dict[str, object]]]:
    """The world with hours at stops of a service."""
    rows = world_rows()
    rows["service_stop"] = [
        row | times_of.get(str(row["place_id"]), {}) if row["service_id"] == service else row
        for row in rows["service_stop"]
    ]
    return rows


def test_a_train_leaves_by_the_clock_of_its_first_stop() -> None:
    """Mondays 08:00 in Baku are 04:00 UTC. Transit 24 h is shared out by the hours of the links, 12 to 6: it is in Q
    after 16 h and in R after 24 h, and leaves Q when it comes.
    """
    world = World(world_rows(departure=[MONDAY]), "2026-03-01", 14)
    first, second = at("2026-03-02T04:00"), at("2026-03-09T04:00")
    assert world.departures(Act.SERVICE, "P", "R") == [(first, 24 * 60), (second, 24 * 60)]
    assert world.departures(Act.SERVICE, "P", "Q") == [(first, 16 * 60), (second, 16 * 60)]
    assert world.departures(Act.SERVICE, "Q", "R") == [(first + 16 * 60, 8 * 60), (second + 16 * 60, 8 * 60)]


def test_who_comes_after_the_cut_off_takes_the_next_train() -> None:
    """With six hours of cut-off the train of 04:00 UTC takes what is there at 22:00 of the day before."""
    rows = world_rows(departure=[MONDAY])
    rows["service"][0]["cut_off_h"] = 6
    world = World(rows, "2026-03-01", 14)
    assert world.entry(Act.SERVICE, "P", "R", "2026-03-01T22:00") == (at("2026-03-02T04:00"), at("2026-03-03T04:00"))
    late = world.entry(Act.SERVICE, "P", "R", "2026-03-01T22:01")
    assert late == (at("2026-03-09T04:00"), at("2026-03-10T04:00"))
    assert world.entry(Act.SERVICE, "P", "R", "2026-03-09T00:00") is None, (
        "nothing leaves in what is left of the horizon"
    )


def test_hours_at_stops_win_over_the_transit_time() -> None:
    """In Q from hour 10 to 13, in R at hour 20. Backwards the hours are mirrored on 20: in Q from hour 7 to 10."""
    rows = with_stops("TR", Q={"arrive_h": 10, "depart_h": 13, "cut_off_h": 2}, R={"arrive_h": 20})
    rows["departure"] = [MONDAY | {"direction": "both"}]
    world = World(rows, "2026-03-02", 7)
    out, back = at("2026-03-02T04:00"), at("2026-03-02T08:00")
    assert world.departures(Act.SERVICE, "P", "Q") == [(out, 600)]
    assert world.departures(Act.SERVICE, "Q", "R") == [(out + 13 * 60, 7 * 60)]
    assert world.departures(Act.SERVICE, "R", "Q") == [(back, 7 * 60)]
    assert world.departures(Act.SERVICE, "Q", "P") == [(back + 10 * 60, 10 * 60)]
    assert world.timetable.cut_off_min[world.arc(Act.SERVICE, "Q", "R")] == 120
    assert world.timetable.cut_off_min[world.arc(Act.SERVICE, "P", "R")] == 0


def test_hours_between_known_stops_are_shared_out() -> None:
    """Only the end is known, hour 30 in place of 24: Q, at two thirds of the running, is at hour 20."""
    rows = with_stops("TR", R={"arrive_h": 30})
    rows["departure"] = [MONDAY]
    world = World(rows, "2026-03-02", 7)
    assert world.departures(Act.SERVICE, "P", "Q") == [(at("2026-03-02T04:00"), 20 * 60)]
    assert world.departures(Act.SERVICE, "Q", "R") == [(at("2026-03-03T00:00"), 10 * 60)]


def test_the_way_back_begins_at_the_last_call() -> None:
    """S after R is only passed, at hour 40: backwards the train leaves R, mirrored on R's hour 24, and not on 40."""
    rows = with_stops("TR", R={"arrive_h": 24})
    passed = {"service_id": "TR", "seq": 4, "place_id": "Q", "carriage": "rail1520", "calls": False, "arrive_h": 40}
    rows["service_stop"] = [*rows["service_stop"], passed]
    rows["departure"] = [MONDAY | {"direction": "backward"}]
    world = World(rows, "2026-03-02", 7)
    assert world.departures(Act.SERVICE, "R", "P") == [(at("2026-03-02T08:00"), 24 * 60)]


def test_a_direction_without_rows_runs_by_its_frequency() -> None:
    """Once a week is a wait of 84 h on average, with variance 168^2 / 12 = 2352 h^2; the ride stays what it was. The
    timetabled direction has no expected wait.
    """
    world = World(world_rows(departure=[MONDAY]), "2026-03-01", 14)
    back, out = world.arc(Act.SERVICE, "R", "P"), world.arc(Act.SERVICE, "P", "R")
    table, hours = world.timetable, world.compiled.network.arcs.hours[BOX]
    assert (table.wait_min[back], table.wait_var[back]) == (84 * 60, pytest.approx(2352))
    assert table.run_min[back] == (84 + 24) * 60 == round(hours[back] * 60)
    assert (table.wait_min[out], table.wait_var[out]) == (0, 0)


def test_dates_add_and_cancel() -> None:
    """Monday the 2nd is cancelled, Wednesday the 4th at noon added; `*` cancels whatever leaves on the 9th."""
    one = {"service_id": "TR", "direction": "forward"}
    dates = [
        one | {"date": "2026-03-02", "time": "08:00", "run": "cancelled"},
        one | {"date": "2026-03-04", "time": "12:00", "run": "added"},
        one | {"date": "2026-03-09", "time": "*", "run": "cancelled"},
    ]
    world = World(world_rows(departure=[MONDAY], departure_date=dates), "2026-03-01", 16)
    found = [minute for minute, _ in world.departures(Act.SERVICE, "P", "R")]
    assert found == [at("2026-03-04T08:00"), at("2026-03-16T04:00")]


def test_trains_under_way_when_the_horizon_begins_count_at_later_stops() -> None:
    """The horizon begins ten hours after the train left P: it is still to come in Q, at 20:00."""
    world = World(world_rows(departure=[MONDAY]), "2026-03-02T14:00", 5)
    assert world.departures(Act.SERVICE, "Q", "R") == [(at("2026-03-02T20:00"), 8 * 60)]


def test_a_timetable_that_does_not_run_is_no_free_way() -> None:
    """A season that is over: the arc cannot be taken at all, which an empty row would not say."""
    over = MONDAY | {"valid_from": "2025-01-01", "valid_to": "2025-12-31"}
    world = World(world_rows(departure=[over]), "2026-03-01", 14)
    assert world.entry(Act.SERVICE, "P", "R", "2026-03-01") is None
    assert world.departures(Act.SERVICE, "P", "R")[0][0] < world.timetable.start_min


def test_every_second_week_counts_from_the_week_of_the_first_day() -> None:
    """From Thursday 5 March: Mondays of that week (before it: too early), of the 16th and of the 30th."""
    other = MONDAY | {"every_weeks": 2, "valid_from": "2026-03-05"}
    world = World(world_rows(departure=[other]), "2026-03-01", 31)
    found = [minute for minute, _ in world.departures(Act.SERVICE, "P", "R")]
    assert found == [at("2026-03-16T04:00"), at("2026-03-30T04:00")]


def test_a_shuttle_leaves_again() -> None:
    """Every 90 minutes from 22:00 to 23:59: twice a day. Without an end, until midnight too."""
    assert times("22:00", 1.5, "23:59") == times("22:00", 1.5) == (22 * 60, 23 * 60 + 30)


def test_a_slow_ship_that_a_fast_one_overtakes_is_not_taken() -> None:
    """SH leaves Monday and needs 100 h, XX leaves Tuesday and needs 20 h: on Monday one waits for Tuesday's ship. With
    40 h both are of use.
    """
    for hours, expected in ((100, [24]), (40, [0, 24])):
        rows = world_rows(
            service=[{"service_id": "XX", "mode": "sea", "frequency_per_week": 1, "transit_h": 20}],
            service_stop=[
                {"service_id": "XX", "seq": i, "place_id": place, "carriage": "sea", "calls": True}
                for i, place in enumerate("RS", 1)
            ],
            departure=[
                MONDAY | {"service_id": "SH", "time": "00:00"},
                MONDAY | {"departure_id": "2", "service_id": "XX", "time": "00:00", "weekdays": "tue"},
            ],
        )
        rows["service"][1]["transit_h"] = hours
        world = World(rows, "2026-03-02", 7)
        found = [(minute - at("2026-03-02")) // 60 for minute, _ in world.departures(Act.MOVE, "R", "S")]
        assert found == expected


@pytest.mark.parametrize("frequency", [0.1, 2, 14])
def test_another_ship_is_never_to_anybodys_loss(frequency: float) -> None:
    """SH sails by its frequency, 20 h and half a headway. Once XX with a day of its own sails too, whoever is in R at
    any time is in S by whichever of the two is sooner, and with a cut-off of 10 h for XX alone.
    """
    rows = world_rows()
    rows["service"][1]["frequency_per_week"] = frequency
    alone = World(rows, "2026-03-02", 14)
    more = {
        "service": {"service_id": "XX", "mode": "sea", "frequency_per_week": 1, "transit_h": 30, "cut_off_h": 10},
        "departure": MONDAY | {"service_id": "XX", "weekdays": "wed", "time": "12:00"},
    }
    stops = [row | {"service_id": "XX"} for row in rows["service_stop"] if row["service_id"] == "SH"]
    rows = {**rows, "service_stop": [*rows["service_stop"], *stops]}
    rows |= {name: [*rows.get(name, []), row] for name, row in more.items()}
    both = World(rows, "2026-03-02", 14)
    arc = alone.arc(Act.MOVE, "R", "S")
    sails = at("2026-03-04T12:00"), at("2026-03-11T12:00")
    for minute in range(at("2026-03-02"), at("2026-03-12"), 97):
        by_frequency = minute + round(60 * (84 / frequency + 20))
        by_day = min((day + 30 * 60 for day in sails if day - 600 >= minute), default=2**62)
        first, second = (next_entry(world.timetable, arc, minute) for world in (alone, both))
        assert first is not None
        assert second is not None
        assert (first.arrive_min, second.arrive_min) == (by_frequency, min(by_frequency, by_day))


def test_first_come_keeps_what_nothing_overtakes() -> None:
    """By hand: of (0, 50), (10, 5), (10, 9), (20, 5), (20, 5) the first is overtaken, the third is the slower of two
    that leave together, the last is there twice.
    """
    depart, ride = first_come(np.array([20, 10, 0, 10, 20]), np.array([5, 9, 50, 5, 5]))
    assert (depart.tolist(), ride.tolist()) == ([10, 20], [5, 5])


def test_goods_outside_boxes_do_not_sail_by_the_timetable_of_box_ships() -> None:
    """Bulk goes by ships of its own at any time: 480 km at 24 km/h, no wait."""
    row = MONDAY | {"service_id": "SH"}
    world = World(world_rows(departure=[row]), "2026-03-02", 7, form=BULK)
    arc = world.arc(Act.MOVE, "R", "S")
    assert world.departures(Act.MOVE, "R", "S") == []
    assert (world.timetable.run_min[arc], world.timetable.wait_min[arc]) == (20 * 60, 0)


def test_ships_by_frequency_wait_half_a_headway() -> None:
    """Twice a week: 42 h on average, of which the arc's hours hold 20 h of sailing beside."""
    world = World(world_rows(), "2026-03-02", 7)
    arc = world.arc(Act.MOVE, "R", "S")
    assert (world.timetable.wait_min[arc], world.timetable.run_min[arc]) == (42 * 60, 62 * 60)
    assert len(world.timetable.depart_min) == 0


@pytest.mark.parametrize(("given", "cut_off"), [({}, 5), ({"cut_off_h": 8}, 8)])
def test_going_on_board_a_ferry_is_over_before_it_leaves(given: dict[str, float], cut_off: int) -> None:
    """Five hours of boarding are its cut-off unless the timetable has one; 9 h of sailing and 3 h ashore follow. The
    42 h of expected wait in the link are gone. Both forms ride.
    """
    for form in (BOX, BULK):
        rows = world_rows(departure=[MONDAY | {"service_id": "FE", "time": "12:00"}])
        rows["service"][2] |= given
        world = World(rows, "2026-03-02", 7, form=form)
        assert world.departures(Act.MOVE, "R", "T") == [(at("2026-03-02T12:00"), 12 * 60)]
        arc = world.arc(Act.MOVE, "R", "T")
        assert (world.timetable.cut_off_min[arc], world.timetable.wait_min[arc]) == (cut_off * 60, 0)
        assert world.timetable.run_min[world.arc(Act.MOVE, "T", "R")] == (42 + 10 + 5 + 3) * 60


def test_hours_of_places_transfers_borders_and_links() -> None:
    """A place's hours hold for loading there and for its transfers, a link's and a border's for the moves over it, by
    the clock of the border's first place: 08:00 to 20:00 in Baku are 04:00 to 16:00 UTC. Hours of one thing add up,
    those of several all hold.
    """
    hours = {"from_time": "08:00", "to_time": "20:00"}
    rows = world_rows(
        border=[{"border_id": "B", "from_place": "P", "to_place": "Q", "mode": "rail", "two_way": True, "time_h": 4}],
        opening=[
            {"opening_id": "1", "of": "border", "row": "B", **hours},
            {"opening_id": "2", "of": "place", "row": "S", "weekdays": "mon;tue", "from_time": "22:00",
             "to_time": "06:00"},
            {"opening_id": "3", "of": "transfer", "row": "S-road", **hours},
            {"opening_id": "4", "of": "transfer", "row": "S-road", "from_time": "20:00", "to_time": "23:00"},
        ],
    )  # fmt: skip
    world = World(rows, "2026-03-02", 2)
    day = at("2026-03-02")
    local = [(day + n * DAY + 4 * 60, day + n * DAY + 16 * 60) for n in range(2)]
    assert world.spans(world.arc(Act.MOVE, "P", "Q")) == local
    assert world.spans(world.arc(Act.MOVE, "Q", "P")) == local, "the same hours of the same post"
    night = [(day + n * DAY + 22 * 60, day + (n + 1) * DAY + (6 * 60 if n == 0 else 0)) for n in range(2)]
    doors = [
        i
        for i in range(len(world.compiled.network.arcs))
        if world.compiled.network.arcs.act[i] == Act.LOAD and world.spans(i)
    ]
    assert all(world.spans(i) == night for i in doors)
    assert len(doors) == 2, "by sea and by road"
    transfer = [i for i in range(len(world.compiled.network.arcs)) if len(world.spans(i)) and i not in doors]
    both = [world.spans(i) for i in transfer if world.compiled.network.arcs.act[i] == Act.TRANSFER]
    assert both == [[(day + 22 * 60, day + 23 * 60), (day + DAY + 22 * 60, day + DAY + 23 * 60)]] * 2
    train = world.arc(Act.SERVICE, "P", "R")
    assert world.spans(train) == [], "a train passes the border by its own times"


def test_entering_a_window() -> None:
    """Who is there at 07:59 waits a minute, at 08:00 and 19:59 nobody waits, at 20:00 until the next morning."""
    rows = world_rows(
        opening=[{"opening_id": "1", "of": "link", "row": "QR", "from_time": "08:00", "to_time": "20:00"}]
    )
    world = World(rows, "2026-03-02", 3)
    run = 6 * 60
    for there, enters in (
        ("2026-03-02T07:59", "2026-03-02T08:00"),
        ("2026-03-02T08:00", "2026-03-02T08:00"),
        ("2026-03-02T19:59", "2026-03-02T19:59"),
        ("2026-03-02T20:00", "2026-03-03T08:00"),
    ):
        assert world.entry(Act.MOVE, "Q", "R", there) == (at(enters), at(enters) + run)
    assert world.entry(Act.MOVE, "Q", "R", "2026-03-04T20:00") is None


def test_a_closed_season_replaces_the_expected_wait() -> None:
    """Shut in January and February, and for 0.871 of March, which must be its beginning as April is open: from the 28th
    at 00:01 (0.871 x 44,640 = 38,881.4 minutes) the link is open. The yearly run's expected wait is not counted again.
    """
    months = [{"link_id": "RS", "month": month, "open_share": share} for month, share in ((1, 0), (2, 0), (3, 0.129))]
    world = World(world_rows(link_period=months), "2026-02-01", 120)
    arc = world.arc(Act.MOVE, "R", "S")
    assert world.spans(arc) == [(at("2026-03-28T00:01"), world.timetable.end_min)]
    assert world.timetable.run_min[arc] == 62 * 60
    assert world.compiled.network.arcs.hours[BOX][arc] * 60 > world.timetable.run_min[arc] + DAY
    never = World(world_rows(link_period=months), "2026-01-05", 30)
    assert never.entry(Act.MOVE, "R", "S", "2026-01-05") is None
    assert never.spans(arc) == [(never.timetable.start_min, never.timetable.start_min)]


def test_departures_in_the_closed_season_do_not_run() -> None:
    """Ships of February are dropped, those of April stay."""
    months = [{"link_id": "RS", "month": month, "open_share": 0} for month in (2, 3)]
    row = MONDAY | {"service_id": "SH", "time": "00:00"}
    world = World(world_rows(link_period=months, departure=[row]), "2026-02-01", 70)
    found = [minute for minute, _ in world.departures(Act.MOVE, "R", "S")]
    assert found == [at("2026-04-06")]
    assert world.spans(world.arc(Act.MOVE, "R", "S")) == []


@pytest.mark.parametrize(
    ("before", "here", "after", "parts"),
    [
        (0, 0.25, 1, [(75, 0)]),  # opens at the end
        (1, 0.25, 0, [(0, 75)]),  # closes after the beginning
        (0, 0.25, 0, [(37, 38)]),  # open in the middle of a closed season
        (1, 0.25, 1, [(0, 88), (87, 0)]),  # closed in the middle
        (1, 0, 1, []),
        (0.5, 0.75, 0.9, [(25, 0)]),
    ],
)
def test_months_that_are_partly_open(before: float, here: float, after: float, parts: list[tuple[int, int]]) -> None:
    """A quarter of 100 minutes is open, on the side of the neighbour that is open more."""
    assert open_parts(before, here, after, 100) == parts


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Berlin", "2026-03-29"),  # 02:00 becomes 03:00
        ("Europe/Berlin", "2026-10-25"),  # 03:00 becomes 02:00
        ("Asia/Almaty", "2024-02-29"),  # UTC+6 becomes UTC+5 at the end of the day
        ("Asia/Tehran", "2026-03-21"),  # no change any more
        ("Asia/Kolkata", "2026-03-29"),
    ],
)
def test_local_times_where_clocks_change(zone: str, day: str) -> None:
    """Every half hour of three days, against a clock that is read minute by minute."""
    middle = date.fromisoformat(day)
    low = (middle - date(1970, 1, 1)).days - 1
    plan = Plan((Rule(frozenset(range(7)), tuple(range(0, DAY, 30)), low, low + 2),), frozenset(), frozenset())
    shown = wall_minutes(zone, (low - 1) * DAY, (low + 4) * DAY)
    asked = {shown[middle + timedelta(days=n), minute] for n in (-1, 0, 1) for minute in range(0, DAY, 30)}
    assert plan.departures(zone, (low - 1) * DAY, (low + 4) * DAY).tolist() == sorted(asked)


def test_a_horizon_has_a_length() -> None:
    """Nothing can be asked of no time at all."""
    world = World(world_rows(), "2026-03-02", 1)
    with pytest.raises(UsageError, match="must be above 0"):
        compile_timetable(world.scenario, world.compiled, 0, 0)
