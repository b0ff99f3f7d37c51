"""What seasons do to a yearly run: the open share of the year and the expected wait at closed links."""

from __future__ import annotations

import numpy as np
import pandas as pd

from koridor.model.network import Floats

HOURS_A_YEAR = 8760.0
_MONTHS = 12


def open_year(periods: pd.DataFrame, links: pd.Index) -> tuple[Floats, Floats]:
    """Open share of the year and expected wait in hours, both (links,), from rows of `link_period`.

    The wait is that of cargo arriving evenly over the year: a closed spell of L hours catches L / 8760 of it and
    holds it
    for L / 2 on average, so that W = sum L^2 / (2 * 8760). The closed share of neighbouring months is one spell, around
    the turn of the year too. A link closed all year has an open share of 0 and an infinite wait.
    """
    share = np.ones((len(links), _MONTHS))
    position = links.get_indexer(periods["link_id"])
    known = position >= 0
    share[position[known], periods["month"].to_numpy(dtype=np.int64)[known] - 1] = periods["open_share"].to_numpy()[
        known
    ]
    wait = np.zeros(len(links))
    for row in np.flatnonzero((share < 1.0).any(axis=1)):
        wait[row] = _expected_wait(1.0 - share[row])
    return share.mean(axis=1), wait


def _expected_wait(closed: Floats) -> float:
    """Expected wait over a year whose months are closed for these shares."""
    if (closed >= 1.0).all():
        return float("inf")
    start = int(np.argmin(closed > 0.0)) if not (closed > 0.0).all() else int(np.argmin(closed))
    month = HOURS_A_YEAR / _MONTHS
    total, spell = 0.0, 0.0
    for value in np.roll(closed, -start):
        if value > 0.0:
            spell += value * month
        else:
            total += spell**2
            spell = 0.0
    return (total + spell**2) / (2.0 * HOURS_A_YEAR)
