"""The checker on results in which one chooses for all, users see dimly, or demand answers to cost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_assign_principles import TWO
from test_equilibrium import bpr

from builders import pair
from koridor.errors import DataError
from koridor.model.patch import Patch
from koridor.model.scenario import Scenario
from koridor.result import Result
from koridor.studies import assign
from koridor.studies.assign import Params, Principle, Response
from koridor.studies.verify import Verified
from koridor.studies.verify.answer import Answer
from koridor.studies.verify.elements import delay, slope
from koridor.testing import verify_assignment

TOLL = Patch.of("toll", ("rate", "*", "fixed_usd", "shift", 100.0))


def world(*, others: float = 30.0) -> Scenario:
    """Two goods on three ways: by the fourth power with traffic of others, by a queue, and without delay."""
    quick = bpr("L", 60, 10, power=4.0)
    quick["element"][0]["preload_per_yr"] = 100 + others
    queue = bpr("M", 150, 4)
    queue["element"][0] |= {"delay": "queue", "delay_alpha": 0.6}
    return Scenario(pair({"L": (10, 0), "M": (14, 1), "N": (60, 0)}, quick, queue, goods=TWO, volume_t=900), (TOLL,))


CASES: dict[str, dict[str, Any]] = {
    "system": {"principle": Principle.SYSTEM},
    "system capped": {"principle": Principle.SYSTEM, "capped": True},
    "elastic": {"response": Response.ELASTIC, "response_value": 0.7},
    "unit elasticity": {"response": Response.ELASTIC},
    "logit": {"response": Response.LOGIT, "response_value": 0.05},
    "elastic capped": {"response": Response.ELASTIC, "capped": True},
    "elastic system": {"response": Response.ELASTIC, "principle": Principle.SYSTEM},
    "stochastic": {"principle": Principle.STOCHASTIC, "ways": True},
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """Every case from its folder, as it is written."""
    found = {}
    for name, params in CASES.items():
        folder = tmp_path_factory.mktemp("results") / name
        assign.run(world(), Params(vot_bands=1, **params)).write(folder)
        found[name] = Result.read(folder)
    return found


def checked(result: Result, scenario: Scenario | None = None) -> Verified:
    return verify_assignment(scenario or world(), result)


@pytest.mark.parametrize("name", CASES)
def test_what_is_so_is_found_so(results: dict[str, Result], name: str) -> None:
    """No problem, a gap within 1e-8, and under the system the hours of all."""
    found = checked(results[name])
    assert found.problems == ()
    assert found.gap_share <= 1.1e-8
    metrics = results[name].metrics.set_index("metric")["value"]
    if name.startswith("system"):
        assert found.objective_t_h == pytest.approx(metrics["total_t_h"], rel=1e-9)


def moved(result: Result, share: float) -> Result:
    """So much more by every way, in every table of flows: conserved but for the ends of pairs, and another demand."""
    tables = dict(result.tables)
    columns = {
        "pairs": ["carried_t"], "class_flows": ["flow_t"], "elements": ["load_per_yr"], "paths": ["flow_t"],
        "link_flows": ["forward_t", "backward_t", "forward_teu", "backward_teu"],
    }  # fmt: skip
    for name, names in columns.items():
        if name in tables:
            tables[name] = tables[name].assign(**{column: tables[name][column] * share for column in names})
    return replace(result, tables=tables)


@pytest.mark.parametrize("name", ["elastic", "logit", "unit elasticity"])
def test_demand_that_does_not_answer_is_found(results: dict[str, Result], name: str) -> None:
    """1 % more of everything is not what goes at its cost; nor is a surplus of other costs."""
    problems = checked(moved(results[name], 1.01)).problems
    assert ("gap_share",) in {problem.keys for problem in problems}
    metrics = results[name].metrics
    more = metrics.assign(value=np.where(metrics["metric"] == "surplus_usd", metrics["value"] * 1.01, metrics["value"]))
    assert ("surplus_usd",) in {problem.keys for problem in checked(replace(results[name], metrics=more)).problems}


def test_users_are_no_system(results: dict[str, Result]) -> None:
    """Flows of users, said to be those of the least hours: the gap at the costs to all tells."""
    users = assign.run(world(), Params(vot_bands=1))
    lying = replace(users, params={**users.params, "principle": "system"})
    assert ("gap_share",) in {problem.keys for problem in checked(lying).problems}


def test_a_choice_out_of_place_is_found(results: dict[str, Result]) -> None:
    """Ten tonnes from one way to another, in ways and classes alike; the ways are needed to see it."""
    dim = results["stochastic"]
    tables = dict(dim.tables)
    ways = tables["path_arcs"].query("link_id != ''").set_index("path")["link_id"]
    name = tables["paths"].iloc[0]["commodity_id"]
    mine = tables["paths"]["commodity_id"] == name
    shift = {"L": 10.0, "N": -10.0}
    tables["paths"] = tables["paths"].assign(
        flow_t=tables["paths"]["flow_t"] + tables["paths"]["path"].map(ways).map(shift).fillna(0.0) * mine
    )
    flows = tables["class_flows"]
    own = flows["commodity_id"] == name
    tables["class_flows"] = flows.assign(flow_t=flows["flow_t"] + flows["link_id"].map(shift).fillna(0.0) * own)
    found = checked(replace(dim, tables=tables)).problems
    assert ("gap_share",) in {problem.keys for problem in found}
    tables["paths"] = dim.tables["paths"]
    assert "paths" in {problem.table for problem in checked(replace(dim, tables=tables)).problems}
    without = {name: table for name, table in dim.tables.items() if name != "paths"}
    with pytest.raises(DataError) as error:
        checked(replace(dim, tables=without))
    assert "--ways" in error.value.problems[0].hint


def test_costs_of_reference_are_needed(results: dict[str, Result], tmp_path: Path) -> None:
    """Without them nobody can say what should go."""
    table = results["elastic"].tables["pairs"].drop(columns="reference_usd_per_t")
    with pytest.raises(DataError) as error:
        checked(replace(results["elastic"], tables={**results["elastic"].tables, "pairs": table}))
    assert error.value.problems[0].field == "reference_usd_per_t"


@pytest.mark.parametrize("logit", [False, True])
@pytest.mark.parametrize("value", [0.5, 1.0, 2.0])
def test_the_checker_s_demand(logit: bool, value: float) -> None:
    """At the reference the tonnes of the tables go; cost and tonnes are each other's inverse; the surplus is the
    integral of demand in 100,000 strips.
    """
    of = Answer(logit, value, np.array([10.0]), np.array([100.0]), np.array([True]))
    assert of.at(np.array([10.0])) == pytest.approx([100.0])
    for cost in (8.0, 11.0):
        assert of.cost(of.at(np.array([cost]))) == pytest.approx([cost])
        steps = np.linspace(cost, 10.0, 100_001)
        many = Answer(logit, value, np.full(100_001, 10.0), np.full(100_001, 100.0), np.full(100_001, True))
        goes = many.at(steps)
        strips = ((goes[1:] + goes[:-1]) / 2.0 * np.diff(steps)).sum()
        assert of.surplus_usd(np.array([cost])) == pytest.approx(strips, rel=1e-6)


@pytest.mark.parametrize(("kind", "alpha", "power"), [(1, 0.15, 4.0), (1, 2.0, 1.0), (2, 4.0, 0.0), (3, 0.6, 0.0)])
def test_slopes_of_the_checker(kind: int, alpha: float, power: float) -> None:
    """Differences of its delays over a thousandth of a unit, below and above 95 % of the capacity."""
    from koridor.model.compile import compile_network

    e = compile_network(world()).network.elements
    one = replace(
        e, delay_kind=np.full(2, kind), capacity=np.full(2, 50.0), delay_free_h=np.full(2, 2.0),
        delay_alpha=np.full(2, alpha), delay_power=np.full(2, power),
    )  # fmt: skip
    at, step = np.array([20.0, 60.0]), 1e-3
    wanted = (delay(one, at + step)[0] - delay(one, at - step)[0]) / (2.0 * step)
    assert slope(one, at) == pytest.approx(wanted, rel=1e-6)
