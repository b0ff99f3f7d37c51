"""Bodies: payments and rates."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from koridor.operator.api.bodies.words import Body, Currency, Id, Millis, Paid, Shown, Text


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


class RateAnswer(Shown):
    """The id of a new rate."""

    rate_id: str
    base: str
    quoted: str


class RateLine(Shown):
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


class RatesAnswer(Shown):
    """Rates of one's own book, those recorded last first."""

    rates: list[RateLine]


class ClosingAnswer(Shown):
    """What changing money has cost since the last closing."""

    currency: str
    amount_minor: int


class BillAnswer(Shown):
    """What was billed now, in minor units by currency: below nothing a credit note, of nothing without a number."""

    billed: dict[str, int]
    number: str | None


class BillLine(Shown):
    """A bill, or a credit note where it is below nothing: `ref` is the booking, or what else was billed."""

    number: str
    at_ms: int
    ref: str
    customer_id: str
    journal_id: str
    amounts: dict[str, int]


class BillsAnswer(Shown):
    """A page of bills by number; `next` continues, as `after`."""

    bills: list[BillLine]
    next: int | None


class PaymentAnswer(Shown):
    """What the customer still owes for the booking, in minor units by currency."""

    open: dict[str, int]


class BalancesAnswer(Shown):
    """What stands on the accounts, in minor units by kind of account and currency."""

    balances: dict[str, dict[str, int]]


class ExchangeAnswer(Shown):
    """What was got for the money that was changed."""

    currency: str
    amount_minor: int


class StatementLine(Shown):
    """What both books hold of one posting, above nothing where the second partner owes the first, and the split by
    which it was shared.
    """

    at_ms: int
    ref: str
    kind: str
    currency: str
    amount_minor: int
    split_id: str | None


class StatementAnswer(Shown):
    """A month between two partners, and the hash that both must come to."""

    first_id: str
    second_id: str
    month: str
    opening: dict[str, int]
    lines: list[StatementLine]
    closing: dict[str, int]
    hash: str


class SignatureAnswer(Shown):
    """One's own hash, the other side's where it has signed, and whether they are the same."""

    hash: str
    other_hash: str | None
    agreed: bool
