"""Compiling: from the tables of a scenario to arrays. The only place where ids become integers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import pandas as pd

from koridor.kernels.paths import rows
from koridor.model.calendar import month_share, open_month, open_year
from koridor.model.compile.blocks import DOOR, Block, Index, by_key, join
from koridor.model.compile.corridors import corridor_arcs, handover_terms, interchanges
from koridor.model.compile.demand import demand
from koridor.model.compile.elements import NO_ELEMENTS, elements, without_dead
from koridor.model.compile.moves import local_moves, moves
from koridor.model.compile.services import Legs, train_services
from koridor.model.compile.sizes import rows_of, sizes
from koridor.model.compile.transfers import access, local_transfers
from koridor.model.network import Act, Arcs, Demand, Flags, Ints, Network
from koridor.model.scenario import Scenario

__all__ = ["Compiled", "compile_demand", "compile_network", "with_regimes"]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A network with the sorted tables that its positions refer to."""

    network: Network
    index: Index
    tables: dict[str, pd.DataFrame]
    whole: Flags  # (2, m): open arcs if every corridor were in force
    rides: Ints  # (2, s): first and last stop of the arcs of services in their order, whatever the direction

    @property
    def constraints(self) -> pd.MultiIndex:
        """Element and direction (k,), by which a constraint is found again in another network."""
        e = self.network.elements
        names = self.tables["element"]["element_id"].astype(str).to_numpy()[e.row]
        return pd.MultiIndex.from_arrays([names, e.direction], names=["element_id", "direction"])


def compile_network(scenario: Scenario, *, capacities: bool = True, month: int | None = None) -> Compiled:
    """The virtual network of a scenario; without `capacities` it has no elements, which is faster.

    month: 1 to 12 for what is open in that month, None for the year. Capacities are units a year in either case: those
    of a year that would be like the month all along.

    States are (place, carriage, corridor, stage); arcs are moves, transfers, loading, joining and leaving corridors,
    interchanges and services. After Jourquin & Beuthe (1996), doi:10.1016/0968-090X(96)00013-8, with gauges, borders
    and consignments as processes of their own.
    """
    index = Index.of(*(scenario.table(name) for name in ("place", "link", "corridor", "country")))
    tables = {
        "place": index.place,
        "link": index.link,
        "corridor": index.corridor,
        "transfer": by_key(scenario.table("transfer"), "transfer_id"),
        "border": by_key(scenario.table("border"), "border_id"),
        "interchange": _interchange(scenario),
        "service": by_key(_trains(scenario), "service_id"),
        "element": by_key(scenario.table("element"), "element_id"),
        "emission_factor": by_key(scenario.table("emission_factor"), "factor_id"),
        "commodity": by_key(scenario.table("commodity"), "commodity_id"),
        "flow": by_key(scenario.table("flow"), "origin", "destination", "commodity_id", "part"),
    }
    held = sizes(index, scenario, tables["service"])
    tables["element"] = pd.concat([tables["element"], rows_of(held, tables["element"])], ignore_index=True)
    periods = scenario.table("link_period")
    season = open_year(periods, index.links) if month is None else open_month(periods, index.links, month)
    parts = moves(index, scenario, tables["transfer"], season)
    local, changes = local_moves(index, parts), local_transfers(index, scenario, tables["transfer"])
    base = join([local, changes])
    trains, legs = train_services(index, scenario, base, tables["service"])
    regime = corridor_arcs(index, scenario, parts, changes)
    doors = access(index, scenario, np.unique(np.concatenate([base.tail, base.head])))
    handovers = interchanges(index, scenario, tables["interchange"], regime)
    arcs = join([base, doors, regime, handovers, trains])
    limits = NO_ELEMENTS
    times = scenario.table("element_period")
    if capacities or len(times) or (tables["element"]["delay"] != "none").any():
        share = month_share(times, "element_id", pd.Index(tables["element"]["element_id"]), month)
        limits = elements(index, scenario, arcs, legs, (season[0], share), tables, _boarding(parts.boarding), held)
        limits, dead = without_dead(limits, share, len(arcs))
        arcs = arcs.with_(open=arcs.open & ~dead)
        limits = limits if capacities else NO_ELEMENTS
    compiled = Compiled(_network(index, arcs, legs, limits), index, tables, arcs.open, legs.rides)
    return with_regimes(compiled, scenario)


