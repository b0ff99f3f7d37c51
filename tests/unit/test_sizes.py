"""A service's own size holds its boxes: by hop and direction of a train, by link and direction of ships."""

from __future__ import annotations

import pytest

import worlds
from koridor.model.patch import Patch
from koridor.model.scenario import Scenario
from koridor.studies import assign

TRAIN = {"service_id": "T", "mode": "rail", "frequency_per_week": 2, "transit_h": 10, "tariff_factor": 0.1}
SHIP = {"service_id": "S", "mode": "sea", "frequency_per_week": 2, "transit_h": 1, "price_usd_per_teu": 0}


def stops(service: str, places: str, carriage: str) -> list[dict[str, object]]:
    """Stops of a service, all of which it calls at."""
    more = {"service_id": service, "carriage": carriage, "calls": True}
    return [{"seq": i, "place_id": place, **more} for i, place in enumerate(places, 1)]


def world(*, train_teu: float, ship_teu: float | None = None, counted: bool = False) -> worlds.Rows:
    """A train P-X-Z and back, a ship P-Z where asked; local trains crawl at 5 km/h. P-Z 40,000 t, X-Z 20,000, Z-P
    10,000.
    """
    flows = (("P", "Z", 40e3), ("X", "Z", 20e3), ("Z", "P", 10e3))
    rows = worlds.rows(flows=[(a, b) for a, b, _ in flows])
    rows["flow"] = [worlds.flow(a, b, t) for a, b, t in flows]
    rows["activity"] = [r | {"speed_factor": 0.1} if r["activity"] == "rail" else r for r in rows["activity"]]
    rows["service"] = [TRAIN | {"capacity_teu": train_teu}]
    rows["service_stop"] = stops("T", "PXZ", "rail1520")
    if ship_teu is not None:
        ends = {"from_place": "P", "to_place": "Z", "mode": "sea", "carriages": "sea"}
        rows["link"].append({"link_id": "sea", **ends, "length_km": 1000, "speed_kmh": 50})
        rows["access"].append({"carriage": "sea", "form": "box"})
        rows["service"].append(SHIP | {"capacity_teu": ship_teu})
        rows["service_stop"] += stops("S", "PZ", "sea")
    return worlds.capacity(rows, "sea" if counted else "P~Z", 1e6)


def elements(rows: worlds.Rows, *patches: Patch, capped: bool = True):
    found = assign.run(Scenario(worlds.of(rows), patches), assign.Params(vot_bands=1, capped=capped))
    return found.tables["elements"].set_index(["element_id", "direction"])


def test_a_train_holds_its_size_on_every_hop() -> None:
    """50 TEU twice a week: 5,200 TEU a year. By train P-Z costs 10 + 3 + 10 + 42 + 10 = 75 USD a tonne and X-Z 68.5;
    the next best are the road, 100, and crawling, 135. P-Z (4,000 TEU) and X-Z (2,000) want hop X-Z: 800 TEU of P-Z
    take the road, after a queue of 25 h, which is worth 25 USD on 52,000 t. Z-P rides back, 1,000 TEU, and nothing
    else binds.
    """
    found = elements(world(train_teu=50.0))
    assert found.loc[("T 1-2", "forward"), "capacity_per_yr"] == 5200.0
    load = found["load_per_yr"]
    assert load[("T 0-1", "forward")] == pytest.approx(3200.0)
    assert load[("T 1-2", "forward")] == pytest.approx(5200.0)
    assert load[("T 0-1", "backward")] == load[("T 1-2", "backward")] == pytest.approx(1000.0)
    assert load[("CAP", "forward")] == pytest.approx(800.0)
    assert found.loc[("T 1-2", "forward"), ["queue_h", "rent_usd"]].tolist() == pytest.approx([25.0, 1.3e6])
    assert (found["queue_h"] > 0.0).sum() == 1
    assert elements(world(train_teu=50.0), capped=False)["load_per_yr"][("T 1-2", "forward")] == pytest.approx(6000.0)


def test_a_size_that_is_not_known_holds_nobody() -> None:
    """0 TEU is no size, and a service that does not run has none."""
    closed = Patch.of("closed", ("service", "T", "status", "set", "planned"))
    for found in (elements(world(train_teu=0.0)), elements(world(train_teu=50.0), closed)):
        assert found.index.get_level_values(0).tolist() == ["CAP"]


def test_ships_hold_theirs_unless_an_element_counts_the_link() -> None:
    """10 TEU twice a week is 1,040 TEU a year; at 43 USD a tonne the ship is the cheapest of P-Z, and full. With an
    element on its link that element holds it alone.
    """
    found = elements(world(train_teu=50.0, ship_teu=10.0))
    assert found.loc[("S sea", "forward"), ["capacity_per_yr", "load_per_yr"]].tolist() == pytest.approx([1040.0] * 2)
    counted = elements(world(train_teu=50.0, ship_teu=10.0, counted=True))
    assert "S sea" not in counted.index.get_level_values(0)
    assert counted["load_per_yr"][("CAP", "forward")] == pytest.approx(5000.0)  # P-Z and Z-P


def test_patches_of_services_leave_the_traffic_of_others() -> None:
    """Traffic outside the model belongs to an element by its id, however many a patch opens or closes. The base year's
    model has nothing on the road P-Z: all of the 2,000 TEU counted there are of others, train or not.
    """
    rows = worlds.capacity(world(train_teu=50.0), "P~Z", 5000.0, preload_per_yr=2000.0)
    closed = Patch.of("closed", ("service", "T", "status", "set", "planned"))
    assert elements(rows)["background_per_yr"][("CAP", "forward")] == pytest.approx(2000.0)
    assert elements(rows, closed)["background_per_yr"][("CAP", "forward")] == pytest.approx(2000.0)


def test_a_sailing_there_and_back_passes_its_link_once_each_way() -> None:
    """P-Z-P twice a week is two departures each way: 1,040 TEU a year and half a headway of 84 / 2 = 42 h, as P-Z."""
    there = world(train_teu=50.0, ship_teu=10.0)
    back = world(train_teu=50.0, ship_teu=10.0)
    back["service_stop"] = back["service_stop"][:-2] + stops("S", "PZP", "sea")
    back["service"][-1] = SHIP | {"capacity_teu": 10.0, "transit_h": 2}
    found = [elements(rows) for rows in (there, back)]
    assert found[1].loc[("S sea", "forward"), "capacity_per_yr"] == 1040.0
    columns = ["load_per_yr", "queue_h"]
    assert found[1][columns].to_numpy() == pytest.approx(found[0][columns].to_numpy())
