"""A year of months: closed seasons by hand, demand by month, sums of the year, and twelve equal months."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from test_equilibrium import QUICK, SLOW, bpr, element, on_links

from builders import assigned, crossing, limit, metric, pair, pair_rows
from koridor.errors import DataError, UsageError
from koridor.model.patch import Patch
from koridor.model.scenario import Scenario
from koridor.result import Result
from koridor.studies import months
from koridor.studies.assign import Params, Principle, Response
from koridor.testing import dataset_of

DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]  # of the base year, 2024
YEAR = sum(DAYS)
WINTER = {"link_period": [{"link_id": "L", "month": month, "open_share": 0} for month in (1, 2)]}
CLOSED_DAYS = 31 + 29


def by_month(scenario: Any, **params: Any) -> Result:
    given = scenario if isinstance(scenario, Scenario) else Scenario(scenario)
    return months.run(given, Params(**{"vot_bands": 1, **params}))


def test_a_closed_season() -> None:
    """L, 10 USD a tonne, is shut for 60 of 366 days: then all go by M at 50 USD, and nothing waits for March."""
    result = by_month(pair({"L": QUICK, "M": SLOW}, WINTER))
    winter = 1000 * CLOSED_DAYS / YEAR
    assert on_links(result) == pytest.approx({"L": 1000 - winter, "M": winter})
    assert metric(result, "users_usd") == pytest.approx((1000 - winter) * 10 + winter * 50)
    table = result.tables["months"]
    assert table["days_d"].tolist() == DAYS
    assert table["users_usd"].to_numpy() == pytest.approx(
        [1000 * d / YEAR * (50 if month <= 2 else 10) for month, d in enumerate(DAYS, 1)]
    )
    links = result.tables["link_months"].set_index(["month", "link_id"])["forward_t"]
    assert (links[2, "L"], links[3, "M"]) == (0.0, 0.0)
    assert links[2, "M"] == pytest.approx(1000 * 29 / YEAR)


def test_a_season_with_no_other_way_leaves_its_tonnes() -> None:
    """In the closed months 500 USD a tonne are lost; a yearly run would let all wait for March."""
    result = by_month(pair({"L": QUICK}, WINTER))
    assert metric(result, "unserved_t") == pytest.approx(1000 * CLOSED_DAYS / YEAR)
    assert metric(result, "users_usd") == pytest.approx(1000 * (306 * 10 + 60 * 500) / YEAR)


def test_capacities_go_by_the_days_and_the_open_share_of_a_month() -> None:
    """L holds 60 TEU a year; in April half of its days, so 30 x 30 / 366, and 100 TEU x 30 / 366 want it: 40 h of queue
    in every month, to which M's 40 USD more are worth it.
    """
    april = {"element_period": [{"element_id": "on L", "month": 4, "open_share": 0.5}]}
    result = by_month(pair({"L": QUICK, "M": SLOW}, limit("L", 60), april), capped=True)
    table = result.tables["element_months"].set_index("month")
    share = np.array(DAYS) / YEAR
    assert table["capacity_per_month"].to_numpy() == pytest.approx(60 * share * np.where(np.arange(12) == 3, 0.5, 1.0))
    assert table["load_per_month"].to_numpy() == pytest.approx(table["capacity_per_month"].to_numpy())
    assert table["queue_h"].to_numpy() == pytest.approx(40.0)
    assert element(result)["queue_h"] == pytest.approx(40.0)
    assert element(result)["rent_usd"] == pytest.approx(40 * 600 * (1 - share[3] / 2))
    assert (result.tables["months"]["binding"] == 1).all()


def test_a_month_without_an_element_is_a_closed_way() -> None:
    """Shut in May by its own months, capped or not."""
    may = {"element_period": [{"element_id": "on L", "month": 5, "open_share": 0}]}
    for is_capped in (False, True):
        result = by_month(pair({"L": QUICK, "M": SLOW}, limit("L", 1e6), may), capped=is_capped)
        assert on_links(result)["M"] == pytest.approx(1000 * 31 / YEAR)


def test_demand_by_month() -> None:
    """Half of the year's goods go in August, a tenth in September, the rest by days in ten months; L holds 60 TEU."""
    rows = [("P", "*", 8, 0.5), ("P", "*", 9, 0.1), ("*", "*", 1, 0.9)]
    share = {"flow_period": [
        {"commodity_id": "goods", "origin": a, "destination": b, "month": m, "flow_share": s} for a, b, m, s in rows
    ]}  # fmt: skip
    result = by_month(pair({"L": QUICK, "M": SLOW}, limit("L", 60), share), capped=True)
    gone = result.tables["months"].set_index("month")["assigned_t"]
    assert (gone[8], gone[9]) == pytest.approx((500.0, 100.0))
    assert gone[1] == pytest.approx(400 * 31 / (YEAR - 61))
    assert gone.sum() == pytest.approx(1000.0)
    load = result.tables["element_months"].set_index("month")["load_per_month"]
    assert load[8] == pytest.approx(60 * 31 / YEAR)
    assert load[1] == pytest.approx(min(gone[1] / 10, 60 * 31 / YEAR))


EQUAL = {
    "free": {},
    "capped": {"capped": True},
    "system": {"principle": Principle.SYSTEM},
    "elastic": {"response": Response.ELASTIC},
    "stochastic": {"principle": Principle.STOCHASTIC},
}


