"""Kernels on graphs small enough to see through; random ones stand in `test_paths`."""

from __future__ import annotations

import itertools

import numpy as np

from koridor.kernels.flows.search import renumber
from koridor.kernels.paths import arc_volumes, best_paths, path_loads, path_marks, path_sums, rows
from koridor.kernels.trees import grow

#          0 -> 1 -> 3      costs: 0-1 1, 1-3 1, 0-2 1, 2-3 1, 0-3 5; 4 is out of reach, 3 -> 5 is closed
TAIL = np.array([0, 1, 0, 2, 0, 3])
HEAD = np.array([1, 3, 2, 3, 3, 5])
COST = np.array([1.0, 1.0, 1.0, 1.0, 5.0, np.inf])
NODES = 6


def paths(sources, first, targets, *, tail=TAIL, head=HEAD, cost=COST, **more):  # type: ignore[no-untyped-def]
    """What `best_paths` gives: number of arcs, cost of every pair, path of every pair from target to source."""
    graph = *rows(tail, head, NODES), tail
    dist, start, arcs = best_paths(*graph, cost, np.array(sources), np.array(first), np.array(targets), **more)
    return len(arcs), dist, [arcs[a:b].tolist() for a, b in itertools.pairwise(start)]


def test_rows_are_compressed() -> None:
    """Arcs 0, 2 and 4 leave node 0, in their order; node 4 and 5 have none."""
    indptr, heads, order = rows(TAIL, HEAD, NODES)
    assert indptr.tolist() == [0, 3, 4, 5, 6, 6, 6]
    assert order.tolist() == [0, 2, 4, 1, 3, 5]
    assert heads.tolist() == HEAD[order].tolist()


def test_of_equal_ways_the_lower_arc_wins() -> None:
    """0-1-3 and 0-2-3 both cost 2: the tree enters 3 by arc 1, not 3, so that it does not depend on the search."""
    written, dist, found = paths([0], [0, 1], [3])
    assert (written, dist.tolist(), found) == (2, [2.0], [[1, 0]])


def test_unreachable_and_closed_targets_have_no_way() -> None:
    """4 has no arc into it, that into 5 is closed: inf, no arcs, and the pair between them is unharmed."""
    written, dist, found = paths([0], [0, 3], [4, 3, 5])
    assert written == 2
    assert dist.tolist() == [np.inf, 2.0, np.inf]
    assert found == [[], [1, 0], []]


def test_a_pair_from_a_node_to_itself_costs_nothing() -> None:
    """The source is at itself with no arc."""
    written, dist, found = paths([3], [0, 1], [3])
    assert (written, dist.tolist(), found) == (0, [0.0], [[]])


def test_the_same_target_twice() -> None:
    """Two pairs of one source with one target, such as two flows of a class, both get the path."""
    written, dist, found = paths([0], [0, 2], [3, 3])
    assert (written, dist.tolist(), found) == (4, [2.0, 2.0], [[1, 0], [1, 0]])


def test_the_buffer_of_arcs_grows() -> None:
    """A thousand pairs with paths of 50 arcs on a line: the first guess of the buffer is too short for them."""
    tail = np.arange(50)
    graph = *rows(tail, tail + 1, 51), tail
    _, start, arcs = best_paths(*graph, np.ones(50), np.array([0]), np.array([0, 1000]), np.full(1000, 50))
    assert start.tolist() == list(range(0, 50_001, 50))
    assert (arcs.reshape(1000, 50) == np.arange(50)[::-1]).all()


def test_several_sources_with_their_targets() -> None:
    """Source 1 reaches 3 for 1, source 2 too; source 0 has nothing to look for."""
    written, dist, found = paths([0, 1, 2], [0, 0, 1, 2], [3, 3])
    assert (written, dist.tolist(), found) == (2, [1.0, 1.0], [[1], [3]])


