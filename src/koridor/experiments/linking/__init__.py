"""The value of linking two sets of corridors: what it is, for whom, and how sure that is.

The definition stands in docs/studies/linking.md; the cases of one world in `koridor.studies.linkage`; everything
else here is the choice of cases (`questions`) and the reduction of their results to tables (`reduce`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from koridor.errors import UsageError
from koridor.experiments.linking import questions, reduce, tables, ways
from koridor.experiments.linking.questions import CENTRAL
from koridor.experiments.run import Case, Evaluation, evaluate
from koridor.model.scenario import Scenario
from koridor.result import Result
from koridor.studies import linkage
from koridor.studies.equilibrium.master import Rationing
from koridor.text import t

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Params:
    """a, b: names of corridors or axes, empty for the dataset's own sets. quick: the central value alone, without
    its range.

    vot_bands, carbon_usd_per_t, rationing: as in `assign.Params`.
    """

    a: tuple[str, ...] = ()
    b: tuple[str, ...] = ()
    quick: bool = False
    vot_bands: int = 3
    carbon_usd_per_t: float = 0.0
    rationing: Rationing = Rationing.QUEUE


def run(
    scenario: Scenario,
    params: Params | None = None,
    *,
    processes: int | None = None,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Result:
    """The value of linking in a scenario, with its range, splits, curve, disruptions and years.

    Parameters
    ----------
    scenario : the world in which it is asked for.
    params : the two sets and how to assign.
    processes : workers; None for one on each core.
    cache : folder for results of cases, so that a run that was stopped goes on; see `evaluate`.
    progress : called with cases done, cases in all and what was done.

    Raises UsageError when A and B are not two sets of corridors of the dataset.
    """
    params = params or Params()
    workers = processes or os.cpu_count() or 1
    central = linkage.Params(
        *_sets(scenario, params),
        cases=tuple(linkage.CASES),
        vot_bands=params.vot_bands,
        carbon_usd_per_t=params.carbon_usd_per_t,
        rationing=params.rationing,
        detail=True,
    )
    world = linkage.World.of(scenario, central)
    asked = _Asked.of(world, workers, quick=params.quick)
    here = [replace(case, patches=(*scenario.patches, *case.patches)) for case in asked.here]
    base = Scenario(scenario.dataset)
    found = evaluate(base, here + asked.years, questions.study, processes=workers, cache=cache, progress=progress)
    return _result(world, found.part([case.case_id for case in here]), found.part([c.case_id for c in asked.years]))


@dataclass(frozen=True, slots=True)
class _Asked:
    """The cases behind an answer: those of this world, and those of other years."""

    here: list[Case]
    years: list[Case]

    @classmethod
    def of(cls, world: linkage.World, workers: int, *, quick: bool) -> _Asked:
        central = world.params
        light = replace(central, cases=("unlinked", "linked"), detail=False)
        alone = [Case(CENTRAL, (), central), questions.choice_case(central)]
        here = questions.capped_cases(central) + alone + questions.handover_cases(world, light, workers)
        if quick:
            return cls(here, [])
        return cls(
            here + questions.world_cases(world.scenario, light),
            questions.year_cases(Scenario(world.scenario.dataset), light),
        )


def _sets(scenario: Scenario, params: Params) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A and B: those asked for, else those of the dataset."""
    own = scenario.dataset.meta["sets"]
    a, b = params.a or tuple(own.get("a", ())), params.b or tuple(own.get("b", ()))
    if not a or not b:
        raise UsageError(
            t(
                "{dataset} names no sets a and b in dataset.toml: say which with --a and --b",
                dataset=scenario.dataset.name,
            )
        )
    return a, b


def _result(world: linkage.World, here: Evaluation, years: Evaluation) -> Result:
    found, values = reduce.Found.of(world, here, years), here.results[CENTRAL]
    taken = ways.Ways(found)
    made = {
        "cases": reduce.cases(found),
        "countries": tables.countries(found),
        "screenlines": tables.screenlines(found),
        "disruptions": reduce.disruptions(found),
        "linked_flows": ways.linked_flows(found, taken),
        "split": tables.split(found),
        "groups": reduce.groups(found),
        "binding": tables.binding(found),
        "curve": reduce.curve(found),
        "tornado": reduce.tornado(found),
        "stochastic": found.worlds.results[questions.CHOICE].tables["stochastic"],
        "ways": ways.diagrams(found, taken),
        "years": reduce.years(found),
        "link_flows": tables.link_flows(found),
        "balance": tables.balance(found),
        "evidence": ways.evidence(found, taken),
        "excluded": tables.excluded(found),
    }
    headline = reduce.headline(found, made)
    return Result(
        study="linking",
        scenario=values.scenario,
        dataset=values.dataset,
        params=values.params,
        status=found.values.status,
        tables={"headline": headline, **made},
        metrics=headline[["metric", "value", "unit"]].assign(key="")[["metric", "key", "value", "unit"]],
    )


__all__ = ["Params", "run"]
