"""Assignments by other principles, with demand that answers to cost, and what they tell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_equilibrium import bpr, element, on_links

from builders import assigned, limit, metric, pair
from koridor.errors import UsageError
from koridor.model.compile import compile_demand, compile_network
from koridor.model.patch import Patch
from koridor.model.scenario import Scenario
from koridor.studies.assign import Principle, Response
from koridor.studies.equilibrium import delayed
from koridor.studies.equilibrium.elastic import Elastic, surplus_usd
from koridor.studies.equilibrium.master import Limits, solve
from koridor.studies.equilibrium.master import Principle as Whose
from koridor.studies.equilibrium.pricing import Pricing

TWO = {"dear": 3.0, "slow": 1.0}


def two_ways(power: float = 1.0, volume_t: float = 1000.0, **goods: float):  # type: ignore[no-untyped-def]
    """L: 10 h + 10 h (v / 50)^power of v TEU; M: 30 h + the same. Goods at 1 USD an hour unless told."""
    ways = bpr("L", 50, 10, power=power), bpr("M", 50, 10, power=power)
    return pair({"L": (10, 0), "M": (30, 0)}, *ways, goods=goods or None, volume_t=volume_t)


def test_the_system_spends_fewer_hours() -> None:
    """200 TEU. Users: 10 + v / 5 = 30 + (200 - v) / 5, v = 150, 40 h. All: 10 + 0.4 v = 30 + 0.4 (200 - v), v = 125.

    Then L takes 35 h and M 45: 1,250 t x 35 + 750 t x 45 h.
    """
    user = assigned(two_ways(volume_t=2000))
    system = assigned(two_ways(volume_t=2000), principle=Principle.SYSTEM)
    assert on_links(system) == pytest.approx({"L": 1250.0, "M": 750.0}, rel=1e-6)
    assert metric(system, "users_usd") == pytest.approx(1250 * 35 + 750 * 45, rel=1e-6)
    assert metric(user, "users_usd") == pytest.approx(2000 * 40, rel=1e-6)


def test_elastic_demand_meets_its_cost() -> None:
    """In the base year 100 TEU go at 30 h (v = 100 on L, M as dear). 20 USD more on both ways: t = 1000 (c / 30)^-1.

    All on L: c = 30 + v / 5 at v TEU, and v = 100 x 30 / c: c^2 - 30 c - 600 = 0, c = 43.7.
    """
    dataset = two_ways()
    dearer = Scenario(dataset, (Patch.of("toll", ("rate", "*", "fixed_usd", "shift", 200.0)),))
    same = assigned(dataset, response=Response.ELASTIC)
    assert metric(same, "assigned_t") == pytest.approx(1000.0, rel=1e-6)
    assert metric(same, "surplus_usd") == pytest.approx(0.0, abs=1e-2)
    less = assigned(dearer, response=Response.ELASTIC)
    cost = 15.0 + np.sqrt(225.0 + 600.0)
    assert metric(less, "assigned_t") == pytest.approx(30_000 / cost, rel=1e-4)
    assert metric(less, "surplus_usd") == pytest.approx(30_000 * np.log(30.0 / cost), rel=1e-4)
    logit = assigned(dearer, response=Response.LOGIT, response_value=0.1)
    gone = metric(logit, "assigned_t")
    paid = metric(logit, "users_usd") / gone
    assert gone == pytest.approx(2000 / (1 + np.exp(0.1 * (paid - 30.0))), rel=1e-5)


def test_a_dim_choice_tends_to_the_users_equilibrium() -> None:
    """With theta near nothing all take the cheapest, so costs are equal as they are for users who see sharply."""
    sharp = assigned(two_ways(volume_t=2000))
    for scale, near in ((0.01, 0.01), (0.1, 0.1)):
        dim = assigned(two_ways(volume_t=2000), principle=Principle.STOCHASTIC, scale_share=scale, gap_max=1e-7)
        assert dim.status == "solved"
        assert metric(dim, "solver_gap_share") <= 1e-7
        assert on_links(dim) == pytest.approx(on_links(sharp), rel=near)


def test_a_dim_choice_is_a_logit_of_its_own_costs() -> None:
    """Two ways of one length without common arcs but loading: ln(L / M) theta = c_M - c_L, theta 0.1 x 10 USD."""
    dim = assigned(two_ways(volume_t=2000), principle=Principle.STOCHASTIC, scale_share=0.1, gap_max=1e-9)
    flows = on_links(dim)
    cost = {"L": 10 + flows["L"] / 50, "M": 30 + flows["M"] / 50}
    assert np.log(flows["L"] / flows["M"]) == pytest.approx(cost["M"] - cost["L"], rel=1e-5)
    for other in ({"capped": True}, {"response": Response.LOGIT}):
        with pytest.raises(UsageError, match="stochastic"):
            assigned(two_ways(), principle=Principle.STOCHASTIC, **other)


def test_a_capacity_and_delays_together() -> None:
    """L holds 60 TEU at 10 + 60 / 5 h; 40 go by M at 30 + 8 h: those on L wait 16 h in a queue, whatever the start."""
    limited = bpr("L", 50, 10)
    limited["element"][0] |= {"capacity_per_yr": 60, "delay_free_h": 12}
    dataset = pair({"L": (10, 0), "M": (30, 0)}, limited, bpr("M", 50, 10))
    result = assigned(dataset, capped=True)
    assert on_links(result) == pytest.approx({"L": 600.0, "M": 400.0}, rel=1e-6)
    assert element(result)["queue_h"] == pytest.approx(16.0, rel=1e-5)
    assert element(result)["delay_h"] == pytest.approx(12.0, rel=1e-6)


def test_a_start_from_another_run_changes_no_answer() -> None:
    """Paths of twice the demand, scaled: the same volumes and cost in hours."""
    worlds = [Scenario(two_ways(power=4.0, volume_t=v, **TWO)) for v in (900.0, 1800.0)]
    compiled = [compile_network(world) for world in worlds]
    demand = [compile_demand(c, world, vot_bands=1) for c, world in zip(compiled, worlds, strict=True)]
    free = Limits(np.full(2, np.inf), np.zeros(2))
    cold, other = (solve(c.network, d, free, gap_max=1e-11) for c, d in zip(compiled, demand, strict=True))
    warm = solve(compiled[0].network, demand[0], free, gap_max=1e-11, start=other.start)
    assert warm.load == pytest.approx(cold.load, rel=1e-6)
    assert warm.cost == pytest.approx(cold.cost, rel=1e-6)
    assert warm.objective == pytest.approx(cold.objective, rel=1e-10)


def test_what_can_be_told_beside_totals() -> None:
    """Paths carry all, arcs of a path follow each other, elements by class sum to loads, skims know the way back."""
    result = assigned(two_ways(**TWO), effort=True, ways=True, skims=("dear",))
    paths, arcs, flows, skims = (result.tables[name] for name in ("paths", "path_arcs", "element_flows", "skims"))
    assert paths["flow_t"].sum() == pytest.approx(metric(result, "assigned_t"))
    assert (paths["flow_t"] * paths["cost_usd_per_t"]).sum() == pytest.approx(metric(result, "users_usd"))
    for _, part in arcs.groupby("path"):
        assert (part["from_place"].to_numpy()[1:] == part["to_place"].to_numpy()[:-1]).all()
    load = result.tables["elements"].set_index(["element_id", "direction"])["load_per_yr"]
    by_class = flows.groupby(["element_id", "direction"])["load_per_yr"].sum()
    assert by_class.to_numpy() == pytest.approx(load[by_class.index].to_numpy())
    assert sorted(zip(skims["origin"], skims["destination"], strict=True)) == [("P", "Q"), ("Q", "P")]
    dear = paths[paths["commodity_id"] == "dear"]["cost_usd_per_t"].min()
    assert skims.set_index("origin").loc["P", "cost_usd_per_t"] == pytest.approx(dear, rel=1e-6)
    assert result.tables["trace"]["gap_share"].iloc[-1] <= 1e-8
    assert metric(result, "solve_s") > 0.0


def test_nonsense_is_told() -> None:
    """More tonnes than sums can hold, an elasticity of nothing, costs of reference of other pairs."""
    with pytest.raises(UsageError, match="tonnes"):
        assigned(two_ways(volume_t=3e12))
    with pytest.raises(UsageError, match="response_value"):
        assigned(two_ways(), response=Response.ELASTIC, response_value=0.0)
    with pytest.raises(UsageError, match="reference"):
        assigned(two_ways(), response=Response.ELASTIC, reference=np.ones(7))


def test_arcs_for_elements_and_lists_of_loads_say_the_same() -> None:
    """Where every element has one arc, loaded alike by all, paths need no lists of loads; with them nothing changes."""
    ways = [bpr(way, 50, 10, power=4.0) for way in "LM"]
    for way in ways:
        way["element"][0]["per_direction"] = True
    scenario = Scenario(pair({"L": (10, 0), "M": (30, 0)}, *ways))
    network = compile_network(scenario)
    demand = compile_demand(network, scenario, vot_bands=1)
    pricing = Pricing(network.network, demand, 1.0 / demand.classes.vot, 0.0)
    case = delayed._case(network.network, demand, Limits(np.full(4, np.inf), np.zeros(4)), pricing)
    from koridor.kernels.flows.engine import Settings
    from koridor.kernels.flows.engine import solve as settle

    assert case.own
    short, of = delayed._problem(case, None)
    long, none = delayed._problem(replace(case, own=False), None)
    assert short.loads is None
    assert of is not None
    assert long.loads is not None
    assert none is None
    lists = settle(long, Settings(1e-12), principle=Whose.USER)
    arcs = settle(short, Settings(1e-12), principle=Whose.USER)
    assert arcs.objective == pytest.approx(lists.objective, rel=1e-12)
    assert arcs.best == pytest.approx(lists.best, rel=1e-9)


def test_a_delay_of_power_0_is_the_same_at_any_volume() -> None:
    """10 h of L and 0.5 of them more by power 0, whoever uses it: 15 h, against 14 or 16 of M."""
    for hours, way in ((14, "M"), (16, "L")):
        dataset = pair({"L": (10, 0), "M": (hours, 0)}, bpr("L", 50, 10, 0.5, 0.0))
        assert on_links(assigned(dataset))[way] == pytest.approx(1000.0)


@pytest.mark.parametrize(
    ("response", "value", "lost"), [("logit", 0.5, 2.0 * 100 * np.log(2.0) / 0.5), ("elastic", 2.0, 100 * 20.0)]
)
def test_losing_the_last_way_loses_all_that_demand_was_worth(response: str, value: float, lost: float) -> None:
    """100 t at 20 USD, and then no way: the logit's 2 t0 ln 2 / value; of the elasticity 2 the integral of
    t0 (20 / c)^2 from 20 on, t0 x 20.
    """
    scenario = Scenario(two_ways(**TWO))
    one = compile_demand(compile_network(scenario), scenario, vot_bands=1).part(np.array([0]))
    one = replace(one, tonnes=np.array([100.0]), twin=np.array([-1]))
    elastic = Elastic(Response(response), value, np.array([20.0]))
    assert surplus_usd(elastic, one, np.array([np.inf])) == pytest.approx([-lost])


def shared(preload_teu: float, **more: float):  # type: ignore[no-untyped-def]
    """L: 10 h + 10 h v / 50 of v TEU, with a preload; M: 30 h. 100 TEU of ours, at 1 USD an hour."""
    way = bpr("L", 50, 10)
    way["element"][0] |= {"preload_per_yr": preload_teu, **more}
    return pair({"L": (10, 0), "M": (30, 0)}, way)


def test_others_of_the_base_year_are_what_delays_leave_of_the_preload() -> None:
    """80 TEU passed L in all: at 10 + 16 h all of our 100 TEU want it, not 80. So ours are 100 = v at 30 h, M's too,
    and of others there are none. 120 TEU in all: at 34 h ours go by M, and the 120 are of others.
    """
    for preload, other, own in ((80.0, 0.0, 1000.0), (120.0, 120.0, 0.0)):
        found = assigned(shared(preload))
        assert element(found)["background_per_yr"] == pytest.approx(other)
        assert on_links(found)["L"] == pytest.approx(own, rel=1e-6)


def test_elastic_demand_starts_from_costs_with_others_on_the_way() -> None:
    """60 TEU of others of 160 on L alone: 10 + 32 h = 42 USD in the base year, at which all 1,000 t go, and the
    surplus is 0. Twice the others: c = 10 + (120 + v) / 5, v = 100 x 42 / c: c^2 - 34 c - 840 = 0, c = 50.6.
    """
    way = bpr("L", 50, 10)
    way["element"][0]["preload_per_yr"] = 160
    dataset = pair({"L": (10, 0)}, way)
    same = assigned(dataset, response=Response.ELASTIC)
    assert metric(same, "users_usd") == pytest.approx(42_000, rel=1e-6)
    assert metric(same, "assigned_t") == pytest.approx(1000, rel=1e-6)
    assert metric(same, "surplus_usd") == pytest.approx(0.0, abs=1e-2)
    more = Scenario(dataset, (Patch.of("more", ("element", "on L", "preload_per_yr", "shift", 60.0)),))
    found, cost = assigned(more, response=Response.ELASTIC), 17.0 + np.sqrt(289.0 + 840.0)
    assert element(found)["background_per_yr"] == pytest.approx(120.0, rel=1e-6)
    assert metric(found, "assigned_t") == pytest.approx(42_000 / cost, rel=1e-5)


def test_an_edit_of_a_preload_moves_the_others_under_capacities() -> None:
    """L holds 300 TEU, 200 passed it, 100 of them ours. With 350 in all, 250 are of others: 50 are left for ours."""
    dataset = pair({"L": (10, 0), "M": (30, 0)}, limit("L", 300, preload_per_yr=200))
    more = Scenario(dataset, (Patch.of("more", ("element", "on L", "preload_per_yr", "set", 350)),))
    assert on_links(assigned(dataset, capped=True)) == pytest.approx({"L": 1000.0, "M": 0.0})
    assert on_links(assigned(more, capped=True)) == pytest.approx({"L": 500.0, "M": 500.0})


def test_an_element_with_a_delay_that_is_closed_all_year_is_no_way() -> None:
    """L is shut from January to December: its delay would have no end, so all take M, whoever chooses and how."""
    shut = {"link_period": [{"link_id": "L", "month": month, "open_share": 0} for month in range(1, 13)]}
    never = {"element_period": [{"element_id": "on L", "month": month, "open_share": 0} for month in range(1, 13)]}
    for closing in (shut, never):
        dataset = pair({"L": (10, 0), "M": (30, 0)}, bpr("L", 50, 10), closing)
        for params in ({}, {"capped": True}, {"principle": Principle.SYSTEM}, {"principle": Principle.STOCHASTIC}):
            assert on_links(assigned(dataset, **params)) == pytest.approx({"L": 0.0, "M": 1000.0})
    plain = pair({"L": (10, 0), "M": (30, 0)}, limit("L", 50), never)
    assert on_links(assigned(plain)) == pytest.approx({"L": 0.0, "M": 1000.0})
