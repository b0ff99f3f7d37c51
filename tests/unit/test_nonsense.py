"""Nonsense in: each is a named problem of a table, or a named outcome; none is a traceback, none is passed over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from test_equilibrium import QUICK, SLOW, bpr, on_links

from builders import assigned, limit, metric, pair_rows
from koridor.errors import DataError, UsageError
from koridor.model.patch import Patch
from koridor.model.scenario import Scenario
from koridor.testing import dataset_of

Rows = dict[str, list[dict[str, Any]]]


def rows(**more: Any) -> Rows:
    """L with a delay and M without."""
    made = {**pair_rows({"L": QUICK, "M": SLOW}), **bpr("L", 50, 10)}
    made["element"][0] |= more
    return made


def changed(table: str, **cells: Any) -> Callable[[], Rows]:
    def make() -> Rows:
        made = rows()
        made[table][0] |= cells
        return made

    return make


NAN = float("nan")
PROBLEMS: dict[str, tuple[Callable[[], Rows], str, str]] = {
    "negative hours of a link": (changed("link", time_h=-1.0), "link", "time_h"),
    "no hours at all": (changed("link", speed_kmh=NAN), "link", "speed_kmh"),
    "negative speed": (changed("link", speed_kmh=-5.0), "link", "speed_kmh"),
    "negative hours of a delay": (changed("element", delay_free_h=-2.0), "element", "delay_free_h"),
    "no number as hours of a delay": (changed("element", delay_free_h=NAN), "element", "delay_free_h"),
    "endless hours": (changed("element", delay_free_h=float("inf")), "element", "delay_free_h"),
    "no number as a power": (changed("element", delay_power=NAN), "element", "delay_power"),
    "a power below 0": (changed("element", delay_power=-1.0), "element", "delay_power"),
    "no capacity to delay at": (changed("element", capacity_per_yr=0.0), "element", "capacity_per_yr"),
    "a capacity below 0": (changed("element", capacity_per_yr=-3.0), "element", "capacity_per_yr"),
    "no number as tonnes": (changed("flow", volume_t=NAN), "flow", "volume_t"),
    "tonnes below 0": (changed("flow", volume_t=-1.0), "flow", "volume_t"),
    "a value of time below 0": (changed("commodity", vot_usd_per_t_h=-1.0), "commodity", "vot_usd_per_t_h"),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_problem_names_its_table_and_field(name: str) -> None:
    """All are found when the tables are read, before anything is solved."""
    make, table, field = PROBLEMS[name]
    with pytest.raises(DataError) as error:
        dataset_of(make())
    assert (table, field) in {(problem.table, problem.field) for problem in error.value.problems}


def test_a_patch_is_checked_like_a_table() -> None:
    """A capacity scaled to nothing under a delay function is the same problem."""
    with pytest.raises(DataError) as error:
        Scenario(dataset_of(rows()), (Patch.of("none", ("element", "*", "capacity_per_yr", "scale", 0.0)),))
    assert error.value.problems[0].field == "capacity_per_yr"


def test_more_than_sums_can_hold_is_refused() -> None:
    """1e12 t and one more: sums would no longer be exact to a tonne, which is said before solving."""
    made = rows()
    made["flow"][0]["volume_t"] = 1.000001e12
    with pytest.raises(UsageError, match="tonnes"):
        assigned(dataset_of(made))


@pytest.mark.parametrize("is_capped", [False, True])
def test_outcomes(is_capped: bool) -> None:
    """500 t from P to itself are left out, 300 t to R, which nothing reaches, stay at their loss, the rest goes."""
    made = {**pair_rows({"L": QUICK}), **limit("L", 1000)}
    made["place"].append({"place_id": "R", "country_id": "QQ", "lon_deg": 5, "lat_deg": 5})
    made["region"].append({"region_id": "R"})
    made["region_share"].append(made["region_share"][0] | {"region_id": "R", "place_id": "R"})
    made["flow"] += [
        made["flow"][0] | {"destination": "P", "volume_t": 500.0},
        made["flow"][0] | {"destination": "R", "volume_t": 300.0},
    ]
    found = assigned(dataset_of(made), capped=is_capped)
    assert found.status == "solved"
    assert metric(found, "left_out_t") == pytest.approx(500.0)
    assert metric(found, "unserved_t") == pytest.approx(300.0)
    assert on_links(found) == pytest.approx({"L": 1000.0})


def test_a_power_of_0_is_a_constant_and_no_capacity_a_closed_way() -> None:
    """10 h of L and 10 more at any volume, against 50 h of M; with no capacity to hold, L is shut."""
    assert on_links(assigned(dataset_of(rows(delay_power=0.0)))) == {"L": 1000.0, "M": 0.0}
    none = {**pair_rows({"L": QUICK, "M": SLOW}), **limit("L", 0)}
    assert on_links(assigned(dataset_of(none), capped=True)) == pytest.approx({"L": 0.0, "M": 1000.0})
