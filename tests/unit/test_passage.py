"""Directions, hours of their own and places without passage: what a directed network needs, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from koridor.data.dataset import Dataset
from koridor.errors import DataError
from koridor.model.compile import compile_network
from koridor.model.network import Act
from koridor.model.scenario import Scenario
from koridor.studies import route
from koridor.testing import dataset_of, five_place_rows


def five(*, without_passage: str = "", one_way: str = "", **more: Any) -> Dataset:
    """The five places of `koridor.testing`, all corridors in force, with X or another place closed to passage."""
    rows = five_place_rows()
    for place in rows["place"]:
        place["through"] = "no" if place["place_id"] == without_passage else None
    for link in rows["link"]:
        link["direction"] = "forward" if link["link_id"] == one_way else None
    for corridor in rows["corridor"]:
        corridor["in_force"] = True
    return dataset_of({**rows, **more})


def way(dataset: Dataset, start: str, end: str, **asked: Any) -> str:
    return route.run(Scenario(dataset), route.Params(start, end, form="box", **asked)).status


def test_a_place_without_passage_is_an_end_and_nothing_else() -> None:
    """With X closed to passage P to Q has no way, in local traffic or in a corridor; to X and from X there is one."""
    dataset = five(without_passage="X")
    assert way(dataset, "P", "Q") == route.Status.NO_WAY
    assert way(dataset, "P", "X") == route.Status.FOUND
    assert way(dataset, "X", "Z") == route.Status.FOUND
    assert way(five(), "P", "Q") == route.Status.FOUND


def test_no_arc_leads_on_from_an_arrival() -> None:
    """In every regime, whatever arrives at X (stage + 2) can only change carriage there, leave the corridor or unload:
    the states reached from an arrival at X all lie at X.
    """
    transfer = {"transfer_id": "x", "place_id": "X", "from_carriage": "rail1520", "to_carriage": "rail1435"}
    network = compile_network(Scenario(five(without_passage="X", transfer=[transfer]))).network
    arcs, x = network.arcs, network.places.get_loc("X")
    coming = np.unique(arcs.head[(arcs.act == Act.MOVE) & (network.place[arcs.head] == x)])
    assert len(coming) == 1 + 2  # local; two corridors, after the gate, which every link is
    assert (network.stage[coming] >= 2).all()
    reached = set(coming.tolist())
    while len(grown := reached | set(arcs.head[np.isin(arcs.tail, list(reached))].tolist())) > len(reached):
        reached = grown
    assert (network.place[list(reached)] == x).all()
    assert network.door_in[x] in reached
    assert network.door_out[x] not in reached
    changes = arcs.act == Act.TRANSFER
    assert np.isin(arcs.tail[changes], list(reached)).sum() == 2  # there and back once more, for what arrived


def test_a_train_does_not_carry_through() -> None:
    """A train P-X-Q carries P to X and X to Q; with X closed to passage not P to Q."""
    service = {"service_id": "S", "mode": "rail", "frequency_per_week": 7, "transit_h": 30, "capacity_teu": 100}
    stops = [
        {"service_id": "S", "seq": seq, "place_id": place, "carriage": "rail1520", "calls": True}
        for seq, place in enumerate("PXQ", 1)
    ]
    pairs = {}
    for closed in ("", "X"):
        network = compile_network(Scenario(five(without_passage=closed, service=[service], service_stop=stops))).network
        rides = np.flatnonzero(network.arcs.act == Act.SERVICE)
        ends = (network.places[network.place[end[rides]]] for end in (network.arcs.tail, network.arcs.head))
        pairs[closed] = {a + b for a, b in zip(*ends, strict=True)}
    assert pairs == {"": {"PX", "XQ", "PQ", "QX", "XP", "QP"}, "X": {"PX", "XQ", "QX", "XP"}}


def test_a_link_passed_one_way_has_no_arc_back() -> None:
    """P-X forward only: P to Q goes, Q to P does not, in no regime; the link's element counts one direction."""
    dataset = five(one_way="P-X")
    assert way(dataset, "P", "Q") == route.Status.FOUND
    assert way(dataset, "Q", "P") == route.Status.NO_WAY
    compiled = compile_network(Scenario(dataset))
    mine = compiled.network.arcs.link == compiled.index.links.get_loc("P-X")
    assert mine.any()
    assert not compiled.network.arcs.reverse[mine].any()


def test_hours_of_its_own_stand_for_length_over_speed() -> None:
    """P-X takes 7 h at its own speed in place of 400 km / 40 km/h = 10 h: 14 h in local traffic at half of it."""
    rows = five_place_rows()
    rows["link"][0] |= {"time_h": 7.0, "speed_kmh": None}
    compiled = compile_network(Scenario(dataset_of(rows)))
    arcs = compiled.network.arcs
    local = (arcs.link == compiled.index.links.get_loc("P-X")) & (arcs.corridor == -1)
    assert arcs.hours[:, local] == pytest.approx(14.0)
    rows["link"][0]["time_h"] = None
    with pytest.raises(DataError, match="give the speed, or the hours in time_h"):
        dataset_of(rows)


@pytest.mark.parametrize(
    ("element", "field"),
    [
        ({"delay": "bpr", "delay_free_h": 1, "delay_alpha": 0.15}, "delay_power"),
        ({"delay": "bpr", "delay_free_h": 1, "delay_power": 4}, "delay_alpha"),
        ({"delay": "conical", "delay_free_h": 1, "delay_alpha": 1}, "delay_alpha"),
        ({"delay": "queue", "delay_alpha": 1}, "delay_free_h"),
        ({"delay": "queue", "delay_alpha": 1, "delay_free_h": 1, "capacity_per_yr": 0}, "capacity_per_yr"),
    ],
)
def test_a_delay_has_its_parameters(element: dict[str, Any], field: str) -> None:
    """Each kind asks for what its formula divides by or multiplies: what is missing is named, nothing is assumed."""
    row = {"element_id": "E", "country_id": "XX", "unit": "t", "capacity_per_yr": 10} | element
    with pytest.raises(DataError) as error:
        five(element=[row])
    assert [problem.field for problem in error.value.problems] == [field]


def test_the_kind_of_delay_reaches_the_arrays() -> None:
    """0 none, 1 BPR, 2 conical, 3 queue, with their parameters; an element without delay has none."""
    kinds = ("none", "bpr", "conical", "queue")
    rows = [
        {"element_id": str(code), "country_id": "XX", "unit": "t", "capacity_per_yr": 10, "delay": kind,
         "delay_free_h": 2, "delay_alpha": 3, "delay_power": 4}
        for code, kind in enumerate(kinds)
    ]  # fmt: skip
    elements = compile_network(Scenario(five(element=rows))).network.elements
    assert elements.delay_kind.tolist() == [0, 1, 2, 3]
    assert elements.delay_free_h.tolist() == [0.0, 2.0, 2.0, 2.0]
    assert elements.delay_alpha.tolist() == [0.0, 3.0, 3.0, 3.0]
