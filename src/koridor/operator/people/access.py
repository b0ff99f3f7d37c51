"""Default deny: a role may do what the table says and nothing else; a party sees what it is a member of, else 404.

That an object exists is itself a secret: what is not there and what is another's get the same answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

import sqlalchemy as sa

from koridor.operator.common.actor import Actor
from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused, unknown_id
from koridor.operator.db.statement import Fixed, insertion_once, select_by
from koridor.operator.db.tables import member, party
from koridor.operator.identifiers.tables import rows
from koridor.text import t

HERE = Path(__file__).parent

PASSING = ("partner", "carrier")  # parts that end when an amendment leaves the party out
_SHARE = insertion_once(member)
_PARTS = Fixed(select_by(member, "kind", "object_id"))
_PART = Fixed(select_by(member, "kind", "object_id", "party_id"))


@cache
def permissions() -> Mapping[str, frozenset[str]]:
    """Actions by role."""
    return {row["role"]: frozenset(row["actions"].split()) for row in rows("permissions", HERE)}


@cache
def kinds() -> Mapping[str, frozenset[str]]:
    """Kinds of party whose people may have a role, by role."""
    return {row["role"]: frozenset(row["kinds"].split()) for row in rows("permissions", HERE)}


def may(actor: Actor, action: str) -> bool:
    """Whether one of the actor's roles has the action, and the token does not leave it out."""
    return _granted(actor, action) and (actor.scopes is None or action in actor.scopes)


def need(actor: Actor, action: str) -> None:
    """Raises Refused `forbidden` unless the actor may."""
    if not _granted(actor, action):
        raise Refused("forbidden", t("Your role does not allow this: {action}.", action=action))
    if not may(actor, action):
        sentence = t("This key has no scope for it: {action}; make a key that has, or log in.", action=action)
        raise Refused("forbidden", sentence)


def _granted(actor: Actor, action: str) -> bool:
    return any(action in permissions().get(role, frozenset()) for role in actor.roles)


def are_partners(tx: Tx, one_id: str, other_id: str) -> bool:
    """Whether these are two partners."""
    kinds = tx.run(sa.select(party.c.kind).where(party.c.party_id.in_((one_id, other_id)))).scalars().all()
    return list(kinds) == ["partner", "partner"]


def share(tx: Tx, kind: str, object_id: str, parts: Mapping[str, str]) -> None:
    """Lets parties see an object, each as a part of it: seller, partner, customer, carrier. Earlier parts stay."""
    ids = {"kind": kind, "object_id": object_id}
    _SHARE.run_each(tx.connection, [{**ids, "party_id": party_id, "part": part} for party_id, part in parts.items()])


def parts_of(tx: Tx, kind: str, object_id: str) -> dict[str, str]:
    """Which party is which part of an object."""
    return {row.party_id: row.part for row in tx.run(_PARTS, kind=kind, object_id=object_id)}


def parts_of_many(tx: Tx, kind: str, object_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """The same of many objects."""
    found: dict[str, dict[str, str]] = {one: {} for one in object_ids}
    rows = sa.select(member).where(member.c.kind == kind, member.c.object_id.in_(object_ids))
    for row in tx.run(rows.order_by(member.c.party_id)):
        found[row.object_id][row.party_id] = row.part
    return found


def part(tx: Tx, kind: str, object_id: str) -> str:
    """Which part of an object the actor's party is. Raises Refused `not_found` where it is none."""
    found = tx.run(_PART, kind=kind, object_id=object_id, party_id=tx.actor.party_id).first()
    if found is None:
        raise unknown_id()
    return str(found.part)


def need_part(tx: Tx, kind: str, object_id: str, *parts: str) -> str:
    """The actor's part, which must be one of some. Raises Refused `not_found`, or `forbidden` for another part."""
    found = part(tx, kind, object_id)
    if found not in parts:
        raise Refused("forbidden", t("This is for another party of it to do."))
    return found


def withdraw(tx: Tx, kind: str, object_id: str, kept: Collection[str]) -> None:
    """Ends the access of partners and carriers who are no part of an object any more: all but those `kept`.

    Objects that were theirs stay so: their quotes, their books and their audit. Customer and seller are never ended.
    """
    gone = sorted(
        party_id for party_id, part in parts_of(tx, kind, object_id).items() if part in PASSING and party_id not in kept
    )
    if gone:
        here = (member.c.kind == kind, member.c.object_id == object_id, member.c.party_id.in_(gone))
        tx.run(member.delete().where(*here))
        tx.note("withdraw", f"{kind}/{object_id}", parties=(gone, []))


def own_and_others(tx: Tx, kind: str, ids: Iterable[str]) -> tuple[list[str], int]:
    """Of some objects those that the actor's party may see, and how many the others are."""
    listed = list(ids)
    own = set(tx.run(mine(kind, tx.actor.party_id)).scalars())
    known = [one for one in listed if one in own]
    return known, len(listed) - len(known)


def mine(kind: str, party_id: str) -> sa.Select[tuple[str]]:
    """Ids of the objects of a kind that a party may see."""
    return sa.select(member.c.object_id).where(member.c.kind == kind, member.c.party_id == party_id)
