"""The cases behind the answer: groups, the curve, worth of an hour and a dollar, worlds, disruptions and the
tornado.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from koridor.experiments.run import Case
from koridor.model.network import Floats
from koridor.model.patch import Patch
from koridor.model.regime import JOINED, SEPARATE, Handover, Terms, between, tonnes_a_teu
from koridor.model.scenario import Scenario, find_patches
from koridor.result import Result
from koridor.studies import linkage, stochastic
from koridor.studies.linkage import World

CENTRAL, CAPPED, HANDOVER, CHOICE = "central", "capped ", "handover ", "stochastic choice"
_HELD_TABLES = ("element", "element_load")  # read only where capacities are held
_OTHER_FIELDS = {("service", "capacity_teu"), *(("commodity", field) for field in stochastic.LEVELS.values())}


@dataclass(frozen=True, slots=True)
class Grid:
    """Hours (n,) and USD per TEU (n,) of the curve over the terms of handing over."""

    hours: Floats
    usd: Floats

    @classmethod
    def of(cls, rows: pd.DataFrame) -> Grid:
        """Nothing, the low, central and high `joined` terms and the `separate` terms of the interchanges: their
        medians.
        """
        return cls(_steps(rows, "h"), _steps(rows, "usd_per_teu"))


def _steps(rows: pd.DataFrame, unit: str) -> Floats:
    fields = (f"joined_low_{unit}", f"joined_{unit}", f"joined_high_{unit}", f"separate_{unit}")
    medians = [float(rows[name].median()) for name in fields]
    return np.unique([0.0, *(value for value in medians if not np.isnan(value))])


def study(scenario: Scenario, params: linkage.Params | linkage.Variants | stochastic.Params) -> Result:
    """One case: a world, many terms of handing over in one, or stochastic choice in one."""
    if isinstance(params, stochastic.Params):
        return stochastic.run(scenario, params)
    if isinstance(params, linkage.Variants):
        return linkage.run_variants(scenario, params)
    return linkage.run(scenario, params)


def capped_cases(central: linkage.Params) -> list[Case]:
    """The cases of the central world under capacities, in two halves: they take the longest."""
    names = tuple(linkage.CASES)
    halves = (names[::2], names[1::2])
    return [Case(f"{CAPPED}{i}", (), replace(central, cases=half, capped=True)) for i, half in enumerate(halves, 1)]


def choice_case(central: linkage.Params) -> Case:
    """The central world with stochastic choice."""
    return Case(CHOICE, (), stochastic.Params(central.a, central.b, central.vot_bands, central.carbon_usd_per_t))


def handover_cases(world: World, params: linkage.Params, parts: int) -> list[Case]:
    """All terms of handing over that are asked for, in `parts` cases of `linkage.run_variants`."""
    rows = between(world.scenario, *world.sets)
    named, grid, variants = groups(world), Grid.of(rows), []

    def add(name: str, terms: Terms) -> None:
        variants.append((name, tuple((group, terms(group)) for group in named)))

    add("unlinked", lambda _: SEPARATE)
    add("linked", lambda _: JOINED)
    for group in named:
        mine = rows[rows["interchange_group"] == group]
        step_h, step_usd = steps_down(mine, tonnes_a_teu(world.scenario))
        add(f"alone:{group}", lambda g, only=group: JOINED if g == only else SEPARATE)  # type: ignore[misc]
        add(f"without:{group}", lambda g, only=group: SEPARATE if g == only else JOINED)  # type: ignore[misc]
        for name, shift in (
            ("hour+", Handover("joined", shift_h=1.0)),
            ("hour-", Handover("joined", shift_h=-step_h)),
            ("dollar+", Handover("joined", shift_usd_per_teu=1.0)),
            ("dollar-", Handover("joined", shift_usd_per_teu=-step_usd)),
        ):
            add(f"{name}:{group}", lambda g, only=group, terms=shift: terms if g == only else JOINED)  # type: ignore[misc]
    for i, h in enumerate(grid.hours):
        for j, usd in enumerate(grid.usd):
            add(f"curve:{i}:{j}", lambda _, h=h, usd=usd: Handover("joined", float(h), float(usd)))  # type: ignore[misc]
    return [
        Case(
            f"{HANDOVER}{part + 1}",
            (),
            linkage.Variants(
                params.a, params.b, tuple(variants[part::parts]), params.vot_bands, params.carbon_usd_per_t
            ),
        )
        for part in range(min(parts, len(variants)))
    ]


def steps_down(rows: pd.DataFrame, box_t: float) -> tuple[float, float]:
    """Hours and USD per TEU, at most one, by which every joined handover of these rows can be cheapened."""
    money = min(float(rows["joined_usd_per_teu"].min()), float(rows["joined_usd_per_t"].min()) * box_t)
    return min(1.0, float(rows["joined_h"].min())), min(1.0, money)


def groups(world: World) -> list[str]:
    """Interchange groups between A and B, sorted."""
    return sorted(between(world.scenario, *world.sets)["interchange_group"].unique())


def world_cases(scenario: Scenario, params: linkage.Params) -> list[Case]:
    """Values of linking under disruptions and at the ends of what is uncertain, as the dataset's table `case` lists
    them. Ends of ranges that cannot move a value without capacities are left out: their bars would be nothing.
    """
    table = scenario.table("case")
    mine = table[table["kind"].isin(["disruption", "range_low", "range_high"])].sort_values("case_id")
    found = [(row.kind, str(row.case_id), _patches(scenario, row.patches)) for row in mine.itertuples(index=False)]
    return [Case(name, patches, params) for kind, name, patches in found if kind == "disruption" or _moves(patches)]


def _moves(patches: tuple[Patch, ...]) -> bool:
    """Whether patches change what a deterministic run without capacities reads; none are those in force already."""
    return not patches or any(
        edit.table not in _HELD_TABLES and (edit.table, edit.field) not in _OTHER_FIELDS
        for patch in patches
        for edit in patch.edits
    )


def year_cases(scenario: Scenario, params: linkage.Params) -> list[Case]:
    """Values in every year and world of the dataset, on top of the scenario's own dataset, named `year|world`."""
    table = scenario.table("case").sort_values("case_id")
    years, worlds = (table[table["kind"] == kind] for kind in ("year", "world"))
    wanted = replace(params, cases=tuple(linkage.CASES))
    return [
        Case(
            f"{year.case_id}|{world.case_id}",
            _patches(scenario, year.patches) + _patches(scenario, world.patches),
            wanted,
        )
        for year in years.itertuples(index=False)
        for world in worlds.itertuples(index=False)
    ]


def _missing(scenario: Scenario, patches: tuple[Patch, ...]) -> tuple[Patch, ...]:
    """Patches that the scenario does not have already."""
    have = {item.patch_id for item in scenario.patches}
    return tuple(item for item in patches if item.patch_id not in have)


def _patches(scenario: Scenario, names: object) -> tuple[Patch, ...]:
    listed = [] if pd.isna(names) else [name for name in str(names).split(";") if name]
    return _missing(scenario, tuple(find_patches(scenario.dataset, listed)))
