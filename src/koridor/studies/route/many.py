"""Thousands of queries over one prepared scenario: of each the ways that are best by one criterion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from koridor.errors import UsageError
from koridor.model.clock import local_text
from koridor.studies.route.caveats import outside
from koridor.studies.route.choose import bests
from koridor.studies.route.course import Courses, scalar
from koridor.studies.route.front import CENTS, GRAMS, SQUARE_MINUTES, Asked, Found, find
from koridor.studies.route.prepared import Prepared
from koridor.studies.route.query import Criterion, Query
from koridor.studies.route.relax import apart
from koridor.studies.route.single import Status
from koridor.studies.route.steps import latest_leave

COLUMNS = (
    "query", "status", "why", "ways_on_front", "incomplete", "best", "course", "leaves_utc", "arrives_utc", "time_h",
    "money_usd", "co2e_kg", "sd_h", "distance_km", "note",
)  # fmt: skip
REFUSED = "refused"
Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Wrong:
    """A query that could not be read, and why."""

    why: str


def answers(prepared: Prepared, queries: Iterable[tuple[str, Query | Wrong, str]]) -> Iterator[list[Row]]:
    """The rows of each query, in order: a way for each criterion, one for several where it is best in several.

    queries: name, query, and a note on how its words were read. Without a way one row tells why; a query that
    the dataset cannot answer is `refused`, and the others go on. The note says too where the date is outside price
    lists or timetables.
    """
    courses = prepared.keep(("courses",), lambda: Courses.of(prepared.compiled.network))
    for name, query, note in queries:
        about = {**dict.fromkeys(COLUMNS), "query": name}
        yield [{**about, **row} for row in _rows(prepared, courses, query, note)]


def check(prepared: Prepared, query: Query) -> None:
    """Raises UsageError for what the dataset does not know of a query; nothing is searched."""
    Asked.of(prepared, query).shut()


def _rows(prepared: Prepared, courses: Courses, query: Query | Wrong, note: str) -> list[Row]:
    if isinstance(query, Wrong):
        return [{"status": REFUSED, "why": query.why, "note": note or None}]
    try:
        asked = Asked.of(prepared, query)
        found = find(asked)
    except UsageError as error:
        return [{"status": REFUSED, "why": str(error), "note": note or None}]
    note = " ".join([note, *(one.text for one in outside(asked))]).strip()
    about: Row = {"ways_on_front": len(found), "incomplete": found.incomplete, "note": note or None}
    if not found:
        return [{"status": str(Status.NO_WAY), "why": " ".join(one.text for one in apart(asked)), **about}]
    best = bests(asked, found, scalar(asked))[1]
    told = {"status": str(Status.FOUND), **about}
    return [{**told, "best": ";".join(ones), **_way(asked, found, courses, at)} for at, ones in best.items()]


def _way(asked: Asked, found: Found, courses: Courses, at: int) -> Row:
    query, way, arcs = asked.query, found.ways[at], asked.prepared.compiled.network.arcs
    leaves = query.leave if query.leave is not None else latest_leave(asked.calendar, way, query.anchor)
    assert leaves is not None
    minutes, costs = int(found.values[Criterion.TIME][at]), asked.costs()
    return {
        "course": courses.text(way),
        "leaves_utc": local_text(leaves, "UTC"),
        "arrives_utc": local_text(leaves + minutes, "UTC"),
        "time_h": minutes / 60.0,
        "money_usd": asked.price(way).usd_cents / CENTS,
        "co2e_kg": int(costs[Criterion.CO2E][way].sum()) / GRAMS,
        "sd_h": float(np.sqrt(costs[Criterion.VARIANCE][way].sum() / SQUARE_MINUTES)),
        "distance_km": float(arcs.km[way].sum()),
    }
