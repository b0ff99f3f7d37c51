"""Departures as they run: closed to new cargo, opened again, cancelled, moved to other times.

Each is an event of the departure's stream, with who said so and why. One on which something is sold is cancelled by two
people (`four_eyes`), who name the bookings that it leaves behind; those bookings stay as they are until they are
rebooked, amended or declined, but nothing more is sold on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from koridor.operator.common import events
from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused, unknown_id
from koridor.operator.db.statement import select_by
from koridor.operator.db.tables import booking, capacity, departure, hold, hold_line, stop
from koridor.operator.network import offer
from koridor.operator.people import access
from koridor.text import t

OPEN, CLOSED, CANCELLED = "open", "closed", "cancelled"
_LOCKED = select_by(departure, "departure_id").with_for_update()
_STOPS = select_by(stop, "departure_id").order_by(stop.c.seq)


def stream(departure_id: str) -> str:
    """Name of a departure's stream of events."""
    return f"departure/{departure_id}"


def close(tx: Tx, departure_id: str, note: str) -> None:
    """Takes nobody new; what is held may still be confirmed. Raises Refused `not_found` or `not_allowed_now`."""
    _turn(tx, departure_id, (OPEN,), CLOSED, note)


def reopen(tx: Tx, departure_id: str, note: str) -> None:
    """Takes cargo again. Raises Refused `not_found` or `not_allowed_now`."""
    _turn(tx, departure_id, (CLOSED,), OPEN, note)


def cancel(tx: Tx, departure_id: str, note: str) -> None:
    """Cancels a departure on which nothing is sold. Raises Refused `four_eyes` where something is."""
    before = _locked(tx, departure_id)
    here = (capacity.c.departure_id == departure_id, capacity.c.sold > 0)
    if before != CANCELLED and tx.run(sa.select(capacity.c.seq).where(*here)).first():
        sentence = t("Departure {id} has sold cargo: two people must cancel it.", id=departure_id)
        raise Refused("four_eyes", sentence, proposal="departure_cancel")
    _turn(tx, departure_id, (OPEN, CLOSED), CANCELLED, note)


def cancel_sold(tx: Tx, departure_id: str, note: str, named: list[str]) -> None:
    """Cancels a departure and leaves the named bookings behind. Called by the second pair of eyes alone (`four_eyes`).

    Raises Refused `below_sold` when other bookings are on it than were named.
    """
    now = aboard(tx, departure_id)
    if now != sorted(named):
        raise Refused("below_sold", t("Other bookings are affected than were named."), bookings=now)
    _turn(tx, departure_id, (OPEN, CLOSED), CANCELLED, note)
    mine, others = access.own_and_others(tx, "booking", now)
    tx.note("leave_behind", stream(departure_id), bookings=(None, mine), others=(None, others))


def move(tx: Tx, departure_id: str, times: Mapping[int, int], note: str) -> None:
    """Moves calls, by their number, to other moments. Raises Refused `invalid` where they would not follow each other.

    What was sold stays sold; connections that are missed by it are found by `disruption.affected`.
    """
    if _locked(tx, departure_id) == CANCELLED:
        raise Refused("not_allowed_now", t("Departure {id} is cancelled.", id=departure_id))
    rows = tx.run(_STOPS, departure_id=departure_id).all()
    before = {row.seq: row.at_ms for row in rows}
    unknown = sorted(set(times) - set(before))
    after = {**before, **times}
    if unknown or not times or any(one >= two for one, two in pairwise(after[seq] for seq in sorted(before))):
        raise Refused(
            "invalid", t("The times of the calls must be of calls that are there, each after the one before.")
        )
    for seq, at_ms in sorted(times.items()):
        tx.run(stop.update().where(stop.c.departure_id == departure_id, stop.c.seq == seq).values(at_ms=at_ms))
    offer.forget_calls(tx, departure_id)
    told = {str(seq): at_ms for seq, at_ms in sorted(times.items())}
    events.append(tx, stream(departure_id), "move", {"times": told, "note": note})
    changes = {f"call_{seq}": (before[seq], at_ms) for seq, at_ms in sorted(times.items())}
    tx.note("move", stream(departure_id), note=(None, note), **changes)


def shown(tx: Tx, departure_id: str) -> dict[str, Any]:
    """A departure as it goes out. Raises Refused `not_found`."""
    state = _locked(tx, departure_id)
    rows = tx.run(_STOPS, departure_id=departure_id)
    calls = [{"seq": row.seq, "place_id": row.place_id, "at_ms": row.at_ms} for row in rows]
    return {"departure_id": departure_id, "state": state, "calls": calls}


def aboard(tx: Tx, departure_id: str) -> list[str]:
    """Bookings that hold or have bought something on a departure, by name. Raises Refused `not_found`."""
    _locked(tx, departure_id)
    found = (
        sa.select(booking.c.booking_id)
        .join(hold, hold.c.hold_id == booking.c.hold_id)
        .join(hold_line, hold_line.c.hold_id == hold.c.hold_id)
        .where(hold.c.state.in_(("pending", "posted")), hold_line.c.departure_id == departure_id)
    )
    return sorted(set(tx.run(found).scalars()))


def _locked(tx: Tx, departure_id: str) -> str:
    """Its status, which nobody else changes before this transaction ends. Raises Refused `not_found`."""
    row = tx.run(_LOCKED, departure_id=departure_id).first()
    if row is None:
        raise unknown_id()
    return str(row.status)


def _turn(tx: Tx, departure_id: str, befores: tuple[str, ...], after: str, note: str) -> None:
    before = _locked(tx, departure_id)
    if before not in befores:
        raise Refused("not_allowed_now", t("Departure {id} is {status}.", id=departure_id, status=before))
    tx.run(departure.update().where(departure.c.departure_id == departure_id).values(status=after))
    events.append(tx, stream(departure_id), after, {"note": note})
    tx.note(after, stream(departure_id), status=(before, after), note=(None, note))
