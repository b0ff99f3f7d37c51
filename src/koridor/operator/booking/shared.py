"""How the price of a booking is shared between the partners: line by line, as it will be or as it was really booked.

Before the sale it is what the quote in force would give; afterwards what stands in the partners' books: the sale, of a
cancelled booking what was run and the fee, of one that was declined nothing.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from koridor.operator.booking import quote, states, step, terms
from koridor.operator.booking.quote import Quote
from koridor.operator.common import events
from koridor.operator.common.desk import Tx
from koridor.operator.db.tables import account, entry, journal, sold
from koridor.operator.db.wall import EVERYBODY
from koridor.operator.money import agreed, sale
from koridor.operator.money.split import CONTRIBUTION, Key, allocate
from koridor.operator.people import access
from koridor.text import t

KINDS = (sale.SALE, sale.FEE)
PER_MILLE = 1000
_LATER = journal.alias()
_STANDING = (  # of the seller's journals those that nothing has undone, with their lines
    sa.select(sold.c.content, journal.c.split_id)
    .join(journal, journal.c.journal_id == sold.c.journal_id)
    .where(journal.c.ref == sa.bindparam("ref"), journal.c.kind.in_(KINDS), journal.c.reverses.is_(None))
    .where(~sa.exists().where(_LATER.c.reverses == journal.c.journal_id))
    .order_by(journal.c.at_ms, journal.c.kind.desc(), journal.c.journal_id)
)
_LAST = (  # what the seller posted last when it sold, though it be undone meanwhile
    sa.select(journal.c.split_id)
    .where(journal.c.ref == sa.bindparam("ref"), journal.c.book == sa.bindparam("book"))
    .where(journal.c.kind == sale.SALE, journal.c.reverses.is_(None))
    .order_by(journal.c.at_ms.desc(), journal.c.journal_id.desc())
)
_EARNED = (
    sa.select(account.c.book, account.c.currency, (-sa.func.sum(entry.c.amount_minor)).label("amount_minor"))
    .join(entry, entry.c.account_id == account.c.account_id)
    .join(journal, journal.c.journal_id == entry.c.journal_id)
    .where(account.c.kind == "revenue", journal.c.ref == sa.bindparam("ref"), journal.c.kind.in_(KINDS))
    .group_by(account.c.book, account.c.currency)
    .order_by(account.c.book, account.c.currency)
)


def by(tx: Tx, booking_id: str, made: Quote) -> tuple[str | None, Key]:
    """Id of the split by which a booking's quote is shared, and its key.

    A quote from before splits were agreed, and one in its place, stays shared as it was sold: by the split in force
    then, or from before splits by the key that its tariff had, without an id. One that nobody has sold takes the split
    in force now. Raises Refused `split_missing` where there is none.
    """
    kept = made.split_id
    if kept is None and made.partners:
        was = _sold_by(tx, booking_id, made.seller_id)
        old = terms.old_key(tx, made.tariff_id)
        if was == [None] and old is not None:
            return None, old
        kept = was[0] if was else None
    split_id = agreed.needed(tx, made.seller_id, made.partners, kept)
    return split_id, agreed.key_by(tx, split_id)


def _sold_by(tx: Tx, booking_id: str, seller_id: str) -> list[str | None]:
    """By which split a booking was sold last, or the one that it was rolled from; nothing where neither was."""
    ref: str | None = booking_id
    while ref is not None:
        found = tx.run(_LAST, ref=ref, book=seller_id).scalars().all()
        if found:
            return [found[0]]
        ref = events.stream_of(tx, step.stream(ref))[0].body.get("rolled_from")
    return []


def view(tx: Tx, booking_id: str) -> dict[str, Any]:
    """The shares of a booking, for its seller and the partner who earns of it.

    Raises Refused `not_found`, `forbidden` for another part, `split_missing` as `by` does for what is not sold yet.
    """
    access.need_part(tx, "booking", booking_id, "seller", "partner")
    state = step.state_of(tx, booking_id)
    made = quote.of(tx, state.quote_id)
    booked = state.status not in states.OPEN
    with tx.seeing(EVERYBODY):  # a sale stands in the books of both, and its lines with the seller's
        if booked:
            rows = tx.run(_STANDING, ref=booking_id).all()
            lines = [{**one, "split_id": row.split_id} for row in rows for one in json.loads(row.content)]
            partners = [
                {"partner_id": row.book, "currency": row.currency, "amount_minor": int(row.amount_minor)}
                for row in tx.run(_EARNED, ref=booking_id)
                if row.amount_minor
            ]
        else:
            split_id, key = by(tx, booking_id, made)
            expected = sale.shared(key, made.offer.lines, made.seller_id)
            lines = [{**one, "split_id": split_id} for one in expected]
            partners = _partners(lines)
        splits = agreed.several(tx, {one["split_id"] for one in lines if one["split_id"]})
        kinds = {one["split_id"]: one["terms"]["kind"] for one in splits}
        old = terms.old_key(tx, made.tariff_id)
        kinds |= {} if old is None else {None: old.kind}
    head = {"booking_id": booking_id, "status": state.status, "seller_id": made.seller_id, "booked": booked}
    told = [_line(tx, one, costs=kinds.get(one["split_id"]) == CONTRIBUTION) for one in lines]
    return {**head, "lines": told, "partners": partners, "splits": splits}


def _line(tx: Tx, one: Mapping[str, Any], *, costs: bool) -> dict[str, Any]:
    """A line as it is told: its leg from 1 on, a fee without leg or words of its own; weights that are `costs` in
    proportion alone, and only to who may know costs.
    """
    parts = sorted(one["shares"].items())
    shares = [{"partner_id": partner_id, "amount_minor": amount} for partner_id, amount in parts]
    text = t("cancellation fee") if one["kind"] == sale.FEE else one["text"]
    weights = one["weights"]
    if costs:
        tells = access.may(tx.actor, "quote.cost") and any(weights.values())
        weights = allocate(PER_MILLE, weights) if tells else {}
    leg = None if one["leg"] is None else one["leg"] + 1
    return {**one, "text": text, "leg": leg, "weights": weights, "shares": shares}


def _partners(lines: Collection[Mapping[str, Any]]) -> list[dict[str, Any]]:
    codes = {one["currency"] for one in lines}
    found = {(partner_id, code): amount for code in codes for partner_id, amount in sale.sums(lines, code).items()}
    return [
        {"partner_id": partner_id, "currency": currency, "amount_minor": amount}
        for (partner_id, currency), amount in sorted(found.items())
        if amount
    ]
