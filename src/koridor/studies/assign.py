"""Who flows where: multi-class assignment of the contestable tonnes, with or without hard capacities."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from koridor.errors import UsageError
from koridor.kernels.flows.ready import ready
from koridor.model.compile import Compiled, compile_demand, compile_network
from koridor.model.network import LOCAL, PAYEES, Act, Demand, Floats, Ints, sums_by
from koridor.model.scenario import Scenario
from koridor.result import Result
from koridor.studies import flows
from koridor.studies.background import BaseYear
from koridor.studies.equilibrium import accounts, master, stochastic, tables
from koridor.studies.equilibrium.accounts import PathAccounts, Volumes
from koridor.studies.equilibrium.carry import read_start
from koridor.studies.equilibrium.delayed import has_delay
from koridor.studies.equilibrium.elastic import Elastic, Response, surplus_usd
from koridor.studies.equilibrium.master import Equilibrium, Limits, Rationing, solve
from koridor.studies.equilibrium.outcome import better
from koridor.studies.equilibrium.paths import Paths, marks
from koridor.studies.equilibrium.pricing import Pricing, path_cost, path_units
from koridor.text import t


class Status(StrEnum):
    """How an assignment ended."""

    SOLVED = "solved"
    LIMIT = "limit"


class Principle(StrEnum):
    """Who chooses: every user, one for all (least hours, weighted by tonnes), or users who see costs dimly."""

    USER = "user"
    SYSTEM = "system"
    STOCHASTIC = "stochastic"


@dataclass(frozen=True, slots=True)
class Params:
    """How to assign.

    capped: hold hard capacities. rationing: who gets what is scarce. vot_bands: bands of value of time a commodity.
    carbon_usd_per_t: price of a tonne of CO2e. sets: corridors of A and of B, between which linked traffic is counted.
    background: (k,) units of other traffic on the constraints; None: preload less the dataset's own base assignment.
    It counts where capacities are held and in delays.
    pairs: positions of the pairs to assign, None for all. detail: tables and metrics by country and corridor too,
    not only totals.

    principle: who chooses. gap_max: share of what all pay that users may still save (stochastic: tonnes out of place).
    rounds_max: limit of rounds. response, response_value: how demand answers to cost (see `elastic.Elastic`);
    reference: (pairs,) USD per tonne at which the tonnes of the tables go, None: costs of the dataset's base year.
    scale_share, draws, seed: of a stochastic choice: theta as a share of a pair's least cost, draws of routes.
    start: paths of another run over the same arcs and pairs, to begin with. threads: of searches; change no answer.
    effort: table of the trace, seconds and the objective. ways: tables of paths, their arcs, and elements by class.
    skims: goods for which to tell cost, hours, CO2e and distance between all places.
    """

    capped: bool = False
    rationing: Rationing = Rationing.QUEUE
    vot_bands: int = 3
    carbon_usd_per_t: float = 0.0
    sets: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    background: Floats | None = field(default=None, repr=False)
    pairs: Ints | None = field(default=None, repr=False)
    detail: bool = True
    principle: Principle = Principle.USER
    gap_max: float = 1e-8
    rounds_max: int = 300
    response: Response = Response.FIXED
    response_value: float = 1.0
    reference: Floats | None = field(default=None, repr=False)
    scale_share: float = 0.05
    draws: int = 8
    seed: int = 1
    start: Paths | None = field(default=None, repr=False)
    threads: int = 1
    effort: bool = False
    ways: bool = False
    skims: tuple[str, ...] = ()


def run(scenario: Scenario, params: Params | None = None) -> Result:
    """Assignment of a scenario's demand.

    Tables: `pairs` (by pair of places and class), `link_flows`, `class_flows` (what `studies.verify` needs),
    `elements`, `screenlines`, `countries`; metrics by
    name and key. See docs/studies/assign.md for the model and its limits.
    """
    params = params or Params()
    compiled = compile_network(scenario)
    demand = compile_demand(compiled, scenario, vot_bands=params.vot_bands)
    return run_compiled(scenario, compiled, demand, params)


def run_from(scenario: Scenario, before: Result, params: Params | None = None) -> Result:
    """The same, begun with the ways of a result of another scenario; the answer does not depend on them.

    Raises UsageError for a result without the tables of `Params.ways`, and for a stochastic choice, whose ways are
    drawn.
    """
    params = params or Params()
    compiled = compile_network(scenario)
    demand = compile_demand(compiled, scenario, vot_bands=params.vot_bands)
    start = start_of(before, compiled, demand, params)
    return run_compiled(scenario, compiled, demand, replace(params, start=start))


def start_of(before: Result, compiled: Compiled, demand: Demand, params: Params) -> Paths:
    """The ways of a result as they are in this network; raises UsageError as `run_from` does."""
    if params.principle is Principle.STOCHASTIC:
        raise UsageError(t("a stochastic choice draws its own ways: leave out the start"))
    return read_start(before, (compiled, demand))


def run_compiled(scenario: Scenario, compiled: Compiled, demand: Demand, params: Params) -> Result:
    """The same, for a network and a demand compiled before."""
    return solve_compiled(scenario, compiled, demand, params)[0]


def solve_compiled(
    scenario: Scenario, compiled: Compiled, demand: Demand, params: Params
) -> tuple[Result, Equilibrium]:
    """The same, with the equilibrium behind it, whose paths can start another run."""
    if params.pairs is not None:
        demand = demand.part(params.pairs)
    network, e = compiled.network, compiled.network.elements
    _check(compiled, params)
    terms = terms_of(scenario, compiled, demand, params)
    background, elastic = terms.background, terms.elastic
    room = np.maximum(e.capacity - background, 0.0) if params.capped else np.full(len(e.capacity), np.inf)
    if params.effort and (elastic is not None or has_delay(network).any()):
        ready()
    began, cpu = time.perf_counter(), time.process_time()
    found = _found(compiled, demand, Limits(room, background), params, elastic)
    effort = Effort(time.perf_counter() - began, time.process_time() - cpu)
    in_hours = np.full(len(e.capacity), float(params.rationing is Rationing.QUEUE))
    by_path = accounts.of_paths(network, demand, found, hour_per_multiplier=in_hours)
    view = _View(scenario, compiled, demand, found, by_path, accounts.arc_volumes(network, demand, found.paths), params)
    frames = _extra(compiled, demand, found, by_path, params)
    if params.detail:
        frames |= {
            "pairs": view.pairs,
            "countries": view.countries,
            "screenlines": view.screenlines(),
            "elements": view.elements(background),
            "link_flows": view.link_flows(),
        }
        if params.pairs is None:  # a check needs all that goes
            frames["class_flows"] = view.class_flows()
    metrics = view.metrics()
    how = _how(compiled, demand, found, params, elastic, effort).astype(metrics.dtypes)
    result = Result(
        study="assign",
        scenario=scenario.hash,
        dataset=scenario.dataset.name,
        params=_params(params),
        status=Status.SOLVED if found.converged else Status.LIMIT,
        tables=frames,
        metrics=pd.concat([metrics, how], ignore_index=True) if len(how) else metrics,
    )
    return result, found


def _check(compiled: Compiled, params: Params) -> None:
    """Raises UsageError for parameters that cannot be meant together, or name no goods."""
    fixed = params.response is Response.FIXED
    if params.principle is Principle.STOCHASTIC and (params.capped or not fixed):
        raise UsageError(t("a stochastic choice holds no capacities and its demand is fixed: use 'user'"))
    if not fixed and not (np.isfinite(params.response_value) and params.response_value > 0.0):
        raise UsageError(t("response_value must be above 0, not {value}", value=params.response_value))
    if params.skims and params.rationing is Rationing.PRICE:
        raise UsageError(t("skims tell hours, which rationing 'price' has none of: use 'queue'"))
    known = compiled.tables["commodity"]["commodity_id"].tolist()
    strange = [name for name in params.skims if name not in known]
    if strange:
        raise UsageError(
            t(
                "skims of {names}: no such commodity; there are: {known}",
                names=", ".join(strange),
                known=", ".join(known),
            )
        )


def _found(compiled: Compiled, demand: Demand, limits: Limits, params: Params, elastic: Elastic | None) -> Equilibrium:
    """The equilibrium that the principle asks for."""
    network = compiled.network
    if params.principle is not Principle.STOCHASTIC:
        return solve(
            network, demand, limits, rationing=params.rationing, carbon_usd_per_t=params.carbon_usd_per_t,
            rounds_max=params.rounds_max, gap_max=params.gap_max, principle=master.Principle(params.principle.value),
            elastic=elastic, start=params.start, threads=params.threads,
        )  # fmt: skip
    pricing = _pricing(compiled, demand, params)
    sharp = _found(compiled, demand, limits, replace(params, principle=Principle.USER, start=None), None).paths
    routes = stochastic.routes(network, demand, pricing, sharp, draws=params.draws, seed=params.seed)
    return stochastic.equilibrium(
        network, demand, limits, pricing, routes, scale_share=params.scale_share,
        residual_max=max(params.gap_max, 1e-12), rounds_max=max(params.rounds_max, 2000),
    )  # fmt: skip


def _pricing(compiled: Compiled, demand: Demand, params: Params) -> Pricing:
    vot = demand.classes.vot
    weight = np.divide(1.0, vot, out=np.full(len(vot), np.inf), where=vot > 0.0)
    return Pricing(compiled.network, demand, weight, params.carbon_usd_per_t, is_exact=True)


class Terms(NamedTuple):
    """What an assignment takes from the base year: units (k,) of other traffic that count, and how demand answers."""

    background: Floats
    elastic: Elastic | None


def terms_of(scenario: Scenario, compiled: Compiled, demand: Demand, params: Params) -> Terms:
    """Traffic of others counts where capacities are held, and in delays; costs of reference where demand answers.

    The base year is solved only where one of them is needed and not given.
    """
    e = compiled.network.elements
    counts = params.capped or bool(has_delay(compiled.network).any())
    others = counts and params.background is None and bool((e.preload > 0.0).any())
    costs = params.response is not Response.FIXED and params.reference is None
    before = base_year(scenario, params) if others or costs else None
    background = np.zeros(len(e.capacity))
    if others and before is not None:
        background = before.background(compiled)
    elif counts and params.background is not None:
        background = params.background
    return Terms(background, _elastic(before, demand, params))


def _elastic(before: BaseYear | None, demand: Demand, params: Params) -> Elastic | None:
    """How demand answers to cost, against what it costs in the dataset's base year, other traffic included."""
    if params.response is Response.FIXED:
        return None
    reference = params.reference
    if reference is None:
        assert before is not None
        whole = before.demand if params.pairs is None else before.demand.part(params.pairs)
        free = Limits(np.full(len(before.load), np.inf), before.other)
        reference = _found(before.compiled, whole, free, replace(params, start=None, capped=False), None).cost
    if len(reference) != len(demand):
        raise UsageError(
            t("the costs of reference are those of other pairs: give `reference`, one number for every pair")
        )
    return Elastic(params.response, params.response_value, reference)


