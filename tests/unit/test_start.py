"""A start from a result of another scenario: its ways are found again by their names, and no answer depends on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from test_assign_principles import TWO, two_ways
from test_equilibrium import bpr, on_links

import worlds
from builders import assigned, limit, metric, pair, pair_rows, solved
from koridor.errors import UsageError
from koridor.model.compile import compile_demand, compile_network
from koridor.model.patch import Patch
from koridor.model.scenario import Scenario
from koridor.result import Result
from koridor.studies import assign
from koridor.studies.assign import Params, Principle, Response
from koridor.studies.equilibrium.carry import carried, read_start
from koridor.studies.equilibrium.outcome import Start, units_a_tonne
from koridor.studies.equilibrium.paths import Paths, all_or_nothing, missing
from koridor.studies.equilibrium.pricing import Pricing
from koridor.testing import dataset_of

PATCHES = {
    "the same": (),
    "a way less": (Patch.of("less", ("link", "L", "status", "set", "closed")),),
    "a dearer way": (Patch.of("dear", ("rate", "M box", "fixed_usd", "shift", 50.0)),),
    "half the capacity": (Patch.of("half", ("element", "*", "capacity_per_yr", "scale", 0.5)),),
    "twice the tonnes": (Patch.of("more", ("flow", "*", "volume_t", "scale", 2.0)),),
}
PARAMS = {
    "user": {},
    "capped": {"capped": True},
    "system": {"principle": Principle.SYSTEM},
    "elastic": {"response": Response.ELASTIC},
}


@pytest.mark.parametrize("patches", PATCHES.values(), ids=PATCHES)
@pytest.mark.parametrize("params", PARAMS.values(), ids=PARAMS)
def test_no_answer_depends_on_the_start(patches: tuple[Patch, ...], params: dict[str, object], tmp_path: Path) -> None:
    """Three ways with delays, two goods: from the folder of the plain case to a patched one, as without a start."""
    ways = bpr("L", 50, 10, power=4.0), bpr("M", 50, 10), bpr("N", 300, 10)
    dataset = pair({"L": (10, 0), "M": (20, 1), "N": (40, 0)}, *ways, goods=TWO, volume_t=1500)
    assigned(dataset, ways=True, **params).write(tmp_path / "before")
    given = Params(vot_bands=1, gap_max=1e-10, **params)  # type: ignore[arg-type]
    cold = assign.run(Scenario(dataset, patches), given)
    warm = assign.run_from(Scenario(dataset, patches), Result.read(tmp_path / "before"), given)
    assert warm.status == cold.status == "solved"
    assert on_links(warm) == pytest.approx(on_links(cold), rel=1e-4, abs=1e-3)
    paid = "total_t_h" if "principle" in params else "users_usd"  # under SYSTEM who goes where is not unique
    for name in (paid, "assigned_t"):
        assert metric(warm, name) == pytest.approx(metric(cold, name), rel=1e-6)


def test_linear_capacities_start_too(tmp_path: Path) -> None:
    """L holds 60 TEU, then 40: 400 t by it, after a queue of 40 h, whatever the start."""
    dataset = pair({"L": (10, 0), "M": (10, 40)}, limit("L", 60))
    before = assigned(dataset, capped=True, ways=True)
    less = Scenario(dataset, (Patch.of("less", ("element", "*", "capacity_per_yr", "set", 40)),))
    found = assign.run_from(less, before, Params(vot_bands=1, capped=True))
    assert on_links(found) == pytest.approx({"L": 400.0, "M": 600.0})
    assert found.tables["elements"]["queue_h"].max() == pytest.approx(40.0)


def test_queues_keep_their_elements(tmp_path: Path) -> None:
    """The queue of 40 h at L is that of L where an element before it moves all numbers, from memory and from a folder;
    an element that was not there has none.
    """
    few = Scenario(pair({"L": (10, 0), "M": (10, 40)}, limit("L", 60)))
    more = Scenario(pair({"L": (10, 0), "M": (10, 40)}, limit("M", 500), limit("L", 60)))
    made = []
    for scenario in (few, more):
        compiled = compile_network(scenario)
        made.append((compiled, compile_demand(compiled, scenario, vot_bands=1)))
    _, _, found, _ = solved(few)
    assigned(few, capped=True, ways=True).write(tmp_path / "few")
    held = (made[1][0].tables["element"]["element_id"] == "on L").to_numpy()[made[1][0].network.elements.row]
    for start in (carried(found.start, *made), read_start(Result.read(tmp_path / "few"), made[1])):
        queue = start.multiplier * units_a_tonne(made[1][0].network.elements, made[1][1])
        assert queue == pytest.approx(np.where(held, 40.0, 0.0))


def test_pairs_that_look_alike_keep_their_own_ways() -> None:
    """Half of the goods need a box and half may have one: two pairs of the same names, each with its own tonnes; where
    there are other pairs before them, which moves their numbers, each gets the ways of both.
    """
    ways = {"L": (10, 0), "M": (10, 40)}
    rows = pair_rows(ways)
    rows["flow"] = [{**rows["flow"][0], "box_share": 0.5, "box_able_share": 1.0}]
    back = {**rows["flow"][0], "origin": "Q", "destination": "P", "volume_t": 10.0}
    made = {}
    for name, flows in (("same", rows["flow"]), ("more", [back, *rows["flow"]])):
        scenario = Scenario(dataset_of({**rows, "flow": flows}))
        _, demand, found, _ = solved(scenario)
        made[name] = (compile_network(scenario), demand), found
    before, found = made["same"]
    own = carried(found.start, before, before).paths
    assert sorted(zip(own.pair, own.tonnes, strict=True)) == sorted(
        zip(found.paths.pair, found.paths.tonnes, strict=True)
    )
    boxes = np.unique(found.paths.pair[found.paths.tonnes > 0.0])
    assert len(boxes) == 2
    moved = carried(found.start, before, made["more"][0]).paths
    assert set(made["more"][0][1].origin[moved.pair]) == set(before[1].origin)
    assert len(moved) > len(own)


def test_ways_that_are_known_are_not_told_twice() -> None:
    """Of pairs 0, 1 and 2 the first way is known; that of 1 is not, and pair 2 is known by another pair's way alone."""
    arcs = np.array([1, 2, 3, 4, 1, 2], dtype=np.int32)
    new = Paths(np.array([0, 1, 2]), np.zeros(3), np.array([0, 2, 4, 6]), arcs)
    known = Paths(np.array([0, 0, 1]), np.ones(3), np.array([0, 2, 3, 4]), np.array([1, 2, 3, 3], dtype=np.int32))
    assert missing(new, known).pair.tolist() == [1, 2]


