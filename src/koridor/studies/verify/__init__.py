"""An assignment checked from its written tables: nothing of the solver is used, trees are scipy's.

The network and the demand are compiled from the scenario; flows, queues and what was not carried come from the tables
of the result. From them are computed anew

- conservation: every pair's tonnes are carried or stay, and of every class what comes to a place leaves it;
- volumes of links and elements, hours of delay at these, and the use of capacities;
- the gap, (sum of cost x flow - sum of least cost x demand) / sum of cost x flow, at the costs of the flows written;
  where one chooses for all, at the costs to all; of a stochastic choice the tonnes out of place;
- where demand answers to cost, what goes against what would go at the least cost, and the surplus of consumers;
- Beckmann's objective: of each class its constant cost over its value of time, and of each element the integral of its
  delay, in tonne-hours; where one chooses for all, the hours of all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from koridor.errors import Problem, UsageError
from koridor.model.compile import compile_demand, compile_network
from koridor.model.scenario import Scenario
from koridor.result import Result
from koridor.studies.verify.answer import Answer, read_answer
from koridor.studies.verify.balance import check_balance, check_links
from koridor.studies.verify.choice import residual
from koridor.studies.verify.costs import Costs
from koridor.studies.verify.doubts import Doubts
from koridor.studies.verify.elements import check_elements
from koridor.studies.verify.read import read
from koridor.text import t

GAP_NOISE = 1e-9  # by which sums in another order, and texts of floats, may change a gap


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found anew.

    problems: what is wrong, empty when nothing is. gap_share: part of users' cost that could still be saved, of a
    stochastic choice the part of all tonnes that is out of place. objective_t_h: Beckmann's, or where one chooses for
    all the hours of all; nan where goods have no value of time, or demand answers. carried_t, unserved_t: tonnes a
    year. used_share_max: the fullest element, load and other traffic over capacity.
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
    among the problems. Raises UsageError for a least of money, or a year of months.
    """
    if result.study == "months":
        raise UsageError(t("a year of months is not checked: its table of flows by class is that of no one network"))
    if result.params.get("principle") == "money":
        raise UsageError(
            t("the least money is a local optimum, which tables alone do not prove: check 'system' instead")
        )
    doubts = Doubts()
    compiled = compile_network(scenario)
    demand = compile_demand(compiled, scenario, vot_bands=doubts.bands(scenario, result))
    flows = read(compiled, demand, result, doubts)
    answer = read_answer(flows, result, doubts)
    principle = str(result.params.get("principle", "user"))
    check_balance(compiled, flows, np.zeros(len(flows.demand), np.bool_) if answer is None else answer.moved, doubts)
    check_links(compiled, flows, result, doubts)
    state = check_elements(compiled, flows, result, doubts)
    carbon = float(result.params.get("carbon_usd_per_t", 0.0))
    costs = Costs(compiled.network, flows, state, carbon, is_system=principle == "system")
    said = {row["metric"]: float(row["value"]) for row in result.metrics.to_dict("records") if row["key"] == ""}
    doubts.same("metrics", "assigned_t", said.get("assigned_t", 0.0), flows.carried_t)
    doubts.same("metrics", "unserved_t", said.get("unserved_t", 0.0), float(flows.unserved.sum()))
    if principle == "stochastic":
        gap, objective = residual(compiled, flows, costs, result, doubts), math.nan
        if result.status == "solved":
            doubts.gap(gap, said.get("solver_gap_share", 0.0) * 1.01 + GAP_NOISE, GAP_NOISE)
    else:
        gap, objective = _check_gap(costs, answer, result, said, doubts), math.nan
        if answer is None:
            objective = costs.objective()
            for name in {"objective", "total_t_h"} & set(said):
                doubts.same("metrics", name, said[name], objective)
    return Verified(
        tuple(doubts.problems), gap, objective, flows.carried_t, float(flows.unserved.sum()), state.used_share_max
    )


def _check_gap(costs: Costs, answer: Answer | None, result: Result, said: dict[str, float], doubts: Doubts) -> float:
    """The gap is no more than the result claims and, where it ended well, than was asked for; so is the surplus right.

    A solver that goes by hours claims a gap in hours, and USD of it; where demand answers, only the first holds all.
    """
    found = costs.gaps(answer)
    if answer is None:
        doubts.gap(found.usd, max(said.get("gap_share", 0.0), 0.0) * 1.01 + GAP_NOISE, GAP_NOISE)
    own = found.hours if "solver_gap_share" in said and not math.isnan(found.hours) else found.usd
    if "solver_gap_share" in said:
        doubts.gap(own, max(said["solver_gap_share"], 0.0) * 1.01 + GAP_NOISE, GAP_NOISE)
    if result.status == "solved" and "gap_max" in result.params:
        doubts.gap(own, float(result.params["gap_max"]) + GAP_NOISE, GAP_NOISE)
    if answer is not None:
        paid = max(said.get("users_usd", 0.0), 1.0)
        # those who stay and go may differ by the gap that was allowed, which ways alone do not show
        allowed = min(said.get("solver_gap_share", 0.0), float(result.params.get("gap_max", 0.0)))
        slack = np.array([GAP_NOISE * paid + 10.0 * max(own, allowed, 0.0) * paid])
        given, wanted = np.array([said.get("surplus_usd", math.nan)]), np.array([answer.surplus_usd(found.best)])
        doubts.alike("metrics", "value", given, wanted, lambda _: ("surplus_usd",), slack=slack)
    return own


__all__ = ["Verified", "verify"]
