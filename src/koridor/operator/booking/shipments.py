"""Shipments: what a confirmed booking becomes, and what is told of it on the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from koridor.operator.booking import aboard, quote, tracking
from koridor.operator.booking.quote import Quote
from koridor.operator.booking.tracking import Tracked
from koridor.operator.common import events
from koridor.operator.common.desk import Tx
from koridor.operator.common.events import Event
from koridor.operator.db.tables import booking, shipment
from koridor.operator.db.wall import EVERYBODY
from koridor.operator.outbox.announce import announce
from koridor.operator.people import access

TOLD_ON = ("classifier", "place_id", "written_ms", "retracts")  # of a body that others told, what has a type
VEHICLES_MAX = 200  # of one shipment, so that a reading stays short
_LOCKED = sa.select(shipment.c.shipment_id).where(shipment.c.shipment_id == sa.bindparam("shipment_id"))
_QUOTE = (
    sa.select(booking.c.quote_id)
    .join(shipment, shipment.c.booking_id == booking.c.booking_id)
    .where(shipment.c.shipment_id == sa.bindparam("shipment_id"))
)


def stream(shipment_id: str) -> str:
    """Name of a shipment's stream of events."""
    return f"shipment/{shipment_id}"


def vehicle_stream(party_id: str, number: str) -> str:
    """Name of the stream of a vehicle's events as one party tells them.

    By party, so that what a stranger tells of a train does not reach the boxes of others on it.
    """
    return f"vehicle/{party_id}/{number}"


def lock(tx: Tx, shipment_id: str) -> None:
    """Keeps others from a shipment's stream until this transaction ends."""
    tx.run(_LOCKED.with_for_update(), shipment_id=shipment_id)


def tell(tx: Tx, shipment_id: str, kind: str, body: Mapping[str, Any], *, event_id: str, happened_ms: int) -> bool:
    """Whether an event of a shipment is new. Raises Refused `not_found`; `conflict` for an id with other content."""
    access.part(tx, "shipment", shipment_id)
    return put(tx, shipment_id, kind, body, event_id=event_id, happened_ms=happened_ms)


def put(tx: Tx, shipment_id: str, kind: str, body: Mapping[str, Any], *, event_id: str, happened_ms: int) -> bool:
    """Whether an event is new in a shipment's stream; the caller has asked whether it may be told."""
    lock(tx, shipment_id)
    new = events.append(tx, stream(shipment_id), kind, body, event_id=event_id, happened_ms=happened_ms)
    if new:
        tx.note("tell", f"shipment/{shipment_id}", event=(None, event_id), kind=(None, kind))
        event = {"shipment_id": shipment_id, "event_id": event_id, "kind": kind, "happened_ms": happened_ms}
        typed = {name: body[name] for name in TOLD_ON if body.get(name) is not None}
        announce(tx, "shipment", shipment_id, "tell", {**event, **typed})
    return new


def quote_of(tx: Tx, shipment_id: str) -> Quote:
    """The quote in force under which a shipment goes; callers have asked `access` before."""
    with tx.seeing(EVERYBODY):  # carriers too: they hear of the way, and never of the price
        return quote.of(tx, tx.run(_QUOTE, shipment_id=shipment_id).scalar_one())


def events_of(tx: Tx, shipment_id: str) -> list[Event]:
    """All that was told of a shipment: its own events, and those of what it rides on, as its parties tell them."""
    return events_of_many(tx, [shipment_id])[shipment_id]


def events_of_many(tx: Tx, shipment_ids: Sequence[str]) -> dict[str, list[Event]]:
    """The same of many shipments in a few statements."""
    streams = events.streams_of(tx, map(stream, shipment_ids))
    own = {one: streams.get(stream(one), []) for one in shipment_ids}
    riding = [one for one in shipment_ids if aboard.wanted(own[one])]
    parts = access.parts_of_many(tx, "shipment", riding)
    with tx.seeing(EVERYBODY):  # a vehicle is told of by any of the shipment's parties
        carried = _vehicles(tx, {one: (parts[one], aboard.wanted(own[one])) for one in riding})
    return {one: own[one] + aboard.reached(own[one], carried.get(one, {})) for one in shipment_ids}


def _vehicles(tx: Tx, asked: Mapping[str, tuple[Iterable[str], frozenset[str]]]) -> dict[str, dict[str, list[Event]]]:
    """By shipment, the events of vehicles by number, as its own parties tell them: its own vehicles and theirs."""
    found: dict[str, dict[str, list[Event]]] = {one: {} for one in asked}
    names = {one: vehicles for one, (_, vehicles) in asked.items()}
    for _ in range(aboard.DEPTH):
        wanted = {
            (one, name): [vehicle_stream(party, name) for party in asked[one][0]]
            for one in asked
            for name in sorted(names[one] - set(found[one]))[:VEHICLES_MAX]
        }
        told = events.streams_of(tx, {stream for several in wanted.values() for stream in several})
        names = dict.fromkeys(asked, frozenset())
        for (one, name), several in wanted.items():
            found[one][name] = [event for stream in several for event in told.get(stream, ())]
            names[one] |= aboard.wanted(found[one][name])
    return found


def state_of(tx: Tx, shipment_id: str) -> Tracked:
    """Where a shipment is, by all that was told of it. Raises Refused `not_found`."""
    access.part(tx, "shipment", shipment_id)
    destination = quote_of(tx, shipment_id).offer.legs[-1].to_place
    return tracking.fold(events_of(tx, shipment_id), destination)
