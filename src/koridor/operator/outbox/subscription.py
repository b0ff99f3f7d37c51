"""Subscriptions: where a party wants to hear of what it may read, and the secrets with which that is signed.

A secret is shown once. It is kept as it is, as signing needs it: whoever reads the database can sign.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from koridor.operator.common.actor import Actor
from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused, unknown_id
from koridor.operator.db.tables import delivery, party
from koridor.operator.db.tables import subscription as table
from koridor.operator.outbox import address
from koridor.operator.outbox.announce import WAITING, kinds
from koridor.operator.people import access
from koridor.text import t

SECRET_BYTES = 32
DEAD = "dead"
ENDED = "ended"


def readable(actor: Actor) -> list[str]:
    """Kinds of message that an actor may read."""
    return [name for name, kind in kinds().items() if access.may(actor, kind.reads)]


def subscribe(tx: Tx, url: str, wanted: Iterable[str]) -> dict[str, Any]:
    """A new subscription of the actor's party with its secret. Raises Refused `invalid`, `forbidden`, `conflict`."""
    asked = sorted(set(wanted))
    unknown = [name for name in asked if name not in kinds()]
    if unknown or not asked:
        raise Refused("invalid", t("Messages are of the kinds {known}.", known=", ".join(kinds())), unknown=unknown)
    address.parse(url, trial=bool(tx.policy.webhook_trial))
    for name in asked:
        access.need(tx.actor, kinds()[name].reads)
    tx.run(sa.select(party.c.party_id).filter_by(party_id=tx.actor.party_id).with_for_update())
    own = sa.select(sa.func.count()).where(table.c.party_id == tx.actor.party_id, table.c.ended_ms.is_(None))
    if tx.run(own).scalar_one() >= tx.policy.webhooks_max:
        raise Refused("conflict", t("A party has at most {most} subscriptions.", most=tx.policy.webhooks_max))
    subscription_id, secret = tx.new_id("W"), new_secret()
    row = {"subscription_id": subscription_id, "party_id": tx.actor.party_id, "url": url, "kinds": " ".join(asked)}
    keys = {"secret": secret, "secret_before": None, "before_until_ms": 0}
    state = {"failures": 0, "failing_since_ms": None, "next_ms": 0, "lease_ms": 0}
    tx.add(table, {**row, **keys, **state, "created_ms": tx.now_ms, "ended_ms": None})
    tx.note("subscribe", f"subscription/{subscription_id}", url=(None, url), kinds=(None, asked))
    return {"subscription_id": subscription_id, "url": url, "kinds": asked, "secret": secret}


def end(tx: Tx, subscription_id: str) -> None:
    """Ends a subscription; what still waited for it is a dead letter. Raises Refused `not_found`."""
    _own(tx, subscription_id)
    here = table.c.subscription_id == subscription_id
    tx.run(table.update().where(here).values(ended_ms=tx.now_ms))
    left = sa.and_(delivery.c.subscription_id == subscription_id, delivery.c.state == WAITING)
    tx.run(delivery.update().where(left).values(state=DEAD, last_error=ENDED, done_ms=tx.now_ms))
    tx.note("end", f"subscription/{subscription_id}", ended_ms=(None, tx.now_ms))


def rotate(tx: Tx, subscription_id: str) -> dict[str, Any]:
    """A new secret; the one before signs beside it until the policy's overlap is over. Raises Refused `not_found`."""
    row = _own(tx, subscription_id)
    until_ms, secret = tx.now_ms + tx.policy.secret_overlap_ms, new_secret()
    new = {"secret": secret, "secret_before": row.secret, "before_until_ms": until_ms}
    tx.run(table.update().where(table.c.subscription_id == subscription_id).values(**new))
    tx.note("rotate", f"subscription/{subscription_id}", before_until_ms=(row.before_until_ms, until_ms))
    return {"subscription_id": subscription_id, "secret": secret, "before_until_ms": until_ms}


def of_party(tx: Tx) -> list[dict[str, Any]]:
    """Subscriptions in force of the actor's party, without secrets."""
    own = sa.select(table).where(table.c.party_id == tx.actor.party_id, table.c.ended_ms.is_(None))
    names = ("subscription_id", "url", "created_ms", "failing_since_ms", "failures")
    return [
        {**{name: row._mapping[name] for name in names}, "kinds": row.kinds.split()}
        for row in tx.run(own.order_by(table.c.created_ms, table.c.subscription_id))
    ]


def new_secret() -> str:
    """256 random bits as text."""
    return secrets.token_urlsafe(SECRET_BYTES)


def _own(tx: Tx, subscription_id: str) -> Any:
    here = sa.select(table).where(table.c.subscription_id == subscription_id, table.c.ended_ms.is_(None))
    row = tx.run(here.where(table.c.party_id == tx.actor.party_id).with_for_update()).first()
    if row is None:
        raise unknown_id()
    return row
