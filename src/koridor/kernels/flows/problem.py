"""What an equilibrium is asked of, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from koridor.kernels.delay import social

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Ints32 = NDArray[np.int32]
Flags = NDArray[np.bool_]


class Principle(StrEnum):
    """Whose cost is least: every user's own, or the sum of all."""

    USER = "user"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Graph:
    """Compressed rows (indptr, head, arc) and the tail (m,) of every arc; passable: (n,) False for zones, None: all."""

    indptr: Ints
    head: Ints
    arc: Ints
    tail: Ints
    passable: Flags | None = None

    @property
    def head_of(self) -> Ints:
        """Node (m,) that every arc leads to, by its number."""
        out = np.empty(len(self.tail), dtype=np.int64)
        out[self.arc] = self.head
        return out

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.indptr) - 1


@dataclass(frozen=True, slots=True)
class Curves:
    """Elements (k,): delay codes and parameters (see `kernels.delay`), units of other traffic, room left (inf: none).

    free: hours for a unit of an element, which the delay function multiplies.
    """

    kind: Ints
    capacity: Floats
    free: Floats
    alpha: Floats
    power: Floats
    other: Floats
    room: Floats

    def __len__(self) -> int:
        return len(self.kind)


@dataclass(frozen=True, slots=True)
class Loads:
    """Sparse loads: arc a loads element[first[a]:first[a+1]], with unit[g] (nnz,) units for a unit of flow of group g.

    group: (classes,) row of `unit`. factor: (classes,) multiplies it.
    """

    first: Ints
    element: Ints
    unit: Floats
    group: Ints
    factor: Floats


@dataclass(frozen=True, slots=True)
class Demands:
    """Pairs (p,) of a class and two nodes, sorted by class and source, and the markets (q,) that they serve.

    Pairs of one market share its volume. kind, source, target: (p,), nodes -1 are not in the graph. market: (p,).
    volume: (q,) units. stay, a, b, c: (q,) what does not go (see `stay`).
    """

    kind: Ints
    source: Ints
    target: Ints
    market: Ints
    volume: Floats
    stay: Ints
    a: Floats
    b: Floats
    c: Floats


@dataclass(frozen=True, slots=True)
class Problem:
    """cost: (classes, m) hours for a unit of flow, before delays; inf closes an arc. loads None: arc a is element a."""

    graph: Graph
    cost: Floats
    curves: Curves
    loads: Loads | None
    demand: Demands


@dataclass(frozen=True, slots=True)
class Start:
    """Paths of another run over the same arcs: pair, flow (r,), arcs[start[r]:start[r+1]] from target to source."""

    pair: Ints
    flow: Floats
    start: Ints
    arcs: Ints32


# What follows is for the kernels: few arrays with a column for each quantity.

# columns of the elements (k, 9): x = (volume + OTHER) * INVERSE; QUEUE and STIFF: a multiplier and its penalty
KIND, INVERSE, FREE, ALPHA, POWER, OTHER, ROOM, QUEUE, STIFF = range(9)
# columns of their state (k, 3): units, hours for a unit, and the slope of these
LOAD, RATE, SLOPE = range(3)
# columns of the markets (q, 6)
STAY, WHOLE, STAYING, A, B, C = range(6)


class Markets(NamedTuple):
    """first: (q,) the first path of each, -1 for none. table: (q, 6) columns as above."""

    first: Ints
    table: Floats


def curve_table(curves: Curves, principle: Principle) -> Floats:
    """The elements for the kernels (k, 9), with social delay functions under SYSTEM, and no queues yet."""
    kind, alpha = curves.kind, curves.alpha
    if principle is Principle.SYSTEM:
        kind, alpha = social(kind, alpha, curves.power)
    inverse = np.divide(1.0, curves.capacity, out=np.zeros(len(curves)), where=curves.capacity > 0.0)
    nothing = np.zeros(len(curves))
    columns = [kind, inverse, curves.free, alpha, curves.power, curves.other, curves.room, nothing, nothing]
    return np.column_stack(columns).astype(np.float64)
