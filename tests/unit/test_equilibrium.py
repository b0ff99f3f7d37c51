"""Equilibria between two places by hand: delay that grows with volume, capacities, queues, prices, what stays
behind.
"""

from __future__ import annotations

import numpy as np
import pytest

from builders import assigned, limit, metric, pair, pair_rows
from koridor.errors import UsageError
from koridor.model.scenario import Scenario
from koridor.studies import assign
from koridor.studies.equilibrium.master import Rationing
from koridor.testing import dataset_of

QUICK, SLOW = (10.0, 0.0), (10.0, 40.0)  # 10 and 50 USD a tonne at 1 USD an hour


def on_links(result: assign.Result) -> dict[str, float]:
    flows = result.tables["link_flows"].set_index("link_id")
    return (flows["forward_t"] + flows["backward_t"]).to_dict()


def element(result: assign.Result, name: str = "on L") -> dict[str, float]:
    (row,) = result.tables["elements"].query(f"element_id == '{name}'").to_dict("records")
    return row


def bpr(way: str, capacity_teu: float, free_h: float, alpha: float = 1.0, power: float = 1.0) -> dict[str, list]:
    return limit(
        way, capacity_teu, delay="bpr", delay_free_h=free_h, delay_alpha=alpha, delay_power=power, preload_per_yr=0
    )


def test_two_ways_with_delay_cost_the_same() -> None:
    """L: 10 h + v / 50 x 10 h of v TEU; M: 30 h + v / 50 x 10. 100 TEU: 10 + v/5 = 30 + (100 - v)/5, so v = 100.

    With 200 TEU v = 150 and 50: both cost 40 USD a tonne.
    """
    for tonnes, teu, cost in ((1000.0, 100.0, 30.0), (2000.0, 150.0, 40.0)):
        dataset = pair({"L": (10, 0), "M": (30, 0)}, bpr("L", 50, 10), bpr("M", 50, 10), volume_t=tonnes)
        result = assigned(dataset)
        assert on_links(result) == pytest.approx({"L": teu * 10, "M": tonnes - teu * 10}, rel=1e-4, abs=1e-2)
        assert metric(result, "users_usd") == pytest.approx(tonnes * cost, rel=1e-5)
        assert metric(result, "gap_share") < 1e-5
        assert result.status == "solved"


def test_delay_of_fourth_power() -> None:
    """L: 10 h + 10 h x 0.15 (v / 100)^4; M: 11.5 h. They are equal at v = 100 TEU: 1,000 of 3,000 t, at 11.5 h."""
    dataset = pair({"L": (10, 0), "M": (11.5, 0)}, bpr("L", 100, 10, 0.15, 4), volume_t=3000)
    result = assigned(dataset)
    assert on_links(result)["L"] == pytest.approx(1000, rel=1e-3)
    assert metric(result, "users_usd") == pytest.approx(3000 * 11.5, rel=1e-5)
    assert element(result)["delay_h"] == pytest.approx(1.5, rel=1e-3)
    assert metric(result, "rents_usd") == 0.0


def test_delay_parts_classes_by_value_of_time() -> None:
    """L is quick but delays, M dear but slow to nobody: those with dear time pay for M, the others wait on L.

    M costs 20 USD more and takes 10 h, L 10 h + v / 100 x 20 h. Goods at 4 USD/h leave while v / 100 x 80 > 20,
    goods at 1 USD/h only above 20 h: of 100 + 100 TEU all the slow stay, at 20 h, and no quick ones.
    """
    dataset = pair({"L": (10, 0), "M": (10, 20)}, bpr("L", 100, 20), goods={"dear": 4.0, "slow": 1.0})
    result = assigned(dataset)
    assert on_links(result) == pytest.approx({"L": 1000, "M": 1000}, rel=1e-3)
    assert metric(result, "users_usd") == pytest.approx(1000 * (20 + 40) + 1000 * 30, rel=1e-3)


