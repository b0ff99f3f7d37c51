"""P4, and P8 where it splits: double entry, no cent lost, both sides of a statement come to one hash."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from desks import DAY_MS, DESK, MONDAY_MS, Clock, at_once, parties
from desks import price_line as line
from koridor.operator.common.actor import SYSTEM, Actor
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.tables import account, entry, journal
from koridor.operator.money import bills, fx, ledger, netting, sale
from koridor.operator.money.currency import exponents, minor_of
from koridor.operator.money.ledger import Posting
from koridor.operator.money.price import PriceLine, totals
from koridor.operator.money.split import Key, add_up, allocate, by_line
from rounds import rounds

POINTS = st.integers(0, 10**6)
WEIGHTS = st.dictionaries(st.sampled_from("abcdef"), POINTS, min_size=1).filter(lambda w: any(w.values()))


# ---- splitting


@given(st.integers(-(10**15), 10**15), WEIGHTS)
def test_shares_add_up_and_none_is_a_cent_off(amount: int, weights: dict[str, int]) -> None:
    """P8: no cent is lost; each share is within one unit of its exact part; a reversal is the opposite to the cent."""
    found = allocate(amount, weights)
    whole = sum(weights.values())
    assert sum(found.values()) == amount
    assert all(abs(share - Fraction(amount * weights[name], whole)) < 1 for name, share in found.items())
    assert allocate(-amount, weights) == {name: -share for name, share in found.items()}


def test_shares_by_hand() -> None:
    """100 among three of equal weight: 33.33 each, and the cent left over to the first by name. 5 cents at 3 to 7 are
    1.5 and 3.5: both remainders are a half, so again the first.
    """
    assert allocate(100, {"b": 1, "a": 1, "c": 1}) == {"a": 34, "b": 33, "c": 33}
    assert allocate(5, {"a": 3, "b": 7}) == {"a": 2, "b": 3}


LINES = [line(1000, "P1", cost=300, km=100), line(501, "P2", cost=900, km=200, leg=1)]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (Key("leg", {}), {"P1": 1000, "P2": 501}),
        (Key("km", {}), {"P1": 500, "P2": 1001}),  # 1501 at 1 to 2: 500.33 and 1000.67
        (Key("contribution", {}), {"P1": 375, "P2": 1126}),  # at 300 to 900: 375.25 and 1125.75
        (Key("fixed", {"P1": 2, "P2": 1}), {"P1": 1001, "P2": 500}),  # 1000.67 and 500.33
    ],
    ids=lambda value: value.kind if isinstance(value, Key) else "",
)
def test_keys_by_hand(key: Key, expected: dict[str, int]) -> None:
    """Each kind of key on a price of 15.01, by hand."""
    assert add_up(by_line(key, LINES, "P1")) == expected


def test_a_key_that_weighs_nothing_leaves_all_to_the_seller() -> None:
    """By kilometres, of lines that pay for none: nobody has a part, so nothing is shared."""
    assert add_up(by_line(Key("km", {}), [line(700, "P2")], "P1")) == {"P1": 700}


# ---- amounts


@given(st.sampled_from(sorted(exponents())), st.integers(-(10**12), 10**12))
def test_amounts_come_back(currency: str, minor: int) -> None:
    """Minor units, written with all the places of their currency, are read as the same minor units."""
    assert minor_of(currency, format(Decimal(minor).scaleb(-exponents()[currency]), "f")) == minor


WORDS = [("USD", "0.001"), ("USD", "nan"), ("USD", "1e30"), ("USD", ""), ("XDR", "1")]


@pytest.mark.parametrize(("currency", "amount"), WORDS)
def test_an_amount_that_cannot_be_paid_is_refused(currency: str, amount: str) -> None:
    """No part of a cent, no word, no currency that has no minor unit."""
    with pytest.raises(Refused):
        minor_of(currency, amount)


# ---- the database's own wall


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """The desk with parties and one sale."""
    desk.do(DESK, parties)
    desk.do(DESK, lambda tx: sale.sell(tx, "B0", "P1", "S1", Key("leg", {}), LINES))
    return desk


def raw(tx: Tx, amounts: dict[str, int]) -> None:
    """A journal written past the code, with amounts by account."""
    rows = [
        {"journal_id": "raw", "line": at, "account_id": name, "amount_minor": amount}
        for at, (name, amount) in enumerate(amounts.items())
    ]
    tx.add(entry, *rows)
    head = {"journal_id": "raw", "book": "P1", "kind": "x", "ref": "x", "at_ms": 0, "reverses": None}
    tx.add(journal, head)


MINE, REVENUE, THEIRS = "P1/unbilled/S1/USD", "P1/revenue//USD", "P2/due/P1/USD"
WRONG = {
    "does not balance": lambda tx: raw(tx, {MINE: 5, REVENUE: -4}),
    "of two books": lambda tx: raw(tx, {MINE: 5, THEIRS: -5}),
    "entries without a journal": lambda tx: tx.run(
        entry.insert().values(journal_id="none", line=1, account_id=MINE, amount_minor=1)
    ),
    "an entry after the seal": lambda tx: tx.run(
        sa.insert(entry).from_select(
            ["journal_id", "line", "account_id", "amount_minor"],
            sa.select(journal.c.journal_id, sa.literal(99), sa.literal(MINE), sa.literal(1)).limit(1),
        )
    ),
    "changed": lambda tx: tx.run(entry.update().values(amount_minor=0)),
    "removed": lambda tx: tx.run(entry.delete()),
    "journal changed": lambda tx: tx.run(journal.update().values(at_ms=0)),
    "journal removed": lambda tx: tx.run(journal.delete()),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_the_database_refuses(desk: Desk, wrong: Any) -> None:
    """P4: entries balance by journal and book and never change, whatever the code in front of them does."""
    before = desk.look(SYSTEM, entries)
    with pytest.raises(sa.exc.DBAPIError):
        desk.do(DESK, wrong)
    assert desk.look(SYSTEM, entries) == before
    assert desk.store.read(ledger.problems) == []


def entries(tx: Tx) -> list[tuple[str, str, str, str, int]]:
    """All entries with what their accounts are."""
    rows = sa.select(account.c.book, account.c.kind, account.c.about, account.c.currency, entry.c.amount_minor)
    return sorted(map(tuple, tx.run(rows.join(entry, entry.c.account_id == account.c.account_id)).all()))


def test_a_journal_is_reversed_once(desk: Desk) -> None:
    """Two who cancel at once undo it once: the sum of all is then nothing on every account."""
    at_once([lambda: desk.do(DESK, lambda tx: sale.unsell(tx, "B0"))] * 4)
    for book in ("P1", "P2"):
        for kind in ("unbilled", "revenue", "due", "cost", "accrued"):
            assert desk.look(SYSTEM, lambda tx, b=book, k=kind: ledger.balance(tx, b, k)) == {}


# ---- the whole life of money

KEYS = (Key("leg", {}), Key("km", {}), Key("contribution", {}), Key("fixed", {"P1": 3, "P2": 4}))
PRICES = st.lists(
    st.builds(
        line,
        st.integers(-50, 10**6),
        st.sampled_from(["P1", "P2"]),
        st.sampled_from(["USD", "CHF"]),
        st.integers(0, 10**6),
        st.integers(0, 3000),
    ),
    min_size=1,
    max_size=4,
)


class Life(RuleBasedStateMachine):
    """Selling, changing, billing, paying, changing money, in any order, against sums kept beside."""

    desk: Desk
    clock: Clock

    @initialize()
    def begin(self) -> None:
        """A desk of its own kind of reference, so that runs in one database are apart."""
        self.run = self.desk.new_id("R")
        self.sold: dict[str, tuple[str, list[PriceLine]]] = {}
        self.fees = 0
        self.billed: dict[str, dict[str, int]] = {}

    def do(self, work: Any) -> Any:
        """A transaction, a minute after the last."""
        self.clock.now_ms += 60_000
        return self.desk.do(DESK, work, strict=True)

    @rule(lines=PRICES, seller=st.sampled_from(["P1", "P2"]), key=st.sampled_from(KEYS))
    def sell(self, lines: list[PriceLine], seller: str, key: Key) -> None:
        """A sale."""
        ref = f"{self.run}.{len(self.sold)}"
        self.do(lambda tx: sale.sell(tx, ref, seller, "S1", key, lines))
        self.sold[ref] = (seller, lines)
        self.billed[ref] = {}

    @rule(at=st.integers(0, 20), lines=st.one_of(st.just([]), PRICES), key=st.sampled_from(KEYS))
    def amend(self, at: int, lines: list[PriceLine], key: Key) -> None:
        """A sale is undone and, where it was amended and not cancelled, made anew."""
        for ref in list(self.sold)[at : at + 1]:
            seller = self.sold[ref][0]

            def work(tx: Tx, ref: str = ref, seller: str = seller) -> None:
                sale.unsell(tx, ref)
                sale.sell(tx, ref, seller, "S1", key, lines)

            self.do(work)
            self.sold[ref] = (seller, lines)

    @rule(at=st.integers(0, 20))
    def bill(self, at: int) -> None:
        """A bill: with those before, it is what was sold."""
        for ref in list(self.sold)[at : at + 1]:
            seller, lines = self.sold[ref]
            now = self.do(lambda tx, ref=ref, seller=seller: sale.bill(tx, ref, seller, "S1")).amounts
            before = self.billed[ref]
            sums = {code: before.get(code, 0) + now.get(code, 0) for code in {*before, *now}}
            self.billed[ref] = {code: amount for code, amount in sums.items() if amount}
            assert self.billed[ref] == {code: amount for code, amount in totals(lines).items() if amount}

    @rule(payer=st.sampled_from(["P1", "P2"]), amount=st.integers(1, 10**6))
    def pay(self, payer: str, amount: int) -> None:
        """Money between the partners: never more than is owed."""
        other = "P2" if payer == "P1" else "P1"
        owed = -self.desk.look(SYSTEM, lambda tx: ledger.balance(tx, payer, "due", about=other)).get("USD", 0)
        work = lambda tx: sale.pay_partner(tx, f"{self.run}.pay", payer, other, "USD", amount)  # noqa: E731
        if amount <= owed:
            self.do(work)
        else:
            with pytest.raises(Refused, match="than is owed"):
                self.do(work)

    @rule(amount=st.integers(1, 10**6))
    def change(self, amount: int) -> None:
        """Money from one currency into the other."""
        self.do(lambda tx: fx.change(tx, "P1", f"{self.run}.fx", "USD", "CHF", amount))

    @invariant()
    def all_balances(self) -> None:
        """Debits are credits in every currency, and what the books hold of revenue is what was sold, to the cent."""

        def look(tx: Tx) -> None:
            assert ledger.problems(tx.connection) == []
            sums: dict[tuple[str, str, str, str], int] = {}
            for book, kind, about, currency, amount in entries(tx):
                sums[book, kind, about, currency] = sums.get((book, kind, about, currency), 0) + amount
            for currency in ("USD", "CHF"):
                assert sum(amount for key, amount in sums.items() if key[3] == currency) == 0
                for one, two in (("P1", "P2"), ("P2", "P1")):
                    assert sums.get((one, "due", two, currency), 0) == -sums.get((two, "due", one, currency), 0)
            for book in ("P1", "P2"):
                folded = {key[3]: amount for key, amount in sums.items() if key[:3] == (book, "revenue", "") and amount}
                assert ledger.balance(tx, book, "revenue") == folded

        self.desk.look(SYSTEM, look)

    @invariant()
    def no_cent_is_lost(self) -> None:
        """Of each sale, the partners' revenues add up to what the customer owes for it."""

        def look(tx: Tx) -> None:
            for ref, (_, lines) in self.sold.items():
                earned: dict[str, int] = {}
                for book in ("P1", "P2"):
                    for code, amount in ledger.balance(tx, book, "revenue", ref=ref).items():
                        earned[code] = earned.get(code, 0) - amount
                expected = {code: amount for code, amount in totals(lines).items() if amount}
                assert {code: amount for code, amount in earned.items() if amount} == expected

        self.desk.look(SYSTEM, look)

    @invariant()
    def both_sides_agree(self) -> None:
        """The statement of the month comes to one hash from either book, and closes with what is due."""

        def look(tx: Tx) -> None:
            month = "2026-12"
            mine, theirs = netting.statement(tx, "P1", "P2", month), netting.statement(tx, "P2", "P1", month)
            assert mine.hash == theirs.hash
            assert mine.closing == ledger.balance(tx, "P1", "due", about="P2")

        self.desk.look(SYSTEM, look)


