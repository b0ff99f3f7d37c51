"""What changes or ends a booking: updates, amendments, cancellations with their fees, refusals, completion."""

from __future__ import annotations

from koridor.operator.booking import book, changed, itinerary, plans, progress, quote, terms
from koridor.operator.booking.quote import Quote
from koridor.operator.booking.states import HOLDING, SOLD, State
from koridor.operator.booking.step import lock, step
from koridor.operator.booking.tend import tend
from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.operator.money import sale
from koridor.operator.money.price import totals
from koridor.operator.network import hold as holds
from koridor.operator.people import access
from koridor.text import t


def ask_update(tx: Tx, booking_id: str, reason: str) -> State:
    """The seller wants something else before confirming; the hold stays."""
    access.need_part(tx, "booking", booking_id, "seller")
    return step(tx, booking_id, lock(tx, booking_id), "ask_update", reason=reason)


def update(tx: Tx, booking_id: str, quote_id: str) -> State:
    """Another quote in the place of the first, before confirmation; its capacity is held, or Refused `sold_out`."""
    access.need_part(tx, "booking", booking_id, "seller", "customer")
    state = lock(tx, booking_id)
    made = _same_parties(tx, state, quote_id)
    if state.hold_id:
        holds.void(tx, state.hold_id)
    updated = step(tx, booking_id, state, "update", quote_id=quote_id, hold_id="")
    access.withdraw(tx, "booking", booking_id, quote.sharers(made))
    access.share(tx, "booking", booking_id, quote.sharers(made))
    return book.hold(tx, booking_id, updated, made)


def reject(tx: Tx, booking_id: str, reason: str) -> State:
    """The seller will not carry it, before confirmation."""
    access.need_part(tx, "booking", booking_id, "seller")
    return _give_up(tx, booking_id, "reject", reason)


def decline(tx: Tx, booking_id: str, reason: str) -> State:
    """The seller cannot carry it, after confirmation: what was sold is undone, and costs the customer nothing."""
    access.need_part(tx, "booking", booking_id, "seller")
    return _give_up(tx, booking_id, "decline", reason)


def cancel(tx: Tx, booking_id: str, reason: str) -> State:
    """Cancels a booking that is not confirmed, or asks to cancel one that is."""
    access.need_part(tx, "booking", booking_id, "seller", "customer")
    state = lock(tx, booking_id)
    if state.status in SOLD:
        return step(tx, booking_id, state, "ask_cancellation", reason=reason)
    return _give_up(tx, booking_id, "cancel", reason)


def decide_cancellation(tx: Tx, booking_id: str, *, granted: bool) -> State:
    """The seller's word on a cancellation. Granted, the sale is undone and the fee of the tariff's band charged.

    What was run already, by the shipment's events, stays sold with its costs; the fee is of the rest.
    """
    access.need_part(tx, "booking", booking_id, "seller")
    state = lock(tx, booking_id)
    if not granted:
        return step(tx, booking_id, state, "decline_cancellation")
    made = quote.of(tx, state.quote_id)
    leaves_ms = itinerary.leaves_ms(tx, made.offer.legs)
    run, rest = changed.run_and_rest(tx, booking_id, made)
    fee = terms.fee(terms.of(tx, made.tariff_id), totals(rest), leaves_ms, tx.now_ms)
    now = step(tx, booking_id, state, "confirm_cancellation", fee=fee)
    _undo(tx, booking_id, state)
    if run:
        book.sell_lines(tx, booking_id, made, run)
    sale.charge(tx, booking_id, made.seller_id, made.offer.customer_id, fee)
    tend(tx)
    return now


def ask_amendment(tx: Tx, booking_id: str, reason: str) -> State:
    """The seller needs something changed in a confirmed booking."""
    access.need_part(tx, "booking", booking_id, "seller")
    return step(tx, booking_id, lock(tx, booking_id), "ask_amendment", reason=reason)


