"""A contraction keeps every shortest way between the nodes that stay, whatever the costs."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from koridor.kernels.contraction import contract
from koridor.kernels.paths import best_paths, rows


def _least(tail: np.ndarray, head: np.ndarray, cost: np.ndarray, nodes: int) -> np.ndarray:
    """Least cost (nodes, nodes) by scipy, of parallel arcs the cheapest."""
    table = np.full((nodes, nodes), np.inf)
    np.minimum.at(table, (tail, head), cost)
    there = np.isfinite(table)
    return dijkstra(coo_matrix((table[there], np.nonzero(there)), shape=(nodes, nodes)).tocsr())


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), nodes=st.integers(2, 40), share=st.floats(0.0, 1.0))
def test_shortest_ways_between_nodes_that_stay_cost_the_same(seed: int, nodes: int, share: float) -> None:
    # Costs come after the contraction: one of them must serve every class. Lines of stations as on a map, with some
    # arcs across, parallel ones and dead ends among them. The slow twin is scipy on the whole graph.
    rng = np.random.default_rng(seed)
    m = int(rng.integers(1, 4 * nodes))
    tail = np.where(rng.random(m) < 0.7, rng.integers(0, nodes, m), 0)
    head = np.where(rng.random(m) < 0.7, (tail + rng.choice([-1, 1], m)) % nodes, rng.integers(0, nodes, m))
    keep, usable = rng.random(nodes) < share, rng.random(m) < 0.9
    found = contract(tail, head, usable, keep)
    stay = np.flatnonzero(keep)
    assert (found.node[stay] >= 0).all()
    assert len(found.tail) <= usable.sum()  # it never grows
    for _ in range(2):
        cost = rng.uniform(0.1, 9.0, m)
        cost[rng.random(m) < 0.1] = np.inf
        whole = _least(tail[usable], head[usable], cost[usable], nodes)[np.ix_(stay, stay)]
        short = _least(found.tail, found.head, found.sums(cost), found.nodes)
        small = found.node[stay]
        np.testing.assert_allclose(short[np.ix_(small, small)], whole, rtol=1e-12)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), nodes=st.integers(3, 30))
def test_a_way_spelled_out_runs_from_target_to_source_over_usable_arcs(seed: int, nodes: int) -> None:
    # The arcs of the whole graph that a way stands for must join up, cost what the way costs and carry its marks.
    rng = np.random.default_rng(seed)
    tail = np.concatenate([np.arange(nodes - 1), np.arange(1, nodes), rng.integers(0, nodes, 5)])
    head = np.concatenate([np.arange(1, nodes), np.arange(nodes - 1), rng.integers(0, nodes, 5)])
    keep = np.zeros(nodes, dtype=bool)
    keep[[0, nodes - 1]] = True
    found = contract(tail, head, np.ones(len(tail), dtype=bool), keep)
    cost, mark = rng.uniform(0.1, 9.0, len(tail)), 1 << rng.integers(0, 8, len(tail))
    source, target = found.node[[0, nodes - 1]]
    graph = rows(found.tail, found.head, found.nodes)
    dist, start, short = best_paths(
        *graph, found.tail, found.sums(cost), np.array([source]), np.array([0, 1]), np.array([target])
    )
    begin, arcs = found.whole(start, short)
    assert begin.tolist() == [0, len(arcs)]
    assert tail[arcs[-1]] == 0
    assert head[arcs[0]] == nodes - 1
    assert (tail[arcs[:-1]] == head[arcs[1:]]).all()
    np.testing.assert_allclose(cost[arcs].sum(), dist[0], rtol=1e-12)
    assert np.bitwise_or.reduce(found.bits(mark)[short]) == np.bitwise_or.reduce(mark[arcs])


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), nodes=st.integers(3, 40), share=st.floats(0.0, 1.0))
def test_arcs_apart_stay_part_of_just_one_arc_and_alone_in_it(seed: int, nodes: int, share: float) -> None:
    # Lines with some arcs across, as above. What an arc with a delay loads can then be counted by the arc that is left;
    # and ways between nodes that stay still cost the same, by scipy on the whole graph.
    rng = np.random.default_rng(seed)
    tail = np.concatenate([np.arange(nodes - 1), np.arange(1, nodes), rng.integers(0, nodes, 5)])
    head = np.concatenate([np.arange(1, nodes), np.arange(nodes - 1), rng.integers(0, nodes, 5)])
    m = len(tail)
    keep, apart = rng.random(nodes) < 0.3, rng.random(m) < share
    found = contract(tail, head, np.ones(m, dtype=bool), keep, apart=apart)
    assert (np.bincount(found.legs, minlength=m)[apart & (tail != head)] == 1).all()
    if len(found.tail):
        assert np.add.reduceat(apart[found.legs].astype(int), found.start[:-1]).max() <= 1
    cost, stay = rng.uniform(0.1, 9.0, m), np.flatnonzero(keep)
    small = found.node[stay]
    whole = _least(tail, head, cost, nodes)[np.ix_(stay, stay)]
    np.testing.assert_allclose(
        _least(found.tail, found.head, found.sums(cost), found.nodes)[np.ix_(small, small)], whole, rtol=1e-12
    )


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), nodes=st.integers(3, 30))
def test_ways_of_the_whole_graph_are_found_again_in_the_smaller_one(seed: int, nodes: int) -> None:
    # `short` undoes `whole`: a walk over the smaller graph, spelled out, is read back as it was. A way that ends where
    # no arc of the smaller graph does is told to be none of its own, and takes no room.
    rng = np.random.default_rng(seed)
    tail = np.concatenate([np.arange(nodes), np.arange(nodes), rng.integers(0, nodes, 4)])
    head = np.concatenate([(np.arange(nodes) + 1) % nodes, (np.arange(nodes) - 1) % nodes, rng.integers(0, nodes, 4)])
    keep = rng.random(nodes) < 0.4
    keep[:2] = True
    found = contract(tail, head, np.ones(len(tail), dtype=bool), keep)
    walks = []
    for _ in range(5):
        walk, at = [], int(rng.integers(found.nodes))
        while len(walk) < 6 and (found.tail == at).any():
            walk.append(int(rng.choice(np.flatnonzero(found.tail == at))))
            at = int(found.head[walk[-1]])
        walks.append(walk[::-1])
    start = np.cumsum([0, *map(len, walks)])
    arcs = np.array([a for walk in walks for a in walk], dtype=np.int32)
    again = found.short(tail, *found.whole(start, arcs))
    np.testing.assert_array_equal(again[0], start)
    np.testing.assert_array_equal(again[1], arcs)
    assert again[2].all()
    _, spelled = found.whole(start[:2], arcs[: start[1]])
    inside = np.flatnonzero(found.node[tail[spelled]] < 0)
    if len(inside):  # cut where the smaller graph has no node
        cut = spelled[: inside[-1] + 1]
        broken = found.short(tail, np.array([0, len(cut)]), cut)
        assert broken[0].tolist() == [0, 0]
        assert not broken[2].any()


def test_a_line_of_stations_becomes_one_arc_each_way() -> None:
    # 0 - 1 - 2 - 3 with a siding 2 - 4: stations 1 and 2 pass things on, 4 is a dead end; two arcs are left, which
    # stand for the arcs of the line from the end back to the beginning.
    tail = np.array([0, 1, 2, 1, 2, 3, 2, 4])
    head = np.array([1, 2, 3, 0, 1, 2, 4, 2])
    found = contract(tail, head, np.ones(8, dtype=bool), np.array([True, False, False, True, False]))
    assert found.nodes == 2
    assert found.node.tolist() == [0, -1, -1, 1, -1]
    spelled = {
        (int(t), int(h)): found.legs[found.start[i] : found.start[i + 1]].tolist()
        for i, (t, h) in enumerate(zip(found.tail, found.head, strict=True))
    }
    assert spelled == {(0, 1): [2, 1, 0], (1, 0): [3, 4, 5]}
