"""The equilibrium of a problem, to a gap: passes over sources first, then rounds of pricing and balancing.

A round prices every source at fixed rates, which gives the gap exactly. The new paths are then tried one after another
at the rates of the moment, and taken by those who still gain, with a step at once: of thousands of pairs that share a
new way a few bring it to balance, and the others need no path for it. Then the markets with a choice are balanced until
little is left to gain among the paths known, and empty paths are dropped. Hard capacities are held by an augmented
Lagrangian around it (Hestenes 1969, doi:10.1007/BF00927673).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from koridor.kernels.flows import leap, search, shift
from koridor.kernels.flows.forest import Block, Forest
from koridor.kernels.flows.problem import (
    LOAD,
    QUEUE,
    RATE,
    ROOM,
    STAY,
    STAYING,
    STIFF,
    WHOLE,
    Floats,
    Ints,
    Ints32,
    Markets,
    Principle,
    Problem,
    Start,
    curve_table,
)  # fmt: skip
from koridor.kernels.flows.store import ARCS, ITEMS, Store, drop_empty, new_store, reserve, squeeze

_PART = 0.05  # share of the gap down to which the known paths are balanced before new ones are sought
_FLAT = 0.02  # the same for a market, as a share of what it pays: it may then be left out of sweeps
_ALL = 5  # every so many sweeps no market is left out
_WASTE = 0.3  # share of the stored arcs that are of no use any more, above which a store is squeezed rather than grown
_LEAST = 1e-300  # keeps a division by nothing from being one
_STIFFER = 4.0  # factor on the penalty of a capacity whose excess did not fall to a quarter


@dataclass(frozen=True, slots=True)
class Settings:
    """When to stop, and how.

    gap_max: share of what all pay that users could still save. excess_max: share of a capacity by which it may be
    exceeded. rounds_max: rounds of pricing, those that only renew multipliers included. passes_max, passes_gap: passes
    over sources before them, and the change of what all pay below which they end. sweeps_max: sweeps a round. threads:
    of the pricing; the answer is the same for any number. memory_max: bytes of the trees that are kept.
    """

    gap_max: float = 1e-8
    excess_max: float = 1e-7
    rounds_max: int = 300
    passes_max: int = 2
    sweeps_max: int = 40
    threads: int = 1
    memory_max: float = 1e9


class Ending(StrEnum):
    """How a search for an equilibrium ended."""

    CONVERGED = "converged"
    ROUNDS = "rounds"  # the limit of rounds was hit
    STALLED = "stalled"  # nothing moves any more: the gap is rounding


@dataclass(frozen=True, slots=True)
class Round:
    """One line of the trace: share that users could still save, objective, largest share over a capacity, seconds."""

    gap_share: float
    objective: float
    excess_share: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Solution:
    """What was found; costs are hours for a unit of flow, as in the problem.

    pair, flow: (r,) of every path, its arcs from target to source in arcs[start[r]:start[r+1]]. staying: (q,) units.
    unreached: (q,) markets that no path leads to and that cannot stay. best: (q,) least cost. dist: (p,) cost of the
    best path of every pair, inf for none. volume: (k,) units. rate: (k,) hours for a unit by volume (the social ones
    under SYSTEM). queue: (k,) hours for a unit that wait at a capacity. gap: hours that users could still save.
    """

    pair: Ints
    flow: Floats
    start: Ints
    arcs: Ints32
    staying: Floats
    unreached: np.ndarray
    best: Floats
    dist: Floats
    volume: Floats
    rate: Floats
    queue: Floats
    gap: float
    gap_share: float
    objective: float
    ending: Ending
    trace: tuple[Round, ...]


def solve(
    problem: Problem,
    settings: Settings | None = None,
    *,
    principle: Principle = Principle.USER,
    start: Start | None = None,
) -> Solution:
    """Equilibrium of a problem, or what was reached within the limits; see `Solution.ending`."""
    return Engine(problem, settings or Settings(), principle).run(start)


class Engine:
    """The state of a search: paths, volumes and rates, trees."""

    def __init__(self, problem: Problem, settings: Settings, principle: Principle) -> None:
        self.problem, self.settings = problem, settings
        d = problem.demand
        self.curves = curve_table(problem.curves, principle)
        self.state = np.zeros((len(problem.curves), 3))
        self.work = shift.new_work(len(problem.curves))
        pairs = len(d.kind)
        self.store: Store = new_store(2 * pairs + 16, 16 * pairs + 1024, own=problem.loads is None)
        table = np.column_stack([d.stay, d.volume, np.where(d.stay > 0, d.volume, 0.0), d.a, d.b, d.c])
        self.markets = Markets(np.full(len(d.volume), -1, dtype=np.int64), table.astype(np.float64))
        self.forest = Forest(problem, settings.memory_max, settings.threads)
        self.flat = np.zeros(len(d.volume), dtype=np.bool_)
        self.many = np.zeros(len(d.volume), dtype=np.bool_)  # markets in which more than one way matters
        self.capped = np.isfinite(problem.curves.room)
        self.last_over = np.full(len(self.state), np.inf)
        self.base, self.waste = 0.0, 0
        # hours below which a gap is rounding: where ways cost nothing a share of what is paid says nothing
        some = problem.cost[np.isfinite(problem.cost)]
        hours = float(some.mean() if len(some) else 0.0) + float(problem.curves.free.mean() if len(self.state) else 0.0)
        self.rounding = 1e-13 * float(d.volume.sum()) * (hours if hours > 0.0 else 1.0)
        self.later: list[tuple[Block, Ints]] = []  # pairs with new paths, not yet taken
        self.trace: list[Round] = []
        self.began = time.perf_counter()

    def run(self, start: Start | None) -> Solution:
        shift.all_rates(self.curves, self.state)
        passes = self.settings.passes_max
        if start is not None:
            self._adopt(start)
            passes = int((self.markets.first < 0).any())  # who has a path needs no first one
        for _ in range(passes):
            self._pass()
            self._renew()
        self._soften()
        ending, stalled, before = Ending.ROUNDS, 0, np.inf
        gap, paid = self._price()
        for _ in range(self.settings.rounds_max):
            excess = self._excess()
            share = gap / paid if paid > 0.0 else 0.0
            if share <= self._gap_wanted(excess) or gap <= self.rounding:
                if excess <= self.settings.excess_max:
                    ending = Ending.CONVERGED
                    break
                self._stiffen()
                before = np.inf
            stalled = stalled + 1 if share >= before else 0
            before = min(share, before)
            if stalled > 20 and share < 1e-12:
                ending = Ending.STALLED
                break
            self._balance(gap, paid)
            self._renew()
            gap, paid = self._price()
        return self._solution(gap, paid, ending)

    def _pass(self) -> None:
        """Every source in turn, with rates renewed at once."""
        d, forest = self.problem.demand, self.forest
        for block in forest.blocks():
            at, more = block.low, np.zeros(3, dtype=np.int64)
            while at < block.high:
                at = search.start_pass(
                    self.store, self.curves, self.state, self.markets, self.work, block.rows, forest.tail,
                    forest.through, forest.keys, block.base, block.loads, at, block.high, forest.sources, forest.first,
                    forest.target, d.market, *forest.kept, more,
                )  # fmt: skip
                if at < block.high:
                    self._make_room(more)

    def _price(self) -> tuple[float, float]:
        """Best paths at the rates in force, those that are new and cheaper added; what users could save, and pay."""
        d, forest = self.problem.demand, self.forest
        forest.least[:] = np.inf
        later = []
        for block in forest.blocks():
            forest.grow(block, self.state)
            count = search.columns(
                self.store, self.markets, block.low, block.high, forest.first, d.market, forest.dist, forest.hashes,
                forest.least, forest.found,
            )  # fmt: skip
            found = forest.found[:count].copy()
            if forest.is_own:  # the trees will still be there
                later.append((block, found))
            else:
                self._take(block, found, at_once=False)
        gap, paid, self.base = self._gap_of()
        share = gap / paid if paid > 0.0 else 0.0
        seconds = time.perf_counter() - self.began
        self.trace.append(Round(share, self._objective(), self._excess(), seconds))
        self.later = later
        return gap, paid

    def _gap_of(self) -> tuple[float, float, float]:
        """What users could save by the best paths found, what they pay, and what of it no volume changes."""
        forest = self.forest
        return search.gap_of(self.store, self.markets, self.state, forest.least, forest.hashes, self.many)

    def _take(self, block: Block, found: Ints, *, at_once: bool) -> None:
        """Adds the best paths of these pairs that are still cheaper, with a step in each market if `at_once`."""
        d, forest, at, more = self.problem.demand, self.forest, 0, np.zeros(3, dtype=np.int64)
        while at < len(found):
            at = search.take(
                self.store, self.curves, self.state, self.markets, self.work, block.base, block.loads, forest.tail,
                forest.job, forest.sources, forest.target, d.market, forest.slot, forest.pred, forest.hashes, found, at,
                more, self.many, at_once,
            )  # fmt: skip
            if at < len(found):
                self._make_room(more)

    def _balance(self, gap: float, paid: float) -> None:
        """Sweeps over the markets with a choice until known paths offer little of the gap."""
        for block, found in self.later:
            self._take(block, found, at_once=True)
        many = np.flatnonzero(self.many)
        self.flat[:] = False
        tolerance = _FLAT * gap / paid if paid > 0.0 else 0.0
        kept = np.empty(len(self.store.flow)), np.empty(len(self.flat)), np.empty(len(self.state))
        for i in range(self.settings.sweeps_max):
            everything = i % _ALL == 0
            excess = shift.sweep(
                self.store, self.curves, self.state, self.markets, self.work, many, self.flat, everything, tolerance
            )
            if everything and excess <= _PART * gap:
                break
            if everything:
                if i > 0:
                    leap.leap(self.store, self.curves, self.state, self.markets, many, *kept)
                leap.remember(self.store, self.markets, self.state, many, *kept)

    def _renew(self) -> None:
        """Drops empty paths, sums the volumes anew against drift, and renews all rates."""
        self.waste = int(self.store.used[ARCS]) - int(drop_empty(self.store, self.markets.first))
        shift.volumes(self.store, self.markets, self.state)
        shift.all_rates(self.curves, self.state)

    def _make_room(self, more: Ints) -> None:
        """Room for more paths, arcs and items: what dropped paths left behind is taken first, then the store grows."""
        used, size = self.store.used + more, (len(self.store.info), len(self.store.arcs), len(self.store.items))
        if (used > size).any() and self.waste > _WASTE * self.store.used[ARCS]:
            squeeze(self.store, self.markets.first)
            self.waste = 0
        self.store = reserve(self.store, more)

    def _adopt(self, start: Start) -> None:
        """Takes over the paths of another run that are ways of this one, scaled to its demand."""
        d, forest = self.problem.demand, self.forest
        sizes = np.array([len(start.pair), len(start.arcs), 0])
        if self.problem.loads is not None:
            sizes[ITEMS] = np.diff(self.problem.loads.first)[start.arcs].sum()
        self._make_room(sizes)
        for block in forest.blocks():
            low, high = forest.first[block.low], forest.first[block.high]
            mine = np.flatnonzero((start.pair >= low) & (start.pair < high))
            search.adopt(
                self.store, self.markets, block.base, block.loads, forest.tail, forest.head, forest.through,
                forest.keys, forest.source, forest.target, d.market, start.pair, start.flow, start.start,
                start.arcs, mine,
            )  # fmt: skip
        search.scale(self.store, self.markets)
        self._renew()

    def _gap_wanted(self, excess: float) -> float:
        """The gap down to which it pays to go before multipliers are renewed; the final one once capacities hold."""
        if excess <= self.settings.excess_max:
            return self.settings.gap_max
        return max(self.settings.gap_max, min(1e-4, 1e-2 * excess))

    def _over(self) -> Floats:
        """(k,) units above the room, where there is a limit; less where a queue stands and room is left."""
        over = np.where(self.capped, self.state[:, LOAD] - self.curves[:, ROOM], 0.0)
        return np.where(
            over > 0.0, over, np.maximum(over, -self.curves[:, QUEUE] / np.maximum(self.curves[:, STIFF], _LEAST))
        )

    def _excess(self) -> float:
        """Largest share by which a capacity is exceeded, or left with room though a queue stands at it."""
        if not self.capped.any():
            return 0.0
        c = self.curves
        room = np.where(self.capped, np.maximum(np.abs(c[:, ROOM]), _LEAST), 1.0)
        return float((np.abs(self._over()) / room).max())

    def _soften(self) -> None:
        """The first penalties: a capacity exceeded by all of itself costs what the mean way does."""
        if not self.capped.any():
            return
        _, paid, _ = self._gap_of()
        flow = self.markets.table[:, WHOLE].sum()
        mean = paid / flow if flow > 0.0 and np.isfinite(paid) and paid > 0.0 else 1.0
        unit, loads = np.ones(len(self.state)), self.problem.loads
        if loads is not None:
            used = loads.unit.max(axis=0) * loads.factor.mean()
            unit = np.bincount(loads.element, used, len(unit)) / np.maximum(
                np.bincount(loads.element, used > 0.0, len(unit)), 1
            )
        steep = mean / np.where(unit > 0.0, unit, 1.0) / np.maximum(self.curves[:, ROOM], _LEAST)
        self.curves[:, STIFF] = np.where(self.capped, steep, 0.0)
        shift.all_rates(self.curves, self.state)

    def _stiffen(self) -> None:
        """Renews the multipliers; where the excess has not fallen enough, makes the penalty stiffer."""
        c, over = self.curves, self._over()
        c[:, QUEUE] = np.where(self.capped, np.maximum(c[:, QUEUE] + c[:, STIFF] * over, 0.0), 0.0)
        slow = self.capped & (np.abs(over) > self.last_over / _STIFFER)
        c[:, STIFF] = np.where(slow, c[:, STIFF] * _STIFFER, c[:, STIFF])
        self.last_over = np.abs(over)
        shift.all_rates(self.curves, self.state)

    def _objective(self) -> float:
        """The potential: hours that no volume changes, integrals of delays, and what staying is worth."""
        return float(self.base + shift.potential(self.curves, self.state, self.markets))

    def _solution(self, gap: float, paid: float, ending: Ending) -> Solution:
        pair, flow, start, arcs = search.paths_of(self.store)
        table = self.markets.table
        queue = np.maximum(self.curves[:, QUEUE] + self.curves[:, STIFF] * self._over(), 0.0)
        unreached = (self.markets.first < 0) & (table[:, STAY] == 0.0)
        share = gap / paid if paid > 0.0 else 0.0
        best = np.minimum(self.forest.least, shift.stay_costs(self.markets))
        return Solution(
            pair=pair, flow=flow, start=start, arcs=arcs, staying=table[:, STAYING].copy(), unreached=unreached,
            best=best, dist=self.forest.dist.copy(), volume=self.state[:, LOAD].copy(),
            rate=self.state[:, RATE] - queue, queue=queue, gap=gap,
            gap_share=share, objective=self._objective(), ending=ending, trace=tuple(self.trace),
        )  # fmt: skip
