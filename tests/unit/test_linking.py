"""The value of linking on worlds small enough to calculate by hand."""

from __future__ import annotations

from functools import cache

import pandas as pd
import pytest

from koridor.errors import UsageError
from koridor.experiments import linking
from koridor.model.patch import Patch
from koridor.model.scenario import Scenario
from koridor.result import Result
from koridor.studies import linkage
from koridor.testing import dataset_of, five_place_rows, five_places
from worlds import five, five_with, meta, metric, parallel


def answer(scenario: Scenario, **params: object) -> Result:
    return linking.run(scenario, linking.Params(vot_bands=1, **params), processes=1)


@cache
def central() -> Result:
    """The answer for the five places as they are."""
    return answer(five())


def headline(result: Result) -> pd.Series:
    return result.tables["headline"].set_index("metric")["value"]


def values(scenario: Scenario, **params: object) -> Result:
    """Values of all cases, without the questions around them."""
    return linkage.run(scenario, linkage.Params(("A",), ("B",), tuple(linkage.CASES), vot_bands=1, **params))


def test_corridors_that_add() -> None:
    """By hand, in the docstring of `five_place_rows`: A 800,000, B as much, unlinked 1,600,000 and linked 50,000 more."""
    found = headline(central())
    assert found["value_a_usd"] == pytest.approx(800_000)
    assert found["value_b_usd"] == pytest.approx(800_000)
    assert found["value_unlinked_usd"] == pytest.approx(1_600_000)
    assert found["value_linked_usd"] == pytest.approx(1_650_000)
    assert found["value_of_linking_usd"] == pytest.approx(50_000)
    assert found["complementarity_usd"] == pytest.approx(50_000)
    assert found["regret_without_a_usd"] == pytest.approx(850_000)
    assert found["regret_without_b_usd"] == pytest.approx(850_000)


def test_upper_bound_is_free_handing_over() -> None:
    """Handing over for nothing brings P to Z to 93 from 96 USD a tonne: 50,000 t x 3."""
    assert headline(central())["upper_bound_usd"] == pytest.approx(150_000)


def test_linked_traffic_and_its_share() -> None:
    """5,000 TEU hand over at X, of 15,000 that pass the gates of either corridor (10,000 go along it)."""
    found = headline(central())
    assert found["linked_teu"] == pytest.approx(5_000)
    assert found["linked_t"] == pytest.approx(50_000)
    assert found["linked_share_of_a"] == pytest.approx(1 / 3)
    assert found["linked_share_of_b"] == pytest.approx(1 / 3)


def test_corridors_that_replace_each_other() -> None:
    """A and B side by side: each alone saves 100,000 t x 7 = 700,000, both together no more: complementarity -700,000."""
    found = headline(answer(Scenario(parallel())))
    assert found["value_a_usd"] == pytest.approx(700_000)
    assert found["value_b_usd"] == pytest.approx(700_000)
    assert found["value_linked_usd"] == pytest.approx(700_000)
    assert found["complementarity_usd"] == pytest.approx(-700_000)
    assert found["value_of_linking_usd"] == pytest.approx(0.0, abs=1e-6)
    assert found["linked_teu"] == 0.0


def test_joined_at_the_terms_of_separate_is_worth_nothing() -> None:
    """With one price for both states, linked and unlinked are the same network to the last bit."""
    same = Patch.of(
        "same",
        *(
            ("interchange", "X", f"joined_{unit}", "set", f"@separate_{unit}")
            for unit in ("h", "usd_per_teu", "usd_per_t")
        ),
    )
    found = headline(answer(five(same)))
    assert found["value_of_linking_usd"] == 0.0
    assert found["value_linked_usd"] == found["value_unlinked_usd"]


def test_a_dollar_is_worth_the_linked_teu() -> None:
    """Envelope theorem: a dollar less a TEU saves 5,000 TEU x 1 USD; an hour less 50,000 t x 0.5 USD."""
    (group,) = central().tables["groups"].to_dict("records")
    assert group["interchange_group"] == "X"
    assert group["dollar_usd"] == pytest.approx(5_000)
    assert group["dollar_check"] == pytest.approx(5_000)
    assert group["hour_usd"] == pytest.approx(25_000)
    assert group["alone_usd"] == pytest.approx(50_000)
    assert group["left_out_usd"] == pytest.approx(50_000)


