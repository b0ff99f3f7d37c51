"""Prices and hours: the one place where the terms in the tables become costs.

Generalised cost of class k on arc a, USD per tonne:
g = money + vot_k * (hours + reliability_k * sd_h) + carbon_price * kg CO2e. Only hours depend on volume.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from koridor.model.network import BOX, CARRIER, Classes, Floats, Network
from koridor.schema.tables import FORMS, MODES

Z_P90 = 1.2815515655446004  # ninetieth percentile of a normal, in standard deviations
P10_TO_P90 = 2.0 * Z_P90  # width of its central 80 %
MODE_BIT = {mode: 1 << i for i, mode in enumerate(MODES)}
LEAST_COST = 1e-6  # keeps every arc strictly dearer than nothing


def log_spread(low: Floats, high: Floats) -> Floats:
    """Standard deviation of the logarithm of a lognormal with these tenth and ninetieth percentiles; 0 where
    unknown.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.log(high / low) / P10_TO_P90
    return np.where(np.isfinite(spread) & (spread > 0.0), spread, 0.0)


def standard_deviation(mean: Floats, low: Floats, high: Floats) -> Floats:
    """Standard deviation of a lognormal by its mean and its tenth and ninetieth percentile.

    A tenth percentile of 0, of hours from which a wait was taken out, says nothing of a lognormal: then the mean m and
    the ninetieth percentile q decide, by q = m exp(z s - s^2 / 2) with z = 1.28; of two solutions the smaller s, and z
    where q is more than m exp(z^2 / 2), the most that a lognormal of this mean can have.
    """
    from_zero = (low == 0.0) & (high > mean) & (mean > 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        fitted = Z_P90 - np.sqrt(np.maximum(Z_P90**2 - 2.0 * np.log(high / mean), 0.0))
    scale = np.where(from_zero, fitted, log_spread(low, high))
    return mean * np.sqrt(np.expm1(scale**2))


def link_rates(rates: pd.DataFrame, links: pd.DataFrame, ends: tuple[pd.Series, pd.Series]) -> tuple[Floats, Floats]:
    """Price of a kilometre and fixed price of every link, each (2, links): USD per TEU (box) or per tonne (bulk).

    `ends` are the countries of both ends. The row of the link wins; else each end has the row of its country, or
    that of the mode, and a link takes the mean of its ends. A mode and form without any row is not priced: nan.
    """
    per_km, fixed = np.full((2, len(links)), np.nan), np.full((2, len(links)), np.nan)
    columns = ["distance_usd_per_km", "fixed_usd"]
    for form, name in enumerate(FORMS):
        mine = rates[rates["form"] == name]
        general = mine[mine["country_id"].isna() & mine["link_id"].isna()].set_index("mode")[columns]
        national = mine[mine["country_id"].notna() & mine["link_id"].isna()].set_index(["mode", "country_id"])[columns]
        special = mine[mine["link_id"].notna()].set_index("link_id")[columns]
        price = by_mode = general.reindex(links["mode"]).to_numpy(dtype=float)
        if len(national):
            sides = []
            for country in ends:
                key = pd.MultiIndex.from_arrays([links["mode"], country])
                by_country = national.reindex(key).to_numpy(dtype=float)
                sides.append(np.where(np.isnan(by_country), by_mode, by_country))
            price = (sides[0] + sides[1]) / 2.0
        if len(special):
            own = special.reindex(links["link_id"]).to_numpy(dtype=float)
            price = np.where(np.isnan(own), price, own)
        per_km[form], fixed[form] = price[:, 0], price[:, 1]
    return per_km, fixed


def activity_terms(activities: pd.DataFrame, field: str) -> dict[str, Floats]:
    """Values of `field` by activity, each (2,) for box and bulk; nan where no row is given. Of rows that were checked:
    none for another form, none twice.
    """
    terms: dict[str, Floats] = {}
    for name, form, value in zip(activities["activity"], activities["form"], activities[field], strict=True):
        terms.setdefault(name, np.full(len(FORMS), np.nan))[FORMS.index(form)] = value
    return terms


def class_money(network: Network, classes: Classes, kind: int, *, resource: bool = False) -> Floats:
    """Price (m,) in USD per tonne that a class pays on every arc, or the resources used for it; inf where it cannot
    go.
    """
    arcs, form = network.arcs, int(classes.form[kind])
    part = arcs.resource[form] if resource else arcs.price[form]
    total = part.sum(axis=0)
    factor = classes.road_factor[kind]
    if factor != 1.0:
        total = total + np.where(on_road(network), (factor - 1.0) * part[CARRIER], 0.0)
    if form == BOX:
        total = total / classes.size[kind]
    allowed = arcs.open[form] & ((arcs.mode & ~classes.modes[kind]) == 0)
    return np.where(allowed, total, np.inf)


def on_road(network: Network) -> NDArray[np.bool_]:
    """Arcs (m,) on which the road factor of a commodity holds."""
    return network.arcs.mode == MODE_BIT["road"]


def class_cost(
    network: Network,
    classes: Classes,
    kind: int,
    *,
    extra_h: Floats | None = None,
    carbon_usd_per_t: float = 0.0,
    least_usd: float = LEAST_COST,
) -> Floats:
    """Generalised cost (m,) in USD per tonne; `extra_h` (m,) is added to the hours. `carbon_usd_per_t` is per tonne
    CO2e. No arc costs less than `least_usd`, so that ties do not depend on the order of rows; 0 leaves them be.
    """
    arcs, form, vot = network.arcs, int(classes.form[kind]), classes.vot[kind]
    hours = arcs.hours[form] + classes.reliability[kind] * arcs.sd_h[form]
    if extra_h is not None:
        hours = hours + extra_h
    cost = class_money(network, classes, kind) + vot * hours
    if carbon_usd_per_t:
        cost = cost + carbon_usd_per_t / 1000.0 * arcs.kg[form]
    return np.maximum(cost, least_usd)
