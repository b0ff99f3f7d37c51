"""Enquiries, and quotes made of their ways."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response

from koridor.operator.api.bodies.quoting import (
    EnquiryAnswer,
    NewEnquiry,
    NewVersion,
    WayQuote,
)
from koridor.operator.api.bodies.selling import QuoteAnswer
from koridor.operator.api.call import Id, KeyedCall, Prepares, Reads, Routes, Writes
from koridor.operator.booking import quote
from koridor.operator.common.desk import Tx
from koridor.operator.quoting import answers
from koridor.operator.quoting.ask import Ways, ask
from koridor.operator.quoting.enquiry import Enquiry

routes = Routes()


@routes.on("POST", "/v1/enquiries", "enquiry.make", answer=EnquiryAnswer)
def make_enquiry(call: Prepares, request: Request, body: NewEnquiry) -> Response:
    """Ways with offers. The search runs before the transaction that keeps its answer, and blocks no writer."""
    asked = enquiry_of(call, body)

    def searched() -> Ways:
        call.desk.look(call.actor, lambda tx: answers.need_parties(tx, asked))
        return ask(call.desk, call.actor, request.app.state.networks, asked)

    return call.once_ready(body, searched, lambda tx, found: answers.view(tx, answers.keep(tx, found)))


@routes.on("GET", "/v1/enquiries/{enquiry_id}", "enquiry.read", answer=EnquiryAnswer)
def read_enquiry(call: Reads, enquiry_id: Id) -> Response:
    """An enquiry, as much of it as the caller may know."""
    return call.read(lambda tx: answers.view(tx, enquiry_id))


@routes.on("POST", "/v1/enquiries/{enquiry_id}/quotes", "quote.make", answer=QuoteAnswer)
async def quote_way(call: Writes, enquiry_id: Id, body: WayQuote) -> Response:
    """A way of an enquiry as a quote that can be booked."""

    def work(tx: Tx) -> dict[str, Any]:
        how = answers.How(body.valid_h, body.margin_per_mille)
        return quote.view(tx, answers.make_quote(tx, enquiry_id, body.way, how), "seller")

    return await call.once(body, work)


@routes.on("POST", "/v1/quotes/{quote_id}/versions", "quote.make", answer=QuoteAnswer)
async def requote(call: Writes, quote_id: Id, body: NewVersion) -> Response:
    """The next version of a quote; the one before cannot be booked any more."""

    def work(tx: Tx) -> dict[str, Any]:
        how = answers.How(body.valid_h, body.margin_per_mille, quote_id)
        return quote.view(tx, answers.make_quote(tx, body.enquiry_id, body.way, how), "seller")

    return await call.once(body, work)


def enquiry_of(call: KeyedCall, body: NewEnquiry) -> Enquiry:
    """The enquiry of a body; what it leaves out of seller and customer is the caller's party."""
    mine = call.actor.party_id
    return Enquiry.of(
        {**body.model_dump(), "seller_id": body.seller_id or mine, "customer_id": body.customer_id or mine}
    )
