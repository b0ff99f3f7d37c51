"""Whoever comes later never arrives earlier, on any arc, whatever the timetables, hours and seasons."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from koridor.errors import DataError
from koridor.model.network import BOX, BULK
from koridor.model.timetable import Timetable, next_entry
from koridor.model.timetable.spans import all_of, inside, tidy
from koridor.schema.words import WAYS, WEEKDAYS
from rounds import rounds
from timetables import DAY, Rows, World, at, world_rows

START = "2026-03-20"
ZONES = ("Europe/Berlin", "Asia/Baku", "Asia/Kolkata", "UTC")


@st.composite
def tables(draw: Any) -> Rows:
    """The small world with drawn zones, departures of all its services, hours at stops, opening hours and a season."""
    clock = st.integers(0, 1439).map(lambda minute: f"{minute // 60:02d}:{minute % 60:02d}")
    days = st.lists(st.sampled_from(WEEKDAYS), unique=True).map(lambda names: ";".join(names) or None)
    rows = world_rows(
        place_zone=[{"place_id": place, "zone": draw(st.sampled_from(ZONES))} for place in "QRST"],
        departure=[
            {"departure_id": f"{n}", "service_id": draw(st.sampled_from(["TR", "SH", "FE"])), "time": draw(clock),
             "direction": draw(st.sampled_from(WAYS)), "weekdays": draw(days),
             "repeat_h": draw(st.none() | st.floats(0.5, 8))}
            for n in range(draw(st.integers(0, 4)))
        ],
        opening=[
            {"opening_id": f"{n}", "of": of, "row": row, "weekdays": draw(days), "from_time": draw(clock),
             "to_time": draw(clock)}
            for n, (of, row) in enumerate(draw(st.lists(st.sampled_from(
                [("link", "PQ"), ("place", "R"), ("place", "S"), ("transfer", "S-road"), ("link", "RS")]), max_size=4)))
        ],
        link_period=[
            {"link_id": link, "month": month, "open_share": draw(st.floats(0, 1))}
            for link in draw(st.lists(st.sampled_from(["RS", "QR", "RT"]), unique=True)) for month in (3, 4)
        ],
    )  # fmt: skip
    for service in rows["service"]:
        service |= {"cut_off_h": draw(st.none() | st.floats(0, 30)), "transit_h": draw(st.floats(1, 200))}
    return rows


def worlds(rows: Rows) -> list[World]:
    """The world for both forms; none where two drawn rules give the same departure, which is refused."""
    with contextlib.suppress(DataError):
        return [World(rows, START, 20, form=form) for form in (BOX, BULK)]
    return []


def assert_in_order(timetable: Timetable, arc: int, minutes: list[int]) -> None:
    """Entries never go back; nobody enters before being there and having kept the cut-off."""
    before = None
    for minute in sorted(minutes):
        entry = next_entry(timetable, arc, minute)
        if entry is not None:
            assert minute + timetable.cut_off_min[arc] <= entry.enter_min <= entry.arrive_min
            assert before is None or (entry.enter_min >= before[0] and entry.arrive_min >= before[1])
            before = entry
        else:
            before = (timetable.end_min, 2**62)


@settings(max_examples=rounds(15), deadline=None)
@given(tables(), st.lists(st.integers(0, 20 * DAY - 1), min_size=2, max_size=12))
def test_later_never_arrives_earlier(rows: Rows, minutes: list[int]) -> None:
    """The FIFO property that makes a search by earliest arrival right (Kaufman & Smith 1993), on every arc,
    with rows in the order and shape that the arrays promise.
    """
    for world in worlds(rows):
        table, start = world.timetable, at(START)
        for arc in range(len(world.compiled.network.arcs)):
            departs = slice(table.depart_ptr[arc], table.depart_ptr[arc + 1])
            opens = slice(table.open_ptr[arc], table.open_ptr[arc + 1])
            assert departs.start == departs.stop or opens.start == opens.stop
            leaves = table.depart_min[departs]
            assert (np.diff(leaves) > 0).all()
            assert (np.diff(leaves + table.ride_min[departs]) > 0).all()
            edges = np.stack([table.open_from[opens], table.open_to[opens]], axis=1).ravel()
            assert (np.diff(edges) > 0).all() or (len(edges) == 2 and edges[0] == edges[1] == start)
            assert_in_order(table, arc, [start + minute for minute in minutes])


SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=6).map(
    lambda pairs: np.array(pairs, dtype=np.int64).reshape(-1, 2)
)


@given(st.lists(SPANS, min_size=1, max_size=3))
def test_spans_are_sets_of_minutes(parts: list[np.ndarray]) -> None:
    """Putting spans together and taking what is common to several, against sets of minutes."""
    tidied = [tidy(part, 5, 35) for part in parts]
    sets = [{m for a, b in part for m in range(max(a, 5), min(b, 35))} for part in parts]
    minutes = np.arange(0, 45)
    for spans, minutes_in in zip(tidied, sets, strict=True):
        assert set(minutes[inside(minutes, spans)].tolist()) == minutes_in
    common = all_of(tidied)
    assert common is not None
    assert set(minutes[inside(minutes, common)].tolist()) == set.intersection(*sets)
