"""The split that two partners have agreed on: proposed by two people of one, agreed by one of the other, in versions.

Nothing is shared by a key that one side alone has published. Each version says from when it holds, and is in force from
then on, though never before both have agreed; of those the one that began last holds, until the next begins. The end of
a split is a version too, of the kind NONE: from then on no joint sale is made until another is agreed. It names the
split that it ends, and ends no other that has begun meanwhile. Who proposed, approved and agreed, when, and the hash of
the terms are kept, so that both sides can reckon anew what was shared.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from koridor.operator.common.canonical import canonical, hash_of, whole
from koridor.operator.common.desk import Tx
from koridor.operator.common.pages import page
from koridor.operator.common.refused import Refused
from koridor.operator.db.statement import Fixed, select_by
from koridor.operator.db.tables import proposal
from koridor.operator.db.tables import split as table
from koridor.operator.money.split import KEYS, Key, key_of
from koridor.operator.outbox.announce import announce
from koridor.operator.people import access
from koridor.text import t

SPLIT, NONE = "split", "none"
OWNER, PARTNER = "owner", "partner"
OFFERED, AGREED = "offered", "agreed"
STATES = {"agree": (PARTNER, AGREED), "refuse": (PARTNER, "refused"), "withdraw": (OWNER, "withdrawn")}
HEAD = ("split_id", "party_id", "state", "version", "in_force_ms", "hash")
WHO = ("proposed_by", "approved_by", "created_ms", "decided_by", "decided_ms", "reason")
_BY_ID = Fixed(select_by(table, "split_id"))
_LOCKED = Fixed(select_by(table, "split_id").with_for_update())
_BEGUN = Fixed(
    select_by(table, "first_id", "second_id", "state")
    .where(table.c.in_force_ms <= sa.bindparam("at_ms"))
    .order_by(table.c.in_force_ms, table.c.version)
)


def checked(tx: Tx, content: Mapping[str, Any]) -> dict[str, Any]:
    """A proposal of a split with another partner, as it will be kept. Raises Refused `invalid`."""
    other_id, key = str(content["other_id"]), key_of(content["key"])
    if not access.are_partners(tx, tx.actor.party_id, other_id):
        raise Refused("invalid", t("A split is agreed with another partner."))
    pair = {tx.actor.party_id, other_id}
    if key.kind not in KEYS or set(key.weights) != (pair if key.kind == "fixed" else set()):
        kinds_told = ", ".join(KEYS)
        sentence = t("A key is one of {kinds}; a fixed one weighs both partners, another nobody.", kinds=kinds_told)
        raise Refused("invalid", sentence)
    return {
        "other_id": other_id,
        "key": {"kind": key.kind, "weights": dict(key.weights)},
        "valid_from_ms": whole(content["valid_from_ms"]),
    }


def offer(tx: Tx, proposal_id: str, content: Mapping[str, Any]) -> str:
    """Id of a split that waits for the other partner's word. Called by the second pair of eyes alone (`four_eyes`)."""
    first_id, second_id = sorted((tx.actor.party_id, content["other_id"]))
    terms = {"first_id": first_id, "second_id": second_id, **content["key"], "valid_from_ms": content["valid_from_ms"]}
    terms |= {"ends": content["ends"]} if "ends" in content else {}
    split_id = tx.new_id("G")
    row = {"split_id": split_id, "first_id": first_id, "second_id": second_id, "party_id": tx.actor.party_id}
    row |= {"state": OFFERED, "kind": terms["kind"], "valid_from_ms": terms["valid_from_ms"]}
    row |= {"content": canonical(terms), "hash": hash_of(terms), "created_ms": tx.now_ms, "reason": ""}
    row |= {"proposed_by": tx.run(sa.select(proposal.c.proposed_by).filter_by(proposal_id=proposal_id)).scalar_one()}
    row |= {"approved_by": tx.actor.person_id}
    tx.add(table, {**row, **dict.fromkeys(("decided_by", "decided_ms", "version", "in_force_ms"))})
    access.share(tx, SPLIT, split_id, {tx.actor.party_id: OWNER, content["other_id"]: PARTNER})
    tx.note("offer", f"split/{split_id}", terms=(None, terms), hash=(None, row["hash"]))
    _tell(tx, "offer", row)
    return split_id


def decide(tx: Tx, split_id: str, action: str, reason: str = "") -> None:
    """The other partner's word on a split, agree or refuse, or its own partner's to withdraw it. Run it strict.

    Raises Refused `not_found`, `forbidden` for the wrong one of the two, `invalid` for a refusal without a reason,
    `not_allowed_now` for what is decided, and for the end of a split that is not in force when it would end.
    """
    part, state = STATES[action]
    access.need_part(tx, SPLIT, split_id, part)
    row = tx.run(_LOCKED, split_id=split_id).one()
    if row.state != OFFERED:
        raise Refused("not_allowed_now", t("The split is decided already."), state_now=row.state)
    if action == "refuse" and not reason.strip():
        raise Refused("invalid", t("Who refuses a split says why."))
    decided = {"state": state, "decided_by": tx.actor.person_id, "decided_ms": tx.now_ms, "reason": reason}
    if state == AGREED:
        pair = (table.c.first_id == row.first_id, table.c.second_id == row.second_id)
        last = tx.run(sa.select(sa.func.coalesce(sa.func.max(table.c.version), 0)).where(*pair)).scalar_one()
        from_ms = max(row.valid_from_ms, tx.now_ms)
        if row.kind == NONE:
            _need_in_force(tx, row, json.loads(row.content).get("ends"), from_ms)
        decided |= {"version": last + 1, "in_force_ms": from_ms}
    tx.run(table.update().where(table.c.split_id == split_id).values(decided))
    tx.note(action, f"split/{split_id}", state=(OFFERED, state), hash=(None, row.hash), reason=(None, reason))
    _tell(tx, action, {**row._asdict(), **decided})


