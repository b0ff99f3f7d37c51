"""One enquiry after another, each with what comes of it: quote, booking, plan, run, bill, payment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from koridor.operator.booking import book, change, itinerary, plans, quote, shipments, views
from koridor.operator.booking.itinerary import Leg
from koridor.operator.booking.quote import Offer, Quote
from koridor.operator.common.actor import SYSTEM, Actor
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.common.policy import DAY_MS, HOUR_MS
from koridor.operator.common.refused import Refused
from koridor.operator.demo.diary import Diary
from koridor.operator.demo.people import PARTNERS
from koridor.operator.demo.price import Line, hours, price_of, railways
from koridor.operator.money import sale
from koridor.operator.network import offer
from koridor.operator.network.resource import parts_of

BOX_TEU = ("1", "2", "2.25")  # boxes of 20, 40 and 45 feet


@dataclass(slots=True)
class Trade:
    """The month as it goes on.

    Attributes
    ----------
    counts : dict
        How often what happened.
    """

    desk: Desk
    diary: Diary
    actors: Mapping[str, Actor]
    lines: list[Line]
    plan: Mapping[str, Any]
    random: Random
    counts: dict[str, int] = field(default_factory=dict)

    def count(self, what: str) -> None:
        """One more of something."""
        self.counts[what] = self.counts.get(what, 0) + 1

    def days(self, most: float) -> int:
        """Some time of at most so many days, in milliseconds."""
        return round(self.random.uniform(0.1, 1.0) * most * DAY_MS)

    def enquire(self) -> None:
        """A shipper asks one of the partners for a ride of the coming days."""
        line = self.random.choice(self.lines)
        calls = [call.place_id for call in line.calls if call.calls]
        origin, destination = self.random.sample(calls, 2)
        shipper, partner = f"shipper-{self.random.randint(1, self.plan['shippers'])}", self.random.choice(PARTNERS)
        box, boxes = self.random.choice(BOX_TEU), self.random.randint(1, self.plan["boxes_max"])
        now_ms = self.diary.now_ms
        span = (now_ms + 2 * DAY_MS, now_ms + self.plan["ahead_days"] * DAY_MS)
        rides = self.desk.look(SYSTEM, lambda tx: list(offer.offers(tx, partner, origin, destination, *span)))
        rides = [one for one in rides if one.ride.departure_id.startswith(f"{line.service_id}.")]
        self.count("enquiries")
        if not rides:
            return
        chosen = rides[min(self.random.randint(0, 5), len(rides) - 1)]
        leg = Leg(line.mode, origin, destination, chosen.ride.departure_id, railways(line, origin, destination))
        prices = price_of(line, origin, destination, float(box) * boxes, self.plan["margin_share"])
        parts = {"teu": parts_of("teu", box) * boxes}
        offered = Offer(shipper, (leg,), parts, prices, hours(line, origin, destination))
        sales = self.actors[f"sales-{partner[-1]}"]
        made = self.desk.do(sales, lambda tx: quote.make(tx, offered))
        self.count("quotes")
        if self.random.random() < self.plan["booked_share"]:
            self.diary.at(now_ms + self.days(1), lambda: self.book(made, chosen))

    def book(self, made: Quote, ride: offer.Offer) -> None:
        """The shipper books; the partner asks the railways."""
        shipper = self.actors[made.offer.customer_id]
        try:
            booking_id = self.desk.do(shipper, lambda tx: book.receive(tx, made.quote_id, wait=True))
        except Refused:
            self.count("bookings refused")
            return
        self.count("bookings")
        if itinerary.railways(made.offer.legs):
            self.later(1, lambda: self.ask(booking_id, made, ride))
        else:
            self.later(1, lambda: self.confirm(booking_id, made, ride))

    def later(self, days: float, work: Any) -> None:
        """A work of the coming days."""
        self.diary.at(self.diary.now_ms + self.days(days), work)

    def tried(self, actor: Actor, work: Any, what: str) -> bool:
        """Whether a step was taken; one that the state of things refuses is counted."""
        try:
            self.desk.do(actor, work)
        except Refused:
            self.count(f"{what}: refused")
            return False
        self.count(what)
        return True

    def ask(self, booking_id: str, made: Quote, ride: offer.Offer) -> None:
        """The railways are asked, and answer one by one."""
        clerk, sales = self.actors[f"plans-{made.seller_id[-1]}"], self.actors[f"sales-{made.seller_id[-1]}"]
        if not self.tried(sales, lambda tx: book.ask_plan(tx, booking_id), "plans"):
            return
        for railway in itinerary.railways(made.offer.legs):
            word = "refused" if self.random.random() < self.plan["refused_share"] else "agreed"
            self.later(self.plan["answer_days"], partial(self.answer, clerk, booking_id, railway, ride, word))
        when_ms = self.diary.now_ms + round(self.plan["answer_days"] * 1.1 * DAY_MS)
        self.diary.at(when_ms, lambda: self.confirm(booking_id, made, ride))

    def answer(self, clerk: Actor, booking_id: str, railway: str, ride: offer.Offer, word: str) -> None:
        """A railway's answer."""
        span = {"valid_from_ms": ride.leaves_ms - 7 * DAY_MS, "valid_to_ms": ride.leaves_ms + 7 * DAY_MS}
        content = {"ref": f"GU-12/{booking_id[-4:]}", "payer_code": f"demo-{railway}", **span}
        self.tried(clerk, lambda tx: plans.record(tx, booking_id, railway, word, content), f"railways: {word}")

    def confirm(self, booking_id: str, made: Quote, ride: offer.Offer) -> None:
        """The partner confirms; the box runs, or the shipper cancels before."""
        sales = self.actors[f"sales-{made.seller_id[-1]}"]
        if not self.tried(sales, lambda tx: book.confirm(tx, booking_id), "confirmed"):
            return
        if self.random.random() < self.plan["cancelled_share"]:
            self.later(2, lambda: self.cancel(booking_id, made))
            return
        late_ms = round(self.random.uniform(-0.2, 1.0) * self.plan["late_h"] * HOUR_MS)
        leg = made.offer.legs[0]
        shown = self.desk.look(sales, lambda tx: views.booking(tx, booking_id))
        for kind, when_ms, place in (
            ("LOAD", ride.leaves_ms - 4 * HOUR_MS, leg.from_place),
            ("DEPA", ride.leaves_ms, leg.from_place),
            ("ARRI", ride.arrives_ms + late_ms, leg.to_place),
            ("DROP", ride.arrives_ms + late_ms + 20 * HOUR_MS, leg.to_place),
        ):
            self.diary.at(when_ms, partial(self.tell, shown["shipment_id"], kind, place, made))
        self.diary.at(ride.leaves_ms, lambda: self.bill(booking_id, made))
        self.diary.at(ride.arrives_ms + late_ms + DAY_MS, lambda: self.complete(booking_id, made))

    def complete(self, booking_id: str, made: Quote) -> None:
        """The booking was carried."""
        self.tried(self.actors[f"sales-{made.seller_id[-1]}"], lambda tx: change.complete(tx, booking_id), "completed")

    def tell(self, shipment_id: str, kind: str, place_id: str, made: Quote) -> None:
        """An event of the way."""
        event_id, now_ms = f"{shipment_id}-{kind}", self.diary.now_ms
        body = {"classifier": "ACT", "place_id": place_id}

        def work(tx: Tx) -> None:
            shipments.tell(tx, shipment_id, kind, body, event_id=event_id, happened_ms=now_ms)

        self.tried(self.actors[f"desk-{made.seller_id[-1]}"], work, "events")

    def cancel(self, booking_id: str, made: Quote) -> None:
        """The shipper cancels, the partner agrees, the fee is billed."""
        shipper, sales = self.actors[made.offer.customer_id], self.actors[f"sales-{made.seller_id[-1]}"]
        if self.tried(shipper, lambda tx: change.cancel(tx, booking_id, "demo"), "cancellations"):
            self.desk.do(sales, lambda tx: change.decide_cancellation(tx, booking_id, granted=True))
            self.bill(booking_id, made)

    def bill(self, booking_id: str, made: Quote) -> None:
        """The bill, and its payment some days later."""
        finance = self.actors[f"finance-{made.seller_id[-1]}"]
        customer_id = made.offer.customer_id
        billed = self.desk.do(finance, lambda tx: sale.bill(tx, booking_id, made.seller_id, customer_id))
        self.count("bills")

        def paid() -> None:
            def work(tx: Tx) -> None:
                for currency, amount in billed.items():
                    sale.receive(tx, booking_id, made.seller_id, customer_id, currency, amount)

            self.tried(finance, work, "payments")

        self.later(self.plan["pay_days"], paid)
