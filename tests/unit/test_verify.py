"""The checker of assignments: it finds what is so, and what was changed in any of the tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from builders import BOTH, JOINED, crossing, limit, pair
from koridor.errors import DataError
from koridor.model.compile import compile_network
from koridor.model.network import Elements
from koridor.model.scenario import Scenario
from koridor.result import Result
from koridor.studies import assign
from koridor.studies.verify import Verified
from koridor.studies.verify.elements import delay
from koridor.testing import verify_assignment

DELAY = {"delay": "bpr", "delay_free_h": 10, "delay_alpha": 1, "delay_power": 1}


def two_ways() -> Scenario:
    """1000 t of boxes by a road of 10 h and 10 (1 + v / 50) h of v TEU, or one of 20 h: 50 TEU each way, all 20 h."""
    return Scenario(pair({"short": (10, 1), "long": (20, 1)}, limit("short", 50, **DELAY)))


@pytest.fixture(scope="module")
def solved() -> tuple[Scenario, Result]:
    scenario = two_ways()
    return scenario, assign.run(scenario, assign.Params(vot_bands=1))


def test_two_ways_by_hand(solved: tuple[Scenario, Result]) -> None:
    """At the equilibrium both ways take 20 h. Beckmann's objective: 500 t x (10 + 1) + 500 t x (20 + 1) at 1 USD an
    hour, and the delay's integral 10 x 50 / 2 TEU-hours, a tenth of one a tonne: 16000 + 2500 = 18500.
    """
    found = verify_assignment(*solved)
    assert found.problems == ()
    assert found.gap_share == pytest.approx(0.0, abs=1e-4)
    assert found.objective_t_h == pytest.approx(18500.0, rel=1e-6)
    assert (found.carried_t, found.unserved_t) == (pytest.approx(1000.0), 0.0)
    assert found.used_share_max == pytest.approx(1.0, rel=1e-3)


@pytest.mark.parametrize("capped", [False, True])
def test_regimes_and_capacities_are_checked_too(capped: bool, tmp_path: Path) -> None:
    """Corridors in force with joined handover, and a capacity of half the demand, from the folder as it is written."""
    scenario = crossing(BOTH, JOINED, **limit("P-X", 6000.0)) if capped else crossing(BOTH, JOINED)
    assign.run(scenario, assign.Params(capped=capped)).write(tmp_path / "out")
    found = verify_assignment(scenario, tmp_path / "out")
    assert found.problems == ()
    assert found.carried_t + found.unserved_t == pytest.approx(250_000.0)
    assert (found.unserved_t > 0.0) is capped


def test_without_capacities_a_dataset_is_a_scenario() -> None:
    """A dataset may be given in the place of its scenario."""
    dataset = pair({"short": (10, 1)})
    assert isinstance(verify_assignment(dataset, assign.run(Scenario(dataset))), Verified)


def changed(table: str, column: str, change: Callable[[pd.Series], object]) -> Callable[[Result], Result]:
    def tamper(result: Result) -> Result:
        frame = result.tables[table] if table != "metrics" else result.metrics
        cells = frame[column].copy()
        cells.iloc[:] = change(cells)  # type: ignore[call-overload]
        new = frame.assign(**{column: cells})
        if table == "metrics":
            return replace(result, metrics=new)
        return replace(result, tables={**result.tables, table: new})

    return tamper


def moved(result: Result) -> Result:
    """50 t more by the short road and 50 t less by the long one, in every table of flows: conserved, but dearer."""
    flows = result.tables["class_flows"].copy()
    flows["flow_t"] += flows["link_id"].map({"short": 50.0, "long": -50.0}).fillna(0.0)
    links = result.tables["link_flows"].copy()
    for unit, size in (("t", 50.0), ("teu", 5.0)):
        links[f"forward_{unit}"] += links["link_id"].map({"short": size, "long": -size})
    load = result.tables["elements"]["load_per_yr"] + 5.0
    elements = result.tables["elements"].assign(load_per_yr=load, delay_h=10.0 * load / 50.0)
    tables = {**result.tables, "class_flows": flows, "link_flows": links, "elements": elements}
    return replace(result, tables=tables)


TAMPERED: dict[str, tuple[Callable[[Result], Result], str, str]] = {
    "a flow on an arc": (changed("class_flows", "flow_t", lambda c: c * 1.001), "class_flows", "flow_t"),
    "one arc of a way": (
        changed("class_flows", "flow_t", lambda c: [*c[:-1], c.iloc[-1] + 1]),
        "class_flows",
        "flow_t",
    ),
    "a flow below nought": (changed("class_flows", "flow_t", lambda c: -c), "class_flows", "flow_t"),
    "no number": (changed("class_flows", "flow_t", lambda c: c * np.nan), "class_flows", "flow_t"),
    "an arc by another name": (changed("class_flows", "to_place", lambda c: "P"), "class_flows", "arc"),
    "an arc that is none": (changed("class_flows", "arc", lambda c: c + 10_000), "class_flows", "arc"),
    "a class that is none": (changed("class_flows", "commodity_id", lambda c: "gold"), "class_flows", "arc"),
    "tonnes carried": (changed("pairs", "carried_t", lambda c: c * 0.999), "pairs", "carried_t"),
    "tonnes that stayed": (changed("pairs", "unserved_t", lambda c: c + 1.0), "pairs", "carried_t"),
    "a link": (changed("link_flows", "forward_t", lambda c: c + 1.0), "link_flows", "forward_t"),
    "boxes on a link": (changed("link_flows", "backward_teu", lambda c: c + 1.0), "link_flows", "backward_teu"),
    "the name of a link": (changed("link_flows", "link_id", lambda c: "x"), "link_flows", "link_id"),
    "a load": (changed("elements", "load_per_yr", lambda c: c * 1.01), "elements", "load_per_yr"),
    "a capacity": (changed("elements", "capacity_per_yr", lambda c: c * 2), "elements", "capacity_per_yr"),
    "other traffic": (changed("elements", "background_per_yr", lambda c: c + 5.0), "elements", "background_per_yr"),
    "hours of delay": (changed("elements", "delay_h", lambda c: c * 1.01), "elements", "delay_h"),
    "the name of an element": (changed("elements", "element_id", lambda c: "x"), "elements", "element_id"),
    "totals": (changed("metrics", "value", lambda c: c + 1.0), "metrics", "value"),
    "flows that are not the best": (moved, "metrics", "value"),
}


@pytest.mark.parametrize("name", list(TAMPERED))
def test_a_changed_table_is_found(solved: tuple[Scenario, Result], name: str, tmp_path: Path) -> None:
    """Each change is named with its table and field, from the folder as it is on disk."""
    scenario, result = solved
    tamper, table, field = TAMPERED[name]
    tamper(result).write(tmp_path / "out")
    found = verify_assignment(scenario, tmp_path / "out").problems
    assert (table, field) in {(problem.table, problem.field) for problem in found}, found


def test_a_gap_claimed_is_held_against_the_flows(solved: tuple[Scenario, Result]) -> None:
    """Of flows moved from the best the gap and the objective are wrong: everything else was changed with them."""
    scenario, result = solved
    found = verify_assignment(scenario, moved(result)).problems
    assert {problem.keys for problem in found} == {("gap_share",), ("objective",)}


@pytest.mark.parametrize("name", ["table", "column", "scenario", "study", "pair"])
def test_what_cannot_be_read_is_refused(solved: tuple[Scenario, Result], name: str) -> None:
    """A table or column that is gone, another scenario, study or demand: nothing can be computed, which is said."""
    scenario, result = solved
    tables = dict(result.tables)
    if name == "table":
        tables.pop("class_flows")
    elif name == "column":
        tables["pairs"] = tables["pairs"].drop(columns="carried_t")
    elif name == "pair":
        tables["pairs"] = tables["pairs"].assign(pair=99)
    bad = replace(result, tables=tables, study="route") if name == "study" else replace(result, tables=tables)
    with pytest.raises(DataError):
        verify_assignment(crossing() if name == "scenario" else scenario, bad)


@pytest.mark.parametrize(("kind", "alpha", "power"), [(1, 0.15, 4.0), (1, 2.0, 0.5), (2, 4.0, 0.0), (3, 0.6, 0.0)])
def test_delays_of_the_checker(kind: int, alpha: float, power: float) -> None:
    """Nothing is added at no volume; the integral is that of 100,000 strips. At capacity BPR adds alpha x free hours,
    the cone the free hours; a queue at 0.5 of capacity alpha x free.
    """
    e = compile_network(two_ways()).network.elements
    one = {
        "delay_kind": [kind],
        "capacity": [50.0],
        "delay_free_h": [2.0],
        "delay_alpha": [alpha],
        "delay_power": [power],
    }

    def at(volume: float, of: int = 1) -> tuple[np.ndarray, np.ndarray]:
        many: Elements = replace(e, **{name: np.repeat(value, of) for name, value in one.items()})  # type: ignore[arg-type]
        return delay(many, np.linspace(0, volume, of) if of > 1 else np.array([volume]))

    assert at(0.0)[0][0] == pytest.approx(0.0, abs=1e-12)
    known = {1: (50.0, alpha * 2.0), 2: (50.0, 2.0), 3: (25.0, alpha * 2.0)}[kind]
    assert at(known[0])[0][0] == pytest.approx(known[1])
    hours, area = at(90.0, 100_001)
    strips = ((hours[1:] + hours[:-1]) / 2.0).sum() * 90.0 / 100_000
    assert area[-1] == pytest.approx(strips, rel=1e-6)
