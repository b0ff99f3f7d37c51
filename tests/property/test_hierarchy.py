"""Ways by a hierarchy against Dijkstra's, on random networks with ties, loops, parallel and closed arcs."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from koridor.errors import UsageError
from koridor.kernels.hierarchy import Hierarchy
from koridor.kernels.paths import best_paths, rows
from koridor.model.scenario import Scenario
from koridor.studies import route
from koridor.studies.route.pairs import best_of_pairs
from koridor.testing import five_places
from rounds import rounds

NETWORKS = rounds(200)


def test_ways_are_as_short_as_those_of_dijkstra() -> None:
    """Between all pairs of nodes: the same cost, inf without a way, and arcs that lead there and add up."""
    for seed in range(NETWORKS):
        rng = np.random.default_rng(seed)
        nodes, arcs = int(rng.integers(2, 12)), int(rng.integers(1, 40))
        tail, head = rng.integers(0, nodes, (2, arcs))
        cost = np.where(rng.random(arcs) < 0.1, np.inf, rng.integers(0, 6, arcs).astype(float))
        pairs = np.array(list(itertools.product(range(nodes), repeat=2)))
        found, start, steps = Hierarchy.of(tail, head, cost, nodes).paths(pairs[:, 0], pairs[:, 1])
        ends = pairs[:, 0].copy(), np.arange(len(pairs) + 1), pairs[:, 1].copy()
        wanted, _, _ = best_paths(*rows(tail, head, nodes), tail, cost, *ends)
        assert np.array_equal(found, wanted), seed
        for (here, there), length, (a, b) in zip(pairs, found, itertools.pairwise(start), strict=True):
            way = steps[a:b]
            if np.isfinite(length):
                assert cost[way].sum() == length
                assert [here, *head[way]] == [*tail[way], there]


def test_best_ways_of_pairs_are_those_asked_for_one_by_one() -> None:
    """Distance, hours and money of every pair of the five places, by cost and by distance."""
    prepared = route.prepare(Scenario(five_places()))
    pairs = list(itertools.permutations("PQXYZ", 2))
    for least in route.Least:
        params = route.Params("P", "Q", least=least)
        table = best_of_pairs(prepared, params, pairs)
        for row in table.itertuples():
            one = prepared(route.Params(row.origin, row.destination, least=least))
            if one.status == route.Status.NO_WAY:
                assert np.isnan(row.time_h)
                continue
            value = one.metrics.set_index("metric")["value"]
            for name in ("distance_km", "time_h", "money_usd_per_t"):
                assert getattr(row, name) == pytest.approx(value[name])
    with pytest.raises(UsageError, match="one pair"):
        best_of_pairs(prepared, route.Params("P", "Q", via=("X",)), pairs)


def test_no_pairs_give_no_rows() -> None:
    """A list of pairs that something else made may be empty: the columns are there, and their kinds."""
    prepared = route.prepare(Scenario(five_places()))
    params = route.Params("P", "Q")
    empty, one = best_of_pairs(prepared, params, []), best_of_pairs(prepared, params, [("P", "Q")])
    assert len(empty) == 0
    assert empty.dtypes.to_dict() == one.dtypes.to_dict()
