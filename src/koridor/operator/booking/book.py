"""A booking from its receipt to its confirmation.

Capacity is held before anything else is asked; while the railways are asked for their approval, the hold lives until
their deadline. Confirming posts the hold, the sale in the partners' books and the shipment, or none of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import sqlalchemy as sa

from koridor.operator.booking import itinerary, plans, quote, shared, terms
from koridor.operator.booking.quote import Quote
from koridor.operator.booking.states import State
from koridor.operator.booking.step import begin, lock, step
from koridor.operator.booking.tend import tend_due
from koridor.operator.common.desk import Tx
from koridor.operator.common.policy import HOUR_MS
from koridor.operator.common.refused import Refused
from koridor.operator.db.tables import shipment
from koridor.operator.money import sale
from koridor.operator.money.price import PriceLine
from koridor.operator.network import hold as holds
from koridor.operator.network import offer
from koridor.operator.network.capacity import SoldOut
from koridor.operator.people import access
from koridor.operator.track.match import rematch
from koridor.text import t

_SHIPMENT = sa.select(shipment.c.shipment_id).where(shipment.c.booking_id == sa.bindparam("booking_id"))


def receive(tx: Tx, quote_id: str, *, wait: bool = False) -> str:
    """Id of a new booking that holds its capacity, or waits for it. Raises Refused `quote_expired`, `sold_out` ..."""
    made = quote.bookable(tx, quote_id)
    tend_due(tx)  # who waits comes before who comes now
    booking_id, received = begin(tx, made)
    try:
        hold(tx, booking_id, received, made)
    except SoldOut as sold_out:
        if not wait:
            raise _with_alternatives(tx, made, sold_out) from None
        step(tx, booking_id, received, "wait")
    return booking_id


def hold(tx: Tx, booking_id: str, state: State, made: Quote) -> State:
    """The state of a booking whose capacity is now held; of one that needs none, as it was. Raises SoldOut."""
    leaves_ms = not_too_late(tx, made)
    wants = itinerary.wants(tx, made.offer.legs, made.offer.parts)
    if not wants:
        return state
    until_ms = tx.now_ms + tx.policy.hold_ms
    if leaves_ms is not None:
        until_ms = min(until_ms, leaves_ms)
    hold_id = holds.place(tx, made.offer.customer_id, made.seller_id, wants, until_ms)
    return step(tx, booking_id, state, "hold", hold_id=hold_id, until_ms=until_ms)


def not_too_late(tx: Tx, made: Quote) -> int | None:
    """When the first departure leaves. Raises Refused `not_allowed_now` after the tariff's cut-off.

    Also where a departure cannot be caught, as `refuse_missed` does.
    """
    leaves_ms = itinerary.leaves_ms(tx, made.offer.legs)
    cutoff_ms = terms.of(tx, made.tariff_id).cutoff_h * HOUR_MS
    if leaves_ms is not None and tx.now_ms >= leaves_ms - cutoff_ms:
        ended_ms = leaves_ms - cutoff_ms
        raise Refused("not_allowed_now", t("The cut-off of the first departure has passed."), cutoff_ms=ended_ms)
    itinerary.refuse_missed(tx, made.offer.legs)
    return leaves_ms


def ask_plan(tx: Tx, booking_id: str) -> State:
    """Asks the railways for their approval; the hold lives until their deadline, at most until departure."""
    access.need_part(tx, "booking", booking_id, "seller")
    state = lock(tx, booking_id)
    made = quote.of(tx, state.quote_id)
    now = step(tx, booking_id, state, "ask_plan")
    leaves_ms = itinerary.leaves_ms(tx, made.offer.legs)
    deadline_ms = tx.now_ms + tx.policy.plan_ms
    if leaves_ms is not None:
        deadline_ms = min(deadline_ms, leaves_ms)
    holds.extend(tx, state.hold_id, deadline_ms)
    plans.request(tx, booking_id, itinerary.railways(made.offer.legs), deadline_ms)
    return now


def confirm(tx: Tx, booking_id: str) -> State:
    """Confirms. Raises Refused `plan_missing` with the railways that have not agreed, or `hold_expired`."""
    access.need_part(tx, "booking", booking_id, "seller")
    state = lock(tx, booking_id)
    again = state.status == "CONFIRMED"
    now = step(tx, booking_id, state, "confirm")
    if again:  # DCSA lets a confirmed booking be confirmed again; nothing is sold a second time
        return now
    made = quote.of(tx, state.quote_id)
    itinerary.refuse_missed(tx, made.offer.legs)
    need_plans(tx, booking_id, made)
    if itinerary.wants(tx, made.offer.legs, made.offer.parts):
        holds.post(tx, state.hold_id)
    sell(tx, booking_id, made)
    shipment_id = tx.new_id("S")
    tx.add(shipment, {"shipment_id": shipment_id, "booking_id": booking_id, "created_ms": tx.now_ms})
    share_shipment(tx, booking_id, made)
    rematch(tx, shipment_id)  # what partners told of it before it was there
    return now


def share_shipment(tx: Tx, booking_id: str, made: Quote) -> None:
    """Lets who is part of the booking, and the carriers that the quote pays, see the booking's shipment."""
    shipment_id = tx.run(_SHIPMENT, booking_id=booking_id).scalar_one()
    access.share(tx, "shipment", shipment_id, {**_carriers(made), **access.parts_of(tx, "booking", booking_id)})


