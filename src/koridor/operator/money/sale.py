"""What selling, billing and paying post.

A sale stands in as many books as it has partners: the seller's owes the others their shares, theirs are owed. What a
carrier will ask is accrued in the book of the partner whose leg it is. Bills take over what is unbilled of a booking,
so a change after the bill is billed, or credited, by the next one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from koridor.operator.common.desk import Tx
from koridor.operator.money import bills, ledger
from koridor.operator.money.ledger import Posting
from koridor.operator.money.price import PriceLine, by_currency
from koridor.operator.money.split import Key, shares

SALE, ACCRUAL, FEE = "sale", "accrual", "fee"


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill: its number, None where there was nothing to bill; and amounts by currency, below nothing of a credit
    note.
    """

    number: str | None
    amounts: Mapping[str, int]


def sell(tx: Tx, ref: str, seller_id: str, customer_id: str, key: Key, lines: Sequence[PriceLine]) -> None:
    """Posts a sale and its accruals. The seller's share may be nothing, and so may its partner's."""
    mine: list[Posting] = []
    for currency, priced in sorted(by_currency(lines).items()):
        total = sum(line.amount_minor for line in priced)
        mine.append(Posting("unbilled", customer_id, currency, total))
        for partner_id, share in sorted(shares(key, priced, seller_id).items()):
            if partner_id == seller_id:
                mine.append(Posting("revenue", "", currency, -share))
                continue
            mine.append(Posting("due", partner_id, currency, -share))
            theirs = [Posting("due", seller_id, currency, share), Posting("revenue", "", currency, -share)]
            ledger.post(tx, partner_id, SALE, ref, theirs)
    ledger.post(tx, seller_id, SALE, ref, mine)
    for earner_id in sorted({line.earner_id for line in lines}):
        ledger.post(tx, earner_id, ACCRUAL, ref, list(_accruals(earner_id, lines)))


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
    postings = []
    for currency, amount in sorted(fee.items()):
        postings += [Posting("unbilled", customer_id, currency, amount), Posting("revenue", "", currency, -amount)]
    ledger.post(tx, seller_id, FEE, ref, postings)


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