def with_regimes(compiled: Compiled, scenario: Scenario) -> Compiled:
    """The network with the corridors and the interchange terms of another scenario; nothing else may differ between
    the two.

    Much faster than compiling again: arcs and their numbers stay, and only what is open and what handing over costs
    changes.
    """
    arcs = compiled.network.arcs
    index = replace(compiled.index, corridor=by_key(scenario.table("corridor"), "corridor_id"))
    tables = compiled.tables | {"corridor": index.corridor, "interchange": _interchange(scenario)}
    offered = index.corridor["in_force"].to_numpy(dtype=bool)
    regime = arcs.corridor >= 0
    usable = compiled.whole.copy()
    usable[:, regime] &= offered[arcs.corridor[regime]]
    hours, price, resource = arcs.hours.copy(), arcs.price.copy(), arcs.resource.copy()
    handing = np.flatnonzero(arcs.act == Act.INTERCHANGE)
    terms = handover_terms(index, scenario, tables["interchange"], arcs.row[handing])
    usable[:, handing], hours[:, handing] = terms.open, terms.hours
    price[:, :, handing], resource[:, :, handing] = terms.price, terms.resource
    changed = replace(arcs, open=usable, hours=hours, price=price, resource=resource)
    return replace(compiled, network=replace(compiled.network, arcs=changed), index=index, tables=tables)


def _interchange(scenario: Scenario) -> pd.DataFrame:
    return by_key(
        scenario.table("interchange"), "interchange_group", "from_corridor", "from_place", "to_corridor", "to_place"
    )


def compile_demand(compiled: Compiled, scenario: Scenario, *, vot_bands: int = 3) -> Demand:
    """Demand of a scenario on the places of its compiled network."""
    return _demand(_Once(tuple(scenario.digest(name) for name in _OF_DEMAND), scenario, compiled.index), vot_bands)


_OF_DEMAND = ("place", "commodity", "region_share", "flow")  # most patches leave these tables alone


@dataclass(frozen=True)
class _Once:
    """What demand is made from, equal where the tables are."""

    digests: tuple[bytes, ...]
    scenario: Scenario = field(compare=False)
    index: Index = field(compare=False)


@lru_cache(maxsize=2)
def _demand(of: _Once, vot_bands: int) -> Demand:
    return demand(of.index, of.scenario, vot_bands=vot_bands)


def _trains(scenario: Scenario) -> pd.DataFrame:
    services = scenario.table("service")
    return services[(services["mode"] == "rail") & (services["status"] == "open")]


def _boarding(rows_used: Ints) -> dict[int, Ints]:
    """Moves that go on board or ashore by each transfer."""
    used: dict[int, list[int]] = {}
    for end in rows_used:
        for arc in np.flatnonzero(end >= 0):
            used.setdefault(int(end[arc]), []).append(int(arc))
    return {row: np.array(arcs, dtype=np.int64) for row, arcs in used.items()}


def _network(index: Index, arcs: Block, legs: Legs, limits: object) -> Network:
    """Numbers the states and lays the arcs out for the kernels."""
    codes, inverse = np.unique(np.concatenate([arcs.tail, arcs.head]), return_inverse=True)
    tail, head = inverse[: len(arcs)].astype(np.int64), inverse[len(arcs) :].astype(np.int64)
    place, carriage, corridor, stage = index.parts(codes)
    indptr, heads, order = rows(tail, head, len(codes))
    doors = np.full((2, len(index.places)), -1, dtype=np.int64)
    at_door = carriage == DOOR
    for end in (0, 1):
        here = np.flatnonzero(at_door & (stage == end))
        doors[end, place[here]] = here
    own = np.arange(len(arcs))
    count = np.ones(len(arcs), dtype=np.int64)
    service = arcs.act == Act.SERVICE
    count[service] = np.diff(legs.start)
    start = np.zeros(len(arcs) + 1, dtype=np.int64)
    np.cumsum(count, out=start[1:])
    all_legs = np.repeat(own, count)
    all_legs[np.repeat(service, count)] = legs.arcs
    frozen = Arcs(
        tail=tail, head=head, **{name: getattr(arcs, name) for name in Arcs.__slots__ if name not in ("tail", "head")}
    )
    return Network(
        places=index.places,
        corridors=index.corridors,
        place=place,
        carriage=carriage,
        corridor=corridor,
        stage=stage,
        place_country=index.place_country,
        countries=index.countries,
        arcs=frozen,
        leg_start=start,
        legs=all_legs,
        elements=limits,  # type: ignore[arg-type]
        indptr=indptr,
        heads=heads,
        order=order,
        door_out=doors[0],
        door_in=doors[1],
    )
