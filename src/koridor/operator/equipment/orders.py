"""Release and return orders: which depot lets out or takes back how many units of each type, and until when.

A unit is on one order at most: its row has one place for it and is locked by whoever decides. An order never takes more
than it says: its counter is raised by a conditional update. Locks are taken in the sequence order, line, unit.

A move that was accepted has a release and a return of one reference. What has left by the release still comes after the
end of the return, which then stays open for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from koridor.operator.common.desk import Tx
from koridor.operator.common.policy import HOUR_MS
from koridor.operator.common.refused import Refused, unknown_id
from koridor.operator.db.statement import select_by
from koridor.operator.db.tables import equipment_order as table
from koridor.operator.db.tables import equipment_order_line as line
from koridor.operator.db.tables import equipment_order_unit as taken
from koridor.operator.db.tables import event, member, party, unit
from koridor.operator.equipment import pools, types, units
from koridor.operator.equipment.fold import ASSIGN, GATE_IN, GATE_OUT, WITHDRAW
from koridor.operator.people import access
from koridor.text import t

RELEASE, RETURN = "release", "return"
DEPOT = "depot"
READY = {RELEASE: "available", RETURN: "on_hire"}
GATE = {RELEASE: GATE_OUT, RETURN: GATE_IN}
_ORDER = select_by(table, "order_id")
_UNIT = select_by(unit, "unit_id")
_LATER = taken.alias()
_SINCE = sa.exists().where(
    _LATER.c.unit_id == taken.c.unit_id, _LATER.c.order_id != taken.c.order_id, _LATER.c.gated_ms >= taken.c.gated_ms
)


def make(tx: Tx, pool_id: str, kind: str, quantities: Mapping[str, int], terms: Mapping[str, Any]) -> str:
    """Id of a new order.

    Parameters
    ----------
    quantities : mapping of str to int
        Units by type, each above 0.
    terms : mapping
        place_id of the depot, reference, valid_to_ms; maybe depot_id, the terminal's party that works the gate,
        booking_id, which the actor's party must have a part of, and repositioning_id, the accepted proposal of which
        the order is.

    Raises Refused `not_found`, `forbidden`, `conflict` for a reference that is taken, `invalid` with all problems.
    """
    access.need_part(tx, "pool", pool_id, *pools.MAY_ORDER)
    _refuse_unmeant(tx, quantities, terms)
    head = {"pool_id": pool_id, "kind": kind, "reference": terms["reference"]}
    if tx.run(sa.select(table.c.order_id).filter_by(**head)).first():
        raise Refused("conflict", t("Reference {ref} is taken in this pool.", ref=terms["reference"]))
    order_id = tx.new_id("R")
    rest = {"place_id": terms["place_id"], "valid_to_ms": terms["valid_to_ms"]}
    rest |= {name: terms.get(name) for name in ("booking_id", "repositioning_id")}
    tx.add(table, {"order_id": order_id, **head, **rest, "status": "open", "created_ms": tx.now_ms})
    rows = ({"order_id": order_id, "type_code": code, "quantity": many} for code, many in sorted(quantities.items()))
    tx.add(line, *({**row, "taken": 0} for row in rows))
    if terms.get("depot_id"):
        access.share(tx, "equipment_order", order_id, {terms["depot_id"]: DEPOT})
    tx.note("order", f"equipment_order/{order_id}", kind=(None, kind), reference=(None, terms["reference"]))
    return order_id


def _refuse_unmeant(tx: Tx, quantities: Mapping[str, int], terms: Mapping[str, Any]) -> None:
    wrong = [t("{code} is no type of unit.", code=code) for code in quantities if not types.known_type(code)]
    if not quantities or min(quantities.values()) <= 0:
        wrong.append(t("An order is for at least one unit of each type that it names."))
    if terms["valid_to_ms"] <= tx.now_ms:
        wrong.append(t("An order must hold for some time."))
    depot_id = terms.get("depot_id")
    if depot_id and tx.run(sa.select(party.c.kind).filter_by(party_id=depot_id)).scalar() != "terminal":
        wrong.append(t("Party {id} is no terminal.", id=depot_id))
    if wrong:
        raise Refused("invalid", t("The order cannot be meant; see problems."), problems=wrong)
    if terms.get("booking_id"):
        access.part(tx, "booking", terms["booking_id"])


def assign(tx: Tx, order_id: str, unit_id: str) -> None:
    """Puts a unit on an order: from then on it is released, or due back, on this order and no other.

    Raises Refused `not_found`, `forbidden`, or `not_allowed_now` with all reasons: the order is closed, over or full of
    the type; the unit is of another pool, elsewhere, on another order, not ready, or its inspection is due.
    """
    of(tx, order_id, *pools.MAY_ORDER)
    row = units.of(tx, unit_id, *pools.MAY_ORDER)
    order = dict(tx.run(_ORDER.with_for_update(read=True), order_id=order_id).mappings().one())
    room = line.update().where(line.c.order_id == order_id, line.c.type_code == row["type_code"])
    free = tx.run(room.where(line.c.taken < line.c.quantity).values(taken=line.c.taken + 1)).rowcount
    row = units.lock(tx, unit_id)
    why = _hindrances(tx, order, row)
    if not free:
        why.append(t("The order has no more room for type {code}.", code=row["type_code"]))
    if why:
        raise Refused("not_allowed_now", t("The unit cannot go on this order; see problems."), problems=why)
    units.record(tx, row, ASSIGN, {"order_id": order_id, "step": row["updates"]})


def _hindrances(tx: Tx, order: Mapping[str, Any], row: Mapping[str, Any]) -> list[str]:
    ready = row["state"] == READY[order["kind"]]
    overdue = row["inspect_ms"] is not None and row["inspect_ms"] <= tx.now_ms
    over = order["valid_to_ms"] <= tx.now_ms and row["unit_id"] not in rolling(tx, order)
    known = {
        t("The order is closed."): order["status"] != "open",
        t("The order is over."): over,
        t("The unit is of another pool."): row["pool_id"] != order["pool_id"],
        t("The unit is on an order already."): row["order_id"] is not None,
        t("The unit is {state}.", state=row["state"]): row["order_id"] is None and not ready,
        t("The unit is not at this depot."): order["kind"] == RELEASE and row["place_id"] != order["place_id"],
        t("The inspection of the unit is due."): order["kind"] == RELEASE and overdue,
    }
    return [reason for reason, holds in known.items() if holds]


def withdraw(tx: Tx, order_id: str, unit_id: str) -> None:
    """Takes a unit off an order before it has passed the gate. Raises Refused `not_found`, `not_allowed_now`."""
    of(tx, order_id, *pools.MAY_ORDER)
    if not _withdraw(tx, order_id, unit_id):
        raise Refused("not_allowed_now", t("The unit does not wait on this order."))


def _withdraw(tx: Tx, order_id: str, unit_id: str) -> bool:
    code = tx.run(sa.select(unit.c.type_code).filter_by(unit_id=unit_id)).scalar()
    here = (line.c.order_id == order_id, line.c.type_code == code)
    tx.run(sa.select(line).where(*here).with_for_update())
    row = tx.run(_UNIT.with_for_update(), unit_id=unit_id).mappings().first()
    if row is None or row["order_id"] != order_id:
        return False
    tx.run(line.update().where(*here).values(taken=line.c.taken - 1))
    return units.record(tx, row, WITHDRAW, {"order_id": order_id, "step": row["updates"]})


def gate(tx: Tx, order_id: str, unit_id: str, *, event_id: str, happened_ms: int, damaged: bool = False) -> bool:
    """Whether it is new that a unit passed the gate empty against an order: out by a release, in by a return.

    For the keeper, who may order, and the depot. Raises Refused `not_found`, `not_allowed_now` for a unit that does not
    wait on the order or an order that was over then and not for it, `invalid` for what lies ahead, `conflict` for
    another content.
    """
    order = of(tx, order_id, *pools.MAY_ORDER, DEPOT)
    if happened_ms > tx.now_ms:
        raise Refused("invalid", t("What lies ahead has not happened."))
    row = tx.run(_UNIT.with_for_update(), unit_id=unit_id).mappings().first()
    known = tx.run(select_by(taken, "order_id", "unit_id"), order_id=order_id, unit_id=unit_id).first()
    if row is None or known is None:
        raise Refused("not_allowed_now", t("The unit does not wait on this order."))
    over = known.gated_ms is None and happened_ms >= order["valid_to_ms"]
    if over and unit_id not in rolling(tx, order):
        raise Refused("not_allowed_now", t("The order was over then."))
    body = {"order_id": order_id, "place_id": order["place_id"], "empty": True, "damaged": damaged}
    told = {"event_id": event_id, "happened_ms": happened_ms}
    if known.gated_ms is not None and not _told(tx, unit_id, event_id):
        raise Refused("not_allowed_now", t("The unit has passed this gate already."))
    return units.record(tx, row, GATE[order["kind"]], body, **told)


def _told(tx: Tx, unit_id: str, event_id: str) -> bool:
    asked = select_by(event, "stream", "event_id")
    return tx.run(asked, stream=units.stream(unit_id), event_id=event_id).first() is not None


def close(tx: Tx, order_id: str) -> None:
    """Ends an order; units that have not passed the gate come off it. Raises Refused `not_found`, `not_allowed_now`."""
    of(tx, order_id, *pools.MAY_ORDER)
    if not _close(tx, order_id):
        raise Refused("not_allowed_now", t("The order is closed."))


def _close(tx: Tx, order_id: str) -> bool:
    shut = table.update().where(table.c.order_id == order_id, table.c.status == "open").values(status="closed")
    if not tx.run(shut).rowcount:
        return False
    waiting = sa.select(taken.c.unit_id).where(taken.c.order_id == order_id, taken.c.gated_ms.is_(None))
    for unit_id in tx.run(waiting.order_by(taken.c.unit_id)).scalars().all():
        _withdraw(tx, order_id, unit_id)
    tx.note("close", f"equipment_order/{order_id}", status=("open", "closed"))
    return True


def sweep(tx: Tx) -> list[str]:
    """Ids of orders that were over for as long as gates may be told late, and are closed now: their units are free.

    A return order stays open while something is to come that has left by its release.
    """
    over_ms = tx.now_ms - tx.policy.gate_late_h * HOUR_MS
    over = sa.select(table).where(table.c.status == "open", table.c.valid_to_ms <= over_ms)
    rows = tx.run(over.order_by(table.c.order_id)).mappings().all()
    return [row["order_id"] for row in rows if not _awaited(tx, row) and _close(tx, row["order_id"])]


def _awaited(tx: Tx, order: Mapping[Any, Any]) -> bool:
    """Whether an order has room for a unit that is on its way to it."""
    coming = set(rolling(tx, order).values())
    return bool(coming) and any(missing(tx, order["order_id"])[type_code] > 0 for type_code in coming)


def missing(tx: Tx, order_id: str) -> dict[str, int]:
    """Units by type that have not passed the gate against an order, of those that it is for."""
    out = sa.select(unit.c.type_code, sa.func.count().label("units")).join(taken, taken.c.unit_id == unit.c.unit_id)
    gated = out.where(taken.c.order_id == order_id, taken.c.gated_ms.is_not(None)).group_by(unit.c.type_code)
    passed = {row.type_code: row.units for row in tx.run(gated)}
    lines = tx.run(sa.select(line).filter_by(order_id=order_id))
    return {row.type_code: row.quantity - passed.get(row.type_code, 0) for row in lines}


def rolling(tx: Tx, order: Mapping[Any, Any]) -> dict[str, str]:
    """Types by id of units on their way to a return order: they left by the release of its move, are on hire, and have
    passed no other gate since. None of another order.
    """
    if order["kind"] != RETURN or order["repositioning_id"] is None:
        return {}
    asked = sa.select(unit.c.unit_id, unit.c.type_code).join(taken, taken.c.unit_id == unit.c.unit_id)
    gone = asked.where(
        taken.c.order_id.in_(_release_of(order)), taken.c.gated_ms.is_not(None), unit.c.state == "on_hire", ~_SINCE
    )
    return {row.unit_id: row.type_code for row in tx.run(gone)}


def lets_out(tx: Tx, order: Mapping[Any, Any]) -> bool:
    """Whether more may leave towards a return order: the release of its move is open."""
    return tx.run(_release_of(order).filter_by(status="open")).first() is not None


def _release_of(order: Mapping[Any, Any]) -> sa.Select[tuple[str]]:
    """Id of the release of the move that an order is of."""
    own = {name: order[name] for name in ("pool_id", "reference", "repositioning_id")}
    return sa.select(table.c.order_id).filter_by(kind=RELEASE, **own)


def of(tx: Tx, order_id: str, *parts: str) -> dict[str, Any]:
    """The row of an order, for who has one of some parts of its pool, or is its depot where `parts` has that.

    Raises Refused `not_found`, `forbidden`.
    """
    row = tx.run(_ORDER, order_id=order_id).mappings().first()
    if row is None:
        raise unknown_id()
    if DEPOT not in parts or tx.actor.party_id not in access.parts_of(tx, "equipment_order", order_id):
        access.need_part(tx, "pool", row["pool_id"], *(one for one in parts if one != DEPOT))
    return dict(row)


def view(tx: Tx, order_id: str) -> dict[str, Any]:
    """An order with its lines and units, for who sees the pool's units and for its depot. Raises Refused."""
    order = of(tx, order_id, *pools.SEE_UNITS, DEPOT)
    lines = tx.run(select_by(line, "order_id").order_by(line.c.type_code), order_id=order_id).mappings()
    names = (unit.c.unit_id, unit.c.number, unit.c.type_code, taken.c.gated_ms)
    rows = sa.select(*names).join(taken, taken.c.unit_id == unit.c.unit_id).where(taken.c.order_id == order_id)
    return {
        **order,
        "lines": [{name: one[name] for name in ("type_code", "quantity", "taken")} for one in lines],
        "units": [dict(one) for one in tx.run(rows.order_by(unit.c.number)).mappings()],
    }


def listed(tx: Tx) -> list[dict[str, Any]]:
    """Orders of the pools whose units the actor's party sees, and those of which it is the depot; the latest first."""
    party_id = tx.actor.party_id
    seen = sa.select(member.c.object_id).where(
        member.c.kind == "pool", member.c.party_id == party_id, member.c.part.in_(pools.SEE_UNITS)
    )
    mine = sa.or_(table.c.pool_id.in_(seen), table.c.order_id.in_(access.mine("equipment_order", party_id)))
    rows = tx.run(sa.select(table).where(mine).order_by(table.c.created_ms.desc(), table.c.order_id))
    return [dict(row) for row in rows.mappings().fetchmany(tx.policy.page_rows_max)]
