"""Alerts: raised once each, resolved by themselves when their cause is gone, seen by each party for itself.

Raising one tells those who listen and whom it concerns, in the same transaction: once each time that it is raised.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from koridor.operator.common.actor import SYSTEM
from koridor.operator.common.canonical import hash_of
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.common.pages import page
from koridor.operator.common.refused import unknown_id
from koridor.operator.db.tables import alert as table
from koridor.operator.db.tables import alert_seen, member
from koridor.operator.outbox.announce import announce
from koridor.operator.people import access
from koridor.operator.track.causes import CUSTOMS, CUTOFF, FREE, HOLD, LATE, PLAN, Cause, causes, parts
from koridor.text import t

ID_SIGNS = 24


def watch(desk: Desk) -> int:
    """How many alerts were raised or resolved. Looking takes long, and is done beside the work of others."""
    found = desk.look(SYSTEM, causes)
    return desk.do(SYSTEM, lambda tx: keep(tx, found))


def keep(tx: Tx, found: set[Cause]) -> int:
    """How many alerts were raised or resolved by what there is now."""
    ids = {id_of(one): one for one in found}
    open_ids = set(tx.run(sa.select(table.c.alert_id).where(table.c.resolved_ms.is_(None))).scalars())
    gone, new = sorted(open_ids - set(ids)), sorted(set(ids) - open_ids)
    for alert_id in gone:
        tx.run(table.update().where(table.c.alert_id == alert_id).values(resolved_ms=tx.now_ms))
        tx.note("resolve", f"alert/{alert_id}", resolved_ms=(None, tx.now_ms))
    return len(gone) + sum(_raise(tx, alert_id, ids[alert_id]) for alert_id in new)


def _raise(tx: Tx, alert_id: str, one: Cause) -> bool:
    """Whether an alert was not open and now is; then those who listen and whom it concerns are told."""
    what = {"kind": one.kind, "object_kind": one.object_kind, "object_id": one.object_id, "what": one.what}
    row = {"alert_id": alert_id, **what, "due_ms": one.due_ms, "raised_ms": tx.now_ms, "resolved_ms": None}
    insert = (postgresql if tx.connection.dialect.name == "postgresql" else sqlite).insert(table)
    again = insert.values(row).on_conflict_do_update(
        index_elements=["alert_id"],
        set_={"raised_ms": tx.now_ms, "resolved_ms": None},
        where=table.c.resolved_ms.is_not(None),
    )
    if tx.run(again.returning(table.c.alert_id)).first() is None:  # another look was quicker
        return False
    tx.run(alert_seen.delete().where(alert_seen.c.alert_id == alert_id))  # a cause that has come back is news
    tx.note("raise", f"alert/{alert_id}", kind=(None, one.kind), object=(None, one.object_id))
    members = access.parts_of(tx, one.object_kind, one.object_id)
    concerned = {party_id: part for party_id, part in members.items() if part in parts()[one.kind]}
    announce(tx, "alert", alert_id, "raise", {"alert_id": alert_id, **what, "due_ms": one.due_ms}, concerned)
    return True


def id_of(one: Cause) -> str:
    """The id of an alert is its cause's, so that a cause is raised once."""
    return f"A{hash_of([one.kind, one.object_id, one.what, one.due_ms])[:ID_SIGNS]}"


def listed(tx: Tx, after: str) -> dict[str, Any]:
    """A page of the alerts that hold and concern the actor's party, the oldest first. Raises Refused `invalid`."""
    mine = _mine(tx).where(table.c.resolved_ms.is_(None))
    rows, following = page(tx, mine, table.c.raised_ms, table.c.alert_id, after)
    return {"alerts": [_shown(row) for row in rows], "next": following}


def acknowledge(tx: Tx, alert_id: str) -> dict[str, Any]:
    """The alert, now seen by the actor's party; seen before, it stays as it was. Raises Refused `not_found`."""
    row = tx.run(_mine(tx).where(table.c.alert_id == alert_id)).first()
    if row is None:
        raise unknown_id()
    if row.seen_ms is not None:
        return _shown(row)
    seen = {"party_id": tx.actor.party_id, "person_id": tx.actor.person_id, "seen_ms": tx.now_ms}
    tx.add(alert_seen, {"alert_id": alert_id, **seen})
    tx.note("acknowledge", f"alert/{alert_id}", seen_ms=(None, tx.now_ms))
    return {**_shown(row), "acknowledged_ms": tx.now_ms}


def _mine(tx: Tx) -> sa.Select[Any]:
    """Alerts of what the actor's party is a part of, as the parts that their kind is for."""
    here = sa.and_(member.c.kind == table.c.object_kind, member.c.object_id == table.c.object_id)
    own = sa.and_(alert_seen.c.alert_id == table.c.alert_id, alert_seen.c.party_id == tx.actor.party_id)
    for_part = [sa.and_(table.c.kind == kind, member.c.part.in_(sorted(names))) for kind, names in parts().items()]
    asked = sa.select(table, alert_seen.c.seen_ms).join(member, here).outerjoin(alert_seen, own)
    return asked.where(member.c.party_id == tx.actor.party_id, sa.or_(*for_part))


def _shown(row: Any) -> dict[str, Any]:
    names = ("alert_id", "kind", "object_kind", "object_id", "what", "due_ms", "raised_ms", "resolved_ms")
    shown = {name: row._mapping[name] for name in names}
    return {**shown, "acknowledged_ms": row.seen_ms, "text": _sentence(row)}


def _sentence(row: Any) -> str:
    """What an alert says to people, in their language."""
    told = {
        CUTOFF: t("The cut-off of booking {id} is near, and it is not confirmed.", id=row.object_id),
        HOLD: t("The hold of booking {id} expires soon.", id=row.object_id),
        PLAN: t("Railway {what} has not answered for booking {id}.", what=row.what, id=row.object_id),
        CUSTOMS: t("The customs term {what} of shipment {id} ends soon.", what=row.what, id=row.object_id),
        FREE: t("Free time runs out or is over, by unit, clock and contract: {what}.", what=row.what),
        LATE: t("Shipment {id} will probably arrive after what was promised.", id=row.object_id),
    }
    return told[row.kind]
