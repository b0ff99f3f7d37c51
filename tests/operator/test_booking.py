"""Bookings: DCSA's states and three more, plan approvals, amendments, fees, waiting, quotes; their P8, P9 and P10."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from desks import DAY_MS, HOUR_MS, MONDAY_MS, Clock, at_once, counters, offered, price_line, staffed, train, who
from koridor.operator import check
from koridor.operator.booking import book, change, itinerary, plans, quote, shipments, states, step, terms
from koridor.operator.booking.itinerary import Leg
from koridor.operator.booking.states import AMENDMENT, CANCELLATION, MAIN, State
from koridor.operator.booking.tend import tend
from koridor.operator.common.actor import SYSTEM
from koridor.operator.common.desk import Desk
from koridor.operator.common.refused import Refused
from koridor.operator.db.tables import booking, shipment, stop
from koridor.operator.money import ledger
from koridor.operator.people import access

ANN, EVE, GUS, DAN = who("ann"), who("eve"), who("gus"), who("dan")

# ---- the tables

DCSA = {  # Booking 2.0.5: state, and the states from which it may be reached (operator reference 2.12)
    "CONFIRMED": {"RECEIVED", "UPDATE_RECEIVED", "CONFIRMED"},
    "REJECTED": {"RECEIVED", "PENDING_UPDATE", "UPDATE_RECEIVED"},
    "PENDING_UPDATE": {"RECEIVED", "PENDING_UPDATE", "UPDATE_RECEIVED"},
    "DECLINED": {"CONFIRMED", "PENDING_AMENDMENT"},
    "PENDING_AMENDMENT": {"CONFIRMED", "PENDING_AMENDMENT"},
    "COMPLETED": {"CONFIRMED"},
    "CANCELLED": {"RECEIVED", "PENDING_UPDATE", "UPDATE_RECEIVED"},
}
OURS = {"HELD", "WAITLISTED", "AWAITING_RAILWAY_PLAN"}


def test_states_are_those_of_dcsa() -> None:
    """Without our three states, the table is the standard's, source by source."""
    for target, expected in DCSA.items():
        sources = {source for froms, to in MAIN.values() if to == target for source in froms}
        assert sources - OURS == expected, target


def test_side_tracks_are_those_of_dcsa() -> None:
    """An amendment is decided only when one was received; CANCELLED comes from a confirmed booking only by a
    cancellation that was confirmed.
    """
    decided = {action: froms for action, (_, froms, to, _) in AMENDMENT.items() if to != "AMENDMENT_RECEIVED"}
    assert set(decided.values()) == {("AMENDMENT_RECEIVED",)}
    assert not {"CONFIRMED", "PENDING_AMENDMENT"} & set(MAIN["cancel"][0])
    assert [action for action, row in CANCELLATION.items() if row[3] == "CANCELLED"] == ["confirm_cancellation"]


@pytest.mark.parametrize("status", states.ENDED)
def test_an_end_is_an_end(status: str) -> None:
    """Nothing can be done with a booking that has ended."""
    for action in (*MAIN, *AMENDMENT, *CANCELLATION):
        with pytest.raises(Refused) as refused:
            states.after(State(status), action)
        assert refused.value.code == "not_allowed_now"


# ---- at the desk


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """Two partners with their people and terms, and a train of 10 TEU that leaves A tomorrow."""
    desk.do(ANN, lambda tx: (staffed(tx), train(tx), train(tx, "T2", starts_ms=MONDAY_MS + 4 * DAY_MS)))
    return desk


def made(desk: Desk, **kinds: Any) -> str:
    """Id of a quote by Ann."""
    return desk.do(ANN, lambda tx: quote.make(tx, offered(**kinds))).quote_id


def booked(desk: Desk, *, wait: bool = False, **kinds: Any) -> str:
    """Id of a booking by the shipper Gus."""
    quote_id = made(desk, **kinds)
    return desk.do(GUS, lambda tx: book.receive(tx, quote_id, wait=wait))


def confirmed(desk: Desk, **kinds: Any) -> str:
    """Id of a booking that is confirmed."""
    booking_id = booked(desk, **kinds)
    desk.do(ANN, lambda tx: book.confirm(tx, booking_id))
    return booking_id


