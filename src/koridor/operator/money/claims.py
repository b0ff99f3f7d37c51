"""Claims under SMGS: late, short or damaged goods; who bears them by leg; what is agreed reaches both partners' books.

A claim is noted by the seller's finance, filed with the carrier by a deadline, answered by another, and decided by the
partner whose leg it was: what that one agrees to is credited to the customer by the seller and owed to the seller by
that partner, so both come to the same statement; what the carrier then grants lowers what that partner owes it. The
penalty of a delay is that of article 45, by the dated tables of `documents`; deadlines are a dated table beside this.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from koridor.errors import UsageError
from koridor.operator.booking import quote, step
from koridor.operator.common.canonical import canonical
from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.tables import claim as table
from koridor.operator.db.tables import shipment
from koridor.operator.documents import delivery
from koridor.operator.documents.tables import in_force
from koridor.operator.money import ledger
from koridor.operator.money.ledger import Posting
from koridor.operator.people import access
from koridor.text import t

FOLDER = Path(__file__).parent
CLAIM, RECOVERY = "claim", "recovery"
SELLER, BEARER = "seller", "bearer"
STEPS = {
    "file": ("noted", "filed"),
    "drop": ("noted", "dropped"),
    "agree": ("filed", "agreed"),
    "refuse": ("filed", "refused"),
    "appeal": ("refused", "filed"),
    "recover": ("agreed", "recovered"),
}


@dataclass(frozen=True, slots=True)
class Delay:
    """What the penalty of a delay follows from: kilometres, hindrances and the days of acceptance and arrival."""

    distance_km: int
    containers: bool
    gauge_changes: int
    ferries: int
    accepted: date
    arrived: date


def note_delay(tx: Tx, booking_id: str, leg: int, currency: str, delay: Delay) -> str:
    """Id of a claim for a late leg, from 0: the penalty on what its carrier is paid in a currency.

    Run it strict. Raises Refused `not_found`, `forbidden`, `not_allowed_now` for what was not carried, `conflict` where
    the leg has such a claim, or `invalid` for goods in time, a leg without a carrier, a day without a norm.
    """
    who = _leg(tx, booking_id, leg, currency)
    try:
        norm = delivery.period(
            delay.distance_km,
            containers=delay.containers,
            gauge_changes=delay.gauge_changes,
            ferries=delay.ferries,
            on=delay.accepted,
        )
        taken = (delay.arrived - delay.accepted).days
        found = delivery.penalty(who["charge_minor"], period_days=norm.days, taken_days=taken, on=delay.accepted)
    except UsageError as error:
        raise Refused("invalid", str(error)) from error
    if found.amount <= 0:
        raise Refused("invalid", t("The goods came in time: no penalty is due."))
    facts = {
        "period_days": norm.days,
        "taken_days": taken,
        "late_days": found.late_days,
        "share": str(found.charge_share),
        "charge_minor": who["charge_minor"],
        "estimate": norm.estimate or found.estimate,
    }
    return _note(tx, booking_id, "delay", who, found.amount, delay.arrived, facts)


def note_loss(
    tx: Tx, booking_id: str, leg: int, kind: str, currency: str, amount_minor: int, noticed: date, why: str
) -> str:
    """Id of a claim for goods that were short or damaged, at their value. Raises Refused as `note_delay` does."""
    return _note(tx, booking_id, kind, _leg(tx, booking_id, leg, currency), amount_minor, noticed, {"why": why})


def _leg(tx: Tx, booking_id: str, leg: int, currency: str) -> dict[str, Any]:
    """Who bears a leg that was carried, who carries it, and what that one is paid."""
    access.need_part(tx, "booking", booking_id, SELLER)
    if tx.run(sa.select(shipment.c.shipment_id).filter_by(booking_id=booking_id)).first() is None:
        raise Refused("not_allowed_now", t("The booking was not carried."))
    made = quote.of(tx, step.state_of(tx, booking_id).quote_id)
    lines = [one for one in made.offer.lines if (one.leg, one.currency) == (leg, currency) and one.payee_id]
    if not lines:
        raise Refused(
            "invalid", t("Leg {leg} has no carrier who is paid in {currency}.", leg=leg + 1, currency=currency)
        )
    dearest = max(lines, key=lambda one: (one.cost_minor, one.payee_id))
    who = (dearest.earner_id, dearest.payee_id)
    charge = sum(one.cost_minor for one in lines if (one.earner_id, one.payee_id) == who)
    names = {"seller_id": made.seller_id, "customer_id": made.offer.customer_id, "currency": currency}
    return {**names, "leg": leg, "bearer_id": who[0], "carrier_id": who[1], "charge_minor": max(charge, 0)}


def _note(
    tx: Tx, booking_id: str, kind: str, who: Mapping[str, Any], amount_minor: int, since: date, facts: Mapping[str, Any]
) -> str:
    for earlier in tx.run(sa.select(table).filter_by(booking_id=booking_id, kind=kind)):
        if earlier.state not in ("dropped", "refused") and json.loads(earlier.content)["leg"] == who["leg"]:
            raise Refused("conflict", t("Claim {id} is for this already.", id=earlier.claim_id))
    claim_id = tx.new_id("L")
    names = ("seller_id", "bearer_id", "customer_id", "carrier_id", "currency")
    row = {"claim_id": claim_id, "booking_id": booking_id, "kind": kind, **{name: who[name] for name in names}}
    due_ms = _deadline(kind, "file", since)
    state = {"state": "noted", "amount_minor": amount_minor, "agreed_minor": None, "due_ms": due_ms}
    content = canonical({**facts, "leg": who["leg"], "since": since.isoformat()})
    tx.add(table, {**row, **state, "content": content, "created_ms": tx.now_ms})
    access.share(tx, CLAIM, claim_id, {who["seller_id"]: SELLER})
    access.share(tx, CLAIM, claim_id, {who["bearer_id"]: BEARER})
    tx.note("claim", f"claim/{claim_id}", kind=(None, kind), amount_minor=(None, amount_minor))
    return claim_id


def _deadline(kind: str, what: str, since: date) -> int:
    """The end of the last day on which a step is in time, in UTC. Raises Refused where no row is in force."""
    rows = [row for row in in_force("claim_deadline", since, FOLDER) if (row["kind"], row["step"]) == (kind, what)]
    if not rows:
        raise Refused("invalid", t("No deadline for {kind} on {day}.", kind=kind, day=since))
    try:
        last = since + timedelta(days=int(rows[-1]["days"]) + 1)
    except OverflowError as error:
        raise Refused("invalid", t("No deadline for {kind} on {day}.", kind=kind, day=since)) from error
    return int(datetime.combine(last, time(), UTC).timestamp()) * 1000


def advance(tx: Tx, claim_id: str, action: str, amount_minor: int | None = None, currency: str | None = None) -> None:
    """Takes a claim one step on. Run it strict.

    The seller files, drops and appeals; the bearer agrees to an amount, refuses, and records what the carrier grants.
    Raises Refused `not_found`, `forbidden`, `invalid` for an amount that does not fit or is told in another
    currency, `not_allowed_now` for a step
    that does not follow or a filing after its deadline.
    """
    row = tx.run(sa.select(table).filter_by(claim_id=claim_id).with_for_update()).mappings().first()
    access.part(tx, CLAIM, claim_id)
    assert row is not None, claim_id
    before, after = STEPS[action]
    decides = row["bearer_id"] if action in ("agree", "refuse", "recover") else row["seller_id"]
    if tx.actor.party_id != decides:
        raise Refused("forbidden", t("This is for another party of it to do."))
    if row["state"] != before or (action == "file" and row["due_ms"] <= tx.now_ms):
        raise Refused("not_allowed_now", t("The claim is {state}, or its time is over.", state=row["state"]))
    if currency not in (None, row["currency"]):
        raise Refused("invalid", t("The claim is in {currency}.", currency=row["currency"]))
    changed = {"state": after, **_amounts(tx, row, action, amount_minor)}
    tx.run(table.update().where(table.c.claim_id == claim_id).values(changed))
    tx.note(action, f"claim/{claim_id}", state=(before, after), amount_minor=(None, amount_minor))


def _amounts(tx: Tx, row: Mapping[Any, Any], action: str, amount_minor: int | None) -> dict[str, Any]:
    """What a step changes beside the state; it posts what money the step moves."""
    if (amount_minor is None) == (action in ("agree", "recover")):
        raise Refused("invalid", t("To agree and to recover need an amount, and no other step has one."))
    today = datetime.fromtimestamp(tx.now_ms / 1000, UTC).date()
    if action in ("file", "appeal"):
        return {"due_ms": _deadline(row["kind"], "answer", today)}
    if amount_minor is None:
        return {"due_ms": None}
    most = row["amount_minor"] if action == "agree" else row["agreed_minor"]
    if not 0 < amount_minor <= most:
        raise Refused("invalid", t("The amount must be from 1 to {most}.", most=most))
    if action == "recover":
        _recover(tx, row, amount_minor)
        return {"due_ms": None}
    _agree(tx, row, amount_minor)
    return {"agreed_minor": amount_minor, "due_ms": None}


def _agree(tx: Tx, row: Mapping[Any, Any], amount: int) -> None:
    """The customer is credited by the seller; whose leg it was bears it, in both books at the same moment."""
    currency, seller, bearer = row["currency"], row["seller_id"], row["bearer_id"]
    credit = Posting("unbilled", row["customer_id"], currency, -amount)
    if seller == bearer:
        ledger.post(tx, seller, CLAIM, row["booking_id"], [credit, Posting("cost", "", currency, amount)])
        return
    ledger.post(tx, seller, CLAIM, row["booking_id"], [credit, Posting("due", bearer, currency, amount)])
    borne = [Posting("due", seller, currency, -amount), Posting("cost", "", currency, amount)]
    ledger.post(tx, bearer, CLAIM, row["booking_id"], borne)


def _recover(tx: Tx, row: Mapping[Any, Any], amount: int) -> None:
    granted = [Posting("payable", row["carrier_id"], row["currency"], amount)]
    ledger.post(
        tx, row["bearer_id"], RECOVERY, row["claim_id"], [*granted, Posting("cost", "", row["currency"], -amount)]
    )


def view(tx: Tx, claim_id: str) -> dict[str, Any]:
    """A claim as its parties see it, its leg counted from 1. Raises Refused `not_found`."""
    access.part(tx, CLAIM, claim_id)
    return _shown(tx, tx.run(sa.select(table).filter_by(claim_id=claim_id)).mappings().one())


def listed(tx: Tx) -> list[dict[str, Any]]:
    """Claims of the actor's party, those with the nearest deadline first."""
    mine = sa.select(table).where(table.c.claim_id.in_(access.mine(CLAIM, tx.actor.party_id)))
    order = mine.order_by(table.c.due_ms.is_(None), table.c.due_ms, table.c.claim_id)
    return [_shown(tx, row) for row in tx.run(order.limit(tx.policy.page_rows_max)).mappings()]


def _shown(tx: Tx, row: Mapping[Any, Any]) -> dict[str, Any]:
    overdue = row["due_ms"] is not None and row["due_ms"] <= tx.now_ms
    content = json.loads(row["content"])
    return {**row, "content": {**content, "leg": content["leg"] + 1}, "overdue": overdue}
