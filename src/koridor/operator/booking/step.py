"""One step of a booking: the event, the row that shows its state, the audit and what is announced, always together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from koridor.operator.booking import quote, states
from koridor.operator.booking.quote import Quote
from koridor.operator.booking.states import State
from koridor.operator.common import events
from koridor.operator.common.desk import Tx
from koridor.operator.db.statement import Fixed, select_by
from koridor.operator.db.tables import booking as table
from koridor.operator.outbox.announce import announce
from koridor.operator.people import access

P = sa.bindparam
_LOCKED = Fixed(select_by(table, "booking_id").with_for_update())
_SHOWN = Fixed(
    table.update()
    .where(table.c.booking_id == P("b_booking"))
    .values(status=P("b_status"), quote_id=P("b_quote"), hold_id=P("b_hold"), updates=table.c.updates + 1)
)


def stream(booking_id: str) -> str:
    """Name of a booking's stream of events."""
    return f"booking/{booking_id}"


def state_of(tx: Tx, booking_id: str) -> State:
    """A booking as its events leave it; as this transaction has left it, where it has: it holds the lock."""
    name = stream(booking_id)
    return tx.memo[name] if name in tx.memo else states.fold(events.stream_of(tx, name))


def lock(tx: Tx, booking_id: str) -> State:
    """The state of a booking that nobody else can change before this transaction ends."""
    tx.run(_LOCKED, booking_id=booking_id)
    return state_of(tx, booking_id)


def begin(tx: Tx, made: Quote, **more: Any) -> tuple[str, State]:
    """Id and state of a new booking of a quote, which the quote's parties may see. `more` goes into its first event."""
    booking_id = tx.new_id("B")
    body = {"quote_id": made.quote_id, **more}
    now = states.apply(State(), "receive", body)
    ids = {"booking_id": booking_id, "quote_id": made.quote_id, "seller_id": made.seller_id}
    row = {**ids, "customer_id": made.offer.customer_id, "status": now.status, "hold_id": None, "updates": 1}
    tx.add(table, {**row, "created_ms": tx.now_ms})
    access.share(tx, "booking", booking_id, quote.sharers(made))
    _tell(tx, booking_id, State(), now, "receive", body)
    return booking_id, now


def step(tx: Tx, booking_id: str, before: State, action: str, **body: Any) -> State:
    """The state after an action. Raises Refused `not_allowed_now`; then nothing is written.

    `before` is what `lock` gave, or the step before in this transaction.
    """
    now = states.apply(before, action, body)
    tx.run(_SHOWN, b_booking=booking_id, b_status=now.status, b_quote=now.quote_id, b_hold=now.hold_id or None)
    _tell(tx, booking_id, before, now, action, body)
    return now


def _tell(tx: Tx, booking_id: str, before: State, now: State, action: str, body: Mapping[str, Any]) -> None:
    name = stream(booking_id)
    events.append(tx, name, action, body)
    tx.memo[name] = now
    tx.note(action, name, status=(before.status, now.status))
    shown = {"status": now.status, "amendment": now.amendment, "cancellation": now.cancellation}
    announce(tx, "booking", booking_id, action, {"booking_id": booking_id, **shown})
