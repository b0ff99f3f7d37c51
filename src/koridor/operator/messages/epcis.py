"""EPCIS 2.0 events in JSON: Object, Aggregation and Association events in; containers on wagons and trains out.

Identifiers are URIs; the last part of a URI is the number (``https://example.org/BIC/CSQU3054383``). A correction is an
event with an `errorDeclaration`: it takes back the event of its id, `correctiveEventIDs` name those that replace it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from koridor.errors import Problem
from koridor.operator.identifiers.tables import by_key
from koridor.operator.messages.reading import Reader, listed
from koridor.operator.messages.told import RETRACT, Told
from koridor.text import t

TABLE = "epcis"
TABLES = Path(__file__).parent / "tables"
EVENT_TYPES = ("ObjectEvent", "AggregationEvent", "AssociationEvent")
_ACTIONS = ("OBSERVE", "ADD", "DELETE")
_KNOWN = (
    "type", "eventID", "eventTime", "eventTimeZoneOffset", "recordTime", "action", "bizStep", "epcList", "childEPCs",
    "parentID", "readPoint", "bizLocation", "errorDeclaration",
)  # fmt: skip
_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


def read(found: Any) -> tuple[Told, ...]:
    """The events of a document, a list or a single event. Raises DataError with every problem.

    An event that lists several objects becomes as many, their ids ending in the number of the object.
    """
    problems: list[Problem] = []
    inside = found
    if isinstance(found, Mapping) and isinstance(found.get("epcisBody"), Mapping):
        inside = found["epcisBody"]
    told = [
        one for path, raw in listed(TABLE, inside, "eventList") for one in _event(Reader(TABLE, raw, path, problems))
    ]
    Reader(TABLE, {}, "", problems).finish()
    return tuple(told)


def _event(reader: Reader) -> list[Told]:
    before = len(reader.problems)
    kind_of = reader.one_of("type", EVENT_TYPES)
    event_id = reader.text("eventID", needed=True)
    zone = _zone(reader)
    happened, written = reader.moment("eventTime", needed=True), reader.moment("recordTime")
    mistake = reader.inner("errorDeclaration")
    if mistake.found:
        declared = mistake.moment("declarationTime", needed=True)
        if len(reader.problems) > before or declared is None:
            return []
        return _retractions(reader, event_id, declared, mistake.found.get("correctiveEventIDs", []))
    action = reader.one_of("action", _ACTIONS)
    step = _last(reader.text("bizStep"))
    objects = _objects(reader, "epcList" if kind_of == "ObjectEvent" else "childEPCs")
    parent = _last(reader.text("parentID", needed=kind_of != "ObjectEvent" and action != "DELETE"))
    place = _last(reader.inner("readPoint").text("id") or reader.inner("bizLocation").text("id"))
    if len(reader.problems) > before or happened is None or zone is None:
        return []
    kind = _kind(kind_of, action, step)
    return [
        Told(
            event_id if len(objects) == 1 else f"{event_id}#{one}",
            kind,
            "ACT",
            happened.astimezone(zone),
            written,
            place,
            equipment=one,
            carried_by=parent,
            source_code=f"{kind_of}:{action}:{step}",
            extra=reader.rest(_KNOWN),
        )
        for one in objects
    ]


def _retractions(reader: Reader, event_id: str, declared: datetime, instead: Any) -> list[Told]:
    """A retraction of each event that the event taken back had become."""
    listed_in = next((key for key in ("epcList", "childEPCs") if reader.found.get(key)), "")
    objects = _objects(reader, listed_in) if listed_in else []
    ids = [f"{event_id}#{one}" for one in objects] if len(objects) > 1 else [event_id]
    extra = {"correctiveEventIDs": instead} if instead else {}
    return [Told(f"{one}#error", RETRACT, "ACT", declared, declared, retracts=one, extra=extra) for one in ids]


def _kind(kind_of: str, action: str, step: str) -> str:
    row = by_key("epcis_step", "step", TABLES).get(step)
    if row:
        return row["kind"]
    if kind_of != "ObjectEvent" and action in ("ADD", "DELETE"):
        return "LOAD" if action == "ADD" else "DISC"
    return f"EPCIS:{step or action}"


def _objects(reader: Reader, key: str) -> list[str]:
    found = reader.found.get(key)
    if not isinstance(found, list) or not found or not all(isinstance(one, str) and one for one in found):
        reader.wrong(key, t("must be a list of at least one identifier"), found if found is not None else "")
        return []
    return [_last(one) for one in found]


def _zone(reader: Reader) -> timezone | None:
    text = reader.text("eventTimeZoneOffset", needed=True)
    if not text:
        return None
    hit = re.fullmatch(r"([+-])(\d\d):(\d\d)", text)
    if hit is None or int(hit[2]) > 14 or int(hit[3]) > 59:
        reader.wrong("eventTimeZoneOffset", t("must be an offset such as +03:00"), text)
        return None
    minutes = int(hit[2]) * 60 + int(hit[3])
    return timezone(timedelta(minutes=minutes if hit[1] == "+" else -minutes))


def _last(uri: str) -> str:
    """The last part of a URI; of `urn:epc:id:grai:1.2.3` what stands behind the last colon."""
    return re.split(r"[/:]", uri.rstrip("/"))[-1] if uri else ""


def write(told: Told, base: str) -> dict[str, Any]:
    """The event as an EPCIS event: an AssociationEvent where it stands on something, else an ObjectEvent.

    `base` is the URI before the numbers, such as ``https://example.org/id``. A retraction becomes an error declaration
    of the event that it takes back.
    """
    if told.kind == RETRACT:
        return {
            "type": "ObjectEvent",
            "eventID": told.retracts,
            "eventTime": told.happened.isoformat(),
            "eventTimeZoneOffset": _offset(told.happened),
            "errorDeclaration": {"declarationTime": told.happened.isoformat()},
        }
    steps = {row["kind"]: row["step"] for row in by_key("epcis_step", "step", TABLES).values()}
    on = bool(told.carried_by) and told.kind in ("LOAD", "DISC")
    made: dict[str, Any] = {
        "@context": _CONTEXT,
        "type": "AssociationEvent" if on else "ObjectEvent",
        "eventID": told.event_id,
        "eventTime": told.happened.isoformat(),
        "eventTimeZoneOffset": _offset(told.happened),
        "action": ("ADD" if told.kind == "LOAD" else "DELETE") if on else "OBSERVE",
        "childEPCs" if on else "epcList": [f"{base}/{told.equipment}"],
    }
    if on:
        made["parentID"] = f"{base}/{told.carried_by}"
    if told.kind in steps:
        made["bizStep"] = steps[told.kind]
    if told.place:
        made["readPoint"] = {"id": f"{base}/{told.place}"}
    if told.written:
        made["recordTime"] = told.written.isoformat()
    return made


def _offset(moment: datetime) -> str:
    text = moment.strftime("%z")
    return f"{text[:3]}:{text[3:5]}"
