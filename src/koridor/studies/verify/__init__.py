"""An assignment checked from its written tables: nothing of the solver is used, trees are scipy's.

The network and the demand are compiled from the scenario; flows, queues and what was not carried come from the tables
of the result. From them are computed anew

- conservation: every pair's tonnes are carried or stay, and of every class what comes to a place leaves it;
- volumes of links and elements, hours of delay at these, and the use of capacities;
- the gap, (sum of cost x flow - sum of least cost x demand) / sum of cost x flow, at the costs of the flows written;
- Beckmann's objective: of each class its constant cost over its value of time, and of each element the integral of its
  delay, in tonne-hours.
"""

from __future__ import annotations

from dataclasses import dataclass

from koridor.errors import Problem, UsageError
from koridor.model.compile import compile_demand, compile_network
from koridor.model.scenario import Scenario
from koridor.result import Result
from koridor.studies.verify.balance import check_balance, check_links
from koridor.studies.verify.costs import Costs
from koridor.studies.verify.doubts import Doubts
from koridor.studies.verify.elements import check_elements
from koridor.studies.verify.read import Flows, read
from koridor.text import t

GAP_NOISE = 1e-9  # by which sums in another order, and texts of floats, may change a gap


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found anew.

    problems: what is wrong, empty when nothing is. gap_share: part of users' cost that could still be saved.
    objective_t_h: Beckmann's, nan where goods have no value of time. carried_t, unserved_t: tonnes a year.
    used_share_max: the fullest element, load and other traffic over capacity.
    """

    problems: tuple[Problem, ...]
    gap_share: float
    objective_t_h: float
    carried_t: float
    unserved_t: float
    used_share_max: float


def verify(scenario: Scenario, result: Result) -> Verified:
    """Checks the result of `assign` against its scenario.

    Raises DataError when the tables cannot be read as a result of this scenario at all; whatever else is wrong is
    among the problems. Raises UsageError for a result in which users do not choose for themselves, or demand answers to
    cost.
    """
    for name, wanted in (("principle", "user"), ("response", "fixed")):
        own = result.params.get(name, wanted)
        if own != wanted:
            raise UsageError(
                t("{name} {own}: only fixed demand, of which every user chooses, can be checked", name=name, own=own)
            )
    doubts = Doubts()
    compiled = compile_network(scenario)
    demand = compile_demand(compiled, scenario, vot_bands=doubts.bands(scenario, result))
    flows = read(compiled, demand, result, doubts)
    check_balance(compiled, flows, doubts)
    check_links(compiled, flows, result, doubts)
    state = check_elements(compiled, flows, result, doubts)
    costs = Costs(compiled.network, flows, state, float(result.params.get("carbon_usd_per_t", 0.0)))
    gap, objective = costs.gap(), costs.objective()
    _check_metrics(flows, result, gap, objective, doubts)
    return Verified(
        tuple(doubts.problems), gap, objective, flows.carried_t, float(flows.unserved.sum()), state.used_share_max
    )


def _check_metrics(flows: Flows, result: Result, gap: float, objective: float, doubts: Doubts) -> None:
    """The totals that the result gives, and the gap that it claims."""
    said = {row["metric"]: float(row["value"]) for row in result.metrics.to_dict("records") if row["key"] == ""}
    doubts.same("metrics", "assigned_t", said.get("assigned_t", 0.0), flows.carried_t)
    doubts.same("metrics", "unserved_t", said.get("unserved_t", 0.0), float(flows.unserved.sum()))
    if "objective" in said:
        doubts.same("metrics", "objective", said["objective"], objective)
    claimed = max(said.get("gap_share", 0.0), 0.0)
    doubts.gap(gap, claimed * 1.01 + GAP_NOISE, GAP_NOISE)
    if result.status == "solved" and "gap_max" in result.params:
        doubts.gap(gap, float(result.params["gap_max"]) + GAP_NOISE, GAP_NOISE)


__all__ = ["Verified", "verify"]
