"""Quotes and bookings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Query, Response

from koridor.operator.api.bodies.selling import (
    BookingAnswer,
    BookingsAnswer,
    Change,
    Decision,
    NewBooking,
    NewLeg,
    NewLine,
    NewQuote,
    PlanAnswer,
    PlanNotedAnswer,
    PlansAnswer,
    QuoteAnswer,
)
from koridor.operator.api.bodies.words import Text
from koridor.operator.api.call import Id, Reads, Routes, Writes
from koridor.operator.booking import book, change, plans, quote, views
from koridor.operator.booking.itinerary import Leg
from koridor.operator.booking.quote import Offer
from koridor.operator.common.desk import Tx
from koridor.operator.common.pages import FIRST_PAGE
from koridor.operator.common.refused import Refused
from koridor.operator.money.price import PriceLine
from koridor.operator.network.resource import parts_of
from koridor.operator.people import access
from koridor.text import t

routes = Routes()


@routes.on("POST", "/v1/quotes", "quote.make", QuoteAnswer)
async def make_quote(call: Writes, body: NewQuote) -> Response:
    """A quote; the same one while the same offer is valid."""

    def work(tx: Tx) -> dict[str, Any]:
        return quote.view(tx, quote.make(tx, offer_of(body), valid_h=body.valid_h), "seller")

    return await call.once(body, work)


@routes.on("GET", "/v1/quotes/{quote_id}", "quote.read", QuoteAnswer)
def read_quote(call: Reads, quote_id: Id) -> Response:
    """A quote, as much of it as the caller may know."""

    def work(tx: Tx) -> dict[str, Any]:
        part = access.part(tx, "quote", quote_id)
        return quote.view(tx, quote.of(tx, quote_id), part)

    return call.read(work)


@routes.on("POST", "/v1/bookings", "booking.make", BookingAnswer)
async def make_booking(call: Writes, body: NewBooking) -> Response:
    """A booking whose capacity is held, or which waits for it."""
    return await call.once(body, lambda tx: views.booking(tx, book.receive(tx, body.quote_id, wait=body.wait)))


@routes.on("GET", "/v1/bookings", "booking.read", BookingsAnswer)
def list_bookings(
    call: Reads, status: Annotated[Text | None, Query()] = None, after: Annotated[Text, Query()] = FIRST_PAGE
) -> Response:
    """Bookings that the caller is a part of, the latest first; `next` continues."""
    return call.read(lambda tx: views.bookings(tx, status, after))


@routes.on("GET", "/v1/bookings/{booking_id}", "booking.read", BookingAnswer)
def read_booking(call: Reads, booking_id: Id) -> Response:
    """A booking."""
    return call.read(lambda tx: views.booking(tx, booking_id))


CHANGES: dict[str, Callable[[Tx, str, Change], object]] = {
    "cancel": lambda tx, one, body: change.cancel(tx, one, body.reason),
    "update": lambda tx, one, body: change.update(tx, one, quote_in(body)),
    "amend": lambda tx, one, body: change.amend(tx, one, quote_in(body)),
    "cancel_amendment": lambda tx, one, body: change.cancel_amendment(tx, one),
}
DECISIONS: dict[str, Callable[[Tx, str, Decision], object]] = {
    "confirm": lambda tx, one, body: book.confirm(tx, one),
    "ask_plan": lambda tx, one, body: book.ask_plan(tx, one),
    "reject": lambda tx, one, body: change.reject(tx, one, body.reason),
    "decline": lambda tx, one, body: change.decline(tx, one, body.reason),
    "ask_update": lambda tx, one, body: change.ask_update(tx, one, body.reason),
    "ask_amendment": lambda tx, one, body: change.ask_amendment(tx, one, body.reason),
    "complete": lambda tx, one, body: change.complete(tx, one),
    "amendment": lambda tx, one, body: change.decide_amendment(tx, one, granted=body.granted),
    "cancellation": lambda tx, one, body: change.decide_cancellation(tx, one, granted=body.granted),
}


@routes.on("POST", "/v1/bookings/{booking_id}/changes", "booking.change", BookingAnswer)
async def change_booking(call: Writes, booking_id: Id, body: Change) -> Response:
    """What a customer asks of a booking, or the seller for it."""

    def work(tx: Tx) -> dict[str, Any]:
        CHANGES[body.action](tx, booking_id, body)
        return views.booking(tx, booking_id)

    return await call.once(body, work)


@routes.on("POST", "/v1/bookings/{booking_id}/decisions", "booking.decide", BookingAnswer)
async def decide_booking(call: Writes, booking_id: Id, body: Decision) -> Response:
    """What the seller decides."""

    def work(tx: Tx) -> dict[str, Any]:
        DECISIONS[body.action](tx, booking_id, body)
        return views.booking(tx, booking_id)

    return await call.once(body, work)


@routes.on("POST", "/v1/bookings/{booking_id}/plans", "plan.record", PlanNotedAnswer)
async def record_plan(call: Writes, booking_id: Id, body: PlanAnswer) -> Response:
    """A railway's answer to the transport plan."""

    def work(tx: Tx) -> dict[str, Any]:
        access.need_part(tx, "booking", booking_id, "seller", "partner")
        content = {name: value for name, value in body.model_dump().items() if name not in ("railway", "status")}
        plans.record(tx, booking_id, body.railway, body.status, content)
        return {"railway": body.railway, "status": body.status}

    return await call.once(body, work)


@routes.on("GET", "/v1/bookings/{booking_id}/plans", "plan.read", PlansAnswer)
def read_plans(call: Reads, booking_id: Id) -> Response:
    """The last word of each railway."""

    def work(tx: Tx) -> dict[str, Any]:
        access.need_part(tx, "booking", booking_id, "seller", "partner")
        words = plans.last(tx, booking_id)
        return {"plans": [{"railway": one, "status": word, **told} for one, (word, told) in words.items()]}

    return call.read(work)


def offer_of(body: NewQuote) -> Offer:
    """The offer of a body. Raises Refused `invalid` for quantities that are no whole parts."""
    legs, lines = tuple(map(leg_of, body.legs)), tuple(map(line_of, body.lines))
    parts = {name: parts_of(name, quantity) for name, quantity in body.quantities.items()}
    return Offer(body.customer_id, legs, parts, lines, body.facts.model_dump(exclude_none=True))


def leg_of(leg: NewLeg) -> Leg:
    """A leg of a body."""
    return Leg.of({**leg.model_dump(), "departure_id": leg.departure_id or ""})


def line_of(line: NewLine) -> PriceLine:
    """A line of a price of a body."""
    return PriceLine.of({**line.model_dump(), "leg": line.leg - 1, "payee_id": line.payee_id or ""})


def quote_in(body: Change) -> str:
    """The quote that a change names. Raises Refused `invalid` where it names none."""
    if body.quote_id is None:
        raise Refused("invalid", t("This change needs a quote."))
    return body.quote_id
