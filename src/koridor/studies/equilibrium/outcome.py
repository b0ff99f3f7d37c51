"""What an equilibrium is, whichever way it was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from koridor.model.network import Demand, Elements, Floats
from koridor.studies.equilibrium.paths import Paths


class TraceRow(NamedTuple):
    """A round: share of what all pay that users could save, potential, largest share over a capacity, seconds."""

    gap_share: float
    objective: float
    excess_share: float
    seconds: float


class Optimum(NamedTuple):
    """A local optimum in money beside that of time: USD of both, and their tonne-hours. bound_usd: no flow is below."""

    total_usd: float
    bound_usd: float
    time_total_usd: float
    total_t_h: float
    time_total_t_h: float


@dataclass(frozen=True, slots=True)
class Limits:
    """room: (k,) units a year left for the pairs assigned, inf where no constraint holds. other: (k,) other traffic."""

    room: Floats
    other: Floats


@dataclass(frozen=True, slots=True)
class Start:
    """What another run over the same arcs and pairs found, from which to begin; the answer does not depend on it.

    paths: tonnes by path. multiplier: (k,) of a unit of each constraint, as in `Equilibrium`; 0 where it is not known.
    """

    paths: Paths
    multiplier: Floats


@dataclass(frozen=True, slots=True)
class Equilibrium:
    """What an assignment found.

    paths: tonnes by path. unserved: (pairs,) tonnes. cost: (pairs,) USD per tonne of the best choice, queues included.
    multiplier: (k,) of a unit of each constraint: hours for one tonne of it (QUEUE) or USD (PRICE). unit: (k,) units
    that a tonne uses. delay_rate: (k,) hours by volume, for a unit. load: (k,) units.
    gap_usd: what users could still save by changing, at the final costs, and gap_share the same in hours as a share of
    what all pay. objective: the potential, in hours of a tonne; of an optimum in money USD. converged: False when the
    limit of rounds was hit.
    """

    paths: Paths
    unserved: Floats
    cost: Floats
    multiplier: Floats
    delay_rate: Floats
    unit: Floats
    load: Floats
    gap_usd: float
    rounds: int
    converged: bool
    gap_share: float = 0.0
    objective: float = float("nan")
    trace: tuple[TraceRow, ...] = ()
    optimum: Optimum | None = None

    @property
    def start(self) -> Start:
        """What another run can begin with."""
        return Start(self.paths, self.multiplier)


def better(demand: Demand, cost: Floats) -> Floats:
    """Cost (pairs,) of the better of a pair and its twin."""
    return np.minimum(cost, np.where(demand.twin >= 0, cost[demand.twin], np.inf))


def units_a_tonne(e: Elements, demand: Demand) -> Floats:
    """Units (k,) that a tonne uses of each constraint: outside boxes, or in a box of mean size where only boxes load
    it.
    """
    loose, boxed = np.zeros(len(e.capacity)), np.zeros(len(e.capacity))
    np.maximum.at(loose, e.load_element, e.load_per_t)
    np.maximum.at(boxed, e.load_element, e.load_per_teu)
    size = demand.classes.size[demand.classes.size > 1.0]
    boxed = boxed / (size.mean() if len(size) else 1.0)
    units = np.where(loose > 0.0, loose, boxed)
    return np.where(units > 0.0, units, 1.0)
