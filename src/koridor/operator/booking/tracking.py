"""Where a shipment is: a pure function of the set of its events, whatever the order in which they came.

Events have the shape of DCSA Track & Trace (2.x, 3.0 beta): a type, a classifier (PLN planned, EST estimated, ACT
actual), when it happened and when its publisher wrote it. A `RETRACT` takes another event back, as if it had never been
told; a correction is a retraction and a new event. Types that this version does not know are kept and change nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from koridor.operator.common.events import Event

RETRACT = "RETRACT"
EXPECTED = "expected"
PHASE_AFTER = {
    "STUF": "loaded",
    "PICK": "collected",
    "GTIN": "at_terminal",
    "LOAD": "on_board",
    "DEPA": "under_way",
    "CROS": "under_way",
    "ARRI": "arrived",
    "DISC": "discharged",
    "GTOT": "out_of_terminal",
    "STRP": "unloaded",
    "DROP": "delivered",
}
HELD_AFTER = {"CUSS": True, "CUSI": True, "HOLD": True, "CUSR": False, "RELS": False}


@dataclass(frozen=True, slots=True)
class Tracked:
    """State of a shipment.

    Attributes
    ----------
    phase : str
        What the last actual event left it in; "expected" before the first.
    place_id : str
        Where that was; "" where it was not told.
    since_ms : int or None
        When that was.
    held : bool
        Stopped by customs or another authority.
    expected_ms : int or None
        Arrival at the destination: the actual one, else the estimate written last, else the plan written last.
    """

    phase: str = EXPECTED
    place_id: str = ""
    since_ms: int | None = None
    held: bool = False
    expected_ms: int | None = None


def fold(events: Iterable[Event], destination: str) -> Tracked:
    """State after a set of events; the order and the repetition of the events are no matter."""
    ordered = standing(events)
    actual = [event for event in ordered if classifier(event) == "ACT"]
    moves = [event for event in actual if event.kind in PHASE_AFTER]
    stops = [event for event in actual if event.kind in HELD_AFTER]
    last = moves[-1] if moves else None
    return Tracked(
        phase=PHASE_AFTER[last.kind] if last else EXPECTED,
        place_id=str(last.body.get("place_id", "")) if last else "",
        since_ms=last.happened_ms if last else None,
        held=bool(stops) and HELD_AFTER[stops[-1].kind],
        expected_ms=_expected(ordered, destination),
    )


def standing(events: Iterable[Event]) -> list[Event]:
    """Events that were not taken back, each once, in the order in which they happened."""
    known = {event.event_id: event for event in events}
    retracted = {event.body.get("retracts") for event in known.values() if event.kind == RETRACT}
    valid = [event for event in known.values() if event.kind != RETRACT and event.event_id not in retracted]
    return sorted(valid, key=lambda event: (event.happened_ms, written_ms(event), event.event_id))


def moves(events: Iterable[Event]) -> list[Event]:
    """Actual events that move a shipment, in their order."""
    return [event for event in standing(events) if classifier(event) == "ACT" and event.kind in PHASE_AFTER]


def classifier(event: Event) -> str:
    """PLN, EST or ACT; what says nothing is taken as actual."""
    return str(event.body.get("classifier", "ACT"))


def written_ms(event: Event) -> int:
    """When its publisher wrote an event; that it came late to the desk must not matter."""
    return int(event.body.get("written_ms", event.happened_ms))


def _expected(ordered: list[Event], destination: str) -> int | None:
    arrivals = [event for event in ordered if event.kind == "ARRI" and event.body.get("place_id") == destination]
    for wanted in ("ACT", "EST", "PLN"):
        told = [event for event in arrivals if classifier(event) == wanted]
        if told:
            return max(told, key=lambda event: (written_ms(event), event.event_id)).happened_ms
    return None
