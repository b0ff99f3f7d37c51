"""Lanes: parts of the sources that are served side by side, each with its own markets, paths and view of the volumes.

A lane does not see what the others shift until all are merged, which is often: what is a little old then costs little,
as in the block Jacobi methods of Bertsekas & Tsitsiklis (1989), Parallel and Distributed Computation. Two lanes that
each take the whole step on a way they share can swing for ever, though: sweeps go through one lane after another. How
many there are depends on the problem alone, so that the answer is the same for any number of threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from koridor.kernels.compiled import inner
from koridor.kernels.flows import shift
from koridor.kernels.flows.forest import Block, Forest
from koridor.kernels.flows.problem import LOAD, RATE, SLOPE, Demands, Flags, Floats, Ints, Ints32, Markets
from koridor.kernels.flows.search import paths_of
from koridor.kernels.flows.store import ARCS, Store, drop_empty, new_store, reserve, squeeze

_PAIRS = 200_000  # pairs below which another lane does not pay
# More lanes see less of each other: with 2.4 million pairs two need as many rounds as one, four half as many again.
_MOST = 2
_WASTE = 0.3  # share of the stored arcs that are of no use any more, above which a store is squeezed rather than grown


@dataclass(slots=True)
class Lane:
    """One part: whose = (q,) the numbers of its markets in the problem, of which it has its own count.

    state: (k, 3) volumes and rates as it sees them. many: (q,) markets where more than one way may matter. flat: (q,)
    those that sweeps may leave out. least: (q,) cost of the best path. found: room for the numbers of its pairs. later:
    those with a new path that it has not taken yet, by block. waste: stored arcs of no use.
    """

    number: int
    whose: Ints
    markets: Markets
    store: Store
    state: Floats
    work: shift.Work
    many: Flags
    flat: Flags
    least: Floats
    found: Ints
    later: list[tuple[Block, Ints]]
    waste: int = 0

    def make_room(self, more: Ints) -> None:
        """Room for more paths, arcs and items: what dropped paths left behind is taken first, then the store grows."""
        used, s = self.store.used + more, self.store
        if (used > (len(s.info), len(s.arcs), len(s.items))).any() and self.waste > _WASTE * s.used[ARCS]:
            squeeze(s, self.markets.first)
            self.waste = 0
        self.store = reserve(s, more)

    def span_later(self, number: int) -> tuple[int, int]:
        """Positions of the pairs put off in the block of this number."""
        return 0, len(self.later[number][1])

    def drop_empty(self) -> None:
        """Drops paths without flow."""
        self.waste += int(drop_empty(self.store, self.markets.first, self.many))


class Lanes:
    """All lanes of a problem. state: (k, 3) volumes and rates of all. market: (p,) that of every pair in its lane."""

    def __init__(self, demand: Demands, forest: Forest, elements: int, *, own: bool, count: int = 0) -> None:
        """`own`: every arc is its own element. count: of lanes; 0 for as many as pay."""
        lane_of_job = _divided(forest, count or min(_MOST, max(1, len(demand.kind) // _PAIRS)))
        lane = lane_of_job[forest.job]
        of_market = np.zeros(len(demand.volume), dtype=np.int64)
        of_market[demand.market] = lane
        if (of_market[demand.market] != lane).any():  # pairs of a market must see the same volumes
            lane_of_job[:], lane[:], of_market[:] = 0, 0, 0
        self._job = lane_of_job
        self.market = np.empty(len(demand.kind), dtype=np.int64)
        self._seen = np.zeros((int(lane_of_job.max(initial=0)) + 1, elements, 3))
        self.state = self._seen[0] if len(self._seen) == 1 else np.zeros((elements, 3))
        table = np.column_stack(
            [demand.stay, demand.volume, np.where(demand.stay > 0, demand.volume, 0.0), demand.a, demand.b, demand.c]
        ).astype(np.float64)
        number = np.empty(len(demand.volume), dtype=np.int64)
        self.all: list[Lane] = []
        for at, state in enumerate(self._seen):
            whose, pairs = np.flatnonzero(of_market == at), lane == at
            number[whose] = np.arange(len(whose))
            self.market[pairs] = number[demand.market[pairs]]
            size, q = int(pairs.sum()), len(whose)
            self.all.append(
                Lane(
                    at, whose, Markets(np.full(q, -1, dtype=np.int64), table[whose]),
                    new_store(2 * size + 16, 16 * size + 1024, own=own), state, shift.new_work(elements),
                    np.ones(q, dtype=np.bool_), np.zeros(q, dtype=np.bool_), np.full(q, np.inf),
                    np.empty(size, dtype=np.int64), [],
                )
            )  # fmt: skip
        self._pool: ThreadPoolExecutor | None = None

    def __iter__(self) -> Iterator[Lane]:
        return iter(self.all)

    @contextmanager
    def at_work(self, threads: int) -> Iterator[None]:
        """Lanes are served by so many threads inside."""
        if threads <= 1 or len(self.all) == 1:
            yield
            return
        with ThreadPoolExecutor(threads) as self._pool:
            try:
                yield
            finally:
                self._pool = None

    def each(self, work: Callable[[Lane], object]) -> None:
        """Does it for every lane."""
        if self._pool is None:
            for lane in self.all:
                work(lane)
        else:
            list(self._pool.map(work, self.all))

    def span(self, block: Block, lane: Lane) -> tuple[int, int]:
        """First job of a lane in a block, and the one after its last."""
        low, high = np.searchsorted(self._job[block.low : block.high], [lane.number, lane.number + 1])
        return block.low + int(low), block.low + int(high)

    def merge(self, curves: Floats) -> None:
        """What the lanes have shifted becomes known to all, and the rates are renewed."""
        if len(self.all) > 1:
            _merge(curves, self.state, self._seen)

    def add_up(self, curves: Floats) -> None:
        """The volumes become the loads of all paths, whatever they were, and all rates are renewed."""
        self.each(lambda lane: shift.volumes(lane.store, lane.markets, lane.state))
        if len(self.all) > 1:
            self._seen[:, :, LOAD].sum(axis=0, out=self.state[:, LOAD])
        self.renew(curves)

    def renew(self, curves: Floats) -> None:
        """Renews all rates."""
        shift.all_rates(curves, self.state)
        if len(self.all) > 1:
            self._seen[:] = self.state

    def hand_over_paths(self) -> tuple[Ints, Floats, Ints, Ints32]:
        """Pair, flow, start and arcs of all paths with flow, which the lanes then have no more: two would not fit."""
        pairs, flows, starts = [], [], [np.zeros(1, dtype=np.int64)]
        arcs, used = self.all[0].store.arcs, 0
        for lane in self.all:
            pair, flow, start, mine = paths_of(lane.store)
            pairs.append(pair)
            flows.append(flow)
            starts.append(start[1:] + used)
            if lane is not self.all[0]:
                arcs.resize(used + len(mine), refcheck=False)
                arcs[used:] = mine
            used += len(mine)
            del mine  # else what grows would leave it behind
            lane.store = new_store(0, 0, own=True)
            lane.markets.first[:] = -1
        return np.concatenate(pairs), np.concatenate(flows), np.concatenate(starts), arcs[:used]

    def over_markets(self, of: Callable[[Lane], np.ndarray], kind: type) -> np.ndarray:
        """What every lane has of its markets, (q,) by their numbers in the problem."""
        out: np.ndarray = np.empty(sum(len(lane.whose) for lane in self.all), dtype=kind)
        for lane in self.all:
            out[lane.whose] = of(lane)
        return out


def _divided(forest: Forest, count: int) -> Ints:
    """Lane (jobs,) of every job, rising within its class: neighbouring sources together, about as many pairs in each.

    One lane for all where sources do not rise within a class. A source that is not in the graph goes with the one
    before it.
    """
    source = forest.job_source
    _, codes = np.unique(source, return_inverse=True)
    pairs = np.bincount(codes, weights=np.diff(forest.first), minlength=1)
    before = np.cumsum(pairs) - pairs / 2
    lane = np.minimum(count * before / max(pairs.sum(), 1.0), count - 1).astype(np.int64)[codes]
    offset = count * np.cumsum(np.diff(forest.job_kind, prepend=forest.job_kind[:1]) != 0)
    key = offset + np.where(source < 0, 0, lane)
    risen = np.maximum.accumulate(key)
    if (risen != key)[source >= 0].any():
        return np.zeros(len(source), dtype=np.int64)
    return risen - offset


@inner
def _merge(f, state, seen):  # type: ignore[no-untyped-def]
    """Adds to the volumes of the state what every view (lanes, k, 3) of it has shifted; renews what that changes."""
    for e in range(len(state)):
        before, total, same = state[e, LOAD], state[e, LOAD], True
        for at in range(len(seen)):
            if seen[at, e, LOAD] != before:
                total += seen[at, e, LOAD] - before
                same = False
        if same:
            continue
        rate, slope = shift.rate_at(f, e, total)
        state[e, LOAD], state[e, RATE], state[e, SLOPE] = total, rate, slope
        for at in range(len(seen)):
            seen[at, e, LOAD], seen[at, e, RATE], seen[at, e, SLOPE] = total, rate, slope
