"""Plan approvals: form GU-12 and its like. A booking is confirmed once every railway on its way has agreed.

An approval counts when it is the railway's last word, names a reference and the code of who pays that railway, and is
valid when the first departure leaves. What a railway takes and how long it needs differ by railway and year, so terms
and deadlines are data of the request.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from koridor.operator.common.canonical import canonical
from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.statement import Fixed, select_by
from koridor.operator.db.tables import plan_approval as table
from koridor.operator.outbox.announce import announce
from koridor.text import t

ANSWERS = ("agreed", "refused", "banned")
_OF_BOOKING = Fixed(select_by(table, "booking_id").order_by(table.c.seq))
NEEDED = ("ref", "payer_code", "valid_from_ms", "valid_to_ms")


def request(tx: Tx, booking_id: str, railways: list[str], deadline_ms: int) -> None:
    """Notes that the railways were asked, and until when they must have answered."""
    for railway in railways:
        _add(tx, booking_id, railway, "requested", {"deadline_ms": deadline_ms})


def record(tx: Tx, booking_id: str, railway: str, status: str, content: Mapping[str, Any]) -> None:
    """Notes the answer of a railway. Raises Refused `invalid`, or `not_allowed_now` where it was not asked."""
    if status not in ANSWERS:
        raise Refused("invalid", t("A railway's answer is one of {answers}.", answers=", ".join(ANSWERS)))
    missing = [name for name in NEEDED if not content.get(name)] if status == "agreed" else []
    if missing:
        raise Refused("invalid", t("An approval needs {names}.", names=", ".join(missing)))
    if status == "agreed" and content["valid_from_ms"] >= content["valid_to_ms"]:
        raise Refused("invalid", t("An approval must hold for some time: valid_from_ms must be before valid_to_ms."))
    if railway not in last(tx, booking_id):
        raise Refused("not_allowed_now", t("Railway {name} was not asked for this booking.", name=railway))
    _add(tx, booking_id, railway, status, content)


def last(tx: Tx, booking_id: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """The last word of each railway that was asked: status and content."""
    rows = tx.run(_OF_BOOKING, booking_id=booking_id)
    return {row.railway: (row.status, json.loads(row.content)) for row in rows}


def missing(tx: Tx, booking_id: str, railways: list[str], leaves_ms: int | None) -> dict[str, str]:
    """By railway that does not yet approve, why: `none`, `requested`, `refused`, `banned` or `not_valid_then`."""
    words = last(tx, booking_id)
    found = {}
    for railway in railways:
        status, content = words.get(railway, ("none", {}))
        if status != "agreed":
            found[railway] = status
        elif leaves_ms is not None and not content["valid_from_ms"] <= leaves_ms < content["valid_to_ms"]:
            found[railway] = "not_valid_then"
    return found


def _add(tx: Tx, booking_id: str, railway: str, status: str, content: Mapping[str, Any]) -> None:
    count = sa.select(sa.func.coalesce(sa.func.max(table.c.seq), 0)).where(table.c.booking_id == booking_id)
    row = {"booking_id": booking_id, "seq": tx.run(count).scalar_one() + 1, "railway": railway, "status": status}
    tx.add(table, {**row, "content": canonical(dict(content)), "recorded_ms": tx.now_ms})
    tx.note("plan", f"booking/{booking_id}", **{railway: (None, status)})
    told = {name: content[name] for name in ("deadline_ms", *NEEDED) if content.get(name)}
    announce(tx, "plan", booking_id, status, {"booking_id": booking_id, "railway": railway, **told})
