"""Splits are agreed by both partners, versions begin at their moment, and what was sold keeps its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient
from test_api import QUOTE, Api, confirmed, others
from test_clocks import PATTERN

from desks import (
    DAY_MS,
    HOUR_MS,
    MONDAY_MS,
    TERMS,
    Clock,
    at_once,
    offered,
    price_line,
    split_between,
    staffed,
    train,
    who,
)
from koridor.operator import check, four_eyes
from koridor.operator.api.app import create_app
from koridor.operator.booking import book, change, load, quote, shared, shipments, terms
from koridor.operator.common.actor import Actor
from koridor.operator.common.canonical import canonical, hash_of
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.tables import audit, delivery, journal, sold, split, tariff
from koridor.operator.money import agreed, fx, ledger, netting, sale
from koridor.operator.money.ledger import Posting
from koridor.operator.money.price import PriceLine
from koridor.operator.money.split import Key, add_up, allocate, by_line, weights_of

ANN, BOB, CID, EVE, FAY, GUS = map(who, ("ann", "bob", "cid", "eve", "fay", "gus"))
THIRD = Actor("x", "P3", frozenset({"finance", "sales"}))
EVEN = {"kind": "fixed", "weights": {"P1": 1, "P2": 1}}


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """A desk with people, terms and trains, on which nothing is agreed yet."""

    def work(tx: Tx) -> None:
        staffed(tx, agreed=False)
        train(tx)
        train(tx, "T2", starts_ms=MONDAY_MS + 4 * DAY_MS)

    desk.do(ANN, work)
    return desk


def proposed(desk: Desk, key: dict[str, Any], from_ms: int = 0) -> str:
    """Id of a split that ann proposes and bob approves for P1."""
    content = {"other_id": "P2", "key": {"weights": {}, **key}, "valid_from_ms": from_ms}
    one = desk.do(ANN, lambda tx: four_eyes.propose(tx, "split", content))
    return approved(desk, one)


def approved(desk: Desk, proposal_id: str) -> str:
    """Id of the split that bob's approval has made."""
    desk.do(BOB, lambda tx: four_eyes.decide(tx, proposal_id, granted=True), strict=True)
    newest = sa.select(split.c.split_id).order_by(split.c.created_ms.desc(), split.c.split_id.desc())
    return desk.look(BOB, lambda tx: tx.run(newest).scalars().first())


def decided(desk: Desk, actor: Actor, split_id: str, action: str, reason: str = "") -> dict[str, Any]:
    """A split after somebody's word on it."""
    desk.do(actor, lambda tx: agreed.decide(tx, split_id, action, reason), strict=True)
    return desk.look(actor, lambda tx: agreed.view(tx, split_id))


def settled(desk: Desk, key: dict[str, Any], from_ms: int = 0) -> str:
    """Id of a split that both have agreed on."""
    one = proposed(desk, key, from_ms)
    decided(desk, FAY, one, "agree")
    return one


def code(work: Any) -> str:
    """The code of what a work was refused with."""
    with pytest.raises(Refused) as refused:
        work()
    return refused.value.code


def quoted(desk: Desk, **ends: Any) -> quote.Quote:
    """A quote of 1,000.00 USD earned by P1 and 500.01 by P2."""
    return desk.do(ANN, lambda tx: quote.make(tx, offered(**ends)))


def sold_of(desk: Desk, quote_id: str) -> str:
    """Id of a booking of a quote that is confirmed."""
    booking_id = desk.do(GUS, lambda tx: book.receive(tx, quote_id))
    desk.do(ANN, lambda tx: book.confirm(tx, booking_id))
    return booking_id


def shown(desk: Desk, booking_id: str, actor: Actor = ANN) -> dict[str, Any]:
    """How a booking is shared."""
    return desk.look(actor, lambda tx: shared.view(tx, booking_id))


def amounts(told: dict[str, Any]) -> dict[str, int]:
    """What each partner gets in all; the lines have added up to it, and their shares to each line."""
    found: dict[str, int] = {}
    for line in told["lines"]:
        assert sum(one["amount_minor"] for one in line["shares"]) == line["amount_minor"]
        for one in line["shares"]:
            found[one["partner_id"]] = found.get(one["partner_id"], 0) + one["amount_minor"]
    totals = {one["partner_id"]: one["amount_minor"] for one in told["partners"]}
    assert totals == {name: amount for name, amount in found.items() if amount}
    return totals


def cancelled_midway(desk: Desk, clock: Clock, booking_id: str) -> None:
    """Cancels a booking, the only one, that has left A and gets off at B."""
    clock.now_ms = MONDAY_MS + 2 * DAY_MS
    shipment_id = desk.look(GUS, lambda tx: tx.run(sa.text("SELECT shipment_id FROM shipment")).scalar_one())
    left: dict[str, Any] = {"event_id": "e", "happened_ms": MONDAY_MS + DAY_MS}
    desk.do(ANN, lambda tx: shipments.tell(tx, shipment_id, "DEPA", {"place_id": "A"}, **left))
    desk.do(GUS, lambda tx: change.cancel(tx, booking_id, "x"))
    desk.do(ANN, lambda tx: change.decide_cancellation(tx, booking_id, granted=True))


