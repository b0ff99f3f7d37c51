"""Bills, payments, balances, rates, statements."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Path, Query, Response

from koridor.operator.api.bodies.money import (
    BalancesAnswer,
    BillAnswer,
    BillsAnswer,
    ClosingAnswer,
    ExchangeAnswer,
    NewClosing,
    NewExchange,
    NewPayment,
    NewRate,
    PaymentAnswer,
    RateAnswer,
    RatesAnswer,
    SignatureAnswer,
    StatementAnswer,
)
from koridor.operator.api.bodies.words import Month as MonthText
from koridor.operator.api.call import Id, Reads, Routes, Writes
from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused, unknown_id
from koridor.operator.db.tables import booking
from koridor.operator.money import bills, fx, ledger, netting, sale
from koridor.operator.money.currency import MOST_MINOR, exponents
from koridor.operator.people import access
from koridor.text import t

routes = Routes()
Year = Annotated[int, Query(ge=1970, le=2100)]
Month = Annotated[MonthText, Path()]


@routes.on("POST", "/v1/bookings/{booking_id}/bills", "money.post", BillAnswer)
async def bill(call: Writes, booking_id: Id) -> Response:
    """Bills what is not yet billed of a booking, under the next number; below nothing it is a credit note."""

    def work(tx: Tx) -> dict[str, Any]:
        seller_id, customer_id = parties(tx, booking_id)
        made = sale.bill(tx, booking_id, seller_id, customer_id)
        return {"billed": dict(made.amounts), "number": made.number}

    return await call.once(None, work, strict=True)


@routes.on("GET", "/v1/bills", "money.read", BillsAnswer)
def read_bills(call: Reads, year: Year, after: Annotated[int, Query(ge=0, le=MOST_MINOR)] = 0) -> Response:
    """Bills and credit notes of a year in one's own book, by their numbers."""
    return call.read(lambda tx: bills.listed(tx, year, after))


@routes.on("POST", "/v1/bookings/{booking_id}/payments", "money.post", PaymentAnswer)
async def pay(call: Writes, booking_id: Id, body: NewPayment) -> Response:
    """Money that the customer paid for a booking."""

    def work(tx: Tx) -> dict[str, Any]:
        seller_id, customer_id = parties(tx, booking_id)
        need_currency(body.currency)
        sale.receive(tx, booking_id, seller_id, customer_id, body.currency, body.amount_minor)
        return {"open": ledger.balance(tx, seller_id, "receivable", about=customer_id, ref=booking_id)}

    return await call.once(body, work, strict=True)


@routes.on("GET", "/v1/balances", "money.read", BalancesAnswer)
def balances(call: Reads) -> Response:
    """What stands on the accounts of one's own book, by kind and currency."""
    book = call.actor.party_id
    return call.read(lambda tx: {"balances": {kind: ledger.balance(tx, book, kind) for kind in ledger.KINDS}})


@routes.on("GET", "/v1/rates", "money.read", RatesAnswer)
def read_rates(call: Reads) -> Response:
    """Rates of one's own book, with what each supersedes."""
    return call.read(lambda tx: {"rates": fx.listed(tx)})


@routes.on("POST", "/v1/rates", "money.post", RateAnswer)
async def put_rate(call: Writes, body: NewRate) -> Response:
    """A rate between two currencies in one's own book, with its time and source; it may supersede another."""

    def work(tx: Tx) -> dict[str, Any]:
        need_currency(body.base, body.quoted)
        value = Fraction(body.numerator, body.denominator)
        span = (body.valid_from_ms, body.valid_to_ms)
        rate_id = fx.put(tx, body.base, body.quoted, value, *span, body.source, supersedes=body.supersedes)
        return {"rate_id": rate_id, "base": body.base, "quoted": body.quoted}

    return await call.once(body, work, strict=True)


@routes.on("POST", "/v1/exchanges", "money.post", ExchangeAnswer)
async def exchange(call: Writes, body: NewExchange) -> Response:
    """Changes money of one's own book at the rate of now."""

    def work(tx: Tx) -> dict[str, Any]:
        need_currency(body.base, body.quoted)
        got = fx.change(tx, tx.actor.party_id, tx.new_id("X"), body.base, body.quoted, body.amount_minor)
        return {"currency": body.quoted, "amount_minor": got}

    return await call.once(body, work, strict=True)


@routes.on("POST", "/v1/exchange-closings", "money.post", ClosingAnswer)
async def close_exchange(call: Writes, body: NewClosing) -> Response:
    """Puts what rates have made of changed money on the account of such differences."""

    def work(tx: Tx) -> dict[str, Any]:
        need_currency(body.home)
        return {"currency": body.home, "amount_minor": fx.close(tx, tx.actor.party_id, tx.new_id("X"), body.home)}

    return await call.once(body, work, strict=True)


@routes.on("GET", "/v1/statements/{other_id}/{month}", "statement.read", StatementAnswer)
def read_statement(call: Reads, other_id: Id, month: Month) -> Response:
    """The month's statement with the other partner, from one's own book."""
    return call.read(lambda tx: shown(of(tx, other_id, month)))


@routes.on("POST", "/v1/statements/{other_id}/{month}/signatures", "statement.sign", SignatureAnswer)
async def sign(call: Writes, other_id: Id, month: Month) -> Response:
    """Signs a month that is over; tells whether the other side has signed the same."""

    def work(tx: Tx) -> dict[str, Any]:
        mine = of(tx, other_id, month)
        theirs = netting.sign(tx, tx.actor.party_id, other_id, month)
        return {"hash": mine.hash, "other_hash": theirs, "agreed": theirs == mine.hash}

    return await call.once(None, work, strict=True)


def of(tx: Tx, other_id: str, month: str) -> netting.Statement:
    """The statement between the actor's party and another partner. Raises Refused `not_found` for who is none."""
    if not access.are_partners(tx, tx.actor.party_id, other_id):
        raise unknown_id()
    return netting.statement(tx, tx.actor.party_id, other_id, month)


def shown(one: netting.Statement) -> dict[str, Any]:
    """A statement with its hash."""
    head = {"first_id": one.first_id, "second_id": one.second_id, "month": one.month, "hash": one.hash}
    return {**head, "opening": one.opening, "lines": list(one.lines), "closing": one.closing}


def parties(tx: Tx, booking_id: str) -> tuple[str, str]:
    """Seller and customer of a booking, for the seller's staff. Raises Refused."""
    access.need_part(tx, "booking", booking_id, "seller")
    row = tx.run(sa.select(booking).filter_by(booking_id=booking_id)).one()
    return row.seller_id, row.customer_id


def need_currency(*codes: str) -> None:
    """Raises Refused `invalid` for a currency that cannot be booked."""
    unknown = [code for code in codes if code not in exponents()]
    if unknown:
        raise Refused("invalid", t("Currency {code} is not known.", code=unknown[0]))
