"""One enquiry after another, each with what comes of it: ways, quotes, bookings, plans, bills, payments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from koridor.operator.booking import book, change, itinerary, plans
from koridor.operator.booking.quote import Quote
from koridor.operator.common.actor import SYSTEM, Actor
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.common.policy import DAY_MS, HOUR_MS
from koridor.operator.common.refused import Refused
from koridor.operator.demo.carriage import Carriage
from koridor.operator.demo.diary import Diary
from koridor.operator.demo.people import PARTNERS
from koridor.operator.money import sale
from koridor.operator.quoting import answers
from koridor.operator.quoting.ask import ask
from koridor.operator.quoting.enquiry import Enquiry, Kind
from koridor.operator.quoting.networks import Networks


@dataclass(slots=True)
class Trade:
    """The month as it goes on.

    Attributes
    ----------
    networks : Networks
        The network in force, made ready once.
    counts : dict
        How often what happened.
    """

    desk: Desk
    diary: Diary
    actors: Mapping[str, Actor]
    plan: Mapping[str, Any]
    random: Random
    networks: Networks = field(default_factory=Networks)
    counts: dict[str, int] = field(default_factory=dict)

    def count(self, what: str) -> None:
        """One more of something."""
        self.counts[what] = self.counts.get(what, 0) + 1

    def days(self, most: float) -> int:
        """Some time of at most so many days, in milliseconds."""
        return round(self.random.uniform(0.1, 1.0) * most * DAY_MS)

    def later(self, days: float, work: Callable[[], object]) -> None:
        """A work of the coming days."""
        self.diary.at(self.diary.now_ms + self.days(days), work)

    def clerk(self, role: str, partner: str) -> Actor:
        """A person of a partner."""
        return self.actors[f"{role}-{partner[-1]}"]

    def tried(self, actor: Actor, work: Callable[[Tx], object], what: str) -> bool:
        """Whether a step was taken; one that the state of things refuses is counted."""
        try:
            self.desk.do(actor, work)
        except Refused:
            self.count(f"{what}: refused")
            return False
        self.count(what)
        return True

    def enquire(self, row: Mapping[str, Any]) -> None:
        """A shipper asks one of the partners, which makes quotes of the best ways that ride a departure."""
        shipper, seller = f"shipper-{self.random.randint(1, self.plan['shippers'])}", self.random.choice(PARTNERS)
        ready_ms = self.diary.now_ms + self.plan["ready_days"] * DAY_MS
        ends, kind = (row["from_place"], row["to_place"]), Kind(row["kind"])
        asked = Enquiry(seller, shipper, *ends, row["cargo"], ready_ms, kind=kind)
        found = ask(self.desk, self.actors[shipper], self.networks, asked)
        enquiry_id = self.desk.do(self.actors[shipper], lambda tx: answers.keep(tx, found))
        kept = self.desk.look(SYSTEM, lambda tx: answers.of(tx, enquiry_id))
        self.count("enquiries")
        riding = [name for name, one in kept.offers.items() if any(leg.departure_id for leg in one.legs)]
        for name in riding[: self.plan["quotes_max"]]:
            self.offer(enquiry_id, name, seller)

    def offer(self, enquiry_id: str, way: str, seller: str) -> None:
        """A way becomes a quote, of which the shipper books some consignments."""
        made = self.desk.do(self.clerk("sales", seller), lambda tx: answers.make_quote(tx, enquiry_id, way))
        self.count("quotes")
        for _ in range(self.random.randint(1, self.plan["consignments_max"])):
            if self.random.random() < self.plan["booked_share"]:
                self.later(1, partial(self.book, made))

    def book(self, made: Quote) -> None:
        """The shipper books; the partner asks the railways."""
        shipper = self.actors[made.offer.customer_id]
        try:
            booking_id = self.desk.do(shipper, lambda tx: book.receive(tx, made.quote_id, wait=True))
        except Refused:
            self.count("bookings: refused")
            return
        self.count("bookings")
        asks = self.ask if itinerary.railways(made.offer.legs) else self.confirm
        self.later(1, partial(asks, booking_id, made))

    def ask(self, booking_id: str, made: Quote) -> None:
        """The railways are asked, and answer one by one."""
        if not self.tried(self.clerk("sales", made.seller_id), lambda tx: book.ask_plan(tx, booking_id), "plans"):
            return
        for railway in itinerary.railways(made.offer.legs):
            word = "refused" if self.random.random() < self.plan["refused_share"] else "agreed"
            self.later(self.plan["answer_days"], partial(self.answer, booking_id, made, railway, word))
        when_ms = self.diary.now_ms + round(self.plan["answer_days"] * 1.1 * DAY_MS)
        self.diary.at(when_ms, partial(self.confirm, booking_id, made))

    def answer(self, booking_id: str, made: Quote, railway: str, word: str) -> None:
        """A railway's answer, which holds until the goods are there."""
        span = {"valid_from_ms": self.diary.now_ms, "valid_to_ms": made.offer.facts["arrives_ms"]}
        content = {"ref": f"GU-12/{booking_id[-4:]}", "payer_code": f"demo-{railway}", **span}
        plan_clerk = self.clerk("plans", made.seller_id)
        self.tried(plan_clerk, lambda tx: plans.record(tx, booking_id, railway, word, content), f"railways: {word}")

    def confirm(self, booking_id: str, made: Quote) -> None:
        """The partner confirms; the goods are carried, or the shipper cancels before."""
        if not self.tried(self.clerk("sales", made.seller_id), lambda tx: book.confirm(tx, booking_id), "confirmed"):
            return
        if self.random.random() < self.plan["cancelled_share"]:
            self.later(2, partial(self.cancel, booking_id, made))
            return
        late_ms = round(self.random.random() * self.plan["late_h"] * HOUR_MS)
        carriage = Carriage.of(self.desk, self.clerk("desk", made.seller_id), booking_id, made.offer)
        for told in carriage.course(late_ms):
            self.diary.at(told.when_ms, partial(self.tried, carriage.teller, told.work, "events"))
        self.diary.at(made.offer.facts["leaves_ms"], partial(self.bill, booking_id, made))
        self.diary.at(carriage.ends_ms + late_ms + DAY_MS, partial(self.complete, booking_id, made))

    def complete(self, booking_id: str, made: Quote) -> None:
        """The booking was carried."""
        self.tried(self.clerk("sales", made.seller_id), lambda tx: change.complete(tx, booking_id), "completed")

    def cancel(self, booking_id: str, made: Quote) -> None:
        """The shipper cancels, the partner agrees, the fee is billed."""
        if self.tried(
            self.actors[made.offer.customer_id], lambda tx: change.cancel(tx, booking_id, "demo"), "cancellations"
        ):
            sales = self.clerk("sales", made.seller_id)
            self.desk.do(sales, lambda tx: change.decide_cancellation(tx, booking_id, granted=True))
            self.bill(booking_id, made)

    def bill(self, booking_id: str, made: Quote) -> None:
        """The bill, and its payment some days later; cancelling early costs nothing and is not billed."""
        finance, customer_id = self.clerk("finance", made.seller_id), made.offer.customer_id
        billed = self.desk.do(finance, lambda tx: sale.bill(tx, booking_id, made.seller_id, customer_id))
        if billed.number is None:
            return
        self.count("bills")

        def work(tx: Tx) -> None:
            for currency, amount in billed.amounts.items():
                sale.receive(tx, booking_id, made.seller_id, customer_id, currency, amount)

        self.later(self.plan["pay_days"], lambda: self.tried(finance, work, "payments"))