def owed(desk: Desk) -> dict[str, int]:
    """What P1 owes P2, in its own book."""
    return desk.look(BOB, lambda tx: ledger.balance(tx, "P1", "due", about="P2"))


# ---- lines


LINES = st.lists(
    st.tuples(
        st.integers(-(10**9), 10**9), st.sampled_from(["P1", "P2"]), st.integers(0, 10**6), st.integers(0, 10**6)
    ),
    min_size=1,
    max_size=12,
)
KEYS = (Key("leg", {}), Key("km", {}), Key("contribution", {}), Key("fixed", {"P1": 3, "P2": 4}))


@given(LINES, st.sampled_from(KEYS))
def test_shares_of_lines_add_up_both_ways(rows: list[tuple[int, str, int, int]], key: Key) -> None:
    """P8 by line: each line is shared to the cent, and a partner's lines to what it gets of the whole: of lines by leg
    its own, else what `allocate` gives by the weights of all lines; where nobody has any, all is the seller's.
    """
    lines: list[PriceLine] = [price_line(amount, earner, cost=cost, km=km) for amount, earner, cost, km in rows]
    parts = by_line(key, lines, "P1")
    assert [sum(part.values()) for part in parts] == [line.amount_minor for line in lines]
    total, weights = sum(line.amount_minor for line in lines), weights_of(key, lines)
    if key.kind == "leg":
        earners = {line.earner_id for line in lines}
        whole = {name: sum(line.amount_minor for line in lines if line.earner_id == name) for name in earners}
    else:
        whole = allocate(total, weights) if any(weights.values()) else {"P1": total}
    names = {name for part in parts for name in part}
    assert {name: sum(part.get(name, 0) for part in parts) for name in names} == whole
    assert add_up(parts) == whole


def test_lines_by_hand() -> None:
    """Three lines of 5 cents at 3 to 7: 1.5, 3 and 4.5 cents of 5, 10 and 15 are P1's, rounded 2 (the remainders are
    alike, so the first by name), 3 and 5: so its lines are 2, 1 and 2, and P2's what is left.
    """
    lines = [price_line(5), price_line(5, "P2"), price_line(5)]
    parts = by_line(Key("fixed", {"P1": 3, "P2": 7}), lines, "P1")
    assert parts == [{"P1": 2, "P2": 3}, {"P1": 1, "P2": 4}, {"P1": 2, "P2": 3}]


# ---- agreeing


def test_nothing_is_shared_by_what_one_side_has_published(desk: Desk, clock: Clock) -> None:
    """Two people of P1 are not enough: a joint sale is refused until somebody of P2 has agreed. What P1 sells of its
    own alone needs nobody's word.
    """
    assert code(lambda: quoted(desk)) == "split_missing"
    one = proposed(desk, EVEN)
    assert code(lambda: quoted(desk)) == "split_missing"
    for actor, action, refusal in (
        (BOB, "agree", "forbidden"),  # whose own it is
        (FAY, "withdraw", "forbidden"),  # it is not theirs
        (THIRD, "agree", "not_found"),
        (GUS, "refuse", "not_found"),
        (FAY, "refuse", "invalid"),  # without a reason
    ):
        assert code(lambda a=actor, w=action: decided(desk, a, one, w)) == refusal
    clock.now_ms += HOUR_MS
    told = decided(desk, FAY, one, "agree")
    assert (told["state"], told["version"], told["in_force_ms"]) == ("agreed", 1, MONDAY_MS + HOUR_MS)
    assert (told["proposed_by"], told["approved_by"], told["decided_by"]) == ("ann", "bob", "fay")
    assert told["hash"] == hash_of(told["terms"])
    assert told["terms"] == {"first_id": "P1", "second_id": "P2", "valid_from_ms": 0, **EVEN}
    assert quoted(desk).split_id == one
    assert code(lambda: decided(desk, FAY, one, "refuse", "no")) == "not_allowed_now"
    assert desk.store.read(check.problems) == []


def test_one_partner_alone_needs_no_split(desk: Desk) -> None:
    """All lines are P1's: nothing is shared, so nothing was to be agreed."""
    lines = (price_line(70_000, cost=40_000),)
    made = desk.do(ANN, lambda tx: quote.make(tx, replace(offered(), lines=lines)))
    assert made.split_id is None
    told = shown(desk, sold_of(desk, made.quote_id))
    assert (amounts(told), told["splits"]) == ({"P1": 70_000}, [])


