"""Proposals of empties' moves, kept until a dispatcher accepts them: each becomes a release and a return order.

A proposal is worked out on the network in force, outside any transaction. The newest of a party counts: the ones before
are superseded. It is accepted once, and only while the account still has what it moves.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from koridor.operator.common.actor import Actor
from koridor.operator.common.canonical import kept
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.tables import repositioning as table
from koridor.operator.db.tables import unit
from koridor.operator.equipment import orders, reposition, types
from koridor.operator.equipment.imbalance import imbalance
from koridor.operator.equipment.reposition import Kind, Proposal
from koridor.operator.network.publish import newest
from koridor.operator.people import access
from koridor.operator.quoting.networks import Networks
from koridor.text import t

KIND, OWNER = "repositioning", "owner"
PROPOSED, ACCEPTED, SUPERSEDED = "proposed", "accepted", "superseded"


def work_out(desk: Desk, actor: Actor, networks: Networks, weeks: int) -> Proposal:
    """The cheapest moves of the actor's party for so many weeks. Raises Refused `not_found` or `unavailable`."""
    network_id, account = desk.look(actor, lambda tx: (newest(tx), imbalance(tx, weeks)))
    surplus, lack = reposition.needs(account)
    with networks.of(desk, network_id).alone(desk.policy.enquiry_wait_s) as prepared:
        return reposition.propose(surplus, lack, reposition.costs(prepared, surplus, lack))


def keep(tx: Tx, weeks: int, found: Proposal) -> str:
    """Id of a proposal that is now kept in place of the party's one before."""
    open_ = (table.c.party_id == tx.actor.party_id, table.c.state == PROPOSED)
    tx.run(table.update().where(*open_).values(state=SUPERSEDED, decided_ms=tx.now_ms))
    repositioning_id = tx.new_id("M")
    row = {"repositioning_id": repositioning_id, "party_id": tx.actor.party_id, "state": PROPOSED, "weeks": weeks}
    content = kept({"moves": [asdict(one) for one in found.moves], "unserved": found.unserved})
    tx.add(table, {**row, "content": content, "orders": kept({}), "created_ms": tx.now_ms, "decided_ms": None})
    access.share(tx, KIND, repositioning_id, {tx.actor.party_id: OWNER})
    tx.note("propose", f"{KIND}/{repositioning_id}", moves=(None, len(found.moves)))
    return repositioning_id


def accept(tx: Tx, repositioning_id: str, valid_to_ms: int, moves: Sequence[int] | None = None) -> None:
    """Makes the orders of all moves of a proposal, or of those numbered `moves`; the rest is given up.

    Raises Refused `not_found`; `invalid` for a number that is not there or an end that is past; `not_allowed_now` for a
    proposal that is not open, or whose empties are no longer there or no longer lack.
    """
    row = _locked(tx, repositioning_id)
    if row.state != PROPOSED:
        raise Refused("not_allowed_now", t("The proposal is {state}; work out a new one.", state=row.state))
    known = dict(enumerate(json.loads(row.content)["moves"], start=1))
    chosen = sorted(set(known if moves is None else moves))
    if not chosen or set(chosen) - set(known):
        raise Refused("invalid", t("The proposal has {count} moves, numbered from 1.", count=len(known)))
    _refuse_changed(tx, row.weeks, [known[seq] for seq in chosen])
    made: dict[str, list[str]] = {}
    gone: dict[str, Counter[Kind]] = {}
    for seq in chosen:
        made[str(seq)] = _ordered(tx, f"{repositioning_id}/{seq}", known[seq], valid_to_ms, gone)
    if not any(made.values()):
        raise Refused("not_allowed_now", t("No box that is free there fits; work out a new proposal."))
    here = table.c.repositioning_id == repositioning_id
    tx.run(table.update().where(here).values(state=ACCEPTED, orders=kept(made), decided_ms=tx.now_ms))
    tx.note("accept", f"{KIND}/{repositioning_id}", state=(PROPOSED, ACCEPTED), orders=(None, made))


