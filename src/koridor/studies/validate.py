"""How near the model comes to what was published: every observation beside the model's own value, worst first.

Distances are found by the router, not by waypoints. Times and prices are those of a box of the goods that boxes carry
most, on the cheapest way with the regimes of the corridors that the observation names and no other, at the prices of
the network, without tariffs: a published price list is no observation of itself. Times come with P5, P50 and P95 of the
sum of their running, delays and waits, prices with a band from the ends of their rates' ranges. Volumes are those of
the assignment without the regimes of the dataset's two sets and without capacities. Shares are those of linking the
corridors that the observation names with the other set.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from koridor.errors import UsageError
from koridor.model.compile import Compiled
from koridor.model.network import Ints
from koridor.model.patch import Edit, Op, Patch
from koridor.model.regime import corridors_of, regime
from koridor.model.scenario import Scenario, find_patches
from koridor.model.spread import Spread, distribution, spread
from koridor.result import METRIC_COLUMNS, Result
from koridor.studies import assign, linkage, reasons, route
from koridor.studies.bands import Band, at_ends, money, price_band
from koridor.studies.route.single import Search
from koridor.text import t

Row = Mapping[Hashable, Any]
Sets = tuple[tuple[str, ...], tuple[str, ...]]

_HOURS_A_DAY = 24.0
KINDS = ("distance", "time", "cost", "volume", "share")


class Status(StrEnum):
    """A comparison always comes out."""

    COMPARED = "compared"


@dataclass(frozen=True, slots=True)
class Params:
    """factor: a volume within this factor of the count is near.

    tolerance_share: difference allowed where neither a tolerance nor a range was published. vot_bands: bands of
    value of time of the assignments.
    """

    factor: float = 2.0
    tolerance_share: float = 0.25
    vot_bands: int = 3


def run(scenario: Scenario, params: Params | None = None) -> Result:
    """Every row of `observation` beside the model's value.

    Tables: `observations` (worst first; `inside` the tolerance, the range published, or for volumes the factor;
    `why` says what the data can tell about a difference; `p5`, `p50`, `p95` of times and prices in the model, and
    whether the value published is `in_band` between the outer two), `summary` (by kind, and volumes of the base year
    alone; `banded` have a band).
    """
    asked = params or Params()
    found = _Comparison(scenario, asked).table()
    summary = _summary(found, int(scenario.dataset.meta["base_year"]))
    metrics = summary.rename(columns={"kind": "key"}).melt(
        "key", ["rows", "inside", "banded", "in_band"], "metric", "value"
    )
    return Result(
        study="validate",
        scenario=scenario.hash,
        dataset=scenario.dataset.name,
        params={"factor": asked.factor, "tolerance_share": asked.tolerance_share, "vot_bands": asked.vot_bands},
        status=Status.COMPARED,
        tables={"observations": found, "summary": summary},
        metrics=metrics.assign(unit="count")[list(METRIC_COLUMNS)],
    )


@dataclass
class _Comparison:
    """Compares observation by observation; a network and an assignment serve all observations that share them."""

    scenario: Scenario
    params: Params
    networks: dict[tuple[str, ...], route.Prepared] = field(default_factory=dict)
    spreads: dict[tuple[str, ...], Spread] = field(default_factory=dict)
    ends: dict[tuple[str, ...], tuple[Compiled, Compiled]] = field(default_factory=dict)
    shares: dict[tuple[str, ...], float] = field(default_factory=dict)
    lines: pd.DataFrame | None = None

    def table(self) -> pd.DataFrame:
        """All observations with the model's values, worst first: by the ratio of the two, whichever is larger."""
        sources = self.scenario.table("source").set_index("source_id")["citation"]
        rows = [self._row(row, sources) for row in self.scenario.table("observation").to_dict("records")]
        columns = [
            "observation_id", "kind", "name", "observed", "low", "high", "model", "difference", "difference_share",
            "inside", "unit", "year", "source", "confidence", "why", "p5", "p50", "p95", "in_band",
        ]  # fmt: skip
        frame = pd.DataFrame(rows, columns=columns)
        with np.errstate(divide="ignore", invalid="ignore"):
            far = np.abs(np.log(frame["model"].to_numpy(dtype=float) / frame["observed"].to_numpy(dtype=float)))
        far = np.where(np.isnan(far), np.inf, far)
        order = np.lexsort((frame["observation_id"].to_numpy(dtype=str), -far))
        return frame.iloc[order].reset_index(drop=True)

    def _row(self, row: Row, sources: pd.Series) -> dict[str, Any]:
        model, said, band = self._model(row)
        low, high = self._range(row)
        inside = bool(low <= model <= high)
        return {
            "observation_id": row["observation_id"],
            "kind": row["kind"],
            "name": row["name"],
            "observed": row["value"],
            "low": low if np.isfinite(low) else np.nan,
            "high": high if np.isfinite(high) else np.nan,
            "model": model,
            "difference": model - row["value"],
            "difference_share": model / row["value"] - 1.0 if row["value"] else np.nan,
            "inside": inside,
            "unit": row["unit"],
            "year": int(row["year"]),
            "source": sources.get(row["source"], ""),
            "confidence": row["confidence"],
            "why": said if inside or said else reasons.why(self.scenario, row, model),
            "p5": np.nan if band is None else band.p5,
            "p50": np.nan if band is None else band.p50,
            "p95": np.nan if band is None else band.p95,
            "in_band": band is not None and band.holds(float(row["value"])),
        }

    def _range(self, row: Row) -> tuple[float, float]:
        """What counts as near: the tolerance of a distance, the factor of a volume, else the range that was
        published.
        """
        value, low, high = float(row["value"]), float(row["value_low"]), float(row["value_high"])
        if row["kind"] == "volume":
            return value / self.params.factor, value * self.params.factor
        if not np.isnan(row["tolerance_share"]) or (np.isnan(low) and np.isnan(high)):
            given = float(row["tolerance_share"])
            share = self.params.tolerance_share if np.isnan(given) else given
            return value * (1.0 - share), value * (1.0 + share)
        return -np.inf if np.isnan(low) else low, np.inf if np.isnan(high) else high

    def _model(self, row: Row) -> tuple[float, str, Band | None]:
        """The model's value, nan where it has none, and then why; of times and prices their band."""
        if row["kind"] == "volume":
            return (*self._volume(row), None)
        if row["kind"] == "share":
            return (*self._share(_listed(row["corridors"])), None)
        return self._journey(row)

    def _journey(self, row: Row) -> tuple[float, str, Band | None]:
        """Kilometres of the shortest way, or days or price of the cheapest."""
        if pd.isna(row["from_place"]) or pd.isna(row["to_place"]):
            return np.nan, t("the observation does not say between which places"), None
        corridors, distance = _listed(row["corridors"]), row["kind"] == "distance"
        query = route.Params(
            row["from_place"],
            row["to_place"],
            modes=_listed(row["modes"]),
            via=_listed(row["via"]),
            corridors=corridors,
            within=distance and bool(corridors),
            least=route.Least.DISTANCE if distance else route.Least.COST,
        )
        key = (*_listed(row["patches"]), "", *corridors)
        prepared = self._network(_listed(row["patches"]), corridors)
        search = Search(prepared.scenario, prepared.compiled, query)
        way = search.arcs()
        if way is None:
            return np.nan, t("the model has no such way"), None
        arcs = prepared.compiled.network.arcs
        if distance:
            return float(arcs.km[way].sum()), "", None
        if row["kind"] == "time":
            return float(arcs.hours[int(search.kind.form[0])][way].sum()) / _HOURS_A_DAY, "", self._days(key, way)
        size = float(search.kind.size[0]) if row["unit"] == "usd_per_teu" else 1.0
        if key not in self.ends:
            self.ends[key] = at_ends(prepared.scenario)
        low, high = (size * float(money(end, search.kind, way).sum()) for end in self.ends[key])
        central = size * float(money(prepared.compiled, search.kind, way).sum())
        return central, "", price_band(central, low, high)

    def _days(self, key: tuple[str, ...], way: Ints) -> Band:
        """Days of a way: the sum of its running, delays and waits as a distribution."""
        if key not in self.spreads:
            self.spreads[key] = spread(self.networks[key].compiled)
        found = distribution(self.spreads[key], way)
        return Band(*(found.quantile(share) / _HOURS_A_DAY for share in (0.05, 0.5, 0.95)))

    def _network(self, patches: tuple[str, ...], corridors: tuple[str, ...]) -> route.Prepared:
        key = (*patches, "", *corridors)
        if key not in self.networks:
            force = Patch("observed", tuple(Edit("corridor", name, "in_force", Op.SET, "yes") for name in corridors))
            extra = find_patches(self.scenario.dataset, patches)
            self.networks[key] = route.prepare(self.scenario.with_patches(*extra, force))
        return self.networks[key]

    def _volume(self, row: Row) -> tuple[float, str]:
        """Tonnes or TEU a year over a screenline."""
        if self.lines is None:
            params = assign.Params(vot_bands=self.params.vot_bands)
            self.lines = assign.run(_without_regimes(self.scenario), params).tables["screenlines"]
        mine = self.lines[self.lines["screenline_id"] == row["screenline_id"]]
        if row["direction"] in ("forward", "backward"):
            mine = mine[mine["direction"] == row["direction"]]
        return float(mine["t" if row["unit"] == "t_per_yr" else "teu"].sum()), ""

    def _share(self, corridors: tuple[str, ...]) -> tuple[float, str]:
        """Share of linked boxes among those over the gates of the corridors named, in the scenario's own year."""
        other = [names for names in _sets(self.scenario) or () if not set(names) & set(corridors)]
        if not corridors or len(other) != 1:
            return np.nan, t("the dataset names no second set of corridors to link with")
        if corridors not in self.shares:
            params = linkage.Params(corridors, other[0], vot_bands=self.params.vot_bands)
            metrics = linkage.run(self.scenario, params).metrics
            hit = (metrics["metric"] == "linked_share_of_a") & (metrics["key"] == "free")
            self.shares[corridors] = float(metrics.loc[hit, "value"].iloc[0])
        return self.shares[corridors], ""