def test_more_than_two_partners_have_no_split(desk: Desk) -> None:
    """What no two can agree on for a third is refused by name, and names whom it concerns."""
    from koridor.operator.people import accounts

    settled(desk, EVEN)
    desk.do(ANN, lambda tx: accounts.add_party(tx, "P3", "partner", "P3"))
    offer = replace(offered(), lines=(price_line(1), price_line(1, "P2"), price_line(1, "P3")))
    with pytest.raises(Refused) as refused:
        desk.do(ANN, lambda tx: quote.make(tx, offer))
    assert (refused.value.code, refused.value.facts["partners"]) == ("split_missing", ["P1", "P2", "P3"])


def test_a_refusal_and_a_withdrawal_leave_what_was(desk: Desk) -> None:
    """The split before stays in force; the reason is kept; the audit has every step of each side."""
    first = settled(desk, {"kind": "leg"})
    assert decided(desk, FAY, proposed(desk, EVEN), "refuse", "our legs are longer")["reason"] == "our legs are longer"
    assert decided(desk, BOB, proposed(desk, EVEN), "withdraw")["state"] == "withdrawn"
    assert quoted(desk).split_id == first
    rows = sa.select(audit.c.party_id, audit.c.action).where(audit.c.object.startswith("split/"))
    noted = desk.store.read(lambda connection: [tuple(row) for row in connection.execute(rows.order_by(audit.c.seq))])
    assert noted == [
        ("P1", "offer"),
        ("P2", "agree"),
        ("P1", "offer"),
        ("P2", "refuse"),
        ("P1", "offer"),
        ("P1", "withdraw"),
    ]


def test_agreeing_and_withdrawing_at_once(desk: Desk) -> None:
    """One of the two wins, and the other is told so."""
    one = proposed(desk, EVEN)
    heard = at_once([lambda: decided(desk, FAY, one, "agree"), lambda: decided(desk, BOB, one, "withdraw")])
    assert sum(isinstance(word, Refused) and word.code == "not_allowed_now" for word in heard) == 1


def test_the_database_keeps_what_was_agreed(desk: Desk) -> None:
    """Past the code: no agreed split is changed or removed, and neither is how a sale was shared."""
    one = settled(desk, EVEN)
    sold_of(desk, quoted(desk).quote_id)
    for statement in (
        split.update().values(reason="x"),
        split.update().values(content="{}"),
        split.delete().where(split.c.split_id == one),
        sold.update().values(content="[]"),
        sold.delete(),
    ):
        with pytest.raises(sa.exc.DatabaseError):
            desk.do(ANN, lambda tx, s=statement: tx.run(s))


# ---- versions, and what was sold


def test_a_version_begins_at_its_moment_and_quotes_keep_theirs(desk: Desk, clock: Clock) -> None:
    """By hand of 1,500.01: by legs 1,000.00 and 500.01; at one to one 750.00 and 750.01, the odd cent to the first.

    The second version holds from Tuesday on. A quote of Monday keeps the first, though it is booked on Tuesday.
    """
    first, second = settled(desk, {"kind": "leg"}), settled(desk, EVEN, MONDAY_MS + DAY_MS)
    early = quoted(desk, departure_id="T2")
    clock.now_ms = MONDAY_MS + DAY_MS
    late = quoted(desk, departure_id="T2")
    assert (early.split_id, late.split_id) == (first, second)
    assert amounts(shown(desk, sold_of(desk, early.quote_id))) == {"P1": 100_000, "P2": 50_001}
    assert owed(desk) == {"USD": -50_001}
    told = shown(desk, sold_of(desk, late.quote_id), EVE)
    assert amounts(told) == {"P1": 75_001, "P2": 75_000}
    assert owed(desk) == {"USD": -125_001}
    assert [one["split_id"] for one in told["splits"]] == [second]
    month = desk.look(FAY, lambda tx: netting.statement(tx, "P2", "P1", "2026-12"))
    assert [(line["split_id"], line["amount_minor"]) for line in month.lines] == [(first, -50_001), (second, -75_000)]
    assert month.hash == desk.look(BOB, lambda tx: netting.statement(tx, "P1", "P2", "2026-12")).hash


def test_a_lines_own_hash_is_that_of_before_splits(desk: Desk) -> None:
    """What was signed before splits were agreed still has its hash: a line without one is hashed without the field."""
    line = {"at_ms": 1, "ref": "B", "kind": "sale", "currency": "USD", "amount_minor": 5}
    one = netting.Statement("P1", "P2", "2026-12", {}, ({**line, "split_id": None},), {"USD": 5})
    base = {"first": "P1", "second": "P2", "month": "2026-12", "opening": {}, "closing": {"USD": 5}}
    assert one.hash == hash_of({**base, "lines": [line]})


