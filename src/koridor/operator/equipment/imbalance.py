"""Where empties will be short and where too many, by depot and week, from stock, orders and bookings, in TEU.

A party's own pools count. An open release order takes out what has not passed its gate, an open return order brings it
back, in the week in which it ends, or the first where that is past. A confirmed booking that the party sold takes its
TEU where it begins as it leaves and frees them where it ends as it arrives, but for the side for which it has an order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from koridor.operator.booking import quote
from koridor.operator.booking.itinerary import Leg
from koridor.operator.common.desk import Tx
from koridor.operator.common.policy import DAY_MS
from koridor.operator.db.statement import select_by
from koridor.operator.db.tables import (
    booking,
    equipment_order,
    pool,
    stop,
    unit,
)
from koridor.operator.equipment import orders, types
from koridor.operator.equipment.orders import RELEASE, RETURN
from koridor.operator.network.resource import told
from koridor.operator.people import access

WEEK_MS = 7 * DAY_MS
MONDAY_MS = 4 * DAY_MS  # the first Monday of 1970
_CALL = select_by(stop, "departure_id", "place_id")


@dataclass(frozen=True, slots=True)
class Move:
    """Empties that are expected at a place: coming in above nothing, going out below it, in TEU.

    Attributes
    ----------
    at_ms : int
        When they count in the account.
    from_ms : int
        From when on they are not to be ordered for again: what a release takes from now on, whenever it ends, and so
        what a return brings that is of an accepted proposal of moves.
    """

    place_id: str
    at_ms: int
    teu: Fraction
    from_ms: int


@dataclass(frozen=True, slots=True)
class Week:
    """Empties of a place in a week, in TEU: what comes, what goes, what is left at its end; below nothing it lacks."""

    place_id: str
    monday: date
    comes: Fraction
    goes: Fraction
    left: Fraction


def imbalance(tx: Tx, weeks: int) -> list[Week]:
    """Weeks from the present one on, of every place where the actor's party has or expects empties."""
    return project(_stock(tx), _expected(tx), tx.now_ms, weeks)


def bounds(tx: Tx, weeks: int) -> tuple[list[Week], list[Week]]:
    """The account twice: with the least that places have to spare, and with the most that they have coming.

    In the first an open release takes its empties at once, as it may on any day until it ends, though that be after the
    last week; in the second what moves that were accepted bring is there at once. So neither the same empties nor those
    for the same lack are moved twice.
    """
    stock, moves = _stock(tx), _expected(tx)
    early = [replace(move, at_ms=move.from_ms) for move in moves]
    least = [first if first.teu < 0 else move for first, move in zip(early, moves, strict=True)]
    most = [first if first.teu > 0 else move for first, move in zip(early, moves, strict=True)]
    return project(stock, least, tx.now_ms, weeks), project(stock, most, tx.now_ms, weeks)


def _expected(tx: Tx) -> list[Move]:
    """What open orders and bookings of the actor's party bring and take."""
    own = sa.select(equipment_order).where(equipment_order.c.pool_id.in_(_own_pools(tx)))
    rows = tx.run(own.where(equipment_order.c.status == "open")).mappings().all()
    return [*(move for row in rows for move in _ordered(tx, row)), *_booked(tx)]


def keepers(tx: Tx) -> set[str]:
    """Parties that keep a pool."""
    return set(tx.run(sa.select(pool.c.keeper_id)).scalars())


def project(stock: dict[str, Fraction], moves: Iterable[Move], now_ms: int, weeks: int) -> list[Week]:
    """Stock carried on by moves, week by week; a move that should have been is of the first week."""
    first = (now_ms - MONDAY_MS) // WEEK_MS
    sums: dict[tuple[str, int], list[Fraction]] = {}
    for move in moves:
        week = max(0, (move.at_ms - MONDAY_MS) // WEEK_MS - first)
        both = sums.setdefault((move.place_id, week), [Fraction(0), Fraction(0)])
        both[move.teu < 0] += abs(move.teu)
    found = []
    for place_id in sorted({*stock, *(place_id for place_id, _ in sums)}):
        left = stock.get(place_id, Fraction(0))
        for week in range(weeks):
            comes, goes = sums.get((place_id, week), (Fraction(0), Fraction(0)))
            left += comes - goes
            monday = datetime.fromtimestamp(((first + week) * WEEK_MS + MONDAY_MS) / 1000, UTC).date()
            found.append(Week(place_id, monday, comes, goes, left))
    return found


def _own_pools(tx: Tx) -> sa.Select[tuple[str]]:
    return sa.select(pool.c.pool_id).where(pool.c.keeper_id == tx.actor.party_id)


def _stock(tx: Tx) -> dict[str, Fraction]:
    """Empty containers of the party's pools by place, those that wait on a release included."""
    keys = (unit.c.place_id, unit.c.type_code)
    here = (unit.c.keeper_id == tx.actor.party_id, unit.c.kind == "container")
    asked = sa.select(*keys, sa.func.count().label("units")).where(*here, unit.c.state.in_(("available", "released")))
    found: dict[str, Fraction] = {}
    for row in tx.run(asked.group_by(*keys)):
        found[row.place_id] = found.get(row.place_id, Fraction(0)) + row.units * types.teu(row.type_code)
    return found


def _ordered(tx: Tx, order: Mapping[Any, Any]) -> Iterator[Move]:
    """What an order has still to bring or take; wagons are no empties of this account.

    A return of a move brings, once its release lets nothing more out, what has left by that and is on its way.
    """
    still = orders.missing(tx, order["order_id"])
    moved = order["kind"] == RETURN and order["repositioning_id"] is not None
    if moved and not orders.lets_out(tx, order):
        on_way = Counter(orders.rolling(tx, order).values())
        still = {code: min(many, on_way[code]) for code, many in still.items()}
    for code, many in still.items():
        if not types.is_wagon(code):
            teu = many * types.teu(code)
            from_ms = tx.now_ms if moved or order["kind"] == RELEASE else order["valid_to_ms"]
            yield Move(order["place_id"], order["valid_to_ms"], -teu if order["kind"] == RELEASE else teu, from_ms)


def _booked(tx: Tx) -> Iterator[Move]:
    known = sa.select(equipment_order.c.booking_id, equipment_order.c.kind)
    mine = known.where(equipment_order.c.pool_id.in_(_own_pools(tx)), equipment_order.c.booking_id.is_not(None))
    ordered = {(row.booking_id, row.kind) for row in tx.run(mine)}
    own = sa.select(booking).where(booking.c.seller_id == tx.actor.party_id, booking.c.status == "CONFIRMED")
    for row in tx.run(own.where(booking.c.booking_id.in_(access.mine("booking", tx.actor.party_id)))):
        offer = quote.of(tx, row.quote_id).offer
        teu = Fraction(told("teu", offer.parts["teu"])) if offer.parts.get("teu") else Fraction(0)
        first, last = offer.legs[0], offer.legs[-1]
        for kind, leg, place_id, sign in ((RELEASE, first, first.from_place, -1), (RETURN, last, last.to_place, 1)):
            at_ms = _calls_ms(tx, leg, place_id)
            if at_ms is not None and at_ms >= tx.now_ms and (row.booking_id, kind) not in ordered:
                yield Move(place_id, at_ms, sign * teu, at_ms)


def _calls_ms(tx: Tx, leg: Leg, place_id: str) -> int | None:
    row = tx.run(_CALL, departure_id=leg.departure_id, place_id=place_id).first()
    return None if row is None else int(row.at_ms)