def _sets(scenario: Scenario) -> Sets | None:
    """The corridors of the dataset's two sets; None where it names none."""
    own = scenario.dataset.meta["sets"]
    try:
        return corridors_of(scenario, tuple(own["a"])), corridors_of(scenario, tuple(own["b"]))
    except (KeyError, UsageError):
        return None


def _without_regimes(scenario: Scenario) -> Scenario:
    """The scenario with neither of the dataset's two sets in force."""
    sets = _sets(scenario)
    return scenario if sets is None else scenario.with_patches(regime(scenario, sets, a=False, b=False))


def _listed(cell: object) -> tuple[str, ...]:
    return tuple(part for part in cell.split(";") if part) if isinstance(cell, str) else ()


def _summary(found: pd.DataFrame, base_year: int) -> pd.DataFrame:
    """How many are inside and the median difference, by kind; volumes of the base year once more."""
    groups = {kind: found[found["kind"] == kind] for kind in KINDS}
    groups[f"volume {base_year}"] = found[(found["kind"] == "volume") & (found["year"] == base_year)]
    rows = [
        {
            "kind": kind,
            "rows": len(part),
            "inside": int(part["inside"].sum()),
            "banded": int(part["p50"].notna().sum()),
            "in_band": int(part["in_band"].sum()),
            "median_difference_share": float(part["difference_share"].abs().median()),
        }
        for kind, part in groups.items()
        if len(part)
    ]
    return pd.DataFrame(rows, columns=["kind", "rows", "inside", "banded", "in_band", "median_difference_share"])
