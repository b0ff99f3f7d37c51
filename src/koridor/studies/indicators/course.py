"""The way that stands for a corridor: from end to end under its own regime."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from koridor.kernels.paths import best_paths
from koridor.model.compile import Compiled
from koridor.model.cost import class_cost
from koridor.model.network import BOX, LOCAL, Act, Classes, Floats, Ints
from koridor.model.scenario import Scenario

_ENDS = (Act.LOAD, Act.UNLOAD, Act.JOIN, Act.LEAVE)
_TRIES = 40  # pairs of stops, the farthest apart first, of which one must have a way


@dataclass(frozen=True, slots=True)
class Course:
    """A corridor ridden from one stop to another: ids, arcs from door to door, and whose terms they have."""

    corridor: str
    origin: str
    destination: str
    way: Ints
    terms: str = "regime"


def courses(scenario: Scenario, compiled: Compiled, corridor: str, kind: Classes) -> list[Course]:
    """Both directions of a corridor between the two stops that are farthest apart by its open links; empty where there
    is no way under its regime alone, such as before its links are open.

    The cheapest way by generalised cost of the class: what else may be on the corridor's links has its own regime.
    """
    cost = _inside(compiled, corridor, kind)
    for a, b in _pairs(scenario, corridor):
        found = [
            Course(corridor, *ends, way)
            for ends in ((a, b), (b, a))
            if (way := _way(compiled, cost, *ends)) is not None
        ]
        if len(found) > 1:
            return found
    return []


def without_regime(course: Course, compiled: Compiled) -> Course | None:
    """The same links and changes in the local regime, without joining and leaving: the terms that are observed today.

    None where one of them is not open to local traffic in boxes.
    """
    arcs = compiled.network.arcs
    here = np.isin(arcs.act, (Act.MOVE, Act.TRANSFER)) & (arcs.corridor == LOCAL) & arcs.open[BOX]
    local = {_key(compiled, int(arc)): int(arc) for arc in np.flatnonzero(here)[::-1]}
    way = [int(arc) for arc in course.way if arcs.act[arc] not in (Act.JOIN, Act.LEAVE)]
    inner = [arc for arc in way if arcs.act[arc] not in (Act.LOAD, Act.UNLOAD)]
    found = {arc: local.get(_key(compiled, arc)) for arc in inner}
    twins = [found.get(arc, arc) for arc in way]
    if any(arc is None for arc in twins):
        return None
    return replace(course, way=np.array(twins, dtype=np.int64), terms="local")


def _key(compiled: Compiled, arc: int) -> tuple[int, ...]:
    """What a move or a change of carriage is, whatever the regime."""
    network, arcs = compiled.network, compiled.network.arcs
    ends = (int(network.carriage[arcs.tail[arc]]), int(network.carriage[arcs.head[arc]]))
    return int(arcs.act[arc]), int(arcs.row[arc]), int(arcs.reverse[arc]), *ends


def _pairs(scenario: Scenario, corridor: str) -> list[tuple[str, str]]:
    """Pairs of stops by their distance over the corridor's open links, the farthest first."""
    mine = scenario.table("corridor_link")
    links = scenario.table("link").merge(mine[mine["corridor_id"] == corridor], on="link_id")
    links = links[links["status"] == "open"]
    stops = scenario.table("corridor_stop")
    places = sorted({*links["from_place"], *links["to_place"]})
    at = {place: i for i, place in enumerate(places)}
    called = sorted(set(stops.loc[stops["corridor_id"] == corridor, "place_id"]) & set(at))
    if len(called) < 2:
        return []
    ends = [links[name].map(at).to_numpy() for name in ("from_place", "to_place")]
    best: dict[tuple[int, int], float] = {}
    for a, b, km in zip(*ends, links["length_km"], strict=True):
        key = (min(a, b), max(a, b))
        best[key] = min(best.get(key, np.inf), float(km))
    keys = np.array(list(best)).T
    graph = coo_array((np.array(list(best.values())), (keys[0], keys[1])), shape=(len(places), len(places)))
    rows = [at[place] for place in called]
    far = dijkstra(graph.tocsr(), directed=False, indices=rows)[:, rows]
    far = np.where(np.isfinite(far), far, -1.0)
    order = np.argsort(-far, axis=None, kind="stable")
    first, second = np.unravel_index(order, far.shape)
    pairs = [(called[i], called[j]) for i, j in zip(first, second, strict=True) if i < j and far[i, j] > 0.0]
    return pairs[:_TRIES]


def _inside(compiled: Compiled, corridor: str, kind: Classes) -> Floats:
    """Generalised cost (m,) of what belongs to the corridor's regime, and of getting into it; inf elsewhere."""
    arcs = compiled.network.arcs
    code = int(compiled.index.corridors.get_indexer([corridor])[0])
    allowed = np.isin(arcs.act, _ENDS[:2]) | (arcs.corridor == code)
    return np.where(allowed, class_cost(compiled.network, kind, 0), np.inf)


def _way(compiled: Compiled, cost: Floats, origin: str, destination: str) -> Ints | None:
    network = compiled.network
    places = compiled.index.places.get_indexer([origin, destination])
    source, target = network.door_out[places[0]], network.door_in[places[1]]
    if source < 0 or target < 0:
        return None
    graph = network.indptr, network.heads, network.order, network.arcs.tail
    ends = np.array([source]), np.array([0, 1]), np.array([target])
    dist, _, found = best_paths(*graph, cost, *ends)
    return None if np.isinf(dist[0]) else found[::-1].astype(np.int64)