@pytest.mark.parametrize("runs", [rounds(12)])
def test_the_life_of_money(desk: Desk, clock: Clock, runs: int) -> None:
    """P4: whatever is sold, amended, cancelled, billed, paid and changed, after every step all of it holds."""
    year = (MONDAY_MS, MONDAY_MS + 365 * DAY_MS)
    desk.do(DESK, lambda tx: fx.put(tx, "USD", "CHF", Fraction(79, 100), *year, "test"))
    life = type("LifeHere", (Life,), {"desk": desk, "clock": clock})
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    run_state_machine_as_test(
        life,
        settings=settings(max_examples=runs, stateful_step_count=12, deadline=None, suppress_health_check=checks),
    )


# ---- rates and statements by hand


def test_changing_money_by_hand(desk: Desk, clock: Clock) -> None:
    """A tariff of 81.60 CHF at 0.79 CHF a USD is 103.29 USD (81.60 / 0.79 = 103.291...). Changed into CHF at 0.79, 100
    USD are 79 CHF; when the rate is 0.80 these are worth 98.75 USD: changing has cost 1.25.
    """
    quarter = MONDAY_MS + 30 * DAY_MS
    desk.do(DESK, lambda tx: fx.put(tx, "USD", "CHF", Fraction(79, 100), MONDAY_MS, quarter, "2026 Q4"))
    desk.do(DESK, lambda tx: fx.put(tx, "USD", "CHF", Fraction(80, 100), quarter, quarter + DAY_MS, "2027 Q1"))
    value = desk.look(DESK, lambda tx: fx.at(tx, "CHF", "USD", tx.now_ms))
    assert fx.turned(value, "CHF", "USD", 8160) == 10329
    assert desk.do(DESK, lambda tx: fx.change(tx, "P1", "x", "USD", "CHF", 10_000)) == 7_900
    assert desk.look(DESK, lambda tx: fx.difference(tx, "P1", "USD")) == 0
    clock.now_ms = quarter
    assert desk.look(DESK, lambda tx: fx.difference(tx, "P1", "USD")) == 125
    clock.now_ms = quarter + DAY_MS
    with pytest.raises(Refused, match="No rate"):
        desk.look(DESK, lambda tx: fx.at(tx, "USD", "CHF", tx.now_ms))


