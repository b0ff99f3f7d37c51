"""A message of a partner in whatever format it came: the format found out, the events read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timezone
from typing import Any

from koridor.errors import DataError, Problem
from koridor.operator.messages import dcsa, edifact, epcis, iftsta, terminal
from koridor.operator.messages.told import ESTIMATE, Told, milliseconds
from koridor.text import t

EDIFACT: Mapping[str, Callable[[str, timezone], tuple[Any, tuple[Told, ...]]]] = {
    "iftsta": iftsta.read,
    **{kind.lower(): terminal.read for kind in terminal.KINDS},
}
JSON: Mapping[str, Callable[[Any], tuple[Told, ...]]] = {"dcsa": dcsa.read, "epcis": epcis.read}
FORMATS = (*JSON, *EDIFACT)
_BEGINS = ("UNA", "UNB")
TABLE = "message"


def read(text: str, zone: timezone, name: str = "") -> tuple[str, tuple[Told, ...]]:
    """Name of the format and the events of a message.

    Parameters
    ----------
    text : str
        The message as it came.
    zone : timezone
        Offset of times that have none of their own.
    name : str
        One of `FORMATS`; "" to find it out.

    Raises
    ------
    DataError
        With every problem: no known format, malformed, another message than the format named.
    """
    if name in EDIFACT or (not name and text.lstrip("\ufeff \r\n\t").startswith(_BEGINS)):
        found = name or _kind_of(text)
        return found, tuple(map(_dated, EDIFACT[found](text, zone)[1]))
    content = _loaded(text)
    found = name or ("epcis" if _is_epcis(content) else "dcsa")
    return found, JSON[found](content)


def _kind_of(text: str) -> str:
    """The format of an interchange: the type of its first message."""
    messages = edifact.read(text).messages
    kind = messages[0].kind.lower() if messages else ""
    if kind not in EDIFACT:
        raise DataError([_wrong(kind, t("must be one of {known}", known=", ".join(EDIFACT)))])
    return kind


def _dated(told: Told) -> Told:
    """The event; an estimate with its time of writing in the id that was made from its content.

    A fact that is sent again is the same; an estimate that returns to a value of before is news.
    """
    if told.classifier != ESTIMATE or told.written is None:
        return told
    return replace(told, event_id=f"{told.event_id}@{milliseconds(told.written)}")


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise DataError([_wrong("", t("must be JSON or an interchange of EDIFACT: {error}", error=error))]) from error
    except RecursionError:
        raise DataError([_wrong("", t("is nested too deep"))]) from None


def _is_epcis(content: Any) -> bool:
    """Whether the content is a document of EPCIS, a list of its events, or one: their `type` tells them."""
    one = content[0] if isinstance(content, list) and content else content
    return isinstance(one, Mapping) and (
        "epcisBody" in one or "eventList" in one or str(one.get("type")) in epcis.EVENT_TYPES
    )


def _wrong(found: str, limit: str) -> Problem:
    return Problem(TABLE, field="format", found=found, limit=limit)