def test_delay_by_other_traffic_too() -> None:
    """200 TEU of others (preload less the base year's own 100) and 100 of ours: 300 / 100 x 10 h = 30 h on top of 10.

    Others are on the way whether capacities are held or not.
    """
    part = bpr("L", 100, 10)
    part["element"][0] |= {"preload_per_yr": 300, "capacity_per_yr": 1000, "delay_free_h": 100}
    dataset = pair({"L": QUICK}, part)
    assert metric(assigned(dataset, capped=True), "users_usd") == pytest.approx(1000 * (10 + 30), rel=1e-6)
    assert metric(assigned(dataset), "users_usd") == pytest.approx(1000 * (10 + 30), rel=1e-6)


def test_capacity_sends_the_rest_around() -> None:
    """100 TEU want L, which holds 60: 400 t go by M, 40 USD dearer, and a queue of 40 h makes both alike."""
    result = assigned(pair({"L": QUICK, "M": SLOW}, limit("L", 60)), capped=True)
    assert on_links(result) == pytest.approx({"L": 600, "M": 400})
    assert element(result)["queue_h"] == pytest.approx(40.0)
    assert element(result)["rent_usd"] == pytest.approx(600 * 40)
    assert metric(result, "users_usd") == pytest.approx(1000 * 50)
    assert metric(result, "used_usd") == pytest.approx(600 * 10 + 400 * 50)
    assert metric(result, "gap_usd") == pytest.approx(0.0, abs=1e-3)


def test_capacity_holds_only_where_it_is_asked_for() -> None:
    """Uncapped, all 100 TEU take L."""
    result = assigned(pair({"L": QUICK, "M": SLOW}, limit("L", 60)))
    assert on_links(result) == {"L": 1000.0, "M": 0.0}
    assert element(result)["rent_usd"] == 0.0


def test_a_queue_lets_those_leave_whose_time_is_dear_and_a_price_the_others() -> None:
    """L: 10 h, 10 USD; M: 40 h, 20 USD; each of two goods 100 TEU, L holds 100.

    Slow goods (1 USD/h) lose 40 USD by M, 40 h of theirs; dear ones (4 USD/h) 130 USD, 32.5 h of theirs. In a queue
    the dear
    ones leave at 32.5 h, and the slow pay 32.5 USD a tonne. At a price the slow leave at 40 USD a tonne, 400 a TEU.
    """
    dataset = pair({"L": (10, 10), "M": (40, 20)}, limit("L", 100), goods={"dear": 4.0, "slow": 1.0})
    queue = assigned(dataset, capped=True)
    assert element(queue)["queue_h"] == pytest.approx(32.5)
    assert element(queue)["rent_usd"] == pytest.approx(1000 * 32.5)
    assert metric(queue, "used_usd") == pytest.approx(1000 * (10 + 10) + 1000 * (20 + 160))
    price = assigned(dataset, capped=True, rationing=Rationing.PRICE)
    assert element(price)["rent_usd"] == pytest.approx(1000 * 40)
    assert metric(price, "used_usd") == pytest.approx(1000 * (10 + 40) + 1000 * (20 + 40))
    for result in (queue, price):
        assert on_links(result) == pytest.approx({"L": 1000, "M": 1000})
        assert metric(result, "gap_usd") == pytest.approx(0.0, abs=1e-3)


def test_what_nobody_can_carry_stays_with_its_loss() -> None:
    """One way for 60 of 100 TEU: 400 t stay and lose 500 USD a tonne; the queue rises to that, 490 h."""
    result = assigned(pair({"L": QUICK}, limit("L", 60)), capped=True)
    assert metric(result, "unserved_t") == pytest.approx(400)
    assert metric(result, "used_usd") == pytest.approx(600 * 10 + 400 * 500)
    assert metric(result, "users_usd") == pytest.approx(1000 * 500)
    assert element(result)["queue_h"] == pytest.approx(490)
    assert result.status == "solved"


