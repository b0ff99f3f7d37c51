"""A wire that is not to be relied on: messages on it are lost and sent again, doubled, late and out of order.

All is drawn from a seed. What was not acknowledged is sent again, so that in the end everything arrives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random

from koridor.operator.identifiers.tables import rows

HERE = Path(__file__).parent

LATE_ROUNDS_MAX = 4
Deliver = Callable[[], bool]


@cache
def habits() -> Mapping[str, float]:
    """Shares by habit, of `habits.csv`."""
    return {row["habit"]: float(row["share"]) for row in rows("habits", HERE)}


@dataclass(slots=True)
class Wire:
    """Messages under way, each with the round in which it comes; `counts` has what became of them.

    Attributes
    ----------
    broken : bool
        Whether the wire does now what its habits say; else all that is under way arrives at once.
    """

    random: Random
    counts: dict[str, int] = field(default_factory=dict)
    broken: bool = True
    round: int = 0
    _under_way: list[tuple[int, Deliver]] = field(default_factory=list)

    def put(self, deliver: Deliver) -> None:
        """Puts a message on the wire; `deliver` hands it over and says whether its sender may forget it."""
        self._under_way.append((self.round + self._delay(), deliver))
        if self._happens("doubled"):
            self._under_way.append((self.round + self._delay(), deliver))

    def go_on(self) -> None:
        """One round: what is due arrives in any order, or is lost and comes again in a later one."""
        self.round += 1
        due = [one for one in self._under_way if not self.broken or one[0] <= self.round]
        self._under_way = [one for one in self._under_way if one not in due]
        self.random.shuffle(due)
        for _, deliver in due:
            if self._happens("lost") or not deliver():
                self._under_way.append((self.round + 1, deliver))
            else:
                self.count("arrived")

    @property
    def empty(self) -> bool:
        """Whether nothing is under way."""
        return not self._under_way

    def count(self, what: str) -> None:
        """Counts what happened."""
        self.counts[what] = self.counts.get(what, 0) + 1

    def _delay(self) -> int:
        return self.random.randint(1, LATE_ROUNDS_MAX) if self._happens("late") else 0

    def _happens(self, habit: str) -> bool:
        happens = self.broken and self.random.random() < habits()[habit]
        if happens:
            self.count(habit)
        return happens
