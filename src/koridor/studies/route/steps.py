"""A way by the minute: when one is ready at each arc, when it is entered, and when its head is reached."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from koridor.kernels.pareto import NEVER
from koridor.model.network import Ints
from koridor.model.timetable import Timetable
from koridor.studies.route.prepared import Calendar


@dataclass(frozen=True, slots=True)
class Steps:
    """Minutes since 1970-01-01 UTC of each arc: ready before it, entered (or its vehicle leaves), at its head."""

    ready: Ints
    entered: Ints
    reached: Ints

    @property
    def minutes(self) -> int:
        """From being ready to the arrival."""
        return int(self.reached[-1] - self.ready[0])


def latest_leave(calendar: Calendar, way: Ints, arrive_by: int) -> int | None:
    """The last minute from which a way arrives in time; None where it cannot within what is known."""
    at = -arrive_by
    for arc in way[::-1]:
        at = calendar.mirrored.through(int(arc), at)
        if at >= NEVER:
            return None
    return -at


def steps(calendar: Calendar, way: Ints, leave: int) -> Steps | None:
    """The minutes of a way for who is ready at `leave`; None where something on it is not to be caught any more."""
    ready, entered, reached = (np.zeros(len(way), dtype=np.int64) for _ in range(3))
    at = leave
    for i, arc in enumerate(way):
        ready[i] = at
        reach = calendar.timed.through(int(arc), at)
        if reach >= NEVER:
            return None
        entered[i] = _entered(calendar.timetable, int(arc), at, reach)
        reached[i] = at = reach
    return Steps(ready, entered, reached)


def missed(calendar: Calendar, way: Ints, leave: int) -> int | None:
    """Position of the first arc of a way that cannot be caught, None where all can."""
    at = leave
    for i, arc in enumerate(way):
        at = calendar.timed.through(int(arc), at)
        if at >= NEVER:
            return i
    return None


def _entered(timetable: Timetable, arc: int, ready: int, reach: int) -> int:
    first, last = int(timetable.depart_ptr[arc]), int(timetable.depart_ptr[arc + 1])
    if last > first:
        at = first + int(np.searchsorted(timetable.depart_min[first:last], ready + timetable.cut_off_min[arc]))
        return int(timetable.depart_min[at])
    return reach - int(timetable.run_min[arc])
