"""All good ways by date, by hand on a small world: the train leaves on Mondays at 08:00 of Baku, 04:00 UTC."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.special import gammainc, gammaincinv

import worlds
from koridor import atlas
from koridor.errors import UsageError
from koridor.model.patch import Patch
from koridor.model.scenario import Scenario
from koridor.result import Result
from koridor.studies import route
from koridor.studies.route.many import answers
from koridor.testing import dataset_of
from timetables import at, world_rows

BOTH = (route.Criterion.TIME, route.Criterion.MONEY)
MONDAY = {"departure_id": "1", "service_id": "TR", "direction": "forward", "weekdays": "mon", "time": "08:00"}
SUNDAY = "2026-03-01T20:00"
BY_HAND = [(20.0, 900.0), (30.0, 500.0), (32.0, 300.0)]


def scenario(*patches: Patch, cut_off_h: float = 0.0, **more: list[dict[str, Any]]) -> Scenario:
    """Train TR for 300 USD a TEU in 24 h, once a week on its day; local wagons in 18 h for 1 USD a km: 900 USD."""
    rows = world_rows(departure=[MONDAY], **more)
    rows["service"][0] |= {"price_usd_per_teu": 300, "cut_off_h": cut_off_h}
    return Scenario(dataset_of(rows), patches)


def asked(world: Scenario, start: str = "P", end: str = "R", **more: Any) -> Result:
    """The answer; leaves on Sunday 20:00 UTC unless a time is given."""
    if "leave" not in more and "arrive_by" not in more:
        more["leave"] = at(SUNDAY)
    return route.run(world, route.Query(start, end, **{"criteria": BOTH, "draws": 50, **more}))


def values(result: Result) -> list[tuple[float, float]]:
    """Hours and USD of the front."""
    frame = result.tables["front"]
    return sorted(zip(frame["time_h"].tolist(), frame["money_least_usd"].round().tolist(), strict=True))


def reasons(result: Result) -> str:
    assert result.status == route.Status.NO_WAY
    return " ".join(result.tables["reasons"]["text"])


def test_the_front_by_hand() -> None:
    """Loading takes 2 h. Wagons: 2 + 18 h, 900 USD. The train leaves 8 h after Sunday 20:00, takes 24 h and 300 USD.

    By train to Q, two thirds of it, and on by wagon: 8 + 16 + 6 h, 200 + 300 USD.
    """
    result = asked(scenario())
    assert values(result) == BY_HAND
    ways = result.tables["ways"].set_index("best")
    assert ways.loc["time", "money_usd"] == 900.0
    assert ways.loc["money", "arrives"] == "2026-03-03 04:00"
    legs = result.tables["legs"]
    train = legs[legs["act"] == "service"].iloc[0]
    assert (train["ready"], train["leaves"], train["wait_h"]) == ("2026-03-02 02:00", "2026-03-02 08:00", 6.0)


def test_after_the_cut_off_the_next_train_is_taken_and_told() -> None:
    """Ready at 22:00, six hours before the train: with seven hours of cut-off a week later, 168 h more.

    By wagon to Q one is there 14 h after Sunday 20:00, ten before the train leaves it: 32 h, 600 + 100 USD.
    """
    result = asked(scenario(cut_off_h=7.0))
    assert values(result) == [(20.0, 900.0), (32.0, 700.0), (198.0, 500.0), (200.0, 300.0)]
    notes = result.tables["notes"]
    told = " ".join(notes.loc[notes["kind"] == "wait", "text"])
    assert "2026-03-02 04:00" in told
    assert "7\u202fh" in told


def test_a_latest_arrival_asks_for_the_latest_departure() -> None:
    """There on Tuesday 04:00 UTC: by the train from Monday 02:00 (two hours to load), by wagons from Monday 08:00."""
    result = asked(scenario(), arrive_by=at("2026-03-03T04:00"))
    leaves = result.tables["ways"].set_index("best")["leaves"]
    assert leaves["money"] == "2026-03-02 06:00"  # by the clock of Baku
    assert leaves["time"] == "2026-03-02 12:00"
    late = asked(scenario(), arrive_by=at("2026-03-03T03:59"))
    assert late.tables["ways"].set_index("best").loc["money", "leaves"] == "2026-02-23 06:00"


def test_the_chance_of_being_in_time() -> None:
    """Nothing spreads here: wagons are there in 20 h for sure, the train in 32 h, an hour too late."""
    result = asked(scenario(), leave=at(SUNDAY), arrive_by=at(SUNDAY) + 31 * 60)
    share = result.tables["ways"].set_index("best")["on_time_share"]
    assert (share["time"], share["money"]) == (1.0, 0.0)


def test_running_spreads_in_the_front_and_in_all_that_is_told() -> None:
    """Wagons: 2 h to load and 18 h of running with 0.5 h of dispersion: variance 9 on the front, sd 3 h.

    A third of 18 h is for sure, the rest a gamma of mean 12 h and scale 0.75 h, so of shape 16: P50 to P95, the chance
    of 24 h and both indices are those of 8 h and that gamma, to four standard errors of 4,000 draws.
    """
    draws, running = 4000, [{"mode": "rail", "dispersion_h": 0.5}]
    world = scenario(running=running)
    result = asked(
        world, leave=at(SUNDAY), arrive_by=at(SUNDAY) + 24 * 60, criteria=tuple(route.Criterion), draws=draws
    )
    way = result.tables["ways"].set_index("best").filter(like="time", axis=0).iloc[0]
    front = result.tables["front"].set_index("way")
    assert front.loc[way["way"], "sd_h"] == pytest.approx(3.0)
    assert (way["time_h"], way["sd_h"]) == (20.0, pytest.approx(3.0))
    assert way["on_time_share"] == pytest.approx(gammainc(16.0, 16.0 / 0.75), abs=4.0 * 0.5 / np.sqrt(draws))
    for name, share in (("p5_h", 0.05), ("p50_h", 0.5), ("p80_h", 0.8), ("p95_h", 0.95)):
        reached = gammainc(16.0, (way[name] - 8.0) / 0.75)
        assert reached == pytest.approx(share, abs=4.0 * np.sqrt(share * (1.0 - share) / draws)), name
    free_h = 8.0 + 0.75 * gammaincinv(16.0, 0.1)
    assert way["planning_time_ratio"] == pytest.approx(way["p95_h"] / free_h)
    share = 4.0 * 3.0 / np.sqrt(draws) / 20.0  # by which the mean of the draws may be off
    assert way["buffer_ratio"] + 1.0 == pytest.approx(way["p95_h"] / 20.0, rel=share)
    assert abs(way["p50_h"] / way["time_h"] - 1.0) < 0.03


def test_one_may_ride_through_a_place_to_be_passed() -> None:
    """Q is a stop of the train and on the way of the wagons; P cannot be passed from R to S where its link is shut."""
    assert values(asked(scenario(), via=("Q",))) == BY_HAND
    shut = scenario(Patch.of("shut", ("link", "PQ", "status", "set", "closed")))
    assert "does not pass P" in reasons(asked(shut, "R", "S", via=("P",)))


def test_lines_add_up_to_the_cent_and_legs_to_the_minute() -> None:
    """Totals of a way are the sums of its price lines, its legs and its transport chain."""
    tables = asked(scenario(), "P", "S", criteria=tuple(route.Criterion)).tables
    ways = tables["ways"].set_index("way")
    cents = (tables["prices"].groupby("way")["amount_usd"].sum() * 100.0).round()
    assert (cents == (ways["money_usd"] * 100.0).round()).all()
    for name, column in (("legs", "money_usd"), ("stretches", "money_usd"), ("legs", "co2e_kg")):
        assert np.allclose(tables[name].groupby("way")[column].sum(), ways[column], atol=1e-9)
    assert np.allclose(tables["emissions"].groupby("way")["wtw_kg"].sum(), ways["co2e_kg"], atol=0.001 * 20)
    for name in ("legs", "stretches"):
        assert ((tables[name].groupby("way")["time_h"].sum() - ways["time_h"]).abs() * 60.0 < 1e-6).all()


def test_a_service_more_never_worsens_and_a_closure_never_betters() -> None:
    """A train on Tuesdays too can only add ways; a shut link can only take some away."""
    few, more = values(asked(scenario())), values(asked(scenario(departure_date=[
        {"service_id": "TR", "direction": "forward", "date": "2026-03-01", "time": "23:00", "run": "added"}
    ])))  # fmt: skip
    assert all(any(t <= hours and m <= usd for t, m in more) for hours, usd in few)
    assert min(more)[0] == 20.0
    shut = values(asked(scenario(), "P", "S"))
    whole = values(asked(scenario(Patch.of("shut", ("link", "RT", "status", "set", "closed"))), "P", "S"))
    assert all(any(t <= hours and m <= usd for t, m in shut) for hours, usd in whole)


def test_no_way_always_has_its_reason() -> None:
    """A shut link, a mode left out, a country forbidden, too short a look ahead, nothing that leaves any more."""
    shut = scenario(Patch.of("shut", ("link", "QR", "status", "set", "suspended")))
    assert "Q" in reasons(asked(shut))
    assert "suspended" in reasons(asked(shut))
    assert "mode" in reasons(asked(scenario(), "P", "S", modes=("rail",)))
    assert "forbidden" in reasons(asked(Scenario(worlds.five()), "P", "Z", forbid=("XX", "PP")))
    assert "more than 1 day," in reasons(asked(scenario(), "P", "S", horizon_d=1))
    last = scenario(Patch.of("ends", ("departure", "1", "valid_to", "set", "2026-02-01")))
    assert values(asked(last)) == [(20.0, 900.0)]
    assert "No departure is known" in " ".join(asked(last).tables["notes"]["text"])


def test_a_date_outside_the_timetables_is_told_with_the_first_and_last_known() -> None:
    """The train runs in 2026 alone: a way of 1972 is told with its first day, one of 2030 with its last, none between.

    So is it without a way.
    """
    days = {"valid_from": "2026-01-01", "valid_to": "2026-12-31"}
    rows = world_rows(departure=[MONDAY | days])
    world = Scenario(dataset_of(rows))

    def told(moment: str, **more: Any) -> str:
        tables = asked(world, leave=at(moment), **more).tables
        frame = tables["notes"] if "notes" in tables else tables["reasons"]
        return " ".join(frame.loc[frame["about"] == "timetables", "text"])

    assert "begin on 2026-01-01" in told("1972-03-02")
    assert "end on 2026-12-31" in told("2030-03-02")
    assert "begin on 2026-01-01" in told("1972-03-02", end="S", horizon_d=1)
    assert told("2026-03-02") == ""


def test_many_queries_are_told_of_dates_outside_the_timetables_too() -> None:
    """As a single one is, after what was made of its words; with a way, and without one within a day."""
    days = {"valid_from": "2026-01-01", "valid_to": "2026-12-31"}
    prepared = route.prepare(Scenario(dataset_of(world_rows(departure=[MONDAY | days]))))
    queries = [
        ("early", route.Query("P", "R", leave=at("1972-03-02")), "P is Baku."),
        ("no way", route.Query("P", "S", leave=at("2030-03-02"), horizon_d=1), ""),
        ("known", route.Query("P", "R", leave=at("2026-03-02")), ""),
    ]
    early, no_way, known = answers(prepared, queries)
    assert {row["note"] for row in early} == {"P is Baku. Timetables begin on 2026-01-01, after 1972-09-18."}
    assert [row["status"] for row in no_way] == ["no way"]
    assert no_way[0]["note"] == "Timetables end on 2026-12-31, before 2030-03-02."
    assert {row["note"] for row in known} == {None}


def test_the_fewest_rules_that_open_a_way_are_named_together() -> None:
    """From P to S over a shut Q-R and a sea that was not asked for: neither alone opens a way, the two together do.

    With the sea asked for, only what is shut is left; with Q-R open, only the sea.
    """
    shut = scenario(Patch.of("shut", ("link", "QR", "status", "set", "suspended")))

    def told(world: Scenario, modes: tuple[str, ...]) -> set[str]:
        table = asked(world, "P", "S", modes=modes).tables["reasons"]
        return set(table.loc[table["about"] != "timetable", "about"])

    assert told(shut, ("rail",)) == {"mode;closed"}
    assert told(shut, ("rail", "sea")) == {"closed"}
    assert told(scenario(), ("rail",)) == {"mode"}
    assert "Traffic is suspended." in reasons(asked(shut, "P", "S", modes=("rail",)))
    assert "needs a mode" in reasons(asked(shut, "P", "S", modes=("rail",)))


def test_what_a_rule_costs_is_told() -> None:
    """Without the ban on X the way by rail would save money: the note names where it lies."""
    world = Scenario(worlds.five(road_usd_per_km=2.0))
    notes = asked(world, "P", "Z", forbid=("XX",)).tables["notes"]
    (text,) = notes.loc[notes["kind"] == "why_not", "text"]
    assert "country that was forbidden" in text
    assert "USD" in text


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"leave": None, "arrive_by": None}, "latest arrival"),
        ({"leave": 10, "arrive_by": 10}, "not after"),
        ({"leave": 10, "criteria": ()}, "criterion"),
        ({"leave": 10, "epsilon": -0.1}, "epsilon"),
        ({"leave": 10, "draws": 0}, "draws"),
    ],
)
def test_a_query_that_cannot_be_meant_is_refused(given: dict[str, Any], word: str) -> None:
    """One sentence that names what is wrong."""
    with pytest.raises(UsageError, match=word):
        route.Query("P", "R", **given)


def test_the_same_query_gives_the_same_answer() -> None:
    """Seeded, and what one query leaves behind in the prepared scenario changes nothing for the next."""
    prepared = route.prepare(scenario())
    query = route.Query("P", "S", leave=at(SUNDAY), draws=50)
    first = prepared(query)
    prepared(route.Query("P", "R", arrive_by=at(SUNDAY), modes=("rail",), draws=50))
    again = prepared(query)
    assert all(frame.equals(again.tables[name]) for name, frame in first.tables.items())


def test_the_cheapest_of_the_atlas_is_so_by_its_lines_and_epsilon_keeps_its_word() -> None:
    """Where a through rate of 2020 could hold, the bound of other ways is below their price: best goes by the price.

    Of a thinned front, for every way of the whole one some way has at most a tenth more of anything.
    """
    prepared = route.prepare(Scenario(atlas.load()))
    query = route.Query("UZTAS", "TRDRC", leave=at("2020-06-01"), cargo="40HC,23t", via=("TMKRW",), draws=50)
    ways = prepared(query).tables["ways"]
    least = ways.loc[ways["best"].str.contains("money"), "money_usd"]
    assert least.tolist() == [ways["money_usd"].min()]
    columns = ["time_h", "money_least_usd", "co2e_kg"]
    whole, thin = (
        prepared(replace(query, via=(), epsilon=epsilon, criteria=(*BOTH, route.Criterion.CO2E))).tables["front"]
        for epsilon in (0.0, 0.1)
    )
    assert len(thin) < len(whole)
    some = thin[columns].to_numpy()
    for values_of in whole[columns].to_numpy():
        assert (some <= 1.1 * values_of + 1e-9).all(axis=1).any()


def test_other_names_and_another_order_of_rows_leave_the_front() -> None:
    """Places, links and services get names that sort elsewhere, and tables are turned upside down."""
    places = dict(zip("PQRST", ("z", "b", "y", "a", "m"), strict=True))
    others = {"link_id": "l{}", "service_id": "{}s", "transfer_id": "x{}"}

    def renamed(row: dict[str, Any]) -> dict[str, Any]:
        for name in ("place_id", "from_place", "to_place"):
            row = row | ({name: places[row[name]]} if name in row else {})
        return row | {name: form.format(row[name]) for name, form in others.items() if name in row}

    rows = world_rows(departure=[MONDAY])
    rows["service"][0] |= {"price_usd_per_teu": 300}
    turned = {table: [renamed(row) for row in part[::-1]] for table, part in rows.items()}
    for start, end in (("P", "R"), ("P", "S"), ("S", "Q")):
        plain = values(asked(Scenario(dataset_of(rows)), start, end))
        assert values(asked(Scenario(dataset_of(turned)), places[start], places[end])) == plain
        assert plain
