"""Cutting capacity: a train gets shorter, a ship smaller. Below what is sold only with the affected bookings named.

Called by the second pair of eyes alone (`four_eyes`). What is then sold too much stands in `overbook`, so the database
still refuses any further sale, and it shrinks as bookings are moved or go.
"""

from __future__ import annotations

import sqlalchemy as sa

from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.tables import booking, capacity, hold, hold_line
from koridor.operator.network.publish import FREE
from koridor.text import t


def affected(tx: Tx, departure_id: str, resource: str, cap: int) -> list[str]:
    """Bookings of the segments on which more is sold or held in the free pool than a new capacity has; by name."""
    full = (
        sa.select(capacity.c.seq)
        .where(_free(departure_id, resource), capacity.c.sold + capacity.c.held > cap)
        .scalar_subquery()
    )
    found = (
        sa.select(booking.c.booking_id)
        .join(hold, hold.c.hold_id == booking.c.hold_id)
        .join(hold_line, hold_line.c.hold_id == hold.c.hold_id)
        .where(hold.c.state.in_(("pending", "posted")), hold_line.c.departure_id == departure_id)
        .where(hold_line.c.resource == resource, hold_line.c.pool == FREE, hold_line.c.seq.in_(full))
        .distinct()
    )
    return sorted(tx.run(found).scalars())


def cut(tx: Tx, departure_id: str, resource: str, cap: int, named: list[str]) -> None:
    """Sets the free pool's capacity. Raises Refused `below_sold` when bookings are affected that were not named."""
    here = _free(departure_id, resource)
    locked = sa.select(capacity.c.seq, capacity.c.cap).where(here).order_by(capacity.c.seq).with_for_update()
    before = tx.run(locked).all()
    if not before or cap < 0:
        raise Refused("not_offered", t("Departure {id} does not offer {resource}.", id=departure_id, resource=resource))
    now = affected(tx, departure_id, resource, cap)
    if now != sorted(named):
        raise Refused("below_sold", t("Other bookings are affected than were named."), bookings=now)
    used = capacity.c.sold + capacity.c.held
    over = sa.case((used > cap, used - cap), else_=0)
    tx.run(capacity.update().where(here).values(cap=cap, overbook=over))
    tx.note("cut", f"departure/{departure_id}", **{resource: ([row.cap for row in before], cap)}, bookings=(None, now))


def _free(departure_id: str, resource: str) -> sa.ColumnElement[bool]:
    here = (capacity.c.departure_id == departure_id, capacity.c.resource == resource, capacity.c.pool == FREE)
    return sa.and_(*here)
