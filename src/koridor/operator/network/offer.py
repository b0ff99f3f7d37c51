"""What is still free, as one party may see it: its own allotment and the free pool, never another's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
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
_CALLS = Fixed(select_by(stop, "departure_id").order_by(stop.c.seq))


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
    on, off = stop.alias(), stop.alias()
    rides = (
        sa.select(departure.c.departure_id, on.c.seq.label("first"), on.c.at_ms.label("leaves_ms"))
        .add_columns(off.c.seq.label("last"), off.c.at_ms.label("arrives_ms"))
        .join(on, on.c.departure_id == departure.c.departure_id)
        .join(off, off.c.departure_id == departure.c.departure_id)
        .where(departure.c.status == "open", on.c.place_id == from_place, off.c.place_id == to_place)
        .where(on.c.seq < off.c.seq, on.c.at_ms.between(from_ms, to_ms))
        .order_by(on.c.at_ms, departure.c.departure_id)
        .limit(min(most or tx.policy.page_rows_max, tx.policy.page_rows_max))
    )
    if within is not None:
        rides = rides.where(departure.c.departure_id.in_(within))
    rows = tx.run(rides).all()
    left = left_of(tx, party_id, sorted({row.departure_id for row in rows}))
    for row in rows:
        free: dict[str, int] = {}
        for (seq, resource), parts in left.get(row.departure_id, {}).items():
            if row.first <= seq < row.last:
                free[resource] = min(free.get(resource, parts), parts)
        yield Offer(Ride(row.departure_id, from_place, to_place), row.leaves_ms, row.arrives_ms, free)


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
    """By departure, hop and resource, the most that fits in one pool; what expired holds still keep counts as free."""
    mine = sa.and_(capacity.c.departure_id.in_(ids), capacity.c.pool.in_((party_id, FREE)))
    pools: dict[tuple[str, int, str, str], int] = {}
    for row in tx.run(sa.select(capacity).where(mine)):
        pools[row.departure_id, row.seq, row.resource, row.pool] = row.cap + row.overbook - row.sold - row.held
    dead = (
        sa.select(hold_line)
        .join(hold, hold.c.hold_id == hold_line.c.hold_id)
        .where(hold.c.state == "pending", hold.c.expires_ms <= tx.now_ms, hold_line.c.departure_id.in_(ids))
    )
    with tx.seeing(EVERYBODY):  # whose dead holds they are is not told, only what they leave free
        left = tx.run(dead).all()
    for row in left:
        key = (row.departure_id, row.seq, row.resource, row.pool)
        if key in pools:
            pools[key] += row.quantity
    found: dict[str, dict[tuple[int, str], int]] = {}
    for (departure_id, seq, resource, _), parts in pools.items():
        hops = found.setdefault(departure_id, {})
        hops[seq, resource] = max(hops.get((seq, resource), parts), parts)
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
