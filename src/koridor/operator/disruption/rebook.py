"""Rebooking in one step: from where a shipment is, by another way, with capacity and books changed over together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from koridor.operator.booking import changed, itinerary, plans, progress, terms
from koridor.operator.booking.itinerary import Leg
from koridor.operator.booking.quote import Quote
from koridor.operator.booking.step import lock
from koridor.operator.common.desk import Tx
from koridor.operator.common.policy import HOUR_MS
from koridor.operator.common.refused import Refused
from koridor.operator.disruption import affected
from koridor.operator.disruption.affected import Carried
from koridor.operator.money.price import PriceLine, totals
from koridor.operator.network import hold as holds
from koridor.operator.network.capacity import Line
from koridor.operator.people import access
from koridor.text import t

SELLER, CUSTOMER = "seller", "customer"
BEARERS = (SELLER, CUSTOMER)
UNCHANGED = "Rebooking at the seller's cost: the price stays as it was"  # kept, so in one language for all who read it


@dataclass(frozen=True, slots=True)
class Way:
    """A way from where a shipment can get off to its destination, with its price; lines count the legs of this way."""

    legs: tuple[Leg, ...]
    lines: tuple[PriceLine, ...]


def rebook(tx: Tx, booking_id: str, way: Way, *, bears: str, reason: str) -> Quote:
    """The quote that a confirmed booking now rides under: what was run, and the new way.

    Capacity of hops not yet run is given back and that of the way taken, the sale is reversed and posted anew, all in
    this transaction or not at all. `bears` says who pays what the way costs more or less: the customer, or the seller,
    under whom the price stays as it was. Raises Refused `not_allowed_now`, `invalid`, `sold_out`, `not_offered`,
    `plan_missing`.
    """
    carried, at = _ready(tx, booking_id)
    state = lock(tx, booking_id)
    changed.refuse_undecided(state)
    _refuse_wrong(tx, carried, way)
    _refuse_unplanned(tx, booking_id, way.legs)
    made = carried.made
    run = progress.run_legs(carried.legs, carried.calls, at)
    behind = changed.run_hops(carried.legs, carried.calls, at)
    lines, _ = changed.split_lines(made.offer.lines, carried.calls, at)
    lines += [replace(line, leg=line.leg + len(run)) for line in way.lines]
    if bears == SELLER:
        lines += _adjusted(made, lines, len(run))
    offer = replace(made.offer, legs=(*run, *way.legs), lines=tuple(lines))
    kept = [line for line in _sold(tx, state.hold_id) if (line.departure_id, line.seq) in behind]
    wants = itinerary.wants(tx, way.legs, made.offer.parts)
    return changed.change_over(tx, booking_id, state, "rebook", offer, kept, wants, reason=reason, bears=bears)


def ask_plans(tx: Tx, booking_id: str, legs: Sequence[Leg]) -> list[str]:
    """Railways of a way that are now asked for their approval: those that have not agreed for when it leaves."""
    _ready(tx, booking_id)
    missing = _unplanned(tx, booking_id, legs)
    plans.request(tx, booking_id, list(missing), tx.now_ms + tx.policy.plan_ms)
    return list(missing)


def switch_of(tx: Tx, carried: Carried) -> tuple[progress.Position, str, int]:
    """Where a shipment can get on something else: position, place, earliest moment. Raises Refused where it arrived.

    The position is `done` where it can get off at its destination alone.
    """
    if carried.here.done:
        raise Refused("not_allowed_now", t("The shipment has arrived; there is nothing left to rebook."))
    return progress.switch(carried.calls, carried.here, tx.now_ms)


def turn_of(tx: Tx, carried: Carried) -> tuple[progress.Position, str, int]:
    """The same, and Refused `not_allowed_now` where a shipment can get off at its destination alone."""
    at, place_id, earliest_ms = switch_of(tx, carried)
    if at.done:
        raise Refused("not_allowed_now", t("The shipment gets off at its destination; no other way begins before it."))
    return at, place_id, earliest_ms


def cutoff_ms(tx: Tx, made: Quote) -> int:
    """The first moment at which a departure may leave to be booked now, by the cut-off of the quote's tariff."""
    return tx.now_ms + terms.of(tx, made.tariff_id).cutoff_h * HOUR_MS


def _ready(tx: Tx, booking_id: str) -> tuple[Carried, progress.Position]:
    access.need_part(tx, "booking", booking_id, "seller")
    lock(tx, booking_id)
    carried = affected.carried_of(tx, booking_id)
    return carried, turn_of(tx, carried)[0]


def _refuse_wrong(tx: Tx, carried: Carried, way: Way) -> None:
    _, place_id, earliest_ms = switch_of(tx, carried)
    to_place = carried.legs[-1].to_place
    if not way.legs or (way.legs[0].from_place, way.legs[-1].to_place) != (place_id, to_place):
        raise Refused(
            "invalid",
            t("The new way must go from {origin} to {destination}.", origin=place_id, destination=to_place),
            from_place=place_id,
            to_place=to_place,
            earliest_ms=earliest_ms,
        )
    if any(not 0 <= line.leg < len(way.legs) for line in way.lines):
        raise Refused("invalid", t("A line is of a leg that is not there."))
    leaves_ms = itinerary.leaves_ms(tx, way.legs)
    if leaves_ms is not None and leaves_ms < earliest_ms:
        raise Refused("invalid", t("The new way leaves before the shipment can be there."), earliest_ms=earliest_ms)
    first = next((leg.departure_id for leg in way.legs if leg.departure_id), "")
    known = first in {leg.departure_id for leg in carried.legs}
    if leaves_ms is not None and not known and leaves_ms < cutoff_ms(tx, carried.made):
        raise Refused("not_allowed_now", t("The cut-off of the first departure has passed."))
    itinerary.refuse_unfit(tx, way.legs, new=True)
    itinerary.refuse_missed(tx, way.legs)


def _refuse_unplanned(tx: Tx, booking_id: str, legs: Sequence[Leg]) -> None:
    missing = _unplanned(tx, booking_id, legs)
    if missing:
        names = ", ".join(f"{railway} ({why})" for railway, why in missing.items())
        raise Refused("plan_missing", t("Railways have not approved the plan: {names}.", names=names), railways=missing)


def _unplanned(tx: Tx, booking_id: str, legs: Sequence[Leg]) -> dict[str, str]:
    return plans.missing(tx, booking_id, itinerary.railways(legs), itinerary.leaves_ms(tx, legs))


def _adjusted(made: Quote, lines: Iterable[PriceLine], leg: int) -> list[PriceLine]:
    """A line a currency, earned by the seller, that keeps the price what it was."""
    now = totals(lines)
    found = []
    for currency in sorted({*made.totals, *now}):
        less = made.totals.get(currency, 0) - now.get(currency, 0)
        if less:
            found.append(PriceLine(UNCHANGED, leg, currency, less, 0, made.seller_id, "", 0, "rebooking"))
    return found


def _sold(tx: Tx, hold_id: str) -> list[Line]:
    return holds.lines_of(tx, [hold_id]) if hold_id else []
