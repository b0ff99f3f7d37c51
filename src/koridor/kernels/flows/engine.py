"""The equilibrium of a problem, to a gap: passes over sources first, then rounds of pricing and balancing.

A round prices every source at fixed rates, which gives the gap exactly. The new paths are then tried one after another
at the rates of the moment, and taken by those who still gain, with a step at once: of thousands of pairs that share a
new way a few bring it to balance, and the others need no path for it. Who would gain hardly anything waits for another
round. Then the markets with a choice are balanced until little is left to gain among the paths known, and empty paths
are dropped. Hard capacities are held by an augmented Lagrangian around it (Hestenes 1969, doi:10.1007/BF00927673).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

import numpy as np

from koridor.kernels.flows import search, shift
from koridor.kernels.flows.forest import Block, Forest
from koridor.kernels.flows.lanes import Lane, Lanes
from koridor.kernels.flows.leap import Spot, leap
from koridor.kernels.flows.problem import (
    LOAD,
    QUEUE,
    RATE,
    ROOM,
    STAYING,
    STIFF,
    Floats,
    Ints,
    Ints32,
    Principle,
    Problem,
    Start,
    curve_table,
)  # fmt: skip
from koridor.kernels.flows.stay import Stay

_PART = 0.05  # share of the gap down to which the known paths are balanced before new ones are sought
_FLAT = 0.02  # the same for a market, as a share of what it pays: it may then be left out of sweeps
_ALL = 5  # every so many sweeps no market is left out
_ANEW = 5  # every so many rounds the volumes are summed anew from all paths, against drift
_TURNS = 32  # in which lanes do what is theirs, knowing what the others did in those before
_LARGE = 1e-7  # share of what is paid above which a gap is large: a difference of two sums tells it well enough
_SLIGHT = 0.01  # share of a large gap that may be left for later, where those who would gain least get no new path
_LEAST = 1e-300  # keeps a division by nothing from being one
_STIFFER = 4.0  # factor on the penalty of a capacity whose excess did not fall to a quarter


@dataclass(frozen=True, slots=True)
class Settings:
    """When to stop, and how.

    gap_max: share of what all pay that users could still save. excess_max: share of a capacity by which it may be
    exceeded. rounds_max: rounds of pricing, those that only renew multipliers included. passes_max: passes over sources
    before them. sweeps_max: sweeps a round. threads: in all; the answer is the same for any number. memory_max: bytes
    of the trees that are kept. lanes: parts of the sources that are served side by side (see `lanes`); 0: by the number
    of pairs.
    """

    gap_max: float = 1e-8
    excess_max: float = 1e-7
    rounds_max: int = 300
    passes_max: int = 2
    sweeps_max: int = 40
    threads: int = 1
    memory_max: float = 1e9
    lanes: int = 0


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
    """The state of a search: lanes with paths, volumes and rates, and the trees."""

    def __init__(self, problem: Problem, settings: Settings, principle: Principle) -> None:
        self.problem, self.settings = problem, settings
        d = problem.demand
        self.curves = curve_table(problem.curves, principle)
        self.forest = Forest(problem, settings.memory_max, settings.threads)
        own = problem.loads is None
        self.lanes = Lanes(d, self.forest, len(problem.curves), own=own, count=settings.lanes)
        self.state = self.lanes.state
        self.capped = np.isfinite(problem.curves.room)
        self.some_stay = bool((d.stay > 0).any())
        self.some_answer = bool((d.stay > int(Stay.FIXED)).any())
        self.last_over = np.full(len(self.state), np.inf)
        self.slight = 0.0  # hours for which no market gets another path this round
        self.base, self.stayed = 0.0, 0.0  # what is paid that no volume changes, and by those who stay
        # hours below which a gap is rounding: where ways cost nothing a share of what is paid says nothing
        some = problem.cost[np.isfinite(problem.cost)]
        hours = float(some.mean() if len(some) else 0.0) + float(problem.curves.free.mean() if len(self.state) else 0.0)
        self.rounding = 1e-13 * float(d.volume.sum()) * (hours if hours > 0.0 else 1.0)
        self.trace: list[Round] = []
        self.began = time.perf_counter()

    def run(self, start: Start | None) -> Solution:
        with self.lanes.at_work(self.settings.threads):
            return self._run(start)

    def _run(self, start: Start | None) -> Solution:
        self.lanes.renew(self.curves)
        passes = self.settings.passes_max
        if start is not None:
            self._adopt(start)
            passes = int(any((lane.markets.first < 0).any() for lane in self.lanes))  # the others need no first path
        for _ in range(passes):
            self._pass()
            self._renew(anew=False)
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
            self._renew(anew=len(self.trace) % _ANEW == 0)
            gap, paid = self._price()
        self.lanes.add_up(self.curves)
        return self._solution(gap, paid, ending)

    def _pass(self) -> None:
        """Every source in turn, with rates renewed at once; lanes do so side by side."""
        forest = self.forest

        def part(block: Block, lane: Lane, at: int, end: int) -> None:
            more = np.zeros(3, dtype=np.int64)
            while at < end:
                at = search.start_pass(
                    lane.store, self.curves, lane.state, lane.markets, lane.work, block.rows, forest.tail,
                    forest.through, forest.keys, block.base, block.loads, at, end, forest.sources, forest.first,
                    forest.target, self.lanes.market, *forest.kept, more, lane.many,
                )  # fmt: skip
                if at < end:
                    lane.make_room(more)

        for block in forest.blocks():
            self._in_turns(partial(self.lanes.span, block), partial(part, block))

    def _in_turns(self, span: Callable[[Lane], tuple[int, int]], part: Callable[[Lane, int, int], object]) -> None:
        """Every lane does its span in parts, after each of which all lanes know what the others have shifted."""
        turns = _TURNS if len(self.lanes.all) > 1 else 1

        def one(lane: Lane, turn: int) -> None:
            low, high = span(lane)
            part(lane, low + (high - low) * turn // turns, low + (high - low) * (turn + 1) // turns)

        for turn in range(turns):
            self.lanes.each(partial(one, turn=turn))
            self.lanes.merge(self.curves)

    def _price(self) -> tuple[float, float]:
        """Best paths at the rates in force, those that are new and cheaper added; what users could save, and pay."""
        forest = self.forest
        for lane in self.lanes:
            lane.least[:] = np.inf
            lane.later = []

        def columns(lane: Lane, block: Block) -> None:
            low, high = self.lanes.span(block, lane)
            count = search.columns(
                lane.store, lane.markets, low, high, forest.first, self.lanes.market, forest.dist, forest.hashes,
                lane.least, lane.found,
            )  # fmt: skip
            found = lane.found[:count].copy()
            if forest.is_own:  # the trees will still be there
                lane.later.append((block, found))
            else:
                self._take(lane, block, found, 0, count, at_once=False)

        for block in forest.blocks():
            forest.grow(block, self.state)
            self.lanes.each(partial(columns, block=block))
        gap, paid = self._gap_of()
        share = gap / paid if paid > 0.0 else 0.0
        seconds = time.perf_counter() - self.began
        self.trace.append(Round(share, self._objective(), self._excess(), seconds))
        return gap, paid

    def _gap_of(self) -> tuple[float, float]:
        """What users could save by the best paths found, and what they pay.

        A large gap is told as the difference of two sums, a small one added up path by path.
        """
        parts, forest, stays = np.zeros((len(self.lanes.all), 3)), self.forest, self.some_stay

        def sums(lane: Lane) -> None:
            parts[lane.number, 0] = shift.fixed_costs(lane.store)
            parts[lane.number, 1:] = search.sums_of(lane.markets, lane.least, lane.many)

        def by_path(lane: Lane) -> None:
            parts[lane.number, 1:] = search.gap_of(
                lane.store, lane.markets, lane.state, lane.least, forest.dist, forest.hashes, lane.many, stays
            )

        self.lanes.each(sums)
        self.base, least, self.stayed = map(float, parts.sum(axis=0))
        going = float(self.state[:, LOAD] @ self.state[:, RATE]) + self.base
        paid = going + self.stayed
        if not self.some_answer and paid - least > _LARGE * paid:
            return paid - least, paid
        self.lanes.each(by_path)
        _, gap, self.stayed = map(float, parts.sum(axis=0))
        return gap, going + self.stayed

    def _take(self, lane: Lane, block: Block, found: Ints, at: int, end: int, *, at_once: bool) -> None:
        """Adds the best paths of the pairs found[at:end] that are still cheaper, with a step in each market if
        `at_once`; those that gain hardly anything then wait for a later round.
        """
        forest, more = self.forest, np.zeros(3, dtype=np.int64)
        while at < end:
            at = search.take(
                lane.store, self.curves, lane.state, lane.markets, lane.work, block.base, block.loads, forest.tail,
                forest.job, forest.sources, forest.target, self.lanes.market, forest.slot, forest.pred, forest.dist,
                forest.hashes, found[:end], at, more, lane.many, at_once, self.slight if at_once else 0.0,
            )  # fmt: skip
            if at < end:
                lane.make_room(more)

    def _take_later(self, number: int, lane: Lane, at: int, end: int) -> None:
        """The same for what a lane has put off, with a step in each market."""
        block, found = lane.later[number]
        self._take(lane, block, found, at, end, at_once=True)

    def _balance(self, gap: float, paid: float) -> None:
        """Sweeps over the markets with a choice until known paths offer little of the gap."""
        found = sum(len(pairs) for lane in self.lanes for _, pairs in lane.later)
        self.slight = _SLIGHT * gap / max(found, 1) if gap > _LARGE * paid else 0.0
        for number in range(len(self.lanes.all[0].later)):
            self._in_turns(partial(Lane.span_later, number=number), partial(self._take_later, number))
        choosing = [np.flatnonzero(lane.many) for lane in self.lanes]
        for lane in self.lanes:
            lane.flat[:] = False
        tolerance, before = _FLAT * gap / paid if paid > 0.0 else 0.0, None
        for i in range(self.settings.sweeps_max):
            everything = i % _ALL == 0
            excess = self._sweep(choosing, tolerance, everything=everything)
            if everything and excess <= _PART * gap:
                break
            if everything:
                if before is not None:
                    leap(self.lanes, self.curves, before)
                before = Spot.of(self.lanes, choosing)

    def _sweep(self, choosing: list[Ints], tolerance: float, *, everything: bool) -> float:
        """One sweep over these markets of every lane; what users could have saved among their paths.

        Lanes go one after another: side by side they could swing about what they share (see `lanes`).
        """
        saved = 0.0
        for lane, many in zip(self.lanes, choosing, strict=True):
            saved += shift.sweep(
                lane.store, self.curves, lane.state, lane.markets, lane.work, many, lane.flat, everything, tolerance
            )
            self.lanes.merge(self.curves)
        return saved

    def _renew(self, *, anew: bool = True) -> None:
        """Drops empty paths and, if `anew`, sums the volumes anew against drift."""
        self.lanes.each(Lane.drop_empty)
        if anew:
            self.lanes.add_up(self.curves)

    def _adopt(self, start: Start) -> None:
        """Takes over the paths of another run that are ways of this one, scaled to its demand."""
        forest, loads = self.forest, self.problem.loads
        length, items = np.diff(start.start), np.zeros(len(start.pair), dtype=np.int64)
        if loads is not None:
            loaded = np.append(0, np.cumsum(np.diff(loads.first)[start.arcs]))
            items = loaded[start.start[1:]] - loaded[start.start[:-1]]

        def adopt(lane: Lane, block: Block) -> None:
            low, high = forest.first[list(self.lanes.span(block, lane))]
            mine = np.flatnonzero((start.pair >= low) & (start.pair < high))
            lane.make_room(np.array([len(mine), length[mine].sum(), items[mine].sum()]))
            search.adopt(
                lane.store, lane.markets, block.base, block.loads, forest.tail, forest.head, forest.through,
                forest.keys, forest.source, forest.target, self.lanes.market, start.pair, start.flow, start.start,
                start.arcs, mine,
            )  # fmt: skip

        for block in forest.blocks():
            self.lanes.each(partial(adopt, block=block))
        self.lanes.each(lambda lane: search.scale(lane.store, lane.markets))
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
        _, paid = self._gap_of()
        flow = self.problem.demand.volume.sum()
        mean = paid / flow if flow > 0.0 and np.isfinite(paid) and paid > 0.0 else 1.0
        unit, loads = np.ones(len(self.state)), self.problem.loads
        if loads is not None:
            used = loads.unit.max(axis=0) * loads.factor.mean()
            unit = np.bincount(loads.element, used, len(unit)) / np.maximum(
                np.bincount(loads.element, used > 0.0, len(unit)), 1
            )
        steep = mean / np.where(unit > 0.0, unit, 1.0) / np.maximum(self.curves[:, ROOM], _LEAST)
        self.curves[:, STIFF] = np.where(self.capped, steep, 0.0)
        self.lanes.renew(self.curves)

    def _stiffen(self) -> None:
        """Renews the multipliers; where the excess has not fallen enough, makes the penalty stiffer."""
        c, over = self.curves, self._over()
        c[:, QUEUE] = np.where(self.capped, np.maximum(c[:, QUEUE] + c[:, STIFF] * over, 0.0), 0.0)
        slow = self.capped & (np.abs(over) > self.last_over / _STIFFER)
        c[:, STIFF] = np.where(slow, c[:, STIFF] * _STIFFER, c[:, STIFF])
        self.last_over = np.abs(over)
        self.lanes.renew(self.curves)

    def _objective(self) -> float:
        """The potential: hours that no volume changes, integrals of delays, and what staying is worth."""
        staying = self.stayed
        if self.some_answer:
            staying = sum(shift.worth_of_staying(lane.markets) for lane in self.lanes)
        return float(self.base + shift.potential(self.curves, self.state) + staying)

    def _solution(self, gap: float, paid: float, ending: Ending) -> Solution:
        lanes, forest = self.lanes, self.forest
        unreached = lanes.over_markets(lambda lane: lane.markets.first < 0, np.bool_)
        pair, flow, start, arcs = lanes.hand_over_paths()
        never = self.problem.demand.stay == 0
        queue = np.maximum(self.curves[:, QUEUE] + self.curves[:, STIFF] * self._over(), 0.0)
        share = gap / paid if paid > 0.0 else 0.0
        return Solution(
            pair=pair, flow=flow, start=start, arcs=arcs,
            staying=lanes.over_markets(lambda lane: lane.markets.table[:, STAYING], np.float64),
            unreached=unreached & never,
            best=lanes.over_markets(lambda lane: np.minimum(lane.least, shift.stay_costs(lane.markets)), np.float64),
            dist=forest.dist.copy(), volume=self.state[:, LOAD].copy(), rate=self.state[:, RATE] - queue, queue=queue,
            gap=gap, gap_share=share, objective=self._objective(), ending=ending, trace=tuple(self.trace),
        )  # fmt: skip
