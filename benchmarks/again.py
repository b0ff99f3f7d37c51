"""A solve after one patch, begun with the ways of the one before, against the same solve from nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace

from benchmarks.networks import Case
from koridor import atlas
from koridor.data.sources import tntp
from koridor.data.sources.tntp.weights import Weights
from koridor.model.compile import compile_demand, compile_network
from koridor.model.patch import Patch
from koridor.model.scenario import Scenario
from koridor.studies import assign
from koridor.studies.equilibrium.carry import carried

RATIO_MIN = 5.0
GAP = 1e-6


@dataclass(frozen=True, slots=True)
class Again:
    """User CPU seconds of the solver: the base, the patched network from nothing, and with the ways of the base."""

    what: str
    base_s: float
    cold_s: float
    warm_s: float


def found(case: Case | None) -> Iterator[Again]:
    """The atlas without capacities and with them, one crossing at half its speed; a road network, one link slower."""
    if case is None:
        base = Scenario(atlas.load())
        link = str(base.table("corridor_gate")["link_id"].min())
        for name, capped in (("atlas", False), ("atlas, capacities held", True)):
            yield _again(name, base, Patch.of("slow", ("link", link, "speed_kmh", "scale", 0.5)), capped=capped)
        return
    base = Scenario(tntp.read(case.net, case.trips, Weights(case.toll, case.distance)))
    link = str(base.table("element_load")["row"].iloc[0])
    yield _again(case.name, base, Patch.of("slow", ("link", link, "time_h", "scale", 2.0)), capped=False)


def _again(what: str, base: Scenario, patch: Patch, *, capped: bool) -> Again:
    params = assign.Params(capped=capped, gap_max=GAP, detail=False, effort=True)
    made = []
    for scenario in (base, base.with_patches(patch)):
        compiled = compile_network(scenario)
        made.append((scenario, compiled, compile_demand(compiled, scenario, vot_bands=params.vot_bands)))
    if capped:
        params = replace(params, background=assign.background_of(*made[0][:2], params))
    assign.solve_compiled(*made[0], params)  # kernels are ready
    first, before = _solved(made[0], params)
    cold, _ = _solved(made[1], params)
    start = carried(before.start, made[0][1:], made[1][1:])
    warm, _ = _solved(made[1], replace(params, start=start))
    return Again(what, first, cold, warm)


def _solved(made, params: assign.Params):  # type: ignore[no-untyped-def]
    began = os.times().user
    result, equilibrium = assign.solve_compiled(*made, params)
    assert result.status == "solved"
    own = result.metrics.set_index("metric")["value"]
    took = float(own["solve_cpu_s"]) if "solve_cpu_s" in own else os.times().user - began
    return took, equilibrium