def _extra(
    compiled: Compiled, demand: Demand, found: Equilibrium, by_path: PathAccounts, params: Params
) -> dict[str, pd.DataFrame]:
    """The tables that are asked for beside those of `detail`."""
    frames = {}
    if params.effort:
        frames["trace"] = tables.trace(found)
    if params.ways:
        frames |= {
            "paths": tables.paths(compiled, demand, found, by_path),
            **tables.path_arcs(compiled, found),
            "element_flows": tables.element_flows(compiled, demand, found),
        }
    if params.skims:
        frames["skims"] = tables.skims(compiled, demand, found, _pricing(compiled, demand, params), params.skims)
    return frames


class Effort(NamedTuple):
    """Seconds of the solver, its kernels ready: of the clock, and of all cores together."""

    wall_s: float
    cpu_s: float


def _how(
    compiled: Compiled, demand: Demand, found: Equilibrium, params: Params, elastic: Elastic | None, effort: Effort
) -> pd.DataFrame:
    """How the equilibrium was found, and what elastic demand gains."""
    rows = []
    objective = found.objective
    if params.effort and not found.trace:  # no rounds of the path engine: no volume adds hours
        objective = _constant_t_h(demand, found, _pricing(compiled, demand, params))
    if np.isfinite(objective) and elastic is None:
        name = "objective" if params.principle is Principle.USER else "total_t_h"
        rows.append((name, "", objective, "t_h"))
    if found.trace:
        rows.append(("solver_gap_share", "", found.gap_share, "share"))
    if elastic is not None:
        gain = surplus_usd(elastic, demand, better(demand, found.cost))
        rows.append(("surplus_usd", "", float(gain.sum()), "usd"))
    if params.effort:
        rows += [("solve_s", "", effort.wall_s, "s"), ("solve_cpu_s", "", effort.cpu_s, "s")]
    return pd.DataFrame(rows, columns=["metric", "key", "value", "unit"])


