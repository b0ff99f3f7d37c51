"""The base year of a dataset: what its own demand put on each element, and so what others did.

A preload counts all traffic of the base year. What the model itself puts on an element then is part of it, and what is
left is traffic of others, which stays. Where hours grow with volume they do so with all traffic: with the preload, or
with the model's own where that is more. So the base year is the equilibrium under the delay t(max(preload, v)); the
elements on which v is more are found by solving again, never more often than there are elements.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from koridor.data.dataset import Dataset
from koridor.kernels.delay import delays
from koridor.model.compile import Compiled, compile_demand, compile_network
from koridor.model.network import Demand, Floats, Network
from koridor.model.scenario import Scenario
from koridor.schema.tables import DELAYS
from koridor.studies.equilibrium.delayed import has_delay
from koridor.studies.equilibrium.master import Equilibrium, Limits, solve

_BPR = DELAYS.index("bpr")
_SAME = 1e-9  # share of a preload by which rounding may exceed it


@dataclass(frozen=True, slots=True)
class BaseYear:
    """The dataset without patches: its network, its demand, and units (k,) of the model's own on every constraint."""

    compiled: Compiled
    demand: Demand
    load: Floats

    @classmethod
    def of(cls, dataset: Dataset, *, vot_bands: int, carbon_usd_per_t: float = 0.0, threads: int = 1) -> BaseYear:
        """The equilibrium of the base year, without held capacities."""
        scenario = Scenario(dataset)
        compiled = compile_network(scenario)
        demand = compile_demand(compiled, scenario, vot_bands=vot_bands)
        found = _equilibrium(compiled.network, demand, carbon_usd_per_t, threads)
        return cls(compiled, demand, found.load)

    @property
    def other(self) -> Floats:
        """Units a year (k,) of other traffic in the base year."""
        return np.maximum(self.compiled.network.elements.preload - self.load, 0.0)

    def background(self, compiled: Compiled) -> Floats:
        """Units a year (k,) of other traffic on the constraints of a scenario: its preloads less the base year's own.

        An edit of a preload so moves the traffic of others. What patches brought had no traffic of the base year.
        """
        then = pd.Series(self.load, index=self.compiled.constraints)
        own = then.reindex(compiled.constraints, fill_value=0.0).to_numpy()
        return np.maximum(compiled.network.elements.preload - own, 0.0)


def _equilibrium(network: Network, demand: Demand, carbon_usd_per_t: float, threads: int) -> Equilibrium:
    """The equilibrium under t(max(preload, v)): constant hours where the preload is the larger."""
    e, nothing = network.elements, np.zeros(len(network.elements.capacity))
    free = Limits(np.full(len(nothing), np.inf), nothing)
    grows = has_delay(network)
    fixed = grows & (e.preload > 0.0)
    kind = np.where(grows, e.delay_kind, 0)
    hours, _, _ = delays(kind, e.preload, e.capacity, e.delay_free_h, e.delay_alpha, e.delay_power)
    while True:
        still = replace(
            e, delay_kind=np.where(fixed, _BPR, e.delay_kind), delay_free_h=np.where(fixed, hours, e.delay_free_h),
            delay_alpha=np.where(fixed, 1.0, e.delay_alpha), delay_power=np.where(fixed, 0.0, e.delay_power),
        )  # fmt: skip
        found = solve(
            replace(network, elements=still), demand, free, carbon_usd_per_t=carbon_usd_per_t, threads=threads
        )
        more = fixed & (found.load > e.preload * (1.0 + _SAME))
        if not more.any():
            return found
        fixed &= ~more


__all__ = ["BaseYear"]
