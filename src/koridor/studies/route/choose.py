"""Which ways are told in full: of each course the best, the best by each criterion, and ways near the front."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from koridor.model.network import Floats, Ints
from koridor.model.tariff import Prices
from koridor.schema.days import MINUTES_A_DAY
from koridor.studies.route.course import Courses, base_legs, beside, scalar
from koridor.studies.route.front import CENTS, PARTS, Asked, Found
from koridor.studies.route.query import Criterion
from koridor.studies.route.steps import Steps, latest_leave, steps

PRICED_MAX = 100  # ways priced in search of the cheapest
HALF_A_CENT = 0.5  # cents; what the rounding of a price line can take off


@dataclass(frozen=True, slots=True)
class Way:
    """A way told in full. rank: place on the front, -1 beside it. best: criteria of which no way of the front has less,
    money by exact prices. cost_usd: exact price and value of time.
    """

    arcs: Ints
    steps: Steps
    course: str
    rank: int
    best: tuple[Criterion, ...]
    prices: Prices
    cost_usd: float


def least_of(asked: Asked, found: Found, criterion: Criterion, then: Floats | None = None) -> int:
    """Place on a front of the way that has least of a criterion, by `then` (w,) among equals.

    Money goes by exact prices in cents: ways are priced from the least bound on, until the bound of the next is above
    the least price found by more than the rounding of lines (half a cent for each), or `PRICED_MAX` of them.
    """
    values = found.values[criterion]
    others = [found.values[one] for one in found.values if one is not criterion] if then is None else [then]
    order = np.lexsort((*others, values))
    if criterion is not Criterion.MONEY:
        return int(order[0])
    place = np.argsort(np.lexsort(others)) if then is None else then
    best, least, lines = int(order[0]), (np.inf, np.inf), 0
    for at in order[:PRICED_MAX].tolist():
        if values[at] / PARTS > least[0] + lines * HALF_A_CENT:
            break
        prices = asked.price(found.ways[at])
        lines = max(lines, len(prices.lines))
        if (prices.usd_cents, float(place[at])) < least:
            best, least = at, (prices.usd_cents, float(place[at]))
    return best


def bests(asked: Asked, found: Found, cost: Ints) -> tuple[Floats, dict[int, list[Criterion]]]:
    """Of the ways of a front their sums (w,) of `cost` (m,), and by place the criteria in which each is best.

    Among ways that are equal in a criterion that of the least sum is best.
    """
    whole = np.array([cost[way].sum() for way in found.ways], dtype=np.float64)
    best: dict[int, list[Criterion]] = {}
    for criterion in asked.query.criteria if len(found) else ():
        best.setdefault(least_of(asked, found, criterion, whole), []).append(criterion)
    return whole, best


def choose(asked: Asked, found: Found, courses: Courses) -> list[Way]:
    """Ways of the front and near it, at most `query.shown`, the least generalised cost first.

    Of the front: one that is best by each criterion, then the best of each course by generalised cost; then, beside it,
    the best of other courses within `query.near`. After the first, a way that shares more than `query.alike` of its
    kilometres with one that is told is left out (limited sharing: Abraham et al. 2013, doi:10.1145/2444016.2444019).
    """
    query, cost = asked.query, scalar(asked)
    whole, best = bests(asked, found, cost)
    told: list[Way] = []
    shared = _Shared(asked, query.alike)

    def tell(arcs: Ints, rank: int, cents: float, criteria: Sequence[Criterion] = ()) -> None:
        if len(told) < query.shown and (criteria or not shared.much(arcs)):
            way = _way(asked, courses, arcs, rank, tuple(criteria), cents)
            if way is not None:
                told.append(way)
                shared.add(arcs)

    for rank, criteria in best.items():
        tell(found.ways[rank], rank, whole[rank], criteria)
    seen = set()
    for rank in np.argsort(whole, kind="stable").tolist():
        key = courses.key(found.ways[rank])
        if key not in seen and rank not in best:
            tell(found.ways[rank], rank, whole[rank])
        seen.add(key)
    if found and len(told) < query.shown:
        for arcs in beside(asked, courses, asked.use(), cost, query.near):
            if courses.key(arcs) not in seen:
                tell(arcs, -1, float(cost[arcs].sum()))
    return sorted(told, key=lambda way: way.cost_usd)


class _Shared:
    """Links that ways told so far pass."""

    def __init__(self, asked: Asked, alike: float) -> None:
        self.network, self.alike = asked.prepared.compiled.network, alike
        self.told: list[Ints] = []

    def add(self, arcs: Ints) -> None:
        """Counts a way among those told."""
        self.told.append(self._links(arcs))

    def much(self, arcs: Ints) -> bool:
        """Whether one told has more than `alike` of the kilometres of a way."""
        legs = base_legs(self.network, arcs)
        link, km = self.network.arcs.link[legs], self.network.arcs.km[legs]
        whole = float(km.sum())
        return any(float(km[np.isin(link, other)].sum()) > self.alike * whole for other in self.told)

    def _links(self, arcs: Ints) -> Ints:
        link = self.network.arcs.link[base_legs(self.network, arcs)]
        return np.unique(link[link >= 0])


def _way(
    asked: Asked, courses: Courses, arcs: Ints, rank: int, best: tuple[Criterion, ...], cents: float
) -> Way | None:
    query, calendar = asked.query, asked.calendar
    leave = query.leave
    if leave is None:
        leave = latest_leave(calendar, arcs, query.anchor)
    minutes = None if leave is None else steps(calendar, arcs, leave)
    if minutes is None or minutes.minutes > query.horizon_d * MINUTES_A_DAY:
        return None
    prices = asked.price(arcs)
    exact = cents - float(asked.costs()[Criterion.MONEY][arcs].sum()) / PARTS + prices.usd_cents
    return Way(arcs, minutes, courses.text(arcs), rank, best, prices, exact / CENTS)
