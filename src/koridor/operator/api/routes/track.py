"""Messages of partners, what waits to be matched, and what shipments are made of."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Response

from koridor.operator.api.bodies import track as bodies
from koridor.operator.api.bodies.words import YEAR_2100_MS, Text
from koridor.operator.api.call import Id, Reads, Routes, Writes
from koridor.operator.common.desk import Tx
from koridor.operator.common.pages import FIRST_PAGE
from koridor.operator.track import arrival, inbox, observe, outgoing, receive, units

routes = Routes()


@routes.on("POST", "/v1/messages", "event.tell", answer=bodies.MessageAnswer)
async def receive_message(call: Writes, body: bodies.NewMessage) -> Response:
    """A message of a partner: DCSA, EPCIS, IFTSTA, CODECO or COARRI; told again it does nothing."""

    def work(tx: Tx) -> dict[str, Any]:
        sent = receive.Sent(body.to_id, body.text, body.format or "", body.offset_min)
        return receive.receive(tx, sent, YEAR_2100_MS)

    return await call.once(body, work)


@routes.on("GET", "/v1/inbox", "inbox.read", answer=bodies.InboxAnswer)
def read_inbox(call: Reads, after: Annotated[Text, Query()] = FIRST_PAGE) -> Response:
    """Events addressed to the caller's party that reached no shipment, the oldest first."""
    return call.read(lambda tx: inbox.listed(tx, after))


@routes.on("POST", "/v1/inbox/{event_id}/decisions", "inbox.decide", answer=bodies.InboxDecided)
async def decide_inbox(call: Writes, event_id: Id, body: bodies.InboxDecision) -> Response:
    """Matches an event that waits to a shipment, or puts it aside."""

    def work(tx: Tx) -> dict[str, Any]:
        if body.shipment_id is None:
            inbox.dismiss(tx, event_id)
        else:
            inbox.match(tx, event_id, body.shipment_id)
        return {"event_id": event_id, "shipment_id": body.shipment_id}

    return await call.once(body, work)


@routes.on("POST", "/v1/shipments/{shipment_id}/equipment", "shipment.equip", answer=bodies.UnitsAnswer)
async def change_units(call: Writes, shipment_id: Id, body: bodies.UnitChange) -> Response:
    """Containers, wagons and references of a shipment, by which messages find it."""

    def work(tx: Tx) -> dict[str, Any]:
        add = {"container": body.containers, "wagon": body.wagons, "reference": body.references}
        matched = units.change(tx, shipment_id, add, body.remove, body.tellers)
        return {**units.listed(tx, shipment_id), "matched": matched}

    return await call.once(body, work)


@routes.on("GET", "/v1/shipments/{shipment_id}/equipment", "shipment.read", answer=bodies.UnitsAnswer)
def read_units(call: Reads, shipment_id: Id) -> Response:
    """The numbers of a shipment."""
    return call.read(lambda tx: {**units.listed(tx, shipment_id), "matched": 0})


@routes.on("GET", "/v1/shipments/{shipment_id}/events", "shipment.read", answer=bodies.EventsAnswer)
def read_events(call: Reads, shipment_id: Id) -> Response:
    """All that was told of a shipment and of what it rides on."""
    return call.read(lambda tx: outgoing.events_of(tx, shipment_id))


@routes.on("GET", "/v1/shipments/{shipment_id}/messages/dcsa", "shipment.read", answer=bodies.DcsaAnswer)
def read_dcsa(call: Reads, shipment_id: Id) -> Response:
    """The events that hold, as DCSA Track & Trace writes them."""
    return call.read(lambda tx: outgoing.dcsa_of(tx, shipment_id))


@routes.on("GET", "/v1/shipments/{shipment_id}/messages/epcis", "shipment.read", answer=bodies.EpcisAnswer)
def read_epcis(call: Reads, shipment_id: Id) -> Response:
    """The events that hold and name a box or wagon, as EPCIS writes them."""
    return call.read(lambda tx: outgoing.epcis_of(tx, shipment_id))


@routes.on("GET", "/v1/shipments/{shipment_id}/eta", "shipment.read", answer=bodies.ArrivalAnswer)
def read_arrival(call: Reads, shipment_id: Id) -> Response:
    """When a shipment arrives, by what was planned, what was told and what earlier journeys took."""
    return call.read(lambda tx: arrival.of(tx, shipment_id))


@routes.on("GET", "/v1/observations", "observe.read", answer=bodies.ObservationsAnswer)
def read_observations(call: Reads) -> Response:
    """Times and flows observed on the shipments that the caller's party sells or shares, and patches for planners."""

    def work(tx: Tx) -> dict[str, Any]:
        found = observe.observe(tx, party_id=tx.actor.party_id)
        rows = {"times": found.times, "flows": found.flows, "incidents": found.incidents}
        return {**rows, "edits": found.edits}

    return call.read(work)
