"""Pools: a partner keeps units together, and agrees with another what that one sees of them and may do.

What was agreed is the other's part of the pool: `stock` (numbers by place, type and state), `units` (each unit) or
`orders` (each unit, and to release and take it back). The keeper may do all. Who has no part learns of nothing.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.tables import member, party, pool, unit
from koridor.operator.equipment import types
from koridor.operator.people import access
from koridor.text import t

OWNER, STOCK, UNITS, ORDERS = "owner", "stock", "units", "orders"
SEE_UNITS = (OWNER, UNITS, ORDERS)
MAY_ORDER = (OWNER, ORDERS)


def make(tx: Tx, name: str) -> str:
    """Id of a new pool of the actor's party."""
    pool_id = tx.new_id("O")
    tx.add(pool, {"pool_id": pool_id, "keeper_id": tx.actor.party_id, "name": name, "created_ms": tx.now_ms})
    access.share(tx, "pool", pool_id, {tx.actor.party_id: OWNER})
    tx.note("make", f"pool/{pool_id}", name=(None, name))
    return pool_id


def agree(tx: Tx, pool_id: str, party_id: str, sees: str | None) -> None:
    """Lets another partner see and do what `sees` says, in place of what was agreed before; None ends it.

    Raises Refused `not_found`, `forbidden` for who does not keep the pool, `invalid` for who is no other partner.
    """
    access.need_part(tx, "pool", pool_id, OWNER)
    kind = tx.run(sa.select(party.c.kind).filter_by(party_id=party_id)).scalar()
    if kind != "partner" or party_id == tx.actor.party_id:
        raise Refused("invalid", t("Party {id} is no other partner.", id=party_id))
    before = access.parts_of(tx, "pool", pool_id).get(party_id)
    here = {"kind": "pool", "object_id": pool_id, "party_id": party_id}
    tx.run(member.delete().where(*(member.c[name] == value for name, value in here.items())))
    if sees is not None:
        tx.add(member, {**here, "part": sees})
    tx.note("agree", f"pool/{pool_id}", party=(None, party_id), sees=(before, sees))


def listed(tx: Tx) -> list[dict[str, Any]]:
    """Pools that the actor's party has a part of, with that part."""
    asked = sa.select(pool, member.c.part).join(member, member.c.object_id == pool.c.pool_id)
    mine = asked.where(member.c.kind == "pool", member.c.party_id == tx.actor.party_id)
    rows = tx.run(mine.order_by(pool.c.pool_id).limit(tx.policy.page_rows_max)).mappings()
    return [{name: row[name] for name in ("pool_id", "keeper_id", "name", "part")} for row in rows]


def stock(tx: Tx, pool_id: str) -> list[dict[str, Any]]:
    """Numbers of units by place, type and state, with their TEU. Raises Refused `not_found`."""
    access.part(tx, "pool", pool_id)
    keys = (unit.c.place_id, unit.c.type_code, unit.c.state)
    rows = tx.run(
        sa.select(*keys, sa.func.count().label("units"))
        .where(unit.c.pool_id == pool_id)
        .group_by(*keys)
        .order_by(*keys)
    )
    return [
        {**row, "teu": str(Fraction(row["units"]) * types.teu(row["type_code"]))} for row in map(dict, rows.mappings())
    ]


def units(tx: Tx, pool_id: str, after: str | None) -> list[dict[str, Any]]:
    """A page of the units of a pool, by number, behind `after`.

    Raises Refused `not_found`, or `forbidden` for who sees the stock alone.
    """
    access.need_part(tx, "pool", pool_id, *SEE_UNITS)
    asked = sa.select(unit).where(unit.c.pool_id == pool_id).order_by(unit.c.number)
    asked = asked if after is None else asked.where(unit.c.number > after)
    return [shown(dict(row)) for row in tx.run(asked.limit(tx.policy.page_rows_max)).mappings()]


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """A unit as it goes out."""
    hidden = ("keeper_id", "updates", "shipper_owned")
    return {
        **{name: value for name, value in row.items() if name not in hidden},
        "shipper_owned": bool(row["shipper_owned"]),
        "teu": str(types.teu(row["type_code"])),
    }
