"""A whole desk from one seed, with the network to its partners: see `simulated` and `partners`.

KORIDOR_TEST_ROUNDS says how many seeds; a seed that fails is in the name of the test. `python -m benchmarks desk-seeds`
runs ten thousand.
"""

from __future__ import annotations

import pytest

import simulated
from desks import Clock
from koridor.operator.common.desk import Desk
from koridor.operator.outbox import signing
from koridor.operator.outbox.delivery import Bundle
from koridor.operator.outbox.hand import Hand
from koridor.operator.outbox.send import Outcome
from rounds import rounds


@pytest.mark.parametrize("seed", range(rounds(4)))
def test_a_desk_from_one_seed(desk: Desk, clock: Clock, seed: int) -> None:
    """P1, P3, P4, P5, P6, P12, P13, P17 and P18 together, in any order, with deaths before the commit, repetition and
    partners who are away, lose and double messages.
    """
    simulated.prepare(desk)
    counts = simulated.run(desk, clock, seed)
    assert counts.get("receive: 201", 0) > 0, "the seed tried nothing worth trying"


def test_a_hand_that_does_not_wait_is_caught(desk: Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulation is worth something: a hand that sends the next letter of an object though the one before has not
    arrived is found out.
    """

    def hasty(hand: Hand, bundle: Bundle) -> list[tuple[str, Outcome]]:
        at_s = clock() // 1000
        headers = [
            {"Koridor-Delivery": one.delivery_id, signing.HEADER: signing.sign(bundle.secrets, one.body, at_s)}
            for one in bundle.letters
        ]
        sent = zip(bundle.letters, headers, strict=True)
        return [(one.delivery_id, hand.send(bundle.url, one.body, head)) for one, head in sent]

    monkeypatch.setattr(Hand, "_sent", hasty)
    simulated.prepare(desk)
    with pytest.raises(AssertionError) as caught:
        simulated.run(desk, clock, 0)
    assert caught.traceback[-1].name == "_in_order"
