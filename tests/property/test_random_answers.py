"""Demand that answers, choice that is dim, and prices of anarchy, on random networks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from test_random_flows import EXACT, networks
from test_random_networks import worlds

from builders import assigned, metric
from koridor.data.dataset import Dataset
from koridor.kernels.flows.engine import solve
from koridor.kernels.flows.problem import Principle as Whose
from koridor.kernels.flows.problem import Problem
from koridor.model.compile import compile_demand, compile_network
from koridor.model.patch import Patch
from koridor.model.scenario import Scenario
from koridor.result import Result
from koridor.studies.assign import Principle, Response
from koridor.studies.verify.costs import Costs
from koridor.studies.verify.doubts import Doubts
from koridor.studies.verify.elements import check_elements
from koridor.studies.verify.read import read
from problems import total_hours
from rounds import rounds

SETTINGS = settings(
    max_examples=rounds(10), deadline=None, suppress_health_check=[HealthCheck.too_slow],
    phases=(Phase.explicit, Phase.generate),
)  # fmt: skip


@pytest.mark.parametrize("power", [2.0, 3.0, 4.0])
def test_the_price_of_anarchy_is_within_its_bound(power: float) -> None:
    """Roughgarden (2003), doi:10.1016/S0022-0000(03)00045-8: for a + b x^p at most 1 / (1 - p (p + 1)^-(1 + 1/p)),
    which for p = 1 is 4/3 and for p = 4 is 2.15.
    """
    bound = 1.0 / (1.0 - power * (power + 1.0) ** (-(1.0 + 1.0 / power)))

    @SETTINGS
    @given(networks(power=power))
    def held(p: Problem) -> None:
        least = total_hours(p, solve(p, EXACT, principle=Whose.SYSTEM))
        assert least * (1 - 1e-7) - 1e-9 <= total_hours(p, solve(p, EXACT)) <= bound * least * (1 + 1e-7) + 1e-9

    held()


@SETTINGS
@given(worlds(delays=True), st.sampled_from([Response.ELASTIC, Response.LOGIT]))
def test_less_goes_where_it_costs_more(dataset: Dataset, response: Response) -> None:
    """30 USD a tonne more on every link for all: of no commodity and pair goes more, and in all goes less if any goes.

    As costs rise alike for the loads of every way, hours cannot fall so far that demand rises.
    """
    value = 1.0 if response is Response.ELASTIC else 0.02
    dearer = Scenario(dataset, (Patch.of("toll", ("rate", "*", "fixed_usd", "shift", 300.0)),))
    before, after = (assigned(s, response=response, response_value=value) for s in (Scenario(dataset), dearer))
    whole = metric(before, "assigned_t")
    assert metric(after, "assigned_t") <= whole * (1 + 1e-6) + 1e-6
    assert metric(after, "surplus_usd") <= 1e-3 + 1e-6 * metric(before, "users_usd")
    if whole > 1.0:
        assert metric(after, "assigned_t") < whole


def potential(scenario: Scenario, result: Result) -> float:
    """Beckmann's objective of the flows of a result, by the checker."""
    compiled, doubts = compile_network(scenario), Doubts()
    flows = read(compiled, compile_demand(compiled, scenario, vot_bands=1), result, doubts)
    state = check_elements(compiled, flows, result, doubts)
    return Costs(compiled.network, flows, state, 0.0).objective()


@SETTINGS
@given(worlds(delays=True))
def test_a_dim_choice_tends_to_the_equilibrium(dataset: Dataset) -> None:
    """The dim choice has least of potential + sum of theta x ln(x / S). Against the users' equilibrium, whose ways it
    knows, its potential is then more by 2 theta ln(R) a tonne at most, R being the ways and staying: sizes are from
    1 / R to 1, and theta is a share of a least cost, of which the sum is no more than the potential.
    """
    scenario = Scenario(dataset)
    least = potential(scenario, assigned(scenario))
    for scale in (1e-2, 1e-3):
        dim = assigned(scenario, principle=Principle.STOCHASTIC, scale_share=scale, gap_max=1e-8, ways=True)
        ways = len(dim.tables["paths"]) + 1
        more = 2.0 * scale * np.log(ways) * least
        assert -1e-6 * least - 1e-6 <= potential(scenario, dim) - least <= more + 1e-5 * least + 1e-6
