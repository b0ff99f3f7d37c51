"""IFTSTA (D.96A to D.01B): status of consignments and equipment in, as events."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timezone
from pathlib import Path

from koridor.errors import Problem
from koridor.operator.identifiers.tables import by_key
from koridor.operator.messages import edifact
from koridor.operator.messages.edifact import Interchange, Message, Segment
from koridor.operator.messages.parts import FORMATS, MODES, moment, read_each
from koridor.operator.messages.told import Told
from koridor.text import t

TABLE = "iftsta"
TABLES = Path(__file__).parent / "tables"
_HAPPENED = ("334", "7", "178", "186")  # status, effective, arrival and departure times, in the order of preference
_ESTIMATED = ("132", "133")  # arrival and departure, estimated
_WRITTEN = "137"
_PLACES = ("175", "9", "11", "5", "8", "7")  # where it happened, else ports and places of loading and delivery


@dataclass(frozen=True, slots=True)
class _Status:
    """What stands between one STS and the next."""

    consignment: str
    status: Segment
    parts: tuple[Segment, ...]


def read(text: str, zone: timezone, folder: Path = TABLES) -> tuple[Interchange, tuple[Told, ...]]:
    """The interchange and the events of a text.

    Parameters
    ----------
    text : str
        The interchange, as it came; keep it.
    zone : timezone
        Offset of times that have none of their own, as agreed with the partner.
    folder : Path
        Where the table `iftsta_status` lies that turns the partner's codes into kinds; codes not in it are kept.

    Raises
    ------
    DataError
        With every problem of the frame, or of the messages: another message than IFTSTA, no status, no or a wrong time.
    """
    return read_each(text, lambda message, problems: _message(message, zone, folder, problems))


def _message(message: Message, zone: timezone, folder: Path, problems: list[Problem]) -> list[Told]:
    if message.kind != TABLE.upper():
        problems.append(_wrong(message, "UNH", message.kind, t("must be {kind}", kind=TABLE.upper())))
        return []
    groups = _groups(message)
    if not groups:
        problems.append(_wrong(message, "STS", "", t("no status is in the message")))
    head = [segment for segment in message.segments if segment.tag == "DTM"][:1]
    written = moment(head[0], zone) if head and head[0].get(0) == _WRITTEN else None
    found = []
    for group in groups:
        one = _told(message, group, zone, folder, problems)
        if one:
            found += _one_each(replace(one, written=written), group)
    return found


def _groups(message: Message) -> list[_Status]:
    """The statuses of a message, each with its consignment and with what follows it."""
    found: list[_Status] = []
    consignment = ""
    for segment in message.segments:
        if segment.tag == "CNI":
            consignment = segment.get(1)
        elif segment.tag == "STS":
            found.append(_Status(consignment, segment, ()))
        elif found:
            found[-1] = replace(found[-1], parts=(*found[-1].parts, segment))
    return found


def _told(message: Message, group: _Status, zone: timezone, folder: Path, problems: list[Problem]) -> Told | None:
    code = group.status.get(1)
    if not code:
        problems.append(_wrong(message, "STS", "", t("the status code is missing")))
    times = {part.get(0): part for part in group.parts if part.tag == "DTM"}
    qualifier = next((one for one in (*_HAPPENED, *_ESTIMATED) if one in times), "")
    if not qualifier:
        wanted = ", ".join((*_HAPPENED, *_ESTIMATED))
        problems.append(
            _wrong(message, "DTM", ", ".join(times), t("a time is missing: one of {wanted}", wanted=wanted))
        )
        return None
    happened = moment(times[qualifier], zone)
    if happened is None:
        limit = t("must be a time in format {known}", known=", ".join(FORMATS))
        problems.append(_wrong(message, "DTM", edifact.line(times[qualifier]), limit))
        return None
    row = by_key("iftsta_status", "code", folder).get(code)
    places = {part.get(0): part for part in group.parts if part.tag == "LOC"}
    place = next((places[one] for one in _PLACES if one in places), Segment("LOC", ()))
    move = next((part for part in group.parts if part.tag == "TDT"), Segment("TDT", ()))
    told = (code, happened.isoformat(), place.get(1), group.consignment, move.get(1))
    return Told(
        hashlib.sha256("|".join(told).encode()).hexdigest()[:32],
        row["kind"] if row else f"IFTSTA:{code}",
        "EST" if qualifier in _ESTIMATED else "ACT",
        happened,
        place=place.get(1),
        place_name=place.get(1, 3),
        carried_by=move.get(7, 3),
        mode=MODES.get(move.get(2), ""),
        transport=move.get(1),
        references=(("CNI", group.consignment),) if group.consignment else (),
        source_code=code,
    )


def _one_each(told: Told, group: _Status) -> list[Told]:
    """The event for each piece of equipment; ids are made from the content, so that a repetition is the same."""
    pieces = [part.get(1) for part in group.parts if part.tag == "EQD" and part.get(1)]
    return [replace(told, equipment=one, event_id=f"{told.event_id}-{one}") for one in pieces] or [told]


def _wrong(message: Message, tag: str, found: str, limit: str) -> Problem:
    return Problem(TABLE, field=tag, keys=(message.reference,), found=found, limit=limit)
