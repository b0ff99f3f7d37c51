"""Incidents, who is affected, what else there is, rebooking, and departures as they run."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request, Response

from koridor.operator.api.bodies.disruption import (
    AffectedAnswer,
    AlternativesAnswer,
    DepartureAnswer,
    IncidentAnswer,
    IncidentsAnswer,
    LoadedAnswer,
    NewIncident,
    NewLoad,
    NewRebooking,
    NewRebookings,
    NewState,
    NewTimes,
    Note,
    OutcomesAnswer,
    RebookedAnswer,
    ToldIncident,
)
from koridor.operator.api.bodies.words import Text
from koridor.operator.api.call import Call, Id, Prepares, Reads, Routes, Writes
from koridor.operator.api.routes.selling import leg_of, line_of
from koridor.operator.booking import load
from koridor.operator.booking.tend import tend
from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.operator.disruption import affected, alternatives, bulk, incidents, others, rebook
from koridor.operator.disruption.affected import FOREVER_MS
from koridor.operator.disruption.alternatives import Alternative
from koridor.operator.disruption.incidents import Incident, Told
from koridor.operator.disruption.rebook import Way
from koridor.operator.network import publish, running
from koridor.operator.network.resource import parts_of
from koridor.operator.people import access
from koridor.operator.quoting.networks import Networks
from koridor.text import t

routes = Routes()
TURNS = {running.OPEN: running.reopen, running.CLOSED: running.close, running.CANCELLED: running.cancel}


@routes.on("POST", "/v1/incidents", "incident.tell", answer=IncidentAnswer)
def tell(call: Prepares, request: Request, body: ToldIncident) -> Response:
    """An incident: a patch with a validity."""

    def work(tx: Tx, read: Told) -> dict[str, Any]:
        return shown(incidents.of(tx, incidents.tell(tx, read, shared=body.shared)))

    return call.once_ready(body, lambda: _read(call, request.app.state.networks, body), work)


@routes.on("GET", "/v1/incidents", "incident.read", answer=IncidentsAnswer)
def list_incidents(call: Reads) -> Response:
    """Incidents that hold now or will."""

    def work(tx: Tx) -> dict[str, Any]:
        return {"incidents": [shown(one) for one in incidents.during(tx, tx.now_ms, FOREVER_MS)]}

    return call.read(work)


@routes.on("GET", "/v1/incidents/{incident_id}", "incident.read", answer=IncidentAnswer)
def read_incident(call: Reads, incident_id: Id) -> Response:
    """An incident."""
    return call.read(lambda tx: shown(incidents.of(tx, incident_id)))


@routes.on("POST", "/v1/incidents/{incident_id}/amendments", "incident.tell", answer=IncidentAnswer)
def amend(call: Prepares, request: Request, incident_id: Id, body: NewIncident) -> Response:
    """Says anew what an incident is."""

    def ready() -> Told:
        call.desk.look(call.actor, lambda tx: access.part(tx, "incident", incident_id))
        return _read(call, request.app.state.networks, body)

    def work(tx: Tx, read: Told) -> dict[str, Any]:
        incidents.amend(tx, incident_id, read)
        return shown(incidents.of(tx, incident_id))

    return call.once_ready(body, ready, work)


@routes.on("POST", "/v1/incidents/{incident_id}/ends", "incident.tell", answer=IncidentAnswer)
async def end(call: Writes, incident_id: Id, body: Note) -> Response:
    """Ends an incident now."""

    def work(tx: Tx) -> dict[str, Any]:
        incidents.end(tx, incident_id, body.note)
        return shown(incidents.of(tx, incident_id))

    return await call.once(body, work)


@routes.on("GET", "/v1/incidents/{incident_id}/affected", "disruption.read", answer=AffectedAnswer)
def affected_by(call: Reads, incident_id: Id) -> Response:
    """Bookings of one's own that an incident affects."""
    return call.read(lambda tx: {"affected": [affected.shown(one) for one in affected.found(tx, incident_id)]})


@routes.on("GET", "/v1/affected", "disruption.read", answer=AffectedAnswer)
def all_affected(call: Reads) -> Response:
    """Bookings of one's own that meet something on their way: incidents, cancelled departures, missed connections."""
    return call.read(lambda tx: {"affected": [affected.shown(one) for one in affected.found(tx)]})


@routes.on("GET", "/v1/bookings/{booking_id}/alternatives", "disruption.read", answer=AlternativesAnswer)
def read_alternatives(
    call: Reads, request: Request, booking_id: Id, cargo: Annotated[Text | None, Query()] = None
) -> Response:
    """What an affected booking could do, by other ways too where its cargo is known, which takes a moment.

    `cargo`, such as 2x40HC, stands for the one that its quote names.
    """
    try:
        more, reasons = others.found(call.desk, call.actor, request.app.state.networks, booking_id, cargo)
    except Refused as refused:
        if cargo is not None:
            raise
        more, reasons = [], [refused.sentence]

    def work(tx: Tx) -> dict[str, Any]:
        each, options = alternatives.found(tx, booking_id)
        ranked = alternatives.ranked([*options, *more])
        told = [alternatives.shown(tx, each, option) for option in ranked] if each.whys else []
        return {**affected.shown(each), "alternatives": told, "reasons": reasons}

    return call.read(work)