def _constant_t_h(demand: Demand, found: Equilibrium, pricing: Pricing) -> float:
    """Tonne-hours of all where no volume adds hours, the loss of what stays included; nan without values of time."""
    some = np.flatnonzero(found.paths.tonnes > 0.0)
    goes, stays = found.paths.take(some), np.flatnonzero(found.unserved > 0.0)
    weight = pricing.weight[demand.kind]
    if np.isinf(weight[np.concatenate([goes.pair, stays])]).any():
        return float("nan")
    loss = demand.classes.unserved[demand.kind[stays]] * weight[stays] * found.unserved[stays]
    paid = path_cost(pricing, demand, goes) * weight[goes.pair] * goes.tonnes
    return float(paid.sum() + loss.sum())


def background_of(scenario: Scenario, compiled: Compiled, params: Params) -> Floats:
    """Units a year (k,) of traffic outside the model on the constraints of `compiled`: see `background.BaseYear`."""
    return base_year(scenario, params).background(compiled)


def base_year(scenario: Scenario, params: Params) -> BaseYear:
    """The base year of the dataset behind a scenario."""
    return BaseYear.of(
        scenario.dataset, vot_bands=params.vot_bands, carbon_usd_per_t=params.carbon_usd_per_t, threads=params.threads
    )


@dataclass(frozen=True)
class _View:
    """Tables and metrics of an assignment; what several of them need is worked out once."""

    scenario: Scenario
    compiled: Compiled
    demand: Demand
    found: Equilibrium
    by_path: PathAccounts
    volume: Volumes
    params: Params

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """A row for every pair: what it costs a year in USD, and the tonnes that pass gates and are linked."""
        tonnes, pair = self.found.paths.tonnes, self.found.paths.pair
        n = len(self.demand)

        def total(value: Floats) -> Floats:
            return sums_by(pair, value * tonnes, n)

        p = self.by_path
        loss = self.found.unserved * self.demand.classes.unserved[self.demand.kind]
        bits = self.marks
        frame = {
            "pair": np.arange(n) if self.params.pairs is None else self.params.pairs,
            "used_usd": total(p.used) + loss,
            "users_usd": total(p.users) + loss,
            "resource_usd": total(p.resource - p.handover),
            "handover_usd": total(p.handover),
            "time_usd": total(p.time),
            "reliability_usd": total(p.reliability),
            "rent_usd": total(p.rent),
            "carried_t": total(np.ones(len(tonnes))),
            "unserved_t": self.found.unserved,
        }
        for name, bit in (("linked_t", LINKED), ("forward_t", FORWARD), ("gate_a_t", GATE_A), ("gate_b_t", GATE_B)):
            frame[name] = total(((bits & bit) == bit).astype(float))
        frame["group"] = self._groups(n)
        return pd.DataFrame(frame)

    def _groups(self, n: int) -> pd.Series:
        """Interchange group at which each pair hands over between A and B; empty for none, the first by name of
        several.
        """
        table, arcs = self.compiled.tables["interchange"], self.compiled.network.arcs
        names = sorted(table["interchange_group"].unique())
        across = (arc_marks(self.compiled, self.scenario, self.params.sets) & LINKED) == LINKED
        at = table["interchange_group"].map({name: i for i, name in enumerate(names)}).to_numpy(dtype=np.int64)
        bit = np.zeros(len(arcs), dtype=np.int64)
        bit[across] = 1 << at[arcs.row[across]]
        met = marks(self.found.paths, bit)
        group = np.full(n, "", dtype=object)
        for i, name in reversed(list(enumerate(names))):
            group[self.found.paths.pair[(met >> i & 1) == 1]] = name
        return pd.Series(group, dtype="str")

    @cached_property
    def marks(self) -> Ints:
        """Bits of every path: LINKED, FORWARD, GATE_A, GATE_B."""
        return marks(self.found.paths, arc_marks(self.compiled, self.scenario, self.params.sets))

    def link_flows(self) -> pd.DataFrame:
        """Tonnes and TEU a year on every link, with its direction and against it."""
        t, teu = self._on_links
        return pd.DataFrame(
            {
                "link_id": self.compiled.index.links.to_numpy(),
                "forward_t": t[:, 0],
                "backward_t": t[:, 1],
                "forward_teu": teu[:, 0],
                "backward_teu": teu[:, 1],
            }
        )

    def class_flows(self) -> pd.DataFrame:
        """Tonnes a year of every class on every arc that it uses."""
        paths = self.found.paths
        long = np.diff(paths.start)
        kind = np.repeat(self.demand.kind[paths.pair], long)
        return flows.class_flows(self.compiled, self.demand.classes, kind, paths.arcs, np.repeat(paths.tonnes, long))

    @cached_property
    def _on_links(self) -> tuple[Floats, Floats]:
        links, v = len(self.compiled.index.links), self.volume
        network = self.compiled.network
        return accounts.link_volumes(network, v.box_t + v.bulk_t, links), accounts.link_volumes(network, v.teu, links)

    def screenlines(self) -> pd.DataFrame:
        """Tonnes and TEU a year across every screenline, by direction."""
        lines = self.scenario.table("screenline_link")
        t, teu = self._on_links
        at = self.compiled.index.links.get_indexer(lines["link_id"])
        against = lines["reversed"].to_numpy(dtype=np.int64)
        parts = []
        for name, side in (("forward", against), ("backward", 1 - against)):
            part = pd.DataFrame({"screenline_id": lines["screenline_id"], "t": t[at, side], "teu": teu[at, side]})
            parts.append(part.groupby("screenline_id", as_index=False).sum().assign(direction=name))
        both = pd.concat(parts).sort_values(["screenline_id", "direction"], ascending=[True, False], ignore_index=True)
        return both[["screenline_id", "direction", "t", "teu"]]

    @cached_property
    def countries(self) -> pd.DataFrame:
        """USD a year by country: cost to users (half to each end), revenue and margin by payee, and scarcity rents."""
        network, demand = self.compiled.network, self.demand
        revenue, margin = accounts.margins(network, self.volume)
        cost = self.pairs["users_usd"].to_numpy() / 2.0
        n = len(network.countries)
        users = np.zeros(n)
        for end in (demand.origin, demand.destination):
            users += sums_by(network.place_country[end], cost, n)
        frame = {"country_id": network.countries.to_numpy(), "users_usd": users, "rents_usd": self._rents(n)}
        for i, payee in enumerate(PAYEES):
            frame[f"{payee}_revenue_usd"], frame[f"{payee}_margin_usd"] = revenue[i], margin[i]
        return pd.DataFrame(frame)

    def _rents(self, countries: int) -> Floats:
        owner = self.compiled.index.countries.get_indexer(self.compiled.tables["element"]["country_id"])
        return sums_by(owner[self.compiled.network.elements.row], self.element_rents, countries)

    @cached_property
    def element_rents(self) -> Floats:
        """USD a year (k,) that the queue or price of each constraint is worth."""
        path, element, units = path_units(self.compiled.network, self.demand, self.found.paths)
        kind = self.demand.kind[self.found.paths.pair[path]]
        hours = self.params.rationing is Rationing.QUEUE
        value = self.demand.classes.vot[kind] if hours else np.ones(len(path))
        usd = units * self.found.multiplier[element] * value * self.found.paths.tonnes[path]
        return sums_by(element, usd, len(self.found.load))

    def elements(self, other: Floats) -> pd.DataFrame:
        """Load, other traffic, capacity and queue of every constraint."""
        e, table = self.compiled.network.elements, self.compiled.tables["element"]
        hours = self.params.rationing is Rationing.QUEUE
        return pd.DataFrame(
            {
                "element_id": table["element_id"].to_numpy()[e.row],
                "name": table["name"].to_numpy()[e.row],
                "per_direction": table["per_direction"].to_numpy()[e.row],
                "direction": np.where(e.reverse, "backward", "forward"),
                "unit": table["unit"].to_numpy()[e.row],
                "capacity_per_yr": e.capacity,
                "preload_per_yr": e.preload,
                "background_per_yr": other,
                "load_per_yr": self.found.load,
                "queue_h": self.found.multiplier * self.found.unit if hours else np.nan,
                "delay_h": self.found.delay_rate * self.found.unit,
                "rent_usd": self.element_rents,
            }
        )

    def metrics(self) -> pd.DataFrame:
        """Totals of the assignment."""
        p, bits, paths = self.by_path, self.marks, self.found.paths
        loss = float((self.found.unserved * self.demand.classes.unserved[self.demand.kind]).sum())
        users = float((p.users * paths.tonnes).sum()) + loss
        teu = np.where(
            self.demand.teu[paths.pair] > 0.0,
            paths.tonnes / self.demand.classes.size[self.demand.kind[paths.pair]],
            0.0,
        )
        rows: list[tuple[str, str, float, str]] = [
            ("used_usd", "", float((p.used * paths.tonnes).sum()) + loss, "usd"),
            ("users_usd", "", users, "usd"),
            ("rents_usd", "", float((p.rent * paths.tonnes).sum()), "usd"),
            ("assigned_t", "", float(paths.tonnes.sum()), "t"),
            ("unserved_t", "", float(self.found.unserved.sum()), "t"),
            ("gap_usd", "", self.found.gap_usd, "usd"),
            ("gap_share", "", self.found.gap_usd / max(users, 1e-9), "share"),
            ("rounds", "", float(self.found.rounds), "count"),
        ]
        for name, bit in (("linked", LINKED), ("gate_a", GATE_A), ("gate_b", GATE_B)):
            hit = (bits & bit) == bit
            rows += [
                (f"{name}_teu", "", float(teu[hit].sum()), "teu"),
                (f"{name}_t", "", float(paths.tonnes[hit].sum()), "t"),
            ]
        rows += self._by_group()
        columns = ["metric", "key", "value", "unit"]
        if not self.params.detail:
            return pd.DataFrame(rows, columns=columns)
        countries = self.countries
        for payee in PAYEES:
            rows.append((f"{payee}s_usd", "", float(countries[f"{payee}_margin_usd"].sum()), "usd"))
        frame = pd.DataFrame(rows + self._by_corridor(), columns=columns)
        wide = countries.melt("country_id", var_name="metric", value_name="value").rename(columns={"country_id": "key"})
        return pd.concat([frame, wide.assign(unit="usd")[columns]], ignore_index=True)

    def _by_group(self) -> list[tuple[str, str, float, str]]:
        arcs = self.compiled.network.arcs
        table = self.compiled.tables["interchange"]
        rows = []
        for group in sorted(table["interchange_group"].unique()):
            mine = (arcs.act == Act.INTERCHANGE) & (table["interchange_group"] == group).to_numpy()[
                arcs.row * (arcs.act == Act.INTERCHANGE)
            ]
            rows.append(("interchange_teu", str(group), float(self.volume.teu[mine].sum()), "teu"))
            rows.append(("interchange_t", str(group), float((self.volume.box_t + self.volume.bulk_t)[mine].sum()), "t"))
        return rows

    def _by_corridor(self) -> list[tuple[str, str, float, str]]:
        """TEU and tonnes that leave each corridor: what it carried to the end or handed over."""
        arcs, network = self.compiled.network.arcs, self.compiled.network
        leaving = np.isin(arcs.act, (Act.LEAVE, Act.INTERCHANGE))
        corridor = network.corridor[arcs.tail]
        t = self.volume.box_t + self.volume.bulk_t
        rows = []
        for code, name in enumerate(network.corridors):
            mine = leaving & (corridor == code)
            rows.append(("corridor_teu", str(name), float(self.volume.teu[mine].sum()), "teu"))
            rows.append(("corridor_t", str(name), float(t[mine].sum()), "t"))
        return rows


