"""Time as a distribution: parts of every arc's hours, exact distributions of ways, and seeded simulation of them."""

from __future__ import annotations

from koridor.model.spread.exact import QUANTILES, Distribution, distribution
from koridor.model.spread.parts import ALONE, Spread, border_rows, spread
from koridor.model.spread.simulate import Draws, Simulation, simulate

__all__ = [
    "ALONE",
    "QUANTILES",
    "Distribution",
    "Draws",
    "Simulation",
    "Spread",
    "border_rows",
    "distribution",
    "simulate",
    "spread",
]
