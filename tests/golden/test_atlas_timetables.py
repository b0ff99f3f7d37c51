"""Time zones, opening hours, the one timetable and the rows of acceptance of the atlas."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from koridor import atlas
from koridor.model.cargo import Rule, admissible, read_cargo
from koridor.model.compile import Compiled, compile_network
from koridor.model.network import BOX, BULK, Act
from koridor.model.patch import Patch
from koridor.model.scenario import Scenario
from koridor.model.timetable import compile_timetable, next_entry
from timetables import DAY, at


@pytest.fixture(scope="module")
def world() -> tuple[Scenario, Compiled]:
    scenario = Scenario(atlas.load())
    return scenario, compile_network(scenario, capacities=False)


def test_clocks_are_near_the_sun(world: tuple[Scenario, Compiled]) -> None:
    """Every place has a zone, and its clock in winter is less than three and a half hours from the sun's, 15 degrees of
    longitude an hour; beyond two hours only in China, which has one clock by law.
    """
    scenario, _ = world
    both = scenario.table("place").merge(scenario.table("place_zone"), on="place_id", how="left")
    assert both["zone"].notna().all()
    moment = datetime(2026, 1, 15, tzinfo=UTC)
    ahead = np.array([moment.astimezone(ZoneInfo(zone)).utcoffset().total_seconds() / 3600 for zone in both["zone"]])
    apart = np.abs(ahead - both["lon_deg"].to_numpy() / 15)
    assert apart.max() < 3.5
    assert set(both.loc[apart > 2.0, "country_id"]) <= {"CN"}


@pytest.mark.parametrize(
    ("place", "hours"),
    [("BYMSQ", 3), ("RUMOW", 3), ("RUKGD", 2), ("RURTW", 4), ("RUASF", 4), ("RUKUF", 4), ("RUYEK", 5), ("RUKZN", 3),
     ("KZAAU", 5), ("KZALA", 5), ("CNHRS", 8), ("IRTHR", 3.5), ("AZBAK", 4), ("GETBS", 4), ("TRIST", 3), ("INNSA", 5.5),
     ("AFKBL", 4.5)],
)  # fmt: skip
def test_clocks_that_are_known(world: tuple[Scenario, Compiled], place: str, hours: float) -> None:
    """Winter time against UTC in 2026, as published by the countries: Kazakhstan has one time since March 2024."""
    zones = world[0].table("place_zone").set_index("place_id")["zone"]
    offset = datetime(2026, 1, 15, tzinfo=UTC).astimezone(ZoneInfo(zones[place])).utcoffset()
    assert offset is not None
    assert offset.total_seconds() == hours * 3600


def test_hours_are_those_of_the_fact_base(world: tuple[Scenario, Compiled]) -> None:
    """Hours stand where the fact base has some: crossings that it calls daytime, both ways, and the tube at night. No
    weekday is invented.
    """
    opening = world[0].table("opening")
    assert opening["weekdays"].isna().all()
    border = opening[opening["of"] == "border"]
    assert set(border["row"]) == {"B031", "B061", "B072", "B074", "B075", "B076", "B077", "B078", "B141", "B142"}
    assert set(border["confidence"]) == {"low"}
    assert set(opening.loc[opening["of"] == "link", "row"]) == {"L0293", "L0294"}


def test_a_truck_at_irkeshtam_waits_for_the_morning(world: tuple[Scenario, Compiled]) -> None:
    """At 22:00 in Bishkek (UTC+6) the road into China opens at 08:00 of the next day."""
    scenario, compiled = world
    table = compile_timetable(scenario, compiled, at("2026-03-02"), 7 * DAY)
    places, arcs = compiled.network.places[compiled.network.place], compiled.network.arcs
    road = [
        arc
        for arc in np.flatnonzero(arcs.act == Act.MOVE).tolist()
        if (places[arcs.tail[arc]], places[arcs.head[arc]]) == ("KG-IRK", "CNKHG")
    ]
    assert road
    for arc in road:
        entry = next_entry(table, arc, at("2026-03-02T22:00", "Asia/Bishkek"))
        assert entry is not None
        assert entry.enter_min == at("2026-03-03T08:00", "Asia/Bishkek")


def test_the_ferry_from_burgas_leaves_at_midnight_of_friday(world: tuple[Scenario, Compiled]) -> None:
    """From travellers' accounts. Trucks on board by its own hours of boarding; 66 h of sailing. The way back has no
    known day and keeps its week of headway.
    """
    scenario, compiled = world
    table = compile_timetable(scenario, compiled, at("2026-03-02"), 14 * DAY)
    places, arcs = compiled.network.places[compiled.network.place], compiled.network.arcs
    ends = {"out": ("BGBOJ", "GEBUS"), "back": ("GEBUS", "BGBOJ")}
    of = {
        name: next(
            arc
            for arc in np.flatnonzero((arcs.act == Act.MOVE) & (arcs.link >= 0)).tolist()
            if (places[arcs.tail[arc]], places[arcs.head[arc]]) == pair
        )
        for name, pair in ends.items()
    }
    rows = slice(table.depart_ptr[of["out"]], table.depart_ptr[of["out"] + 1])
    fridays = [at(f"2026-03-{day}", "Europe/Sofia") for day in ("07", "14")]
    assert table.depart_min[rows].tolist() == fridays
    assert (table.ride_min[rows] >= 66 * 60).all()
    assert table.depart_ptr[of["back"]] == table.depart_ptr[of["back"] + 1]
    assert table.wait_min[of["back"]] == 84 * 60


def test_the_river_opens_in_april(world: tuple[Scenario, Compiled]) -> None:
    """The Volga is shut from December to March: who comes on 15 January may enter on 1 April, local time."""
    scenario, compiled = world
    table = compile_timetable(scenario, compiled, at("2026-01-10"), 120 * DAY)
    (link,) = np.flatnonzero(compiled.index.links == "L0849")
    arcs = compiled.network.arcs
    arc = int(np.flatnonzero((arcs.act == Act.MOVE) & (arcs.link == link))[0])
    entry = next_entry(table, arc, at("2026-01-15"))
    assert entry is not None
    zone = scenario.table("place_zone").set_index("place_id")["zone"][compiled.index.link["from_place"].iloc[link]]
    assert entry.enter_min == at("2026-04-01", zone)


def test_petrol_goes_by_rail_and_caspian_ferry_and_not_through_the_tube(world: tuple[Scenario, Compiled]) -> None:
    """A tank wagon of class 3: the railways and the Alat ferries take it (their tariff prices oil), BTK does not."""
    scenario, compiled = world
    arcs, links = compiled.network.arcs, compiled.index.links
    found = admissible(scenario, compiled, read_cargo(scenario, "tank1520,UN1203/3"))
    local = (arcs.act == Act.MOVE) & (arcs.corridor < 0) & arcs.open[BULK]
    why = {
        name: {Rule(why) for why in found.why[local & (arcs.link == links.get_loc(name))].tolist()}
        for name in ("L0757", "L0759", "L0767")
    }
    assert why["L0757"] == why["L0759"] == {Rule.NONE}
    assert why["L0767"] == {Rule.DANGEROUS_UNKNOWN}
    box = admissible(scenario, compiled, read_cargo(scenario, "20TK,24t,UN1203/3"))
    tube = (arcs.act == Act.MOVE) & np.isin(arcs.link, links.get_indexer(["L0293", "L0294", "L0245"])) & arcs.open[BOX]
    assert tube.any()
    assert set(box.why[tube].tolist()) == {Rule.DANGEROUS}


def test_yearly_runs_do_not_see_timetables(world: tuple[Scenario, Compiled]) -> None:
    """Without the rows of timetables the compiled network is the same to the last bit."""
    scenario, compiled = world
    names = ("place_zone", "opening", "departure", "acceptance", "platform", "cargo_type")
    drop = [(name, "*", "", "drop", "") for name in names]
    bare = Scenario(scenario.dataset, (Patch.of("bare", *drop),))
    assert bare.table("departure").empty
    other = compile_network(bare, capacities=False).network.arcs
    for name in type(other).__slots__:
        assert np.array_equal(getattr(other, name), getattr(compiled.network.arcs, name)), name
