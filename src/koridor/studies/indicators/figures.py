"""Figures of one way: indicators of trade facilitation, dwell at its nodes, its time- and cost-distance diagram.

Time- and cost-distance after UNESCAP (Beresford & Dubey 1990; Banomyong 2000). TFI1 to TFI4 after CAREC's corridor
performance measurement: hours and USD at a border crossing, USD for 20 t over 500 km, speed without and with delay.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from koridor.model.compile import Compiled
from koridor.model.network import BOX, PAYEES, Act, Classes, Floats, Ints
from koridor.model.spread import Distribution, Spread, distribution
from koridor.schema.tables import CARRIAGES
from koridor.studies.bands import money, price_band
from koridor.studies.indicators.course import Course

TFI3_KM, TFI3_T = 500.0, 20.0  # how the indicator is defined
_ACCESS = (Act.LOAD, Act.UNLOAD)
_PUBLIC = PAYEES.index("public")
_BAND = {"p5": 0.05, "p50": 0.5, "p80": 0.8, "p95": 0.95}


@dataclass(frozen=True)
class Ridden:
    """A course with all that its figures need: the network, the same with prices at both ends of their ranges, the
    class of goods, the parts of all hours, and mean hours (m,) at the border.
    """

    course: Course
    compiled: Compiled
    ends: tuple[Compiled, Compiled]
    kind: Classes
    parts: Spread
    border_h: Floats

    @property
    def way(self) -> Ints:
        """Arcs from door to door."""
        return self.course.way

    @property
    def inner(self) -> Ints:
        """Arcs without loading and unloading."""
        return self.way[~np.isin(self.compiled.network.arcs.act[self.way], _ACCESS)]

    def totals(self) -> dict[str, float]:
        """Distance, hours with quantiles and indices, price with its band, emissions, and TFI1 to TFI4."""
        arcs, size = self.compiled.network.arcs, float(self.kind.size[0])
        km = float(arcs.km[self.way].sum())
        hours = distribution(self.parts, self.way)
        paid = [float(money(net, self.kind, self.way).sum()) * size for net in (self.compiled, *self.ends)]
        band = price_band(*paid)
        return {
            "distance_km": km,
            "time_h": hours.mean_h,
            **{f"time_{name}_h": hours.quantile(share) for name, share in _BAND.items()},
            "buffer_ratio": hours.buffer_index,
            "planning_time_ratio": hours.planning_time_index,
            "price_usd_per_teu": band.p50,
            "price_p5_usd_per_teu": band.p5,
            "price_p95_usd_per_teu": band.p95,
            "co2e_kg_per_teu": float(arcs.kg[BOX][self.way].sum()) * size,
            **self.facilitation(),
        }

    def facilitation(self) -> dict[str, float]:
        """TFI1 to TFI4, without loading and unloading; nan where the way crosses no border with a row."""
        arcs, inner = self.compiled.network.arcs, self.inner
        at_border = self.border_h[inner]
        crossing = at_border > 0.0
        fees = arcs.price[BOX, _PUBLIC][inner][crossing]
        km, hours = float(arcs.km[inner].sum()), float(arcs.hours[BOX][inner].sum())
        moving = float(self.moving()[~np.isin(arcs.act[self.way], _ACCESS)].sum())
        paid = float(money(self.compiled, self.kind, inner).sum())
        some = bool(crossing.any())
        without, with_delay = km / moving if moving else np.nan, km / hours if hours else np.nan
        return {
            "borders": float(crossing.sum()),
            "tfi1_h": float(at_border[crossing].mean()) if some else np.nan,
            "tfi1_median_h": float(np.median(at_border[crossing])) if some else np.nan,
            "tfi2_usd_per_teu": float(fees.mean()) if some else np.nan,
            "tfi3_usd": paid * TFI3_T * TFI3_KM / km if km else np.nan,
            "swod_kmh": without,
            "swd_kmh": with_delay,
            "delay_share": 1.0 - with_delay / without,
        }

    def moving(self) -> Floats:
        """Hours (n,) in motion: the links of each arc at their own commercial speed, at most what the arc takes."""
        network, arcs = self.compiled.network, self.compiled.network.arcs
        link = self.compiled.index.link
        run = link["time_h"].to_numpy(dtype=np.float64)
        by_speed = link["length_km"].to_numpy(dtype=np.float64) / link["speed_kmh"].to_numpy(dtype=np.float64)
        run = np.where(np.isnan(run), by_speed, run)
        hours = []
        for arc in self.way:
            legs = arcs.link[network.legs[network.leg_start[arc] : network.leg_start[arc + 1]]]
            hours.append(float(run[legs[legs >= 0]].sum()))
        return np.minimum(hours, arcs.hours[BOX][self.way])

    def nodes(self) -> pd.DataFrame:
        """A row for every place on the way where time goes by: what is done, mean, quantiles, variation, price.

        Of a move only the border counts, not running or the wait for a ship.
        """
        arcs = self.compiled.network.arcs
        certain = np.maximum(self.border_h - self.parts.delay_h, 0.0)
        moves = arcs.act == Act.MOVE
        fixed, wait = np.where(moves, certain, self.parts.fixed_h), np.where(moves, 0.0, self.parts.wait_h)
        still = replace(self.parts, fixed_h=fixed, wait_h=wait, run_h=np.zeros_like(fixed))
        rows = []
        for arc in self.way:
            found = distribution(still, np.array([arc]))
            if found.mean_h <= 0.0:
                continue
            terminal = arcs.price[BOX][1:, arc].sum() if arcs.act[arc] == Act.MOVE else arcs.price[BOX][:, arc].sum()
            rows.append({**self._where(int(arc)), **_dwell(found), "price_usd_per_teu": float(terminal)})
        columns = [*self._where(int(self.way[0])), "dwell_h", *(f"dwell_{n}_h" for n in _BAND), "variation_ratio"]
        return pd.DataFrame(rows, columns=[*columns, "price_usd_per_teu"])

    def diagram(self) -> pd.DataFrame:
        """A row for the start and after every arc: distance, hours and USD a TEU so far, each with its band."""
        arcs, size = self.compiled.network.arcs, float(self.kind.size[0])
        paid = [np.cumsum(money(net, self.kind, self.way)) * size for net in (self.compiled, *self.ends)]
        first = self._where(int(self.way[0]))
        nothing = dict.fromkeys(_DIAGRAM, 0.0)
        rows = [{**first, "activity": "start", "to_place": first["from_place"], **nothing}]
        for i, arc in enumerate(self.way):
            hours = distribution(self.parts, self.way[: i + 1])
            band = price_band(*(float(part[i]) for part in paid))
            figures = (
                float(arcs.km[self.way[: i + 1]].sum()), hours.mean_h, hours.quantile(0.05), hours.quantile(0.95),
                band.p50, band.p5, band.p95,
            )  # fmt: skip
            rows.append({**self._where(int(arc)), **dict(zip(_DIAGRAM, figures, strict=True))})
        frame = pd.DataFrame(rows)
        frame.insert(0, "seq", np.arange(len(frame)))
        return frame

    def _where(self, arc: int) -> dict[str, str]:
        network, arcs, index = self.compiled.network, self.compiled.network.arcs, self.compiled.index
        ends = [int(network.place[end[arc]]) for end in (arcs.tail, arcs.head)]
        act = Act(arcs.act[arc])
        names = index.place["name"].to_numpy(dtype=object)
        doing = act.name.lower()
        if act is Act.MOVE:
            doing = str(index.link["mode"].iat[int(arcs.link[arc])])
        carriage = int(network.carriage[arcs.head[arc]])
        return {
            "corridor": self.course.corridor, "origin": self.course.origin, "destination": self.course.destination,
            "terms": self.course.terms,
            "activity": doing, "from_place": str(index.places[ends[0]]), "to_place": str(index.places[ends[1]]),
            "from_name": str(names[ends[0]]), "to_name": str(names[ends[1]]),
            "carriage": CARRIAGES[carriage] if carriage >= 0 else "",
        }  # fmt: skip


_DIAGRAM = (
    "distance_km", "time_h", "time_p5_h", "time_p95_h", "price_usd_per_teu", "price_p5_usd_per_teu",
    "price_p95_usd_per_teu",
)  # fmt: skip


def _dwell(found: Distribution) -> dict[str, float]:
    quantiles = {f"dwell_{name}_h": found.quantile(share) for name, share in _BAND.items()}
    return {"dwell_h": found.mean_h, **quantiles, "variation_ratio": found.sd_h / found.mean_h}