def test_a_way_dearer_than_staying_is_not_taken() -> None:
    """600 USD a tonne against a loss of 500: all stay, though there is a way."""
    result = assigned(pair({"L": (10, 590)}))
    assert metric(result, "unserved_t") == 1000
    assert metric(result, "assigned_t") == 0.0
    assert metric(result, "used_usd") == 1000 * 500
    assert metric(result, "gap_usd") == 0.0


@pytest.mark.parametrize("is_capped", [False, True])
def test_no_way_at_all_is_an_outcome(is_capped: bool) -> None:
    """The only link is closed: everything stays, the study ends as solved."""
    rows = pair_rows({"L": QUICK})
    rows["link"][0]["status"] = "closed"
    result = assigned(dataset_of({**rows, **limit("L", 60)}), capped=is_capped)
    assert metric(result, "unserved_t") == 1000
    assert metric(result, "used_usd") == 1000 * 500
    assert result.status == "solved"


def test_goods_of_a_place_without_any_way_stay() -> None:
    """R is a place that no link reaches: what it sends and gets stays, and nobody else's way is taken for it."""
    rows = pair_rows({"L": QUICK})
    rows["place"].append({"place_id": "R", "country_id": "QQ", "lon_deg": 5, "lat_deg": 5})
    rows["region"].append({"region_id": "R"})
    rows["region_share"].append(rows["region_share"][0] | {"region_id": "R", "place_id": "R"})
    rows["flow"] += [rows["flow"][0] | {"origin": a, "destination": b} for a, b in ("PR", "RQ")]
    for is_capped in (False, True):
        result = assigned(dataset_of({**rows, **limit("L", 60)}), capped=is_capped)
        assert metric(result, "unserved_t") == pytest.approx(2400 if is_capped else 2000)
        assert on_links(result) == pytest.approx({"L": 600 if is_capped else 1000})


def test_no_room_at_all() -> None:
    """A capacity of nothing closes the way: everything goes around, and the queue is what going around costs more."""
    result = assigned(pair({"L": QUICK, "M": SLOW}, limit("L", 0)), capped=True)
    assert on_links(result) == pytest.approx({"L": 0, "M": 1000})
    assert metric(result, "used_usd") == pytest.approx(1000 * 50)
    assert metric(result, "rents_usd") == pytest.approx(0.0, abs=1e-6)


def test_others_may_fill_it_all() -> None:
    """500 of 400 TEU are others' (no room left, and not less than none): as with no capacity at all."""
    dataset = pair({"L": QUICK, "M": SLOW}, limit("L", 400, preload_per_yr=600))
    assert on_links(assigned(dataset, capped=True)) == pytest.approx({"L": 0, "M": 1000})


@pytest.mark.parametrize("is_capped", [False, True])
def test_empty_demand(is_capped: bool) -> None:
    """No tonne to carry (all captive): totals are nothing, tables are there."""
    rows = pair_rows({"L": QUICK})
    rows["flow"][0]["part"] = "captive"
    result = assigned(dataset_of({**rows, **limit("L", 60)}), capped=is_capped)
    assert metric(result, "used_usd") == 0.0
    assert metric(result, "assigned_t") == 0.0
    assert len(result.tables["pairs"]) == 0
    assert on_links(result) == {"L": 0.0}


def twins(box_usd: float, bulk_usd: float, **more: float) -> dict[str, list]:
    """One way with a price for boxes and one for loose goods (USD a tonne), and goods of which 30 % are in boxes
    today.
    """
    rows = pair_rows({"L": (10, 0)})
    rows["rate"] = [
        {"rate_id": form, "mode": "road", "form": form, "fixed_usd": usd}
        for form, usd in (("box", box_usd * 10), ("bulk", bulk_usd))
    ]
    rows["flow"][0] |= {"box_share": 0.3, "box_able_share": 0.8, **more}
    return rows


