"""The equilibrium kernels on networks that a hand can follow; random ones stand in `property/test_flows`."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from koridor.kernels.delay import Delay
from koridor.kernels.flows.engine import Ending, Settings, solve
from koridor.kernels.flows.problem import Principle, Start
from koridor.kernels.flows.stay import Stay
from koridor.kernels.flows.store import (
    ARC_AT,
    ARC_END,
    ITEM_AT,
    ITEM_END,
    NEXT,
    PAIR,
    X,
    add_path,
    new_store,
    squeeze,
)
from problems import assert_equilibrium, problem, total_hours

EXACT = Settings(gap_max=1e-12)
# Braess (1968), doi:10.1007/BF01918335: 10 x, 50 + x, 50 + x, 10 x, and the bridge 10 + x
BRAESS = [(0, 1, 0, 10), (1, 3, 50, 1), (0, 2, 50, 1), (2, 3, 0, 10), (1, 2, 10, 1)]


def test_braess() -> None:
    """Six units: 83 h each without the bridge, 92 with it, though all could still have 83 (Braess 1968)."""
    trips = [(0, 3, 6.0)]
    assert solve(problem(BRAESS[:4], trips), EXACT).best[0] == pytest.approx(83.0)
    bridged = problem(BRAESS, trips)
    user, system = solve(bridged, EXACT), solve(bridged, EXACT, principle=Principle.SYSTEM)
    assert user.best[0] == pytest.approx(92.0)
    assert user.volume == pytest.approx([4.0, 2.0, 2.0, 4.0, 2.0])
    assert total_hours(bridged, system) == pytest.approx(6 * 83.0)
    assert system.volume[4] == pytest.approx(0.0, abs=1e-6)
    assert system.objective == pytest.approx(6 * 83.0)


def test_pigou_has_the_worst_price_of_anarchy_of_linear_hours() -> None:
    """X or 1 h: users all take x, 1 h; the system takes half of each, 3/4 h: 4/3 (Roughgarden & Tardos 2002)."""
    p = problem([(0, 1, 0, 1), (0, 1, 1)], [(0, 1, 1.0)])
    assert total_hours(p, solve(p, EXACT)) == pytest.approx(1.0)
    assert total_hours(p, solve(p, EXACT, principle=Principle.SYSTEM)) == pytest.approx(0.75)


def test_a_capacity_makes_a_queue() -> None:
    """10 + x h with room for 3, or 30 h: of ten units three go there, after 30 - 13 = 17 h in a queue."""
    found = solve(problem([(0, 1, 10, 1, 1, 1, 1, 1, 3.0), (0, 1, 30)], [(0, 1, 10.0)]), EXACT)
    assert found.ending is Ending.CONVERGED
    assert found.volume == pytest.approx([3.0, 7.0], rel=1e-6)
    assert found.queue == pytest.approx([17.0, 0.0], rel=1e-5)
    assert found.best[0] == pytest.approx(30.0)


def test_capacities_in_a_row_leave_the_sum_of_their_queues() -> None:
    """Room for 3 and then 4 on one way of no hours; the way around takes 10: only the first has a queue, of 10 h."""
    links = [(0, 1, 0, 0, 1, 1, 1, 0, 3.0), (1, 2, 0, 0, 1, 1, 1, 0, 4.0), (0, 2, 10)]
    found = solve(problem(links, [(0, 2, 10.0)]), EXACT)
    assert found.volume == pytest.approx([3.0, 3.0, 7.0], rel=1e-6)
    assert found.queue == pytest.approx([10.0, 0.0, 0.0], rel=1e-5, abs=1e-5)


def test_more_than_all_capacities_stays_at_its_loss() -> None:
    """Room for 3 on the only way; staying loses 50 h: 7 stay, and the queue rises to 40 h on top of 10."""
    p = problem([(0, 1, 10, 0, 1, 1, 1, 0, 3.0)], [(0, 1, 10.0)], kind=Stay.FIXED, a=50.0)
    found = solve(p, EXACT)
    assert found.staying[0] == pytest.approx(7.0, rel=1e-6)
    assert found.queue[0] == pytest.approx(40.0, rel=1e-5)


@pytest.mark.parametrize("loss", [10.0, 10.0 - 1e-9, 9.99])
def test_staying_that_is_as_good_as_another_way_is_no_dead_end(loss: float) -> None:
    """A road of 1 h with room for 9, and one of 10 h at which, or just below, it is as well to stay: whoever of 99 is
    too many on the first leaves it, though the second is hardly worth a look. Where the first takes 1 h and another for
    each who is on it, 9 are on it too, also begun with all of them there.
    """
    full = [(0, 1, 1.0, 0.0, 1.0, 1.0, 1.0, 0, 9.0), (0, 1, 10.0)]
    grows = [(0, 1, 1.0, 1.0, 1.0, 1.0, 1.0, 1, np.inf), (0, 1, 10.0)]
    start = Start(np.array([0]), np.array([99.0]), np.array([0, 1]), np.array([0]))
    for links, begun in ((full, None), (grows, None), (grows, start)):
        found = solve(problem(links, [(0, 1, 99.0)], kind=Stay.FIXED, a=loss), Settings(rounds_max=60), start=begun)
        assert found.ending is Ending.CONVERGED
        assert found.volume[0] == pytest.approx(9.0 if links is full else loss - 1.0, rel=1e-5)


@pytest.mark.parametrize("elasticity", [0.5, 1.0, 2.0])
def test_elastic_demand_meets_its_cost(elasticity: float) -> None:
    """D = 10 c^-e at c = 1 + d: the fixed point, and the demand at the cost found, are the same."""
    p = problem([(0, 1, 1, 1)], [(0, 1, 10.0)], kind=Stay.ELASTIC, a=1.0, b=elasticity, c=10.0)
    found = solve(p, EXACT)
    assert found.volume[0] == pytest.approx(10.0 * (1.0 + found.volume[0]) ** -elasticity, rel=1e-8)
    if elasticity == 1.0:
        assert found.volume[0] == pytest.approx((np.sqrt(41.0) - 1.0) / 2.0)  # v^2 + v = 10


def test_logit_demand_meets_its_cost() -> None:
    """Of 20, 20 / (1 + exp(0.5 (c - 4))) go at c = 1 + d, the others by an outside option that costs 4."""
    p = problem([(0, 1, 1, 1)], [(0, 1, 20.0)], kind=Stay.LOGIT, a=4.0, b=0.5)
    going = solve(p, EXACT).volume[0]
    assert going == pytest.approx(20.0 / (1.0 + np.exp(0.5 * (1.0 + going - 4.0))), rel=1e-8)


def test_zones_are_not_passed_and_may_be_isolated() -> None:
    """0-1-2 takes 2 h through the zone 1, 0-3-2 ten; nothing leads to 4: it is told, and the others are served."""
    links = [(0, 1, 1), (1, 2, 1), (0, 3, 5), (3, 2, 5)]
    p = problem(links, [(0, 2, 1.0), (0, 1, 1.0), (0, 4, 7.0)], zones=(0, 1, 2, 4))
    found = solve(p, EXACT)
    assert found.dist.tolist() == [1.0, 10.0, np.inf]
    assert found.unreached.tolist() == [False, False, True]
    assert_equilibrium(p, found)


def test_nonsense_that_is_legal() -> None:
    """Links of no hours, alpha 0, power 0, no link at all, demand to itself, demand of nothing, and no demand."""
    links = [(0, 1, 0), (1, 0, 0), (1, 2, 0, 5, 1, 0, 4), (1, 2, 0, 5, 1, 1, 0), (0, 2, 5, 0, 1, 1, 4)]
    p = problem(links, [(0, 2, 3.0), (1, 1, 2.0), (2, 0, 1.0), (1, 2, 0.0)])
    found = solve(p, EXACT)
    assert found.unreached.tolist() == [False, False, False, True]
    assert found.volume == pytest.approx([3.0, 0.0, 3.0, 0.0, 0.0])
    assert solve(problem(links, []), EXACT).gap == 0.0


@pytest.mark.parametrize("kind", [Delay.CONICAL, Delay.QUEUE])
def test_other_delays_balance_too(kind: Delay) -> None:
    """Two ways alike carry the same; where one has half the room, both cost the same."""
    for room in (10.0, 5.0):
        links = [(0, 1, 1, 2, 10.0, 2.0, 0, kind), (0, 1, 1, 2, room, 2.0, 0, kind)]
        p = problem(links, [(0, 1, 12.0)])
        found = solve(p, EXACT)
        assert_equilibrium(p, found)
        assert found.volume[1] == pytest.approx(12.0 * room / (10.0 + room))


def test_the_answer_does_not_depend_on_how_it_was_found() -> None:
    """Any number of threads gives the same bits, in lanes too; lanes, little memory or a start from another demand the
    same volumes.
    """
    rng = np.random.default_rng(3)
    ends = rng.integers(0, 30, (120, 2))
    links = [(a, b, 1.0 + i % 7, 2.0, 3.0, 0.5, 4.0) for i, (a, b) in enumerate(ends) if a != b]
    trips = [(a, b, 1.0 + (a * b) % 3) for a in range(30) for b in range(30) if a != b]
    p = problem(links, trips)
    one = solve(p, EXACT)
    two = solve(p, replace(EXACT, threads=2))
    assert (one.flow == two.flow).all()
    assert (one.arcs == two.arcs).all()
    three = solve(p, replace(EXACT, lanes=3))
    assert three.volume == pytest.approx(one.volume, rel=1e-6, abs=1e-6)
    together = solve(p, replace(EXACT, lanes=3, threads=3))
    assert (three.flow == together.flow).all()
    assert (three.arcs == together.arcs).all()
    few = solve(p, replace(EXACT, memory_max=5 * 8 * 30, lanes=2))
    assert few.volume == pytest.approx(one.volume, rel=1e-6, abs=1e-6)
    other = solve(problem(links, [(a, b, 2.0 * v) for a, b, v in trips]), EXACT)
    start = Start(other.pair, other.flow, other.start, other.arcs)
    warm = solve(p, replace(EXACT, lanes=2), start=start)
    assert warm.volume == pytest.approx(one.volume, rel=1e-6, abs=1e-6)
    assert warm.objective == pytest.approx(one.objective, rel=1e-12)


@pytest.mark.parametrize("lanes", [1, 2, 3])
def test_lanes_do_not_swing_about_what_they_share(lanes: int) -> None:
    """Two sources share two ways that are alike: 10 t on each. Had both lanes moved at once, all 20 would change sides
    for ever.
    """
    links = [(0, 2, 0), (1, 2, 0), (2, 3, 0, 1, 1, 1, 1), (2, 3, 0, 1, 1, 1, 1)]
    found = solve(problem(links, [(0, 3, 10.0), (1, 3, 10.0)]), replace(EXACT, lanes=lanes))
    assert found.ending is Ending.CONVERGED
    assert found.volume.tolist() == pytest.approx([10.0, 10.0, 10.0, 10.0])


@pytest.mark.parametrize("lanes", [1, 2, 3])
def test_sources_that_are_not_in_the_graph_disturb_no_lane(lanes: int) -> None:
    """Source 1 of four is no node: its 25 t reach nothing, all others arrive whole."""
    p = problem([(a, 4, 1, 1, 5, 1, 1) for a in range(4)], [(a, 4, 10.0 + 15.0 * (a == 1)) for a in range(4)])
    source = p.demand.source.copy()
    source[1] = -1
    found = solve(replace(p, demand=replace(p.demand, source=source)), replace(EXACT, lanes=lanes))
    assert found.unreached.tolist() == [False, True, False, False]
    assert found.volume.tolist() == pytest.approx([10.0, 0.0, 10.0, 10.0])


def test_the_gap_knows_the_better_twin() -> None:
    """Two units may go by arc 0 in class 0 or by arc 1 in class 1, which costs 5; after one pass they are on arc 0, and
    the 10 of class 2 that came later make it cost 12. They leave for arc 1, and arc 0 then costs 10.
    """
    links = [(0, 1, 0, 1, 1, 1, 1, 1), (0, 1, 5), (2, 0, 0)]
    p = problem(links, [(0, 1, 2.0), (0, 1, 2.0), (2, 1, 10.0)])
    pairs = {"kind": np.arange(3), "market": np.array([0, 0, 1])}
    market = {name: getattr(p.demand, name)[1:] for name in ("volume", "stay", "a", "b", "c")}
    closed = np.array([[0.0, np.inf, np.inf], [np.inf, 5.0, np.inf], [0.0, np.inf, 0.0]])
    found = solve(replace(p, cost=closed, demand=replace(p.demand, **pairs, **market)), Settings(1e-12, passes_max=1))
    assert found.ending is Ending.CONVERGED
    assert found.volume.tolist() == pytest.approx([10.0, 2.0, 10.0])


def test_kernels_are_made_ready_whatever_is_solved_next() -> None:
    """`ready` leaps and merges lanes too, in a process of its own: nothing is left to compile, and nothing breaks."""
    code = (
        "from koridor.kernels.flows import lanes, leap; from koridor.kernels.flows.ready import ready; ready();"
        "assert all(k.signatures for k in (lanes._merge, leap._fixed, leap._slope, leap._follow_all, leap._penalties,"
        "leap._restore, leap._slope_of_staying))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_paths_that_are_none_are_not_taken_over() -> None:
    """A start with a path of another pair, a broken one and a closed one is as good as none."""
    p = problem([(0, 1, 1), (1, 2, 1), (0, 2, np.inf), (0, 2, 5)], [(0, 2, 4.0)])
    start = Start(np.array([0, 0, 0]), np.ones(3), np.array([0, 1, 2, 3]), np.array([0, 1, 2]))
    found = solve(p, EXACT, start=start)
    assert found.volume.tolist() == [4.0, 4.0, 0.0, 0.0]


def test_the_trace_tells_every_round() -> None:
    """Gaps fall to what was asked, seconds rise, and the last line is the outcome."""
    found = solve(problem(BRAESS, [(0, 3, 6.0)]), EXACT)
    assert found.trace[-1].gap_share == found.gap_share <= 1e-12
    assert all(a.seconds <= b.seconds for a, b in zip(found.trace, found.trace[1:], strict=False))
    halted = solve(problem(BRAESS, [(0, 3, 6.0)]), Settings(1e-15, rounds_max=0, passes_max=1))
    assert halted.ending is Ending.ROUNDS


def test_where_ways_cost_nothing_rounding_is_no_gap() -> None:
    """Two ways of no hours whose capacities just hold all: what is left to save is a rounding of a queue, not all."""
    links = [(0, 1, 0, 0, 1, 0, 0, 1, 5.0), (0, 1, 0, 0, 1, 0, 0, 1, 5.0), (1, 0, 0)]
    found = solve(problem(links, [(0, 1, 10.0)], kind=Stay.FIXED, a=100.0), Settings(1e-10, excess_max=1e-8))
    assert found.ending is Ending.CONVERGED
    assert found.volume == pytest.approx([5.0, 5.0, 0.0], rel=1e-7)


@pytest.mark.parametrize("own", [True, False])
def test_a_squeezed_store_holds_the_same_lists(own: bool) -> None:
    """Of two markets with paths 0 2 and 1 3, path 1 is taken out: what is left moves up and keeps its arcs, loads, flow
    and order.
    """
    s = new_store(6, 20, own=own)
    first, base, tail = np.full(2, -1), np.arange(4.0), np.array([0, 1, 2, 3], dtype=np.int32)
    loads = (np.arange(5), np.arange(4), np.ones(4)) if not own else (np.empty(0, int), np.empty(0, int), np.empty(0))
    pred = np.array([-1, 0, 1, 2, 3], dtype=np.int32)  # arc a leads from node a to the next
    for pair, target in enumerate((1, 4, 2, 3)):
        add_path(s, first, pair % 2, pair, base, 100 + pair, pred, tail, 0, target, loads)
        s.flow[first[pair % 2], X] = pair + 1.0
    s.info[first[1], NEXT] = -1  # path 1 is in no list any more
    squeeze(s, first)

    def listed(q: int) -> list[tuple[int, float, list[int], list[int]]]:
        out, p = [], int(first[q])
        while p >= 0:
            row = s.info[p]
            arcs, items = s.arcs[row[ARC_AT] : row[ARC_END]], s.items[row[ITEM_AT] : row[ITEM_END]]
            out.append((int(row[PAIR]), float(s.flow[p, X]), arcs.tolist(), items.tolist()))
            p = int(row[NEXT])
        return out

    assert listed(0) == [(2, 3.0, [1, 0], [1, 0]), (0, 1.0, [0], [0])]
    assert listed(1) == [(3, 4.0, [2, 1, 0], [2, 1, 0])]
    assert s.used.tolist() == [3, 6, 6]
