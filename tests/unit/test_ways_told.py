"""What is told of ways of the atlas: days of price lists, ties, rules that shut, and what a price says of itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from koridor import atlas
from koridor.model.scenario import Scenario
from koridor.studies import route
from koridor.studies.route.choose import least_of
from koridor.studies.route.course import Courses, base_legs, beside, scalar
from koridor.studies.route.front import Asked, find
from koridor.studies.route.many import answers
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


def test_the_cheapest_is_the_fastest_of_those_that_cost_the_same(prepared: route.Prepared) -> None:
    """By exact prices, each way of the front priced by itself: none of that price is there sooner."""
    query = route.Query("BYMSQ", "AZBAK", cargo="40HC,24t", leave=at("2026-03-01T21:00"), draws=10)
    asked = Asked.of(prepared, query)
    found = find(asked)
    priced = [
        (asked.price(way).usd_cents, int(minutes))
        for way, minutes in zip(found.ways, found.values[route.Criterion.TIME], strict=True)
    ]
    at_best = least_of(asked, found, route.Criterion.MONEY)
    assert priced[at_best][0] == min(priced)[0]
    whole = found.values[route.Criterion.TIME].astype(float)
    assert priced[least_of(asked, found, route.Criterion.MONEY, whole)] == min(priced)


def test_a_file_of_queries_calls_the_same_way_best(prepared: route.Prepared) -> None:
    """By each criterion price, hours and course of the best way are those that the query alone tells."""
    query = route.Query("BYMSQ", "AZBAK", cargo="40HC,24t", leave=at("2026-03-01T21:00"), draws=10)
    alone = prepared(query).tables["ways"]
    [rows] = answers(prepared, [("a", query, "")])
    for row in rows:
        same = (alone["course"] == row["course"]) & np.isclose(alone["time_h"], row["time_h"])
        mine = alone[same & np.isclose(alone["money_usd"], row["money_usd"])]
        assert set(str(row["best"]).split(";")) <= {word for text in mine["best"] for word in text.split(";")}


def test_ways_beside_the_front_keep_the_horizon(prepared: route.Prepared) -> None:
    """Fifteen days are looked at: no way that is told takes longer, whether or not it is on the front."""
    query = route.Query("BYMSQ", "AZBAK", cargo="40HC,24t", leave=at("2026-03-01T21:00"), draws=10,
                        criteria=(route.Criterion.MONEY,), near=1.0)  # fmt: skip
    short, long = (prepared(replace(query, horizon_d=days)).tables["ways"] for days in (15, 200))
    assert (short["time_h"] <= 15 * 24).all()
    assert (long.loc[~long["on_front"], "time_h"] > 15 * 24).any()


def test_ways_beside_the_front_pass_the_places_asked_for(prepared: route.Prepared) -> None:
    """From Minsk to Baku by Astrakhan there are other courses near the front, and all of them come by Astrakhan."""
    query = route.Query("BYMSQ", "AZBAK", cargo="40HC", leave=at("2026-03-01T21:00"), via=("RUASF",), draws=10)
    tables = prepared(query).tables
    beside = set(tables["ways"].loc[~tables["ways"]["on_front"], "way"])
    assert beside
    legs = tables["legs"]
    by = legs[(legs["from_place"] == "RUASF") | (legs["to_place"] == "RUASF")]
    assert beside <= set(by["way"])


def test_ways_turn_back_only_at_a_place_asked_for(prepared: route.Prepared) -> None:
    """Before Astrakhan and after it, no way beside the front comes to a place for the second time."""
    query = route.Query("BYMSQ", "AZBAK", cargo="40HC", leave=at("2026-03-01T21:00"), via=("RUASF",), near=1.0)
    asked, network = Asked.of(prepared, query), prepared.compiled.network
    ways = beside(asked, Courses.of(network), asked.use(), scalar(asked), query.near)
    assert ways
    for way in ways:
        legs = base_legs(network, way)
        stops = network.place[np.append(network.arcs.tail[legs[0]], network.arcs.head[legs])]
        stops = stops[np.append(True, np.diff(stops) != 0)].tolist()
        turns = [i for i, place in enumerate(stops) if place == asked.via[0]]
        assert any(all(len(set(part)) == len(part) for part in (stops[: turn + 1], stops[turn:])) for turn in turns)


def test_only_services_on_ways_of_the_query_are_told_as_silent(prepared: route.Prepared) -> None:
    """The ferry Burgas-Batumi leaves on Fridays; on a Monday it is silent, and no way from Minsk to Baku is by it."""
    query = route.Query("BYMSQ", "AZBAK", cargo="40HC", leave=at("2026-03-01T21:00"), horizon_d=1, draws=10)
    reasons = prepared(query).tables["reasons"]["text"]
    assert len(reasons)
    assert not reasons.str.contains("Burgas").any()


def test_an_arc_that_two_rules_shut_names_both(prepared: route.Prepared) -> None:
    """The block train from Orsha to Absheron runs through Russia and takes no dangerous goods of class 3.

    It is no way that lifting one of the two would open, so that neither is blamed alone.
    """
    query = route.Query("BYMSQ", "AZBAK", cargo="20TK,24t,UN1203/3", leave=at("2026-03-01T21:00"), draws=10)
    notes = prepared(replace(query, forbid=("RU",))).tables
    told = notes["notes"] if "notes" in notes else notes["reasons"]
    why_not = told.loc[told["kind"] == "why_not", "text"]
    assert not why_not.str.contains("Orsha").any()
    apart = prepared(replace(query, forbid=("RU", "PL", "LT", "LV", "UA")))
    assert apart.status == route.Status.NO_WAY
    reasons = apart.tables["reasons"]
    assert "country" in reasons["about"].iloc[-1].split(";")
    assert reasons["text"].str.contains("country that was forbidden").any()


def test_a_price_says_what_it_includes_and_kilometres_what_they_are(prepared: route.Prepared) -> None:
    """Every item, condition and flag of the exact price of a way is in its note."""
    query = route.Query("AZALA", "TMKRW", cargo="covered1520,60t", leave=at("2026-01-02"), draws=10)
    notes = prepared(query).tables["notes"]
    asked = Asked.of(prepared, query)
    prices = asked.price(find(asked).ways[least_of(asked, find(asked), route.Criterion.MONEY)])
    told = " ".join(notes.loc[notes["kind"] == "price", "text"])
    items = [*prices.included, *prices.excluded, *prices.conditions, *prices.flags]
    assert items
    assert all(item in told for item in items)
    assert (notes["kind"] == "basis").sum() == 1


def test_half_a_headway_is_told_as_an_expected_wait(prepared: route.Prepared) -> None:
    """The block train from Orsha runs once a week: half of 168 hours are waited for on average."""
    query = route.Query("BYMSQ", "AZBAK", cargo="40HC,24t", leave=at("2026-03-01T21:00"), draws=10)
    legs = prepared(query).tables["legs"]
    train = legs[(legs["act"] == "service") & (legs["expected_wait_h"] > 0.0)]
    assert (train["expected_wait_h"] <= train["time_h"]).all()
    assert 84.0 in train["expected_wait_h"].tolist()
