"""Emissions of moving and handling, well to wheel, in kg of CO2e a tonne.

Chain of transport elements and hubs as in ISO 14083:2023; factors and their scope stand in the table `emission_factor`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from koridor.model.network import Floats


def link_kg_per_t(factors: pd.DataFrame, links: pd.DataFrame, ends: tuple[pd.Series, pd.Series]) -> Floats:
    """Kg of CO2e that a tonne causes on every link (links,): the row of the country wins over that of the traction."""
    if factors.empty:
        return np.zeros(len(links))
    traction = np.where(links["electrified"].to_numpy(dtype=bool), "electric", "diesel")
    traction = np.where(links["mode"] == "rail", traction, "any")
    column = "distance_g_per_t_km"
    national = factors[factors["country_id"].notna()].set_index(["activity", "traction", "country_id"])[column]
    general = factors[factors["country_id"].isna()].set_index(["activity", "traction"])[column]
    anywhere = general.reindex(pd.MultiIndex.from_arrays([links["mode"], traction])).to_numpy(dtype=float)
    any_traction = general.reindex(pd.MultiIndex.from_arrays([links["mode"], ["any"] * len(links)])).to_numpy(
        dtype=float
    )
    anywhere = np.where(np.isnan(anywhere), any_traction, anywhere)
    sides = []
    for country in ends:
        key = pd.MultiIndex.from_arrays([links["mode"], traction, country])
        own = national.reindex(key).to_numpy(dtype=float)
        sides.append(np.where(np.isnan(own), anywhere, own))
    grams = np.nan_to_num((sides[0] + sides[1]) / 2.0)
    return grams * links["length_km"].to_numpy() / 1000.0


def handling_kg_per_t(factors: pd.DataFrame) -> float:
    """Kg of CO2e a tonne handled at a terminal; 0 where the dataset has no row."""
    row = factors[factors["activity"] == "terminal"]["move_g_per_t"].dropna()
    return float(row.iloc[0]) / 1000.0 if len(row) else 0.0
