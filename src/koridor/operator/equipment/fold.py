"""What a unit is, as a pure function of its events: neither the order in which they came nor a repetition matters.

Facts (gates, lifts, damage) are told by depots and terminals, late, twice or wrongly, and may be retracted. Decisions
(`ASSIGN`, `WITHDRAW`) are the desk's own and have a `step`. A gate says which order it was against, so an order is over
by that fact alone, whatever the clock of who told it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from koridor.operator.booking.tracking import RETRACT, classifier, written_ms
from koridor.operator.common.events import Event

ASSIGN, WITHDRAW = "ASSIGN", "WITHDRAW"
GATE_OUT, GATE_IN = "GTOT", "GTIN"
STATE_AFTER = {
    "RECEIVED": "available",
    GATE_OUT: "on_hire",
    "DAMAGE": "damaged",
    "REPAIR": "in_repair",
    "MENDED": "available",
    "OFFHIRE": "off_hire",
}
PASSING = ("LOAD", "DISC", "ARRI", "DEPA")  # they change the place and not the state
INSPECTED = "INSP"
FACTS = (*STATE_AFTER, GATE_IN, *PASSING, INSPECTED, RETRACT)


@dataclass(frozen=True, slots=True)
class Kept:
    """State of a unit.

    Attributes
    ----------
    state : str
        expected, available, released, on_hire, damaged, in_repair or off_hire.
    place_id : str
        Where it was last; "" before the first event.
    since_ms : int or None
        When its state or place changed last.
    inspect_ms : int or None
        When the next inspection is due (CSC or ACEP of a container, repair of a wagon); None where nobody said.
    engaged : tuple of str
        Orders that it is on: one at most, or the log was refused.
    orders : mapping of str to int or None
        When it passed the gate against each order that was not withdrawn; None: not yet.
    """

    state: str = "expected"
    place_id: str = ""
    since_ms: int | None = None
    inspect_ms: int | None = None
    engaged: tuple[str, ...] = ()
    orders: dict[str, int | None] = field(default_factory=dict)


def valid(events: Iterable[Event]) -> list[Event]:
    """What happened, in the order in which it did: each once, without what was retracted, planned or estimated."""
    known = {event.event_id: event for event in events}
    retracted = {event.body.get("retracts") for event in known.values() if event.kind == RETRACT}
    kept = [
        event
        for event in known.values()
        if event.kind != RETRACT and event.event_id not in retracted and classifier(event) == "ACT"
    ]
    return sorted(kept, key=lambda event: (event.happened_ms, written_ms(event), event.event_id))


def fold(events: Iterable[Event]) -> Kept:
    """State after a set of events."""
    happened = valid(events)
    state, place_id, since_ms, inspect_ms = "expected", "", None, None
    gated: dict[str, int] = {}
    for event in happened:
        if event.kind == INSPECTED:
            inspect_ms = int(event.body["next_ms"])
            continue
        if event.kind in (ASSIGN, WITHDRAW) or event.kind not in FACTS:
            continue
        state = _after(event, state)
        place_id, since_ms = str(event.body.get("place_id", place_id)), event.happened_ms
        if event.body.get("order_id"):
            gated[str(event.body["order_id"])] = event.happened_ms
    orders = {order_id: gated.get(order_id) for order_id in _assigned(happened)}
    engaged = tuple(sorted(order_id for order_id, at_ms in orders.items() if at_ms is None))
    if state == "available" and engaged:
        state = "released"
    return Kept(state, place_id, since_ms, inspect_ms, engaged, orders)


def _after(event: Event, state: str) -> str:
    if event.kind == GATE_IN:
        if not event.body.get("empty"):
            return "on_hire"
        return "damaged" if event.body.get("damaged") else "available"
    return STATE_AFTER.get(event.kind, state)


def _assigned(happened: Iterable[Event]) -> list[str]:
    """Orders that decisions left the unit on, in the order of the decisions."""
    decisions = [event for event in happened if event.kind in (ASSIGN, WITHDRAW)]
    found: dict[str, None] = {}
    for event in sorted(decisions, key=lambda event: int(event.body["step"])):
        if event.kind == ASSIGN:
            found[str(event.body["order_id"])] = None
        else:
            found.pop(str(event.body["order_id"]), None)
    return list(found)
