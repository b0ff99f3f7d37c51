"""Proposals that need two people, and the audit."""

from __future__ import annotations

import json
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Body, Query, Response

from koridor.operator import four_eyes
from koridor.operator.api.bodies.control import (
    AuditAnswer,
    Granted,
    NewProposal,
    ProposalAnswer,
    ProposalsAnswer,
    TariffsAnswer,
)
from koridor.operator.api.bodies.words import Seq, Text
from koridor.operator.api.call import Id, Reads, Routes, Writes
from koridor.operator.booking import terms
from koridor.operator.common.audit import head
from koridor.operator.common.desk import Tx
from koridor.operator.common.pages import FIRST_PAGE
from koridor.operator.common.refused import Refused
from koridor.operator.db.tables import audit, proposal
from koridor.operator.network.resource import told
from koridor.operator.people import access

routes = Routes()


@routes.on("POST", "/v1/proposals", "proposal.make", ProposalAnswer)
async def propose(call: Writes, body: Annotated[NewProposal, Body(discriminator="kind")]) -> Response:
    """Proposes what another person must decide."""

    def work(tx: Tx) -> dict[str, Any]:
        return shown(tx, four_eyes.propose(tx, body.kind, body.content.model_dump()))

    return await call.once(body, work)


@routes.on("GET", "/v1/proposals", "proposal.read", ProposalsAnswer)
def proposals(call: Reads) -> Response:
    """Proposals of one's own party, those that are open first."""

    def work(tx: Tx) -> dict[str, Any]:
        own = sa.select(proposal.c.proposal_id).filter_by(party_id=tx.actor.party_id)
        order = own.order_by(proposal.c.state != "open", proposal.c.created_ms.desc(), proposal.c.proposal_id)
        return {"proposals": [shown(tx, one) for one in tx.run(order.limit(tx.policy.page_rows_max)).scalars()]}

    return call.read(work)


@routes.on("GET", "/v1/proposals/{proposal_id}", "proposal.read", ProposalAnswer)
def read_proposal(call: Reads, proposal_id: Id) -> Response:
    """A proposal."""
    return call.read(lambda tx: shown(tx, proposal_id))


@routes.on("POST", "/v1/proposals/{proposal_id}/decisions", "proposal.decide", ProposalAnswer)
async def decide(call: Writes, proposal_id: Id, body: Granted) -> Response:
    """Does what was proposed by another person, or refuses it for good."""

    def work(tx: Tx) -> dict[str, Any]:
        try:
            four_eyes.decide(tx, proposal_id, granted=body.granted)
        except Refused as refused:
            raise Refused(refused.code, refused.sentence, **own_alone(tx, refused.facts)) from refused
        return shown(tx, proposal_id)

    return await call.once(body, work, strict=True)


@routes.on("GET", "/v1/tariffs", "tariff.read", TariffsAnswer)
def tariffs(call: Reads, after: Annotated[Text, Query()] = FIRST_PAGE) -> Response:
    """Tariffs of one's own party, those that begin last first; `next` continues."""
    return call.read(lambda tx: terms.listed(tx, after))


@routes.on("GET", "/v1/audit", "audit.read", AuditAnswer)
def read_audit(call: Reads, after: Annotated[Seq, Query()] = 0) -> Response:
    """What one's own party did, in order, and the head of the whole chain, to be kept elsewhere."""

    def work(tx: Tx) -> dict[str, Any]:
        own = sa.select(audit).where(audit.c.party_id == tx.actor.party_id, audit.c.seq > after).order_by(audit.c.seq)
        rows = [dict(row) for row in tx.run(own.limit(tx.policy.page_rows_max)).mappings()]
        last, digest = head(tx.connection)
        return {"rows": [{**row, "change": json.loads(row["change"])} for row in rows], "last": last, "hash": digest}

    return call.read(work)


def shown(tx: Tx, proposal_id: str) -> dict[str, Any]:
    """A proposal of the actor's party. Raises Refused `not_found`."""
    access.part(tx, "proposal", proposal_id)
    row = dict(tx.run(sa.select(proposal).filter_by(proposal_id=proposal_id)).mappings().one())
    content = own_alone(tx, json.loads(row["content"]))
    if row["kind"] == "capacity_cut":
        content["quantity"] = told(content["resource"], content.pop("cap"))
    return {**row, "content": content}


def own_alone(tx: Tx, content: dict[str, Any]) -> dict[str, Any]:
    """What a proposal says, with the bookings that the actor's party has no part in as a number alone."""
    if "bookings" not in content:
        return content
    known, others = access.own_and_others(tx, "booking", content["bookings"])
    return {**content, "bookings": known, "others": others}
