"""Parts that messages of EDIFACT have in common: reading message by message, moments, modes of transport."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta, timezone

from koridor.errors import DataError, Problem
from koridor.operator.messages import edifact
from koridor.operator.messages.edifact import Interchange, Message, Segment
from koridor.operator.messages.told import Told

MODES = {"1": "VESSEL", "2": "RAIL", "3": "TRUCK", "8": "BARGE"}  # UN/CEFACT recommendation 19
FORMATS = ("102", "203", "204", "303")  # of moments, UN/CEFACT code list 2379
_PATTERNS = {"102": "%Y%m%d", "203": "%Y%m%d%H%M", "204": "%Y%m%d%H%M%S"}
_LENGTHS = {"102": 8, "203": 12, "204": 14}
_UNIVERSAL = ("UTC", "GMT")

EventsOf = Callable[[Message, list[Problem]], Iterable[Told]]


def read_each(text: str, events_of: EventsOf) -> tuple[Interchange, tuple[Told, ...]]:
    """The interchange of a text and what `events_of` makes of each message. Raises DataError with every problem."""
    interchange = edifact.read(text)
    problems: list[Problem] = []
    told = [one for message in interchange.messages for one in events_of(message, problems)]
    if problems:
        raise DataError(problems)
    return interchange, tuple(told)


def moment(segment: Segment, zone: timezone) -> datetime | None:
    """The moment of a DTM; format 303 has an offset of its own, in whole hours. None where it cannot be read."""
    value, form = segment.get(0, 1), segment.get(0, 2)
    try:
        if form == "303":
            hours = 0 if value[12:] in _UNIVERSAL else int(value[12:])
            own = timezone(timedelta(hours=hours))
            return datetime.strptime(value[:12], _PATTERNS["203"]).replace(tzinfo=own)
        if form in _PATTERNS and value.isdigit() and len(value) == _LENGTHS[form]:
            return datetime.strptime(value, _PATTERNS[form]).replace(tzinfo=zone)
    except ValueError:
        return None
    return None