def test_search_ends_when_all_wanted_are_settled() -> None:
    """Wanted is node 1 alone: what lies behind it stays unknown."""
    indptr, heads, order = rows(TAIL, HEAD, NODES)
    wanted = np.zeros(NODES, dtype=bool)
    wanted[1] = True
    dist, (pred, order_out, place, heap) = np.empty(NODES), np.zeros((4, NODES), np.int32)
    grow(indptr, heads, order, COST[order], TAIL, np.diff(indptr) > 0, wanted, 1, 0, dist, pred, order_out, place, heap)
    assert dist[1] == 1.0
    assert pred[1] == 0
    assert dist[3] > 2.0 or pred[3] >= 0  # met at most, from the source


def test_a_zone_is_no_way_through() -> None:
    """0-1-3 may not pass 1: the way is 0-2-3. From and to the zone there is one."""
    passable = np.ones(NODES, dtype=bool)
    passable[1] = False
    _, dist, found = paths([0, 1], [0, 2, 3], [3, 1, 3], passable=passable)
    assert dist.tolist() == [2.0, 1.0, 1.0]
    assert found == [[3, 2], [0], [1]]


def test_ways_that_cost_nothing_make_no_loop() -> None:
    """Zero-cost arcs both ways between 0 and 1 and on to 3: the walk ends, and costs nothing."""
    _, dist, found = paths([0, 0], [0, 1, 2], [1, 1], tail=np.array([1, 0]), head=np.array([0, 1]), cost=np.zeros(2))
    assert dist.tolist() == [0.0, 0.0]
    assert found == [[1], [1]]


def test_a_node_that_is_not_in_the_graph_has_no_way() -> None:
    """-1 stands for the door of a place without any way: as source or target there is no path, and no error."""
    written, dist, found = paths([-1, 0], [0, 1, 3], [3, -1, 3])
    assert written == 2
    assert dist.tolist() == [np.inf, np.inf, 2.0]
    assert found == [[], [], [1, 0]]


def test_walks_along_paths() -> None:
    """Paths [0, 1] and [4]: sums 3 and 5 of values 1, 2, ..., marks or-ed, volumes added on every arc."""
    start, arcs = np.array([0, 2, 3, 3]), np.array([0, 1, 4])
    sums, bits, volume = np.empty(3), np.empty(3, np.int64), np.zeros(6)
    path_sums(start, arcs, np.arange(3), np.arange(1.0, 7.0), sums)
    path_marks(start, arcs, np.array([1, 2, 4, 8, 16, 32]), bits)
    arc_volumes(start, arcs, np.array([0, 1]), np.array([10.0, 3.0, 7.0]), volume)
    assert sums.tolist() == [3.0, 5.0, 0.0]
    assert bits.tolist() == [3, 16, 0]
    assert volume.tolist() == [10.0, 10.0, 0.0, 0.0, 3.0, 0.0]


def test_nodes_that_no_way_can_use_get_no_number() -> None:
    """From 4 to 2 by way of 0 or 1, and 3, a dead end that nobody goes to, and 5, from which nobody comes, left out."""
    ends = [(4, 0), (0, 1), (1, 2), (0, 2), (1, 3), (5, 0)]
    indptr, head, _ = rows(np.array([a for a, _ in ends]), np.array([b for _, b in ends]), 6)
    number = np.full(6, -1)
    through = np.diff(indptr) > 0
    assert renumber(indptr, head, through, np.array([4, -1]), np.array([2, -1]), number) == 4
    assert number.tolist() == [1, 2, 3, -1, 0, -1]


def test_loads_of_paths_are_summed_by_element() -> None:
    """Arc 0 loads element 2, arc 1 elements 2 and 0, arc 2 nothing: path 0 1 meets element 2 twice, path 2 nothing;
    the second path counts in the other unit, at half.
    """
    start, arcs = np.array([0, 2, 4, 5]), np.array([0, 1, 1, 2, 2], dtype=np.int32)
    first, element = np.array([0, 1, 3, 3]), np.array([2, 2, 0])
    unit, row, scale = np.array([[1.0, 3.0, 5.0], [8.0, 4.0, 0.0]]), np.array([0, 1, 0]), np.array([1.0, 0.5, 1.0])
    begin = np.empty(4, dtype=np.int64)
    found = path_loads(start, arcs, first, element, unit, row, scale, begin)
    assert begin.tolist() == [0, 2, 3, 3]
    assert found[0].tolist() == [2, 0, 2]
    assert found[1].tolist() == [4.0, 5.0, 2.0]