def amend(tx: Tx, booking_id: str, quote_id: str) -> State:
    """Asks for another quote in the place of the one in force, in a confirmed booking."""
    access.need_part(tx, "booking", booking_id, "seller", "customer")
    state = lock(tx, booking_id)
    made = _same_parties(tx, state, quote_id)
    now = step(tx, booking_id, state, "amend", wanted=quote_id)
    asked = plans.last(tx, booking_id)
    others = [railway for railway in itinerary.railways(made.offer.legs) if railway not in asked]
    plans.request(tx, booking_id, others, tx.now_ms + tx.policy.plan_ms)
    return now


def cancel_amendment(tx: Tx, booking_id: str) -> State:
    """Takes back what was asked by `amend`."""
    access.need_part(tx, "booking", booking_id, "seller", "customer")
    return step(tx, booking_id, lock(tx, booking_id), "cancel_amendment", wanted="")


def decide_amendment(tx: Tx, booking_id: str, *, granted: bool) -> State:
    """The seller's word on an amendment. Granted, capacity and books change over in one transaction, or not at all.

    Raises Refused `sold_out` where the new way has no room even with the old one given back, `plan_missing` where a
    railway has not agreed to it, `quote_expired` where the new quote has run out meanwhile.
    """
    access.need_part(tx, "booking", booking_id, "seller")
    state = lock(tx, booking_id)
    if not granted:
        return step(tx, booking_id, state, "decline_amendment", wanted="")
    now = step(tx, booking_id, state, "confirm_amendment", quote_id=state.wanted, wanted="", hold_id="")
    made = quote.bookable(tx, state.wanted)
    book.need_plans(tx, booking_id, made)
    _undo(tx, booking_id, state)
    leaves_ms = book.not_too_late(tx, made)
    wants = itinerary.wants(tx, made.offer.legs, made.offer.parts)
    if wants:
        until_ms = leaves_ms if leaves_ms is not None else tx.now_ms + tx.policy.hold_ms
        hold_id = holds.place(tx, made.offer.customer_id, made.seller_id, wants, until_ms)
        holds.post(tx, hold_id)
        now = step(tx, booking_id, now, "confirm", hold_id=hold_id)
    book.sell(tx, booking_id, made)
    book.share_again(tx, booking_id, made)
    return now


def complete(tx: Tx, booking_id: str) -> State:
    """The end of a booking that was carried.

    Raises Refused `not_allowed_now` before its shipment has arrived: by its events or, where they end on the way,
    before its last departure arrives; a way without departures arrives when its quote says.
    """
    access.need_part(tx, "booking", booking_id, "seller")
    state = lock(tx, booking_id)
    now = step(tx, booking_id, state, "complete")
    offer = quote.of(tx, state.quote_id).offer
    calls = progress.calls_of(tx, offer.legs)
    planned = [call.at_ms for of in calls for call in of if call.at_ms is not None]
    arrives_ms = max(planned) if planned else offer.facts.get("arrives_ms")
    due = arrives_ms is not None and arrives_ms <= tx.now_ms
    if not due and not progress.position(calls, changed.told_of(tx, booking_id, riding=True)).done:
        raise Refused(
            "not_allowed_now",
            t("The shipment has not arrived by what was told, and its last departure has not; tell its arrival first."),
            arrives_ms=arrives_ms,
        )
    return now


def _give_up(tx: Tx, booking_id: str, action: str, reason: str) -> State:
    state = lock(tx, booking_id)
    now = step(tx, booking_id, state, action, reason=reason)
    if state.status in SOLD:
        _undo(tx, booking_id, state)
    elif state.hold_id and state.status in HOLDING:
        holds.void(tx, state.hold_id)
    tend(tx)
    return now


def _undo(tx: Tx, booking_id: str, state: State) -> None:
    if state.hold_id:
        holds.free(tx, state.hold_id)
    sale.unsell(tx, booking_id)


def _same_parties(tx: Tx, state: State, quote_id: str) -> Quote:
    made, old = quote.bookable(tx, quote_id), quote.of(tx, state.quote_id)
    if (made.seller_id, made.offer.customer_id) != (old.seller_id, old.offer.customer_id):
        raise Refused("invalid", t("The quote is between other parties than the booking."))
    return made
