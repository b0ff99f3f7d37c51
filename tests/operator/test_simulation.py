"""A whole desk from one seed, with the network to its partners: see `simulated` and `partners`.

KORIDOR_TEST_ROUNDS says how many seeds; a seed that fails is in the name of the test. `python -m benchmarks desk-seeds`
runs ten thousand.
"""

from __future__ import annotations

import pytest

import simulated
from desks import Clock, rounds
from koridor.operator.common.desk import Desk


@pytest.mark.parametrize("seed", range(rounds(4)))
def test_a_desk_from_one_seed(desk: Desk, clock: Clock, seed: int) -> None:
    """P1, P3, P4, P5, P6, P12, P13, P17 and P18 together, in any order, with deaths before the commit, repetition and
    partners who are away, lose and double messages.
    """
    simulated.prepare(desk)
    counts = simulated.run(desk, clock, seed)
    assert counts.get("receive: 201", 0) > 0, "the seed tried nothing worth trying"
