"""What an equilibrium is asked of, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
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


class Fields(NamedTuple):
    """Curves for the kernels: x = (volume + other) * inverse; queue and stiff are the multiplier and its penalty."""

    kind: Ints
    inverse: Floats
    free: Floats
    alpha: Floats
    power: Floats
    other: Floats
    room: Floats
    queue: Floats
    stiff: Floats
    careful: Flags


class State(NamedTuple):
    """Volumes (k,) of elements, their rates in hours for a unit, and the slopes of these."""

    volume: Floats
    rate: Floats
    slope: Floats


class Markets(NamedTuple):
    """Demands by market for the kernels; x: (q,) what stays now. first: (q,) its first path, -1 for none."""

    volume: Floats
    x: Floats
    stay: Ints
    a: Floats
    b: Floats
    c: Floats
    first: Ints
