"""Names and the order of rows carry no meaning: numbers stay when both change."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import worlds
from koridor.model.scenario import Scenario
from koridor.studies import linkage

IDS = {
    "country": ("country_id",), "place": ("place_id",), "link": ("link_id",), "corridor": ("corridor_id",),
    "commodity": ("commodity_id",), "region": ("region_id",), "element": ("element_id",),
}  # fmt: skip
REFERS = {
    "country_id": "country", "place_id": "place", "from_place": "place", "to_place": "place", "link_id": "link",
    "row": "link", "corridor_id": "corridor", "from_corridor": "corridor", "to_corridor": "corridor",
    "commodity_id": "commodity", "region_id": "region", "origin": "region", "destination": "region",
    "element_id": "element",
}  # fmt: skip


def world() -> worlds.Rows:
    """Linking draws traffic off the road, a capacity binds, and no two ways of a flow cost the same."""
    return worlds.capacity(worlds.rows(road_usd_per_km=0.405, tariff=0.9, resource_share=0.8), "X-Z", 130.0)


def totals(rows: worlds.Rows, sets: tuple[tuple[str, ...], tuple[str, ...]]) -> dict[str, float]:
    scenario = Scenario(worlds.of(rows))
    found = {}
    for capped in (False, True):
        params = linkage.Params(*sets, cases=tuple(linkage.CASES), vot_bands=1, capped=capped)
        metrics = linkage.run(scenario, params).metrics
        kept = metrics[metrics["key"].isin(["free", "capped"]) & ~metrics["metric"].str.startswith(("gap", "rounds"))]
        found |= {f"{row.metric} {row.key}": row.value for row in kept.itertuples(index=False)}
    return found


@cache
def plain() -> dict[str, float]:
    """Totals of the world as it is."""
    return totals(world(), worlds.SETS)


@settings(max_examples=4, deadline=None)
@given(st.randoms(use_true_random=False))
def test_new_names_and_another_order_leave_the_numbers(random) -> None:
    """The model is a function of what the tables say about each other: every id is renamed, so that it sorts elsewhere,
    and every table is shuffled. Totals of all cases stay, to the rounding of sums in another order.
    """
    given_rows = world()
    names: dict[tuple[str, str], str] = {}
    for table, fields in IDS.items():
        known = [row[fields[0]] for row in given_rows[table]]
        fresh = [f"{chr(97 + i)}{i}" for i in range(len(known))]
        random.shuffle(fresh)
        names |= {(table, old): new for old, new in zip(known, fresh, strict=True)}

    def renamed(row: dict[str, Any]) -> dict[str, Any]:
        return {
            field: names.get((REFERS[field], cell), cell) if field in REFERS else cell for field, cell in row.items()
        }

    rows = {table: [renamed(row) for row in some] for table, some in given_rows.items()}
    for some in rows.values():
        random.shuffle(some)
    sets = ((names["corridor", "A"],), (names["corridor", "B"],))
    assert totals(rows, sets) == pytest.approx(plain(), rel=1e-8, abs=1e-5)


@settings(max_examples=3, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_is_no_content(random) -> None:
    """The hash sorts rows by key, and everything that is computed does too: same hash, and the same numbers to the
    bit.
    """
    rows = world()
    for some in rows.values():
        random.shuffle(some)
    assert worlds.of(rows).hash == worlds.of(world()).hash
    assert totals(rows, worlds.SETS) == plain()
