"""Bodies: quotes and bookings, and what each part of them may know."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import Field, RootModel, StringConstraints

from koridor.operator.api.bodies.words import (
    Body,
    Count,
    Currency,
    Id,
    LegNumber,
    Millis,
    Minor,
    Quantity,
    Reason,
    Shown,
    Text,
)
from koridor.operator.money.currency import MOST_MINOR
from koridor.schema.words import DG_CLASSES

DgClass = Annotated[str, StringConstraints(pattern="^(" + "|".join(map(re.escape, DG_CLASSES)) + ")$")]


class NewLeg(Body):
    """A leg; without a departure it takes no capacity here."""

    mode: Literal["rail", "road", "sea", "river", "ferry"]
    from_place: Id
    to_place: Id
    departure_id: Id | None = None
    railways: Annotated[list[Text], Field(max_length=20)] = []


class NewLine(Body):
    """A line of a price."""

    text: Text
    leg: LegNumber
    currency: Currency
    amount_minor: Minor
    cost_minor: Annotated[int, Field(ge=0, le=MOST_MINOR)] = 0
    earner_id: Id
    payee_id: Id | None = None
    km: Count = 0
    source: Text


class Facts(Body):
    """What else the customer is told. `cargo`, such as 2x40HC, is what other ways are looked for with."""

    cargo: Text | None = None
    p50_h: Count | None = None
    p90_h: Count | None = None
    co2e_kg: Count | None = None
    included: Annotated[list[Text], Field(max_length=50)] = []
    excluded: Annotated[list[Text], Field(max_length=50)] = []
    conditions: Annotated[list[Text], Field(max_length=50)] = []
    dangerous: Annotated[list[DgClass], Field(max_length=13)] | None = None


class NewQuote(Body):
    """An itinerary with its price, for a customer."""

    customer_id: Id
    legs: Annotated[list[NewLeg], Field(min_length=1, max_length=30)]
    quantities: Annotated[dict[Text, Quantity], Field(min_length=1, max_length=10)]
    lines: Annotated[list[NewLine], Field(min_length=1, max_length=100)]
    facts: Facts = Facts()
    valid_h: Annotated[int, Field(ge=1, le=8760)] | None = None


class NewBooking(Body):
    """A booking of a quote; with `wait`, it waits where nothing is free."""

    quote_id: Id
    wait: bool = False


class Change(Body):
    """What a customer may do with a booking."""

    action: Literal["cancel", "update", "amend", "cancel_amendment"]
    quote_id: Id | None = None
    reason: Reason = ""


class Decision(Body):
    """What the seller may do with a booking."""

    action: Literal[
        "confirm",
        "ask_plan",
        "reject",
        "decline",
        "ask_update",
        "ask_amendment",
        "complete",
        "amendment",
        "cancellation",
    ]
    granted: bool = True
    reason: Reason = ""


class PlanAnswer(Body):
    """A railway's answer to a plan."""

    railway: Text
    status: Literal["agreed", "refused", "banned"]
    ref: Text | None = None
    payer_code: Text | None = None
    valid_from_ms: Millis | None = None
    valid_to_ms: Millis | None = None
    document: Reason = ""


class CustomerLine(Shown):
    """A line of a price as its customer sees it: neither costs nor who earns or is paid."""

    text: str
    leg: int
    currency: str
    amount_minor: int
    source: str
    rules: str
    rate_date: str


class JointLine(CustomerLine):
    """A line as the partners see it: who earns it, and for how far."""

    earner_id: str
    km: int


class EarnerLine(JointLine):
    """A line as the sales of whose it is see it: what it costs, and who is paid."""

    cost_minor: int
    payee_id: str
    trace: str
    mode: str


class LegShown(Shown):
    """A leg; its departure is "" where it takes no capacity here; `links` are those of the network that it passes."""

    mode: str
    from_place: str
    to_place: str
    departure_id: str
    railways: list[str]
    links: list[str] = []


class QuoteRow(Shown):
    """What everybody who is a part of a quote knows of it."""

    quote_id: str
    seller_id: str
    network_id: str
    customer_id: str
    created_ms: int
    valid_to_ms: int
    version: int
    totals: dict[str, int]
    legs: list[LegShown]
    parts: dict[str, int]
    facts: dict[str, Any]
    replaces: str | None = None
    changed: dict[str, list[Any]] | None = None


class CustomerQuote(QuoteRow):
    """A quote as its customer sees it."""

    lines: list[CustomerLine]


class PartnerQuote(QuoteRow):
    """A quote as its seller and the other partner see it, with the split of what is booked of it."""

    split_id: str | None
    lines: list[EarnerLine | JointLine]


class QuoteAnswer(RootModel[PartnerQuote | CustomerQuote]):
    """A quote, as much of it as the caller may know."""


class BookingShown(Shown):
    """A booking; `plans_missing` says by railway why it does not yet approve."""

    booking_id: str
    status: str
    amendment: str
    cancellation: str
    created_ms: int
    held_until_ms: int | None
    shipment_id: str | None
    plans_missing: dict[str, Literal["none", "requested", "refused", "banned", "not_valid_then"]]


class QuotedBooking(BookingShown):
    """A booking for who may read its quote."""

    quote: PartnerQuote | CustomerQuote


class BookingAnswer(RootModel[QuotedBooking | BookingShown]):
    """A booking, with its quote for who may read quotes."""


class BookingRow(Shown):
    """A booking in a list."""

    booking_id: str
    status: str
    quote_id: str
    seller_id: str
    customer_id: str
    created_ms: int


class BookingsAnswer(Shown):
    """A page of bookings, the latest first, and where the next begins."""

    bookings: list[BookingRow]
    next: str | None


class PlanNotedAnswer(Shown):
    """The railway whose answer was noted, and the answer."""

    railway: str
    status: Literal["agreed", "refused", "banned"]


class PlanRequested(Shown):
    """A railway that was asked, and until when it must have answered."""

    railway: str
    status: Literal["requested"]
    deadline_ms: int


class PlanRow(PlanNotedAnswer):
    """A railway's answer."""

    ref: str | None
    payer_code: str | None
    valid_from_ms: int | None
    valid_to_ms: int | None
    document: str


class PlansAnswer(Shown):
    """The last word of each railway."""

    plans: list[PlanRequested | PlanRow]
