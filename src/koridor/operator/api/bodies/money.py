"""Bodies: payments and rates."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from koridor.operator.api.bodies.words import Body, Currency, Id, Millis, Paid, Text


class NewPayment(Body):
    """Money that a customer paid."""

    currency: Currency
    amount_minor: Paid


class NewRate(Body):
    """One unit of `base` is numerator / denominator units of `quoted`."""

    base: Currency
    quoted: Currency
    numerator: Annotated[int, Field(gt=0, le=10**12)]
    denominator: Annotated[int, Field(gt=0, le=10**12)]
    valid_from_ms: Millis
    valid_to_ms: Millis
    source: Text
    supersedes: Id | None = None


class NewExchange(Body):
    """Money to be changed at the rate of now."""

    base: Currency
    quoted: Currency
    amount_minor: Paid


class NewClosing(Body):
    """The currency in which the differences of rates are reckoned."""

    home: Currency


class RateAnswer(BaseModel):
    """The id of a new rate."""

    rate_id: str
    base: str
    quoted: str


class RateLine(BaseModel):
    """A rate of one's own book, and the one that it supersedes."""

    rate_id: str
    base: str
    quoted: str
    valid_from_ms: int
    valid_to_ms: int
    numerator: int
    denominator: int
    source: str
    recorded_ms: int
    supersedes: str | None


class RatesAnswer(BaseModel):
    """Rates of one's own book, those recorded last first."""

    rates: list[RateLine]


class ClosingAnswer(BaseModel):
    """What changing money has cost since the last closing."""

    currency: str
    amount_minor: int
