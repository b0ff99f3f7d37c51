"""How long a way takes, as a distribution: the parts of its arcs, convolved.

Indices of reliability after FHWA (2006), Travel Time Reliability: buffer index (P95 - mean) / mean, planning time
index P95 / free-flow time. Free flow here: no wait, and every delay, and all running of one kind, at its tenth
percentile.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammainc, gammaincinv, ndtr, ndtri

from koridor.model.network import Floats, Ints, sums_by
from koridor.model.spread.parts import ALONE, Spread

CELLS = 4096  # of the grid: its step is a 4096th of the range, so that quantiles are exact to about half of that
_TAIL = 14.0  # standard deviations above the mean that the grid holds
_EASY = 0.1
_TINY = 1e-9


def log_terms(mean: Floats, deviation: Floats) -> tuple[Floats, Floats]:
    """Location and scale of the logarithm of lognormals by their mean and standard deviation."""
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.log1p((deviation / mean) ** 2)
        return np.log(mean) - variance / 2.0, np.sqrt(variance)


def delay_quantile(mean: Floats, deviation: Floats, share: Floats | float) -> Floats:
    """Quantile of lognormal delays; 0 where there is none."""
    location, scale = log_terms(mean, deviation)
    value: Floats = np.where(mean > 0.0, np.exp(location + scale * ndtri(share)), 0.0)
    return value


@dataclass(frozen=True, slots=True)
class Distribution:
    """Hours of a way: probability (n,) at start_h + i x step_h, and what is exact without the grid."""

    start_h: float
    step_h: float
    mass: Floats
    mean_h: float
    sd_h: float
    free_h: float

    def probability_by(self, hours: float) -> float:
        """Probability of having arrived after so many hours."""
        if self.step_h == 0.0:
            return float(hours >= self.start_h)
        at = (hours - self.start_h) / self.step_h + 0.5
        return float(np.interp(at, np.arange(len(self.mass) + 1), np.concatenate([[0.0], np.cumsum(self.mass)])))

    def quantile(self, share: float) -> float:
        """Hours within which the way is done with this probability."""
        if self.step_h == 0.0:
            return self.start_h
        total = np.concatenate([[0.0], np.cumsum(self.mass)])
        at = float(np.interp(share, total, np.arange(len(total))))
        return max(self.start_h, self.start_h + (at - 0.5) * self.step_h)

    @property
    def buffer_index(self) -> float:
        """(P95 - mean) / mean."""
        return (self.quantile(0.95) - self.mean_h) / self.mean_h

    @property
    def planning_time_index(self) -> float:
        """P95 / free-flow time."""
        return self.quantile(0.95) / self.free_h if self.free_h > 0.0 else np.nan

    def quantiles(self) -> dict[str, float]:
        """P5, P50, P80 and P95 in hours, by name."""
        return {name: self.quantile(share) for name, share in QUANTILES.items()}


QUANTILES = {"p5_h": 0.05, "p50_h": 0.5, "p80_h": 0.8, "p95_h": 0.95}


def distribution(parts: Spread, way: Ints) -> Distribution:
    """The hours of a way as the sum of independent parts; delays of one group move together.

    Each lognormal, each uniform and the gamma of all arcs of one scale becomes a row of probabilities on a common grid,
    in cells about the values; the rows are multiplied after a Fourier transform. O(arcs x cells log cells).
    """
    way = np.asarray(way, dtype=np.int64)
    fixed = float(parts.fixed_h[way].sum())
    delays, waits = _delays(parts, way), parts.wait_h[way][parts.wait_h[way] > 0.0]
    run, scale = _running(parts, way)
    mean = fixed + sum(float(m.sum()) for m, _ in delays) + float(waits.sum() + run.sum())
    variance = sum(float(d.sum()) ** 2 for _, d in delays) + float((waits**2).sum() / 3.0 + (run * scale).sum())
    easy = fixed + sum(float(delay_quantile(m, d, _EASY).sum()) for m, d in delays)
    easy += float((gammaincinv(run / scale, _EASY) * scale).sum())
    deviation = float(np.sqrt(variance))
    if deviation < _TINY:
        return Distribution(mean, 0.0, np.ones(1), mean, 0.0, easy)
    step = (mean - fixed + _TAIL * deviation) / CELLS
    edges: Floats = (np.arange(CELLS + 1, dtype=np.float64) - 0.5) * step
    rows: list[Floats] = [_comonotone(m, d, edges, step) for m, d in delays]
    rows += [np.diff(np.clip(edges / (2.0 * wait), 0.0, 1.0)) for wait in waits]
    rows += [np.diff(gammainc(h / s, np.maximum(edges, 0.0) / s)) for h, s in zip(run, scale, strict=True)]
    spectrum = np.prod([np.fft.rfft(row, 2 * CELLS) for row in rows], axis=0)
    mass = np.maximum(np.fft.irfft(spectrum, 2 * CELLS)[:CELLS], 0.0)
    return Distribution(fixed, step, mass / mass.sum(), mean, deviation, easy)


def _delays(parts: Spread, way: Ints) -> list[tuple[Floats, Floats]]:
    """Means and deviations of the delays on a way, those of one group together."""
    late = way[parts.delay_h[way] > 0.0]
    group = parts.group[late]
    alone = [late[[i]] for i in np.flatnonzero(group == ALONE)]
    shared = [late[group == one] for one in np.unique(group[group != ALONE])]
    return [(parts.delay_h[arcs], parts.delay_sd_h[arcs]) for arcs in (*alone, *shared)]


def _running(parts: Spread, way: Ints) -> tuple[Floats, Floats]:
    """Means and scales (k,) of the gammas on a way, all arcs of one scale as one."""
    scale, which = np.unique(parts.run_scale_h[way], return_inverse=True)
    mean = sums_by(which, parts.run_h[way], len(scale))
    return mean[mean > 0.0], scale[mean > 0.0]


def _comonotone(mean: Floats, deviation: Floats, edges: Floats, step: float) -> Floats:
    """Probabilities of a delay, or of the sum of delays that move together, in the cells between the edges."""
    if len(mean) == 1:
        location, scale = log_terms(mean, deviation)
        with np.errstate(divide="ignore"):
            cells: Floats = np.diff(ndtr((np.log(np.maximum(edges, 0.0)) - location) / scale))
        return cells
    share = (np.arange(CELLS) + 0.5) / CELLS
    value = sum(delay_quantile(m, d, share) for m, d in zip(mean[:, None], deviation[:, None], strict=True))
    cell = np.minimum(np.rint(value / step).astype(np.int64), CELLS - 1)
    return np.bincount(cell, minlength=CELLS) / CELLS
