"""The checks of the fact base, on the tables that are built from it."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import networkx as nx
import pandas as pd
import pytest

from koridor import atlas
from koridor.model.patch import Patch, from_edits
from koridor.model.scenario import Scenario

RAW = Path(__file__).parents[2] / "data-raw"
RAILS = {"rail1520", "rail1435", "rail1676"}
SHIPS = {"sea", "river", "ferry"}
CENTRE = "BYMSQ"  # the fact base counts connections from Minsk


@cache
def table(name: str) -> pd.DataFrame:
    return pd.read_csv(atlas.folder() / f"{name}.csv", keep_default_na=False)


def open_links() -> pd.DataFrame:
    links = table("link")
    return links[links["status"] == "open"]


def carriages(link: pd.Series) -> set[str]:
    return set(link["carriages"].split(";"))


def transfers_at() -> dict[str, set[frozenset[str]]]:
    found: dict[str, set[frozenset[str]]] = {}
    for row in table("transfer").query("status == 'open'").itertuples():
        found.setdefault(row.place_id, set()).add(frozenset((row.from_carriage, row.to_carriage)))
    return found


def carriages_at() -> dict[str, set[str]]:
    """Carriages that reach a place on open links; a ferry counts as `ferry` beside the carriage that it brings."""
    found: dict[str, set[str]] = {}
    for _, link in open_links().iterrows():
        for end in (link["from_place"], link["to_place"]):
            found.setdefault(end, set()).update({"ferry"} if link["mode"] == "ferry" else carriages(link))
    return found


def test_counts_of_the_fact_base() -> None:
    """443 places; 896 links of which five ferries carry wagons and trucks; eight corridors (README of the facts)."""
    assert len(table("place")) == 443
    assert len(table("link")) == 896 + 5
    assert len(table("corridor")) == 8
    assert set(table("country").query("party == 'yes'")["country_id"]) == {"BY", "AZ", "RU", "TR"}


def test_every_place_with_an_open_link_is_reached_from_minsk() -> None:
    graph = nx.Graph(list(zip(open_links()["from_place"], open_links()["to_place"], strict=True)))
    assert nx.node_connected_component(graph, CENTRE) == set(graph)


def test_tier_one_is_connected() -> None:
    """The recommended atlas of the fact base (tier 1 on both ends) hangs together over open links."""
    raw = pd.read_csv(RAW / "facts" / "places.csv", dtype=str)
    first = set(raw.loc[raw["tier"] == "1", "id"])
    links = open_links()
    inner = links[links["from_place"].isin(first) & links["to_place"].isin(first)]
    graph = nx.Graph(list(zip(inner["from_place"], inner["to_place"], strict=True)))
    assert nx.is_connected(graph)


def test_rail_changes_gauge_only_where_there_is_a_transfer() -> None:
    """Where two gauges meet at a place, it or a place across dual-gauge track has an open change between them."""
    at, changes = carriages_at(), transfers_at()
    links = open_links()
    dual = links[links["carriages"].str.contains(";")]
    across = nx.Graph(list(zip(dual["from_place"], dual["to_place"], strict=True)))
    missing = []
    for place, found in at.items():
        gauges = sorted(found & RAILS)
        around = nx.node_connected_component(across, place) if place in across else {place}
        for one in gauges:
            for other in gauges:
                if one < other and not any(frozenset((one, other)) in changes.get(p, set()) for p in around):
                    missing.append((place, one, other))
    assert not missing


def test_every_port_has_transfers_between_ship_and_each_land_mode() -> None:
    at, changes = carriages_at(), transfers_at()
    kinds = table("place").set_index("place_id")["kind"]
    missing = []
    for place, found in at.items():
        if kinds[place] not in ("port", "ferry_port"):
            continue
        land = (found & RAILS) | (found & {"road"})
        for carriage in land:
            if found & SHIPS and not any(
                frozenset((ship, carriage)) in changes.get(place, set()) for ship in found & SHIPS
            ):
                missing.append((place, carriage))
    assert not missing


def test_a_ferry_can_be_boarded_and_left() -> None:
    """Both ends of an open ferry have the transfer between its carriage and `ferry`."""
    changes = transfers_at()
    ferries = open_links().query("mode == 'ferry'")
    missing = [
        (link["link_id"], end)
        for _, link in ferries.iterrows()
        for end in (link["from_place"], link["to_place"])
        for carriage in carriages(link)
        if frozenset((carriage, "ferry")) not in changes.get(end, set())
    ]
    assert not missing


def test_every_land_crossing_of_a_frontier_has_a_border_row_each_way() -> None:
    country = table("place").set_index("place_id")["country_id"]
    rows = table("border").query("status == 'open'")
    known = {(row.from_place, row.to_place, row.mode) for row in rows.itertuples()}
    known |= {(row.to_place, row.from_place, row.mode) for row in rows.itertuples() if row.two_way == "yes"}
    missing = [
        (link.link_id, one, other)
        for link in open_links().query("mode in ('rail', 'road', 'ferry')").itertuples()
        for one, other in ((link.from_place, link.to_place), (link.to_place, link.from_place))
        if country[one] != country[other] and (one, other, link.mode) not in known
    ]
    assert not missing


def test_no_border_counts_a_measured_gauge_change_twice() -> None:
    """Dostyk westbound: 78 h national mean holds the reloading of 6 h, so 72 h are left; the exit row keeps 30.5 h."""
    rows = table("border").set_index("border_id")
    assert rows.loc["B057", "time_h"] == pytest.approx(78 - 6)
    assert rows.loc["B056", "time_h"] == pytest.approx(30.5)
    assert rows.loc["B067", "time_h"] == 1  # 24 h of which reloading 24 h: the floor


def test_no_wait_for_a_ship_is_counted_twice() -> None:
    """Aktau: 72 h until the ship; seven feeders a week wait 12 h in any case, five ferries 16.8 h."""
    rows = table("border").set_index("border_id")
    assert rows.loc["B081-sea", "time_h"] == pytest.approx(60)
    assert rows.loc["B081-ferry", "time_h"] == pytest.approx(72 - 16.8)


def test_costs_of_borders_are_per_tonne_and_teu() -> None:
    """Astara road: 90 USD a truck of 20 t are 4.50 USD a tonne and 63 USD for 14 t. Brest: 150 USD a TEU of 14 t."""
    rows = table("border").set_index("border_id")
    assert (rows.loc["B048", "cost_usd_per_t"], rows.loc["B048", "cost_usd_per_teu"]) == pytest.approx((4.5, 63.0))
    assert rows.loc["B001", "cost_usd_per_t"] == pytest.approx(150 / 14)


@pytest.mark.parametrize("corridor", ["NS-W", "NS-TC", "NS-E", "EW-MID", "EW-BTK", "EW-TKM", "NORTHERN", "ZANG"])
def test_corridors_hang_together(corridor: str) -> None:
    """Links of a corridor form one piece, its stops and gates lie on it, and it has a gate."""
    chosen = set(table("corridor_link").query("corridor_id == @corridor")["link_id"])
    links = table("link")
    links = links[links["link_id"].isin(chosen)]
    assert set(links["link_id"]) == chosen
    graph = nx.Graph(list(zip(links["from_place"], links["to_place"], strict=True)))
    assert nx.is_connected(graph)
    assert set(table("corridor_stop").query("corridor_id == @corridor")["place_id"]) <= set(graph)
    gates = set(table("corridor_gate").query("corridor_id == @corridor")["link_id"])
    assert gates
    assert gates <= chosen


def test_open_corridors_are_open_all_along() -> None:
    """Corridors that can be put in force run from end to end over open links; only planned branches are shut."""
    status = table("link").set_index("link_id")["status"]
    shut = table("corridor_link").assign(status=lambda rows: rows["link_id"].map(status)).query("status != 'open'")
    assert set(shut.query("corridor_id != 'ZANG'")["link_id"]) == {"L0308", "L0395"}


def test_interchanges_join_stops_and_joined_terms_are_better() -> None:
    stops = set(table("corridor_stop")[["corridor_id", "place_id"]].itertuples(index=False, name=None))
    for row in table("interchange").itertuples():
        assert (row.from_corridor, row.from_place) in stops
        assert (row.to_corridor, row.to_place) in stops
        assert row.joined_h < row.separate_h
        assert row.joined_usd_per_teu < row.separate_usd_per_teu


def test_interchanges_inside_an_axis_are_joined_and_others_separate() -> None:
    axis = table("corridor").set_index("corridor_id")["axis"]
    for row in table("interchange").itertuples():
        inside = axis[row.from_corridor] == axis[row.to_corridor] and "ZANG" not in (row.from_corridor, row.to_corridor)
        assert row.state == ("joined" if inside else "separate")


def test_only_the_northern_way_is_in_force() -> None:
    assert table("corridor").query("in_force == 'yes'")["corridor_id"].tolist() == ["NORTHERN"]


def test_joining_never_takes_negative_time() -> None:
    """Even with the lowest wait, of wagons too, the hours of joining stay at or above nothing."""
    waits = table("corridor_term").groupby("corridor_id")["stop_wait_low_h"].min()
    stops = table("corridor_stop")
    assert (stops["join_extra_h"] + stops["corridor_id"].map(waits) >= -1e-9).all()


def test_trains_run_over_links_and_transfers() -> None:
    """Two stops in a row are the ends of an open link of that carriage, or one place where carriages can be changed."""
    links: set[tuple[str, str, str]] = set()
    for _, link in open_links().iterrows():
        for carriage in carriages(link):
            links |= {
                (link["from_place"], link["to_place"], carriage),
                (link["to_place"], link["from_place"], carriage),
            }
    changes, broken = transfers_at(), []
    for service, stops in table("service_stop").groupby("service_id"):
        rows = list(stops.sort_values("seq")[["place_id", "carriage"]].itertuples(index=False, name=None))
        for (one, by), (other, then) in pairwise(rows):
            moves = by == then and (one, other, by) in links
            changed = one == other and frozenset((by, then)) in changes.get(one, set())
            if not (moves or changed):
                broken.append((service, one, by, other, then))
    assert not broken


def test_services_call_at_both_ends_and_nowhere_twice() -> None:
    for service, stops in table("service_stop").groupby("service_id"):
        calling = stops.sort_values("seq").query("calls == 'yes'")["place_id"].tolist()
        assert len(calling) == len(set(calling)) >= 2, service


def test_containers_cross_the_caspian_north_south_only_by_the_pilot_line() -> None:
    """No fixed container liner between Russian and Iranian Caspian ports (services.csv S013): one pilot line."""
    country = table("place").set_index("place_id")["country_id"]
    sea = table("service").query("mode == 'sea'")
    ends = table("service_stop").groupby("service_id")["place_id"].agg(lambda stops: {country[stop] for stop in stops})
    found = [service for service in sea["service_id"] if ends[service] == {"RU", "IR"}]
    assert found == ["M01"]
    assert sea.set_index("service_id").loc["M01", "frequency_per_week"] == 0.5


def test_elements_load_rows_that_exist() -> None:
    keys = {
        "link": set(table("link")["link_id"]),
        "border": set(table("border")["border_id"]) | {key.split("-")[0] for key in table("border")["border_id"]},
        "transfer": set(table("transfer")["transfer_id"]),
        "place": set(table("place")["place_id"]),
        "interchange": {
            "/".join(row)
            for row in table("interchange")[
                ["interchange_group", "from_corridor", "from_place", "to_corridor", "to_place"]
            ].itertuples(index=False, name=None)
        },
    }
    loads = table("element_load")
    assert all(row.row in keys[row.of] for row in loads.itertuples())
    assert set(loads["element_id"]) == set(table("element")["element_id"])


def test_elements_in_their_units() -> None:
    """Yalama: 10 trains a day each way of 1,500 t are 3,650 a year; 1 t is 1/1500 and a TEU 14/1500 of a train."""
    element = table("element").set_index("element_id").loc["E001"]
    load = table("element_load").query("element_id == 'E001'").iloc[0]
    assert (element["unit"], element["per_direction"], element["capacity_per_yr"]) == ("train", "yes", 3650)
    assert (load["per_t"], load["per_teu"]) == pytest.approx((1 / 1500, 14 / 1500), abs=1e-8)


def test_no_target_is_a_capacity() -> None:
    """Capacities after works are edits of patches; E049 and E107 are one bottleneck and only one of them is there."""
    ids = set(table("element")["element_id"])
    assert not [item for item in ids if re.fullmatch(r"E\d+T", item)]
    assert len(ids & {"E049", "E107"}) == 1


def test_every_interchange_has_a_yard() -> None:
    assert len(table("element_load").query("of == 'interchange'")) == len(table("interchange"))


def test_volga_don_canal_is_shut_about_110_days() -> None:
    """risks.csv: winter closure of 100 to 125 days."""
    days = {1: 31, 2: 28, 3: 31, 12: 31}
    rows = table("link_period").query("link_id == 'L0846'")
    assert 100 <= sum(days[row.month] * (1 - row.open_share) for row in rows.itertuples()) <= 125


@pytest.fixture(scope="module")
def patches() -> dict[str, Patch]:
    return {item.patch_id: item for item in from_edits(atlas.load().table("edit"))}


def test_every_patch_applies_and_leaves_sound_tables(patches: dict[str, Patch]) -> None:
    """Each alone; checks of the merged tables raise when an edit names no row or breaks a reference."""
    base = Scenario(atlas.load())
    own = set(pd.read_csv(RAW / "koridor" / "patches.csv")["patch_id"])
    assert own <= set(patches)
    for name in sorted(own):
        base.with_patches(patches[name]).table("link")


def test_works_hold_beside_the_stop_of_2026(patches: dict[str, Patch]) -> None:
    """Patches are sets: works until 2030, Rasht-Astara and the stop through Iran do not collide."""
    scenario = Scenario(atlas.load()).with_patches(
        *(patches[name] for name in ("works_2030", "rasht_astara", "stop_iran_2026"))
    )
    links = scenario.table("link").set_index("link_id")
    assert links.loc["L0308", "status"] == "open"
    assert links.loc["L0223", "status"] == "closed"
    assert set(scenario.table("corridor_gate").query("corridor_id == 'NS-W'")["link_id"]) == {"L0147"}


def test_works_due_by_2030_leave_out_what_is_only_planned(patches: dict[str, Patch]) -> None:
    opened = {edit.key for edit in patches["works_2030"].edits if edit.table == "link"}
    assert "L0395" in opened  # Moiynty-Kyzylzhar, under construction
    assert not opened & {"L0308", "L0228"}  # Rasht-Astara, Meghri