def share_again(tx: Tx, booking_id: str, made: Quote) -> None:
    """Lets who is part of a booking's new quote see the booking and its shipment, and ends it for who is none now.

    Partners and carriers that the new way leaves out keep what is their own: the quote that named them, their books
    and their audit. Nothing new of the booking reaches them.
    """
    shipment_id = tx.run(_SHIPMENT, booking_id=booking_id).scalar_one()
    sharers = quote.sharers(made)
    access.withdraw(tx, "booking", booking_id, sharers)
    access.withdraw(tx, "shipment", shipment_id, {**_carriers(made), **sharers})
    access.share(tx, "booking", booking_id, sharers)
    share_shipment(tx, booking_id, made)


def _carriers(made: Quote) -> dict[str, str]:
    return dict.fromkeys(sorted({line.payee_id for line in made.offer.lines if line.payee_id}), "carrier")


def need_plans(tx: Tx, booking_id: str, made: Quote) -> None:
    """Raises Refused `plan_missing` unless every railway of the way has agreed for its departure.

    And as `itinerary.refuse_unfit` does: by another mode than that of the departure, railways would not be asked.
    """
    itinerary.refuse_unfit(tx, made.offer.legs, new=False)
    leaves_ms = itinerary.leaves_ms(tx, made.offer.legs)
    missing = plans.missing(tx, booking_id, itinerary.railways(made.offer.legs), leaves_ms)
    if missing:
        names = ", ".join(f"{railway} ({why})" for railway, why in missing.items())
        raise Refused("plan_missing", t("Railways have not approved the plan: {names}.", names=names), railways=missing)


def sell(tx: Tx, booking_id: str, made: Quote) -> None:
    """Posts the sale in the partners' books, shared as `shared.by` tells."""
    sell_lines(tx, booking_id, made, made.offer.lines)


def sell_lines(tx: Tx, booking_id: str, made: Quote, lines: Sequence[PriceLine]) -> None:
    """Posts some lines of a quote. Raises Refused `split_missing` as `shared.by` does."""
    split_id, key = shared.by(tx, booking_id, made)
    sale.sell(tx, booking_id, made.seller_id, made.offer.customer_id, key, lines, split_id=split_id)


def _with_alternatives(tx: Tx, made: Quote, sold_out: SoldOut) -> Refused:
    ride = next(leg.ride for leg in made.offer.legs if leg.departure_id == sold_out.want.departure_id)
    from_ms = tx.now_ms + terms.of(tx, made.tariff_id).cutoff_h * HOUR_MS + 1  # at the cut-off it is too late
    from_ms = max(from_ms, made.offer.facts.get("leaves_ms") or 0)  # what is not ready catches nothing
    for leg in itertools.takewhile(lambda leg: leg.ride != ride, made.offer.legs):  # nobody is there before
        there = offer.calls(tx, leg.departure_id).get(leg.to_place) if leg.departure_id else None
        from_ms = from_ms if there is None else max(from_ms, int(there.at_ms))
    others = offer.alternatives(tx, made.seller_id, ride, dict(made.offer.parts), from_ms)
    return Refused(sold_out.code, sold_out.sentence, **sold_out.facts, alternatives=others)