def test_goods_that_can_be_boxed_take_the_better_form() -> None:
    """300 t are boxed whatever it costs, 200 t cannot be; the 500 t between go boxed where that is cheaper, else
    loose.
    """
    for box, bulk, teu in ((5.0, 20.0, 80.0), (20.0, 5.0, 30.0)):
        result = assigned(dataset_of(twins(box, bulk)))
        flows = result.tables["link_flows"].iloc[0]
        assert flows["forward_teu"] == pytest.approx(teu)
        assert flows["forward_t"] == pytest.approx(1000)
        assert metric(result, "users_usd") == pytest.approx(10 * 1000 + teu * 10 * box + (1000 - teu * 10) * bulk)
        assert metric(result, "unserved_t") == 0.0


def test_a_tie_of_forms_counts_every_tonne_once() -> None:
    """At one price for both forms the tonnes are still 1,000."""
    result = assigned(dataset_of(twins(5.0, 5.0)))
    assert metric(result, "assigned_t") == pytest.approx(1000)
    assert metric(result, "users_usd") == pytest.approx(15 * 1000)


def test_twins_under_a_capacity_change_their_form() -> None:
    """Boxes cost 5 USD, loose goods 20; the way holds 50 TEU of boxes and any loose goods.

    30 TEU must be boxed, so 200 t of the 500 t that could be go boxed: the queue is worth 15 USD a tonne to all boxes.
    """
    rows = {**twins(5.0, 20.0), **limit("L", 50)}
    rows["element_load"][0]["per_t"] = 0.0
    result = assigned(dataset_of(rows), capped=True)
    assert result.tables["link_flows"].iloc[0]["forward_teu"] == pytest.approx(50)
    assert element(result)["queue_h"] == pytest.approx(15)
    assert metric(result, "used_usd") == pytest.approx(10_000 + 500 * 5 + 500 * 20)
    assert metric(result, "assigned_t") == pytest.approx(1000)
    assert metric(result, "gap_usd") == pytest.approx(0.0, abs=1e-3)


def test_twins_that_stay_lose_once() -> None:
    """A closed way: 1,000 t stay, not 1,500."""
    rows = twins(5.0, 20.0)
    rows["link"][0]["status"] = "closed"
    for is_capped in (False, True):
        assert metric(assigned(dataset_of({**rows, **limit("L", 1)}), capped=is_capped), "unserved_t") == 1000


def test_twins_under_a_capacity_that_lose_once() -> None:
    """One way, room for 20 TEU (loose goods too): 800 t stay, each counted once, at 500 USD."""
    result = assigned(dataset_of({**twins(5.0, 20.0), **limit("L", 20)}), capped=True)
    assert metric(result, "unserved_t") == pytest.approx(800)
    assert metric(result, "assigned_t") == pytest.approx(200)
    assert metric(result, "gap_usd") == pytest.approx(0.0, abs=1e-2)


def test_price_rationing_refuses_delay() -> None:
    """With hours that grow with volume a price alone is no equilibrium: the user is told to queue."""
    with pytest.raises(UsageError, match="queue"):
        assigned(pair({"L": QUICK}, bpr("L", 50, 10)), rationing=Rationing.PRICE)


def test_goods_without_a_value_of_time() -> None:
    """Time is worth nothing: the cheaper way in money; under a queue that cannot move them the error says so."""
    dataset = pair({"L": (10, 5), "M": (30, 1)}, limit("M", 40), goods={"sand": 0.0})
    assert on_links(assigned(dataset)) == {"L": 0.0, "M": 1000.0}
    price = assigned(dataset, capped=True, rationing=Rationing.PRICE)
    assert on_links(price) == pytest.approx({"L": 600, "M": 400})
    with pytest.raises(UsageError, match="value of time"):
        assigned(dataset, capped=True)


