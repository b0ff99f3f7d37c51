"""What linking is worth when not all take the cheapest way: path-size logit on a route set common to all cases.

A sensitivity beside the deterministic headline. The set of a choice (a pair, and its twin in the other form) holds its
best ways under every case, and staying at home; a way that a case does not offer is closed there. So the two
cases that the value compares offer the same ways, and no surplus comes from their number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from koridor.model.compile import with_regimes
from koridor.model.network import BOX, Demand, Floats, Ints, Network
from koridor.model.scenario import Scenario
from koridor.result import Result
from koridor.studies import assign, linkage, logit
from koridor.studies.equilibrium import accounts
from koridor.studies.equilibrium.master import Equilibrium
from koridor.studies.equilibrium.paths import Paths, all_or_nothing, concatenate, distinct, marks
from koridor.studies.equilibrium.pricing import Pricing, path_cost

LEVELS = {"low": "choice_low_share", "central": "choice_share", "high": "choice_high_share"}
DETERMINISTIC = "deterministic"
COLUMNS = ["level", "scale_share", "value_usd", "logsum_usd", "value_a_usd", "value_b_usd", "value_linked_usd",
           "linked_teu", "ways"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Params:
    """a, b, vot_bands, carbon_usd_per_t: as in `linkage.Params`. The scales are those of the commodities."""

    a: tuple[str, ...]
    b: tuple[str, ...]
    vot_bands: int = 3
    carbon_usd_per_t: float = 0.0


def run(scenario: Scenario, params: Params) -> Result:
    """Table `stochastic`: values at no scale and at the low, central and high scale of the commodities, USD a year.

    Empty where no commodity has a scale. Raises UsageError when A and B are not two sets.
    """
    light = linkage.Params(
        params.a, params.b, tuple(linkage.CASES), vot_bands=params.vot_bands, carbon_usd_per_t=params.carbon_usd_per_t
    )
    table = pd.DataFrame(columns=COLUMNS)
    if scenario.table("commodity")[list(LEVELS.values())].notna().any(axis=None):
        table = values(linkage.World.of(scenario, light))
    long = table.drop(columns="scale_share").melt("level", var_name="metric").rename(columns={"level": "key"})
    return Result(
        study="stochastic",
        scenario=scenario.hash,
        dataset=scenario.dataset.name,
        params={"a": list(params.a), "b": list(params.b), "vot_bands": params.vot_bands,
                "carbon_usd_per_t": params.carbon_usd_per_t},
        status=assign.Status.SOLVED,
        tables={"stochastic": table},
        metrics=long.assign(unit=_units(long["metric"]))[["metric", "key", "value", "unit"]],
    )  # fmt: skip


def values(world: linkage.World) -> pd.DataFrame:
    """A row for every scale: value of linking as resource cost saved and as logsum, values of cases, linked TEU."""
    menu = _Menu.of(world)
    rows = []
    for level, share in _scales(world, menu):
        found = {case: menu.chosen(case, share * menu.best) for case in ("none", "a", "b", "unlinked", "linked")}
        used = {case: total.used_usd for case, total in found.items()}
        weight = menu.tonnes / max(menu.tonnes.sum(), 1e-9)
        rows.append(
            {
                "level": level,
                "scale_share": float((share * weight).sum()),
                "value_usd": used["unlinked"] - used["linked"],
                "logsum_usd": found["unlinked"].logsum_usd - found["linked"].logsum_usd,
                "value_a_usd": used["none"] - used["a"],
                "value_b_usd": used["none"] - used["b"],
                "value_linked_usd": used["none"] - used["linked"],
                "linked_teu": found["linked"].linked_teu,
                "ways": len(menu.paths) / max(len(menu.tonnes), 1),
            }
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def common_routes(networks: dict[str, Network], demand: Demand, carbon_usd_per_t: float) -> Paths:
    """The distinct best ways of every pair under all cases, by pair."""
    found = []
    for network in networks.values():
        pricing = Pricing(network, demand, np.ones(len(demand.classes)), carbon_usd_per_t)
        ways, cost = all_or_nothing(network, demand, pricing)
        found.append(ways.take(np.flatnonzero(np.isfinite(cost))))
    return distinct(concatenate(found))


@dataclass(frozen=True, slots=True)
class _Total:
    """Resources used and logsum of users' cost, USD a year; TEU that are linked."""

    used_usd: float
    logsum_usd: float
    linked_teu: float


