"""The partners of a simulated desk, and the network between: it loses, doubles, delays and reorders, from a seed.

Outwards it carries the desk's messages to a receiver for each party, which checks every signature; inwards a carrier's
events, which are told again until the desk has acknowledged them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

import sqlalchemy as sa

from desks import HOUR_MS, MONDAY_MS, Clock, who
from koridor.operator.booking import shipments, tracking
from koridor.operator.common import events
from koridor.operator.common.actor import SYSTEM
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.common.events import Event
from koridor.operator.db.tables import delivery, event, subscription
from koridor.operator.outbox import delivery as queue
from koridor.operator.outbox import signing
from koridor.operator.outbox import subscription as subscriptions
from koridor.operator.outbox.hand import Hand
from koridor.operator.outbox.send import Outcome

LISTENERS = {"cid": ("booking", "plan", "shipment"), "eve": ("booking", "shipment"), "gus": ("booking", "shipment")}
LISTENERS |= {"ian": ("shipment",), "fay": ("statement",)}
LOST, UNHEARD, FAULT, REFUSED, DIED = 0.10, 0.10, 0.05, 0.05, 0.03  # of tries; unheard: it arrived, its answer did not
KINDS = ("GTIN", "LOAD", "DEPA", "ARRI", "DISC", "GTOT", "RETRACT", "XNEW")


class HandDiedError(Exception):
    """The process died between sending and putting down what came of it."""


@dataclass(slots=True)
class Receiver:
    """What a party has heard: messages by stream in the order in which they first came; and until when it is away."""

    secrets: list[str]
    heard: dict[str, list[int]] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    away_until_ms: int = 0


@dataclass(slots=True)
class Sent:
    """An event that the carrier tells of a shipment, and when its next copy comes to the desk."""

    shipment_id: str
    event: Event
    at_ms: int
    acknowledged: bool = False


@dataclass(slots=True)
class Partners:
    """Receivers, a carrier, the network, and the hand that sends.

    Attributes
    ----------
    healthy : bool
        Whether the network now does what it should.
    """

    desk: Desk
    clock: Clock
    random: Random
    receivers: dict[str, Receiver] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    healthy: bool = False
    hand: Hand = field(init=False)

    def __post_init__(self) -> None:
        """Each listener subscribes."""
        self.hand = Hand(self.desk, self._carried, self.random)
        for name, kinds in LISTENERS.items():
            url = f"https://{name}.example/hook"
            made = self.desk.do(who(name), lambda tx, url=url, kinds=kinds: subscriptions.subscribe(tx, url, kinds))
            self.receivers[url] = Receiver([made["secret"]])

    def go_on(self, carried: list[str]) -> None:
        """The network does a little: letters go out, an event may begin its way, those that are due come in."""
        if self.random.random() < 0.05:
            receiver = self.random.choice(list(self.receivers.values()))
            receiver.away_until_ms = self.clock() + self.random.choice([HOUR_MS, 12 * HOUR_MS])
        if self.random.random() < 0.5:
            with suppress(HandDiedError):
                self.hand.round()
        if carried and self.random.random() < 0.3:
            self._tell_of(self.random.choice(carried))
        for one in [one for one in self.sent if not one.acknowledged and one.at_ms <= self.clock()]:
            self._come_in(one)
        self._in_order()

    def drain(self) -> None:
        """The network heals: all that was told arrives, in order, and both sides know the same."""
        self.healthy = True
        for one in self.sent:
            if not one.acknowledged:
                self._come_in(one)
        for _ in range(500):
            self.clock.now_ms += HOUR_MS
            self.hand.round()
            if self.desk.look(SYSTEM, queue.behind_since_ms) is None and not self._waiting():
                break
        assert not self._waiting(), "the queue does not drain"
        self._in_order()
        self.desk.look(SYSTEM, self._all_arrived)
        self.desk.look(SYSTEM, self._same_shipments)

    def _carried(self, url: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
        receiver, chance = self.receivers[url], self.random.random()
        if not self.healthy:
            if receiver.away_until_ms > self.clock() or chance < LOST:
                return Outcome("no_answer", there=False)
            if chance < LOST + FAULT:
                return Outcome("status 500", there=False)
            if chance < LOST + FAULT + REFUSED:
                return Outcome("status 400")
        self._hear(receiver, body, headers)
        if not self.healthy and chance > 1 - UNHEARD:
            return Outcome("timed_out", there=False)
        if not self.healthy and chance > 1 - UNHEARD - DIED:
            raise HandDiedError
        return Outcome()

    def _hear(self, receiver: Receiver, body: bytes, headers: Mapping[str, str]) -> None:
        assert signing.verify(receiver.secrets, body, headers[signing.HEADER], self.clock() // 1000)
        told = json.loads(body)
        assert told["delivery_id"] == headers["Koridor-Delivery"]
        if told["delivery_id"] not in receiver.ids:
            receiver.ids.add(told["delivery_id"])
            receiver.heard.setdefault(told["stream"], []).append(told["seq"])

    def _tell_of(self, shipment_id: str) -> None:
        kind = self.random.choice(KINDS)
        earlier = [one.event.event_id for one in self.sent if one.shipment_id == shipment_id]
        body: dict[str, Any] = {
            "classifier": self.random.choice(["ACT", "EST"]),
            "place_id": self.random.choice("ABCD"),
        }
        if kind == "RETRACT":
            body = {"retracts": self.random.choice([*earlier, "never told"])}
        happened_ms = MONDAY_MS + self.random.randint(0, 9) * HOUR_MS
        told = Event(f"c{len(self.sent)}", kind, happened_ms, 0, {**body, "written_ms": self.clock()})
        self.sent.append(Sent(shipment_id, told, self._later()))

    def _come_in(self, one: Sent) -> None:
        """A copy of an event comes to the desk, or is lost; it is sent again until its acknowledgement is heard."""
        one.at_ms = self._later()
        if not self.healthy and self.random.random() < LOST:
            return
        event = one.event

        def tell(tx: Tx) -> bool:
            known = {"event_id": event.event_id, "happened_ms": event.happened_ms}
            return shipments.tell(tx, one.shipment_id, event.kind, event.body, **known)

        self.desk.do(who("ian"), tell)
        if self.random.random() < UNHEARD:
            assert not self.desk.do(who("ian"), tell), "what was told twice is told once"
        one.acknowledged = self.healthy or self.random.random() > UNHEARD

    def _later(self) -> int:
        return self.clock() + self.random.choice([0, 1, HOUR_MS, 24 * HOUR_MS])

    def _waiting(self) -> int:
        count = sa.select(sa.func.count()).where(delivery.c.state == "waiting")
        return self.desk.look(SYSTEM, lambda tx: tx.run(count).scalar_one())

    def _in_order(self) -> None:
        """P12: what first came of an object came in its order, without a gap."""
        for receiver in self.receivers.values():
            for numbers in receiver.heard.values():
                assert numbers == list(range(1, len(numbers) + 1))

    def _all_arrived(self, tx: Tx) -> None:
        """Each message was heard at least once, and a shipper heard of each event of what is his."""
        rows = tx.run(sa.select(delivery, subscription.c.url).join(subscription)).all()
        assert {row.state for row in rows} <= {"delivered"}
        by_url = {url: {row.delivery_id for row in rows if row.url == url} for url in self.receivers}
        assert by_url == {url: receiver.ids for url, receiver in self.receivers.items()}
        told = tx.run(sa.select(event.c.stream, sa.func.count()).group_by(event.c.stream)).all()
        shipper = next(url for url in self.receivers if "gus" in url)
        heard = self.receivers[shipper].heard
        own = {stream: count for stream, count in told if stream in heard}
        assert own == {stream: len(numbers) for stream, numbers in heard.items()}

    def _same_shipments(self, tx: Tx) -> None:
        """P6: a shipment is what the carrier's events make of it, in whatever order and how often they came."""
        for shipment_id in {one.shipment_id for one in self.sent}:
            kept = events.stream_of(tx, shipments.stream(shipment_id))
            others = [one for one in kept if not one.event_id.startswith("c")]
            mine = [one.event for one in self.sent if one.shipment_id == shipment_id]
            assert tracking.fold([*mine, *others], "D") == tracking.fold(kept, "D")
