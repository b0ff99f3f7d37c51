"""What a partner's message tells: one event, whatever format it came in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Self

RETRACT = "RETRACT"
PLAN, ESTIMATE, ACTUAL = CLASSIFIERS = ("PLN", "EST", "ACT")
Extra = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """An event as DCSA Track & Trace names it.

    Attributes
    ----------
    event_id : str
        Given by its publisher, or made from the content where the format has none: telling it twice is telling it once.
    kind : str
        ARRI, DEPA, LOAD, DISC, GTIN and so on; RETRACT takes `retracts` back; a code that no table knows is kept as
        its format and code, such as ``IFTSTA:99``.
    classifier : str
        PLN planned, EST estimated, ACT actual.
    happened, written : datetime
        When it happened or will, and when its publisher wrote it; both with an offset. `written` may be None.
    place, place_name : str
        UN/LOCODE, or the code of a facility, and the name, "" where not told.
    equipment : str
        Container or wagon.
    carried_by : str
        Wagon, train or ship on which it stands, "" where not told.
    mode, transport : str
        VESSEL, RAIL, TRUCK; number of the voyage or train.
    empty : bool or None
        Whether the container is empty.
    source_code : str
        The code of the format before it was translated.
    extra : mapping
        All that this version has no field for.
    """

    event_id: str
    kind: str
    classifier: str
    happened: datetime
    written: datetime | None = None
    place: str = ""
    place_name: str = ""
    equipment: str = ""
    carried_by: str = ""
    mode: str = ""
    transport: str = ""
    references: tuple[tuple[str, str], ...] = ()
    empty: bool | None = None
    retracts: str = ""
    source_code: str = ""
    extra: Extra = field(default_factory=lambda: MappingProxyType({}))

    @property
    def happened_ms(self) -> int:
        """When it happened, in milliseconds since 1970."""
        return milliseconds(self.happened)

    @classmethod
    def of(cls, event_id: str, kind: str, happened_ms: int, body: Mapping[str, Any]) -> Self:
        """The event that a log keeps; what in its body is of another type than here stays out."""
        names = ("place_name", "equipment", "carried_by", "mode", "transport", "retracts", "source_code")
        written, empty = body.get("written_ms"), body.get("empty")
        return cls(
            event_id,
            kind,
            _text(body, "classifier") or ACTUAL,
            moment(happened_ms),
            moment(written) if isinstance(written, int) else None,
            _text(body, "place_id"),
            references=_pairs(body.get("references")),
            empty=empty if isinstance(empty, bool) else None,
            extra=body["extra"] if isinstance(body.get("extra"), Mapping) else {},
            **{name: _text(body, name) for name in names},
        )

    def body(self) -> dict[str, Any]:
        """What is told beside id, kind and time, without what is empty; the shape that the desk's log keeps."""
        told = {
            "classifier": self.classifier,
            "written_ms": milliseconds(self.written) if self.written else None,
            "place_id": self.place or self.place_name,
            "place_name": self.place_name,
            "equipment": self.equipment,
            "carried_by": self.carried_by,
            "mode": self.mode,
            "transport": self.transport,
            "references": [list(one) for one in self.references],
            "empty": self.empty,
            "retracts": self.retracts,
            "source_code": self.source_code,
            "extra": dict(self.extra),
        }
        return {name: value for name, value in told.items() if value not in ("", None, [], {})}


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name, "")
    return value if isinstance(value, str) else ""


def _pairs(found: Any) -> tuple[tuple[str, str], ...]:
    listed = found if isinstance(found, list) else []
    pairs = [one for one in listed if isinstance(one, list) and len(one) == 2]
    return tuple((str(kind), str(value)) for kind, value in pairs)


def moment(at_ms: int) -> datetime:
    """The moment of milliseconds since 1970, in UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def milliseconds(moment: datetime) -> int:
    """Whole milliseconds since 1970 of a moment with an offset."""
    seconds = int(moment.replace(microsecond=0).timestamp())
    return seconds * 1000 + moment.microsecond // 1000
