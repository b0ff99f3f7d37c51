"""Departures as those who sell on them see them: state, calls, until when they are booked, and what is free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from koridor.operator.booking import terms
from koridor.operator.common import pages
from koridor.operator.common.desk import Tx
from koridor.operator.common.policy import HOUR_MS
from koridor.operator.common.refused import Refused, unknown_id
from koridor.operator.db.statement import select_by
from koridor.operator.db.tables import departure, stop
from koridor.operator.network.offer import left_of
from koridor.operator.network.resource import left

_ONE = select_by(departure, "departure_id")
_CALLS = select_by(stop, "departure_id").order_by(stop.c.seq)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which departures are asked for: those that leave in a span, of a service or calling at a place where named."""

    from_ms: int
    to_ms: int
    service_id: str | None = None
    place_id: str | None = None
    state: str | None = None


def page(tx: Tx, wanted: Wanted, after: str) -> dict[str, Any]:
    """A page of departures by when they leave, and where the next begins. Raises Refused `invalid`."""
    found = sa.select(departure).where(departure.c.starts_ms.between(wanted.from_ms, wanted.to_ms))
    if wanted.service_id is not None:
        found = found.where(departure.c.service_id == wanted.service_id)
    if wanted.place_id is not None:
        here = sa.select(stop.c.departure_id).where(stop.c.place_id == wanted.place_id)
        found = found.where(departure.c.departure_id.in_(here))
    if wanted.state is not None:
        found = found.where(departure.c.status == wanted.state)
    rows, following = pages.page(tx, found, departure.c.starts_ms, departure.c.departure_id, after)
    cutoff_h = _cutoff_h(tx)
    return {"departures": [_head(row, cutoff_h) for row in rows], "next": following}


def view(tx: Tx, departure_id: str) -> dict[str, Any]:
    """A departure with its calls and what is free behind each. Raises Refused `not_found`."""
    row = tx.run(_ONE, departure_id=departure_id).first()
    if row is None:
        raise unknown_id()
    cutoff_h = _cutoff_h(tx)
    called = tx.run(_CALLS, departure_id=departure_id).all()
    free: dict[int, dict[str, str]] = {}
    hops = left_of(tx, tx.actor.party_id, [departure_id]).get(departure_id, {})
    for (seq, resource), parts in sorted(hops.items()):
        free.setdefault(seq, {})[resource] = left(resource, parts)
    calls = [
        {
            "seq": call.seq,
            "place_id": call.place_id,
            "at_ms": call.at_ms,
            "cutoff_ms": _cutoff_ms(call.at_ms, cutoff_h) if call is not called[-1] else None,
            "free": free.get(call.seq, {}),
        }
        for call in called
    ]
    return {**_head(row, cutoff_h), "calls": calls}


def _head(row: Any, cutoff_h: int | None) -> dict[str, Any]:
    names = ("departure_id", "service_id", "mode", "direction", "starts_ms")
    cutoff_ms = _cutoff_ms(row.starts_ms, cutoff_h)
    return {**{name: row._mapping[name] for name in names}, "state": row.status, "cutoff_ms": cutoff_ms}


def _cutoff_h(tx: Tx) -> int | None:
    """Hours before a departure at which booking with the actor's party ends; None where it has no terms in force."""
    try:
        return terms.in_force(tx, tx.actor.party_id)[1].cutoff_h
    except Refused:
        return None


def _cutoff_ms(leaves_ms: int, cutoff_h: int | None) -> int | None:
    return None if cutoff_h is None else leaves_ms - cutoff_h * HOUR_MS
