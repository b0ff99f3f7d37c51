"""Bands about what a way costs: its price between the ends of the tables' ranges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from koridor.model.compile import Compiled, compile_network
from koridor.model.cost import class_money, log_spread
from koridor.model.network import Classes, Floats, Ints
from koridor.model.patch import Edit, Op, Patch
from koridor.model.scenario import Scenario
from koridor.schema import TABLES
from koridor.schema.fields import Field

_PRICES = (
    ("rate", "distance_usd_per_km"),
    ("rate", "fixed_usd"),
    ("service", "tariff_factor"),
    ("corridor_term", "tariff_factor"),
)
_TAIL = 0.05


@dataclass(frozen=True, slots=True)
class Band:
    """P5, P50 and P95 of a quantity."""

    p5: float
    p50: float
    p95: float

    def holds(self, value: float) -> bool:
        """Whether a value lies within P5 and P95."""
        return self.p5 <= value <= self.p95


def price_band(central: float, low: float, high: float) -> Band:
    """The band of a price: lognormal about the central one, the low and the high end as tenth and ninetieth percentile.

    The ends are those of the way with every rate at its low, and at its high end: uncertain rates are taken to be wrong
    together, so that the band is wide. Without a range it has no width.
    """
    scale = float(log_spread(np.array([low]), np.array([high]))[0])
    return Band(central * np.exp(scale * ndtri(_TAIL)), central, central * np.exp(scale * ndtri(1.0 - _TAIL)))


def at_ends(scenario: Scenario) -> tuple[Compiled, Compiled]:
    """The networks with all prices of moving at the low and at the high end of their ranges, arcs numbered alike."""
    low, high = (compile_network(scenario.with_patches(_end(scenario, at)), capacities=False) for at in (0, 1))
    return low, high


def _end(scenario: Scenario, at: int) -> Patch:
    """A patch that sets every price with a range to its low or high end."""
    edits = []
    for name, field in _PRICES:
        table, frame = TABLES[name], scenario.table(name)
        bound = _bounds(name, field)[at]
        mine = frame[frame[bound.name].notna()]
        for key in mine[list(table.key)].astype(str).agg("/".join, axis=1) if len(mine) else ():
            edits.append(Edit(name, key, field, Op.SET, f"@{bound.name}"))
    return Patch("prices at an end", tuple(edits))


def _bounds(table: str, central: str) -> list[Field]:
    """The fields of the low and of the high end of a range, in this order."""
    return [field for field in TABLES[table].fields if field.central == central]


def money(compiled: Compiled, kind: Classes, way: Ints) -> Floats:
    """USD a tonne (n,) on each arc of a way; 0 where an end of a range closes nothing."""
    paid: Floats = class_money(compiled.network, kind, 0)[way]
    return np.nan_to_num(paid, posinf=0.0)
