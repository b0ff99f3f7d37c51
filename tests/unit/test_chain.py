"""Transport chains: elements and emissions by hand, and beside the network's own."""

from __future__ import annotations

from fractions import Fraction

import pandas as pd
import pytest

from koridor.atlas import load
from koridor.model.chain import chain
from koridor.model.network import BOX
from koridor.model.scenario import Scenario
from koridor.model.tariff import Consignment
from koridor.studies import route
from koridor.studies.route.single import Search
from tariff_worlds import all_ways, compiled_world, rail_world, way_of

GOODS = Consignment("box", "40HC", 2, 24.0, 20.0, Fraction(2), "goods")
FACTORS = [
    {"factor_id": "electric", "activity": "rail", "traction": "electric", "distance_g_per_t_km": 10, "ttw_share": 0},
    {"factor_id": "electric-YY", "activity": "rail", "traction": "electric", "country_id": "YY",
     "distance_g_per_t_km": 20, "ttw_share": 0},
    {"factor_id": "diesel", "activity": "rail", "traction": "diesel", "distance_g_per_t_km": 26, "ttw_share": 0.8},
    {"factor_id": "hub", "activity": "terminal", "traction": "any", "move_g_per_t": 500},
]  # fmt: skip


def test_elements_by_hand() -> None:
    """40 t: hub 20 kg; 100 km electric 40 kg; 10 km over the border at 15 g 6 kg; 50 km diesel 52 kg, 80 % of it at the
    vehicle; hub 20 kg, of which nobody says where it arises. One transport element between two hub operations.
    """
    dataset = rail_world(
        {"AB": ("A", "B", 100.0), "BC": ("B", "C", 10.0), "CD": ("C", "D", 50.0)},
        {"A": "XX", "B": "XX", "C": "YY", "D": "YY"},
        more={"emission_factor": FACTORS},
    )
    links = dataset.table("link").assign(electrified=[True, True, False])
    dataset = type(dataset).of({**dataset.tables, "link": links}, dataset.meta)
    _, compiled = compiled_world(dataset)
    rows = chain(compiled, way_of(compiled, "AB", "BC", "CD"), GOODS)
    assert rows["tce"].tolist() == [1, 2, 2, 3]
    assert rows["kind"].tolist() == ["hub", "transport", "transport", "hub"]
    assert rows["wtw_kg"].tolist() == pytest.approx([20.0, 46.0, 52.0, 20.0])
    assert rows["ttw_kg"].tolist() == pytest.approx([float("nan"), 0.0, 41.6, float("nan")], nan_ok=True)
    assert rows["wtt_kg"].iloc[2] == pytest.approx(10.4)
    assert rows["factors"].tolist() == ["hub", "electric;electric-YY", "diesel", "hub"]
    assert rows["activity_t_km"].tolist() == pytest.approx([0.0, 4400.0, 2000.0, 0.0])
    assert rows["intensity_g_per_t_km"].iloc[2] == pytest.approx(26.0)
    assert rows["intensity_g_per_t"].iloc[0] == pytest.approx(500.0)


def test_a_chain_sums_to_what_the_network_says() -> None:
    """On the atlas, by rail, ferry, sea and road: the same rows make the chain and the network's kg a tonne."""
    scenario = Scenario(load())
    prepared = route.prepare(scenario)
    arcs = prepared.compiled.network.arcs
    for a, b in (("BYMSQ", "INNSA"), ("CNSIA", "TRIST"), ("UZTSH", "TRDRC")):
        way = Search(scenario, prepared.compiled, route.Params(a, b)).arcs()
        assert way is not None
        rows = chain(prepared.compiled, way, GOODS)
        assert rows["wtw_kg"].sum() == pytest.approx(arcs.kg[BOX][way].sum() * 40.0)
        assert rows["distance_km"].sum() == pytest.approx(arcs.km[way].sum())
        assert (rows["sources"] != "").all()
        transport = rows[rows["kind"] == "transport"]
        assert pd.isna(transport["ttw_kg"]).tolist() == transport["mode"].isin(["sea", "ferry", "river"]).tolist()


def test_electric_railways_have_the_factor_of_their_grid() -> None:
    """Grams a tonne-km are grid x energy x 1.10 for losses, by the facts: 445 x 0.022, 630 x 0.032, 470 x 0.035 g."""
    factors = load().table("emission_factor").set_index("factor_id")["distance_g_per_t_km"]
    for country, grid, energy in (("RU", 445, 0.022), ("AZ", 630, 0.032), ("TR", 470, 0.035)):
        assert factors[f"rail-electric-{country}"] == pytest.approx(grid * energy * 1.10, abs=0.05)


def test_no_way_of_a_small_world_is_left_out() -> None:
    """Without any factor there are neither hubs nor kilograms, but the transport elements stand."""
    _, compiled = compiled_world(rail_world({"AB": ("A", "B", 100.0)}, {"A": "XX", "B": "XX"}))
    for way in all_ways(compiled, BOX, 5):
        rows = chain(compiled, way, GOODS)
        assert rows["wtw_kg"].tolist() == [0.0] * len(rows)
        assert set(rows["kind"]) <= {"transport"}
