"""Bodies: incidents, departures as they run, rebooking and partial loads; and what their routes answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from koridor.operator.api.bodies.selling import NewLeg, NewLine
from koridor.operator.api.bodies.words import Body, Id, Millis, Quantity, Reason, Text

Cell = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00-\x1f\x7f]*$")]
Key = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{0,60}$")]
Bears = Literal["seller", "customer"]
Id16 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]


class NewClosure(Body):
    """Something that is shut or, with `longer_h`, takes so many hours longer."""

    of: Literal["place", "link", "border", "service"]
    row: Id
    longer_h: Annotated[int, Field(ge=0, le=2000)] = 0


class NewEdit(Body):
    """An edit of a patch, as in the table `edit`."""

    table: Name
    key: Key
    field: Name = ""
    op: Literal["drop", "add", "set", "raise_to", "scale", "shift"]
    value: Cell = ""


class NewIncident(Body):
    """What happened, by closures or edits of the network, and when; without an end until it is ended."""

    title: Text
    kind: Literal["border", "line", "port", "weather", "strike", "accident", "authority", "service", "other"]
    source: Text
    from_ms: Millis
    to_ms: Millis | None = None
    closures: Annotated[list[NewClosure], Field(max_length=100)] = []
    edits: Annotated[list[NewEdit], Field(max_length=500)] = []


class ToldIncident(NewIncident):
    """A new incident; `shared` with all partners of the desk, or kept to one's own party."""

    shared: bool = True


class Note(Body):
    """Why."""

    note: Text


class NewState(Note):
    """What a departure is now."""

    state: Literal["open", "closed", "cancelled"]


class MovedCall(Body):
    """A call of a departure and its new moment."""

    seq: Annotated[int, Field(ge=1, le=1000)]
    at_ms: Millis


class NewTimes(Note):
    """Other moments for calls of a departure."""

    calls: Annotated[list[MovedCall], Field(min_length=1, max_length=200)]


class NewRebooking(Body):
    """Another way for a booking: an alternative that was told, or legs and price lines from where the shipment is.

    An alternative by another way is found again with the `cargo` that it was asked for, if one was named.
    `ask_plans` asks the railways of the way first and rebooks nothing.
    """

    alternative_id: Id16 | None = None
    cargo: Text | None = None
    legs: Annotated[list[NewLeg], Field(max_length=30)] = []
    lines: Annotated[list[NewLine], Field(max_length=100)] = []
    bears: Bears = "seller"
    reason: Reason = ""
    ask_plans: bool = False


class NewRebookings(Body):
    """Bookings to wait or to be rebooked on later departures, whichever delays each least, in this order."""

    booking_ids: Annotated[list[Id], Field(min_length=1, max_length=200)]
    bears: Bears = "seller"
    reason: Reason = ""


class NewLoad(Body):
    """What of a booking was loaded, by resource; what was left is given back or `rolled_to` a later departure."""

    quantities: Annotated[dict[Text, Quantity], Field(min_length=1, max_length=10)]
    rolled_to: Id | None = None
    reason: Reason = ""


class IncidentAnswer(BaseModel):
    """An incident with its edits, and what they shut and slow."""

    incident_id: str
    title: str
    kind: str
    source: str
    state: str
    from_ms: int
    to_ms: int | None
    network_id: str
    edits: list[dict[str, str]]
    links: list[str]
    services: list[str]
    slower_ms: dict[str, int]


class IncidentsAnswer(BaseModel):
    """Incidents that hold now or later."""

    incidents: list[IncidentAnswer]


class WhyAnswer(BaseModel):
    """What a booking meets."""

    kind: str
    leg: int
    what: str
    from_ms: int | None
    to_ms: int | None
    waits_ms: int | None
    incident_id: str


class AffectedOne(BaseModel):
    """A booking that is affected, and where it is."""

    booking_id: str
    status: str
    shipment_id: str | None
    place_id: str
    riding: bool
    why: list[WhyAnswer]


class AffectedAnswer(BaseModel):
    """Bookings that are affected."""

    affected: list[AffectedOne]


class AlternativeAnswer(BaseModel):
    """What a booking could do; costs only for who may see costs."""

    alternative_id: str
    kind: str
    legs: list[dict[str, Any]]
    delay_h: int
    p50_h: int | None
    more_minor: dict[str, int]
    cost_more_minor: dict[str, int] | None = None
    free: dict[str, str]
    co2e_more_kg: int | None


class AlternativesAnswer(AffectedOne):
    """A booking, and what it could do, the least delay first; and why there are not more other ways."""

    alternatives: list[AlternativeAnswer]
    reasons: list[str]


class RebookedAnswer(BaseModel):
    """A booking under its new quote, or the railways that were asked for it."""

    booking_id: str
    quote_id: str | None
    totals: dict[str, int] | None
    asked: list[str]


class OutcomeAnswer(BaseModel):
    """What came of one booking of many."""

    booking_id: str
    outcome: Literal["rebooked", "waits", "free", "not_helped"]
    code: str
    sentence: str
    delay_ms: int


class OutcomesAnswer(BaseModel):
    """What came of many bookings, in their order."""

    outcomes: list[OutcomeAnswer]


class DepartureAnswer(BaseModel):
    """A departure as it runs."""

    departure_id: str
    state: str
    calls: list[dict[str, Any]]


class LoadedAnswer(BaseModel):
    """A booking of what was loaded, and the one for the rest where that was rolled."""

    booking_id: str
    quote_id: str
    totals: dict[str, int]
    rolled_booking_id: str | None
