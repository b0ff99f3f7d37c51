"""Carriers' statements, claims and rates: what is matched, borne and agreed, and that both partners' books go along."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from test_clocks import agreed
from test_equipment import box, code, pooled, told

from desks import DAY_MS, MONDAY_MS, Clock, at_once, offered, price_line, staffed, train, who
from koridor.operator import check
from koridor.operator.booking import book, quote
from koridor.operator.common.actor import SYSTEM, Actor
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.migrate import migrate
from koridor.operator.db.store import Store
from koridor.operator.db.tables import book_rate, party
from koridor.operator.equipment import clocks
from koridor.operator.money import aging, carriers, claims, fx, ledger, netting, sale
from koridor.operator.money.carriers import Line, tolerated
from koridor.operator.money.claims import Delay
from koridor.operator.money.split import Key

ANN, BOB, FAY, GUS = who("ann"), who("bob"), who("fay"), who("gus")


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """A desk with people, a train and one sale of two partners: P1 expects 700.00 of C1, P2 400.00."""

    def work(tx: Tx) -> None:
        staffed(tx)
        train(tx)
        lines = [price_line(100_000, "P1", cost=70_000), price_line(50_001, "P2", cost=40_000)]
        sale.sell(tx, "B0", "P1", "S1", Key("leg", {}), lines)

    desk.do(ANN, work)
    return desk


def entered(desk: Desk, *lines: Line, number: str = "7", actor: Actor = BOB) -> dict[str, Any]:
    """A statement of C1."""
    made = desk.do(actor, lambda tx: carriers.enter(tx, "C1", number, "USD", lines), strict=True)
    return desk.look(actor, lambda tx: carriers.view(tx, made))


def owed(desk: Desk, kind: str, book_: str = "P1", about: str = "C1") -> dict[str, int]:
    """What stands in a book about a party."""
    return desk.look(SYSTEM, lambda tx: ledger.balance(tx, book_, kind, about=about))


# ---- carriers' statements


def test_a_statement_is_matched(desk: Desk) -> None:
    """Two wagons of one booking make 702.50: within 5.00 and 5 in 1000 of 700.00, so matched; 2.50 are cost."""
    made = entered(desk, Line("B0", "wagon 1", 35_000), Line("B0", "wagon 2", 35_250))
    assert [(one["expected_minor"], one["amount_minor"], one["state"]) for one in made["lines"]] == [
        (70_000, 70_250, "matched")
    ]
    assert made["missing"] == []
    assert (owed(desk, "accrued"), owed(desk, "payable")) == ({}, {"USD": -70_250})
    assert owed(desk, "cost", about="") == {"USD": 70_250}
    assert owed(desk, "accrued", "P2") == {"USD": -40_000}
    again = entered(desk, Line("B0", "again", 70_250), number="8")
    assert [one["state"] for one in again["lines"]] == ["unknown"]
    assert desk.store.read(check.problems) == []


def test_what_does_not_agree_waits(desk: Desk) -> None:
    """730.00 for 700.00 is a difference and 12.00 for nothing is unknown: neither is posted, the accrual is missing.

    Disputed, then accepted: 30.00 more cost. What is withdrawn costs nothing, and nothing is decided twice.
    """
    made = entered(desk, Line("B0", "", 73_000), Line("X9", "", 1_200))
    assert {one["ref"]: one["state"] for one in made["lines"]} == {"B0": "difference", "X9": "unknown"}
    assert made["missing"] == [{"ref": "B0", "expected_minor": 70_000}]
    assert owed(desk, "payable") == {}

    def decide(ref: str, action: str, actor: Actor = BOB) -> Any:
        return lambda: desk.do(actor, lambda tx: carriers.decide(tx, made["statement_id"], ref, action), strict=True)

    decide("B0", "dispute")()
    decide("B0", "accept")()
    decide("X9", "withdraw")()
    assert (owed(desk, "accrued"), owed(desk, "payable")) == ({}, {"USD": -73_000})
    for ref, action, actor, why in (("B0", "accept", BOB, "accepted"), ("X1", "accept", BOB, "nothing"),
                                    ("B0", "accept", FAY, "nothing")):  # fmt: skip
        with pytest.raises(Refused, match=why):
            decide(ref, action, actor)()
    assert [one["open"] for one in desk.look(BOB, carriers.listed)] == [0]
    assert desk.look(FAY, carriers.listed) == []


def test_one_accrual_is_matched_once(desk: Desk) -> None:
    """Two statements that ask for the same booking at once: one is matched, the other finds nothing expected."""
    works = [lambda n=number: entered(desk, Line("B0", "", 70_000), number=n) for number in ("1", "2", "3")]
    states = sorted(result["lines"][0]["state"] for result in at_once(works))
    assert states == ["matched", "unknown", "unknown"]
    assert owed(desk, "payable") == {"USD": -70_000}


def test_paid_before_it_is_asked(desk: Desk) -> None:
    """600.00 were paid on account; the statement of 700.00 is matched all the same, and 100.00 are left to pay."""
    desk.do(BOB, lambda tx: sale.pay_carrier(tx, "P0", "P1", "C1", "USD", 60_000), strict=True)
    assert entered(desk, Line("B0", "", 70_000))["lines"][0]["state"] == "matched"
    assert code(desk, BOB, lambda tx: sale.pay_carrier(tx, "P1", "P1", "C1", "USD", 10_001)) == "ledger"
    desk.do(BOB, lambda tx: sale.pay_carrier(tx, "P1", "P1", "C1", "USD", 10_000), strict=True)
    total = owed(desk, "payable").get("USD", 0) + owed(desk, "accrued").get("USD", 0)
    assert total == 0


def test_a_unit_is_a_reference(desk: Desk, clock: Clock) -> None:
    """C1 asks for demurrage by the number of the box: what its clock came to is what was expected. It asks 10 cents
    more, which is tolerated and cost, and does not come back when the clock is settled again.
    """
    pool_id, (one,) = pooled(desk, box(1))
    agreed(desk, pool_id)
    told(desk, one, "DISC", "d", place_id="D")
    clock.now_ms += 8 * DAY_MS
    desk.do(BOB, lambda tx: clocks.settle(tx, one), strict=True)
    (line,) = entered(desk, Line(box(1).number, "demurrage", 4010))["lines"]
    assert (line["state"], line["expected_minor"]) == ("matched", 4000)
    again = desk.do(BOB, lambda tx: clocks.settle(tx, one), strict=True)
    assert [row["change_minor"] for row in again] == [0]
    assert owed(desk, "payable") == {"USD": -4010}


CSVS = ["", "ref,amount\nB0,1", "ref,note,amount\nB0,x", "ref,note,amount\n,x,1.00", "ref,note,amount\nB0,x,1.005",
        'ref,note,amount\n"a\nb",x,1.00', 'ref,note,amount\n"B0']  # fmt: skip


def test_lines_come_as_csv() -> None:
    """Amounts are decimal; a cell with a comma is one; what cannot be meant is refused, all lines of it at once."""
    text = 'ref,note,amount\nB0,"wagon, 1",350.00\nB0,credit,-0.5\n'
    assert carriers.read_lines(text, "USD") == [Line("B0", "wagon, 1", 35_000), Line("B0", "credit", -50)]
    for wrong in CSVS:
        with pytest.raises(Refused):
            carriers.read_lines(wrong, "USD")
    with pytest.raises(Refused) as refused:
        carriers.read_lines("ref,note,amount\nB0,x,y\n,x,1\n", "USD")
    assert len(refused.value.facts["problems"]) == 2


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
def test_a_tolerance_is_two_sided(expected: int, off: int) -> None:
    """More and less by the same are treated alike, the same amount always agrees, and 5.01 off never does."""
    assert tolerated("USD", expected, expected + off) == tolerated("USD", expected, expected - off)
    assert tolerated("USD", expected, expected)
    assert abs(off) <= 500 or not tolerated("USD", expected, expected + off)


# ---- what customers owe


def test_what_is_owed_grows_old(desk: Desk, clock: Clock) -> None:
    """1 500.01 billed, 500.00 of it paid three days later: 1 000.01 are open for five days; paid, nothing is told."""
    desk.do(BOB, lambda tx: sale.bill(tx, "B0", "P1", "S1"))
    clock.now_ms += 3 * DAY_MS
    desk.do(BOB, lambda tx: sale.receive(tx, "B0", "P1", "S1", "USD", 50_000))
    clock.now_ms += 2 * DAY_MS
    (row,) = desk.look(BOB, aging.receivables)
    assert (row["customer_id"], row["ref"], row["open_minor"], row["days"]) == ("S1", "B0", 100_001, 5)
    assert desk.look(FAY, aging.receivables) == []
    desk.do(BOB, lambda tx: sale.receive(tx, "B0", "P1", "S1", "USD", 100_001))
    assert desk.look(BOB, aging.receivables) == []


# ---- claims


def carried(desk: Desk) -> str:
    """A booking of S1 by P1 that is confirmed: leg 0, of which P1 has 700.00 and P2 400.00 to pay to C1."""
    made = desk.do(ANN, lambda tx: quote.make(tx, offered()))
    booking_id = desk.do(GUS, lambda tx: book.receive(tx, made.quote_id))
    desk.do(ANN, lambda tx: book.confirm(tx, booking_id))
    return booking_id


LATE = Delay(3000, True, 0, 0, date(2026, 11, 1), date(2026, 11, 24))


def test_a_delay_by_article_45(desk: Desk) -> None:
    """3 000 km in containers at 150 a day and a day of dispatch are 21 days; 23 were taken: 2/21 is below 1/10, 6 % of
    P1's 700.00 are 42.00. A week more is 9/21, above 3/10: 30 %. In time, nothing is due.
    """
    booking_id = carried(desk)
    for arrived, amount in ((date(2026, 11, 24), 4_200), (date(2026, 12, 1), 21_000)):
        delay = Delay(3000, True, 0, 0, date(2026, 11, 1), arrived)
        made = desk.do(BOB, lambda tx, d=delay: claims.note_delay(tx, booking_id, 0, "USD", d))
        shown = desk.look(BOB, lambda tx, m=made: claims.view(tx, m))
        assert (shown["amount_minor"], shown["bearer_id"], shown["content"]["estimate"]) == (amount, "P1", True)
        assert code(desk, BOB, lambda tx: claims.note_delay(tx, booking_id, 0, "USD", LATE)) == "conflict"
        step(desk, BOB, made, "drop")
    of_old = Delay(1, True, 0, 0, date(2001, 1, 1), date(2002, 1, 1))
    on_time = Delay(3000, True, 0, 0, date(2026, 11, 1), date(2026, 11, 22))
    for work in (
        lambda tx: claims.note_delay(tx, booking_id, 0, "USD", on_time),
        lambda tx: claims.note_delay(tx, booking_id, 3, "USD", LATE),
        lambda tx: claims.note_delay(tx, booking_id, 0, "EUR", LATE),
        lambda tx: claims.note_delay(tx, booking_id, 0, "USD", of_old),
    ):
        assert code(desk, BOB, work) == "invalid"
    assert code(desk, FAY, lambda tx: claims.note_delay(tx, booking_id, 0, "USD", LATE)) == "forbidden"


def step(desk: Desk, actor: Actor, claim_id: str, action: str, amount: int | None = None) -> None:
    """A step of a claim."""
    desk.do(actor, lambda tx: claims.advance(tx, claim_id, action, amount), strict=True)


def theirs(desk: Desk) -> str:
    """A booking that P2 sells, on a leg that P1 bears."""
    lines = (price_line(90_000, "P1", cost=70_000),)
    eve = who("eve")
    made = desk.do(eve, lambda tx: quote.make(tx, quote.Offer("S1", offered().legs, {"teu": 4}, lines, {})))
    booking_id = desk.do(GUS, lambda tx: book.receive(tx, made.quote_id))
    desk.do(eve, lambda tx: book.confirm(tx, booking_id))
    return booking_id


def test_who_bears_it_owes_it(desk: Desk, clock: Clock) -> None:
    """P2 sold, P1's leg was late: P1 agrees to 30.00 of 42.00. S1 is credited by P2, P1 owes P2, C1 grants 25.00; both
    statements of the month come to one hash and tell of the claim; the books hold.
    """
    booking_id = theirs(desk)
    claim_id = desk.do(FAY, lambda tx: claims.note_delay(tx, booking_id, 0, "USD", LATE))
    before = owed(desk, "due", "P2", "P1")["USD"]
    step(desk, FAY, claim_id, "file")
    for actor, action, amount, refused in (
        (FAY, "agree", 3000, "forbidden"),
        (BOB, "agree", 4201, "invalid"),
        (BOB, "agree", None, "invalid"),
        (FAY, "file", None, "not_allowed_now"),
        (BOB, "recover", 1, "not_allowed_now"),
        (Actor("x", "C1", frozenset()), "agree", 1, "not_found"),
    ):
        work = lambda tx, a=action, n=amount: claims.advance(tx, claim_id, a, n)  # noqa: E731
        assert code(desk, actor, work) == refused
    step(desk, BOB, claim_id, "agree", 3000)
    assert owed(desk, "due", "P2", "P1")["USD"] == before + 3000
    assert owed(desk, "unbilled", "P2", "S1") == {"USD": 87_000}
    step(desk, BOB, claim_id, "recover", 2500)
    assert owed(desk, "payable") == {"USD": 2500}
    mine = desk.look(BOB, lambda tx: netting.statement(tx, "P1", "P2", "2026-12"))
    other = desk.look(FAY, lambda tx: netting.statement(tx, "P2", "P1", "2026-12"))
    assert mine.hash == other.hash
    assert [line["amount_minor"] for line in mine.lines if line["kind"] == "claim"] == [-3000]
    assert desk.store.read(check.problems) == []


def test_a_claim_has_deadlines(desk: Desk, clock: Clock) -> None:
    """Two months after the arrival, and nine for loss: then it is not filed; what was refused can be appealed."""
    booking_id = carried(desk)
    late = desk.do(BOB, lambda tx: claims.note_delay(tx, booking_id, 0, "USD", LATE))
    told_ = ("damage", "USD", 12_300, date(2026, 11, 24), "wet")
    wet = desk.do(BOB, lambda tx: claims.note_loss(tx, booking_id, 0, *told_))
    clock.now_ms = MONDAY_MS + 90 * DAY_MS
    assert code(desk, BOB, lambda tx: claims.advance(tx, late, "file")) == "not_allowed_now"
    assert [one["overdue"] for one in desk.look(BOB, claims.listed)] == [True, False]
    for action in ("file", "refuse", "appeal"):
        step(desk, BOB, wet, action)
    step(desk, BOB, wet, "agree", 12_300)
    step(desk, BOB, late, "drop")
    assert {one["state"] for one in desk.look(BOB, claims.listed)} == {"agreed", "dropped"}
    assert owed(desk, "cost", about="")["USD"] == 70_000 + 70_000 + 12_300


def test_a_claim_outlives_a_change_of_the_price(desk: Desk) -> None:
    """What is agreed stays when the booking's sale is undone: a credit of 42.00 is all that is left of S1's account."""
    booking_id = carried(desk)
    claim_id = desk.do(BOB, lambda tx: claims.note_delay(tx, booking_id, 0, "USD", LATE))
    step(desk, BOB, claim_id, "file")
    step(desk, BOB, claim_id, "agree", 4_200)
    desk.do(ANN, lambda tx: sale.unsell(tx, booking_id))
    left = desk.look(BOB, lambda tx: ledger.balance(tx, "P1", "unbilled", about="S1", ref=booking_id))
    assert left == {"USD": -4_200}


# ---- rates


def put(desk: Desk, actor: Actor, value: Fraction, supersedes: str | None = None) -> str:
    """A rate of USD in CHF for a year."""
    span = (MONDAY_MS, MONDAY_MS + 365 * DAY_MS)
    return desk.do(actor, lambda tx: fx.put(tx, "USD", "CHF", value, *span, "bank", supersedes=supersedes), strict=True)


def test_each_book_has_its_rates(desk: Desk) -> None:
    """P1's rate is nothing to P2, who cannot take it back; P1 can, by another, and both stay to be seen."""
    first = put(desk, BOB, Fraction(79, 100))
    assert code(desk, FAY, lambda tx: fx.at(tx, "USD", "CHF", tx.now_ms)) == "not_found"
    with pytest.raises(Refused, match="nothing of that id"):
        put(desk, FAY, Fraction(1), supersedes=first)
    put(desk, FAY, Fraction(82, 100))
    with pytest.raises(Refused, match="holds already"):
        put(desk, BOB, Fraction(80, 100))
    second = put(desk, BOB, Fraction(80, 100), supersedes=first)
    with pytest.raises(Refused, match="nothing of that id"):
        put(desk, BOB, Fraction(81, 100), supersedes=first)
    assert desk.look(BOB, lambda tx: fx.at(tx, "USD", "CHF", tx.now_ms)) == Fraction(80, 100)
    shown = desk.look(BOB, fx.listed)
    assert {(one["rate_id"], one["supersedes"]) for one in shown} == {(first, None), (second, first)}
    assert len(desk.look(FAY, fx.listed)) == 1


