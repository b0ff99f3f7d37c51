"""Indicators of corridors: time- and cost-distance with bands, trade facilitation beside published averages, dwell.

Each corridor is ridden from end to end, both ways, under its own regime by a box of the goods that boxes carry most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from koridor.errors import UsageError
from koridor.model.compile import Compiled, compile_network
from koridor.model.network import BOX, Act, Floats
from koridor.model.patch import Edit, Op, Patch
from koridor.model.regime import corridors_of
from koridor.model.scenario import Scenario
from koridor.model.spread import border_rows, spread
from koridor.result import METRIC_COLUMNS, Result
from koridor.schema.tables import FORMS
from koridor.studies.bands import at_ends
from koridor.studies.indicators.course import courses, without_regime
from koridor.studies.indicators.figures import Ridden
from koridor.studies.route.single import Params as Journey
from koridor.studies.route.single import Search
from koridor.text import t

MEASURED = {
    "TFI1": "tfi1_h",
    "TFI2": "tfi2_usd_per_teu",
    "TFI3": "tfi3_usd",
    "SWOD": "swod_kmh",
    "SWD": "swd_kmh",
}  # column of the published indicator


class Status(StrEnum):
    """Whether every corridor asked for has a way."""

    MEASURED = "measured"
    SHUT = "some corridors have no open way"


@dataclass(frozen=True, slots=True)
class Params:
    """corridors: ids of corridors or axes. commodity: id, None for that of which most goes in boxes."""

    corridors: tuple[str, ...]
    commodity: str | None = None


def run(scenario: Scenario, params: Params) -> Result:
    """Indicators of corridors.

    Tables: `corridors` (two rows for each direction, under the regime and on local terms over the same links: distance,
    hours with quantiles, buffer and planning time index, price with its band, TFI1 to TFI4), `compared` (beside the
    published averages of the same mode, the worst first), `nodes` (dwell by node), `diagram` (time- and cost-distance
    with bands), `shut` (corridors without an open way). Raises UsageError for a name that is no corridor.
    """
    if not params.corridors:
        raise UsageError(t("Name at least one corridor or axis."))
    names = corridors_of(scenario, params.corridors)
    force = Patch("measured", tuple(Edit("corridor", name, "in_force", Op.SET, "yes") for name in names))
    inside = scenario.with_patches(force)
    compiled = compile_network(inside, capacities=False)
    ends, parts, at_border = at_ends(inside), spread(compiled), _at_border(inside, compiled)
    first, second = (str(name) for name in compiled.index.places[:2])
    search = Search(inside, compiled, Journey(first, second, commodity=params.commodity))
    ridden = [
        Ridden(course, compiled, ends, search.kind, parts, at_border)
        for name in names
        for ridden in courses(inside, compiled, name, search.kind)
        for course in (ridden, without_regime(ridden, compiled))
        if course is not None
    ]
    shut = [name for name in names if name not in {one.course.corridor for one in ridden}]
    table = _corridors(scenario, ridden)
    tables = {
        "corridors": table,
        "compared": _compared(scenario, table),
        "nodes": _joined([one.nodes() for one in ridden]),
        "diagram": _joined([one.diagram() for one in ridden]),
        "shut": pd.DataFrame({"corridor": pd.Series(shut, dtype="str")}),
    }
    return Result(
        study="indicators",
        scenario=inside.hash,
        dataset=scenario.dataset.name,
        params={"corridors": list(names), "commodity": search.goods},
        status=Status.SHUT if shut else Status.MEASURED,
        tables=tables,
        metrics=_metrics(table),
    )


def _at_border(scenario: Scenario, compiled: Compiled) -> Floats:
    """Mean hours (m,) of the border processes on every arc, as its corridor shortens them for boxes."""
    arcs, terms = compiled.network.arcs, scenario.table("corridor_term")
    factor = terms[terms["form"] == FORMS[BOX]].set_index("corridor_id")["border_time_factor"]
    by_corridor = factor.reindex(compiled.index.corridors).fillna(1.0).to_numpy(dtype=np.float64)
    mean = np.where(arcs.act == Act.MOVE, border_rows(compiled)[0], 0.0)
    shorter = np.concatenate([by_corridor, [1.0]])  # -1, the local regime, is the last
    hours: Floats = mean * shorter[arcs.corridor]
    return hours


def _joined(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame({"corridor": pd.Series(dtype="str")})


def _corridors(scenario: Scenario, ridden: Sequence[Ridden]) -> pd.DataFrame:
    place = scenario.table("place").set_index("place_id")["name"]
    rows = [
        {
            "corridor": one.course.corridor,
            "origin": one.course.origin,
            "destination": one.course.destination,
            "origin_name": place[one.course.origin],
            "destination_name": place[one.course.destination],
            "terms": one.course.terms,
            "mode": _main_mode(one),
            **one.totals(),
        }
        for one in ridden
    ]
    return pd.DataFrame(rows) if rows else pd.DataFrame({"corridor": pd.Series(dtype="str")})


def _main_mode(one: Ridden) -> str:
    """The mode with most kilometres of the way."""
    arcs, index = one.compiled.network.arcs, one.compiled.index
    mine = one.way[arcs.link[one.way] >= 0]
    mode = index.link["mode"].to_numpy(dtype=object)[arcs.link[mine]]
    return str(pd.Series(arcs.km[mine]).groupby(mode).sum().idxmax())


def _compared(scenario: Scenario, table: pd.DataFrame) -> pd.DataFrame:
    """Each indicator of each direction on local terms, which are those observed, beside the latest published average of
    its mode, the farthest off first.
    """
    published = scenario.table("indicator").sort_values("year", kind="stable")
    rows = []
    for row in table[table["terms"] == "local"].to_dict("records") if len(table) else ():
        for name, column in MEASURED.items():
            mine = published[(published["indicator"] == name) & (published["mode"] == row["mode"])]
            if mine.empty or pd.isna(row[column]):
                continue
            last, values = mine.iloc[-1], mine["value"]
            rows.append(
                {
                    "corridor": row["corridor"], "origin": row["origin"], "destination": row["destination"],
                    "indicator": name, "mode": row["mode"], "model": float(row[column]),
                    "published": float(last["value"]), "year": int(last["year"]),
                    "published_low": float(values.min()), "published_high": float(values.max()),
                    "first_year": int(mine["year"].iloc[0]), "ratio": float(row[column]) / float(last["value"]),
                    "name": str(last["name"]), "source": str(last["source"]), "confidence": str(last["confidence"]),
                }
            )  # fmt: skip
    columns = [
        "corridor", "origin", "destination", "indicator", "mode", "model", "published", "year", "published_low",
        "published_high", "first_year", "ratio", "name", "source", "confidence",
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    far = (frame["ratio"].astype("float64") - 1.0).abs()
    return frame.loc[far.sort_values(ascending=False, kind="stable").index].reset_index(drop=True)


def _metrics(table: pd.DataFrame) -> pd.DataFrame:
    units = {"distance_km": "km", "time_h": "h", "time_p95_h": "h", "price_usd_per_teu": "usd_per_teu", "tfi1_h": "h",
             "tfi2_usd_per_teu": "usd_per_teu", "tfi3_usd": "usd", "swod_kmh": "kmh", "swd_kmh": "kmh"}  # fmt: skip
    rows = [
        (name, f"{row['corridor']}/{row['origin']}/{row['destination']}/{row['terms']}", float(row[name]), unit)
        for row in table.to_dict("records")
        for name, unit in units.items()
    ]
    return pd.DataFrame(rows, columns=list(METRIC_COLUMNS))
