"""Tokens: random words of which only a hash is kept; sessions for persons, keys for machines that say what for."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from koridor.operator.common.actor import Actor
from koridor.operator.common.desk import Tx
from koridor.operator.common.policy import DAY_MS, HOUR_MS
from koridor.operator.common.refused import Refused, unknown_id
from koridor.operator.db.statement import Fixed
from koridor.operator.db.tables import person, person_role, token
from koridor.operator.people.access import may, permissions
from koridor.text import t

MARK = "kor"
SECRET_BYTES = 32
_OF_ACTIVE = Fixed(
    sa.select(token, person.c.party_id, person_role.c.role)
    .join(person, person.c.person_id == token.c.person_id)
    .outerjoin(person_role, person_role.c.person_id == token.c.person_id)
    .where(token.c.token_id == sa.bindparam("token_id"), person.c.active == 1)
)


@dataclass(frozen=True, slots=True)
class Issued:
    """A token as it is shown once, its id and when it ends."""

    token_id: str
    word: str
    expires_ms: int


def issue(tx: Tx, person_id: str, kind: str, *, scopes: Iterable[str] | None = None, label: str = "") -> Issued:
    """A new token: a `session` may do all that the person may, a `key` what its scopes say, or Refused `forbidden`."""
    wanted = None if scopes is None else sorted(set(scopes))
    if kind == "key":
        _need_scopes(tx.actor, wanted or [])
    life_ms = tx.policy.session_h * HOUR_MS if kind == "session" else tx.policy.key_days * DAY_MS
    token_id, secret = tx.new_id("K"), secrets.token_urlsafe(SECRET_BYTES)
    row = {"token_id": token_id, "person_id": person_id, "secret_hash": hash_of(secret), "kind": kind, "label": label}
    span = {"created_ms": tx.now_ms, "expires_ms": tx.now_ms + life_ms, "revoked_ms": None}
    tx.add(token, dict(**row, **span, scopes=json.dumps(wanted)))
    tx.note("issue", f"token/{token_id}", kind=(None, kind), scopes=(None, wanted))
    return Issued(token_id, f"{MARK}_{token_id}_{secret}", tx.now_ms + life_ms)


def _need_scopes(actor: Actor, wanted: Collection[str]) -> None:
    """Raises Refused `forbidden` for scopes that nobody has or that are not the actor's own, all named."""
    known = frozenset[str]().union(*permissions().values())
    strange, beyond = (
        ", ".join(scope for scope in wanted if not may(actor, scope) and (scope in known) is is_known)
        for is_known in (False, True)
    )
    own = ", ".join(sorted(scope for scope in known if may(actor, scope)))
    found = [
        *([] if wanted else [t("A key needs scopes.")]),
        *([t("There are no such scopes: {names}.", names=strange)] if strange else []),
        *([t("You have not these scopes yourself: {names}.", names=beyond)] if beyond else []),
    ]
    if found:
        raise Refused("forbidden", " ".join([*found, t("Yours are: {names}.", names=own)]))


def revoke(tx: Tx, token_id: str) -> None:
    """Ends a token of the actor's own. Raises Refused `not_found`."""
    own = sa.and_(token.c.token_id == token_id, token.c.person_id == tx.actor.person_id, token.c.revoked_ms.is_(None))
    if not tx.run(token.update().where(own).values(revoked_ms=tx.now_ms)).rowcount:
        raise unknown_id()
    tx.note("revoke", f"token/{token_id}", revoked_ms=(None, tx.now_ms))


def is_formed(word: str) -> bool:
    """Whether a word could be a token."""
    mark, token_id, secret = _parts(word)
    return mark == MARK and bool(token_id and secret)


def _parts(word: str) -> tuple[str, str, str]:
    """Mark, id and secret of a word; what it lacks is empty."""
    mark, _, rest = word.partition("_")
    token_id, _, secret = rest.partition("_")
    return mark, token_id, secret


def refused() -> Refused:
    """The refusal of who has no valid token, whatever is wrong with it."""
    return Refused("unauthenticated", t("This needs a valid token."))


def actor_of(tx: Tx, word: str) -> tuple[str, Actor]:
    """Id of a token and who acts by it. Raises Refused `unauthenticated`, whatever is wrong with it."""
    mark, token_id, secret = _parts(word)
    rows = tx.run(_OF_ACTIVE, token_id=token_id).all()
    row = rows[0] if rows else None
    valid = (
        row is not None
        and mark == MARK
        and hmac.compare_digest(row.secret_hash, hash_of(secret))
        and row.revoked_ms is None
        and row.expires_ms > tx.now_ms
    )
    if row is None or not valid:
        raise refused()
    roles = frozenset(one.role for one in rows if one.role is not None)
    scopes = json.loads(row.scopes)
    return token_id, Actor(row.person_id, row.party_id, roles, None if scopes is None else frozenset(scopes))


def hash_of(secret: str) -> str:
    """SHA-256: enough for a secret of 256 random bits, which nobody can guess."""
    return hashlib.sha256(secret.encode()).hexdigest()
