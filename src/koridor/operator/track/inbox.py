"""What reached no shipment: for the dispatcher of the partner to whom it was addressed, to match or to put aside."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from koridor.operator.booking import shipments
from koridor.operator.common.desk import Tx
from koridor.operator.common.pages import page
from koridor.operator.common.refused import Refused, unknown_id
from koridor.operator.db.tables import told
from koridor.operator.people import access
from koridor.operator.track.match import MATCHED, UNMATCHED, heard_of, put, seen_by
from koridor.text import t

DISMISSED = "dismissed"
MATCHERS = ("seller", "partner")


def listed(tx: Tx, after: str) -> dict[str, Any]:
    """A page of what waits, the oldest first, each with own shipments that it may be about.

    Raises Refused `invalid` for what no page ended with.
    """
    waiting = sa.select(told).where(told.c.to_id == tx.actor.party_id, told.c.state == UNMATCHED)
    rows, following = page(tx, waiting, told.c.recorded_ms, told.c.event_id, after)
    found = [(row, heard_of(row)) for row in rows]
    near = seen_by(tx, tx.actor.party_id, {name for _, one in found for name in (one.unit, *one.references)})
    return {
        "events": [
            {
                "event_id": one.event_id,
                "sender_id": one.party_id,
                "message_id": row.message_id,
                "kind": one.kind,
                "happened_ms": one.happened_ms,
                "recorded_ms": row.recorded_ms,
                "body": one.body,
                "candidates": sorted({s for name in (one.unit, *one.references) for s in near.get(name, ())}),
            }
            for row, one in found
        ],
        "next": following,
    }


def match(tx: Tx, event_id: str, shipment_id: str) -> None:
    """Puts an event that waits on a shipment. Raises Refused `not_found`, `forbidden`, `not_allowed_now`."""
    row = _waiting(tx, event_id)
    access.need_part(tx, "shipment", shipment_id, *MATCHERS)
    put(tx, heard_of(row), [shipments.stream(shipment_id)], MATCHED)
    tx.note("match", f"told/{event_id}", shipment=(None, shipment_id))


def dismiss(tx: Tx, event_id: str) -> None:
    """Puts an event aside. Raises Refused `not_found`, `not_allowed_now`."""
    put(tx, heard_of(_waiting(tx, event_id)), (), DISMISSED)
    tx.note("dismiss", f"told/{event_id}", state=(UNMATCHED, DISMISSED))


def _waiting(tx: Tx, event_id: str) -> Any:
    mine = sa.select(told).where(told.c.event_id == event_id, told.c.to_id == tx.actor.party_id)
    row = tx.run(mine.with_for_update()).first()
    if row is None:
        raise unknown_id()
    if row.state != UNMATCHED:
        raise Refused("not_allowed_now", t("Event {id} waits no more.", id=event_id), state_now=row.state)
    return row