def status(desk: Desk, booking_id: str) -> str:
    """Main state, which the row and the fold of the events must agree on."""
    row = desk.look(ANN, lambda tx: tx.run(sa.select(booking).filter_by(booking_id=booking_id)).one())
    state = desk.look(ANN, lambda tx: step.state_of(tx, booking_id))
    assert (row.status, row.quote_id, row.hold_id or "") == (state.status, state.quote_id, state.hold_id)
    return state.status


def books(desk: Desk) -> dict[tuple[str, str], dict[str, int]]:
    """What stands on the accounts that a sale touches, without zeros."""
    kinds = [(book_, kind) for book_ in ("P1", "P2") for kind in ("unbilled", "revenue", "due", "cost", "accrued")]
    found = {key: desk.look(SYSTEM, lambda tx, key=key: ledger.balance(tx, *key)) for key in kinds}
    return {key: sums for key, sums in found.items() if sums}


SOLD = {  # 1,000.00 and 500.01 by leg, costs 700 and 400
    ("P1", "unbilled"): {"USD": 150_001},
    ("P1", "revenue"): {"USD": -100_000},
    ("P1", "due"): {"USD": -50_001},
    ("P1", "cost"): {"USD": 70_000},
    ("P1", "accrued"): {"USD": -70_000},
    ("P2", "revenue"): {"USD": -50_001},
    ("P2", "due"): {"USD": 50_001},
    ("P2", "cost"): {"USD": 40_000},
    ("P2", "accrued"): {"USD": -40_000},
}


def test_from_quote_to_shipment(desk: Desk) -> None:
    """Received and held; confirmed: capacity is sold, the sale stands in both books as by hand, a shipment is there."""
    booking_id = booked(desk)
    assert status(desk, booking_id) == "HELD"
    assert desk.look(SYSTEM, counters)[1, "teu", ""] == (40, 0, 4)
    assert books(desk) == {}
    desk.do(ANN, lambda tx: book.confirm(tx, booking_id))
    assert status(desk, booking_id) == "CONFIRMED"
    assert desk.look(SYSTEM, counters)[1, "teu", ""] == (40, 4, 0)
    assert books(desk) == SOLD
    desk.do(ANN, lambda tx: book.confirm(tx, booking_id))  # again, which DCSA allows: nothing is sold twice
    assert books(desk) == SOLD
    shipment_id = desk.look(GUS, lambda tx: tx.run(sa.select(shipment.c.shipment_id)).scalar_one())
    told = {"event_id": "e1", "happened_ms": MONDAY_MS}
    desk.do(who("ian"), lambda tx: shipments.tell(tx, shipment_id, "LOAD", {"place_id": "A"}, **told))  # the carrier
    with pytest.raises(Refused) as refused:
        desk.do(who("hal"), lambda tx: shipments.tell(tx, shipment_id, "DISC", {}, event_id="e2", happened_ms=1))
    assert refused.value.code == "not_found"
    assert desk.look(GUS, lambda tx: shipments.state_of(tx, shipment_id)).phase == "on_board"
    with pytest.raises(Refused, match="has not arrived"):  # it is on the train from A, which is at D on Friday
        desk.do(ANN, lambda tx: change.complete(tx, booking_id))
    told = {"event_id": "e3", "happened_ms": MONDAY_MS + 4 * DAY_MS}
    desk.do(who("ian"), lambda tx: shipments.tell(tx, shipment_id, "DROP", {"place_id": "D"}, **told))
    desk.do(ANN, lambda tx: change.complete(tx, booking_id))
    assert status(desk, booking_id) == "COMPLETED"


def test_what_nobody_told_of_is_complete_once_its_last_departure_has_arrived(desk: Desk, clock: Clock) -> None:
    """T1 leaves A on Tuesday and is at D three days later: not an hour before, and from then on."""
    booking_id = booked(desk)
    desk.do(ANN, lambda tx: book.confirm(tx, booking_id))
    clock.now_ms = MONDAY_MS + 4 * DAY_MS - HOUR_MS
    with pytest.raises(Refused) as refused:
        desk.do(ANN, lambda tx: change.complete(tx, booking_id))
    assert (refused.value.code, refused.value.facts["arrives_ms"]) == ("not_allowed_now", MONDAY_MS + 4 * DAY_MS)
    clock.now_ms += HOUR_MS
    desk.do(ANN, lambda tx: change.complete(tx, booking_id))
    assert status(desk, booking_id) == "COMPLETED"


