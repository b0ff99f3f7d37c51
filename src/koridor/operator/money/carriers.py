"""Carriers' statements: what a railway, port, ferry or depot asks, matched to what was accrued for it.

Lines are taken together by reference: a booking, its shipment, or the number of a unit with its clocks. What agrees
within `tolerance.csv` is matched at once; the rest is a difference that finance accepts, disputes or lets be withdrawn.
A match moves the accrual to `payable`, and what is more or less than was expected to the cost: every posting balances.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from koridor.operator.common.canonical import canonical
from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused, unknown_id
from koridor.operator.db.tables import account, carrier_line, carrier_statement, entry, journal, party, shipment, unit
from koridor.operator.identifiers.tables import by_key
from koridor.operator.money import ledger
from koridor.operator.money.currency import MOST_MINOR, exponents, minor_of
from koridor.operator.money.ledger import Posting
from koridor.operator.people import access
from koridor.text import t

FOLDER = Path(__file__).parent
MATCH = "match"
COLUMNS = ("ref", "note", "amount")
REF_SIGNS_MAX = 80
DECIDABLE = ("difference", "unknown", "disputed")
STATE_AFTER = {"accept": "accepted", "dispute": "disputed", "withdraw": "withdrawn"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a statement: its reference, what it is for, what it asks; below nothing it is a credit."""

    ref: str
    note: str
    amount_minor: int


def read_lines(text: str, currency: str) -> list[Line]:
    """Lines of a CSV with `ref,note,amount`, the amount as a decimal number. Raises Refused with all problems."""
    try:
        head, *rows = list(csv.reader(io.StringIO(text), strict=True))
    except (csv.Error, ValueError) as error:
        raise Refused("invalid", t("The statement cannot be read: {error}.", error=str(error))) from error
    if tuple(head) != COLUMNS:
        raise Refused("invalid", t("A statement has the columns {names}.", names=", ".join(COLUMNS)))
    lines, wrong = [], []
    for at, row in enumerate(rows, start=2):
        try:
            lines.append(_line(row, currency))
        except Refused as refused:
            wrong.append(t("Line {line}: {what}", line=at, what=refused.sentence))
    if wrong:
        raise Refused("invalid", t("The statement cannot be read; see problems."), problems=wrong)
    return lines


def _line(row: list[str], currency: str) -> Line:
    if len(row) != len(COLUMNS) or not row[0] or len(row[0]) > REF_SIGNS_MAX or not row[0].isprintable():
        raise Refused("invalid", t("There must be three cells, the first a reference of one line."))
    return Line(row[0], row[1], minor_of(currency, row[2]))


def enter(tx: Tx, carrier_id: str, number: str, currency: str, lines: Iterable[Line]) -> str:
    """Id of a carrier's statement in the book of the actor's party, its lines matched as far as they agree.

    Run it strict. Raises Refused `invalid`, or `conflict` for a number that was entered before.
    """
    book = tx.actor.party_id
    if tx.run(sa.select(party.c.kind).filter_by(party_id=carrier_id)).scalar() not in ("carrier", "terminal"):
        raise Refused("invalid", t("Party {id} is no carrier.", id=carrier_id))
    if currency not in exponents():
        raise Refused("invalid", t("Currency {code} is not known.", code=currency))
    head = {"book": book, "carrier_id": carrier_id, "number": number}
    if tx.run(sa.select(carrier_statement.c.statement_id).filter_by(**head)).first():
        raise Refused("conflict", t("Statement {number} was entered before.", number=number))
    statement_id = tx.new_id("Z")
    tx.add(carrier_statement, {"statement_id": statement_id, **head, "currency": currency, "created_ms": tx.now_ms})
    access.share(tx, "carrier_statement", statement_id, {book: "owner"})
    tx.note("enter", f"carrier_statement/{statement_id}", number=(None, number), carrier=(None, carrier_id))
    for ref, told in _by_ref(lines).items():
        _match(tx, statement_id, carrier_id, currency, ref, told)
    return statement_id


