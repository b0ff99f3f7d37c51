"""Demand: from regions down to places, forms and bands of value of time.

Of a flow's contestable tonnes, what is in boxes today stays in boxes, what could be boxed takes the better of both
forms, and the rest stays outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from koridor.model.compile.blocks import Index, by_key, members
from koridor.model.cost import MODE_BIT, P10_TO_P90
from koridor.model.network import BOX, BULK, Classes, Demand, Floats, Ints
from koridor.model.scenario import Scenario

_ALL_MODES = sum(MODE_BIT.values())


def bands(low: float, median: float, high: float, count: int) -> Floats:
    """Mean value of time (count,) of equally likely bands of a lognormal with these P10, median and P90.

    The mean of the bands is the mean of the distribution; without a spread all bands are the median.
    """
    if not (0.0 < low < high):
        return np.full(count, median)
    sigma = float(np.log(high / low) / P10_TO_P90)
    normal = NormalDist()
    edges = [normal.inv_cdf(i / count) for i in range(1, count)]
    below = np.array([0.0, *(normal.cdf(edge - sigma) for edge in edges), 1.0])
    return median * np.exp(sigma**2 / 2.0) * count * np.diff(below)


def demand(index: Index, scenario: Scenario, *, vot_bands: int) -> Demand:
    """Contestable tonnes of a scenario by class and pair of places, sorted; pairs from a place to itself are left
    out.
    """
    commodity = by_key(scenario.table("commodity"), "commodity_id")
    commodities = pd.Index(commodity["commodity_id"])
    share = _Shares(index, scenario)
    flow = by_key(scenario.table("flow"), "origin", "destination", "commodity_id", "part")
    bulk_modes = [sum(MODE_BIT[m] for m in names) or _ALL_MODES for names in members(commodity["bulk_modes"])]
    parts: list[_Part] = []
    for at, (row, modes) in enumerate(zip(flow.itertuples(index=False), members(flow["modes"]), strict=True)):
        start, end = share.of(row.origin, row.commodity_id, 0), share.of(row.destination, row.commodity_id, 1)
        if row.part != "contestable" or start is None or end is None:
            continue
        tonnes = (row.volume_t * np.outer(start[1], end[1])).ravel()
        origin, destination = (grid.ravel() for grid in np.meshgrid(start[0], end[0], indexing="ij"))
        keep = np.flatnonzero((tonnes > 0.0) & (origin != destination))
        goods = int(commodities.get_loc(row.commodity_id))
        allowed = sum(MODE_BIT[m] for m in modes) or _ALL_MODES
        masks = (allowed, allowed & bulk_modes[goods])
        able = row.box_share if np.isnan(row.box_able_share) else max(row.box_able_share, row.box_share)
        for forms, part in (((BOX,), row.box_share), ((BOX, BULK), able - row.box_share), ((BULK,), 1.0 - able)):
            if part > 0.0:
                parts.append(_Part(goods, forms, masks, origin[keep], destination[keep], at, tonnes[keep] * part))
    return _Layout(commodity, parts, vot_bands).demand()


@dataclass(frozen=True, slots=True)
class _Part:
    """Tonnes (n,) of a flow that have the same choice of forms; `masks` are the modes allowed in a box and outside."""

    goods: int
    forms: tuple[int, ...]
    masks: tuple[int, int]
    origin: Ints
    destination: Ints
    flow: int
    tonnes: Floats


class _Layout:
    """Lays parts out as classes and pairs, sorted."""

    def __init__(self, commodity: pd.DataFrame, parts: list[_Part], bands_count: int) -> None:
        self.commodity, self.count = commodity, bands_count
        pieces: list[tuple[np.ndarray, ...]] = [tuple(np.empty(0, dtype=np.int64) for _ in range(5)) + (np.empty(0),)]
        choices = 0
        for part in parts:
            n = len(part.tonnes)
            own = np.arange(choices, choices + n) if len(part.forms) > 1 else np.full(n, -1)
            choices += n
            for form in part.forms:
                code = np.full(n, (part.goods * 2 + form) * 64 + part.masks[form])
                pieces.append((code, part.origin, part.destination, np.full(n, part.flow), own, part.tonnes))
        columns = [np.concatenate(column) for column in zip(*pieces, strict=True)]
        self.code, self.origin, self.destination, self.flow, self.choice, self.tonnes = columns

    def demand(self) -> Demand:
        """Every pair once for each band of its class."""
        codes, kind = np.unique(self.code, return_inverse=True)
        n, count = len(kind), self.count
        which = (kind[:, None] * count + np.arange(count)).ravel()
        of = np.repeat(np.arange(n), count)
        choice = np.where(self.choice[of] >= 0, self.choice[of] * count + np.tile(np.arange(count), n), -1)
        order = np.lexsort((choice, self.flow[of], self.destination[of], self.origin[of], which))
        of = of[order]
        return Demand(
            self._classes(codes), which[order], self.origin[of], self.destination[of], self.flow[of],
            self.tonnes[of] / count, _twins(choice[order]),
        )  # fmt: skip

    def _classes(self, codes: Ints) -> Classes:
        goods, form, modes = codes // 128, codes // 64 % 2, codes % 64
        terms = self.commodity.iloc[goods].reset_index(drop=True)
        low, high = (terms[f"vot_{end}_usd_per_t_h"].fillna(0.0) for end in ("low", "high"))
        vot = [bands(*row, self.count) for row in zip(low, terms["vot_usd_per_t_h"], high, strict=True)]
        repeat = np.repeat(np.arange(len(codes)), self.count)
        return Classes(
            commodity=goods[repeat],
            form=form[repeat],
            band=np.tile(np.arange(self.count), len(codes)),
            vot=np.array(vot).ravel(),
            size=np.where(form == BOX, terms["size_t_per_teu"].to_numpy(), 1.0)[repeat],
            modes=modes[repeat],
            road_factor=terms["road_factor"].to_numpy()[repeat],
            reliability=terms["reliability_ratio"].to_numpy()[repeat],
            unserved=terms["unserved_usd_per_t"].to_numpy()[repeat],
        )


def _twins(choice: Ints) -> Ints:
    """Position of the other pair of the same choice; -1 where there is none."""
    twin = np.full(len(choice), -1)
    mine = np.flatnonzero(choice >= 0)
    order = mine[np.argsort(choice[mine], kind="stable")]
    twin[order[::2]], twin[order[1::2]] = order[1::2], order[::2]
    return twin


class _Shares:
    """Places and shares of a region's goods."""

    def __init__(self, index: Index, scenario: Scenario) -> None:
        table = by_key(scenario.table("region_share"), "region_id", "commodity_id", "place_id")
        table["at"] = index.places.get_indexer(table["place_id"])
        self._groups = {
            key: (group["at"].to_numpy(), group["origin_share"].to_numpy(), group["destination_share"].to_numpy())
            for key, group in table.groupby(["region_id", "commodity_id"])
        }

    def of(self, region: str, commodity: str, end: int) -> tuple[Ints, Floats] | None:
        """Places and shares at one end (0 origin, 1 destination); None for a region without places."""
        found = self._groups.get((region, commodity)) or self._groups.get((region, "*"))
        if found is None:
            return None
        share = found[1 + end]
        return found[0][share > 0.0], share[share > 0.0]
