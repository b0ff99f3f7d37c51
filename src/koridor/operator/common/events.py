"""The append-only log: one stream an object, each event once. What an object is follows from its stream by a fold."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from koridor.operator.common.canonical import kept as as_text
from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.statement import Fixed, in_parts, select_by
from koridor.operator.db.tables import event as table
from koridor.text import t

_ONE = Fixed(select_by(table, "stream", "event_id"))
_STREAM = Fixed(select_by(table, "stream").order_by(table.c.seq))
_LAST = sa.select(sa.func.coalesce(sa.func.max(table.c.seq), 0)).where(table.c.stream == sa.bindparam("b_stream"))
_NEW = Fixed(
    table.insert().inline().values(seq=_LAST.scalar_subquery() + 1),
    [column.name for column in table.c if column is not table.c.seq],
)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    Attributes
    ----------
    event_id : str
        Given by whoever tells it, so that telling it twice does nothing.
    kind : str
        What happened.
    happened_ms, recorded_ms : int
        When it happened or will, and when the desk heard of it.
    body : mapping
        All that was told, fields that this version does not know included.
    """

    event_id: str
    kind: str
    happened_ms: int
    recorded_ms: int
    body: Mapping[str, Any]


def append(tx: Tx, stream: str, kind: str, body: Mapping[str, Any], **known: Any) -> bool:
    """Whether the event is new. The caller holds the lock of the object whose stream it is.

    `known` may give `event_id` and `happened_ms`, of events that others tell. Raises Refused `conflict` for an event
    id that was told with another content.
    """
    event_id = known.get("event_id")
    told = {"kind": kind, "happened_ms": known.get("happened_ms", tx.now_ms), "body": as_text(body)}
    if event_id is None:
        event_id = tx.new_id("E")
    elif _told_before(tx, stream, event_id, told):
        return False
    place = {"stream": stream, "b_stream": stream, "event_id": event_id, "actor": tx.actor.person_id}
    tx.run(_NEW, **place, **told, recorded_ms=tx.now_ms)
    return True


def last(tx: Tx, stream: str) -> int:
    """Number of the event that was recorded last in a stream; 0 where none was."""
    return int(tx.run(_LAST, b_stream=stream).scalar_one())


def _told_before(tx: Tx, stream: str, event_id: str, told: Mapping[str, Any]) -> bool:
    kept = tx.run(_ONE, stream=stream, event_id=event_id).first()
    if kept is None:
        return False
    if any(getattr(kept, name) != value for name, value in told.items()):
        raise Refused("conflict", t("Event {id} was told before with another content.", id=event_id))
    return True


def stream_of(tx: Tx, stream: str) -> list[Event]:
    """Events of a stream in the order in which they were recorded."""
    return [event_of(row) for row in tx.run(_STREAM, stream=stream)]


def streams_of(tx: Tx, streams: Iterable[str]) -> dict[str, list[Event]]:
    """Events of many streams, by stream; those without an event are left out."""
    found: dict[str, list[Event]] = {}
    for some in in_parts(sorted(streams)):
        for row in tx.run(sa.select(table).where(table.c.stream.in_(some)).order_by(table.c.stream, table.c.seq)):
            found.setdefault(row.stream, []).append(event_of(row))
    return found


def event_of(row: sa.Row[Any]) -> Event:
    """The event of a row of the table `event`."""
    return Event(row.event_id, row.kind, row.happened_ms, row.recorded_ms, json.loads(row.body))
