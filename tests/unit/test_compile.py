"""Compiling: switching regimes gives what compiling anew gives; demand is that of a plain loop."""

from __future__ import annotations

from dataclasses import fields
from itertools import product
from pathlib import Path

import numpy as np
import pytest

import worlds
from koridor.data.dataset import Dataset
from koridor.model.compile import compile_demand, compile_network, with_regimes
from koridor.model.regime import FREE, regime
from koridor.model.scenario import Scenario
from koridor.studies.linkage import CASES


@pytest.mark.parametrize("name", list(CASES))
def test_switching_regimes_is_compiling_anew(name: str) -> None:
    """A case differs from another in corridors in force and terms of handing over alone, and all else is laid out for
    every corridor whether it is in force or not: so every array of both networks is the same.
    """
    base = Scenario(worlds.five())
    free = base.with_patches(regime(base, worlds.SETS, a=True, b=True, terms=lambda _: FREE))
    a, b, terms = CASES[name]
    case = base.with_patches(regime(base, worlds.SETS, a=a, b=b, terms=lambda _: terms))
    quick, anew = with_regimes(compile_network(free), case).network, compile_network(case).network
    for one, two in ((quick, anew), (quick.arcs, anew.arcs), (quick.elements, anew.elements)):
        for field in fields(one):
            value = getattr(one, field.name)
            if isinstance(value, np.ndarray):
                assert np.array_equal(value, getattr(two, field.name)), field.name


def test_a_corridor_out_of_force_has_no_open_arc() -> None:
    """Nothing moves, joins or leaves in a regime that is not offered; the local network is untouched by it."""
    network = compile_network(Scenario(worlds.five())).network
    inside = network.arcs.corridor >= 0
    assert inside.any()
    assert not network.arcs.open[:, inside].any()
    on = compile_network(Scenario(worlds.five(), (worlds.ON,))).network
    assert on.arcs.open[0, inside].all()
    assert np.array_equal(
        on.arcs.open[:, ~inside & (on.arcs.act != 6)], network.arcs.open[:, ~inside & (on.arcs.act != 6)]
    )


def test_hours_and_money_of_a_link_by_hand() -> None:
    """P-X, a box: local 500 / (50 x 0.5) = 20 h, in the corridor 500 / 50 = 10 h; 500 x 0.3 = 150 USD in both."""
    compiled = compile_network(Scenario(worlds.five(), (worlds.ON,)))
    arcs = compiled.network.arcs
    mine = arcs.link == compiled.index.links.get_loc("P-X")
    for corridor, hours in ((-1, 20.0), (0, 10.0)):
        at = mine & (arcs.corridor == corridor)
        assert at.sum() >= 2  # both directions
        assert arcs.hours[0, at] == pytest.approx(hours)
        assert arcs.price[0, :, at].sum(axis=1) == pytest.approx(150.0)


def test_demand_is_that_of_a_loop_over_the_flows() -> None:
    """The tonnes of a pair in a choice of forms are volume x share of its origin x share of its destination x share of
    the choice, to the last bit; who could go in a box or not stands twice, as twins; captive tonnes and those that
    stay at a place are not there. The rows of a commodity win over `*` on both sides, even where they have no share.
    """
    scenario = Scenario(Dataset.load(Path(__file__).parents[1] / "data" / "other_region"))
    compiled = compile_network(scenario, capacities=False)
    places, flow = compiled.network.places, compiled.tables["flow"]
    shares = scenario.table("region_share").sort_values(["region_id", "commodity_id", "place_id"])
    want: dict[tuple[int, int, int, int], list[float]] = {}
    for at, row in enumerate(flow.to_dict("records")):
        ends = []
        for region, side in ((row["origin"], "origin_share"), (row["destination"], "destination_share")):
            mine = shares[shares["region_id"] == region]
            own = mine[mine["commodity_id"] == row["commodity_id"]]
            own = own if len(own) else mine[mine["commodity_id"] == "*"]
            ends.append([(places.get_loc(p), s) for p, s in zip(own["place_id"], own[side], strict=True) if s > 0])
        box, able = row["box_share"], row["box_able_share"]
        able = box if np.isnan(able) else max(able, box)
        for (a, s), (b, r) in product(*ends) if row["part"] == "contestable" else ():
            tonnes = row["volume_t"] * (s * r)
            for forms, part in (((0,), box), ((0, 1), able - box), ((1,), 1.0 - able)):
                for form in forms if part > 0.0 and tonnes > 0.0 and a != b else ():
                    want.setdefault((at, a, b, form), []).append(tonnes * part)
    found = compile_demand(compiled, scenario, vot_bands=1)
    got: dict[tuple[int, int, int, int], list[float]] = {}
    for at, a, b, kind, t in zip(found.flow, found.origin, found.destination, found.kind, found.tonnes, strict=True):
        got.setdefault((int(at), int(a), int(b), int(found.classes.form[kind])), []).append(float(t))
    assert got.keys() == want.keys()
    assert all(sorted(got[key]) == sorted(want[key]) for key in want)
    twice = np.flatnonzero(found.twin >= 0)
    assert len(twice)
    other = found.twin[twice]
    assert np.array_equal(found.twin[other], twice)
    assert np.array_equal(found.tonnes[other], found.tonnes[twice])
    assert (found.classes.form[found.kind[other]] != found.classes.form[found.kind[twice]]).all()
