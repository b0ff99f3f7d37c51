"""Tables of an assignment beyond its totals: trace, paths, elements by class, and skims between places."""

from __future__ import annotations

import numpy as np
import pandas as pd

from koridor.model.compile import Compiled
from koridor.model.network import BOX, Demand, Ints, sums_by
from koridor.schema.tables import FORMS
from koridor.studies.equilibrium.accounts import PathAccounts, of_paths
from koridor.studies.equilibrium.carry import arc_keys
from koridor.studies.equilibrium.master import Equilibrium
from koridor.studies.equilibrium.outcome import Optimum
from koridor.studies.equilibrium.paths import all_or_nothing
from koridor.studies.equilibrium.pricing import Pricing, path_units


def trace(found: Equilibrium) -> pd.DataFrame:
    """A row for every round: share that users could still save, potential in tonne-hours, share over a capacity."""
    rows = [(i, r.gap_share, r.objective, r.excess_share, r.seconds) for i, r in enumerate(found.trace)]
    return pd.DataFrame(rows, columns=["round", "gap_share", "objective_t_h", "excess_share", "solve_s"])


def paths(compiled: Compiled, demand: Demand, found: Equilibrium, by_path: PathAccounts) -> pd.DataFrame:
    """A row for every path with flow: its pair and class, tonnes, TEU, and what it takes."""
    some = np.flatnonzero(found.paths.tonnes > 0.0)
    pair = found.paths.pair[some]
    frame = _pairs(compiled, demand, pair)
    size = demand.classes.size[demand.kind[pair]]
    is_box = demand.classes.form[demand.kind[pair]] == BOX
    return frame.assign(
        path=some, pair=pair, flow_t=found.paths.tonnes[some],
        flow_teu=np.where(is_box, found.paths.tonnes[some] / size, 0.0), cost_usd_per_t=by_path.users[some],
        money_usd_per_t=by_path.money[some], time_h=by_path.hours[some], distance_km=by_path.km[some],
        carbon_kg_per_t=by_path.kg[some],
    )  # fmt: skip


def path_arcs(compiled: Compiled, found: Equilibrium) -> dict[str, pd.DataFrame]:
    """The arcs of every path with flow, from origin to destination (link_id is empty where an arc is none), and the
    names of these arcs, by which another run finds them.
    """
    some = np.flatnonzero(found.paths.tonnes > 0.0)
    part = found.paths.take(some)
    length = np.diff(part.start)
    seq = np.arange(len(part.arcs)) - np.repeat(part.start[:-1], length)
    arc = part.arcs[np.repeat(part.start[1:], length) - 1 - seq]  # paths are kept from destination to origin
    used, at = np.unique(arc, return_inverse=True)
    names = arc_keys(compiled, used)
    whole = names[["link_id", "from_place", "to_place"]].iloc[at].reset_index(drop=True)
    frame = pd.DataFrame({"path": np.repeat(some, length), "seq": seq, "arc": arc})
    return {"path_arcs": pd.concat([frame, whole], axis=1), "arcs": names.assign(arc=used)}


def optima(found: Optimum) -> pd.DataFrame:
    """What all pay and the hours that all spend in the optimum of each kind; the bound holds for money alone."""
    return pd.DataFrame(
        {
            "least": ["money", "hours"],
            "total_usd": [found.total_usd, found.time_total_usd],
            "total_t_h": [found.total_t_h, found.time_total_t_h],
            "bound_usd": [found.bound_usd, float("nan")],
        }
    )


def element_flows(compiled: Compiled, demand: Demand, found: Equilibrium) -> pd.DataFrame:
    """Tonnes and units a year of every class on every element that it uses. Only their sums are unique."""
    network, e = compiled.network, compiled.network.elements
    path, element, units = path_units(network, demand, found.paths)
    tonnes = found.paths.tonnes[path]
    some = tonnes > 0.0
    kind = demand.kind[found.paths.pair[path[some]]]
    code, at = np.unique(element[some] * len(demand.classes) + kind, return_inverse=True)
    table = compiled.tables["element"]
    which, k = code // len(demand.classes), code % len(demand.classes)
    frame = _classes(compiled, demand, k)
    frame.insert(0, "element_id", table["element_id"].to_numpy()[e.row[which]])
    frame.insert(1, "direction", e.direction[which])
    return frame.assign(
        flow_t=sums_by(at, tonnes[some], len(code)), load_per_yr=sums_by(at, (tonnes * units)[some], len(code))
    )


def skims(
    compiled: Compiled, demand: Demand, found: Equilibrium, pricing: Pricing, goods: tuple[str, ...]
) -> pd.DataFrame:
    """Cost, money, hours, CO2e and distance of the best way between all places, by class of these goods.

    At the hours and queues of the equilibrium, for places without demand too; no row where there is no way.
    """
    network, classes = compiled.network, demand.classes
    wanted = [compiled.tables["commodity"]["commodity_id"].tolist().index(name) for name in goods]
    kinds = np.flatnonzero(np.isin(classes.commodity, wanted))
    n = len(network.places)
    origin, destination = (grid.ravel() for grid in np.meshgrid(np.arange(n), np.arange(n), indexing="ij"))
    joined = (network.door_out[origin] >= 0) & (network.door_in[destination] >= 0)
    keep = np.flatnonzero(joined & (origin != destination))
    origin, destination, count = origin[keep], destination[keep], len(keep)
    every = Demand(
        classes, np.repeat(kinds, count), np.tile(origin, len(kinds)), np.tile(destination, len(kinds)),
        np.full(count * len(kinds), -1), np.zeros(count * len(kinds)), np.full(count * len(kinds), -1),
    )  # fmt: skip
    pricing.price = found.delay_rate + found.multiplier
    ways, cost = all_or_nothing(network, every, pricing)
    there = np.flatnonzero(np.isfinite(cost))
    outcome = Equilibrium(
        ways.take(there),
        np.zeros(len(every)),
        cost,
        found.multiplier,
        found.delay_rate,
        found.unit,
        found.load,
        0.0,
        0,
        True,
    )
    by = of_paths(network, every, outcome, hour_per_multiplier=np.ones(len(found.multiplier)))
    return _pairs(compiled, every, there).assign(
        cost_usd_per_t=by.users, money_usd_per_t=by.money, time_h=by.hours, distance_km=by.km, carbon_kg_per_t=by.kg
    )


def _classes(compiled: Compiled, demand: Demand, kind: Ints) -> pd.DataFrame:
    """Commodity, form and band of classes (r,)."""
    names = compiled.tables["commodity"]["commodity_id"].to_numpy(dtype=object)
    c = demand.classes
    return pd.DataFrame(
        {
            "commodity_id": names[c.commodity[kind]],
            "form": np.array(FORMS, dtype=object)[c.form[kind]],
            "band": c.band[kind],
        }
    )


def _pairs(compiled: Compiled, demand: Demand, pair: Ints) -> pd.DataFrame:
    """Origin, destination and class of pairs (r,)."""
    places = compiled.network.places.to_numpy(dtype=object)
    frame = _classes(compiled, demand, demand.kind[pair])
    frame.insert(0, "origin", places[demand.origin[pair]])
    frame.insert(1, "destination", places[demand.destination[pair]])
    return frame


__all__ = ["element_flows", "path_arcs", "paths", "skims", "trace"]
