"""A stochastic choice from the paths written: shares by a path-size logit at the costs of these flows.

Route r of a pair has the share S_r exp(-c_r / theta) / sum of the same, staying at its loss being one more route; theta
is a share of the pair's least cost without delays, S_r the path size (Ben-Akiva & Bierlaire 1999,
doi:10.1007/978-1-4615-5203-1_2). Routes that nobody takes are not in the tables.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from koridor.model.compile import Compiled
from koridor.model.network import Floats, Ints
from koridor.result import Result
from koridor.studies.verify.costs import Costs
from koridor.studies.verify.doubts import SAME, Doubts
from koridor.studies.verify.read import Flows
from koridor.text import t


def residual(compiled: Compiled, flows: Flows, costs: Costs, result: Result, doubts: Doubts) -> float:
    """Tonnes out of place over all tonnes; what the paths carry must be what the classes carry on every arc."""
    demand, routes = flows.demand, result.tables["paths"]
    order = np.argsort(routes["path"].to_numpy(), kind="stable")
    ids = routes["path"].to_numpy()[order]
    pair, flow = routes["pair"].to_numpy(dtype=np.int64)[order], routes["flow_t"].to_numpy(dtype=np.float64)[order]
    legs = result.tables["path_arcs"]
    path, arc = np.searchsorted(ids, legs["path"].to_numpy()), legs["arc"].to_numpy(dtype=np.int64)
    kind = demand.kind[pair]
    _check_arcs(compiled, flows, kind[path], arc, flow[path], doubts)
    free, now = np.zeros(len(pair)), np.zeros(len(pair))
    for k in np.unique(kind).tolist():
        mine = kind[path] == k
        constant = costs.constant(k)
        np.add.at(free, path[mine], constant[arc[mine]])
        np.add.at(now, path[mine], (constant + costs.waiting(k))[arc[mine]])
    choice = np.where(demand.first[pair], pair, demand.twin[pair])
    loss = demand.classes.unserved[demand.kind]
    theta = np.maximum(float(result.params["scale_share"]) * np.minimum(_least(choice, free, len(loss)), loss), 1e-9)
    weight = _sizes(compiled, path, arc, choice) * np.exp(
        -(now - _least(choice, now, len(loss))[choice]) / theta[choice]
    )
    best = _least(choice, now, len(loss))
    stay = np.where(np.isfinite(best) & np.isfinite(loss), np.exp(np.minimum((best - loss) / theta, 700.0)), 0.0)
    total = np.bincount(choice, weights=weight, minlength=len(loss)) + stay
    wanted = demand.tonnes[choice] * weight / total[choice]
    return float(np.abs(wanted - flow).sum()) / max(float(demand.tonnes[demand.first].sum()), 1e-12)


def _check_arcs(compiled: Compiled, flows: Flows, kind: Ints, arc: Ints, tonnes: Floats, doubts: Doubts) -> None:
    arcs, kinds = len(compiled.network.arcs), len(flows.demand.classes)
    by_path = np.bincount(kind * arcs + arc, weights=tonnes, minlength=kinds * arcs)
    by_class = np.bincount(flows.kind * arcs + flows.arc, weights=flows.tonnes, minlength=kinds * arcs)
    slack = SAME * 1e-3 * max(flows.carried_t, 1.0)
    doubts.each(
        "paths", "flow_t", ~(np.abs(by_path - by_class) <= SAME * by_class + slack), lambda at: (str(at % arcs),),
        lambda at: f"{by_path[at]:.12g}",
        lambda at: t("must be {number}, computed anew", number=f"{by_class[at]:.12g}"),
    )  # fmt: skip


def _least(choice: Ints, cost: Floats, size: int) -> Floats:
    out = np.full(size, np.inf)
    np.minimum.at(out, choice, cost)
    return out


def _sizes(compiled: Compiled, path: Ints, arc: Ints, choice: Ints) -> Floats:
    """Path size (r,): the km of a route's links, each over the routes of the choice on it, as a share of its km."""
    network = compiled.network
    count = np.diff(network.leg_start)[arc]
    owner = np.repeat(path, count)
    at = np.repeat(network.leg_start[arc] - (np.cumsum(count) - count), count) + np.arange(count.sum())
    base = network.legs[at]
    frame = pd.DataFrame({"path": owner, "link": network.arcs.link[base], "km": network.arcs.km[base]})
    frame = frame[frame["link"] >= 0].groupby(["path", "link"], as_index=False)["km"].sum()
    frame["choice"] = choice[frame["path"]]
    users = frame.groupby(["choice", "link"])["path"].transform("size")
    length = frame.groupby("path")["km"].transform("sum")
    part = (frame["km"] / length.where(length > 0.0) / users).fillna(0.0)
    size = np.bincount(frame["path"], weights=part, minlength=len(choice))
    return np.where(size > 0.0, size, 1.0)


__all__ = ["residual"]
