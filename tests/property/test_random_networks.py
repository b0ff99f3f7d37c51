"""Equilibria on random small networks: against a programme over all simple paths, and what any equilibrium must
hold.
"""

from __future__ import annotations

import networkx as nx
import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from builders import assert_allowed, assert_conserved, pair_rows, solved
from koridor.data.dataset import Dataset
from koridor.model.cost import class_cost
from koridor.model.network import BOX, Demand, Network
from koridor.model.patch import Patch
from koridor.model.scenario import Scenario
from koridor.solve.lp import LpStatus, minimise
from koridor.studies.equilibrium.master import Equilibrium, Rationing
from koridor.testing import dataset_of
from rounds import rounds

SETTINGS = settings(
    max_examples=rounds(15),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=(Phase.explicit, Phase.generate),
)
PLACES = "ABCD"


@st.composite
def worlds(draw: st.DrawFn, delays: bool = False) -> Dataset:
    """Roads among four places with hours and prices, goods of two values of time in both forms, and tight elements."""
    rows = pair_rows({}, goods={"dear": 3.0, "slow": 1.0})
    ends = st.lists(st.sampled_from(PLACES), min_size=2, max_size=2, unique=True)
    links = draw(st.lists(ends, min_size=3, max_size=8))
    names = [f"{i}" for i in range(len(links))]
    hours = [draw(st.integers(4, 60)) for _ in links]
    elements, loads = [], []
    for name in draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)):
        element = {"element_id": name, "country_id": "PP", "unit": "teu", "capacity_per_yr": draw(st.integers(0, 40)),
                   "per_direction": draw(st.booleans())}  # fmt: skip
        if delays and draw(st.booleans()):
            element |= {"delay": "bpr", "delay_free_h": 10, "delay_alpha": 0.5, "delay_power": draw(st.integers(1, 4)),
                        "capacity_per_yr": draw(st.integers(5, 40))}  # fmt: skip
        elements.append(element)
        for row in {name, draw(st.sampled_from(names))}:
            loads.append({"element_id": name, "of": "link", "row": row, "per_t": 0.1, "per_teu": 1})
    pairs = draw(st.lists(st.tuples(ends, st.sampled_from(["dear", "slow"])), min_size=1, max_size=4,
                          unique_by=lambda item: (tuple(item[0]), item[1])))  # fmt: skip
    rows |= {
        "place": [{"place_id": p, "country_id": "PP", "lon_deg": i, "lat_deg": 0} for i, p in enumerate(PLACES)],
        "link": [
            {"link_id": name, "from_place": a, "to_place": b, "mode": "road", "carriages": "road", "length_km": 1000,
             "speed_kmh": 1000 / h}
            for name, (a, b), h in zip(names, links, hours, strict=True)
        ],
        "rate": [
            {"rate_id": f"{name} {form}", "mode": "road", "form": form, "link_id": name, "fixed_usd": size * usd}
            for name in names
            for usd in [draw(st.integers(0, 50))]
            for form, size in (("box", 10), ("bulk", 1.25))
        ],
        "region": [{"region_id": p} for p in PLACES],
        "region_share": [
            {"region_id": p, "commodity_id": "*", "place_id": p, "origin_share": 1, "destination_share": 1}
            for p in PLACES
        ],
        "flow": [
            {"origin": a, "destination": b, "commodity_id": goods, "part": "contestable",
             "volume_t": draw(st.integers(50, 400)), "box_share": draw(st.sampled_from([0.0, 0.5, 1.0])),
             "box_able_share": 1.0}
            for (a, b), goods in pairs
        ],
        "element": elements,
        "element_load": loads,
    }  # fmt: skip
    return dataset_of(rows)


def brute_force(network: Network, demand: Demand, room: np.ndarray, weight: np.ndarray) -> float:
    """Least sum of weight x cost over all simple paths of every pair, within the room; twins share their tonnes."""
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(network.nodes))
    for arc, (a, b) in enumerate(zip(network.arcs.tail.tolist(), network.arcs.head.tolist(), strict=True)):
        graph.add_edge(a, b, arc)
    e = network.elements
    cost, row, column, value = [], [], [], []
    heads = np.flatnonzero(demand.first)
    place = {int(p): i for i, p in enumerate(heads)}
    for p in range(len(demand)):
        kind = int(demand.kind[p])
        line = place[p] if p in place else place[int(demand.twin[p])]
        arc_cost = class_cost(network, demand.classes, kind)
        per_unit = e.load_per_teu / demand.classes.size[kind] if demand.classes.form[kind] == BOX else e.load_per_t
        start, end = int(network.door_out[demand.origin[p]]), int(network.door_in[demand.destination[p]])
        ways = [[]] if start < 0 or end < 0 else nx.all_simple_edge_paths(graph, start, end)
        for way in ways:
            arcs = np.array([key for _, _, key in way], dtype=np.int64)
            if not len(arcs) or not np.isfinite(arc_cost[arcs]).all():
                continue
            units = sum(
                np.bincount(e.load_element[e.load_arc == a], per_unit[e.load_arc == a], minlength=len(room))
                for a in arcs
            )
            used = np.flatnonzero(units)
            row += [line, *(len(heads) + used)]
            column += [len(cost)] * (1 + len(used))
            value += [1.0, *units[used]]
            cost.append(weight[kind] * arc_cost[arcs].sum())
    for line, p in enumerate(heads):  # staying
        row.append(line)
        column.append(len(cost))
        value.append(1.0)
        cost.append(weight[demand.kind[p]] * demand.classes.unserved[demand.kind[p]])
    tonnes = demand.tonnes[heads]
    result = minimise(
        np.array(cost), np.array(row), np.array(column), np.array(value, dtype=float),
        np.concatenate([tonnes, np.full(len(room), -np.inf)]), np.concatenate([tonnes, room]),
    )  # fmt: skip
    assert result.status is LpStatus.OPTIMAL
    return result.objective


