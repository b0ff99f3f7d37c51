"""Messages are queued by the work that they tell of: both are kept, or neither.

A transaction asks once who listens at all; where nobody does, that is all that it costs. A message holds no more than
its reader gets by asking the API: ids, states and moments; neither prices nor what others may not see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from koridor.operator.common.canonical import kept
from koridor.operator.common.desk import Tx
from koridor.operator.db.tables import delivery as table
from koridor.operator.db.tables import delivery_dropped, subscription
from koridor.operator.identifiers.tables import rows
from koridor.operator.people import access

WAITING = "waiting"
_LISTENING = sa.select(subscription.c.subscription_id, subscription.c.party_id, subscription.c.kinds).where(
    subscription.c.ended_ms.is_(None)
)
_BEFORE = sa.union_all(  # those that are kept, and the last that was dropped: numbers go on
    *(
        sa.select(one.c.seq, one.c.queued_ms).where(
            one.c.subscription_id == sa.bindparam("subscription_id"), one.c.stream == sa.bindparam("stream")
        )
        for one in (table, delivery_dropped)
    )
).subquery()
_LAST = sa.select(
    sa.func.coalesce(sa.func.max(_BEFORE.c.seq), 0).label("seq"),
    sa.func.coalesce(sa.func.max(_BEFORE.c.queued_ms), 0).label("queued_ms"),
)

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of message: in the order of which objects, the action that reads it, and as which part (none: as any)."""

    name: str
    stream: str
    reads: str
    parts: frozenset[str]


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind of message by its name."""
    return {
        row["kind"]: Kind(row["kind"], row["stream"], row["reads"], frozenset(row["parts"].split()))
        for row in rows("kinds", HERE)
    }


def announce(
    tx: Tx,
    kind: str,
    object_id: str,
    action: str,
    content: Mapping[str, Any],
    parties: Mapping[str, str] | None = None,
) -> None:
    """Queues a message for those who listen and may see the object. The caller holds the lock of the object.

    Parameters
    ----------
    kind, action : str
        What sort of message, a row of `kinds.csv`, and what happened.
    content : mapping
        What is told; its values are texts, whole numbers and lists of them.
    parties : mapping of str to str
        The part of each party that may see it; by default of the object's members.
    """
    told = kinds()[kind]
    wanting = [row for row in _listening(tx) if kind in row.kinds.split()]
    if not wanting:
        return
    parts = access.parts_of(tx, told.stream, object_id) if parties is None else parties
    for row in wanting:
        part = parts.get(row.party_id)
        if part is not None and (not told.parts or part in told.parts):
            _queue(tx, row.subscription_id, told, object_id, action, content)


def _listening(tx: Tx) -> list[Any]:
    if "listening" not in tx.memo:
        tx.memo["listening"] = tx.run(_LISTENING).all()
    return tx.memo["listening"]


def _queue(tx: Tx, subscription_id: str, kind: Kind, object_id: str, action: str, content: Mapping[str, Any]) -> None:
    stream = f"{kind.stream}/{object_id}"
    last = tx.run(_LAST, subscription_id=subscription_id, stream=stream).one()
    place = {"delivery_id": tx.new_id("D"), "stream": stream, "seq": last.seq + 1, "kind": kind.name}
    body = {**place, "action": action, "at_ms": tx.now_ms, "content": dict(content)}
    queued_ms = max(tx.now_ms, last.queued_ms)  # so that the order of moments is that of numbers, whatever clocks do
    row = {**place, "subscription_id": subscription_id, "body": kept(body), "state": WAITING, "tries": 0}
    tx.add(table, {**row, "queued_ms": queued_ms, "next_ms": queued_ms, "done_ms": None, "last_error": ""})
