"""Holds: capacity kept for somebody until a moment. One row decides between posting, voiding and expiring.

A hold whose moment has come is dead whether or not anything ran then: posting asks for the moment in its UPDATE, and
whoever wants capacity first gives back what has expired. So there is no state in which both won, and none in which
capacity waits for a job that was down.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable

import sqlalchemy as sa

from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.statement import Fixed
from koridor.operator.db.tables import hold as table
from koridor.operator.db.tables import hold_line
from koridor.operator.network import allotment, capacity
from koridor.operator.network.capacity import Line, Want
from koridor.operator.network.publish import FREE
from koridor.operator.network.resource import resources
from koridor.text import t

P = sa.bindparam
_MINE = sa.and_(table.c.party_id == P("party_id"), table.c.state == "pending")
_BEYOND = Fixed(sa.select(sa.literal(1)).where(_MINE).limit(1).offset(P("count", type_=sa.BigInteger)))
_PEAKS = Fixed(
    sa.select(sa.func.max(hold_line.c.quantity))
    .join(table, table.c.hold_id == hold_line.c.hold_id)
    .where(_MINE, hold_line.c.resource == "teu")
    .group_by(hold_line.c.hold_id, hold_line.c.departure_id)
)
GIVEN_BACK = "given back"  # in the memo of a transaction: nothing is due any more, as its moment is one
DUE = sa.and_(table.c.state == "pending", table.c.expires_ms <= P("now_ms"))
_DUE = Fixed(sa.select(table.c.hold_id).where(DUE).order_by(table.c.hold_id).with_for_update())


def place(tx: Tx, holder_id: str, seller_id: str, wants: Iterable[Want], expires_ms: int) -> str:
    """Id of a new hold of all that is wanted, from the seller's own pools or the free ones.

    Raises SoldOut, Refused `not_offered` or `too_many`; then nothing is held.
    """
    wanted = sorted(wants)
    if not wanted or expires_ms <= tx.now_ms:
        raise Refused("invalid", t("A hold needs something to hold and a moment after now until which it holds."))
    give_back_due(tx, wanted)
    _refuse_hoarding(tx, holder_id, wanted)
    hold_id = tx.new_id("H")
    with tx.part():
        lines = capacity.take(tx, wanted, seller_id)
        row = {"hold_id": hold_id, "party_id": holder_id, "state": "pending"}
        tx.add(table, dict(**row, created_ms=tx.now_ms, expires_ms=expires_ms))
        if lines:
            tx.add(hold_line, *({"hold_id": hold_id, **_cells(line)} for line in lines))
    tx.note("hold", f"hold/{hold_id}", state=(None, "pending"))
    return hold_id


def post(tx: Tx, hold_id: str) -> None:
    """Turns a pending hold into sold capacity. Raises Refused `hold_expired` when its moment has come."""
    if not _moved(tx, hold_id, "pending", "posted", table.c.expires_ms > tx.now_ms):
        raise Refused("hold_expired", t("The hold has expired or was given up; take another."))
    capacity.post(tx, lines_of(tx, [hold_id]))


def void(tx: Tx, hold_id: str) -> bool:
    """Whether a pending hold was given up now."""
    if not _moved(tx, hold_id, "pending", "voided"):
        return False
    _give_back(tx, capacity.void, lines_of(tx, [hold_id]))
    return True


def free(tx: Tx, hold_id: str) -> bool:
    """Whether sold capacity was given back now."""
    if not _moved(tx, hold_id, "posted", "freed"):
        return False
    _give_back(tx, capacity.free, lines_of(tx, [hold_id]))
    return True


def replace(tx: Tx, hold_id: str, kept: Iterable[Line], wants: Iterable[Want], seller_id: str) -> str:
    """Id of what is sold now in the place of a sold hold: the lines kept of it and what is taken anew; "" for nothing.

    kept : lines of the hold, none larger than it was; the rest is given back first, so that it may be taken again.
    All or nothing: raises SoldOut or Refused `not_offered`, `not_allowed_now`; then nothing may be kept.
    """
    wanted, keeps = sorted(wants), {_key(line): line for line in kept}
    sweep(tx, wanted)
    old = lines_of(tx, [hold_id])
    capacity.lock(tx, [*old, *wanted])
    holder_id = tx.run(sa.select(table.c.party_id).where(table.c.hold_id == hold_id)).scalar_one()
    if not _moved(tx, hold_id, "posted", "freed"):
        raise Refused("not_allowed_now", t("Nothing is sold by this hold any more."))
    gone = [_less(line, keeps.get(_key(line))) for line in old]
    given = [line for line in gone if line.quantity]
    capacity.free(tx, given)
    allotment.settle(tx, given)
    taken = capacity.take(tx, wanted, seller_id)
    capacity.post(tx, taken)
    lines = _merged([*keeps.values(), *taken])
    if not lines:
        return ""
    new_id = tx.new_id("H")
    row = {"hold_id": new_id, "party_id": holder_id, "state": "posted"}
    tx.add(table, dict(**row, created_ms=tx.now_ms, expires_ms=tx.now_ms))
    tx.add(hold_line, *({"hold_id": new_id, **_cells(line)} for line in lines))
    tx.note("replace", f"hold/{new_id}", hold=(hold_id, new_id))
    return new_id


def _key(line: Line) -> tuple[str, int, str]:
    return line.departure_id, line.seq, line.resource


def _less(line: Line, kept: Line | None) -> Line:
    assert kept is None or kept.quantity <= line.quantity, "more would be kept than there was"
    return dataclasses.replace(line, quantity=line.quantity - (kept.quantity if kept else 0))


def _merged(lines: Iterable[Line]) -> list[Line]:
    """Lines, those of one counter as one. Raises Refused `sold_out` where a segment would be taken from two pools."""
    found: dict[tuple[str, int, str], Line] = {}
    for line in lines:
        before = found.get(_key(line))
        if before and before.pool != line.pool:
            raise Refused("sold_out", t("Departure {id} has not that much left in one pool.", id=line.departure_id))
        quantity = line.quantity + (before.quantity if before else 0)
        found[_key(line)] = dataclasses.replace(line, quantity=quantity)
    return sorted(found.values())


def extend(tx: Tx, hold_id: str, expires_ms: int) -> None:
    """Lets a pending hold live until another moment. Raises Refused `hold_expired`."""
    alive = sa.and_(table.c.hold_id == hold_id, table.c.state == "pending", table.c.expires_ms > tx.now_ms)
    if not tx.run(table.update().where(alive).values(expires_ms=expires_ms)).rowcount:
        raise Refused("hold_expired", t("The hold has expired or was given up; take another."))


def give_back_due(tx: Tx, about_to_take: Iterable[Want] = ()) -> None:
    """Frees, once a transaction, what allotments and holds kept until now. `about_to_take` is as in `sweep`."""
    if GIVEN_BACK not in tx.memo:
        tx.memo[GIVEN_BACK] = True
        allotment.release_due(tx)
        sweep(tx, about_to_take)


def sweep(tx: Tx, about_to_take: Iterable[Want] = ()) -> list[str]:
    """Holds that expired now, whose capacity is free again. `about_to_take` is locked with it, in one order."""
    ids = list(tx.run(_DUE, now_ms=tx.now_ms).scalars())
    if not ids:
        return []
    lines = lines_of(tx, ids)
    capacity.lock(tx, [*lines, *about_to_take])
    tx.run(table.update().where(table.c.hold_id.in_(ids)).values(state="expired"))
    capacity.void(tx, lines)
    allotment.settle(tx, lines)
    for hold_id in ids:
        tx.note("expire", f"hold/{hold_id}", state=("pending", "expired"))
    return ids


def lines_of(tx: Tx, ids: Iterable[str]) -> list[Line]:
    """Lines of some holds."""
    rows = tx.run(sa.select(hold_line).where(hold_line.c.hold_id.in_(list(ids))))
    return [Line(row.departure_id, row.seq, row.resource, row.pool, row.quantity) for row in rows]


def _give_back(tx: Tx, give: Callable[[Tx, Iterable[Line]], None], lines: list[Line]) -> None:
    """Gives capacity back, to the free pool where the allotment that it came from has been released meanwhile."""
    if any(line.pool != FREE for line in lines):
        capacity.lock(tx, lines)
    give(tx, lines)
    allotment.settle(tx, lines)


def _moved(tx: Tx, hold_id: str, before: str, after: str, *also: sa.ColumnElement[bool]) -> bool:
    here = sa.and_(table.c.hold_id == hold_id, table.c.state == before, *also)
    moved = tx.run(table.update().where(here).values(state=after)).rowcount == 1
    if moved:
        tx.note(after, f"hold/{hold_id}", state=(before, after))
    return moved


def _refuse_hoarding(tx: Tx, party_id: str, wanted: list[Want]) -> None:
    """Raises Refused `too_many` when a party would hold more at once than the policy lets anybody."""
    # looks at no more holds than the policy allows, however many there are
    full = tx.run(_BEYOND, party_id=party_id, count=tx.policy.holds_max - 1).first() is not None
    asked = {want.departure_id: want.quantity for want in wanted if want.resource == "teu"}
    held = sum(tx.run(_PEAKS, party_id=party_id).scalars()) if asked and not full else 0
    most = tx.policy.hold_teu_max * resources()["teu"].parts
    if full or held + sum(asked.values()) > most:
        raise Refused(
            "too_many",
            t(
                "At most {holds} holds and {teu} TEU may be held at once; confirm or give up some first.",
                holds=tx.policy.holds_max,
                teu=tx.policy.hold_teu_max,
            ),
        )


def _cells(line: Line) -> dict[str, object]:
    return {
        "departure_id": line.departure_id,
        "seq": line.seq,
        "resource": line.resource,
        "pool": line.pool,
        "quantity": line.quantity,
    }
