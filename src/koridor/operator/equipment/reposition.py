"""A proposal of empties' moves at least cost: surplus places serve those that lack, as a transport problem.

Minimise sum c_ij x_ij + M sum u_j, with sum_j x_ij <= surplus_i and sum_i x_ij + u_j = lack_j (Hitchcock, 1941,
doi:10.1002/sapm1941201224). Surplus and lack are whole TEU, so a best corner is whole too. Nothing moves by itself: who
agrees makes release orders.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from koridor.operator.equipment.imbalance import Week
from koridor.solve.lp import LpStatus, minimise

Costs = Mapping[tuple[str, str], float]


@dataclass(frozen=True, slots=True)
class Proposed:
    """Empties to be moved: whole TEU, the cost of one in the unit of the costs, and what is there and what lacks."""

    from_place: str
    to_place: str
    teu: int
    cost: float
    surplus: int
    lack: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """Moves, and TEU that nothing can serve by place."""

    moves: tuple[Proposed, ...]
    unserved: dict[str, int]


def needs(weeks: Iterable[Week]) -> tuple[dict[str, int], dict[str, int]]:
    """Whole TEU by place that may go without a lack in any week, and that lack in the worst week."""
    lowest: dict[str, Fraction] = {}
    for week in weeks:
        lowest[week.place_id] = min(lowest.get(week.place_id, week.left), week.left)
    surplus = {place: math.floor(left) for place, left in lowest.items() if left >= 1}
    return surplus, {place: math.ceil(-left) for place, left in lowest.items() if left < 0}


def propose(surplus: Mapping[str, int], lack: Mapping[str, int], costs: Costs) -> Proposal:
    """The cheapest moves that serve as many TEU as can be; pairs without a finite cost are not moved on."""
    pairs = [
        (one, two) for one in sorted(surplus) for two in sorted(lack) if math.isfinite(costs.get((one, two), math.inf))
    ]
    if not pairs:
        return Proposal((), dict(lack))
    sources, sinks = sorted(surplus), sorted(lack)
    cost = np.array([costs[pair] for pair in pairs])
    unserved = (len(pairs) + 1) * (float(cost.max()) + 1.0)  # more than any chain of exchanges can save
    n = len(pairs)
    row = [sources.index(one) for one, _ in pairs] + [len(sources) + sinks.index(two) for _, two in pairs]
    row += [len(sources) + at for at in range(len(sinks))]
    column = [*range(n), *range(n), *range(n, n + len(sinks))]
    have, want = [float(surplus[one]) for one in sources], [float(lack[two]) for two in sinks]
    result = minimise(
        np.concatenate([cost, np.full(len(sinks), unserved)]),
        np.array(row),
        np.array(column),
        np.ones(len(row)),
        np.array([0.0] * len(sources) + want),
        np.array(have + want),
    )
    assert result.status is LpStatus.OPTIMAL, result.status  # u takes up whatever x cannot
    whole = [round(value) for value in result.x]
    moves = tuple(
        Proposed(one, two, teu, costs[one, two], surplus[one], lack[two])
        for (one, two), teu in zip(pairs, whole[:n], strict=True)
        if teu
    )
    return Proposal(moves, {two: teu for two, teu in zip(sinks, whole[n:], strict=True) if teu})
