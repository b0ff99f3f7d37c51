"""Bodies: payments and rates."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from koridor.operator.api.bodies.words import Body, Currency, Millis, Paid, Text


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


class NewExchange(Body):
    """Money to be changed at the rate of now."""

    base: Currency
    quoted: Currency
    amount_minor: Paid