@pytest.mark.parametrize(("arrives_ms", "done"), [(None, False), (MONDAY_MS + 1, False), (MONDAY_MS, True)])
def test_a_way_without_departures_arrives_when_its_quote_says(
    desk: Desk, arrives_ms: int | None, *, done: bool
) -> None:
    """By road, ordered when needed: it is Monday; where nothing was promised either, its arrival has to be told."""
    facts = {} if arrives_ms is None else {"arrives_ms": arrives_ms}
    one = replace(offered(), legs=(itinerary.Leg("road", "A", "D", "", ()),), facts=facts)
    quote_id = desk.do(ANN, lambda tx: quote.make(tx, one)).quote_id
    booking_id = desk.do(GUS, lambda tx: book.receive(tx, quote_id))
    desk.do(ANN, lambda tx: book.confirm(tx, booking_id))
    if not done:
        with pytest.raises(Refused, match="tell its arrival first"):
            desk.do(ANN, lambda tx: change.complete(tx, booking_id))
        assert status(desk, booking_id) == "CONFIRMED"
        shipment_id = desk.look(GUS, lambda tx: tx.run(sa.select(shipment.c.shipment_id)).scalar_one())
        told = {"event_id": "e", "happened_ms": MONDAY_MS}
        desk.do(ANN, lambda tx: shipments.tell(tx, shipment_id, "ARRI", {"place_id": "D"}, **told))
    desk.do(ANN, lambda tx: change.complete(tx, booking_id))
    assert status(desk, booking_id) == "COMPLETED"


def test_what_was_never_confirmed_is_not_completed(desk: Desk) -> None:
    """What is wrong is its state, and that is said: to tell of an arrival would not help."""
    booking_id = booked(desk)
    with pytest.raises(Refused, match="HELD takes no complete"):
        desk.do(ANN, lambda tx: change.complete(tx, booking_id))


@pytest.mark.parametrize(
    ("ready_h", "now_h", "named"),
    [(0, 0, ["T0", "T2"]), (0, 13, ["T0", "T2"]), (0, 14, ["T2"]), (20, 0, ["T0", "T2"]), (21, 0, ["T2"])],
)
def test_alternatives_can_be_caught(desk: Desk, clock: Clock, ready_h: int, now_h: int, named: list[str]) -> None:
    """T1, at hour 24, is full. T0 leaves at hour 20, whose cut-off of 6 hours is at hour 14: then it is too late, as it
    is for cargo that is ready at hour 21.
    """
    desk.do(ANN, lambda tx: train(tx, "T0", starts_ms=MONDAY_MS + 20 * HOUR_MS))
    confirmed(desk, teu=38)
    one = replace(offered(), facts={"leaves_ms": MONDAY_MS + ready_h * HOUR_MS})
    quote_id = desk.do(ANN, lambda tx: quote.make(tx, one)).quote_id
    clock.now_ms = MONDAY_MS + now_h * HOUR_MS
    with pytest.raises(Refused) as refused:
        desk.do(GUS, lambda tx: book.receive(tx, quote_id))
    assert [one["departure_id"] for one in refused.value.facts["alternatives"]] == named


def test_every_railway_must_agree(desk: Desk, clock: Clock) -> None:
    """GU-12 gates CONFIRMED: with BCh agreed and RZD refused, then agreed for another week, then for the right one."""
    booking_id = booked(desk, railways=("BCh", "RZD"))

    def confirm() -> dict[str, str] | None:
        try:
            desk.do(ANN, lambda tx: book.confirm(tx, booking_id))
        except Refused as refused:
            return refused.facts["railways"]
        return None

    def say(railway: str, word: str, from_ms: int = 0) -> None:
        content = {"ref": "1", "payer_code": "7", "valid_from_ms": from_ms or 1, "valid_to_ms": MONDAY_MS + 9 * DAY_MS}
        desk.do(DAN, lambda tx: plans.record(tx, booking_id, railway, word, content))

    assert confirm() == {"BCh": "none", "RZD": "none"}
    desk.do(ANN, lambda tx: book.ask_plan(tx, booking_id))
    assert status(desk, booking_id) == "AWAITING_RAILWAY_PLAN"
    assert confirm() == {"BCh": "requested", "RZD": "requested"}
    say("BCh", "agreed")
    say("RZD", "refused")
    assert confirm() == {"RZD": "refused"}
    say("RZD", "agreed", MONDAY_MS + 3 * DAY_MS)
    assert confirm() == {"RZD": "not_valid_then"}
    assert books(desk) == {}
    say("RZD", "agreed")
    assert confirm() is None
    assert status(desk, booking_id) == "CONFIRMED"