def test_bands_of_value_of_time_part_the_goods() -> None:
    """Three equally likely bands: at low 0.25, median 1, high 4 USD/h the third with dear time pays 20 USD for 15 h
    less.
    """
    rows = pair_rows({"L": (30, 0), "M": (15, 20)})
    rows["commodity"][0] |= {"vot_low_usd_per_t_h": 0.25, "vot_high_usd_per_t_h": 4.0}
    result = assigned(dataset_of(rows), vot_bands=3)
    assert on_links(result) == pytest.approx({"L": 2000 / 3, "M": 1000 / 3})


def test_per_direction_capacities_are_apart() -> None:
    """60 TEU each way hold 60 of 100 there and all 40 back; together 60 hold 60 of 140 in all."""
    rows = pair_rows({"L": QUICK, "M": SLOW})
    rows["flow"].append(rows["flow"][0] | {"origin": "Q", "destination": "P", "volume_t": 400})
    for each_way, tonnes in ((True, 1000.0), (False, 600.0)):
        limited = limit("L", 60, per_direction=each_way)
        result = assigned(dataset_of({**rows, **limited}), capped=True)
        assert on_links(result)["L"] == pytest.approx(tonnes)


def test_two_capacities_on_one_way_only_the_narrower_is_scarce() -> None:
    """80 and 60 TEU on the same link: 60 pass, and the wider has no queue (complementary slackness)."""
    wide = limit("L", 80)
    wide["element"][0]["element_id"] = wide["element_load"][0]["element_id"] = "wide"
    result = assigned(pair({"L": QUICK, "M": SLOW}, limit("L", 60), wide), capped=True)
    assert on_links(result)["L"] == pytest.approx(600)
    assert element(result)["queue_h"] == pytest.approx(40)
    assert element(result, "wide")["queue_h"] == pytest.approx(0.0, abs=1e-9)


def test_carbon_price_moves_the_choice() -> None:
    """L emits 100 kg a tonne more: from 0.4 USD a kg on, M is the better way though 40 USD dearer."""
    rows = pair_rows({"L": QUICK, "M": SLOW})
    rows["link"][1] |= {"length_km": 1.0, "speed_kmh": 1.0}  # hardly any emission, 1 h
    rows["emission_factor"] = [{"factor_id": "road", "activity": "road", "distance_g_per_t_km": 100}]
    for price, way in ((200.0, "L"), (400.0, "M")):
        assert on_links(assigned(dataset_of(rows), carbon_usd_per_t=price))[way] == 1000.0


def test_limit_of_rounds_is_told() -> None:
    """No rounds at all after one pass leave two delayed ways unequal: the outcome says so, with its gap.

    Three goods on L and M with delays of the fourth power; one pass over the sources puts each where it is cheapest.
    """
    from koridor.kernels.flows.engine import Settings
    from koridor.model.compile import compile_demand, compile_network
    from koridor.studies.equilibrium import delayed
    from koridor.studies.equilibrium.master import Limits, Principle
    from koridor.studies.equilibrium.pricing import Pricing

    goods = {"dear": 3.0, "mean": 2.0, "slow": 1.0}
    ways = bpr("L", 50, 10, power=4.0), bpr("M", 50, 10, power=4.0)
    scenario = Scenario(pair({"L": (10, 0), "M": (12, 3)}, *ways, goods=goods))
    compiled = compile_network(scenario)
    demand = compile_demand(compiled, scenario, vot_bands=1)
    limits = Limits(np.full(2, np.inf), np.zeros(2))
    pricing = Pricing(compiled.network, demand, 1.0 / demand.classes.vot, 0.0)
    found = {
        rounds: delayed.equilibrium(
            compiled.network, demand, limits, pricing, settings=Settings(1e-12, rounds_max=rounds, passes_max=1),
            principle=Principle.USER, elastic=None, start=None,
        )
        for rounds in (0, 50)
    }  # fmt: skip
    assert not found[0].converged
    assert found[0].gap_usd > 1.0
    assert found[50].converged
    assert found[50].gap_usd == pytest.approx(0.0, abs=1e-6)
