"""Files made of random networks come back as they were, to the last bit."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from koridor.data.dataset import Dataset
from koridor.data.sources import tntp
from koridor.model.compile import compile_demand, compile_network
from koridor.model.network import BULK
from koridor.model.scenario import Scenario
from tntp_files import net_text, trips_text, write

numbers = st.floats(0, 1e6, allow_subnormal=False)


@st.composite
def networks(draw: st.DrawFn) -> tuple[int, int, int, list[tuple[int, int, list[float]]], dict[int, dict[int, float]]]:
    """Zones, nodes, first through node, links with capacity, length, hours, b, power and toll, and trips."""
    nodes = draw(st.integers(2, 6))
    zones = draw(st.integers(1, nodes))
    ends = st.lists(st.integers(1, nodes), min_size=2, max_size=2, unique=True)
    figures = st.tuples(st.floats(1e-3, 1e6), numbers, numbers, st.floats(0, 10), st.floats(0, 8), numbers)
    links = draw(st.lists(st.tuples(ends, figures), min_size=1, max_size=12))
    zone = st.integers(1, zones)
    trips = draw(st.dictionaries(zone, st.dictionaries(zone, st.floats(0, 1e12), max_size=4), max_size=4))
    trips.setdefault(1, {})[zones] = 5.0
    rows = [(a, b, list(numbers)) for (a, b), numbers in links]
    return zones, nodes, draw(st.integers(1, nodes + 1)), rows, trips


@settings(max_examples=10, deadline=None)
@given(networks(), numbers, numbers)
def test_what_is_written_is_what_is_compiled(made, toll: float, distance: float) -> None:
    """Hours, money, delay and tonnes of the compiled network are the figures of the files, exactly, from the folder as
    it is on disk; links beside each other stay apart; no arc leads on from a zone below the first through node.
    """
    zones, nodes, through, links, trips = made
    rows = [f"{a} {b} {c!r} {d!r} {h!r} {x!r} {p!r} 0 {t!r} 1 ;" for a, b, (c, d, h, x, p, t) in links]
    with tempfile.TemporaryDirectory() as folder:
        files = write(
            Path(folder), net_text(rows, zones=zones, nodes=nodes, through=through), trips_text(trips, zones=zones)
        )
        weights = tntp.Weights(toll=toll, distance=distance)
        tntp.read(*files, weights).write(Path(folder, "data"), bare=True)
        dataset = Dataset.load(Path(folder, "data"))
    scenario = Scenario(dataset)
    compiled = compile_network(scenario)
    network, arcs, e = compiled.network, compiled.network.arcs, compiled.network.elements
    at = {compiled.index.links[link]: arc for arc, link in enumerate(arcs.link) if link >= 0}
    element = {arcs.link[arc]: k for arc, k in zip(e.load_arc, e.load_element, strict=True)}
    for name, (a, b, (capacity, length, hours, x, power, charge)) in zip(
        dataset.table("link")["link_id"], links, strict=True
    ):
        arc = at[name]
        constant = hours * (1.0 + x) if power == 0.0 and x > 0.0 else hours
        assert arcs.hours[BULK, arc] == constant
        assert arcs.price[BULK, :, arc].sum() == charge * toll + length * distance
        assert network.places[network.place[arcs.tail[arc]]] == str(a)
        assert network.places[network.place[arcs.head[arc]]] == str(b)
        k = element[arcs.link[arc]]
        if x > 0.0 and hours > 0.0 and power > 0.0:
            assert (e.capacity[k], e.delay_free_h[k], e.delay_alpha[k], e.delay_power[k]) == (capacity, hours, x, power)
            assert e.delay_kind[k] == 1
        else:
            assert (e.capacity[k], e.delay_kind[k]) == (capacity, 0)
    demand = compile_demand(compiled, scenario, vot_bands=1)
    found = {
        (int(network.places[a]), int(network.places[b])): t
        for a, b, t in zip(demand.origin, demand.destination, demand.tonnes, strict=True)
    }
    assert found == {(a, b): t for a, row in trips.items() for b, t in row.items() if t > 0.0 and a != b}
    arrived = np.flatnonzero(network.stage >= 2)
    assert set(network.places[network.place[arrived]]) == {str(b) for _, b, _ in links if b < through}
    assert np.isin(arcs.act[np.isin(arcs.tail, arrived)], 3).all()  # all that is left is to unload
