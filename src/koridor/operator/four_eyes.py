"""Four eyes: who proposes does not decide. Tariffs, splits, contracts of clocks and their ends, payouts, cuts of
capacity and the end of sold departures go no other way; a split waits for the other partner besides (`money.agreed`).

A proposal says all that will be done; deciding it does exactly that, in the transaction of the decision, or refuses.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from koridor.operator import endings
from koridor.operator.booking import terms
from koridor.operator.common.canonical import canonical, whole
from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.tables import party
from koridor.operator.db.tables import proposal as table
from koridor.operator.equipment import clocks
from koridor.operator.money import agreed, sale
from koridor.operator.money.currency import exponents
from koridor.operator.network import cut, running
from koridor.operator.network.resource import parts_of
from koridor.operator.people import access
from koridor.text import t

Content = Mapping[str, Any]


def propose(tx: Tx, kind: str, content: Content) -> str:
    """Id of a new proposal of the actor's party. Raises Refused `invalid`."""
    if kind not in CHECKS:
        raise Refused("invalid", t("A proposal is one of {kinds}.", kinds=", ".join(CHECKS)))
    try:
        whole = CHECKS[kind](tx, content)
    except (KeyError, TypeError, ValueError) as error:
        raise Refused("invalid", t("The proposal cannot be read: {error}.", error=repr(error))) from error
    proposal_id = tx.new_id("P")
    ids = {"proposal_id": proposal_id, "party_id": tx.actor.party_id, "kind": kind, "state": "open"}
    who = {"proposed_by": tx.actor.person_id, "decided_by": None, "created_ms": tx.now_ms, "decided_ms": None}
    tx.add(table, dict(**ids, **who, content=canonical(whole)))
    access.share(tx, "proposal", proposal_id, {tx.actor.party_id: "owner"})
    tx.note("propose", f"proposal/{proposal_id}", kind=(None, kind))
    return proposal_id


def decide(tx: Tx, proposal_id: str, *, granted: bool) -> None:
    """Does what was proposed, or refuses it for good. Run it strict.

    Raises Refused `four_eyes` for who proposed it, or `forbidden` for who has nothing to do with its kind.
    """
    access.part(tx, "proposal", proposal_id)
    row = tx.run(sa.select(table).filter_by(proposal_id=proposal_id).with_for_update()).one()
    if row.state != "open":
        raise Refused("not_allowed_now", t("The proposal is decided already."))
    if row.proposed_by == tx.actor.person_id:
        raise Refused("four_eyes", t("Who proposed it cannot decide it; another person must."))
    content = json.loads(row.content)
    access.need(tx.actor, f"proposal.decide.{content['of'] if row.kind == 'end' else row.kind}")
    state = "approved" if granted else "rejected"
    decided = {"state": state, "decided_by": tx.actor.person_id, "decided_ms": tx.now_ms}
    tx.run(table.update().where(table.c.proposal_id == proposal_id).values(decided))
    tx.note("decide", f"proposal/{proposal_id}", state=("open", state))
    if granted:
        ACTS[row.kind](tx, proposal_id, content)


def _check_tariff(tx: Tx, content: Content) -> dict[str, Any]:
    if "key" in content["terms"]:
        raise Refused("invalid", t("Terms hold no key: partners agree on it by a proposal of kind split."))
    terms.need_partners(tx, terms.parse(content["terms"]))
    return {"terms": content["terms"], "from_ms": whole(content["from_ms"]), "to_ms": whole(content["to_ms"])}


def _check_payout(tx: Tx, content: Content) -> dict[str, Any]:
    to = str(content["to"])
    if to not in ("carrier", "partner"):
        raise Refused("invalid", t("A payout goes to a carrier or to the partner."))
    who = {"to": to, "party_id": str(content["party_id"]), "currency": str(content["currency"])}
    if who["currency"] not in exponents():
        raise Refused("invalid", t("Currency {code} is not known.", code=who["currency"]))
    kind = tx.run(sa.select(party.c.kind).filter_by(party_id=who["party_id"])).scalar()
    if kind is None or (to == "partner" and kind != "partner"):
        raise Refused("invalid", t("Party {id} is not known.", id=who["party_id"]))
    return {**who, "amount_minor": whole(content["amount_minor"])}


def _check_cut(tx: Tx, content: Content) -> dict[str, Any]:
    departure_id, resource = str(content["departure_id"]), str(content["resource"])
    cap = parts_of(resource, str(content["quantity"])) if str(content["quantity"]) != "0" else 0
    named = cut.affected(tx, departure_id, resource, cap)
    return {"departure_id": departure_id, "resource": resource, "cap": cap, "bookings": named}


def _check_cancel(tx: Tx, content: Content) -> dict[str, Any]:
    departure_id = str(content["departure_id"])
    named = running.aboard(tx, departure_id)
    return {"departure_id": departure_id, "note": str(content["note"]), "bookings": named}


def _tariff(tx: Tx, proposal_id: str, content: Content) -> None:
    terms.publish(tx, tx.actor.party_id, content["terms"], content["from_ms"], content["to_ms"])


def _payout(tx: Tx, proposal_id: str, content: Content) -> None:
    pay = sale.pay_carrier if content["to"] == "carrier" else sale.pay_partner
    pay(tx, proposal_id, tx.actor.party_id, content["party_id"], content["currency"], content["amount_minor"])


def _contract(tx: Tx, proposal_id: str, content: Content) -> None:
    clocks.agree(tx, content)


def _cut(tx: Tx, proposal_id: str, content: Content) -> None:
    cut.cut(tx, content["departure_id"], content["resource"], content["cap"], content["bookings"])


def _cancel(tx: Tx, proposal_id: str, content: Content) -> None:
    running.cancel_sold(tx, content["departure_id"], content["note"], content["bookings"])


CHECKS: dict[str, Callable[[Tx, Content], dict[str, Any]]] = {
    "tariff": _check_tariff,
    "payout": _check_payout,
    "capacity_cut": _check_cut,
    "departure_cancel": _check_cancel,
    "clock_contract": clocks.checked,
    "split": agreed.checked,
    "end": endings.checked,
}
ACTS: dict[str, Callable[[Tx, str, Content], object]] = {
    "tariff": _tariff,
    "payout": _payout,
    "capacity_cut": _cut,
    "departure_cancel": _cancel,
    "clock_contract": _contract,
    "split": agreed.offer,
    "end": endings.end,
}