def test_two_rates_at_once(desk: Desk) -> None:
    """Of four that would hold at once, one is kept."""
    results = at_once([lambda n=n: put(desk, BOB, Fraction(n, 100)) for n in range(1, 5)])
    assert sum(isinstance(one, str) for one in results) == 1
    assert len(desk.look(BOB, fx.listed)) == 1


def test_differences_of_rates_have_an_account(desk: Desk, clock: Clock) -> None:
    """100 USD became 79 CHF; at 0.80 these are worth 98.75: 1.25 go to the account once; closing again adds nothing."""
    first = put(desk, BOB, Fraction(79, 100))
    desk.do(BOB, lambda tx: fx.change(tx, "P1", "x", "USD", "CHF", 10_000))
    put(desk, BOB, Fraction(80, 100), supersedes=first)
    assert desk.do(BOB, lambda tx: fx.close(tx, "P1", "c1", "USD"), strict=True) == 125
    assert desk.do(BOB, lambda tx: fx.close(tx, "P1", "c2", "USD"), strict=True) == 0
    assert owed(desk, "fx_difference", about="") == {"USD": 125}
    assert desk.look(BOB, lambda tx: fx.difference(tx, "P1", "USD")) == 0


def test_rates_of_before_are_both_partners(where: str) -> None:
    """P14: a rate that was common to all becomes one of each partner's book; a shipper has no book."""
    with Store(where) as store:
        store.write(lambda connection: migrate(connection, MONDAY_MS, to=1))

        def before(connection: sa.Connection) -> None:
            for party_id, kind in (("P1", "partner"), ("P2", "partner"), ("S1", "shipper")):
                connection.execute(party.insert().values(party_id=party_id, kind=kind, name=party_id))
            connection.exec_driver_sql("INSERT INTO rate VALUES ('USD', 'CHF', 5, 9, 79, 100, 'bank')")

        store.write(before)
        store.write(lambda connection: migrate(connection, MONDAY_MS))
        rows = store.read(lambda connection: connection.execute(sa.select(book_rate)).all())
    assert sorted((row.book, row.base, row.quoted, row.numerator, row.valid_to_ms) for row in rows) == [
        ("P1", "USD", "CHF", 79, 9),
        ("P2", "USD", "CHF", 79, 9),
    ]
    assert len({row.rate_id for row in rows}) == 2
