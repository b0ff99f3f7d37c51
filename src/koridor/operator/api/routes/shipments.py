"""Shipments and what is told of them."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from koridor.operator.api.bodies.shipments import (
    EventAnswer,
    NewEvent,
    ShipmentAnswer,
)
from koridor.operator.api.call import Id, Reads, Routes, Writes
from koridor.operator.booking import shipments, views
from koridor.operator.common.desk import Tx

routes = Routes()


@routes.on("GET", "/v1/shipments/{shipment_id}", "shipment.read", ShipmentAnswer)
def read_shipment(call: Reads, shipment_id: Id) -> Response:
    """Where a shipment is."""
    return call.read(lambda tx: views.shipment(tx, shipment_id))


@routes.on("POST", "/v1/shipments/{shipment_id}/events", "event.tell", EventAnswer)
async def tell(call: Writes, shipment_id: Id, body: NewEvent) -> Response:
    """An event; told again under its id it does nothing."""

    def work(tx: Tx) -> dict[str, Any]:
        named = body.model_dump(exclude={"event_id", "kind", "happened_ms", "body"}, exclude_none=True)
        content = {**body.body, **named}
        new = shipments.tell(tx, shipment_id, body.kind, content, event_id=body.event_id, happened_ms=body.happened_ms)
        return {"new": new, **views.shipment(tx, shipment_id)}

    return await call.once(body, work)
