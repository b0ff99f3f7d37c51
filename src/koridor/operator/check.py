"""What must hold of a whole database: everything that is shown is what its holds, events and entries add up to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from koridor.operator.booking import states
from koridor.operator.booking.step import stream
from koridor.operator.common import audit
from koridor.operator.common.events import Event
from koridor.operator.common.refused import Refused
from koridor.operator.db.tables import booking, capacity, delivery, delivery_dropped, event, hold, hold_line, shipment
from koridor.operator.equipment import stock
from koridor.operator.money import agreed, bills, ledger, sale
from koridor.text import t

KEY = ("departure_id", "seq", "resource", "pool")


def problems(connection: sa.Connection) -> list[str]:
    """All that is wrong, as sentences; nothing, if all holds. Reads the whole database."""
    broken = audit.broken_at(connection)
    return [
        *_counters(connection),
        *_bookings(connection),
        *_deliveries(connection),
        *stock.problems(connection),
        *(t("Ledger: {what} does not balance.", what=what) for what in ledger.problems(connection)),
        *(t("Sale: the shares kept of {id} are not what was posted.", id=what) for what in sale.problems(connection)),
        *(t("Split: {id} is not what was hashed.", id=what) for what in agreed.problems(connection)),
        *(t("Bills: {stream} lacks a number.", stream=what) for what in bills.problems(connection)),
        *([] if broken is None else [t("Audit: row {seq} is not as it was written.", seq=broken)]),
    ]


def _counters(connection: sa.Connection) -> Iterator[str]:
    """Counters that are not what live holds add up to, or that a cut's excess leaves open for more.

    The database itself keeps them within capacity and excess together.
    """
    keys = [hold_line.c[name] for name in KEY]
    asked = sa.select(*keys, hold.c.state, sa.func.sum(hold_line.c.quantity).label("total"))
    rows = asked.join(hold, hold.c.hold_id == hold_line.c.hold_id).group_by(*keys, hold.c.state)
    sums: dict[tuple[Any, ...], int] = {}
    for row in connection.execute(rows).mappings():
        sums[*(row[name] for name in KEY), row["state"]] = int(row["total"])
    for row in connection.execute(sa.select(capacity)).mappings():
        key = tuple(row[name] for name in KEY)
        if (row["sold"], row["held"]) != (sums.get((*key, "posted"), 0), sums.get((*key, "pending"), 0)):
            yield t("Capacity: the counter of {key} is not what its holds add up to.", key="/".join(map(str, key)))
        if row["overbook"] != max(0, row["sold"] + row["held"] - row["cap"]):
            yield t("Capacity: {key} lets more be sold than there is.", key="/".join(map(str, key)))


def _bookings(connection: sa.Connection) -> Iterator[str]:
    """Bookings whose row is not the fold of their events, or whose hold and shipment do not go with their state."""
    told: dict[str, list[Event]] = {}
    for row in connection.execute(sa.select(event).order_by(event.c.stream, event.c.seq)):
        body = json.loads(row.body)
        told.setdefault(row.stream, []).append(Event(row.event_id, row.kind, row.happened_ms, row.recorded_ms, body))
    holds = {row.hold_id: row.state for row in connection.execute(sa.select(hold.c.hold_id, hold.c.state))}
    carried = set(connection.execute(sa.select(shipment.c.booking_id)).scalars())
    for row in connection.execute(sa.select(booking)):
        try:
            state = states.fold(told.get(stream(row.booking_id), []))
        except Refused:
            yield t("Booking {id} is not what its events say.", id=row.booking_id)
            continue
        shown = (row.status, row.quote_id, row.hold_id or "")
        sold = state.status in (*states.SOLD, "COMPLETED")
        held = holds.get(state.hold_id, "posted" if sold else "")
        fits = (held == "posted") == sold and (not sold or row.booking_id in carried)
        if shown != (state.status, state.quote_id, state.hold_id) or not fits:
            yield t("Booking {id} is not what its events say.", id=row.booking_id)


def _deliveries(connection: sa.Connection) -> Iterator[str]:
    """Messages of an object that are not numbered one by one, with those that were dropped: one of them was lost."""
    names = ("subscription_id", "stream", "seq")
    there = sa.select(*(delivery.c[name] for name in names), sa.literal(1).label("messages"))
    dropped = sa.select(*(delivery_dropped.c[name] for name in names), delivery_dropped.c.messages)
    each = sa.union_all(there, dropped).subquery()
    place = (each.c.subscription_id, each.c.stream)
    many, last = sa.func.sum(each.c.messages).label("many"), sa.func.max(each.c.seq).label("last")
    for row in connection.execute(sa.select(*place, many, last).group_by(*place)):
        if row.last != row.many:
            yield t("Messages: of {stream} for {id} one is missing.", stream=row.stream, id=row.subscription_id)