def test_a_rate_holds_alone(desk: Desk) -> None:
    """Two rates at one moment would give two prices."""
    desk.do(DESK, lambda tx: fx.put(tx, "USD", "CHF", Fraction(79, 100), 0, 10, "a"))
    with pytest.raises(Refused, match="holds already"):
        desk.do(DESK, lambda tx: fx.put(tx, "USD", "CHF", Fraction(80, 100), 9, 20, "b"))


def test_a_statement_is_signed_by_both(desk: Desk, clock: Clock) -> None:
    """Sold by P1 in December for 5.01 of P2's leg: P1 owes it. Signed once by each side when the month is over; what
    comes in January opens from there.
    """
    with pytest.raises(Refused, match="not over"):
        desk.do(DESK, lambda tx: netting.sign(tx, "P1", "P2", "2026-12"))
    clock.now_ms = MONDAY_MS + 40 * DAY_MS
    person(desk)
    assert desk.do(DESK, lambda tx: netting.sign(tx, "P1", "P2", "2026-12")) is None
    mine = desk.look(SYSTEM, lambda tx: netting.statement(tx, "P1", "P2", "2026-12"))
    assert mine.closing == {"USD": -501}
    assert desk.do(DESK, lambda tx: netting.sign(tx, "P2", "P1", "2026-12")) == mine.hash
    with pytest.raises(Refused, match="signed already"):
        desk.do(DESK, lambda tx: netting.sign(tx, "P2", "P1", "2026-12"))
    desk.do(DESK, lambda tx: sale.unsell(tx, "B0"))
    january = desk.look(SYSTEM, lambda tx: netting.statement(tx, "P2", "P1", "2027-01"))
    assert (january.opening, january.closing) == ({"USD": -501}, {})


