"""Rates with dates, and money changed at them.

A rate is a fraction that holds for a span of time and says where it comes from; tariffs in CHF are turned by a rate of
the quarter (operator reference 2.17), payments by that of the day. Changing money balances each currency against its
`position`: what the positions are worth at a later rate is the difference made by the rates, and `close` puts it on an
account of its own.

Every book has its own rates, as each partner agrees them with its bank and its tax office; neither can change what the
other reckons with. A rate is never edited: another supersedes it, and both stay.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused, unknown_id
from koridor.operator.db.tables import book_rate as rate
from koridor.operator.money import ledger
from koridor.operator.money.currency import MOST_MINOR, exponents
from koridor.operator.money.ledger import Posting
from koridor.text import t


def put(
    tx: Tx,
    base: str,
    quoted: str,
    value: Fraction,
    from_ms: int,
    to_ms: int,
    source: str,
    *,
    supersedes: str | None = None,
) -> str:
    """Id of a rate in the book of the actor's party: one unit of `base` is `value` units of `quoted`. Run it strict.

    Raises Refused: `invalid`; `conflict` where one holds already and is not the one superseded; `not_found` where what
    it supersedes is no rate of the pair that holds.
    """
    if value <= 0 or from_ms >= to_ms or base == quoted:
        raise Refused("invalid", t("A rate must be above 0, between two currencies, and hold for some time."))
    book = tx.actor.party_id
    standing = tx.run(_standing(book, base, quoted)).all()
    if supersedes is not None and supersedes not in {row.rate_id for row in standing}:
        raise unknown_id()
    others = [row for row in standing if row.rate_id != supersedes]
    if any(row.valid_from_ms < to_ms and row.valid_to_ms > from_ms for row in others):
        taken = t("A rate of {base} in {quoted} holds already in that time.", base=base, quoted=quoted)
        raise Refused("conflict", taken)
    rate_id = tx.new_id("F")
    row = {"base": base, "quoted": quoted, "valid_from_ms": from_ms, "valid_to_ms": to_ms, "source": source}
    made = {"rate_id": rate_id, "book": book, "recorded_ms": tx.now_ms, "supersedes": supersedes}
    tx.add(rate, dict(**row, **made, numerator=value.numerator, denominator=value.denominator))
    change = {"value": (None, str(value)), "source": (None, source), "supersedes": (None, supersedes)}
    tx.note("rate", f"rate/{rate_id}", **change)
    return rate_id


def end(tx: Tx, rate_id: str, at_ms: int) -> str:
    """Id of the rate in the place of another, over at a moment. Run it strict. Raises Refused as `need_running`."""
    row = need_running(tx, rate_id, at_ms)
    value = Fraction(row.numerator, row.denominator)
    span = (row.valid_from_ms, at_ms)
    return put(tx, row.base, row.quoted, value, *span, row.source, supersedes=rate_id)


def need_running(tx: Tx, rate_id: str, at_ms: int) -> Any:
    """The row of a rate in the actor's book that would go on beyond a moment.

    Raises Refused `not_found`, `not_allowed_now` where it has not begun or is over by then.
    """
    row = tx.run(sa.select(rate).filter_by(rate_id=rate_id, book=tx.actor.party_id)).first()
    known = () if row is None else tx.run(_standing(row.book, row.base, row.quoted))
    if row is None or rate_id not in {one.rate_id for one in known}:
        raise unknown_id()
    if not row.valid_from_ms < at_ms < row.valid_to_ms:
        raise Refused("not_allowed_now", t("It has not begun by then, or is over already."))
    return row


def _standing(book: str, base: str, quoted: str) -> sa.Select[Any]:
    """Rates of a pair in a book that nothing supersedes."""
    gone = sa.select(rate.c.supersedes).where(rate.c.book == book, rate.c.supersedes.is_not(None))
    here = (rate.c.book == book, rate.c.base == base, rate.c.quoted == quoted)
    return sa.select(rate).where(*here, rate.c.rate_id.not_in(gone))


def at(tx: Tx, base: str, quoted: str, at_ms: int, *, book: str | None = None) -> Fraction:
    """The rate at a moment in a book, the actor's without one; that of the opposite direction turned over where only it
    is known. Raises Refused `not_found`.
    """
    if base == quoted:
        return Fraction(1)
    for one, other in ((base, quoted), (quoted, base)):
        known = _standing(book or tx.actor.party_id, one, other)
        row = tx.run(known.where(rate.c.valid_from_ms <= at_ms, rate.c.valid_to_ms > at_ms)).first()
        if row:
            value = Fraction(row.numerator, row.denominator)
            return value if one == base else 1 / value
    raise Refused("not_found", t("No rate of {base} in {quoted} holds at that time.", base=base, quoted=quoted))


def listed(tx: Tx) -> list[dict[str, Any]]:
    """Rates of the actor's book, those recorded last first, with what each supersedes."""
    mine = sa.select(rate).where(rate.c.book == tx.actor.party_id)
    rows = tx.run(mine.order_by(rate.c.recorded_ms.desc(), rate.c.rate_id).limit(tx.policy.page_rows_max))
    return [{name: value for name, value in row.items() if name != "book"} for row in rows.mappings()]


def turned(value: Fraction, base: str, quoted: str, amount_minor: int) -> int:
    """Minor units of the quoted currency for minor units of the base, to the nearest, halves to the even one."""
    return round(amount_minor * value * Fraction(10) ** (exponents()[quoted] - exponents()[base]))


def change(tx: Tx, book: str, ref: str, base: str, quoted: str, amount_minor: int) -> int:
    """What a book got in the quoted currency for money of the base, at the rate of now. Raises Refused."""
    got = turned(at(tx, base, quoted, tx.now_ms, book=book), base, quoted, amount_minor)
    if abs(got) > MOST_MINOR:
        raise Refused("invalid", t("An amount has at most {most} minor units.", most=MOST_MINOR))
    postings = []
    for currency, amount in ((base, -amount_minor), (quoted, got)):
        postings += [Posting("bank", "", currency, amount), Posting("position", "", currency, -amount)]
    ledger.post(tx, book, "change", ref, postings)
    return got


def difference(tx: Tx, book: str, home: str) -> int:
    """What changing money has cost so far, in minor units of `home` at the rates of now; a gain is below nothing."""
    positions = ledger.balance(tx, book, "position")
    values = {code: at(tx, code, home, tx.now_ms, book=book) for code in positions}
    return sum(turned(values[code], code, home, amount) for code, amount in sorted(positions.items()))


def close(tx: Tx, book: str, ref: str, home: str) -> int:
    """What changing money has cost since the last closing, in `home`, now on the account of such differences.

    Run it strict. Raises Refused `not_found` where a rate is missing.
    """
    cost = difference(tx, book, home)
    postings = [Posting("fx_difference", "", home, cost), Posting("position", "", home, -cost)]
    ledger.post(tx, book, "fx_close", ref, postings)
    return cost
