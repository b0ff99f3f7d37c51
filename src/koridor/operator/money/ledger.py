"""Double entry: journals of a party's book, balanced in every currency, never changed, mended by reversals alone.

Entries come first and the journal seals them: a trigger refuses a journal that does not balance or mixes books, and
entries after their journal. A debit is positive. Balances are nothing but sums of entries.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import sqlalchemy as sa

from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.statement import Fixed, insertion_once
from koridor.operator.db.tables import account, entry, journal
from koridor.text import t

_ACCOUNT = insertion_once(account)
KINDS = (
    "receivable",  # billed to a customer
    "unbilled",  # owed by a customer, not yet billed
    "revenue",
    "cost",
    "accrued",  # expected of a carrier
    "payable",  # asked by a carrier and accepted
    "due",  # between the partners; a debit: the other owes us
    "bank",
    "position",  # what was changed into or out of a currency
    "fx_difference",  # what rates have made of positions; a debit: lost
)


@dataclass(frozen=True, slots=True)
class Posting:
    """An amount on an account: of a kind, about a party ("" for nobody), in a currency; debits are positive."""

    kind: str
    about: str
    currency: str
    amount_minor: int


def post(
    tx: Tx,
    book: str,
    kind: str,
    ref: str,
    postings: Iterable[Posting],
    *,
    reverses: str | None = None,
    split_id: str | None = None,
) -> str | None:
    """Id of the journal, or None where there was nothing to post; `split_id` is of the split by which it is shared."""
    kept = [posting for posting in postings if posting.amount_minor]
    if not kept:
        return None
    sums: dict[str, int] = {}
    for posting in kept:
        assert posting.kind in KINDS, posting.kind
        sums[posting.currency] = sums.get(posting.currency, 0) + posting.amount_minor
    assert not any(sums.values()), f"journal of {ref} does not balance: {sums}"
    journal_id = tx.new_id("J")
    rows = [
        {"journal_id": journal_id, "line": at, "account_id": _account(tx, book, one), "amount_minor": one.amount_minor}
        for at, one in enumerate(kept, start=1)
    ]
    tx.add(entry, *rows)
    head = {"journal_id": journal_id, "book": book, "kind": kind, "ref": ref, "at_ms": tx.now_ms, "reverses": reverses}
    tx.add(journal, {**head, "split_id": split_id})
    tx.note("post", f"journal/{journal_id}", kind=(None, kind), ref=(None, ref))
    return journal_id


def reverse(tx: Tx, ref: str, kinds: Iterable[str]) -> list[str]:
    """Ids of the journals that now undo those of a reference and of some kinds that stood."""
    undone = sa.select(journal.c.reverses).where(journal.c.reverses.is_not(None))
    standing = (
        sa.select(journal)
        .where(journal.c.ref == ref, journal.c.kind.in_(list(kinds)), journal.c.reverses.is_(None))
        .where(journal.c.journal_id.not_in(undone))
        .order_by(journal.c.journal_id)
    )
    made = []
    for head in tx.run(standing).all():
        lines = sa.select(account, entry.c.amount_minor).join(entry, entry.c.account_id == account.c.account_id)
        rows = tx.run(lines.where(entry.c.journal_id == head.journal_id).order_by(entry.c.line)).all()
        postings = [Posting(row.kind, row.about, row.currency, -row.amount_minor) for row in rows]
        by = {"reverses": head.journal_id, "split_id": head.split_id}
        made.append(post(tx, head.book, head.kind, ref, postings, **by))
    return [one for one in made if one]


def balance(
    tx: Tx, book: str, kind: str, *, about: str | None = None, ref: str | None = None, posted: str | None = None
) -> dict[str, int]:
    """Sum of entries by currency, of a kind of account; where asked, of one party, one reference or one kind of journal
    alone. No zeros.
    """
    wanted = {"book": book, "kind": kind, "about": about, "ref": ref, "posted": posted}
    given = {name: value for name, value in wanted.items() if value is not None}
    return {row.currency: int(row.total) for row in tx.run(_balance(tuple(given)), **given) if row.total}


@cache
def _balance(given: tuple[str, ...]) -> Fixed:
    asked = {
        "book": account.c.book,
        "kind": account.c.kind,
        "about": account.c.about,
        "ref": journal.c.ref,
        "posted": journal.c.kind,
    }
    total = sa.func.sum(entry.c.amount_minor).label("total")
    sums = sa.select(account.c.currency, total).join(entry, entry.c.account_id == account.c.account_id)
    if "ref" in given or "posted" in given:
        sums = sums.join(journal, journal.c.journal_id == entry.c.journal_id)
    return Fixed(sums.where(*(asked[name] == sa.bindparam(name) for name in given)).group_by(account.c.currency))


def problems(connection: sa.Connection) -> list[str]:
    """What is wrong with the ledger: journals that do not balance, entries without a journal. Nothing, if all holds."""
    sums = (
        sa.select(entry.c.journal_id, account.c.currency)
        .join(account, account.c.account_id == entry.c.account_id)
        .group_by(entry.c.journal_id, account.c.currency)
        .having(sa.func.sum(entry.c.amount_minor) != 0)
    )
    lost = sa.select(entry.c.journal_id).where(entry.c.journal_id.not_in(sa.select(journal.c.journal_id)))
    return [f"{row.journal_id}: {row.currency}" for row in connection.execute(sums)] + [
        row.journal_id for row in connection.execute(lost)
    ]


def need(balances: dict[str, int], currency: str, amount_minor: int) -> None:
    """Raises Refused `ledger` where less is owed than would be paid."""
    if amount_minor <= 0 or balances.get(currency, 0) < amount_minor:
        raise Refused("ledger", t("More would be paid than is owed in {currency}.", currency=currency))


def _account(tx: Tx, book: str, posting: Posting) -> str:
    row = {"book": book, "kind": posting.kind, "about": posting.about, "currency": posting.currency}
    account_id = "/".join(row.values())
    tx.run(_ACCOUNT, account_id=account_id, **row)
    return account_id
