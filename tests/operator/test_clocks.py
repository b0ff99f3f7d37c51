"""Free time, demurrage, detention: what clocks come to by contract, day by day, and what the books say of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_equipment import CID, EVE, box, code, desk, pooled, told

from desks import DAY_MS, HOUR_MS, MONDAY_MS, Clock, who
from koridor.operator import check, four_eyes
from koridor.operator.common.desk import Desk
from koridor.operator.common.events import Event
from koridor.operator.equipment import clocks
from koridor.operator.equipment.charges import charges, free_until_ms
from koridor.operator.equipment.contract import Contract, Mark, Scale, Tier, parse
from koridor.operator.equipment.fold import RETRACT
from koridor.operator.money import ledger
from koridor.operator.track import alerts

__all__ = ["desk"]
BOB = who("bob")
# The pattern of a public tariff (operator reference 5.3, point 11): days free with Sundays from discharge, then bands
# that grow, and after 60 days the value of the box. The amounts of the bands are estimates.
PATTERN: dict[str, Any] = {
    "start": {"kind": "DISC"},
    "stop": {"kind": "GTIN", "empty": True},
    "zone": "Asia/Baku",
    "weekends_free": False,
    "weekends_charged": True,
    "currency": "USD",
    "scales": [
        {"types": "2", "tiers": [{"from_day": 8, "day_minor": 1000}, {"from_day": 15, "day_minor": 2500}],
         "lost_day": 60, "value_minor": 550_000},
        {"types": "", "tiers": [{"from_day": 8, "day_minor": 2000}, {"from_day": 15, "day_minor": 5000}],
         "lost_day": 60, "value_minor": 850_000},
    ],
}  # fmt: skip
PUBLIC = parse(PATTERN)


def happened(kind: str, day: float, event_id: str = "", **body: Any) -> Event:
    """An event some days after Monday, 00:00 UTC."""
    at_ms = MONDAY_MS + round(day * DAY_MS)
    return Event(event_id or f"{kind}{day}", kind, at_ms, at_ms, body)


def total(events: list[Event], day: float, contract: Contract = PUBLIC, type_code: str = "42G1") -> int:
    """The charge some days after Monday."""
    return sum(one.amount_minor for one in charges(events, contract, type_code, MONDAY_MS + round(day * DAY_MS)))


def test_the_pattern_by_hand() -> None:
    """A 40' discharged on Monday: 7 days free; day 8 costs 20; days 8 to 14 and two of 50 make 240 on day 16.

    On day 60 the box counts as lost: 7 x 20 + 45 x 50 + 8 500 = 10 890, and more days change nothing. A 20' pays half
    of the days and 5 500.
    """
    disc = [happened("DISC", 0.1, place_id="D")]
    assert [total(disc, day + 0.2) for day in (0, 6, 7, 15)] == [0, 0, 2000, 24_000]
    assert total(disc, 59.2) == total(disc, 200) == 14_000 + 45 * 5000 + 850_000
    assert total(disc, 59.2, type_code="22G1") == 7000 + 45 * 2500 + 550_000
    assert total([*disc, happened("GTIN", 8.5, empty=False)], 15.2) == 24_000  # laden at a gate is not back
    assert total([*disc, happened("GTIN", 8.5, empty=True)], 90) == 4000


def test_days_are_those_of_the_place() -> None:
    """21:00 UTC on Monday is Tuesday, 01:00, in Baku: free until Tuesday in a week, 00:00 there, 20:00 UTC before."""
    starts_ms = MONDAY_MS + 21 * HOUR_MS
    assert free_until_ms(PUBLIC, "42G1", starts_ms) == MONDAY_MS + 7 * DAY_MS + 20 * HOUR_MS
    (run,) = charges([happened("DISC", 21 / 24)], PUBLIC, "42G1", starts_ms)
    assert [one.day for one in run.days] == [date(2026, 12, 8)]


def test_weekends_by_contract() -> None:
    """Two free days from Friday: with weekends counted, Sunday costs; without, free until Monday's end; and where
    weekends cost nothing after it, five days from Friday with one free are Monday and Tuesday.
    """
    friday = [happened("DISC", 4.1)]
    scale = Scale("", (Tier(3, 700),))
    counted = replace(PUBLIC, zone="UTC", scales=(scale,))
    assert [total(friday, day, counted) for day in (5.5, 6.5)] == [0, 700]
    longer = replace(counted, weekends_free=True)
    assert [total(friday, day, longer) for day in (6.5, 7.5, 8.5)] == [0, 0, 700]
    assert free_until_ms(longer, "42G1", friday[0].happened_ms) == MONDAY_MS + 8 * DAY_MS
    spared = replace(counted, weekends_charged=False, scales=(Scale("", (Tier(2, 700),)),))
    (run,) = charges(friday, spared, "42G1", MONDAY_MS + 8 * DAY_MS)
    assert [one.why for one in run.days] == ["free", "weekend", "weekend", "tier", "tier"]


CONTRACTS = st.builds(
    Contract,
    st.just(Mark("DISC")),
    st.just(Mark("GTIN")),
    st.sampled_from(["UTC", "Asia/Baku", "Europe/Minsk", "Europe/Berlin"]),
    st.booleans(),
    st.booleans(),
    st.just("USD"),
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 10**6)), min_size=1, max_size=4, unique_by=lambda one: one[0])
    .map(lambda rows: tuple(Tier(*row) for row in sorted(rows)))
    .flatmap(
        lambda tiers: st.builds(
            Scale, st.just(""), st.just(tiers), st.none() | st.integers(tiers[0].from_day, 40), st.integers(0, 10**7)
        )
    )
    .map(lambda scale: (scale,)),
)
HALF_DAYS = st.integers(0, 160).map(lambda half: half / 2 + 0.01)


@given(CONTRACTS, st.lists(st.tuples(st.sampled_from(["DISC", "GTIN"]), HALF_DAYS), max_size=6), HALF_DAYS, HALF_DAYS)
def test_another_day_never_lowers_a_charge(
    contract: Contract, facts: list[tuple[str, float]], one: float, other: float
) -> None:
    """What is due by the earlier moment is part of what is due by the later: the same days with the same amounts, and
    the days between are the difference, so that two bills add up to one.
    """
    events = [happened(kind, day, f"e{at}") for at, (kind, day) in enumerate(facts)]
    early, late = sorted((one, other))
    before = charges(events, contract, "42G1", MONDAY_MS + round(early * DAY_MS))
    after = charges(events, contract, "42G1", MONDAY_MS + round(late * DAY_MS))
    known = {(run.start_id, day.day): day.amount_minor for run in after for day in run.days}
    told_ = {(run.start_id, day.day): day.amount_minor for run in before for day in run.days}
    assert told_.items() <= known.items()
    rest = sum(amount for key, amount in known.items() if key not in told_)
    assert sum(run.amount_minor for run in after) == sum(run.amount_minor for run in before) + rest
    assert rest >= 0


@given(CONTRACTS, st.permutations(range(4)))
def test_corrections_recompute(contract: Contract, order: list[int]) -> None:
    """P6: a discharge taken back and told again a day later costs what the later one alone does, in any order."""
    facts = [happened("DISC", 1, "a"), happened("RETRACT", 5, "r", retracts="a"), happened("DISC", 2, "b")]
    facts.append(happened("GTIN", 30, "g"))
    shuffled = [facts[at] for at in order]
    assert total(shuffled, 60, contract) == total(facts[2:], 60, contract)


WRONG: list[dict[str, Any]] = [
    {"zone": "Asia/Nowhere"},
    {"currency": "XDR"},
    {"start": {"kind": "WAVE"}},
    {"stop": {"kind": "DISC"}},
    {"scales": [{"types": "", "tiers": []}]},
    {"scales": [{"types": "", "tiers": [{"from_day": 3, "day_minor": 1}, {"from_day": 2, "day_minor": 1}]}]},
    {"scales": [{"types": "", "tiers": [{"from_day": 3, "day_minor": 1}], "lost_day": 2, "value_minor": 1}]},
    {"scales": [PATTERN["scales"][1]] * 2},
]


def agreed(desk: Desk, pool_id: str, **changes: Any) -> str:
    """A contract on the pool by two persons: what C1, or another, has for demurrage or something else."""
    content = {"pool_id": pool_id, "party_id": "C1", "kind": "demurrage", "side": "owed", "contract": PATTERN}
    content |= {"valid_from_ms": MONDAY_MS, "valid_to_ms": MONDAY_MS + 90 * DAY_MS, **changes}
    one = desk.do(CID, lambda tx: four_eyes.propose(tx, "clock_contract", content))
    desk.do(BOB, lambda tx: four_eyes.decide(tx, one, granted=True), strict=True)
    return desk.look(CID, lambda tx: max(terms.contract_id for terms in clocks.in_force(tx, pool_id)))


def test_a_contract_needs_two_and_is_superseded(desk: Desk) -> None:
    """P18: what cannot be meant is refused with its reason; a second of the same time must supersede it."""
    pool_id, _ = pooled(desk, box(1))
    for wrong in WRONG:
        assert code(desk, CID, lambda tx, w=wrong: parse({**PATTERN, **w})) == "invalid"
    first = agreed(desk, pool_id)
    with pytest.raises(Exception, match="holds already"):
        agreed(desk, pool_id)
    second = agreed(desk, pool_id, supersedes=first)
    assert [one.contract_id for one in desk.look(CID, clocks.in_force)] == [second]
    with pytest.raises(Exception, match="nothing of that id"):
        agreed(desk, pool_id, supersedes=first)


def test_a_contract_is_ended_and_a_clock_that_runs_goes_on(desk: Desk, clock: Clock) -> None:
    """Ended on Tuesday by two of its keeper: a clock of Monday runs on under it, one of Wednesday does not start."""
    pool_id, (one, other) = pooled(desk, box(1), box(2))
    contract_id = agreed(desk, pool_id)
    content = {"of": "clock_contract", "id": contract_id, "at_ms": MONDAY_MS + DAY_MS}
    assert code(desk, EVE, lambda tx: four_eyes.propose(tx, "end", content)) == "not_found"
    proposal_id = desk.do(CID, lambda tx: four_eyes.propose(tx, "end", content))
    assert code(desk, CID, lambda tx: four_eyes.decide(tx, proposal_id, granted=True)) == "four_eyes"
    desk.do(BOB, lambda tx: four_eyes.decide(tx, proposal_id, granted=True), strict=True)
    (told_of,) = desk.look(CID, lambda tx: clocks.listed(tx, pool_id))
    assert (told_of["valid_from_ms"], told_of["valid_to_ms"]) == (MONDAY_MS, MONDAY_MS + DAY_MS)
    clock.now_ms = MONDAY_MS + 2 * DAY_MS
    told(desk, one, "DISC", "d1", place_id="D", at_ms=MONDAY_MS + HOUR_MS)
    told(desk, other, "DISC", "d2", place_id="D", at_ms=clock.now_ms)
    assert [run.number for run in desk.look(BOB, lambda tx: clocks.running(tx, clock.now_ms))] == [box(1).number]
    assert code(desk, CID, lambda tx: four_eyes.propose(tx, "end", content)) == "not_allowed_now"


def test_free_time_is_told_before_it_is_over(desk: Desk, clock: Clock) -> None:
    """Discharged on Monday, free to the end of Sunday in Baku (20:00 UTC): two days before, by the table, the unit's
    keeper is told and nobody else; once the discharge is taken back the alert is gone.
    """
    pool_id, (one,) = pooled(desk, box(1))
    agreed(desk, pool_id)
    told(desk, one, "DISC", "d1", place_id="D")
    over_ms = MONDAY_MS + 7 * DAY_MS - 4 * HOUR_MS
    clock.now_ms = over_ms - 2 * DAY_MS - 1
    assert alerts.watch(desk) == 0
    clock.now_ms += 1
    assert alerts.watch(desk) == 1
    (shown,) = desk.look(CID, lambda tx: alerts.listed(tx, "-"))["alerts"]
    assert (shown["kind"], shown["object_id"], shown["due_ms"]) == ("free_time", pool_id, over_ms)
    assert box(1).number in shown["text"]
    assert desk.look(EVE, lambda tx: alerts.listed(tx, "-"))["alerts"] == []
    told(desk, one, RETRACT, "r1", retracts="d1")
    assert alerts.watch(desk) == 1
    assert desk.look(CID, lambda tx: alerts.listed(tx, "-"))["alerts"] == []


def balances(desk: Desk, kind: str, about: str) -> dict[str, int]:
    """What P1's book says of a party."""
    return desk.look(BOB, lambda tx: ledger.balance(tx, "P1", kind, about=about))


