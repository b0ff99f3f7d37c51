"""What is still free, as one party may see it: its own allotment and the free pool, never another's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.statement import Fixed, select_by
from koridor.operator.db.tables import capacity, departure, hold, hold_line, stop
from koridor.operator.network.capacity import Want
from koridor.operator.network.publish import FREE
from koridor.text import t

ALTERNATIVES_MAX, LOOKED_AT_MAX = 5, 30
Key = tuple[str, int, str, str]
P = sa.bindparam
_CALLS = Fixed(select_by(stop, "departure_id").order_by(stop.c.seq))

_ON, _OFF = stop.alias("boards"), stop.alias("leaves")
_RIDES = (
    sa.select(departure.c.departure_id, _ON.c.seq.label("first"), _ON.c.at_ms.label("leaves_ms"))
    .add_columns(_OFF.c.seq.label("last"), _OFF.c.at_ms.label("arrives_ms"))
    .join(_ON, _ON.c.departure_id == departure.c.departure_id)
    .join(_OFF, _OFF.c.departure_id == departure.c.departure_id)
    .where(departure.c.status == "open", _ON.c.place_id == P("from_place"), _OFF.c.place_id == P("to_place"))
    .where(_ON.c.seq < _OFF.c.seq, _ON.c.at_ms.between(P("from_ms"), P("to_ms")))
    .order_by(_ON.c.at_ms, departure.c.departure_id)
    .limit(P("most", type_=sa.Integer))
    .subquery("ride")
)
_ROOM = Fixed(
    sa.select(_RIDES, capacity.c.seq, capacity.c.resource, capacity.c.pool)
    .add_columns((capacity.c.cap + capacity.c.overbook - capacity.c.sold - capacity.c.held).label("parts"))
    .outerjoin(
        capacity,
        sa.and_(
            capacity.c.departure_id == _RIDES.c.departure_id,
            capacity.c.seq.between(_RIDES.c.first, _RIDES.c.last - 1),
            sa.or_(capacity.c.pool == P("party_id"), capacity.c.pool == FREE),
        ),
    )
    .order_by(_RIDES.c.leaves_ms, _RIDES.c.departure_id, _RIDES.c.first, _RIDES.c.last)
)
_EXPIRED = Fixed(
    sa.select(hold_line)
    .join(hold, hold.c.hold_id == hold_line.c.hold_id)
    .where(hold.c.state == "pending", hold.c.expires_ms <= P("now_ms"))
)


@dataclass(frozen=True, slots=True)
class Ride:
    """From one stop of a departure to a later one."""

    departure_id: str
    from_place: str
    to_place: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A ride with its times and, by resource, the most that one line could take on every segment."""

    ride: Ride
    leaves_ms: int
    arrives_ms: int
    free: dict[str, int]


def calls(tx: Tx, departure_id: str) -> dict[str, Any]:
    """Rows of `stop` of a departure by place.

    To ask for one place costs ten times as much: SQLite then takes the index of places, which has every departure.
    """
    return {row.place_id: row for row in tx.run(_CALLS, departure_id=departure_id)}


def wants(tx: Tx, ride: Ride, parts: dict[str, int]) -> list[Want]:
    """What a ride takes of every segment that it passes. Raises Refused `not_offered` where it does not call."""
    stops = calls(tx, ride.departure_id)
    on, off = stops.get(ride.from_place), stops.get(ride.to_place)
    if on is None or off is None or on.seq >= off.seq:
        raise Refused(
            "not_offered",
            t(
                "Departure {id} does not carry from {origin} to {destination}.",
                id=ride.departure_id,
                origin=ride.from_place,
                destination=ride.to_place,
            ),
            departure_id=ride.departure_id,
        )
    return [Want(ride.departure_id, seq, name, parts[name]) for seq in range(on.seq, off.seq) for name in sorted(parts)]


def offers(
    tx: Tx, party_id: str, from_place: str, to_place: str, from_ms: int, to_ms: int, *, most: int | None = None
) -> Iterator[Offer]:
    """Rides between two places that leave in a span of time, in the order in which they leave."""
    limit = min(most or tx.policy.page_rows_max, tx.policy.page_rows_max)
    span = {"from_place": from_place, "to_place": to_place, "from_ms": from_ms, "to_ms": to_ms, "most": limit}
    rows = tx.run(_ROOM, party_id=party_id, **span).all()
    dead = _dead(tx)
    for _, ride in groupby(rows, key=lambda row: (row.departure_id, row.first, row.last)):
        hops = list(ride)
        one = hops[0]
        yield Offer(Ride(one.departure_id, from_place, to_place), one.leaves_ms, one.arrives_ms, _free(hops, dead))


def _free(rows: Sequence[Any], dead: Mapping[Key, int]) -> dict[str, int]:
    """By resource, the most that fits in one pool on every hop; what expired holds still keep counts as free."""
    hops: dict[tuple[str, int], int] = {}
    for row in rows:
        if row.resource is not None:  # a departure may state nothing
            parts = row.parts + dead.get((row.departure_id, row.seq, row.resource, row.pool), 0)
            hops[row.resource, row.seq] = max(hops.get((row.resource, row.seq), parts), parts)
    free: dict[str, int] = {}
    for (resource, _), parts in hops.items():
        free[resource] = min(free.get(resource, parts), parts)
    return free


def _dead(tx: Tx) -> dict[Key, int]:
    """What holds that have expired and are not swept yet keep of each counter."""
    found: dict[Key, int] = {}
    for row in tx.run(_EXPIRED, now_ms=tx.now_ms):
        key = (row.departure_id, row.seq, row.resource, row.pool)
        found[key] = found.get(key, 0) + row.quantity
    return found


def alternatives(tx: Tx, party_id: str, ride: Ride, parts: dict[str, int]) -> list[dict[str, object]]:
    """The next rides between the same places that would take it all."""
    end_ms = tx.now_ms + tx.policy.plan_ms * 4
    found = []
    for offer in offers(tx, party_id, ride.from_place, ride.to_place, tx.now_ms, end_ms, most=LOOKED_AT_MAX):
        if all(offer.free.get(name, quantity) >= quantity for name, quantity in parts.items()):
            found.append({"departure_id": offer.ride.departure_id, "leaves_ms": offer.leaves_ms})
        if len(found) == ALTERNATIVES_MAX:
            break
    return found
