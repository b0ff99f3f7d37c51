"""What was told of a shipment, written for partners: DCSA Track & Trace and EPCIS 2.0."""

from __future__ import annotations

from typing import Any

from koridor.operator.booking import shipments
from koridor.operator.booking.tracking import standing
from koridor.operator.common.desk import Tx
from koridor.operator.common.events import Event
from koridor.operator.messages import Told, dcsa, epcis
from koridor.operator.people import access

BASE = "urn:koridor"  # before numbers in EPCIS; a partner's own identifiers stay in their messages


def dcsa_of(tx: Tx, shipment_id: str) -> dict[str, Any]:
    """The events that hold, in the flat shape of DCSA 2.x. Raises Refused `not_found`."""
    return {"events": [dcsa.write(one) for one in _told(tx, shipment_id)]}


def epcis_of(tx: Tx, shipment_id: str) -> dict[str, Any]:
    """The events that hold and name a box or wagon, as EPCIS. Raises Refused `not_found`."""
    return {"eventList": [epcis.write(one, BASE) for one in _told(tx, shipment_id) if one.equipment]}


def events_of(tx: Tx, shipment_id: str) -> dict[str, Any]:
    """All that was told, as it was kept, retracted or not. Raises Refused `not_found`."""
    access.part(tx, "shipment", shipment_id)
    told = sorted(shipments.events_of(tx, shipment_id), key=lambda one: (one.happened_ms, one.event_id))
    return {"events": [{**_head(one), "body": dict(one.body)} for one in told]}


def _told(tx: Tx, shipment_id: str) -> list[Told]:
    access.part(tx, "shipment", shipment_id)
    told = standing(shipments.events_of(tx, shipment_id))
    return [Told.of(one.event_id, one.kind, one.happened_ms, one.body) for one in told]


def _head(one: Event) -> dict[str, Any]:
    when = {"happened_ms": one.happened_ms, "recorded_ms": one.recorded_ms}
    return {"event_id": one.event_id, "kind": one.kind, **when}
