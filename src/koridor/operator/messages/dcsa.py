"""DCSA Track & Trace events in JSON: 2.x (flat) and 3.0 beta (metadata and payload) in, 2.x out.

Fields that are not known here are kept in `extra` and written again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from koridor.operator.messages.reading import Reader, listed
from koridor.operator.messages.told import CLASSIFIERS, RETRACT, Told
from koridor.text import t

TABLE = "dcsa"
_TYPES = ("TRANSPORT", "EQUIPMENT", "SHIPMENT")
_CODE = {
    "TRANSPORT": "transportEventTypeCode",
    "EQUIPMENT": "equipmentEventTypeCode",
    "SHIPMENT": "shipmentEventTypeCode",
}
_TRANSPORT_KINDS = ("ARRI", "DEPA")
_EMPTY = {"EMPTY": True, "LADEN": False}
_KNOWN = (
    *_CODE.values(), "eventID", "eventType", "eventClassifierCode", "eventDateTime", "eventCreatedDateTime",
    "equipmentReference", "emptyIndicatorCode", "eventLocation", "transportCall", "documentReferences", "metadata",
    "payload", "retractedEventID",
)  # fmt: skip
_REFERENCE = ("documentReferenceType", "documentReferenceValue")


def read(found: Any) -> tuple[Told, ...]:
    """The events of a message: one event, a list, or an object with `events`. Raises DataError with every problem."""
    problems: list[Any] = []
    told = [_event(Reader(TABLE, one, path, problems)) for path, one in listed(TABLE, found, "events")]
    Reader(TABLE, {}, "", problems).finish()
    return tuple(one for one in told if one is not None)


def _event(reader: Reader) -> Told | None:
    """The event of an object, None where it has problems."""
    head = reader.inner("metadata") if "metadata" in reader.found else reader
    body = reader.inner("payload") if "metadata" in reader.found else reader
    before = len(reader.problems)
    event_id = head.text("eventID", needed=True)
    written = head.moment("eventCreatedDateTime", needed=True)
    retracts = head.text("retractedEventID")
    if retracts:
        if len(reader.problems) > before or written is None:
            return None
        return Told(event_id, RETRACT, "ACT", written, written, retracts=retracts)
    kind_of = body.one_of("eventType", _TYPES)
    kind = body.text(_CODE.get(kind_of, "eventTypeCode"), needed=kind_of in _CODE)
    classifier = body.one_of("eventClassifierCode", CLASSIFIERS)
    happened = body.moment("eventDateTime", needed=True)
    if kind_of == "TRANSPORT" and kind and kind not in _TRANSPORT_KINDS:
        body.wrong(_CODE[kind_of], t("must be one of {known}", known=", ".join(_TRANSPORT_KINDS)), kind)
    empty = body.text("emptyIndicatorCode", needed=kind_of == "EQUIPMENT")
    if empty and empty not in _EMPTY:
        body.wrong("emptyIndicatorCode", t("must be one of {known}", known=", ".join(_EMPTY)), empty)
    call = body.inner("transportCall")
    place, name = _place(body.inner("eventLocation"), call)
    equipment, references = body.text("equipmentReference"), _references(body)
    mode, transport, carried = call.text("modeOfTransport"), call.text("transportCallReference"), _vehicle(call)
    if len(reader.problems) > before or happened is None:
        return None
    return Told(
        event_id,
        kind,
        classifier,
        happened,
        written,
        place,
        name,
        equipment,
        carried,
        mode,
        transport,
        references,
        _EMPTY.get(empty),
        source_code=kind_of,
        extra=head.rest(_KNOWN) | body.rest(_KNOWN),
    )


def _place(at: Reader, call: Reader) -> tuple[str, str]:
    """Code and name of the place: that of the event, else that of the call."""
    for where in (at, call.inner("location")):
        code = where.text("UNLocationCode") or where.text("facilityCode")
        name = where.text("locationName")
        if code or name:
            return code, name
    return call.text("UNLocationCode"), ""


def _vehicle(call: Reader) -> str:
    vessel = call.inner("vessel")
    return vessel.text("vesselName") or vessel.text("vesselIMONumber")


def _references(body: Reader) -> tuple[tuple[str, str], ...]:
    found = body.found.get("documentReferences")
    if found is None:
        return ()
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        body.wrong("documentReferences", t("must be a list of objects"), found)
        return ()
    pairs = [tuple(str(one.get(key, "")) for key in _REFERENCE) for one in found]
    return tuple((kind, value) for kind, value in pairs)


def write(told: Told) -> dict[str, Any]:
    """The event in the flat shape of 2.x; a retraction in that of 3.0, which alone has it."""
    written = (told.written or told.happened).isoformat()
    if told.kind == RETRACT:
        head = {"eventID": told.event_id, "eventCreatedDateTime": written, "retractedEventID": told.retracts}
        return {"metadata": head, "payload": {}}
    kind_of = told.source_code if told.source_code in _CODE else _type_of(told)
    made: dict[str, Any] = {
        "eventID": told.event_id,
        "eventType": kind_of,
        _CODE[kind_of]: told.kind,
        "eventClassifierCode": told.classifier,
        "eventDateTime": told.happened.isoformat(),
        "eventCreatedDateTime": written,
    }
    place = {"UNLocationCode": told.place, "locationName": told.place_name}
    call = {"transportCallReference": told.transport, "modeOfTransport": told.mode}
    if told.carried_by:
        call["vessel"] = {"vesselName": told.carried_by}  # type: ignore[assignment]
    if kind_of == "EQUIPMENT":
        made["emptyIndicatorCode"] = "EMPTY" if told.empty else "LADEN"
    optional = {
        "equipmentReference": told.equipment,
        "eventLocation": {key: value for key, value in place.items() if value},
        "transportCall": {key: value for key, value in call.items() if value},
        "documentReferences": [dict(zip(_REFERENCE, one, strict=True)) for one in told.references],
    }
    return made | {key: value for key, value in optional.items() if value} | dict(told.extra)


def _type_of(told: Told) -> str:
    return "TRANSPORT" if told.kind in _TRANSPORT_KINDS else "EQUIPMENT"
