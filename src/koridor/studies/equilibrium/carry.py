"""What was found in one compiled network found again in another: after a patch, in another month, from a folder.

Numbers of arcs and pairs change with the tables, names do not. An arc is what it does, by which row (link, transfer,
interchange, service), and the states (place, carriage, corridor, stage) from and to which it leads; a pair is its ends
and its class; a constraint is its element and direction. A path of which an arc is gone is left out, so that a start
is only ever a start.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from koridor.errors import UsageError
from koridor.model.compile import Compiled
from koridor.model.network import Act, Demand, Floats, Ints
from koridor.result import Result
from koridor.studies.equilibrium.outcome import Start, units_a_tonne
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


def carried(start: Start, before: tuple[Compiled, Demand], now: tuple[Compiled, Demand]) -> Start:
    """A start as it is in another network, paths with their tonnes; what is not there is left out."""
    compiled, demand = before
    paths, multiplier = start.paths, start.multiplier
    arcs, at = np.unique(paths.arcs, return_inverse=True)
    pair = pair_keys(compiled, demand).iloc[paths.pair].assign(pair=paths.pair).reset_index(drop=True)
    again = _found(arc_keys(compiled, arcs.astype(np.int64)), at.astype(np.int64), paths, pair, now)
    return Start(again, _by_constraint(pd.Series(multiplier, compiled.constraints), now[0]))


def read_start(result: Result, now: tuple[Compiled, Demand]) -> Start:
    """What a result found, as it is in this network. Raises UsageError for a result that keeps no paths.

    `paths`, `path_arcs` and `arcs` are tables of `Params.ways`; queues are those of `elements`.
    """
    tables = result.tables
    needed = {"paths": ("path", "pair", "flow_t", *PAIR_KEY), "path_arcs": ("path", "seq", "arc")}
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
    again = _found(names, at, Paths(np.arange(len(owner)), np.maximum(tonnes, 0.0), start, at), listed, now)
    return Start(again, _queues(tables.get("elements"), now))


def _queues(elements: pd.DataFrame | None, now: tuple[Compiled, Demand]) -> Floats:
    """Hours (k,) for a tonne that a result waits at each constraint of this network; 0 where it does not tell."""
    compiled, demand = now
    e = compiled.network.elements
    if elements is None or not {"element_id", "direction", "queue_h"} <= set(elements):
        return np.zeros(len(e.capacity))
    told = elements.drop_duplicates(["element_id", "direction"]).set_index(["element_id", "direction"])["queue_h"]
    return _by_constraint(told, compiled) / units_a_tonne(e, demand)


def _by_constraint(value: pd.Series, compiled: Compiled) -> Floats:
    """Values by element and direction (k,) for the constraints of a network; 0 where there is none."""
    found = value.reindex(compiled.constraints).to_numpy(dtype=np.float64)
    return np.maximum(np.nan_to_num(found), 0.0)


def pair_keys(compiled: Compiled, demand: Demand) -> pd.DataFrame:
    """The columns of `PAIR_KEY` of every pair."""
    places = compiled.network.places.to_numpy(dtype=object)
    names = class_names(compiled, demand.classes).iloc[demand.kind].reset_index(drop=True)
    ends = {"origin": places[demand.origin], "destination": places[demand.destination]}
    return pd.DataFrame(ends).join(names)[list(PAIR_KEY)]


def _found(names: pd.DataFrame, at: Ints, paths: Paths, pair: pd.DataFrame, now: tuple[Compiled, Demand]) -> Paths:
    """Paths whose arcs are names[at], of pairs with these keys and numbers, in the network and demand `now`.

    Where numbers have changed, of pairs with equal keys (which differ in the row of `flow`, in the modes allowed or in
    whether they need a box) each gets the paths of all.
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
    key = list(PAIR_KEY)
    old, number = pair[key].iloc[whole].astype(str), pair["pair"].to_numpy(dtype=np.int64)[whole]
    new = pair_keys(compiled, demand).astype(str)
    if number.max(initial=-1) < len(new) and (new.to_numpy()[number] == old.to_numpy()).all():
        order = np.argsort(number, kind="stable")
        again = kept.take(order)
        return Paths(number[order], again.tonnes, again.start, again.arcs)
    both = old.assign(path=np.arange(len(whole))).merge(new.assign(pair=np.arange(len(demand))), on=key)
    both = both.sort_values(["pair", "path"])
    again = kept.take(both["path"].to_numpy(dtype=np.int64))
    return Paths(both["pair"].to_numpy(dtype=np.int64), again.tonnes, again.start, again.arcs)


__all__ = ["ARC_KEY", "PAIR_KEY", "arc_keys", "carried", "read_start"]
