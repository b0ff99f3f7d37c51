"""What does not go: the cost of staying as a function of how much stays, treated as one more way of every market.

With all D of a market, x of it staying and d = D - x going, the last unit that stays is worth

- FIXED: a, a loss per unit;
- ELASTIC: a (d / c)^(-1/b), the inverse of d = c (cost / a)^-b: constant elasticity b, c going at the cost a;
- LOGIT: a + ln(x / d) / b, the inverse of d = D / (1 + exp(b (cost - a))): an outside option at the cost a.

Beckmann, McGuire & Winsten (1956) for elastic demand; as an excess-demand way after Gartner (1980),
doi:10.1287/trsc.14.2.174.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from koridor.kernels.compiled import inner
from koridor.kernels.flows.problem import STAY, WHOLE, A, B, C


class Stay(IntEnum):
    """Kinds of staying."""

    NEVER = 0
    FIXED = 1
    ELASTIC = 2
    LOGIT = 3


FIXED, _ELASTIC, _LOGIT = float(Stay.FIXED), float(Stay.ELASTIC), float(Stay.LOGIT)


@inner
def stay_cost(kind, x, whole, a, b, c):  # type: ignore[no-untyped-def]
    """Cost of the last unit that stays when x of `whole` do, and its slope."""
    if kind == _ELASTIC:
        going = whole - x
        if going <= 0.0:
            return np.inf, np.inf
        cost = a * (going / c) ** (-1.0 / b)
        return cost, cost / (b * going)
    if kind == _LOGIT:
        if x <= 0.0:
            return -np.inf, np.inf
        if x >= whole:
            return np.inf, np.inf
        return a + np.log(x / (whole - x)) / b, whole / (b * x * (whole - x))
    return a, 0.0


@inner
def worth(m, q, staying):  # type: ignore[no-untyped-def]
    """Cost of the last unit that stays in market q when `staying` do, and its slope."""
    t = m.table
    return stay_cost(t[q, STAY], staying, t[q, WHOLE], t[q, A], t[q, B], t[q, C])


@inner
def stay_area(kind, x, whole, a, b, c):  # type: ignore[no-untyped-def]
    """Integral of the cost of staying from 0 to x (logit: from the limit, where it is finite)."""
    if kind == _ELASTIC:
        if b == 1.0:
            return a * c * (np.log(whole) - np.log(whole - x))
        power = 1.0 - 1.0 / b
        return a * c ** (1.0 / b) * (whole**power - (whole - x) ** power) / power
    if kind == _LOGIT:
        total = a * x
        for part in (x, whole - x):
            if part > 0.0:
                total += part * np.log(part / whole) / b
        return total
    return a * x