def test_a_dollar_and_an_hour_where_joined_is_free_already() -> None:
    """At 0 h and 0 USD there is only one side to differentiate on: the worth stays 5,000 TEU and 25,000 USD an hour."""
    free = Patch.of(
        "free", ("interchange", "X", "joined_h", "set", "0"), ("interchange", "X", "joined_usd_per_teu", "set", "0")
    )
    (group,) = answer(five(free), quick=True).tables["groups"].to_dict("records")
    assert group["dollar_usd"] == pytest.approx(5_000)
    assert group["hour_usd"] == pytest.approx(25_000)


def test_curve_over_hours_and_dollars() -> None:
    """Handing over in h hours for c USD a TEU brings P to Z to 93 + h/2 + c/10, against 96 unlinked: 50,000 t x the rest.

    The grid goes to the separate terms, 20 h and 50 USD.
    """
    curve = central().tables["curve"]
    assert (curve["joined_h"].max(), curve["joined_usd_per_teu"].max()) == (20.0, 50.0)
    saved = 3.0 - curve["joined_h"] / 2.0 - curve["joined_usd_per_teu"] / 10.0
    assert curve["value_usd"].to_numpy() == pytest.approx(50_000 * saved.clip(lower=0.0).to_numpy(), abs=1e-3)
    assert (curve.loc[saved > 0.0, "linked_teu"] - 5_000).abs().max() < 1e-6
    assert (curve.loc[saved < 0.0, "linked_teu"] == 0.0).all()


def test_every_split_sums_to_the_value() -> None:
    """Whatever the dimension, its parts make 50,000 USD; those by component: 50,000 t x (2 USD of time less 1 of handing over)."""
    split = central().tables["split"]
    sums = split.groupby("dimension")["value_usd"].sum()
    assert set(sums.index) == {"component", "group", "commodity", "direction", "pair", "country", "region", "form"}
    assert sums.to_numpy() == pytest.approx(50_000)
    by = split.set_index(["dimension", "key"])["value_usd"]
    assert by["component"]["time"] == pytest.approx(100_000)
    assert by["component"]["documents"] == pytest.approx(-50_000)
    assert by["component"]["money"] == pytest.approx(0.0, abs=1e-6)
    assert by["pair"]["P - Z"] == pytest.approx(50_000)
    assert by["direction"]["A to B"] == pytest.approx(50_000)
    assert by["group"]["X"] == pytest.approx(50_000)
    assert by["country"]["PP"] == by["country"]["ZZ"] == pytest.approx(25_000)
    linked = split[split["dimension"] != "component"].groupby("dimension")["linked_teu"].sum()
    assert linked.to_numpy() == pytest.approx(5_000)


def test_countries_sum_to_the_value_and_transit_is_paid() -> None:
    """Owners in P and Z gain 25,000 each; X is paid 5,000 TEU x 10 USD for handing over, all of it resources: margin 0."""
    countries = central().tables["countries"].set_index("country_id")
    assert countries["total_usd"].sum() == pytest.approx(50_000)
    assert countries.loc["PP", "users_usd"] == pytest.approx(25_000)
    assert countries.loc["ZZ", "users_usd"] == pytest.approx(25_000)
    assert countries.loc["XX", "revenue_usd"] == pytest.approx(50_000)
    assert countries.loc["XX", "terminals_usd"] == pytest.approx(0.0, abs=1e-6)
    assert countries["carriers_usd"].to_numpy() == pytest.approx(0.0, abs=1e-6)


def test_a_margin_of_handing_over_is_a_transfer() -> None:
    """With 60 % resources, X keeps 40 % of 50,000 USD: linking is worth 20,000 more to the world and no more to users."""
    margin = Patch.of("margin", ("activity", "handover", "resource_share", "set", "0.6"))
    result = answer(five(margin), quick=True)
    countries = result.tables["countries"].set_index("country_id")
    assert headline(result)["value_of_linking_usd"] == pytest.approx(70_000)
    assert countries.loc["XX", "terminals_usd"] == pytest.approx(20_000)
    assert countries["users_usd"].sum() == pytest.approx(50_000)
    assert countries["total_usd"].sum() == pytest.approx(70_000)


