"""Shipments: what a confirmed booking becomes, and what is told of it on the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from koridor.operator.booking import quote, tracking
from koridor.operator.booking.tracking import Tracked
from koridor.operator.common import events
from koridor.operator.common.desk import Tx
from koridor.operator.db.tables import booking, shipment
from koridor.operator.outbox.announce import announce
from koridor.operator.people import access

TOLD_ON = ("classifier", "place_id", "written_ms", "retracts")  # of a body that others told, what has a type


def stream(shipment_id: str) -> str:
    """Name of a shipment's stream of events."""
    return f"shipment/{shipment_id}"


def tell(tx: Tx, shipment_id: str, kind: str, body: Mapping[str, Any], *, event_id: str, happened_ms: int) -> bool:
    """Whether an event of a shipment is new. Raises Refused `not_found`; `conflict` for an id with other content."""
    access.part(tx, "shipment", shipment_id)
    tx.run(sa.select(shipment.c.shipment_id).filter_by(shipment_id=shipment_id).with_for_update())
    new = events.append(tx, stream(shipment_id), kind, body, event_id=event_id, happened_ms=happened_ms)
    if new:
        tx.note("tell", f"shipment/{shipment_id}", event=(None, event_id), kind=(None, kind))
        event = {"shipment_id": shipment_id, "event_id": event_id, "kind": kind, "happened_ms": happened_ms}
        typed = {name: body[name] for name in TOLD_ON if body.get(name) is not None}
        announce(tx, "shipment", shipment_id, "tell", {**event, **typed})
    return new


def state_of(tx: Tx, shipment_id: str) -> Tracked:
    """Where a shipment is, by all that was told of it. Raises Refused `not_found`."""
    access.part(tx, "shipment", shipment_id)
    found = sa.select(booking.c.quote_id).join(shipment, shipment.c.booking_id == booking.c.booking_id)
    quote_id = tx.run(found.where(shipment.c.shipment_id == shipment_id)).scalar_one()
    destination = quote.of(tx, quote_id).offer.legs[-1].to_place
    return tracking.fold(events.stream_of(tx, stream(shipment_id)), destination)
