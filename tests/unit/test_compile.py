"""Compiling: switching regimes gives what compiling anew gives."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

import worlds
from koridor.model.compile import compile_network, with_regimes
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
    """P-Q, a box: local 500 / (50 x 0.5) = 20 h, in the corridor 500 / 50 = 10 h; 500 x 0.3 = 150 USD in both."""
    compiled = compile_network(Scenario(worlds.five(), (worlds.ON,)))
    arcs = compiled.network.arcs
    mine = arcs.link == compiled.index.links.get_loc("PQ")
    for corridor, hours in ((-1, 20.0), (0, 10.0)):
        at = mine & (arcs.corridor == corridor)
        assert at.sum() >= 2  # both directions
        assert arcs.hours[0, at] == pytest.approx(hours)
        assert arcs.price[0, :, at].sum(axis=1) == pytest.approx(150.0)
