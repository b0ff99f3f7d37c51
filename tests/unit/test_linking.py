"""What linking is worth on five places: capacities, ranges, odd sets. The plain numbers stand in
`test_linking_by_hand`.

The world is that of `koridor.testing.five_place_rows`; its docstring has the costs of every way.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from builders import crossing, meta, metric
from koridor.errors import UsageError
from koridor.experiments import linking
from koridor.model.patch import Patch
from koridor.model.scenario import Scenario, find_patches
from koridor.result import Result
from koridor.studies import linkage
from koridor.testing import dataset_of, five_place_rows

EDIT = ("patch_id", "table", "key", "field", "op", "value")


def answer(scenario: Scenario, *, a: tuple[str, ...] = (), b: tuple[str, ...] = (), quick: bool = True) -> Result:
    return linking.run(scenario, linking.Params(a, b, quick=quick, vot_bands=1), processes=1)


@cache
def central() -> Result:
    """The answer for the five places as they are."""
    return answer(crossing())


def headline(result: Result) -> pd.Series:
    return result.tables["headline"].set_index("metric")["value"]


def test_the_numbers_of_the_docstring() -> None:
    """A alone 800,000 USD a year, B as much, both 1,600,000, linking 50,000, free handing over 150,000."""
    found = headline(central())
    assert found["value_a_usd"] == found["value_b_usd"] == pytest.approx(800_000)
    assert found["value_unlinked_usd"] == pytest.approx(1_600_000)
    assert found["value_of_linking_usd"] == pytest.approx(50_000)
    assert found["upper_bound_usd"] == pytest.approx(150_000)
    assert found["linked_teu"] == pytest.approx(5_000)
    assert found["linked_share_of_a"] == pytest.approx(1 / 3)


def test_a_dollar_and_an_hour_where_joined_is_free_already() -> None:
    """At 0 h and 0 USD there is only one side to differentiate on: a dollar a TEU stays 5,000 USD, an hour 25,000."""
    free = Patch.of(
        "free", ("interchange", "X", "joined_h", "set", "0"), ("interchange", "X", "joined_usd_per_teu", "set", "0")
    )
    (group,) = answer(crossing(free)).tables["groups"].to_dict("records")
    assert group["dollar_usd"] == pytest.approx(5_000)
    assert group["hour_usd"] == pytest.approx(25_000)


def test_value_is_users_gain_and_change_of_margins() -> None:
    """V = gain of users + change of rents + change of margins, for every case, whatever tariffs and shares are."""
    odd = Patch.of(
        "odd",
        ("corridor_term", "*", "tariff_factor", "set", "0.9"),
        ("activity", "*", "resource_share", "set", "0.7"),
    )
    params = linkage.Params(("A",), ("B",), tuple(linkage.CASES), vot_bands=1, detail=True)
    result = linkage.run(crossing(odd), params)
    for case in ("a", "b", "unlinked", "linked", "bound"):
        change = {
            name: metric(result, f"{name}.{case}", "free") - metric(result, f"{name}.none", "free")
            for name in ("users_usd", "rents_usd", "carriers_usd", "terminals_usd", "publics_usd")
        }
        value = -change.pop("users_usd") + sum(change.values())
        assert metric(result, f"value_usd.{case}", "free") == pytest.approx(value)


def test_cases_without_and_with_capacities() -> None:
    """Without elements capacities hold nobody back: both halves of the table are alike."""
    cases = central().tables["cases"]
    assert cases["case"].tolist() == ["none", "a", "b", "unlinked", "linked", "bound"] * 2
    halves = [cases[cases["capped"] == on].drop(columns="capped").reset_index(drop=True) for on in (False, True)]
    pd.testing.assert_frame_equal(*halves)
    assert cases.loc[0, "resource_usd"] == pytest.approx(25_000_000)
    assert cases["gap_usd"].abs().max() < 1e-6


def limited(capacity_teu: float, preload_teu: float = 0.0) -> Scenario:
    """X-Z holds so many TEU a year; a road from P to Z takes 40 h for 1,000 USD a TEU: 120 USD a tonne."""
    return crossing(
        link=[{"link_id": "P~Z", "from_place": "P", "to_place": "Z", "mode": "road", "carriages": "road",
               "length_km": 1000, "speed_kmh": 25}],
        rate=[{"rate_id": "road", "mode": "road", "form": "box", "distance_usd_per_km": 1}],
        activity=[{"activity": "road", "form": "box", "resource_share": 1}],
        access=[{"carriage": "road", "form": "box"}],
        element=[{"element_id": "E", "country_id": "ZZ", "unit": "teu", "capacity_per_yr": capacity_teu,
                  "preload_per_yr": preload_teu}],
        element_load=[{"element_id": "E", "of": "link", "row": "X-Z", "per_t": 0.1, "per_teu": 1}],
    )  # fmt: skip


def test_capacity_that_binds_and_its_rent() -> None:
    """Linked, 15,000 TEU want X-Z and 12,500 pass: 2,500 of P to Z take the road at 120 USD instead of 95.

    So the queue is worth 25 USD a tonne, 50 h at 0.5: rent 125,000 t x 25 = 3,125,000, to the owner, Z. Unlinked the
    road is 24 USD dearer: 3,000,000. What linking saves is 1 USD on the 25,000 t of P to Z that still fit.
    """
    result = answer(limited(12_500))
    cases = result.tables["cases"].query("capped").set_index("case")
    assert cases.loc["linked", "rents_usd"] == pytest.approx(3_125_000)
    assert cases.loc["unlinked", "rents_usd"] == pytest.approx(3_000_000)
    assert headline(result)["value_of_linking_capped_usd"] == pytest.approx(25_000)
    assert headline(result)["value_of_linking_usd"] == pytest.approx(50_000)
    (row,) = result.tables["binding"].to_dict("records")
    assert (row["element_id"], row["country_id"]) == ("E", "ZZ")
    assert row["load_linked_per_yr"] == pytest.approx(12_500)
    assert row["queue_h"] == pytest.approx(50.0)
    assert row["rent_usd"] == pytest.approx(3_125_000)
    assert row["preload_share"] == 0.0


def test_preload_is_other_traffic_and_the_base_year_s_own() -> None:
    """20,000 of 25,000 TEU passed X-Z in the base year. The base network puts 15,000 on it, so 5,000 are of others.

    20,000 are left for the model, which wants 15,000: nothing binds. Of 17,500, 12,500 are left: as above.
    """
    assert len(answer(limited(25_000, 20_000)).tables["binding"]) == 0
    result = answer(limited(17_500, 20_000))
    assert headline(result)["value_of_linking_capped_usd"] == pytest.approx(25_000)
    (row,) = result.tables["binding"].to_dict("records")
    assert row["background_per_yr"] == pytest.approx(5_000)
    assert row["preload_share"] == pytest.approx(5 / 17.5)


def test_binding_lists_nothing_where_nothing_binds() -> None:
    """No element, no row; the table is there with its columns."""
    assert len(central().tables["binding"]) == 0
    assert "rent_usd" in central().tables["binding"]


def test_balance_of_the_corridors() -> None:
    """Linked, 10,000 TEU leave A at Q and 5,000 hand over; 15,000 leave B: each is the whole of its set."""
    balance = central().tables["balance"].set_index("corridor_id")
    assert balance["teu"].to_dict() == pytest.approx({"A": 15_000, "B": 15_000})
    assert balance["share"].to_dict() == pytest.approx({"A": 1.0, "B": 1.0})


def test_captive_tonnes_are_listed_and_never_assigned() -> None:
    """A captive flow of a million tonnes changes no value; it stands in `excluded` and in captive_t."""
    captive = {"origin": "Z", "destination": "P", "commodity_id": "goods", "part": "captive", "volume_t": 1_000_000}
    result = answer(crossing(flow=[captive]))
    assert headline(result)["value_of_linking_usd"] == pytest.approx(50_000)
    assert headline(result)["captive_t"] == 1_000_000
    assert headline(result)["contestable_t"] == 250_000
    assert result.tables["excluded"]["t"].tolist() == [1_000_000]


def test_corridors_without_any_interchange() -> None:
    """Where A and B never meet linking is worth exactly nothing, and there is no group, no curve and no error."""
    rows = five_place_rows()
    del rows["interchange"]
    result = answer(Scenario(dataset_of(rows, meta())))
    assert headline(result)["value_of_linking_usd"] == 0.0
    assert headline(result)["value_unlinked_usd"] == pytest.approx(1_600_000)
    assert len(result.tables["groups"]) == 0


def test_one_corridor_out_of_force_has_no_value_to_link() -> None:
    """Without a way for its goods (no term in any form) B is nothing: linking adds nothing to A."""
    rows = five_place_rows()
    rows["corridor_term"] = [row for row in rows["corridor_term"] if row["corridor_id"] == "A"]
    result = answer(Scenario(dataset_of(rows, meta())))
    assert headline(result)["value_b_usd"] == 0.0
    assert headline(result)["value_of_linking_usd"] == 0.0


def test_sets_that_are_not_two_are_refused() -> None:
    """The same corridor on both sides, or a name that is neither corridor nor axis, is a usage error that names it."""
    with pytest.raises(UsageError, match="common"):
        answer(crossing(), a=("A",), b=("NS",))
    with pytest.raises(UsageError, match="Silk"):
        answer(crossing(), a=("Silk",), b=("B",))


def test_sets_exchanged_give_the_same_value() -> None:
    """Linking B with A is linking A with B; only the names of the cases change sides."""
    there, back = headline(central()), headline(answer(crossing(), a=("B",), b=("A",)))
    assert back["value_of_linking_usd"] == pytest.approx(there["value_of_linking_usd"])
    assert back["value_a_usd"] == pytest.approx(there["value_b_usd"])
    assert back["complementarity_usd"] == pytest.approx(there["complementarity_usd"])


def test_dataset_without_sets_asks_for_them() -> None:
    """Without sets in dataset.toml the question has no default, and the error says how to ask it."""
    dataset = dataset_of(five_place_rows())
    with pytest.raises(UsageError, match="--a"):
        answer(Scenario(dataset))
    assert headline(answer(Scenario(dataset), a=("A",), b=("EW",))).equals(headline(central()))


def test_range_disruptions_and_years_come_from_the_table_of_cases() -> None:
    """By hand: joined in 0 or 6 h is worth 100,000 or nothing; while X-Z is shut, nothing links P with Z.

    Double demand in 2030 doubles every value. Capacities cannot move a value that does not hold them: no bar.
    """
    edits = {
        "quick": ("interchange", "X", "joined_h", "set", "0"),
        "slow": ("interchange", "X", "joined_h", "set", "6"),
        "shut": ("link", "X-Z", "status", "set", "closed"),
        "twice": ("flow", "*", "volume_t", "scale", "2"),
        "wide": ("element", "*", "capacity_per_yr", "scale", "2"),
    }
    scenario = crossing(
        patch=[{"patch_id": name, "kind": "range"} for name in edits],
        edit=[dict(zip(EDIT, (name, *edit), strict=True)) for name, edit in edits.items()],
        case=[
            {"case_id": "h_low", "kind": "range_low", "factor": "h", "name": "Hours, 0", "patches": "quick"},
            {"case_id": "h_high", "kind": "range_high", "factor": "h", "name": "Hours, 6", "patches": "slow"},
            {"case_id": "c_low", "kind": "range_low", "factor": "c", "name": "Capacity", "patches": "wide"},
            {"case_id": "c_high", "kind": "range_high", "factor": "c", "name": "Capacity", "patches": "wide"},
            {"case_id": "shut", "kind": "disruption", "name": "X-Z shut", "patches": "shut"},
            {"case_id": "2024", "kind": "year", "name": "2024"},
            {"case_id": "2030", "kind": "year", "name": "2030", "patches": "twice"},
            {"case_id": "calm", "kind": "world", "name": "Calm"},
        ],
    )
    result = answer(scenario, quick=False)
    (bar,) = result.tables["tornado"].to_dict("records")
    assert (bar["low_usd"], bar["high_usd"]) == pytest.approx((100_000, 0.0), abs=1e-3)
    assert bar["name"] == "Hours"
    line = result.tables["headline"].set_index("metric").loc["value_of_linking_usd"]
    assert line[["low", "value", "high"]].tolist() == pytest.approx([0.0, 50_000, 100_000], abs=1e-3)
    (shut,) = result.tables["disruptions"].to_dict("records")
    assert shut["value_usd"] == pytest.approx(0.0, abs=1e-6)
    years = result.tables["years"].set_index("year")
    assert years["value_usd"].to_dict() == pytest.approx({"2024": 50_000, "2030": 100_000})
    assert years["value_a_usd"].to_dict() == pytest.approx({"2024": 800_000, "2030": 1_600_000})
    later = answer(scenario.with_patches(*find_patches(scenario.dataset, ["twice"])), quick=False)
    assert headline(later)["value_of_linking_usd"] == pytest.approx(100_000)
    again = later.tables["years"].set_index("year")
    assert again["value_usd"].to_dict() == pytest.approx(
        years["value_usd"].to_dict()
    )  # those of the dataset all the same


def test_answer_is_written_and_read_back(tmp_path: Path) -> None:
    """A folder of CSV holds the whole answer; every number comes back to the last bit."""
    central().write(tmp_path / "out")
    back = Result.read(tmp_path / "out")
    assert set(back.tables) == set(central().tables)
    for name, frame in central().tables.items():
        for column in frame.select_dtypes("number"):
            pd.testing.assert_series_equal(
                back.tables[name][column], frame[column], check_dtype=False, check_exact=True
            )


def test_a_world_with_delays_is_refused() -> None:
    """Without capacities linking solves the pairs that a regime concerns at fixed hours, with them at hours by volume:
    their values would answer two questions. The element is named, and what to do.
    """
    world = limited(12_500)
    patch = Patch.of(
        "slow",
        *(("element", "E", field, "set", value)
          for field, value in (("delay", "bpr"), ("delay_free_h", 5), ("delay_alpha", 1), ("delay_power", 4))),
    )  # fmt: skip
    with pytest.raises(UsageError, match="E have delay functions"):
        answer(world.with_patches(patch))
