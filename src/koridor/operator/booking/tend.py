"""What time does to bookings: holds that expire, and capacity that comes free for those who wait, in their order."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from koridor.operator.booking import itinerary, quote, terms
from koridor.operator.booking.states import HOLDING
from koridor.operator.booking.step import lock, step
from koridor.operator.common.desk import Tx
from koridor.operator.common.policy import HOUR_MS
from koridor.operator.common.refused import Refused
from koridor.operator.db.statement import Fixed
from koridor.operator.db.tables import booking as table
from koridor.operator.db.tables import hold
from koridor.operator.network import allotment
from koridor.operator.network import hold as holds

_DEAD = Fixed(
    sa.select(table.c.booking_id)
    .join(hold, hold.c.hold_id == table.c.hold_id)
    .where(table.c.status.in_(HOLDING), hold.c.state == "expired")
)
_WAITS = table.c.status == "WAITLISTED"
_WAITING = Fixed(sa.select(table.c.booking_id).where(_WAITS).order_by(table.c.created_ms, table.c.booking_id))
_COME = Fixed(
    sa.select(sa.literal(1)).where(sa.or_(*(sa.exists().where(one) for one in (allotment.DUE, holds.DUE, _WAITS))))
)


def tend_due(tx: Tx) -> None:
    """Tends if a moment has come or somebody waits, which is asked in one statement: done by whoever books.

    Bookings whose hold was given back for another's sake are left to the service; they hold nothing any more.
    """
    if tx.run(_COME, now_ms=tx.now_ms).first() is None:
        tx.memo[holds.GIVEN_BACK] = True
    else:
        tend(tx)


def tend(tx: Tx) -> list[str]:
    """Ids of bookings that changed: those whose hold has expired, then those that waited and need wait no more.

    Done by the service every few seconds, and by whoever gives capacity back, so nothing depends on when it runs.
    """
    holds.give_back_due(tx)
    return [*_expired(tx), *_promoted(tx)]


def _expired(tx: Tx) -> list[str]:
    ids = tx.run(_DEAD).scalars().all()
    for booking_id in sorted(ids):
        state = lock(tx, booking_id)
        if state.status in HOLDING:
            step(tx, booking_id, state, "expire", reason="hold_expired")
    return sorted(ids)


def _promoted(tx: Tx) -> list[str]:
    changed = []
    for booking_id in tx.run(_WAITING).scalars().all():
        try:
            with tx.part():  # of its own, so that one who cannot be helped stops nobody else
                moved = _helped(tx, booking_id)
        except (Refused, IntegrityError):  # none free, too much held or a way that is no more: it goes on waiting
            continue
        if moved:
            changed.append(booking_id)
    return changed


def _helped(tx: Tx, booking_id: str) -> bool:
    """Whether a booking need wait no more: it holds now, or waited in vain. Raises Refused where it must go on."""
    state = lock(tx, booking_id)
    if state.status != "WAITLISTED":  # somebody else was quicker
        return False
    made = quote.of(tx, state.quote_id)
    leaves_ms = itinerary.leaves_ms(tx, made.offer.legs)
    cutoff_ms = terms.of(tx, made.tariff_id).cutoff_h * HOUR_MS
    if made.valid_to_ms <= tx.now_ms or (leaves_ms is not None and leaves_ms - cutoff_ms <= tx.now_ms):
        step(tx, booking_id, state, "expire", reason="waited_in_vain")
        return True
    itinerary.refuse_missed(tx, made.offer.legs)
    until_ms = tx.now_ms + tx.policy.hold_ms
    until_ms = until_ms if leaves_ms is None else min(until_ms, leaves_ms)
    wants = itinerary.wants(tx, made.offer.legs, made.offer.parts)
    hold_id = holds.place(tx, made.offer.customer_id, made.seller_id, wants, until_ms)
    step(tx, booking_id, state, "hold", hold_id=hold_id, until_ms=until_ms)
    return True
