"""What is told of ways of the atlas: days of price lists, ties, rules that shut, and what a price says of itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from koridor import atlas
from koridor.model.scenario import Scenario
from koridor.studies import route
from timetables import at


@pytest.fixture(scope="module")
def prepared() -> route.Prepared:
    return route.prepare(Scenario(atlas.load()))


def test_price_lists_hold_from_midnight_of_the_origin(prepared: route.Prepared) -> None:
    """The lists of 2026 hold from the first minute of the year in Baku, 20:00 UTC before, and not a minute earlier."""
    query = route.Query("AZALA", "TMKRW", cargo="covered1520,60t", criteria=(route.Criterion.MONEY,), draws=10, leave=0)
    before, first, later = (
        prepared(replace(query, leave=at(moment))).tables["ways"]["money_usd"].min()
        for moment in ("2025-12-31T19:59", "2025-12-31T20:00", "2026-01-01T00:00")
    )
    assert first == later
    assert before != first
