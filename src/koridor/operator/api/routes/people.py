"""Sessions, keys, parties and persons."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from fastapi import Request, Response

from koridor.operator.api.bodies.people import (
    Login,
    MeAnswer,
    NewKey,
    NewParty,
    NewPerson,
    PartyAnswer,
    PeopleAnswer,
    PersonAnswer,
    TokenAnswer,
)
from koridor.operator.api.bodies.words import NothingAnswer
from koridor.operator.api.call import OPEN, SELF, Call, Id, Reads, Routes, Writes
from koridor.operator.common.actor import SYSTEM
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.common.refused import Refused, unknown_id
from koridor.operator.db.tables import party, person
from koridor.operator.people import access, accounts, tokens
from koridor.operator.people.tokens import Issued
from koridor.text import t

routes = Routes()


@routes.on("POST", "/v1/sessions", OPEN, TokenAnswer)
def log_in(request: Request, body: Login) -> Response:
    """A session for a login and a password."""
    desk: Desk = request.app.state.desk
    address = request.client.host if request.client else ""
    request.app.state.addresses.take(address)
    request.app.state.logins.take(f"{address} {body.login}")  # by both, or anybody could lock out anybody
    with request.app.state.verifying:
        actor = desk.look(SYSTEM, lambda tx: accounts.actor_with(tx, body.login, body.password))
    return Call(desk, actor, "", "").write(lambda tx: shown(tokens.issue(tx, actor.person_id, "session")))


@routes.on("DELETE", "/v1/sessions/current", SELF, NothingAnswer)
def log_out(call: Reads) -> Response:
    """Ends the token that the request came with."""

    def work(tx: Tx) -> dict[str, Any]:
        tokens.revoke(tx, call.token_id)
        return {}

    return call.write(work)


@routes.on("GET", "/v1/me", SELF, MeAnswer)
def me(call: Reads) -> Response:
    """Who asks, and what the token allows."""
    actor = call.actor
    actions = sorted(one for roles in access.permissions().values() for one in roles if access.may(actor, one))
    who = {"person_id": actor.person_id, "party_id": actor.party_id, "roles": sorted(actor.roles)}
    return call.read(lambda tx: {**who, "actions": sorted(set(actions))})


@routes.on("POST", "/v1/keys", "token.make", TokenAnswer)
def make_key(call: Reads, body: NewKey) -> Response:
    """A key for a machine, shown this once."""

    def work(tx: Tx) -> dict[str, Any]:
        return shown(tokens.issue(tx, tx.actor.person_id, "key", scopes=body.scopes, label=body.label))

    return call.write(work)


@routes.on("DELETE", "/v1/keys/{token_id}", "token.make", NothingAnswer)
def end_key(call: Reads, token_id: Id) -> Response:
    """Ends a key of one's own."""

    def work(tx: Tx) -> dict[str, Any]:
        tokens.revoke(tx, token_id)
        return {}

    return call.write(work)


@routes.on("POST", "/v1/parties", "people.manage", PartyAnswer)
async def add_party(call: Writes, body: NewParty) -> Response:
    """A new party."""

    def work(tx: Tx) -> dict[str, Any]:
        accounts.add_party(tx, body.party_id, body.kind, body.name)
        return {"party_id": body.party_id}

    return await call.once(body, work)


@routes.on("POST", "/v1/people", "people.manage", PersonAnswer)
def add_person(call: Reads, body: NewPerson) -> Response:
    """A new person of one's own party, or by a partner the first one of a party that is none."""

    def work(tx: Tx) -> dict[str, Any]:
        need_mine(tx, body.party_id)
        person_id = accounts.add_person(tx, body.party_id, body.login, body.name, body.password, body.roles)
        return {"person_id": person_id}

    return call.write(work)


@routes.on("GET", "/v1/people", "people.read", PeopleAnswer)
def people(call: Reads) -> Response:
    """Persons of one's own party."""
    own = sa.select(person).filter_by(party_id=call.actor.party_id).order_by(person.c.login)

    def work(tx: Tx) -> dict[str, Any]:
        rows = tx.run(own.limit(tx.policy.page_rows_max))
        return {"people": [{"person_id": row.person_id, "login": row.login, "name": row.name} for row in rows]}

    return call.read(work)


def need_mine(tx: Tx, party_id: str) -> None:
    """Raises Refused where the actor may not add people: only partners add to others, and only to who has none."""
    kinds = {row.party_id: row.kind for row in tx.run(sa.select(party))}
    if party_id == tx.actor.party_id:
        return
    if kinds.get(party_id, "partner") == "partner":
        raise unknown_id()
    staffed = tx.run(sa.select(person.c.person_id).filter_by(party_id=party_id).limit(1)).first()
    if staffed or kinds.get(tx.actor.party_id) != "partner":
        raise Refused("forbidden", t("Who has people of their own adds more themselves."))


def shown(issued: Issued) -> dict[str, Any]:
    """A token as it goes out, once."""
    return {"token_id": issued.token_id, "token": issued.word, "expires_ms": issued.expires_ms}
