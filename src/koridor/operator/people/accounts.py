"""Parties, and the persons who work for them. Passwords are kept as Argon2id, and never read back."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from koridor.operator.common.actor import Actor
from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused, unknown_id
from koridor.operator.db.tables import PARTY_KINDS, party, person, person_role
from koridor.operator.people.access import kinds, permissions
from koridor.text import t


@cache
def hasher() -> PasswordHasher:
    """Argon2id with the parameters of RFC 9106 for little memory, which is what the library gives."""
    return PasswordHasher()


def add_party(tx: Tx, party_id: str, kind: str, name: str) -> None:
    """A new party. Raises Refused `conflict` or `invalid`."""
    if kind not in PARTY_KINDS or not party_id or not name:
        kinds = ", ".join(PARTY_KINDS)
        raise Refused("invalid", t("A party needs an id, a name and a kind that is one of {kinds}.", kinds=kinds))
    if tx.run(sa.select(party.c.party_id).filter_by(party_id=party_id)).first():
        raise Refused("conflict", t("Party {id} is there already.", id=party_id))
    tx.add(party, {"party_id": party_id, "kind": kind, "name": name})
    tx.note("add", f"party/{party_id}", kind=(None, kind), name=(None, name))


def add_person(tx: Tx, party_id: str, login: str, name: str, password: str, roles: Iterable[str]) -> str:
    """Id of a new person of a party. Raises Refused `not_found`, `invalid` or `conflict`."""
    return add_hashed(tx, party_id, login, name, hashed(tx, password), roles)


def add_hashed(tx: Tx, party_id: str, login: str, name: str, password_hash: str, roles: Iterable[str]) -> str:
    """The same for a password that was hashed before, as `hashed` does."""
    kind = tx.run(sa.select(party.c.kind).filter_by(party_id=party_id)).scalar()
    if kind is None:
        raise unknown_id()
    wanted = sorted(set(roles))
    unknown = sorted(set(wanted) - set(permissions()))
    if unknown or not wanted or not login:
        known = ", ".join(permissions())
        raise Refused("invalid", t("A person needs a login and roles that are of {known}.", known=known))
    foreign = [role for role in wanted if kind not in kinds()[role]]
    if foreign:
        sentence = t("Roles that nobody has at a party of kind {kind}: {roles}.", kind=kind, roles=", ".join(foreign))
        raise Refused("invalid", sentence)
    if tx.run(sa.select(person.c.person_id).filter_by(login=login)).first():
        raise Refused("conflict", t("This login is taken."))
    person_id = tx.new_id("U")
    row = {"person_id": person_id, "party_id": party_id, "login": login, "name": name, "active": 1}
    tx.add(person, dict(**row, password_hash=password_hash))
    tx.add(person_role, *({"person_id": person_id, "role": role} for role in wanted))
    tx.note("add", f"person/{person_id}", login=(None, login), roles=(None, wanted))
    return person_id


def hashed(tx: Tx, password: str) -> str:
    """Hash of a password. Raises Refused `invalid` for a short one."""
    if len(password) < tx.policy.password_signs_min:
        raise Refused("invalid", t("A password has at least {least} signs.", least=tx.policy.password_signs_min))
    return hasher().hash(password)


def person_with(tx: Tx, login: str, password: str) -> str:
    """Id of the active person whose password this is. Raises Refused `unauthenticated`; it takes as long for no one."""
    row = tx.run(sa.select(person).filter_by(login=login, active=1)).first()
    try:
        hasher().verify(row.password_hash if row else nobody(), password)
    except (Argon2Error, InvalidHashError):
        row = None
    if row is None:
        raise Refused("unauthenticated", t("Login or password is wrong."))
    return str(row.person_id)


def actor_with(tx: Tx, login: str, password: str) -> Actor:
    """Who logs in, with roles, so that the party finds its own logins in the audit. Raises Refused."""
    person_id = person_with(tx, login, password)
    party_id = tx.run(sa.select(person.c.party_id).filter_by(person_id=person_id)).scalar_one()
    roles = tx.run(sa.select(person_role.c.role).filter_by(person_id=person_id)).scalars()
    return Actor(person_id, party_id, frozenset(roles))


@cache
def nobody() -> str:
    """A hash that no password has, so that the time taken does not tell an unknown login from a wrong password."""
    return hasher().hash("\x00")