def test_charges_reach_the_books_as_differences(desk: Desk, clock: Clock) -> None:
    """Owed to C1 and asked of S1 for one box: 20 on day 8 and 40 on day 9; settled twice nothing changes; when the
    discharge turns out to have been a day later, 20 come back; what is asked is billed.
    """
    pool_id, (one,) = pooled(desk, box(1))
    agreed(desk, pool_id)
    agreed(desk, pool_id, party_id="S1", side="asked")
    clock.now_ms = MONDAY_MS + 2 * HOUR_MS
    told(desk, one, "DISC", "d1", place_id="D")
    (first, second) = desk.look(BOB, lambda tx: clocks.running(tx, clock.now_ms))
    assert (first.number, first.kind, first.ends_ms) == (
        box(1).number,
        "demurrage",
        MONDAY_MS + 7 * DAY_MS - 4 * HOUR_MS,
    )
    assert {first.side, second.side} == {"owed", "asked"}

    def settled() -> list[int]:
        return [row["change_minor"] for row in desk.do(BOB, lambda tx: clocks.settle(tx, one), strict=True)]

    clock.now_ms = MONDAY_MS + 8 * DAY_MS
    assert settled() == [4000, 4000]
    assert settled() == [0, 0]
    assert (balances(desk, "accrued", "C1"), balances(desk, "receivable", "S1")) == ({"USD": -4000}, {"USD": 4000})
    told(desk, one, "RETRACT", "r", retracts="d1")
    told(desk, one, "DISC", "d2", place_id="D", at_ms=MONDAY_MS + DAY_MS)
    assert settled() == [-2000, -2000]
    assert (balances(desk, "accrued", "C1"), balances(desk, "receivable", "S1")) == ({"USD": -2000}, {"USD": 2000})
    (run, _) = desk.look(BOB, lambda tx: clocks.of_unit(tx, one))
    assert [day["why"] for day in run["days"]] == ["free"] * 7 + ["tier"]
    assert code(desk, EVE, lambda tx: clocks.of_unit(tx, one)) == "not_found"
    assert desk.store.read(check.problems) == []
