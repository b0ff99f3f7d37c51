"""A request with a key is carried out once; told again with the same body, it gets the same answer, byte for byte.

The answer is kept in the transaction of the work itself, so there is no moment at which one stands without the other.
A refusal is an answer too: its work is undone and the refusal kept. `unavailable` alone is none: the same request may
be granted in a moment, so nothing is kept of it and it may be told again under its key. Who asks at the same moment
waits: SQLite has one writer, and PostgreSQL holds the second insert of a key until the first transaction has ended.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from koridor.operator.common.canonical import kept
from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.statement import Fixed, insertion_once, select_by
from koridor.operator.db.tables import idempotency as table
from koridor.text import t

KEY_SIGNS_MAX = 255
WAITS = "unavailable"
P = sa.bindparam
PLACE = ("party_id", "route", "key")
_NEW = insertion_once(table)
_KNOWN = Fixed(select_by(table, *PLACE))
_HERE = sa.and_(*(table.c[name] == P(f"b_{name}") for name in PLACE))
_TOLD = Fixed(table.update().where(_HERE).values(status=P("b_status"), body=P("b_body")))


@dataclass(frozen=True, slots=True)
class Answer:
    """Status of HTTP and body, as they go out."""

    status: int
    body: str


def once(
    tx: Tx, route: str, key: str, body: Any, work: Callable[[], Answer], told: Callable[[Refused], Answer]
) -> Answer:
    """The answer of the work, or the one kept for this key.

    Parameters
    ----------
    route, key : str
        Where the request went, and the caller's own key; keys are apart by party and route.
    body : JSON-like
        What was asked; a key used for another body raises Refused `key_reused`.
    work, told : callable
        Carries the request out; and turns its refusal into an answer.
    """
    place, digest = _place(tx, route, key), _digest(body)
    row = {**place, "body_hash": digest, "status": 0, "body": "", "created_ms": tx.now_ms}
    if not tx.run(_NEW, **row).rowcount:
        return _answer(tx.run(_KNOWN, **place).one(), digest)
    try:
        with tx.part():
            answer = work()
    except Refused as refused:
        if refused.code == WAITS:
            raise
        answer = told(refused)
    tx.run(_TOLD, b_status=answer.status, b_body=answer.body, **{f"b_{name}": value for name, value in place.items()})
    return answer


def known(tx: Tx, route: str, key: str, body: Any) -> Answer | None:
    """The answer kept for this key, for what is not to be worked out again. Raises Refused `key_reused`, `invalid`."""
    row = tx.run(_KNOWN, **_place(tx, route, key)).first()
    return None if row is None else _answer(row, _digest(body))


def _place(tx: Tx, route: str, key: str) -> dict[str, str]:
    if not 0 < len(key) <= KEY_SIGNS_MAX:
        raise Refused("invalid", t("The Idempotency-Key must have 1 to {most} signs.", most=KEY_SIGNS_MAX))
    return {"party_id": tx.actor.party_id, "route": route, "key": key}


def _digest(body: Any) -> str:
    return hashlib.sha256(kept(body).encode()).hexdigest()


def _answer(row: Any, digest: str) -> Answer:
    if row.body_hash != digest:
        raise Refused("key_reused", t("This Idempotency-Key was used for another request; take a new one."))
    return Answer(row.status, row.body)


def forget(tx: Tx) -> int:
    """How many keys were dropped that are older than the policy keeps them."""
    oldest = tx.now_ms - tx.policy.keys_kept_ms
    return tx.run(table.delete().where(table.c.created_ms < oldest)).rowcount
