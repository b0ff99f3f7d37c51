"""Kernels on graphs small enough to see through; random ones stand in `test_paths`."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from koridor.kernels.delay import bpr_arrays
from koridor.kernels.paths import arc_volumes, best_paths, path_marks, path_sums, rows, tree
from koridor.kernels.reference import bpr_hours

#          0 -> 1 -> 3      costs: 0-1 1, 1-3 1, 0-2 1, 2-3 1, 0-3 5; 4 is out of reach, 3 -> 5 is closed
TAIL = np.array([0, 1, 0, 2, 0, 3])
HEAD = np.array([1, 3, 2, 3, 3, 5])
COST = np.array([1.0, 1.0, 1.0, 1.0, 5.0, np.inf])
NODES = 6


def paths(sources, first, targets, *, room: int = 64, tail=TAIL, head=HEAD, cost=COST):  # type: ignore[no-untyped-def]
    """What `best_paths` returns and fills: written, cost of every pair, path of every pair from target to source."""
    indptr, heads, order = rows(tail, head, NODES)
    dist, start, arcs = np.empty(len(targets)), np.empty(len(targets) + 1, np.int64), np.empty(room, np.int64)
    written = best_paths(
        indptr, heads, order, tail, cost, np.array(sources), np.array(first), np.array(targets), dist, start, arcs
    )
    return written, dist, [arcs[a:b].tolist() for a, b in itertools.pairwise(start)]


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


def test_a_buffer_too_small_tells_how_much_is_needed() -> None:
    """Two paths of two arcs need four places: with three, minus four comes back, and a second call succeeds."""
    written, _, _ = paths([0], [0, 2], [3, 3], room=3)
    assert written == -4
    assert paths([0], [0, 2], [3, 3], room=4)[0] == 4


def test_several_sources_with_their_targets() -> None:
    """Source 1 reaches 3 for 1, source 2 too; source 0 has nothing to look for."""
    written, dist, found = paths([0, 1, 2], [0, 0, 1, 2], [3, 3])
    assert (written, dist.tolist(), found) == (2, [1.0, 1.0], [[1], [3]])


def test_search_ends_when_all_wanted_are_settled() -> None:
    """Wanted is node 1 alone: what lies behind it stays unknown."""
    indptr, heads, order = rows(TAIL, HEAD, NODES)
    wanted = np.zeros(NODES, dtype=bool)
    wanted[1] = True
    dist, pred = np.empty(NODES), np.empty(NODES, np.int64)
    tree(indptr, heads, order, COST, 0, wanted, dist, pred, np.empty(len(TAIL) + 2), np.empty(len(TAIL) + 2, np.int64))
    assert dist[1] == 1.0
    assert pred[1] == 0
    assert wanted.sum() == 1


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
    path_sums(start, arcs, np.arange(1.0, 7.0), sums)
    path_marks(start, arcs, np.array([1, 2, 4, 8, 16, 32]), bits)
    arc_volumes(start, arcs, np.array([10.0, 3.0, 7.0]), volume)
    assert sums.tolist() == [3.0, 5.0, 0.0]
    assert bits.tolist() == [3, 16, 0]
    assert volume.tolist() == [10.0, 10.0, 0.0, 0.0, 3.0, 0.0]


def bpr(volume: float, capacity: float = 100.0, free: float = 2.0, alpha: float = 0.15, power: float = 4.0):  # type: ignore[no-untyped-def]
    return [float(x[0]) for x in bpr_arrays(*(np.array([v]) for v in (volume, capacity, free, alpha, power)))]


def test_bpr_at_capacity() -> None:
    """At capacity 0.15 of the free hours is added: 0.3 h. Slope 4 x 0.3 / 100, integral 0.3 x 100 / 5."""
    assert bpr(100.0) == pytest.approx([0.3, 0.012, 6.0])


def test_bpr_without_volume_adds_nothing() -> None:
    """hours(0) = slope(0) = integral(0) = 0, whatever the power: the free hours belong to the arc."""
    for power in (0.0, 0.5, 1.0, 4.0):
        assert bpr(0.0, power=power)[0] == 0.0
        assert bpr(0.0, power=power)[2] == 0.0
    assert bpr(0.0)[1] == 0.0


@pytest.mark.parametrize("volume", [1.0, 40.0, 100.0, 250.0])
@pytest.mark.parametrize("power", [1.0, 2.5, 4.0])
def test_bpr_is_its_twin_with_its_derivative_and_integral(volume: float, power: float) -> None:
    """The hours are the twin's, the slope a central difference, the integral a Gauss-Legendre quadrature of degree
    39.
    """
    hours, slope, integral = bpr(volume, power=power)

    def twin(v: float) -> float:
        return bpr_hours(v, 100.0, 2.0, 0.15, power)

    points, weights = np.polynomial.legendre.leggauss(20)
    quadrature = sum(w * twin(volume / 2 * (x + 1)) for x, w in zip(points, weights, strict=True)) * volume / 2
    assert hours == pytest.approx(twin(volume))
    assert slope == pytest.approx((twin(volume + 1e-4) - twin(volume - 1e-4)) / 2e-4, rel=1e-6)
    assert integral == pytest.approx(quadrature, rel=1e-6)
