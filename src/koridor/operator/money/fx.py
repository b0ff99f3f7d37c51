"""Rates with dates, and money changed at them.

A rate is a fraction that holds for a span of time and says where it comes from; tariffs in CHF are turned by a rate of
the quarter (operator reference 2.17), payments by that of the day. Changing money balances each currency against its
`position`: what the positions are worth at a later rate is the difference made by the rates.
"""

from __future__ import annotations

from fractions import Fraction

import sqlalchemy as sa

from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.tables import rate
from koridor.operator.money import ledger
from koridor.operator.money.currency import MOST_MINOR, exponents
from koridor.operator.money.ledger import Posting
from koridor.text import t


def put(tx: Tx, base: str, quoted: str, value: Fraction, from_ms: int, to_ms: int, source: str) -> None:
    """Keeps a rate: one unit of `base` is `value` units of `quoted`. Raises Refused where one holds already."""
    same = (rate.c.base == base, rate.c.quoted == quoted)
    overlap = sa.select(rate.c.base).where(*same, rate.c.valid_from_ms < to_ms, rate.c.valid_to_ms > from_ms)
    if value <= 0 or from_ms >= to_ms or base == quoted:
        raise Refused("invalid", t("A rate must be above 0, between two currencies, and hold for some time."))
    if tx.run(overlap).first():
        taken = t("A rate of {base} in {quoted} holds already in that time.", base=base, quoted=quoted)
        raise Refused("conflict", taken)
    row = {"base": base, "quoted": quoted, "valid_from_ms": from_ms, "valid_to_ms": to_ms, "source": source}
    tx.add(rate, dict(**row, numerator=value.numerator, denominator=value.denominator))
    tx.note("rate", f"rate/{base}/{quoted}", value=(None, str(value)), source=(None, source))


def at(tx: Tx, base: str, quoted: str, at_ms: int) -> Fraction:
    """The rate at a moment, that of the opposite direction turned over where only it is known. Raises Refused."""
    if base == quoted:
        return Fraction(1)
    for one, other in ((base, quoted), (quoted, base)):
        here = (rate.c.base == one, rate.c.quoted == other, rate.c.valid_from_ms <= at_ms, rate.c.valid_to_ms > at_ms)
        row = tx.run(sa.select(rate).where(*here)).first()
        if row:
            value = Fraction(row.numerator, row.denominator)
            return value if one == base else 1 / value
    raise Refused("not_found", t("No rate of {base} in {quoted} holds at that time.", base=base, quoted=quoted))


def turned(value: Fraction, base: str, quoted: str, amount_minor: int) -> int:
    """Minor units of the quoted currency for minor units of the base, to the nearest, halves to the even one."""
    return round(amount_minor * value * Fraction(10) ** (exponents()[quoted] - exponents()[base]))


def change(tx: Tx, book: str, ref: str, base: str, quoted: str, amount_minor: int) -> int:
    """What a book got in the quoted currency for money of the base, at the rate of now. Raises Refused."""
    got = turned(at(tx, base, quoted, tx.now_ms), base, quoted, amount_minor)
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
    return sum(turned(at(tx, code, home, tx.now_ms), code, home, amount) for code, amount in sorted(positions.items()))
