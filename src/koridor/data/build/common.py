"""What the modules share: words of the fact base against words of the schema, evidence, money."""

from __future__ import annotations

import pandas as pd

from koridor.data.build.raw import Raw, number

GAUGES = {"1520": "rail1520", "1435": "rail1435", "1676": "rail1676"}
SHIPS = {"sea": "sea", "waterway": "river", "ferry": "ferry"}
STATUS = {
    "open": "open",
    "open (disrupted 2026)": "open",
    "planned": "planned",
    "under_construction": "under_construction",
    "suspended": "suspended",
    "suspended for trucks": "suspended",
    "closed": "closed",
}


def status(column: pd.Series) -> pd.Series:
    """The status as the schema names it (the stop of 2026 is a patch). Raises ValueError for an unknown word."""
    unknown = sorted(set(column) - set(STATUS))
    if unknown:
        raise ValueError(f"unknown status: {unknown}")
    return column.map(STATUS)


def carriage(mode: str, gauge: str) -> str:
    """The carriage of one side of a transfer, `ferry` for going on board."""
    if mode == "rail":
        return GAUGES[gauge]
    return SHIPS.get(mode, mode)


def per_teu_from_truck(raw: Raw, usd: pd.Series) -> pd.Series:
    """USD a TEU from USD a truck, by the tonnes in each."""
    return usd * raw.value("teu_net_t") / raw.value("truck_net_t")


def per_t_from_teu(raw: Raw, usd: pd.Series) -> pd.Series:
    """USD a tonne from USD a TEU."""
    return usd / raw.value("teu_net_t")


def ranged(frame: pd.DataFrame, base: str, unit: str, central: str, low: str, high: str) -> dict[str, pd.Series]:
    """The three columns of a range from three raw columns; an empty bound stays empty."""
    return {
        f"{base}_{unit}": number(frame[central]),
        f"{base}_low_{unit}": number(frame[low]),
        f"{base}_high_{unit}": number(frame[high]),
    }
