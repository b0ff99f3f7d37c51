"""A whole desk from one seed: people do what they may, in any order, while time goes on, requests are told twice,
transactions break off and the network to the partners loses, doubles and delays; after each step it must add up.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

import sqlalchemy as sa

from desks import DAY_MS, HOUR_MS, MONDAY_MS, Clock, counted, offered, staffed, train, who
from koridor.operator import check, four_eyes
from koridor.operator.booking import book, change, plans, quote, shipments, states, step
from koridor.operator.booking.tend import tend
from koridor.operator.common.actor import SYSTEM, Actor
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.common.idempotency import Answer, once
from koridor.operator.db.statement import Fixed
from koridor.operator.db.tables import METADATA, booking, capacity, entry
from koridor.operator.money import ledger, netting, sale
from koridor.operator.money.price import totals
from partners import Partners

Work = Callable[[Tx], Any]
STEPS = 120
CAPACITY = Fixed(sa.select(capacity))
LEFT_OVER = Fixed(sa.select(sa.func.coalesce(sa.func.sum(entry.c.amount_minor), 0)))
IDS = {name: Fixed(sa.select(METADATA.tables[name].c[f"{name}_id"])) for name in ("booking", "shipment", "proposal")}
SELLER = Fixed(sa.select(booking.c.seller_id).where(booking.c.booking_id == sa.bindparam("booking_id")))
BREAK, AGAIN = 0.08, 0.25  # how often a transaction breaks off before its commit, and a request is told again


class BrokenOffError(Exception):
    """The process died before the commit."""


@dataclass(slots=True)
class Simulation:
    """A desk, its clock, one source of chance, and the network to its partners, with a source of its own."""

    desk: Desk
    clock: Clock
    random: Random
    partners: Partners
    quotes: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def tried(self, actor: Actor, work: Work) -> Any:
        """What came of a work, told once or more, maybe broken off before; None where it was refused."""
        key, result = self.desk.new_id("key"), None
        breaks, times = self.random.random() < BREAK, 2 if self.random.random() < AGAIN else 1

        def whole(tx: Tx, *, dies: bool) -> Answer:
            answer = once(tx, "simulated", key, {}, lambda: Answer(201, str(work(tx))), lambda no: Answer(409, no.code))
            if dies:
                raise BrokenOffError
            return answer

        if breaks:
            with suppress(BrokenOffError):
                self.desk.do(actor, lambda tx: whole(tx, dies=True))
        answers = [self.desk.do(actor, lambda tx: whole(tx, dies=False)) for _ in range(times)]
        assert len(set(answers)) == 1
        name = f"{work.__name__}: {answers[0].status if answers[0].status == 201 else answers[0].body}"
        self.counts[name] = self.counts.get(name, 0) + 1
        if answers[0].status == 201:
            result = answers[0].body
        return result

    def one_of(self, kind: str) -> str:
        """Id of any booking, shipment or proposal, or of none."""
        ids = self.ids(kind)
        return self.random.choice(ids) if ids else "nothing"

    def act(self) -> None:
        """Somebody does something, and time goes on."""
        self.clock.now_ms += self.random.choice([1, HOUR_MS // 10, HOUR_MS])
        kinds = (self._quote, self._book, self._change, self._decide, self._decide, self._plan, self._other)
        actor, work = self.random.choice(kinds)()
        found = self.tried(actor, work)
        if work.__name__ == "make" and found:
            self.quotes.append(found)
        if work.__name__ == "receive" and found:
            self.acknowledged.append(found)
        self.partners.go_on(self.ids("shipment"))
        self.must_hold_always()

    def ids(self, kind: str) -> list[str]:
        """Ids of all of a kind, in order."""
        return self.desk.look(SYSTEM, lambda tx: sorted(tx.run(IDS[kind]).scalars()))

    def _quote(self) -> tuple[Actor, Work]:
        kinds = {
            "departure_id": self.random.choice(["T1", "T2"]),
            "railways": self.random.choice([(), (), ("BCh",)]),
            "teu": self.random.choice([1, 4, 9, 18]),
            "to": self.random.choice("BCD"),
        }

        def make(tx: Tx) -> str:
            return quote.make(tx, offered(**kinds)).quote_id

        return who(self.random.choice(["ann", "eve"])), make

    def _book(self) -> tuple[Actor, Work]:
        quote_id, wait = self._any_quote(), self.random.random() < 0.5

        def receive(tx: Tx) -> str:
            return book.receive(tx, quote_id, wait=wait)

        return who(self.random.choice(["gus", "gus", "gus", "hal"])), receive

    def _any_quote(self) -> str:
        return self.random.choice(self.quotes) if self.quotes else "nothing"

    def _change(self) -> tuple[Actor, Work]:
        one, other = self.one_of("booking"), self._any_quote()
        named: dict[str, Work] = {
            "cancel": lambda tx: change.cancel(tx, one, "x").status,
            "update": lambda tx: change.update(tx, one, other).status,
            "amend": lambda tx: change.amend(tx, one, other).status,
            "amend again": lambda tx: change.amend(tx, one, other).status,
            "cancel_amendment": lambda tx: change.cancel_amendment(tx, one).status,
        }
        return who("gus"), self._any(named)

    def _decide(self) -> tuple[Actor, Work]:
        one, granted = self.one_of("booking"), self.random.random() < 0.7
        named: dict[str, Work] = {
            "confirm": lambda tx: book.confirm(tx, one).status,
            "ask_plan": lambda tx: book.ask_plan(tx, one).status,
            "reject": lambda tx: change.reject(tx, one, "x").status,
            "decline": lambda tx: change.decline(tx, one, "x").status,
            "ask_update": lambda tx: change.ask_update(tx, one, "x").status,
            "ask_amendment": lambda tx: change.ask_amendment(tx, one, "x").status,
            "complete": lambda tx: change.complete(tx, one).status,
            "amendment": lambda tx: change.decide_amendment(tx, one, granted=granted).status,
            "cancellation": lambda tx: change.decide_cancellation(tx, one, granted=granted).status,
        }
        often = ["confirm"] * 6 + ["ask_plan"] * 3 + ["amendment", "cancellation"] * 4
        return who(self._seller_of(one)), self._any(named, often)

    def _seller_of(self, booking_id: str) -> str:
        """Who sold it, or now and then somebody else."""
        seller_id = self.desk.look(SYSTEM, lambda tx: next(iter(tx.run(SELLER, booking_id=booking_id).scalars()), None))
        right, wrong = ("eve", "ann") if seller_id == "P2" else ("ann", "eve")
        return right if self.random.random() < 0.9 else wrong

    def _plan(self) -> tuple[Actor, Work]:
        one, word = self.one_of("booking"), self.random.choice(["agreed", "agreed", "refused"])
        content = {"ref": "1", "payer_code": "7", "valid_from_ms": 1, "valid_to_ms": MONDAY_MS + 90 * DAY_MS}

        def answer(tx: Tx) -> None:
            plans.record(tx, one, "BCh", word, content)

        return who("dan"), answer

    def _other(self) -> tuple[Actor, Work]:
        carried, decided = self.one_of("shipment"), self.one_of("proposal")
        event_id, kind = f"e{self.random.randint(0, 9)}", self.random.choice(["LOAD", "DISC", "RETRACT"])
        quantity = self.random.choice(["8", "9", "10"])

        def tell(tx: Tx) -> None:
            known = {"event_id": event_id, "happened_ms": MONDAY_MS}
            shipments.tell(tx, carried, kind, {"retracts": "e1"}, **known)

        def propose_cut(tx: Tx) -> str:
            content = {"departure_id": "T1", "resource": "teu", "quantity": quantity}
            return four_eyes.propose(tx, "capacity_cut", content)

        def decide(tx: Tx) -> None:
            four_eyes.decide(tx, decided, granted=True)

        works = [(who("ian"), tell), (who("ann"), propose_cut), (who("cid"), decide), (who("cid"), tend)]
        return self.random.choice(works)

    def _any(self, named: dict[str, Work], often: list[str] | None = None) -> Work:
        name = self.random.choice([*named, *(often or [])])
        work = named[name]
        work.__name__ = name
        return work

    def must_hold_always(self) -> None:
        """After each step: counters are what the holds add up to, money is nowhere lost, what was told is there."""
        self.desk.look(SYSTEM, self._always)

    def _always(self, tx: Tx) -> None:
        found = counted(tx)
        for row in tx.run(CAPACITY):
            key = (row.departure_id, row.seq, row.resource, row.pool)
            assert (row.sold, row.held) == (found.get((*key, "posted"), 0), found.get((*key, "pending"), 0))
            assert row.sold + row.held <= row.cap + row.overbook
        assert tx.run(LEFT_OVER).scalar_one() == 0
        assert set(self.acknowledged) <= set(tx.run(IDS["booking"]).scalars())

    def must_hold(self) -> None:
        """Counters, rows, books and statements are what they must be."""
        assert self.desk.store.read(check.problems) == []
        self.desk.look(SYSTEM, _books_hold)


def _books_hold(tx: Tx) -> None:
    """What is owed of a booking is its price where it is sold, its fee where it was cancelled, else nothing.

    And each partner's statement comes to the other's hash.
    """
    for row in tx.run(sa.select(booking)).all():
        state = step.state_of(tx, row.booking_id)
        owed = ledger.balance(tx, row.seller_id, "unbilled", ref=row.booking_id)
        billed = ledger.balance(tx, row.seller_id, "receivable", ref=row.booking_id)
        whole = {code: owed.get(code, 0) + billed.get(code, 0) for code in {*owed, *billed}}
        price = totals(quote.of(tx, state.quote_id).offer.lines)
        if state.status in (*states.SOLD, "COMPLETED"):
            assert whole == price
        elif state.cancellation == "CANCELLATION_CONFIRMED":
            assert all(0 <= amount <= price[code] for code, amount in whole.items())
        else:
            assert not any(whole.values())
    mine, theirs = netting.statement(tx, "P1", "P2", "2026-12"), netting.statement(tx, "P2", "P1", "2026-12")
    assert mine.hash == theirs.hash


def prepare(desk: Desk) -> None:
    """People, terms and two trains."""
    desk.do(who("ann"), lambda tx: (staffed(tx), train(tx, starts_ms=MONDAY_MS + 3 * DAY_MS)))
    desk.do(who("ann"), lambda tx: train(tx, "T2", starts_ms=MONDAY_MS + 9 * DAY_MS))


def run(desk: Desk, clock: Clock, seed: int, steps: int = STEPS) -> dict[str, int]:
    """What was tried on a prepared desk, and how often with what outcome. Raises AssertionError where it is wrong."""
    simulation = Simulation(desk, clock, Random(seed), Partners(desk, clock, Random(~seed)))
    for number in range(steps):
        simulation.act()
        if number % 30 == 29:
            simulation.must_hold()
    for row in desk.look(SYSTEM, lambda tx: tx.run(sa.select(booking)).all()):
        desk.do(who("bob"), lambda tx, row=row: sale.bill(tx, row.booking_id, row.seller_id, row.customer_id))
    simulation.partners.drain()
    simulation.must_hold()
    return simulation.counts
