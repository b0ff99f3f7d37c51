"""A proposal of empties' moves at least cost: surplus places serve those that lack, as a transport problem.

Minimise sum c_ij x_ij + M sum u_j, with sum_j x_ij <= surplus_i and sum_i x_ij + u_j = lack_j (Hitchcock, 1941,
doi:10.1002/sapm1941201224). Surplus and lack are whole TEU, so a best corner is whole too. Nothing moves by itself: who
accepts it makes orders (`repositioning`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from koridor.operator.equipment import types
from koridor.operator.equipment.imbalance import Week
from koridor.solve.lp import LpStatus, minimise
from koridor.studies.route import Prepared
from koridor.studies.route.pairs import best_of_pairs
from koridor.studies.route.single import Params

Costs = Mapping[tuple[str, str], float]
Kind = tuple[str, str]  # pool and type
Needs = tuple[dict[str, int], dict[str, int]]  # surplus and lack, whole TEU by place


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


def needs(least: Iterable[Week], most: Iterable[Week]) -> Needs:
    """Whole TEU by place that may go without a lack in any week, and that lack in the worst week.

    `least`, `most`: the account as `imbalance.bounds` gives it.
    """
    surplus = {place: math.floor(left) for place, left in _lowest(least).items() if left >= 1}
    return surplus, {place: math.ceil(-left) for place, left in _lowest(most).items() if left < 0}


def _lowest(weeks: Iterable[Week]) -> dict[str, Fraction]:
    """What is left in the worst week, by place."""
    found: dict[str, Fraction] = {}
    for week in weeks:
        found[week.place_id] = min(found.get(week.place_id, week.left), week.left)
    return found


def costs(prepared: Prepared, surplus: Iterable[str], lack: Iterable[str]) -> Costs:
    """Money of a tonne in boxes, in USD, on the best way of each pair: only which pair is cheaper matters."""
    known = set(prepared.scenario.table("place")["place_id"])
    lacking = list(lack)
    pairs = [(one, two) for one in surplus for two in lacking if {one, two} <= known]
    if not pairs:
        return {}
    frame = best_of_pairs(prepared, Params(*pairs[0]), pairs)
    return dict(zip(pairs, map(float, frame["money_usd_per_t"]), strict=True))


def boxes(there: Mapping[Kind, int], teu: int, most: Fraction) -> dict[Kind, int]:
    """Which empties make up so many TEU, the largest first; one more, the smallest, for what no box fits, if at `most`
    that many TEU may go.
    """
    left, found = Fraction(teu), {}
    sizes = {kind: types.teu(kind[1]) for kind, many in there.items() if many}
    for kind in sorted(sizes, key=lambda one: (-sizes[one], one)):
        many = min(there[kind], int(left // sizes[kind]))
        if many:
            found[kind] = many
            left -= many * sizes[kind]
    spare = [kind for kind in sizes if there[kind] > found.get(kind, 0) and teu - left + sizes[kind] <= most]
    if left and spare:
        smallest = min(spare, key=lambda one: (sizes[one], one))
        found[smallest] = found.get(smallest, 0) + 1
    return found


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
