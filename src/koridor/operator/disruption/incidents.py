"""Incidents: patches with a validity, told by a dispatcher, amended and ended; each change an event of its stream.

An incident is of the party that tells it and, unless it keeps it for itself, open to all partners of the desk; only who
told it changes it. It shuts no departure: that is said of the departure itself (`network.running`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from koridor.data.dataset import Dataset
from koridor.model.patch import Edit, Op, Patch
from koridor.operator.common import events
from koridor.operator.common.actor import SYSTEM
from koridor.operator.common.canonical import canonical
from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.statement import select_by
from koridor.operator.db.tables import incident as table
from koridor.operator.db.tables import party
from koridor.operator.disruption import closures
from koridor.operator.disruption.closures import Closure, Effects
from koridor.operator.people import access
from koridor.text import t

OWNER, PARTNER = "owner", "partner"
IN_FORCE, ENDED = "in_force", "ended"
_LOCKED = select_by(table, "incident_id").with_for_update()


@dataclass(frozen=True, slots=True)
class Told:
    """What a dispatcher says of an incident, read against a network.

    Attributes
    ----------
    title, kind, source : str
        What happened, of what sort, and who says so.
    from_ms, to_ms : int, int or None
        When it holds; None: until it is ended.
    patch : Patch
        What it does to the network.
    effects : Effects
        What that shuts and slows.
    network_id : str
        The version of the network in which the effects were found.
    """

    title: str
    kind: str
    source: str
    from_ms: int
    to_ms: int | None
    patch: Patch
    effects: Effects
    network_id: str


@dataclass(frozen=True, slots=True)
class Incident(Told):
    """An incident as it was told last; its patch goes by its id."""

    incident_id: str
    state: str


def read(dataset: Dataset, words: Mapping[str, Any]) -> Told:
    """What is said, with its patch and effects. Pure and not quick, so done before any transaction that writes.

    words : title, kind, source, from_ms, to_ms, closures (of, row, longer_h) and edits (table, key, field, op, value).
    Raises Refused `invalid`.
    """
    if words["to_ms"] is not None and words["to_ms"] <= words["from_ms"]:
        raise Refused("invalid", t("An incident ends after it begins."))
    shut = [Closure(one["of"], one["row"], one["longer_h"]) for one in words["closures"]]
    edits = [Edit(one["table"], one["key"], one["field"], Op(one["op"]), one["value"]) for one in words["edits"]]
    patch = closures.patch_of(dataset, shut, edits)
    head = (words["title"], words["kind"], words["source"], words["from_ms"], words["to_ms"])
    effects = closures.effects(dataset, patch)
    return Told(*head, closures.by_row(dataset, patch), effects, dataset.hash)


def tell(tx: Tx, told: Told, *, shared: bool = True) -> str:
    """Id of a new incident of the actor's party."""
    incident_id = tx.new_id("I")
    row = {"incident_id": incident_id, "party_id": tx.actor.party_id, "state": IN_FORCE, "created_ms": tx.now_ms}
    tx.add(table, {**row, **_cells(told)})
    partners = tx.run(sa.select(party.c.party_id).filter_by(kind=PARTNER)).scalars().all() if shared else ()
    access.share(tx, "incident", incident_id, {**dict.fromkeys(partners, PARTNER), tx.actor.party_id: OWNER})
    events.append(tx, _stream(incident_id), "tell", _cells(told))
    tx.note(
        "tell", _stream(incident_id), title=(None, told.title), from_ms=(None, told.from_ms), to_ms=(None, told.to_ms)
    )
    return incident_id


def amend(tx: Tx, incident_id: str, told: Told) -> None:
    """Says anew what the incident is. Raises Refused `not_found`, `forbidden`, or `not_allowed_now` where it ended."""
    row = _own(tx, incident_id)
    tx.run(table.update().where(table.c.incident_id == incident_id).values(_cells(told)))
    events.append(tx, _stream(incident_id), "amend", _cells(told))
    changes = {name: (row[name], value) for name, value in _cells(told).items() if row[name] != value}
    tx.note("amend", _stream(incident_id), **changes)


def end(tx: Tx, incident_id: str, note: str) -> None:
    """Ends an incident now. Raises as `amend` does. One that had not begun never held."""
    row = _own(tx, incident_id)
    to_ms = max(tx.now_ms, row["from_ms"] + 1) if row["to_ms"] is None or row["to_ms"] > tx.now_ms else row["to_ms"]
    tx.run(table.update().where(table.c.incident_id == incident_id).values(state=ENDED, to_ms=to_ms))
    events.append(tx, _stream(incident_id), "end", {"note": note, "to_ms": to_ms})
    tx.note("end", _stream(incident_id), to_ms=(row["to_ms"], to_ms), note=(None, note))


