"""A way as a transport chain: its elements with their emissions, after ISO 14083:2023 (the method of GLEC v3).

A *transport chain element* (TCE) is a stretch on one kind of vehicle, or one hub operation. Emissions are activity
times intensity: E = sum tkm x g/tkm over transport + sum t x g/t over hubs, well to wheel (WTW = WTT + TTW). The
activity is the mass of the goods without the tare of boxes and wagons, over the length of the links of the way: the
planned distance, so that no distance adjustment factor is applied; a report on shortest feasible or great-circle
distance differs by it. Intensities are those of the table `emission_factor`, empty trips included as its rows say;
electric railways have the factor of the country's grid where a row gives one. The network's `kg` and these elements
come from the same rows and sum to the same total.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from koridor.model.compile import Compiled
from koridor.model.network import Act, Floats, Ints
from koridor.model.tariff.consignment import Consignment, consignment_of
from koridor.text import t

COLUMNS = {
    "tce": "int64", "kind": "str", "mode": "str", "traction": "str", "country_id": "str", "from_place": "str",
    "to_place": "str", "mass_t": "float64", "distance_km": "float64", "activity_t_km": "float64",
    "intensity_g_per_t_km": "float64", "intensity_g_per_t": "float64", "wtw_kg": "float64", "ttw_kg": "float64",
    "wtt_kg": "float64", "factors": "str", "sources": "str", "confidence": "str",
}  # fmt: skip
_HUBS = (Act.TRANSFER, Act.LOAD, Act.UNLOAD)
_NOTHING = 1e-9
_LEVELS = ("low", "medium", "high")


def distance_basis() -> str:
    """What the kilometres of a chain are, in a sentence."""
    return t(
        "Distance: length of the links of the way as planned; no distance adjustment factor. Mass: goods without the "
        "tare of boxes and wagons."
    )


def chain(compiled: Compiled, way_arcs: Ints, cargo: Any) -> pd.DataFrame:
    """Transport chain elements of a way for a consignment, in order; rows of one `tce` differ in country or traction.

    ttw_kg and wtt_kg are missing where the factors do not say which part arises at the vehicle. Kilograms are those of
    the whole consignment. O(arcs).
    """
    parts = _Parts(compiled, consignment_of(cargo), _factors(compiled.tables["emission_factor"]))
    made = [row for arc in np.asarray(way_arcs) for row in parts.of(int(arc))]
    rows: list[dict[str, Any]] = []
    for row in made:
        last = rows[-1] if rows else None
        if last and _same(last, row):
            _add(last, row)
        else:
            begins = last is None or row["kind"] == "hub" or (last["kind"], last["mode"]) != (row["kind"], row["mode"])
            rows.append({**row, "tce": (last["tce"] if last else 0) + begins})
    frame = pd.DataFrame(rows, columns=["tce", *(c for c in COLUMNS if c != "tce"), "ids"])
    return _finished(frame, compiled.tables["emission_factor"])


def _same(last: dict[str, Any], row: dict[str, Any]) -> bool:
    keys = ("kind", "mode", "traction", "country_id")
    return row["kind"] == "transport" and all(last[key] == row[key] for key in keys)


def _add(last: dict[str, Any], row: dict[str, Any]) -> None:
    last["to_place"] = row["to_place"]
    for name in ("distance_km", "activity_t_km", "wtw_kg", "ttw_kg"):
        last[name] += row[name]
    last["ids"] = tuple(dict.fromkeys((*last["ids"], *row["ids"])))


@dataclass(frozen=True)
class _Parts:
    """What an arc adds to the chain of a consignment."""

    compiled: Compiled
    goods: Consignment
    factors: dict[tuple[str, str, str], _Factor]

    @property
    def mass(self) -> float:
        return float(self.goods.net_t) * self.goods.count

    def of(self, arc: int) -> list[dict[str, Any]]:
        network, arcs = self.compiled.network, self.compiled.network.arcs
        if arcs.act[arc] in _HUBS:
            return [self._hub(arc, float(arcs.kg[0][arc]))] if arcs.kg[0][arc] > 0.0 else []
        rows = []
        for leg in network.legs[network.leg_start[arc] : network.leg_start[arc + 1]]:
            if arcs.act[leg] in _HUBS:
                rows += [self._hub(int(leg), float(arcs.kg[0][leg]))]
            elif arcs.act[leg] == Act.MOVE:
                rows += self._move(int(leg))
        return rows

    def _move(self, arc: int) -> list[dict[str, Any]]:
        """The transport, and the hubs at both ends where going on board and ashore belongs to the move."""
        network, arcs, index = self.compiled.network, self.compiled.network.arcs, self.compiled.index
        link = int(arcs.link[arc])
        mode, electric = str(index.link["mode"].iat[link]), bool(index.link["electrified"].iat[link])
        traction = ("electric" if electric else "diesel") if mode == "rail" else ""
        ends = [int(network.place[end[arc]]) for end in (arcs.tail, arcs.head)]
        countries = [str(index.countries[network.place_country[place]]) for place in ends]
        found = [self._factor(mode, traction or "any", country) for country in countries]
        used = [factor for factor in found if factor is not None]
        tonne_km = float(arcs.km[arc]) * self.mass
        both = len(used) == len(found)
        grams = float(np.mean([factor.grams for factor in used])) if both else 0.0
        ttw = float(np.mean([factor.grams * factor.ttw_share for factor in used])) if both else np.nan
        handled = max(float(arcs.kg[0][arc]) - grams * float(arcs.km[arc]) / 1000.0, 0.0)
        row = self._row(arc, "transport") | {
            "mode": mode, "traction": traction, "country_id": countries[0],
            "ids": tuple(dict.fromkeys(factor.id for factor in used)), "distance_km": float(arcs.km[arc]),
            "activity_t_km": tonne_km, "wtw_kg": grams * tonne_km / 1000.0, "ttw_kg": ttw * tonne_km / 1000.0,
        }  # fmt: skip
        return [row, self._hub(arc, handled)] if handled > _NOTHING else [row]

    def _factor(self, mode: str, traction: str, country: str) -> _Factor | None:
        """By country and traction, else by traction, else of any traction, as in `emission.link_kg_per_t`."""
        keys = ((mode, traction, country), (mode, traction, ""), (mode, "any", ""))
        return next((self.factors[key] for key in keys if key in self.factors), None)

    def _hub(self, arc: int, kg: float) -> dict[str, Any]:
        factor = self.factors["terminal", "any", ""]
        wtw = kg * self.mass
        return self._row(arc, "hub") | {"ids": (factor.id,), "wtw_kg": wtw, "ttw_kg": wtw * factor.ttw_share}

    def _row(self, arc: int, kind: str) -> dict[str, Any]:
        network, arcs, places = self.compiled.network, self.compiled.network.arcs, self.compiled.index.places
        return {
            "kind": kind, "mode": "", "traction": "", "country_id": "",
            "from_place": str(places[network.place[arcs.tail[arc]]]),
            "to_place": str(places[network.place[arcs.head[arc]]]),
            "mass_t": self.mass, "distance_km": 0.0, "activity_t_km": 0.0,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Factor:
    """A row of `emission_factor`: grams of CO2e, the part at the vehicle (nan: not known), its id."""

    grams: float
    ttw_share: float
    id: str


def _factors(frame: pd.DataFrame) -> dict[tuple[str, str, str], _Factor]:
    """Factors by activity, traction and country, "" where they hold in all."""
    return {
        (
            str(row["activity"]),
            str(row["traction"]),
            row["country_id"] if isinstance(row["country_id"], str) else "",
        ): _Factor(
            float(row["move_g_per_t" if row["activity"] == "terminal" else "distance_g_per_t_km"]),
            float(row["ttw_share"]),
            str(row["factor_id"]),
        )
        for row in frame.to_dict("records")
    }


def _finished(frame: pd.DataFrame, factors: pd.DataFrame) -> pd.DataFrame:
    """With intensities, the part before the vehicle, and the evidence of the factors."""
    known = factors.set_index("factor_id")
    evidence = [known.loc[list(ids)] for ids in frame["ids"]]
    moves = (frame["kind"] == "transport").to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        by_km = _ratio(frame["wtw_kg"], frame["activity_t_km"])
        by_t = _ratio(frame["wtw_kg"], frame["mass_t"])
    return frame.assign(
        intensity_g_per_t_km=np.where(moves, by_km, np.nan),
        intensity_g_per_t=np.where(moves, np.nan, by_t),
        wtt_kg=frame["wtw_kg"] - frame["ttw_kg"],
        factors=[";".join(ids) for ids in frame["ids"]],
        sources=[";".join(dict.fromkeys(rows["source"])) for rows in evidence],
        confidence=[next((c for c in _LEVELS if c in set(rows["confidence"])), "") for rows in evidence],
    )[list(COLUMNS)].astype(COLUMNS)


def _ratio(kg: pd.Series, by: pd.Series) -> Floats:
    quotient: Floats = kg.to_numpy(dtype=np.float64) * 1000.0 / by.to_numpy(dtype=np.float64)
    return quotient