LINKED, GATE_A, GATE_B, FORWARD = 1, 2, 4, 8


def arc_marks(compiled: Compiled, scenario: Scenario, sets: tuple[tuple[str, ...], tuple[str, ...]]) -> Ints:
    """Bits (m,) of every arc: handing over between A and B, FORWARD when from A to B; a gate link of A; one of B, in
    any regime.
    """
    network, table = compiled.network, compiled.tables["interchange"]
    arcs = network.arcs
    bits = np.zeros(len(arcs), dtype=np.int64)
    inside = [set(names) for names in sets]
    first = np.array([[name in s for s in inside] for name in table["from_corridor"]], dtype=bool).reshape(-1, 2)
    second = np.array([[name in s for s in inside] for name in table["to_corridor"]], dtype=bool).reshape(-1, 2)
    across = (first[:, 0] & second[:, 1]) | (first[:, 1] & second[:, 0])
    handing = np.flatnonzero(arcs.act == Act.INTERCHANGE)
    bits[handing[across[arcs.row[handing]]]] |= LINKED
    from_a = np.where(arcs.reverse[handing], second[arcs.row[handing], 0], first[arcs.row[handing], 0])
    bits[handing[across[arcs.row[handing]] & from_a]] |= FORWARD
    gates = scenario.table("corridor_gate")
    arc = np.repeat(np.arange(len(arcs)), np.diff(network.leg_start))
    link = arcs.link[network.legs]
    for bit, names in zip((GATE_A, GATE_B), sets, strict=True):
        mine = compiled.index.links.get_indexer(gates.loc[gates["corridor_id"].isin(names), "link_id"])
        hit = np.unique(arc[np.isin(link, mine) & (link >= 0)])
        bits[hit] |= bit
    return bits


def _params(params: Params) -> dict[str, Any]:
    return {
        "capped": params.capped,
        "rationing": str(params.rationing),
        "vot_bands": params.vot_bands,
        "carbon_usd_per_t": params.carbon_usd_per_t,
        "sets": [list(names) for names in params.sets],
        "principle": str(params.principle),
        "response": str(params.response),
        "response_value": params.response_value,
        "gap_max": params.gap_max,
        "rounds_max": params.rounds_max,
    }


__all__ = [
    "LOCAL",
    "Params",
    "Principle",
    "Rationing",
    "Response",
    "Status",
    "arc_marks",
    "background_of",
    "base_year",
    "run",
    "run_compiled",
    "run_from",
    "solve_compiled",
    "start_of",
    "terms_of",
]
