"""Bookings and shipments as each part of them may see them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from koridor.operator.booking import itinerary, plans, quote, shipments, step
from koridor.operator.common.desk import Tx
from koridor.operator.common.pages import page
from koridor.operator.common.refused import unknown_id
from koridor.operator.db.statement import Fixed
from koridor.operator.db.tables import booking as table
from koridor.operator.db.tables import hold, member
from koridor.operator.db.tables import shipment as shipment_table
from koridor.operator.people import access

_SEEN = Fixed(  # with the hold that is still to expire, and the shipment that there may be
    sa.select(member.c.part, table.c.created_ms, hold.c.expires_ms, shipment_table.c.shipment_id)
    .join(table, table.c.booking_id == member.c.object_id)
    .outerjoin(hold, sa.and_(hold.c.hold_id == table.c.hold_id, hold.c.state == "pending"))
    .outerjoin(shipment_table, shipment_table.c.booking_id == table.c.booking_id)
    .where(member.c.kind == "booking", member.c.object_id == sa.bindparam("booking_id"))
    .where(member.c.party_id == sa.bindparam("party_id"))
)


def booking(tx: Tx, booking_id: str) -> dict[str, Any]:
    """A booking as the actor's part of it sees it. Raises Refused `not_found`."""
    row = tx.run(_SEEN, booking_id=booking_id, party_id=tx.actor.party_id).first()
    if row is None:
        raise unknown_id()
    state = step.state_of(tx, booking_id)
    made = quote.of(tx, state.quote_id)
    railways = itinerary.railways(made.offer.legs)
    missing = plans.missing(tx, booking_id, railways, itinerary.leaves_ms(tx, made.offer.legs))
    shown = {
        "booking_id": booking_id,
        "status": state.status,
        "amendment": state.amendment,
        "cancellation": state.cancellation,
        "created_ms": row.created_ms,
        "held_until_ms": row.expires_ms,
        "shipment_id": row.shipment_id,
        "plans_missing": missing,
    }
    if access.may(tx.actor, "quote.read"):
        shown["quote"] = quote.view(tx, made, row.part)
    return shown


def bookings(tx: Tx, status: str | None, after: str) -> dict[str, Any]:
    """A page of the actor's bookings, the latest first, and where the next begins. Raises Refused `invalid`."""
    mine = sa.select(table).where(table.c.booking_id.in_(access.mine("booking", tx.actor.party_id)))
    if status is not None:
        mine = mine.where(table.c.status == status)
    rows, following = page(tx, mine, table.c.created_ms, table.c.booking_id, after, latest=True)
    names = ("booking_id", "status", "quote_id", "seller_id", "customer_id", "created_ms")
    return {"bookings": [{name: row._mapping[name] for name in names} for row in rows], "next": following}


def shipment(tx: Tx, shipment_id: str) -> dict[str, Any]:
    """Where a shipment is. Raises Refused `not_found`."""
    return {"shipment_id": shipment_id, **asdict(shipments.state_of(tx, shipment_id))}
