"""Indicators of a corridor of four links, worked out by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from koridor.data.dataset import Dataset
from koridor.errors import UsageError
from koridor.model.scenario import Scenario
from koridor.studies import indicators
from koridor.studies.bands import price_band
from tariff_worlds import rail_world

Rows = dict[str, list[dict[str, object]]]
LINKS = {"AB": ("A", "B", 60.0), "BC": ("B", "C", 30.0), "CD": ("C", "D", 10.0), "DE": ("D", "E", 100.0)}
COUNTRIES = {"A": "XX", "B": "XX", "C": "XX", "D": "YY", "E": "YY", "F": "YY"}


def world(beside: Rows | None = None) -> Dataset:
    """A-B-C over the border to D-E, 200 km at 40 km/h and 1 USD a km; a corridor halves tariff and border.

    beside: more rows.
    """
    rows: Rows = {
        "corridor": [{"corridor_id": "K", "axis": "KK"}, {"corridor_id": "L", "axis": "LL"}],
        "corridor_term": [
            {"corridor_id": "K", "form": "box", "tariff_factor": 0.5, "border_time_factor": 0.5, "stop_wait_h": 4}
        ],
        "corridor_link": [{"corridor_id": "K", "link_id": link} for link in LINKS],
        "corridor_stop": [
            {"corridor_id": "K", "place_id": place, "join_usd_per_teu": 20, "leave_usd_per_teu": 20, "leave_h": 2}
            for place in "ABE"
        ],
        "corridor_gate": [{"corridor_id": "K", "link_id": "CD"}],
        "border": [
            {"border_id": "CD2", "from_place": "C", "to_place": "D", "mode": "rail", "time_h": 2, "time_low_h": 1,
             "time_high_h": 4, "cost_usd_per_teu": 3, "cost_usd_per_t": 3}
        ],
        "indicator": [
            {"indicator_id": f"{name}-{year}", "indicator": name, "mode": "rail", "name": "mean", "value": value,
             "year": year}
            for name, year, value in (("TFI1", 2021, 30), ("TFI1", 2022, 4), ("SWD", 2022, 10))
        ],
    }  # fmt: skip
    for name, more in (beside or {}).items():
        rows[name] = [*rows.get(name, []), *more]
    return rail_world(LINKS, COUNTRIES, more=rows)


def figures(name: str) -> pd.DataFrame:
    return indicators.run(Scenario(world()), indicators.Params(("K",))).tables[name]


def test_trade_facilitation_by_hand() -> None:
    """A to E, 200 km and 5 h in motion at 40 km/h; a box is 10 t. Regime first, then local.

    TFI1: 6 + 2 h at the border, half of it in the regime. TFI2: 7 + 3 USD. TFI3: (200 USD rail, halved, + 10 + 40 at
    the stops) / 10 t x 20 t x 500 / 200 km. SWOD 40 km/h. SWD: 200 km in 5 + 4 + 4 + 2 h, local in 5 + 8 h.
    """
    rows = figures("corridors")
    south = rows[rows["origin"] == "A"].set_index("terms")
    assert list(south.index) == ["regime", "local"]
    assert south["tfi1_h"].tolist() == pytest.approx([4.0, 8.0])
    assert south["tfi2_usd_per_teu"].tolist() == pytest.approx([10.0, 10.0])
    assert south["tfi3_usd"].tolist() == pytest.approx([750.0, 1050.0])
    assert south["swod_kmh"].tolist() == pytest.approx([40.0, 40.0])
    assert south["swd_kmh"].tolist() == pytest.approx([200 / 15, 200 / 13])
    assert south["delay_share"].tolist() == pytest.approx([1 - 5 / 15, 1 - 5 / 13])
    north = rows[(rows["origin"] == "E") & (rows["terms"] == "local")].iloc[0]
    assert (north["tfi1_h"], north["tfi2_usd_per_teu"]) == (6.0, 7.0)  # the second row of the border is one-way


def test_published_averages_stand_beside_local_terms() -> None:
    """The latest value counts, with the range of all years: TFI1 of 2022 is 4 h against 8 and 6 here; worst first."""
    rows = figures("compared")
    assert rows["indicator"].tolist() == ["TFI1", "SWD", "SWD", "TFI1"]
    first = rows.iloc[0]
    assert (first["model"], first["published"], first["year"], first["ratio"]) == (8.0, 4.0, 2022, 2.0)
    assert (first["published_low"], first["published_high"], first["first_year"]) == (4.0, 30.0, 2021)


def test_the_diagram_ends_at_the_totals_and_holds_its_bands() -> None:
    """Distance, hours and price never fall along the way; the last row is the total; each lies within its band."""
    drawn, rows = figures("diagram"), figures("corridors")
    for row in rows.to_dict("records"):
        mine = drawn[(drawn["origin"] == row["origin"]) & (drawn["terms"] == row["terms"])]
        for name in ("distance_km", "time_h", "price_usd_per_teu"):
            assert mine[name].is_monotonic_increasing
            assert mine[name].iloc[-1] == pytest.approx(row[name])
        assert (mine["price_p5_usd_per_teu"] <= mine["price_usd_per_teu"] + 1e-9).all()
        assert mine["time_p95_h"].iloc[-1] == pytest.approx(row["time_p95_h"])


def test_dwell_of_a_node() -> None:
    """The two rows of the border make a delay of 6 + 2 h, half of it in the regime, with the second's variance."""
    rows = figures("nodes")
    border = rows[(rows["activity"] == "rail") & (rows["from_place"] == "C")].set_index("terms")
    assert border.loc["regime", "dwell_h"] == pytest.approx(4.0)
    assert border.loc["local", "dwell_h"] == pytest.approx(8.0)
    assert border.loc["local", "dwell_p5_h"] < border.loc["local", "dwell_p50_h"] < border.loc["local", "dwell_p95_h"]


