"""What seasons do: the open share of a year or month, the expected wait at closed links, what goes in which month."""

from __future__ import annotations

import calendar

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
    months = periods["month"].to_numpy(dtype=np.int64)[known] - 1
    share[position[known], months] = periods["open_share"].to_numpy()[known]
    wait = np.zeros(len(links))
    for row in np.flatnonzero((share < 1.0).any(axis=1)):
        wait[row] = _expected_wait(1.0 - share[row])
    return share.mean(axis=1), wait


def open_month(periods: pd.DataFrame, links: pd.Index, month: int) -> tuple[Floats, Floats]:
    """Open share of one month (1 to 12) and expected wait in hours, both (links,).

    The closed share of a month of H hours is one spell of L hours within it: W = L^2 / (2 H), H being a twelfth of the
    year. Nothing waits for another month: a link closed all month has an open share of 0 and an infinite wait.
    """
    share = month_share(periods, "link_id", links, month)
    closed = 1.0 - share
    return share, np.where(share > 0.0, closed**2 * HOURS_A_YEAR / _MONTHS / 2.0, np.inf)


def month_share(periods: pd.DataFrame, key: str, ids: pd.Index, month: int | None) -> Floats:
    """`open_share` (ids,) of rows of a table of months in one month, None: the mean of the year. Without rows: 1."""
    share = np.ones((len(ids), _MONTHS))
    position = ids.get_indexer(periods[key])
    known = position >= 0
    months = periods["month"].to_numpy(dtype=np.int64)[known] - 1
    share[position[known], months] = periods["open_share"].to_numpy(dtype=np.float64)[known]
    return share.mean(axis=1) if month is None else share[:, month - 1]


def days_of_months(year: int) -> Floats:
    """Days (12,) of the months of a year."""
    return np.array([calendar.monthrange(year, month)[1] for month in range(1, _MONTHS + 1)], dtype=np.float64)


def month_rates(periods: pd.DataFrame, flow: pd.DataFrame, days: Floats) -> Floats:
    """Tonnes a year that each flow would have if all months were like this one, over those it has; (flows, 12).

    periods: rows of `flow_period`, shares of the year's tonnes in a month. A row of both ends of a flow wins over one
    of its origin, that over one of its destination, that over one of the commodity alone (`*`). Months without a row
    share by their days what the others leave.
    """
    even = days / days.sum()
    named: dict[tuple[str, str, str], dict[int, float]] = {}
    for row in periods.itertuples(index=False):
        months = named.setdefault((row.commodity_id, row.origin, row.destination), {})
        months[int(row.month) - 1] = float(row.flow_share)
    known = {key: _month_shares(months, even) / even for key, months in named.items()}
    rates = np.ones((len(flow), _MONTHS))
    if not known:
        return rates
    for at, row in enumerate(flow[["commodity_id", "origin", "destination"]].itertuples(index=False)):
        goods, origin, destination = row
        for ends in ((origin, destination), (origin, "*"), ("*", destination), ("*", "*")):
            if (goods, *ends) in known:
                rates[at] = known[goods, *ends]
                break
    return rates


def _month_shares(given: dict[int, float], even: Floats) -> Floats:
    """Shares (12,) of the months: those given, and of the others by their days what is left."""
    free = np.array([month not in given for month in range(_MONTHS)])
    left = max(1.0 - sum(given.values()), 0.0)
    share = np.where(free, left * even / max(float(even[free].sum()), 1e-300), 0.0)
    for month, value in given.items():
        share[month] = value
    return share


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
