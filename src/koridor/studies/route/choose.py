"""Which ways are told in full: of each course the best, the best by each criterion, and ways near the front."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from koridor.model.network import Ints
from koridor.studies.route.course import Courses, beside, scalar
from koridor.studies.route.front import Asked, Found
from koridor.studies.route.query import Criterion
from koridor.studies.route.steps import Steps, latest_leave, steps


@dataclass(frozen=True, slots=True)
class Way:
    """A way told in full. rank: its place on the front, -1 for ways beside it. best: criteria of which none has less."""

    arcs: Ints
    steps: Steps
    course: str
    rank: int
    best: tuple[Criterion, ...]
    cost_usd: float


def choose(asked: Asked, found: Found, courses: Courses) -> list[Way]:
    """Ways of the front and near it, at most `query.shown`, the least generalised cost first.

    Of the front: one that is best by each criterion, then the best of each course by generalised cost (its own time of
    arrival counted); then the best of courses that the front has not, within `query.near`.
    """
    network = asked.prepared.compiled.network
    cost = scalar(asked)
    whole = np.array([cost[way].sum() for way in found.ways], dtype=np.float64)
    chosen: dict[int, None] = {}
    keys = [courses.key(way) for way in found.ways]
    best: dict[int, list[Criterion]] = {}
    for criterion in asked.query.criteria:
        if len(found):
            least = found.values[criterion]
            at = int(np.lexsort((whole, least))[0])
            best.setdefault(at, []).append(criterion)
            chosen[at] = None
    seen = set()
    for at in np.argsort(whole, kind="stable").tolist():
        if keys[at] not in seen:
            seen.add(keys[at])
            chosen.setdefault(at, None)
    ways = [
        way for at in list(chosen)[: asked.query.shown]
        if (way := _way(asked, courses, found.ways[at], at, tuple(best.get(at, ())), whole[at])) is not None
    ]  # fmt: skip
    if not asked.via and len(ways) < asked.query.shown and network.door_out[asked.start] >= 0:
        near = beside(asked, courses, asked.use(), cost, asked.query.near)
        fresh = [way for way in near if courses.key(way) not in seen]
        for arcs in fresh[: asked.query.shown - len(ways)]:
            way = _way(asked, courses, arcs, -1, (), float(cost[arcs].sum()))
            if way is not None:
                ways.append(way)
    return sorted(ways, key=lambda way: way.cost_usd)


def _way(
    asked: Asked, courses: Courses, arcs: Ints, rank: int, best: tuple[Criterion, ...], cents: float
) -> Way | None:
    query, calendar = asked.query, asked.calendar
    leave = query.leave
    if leave is None:
        leave = latest_leave(calendar, arcs, query.anchor)
    minutes = None if leave is None else steps(calendar, arcs, leave)
    if minutes is None:
        return None
    return Way(arcs, minutes, courses.text(arcs), rank, best, cents / 100.0)
