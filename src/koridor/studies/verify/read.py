"""The tables of a result as arrays on the compiled network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from koridor.errors import DataError, Problem
from koridor.model.compile import Compiled
from koridor.model.network import Demand, Floats, Ints
from koridor.result import Result
from koridor.studies.flows import ARC_COLUMNS, CLASS_COLUMNS, arc_names, class_names
from koridor.studies.verify.doubts import Doubts
from koridor.text import t

_NEEDED = {
    "pairs": ("pair", "carried_t", "unserved_t"),
    "class_flows": (*CLASS_COLUMNS, *ARC_COLUMNS, "flow_t"),
    "link_flows": ("link_id", "forward_t", "backward_t", "forward_teu", "backward_teu"),
    "elements": (
        "element_id", "direction", "capacity_per_yr", "preload_per_yr", "background_per_yr", "load_per_yr", "queue_h",
        "delay_h",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Flows:
    """Flows of a result. kind, arc, tonnes: (r,) of every class on every arc. carried, unserved: (pairs,) tonnes."""

    demand: Demand
    kind: Ints
    arc: Ints
    tonnes: Floats
    carried: Floats
    unserved: Floats

    @property
    def carried_t(self) -> float:
        """Tonnes carried in all."""
        return float(self.carried.sum())


def read(compiled: Compiled, demand: Demand, result: Result, doubts: Doubts) -> Flows:
    """The flows. Raises DataError for tables that are not there or name what the scenario does not have."""
    problems = list(_missing(result.tables, _needed(result)))
    if problems:
        raise DataError(problems)
    pairs, flows = result.tables["pairs"], result.tables["class_flows"]
    chosen = pairs["pair"].to_numpy(dtype=np.int64)
    if len(chosen) != len(np.unique(chosen)) or not ((chosen >= 0) & (chosen < len(demand))).all():
        limit = t("must be pairs of the demand, each once, from 0 to {last}", last=len(demand) - 1)
        raise DataError([Problem("pairs", "pairs.csv", None, "pair", (), "", limit, t("run the study again"))])
    mine = demand.part(chosen)
    names = class_names(compiled, demand.classes)
    kind = pd.MultiIndex.from_frame(names.astype(str)).get_indexer(
        pd.MultiIndex.from_frame(flows[list(CLASS_COLUMNS)].astype(str))
    )
    arc = flows["arc"].to_numpy(dtype=np.int64)
    known = (kind >= 0) & (arc >= 0) & (arc < len(compiled.network.arcs))
    told = arc_names(compiled, np.where(known, arc, 0))
    for name in ARC_COLUMNS[1:]:
        known &= told[name].to_numpy(dtype=object) == flows[name].to_numpy(dtype=object)
    said = flows[[*CLASS_COLUMNS, *ARC_COLUMNS]].astype(str)
    doubts.each(
        "class_flows", "arc", ~known, lambda _: (), lambda row: " ".join(said.iloc[row]),
        lambda _: t("must be a class and an arc of the scenario"),
    )  # fmt: skip
    tonnes = flows["flow_t"].to_numpy(dtype=np.float64)
    _not_negative("class_flows", "flow_t", tonnes, doubts)
    carried, unserved = (pairs[name].to_numpy(dtype=np.float64) for name in ("carried_t", "unserved_t"))
    for name, values in (("carried_t", carried), ("unserved_t", unserved)):
        _not_negative("pairs", name, values, doubts)
    return Flows(mine, kind[known].astype(np.int64), arc[known], tonnes[known], carried, unserved)


def _needed(result: Result) -> dict[str, tuple[str, ...]]:
    """Tables and columns without which nothing can be computed."""
    needed = dict(_NEEDED)
    if result.params.get("response", "fixed") != "fixed":
        needed["pairs"] = (*_NEEDED["pairs"], "reference_usd_per_t")
    if result.params.get("principle") == "stochastic":
        needed |= {"paths": ("path", "pair", "flow_t"), "path_arcs": ("path", "arc")}
    return needed


def _missing(tables: Mapping[str, pd.DataFrame], needed: Mapping[str, tuple[str, ...]]) -> list[Problem]:
    """What of this is not there; the ways of a stochastic choice are written where they are asked for."""
    found, hint = [], t("run the study again")
    if "paths" in needed:
        hint = t("run the study again, with --ways")
    for name, columns in needed.items():
        if name not in tables:
            found.append(Problem(name, f"{name}.csv", limit=t("the table is required"), hint=hint))
            continue
        for column in columns:
            if column not in tables[name]:
                found.append(Problem(name, f"{name}.csv", None, column, (), "", t("the column is missing"), hint))
    return found


def _not_negative(table: str, field: str, values: Floats, doubts: Doubts) -> None:
    doubts.each(
        table, field, ~(np.isfinite(values) & (values >= 0.0)), lambda row: (str(row),), lambda row: f"{values[row]:g}",
        lambda _: t("must be at least 0"),
    )  # fmt: skip