@dataclass(frozen=True)
class _Menu:
    """Choices (n,) and their routes (r,). cost, used: (r,) USD per tonne by case. best: (n,) USD per tonne of the
    cheapest way of all cases. loss: (n,) USD per tonne of staying. goods: (n,) commodity. teu: (r,) linked TEU a tonne.
    """

    paths: Paths
    choice: Ints
    cost: dict[str, Floats]
    used: dict[str, Floats]
    overlap: logit.Overlap
    tonnes: Floats
    loss: Floats
    goods: Ints
    best: Floats
    teu: Floats

    @classmethod
    def of(cls, world: linkage.World) -> _Menu:
        """The menus of the touched pairs of a world."""
        demand, carbon = world.demand.part(world.touched), world.params.carbon_usd_per_t
        networks = {case: with_regimes(world.bound, world.under(case)).network for case in linkage.CASES}
        paths = common_routes(networks, demand, carbon)
        heads = np.flatnonzero(demand.first)
        number = np.full(len(demand), -1)
        number[heads] = np.arange(len(heads))
        choice = np.where(demand.first, number, number[demand.twin])[paths.pair]
        cost = {}
        for case, network in networks.items():
            pricing = Pricing(network, demand, np.ones(len(demand.classes)), carbon)
            cost[case] = path_cost(pricing, demand, paths)
        kind = demand.kind[heads]
        best = demand.classes.unserved[kind].copy()
        for each in cost.values():
            np.minimum.at(best, choice, each)
        box = demand.classes.form[demand.kind[paths.pair]] == BOX
        bits = marks(paths, assign.arc_marks(world.bound, world.scenario, world.sets))
        linked = box & ((bits & assign.LINKED) == assign.LINKED)
        return cls(
            paths=paths,
            choice=choice,
            cost=cost,
            used={case: _used(network, demand, paths) for case, network in networks.items()},
            overlap=logit.Overlap.of(world.bound.network, paths, choice),
            tonnes=demand.tonnes[heads],
            loss=demand.classes.unserved[kind],
            goods=demand.classes.commodity[kind],
            best=best,
            teu=linked / demand.classes.size[demand.kind[paths.pair]],
        )

    def chosen(self, case: str, scale: Floats) -> _Total:
        """What a case comes to when every choice spreads by its scale (n,), USD per tonne."""
        n, cost = len(self.tonnes), self.cost[case]
        size = np.concatenate([self.overlap.sizes(np.isfinite(cost)), np.ones(n)])
        choice = np.concatenate([self.choice, np.arange(n)])
        share, logsum = logit.shares(choice, np.concatenate([cost, self.loss]), size, scale)
        tonnes = share * self.tonnes[choice]
        used = np.concatenate([self.used[case], self.loss])
        return _Total(
            float((tonnes * used).sum()),
            float((logsum * self.tonnes).sum()),
            float((tonnes[: len(self.teu)] * self.teu).sum()),
        )


def _used(network: Network, demand: Demand, paths: Paths) -> Floats:
    """Resources (r,) in USD per tonne of every path: what the headline counts."""
    nothing, pairs = np.zeros(len(network.elements.capacity)), np.zeros(len(demand))
    still = Equilibrium(
        paths=paths, unserved=pairs, cost=pairs, multiplier=nothing, delay_rate=nothing, unit=nothing, load=nothing,
        gap_usd=0.0, rounds=0, converged=True,
    )  # fmt: skip
    return accounts.of_paths(network, demand, still, hour_per_multiplier=nothing).used


def _scales(world: linkage.World, menu: _Menu) -> Iterator[tuple[str, Floats]]:
    """Scale (n,) of every choice as a share of its best way, by level; goods without one take the cheapest."""
    goods = world.bound.tables["commodity"]
    yield DETERMINISTIC, np.zeros(len(menu.tonnes))
    for level, field in LEVELS.items():
        yield level, goods[field].fillna(0.0).to_numpy()[menu.goods]


def _units(metric: pd.Series) -> pd.Series:
    return metric.map(lambda name: {"linked_teu": "teu", "ways": "count"}.get(name, "usd"))


__all__ = ["COLUMNS", "Params", "common_routes", "run", "values"]
