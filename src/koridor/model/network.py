"""The compiled network: frozen numpy arrays in which every id has become an integer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

BOX, BULK = 0, 1
PAYEES = ("carrier", "terminal", "public")
CARRIER, TERMINAL, PUBLIC = 0, 1, 2
LOCAL = -1


def sums_by(position: Ints, weight: Floats, size: int) -> Floats:
    """Sum (size,) of the weights at every position."""
    return np.bincount(position, weights=weight, minlength=size).astype(np.float64, copy=False)


class Act(IntEnum):
    """What happens on an arc."""

    MOVE = 0
    TRANSFER = 1
    LOAD = 2
    UNLOAD = 3
    JOIN = 4
    LEAVE = 5
    INTERCHANGE = 6
    SERVICE = 7


@dataclass(frozen=True, slots=True)
class Arcs:
    """Arcs of the virtual network, one entry each; two-dimensional arrays have the form (box, bulk) first.

    tail, head: nodes. act: `Act`. row: position in the table behind the act (link, transfer, interchange, service,
    stop; -1 for loading). link: position of the link, -1 for none. reverse: against the direction of that row.
    corridor: -1 in the local regime. mode: bit mask of the modes that must be allowed. open: (2, m). km: (m,). hours,
    sd_h: (2, m). Of the hours, (2, m): wait_h, the mean wait for a departure, half a headway; run_h, those in motion,
    and dispersion_h, their variance over their mean. sd_h is what reliability is priced by, and adds up along a way.
    price, resource: (2, 3, m) USD per TEU (box) or per tonne (bulk), by payee. kg: (2, m) kg CO2e per tonne.
    """

    tail: Ints
    head: Ints
    act: Ints
    row: Ints
    link: Ints
    reverse: Flags
    corridor: Ints
    mode: Ints
    open: Flags
    km: Floats
    hours: Floats
    wait_h: Floats
    sd_h: Floats
    run_h: Floats
    dispersion_h: Floats
    price: Floats
    resource: Floats
    kg: Floats

    def __len__(self) -> int:
        return len(self.tail)


@dataclass(frozen=True, slots=True)
class Elements:
    """Constraints: one for each element, or one for each direction of it.

    row: position in the table `element`. reverse: direction. capacity, preload: (k,) units a year. Loads are a sparse
    matrix in coordinates: arc, constraint, units per tonne outside a box, units per TEU. delay_kind: position in
    `schema.tables.DELAYS` (0 none, 1 bpr, 2 conical, 3 queue); the other delay_*: its parameters, 0 where none.
    """

    row: Ints
    reverse: Flags
    capacity: Floats
    preload: Floats
    delay_kind: Ints
    delay_free_h: Floats
    delay_alpha: Floats
    delay_power: Floats
    load_arc: Ints
    load_element: Ints
    load_per_t: Floats
    load_per_teu: Floats

    @property
    def direction(self) -> NDArray[np.str_]:
        """The word (k,) for the direction of each, as tables have it."""
        return np.where(self.reverse, "backward", "forward")


@dataclass(frozen=True, slots=True)
class Network:
    """A compiled scenario without its demand.

    Nodes are states: place, carriage (-1: the door) and corridor (-1: local), with the stage 0 before and 1 after
    the gate (doors: 0 origin, 1 destination), and 2 more for what has arrived at a place that may not be passed
    through. The base arcs of arc a are legs[leg_start[a]:leg_start[a+1]]: the arc itself, or
    what a service passes. indptr, heads, order: compressed rows for the kernels.
    """

    places: pd.Index
    corridors: pd.Index
    place: Ints
    carriage: Ints
    corridor: Ints
    stage: Ints
    place_country: Ints
    countries: pd.Index
    arcs: Arcs
    leg_start: Ints
    legs: Ints
    elements: Elements
    indptr: Ints
    heads: Ints
    order: Ints
    door_out: Ints
    door_in: Ints

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.place)


@dataclass(frozen=True, slots=True)
class Classes:
    """Kinds of user: a commodity in a form with a value of time and the modes that it may use; one entry each.

    commodity: position. form: BOX or BULK. band: 0, 1, ... vot: USD per tonne-hour. size: tonnes per TEU (1 for bulk).
    modes: bit mask. road_factor: multiplies road prices. reliability: ratio to vot. unserved: USD per tonne.
    """

    commodity: Ints
    form: Ints
    band: Ints
    vot: Floats
    size: Floats
    modes: Ints
    road_factor: Floats
    reliability: Floats
    unserved: Floats

    def __len__(self) -> int:
        return len(self.commodity)


@dataclass(frozen=True, slots=True)
class Demand:
    """Tonnes a year from place to place by class, sorted by class, origin and destination; flow: position in the table.

    Goods that can go in a box or without one stand twice, once in each form, and take the better: `twin` is the
    position of the other, -1 for none. Both hold the same tonnes, of which one gets all.
    """

    classes: Classes
    kind: Ints
    origin: Ints
    destination: Ints
    flow: Ints
    tonnes: Floats
    twin: Ints

    def __len__(self) -> int:
        return len(self.kind)

    def part(self, keep: Ints) -> Demand:
        """The pairs at these positions, in their order. Twins must be kept or left together (see `with_twins`)."""
        new = np.full(len(self) + 1, -1)
        new[keep] = np.arange(len(keep))
        whole = (self.kind, self.origin, self.destination, self.flow)
        kind, origin, destination, flow = (field[keep] for field in whole)
        return Demand(self.classes, kind, origin, destination, flow, self.tonnes[keep], new[self.twin[keep]])

    def with_twins(self, pairs: Ints) -> Ints:
        """These positions and those of their twins, sorted."""
        wanted = np.zeros(len(self) + 1, dtype=np.bool_)
        wanted[pairs], wanted[self.twin[pairs]] = True, True  # -1, no twin, is the last
        return np.flatnonzero(wanted[:-1])

    def chosen(self, cost: Floats) -> Flags:
        """Pairs (p,) that are not dearer than their twin at these costs; of equals the first."""
        other = np.where(self.twin >= 0, cost[self.twin], np.inf)
        return (cost < other) | ((cost == other) & (np.arange(len(self)) < self.twin)) | (self.twin < 0)

    @property
    def first(self) -> Flags:
        """Pairs (p,) that stand once, or first of two: every tonne counts in one of them."""
        return (self.twin < 0) | (np.arange(len(self)) < self.twin)

    @property
    def teu(self) -> Floats:
        """TEU a year of every pair; 0 for bulk."""
        box = self.classes.form[self.kind] == BOX
        return np.where(box, self.tonnes / self.classes.size[self.kind], 0.0)
