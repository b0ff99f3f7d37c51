"""The trees of all sources and classes, kept from one pricing to the next where memory allows."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from koridor.kernels.flows import search
from koridor.kernels.flows.problem import Floats, Ints, Problem
from koridor.kernels.flows.store import Ints32
from koridor.kernels.trees import open_rows

_BYTES = 8  # of a node in a kept tree
_FEW = 16  # jobs for which threads do not pay
_CHUNKS = 4  # of the jobs for each thread, so that none waits long for another
Loads = tuple[Ints, Ints, Floats]
Rows = tuple[Ints32, Ints32, Ints32]


@dataclass(frozen=True, slots=True)
class Block:
    """Jobs low to high of one class, whose trees are kept at once: its open arcs, costs (m,) and loads by arc."""

    low: int
    high: int
    rows: Rows
    base: Floats
    loads: Loads


class Forest:
    """A job is a class at a source: job j has the pairs first[j]:first[j+1].

    Every job keeps its own tree where they fit into `memory_max` bytes, else all classes share one tree a source, else
    trees are grown anew. pred and order: (trees, n). slot: (jobs,) the tree of each. job_source: (jobs,) its node
    in the problem. dist, hashes: (pairs,). Nodes that no way of a pair can use are left out, and neighbours get numbers
    that are near.
    """

    def __init__(self, problem: Problem, memory_max: float, threads: int) -> None:
        graph, d = problem.graph, problem.demand
        self.problem, self.threads = problem, threads
        pairs, m = len(d.kind), len(graph.tail)
        changes = np.flatnonzero((d.kind[1:] != d.kind[:-1]) | (d.source[1:] != d.source[:-1])) + 1
        self.first = np.concatenate([[0], changes, [pairs]] if pairs else [[0]]).astype(np.int64)
        self.job_source = d.source[self.first[:-1]]
        through = np.diff(graph.indptr) > 0
        if graph.passable is not None:
            through &= graph.passable
        number = np.full(graph.nodes, -1)
        n = search.renumber(graph.indptr, graph.head, through, self.job_source, d.target, number)
        self.source, self.target = (np.where(v >= 0, number[v], -1) for v in (d.source, d.target))
        self.tail, self.head = number[graph.tail].astype(np.int32), number[graph.head_of].astype(np.int32)
        kept = np.flatnonzero((self.tail >= 0) & (self.head >= 0))
        arc = kept[np.argsort(self.tail[kept], kind="stable")]
        indptr = np.zeros(n + 1, dtype=np.int32)
        np.cumsum(np.bincount(self.tail[arc], minlength=n), out=indptr[1:])
        self.graph = indptr, self.head[arc], arc.astype(np.int32)
        self.through = np.zeros(n, dtype=np.bool_)
        self.through[number[number >= 0]] = through[number >= 0]
        self.sources = self.source[self.first[:-1]]
        self.job_kind = d.kind[self.first[:-1]]
        self.job = np.repeat(np.arange(len(self.sources)), np.diff(self.first))
        rows = max(1, int(memory_max / (_BYTES * max(n, 1))))
        at, codes = np.unique(self.sources, return_inverse=True)
        self.is_kept = len(at) <= rows
        self.is_own = len(self.sources) <= rows
        if self.is_own:
            self.slot = np.arange(len(self.sources))
        else:
            self.slot = codes.astype(np.int64) if self.is_kept else np.arange(len(self.sources)) % rows
        trees = int(self.slot.max(initial=-1)) + 1
        self.pred, self.order = np.zeros((trees, n), np.int32), np.zeros((trees, n), np.int32)
        self.counts = np.zeros(trees, dtype=np.int64)
        self.keys = search.arc_keys(m)
        self.dist, self.hashes = np.full(pairs, np.inf), np.zeros(pairs, dtype=np.int64)

    @property
    def kept(self) -> tuple[Ints, Ints32, Ints32, Ints]:
        """slot, pred, order and counts."""
        return self.slot, self.pred, self.order, self.counts

    def blocks(self) -> Iterator[Block]:
        """The jobs in their order, class by class, as many at once as there are trees."""
        step = len(self.counts)
        for part in self._parts:
            if self.is_kept:
                yield part
                continue
            for low in range(part.low, part.high, step):
                self.counts[:] = 0  # the trees of other sources
                yield Block(low, min(low + step, part.high), part.rows, part.base, part.loads)

    @cached_property
    def _parts(self) -> list[Block]:
        kinds, at = np.unique(self.job_kind, return_index=True)
        ends = np.append(at[1:], len(self.job_kind))
        costs = np.ascontiguousarray(self.problem.cost)
        return [
            Block(int(low), int(high), self._open(int(k)), costs[k], self._loads(int(k)))
            for k, low, high in zip(kinds, at, ends, strict=False)
        ]

    def _open(self, k: int) -> Rows:
        indptr, head, arc = self.graph
        rows, ends, own = np.empty_like(indptr), np.empty_like(head), np.empty_like(arc)
        open_rows(indptr, head, arc, self.problem.cost[k], rows, ends, own, np.empty(len(arc)))
        return rows, ends[: rows[-1]].copy(), own[: rows[-1]].copy()

    def _loads(self, k: int) -> Loads:
        loads = self.problem.loads
        if loads is None:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0)
        return loads.first, loads.element, loads.unit[loads.group[k]] * loads.factor[k]

    def grow(self, block: Block, state: Floats) -> None:
        """Trees of a block at the rates of the state; costs and hashes of the best paths in dist and hashes."""
        price = np.empty(len(block.base))
        search.prices(block.base, state, block.loads, self.problem.loads is None, price)
        cost, jobs = price[block.rows[2]], np.arange(block.low, block.high)

        def one(part: Ints) -> None:
            search.search(
                block.rows, self.tail, price, cost, self.through, self.keys, part, self.sources, self.first,
                self.target, *self.kept, self.dist, self.hashes,
            )  # fmt: skip

        if self.threads <= 1 or len(jobs) < _FEW:
            one(jobs)
            return
        with ThreadPoolExecutor(self.threads) as pool:
            list(pool.map(one, np.array_split(jobs, _CHUNKS * self.threads)))
