"""What is still free, as one party may see it: its own allotment and the free pool, never another's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.statement import Fixed, select_by
from koridor.operator.db.tables import capacity, departure, hold, hold_line, stop
from koridor.operator.db.wall import EVERYBODY
from koridor.operator.network.capacity import Want
from koridor.operator.network.publish import FREE
from koridor.text import t

ALTERNATIVES_MAX, LOOKED_AT_MAX = 5, 30
P = sa.bindparam
_CALLS = Fixed(select_by(stop, "departure_id").order_by(stop.c.seq))
_LEFT = capacity.c.cap + capacity.c.overbook - capacity.c.sold - capacity.c.held
_POOLS = (capacity.c.departure_id, capacity.c.seq, capacity.c.resource, capacity.c.pool, _LEFT.label("left"))
_MINE = sa.or_(capacity.c.pool == P("party_id"), capacity.c.pool == FREE)
_DEAD = Fixed(
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
    """Rows of `stop` of a departure by place, read once a transaction.

    To ask for one place costs ten times as much: SQLite then takes the index of places, which has every departure.
    """
    name = _memo(departure_id)
    if name not in tx.memo:
        tx.memo[name] = {row.place_id: row for row in tx.run(_CALLS, departure_id=departure_id)}
    return tx.memo[name]


def forget_calls(tx: Tx, departure_id: str) -> None:
    """Lets the calls of a departure be read anew: they have been moved."""
    tx.memo.pop(_memo(departure_id), None)


def _memo(departure_id: str) -> str:
    return f"calls/{departure_id}"


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
    tx: Tx,
    party_id: str,
    from_place: str,
    to_place: str,
    from_ms: int,
    to_ms: int,
    *,
    most: int | None = None,
    within: sa.Select[tuple[str]] | None = None,
) -> Iterator[Offer]:
    """Rides between two places that leave in a span of time, by departure; only of departures `within`, if told."""
    span = {"from_place": from_place, "to_place": to_place, "from_ms": from_ms, "to_ms": to_ms}
    most_rides = min(most or tx.policy.page_rows_max, tx.policy.page_rows_max)
    rides = _RIDES if within is None else _rides(within)
    rows = tx.run(rides, **span, most=most_rides, party_id=party_id).all()
    dead = _dead(tx)
    for _, several in groupby(rows, key=attrgetter("ride_id")):
        hops = list(several)
        free: dict[str, int] = {}
        for (_, _, resource), parts in _widest([hop for hop in hops if hop.pool is not None], dead).items():
            free[resource] = min(free.get(resource, parts), parts)
        ride = Ride(hops[0].ride_id, from_place, to_place)
        yield Offer(ride, hops[0].leaves_ms, hops[0].arrives_ms, free)


def _rides(within: sa.Select[tuple[str]] | None = None) -> sa.Select[Any]:
    """Rides, each with what is left in every pool on the hops that it passes, or with nothing where none is sold."""
    on, off = stop.alias(), stop.alias()
    rides = (
        sa.select(departure.c.departure_id.label("ride_id"), on.c.seq.label("first"), on.c.at_ms.label("leaves_ms"))
        .add_columns(off.c.seq.label("last"), off.c.at_ms.label("arrives_ms"))
        .join(on, on.c.departure_id == departure.c.departure_id)
        .join(off, off.c.departure_id == departure.c.departure_id)
        .where(departure.c.status == "open", on.c.place_id == P("from_place"), off.c.place_id == P("to_place"))
        .where(on.c.seq < off.c.seq, on.c.at_ms.between(P("from_ms"), P("to_ms")))
        .order_by(on.c.at_ms, departure.c.departure_id)
        .limit(P("most", type_=sa.BigInteger))
    )
    if within is not None:
        rides = rides.where(departure.c.departure_id.in_(within))
    ride = rides.subquery()
    passed = (capacity.c.departure_id == ride.c.ride_id, capacity.c.seq >= ride.c.first, capacity.c.seq < ride.c.last)
    hops = sa.select(ride.c.ride_id, ride.c.leaves_ms, ride.c.arrives_ms, *_POOLS)
    return hops.outerjoin(capacity, sa.and_(*passed, _MINE)).order_by(ride.c.leaves_ms, ride.c.ride_id)


_RIDES = Fixed(_rides())


def free(tx: Tx, party_id: str, rides: Iterable[Ride]) -> dict[str, int]:
    """By resource, the most that one line could take on every segment of all the rides; nothing for no ride."""
    asked = list(rides)
    hops = left_of(tx, party_id, sorted({ride.departure_id for ride in asked}))
    found: dict[str, int] = {}
    for ride in asked:
        passed = {want.seq for want in wants(tx, ride, {"teu": 1})}
        for (seq, resource), parts in hops.get(ride.departure_id, {}).items():
            if seq in passed:
                found[resource] = min(found.get(resource, parts), parts)
    return found


def left_of(tx: Tx, party_id: str, ids: Sequence[str]) -> dict[str, dict[tuple[int, str], int]]:
    """By departure, hop and resource, the most that fits in one pool; what expired holds still keep counts as free.

    Nothing fits on a departure that is closed or cancelled.
    """
    asked = sa.select(*_POOLS, departure.c.status)
    asked = asked.join(departure, departure.c.departure_id == capacity.c.departure_id)
    rows = tx.run(asked.where(capacity.c.departure_id.in_(ids), _MINE), party_id=party_id).all()
    open_ = {row.departure_id for row in rows if row.status == "open"}
    found: dict[str, dict[tuple[int, str], int]] = {}
    for (departure_id, seq, resource), parts in _widest(rows, _dead(tx)).items():
        found.setdefault(departure_id, {})[seq, resource] = parts if departure_id in open_ else 0
    return found


def _widest(rows: Iterable[Any], dead: Mapping[tuple[str, int, str, str], int]) -> dict[tuple[str, int, str], int]:
    """The most that fits in one pool, by departure, hop and resource."""
    found: dict[tuple[str, int, str], int] = {}
    for row in rows:
        key = (row.departure_id, row.seq, row.resource)
        parts = row.left + dead.get((*key, row.pool), 0)
        found[key] = max(found.get(key, parts), parts)
    return found


def _dead(tx: Tx) -> dict[tuple[str, int, str, str], int]:
    """What expired holds still keep, by departure, hop, resource and pool; nothing where they were just swept."""
    with tx.seeing(EVERYBODY):  # whose dead holds they are is not told, only what they leave free
        rows = tx.run(_DEAD, now_ms=tx.now_ms).all()
    found: dict[tuple[str, int, str, str], int] = {}
    for row in rows:
        key = (row.departure_id, row.seq, row.resource, row.pool)
        found[key] = found.get(key, 0) + row.quantity
    return found


def alternatives(tx: Tx, party_id: str, ride: Ride, parts: dict[str, int], from_ms: int) -> list[dict[str, object]]:
    """The next rides between the same places, from a moment on, that would take it all."""
    end_ms = from_ms + tx.policy.plan_ms * 4
    found = []
    for offer in offers(tx, party_id, ride.from_place, ride.to_place, from_ms, end_ms, most=LOOKED_AT_MAX):
        if all(offer.free.get(name, quantity) >= quantity for name, quantity in parts.items()):
            found.append({"departure_id": offer.ride.departure_id, "leaves_ms": offer.leaves_ms})
        if len(found) == ALTERNATIVES_MAX:
            break
    return found