def of(tx: Tx, incident_id: str) -> Incident:
    """The incident of an id that the actor's party may see. Raises Refused `not_found`."""
    access.part(tx, "incident", incident_id)
    return _incident(tx.run(sa.select(table).filter_by(incident_id=incident_id)).mappings().one())


def during(tx: Tx, from_ms: int, to_ms: int, *, party_id: str | None = None) -> list[Incident]:
    """Incidents that hold at some moment from `from_ms` on and before `to_ms`, by when they begin and their id.

    party_id : who sees them; None: the actor's party, and all of them for the system.
    """
    overlaps = sa.and_(table.c.from_ms < to_ms, sa.or_(table.c.to_ms.is_(None), table.c.to_ms > from_ms))
    never = sa.and_(table.c.state == ENDED, table.c.to_ms <= table.c.from_ms + 1)
    asked = sa.select(table).where(overlaps, sa.not_(never))
    seen_by = party_id if party_id is not None or tx.actor == SYSTEM else tx.actor.party_id
    if seen_by is not None:
        asked = asked.where(table.c.incident_id.in_(access.mine("incident", seen_by)))
    return [_incident(row) for row in tx.run(asked.order_by(table.c.from_ms, table.c.incident_id)).mappings()]


def patches(held: Sequence[Incident]) -> tuple[Patch, ...]:
    """Their patches, which contradict nothing, in the order of the incidents.

    A row that one of them drops is gone, whatever others do to it, as a link that is shut is shut however slow it is
    too; one that it drops and adds again is a row whose cells it sets. A cell is set, and a row added, by the incident
    that began last.
    """
    gone = {(edit.table, edit.key) for one in held for edit in one.patch.edits if edit.op is Op.DROP}
    taken: set[tuple[str, ...]] = set()
    found = []
    for one in reversed(held):
        kept = [edit for edit in one.patch.edits if _counts(edit, gone) and _place(edit) not in taken]
        found.append(Patch(one.patch.patch_id, tuple(kept)))
        taken |= {_place(edit) for edit in kept if edit.op in (Op.SET, Op.ADD)}
    return tuple(reversed(found))


def _counts(edit: Edit, gone: Collection[tuple[str, str]]) -> bool:
    """Whether an edit drops a row, or is of one that nobody drops. None both drops and adds it (`closures.by_row`)."""
    return edit.op is Op.DROP or (edit.table, edit.key) not in gone


def _place(edit: Edit) -> tuple[str, ...]:
    """What only one incident may say: the cell that an edit sets, or the row that it adds."""
    return (str(edit.op), edit.table, edit.key, edit.field if edit.op is Op.SET else "")


def beside(patch: Patch, others: Iterable[Patch]) -> Patch:
    """A patch without its edits of rows that others edit, whatever these do to them."""
    theirs = {(one.table, one.key) for other in others for one in other.edits}
    kept = (one for one in patch.edits if not any(one.table == table and _meet(one.key, key) for table, key in theirs))
    return Patch(patch.patch_id, tuple(kept))


def _meet(one: str, other: str) -> bool:
    """Whether a row may go by both keys, of which a part may be `*` and trailing ones left out."""
    parts = zip(one.split("/"), other.split("/"), strict=False)
    return all(here == there or "*" in (here, there) for here, there in parts)


def _own(tx: Tx, incident_id: str) -> sa.RowMapping:
    access.need_part(tx, "incident", incident_id, OWNER)
    row = tx.run(_LOCKED, incident_id=incident_id).mappings().one()
    if row["state"] == ENDED:
        raise Refused("not_allowed_now", t("The incident has ended; tell a new one."))
    return row


def _stream(incident_id: str) -> str:
    return f"incident/{incident_id}"


def _cells(told: Told) -> dict[str, Any]:
    edits = [[one.table, one.key, one.field, str(one.op), one.value] for one in told.patch.edits]
    content = {"edits": edits, "effects": told.effects.as_row(), "network_id": told.network_id}
    head = {"title": told.title, "kind": told.kind, "source": told.source, "from_ms": told.from_ms, "to_ms": told.to_ms}
    return {**head, "content": canonical(content)}


def _incident(row: sa.RowMapping) -> Incident:
    content = json.loads(row["content"])
    patch = Patch.of(row["incident_id"], *(tuple(edit) for edit in content["edits"]))
    head = (row["title"], row["kind"], row["source"], row["from_ms"], row["to_ms"])
    told = (patch, Effects.of(content["effects"]), content["network_id"])
    return Incident(*head, *told, row["incident_id"], row["state"])
