"""What there is to be alerted to at a moment: deadlines that are near, and arrivals that will miss their promise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import chain
from pathlib import Path

import sqlalchemy as sa

from koridor.operator.booking import itinerary, plans, quote, shipments, terms
from koridor.operator.booking.states import HOLDING, SOLD
from koridor.operator.common.desk import Tx
from koridor.operator.common.gently import gently
from koridor.operator.common.policy import HOUR_MS
from koridor.operator.db.statement import in_parts
from koridor.operator.db.tables import booking, consignment, hold, shipment
from koridor.operator.documents import segments
from koridor.operator.equipment import clocks
from koridor.operator.identifiers.tables import by_key
from koridor.operator.track import arrival, course, papers, way

TABLES = Path(__file__).parent / "tables"
CUTOFF, HOLD, PLAN, CUSTOMS, FREE, LATE = KINDS = ("cutoff", "hold", "plan", "customs", "free_time", "late")
REQUESTED = "requested"


@dataclass(frozen=True, slots=True, order=True)
class Cause:
    """A reason for one alert: its kind, the object, what of it (a railway, a regime, a unit's clock), the deadline."""

    kind: str
    object_kind: str
    object_id: str
    what: str
    due_ms: int


def lead_ms(kind: str) -> int:
    """How long before its deadline an alert of a kind is raised, by the table."""
    return int(by_key("alert", "kind", TABLES)[kind]["lead_h"]) * HOUR_MS


def parts() -> Mapping[str, frozenset[str]]:
    """Which parts of an object get alerts of a kind."""
    return {kind: frozenset(row["parts"].split()) for kind, row in by_key("alert", "kind", TABLES).items()}


def causes(tx: Tx) -> set[Cause]:
    """All there is now, whoever asks. A deadline that has passed stays one while what it is for is still to be done."""
    return {*_near(tx, chain(_of_holds(tx), _of_plans(tx), _of_clocks(tx))), *_of_shipments(tx)}


def _near(tx: Tx, found: Iterable[Cause]) -> Iterable[Cause]:
    leads_ms = {kind: lead_ms(kind) for kind in KINDS}
    return (one for one in found if one.due_ms - leads_ms[one.kind] <= tx.now_ms)


def _of_holds(tx: Tx) -> Iterable[Cause]:
    """Holds that expire, and cut-offs before which their bookings must be confirmed."""
    held = sa.select(booking.c.booking_id, booking.c.quote_id, hold.c.expires_ms)
    held = held.join(hold, hold.c.hold_id == booking.c.hold_id)
    rows = tx.run(held.where(booking.c.status.in_(HOLDING), hold.c.state == "pending")).all()
    for some in in_parts(rows):
        quote.read(tx, (row.quote_id for row in some))
        for row in gently(some):
            yield Cause(HOLD, "booking", row.booking_id, "", row.expires_ms)
            made = quote.of(tx, row.quote_id)
            leaves_ms = itinerary.leaves_ms(tx, made.offer.legs)
            if leaves_ms is not None:
                cutoff_ms = leaves_ms - terms.of(tx, made.tariff_id).cutoff_h * HOUR_MS
                yield Cause(CUTOFF, "booking", row.booking_id, "", cutoff_ms)


def _of_plans(tx: Tx) -> Iterable[Cause]:
    """Railways that were asked and have not answered."""
    asked = sa.select(booking.c.booking_id).where(booking.c.status == "AWAITING_RAILWAY_PLAN")
    for booking_id in gently(tx.run(asked).scalars().all()):
        for railway, (status, content) in plans.last(tx, booking_id).items():
            if status == REQUESTED:
                yield Cause(PLAN, "booking", booking_id, railway, int(content["deadline_ms"]))


def _of_clocks(tx: Tx) -> Iterable[Cause]:
    """Free time of units whose clocks run, by the contracts in force."""
    for one in clocks.running(tx, tx.now_ms):
        yield Cause(FREE, "pool", one.pool_id, f"{one.number} {one.kind} {one.side} {one.party_id}", one.ends_ms)


def _of_shipments(tx: Tx) -> Iterable[Cause]:
    """What concerns shipments that are not there yet."""
    live = sa.select(shipment.c.shipment_id).join(booking, booking.c.booking_id == shipment.c.booking_id)
    ids = list(tx.run(live.where(booking.c.status.in_(SOLD)).order_by(shipment.c.shipment_id)).scalars())
    for some in in_parts(ids):
        told = shipments.events_of_many(tx, some)
        ways = way.hops_of(tx, way.offers_of(tx, some), later=True)
        so_far = {one: course.progress(ways[one], told[one]) for one in some}
        going = [one for one in some if so_far[one].arrived_ms is None]
        yield from _near(tx, _of_customs(tx, going))
        for one in gently(going):
            made = shipments.quote_of(tx, one)
            found = arrival.forecast(one, made, ways[one], so_far[one], {}, tx.now_ms)
            if found.promised_ms is not None and found.eta.p50_ms > found.promised_ms:
                yield Cause(LATE, "shipment", one, "", found.promised_ms)


def _of_customs(tx: Tx, shipment_ids: Sequence[str]) -> Iterable[Cause]:
    """Terms of customs regimes, by the data that were issued; a term ends with its day."""
    issued = sa.select(consignment.c.shipment_id).where(consignment.c.shipment_id.in_(shipment_ids)).distinct()
    for shipment_id in sorted(tx.run(issued).scalars()):
        made = papers.issued(tx, shipment_id)
        day = made.legs[0].start or datetime.fromtimestamp(tx.now_ms / 1000, UTC).date()
        for one in segments(made, day):
            if one.limit is not None:
                ends = datetime.combine(one.limit + timedelta(days=1), time(), UTC)
                where = f"{one.regime} {'-'.join(one.countries)}"
                yield Cause(CUSTOMS, "shipment", shipment_id, where, int(ends.timestamp()) * 1000)
