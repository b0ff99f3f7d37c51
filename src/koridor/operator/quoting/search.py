"""Ways on a prepared network by the departures that are sold now: pure, outside any transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from koridor.errors import UsageError
from koridor.model.chain import chain
from koridor.model.network import Floats
from koridor.model.spread import Draws, simulate
from koridor.model.timetable import compile_timetable
from koridor.model.timetable.calls import Known
from koridor.operator.common.refused import Refused
from koridor.studies.route import Prepared, Query
from koridor.studies.route.choose import Way, choose
from koridor.studies.route.course import Courses
from koridor.studies.route.explain import silent
from koridor.studies.route.front import Asked, find
from koridor.studies.route.prepared import Calendar
from koridor.studies.route.relax import apart

SHARED = ("cargo", "plain", "refusals", "tariffs", "price", "courses")  # what no departure changes


@dataclass(frozen=True)
class Live(Prepared):
    """A prepared network whose services run by the departures given, and by nothing else."""

    running: Mapping[tuple[str, str], Known] = field(default_factory=dict)

    @classmethod
    def of(cls, prepared: Prepared, running: Mapping[tuple[str, str], Known]) -> Live:
        """A network with what it keeps that departures do not change."""
        shared = {key: value for key, value in prepared.kept.items() if key[0] in SHARED}
        return cls(prepared.scenario, prepared.compiled, shared, running)

    def calendar(self, query: Query, form: int) -> Calendar:
        """Timetables of the span of the query."""
        first, last = query.span

        def make() -> Calendar:
            found = compile_timetable(
                self.scenario, self.compiled, first, last - first, form=form, running=self.running
            )
            return Calendar.of(found)

        return self.keep(("calendar", first, last, form), make)


@dataclass(frozen=True, slots=True)
class Found:
    """Ways with what was asked, and why not others."""

    asked: Asked
    ways: tuple[Way, ...]
    reasons: tuple[str, ...]


def search(prepared: Prepared, query: Query, running: Mapping[tuple[str, str], Known]) -> Found:
    """Ways of a query under departures. Raises Refused `invalid` for what the network does not know."""
    live = Live.of(prepared, running)
    try:
        asked = Asked.of(live, query)
        front = find(asked)
    except UsageError as error:
        raise Refused("invalid", str(error)) from error
    courses = live.keep(("courses",), lambda: Courses.of(live.compiled.network))
    ways = tuple(choose(asked, front, courses))
    notes = [] if ways else [*apart(asked), *silent(asked)]
    prepared.kept.update({key: value for key, value in live.kept.items() if key[0] in SHARED})
    return Found(asked, ways, tuple(note.text for note in notes))


def hours(asked: Asked, way: Way) -> Floats:
    """Hours (draws,) of a way by the seed of its query; what comes late takes the next departure."""
    query, leave = asked.query, int(way.steps.ready[0])
    random = Draws(asked.spread, query.seed, query.draws)
    return np.asarray(simulate(random, [way.arcs], timetable=asked.calendar.timetable, at=leave).hours[0])


def emissions(asked: Asked, way: Way) -> list[dict[str, str | int]]:
    """Elements of the transport chain by ISO 14083, with whole grams of CO2e, well to wheel."""
    frame = chain(asked.prepared.compiled, way.arcs, asked.cargo)
    return [
        {
            "element": int(row["tce"]),
            "kind": str(row["kind"]),
            "mode": str(row["mode"]),
            "from_place": str(row["from_place"]),
            "to_place": str(row["to_place"]),
            "km": round(row["distance_km"]),
            "g": round(row["wtw_kg"] * 1000),
        }
        for row in frame.to_dict("records")
    ]
