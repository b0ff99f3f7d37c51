"""Bodies: events of shipments."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, StringConstraints

from koridor.operator.api.bodies.words import Body, Free, Id, Millis, Shown

EVENT_FIELDS = ("event_id", "kind", "happened_ms", "written_ms", "classifier", "place_id", "retracts")


def unnamed(content: dict[str, Any]) -> dict[str, Any]:
    """Free content of an event without the names that have a type of their own. Raises ValueError."""
    taken = sorted(set(content) & set(EVENT_FIELDS))
    if taken:
        raise ValueError(f"{', '.join(taken)} must stand beside body, not in it")
    return content


FreeOfEvent = Annotated[Free, AfterValidator(unnamed)]


class NewEvent(Body):
    """An event of a shipment, in the shape of DCSA Track & Trace; `body` keeps what this version does not know."""

    event_id: Id
    kind: Annotated[str, StringConstraints(pattern=r"^[A-Z_]{3,20}$")]
    happened_ms: Millis
    written_ms: Millis | None = None
    classifier: Literal["PLN", "EST", "ACT"] = "ACT"
    place_id: Id | None = None
    retracts: Id | None = None
    body: FreeOfEvent = {}


class ShipmentAnswer(Shown):
    """Where a shipment is."""

    shipment_id: str
    phase: str
    place_id: str
    since_ms: int | None
    held: bool
    expected_ms: int | None


class EventAnswer(ShipmentAnswer):
    """Where a shipment is after an event, and whether the event was new."""

    new: bool
