"""What a simulation of a way says: quantiles of its hours, the chance of being there in time, connections missed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from koridor.model.network import Floats
from koridor.model.spread import QUANTILES, Draws, distribution, simulate
from koridor.studies.route.choose import Way
from koridor.studies.route.front import Asked

MINUTES = 60.0


@dataclass(frozen=True, slots=True)
class Told:
    """Of one way: figures by the names of their columns, and the band (arcs, 2) of hours to the head of each arc."""

    figures: dict[str, float]
    band: Floats


def drawn(asked: Asked) -> Draws:
    """The random parts of the network by the seed and draws of a query, the same for all its ways."""
    return Draws(asked.spread, asked.query.seed, asked.query.draws)


def told(asked: Asked, way: Way, random: Draws) -> Told:
    """A way simulated from its time of leaving.

    Ways of one query meet the same delays at the borders and on the arcs that they share. Quantiles are inf where so
    many draws find no departure any more. `missed_share`: of draws, at the connection where most are late.
    `buffer_ratio`: (P95 - mean) / mean; `planning_time_ratio`: P95 over the hours of free flow, which have no wait, and
    every delay and the running of each mode at its tenth percentile. No exactness is claimed: these are not searched
    for.
    """
    query, leave = asked.query, int(way.steps.ready[0])
    found = simulate(random, [way.arcs], timetable=asked.calendar.timetable, at=leave)
    hours = found.hours[0]
    figures = {name: float(np.quantile(hours, share, method="inverted_cdf")) for name, share in QUANTILES.items()}
    mean, free = float(hours.mean()), distribution(random.parts, way.arcs).free_h
    figures["buffer_ratio"] = (figures["p95_h"] - mean) / mean if 0.0 < mean < np.inf else np.nan
    figures["planning_time_ratio"] = figures["p95_h"] / free if free > 0.0 else np.nan
    figures["missed_share"] = float(found.missed[0].max(initial=0.0))
    if query.arrive_by is not None:
        figures["on_time_share"] = float((hours <= (query.arrive_by - leave) / MINUTES).mean())
    return Told(figures, found.bands[0])