def test_before_the_sale_it_is_what_the_quote_would_give(desk: Desk) -> None:
    """A booking that is held shows the shares that are to come, and one that was rejected none."""
    settled(desk, {"kind": "km"})
    made = quoted(desk)
    booking_id = desk.do(GUS, lambda tx: book.receive(tx, made.quote_id))
    told = shown(desk, booking_id)
    assert not told["booked"]
    assert amounts(told) == {"P1": 112_501, "P2": 37_500}  # 1,500.01 at 900 to 300 km: 1,125.0075 and 375.0025
    assert [line["weights"] for line in told["lines"]] == [{"P1": 900, "P2": 300}] * 2
    assert [line["leg"] for line in told["lines"]] == [1, 1]  # as the quote tells them
    desk.do(ANN, lambda tx: change.reject(tx, booking_id, "no"))
    told = shown(desk, booking_id)
    assert (told["booked"], told["lines"], told["partners"]) == (True, [], [])


def test_a_cancelled_booking_shows_its_fee(desk: Desk, clock: Clock) -> None:
    """24 hours before departure cancelling costs a tenth (10 %, below 48 hours): 150.00 of 1,500.01, the seller's."""
    settled(desk, EVEN)
    booking_id = sold_of(desk, quoted(desk).quote_id)
    desk.do(GUS, lambda tx: change.cancel(tx, booking_id, "x"))
    desk.do(ANN, lambda tx: change.decide_cancellation(tx, booking_id, granted=True))
    told = shown(desk, booking_id, EVE)
    assert [(line["kind"], line["text"], line["leg"], line["amount_minor"]) for line in told["lines"]] == [
        ("fee", "cancellation fee", None, 15_000)
    ]
    assert (amounts(told), told["splits"], owed(desk)) == ({"P1": 15_000}, [], {})


def test_what_was_run_of_a_cancelled_booking_stays_shared(desk: Desk, clock: Clock) -> None:
    """It rides from A and gets off at B, after one of three days: a third of each line is run, 333.33 and 166.67, and
    shared one to one as quoted, though a split by legs is in force by then. Of the rest, 1,000.01, half is the fee, as
    the train has left: 500.01, the half cent to the first by name (`fee` before `rest`), all the seller's.
    """
    first = settled(desk, EVEN)
    booking_id = sold_of(desk, quoted(desk).quote_id)
    settled(desk, {"kind": "leg"}, MONDAY_MS + HOUR_MS)
    cancelled_midway(desk, clock, booking_id)
    told = shown(desk, booking_id)
    run = [line for line in told["lines"] if line["kind"] == "sale"]
    assert [line["amount_minor"] for line in run] == [33_333, 16_667]
    assert {line["split_id"] for line in run} == {first}
    assert [line["leg"] for line in run] == [1, 1]
    assert owed(desk) == {"USD": -25_000}
    assert [line["amount_minor"] for line in told["lines"] if line["kind"] == "fee"] == [50_001]
    assert amounts(told) == {"P1": 75_001, "P2": 25_000}
    assert desk.store.read(check.problems) == []


# ---- who sees it


@pytest.fixture
def api(desk: Desk) -> Iterator[Api]:
    """The service on a desk where P1 and P2 have agreed."""
    desk.do(ANN, lambda tx: split_between(tx, "leg"))
    with TestClient(create_app(desk, tend_every_s=3600), raise_server_exceptions=False) as client:
        yield Api(desk, client)


def test_a_split_over_the_api(api: Api) -> None:
    """From the proposal to the booking: P2's finance agrees, sales read, a dispatcher may not; the sum is exact."""
    content = {"other_id": "P2", "key": EVEN, "valid_from_ms": MONDAY_MS}
    proposal = api.made("ann", "/v1/proposals", {"kind": "split", "content": content})
    assert api.ask("fay", "GET", f"/v1/proposals/{proposal['proposal_id']}").status_code == 404
    api.made("bob", f"/v1/proposals/{proposal['proposal_id']}/decisions", {"granted": True})
    (one,) = [row for row in api.got("fay", "/v1/splits")["splits"] if row["state"] == "offered"]
    path = f"/v1/splits/{one['split_id']}"
    assert api.got("eve", path) == api.got("ann", path) == one
    assert api.ask("eve", "POST", f"{path}/decisions", {"action": "agree"}).status_code == 403
    assert api.made("fay", f"{path}/decisions", {"action": "agree"})["version"] == 2
    booking = confirmed(api)
    assert booking["quote"]["split_id"] == one["split_id"]
    shares_of = f"/v1/bookings/{booking['booking_id']}/split"
    told = api.got("eve", shares_of)
    assert told == api.got("ann", shares_of)
    assert amounts(told) == {"P1": 75_001, "P2": 75_000}
    assert "cost" not in str(told)
    assert "split_id" not in api.got("gus", f"/v1/bookings/{booking['booking_id']}")["quote"]
    assert api.ask("gus", "GET", shares_of).status_code == 403
    assert api.ask("cid", "GET", shares_of).status_code == 403
    end = {"of": "split", "id": one["split_id"], "at_ms": MONDAY_MS + DAY_MS}
    proposal = api.made("ann", "/v1/proposals", {"kind": "end", "content": end})
    api.made("bob", f"/v1/proposals/{proposal['proposal_id']}/decisions", {"granted": True})
    (last,) = [row for row in api.got("fay", "/v1/splits")["splits"] if row["state"] == "offered"]
    assert last["terms"]["ends"] == one["split_id"]