@routes.on("POST", "/v1/bookings/{booking_id}/rebookings", "disruption.rebook", answer=RebookedAnswer)
def rebook_one(call: Prepares, request: Request, booking_id: Id, body: NewRebooking) -> Response:
    """Another way from where the shipment is, capacity and books with it; or the question to its railways."""

    def work(tx: Tx, more: list[Alternative]) -> dict[str, Any]:
        way = _way(tx, booking_id, body, more)
        if body.ask_plans:
            asked = rebook.ask_plans(tx, booking_id, way.legs)
            return {"booking_id": booking_id, "quote_id": None, "totals": None, "asked": asked}
        made = rebook.rebook(tx, booking_id, way, bears=body.bears, reason=body.reason)
        tend(tx)
        return {"booking_id": booking_id, "quote_id": made.quote_id, "totals": made.totals, "asked": []}

    return call.once_ready(body, lambda: _others(call, request.app.state.networks, booking_id, body), work)


@routes.on("POST", "/v1/rebookings", "disruption.rebook", answer=OutcomesAnswer)
async def rebook_many(call: Writes, body: NewRebookings) -> Response:
    """Many bookings to wait or onto later departures, in the order given; says who could not be helped."""

    def work(tx: Tx) -> dict[str, Any]:
        outcomes = bulk.rebook_all(tx, body.booking_ids, bears=body.bears, reason=body.reason)
        return {"outcomes": [bulk.shown(one) for one in outcomes]}

    return await call.once(body, work)


@routes.on("POST", "/v1/bookings/{booking_id}/loads", "disruption.rebook", answer=LoadedAnswer)
async def tell_load(call: Writes, booking_id: Id, body: NewLoad) -> Response:
    """What of a booking was loaded; the rest is given back, or rolled to a later departure as a booking of its own."""

    def work(tx: Tx) -> dict[str, Any]:
        parts = {name: parts_of(name, quantity) for name, quantity in body.quantities.items()}
        done = load.short(tx, booking_id, parts, rolled_to=body.rolled_to, reason=body.reason)
        tend(tx)
        ids = {"booking_id": booking_id, "rolled_booking_id": done.rolled_id}
        return {**ids, "quote_id": done.made.quote_id, "totals": done.made.totals}

    return await call.once(body, work)


@routes.on("POST", "/v1/departures/{departure_id}/states", "departure.run", answer=DepartureAnswer)
async def turn(call: Writes, departure_id: Id, body: NewState) -> Response:
    """Closes a departure to new cargo, opens it again, or cancels one on which nothing is sold."""

    def work(tx: Tx) -> dict[str, Any]:
        TURNS[body.state](tx, departure_id, body.note)
        return running.shown(tx, departure_id)

    return await call.once(body, work)


@routes.on("POST", "/v1/departures/{departure_id}/times", "departure.run", answer=DepartureAnswer)
async def move(call: Writes, departure_id: Id, body: NewTimes) -> Response:
    """Moves calls of a departure to other moments."""

    def work(tx: Tx) -> dict[str, Any]:
        running.move(tx, departure_id, {one.seq: one.at_ms for one in body.calls}, body.note)
        return running.shown(tx, departure_id)

    return await call.once(body, work)


def _read(call: Call, networks: Networks, body: NewIncident) -> Told:
    """What a body says, read against the network in force before anything is written: that takes its time."""
    network_id = call.desk.look(call.actor, publish.newest)
    return incidents.read(networks.dataset(call.desk, network_id), body.model_dump())


def _others(call: Call, networks: Networks, booking_id: str, body: NewRebooking) -> list[Alternative]:
    """Other ways, where one is asked for. A refusal here is none of the request's: it may be told again and be done.

    Raises Refused `unavailable`, which is no answer yet.
    """
    if body.alternative_id is None:
        return []
    try:
        _, near = call.desk.look(call.actor, lambda tx: alternatives.found(tx, booking_id))
        if any(option.alternative_id == body.alternative_id for option in near):
            return []
        return others.found(call.desk, call.actor, networks, booking_id, body.cargo)[0]
    except Refused as refused:
        if refused.code == "unavailable":
            raise
        return []


def _way(tx: Tx, booking_id: str, body: NewRebooking, more: list[Alternative]) -> Way:
    if body.alternative_id is None:
        return Way(tuple(map(leg_of, body.legs)), tuple(map(line_of, body.lines)))
    _, options = alternatives.found(tx, booking_id)
    way = next((option.way for option in (*options, *more) if option.alternative_id == body.alternative_id), None)
    if way is None:
        raise Refused("not_offered", t("This alternative is not offered any more; look at them again."))
    return way


def shown(one: Incident) -> dict[str, Any]:
    """An incident as it goes out."""
    names = ("table", "key", "field", "op", "value")
    head = ("incident_id", "title", "kind", "source", "state", "from_ms", "to_ms", "network_id")
    return {
        **{name: getattr(one, name) for name in head},
        "edits": [{name: str(getattr(edit, name)) for name in names} for edit in one.patch.edits],
        "links": list(one.effects.links),
        "services": list(one.effects.services),
        "slower_ms": dict(one.effects.slower),
    }