def test_ways_keep_their_names_where_numbers_change(tmp_path: Path) -> None:
    """Trains, corridors and handing over: a place, a link and a service before all others move every number, and each
    way is found again, arc by arc; a way over a link that is gone is not.
    """
    rows = worlds.rows(flows=[("P", "Z"), ("P", "Q"), ("Y", "Z")])
    rows["service"] = [
        {"service_id": "T", "mode": "rail", "frequency_per_week": 2, "transit_h": 10, "tariff_factor": 0.1}
    ]
    rows["service_stop"] = [
        {"seq": i, "place_id": p, "service_id": "T", "carriage": "rail1520", "calls": True}
        for i, p in enumerate("PXZ", 1)
    ]
    on = (worlds.ON, worlds.JOIN)
    old = Scenario(worlds.of(rows), on)
    more = {**rows, "place": [*rows["place"], {**rows["place"][0], "place_id": "A", "lon_deg": 5}]}
    more["link"] = [{**rows["link"][0], "link_id": "A-P", "from_place": "A", "to_place": "P"}, *rows["link"]]
    more["service"] = [{**rows["service"][0], "service_id": "S"}, *rows["service"]]
    more["service_stop"] = [*rows["service_stop"], *({**r, "service_id": "S"} for r in rows["service_stop"])]
    new = Scenario(worlds.of(more), on)
    gone = Scenario(worlds.of(rows), (*on, Patch.of("gone", ("link", "X-Q", "status", "set", "closed"))))
    made = {}
    for name, world in (("old", old), ("new", new), ("gone", gone)):
        compiled = compile_network(world)
        made[name] = compiled, compile_demand(compiled, world, vot_bands=1)
    compiled, demand = made["old"]
    pricing = Pricing(compiled.network, demand, 1.0 / demand.classes.vot, 0.0)
    best, cost = all_or_nothing(compiled.network, demand, pricing)
    ways = best.paths
    start = Start(ways, np.zeros(len(compiled.network.elements.capacity)))
    there = carried(start, made["old"], made["new"]).paths
    assert len(there) == len(ways) == 3
    network = made["new"][0].network
    assert not np.array_equal(there.arcs, ways.arcs)
    for i in range(3):
        side = [
            [(str(n.places[n.place[a.tail[k]]]), int(a.act[k]), float(a.hours[0, k]))
             for k in p.arcs[p.start[i] : p.start[i + 1]]]
            for n, a, p in ((compiled.network, compiled.network.arcs, ways), (network, network.arcs, there))
        ]  # fmt: skip
        assert side[0] == side[1]
    assert np.isfinite(cost).all()
    assert (
        len(carried(start, made["old"], made["gone"]).paths) == 3
    )  # closed, but still an arc: the solver leaves it out
    assigned(old, ways=True).write(tmp_path / "old")
    read = read_start(Result.read(tmp_path / "old"), made["new"]).paths
    assert sorted(read.arcs.tolist()) == sorted(there.arcs.tolist())


def test_a_result_without_ways_is_refused() -> None:
    """What to do is said; so it is for a stochastic choice, which draws its ways."""
    scenario = Scenario(two_ways())
    with pytest.raises(UsageError, match="--ways"):
        assign.run_from(scenario, assigned(scenario))
    with pytest.raises(UsageError, match="stochastic"):
        assign.run_from(scenario, assigned(scenario, ways=True), Params(principle=Principle.STOCHASTIC))