def test_shares_by_contribution_tell_no_costs(api: Api) -> None:
    """P1 pays 700.00 to carriers and P2 400.00: 7/11 of 1,500.01 are 954.5518, and 636 and 364 of a thousand. Sales,
    who may know costs, are told the thousandths, finance and auditors no weights, and nobody what each pays: while it
    is held, and sold.
    """
    settled(api.desk, {"kind": "contribution"})
    booking_id = api.made("gus", "/v1/bookings", {"quote_id": quoted(api.desk).quote_id})["booking_id"]
    for _ in ("held", "confirmed"):
        for name, weights in (("ann", {"P1": 636, "P2": 364}), ("fay", {}), ("kim", {})):
            told = api.got(name, f"/v1/bookings/{booking_id}/split")
            assert [line["weights"] for line in told["lines"]] == [weights] * 2
            assert amounts(told) == {"P1": 95_455, "P2": 54_546}
        api.desk.do(ANN, lambda tx: book.confirm(tx, booking_id))


def test_a_third_partner_finds_neither_split_nor_shares(api: Api) -> None:
    """P9: 404 with the bytes of nothing at all, for reading and for deciding."""
    booking = confirmed(api)
    others(api.desk)
    api.log_in(["x-finance"])
    body = {"action": "agree"}
    for method, path, there in (
        ("GET", "/v1/splits/{}", "G0"),
        ("POST", "/v1/splits/{}/decisions", "G0"),
        ("GET", "/v1/bookings/{}/split", booking["booking_id"]),
    ):
        heard = [
            api.ask("x-finance", method, path.format(one), body if method == "POST" else None)
            for one in (there, "nothing")
        ]
        assert [one.status_code for one in heard] == [404, 404]
        assert heard[0].content == heard[1].content
    assert api.got("x-finance", "/v1/splits")["splits"] == []


def test_a_refused_sale_says_whose_word_is_missing(desk: Desk) -> None:
    """409 `split_missing` with the partners."""
    with TestClient(create_app(desk, tend_every_s=3600), raise_server_exceptions=False) as client:
        response = Api(desk, client).ask("ann", "POST", "/v1/quotes", QUOTE)
    told = response.json()
    assert (response.status_code, told["code"], told["partners"]) == (409, "split_missing", ["P1", "P2"])


# ---- ends


def ended(desk: Desk, of: str, ident: str, at_ms: int, actor: Actor = ANN) -> str:
    """Id of a proposal by somebody that something ends."""
    content = {"of": of, "id": ident, "at_ms": at_ms}
    return desk.do(actor, lambda tx: four_eyes.propose(tx, "end", content))


def test_no_sale_after_the_end_of_a_split_and_earlier_quotes_keep_theirs(desk: Desk, clock: Clock) -> None:
    """Two people of P1 propose the end, P2 agrees; until then, and up to the moment, sales go on by what is in force.
    A quote from before is booked after it; a version that both agree on later begins again.
    """
    one, at_ms = settled(desk, EVEN), MONDAY_MS + DAY_MS
    early = quoted(desk, departure_id="T2")
    proposal_id = ended(desk, "split", one, at_ms)
    assert code(lambda: desk.do(ANN, lambda tx: four_eyes.decide(tx, proposal_id, granted=True))) == "four_eyes"
    last = approved(desk, proposal_id)
    decided(desk, FAY, last, "agree")
    assert quoted(desk).split_id == one
    clock.now_ms = at_ms
    assert code(lambda: quoted(desk, departure_id="T2")) == "split_missing"
    assert amounts(shown(desk, sold_of(desk, early.quote_id))) == {"P1": 75_001, "P2": 75_000}
    assert code(lambda: ended(desk, "split", last, at_ms)) == "not_allowed_now"  # an end is not ended
    assert code(lambda: ended(desk, "split", one, at_ms, GUS)) == "not_found"
    again = settled(desk, {"kind": "leg"})
    assert quoted(desk, departure_id="T2").split_id == again


def test_an_end_is_of_the_split_that_it_names(desk: Desk, clock: Clock) -> None:
    """P1 offers to end the first split on day 10; the second is in force by then, so P2's late word on the offer ends
    nothing. The end of the second, which begins on day 5, says in its terms, and so under its hash, what it ends.
    """
    one, at_ms = settled(desk, EVEN), MONDAY_MS + 10 * DAY_MS
    late = approved(desk, ended(desk, "split", one, at_ms))
    two = settled(desk, {"kind": "leg"}, MONDAY_MS + 5 * DAY_MS)
    assert code(lambda: decided(desk, FAY, late, "agree")) == "not_allowed_now"
    clock.now_ms = at_ms
    assert desk.look(FAY, lambda tx: agreed.needed(tx, "P1", ["P2"])) == two
    last = approved(desk, ended(desk, "split", two, at_ms))
    told = decided(desk, FAY, last, "agree")
    assert (told["terms"]["kind"], told["terms"]["ends"], told["hash"]) == ("none", two, hash_of(told["terms"]))
    assert code(lambda: desk.look(FAY, lambda tx: agreed.needed(tx, "P1", ["P2"]))) == "split_missing"
    assert desk.store.read(check.problems) == []


