"""The equilibrium of a problem, to a gap: passes over sources first, then rounds of pricing and balancing.

A round prices every source at fixed rates (which gives the gap exactly), adds the paths that are new and cheaper, then
balances the markets with a choice until little is left to gain among the paths known, drops the empty paths and sums the
volumes anew. Hard capacities are held by an augmented Lagrangian around it (Hestenes 1969, doi:10.1007/BF00927673).
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from koridor.kernels.delay import social
from koridor.kernels.flows import search as seek
from koridor.kernels.flows import shift
from koridor.kernels.flows.problem import Floats, Ints, Markets, Principle, Problem
from koridor.kernels.flows.store import Store, drop_empty, new_store, reserve
from koridor.kernels.trees import open_rows


@dataclass(frozen=True, slots=True)
class Settings:
    """When to stop, and how.

    gap_max: share of what users pay that they could still save. rounds_max: rounds of pricing. passes_max: passes over
    sources before them. sweeps_max: sweeps a round. excess_max: share of a capacity. threads: of the pricing.
    """

    gap_max: float = 1e-8
    rounds_max: int = 200
    passes_max: int = 6
    passes_gap: float = 1e-3
    sweeps_max: int = 40
    excess_max: float = 1e-7
    threads: int = 1


class Engine:
    """The state of a solution: paths, volumes, trees."""

    def __init__(self, problem: Problem, settings: Settings, principle: Principle) -> None:
        self.problem, self.settings = problem, settings
        graph, d = problem.graph, problem.demand
        self.fields = _fields(problem, principle)
        k = len(problem.curves)
        self.state = np.zeros((k, 3))
        self.work = shift.new_work(k)
        self.own = problem.loads is None
        pairs = len(d.kind)
        self.store = new_store(2 * pairs + 16, 16 * pairs + 1024, own=self.own)
        staying = np.where(d.stay > 0, d.volume, 0.0)
        logit = d.stay == 3
        staying[logit] = d.volume[logit] / 2.0
        table = np.column_stack([d.stay, d.volume, staying, d.a, d.b, d.c]).astype(np.float64)
        self.markets = Markets(np.full(len(d.volume), -1, dtype=np.int64), table)
        change = (d.kind[1:] != d.kind[:-1]) | (d.source[1:] != d.source[:-1])
        self.first = np.concatenate([[0], np.flatnonzero(change) + 1, [pairs]])[: None if pairs else 1].astype(np.int64)
        self.sources = d.source[self.first[:-1]]
        job_kind = d.kind[self.first[:-1]]
        self.kinds, at = np.unique(job_kind, return_index=True)
        self.bounds = np.append(at, len(job_kind))
        self.job = np.repeat(np.arange(len(self.sources)), np.diff(self.first))
        self.found = np.empty(pairs, np.int64)
        self.slot = np.arange(len(self.sources))
        n = graph.nodes
        shape = len(self.sources), n
        self.pred, self.order = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
        self.counts = np.zeros(len(self.sources), np.int64)
        self.through = np.diff(graph.indptr) > 0
        if graph.passable is not None:
            self.through &= graph.passable
        self.keys = seek.arc_keys(len(graph.tail))
        self.tail = graph.tail.astype(np.int32)
        self.indptr, self.head, self.arc = (x.astype(np.int32) for x in (graph.indptr, graph.head, graph.arc))
        self._rows = {}
        self.price, self.cost = np.empty(len(graph.tail)), np.empty(len(graph.tail))
        self.dist, self.hashes = np.full(pairs, np.inf), np.zeros(pairs, np.int64)
        self.least = np.full(len(d.volume), np.inf)
        self.flat = np.zeros(len(d.volume), bool)
        self.pool = ThreadPoolExecutor(settings.threads) if settings.threads > 1 else None

    def rows(self, k):
        if k not in self._rows:
            m = len(self.tail)
            out = np.empty_like(self.indptr), np.empty(m, np.int32), np.empty(m, np.int32), np.empty(m)
            open_rows(self.indptr, self.head, self.arc, self.problem.cost[k], *out)
            used = out[0][-1]
            self._rows[k] = out[0], out[1][:used].copy(), out[2][:used].copy()
        return self._rows[k]

    def loads(self, k):
        loads = self.problem.loads
        if loads is None:
            none = np.zeros(0, np.int64)
            return none, none, np.zeros(0)
        return loads.first, loads.element, loads.unit[loads.group[k]] * loads.factor[k]

    def start(self):
        shift.all_rates(self.fields, self.state)
        d = self.problem.demand
        for i, k in enumerate(self.kinds):
            at, high, more = self.bounds[i], self.bounds[i + 1], np.zeros(3, np.int64)
            while at < high:
                at = seek.start_pass(
                    self.store, self.fields, self.state, self.markets, self.work, self.rows(k), self.tail,
                    self.through, self.keys, self.problem.cost[k], self.loads(k), at, high, self.sources, self.first,
                    d.target, d.market, self.slot, self.pred, self.order, self.counts, more)
                if at < high:
                    self.store = reserve(self.store, more)

    def look(self):
        """price all"""
        d = self.problem.demand
        self.least[:] = np.inf
        for i, k in enumerate(self.kinds):
            rows, base, loads = self.rows(k), self.problem.cost[k], self.loads(k)
            seek.prices(base, self.state, loads, self.own, self.price)
            cost = self.price[rows[2]]
            low, high = self.bounds[i], self.bounds[i + 1]
            args = (rows, self.tail, self.price, cost, self.through, self.keys)
            more = (self.sources, self.first, d.target, self.slot, self.pred, self.order, self.counts, self.dist, self.hashes)
            jobs = np.arange(low, high)
            if self.pool is None or len(jobs) < 8:
                seek.search(*args, jobs, *more)
            else:
                list(self.pool.map(lambda part: seek.search(*args, part, *more), np.array_split(jobs, 4*self.settings.threads)))
            need = seek.columns(self.store, self.markets, self.state, loads, self.tail, low, high,
                self.sources, self.first, d.target, d.market, self.slot, self.pred, self.dist, self.hashes, self.least, self.found)
            self.store = reserve(self.store, need)
            seek.add_columns(
                self.store, self.markets, base, loads, self.tail, self.job,
                self.sources, d.target, d.market, self.slot, self.pred, self.hashes, self.found[:need[0]])
        return seek.gap_of(self.store, self.markets, self.state, self.least, self.hashes)

    def refresh(self):
        drop_empty(self.store, self.markets.first)
        base = shift.volumes(self.store, self.markets, self.state)
        shift.all_rates(self.fields, self.state)
        return base

    def balance(self, gap, paid):
        many = shift.choices(self.store, self.markets)
        self.flat[:] = False
        s = self.settings
        target = 0.05 * gap
        n=0
        for i in range(s.sweeps_max):
            everything = i % 5 == 0
            excess = shift.sweep(self.store, self.fields, self.state, self.markets, self.work, many, self.flat, everything, 0.02*gap/paid)
            n+=1
            if everything and excess <= target:
                break
        return n, excess


def _fields(problem: Problem, principle: Principle) -> Floats:
    c = problem.curves
    kind, alpha = (c.kind, c.alpha) if principle is Principle.USER else social(c.kind, c.alpha, c.power)
    inverse = np.divide(1.0, c.capacity, out=np.zeros(len(c)), where=c.capacity > 0.0)
    nothing = np.zeros(len(c))
    return np.column_stack([kind, inverse, c.free, alpha, c.power, c.other, c.room, nothing, nothing])
