"""The hand that carries letters out: takes what is due, sends it outside any transaction, puts down what came of it.

A letter is tried again where the hand died between sending and putting down: each arrives at least once, and in the
order of its object, as one hand at a time has the letters of a receiver.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random

from koridor.operator.common.actor import SYSTEM
from koridor.operator.common.desk import Desk
from koridor.operator.outbox import delivery, signing
from koridor.operator.outbox.delivery import SECOND_MS, Bundle
from koridor.operator.outbox.send import Outcome

Send = Callable[[str, bytes, Mapping[str, str]], Outcome]
AT_ONCE_MAX = 8
NAME = "koridor-deliver"


@dataclass(slots=True)
class Hand:
    """A hand on a desk.

    Attributes
    ----------
    send : callable
        One try: URL, body and headers to what came of it.
    random : Random
        Where waits get their jitter from.
    ended : Event
        Once set, no further letter is begun.
    """

    desk: Desk
    send: Send
    random: Random = field(default_factory=Random)
    ended: threading.Event = field(default_factory=threading.Event)

    def round(self, *, at_once: int = 1) -> int:
        """Carries out one bundle of each subscription that has letters due; how many letters were tried."""
        ids = self.desk.look(SYSTEM, delivery.due)
        if at_once == 1 or len(ids) <= 1:
            return sum(map(self.carry, ids))
        with ThreadPoolExecutor(min(at_once, len(ids)), thread_name_prefix=NAME) as pool:
            return sum(pool.map(self.carry, ids))

    def carry(self, subscription_id: str) -> int:
        """Sends the next letters of a subscription, until one finds nobody there; how many were tried."""
        bundle = self.desk.do(SYSTEM, lambda tx: delivery.take(tx, subscription_id))
        if bundle is None:
            return 0
        told = self._sent(bundle)
        self.desk.do(SYSTEM, lambda tx: delivery.settle(tx, bundle, told, self.random))
        return len(told)

    def _sent(self, bundle: Bundle) -> list[tuple[str, Outcome]]:
        until_ms = (
            self.desk.clock() + self.desk.policy.delivery_timeout_s * SECOND_MS
        )  # a slow receiver has its turn too
        told: list[tuple[str, Outcome]] = []
        stuck: set[str] = set()
        for letter in bundle.letters:
            if self.ended.is_set() or self.desk.clock() > until_ms:
                break
            if letter.stream in stuck:
                continue
            signed = signing.sign(bundle.secrets, letter.body, self.desk.clock() // SECOND_MS)
            headers = {"Content-Type": "application/json", "Koridor-Delivery": letter.delivery_id}
            outcome = self.send(bundle.url, letter.body, {**headers, signing.HEADER: signed})
            told.append((letter.delivery_id, outcome))
            if outcome.error:
                stuck.add(letter.stream)
            if not outcome.there:
                break
        return told


def keep_on(hand: Hand, every_s: float) -> None:
    """Goes round again and again until it is told to end, at once where there was something to send."""
    pause_s = every_s
    while not hand.ended.wait(pause_s):
        try:
            pause_s = 0.0 if hand.round(at_once=AT_ONCE_MAX) else every_s
        except Exception:  # the next round may do; nothing depends on this one
            logging.getLogger(__name__).exception("delivering failed")
            pause_s = every_s