def test_an_end_goes_by_where_another_split_has_begun_before_it(desk: Desk, clock: Clock) -> None:
    """Both agree that the first ends on day 10, and later on another from day 8: on day 10 that one goes on."""
    one = settled(desk, EVEN)
    decided(desk, FAY, approved(desk, ended(desk, "split", one, MONDAY_MS + 10 * DAY_MS)), "agree")
    two = settled(desk, {"kind": "leg"}, MONDAY_MS + 8 * DAY_MS)
    for day, held in ((7, one), (8, two), (10, two), (20, two)):
        clock.now_ms = MONDAY_MS + day * DAY_MS
        assert desk.look(FAY, lambda tx: agreed.needed(tx, "P1", ["P2"])) == held


def test_an_end_that_the_other_refuses_ends_nothing(desk: Desk, clock: Clock) -> None:
    """As a split, so its end: one side alone does not change what both have agreed on."""
    one = settled(desk, EVEN)
    decided(desk, FAY, approved(desk, ended(desk, "split", one, MONDAY_MS + 1)), "refuse", "the year is not over")
    clock.now_ms += HOUR_MS
    assert quoted(desk).split_id == one


def test_no_sale_after_the_end_of_a_tariff(desk: Desk, clock: Clock) -> None:
    """P1's tariff ends on Tuesday by two people: a quote of Monday is booked then, a new one refused. P2's goes on."""
    settled(desk, EVEN)
    early = quoted(desk, departure_id="T2")
    at_ms = MONDAY_MS + DAY_MS
    assert code(lambda: ended(desk, "tariff", "TP2", at_ms)) == "not_found"
    assert code(lambda: ended(desk, "tariff", "TP1", MONDAY_MS - 1)) == "not_allowed_now"
    assert code(lambda: ended(desk, "tariff", "TP1", MONDAY_MS + 90 * DAY_MS)) == "not_allowed_now"  # over by itself
    one = ended(desk, "tariff", "TP1", at_ms)
    desk.do(BOB, lambda tx: four_eyes.decide(tx, one, granted=True), strict=True)
    assert quoted(desk).tariff_id == "TP1"
    clock.now_ms = at_ms
    assert code(lambda: quoted(desk, departure_id="T2")) == "not_found"
    sold_of(desk, early.quote_id)
    assert desk.do(EVE, lambda tx: quote.make(tx, offered(departure_id="T2"))).tariff_id == "TP2"
    (told,) = desk.look(BOB, lambda tx: terms.listed(tx, "-"))["tariffs"]
    assert (told["tariff_id"], told["ended_ms"], told["valid_to_ms"]) == ("TP1", at_ms, MONDAY_MS + 90 * DAY_MS)


def test_an_end_decided_too_late_is_refused(desk: Desk, clock: Clock) -> None:
    """What was proposed for the future is not done to the past."""
    one = ended(desk, "tariff", "TP1", MONDAY_MS + 1)
    clock.now_ms += 2
    assert code(lambda: desk.do(BOB, lambda tx: four_eyes.decide(tx, one, granted=True))) == "not_allowed_now"


def test_the_end_of_a_rate(desk: Desk, clock: Clock) -> None:
    """A rate is not edited: one that is over earlier supersedes it; the desk of a dispatcher does not decide it."""
    span = (MONDAY_MS, MONDAY_MS + 9 * DAY_MS)
    rate_id = desk.do(BOB, lambda tx: fx.put(tx, "EUR", "USD", Fraction(11, 10), *span, "bank"), strict=True)
    one = ended(desk, "rate", rate_id, MONDAY_MS + DAY_MS)
    assert code(lambda: desk.do(who("cid"), lambda tx: four_eyes.decide(tx, one, granted=True))) == "forbidden"
    desk.do(BOB, lambda tx: four_eyes.decide(tx, one, granted=True), strict=True)
    assert desk.look(BOB, lambda tx: fx.at(tx, "EUR", "USD", MONDAY_MS)) == Fraction(11, 10)
    assert code(lambda: desk.look(BOB, lambda tx: fx.at(tx, "EUR", "USD", MONDAY_MS + DAY_MS))) == "not_found"
    assert code(lambda: ended(desk, "rate", rate_id, MONDAY_MS + 2)) == "not_found"  # it is superseded
    assert code(lambda: ended(desk, "rate", rate_id, MONDAY_MS + 2, EVE)) == "not_found"


# ---- what others do with it


