"""What it is worth to link two sets of corridors in one world.

Cases: none, A, B, both unlinked (every interchange between them at its `separate` terms), both linked (`joined`),
and bound (handing
over is free). V of a case = resource cost saved against none; value of linking = V(linked) - V(unlinked). Resource
cost is users' cost less scarcity rents, with what is paid netted against what it takes, so that tariffs are transfers.

Only pairs that matter are solved again: with every regime in force and handing over free, a pair whose best way uses
no arc of a regime of A or B has that way in every case, and no other way can be cheaper in any of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from koridor.errors import UsageError
from koridor.model.compile import Compiled, compile_demand, compile_network, with_regimes
from koridor.model.network import Demand, Flags, Floats, Ints
from koridor.model.regime import FREE, JOINED, SEPARATE, Handover, corridors_of, regime
from koridor.model.scenario import Scenario
from koridor.result import Result
from koridor.studies import assign
from koridor.studies.equilibrium.accounts import arc_volumes, link_volumes
from koridor.studies.equilibrium.master import Rationing
from koridor.studies.equilibrium.outcome import Start
from koridor.studies.equilibrium.paths import Paths, Ways, all_or_nothing, element_loads
from koridor.studies.equilibrium.pricing import Pricing
from koridor.studies.equilibrium.view import over_lines
from koridor.text import t

CASES: dict[str, tuple[bool, bool, Handover]] = {
    "none": (False, False, SEPARATE),
    "a": (True, False, SEPARATE),
    "b": (False, True, SEPARATE),
    "unlinked": (True, True, SEPARATE),
    "linked": (True, True, JOINED),
    "bound": (True, True, FREE),
}


_NAMED = 5  # elements that an error lists
_TOUCHING = 1 << 20  # bit beside those of `assign.arc_marks`


@dataclass(frozen=True, slots=True)
class Params:
    """a, b: names of corridors or axes. cases: those wanted. capped: hold capacities.

    vot_bands, carbon_usd_per_t, rationing: as in `assign.Params`. detail: keep tables by pair and link.
    """

    a: tuple[str, ...]
    b: tuple[str, ...]
    cases: tuple[str, ...] = ("unlinked", "linked")
    capped: bool = False
    vot_bands: int = 3
    carbon_usd_per_t: float = 0.0
    rationing: Rationing = Rationing.QUEUE
    detail: bool = False


@dataclass(frozen=True)
class World:
    """A scenario in which linking is asked for, with the pairs that it can concern.

    touched: positions of pairs whose best way under the most favourable handing over uses a regime of A or B.
    handed: those that
    hand over between A and B on it. solved: the pairs solved in every case: the touched, or the handed where only
    handing over
    differs between the cases wanted. ways: those of all pairs in the case `bound`, with their marks `met`; those
    that `stays` (p,) marks are the same in every case.
    """

    scenario: Scenario
    sets: tuple[tuple[str, ...], tuple[str, ...]]
    params: Params
    demand: Demand
    touched: Ints
    handed: Ints
    solved: Ints
    ways: Ways
    stays: Flags
    met: Ints
    bound: Compiled

    @classmethod
    def of(cls, scenario: Scenario, params: Params) -> World:
        """The world of a scenario. Raises UsageError when A and B are not two sets, or an element has a delay: then
        pairs that no regime can concern would be concerned by the others' volumes.
        """
        sets = corridors_of(scenario, params.a), corridors_of(scenario, params.b)
        if set(sets[0]) & set(sets[1]) or not all(sets):
            raise UsageError(t("A and B must be two sets of corridors without a common member"))
        delayed = scenario.table("element").query("delay != 'none'")["element_id"].tolist()
        if delayed:
            raise UsageError(
                t(
                    "linking compares cases at hours that no volume changes, but {elements} have delay functions: set "
                    "element.*.delay to none, or hold their capacities with assign",
                    elements=", ".join(sorted(delayed)[:_NAMED]) + (", ..." if len(delayed) > _NAMED else ""),
                )
            )
        free = scenario.with_patches(regime(scenario, sets, a=True, b=True, terms=lambda _: FREE))
        compiled = compile_network(free, capacities=params.capped)
        demand = compile_demand(compiled, free, vot_bands=params.vot_bands)
        pricing = Pricing(compiled.network, demand, np.ones(len(demand.classes)), params.carbon_usd_per_t)
        inside = np.flatnonzero(compiled.network.corridors.isin([*sets[0], *sets[1]]))
        regime_of = compiled.network.corridor[compiled.network.arcs.head]
        touching = np.isin(regime_of, inside) & (regime_of >= 0)
        ways, cost = all_or_nothing(compiled.network, demand, pricing)
        met = ways.marks(assign.arc_marks(compiled, free, sets) | np.where(touching, _TOUCHING, 0))
        goes = demand.chosen(cost) & (cost <= demand.classes.unserved[demand.kind])
        touched = demand.with_twins(np.flatnonzero((met & _TOUCHING > 0) & goes))
        handed = demand.with_twins(np.flatnonzero((met & assign.LINKED > 0) & goes))
        only_handover = not params.capped and set(params.cases) <= {"unlinked", "linked", "bound"}
        solved = handed if only_handover else touched
        stays = goes.copy()
        stays[solved] = False
        return cls(
            scenario=scenario,
            sets=sets,
            params=params,
            demand=demand,
            touched=touched,
            handed=handed,
            solved=solved,
            ways=ways,
            stays=stays,
            met=met,
            bound=compiled,
        )

    @cached_property
    def rest(self) -> Paths:
        """Paths of the pairs that are not solved, with their tonnes."""
        return self.ways.take(np.flatnonzero(self.stays))

    def under(self, case: str) -> Scenario:
        """The scenario of a case."""
        a, b, terms = CASES[case]
        return self.scenario.with_patches(regime(self.scenario, self.sets, a=a, b=b, terms=lambda _: terms))

    def run(self, case: str, *, background: Floats | None = None, start: Start | None = None) -> tuple[Result, Start]:
        """Assignment of the pairs to be solved in a case, and what it found; with a background, under capacities."""
        scenario, params = self.under(case), replace(self.assigning(background), start=start)
        result, found = assign.solve_compiled(scenario, with_regimes(self.bound, scenario), self.demand, params)
        return result, found.start

    def solve(self, scenario: Scenario, params: assign.Params) -> Result:
        """Assignment in a scenario that differs from this world in corridors in force and terms of handing over
        alone.
        """
        return assign.run_compiled(scenario, with_regimes(self.bound, scenario), self.demand, params)

    def assigning(self, background: Floats | None = None, *, pairs: Ints | None = None) -> assign.Params:
        """Parameters of the assignments of this world."""
        return assign.Params(
            capped=background is not None,
            rationing=self.params.rationing,
            vot_bands=self.params.vot_bands,
            carbon_usd_per_t=self.params.carbon_usd_per_t,
            sets=self.sets,
            background=background,
            pairs=self.solved if pairs is None else pairs,
            detail=self.params.detail,
        )

    def background(self) -> Floats:
        """Units (k,) on every constraint that stay the same: traffic outside the model, and the pairs that are not
        solved.
        """
        other = assign.background_of(self.scenario, self.bound, self.assigning())
        return other + element_loads(self.bound.network, self.demand, self.rest)

    def rest_on_links(self) -> tuple[Floats, Floats]:
        """Tonnes and TEU (links, 2) of the pairs that are not solved."""
        volume, links = arc_volumes(self.bound.network, self.demand, self.rest), len(self.bound.index.links)
        network = self.bound.network
        return link_volumes(network, volume.box_t + volume.bulk_t, links), link_volumes(network, volume.teu, links)

    def rest_over_gates(self) -> tuple[float, float]:
        """TEU of the pairs that are not solved over the gates of A and of B."""
        teu = np.where(self.stays, self.demand.teu, 0.0)
        return tuple(float(teu[self.met & bit > 0].sum()) for bit in (assign.GATE_A, assign.GATE_B))  # type: ignore[return-value]


def run(scenario: Scenario, params: Params) -> Result:
    """Totals of the cases of one world, as `metric.case` with the key `free` or `capped`, and the values among them."""
    return run_world(World.of(scenario, params))


def run_world(world: World) -> Result:
    """The same, for a world that is there already."""
    scenario, params = world.scenario, world.params
    background = world.background() if params.capped else None
    runs: dict[str, Result] = {}
    start: Start | None = None
    for case in dict.fromkeys(params.cases):
        runs[case], start = world.run(case, background=background, start=start)
    return Result(
        study="linkage",
        scenario=scenario.hash,
        dataset=scenario.dataset.name,
        params=_params(params, world),
        status=assign.Status.LIMIT
        if any(r.status == assign.Status.LIMIT for r in runs.values())
        else assign.Status.SOLVED,
        tables=_tables(world, runs) if params.detail else {},
        metrics=with_values(_totals(world, runs)),
    )


@dataclass(frozen=True, slots=True)
class Variants:
    """a, b, vot_bands, carbon_usd_per_t: as in `Params`. variants: names, each with the terms of every interchange
    group.
    """

    a: tuple[str, ...]
    b: tuple[str, ...]
    variants: tuple[tuple[str, tuple[tuple[str, Handover], ...]], ...]
    vot_bands: int = 3
    carbon_usd_per_t: float = 0.0


def run_variants(scenario: Scenario, params: Variants) -> Result:
    """Both sets in force under many terms of handing over; metrics as `metric.variant`. Only pairs that may hand
    over count.
    """
    light = Params(params.a, params.b, vot_bands=params.vot_bands, carbon_usd_per_t=params.carbon_usd_per_t)
    world = World.of(scenario, light)
    parts = []
    for name, groups in params.variants:
        by_group = dict(groups)
        patch = regime(scenario, world.sets, a=True, b=True, terms=by_group.__getitem__)
        result = world.solve(scenario.with_patches(patch), world.assigning(pairs=world.handed))
        parts.append(result.metrics.assign(metric=result.metrics["metric"] + "." + name))
    return Result(
        study="handover",
        scenario=scenario.hash,
        dataset=scenario.dataset.name,
        params=_params(light, world),
        status=assign.Status.SOLVED,
        tables={},
        metrics=pd.concat(parts, ignore_index=True),
    )


def _totals(world: World, runs: dict[str, Result]) -> pd.DataFrame:
    """Totals of every case."""
    over, key = world.rest_over_gates(), "capped" if world.params.capped else "free"
    rows: list[tuple[str, str, float, str]] = []
    for case, result in runs.items():
        total = result.metrics[result.metrics["key"] == ""]
        for row in total.itertuples(index=False):
            more = {"gate_a_teu": over[0], "gate_b_teu": over[1]}.get(row.metric, 0.0)
            rows.append((f"{row.metric}.{case}", key, row.value + more, row.unit))
    return pd.DataFrame(rows, columns=["metric", "key", "value", "unit"])


def with_values(totals: pd.DataFrame) -> pd.DataFrame:
    """Totals of cases, one or many results of a world together, with the values of cases and of linking among them."""
    rows: list[tuple[str, str, float, str]] = []
    for key in totals["key"].unique():
        mine = totals[totals["key"] == key].set_index("metric")["value"]
        used = {case: mine[f"used_usd.{case}"] for case in CASES if f"used_usd.{case}" in mine}
        if "none" in used:
            rows += [(f"value_usd.{case}", key, used["none"] - cost, "usd") for case, cost in used.items()]
        if {"unlinked", "linked"} <= set(used):
            rows.append(("value_of_linking_usd", key, used["unlinked"] - used["linked"], "usd"))
            share = mine["linked_teu.linked"] / max(mine["gate_a_teu.linked"], 1e-9)
            rows.append(("linked_share_of_a", key, share, "share"))
    return pd.concat([totals, pd.DataFrame(rows, columns=totals.columns)], ignore_index=True) if rows else totals


def _tables(world: World, runs: dict[str, Result]) -> dict[str, pd.DataFrame]:
    """Tables of all cases, with the columns `case` and `capped` in front."""
    tables: dict[str, list[pd.DataFrame]] = {}
    for case, result in runs.items():
        keyed = result.metrics[result.metrics["key"] != ""]
        for name, frame in {**result.tables, "keyed": keyed}.items():
            labelled = frame.copy()
            labelled.insert(0, "case", case)
            labelled.insert(1, "capped", world.params.capped)
            tables.setdefault(name, []).append(labelled)
    joined = {name: pd.concat(frames, ignore_index=True) for name, frames in tables.items()}
    joined["link_flows"] = _with_rest(joined["link_flows"], *world.rest_on_links())
    lines = world.scenario.table("screenline_link")
    joined["screenlines"] = _rest_over_lines(joined["screenlines"], lines, world)
    return joined


def _with_rest(flows: pd.DataFrame, t: Floats, teu: Floats) -> pd.DataFrame:
    cases = len(flows) // len(t)
    more = {"forward_t": t[:, 0], "backward_t": t[:, 1], "forward_teu": teu[:, 0], "backward_teu": teu[:, 1]}
    return flows.assign(**{name: flows[name].to_numpy() + np.tile(value, cases) for name, value in more.items()})


def _rest_over_lines(frame: pd.DataFrame, lines: pd.DataFrame, world: World) -> pd.DataFrame:
    """Screenline volumes with those of the pairs that are not solved."""
    rest = over_lines(lines, world.bound.index.links, *world.rest_on_links())
    rest = rest.rename(columns={"t": "rest_t", "teu": "rest_teu"})
    both = frame.merge(rest, on=["screenline_id", "direction"], how="left")
    return both.assign(t=both["t"] + both["rest_t"], teu=both["teu"] + both["rest_teu"])[list(frame.columns)]


def _params(params: Params, world: World) -> dict[str, Any]:
    return {
        "a": list(world.sets[0]),
        "b": list(world.sets[1]),
        "cases": list(params.cases),
        "capped": params.capped,
        "vot_bands": params.vot_bands,
        "carbon_usd_per_t": params.carbon_usd_per_t,
        "rationing": str(params.rationing),
    }


__all__ = ["CASES", "Params", "Variants", "World", "run", "run_variants", "run_world", "with_values"]
