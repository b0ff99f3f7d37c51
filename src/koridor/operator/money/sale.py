"""What selling, billing and paying post.

A sale stands in as many books as it has partners: the seller's owes the others their shares, theirs are owed. What a
carrier will ask is accrued in the book of the partner whose leg it is. Bills take over what is unbilled of a booking,
so a change after the bill is billed, or credited, by the next one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from koridor.operator.common.canonical import canonical
from koridor.operator.common.desk import Tx
from koridor.operator.db.tables import account, entry, journal, sold
from koridor.operator.money import bills, ledger
from koridor.operator.money.ledger import Posting
from koridor.operator.money.price import PriceLine, by_currency
from koridor.operator.money.split import Key, add_up, by_line, weights_of

SALE, ACCRUAL, FEE = "sale", "accrual", "fee"
JOINT = ("text", "leg", "currency", "amount_minor", "earner_id", "km")  # of a line what both partners may know


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill: its number, None where there was nothing to bill; and amounts by currency, below nothing of a credit
    note.
    """

    number: str | None
    amounts: Mapping[str, int]


def sell(
    tx: Tx,
    ref: str,
    seller_id: str,
    customer_id: str,
    key: Key,
    lines: Sequence[PriceLine],
    *,
    split_id: str | None = None,
) -> None:
    """Posts a sale and its accruals. The seller's share may be nothing, and so may its partner's.

    split_id : of the split that both have agreed on and whose key it is; None where the seller alone earns.
    """
    mine: list[Posting] = []
    parts = shared(key, lines, seller_id)
    for currency, priced in sorted(by_currency(lines).items()):
        total = sum(line.amount_minor for line in priced)
        mine.append(Posting("unbilled", customer_id, currency, total))
        for partner_id, share in sorted(sums(parts, currency).items()):
            if partner_id == seller_id:
                mine.append(Posting("revenue", "", currency, -share))
                continue
            mine.append(Posting("due", partner_id, currency, -share))
            theirs = [Posting("due", seller_id, currency, share), Posting("revenue", "", currency, -share)]
            ledger.post(tx, partner_id, SALE, ref, theirs, split_id=split_id)
    journal_id = ledger.post(tx, seller_id, SALE, ref, mine, split_id=split_id)
    _keep(tx, journal_id, parts)
    for earner_id in sorted({line.earner_id for line in lines}):
        ledger.post(tx, earner_id, ACCRUAL, ref, list(_accruals(earner_id, lines)))


def shared(key: Key, lines: Sequence[PriceLine], seller_id: str) -> list[dict[str, Any]]:
    """Lines as both partners may know them, each with what everyone gets of it and by which weights, in their order."""
    found: dict[int, dict[str, Any]] = {}
    for currency in by_currency(lines):
        placed = [(at, line) for at, line in enumerate(lines) if line.currency == currency]
        priced = [line for _, line in placed]
        weights = weights_of(key, priced)
        for (at, line), part in zip(placed, by_line(key, priced, seller_id), strict=True):
            told = {name: getattr(line, name) for name in JOINT}
            found[at] = {"kind": SALE, **told, "weights": weights, "shares": part}
    return [found[at] for at in range(len(lines))]


def sums(lines: Iterable[Mapping[str, Any]], currency: str) -> dict[str, int]:
    """What each partner gets in a currency of lines as `shared` gives them."""
    return add_up(line["shares"] for line in lines if line["currency"] == currency)


def _keep(tx: Tx, journal_id: str | None, lines: Sequence[Mapping[str, Any]]) -> None:
    """Keeps with the seller's journal how each line was shared, which sums of the journal do not tell."""
    if journal_id is not None:
        tx.add(sold, {"journal_id": journal_id, "content": canonical(list(lines))})


def problems(connection: sa.Connection) -> list[str]:
    """Journals whose lines, as they are kept, are not shared whole, or give the seller other than was posted."""
    posted = (
        sa.select(journal.c.journal_id, account.c.currency, entry.c.amount_minor)
        .join(entry, entry.c.journal_id == journal.c.journal_id)
        .join(account, account.c.account_id == entry.c.account_id)
        .where(account.c.kind == "revenue", journal.c.journal_id.in_(sa.select(sold.c.journal_id)))
    )
    revenue = {(row.journal_id, row.currency): -row.amount_minor for row in connection.execute(posted)}
    kept = sa.select(sold, journal.c.book).join(journal, journal.c.journal_id == sold.c.journal_id)
    found = []
    for row in connection.execute(kept.order_by(sold.c.journal_id)):
        lines = json.loads(row.content)
        whole = all(sum(one["shares"].values()) == one["amount_minor"] for one in lines)
        mine = {code: sums(lines, code).get(row.book, 0) for code in {one["currency"] for one in lines}}
        if not whole or any(revenue.get((row.journal_id, code), 0) != share for code, share in mine.items()):
            found.append(row.journal_id)
    return found


