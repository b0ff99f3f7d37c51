"""CODECO and COARRI (D.95B to D.01B), in: what a terminal reports of containers at gate, discharge and loading."""

from __future__ import annotations

import hashlib
from datetime import datetime, timezone
from pathlib import Path

from koridor.errors import Problem
from koridor.operator.identifiers.tables import rows
from koridor.operator.messages import edifact
from koridor.operator.messages.edifact import Interchange, Message, Segment
from koridor.operator.messages.parts import FORMATS, MODES, moment, read_each
from koridor.operator.messages.told import Told
from koridor.text import t

TABLES = Path(__file__).parent / "tables"
KINDS = ("CODECO", "COARRI")
_HAPPENED = ("7", "203", "178")  # of a container: effective, executed, arrived
_WRITTEN = "137"
_PLACES = ("165", "9", "11", "7")  # where it was reported, loaded, discharged
_EMPTY = {"4": True, "5": False}
_NONE = Segment("", ())


def read(text: str, zone: timezone, folder: Path = TABLES) -> tuple[Interchange, tuple[Told, ...]]:
    """The interchange and an event for each container in it.

    Parameters
    ----------
    text : str
        The interchange, as it came; keep it.
    zone : timezone
        Offset of times that have none of their own, as agreed with the terminal.
    folder : Path
        Where the table `terminal_report` lies, that turns the codes of BGM into kinds; codes not in it are kept.

    Raises
    ------
    DataError
        With every problem of the frame, or of the messages: another message, no container, no or a wrong time.
    """
    return read_each(text, lambda message, problems: _message(message, zone, folder, problems))


def _message(message: Message, zone: timezone, folder: Path, problems: list[Problem]) -> list[Told]:
    if message.kind not in KINDS:
        problems.append(_wrong(message, "UNH", message.kind, t("must be {kind}", kind=t(" or ").join(KINDS))))
        return []
    head, groups = _groups(message)
    code = next((part.get(0) for part in head if part.tag == "BGM"), "")
    if not code:
        problems.append(_wrong(message, "BGM", "", t("the code of the report is missing")))
    if not groups:
        problems.append(_wrong(message, "EQD", "", t("no container is in the message")))
    return [one for group in groups if (one := _told(message, code, head, group, zone, folder, problems))]


def _groups(message: Message) -> tuple[list[Segment], list[list[Segment]]]:
    """The segments before the first container, and for each container its own."""
    head: list[Segment] = []
    groups: list[list[Segment]] = []
    for segment in message.segments:
        if segment.tag == "EQD":
            groups.append([segment])
        elif segment.tag == "CNT":
            break
        else:
            (groups[-1] if groups else head).append(segment)
    return head, groups


def _told(
    message: Message,
    code: str,
    head: list[Segment],
    group: list[Segment],
    zone: timezone,
    folder: Path,
    problems: list[Problem],
) -> Told | None:
    container = group[0].get(1)
    happened = _happened(message, container, group, zone, problems)
    if not container:
        problems.append(_wrong(message, "EQD", "", t("the number of the container is missing")))
    if happened is None or not container:
        return None
    kinds = {(row["message"], row["code"]): row["kind"] for row in rows("terminal_report", folder)}
    kind = kinds.get((message.kind, code), f"{message.kind}:{code}")
    place = _place(group) or _place(head) or _NONE
    move = next((part for part in head if part.tag == "TDT"), _NONE)
    written = next((moment(part, zone) for part in head if part.tag == "DTM" and part.get(0) == _WRITTEN), None)
    booking = next((part.get(0, 1) for part in group if part.tag == "RFF" and part.get(0) == "BN"), "")
    known = "|".join((message.kind, code, container, happened.isoformat(), place.get(1)))
    return Told(
        hashlib.sha256(known.encode()).hexdigest()[:32],
        kind,
        "ACT",
        happened,
        written,
        place.get(1),
        place.get(1, 3),
        container,
        move.get(7, 3),
        MODES.get(move.get(2), ""),
        move.get(1),
        (("BKG", booking),) if booking else (),
        _EMPTY.get(group[0].get(5)),
        source_code=code,
    )


def _happened(
    message: Message, container: str, group: list[Segment], zone: timezone, problems: list[Problem]
) -> datetime | None:
    times = {part.get(0): part for part in group if part.tag == "DTM"}
    qualifier = next((one for one in _HAPPENED if one in times), "")
    if not qualifier:
        limit = t("{container}: a time is missing: one of {wanted}", container=container, wanted=", ".join(_HAPPENED))
        problems.append(_wrong(message, "DTM", ", ".join(times), limit))
        return None
    found = moment(times[qualifier], zone)
    if found is None:
        limit = t("must be a time in format {known}", known=", ".join(FORMATS))
        problems.append(_wrong(message, "DTM", edifact.line(times[qualifier]), limit))
    return found


def _place(parts: list[Segment]) -> Segment | None:
    places = {part.get(0): part for part in parts if part.tag == "LOC"}
    return next((places[one] for one in _PLACES if one in places), None)


def _wrong(message: Message, tag: str, found: str, limit: str) -> Problem:
    return Problem(message.kind.lower(), field=tag, keys=(message.reference,), found=found, limit=limit)
