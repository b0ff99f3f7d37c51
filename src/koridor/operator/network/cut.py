"""Cutting capacity: a train gets shorter, a ship smaller. Below what is sold only with the affected bookings named.

Called by the second pair of eyes alone (`four_eyes`). The capacity is that of the whole departure: what the cut takes
comes out of what nobody has taken, the free pool's first and then the allotments', and only then out of what is sold or
held. What is then sold too much stands in `overbook`, so the database still refuses any further sale, and it shrinks as
bookings are moved or go.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import sqlalchemy as sa

from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.tables import booking, capacity, hold, hold_line
from koridor.operator.network.capacity import not_offered
from koridor.operator.network.resource import told as quantity_told
from koridor.operator.people import access
from koridor.text import t


class Pool(NamedTuple):
    """A pool of one segment: its capacity, and what is sold and held of it, in parts."""

    seq: int
    pool: str
    cap: int
    used: int


def affected(tx: Tx, departure_id: str, resource: str, cap: int) -> list[str]:
    """Bookings of the pools on which more is sold or held than a new capacity leaves them; by name.

    Raises Refused as `not_offered` tells, or `invalid` for a capacity above the present one.
    """
    return _named(tx, departure_id, resource, _after(tx, departure_id, resource, cap))


def cut(tx: Tx, departure_id: str, resource: str, cap: int, named: list[str]) -> None:
    """Sets a departure's capacity, in parts, on every segment that has more.

    Raises Refused `below_sold` when bookings are affected that were not named, and as `affected` does.
    """
    after = _after(tx, departure_id, resource, cap)
    now = _named(tx, departure_id, resource, after)
    if now != sorted(named):
        raise Refused("below_sold", t("Other bookings are affected than were named."), bookings=now)
    here = _here(departure_id, resource)
    for one, left in after:
        own = sa.and_(here, capacity.c.seq == one.seq, capacity.c.pool == one.pool)
        tx.run(capacity.update().where(own).values(cap=left, overbook=max(0, one.used - left)))
    before = [sum(one.cap for one, _ in group) for _, group in groupby(after, lambda pair: pair[0].seq)]
    mine, others = access.own_and_others(tx, "booking", now)  # the audit is read by the party: it names no other's
    told = {"bookings": (None, mine), "others": (None, others)}
    tx.note("cut", f"departure/{departure_id}", **{resource: (before, cap)}, **told)


def shrunk(pools: Sequence[Pool], cap: int) -> list[int]:
    """Capacities of one segment's pools, the free one first, that add up to `cap` at most."""
    caps = [one.cap for one in pools]
    for floors in ([one.used for one in pools], [0] * len(pools)):
        for at, floor in enumerate(floors):
            caps[at] -= min(max(0, sum(caps) - cap), max(0, caps[at] - floor))
    return caps


def _after(tx: Tx, departure_id: str, resource: str, cap: int) -> list[tuple[Pool, int]]:
    """Every pool, locked, with the capacity that the cut leaves it."""
    used = (capacity.c.sold + capacity.c.held).label("used")
    asked = sa.select(capacity.c.seq, capacity.c.pool, capacity.c.cap, used).where(_here(departure_id, resource))
    rows = tx.run(asked.order_by(capacity.c.seq, capacity.c.pool).with_for_update())
    pools = [Pool(row.seq, row.pool, row.cap, row.used) for row in rows]
    if not pools or cap < 0:
        raise not_offered(tx, departure_id, resource)
    segments = [list(group) for _, group in groupby(pools, lambda one: one.seq)]
    most = max(sum(one.cap for one in segment) for segment in segments)
    if cap > most:
        sentence = t(
            "Departure {id} has {quantity} of {resource}; a cut cannot give it more.",
            id=departure_id,
            quantity=quantity_told(resource, most),
            resource=resource,
        )
        raise Refused("invalid", sentence)
    return [pair for segment in segments for pair in zip(segment, shrunk(segment, cap), strict=True)]


def _named(tx: Tx, departure_id: str, resource: str, after: Sequence[tuple[Pool, int]]) -> list[str]:
    full = {(one.seq, one.pool) for one, left in after if one.used > left}
    found = (
        sa.select(booking.c.booking_id, hold_line.c.seq, hold_line.c.pool)
        .join(hold, hold.c.hold_id == booking.c.hold_id)
        .join(hold_line, hold_line.c.hold_id == hold.c.hold_id)
        .where(hold.c.state.in_(("pending", "posted")), hold_line.c.departure_id == departure_id)
        .where(hold_line.c.resource == resource)
    )
    return sorted({row.booking_id for row in tx.run(found) if (row.seq, row.pool) in full})


def _here(departure_id: str, resource: str) -> sa.ColumnElement[bool]:
    return sa.and_(capacity.c.departure_id == departure_id, capacity.c.resource == resource)