def test_a_difference_is_named(desk: Desk) -> None:
    """When one book holds a line that the other does not, the hashes differ and the line is shown."""
    alone = [Posting("due", "P1", "USD", 7), Posting("revenue", "", "USD", -7)]
    desk.do(DESK, lambda tx: ledger.post(tx, "P2", "sale", "B9", alone))
    mine = desk.look(SYSTEM, lambda tx: netting.statement(tx, "P1", "P2", "2026-12"))
    theirs = desk.look(SYSTEM, lambda tx: netting.statement(tx, "P2", "P1", "2026-12"))
    assert mine.hash != theirs.hash
    assert [line for line in mine.lines if line not in theirs.lines] == []
    only_theirs = [line for line in theirs.lines if line not in mine.lines]
    assert [(one["ref"], one["amount_minor"]) for one in only_theirs] == [("B9", -7)]


def person(desk: Desk) -> None:
    """The person of the tests, who signs."""
    from koridor.operator.db.tables import person as table

    row = {"person_id": DESK.person_id, "party_id": "P1", "login": "x", "name": "x", "password_hash": "", "active": 1}
    desk.do(replace(DESK), lambda tx: tx.add(table, row))


# ---- numbers of bills


def sold(desk: Desk, ref: str, seller: str = "P1", amount: int = 100) -> None:
    """A sale to S1 that is not billed."""
    desk.do(DESK, lambda tx: sale.sell(tx, ref, seller, "S1", Key("leg", {}), [line(amount, seller)]))


