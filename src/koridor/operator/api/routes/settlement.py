"""Carriers' statements, claims, and what customers owe."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import Body, Response

from koridor.operator.api.bodies import settlement as bodies
from koridor.operator.api.call import Id, Reads, Routes, Writes
from koridor.operator.common.desk import Tx
from koridor.operator.money import aging, carriers, claims
from koridor.operator.money.carriers import Line
from koridor.operator.money.claims import Delay

routes = Routes()


@routes.on("POST", "/v1/carrier-statements", "money.post", answer=bodies.StatementAnswer)
async def enter(call: Writes, body: bodies.NewCarrierStatement) -> Response:
    """Enters a carrier's statement and matches its lines to what was expected."""

    def work(tx: Tx) -> dict[str, Any]:
        told = [Line(**one.model_dump()) for one in body.lines or ()]
        lines = told if body.csv is None else carriers.read_lines(body.csv, body.currency)
        return carriers.view(tx, carriers.enter(tx, body.carrier_id, body.number, body.currency, lines))

    return await call.once(body, work, strict=True)


@routes.on("GET", "/v1/carrier-statements", "money.read", answer=bodies.StatementsAnswer)
def read_statements(call: Reads) -> Response:
    """Carriers' statements in one's own book."""
    return call.read(lambda tx: {"statements": carriers.listed(tx)})


@routes.on("GET", "/v1/carrier-statements/{statement_id}", "money.read", answer=bodies.StatementAnswer)
def read_statement(call: Reads, statement_id: Id) -> Response:
    """A carrier's statement with its lines, and what was expected and is missing."""
    return call.read(lambda tx: carriers.view(tx, statement_id))


@routes.on("POST", "/v1/carrier-statements/{statement_id}/decisions", "money.post", answer=bodies.StatementAnswer)
async def decide(call: Writes, statement_id: Id, body: bodies.NewLineDecision) -> Response:
    """Accepts or disputes a line that does not agree, or lets it be withdrawn."""

    def work(tx: Tx) -> dict[str, Any]:
        carriers.decide(tx, statement_id, body.ref, body.action)
        return carriers.view(tx, statement_id)

    return await call.once(body, work, strict=True)


@routes.on("GET", "/v1/receivables", "money.read", answer=bodies.ReceivablesAnswer)
def read_receivables(call: Reads) -> Response:
    """What customers owe in one's own book, and for how long."""
    return call.read(lambda tx: {"receivables": aging.receivables(tx)})


@routes.on("POST", "/v1/bookings/{booking_id}/claims", "money.post", answer=bodies.ClaimAnswer)
async def note(call: Writes, booking_id: Id, body: Annotated[bodies.NewClaim, Body(discriminator="kind")]) -> Response:
    """Notes a claim for a leg that came late, short or damaged."""

    def work(tx: Tx) -> dict[str, Any]:
        if isinstance(body, bodies.NewLoss):
            noticed = date.fromisoformat(body.noticed)
            told = (body.leg - 1, body.kind, body.currency, body.amount_minor, noticed, body.why)
            return claims.view(tx, claims.note_loss(tx, booking_id, *told))
        days = (date.fromisoformat(body.accepted), date.fromisoformat(body.arrived))
        delay = Delay(body.distance_km, body.containers, body.gauge_changes, body.ferries, *days)
        return claims.view(tx, claims.note_delay(tx, booking_id, body.leg - 1, body.currency, delay))

    return await call.once(body, work, strict=True)


@routes.on("GET", "/v1/claims", "money.read", answer=bodies.ClaimsAnswer)
def read_claims(call: Reads) -> Response:
    """Claims that one has a part in, those with the nearest deadline first."""
    return call.read(lambda tx: {"claims": claims.listed(tx)})


@routes.on("GET", "/v1/claims/{claim_id}", "money.read", answer=bodies.ClaimAnswer)
def read_claim(call: Reads, claim_id: Id) -> Response:
    """A claim."""
    return call.read(lambda tx: claims.view(tx, claim_id))


@routes.on("POST", "/v1/claims/{claim_id}/steps", "money.post", answer=bodies.ClaimAnswer)
async def advance(call: Writes, claim_id: Id, body: bodies.NewStep) -> Response:
    """Takes a claim one step on."""

    def work(tx: Tx) -> dict[str, Any]:
        claims.advance(tx, claim_id, body.action, body.amount_minor, body.currency)
        return claims.view(tx, claim_id)

    return await call.once(body, work, strict=True)
