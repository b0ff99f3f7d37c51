"""When arcs may be entered and when they are left behind: departures, windows, or any minute.

All of them are FIFO: who is there earlier is never through later. Departures that others overtake are waited out, as
`Timed.of` takes the earliest arrival over this departure and all later ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from koridor.kernels.compiled import inner

Ints = NDArray[np.int64]
NEVER = np.int64(2**62)


@dataclass(frozen=True, slots=True)
class Timed:
    """Minutes of every arc.

    run: (m,) minutes once entered, of arcs without departures. cut_off: (m,) minutes before a departure by which to be
    there. Departures of arc a are depart[depart_ptr[a]:depart_ptr[a+1]], sorted, and `reach` is when one is at the head
    at the earliest with that departure or a later one. Windows of arc a are [open_from, open_to) at
    open_ptr[a]:open_ptr[a+1], sorted and apart; a row without any is always open. An arc with departures has no
    windows.
    """

    run: Ints
    cut_off: Ints
    depart_ptr: Ints
    depart: Ints
    reach: Ints
    open_ptr: Ints
    open_from: Ints
    open_to: Ints

    @classmethod
    def of(
        cls, run: Ints, cut_off: Ints, departures: tuple[Ints, Ints, Ints], windows: tuple[Ints, Ints, Ints]
    ) -> Timed:
        """From departures (ptr, depart, arrive) and windows (ptr, from, to); arrivals need not be in order."""
        ptr, depart, arrive = (np.ascontiguousarray(part, dtype=np.int64) for part in departures)
        reach = arrive.copy()
        _earliest(ptr, reach)
        opened = (np.ascontiguousarray(part, dtype=np.int64) for part in windows)
        return cls(run.astype(np.int64), cut_off.astype(np.int64), ptr, depart, reach, *opened)

    @classmethod
    def always(cls, run: Ints) -> Timed:
        """Arcs that leave at any minute."""
        none, rows = np.zeros(0, dtype=np.int64), np.zeros(len(run) + 1, dtype=np.int64)
        return cls.of(run, np.zeros(len(run), dtype=np.int64), (rows, none, none), (rows, none, none))

    def least(self) -> Ints:
        """The fewest minutes (m,) that every arc takes, at whatever time; NEVER for windows without any minute."""
        least = self.run.copy()
        _least(self.cut_off, self.depart_ptr, self.depart, self.reach, least)
        return least

    def mirrored(self) -> Timed:
        """The same arcs run backwards, with time reversed: minute t stands for -t, and tails for heads.

        Searching the reversed graph with it from the destination at minus the latest arrival finds the latest
        departure: entering at e and being through at x becomes entering at -x and being through at -e, with e taken
        before the cut-off of a departure.
        """
        rows = np.diff(self.depart_ptr)
        of = np.repeat(np.arange(len(rows)), rows)
        ready = self.depart - self.cut_off[of]
        order = np.lexsort((-ready, -self.reach, of))
        ride = np.repeat(self.run, np.diff(self.open_ptr))
        windows = np.lexsort((-self.open_to, np.repeat(np.arange(len(self.run)), np.diff(self.open_ptr))))
        return Timed.of(
            self.run,
            np.zeros_like(self.cut_off),
            (self.depart_ptr, -self.reach[order], -ready[order]),
            (self.open_ptr, (1 - self.open_to - ride)[windows], (1 - self.open_from - ride)[windows]),
        )

    def taken(self, arcs: Ints) -> Timed:
        """Minutes of these arcs, as the arcs 0, 1, ...; -1 stands for a step that takes no time."""
        free = arcs < 0
        at = np.where(free, 0, arcs)
        trains, windows = _rows_of(self.depart_ptr, at, ~free), _rows_of(self.open_ptr, at, ~free)
        return Timed(
            np.where(free, 0, self.run[at]), np.where(free, 0, self.cut_off[at]),
            trains[0], self.depart[trains[1]], self.reach[trains[1]],
            windows[0], self.open_from[windows[1]], self.open_to[windows[1]],
        )  # fmt: skip

    def through(self, arc: int, minute: int) -> int:
        """When one who is at the tail of an arc at a minute is at its head; NEVER beyond what is known."""
        return int(enter(arc, minute, *self.columns))

    @property
    def columns(self) -> tuple[Ints, ...]:
        """The arrays in the order in which kernels take them."""
        return (
            self.run, self.cut_off, self.depart_ptr, self.depart, self.reach,
            self.open_ptr, self.open_from, self.open_to,
        )  # fmt: skip


def _rows_of(ptr: Ints, arcs: Ints, use: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Pointers of the rows of these arcs one behind the other, and where each of them was."""
    count = np.where(use, ptr[arcs + 1] - ptr[arcs], 0)
    found = np.concatenate([[0], np.cumsum(count)])
    return found, np.repeat(ptr[arcs] - found[:-1], count) + np.arange(found[-1])


@inner
def enter(arc, minute, run, cut_off, depart_ptr, depart, reach, open_ptr, open_from, open_to):  # type: ignore[no-untyped-def]
    """The minute at the head of an arc for one who is at its tail at `minute`; NEVER after all that is known."""
    low, high = depart_ptr[arc], depart_ptr[arc + 1]
    if high > low:
        last, ready = high, minute + cut_off[arc]
        while low < high:
            middle = (low + high) >> 1
            if depart[middle] < ready:
                low = middle + 1
            else:
                high = middle
        return reach[low] if low < last else NEVER
    low, high = open_ptr[arc], open_ptr[arc + 1]
    if high > low:
        last = high
        while low < high:
            middle = (low + high) >> 1
            if open_to[middle] <= minute:
                low = middle + 1
            else:
                high = middle
        return max(minute, open_from[low]) + run[arc] if low < last else NEVER
    return minute + run[arc]


@inner
def _earliest(ptr, reach):  # type: ignore[no-untyped-def]
    """Turns arrivals into the earliest of this departure and all later ones of its row."""
    for arc in range(ptr.size - 1):
        for i in range(ptr[arc + 1] - 2, ptr[arc] - 1, -1):
            reach[i] = min(reach[i], reach[i + 1])


@inner
def _least(cut_off, ptr, depart, reach, least):  # type: ignore[no-untyped-def]
    for arc in range(ptr.size - 1):
        if ptr[arc + 1] > ptr[arc]:
            least[arc] = NEVER
            for i in range(ptr[arc], ptr[arc + 1]):
                least[arc] = min(least[arc], cut_off[arc] + reach[i] - depart[i])