def test_a_lower_through_tariff_alone_moves_money_and_is_worth_nothing() -> None:
    """A at local speed, without a wait, a quarter cheaper: owners gain what railways lose, 150,000 t-legs apart.

    P to Q saves 20 USD x 100,000 t; P to Z 10 x 50,000 on P-X: 2,500,000 from carriers to users. Halves of the tariff
    of P-X belong to P and X, of X-Q to X and Q: P loses 5 x 150,000, Q 5 x 100,000, X the sum.
    """
    cheap = Patch.of(
        "cheap",
        ("corridor_term", "A", "tariff_factor", "set", "0.75"),
        ("corridor_term", "A", "speed_factor", "set", "0.5"),
        ("corridor_stop", "A", "join_extra_h", "set", "0"),
    )
    result = values(five(cheap), detail=True)
    assert metric(result, "value_usd.a", "free") == pytest.approx(0.0, abs=1e-6)
    for name, gain in (("users_usd", -2_500_000), ("carriers_usd", -2_500_000), ("used_usd", 0.0)):
        change = metric(result, f"{name}.a", "free") - metric(result, f"{name}.none", "free")
        assert change == pytest.approx(gain, abs=1e-6)
    frame = result.tables["countries"]
    margin = frame[~frame["capped"]].pivot(index="country_id", columns="case", values="carrier_margin_usd")
    lost = (margin["a"] - margin["none"]).to_dict()
    assert lost == pytest.approx({"PP": -750_000, "QQ": -500_000, "XX": -1_250_000, "YY": 0.0, "ZZ": 0.0})


def test_value_is_users_gain_and_change_of_margins() -> None:
    """V = gain of users + change of rents + change of margins, whatever the tariffs, shares and cases."""
    odd = Patch.of(
        "odd",
        ("corridor_term", "*", "tariff_factor", "set", "0.9"),
        ("activity", "*", "resource_share", "set", "0.7"),
    )
    result = values(five(odd))
    for case in ("a", "b", "unlinked", "linked", "bound"):
        change = {
            name: metric(result, f"{name}.{case}", "free") - metric(result, f"{name}.none", "free")
            for name in ("users_usd", "rents_usd", "carriers_usd", "terminals_usd", "publics_usd")
        }
        value = -change.pop("users_usd") + sum(change.values())
        assert metric(result, f"value_usd.{case}", "free") == pytest.approx(value)


def test_cases_table_holds_every_case_with_and_without_capacities() -> None:
    """Without elements capacities hold nobody back: both halves of the table are alike."""
    cases = central().tables["cases"]
    assert cases["case"].tolist() == ["none", "a", "b", "unlinked", "linked", "bound"] * 2
    free, capped = (
        cases[cases["capped"] == is_on].drop(columns="capped").reset_index(drop=True) for is_on in (False, True)
    )
    pd.testing.assert_frame_equal(free, capped)
    assert cases.loc[0, "resource_usd"] == pytest.approx(25_000_000)
    assert cases["gap_usd"].abs().max() < 1e-6


def queue_world() -> Scenario:
    """X-Z holds 12,500 TEU a year; a road P-Z takes 40 h for 1,000 USD a TEU: 120 USD a tonne."""
    rows = five_place_rows()
    road = {"link_id": "P~Z", "from_place": "P", "to_place": "Z", "mode": "road", "carriages": "road",
            "length_km": 1000, "speed_kmh": 25}  # fmt: skip
    return (
        Scenario(
            five_with(
                link=[road],
                rate=[{"rate_id": "road", "mode": "road", "form": "box", "distance_usd_per_km": 1}],
                activity=[{"activity": "road", "form": "box", "resource_share": 1}],
                access=[{"carriage": "road", "form": "box"}],
                element=[
                    {
                        "element_id": "E",
                        "country_id": "ZZ",
                        "unit": "teu",
                        "capacity_per_yr": 12_500,
                        "preload_per_yr": 0,
                    }
                ],
                element_load=[{"element_id": "E", "of": "link", "row": "X-Z", "per_t": 0.1, "per_teu": 1}],
                interchange=[],
                region=[],
            )  # fmt: skip
        )
        if rows
        else five()
    )


