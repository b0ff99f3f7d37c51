"""Least money for all: a local optimum by hand, beside the flows of least hours, and a bound that holds."""

from __future__ import annotations

import pytest
from test_assign_principles import two_ways
from test_equilibrium import bpr, element, on_links

from builders import assigned, limit, metric, pair
from koridor.errors import UsageError
from koridor.model.scenario import Scenario
from koridor.studies import months
from koridor.studies.assign import Principle, Response
from koridor.testing import verify_assignment

MONEY = Principle.MONEY


def by_goods(**shape: float):  # type: ignore[no-untyped-def]
    """L: 10 h + v / 5 of v TEU; M: 30 h. 100 TEU at 4 USD an hour and 100 at 1."""
    return pair({"L": (10, 0), "M": (30, 0)}, bpr("L", 50, 10), goods={"dear": 4.0, "slow": 1.0})


def test_who_saves_hours_is_worth_money() -> None:
    """Of a and b TEU of the dear and the slow by L, one more of each costs all -80 + 1.6 a + b and -20 + a + 0.4 b USD
    against M: a = 50, b = 0 is the only local optimum, at 50 x 4 x 20 + 50 x 4 x 30 + 100 x 30 USD a tenth of a TEU.

    Least hours want 50 TEU by L too, whoever they are. The bound, delays at 1 USD an hour: all the dear by L, 100 x 40
    + 100 x 30 + 100 x 20.
    """
    found = assigned(by_goods(), principle=MONEY, ways=True)
    assert found.status == "solved"
    assert metric(found, "total_usd") == pytest.approx(130_000, rel=1e-5)
    assert metric(found, "users_usd") == pytest.approx(130_000, rel=1e-5)
    assert metric(found, "bound_usd") == pytest.approx(90_000, rel=1e-6)
    assert metric(found, "bound_share") == pytest.approx(4 / 13, rel=1e-4)
    paths = found.tables["paths"]
    assert paths[paths["time_h"] < 25]["commodity_id"].tolist() == ["dear"]
    assert on_links(found) == pytest.approx({"L": 500.0, "M": 1500.0}, rel=1e-3)
    money, hours = found.tables["optima"].to_dict("records")
    assert money["total_t_h"] == pytest.approx(500 * 20 + 1500 * 30, rel=1e-5)
    assert hours["total_t_h"] == pytest.approx(money["total_t_h"], rel=1e-5)
    assert hours["total_usd"] >= money["total_usd"]


def test_with_one_value_of_time_it_is_the_system_and_its_own_bound() -> None:
    """As by least hours: 1,250 t x 35 h + 750 t x 45 h (see `test_the_system_spends_fewer_hours`), with a bound within
    1e-6; with others on the way the bound is lower, and the flows are those at which one more costs all the same.
    """
    found = assigned(two_ways(volume_t=2000), principle=MONEY)
    assert on_links(found) == pytest.approx({"L": 1250.0, "M": 750.0}, rel=1e-4)
    assert metric(found, "total_usd") == pytest.approx(1250 * 35 + 750 * 45, rel=1e-6)
    assert metric(found, "bound_share") == pytest.approx(0.0, abs=1e-6)
    shared = bpr("L", 50, 10)
    shared["element"][0]["preload_per_yr"] = 160
    others = assigned(pair({"L": (10, 0), "M": (60, 0)}, shared, volume_t=2000), principle=MONEY)
    assert element(others)["background_per_yr"] == pytest.approx(0.0)  # at 42 h all of ours want L
    blocked = assigned(pair({"L": (10, 0), "M": (40, 0)}, shared, volume_t=2000), principle=MONEY)
    own = on_links(blocked)["L"] / 10
    assert element(blocked)["background_per_yr"] == pytest.approx(160.0)
    assert own == 0.0
    assert metric(blocked, "bound_usd") <= metric(blocked, "total_usd") == pytest.approx(2000 * 40)


def test_capacities_go_to_whom_they_save_most() -> None:
    """Without delays it is a linear programme, and its own bound: L holds 100 TEU, the dear lose 130 USD a tonne by M
    and the slow 40 (see the test of prices): 1000 x (10 + 40) + 1000 x (20 + 40), at 400 USD a TEU.
    """
    dataset = pair({"L": (10, 10), "M": (40, 20)}, limit("L", 100), goods={"dear": 4.0, "slow": 1.0})
    found = assigned(dataset, principle=MONEY, capped=True)
    assert metric(found, "total_usd") == metric(found, "bound_usd") == pytest.approx(110_000)
    assert element(found)["rent_usd"] == pytest.approx(40_000)
    money, hours = found.tables["optima"]["total_usd"]
    assert hours == pytest.approx(1000 * (10 + 10) + 1000 * (20 + 160))
    assert money < hours


def test_capacity_and_delay_together() -> None:
    """As by goods, L holding 40 TEU: all of them dear, each worth 40 x 18 h, and one more would save all
    80 - 1.6 x 40 = 16 USD a tonne, 160 USD a TEU.
    """
    held = bpr("L", 50, 10)
    held["element"][0] |= {"capacity_per_yr": 40, "delay_free_h": 8}
    goods = {"dear": 4.0, "slow": 1.0}
    found = assigned(pair({"L": (10, 0), "M": (30, 0)}, held, goods=goods), principle=MONEY, capped=True)
    assert on_links(found) == pytest.approx({"L": 400.0, "M": 1600.0}, rel=1e-5)
    assert metric(found, "total_usd") == pytest.approx(400 * 4 * 18 + 600 * 4 * 30 + 1000 * 30, rel=1e-5)
    assert element(found)["rent_usd"] == pytest.approx(400 * 16, rel=1e-3)
    assert metric(found, "bound_usd") <= metric(found, "total_usd")


def test_what_cannot_be_meant_is_refused() -> None:
    """Elastic demand, goods without a value of time, a check by tables alone, which a year of months has none for."""
    with pytest.raises(UsageError, match="fixed"):
        assigned(by_goods(), principle=MONEY, response=Response.ELASTIC)
    with pytest.raises(UsageError, match="value of time"):
        assigned(pair({"L": (10, 0)}, goods={"sand": 0.0}), principle=MONEY)
    with pytest.raises(UsageError, match="local optimum"):
        verify_assignment(Scenario(by_goods()), assigned(by_goods(), principle=MONEY))
    with pytest.raises(UsageError, match="months"):
        verify_assignment(Scenario(by_goods()), months.run(Scenario(by_goods())))
