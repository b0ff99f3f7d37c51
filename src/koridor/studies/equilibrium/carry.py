"""Paths of one compiled network found again in another: after a patch, in another month, from a folder of results.

Numbers of arcs and pairs change with the tables, names do not. An arc is what it does, by which row (link, transfer,
interchange, service), and the states (place, carriage, corridor, stage) from and to which it leads; a pair is its ends
and its class. A path of which an arc is gone is left out, so that a start is only ever a start.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from koridor.errors import UsageError
from koridor.model.compile import Compiled
from koridor.model.network import Act, Demand, Ints
from koridor.result import Result
from koridor.studies.equilibrium.paths import Paths
from koridor.studies.flows import ARC_COLUMNS, arc_names, class_names
from koridor.text import t

ARC_KEY = (*ARC_COLUMNS[1:], "row", "from_stage", "to_stage")
PAIR_KEY = ("origin", "destination", "commodity_id", "form", "band")
_ROWS = {
    Act.TRANSFER: ("transfer", ("transfer_id",)),
    Act.INTERCHANGE: (
        "interchange", ("interchange_group", "from_corridor", "from_place", "to_corridor", "to_place"),
    ),
    Act.SERVICE: ("service", ("service_id",)),
}  # fmt: skip


def arc_keys(compiled: Compiled, arc: Ints) -> pd.DataFrame:
    """The columns of `ARC_KEY` that tell each of these arcs from all others, whatever its number."""
    network, arcs = compiled.network, compiled.network.arcs
    row = np.full(len(arcs), "", dtype=object)
    for act, (table, key) in _ROWS.items():
        mine = np.flatnonzero(arcs.act == act)
        frame = compiled.tables[table]
        names = np.array(["/".join(parts) for parts in zip(*(frame[k].astype(str) for k in key), strict=True)], object)
        if len(mine):
            row[mine] = names[arcs.row[mine]]
    told = arc_names(compiled, arc).drop(columns="arc")
    return told.assign(
        row=pd.Series(row[arc], dtype="str"),
        from_stage=network.stage[arcs.tail[arc]], to_stage=network.stage[arcs.head[arc]],
    )  # fmt: skip


def carried(paths: Paths, before: tuple[Compiled, Demand], now: tuple[Compiled, Demand]) -> Paths:
    """The paths as they are in another network, with their tonnes; those that are not there are left out."""
    compiled, demand = before
    arcs, at = np.unique(paths.arcs, return_inverse=True)
    pair = pair_keys(compiled, demand).iloc[paths.pair].reset_index(drop=True)
    return _found(arc_keys(compiled, arcs.astype(np.int64)), at.astype(np.int64), paths, pair, now)


def read_start(result: Result, now: tuple[Compiled, Demand]) -> Paths:
    """The paths of a result, as they are in this network. Raises UsageError for a result that keeps none.

    `paths`, `path_arcs` and `arcs` are tables of `Params.ways`.
    """
    tables, needed = result.tables, {"paths": ("path", "flow_t", *PAIR_KEY), "path_arcs": ("path", "seq", "arc")}
    for name, columns in {**needed, "arcs": ("arc", *ARC_KEY)}.items():
        if name not in tables or not set(columns) <= set(tables[name]):
            raise UsageError(
                t("a start needs the ways of its result, which this one does not keep: run it again with --ways")
            )
    path, seq, arc = (tables["path_arcs"][name].to_numpy(dtype=np.int64) for name in needed["path_arcs"])
    order = np.lexsort((-seq, path))
    owner, first = np.unique(path[order], return_index=True)
    names = tables["arcs"].drop_duplicates("arc", ignore_index=True)
    listed = tables["paths"].drop_duplicates("path").set_index("path").reindex(owner).reset_index(drop=True)
    tonnes = np.nan_to_num(listed["flow_t"].to_numpy(dtype=np.float64))
    start = np.append(first, len(order)).astype(np.int64)
    at = pd.Index(names["arc"]).get_indexer(arc[order]).astype(np.int64)
    return _found(names, at, Paths(np.arange(len(owner)), np.maximum(tonnes, 0.0), start, at), listed, now)


def pair_keys(compiled: Compiled, demand: Demand) -> pd.DataFrame:
    """The columns of `PAIR_KEY` of every pair."""
    places = compiled.network.places.to_numpy(dtype=object)
    names = class_names(compiled, demand.classes).iloc[demand.kind].reset_index(drop=True)
    ends = {"origin": places[demand.origin], "destination": places[demand.destination]}
    return pd.DataFrame(ends).join(names)[list(PAIR_KEY)]


def _found(names: pd.DataFrame, at: Ints, paths: Paths, pair: pd.DataFrame, now: tuple[Compiled, Demand]) -> Paths:
    """Paths whose arcs are names[at], of pairs with these keys, in the network and demand `now`.

    Of pairs with equal keys, which differ in the row of `flow` or in the modes allowed, each gets the paths of all.
    """
    compiled, demand = now
    here = arc_keys(compiled, np.arange(len(compiled.network.arcs)))
    first = np.flatnonzero(~here.duplicated().to_numpy())
    found = pd.MultiIndex.from_frame(here.iloc[first].astype(str)).get_indexer(
        pd.MultiIndex.from_frame(names[list(ARC_KEY)].fillna("").astype(str))
    )
    arc = np.append(np.where(found >= 0, np.append(first, -1)[found], -1), -1)[at]
    whole = np.flatnonzero(np.diff(paths.start) > 0)
    whole = whole[np.minimum.reduceat(arc, paths.start[:-1][whole]) >= 0] if len(whole) else whole
    kept = Paths(paths.pair, paths.tonnes, paths.start, arc).take(whole)
    old = pair[list(PAIR_KEY)].iloc[whole].astype(str).assign(path=np.arange(len(whole)))
    new = pair_keys(compiled, demand).astype(str).assign(pair=np.arange(len(demand)))
    both = old.merge(new, on=list(PAIR_KEY)).sort_values(["pair", "path"])
    again = kept.take(both["path"].to_numpy(dtype=np.int64))
    return Paths(both["pair"].to_numpy(dtype=np.int64), again.tonnes, again.start, again.arcs)


__all__ = ["ARC_KEY", "PAIR_KEY", "arc_keys", "carried", "read_start"]
