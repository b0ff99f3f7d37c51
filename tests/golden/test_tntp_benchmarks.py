"""Benchmarks of Bar-Gera's Transportation Networks: the import is exact, and so are the flows. Skipped where they are
not at hand.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from koridor.data.dataset import Dataset
from koridor.data.sources import tntp
from koridor.model.compile import compile_demand, compile_network
from koridor.model.network import BULK
from koridor.model.scenario import Scenario
from koridor.studies import assign

HERE = Path(__file__).parents[3] / "shared" / "tntp"
CHICAGO = tntp.Weights(toll=0.02, distance=0.04)
BEST = {
    "SiouxFalls": (4231335.287107440, tntp.Weights()),
    "Anaheim": (1286032.1710961, tntp.Weights()),
    "ChicagoSketch": (17313018.7387477, CHICAGO),
}
pytestmark = pytest.mark.skipif(not (HERE / "SiouxFalls_net.tntp").is_file(), reason="the benchmarks are not here")


def files(name: str) -> tuple[Path, Path]:
    return HERE / f"{name}_net.tntp", HERE / f"{name}_trips.tntp"


def raw_rows(path: Path) -> list[list[str]]:
    """Rows of numbers of a file, read as plainly as can be."""
    lines = path.read_text(encoding="latin-1").split("<END OF METADATA>")[-1].splitlines()
    return [row for line in lines if (row := line.replace(";", " ").split()) and row[0].isdigit()]


@pytest.mark.parametrize("name", list(BEST))
def test_the_objective_at_the_published_flows_is_the_published_one(name: str, tmp_path: Path) -> None:
    """Beckmann's objective of the best known flows, from the tables as they come back from disk, is the best known one
    to 1e-12: no figure of the files was changed on the way. `koridor check` has nothing to say.
    """
    best, weights = BEST[name]
    tntp.read(*files(name), weights).write(tmp_path / name, bare=True)
    compiled = compile_network(Scenario(Dataset.load(tmp_path / name)))
    arcs, e = compiled.network.arcs, compiled.network.elements
    flow = {f"{row[0]}-{row[1]}": float(row[2]) for row in raw_rows(HERE / f"{name}_flow.tntp")}
    volume = np.zeros(len(arcs))
    on = np.flatnonzero(arcs.link >= 0)
    volume[on] = [flow[compiled.index.links[link]] for link in arcs.link[on]]
    load = np.zeros(len(e.capacity))
    load[e.load_element] = volume[e.load_arc] * e.load_per_t
    cost = arcs.hours[BULK] + arcs.price[BULK].sum(axis=0)
    delay = e.delay_free_h * e.delay_alpha * load / (e.delay_power + 1) * (load / e.capacity) ** e.delay_power
    assert math.fsum([*(cost * volume), *delay]) == pytest.approx(best, rel=1e-12)


@pytest.mark.parametrize("name", list(BEST))
def test_flows_are_the_published_ones(name: str) -> None:
    """To a gap of 1e-10 the objective is the best known one to 1e-9, and flows are the published ones to 1e-4 of a
    hundred vehicles, or of themselves if more, on links with hours that grow, where they are unique.
    """
    best, weights = BEST[name]
    net, trips = files(name)
    found = assign.run(Scenario(tntp.read(net, trips, weights)), assign.Params(gap_max=1e-10))
    totals = found.metrics.set_index("metric")["value"]
    assert totals["solver_gap_share"] <= 1e-10
    assert totals["objective"] == pytest.approx(best, rel=1e-9)
    links = found.tables["link_flows"].set_index("link_id")["forward_t"]
    flow = {f"{row[0]}-{row[1]}": float(row[2]) for row in raw_rows(HERE / f"{name}_flow.tntp")}
    grows = [f"{row[0]}-{row[1]}" for row in raw_rows(net) if float(row[4]) > 0.0 and float(row[5]) > 0.0]
    assert links[grows].tolist() == pytest.approx([flow[link] for link in grows], rel=1e-4, abs=1e-2)


@pytest.mark.parametrize("name", ["SiouxFalls", "Anaheim", "ChicagoSketch"])
def test_least_hours_are_those_of_the_file(name: str) -> None:
    """Sum of trips times least cost at no volume: over the compiled network, and by scipy's trees over the rows of the
    file with zones below the first through node cut in two by hand.
    """
    _, weights = BEST[name]
    net, trips = files(name)
    scenario = Scenario(tntp.read(net, trips, weights))
    compiled = compile_network(scenario)
    demand, network = compile_demand(compiled, scenario, vot_bands=1), compiled.network
    arcs = network.arcs
    cost = arcs.hours[BULK] + arcs.price[BULK].sum(axis=0)
    graph = csr_array((cost, (arcs.tail, arcs.head)), shape=(network.nodes,) * 2)
    sources, at = np.unique(network.door_out[demand.origin], return_inverse=True)
    reach = dijkstra(graph, indices=sources)[at, network.door_in[demand.destination]]

    rows = np.array([[float(cell) for cell in row[:9]] for row in raw_rows(net)])
    first = int(net.read_text().split("<FIRST THRU NODE>")[1].split()[0])
    nodes = int(net.read_text().split("<NUMBER OF NODES>")[1].split()[0]) + 1
    head = np.where(rows[:, 1] < first, rows[:, 1] + nodes, rows[:, 1])
    plain = rows[:, 4] + weights.toll * rows[:, 8] + weights.distance * rows[:, 3]
    by_hand = csr_array((plain, (rows[:, 0].astype(int), head.astype(int))), shape=(2 * nodes, 2 * nodes))
    zone = network.places.to_numpy().astype(int)
    ends = zone[demand.destination]
    ends = np.where(ends < first, ends + nodes, ends)
    starts, of = np.unique(zone[demand.origin], return_inverse=True)
    wanted = dijkstra(by_hand, indices=starts)[of, ends]
    assert np.isfinite(reach).all()
    assert reach == pytest.approx(wanted, rel=1e-12)
    total = sum(float(part.partition(":")[2]) for line in trips.read_text().split("<END OF METADATA>")[1].splitlines()
                if ":" in line and "~" not in line for part in line.split(";") if ":" in part)  # fmt: skip
    inside = scenario.table("flow").query("part == 'captive'")["volume_t"].sum()
    assert demand.tonnes.sum() + inside == pytest.approx(total, rel=1e-12)