def _accruals(earner_id: str, lines: Sequence[PriceLine]) -> Iterator[Posting]:
    for line in lines:
        if line.earner_id == earner_id and line.payee_id:
            yield Posting("cost", "", line.currency, line.cost_minor)
            yield Posting("accrued", line.payee_id, line.currency, -line.cost_minor)


def unsell(tx: Tx, ref: str) -> None:
    """Undoes what a booking's sale posted."""
    ledger.reverse(tx, ref, (SALE, ACCRUAL))


def charge(tx: Tx, ref: str, seller_id: str, customer_id: str, fee: dict[str, int]) -> None:
    """Posts a fee that is the seller's alone."""
    postings, lines = [], []
    for currency, amount in sorted(fee.items()):
        postings += [Posting("unbilled", customer_id, currency, amount), Posting("revenue", "", currency, -amount)]
        told = {"text": "", "leg": None, "currency": currency, "amount_minor": amount, "earner_id": seller_id, "km": 0}
        lines.append({"kind": FEE, **told, "weights": {}, "shares": {seller_id: amount}})
    _keep(tx, ledger.post(tx, seller_id, FEE, ref, postings), lines)


def bill(tx: Tx, ref: str, seller_id: str, customer_id: str) -> Bill:
    """What was billed now; of nothing there is no bill and no number."""
    open_minor = ledger.balance(tx, seller_id, "unbilled", about=customer_id, ref=ref)
    postings = []
    for currency, amount in sorted(open_minor.items()):
        postings.append(Posting("receivable", customer_id, currency, amount))
        postings.append(Posting("unbilled", customer_id, currency, -amount))
    journal_id = ledger.post(tx, seller_id, "bill", ref, postings)
    if journal_id is None:
        return Bill(None, {})
    return Bill(bills.number(tx, seller_id, journal_id, ref, customer_id, open_minor), open_minor)


def receive(tx: Tx, ref: str, seller_id: str, customer_id: str, currency: str, amount_minor: int) -> None:
    """Posts money that a customer paid."""
    bank = Posting("bank", "", currency, amount_minor)
    ledger.post(tx, seller_id, "payment", ref, [bank, Posting("receivable", customer_id, currency, -amount_minor)])


def pay_carrier(tx: Tx, ref: str, book: str, carrier_id: str, currency: str, amount_minor: int) -> None:
    """Posts money paid to a carrier: of what its statements ask, then of what is accrued.

    Raises Refused `ledger` for more than both; run it strict.
    """
    asked, accrued = (ledger.balance(tx, book, kind, about=carrier_id) for kind in ("payable", "accrued"))
    owed = {code: -asked.get(code, 0) - accrued.get(code, 0) for code in {*asked, *accrued}}
    ledger.need(owed, currency, amount_minor)
    first = min(amount_minor, max(0, -asked.get(currency, 0)))
    postings = [
        Posting("payable", carrier_id, currency, first),
        Posting("accrued", carrier_id, currency, amount_minor - first),
        Posting("bank", "", currency, -amount_minor),
    ]
    ledger.post(tx, book, "payout", ref, postings)


def pay_partner(tx: Tx, ref: str, payer_id: str, partner_id: str, currency: str, amount_minor: int) -> None:
    """Posts money paid to the other partner, in both books. Raises Refused `ledger`; run it strict."""
    owed = {code: -amount for code, amount in ledger.balance(tx, payer_id, "due", about=partner_id).items()}
    ledger.need(owed, currency, amount_minor)
    for book, other, sign in ((payer_id, partner_id, 1), (partner_id, payer_id, -1)):
        due = Posting("due", other, currency, sign * amount_minor)
        ledger.post(tx, book, "payout", ref, [due, Posting("bank", "", currency, -sign * amount_minor)])