def test_capacity_that_binds_and_its_rent() -> None:
    """Linked, 15,000 TEU want X-Z and 12,500 pass: 2,500 of P to Z take the road at 120 USD instead of 95.

    So the queue is worth 25 USD a tonne, 50 h at 0.5: rent 125,000 t x 25 = 3,125,000, to the owner, Z. Unlinked the road
    is 24 USD dearer: 3,000,000. What linking saves is 1 USD on the 25,000 t of P to Z that still fit.
    """
    result = answer(queue_world(), quick=True)
    cases = result.tables["cases"].query("capped").set_index("case")
    assert cases.loc["linked", "rents_usd"] == pytest.approx(3_125_000)
    assert cases.loc["unlinked", "rents_usd"] == pytest.approx(3_000_000)
    assert headline(result)["value_of_linking_capped_usd"] == pytest.approx(25_000)
    assert headline(result)["value_of_linking_usd"] == pytest.approx(50_000)
    (row,) = result.tables["binding"].to_dict("records")
    assert row["element_id"] == "E"
    assert row["load_linked_per_yr"] == pytest.approx(12_500)
    assert row["queue_h"] == pytest.approx(50.0 / 0.1 * 0.1)
    assert row["rent_usd"] == pytest.approx(3_125_000)
    assert row["country_id"] == "ZZ"


def test_binding_lists_nothing_where_nothing_binds() -> None:
    """No element, no row; the table is there with its columns."""
    assert len(central().tables["binding"]) == 0
    assert "rent_usd" in central().tables["binding"]


def test_balance_of_the_corridors() -> None:
    """Linked, 10,000 TEU leave A at Q and 5,000 hand over; 15,000 leave B: each is the whole of its set."""
    balance = central().tables["balance"].set_index("corridor_id")
    assert balance["teu"].to_dict() == pytest.approx({"A": 15_000, "B": 15_000})
    assert balance["share"].to_dict() == pytest.approx({"A": 1.0, "B": 1.0})


def test_linked_flows_name_both_ways() -> None:
    """The one linked flow, P to Z, with its saving of 1 USD a tonne, 10 a TEU, and its ways in words."""
    (row,) = central().tables["linked_flows"].to_dict("records")
    assert (row["origin"], row["destination"], row["commodity_id"]) == ("P", "Z", "goods")
    assert row["teu"] == pytest.approx(5_000)
    assert row["saving_usd_per_teu"] == pytest.approx(10.0)
    assert row["way_linked"] == row["way_unlinked"] == "rail1520 [A] P - X (400 km); rail1520 [B] X - Z (400 km)"


def test_captive_tonnes_are_listed_and_never_assigned() -> None:
    """A captive flow of a million tonnes changes no value; it stands in `excluded` and in captive_t."""
    dataset = five_with(
        flow=[{"origin": "Z", "destination": "P", "commodity_id": "goods", "part": "captive", "volume_t": 1_000_000}]
    )
    result = answer(Scenario(dataset), quick=True)
    assert headline(result)["value_of_linking_usd"] == pytest.approx(50_000)
    assert headline(result)["captive_t"] == 1_000_000
    assert headline(result)["contestable_t"] == 250_000
    assert result.tables["excluded"]["t"].tolist() == [1_000_000]


def test_corridors_without_any_interchange() -> None:
    """Where A and B never meet linking is worth exactly nothing, and there is no group, no curve and no error."""
    rows = five_place_rows()
    del rows["interchange"]
    result = answer(Scenario(dataset_of(rows, meta())), quick=True)
    assert headline(result)["value_of_linking_usd"] == 0.0
    assert headline(result)["value_unlinked_usd"] == pytest.approx(1_600_000)
    assert len(result.tables["groups"]) == 0


def test_sets_that_are_not_two_are_refused() -> None:
    """The same corridor on both sides, or a name that is neither corridor nor axis, is a usage error that names it."""
    with pytest.raises(UsageError, match="common"):
        answer(five(), a=("A",), b=("NS",))
    with pytest.raises(UsageError, match="Silk"):
        answer(five(), a=("Silk",), b=("B",))


