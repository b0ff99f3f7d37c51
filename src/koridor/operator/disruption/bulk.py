"""Rebooking many at once, in a given order: each whole or not at all, and a word on who could not be helped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from koridor.operator.booking.tend import tend
from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.operator.disruption import alternatives, rebook
from koridor.text import t

REBOOKED, WAITS, FREE, NOT_HELPED = "rebooked", "waits", "free", "not_helped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one booking.

    Attributes
    ----------
    outcome : str
        `rebooked`, `waits` (nothing is quicker), `free` (nothing is in its way) or `not_helped`.
    code, sentence : str
        Why it could not be helped; "" where it could.
    delay_ms : int
        Later than by the plan.
    """

    booking_id: str
    outcome: str
    code: str = ""
    sentence: str = ""
    delay_ms: int = 0


def rebook_all(tx: Tx, booking_ids: Sequence[str], *, bears: str, reason: str) -> list[Outcome]:
    """What came of each, in the order given: who comes first gets the room that is left.

    Those who wait for capacity get theirs after all of them. What is not the actor's to decide is not helped, with the
    words that nothing at all would get.
    """
    outcomes = [_one(tx, booking_id, bears, reason) for booking_id in dict.fromkeys(booking_ids)]
    tend(tx)
    return outcomes


def _one(tx: Tx, booking_id: str, bears: str, reason: str) -> Outcome:
    try:
        with tx.part():
            each, options = alternatives.found(tx, booking_id)
            if not each.whys:
                return Outcome(booking_id, FREE)
            if not options:
                raise Refused("not_offered", t("Nothing else is known for it now."))
            best = options[0]
            if best.way is None:
                return Outcome(booking_id, WAITS, delay_ms=best.delay_ms)
            rebook.rebook(tx, booking_id, best.way, bears=bears, reason=reason)
            return Outcome(booking_id, REBOOKED, delay_ms=best.delay_ms)
    except Refused as refused:
        return Outcome(booking_id, NOT_HELPED, refused.code, refused.sentence)


def shown(one: Outcome) -> dict[str, Any]:
    """An outcome as it goes out."""
    return {name: getattr(one, name) for name in one.__slots__}