@pytest.mark.parametrize("params", EQUAL.values(), ids=EQUAL)
def test_twelve_equal_months_are_the_year(params: dict[str, Any]) -> None:
    """Nothing is closed and demand is even: flows, costs, hours and metrics are those of the yearly run."""
    way = bpr("L", 50, 10, power=4.0)
    way["element"][0]["preload_per_yr"] = 60
    dataset = pair({"L": (10, 0), "M": (20, 0)}, way, limit("M", 90, preload_per_yr=20), volume_t=1200)
    dearer = Scenario(dataset, (Patch.of("toll", ("rate", "L box", "fixed_usd", "shift", 20.0)),))
    year, whole = assigned(dearer, **params), by_month(dearer, **params)
    assert whole.status == "solved"
    for name in ("link_flows", "elements", "countries", "screenlines", "pairs"):
        pd.testing.assert_frame_equal(whole.tables[name], year.tables[name], check_dtype=False, rtol=1e-9, atol=1e-9)
    wanted = year.metrics[year.metrics["metric"] != "rounds"].reset_index(drop=True)
    given = whole.metrics[whole.metrics["metric"] != "rounds"].reset_index(drop=True)
    pd.testing.assert_frame_equal(given, wanted, check_dtype=False, rtol=1e-9, atol=1e-9)
    assert metric(whole, "rounds") == metric(year, "rounds")  # months that are alike are solved once


def test_every_tonne_of_the_year_is_carried_or_stays() -> None:
    """Seasons of links, elements and goods together, with corridors and delays: by pair the sums are the demand's."""
    more = {
        "link_period": [{"link_id": "X-Z", "month": m, "open_share": s} for m, s in ((1, 0), (2, 0.25), (12, 0))],
        "element": [{"element_id": "E", "country_id": "ZZ", "unit": "teu", "capacity_per_yr": 9000.0, "delay": "bpr",
                     "delay_free_h": 5, "delay_alpha": 1, "delay_power": 4, "preload_per_yr": 16000}],
        "element_load": [{"element_id": "E", "of": "link", "row": "P-X", "per_t": 0.1, "per_teu": 1}],
        "element_period": [{"element_id": "E", "month": 6, "open_share": 0.5}],
        "flow_period": [{"commodity_id": "goods", "origin": "P", "destination": "Z", "month": 3, "flow_share": 0.4}],
    }  # fmt: skip
    both = Patch.of("both", ("corridor", "*", "in_force", "set", "yes"))
    result = by_month(crossing(both, **more), capped=True, ways=True)
    year = assigned(crossing(both), capped=False).tables["pairs"]
    pairs = result.tables["pairs"]
    whole = (pairs["carried_t"] + pairs["unserved_t"]).to_numpy()
    assert whole == pytest.approx((year["carried_t"] + year["unserved_t"]).to_numpy(), rel=1e-9)
    table = result.tables["months"]
    assert table["assigned_t"].sum() + table["unserved_t"].sum() == pytest.approx(250_000)
    loads = result.tables["element_months"]
    assert (loads["load_per_month"] <= loads["capacity_per_month"] - loads["background_per_month"] + 1e-3).all()
    by_class = result.tables["element_flows"].groupby("month")["load_per_yr"].sum()
    assert by_class.to_numpy() == pytest.approx(loads.set_index("month")["load_per_month"][by_class.index].to_numpy())
    assert table["unserved_t"].iloc[[0, 11]].min() > 0.0


def test_a_month_starts_with_the_ways_of_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of three seasons two begin with ways; the first with those of another result where one is given."""
    dataset = pair({"L": (10, 0), "M": (20, 0)}, bpr("L", 50, 10), WINTER,
                   {"link_period": [{"link_id": "M", "month": 7, "open_share": 0}]})  # fmt: skip
    begun = []
    solve = months.assign.solve_compiled

    def watched(scenario: Any, compiled: Any, demand: Any, params: Any) -> Any:
        begun.append(None if params.start is None else len(params.start.paths))
        return solve(scenario, compiled, demand, params)

    monkeypatch.setattr(months.assign, "solve_compiled", watched)
    cold = by_month(dataset)
    assert begun == [None, 1, 2]
    before = assigned(dataset, ways=True)
    begun.clear()
    warm = months.run(Scenario(dataset), Params(vot_bands=1), before=before)
    assert begun[0] is not None
    assert on_links(warm) == pytest.approx(on_links(cold), rel=1e-6)


def test_nonsense_is_told() -> None:
    """Shares of more than a year, a region that is none, some pairs only."""
    row = {"commodity_id": "goods", "origin": "*", "destination": "*"}
    for rows, field in (
        ([row | {"month": m, "flow_share": 0.6} for m in (1, 2)], "flow_share"),
        ([row | {"month": m, "flow_share": 0.05} for m in range(1, 13)], "flow_share"),
        ([row | {"origin": "R", "month": 1, "flow_share": 0.1}], "origin"),
    ):
        with pytest.raises(DataError) as error:
            dataset_of({**pair_rows({"L": QUICK}), "flow_period": rows})
        assert [problem.field for problem in error.value.problems] == [field]
    with pytest.raises(UsageError, match="pairs"):
        by_month(pair({"L": QUICK}), pairs=np.array([0]))
