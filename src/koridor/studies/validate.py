"""How near the model comes to what was published: every observation beside the model's own value, worst first.

Distances are found by the router, not by waypoints. Times and costs are those of a box of the goods that boxes carry most, with the
regimes of the corridors that the observation names in force. Volumes are those of the base-year assignment without capacities.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from koridor.model.patch import Edit, Op, Patch
from koridor.model.scenario import Scenario, find_patches
from koridor.result import Result
from koridor.schema.tables import FORMS
from koridor.studies import assign, route

_FACTOR = 2.0  # a volume within a factor of two counts as near
_HOURS_A_DAY = 24.0


class Status(StrEnum):
    """A comparison always comes out."""

    COMPARED = "compared"


@dataclass(frozen=True, slots=True)
class Params:
    """vot_bands: bands of value of time of the assignment behind volumes."""

    vot_bands: int = 3


def run(scenario: Scenario, params: Params | None = None) -> Result:
    """Every row of `observation` beside the model's value.

    Tables: `observations` (worst first), `summary` (by kind: rows, inside tolerance or range, within a factor of two).
    """
    found = _Comparison(scenario, params or Params()).table()
    summary = _summary(found)
    counts = summary.melt("kind", var_name="metric", value_name="value").rename(columns={"kind": "key"})
    return Result(
        study="validate",
        scenario=scenario.hash,
        dataset=scenario.dataset.name,
        params={"vot_bands": (params or Params()).vot_bands},
        status=Status.COMPARED,
        tables={"observations": found, "summary": summary},
        metrics=counts.assign(unit=np.where(counts["metric"].str.endswith("_share"), "share", "count"))[
            ["metric", "key", "value", "unit"]
        ],
    )


@dataclass
class _Comparison:
    """Compares observation by observation; networks and the assignment are prepared once for each use."""

    scenario: Scenario
    params: Params
    networks: dict[tuple[str, ...], route.Prepared] = field(default_factory=dict)
    lines: pd.DataFrame | None = None

    def table(self) -> pd.DataFrame:
        """All observations with the model's values, worst first."""
        sources = self.scenario.table("source").set_index("source_id")["citation"]
        rows = []
        for row in self.scenario.table("observation").itertuples(index=False):
            model, why = self._model(row)
            share = (model - row.value) / row.value if row.value else np.nan
            rows.append(
                {
                    "observation_id": row.observation_id,
                    "kind": row.kind,
                    "name": row.name,
                    "observed": row.value,
                    "low": row.value_low,
                    "high": row.value_high,
                    "model": model,
                    "difference": model - row.value,
                    "difference_share": share,
                    "inside": _inside(row, model),
                    "within_factor_two": bool(model > 0.0 and 1.0 / _FACTOR <= model / row.value <= _FACTOR),
                    "unit": row.unit,
                    "year": int(row.year),
                    "confidence": row.confidence,
                    "source": sources.get(row.source, ""),
                    "why": why or ("" if pd.isna(row.note) else row.note),
                }
            )
        frame = pd.DataFrame(rows)
        size = frame["difference_share"].abs().fillna(np.inf)
        order = np.lexsort((frame["observation_id"].to_numpy(dtype=str), -size))
        return frame.iloc[order].reset_index(drop=True)

    def _model(self, row: Any) -> tuple[float, str]:
        """The model's value, nan where it has none, and why."""
        if row.kind == "volume":
            return self._volume(row)
        if row.kind == "share":
            return float("nan"), "a result of linking: see the answer of `koridor link`"
        if pd.isna(row.from_place) or pd.isna(row.to_place):
            return float("nan"), "no journey between two places of the dataset"
        corridors = _listed(row.corridors)
        modes = _listed(row.modes)
        prepared = self._network(_listed(row.patches), corridors)
        distance = row.kind == "distance"
        query = route.Params(
            row.from_place,
            row.to_place,
            self._goods(),
            FORMS[0],
            modes=modes,
            via=_listed(row.via),
            corridors=corridors or (() if distance else None),
            least=route.Least.DISTANCE if distance else route.Least.COST,
        )
        result = prepared(query)
        if result.status != route.Status.FOUND:
            return float("nan"), "the model has no such way"
        value = result.metrics.set_index("metric")["value"]
        if distance:
            return float(value["distance_km"]), ""
        if row.kind == "time":
            return float(value["time_h"]) / _HOURS_A_DAY, ""
        size = float(value["money_usd_per_teu"]) / float(value["money_usd_per_t"])
        return float(value["money_usd_per_teu"]) / (1.0 if row.unit == "usd_per_teu" else size), ""

    def _network(self, patches: tuple[str, ...], corridors: tuple[str, ...]) -> route.Prepared:
        key = (*patches, "|", *corridors)
        if key not in self.networks:
            force = Patch("observed regimes", tuple(Edit("corridor", c, "in_force", Op.SET, "yes") for c in corridors))
            extra = find_patches(self.scenario.dataset, patches)
            self.networks[key] = route.prepare(self.scenario.with_patches(*extra, force))
        return self.networks[key]

    def _goods(self) -> str:
        """The commodity of which most goes in boxes."""
        flow = self.scenario.table("flow")
        boxed = (flow["volume_t"] * flow["box_share"]).groupby(flow["commodity_id"]).sum()
        return str(boxed.sort_index().idxmax())

    def _volume(self, row: Any) -> tuple[float, str]:
        if self.lines is None:
            self.lines = assign.run(self.scenario, assign.Params(vot_bands=self.params.vot_bands)).tables["screenlines"]
        mine = self.lines[self.lines["screenline_id"] == row.screenline_id]
        if row.direction in ("forward", "backward"):
            mine = mine[mine["direction"] == row.direction]
        value = float(mine["t" if row.unit == "t_per_yr" else "teu"].sum())
        return value, "" if len(mine) else "no such screenline"


def _listed(cell: object) -> tuple[str, ...]:
    return () if pd.isna(cell) else tuple(part for part in str(cell).split(";") if part)  # type: ignore[call-overload]


def _inside(row: Any, model: float) -> bool:
    """Whether the model lies in the tolerance or in the published range; for volumes, within a factor of two."""
    if np.isnan(model):
        return False
    if not np.isnan(row.tolerance_share):
        return bool(abs(model - row.value) <= row.tolerance_share * row.value)
    if row.kind == "volume":
        return bool(1.0 / _FACTOR <= model / row.value <= _FACTOR)
    low = row.value if np.isnan(row.value_low) else row.value_low
    high = row.value if np.isnan(row.value_high) else row.value_high
    return bool(low <= model <= high)


def _summary(found: pd.DataFrame) -> pd.DataFrame:
    """Rows, inside, within a factor of two and the median difference, by kind."""
    grouped = found.groupby("kind", sort=True)
    return pd.DataFrame(
        {
            "kind": list(grouped.groups),
            "rows": grouped.size().to_numpy(),
            "inside": grouped["inside"].sum().to_numpy(),
            "within_factor_two": grouped["within_factor_two"].sum().to_numpy(),
            "median_difference_share": grouped["difference_share"].apply(lambda s: s.abs().median()).to_numpy(),
        }
    )