def test_sets_exchanged_give_the_same_value() -> None:
    """Linking B with A is linking A with B; only the names of the cases change sides."""
    there, back = headline(central()), headline(answer(five(), a=("B",), b=("A",), quick=True))
    assert back["value_of_linking_usd"] == pytest.approx(there["value_of_linking_usd"])
    assert back["value_a_usd"] == pytest.approx(there["value_b_usd"])
    assert back["complementarity_usd"] == pytest.approx(there["complementarity_usd"])


def test_quick_is_the_central_value() -> None:
    """Without its range the answer is the same number."""
    quick = answer(five(), quick=True)
    assert headline(quick)["value_of_linking_usd"] == headline(central())["value_of_linking_usd"]


def test_range_disruptions_and_years_come_from_the_table_of_cases() -> None:
    """Cases by hand: joined in 0 or 6 h is worth 100,000 or 0; while X-Z is shut, nothing links P with Z.

    A double demand in 2030 doubles the value.
    """
    edits = {
        "quick": ("interchange", "X", "joined_h", "set", "0"),
        "slow": ("interchange", "X", "joined_h", "set", "6"),
        "shut": ("link", "X-Z", "status", "set", "closed"),
        "twice": ("flow", "*", "volume_t", "scale", "2"),
    }
    dataset = five_with(
        patch=[{"patch_id": name, "kind": "range"} for name in edits],
        edit=[
            dict(zip(("patch_id", "table", "key", "field", "op", "value"), (name, *edit), strict=True))
            for name, edit in edits.items()
        ],
        case=[
            {"case_id": "h_low", "kind": "range_low", "factor": "h", "name": "Hours, 0", "patches": "quick"},
            {"case_id": "h_high", "kind": "range_high", "factor": "h", "name": "Hours, 6", "patches": "slow"},
            {"case_id": "shut", "kind": "disruption", "name": "X-Z shut", "patches": "shut"},
            {"case_id": "2024", "kind": "year", "name": "2024"},
            {"case_id": "2030", "kind": "year", "name": "2030", "patches": "twice"},
            {"case_id": "calm", "kind": "world", "name": "Calm"},
        ],
    )
    result = answer(Scenario(dataset))
    (bar,) = result.tables["tornado"].to_dict("records")
    assert (bar["low_usd"], bar["high_usd"], bar["name"]) == (
        pytest.approx(100_000),
        pytest.approx(0.0, abs=1e-3),
        "Hours",
    )
    line = result.tables["headline"].set_index("metric").loc["value_of_linking_usd"]
    assert (line["low"], line["value"], line["high"]) == pytest.approx((0.0, 50_000, 100_000), abs=1e-3)
    (shut,) = result.tables["disruptions"].to_dict("records")
    assert shut["value_usd"] == pytest.approx(0.0, abs=1e-6)
    years = result.tables["years"].set_index("year")
    assert years["value_usd"].to_dict() == pytest.approx({"2024": 50_000, "2030": 100_000})
    assert years["value_a_usd"].to_dict() == pytest.approx({"2024": 800_000, "2030": 1_600_000})


def test_answer_is_written_and_read_back(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """A folder of CSV holds the whole answer; money and flows come back to the last bit."""
    central().write(tmp_path / "out")
    back = Result.read(tmp_path / "out")
    assert set(back.tables) == set(central().tables)
    for name, frame in central().tables.items():
        for column in frame.select_dtypes("number"):
            pd.testing.assert_series_equal(
                back.tables[name][column], frame[column], check_dtype=False, check_exact=True
            )


def test_dataset_without_sets_asks_for_them() -> None:
    """Without sets in dataset.toml the question has no default and the error says how to ask."""
    dataset = dataset_of(five_place_rows())
    with pytest.raises(UsageError, match="--a"):
        answer(Scenario(dataset))
    named = answer(Scenario(dataset), a=("A",), b=("EW",), quick=True)
    assert headline(named)["value_of_linking_usd"] == pytest.approx(50_000)
    assert headline(named).equals(headline(answer(Scenario(five_places()), quick=True)))
