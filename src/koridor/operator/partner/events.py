"""What a ferry line and a terminal tell of a shipment, in the formats in which they do: DCSA, EPCIS 2.0, IFTSTA."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from koridor.operator.identifiers.tables import by_key
from koridor.operator.messages import dcsa, edifact, epcis, iftsta
from koridor.operator.messages.edifact import Interchange, Message, Segment
from koridor.operator.messages.told import RETRACT, Told

DCSA, EPCIS, IFTSTA = "dcsa", "epcis", "iftsta"
FERRY, TERMINAL = "ferry", "terminal"
COURSE = (("GTIN", 0, TERMINAL), ("LOAD", 0, TERMINAL), ("DEPA", 0, FERRY), ("ARRI", 1, FERRY), ("DISC", 1, TERMINAL))
BASE = "https://partner.example/id"
NAMED = ("classifier", "written_ms", "place_id")
HOUR = timedelta(hours=1)
WRITTEN_IN = "%Y%m%d%H%M"


@dataclass(frozen=True, slots=True)
class Carried:
    """A shipment that the robots carry: whose desk it is of, its ends, and the number of its container."""

    shipment_id: str
    party_id: str
    from_place: str
    to_place: str
    container: str


@dataclass(frozen=True, slots=True)
class Note:
    """A message: who tells it, in which format."""

    by: str
    format: str
    text: str


def course(carried: Carried, until: datetime) -> list[tuple[str, Told]]:
    """Who tells what of a shipment, an hour after another, the last now."""
    ends = (carried.from_place, carried.to_place)
    start = until - (len(COURSE) - 1) * HOUR
    found = []
    for number, (kind, end, by) in enumerate(COURSE):
        happened = start + number * HOUR
        event_id = f"{carried.shipment_id}.{kind}"
        told = Told(event_id, kind, "ACT", happened, happened, ends[end], equipment=carried.container, empty=False)
        found.append((by, told))
    return found


def corrected(told: Told) -> list[Told]:
    """An event told wrong by three hours, taken back, and told right."""
    wrong = replace(told, event_id=f"{told.event_id}.wrong", happened=told.happened - 3 * HOUR)
    back = Told(f"{told.event_id}.back", RETRACT, "ACT", told.happened, told.written, retracts=wrong.event_id)
    return [wrong, replace(back, equipment=told.equipment), told]


def written(told: Told, by: str, form: str) -> Note:
    """The event as a message; the ferry line writes DCSA alone, and no retraction goes into IFTSTA."""
    if by == FERRY or form == DCSA:
        return Note(by, DCSA, json.dumps(dcsa.write(told)))
    if form == EPCIS or told.kind == RETRACT or told.kind not in _codes():
        return Note(by, EPCIS, json.dumps(_listed(epcis.write(told, BASE), told)))
    return Note(by, IFTSTA, _interchange(told))


def read(note: Note) -> tuple[Told, ...]:
    """The events of a message, by the desk's own readers."""
    if note.format == IFTSTA:
        return iftsta.read(note.text, UTC)[1]
    return {DCSA: dcsa.read, EPCIS: epcis.read}[note.format](json.loads(note.text))


def as_body(told: Told) -> dict[str, Any]:
    """The body of ``POST /v1/shipments/{id}/events`` for an event, whose signs must fit ids there."""
    content = told.body()
    named: dict[str, Any] = {name: content.pop(name) for name in NAMED if name in content}
    if content.pop("retracts", ""):
        named["retracts"] = _fit(told.retracts)
    head = {"event_id": _fit(told.event_id), "kind": told.kind, "happened_ms": told.happened_ms}
    return {**head, **named, "body": content}


def _fit(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", ".", text)


def _listed(made: dict[str, Any], told: Told) -> dict[str, Any]:
    """An error declaration names the container too, by which the desk finds the shipment."""
    return made if "epcList" in made or "childEPCs" in made else {**made, "epcList": [f"{BASE}/{told.equipment}"]}


def _codes() -> Mapping[str, str]:
    return {row["kind"]: row["code"] for row in by_key("iftsta_status", "code", iftsta.TABLES).values()}


def _interchange(told: Told) -> str:
    moment = told.happened.strftime(WRITTEN_IN)
    segments = (
        Segment("BGM", (("23",), (told.event_id,), ("9",))),
        Segment("DTM", (("137", moment, "203"),)),
        Segment("CNI", (("1",), (told.event_id.partition(".")[0],))),
        Segment("STS", (("1",), (_codes()[told.kind],))),
        Segment("DTM", (("334", moment, "203"),)),
        Segment("LOC", (("175",), (told.place,))),
        Segment("EQD", (("CN",), (told.equipment,))),
    )
    message = Message("1", "IFTSTA", "D:96A", segments)
    return edifact.write(Interchange("TERMINAL", "DESK", told.event_id[:14], moment[2:], (message,)))


def moment_of(now_ms: int) -> datetime:
    """A moment in UTC to the minute, as formats of EDIFACT have no finer one."""
    return datetime.fromtimestamp(now_ms // 60_000 * 60, UTC)