def test_a_way_in_the_place_of_another_keeps_its_split(desk: Desk, clock: Clock) -> None:
    """Rebooked under a version that has begun since: the booking's own holds; where the partner earns nothing more,
    none is needed; where it comes in anew, the one in force.
    """
    first = settled(desk, EVEN)
    old = quoted(desk)
    clock.now_ms += HOUR_MS
    second = settled(desk, {"kind": "leg"})
    alone = replace(offered(), lines=(price_line(70_000),))

    def work(tx: Tx) -> list[str | None]:
        same = quote.replace_by(tx, old, offered(teu=2))
        none = quote.replace_by(tx, same, alone)
        return [same.split_id, none.split_id, quote.replace_by(tx, none, offered(teu=3)).split_id]

    assert desk.do(ANN, work) == [first, None, second]


def test_a_quote_from_before_splits_is_sold_by_the_one_in_force(desk: Desk, clock: Clock) -> None:
    """It has none of its own; until the partners agree, it is not confirmed. Cancelled midway it stays with the split
    that it was sold by, though by then another is in force.
    """
    settled(desk, EVEN)
    made = quoted(desk)
    booking_id = desk.do(GUS, lambda tx: book.receive(tx, made.quote_id))
    desk.do(ANN, lambda tx: tx.run(sa.update(quote.quote).values(split_id=None)))
    assert amounts(shown(desk, booking_id)) == {"P1": 75_001, "P2": 75_000}
    one = settled(desk, {"kind": "leg"})
    desk.do(ANN, lambda tx: book.confirm(tx, booking_id))
    told = shown(desk, booking_id)
    assert (amounts(told), {line["split_id"] for line in told["lines"]}) == ({"P1": 100_000, "P2": 50_001}, {one})
    settled(desk, EVEN)
    cancelled_midway(desk, clock, booking_id)
    assert owed(desk) == {"USD": -16_667}


@pytest.fixture
def sold_before(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any]], str]:
    """Makes a booking that was sold before splits were agreed: by the key of its tariff, its journals without a split
    and without lines.
    """

    def sell(content: dict[str, Any]) -> str:
        key = {"weights": {}, **content}
        old = canonical({**TERMS, "key": key})
        desk.do(ANN, lambda tx: tx.run(sa.update(tariff).where(tariff.c.tariff_id == "TP1").values(content=old)))
        with monkeypatch.context() as before:
            before.setattr(agreed, "needed", lambda *_: None)
            before.setattr(agreed, "key_by", lambda *_: Key(**key))
            before.setattr(sale, "_keep", lambda *_: None)
            booking_id = sold_of(desk, quoted(desk).quote_id)
        heads = sa.select(journal.c.split_id).where(journal.c.kind == "sale")
        assert set(desk.look(BOB, lambda tx: tx.run(heads).scalars().all())) == {None}
        return booking_id

    return sell


Sell = Callable[[dict[str, Any]], str]


@pytest.mark.parametrize("agreed_since", [False, True])
def test_a_sale_from_before_splits_is_cancelled_by_its_own_key(
    desk: Desk, clock: Clock, sold_before: Sell, *, agreed_since: bool
) -> None:
    """As above a third was run, 333.33 and 166.67, and P2 keeps the 166.67 of its leg, whether or not the partners have
    agreed on halves since, which would be 250.00.
    """
    booking_id = sold_before({"kind": "leg"})
    assert owed(desk) == {"USD": -50_001}
    if agreed_since:
        settled(desk, EVEN)
    cancelled_midway(desk, clock, booking_id)
    told = shown(desk, booking_id)
    assert owed(desk) == {"USD": -16_667}
    assert amounts(told) == {"P1": 33_333 + 50_001, "P2": 16_667}
    assert {line["split_id"] for line in told["lines"]} == {None}
    assert desk.store.read(check.problems) == []


@pytest.mark.parametrize("agreed_since", [False, True])
def test_a_sale_from_before_splits_changes_by_its_own_key(desk: Desk, sold_before: Sell, *, agreed_since: bool) -> None:
    """Sold at 1 to 2, P2's part of 1,500.01 is 1,000.01. Of half, 500.00 and 250.00, it gets 500.00; of half of that
    250.00; and of what was rolled, 500.00 and 250.01, another 500.01 when that is sold.
    """
    booking_id = sold_before({"kind": "fixed", "weights": {"P1": 1, "P2": 2}})
    assert owed(desk) == {"USD": -100_001}
    if agreed_since:
        settled(desk, EVEN)

    def short(teu: int, rolled_to: str | None) -> str | None:
        loaded = {"teu": teu}
        return desk.do(CID, lambda tx: load.short(tx, booking_id, loaded, rolled_to=rolled_to, reason="x")).rolled_id

    rolled_id = short(2, "T2")
    assert owed(desk) == {"USD": -50_000}
    assert short(1, None) is None
    assert owed(desk) == {"USD": -25_000}
    assert rolled_id is not None
    assert amounts(shown(desk, rolled_id)) == {"P1": 25_000, "P2": 50_001}
    desk.do(ANN, lambda tx: book.confirm(tx, rolled_id))
    assert owed(desk) == {"USD": -75_001}
    assert amounts(shown(desk, rolled_id)) == {"P1": 25_000, "P2": 50_001}


