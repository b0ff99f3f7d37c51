"""Bodies and answers: messages of partners, what waits to be matched, what shipments are made of."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from koridor.operator.api.bodies.words import Body, Free, Id, bounded

RAW_MAX = 240_000  # signs; the door lets no more bytes in than the policy says
HALF_DAY_MIN = 14 * 60

Number = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]+$")]
Numbers = Annotated[list[Number], Field(max_length=200)]


def _kept(text: str) -> str:
    bounded({"text": text})
    return text


class NewMessage(Body):
    """A message of a partner as it came, addressed to a partner of the desk.

    `offset_min` is how far times without an offset are ahead of UTC, as agreed with the sender.
    """

    to_id: Id
    text: Annotated[str, StringConstraints(min_length=1, max_length=RAW_MAX), AfterValidator(_kept)]
    format: Literal["dcsa", "epcis", "iftsta", "codeco", "coarri"] | None = None
    offset_min: Annotated[int, Field(ge=-HALF_DAY_MIN, le=HALF_DAY_MIN)] = 0


class MessageAnswer(BaseModel):
    """What was read; `matched` counts new events that reached shipments of which the sender is a part."""

    message_id: str
    format: str
    events: int
    new: int
    matched: int


class Waiting(BaseModel):
    """An event that reached no shipment; `candidates` are one's own shipments that carry what it names."""

    event_id: str
    sender_id: str
    message_id: str
    kind: str
    happened_ms: int
    recorded_ms: int
    body: dict[str, Any]
    candidates: list[str]


class InboxAnswer(BaseModel):
    """A page of what waits; `next` continues."""

    events: list[Waiting]
    next: str | None


class InboxDecision(Body):
    """What becomes of an event that waits: matched to a shipment, or dismissed where none is named."""

    shipment_id: Id | None = None


class InboxDecided(BaseModel):
    """The event and its shipment, None where it was dismissed."""

    event_id: str
    shipment_id: str | None


class UnitChange(Body):
    """Containers, wagons and references of a shipment that are added, and numbers that no longer belong to it.

    `tellers` are carriers and terminals who take part in it from now on.
    """

    containers: Numbers = []
    wagons: Numbers = []
    references: Numbers = []
    remove: Numbers = []
    tellers: Annotated[list[Id], Field(max_length=20)] = []


class UnitsAnswer(BaseModel):
    """The numbers of a shipment; `matched` counts events that waited for them."""

    shipment_id: str
    containers: list[str]
    wagons: list[str]
    references: list[str]
    matched: int = 0


class KeptEvent(BaseModel):
    """An event as the desk keeps it."""

    event_id: str
    kind: str
    happened_ms: int
    recorded_ms: int
    body: dict[str, Any]


class EventsAnswer(BaseModel):
    """All that was told of a shipment, by the time at which it happened."""

    events: list[KeptEvent]


class DcsaAnswer(BaseModel):
    """Events in the flat shape of DCSA Track & Trace 2.x."""

    events: list[dict[str, Any]]


class EpcisAnswer(BaseModel):
    """Events of EPCIS 2.0."""

    eventList: list[dict[str, Any]]  # noqa: N815 - the name that EPCIS gives it


class ConsignmentBody(Body):
    """What a booking does not know of its consignment, in the shape of the papers' data; legs and boxes are joined to
    those of the shipment by `leg_id` and `number`.
    """

    data: Free


class IssueAnswer(BaseModel):
    """Version of the data, what it changes in each paper, and what of it the legs in force contradict."""

    shipment_id: str
    version: int
    changes: dict[str, list[dict[str, Any]]]
    contradictions: list[str]


class PapersAnswer(BaseModel):
    """Data of the consignment with its papers, or in `missing` all that keeps it from having any.

    `contradictions` are what people gave that the legs in force contradict; the papers follow the legs.
    """

    shipment_id: str
    version: int
    data: dict[str, Any]
    missing: list[str]
    contradictions: list[str]
    papers: list[dict[str, Any]]
    checklist: list[dict[str, Any]]
    segments: list[dict[str, Any]]
    changes: dict[str, list[dict[str, Any]]]


class Instruction(BaseModel):
    """IFTMIN of a leg, for its first carrier."""

    leg_id: str
    recipient: str
    text: str


class InstructionsAnswer(BaseModel):
    """IFTMIN of each leg, under an issue of the data."""

    shipment_id: str
    version: int
    messages: list[Instruction]


class ArrivalAnswer(BaseModel):
    """When a shipment arrives with a chance of 50 % and of 90 %.

    `promised_ms` is the P90 of its quote, `told_ms` what carriers told of the arrival, `journeys` how many observations
    the forecast rests on beside the plan; `place_id` is the last place of the way that it has reached, which it has
    left where it is `under_way`.
    """

    shipment_id: str
    p50_ms: int
    p90_ms: int
    arrived_ms: int | None
    promised_ms: int | None
    told_ms: int | None
    journeys: int
    place_id: str
    under_way: bool


class AlertAnswer(BaseModel):
    """An alert: what it is of, until when, and when the caller's own party has seen it; `text` is for people."""

    alert_id: str
    kind: str
    object_kind: str
    object_id: str
    what: str
    due_ms: int
    raised_ms: int
    resolved_ms: int | None
    acknowledged_ms: int | None
    text: str


class AlertsAnswer(BaseModel):
    """A page of alerts that hold; `next` continues."""

    alerts: list[AlertAnswer]
    next: str | None


class TimeRow(BaseModel):
    """Hours of a hop, or of a stay at a place: how many were observed, and their quantiles."""

    kind: str
    from_place: str
    to_place: str
    mode: str
    service_id: str
    n: int
    p5_h: float
    p50_h: float
    p95_h: float


class FlowRow(BaseModel):
    """What passed a hop in a month; `teu` is decimal text."""

    month: str
    service_id: str
    link_id: str
    from_place: str
    to_place: str
    mode: str
    shipments: int
    teu: str
    t: float
    source: str


class EditRow(BaseModel):
    """An edit of the patches that planners may take, as in the table `edit`."""

    patch_id: str
    table: str
    key: str
    field: str
    op: str
    value: str


class IncidentRow(BaseModel):
    """An incident that holds now, whose edits have its id as patch_id; `to_ms` is null until it is known."""

    patch_id: str
    title: str
    kind: str
    source: str
    from_ms: int
    to_ms: int | None


class ObservationsAnswer(BaseModel):
    """What one's party has observed: times, flows, incidents, and patches of the planners' tables."""

    times: list[TimeRow]
    flows: list[FlowRow]
    incidents: list[IncidentRow]
    edits: list[EditRow]