def test_a_leg_by_rail_names_its_railways(desk: Desk) -> None:
    """Without one nobody would be asked for a plan, and the gate above would stand open; water needs none."""

    def make(mode: str, *railways: str) -> str:
        leg = Leg(mode, "A", "D", "T1", railways)
        return desk.do(ANN, lambda tx: quote.make(tx, replace(offered(), legs=(leg,)))).quote_id

    with pytest.raises(Refused, match="needs the railways"):
        make("rail")
    assert make("rail", "BCh") != make("sea")


def test_an_approval_names_who_pays(desk: Desk) -> None:
    """Each transit railway is paid by somebody with a code; an approval without one is none. Who was not asked has no
    say.
    """
    booking_id = booked(desk, railways=("BCh",))
    desk.do(ANN, lambda tx: book.ask_plan(tx, booking_id))
    content = {"ref": "1", "valid_from_ms": 1, "valid_to_ms": 2}
    with pytest.raises(Refused, match="payer_code"):
        desk.do(DAN, lambda tx: plans.record(tx, booking_id, "BCh", "agreed", content))
    never = {**content, "payer_code": "7", "valid_to_ms": 1}  # it would end as it begins
    with pytest.raises(Refused, match="valid_from_ms must be before valid_to_ms"):
        desk.do(DAN, lambda tx: plans.record(tx, booking_id, "BCh", "agreed", never))
    with pytest.raises(Refused, match="not asked"):
        desk.do(DAN, lambda tx: plans.record(tx, booking_id, "ADY", "refused", {}))


def test_the_plans_deadline_ends_it(desk: Desk, clock: Clock) -> None:
    """A hold that waits for the railways lives until departure here, as 15 days would be later; then it is over."""
    booking_id = booked(desk, railways=("BCh",))
    desk.do(ANN, lambda tx: book.ask_plan(tx, booking_id))
    clock.now_ms = MONDAY_MS + DAY_MS - 1
    assert desk.do(ANN, tend) == []
    clock.now_ms += 1
    assert desk.do(ANN, tend) == [booking_id]
    assert status(desk, booking_id) == "REJECTED"
    assert desk.look(SYSTEM, counters)[1, "teu", ""] == (40, 0, 0)


def test_an_expired_quote_cannot_be_booked(desk: Desk, clock: Clock) -> None:
    """P8: at its last moment no more; the same offer made again is the next version under another id."""
    found = desk.do(ANN, lambda tx: quote.make(tx, offered(departure_id="T2"), valid_h=1))
    assert desk.do(ANN, lambda tx: quote.make(tx, offered(departure_id="T2"), valid_h=1)) == found
    clock.now_ms = found.valid_to_ms
    with pytest.raises(Refused) as refused:
        desk.do(GUS, lambda tx: book.receive(tx, found.quote_id))
    assert refused.value.code == "quote_expired"
    again = desk.do(ANN, lambda tx: quote.make(tx, offered(departure_id="T2"), valid_h=1))
    assert (again.version, again.quote_id != found.quote_id) == (2, True)


def test_the_same_offer_is_the_same_quote(desk: Desk) -> None:
    """P8: same inputs, same id; one cent more, another id; lines add up to the total in each currency."""
    one = desk.do(ANN, lambda tx: quote.make(tx, offered()))
    dearer = replace(offered(), lines=(*offered().lines, price_line(1, "P1", "CHF")))
    two = desk.do(ANN, lambda tx: quote.make(tx, dearer))
    assert one.quote_id == made(desk) != two.quote_id
    assert (one.totals, two.totals) == ({"USD": 150_001}, {"USD": 150_001, "CHF": 1})


