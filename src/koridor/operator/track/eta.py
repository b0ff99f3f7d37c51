"""When a shipment will arrive, as P50 and P90: pure and seeded, from its way, how far it is, and earlier journeys.

Hours of a hop are lognormal. Beforehand their median is what was planned and their spread that of the quote; n earlier
journeys over the hop move both as in a normal model with a prior worth `worth` of them (Gelman et al., Bayesian Data
Analysis, 3rd ed., section 3.3): with w = worth and s0 the prior's deviation,

    mean = (w m0 + sum x) / (w + n),  variance = (w s0^2 + sum (x - mean)^2 + w (m0 - mean)^2) / (w + n),

x the logarithms of the hours. A hop that is under way takes longer than it has taken already. A departure is not left
before its time, and one that is missed is followed by the next of its service. What is drawn depends on the seed and
the number of the hop alone, so that two forecasts differ by what is known and by nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr, ndtri, ndtri_exp

from koridor.operator.track.course import Hop, Progress

DRAWS = 2000
HOUR_MS = 3_600_000
_LEAST_H = 0.05  # a hop of no time has no logarithm
Array = np.ndarray
Past = Mapping[tuple[str, str, str], Sequence[float]]


@dataclass(frozen=True, slots=True)
class Eta:
    """Arrival with a chance of 50 % and of 90 %, and how many earlier journeys over its hops it rests on."""

    p50_ms: int
    p90_ms: int
    journeys: int


def forecast(hops: Sequence[Hop], so_far: Progress, past: Past, now_ms: int, seed: int, worth: float) -> Eta:
    """The arrival at the end of the last hop; the time itself where it has arrived.

    Parameters
    ----------
    past : mapping
        Hours of earlier journeys by (from_place, to_place, mode).
    now_ms : int
        The moment of the forecast: nothing that is yet to happen is before it.
    worth : float
        How many journeys what was planned is worth.
    """
    if so_far.arrived_ms is not None:
        return Eta(so_far.arrived_ms, so_far.arrived_ms, 0)
    clock = np.full(DRAWS, float(now_ms))
    journeys = 0
    for at in range(so_far.at, len(hops)):
        hop = hops[at]
        hours = past.get((hop.from_place, hop.to_place, hop.mode), ())
        mean, deviation = learned(hop, hours, worth)
        journeys += len(hours)
        share = _uniform(seed, at)
        if at == so_far.at and so_far.left_ms is not None:
            clock = np.maximum(clock, so_far.left_ms + _longer(mean, deviation, share, now_ms - so_far.left_ms))
        else:
            waits = at == so_far.at and so_far.loaded
            clock = (
                _leaves(hop, clock, missable=hop.boards and not waits)
                + np.exp(mean + deviation * ndtri(share)) * HOUR_MS
            )
    p50, p90 = np.quantile(clock, [0.5, 0.9])
    return Eta(int(p50), int(p90), journeys)


def learned(hop: Hop, hours: Sequence[float], worth: float) -> tuple[float, float]:
    """Mean and standard deviation of the logarithm of a hop's hours, by its plan and earlier journeys."""
    before = float(np.log(max(hop.hours, _LEAST_H)))
    if not hours:
        return before, hop.log_sd
    seen = np.log(np.maximum(np.asarray(hours, dtype=np.float64), _LEAST_H))
    weight = worth + len(seen)
    mean = float((worth * before + seen.sum()) / weight)
    spread = worth * hop.log_sd**2 + float(((seen - mean) ** 2).sum()) + worth * (before - mean) ** 2
    return mean, float(np.sqrt(spread / weight))


def _longer(mean: float, deviation: float, share: Array, gone_ms: int) -> Array:
    """Milliseconds (n,) of a hop, given that it has taken `gone_ms` and is not done."""
    if gone_ms <= 0:
        return np.asarray(np.exp(mean + deviation * ndtri(share)) * HOUR_MS)
    gone_h = gone_ms / HOUR_MS
    if deviation == 0.0:
        return np.full(len(share), max(np.exp(mean), gone_h) * HOUR_MS)
    # survivors beyond the hours gone, in logarithms: of a hop that is far too late nothing is left in plain numbers
    survival = log_ndtr(-(np.log(gone_h) - mean) / deviation) + np.log1p(-share)
    return np.asarray(np.maximum(np.exp(mean - deviation * ndtri_exp(survival)), gone_h) * HOUR_MS)


def _leaves(hop: Hop, ready: Array, *, missable: bool) -> Array:
    """When (n,) the hop is left by what is ready then: with its departure, or the first later one that is caught."""
    if not hop.leaves_ms:
        return ready
    times = np.asarray(hop.leaves_ms, dtype=np.float64)
    if not missable:
        return np.maximum(ready, times[0])
    at = np.searchsorted(times, ready, side="left")
    return np.where(at < len(times), times[np.minimum(at, len(times) - 1)], ready)


def _uniform(seed: int, at: int) -> Array:
    """Evenly spread over (0, 1) in random order, as in `model.spread`."""
    random = np.random.default_rng([seed, at])
    return np.asarray((random.permutation(DRAWS) + random.random(DRAWS)) / DRAWS)
