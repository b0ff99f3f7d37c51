"""The parties and people of the demonstration. They are named by what they do: none of them exists."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from koridor.errors import UsageError
from koridor.operator import four_eyes
from koridor.operator.common.actor import SYSTEM, Actor
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.common.pages import FIRST_PAGE
from koridor.operator.db.tables import party
from koridor.operator.money import agreed
from koridor.operator.people import accounts
from koridor.text import t

PARTNERS = ("partner-a", "partner-b")
STAFF = {
    "sales": ("sales",),
    "desk": ("dispatcher",),
    "plans": ("plan_clerk",),
    "finance": ("finance",),
    "admin": ("admin", "auditor"),
}
PASSWORD_BYTES = 12


def settle_in(desk: Desk, carriers: Mapping[str, str], shippers: int) -> tuple[dict[str, Actor], str]:
    """Actors by login, and the password that all have. Raises UsageError for a desk that is not empty."""
    password = secrets.token_urlsafe(PASSWORD_BYTES)

    def work(tx: Tx) -> dict[str, Actor]:
        if tx.run(sa.select(party.c.party_id)).first():
            raise UsageError(t("The desk is not empty; name a new database with --db."))
        found: dict[str, Actor] = {}
        one_hash = accounts.hashed(tx, password)  # of one password for all: to make one takes a quarter of a second
        for partner in PARTNERS:
            accounts.add_party(tx, partner, "partner", partner)
            for name, roles in STAFF.items():
                found |= _person(tx, partner, f"{name}-{partner[-1]}", roles, one_hash)
        for carrier_id, name in carriers.items():
            accounts.add_party(tx, carrier_id, "carrier", name)
        for number in range(1, shippers + 1):
            shipper = f"shipper-{number}"
            accounts.add_party(tx, shipper, "shipper", shipper)
            found |= _person(tx, shipper, shipper, ("shipper",), one_hash)
        return found

    return desk.do(SYSTEM, work), password


def agree_terms(desk: Desk, actors: Mapping[str, Actor], terms: Mapping[str, Any], from_ms: int, to_ms: int) -> None:
    """Terms of both partners, proposed by sales and decided by finance."""
    content = {"terms": dict(terms), "from_ms": from_ms, "to_ms": to_ms}
    for partner in PARTNERS:
        sales, finance = actors[f"sales-{partner[-1]}"], actors[f"finance-{partner[-1]}"]
        one = desk.do(sales, lambda tx: four_eyes.propose(tx, "tariff", content))
        desk.do(finance, lambda tx, one=one: four_eyes.decide(tx, one, granted=True), strict=True)  # type: ignore[misc]


def agree_split(desk: Desk, actors: Mapping[str, Actor], key: Mapping[str, Any], from_ms: int) -> None:
    """The split of both partners: sales and finance of the first propose it, finance of the second agrees."""
    first, second = PARTNERS
    content = {"other_id": second, "key": dict(key), "valid_from_ms": from_ms}
    one = desk.do(actors[f"sales-{first[-1]}"], lambda tx: four_eyes.propose(tx, "split", content))
    desk.do(actors[f"finance-{first[-1]}"], lambda tx: four_eyes.decide(tx, one, granted=True), strict=True)
    finance = actors[f"finance-{second[-1]}"]
    (offered,) = desk.look(finance, lambda tx: agreed.listed(tx, FIRST_PAGE))["splits"]
    desk.do(finance, lambda tx: agreed.decide(tx, offered["split_id"], "agree"), strict=True)


def _person(tx: Tx, party_id: str, login: str, roles: tuple[str, ...], password_hash: str) -> dict[str, Actor]:
    person_id = accounts.add_hashed(tx, party_id, login, login, password_hash, roles)
    return {login: Actor(person_id, party_id, frozenset(roles))}
