"""Cost vectors of the classes, with prices on the constraints that they load."""

from __future__ import annotations

import numpy as np

from koridor.kernels.paths import path_loads
from koridor.model.cost import LEAST_COST, class_cost
from koridor.model.network import BOX, Classes, Demand, Flags, Floats, Ints, Network, sums_by
from koridor.studies.equilibrium.paths import Paths, sums_by_class


class Pricing:
    """USD per tonne (m,) of every class: its cost at free hours, plus the price of the units that it uses.

    is_exact: arcs may cost nothing; otherwise a trifle at least, which parts ties alike whatever the order of rows.
    `weight` (classes,) turns USD per tonne into the units of the master programme, in which `price` (k,) is given.
    """

    def __init__(
        self, network: Network, demand: Demand, weight: Floats, carbon_usd_per_t: float, *, is_exact: bool = False
    ) -> None:
        self.network = network
        self.classes = demand.classes
        self.weight = weight
        self.price = np.zeros(len(network.elements.capacity))
        self._carbon = carbon_usd_per_t
        self._least = 0.0 if is_exact else LEAST_COST
        self._free: dict[int, Floats] = {}

    def free(self, kind: int) -> Floats:
        """Cost (m,) of a class without prices."""
        if kind not in self._free:
            self._free[kind] = class_cost(
                self.network, self.classes, kind, carbon_usd_per_t=self._carbon, least_usd=self._least
            )
        return self._free[kind]

    def __call__(self, kind: int) -> Floats:
        """Cost (m,) of a class at the prices in force."""
        if not self.price.any():
            return self.free(kind)
        return self.free(kind) + arc_tolls(self.network, self.classes, kind, self.price) / self.weight[kind]


def arc_tolls(network: Network, classes: Classes, kind: int, price: Floats) -> Floats:
    """What a tonne of a class pays on every arc (m,) where a unit of each constraint costs price (k,)."""
    e = network.elements
    per_tonne = e.load_per_teu / classes.size[kind] if classes.form[kind] == BOX else e.load_per_t
    return sums_by(e.load_arc, price[e.load_element] * per_tonne, len(network.arcs))


def path_cost(pricing: Pricing, demand: Demand, paths: Paths) -> Floats:
    """Cost (r,) in USD per tonne of every path without prices."""
    return sums_by_class(demand, paths, pricing.free)


def path_units(
    network: Network, demand: Demand, paths: Paths, wanted: Flags | None = None
) -> tuple[Ints, Ints, Floats]:
    """Units of constraints that a tonne on a path uses, in coordinates: path, constraint, units; no pair twice.

    wanted: (k,) the constraints that are asked for, None for all. Entries are in the order of paths.
    """
    e = network.elements
    mine = np.arange(len(e.load_arc)) if wanted is None else np.flatnonzero(wanted[e.load_element])
    mine = mine[np.argsort(e.load_arc[mine], kind="stable")]
    first = np.zeros(len(network.arcs) + 1, dtype=np.int64)
    np.cumsum(np.bincount(e.load_arc[mine], minlength=len(network.arcs)), out=first[1:])
    kind = demand.kind[paths.pair]
    box = demand.classes.form[kind] == BOX
    begin = np.empty(len(paths) + 1, dtype=np.int64)
    element, units = path_loads(
        paths.start, paths.arcs, first, e.load_element[mine], np.array([e.load_per_t, e.load_per_teu])[:, mine],
        box.astype(np.int64), np.where(box, 1.0 / demand.classes.size[kind], 1.0), begin,
    )  # fmt: skip
    return np.repeat(np.arange(len(paths)), np.diff(begin)), element, units
