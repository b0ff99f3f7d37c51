"""How far a shipment is on its itinerary, by its events, and what is left of the way.

A pure function of the legs with their calls and of the events that moved it: events at places that are not on the way
change nothing, a place that it has passed is not reached again, and an event that tells no place is where it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from koridor.operator.booking import tracking
from koridor.operator.booking.itinerary import Leg
from koridor.operator.common.desk import Tx
from koridor.operator.common.events import Event
from koridor.operator.db.statement import select_by
from koridor.operator.db.tables import stop

_CALLS = select_by(stop, "departure_id").order_by(stop.c.seq)
ABOARD = ("on_board", "under_way")
THERE = ("unloaded", "delivered")


@dataclass(frozen=True, slots=True)
class Call:
    """A place of a leg. `seq` and `at_ms` are the call of its departure; None without one."""

    place_id: str
    seq: int | None = None
    at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """Where a shipment is: at or after a call of a leg.

    Attributes
    ----------
    leg, call : int
        The leg that it is on, or that comes next, and the last call of it that was reached, from 0.
    riding : bool
        It is on the vehicle of the leg, and gets off at the next call at the earliest.
    since_ms : int or None
        When that was told to be.
    done : bool
        It has arrived at the end of its way.
    """

    leg: int = 0
    call: int = 0
    riding: bool = False
    since_ms: int | None = None
    done: bool = False


def calls_of(tx: Tx, legs: Sequence[Leg]) -> list[tuple[Call, ...]]:
    """Calls of each leg from its first place to its last; the two ends of a leg without a departure."""
    found = []
    for leg in legs:
        rows = tx.run(_CALLS, departure_id=leg.departure_id).all() if leg.departure_id else []
        at = {row.place_id: row.seq for row in rows}
        first, last = at.get(leg.from_place, 0), at.get(leg.to_place, -1)
        calls = tuple(Call(row.place_id, row.seq, row.at_ms) for row in rows if first <= row.seq <= last)
        found.append(calls or (Call(leg.from_place), Call(leg.to_place)))
    return found


def position(calls: Sequence[Sequence[Call]], events: Iterable[Event]) -> Position:
    """Where a shipment is after its events; at the beginning before the first."""
    points = [(leg, at, call.place_id) for leg, of in enumerate(calls) for at, call in enumerate(of)]
    reached, riding, since_ms, there = 0, False, None, False
    for event in tracking.moves(events):
        phase = tracking.PHASE_AFTER[event.kind]
        place_id = event.body.get("place_id")
        ahead = [at for at in range(reached, len(points)) if place_id is None or points[at][2] == place_id]
        there = there or phase in THERE
        if not ahead:
            continue
        at = ahead[0]
        ends = at + 1 < len(points) and points[at + 1][0] != points[at][0]
        if phase in ABOARD and ends and points[at + 1][2] == points[at][2]:
            at, ends = at + 1, False
        reached, since_ms = at, event.happened_ms
        riding = phase in ABOARD or (phase == "arrived" and not ends and riding)
    return _settled(points, reached, riding, since_ms, there)


def _settled(
    points: Sequence[tuple[int, int, str]], reached: int, riding: bool, since_ms: int | None, there: bool
) -> Position:
    leg, call, _ = points[reached]
    last = reached == len(points) - 1
    if there or last:
        return Position(leg, call, riding=False, since_ms=since_ms, done=True)
    if points[reached + 1][0] != leg:  # at the end of a leg is at the beginning of the next
        return Position(leg + 1, 0, riding=False, since_ms=since_ms)
    return Position(leg, call, riding=riding, since_ms=since_ms)


def switch(calls: Sequence[Sequence[Call]], here: Position, now_ms: int) -> tuple[Position, str, int]:
    """Where it can get on something else: that position, its place, and the earliest moment.

    At once where it is not riding, else at the next call; never before now. The position is `done` where that is the
    end of the way.
    """
    at = replace(here, call=here.call + 1, riding=False) if here.riding else here
    call = calls[at.leg][at.call]
    earliest_ms = max(now_ms, here.since_ms or 0, (call.at_ms or 0) if here.riding else 0)
    if at.call == len(calls[at.leg]) - 1:
        last = at.leg == len(calls) - 1
        at = replace(at, done=True) if last else replace(at, leg=at.leg + 1, call=0)
    return at, call.place_id, earliest_ms


def run_legs(legs: Sequence[Leg], calls: Sequence[Sequence[Call]], at: Position) -> list[Leg]:
    """Legs up to a position, the one that it is on cut there."""
    found = list(legs[: at.leg])
    if at.call:
        found.append(replace(legs[at.leg], to_place=calls[at.leg][at.call].place_id))
    return found


def rest(calls: Sequence[Sequence[Call]], here: Position) -> list[tuple[int, tuple[Call, ...]]]:
    """What is left: each leg with the calls that are not yet passed, the last that was reached first."""
    if here.done:
        return []
    left = [(leg, tuple(of)) for leg, of in enumerate(calls) if leg > here.leg]
    return [(here.leg, tuple(calls[here.leg][here.call :])), *left]
