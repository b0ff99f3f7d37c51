"""Units: taken into a pool, and what is told of them. The row of a unit shows the fold of its events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from koridor.operator.booking.tracking import RETRACT
from koridor.operator.common import events
from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused, unknown_id
from koridor.operator.db.statement import select_by
from koridor.operator.db.tables import equipment_order_unit, party, unit
from koridor.operator.equipment import pools, types
from koridor.operator.equipment.fold import FACTS, GATE_IN, GATE_OUT, INSPECTED, Kept, fold
from koridor.operator.people import access
from koridor.text import t

_UNIT = select_by(unit, "unit_id")
_LOCKED = _UNIT.with_for_update()
_NUMBERED = select_by(unit, "keeper_id", "number")


@dataclass(frozen=True, slots=True)
class NewUnit:
    """A unit to be taken into a pool.

    Attributes
    ----------
    kind, number, type_code : str
        container or wagon; its number; its ISO size type, or the code of a wagon's type.
    owner_id : str
        Whose it is; with `shipper_owned` (SOC) a shipper's, else (COC) a carrier's or partner's.
    place_id : str
        Where it is.
    inspect_ms : int or None
        When its next inspection is due.
    """

    kind: str
    number: str
    type_code: str
    owner_id: str
    shipper_owned: bool
    place_id: str
    inspect_ms: int | None = None


def stream(unit_id: str) -> str:
    """Name of a unit's stream of events."""
    return f"unit/{unit_id}"


def take_in(tx: Tx, pool_id: str, new: NewUnit) -> str:
    """Id of a unit that is now in a pool, empty. Raises Refused: `invalid`, or `conflict` for one that is kept."""
    access.need_part(tx, "pool", pool_id, pools.OWNER)
    number, type_code = types.checked(new.kind, new.number, new.type_code)
    if tx.run(sa.select(party.c.party_id).filter_by(party_id=new.owner_id)).first() is None:
        raise Refused("invalid", t("Party {id} is not known.", id=new.owner_id))
    if tx.run(_NUMBERED, keeper_id=tx.actor.party_id, number=number).first():
        raise Refused("conflict", t("Unit {number} is kept already.", number=number))
    unit_id = tx.new_id("U")
    head = {"unit_id": unit_id, "keeper_id": tx.actor.party_id, "pool_id": pool_id, "number": number}
    what = {"kind": new.kind, "type_code": type_code, "owner_id": new.owner_id}
    now = {"state": "expected", "place_id": "", "since_ms": None, "order_id": None, "inspect_ms": None, "updates": 0}
    tx.add(unit, {**head, **what, **now, "shipper_owned": int(new.shipper_owned)})
    tx.note("take_in", f"unit/{unit_id}", number=(None, number), pool=(None, pool_id))
    record(tx, lock(tx, unit_id), "RECEIVED", {"place_id": new.place_id})
    if new.inspect_ms is not None:
        record(tx, lock(tx, unit_id), INSPECTED, {"next_ms": new.inspect_ms})
    return unit_id


def lock(tx: Tx, unit_id: str) -> dict[str, Any]:
    """The row of a unit that nobody else can change before this transaction ends. Raises Refused `not_found`."""
    row = tx.run(_LOCKED, unit_id=unit_id).mappings().first()
    if row is None:
        raise unknown_id()
    return dict(row)


def of(tx: Tx, unit_id: str, *parts: str) -> dict[str, Any]:
    """The row of a unit, for who has one of some parts of its pool. Raises Refused `not_found`, `forbidden`."""
    row = tx.run(_UNIT, unit_id=unit_id).mappings().first()
    if row is None:
        raise unknown_id()
    access.need_part(tx, "pool", row["pool_id"], *parts)
    return dict(row)


def tell(tx: Tx, unit_id: str, kind: str, body: Mapping[str, Any], *, event_id: str, happened_ms: int) -> bool:
    """Whether a fact of a unit is new; told again it does nothing.

    Raises Refused: `not_found`; `invalid` for what is no fact, lies ahead, or passes a gate empty, which goes against
    an order (`orders.gate`); `conflict` for an id with other content, or a retraction that leaves the unit on two
    orders.
    """
    of(tx, unit_id, *pools.MAY_ORDER)
    _refuse_unmeant(tx, kind, body, happened_ms)
    return record(tx, lock(tx, unit_id), kind, body, event_id=event_id, happened_ms=happened_ms)


def _refuse_unmeant(tx: Tx, kind: str, body: Mapping[str, Any], happened_ms: int) -> None:
    if kind not in FACTS:
        raise Refused("invalid", t("An event of a unit is one of {kinds}.", kinds=", ".join(FACTS)))
    if (kind in (GATE_OUT, GATE_IN) and body.get("empty")) or "order_id" in body:
        raise Refused("invalid", t("An empty unit passes a gate against an order."))
    if kind == INSPECTED and type(body.get("next_ms")) is not int:
        raise Refused("invalid", t("An inspection says when the next is due."))
    if kind == RETRACT and not body.get("retracts"):
        raise Refused("invalid", t("A retraction names the event that it takes back."))
    if happened_ms > tx.now_ms:
        raise Refused("invalid", t("What lies ahead has not happened."))


def record(tx: Tx, row: Mapping[Any, Any], kind: str, body: Mapping[str, Any], **known: Any) -> bool:
    """Whether an event of a unit, whose row is locked, is new; the row then shows the unit as it is now."""
    unit_id = row["unit_id"]
    if not events.append(tx, stream(unit_id), kind, body, **known):
        return False
    now = state_of(tx, unit_id)
    if len(now.engaged) > 1:
        raise Refused("conflict", t("The unit would be on two orders: {ids}.", ids=", ".join(now.engaged)))
    tx.run(unit.update().where(unit.c.unit_id == unit_id).values(updates=unit.c.updates + 1, **columns(now)))
    _show_orders(tx, unit_id, now)
    tx.note(kind, f"unit/{unit_id}", state=(row["state"], now.state), place=(row["place_id"], now.place_id))
    return True


def state_of(tx: Tx, unit_id: str) -> Kept:
    """A unit as its events leave it."""
    return fold(events.stream_of(tx, stream(unit_id)))


def columns(now: Kept) -> dict[str, Any]:
    """What the row of a unit shows of its state."""
    return {
        "state": now.state,
        "place_id": now.place_id,
        "since_ms": now.since_ms,
        "order_id": now.engaged[0] if now.engaged else None,
        "inspect_ms": now.inspect_ms,
    }


def _show_orders(tx: Tx, unit_id: str, now: Kept) -> None:
    table = equipment_order_unit
    shown = {row.order_id: row.gated_ms for row in tx.run(sa.select(table).filter_by(unit_id=unit_id))}
    if shown == now.orders:
        return
    tx.run(table.delete().where(table.c.unit_id == unit_id))
    tx.add(table, *({"order_id": one, "unit_id": unit_id, "gated_ms": at_ms} for one, at_ms in now.orders.items()))