def test_a_price_band_by_its_ends() -> None:
    """Tenth and ninetieth percentile 50 and 200 about 100: s = ln 4 / 2.563; P95 = 100 exp(1.645 s), P5 its inverse."""
    band = price_band(100.0, 50.0, 200.0)
    assert band.p95 == pytest.approx(243.5, abs=0.1)
    assert band.p5 == pytest.approx(100.0**2 / band.p95)
    assert price_band(7.0, 7.0, 7.0).holds(7.0)


def test_what_is_no_corridor_and_what_is_shut() -> None:
    """An unknown name is refused with those that there are; a corridor without links is told, not measured."""
    with pytest.raises(UsageError, match="KK, LL, K, L"):
        indicators.run(Scenario(world()), indicators.Params(("M",)))
    found = indicators.run(Scenario(world()), indicators.Params(("KK", "L")))
    assert found.status == indicators.Status.SHUT
    assert found.tables["shut"]["corridor"].tolist() == ["L"]
    assert set(found.tables["corridors"]["corridor"]) == {"K"}


def test_the_wait_for_a_ship_is_no_dwell_at_a_border() -> None:
    """A ship sails from E to F once a week: half a headway of 84 h. It is time, but at sea no border is crossed."""
    stops = [{"service_id": "SH", "seq": i, "place_id": place, "carriage": "sea", "calls": True}
             for i, place in enumerate("EF", 1)]  # fmt: skip
    more: Rows = {
        "link": [{"link_id": "EF", "from_place": "E", "to_place": "F", "mode": "sea", "carriages": "sea",
                  "length_km": 480, "speed_kmh": 24}],
        "transfer": [{"transfer_id": "E", "place_id": "E", "from_carriage": "rail1520", "to_carriage": "sea",
                      "time_h": 12}],
        "rate": [{"rate_id": f"sea-{form}", "mode": "sea", "form": form, "distance_usd_per_km": 1}
                 for form in ("box", "bulk")],
        "service": [{"service_id": "SH", "mode": "sea", "frequency_per_week": 1, "transit_h": 20}],
        "service_stop": stops,
        "corridor_link": [{"corridor_id": "K", "link_id": "EF"}],
        "corridor_stop": [{"corridor_id": "K", "place_id": "F"}],
        "access": [{"carriage": "sea", "form": "box", "load_usd": 5, "unload_usd": 5}],
    }  # fmt: skip
    found = indicators.run(Scenario(world(more)), indicators.Params(("K",))).tables
    nodes, diagram = found["nodes"], found["diagram"]
    assert diagram.loc[diagram["activity"] == "sea", "time_h"].min() > 84.0
    assert "sea" not in set(nodes["activity"])
    assert {"transfer", "rail"} <= set(nodes["activity"])
