"""Bodies: quotes and bookings."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from koridor.operator.api.bodies.words import Body, Count, Currency, Id, Millis, Minor, Quantity, Reason, Text
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
    leg: Count
    currency: Currency
    amount_minor: Minor
    cost_minor: Annotated[int, Field(ge=0, le=MOST_MINOR)] = 0
    earner_id: Id
    payee_id: Id | None = None
    km: Count = 0
    source: Text


class Facts(Body):
    """What else the customer is told."""

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
