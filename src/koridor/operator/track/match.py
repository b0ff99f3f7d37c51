"""Which streams an event of a partner belongs to, and putting it there; once, however often it is told.

Only a shipment that the sender is a part of is reached by itself: what names another's box is kept as what names none.
A retraction goes where the event went that it takes back, whichever of the two came first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from koridor.operator.booking import aboard, shipments
from koridor.operator.booking.states import SOLD
from koridor.operator.common import events
from koridor.operator.common.desk import Tx
from koridor.operator.common.events import Event
from koridor.operator.db.statement import select_by
from koridor.operator.db.tables import booking, member, party, shipment, told, told_stream
from koridor.operator.db.tables import shipment_unit as unit
from koridor.operator.identifiers import check
from koridor.operator.messages.told import RETRACT
from koridor.operator.people import access

MATCHED, VEHICLE, UNMATCHED = "matched", "vehicle", "unmatched"
P = sa.bindparam
_SHIPMENT = "shipment/"
_WHERE = select_by(told_stream, "event_id")
_RETRACTIONS = select_by(told, "party_id", "retracts")
_STATE = told.update().where(told.c.event_id == P("b_event")).values(state=P("b_state"))
_BOOKING = sa.select(shipment.c.booking_id).where(shipment.c.shipment_id == P("shipment_id"))


@dataclass(frozen=True, slots=True)
class Heard:
    """An event as the desk keeps it: `event_id` is the desk's own, `unit` the box or wagon, `retracts` an event_id."""

    event_id: str
    party_id: str
    kind: str
    happened_ms: int
    unit: str
    retracts: str
    body: Mapping[str, Any]

    @property
    def references(self) -> frozenset[str]:
        """Numbers of bookings, notes and the like that it names."""
        return frozenset(aboard.bare(str(value)) for _, value in self.body.get("references", ()) if value)


def heard_of(row: Any) -> Heard:
    """The event of a row of the table `told`."""
    return Heard(row.event_id, row.party_id, row.kind, row.happened_ms, row.unit, row.retracts, json.loads(row.body))


def lock_tellers(tx: Tx, parties: Iterable[str]) -> None:
    """Keeps messages of parties waiting until this transaction ends: so a box and what is told of it cannot miss each
    other, and the same event is never taken twice.
    """
    row = sa.select(party.c.party_id).where(party.c.party_id.in_(sorted(parties))).order_by(party.c.party_id)
    tx.run(row.with_for_update(key_share=True))


def place(tx: Tx, heard: Heard) -> str:
    """State of an event after it was put where it belongs, with what takes it back."""
    if heard.kind == RETRACT:
        streams = [row.stream for row in tx.run(_WHERE, event_id=heard.retracts)]
        state = MATCHED if streams else UNMATCHED
    else:
        found, names = _shipments(tx, heard), _vehicles(heard)
        mine = (shipments.vehicle_stream(heard.party_id, name) for name in names)
        streams = [*map(shipments.stream, found), *mine]
        plain = not heard.unit or check("wagon", heard.unit).valid or check("uic_wagon", heard.unit).valid
        state = MATCHED if found else VEHICLE if names and plain else UNMATCHED
    put(tx, heard, streams, state)
    return state


def put(tx: Tx, heard: Heard, streams: Iterable[str], state: str) -> None:
    """Appends an event to streams, what takes it back too, and notes its state."""
    listed = sorted(set(streams))
    _append(tx, heard, listed)
    tx.run(_STATE, b_event=heard.event_id, b_state=state)
    if listed and heard.kind != RETRACT:
        for row in tx.run(_RETRACTIONS, party_id=heard.party_id, retracts=heard.event_id).all():
            put(tx, heard_of(row), listed, MATCHED)