def test_a_quote_without_sense_is_refused_at_once(desk: Desk) -> None:
    """All that is wrong is told together."""
    wrong = replace(offered(customer_id="C1"), lines=(price_line(1, "S1", "XXX", leg=3),))
    with pytest.raises(Refused, match=r"Customer C1 .*Currency XXX.*earned by a partner.*leg that is not there"):
        desk.do(ANN, lambda tx: quote.make(tx, wrong))


def test_who_waits_comes_first(desk: Desk, clock: Clock) -> None:
    """10 TEU are held and two wait; when the first hold is cancelled, the one who waited longer gets its place."""
    first = booked(desk, teu=40)
    desk.do(ANN, lambda tx: train(tx, "T0", starts_ms=MONDAY_MS + 5 * HOUR_MS))  # after its cut-off, 6 h before
    with pytest.raises(Refused) as refused:
        booked(desk, teu=36)
    assert [one["departure_id"] for one in refused.value.facts["alternatives"]] == ["T2"]
    second, third = booked(desk, wait=True, teu=36), booked(desk, wait=True, teu=32)
    assert [status(desk, one) for one in (second, third)] == ["WAITLISTED"] * 2
    desk.do(GUS, lambda tx: change.cancel(tx, first, "no"))
    assert [status(desk, one) for one in (first, second, third)] == ["CANCELLED", "HELD", "WAITLISTED"]
    clock.now_ms = MONDAY_MS + DAY_MS - 6 * HOUR_MS  # the cut-off: nothing is left to wait for
    desk.do(ANN, tend)
    assert status(desk, third) == "REJECTED"


def test_booking_ends_at_the_cut_off(desk: Desk, clock: Clock) -> None:
    """Six hours before departure, by the terms; a moment before, it is taken."""
    quote_id = made(desk)
    clock.now_ms = MONDAY_MS + DAY_MS - 6 * HOUR_MS - 1
    desk.do(GUS, lambda tx: book.receive(tx, quote_id))
    clock.now_ms += 1
    with pytest.raises(Refused, match="cut-off"):
        desk.do(GUS, lambda tx: book.receive(tx, quote_id))


@pytest.mark.parametrize(("left_h", "fee"), [(48, 0), (47, 15_000), (12, 15_000), (11, 75_001)])
def test_cancelling_costs_by_the_hours_left(desk: Desk, clock: Clock, left_h: int, fee: int) -> None:
    """Of 1,500.01: nothing from 48 hours off, below 10 % (150.001), below 12 hours 50 % (750.005, the half to the fee).

    The sale is undone in both books, capacity comes back, and the fee alone stands: the seller's.
    """
    desk.do(ANN, lambda tx: train(tx, "T3", starts_ms=MONDAY_MS + 60 * HOUR_MS))
    booking_id = confirmed(desk, departure_id="T3")
    clock.now_ms = MONDAY_MS + (60 - left_h) * HOUR_MS
    desk.do(GUS, lambda tx: change.cancel(tx, booking_id, "no"))
    assert status(desk, booking_id) == "CONFIRMED"
    desk.do(ANN, lambda tx: change.decide_cancellation(tx, booking_id, granted=True))
    assert status(desk, booking_id) == "CANCELLED"
    expected = {("P1", "unbilled"): {"USD": fee}, ("P1", "revenue"): {"USD": -fee}} if fee else {}
    assert books(desk) == expected
    assert desk.look(SYSTEM, lambda tx: counters(tx, "T3"))[1, "teu", ""] == (40, 0, 0)


def test_a_cancellation_may_be_declined(desk: Desk) -> None:
    """Then all is as before, and it may be asked again."""
    booking_id = confirmed(desk)
    for _ in range(2):
        desk.do(GUS, lambda tx: change.cancel(tx, booking_id, "no"))
        desk.do(ANN, lambda tx: change.decide_cancellation(tx, booking_id, granted=False))
    assert books(desk) == SOLD
    assert status(desk, booking_id) == "CONFIRMED"


