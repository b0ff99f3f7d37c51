"""A diary: works at their times, done in order, each with the clock set to its time."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count


@dataclass(slots=True)
class Diary:
    """Works to be done, and the clock that they see.

    Attributes
    ----------
    now_ms : int
        The time of the work that is being done.
    """

    now_ms: int
    _works: list[tuple[int, int, Callable[[], object]]] = field(default_factory=list)
    _number: count[int] = field(default_factory=count)

    def clock(self) -> int:
        """The time, for a desk."""
        return self.now_ms

    def at(self, when_ms: int, work: Callable[[], object]) -> None:
        """Writes a work down; one that should have been is done next."""
        heapq.heappush(self._works, (max(when_ms, self.now_ms), next(self._number), work))

    def run(self, until_ms: int) -> None:
        """Does what is due before a time, with what comes of it, then sets the clock to that time."""
        while self._works and self._works[0][0] < until_ms:
            self.now_ms, _, work = heapq.heappop(self._works)
            work()
        self.now_ms = until_ms