def _tell(tx: Tx, action: str, row: Mapping[str, Any]) -> None:
    told = ("split_id", "party_id", "state", "kind", "valid_from_ms", "hash", "reason")
    announce(tx, SPLIT, row["split_id"], action, {name: row[name] for name in told})


def ending(tx: Tx, split_id: str, at_ms: int) -> dict[str, Any]:
    """The proposal that ends the split in force at a moment. Raises Refused `not_found`, `not_allowed_now`."""
    access.part(tx, SPLIT, split_id)
    row = tx.run(_BY_ID, split_id=split_id).one()
    _need_in_force(tx, row, split_id, at_ms)
    other_id = row.second_id if tx.actor.party_id == row.first_id else row.first_id
    return {"other_id": other_id, "key": {"kind": NONE, "weights": {}}, "valid_from_ms": at_ms, "ends": split_id}


def _need_in_force(tx: Tx, pair: Any, split_id: str | None, at_ms: int) -> None:
    found = in_force(tx, pair.first_id, pair.second_id, at_ms)
    if found is None or found.kind == NONE or found.split_id != split_id:
        raise Refused("not_allowed_now", t("That split is not in force at that moment."))


def in_force(tx: Tx, one_id: str, other_id: str, at_ms: int) -> Any:
    """The row of the version of two partners that holds at a moment, its end included; None before the first.

    An end holds where what it ends was in force up to it; one that was agreed when ends named nothing ends what it
    finds.
    """
    first_id, second_id = sorted((one_id, other_id))
    found = None
    for row in tx.run(_BEGUN, first_id=first_id, second_id=second_id, state=AGREED, at_ms=at_ms):
        before = None if found is None else found.split_id
        if row.kind != NONE or json.loads(row.content).get("ends", before) == before:
            found = row
    return found


def needed(tx: Tx, seller_id: str, partners: Collection[str], kept: str | None = None) -> str | None:
    """Id of the split by which a sale is shared: the one `kept` from before where it is of the same two, or that in
    force now; None where the seller alone earns.

    Raises Refused `split_missing` where none is agreed, or for more than two partners, whom no split is of.
    """
    if not partners:
        return None
    names = sorted({seller_id, *partners})
    if len(names) == 2:
        if kept is not None:
            was = tx.run(_BY_ID, split_id=kept).one()
            if [was.first_id, was.second_id] == names:
                return kept
        row = in_force(tx, names[0], names[1], tx.now_ms)
        if row is not None and row.kind != NONE:
            return str(row.split_id)
    told = ", ".join(names)
    raise Refused(
        "split_missing",
        t("No split of {names} is in force; one proposes it and the other agrees.", names=told),
        partners=names,
    )


def key_by(tx: Tx, split_id: str | None) -> Key:
    """The key of a split; without one each has its own lines, which then are all the seller's."""
    if split_id is None:
        return Key("leg", {})
    return key_of(json.loads(tx.run(_BY_ID, split_id=split_id).one().content))


def view(tx: Tx, split_id: str) -> dict[str, Any]:
    """A split, for the two whose it is. Raises Refused `not_found`."""
    access.part(tx, SPLIT, split_id)
    return shown(tx.run(_BY_ID, split_id=split_id).one()._asdict())


def shown(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row with the terms that its hash is of."""
    return {**{name: row[name] for name in (*HEAD, *WHO)}, "terms": json.loads(row["content"])}


def listed(tx: Tx, after: str) -> dict[str, Any]:
    """A page of the splits of the actor's party, the latest first, and where the next begins."""
    mine = sa.select(table).where(sa.or_(table.c.first_id == tx.actor.party_id, table.c.second_id == tx.actor.party_id))
    rows, following = page(tx, mine, table.c.created_ms, table.c.split_id, after, latest=True)
    return {"splits": [shown(row._mapping) for row in rows], "next": following}


def several(tx: Tx, split_ids: Collection[str]) -> list[dict[str, Any]]:
    """Splits of some ids, by version; the caller has asked who may see them."""
    rows = tx.run(sa.select(table).where(table.c.split_id.in_(split_ids)).order_by(table.c.version, table.c.split_id))
    return [shown(row) for row in rows.mappings()]


def problems(connection: sa.Connection) -> list[str]:
    """Splits whose terms are not those that were hashed, or whose columns do not say what their terms do."""
    found = []
    for row in connection.execute(sa.select(table).order_by(table.c.split_id)):
        terms = json.loads(row.content)
        told = {name: getattr(row, name) for name in ("first_id", "second_id", "kind", "valid_from_ms")}
        if row.hash != hash_of(terms) or {**terms, **told} != terms:
            found.append(row.split_id)
    return found