def _by_ref(lines: Iterable[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for one in lines:
        found.setdefault(one.ref, []).append(one)
    if not found:
        raise Refused("invalid", t("A statement has at least one line."))
    return found


def _match(tx: Tx, statement_id: str, carrier_id: str, currency: str, ref: str, told: list[Line]) -> None:
    amount = sum(one.amount_minor for one in told)
    if abs(amount) > MOST_MINOR:
        raise Refused("invalid", t("An amount has at most {most} minor units.", most=MOST_MINOR))
    known = expected(tx, tx.actor.party_id, carrier_id, currency, ref)
    whole = sum(known.values())
    state = "unknown" if not known else "matched" if tolerated(currency, whole, amount) else "difference"
    row = {"statement_id": statement_id, "ref": ref, "amount_minor": amount, "expected_minor": whole}
    tx.add(carrier_line, {**row, "state": state, "content": canonical([asdict(one) for one in told])})
    if state == "matched":
        _post(tx, carrier_id, currency, known, amount, ref)


def tolerated(currency: str, expected_minor: int, asked_minor: int) -> bool:
    """Whether what is asked agrees with what was expected, by the policy of the currency."""
    table = by_key("tolerance", "currency", FOLDER)
    row = table.get(currency, table["*"])
    off = abs(asked_minor - expected_minor)
    share = Fraction(int(row["per_mille_max"]), 1000) * abs(expected_minor)
    return off == 0 or (off <= int(row["minor_max"]) and off <= share)


def expected(tx: Tx, book: str, carrier_id: str, currency: str, ref: str) -> dict[str, int]:
    """What is accrued for a carrier under a reference of its statement, by the reference of the ledger; no zeros."""
    refs = {ref, *tx.run(sa.select(shipment.c.booking_id).filter_by(shipment_id=ref)).scalars()}
    own = tx.run(sa.select(unit.c.unit_id).filter_by(keeper_id=book, number=ref)).scalars()
    ends = [f"/{unit_id}/{carrier_id}" for unit_id in own]
    return {
        one: amount
        for one, amount in open_accruals(tx, book, carrier_id, currency).items()
        if one in refs or any(one.endswith(end) for end in ends)
    }


def open_accruals(tx: Tx, book: str, carrier_id: str, currency: str) -> dict[str, int]:
    """What is accrued for a carrier and was not asked yet, by reference; payments change nothing in it."""
    total = sa.func.sum(entry.c.amount_minor).label("total")
    here = {"book": book, "kind": "accrued", "about": carrier_id, "currency": currency}
    rows = tx.run(
        sa.select(journal.c.ref, total)
        .join(entry, entry.c.journal_id == journal.c.journal_id)
        .join(account, account.c.account_id == entry.c.account_id)
        .where(*(account.c[name] == value for name, value in here.items()), journal.c.kind != "payout")
        .group_by(journal.c.ref)
        .order_by(journal.c.ref)
    )
    return {row.ref: -int(row.total) for row in rows if row.total}


def _post(tx: Tx, carrier_id: str, currency: str, known: Mapping[str, int], amount: int, ref: str) -> None:
    book, more = tx.actor.party_id, amount - sum(known.values())
    for one, minor in sorted(known.items()):
        moved = [Posting("accrued", carrier_id, currency, minor), Posting("payable", carrier_id, currency, -minor)]
        ledger.post(tx, book, MATCH, one, moved)
    rest = [Posting("cost", "", currency, more), Posting("payable", carrier_id, currency, -more)]
    ledger.post(tx, book, MATCH, min(known, default=ref), rest)


def decide(tx: Tx, statement_id: str, ref: str, action: str) -> None:
    """Accepts what a line asks, disputes it, or lets it be withdrawn; only what is accepted is posted. Run it strict.

    Raises Refused `not_found`, or `not_allowed_now` for a line that is settled.
    """
    access.need_part(tx, "carrier_statement", statement_id, "owner")
    head = tx.run(sa.select(carrier_statement).filter_by(statement_id=statement_id)).one()
    here = (carrier_line.c.statement_id == statement_id, carrier_line.c.ref == ref)
    row = tx.run(sa.select(carrier_line).where(*here).with_for_update()).first()
    if row is None:
        raise unknown_id()
    if row.state not in DECIDABLE or STATE_AFTER[action] == row.state:
        raise Refused("not_allowed_now", t("The line is {state}.", state=row.state))
    known = expected(tx, head.book, head.carrier_id, head.currency, ref)
    tx.run(carrier_line.update().where(*here).values(state=STATE_AFTER[action], expected_minor=sum(known.values())))
    tx.note(action, f"carrier_statement/{statement_id}", ref=(None, ref), state=(row.state, STATE_AFTER[action]))
    if action == "accept":
        _post(tx, head.carrier_id, head.currency, known, row.amount_minor, f"{statement_id}/{ref}")


def view(tx: Tx, statement_id: str) -> dict[str, Any]:
    """A statement with its lines, and what was expected of the carrier and is on none. Raises Refused `not_found`."""
    access.part(tx, "carrier_statement", statement_id)
    head = dict(tx.run(sa.select(carrier_statement).filter_by(statement_id=statement_id)).mappings().one())
    order = sa.select(carrier_line).filter_by(statement_id=statement_id).order_by(carrier_line.c.ref)
    names = ("ref", "amount_minor", "expected_minor", "state")
    lines = [{name: row[name] for name in names} for row in tx.run(order).mappings()]
    missing = open_accruals(tx, head["book"], head["carrier_id"], head["currency"])
    shown = sorted((ref, amount) for ref, amount in missing.items() if amount > 0)[: tx.policy.page_rows_max]
    return {
        **{name: head[name] for name in ("statement_id", "carrier_id", "number", "currency", "created_ms")},
        "lines": lines,
        "missing": [{"ref": ref, "expected_minor": amount} for ref, amount in shown],
    }


def listed(tx: Tx) -> list[dict[str, Any]]:
    """Statements in the actor's book, the latest first, with how many of their lines are open."""
    open_ = sa.func.count(carrier_line.c.ref).filter(carrier_line.c.state.in_(DECIDABLE)).label("open")
    names = ("statement_id", "carrier_id", "number", "currency", "created_ms")
    columns = [carrier_statement.c[name] for name in names]
    asked = sa.select(*columns, open_).join(carrier_line).where(carrier_statement.c.book == tx.actor.party_id)
    order = (carrier_statement.c.created_ms.desc(), carrier_statement.c.statement_id)
    rows = tx.run(asked.group_by(*columns).order_by(*order).limit(tx.policy.page_rows_max))
    return [dict(row) for row in rows.mappings()]
