"""A timetable as arrays on the arcs of a compiled network, and the slow, obvious way to read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from koridor.model.network import Floats, Ints


@dataclass(frozen=True, slots=True)
class Timetable:
    """When each of m arcs can be taken in [start_min, end_min), in minutes since 1970-01-01 UTC, for one form of goods.

    Departures of arc a are rows depart_ptr[a]:depart_ptr[a + 1] of depart_min, when it leaves, and ride_min, minutes
    from there to its head; both departures and arrivals increase strictly, so that who comes later never arrives
    earlier. Windows of arc a are rows open_ptr[a]:open_ptr[a + 1] of open_from and open_to, in order and apart; it may
    be entered at open_from <= minute < open_to. An arc without departures and windows may be entered at any time. One
    that has a timetable or opening hours, but none in the horizon, has one departure or one empty window before
    start_min: it cannot be taken. An arc has departures or windows, never both.

    cut_off_min (m,): minutes before a departure by which cargo must be there. run_min (m,): minutes of an arc without
    departures from entering it to its head. wait_min (m,): expected wait for a service of which only the frequency is
    known, half a headway, which run_min includes; wait_var (m,): its variance headway^2 / 12, in hours^2.
    """

    start_min: int
    end_min: int
    depart_ptr: Ints
    depart_min: Ints
    ride_min: Ints
    cut_off_min: Ints
    open_ptr: Ints
    open_from: Ints
    open_to: Ints
    run_min: Ints
    wait_min: Ints
    wait_var: Floats

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return sum(value.nbytes for name in self.__slots__ if isinstance(value := getattr(self, name), np.ndarray))


class Entry(NamedTuple):
    """When an arc is entered (or its service leaves) and when its head is reached."""

    enter_min: int
    arrive_min: int


def next_entry(timetable: Timetable, arc: int, minute: int) -> Entry | None:
    """How an arc is taken by who stands at its tail at `minute`; None if not in the horizon. Tries row after row."""
    rows = range(int(timetable.depart_ptr[arc]), int(timetable.depart_ptr[arc + 1]))
    for row in rows:
        leaves = int(timetable.depart_min[row])
        if leaves >= minute + int(timetable.cut_off_min[arc]):
            return Entry(leaves, leaves + int(timetable.ride_min[row]))
    if rows:
        return None
    run = int(timetable.run_min[arc])
    windows = range(int(timetable.open_ptr[arc]), int(timetable.open_ptr[arc + 1]))
    for row in windows:
        enters = max(minute, int(timetable.open_from[row]))
        if enters < int(timetable.open_to[row]):
            return Entry(enters, enters + run)
    return None if windows else Entry(minute, minute + run)
