"""Proposals of empties' moves, kept until a dispatcher accepts them: each becomes a release and a return order.

A proposal is worked out on the network in force under the incidents that hold, outside any transaction. One of a party
is in force, the newest: the one before is superseded. It is accepted once, and only while the account still has what it
moves. What was ordered of each move is kept beside what was proposed, and why it is less.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from koridor.operator.common.actor import Actor
from koridor.operator.common.canonical import kept
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.tables import equipment_order, equipment_order_line, party, unit
from koridor.operator.db.tables import repositioning as table
from koridor.operator.disruption import incidents
from koridor.operator.disruption.incidents import Incident
from koridor.operator.equipment import orders, reposition, types
from koridor.operator.equipment.imbalance import WEEK_MS, bounds
from koridor.operator.equipment.reposition import Kind, Needs, Proposal
from koridor.operator.network.publish import newest
from koridor.operator.people import access
from koridor.operator.quoting.networks import Networks
from koridor.text import t

KIND, OWNER = "repositioning", "owner"
PROPOSED, ACCEPTED, SUPERSEDED = "proposed", "accepted", "superseded"
NONE_FREE, NO_FIT, LEFT_OUT = "none_free", "no_fit", "left_out"  # why less was ordered than proposed


@dataclass(frozen=True, slots=True)
class Ordered:
    """What was ordered of a move: its orders, boxes and their TEU; and why it is less than was proposed, or ""."""

    orders: tuple[str, ...] = ()
    units: int = 0
    teu: Fraction = Fraction(0)
    why: str = LEFT_OUT


@dataclass(slots=True)
class Room:
    """What may still go from a place: free boxes by pool and type, and TEU by the account."""

    boxes: Counter[Kind]
    teu: Fraction


def work_out(desk: Desk, actor: Actor, networks: Networks, weeks: int) -> Proposal:
    """The cheapest moves of the actor's party for so many weeks, on no way that an incident shuts in that time.

    Raises Refused `not_found` or `unavailable`.
    """
    network_id, ((surplus, lack), held) = desk.look(actor, lambda tx: (newest(tx), seen(tx, weeks)))
    wait_s = desk.policy.enquiry_wait_s
    with networks.of(desk, network_id, incidents.patches(held), wait_s=wait_s).alone(wait_s) as prepared:
        return reposition.propose(surplus, lack, reposition.costs(prepared, surplus, lack))


def seen(tx: Tx, weeks: int) -> tuple[Needs, list[Incident]]:
    """What the actor's party may move for so many weeks, and the incidents that it knows of and that hold meanwhile."""
    held = incidents.during(tx, tx.now_ms, tx.now_ms + weeks * WEEK_MS)
    return reposition.needs(*bounds(tx, weeks)), held


def keep(tx: Tx, weeks: int, found: Proposal) -> str:
    """Id of a proposal that is now kept in place of the party's one before.

    Raises Refused `not_allowed_now` where nothing is to be moved; then the one before stays.
    """
    if not found.moves:
        problems = [
            t("{place} lacks {teu} TEU that no surplus reaches.", place=place, teu=teu)
            for place, teu in found.unserved.items()
        ]
        raise Refused("not_allowed_now", t("No empties are to be moved."), problems=problems)
    _supersede(tx)
    repositioning_id = tx.new_id("M")
    row = {"repositioning_id": repositioning_id, "party_id": tx.actor.party_id, "state": PROPOSED, "weeks": weeks}
    content = kept({"moves": [asdict(one) for one in found.moves], "unserved": found.unserved})
    rest = {"orders": kept({}), "outcome": kept({}), "created_ms": tx.now_ms, "decided_ms": None}
    tx.add(table, {**row, "content": content, **rest})
    access.share(tx, KIND, repositioning_id, {tx.actor.party_id: OWNER})
    tx.note("propose", f"{KIND}/{repositioning_id}", moves=(None, len(found.moves)))
    return repositioning_id


def _supersede(tx: Tx) -> None:
    """Takes the party's proposal out of force. Who else keeps one at the same moment waits."""
    here = tx.actor.party_id
    tx.run(sa.select(party.c.party_id).filter_by(party_id=here).with_for_update(key_share=True))
    asked = sa.select(table.c.repositioning_id).filter_by(party_id=here, state=PROPOSED).with_for_update()
    for one in tx.run(asked).scalars().all():
        shut = table.update().where(table.c.repositioning_id == one)
        tx.run(shut.values(state=SUPERSEDED, decided_ms=tx.now_ms))
        tx.note("supersede", f"{KIND}/{one}", state=(PROPOSED, SUPERSEDED))


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
    surplus = _refuse_changed(tx, row.weeks, [known[seq] for seq in chosen])
    there = {place: Room(_free(tx, place), Fraction(teu)) for place, teu in surplus.items()}
    made: dict[int, Ordered] = {}
    for seq in chosen:
        terms = {"reference": f"{repositioning_id}/{seq}", "valid_to_ms": valid_to_ms}
        terms["repositioning_id"] = repositioning_id
        made[seq] = _order(tx, known[seq], there[known[seq]["from_place"]], terms)
    if not any(one.orders for one in made.values()):
        problems = [t("Move {seq}: {why}", seq=seq, why=_told(one.why)) for seq, one in made.items()]
        sentence = t("No box that is free there fits; work out a new proposal.")
        raise Refused("not_allowed_now", sentence, problems=problems)
    outcome = {
        seq: {"units": one.units, "teu": str(one.teu), "why": one.why}
        for seq, one in {**dict.fromkeys(known, Ordered()), **made}.items()
    }
    ids = {seq: one.orders for seq, one in made.items()}
    here = table.c.repositioning_id == repositioning_id
    cells = {"state": ACCEPTED, "orders": kept(ids), "outcome": kept(outcome), "decided_ms": tx.now_ms}
    tx.run(table.update().where(here).values(cells))
    tx.note("accept", f"{KIND}/{repositioning_id}", state=(PROPOSED, ACCEPTED), orders=(None, ids))


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
    content, made, outcome = json.loads(row.content), json.loads(row.orders), json.loads(row.outcome)
    moves = [
        {
            "seq": seq,
            **{name: one[name] for name in ("from_place", "to_place", "teu", "surplus", "lack")},
            "cost_usd_per_t": one["cost"],
            "orders": made.get(str(seq), []),
            **_ordered(outcome.get(str(seq))),
        }
        for seq, one in enumerate(content["moves"], start=1)
    ]
    names = ("repositioning_id", "state", "weeks", "created_ms", "decided_ms")
    return {**{name: row._mapping[name] for name in names}, "moves": moves, "unserved": content["unserved"]}


