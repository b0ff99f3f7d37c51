"""Flows on the built-in atlas: conserved, on open ways alone, and within the rules of gauges and regimes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from koridor import atlas
from koridor.model.compile import Compiled, compile_demand, compile_network
from koridor.model.network import Act, Demand
from koridor.model.patch import Patch
from koridor.model.scenario import Scenario
from koridor.studies.equilibrium.master import Equilibrium, Limits, solve
from koridor.studies.equilibrium.paths import volumes

_RAIL = (0, 1, 2)  # codes of the three gauges, the first carriages of the schema


@dataclass(frozen=True)
class Flows:
    """All corridors in force and all interchanges joined: an assignment without capacities."""

    scenario: Scenario
    compiled: Compiled
    demand: Demand
    found: Equilibrium


@pytest.fixture(scope="module")
def flows() -> Flows:
    everything = Patch.of(
        "all", ("corridor", "*", "in_force", "set", True), ("interchange", "*", "state", "set", "joined")
    )
    scenario = Scenario(atlas.load(), (everything,))
    compiled = compile_network(scenario)
    demand = compile_demand(compiled, scenario, vot_bands=1)
    count = len(compiled.network.elements.capacity)
    found = solve(compiled.network, demand, Limits(np.full(count, np.inf), np.zeros(count)))
    return Flows(scenario, compiled, demand, found)


def used(flows: Flows) -> np.ndarray:
    """Arcs that carry anything."""
    paths, arcs = flows.found.paths, flows.compiled.network.arcs
    return np.flatnonzero(volumes(paths, paths.tonnes, len(arcs)) > 0.0)


def test_every_class_is_conserved_at_every_state(flows: Flows) -> None:
    """What enters a state leaves it, but at doors, where the flows that begin and end there do: Kirchhoff's first law,
    class by class, to 1e-9 of the class's flow. What a pair
    sends is its tonnes over all its paths; that these are its demand is the next test's.
    """
    network, demand, paths = flows.compiled.network, flows.demand, flows.found.paths
    kind = demand.kind[paths.pair]
    served = np.zeros(len(demand))
    np.add.at(served, paths.pair, paths.tonnes)
    for k in range(len(demand.classes)):
        volume = volumes(paths, np.where(kind == k, paths.tonnes, 0.0), len(network.arcs))
        balance = np.zeros(network.nodes)
        np.add.at(balance, network.arcs.head, volume)
        np.add.at(balance, network.arcs.tail, -volume)
        mine = np.flatnonzero((demand.kind == k) & (served > 0.0))
        np.add.at(balance, network.door_out[demand.origin[mine]], served[mine])
        np.add.at(balance, network.door_in[demand.destination[mine]], -served[mine])
        assert np.abs(balance).max() <= 1e-9 * max(served[mine].sum(), 1.0)


def test_all_tonnes_are_served_or_unserved(flows: Flows) -> None:
    """Every tonne counts once, also where goods could go in two forms."""
    total = flows.demand.tonnes[flows.demand.first].sum()
    assert flows.found.paths.tonnes.sum() + flows.found.unserved.sum() == pytest.approx(total, rel=1e-9)
    assert flows.found.paths.tonnes.sum() > 0.5 * total


def test_nothing_flows_over_a_link_that_is_not_open(flows: Flows) -> None:
    """By the tables, not by the compiled flags: every link used, by services too, has the status open and an open
    month; every arc used is open for the form that uses it.
    """
    network = flows.compiled.network
    arc = np.repeat(np.arange(len(network.arcs)), np.diff(network.leg_start))
    links = network.arcs.link[network.legs[np.isin(arc, used(flows))]]
    table = flows.compiled.tables["link"]
    names = table.iloc[np.unique(links[links >= 0])]
    assert len(names) > 100
    assert (names["status"] == "open").all()
    periods = flows.scenario.table("link_period")
    months = periods[periods["open_share"] == 0.0].groupby("link_id").size()
    assert not set(months.index[months == 12]) & set(names["link_id"])
    paths = flows.found.paths
    form = flows.demand.classes.form[flows.demand.kind[paths.pair]]
    for f in (0, 1):
        volume = volumes(paths, np.where(form == f, paths.tonnes, 0.0), len(network.arcs))
        assert network.arcs.open[f, volume > 0.0].all()


def test_a_gauge_changes_by_a_transfer_alone(flows: Flows) -> None:
    """Of all arcs between two rail gauges only transfers at one place, and services that pass such a transfer, exist;
    handing over keeps the carriage wherever both corridors have it. And a gauge of a link is one of the link's own.
    """
    network = flows.compiled.network
    arcs, carriage = network.arcs, network.carriage
    a, b = carriage[arcs.tail], carriage[arcs.head]
    changing = np.flatnonzero(np.isin(a, _RAIL) & np.isin(b, _RAIL) & (a != b))
    acts = arcs.act[changing]
    assert np.isin(acts, (Act.TRANSFER, Act.SERVICE, Act.INTERCHANGE)).all()
    transfers = changing[acts == Act.TRANSFER]
    assert len(transfers)
    assert (network.place[arcs.tail[transfers]] == network.place[arcs.head[transfers]]).all()
    for arc in changing[acts == Act.SERVICE]:
        legs = network.legs[network.leg_start[arc] : network.leg_start[arc + 1]]
        assert (arcs.act[legs] == Act.TRANSFER).any()
    moving = np.flatnonzero(arcs.act == Act.MOVE)
    assert (a[moving] == b[moving]).all()


def test_regimes_are_entered_and_left_as_the_rules_say(flows: Flows) -> None:
    """Into a regime only by joining (before the gate) or by handing over from after the gate of another; out of it only
    by leaving or handing over after the gate; and between the stages only over a gate link of the corridor.
    """
    network = flows.compiled.network
    arcs = network.arcs
    tail, head = network.corridor[arcs.tail], network.corridor[arcs.head]
    stage = network.stage
    entering, leaving = (head >= 0) & (tail != head), (tail >= 0) & (tail != head)
    assert np.isin(arcs.act[entering], (Act.JOIN, Act.INTERCHANGE)).all()
    assert np.isin(arcs.act[leaving], (Act.LEAVE, Act.INTERCHANGE)).all()
    assert (stage[arcs.head[entering]] == 0).all()
    assert (stage[arcs.tail[leaving]] == 1).all()
    inside = (tail >= 0) & (tail == head)
    passing = np.flatnonzero(inside & (stage[arcs.tail] != stage[arcs.head]))
    assert (stage[arcs.head[passing]] == 1).all()
    gates = flows.scenario.table("corridor_gate")
    known = set(zip(gates["corridor_id"], gates["link_id"], strict=True))
    links = flows.compiled.index.links
    assert {(network.corridors[tail[a]], links[arcs.link[a]]) for a in passing} <= known


def test_linked_flows_hand_over_at_rows_in_force(flows: Flows) -> None:
    """Somebody hands over, and only between the places and corridors of a row of `interchange` that is not off."""
    network, table = flows.compiled.network, flows.compiled.tables["interchange"]
    handing = used(flows)[network.arcs.act[used(flows)] == Act.INTERCHANGE]
    assert len(handing)
    for arc in handing:
        row = table.iloc[network.arcs.row[arc]]
        ends = [(row["from_corridor"], row["from_place"]), (row["to_corridor"], row["to_place"])]
        nodes = (network.arcs.tail[arc], network.arcs.head[arc])
        met = [(network.corridors[network.corridor[n]], network.places[network.place[n]]) for n in nodes]
        assert met == (ends[::-1] if network.arcs.reverse[arc] else ends)
        assert row["state"] != "off"
        assert row["two_way"] or not network.arcs.reverse[arc]
