"""Volume-delay functions: hours at a volume, their slope and their integral.

BPR: t(v) = free * (1 + alpha * (v / capacity)^power); Bureau of Public Roads (1964), Traffic Assignment Manual.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from koridor.kernels.paths import Floats


@njit(cache=True, nogil=True)
def bpr(volume, capacity, free, alpha, power, hours, slope, integral):  # type: ignore[no-untyped-def]
    """Fills hours added (k), their slope (per unit) and their integral from 0 (unit-hours) at `volume` (k).

    The free hours themselves belong to the arc and are not repeated here: hours(0) = 0.
    """
    for e in range(volume.size):
        x = volume[e] / capacity[e]
        grown = alpha[e] * x ** power[e] if x > 0.0 else 0.0
        hours[e] = free[e] * grown
        slope[e] = free[e] * alpha[e] * power[e] * x ** (power[e] - 1.0) / capacity[e] if x > 0.0 else 0.0
        integral[e] = free[e] * grown * volume[e] / (power[e] + 1.0)


def bpr_arrays(
    volume: Floats, capacity: Floats, free: Floats, alpha: Floats, power: Floats
) -> tuple[Floats, Floats, Floats]:
    """Hours, slope and integral of `bpr` as new arrays, each (k,)."""
    hours, slope, integral = np.empty_like(volume), np.empty_like(volume), np.empty_like(volume)
    bpr(volume, capacity, free, alpha, power, hours, slope, integral)
    return hours, slope, integral
