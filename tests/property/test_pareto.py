"""Fronts over random small timetabled networks against the walking of every way, and what must hold of any front."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from koridor.kernels.pareto import NEVER, Clock, Front, Graph, Timed, bounds, pareto_front
from koridor.kernels.reference_ways import Calendar, best_of, every_way, walk
from rounds import rounds

NETWORKS = rounds(400)  # of the comparison with every way; KORIDOR_TEST_ROUNDS makes it long
STARTS = (0, 3, 11, 26, 45)  # a query of each network at each of these minutes
SPAN = 60


@dataclass(frozen=True)
class World:
    """A random network; source 0, target 1."""

    tail: np.ndarray
    head: np.ndarray
    costs: np.ndarray
    calendars: tuple[Calendar, ...]
    nodes: int

    def timed(self) -> Timed:
        return Timed.of(
            np.array([one.run for one in self.calendars]),
            np.array([one.cut_off for one in self.calendars]),
            _rows([one.departures for one in self.calendars]),
            _rows([one.windows for one in self.calendars]),
        )

    def graph(self) -> Graph:
        return Graph.of(self.tail, self.head, self.nodes, np.ones(len(self.tail), dtype=bool))

    def front(self, start: int = 0, **more: Any) -> Front:
        columns = [np.ascontiguousarray(column) for column in self.costs.T]
        return pareto_front(self.graph(), self.timed(), columns, 0, 1, start, **more)

    def ways(self, start: int = 0) -> list[tuple[int, ...]]:
        return every_way(self.tail, self.head, self.costs, self.calendars, 0, 1, start)

    def taken(self, keep: np.ndarray) -> World:
        """The network of these arcs, in this order."""
        calendars = tuple(self.calendars[i] for i in keep)
        return replace(self, tail=self.tail[keep], head=self.head[keep], costs=self.costs[keep], calendars=calendars)


def _rows(parts: list[tuple[tuple[int, int], ...]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    flat = np.array([pair for part in parts for pair in part], dtype=np.int64).reshape(-1, 2)
    return np.concatenate([[0], np.cumsum([len(part) for part in parts])]), flat[:, 0], flat[:, 1]


def world(seed: int, criteria: int = 3) -> World:
    """Three to six nodes, up to sixteen arcs, small whole numbers so that ties and equal ways are many."""
    rng = np.random.default_rng(seed)
    nodes = int(rng.integers(3, 7))
    arcs = int(rng.integers(2, 17))
    tail = rng.integers(0, nodes, arcs)
    head = (tail + rng.integers(1, nodes, arcs)) % nodes
    costs = rng.integers(0, 6, (arcs, criteria))
    return World(tail, head, costs, tuple(_calendar(rng) for _ in range(arcs)), nodes)


def _calendar(rng: np.random.Generator) -> Calendar:
    run = int(rng.integers(0, 9))
    kind = rng.integers(0, 3)
    if kind == 1:  # trains that may overtake each other
        leaves = np.sort(rng.choice(SPAN, int(rng.integers(1, 6)), replace=False))
        departures = tuple((int(at), int(at + rng.integers(1, 15))) for at in leaves)
        return Calendar(run, int(rng.integers(0, 4)), departures)
    if kind == 2:
        edges = np.sort(rng.choice(SPAN, 2 * int(rng.integers(1, 4)), replace=False)).reshape(-1, 2)
        return Calendar(run, windows=tuple((int(a), int(b)) for a, b in edges))
    return Calendar(run)


def values(front: Front) -> list[tuple[int, ...]]:
    return sorted(tuple(int(x) for x in row) for row in front.values)


@pytest.mark.parametrize("part", range(10))
def test_fronts_are_those_of_walking_every_way(part: int) -> None:
    """With zero to three further criteria, from several starts; every way is a way and has the values that it says."""
    for seed, start in itertools.product(range(part, NETWORKS, 10), STARTS):
        here = world(seed, seed % 4)
        front = here.front(start)
        assert values(front) == best_of(here.ways(start)), (seed, start)
        assert not front.incomplete
        for at, row in enumerate(front.values):
            way = front.way(at)
            assert (here.tail[way[0]], here.head[way[-1]]) == (0, 1)
            assert (here.head[way[:-1]] == here.tail[way[1:]]).all()
            assert (here.costs[way].sum(axis=0) == row[:-1]).all()
            assert walk(way.tolist(), here.calendars, start) == start + row[-1]


def test_criteria_without_arrival_are_compared_among_ways_that_can_be_caught() -> None:
    """FEASIBLE: the best costs of all ways that arrive; a cheap way whose last train is missed is none of them."""
    for seed in range(800):
        here = world(seed, 2)
        front = here.front(20, clock=Clock.FEASIBLE)
        assert sorted(tuple(row[:-1]) for row in front.values.tolist()) == best_of([w[:-1] for w in here.ways(20)]), (
            seed
        )


def test_a_latest_arrival_is_kept_whatever_is_compared() -> None:
    """A binding latest minute, between those of the first and the last way: the best of the ways that keep it."""
    for seed in range(800):
        here = world(seed, 2)
        ways = here.ways()
        if not ways:
            continue
        ends = sorted(way[-1] for way in ways)
        latest = ends[seed % len(ends)]
        kept = [way for way in ways if way[-1] <= latest]
        assert values(here.front(latest=latest)) == best_of(kept), seed
        front = here.front(latest=latest, clock=Clock.FEASIBLE)
        assert sorted(tuple(row[:-1]) for row in front.values.tolist()) == best_of([way[:-1] for way in kept]), seed


def test_a_cheap_way_to_a_node_does_not_hide_the_one_that_is_in_time() -> None:
    """Over v by hand: 5 + 10 costs in 150 minutes, 6 + 0 in 140; 5 + 0 would take 190. IGNORED is refused for it."""
    graph = Graph.of(np.array([0, 0, 2, 2]), np.array([2, 2, 1, 1]), 3, np.ones(4, dtype=bool))
    timed, cost = Timed.always(np.array([100, 50, 90, 50])), [np.array([5, 6, 0, 10])]
    front = pareto_front(graph, timed, cost, 0, 1, 0, latest=150, clock=Clock.FEASIBLE)
    assert front.values.tolist() == [[6, 140]]
    with pytest.raises(AssertionError):
        pareto_front(graph, timed, cost, 0, 1, 0, latest=150, clock=Clock.IGNORED)


def test_epsilon_holds_from_end_to_end() -> None:
    """For every way there is, one is returned that is at most (1 + epsilon) times as much in each criterion."""
    for seed in range(1200):
        here, epsilon = world(seed, 2), (0.05, 0.3, 1.0)[seed % 3]
        exact, near = values(here.front()), values(here.front(epsilon=epsilon))
        assert set(near) <= set(here.ways())
        assert len(near) <= len(exact)
        for one in exact:
            assert any(all(a <= (1.0 + epsilon) * b for a, b in zip(other, one, strict=True)) for other in near), seed


def test_who_leaves_later_never_arrives_earlier() -> None:
    """FIFO arcs: the earliest arrival does not fall when the start is put off; after the last train: none."""
    for seed in range(300):
        here = world(seed, 0)
        ends = [front.values[0, -1] + start if len(front) else NEVER for start in range(0, SPAN, 3)
                for front in (here.front(start),)]  # fmt: skip
        assert all(a <= b for a, b in itertools.pairwise(ends)), seed


def test_latest_departures_are_those_of_trying_every_minute() -> None:
    """Backwards from a latest arrival, over mirrored times: the last minute from which the walk still gets there."""
    for seed in range(400):
        here, latest = world(seed, 0), 40
        timed = here.timed().mirrored()
        front = pareto_front(here.graph().turned(), timed, [], 1, 0, -latest)
        arrivals = {
            start: min((w[-1] + start for w in here.ways(start)), default=NEVER) for start in range(-60, latest + 1)
        }
        caught = [start for start, arrival in arrivals.items() if arrival <= latest]
        found = latest - front.values[0, -1] if len(front) else None
        assert found == max(caught, default=None), seed


def test_more_arcs_never_worsen_a_front_and_fewer_never_better_it() -> None:
    """Every way of the smaller network is one of the larger: its front is covered by that of the larger."""
    for seed in range(400):
        here = world(seed, 2)
        rng = np.random.default_rng(seed)
        small = here.taken(np.flatnonzero(rng.random(len(here.tail)) < 0.8))
        if not len(small.tail):
            continue
        less, more = values(small.front()), values(here.front())
        for one in less:
            assert any(all(a <= b for a, b in zip(other, one, strict=True)) for other in more), seed


def test_numbers_of_nodes_and_order_of_arcs_change_nothing() -> None:
    """The same network with its rows shuffled and its inner nodes renamed has the same values."""
    for seed in range(300):
        here = world(seed, 3)
        rng = np.random.default_rng(seed)
        names = np.concatenate([[0, 1], 2 + rng.permutation(here.nodes - 2)])
        other = replace(here, tail=names[here.tail], head=names[here.head]).taken(rng.permutation(len(here.tail)))
        assert values(here.front()) == values(other.front()), seed


def test_units_and_order_of_criteria_change_nothing() -> None:
    """Cents or dollars of whole hundreds, and criteria in another order: the same ways are best."""
    for seed in range(300):
        here = world(seed, 3)
        other = replace(here, costs=here.costs[:, [2, 0, 1]] * np.array([100, 7, 1]))
        assert values(here.front()) == sorted((b // 7, c, a // 100, t) for a, b, c, t in values(other.front())), seed


def test_a_front_that_does_not_fit_says_so() -> None:
    """Two to the power of twelve ways of equal length: each of twelve steps is cheap or clean, so all are best."""
    steps = 12
    tail, head = np.repeat(np.arange(steps), 2), np.repeat(np.arange(1, steps + 1), 2)
    graph, power = Graph.of(tail, head, steps + 1, np.ones(2 * steps, dtype=bool)), 1 << np.arange(steps)
    cheap = np.stack([power, 0 * power], axis=1).ravel()
    clean = np.stack([0 * power, power], axis=1).ravel()
    timed = Timed.always(np.ones(2 * steps, dtype=np.int64))
    whole = pareto_front(graph, timed, [cheap, clean], 0, steps, 0)
    assert (len(whole), whole.incomplete) == (2**steps, False)
    part = pareto_front(graph, timed, [cheap, clean], 0, steps, 0, labels_max=1000)
    assert part.incomplete
    assert part.labels <= 1000


def test_bounds_are_the_least_sums_backwards() -> None:
    """Of a line 0-2-1 with a dear short cut, by hand; a node that leads nowhere has no bound."""
    graph = Graph.of(np.array([0, 2, 0, 1]), np.array([2, 1, 1, 3]), 4, np.ones(4, dtype=bool))
    least = bounds(graph, [np.array([2, 3, 9, 1]), np.array([1, 1, 1, 1])], 1)
    assert least.tolist() == [[5, 1], [0, 0], [3, 1], [NEVER, NEVER]]