def test_an_amendment_changes_over_or_not_at_all(desk: Desk) -> None:
    """From T1 to T2 with 2 TEU: capacity moves and the books hold the new sale once. To more than T2 has: all stays."""
    booking_id = confirmed(desk)
    bigger, other = made(desk, departure_id="T2", teu=44), made(desk, departure_id="T2", teu=8)
    desk.do(GUS, lambda tx: change.amend(tx, booking_id, bigger))
    with pytest.raises(Refused) as refused:
        desk.do(GUS, lambda tx: change.amend(tx, booking_id, other))
    assert refused.value.code == "not_allowed_now"  # one at a time
    with pytest.raises(Refused) as refused:
        desk.do(ANN, lambda tx: change.decide_amendment(tx, booking_id, granted=True))
    assert refused.value.code == "sold_out"
    assert desk.look(SYSTEM, counters)[1, "teu", ""] == (40, 4, 0)
    desk.do(ANN, lambda tx: change.decide_amendment(tx, booking_id, granted=False))
    desk.do(GUS, lambda tx: change.amend(tx, booking_id, other))
    desk.do(ANN, lambda tx: change.decide_amendment(tx, booking_id, granted=True))
    assert desk.look(SYSTEM, counters)[1, "teu", ""] == (40, 0, 0)
    assert desk.look(SYSTEM, lambda tx: counters(tx, "T2"))[1, "teu", ""] == (40, 8, 0)
    assert books(desk) == SOLD
    assert status(desk, booking_id) == "CONFIRMED"


def test_an_amendment_fits_into_what_it_gives_back(desk: Desk) -> None:
    """9 of 10 TEU on the same train become 10: only the booking's own place makes room."""
    booking_id = confirmed(desk, teu=36)
    wider = made(desk, teu=40)
    desk.do(GUS, lambda tx: change.amend(tx, booking_id, wider))
    desk.do(ANN, lambda tx: change.decide_amendment(tx, booking_id, granted=True))
    assert desk.look(SYSTEM, counters)[1, "teu", ""] == (40, 40, 0)


def test_an_amendment_asks_railways_that_are_new(desk: Desk) -> None:
    """The new way passes a railway that has not agreed: not before it has."""
    booking_id = confirmed(desk)
    other = made(desk, departure_id="T2", railways=("ADY",))
    desk.do(GUS, lambda tx: change.amend(tx, booking_id, other))
    with pytest.raises(Refused) as refused:
        desk.do(ANN, lambda tx: change.decide_amendment(tx, booking_id, granted=True))
    assert refused.value.facts["railways"] == {"ADY": "requested"}
    content = {"ref": "1", "payer_code": "7", "valid_from_ms": 1, "valid_to_ms": MONDAY_MS + 9 * DAY_MS}
    desk.do(DAN, lambda tx: plans.record(tx, booking_id, "ADY", "agreed", content))
    desk.do(ANN, lambda tx: change.decide_amendment(tx, booking_id, granted=True))


def test_an_amendment_to_the_road_gives_the_train_back(desk: Desk) -> None:
    """All goes by road, with a partner and a carrier that were none before: no hold is left to show, and both see the
    shipment, which nobody else began to see.
    """
    line = price_line(100_000, "P1")
    first = desk.do(ANN, lambda tx: quote.make(tx, replace(offered(), lines=(line,)))).quote_id
    booking_id = desk.do(GUS, lambda tx: book.receive(tx, first))
    desk.do(ANN, lambda tx: book.confirm(tx, booking_id))
    shipment_id = desk.look(GUS, lambda tx: tx.run(sa.select(shipment.c.shipment_id)).scalar_one())

    def sees(name: str) -> bool:
        try:
            return bool(desk.look(who(name), lambda tx: access.part(tx, "shipment", shipment_id)))
        except Refused:
            return False

    assert [sees(name) for name in ("gus", "eve", "ian", "hal")] == [True, False, False, False]
    legs, lines = (Leg("road", "A", "D", "", ()),), (price_line(90_000, "P2", cost=60_000),)
    other = desk.do(ANN, lambda tx: quote.make(tx, replace(offered(), legs=legs, lines=lines))).quote_id
    desk.do(GUS, lambda tx: change.amend(tx, booking_id, other))
    desk.do(ANN, lambda tx: change.decide_amendment(tx, booking_id, granted=True))
    assert status(desk, booking_id) == "CONFIRMED"
    assert desk.look(ANN, lambda tx: step.state_of(tx, booking_id)).hold_id == ""
    assert desk.look(SYSTEM, counters)[1, "teu", ""] == (40, 0, 0)
    assert desk.store.read(check.problems) == []
    assert [sees(name) for name in ("gus", "eve", "ian", "hal")] == [True, True, True, False]


