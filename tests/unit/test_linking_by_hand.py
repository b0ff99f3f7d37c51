"""The value of linking on five places, by hand; the costs of every way stand at the top of `worlds`."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import worlds
from koridor.experiments import linking
from koridor.model.compile import compile_network
from koridor.model.network import Act
from koridor.model.patch import Patch
from koridor.model.scenario import Scenario
from koridor.result import Result
from koridor.studies import assign, linkage

ALL = tuple(linkage.CASES)
DOLLAR = pytest.approx  # of USD a year: relative 1e-6


def answer(dataset, **changes) -> Result:
    return linking.run(Scenario(dataset), linking.Params(vot_bands=1, **changes), processes=1)


def headline(result: Result) -> pd.Series:
    return result.tables["headline"].set_index("metric")["value"]


def case(result: Result, name: str, *, capped: bool = False) -> pd.Series:
    frame = result.tables["cases"]
    return frame[(frame["case"] == name) & (frame["capped"] == capped)].iloc[0]


def linkage_metrics(dataset, **changes) -> pd.Series:
    result = linkage.run(Scenario(dataset), linkage.Params(("A",), ("B",), cases=ALL, vot_bands=1, **changes))
    return result.metrics.set_index("metric")["value"]


@pytest.fixture(scope="module")
def complements() -> Result:
    """The whole answer on the five places."""
    return answer(worlds.five())


def test_value_of_every_case(complements: Result) -> None:
    """Flows P-Z, P-Q, Y-Z of 1000 t. None: 3 x 90. A: P-Q falls to 76, P-Z to 86: 18,000; B as much. Both: 14 + 14 + 8
    = 36,000. Linked: P-Z falls from 82 to 79, 3,000 more. Free handing over: to 76, 6,000 more than unlinked.
    """
    found = {name: float(case(complements, name)["resource_usd"]) for name in ALL}
    assert found == DOLLAR({"none": 270e3, "a": 252e3, "b": 252e3, "unlinked": 234e3, "linked": 231e3, "bound": 228e3})
    line = headline(complements)
    assert line["value_of_linking_usd"] == DOLLAR(3e3)
    assert line["value_a_usd"] == line["value_b_usd"] == DOLLAR(18e3)
    assert line["value_unlinked_usd"] == DOLLAR(36e3)
    assert line["value_linked_usd"] == DOLLAR(39e3)
    assert line["upper_bound_usd"] == DOLLAR(6e3)


def test_complements_are_worth_more_together(complements: Result) -> None:
    """V(linked) - V(A) - V(B) = 39,000 - 18,000 - 18,000 = 3,000; going without A costs V(linked) - V(B) = 21,000."""
    line = headline(complements)
    assert line["complementarity_usd"] == DOLLAR(3e3)
    assert line["regret_without_a_usd"] == line["regret_without_b_usd"] == DOLLAR(21e3)


def test_linked_traffic_and_its_share(complements: Result) -> None:
    """P-Z alone hands over: 100 TEU. Over A's gate P-X pass P-Z and P-Q, 200 TEU, over B's gate X-Z as many: half of
    each set's traffic is linked. Without linking nobody hands over, for 101 is dearer than 82.
    """
    line = headline(complements)
    assert line["linked_teu"] == DOLLAR(100.0)
    assert line["linked_t"] == DOLLAR(1000.0)
    assert line["linked_share_of_a"] == line["linked_share_of_b"] == DOLLAR(0.5)
    assert case(complements, "unlinked")["linked_teu"] == 0.0


def test_a_dollar_less_is_worth_the_linked_teu(complements: Result) -> None:
    """Envelope theorem: while nobody changes the way (up to 30 USD or 3 h), a dollar is worth 100 TEU x 1 USD and an
    hour 1000 t x 1 USD.
    """
    row = complements.tables["groups"].set_index("interchange_group").loc["X"]
    assert row["dollar_usd"] == DOLLAR(100.0)
    assert row["dollar_check"] == row["linked_teu"] == DOLLAR(100.0)
    assert row["hour_usd"] == DOLLAR(1000.0)
    assert row["alone_usd"] == row["left_out_usd"] == DOLLAR(3e3)


def test_splits_of_every_dimension_sum_to_the_value(complements: Result) -> None:
    """A split parts the same 3,000 USD and 100 TEU anew; by component: money unchanged on the way, 1,000 USD more for
    handing over, 4 h x 1000 t less time (leave 2 and join 4 against 2).
    """
    split = complements.tables["split"]
    wanted = {"component", "group", "commodity", "direction", "pair", "country", "region", "form"}
    assert set(split["dimension"]) == wanted
    for dimension, part in split.groupby("dimension"):
        assert part["value_usd"].sum() == DOLLAR(3e3), dimension
        if dimension != "component":
            assert part["linked_teu"].sum() == DOLLAR(100.0), dimension
    component = split[split["dimension"] == "component"].set_index("key")["value_usd"]
    assert component["documents"] == DOLLAR(-1e3)
    assert component["time"] == DOLLAR(4e3)
    assert component["money"] == pytest.approx(0.0, abs=1e-6)


def test_countries_sum_to_the_value(complements: Result) -> None:
    """All prices are resources here, so that only users gain: half of 3,000 at each end, PP and ZZ."""
    frame = complements.tables["countries"].set_index("country_id")
    assert frame["total_usd"].sum() == DOLLAR(3e3)
    assert frame.loc["PP", "users_usd"] == frame.loc["ZZ", "users_usd"] == DOLLAR(1.5e3)
    assert frame.loc["XX", "revenue_usd"] == DOLLAR(1e3)  # 100 TEU handed over at X for 10 USD


def test_a_transit_country_earns_when_linking_draws_traffic() -> None:
    """By road at 0.4 USD P-Z costs 50 + 30 = 80, less than 82 unlinked and more than 79 linked. Linking draws 100 TEU
    off the road: XX earns half of each rail link, 75 + 75, and 10 for handing over, 16,000 USD in all; PP and ZZ each
    lose half of the road, 200, and get 75: -12,500. Users save 1 USD a tonne.
    """
    result = answer(worlds.five(road_usd_per_km=0.4))
    frame = result.tables["countries"].set_index("country_id")
    assert headline(result)["value_of_linking_usd"] == DOLLAR(1e3)
    assert frame.loc["XX", "revenue_usd"] == DOLLAR(16e3)
    assert frame.loc["PP", "revenue_usd"] == frame.loc["ZZ", "revenue_usd"] == DOLLAR(-12.5e3)


def test_a_transit_country_keeps_the_margin_on_what_it_earns() -> None:
    """With 0.6 of every price resources, the margin is 0.4 of the revenue: XX's carriers get 15,000 x 0.4 and its
    terminal 1,000 x 0.4. Resources saved: 0.6 x 9,000 USD and -8 h x 1000 t = -2,600; so linking costs the world,
    for users save 1,000 and all who are paid lose 3,600.
    """
    result = answer(worlds.five(road_usd_per_km=0.4, resource_share=0.6))
    frame = result.tables["countries"].set_index("country_id")
    assert frame.loc["XX", "carriers_usd"] == DOLLAR(6e3)
    assert frame.loc["XX", "terminals_usd"] == DOLLAR(400.0)
    assert frame["users_usd"].sum() == DOLLAR(1e3)
    assert frame["carriers_usd"].sum() + frame["terminals_usd"].sum() == DOLLAR(-3.6e3)
    assert headline(result)["value_of_linking_usd"] == DOLLAR(-2.6e3)
    assert frame["total_usd"].sum() == DOLLAR(-2.6e3)


@pytest.mark.parametrize(("terms", "linked_teu"), [((20.0, 50.0), 0.0), ((2.0, 10.0), 100.0)])
def test_joining_at_the_terms_of_two_operators_is_worth_nothing(terms: tuple[float, float], linked_teu: float) -> None:
    """The two cases are then one problem, whether nobody hands over (101 against 82) or everybody does (79)."""
    metric = linkage_metrics(worlds.five(separate=terms, joined=terms))
    assert metric["value_of_linking_usd"] == pytest.approx(0.0, abs=1e-6)
    assert metric["linked_teu.linked"] == metric["linked_teu.unlinked"] == DOLLAR(linked_teu)


def test_a_lower_tariff_alone_is_a_transfer() -> None:
    """In the corridors everything is as outside (speed 0.5, no wait) but the tariff, 0.8 of it. A alone: P-Q pays
    0.2 x 30 = 6 USD a tonne less, P-Z 3: users gain 9,000, carriers lose 9,000, and no resource is saved.
    """
    terms = {"tariff": 0.8, "corridor_speed": 0.5, "join_h": 0.0, "leave_h": 0.0}
    metric = linkage_metrics(worlds.five(**terms), detail=True)
    assert metric["value_usd.a"] == pytest.approx(0.0, abs=1e-6)
    assert metric["users_usd.none"] - metric["users_usd.a"] == DOLLAR(9e3)
    assert metric["carriers_usd.none"] - metric["carriers_usd.a"] == DOLLAR(9e3)


def test_substitutes_have_negative_complementarity() -> None:
    """Two corridors over the same links on the same terms: each alone saves P-Q 14 USD a tonne, both no more than one.
    14,000 - 14,000 - 14,000 = -14,000.
    """
    same = {"links": {"A": ("P-X", "X-Q"), "B": ("P-X", "X-Q")}, "gates": ("P-X", "P-X")}
    line = headline(answer(worlds.five(**same, flows=(("P", "Q"),))))
    assert line["value_a_usd"] == line["value_b_usd"] == line["value_linked_usd"] == DOLLAR(14e3)
    assert line["complementarity_usd"] == DOLLAR(-14e3)


def test_who_does_not_pass_the_gate_has_no_regime() -> None:
    """With A's gate on X-Q, P-Z leaves A's way before it: B alone helps, 86, linked or not. P-Q passes it: 76."""
    metric = linkage_metrics(worlds.five(gates=("X-Q", "X-Z")))
    assert metric["used_usd.a"] == DOLLAR(76e3 + 90e3 + 90e3)
    assert metric["used_usd.unlinked"] == metric["used_usd.linked"] == DOLLAR(76e3 + 76e3 + 86e3)
    assert metric["linked_teu.bound"] == 0.0


def test_from_regime_to_regime_only_by_an_interchange_in_force() -> None:
    """An arc between two regimes is an interchange, open only if its state is not off and both corridors are in force:
    off, P-Z must leave and join anew, 82 even where joined terms would make it 79.
    """
    dataset = worlds.five()
    off = Patch.of("off", ("interchange", "X", "state", "set", "off"))
    for patches, is_open in (((worlds.ON, worlds.JOIN), True), ((worlds.ON, off), False), ((worlds.JOIN,), False)):
        network = compile_network(Scenario(dataset, patches)).network
        tail, head = network.corridor[network.arcs.tail], network.corridor[network.arcs.head]
        across = (tail >= 0) & (head >= 0) & (tail != head)
        assert across.any()
        assert (network.arcs.act[across] == Act.INTERCHANGE).all()
        assert (network.arcs.open[:, across] == is_open).all()
    result = assign.run(Scenario(dataset, (worlds.ON, off)), assign.Params(sets=worlds.SETS, vot_bands=1))
    assert result.metrics.set_index("metric")["value"]["used_usd"] == DOLLAR(234e3)


def test_only_the_rows_direction_where_handing_over_is_one_way() -> None:
    """The row leads from A to B. One way, P-Z is linked; turned round, Z-P is not: 82 each way unlinked."""
    turned = worlds.rows(flows=(("Z", "P"),))
    turned["interchange"][0]["two_way"] = False
    metric = linkage_metrics(worlds.of(turned))
    assert metric["linked_teu.linked"] == 0.0
    assert metric["used_usd.linked"] == DOLLAR(82e3)


def test_every_table_of_the_answer_is_there(complements: Result) -> None:
    """What reports and programs read: all tables, with nothing missing in the headline but ranges that nobody asked."""
    assert set(complements.tables) == {
        "headline", "cases", "countries", "split", "groups", "curve", "disruptions", "tornado", "stochastic",
        "years", "linked_flows", "screenlines", "binding", "link_flows", "ways", "evidence", "balance", "excluded",
    }  # fmt: skip
    assert complements.status == "solved"
    assert complements.tables["headline"]["value"].notna().all()


def test_the_curve_falls_and_ends_where_nobody_hands_over(complements: Result) -> None:
    """Free at 0 h and 0 USD it is worth 6,000; every hour takes 1,000 and every USD a TEU 100, down to nothing."""
    curve = complements.tables["curve"]
    by_hand = np.maximum(6e3 - 1000.0 * curve["joined_h"] - 100.0 * curve["joined_usd_per_teu"], 0.0)
    assert curve["value_usd"].to_numpy() == pytest.approx(by_hand.to_numpy(), abs=1e-3)


def test_the_linked_flow_names_its_ways_and_saving(complements: Result) -> None:
    """One flow is linked, P to Z, 100 TEU, saving 3 USD a tonne, 30 a TEU."""
    flows = complements.tables["linked_flows"]
    assert flows[["origin", "destination"]].to_numpy().tolist() == [["P", "Z"]]
    assert flows["teu"].tolist() == DOLLAR([100.0])
    assert flows["saving_usd_per_teu"].tolist() == DOLLAR([30.0])


def test_all_traffic_is_on_the_links_of_every_case(complements: Result) -> None:
    """P-X carries P-Z and P-Q, 2000 t and 200 TEU, in every case: pairs that are not solved again count too."""
    flows = complements.tables["link_flows"]
    on = flows[flows["link_id"] == "P-X"]
    assert len(on) == 3
    assert on["forward_t"].tolist() == DOLLAR([2000.0] * 3)
    assert on["forward_teu"].tolist() == DOLLAR([200.0] * 3)
