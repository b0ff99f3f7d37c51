"""Bookings whose way ahead meets something: what is shut or slowed while they pass, what is cancelled, what is missed.

Found anew at every look from what is known now: events, calls of departures, incidents. Only what is ahead counts: by
events where there are any, else by the plan. What is behind its plan may pass at any moment until now, and a leg
without a departure at any moment of its hours: it may be told of too often, not too seldom.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import sqlalchemy as sa

from koridor.operator.booking import changed, progress, quote
from koridor.operator.booking.itinerary import Leg
from koridor.operator.booking.progress import Call, Position
from koridor.operator.booking.quote import Quote
from koridor.operator.booking.states import OPEN, SOLD
from koridor.operator.common.desk import Tx
from koridor.operator.db.tables import booking, shipment
from koridor.operator.disruption import incidents, ways
from koridor.operator.disruption.incidents import Incident
from koridor.operator.disruption.ways import Network, Pass
from koridor.operator.network.running import CANCELLED
from koridor.operator.people import access

LINK, SERVICE, DEPARTURE, MISSED, SLOWER = (
    "link_shut", "service_suspended", "departure_cancelled", "connection_missed", "slower",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Why:
    """What a booking meets.

    Attributes
    ----------
    kind : str
        `link_shut`, `service_suspended`, `departure_cancelled`, `connection_missed` or `slower`.
    leg : int
        Of its itinerary, from 0.
    what : str
        The link, service or departure.
    from_ms, to_ms : int or None
        When it would pass or leave there.
    waits_ms : int or None
        How long it would stand if it waited; None where nobody knows.
    incident_id : str
        The incident; "" where a departure itself is the cause.
    """

    kind: str
    leg: int
    what: str
    from_ms: int | None
    to_ms: int | None
    waits_ms: int | None
    incident_id: str = ""


@dataclass(frozen=True, slots=True)
class Carried:
    """A booking with where it is. `calls` are those of its legs, `shipment_id` is "" before it is confirmed."""

    booking_id: str
    status: str
    shipment_id: str
    made: Quote
    calls: tuple[tuple[Call, ...], ...]
    here: Position

    @property
    def legs(self) -> tuple[Leg, ...]:
        """Legs of the quote in force."""
        return self.made.offer.legs


@dataclass(frozen=True, slots=True)
class Affected:
    """A booking and all that it meets, in the order of its way."""

    carried: Carried
    whys: tuple[Why, ...]


@dataclass(slots=True)
class Outlook:
    """What bookings are held against: the incidents, and the networks that were read for them."""

    incidents: Sequence[Incident]
    networks: dict[str, Network] = field(default_factory=dict)

    def network(self, tx: Tx, network_id: str) -> Network:
        """The network of an id, read once."""
        if network_id not in self.networks:
            self.networks[network_id] = Network.of(tx, network_id)
        return self.networks[network_id]


def found(tx: Tx, incident_id: str | None = None) -> list[Affected]:
    """Bookings of the actor's party that are affected, by name; by one incident alone, if asked.

    Raises Refused `not_found` for an incident that the party may not see.
    """
    ahead = incidents.during(tx, tx.now_ms, FOREVER_MS)
    if incident_id is not None:
        known = incidents.of(tx, incident_id).incident_id
        ahead = [each for each in ahead if each.incident_id == known]
    outlook = Outlook(ahead)
    mine = access.mine("booking", tx.actor.party_id)
    asked = sa.select(booking.c.booking_id).where(booking.c.booking_id.in_(mine), booking.c.status.in_((*OPEN, *SOLD)))
    listed = [
        one(tx, outlook, booking_id) for booking_id in tx.run(asked.order_by(booking.c.booking_id)).scalars().all()
    ]
    if incident_id is None:
        return [each for each in listed if each.whys]
    kept = [(each, tuple(why for why in each.whys if why.incident_id == incident_id)) for each in listed]
    return [Affected(each.carried, whys) for each, whys in kept if whys]


FOREVER_MS = 2**62


def one(tx: Tx, outlook: Outlook, booking_id: str) -> Affected:
    """What one booking meets; nothing, where its way is free. The caller has asked `access`."""
    carried = carried_of(tx, booking_id)
    return Affected(carried, tuple(_met(tx, outlook, carried)))


def carried_of(tx: Tx, booking_id: str) -> Carried:
    """A booking with where it is by its events."""
    row = tx.run(sa.select(booking).filter_by(booking_id=booking_id)).one()
    shipment_id = tx.run(sa.select(shipment.c.shipment_id).filter_by(booking_id=booking_id)).scalar() or ""
    made = quote.of(tx, row.quote_id)
    calls = progress.calls_of(tx, made.offer.legs)
    here = progress.position(calls, changed.told_of(tx, booking_id))
    return Carried(booking_id, row.status, shipment_id, made, tuple(calls), here)


def _met(tx: Tx, outlook: Outlook, carried: Carried) -> Iterator[Why]:
    legs, here = carried.legs, carried.here
    heads = ways.heads(tx, (leg.departure_id for leg in legs if leg.departure_id))
    there_ms, late_ms, last_id, cause = max(tx.now_ms, here.since_ms or 0), 0, "", ""
    left = progress.rest(carried.calls, here)
    for at, (number, calls) in enumerate(left):
        leg, head = legs[number], heads.get(legs[number].departure_id)
        begun = at == 0 and here.since_ms is not None
        if head is not None and calls[0].at_ms is not None:
            leaves_ms, arrives_ms = calls[0].at_ms, int(calls[-1].at_ms or 0)
            told = at > 0 or (begun and not here.riding)
            if told and leaves_ms < there_ms + late_ms and last_id != leg.departure_id:
                yield Why(MISSED, number, leg.departure_id, leaves_ms, there_ms + late_ms, None, cause)
            if head.status == CANCELLED:
                yield Why(DEPARTURE, number, leg.departure_id, leaves_ms, arrives_ms, None)
            network = outlook.network(tx, head.network_id)
            passed = ways.passes(network, head.service_id, head.direction, calls, tx.now_ms if begun else None)
            service_id, there_ms, last_id = head.service_id, arrives_ms, leg.departure_id
        else:
            by_ms = next((of[0].at_ms for _, of in left[at + 1 :] if of[0].at_ms is not None), None)
            network = outlook.network(tx, carried.made.network_id)
            passed = ways.passes_by_hours(network, leg, there_ms, by_ms)
            service_id = ""
            there_ms = max([there_ms, *(one.to_ms for one in passed)]) if by_ms is None else there_ms
        ahead = [each for each in passed if each.to_ms >= tx.now_ms]
        for why in disturbed(outlook, number, service_id, ahead, there_ms):
            if why.kind == SLOWER:
                late_ms, cause = late_ms + (why.waits_ms or 0), why.incident_id
            yield why


def disturbed(outlook: Outlook, number: int, service_id: str, passed: Sequence[Pass], arrives_ms: int) -> Iterator[Why]:
    """What a leg meets of the incidents, by the links that it passes and by its service."""
    for incident in outlook.incidents:
        shut, slower = set(incident.effects.links), incident.effects.slower
        for each in passed:
            if not _overlaps(incident, each.from_ms, each.to_ms):
                continue
            times = (each.from_ms, each.to_ms)
            if each.link_id in shut:
                waits_ms = None if incident.to_ms is None else max(0, incident.to_ms - each.from_ms)
                yield Why(LINK, number, each.link_id, *times, waits_ms, incident.incident_id)
            if each.link_id in slower:
                yield Why(SLOWER, number, each.link_id, *times, slower[each.link_id], incident.incident_id)
        yield from _by_service(incident, number, service_id, passed, arrives_ms)


def _by_service(
    incident: Incident, number: int, service_id: str, passed: Sequence[Pass], arrives_ms: int
) -> Iterator[Why]:
    begins_ms = passed[0].from_ms if passed else arrives_ms
    if not service_id or not _overlaps(incident, begins_ms, arrives_ms):
        return
    if service_id in incident.effects.services:
        waits_ms = None if incident.to_ms is None else max(0, incident.to_ms - begins_ms)
        yield Why(SERVICE, number, service_id, begins_ms, arrives_ms, waits_ms, incident.incident_id)
    if service_id in incident.effects.slower:
        more_ms = incident.effects.slower[service_id]
        yield Why(SLOWER, number, service_id, begins_ms, arrives_ms, more_ms, incident.incident_id)


def _overlaps(incident: Incident, from_ms: int, to_ms: int) -> bool:
    return from_ms < (incident.to_ms if incident.to_ms is not None else FOREVER_MS) and incident.from_ms <= to_ms


def shown(each: Affected) -> Mapping[str, Any]:
    """An affected booking as it goes out."""
    carried, here = each.carried, each.carried.here
    reached = carried.calls[here.leg][here.call]
    return {
        "booking_id": carried.booking_id,
        "status": carried.status,
        "shipment_id": carried.shipment_id or None,
        "place_id": reached.place_id,
        "riding": here.riding,
        "why": [{**asdict(why), "leg": why.leg + 1} for why in each.whys],  # people count from 1
    }
