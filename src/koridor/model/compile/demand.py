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

    The mean of the bands is the mean of the distribution; without a spread there is one band, the median.
    """
    if not (0.0 < low < high):
        return np.array([median])
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
    flow = by_key(scenario.table("flow"), "origin", "destination", "commodity_id", "part")
    return _Layout(commodity, _parts(index, scenario, commodity, flow), vot_bands).demand()


@dataclass(frozen=True, slots=True)
class _Part:
    """Tonnes (n,) that have the same choice of forms; goods and flow are positions, `masks` (2, n) the modes allowed
    in a box and outside.
    """

    forms: tuple[int, ...]
    goods: Ints
    masks: Ints
    origin: Ints
    destination: Ints
    flow: Ints
    tonnes: Floats


def _parts(index: Index, scenario: Scenario, commodity: pd.DataFrame, flow: pd.DataFrame) -> list[_Part]:
    """The contestable tonnes of all flows by pair of places: in boxes, in boxes or outside, outside. O(pairs)."""
    share = _Shares(index, scenario)
    starts, ends = (
        share.of(flow[end], flow["commodity_id"], side) for side, end in enumerate(("origin", "destination"))
    )
    used = np.flatnonzero((flow["part"] == "contestable").to_numpy() & (starts.count > 0) & (ends.count > 0))
    many = ends.count[used]
    row, cell = _spread(used, starts.count[used] * many)
    many = ends.count[row]
    first, second = starts.first[row] + cell // many, ends.first[row] + cell % many
    tonnes = flow["volume_t"].to_numpy()[row] * (starts.share[first] * ends.share[second])
    origin, destination = starts.place[first], ends.place[second]
    keep = (tonnes > 0.0) & (origin != destination)
    row, origin, destination, tonnes = row[keep], origin[keep], destination[keep], tonnes[keep]

    goods = pd.Index(commodity["commodity_id"]).get_indexer(flow["commodity_id"]).astype(np.int64)
    allowed = _masks(flow["modes"])
    masks = np.stack([allowed, allowed & _masks(commodity["bulk_modes"])[goods]])
    box, able = flow["box_share"].to_numpy(), flow["box_able_share"].to_numpy()
    able = np.where(np.isnan(able), box, np.maximum(able, box))
    parts = []
    for forms, part in (((BOX,), box), ((BOX, BULK), able - box), ((BULK,), 1.0 - able)):
        some = np.flatnonzero(part[row] > 0.0)
        at = row[some]
        parts.append(
            _Part(forms, goods[at], masks[:, at], origin[some], destination[some], at, tonnes[some] * part[at])
        )
    return parts


def _spread(rows: Ints, times: Ints) -> tuple[Ints, Ints]:
    """Each row as often as `times` says, and its turn, from 0."""
    out = np.repeat(rows, times)
    return out, np.arange(len(out)) - np.repeat(np.cumsum(times) - times, times)


def _masks(cells: pd.Series) -> Ints:
    """Mode bits of every cell of a list of modes; an empty one allows all."""
    codes, texts = pd.factorize(cells.fillna(""))
    names = members(pd.Series(texts, dtype="str"))
    return np.array([sum(MODE_BIT[name] for name in row) or _ALL_MODES for row in names], dtype=np.int64)[codes]


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
                code = (part.goods * 2 + form) * 64 + part.masks[form]
                pieces.append((code, part.origin, part.destination, part.flow, own, part.tonnes))
        columns = [np.concatenate(column) for column in zip(*pieces, strict=True)]
        self.code, self.origin, self.destination, self.flow, self.choice, self.tonnes = columns

    def demand(self) -> Demand:
        """Every pair once for each band of its class."""
        codes, kind = np.unique(self.code, return_inverse=True)
        vot = self._vot(codes)
        times = np.array([len(values) for values in vot], dtype=np.int64)
        first = np.cumsum(times) - times
        of, band = _spread(np.arange(len(kind)), times[kind])
        which = first[kind[of]] + band
        choice = np.where(self.choice[of] >= 0, self.choice[of] * self.count + band, -1)
        order = np.lexsort((choice, self.flow[of], self.destination[of], self.origin[of], which))
        of = of[order]
        return Demand(
            self._classes(codes, vot), which[order], self.origin[of], self.destination[of], self.flow[of],
            self.tonnes[of] / times[kind[of]], _twins(choice[order]),
        )  # fmt: skip

    def _vot(self, codes: Ints) -> list[Floats]:
        """Values of time of the bands of every code."""
        terms = self.commodity.iloc[codes // 128]
        low, high = (terms[f"vot_{end}_usd_per_t_h"].fillna(0.0) for end in ("low", "high"))
        return [bands(*row, self.count) for row in zip(low, terms["vot_usd_per_t_h"], high, strict=True)]

    def _classes(self, codes: Ints, vot: list[Floats]) -> Classes:
        goods, form, modes = codes // 128, codes // 64 % 2, codes % 64
        terms = self.commodity.iloc[goods].reset_index(drop=True)
        repeat, band = _spread(np.arange(len(codes)), np.array([len(values) for values in vot], dtype=np.int64))
        return Classes(
            commodity=goods[repeat],
            form=form[repeat],
            band=band,
            vot=np.concatenate([np.empty(0), *vot]),
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


@dataclass(frozen=True, slots=True)
class _Ends:
    """Places and shares (s,) of groups of `region_share`; of row r those from first[r] on, count[r] of them."""

    place: Ints
    share: Floats
    first: Ints
    count: Ints


class _Shares:
    """Places and shares of the regions' goods."""

    def __init__(self, index: Index, scenario: Scenario) -> None:
        self._table = by_key(scenario.table("region_share"), "region_id", "commodity_id", "place_id")
        self._place = index.places.get_indexer(self._table["place_id"]).astype(np.int64)
        self._regions, self._goods = (pd.Index(self._table[name].unique()) for name in ("region_id", "commodity_id"))
        self._codes, self._group = np.unique(
            self._code(self._table["region_id"], self._table["commodity_id"]), return_inverse=True
        )

    def _code(self, region: pd.Series, goods: pd.Series) -> Ints:
        """One number for a region and its goods; negative where no row names them."""
        at, of = self._regions.get_indexer(region), self._goods.get_indexer(goods)
        return np.where((at < 0) | (of < 0), -1, at * len(self._goods) + of)

    def of(self, region: pd.Series, goods: pd.Series, side: int) -> _Ends:
        """What each row's region has on one side (0 origin, 1 destination): the rows of the goods, else those of `*`.

        A region without places there has a count of 0.
        """
        share = self._table[("origin_share", "destination_share")[side]].to_numpy()
        some = np.flatnonzero(share > 0.0)
        some = some[np.argsort(self._group[some], kind="stable")]
        count = np.bincount(self._group[some], minlength=len(self._codes))
        group = self._find(self._code(region, goods))
        group = np.where(group < 0, self._find(self._code(region, pd.Series("*", index=region.index))), group)
        known = group >= 0
        return _Ends(
            place=self._place[some],
            share=share[some],
            first=np.where(known, (np.cumsum(count) - count)[group], 0),
            count=np.where(known, count[group], 0),
        )

    def _find(self, code: Ints) -> Ints:
        """Positions of the groups with these codes; -1 for none."""
        at = np.minimum(np.searchsorted(self._codes, code), len(self._codes) - 1)
        return np.where(self._codes[at] == code, at, -1)
