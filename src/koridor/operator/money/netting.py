"""The monthly statement between two partners: each computes it from its own book, and the hashes must be equal.

Seen from the first of the two by name: above nothing, the second owes the first. Only what both books hold enters it
(reference, kind, currency, amount, moment, and the split by which it was shared), so that two programs that share
nothing but this page agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from koridor.operator.common.canonical import hash_of
from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.tables import account, entry, journal, signature
from koridor.operator.outbox.announce import announce
from koridor.text import t


@dataclass(frozen=True, slots=True)
class Statement:
    """What stood between two partners in a month.

    Attributes
    ----------
    first_id, second_id : str
        The partners, by name.
    month : str
        Such as 2026-12, in UTC.
    opening, closing : mapping of str to int
        By currency, without zeros.
    lines : tuple of dict
        Sorted: at_ms, ref, kind, currency, amount_minor, split_id, None of what no split shared.
    """

    first_id: str
    second_id: str
    month: str
    opening: dict[str, int]
    lines: tuple[dict[str, Any], ...]
    closing: dict[str, int]

    @property
    def hash(self) -> str:
        """What both sides must come to. A line without a split is hashed as it was before there were any."""
        lines = [{name: value for name, value in line.items() if value is not None} for line in self.lines]
        return hash_of(
            {
                "first": self.first_id,
                "second": self.second_id,
                "month": self.month,
                "opening": self.opening,
                "lines": lines,
                "closing": self.closing,
            }
        )


def statement(tx: Tx, book: str, other: str, month: str) -> Statement:
    """The statement of a month from one partner's book."""
    from_ms, to_ms = span_of(month)
    first, second = sorted((book, other))
    sign = 1 if book == first else -1
    rows = tx.run(
        sa.select(
            journal.c.at_ms, journal.c.ref, journal.c.kind, account.c.currency, entry.c.amount_minor, journal.c.split_id
        )
        .join(entry, entry.c.journal_id == journal.c.journal_id)
        .join(account, account.c.account_id == entry.c.account_id)
        .where(account.c.book == book, account.c.kind == "due", account.c.about == other, journal.c.at_ms < to_ms)
    ).mappings()
    lines = [{**row, "amount_minor": sign * row["amount_minor"]} for row in rows]
    now = [line for line in lines if line["at_ms"] >= from_ms]
    return Statement(
        first,
        second,
        month,
        _sums([line for line in lines if line["at_ms"] < from_ms]),
        tuple(sorted(now, key=lambda line: tuple(map(str, line.values())))),
        _sums(lines),
    )


def sign(tx: Tx, book: str, other: str, month: str) -> str | None:
    """Signs a month's statement for a book; gives the other side's hash where it has signed. The month must be over."""
    if span_of(month)[1] > tx.now_ms:
        raise Refused("not_allowed_now", t("The month {month} is not over.", month=month))
    mine = statement(tx, book, other, month)
    place = {"first_id": mine.first_id, "second_id": mine.second_id, "month": month}
    signed = {row.party_id: row.hash for row in tx.run(sa.select(signature).filter_by(**place))}
    if book in signed:
        raise Refused("conflict", t("This statement is signed already."))
    row = {**place, "party_id": book, "hash": mine.hash, "person_id": tx.actor.person_id, "signed_ms": tx.now_ms}
    tx.add(signature, row)
    name = f"{mine.first_id}/{mine.second_id}/{month}"
    tx.note("sign", f"statement/{name}", hash=(None, mine.hash))
    told = {"first_id": mine.first_id, "second_id": mine.second_id, "month": month, "by": book, "hash": mine.hash}
    announce(tx, "statement", name, "sign", told, dict.fromkeys((book, other), "partner"))
    return signed.get(other)


def span_of(month: str) -> tuple[int, int]:
    """First moment of a month and of the next, in UTC. Raises Refused `invalid`."""
    try:
        start = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    except ValueError:
        raise Refused("invalid", t("Month {month} must be like 2026-12.", month=month)) from None
    end = start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
    return int(start.timestamp() * 1000), int(end.timestamp() * 1000)


def _sums(lines: list[dict[str, Any]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in lines:
        found[line["currency"]] = found.get(line["currency"], 0) + line["amount_minor"]
    return {code: amount for code, amount in found.items() if amount}
