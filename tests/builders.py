"""Scenarios and small worlds made by code, beside the five places of `koridor.testing` (by other numbers: `worlds`)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from koridor.data.dataset import Dataset
from koridor.data.meta import Meta
from koridor.model.compile import compile_demand, compile_network
from koridor.model.network import Act, Demand, Network
from koridor.model.patch import Patch
from koridor.model.scenario import Scenario
from koridor.result import Result
from koridor.studies import assign
from koridor.studies.equilibrium.master import Equilibrium, Limits, Rationing, solve
from koridor.studies.equilibrium.outcome import Start
from koridor.testing import dataset_of, five_place_rows, five_places

SETS = (("A",), ("B",))
BOTH = Patch.of("both", ("corridor", "*", "in_force", "set", "yes"))
JOINED = Patch.of("joined", ("interchange", "X", "state", "set", "joined"))


def meta(name: str = "small") -> Meta:
    """Metadata with the axis NS as set a and EW as set b."""
    return Meta(name=name, title=name, price_year=2024, base_year=2024, sets={"a": ["NS"], "b": ["EW"]})


def crossing(*patches: Patch, **more: list[dict[str, Any]]) -> Scenario:
    """The five places of `koridor.testing` with more rows, under patches."""
    if not more:
        return Scenario(five_places(), patches)
    rows = five_place_rows()
    return Scenario(
        dataset_of({**rows, **{name: [*rows.get(name, []), *extra] for name, extra in more.items()}}, meta("five")),
        patches,
    )


def pair_rows(
    ways: dict[str, tuple[float, float]], *, goods: dict[str, float] | None = None, volume_t: float = 1000.0
) -> dict[str, list[dict[str, Any]]]:
    """Rows of two places, P and Q, with roads between them, and `volume_t` of each of the goods from P to Q in boxes.

    A way has hours (4 to 1000) and USD a tonne (10 t a TEU); `goods` gives values of time in USD per tonne-hour.
    What stays loses 500 USD a tonne.
    """
    goods = {"goods": 1.0} if goods is None else goods
    forms = (("box", 10), ("bulk", 1))
    return {
        "country": [{"country_id": "PP"}, {"country_id": "QQ"}],
        "place": [{"place_id": p, "country_id": p * 2, "lon_deg": i, "lat_deg": 0} for i, p in enumerate("PQ")],
        "link": [
            {"link_id": name, "from_place": "P", "to_place": "Q", "mode": "road", "carriages": "road",
             "length_km": 1000, "speed_kmh": 1000 / hours}
            for name, (hours, _) in ways.items()
        ],
        "rate": [
            {"rate_id": f"{name} {form}", "mode": "road", "form": form, "link_id": name, "fixed_usd": usd * size}
            for name, (_, usd) in ways.items()
            for form, size in forms
        ],
        "activity": [{"activity": a, "form": f, "resource_share": 1} for a in ("road", "terminal") for f, _ in forms],
        "access": [{"carriage": "road", "form": form} for form, _ in forms],
        "commodity": [
            {"commodity_id": name, "size_t_per_teu": 10, "vot_usd_per_t_h": vot, "unserved_usd_per_t": 500}
            for name, vot in goods.items()
        ],
        "region": [{"region_id": p} for p in "PQ"],
        "region_share": [
            {"region_id": p, "commodity_id": "*", "place_id": p, "origin_share": 1, "destination_share": 1}
            for p in "PQ"
        ],
        "flow": [
            {"origin": "P", "destination": "Q", "commodity_id": name, "part": "contestable", "volume_t": volume_t,
             "box_share": 1}
            for name in goods
        ],
    }  # fmt: skip


def limit(way: str, capacity_teu: float, **more: Any) -> dict[str, list[dict[str, Any]]]:
    """Rows by which a link holds so many TEU a year; a tonne outside a box takes a tenth of one."""
    element = {"element_id": f"on {way}", "country_id": "QQ", "unit": "teu", "capacity_per_yr": capacity_teu}
    load = {"element_id": f"on {way}", "of": "link", "row": way, "per_t": 0.1, "per_teu": 1}
    return {"element": [element | more], "element_load": [load]}


def pair(ways: dict[str, tuple[float, float]], *parts: dict[str, list[dict[str, Any]]], **shape: Any) -> Dataset:
    """Dataset of `pair_rows`, with more rows or limits."""
    rows = pair_rows(ways, **shape)
    for part in parts:
        rows = {**rows, **{name: [*rows.get(name, []), *extra] for name, extra in part.items()}}
    return dataset_of(rows)


def assigned(scenario: Scenario | Dataset, **params: Any) -> Result:
    """An assignment with one band of value of time, linked traffic counted between A and B where there are such."""
    given = scenario if isinstance(scenario, Scenario) else Scenario(scenario)
    return assign.run(given, assign.Params(**{"vot_bands": 1, **params}))


def metric(result: Result, name: str, key: str = "") -> float:
    """One metric of a result."""
    rows = result.metrics
    (value,) = rows.loc[(rows["metric"] == name) & (rows["key"] == key), "value"]
    return float(value)


def solved(
    scenario: Scenario,
    *,
    capped: bool = True,
    vot_bands: int = 1,
    rationing: Rationing = Rationing.QUEUE,
    start: Start | None = None,
) -> tuple[Network, Demand, Equilibrium, NDArray[np.float64]]:
    """Network, demand and equilibrium of a scenario, and the room (k,) that constraints have, all of it for the
    model.
    """
    compiled = compile_network(scenario)
    demand = compile_demand(compiled, scenario, vot_bands=vot_bands)
    capacity = compiled.network.elements.capacity
    room = capacity if capped else np.full(len(capacity), np.inf)
    limits = Limits(room, np.zeros(len(capacity)))
    found = solve(compiled.network, demand, limits, rationing=rationing, start=start)
    return compiled.network, demand, found, room


def assert_conserved(network: Network, demand: Demand, found: Equilibrium) -> None:
    """Of every class, what flows into a state flows out of it, but for doors; and every tonne is carried or stays.

    Summed from the arcs of the paths one by one, to 1e-9 of the flow of the class; nothing is shared with the solver.
    """
    paths, arcs, n = found.paths, network.arcs, network.nodes
    kind = np.repeat(demand.kind[paths.pair], np.diff(paths.start))
    tonnes = np.repeat(paths.tonnes, np.diff(paths.start))
    balance = np.zeros((len(demand.classes), n))
    np.add.at(balance, (kind, arcs.head[paths.arcs]), tonnes)
    np.add.at(balance, (kind, arcs.tail[paths.arcs]), -tonnes)
    carried = np.zeros(len(demand))
    np.add.at(carried, paths.pair, paths.tonnes)
    wanted = np.zeros_like(balance)
    some = np.flatnonzero(carried > 0.0)
    np.add.at(wanted, (demand.kind[some], network.door_in[demand.destination[some]]), carried[some])
    np.add.at(wanted, (demand.kind[some], network.door_out[demand.origin[some]]), -carried[some])
    whole = np.bincount(demand.kind, weights=demand.tonnes, minlength=len(demand.classes))[:, None]
    assert (np.abs(balance - wanted) <= 1e-9 * whole).all()
    both = carried + np.where(demand.twin >= 0, carried[demand.twin], 0.0)
    first = demand.first
    assert np.abs(both + found.unserved - demand.tonnes)[first] == pytest.approx(0.0, abs=1e-9 * whole.max(initial=1.0))
    assert (found.unserved[~first] == 0.0).all()
    assert (paths.tonnes >= 0.0).all()


def assert_allowed(network: Network, demand: Demand, found: Equilibrium) -> None:
    """Paths lead from door to door without a gap, over arcs that are open to their form and mode.

    Carriage changes only on transfers, loading, services and handing over; regime only on joining, leaving and
    handing over.
    """
    paths, arcs = found.paths.take(np.flatnonzero(found.paths.tonnes > 0.0)), network.arcs
    if not len(paths):
        return
    form = np.repeat(demand.classes.form[demand.kind[paths.pair]], np.diff(paths.start))
    modes = np.repeat(demand.classes.modes[demand.kind[paths.pair]], np.diff(paths.start))
    on = paths.arcs
    assert arcs.open[form, on].all()
    assert ((arcs.mode[on] & ~modes) == 0).all()
    inner = np.ones(max(len(on) - 1, 0), dtype=bool)
    inner[paths.start[1:-1] - 1] = False
    assert (arcs.tail[on[:-1]] == arcs.head[on[1:]])[inner].all()  # paths run from target to source
    assert (np.diff(paths.start) > 0).all()
    assert (arcs.tail[on[paths.start[1:] - 1]] == network.door_out[demand.origin[paths.pair]]).all()
    assert (arcs.head[on[paths.start[:-1]]] == network.door_in[demand.destination[paths.pair]]).all()
    tail, head, act = arcs.tail[on], arcs.head[on], arcs.act[on]
    changes = network.carriage[tail] != network.carriage[head]
    assert np.isin(act[changes], [Act.TRANSFER, Act.LOAD, Act.UNLOAD, Act.SERVICE, Act.INTERCHANGE]).all()
    regime = network.corridor[tail] != network.corridor[head]
    assert np.isin(act[regime], [Act.JOIN, Act.LEAVE, Act.INTERCHANGE]).all()
    across = regime & (network.corridor[tail] >= 0) & (network.corridor[head] >= 0)
    assert (act[across] == Act.INTERCHANGE).all()
