"""Who flows where: multi-class assignment of the contestable tonnes, with or without hard capacities."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from koridor.errors import UsageError
from koridor.kernels.flows.ready import ready
from koridor.model.compile import Compiled, compile_demand, compile_network
from koridor.model.network import Demand, Floats, Ints
from koridor.model.scenario import Scenario
from koridor.result import Result
from koridor.studies.background import BaseYear
from koridor.studies.equilibrium import accounts, master, stochastic, tables
from koridor.studies.equilibrium.accounts import PathAccounts
from koridor.studies.equilibrium.carry import read_start
from koridor.studies.equilibrium.delayed import has_delay
from koridor.studies.equilibrium.elastic import Elastic, Response, surplus_usd
from koridor.studies.equilibrium.master import Equilibrium, Limits, Rationing, solve
from koridor.studies.equilibrium.money import least_money, least_money_at_fixed_hours
from koridor.studies.equilibrium.outcome import Start, better
from koridor.studies.equilibrium.pricing import Pricing, path_cost
from koridor.studies.equilibrium.view import FORWARD, GATE_A, GATE_B, LINKED, View, arc_marks
from koridor.text import t

MONEY_GAP = 1e-6  # share of what all pay at which the least money is called found


class Status(StrEnum):
    """How an assignment ended."""

    SOLVED = "solved"
    LIMIT = "limit"


class Principle(StrEnum):
    """Who chooses: every user, one for all (least hours weighted by tonnes, or least money), or users who see dimly."""

    USER = "user"
    SYSTEM = "system"
    MONEY = "money"
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
    start: what another run over the same arcs and pairs found, to begin with. threads: of searches; change no answer.
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
    start: Start | None = field(default=None, repr=False)
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


def start_of(before: Result, compiled: Compiled, demand: Demand, params: Params) -> Start:
    """What a result found, as it is in this network; raises UsageError as `run_from` does."""
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
    if params.principle is Principle.MONEY:  # a scarce unit goes to whom it saves most
        params = replace(params, rationing=Rationing.PRICE)
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
    view = View(scenario, compiled, demand, found, by_path, accounts.arc_volumes(network, demand, found.paths), params)
    frames = _extra(compiled, demand, found, by_path, params)
    if params.detail:
        frames |= {
            "pairs": view.pairs,
            "countries": view.countries,
            "screenlines": view.screenlines(),
            "elements": view.elements(background),
            "link_flows": view.link_flows(),
        }
        if elastic is not None:  # a check takes the costs of reference as they are given
            frames["pairs"] = frames["pairs"].assign(reference_usd_per_t=elastic.reference)
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
    if params.principle is Principle.MONEY and not fixed:
        raise UsageError(t("the least money is found for fixed demand: use 'system' or 'user'"))
    if params.principle is Principle.MONEY and not (compiled.tables["commodity"]["vot_usd_per_t_h"] > 0.0).all():
        raise UsageError(t("the least money needs a value of time of all goods, above 0"))
    if params.principle is Principle.STOCHASTIC and (params.capped or not fixed):
        raise UsageError(t("a stochastic choice holds no capacities and its demand is fixed: use 'user'"))
    if not fixed and not (np.isfinite(params.response_value) and params.response_value > 0.0):
        raise UsageError(t("response_value must be above 0, not {value}", value=params.response_value))
    if params.skims and (params.rationing is Rationing.PRICE or params.principle is Principle.MONEY):
        raise UsageError(t("skims tell hours, which prices of capacities have none of: ration by 'queue', for users"))
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
    if params.principle is Principle.MONEY:
        return _least_money(compiled, demand, limits, params)
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


def _least_money(compiled: Compiled, demand: Demand, limits: Limits, params: Params) -> Equilibrium:
    """The optimum in money, begun with that of time. Without delays both are linear programmes."""
    network, carbon = compiled.network, params.carbon_usd_per_t
    time = _found(
        compiled, demand, limits, replace(params, principle=Principle.SYSTEM, rationing=Rationing.QUEUE), None
    )
    if not has_delay(network).any():
        money = solve(
            network, demand, limits, rationing=Rationing.PRICE, carbon_usd_per_t=carbon, rounds_max=params.rounds_max,
            threads=params.threads,
        )  # fmt: skip
        return least_money_at_fixed_hours(network, demand, limits, carbon_usd_per_t=carbon, time=time, money=money)
    return least_money(
        network, demand, limits, carbon_usd_per_t=carbon, gap_max=max(params.gap_max, MONEY_GAP),
        rounds_max=params.rounds_max, threads=params.threads, time=time,
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
    if found.optimum is not None:
        frames["optima"] = tables.optima(found.optimum)
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
    if found.optimum is not None:
        best, bound = found.optimum.total_usd, found.optimum.bound_usd
        rows += [
            ("total_usd", "", best, "usd"),
            ("bound_usd", "", bound, "usd"),
            ("bound_share", "", (best - bound) / best if best > 0.0 else 0.0, "share"),
            ("total_t_h", "", found.optimum.total_t_h, "t_h"),
        ]
    elif np.isfinite(objective) and elastic is None:
        name = "objective" if params.principle is Principle.USER else "total_t_h"
        rows.append((name, "", objective, "t_h"))
    if found.trace:
        rows.append(("solver_gap_share", "", found.gap_share, "share"))
    if elastic is not None:
        gain = surplus_usd(elastic, demand, better(demand, found.cost))
        rows.append(("surplus_usd", "", float(gain.sum()), "usd"))
    left = _left_out_t(compiled, demand) if params.pairs is None else 0.0
    if left > 0.0:
        rows.append(("left_out_t", "", left, "t"))
    if params.effort:
        rows += [("solve_s", "", effort.wall_s, "s"), ("solve_cpu_s", "", effort.cpu_s, "s")]
    return pd.DataFrame(rows, columns=["metric", "key", "value", "unit"])


def _left_out_t(compiled: Compiled, demand: Demand) -> float:
    """Contestable tonnes that are no question of ways: from a place to itself, or of a region without a place."""
    flow = compiled.tables["flow"]
    whole = float(flow.loc[flow["part"] == "contestable", "volume_t"].sum())
    left = whole - float(demand.tonnes[demand.first].sum())
    return left if left > 1e-9 * whole else 0.0


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
        "scale_share": params.scale_share,
        "draws": params.draws,
        "seed": params.seed,
    }


__all__ = [
    "FORWARD",
    "GATE_A",
    "GATE_B",
    "LINKED",
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
