"""P1 at the locks: processes with a desk each on one database race for the same places; see `contended`.

`python -m benchmarks desk-attempts` tries a million times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest

import contended
from koridor.operator.common.desk import Tx
from koridor.operator.network import capacity
from koridor.operator.network.capacity import Line, SoldOut, Want
from rounds import rounds


@pytest.mark.parametrize("waves", [rounds(2)])
def test_processes_race_for_the_last_places(where: str, waves: int) -> None:
    """Four processes ask 192 times a wave for 50 places, and give a third of them back, which are sold again: at no
    moment is a hop fuller than its train, every answer is `sold` or `sold_out`, and the check finds nothing.
    """
    *_, found = contended.race(where, waves, seed=1)
    assert (found.strange, found.oversold, found.problems) == ([], 0, [])
    assert found.attempts == waves * contended.ATTEMPTS
    sold, places = found.told[contended.SOLD], waves * contended.PLACES  # all pass B-C, so no two share a place
    assert sold - found.told[contended.GIVEN] <= places < sold
    assert found.turns > 1, "one process had it all"


def test_counters_in_memory_would_be_caught(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutation check: processes that each remember how much they have sold sell the same places over and over."""
    remembered = Counter[tuple[str, int]]()

    def take(tx: Tx, wants: Iterable[Want], party_id: str) -> list[Line]:
        wanted = sorted(wants)
        for want in wanted:
            if remembered[want.departure_id, want.seq] + want.quantity > 4 * contended.PLACES:
                raise SoldOut(want)
        remembered.update({(want.departure_id, want.seq): want.quantity for want in wanted})
        return [Line(want.departure_id, want.seq, want.resource, "", want.quantity) for want in wanted]

    monkeypatch.setattr(capacity, "take", take)
    monkeypatch.setattr(contended, "GIVEN_BACK", 0.0)  # what no counter knows cannot be given back
    *_, found = contended.race(where, 1, seed=1)
    assert found.oversold > 0
    assert found.problems != []