def test_an_old_key_by_contribution_tells_no_costs_either(desk: Desk, sold_before: Sell) -> None:
    """Half of the quantity at half of the costs, 350.00 to 200.00: thousandths for sales, nothing for an auditor."""
    booking_id = sold_before({"kind": "contribution"})
    desk.do(CID, lambda tx: load.short(tx, booking_id, {"teu": 2}, rolled_to=None, reason="x"))
    for actor, weights in ((EVE, {"P1": 636, "P2": 364}), (who("kim"), {})):
        assert [line["weights"] for line in shown(desk, booking_id, actor)["lines"]] == [weights] * 2


def test_who_listens_hears_of_each_step(api: Api) -> None:
    """The other partner's program is told of an offer with its hash, and not what is in the key."""
    api.made("fay", "/v1/webhooks", {"url": "https://partner.example/", "kinds": ["split"]})
    assert api.ask("cid", "POST", "/v1/webhooks", {"url": "https://p.example/", "kinds": ["split"]}).status_code == 403
    one = proposed(api.desk, EVEN)
    decided(api.desk, FAY, one, "refuse", "no")
    bodies = api.desk.store.read(lambda connection: connection.execute(sa.select(delivery.c.body)).scalars().all())
    told = [json.loads(body) for body in bodies]
    assert [(body["action"], body["content"]["state"]) for body in told] == [
        ("offer", "offered"),
        ("refuse", "refused"),
    ]
    assert told[0]["content"]["hash"] == api.got("fay", f"/v1/splits/{one}")["hash"]


def test_the_check_finds_shares_that_were_not_posted(desk: Desk) -> None:
    """Kept past the code: shares of a journal that do not add up to their line."""
    settled(desk, EVEN)
    sold_of(desk, quoted(desk).quote_id)
    assert desk.store.read(check.problems) == []
    wrong = [{"currency": "USD", "amount_minor": 5, "shares": {"P1": 4}}]

    def work(tx: Tx) -> None:
        postings = [Posting("unbilled", "S1", "USD", 5), Posting("revenue", "", "USD", -5)]
        journal_id = ledger.post(tx, "P1", "sale", "B0", postings)
        tx.add(sold, {"journal_id": journal_id, "content": json.dumps(wrong)})

    desk.do(ANN, work)
    found = desk.store.read(check.problems)
    assert len(found) == 1
    assert "shares" in found[0]


def test_tariffs_of_before_hold_without_their_key(api: Api) -> None:
    """A tariff that was published with a key is still one to sell by, shows it, and shares nothing by it: all of this
    booking would be P1's. P2's own are not among P1's.
    """
    old = canonical({**TERMS, "key": {"kind": "fixed", "weights": {"P1": 1}}})
    api.desk.do(ANN, lambda tx: tx.run(sa.update(tariff).values(content=old)))
    (told,) = api.got("bob", "/v1/tariffs")["tariffs"]
    assert (told["tariff_id"], told["terms"]["key"]["kind"]) == ("TP1", "fixed")
    booking = confirmed(api)
    assert amounts(api.got("bob", f"/v1/bookings/{booking['booking_id']}/split")) == {"P1": 100_000, "P2": 50_001}


def test_contracts_are_told_to_who_keeps_the_pool(api: Api) -> None:
    """By the ids that their ends name; the other partner finds no pool."""
    pool_id = api.made("cid", "/v1/pools", {"name": "boxes"})["pool_id"]
    span = {"valid_from_ms": MONDAY_MS, "valid_to_ms": MONDAY_MS + 9 * DAY_MS}
    head = {"pool_id": pool_id, "party_id": "C1", "kind": "demurrage", "side": "owed", "contract": PATTERN}
    one = api.made("cid", "/v1/proposals", {"kind": "clock_contract", "content": {**head, **span}})
    api.made("bob", f"/v1/proposals/{one['proposal_id']}/decisions", {"granted": True})
    (told,) = api.got("bob", f"/v1/pools/{pool_id}/contracts")["contracts"]
    end = {"of": "clock_contract", "id": told["contract_id"], "at_ms": MONDAY_MS + DAY_MS}
    two = api.made("cid", "/v1/proposals", {"kind": "end", "content": end})
    api.made("bob", f"/v1/proposals/{two['proposal_id']}/decisions", {"granted": True})
    (left,) = api.got("cid", f"/v1/pools/{pool_id}/contracts")["contracts"]
    assert (left["valid_to_ms"], left["contract"]) == (MONDAY_MS + DAY_MS, told["contract"])
    assert api.ask("eve", "GET", f"/v1/pools/{pool_id}/contracts").status_code == 404