def test_an_update_before_confirmation(desk: Desk) -> None:
    """The seller asks for another train; the customer gives it; the old hold is free and the new one stands."""
    booking_id = booked(desk)
    desk.do(ANN, lambda tx: change.ask_update(tx, booking_id, "full"))
    assert status(desk, booking_id) == "PENDING_UPDATE"
    other = made(desk, departure_id="T2")
    desk.do(GUS, lambda tx: change.update(tx, booking_id, other))
    assert status(desk, booking_id) == "HELD"
    assert desk.look(SYSTEM, counters)[1, "teu", ""] == (40, 0, 0)
    assert desk.look(SYSTEM, lambda tx: counters(tx, "T2"))[1, "teu", ""] == (40, 0, 4)


def test_one_who_cannot_be_helped_stops_nobody(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first of two who wait takes every segment twice, which the key of a hold's lines does not bear. As room comes
    the second gets it, a third can still book, the first goes on waiting, and the audit has nothing of its attempt.
    """
    full = booked(desk, teu=40)
    first, second = booked(desk, wait=True), booked(desk, wait=True, teu=8)
    once = itinerary.wants

    def twice(tx: Any, legs: Any, parts: Any) -> list[Any]:
        return once(tx, legs, parts) * (2 if parts == {"teu": 4} else 1)

    monkeypatch.setattr(itinerary, "wants", twice)
    desk.do(GUS, lambda tx: change.cancel(tx, full, "no"))
    assert [status(desk, one) for one in (first, second)] == ["WAITLISTED", "HELD"]
    assert status(desk, booked(desk, teu=12)) == "HELD"
    assert desk.look(SYSTEM, counters)[1, "teu", ""] == (40, 0, 20)
    assert desk.store.read(check.problems) == []


def test_a_segment_passed_twice_is_taken_once_with_the_sum(desk: Desk) -> None:
    """A to C and B to D on one train with a TEU: a TEU each from A to B and from C to D, two from B to C."""
    ends = (("A", "C"), ("B", "D"))
    legs = [Leg("sea", origin, to, "T1", ()) for origin, to in ends]
    found = desk.look(ANN, lambda tx: itinerary.wants(tx, legs, {"teu": 4}))
    assert [(want.seq, want.quantity) for want in sorted(found)] == [(1, 4), (2, 8), (3, 4)]


def test_departures_must_be_caught(desk: Desk, clock: Clock) -> None:
    """P7: T1 is at A, B, C on days 1, 2, 3 and T2 leaves A on day 4. So T1 and then T2 can be ridden, and T1 in two
    parts; T2 and then T1 cannot, nor T1 from A once day 1 has begun, though from B it can. The road between takes no
    time here.
    """
    there, onward = Leg("sea", "A", "B", "T1", ()), Leg("sea", "B", "C", "T1", ())
    road, later = Leg("road", "C", "A", "", ()), Leg("sea", "A", "C", "T2", ())

    def heard(*legs: Leg) -> str:
        try:
            desk.do(ANN, lambda tx: quote.make(tx, replace(offered(), legs=legs)))
        except Refused as refused:
            return refused.code
        return ""

    assert heard(there, onward, road, later) == ""
    assert heard(later, road, there) == "invalid"
    assert heard(there, Leg("road", "B", "A", "", ()), there) == "invalid"
    clock.now_ms = MONDAY_MS + DAY_MS
    assert heard(there, onward) == "not_allowed_now"
    assert heard(onward) == ""


def test_what_has_left_is_not_confirmed(desk: Desk, clock: Clock) -> None:
    """P7 at the sale: its train was moved to an earlier day after it was held, and the hold still lives."""
    booking_id = booked(desk, departure_id="T2")
    desk.do(ANN, lambda tx: tx.run(stop.update().where(stop.c.departure_id == "T2").values(at_ms=MONDAY_MS - 1)))
    with pytest.raises(Refused, match="has left A"):
        desk.do(ANN, lambda tx: book.confirm(tx, booking_id))
    assert status(desk, booking_id) == "HELD"
    assert books(desk) == {}


@pytest.mark.parametrize("sold", [False, True])
def test_the_seller_may_refuse(desk: Desk, sold: bool) -> None:
    """Before confirmation REJECTED, after it DECLINED: capacity and books are as if it had never been."""
    booking_id = confirmed(desk) if sold else booked(desk)
    end = change.decline if sold else change.reject
    desk.do(ANN, lambda tx: end(tx, booking_id, "no wagons"))
    assert status(desk, booking_id) == ("DECLINED" if sold else "REJECTED")
    assert books(desk) == {}
    assert desk.look(SYSTEM, counters)[1, "teu", ""] == (40, 0, 0)


def test_two_who_confirm_at_once_sell_once(desk: Desk) -> None:
    """And one who confirms while another cancels: one of them wins, the books say which."""
    booking_id = booked(desk)
    at_once([lambda: desk.do(ANN, lambda tx: book.confirm(tx, booking_id))] * 4)
    assert books(desk) == SOLD
    other = booked(desk, departure_id="T2")
    heard = at_once(
        [
            lambda: desk.do(ANN, lambda tx: book.confirm(tx, other)),
            lambda: desk.do(ANN, lambda tx: change.reject(tx, other, "no")),
        ]
    )
    assert sum(isinstance(word, Refused) for word in heard) == 1
    sold = 2 if status(desk, other) == "CONFIRMED" else 1
    assert books(desk)["P1", "unbilled"] == {"USD": sold * 150_001}


# ---- what others see


def test_costs_are_for_whose_they_are(desk: Desk) -> None:
    """P10: the customer sees what it pays, the partner's sales its own cost, the seller's sales all; others none,
    their finance neither.
    """
    quote_id = made(desk)

    def seen(name: str, part: str) -> list[Any]:
        shown = desk.look(who(name), lambda tx: quote.view(tx, quote.of(tx, quote_id), part))
        assert shown["totals"] == {"USD": 150_001}
        return [line.get("cost_minor") for line in shown["lines"]]

    assert seen("ann", "seller") == [70_000, 40_000]
    assert seen("eve", "partner") == [None, 40_000]
    assert seen("cid", "seller") == seen("bob", "seller") == seen("fay", "partner") == [None, None]
    shown = desk.look(GUS, lambda tx: quote.view(tx, quote.of(tx, quote_id), "customer"))
    told = {"text", "leg", "currency", "amount_minor", "source", "rules", "rate_date"}  # not the sum that made the cost
    assert {name for line in shown["lines"] for name in line} == told


@pytest.mark.parametrize("name", ["hal", "ian"])
def test_anothers_booking_is_not_there(desk: Desk, name: str) -> None:
    """P9: who is no part of it gets the answer that he would get for nothing at all."""
    booking_id, quote_id = booked(desk), made(desk)
    works = [
        lambda tx, one: change.cancel(tx, one, "x"),
        lambda tx, one: change.amend(tx, one, quote_id),
        book.confirm,
    ]
    for work in works:
        heard = []
        for one in (booking_id, "nothing"):
            with pytest.raises(Refused) as refused:
                desk.do(who(name), lambda tx, work=work, one=one: work(tx, one))
            heard.append((refused.value.code, refused.value.sentence, refused.value.facts))
        assert heard[0] == heard[1]
        assert heard[0][0] == "not_found"


def test_a_customer_does_not_decide(desk: Desk) -> None:
    """Confirming is the seller's; the joint partner sees the booking and does not decide it either."""
    booking_id = booked(desk)
    for actor in (GUS, EVE):
        with pytest.raises(Refused) as refused:
            desk.do(actor, lambda tx: book.confirm(tx, booking_id))
        assert refused.value.code == "forbidden"


def test_terms_that_cannot_be_meant_are_refused() -> None:
    """Bands out of order, more than all of the price, no hours."""
    from desks import TERMS

    for wrong in (
        {"bands": [{"below_h": 48, "per_cent": 10}, {"below_h": 12, "per_cent": 50}]},
        {"bands": [{"below_h": 48, "per_cent": 101}]},
        {"cutoff_h": None},
    ):
        with pytest.raises(Refused):
            terms.parse({**TERMS, **wrong})
