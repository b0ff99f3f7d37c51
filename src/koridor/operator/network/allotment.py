"""Allotments: a part of every segment that is one party's until a moment, then anybody's.

An allotment is a pool of its own, cut out of the free one; the sum of the pools never changes by it. What the party has
not used falls back when its moment has come, and like expired holds it does so whenever somebody looks.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from koridor.model.clock import local_text
from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.statement import Fixed
from koridor.operator.db.tables import allotment as table
from koridor.operator.db.tables import capacity
from koridor.operator.network.capacity import Line, not_offered
from koridor.operator.network.publish import FREE
from koridor.operator.network.timetable import MINUTE_MS
from koridor.text import t

DUE = sa.and_(table.c.released_ms.is_(None), table.c.release_ms <= sa.bindparam("now_ms"))
_DUE = Fixed(
    sa.select(table).where(DUE).order_by(table.c.departure_id, table.c.resource, table.c.party_id).with_for_update()
)


def allot(tx: Tx, departure_id: str, resource: str, party_id: str, quantity: int, release_ms: int) -> None:
    """Cuts a party's pool out of the free one, on every segment.

    Raises Refused `sold_out` where that has less left, `invalid` for a past release, and as `not_offered` tells.
    """
    if release_ms <= tx.now_ms:
        at, now = (local_text(moment // MINUTE_MS, "UTC") for moment in (release_ms, tx.now_ms))
        raise Refused(
            "invalid", t("release_ms: {at} UTC is past, it is {now} UTC; name a later moment.", at=at, now=now)
        )
    free = _pool(departure_id, resource, FREE)
    segments = tx.run(sa.select(capacity.c.seq).where(free)).scalars().all()
    if not segments:
        raise not_offered(tx, departure_id, resource)
    left = capacity.c.cap - quantity >= capacity.c.sold + capacity.c.held
    cut = tx.run(capacity.update().where(free, left).values(cap=capacity.c.cap - quantity)).rowcount
    if cut != len(segments):
        raise Refused("sold_out", t("Departure {id} has not that much left to allot.", id=departure_id))
    key = {"departure_id": departure_id, "resource": resource}
    row = {**key, "party_id": party_id, "quantity": quantity, "release_ms": release_ms, "released_ms": None}
    if tx.run(sa.select(table.c.party_id).where(*_is(departure_id, resource, party_id))).first():
        raise Refused("conflict", t("This party has an allotment there already."))
    tx.add(table, row)
    pool = {"pool": party_id, "cap": quantity, "overbook": 0, "sold": 0, "held": 0}
    tx.add(capacity, *({**key, "seq": seq, **pool} for seq in segments))
    tx.note("allot", f"departure/{departure_id}", **{f"{party_id}/{resource}": (0, quantity)})


def release_due(tx: Tx) -> int:
    """How many allotments fell back now, each with what its party has not used."""
    rows = tx.run(_DUE, now_ms=tx.now_ms).all()
    for row in rows:
        _fall_back(tx, row.departure_id, row.resource, row.party_id)
        mine = _is(row.departure_id, row.resource, row.party_id)
        tx.run(table.update().where(*mine).values(released_ms=tx.now_ms))
        tx.note("release", f"departure/{row.departure_id}", **{f"{row.party_id}/{row.resource}": (row.quantity, 0)})
    return len(rows)


def settle(tx: Tx, lines: Iterable[Line]) -> None:
    """Hands what was given back to pools whose moment has come to the free ones. The counters are locked already."""
    for departure_id, resource, pool in sorted({(one.departure_id, one.resource, one.pool) for one in lines}):
        released = sa.select(table.c.released_ms).where(*_is(departure_id, resource, pool))
        if pool != FREE and tx.run(released).scalar() is not None:
            _fall_back(tx, departure_id, resource, pool)


def _fall_back(tx: Tx, departure_id: str, resource: str, party_id: str) -> None:
    own = _pool(departure_id, resource, party_id)
    both = sa.and_(capacity.c.departure_id == departure_id, capacity.c.resource == resource)
    locked = sa.select(capacity).where(both).order_by(capacity.c.seq, capacity.c.pool).with_for_update()
    for row in tx.run(locked).all():
        unused = row.cap - row.sold - row.held
        if row.pool == party_id and unused > 0:
            tx.run(capacity.update().where(own, capacity.c.seq == row.seq).values(cap=capacity.c.cap - unused))
            free = sa.and_(_pool(departure_id, resource, FREE), capacity.c.seq == row.seq)
            # what a cut left oversold is covered first, so that it is not offered as room
            less = sa.case((capacity.c.overbook > unused, capacity.c.overbook - unused), else_=0)
            tx.run(capacity.update().where(free).values(cap=capacity.c.cap + unused, overbook=less))


def _pool(departure_id: str, resource: str, pool: str) -> sa.ColumnElement[bool]:
    here = (capacity.c.departure_id == departure_id, capacity.c.resource == resource, capacity.c.pool == pool)
    return sa.and_(*here)


def _is(departure_id: str, resource: str, party_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (table.c.departure_id == departure_id, table.c.resource == resource, table.c.party_id == party_id)
