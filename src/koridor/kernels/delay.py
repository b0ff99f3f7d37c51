"""Volume-delay functions: hours that a volume adds, their slope and their integral.

Hours are free * f(x) with x = volume / capacity; the free hours themselves belong to the arc and are not in f.

- BPR: f = alpha x^power (Bureau of Public Roads 1964, Traffic Assignment Manual). Power 0 adds a constant.
- Conical: f = 1 + s - alpha (1 - x) - beta, s^2 = alpha^2 (1 - x)^2 + beta^2, beta = (2 alpha - 1) / (2 alpha - 2),
  alpha > 1 (Spiess 1990, doi:10.1287/trsc.24.2.153). f(0) = 0, f(1) = 1, and the slope stays finite.
- Queue: f = alpha x / (1 - x), the mean wait for one server with random arrivals (Pollaczek 1930, Khinchine 1932): free
  is the time of service, alpha = (1 + cv^2) / 2. Above `FULL` the tangent goes on, so that a plan may overload it.

The social ones are what one more unit costs all: g = f + x f'(x), whose integral is x f(x).
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from koridor.kernels.compiled import inner

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FULL = 0.95  # share of capacity above which a queue grows along its tangent


class Delay(IntEnum):
    """Kinds of delay function; the first four stand in tables, the social ones are made of them."""

    NONE = 0
    BPR = 1
    CONICAL = 2
    QUEUE = 3
    CONICAL_SOCIAL = 4
    QUEUE_SOCIAL = 5


_BPR, _CONICAL, _QUEUE = int(Delay.BPR), int(Delay.CONICAL), int(Delay.QUEUE)
_CONICAL_SOCIAL, _QUEUE_SOCIAL = int(Delay.CONICAL_SOCIAL), int(Delay.QUEUE_SOCIAL)


@inner
def _bpr(x, alpha, power):  # type: ignore[no-untyped-def]
    if power == 4.0:
        cube = x * x * x
        return alpha * cube * x, 4.0 * alpha * cube
    if power == 0.0:
        return alpha, 0.0
    if power == 1.0:
        return alpha * x, alpha
    if x <= 0.0:
        return 0.0, 0.0
    grown = alpha * x**power
    return grown, power * grown / x


@inner
def _conical(x, alpha):  # type: ignore[no-untyped-def]
    beta = (2.0 * alpha - 1.0) / (2.0 * alpha - 2.0)
    s = np.sqrt(alpha * alpha * (1.0 - x) * (1.0 - x) + beta * beta)
    value = 1.0 + s - alpha * (1.0 - x) - beta
    return value, alpha - alpha * alpha * (1.0 - x) / s, alpha * alpha * beta * beta / (s * s * s)


@inner
def _queue(x, alpha):  # type: ignore[no-untyped-def]
    at = min(x, FULL)
    left = 1.0 - at
    slope = alpha / (left * left)
    value = alpha * at / left + slope * (x - at)
    return value, slope, 2.0 * slope / left if x <= FULL else 0.0


@inner
def added(kind, x, alpha, power):  # type: ignore[no-untyped-def]
    """F and f' at x >= 0 of a delay function with the code `kind`."""
    if kind == _BPR:
        return _bpr(x, alpha, power)
    if kind in (_CONICAL, _CONICAL_SOCIAL):
        value, slope, bend = _conical(x, alpha)
    elif kind in (_QUEUE, _QUEUE_SOCIAL):
        value, slope, bend = _queue(x, alpha)
    else:
        return 0.0, 0.0
    if kind in (_CONICAL, _QUEUE):
        return value, slope
    return value + x * slope, 2.0 * slope + x * bend


@inner
def area(kind, x, alpha, power):  # type: ignore[no-untyped-def]
    """Integral of f from 0 to x >= 0."""
    if kind == _BPR:
        return x * _bpr(x, alpha, power)[0] / (power + 1.0)
    if kind == _CONICAL_SOCIAL:
        return x * _conical(x, alpha)[0]
    if kind == _QUEUE_SOCIAL:
        return x * _queue(x, alpha)[0]
    if kind == _CONICAL:
        beta = (2.0 * alpha - 1.0) / (2.0 * alpha - 2.0)
        root = _under_cone(1.0, alpha, beta) - _under_cone(1.0 - x, alpha, beta)
        return x * (1.0 - beta) + root - alpha * (x - x * x / 2.0)
    if kind == _QUEUE:
        at = min(x, FULL)
        value, slope, _ = _queue(at, alpha)
        return alpha * (-at - np.log1p(-at)) + (x - at) * (value + slope * (x - at) / 2.0)
    return 0.0


@inner
def _under_cone(u, alpha, beta):  # type: ignore[no-untyped-def]
    """Integral of sqrt(alpha^2 u^2 + beta^2)."""
    return u / 2.0 * np.sqrt(alpha * alpha * u * u + beta * beta) + beta * beta / (2.0 * alpha) * np.arcsinh(
        alpha * u / beta
    )


@inner
def _fill(kind, volume, capacity, free, alpha, power, hours, slope, integral):  # type: ignore[no-untyped-def]
    for e in range(volume.size):
        if kind[e] == 0:
            continue
        x = max(volume[e], 0.0) / capacity[e]
        f, df = added(kind[e], x, alpha[e], power[e])
        hours[e] = free[e] * f
        slope[e] = free[e] * df / capacity[e]
        integral[e] = free[e] * area(kind[e], x, alpha[e], power[e]) * capacity[e]


def delays(
    kind: Ints, volume: Floats, capacity: Floats, free: Floats, alpha: Floats, power: Floats
) -> tuple[Floats, Floats, Floats]:
    """Hours added (k,), their slope (hours per unit) and their integral from 0 (unit-hours), at volume (k,) in units.

    kind: (k,) codes of `Delay`; 0 gives zeros. capacity: (k,) units, above 0 where there is a delay. free: (k,) hours.
    """
    hours, slope, integral = np.zeros(len(volume)), np.zeros(len(volume)), np.zeros(len(volume))
    _fill(kind, volume, capacity, free, alpha, power, hours, slope, integral)
    return hours, slope, integral


def social(kind: Ints, alpha: Floats, power: Floats) -> tuple[Ints, Floats]:
    """Kind and alpha (k,) of the functions g = f + x f' that belong to these."""
    to = np.array([0, _BPR, _CONICAL_SOCIAL, _QUEUE_SOCIAL])
    return to[kind], np.where(kind == _BPR, alpha * (1.0 + power), alpha)
