"""Shortest paths on random graphs against their slow twin."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from koridor.kernels.paths import Forest, best_paths, rows
from koridor.kernels.reference import bellman_ford, tree

SETTINGS = settings(max_examples=60, deadline=None)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    """Nodes, and tail, head and cost of arcs; whole costs so that ties are many; some arcs closed."""
    nodes = draw(st.integers(2, 9))
    ends = st.integers(0, nodes - 1)
    arcs = draw(st.lists(st.tuples(ends, ends, st.sampled_from([1.0, 2.0, 3.0, 7.5, np.inf])), min_size=1, max_size=40))
    tail, head, cost = (np.array(column) for column in zip(*arcs, strict=True))
    return nodes, tail.astype(np.int64), head.astype(np.int64), cost.astype(float)


def search(nodes, tail, head, cost, source, targets, **more):  # type: ignore[no-untyped-def]
    graph = *rows(tail, head, nodes), tail
    ends = np.array([source]), np.array([0, len(targets)]), targets
    dist, start, arcs = best_paths(*graph, cost, *ends, **more)
    return len(arcs), dist, [arcs[a:b][::-1].tolist() for a, b in itertools.pairwise(start)]


@SETTINGS
@given(graphs(), st.data())
def test_distances_are_those_of_bellman_and_ford(graph, data) -> None:  # type: ignore[no-untyped-def]
    """To every node, and to any subset of them asked for alone: inf where the twin has none."""
    nodes, tail, head, cost = graph
    source = data.draw(st.integers(0, nodes - 1))
    targets = np.array(data.draw(st.lists(st.integers(0, nodes - 1), min_size=1, max_size=nodes)), dtype=np.int64)
    _, dist, _ = search(*graph, source, targets)
    assert np.array_equal(dist, bellman_ford(tail, head, cost, source, nodes)[targets])


@SETTINGS
@given(graphs(), st.data())
def test_paths_are_connected_and_cost_what_they_say(graph, data) -> None:  # type: ignore[no-untyped-def]
    """Arcs follow each other from source to target, pass no node twice, none is closed, and their costs add up."""
    nodes, tail, head, cost = graph
    source = data.draw(st.integers(0, nodes - 1))
    targets = np.arange(nodes)
    written, dist, found = search(*graph, source, targets)
    assert written == sum(len(path) for path in found)
    for target, reach, path in zip(targets, dist, found, strict=True):
        at, seen = source, {source}
        for arc in path:
            assert tail[arc] == at
            at = int(head[arc])
            assert at not in seen
            seen.add(at)
        assert (at == target) == np.isfinite(reach)
        assert not path or cost[path].sum() == reach


@SETTINGS
@given(graphs(), st.data())
def test_ties_do_not_depend_on_who_else_is_asked_for(graph, data) -> None:  # type: ignore[no-untyped-def]
    """The path of a pair is the same alone and among others: equal costs are parted by the lower arc number."""
    nodes = graph[0]
    source, target = data.draw(st.integers(0, nodes - 1)), data.draw(st.integers(0, nodes - 1))
    _, _, alone = search(*graph, source, np.array([target]))
    _, _, all_of_them = search(*graph, source, np.arange(nodes))
    assert alone[0] == all_of_them[target]


@SETTINGS
@given(graphs(), st.data())
def test_ties_do_not_depend_on_the_order_of_closed_arcs(graph, data) -> None:  # type: ignore[no-untyped-def]
    """An arc that is closed may as well not be there: paths stay the same arcs."""
    nodes, tail, head, cost = graph
    open_arcs = np.flatnonzero(np.isfinite(cost))
    if not len(open_arcs):
        return
    source = data.draw(st.integers(0, nodes - 1))
    _, _, found = search(*graph, source, np.arange(nodes))
    _, _, fewer = search(nodes, tail[open_arcs], head[open_arcs], cost[open_arcs], source, np.arange(nodes))
    assert found == [open_arcs[path].tolist() if path else [] for path in fewer]


@SETTINGS
@given(graphs(), st.data())
def test_trees_are_those_of_the_slow_twin_zones_and_ties_included(graph, data) -> None:  # type: ignore[no-untyped-def]
    """Of equal ways the lower arc, zones not passed: the path of every pair is that of the twin, arc by arc."""
    nodes, tail, head, cost = graph
    source = data.draw(st.integers(0, nodes - 1))
    passable = np.array(data.draw(st.lists(st.booleans(), min_size=nodes, max_size=nodes)))
    _, dist, found = search(*graph, source, np.arange(nodes), passable=passable)
    twin_dist, pred = tree(tail, head, cost, source, passable)
    assert np.array_equal(dist, twin_dist)
    assert [path[-1] if path else -1 for path in found] == pred.tolist()


@SETTINGS
@given(graphs(), st.data())
def test_a_tree_grown_again_is_the_same_as_one_grown_anew(graph, data) -> None:  # type: ignore[no-untyped-def]
    """Trees kept from other costs (arcs opened, closed, dearer, cheaper, free) and other targets change nothing."""
    nodes, tail, head, cost = graph
    source = data.draw(st.integers(0, nodes - 1))
    passable = np.array(data.draw(st.lists(st.booleans(), min_size=nodes, max_size=nodes)))
    forest = Forest.of(np.array([source]), nodes)
    prices = st.lists(st.sampled_from([0.0, 1.0, 2.0, 5.0, np.inf]), min_size=len(cost), max_size=len(cost))
    for _ in range(3):
        other = np.array(data.draw(prices))
        target = np.array([data.draw(st.integers(0, nodes - 1))])
        search(nodes, tail, head, other, source, target, forest=forest, passable=passable)
    again = search(*graph, source, np.arange(nodes), forest=forest, passable=passable)
    anew = search(*graph, source, np.arange(nodes), passable=passable)
    assert np.array_equal(again[1], anew[1])
    assert again[2] == anew[2]