def billed(tx: Tx, ref: str, seller: str = "P1") -> sale.Bill:
    """The bill of such a sale."""
    return sale.bill(tx, ref, seller, "S1")


def test_bills_are_numbered_by_book_and_year(desk: Desk, clock: Clock) -> None:
    """Each book and each year begins with 1; a credit note takes the next number, nothing to bill takes none."""
    for ref, seller in (("N1", "P1"), ("N2", "P2"), ("N3", "P1")):
        sold(desk, ref, seller)
    first = [desk.do(DESK, lambda tx, one=one: billed(tx, *one)) for one in (("N1", "P1"), ("N2", "P2"), ("N3", "P1"))]
    assert [one.number for one in first] == ["2026-000001", "2026-000001", "2026-000002"]
    assert desk.do(DESK, lambda tx: billed(tx, "N1")) == sale.Bill(None, {})
    desk.do(DESK, lambda tx: sale.unsell(tx, "N1"))
    assert desk.do(DESK, lambda tx: billed(tx, "N1")) == sale.Bill("2026-000003", {"USD": -100})
    clock.now_ms += 30 * DAY_MS
    sold(desk, "N4")
    assert desk.do(DESK, lambda tx: billed(tx, "N4")).number == "2027-000001"


@pytest.mark.parametrize("strict", [False, True])
def test_numbers_of_bills_have_no_gap_whoever_comes_at_once(desk: Desk, strict: bool) -> None:
    """Eight at once, of which every other breaks off at its end: 1 to 4, each once, as the books have them."""
    refs = [f"N{at}" for at in range(8)]
    for ref in refs:
        sold(desk, ref)

    def work(tx: Tx, ref: str) -> str | None:
        found = billed(tx, ref)
        if refs.index(ref) % 2:
            raise KeyError(ref)
        return found.number

    told = at_once(partial(desk.do, DESK, partial(work, ref=ref), strict=strict) for ref in refs)
    numbers = sorted(one for one in told if isinstance(one, str))
    assert numbers == [f"2026-00000{at}" for at in (1, 2, 3, 4)]
    assert sum(isinstance(one, KeyError) for one in told) == 4
    finance = Actor("bob", "P1", frozenset({"finance"}))
    shown = desk.look(finance, lambda tx: bills.listed(tx, 2026, 0))["bills"]
    assert [one["number"] for one in shown] == numbers
    assert {one["journal_id"] for one in shown} == set(
        desk.store.read(lambda c: c.execute(sa.select(journal.c.journal_id).filter_by(kind="bill")).scalars().all())
    )
    assert desk.store.read(bills.problems) == []