def _append(tx: Tx, heard: Heard, streams: Iterable[str]) -> None:
    there = {row.stream for row in tx.run(_WHERE, event_id=heard.event_id)}
    for stream in streams:
        if stream in there:
            continue
        if stream.startswith(_SHIPMENT):
            shipment_id = stream.removeprefix(_SHIPMENT)
            when = heard.happened_ms
            shipments.put(tx, shipment_id, heard.kind, heard.body, event_id=heard.event_id, happened_ms=when)
        else:
            events.append(tx, stream, heard.kind, heard.body, event_id=heard.event_id, happened_ms=heard.happened_ms)
        tx.add(told_stream, {"event_id": heard.event_id, "stream": stream})


def rematch(tx: Tx, shipment_id: str) -> int:
    """How many events that waited were matched to a shipment that has appeared, or has got boxes or parties.

    Without `lock_tellers` before it, what is told at this very moment may go on waiting.
    """
    parties = access.parts_of(tx, "shipment", shipment_id)
    names = {aboard.bare(shipment_id), aboard.bare(tx.run(_BOOKING, shipment_id=shipment_id).scalar_one())}
    names |= set(tx.run(sa.select(unit.c.number).filter_by(shipment_id=shipment_id)).scalars())
    waiting = sa.select(told).where(told.c.state == UNMATCHED, told.c.party_id.in_(sorted(parties)))
    matched = 0
    for row in tx.run(waiting.order_by(told.c.event_id)).all():
        heard = heard_of(row)
        if heard.unit in names or heard.references & names:
            matched += place(tx, heard) == MATCHED
    return matched


def _shipments(tx: Tx, heard: Heard) -> list[str]:
    """Shipments of the sender that an event is about: by what it refers to, else by its box or wagon.

    A box goes on many journeys: without a reference, only those count that are not over.
    """
    mine = access.mine("shipment", heard.party_id)
    with_unit = sa.select(unit.c.shipment_id).where(unit.c.kind != "reference", unit.c.number == heard.unit)
    base = sa.select(shipment.c.shipment_id).join(booking, booking.c.booking_id == shipment.c.booking_id)
    base = base.where(shipment.c.shipment_id.in_(mine)).order_by(shipment.c.shipment_id)
    named = sorted(heard.references)
    if named:
        referred = sa.select(unit.c.shipment_id).where(unit.c.kind == "reference", unit.c.number.in_(named))
        own = sa.or_(
            sa.func.upper(shipment.c.shipment_id).in_(named), sa.func.upper(booking.c.booking_id).in_(named),
            shipment.c.shipment_id.in_(referred),
        )  # fmt: skip
        found = list(tx.run(base.where(own)).scalars())
        exact = set(tx.run(with_unit.where(unit.c.shipment_id.in_(found))).scalars())
        if found:
            return [one for one in found if one in exact] or found
    if not heard.unit:
        return []
    open_ = base.where(booking.c.status.in_(SOLD), shipment.c.shipment_id.in_(with_unit))
    return list(tx.run(open_).scalars())


def _vehicles(heard: Heard) -> tuple[str, ...]:
    """Vehicles that an event is about: what is no box, or what carries where neither box nor consignment is named."""
    if heard.unit:
        return () if check("container", heard.unit).valid else (heard.unit,)
    if heard.references:
        return ()
    return aboard.vehicles(Event(heard.event_id, heard.kind, heard.happened_ms, heard.happened_ms, heard.body))


def seen_by(tx: Tx, party_id: str, numbers: Iterable[str]) -> dict[str, list[str]]:
    """By number of a box, wagon or paper, the shipments of a party that carry it."""
    mine = sa.and_(member.c.kind == "shipment", member.c.party_id == party_id, member.c.object_id == unit.c.shipment_id)
    rows = sa.select(unit.c.number, unit.c.shipment_id).join(member, mine)
    found: dict[str, list[str]] = {}
    for row in tx.run(rows.where(unit.c.number.in_(sorted(set(numbers)))).order_by(unit.c.shipment_id)):
        found.setdefault(row.number, []).append(row.shipment_id)
    return found