def _locked(tx: Tx, repositioning_id: str) -> Any:
    """The row of a proposal of the actor's party, which nobody else decides meanwhile. Raises Refused `not_found`."""
    access.part(tx, KIND, repositioning_id)
    return tx.run(sa.select(table).filter_by(repositioning_id=repositioning_id).with_for_update()).one()


def _refuse_changed(tx: Tx, weeks: int, moves: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """What may go by place, by the account of now.

    Raises Refused where that has not what the moves take, or does not lack what they bring.
    """
    surplus, lack = reposition.needs(*bounds(tx, weeks))
    problems = []
    for end, there in (("from_place", surplus), ("to_place", lack)):
        sums: Counter[str] = Counter()
        for one in moves:
            sums[one[end]] += one["teu"]
        problems += [
            t("{place}: {teu} TEU are to move, {there} would do now.", place=place, teu=teu, there=there.get(place, 0))
            for place, teu in sums.items()
            if teu > there.get(place, 0)
        ]
    if problems:
        raise Refused("not_allowed_now", t("The account has changed; work out a new proposal."), problems=problems)
    return surplus


def _order(tx: Tx, move: Mapping[str, Any], room: Room, terms: Mapping[str, Any]) -> Ordered:
    """A release and a return of each pool for a move, of what may go; `room` is what may go after it."""
    chosen = reposition.boxes(room.boxes, move["teu"], room.teu)
    teu = sum((many * types.teu(code) for (_, code), many in chosen.items()), Fraction(0))
    room.boxes -= Counter(chosen)
    room.teu -= teu
    found = []
    for pool_id in sorted({pool_id for pool_id, _ in chosen}):
        quantities = {code: many for (pool, code), many in chosen.items() if pool == pool_id}
        for kind, end in ((orders.RELEASE, "from_place"), (orders.RETURN, "to_place")):
            found.append(orders.make(tx, pool_id, kind, quantities, {**terms, "place_id": move[end]}))
    less = NO_FIT if room.boxes else NONE_FREE
    return Ordered(tuple(found), sum(chosen.values()), teu, "" if teu >= move["teu"] else less)


def _ordered(outcome: Mapping[str, Any] | None) -> dict[str, Any]:
    """What was ordered of a move, as it goes out; nothing is known before it is accepted."""
    if outcome is None:
        return {"ordered_units": None, "ordered_teu": None, "why": None}
    return {"ordered_units": outcome["units"], "ordered_teu": outcome["teu"], "why": _told(outcome["why"])}


def _told(why: str) -> str | None:
    """Why less was ordered, as short as it must be in a table: no box is left that is not on order, due for inspection
    or not ready; each that is left is more than may go; nobody asked for the move.
    """
    return {
        NONE_FREE: t("no more free"),
        NO_FIT: t("rest too large"),
        LEFT_OUT: t("left out"),
    }.get(why)


def _free(tx: Tx, place_id: str) -> Counter[Kind]:
    """Empties of the party's pools at a place, by pool and type, without those that open releases have still to get."""
    fit = sa.or_(unit.c.inspect_ms.is_(None), unit.c.inspect_ms > tx.now_ms)
    here = (unit.c.keeper_id == tx.actor.party_id, unit.c.kind == "container", unit.c.place_id == place_id)
    keys = (unit.c.pool_id, unit.c.type_code)
    asked = sa.select(*keys, sa.func.count().label("units")).where(*here, unit.c.state == "available", fit)
    there = Counter({(row.pool_id, row.type_code): row.units for row in tx.run(asked.group_by(*keys))})
    order, line = equipment_order, equipment_order_line
    keys = (order.c.pool_id, line.c.type_code)
    open_ = (order.c.place_id == place_id, order.c.kind == orders.RELEASE, order.c.status == "open")
    missing = sa.func.sum(line.c.quantity - line.c.taken).label("units")
    asked = sa.select(*keys, missing).join(line, line.c.order_id == order.c.order_id).where(*open_)
    due = Counter({(row.pool_id, row.type_code): int(row.units) for row in tx.run(asked.group_by(*keys))})
    return there - due