def potential(network: Network, demand: Demand, found: Equilibrium, weight: np.ndarray) -> float:
    """Sum of weight x cost of what the equilibrium does."""
    total = float((found.unserved * demand.classes.unserved[demand.kind] * weight[demand.kind]).sum())
    for i, (pair, tonnes) in enumerate(zip(found.paths.pair, found.paths.tonnes, strict=True)):
        kind = int(demand.kind[pair])
        arcs = found.paths.arcs[found.paths.start[i] : found.paths.start[i + 1]]
        total += tonnes * weight[kind] * class_cost(network, demand.classes, kind)[arcs].sum()
    return total


@SETTINGS
@given(worlds(), st.sampled_from(list(Rationing)))
def test_column_generation_finds_what_all_simple_paths_give(dataset: Dataset, rationing: Rationing) -> None:
    """The programme that knows every simple path has the same least value: no path that matters was left out."""
    network, demand, found, room = solved(Scenario(dataset), rationing=rationing)
    weight = 1.0 / demand.classes.vot if rationing is Rationing.QUEUE else np.ones(len(demand.classes))
    least = brute_force(network, demand, room, weight)
    assert found.converged
    assert np.isclose(potential(network, demand, found, weight), least, rtol=1e-7, atol=1e-6)


def check(dataset: Dataset, rationing: Rationing) -> None:
    """What any equilibrium holds."""
    network, demand, found, room = solved(Scenario(dataset), rationing=rationing)
    assert found.converged
    assert (found.load <= room * (1.0 + 1e-6) + 1e-6).all()
    slack = room - found.load
    assert (found.multiplier >= 0.0).all()
    assert (np.minimum(found.multiplier, slack) <= 1e-5 * np.maximum(room, 1.0)).all()
    assert_conserved(network, demand, found)
    assert_allowed(network, demand, found)
    whole = float((demand.tonnes * found.cost).sum())
    assert -1e-6 * whole <= found.gap_usd <= 1e-5 * max(whole, 1.0)


@SETTINGS
@given(worlds(), st.sampled_from(list(Rationing)))
def test_capacities_hold_and_queues_stand_only_where_they_bind(dataset: Dataset, rationing: Rationing) -> None:
    """Load within room to 1e-6, no queue where there is room, nobody better off elsewhere, every tonne accounted
    for.
    """
    check(dataset, rationing)


@SETTINGS
@given(worlds(delays=True))
def test_the_same_where_hours_grow_with_volume(dataset: Dataset) -> None:
    """Delay and hard capacities together."""
    check(dataset, Rationing.QUEUE)


@SETTINGS
@given(worlds())
def test_more_room_never_costs_more(dataset: Dataset) -> None:
    """Twice the room lets every choice stand, so the least value of a price-rationed system cannot rise."""
    values = []
    for factor in (1, 2):
        wider = Scenario(dataset, (Patch.of("wide", ("element", "*", "capacity_per_yr", "scale", factor)),))
        network, demand, found, _ = solved(wider, rationing=Rationing.PRICE)
        values.append(potential(network, demand, found, np.ones(len(demand.classes))))
    assert values[1] <= values[0] * (1.0 + 1e-9) + 1e-6


@SETTINGS
@given(worlds(), st.sampled_from(list(Rationing)), st.floats(0.0, 2.0), st.sampled_from([8.0, 40.0, 250.0]))
def test_a_start_changes_nothing(dataset: Dataset, rationing: Rationing, room: float, kmh: float) -> None:
    """Begun with what was found at other capacities and another speed, the least value is that of a run from nothing,
    and what any equilibrium holds is held: a start chooses only what is tried first.
    """
    other = (
        Patch.of("room", ("element", "*", "capacity_per_yr", "scale", room)),
        Patch.of("hours", ("link", "0", "speed_kmh", "set", kmh)),
    )
    _, _, before, _ = solved(Scenario(dataset, other), rationing=rationing)
    network, demand, cold, _ = solved(Scenario(dataset), rationing=rationing)
    _, _, warm, limit = solved(Scenario(dataset), rationing=rationing, start=before.start)
    weight = 1.0 / demand.classes.vot if rationing is Rationing.QUEUE else np.ones(len(demand.classes))
    assert warm.converged
    assert np.isclose(
        potential(network, demand, warm, weight), potential(network, demand, cold, weight), rtol=1e-7, atol=1e-6
    )
    assert (warm.load <= limit * (1.0 + 1e-6) + 1e-6).all()
    assert_conserved(network, demand, warm)
    assert_allowed(network, demand, warm)
    paid = float((demand.tonnes * warm.cost).sum())
    assert -1e-6 * paid <= warm.gap_usd <= 1e-5 * max(paid, 1.0)


@SETTINGS
@given(worlds())
def test_paths_are_connected_without_capacities_too(dataset: Dataset) -> None:
    """The plain all-or-nothing result obeys the same rules, and costs no more than the capped one."""
    network, demand, free, _ = solved(Scenario(dataset), capped=False)
    assert_conserved(network, demand, free)
    assert_allowed(network, demand, free)
    _, _, capped, _ = solved(Scenario(dataset))
    assert (capped.cost >= free.cost - 1e-6).all()