def view(tx: Tx, repositioning_id: str) -> dict[str, Any]:
    """A proposal with its moves and the orders that they became. Raises Refused `not_found`."""
    access.part(tx, KIND, repositioning_id)
    return _shown(tx.run(sa.select(table).filter_by(repositioning_id=repositioning_id)).one())


def listed(tx: Tx) -> list[dict[str, Any]]:
    """Proposals of the actor's party, the latest first."""
    mine = sa.select(table).where(table.c.party_id == tx.actor.party_id)
    order = mine.order_by(table.c.created_ms.desc(), table.c.repositioning_id.desc())
    return [_shown(row) for row in tx.run(order.limit(tx.policy.page_rows_max))]


def _shown(row: Any) -> dict[str, Any]:
    content, made = json.loads(row.content), json.loads(row.orders)
    moves = [
        {
            "seq": seq,
            **{name: one[name] for name in ("from_place", "to_place", "teu", "surplus", "lack")},
            "cost_usd_per_t": one["cost"],
            "orders": made.get(str(seq), []),
        }
        for seq, one in enumerate(content["moves"], start=1)
    ]
    names = ("repositioning_id", "state", "weeks", "created_ms", "decided_ms")
    return {**{name: row._mapping[name] for name in names}, "moves": moves, "unserved": content["unserved"]}


def _locked(tx: Tx, repositioning_id: str) -> Any:
    """The row of a proposal of the actor's party, which nobody else decides meanwhile. Raises Refused `not_found`."""
    access.part(tx, KIND, repositioning_id)
    return tx.run(sa.select(table).filter_by(repositioning_id=repositioning_id).with_for_update()).one()


def _refuse_changed(tx: Tx, weeks: int, moves: Sequence[Mapping[str, Any]]) -> None:
    """Raises Refused where the account of now has not what the moves take, or does not lack what they bring."""
    surplus, lack = reposition.needs(imbalance(tx, weeks))
    problems = []
    for end, there in (("from_place", surplus), ("to_place", lack)):
        sums: dict[str, int] = {}
        for one in moves:
            sums[one[end]] = sums.get(one[end], 0) + one["teu"]
        problems += [
            t("{place}: {teu} TEU are to move, {there} would do now.", place=place, teu=teu, there=there.get(place, 0))
            for place, teu in sums.items()
            if teu > there.get(place, 0)
        ]
    if problems:
        raise Refused("not_allowed_now", t("The account has changed; work out a new proposal."), problems=problems)


def _ordered(
    tx: Tx, reference: str, move: Mapping[str, Any], valid_to_ms: int, gone: dict[str, Counter[Kind]]
) -> list[str]:
    """Ids of the orders of a move, a release and a return for each pool; `gone` are boxes of earlier moves by place."""
    origin = move["from_place"]
    before = gone.setdefault(origin, Counter())
    there = _free(tx, origin) - before
    chosen = reposition.boxes(there, move["teu"], move["surplus"] - _teu(before))
    before.update(chosen)
    found = []
    for pool_id in sorted({pool_id for pool_id, _ in chosen}):
        quantities = {code: many for (pool, code), many in chosen.items() if pool == pool_id}
        for kind, place_id in ((orders.RELEASE, origin), (orders.RETURN, move["to_place"])):
            terms = {"place_id": place_id, "reference": reference, "valid_to_ms": valid_to_ms}
            found.append(orders.make(tx, pool_id, kind, quantities, terms))
    return found


def _teu(boxes: Mapping[Kind, int]) -> Fraction:
    return sum((many * types.teu(code) for (_, code), many in boxes.items()), Fraction(0))


def _free(tx: Tx, place_id: str) -> Counter[Kind]:
    """Empties of the party's pools at a place that an order may take, by pool and type."""
    fit = sa.or_(unit.c.inspect_ms.is_(None), unit.c.inspect_ms > tx.now_ms)
    here = (unit.c.keeper_id == tx.actor.party_id, unit.c.kind == "container", unit.c.place_id == place_id)
    keys = (unit.c.pool_id, unit.c.type_code)
    asked = sa.select(*keys, sa.func.count().label("units")).where(*here, unit.c.state == "available", fit)
    return Counter({(row.pool_id, row.type_code): row.units for row in tx.run(asked.group_by(*keys))})
